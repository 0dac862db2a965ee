"""Every request as portable SQL, over an engine's own `query`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise

import numpy as np
import pandas as pd

from ccsat.engine import repeats as repeats_of
from ccsat.engine import texts
from ccsat.engine.base import Engine, Window
from ccsat.engine.repeats import Issues
from ccsat.engine.scan import Dialect, Scan, column, is_select, quoted
from ccsat.errors import ColumnError, EngineError, listing, suggestion

COLUMNS_A_QUERY = 8  # of `profile`: distinct values of many columns at once cost memory
CELL = ("level", "n")


class PortableEngine(Engine):
    """The requests of `Engine` by one SQL text each; an engine adds `columns`, `query`, and what it does better.

    Cells without rows are never listed, not even a total of nothing. A row counts in one window: windows that
    share a day are refused. Periods come in the order of the windows. A number that is NULL, NaN or infinite
    is missing.
    """

    macros: Dialect
    weight: str | None = None  # column that says how many a row of a source stands for, where a source has it

    @property
    def dialect(self) -> str:
        return self.macros.name

    def quote(self, name: str) -> str:
        return quoted(name)

    def seconds(self, later: str, earlier: str) -> str:
        return self.macros.seconds.format(later=later, earlier=earlier)

    def at_clock(self, day: str, clock: str) -> str:
        return self.macros.at_clock.format(day=day, clock=clock)

    def clock_seconds(self, clock: str) -> str:
        return self.macros.clock_seconds.format(clock=clock)

    def profile(self, source: str, columns: Sequence[str], *, where: Mapping | None = None) -> pd.DataFrame:
        columns = list(columns)
        scan = self._scan(source, columns, where=where)
        lines = []
        for first in range(0, len(columns), COLUMNS_A_QUERY):
            names = columns[first : first + COLUMNS_A_QUERY]
            row = self.query(texts.profile(scan, names)).iloc[0]
            for i, name in enumerate(names):
                lines.append((name, scan.kinds[name], int(row["total"]), int(row["total"] - row[f"r{i}"]), int(row[f"u{i}"]),
                              _shown(row[f"l{i}"]), _shown(row[f"h{i}"])))  # fmt: skip
        table = pd.DataFrame(lines, columns=["column", "kind", "rows", "nulls", "distinct", "lowest", "highest"])
        counts = dict.fromkeys(("rows", "nulls", "distinct"), "int64")
        return table.astype({"column": "str", "kind": "str", "lowest": "str", "highest": "str"} | counts)

    def marginals(self, source: str, sets: Sequence[tuple[str, ...]], *, outcome: str | None, at: str = "at",
                  windows: Sequence[Window] = (), where: Mapping | None = None,
                  min_support: int = 0) -> dict[tuple[str, ...], pd.DataFrame]:  # fmt: skip
        sets = list(dict.fromkeys(tuple(one) for one in sets))
        names = list(dict.fromkeys(name for one in sets for name in one))
        scan = self._scan(source, names, numbers=[outcome], at=at, windows=windows, where=where, answers=CELL)
        answer = {}
        for first in range(0, len(sets), texts.SETS_A_QUERY):
            batch = sets[first : first + texts.SETS_A_QUERY]
            plain = {name: f"d{i}" for i, name in enumerate(dict.fromkeys(name for one in batch for name in one))}
            text = texts.grouping_sets(scan, [[plain[name] for name in one] for one in batch],
                                       {plain[name]: scan.dimension(name) for name in plain}, outcome,
                                       min_support=min_support)  # fmt: skip
            found = self.query(text)
            for one in batch:
                mine = np.ones(len(found), dtype=bool)
                for name in plain:
                    mine &= found[f"g_{plain[name]}"].to_numpy() == (name not in one)
                answer[one] = _cells(found[mine], one, [plain[name] for name in one], windows, outcome is not None)
        return answer

    def leaves(self, source: str, dims: Sequence[str], *, outcome: str, at: str = "at",
               windows: Sequence[Window] = (), where: Mapping | None = None,
               limit: int = 1_000_000) -> pd.DataFrame:  # fmt: skip
        scan = self._scan(source, dims, numbers=[outcome], at=at, windows=windows, where=where, answers=CELL)
        return self._one_set(scan, tuple(dims), outcome, windows, limit=limit)

    def _one_set(self, scan: Scan, dims: tuple[str, ...], outcome: str | None, windows: Sequence[Window], *,
                 limit: int | None = None, min_support: int = 0) -> pd.DataFrame:  # fmt: skip
        """The cells of one set by a plain GROUP BY."""
        plain = [f"d{i}" for i in range(len(dims))]
        text = texts.cells(scan, {short: scan.dimension(name) for short, name in zip(plain, dims, strict=True)}, outcome,
                           min_support=min_support, limit=None if limit is None else limit + 1)  # fmt: skip
        found = self.query(text)
        if limit is not None and len(found) > limit:
            raise EngineError("engine_leaves", limit=limit, dims=listing(dims))
        return _cells(found, dims, plain, windows, outcome is not None)

    def moments(self, source: str, metrics: Sequence[str], *, shifts: Mapping[str, float] | None = None,
                segments: Sequence[str] = (), cluster: str | None = None, at: str = "at",
                windows: Sequence[Window] = (), where: Mapping | None = None) -> pd.DataFrame:  # fmt: skip
        metrics, segments, shifts = list(metrics), list(segments), shifts or {}
        if cluster is not None and len(metrics) != 1:
            raise EngineError("engine_cluster_metrics", cluster=cluster, metrics=listing(metrics))
        scan = self._scan(source, [*segments, *([cluster] if cluster else [])], numbers=metrics, at=at, windows=windows,
                          where=where, answers=["n"])  # fmt: skip
        plain = {f"d{i}": name for i, name in enumerate(segments)}
        parts = {short: scan.dimension(name) for short, name in plain.items()}
        if cluster is not None:
            found = self._summed(texts.cluster_moments(scan, parts, metrics[0], shifts.get(metrics[0], 0.0), cluster))
            counts, sums = ["clusters", "n", "nn"], ["s", "ns", "ss"]
            values = {name: name for name in ("clusters", "n", "s", "nn", "ns", "ss")}
        else:
            found = self._summed(texts.moments(scan, parts, metrics, shifts))
            values = {"n": "n"} | {f"s_z{i}": f"s_{name}" for i, name in enumerate(metrics)}
            values |= {f"p_z{i}_z{j}": f"p_{metrics[i]}_{metrics[j]}"
                       for i in range(len(metrics)) for j in range(i, len(metrics))}  # fmt: skip
            counts, sums = ["n"], [name for name in values.values() if name != "n"]
        found = found[found["n"].fillna(0).to_numpy() > 0].rename(columns=values)
        found = found.astype(dict.fromkeys(counts, "int64") | dict.fromkeys(sums, "float64"))
        return _keyed(found, plain, windows)[[*_period(windows), *segments, *values.values()]]

    def _summed(self, text: str) -> pd.DataFrame:
        """The answer to a text that adds floating numbers; an engine may fix the order of adding here."""
        return self.query(text)

    def crosstab(self, source: str, columns: Sequence[str], *, at: str = "at", windows: Sequence[Window] = (),
                 by_day: bool = False, where: Mapping | None = None) -> pd.DataFrame:  # fmt: skip
        columns = list(columns)
        scan = self._scan(source, columns, at=at, windows=windows, where=where, timed=by_day, answers=["n"])
        plain = {f"d{i}": name for i, name in enumerate(columns)}
        coded = {short: scan.dimension(name) if scan.kinds[name] == "text" else scan.coded(name)
                 for short, name in plain.items()}  # fmt: skip
        found = self.query(texts.crosstab(scan, coded, by_day=by_day))
        found = found[found["n"].to_numpy() > 0].astype({"n": "int64"})
        if by_day:
            found["dy"] = pd.to_datetime(found["dy"]).astype("datetime64[us]")
        keys = (["dy"] if by_day else []) + list(plain)
        found = _typed(found, {short: scan.kinds[name] for short, name in plain.items()})
        found = _periods(found, keys, windows).rename(columns={"dy": "day"} | plain)
        return found[[*_period(windows), *(["day"] if by_day else []), *columns, "n"]]

    def sample(self, source: str, columns: Sequence[str], *, key: str, most: int = 200_000, at: str = "at",
               windows: Sequence[Window] = (), where: Mapping | None = None) -> pd.DataFrame:  # fmt: skip
        columns = list(columns)
        scan = self._scan(source, [*columns, key], at=at, windows=windows, where=where)
        total = int(self.query(texts.rows(scan))["n"].iloc[0])
        share = 1.1 * most / total + 1e-4 if total > most else 1.0
        below = f"{int(share * 2**32):08x}" if share < 1 else None
        plain = {f"d{i}": name for i, name in enumerate(columns)}
        coded = {short: scan.coded(name) for short, name in plain.items()}
        order = [scan.bytewise(name, short) for short, name in plain.items()]
        found = self.query(texts.sample(scan, coded, order, key=key, most=most, below=below))
        found = _typed(found, {short: scan.kinds[name] for short, name in plain.items()})
        if windows:
            found["period"] = _labels(found["p"], windows)
        return found.rename(columns=plain)[[*_period(windows), *columns]].reset_index(drop=True)

    def repeats(self, source: str, issues: Issues, *, by: Sequence[str] = (), windows: Sequence[Window] = (),
                where: Mapping | None = None) -> pd.DataFrame:  # fmt: skip
        by = list(by)
        scan = self._scan(source, [*issues.columns(), *by], at=issues.started, windows=windows, where=where, timed=True)
        if taken := [name for name in by if name in (*repeats_of.TAKEN, *_period(windows))]:
            raise ColumnError("engine_name_taken", names=listing(taken))
        as_of = self._as_of(scan, issues)
        plain = {f"d{i}": name for i, name in enumerate(by)}
        carried = {short: scan.dimension(name) for short, name in plain.items()}
        carried |= {"p": scan.period()} if windows else {}
        carried |= {"inside": repeats_of.inside(scan)} if where else {}
        tests = [test for test, there in (("p IS NOT NULL", windows), ("inside = 1", where)) if there] or ["1 = 1"]
        keys = [*(["p"] if windows else []), *plain]
        text = repeats_of.rows(scan, issues, as_of, issue=self._issue, carried=carried, suspects=self._suspects(scan, issues))  # fmt: skip
        found = self.query(repeats_of.counts(text, issues, as_of, keys, " AND ".join(tests)))
        found = found[found["judged"].fillna(0).to_numpy() > 0]
        names = {"n": "n", "r": "repeated", "i": "immature", "e": "early"}
        parts = [found[[*keys, "judged"]].assign(hours=float(h), **{long: found[f"{short}_{i}"] for short, long in names.items()})
                 for i, h in enumerate(issues.hours)]  # fmt: skip
        table = pd.concat(parts, ignore_index=True).astype(
            dict.fromkeys(["judged", *names.values()], "int64") | {"hours": "float64"}
        )
        table = _periods(table.astype(dict.fromkeys(plain, "str")), [*plain, "hours"], windows).rename(columns=plain)
        return table[[*_period(windows), *by, "hours", "judged", *names.values()]]

    def repeat_rows(self, source: str, issues: Issues, *, columns: Sequence[str] = (), as_of: datetime | None = None) -> str:  # fmt: skip
        scan = self._scan(source, [*issues.columns(), *columns], at=issues.started, timed=True)
        known = self._as_of(scan, issues) if as_of is None else as_of
        carried = {quoted(name): column(name) for name in columns}
        return repeats_of.rows(scan, issues, known, issue=self._issue, carried=carried, suspects=self._suspects(scan, issues))  # fmt: skip

    def repeats_left_out(self, source: str, issues: Issues) -> dict[str, int]:
        scan = self._scan(source, issues.columns(), at=issues.started, timed=True)
        text = repeats_of.left_out(scan, issues, self._as_of(scan, issues), suspects=self._suspects(scan, issues))
        row = self.query(text).iloc[0]
        return {str(name): 0 if pd.isna(n) else int(n) for name, n in row.items()}

    def _as_of(self, scan: Scan, issues: Issues) -> datetime:
        """Until when the data tell: as asked, but never beyond the last start; an empty source ends with the calendar's first day."""
        last = self.query(repeats_of.last_start(scan, issues))["last_at"].iloc[0]
        last = datetime.min.replace(year=1900) if pd.isna(last) else pd.Timestamp(last).to_pydatetime()
        return last if issues.as_of is None else min(last, issues.as_of)

    def _issue(self, names: Sequence[str]) -> str:
        """What events of one issue share; an engine may have a cheaper word for it."""
        return ", ".join(names)

    def _suspects(self, scan: Scan, issues: Issues) -> str | None:
        """A condition on the plain name `customer` that every event of a shared line meets; None: all events are looked at."""
        return None

    # Checks

    def _refused_source(self, source: str, reason: EngineError) -> EngineError:
        """What to say of a source that the engine refused: a table that is not there is named with those there are."""
        known = [] if is_select(source) else self.tables()
        if is_select(source) or source in known:
            return reason
        return EngineError("engine_table", table=source, known=listing(known) or "–", near=suggestion(source, known) or "–")

    def _scan(self, source: str, names: Sequence[str], *, numbers: Sequence[str | None] = (), at: str = "at",
              windows: Sequence[Window] = (), where: Mapping | None = None, timed: bool = False,
              answers: Sequence[str] = ()) -> Scan:  # fmt: skip
        """The rows asked for, after a look whether the source has every column named; `answers` are the names that
        the answer needs for itself."""
        kinds = self.columns(source)
        numbers = [name for name in numbers if name is not None]
        times = [at] if windows or timed else []
        missing = [name for name in dict.fromkeys([*names, *numbers, *times, *(where or {})]) if name not in kinds]
        if missing:
            near = listing(filter(None, (suggestion(name, kinds) for name in missing)))
            raise ColumnError("engine_column", names=listing(missing), known=listing(kinds), near=near or "–")
        words = [name for name in numbers if kinds[name] not in ("integer", "float", "boolean")]
        if words:
            raise ColumnError("engine_not_number", names=listing(words), kinds=listing(kinds[name] for name in words))
        if times and kinds[at] not in ("time", "date"):
            raise ColumnError("engine_not_time", name=at, kind=kinds[at])
        taken = [name for name in names if name in (*answers, *_period(windows))] if answers else []
        if taken:
            raise ColumnError("engine_name_taken", names=listing(taken))
        _check_windows(windows)
        weight = self.weight if self.weight in kinds else None
        return Scan(self.macros, source, kinds, at=at, windows=tuple(windows), where=where, weight=weight)


