"""Check a trainee's findings against the truth of their own world: words and points come back, never values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

from ccsat.errors import CcsatError, listing, suggestion
from ccsat.views import View
from ccsat.wording import LANGUAGES, has, language, set_language, text
from ccsat.workshop import records
from ccsat.workshop.case import Case
from ccsat.workshop.exercises import EXERCISES
from ccsat.workshop.exercises.item import Item, Judgement
from ccsat.workshop.tables import code_table

_session: dict[str, Case | None] = {"case": None}
RESULT_SCHEMA = 1
ANTI_COST = 0.10  # of an item's points, for an anti-pattern


class ExerciseError(CcsatError):
    """An exercise or item that does not exist, or a check before `begin`."""


@dataclass(frozen=True)
class Feedback:
    """What a check says: right or not, the points, and what to do next.

    `hint` is the hint worth opening next, 0 for none. `cost` is the share of the item's points that opened hints and checkpoints
    cost, `anti` the code of an anti-pattern that the answer shows.
    """

    item: str
    exercise: str
    key: str
    ok: bool
    score: float
    max: float
    hint: int
    values: Mapping[str, object]
    cost: float = 0.0
    anti: str = ""

    def message(self, lang: str | None = None) -> str:
        """The sentence for the trainee."""
        own = EXERCISES[self.exercise].items[self.item].message_key(self.exercise, self.item, self.key)
        said = text(own if has(own) else f"workshop.answer.{self.key}", lang, **self.values)
        if self.anti:
            said += " " + text("workshop.anti.said", lang, name=text(f"workshop.anti.{self.anti}", lang))
        return said + (" " + text("workshop.answer.hint", lang, level=self.hint) if self.hint else "")

    def as_dict(self) -> dict[str, object]:
        """The row of a result file."""
        spoken = {f"message_{lang}": self.message(lang) for lang in LANGUAGES}
        row = {"id": self.item, "ok": self.ok, "score": self.score, "max": self.max, **spoken, "hint_level": self.hint}
        return row | ({"cost": self.cost} if self.cost else {}) | ({"anti_pattern": self.anti} if self.anti else {})

    def __repr__(self) -> str:
        mark = text("workshop.answer.passed" if self.ok else "workshop.answer.not_yet")
        if not self.max:
            return f"{mark} · {self.item}: {self.message()}"
        points = text("workshop.answer.points", score=f"{self.score:g}", max=f"{self.max:g}")
        if self.cost:
            points += text("workshop.team.cost", share=f"{100 * self.cost:.0f}%")
        return f"{mark} · {self.item} ({points}): {self.message()}"

    def _repr_html_(self) -> str:
        colour = "#1a7f37" if self.ok else "#9a6700"
        return f'<p style="border-left:4px solid {colour};padding-left:.6em">{escape(repr(self))}</p>'


def begin(
    exercise: str,
    *,
    world: str,
    seed: int,
    lang: str = "zh",
    scale: str = "full",
    vary: bool = False,
    data_dir: str = "",
    team: str = "",
    role: str = "trainee",
    team_dir: str = "",
) -> Case:
    """Which exercise is this, and whose world?

    Sets the session's language and the world that `check` compares with. Tables are made once and kept.

    Args:
        exercise: Its id, e.g. "N07".
        world, seed, scale: The invented centre; teams have different seeds and so different numbers.
        vary: The seed also moves cell, onset, strength and decoys, so a neighbour's findings do not fit.
        lang: "zh" or "en".
        data_dir: Folder with the world's tables and `study.toml`; made when empty.
        team, role: Written into the result.
        team_dir: The team's folder; empty: the folder the notebook runs in, where that is a team's.

    Raises:
        ExerciseError: No such exercise, or one made for another world.
    """
    if exercise not in EXERCISES:
        raise ExerciseError("exercise_unknown", exercise=exercise, known=listing(EXERCISES))
    wanted = dict.fromkeys((EXERCISES[exercise].world, *EXERCISES[exercise].others))
    if world.upper().split("_")[0] not in wanted:
        raise ExerciseError("exercise_world", exercise=exercise, world=world, wanted=", ".join(wanted))
    case = Case(
        exercise=exercise,
        world=world,
        seed=seed,
        scale=scale,
        vary=vary,
        lang=lang,
        given=data_dir,
        team=team,
        role=role,
        team_dir=team_dir or records.folder_here(),
    )
    set_language(lang)
    _session["case"] = case
    return case


def check(item: str, answer: object) -> Feedback:
    """Is this finding right, and if not, what next?

    Args:
        item: Its name in the exercise, e.g. "verdict".
        answer: What the trainee found; `...` or None where nothing has been found yet.

    Raises:
        ExerciseError: `begin` was not called, or the exercise has no such item.
    """
    case = current_case()
    asked = _item(case, item)
    found = judge(asked, answer, case)
    share = 1.0 if found.key == "right" else found.share
    cost = records.cost(records.opened(case), case.exercise, item)
    return Feedback(
        item,
        case.exercise,
        found.key,
        found.key == "right",
        round(max(share - (ANTI_COST if found.anti else 0.0), 0.0) * (1 - cost) * asked.max, 2 if cost else 1),
        asked.max,
        found.hint,
        found.values,
        cost,
        found.anti,
    )


def judge(item: Item, answer: object, case: Case) -> Judgement:
    """What is common to all items, then the item's own judge."""
    if _unanswered(answer, blanks=item.blanks):
        return Judgement("unanswered")
    answer = _plain(answer)
    if not isinstance(answer, item.kind):
        return Judgement(
            "wrong_type", values={"found": type(answer).__name__, "wanted": item.kind.__name__, "example": item.example}
        )
    codes = list(item.options(case))
    unknown = [code for code in item.named(answer) if code not in codes] if codes else []
    if unknown:
        return Judgement(
            "unknown_code", values={"code": unknown[0], "known": suggestion(unknown[0], codes) or listing(codes)}
        )
    return item.judge(answer, case)


