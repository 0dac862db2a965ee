"""ClickHouse's spelling of the portable text, and its answers as those of every engine."""

from __future__ import annotations

import re
from abc import abstractmethod
from typing import TYPE_CHECKING

import pandas as pd

from ccsat.engine.arrow import frame_of
from ccsat.engine.portable import PortableEngine
from ccsat.engine.scan import Dialect, Scan
from ccsat.engine.spelling import respell
from ccsat.errors import EngineError

if TYPE_CHECKING:
    import pyarrow as pa

MICROSECONDS = "toUnixTimestamp64Micro(CAST({} AS TIMESTAMP))"
CLICKHOUSE = Dialect("clickhouse", digest="lower(hex(MD5({text})))",
                     seconds=f"(({MICROSECONDS.format('{later}')} - {MICROSECONDS.format('{earlier}')}) / 1000000.0)")  # fmt: skip
MOMENT = "\0"  # stands before a literal that is a moment, until its quotes are written
TYPES = {"TIMESTAMP": "DateTime64(6)", "DATE": "Date32", "VARCHAR": "String", "BIGINT": "Int64", "INTEGER": "Int32",
         "FLOAT8": "Float64", "DOUBLE": "Float64", "BOOLEAN": "Bool"}  # fmt: skip
WORDS = {
    r"\b(NOT )?MATERIALIZED \(": "(",  # a step is read anew wherever it is named
    r"\bTIMESTAMP\s+$": MOMENT,
    r"\b(LEAD|LAG)\(((?:\w+\.)?\w+)": r"\1(toNullable(\2)",  # where there is no next row, NULL and not 0
    r"\bLOWER\(": "lowerUTF8(",
    r"\bEXTRACT\(ISODOW FROM ": "toDayOfWeek(",
    r"\bPERCENTILE_CONT\(([\d.]+)\) WITHIN GROUP \(ORDER BY ": r"quantileExactInclusive(\1)(",
} | {rf"\bAS {word}(\(\d+\))?(?=\s*\))": f"AS Nullable({own})" for word, own in TYPES.items()}
# What makes its SQL the one that every other engine speaks.
SETTINGS = {
    "cast_keep_nullable": 1,
    "group_by_use_nulls": 1,
    "join_use_nulls": 1,
    "aggregate_functions_null_for_empty": 1,  # a sum of nothing is NULL
    "prefer_column_name_to_alias": 1,  # a name in a condition is the source's
    "union_default_mode": "DISTINCT",
    "date_time_64_output_format_cut_trailing_zeros_align_to_groups_of_thousands": 1,  # 12:00:00, not 12:00:00.000000
}
KINDS = {
    "Bool": "boolean",
    "Float32": "float",
    "Float64": "float",
    "BFloat16": "float",
    "Date": "date",
    "Date32": "date",
}
TABLES = ("SELECT database, name FROM system.tables WHERE database NOT IN ('system', 'INFORMATION_SCHEMA', 'information_schema')"
          " ORDER BY database, name")  # fmt: skip


def spelled(sql: str) -> str:
    """A portable text as ClickHouse reads it."""
    text = respell(
        sql.replace(MOMENT, ""),
        name=lambda letters: '"' + letters.replace("\\", "\\\\").replace('"', '""') + '"',
        literal=lambda letters: "'" + letters.replace("\\", "\\\\").replace("'", "''") + "'",
        words=WORDS,
    )
    return re.sub(MOMENT + r"('[^'\\]*')", r"toDateTime64(\1, 6)", text)


