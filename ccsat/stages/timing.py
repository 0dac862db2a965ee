"""When did a cell break, does a change's date fit better than other dates would, and was it a break at all?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from ccsat.cells import Asked, count_cells
from ccsat.centre import Centre
from ccsat.engine import NULL_LEVEL, Window

NEAR_DAYS = 7  # an effect may show this much after its change: never before
AS_GOOD = 3.68  # log-likelihood below the best date inside its 95 % set (Hansen 2000, Econometrica 68, 575: 7.35 / 2)
EDGE_DAYS = 5
CLEAR_GAIN = 4.9  # 95 % of the best gain without a break, 56 to 180 days (Andrews 1993, Econometrica 61, 821; checked by simulation)
SUMS = ["n", "s", "ss"]
MOST_DIMS = 2  # of a cube by day that is counted once for all its cells
MOST_CELLS = 1_000  # of the same


@dataclass(frozen=True)
class Break:
    """The best single break of a daily series.

    Attributes:
        day: First day of the new level.
        gains: Log-likelihood gain of a break at each day, by day; days weigh by their rows.
        move: Mean after minus mean before the best day.
        drift: Log-likelihood gain of a straight line over all the days: a steady decay, with no date of its own.
    """

    day: date
    gains: pd.Series
    move: float
    drift: float = 0.0

    @property
    def clear(self) -> bool:
        """Whether there is a break at all, beyond what the best of many dates shows by chance (not: of many cells)."""
        return bool(self.gains.max() > CLEAR_GAIN)

    @property
    def gradual(self) -> bool:
        """Whether a steady drift fits at least as well as a break at the best of all dates."""
        return bool(self.drift >= self.gains.max())

    @property
    def sharpness(self) -> float:
        """By how much of a log-likelihood the best break fits better than a steady drift."""
        return float(self.gains.max() - self.drift)

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
    """Rows, total and total of squares of the KPI per day, `day, n, s, ss`, from the first window's start to the last one's end.

    `out_of` is a cell to leave out. A cell is counted once and remembered by the centre.
    """
    span = Window("span", min(w.first for w in asked.windows), max(w.last for w in asked.windows))

    def read(cell: Mapping | None) -> pd.DataFrame:
        asked_of = {**(asked.where or {}), **(cell or {})}
        key = ("daily", asked.caliber.key, span, repr(sorted(asked_of.items(), key=repr)))
        if key not in centre.memory:
            centre.memory[key] = _sums(centre, asked, span, cell or {})
        return centre.memory[key]

    found = read(where)
    if out_of is not None:
        inside = read({**(where or {}), **out_of})
        found = found.sub(inside.reindex(found.index, fill_value=0), fill_value=0)
    return found[found["n"] > 0].reset_index()


def _sums(centre: Centre, asked: Asked, span: Window, cell: Mapping) -> pd.DataFrame:
    """A cell's sums by day, out of the cube of its dimensions by day where that is small, else counted by itself."""
    dims = tuple(sorted(cell))
    if len(dims) > MOST_DIMS or not set(dims) <= set(asked.dims) or _size(centre, asked, dims) > MOST_CELLS:
        return _cube(centre, asked, span, (), cell)[1]
    key = ("daily_cube", asked.caliber.key, span, dims)
    if key not in centre.memory:
        centre.memory[key] = _cube(centre, asked, span, dims, {})
    codes, table = centre.memory[key]
    if not dims:
        return table
    held = np.ones(len(table), bool)
    for dim in dims:
        value = cell[dim]
        levels = codes[dim][1].get_indexer(list(map(str, value if isinstance(value, (list, tuple)) else [value])))
        held &= np.isin(codes[dim][0], levels[levels >= 0])
    return table[held].groupby("day").sum()


def _size(centre: Centre, asked: Asked, dims: tuple[str, ...]) -> int:
    size = 1
    for dim in dims:
        size *= count_cells(centre, asked, (dim,))[dim].nunique()
    return size


def _cube(
    centre: Centre, asked: Asked, span: Window, dims: tuple[str, ...], cell: Mapping
) -> tuple[dict, pd.DataFrame]:
    """Sums by day and level of some dimensions: codes and levels of each dimension, and `day` (index), `n, s, ss` a row."""
    outcome = asked.caliber.outcome
    table = centre.engine.crosstab(
        centre.facts, [outcome, *dims], windows=[span], by_day=True, where={**(asked.where or {}), **cell}
    )
    table = table[table[outcome].notna()]
    value = table[outcome].astype(int).map(asked.values).to_numpy(float)
    n = table["n"].to_numpy()
    codes = {dim: pd.factorize(table[dim].astype(object).where(table[dim].notna(), NULL_LEVEL)) for dim in dims}
    sums = {
        "day": table["day"].dt.date.to_numpy(),
        **{dim: codes[dim][0] for dim in dims},
        "n": n,
        "s": n * value,
        "ss": n * value**2,
    }
    found = pd.DataFrame(sums).groupby(["day", *dims], as_index=False).sum().set_index("day")
    return {dim: (found[dim].to_numpy(), pd.Index(codes[dim][1])) for dim in dims}, found[SUMS]


def less(whole: pd.DataFrame, *parts: pd.DataFrame) -> pd.DataFrame:
    """A daily series without the rows of parts of it that do not overlap."""
    left = whole.set_index("day")[SUMS].astype(float)
    for part in parts:
        left = left.sub(part.set_index("day")[SUMS].reindex(left.index, fill_value=0))
    return left[left["n"] > 0].reset_index()


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
    days = series["day"].iloc[1:]
    gains = pd.Series(_gain(explained, spread, len(n)), index=days).iloc[EDGE_DAYS - 1 : len(days) - EDGE_DAYS + 1]
    t = (pd.to_datetime(series["day"]) - pd.Timestamp(series["day"].iloc[0])).dt.days.to_numpy(float)
    t = t - n @ t / n.sum()
    drift = float(_gain((t @ (s - n * s.sum() / n.sum())) ** 2 / (n @ t**2), spread, len(n)))
    best = gains.idxmax()
    return Break(best, gains, float(move[list(days).index(best)]), drift)


def _gain(explained: np.ndarray | float, spread: float, days: int) -> np.ndarray:
    """Log-likelihood gained where so much of the days' scatter is explained."""
    left = np.maximum(1 - np.asarray(explained) / spread, 1e-12) if spread > 0 else np.ones(np.shape(explained))
    return -days / 2 * np.log(left)
