"""Where aggregates are computed: DuckDB here, an existing engine elsewhere.

Every request takes a `source` (a SELECT text or a table's name in the engine) and returns a small
table of fixed types that merges by sum. `DbApiEngine` and `connect_postgres` are loaded when first named.
"""

from ccsat.engine.base import NULL_LEVEL, Engine, Window
from ccsat.engine.duck import DuckEngine
from ccsat.engine.weighted import TIMES, WeightedEngine

__all__ = ["NULL_LEVEL", "TIMES", "DbApiEngine", "DuckEngine", "Engine", "WeightedEngine", "Window", "connect_postgres"]


def __getattr__(name: str):
    if name in ("DbApiEngine", "connect_postgres"):
        from ccsat.engine import dbapi

        return getattr(dbapi, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
