"""PLAYS: how each kind of world is played, and what its KPI counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ccsat.worlds.bot import play_bot, rated_sessions
from ccsat.worlds.complaints import complaint_levels, play_complaints
from ccsat.worlds.patches import Patches
from ccsat.worlds.places import contact_levels
from ccsat.worlds.simulate import Outcome, Scene, simulate
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
    return Rows(satisfied, calls.current, contact_levels(world.scene, calls))


def complaint_rows(world: Outcome) -> Rows:
    """The local complaints filed in the calendar, followed for 30 days each; hit: escalated."""
    played = play_complaints(world)
    return Rows(played.escalated, played.filed.current, complaint_levels(world, played.filed))


PLAYS = {
    "contacts": Kind(simulate, rated_contacts),
    "bot": Kind(play_bot, rated_sessions),
    "complaints": Kind(simulate, complaint_rows),
    "customers": Kind(simulate, rated_contacts),
}
