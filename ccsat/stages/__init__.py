"""The four stages: check, locate, explain, solve."""
