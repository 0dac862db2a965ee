"""Hypotheses from measured drivers: does a metric go with the rating in a cell, and did it move?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.special import ndtr

from ccsat.cells import Asked
from ccsat.centre import Centre
from ccsat.deductions import CellRows, cell_rows
from ccsat.estimates import adjust
from ccsat.stages.evidence import MATERIAL, SIGNIFICANT, Cause, Evidence, Link, part_of
from ccsat.stages.process import ProcessMetric, needed_columns, process_metrics, process_values
from ccsat.stages.refused import outcome_side, own_length

ENOUGH_ROWS = 100
PRESENT = 0.5  # a metric emptier than this in the cell is no driver; nor is one that leaves fewer rows complete
SKEWED = 2.0
TOLD_APART = 0.02  # least part of a metric's variance that the metrics before it leave open
RARE = 0.03  # share of the rarer of two values, from which a yes/no metric is looked at
LATE = 0.5  # share of rows in which a metric was known only after the rating, from which it carries grade D at most
COLUMNS = [
    "metric",
    "effect",
    "effect_p",
    "value",
    "value_reference",
    "moved_p",
    "points",
    "n",
    "p_adjusted",
    "apart",
    "yes_no",
    "late",
]


def driver_moves(centre: Centre, asked: Asked, cell: Mapping) -> pd.DataFrame:
    """Which metrics go with the KPI inside a cell, with the others held, and which of them moved?

    A linear probability model of the KPI's score on the metrics (log where skewed, standardised), errors robust; then each
    metric's mean, the cell now against before (a change) or against the rest (a level). A metric that the others settle is left out, and so is one
    that follows from dissatisfaction (`stages.refused`). Metrics of tables beside the facts (`stages.process`) have a model of their own, a
    table at a time: only some contacts have a ticket.

    Returns:
        One row a usable metric: `metric, effect` (KPI units per standard deviation), `effect_p, value, value_reference` (medians, metric's
        units; shares of yes for a yes/no metric), `moved_p, points` (effect times move times the part of the whole that has the metric)`, n,
        p_adjusted` (the larger of the two, adjusted), `apart` (whether it moved more in the cell than in the rest, the same way; False for a level, and where nothing is beyond chance),
        `yes_no, late` (share known only after the rating).

    Assumes:
        Metrics come before the rating. An association: nothing here shows a cause.
    """
    own = [metric for metric in centre.metrics if not outcome_side(metric)]
    beside = [metric for metric in process_metrics(centre) if not outcome_side(metric.name)]
    if not own and not beside:
        return pd.DataFrame(columns=COLUMNS)
    rows = cell_rows(centre, asked, cell, more=[*own, *needed_columns(centre, beside)], outside=True)
    found = _moves(asked, rows, lambda part: _clean(part, own), present=PRESENT) if own else []
    for table in dict.fromkeys(metric.table for metric in beside):
        found += _moves(
            asked, rows, _measured(centre, [metric for metric in beside if metric.table == table]), present=0.0
        )
    table = pd.DataFrame(found, columns=[c for c in COLUMNS if c != "p_adjusted"])
    table["p_adjusted"] = adjust(table[["effect_p", "moved_p"]].max(axis=1).astype(float))
    return table[COLUMNS].sort_values("metric", ignore_index=True)


def _measured(centre: Centre, metrics: Sequence[ProcessMetric]):
    """A reader of one table's metrics for any rows."""

    def read(part: pd.DataFrame) -> pd.DataFrame:
        x = process_values(centre, part, metrics)
        late = x.attrs.get("late", {})
        x = x.mask(x < 0)
        x.attrs["late"] = late
        return x

    return read


