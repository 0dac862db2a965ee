"""Where a study's tables are: files as text, Parquet and database tables in the engine; and whose column is whose."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from ccsat import sources
from ccsat.engine import DuckEngine, Engine
from ccsat.errors import ColumnError, DataError, EngineError, StudyError, listing, suggestion
from ccsat.schema import TABLE_ORDER
from ccsat.study import Database, Source, Study


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
    """The engine that the study names; else DuckDB here, or the database server that holds every table that is asked.

    Raises:
        StudyError: Tables on a server and elsewhere, or on two servers.
        EngineError: The server does not answer, or its driver is not installed.
    """
    if study.data.engine == "spark":
        from ccsat.engine.spark import connect_spark

        settings = {name: _address(value) if isinstance(value, str) else value for name, value in study.spark.settings.items()}
        return connect_spark(study.spark.master, settings)
    asked = [source for name, source in study.data.tables().items() if name in (*TABLE_ORDER, "survey_reasons")]
    places = [_address(source.database) if isinstance(source, Database) else None for source in asked]
    servers = {place for place in places if place and _is_server(place)}
    if not servers and study.data.engine == "clickhouse":
        from ccsat.engine.clickhouse import ClickHouseEngine

        return ClickHouseEngine(memory_limit=study.limits.memory)
    if not servers:
        return DuckEngine(memory_limit=study.limits.memory, counters=study.limits.counters)
    if len(set(places)) > 1 or study.data.engine == "duckdb":
        raise StudyError("databases_mixed")
    address = servers.pop()
    if address.startswith("clickhouse"):
        from ccsat.engine.clickhouse_server import ClickHouseServer

        return ClickHouseServer(address, seconds=study.limits.seconds)
    from ccsat.engine.dbapi import connect_postgres

    return connect_postgres(address, seconds=study.limits.seconds)


def _address(name: str) -> str:
    if not name.startswith("env:"):
        return name
    if not os.environ.get(name[4:]):
        raise StudyError("environment_missing", name=name[4:])
    return os.environ[name[4:]]


def _is_server(address: str) -> bool:
    """Whether an address is a server's: ClickHouse's, or PostgreSQL's (a URL, or `host=... dbname=...`); not a file."""
    return re.match(r"clickhouses?://|postgres(ql)?://|\s*\w+\s*=", address) is not None


def open_source(name: str, source: Source, *, study: Study, engine: Engine) -> Opened:
    """Find a source and read its columns.

    Raises:
        DataError, EngineError: It is not there or cannot be read. StudyError: A file, for an engine on a server.
    """
    if isinstance(source, Database):
        return _open_table(name, source, study, engine)
    if not engine.takes_frames and name in (*TABLE_ORDER, "survey_reasons"):
        raise StudyError("databases_mixed")
    paths = [source] if sources.is_remote(source) else sources.parquet_paths(source, study.folder)
    if not paths:
        found = sources.read_text_table(source, study.folder, study.data)
        return Opened(name, tuple(found.frame.columns), frame=found.frame, set_aside=found.set_aside, notes=found.notes)
    if not sources.is_remote(source):
        _check_parquet(paths)
    elif engine.dialect != "spark":
        raise StudyError("remote_file", table=name, path=source)
    sql = engine.source_of_parquet(paths)
    kinds = engine.columns(sql)
    return Opened(name, tuple(kinds), sql=sql, kinds=kinds)


def _open_table(name: str, source: Database, study: Study, engine: Engine) -> Opened:
    address = _address(source.database)
    held = address.casefold() == engine.dialect  # a table of the engine's own catalogue
    server = _is_server(address)
    fits = not server if isinstance(engine, DuckEngine) else server and not engine.takes_frames
    if not held and not fits:
        raise StudyError("databases_mixed")
    table = source.table
    if isinstance(engine, DuckEngine):
        path, _ = sources.find_sources(address, study.folder)
        base = "base_" + hashlib.sha256(str(path[0].resolve()).encode()).hexdigest()[:8]
        if not any(known.startswith(base + ".") for known in engine.tables()):
            engine.attach(path[0], name=base)
        tables = [known.removeprefix(base + ".") for known in engine.tables() if known.startswith(base + ".")]
        if table.removeprefix("main.") not in tables:
            raise EngineError(
                "engine_table", table=table, known=listing(tables) or "–", near=suggestion(table, tables) or "–"
            )
        table = f"{base}.{table}"
    else:
        engine.columns(table)  # an unknown table is named with those there are
    sql = f"SELECT * FROM {'.'.join(engine.quote(part) for part in table.split('.'))}"
    kinds = engine.columns(sql)
    return Opened(name, tuple(kinds), sql=sql, kinds=kinds)


def _check_parquet(paths: list[Path]) -> None:
    """Every file is whole, and has the columns of the first."""
    import pyarrow
    import pyarrow.parquet

    first: list[str] = []
    for path in paths:
        if path.stat().st_size == 0:
            raise DataError("file_empty", file=path.name)
        try:
            names = pyarrow.parquet.read_schema(path).names
        except (pyarrow.ArrowException, OSError) as error:
            raise DataError(
                "parquet_corrupt", file=path.name, reason=str(error).splitlines()[0][:120].rstrip(". ")
            ) from None
        first = first or names
        if set(names) != set(first):
            raise DataError("columns_differ", file=path.name, first=paths[0].name, extra=listing(set(names) - set(first)) or "–",
                            lacking=listing(set(first) - set(names)) or "–")  # fmt: skip


def find_column(theirs: str, opened: Mapping[str, Opened], *, role: str) -> tuple[str, str]:
    """The table that holds one of the study's columns, and its name there; `table.column` names the table.

    Raises:
        ColumnError: No table has it; names the nearest column.
    """
    for table, source in opened.items():
        if theirs in source.columns:
            return table, theirs
    table, dot, column = theirs.partition(".")
    if dot and table in opened and column in opened[table].columns:
        return table, column
    columns = [column for source in opened.values() for column in source.columns]
    near = suggestion(theirs, columns) or suggestion(theirs.casefold(), columns)
    raise ColumnError(
        "column_unknown", column=theirs, role=role, near=near or "–", known=listing(dict.fromkeys(columns), 20)
    )
