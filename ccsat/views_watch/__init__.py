"""The routine notebooks in tables and sentences: a day's bad reviews (R01), and what the actions did (R05)."""

from ccsat.views_watch.actions import show_actions, show_followed, show_overdue, show_settled, show_verified
from ccsat.views_watch.alerts import show_alerts, show_charts, show_recent
from ccsat.views_watch.day import show_day, show_minded, show_sides

__all__ = [
    "show_actions",
    "show_alerts",
    "show_charts",
    "show_day",
    "show_followed",
    "show_minded",
    "show_overdue",
    "show_recent",
    "show_settled",
    "show_sides",
    "show_verified",
]
