"""Files and tables to a Centre: one fact a contact or survey, checked, with the intake account."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

import pandas as pd

from ccsat import intake as intake_of
from ccsat import reasons as reasons_of
from ccsat import registers
from ccsat.calibers import SCALES
from ccsat.engine import NULL_LEVEL, DuckEngine, Engine
from ccsat.errors import DataError, listing
from ccsat.intake import Intake, Opened, Role, Table, find_column
from ccsat.schema import COLUMNS, FLAG_FROM_TIME, JOIN_KEYS, TABLE_ORDER
from ccsat.study import Study, check_study, read_study

MOST_LEVELS = 10_000
MATERIALISE = 3_000_000  # facts up to this many rows are joined once and kept


@dataclass(frozen=True, eq=False)
class Centre:
    """A contact centre's data, ready for questions.

    Attributes:
        facts: SELECT text; one row a contact (a survey where there are no contacts). Columns: `row_key`, our columns
            that the data have (see `schema.COLUMNS`), every dimension as text under its own name, every metric.
        columns: The facts' columns.
        scale: The rating's scale, a key of `calibers.SCALES`.
        reasons: Named reasons, one row each: `row_key, reason, rank`; None where the data have none.
        changes, actions, targets, library: Small registers; empty where the study has none.
    """

    study: Study
    engine: Engine
    facts: str
    columns: tuple[str, ...]
    scale: str
    intake: Intake
    repeats: dict = field(default_factory=dict)  # rows whose id stood already: column, n, levels with them
    reasons: pd.DataFrame | None = None
    changes: pd.DataFrame = field(default_factory=pd.DataFrame)
    actions: pd.DataFrame = field(default_factory=pd.DataFrame)
    targets: pd.DataFrame = field(default_factory=pd.DataFrame)
    library: pd.DataFrame = field(default_factory=pd.DataFrame)
    memory: dict = field(default_factory=dict, repr=False)  # answers that several stages need, by question

    @property
    def dims(self) -> tuple[str, ...]:
        """Names of the dimensions, in the study's order."""
        return tuple(self.study.dimensions)

    @property
    def metrics(self) -> tuple[str, ...]:
        return tuple(self.study.metrics)

    def levels(self, dim: str) -> list[str] | None:
        """An ordered dimension's levels, lowest first; None for a nominal one."""
        return self.study.dimension(dim).levels

    @cached_property
    def days(self) -> tuple[date, date] | None:
        """First and last day of the rated facts; None where there is no time."""
        if "at" not in self.columns:
            return None
        rated = "WHERE rating IS NOT NULL" if "rating" in self.columns else ""
        at = self.engine.quote("at")
        row = self.engine.query(f"SELECT MIN({at}) AS first_at, MAX({at}) AS last_at FROM ({self.facts}) f {rated}").iloc[0]
        return None if pd.isna(row["first_at"]) else (pd.Timestamp(row["first_at"]).date(), pd.Timestamp(row["last_at"]).date())

    @cached_property
    def surveys(self) -> pd.DataFrame:
        """The rated facts as rows (a reproducible sample above 200,000), scales as dtypes: levels are ordered categories."""
        rows = self.engine.sample(self.facts, [c for c in self.columns if c != "row_key"], key="row_key")
        rows = rows[rows["rating"].notna()].reset_index(drop=True)
        rows["rating"] = pd.Categorical(rows["rating"].astype(int), categories=SCALES[self.scale], ordered=True)
        for dim in self.dims:
            rows[dim] = pd.Categorical(rows[dim], categories=self.levels(dim), ordered=self.levels(dim) is not None)
        return rows

    def __repr__(self) -> str:
        return f"Centre {self.study.name}: {self.intake.sentence()}"


def read_centre(source: str | Path | Study, *, settings: dict[str, object] | None = None,
                engine: Engine | None = None) -> Centre:
    """What data are there, and what was set aside?

    Args:
        source: A study file, a folder with a `study.toml`, or a checked study.
        settings: Dotted keys that replace the study's, as for `read_study`.
        engine: Where to compute; by default DuckDB here, or the database that the study names.

    Raises:
        StudyError, DataError, ColumnError: See their messages; nothing is guessed.
    """
    if not isinstance(source, Study):
        path = Path(source)
        source = read_study(path / "study.toml" if path.is_dir() else path, settings)
    elif settings:
        source = check_study({**source.model_dump(exclude={"folder"}, exclude_none=True), **settings}, folder=source.folder)
    engine = engine or intake_of.choose_engine(source)
    opened = {name: intake_of.open_source(name, entry, study=source, engine=engine)
              for name, entry in _in_order(source.data.tables()).items() if name in TABLE_ORDER}  # fmt: skip
    roles = _roles(source, opened)
    scale = _scale(source, roles)
    tables = {name: intake_of.take(opened[name], roles[name], study=source, engine=engine, scale=scale) for name in opened}
    return _build(source, engine, opened, tables, scale)


