"""What a team has handed in so far: its result files, read one by one, and how the day stands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from ccsat.views import View, sentences
from ccsat.wording import text
from ccsat.workshop.case import Case

RESULTS = "results"
STAGES = ("W1", "W2", "W3", "W4")
TRAINER_POINTS = 10  # of W6, by the trainer's rubric


def handed_in(case: Case) -> dict[str, dict]:
    """Exercise to the content of its result file, of this team and world."""
    return read_results(Path(case.team_dir)) if case.team_dir else {}


def read_results(folder: Path) -> dict[str, dict]:
    """The result files of a team's folder; files that cannot be read are left out."""
    found = {}
    for file in sorted((folder / RESULTS).glob("*/result.json")):
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
        except (json.JSONDecodeError, OSError, UnicodeDecodeError):
            continue
        if isinstance(content, dict) and isinstance(content.get("exercise"), str):
            found[content["exercise"]] = content
    return found


def answers(results: Mapping[str, Mapping], exercise: str) -> dict:
    """A team's answers of one exercise; without those that are open."""
    given = results.get(exercise, {}).get("answers", {})
    return {name: value for name, value in given.items() if value is not None}


def standing(folder: str | Path = ".") -> View:
    """The day so far: each stage's points, and what is still open; an empty name says that this is no team's folder."""
    if not str(folder):
        return sentences([text("workshop.help.no_folder")])
    results, rows, score = read_results(Path(folder)), [], 0.0
    for stage in STAGES:
        found = results.get(stage)
        score += found["score"] if found else 0.0
        said = text("workshop.help.points", score=f"{found['score']:g}", max=f"{found['max']:g}") if found else text("workshop.help.open")  # fmt: skip
        rows.append((stage, text(f"workshop.stage.{stage}"), said))
    handed = "W6" in results
    rows.append(
        (
            "W6",
            text("workshop.stage.W6"),
            text("workshop.help.later" if handed else "workshop.help.open", max=TRAINER_POINTS),
        )
    )
    rows.append(
        ("", text("workshop.stage.total"), text("workshop.help.points", score=f"{round(score, 2):g}", max="100"))
    )
    heads = tuple(text(f"workshop.help.head.{key}") for key in ("stage", "content", "points"))
    return View(heads, tuple(rows), frozenset({2}))
