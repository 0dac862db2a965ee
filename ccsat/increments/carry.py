"""Who came back, day by day: the counts of a stored day stand for good once nothing that can still happen, or be found out, changes them.

Three things tie the days of the request `repeats` together; each is made local, and each argument is of one customer at a time, because
every rule of the request is.

*Shared lines.* A customer with too many contacts anywhere in the data is left out everywhere. So days are counted with everybody in
(`shared=None`), and what the lines themselves add to each day is computed from their own events and subtracted. A customer who becomes a
line later is thereby taken out of the earlier days too. Who is a line is stored by day: the moment at which a customer first had the last
of too many contacts within the longest window, which needs the events of that window alone.

*What comes after.* Let a day's reach be the latest end of its contacts, redials merged. Redials that continue a contact begin within
`redial_s` of its end, and repeats within the longest window of it. So what comes after reach + max(longest window, redial_s) changes
nothing: a day is settled when the data go on to that moment (or to the day's own end, if later), and only settled days are stored.
Their counts hold for every later `as_of`, with none immature.

*What went before.* An earlier contact matters as a first contact's predecessor (`lookback_h` after its end), or because a contact is its
redial (`redial_s` after its end). So the days before a midnight t0 change nothing from the start of a day on, if all of them have a reach
that is further back than max(lookback_h, redial_s). Events from t0 on are then enough: a run of redials that t0 cuts in two has ended too
early to matter, and every other run is whole.

Therefore a missing day is computed from a slice of the source, from its t0 to the moment that settles it, both found from the reach of
days (the second from the slice's own, and checked). A stored day notes its t0, its last moment and a digest of the states of the days in
between; it counts while these states are the same, the days before its t0 still do not reach it, and `as_of` is not before its last
moment. The state that is kept is therefore of the counts of a day and the lines of a day; what is read of the source is as long as the
look-back and the windows, not as long as its history, but for the lines' own events.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from ccsat.engine.base import NULL_LEVEL, Window
from ccsat.engine.repeats import TAKEN, Issues
from ccsat.engine.scan import Scan
from ccsat.errors import ColumnError, listing
from ccsat.increments.reach import (
    FOR_EVER,
    Asked,
    day_of,
    digest_of,
    end_of,
    first_needed,
    groups_of,
    latest_before,
    moment_of,
    start_of,
)
from ccsat.increments.slices import OF_LINE, Slice, lines_text, reach_text, slice_text
from ccsat.increments.store import DAY, Entry, Store, of_days
from ccsat.increments.sums import add_up, arrow, labelled

if TYPE_CHECKING:
    import pyarrow as pa

    from ccsat.increments.days import Days

COUNTS = ("judged", "n", "repeated", "immature", "early")
LINE = ("line", "known_at")


@dataclass
class _Found:
    """What is known of days: their reach, and the rows of counts and lines."""

    reach: dict[str, datetime]
    counts: list[pa.Table]
    lines: list[pa.Table]


def repeats(own: Days, source: str, issues: Issues, *, by: Sequence[str], windows: Sequence[Window], where: Mapping | None,
            states: Mapping[str, str]) -> pd.DataFrame:  # fmt: skip
    """The request `repeats` as a sum of days; exactly the engine's own answer."""
    scan = own.engine._scan(
        source, [*issues.columns(), *by], at=issues.started, windows=windows, where=where, timed=True
    )
    if taken := [name for name in by if name in (*TAKEN, *(["period"] if windows else []))]:
        raise ColumnError("engine_name_taken", names=listing(taken))
    inner = own.engine
    whole = Scan(inner.macros, source, scan.kinds, at=issues.started)
    last = inner._as_of(whole, replace(issues, as_of=None))
    as_of = last if issues.as_of is None else min(last, issues.as_of.replace(tzinfo=None))
    asked = Asked(own, source, issues, tuple(by), where, as_of, last, states, whole)
    plain = {name: f"d{i}" for i, name in enumerate(by)}
    columns = {DAY: DAY, **plain, "hours": "hours", **{name: name for name in COUNTS}}
    counts, lines = _days(asked, columns)
    keys = [*plain.values(), "hours"]
    total = add_up(counts, windows, keys, COUNTS)
    if lines:
        theirs = _of_lines(asked, columns, lines)
        total = pd.concat(
            [
                total,
                add_up(theirs, windows, keys, COUNTS).assign(
                    **{name: lambda t, name=name: -t[name] for name in COUNTS}
                ),
            ]
        )
        total = total.groupby(["p", *keys], as_index=False)[list(COUNTS)].sum()
    total = total[total["judged"] > 0].astype(
        dict.fromkeys(COUNTS, "int64") | {"hours": "float64"} | dict.fromkeys(plain.values(), "str")
    )
    found = labelled(total, keys, windows).rename(columns={short: name for name, short in plain.items()})
    return found[[*(["period"] if windows else []), *by, "hours", *COUNTS]]


