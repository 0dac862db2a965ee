"""The day's schedule: slots whose minutes are those that the sources state, summed, and refused where they do not fit."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ccsat.errors import CcsatError, suggestion
from ccsat.wording import text
from ccsat.workshop.source import Source

FILE = "workshop/schedule.toml"
STATED = {
    "zh": re.compile(r"\*\*用时\*\*：(\d+) 分钟(?:（([^）]*)）)?"),
    "en": re.compile(r"\*\*Time\*\*: (\d+) minutes(?: \(([^)]*)\))?"),
}
PART = re.compile(r"(\d+)\s*$")
ACTIVITIES = ("opening", "break", "lunch", "review", "presentations", "recap", "closing")


class ScheduleError(CcsatError):
    """A schedule that cannot be read or does not fit its hours; all problems at once."""


@dataclass(frozen=True)
class Slot:
    """One line of a day: minutes after midnight, how long, and what: a source's name, or an activity."""

    start: int
    minutes: int
    what: str
    is_source: bool

    @property
    def clock(self) -> str:
        """When it begins and ends, e.g. "09:10–09:20"."""
        return "–".join(f"{minute // 60:02d}:{minute % 60:02d}" for minute in (self.start, self.start + self.minutes))


@dataclass(frozen=True)
class Form:
    """A form of the workshop: its days, each a list of slots, and how many minutes a day may take."""

    key: str
    days: tuple[tuple[Slot, ...], ...]
    minutes: int

    def total(self, day: int) -> int:
        """The minutes of a day, pauses included."""
        return sum(slot.minutes for slot in self.days[day])


def stated_minutes(source: Source, lang: str = "zh") -> tuple[int, tuple[int, ...]] | None:
    """The minutes that a source states, and those of its parts; None where it states none."""
    for cell in source.in_language(lang):
        if cell.kind == "markdown" and (found := STATED[lang].search(cell.text)):
            parts = [PART.search(part.strip()) for part in re.split(r"[,，、]", found.group(2) or "")]
            return int(found.group(1)), tuple(int(part.group(1)) for part in parts if part)
    return None


def read_schedule(root: str | Path, sources: Sequence[Source]) -> tuple[Form, ...]:
    """The forms of a workshop.

    Args:
        root: Folder that holds `workshop/schedule.toml`.
        sources: Where the minutes are.

    Raises:
        ScheduleError: Not there, no TOML, a slot that is neither a source nor an activity, a source that states no minutes, or a day
            longer than its form allows.
    """
    path = Path(root) / FILE
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ScheduleError(
            "schedule_unread", file=FILE, reason=str(getattr(error, "strerror", None) or error)
        ) from None
    minutes = {source.name: stated_minutes(source) for source in sources}
    forms, problems = [], []
    for key, form in content.items():
        try:
            begin, allowed, days = _clock(form["start"]), int(form["minutes"]), form["days"]
        except (KeyError, TypeError, ValueError):
            problems.append(text("schedule.form", form=key))
            continue
        made = []
        for number, slots in enumerate(days, 1):
            made.append(_day(key, slots, begin, minutes, problems))
            spent = sum(slot.minutes for slot in made[-1])
            if spent > allowed:
                problems.append(text("schedule.too_long", form=key, day=number, spent=spent, allowed=allowed))
        forms.append(Form(key, tuple(made), allowed))
    if problems:
        raise ScheduleError("schedule_wrong", file=FILE, problems="\n  ".join(problems))
    return tuple(forms)


def _day(form: str, slots: Sequence, begin: int, minutes: Mapping, problems: list[str]) -> tuple[Slot, ...]:
    made, at = [], begin
    for slot in slots:
        what, given = str(slot[0]), slot[1:]
        known = minutes.get(what)
        if what in minutes and (known is None or given):
            problems.append(text("schedule.source_minutes", form=form, what=what))
            continue
        if what not in minutes and (
            what not in ACTIVITIES or len(given) != 1 or not isinstance(given[0], int) or given[0] <= 0
        ):
            problems.append(
                text("schedule.slot", form=form, what=what, near=suggestion(what, [*minutes, *ACTIVITIES]) or "–")
            )
            continue
        lasts = known[0] if known else given[0]
        made.append(Slot(at, lasts, what, what in minutes))
        at += lasts
    return tuple(made)


def _clock(words: str) -> int:
    hour, minute = map(int, str(words).split(":"))
    if not (0 <= hour < 24 and 0 <= minute < 60):
        raise ValueError(words)
    return 60 * hour + minute


def schedule_page(forms: Sequence[Form], titles: Mapping[str, str], lang: str) -> str:
    """The schedule as a page: one table a day, with its sum.

    Args:
        titles: A source's name to its question.
    """
    parts = [f"# {text('schedule.title', lang)}", text("schedule.lead", lang)]
    for form in forms:
        parts.append(
            f"## {text(f'schedule.form_{form.key}', lang)}"
            if form.key in ("half_day", "one_day", "two_days")
            else f"## {form.key}"
        )
        for number, day in enumerate(form.days, 1):
            if len(form.days) > 1:
                parts.append(f"### {text('schedule.day', lang, n=number)}")
            rows = [
                f"| {text('schedule.head.clock', lang)} | {text('schedule.head.minutes', lang)} | {text('schedule.head.what', lang)} | {text('schedule.head.file', lang)} |",
                "| --- | ---: | --- | --- |",
            ]
            for slot in day:
                what = (
                    titles.get(slot.what, slot.what) if slot.is_source else text(f"schedule.activity.{slot.what}", lang)
                )
                rows.append(
                    f"| {slot.clock} | {slot.minutes} | {what} | {f'`{slot.what}`' if slot.is_source else ''} |"
                )
            pauses = sum(slot.minutes for slot in day if slot.what in ("break", "lunch"))
            rows.append(
                f"| | **{form.total(number - 1)}** | {text('schedule.sum', lang, work=form.total(number - 1) - pauses, pauses=pauses)} | |"
            )
            parts.append("\n".join(rows))
    return "\n\n".join([*parts, text("schedule.before", lang)]) + "\n"
