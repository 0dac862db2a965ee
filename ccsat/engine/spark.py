"""Apache Spark: the requests run where the data are, and only small tables come back."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from ccsat.engine.arrow import frame_of, table_of
from ccsat.engine.portable import PortableEngine
from ccsat.engine.scan import Dialect, Scan
from ccsat.engine.spelling import respell
from ccsat.errors import EngineError, listing

# Seconds without any zone: an interval's parts, since unix_timestamp would go through the session's zone.
SECONDS = ("(EXTRACT(DAY FROM ({later} - {earlier})) * 86400 + EXTRACT(HOUR FROM ({later} - {earlier})) * 3600"
           " + EXTRACT(MINUTE FROM ({later} - {earlier})) * 60 + EXTRACT(SECOND FROM ({later} - {earlier})))")  # fmt: skip
CLOCK_SECONDS = "(EXTRACT(HOUR FROM {clock}) * 3600 + EXTRACT(MINUTE FROM {clock}) * 60 + EXTRACT(SECOND FROM {clock}))"
SPARK = Dialect("spark", at_clock="make_timestamp_ntz(CAST({day} AS DATE), {clock})", clock_seconds=CLOCK_SECONDS, seconds=SECONDS)
WORDS = {
    r"\b(NOT )?MATERIALIZED \(": "(",  # Spark decides by itself
    r"\bTIMESTAMP\b": "TIMESTAMP_NTZ",  # a wall clock, whatever the session's zone
    r"\bVARCHAR(\(\d+\))?": "STRING",
    r"\bFLOAT8\b": "DOUBLE",
    r"\bISODOW\b": "DOW_ISO",
    r"\bROW_NUMBER\(\) OVER \(\)": "ROW_NUMBER() OVER (ORDER BY 1)",
}
KINDS = {"string": "text", "boolean": "boolean", "date": "date", "timestamp": "time", "timestamp_ntz": "time", "float": "float",
         "double": "float"} | dict.fromkeys(("tinyint", "smallint", "int", "bigint"), "integer")  # fmt: skip
# Of sessions that ccsat starts; a session that is passed in keeps its own.
SETTINGS = {"spark.app.name": "ccsat", "spark.ui.showConsoleProgress": "false", "spark.sql.session.timeZone": "UTC",
            "spark.sql.execution.arrow.pyspark.enabled": "true", "spark.sql.timeType.enabled": "true"}  # fmt: skip


class SparkEngine(PortableEngine):
    """Requests as Spark SQL on a session of the user's, or on one started for a study.

    Tables of the catalogue, temporary views and Parquet files are sources. Of the session nothing is changed: temporary views whose names
    begin with `ccsat_` are added, and dropped at the end, and what `keep` keeps is let go.

    Args:
        session: A running `pyspark.sql.SparkSession`, also one of Spark Connect.
        owned: Whether closing the engine stops the session.
    """

    macros = SPARK
    takes_frames = True

    def __init__(self, session: object, *, owned: bool = False):
        self.session = session
        self._owned = owned
        self._columns: dict[str, dict[str, str]] = {}
        self._views: list[str] = []
        self._kept: list = []

    def close(self) -> None:
        """Drop the views of this engine; stop the session where it was started here."""
        for frame in self._kept:
            frame.unpersist()
        for name in self._views:
            self.session.catalog.dropTempView(name)
        self._kept, self._views = [], []
        if self._owned:
            self.session.stop()

    def __enter__(self) -> SparkEngine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Sources

    def register(self, name: str, table: object) -> str:
        """Send a pandas frame or an Arrow table to Spark as a temporary view. Returns the name."""
        table = table_of(table, name)
        with _refusals(self.dialect):
            return self._view(name, self.session.createDataFrame(_plain(table), schema=_schema(table)))

    def source_of_parquet(self, paths: str | Path | Sequence[str | Path]) -> str:
        """The SELECT text of Parquet files, of any file system that Spark reads. A path with * or ? that is no file's name is a pattern."""
        paths = [str(path) for path in ([paths] if isinstance(paths, (str, Path)) else paths)]
        exact = [re.sub(r"([\\*?{}\[\]])", r"\\\1", path) if Path(path).exists() else path for path in paths]
        try:
            with _refusals(self.dialect):
                rows = self.session.read.parquet(*exact)
        except EngineError as reason:
            raise EngineError("engine_file", paths=listing(paths) or "–") from reason
        return f"SELECT * FROM {self.quote(self._view(self.free_name('ccsat_files'), rows))}"

    def tables(self) -> list[str]:
        """Names of the tables and views there are in the session's current database."""
        with _refusals(self.dialect):
            return sorted(table.name for table in self.session.catalog.listTables())

    def columns(self, source: str) -> dict[str, str]:
        if source not in self._columns:
            text = f"SELECT * FROM {Scan(self.macros, source, {}).relation()}"
            try:
                with _refusals(self.dialect):
                    fields = self.session.sql(spelled(text)).schema.fields
            except EngineError as reason:
                raise self._refused_source(source, reason) from reason
            self._columns[source] = {field.name: _kind(field.dataType.simpleString()) for field in fields}
        return dict(self._columns[source])

    def keep(self, name: str, sql: str) -> str:
        """Spark keeps the rows in its executors' memory and on their disks, and works out again what is lost with one."""
        with _refusals(self.dialect):
            rows = self.session.sql(spelled(sql)).persist()
        self._kept.append(rows)
        return f"SELECT * FROM {self.quote(self._view(self.free_name('ccsat_' + name), rows))}"

    def _view(self, name: str, rows) -> str:
        rows.createOrReplaceTempView(_backticked(name))
        self._views.append(name)
        self._columns.clear()
        return name

    # Answers

    def query(self, sql: str) -> pd.DataFrame:
        with _refusals(self.dialect):
            return frame_of(self.session.sql(spelled(sql)).toArrow())


