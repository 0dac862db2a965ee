"""The workshop: build its notebooks, and check what trainees find."""

from ccsat.workshop.checks import Feedback, begin, check, choices, hand_in

__all__ = ["Feedback", "begin", "check", "choices", "hand_in"]
