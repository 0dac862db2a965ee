"""The days of an engine's sources: their states, their files, and the sum of those that are asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ccsat.engine.base import NULL_LEVEL, Window
from ccsat.engine.portable import PortableEngine
from ccsat.engine.scan import Scan
from ccsat.errors import EngineError
from ccsat.increments.account import Account
from ccsat.increments.identity import base_of, described
from ccsat.increments.states import states_of
from ccsat.increments.store import DAY, Store, of_days
from ccsat.increments.sums import again, asked_days, summed

if TYPE_CHECKING:
    import pyarrow as pa

CELLS_AT_ONCE = (
    20_000_000  # as many cells as rows may come of a request by day; more days than that are computed in lots
)
WORTH, SMALL = 0.5, 100_000  # days with more cells than this share of their rows, and than this, are not kept


@dataclass(frozen=True)
class ByDay:
    """A source by day: the text with the column `DAY`, and the state of each day."""

    sql: str
    states: Mapping[str, str]


class Days:
    """The days that an engine computes and a folder keeps. Arguments as `DailyEngine`."""

    def __init__(self, engine: PortableEngine, folder: Path, *, scope: str, late_days: int, content: bool):
        self.engine, self.folder, self.scope, self.late_days, self.content = engine, folder, scope, late_days, content
        self.account = Account()
        self._known = frozenset(engine.tables())
        self._by_day: dict[tuple[str, str], ByDay | None] = {}
        self._states: dict[tuple[str, str], dict[str, str] | None] = {}

    def by_day(self, source: str, at: str, names: Sequence[str], where: Mapping | None) -> ByDay | None:
        """A source by day; None where it has no days, or none that can be stored."""
        kinds = self.engine.columns(source)
        asked = {at, *names, *(where or {})}
        if not asked <= set(kinds) or kinds[at] not in ("time", "date") or DAY in kinds:
            self.account.past += 1
            return None  # the engine says what is wrong
        if (source, at) not in self._by_day:
            states = self._states_of(source, at)
            scan = Scan(self.engine.macros, source, kinds, at=at)
            sql = f"SELECT source.*, {scan.day()} AS {DAY} FROM {scan.relation()}"
            self._by_day[source, at] = None if states is None or self._is_passing(source) else ByDay(sql, states)
        found = self._by_day[source, at]
        self.account.past += found is None
        return found

    def _is_passing(self, source: str) -> bool:
        """Whether a source mentions a frame that was registered after this engine was made."""
        later = (re.escape(name) for name in set(self.engine.tables()) - self._known)
        return any(re.search(rf"(?<!\w){name}(?!\w)", source) for name in later)

    def _states_of(self, source: str, at: str) -> dict[str, str] | None:
        base = base_of(source)
        base = base if base == source or at in self.engine.columns(base) else source
        if (base, at) not in self._states:
            self._states[base, at] = states_of(
                self.engine, base, self.engine.columns(base), at=at, content=self.content
            )
        return self._states[base, at]

    def final(self, states: Mapping[str, str]) -> set[str]:
        """Days that are stored: where only rows are counted, all but the last that may still change. Rows without a time are no day."""
        return self._until(states, 0 if self.content else self.late_days)

    def trusted(self, states: Mapping[str, str]) -> set[str]:
        """Days that are read: where only rows are counted, the first of the late days is computed anew as well, for good."""
        return self._until(states, 0 if self.content else self.late_days + 1)

    @staticmethod
    def _until(states: Mapping[str, str], late: int) -> set[str]:
        dated = [day for day in states if day != NULL_LEVEL]
        return set(dated[: max(len(dated) - late, 0)])

    def store(self, source: str, request: Mapping[str, object]) -> Store:
        """The files of a request on a source."""
        return Store(self.folder, described(source, request, scope=self.scope))

    def add(self, source: str, days: ByDay, request: Mapping[str, object], windows: Sequence[Window], where: Mapping | None,
            compute: Callable[[str, Mapping], pa.Table], keys: Sequence[str], sums: Sequence[str], *, cells: int = 1) -> pa.Table | None:  # fmt: skip
        """The days that are asked for, added up: read where they are stored, computed where not, in one request unless they are very many rows.

        Args:
            cells: Tables of the answer that may have as many cells as there are rows.

        Returns:
            `p, *keys, *sums`; None where the engine has to answer for the whole: it refuses the request by day (too many cells), or a day is
            hardly smaller than its rows, so that reading would cost more than computing.
        """
        store = self.store(source, request)
        if store.is_given_up:
            self.account.past += 1
            return None
        wanted = asked_days(list(days.states), windows)
        trusted = self.trusted(days.states).intersection(wanted)
        fold = lambda table: summed(table, windows, keys, sums)
        parts, found = store.take(lambda entry: entry.day in trusted and days.states[entry.day] == entry.state, fold)
        missing = [day for day in wanted if day not in found]
        late = self.changed(store, days.states, missing)
        known = {entry.day for entry in store.entries() if entry.state == days.states.get(entry.day)}
        final = self.final(days.states) - known
        for some in _at_once(missing, days.states, cells) or ([] if parts else [[]]):
            try:
                fresh = compute(days.sql, self._only(some, days.states, where))
            except EngineError:
                return None
            if fresh.num_rows > max(WORTH * _rows(some, days.states), SMALL):
                store.give_up()
                self.account.past += 1
                return None
            store.put(
                of_days(fresh, final.intersection(some)),
                {day: {"state": days.states[day]} for day in some if day in final},
            )
            parts.append(fold(fresh))
        self.told(read=len(found), computed=len(missing), late=late)
        return again(parts, keys, sums)

    def changed(self, store: Store, states: Mapping[str, str], missing: Sequence[str]) -> list[str]:
        """Of the days to compute those that are stored in another state: their rows came late, were corrected or are gone."""
        known: dict[str, set[str]] = {}
        for entry in store.entries():
            known.setdefault(entry.day, set()).add(entry.state)
        return [day for day in missing if day in known and states[day] not in known[day]]

    def seen(self, source: str, at: str) -> tuple[dict[str, str], dict[str, list[str]]] | None:
        """The days of a source, and what became of them since the last run: `same`, `new` and `late` days. Remembers the days for the next.

        None where the source has no days to keep.
        """
        days = self.by_day(source, at, [], None)
        if days is None:
            return None
        store = self.store(source, {"request": "days", "at": at})
        last = {entry.day: entry.state for entry in reversed(store.entries())}
        found: dict[str, list[str]] = {"same": [], "new": [], "late": []}
        for day, state in days.states.items():
            found["new" if day not in last else "same" if last[day] == state else "late"].append(day)
        import pyarrow as pa

        store.put(
            pa.table({DAY: pa.array([], pa.large_string())}),
            {day: {"state": days.states[day]} for day in (*found["new"], *found["late"])},
        )
        return dict(days.states), found

    def told(self, *, read: int, computed: int, late: Sequence[str]) -> None:
        """Put one request into the account."""
        account = self.account
        account.requests, account.read, account.computed = (
            account.requests + 1,
            account.read + read,
            account.computed + computed,
        )
        account.late += len(late)
        account.days_late |= set(late)
        account.write(self.folder)

    def _only(self, missing: Sequence[str], states: Mapping[str, str], where: Mapping | None) -> dict[str, object]:
        """The options that limit a request to days: a plain window, which lets an engine skip blocks, and the days where there are gaps."""
        options: dict[str, object] = {"where": where}
        dated = [date.fromisoformat(day) for day in missing if day != NULL_LEVEL]
        if len(dated) == len(missing):
            first, last = (min(dated), max(dated)) if dated else (date(1900, 1, 1), date(1900, 1, 1))
            options["windows"] = [Window("days", first, last)]
            inside = [day for day in states if day != NULL_LEVEL and first <= date.fromisoformat(day) <= last]
        else:
            inside = list(states)
        if len(missing) < len(inside):
            days = [None if day == NULL_LEVEL else day for day in missing]
            options["where"] = {**(where or {}), DAY: days}
        return options


def _at_once(missing: Sequence[str], states: Mapping[str, str], cells: int) -> list[list[str]]:
    """Missing days in lots that memory holds, whatever their cells; one lot as a rule."""
    lots: list[list[str]] = []
    rows = 0
    for day in missing:
        own = _rows([day], states) * cells
        rows += own
        if not lots or rows > CELLS_AT_ONCE:
            lots.append([])
            rows = own
        lots[-1].append(day)
    return lots


def _rows(days: Sequence[str], states: Mapping[str, str]) -> int:
    return sum(int(states[day].split("/")[0]) for day in days)