def connect_spark(master: str | None = None, settings: Mapping[str, str] | None = None) -> SparkEngine:
    """An engine on a Spark session started here (or the running one, where there is one and no master is named).

    Args:
        master: "local[2]", "spark://host:7077", "yarn", "k8s://..."; default: what Spark's own configuration says.
        settings: Spark's settings, by their own names.

    Raises:
        EngineError: PySpark or Java is not installed, or the master does not answer.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError as reason:
        raise EngineError("engine_driver", database="Spark", package="pyspark", extra="spark") from reason
    if running := SparkSession.getActiveSession():
        return SparkEngine(running)
    builder = SparkSession.builder
    for name, value in {**SETTINGS, **_quiet(settings or {}), **(settings or {})}.items():
        builder = builder.config(name, _setting(value))
    if master:
        builder = builder.master(master)
    try:
        with _patiently():
            session = builder.getOrCreate()
    except Exception as reason:  # py4j's and pyspark's own classes
        raise EngineError("engine_spark_start", master=master or "–", reason=_first_line(reason)) from reason
    return SparkEngine(session, owned=True)


def _quiet(settings: Mapping[str, object]) -> dict[str, str]:
    """The log settings of a session started here, beside what the study asks of the Java machine."""
    log = f"-Dlog4j2.configurationFile={Path(__file__).with_name('spark-log4j2.properties').as_uri()}"
    return {} if "spark.driver.extraJavaOptions" in settings else {"spark.driver.extraJavaOptions": log}


def _setting(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def spelled(sql: str) -> str:
    """The portable text as Spark reads it."""
    return respell(sql, name=_backticked, literal=_literal, words=WORDS)


def _backticked(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _literal(letters: str) -> str:
    return "'" + letters.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _kind(kind: str) -> str:
    if kind.startswith("decimal"):
        return "float"
    return KINDS.get(kind, "clock" if kind.startswith("time(") else "text")


def _schema(table):
    """Spark's types of an Arrow table; a time without a zone stays one."""
    from pyspark.sql.pandas.types import from_arrow_schema

    return from_arrow_schema(_plain(table).schema, prefer_timestamp_ntz=True)


def _plain(table):
    """Arrow types that Spark knows: dictionaries decoded, short times in microseconds."""
    import pyarrow as pa

    fields = []
    for field in table.schema:
        kind = field.type
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
        if pa.types.is_timestamp(kind):
            kind = pa.timestamp("us", kind.tz)
        elif pa.types.is_time(kind):
            kind = pa.time64("us")
        elif pa.types.is_null(kind):
            kind = pa.string()
        elif pa.types.is_unsigned_integer(kind):
            kind = pa.int64()
        fields.append(pa.field(field.name, kind))
    return table.cast(pa.schema(fields))


@contextmanager
def _refusals(dialect: str):
    """Spark's errors in ccsat's words."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)  # the error itself says it all
    try:
        with _patiently():
            yield
    except (PySparkException, Py4JError) as reason:
        raise EngineError("engine_refused", dialect=dialect, reason=_first_line(reason)) from reason


@contextmanager
def _patiently():
    """PySpark warns of pandas 3 at every turn; only what ccsat uses of it is needed, and that the conformance suite proves."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        yield


def _first_line(reason: object) -> str:
    lines = [line.strip() for line in str(reason).splitlines() if line.strip()]
    return re.sub(r"\s+", " ", lines[0])[:300] if lines else type(reason).__name__
