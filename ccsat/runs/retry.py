"""Which failures are worth another attempt: those of the machine, never those of the data, the study or the code."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Callable
from typing import Any, TypeVar

from ccsat.errors import CcsatError, EngineError, TimeLimitError
from ccsat.wording import LANGUAGES, text

Answer = TypeVar("Answer")
AGAIN = {"run_kernel": "kernel", "run_killed": "kernel", "run_kernel_start": "kernel", "engine_unreachable": "source",
         "run_data_moved": "moved"}  # fmt: skip
UNREACHED = ("could not connect", "connection refused", "server closed the connection", "connection to server", "does not answer",
             "the connection is lost", "terminating connection", "the database system is starting up", "is the server running")  # fmt: skip


def kind_of(error: BaseException) -> str | None:
    """Why another attempt may help: "kernel" (it died or did not start), "source" (unreachable), "moved" (data changed
    under the run); None where it would fail again."""
    if not isinstance(error, CcsatError):
        return None
    if error.key in AGAIN:
        return AGAIN[error.key]
    if isinstance(error, EngineError):  # what a cell raised is known by its words only
        said = str(error.values.get("problem", "")) + str(error.values.get("reason", ""))
        if any(words in said.lower() for words in UNREACHED) or _is_said(said, "error.engine_unreachable.problem"):
            return "source"
    return None


def _is_said(words: str, key: str) -> bool:
    """Whether words are those of a key, in either language, whatever fills the blanks."""
    for lang in LANGUAGES:
        fixed = [part for part in re.split(r"\{\w+\}", text(key, lang)) if len(part.strip()) > 1]
        if fixed and all(part in words for part in fixed):
            return True
    return False


def with_retries(
    work: Callable[[float], Answer],
    *,
    retries: int,
    first_wait: float,
    seconds: float,
    attempts: list[dict[str, Any]],
    told: Callable[[str, float, int], None] = lambda kind, wait, number: None,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Answer:
    """What `work` returns, tried again by kind of failure with a wait that doubles, inside one total limit.

    Args:
        work: Called with the seconds that are left.
        attempts: Gets one entry a failed attempt: `kind`, `key`, `message`, `seconds`.
        told: Called before a wait with its kind, length and the number of the next attempt.

    Raises:
        CcsatError: The last attempt's; TimeLimitError where no time is left for another.
    """
    began, wait = clock(), first_wait
    for number in itertools.count():
        at = clock()
        left = seconds - (at - began)
        if left <= 0:
            raise TimeLimitError("run_time", seconds=f"{seconds:g}")
        try:
            return work(left)
        except CcsatError as error:
            kind = kind_of(error)
            if kind is None:
                raise
            attempts.append({"kind": kind, "key": error.key, "message": error.message("en"), "seconds": round(clock() - at, 1)})  # fmt: skip
            if number == retries:
                raise
            if clock() - began + wait >= seconds:
                raise TimeLimitError("run_time", seconds=f"{seconds:g}") from error
            told(kind, wait, number + 2)
            sleep(wait)
            wait *= 2
