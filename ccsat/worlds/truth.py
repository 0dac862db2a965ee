"""What is true in a world, from the same contacts with its story and without it (DOMAIN 5.6)."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from itertools import combinations

import numpy as np

from ccsat.worlds import company as co
from ccsat.worlds.simulate import Calls, Outcome, simulate
from ccsat.worlds.story import Patch, Plot, Story


@dataclass(frozen=True)
class Played:
    """A world that was played: what a story's `expect` gets."""

    patch: Patch
    outcome: Outcome


def make_truth(story: Story, plot: Plot, on: Outcome, *, scale: str, varied: bool) -> dict:
    """The truth of a world, in the KPI's own unit (a rate of 0 to 1), as plain values that JSON can hold.

    The centre's rate in the current period as it was, minus what it would have been with the same people calling,
    rating and answering by the same draws, and nothing planted. The difference is split over the planted cells and
    the rest into rate and mix (DOMAIN 2.7.6), and closes.
    """

    def play(patch: Patch) -> Outcome:
        return simulate(on.seed, on.size, patch)

    off = on if type(plot.patch) is Patch else play(Patch())
    effect = _rate(on.calls) - _rate(off.calls)
    cells = [_cell(on, off, where) for where in plot.cells]
    rest = _part(on, off, ~_any(on, plot.cells), ~_any(off, plot.cells)) if cells else {"rate": 0.0, "mix": 0.0}
    causes = [_cause(cause, effect / len(plot.causes)) for cause in plot.causes]
    best = _best(plot, {cause["id"]: cause["points"] for cause in causes})
    truth = {
        "world": story.name, "seed": on.seed, "scale": scale, "varied": varied, "title": dict(story.title),
        "kpi": "satisfaction_rate", "caliber": "five_level",
        "windows": {"baseline": co.BASELINE, "current": co.CURRENT},
        "verdict": plot.verdict, "true_effect_points": effect,
        "observed_change_points": _rate(on.calls) - _rate(on.calls, current=False),
        "ledger": {"data": 0.0, "mix": sum(c["mix"] for c in cells) + rest["mix"],
                   "rate": sum(c["rate"] for c in cells) + rest["rate"]},
        "cells": cells, "rest": rest, "causes": causes,
        "decoys": [{"claim": dict(d.claim), "why_wrong": dict(d.why_wrong)} for d in plot.decoys],
        "actions": _labelled(plot), "budget": plot.budget, "horizon_days": plot.horizon_days, **best,
    }  # fmt: skip
    return truth | (plot.expect(Played(plot.patch, on), play) if plot.expect else {"verification": None})


def _rated(calls: Calls, current: bool) -> np.ndarray:
    return calls.answered & (calls.current == current)


def _rate(calls: Calls, *, current: bool = True) -> float:
    return float((calls.rating[_rated(calls, current)] >= 4).mean())


def _inside(world: Outcome, where: Mapping[str, object]) -> np.ndarray:
    """Which contacts lie in a cell."""
    calls, people, agents = world.calls, world.customers, world.agents
    levels = {
        "biz_l1": (co.L1, co.PARENT[calls.line]), "biz_l2": (co.L2, calls.line), "region": (co.REGIONS, calls.region),
        "segment": (co.SEGMENTS, people.segment[calls.customer]), "team": (co.TEAMS, agents.team[calls.agent]),
        "channel": (("phone", "online"), calls.online.astype(int)),
        "campaign_id": (co.CAMPAIGNS, people.campaign[calls.customer]),
    }  # fmt: skip
    inside = np.ones(len(calls), dtype=bool)
    for name, wanted in where.items():
        names, codes = levels[name]
        chosen = [wanted] if isinstance(wanted, str) else list(wanted)
        inside &= np.isin(codes, [names.index(level) for level in chosen])
    return inside


def _any(world: Outcome, cells: tuple[Mapping[str, object], ...]) -> np.ndarray:
    return np.logical_or.reduce([_inside(world, where) for where in cells])


