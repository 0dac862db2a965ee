"""The table groups that only some stories have."""

from __future__ import annotations

import pandas as pd

from ccsat.worlds.at_risk import at_risk_tables
from ccsat.worlds.bot_tables import bot_tables
from ccsat.worlds.ivr_tables import ivr_tables
from ccsat.worlds.simulate import Outcome


def extra_tables(world: Outcome, extras: tuple[str, ...], *, lang: str) -> dict[str, pd.DataFrame]:
    """The tables of the groups that a story names: "bot", "ivr", "at_risk"."""
    groups = {
        "bot": lambda: bot_tables(world, lang=lang),
        "ivr": lambda: ivr_tables(world),
        "at_risk": lambda: at_risk_tables(world.scene),
    }
    return {name: table for group in extras for name, table in groups[group]().items()}
