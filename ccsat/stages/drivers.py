"""Hypotheses from measured drivers: does a metric go with the rating in a cell, and did it move?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ccsat.cells import Asked
from ccsat.centre import Centre
from ccsat.deductions import deduction_rows
from ccsat.estimates import adjust
from ccsat.stages.evidence import Cause, Evidence, Link

SIGNIFICANT = 0.05
ENOUGH_ROWS = 100
PRESENT = 0.5  # a metric emptier than this in the cell is no driver
SKEWED = 2.0
COLUMNS = ["metric", "effect", "effect_p", "value", "value_reference", "moved_p", "points", "n", "p_adjusted"]


def driver_moves(centre: Centre, asked: Asked, cell: Mapping) -> pd.DataFrame:
    """Which metrics go with the KPI inside a cell, with the others held, and which of them moved?

    A linear probability model of the KPI's score on the metrics (log where skewed, standardised), errors robust; then each
    metric's mean, the cell now against before (a change) or against the rest (a level).

    Returns:
        One row a usable metric: `metric, effect` (KPI units per standard deviation), `effect_p, value, value_reference` (medians, metric's
        units), `moved_p, points` (effect times move times the cell's share), `n, p_adjusted` (the larger of the two, adjusted).

    Assumes:
        Metrics come before the rating. An association: nothing here shows a cause.
    """
    usable = list(centre.metrics)
    if not usable:
        return pd.DataFrame(columns=COLUMNS)
    everything = deduction_rows(centre, asked, window=asked.current, more=usable)
    inside = deduction_rows(centre, asked, window=asked.current, where=cell, more=usable)
    other = (deduction_rows(centre, asked, window=asked.baseline, where=cell, more=usable) if asked.is_change
             else everything[~everything["row_key"].isin(inside["row_key"])])  # fmt: skip
    joined = pd.concat([inside.assign(now=1.0), other.assign(now=0.0)], ignore_index=True)
    x = joined[usable].astype(float).mask(joined[usable].astype(float) < 0)
    usable = [m for m in usable if x[m].notna().mean() > PRESENT and x[m].nunique() > 2]
    whole = x[usable].notna().all(axis=1)
    if not usable or whole.sum() < ENOUGH_ROWS or joined.loc[whole, "now"].nunique() < 2:
        return pd.DataFrame(columns=COLUMNS)
    import statsmodels.api as sm
    from scipy.stats import ttest_ind

    x = x.loc[whole, usable]
    shaped = x.apply(lambda c: np.log1p(c) if c.skew() > SKEWED else c)
    z = (shaped - shaped.mean()) / shaped.std()
    now = joined.loc[whole, "now"]
    fit = sm.OLS(-asked.sign * joined.loc[whole, "deduction"], sm.add_constant(z.assign(now=now))).fit(cov_type="HC3")
    rows = []
    for metric in usable:
        a, b = z.loc[now == 1, metric], z.loc[now == 0, metric]
        move = float(a.mean() - b.mean())
        rows.append({"metric": metric, "effect": float(fit.params[metric]), "effect_p": float(fit.pvalues[metric]),
                     "value": float(x.loc[now == 1, metric].median()), "value_reference": float(x.loc[now == 0, metric].median()),
                     "moved_p": float(ttest_ind(a, b, equal_var=False).pvalue), "n": int((now == 1).sum()),
                     "points": float(fit.params[metric]) * move * len(inside) / len(everything)})  # fmt: skip
    table = pd.DataFrame(rows)
    table["p_adjusted"] = adjust(table[["effect_p", "moved_p"]].max(axis=1))
    return table[COLUMNS].sort_values("metric", ignore_index=True)


def driver_causes(
    centre: Centre, asked: Asked, moves: pd.DataFrame, *, rank: int, chain: tuple[Link, ...], worse: float
) -> list[Cause]:
    """Drivers that both go with the rating and moved the way the cell did."""
    causes = []
    for row in moves[(moves["p_adjusted"] < SIGNIFICANT) & (moves["points"] * worse > 0)].itertuples():
        evidence = Evidence("driver", "C" if asked.is_change else "D", {
            "metric": row.metric, "value": row.value, "value_reference": row.value_reference, "p": row.p_adjusted, "n": row.n})  # fmt: skip
        causes.append(Cause(rank, f"driver:{row.metric}", "driver", "mixed", "unexplained", (evidence,),
                            (*chain, Link("driver", {"metric": row.metric})), row.points, abs(row.points / worse)))  # fmt: skip
    return causes
