"""The indicators beside the headline: every KPI the data allow, under every caliber of the scale."""

from __future__ import annotations

import dataclasses

from ccsat.calibers import CALIBERS, Caliber
from ccsat.cells import Measure, measure
from ccsat.centre import Centre
from ccsat.errors import NoDataError
from ccsat.question import Question


def measure_all(centre: Centre, question: Question) -> list[Measure]:
    """Every indicator the centre's data allow, over the question's periods, the question's own first.

    A caliber stands in the list when the facts have its outcome and its base, and it counts the scale.
    """
    found = []
    for row in CALIBERS.values():
        if not fits(row, centre):
            continue
        same = dataclasses.replace(question, kpi=row.kpi, caliber=row.id, target=None)
        try:
            found.append(measure(centre, same))
        except NoDataError:
            continue
    first = (question.kpi, question.caliber)
    return sorted(found, key=lambda m: (m.asked.caliber.kpi != first[0], m.asked.caliber.id != (first[1] or "")))


def fits(row: Caliber, centre: Centre) -> bool:
    """Whether a centre's facts hold what a caliber counts."""
    there = row.outcome in centre.columns and (row.base is None or row.base in centre.columns)
    return there and (row.outcome != "rating" or centre.scale in row.scales)
