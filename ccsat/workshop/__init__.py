"""The workshop: build its notebooks, and check what trainees find."""

from ccsat.workshop.checks import Feedback, begin, check, choices, hand_in, material
from ccsat.workshop.tables import register_table

__all__ = ["Feedback", "begin", "check", "choices", "hand_in", "material", "register_table"]
