"""Have the asked days arrived, and whole? A trace of a half-loaded day is worse than none."""

from __future__ import annotations

from datetime import date, timedelta
from statistics import median

from ccsat.centre import Centre
from ccsat.errors import NoDataError, listing
from ccsat.question import Question, day_of, is_relative, period

MAX_AGE_DAYS, MIN_SHARE = 1, 0.3  # of a scheduled run whose study says nothing else
WEEKS, ENOUGH = (
    8,
    20,
)  # weeks that a weekday is compared with; answers on such a day from which on a share means something


def gate_data(centre: Centre, question: Question) -> None:
    """Refuse data that are not there yet: stale against the asked day, half a day's answers, a column gone.

    Checked when the run was given its day (`question.as_of`) and asks for a period that moves with it, or the study has a
    `[gate]`. Days on which the centre is usually closed are not missed.

    Raises:
        NoDataError: What is lacking, with the numbers seen and the limit.

    Assumes:
        A last day with less than `min_share` of its weekday's median over eight weeks is not loaded in full. Weekdays
        seen on fewer than three days, or with a median below 20 answers, are not judged.
    """
    gate = getattr(centre.study, "gate", None)
    max_age, min_share, columns = (getattr(gate, name, None) for name in ("max_age_days", "min_share", "columns"))
    lacking = [name for name in columns or () if name not in centre.columns]
    if lacking:
        raise NoDataError("gate_columns", columns=listing(lacking), known=listing(c for c in centre.columns if c != "row_key"))  # fmt: skip
    asked = question.as_of is not None and (question.current is None or is_relative(question.current))
    if centre.days is None or not (asked or max_age is not None or min_share is not None):
        return
    counts = daily_counts(centre)
    as_of = day_of(question.as_of) if question.as_of else centre.days[1]
    last = max((day for day in counts if day <= as_of), default=None)
    wanted = min(as_of, period(question.current, as_of=as_of, label="current").last) if is_relative(question.current) else as_of  # fmt: skip
    if last is None:
        raise NoDataError("gate_nothing", as_of=as_of.isoformat(), first=min(counts).isoformat())
    most = MAX_AGE_DAYS if max_age is None else max_age
    missed = [day for day in _days(last + timedelta(1), wanted) if _is_open(counts, day)]
    if len(missed) > most:
        raise NoDataError("gate_stale", last=last.isoformat(), wanted=wanted.isoformat(), n=len(missed), most=most)
    share = MIN_SHARE if min_share is None else min_share
    judged = min(last, wanted)
    usual = _same_weekday(counts, judged)
    if len(usual) >= 3 and median(usual) >= ENOUGH and counts.get(judged, 0) < share * median(usual):
        raise NoDataError("gate_volume", day=judged.isoformat(), n=counts.get(judged, 0), usual=f"{median(usual):g}", share=f"{100 * share:g}%")  # fmt: skip


def daily_counts(centre: Centre) -> dict[date, int]:
    """Rated facts a day."""
    at = centre.engine.quote("at")
    rated = "WHERE rating IS NOT NULL" if "rating" in centre.columns else ""
    found = centre.engine.query(f"SELECT CAST({at} AS DATE) AS day, COUNT(*) AS n FROM ({centre.facts}) f {rated} GROUP BY 1")  # fmt: skip
    return {date.fromisoformat(str(row.day)[:10]): int(row.n) for row in found.itertuples() if str(row.day) != "NaT" and row.day is not None}  # fmt: skip


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(n) for n in range((last - first).days + 1)]


def _same_weekday(counts: dict[date, int], day: date) -> list[int]:
    """Answers on the same weekday of the eight weeks before, as far as the data go back."""
    start = min(counts)
    before = [day - timedelta(7 * week) for week in range(1, WEEKS + 1)]
    return [counts.get(one, 0) for one in before if one >= start]


def _is_open(counts: dict[date, int], day: date) -> bool:
    """Whether answers come in on most such weekdays; a weekday never seen is taken for open."""
    usual = _same_weekday(counts, day)
    return not usual or sum(n > 0 for n in usual) * 2 >= len(usual)
