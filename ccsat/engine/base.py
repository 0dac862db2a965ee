"""The requests every engine answers, and the words they use."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

import pandas as pd

from ccsat.errors import EngineError

if TYPE_CHECKING:
    from ccsat.engine.repeats import Issues

NULL_LEVEL = "∅"  # an empty dimension value; a real level never looks like this


@dataclass(frozen=True)
class Window:
    """A named run of whole days, both ends included, on a source's time column."""

    label: str
    first: date
    last: date


class Engine(ABC):
    """Seven requests; nothing after the engine sees rows, but for `sample`.

    Common arguments: `source` is a SELECT text or a table's name. `windows` splits rows by the time column
    `at` into labelled windows (column `period` first in the answer; rows outside every window are left
    out); without it there is no `period` column. `where` is a mapping column -> value or list of values
    (a NULL dimension is `NULL_LEVEL`). Dimensions come back as text, NULL as `NULL_LEVEL`; counts as
    int64, sums as float64. Rows are sorted by their keys.
    """

    dialect: str

    def close(self) -> None:
        """Let go of what the engine holds; most hold nothing."""
        return None

    @abstractmethod
    def columns(self, source: str) -> dict[str, str]:
        """Columns of a source and their kind: text, integer, float, time, date, clock or boolean."""

    @abstractmethod
    def query(self, sql: str) -> pd.DataFrame:
        """A small answer to portable SQL. Only for texts that ccsat writes itself."""

    @abstractmethod
    def quote(self, name: str) -> str:
        """An identifier, quoted for this engine."""

    @abstractmethod
    def seconds(self, later: str, earlier: str) -> str:
        """Seconds from one time to another, with their fractions, as an expression."""

    @abstractmethod
    def at_clock(self, day: str, clock: str) -> str:
        """A day and a time of day as a time, as an expression."""

    @abstractmethod
    def clock_seconds(self, clock: str) -> str:
        """Seconds since midnight of a time of day, as an expression."""

    takes_frames: bool = False  # whether `register` and `source_of_parquet` put tables and files from here into the engine

    def register(self, name: str, table: object) -> str:
        """Give a frame a name in the engine; one that only reads what is there refuses."""
        raise EngineError("engine_only_reads", dialect=self.dialect, name=name)

    def put(self, name: str, frame: pd.DataFrame) -> str:
        """Register a frame under a name that nobody has yet; returns the name."""
        return self.register(self.free_name(name), frame)

    def free_name(self, name: str) -> str:
        """A name that no source of the engine has yet."""
        taken, number, free = set(self.tables()), 1, name
        while free in taken:
            number += 1
            free = f"{name}_{number}"
        return free

    @abstractmethod
    def tables(self) -> list[str]:
        """Names of the sources there are."""

    def keep(self, name: str, sql: str) -> str:
        """The SELECT text of the same rows, worked out once where the engine can keep them and they are few enough."""
        return sql

    @abstractmethod
    def profile(self, source: str, columns: Sequence[str], *, where: Mapping | None = None) -> pd.DataFrame:
        """One row a column: `column, kind, rows, nulls, distinct, lowest, highest` (the last two as text)."""

    @abstractmethod
    def marginals(
        self,
        source: str,
        sets: Sequence[tuple[str, ...]],
        *,
        outcome: str | None,
        at: str = "at",
        windows: Sequence[Window] = (),
        where: Mapping | None = None,
        min_support: int = 0,
    ) -> dict[tuple[str, ...], pd.DataFrame]:
        """Counts per level of `outcome` for every set of dimensions: `[period,] *dims, level, n`.

        `outcome` is an integer-coded column; rows where it is NULL are left out. With `outcome=None` all
        rows count and there is no `level`. A cell with fewer than `min_support` rows (over its levels, per
        period) is left out. The empty set `()` gives the totals.
        """

    @abstractmethod
    def leaves(
        self,
        source: str,
        dims: Sequence[str],
        *,
        outcome: str,
        at: str = "at",
        windows: Sequence[Window] = (),
        where: Mapping | None = None,
        limit: int = 1_000_000,
    ) -> pd.DataFrame:
        """The sparse leaf cube: `[period,] *dims, level, n`. More than `limit` rows is an EngineError."""

    @abstractmethod
    def moments(
        self,
        source: str,
        metrics: Sequence[str],
        *,
        shifts: Mapping[str, float] | None = None,
        segments: Sequence[str] = (),
        cluster: str | None = None,
        at: str = "at",
        windows: Sequence[Window] = (),
        where: Mapping | None = None,
    ) -> pd.DataFrame:
        """Shifted sums over rows where every metric is present.

        `[period,] *segments, n, s_<metric>..., p_<metric>_<metric>...` (upper triangle, metrics in the given
        order; each metric minus its shift, default 0). With `cluster` (one metric only) instead the sums of
        a cluster-robust variance: `[period,] *segments, clusters, n, s, nn, ns, ss`, where over clusters c nn is
        the sum of n_c^2, ns of n_c*S_c, ss of S_c^2. Rows whose cluster is NULL are clusters of their own.
        """

    @abstractmethod
    def crosstab(
        self,
        source: str,
        columns: Sequence[str],
        *,
        at: str = "at",
        windows: Sequence[Window] = (),
        by_day: bool = False,
        where: Mapping | None = None,
    ) -> pd.DataFrame:
        """The frequency table of coded columns: `[period,] [day,] *columns, n` (`day` as a date); NULLs are kept."""

    @abstractmethod
    def sample(
        self,
        source: str,
        columns: Sequence[str],
        *,
        key: str,
        most: int = 200_000,
        at: str = "at",
        windows: Sequence[Window] = (),
        where: Mapping | None = None,
    ) -> pd.DataFrame:
        """Rows for models that need them: all of them, or a reproducible sample by a hash of `key`."""

    @abstractmethod
    def repeats(
        self,
        source: str,
        issues: Issues,
        *,
        by: Sequence[str] = (),
        windows: Sequence[Window] = (),
        where: Mapping | None = None,
    ) -> pd.DataFrame:
        """Who came back: `[period,] *by, hours, judged, n, repeated, immature, early`, one row a cell and window of `issues.hours`.

        `judged` contacts that had ended by `issues.as_of`; of them `n` are older than the window, `repeated` of these had another contact within it;
        `immature` are younger, `early` of these have one already. `by`, `windows` (by the contact's start) and `where` divide the contacts judged,
        never the events they are compared with.
        """

    @abstractmethod
    def repeat_rows(
        self, source: str, issues: Issues, *, columns: Sequence[str] = (), as_of: datetime | None = None
    ) -> str:
        """The SELECT text behind `repeats`: `id, customer, started, ended, judged, first, next_at` and the source's own `columns`, one row an event."""

    @abstractmethod
    def repeats_left_out(self, source: str, issues: Issues) -> dict[str, int]:
        """Events that took no part: `no_time, later, no_customer, no_issue`, `shared_lines` and their events `shared`, and `redials` merged."""
