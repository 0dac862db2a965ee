"""Hypotheses from measured drivers: does a metric go with the rating in a cell, and did it move?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.special import ndtr

from ccsat.cells import Asked
from ccsat.centre import Centre
from ccsat.deductions import cell_rows
from ccsat.estimates import adjust
from ccsat.stages.evidence import MATERIAL, SIGNIFICANT, Cause, Evidence, Link, part_of

ENOUGH_ROWS = 100
PRESENT = 0.5  # a metric emptier than this in the cell is no driver; nor is one that leaves fewer rows complete
SKEWED = 2.0
TOLD_APART = 0.02  # least part of a metric's variance that the metrics before it leave open
COLUMNS = ["metric", "effect", "effect_p", "value", "value_reference", "moved_p", "points", "n", "p_adjusted", "apart"]


def driver_moves(centre: Centre, asked: Asked, cell: Mapping) -> pd.DataFrame:
    """Which metrics go with the KPI inside a cell, with the others held, and which of them moved?

    A linear probability model of the KPI's score on the metrics (log where skewed, standardised), errors robust; then each
    metric's mean, the cell now against before (a change) or against the rest (a level). A metric that the others settle is left out.

    Returns:
        One row a usable metric: `metric, effect` (KPI units per standard deviation), `effect_p, value, value_reference` (medians, metric's
        units), `moved_p, points` (effect times move times the cell's share), `n, p_adjusted` (the larger of the two, adjusted), `apart`
        (whether it moved more in the cell than in the rest, the same way; False for a level).

    Assumes:
        Metrics come before the rating. An association: nothing here shows a cause.
    """
    if not centre.metrics:
        return pd.DataFrame(columns=COLUMNS)
    rows = cell_rows(centre, asked, cell, more=list(centre.metrics), outside=True)
    joined = pd.concat([rows.inside.assign(now=1.0), rows.reference.assign(now=0.0)], ignore_index=True)
    x = _told_apart(_complete(_clean(joined, list(centre.metrics))))
    now = joined.loc[x.index, "now"]
    if x.empty or len(x) < ENOUGH_ROWS or now.nunique() < 2:
        return pd.DataFrame(columns=COLUMNS)
    import statsmodels.api as sm

    skewed = [metric for metric in x if x[metric].skew() > SKEWED]
    shaped = _shaped(x, skewed)
    middle, spread = shaped.mean(), shaped.std()
    z = (shaped - middle) / spread
    fit = sm.OLS(-asked.sign * joined.loc[x.index, "deduction"], sm.add_constant(z.assign(now=now))).fit(cov_type="HC3")
    table = []
    for metric in x:
        move, error = _move(z.loc[now == 1, metric], z.loc[now == 0, metric])
        rest, rest_error = 0.0, np.inf
        if rows.outside is not None:
            rest, rest_error = _move(*((_shaped(_clean(part, [metric]), skewed)[metric].dropna() - middle[metric]) / spread[metric]
                                       for part in (rows.outside, rows.outside_reference)))  # fmt: skip
        table.append({"metric": metric, "effect": float(fit.params[metric]), "effect_p": float(fit.pvalues[metric]),
                      "value": float(x.loc[now == 1, metric].median()), "value_reference": float(x.loc[now == 0, metric].median()),
                      "moved_p": _two_sided(move, error), "n": int((now == 1).sum()), "points": float(fit.params[metric]) * move * rows.share,
                      "apart": (move - rest) * move > 0 and _two_sided(move - rest, np.hypot(error, rest_error)) < SIGNIFICANT})  # fmt: skip
    found = pd.DataFrame(table)
    found["p_adjusted"] = adjust(found[["effect_p", "moved_p"]].max(axis=1))
    return found[COLUMNS].sort_values("metric", ignore_index=True)


def _clean(rows: pd.DataFrame, metrics: list[str]) -> pd.DataFrame:
    """Metrics as numbers; what lies below 0 is missing."""
    x = rows[metrics].astype(float)
    return x.mask(x < 0)


def _complete(x: pd.DataFrame) -> pd.DataFrame:
    """Rows with every metric kept; the emptiest metric goes until more than half of the rows are complete."""
    x = x[[metric for metric in x if x[metric].notna().mean() > PRESENT]]
    while len(x.columns) and x.notna().all(axis=1).mean() <= PRESENT:
        x = x.drop(columns=x.notna().mean().idxmin())
    return x.dropna() if len(x.columns) else x.iloc[:0]


def _told_apart(x: pd.DataFrame) -> pd.DataFrame:
    """Without metrics of two values or fewer, and without those that the ones before them settle."""
    kept: list[str] = []
    for metric in x:
        if x[metric].nunique() <= 2:
            continue
        before = np.column_stack([np.ones(len(x)), x[kept]])
        left = x[metric] - before @ np.linalg.lstsq(before, x[metric], rcond=None)[0]
        if left.var() > TOLD_APART * x[metric].var():
            kept.append(metric)
    return x[kept]


def _shaped(x: pd.DataFrame, skewed: list[str]) -> pd.DataFrame:
    return x.apply(lambda column: np.log1p(column) if column.name in skewed else column)


def _move(now: pd.Series, before: pd.Series) -> tuple[float, float]:
    """Difference of two means and its standard error; infinite where it cannot be told."""
    if min(len(now), len(before)) < 2:
        return 0.0, np.inf
    return float(now.mean() - before.mean()), float(np.sqrt(now.var() / len(now) + before.var() / len(before)))


def _two_sided(move: float, error: float) -> float:
    return float(2 * ndtr(-abs(move) / error)) if error > 0 else float(move == 0)


def driver_causes(
    centre: Centre, asked: Asked, moves: pd.DataFrame, *, rank: int, chain: tuple[Link, ...], worse: float
) -> list[Cause]:
    """Drivers that both go with the rating and moved the way the cell did; grade C where they moved more in the cell than elsewhere."""
    causes = []
    kept = moves[
        (moves["p_adjusted"] < SIGNIFICANT)
        & (moves["points"] * worse > 0)
        & (moves["points"].abs() >= MATERIAL * abs(worse))
    ]
    for row in kept.itertuples():
        evidence = Evidence("driver", "C" if row.apart else "D", {
            "metric": row.metric, "value": row.value, "value_reference": row.value_reference, "p": row.p_adjusted, "n": row.n})  # fmt: skip
        causes.append(Cause(rank, f"driver:{row.metric}", "driver", "mixed", "unexplained", (evidence,),
                            (*chain, Link("driver", {"metric": row.metric})), part_of(worse, row.points), abs(row.points / worse)))  # fmt: skip
    return causes
