"""The register in lines of words."""

from __future__ import annotations

import json

import pandas as pd

from ccsat.register.planned import scope_words
from ccsat.wording import count, has, interval, language, points, text


def action_lines(rows: pd.DataFrame, *, unit: str) -> list[str]:
    """One line an action: id, state, due day, owner, promise and what was found, title.

    Args:
        unit: Of the points.
    """
    return [_action(row, unit) for row in rows.astype(object).where(rows.notna(), None).to_dict("records")]


def _action(row: dict, unit: str) -> str:
    title = row[f"title_{language()}"] or row["title_zh"] or row["title_en"] or ""
    parts = [
        row["action_id"],
        text(f"action_state.{row['state']}"),
        text("register.due", day=row["due_on"] or "–"),
        _term(row["owner"]),
    ]
    if row["predicted_points"] is not None:
        parts.append(text("register.predicted", points=points(row["predicted_points"], unit)))
    if row["told"] is not None:
        told = text(f"told.{row['told']}")
        if row["points"] is not None:
            told = text("register.found", told=told, points=points(row["points"], unit), n=count(row["n"]),
                        interval=interval(row["points_lower"], row["points_upper"], unit, of="points"))  # fmt: skip
        parts.append(told)
    if row["told_volume"] is not None:
        parts.append(text("register.volume", told=text(f"told.{row['told_volume']}")))
    return " · ".join(part for part in [*parts, title] if part)


def finding_lines(rows: pd.DataFrame) -> list[str]:
    """One line a finding: id, standing, where, points, since when, in how many runs."""
    return [
        " · ".join([
            row.finding_id, text(f"finding_status.{row.status}"), scope_words(json.loads(row.cell)) or text("register.everywhere"),
            text("register.points", points=points(row.points, _unit(row.kpi, row.caliber)), n=count(row.n),
                 interval=interval(row.lower, row.upper, _unit(row.kpi, row.caliber), of="points")),
            text("register.seen", first=row.first_seen, last=row.last_seen, seen=row.seen, of=row.of), *([f"{row.cause} ({row.grade})"] if row.cause else []),
        ])
        for row in rows.itertuples()
    ]  # fmt: skip


def learned_lines(learned: pd.DataFrame) -> list[str]:
    """One line an action and cause: the library's fraction, and what was learned with its interval."""
    return [
        text("register.learned", id=row.action_id, cause=row.cause, before=f"{row.phi_library:.2f}", after=f"{row.phi:.2f}",
             interval=f"[{row.lower:.2f}, {row.upper:.2f}]", n=row.verifications)
        for row in learned.itertuples()
    ]  # fmt: skip


def _term(key: str | None) -> str:
    return "" if not key else text(f"term.{key}") if has(f"term.{key}") else key


def _unit(kpi: str, caliber: str) -> str:
    from ccsat.calibers import CALIBERS

    found = [row.unit for row in CALIBERS.values() if row.kpi == kpi and row.id == caliber]
    return found[0] if found else "rate"
