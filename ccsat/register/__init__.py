"""The closed loop: actions on record, verified against what was predicted; findings that keep their identity over the runs."""

from ccsat.register.actions import Actions, intervention
from ccsat.register.history import Findings
from ccsat.register.learn import learned_library
from ccsat.register.verify import Intervention, Told, Verified, verify_action

__all__ = [
    "Actions",
    "Findings",
    "Intervention",
    "Told",
    "Verified",
    "intervention",
    "learned_library",
    "verify_action",
]
