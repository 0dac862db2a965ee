"""Every engine there is, each with the same rows: what the conformance tests ask them."""

import contextlib
import importlib.util
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ccsat.engine import DuckEngine
from ccsat.engine.portable import PortableEngine

spec = importlib.util.spec_from_file_location("engine_server", Path(__file__).with_name("server.py"))
server = importlib.util.module_from_spec(spec)
spec.loader.exec_module(server)

ENGINES = ["duckdb", "portable texts", "parquet", *(pytest.param(name, marks=pytest.mark.slow) for name in (
    "postgres", "clickhouse", "clickhouse files", "spark", "spark files"))]  # fmt: skip
TYPES = {"text": "TEXT", "time": "TIMESTAMP", "integer": "INTEGER", "boolean": "BOOLEAN", "float": "DOUBLE PRECISION", "date": "DATE",
         "clock": "TIME"}  # fmt: skip
TABLE, EMPTY = "Hostile", "nothing"


class PlainDuck(DuckEngine):
    """DuckDB with the portable texts only."""

    marginals = PortableEngine.marginals
    leaves = PortableEngine.leaves
    _issue = PortableEngine._issue


@contextlib.contextmanager
def opened(name, tmp_path_factory, frame, kinds):
    """An engine, the source with the rows of the frame, and one of the same columns without a row.

    Args:
        kinds: Column -> kind, as an engine says it.
    """
    maker = {"duckdb": duckdb, "portable texts": portable_texts, "parquet": parquet, "postgres": postgres, "clickhouse": clickhouse,
             "clickhouse files": clickhouse_files, "spark": spark, "spark files": spark_files}[name]  # fmt: skip
    with maker(tmp_path_factory, frame, kinds) as found:
        yield found


def arrow(frame):
    return pa.Table.from_pandas(frame, preserve_index=False)


def registered(engine, frame):
    return engine, engine.register(TABLE, frame), engine.register(EMPTY, arrow(frame).slice(0, 0))


@contextlib.contextmanager
def duckdb(_, frame, kinds):
    with DuckEngine() as engine:
        yield registered(engine, frame)


@contextlib.contextmanager
def portable_texts(_, frame, kinds):
    with PlainDuck() as engine:
        yield registered(engine, frame)


def files(engine, tmp_path_factory, frame):
    """The rows in three files whose names are hostile, too."""
    folder = tmp_path_factory.mktemp("数据 it's [1]")
    for i, part in enumerate(np.array_split(np.arange(len(frame)), 3)):
        frame.iloc[part].to_parquet(folder / f"part={i}.parquet")
    pq.write_table(arrow(frame).slice(0, 0), folder / "nothing.parquet")
    return (
        engine,
        engine.source_of_parquet(sorted(folder.glob("part*"))),
        engine.source_of_parquet(folder / "nothing.parquet"),
    )


@contextlib.contextmanager
def parquet(tmp_path_factory, frame, kinds):
    with DuckEngine(threads=2) as engine:
        yield files(engine, tmp_path_factory, frame)


@contextlib.contextmanager
def postgres(tmp_path_factory, frame, kinds):
    types = {name: TYPES[kind] for name, kind in kinds.items()}
    with server.postgres(tmp_path_factory) as address:
        server.load(address, TABLE, frame, types)
        server.load(address, EMPTY, frame.iloc[:0], types)
        from ccsat.engine import connect_postgres

        with connect_postgres(address) as engine:
            yield engine, TABLE, f"public.{EMPTY}"


@contextlib.contextmanager
def clickhouse(_, frame, kinds):
    server.needs("chdb", extra="clickhouse")
    from ccsat.engine.clickhouse import ClickHouseEngine

    with ClickHouseEngine() as engine:
        yield registered(engine, frame)


@contextlib.contextmanager
def clickhouse_files(tmp_path_factory, frame, kinds):
    server.needs("chdb", extra="clickhouse")
    from ccsat.engine.clickhouse import ClickHouseEngine

    with ClickHouseEngine(threads=2) as engine:
        yield files(engine, tmp_path_factory, frame)


SMALL = {"spark.ui.enabled": False, "spark.sql.shuffle.partitions": 2, "spark.driver.memory": "1g"}
UNCOMPILED = {"spark.sql.codegen.wholeStage": False}


@contextlib.contextmanager
def spark_session(settings):
    server.needs("pyspark", extra="spark")
    from ccsat.engine.spark import connect_spark

    with connect_spark("local[2]", settings) as engine:
        yield engine


@contextlib.contextmanager
def spark(_, frame, kinds):
    with spark_session(SMALL) as engine:
        yield registered(engine, frame)


@contextlib.contextmanager
def spark_files(tmp_path_factory, frame, kinds):
    """From files, and without the code that Spark writes and compiles for a whole stage: its other way to an answer."""
    with spark_session({**SMALL, **UNCOMPILED}) as engine:
        yield files(engine, tmp_path_factory, frame)
