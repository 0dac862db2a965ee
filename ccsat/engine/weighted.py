"""Rows that stand for several, such as an interval with its calls: every count is a sum of a column."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ccsat.engine.portable import PortableEngine

TIMES = "times"


class WeightedEngine(PortableEngine):
    """Another engine, where a row of a source with the column `times` counts so often. A source without it is as ever.

    Counts and sums are as if each row stood there `times` times; `sample` and `profile` are of rows.

    Args:
        engine: Where the queries run.
    """

    weight = TIMES

    def __init__(self, engine: PortableEngine):
        self.engine, self.macros = engine, engine.macros

    def columns(self, source: str) -> dict[str, str]:
        return self.engine.columns(source)

    def tables(self) -> list[str]:
        return self.engine.tables()

    def keep(self, name: str, sql: str) -> str:
        return self.engine.keep(name, sql)

    def register(self, name: str, table: object) -> str:
        return self.engine.register(name, table)

    @property
    def takes_frames(self) -> bool:
        return self.engine.takes_frames

    def query(self, sql: str) -> pd.DataFrame:
        return self.engine.query(sql)

    def _summed(self, text: str) -> pd.DataFrame:
        return self.engine._summed(text)

    def __getattr__(self, name: str) -> Any:
        if name == "engine":
            raise AttributeError(name)
        return getattr(self.engine, name)