def _in_order(tables: dict) -> dict:
    return {name: tables[name] for name in sorted(tables, key=lambda n: (TABLE_ORDER + tuple(tables)).index(n))}


def _roles(study: Study, opened: dict[str, Opened]) -> dict[str, list[Role]]:
    """Each table's columns and their parts: those the study names, and those that have our names already."""
    roles: dict[str, dict[str, Role]] = {name: {} for name in opened}

    def give(ours: str, theirs: str, kind: str) -> None:
        table, column = find_column(theirs, opened, role=ours)
        roles[table][ours] = Role(ours, column, kind)

    named = {name: getattr(study.columns, name) for name in COLUMNS if getattr(study.columns, name, None)}
    for ours, theirs in named.items():
        give(ours, theirs if isinstance(theirs, str) else theirs[0], COLUMNS[ours])
    for table, source in opened.items():
        for column in set(source.columns) & set(COLUMNS) - set(named):
            shared = {"contact_id", "agent_id", "customer_id"}
            if column in shared or all(column not in roles[other] for other in roles):
                roles[table][column] = Role(column, column, COLUMNS[column])
        for column in set(source.columns) & set(FLAG_FROM_TIME.values()):
            roles[table].setdefault(column, Role(column, column, "time"))
    taken = {role for table in roles.values() for role in table}
    if "at" not in taken:
        first = next((name for name in ("started_at", "answered_at") if name in taken), None)
        for table in roles.values():
            if first in table:
                table["at"] = Role("at", table[first].theirs, "time")
    for name in study.dimensions:
        give(name, study.dimension(name).column, "text")
    for name in study.metrics:
        metric = study.metric(name)
        if metric.column:
            give(name, metric.column, metric.kind)
        else:
            give(f"{name}__start", metric.start, "time")
            give(f"{name}__end", metric.end, "time")
    for i, column in enumerate(study.columns.sub_ratings, 1):
        give(f"sub_{i}", column, "number")
    return {name: list(table.values()) for name, table in roles.items()}


def _scale(study: Study, roles: dict[str, list[Role]]) -> str:
    columns = [role for table in roles.values() for role in table]
    if not any(role.ours == "rating" for role in columns):
        raise DataError("no_rating", known=listing(role.theirs for role in columns))
    if study.scale.rating is None:
        raise DataError("no_scale", known=listing(s for s in SCALES if s != "flag"))
    return study.scale.rating


def _build(study: Study, engine: Engine, opened: dict[str, Opened], tables: dict[str, Table], scale: str) -> Centre:
    base, *others = tables
    aside = {name: dict(table.set_aside) for name, table in tables.items()}
    repeats: dict = {}
    sql = {name: _once(name, table, engine, aside[name], repeats, base) for name, table in tables.items()}
    joins, fields, seen = [], {}, set()
    for name in tables:
        for ours in tables[name].roles:
            if ours not in seen:
                seen.add(ours)
                fields[ours] = f"{name}.{engine.quote(ours)}"
    for name in others:
        key = JOIN_KEYS[name] if name != "surveys" else "contact_id"
        joins.append(f"LEFT JOIN ({sql[name]}) {name} ON {fields[key]} = {name}.{engine.quote(key)}")
    if opened[base].frame is not None:
        fields["source_row"] = f"{base}.source_row"
    facts, columns = _facts(study, engine, fields, f"FROM ({sql[base]}) {base} {' '.join(joins)}", base)
    rows = int(engine.query(f"SELECT COUNT(*) AS n FROM ({facts}) f")["n"][0])
    if isinstance(engine, DuckEngine) and rows <= MATERIALISE:
        engine.register("facts", engine.query(facts))
        facts = "SELECT * FROM facts"
    account = [(name, why, n) for name, table in tables.items()
               for why, n in [*aside[name].items(), ("kept", table.read - sum(aside[name].values()))]]  # fmt: skip
    intake = Intake(table=pd.DataFrame(account, columns=["table", "why", "n"]),
                    notes=tuple(note for table in tables.values() for note in table.notes))  # fmt: skip
    centre = Centre(study=study, engine=engine, facts=facts, columns=columns, scale=scale, intake=intake,
                    repeats=repeats, reasons=reasons_of.read_reasons(study, engine, opened, facts, columns), **registers.read(study))  # fmt: skip
    _refuse(centre)
    return centre


