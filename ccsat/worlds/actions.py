"""A story's action library: what analysts get, what is best in it, and what each set is worth."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from importlib import resources

from ccsat.numerics.portfolio import Action, best_portfolio
from ccsat.worlds.story import Plot


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


def labelled(plot: Plot) -> list[dict]:
    """The library with the label of each action."""
    return [action | {"label": plot.labels[action["id"]]} for action in library(plot)]


def best_of(plot: Plot, points: Mapping[str, float]) -> dict:
    """The best set within the budget and what it wins back; of equal sets the cheapest."""
    sizes = {id: abs(value) for id, value in points.items()}
    actions = as_actions(library(plot))
    if not actions or not sizes:
        return {"best_set": [], "best_uplift": 0.0}
    best = best_portfolio(actions, sizes, budget=plot.budget, horizon_days=plot.horizon_days).iloc[0]
    return {"best_set": sorted(best["actions"]), "best_uplift": float(best["uplift"])}


def as_actions(rows: list[dict]) -> list[Action]:
    """A truth's or library's actions as the portfolio reads them."""
    return [Action(a["id"], a["cost"], a["lead_days"], a["p"], a["phi"], a["exclusive_with"]) for a in rows]
