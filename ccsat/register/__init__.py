"""The closed loop: actions on record, verified against what was predicted; findings that keep their identity over the runs."""

from ccsat.register.actions import Actions, intervention
from ccsat.register.history import Findings
from ccsat.register.learn import learned_library, with_learned
from ccsat.register.learned_study import learned_study
from ccsat.register.recording import record
from ccsat.register.verify import Intervention, Told, Verified, verify_action

__all__ = [
    "Actions",
    "Findings",
    "Intervention",
    "Told",
    "Verified",
    "intervention",
    "learned_library",
    "learned_study",
    "record",
    "verify_action",
    "with_learned",
]
