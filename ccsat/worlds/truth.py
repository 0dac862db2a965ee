"""What is true in a world, from the same rows with its story and without it (DOMAIN 5.6)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from ccsat.worlds import company as co
from ccsat.worlds.actions import best_of, labelled
from ccsat.worlds.patches import Patches, Where
from ccsat.worlds.places import inside
from ccsat.worlds.story import Options, Plot, Story

SEEN = 3.5  # standard errors from which a search over a few hundred cells sees one: the quantile of 1 - .05/200


@dataclass(frozen=True)
class Rows:
    """What a KPI counts, one entry a counted row.

    Attributes:
        hit: 1 where the row adds to the KPI.
        current: Whether it lies in the current period; the others are the baseline's.
        levels: Dimension -> its levels and each row's position in them, -1 for none.
    """

    hit: np.ndarray
    current: np.ndarray
    levels: Mapping[str, tuple[tuple[str, ...], np.ndarray]]

    def inside(self, where: Where) -> np.ndarray:
        """Which rows lie in a cell."""
        return inside(self.levels, where, len(self.hit))


@dataclass(frozen=True)
class Tally:
    """Rows and hits by part of the world and period; adds up over chunks.

    Parts: all of it, each planted cell, then the parts that the ledger is split by (disjoint), the rest last.
    """

    n: np.ndarray  # parts x (baseline, current)
    hits: np.ndarray

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.n + other.n, self.hits + other.hits)

    def rate(self, part: int = 0, period: int = 1) -> float | None:
        """A part's KPI in a period; None where nothing was counted."""
        n = int(self.n[part, period])
        return float(self.hits[part, period]) / n if n else None


def tally(rows: Rows, plot: Plot) -> Tally:
    """Counts of a world's rows by part and period."""
    parts = [np.ones(len(rows.hit), dtype=bool), *(rows.inside(where) for where in plot.cells)]
    left = parts[0]
    for where in plot.partition or plot.cells:
        inside = rows.inside(where) & left
        parts, left = [*parts, inside], left & ~inside
    periods = [~rows.current, rows.current]
    n = np.array([[int((part & period).sum()) for period in periods] for part in (*parts, left)])
    hits = np.array([[int(rows.hit[part & period].sum()) for period in periods] for part in (*parts, left)])
    return Tally(n, hits)


@dataclass(frozen=True)
class Variants:
    """The tallies that a truth is made of: by the set of patches that are on (positions in `Plot.patches`)."""

    by_patches: Mapping[frozenset[int], Tally] = field(default_factory=dict)

    def __add__(self, other: Variants) -> Variants:
        return Variants({key: value + other.by_patches[key] for key, value in self.by_patches.items()})


def play_variants(plot: Plot, play: Callable[[Patches], Rows]) -> Variants:
    """The world with every set of its service patches, and with all of them and one patch of the survey after another."""
    service = [k for k, patch in enumerate(plot.patches) if not patch.data]
    wanted = [frozenset(some) for size in range(len(service) + 1) for some in combinations(service, size)]
    wanted += _spoiled_in_turn(plot)
    return Variants({some: tally(play(Patches(tuple(plot.patches[k] for k in sorted(some)))), plot)
                     for some in dict.fromkeys(wanted)})  # fmt: skip


def _spoiled_in_turn(plot: Plot) -> list[frozenset[int]]:
    """All service patches with the first patch of the survey, with the first two, and so on."""
    service = frozenset(k for k, patch in enumerate(plot.patches) if not patch.data)
    spoiled = [k for k, patch in enumerate(plot.patches) if patch.data]
    return [service | frozenset(spoiled[: n + 1]) for n in range(len(spoiled))]


