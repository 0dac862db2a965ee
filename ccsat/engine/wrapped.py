"""An engine over another one: what it does not answer itself, the other does."""

from __future__ import annotations

from typing import Any, Self

import pandas as pd

from ccsat.engine.portable import PortableEngine


class WrappedEngine(PortableEngine):
    """The other engine's sources, queries and way of adding; the requests are this engine's own.

    Args:
        engine: Where the queries run.
    """

    def __init__(self, engine: PortableEngine):
        self.engine, self.macros = engine, engine.macros

    def close(self) -> None:
        self.engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def takes_frames(self) -> bool:
        return self.engine.takes_frames

    def columns(self, source: str) -> dict[str, str]:
        return self.engine.columns(source)

    def tables(self) -> list[str]:
        return self.engine.tables()

    def register(self, name: str, table: object) -> str:
        return self.engine.register(name, table)

    def keep(self, name: str, sql: str) -> str:
        return self.engine.keep(name, sql)

    def query(self, sql: str) -> pd.DataFrame:
        return self.engine.query(sql)

    def _summed(self, text: str) -> pd.DataFrame:
        return self.engine._summed(text)

    def __getattr__(self, name: str) -> Any:
        if name == "engine":
            raise AttributeError(name)
        return getattr(self.engine, name)
