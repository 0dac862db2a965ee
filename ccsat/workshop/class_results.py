"""The class's results, of a grading or of the teams' folders: what was handed in, who stands where, which items fail most."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ccsat.errors import CcsatError
from ccsat.wording import language, percent
from ccsat.workshop import records
from ccsat.workshop.case import Case
from ccsat.workshop.findings import read_results

EACH = "each"


@dataclass(frozen=True)
class Entry:
    """What one team handed in for one exercise. `checks` are the rows of its result; `helped` counts hints and checkpoints opened."""

    team: str
    exercise: str
    score: float
    max: float
    off: float  # points that hints and checkpoints cost
    helped: int
    checks: tuple[Mapping[str, Any], ...]
    case: Case | None
    portfolio: tuple[str, ...] | None
    state: str = "graded"

    @cached_property
    def regret(self) -> float | None:
        """What part of the best uplift the plan leaves on the table; 1 over the budget, None without a plan that can be judged."""
        from ccsat.workshop.exercises.team_case import truth_of
        from ccsat.workshop.exercises.w4 import offered, regret_of

        if self.case is None or not self.portfolio:
            return None
        try:
            actions, budget = offered(self.case), truth_of(self.case)["budget"]
        except CcsatError:
            return None
        if not actions or not set(self.portfolio) <= set(actions):
            return None
        spent = sum(actions[code]["cost"] for code in set(self.portfolio))
        return regret_of(self.case, self.portfolio) if spent <= budget else 1.0


def read_class(results: str | Path) -> list[Entry]:
    """The class's results: of a grading (`each/*.json`), or of the teams' folders as they stand during the day.

    Of several submissions of one team for one exercise the one with the most points counts. Files that cannot be read are left out.

    Raises:
        CcsatError: Neither is there.
    """
    folder = Path(results)
    entries = _graded(folder / EACH) if (folder / EACH).is_dir() else _of_teams(folder)
    if not entries:
        raise CcsatError("board_empty", folder=folder.as_posix())
    best: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        key = (entry.team, entry.exercise)
        if key not in best or entry.score > best[key].score:
            best[key] = entry
    return [best[key] for key in sorted(best)]


def _graded(folder: Path) -> list[Entry]:
    found = []
    for file in sorted(folder.rglob("*.json")):
        row = _json(file)
        if not isinstance(row.get("checks"), list):
            continue
        checks = [check for check in row["checks"] if isinstance(check, dict)]
        extra = (row.get("rubric") or 0.0, max(float(row.get("total_max") or 0.0) - float(row.get("max") or 0.0), 0.0))
        found.append(
            _entry(row, str(row.get("team") or "–"), checks, extra, sum(bool(check.get("cost")) for check in checks))
        )
    return found


def _of_teams(folder: Path) -> list[Entry]:
    found = []
    for own in sorted(path for path in folder.glob("team-*") if path.is_dir()):
        opened = records.read(own)
        sheet = _json(own / records.TEAM_FILE)
        team = str(sheet.get("team") or own.name.removeprefix("team-"))
        handed = read_results(own)
        for name, row in handed.items():
            checks = [check for check in row.get("checks", []) if isinstance(check, dict)]
            helped = sum(one.get("exercise") == name and "hint" in one for one in opened)
            helped += sum(any(str(item).startswith(f"{name}.") for item in one.get("items") or ()) for one in opened)
            found.append(_entry(row, team, checks, (0.0, 0.0), helped))
        if not handed and sheet:
            found.append(Entry(team, "", 0.0, 0.0, 0.0, len(opened), (), None, None, "open"))
    return found


def _entry(row: Mapping, team: str, checks: list, rubric: tuple[float, float], helped: int) -> Entry:
    plan = (row.get("answers") or {}).get("portfolio")
    case = None
    if isinstance(row.get("world"), str) and isinstance(row.get("seed"), int):
        case = Case(
            str(row.get("exercise", "")),
            row["world"],
            row["seed"],
            str(row.get("scale", "full")),
            bool(row.get("vary")),
            str(row.get("lang", "zh")),
        )
    return Entry(team, str(row.get("exercise") or "–"), float(row.get("score") or 0.0) + float(rubric[0]), float(row.get("max") or 0.0) + rubric[1],
                 sum(float(check.get("cost") or 0.0) * float(check.get("max") or 0.0) for check in checks), helped, tuple(checks), case,
                 tuple(map(str, plan)) if isinstance(plan, list) else None, str(row.get("state", "graded")))  # fmt: skip


def _json(file: Path) -> dict[str, Any]:
    """The object in a file; empty where it cannot be read or holds none."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


