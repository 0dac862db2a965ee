"""Worlds that were made before, on disk: found by name, parameters, seed and the version of this package's sources."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from importlib import resources
from pathlib import Path
from uuid import uuid4

JUDGES = ("scoring.py", "card.py")  # they read worlds and change none


def cache_folder() -> Path:
    """Where worlds are kept: `CCSAT_CACHE`, else the user's cache folder."""
    if named := os.environ.get("CCSAT_CACHE"):
        return Path(named) / "worlds"
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "ccsat" / "worlds"


@cache
def sources_version() -> str:
    """A hash of the simulator's sources: a world made by other sources is another world."""
    digest, package = hashlib.sha256(), resources.files(__package__)
    for folder in (package, package / "stories"):
        files = [f for f in folder.iterdir() if f.name.endswith((".py", ".csv")) and f.name not in JUDGES]
        for file in sorted(files, key=lambda f: f.name):
            digest.update(f"{folder.name}/{file.name}".encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def entry(key: str, build: Callable[[Path], None]) -> Path:
    """The folder of a world; made by `build` where it is not there yet.

    It is built aside and renamed into place, so that a reader sees all of it or nothing; of several writers at once
    one wins, and the others use what it made. Where the cache cannot be written, a temporary folder serves.
    """
    key = f"{key}-{sources_version()}"
    folder = cache_folder() / key
    if folder.is_dir():
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside = folder.parent / f".{key}-{uuid4().hex}"
        aside.mkdir()
    except OSError:
        aside = folder = Path(tempfile.mkdtemp(prefix="ccsat-world-"))
    try:
        build(aside)
        if aside != folder:
            aside.rename(folder)
    except OSError:
        if not folder.is_dir() or aside == folder:
            raise
    finally:
        if aside != folder:
            shutil.rmtree(aside, ignore_errors=True)
    return folder
