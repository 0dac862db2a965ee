"""Help with a price: hints in three steps, and checkpoints where a team that is behind joins again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

import pandas as pd

from ccsat.errors import listing
from ccsat.views import View, sentences
from ccsat.wording import has, language, percent, text
from ccsat.workshop import records
from ccsat.workshop.case import Case
from ccsat.workshop.checks import ExerciseError, current_case
from ccsat.workshop.exercises import EXERCISES
from ccsat.workshop.exercises.team_case import STOPS, chain_of, truth_of
from ccsat.workshop.exercises.w3 import candidates
from ccsat.workshop.findings import handed_in


@dataclass(frozen=True)
class Hint:
    """A hint that was opened, and what it costs."""

    item: str
    level: int
    words: str

    def __repr__(self) -> str:
        cost = f"{100 * records.HINT_COSTS[self.level]:.0f}%"
        return text("workshop.help.hint", item=self.item, level=self.level, cost=cost, words=self.words)

    def _repr_html_(self) -> str:
        return f'<p style="border-left:4px solid #0969da;padding-left:.6em">{escape(repr(self))}</p>'


def hint(item: str, level: int = 1) -> Hint:
    """Open a hint: 1 where to look, 2 which method, 3 nearly the answer.

    The team's folder keeps it, and the item's points fall by 2, 5 or 10 %; opened twice it costs once.

    Raises:
        ExerciseError: `begin` was not called, no such item, level or hint.
    """
    case = current_case()
    items = EXERCISES[case.exercise].items
    if item not in items:
        raise ExerciseError("item_unknown", item=item, exercise=case.exercise, known=listing(items))
    key = f"workshop.{case.exercise.lower()}.hint.{item}.h{level}"
    if level not in records.HINT_COSTS or not has(key):
        raise ExerciseError("no_hint", item=item, level=level, exercise=case.exercise)
    words = text(key, None, **items[item].helps(case))
    records.keep(case, {"exercise": case.exercise, "item": item, "hint": level})
    return Hint(item, level, words)


@dataclass(frozen=True, repr=False)
class Checkpoint:
    """What the team would have found so far. `table` is the expected intermediate table."""

    name: str
    table: pd.DataFrame
    items: tuple[str, ...]
    spared: tuple[str, ...]

    def __repr__(self) -> str:
        return "\n".join([self._said(), self.table.to_string(index=False)])

    def _repr_html_(self) -> str:
        head = f'<p style="border-left:4px solid #0969da;padding-left:.6em">{escape(self._said())}</p>'
        columns = tuple(map(str, self.table.columns))
        return head + View(columns, tuple(tuple(map(str, row)) for row in self.table.itertuples(index=False)))._repr_html_()  # fmt: skip

    def _said(self) -> str:
        paid = [name for name in self.items if name not in self.spared]
        cost = f"{100 * records.CHECKPOINT_COST:.0f}%"
        return text("workshop.help.checkpoint" if paid else "workshop.help.checkpoint_free", name=self.name, cost=cost, items=", ".join(paid))  # fmt: skip


def checkpoint(name: str) -> Checkpoint:
    """Join again at A (after W1), B (after W2) or C (after W3): the expected intermediate table.

    Each item that it answers keeps half of its points, unless it was handed in before.

    Raises:
        ExerciseError: `begin` was not called, no such checkpoint, or an exercise that has none.
    """
    case = current_case()
    if name not in CHECKPOINTS:
        raise ExerciseError("no_checkpoint", name=name, known=listing(CHECKPOINTS))
    if case.exercise not in ("W1", "W2", "W3", "W4", "W6"):
        raise ExerciseError("no_checkpoint_here", exercise=case.exercise)
    items, table = CHECKPOINTS[name]
    done = handed_in(case)
    before = next((row for row in records.opened(case) if row.get("checkpoint") == name), None)
    spared = tuple(before["spared"]) if before else tuple(one for one in items if one.split(".")[0] in done)
    if before is None:
        records.keep(case, {"checkpoint": name, "items": list(items), "spared": list(spared)})
    return Checkpoint(name, table(case), items, spared)


def gate(before: str, name: str) -> View:
    """Has the stage before been handed in? If not, what to do: hand it in, or join at a checkpoint."""
    case = current_case()
    if not case.team_dir:
        return sentences([text("workshop.help.no_folder")])
    done = handed_in(case)
    if before in done:
        score, most = done[before].get("score", 0), done[before].get("max", 0)
        return sentences([text("workshop.help.gate_open", before=before, score=f"{score:g}", max=f"{most:g}")])
    return sentences([text("workshop.help.gate", before=before, name=name)])


def opened_table(folder: str | Path) -> View:
    """What a team has opened so far."""
    rows = []
    for row in records.read(Path(folder)):
        if "checkpoint" in row:
            rows.append((text("workshop.help.row_checkpoint", name=row["checkpoint"]), ", ".join(row.get("items", ())), f"{100 * records.CHECKPOINT_COST:.0f}%"))  # fmt: skip
        elif row.get("hint") in records.HINT_COSTS:
            rows.append((text("workshop.help.row_hint", level=row["hint"]), f"{row.get('exercise')}.{row.get('item')}", f"{100 * records.HINT_COSTS[row['hint']]:.0f}%"))  # fmt: skip
    heads = tuple(text(f"workshop.help.head.{key}") for key in ("what", "item", "cost"))
    return View(heads, tuple(rows), frozenset({2}))


# What a checkpoint shows ---------------------------------------------------------------------


def _rows(pairs: list[tuple[str, str]]) -> pd.DataFrame:
    return pd.DataFrame(pairs, columns=[text("workshop.help.head.what"), text("workshop.help.head.value")])


def _after_w1(case: Case) -> pd.DataFrame:
    truth = truth_of(case)
    rows = [(text("workshop.help.verdict"), text(f"workshop.n07.said.{truth['verdict']}"))]
    rows += [(text(f"workshop.w1.defect.{row['kind']}"), str(row["n"])) for row in truth["defects"]]
    if truth.get("corrected"):
        rows.append((text("workshop.help.corrected"), percent(truth["corrected"]["value"], 2)))
    return _rows(rows)


def _after_w2(case: Case) -> pd.DataFrame:
    truth = truth_of(case)
    if truth["verdict"] in STOPS:
        return _rows([(text("workshop.help.stop"), text(f"workshop.n07.said.{truth['verdict']}"))])
    cell = truth["cells"][0]
    low, high = cell["points"] - cell["tolerance"], cell["points"] + cell["tolerance"]
    return pd.DataFrame([{"where": dict(cell["where"]), "n": cell["n"], "points": round(cell["points"], 5), "lower": round(low, 5),
                          "upper": round(high, 5)}])  # fmt: skip


def _after_w3(case: Case) -> pd.DataFrame:
    cause = truth_of(case)["causes"][0]
    rows = [(str(depth), link[language()]) for depth, link in enumerate(chain_of(case), 1)]
    named = candidates(case).get(cause["id"], {}).get(language(), cause["id"])
    return _rows([*rows, (text("workshop.help.cause"), named), (text("workshop.help.owner"), _owner(cause["owner"]))])


def _owner(code: str) -> str:
    from ccsat.wording import term

    return term(code)


CHECKPOINTS: Mapping[str, tuple[tuple[str, ...], Callable[[Case], pd.DataFrame]]] = {
    "A": (("W1.legs", "W1.verdict", "W1.defects", "W1.corrected"), _after_w1),
    "B": (("W2.cell",), _after_w2),
    "C": (("W3.cause", "W3.chain", "W3.owner"), _after_w3),
}
