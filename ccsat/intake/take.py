"""A source's columns to their roles: text cells cast here, typed columns by SQL."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ccsat import casts, times
from ccsat.engine import Engine
from ccsat.errors import ColumnError, Words, listing
from ccsat.intake import typed
from ccsat.intake.opening import Opened
from ccsat.intake.tables import Role, Table, refuse_off_scale, refuse_times, rejected_note
from ccsat.study import Study


def take(opened: Opened, roles: list[Role], *, study: Study, engine: Engine, scale: str | None) -> Table:
    """Give a source's columns their roles: cast, count what does not fit, put the result into the engine.

    Raises:
        DataError: No row, ratings off the scale, times that are none or cannot be told apart.
        ColumnError: A column that is not of its role's kind.
    """
    if opened.frame is not None:
        return _take_text(opened, roles, study=study, engine=engine, scale=scale)
    hard = [role for role in roles if typed.is_text_for(role, opened.kinds)]
    if not hard:
        return typed.take_typed(opened, roles, study=study, engine=engine, scale=scale)
    if not engine.takes_frames:
        role = hard[0]
        raise ColumnError("column_typed", column=role.theirs, role=role.ours, columns=listing(r.theirs for r in hard),
                          allowed=Words(f"column_kind.{role.kind}"))  # fmt: skip
    return _take_text(typed.as_text(opened, roles, engine), roles, study=study, engine=engine, scale=scale)


def take_beside(opened: Opened, kinds: Mapping[str, str], *, study: Study, engine: Engine) -> Table:
    """The columns of a table beside the facts that stages ask for, those that it has, each cast to its kind."""
    roles = [Role(name, name, kind, named=False) for name, kind in kinds.items() if name in opened.columns]
    return take(opened, roles, study=study, engine=engine, scale=None)


def _take_text(opened: Opened, roles: list[Role], *, study: Study, engine: Engine, scale: str | None) -> Table:
    frame, made, aside, notes = opened.frame, {}, dict(opened.set_aside), list(opened.notes)
    orders = times.day_orders({r.theirs: frame[r.theirs] for r in roles if r.kind == "time"}, study.data.dayfirst)
    keep = pd.Series(True, index=frame.index)
    for role in roles:
        cells = casts.blank_codes(frame[role.theirs], study.data.missing_codes(role.theirs))
        values, rejected = _cast(cells, frame, role, study, scale, orders)
        made[role.ours] = values
        filled, refused = int(cells.notna().sum()), int(rejected.sum())
        if role.kind == "rating":
            refuse_off_scale(role, refused, filled, cells[rejected].value_counts().index, scale)
            aside["off_scale"] = int((rejected & keep).sum())
            keep &= ~rejected
        elif role.ours == "at":
            refuse_times(role, refused, filled, cells[rejected].unique(), len(frame))
            missing = values.isna()
            for why, rows in (("time_unreadable", missing & rejected), ("time_missing", missing & ~rejected)):
                aside[why] = int((rows & keep).sum())
            keep &= ~missing
        elif refused:
            notes.append(rejected_note(role, refused, filled, cells[rejected].unique()))
    rows = pd.DataFrame({"source_row": frame.index, **made}, index=frame.index)[keep]
    name = engine.put("in_" + opened.name, rows)
    return Table(f"SELECT * FROM {engine.quote(name)}", {role.ours: role for role in roles},
                 len(frame) + sum(opened.set_aside.values()), {k: v for k, v in aside.items() if v}, tuple(notes), numbered=True)  # fmt: skip


def _cast(cells: pd.Series, frame: pd.DataFrame, role: Role, study: Study, scale: str | None,
          orders: Mapping[str, bool]) -> tuple[pd.Series, pd.Series]:  # fmt: skip
    if role.kind == "rating":
        return casts.to_rating(cells, scale, study.scale.labels)
    if role.kind == "time":
        clock = casts.blank_codes(frame[role.clock], study.data.missing_codes(role.clock)) if role.clock else None
        return times.to_time(cells, orders[role.theirs], clock, column=role.theirs)
    if role.kind == "flag":
        return casts.to_flag(cells, study.columns.yes, study.columns.no)
    if role.kind == "number":
        return casts.to_number(cells)
    if role.kind == "duration":
        return casts.to_duration(cells)
    return cells.str.strip(), pd.Series(False, index=cells.index)
