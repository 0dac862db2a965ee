"""Typed tables to the facts: one row a contact or survey, with what its agent and customer bring."""

from __future__ import annotations

from dataclasses import dataclass

from ccsat.engine import NULL_LEVEL, Engine
from ccsat.errors import ColumnError, DataError, listing
from ccsat.intake.banding import band_sql
from ccsat.intake.tables import Table
from ccsat.schema import FLAG_FROM_TIME, JOIN_KEYS, TABLE_ORDER
from ccsat.study import Study

MOST_REPEATS = 0.5  # an id that repeats more is none
MOST_LOST = 0.5  # surveys without their contact
FEW_MATCHES = 0.95  # agents or customers found for fewer rows are worth a note


@dataclass(frozen=True)
class Joined:
    """The facts: SELECT text, its columns, the columns that name reasons, and what happened to the tables' rows."""

    sql: str
    columns: tuple[str, ...]
    reasons: tuple[str, ...]
    set_aside: dict[str, dict[str, int]]
    repeats: dict
    notes: tuple[tuple[str, dict], ...]


def join_tables(study: Study, engine: Engine, tables: dict[str, Table]) -> Joined:
    """One row a contact, or a survey where there are no contacts; every row of that table once.

    Raises:
        DataError: An id that is none, tables that do not belong together.
        ColumnError: A table without the id that joins it.
    """
    base, *others = [name for name in TABLE_ORDER if name in tables]
    aside = {name: dict(table.set_aside) for name, table in tables.items()}
    repeats: dict = {}
    sql = {name: _once(name, table, engine, aside[name], repeats, base) for name, table in tables.items()}
    fields = {ours: f"{base}.{engine.quote(ours)}" for ours in tables[base].roles}
    source, notes = f"({sql[base]}) {base}", []
    for name in others:
        key = JOIN_KEYS[name]
        mine = f"{name}.{engine.quote(key)}"
        for side, has in (
            (name, tables[name].roles),
            (" / ".join(t for t in tables if t in ("contacts", "surveys")), fields),
        ):
            if key not in has:
                raise ColumnError(
                    "join_key", table=side, key=key, joined=name, known=listing(r for r in has if "__" not in r)
                )
        if name == "surveys":
            sql[name] = _with_contact(sql[name], sql[base], key, engine, aside[name])
        source += f" LEFT JOIN ({sql[name]}) {name} ON {fields[key]} = {mine}"
        if name != "surveys":
            notes += _matches(name, key, fields[key], mine, source, engine)
        fields |= {ours: f"{name}.{engine.quote(ours)}" for ours in tables[name].roles if ours not in fields}
    number = f"{base}.source_row" if tables[base].numbered else "ROW_NUMBER() OVER ()"
    named = not tables[base].numbered and _every_row_named(engine, sql[base], fields, base)
    made = {"row_key": _row_key(fields, base, None if named else number), **_columns(study, engine, fields)}
    listed = ", ".join(f"{text} AS {engine.quote(ours)}" for ours, text in made.items())
    reasons = tuple(ours for ours in made if ours.startswith(("reason__", "filter__")))
    return Joined(
        f"SELECT {listed} FROM {source}",
        tuple(c for c in made if c not in reasons),
        reasons,
        aside,
        repeats,
        tuple(notes),
    )


def _key_of(name: str) -> str:
    """The id of a table's rows."""
    return "survey_id" if name == "surveys" else JOIN_KEYS[name]


def _once(name: str, table: Table, engine: Engine, aside: dict[str, int], repeated: dict, base: str) -> str:
    """The table with one row per id, and surveys with one per contact; repeats are counted as set aside."""
    own = next((key for key in (_key_of(name), "survey_id", "contact_id") if key in table.roles), None)
    keys = (
        {own: "duplicate"} if name == base or name != "surveys" else {own: "duplicate", "contact_id": "second_survey"}
    )
    sql = table.sql
    for key, why in keys.items():
        if key is None or key not in table.roles or (why == "second_survey" and own == "contact_id"):
            continue
        column = engine.quote(key)
        found = engine.query(f"SELECT COUNT({column}) AS n, COUNT(DISTINCT {column}) AS d FROM ({sql}) t").iloc[0]
        n = int(found["n"] - found["d"])
        if n > MOST_REPEATS * found["n"]:
            raise DataError(
                "id_repeats", column=table.roles[key].theirs, table=name, n=int(found["n"]), distinct=int(found["d"])
            )
        if not n:
            continue
        aside[why] = n
        if why == "duplicate" and name in ("contacts", "surveys") and (not repeated or "rating" in table.roles):
            levels = engine.marginals(sql, [()], outcome="rating")[()] if "rating" in table.roles else None
            repeated.update(column=table.roles[key].theirs, n=n,
                            levels=None if levels is None else dict(zip(levels["level"], levels["n"], strict=True)))  # fmt: skip
        names = [*table.roles, *(["source_row"] if table.numbered else [])]
        listed = ", ".join(map(engine.quote, names))
        order = ", ".join(engine.quote(c) for c in sorted(names) if c != key) or column
        sql = (f"SELECT {listed} FROM (SELECT t.*, ROW_NUMBER() OVER (PARTITION BY {column} ORDER BY {order}) AS copy_no "
               f"FROM ({sql}) t) u WHERE copy_no = 1 OR {column} IS NULL")  # fmt: skip
    return sql


