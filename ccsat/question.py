"""A question: which KPI, how counted, which period against which period or target."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, fields
from datetime import date, timedelta

from ccsat import study as study_file
from ccsat.engine.base import Window
from ccsat.errors import StudyError, Words


@dataclass(frozen=True)
class Question:
    """What is asked of a centre.

    `current` and `baseline` are "2024-06", "2024-06-01/2024-06-20", a day, or relative to `as_of`: "last week",
    "last month", "last 28 days", and for the baseline also "before" (as long, just before). With a `baseline` the total is
    current minus baseline; with a `target` only, current minus target.
    """

    kpi: str = "satisfaction_rate"
    caliber: str | None = None
    current: str | None = None
    baseline: str | None = None
    target: float | None = None
    dims: tuple[str, ...] | None = None
    min_n: int = 30
    fdr: float = 0.10
    max_depth: int = 2
    seed: int = 0
    as_of: str | None = None  # day that relative periods count from; the last day in the data where left out

    @classmethod
    def of(cls, study: study_file.Study, *, as_of: str | None = None) -> Question:
        """The question of a study file."""
        asked = study.question
        values = {field.name: getattr(asked, field.name) for field in fields(cls) if field.name != "as_of"}
        return cls(**{**values, "dims": tuple(asked.dims) if asked.dims is not None else None, "as_of": as_of})


def period(words: str, *, as_of: date | None, label: str, current: Window | None = None) -> Window:
    """Whole days from words: "2024-06", "2023-08-01/2023-08-20", "2024-06-03", "last week", "week before last",
    "last month", "month before last", "last 28 days"; with `current`, also "before".

    Raises:
        StudyError: The words are no period, or relative where the data have no last day.
    """
    given, words = words, " ".join(words.lower().split())
    try:
        if words == "before" and current is not None:
            days = (current.last - current.first).days + 1
            return Window(label, current.first - timedelta(days), current.first - timedelta(1))
        if "/" in words:
            first, last = (part.strip() for part in words.split("/"))
            window = Window(label, _span(first)[0], _span(last)[1])
            if window.last < window.first:
                raise ValueError
            return window
        if words[:1].isdigit():
            return Window(label, *_span(words))
        if as_of is not None and (window := _relative(words, as_of, label)):
            return window
    except (ValueError, OverflowError):
        pass
    raise StudyError("period_words", key=Words(f"period.{label}"), words=given)


def _span(words: str) -> tuple[date, date]:
    """First and last day of a month ("2024-06") or a day ("2024-06-03")."""
    if match := re.fullmatch(r"(\d{4})-(\d{2})", words):
        year, month = int(match[1]), int(match[2])
        return date(year, month, 1), date(year, month, monthrange(year, month)[1])
    return date.fromisoformat(words), date.fromisoformat(words)


def day_of(words: str) -> date:
    """The day that relative periods count from.

    Raises:
        StudyError: Not an ISO date.
    """
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise StudyError("run_as_of", as_of=words) from None


def is_relative(words: str | None) -> bool:
    """Whether a period moves with `as_of`."""
    return bool(words) and not words.strip()[:1].isdigit()


def _relative(words: str, as_of: date, label: str) -> Window | None:
    monday = as_of - timedelta(as_of.weekday())
    if words == "last week":  # the last whole week up to as_of
        last = as_of if as_of.weekday() == 6 else monday - timedelta(1)
        return Window(label, last - timedelta(6), last)
    if words == "week before last":
        last = _relative("last week", as_of, label).first - timedelta(1)
        return Window(label, last - timedelta(6), last)
    if words == "last month":
        whole = as_of.day == monthrange(as_of.year, as_of.month)[1]
        last = as_of if whole else as_of.replace(day=1) - timedelta(1)
        return Window(label, last.replace(day=1), last)
    if words == "month before last":
        last = _relative("last month", as_of, label).first - timedelta(1)
        return Window(label, last.replace(day=1), last)
    if (match := re.fullmatch(r"last (\d+) days?", words)) and int(match[1]):
        return Window(label, as_of - timedelta(int(match[1]) - 1), as_of)
    return None
