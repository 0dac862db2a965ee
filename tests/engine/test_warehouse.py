"""Another warehouse than PostgreSQL through its DB-API connection; what is kept, how answers arrive, and the server's time limit."""

import importlib.util
import tracemalloc
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from ccsat.centre import read_centre
from ccsat.engine import DbApiEngine, connect_postgres
from ccsat.engine.dbapi import BATCH
from ccsat.engine.scan import Dialect
from ccsat.errors import EngineError
from ccsat.study import Study

KINDS = {
    "INTEGER": "integer",
    "BIGINT": "integer",
    "DOUBLE": "float",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIME": "clock",
    "TIMESTAMP": "time",
}
TABLES = "SELECT schema_name, table_name FROM duckdb_tables() UNION ALL SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal"


def load(name):
    spec = importlib.util.spec_from_file_location(f"engine_{name}", Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


server, hostile = load("server"), load("hostile")


class Coded(dict):
    """Kinds by the type's name, whatever object a driver's type code is."""

    def get(self, code, default=None):
        return super().get(str(code), default)


@pytest.fixture
def connection():
    """DuckDB by its DB-API connection stands for a warehouse that ccsat knows nothing of."""
    with duckdb.connect() as connection:
        yield connection


@pytest.fixture
def warehouse(connection):
    return DbApiEngine(connection, dialect=Dialect("mine"), kinds=Coded(KINDS), schema="main", tables=TABLES)


def surveys():
    at = pd.date_range("2024-05-01", periods=400, freq="3h").astype("datetime64[us]")
    return pd.DataFrame({"survey_id": [f"s{i}" for i in range(400)], "at": at, "rating": [1 + i % 5 for i in range(400)],
                         "channel": [("phone", "it's chat", None)[i % 3] for i in range(400)]})  # fmt: skip


def test_a_study_is_read_through_any_connection(warehouse, connection):
    connection.register("frame", surveys())
    connection.execute("CREATE TABLE surveys AS SELECT * FROM frame")
    study = Study.model_validate({"data": {"surveys": {"database": "mine", "table": "surveys"}}, "scale": {"rating": "five"},
                                  "dimensions": {"channel": "channel"}})  # fmt: skip
    centre = read_centre(study, engine=warehouse)
    assert centre.days == (date(2024, 5, 1), date(2024, 6, 19)) and centre.intake.kept == 400
    assert centre.engine.crosstab(centre.facts, ["channel"])["n"].tolist() == [133, 134, 133]
    with pytest.raises(EngineError, match="It has: 'surveys'.\n.*near name: surveys"):
        warehouse.columns("survey")


def test_values_keep_their_kind_whatever_the_driver_gives(warehouse):
    rows = warehouse.query("SELECT 7 AS n, CAST(NULL AS INTEGER) AS none, CAST(1.5 AS DECIMAL(9, 2)) AS paid, TIMESTAMP '2024-05-01 08:00:00' AS at,"
                           " CAST(NULL AS TIMESTAMP) AS never, DATE '2024-05-01' AS day, true AS yes, '中' AS word, CAST(NULL AS VARCHAR) AS silent,"
                           " TIME '10:30:00' AS clock")  # fmt: skip
    kinds = {"n": "int64", "none": "Int64", "paid": "float64", "at": "datetime64[us]", "never": "datetime64[us]", "day": "datetime64[us]", "yes": "bool",
             "word": "str", "silent": "str", "clock": "object"}  # fmt: skip
    assert {name: str(kind) for name, kind in rows.dtypes.items()} == kinds
    assert rows["at"][0] == pd.Timestamp("2024-05-01 08:00:00") and rows["clock"][0] == time(10, 30)
    empty = warehouse.query("SELECT 7 AS n, TIMESTAMP '2024-05-01 08:00:00' AS at, '中' AS word WHERE 1 = 0")
    assert {name: str(kind) for name, kind in empty.dtypes.items()} == {
        "n": "int64",
        "at": "datetime64[us]",
        "word": "str",
    }


class Pretended:
    """A connection whose answer has many rows: an id, a number that is missing now and then, a time and a decimal."""

    __module__ = "pretended"
    description = [("id", "INTEGER"), ("x", "DOUBLE"), ("at", "TIMESTAMP"), ("paid", "DECIMAL")]

    def __init__(self, rows):
        self.left, self.asked = rows, []

    def cursor(self):
        return self

    def execute(self, sql):
        pass

    def fetchmany(self, size):
        self.asked.append(size)
        n = min(size, self.left)
        self.left -= n
        first = self.left
        return [
            (first + i, None if i % 7 == 0 else i / 2, datetime(2024, 5, 1) if i % 5 else None, Decimal("1.25"))
            for i in range(n)
        ]

    def close(self):
        pass

    rollback = close


def test_an_answer_never_stands_in_memory_as_rows():
    rows = 20 * BATCH
    connection = Pretended(rows)
    engine = DbApiEngine(connection, dialect=Dialect("mine"), kinds=Coded(KINDS))
    tracemalloc.start()
    try:
        found = engine.query("SELECT 1")
        own, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(found) == rows and set(connection.asked) == {BATCH}
    assert str(found["id"].dtype) == "int64" and found["paid"].sum() == 1.25 * rows
    assert found["x"].isna().sum() == 20 * len(range(0, BATCH, 7)) and found["at"].isna().sum() == rows // 5
    assert peak < 3 * found.memory_usage(index=False).sum()  # as rows of Python values they are 10 times as large


def test_kinds_that_differ_between_batches_become_one():
    class Mixed(Pretended):
        parts = [
            [(1, 1.0, None, Decimal(1))],
            [(None, 2.0, datetime(2024, 1, 1), None)],
            [(3, None, None, Decimal("0.5"))],
        ]

        def fetchmany(self, size):
            return self.parts.pop(0) if self.parts else []

    found = DbApiEngine(Mixed(3), kinds=Coded(KINDS)).query("SELECT 1")
    assert [str(kind) for kind in found.dtypes] == ["Int64", "float64", "datetime64[us]", "float64"]
    assert found["id"].isna().tolist() == [False, True, False] and np.allclose(
        found["paid"], [1, np.nan, 0.5], equal_nan=True
    )


def test_facts_are_kept_where_the_connection_allows_it(connection):
    keeping = ("CREATE TABLE {name} AS {sql}",)  # a temporary one is the cursor's own in DuckDB
    engine = DbApiEngine(
        connection, dialect=Dialect("mine"), kinds=Coded(KINDS), schema="main", tables=TABLES, keeping=keeping
    )
    connection.execute("CREATE TABLE t AS SELECT 1 AS x")
    text = engine.keep("facts", "SELECT x + 1 AS x FROM t")
    connection.execute("UPDATE t SET x = 41")
    assert engine.query(text)["x"].tolist() == [2]
    refused = DbApiEngine(connection, dialect=Dialect("mine"), kinds=Coded(KINDS), keeping=("CREATE NO {name} {sql}",))
    assert refused.keep("facts", "SELECT x + 1 AS x FROM t") == "SELECT x + 1 AS x FROM t"


def test_a_database_of_other_quotes_is_spelled_for(connection):
    seen = []

    def spell(sql):
        seen.append(sql)
        return sql.replace("FLOAT8", "DOUBLE")

    engine = DbApiEngine(connection, dialect=Dialect("mine"), kinds=Coded(KINDS), spell=spell)
    assert engine.query("SELECT CAST(1 AS FLOAT8) AS x")["x"][0] == 1.0 and seen == ["SELECT CAST(1 AS FLOAT8) AS x"]


# PostgreSQL


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with server.postgres(tmp_path_factory) as address:
        server.load(address, "numbers", pd.DataFrame({"x": range(1000)}), {"x": "INTEGER"})
        yield address


@pytest.mark.slow
def test_the_server_stops_what_takes_too_long(address):
    with connect_postgres(address, seconds=0.5) as engine:
        with pytest.raises(EngineError, match=r"stopped a query at its time limit.*\n.*statement_timeout"):
            engine.query("SELECT SUM(a.x) AS s FROM numbers a, numbers b, numbers c, numbers d")
        assert engine.query("SELECT COUNT(*) AS n FROM numbers")["n"][0] == 1000


@pytest.mark.slow
def test_postgres_keeps_facts_for_the_session_only_and_still_only_reads(address):
    with connect_postgres(address) as engine, connect_postgres(address, keep=False) as other:
        text = engine.keep("facts", "SELECT x + 1 AS x FROM numbers WHERE x < 3")
        assert text != "SELECT x + 1 AS x FROM numbers WHERE x < 3" and sorted(engine.query(text)["x"]) == [1, 2, 3]
        assert engine.keep("facts", "SELECT x FROM numbers") != text
        with pytest.raises(EngineError, match="does not exist"):
            other.query(text)
        assert other.keep("facts", "SELECT x FROM numbers") == "SELECT x FROM numbers"
        with pytest.raises(EngineError, match="read-only"):
            engine.query("CREATE TEMPORARY TABLE mine AS SELECT 1")
        with pytest.raises(EngineError, match="read-only"):
            engine.query("DELETE FROM numbers")


@pytest.mark.slow
def test_a_user_who_may_make_no_table_reads_all_the_same(address):
    import psycopg

    with psycopg.connect(address, autocommit=True) as owner:
        owner.execute("CREATE ROLE reader LOGIN")
        owner.execute("GRANT SELECT ON numbers TO reader")
        owner.execute("REVOKE TEMPORARY ON DATABASE postgres FROM PUBLIC")
    with connect_postgres(address.replace("user=postgres", "user=reader")) as engine:
        assert engine.keep("facts", "SELECT x FROM numbers") == "SELECT x FROM numbers"
        assert engine.query("SELECT COUNT(*) AS n FROM numbers")["n"][0] == 1000
