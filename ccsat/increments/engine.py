"""An engine that sums stored days and computes only those that are missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ccsat.engine.base import NULL_LEVEL, Window
from ccsat.engine.portable import CELL, TYPES, PortableEngine
from ccsat.engine.repeats import Issues
from ccsat.engine.wrapped import WrappedEngine
from ccsat.errors import EngineError, listing
from ccsat.increments import carry, clusters, manysets
from ccsat.increments.account import Account
from ccsat.increments.days import Days
from ccsat.increments.store import DAY
from ccsat.increments.sums import arrow, labelled

if TYPE_CHECKING:
    import pyarrow as pa

LATE_DAYS = 2
LEAVES_AT_ONCE = 2  # times the limit: days have more leaves together than the period; beyond that nothing is stored


class DailyEngine(WrappedEngine):
    """Another engine, whose sums of whole days are kept in files and added up on reading.

    `marginals`, `leaves`, `moments`, `crosstab` and `repeats` answer as the engine does (floats to the last digits, as they are added in another order):
    every one is a sum over days, or (repeats) becomes one, see `carry`. Days that are not in FOLDER yet are computed in one request of the engine, by
    day. A stored day counts only while the source's day is in the state it was in (`states`): late rows, corrections and rows that are gone are found
    whichever day they are of. Where states are numbers of rows alone (`content=False`), the last `late_days` + 1 days with rows are computed anew every
    time, as a correction would not be seen. Days without rows are known from the states and asked of nobody. Everything else (`sample`, `profile`,
    rows) is the engine's own.

    The states are taken once a source: the engine is for one run. Of a source that mentions a frame registered after this engine was made nothing is
    stored, as its name says nothing of what it holds.

    In a frequency table of a floating column NaN and NULL are one missing value here.

    Args:
        engine: Where the queries run.
        folder: Where the files of days are; made where it does not exist.
        scope: What the names of frames in the engine stand for, in words that stay from run to run: the study's description of its data.
        late_days: Days before the last with rows that may still change, where `content` is not compared.
        content: Compare the content of days, not the number of their rows alone. Costs one scan of all columns a run.
    """

    def __init__(
        self,
        engine: PortableEngine,
        folder: str | Path,
        *,
        scope: str = "",
        late_days: int = LATE_DAYS,
        content: bool = True,
    ):
        super().__init__(engine)
        self.weight = engine.weight
        self.days = Days(engine, Path(folder), scope=scope, late_days=late_days, content=content)

    @property
    def account(self) -> Account:
        """What the requests so far came to."""
        return self.days.account

    # The engine's own

    def _issue(self, names: Sequence[str]) -> str:
        return self.engine._issue(names)

    def profile(self, *args: Any, **options: Any) -> pd.DataFrame:
        return self.engine.profile(*args, **options)

    def sample(self, *args: Any, **options: Any) -> pd.DataFrame:
        return self.engine.sample(*args, **options)

    def repeat_rows(self, *args: Any, **options: Any) -> str:
        return self.engine.repeat_rows(*args, **options)

    def repeats_left_out(self, *args: Any, **options: Any) -> dict[str, int]:
        return self.engine.repeats_left_out(*args, **options)

    # Sums of days

    def marginals(self, source: str, sets: Sequence[tuple[str, ...]], *, outcome: str | None, at: str = "at",
                  windows: Sequence[Window] = (), where: Mapping | None = None,
                  min_support: int = 0) -> dict[tuple[str, ...], pd.DataFrame]:  # fmt: skip
        sets = list(dict.fromkeys(tuple(one) for one in sets))
        names = list(dict.fromkeys(name for one in sets for name in one))
        days = self.days.by_day(source, at, [*names, *([outcome] if outcome else [])], where)
        direct = lambda: self.engine.marginals(
            source, sets, outcome=outcome, at=at, windows=windows, where=where, min_support=min_support
        )
        if days is None or not sets:
            return direct()
        self.engine._scan(source, names, numbers=[outcome], at=at, windows=windows, where=where, answers=CELL)

        def compute(sql: str, options: Mapping) -> pa.Table:
            found = self.engine.marginals(sql, [(DAY, *one) for one in sets], outcome=outcome, at=at, **options)
            return manysets.stacked(found, sets, day=DAY)

        request = {"request": "marginals", "sets": sets, "outcome": outcome, "at": at, "where": where or {}}
        cells = sum(len(one) > 1 for one in sets)
        whole = self.days.add(
            source, days, request, windows, where, compute, manysets.keys_of(sets), ["n"], cells=cells
        )
        return (
            direct()
            if whole is None
            else manysets.apart(whole, sets, windows, level=outcome is not None, min_support=min_support)
        )

    def leaves(self, source: str, dims: Sequence[str], *, outcome: str, at: str = "at",
               windows: Sequence[Window] = (), where: Mapping | None = None,
               limit: int = 1_000_000) -> pd.DataFrame:  # fmt: skip
        dims = tuple(dims)
        days = self.days.by_day(source, at, [*dims, outcome], where)
        direct = lambda: self.engine.leaves(
            source, dims, outcome=outcome, at=at, windows=windows, where=where, limit=limit
        )
        if days is None:
            return direct()
        self.engine._scan(source, dims, numbers=[outcome], at=at, windows=windows, where=where, answers=CELL)
        plain = {name: f"d{i}" for i, name in enumerate(dims)}

        def compute(sql: str, options: Mapping) -> pa.Table:
            found = self.engine.leaves(
                sql, (DAY, *dims), outcome=outcome, at=at, limit=LEAVES_AT_ONCE * limit, **options
            )
            return arrow(found, {DAY: DAY, **plain, **{name: name for name in CELL}})

        request = {"request": "leaves", "dims": dims, "outcome": outcome, "at": at, "where": where or {}}
        whole = self.days.add(source, days, request, windows, where, compute, [*plain.values(), "level"], ["n"])
        if whole is None:
            return direct()
        if len(whole) > limit:
            raise EngineError("engine_leaves", limit=limit, dims=listing(dims))
        return _cells(whole.to_pandas(), {short: name for name, short in plain.items()}, CELL, windows)

    def moments(self, source: str, metrics: Sequence[str], *, shifts: Mapping[str, float] | None = None,
                segments: Sequence[str] = (), cluster: str | None = None, at: str = "at",
                windows: Sequence[Window] = (), where: Mapping | None = None) -> pd.DataFrame:  # fmt: skip
        metrics, segments, shifts = list(metrics), list(segments), dict(shifts or {})
        days = self.days.by_day(source, at, [*metrics, *segments, *([cluster] if cluster else [])], where)
        direct = lambda: self.engine.moments(
            source, metrics, shifts=shifts, segments=segments, cluster=cluster, at=at, windows=windows, where=where
        )
        if days is None or cluster in segments or (cluster is not None and len(metrics) != 1):
            return direct()
        keys = [*segments, *([cluster] if cluster else [])]
        self.engine._scan(source, keys, numbers=metrics, at=at, windows=windows, where=where, answers=["n"])
        plain = {name: f"d{i}" for i, name in enumerate(keys)}
        sums = {f"s_{name}": f"s_z{i}" for i, name in enumerate(metrics)}
        sums |= {f"p_{a}_{b}": f"p_z{i}_z{i + j}" for i, a in enumerate(metrics) for j, b in enumerate(metrics[i:])}

        def compute(sql: str, options: Mapping) -> pa.Table:
            found = self.engine.moments(sql, metrics, shifts=shifts, segments=[DAY, *keys], at=at, **options)
            return arrow(found, {DAY: DAY, **plain, "n": "n", **sums})

        request = {"request": "moments", "metrics": metrics, "shifts": {name: float(shifts.get(name, 0)) for name in metrics},
                   "keys": keys, "at": at, "where": where or {}}  # fmt: skip
        table = self.days.add(
            source, days, request, windows, where, compute, list(plain.values()), ["n", *sums.values()]
        )
        if table is None:
            return direct()
        whole = table.to_pandas()
        if cluster is not None:
            whole, columns = clusters.combined(whole, ["p", *(plain[name] for name in segments)], plain[cluster])
        else:
            columns = {"n": "n", **{short: name for name, short in sums.items()}}
        whole = labelled(
            whole.astype(dict.fromkeys((plain[name] for name in segments), "str")),
            [plain[name] for name in segments],
            windows,
        )
        found = whole.rename(columns={plain[name]: name for name in segments} | columns)
        return found[[*_period(windows), *segments, *columns.values()]]

    def crosstab(self, source: str, columns: Sequence[str], *, at: str = "at", windows: Sequence[Window] = (),
                 by_day: bool = False, where: Mapping | None = None) -> pd.DataFrame:  # fmt: skip
        columns = list(columns)
        days = self.days.by_day(source, at, columns, where)
        direct = lambda: self.engine.crosstab(source, columns, at=at, windows=windows, by_day=by_day, where=where)
        if days is None:
            return direct()
        kinds = self.engine._scan(
            source, columns, at=at, windows=windows, where=where, timed=by_day, answers=["n"]
        ).kinds
        plain = {name: f"d{i}" for i, name in enumerate(columns)}

        def compute(sql: str, options: Mapping) -> pa.Table:
            found = self.engine.crosstab(sql, columns, by_day=True, at=at, **options)
            known = found["day"].dt.strftime("%Y-%m-%d").astype("str").where(found["day"].notna(), NULL_LEVEL)
            return arrow(found.assign(**{DAY: known}), {DAY: DAY, **plain, "n": "n"})

        request = {"request": "crosstab", "columns": columns, "at": at, "where": where or {}}
        keys = [*([DAY] if by_day else []), *plain.values()]
        table = self.days.add(source, days, request, windows, where, compute, keys, ["n"])
        if table is None:
            return direct()
        whole = table.to_pandas().astype({short: TYPES[kinds[name]] for name, short in plain.items()} | {"n": "int64"})
        if by_day:
            whole[DAY] = pd.to_datetime(whole[DAY].where(whole[DAY] != NULL_LEVEL, None)).astype("datetime64[us]")
        found = labelled(whole, keys, windows).rename(
            columns={DAY: "day"} | {short: name for name, short in plain.items()}
        )
        return found[[*_period(windows), *(["day"] if by_day else []), *columns, "n"]]

    def repeats(self, source: str, issues: Issues, *, by: Sequence[str] = (), windows: Sequence[Window] = (),
                where: Mapping | None = None) -> pd.DataFrame:  # fmt: skip
        by = list(by)
        days = self.days.by_day(source, issues.started, [*issues.columns(), *by], where)
        if days is None:
            return self.engine.repeats(source, issues, by=by, windows=windows, where=where)
        return carry.repeats(self.days, source, issues, by=by, windows=windows, where=where, states=days.states)


def _period(windows: Sequence[Window]) -> list[str]:
    return ["period"] if windows else []


def _cells(
    whole: pd.DataFrame, plain: Mapping[str, str], own: Sequence[str], windows: Sequence[Window]
) -> pd.DataFrame:
    """A table of counts: `[period,] *dims, [level,] n`."""
    whole = whole[["p", *plain, *own]].astype(dict.fromkeys(plain, "str") | dict.fromkeys(own, "int64"))
    return labelled(whole, [*plain, *own[:-1]], windows).rename(columns=dict(plain))[
        [*_period(windows), *plain.values(), *own]
    ]
