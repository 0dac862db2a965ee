"""Runs looked at: which is meant by a name, what two of them differ in, and whether they still come."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ccsat.errors import StudyError, listing, suggestion
from ccsat.runs.history import History
from ccsat.runs.publish import ALERTS

AGE = re.compile(r"(\d+(?:\.\d+)?)\s*([mhd])")
UNIT = {"m": "minutes", "h": "hours", "d": "days"}
AHEAD = timedelta(minutes=5)  # a run that ended later than now by more than this: the clock was moved


def open_history(out: Path, study: str | None = None) -> History:
    """The history of a folder of runs, caught up.

    Raises:
        StudyError: There is no such folder, or the study has no runs in it.
    """
    if not out.is_dir():
        raise StudyError("runs_folder", out=str(out))
    history = History(out)
    history.catch_up(study if study and (out / study).is_dir() else None)
    known = history.studies()
    if study is not None and study not in known:
        raise StudyError("runs_study", out=str(out), name=study, known=listing(known) or "–", near=suggestion(study, known) or "–")  # fmt: skip
    return history


def find_run(history: History, name: str, study: str | None = None) -> Path:
    """The folder of the run that a name means.

    Args:
        name: `study/as_of/key`, `as_of/key`, a key, the first digits of one, or "latest" (the study's latest.txt).

    Raises:
        StudyError: None, or more than one.
    """
    if name == "latest":
        known = [study] if study else history.studies()
        files = [history.out / one / "latest.txt" for one in known]
        named = [file.parent / file.read_text(encoding="utf-8").strip() for file in files if file.is_file()]
        found = [place for place in named if (place / "run.json").is_file()]
    else:
        rows = [row for row in history.find(name.strip("/")) if study in (None, row["study"])]
        found = [history.out / row["study"] / row["place"] for row in rows]
    if not found:
        raise StudyError("run_unknown", name=name, out=str(history.out))
    if len(found) > 1:
        raise StudyError("run_ambiguous", name=name, known=listing(place.relative_to(history.out).as_posix() for place in found))  # fmt: skip
    return found[0]


def read_run(place: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """A published run's run.json and findings.json."""
    run, findings = (json.loads((place / name).read_text(encoding="utf-8")) for name in ("run.json", "findings.json"))
    return run, findings


@dataclass(frozen=True)
class Difference:
    """One thing in which two runs differ: of which kind, its name, and what it is in each; None where it is not there."""

    kind: str
    name: str
    before: Any
    after: Any


def diff_runs(before: Path, after: Path) -> list[Difference]:
    """What two runs differ in: parameters, data, versions, KPI, verdict, alert level, cells and causes.

    Cells are matched by where they are, causes by their id within a cell; a cell counts as changed when its points differ.
    """
    (run, found), (other_run, other) = read_run(before), read_run(after)
    pairs: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("parameter", _flat(run.get("parameters", {})), _flat(other_run.get("parameters", {}))),
        ("data", _prints(run), _prints(other_run)),
        ("version", run.get("versions", {}), other_run.get("versions", {})),
        ("value", {"": _value(found)}, {"": _value(other)}),
        ("verdict", {"": run.get("verdict")}, {"": other_run.get("verdict")}),
        ("level", {"": (run.get("alert") or {}).get("level")}, {"": (other_run.get("alert") or {}).get("level")}),
        ("cell", _cells(found), _cells(other)),
        ("cause", _causes(found), _causes(other)),
    ]
    return [
        Difference(kind, name, first.get(name), second.get(name))
        for kind, first, second in pairs
        for name in dict.fromkeys([*first, *second])
        if first.get(name) != second.get(name)
    ]


def _flat(tree: Any, prefix: str = "") -> dict[str, Any]:
    if not isinstance(tree, dict):
        return {prefix.removesuffix("."): tree}
    return {name: value for key, branch in tree.items() for name, value in _flat(branch, f"{prefix}{key}.").items()}


def _prints(run: dict[str, Any]) -> dict[str, Any]:
    """One entry a file or table of the data."""
    prints: dict[str, Any] = {}
    for name, entry in run.get("data", {}).items():
        if isinstance(entry, list):
            prints |= {f"{name}: {one['file']}": f"{one['bytes']:,} bytes, {one['sha256'][:8]}" for one in entry}
        else:
            prints[f"{name}: {entry.get('table')}"] = f"{entry.get('rows')} rows, {str(entry.get('digest'))[:8]}"
    return prints


def _value(findings: dict[str, Any]) -> float | None:
    return ((findings.get("kpi") or {}).get("current") or {}).get("value")


def _cells(findings: dict[str, Any]) -> dict[str, float]:
    return {", ".join(f"{dim}={value}" for dim, value in sorted(cell["where"].items())): cell["points"] for cell in findings.get("cells") or []}  # fmt: skip


def _causes(findings: dict[str, Any]) -> dict[str, str]:
    return {f"{cause['cell_rank']}: {cause['id']}": cause["grade"] for cause in findings.get("causes") or []}


# Do they still come? -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Health:
    """How a study's runs stand: `state` is "good", "old", "never" or "future"; `age` of the last good run; alerts not sent."""

    study: str
    state: str
    age: timedelta | None
    place: str
    finished: str
    waiting: int

    @property
    def ok(self) -> bool:
        return self.state == "good"


def parse_age(words: str) -> timedelta:
    """A length of time: "26h", "90m", "3d".

    Raises:
        StudyError: Nothing of the kind.
    """
    match = AGE.fullmatch(words.strip().lower())
    if not match:
        raise StudyError("age_form", given=words)
    return timedelta(**{UNIT[match[2]]: float(match[1])})


def check_health(history: History, most: timedelta | None, *, study: str | None = None, now: datetime | None = None) -> list[Health]:  # fmt: skip
    """The age of each study's last good run: the failure found last is the run that never started.

    A last good run that lies in the future (the clock was moved back) is no sign of life.
    """
    now = now or datetime.now(UTC)
    found = []
    for name in [study] if study else history.studies():
        waiting = len(list((history.out / name / ALERTS / "outbox").glob("*.json")))
        run = history.last_good(name)
        if run is None:
            found.append(Health(name, "never", None, "", "", waiting))
            continue
        age = now - datetime.fromisoformat(run["finished"])
        state = "future" if -age > AHEAD else "old" if most is not None and age > most else "good"
        found.append(Health(name, state, age, run["place"], run["finished"], waiting))
    return found
