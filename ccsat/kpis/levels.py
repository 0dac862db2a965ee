"""What an indicator's rows are worth as a few levels: exact where there are few, else steps worth the mean of their rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from ccsat.engine import TIMES, Engine
from ccsat.kpis.indicator import Indicator

MOST = 120  # levels of a mean
TAIL_LEVELS = 20  # of them beyond the high quantile, in growing steps
HIGH = 0.99
FAR = 0.999  # rows beyond it that carry a tenth of the total are told


@dataclass(frozen=True)
class Counts:
    """Rows per level, and how many were not counted: no level, or too young to be judged."""

    levels: pd.DataFrame  # level, n
    kept: int
    uncounted: int
    immature: int


@dataclass(frozen=True)
class Levels:
    """The levels of the facts, what each is worth, and where one ends.

    Attributes:
        values: Level -> worth.
        edges: Lower edge of every level but the first, in the rows' own numbers; None where a row's level is its own number.
        step: Width of the levels below the high quantile; None where every number has a level of its own.
        tail_share: Part of the total that the highest thousandth of the rows carries; `tail_from`: where it begins.
    """

    values: dict[int, float]
    edges: tuple[float, ...] | None = None
    step: float | None = None
    tail_share: float = 0.0
    tail_from: float = 0.0

    def sql(self, column: str) -> str:
        """The level of a row as SQL."""
        if self.edges is None:
            return f"CAST({column} AS BIGINT)"
        if not self.edges:
            return "0"
        whens = " ".join(f"WHEN {column} < {edge!r} THEN {i}" for i, edge in enumerate(self.edges))
        return f"CASE {whens} ELSE {len(self.edges)} END"


def level_rows(engine: Engine, source: str, weighted: bool, until: datetime | None) -> Counts:
    """How many rows an indicator has at each level.

    Args:
        until: Rows after it cannot be judged yet.
    """
    n = f"SUM(CAST({TIMES} AS BIGINT))" if weighted else "COUNT(*)"
    late = f"CASE WHEN t.\"at\" > TIMESTAMP '{until.isoformat(' ')}' THEN 1 ELSE 0 END" if until is not None else "0"
    found = engine.query(
        f"SELECT t.level AS level, {late} AS late, CAST({n} AS BIGINT) AS n FROM ({source}) t GROUP BY 1, 2"
    )
    found = found.assign(n=found["n"].fillna(0).astype("int64"), level=found["level"].astype(float))
    found = found[found["n"] > 0]
    young, judged = found[found["late"] == 1], found[found["late"] == 0]
    counted = judged.dropna(subset=["level"]).sort_values("level", ignore_index=True)[["level", "n"]]
    return Counts(counted, int(counted["n"].sum()), int(judged["n"].sum() - counted["n"].sum()), int(young["n"].sum()))


def settle_levels(row: Indicator, counts: pd.DataFrame) -> Levels | None:
    """The levels of an indicator's facts; None where nothing was counted.

    A rate has two, and values that are given stand. A mean whose rows have more than 120 different numbers gets equal steps up to the 99th
    percentile and growing ones beyond; each level is worth the mean of its rows, so the whole mean is exact and nothing is cut off.
    """
    if counts.empty:
        return None
    if row.measure == "rate":
        return Levels({0: 0.0, 1: 1.0})
    if row.values is not None:
        return Levels({int(level): float(value) for level, value in row.values.items()})
    level, n = counts["level"].to_numpy(float), counts["n"].to_numpy(float)
    below = np.cumsum(n) / n.sum()
    far, total = level[np.searchsorted(below, FAR)], float((level * n).sum())
    beyond = level > far
    tail = float((level[beyond] * n[beyond]).sum() / total) if total > 0 else 0.0
    if len(level) <= MOST:
        edges, step = tuple(float(one) for one in level[1:]), None
        whole = np.ptp(level) + 1 <= 4 * MOST and float(level[0]).is_integer() and (level == np.floor(level)).all()
        if whole and level[0] >= 0:
            return Levels({int(one): float(one) for one in level}, None, None, tail, float(far))
    else:
        high = level[np.searchsorted(below, HIGH)]
        step = _round_up((high - level[0]) / (MOST - TAIL_LEVELS))
        even = level[0] + step * np.arange(1, int(np.ceil((high - level[0]) / step)) + 1)
        rest = level[-1] - even[-1]
        growing = even[-1] + rest * (np.geomspace(1, 64, TAIL_LEVELS) - 1)[1:-1] / 63 if rest > step else []
        edges = tuple(float(np.ceil(one)) for one in np.unique([*even, *growing]))
    place = np.searchsorted(edges, level, side="right")
    sums = pd.DataFrame({"place": place, "n": n, "s": level * n}).groupby("place").sum()
    worth = {int(one): float(s / m) for one, m, s in zip(sums.index, sums["n"], sums["s"], strict=True)}
    return Levels(worth, edges, step, tail, float(far))


def _round_up(width: float) -> float:
    """The next of 1, 2, 5, 10, 20, 50 ...; a step a reader can name."""
    power = 10.0 ** np.floor(np.log10(max(width, 1.0)))
    return float(next(power * one for one in (1, 2, 5, 10) if power * one >= width - 1e-9))
