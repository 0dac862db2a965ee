"""Where runs lie: a folder appears whole or not at all, and what came to nothing is on record."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ccsat.errors import CcsatError, RunError

WORK, OLD, GONE, FAILURES = ".work-", ".old-", ".gone-", "failures.jsonl"
ALERTS = ".alerts"  # folder of what was told and what waits to be sent
NOT_GOOD = ("artefact", "insufficient")
MOST_WORDS = 4000  # characters of a failure's message


def now() -> str:
    """This moment, as run.json and failures.jsonl write it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def write_whole(path: Path, content: str) -> None:
    """Write a file so that a reader finds the old content or the new, never half of it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(content, encoding="utf-8", newline="\n")
        os.replace(draft, path)
    except OSError:  # a full disk: the old content stays
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise


def find_published(folder: Path, key: str) -> Path | None:
    """The published run of a key, under whichever date."""
    return next((path.parent for path in sorted(folder.glob(f"*/{key}/run.json"))), None)


def published_runs(folder: Path) -> Iterator[dict[str, Any]]:
    """What run.json says of every published run of a study, with its `place` below the study's folder."""
    for path in sorted(folder.glob("*/*/run.json")):
        try:
            yield {**json.loads(path.read_text(encoding="utf-8")), "place": f"{path.parts[-3]}/{path.parts[-2]}"}
        except (OSError, ValueError):
            continue  # being replaced just now, or spoiled by hand: no run to list


def make_work_folder(folder: Path, key: str, about: dict[str, Any]) -> Path:
    """An empty place for a run to work in, on the same disk as where it will be published."""
    work = folder / f"{WORK}{key}"
    (work / "publish").mkdir(parents=True)
    (work / "started.json").write_text(json.dumps({**about, "pid": os.getpid(), "started": now()}), encoding="utf-8")
    return work


def tidy(folder: Path) -> None:
    """Clear what vanished runs left, and put it on record. Only for the holder of the study's lock."""
    for old in folder.glob(f"{OLD}*"):  # ended between the two renames of a repeated run
        as_of, _, key = old.name.removeprefix(OLD).rpartition("-")
        if (folder / as_of / key).exists():
            shutil.rmtree(old, ignore_errors=True)
        else:
            os.rename(old, folder / as_of / key)
    for gone in folder.glob(f"{GONE}*"):
        shutil.rmtree(gone, ignore_errors=True)
    for draft in (*folder.glob(".latest.txt.*"), *folder.glob(".alerts/.*.json.*"), *folder.glob(".alerts/outbox/.*")):
        draft.unlink(missing_ok=True)
    for work in folder.glob(f"{WORK}*"):
        try:
            about = json.loads((work / "started.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            about = {}
        if not (work / "publish").exists() and (place := find_published(folder, str(about.get("key")))):
            run = _read(place)  # it was published, and ended before it could be named
            if run and is_good(run):
                name_latest(folder, place.parent.name, place.name)
            shutil.rmtree(work, ignore_errors=True)
            continue
        error = RunError("run_vanished", pid=about.pop("pid", "–"), started=about.pop("started", "–"))
        record_failure(folder, error, about)
        shutil.rmtree(work, ignore_errors=True)


def publish(work: Path, folder: Path, as_of: str, key: str) -> Path:
    """Move a finished run to its place by one rename; a run that stood there before gives way."""
    _to_disk(work / "publish")
    place = folder / as_of / key
    place.parent.mkdir(parents=True, exist_ok=True)
    old = folder / f"{OLD}{as_of}-{key}"
    if place.exists():
        os.rename(place, old)
    os.rename(work / "publish", place)
    shutil.rmtree(old, ignore_errors=True)
    return place


def _to_disk(folder: Path) -> None:
    """Have every file on the disk before its folder gets its name: a power cut publishes nothing hollow."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb+") as file:
                os.fsync(file.fileno())


def _read(place: Path) -> dict[str, Any]:
    try:
        return json.loads((place / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def is_good(run: dict[str, Any]) -> bool:
    """Whether a run may become the latest: not one that the data gate stopped, or would have."""
    return run["verdict"] not in NOT_GOOD and run["exit_code"] != 5


def name_latest(folder: Path, as_of: str, key: str) -> None:
    """Name a good run in latest.txt, unless a later date stands there: a past day run again is not the latest."""
    latest = folder / "latest.txt"
    before = latest.read_text(encoding="utf-8").strip().split("/")[0] if latest.is_file() else ""
    if before <= as_of or "undated" in (before, as_of):
        write_whole(latest, f"{as_of}/{key}\n")


def record_failure(folder: Path, error: CcsatError, about: dict[str, Any]) -> dict[str, Any]:
    """Put a run that published nothing on record, in failures.jsonl; returns the entry.

    Where not even that can be written (a full disk, a folder become read-only), the entry says so in `lost`: the error
    itself must not be lost over it.
    """
    entry: dict[str, Any] = {
        "at": now(),
        **about,
        "error": type(error).__name__,
        "key_of_error": error.key,
        "message": error.message("en"),
        "message_zh": error.message("zh"),
        "exit_code": error.exit_code,
    }
    entry["message"], entry["message_zh"] = entry["message"][:MOST_WORDS], entry["message_zh"][:MOST_WORDS]
    try:
        with (folder / FAILURES).open("ab+") as file:
            if file.tell() and (file.seek(-1, os.SEEK_END), file.read(1))[1] != b"\n":
                file.write(b"\n")  # the line before was cut short
            file.write(json.dumps(entry, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
    except OSError as reason:
        entry["lost"] = reason.strerror or str(reason)
    return entry
