"""ClickHouse inside the process, through chdb: frames, Parquet files and its own tables."""

from __future__ import annotations

import itertools
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ccsat.engine.arrow import table_of
from ccsat.engine.clickhouse_base import SETTINGS, ClickHouse, spelled
from ccsat.errors import EngineError, listing

if TYPE_CHECKING:
    import pyarrow as pa

KEPT_ROWS = 3_000_000  # a text of so many rows at most is worked out once and kept
LEAST_MEMORY = 200_000_000


class ClickHouseEngine(ClickHouse):
    """ClickHouse inside the process (chdb). Everything it keeps lies in a temporary folder of its own and is dropped at the end.

    Args:
        memory_limit: What one query may take; above half of it grouping and sorting spill to disk.
        threads: Default: all the process may use.

    Raises:
        EngineError: chdb is not installed.
    """

    takes_frames = True
    _numbers = itertools.count(1)

    def __init__(self, *, memory_limit: str = "1.5GB", threads: int | None = None):
        try:
            from chdb import session
        except ImportError as reason:
            raise EngineError("engine_driver", database="ClickHouse", package="chdb", extra="clickhouse") from reason
        super().__init__()
        self.memory_limit = memory_limit
        self.base = (
            f"ccsat_{next(self._numbers)}"  # one embedded server a process: each engine has a database of its own
        )
        self._folder = tempfile.TemporaryDirectory(prefix="ccsat-clickhouse-")
        self._views = itertools.count(1)
        self._session = session.Session()
        most = _bytes(memory_limit)
        limits = {"max_memory_usage": most, "max_bytes_before_external_group_by": most // 2,
                  "max_bytes_before_external_sort": most // 2, "session_timezone": "UTC"}  # fmt: skip
        for name, value in {**SETTINGS, **limits, **({} if threads is None else {"max_threads": int(threads)})}.items():
            self._do(f"SET {name} = '{value}'")
        self._do(f"CREATE DATABASE {self.base}")
        self._do(f"USE {self.base}")

    def close(self) -> None:
        """Drop the tables and the temporary folder."""
        if self._session is not None:
            self._do(f"DROP DATABASE IF EXISTS {self.base}")
            self._session.close()
            self._session = None
            self._folder.cleanup()

    # Sources

    def register(self, name: str, table: object) -> str:
        """Copy a pandas frame or an Arrow table into a table here. Returns the name.

        Raises:
            EngineError: A column mixes types, or two columns share a name.
        """
        import pyarrow.parquet as parquet

        table = table_of(table, name)
        path = Path(self._folder.name) / "frame.parquet"
        parquet.write_table(table, path)  # through a file: what lies under an Arrow NULL may be any number
        return self._keep(name, self._of_files(str(path), table.schema))

    def source_of_parquet(self, paths: str | Path | Sequence[str | Path]) -> str:
        """The SELECT text of one or many Parquet files. A path with * or ? that is no file's name is a pattern."""
        import glob

        import pyarrow.parquet as parquet

        paths = [paths] if isinstance(paths, (str, Path)) else list(paths)
        found = {str(path): [str(path)] if Path(path).is_file() else sorted(glob.glob(str(path))) for path in paths}
        missing = [path for path, files in found.items() if not files]
        if missing or not paths:
            raise EngineError("engine_file", paths=listing(missing) or "–")
        folder = Path(tempfile.mkdtemp(dir=self._folder.name))
        files = [file for some in found.values() for file in some]
        for number, file in enumerate(files):  # links have plain names, whatever the files are called
            (folder / f"{number:06d}.parquet").symlink_to(Path(file).resolve())
        view = f"files_{next(self._views)}"
        text = self._of_files(f"{folder}/*.parquet", parquet.read_schema(files[0]))
        self._do(f"CREATE VIEW {self._named(view)} AS {text}")
        return f"SELECT * FROM {self.quote(view)}"

    def keep(self, name: str, sql: str) -> str:
        table = self._keep(self.free_name(name), f"SELECT * FROM ({spelled(sql)}) LIMIT {KEPT_ROWS + 1}")
        text = f"SELECT * FROM {self.quote(table)}"
        if int(self.query(f"SELECT COUNT(*) AS n FROM ({text}) t")["n"][0]) <= KEPT_ROWS:
            return text
        self._do(f"DROP TABLE {self._named(table)}")
        return sql

    def _keep(self, name: str, own: str) -> str:
        """The rows of a text in ClickHouse's words as a table on disk."""
        self._do(f"DROP TABLE IF EXISTS {self._named(name)}")
        self._do(f"CREATE TABLE {self._named(name)} ENGINE = MergeTree ORDER BY tuple() AS {own}")
        self._columns.clear()
        return name

    def _named(self, name: str) -> str:
        return spelled(self.quote(name))

    def _of_files(self, path: str, schema: pa.Schema) -> str:
        """Every column of Parquet files; a time of day would come as one of the first of January 1970. It is kept to the second."""
        import pyarrow as pa

        clocks = [spelled(self.quote(field.name)) for field in schema if pa.types.is_time(field.type)]
        made = ", ".join(f"toTime({clock}) AS {clock}" for clock in clocks)
        return f"SELECT *{f' REPLACE ({made})' if made else ''} FROM file('{path}', 'Parquet')"

    # Answers

    def _table(self, sql: str) -> pa.Table:
        return self._do(sql, "ArrowTable")

    def _do(self, sql: str, form: str = "Null"):
        try:
            return self._session.query(sql, form)
        except RuntimeError as reason:
            self._session.query("SELECT 1", "Null")  # what a broken answer left behind would spoil the next one
            raise self._refused(str(reason)) from reason


def _bytes(limit: str) -> int:
    """A limit such as 1.5GB in bytes."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt])(i?)b", limit.strip(), re.IGNORECASE)
    size = float(found[1]) * (1024 if found[3] else 1000) ** ("kmgt".index(found[2].lower()) + 1) if found else 0
    if size < LEAST_MEMORY:
        raise EngineError("engine_memory_size", size=limit, least=f"{LEAST_MEMORY // 1_000_000}MB")
    return int(size)
