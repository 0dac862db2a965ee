"""One run of a study at a time: a lock on an open file, which the system lets go of however the process ends."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from ccsat.errors import LockedError

FAR = 1 << 20  # Windows locks bytes, and what is locked cannot be read: lock far behind the holder's name


@contextlib.contextmanager
def only_run(
    folder: Path, study: str, *, wait: float = 0, sleep: Callable[[float], None] = time.sleep
) -> Iterator[None]:
    """Hold the study's lock for the length of a `with` block.

    Args:
        wait: Seconds to wait for another run to end; 0 gives way at once.

    Raises:
        LockedError: Another process holds it; says which and since when.
    """
    with (folder / ".lock").open("a+", encoding="utf-8") as file:
        end = time.monotonic() + wait
        while True:
            try:
                _lock(file)
                break
            except OSError:
                if time.monotonic() >= end:
                    raise LockedError("run_locked", study=study, holder=_holder(file)) from None
                sleep(min(0.5, max(0.0, end - time.monotonic())))
        file.seek(0)
        file.truncate()
        json.dump({"pid": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds")}, file)
        file.flush()
        yield


def _lock(file: IO[str]) -> None:
    if os.name == "nt":
        import msvcrt

        file.seek(FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _holder(file: IO[str]) -> str:
    file.seek(0)
    try:
        who = json.loads(file.read())
        return f"pid {who['pid']}, {who['since']}"
    except (ValueError, KeyError, OSError):
        return "–"