class ClickHouse(PortableEngine):
    """The requests in ClickHouse's SQL; where the text is sent is the engine's own to say."""

    macros = CLICKHOUSE
    base: str  # the database whose tables need no other name before theirs

    def __init__(self) -> None:
        self._columns: dict[str, dict[str, str]] = {}

    @abstractmethod
    def _table(self, sql: str) -> pa.Table:
        """The answer to a text in ClickHouse's own words.

        Raises:
            EngineError: In ccsat's words.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of what the engine holds."""

    def __enter__(self) -> ClickHouse:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def tables(self) -> list[str]:
        """Names of the tables and views there are, with their database unless it is the engine's own."""
        rows = self._table(TABLES).to_pylist()
        return [row["name"] if row["database"] == self.base else f"{row['database']}.{row['name']}" for row in rows]

    def columns(self, source: str) -> dict[str, str]:
        if source not in self._columns:
            try:
                found = self._types(f"SELECT * FROM {Scan(self.macros, source, {}).relation()}")
            except EngineError as reason:
                raise self._refused_source(source, reason) from reason
            self._columns[source] = {name: _kind(kind) for name, kind in found.items()}
        return dict(self._columns[source])

    def query(self, sql: str) -> pd.DataFrame:
        table = self._table(spelled(sql))
        if any(
            str(field.type) in ("uint32", "int8", "int16") for field in table.schema
        ):  # times and names may come as bare numbers
            table = self._told(table, self._types(sql))
        return frame_of(_whole(table))

    def _summed(self, text: str) -> pd.DataFrame:
        """Floating sums on one thread: the order of adding, and so the last digit, is the same every time."""
        return self.query(text + " SETTINGS max_threads = 1")

    def _types(self, sql: str) -> dict[str, str]:
        """Columns of a portable text and their ClickHouse types."""
        bare = sql.removesuffix(" SETTINGS max_threads = 1")
        return {row["name"]: _bare(row["type"]) for row in self._table(f"DESCRIBE TABLE ({spelled(bare)})").to_pylist()}

    def _told(self, table: pa.Table, types: dict[str, str]) -> pa.Table:
        """Arrow has no word for a DateTime or an Enum: their numbers as times and names."""
        import pyarrow as pa

        for place, name in enumerate(table.column_names):
            values, kind = table.column(place), types.get(name, "")
            if kind.startswith("DateTime") and pa.types.is_integer(values.type):
                seconds = values.cast(pa.int64()).cast(pa.timestamp("s"))
                values = seconds.cast(pa.timestamp("us")).cast(pa.timestamp("us", tz=_zone(kind) or "UTC"))
            elif kind.startswith("Enum"):
                words = dict(re.findall(r"'((?:[^'\\]|\\.)*)' = (-?\d+)", kind))
                names = {int(number): re.sub(r"\\(.)", r"\1", word) for word, number in words.items()}
                values = pa.chunked_array([[names.get(number) for number in values.to_pylist()]], type=pa.string())
            table = table.set_column(place, name, values)
        return table

    def _refused(self, words: str) -> EngineError:
        """ClickHouse's refusal in ccsat's words."""
        shown = re.sub(r"^Code: \d+\. (DB::Exception: )?", "", words.strip().split("\n")[0])
        shown = re.sub(
            r"(: while executing|[:.] In scope) .*(?= \([A-Z_]+\)$)", "", shown
        )  # the whole text of the query
        if "(MEMORY_LIMIT_EXCEEDED)" in words:
            used = re.search(r"would use ([\d.]+ \w+)", words)
            most = re.search(r"maximum: ([\d.]+ \w+)", words)
            return EngineError(
                "engine_memory", limit=most.group(1) if most else "–", used=used.group(1) if used else "–"
            )
        if "(TIMEOUT_EXCEEDED)" in words:
            return EngineError("engine_time", dialect=self.dialect)
        return EngineError("engine_refused", dialect=self.dialect, reason=shown)


def _whole(table: pa.Table) -> pa.Table:
    """Whole numbers as the one type that every engine answers with."""
    import pyarrow as pa

    fields = [field.with_type(pa.int64()) if pa.types.is_integer(field.type) else field for field in table.schema]
    return table.cast(pa.schema(fields))


def _bare(kind: str) -> str:
    """A type without what wraps it: `LowCardinality(Nullable(String))` is String."""
    found = re.fullmatch(r"(?:Nullable|LowCardinality)\((.*)\)", kind, re.DOTALL)
    return _bare(found.group(1)) if found else kind


def _zone(kind: str) -> str | None:
    found = re.search(r"'([^']+)'\)$", kind)
    return found.group(1) if found else None


def _kind(kind: str) -> str:
    if re.match(r"U?Int\d+$", kind):
        return "integer"
    if kind.startswith("Decimal"):
        return "float"
    if kind.startswith("DateTime"):
        return "time"
    return KINDS.get(kind, "clock" if kind.startswith("Time") else "text")
