"""Score ccsat's methods against R's answers: `python tests/reference/adapter.py FOLDER [--only PREFIX]`.

FOLDER holds `expected.json` and the data files it names. Prints each miss and last `N passed of M`; exits 0 when all
pass. Which call answers which id is one table, `ANSWERS`, made of the tables of each area of methods beside this file.
"""

from __future__ import annotations

import argparse
import importlib
import json
import math
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pandas as pd

HERE = Path(__file__).resolve().parent
AREAS = ("nominal", "ranks", "ordinal", "interval", "regression", "drivers", "scores")
LEAST = 1e-9  # a value nearer 0 is compared as if it were this big


def answers() -> dict[str, Callable]:
    """Entry id -> call; an area whose module is not there answers nothing."""
    sys.path.insert(0, str(HERE))
    try:
        return {
            id: call
            for area in AREAS
            if (HERE / f"{area}.py").is_file()
            for id, call in importlib.import_module(area).ANSWERS.items()
        }
    finally:
        sys.path.remove(str(HERE))


def read_folder(folder: Path) -> tuple[dict, dict[str, dict], dict[str, pd.DataFrame]]:
    """The meta data, the entries and the data files of a reference folder."""
    whole = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    files = {entry["data"] for entry in whole["expected"].values()}
    return whole["meta"], whole["expected"], {name: pd.read_csv(folder / name) for name in files}


def misses(entry: Mapping, got: Mapping) -> Iterator[str]:
    """What differs from an entry's values beyond their tolerance; a value that is not there is a miss."""
    special = entry.get("tolerances") or {}
    for name, want in entry["values"].items():
        rtol = next((value for part, value in special.items() if part in name), entry["rtol"])
        if rtol is not None:
            yield from (name + miss for miss in _compare(want, got.get(name, "absent"), rtol))


def _compare(want: object, got: object, rtol: float) -> Iterator[str]:
    if isinstance(want, Mapping):
        if not isinstance(got, Mapping):
            yield f": {type(got).__name__} {got!r} for a mapping"
            return
        for key, value in want.items():
            yield from (f".{key}{miss}" for miss in _compare(value, got.get(key, "absent"), rtol))
    elif isinstance(want, list):
        if isinstance(got, str) or not hasattr(got, "__len__") or len(got) != len(want):
            yield f": {got!r} for a list of {len(want)}"
            return
        for k, value in enumerate(want):
            yield from (f"[{k}]{miss}" for miss in _compare(value, got[k], rtol))
    elif isinstance(want, bool) or want is None or isinstance(want, str):
        if got != want:
            yield f": {got!r}, not {want!r}"
    else:
        try:
            number = float(got)
        except (TypeError, ValueError):
            yield f": {got!r}, not {want!r}"
            return
        if not (
            number == want
            or abs(number - want) <= rtol * max(abs(want), LEAST)
            or (math.isnan(number) and math.isnan(want))
        ):
            yield f": {number!r}, not {want!r} (rtol {rtol:g})"


def score(folder: Path, only: str = "") -> tuple[int, int, list[str]]:
    """Entries passed, entries in all, and one line a miss."""
    meta, entries, data = read_folder(folder)
    calls, lines, passed = answers(), [], 0
    wanted = {id: entry for id, entry in entries.items() if id.startswith(only)}
    for id, entry in wanted.items():
        if id not in calls:
            lines.append(f"{id}: no call")
            continue
        try:
            found = list(misses(entry, calls[id]({name: table.copy() for name, table in data.items()}, entry, meta)))
        except Exception as error:  # an entry whose call fails is a miss, and the others are still scored
            last = traceback.extract_tb(error.__traceback__)[-1]
            found = [f" {type(error).__name__}: {error} ({Path(last.filename).name}:{last.lineno})"]
        passed += not found
        lines += [f"{id} {miss}" for miss in found]
    return passed, len(wanted), lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=HERE)
    parser.add_argument("--only", default="", help="ids that begin so")
    options = parser.parse_args()
    passed, total, lines = score(options.folder, options.only)
    print(*lines, f"{passed} passed of {total}", sep="\n")
    return int(passed < total)


if __name__ == "__main__":
    sys.exit(main())
