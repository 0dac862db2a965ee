"""What customers answer: invitations, ratings, reasons and comments, as tables."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ccsat.worlds import company as co
from ccsat.worlds.comments import make_comments
from ccsat.worlds.frames import ids, moment, text
from ccsat.worlds.people import Streams
from ccsat.worlds.simulate import Calls, Outcome

MOST_REASONS = 3


def survey_tables(world: Outcome, contact_id: pd.Series, ended: np.ndarray, *, lang: str) -> dict[str, pd.DataFrame]:
    """The tables `surveys` (one row a pushed invitation) and `survey_reasons` (one row a named reason)."""
    streams = Streams(world.scene.seed)
    calls = world.calls.take(world.calls.invited)
    n = len(calls)
    survey_id = ids("S", n)
    pushed = ended[world.calls.invited] + 3 / 3600
    late = np.where(calls.online, streams("surveys.late").lognormal(np.log(0.12), 1.0, n), 0.008)
    answered = calls.answered
    patches, scene = world.patches, world.scene
    filled = patches.filled(world.calls, scene)[world.calls.invited]
    named, first = named_reasons(world, calls)
    said = make_comments(calls, first, patches.said("comment_key", calls, scene), streams, lang)
    surveys = pd.DataFrame({
        "survey_id": survey_id,
        "contact_id": contact_id[world.calls.invited].reset_index(drop=True),
        "touchpoint": text(calls.online.astype(int), ("phone", "online")),
        "mode": text(np.where(calls.by_text, 2, calls.online), ("ivr_key", "app_pop", "sms")),
        "pushed_at": moment(pushed),
        "delivered_at": moment(pushed),
        "answered_at": moment(np.where(answered, pushed + late, np.nan)),
        "scale_id": text(np.zeros(n, dtype=int), ("five",)),
        "rating": _when(answered | (filled > 0), np.where(answered, calls.rating, filled)),
        "solved_answer": _solved(calls, streams("surveys.solved")),
        "attitude_rating": _when(answered, _attitude(calls, streams("surveys.attitude"))),
        "default_filled": filled > 0,
        "comment": said,
        "template_version": text(np.zeros(n, dtype=int), ("v2",)),
        "ingest_batch": text(calls.week - 1, [f"B{week}" for week in range(1, co.WEEKS + 1)]),
    })  # fmt: skip
    who, rank = np.nonzero(named >= 0)
    reasons = pd.DataFrame({
        "survey_id": survey_id.to_numpy()[who],
        "reason_code": text(named[who, rank], co.REASONS),
        "rank": (rank + 1).astype(np.int8),
    })  # fmt: skip
    return {"surveys": surveys, "survey_reasons": reasons.astype({"survey_id": "str"})}


def named_reasons(world: Outcome, invited: Calls) -> tuple[np.ndarray, np.ndarray]:
    """What the invited contacts name: positions in REASONS, likeliest first, at most three, -1 where none; and the first of each."""
    more = [part.reasons(invited, world.scene) for part in world.patches.parts]
    return _reasons(invited, more, Streams(world.scene.seed)("surveys.reasons"))


def _when(there: np.ndarray, values: np.ndarray) -> pd.Series:
    return pd.Series(values, dtype="Int8").where(there)


def _solved(calls: Calls, rng: np.random.Generator) -> pd.Series:
    yes = rng.random(len(calls)) < np.where(calls.resolved, 0.95, 0.15)
    return pd.Series(yes, dtype="boolean").where(calls.answered)


def _attitude(calls: Calls, rng: np.random.Generator) -> np.ndarray:
    felt = 1.9 + 0.9 * calls.attitude + 0.25 * (calls.rating - 4) + rng.logistic(0, 0.8, len(calls))
    return 1 + (felt[:, None] > np.array([-2.6, -1.9, -0.9, 0.6])).sum(axis=1)


def _reasons(
    calls: Calls, more: list[Mapping[str, np.ndarray]], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Positions in REASONS, likeliest first, at most three, -1 where none; and the first of each."""
    chance = _propensity(calls, more)
    chosen = (rng.random(chance.shape) < chance) & (calls.answered & (calls.rating <= 4))[:, None]
    order = np.argsort(-np.where(chosen, chance, -1), axis=1, kind="stable")[:, :MOST_REASONS]
    named = np.where(np.take_along_axis(chosen, order, axis=1), order, -1)
    return named, named[:, 0]


def _propensity(calls: Calls, more: list[Mapping[str, np.ndarray]]) -> np.ndarray:
    """Chance that a reason is named by someone who is not fully satisfied."""
    line, four = co.PARENT[calls.line], calls.rating == 4
    chance = pd.DataFrame(np.full((len(calls), len(co.REASONS)), 0.04), columns=list(co.REASONS))
    chance["R01"] += 0.50 * ~calls.resolved
    chance["R02"] += np.where(four, 0.45, 0.08) + 0.20 * (calls.attitude < -1)
    chance["R03"] += 0.40 * (calls.wait > 40) + 0.12 * four
    chance["R04"] += 0.20 * (line == co.L1.index("complaint"))
    chance["R05"] += 0.60 * calls.transfer
    chance["R06"] += 0.30 * (calls.line == co.ONSITE)
    chance["R07"] += 0.45 * (line == co.L1.index("billing_dispute"))
    chance["R08"] += 0.30 * (line == co.L1.index("campaign"))
    chance["R12"] += 0.35 * np.isin(line, [co.L1.index("broadband_fault"), co.L1.index("mobile_network")])
    for one in more:
        for code, extra in one.items():
            chance[code] += extra
    return chance.to_numpy()
