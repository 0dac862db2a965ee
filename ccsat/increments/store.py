"""The folder of one specification: immutable Parquet files, each with the sums of the days that it names."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ccsat.increments.identity import key_of

if TYPE_CHECKING:
    import pyarrow as pa

DAY = "ccsat_day"  # column of every file: the day as text; rows without a time have a name of their own
MOST_FILES, SMALL = 8, 64_000_000  # more small files than this are joined; bytes
NAME = re.compile(r"(\d{6})-[0-9a-f]{8}\.parquet")
META = b"ccsat"
GIVEN_UP = "not_kept.json"  # in the place of files: the days are hardly smaller than their rows
FORMAT = 1


@dataclass(frozen=True)
class Entry:
    """A day that a file holds: the state of its rows when it was computed, and what else was noted of it."""

    day: str
    state: str
    file: Path
    more: Mapping[str, object]


class Store:
    """Days of one specification in FOLDER/<its key>/.

    A file is written under a temporary name, synced and renamed, and never changed: a process that is killed leaves no half
    file, and two that write the same day both write the same. A file that is damaged (every page carries a checksum), of
    another specification or no Parquet file at all counts as not there.

    Args:
        folder: Of all specifications.
        spec: The specification as text; kept beside the files, so that a reader can tell what they are.
    """

    def __init__(self, folder: str | Path, spec: str):
        self.key = key_of(spec)
        self.place = Path(folder) / self.key
        self.spec = spec
        self._damaged: set[Path] = set()
        self._read: dict[Path, dict[str, dict]] = {}  # what files say of themselves; they never change

    def take(
        self, valid: Callable[[Entry], bool], fold: Callable[[pa.Table], pa.Table]
    ) -> tuple[list[pa.Table], dict[str, Entry]]:
        """What `fold` makes of the rows of the days that count, file by file, and their entries; of a day in several files the newest valid one."""
        while True:
            found: dict[str, Entry] = {}
            for entry in self.entries():
                if entry.day not in found and valid(entry):
                    found[entry.day] = entry
            tables = self._rows(found.values(), fold)
            if tables is not None:
                return tables, found

    def entries(self) -> list[Entry]:
        """Every day of every whole file, the newest file first."""
        listed: list[Entry] = []
        for file in self._files():
            days = self._days(file)
            listed += [Entry(day, str(more.get("state")), file, more) for day, more in days.items()]
        return listed

    def put(self, table: pa.Table, days: Mapping[str, Mapping[str, object]]) -> None:
        """Keep the rows of days; `days` says of each its `state` and what else is to be noted. Few files stay few."""
        if not days:
            return
        self._write(table, days)
        small = [file for file in self._files() if file.stat().st_size <= SMALL]
        if len(small) > MOST_FILES:
            self._join(small)

    @property
    def is_given_up(self) -> bool:
        """Whether the days of this specification were found too large to be worth keeping."""
        return (self.place / GIVEN_UP).is_file()

    def give_up(self) -> None:
        """Keep no days of this specification, and delete those there are."""
        self.place.mkdir(parents=True, exist_ok=True)
        atomically(self.place / GIVEN_UP, lambda path: path.write_text(self.spec + "\n", encoding="utf-8"))
        for file in self._files():
            with contextlib.suppress(OSError):
                file.unlink()

    def _join(self, files: Sequence[Path]) -> None:
        """Write the days that count of several files into one."""
        import pyarrow as pa

        tables, found = self.take(lambda entry: True, lambda table: table)
        kept = {day: entry.more for day, entry in found.items() if entry.file in files}
        whole = pa.concat_tables(tables) if tables else None
        if not kept or whole is None or self._damaged.intersection(files):
            return
        self._write(of_days(whole, list(kept)), kept)
        for file in files:
            with contextlib.suppress(OSError):  # another process reads it, or was first
                file.unlink()

    def _files(self) -> list[Path]:
        try:
            found = [file for file in self.place.iterdir() if NAME.fullmatch(file.name) and file not in self._damaged]
        except OSError:
            return []
        return sorted(found, reverse=True)

    def _days(self, file: Path) -> dict[str, dict]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        if file in self._read:
            return self._read[file]
        try:
            about = json.loads((pq.read_schema(file).metadata or {})[META])
            if about["format"] == FORMAT and about["spec"] == self.key:
                self._read[file] = {str(day): dict(more) for day, more in about["days"].items()}
                return self._read[file]
        except (OSError, KeyError, TypeError, ValueError, AttributeError, pa.ArrowException):
            pass
        self._damaged.add(file)
        return {}

    def _rows(self, entries: Iterable[Entry], fold: Callable[[pa.Table], pa.Table]) -> list[pa.Table] | None:
        """The rows of entries; None, and the file forgotten, where one cannot be read."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        by_file: dict[Path, list[str]] = {}
        for entry in entries:
            by_file.setdefault(entry.file, []).append(entry.day)
        tables = []
        for file, days in by_file.items():
            try:
                table = pq.read_table(file, page_checksum_verification=True, partitioning=None)
                if len(days) < len(self._days(file)):
                    table = of_days(table, days)
            except (OSError, KeyError, ValueError, pa.ArrowException):
                self._damaged.add(file)
                return None
            tables.append(fold(table.replace_schema_metadata(None)))
        return tables

    def _write(self, table: pa.Table, days: Mapping[str, Mapping[str, object]]) -> None:
        import pyarrow.parquet as pq

        self.place.mkdir(parents=True, exist_ok=True)
        readable = self.place / "specification.json"
        if not readable.is_file():
            atomically(readable, lambda path: path.write_text(self.spec + "\n", encoding="utf-8"))
        about = {"format": FORMAT, "spec": self.key, "days": days}
        table = table.replace_schema_metadata(
            {META: json.dumps(about, ensure_ascii=False, sort_keys=True).encode("utf-8")}
        )
        number = max((int(NAME.fullmatch(file.name)[1]) for file in self._files()), default=0) + 1
        atomically(self.place / f"{number:06d}-{secrets.token_hex(4)}.parquet",
                    lambda path: pq.write_table(table, path, compression="zstd", write_page_checksum=True))  # fmt: skip


def of_days(table: pa.Table, days: Sequence[str]) -> pa.Table:
    """The rows of some days."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return table.filter(pc.is_in(table[DAY], value_set=pa.array(list(days), table[DAY].type)))


def atomically(path: Path, write: Callable[[Path], object], *, sync: bool = True) -> None:
    """A file that is whole as soon as it has its name."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        write(temporary)
        if sync:
            with temporary.open("rb+") as file:
                os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    if not sync:
        return
    with contextlib.suppress(OSError):  # Windows opens no folder
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def prune(folder: str | Path, *, unused_days: float = 60, now: float | None = None) -> list[str]:
    """Delete specifications to which no day was added for so long; returns their keys. Nothing else in the folder is touched.

    What is deleted is only computed anew when it is next asked for.

    Args:
        now: Seconds since 1970; the machine's clock where left out.
    """
    import shutil
    import time

    now, gone = time.time() if now is None else now, []
    for place in sorted(Path(folder).glob("*")):
        readable = place / "specification.json"
        if not readable.is_file() or key_of(readable.read_text(encoding="utf-8").rstrip("\n")) != place.name:
            continue
        newest = max(file.stat().st_mtime for file in place.iterdir())
        if now - newest > unused_days * 86_400:
            shutil.rmtree(place, ignore_errors=True)
            gone.append(place.name)
    return gone
