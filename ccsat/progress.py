"""How fast rows go by, told on standard error while somebody looks at it: after a long read, and after a long search."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ccsat.wording import count, text

LONG = 2.0  # seconds; what takes less is not told
RELAY = "CCSAT_PROGRESS"  # a file that lines go to from a process that nobody looks at


def rate_words(key: str, rows: int, seconds: float) -> str:
    """ "12,400,000 rows read, 3.1M rows/s" in the language in force.

    Args:
        key: What was done with them: `progress.KEY` of the catalogue.
        rows: How many.
        seconds: In what time.
    """
    rate = rows / max(seconds, 1e-9)
    size, unit = next((size, unit) for size, unit in ((1e6, "M"), (1e3, "k"), (1.0, "")) if rate >= size or size == 1.0)
    return text(f"progress.{key}", rows=count(rows), rate=f"{rate / size:.1f}{unit}" if unit else f"{rate:.0f}")


def is_watched() -> bool:
    """Whether standard error is a terminal; a notebook's is none."""
    return bool(getattr(sys.stderr, "isatty", lambda: False)())


def tell_rate(key: str, rows: int, seconds: float) -> None:
    """Say how fast rows went by, where that took long and somebody looks; a process started by another hands the line on."""
    if seconds < LONG or not rows:
        return
    if is_watched():
        print(rate_words(key, rows, seconds), file=sys.stderr, flush=True)
    elif file := os.environ.get(RELAY):
        with open(file, "a", encoding="utf-8") as lines:
            lines.write(rate_words(key, rows, seconds) + "\n")


@contextmanager
def timed(key: str, rows) -> Iterator[None]:
    """Tell the rate of what happens inside; `rows` is how many, or a call that says so afterwards."""
    begun = time.monotonic()
    yield
    tell_rate(key, rows() if callable(rows) else rows, time.monotonic() - begun)


class Relay:
    """Lines of processes that this one starts, handed on as they come; nothing where nobody looks.

    Args:
        file: Where they write; gone at the end.
    """

    def __init__(self, file: Path):
        self.file, self._read = file, 0

    def __enter__(self) -> Relay:
        self._before = os.environ.get(RELAY)
        if is_watched():
            os.environ[RELAY] = str(self.file.resolve())
        return self

    def __exit__(self, *_: object) -> None:
        os.environ.pop(RELAY, None)
        if self._before is not None:
            os.environ[RELAY] = self._before
        self.file.unlink(missing_ok=True)

    def lines(self) -> list[str]:
        """The lines that are new."""
        if not self.file.is_file():
            return []
        written = self.file.read_text(encoding="utf-8")
        new, self._read = written[self._read :], len(written)
        return new.splitlines()
