"""When did a cell break, and does a change's date fit better than other dates would?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from ccsat.cells import Asked
from ccsat.centre import Centre
from ccsat.engine import Window

NEAR_DAYS = 7  # an effect may show this much after its change: never before
AS_GOOD = 3.68  # log-likelihood below the best date inside its 95 % set (Hansen 2000, Econometrica 68, 575: 7.35 / 2)
EDGE_DAYS = 5
CLEAR_GAIN = 4.9  # 95 % of the best gain without a break, 56 to 180 days (Andrews 1993, Econometrica 61, 821; checked by simulation)


@dataclass(frozen=True)
class Break:
    """The best single break of a daily series.

    Attributes:
        day: First day of the new level.
        gains: Log-likelihood gain of a break at each day, by day; days weigh by their rows.
        move: Mean after minus mean before the best day.
    """

    day: date
    gains: pd.Series
    move: float

    @property
    def clear(self) -> bool:
        """Whether there is a break at all, beyond what the best of many dates shows by chance (not: of many cells)."""
        return bool(self.gains.max() > CLEAR_GAIN)

    def fits(self, day: date) -> bool:
        """Whether a change of this day could have made the break: a day soon after it is in the 95 % set of break days."""
        near = self.gains[[d for d in self.gains.index if 0 <= (d - day).days <= NEAR_DAYS]]
        return bool(len(near) and near.max() >= self.gains.max() - AS_GOOD)

    def placebo_share(self, day: date) -> float:
        """Share of the dates away from this day where a break fits at least as well: small means the date is special."""
        near = self.gains[[d for d in self.gains.index if abs((d - day).days) <= NEAR_DAYS]]
        away = self.gains[[d for d in self.gains.index if abs((d - day).days) > NEAR_DAYS]]
        if not len(near) or not len(away):
            return 1.0
        return float((away >= near.max()).mean())


def daily(centre: Centre, asked: Asked, where: Mapping | None, *, out_of: Mapping | None = None) -> pd.DataFrame:
    """Rows and total of the KPI per day, `day, n, s`, from the first window's start to the last one's end.

    `out_of` is a cell to leave out.
    """
    span = Window("span", min(w.first for w in asked.windows), max(w.last for w in asked.windows))
    outcome = asked.caliber.outcome

    def read(cell: Mapping | None) -> pd.DataFrame:
        table = centre.engine.crosstab(
            centre.facts, [outcome], windows=[span], by_day=True, where={**(asked.where or {}), **(cell or {})}
        )
        table = table[table[outcome].notna()]
        value = table[outcome].astype(int).map(asked.values)
        return (
            pd.DataFrame({"day": pd.to_datetime(table["day"]).dt.date, "n": table["n"], "s": table["n"] * value})
            .groupby("day")
            .sum()
        )

    found = read(where)
    if out_of is not None:
        inside = read({**(where or {}), **out_of})
        found = found.sub(inside.reindex(found.index, fill_value=0), fill_value=0)
    return found[found["n"] > 0].reset_index()


def find_break(series: pd.DataFrame) -> Break | None:
    """The day at which one break explains a daily series best; None where it is too short."""
    if len(series) < 4 * EDGE_DAYS:
        return None
    n, s = series["n"].to_numpy(float), series["s"].to_numpy(float)
    day_mean = s / n
    spread = (n * (day_mean - s.sum() / n.sum()) ** 2).sum()
    before_n, before_s = n.cumsum()[:-1], s.cumsum()[:-1]
    after_n, after_s = n.sum() - before_n, s.sum() - before_s
    move = after_s / after_n - before_s / before_n
    explained = move**2 * before_n * after_n / n.sum()  # each day's break is judged by the scatter that it leaves
    left = np.maximum(1 - explained / spread, 1e-12) if spread > 0 else np.ones(len(move))
    gain = -len(n) / 2 * np.log(left)
    days = series["day"].iloc[1:]
    gains = pd.Series(gain, index=days).iloc[EDGE_DAYS - 1 : len(days) - EDGE_DAYS + 1]
    best = gains.idxmax()
    return Break(best, gains, float(move[list(days).index(best)]))


@dataclass(frozen=True)
class Contrast:
    """Difference in differences of a KPI: inside minus outside, current minus baseline.

    `trend_p` is the p-value of a difference in trend before the change; small means the comparison is not fair.
    """

    value: float
    lower: float
    upper: float
    trend_p: float
    n: int
    n_control: int

    @property
    def significant(self) -> bool:
        return not self.lower <= 0 <= self.upper


def contrast(inside: pd.DataFrame, outside: pd.DataFrame, day: date) -> Contrast | None:
    """Did the inside move more than the outside at this day, and did they move alike before?

    Weekly means with weights; the week-to-week spread gives the noise, so that drift counts as noise too.
    """
    from scipy.stats import t as student

    weeks = []
    for name, series in (("in", inside), ("out", outside)):
        week = np.floor((pd.to_datetime(series["day"]) - pd.Timestamp(day)).dt.days / 7).astype(int)
        weeks.append(series.assign(week=week).groupby("week")[["n", "s"]].sum().add_prefix(name + "_"))
    both = weeks[0].join(weeks[1], how="inner")
    both = both[(both["in_n"] >= 5) & (both["out_n"] >= 5)]
    gap = both["in_s"] / both["in_n"] - both["out_s"] / both["out_n"]
    weight = 1 / (1 / both["in_n"] + 1 / both["out_n"])
    after = (both.index >= 0).astype(float)
    if after.sum() < 2 or (1 - after).sum() < 3:
        return None
    import statsmodels.api as sm

    fit = sm.WLS(gap, sm.add_constant(after), weights=weight).fit()
    before = after == 0
    trend = sm.WLS(gap[before], sm.add_constant(both.index[before].to_numpy(float)), weights=weight[before]).fit()
    half = float(student.ppf(0.975, fit.df_resid) * fit.bse.iloc[1])
    value = float(fit.params.iloc[1])
    return Contrast(
        value,
        value - half,
        value + half,
        float(trend.pvalues.iloc[1]),
        int(both["in_n"].sum()),
        int(both["out_n"].sum()),
    )
