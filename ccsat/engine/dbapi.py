"""Any database with a Python DB-API connection and GROUPING SETS; proved on PostgreSQL."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from ccsat.engine.portable import PortableEngine
from ccsat.engine.scan import POSTGRES, Dialect, Scan, is_select
from ccsat.engine.values import column_of, packed
from ccsat.errors import EngineError, listing, suggestion

# Kinds by type code: PostgreSQL's object identifiers.
POSTGRES_KINDS = {16: "boolean", 20: "integer", 21: "integer", 23: "integer", 700: "float", 701: "float", 1700: "float",
                  1082: "date", 1083: "clock", 1266: "clock", 1114: "time", 1184: "time"}  # fmt: skip
TABLES = ("SELECT table_schema, table_name FROM information_schema.tables"
          " WHERE table_schema NOT IN ('information_schema', 'pg_catalog') ORDER BY table_schema, table_name")  # fmt: skip
BATCH = 20_000  # rows that stand in memory as Python values at once
KEPT_ROWS = 3_000_000  # facts of so many rows at most are kept
KEEPING = ("BEGIN READ WRITE", "CREATE TEMPORARY TABLE {name} AS {sql}", "ANALYZE {name}", "COMMIT")
_numbers = itertools.count(1)
STOPPED = "57014"  # SQLSTATE of a query that the server's time limit ended


class DbApiEngine(PortableEngine):
    """Requests as SQL on a connection of the user's; nothing but SELECT is ever sent, and what `keeping` says.

    Another database than PostgreSQL needs its `dialect` and `kinds`, and counts as supported once the conformance suite
    (`tests/engine/test_conformance.py`) has passed on it::

        connection = driver.connect(...)  # with the server's time limit for one statement, and read-only rights
        engine = DbApiEngine(connection, dialect=Dialect("mine", double="DOUBLE"), kinds={...})
        centre = read_centre("study.toml", engine=engine)

    whose study names its tables as `{database = "mine", table = "schema.table"}`, `mine` being the dialect's name. Give the engine a
    connection of its own: it ends every request with a rollback, so that no transaction stays open.

    Args:
        connection: A DB-API 2 connection.
        dialect: The few words that the portable text may not spell itself.
        kinds: Type code of `cursor.description` -> kind (see `Engine.columns`); a code that is not there is text.
        schema: Where tables named without a schema are.
        spell: The portable text -> the database's own, where quotes or types are written otherwise (`ccsat.engine.spelling.respell`).
        tables: What lists schema and name of the tables there are.
        keeping: Statements that make the temporary table {name} of the rows of {sql}, so that the joined facts are worked out once.
            Without them, or where the server refuses them, every request joins anew.
    """

    def __init__(self, connection: object, *, dialect: Dialect = POSTGRES, kinds: Mapping[object, str] = POSTGRES_KINDS,
                 schema: str = "public", spell: Callable[[str], str] = str, tables: str = TABLES,
                 keeping: Sequence[str] = ()):  # fmt: skip
        self.macros = dialect
        self._connection = connection
        self._kinds = kinds
        self._schema = schema
        self._spell = spell
        self._tables = tables
        self._keeping = tuple(keeping)
        self._columns: dict[str, dict[str, str]] = {}

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def __enter__(self) -> DbApiEngine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def tables(self) -> list[str]:
        """Names of the tables and views there are, with their schema unless it is the default one."""
        return [
            name if schema == self._schema else f"{schema}.{name}" for schema, name in self._ask(self._tables, _fetched)
        ]

    def columns(self, source: str) -> dict[str, str]:
        if source not in self._columns:
            text = f"SELECT * FROM {Scan(self.macros, source, {}).relation()} LIMIT 0"
            try:
                found = self._ask(
                    self._spell(text), lambda cursor: [(column[0], column[1]) for column in cursor.description]
                )
            except EngineError as reason:
                known = [] if is_select(source) else self._known_tables()
                if is_select(source) or source in known:
                    raise
                near = suggestion(source, known) or "–"
                raise EngineError("engine_table", table=source, known=listing(known) or "–", near=near) from reason
            self._columns[source] = {name: self._kinds.get(code, "text") for name, code in found}
        return dict(self._columns[source])

    def query(self, sql: str) -> pd.DataFrame:
        return self._ask(self._spell(sql), self._frame)

    def keep(self, name: str, sql: str) -> str:
        if not self._keeping:
            return sql
        table = self.quote(f"ccsat_{name}_{next(_numbers)}")
        few = f"SELECT * FROM ({sql}) t LIMIT {KEPT_ROWS + 1}"
        try:
            for statement in self._keeping:
                self._ask(self._spell(statement.format(name=table, sql=few)), lambda cursor: None, last=False)
            self._connection.commit()
        except EngineError:  # a standby, or a user who may make no table
            self._rollback()
            return sql
        kept = int(self.query(f"SELECT COUNT(*) AS n FROM {table}")["n"].iloc[0])
        return f"SELECT * FROM {table}" if kept <= KEPT_ROWS else sql

    def _frame(self, cursor) -> pd.DataFrame:
        """The answer of a cursor; the rows become columns batch by batch, so that it never stands in memory twice."""
        named = [(column[0], self._kinds.get(column[1], "text")) for column in cursor.description]
        parts: list[list[np.ndarray]] = [[] for _ in named]
        while rows := cursor.fetchmany(BATCH):
            for part, (_, kind), values in zip(parts, named, zip(*rows, strict=True), strict=True):
                part.append(packed(values, kind))
        columns = {}
        for place, (name, kind) in enumerate(named):
            columns[name], parts[place] = column_of(parts[place], kind), []
        return pd.DataFrame(columns, copy=False)

    def _known_tables(self) -> list[str]:
        try:
            return self.tables()
        except EngineError:
            return []

    def _ask(self, sql: str, take: Callable, *, last: bool = True):
        """What `take` finds in the cursor after a query, the last one of its transaction; errors in ccsat's words."""
        try:
            cursor = self._connection.cursor()
            try:
                cursor.execute(sql)
                return take(cursor)
            finally:
                cursor.close()
                if last:
                    self._rollback()
        except EngineError:
            raise
        except Exception as reason:  # every driver has its own classes
            if not type(reason).__module__.startswith(type(self._connection).__module__.split(".")[0]):
                raise
            if getattr(reason, "sqlstate", None) == STOPPED:
                raise EngineError("engine_time", dialect=self.dialect) from reason
            shown = str(reason).strip().split("\n")[0]
            raise EngineError("engine_refused", dialect=self.dialect, reason=shown) from reason

    def _rollback(self) -> None:
        with contextlib.suppress(Exception):  # drivers without transactions refuse it
            self._connection.rollback()


