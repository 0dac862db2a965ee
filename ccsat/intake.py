"""One source to one typed relation with our column names, and the account of rows read, kept and set aside."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from ccsat import casts, sources, times
from ccsat.calibers import SCALES
from ccsat.engine import DuckEngine, Engine
from ccsat.errors import ColumnError, DataError, StudyError, listing, suggestion
from ccsat.results import Result, result_class
from ccsat.study import Database, Source, Study
from ccsat.wording import count, text

MOST_OFF_SCALE = 0.05
MOST_UNREADABLE_TIMES = 0.05


@dataclass(frozen=True)
class Role:
    """One column's part: our name, theirs, and the kind of value."""

    ours: str
    theirs: str
    kind: str


@dataclass(frozen=True)
class Table:
    """A source in the engine under our names.

    Attributes:
        sql: SELECT text with one column a role.
        roles: The roles it fills, by our name.
        read: Rows read.
        set_aside: Why, and how many rows.
        notes: Wording keys with values: what the reader of the account should know.
    """

    sql: str
    roles: dict[str, Role]
    read: int
    set_aside: dict[str, int] = field(default_factory=dict)
    notes: tuple[tuple[str, dict], ...] = ()


@result_class
class Intake(Result):
    """Rows read = kept + set aside, table by table: `table, why, n`, where `why` is "kept" for the rows kept."""

    notes: tuple[tuple[str, dict], ...] = ()

    @property
    def read(self) -> int:
        return int(self.table["n"].sum())

    @property
    def kept(self) -> int:
        return int(self.table.loc[self.table["why"] == "kept", "n"].sum())

    @property
    def set_aside(self) -> list[dict]:
        rows = self.table[self.table["why"] != "kept"].groupby("why", sort=True)["n"].sum()
        return [{"why": why, "n": int(n)} for why, n in rows.items() if n]

    def sentence(self) -> str:
        return text("intake.sentence", read=count(self.read), kept=count(self.kept), aside=count(self.read - self.kept))


@dataclass(frozen=True)
class Opened:
    """A source found and its columns known, before any role is given."""

    name: str
    columns: tuple[str, ...]
    frame: pd.DataFrame | None = None  # text cells, for files of text
    sql: str | None = None  # in the engine, for typed sources
    kinds: Mapping[str, str] = field(default_factory=dict)
    set_aside: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[tuple[str, dict], ...] = ()


def choose_engine(study: Study) -> Engine:
    """DuckDB here, or the database that holds every table of the study."""
    databases = {source.database for source in study.data.tables().values() if isinstance(source, Database)}
    servers = {_address(name) for name in databases if not _address(name).endswith((".duckdb", ".db"))}
    if not servers:
        return DuckEngine()
    if len(servers) > 1 or len(databases) < 1 or not all(isinstance(s, Database) for s in study.data.tables().values()):
        raise StudyError("databases_mixed")
    from ccsat.engine.dbapi import connect_postgres

    return connect_postgres(servers.pop())


def _address(name: str) -> str:
    if not name.startswith("env:"):
        return name
    if name[4:] not in os.environ:
        raise StudyError("environment_missing", name=name[4:])
    return os.environ[name[4:]]


def open_source(name: str, source: Source, *, study: Study, engine: Engine) -> Opened:
    """Find a source and read its columns."""
    if isinstance(source, Database):
        if isinstance(engine, DuckEngine):
            table = engine.attach(_inside(_address(source.database), study.folder), name=f"base_{name}") + "." + source.table
        else:
            table = source.table
        sql = f"SELECT * FROM {'.'.join(engine.quote(part) for part in table.split('.'))}"
        kinds = engine.columns(sql)
        return Opened(name, tuple(kinds), sql=sql, kinds=kinds)
    if paths := sources.parquet_paths(source, study.folder):
        sql = engine.source_of_parquet(paths)
        kinds = engine.columns(sql)
        return Opened(name, tuple(kinds), sql=sql, kinds=kinds)
    found = sources.read_text_table(source, study.folder, study.data)
    return Opened(name, tuple(found.frame.columns), frame=found.frame, set_aside=found.set_aside, notes=found.notes)


