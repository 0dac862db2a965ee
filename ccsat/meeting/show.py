"""A meeting pack in tables and sentences."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from ccsat.meeting.pack import Pack, Section
from ccsat.views import Fold, View, sentences, stack
from ccsat.wording import count, has, language, number, percent, term, text

SHARES = {"rate", "lower", "upper", "value", "value_others", "repeat_rate", "repeat_lower", "repeat_upper", "share"}
CODES = {"owner", "owner_dept", "kind"}
DECIMALS = {
    "score": 2,
    "score_lower": 2,
    "aht_s": 0,
    "offered": 0,
    "staff_hours": 0,
    "scheduled": 0,
    "predicted_points": 4,
}
NUMBERS = {
    *SHARES,
    *DECIMALS,
    "n",
    "hard",
    "long",
    "hold",
    "transferred",
    "again",
    "unresolved",
    "bad",
    "overdue",
    "urged",
    "required",
    "judged",
    "wrong",
    "named",
}


def show_section(section: Section) -> Fold | View:
    """One section: its sentences, then its table."""
    said = sentences(section.words())
    return said if section.table is None or section.table.empty else stack(said, table_view(section.table))


def show_meeting(pack: Pack) -> View:
    """What the pack is, in a line a section."""
    rows = tuple(
        (text(f"meeting.section.{one.key}"), ("" if language() == "zh" else " ").join(one.words()))
        for one in pack.sections
    )
    return View((text("meeting.head.section"), text("meeting.head.said")), rows)


def show_sections(pack: Pack) -> Fold:
    """Every section under its name, one after the other."""
    return stack(*(titled for one in pack.sections for titled in _titled(one)))


def _titled(section: Section) -> list[View]:
    said = replace(sentences(section.words()), title=text(f"meeting.section.{section.key}"))
    return [said] if section.table is None or section.table.empty else [said, table_view(section.table)]


def show_due(overdue: pd.DataFrame, upcoming: pd.DataFrame) -> Fold | None:
    """The register's planned actions that are overdue, and those due within a week; None where there are none."""
    parts = [
        replace(table_view(table), title=text(f"meeting.{key}"))
        for key, table in (("overdue_actions", overdue), ("upcoming_actions", upcoming))
        if len(table)
    ]
    return stack(*parts) if parts else None


def show_cases(pack: Pack) -> View | None:
    """The hardest contacts singly; None unless the study allows it."""
    return (
        None
        if pack.hardest is None or pack.hardest.cases is None or pack.hardest.cases.empty
        else table_view(pack.hardest.cases)
    )


def show_minded(pack: Pack) -> View:
    """What to keep in mind."""
    return sentences(list(dict.fromkeys(text(key, **values) for key, values in pack.caveats)))


def table_view(table: pd.DataFrame) -> View:
    """A section's table in words: one title in the session's language, shares as percent."""
    names = [name for name in table if name not in ("title_zh", "title_en")]
    titled = f"title_{language()}" in table
    heads = tuple(text(f"meeting.head.{name}") if has(f"meeting.head.{name}") else str(name) for name in names) + (
        (text("meeting.head.title"),) if titled else ()
    )
    rows = []
    for row in table.to_dict("records"):
        cells = [_words(name, row[name]) for name in names]
        rows.append((*cells, str(row[f"title_{language()}"] or row.get("title_zh") or "–")) if titled else tuple(cells))
    return View(heads, tuple(rows), frozenset(k for k, name in enumerate(names) if name in NUMBERS))


def _words(name: str, value: object) -> str:
    if value is None or (isinstance(value, float) and value != value) or value is pd.NaT:
        return "–"
    if name == "weekday":
        return text(f"weekday.d{int(value)}")
    if name in CODES:
        return term(str(value))
    if name in SHARES:
        return percent(float(value))
    if name in DECIMALS:
        return number(float(value), DECIMALS[name])
    return count(float(value)) if name in NUMBERS else str(value)