def connect_postgres(
    address: str, *, time_zone: str = "UTC", timeout: int = 10, seconds: float | None = None, keep: bool = True
) -> DbApiEngine:
    """An engine on a PostgreSQL server, its session read-only.

    Args:
        address: `postgresql://user@host:port/base` or `host=... dbname=...`; a password comes from PGPASSWORD,
            the password file or the address.
        time_zone: The clock to which times that carry a zone are read.
        timeout: Seconds to wait for the server.
        keep: Whether the joined facts may become a temporary table of the session, which only it sees and which ends with it.
        seconds: After these the server stops a statement; default: the limit that the server has for the user.

    Raises:
        EngineError: The driver is not installed, or the server does not answer.
    """
    try:
        import psycopg
    except ImportError as reason:
        raise EngineError("engine_driver", database="PostgreSQL", package="psycopg", extra="postgres") from reason
    try:
        connection = psycopg.connect(address, autocommit=True, connect_timeout=timeout)
        settings = {"default_transaction_read_only": "on", "TimeZone": time_zone, "DateStyle": "ISO, YMD",
                    "standard_conforming_strings": "on", "client_encoding": "UTF8"}  # fmt: skip
        if seconds is not None:
            settings["statement_timeout"] = f"{max(1, round(1000 * seconds))}ms"
        for setting, value in settings.items():
            connection.execute("SELECT set_config(%s, %s, false)", (setting, value))
    except psycopg.Error as reason:
        shown = " ".join(str(reason).split())
        raise EngineError("engine_unreachable", address=_shown(address), reason=shown) from reason
    return DbApiEngine(connection, keeping=KEEPING if keep else ())


def _shown(address: str) -> str:
    """An address without its password."""
    from psycopg import ProgrammingError, conninfo

    try:
        parts = conninfo.conninfo_to_dict(address)
    except ProgrammingError:
        return "–"
    place = ":".join(str(parts[name]) for name in ("host", "port") if parts.get(name))
    return "/".join(part for part in (place, str(parts.get("dbname", ""))) if part) or "–"


def _fetched(cursor) -> list[tuple]:
    return cursor.fetchall()