def _part(on: Outcome, off: Outcome, inside_on: np.ndarray, inside_off: np.ndarray) -> dict:
    """A part's rate and mix points between the two variants."""
    whole = (_rate(on.calls) + _rate(off.calls)) / 2
    share, value, n = {}, {}, {}
    for key, world, inside in (("on", on, inside_on), ("off", off, inside_off)):
        rated = _rated(world.calls, True)
        n[key] = int((rated & inside).sum())
        share[key] = n[key] / rated.sum()
        value[key] = float((world.calls.rating[rated & inside] >= 4).mean()) if n[key] else None
    for key, other in (("on", "off"), ("off", "on")):  # a new or vanished cell is all mix
        value[key] = value[other] if value[key] is None else value[key]
    rate = (share["on"] + share["off"]) / 2 * (value["on"] - value["off"])
    mix = (share["on"] - share["off"]) * ((value["on"] + value["off"]) / 2 - whole)
    return {"points": float(rate + mix), "rate": float(rate), "mix": float(mix), "n": n["on"], "value": value["on"],
            "value_without": value["off"], "n_without": n["off"], "share": float(share["on"])}  # fmt: skip


def _cell(on: Outcome, off: Outcome, where: Mapping[str, object]) -> dict:
    """A planted cell; `tolerance` is 1.96 standard errors of its observed change, in points of the whole."""
    inside = _inside(on, where)
    part = _part(on, off, inside, _inside(off, where))
    before = on.calls.rating[inside & _rated(on.calls, False)] >= 4
    after = on.calls.rating[inside & _rated(on.calls, True)] >= 4
    error = np.sqrt(sum(x.mean() * (1 - x.mean()) / len(x) for x in (before, after) if len(x)))
    return {"where": dict(where), **part, "value_baseline": float(before.mean()) if len(before) else None,
            "n_baseline": len(before), "tolerance": float(1.96 * error * part["share"])}  # fmt: skip


def _cause(cause, points: float) -> dict:
    return {"id": cause.id, "class": cause.kind, "change_id": cause.change_id, "owner": cause.owner, "gap": cause.gap,
            "controllable": cause.controllable, "points": points,
            "depth_chain": [dict(words) for words in cause.chain]}  # fmt: skip


def library(plot: Plot) -> list[dict]:
    """The story's action library: what analysts get, without labels."""
    with (resources.files(__package__) / "library.csv").open(encoding="utf-8") as lines:
        rows = {row["action_id"]: row for row in csv.DictReader(lines)}
    actions = []
    for id in plot.library:
        row = rows[id]
        phi = plot.phi.get(id) or {c: float(v) for c, v in (p.split("=") for p in row["phi"].split(";") if p)}
        actions.append({"id": id, "zh": row["zh"], "en": row["en"], "owner": row["owner"], "cost": float(row["cost"]),
                        "lead_days": int(row["lead_days"]), "p": float(row["p"]), "phi": dict(phi),
                        "exclusive_with": row["exclusive_with"]})  # fmt: skip
    return actions


def _labelled(plot: Plot) -> list[dict]:
    return [action | {"label": plot.labels[action["id"]]} for action in library(plot)]


def _best(plot: Plot, points: Mapping[str, float]) -> dict:
    """The best set within the budget, by enumeration; of equal sets the cheapest."""
    actions = [a for a in library(plot) if a["lead_days"] <= plot.horizon_days]
    best, uplift, cost = (), 0.0, 0.0
    for size in range(1, len(actions) + 1):
        for chosen in combinations(actions, size):
            price, together = sum(a["cost"] for a in chosen), {a["id"] for a in chosen}
            if price > plot.budget or any(a["exclusive_with"] in together for a in chosen):
                continue
            left = {c: np.prod([1 - a["p"] * a["phi"].get(c, 0.0) for a in chosen]) for c in points}
            gain = float(sum(abs(points[c]) * (1 - left[c]) for c in points))
            if gain > uplift + 1e-12 or (abs(gain - uplift) <= 1e-12 and price < cost):
                best, uplift, cost = tuple(a["id"] for a in chosen), gain, price
    return {"best_set": list(best), "best_uplift": uplift}
