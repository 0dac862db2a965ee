"""How far days reach: the margins of the request `repeats`, and from them which days a day needs."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING

import pandas as pd

from ccsat.engine.base import NULL_LEVEL
from ccsat.engine.repeats import Issues
from ccsat.engine.scan import Scan

if TYPE_CHECKING:
    from ccsat.increments.days import Days

GAP = 10  # missing days that lie closer are computed together
NEVER = datetime(1, 2, 1)  # no contact reaches further back
FOR_EVER = datetime(9000, 1, 1)  # an end that stands for none is as good as this


@dataclass(frozen=True)
class Asked:
    """A request, and the margins that its rules need."""

    own: Days
    source: str
    issues: Issues
    by: tuple[str, ...]
    where: Mapping | None
    as_of: datetime
    last: datetime
    states: Mapping[str, str]
    scan: Scan

    @property
    def widest(self) -> timedelta:
        return timedelta(seconds=max(self.issues.seconds))

    @property
    def after(self) -> timedelta:
        """How long after its reach a day may still change."""
        return max(self.widest, self._redial)

    @property
    def before(self) -> timedelta:
        """How long after its end a contact matters to those that follow."""
        return max(timedelta(seconds=round(3600 * (self.issues.lookback_h or 0))), self._redial)

    @property
    def _redial(self) -> timedelta:
        return timedelta(seconds=self.issues.redial_s if self.issues.dropped is not None else 0)

    @property
    def days(self) -> list[str]:
        """Days that have begun by `as_of`, in order."""
        return [day for day in self.states if day != NULL_LEVEL and start_of(day) <= self.as_of]


def latest_before(days: Sequence[str], reach: Mapping[str, datetime]) -> Callable[[str], datetime]:
    """Day -> the latest moment that the days before it reach."""
    latest = list(accumulate((reach[day] for day in days), max, initial=NEVER))
    return lambda day: latest[bisect_left(days, day)]


def first_needed(asked: Asked, reach: Mapping[str, datetime], day: str) -> str:
    """The t0 of a day: the days before it do not matter to it. Also far enough back to see a shared line begin."""
    begin = start_of(day)
    edge = day_of(begin - asked.widest)
    for other in asked.days:
        if other >= edge:
            break
        if reach[other] + asked.before >= begin:
            return other
    return edge


def groups_of(missing: Sequence[str]) -> list[list[str]]:
    """Missing days in groups that lie together."""
    groups: list[list[str]] = []
    for day in missing:
        if groups and (date.fromisoformat(day) - date.fromisoformat(groups[-1][-1])).days <= GAP:
            groups[-1].append(day)
        else:
            groups.append([day])
    return groups


def digest_of(states: Mapping[str, str], first: str, last: str) -> str:
    """The states of the days from one to another, as one short text."""
    inside = "\n".join(f"{day} {state}" for day, state in states.items() if first <= day <= last)
    return hashlib.sha256(inside.encode()).hexdigest()[:16]


def start_of(day: str) -> datetime:
    """Midnight at which a day (ISO) begins."""
    return datetime.combine(date.fromisoformat(day), time())


def end_of(day: str) -> datetime:
    """Midnight at which a day (ISO) ends: the next one's beginning."""
    return start_of(day) + timedelta(1)


def day_of(moment: datetime) -> str:
    """The day (ISO) in which a moment lies."""
    return moment.date().isoformat()


def moment_of(value: object) -> datetime:
    """A time in any spelling that pandas reads, as a `datetime`."""
    return pd.Timestamp(value).to_pydatetime()