def _once(name: str, table: Table, engine: Engine, aside: dict[str, int], repeated: dict, base: str) -> str:
    """The table with one row per key; repeats are counted as set aside."""
    if name not in ("surveys", "contacts", base):
        return table.sql
    sql = table.sql
    for key in ("survey_id", "contact_id") if name == "surveys" else ("contact_id", "survey_id"):
        if key not in table.roles:
            continue
        column = engine.quote(key)
        found = engine.query(f"SELECT COUNT({column}) AS n, COUNT(DISTINCT {column}) AS d FROM ({sql}) t").iloc[0]
        repeats = int(found["n"] - found["d"])
        if repeats > 0.5 * found["n"]:
            raise DataError("id_repeats", column=table.roles[key].theirs, n=int(found["n"]), distinct=int(found["d"]))
        if repeats:
            aside["duplicate" if key == table_key(name) else "second_survey"] = repeats
            if key == table_key(name):
                levels = engine.marginals(sql, [()], outcome="rating")[()] if "rating" in table.roles else None
                repeated.update(column=table.roles[key].theirs, n=repeats,
                                levels=None if levels is None else dict(zip(levels["level"], levels["n"], strict=True)))  # fmt: skip
            order = ", ".join(engine.quote(c) for c in sorted(table.roles) if c != key)
            listed = ", ".join(engine.quote(c) for c in [*table.roles, *(["source_row"] if "in_" in table.sql else [])])
            sql = (f"SELECT {listed} FROM (SELECT t.*, ROW_NUMBER() OVER (PARTITION BY {column} ORDER BY {order}) AS copy_no "
                   f"FROM ({sql}) t) u WHERE copy_no = 1 OR {column} IS NULL")  # fmt: skip
    return sql


def table_key(name: str) -> str:
    """The id of a table's rows."""
    return "survey_id" if name == "surveys" else "contact_id"


def _facts(study: Study, engine: Engine, fields: dict[str, str], source: str, base: str) -> tuple[str, tuple[str, ...]]:
    made = {}
    key = next((fields[k] for k in ((table_key(base), "survey_id", "contact_id")) if k in fields), None)
    number = f"CAST({fields.get('source_row', 'ROW_NUMBER() OVER ()')} AS VARCHAR)"
    made["row_key"] = f"COALESCE({key}, {number})" if key else number
    for ours, sql in fields.items():
        if ours in study.dimensions:
            made[ours] = f"COALESCE(NULLIF(TRIM({sql}), ''), '{NULL_LEVEL}')"
        elif not ours.endswith(("__start", "__end")) and ours not in FLAG_FROM_TIME.values():
            made[ours] = sql
    for flag, time in FLAG_FROM_TIME.items():
        if flag not in made and time in fields:
            made[flag] = f"CASE WHEN {fields[time]} IS NULL THEN 0 ELSE 1 END"
    if {"pushed", "delivered"} & set(made) and "rating" in made:
        made["participated"] = f"CASE WHEN {fields['rating']} IS NULL THEN 0 ELSE 1 END"
    for name in study.metrics:
        if study.metric(name).start:
            seconds = f"EXTRACT(EPOCH FROM ({fields[name + '__end']} - {fields[name + '__start']}))"
            made[name] = f"CAST({seconds} AS FLOAT8) / 60.0"
            made[f"{name}__end"] = fields[f"{name}__end"]
            made[f"{name}__start"] = fields[f"{name}__start"]
    listed = ", ".join(f"{sql} AS {engine.quote(ours)}" for ours, sql in made.items())
    return f"SELECT {listed} {source}", tuple(made)


def _refuse(centre: Centre) -> None:
    """What no question can be asked of: no rated row, or all ratings equal, or a dimension of too many levels."""
    levels = centre.engine.crosstab(centre.facts, ["rating"])
    rated = levels[levels["rating"].notna()]
    column = centre.study.columns.rating or "rating"
    if rated.empty:
        raise DataError("no_rated_rows", column=column, rows=centre.intake.kept)
    if len(rated) == 1:
        raise DataError("ratings_equal", column=column, value=int(rated["rating"].iloc[0]), n=int(rated["n"].iloc[0]))
    profile = centre.engine.profile(centre.facts, list(centre.dims)) if centre.dims else pd.DataFrame()
    for row in profile.itertuples():
        if row.distinct > MOST_LEVELS:
            raise DataError("too_many_levels", dim=row.column, levels=int(row.distinct), most=MOST_LEVELS)
