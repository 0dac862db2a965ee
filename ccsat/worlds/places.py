"""Where contacts lie: the dimensions that a planted cell of contacts may name."""

from __future__ import annotations

import numpy as np

from ccsat.worlds import company as co
from ccsat.worlds.patches import Where
from ccsat.worlds.story import levels_of

Levels = dict[str, tuple[tuple[str, ...], np.ndarray]]  # dimension -> its levels, and each contact's position in them


def contact_levels(scene, calls) -> Levels:
    """The level of each contact in each dimension."""
    people, agents = scene.customers, scene.agents
    return {
        "biz_l1": (co.L1, calls.l1), "biz_l2": (co.L2, calls.line), "region": (co.REGIONS, calls.region),
        "segment": (co.SEGMENTS, people.segment[calls.customer]), "team": (co.TEAMS, agents.team[calls.agent]),
        "channel": (co.CHANNELS, calls.online.astype(int)), "tenure_band": (co.TENURE_BANDS, agents.band[calls.agent]),
        "campaign_id": (co.campaign_names(scene.setting.campaigns), people.campaign[calls.customer]),
        "agent": (agents.names, calls.agent), "shift": (co.SHIFTS, co.shift_of(calls.at % 24)),
    }  # fmt: skip


def inside(levels: Levels, where: Where, n: int) -> np.ndarray:
    """Which of `n` entries lie in a cell."""
    inside = np.ones(n, dtype=bool)
    for dim, level in where.items():
        names, codes = levels[dim]
        inside &= np.isin(codes, [names.index(one) for one in levels_of(level)])
    return inside


def in_cell(scene, calls, where: Where) -> np.ndarray:
    """Which contacts lie in a cell."""
    return inside(contact_levels(scene, calls), where, len(calls))
