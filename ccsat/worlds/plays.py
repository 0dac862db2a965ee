"""PLAYS: how each kind of world is played, and what its KPI counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ccsat.worlds import company as co
from ccsat.worlds.bot import play_bot, rated_sessions
from ccsat.worlds.simulate import Outcome, Scene, simulate
from ccsat.worlds.story import Patches
from ccsat.worlds.truth import Rows


@dataclass(frozen=True)
class Kind:
    """`play` makes an outcome of a scene and patches; `rows` are what the KPI counts in it."""

    play: Callable[[Scene, Patches], Any]
    rows: Callable[[Any], Rows]


def rated_contacts(world: Outcome) -> Rows:
    """The contacts with a rating on record; satisfied is 4 and 5."""
    filled = world.patches.filled(world.calls, world.scene)
    there = world.calls.answered | (filled > 0)
    calls = world.calls.take(there)
    satisfied = np.where(calls.answered, calls.rating, filled[there]) >= 4
    return Rows(satisfied, calls.current, contact_levels(world, calls))


def contact_levels(world: Outcome, calls) -> dict[str, tuple[tuple[str, ...], np.ndarray]]:
    """The dimensions that a planted cell of contacts may name."""
    people, agents = world.scene.customers, world.scene.agents
    return {
        "biz_l1": (co.L1, calls.l1), "biz_l2": (co.L2, calls.line), "region": (co.REGIONS, calls.region),
        "segment": (co.SEGMENTS, people.segment[calls.customer]), "team": (co.TEAMS, agents.team[calls.agent]),
        "channel": (co.CHANNELS, calls.online.astype(int)), "tenure_band": (co.TENURE_BANDS, agents.band[calls.agent]),
        "campaign_id": (co.campaign_names(world.scene.setting.campaigns), people.campaign[calls.customer]),
        "agent_id": (agents.names, calls.agent), "shift": (co.SHIFTS, co.shift_of(calls.at % 24)),
    }  # fmt: skip


PLAYS = {
    "contacts": Kind(simulate, rated_contacts),
    "bot": Kind(play_bot, rated_sessions),
    "customers": Kind(simulate, rated_contacts),
}
