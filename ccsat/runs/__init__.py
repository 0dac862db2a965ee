"""One scheduled run: parameters, key, lock, child process, limits, atomic publishing."""

from typing import Any

__all__ = ["Published", "run_study"]  # loaded when first used: a look at the history needs no more than SQLite


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(name)
    from ccsat.runs import run

    return getattr(run, name)
