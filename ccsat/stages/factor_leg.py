"""The change split exactly: data, mix of contacts, who is asked, who answers, and what they say, with intervals."""

from __future__ import annotations

from itertools import combinations
from math import factorial

import numpy as np
import pandas as pd

from ccsat.cells import Asked, count_cells
from ccsat.centre import Centre
from ccsat.ledgers.factors import EFFECTS, factor_ledger

DRAWS = 300
MOST_LEVELS = 60


def factor_leg(centre: Centre, asked: Asked, change: float, dims: tuple[str, ...], effects: dict[str, float]) -> dict:
    """How much of the change is contacts, participation, performance, and data?

    Args:
        change: Current minus baseline as the data have it.
        dims: Dimensions that make the cells; where empty, the one whose cells differ most.
        effects: Design effects of the periods' ratings.

    Returns:
        `assessed`; where it is: `dims`, `cells` (their number), `rows`: a list of `{effect, points, lower, upper}` whose points add up to
        the change: "data_effect" (ratings that nobody gave), "mix_effect", "push_effect" and "answer_effect" (or
        "participation_effect" where nobody knows who was asked), "rate_effect"; `total`, `n`, `n_baseline` (contacts).

    Assumes:
        As `ledgers.factors.factor_ledger`. Intervals: parametric bootstrap of cell counts, each period's ratings widened by its design effect.

    Source:
        DOMAIN 2.7.7; Shapley (1953); Shorrocks (2013), Journal of Economic Inequality 11, 99-126.
    """
    if asked.caliber.outcome != "rating" or "participated" not in centre.columns:
        return {"assessed": False}
    dims = tuple(d for d in dims if d in asked.dims) or _widest(centre, asked)
    cells = _cells(centre, asked, dims)
    if cells is None or (
        cells["rated"].sum() >= cells["contacts"].sum()
        and cells["rated_baseline"].sum() >= cells["contacts_baseline"].sum()
    ):
        return {"assessed": False}
    push = "push" in cells
    shares = ("push", "answer") if push else ("participation",)
    ledger = factor_ledger(
        cells[[c for c in cells if c.removesuffix("_baseline") in ("contacts", *shares, "value")]],
        unit=asked.caliber.unit,
    )
    drawn = _draws(cells, shares, effects, np.random.default_rng(asked.question.seed))
    lower, upper = np.quantile(drawn, [0.025, 0.975], axis=0)
    rows = [{"effect": row.effect, "points": float(row.points), "lower": float(lower[k]), "upper": float(upper[k])}
            for k, row in enumerate(ledger.table.itertuples())]  # fmt: skip
    data = float(change - ledger.total)
    rows.insert(0, {"effect": "data_effect", "points": data, "lower": data, "upper": data})
    return {"assessed": True, "dims": list(dims), "cells": len(cells), "rows": rows, "total": float(change),
            "n": int(cells["contacts"].sum()), "n_baseline": int(cells["contacts_baseline"].sum())}  # fmt: skip


def _widest(centre: Centre, asked: Asked) -> tuple[str, ...]:
    best = (0.0, ())
    for dim in asked.dims:
        counts = count_cells(centre, asked, (dim,))
        counts = counts[counts["period"] == "baseline"]
        score = counts["level"].map(asked.values) * counts["n"]
        cells = pd.DataFrame({"n": counts["n"], "s": score}).groupby(counts[dim]).sum()
        if 1 < len(cells) <= MOST_LEVELS:
            spread = (
                float((cells["s"] ** 2 / cells["n"]).sum() - cells["s"].sum() ** 2 / cells["n"].sum())
                - len(cells) * 0.1
            )
            best = max(best, (spread, (dim,)))
    return best[1]