def _moves(asked: Asked, rows: CellRows, read, *, present: float) -> list[dict]:
    """The moves of one group of metrics; `present`: the least share of rows that must have one."""
    joined = pd.concat([rows.inside.assign(now=1.0), rows.reference.assign(now=0.0)], ignore_index=True)
    measured = read(joined)
    late = measured.attrs.get("late", {})
    some = measured.dropna(how="all") if not present else measured
    x = _told_apart(_complete(some)) if len(some) else some
    now = joined.loc[x.index, "now"]
    if x.empty or len(x) < ENOUGH_ROWS or now.nunique() < 2:
        return []
    with_it = rows.share * float((joined.loc[some.index, "now"] == 1).sum() / max((joined["now"] == 1).sum(), 1))
    skewed = [metric for metric in x if x[metric].nunique() > 2 and x[metric].skew() > SKEWED]
    shaped = _shaped(x, skewed)
    middle, spread = shaped.mean(), shaped.std()
    z = (shaped - middle) / spread
    is_now = (now == 1).to_numpy()
    effects, p_values = _effects(z, now, -asked.sign * joined.loc[x.index, "deduction"])
    rest_now = rest_before = None
    table = []
    for metric in x:
        move, error = _move(*_sides(z[metric], is_now))
        rest, rest_error = 0.0, np.inf
        told = (
            max(_two_sided(move, error), float(p_values[metric])) < SIGNIFICANT
        )  # the rest is read for what may be named alone
        if told and rest_now is None and rows.outside is not None:
            rest_now, rest_before = read(rows.outside), read(rows.outside_reference)
        if told and rest_now is not None:
            rest, rest_error = _move(*(((_shaped(part[[metric]], skewed)[metric].dropna() - middle[metric]) / spread[metric]).to_numpy() for part in (rest_now, rest_before)))  # fmt: skip
        yes_no = x[metric].nunique() == 2
        here, there = (float(np.mean(part) if yes_no else np.median(part)) for part in _sides(x[metric], is_now))
        table.append({"metric": metric, "effect": float(effects[metric]), "effect_p": float(p_values[metric]),
                      "value": here, "value_reference": there,
                      "moved_p": _two_sided(move, error), "n": int(is_now.sum()), "points": float(effects[metric]) * move * with_it,
                      "apart": bool((move - rest) * move > 0 and _two_sided(move - rest, np.hypot(error, rest_error)) < SIGNIFICANT),
                      "yes_no": yes_no, "late": late.get(metric, 0.0)})  # fmt: skip
    return table


def _effects(z: pd.DataFrame, now: pd.Series, score: pd.Series) -> tuple[pd.Series, pd.Series]:
    """What the score gains per standard deviation of each metric, period held, and its two-sided p, errors robust (HC3)."""
    design = np.column_stack([np.ones(len(z)), z, now])
    if np.linalg.matrix_rank(design) < design.shape[1]:  # the metrics and the period settle each other
        import statsmodels.api as sm

        fit = sm.OLS(score.to_numpy(float), design).fit(cov_type="HC3")
        beta, error = fit.params, fit.bse
    else:
        from ccsat.numerics.lines import fit_linear

        fit = fit_linear(design, score.to_numpy(float))
        beta, error = fit.beta, fit.se
    p = [_two_sided(move, spread) for move, spread in zip(beta, error, strict=True)]
    return pd.Series(beta[1:-1], index=z.columns), pd.Series(p[1:-1], index=z.columns)


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
    """Without metrics of one value, or of two of which one is rare, and without those that the ones before them settle."""
    kept: list[str] = []
    before = np.ones((len(x), 1))
    for metric in x:
        values = x[metric].to_numpy(float)
        different, n = np.unique(values, return_counts=True)
        if len(different) < 2 or (len(different) == 2 and n.min() < RARE * len(values)):
            continue
        left = values - before @ np.linalg.lstsq(before, values, rcond=None)[0]
        if left.var() > TOLD_APART * values.var():
            kept.append(metric)
            before = np.column_stack([before, values])
    return x[kept]


def _shaped(x: pd.DataFrame, skewed: list[str]) -> pd.DataFrame:
    return x.apply(lambda column: np.log1p(column) if column.name in skewed else column)


def _sides(column: pd.Series, now: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A metric's values now and before (or in the rest)."""
    values = column.to_numpy(float)
    return values[now], values[~now]


def _move(now: np.ndarray, before: np.ndarray) -> tuple[float, float]:
    """Difference of two means and its standard error; infinite where it cannot be told."""
    if min(len(now), len(before)) < 2:
        return 0.0, np.inf
    error = np.sqrt(now.var(ddof=1) / len(now) + before.var(ddof=1) / len(before))
    return float(now.mean() - before.mean()), float(error)


def _two_sided(move: float, error: float) -> float:
    return float(2 * ndtr(-abs(move) / error)) if error > 0 else float(move == 0)


def driver_causes(
    centre: Centre, asked: Asked, moves: pd.DataFrame, *, rank: int, chain: tuple[Link, ...], worse: float
) -> list[Cause]:
    """Drivers that both go with the rating and moved the way the cell did.

    Grade C where they moved more in the cell than elsewhere and were known before the rating; else D. The contact's own length carries D: a hard case
    takes long, whoever handles it.
    """
    causes = []
    kept = moves[
        (moves["p_adjusted"] < SIGNIFICANT)
        & (moves["points"] * worse > 0)
        & (moves["points"].abs() >= MATERIAL * abs(worse))
    ]
    for row in kept.itertuples():
        grade = "C" if row.apart and row.late <= LATE and not own_length(row.metric) else "D"
        evidence = Evidence("driver_share" if row.yes_no else "driver", grade, {
            "metric": row.metric, "value": row.value, "value_reference": row.value_reference, "p": row.p_adjusted, "n": row.n})  # fmt: skip
        causes.append(Cause(rank, f"driver:{row.metric}", "driver", "mixed", "unexplained", (evidence,),
                            (*chain, Link("driver", {"metric": row.metric})), part_of(worse, row.points), abs(row.points / worse)))  # fmt: skip
    return causes
