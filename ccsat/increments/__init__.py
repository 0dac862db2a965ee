"""Daily increments: sums of whole days kept in files; a period is the sum of its days, and only missing days are computed.

Each name is loaded when it is first used: a study without [increments] needs none of it.
"""

import importlib

PLACES = {
    "Account": "account",
    "DailyEngine": "engine",
    "last_account": "account",
    "over_days": "wiring",
    "prune": "store",
}
__all__ = ["Account", "DailyEngine", "last_account", "over_days", "prune"]


def __getattr__(name: str):
    if name in PLACES:
        return getattr(importlib.import_module(f"ccsat.increments.{PLACES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
