"""The meeting pack as a routine: one edition of one day, against the same edition before it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from ccsat.centre import Centre
from ccsat.findings import kpi_entry
from ccsat.gate import gate_data
from ccsat.meeting import Pack, meeting_pack
from ccsat.meeting.hardest import OTHERS
from ccsat.question import Question, day_of
from ccsat.register.actions import Actions
from ccsat.results import Result, result_class
from ccsat.routine.files import write_files
from ccsat.routine.repeats import Since, findings_before, folder_name, runs_folder, since
from ccsat.wording import language, text

CODE = "R04"
SUNDAY = 6
SCHEMA = 1


@result_class
class Meeting(Result):
    """A meeting's pack, and what it says against the run before.

    The table: topics of the hardest contacts with `topic, n, hard, status` ("new", "continuing" or "recurred"); empty in an edition without them.

    Attributes:
        pack: The edition. closed: Topics of the run before that are listed no more. before: Day of that run; None where there is none.
        overdue: Planned actions of the register past their due day; upcoming: those due within a week.
    """

    pack: Pack
    closed: tuple[str, ...]
    before: str | None
    overdue: pd.DataFrame
    upcoming: pd.DataFrame

    def counts(self) -> dict[str, int]:
        """Numbers that alert rules read."""
        status = self.table["status"].tolist()
        return {"sections": len(self.pack.sections), "hardest": len(status), "new": sum(one != Since.CONTINUING for one in status), "continuing": status.count(Since.CONTINUING),
                "closed": len(self.closed), "open_tickets": self.pack.open_tickets or 0, "overdue_tickets": self.pack.overdue or 0, "overdue_actions": len(self.overdue)}  # fmt: skip

    def sentence(self) -> str:
        return self.pack.sentence()


def prepare_meeting(
    centre: Centre, edition: str = "", *, as_of: str = "", out_dir: str | Path | None = None, topic: str | None = None, channel: str | None = None, concurrency: float = 1.0
) -> Meeting:  # fmt: skip
    """The pack of a meeting, with what is new since the same edition before.

    Args:
        edition: A key of `EDITIONS`. Where empty that of the study's `[meeting]`; where it names none, the weekly one on Sundays and the morning one on other days.
        as_of: The ISO day reported; the last one in the data where empty. out_dir: Where the notebook writes; the run before and the register lie beside it. Others as `meeting_pack`.

    Raises:
        NoDataError: The day is not there yet, or not in full. DataError: No such edition.

    Source:
        DOMAIN A28-A31, 6.5.
    """
    study = centre.study
    own = Question.of(study)
    gate_data(
        centre, Question(kpi=own.kpi, caliber=own.caliber, current="last 1 days", min_n=own.min_n, as_of=as_of or None)
    )
    wanted = getattr(study, "meeting", None)
    told = lambda name, given: given or getattr(wanted, name, None)
    day = min(day_of(as_of), centre.days[1]) if as_of else centre.days[1]
    edition = told("edition", edition) or ("weekly" if day.weekday() == SUNDAY else "morning")
    topic, channel = told("topic", topic), told("channel", channel)
    pack = meeting_pack(centre, edition, as_of=as_of, topic=topic, channel=channel, concurrency=concurrency)
    runs = None if out_dir is None else runs_folder(out_dir, folder_name(study.name, CODE))
    earlier = None if runs is None else findings_before(runs / folder_name(study.name, CODE), as_of or str(pack.day))
    earlier = earlier if earlier and earlier.get("meeting", {}).get("edition") == edition else None
    was = {one["topic"] for one in (earlier or {}).get("hardest", [])}
    shown = pack.hardest.table if pack.hardest is not None else pd.DataFrame({"topic": [], "n": [], "hard": []})
    shown = (
        shown[shown["topic"] != OTHERS][["topic", "n", "hard"]]
        .head(8)
        .astype({"n": int, "hard": int})
        .reset_index(drop=True)
    )
    shown = shown.assign(status=[str(since(one, was, ())) for one in shown["topic"]])
    overdue, upcoming = _due(runs, study.name, pack.day)
    return Meeting(table=shown, pack=pack, closed=tuple(sorted(was - set(shown["topic"]))), before=earlier["as_of"] if earlier else None, overdue=overdue, upcoming=upcoming,
                   caveats=pack.caveats)  # fmt: skip


def _due(runs: Path | None, name: str, day: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Planned actions of the study's register; none where there is no register yet."""
    none = pd.DataFrame(columns=["action_id", "owner", "due_on", "title_zh", "title_en"])
    if runs is None or not (runs / folder_name(name) / "register.sqlite").is_file():
        return none, none
    register = Actions(runs / folder_name(name))
    overdue, upcoming = register.overdue(day), register.due(day + timedelta(0))
    take = lambda table: table[[column for column in none.columns if column in table]].reset_index(drop=True)
    return take(overdue), take(upcoming)


def meeting_findings(meeting: Meeting, study: str, *, as_of: str) -> dict[str, Any]:
    """The pack as plain data: `meeting` (edition and counts), `sections` (`section, said, rows`), `hardest` with their standing, `kpi` of the days reported."""
    pack = meeting.pack
    return {
        "schema": SCHEMA, "study": study, "as_of": as_of, "lang": language(), "day": str(pack.day), "kpi": {**kpi_entry(pack.measured), "change": None, "gap": None},
        "check": {"verdict": "pack"}, "meeting": {"edition": pack.edition, **meeting.counts(), "before": meeting.before},
        "sections": [{"section": one.key, "said": one.words(), "rows": [] if one.table is None else _plain(one.table)} for one in pack.sections],
        "hardest": _plain(meeting.table), "closed": list(meeting.closed), "overdue": _plain(meeting.overdue), "caveats": [text(key, **values) for key, values in meeting.caveats],
    }  # fmt: skip


def write_meeting(meeting: Meeting, centre: Centre, out_dir: str | Path, *, as_of: str = "") -> None:
    """Write `findings.json`, `sections.csv`, a CSV a section with a table, and, last, `result.json`."""
    found = meeting_findings(meeting, centre.study.name, as_of=as_of or str(meeting.pack.day))
    tables = {one.key: one.table for one in meeting.pack.sections if one.table is not None}
    write_files(out_dir, found, {"sections": meeting.pack.table, **tables}, verdict="pack")


def _plain(table: pd.DataFrame) -> list[Mapping[str, Any]]:
    return table.astype(object).where(table.notna(), None).to_dict("records")
