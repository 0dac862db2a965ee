"""Which files of a folder are submissions, and whose."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ccsat.errors import listing
from ccsat.workshop.grading.problems import GradingError

DEEPEST = 5
BESIDE = {".toml", ".json", ".csv", ".parquet", ".md", ".txt", ".html", ".yaml", ".yml", ".xlsx", ".png"}
SKIPPED = {"runs", "data", "results", "__pycache__"}


@dataclass(frozen=True, order=True)
class Handed:
    """A file that somebody handed in; `name` is its path below the folder, without the suffix where it is a notebook's."""

    name: str
    path: Path
    team: str


def find_submissions(folder: Path, *, leave: Iterable[Path] = ()) -> list[Handed]:
    """Every notebook in the folder and its teams' folders, and what was handed in instead of one, in a fixed order.

    Args:
        folder: Notebooks lie in it, or in a folder a team. Files that go with a notebook (tables, results) are passed over.
        leave: Folders to stay out of, e.g. the one of the results.

    Raises:
        GradingError: No such folder, or nothing in it.
    """
    if not folder.is_dir():
        raise GradingError("grade_folder", folder=str(folder))
    found = sorted(_walk(folder, folder, {Path(one).resolve() for one in leave}))
    if not found:
        raise GradingError("grade_empty", folder=str(folder), found=listing(sorted(os.listdir(folder))) or "–")
    return found


def _walk(folder: Path, root: Path, leave: set[Path], depth: int = 0) -> Iterator[Handed]:
    here, others = [], []
    for entry in sorted(os.scandir(folder), key=lambda one: one.name):
        path = Path(entry.path)
        if entry.name.startswith((".", "~")):
            continue
        if entry.is_dir(follow_symlinks=False):
            if depth < DEEPEST and entry.name not in SKIPPED and path.resolve() not in leave:
                here += _walk(path, root, leave, depth + 1)
        elif path.suffix.lower() == ".ipynb":
            here.append(_handed(path, root))
        elif path.suffix.lower() not in BESIDE:
            others.append(_handed(path, root))
    # What lies beside a team's notebook goes with it; without one, it is what was handed in.
    yield from here
    if depth == 0 or not here:
        yield from others


def _handed(path: Path, root: Path) -> Handed:
    place = path.relative_to(root)
    notebook = path.suffix.lower() == ".ipynb"
    name = place.with_suffix("").as_posix() if notebook else place.as_posix()
    name = name.encode("utf-8", "replace").decode("utf-8")
    return Handed(name, path, name.split("/")[0])
