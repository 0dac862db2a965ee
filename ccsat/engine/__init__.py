"""Where aggregates are computed: DuckDB here, an existing engine elsewhere.

Every request takes a `source` (a SELECT text or a table's name in the engine) and returns a small
table of fixed types that merges by sum. The engines other than DuckDB are loaded when first named.
"""

from importlib import import_module

from ccsat.engine.base import NULL_LEVEL, Engine, Window
from ccsat.engine.duck import DuckEngine
from ccsat.engine.weighted import TIMES, WeightedEngine

_HOMES = {"DbApiEngine": "dbapi", "connect_postgres": "dbapi", "SparkEngine": "spark", "connect_spark": "spark",
          "ClickHouseEngine": "clickhouse", "ClickHouseServer": "clickhouse_server"}  # fmt: skip

__all__ = ["NULL_LEVEL", "TIMES", "DuckEngine", "Engine", "WeightedEngine", "Window", *_HOMES]


def __getattr__(name: str):
    if name in _HOMES:
        return getattr(import_module(f"ccsat.engine.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
