"""All runs of a folder in one SQLite file: read at once, written beside other writers, made again from the run folders."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from ccsat.runs.publish import FAILURES, is_good

FILE = "history.sqlite"
WAIT_SECONDS = 30
FORMAT = 1
SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (study TEXT NOT NULL, place TEXT NOT NULL, mark TEXT NOT NULL, as_of TEXT NOT NULL, key TEXT NOT NULL,
  finished TEXT NOT NULL, seconds REAL, verdict TEXT, exit_code INTEGER, good INTEGER NOT NULL, level TEXT, attempts INTEGER, lang TEXT, kpi TEXT,
  caliber TEXT, unit TEXT, value REAL, lower REAL, upper REAL, n REAL, change REAL, gap REAL, target REAL, PRIMARY KEY (study, place));
CREATE INDEX IF NOT EXISTS runs_by_day ON runs (study, as_of, finished);
CREATE INDEX IF NOT EXISTS runs_by_key ON runs (key);
CREATE TABLE IF NOT EXISTS failures (study TEXT NOT NULL, number INTEGER NOT NULL, at TEXT NOT NULL, as_of TEXT, error TEXT, key_of_error TEXT,
  message TEXT, message_zh TEXT, exit_code INTEGER, PRIMARY KEY (study, number));
CREATE TABLE IF NOT EXISTS read_failures (study TEXT PRIMARY KEY, mark TEXT NOT NULL);
"""


class History:
    """The runs and failures of every study below a folder. A copy for quick reading: the folders are what counts."""

    def __init__(self, out: str | Path):
        self.out = Path(out)
        self.path = self.out / FILE

    def catch_up(self, study: str | None = None) -> None:
        """Take in what was published, pruned, restored or failed since: of one study, or of all. Cheap when nothing did."""
        with self._write() as base:
            known = {row["study"] for row in base.execute("SELECT DISTINCT study FROM runs UNION SELECT study FROM read_failures")}  # fmt: skip
            there = {entry.name for entry in os.scandir(self.out) if entry.is_dir() and entry.name[0] != "."}
            for name in sorted((known | there) if study is None else {study}):
                self._take_runs(base, name)
                self._take_failures(base, name)

    def studies(self) -> list[str]:
        """Names of studies with a run or a failure."""
        return [row["study"] for row in self._read("SELECT DISTINCT study FROM (SELECT study FROM runs UNION SELECT study FROM failures) ORDER BY study")]  # fmt: skip

    def mark(self) -> str:
        """Changes with every run and failure: what was made from the history says of which state it was made."""
        digest = hashlib.sha256()
        for row in self._read("SELECT study || '/' || place || ' ' || mark AS line FROM runs UNION ALL SELECT study || ' ' || mark FROM read_failures ORDER BY 1"):  # fmt: skip
            digest.update(row["line"].encode("utf-8") + b"\n")
        return digest.hexdigest()[:16]

    def runs(self, study: str | None = None, *, limit: int | None = None) -> list[dict[str, Any]]:
        """Published runs, the latest day first."""
        sql = "SELECT * FROM runs WHERE (? IS NULL OR study = ?) ORDER BY as_of DESC, finished DESC, place DESC LIMIT ?"
        return self._read(sql, study, study, -1 if limit is None else limit)

    def count(self, study: str | None = None) -> int:
        """How many runs are published."""
        return self._read("SELECT COUNT(*) AS n FROM runs WHERE (? IS NULL OR study = ?)", study, study)[0]["n"]

    def find(self, name: str) -> list[dict[str, Any]]:
        """Runs of a name: `study/as_of/key`, `as_of/key`, a key or the beginning of one."""
        sql = "SELECT * FROM runs WHERE study || '/' || place = ? OR place = ? OR key = ? OR (length(?) >= 4 AND substr(key, 1, length(?)) = ?) ORDER BY study, place"
        return self._read(sql, *[name] * 6)

    def last_good(self, study: str) -> dict[str, Any] | None:
        """The good run that finished last."""
        found = self._read(
            "SELECT * FROM runs WHERE study = ? AND good ORDER BY finished DESC, place DESC LIMIT 1", study
        )
        return found[0] if found else None

    def last_failed(self, study: str) -> dict[str, Any] | None:
        """What went wrong last: a failure on record, or a published run that the data gate stopped (`place` is set)."""
        failed = self._read("SELECT * FROM failures WHERE study = ? ORDER BY number DESC LIMIT 1", study)
        stopped = self._read("SELECT *, finished AS at FROM runs WHERE study = ? AND NOT good ORDER BY finished DESC, place DESC LIMIT 1", study)  # fmt: skip
        return max([*failed, *stopped], key=lambda row: row["at"], default=None)

    def failures(self, study: str | None = None, *, limit: int | None = None) -> list[dict[str, Any]]:
        """Failures on record, the newest first."""
        sql = "SELECT * FROM failures WHERE (? IS NULL OR study = ?) ORDER BY at DESC, number DESC LIMIT ?"
        return self._read(sql, study, study, -1 if limit is None else limit)

    def _take_runs(self, base: sqlite3.Connection, study: str) -> None:
        lying = {place: mark for place, mark, _ in _lying(self.out / study)}
        known = {row["place"]: row["mark"] for row in base.execute("SELECT place, mark FROM runs WHERE study = ?", (study,))}  # fmt: skip
        base.executemany("DELETE FROM runs WHERE study = ? AND place = ?", [(study, place) for place in known.keys() - lying.keys()])  # fmt: skip
        for place, mark in lying.items():
            if known.get(place) != mark and (row := _row(self.out / study / place / "run.json")) is not None:
                entry = {"study": study, "place": place, "mark": mark, **row}
                base.execute(f"INSERT OR REPLACE INTO runs ({', '.join(entry)}) VALUES ({', '.join('?' * len(entry))})", [*entry.values()])  # fmt: skip

    def _take_failures(self, base: sqlite3.Connection, study: str) -> None:
        file = self.out / study / FAILURES
        mark = _mark(file)
        known = base.execute("SELECT mark FROM read_failures WHERE study = ?", (study,)).fetchone()
        if known and known["mark"] == mark:
            return
        base.execute("DELETE FROM failures WHERE study = ?", (study,))
        base.execute("DELETE FROM read_failures WHERE study = ?", (study,))
        if mark:
            for number, entry in enumerate(read_failures(file)):
                base.execute("INSERT INTO failures VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (study, number, entry.get("at", ""), entry.get("as_of"),
                             entry.get("error"), entry.get("key_of_error"), entry.get("message"), entry.get("message_zh"), entry.get("exit_code")))  # fmt: skip
            base.execute("INSERT INTO read_failures VALUES (?, ?)", (study, mark))

    def _read(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        with self._open() as base:
            return [dict(row) for row in base.execute(sql, values)]

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._open() as base:
            base.execute("BEGIN IMMEDIATE")
            try:
                yield base
                base.execute("COMMIT")
            except BaseException:
                base.execute("ROLLBACK")
                raise

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """The file; a spoiled or older one is put aside and begun anew: it is a copy."""
        base = self._connect()
        if base is None:
            for tail in ("", "-wal", "-shm"):
                self.path.with_name(FILE + tail).unlink(missing_ok=True)
            base = self._connect()
        if base is None:
            raise sqlite3.DatabaseError(str(self.path))
        with closing(base):
            yield base

    def _connect(self) -> sqlite3.Connection | None:
        base = sqlite3.connect(self.path, timeout=WAIT_SECONDS, isolation_level=None)
        base.row_factory = sqlite3.Row
        try:
            format = base.execute("PRAGMA user_version").fetchone()[0]
            if format == FORMAT:
                return base
            if format:
                base.close()
                return None
            base.execute("PRAGMA journal_mode = WAL")
            base.execute("PRAGMA synchronous = NORMAL")
            base.execute("BEGIN IMMEDIATE")
            for statement in SCHEMA.split(";"):
                base.execute(statement)
            base.execute(f"PRAGMA user_version = {FORMAT}")
            base.execute("COMMIT")
            return base
        except sqlite3.OperationalError:  # locked, full, read-only: not spoiled
            base.close()
            raise
        except sqlite3.DatabaseError:
            base.close()
            return None


def read_failures(file: Path) -> Iterator[dict[str, Any]]:
    """Every failure on record; a line that was cut short (a full disk) is skipped."""
    if not file.is_file():
        return
    with file.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, dict):
                yield entry


