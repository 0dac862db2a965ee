"""The meeting pack: what a morning, an evening and a weekly meeting need on one page."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from ccsat.cells import Measure
from ccsat.centre import Centre
from ccsat.engine import Window
from ccsat.errors import DataError, NoDataError, StudyError
from ccsat.kpis.asking import measure
from ccsat.meeting.hardest import Hardest
from ccsat.meeting.sections import BEFORE, Section, Sections
from ccsat.question import Question, day_of
from ccsat.results import Result, result_class
from ccsat.wording import count, text

EDITIONS = {
    "morning": ("status", "open_items", "notices", "today", "newcomers"),
    "evening": ("status", "best", "hardest", "monitoring", "open_items"),
    "weekly": ("status", "best", "monitoring", "feedback", "hardest", "scripts", "solutions", "notices", "plan"),
}
SPAN = {"morning": 1, "evening": 1, "weekly": 7}  # days that an edition reports


@result_class
class Pack(Result):
    """A meeting's pack. The table: one row a section: `section, said` (sentences)`, rows`.

    Attributes:
        edition: "morning", "evening" or "weekly". day: The last day reported. sections: In the order of the meeting. measured: The study's own KPI over those days and the 28 before.
        hardest: Of the days; None where the data cannot tell. open_tickets, overdue: Tickets not closed by the day, and of these with a promised call-back past.
    """

    edition: str
    day: date
    window: Window
    sections: tuple[Section, ...]
    measured: Measure
    hardest: Hardest | None
    open_tickets: int | None
    overdue: int | None

    def sentence(self) -> str:
        return text(
            "meeting.pack",
            edition=text(f"meeting.edition.{self.edition}"),
            day=str(self.day),
            n=count(len(self.sections)),
        )

    def section(self, key: str) -> Section | None:
        """The section of a key; None where the edition has none."""
        return next((one for one in self.sections if one.key == key), None)


def meeting_pack(
    centre: Centre,
    edition: str = "morning",
    *,
    as_of: str = "",
    topic: str | None = None,
    channel: str | None = None,
    concurrency: float = 1.0,
) -> Pack:
    """What does a meeting need to know: where we stand, what is open, what was hard, what went well, what comes?

    Args:
        edition: A key of `EDITIONS`. as_of: The last day reported; the last one in the data where empty. topic: Dimension that says what a contact is about.
        channel, concurrency: For the staff needed, as `plan_week`.

    Returns:
        A `Pack`. A section that the data cannot carry says what is lacking; none is left out in silence.

    Raises:
        DataError: No such edition. StudyError: The data have no time. NoDataError: The day is not there yet.

    Source:
        DOMAIN A28-A31.
    """
    if edition not in EDITIONS:
        raise DataError("meeting_edition", edition=edition, known=", ".join(EDITIONS))
    if centre.days is None:
        raise StudyError("no_time", key="as_of", words=as_of or edition)
    day = min(day_of(as_of), centre.days[1]) if as_of else centre.days[1]
    if day < centre.days[0]:
        raise NoDataError("gate_nothing", as_of=as_of, first=str(centre.days[0]))
    window = Window("current", max(day - timedelta(SPAN[edition] - 1), centre.days[0]), day)
    own = Question.of(centre.study)
    before = (
        f"{max(window.first - timedelta(BEFORE), centre.days[0])}/{window.first - timedelta(1)}"
        if window.first > centre.days[0]
        else None
    )
    asked = Question(
        own.kpi,
        caliber=own.caliber,
        current=f"{window.first}/{window.last}",
        baseline=before,
        target=own.target,
        min_n=own.min_n,
    )
    measured = measure(centre, asked)
    made = Sections(centre, edition, day, window, measured, topic, channel, concurrency)
    sections = tuple(made.section(key) for key in EDITIONS[edition])
    rows = [(one.key, " ".join(one.words()), 0 if one.table is None else len(one.table)) for one in sections]
    return Pack(table=pd.DataFrame(rows, columns=["section", "said", "rows"]), edition=edition, day=day, window=window, sections=sections, measured=measured, hardest=made.hard,
                open_tickets=made.open_tickets, overdue=made.overdue, caveats=(("caveat.meeting_noise", {}), *made.caveats))  # fmt: skip
