"""Whose world: a submission's parameters, read as literals, with the trainer's own word above the notebook's."""

from __future__ import annotations

import ast
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path

from ccsat.wording import LANGUAGES
from ccsat.workshop.grading.problems import GradingError, Problem
from ccsat.workshop.grading.read import Submission
from ccsat.workshop.records import FILE as OPENED
from ccsat.workshop.records import TEAM_FILE

KINDS = {"str": str, "int": int, "float": (int, float), "bool": bool, "list": list}
TEAMS = ("world", "seed", "scale", "vary", "lang", "team", "role")  # what a team's file may say
GRADERS = {"role": "trainee", "data_dir": "", "team_dir": "", "out_dir": "out"}  # what no submission chooses
LONGEST = 200
MOST_BYTES = 1_000_000


def parameters_cell(
    given: Submission, cell: str, team: Mapping[str, object], label: str, own: str = ""
) -> tuple[str, dict[str, object], list[Problem]]:
    """The parameters cell as it is run.

    Args:
        given: What was handed in; its own parameters stand where the team's file is silent.
        cell: The source's parameters cell.
        team: What the team's file says.
        label: The team's name where nothing else says it.
        own: Id of the parameters cell.

    Returns:
        Its code, its values, and what was wrong with the submission's.
    """
    known = {name: (kind, value) for name, kind, value in literals(cell)}
    values = {name: value for name, (_, value) in known.items()}
    problems = []
    if given.lang in LANGUAGES:
        values["lang"] = given.lang
    theirs = next((one.text for one in given.cells if one.code and one.id == own), "")
    if not theirs:
        theirs = next(
            (
                one.text
                for one in given.cells
                if one.code and {"world", "seed"} <= {n for n, _, _ in literals(one.text)}
            ),
            "",
        )
    wanted = {name: value for name, _, value in literals(theirs)} | {name: team[name] for name in TEAMS if name in team}
    for name, value in wanted.items():
        if name not in known or name in GRADERS:
            continue
        if _fits(value, known[name][0]) and (name != "lang" or value in LANGUAGES):
            values[name] = value
        else:
            problems.append(
                Problem("parameter", {"name": name, "value": repr(value)[:60], "kind": known[name][0] or "–"})
            )
    values |= {name: value for name, value in GRADERS.items() if name in known}
    if "team" in known and not values["team"]:
        values["team"] = label
    return "\n".join(f"{name} = {value!r}" for name, value in values.items()), values, problems


def _fits(value: object, kind: str) -> bool:
    if isinstance(value, str) and len(value) > LONGEST or isinstance(value, int) and abs(value) > 2**31:
        return False
    return isinstance(value, KINDS.get(kind, object)) and (kind == "bool" or not isinstance(value, bool))


def literals(code: str) -> list[tuple[str, str, object]]:
    """Name, kind and value of each line that gives a name a literal."""
    found = []
    try:
        body = ast.parse(code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return found
    for node in body:
        match node:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=kind, value=value) if value is not None:
                kind = ast.unparse(kind)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                kind = ""
            case _:
                continue
        try:
            found.append((name, kind, ast.literal_eval(value)))
        except (ValueError, TypeError, MemoryError, RecursionError):
            continue
    return found


def team_folder(path: Path, root: Path) -> tuple[Path | None, dict[str, object]]:
    """The nearest team's folder at or above a submission, up to the submissions' own, and what its file says.

    Files that are links, too large or broken are as good as none: they are a stranger's too.
    """
    for folder in [path.parent, *path.parent.parents]:
        if not folder.is_relative_to(root):
            break
        if _small(folder / TEAM_FILE):
            try:
                content = json.loads((folder / TEAM_FILE).read_text(encoding="utf-8-sig"))
            except (ValueError, RecursionError, OSError):
                content = {}
            return folder, content if isinstance(content, dict) else {}
    return None, {}


def opened_here(folder: Path | None) -> bool:
    """Whether a team's folder keeps what hints it opened, in a file that can be read."""
    return folder is not None and _small(folder / OPENED)


def _small(file: Path) -> bool:
    return file.is_file() and not file.is_symlink() and file.stat().st_size < MOST_BYTES


def read_teams(file: Path | None) -> dict[str, dict[str, object]]:
    """The trainer's own list of teams: a TOML table each, with its `world`, `seed` and so on; above what teams say.

    Raises:
        GradingError: The file cannot be read, or holds something else.
    """
    if file is None:
        return {}
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise GradingError("grade_teams", file=str(file), reason=str(error)[:200]) from None
    if odd := [name for name, row in content.items() if not isinstance(row, dict)]:
        raise GradingError("grade_teams", file=str(file), reason=odd[0])
    return content
