"""The indicators beside the headline: every KPI the data allow, under every caliber of the scale."""

from __future__ import annotations

import dataclasses

from ccsat.calibers import CALIBERS, Caliber
from ccsat.cells import Measure, measure
from ccsat.centre import Centre
from ccsat.errors import NoDataError, StudyError
from ccsat.kpis.catalogue import is_rating
from ccsat.kpis.facing import faced
from ccsat.question import Question


def measure_all(centre: Centre, question: Question) -> list[Measure]:
    """The ratings' indicators that the centre's data allow, over the question's periods, the question's own first, whatever it is.

    A caliber stands in the list when the facts have its outcome and its base, and it counts the scale.
    """
    found = [] if is_rating(question.kpi) else [measure(*faced(centre, question))]
    if found:
        dims = question.dims and tuple(dim for dim in question.dims if dim in centre.dims)
        question = dataclasses.replace(question, dims=dims or None)
    for row in CALIBERS.values():
        if not fits(row, centre):
            continue
        same = dataclasses.replace(question, kpi=row.kpi, caliber=row.id, target=None)
        try:
            found.append(measure(centre, same))
        except NoDataError:
            continue
        except StudyError:  # ratings may not reach the periods of another table
            if is_rating(question.kpi):
                raise
    first = (question.kpi, question.caliber)
    return sorted(found, key=lambda m: (m.asked.caliber.kpi != first[0], m.asked.caliber.id != (first[1] or "")))


def fits(row: Caliber, centre: Centre) -> bool:
    """Whether a centre's facts hold what a caliber counts."""
    there = row.outcome in centre.columns and (row.base is None or row.base in centre.columns)
    return there and (row.outcome != "rating" or centre.scale in row.scales)
