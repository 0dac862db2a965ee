"""The service system: problem solving, proactive service, anomaly watch, experience improvement, word of mouth."""
