"""Control charts of many daily series at once: over-dispersed, skewed, free of weekdays, with a slow-drift arm and hysteresis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, gammainc, gammaincc, ndtr

D2 = 1.128  # mean moving range of two normal values, in standard deviations
SIGMA_2, SIGMA_3 = 0.022750131948179195, 0.0013498980316300933  # one-sided chances
BEYOND_CHANCE = 0.05  # of a reference's scatter, below which it widens the limits
NORMAL_DAYS = 3  # in a row, after which an alert closes
LEAST_DAYS = 21  # of a reference: three of each weekday
WEEKDAYS = 7
RULES = ("", "beyond", "two_of_three", "drift")


@dataclass(frozen=True)
class Watch:
    """How to watch: the reference before each day, the memory of the drift arm, and what opens an alert.

    Attributes:
        reference: Days without an alert that make the level. guard: Days between them and the day judged, so that a fall does not become its own norm.
        memory: Weight of today in the moving average. fdr: Over the series of a day. least: Ratings that the moving average must hold.
    """

    reference: int = 56
    guard: int = 7
    memory: float = 0.2
    fdr: float = 0.05
    least: float = 30.0


@dataclass(frozen=True)
class Charted:
    """One row a series, one column a day; NaN where a day was not judged.

    Attributes:
        expected: Level of the reference with the day of the week. sigma: Standard error of the day's mean, scatter between days included.
        p: Chance of a day as bad or worse, the three rules combined. adjusted: The same by Benjamini and Hochberg over the day's series.
        rule: Index into `RULES` of the rule that signals most. open: Whether an alert is open at the end of the day.
        level, level_n: Moving average of mean less expected, and the ratings that it holds.
    """

    expected: np.ndarray
    sigma: np.ndarray
    p: np.ndarray
    adjusted: np.ndarray
    rule: np.ndarray
    open: np.ndarray
    level: np.ndarray
    level_n: np.ndarray


def watch_series(
    n: np.ndarray, sums: np.ndarray, weekday: np.ndarray, *, worse: int, watch: Watch | None = None
) -> Charted:
    """On which days, and in which series, is a mean worse than it was, and for how long?

    Each day is judged as it was known then: against its reference days, those with an open alert left out. The day of the week comes from the first
    series (the whole). Three rules: a day beyond 3 sigma; two of three days beyond 2 sigma; a moving average beyond 3 sigma.
    An alert opens where a rule signals and the false discovery rate over the day's series allows it; it closes after three normal days.

    Args:
        n: Ratings, series x days. sums: Powers 1 to 3 of the scores summed, 3 x series x days. weekday: 0 to 6 of each day.
        worse: -1 where low is worse, 1 where high is.

    Source:
        Laney (2002), Quality Engineering 14, 531-537; Roberts (1959), Technometrics 1, 239-250; Benjamini and Hochberg (1995), Journal of the Royal
        Statistical Society B 57, 289-300. Tails of a sum of skewed ratings by Pearson's type III.
    """
    from scipy.stats import false_discovery_control

    series, days = n.shape
    watch = watch or Watch()
    expected, sigma, p, adjusted, level, level_n = (np.full((series, days), np.nan) for _ in range(6))
    rule, is_open = np.zeros((series, days), int), np.zeros((series, days), bool)
    keep = 1 - watch.memory
    gap, variance, third, held = (np.zeros(series) for _ in range(4))  # of the moving average
    recent = np.ones((series, 3))
    alarmed, quiet = np.zeros(series, bool), np.zeros(series, int)
    for t in range(watch.guard + LEAST_DAYS, days):
        back = slice(0, t - watch.guard)
        normal = ~is_open[:, back]
        normal &= np.cumsum(normal[:, ::-1], axis=1)[:, ::-1] <= watch.reference
        start = int(np.flatnonzero(normal.any(axis=0))[0])  # there are always days before the first alert
        back = slice(start, t - watch.guard)
        ref = reference_of(n[:, back], sums[:, :, back], weekday[back], normal[:, start:])
        norm = ref.mean + ref.weekday[weekday[t]]
        expected[:, t] = norm
        process = ref.variance * ref.scatter
        with np.errstate(invalid="ignore", divide="ignore"):
            sigma[:, t] = np.sqrt(process * (1 / n[:, t] + 1 / ref.n))
            today = sums[0, :, t] - n[:, t] * norm
        usable = ref.usable & (ref.n >= watch.least)
        today = np.where(usable, today, 0.0)
        count = np.where(usable, n[:, t], 0.0)
        gap, held = keep * gap + today, keep * held + count
        variance, third = keep**2 * variance + count * process, keep**3 * third + count * ref.third
        p_day = np.where(
            count > 0,
            worse_tail(today, count * process + count**2 * process / np.maximum(ref.n, 1), count * ref.third, worse),
            1.0,
        )
        recent = np.column_stack([recent[:, 1:], p_day])
        second = np.sort(recent, axis=1)[:, 1]
        p_drift = worse_tail(gap, variance + held**2 * process / np.maximum(ref.n, 1), third, worse)
        judged = usable & (held >= watch.least)
        each = np.column_stack([p_day, 3 * second**2 - 2 * second**3, p_drift])
        p[judged, t] = combined(each[judged])
        adjusted[judged, t] = false_discovery_control(p[judged, t])
        signals = np.column_stack([p_day <= SIGMA_3, second <= SIGMA_2, p_drift <= SIGMA_3])
        strongest = np.where(signals, each, 2.0)
        rule[:, t] = np.where(signals.any(axis=1) & judged, strongest.argmin(axis=1) + 1, 0)
        normal = (p_day > SIGMA_2) & (p_drift > SIGMA_2)
        quiet = np.where(normal, quiet + 1, 0)
        closing = alarmed & (quiet >= NORMAL_DAYS)
        opening = ~alarmed & (rule[:, t] > 0) & (np.nan_to_num(adjusted[:, t], nan=1.0) <= watch.fdr)
        alarmed = (alarmed & ~closing) | opening
        is_open[:, t] = alarmed
        with np.errstate(invalid="ignore", divide="ignore"):
            level[:, t], level_n[:, t] = gap / held, held
    return Charted(expected, sigma, p, adjusted, rule, is_open, level, level_n)


@dataclass(frozen=True)
class Reference:
    """The reference of every series: ratings, mean without weekdays, their effects, variance and third moment of one rating, scatter ratio of days."""

    n: np.ndarray
    mean: np.ndarray
    weekday: np.ndarray
    variance: np.ndarray
    third: np.ndarray
    scatter: np.ndarray

    @property
    def usable(self) -> np.ndarray:
        return (self.n > 0) & (self.variance > 0)


def reference_of(n: np.ndarray, sums: np.ndarray, weekday: np.ndarray, normal: np.ndarray) -> Reference:
    """Level, weekday profile and scatter of reference days, those of open alerts left out."""
    held = n * normal
    total = held.sum(axis=1)
    profile = weekday_profile(held[0], sums[0, 0] * normal[0], weekday)
    with np.errstate(invalid="ignore", divide="ignore"):
        one, two, three = (np.where(total > 0, (power * normal).sum(axis=1) / total, np.nan) for power in sums)
        mean = one - (held @ profile[weekday]) / total
        variance = np.maximum(two - one**2, 0.0)
        third = three - 3 * one * two + 2 * one**3
        z = np.where(
            held > 0, (sums[0] / n - mean[:, None] - profile[weekday]) / np.sqrt(variance[:, None] / n), np.nan
        )
    return Reference(total, mean, profile, np.nan_to_num(variance), np.nan_to_num(third), scatter_ratio(z))


def combined(p: np.ndarray) -> np.ndarray:
    """One chance of several of the same series, however they hang together, by row (Liu and Xie 2020, JASA 115, 393-402)."""
    p = np.clip(p, 1e-15, 1 - 1e-15)
    return np.clip(0.5 - np.arctan(np.tan((0.5 - p) * np.pi).mean(axis=1)) / np.pi, 0.0, 1.0)


def scatter_ratio(z: np.ndarray) -> np.ndarray:
    """Variance of days over what their ratings alone give: Laney's, from moving ranges; 1 where they scatter no more than chance, or are few."""
    ratio = np.ones(len(z))
    for i, row in enumerate(z):
        seen = row[np.isfinite(row)]
        if len(seen) >= LEAST_DAYS // 2 and chdtrc(len(seen) - 1, seen @ seen) < BEYOND_CHANCE:
            ratio[i] = max(1.0, (np.abs(np.diff(seen)).mean() / D2) ** 2)
    return ratio


