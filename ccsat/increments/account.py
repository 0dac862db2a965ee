"""What the requests of a run came to: how many days were read, computed, and found changed."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from ccsat.increments.store import atomically

LAST = "last_run.json"


@dataclass
class Account:
    """What the requests of one engine came to, in days of requests: a day of two requests counts twice.

    Attributes:
        read: Days summed from files. computed: Days computed. late: Of these, days whose rows had changed since they were stored.
        days_late: Which days those were. past: Requests that were answered without days: sources without a time, or of frames put in later.
    """

    requests: int = 0
    read: int = 0
    computed: int = 0
    late: int = 0
    past: int = 0
    days_late: set[str] = field(default_factory=set)

    def write(self, folder: Path) -> None:
        """Leave the account in the folder, for whoever started the run."""
        content = {**vars(self), "days_late": sorted(self.days_late)}
        with contextlib.suppress(OSError):  # the answer does not hang on it
            folder.mkdir(parents=True, exist_ok=True)
            atomically(folder / LAST, lambda path: path.write_text(json.dumps(content), encoding="utf-8"), sync=False)


def last_account(folder: str | Path) -> Account | None:
    """What the last run on a folder came to; None where there was none."""
    try:
        content = json.loads((Path(folder) / LAST).read_text(encoding="utf-8"))
        return Account(**{**content, "days_late": set(content["days_late"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None