@dataclass(frozen=True)
class Failing:
    """An item of the class: how many answered, how many were wrong, with a 95 % interval (Wilson), and what was said most."""

    exercise: str
    item: str
    n: int
    wrong: int
    lower: float
    upper: float
    times: int
    message: Mapping[str, str]

    @property
    def share(self) -> str:
        """In percent, with its interval."""
        return f"{percent(self.wrong / self.n, 0)} ({percent(self.lower, 0)}–{percent(self.upper, 0)})"

    def said(self, lang: str) -> str:
        """How often which sentence was said."""
        return f"{self.times} × {self.message[lang]}" if self.times and self.message[lang] else "–"


def example_class(world: str = "S03", seed: int = 104, scale: str = "full") -> list[Entry]:
    """Three invented teams with plans of different worth, where no class is at hand; judged by the exercise's own checks."""
    from ccsat.workshop import checks, lecture

    entries, session = [], checks._session["case"]
    for plan in lecture.example_class(world, seed, scale):
        case = Case("W4", world, seed, scale, vary=True, lang=language())
        checks._session["case"] = case
        row = checks.check("portfolio", list(plan.actions)).as_dict()
        entries.append(Entry(plan.team, "W4", row["score"], row["max"], 0.0, 0, (row,), case, plan.actions))
    checks._session["case"] = session
    return entries


def failing_items(entries: Iterable[Entry]) -> list[Failing]:
    """The items of the class, those that fail most first; of equal shares the one with more answers first."""
    from ccsat.estimates import wilson

    seen: dict[tuple[str, str], list[Mapping]] = {}
    for entry in entries:
        for row in entry.checks:
            if row.get("max"):
                seen.setdefault((entry.exercise, str(row.get("id"))), []).append(row)
    rows = []
    for (exercise, item), checks in seen.items():
        wrong = [row for row in checks if not row.get("ok")]
        low, high = (float(end) for end in wilson(len(wrong), len(checks)))
        said = Counter((str(row.get("message_zh", "")), str(row.get("message_en", ""))) for row in wrong)
        (zh, en), times = min(said.items(), key=lambda pair: (-pair[1], pair[0]), default=(("", ""), 0))
        rows.append(Failing(exercise, item, len(checks), len(wrong), low, high, times, {"zh": zh, "en": en}))
    return sorted(rows, key=lambda row: (-row.wrong / row.n, -row.n, row.exercise, row.item))


@dataclass(frozen=True)
class Standing:
    """One team's line."""

    team: str
    total: float
    whole: float
    off: float
    helped: int
    regret: float | None


def standings(entries: Sequence[Entry]) -> list[Standing]:
    """The teams, best total first. The whole is what the exercises that somebody handed in are worth."""
    most: dict[str, float] = {}
    for one in entries:
        most[one.exercise] = max(most.get(one.exercise, 0.0), one.max)
    whole, rows = sum(most.values()), []
    for team in sorted({one.team for one in entries}):
        own = [one for one in entries if one.team == team]
        regret = next((one.regret for one in own if one.regret is not None), None)
        rows.append(
            Standing(
                team,
                sum(one.score for one in own),
                whole,
                sum(one.off for one in own),
                sum(one.helped for one in own),
                regret,
            )
        )
    return sorted(rows, key=lambda row: (-row.total, row.team))
