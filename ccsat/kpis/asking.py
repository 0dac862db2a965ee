"""Questions on any KPI of the catalogue: its value, its course, and the question settled."""

from __future__ import annotations

from collections.abc import Sequence

from ccsat import cells
from ccsat.cells import Asked, Measure, Trend
from ccsat.centre import Centre
from ccsat.kpis.facing import faced
from ccsat.question import Question


def ask(centre: Centre, question: Question) -> Asked:
    """Settle a question on a centre, whatever its KPI.

    Raises:
        As `cells.ask` and `kpis.facing`.
    """
    return faced(centre, question)[1]


def measure(centre: Centre, question: Question | Asked, *, by: str | Sequence[str] = ()) -> Measure:
    """How good is the KPI, and how sure is that?

    Args:
        question: KPI, caliber and periods.
        by: A dimension or several; one row a cell and period.

    Returns:
        `Measure`; rates 0 to 1, scores 0 to 100, means in their own unit. Cells below the question's `min_n` are flagged `small_n`.

    Raises:
        As `ask`; NoDataError where a period has no counted row.
    """
    return cells.measure(*faced(centre, question), by=by)


def trend(centre: Centre, question: Question | Asked, *, every: str | None = None) -> Trend | None:
    """How did the KPI run, week by week or day by day? None where the data have no time.

    Args:
        every: "day" or "week" (from Monday); by default weeks, days where there are fewer than four weeks.
    """
    return cells.trend(*faced(centre, question), every=every)