def _inside(path: str, folder: Path) -> Path:
    return Path(path) if Path(path).is_absolute() else folder / path


def take(opened: Opened, roles: list[Role], *, study: Study, engine: Engine, scale: str | None) -> Table:
    """Give a source's columns their roles: cast, count what does not fit, put the result into the engine."""
    if opened.frame is None:
        return _take_typed(opened, roles, study=study, engine=engine, scale=scale)
    frame, made, aside, notes = opened.frame, {}, dict(opened.set_aside), list(opened.notes)
    orders = times.day_orders({r.theirs: frame[r.theirs] for r in roles if r.kind == "time"}, study.data.dayfirst)
    keep = pd.Series(True, index=frame.index)
    for role in roles:
        values, rejected = _cast(frame, role, study, scale, orders)
        made[role.ours] = values
        if role.kind == "rating":
            _refuse_off_scale(role.theirs, frame[role.theirs], rejected, int(frame[role.theirs].notna().sum()), scale)
            aside["off_scale"] = int((rejected & keep).sum())
            keep &= ~rejected
        elif role.ours == "at":
            if rejected.mean() > MOST_UNREADABLE_TIMES:
                raise DataError("times_unreadable", column=role.theirs, n=int(rejected.sum()), of=len(frame),
                                samples=listing(frame.loc[rejected, role.theirs].unique()[:3]))  # fmt: skip
            missing = values.isna() & keep
            aside["time_unreadable"] = int(missing.sum())
            keep &= ~missing
        elif rejected.any():
            notes.append(("note.values_rejected", {"column": role.theirs, "n": int(rejected.sum()),
                                                   "samples": listing(frame.loc[rejected, role.theirs].unique()[:3])}))  # fmt: skip
    typed = pd.DataFrame(made, index=frame.index)[keep]
    typed.insert(0, "source_row", typed.index)
    engine.register("in_" + opened.name, typed)
    return Table(f"SELECT * FROM in_{opened.name}", {role.ours: role for role in roles},
                 len(frame) + sum(opened.set_aside.values()), {k: v for k, v in aside.items() if v}, tuple(notes))  # fmt: skip


def _cast(frame: pd.DataFrame, role: Role, study: Study, scale: str | None,
          orders: Mapping[str, bool]) -> tuple[pd.Series, pd.Series]:
    cells = casts.blank_codes(frame[role.theirs], study.data.missing_codes(role.theirs))
    if role.kind == "rating":
        return casts.to_rating(cells, scale, study.scale.labels)
    if role.kind == "time":
        clock = frame[study.columns.clock] if role.ours == "at" and study.columns.clock else None
        return times.to_time(cells, orders[role.theirs], clock, column=role.theirs)
    if role.kind == "flag":
        return casts.to_flag(cells, study.columns.yes, study.columns.no)
    if role.kind == "number":
        return casts.to_number(cells)
    if role.kind == "duration":
        return casts.to_duration(cells)
    return cells.str.strip(), pd.Series(False, index=cells.index)


def _refuse_off_scale(column: str, cells: pd.Series, rejected: pd.Series, rated: int, scale: str | None) -> None:
    if rated and rejected.sum() > MOST_OFF_SCALE * rated:
        raise DataError("off_scale", column=column, n=int(rejected.sum()), of=rated, scale=scale,
                        levels=listing(SCALES[scale]), samples=listing(cells[rejected].value_counts().index[:5]))  # fmt: skip


