"""Any database with a Python DB-API connection and GROUPING SETS; proved on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

import pandas as pd

from ccsat.engine.portable import PortableEngine
from ccsat.engine.scan import POSTGRES, Dialect, Scan, is_select
from ccsat.errors import EngineError, listing, suggestion

# Kinds by type code: PostgreSQL's object identifiers.
POSTGRES_KINDS = {16: "boolean", 20: "integer", 21: "integer", 23: "integer", 700: "float", 701: "float", 1700: "float",
                  1082: "date", 1083: "clock", 1266: "clock", 1114: "time", 1184: "time"}  # fmt: skip
TABLES = ("SELECT table_schema, table_name FROM information_schema.tables"
          " WHERE table_schema NOT IN ('information_schema', 'pg_catalog') ORDER BY table_schema, table_name")  # fmt: skip


class DbApiEngine(PortableEngine):
    """Requests as SQL on a connection of the user's; only SELECT is ever sent.

    Give it a connection of its own: it ends every request with a rollback, so that no transaction stays open.
    Another database than PostgreSQL needs its `dialect` and `kinds` (type code of `cursor.description` -> kind),
    and counts as supported once the conformance suite has passed on it.

    Args:
        connection: A DB-API 2 connection.
        schema: Where tables named without a schema are.
    """

    def __init__(self, connection: object, *, dialect: Dialect = POSTGRES,
                 kinds: Mapping[object, str] = POSTGRES_KINDS, schema: str = "public"):  # fmt: skip
        self.macros = dialect
        self._connection = connection
        self._kinds = kinds
        self._schema = schema
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
        return [name if schema == self._schema else f"{schema}.{name}" for schema, name in self._ask(TABLES, _fetched)]

    def columns(self, source: str) -> dict[str, str]:
        if source not in self._columns:
            text = f"SELECT * FROM {Scan(self.macros, source, {}).relation()} LIMIT 0"
            try:
                found = self._ask(text, lambda cursor: [(column[0], column[1]) for column in cursor.description])
            except EngineError as reason:
                known = [] if is_select(source) else self._known_tables()
                if is_select(source) or source in known:
                    raise
                near = suggestion(source, known) or "–"
                raise EngineError("engine_table", table=source, known=listing(known) or "–", near=near) from reason
            self._columns[source] = {name: self._kinds.get(code, "text") for name, code in found}
        return dict(self._columns[source])

    def query(self, sql: str) -> pd.DataFrame:
        names, rows = self._ask(sql, lambda cursor: ([column[0] for column in cursor.description], cursor.fetchall()))
        columns = list(zip(*rows, strict=True)) or [()] * len(names)
        return pd.DataFrame({name: _column(values) for name, values in zip(names, columns, strict=True)})

    def _known_tables(self) -> list[str]:
        try:
            return self.tables()
        except EngineError:
            return []

    def _ask(self, sql: str, take: Callable):
        """What `take` finds in the cursor after a query; errors in ccsat's words."""
        try:
            cursor = self._connection.cursor()
            try:
                cursor.execute(sql)
                return take(cursor)
            finally:
                cursor.close()
                self._connection.rollback()
        except EngineError:
            raise
        except Exception as reason:  # every driver has its own classes
            if not type(reason).__module__.startswith(type(self._connection).__module__.split(".")[0]):
                raise
            shown = str(reason).strip().split("\n")[0]
            raise EngineError("engine_refused", dialect=self.dialect, reason=shown) from reason


def connect_postgres(address: str, *, time_zone: str = "UTC", timeout: int = 10) -> DbApiEngine:
    """An engine on a PostgreSQL server, its session read-only.

    Args:
        address: `postgresql://user@host:port/base` or `host=... dbname=...`; a password comes from PGPASSWORD,
            the password file or the address.
        time_zone: The clock to which times that carry a zone are read.
        timeout: Seconds to wait for the server.

    Raises:
        EngineError: The driver is not installed, or the server does not answer.
    """
    try:
        import psycopg
    except ImportError as reason:
        raise EngineError("engine_driver", database="PostgreSQL", package="psycopg", extra="postgres") from reason
    try:
        connection = psycopg.connect(address, autocommit=True, connect_timeout=timeout)
        for setting, value in {"default_transaction_read_only": "on", "TimeZone": time_zone, "DateStyle": "ISO, YMD",
                               "standard_conforming_strings": "on", "client_encoding": "UTF8"}.items():  # fmt: skip
            connection.execute("SELECT set_config(%s, %s, false)", (setting, value))
    except psycopg.Error as reason:
        shown = " ".join(str(reason).split())
        raise EngineError("engine_unreachable", address=_shown(address), reason=shown) from reason
    return DbApiEngine(connection)


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


def _column(values: tuple) -> pd.Series:
    """Values of one column, in a dtype that keeps whole numbers whole."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int}:
        return pd.Series(values, dtype="Int64" if None in values else "int64")
    if kinds and kinds <= {int, float, Decimal}:
        return pd.Series([None if value is None else float(value) for value in values], dtype="float64")
    return pd.Series(values, dtype="str" if kinds == {str} else "object")
