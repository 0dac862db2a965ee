"""How much of the dissatisfaction that the target allows did the month use so far?"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean

from ccsat.cells import Measure, ask, measure
from ccsat.centre import Centre
from ccsat.ledgers import Budget, dissatisfaction_budget
from ccsat.question import Question

PROFILE_DAYS = 56  # by whose weekdays the rest of the month is foreseen


@dataclass(frozen=True)
class Spent:
    """What the target allows in the day's month and what is used: `measured` the month so far, `expected_n` ratings of the whole month
    (the rest by the weekdays of eight weeks), `first` and `last` day of the month, `lower, upper` of the burn rate (95 %)."""

    budget: Budget
    measured: Measure
    expected_n: float
    first: date
    last: date
    lower: float
    upper: float


def spend(centre: Centre, day: date, counts: Mapping[date, int]) -> Spent | None:
    """How much of the dissatisfaction that the target allows did the month use so far?"""
    own = Question.of(centre.study)
    own = own if own.kpi == "satisfaction_rate" else Question(kpi="satisfaction_rate")
    first = day.replace(day=1)
    last = (first + timedelta(31)).replace(day=1) - timedelta(1)
    asked = ask(centre, dataclasses.replace(own, as_of=None, current=f"{first}/{day}", baseline=None))
    if asked.full_mark_target or not asked.target < 1:
        return None
    measured = measure(centre, asked)
    now, profile = measured.headline["current"], {}
    for back in range(min(PROFILE_DAYS, (day - centre.days[0]).days + 1)):
        one = day - timedelta(back)
        profile.setdefault(one.weekday(), []).append(counts.get(one, 0))
    rest = sum(fmean(profile.get((day + timedelta(ahead)).weekday(), [0])) for ahead in range(1, (last - day).days + 1))
    expected, allowed = now.n + rest, 1 - asked.target
    budget = dissatisfaction_budget(asked.target, expected, now.n - now.numerator, now.n / expected)
    return Spent(budget, measured, expected, first, last, (1 - now.upper) / allowed, (1 - now.lower) / allowed)
