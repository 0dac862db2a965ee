"""Difference in differences on weekly sums: inside a declared scope against outside it, with leads, placebo dates and one error for both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

LEAST_BEFORE, LEAST_AFTER = 3, 2  # weeks on either side of the date
LEAST_ROWS = 5  # of a week, on each side of the contrast
FLAT = 0.05  # p-value of the leads above which they count as flat
SMALL_LEAD = 0.25  # of the contrast: weeks before that differ by less would not undo it, whatever their p-value
LEFT_OF_IT = 0.5  # of the contrast that must be left when a trend before the date is let through


@dataclass(frozen=True)
class Contrast:
    """Difference in differences of a KPI: inside minus outside, after the date minus before it.

    Attributes:
        value, lower, upper: In the KPI's unit, with the 95 % interval. p_value: two-sided.
        trend_p: Of a difference in trend before the date; small means that the comparison is not fair.
        leads_p: Of unequal moves in the single weeks before the date, all together.
        jump: The contrast when a trend in the difference is let through; nan where there are too few weeks.
        n, n_control: Ratings inside and outside.
        error: Standard error; for tests of several contrasts.
        placebo: The largest contrast (in size) that a date inside the weeks before would have given, and of how many dates.
        weeks: The event study: `week` (0 is that of the date), `value, lower, upper, n, n_control`; against the mean of the weeks before.
    """

    value: float
    lower: float
    upper: float
    p_value: float
    trend_p: float
    leads_p: float
    jump: float
    n: int
    n_control: int
    error: float
    placebo: float
    placebo_dates: int
    weeks: tuple[dict, ...]

    @property
    def significant(self) -> bool:
        return not self.lower <= 0 <= self.upper

    @property
    def flat(self) -> bool:
        """Whether the two sides moved alike before the date: no trend, and no week apart beyond chance or by more than a quarter of the contrast."""
        apart = max((abs(row["value"]) for row in self.weeks if row["week"] < 0), default=0.0)
        return self.trend_p > FLAT and (self.leads_p > FLAT or apart <= SMALL_LEAD * abs(self.value))

    @property
    def holds(self) -> bool:
        """Whether most of it is left when a trend in the difference is let through: a jump, and not a drift."""
        return bool(np.isfinite(self.jump) and self.jump * self.value > 0 and abs(self.jump) >= LEFT_OF_IT * abs(self.value))  # fmt: skip

    def numbers(self) -> dict:
        """What a reader needs of it."""
        return {"value": self.value, "lower": self.lower, "upper": self.upper, "p": self.p_value, "trend_p": self.trend_p,
                "leads_p": self.leads_p, "n": self.n, "n_control": self.n_control, "placebo": self.placebo, "placebo_dates": self.placebo_dates}  # fmt: skip


def contrast(inside: pd.DataFrame, outside: pd.DataFrame, day: date, *, effects: tuple[float, float] = (1.0, 1.0)) -> Contrast | None:  # fmt: skip
    """Did the inside move more than the outside at this day, and did they move alike before?

    Weekly differences, weighted by what sampling leaves open in each. The error is that of sampling, widened by the clusters' design effects, or
    what the weeks scatter beyond it, whichever is larger: drift counts as noise.

    Args:
        inside, outside: Daily sums, `day, n, s, ss`; without common rows.
        day: First day of the change.
        effects: Design effects of the two sides.

    Returns:
        `Contrast`; None where there are too few weeks on a side.

    Assumes:
        Without the change both sides would have moved alike. The leads test that only for the time before.

    Source:
        Bertrand, Duflo and Mullainathan (2004), Quarterly Journal of Economics 119, 249-275; Roth (2022), AER: Insights 4, 305-322; leads
        against the size of the contrast: Rambachan and Roth (2023), Review of Economic Studies 90, 2555-2591.
    """
    both = _weeks(inside, outside, day)
    after = (both.index >= 0).astype(float)
    if after.sum() < LEAST_AFTER or (1 - after).sum() < LEAST_BEFORE:
        return None
    gap = (both["in_s"] / both["in_n"] - both["out_s"] / both["out_n"]).to_numpy()
    variance = sum(effect * _variance(both, side) / both[f"{side}_n"].to_numpy() for side, effect in zip(("in", "out"), effects, strict=True))  # fmt: skip
    variance = np.maximum(variance, 1e-12)
    week = both.index.to_numpy(float)
    ones = np.ones(len(week))
    beta, error, p, scale = _fit(np.column_stack([ones, after]), gap, variance)
    half = 1.96 * error if scale <= 1 else _t_quantile(len(week) - 2) * error
    before = after == 0
    _, _, trend_p, _ = _fit(np.column_stack([ones, week])[before], gap[before], variance[before])
    mean_before = np.average(gap[before], weights=1 / variance[before])
    chi2 = float(((gap[before] - mean_before) ** 2 / variance[before]).sum())
    from scipy.special import chdtrc

    jump = float("nan")
    if before.sum() > LEAST_BEFORE:
        jump = float(_solve(np.column_stack([ones, week, after]), gap, variance)[0][2])
    placebos = _placebos(week[before], gap[before], variance[before])
    rows = tuple({"week": int(w), "value": float(g - mean_before), "lower": float(g - mean_before - 1.96 * np.sqrt(v)),
                  "upper": float(g - mean_before + 1.96 * np.sqrt(v)), "n": int(a), "n_control": int(b)}
                 for w, g, v, a, b in zip(week, gap, variance, both["in_n"], both["out_n"], strict=True))  # fmt: skip
    return Contrast(value=float(beta), lower=float(beta - half), upper=float(beta + half), p_value=p, trend_p=trend_p,
                    leads_p=float(chdtrc(max(before.sum() - 1, 1), chi2)), jump=jump, n=int(both["in_n"].sum()), n_control=int(both["out_n"].sum()),
                    error=float(error), placebo=max(placebos, key=abs, default=0.0), placebo_dates=len(placebos), weeks=rows)  # fmt: skip


@dataclass(frozen=True)
class Moved:
    """A move after a date, with its standard error; `n` ratings after it."""

    value: float
    error: float
    n: int

    @property
    def beyond_chance(self) -> bool:
        return abs(self.value) > 1.96 * self.error

    def unlike(self, other: Moved) -> bool:
        """Whether two moves differ beyond chance."""
        return abs(self.value - other.value) > 1.96 * float(np.hypot(self.error, other.error))


def moved(series: pd.DataFrame, control: pd.DataFrame | None, day: date, *, start: date | None = None, effect: float = 1.0) -> Moved | None:  # fmt: skip
    """After less before a date, less the same of a control where there is one; by sampling alone. None where a side is empty."""
    value, variance, n = 0.0, 0.0, 0
    for sign, part in ((1, series), (-1, control)):
        if part is None:
            continue
        days = part["day"]
        late, early = part[days >= day], part[(days < day) & (days >= (start or days.min()))]
        if late["n"].sum() < LEAST_ROWS or early["n"].sum() < LEAST_ROWS:
            return None
        for way, sums in ((1, late), (-1, early)):
            rows, mean = float(sums["n"].sum()), float(sums["s"].sum() / sums["n"].sum())
            value += sign * way * mean
            variance += effect * max(float(sums["ss"].sum()) / rows - mean**2, 1 / (rows + 2)) / rows
        n = n or int(late["n"].sum())
    return Moved(value, float(np.sqrt(variance)), n)


def _weeks(inside: pd.DataFrame, outside: pd.DataFrame, day: date) -> pd.DataFrame:
    """Sums of both sides by week from the date; weeks with few rows are left out."""
    weeks, sides = [], []
    for series in (inside, outside):
        days = np.array(series["day"].tolist(), dtype="datetime64[D]") - np.datetime64(day)
        week, place = np.unique(days.astype(int) // 7, return_inverse=True)
        weeks.append(week)
        sides.append(
            [np.bincount(place, series[name].to_numpy(float), minlength=len(week)) for name in ("n", "s", "ss")]
        )
    shared = np.intersect1d(*weeks)
    columns = {f"{name}_{part}": column[np.searchsorted(week, shared)]
               for name, week, side in zip(("in", "out"), weeks, sides, strict=True) for part, column in zip(("n", "s", "ss"), side, strict=True)}  # fmt: skip
    enough = (columns["in_n"] >= LEAST_ROWS) & (columns["out_n"] >= LEAST_ROWS)
    return pd.DataFrame(
        {name: column[enough] for name, column in columns.items()}, index=pd.Index(shared[enough], name="week")
    )


def _variance(both: pd.DataFrame, side: str) -> np.ndarray:
    """Variance of one rating around its period's mean, before and after apart; a week cannot tell its own."""
    period = (both.index >= 0).astype(int)
    n, s, ss = (
        np.bincount(period, both[f"{side}_{part}"].to_numpy(), minlength=2)[period] for part in ("n", "s", "ss")
    )
    return np.maximum(ss / n - (s / n) ** 2, 1 / (n + 2))


