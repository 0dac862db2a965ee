"""The workshop: build its notebooks, and check what trainees find."""

from ccsat.workshop.checks import Feedback, begin, check, choices, hand_in, material
from ccsat.workshop.findings import standing
from ccsat.workshop.helping import checkpoint, gate, hint
from ccsat.workshop.output import flow, show_table, with_findings, write_outputs
from ccsat.workshop.tables import register_table

__all__ = ["Feedback", "begin", "check", "checkpoint", "choices", "flow", "gate", "hand_in", "hint", "material", "register_table",
           "show_table", "standing", "with_findings", "write_outputs"]  # fmt: skip
