"""What the actions did, in tables and sentences (R05)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ccsat.figures import plot_verification
from ccsat.routine import Followed
from ccsat.views import Fold, View, fold, sentences, stack
from ccsat.views.view import full_stop, table
from ccsat.views_watch.day import run_on
from ccsat.wording import count, interval, language, points, term, text

ANSWERS = ("works", "no_effect", "cannot_tell", "too_early", "not_comparable")
MOST_DRAWN = 12


def show_followed(followed: Followed) -> View:
    """What a manager asks of the actions, each with its answer in a line."""
    counts, said = followed.counts(), []
    for told in ANSWERS:
        rows = followed.table[followed.table["told"] == told]
        if len(rows):
            said.append((text(f"follow_told.{told}"), run_on([_short(row, followed) for row in _rows(rows)])))
    if not said:
        said.append((text("follow_question.none"), text("follow.nothing")))
    if followed.before is None:
        since = [text("follow.first_run")]
    else:
        since = [
            text(
                "follow.since", day=followed.before, **{name: counts[name] for name in ("new", "continuing", "closed")}
            )
        ]
        since += [text("follow.gone", ids=", ".join(followed.gone))] if followed.gone else []
    said.append((text("follow_question.since"), run_on(since)))
    if counts["overdue"]:
        said.append(
            (
                text("follow_question.overdue"),
                full_stop(text("follow.overdue", n=counts["overdue"], ids=", ".join(followed.overdue["action_id"]))),
            )
        )
    return table(("question", "answer"), said)


def _short(row: dict[str, Any], followed: Followed) -> str:
    name, unit = _name(row), followed.asked.caliber.unit
    if row["told"] == "too_early":
        return text("follow.too_early", name=name, starts=str(row["starts_on"]), day=str(row["judged_from"]))
    if row["told"] == "not_comparable":
        return text("follow.not_comparable", name=name, problem=row["problem"])
    words = text("follow.found", name=name, points=points(row["points"], unit), n=count(row["n"]),
                 interval=interval(row["points_lower"], row["points_upper"], unit, of="points"))  # fmt: skip
    if row["predicted_points"] is not None:
        words += text("follow.promised", predicted=points(row["predicted_points"], unit))
    if row["because"] == "worse":
        words += text("follow.got_worse")
    if row["told"] == "cannot_tell":
        words += (
            text("follow.weeks", weeks=count(row["more_weeks"]))
            if row["more_weeks"]
            else text("follow.weeks_none", words=_weeks(row))
        )
    return words


def show_actions(followed: Followed) -> View | None:
    """Every action verified in this run: predicted against verified points, and the weeks still needed."""
    if followed.table.empty:
        return None
    unit, rows = followed.asked.caliber.unit, []
    for r in _rows(followed.table):
        told = r["points"] is not None
        rows.append((_name(r), text(f"follow_status.{r['status']}"), _told(r), _unbroken(r["starts_on"]), _both(r) if told else "–", points(r["predicted_points"], unit),
                     points(r["points"], unit), interval(r["points_lower"], r["points_upper"], unit, of="points") if told else "–", _comparison(r), _weeks(r)))  # fmt: skip
    keys = ("action", "alert_standing", "told", "in_force", "n_both", "predicted", "verified", "interval", "comparison", "more_weeks")  # fmt: skip
    return table(keys, rows, ("n_both", "predicted", "verified", "interval"))


def _both(row: dict[str, Any]) -> str:
    """Ratings inside the scope since its start, and of the comparison."""
    return f"{count(row['n'])} / {count(row['n_control'])}"


def _told(row: dict[str, Any]) -> str:
    """The answer; an action that has no effect may have gone with a change for the worse."""
    words = text(f"follow_told.{row['told']}")
    return text("follow.worse", told=words) if row["because"] == "worse" else words


def _comparison(row: dict[str, Any]) -> str:
    return f"{text('follow_design.' + row['design'])} ({row['grade']})" if row["design"] else "–"


def _unbroken(day: object) -> str:
    """A day that a narrow column does not break."""
    return str(day).replace("-", "\u2011") if day else "–"


def _weeks(row: dict[str, Any]) -> str:
    if row["told"] == "too_early":
        return text("follow.from_day", day=_unbroken(row["judged_from"]))
    if row["told"] != "cannot_tell":
        return "–"
    if row["more_weeks"] is None:
        return text("follow.long" if row["predicted_points"] is not None else "follow.unpredicted")
    return count(row["more_weeks"]) if row["more_weeks"] else text("follow.soon")


@dataclass(frozen=True)
class Several:
    """Folds one under the other, each folded by itself with its figures."""

    folds: tuple[Fold, ...]

    def _ipython_display_(self) -> None:
        for one in self.folds:
            one._ipython_display_()

    def __repr__(self) -> str:
        return "\n".join(map(repr, self.folds))


def show_verified(followed: Followed) -> Several | None:
    """Each verification in sentences, with its weeks drawn."""
    folds = []
    for row in _rows(followed.table):
        found = followed.verified[row["action_id"]]
        if found and len(folds) < MOST_DRAWN:
            parts = [
                part
                for one in found
                for part in (
                    sentences([full_stop(words) for words in one.sentences()]),
                    plot_verification(one, row["starts_on"]),
                )
            ]
            folds.append(fold("verified_action", *parts, name=_name(row), told=_told(row)))
    return Several(tuple(folds)) if folds else None


def show_settled(followed: Followed) -> View | None:
    """What was told for good in earlier runs."""
    if followed.settled.empty:
        return None
    unit = followed.asked.caliber.unit
    rows = [(_name(r), _told(r), _unbroken(r["as_of"]), _both(r), points(r["predicted_points"], unit), points(r["points"], unit),
             interval(r["points_lower"], r["points_upper"], unit, of="points"), _comparison(r)) for r in _rows(followed.settled)]  # fmt: skip
    keys = ("action", "told", "told_on", "n_both", "predicted", "verified", "interval", "comparison")
    return table(keys, rows, keys[3:7])


def show_overdue(followed: Followed) -> Fold | None:
    """Planned actions whose due day has passed or comes within a week: nobody said that they are done."""
    views = [
        _planned(rows, key, followed)
        for key, rows in (("overdue", followed.overdue), ("upcoming", followed.upcoming))
        if len(rows)
    ]
    return stack(*views)


def _planned(rows: pd.DataFrame, key: str, followed: Followed) -> View:
    unit = followed.asked.caliber.unit
    cells = [
        (_name(r), term(r["owner"]) if r["owner"] else "", str(r["due_on"]), points(r["predicted_points"], unit))
        for r in _rows(rows)
    ]
    return table(("action", "owner", "due", "predicted"), cells, ("predicted",), title=text(f"follow.{key}_title"))


def _name(row: dict[str, Any]) -> str:
    title = row.get("title") or row.get(f"title_{language()}") or row.get("title_zh") or row.get("title_en")
    return f"{row['action_id']} {title}" if title else str(row["action_id"])


def _rows(table_: pd.DataFrame) -> Iterable[dict[str, Any]]:
    return table_.astype(object).where(table_.notna(), None).to_dict("records")
