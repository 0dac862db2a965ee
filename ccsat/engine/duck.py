"""DuckDB inside the process: frames, Parquet files and DuckDB files, with one-pass marginals."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from ccsat.engine import onepass
from ccsat.engine.arrow import frame_of, table_of
from ccsat.engine.base import NULL_LEVEL, Window
from ccsat.engine.onepass import Codes
from ccsat.engine.portable import CELL, PortableEngine
from ccsat.engine.repeats import Issues
from ccsat.engine.scan import DUCKDB, Scan, column, is_select, literal, quoted
from ccsat.errors import EngineError, listing, suggestion

DENSE = 5_000_000  # counters of one set; a larger set is grouped by SQL
DENSE_A_PASS = 25_000_000  # counters of one pass, 8 bytes each, and cells of one answer; `[limits] counters`
KEPT_ROWS = 3_000_000  # a text of so many rows at most is worked out once and kept
MEMORY = "1.5GB"
LEAST_MEMORY = 10_000_000  # bytes
OUT_OF_MEMORY = "Out of Memory"
BATCH = 262_144  # rows a batch of codes
MOST_LISTED = 50_000  # levels of one dimension that a query's text lists
FEW = 4_000_000  # rows up to which grouping all customers costs as little
SLOTS = 2**26  # counters for customers' hashes, 4 bytes each: enough to tell customers apart in some 1e8 rows
MOST_SLOTS = 10_000  # full ones, above which all customers are looked at
WHOLE = (
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "UHUGEINT",
)
KINDS = {"BOOLEAN": "boolean", "DATE": "date", "FLOAT": "float", "DOUBLE": "float"} | dict.fromkeys(WHOLE, "integer")


class DuckEngine(PortableEngine):
    """The engine by default. Nothing is downloaded, nothing is written but spilled blocks in a temporary folder.

    Args:
        memory_limit: Above it DuckDB spills to disk.
        threads: Default: all the process may use.
        time_zone: The clock to which times that carry a zone are read; registered frames keep their own clock.
        counters: The most that one pass of `marginals` holds, 8 bytes each, and the most cells that one of its sets may have.

    Raises:
        EngineError: `memory_limit` is no size, or less than DuckDB starts with.
    """

    macros = DUCKDB
    takes_frames = True

    def __init__(self, *, memory_limit: str = MEMORY, threads: int | None = None, time_zone: str = "UTC",
                 counters: int | None = None):  # fmt: skip
        import duckdb

        size = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt])i?b", memory_limit.strip(), re.IGNORECASE)
        if size is None or float(size[1]) * 1000 ** ("kmgt".index(size[2].lower()) + 1) < LEAST_MEMORY:
            raise EngineError("engine_memory_size", size=memory_limit, least=f"{LEAST_MEMORY // 1_000_000}MB")
        self._folder = tempfile.TemporaryDirectory(prefix="ccsat-duckdb-")
        self.memory_limit, self.counters = memory_limit, counters
        self._connection = duckdb.connect(":memory:")
        settings = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false",
                    "python_enable_replacements": "false", "temp_directory": literal(self._folder.name),
                    "memory_limit": literal(memory_limit), "TimeZone": literal(time_zone)}  # fmt: skip
        if self._run("SELECT current_setting('enable_progress_bar')").fetchall()[0][0]:  # in a notebook without widgets
            settings["enable_progress_bar"] = "false"  # it is off already, and refuses to be set
        for name, value in settings.items():
            self._run(f"SET {name} = {value}")
        if threads is not None:
            self._run(f"SET threads = {int(threads)}")
        self.threads = int(self._run("SELECT current_setting('threads')").fetchall()[0][0])
        self._columns: dict[str, dict[str, str]] = {}

    def close(self) -> None:
        """Let go of memory, files and the temporary folder."""
        self._connection.close()
        self._folder.cleanup()

    def __enter__(self) -> DuckEngine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Sources

    def register(self, name: str, table: object) -> str:
        """Give a pandas frame or an Arrow table a name here; a time that carries a zone keeps its wall clock. Returns the name.

        Raises:
            EngineError: A column mixes types, or two columns share a name.
        """
        table = table_of(table, name)
        self._connection.register(name, table)
        self._columns.clear()
        return name

    def source_of_parquet(self, paths: str | Path | Sequence[str | Path]) -> str:
        """The SELECT text of one or many Parquet files. A path with * or ? that is no file's name is a pattern."""
        paths = [paths] if isinstance(paths, (str, Path)) else list(paths)
        shown, missing = [], []
        for path in paths:
            if Path(path).is_file():
                shown.append("".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path)))
            elif set("*?[") & set(str(path)) and self._run(f"SELECT 1 FROM glob({literal(path)}) LIMIT 1").fetchall():
                shown.append(str(path))
            else:
                missing.append(str(path))
        if missing or not paths:
            raise EngineError("engine_file", paths=listing(missing) or "–")
        files = ", ".join(map(literal, shown))
        by_name = "false" if len(paths) == 1 else "true"
        return f"SELECT * FROM read_parquet([{files}], hive_partitioning = false, union_by_name = {by_name})"

    def attach(self, path: str | Path, *, name: str | None = None) -> str:
        """Open a DuckDB file for reading; its tables are sources under `NAME.table`. Returns the name."""
        import duckdb

        name = name or Path(path).stem.replace(".", "_")
        if not Path(path).is_file():
            raise EngineError("engine_file", paths=listing([path]))
        try:
            self._connection.execute(f"ATTACH {literal(path)} AS {quoted(name)} (READ_ONLY)")
        except duckdb.Error as reason:
            raise EngineError("engine_attach", path=str(path), reason=_first_line(reason)) from reason
        self._columns.clear()
        return name

    def tables(self) -> list[str]:
        """Names of the sources there are."""
        found = self._run("SELECT database_name, schema_name, table_name FROM duckdb_tables() UNION ALL "
                          "SELECT database_name, schema_name, view_name FROM duckdb_views() WHERE NOT internal").fetchall()  # fmt: skip
        own = {"memory", "temp", "system"}
        return sorted({name if base in own else f"{base}.{name}" if schema == "main" else f"{base}.{schema}.{name}"
                       for base, schema, name in found})  # fmt: skip

    def columns(self, source: str) -> dict[str, str]:
        if source not in self._columns:
            scan = Scan(self.macros, source, {})
            found = self._run(f"DESCRIBE SELECT * FROM {scan.relation()}", source).fetchall()
            self._columns[source] = {name: _kind(kind) for name, kind, *_ in found}
        return dict(self._columns[source])

    def keep(self, name: str, sql: str) -> str:
        few = int(self.query(f"SELECT COUNT(*) AS n FROM ({sql}) t")["n"].iloc[0]) <= KEPT_ROWS
        return f"SELECT * FROM {quoted(self.put(name, self.query(sql)))}" if few else sql

    # Answers

    def query(self, sql: str) -> pd.DataFrame:
        with self._refusals():
            return frame_of(self._connection.sql(sql).to_arrow_table())

    def marginals(self, source: str, sets: Sequence[tuple[str, ...]], *, outcome: str | None, at: str = "at",
                  windows: Sequence[Window] = (), where: Mapping | None = None,
                  min_support: int = 0) -> dict[tuple[str, ...], pd.DataFrame]:  # fmt: skip
        sets = list(dict.fromkeys(tuple(one) for one in sets))
        names = list(dict.fromkeys(name for one in sets for name in one))
        scan = self._scan(source, names, numbers=[outcome], at=at, windows=windows, where=where, answers=CELL)
        codes = self._codes(scan, names, outcome, windows)
        answer: dict[tuple[str, ...], pd.DataFrame] = {}
        most = self.counters or DENSE_A_PASS
        for some in onepass.passes([one for one in sets if _countable(codes, one, min(DENSE, most))], codes, most):
            used = list(dict.fromkeys(name for one in some for name in one))
            counters = onepass.count(self._coded(scan, used, outcome, codes), some, codes)
            answer |= {one: onepass.table(counters.pop(one), one, codes, min_support=min_support) for one in some}
        for one in sets:
            if one not in answer:
                answer[one] = self._grouped(scan, one, outcome, codes, limit=most, min_support=min_support, refusal="engine_counters")  # fmt: skip
        return {one: answer[one] for one in sets}

    def leaves(self, source: str, dims: Sequence[str], *, outcome: str, at: str = "at",
               windows: Sequence[Window] = (), where: Mapping | None = None,
               limit: int = 1_000_000) -> pd.DataFrame:  # fmt: skip
        dims = tuple(dims)
        scan = self._scan(source, dims, numbers=[outcome], at=at, windows=windows, where=where, answers=CELL)
        codes = self._codes(scan, dims, outcome, windows)
        if _countable(codes, dims, DENSE):
            counters = onepass.count(self._coded(scan, dims, outcome, codes), [dims], codes)
            found = onepass.table(counters[dims], dims, codes)
            if len(found) > limit:
                raise EngineError("engine_leaves", limit=limit, dims=_sized(dims, codes))
            return found
        return self._grouped(scan, dims, outcome, codes, limit=limit, refusal="engine_leaves")

    def _grouped(self, scan: Scan, dims: tuple[str, ...], outcome: str | None, codes: Codes, *,
                 limit: int, refusal: str, min_support: int = 0) -> pd.DataFrame:  # fmt: skip
        """The cells of a set too large for counters: rows grouped by one whole number in place of the levels' texts."""
        if not _countable(codes, dims, 2**63 - 1):
            try:
                return self._one_set(scan, dims, outcome, scan.windows, limit=limit, min_support=min_support)
            except EngineError as reason:
                if reason.key != "engine_leaves":
                    raise
                raise EngineError(refusal, limit=limit, dims=_sized(dims, codes)) from reason
        plain, levels = self._code_texts(scan, dims, outcome, codes), codes.outcomes or 1
        key = f"c // {levels}" if scan.windows else "0"
        for i, name in enumerate(dims):
            key = f"({key}) * {len(codes.levels[name])} + d{i}"
        inner = scan.inner(
            *([outcome] if outcome is not None else []),
            **{name: f"CAST({text} AS BIGINT)" for name, text in plain.items()},
        )
        counted = (
            f"SELECT ({key}) * {levels} + c % {levels} AS k, COUNT(*) AS n FROM ({inner}) q{scan.kept()} GROUP BY 1"
        )
        if min_support > 1:
            counted = (f"SELECT k, n FROM (SELECT k, n, SUM(n) OVER (PARTITION BY k // {levels}) AS support FROM ({counted}) g) s"
                       f" WHERE support >= {int(min_support)}")  # fmt: skip
        found = self.query(f"{counted} LIMIT {limit + 1}")
        if len(found) > limit:
            raise EngineError(refusal, limit=limit, dims=_sized(dims, codes))
        found = found.sort_values("k")
        return onepass.rows(found["k"].to_numpy(), found["n"].to_numpy(), dims, codes)

    def _codes(self, scan: Scan, dims: Sequence[str], outcome: str | None, windows: Sequence[Window]) -> Codes:
        """A first scan: the levels there are."""
        level = {"lv": scan.whole(outcome)} if outcome is not None else {}
        texts_of = {
            f"d{i}": column(name) if scan.kinds[name] == "text" else scan.as_text(name) for i, name in enumerate(dims)
        }
        ends = ["MIN(lv)", "MAX(lv)"] if level else ["0", "0"]
        wanted = ", ".join([*ends, *(f"list(DISTINCT {short})" for short in texts_of)])
        inner = scan.inner(*([outcome] if level else []), **level, **texts_of)
        first, last, *levels = self._run(f"SELECT {wanted} FROM ({inner}) q{scan.kept()}").fetchall()[0]
        known = {name: sorted({NULL_LEVEL if word is None else str(word) for word in found or [NULL_LEVEL]})
                 for name, found in zip(dims, levels, strict=True)}  # fmt: skip
        first, last = (0, 0) if first is None else (int(first), int(last))
        return Codes(known, [window.label for window in windows], first, last - first + 1 if level else None)

    def _code_texts(self, scan: Scan, dims: Sequence[str], outcome: str | None, codes: Codes) -> dict[str, str]:
        """Expressions of a row's codes; `c` is NULL outside every window and without an outcome."""
        level = f"{scan.whole(outcome)} - {codes.first}" if outcome is not None else "0"
        both = f"{scan.period()} * {codes.outcomes or 1} + ({level})" if scan.windows else level
        return {"c": f"CAST({both} AS INTEGER)" if codes.base() < 2**31 else f"CAST({both} AS BIGINT)"} | {
            f"d{i}": f"enum_code(CAST({scan.dimension(name)} AS ENUM ({', '.join(map(literal, codes.levels[name]))})))"
            for i, name in enumerate(dims)}  # fmt: skip

    def _coded(self, scan: Scan, dims: Sequence[str], outcome: str | None, codes: Codes) -> Iterator[onepass.Batch]:
        """A second scan: the codes of every row, in batches."""
        plain = self._code_texts(scan, dims, outcome, codes)
        columns = ", ".join(plain)
        text = (
            f"SELECT {columns} FROM ({scan.inner(*([outcome] if outcome is not None else []), **plain)}) q{scan.kept()}"
        )
        with self._refusals():
            reader = self._connection.sql(text).to_arrow_reader(BATCH)
            try:
                for batch in reader:
                    c, *places = (column.to_numpy() for column in batch.columns)
                    yield c, dict(zip(dims, places, strict=True))
            finally:
                reader.close()

    def _issue(self, names: Sequence[str]) -> str:
        """A hash of the issue's key: 64 bits are sorted instead of texts. Two of 1e8 issues collide with a chance of 3e-4."""
        return f"hash({', '.join(names)})"

    def _suspects(self, scan: Scan, issues: Issues) -> str | None:
        """Customers are counted by a few bits of their hash, in bounded memory: a shared line lies where there are more events than it needs."""
        if issues.shared is None:
            return None
        slot = f"hash({column(issues.customer)}) & {SLOTS - 1}"
        text = (
            f"SELECT CAST({slot} AS BIGINT) AS slot FROM {scan.relation()} WHERE {column(issues.customer)} IS NOT NULL"
        )
        with self._refusals():
            reader = self._connection.sql(text).to_arrow_reader(BATCH)
            try:
                found = onepass.often((batch.column(0).to_numpy() for batch in reader), SLOTS, issues.shared, few=FEW)
            finally:
                reader.close()
        if found is None or len(found) > MOST_SLOTS:
            return None
        return f"(hash(customer) & {SLOTS - 1}) IN ({', '.join(map(str, found))})" if len(found) else "1 = 0"

    def _summed(self, text: str) -> pd.DataFrame:
        """Floating sums on one thread: the order of adding, and so the last digit, is the same every time."""
        self._run("SET threads = 1")
        try:
            return self.query(text)
        finally:
            self._run(f"SET threads = {self.threads}")

    def _run(self, sql: str, source: str | None = None):
        with self._refusals(source):
            return self._connection.execute(sql)

    @contextmanager
    def _refusals(self, source: str | None = None) -> Iterator[None]:
        """DuckDB's errors in ccsat's words."""
        import duckdb

        try:
            yield
        except duckdb.CatalogException as reason:
            if source is None or is_select(source):
                raise EngineError("engine_refused", dialect=self.dialect, reason=_first_line(reason)) from reason
            known = self.tables()
            near = suggestion(source, known) or "–"
            raise EngineError("engine_table", table=source, known=listing(known) or "–", near=near) from reason
        except (duckdb.OutOfMemoryException, MemoryError) as reason:
            raise EngineError("engine_memory", limit=self.memory_limit, used=_used(reason)) from reason
        except duckdb.Error as reason:
            if OUT_OF_MEMORY in str(reason):  # told by a thread of its own, as an error of another kind
                raise EngineError("engine_memory", limit=self.memory_limit, used=_used(reason)) from reason
            raise EngineError("engine_refused", dialect=self.dialect, reason=_first_line(reason)) from reason
        except (OSError, ValueError) as reason:  # Arrow's classes, while a long answer is read
            if OUT_OF_MEMORY not in str(reason):
                raise
            raise EngineError("engine_memory", limit=self.memory_limit, used=_used(reason)) from reason


def _kind(kind: str) -> str:
    if kind.startswith("DECIMAL"):
        return "float"
    if kind.startswith("TIMESTAMP"):
        return "time"
    return KINDS.get(kind, "clock" if kind.startswith("TIME") else "text")


def _countable(codes: Codes, dims: Sequence[str], most: int) -> bool:
    """Whether a set needs no more counters than that, and its levels can be listed in a query."""
    return codes.size(tuple(dims)) <= most and all(len(codes.levels[name]) <= MOST_LISTED for name in dims)


def _sized(dims: Sequence[str], codes: Codes) -> str:
    """Dimensions with how many levels they have."""
    return ", ".join(f"'{name}' ({len(codes.levels[name]):,})" for name in dims)


def _used(reason: object) -> str:
    """How much memory was taken when more was asked for, as DuckDB tells it."""
    found = re.search(r"\(([^()]*?)/[^()]*? used\)", str(reason))
    return found.group(1) if found else "–"


def _first_line(reason: object) -> str:
    return str(reason).strip().split("\n")[0]