def _check_windows(windows: Sequence[Window]) -> None:
    in_time = sorted(windows, key=lambda window: window.first)
    wrong = [window.label for window in windows if window.last < window.first]
    shared = [window.label for a, b in pairwise(in_time) if b.first <= a.last for window in (a, b)]
    twice = [window.label for i, window in enumerate(windows) if window.label in [w.label for w in windows[:i]]]
    if wrong or shared or twice:
        raise EngineError("engine_windows", labels=listing(dict.fromkeys([*wrong, *shared, *twice])))


# Tables --------------------------------------------------------------------------------------


def _period(windows: Sequence[Window]) -> list[str]:
    return ["period"] if windows else []


def _labels(numbers: pd.Series, windows: Sequence[Window]) -> pd.Series:
    labels = pd.Series([window.label for window in windows], dtype="str")
    return labels.take(numbers.to_numpy(dtype="int64")).set_axis(numbers.index)


def _periods(found: pd.DataFrame, keys: Sequence[str], windows: Sequence[Window]) -> pd.DataFrame:
    """Rows in the order of their keys, with the label of their window."""
    keys = [*(["p"] if windows else []), *keys]
    found = found.sort_values(keys, kind="stable", ignore_index=True) if keys else found.reset_index(drop=True)
    return found.assign(period=_labels(found["p"], windows)) if windows else found


