"""Columns of Parquet files and database tables to their roles by SQL, so that rows stay in the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from ccsat import casts
from ccsat.engine import Engine
from ccsat.errors import DataError
from ccsat.intake.opening import Opened
from ccsat.intake.tables import Role, Table, refuse_off_scale, refuse_times, rejected_note
from ccsat.study import Study

NUMERIC = ("integer", "float")
MOST_WORDS = 2000  # different values that a flag or rating is looked up from
INFINITE = "CAST('Infinity' AS FLOAT8)"


def is_text_for(role: Role, kinds: Mapping[str, str]) -> bool:
    """Whether a typed column has to be read as text to play its role, e.g. dates kept as words."""
    kind = kinds[role.theirs]
    if role.kind == "time":
        return kind not in ("time", "date") or (role.clock is not None and kinds[role.clock] != "clock")
    return role.kind in ("number", "duration") and kind not in (*NUMERIC, "boolean", "clock")


def as_text(opened: Opened, roles: Sequence[Role], engine: Engine) -> Opened:
    """The columns in use as cells of text, as a file of text would hold them."""
    columns = dict.fromkeys(name for role in roles for name in (role.theirs, role.clock) if name)
    fields = ", ".join(f"{_words(name, opened.kinds, engine)} AS {engine.quote(name)}" for name in columns)
    frame = engine.query(f"SELECT {fields} FROM ({opened.sql}) t")
    if frame.empty:
        raise DataError("table_empty", table=opened.name)
    return Opened(opened.name, tuple(columns), frame=frame.astype("str"), notes=opened.notes)


def take_typed(opened: Opened, roles: Sequence[Role], *, study: Study, engine: Engine, scale: str | None) -> Table:
    """Give typed columns their roles; what does not fit is counted by the engine."""
    source = f"({opened.sql}) t"
    read = int(engine.query(f"SELECT COUNT(*) AS n FROM {source}")["n"][0])
    if not read:
        raise DataError("table_empty", table=opened.name)
    fields, aside, notes, wheres = [], {}, list(opened.notes), []
    for role in roles:
        present = _present(role.theirs, opened.kinds, study, engine)
        made, refused = _expression(role, present, opened, study, engine, scale)
        n, filled = int(sum(refused.values())), _count(engine, present, source) if refused or role.ours == "at" else 0
        if role.kind == "rating" and refused:
            refuse_off_scale(role, n, filled, sorted(refused, key=lambda word: -refused[word]), scale)
            kept = f"NOT ({present} IS NOT NULL AND {made} IS NULL)"
            aside["off_scale"] = n
            wheres.append(kept)
        elif role.ours == "at":
            refuse_times(role, 0, filled, (), read)
            before = f" AND {' AND '.join(wheres)}" if wheres else ""
            aside["time_missing"] = int(
                engine.query(f"SELECT COUNT(*) AS n FROM {source} WHERE {made} IS NULL{before}")["n"][0]
            )
            wheres.append(f"{made} IS NOT NULL")
        elif refused:
            notes.append(rejected_note(role, n, filled, refused))
        fields.append(f"{made} AS {engine.quote(role.ours)}")
    where = f" WHERE {' AND '.join(wheres)}" if wheres else ""
    return Table(f"SELECT {', '.join(fields)} FROM {source}{where}", {role.ours: role for role in roles}, read,
                 {k: v for k, v in aside.items() if v}, tuple(notes))  # fmt: skip


def _count(engine: Engine, expression: str, source: str) -> int:
    return int(engine.query(f"SELECT COUNT({expression}) AS n FROM {source}")["n"][0])


def literal(value: object) -> str:
    """A text literal."""
    return "'" + str(value).replace("'", "''") + "'"


def _present(column: str, kinds: Mapping[str, str], study: Study, engine: Engine) -> str:
    """A column, NULL where it holds nothing: blank text, NaN, one of the study's codes."""
    name, kind = engine.quote(column), kinds[column]
    codes = study.data.missing_codes(column)
    if kind == "text":
        name = f"NULLIF(TRIM(CAST({name} AS VARCHAR)), '')"
        seen, listed = (
            f"LOWER({name})",
            [form for code in codes for form in (code.strip().lower(), code.strip().lower() + ".0")],
        )
    elif kind in NUMERIC:
        # NaN is above infinity or no number at all: in no engine is it as much as infinity
        name = (
            f"CASE WHEN CAST({name} AS FLOAT8) <= {INFINITE} THEN CAST({name} AS FLOAT8) END"
            if kind == "float"
            else name
        )
        seen, listed = f"CAST({name} AS FLOAT8)", [code for code in codes if _is_number(code)]
    else:
        seen, listed = f"CAST({name} AS VARCHAR)", list(codes)
    if not listed:
        return name
    shown = ", ".join(repr(float(code)) if kind in NUMERIC else literal(code) for code in listed)
    return f"CASE WHEN {seen} NOT IN ({shown}) THEN {name} END"


