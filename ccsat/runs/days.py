"""The day that a scheduled run is of: words and the business clock to an ISO date, never the machine's zone unasked."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ccsat.errors import StudyError

BACK = re.compile(r"today\s*-\s*(\d{1,4})")
WORDS = {"today": 0, "yesterday": 1, "今天": 0, "昨天": 1}


def resolve_day(words: str | None, *, zone: str | None = None, now: datetime | None = None) -> str | None:
    """The ISO date that `--as-of` stands for.

    Args:
        words: An ISO date, "today", "yesterday", "today-3", or None for the last day in the data.
        zone: The business's time zone ("Asia/Shanghai"); the machine's own where left out.
        now: This moment, with a zone.

    Raises:
        StudyError: Neither an ISO date nor one of these words; a zone that does not exist.

    Assumes:
        Days are counted on the calendar of the zone, so a day of 23 or 25 hours is one day.
    """
    clock = _zone(zone)
    if words is None:
        return None
    plain = words.strip().lower()
    back = WORDS.get(plain)
    if back is None and (match := BACK.fullmatch(plain)):
        back = int(match[1])
    if back is not None:
        today = (now or datetime.now(UTC)).astimezone(clock).date()
        return (today - timedelta(back)).isoformat()
    try:
        if date.fromisoformat(words).isoformat() == words:
            return words
    except ValueError:
        pass
    raise StudyError("run_as_of", as_of=words)


def _zone(name: str | None) -> ZoneInfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise StudyError("run_zone", zone=name) from None
