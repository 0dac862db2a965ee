"""One SQLite file a study: every write is all of it or nothing, also beside other writers and after a kill."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from ccsat.errors import DataError, LockedError

FILE = "register.sqlite"
WAIT_SECONDS = 30
NUMBERS = ("cost", "lead_days", "predicted_points")
FIELDS = ("action_id", "at", "kind", "title_zh", "title_en", "scope", "cell", "control", "holdout", "owner", "cost", "lead_days", "starts_on",
          "due_on", "predicted_points", "cause", "finding_id", "library_id", "state", "note")  # fmt: skip
WORDS = ("metric", "design", "grade", "told", "because")
VERIFIED = (
    *WORDS,
    "effect",
    "lower",
    "upper",
    "points",
    "points_lower",
    "points_upper",
    "predicted_points",
    "n",
    "n_control",
    "p_before",
    "more_weeks",
)
SCHEMA = f"""
CREATE TABLE IF NOT EXISTS actions (action_id TEXT PRIMARY KEY, {", ".join(f"{f} {'REAL' if f in NUMBERS else 'TEXT'}" for f in FIELDS[1:])}, added TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS verifications (number INTEGER PRIMARY KEY, action_id TEXT NOT NULL, at TEXT NOT NULL, as_of TEXT NOT NULL,
  {", ".join(f"{f} {'TEXT' if f in WORDS else 'REAL'}" for f in VERIFIED)});
CREATE TABLE IF NOT EXISTS runs (place TEXT PRIMARY KEY, as_of TEXT NOT NULL, finished TEXT, kpi TEXT, caliber TEXT, verdict TEXT, published INTEGER NOT NULL DEFAULT 1);
CREATE TABLE IF NOT EXISTS sightings (place TEXT NOT NULL, rank INTEGER NOT NULL, finding_id TEXT NOT NULL, cell TEXT NOT NULL, n REAL, points REAL,
  lower REAL, upper REAL, cause TEXT, grade TEXT, owner TEXT, PRIMARY KEY (place, rank));
"""


class Store:
    """A register's file: opened for each reading or writing, so that nothing is held between."""

    def __init__(self, folder: str | Path):
        """Open, or begin, the register of a study's folder of runs.

        Raises:
            DataError: The file is no register, or the folder cannot be written.
        """
        self.path = Path(folder) / FILE
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.write() as base:
                for statement in SCHEMA.split(";"):
                    base.execute(statement)
        except (sqlite3.DatabaseError, OSError) as error:
            raise DataError("register_file", path=str(self.path), reason=str(error)) from None

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction.

        Raises:
            LockedError: Another writer held the file all the time that was waited.
        """
        with closing(sqlite3.connect(self.path, timeout=WAIT_SECONDS, isolation_level=None)) as base:
            base.row_factory = sqlite3.Row
            try:
                base.execute("PRAGMA journal_mode = WAL")
                base.execute("PRAGMA synchronous = FULL")
                base.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if "locked" in str(error) or "busy" in str(error):
                    raise LockedError("register_locked", path=str(self.path), seconds=WAIT_SECONDS) from None
                raise
            try:
                yield base
            except BaseException:
                base.execute("ROLLBACK")
                raise
            base.execute("COMMIT")

    def read(self, query: str, values: tuple = ()) -> pd.DataFrame:
        """The rows of a query."""
        with closing(sqlite3.connect(self.path, timeout=WAIT_SECONDS)) as base:
            return pd.read_sql_query(query, base, params=values)


def now() -> str:
    """This moment."""
    return datetime.now(UTC).isoformat(timespec="seconds")