def choices(item: str) -> View:
    """The codes an answer is written in, with what they mean; their order says nothing."""
    return code_table(_item(current_case(), item).options(current_case()))


def material(name: str) -> object:
    """A table that the exercise hands out, made from the team's own data.

    Args:
        name: As the notebook names it, e.g. "report".

    Returns:
        A `View` to read, or a table to work on (the caller's own copy).

    Raises:
        ExerciseError: `begin` was not called, or the exercise hands out no such table.
    """
    case = current_case()
    known = EXERCISES[case.exercise].materials
    if name not in known:
        raise ExerciseError("material_unknown", material=name, exercise=case.exercise, known=listing(known) or "–")
    made = known[name](case)
    return made.copy() if hasattr(made, "copy") else made


@dataclass(frozen=True)
class HandIn:
    """What was handed in: the file, and the points."""

    path: Path
    score: float
    max: float

    def __repr__(self) -> str:
        if not self.max:
            return text("workshop.team.handed_in", file=self.path.as_posix())
        return text("workshop.handed_in", score=f"{self.score:g}", max=f"{self.max:g}", file=self.path.as_posix())


def hand_in(answers: Mapping[str, object], *, out_dir: str) -> HandIn:
    """Write `result.json`: the answers and what the checks said of them.

    Args:
        answers: Item to answer, for all items of the exercise; unanswered ones too.
        out_dir: Folder, made where missing.

    Returns:
        The file and the points.

    Raises:
        ExerciseError: An item is missing, or one is not of this exercise.
    """
    case = current_case()
    items = EXERCISES[case.exercise].items
    if set(answers) != set(items):
        raise ExerciseError("items_differ", exercise=case.exercise, found=listing(answers), wanted=listing(items))
    checks = [check(name, answers[name]) for name in items]
    content = {
        "schema": RESULT_SCHEMA,
        "exercise": case.exercise,
        "world": case.world,
        "seed": case.seed,
        "scale": case.scale,
        "vary": case.vary,
        "lang": language(),
        "team": case.team,
        "role": case.role,
        "answers": {
            name: None if _unanswered(answers[name], blanks=items[name].blanks) else _plain(answers[name])
            for name in items
        },
        "checks": [found.as_dict() for found in checks],
        "score": round(sum(found.score for found in checks), 2),
        "max": sum(found.max for found in checks),
    }
    if opened := [row for row in records.opened(case) if row.get("exercise", case.exercise) == case.exercise]:
        content["opened"] = opened
    path = Path(out_dir) / "result.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps(content, ensure_ascii=False, indent=1, default=str) + "\n", encoding="utf-8", newline="\n"
    )
    return HandIn(path, content["score"], content["max"])


def current_case() -> Case:
    """The case of the session."""
    case = _session["case"]
    if case is None:
        raise ExerciseError("not_begun")
    return case


def _item(case: Case, name: str) -> Item:
    items = EXERCISES[case.exercise].items
    if name not in items:
        raise ExerciseError("item_unknown", item=name, exercise=case.exercise, known=listing(items))
    return items[name]


def _unanswered(answer: object, *, blanks: bool = False, inside: bool = False) -> bool:
    if answer is ...:
        return True
    if inside and blanks and (answer is None or isinstance(answer, str)):
        return False
    if answer is None:
        return True
    if isinstance(answer, Mapping):
        return not answer or any(_unanswered(value, blanks=blanks, inside=True) for value in answer.values())
    if isinstance(answer, (list, tuple, set, frozenset)):
        return not answer or any(_unanswered(value, blanks=blanks, inside=True) for value in answer)
    return isinstance(answer, str) and answer.strip() in ("", "...")


def _plain(answer: object) -> object:
    """Plain strings, numbers, lists and dicts, whatever table or array they came from."""
    if isinstance(answer, Mapping):
        return {str(key): _plain(value) for key, value in answer.items()}
    if isinstance(answer, str) or not hasattr(answer, "__iter__"):
        return answer.item() if hasattr(answer, "item") else answer.strip() if isinstance(answer, str) else answer
    return [_plain(value) for value in (sorted(answer) if isinstance(answer, (set, frozenset)) else answer)]