def _cells(centre: Centre, asked: Asked, dims: tuple[str, ...]) -> pd.DataFrame | None:
    """One row a cell: contacts, the shares asked and answering, the mean rating, now and before."""
    if not dims:
        return None

    def read(outcome: str | None, where: dict | None) -> pd.DataFrame:
        table = centre.engine.marginals(centre.facts, [dims], outcome=outcome, windows=asked.windows, where=where)[dims]
        if outcome is None:
            return table.groupby([*dims, "period"])["n"].sum().unstack(fill_value=0)
        value = table["level"].map(asked.values)
        sums = pd.DataFrame({"n": table["n"], "s": table["n"] * value, "ss": table["n"] * value**2})
        return sums.groupby([table[d] for d in dims] + [table["period"]]).sum().unstack(fill_value=0)

    base = next((c for c in ("delivered", "pushed") if c in centre.columns), None)
    contacts, rated = read(None, asked.where), read("rating", asked.where)
    if "default_filled" in centre.columns:
        filled = read("rating", {**(asked.where or {}), "default_filled": 1})
        rated = rated.sub(filled.reindex(index=rated.index, columns=rated.columns, fill_value=0), fill_value=0)
    invited = read(None, {**(asked.where or {}), base: 1}) if base else None
    found = {}
    for label, period in (("", "current"), ("_baseline", "baseline")):
        n = contacts.get(period, 0)
        r, s, ss = (
            rated[c].get(period, pd.Series(0, index=rated.index)).reindex(contacts.index, fill_value=0)
            for c in ("n", "s", "ss")
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            found |= {
                f"contacts{label}": n,
                f"rated{label}": r,
                f"value{label}": s / r.replace(0, np.nan),
                f"variance{label}": (ss / r.replace(0, np.nan) - (s / r.replace(0, np.nan)) ** 2).clip(lower=0),
            }
            if invited is not None:
                i = np.maximum(
                    invited.get(period, pd.Series(0, index=invited.index)).reindex(contacts.index, fill_value=0), r
                )
                found |= {
                    f"asked{label}": i,
                    f"push{label}": i / n.replace(0, np.nan),
                    f"answer{label}": r / i.replace(0, np.nan),
                }
            else:
                found |= {f"asked{label}": n, f"participation{label}": r / n.replace(0, np.nan)}
    return pd.DataFrame(found).reset_index(drop=True)


def _draws(
    cells: pd.DataFrame, shares: tuple[str, ...], effects: dict[str, float], rng: np.random.Generator
) -> np.ndarray:
    """Splits of redrawn cell counts: one row a draw, one column a factor."""
    drawn: dict[str, dict[str, np.ndarray]] = {}
    for label, period in (("", "current"), ("_baseline", "baseline")):
        size = (DRAWS, len(cells))
        n = rng.poisson(cells[f"contacts{label}"].to_numpy(float), size)
        stage, parts = n, {"contacts": n.astype(float)}
        for name in shares:
            chance = cells[f"{name}{label}"].fillna(0).clip(0, 1).to_numpy()
            kept = rng.binomial(stage, chance)
            parts[name] = np.divide(kept, stage, out=np.full(size, np.nan), where=stage > 0)
            stage = kept
        mean, variance = (
            cells[f"value{label}"].to_numpy(),
            cells[f"variance{label}"].fillna(0).to_numpy() * effects.get(period, 1.0),
        )
        parts["value"] = np.where(
            stage > 0, mean + rng.standard_normal(size) * np.sqrt(variance / np.maximum(stage, 1)), np.nan
        )
        drawn[label] = parts
    return shapley(drawn[""], drawn["_baseline"], ("contacts", *shares, "value"))


def shapley(now: dict[str, np.ndarray], before: dict[str, np.ndarray], factors: tuple[str, ...]) -> np.ndarray:
    """The exact Shapley split of sum(prod of factors) / sum(weights) for many draws at once: draws x factors.

    Args:
        now, before: Of each factor, an array draws x cells; missing shares and values take the other period's.
    """
    after, first = {}, {}
    for name in factors:
        a, b = now[name], before[name]
        if name == "contacts":
            a, b = a / a.sum(axis=1, keepdims=True), b / b.sum(axis=1, keepdims=True)
            after[name], first[name] = a, b
        else:
            after[name] = np.nan_to_num(np.where(np.isnan(a), b, a))
            first[name] = np.nan_to_num(np.where(np.isnan(b), a, b))
    worth = {}
    for size in range(len(factors) + 1):
        for chosen in map(frozenset, combinations(factors, size)):
            parts = [(after if name in chosen else first)[name] for name in factors]
            weight = np.prod(parts[:-1], axis=0)
            worth[chosen] = (weight * parts[-1]).sum(axis=1) / weight.sum(axis=1)
    found = []
    for name in factors:
        others, total = [f for f in factors if f != name], 0.0
        for size in range(len(factors)):
            share = factorial(size) * factorial(len(others) - size) / factorial(len(factors))
            for chosen in map(frozenset, combinations(others, size)):
                total = total + share * (worth[chosen | {name}] - worth[chosen])
        found.append(total)
    return np.column_stack(found)


DATA_EFFECT = "data_effect"
KNOWN_EFFECTS = (DATA_EFFECT, *EFFECTS.values())