def weekday_profile(n: np.ndarray, s: np.ndarray, weekday: np.ndarray) -> np.ndarray:
    """How far each day of the week lies from the whole, drawn towards none by as much as chance explains; none below three weeks."""
    count, total = np.bincount(weekday, n, WEEKDAYS), np.bincount(weekday, s, WEEKDAYS)
    if (np.bincount(weekday, n > 0, WEEKDAYS) < 3).any():
        return np.zeros(WEEKDAYS)
    away = total / count - total.sum() / count.sum()
    means = np.divide(s, n, out=np.zeros_like(s, dtype=float), where=n > 0)
    inside = n * (means - (total / count)[weekday]) ** 2
    noise = (
        inside.sum() / max((n > 0).sum() - WEEKDAYS, 1) / count
    )  # of each weekday's mean, by the scatter of its own days
    true = max(float(np.average(away**2 - noise, weights=count)), 0.0)
    return away * true / (true + noise) if true > 0 else np.zeros(WEEKDAYS)


def worse_tail(gap: np.ndarray, variance: np.ndarray, third: np.ndarray, worse: int) -> np.ndarray:
    """Chance of a sum as far on the worse side or further, its skewness allowed for (Pearson's type III)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.sqrt(variance)
        z = np.where(spread > 0, worse * gap / spread, 0.0)
        skew = np.where(spread > 0, worse * third / spread**3, 0.0)
    found = ndtr(-z)
    lean = np.abs(skew) > 1e-4
    a = 4 / skew[lean] ** 2
    x = a + 2 * z[lean] / skew[lean]  # a gamma variable with shape a
    x = np.maximum(x, 0.0)
    found[lean] = np.where(skew[lean] > 0, gammaincc(a, x), gammainc(a, x))
    return found
