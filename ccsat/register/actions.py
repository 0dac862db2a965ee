"""Actions on record: owner, due date, predicted and verified points."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from ccsat import registers
from ccsat.errors import StudyError, listing, suggestion
from ccsat.register.store import FIELDS, NUMBERS, VERIFIED, WORDS, Store, now
from ccsat.register.verify import Intervention, Verified

STATES = ("planned", "done", "dropped")
DAYS = ("at", "starts_on", "due_on")


class Actions:
    """The actions of a study's register."""

    def __init__(self, folder: str | Path):
        self.store = Store(folder)

    def add(self, action: Mapping[str, Any]) -> str:
        """Put an action on record; returns its id.

        Args:
            action: `action_id` and what is known of the other `FIELDS`; days as dates or ISO text; scope, cell and control as `dim=level|level; dim=level`.
                `starts_on` is `at` plus `lead_days` where left out, and `due_on` is `starts_on`.

        Raises:
            StudyError: The id is taken or missing, a field is unknown, a number or a day is none.
        """
        row = _checked(action)
        try:
            with self.store.write() as base:
                base.execute(f"INSERT INTO actions ({', '.join(FIELDS)}, added) VALUES ({', '.join('?' * (len(FIELDS) + 1))})",
                             (*(row[field] for field in FIELDS), now()))  # fmt: skip
        except sqlite3.IntegrityError:
            raise StudyError("register_twice", id=row["action_id"]) from None
        return row["action_id"]

    def set_state(self, action_id: str, state: str, *, on: date | None = None) -> None:
        """Say that an action is planned, done (in force since a day) or dropped.

        Raises:
            StudyError: No such action or state.
        """
        check_state(state)
        self.action(action_id)
        with self.store.write() as base:
            base.execute("UPDATE actions SET state = ?, starts_on = COALESCE(?, starts_on) WHERE action_id = ?",
                         (state, on.isoformat() if on else None, action_id))  # fmt: skip

    def action(self, action_id: str) -> dict[str, Any]:
        """One action's record.

        Raises:
            StudyError: There is none of this id.
        """
        found = self.store.read("SELECT * FROM actions WHERE action_id = ?", (action_id,))
        if found.empty:
            known = self.actions()["action_id"]
            raise StudyError("register_unknown", id=action_id, known=listing(known) or "–")
        return found.astype(object).where(found.notna(), None).iloc[0].to_dict()

    def actions(self) -> pd.DataFrame:
        """Every action with its latest verification on the KPI, else on another metric: `FIELDS`, `added`, and `told, effect, lower, upper, points, ...,
        verified_on`; `told_volume`: what the number of contacts tells."""
        latest = ", ".join(f"v.{f} AS {'verified_prediction' if f == 'predicted_points' else f}" for f in VERIFIED)
        one = "SELECT number FROM verifications w WHERE w.action_id = a.action_id ORDER BY w.metric = 'kpi' DESC, number DESC LIMIT 1"
        volume = "SELECT told FROM verifications w WHERE w.action_id = a.action_id AND metric = 'volume' ORDER BY number DESC LIMIT 1"
        return self.store.read(f"SELECT a.*, v.as_of AS verified_on, {latest}, ({volume}) AS told_volume FROM actions a "
                               f"LEFT JOIN verifications v ON v.number = ({one}) ORDER BY a.due_on, a.action_id")  # fmt: skip

    def due(self, on: date, *, days: int = 7) -> pd.DataFrame:
        """Planned actions due from a day on, within so many days."""
        return self._planned(on.isoformat(), (on + timedelta(days)).isoformat())

    def overdue(self, on: date) -> pd.DataFrame:
        """Planned actions whose due day has passed."""
        return self._planned("", (on - timedelta(1)).isoformat())

    def _planned(self, first: str, last: str) -> pd.DataFrame:
        found = self.actions()
        return found[(found["state"] == "planned") & found["due_on"].between(first or "0", last)].reset_index(drop=True)

    def unverified(self) -> pd.DataFrame:
        """Actions in force of which nothing firm is known yet."""
        found = self.actions()
        return found[(found["state"] == "done") & ~found["told"].isin(["works", "no_effect"])].reset_index(drop=True)

    def record_verification(self, verified: Verified, *, as_of: date) -> None:
        """Put a verification on record beside the earlier ones."""
        values = [
            str(value) if field in WORDS else value for field in VERIFIED for value in (getattr(verified, field),)
        ]
        with self.store.write() as base:
            base.execute(f"INSERT INTO verifications (action_id, at, as_of, {', '.join(VERIFIED)}) VALUES ({', '.join('?' * (len(VERIFIED) + 3))})",
                         (verified.id, now(), as_of.isoformat(), *values))  # fmt: skip

    def verifications(self) -> pd.DataFrame:
        """Every verification, oldest first."""
        return self.store.read("SELECT * FROM verifications ORDER BY number")

    def taught(self) -> pd.DataFrame:
        """Every verification with what `learned_library` asks of its action: `library_id, cause`."""
        return self.store.read(
            "SELECT v.*, a.library_id, a.cause FROM verifications v LEFT JOIN actions a USING (action_id) ORDER BY v.number"
        )


def intervention(action: Mapping[str, Any]) -> Intervention:
    """An action's record as what `verify_action` asks for.

    Raises:
        StudyError: It has no day from which it is in force.
    """
    starts = action.get("starts_on") or action.get("at")
    if starts is None or pd.isna(starts):
        raise StudyError("register_start", id=action["action_id"])
    held = registers.scope(action.get("holdout"))
    predicted = action.get("predicted_points")
    return Intervention(str(action["action_id"]), pd.Timestamp(starts).date(), registers.scope(action.get("scope")), registers.scope(action.get("cell")),
                        registers.scope(action.get("control")) or None, next(iter(held.items()), None),
                        None if predicted is None or pd.isna(predicted) else float(predicted))  # fmt: skip


def _checked(action: Mapping[str, Any]) -> dict[str, Any]:
    unknown = [field for field in action if field not in FIELDS]
    if unknown:
        raise StudyError(
            "register_field", field=unknown[0], known=listing(FIELDS, 30), near=suggestion(unknown[0], FIELDS) or "–"
        )
    row: dict[str, Any] = {field: None if action.get(field) in (None, "") else action[field] for field in FIELDS}
    if not row["action_id"] or not str(row["action_id"]).strip():
        raise StudyError("register_no_id")
    row["action_id"] = str(row["action_id"]).strip()
    for field in NUMBERS:
        try:
            row[field] = None if row[field] is None else float(row[field])
        except (TypeError, ValueError):
            raise StudyError("register_number", id=row["action_id"], field=field, value=row[field]) from None
    for field in DAYS:
        try:
            row[field] = None if row[field] is None else pd.Timestamp(row[field]).date()
        except (TypeError, ValueError):
            raise StudyError("register_day", id=row["action_id"], field=field, value=row[field]) from None
    if row["starts_on"] is None and row["at"] is not None:
        row["starts_on"] = row["at"] + timedelta(row["lead_days"] or 0)
    row["due_on"] = row["due_on"] or row["starts_on"]
    row |= {field: row[field].isoformat() for field in DAYS if row[field] is not None}
    row["state"] = row["state"] or "planned"
    check_state(row["state"])
    return row


def check_state(state: object) -> None:
    """Refuse what is no state of an action.

    Raises:
        StudyError: It is none.
    """
    if state not in STATES:
        raise StudyError("register_state", state=state, known=listing(STATES))