def _lying(folder: Path) -> Iterator[tuple[str, str, Path]]:
    """(place, mark, run.json) of every published run of a study; the mark changes when the run is replaced."""
    if not folder.is_dir():
        return
    for day in os.scandir(folder):
        if day.name[0] != "." and day.is_dir():
            for run in os.scandir(day.path):
                if run.name[0] != ".":
                    file = Path(run.path, "run.json")
                    if mark := _mark(file):
                        yield f"{day.name}/{run.name}", mark, file


def _mark(file: Path) -> str:
    try:
        about = file.stat()
    except OSError:
        return ""
    return f"{about.st_mtime_ns}-{about.st_size}-{about.st_ino}"


def _row(file: Path) -> dict[str, Any] | None:
    """What the history keeps of a run.json; None where it is being replaced or was spoiled by hand."""
    try:
        run = json.loads(file.read_text(encoding="utf-8"))
        kpi = run.get("kpi") or {}
        current = kpi.get("current") or {}
        return {"as_of": run["as_of"], "key": run["key"], "finished": run["finished"], "seconds": run.get("seconds"), "verdict": run["verdict"],
                "exit_code": run["exit_code"], "good": int(is_good(run)), "level": (run.get("alert") or {}).get("level"),
                "attempts": len(run.get("attempts") or []) + 1, "lang": run.get("lang"), "kpi": kpi.get("key"), "caliber": kpi.get("caliber"),
                "unit": kpi.get("unit"), "value": current.get("value"), "lower": current.get("lower"), "upper": current.get("upper"),
                "n": current.get("n"), "change": (kpi.get("change") or {}).get("value"), "gap": kpi.get("gap"), "target": kpi.get("target")}  # fmt: skip
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return None