def _keyed(found: pd.DataFrame, plain: Mapping[str, str], windows: Sequence[Window]) -> pd.DataFrame:
    found = found.astype(dict.fromkeys(plain, "str"))
    return _periods(found, list(plain), windows).rename(columns=plain)


def _cells(found: pd.DataFrame, dims: Sequence[str], plain: Sequence[str], windows: Sequence[Window],
           level: bool) -> pd.DataFrame:  # fmt: skip
    """A table of counts: `[period,] *dims, [level,] n`."""
    columns = [*_period(windows), *dims, *(["level"] if level else []), "n"]
    found = found.rename(columns={"lv": "level"}).astype(dict.fromkeys(plain, "str") | {"n": "int64"})
    found = found.astype({"level": "int64"}) if level else found
    keys = [*plain, *(["level"] if level else [])]
    return _periods(found, keys, windows).rename(columns=dict(zip(plain, dims, strict=True)))[columns]


TYPES = {"text": "str", "clock": "str", "integer": "Int64", "boolean": "boolean", "float": "float64", "time": "datetime64[us]",
         "date": "datetime64[us]"}  # fmt: skip


def _typed(found: pd.DataFrame, kinds: Mapping[str, str]) -> pd.DataFrame:
    """Columns in the one dtype of their kind, whether they have NULLs or not."""
    for name, kind in kinds.items():
        column = found[name]
        if kind in ("time", "date"):
            column = pd.to_datetime(column)
        elif kind in ("text", "clock"):
            column = column.where(column.notna(), None)
        found = found.assign(**{name: column.astype(TYPES[kind])})
    return found


def _shown(value: object) -> str | None:
    """An extreme as text, the same on every engine."""
    if value is None or pd.isna(value):
        return None
    if isinstance(value, float):
        return repr(float(value))
    return str(value.isoformat(" ") if isinstance(value, datetime) else value)
