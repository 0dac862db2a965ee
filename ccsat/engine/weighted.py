"""Rows that stand for several, such as an interval with its calls: every count is a sum of a column."""

from __future__ import annotations

from ccsat.engine.wrapped import WrappedEngine

TIMES = "times"


class WeightedEngine(WrappedEngine):
    """Another engine, where a row of a source with the column `times` counts so often. A source without it is as ever.

    Counts and sums are as if each row stood there `times` times; `sample` and `profile` are of rows.

    Args:
        engine: Where the queries run.
    """

    weight = TIMES