def _is_number(word: str) -> bool:
    try:
        return abs(float(word)) < 1e300
    except ValueError:
        return False


def _words(column: str, kinds: Mapping[str, str], engine: Engine, value: str | None = None) -> str:
    """A column as text, 5.0 as 5."""
    name = value or engine.quote(column)
    if kinds[column] == "float":
        whole = f"{name} = FLOOR({name}) AND ABS({name}) < 9e15"
        return f"CASE WHEN {whole} THEN CAST(CAST({name} AS BIGINT) AS VARCHAR) ELSE CAST({name} AS VARCHAR) END"
    return f"CAST({name} AS VARCHAR)"


def _expression(role: Role, present: str, opened: Opened, study: Study, engine: Engine,
                scale: str | None) -> tuple[str, dict[str, int]]:  # fmt: skip
    """SQL of a role's value, and the values it refuses with their numbers of rows."""
    kind = opened.kinds[role.theirs]
    if role.kind == "time":
        if role.clock:
            return engine.at_clock(present, engine.quote(role.clock)), {}
        return f"CAST({present} AS TIMESTAMP)", {}
    if role.kind in ("number", "duration"):
        if kind == "boolean":
            return f"CASE WHEN {present} THEN 1.0 WHEN NOT {present} THEN 0.0 END", {}
        seconds = engine.clock_seconds(present) if kind == "clock" else present
        return f"CAST({seconds} AS FLOAT8)", {}
    if role.kind == "flag":
        if kind == "boolean":
            return f"CASE WHEN {present} THEN 1 WHEN NOT {present} THEN 0 END", {}
        return _looked_up(
            role, present, opened, engine, lambda cells: casts.to_flag(cells, study.columns.yes, study.columns.no)
        )
    if role.kind == "rating":
        return _looked_up(
            role, present, opened, engine, lambda cells: casts.to_rating(cells, scale, study.scale.labels)
        )
    return _words(role.theirs, opened.kinds, engine, present), {}


def _looked_up(role: Role, present: str, opened: Opened, engine: Engine, cast) -> tuple[str, dict[str, int]]:
    """A CASE over the different values there are, each cast as text of a file is; and those refused."""
    words = _words(role.theirs, opened.kinds, engine, present)
    found = engine.query(f"SELECT {words} AS word, CAST(COUNT(*) AS BIGINT) AS n FROM ({opened.sql}) t WHERE {present} IS NOT NULL "
                         f"GROUP BY {words} ORDER BY n DESC, word")  # fmt: skip
    known, spare = found.iloc[:MOST_WORDS], found.iloc[MOST_WORDS:]
    values, rejected = cast(known["word"].astype("str"))
    refused = dict(zip(known.loc[rejected, "word"], known.loc[rejected, "n"], strict=True))
    refused |= dict(zip(spare["word"], spare["n"], strict=True))
    pairs = {word: int(value) for word, value in zip(known["word"], values, strict=True) if not pd.isna(value)}
    if not pairs:
        return "CAST(NULL AS INTEGER)", refused
    cases = " ".join(f"WHEN {literal(word)} THEN {value}" for word, value in pairs.items())
    return f"CASE {words} {cases} END", refused
