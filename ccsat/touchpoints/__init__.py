"""Analyses of single touchpoints: phone, internet, voice menu, text bot, hand-off."""
