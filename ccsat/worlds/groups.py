"""The table groups that only some stories have."""

from __future__ import annotations

import pandas as pd

from ccsat.worlds.bot_tables import bot_tables
from ccsat.worlds.simulate import Outcome


def extra_tables(world: Outcome, extras: tuple[str, ...], contacts: pd.DataFrame, *, lang: str) -> dict[str, pd.DataFrame]:
    """The tables of the groups that a story names: "bot", "ivr", "at_risk". `contacts` is the finished table."""
    groups = {
        "bot": lambda: bot_tables(world, lang=lang),
    }
    return {name: table for group in extras for name, table in groups[group]().items()}
