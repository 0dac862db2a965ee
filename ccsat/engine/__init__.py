"""Where aggregates are computed: DuckDB here, an existing engine elsewhere.

Every request takes a `source` (a SELECT text or a table's name in the engine) and returns a small
table of fixed types that merges by sum.
"""

from ccsat.engine.base import NULL_LEVEL, Engine, Window
from ccsat.engine.duck import DuckEngine

__all__ = ["NULL_LEVEL", "DuckEngine", "Engine", "Window"]