def _days(asked: Asked, columns: Mapping[str, str]) -> tuple[pa.Table, list[str]]:
    """The counts of every day with everybody in, and who is a shared line by `as_of`."""
    import pyarrow as pa

    own, days = asked.own, asked.days
    request = {"request": "repeats", "by": asked.by, "where": asked.where or {}, **_rules(asked.issues)}
    store = own.store(asked.source, request)
    trusted = own.trusted(asked.states)
    edge = min((day for day in asked.states if day not in trusted and day != NULL_LEVEL), default="9999-99")
    refused: set[str] = set()
    while True:
        stored, entries = store.take(partial(_valid, asked, edge, refused), lambda table: table)
        reach = {day: moment_of(entry.more["reach"]) for day, entry in entries.items()}
        missing = [day for day in days if day not in entries]
        fresh = _Found(reach, [], [])
        for group in groups_of(missing):
            _compute(asked, group, fresh, columns)
        latest = latest_before(asked.days, reach)
        doubtful = {
            day for day, entry in entries.items() if latest(entry.more["first"]) + asked.before >= start_of(day)
        }
        if not doubtful:
            break
        refused |= doubtful  # an earlier day now reaches further than it did
    own.told(read=len(entries), computed=len(missing), late=own.changed(store, asked.states, missing))
    parts = [*(_counts_of(table, columns) for table in stored), *fresh.counts]
    counts = pa.concat_tables(parts or [_nothing(asked, columns)])
    lines = [*(_lines_of(table) for table in stored if "line" in table.column_names), *fresh.lines]
    _keep(asked, store, missing, fresh)
    known = pd.concat([part.to_pandas() for part in lines]) if asked.issues.shared is not None and lines else None
    return counts, [] if known is None else sorted(set(known.loc[known["known_at"] <= asked.as_of, "line"]))


def _rules(issues: Issues) -> dict[str, object]:
    """What of the issues makes a specification: all but until when the data tell."""
    return {name: value for name, value in vars(issues).items() if name != "as_of"}


def _valid(asked: Asked, edge: str, refused: set[str], entry: Entry) -> bool:
    """Whether what a stored day depends on is as it was, is known by `as_of`, and ends before the days that may still change begin (`edge`)."""
    more = entry.more
    return (entry.day not in refused and more["last"] < edge and asked.states.get(entry.day) == entry.state and moment_of(more["settled"]) <= asked.as_of
            and digest_of(asked.states, more["first"], more["last"]) == more["between"])  # fmt: skip


def _compute(asked: Asked, group: Sequence[str], found: _Found, columns: Mapping[str, str]) -> None:
    """Reach, counts and lines of missing days that lie together, from the slice of the source that they need."""
    inner = asked.own.engine
    whole = group[0] == asked.days[0]
    begin = None if whole else start_of(first_needed(asked, found.reach, group[0]))
    until = end_of(group[-1]) + asked.after
    while True:
        made = Slice(begin, None if until >= asked.last else until, asked.last)
        text = slice_text(asked.scan, asked.issues, made)
        ends = inner.query(reach_text(inner, text, asked.issues, asked.as_of))
        reach = {str(day): min(moment_of(end), FOR_EVER) for day, end in zip(ends["dy"], ends["reach"], strict=True)}
        found.reach.update({day: max(reach.get(day, start_of(day)), start_of(day)) for day in group})
        needed = max(found.reach[day] for day in group) + asked.after
        if made.until is None or needed <= made.until:
            break
        until = needed + timedelta(hours=1)
    issues = replace(asked.issues, shared=None, as_of=asked.as_of)
    counted = inner.repeats(text, issues, by=[DAY, *asked.by], where=asked.where)
    found.counts.append(arrow(counted[counted[DAY].isin(group)], columns))
    if asked.issues.shared is not None:
        lines = inner.query(lines_text(asked.scan, text, asked.issues, asked.as_of))
        lines = lines[lines[DAY].isin(group)].astype({DAY: "str", "line": "str"})
        found.lines.append(
            arrow(
                lines.assign(known_at=pd.to_datetime(lines["known_at"]).astype("datetime64[us]")),
                {DAY: DAY, **{name: name for name in LINE}},
            )
        )


def _of_lines(asked: Asked, columns: Mapping[str, str], lines: Sequence[str]) -> pa.Table:
    """What the shared lines add to the days, from their own events alone."""
    issues = replace(asked.issues, shared=None, as_of=asked.as_of)
    text = slice_text(asked.scan, asked.issues, Slice(None, None, asked.last), customers=lines)
    return arrow(
        asked.own.engine.repeats(text, issues, by=[DAY, *asked.by], where={**(asked.where or {}), OF_LINE: 1}), columns
    )


def _keep(asked: Asked, store: Store, missing: Sequence[str], found: _Found) -> None:
    """Store the days that are settled: counts and lines in one file, told apart by `line`."""
    import pyarrow as pa

    final, entries = asked.own.final(asked.states), {}
    for day in missing:
        settled = max(found.reach[day] + asked.after, end_of(day))
        if day in final and settled <= asked.as_of:
            first, last = first_needed(asked, found.reach, day), day_of(settled)
            entries[day] = {"state": asked.states[day], "reach": found.reach[day].isoformat(), "settled": settled.isoformat(), "first": first,
                            "last": last, "between": digest_of(asked.states, first, last)}  # fmt: skip
    same = {(entry.day, _key(entry.more)) for entry in store.entries()}
    entries = {day: more for day, more in entries.items() if (day, _key(more)) not in same}
    if not entries:
        return
    parts = [pa.concat_tables(found.counts), *found.lines]
    table = pa.concat_tables(parts, promote_options="default")
    store.put(of_days(table, list(entries)), entries)


def _key(more: Mapping) -> tuple:
    return tuple(sorted((name, str(value)) for name, value in more.items()))


def _counts_of(table: pa.Table, columns: Mapping[str, str]) -> pa.Table:
    import pyarrow.compute as pc

    return table.filter(pc.is_valid(table["judged"])).select(list(columns.values()))


def _lines_of(table: pa.Table) -> pa.Table:
    import pyarrow.compute as pc

    return table.filter(pc.is_valid(table["line"])).select([DAY, *LINE])


def _nothing(asked: Asked, columns: Mapping[str, str]) -> pa.Table:
    """No counts, in their types."""
    issues = replace(asked.issues, shared=None, as_of=asked.as_of)
    text = slice_text(asked.scan, asked.issues, Slice(datetime.max, None, None))
    return arrow(asked.own.engine.repeats(text, issues, by=[DAY, *asked.by], where=asked.where), columns)