def _with_contact(surveys: str, contacts: str, key: str, engine: Engine, aside: dict[str, int]) -> str:
    """Surveys whose contact is there; the others are counted as set aside."""
    column = engine.quote(key)
    known = f"SELECT DISTINCT c.{column} FROM ({contacts}) c WHERE c.{column} IS NOT NULL"
    found = engine.query(
        f"SELECT COUNT(*) AS n, COUNT(k.{column}) AS kept FROM ({surveys}) s LEFT JOIN ({known}) k ON k.{column} = s.{column}"
    ).iloc[0]
    lost = int(found["n"] - found["kept"])
    if lost > MOST_LOST * found["n"]:
        raise DataError("join_lost", table="surveys", other="contacts", key=key, n=lost, of=int(found["n"]))
    if not lost:
        return surveys
    aside["without_contact"] = lost
    return f"SELECT s.* FROM ({surveys}) s WHERE s.{column} IN ({known})"


def _matches(name: str, key: str, left: str, right: str, source: str, engine: Engine) -> list[tuple[str, dict]]:
    """A note where many rows find no agent or customer; none at all is refused."""
    found = engine.query(f"SELECT COUNT({left}) AS n, COUNT({right}) AS found FROM {source}").iloc[0]
    n, matched = int(found["n"]), int(found["found"])
    if n and not matched:
        raise DataError("join_lost", table="contacts", other=name, key=key, n=n, of=n)
    return (
        [("note.unmatched", {"table": name, "key": key, "n": n - matched, "of": n})]
        if matched < FEW_MATCHES * n
        else []
    )


def _columns(study: Study, engine: Engine, fields: dict[str, str]) -> dict[str, str]:
    """The facts' columns and their SQL."""
    made = {}
    comments = [sql for ours, sql in fields.items() if ours == "comment" or ours.startswith("comment__")]
    for ours, sql in fields.items():
        if ours in study.dimensions and (dim := study.dimension(ours)).bands is not None:
            made[ours] = band_sql(sql, dim.bands, dim.levels)
        elif ours in study.dimensions:
            made[ours] = f"COALESCE(NULLIF(TRIM({sql}), ''), '{NULL_LEVEL}')"
        elif ours == "comment" and len(comments) > 1:
            said = " || ".join(f"COALESCE(' / ' || {one}, '')" for one in comments)
            made[ours] = f"NULLIF(SUBSTRING({said}, 4), '')"
        elif not ours.startswith("comment__") and not ours.endswith(("__start", "__end")):
            made[ours] = sql
    for flag, time in FLAG_FROM_TIME.items():
        if flag not in made and time in fields:
            made[flag] = f"CASE WHEN {fields[time]} IS NULL THEN 0 ELSE 1 END"
    if {"pushed", "delivered"} & set(made) and "rating" in made:
        made["participated"] = f"CASE WHEN {fields['rating']} IS NULL THEN 0 ELSE 1 END"
    for name in study.metrics:
        if study.metric(name).start:
            seconds = engine.seconds(fields[name + "__end"], fields[name + "__start"])
            made[name] = f"CAST({seconds} AS FLOAT8) / 60.0"
            made[f"{name}__end"] = fields[f"{name}__end"]
            made[f"{name}__start"] = fields[f"{name}__start"]
    return made


def _every_row_named(engine: Engine, rows: str, fields: dict[str, str], base: str) -> bool:
    """Whether each row has its own id: no row needs its place then, which is the same only where rows keep their order."""
    key = _key(fields, base)
    if key is None or not key.startswith(f"{base}."):
        return False
    found = engine.query(f"SELECT COUNT(*) AS n, COUNT({key}) AS named FROM ({rows}) {base}").iloc[0]
    return int(found["n"]) == int(found["named"])


def _key(fields: dict[str, str], base: str) -> str | None:
    return next((fields[k] for k in (_key_of(base), "survey_id", "contact_id") if k in fields), None)


def _row_key(fields: dict[str, str], base: str, number: str | None) -> str:
    """The row's own id; a row without one is named by its place, where that is given."""
    key = _key(fields, base)
    if number is None:
        return key
    place = f"CAST({number} AS VARCHAR)"
    return f"COALESCE({key}, CONCAT('row ', {place}))" if key else place
