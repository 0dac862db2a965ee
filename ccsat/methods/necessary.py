"""What an outcome cannot do without: necessary condition analysis."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ccsat.errors import DataError
from ccsat.methods.answer import Answer, Assumption, Effect
from ccsat.methods.regression_design import as_number, sample_of
from ccsat.numerics.ceiling import find_ceiling, needed_at, shuffled_effects
from ccsat.scales import Column, Scale, need

INSTEAD = "ordered_logit, gamma"
DRAWS, MOST_WORK = 2000, 40_000_000


def necessary_condition(
    table: pd.DataFrame, outcome: Column, condition: Column, *, cluster: str | bool | None = None, draws: int = DRAWS, rng: np.random.Generator | int = 0,
) -> Answer:  # fmt: skip
    """Is a high outcome ever reached without enough of this?

    Args:
        outcome, condition: Numbers (ratings by a `Cast`).
        cluster: For the caveat; p-values pair rows at random.

    Returns:
        One row a share of the outcome's range (0 to 1): `outcome_share, outcome, needed` (least condition ever seen with it; NaN: none needed)
        `, lacking` (rows below it) `, n`. Effects: empty share of the scope above the steps (CE-FDH) and above a straight line
        (CR-FDH); no interval of either is known. Statistic: `p_value` (random pairing), `robust` (effect without the 0.5 % of rows that
        hold the ceiling up most), `constant, slope` (of the line). `extra`: `corners`. `detectable`: what chance reaches one time in twenty.

    Raises:
        ScaleError: A weaker column. DataError: A column without spread.

    Source:
        Dul (2016), Organizational Research Methods 19, 10-52; Dul, van der Laan and Kuik (2020), ibid. 23, 385-395.
    """
    sample = sample_of(table, [outcome, condition], method="necessary_condition", cluster=cluster)
    y = as_number(sample.rows[str(outcome)], method="necessary_condition", instead=INSTEAD)[0]
    need(sample.rows[str(condition)], Scale.INTERVAL, method="necessary_condition", instead=INSTEAD)
    x = sample.rows[str(condition)].to_numpy(float)
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        raise DataError("regression_scope", outcome=str(outcome), condition=str(condition))
    found = find_ceiling(x, y)
    n, low, high = len(y), float(y.min()), float(y.max())
    draws = int(max(min(draws, MOST_WORK // n), 99))
    order = np.lexsort((y, x))
    shuffled = shuffled_effects(x[order], y[order], draws, np.random.default_rng(rng))
    p = float((1 + (shuffled >= found.effect - 1e-12).sum()) / (draws + 1))
    many = _without(x, y, max(1, round(n / 200)))
    share = np.linspace(0, 1, 11)
    needed = needed_at(found, float(x.min()), share, low, high)
    ordered = np.sort(x)
    lacking = [0 if np.isnan(v) else int(np.searchsorted(ordered, v)) for v in needed]
    frame = pd.DataFrame(
        {"outcome_share": share, "outcome": low + share * (high - low), "needed": needed, "lacking": lacking, "n": n}
    )
    stable = Assumption(
        "regression_ceiling_stable",
        abs(many - found.effect) < 0.05,
        {"with_all": round(found.effect, 3), "without": round(many, 3), "rows": max(1, round(n / 200))},
    )
    caveats = sample.caveats
    if sample.cluster is not None:
        caveats = (*caveats, ("caveat.regression_unclustered", {"column": sample.names["cluster"]}))
    return Answer(
        method="necessary_condition", table=frame, columns={"outcome": str(outcome), "condition": str(condition)},
        statistic={"p_value": p, "robust": many, "constant": found.constant, "slope": found.slope},
        effects=(Effect("regression_necessity", found.effect), Effect("regression_necessity_line", found.effect_line)),
        assumptions=(stable,), detectable=float(np.quantile(shuffled, 0.95)), caveats=(*caveats, ("caveat.regression_necessity", {})),
        extra={"corners": pd.DataFrame({"condition": found.corner_x, "outcome": found.corner_y})}, **sample.names,
    )  # fmt: skip


def _without(x: np.ndarray, y: np.ndarray, m: int) -> float:
    """The effect after leaving out, one after another, the m rows that hold the ceiling up most; scope as it was."""
    values, place = np.unique(x, return_inverse=True)
    order = np.lexsort((-y, place))
    first = np.searchsorted(place[order], np.arange(len(values)))
    last = np.append(first[1:], len(y))
    at = first.copy()  # of each x, the best row that is left
    ranked = y[order]
    best = ranked[first]
    low, high = float(y.min()), float(y.max())
    width, scope = np.diff(values), (values[-1] - values[0]) * (high - low)
    area = lambda b: float(((high - np.maximum.accumulate(b)[:-1]) * width).sum() / scope)
    for _ in range(m):
        gains = []
        corners = np.flatnonzero(np.concatenate([[True], best[1:] > np.maximum.accumulate(best)[:-1]]))[:200]
        for k in corners[corners < len(values) - 1]:
            trial = best.copy()
            trial[k] = ranked[at[k] + 1] if at[k] + 1 < last[k] else low
            gains.append((area(trial), k))
        if not gains:
            break
        _, k = max(gains)
        at[k] += 1
        best[k] = ranked[at[k]] if at[k] < last[k] else low
    return area(best)
