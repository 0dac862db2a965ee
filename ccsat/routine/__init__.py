"""What the routine notebooks report besides the trace: the day's bad reviews (R01), and whether actions work (R05)."""

from ccsat.routine.daily import Daily, Spent, watch_day
from ccsat.routine.daily_findings import day_findings, write_day
from ccsat.routine.followup import Followed, follow_actions
from ccsat.routine.followup_findings import action_findings, write_followed
from ccsat.routine.repeats import Since

__all__ = [
    "Daily",
    "Followed",
    "Since",
    "Spent",
    "action_findings",
    "day_findings",
    "follow_actions",
    "watch_day",
    "write_day",
    "write_followed",
]