def make_truth(
    story: Story, plot: Plot, variants: Variants, *, seed: int, scale: str, varied: bool, options: Options
) -> dict:
    """The truth of a world, in the KPI's own unit (a rate of 0 to 1), as plain values that JSON can hold.

    The KPI in the current period as it was, less what it would have been with the same people calling, rating and
    answering by the same draws, and nothing planted. What patches of the survey alone do is `ledger.data`; what the
    service did is split over the planted cells and the rest into rate and mix (DOMAIN 2.7.6); the parts close.
    Where several causes act, a cause's points are its Shapley value over the worlds with and without each.
    """
    service = frozenset(k for k, patch in enumerate(plot.patches) if not patch.data)
    off, on, seen = (variants.by_patches[k] for k in (frozenset(), service, frozenset(range(len(plot.patches)))))
    effect = on.rate() - off.rate()
    cells = [
        {"where": dict(where), **_part(on, off, 1 + k), **_noise(seen, 1 + k)} for k, where in enumerate(plot.cells)
    ]
    parts = [_part(on, off, k) for k in range(1 + len(plot.cells), len(on.n))]
    causes = _causes(plot, variants)
    strong = [_expected_z(on, off, 1 + k) for k in range(len(plot.cells))]
    return {
        "world": story.name, "seed": seed, "scale": scale, "varied": varied, "options": options.words,
        "title": dict(story.title), "kpi": plot.kpi, "caliber": plot.caliber, "target": plot.target,
        "windows": {"baseline": None if plot.target is not None else co.BASELINE, "current": co.CURRENT},
        "verdict": plot.verdict, "true_effect_points": effect, "shown_effect_points": seen.rate() - off.rate(),
        "observed_change_points": None if plot.target is not None else seen.rate() - seen.rate(period=0),
        "observed_gap_points": None if plot.target is None else seen.rate() - plot.target,
        "ledger": {"data": seen.rate() - on.rate(), "mix": sum(p["mix"] for p in parts), "rate": sum(p["rate"] for p in parts)},
        "findable": all(abs(z) >= SEEN for z in strong), "expected_z": strong,
        "cells": cells, "rest": parts[-1], "causes": causes, "defects": [dict(d) for d in plot.defects],
        "decoys": [{"claim": dict(d.claim), "why_wrong": dict(d.why_wrong)} for d in plot.decoys],
        "actions": labelled(plot), "budget": plot.budget, "horizon_days": plot.horizon_days, **best_of(plot, {c["id"]: c["points"] for c in causes}),
        "verification": None,
    }  # fmt: skip


def _part(on: Tally, off: Tally, part: int) -> dict:
    """A part's rate and mix points between the two variants."""
    whole = (on.rate() + off.rate()) / 2
    share = {"on": on.n[part, 1] / on.n[0, 1], "off": off.n[part, 1] / off.n[0, 1]}
    value = {"on": on.rate(part), "off": off.rate(part)}
    known = [v for v in value.values() if v is not None]
    first, last = (
        value[k] if value[k] is not None else (known or [whole])[0] for k in ("off", "on")
    )  # new or vanished: all mix
    rate = (share["on"] + share["off"]) / 2 * (last - first)
    mix = (share["on"] - share["off"]) * ((last + first) / 2 - whole)
    return {"points": float(rate + mix), "rate": float(rate), "mix": float(mix), "n": int(on.n[part, 1]), "value": value["on"],
            "value_without": value["off"], "n_without": int(off.n[part, 1]), "share": float(share["on"])}  # fmt: skip


def _noise(seen: Tally, part: int) -> dict:
    """The baseline beside it; `tolerance` is 1.96 standard errors of the observed change, in points of the whole."""
    share = seen.n[part, 1] / seen.n[0, 1]
    return {"value_baseline": seen.rate(part, 0), "n_baseline": int(seen.n[part, 0]),
            "tolerance": 1.96 * _standard_error(seen, part) * float(share)}  # fmt: skip


def _standard_error(one: Tally, part: int) -> float:
    """Of a part's change from the baseline to the current period."""
    rates = [(one.rate(part, period), int(one.n[part, period])) for period in (0, 1)]
    return math.sqrt(sum(p * (1 - p) / n for p, n in rates if n))


def _expected_z(on: Tally, off: Tally, part: int) -> float:
    """The planted effect on a cell, in standard errors of the change that an analyst can see."""
    values = on.rate(part), off.rate(part)
    error = _standard_error(on, part)
    return 0.0 if None in values or not error else (values[0] - values[1]) / error


def _causes(plot: Plot, variants: Variants) -> list[dict]:
    """The causes with their points: Shapley values of their patches; patches that only spoil data come after, one by one."""
    service = [k for k, patch in enumerate(plot.patches) if not patch.data]
    value = {some: one.rate() for some, one in variants.by_patches.items()}
    points = {}
    for k in service:
        others, total = [j for j in service if j != k], 0.0
        for size in range(len(others) + 1):
            weight = 1 / (len(service) * math.comb(len(others), size))
            total += weight * sum(
                value[frozenset(some) | {k}] - value[frozenset(some)] for some in combinations(others, size)
            )
        points[k] = total
    before = frozenset(service)
    for some in _spoiled_in_turn(plot):
        (added,) = some - before
        points[added], before = value[some] - value[before], some
    return [{"id": c.id, "class": c.kind, "change_id": c.change_id, "owner": c.owner, "gap": c.gap,
             "controllable": c.controllable, "points": sum(points[k] for k in c.patches),
             "depth_chain": [dict(words) for words in c.chain]} for c in plot.causes]  # fmt: skip