def _solve(x: np.ndarray, y: np.ndarray, variance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    covariance = np.linalg.pinv(x.T @ (x / variance[:, None]))
    return covariance @ (x.T @ (y / variance)), covariance


def _fit(x: np.ndarray, y: np.ndarray, variance: np.ndarray) -> tuple[float, float, float, float]:
    """The last term of a weighted fit: value, error, p-value, and by how much the points scatter beyond sampling."""
    from scipy.special import ndtr, stdtr

    beta, covariance = _solve(x, y, variance)
    free = len(y) - x.shape[1]
    scale = float((((y - x @ beta) ** 2) / variance).sum() / free) if free > 0 else 1.0
    error = float(np.sqrt(covariance[-1, -1] * max(scale, 1.0)))
    t = -abs(beta[-1]) / error
    return float(beta[-1]), error, float(2 * (stdtr(free, t) if scale > 1 else ndtr(t))), scale


def _t_quantile(free: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(free, 0.975))


def _placebos(week: np.ndarray, gap: np.ndarray, variance: np.ndarray) -> list[float]:
    """The contrast at each date inside the weeks before, as if the change had come then."""
    found = []
    for cut in range(2, len(week) - 1):
        after = np.arange(len(week)) >= cut
        found.append(float(np.average(gap[after], weights=1 / variance[after]) - np.average(gap[~after], weights=1 / variance[~after])))  # fmt: skip
    return found