def _take_typed(opened: Opened, roles: list[Role], *, study: Study, engine: Engine, scale: str | None) -> Table:
    made = {role.ours: _expression(role, opened.kinds, study, engine, scale) for role in roles}
    source = f"({opened.sql}) t" if opened.sql.lstrip().upper().startswith("SELECT") else opened.sql
    read = int(engine.query(f"SELECT COUNT(*) AS n FROM {source}")["n"][0])
    if not read:
        raise DataError("table_empty", table=opened.name)
    aside, wheres = {}, []
    for role in roles:
        theirs = engine.quote(role.theirs)
        if role.kind == "rating":
            bad = f"{theirs} IS NOT NULL AND {made[role.ours]} IS NULL"
            codes = study.data.missing_codes(role.theirs)
            if codes:
                quoted = ", ".join(_literal(code) for code in codes)
                bad += f" AND CAST({theirs} AS VARCHAR) NOT IN ({quoted})"
            found = engine.query(f"SELECT {theirs} AS v, CAST(COUNT(*) AS BIGINT) AS n FROM {source} WHERE {bad} GROUP BY {theirs}")
            rated = int(engine.query(f"SELECT COUNT({theirs}) AS n FROM {source}")["n"][0])
            if found["n"].sum() > MOST_OFF_SCALE * rated:
                raise DataError("off_scale", column=role.theirs, n=int(found["n"].sum()), of=rated, scale=scale,
                                levels=listing(SCALES[scale]), samples=listing(found["v"][:5]))  # fmt: skip
            aside["off_scale"] = int(found["n"].sum())
            wheres.append(f"NOT ({bad})")
        elif role.ours == "at":
            aside["time_unreadable"] = int(engine.query(f"SELECT COUNT(*) AS n FROM {source} WHERE {theirs} IS NULL")["n"][0])
            wheres.append(f"{theirs} IS NOT NULL")
    fields = ", ".join(f"{sql} AS {engine.quote(ours)}" for ours, sql in made.items())
    where = f" WHERE {' AND '.join(wheres)}" if wheres else ""
    return Table(f"SELECT {fields} FROM {source}{where}", {role.ours: role for role in roles}, read,
                 {k: v for k, v in aside.items() if v}, opened.notes)  # fmt: skip


def _literal(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _expression(role: Role, kinds: Mapping[str, str], study: Study, engine: Engine, scale: str | None) -> str:
    name, kind = engine.quote(role.theirs), kinds[role.theirs]
    codes = study.data.missing_codes(role.theirs)
    if codes:
        listed = ", ".join(_literal(code) for code in codes)
        name = f"CASE WHEN CAST({name} AS VARCHAR) IN ({listed}) THEN NULL ELSE {name} END"
    if role.kind == "time":
        return f"CAST({name} AS TIMESTAMP)"
    if role.kind in ("number", "duration"):
        return f"CAST({name} AS FLOAT8)"
    if role.kind == "flag":
        if kind == "boolean":
            return f"CASE WHEN {name} THEN 1 WHEN NOT {name} THEN 0 END"
        said = f"LOWER(TRIM(CAST({name} AS VARCHAR)))"
        yes, no = (", ".join(_literal(word) for word in words) for words in (study.columns.yes, study.columns.no))
        return f"CASE WHEN {said} IN ({yes}) THEN 1 WHEN {said} IN ({no}) THEN 0 END"
    if role.kind == "rating":
        if kind == "text":
            pairs = {**casts.rating_labels(scale), **study.scale.labels, **{str(k): k for k in SCALES[scale]}}
            cases = " ".join(f"WHEN {_literal(label)} THEN {int(level)}" for label, level in pairs.items())
            return f"CASE TRIM({name}) {cases} END"
        return f"CASE WHEN {name} IN ({', '.join(map(str, SCALES[scale]))}) THEN CAST({name} AS INTEGER) END"
    return f"CAST({name} AS VARCHAR)"


def find_column(theirs: str, opened: Mapping[str, Opened], *, role: str) -> tuple[str, str]:
    """The table that holds one of the study's columns, and its name there; `table.column` names the table.

    Raises:
        ColumnError: No table has it; names the nearest column.
    """
    if "." in theirs and theirs.split(".", 1)[0] in opened:
        table, column = theirs.split(".", 1)
        if column in opened[table].columns:
            return table, column
    for table, source in opened.items():
        if theirs in source.columns:
            return table, theirs
    columns = [column for source in opened.values() for column in source.columns]
    near = suggestion(theirs, columns)
    raise ColumnError("column_unknown", column=theirs, role=role, near=near or "–", known=listing(columns, 20))
