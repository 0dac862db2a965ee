"""What a study lacks for an indicator, in words."""

from __future__ import annotations

from ccsat import intake
from ccsat.calibers import Caliber
from ccsat.centre import Centre
from ccsat.errors import CcsatError, Words
from ccsat.kpis.indicator import Indicator
from ccsat.kpis.slices import COLUMNS, Slice


def missing_of(centre: Centre, row: Caliber | Slice | Indicator) -> list[Words]:
    """Tables and columns that the study lacks for an indicator; empty where its data allow it."""
    if isinstance(row, Caliber):
        return _of_rating(centre, row)
    if isinstance(row, Slice):
        lacking = [COLUMNS[name][0] for name, column in row.columns(centre).items() if column is None]
        return [Words("kpi_lacks.columns", table="facts", columns=", ".join(lacking))] if lacking else []
    ways = [row.needs, *row.or_needs]
    found = [_of_needs(centre, needs) for needs in ways]
    return [] if any(not one for one in found) else found[0]


def way_of(centre: Centre, row: Indicator) -> int:
    """Which of an indicator's ways to be counted the data allow: 0 for `needs`, then those of `or_needs`."""
    return next((i for i, needs in enumerate([row.needs, *row.or_needs]) if not _of_needs(centre, needs)), 0)


def _of_rating(centre: Centre, row: Caliber) -> list[Words]:
    lacking = [column for column in (row.outcome, row.base) if column is not None and column not in centre.columns]
    if lacking:
        return [Words("kpi_lacks.columns", table="facts", columns=", ".join(lacking))]
    if row.outcome == "rating" and centre.scale not in row.scales:
        return [Words("kpi_lacks.scale", scales=", ".join(row.scales), scale=centre.scale)]
    return []


def _of_needs(centre: Centre, needs) -> list[Words]:
    found = []
    for table, columns in needs.items():
        have = centre.columns if table == "facts" else columns_of(centre, table)
        if have is None:
            found.append(Words("kpi_lacks.table", table=table))
        elif lacking := [name for name in columns if name not in have]:
            found.append(Words("kpi_lacks.columns", table=table, columns=", ".join(lacking)))
    return found


def columns_of(centre: Centre, table: str) -> tuple[str, ...] | None:
    """The columns of a table beside the facts; None where the study has no such table or it cannot be read."""
    source = centre.study.data.tables().get(table)
    if source is None:
        return None
    key = ("columns_of", table)
    if key not in centre.memory:
        try:
            centre.memory[key] = intake.open_source(table, source, study=centre.study, engine=centre.engine).columns
        except CcsatError:
            return None
    return centre.memory[key]
