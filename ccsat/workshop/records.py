"""What a team has opened, hints and checkpoints, and what that costs: kept in a file of the team's folder."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from ccsat.workshop.case import Case

FILE = "opened.jsonl"
TEAM_FILE = "team.json"
HINT_COSTS = {1: 0.02, 2: 0.05, 3: 0.10}  # shares of the item's points
CHECKPOINT_COST = 0.50  # of each item that it answers and that was not handed in before
_session: list[dict] = []  # where there is no team's folder


def folder_here() -> str:
    """The folder the notebook runs in, where it is a team's; empty elsewhere."""
    return str(Path.cwd()) if Path(TEAM_FILE).is_file() else ""


def opened(case: Case) -> list[dict]:
    """Every hint and checkpoint opened, in order: `{exercise, item, hint}` or `{checkpoint, items, spared}`.

    Lines that are not readable are left out: a file cut short costs nobody the day.
    """
    if not case.team_dir:
        return [row for row in _session if row.get("world") == case.world and row.get("seed") == case.seed]
    return read(Path(case.team_dir))


def read(folder: Path) -> list[dict]:
    """As `opened`, of a team's folder."""
    rows, file = [], folder / FILE
    for line in file.read_text(encoding="utf-8").splitlines() if file.is_file() else ():
        try:
            row = json.loads(line)
        except json.JSONDecodeError:
            continue
        if isinstance(row, dict):
            rows.append(row)
    return rows


def keep(case: Case, row: Mapping[str, object]) -> None:
    """Write one line; what is opened twice is kept and costs once."""
    if row in opened(case):
        return
    if not case.team_dir:
        _session.append({**row, "world": case.world, "seed": case.seed})
        return
    file = Path(case.team_dir) / FILE
    with file.open("a", encoding="utf-8", newline="\n") as lines:
        lines.write(json.dumps(row, ensure_ascii=False) + "\n")


def cost(rows: Iterable[Mapping], exercise: str, item: str) -> float:
    """The share of an item's points that hints and checkpoints cost, at most all of it."""
    hints, total = set(), 0.0
    for row in rows:
        if row.get("exercise") == exercise and row.get("item") == item and row.get("hint") in HINT_COSTS:
            hints.add(row["hint"])
        name = f"{exercise}.{item}"
        if name in (row.get("items") or ()) and name not in (row.get("spared") or ()):
            total = CHECKPOINT_COST
    return min(1.0, round(total + sum(HINT_COSTS[level] for level in hints), 4))
