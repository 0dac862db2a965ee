"""Which runs are let go of: never the last good one, never the last that failed, never the one latest.txt names."""

from __future__ import annotations

import json
import os
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ccsat.runs.history import History, read_failures
from ccsat.runs.publish import FAILURES, GONE, write_whole


def prune(folder: Path, *, runs: int | None, days: int | None, dry_run: bool = False) -> list[str]:
    """Let go of a study's old runs. Only for the holder of the study's lock.

    Args:
        folder: The study's folder below the folder of all runs.
        runs: Keep the newest so many.
        days: And those that finished at most so many days before the newest run: a clock that jumped, or a timer that
            stood still, lets nothing go.
        dry_run: Only say which.

    Returns:
        Their places. A run goes when neither `runs` nor `days` keeps it; nothing goes when both are None.
    """
    history = History(folder.parent)
    history.catch_up(folder.name)
    there = sorted(history.runs(folder.name), key=lambda run: (run["finished"], run["place"]), reverse=True)
    kept = _kept(there, runs, days) | _protected(folder, there)
    gone = [run["place"] for run in there if run["place"] not in kept]
    if dry_run:
        return gone
    for place in gone:
        as_of, key = place.split("/")
        hidden = folder / f"{GONE}{as_of}-{key}"
        os.rename(folder / place, hidden)  # whole, then gone: nobody reads half a run
        shutil.rmtree(hidden, ignore_errors=True)
        if not any((folder / as_of).iterdir()):
            (folder / as_of).rmdir()
    _prune_failures(folder / FAILURES, runs, days)
    history.catch_up(folder.name)
    return gone


def _kept(there: list[dict[str, Any]], runs: int | None, days: int | None) -> set[str]:
    """The places of the newest `runs` and of those within `days` of the newest; all where neither is said."""
    if runs is None and days is None:
        return {run["place"] for run in there}
    newest = {run["place"] for run in there[: runs or 0]}
    if days is None or not there:
        return newest
    since = _moment(there[0]["finished"]) - timedelta(days=days)
    return newest | {run["place"] for run in there if _moment(run["finished"]) >= since}


def _protected(folder: Path, there: list[dict[str, Any]]) -> set[str]:
    latest = folder / "latest.txt"
    good = next((run["place"] for run in there if run["good"]), "")
    failed = next((run["place"] for run in there if not run["good"]), "")
    return {good, failed, latest.read_text(encoding="utf-8").strip() if latest.is_file() else ""}


def _prune_failures(file: Path, runs: int | None, days: int | None) -> None:
    """Keep the newest failures by the same rule; the last one always."""
    entries = list(read_failures(file))
    if not entries or (runs is None and days is None):
        return
    newest = _moment(entries[-1]["at"])
    kept = [entry for number, entry in enumerate(reversed(entries)) if number == 0 or (runs is not None and number < runs)
            or (days is not None and newest - _moment(entry["at"]) <= timedelta(days=days))]  # fmt: skip
    if len(kept) < len(entries):
        write_whole(file, "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in reversed(kept)))


def _moment(words: str) -> datetime:
    return datetime.fromisoformat(words)
