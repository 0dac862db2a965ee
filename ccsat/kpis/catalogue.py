"""Every indicator in one list: those counted from ratings (CALIBERS), ratings of one touchpoint, and the rows of each area's module."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from ccsat.calibers import CALIBERS, Caliber, caliber
from ccsat.errors import CaliberError, StudyError, Words, listing, suggestion
from ccsat.kpis.indicator import Indicator
from ccsat.kpis.slices import Slice

AREAS = ("access", "workforce", "quality", "satisfaction", "fcr", "intelligent", "complaints", "tickets", "knowledge", "word_of_mouth", "customers")  # fmt: skip
Counted = Caliber | Slice | Indicator
RATING_GROUPS = {"resolution_rate": "resolution"}  # of the calibers; the others are satisfaction
GROUPS = ("satisfaction", "access", "workforce", "quality", "resolution", "intelligent", "complaint", "ticket", "knowledge", "word_of_mouth", "customer")  # fmt: skip


@cache
def indicators() -> dict[str, Slice | Indicator]:
    """Everything but the rating calibers, by key, in the order of the areas.

    An area's module has `INDICATORS`; it may have `made(kpi, id)`, which makes a row whose id holds a parameter.

    Raises:
        CaliberError: Two areas define the same key.
    """
    found: dict[str, Slice | Indicator] = {}
    for module in _modules():
        for row in module.INDICATORS:
            if row.key in found or row.key in CALIBERS:
                raise CaliberError("kpi_twice", key=row.key)
            found[row.key] = row
    return found


def catalogue() -> dict[str, Counted]:
    """The whole catalogue by key, group by group."""
    every = {**CALIBERS, **indicators()}
    return dict(sorted(every.items(), key=lambda one: GROUPS.index(group_of(one[1]))))


def group_of(row: Counted) -> str:
    """The heading an entry stands under."""
    return RATING_GROUPS.get(row.kpi, "satisfaction") if isinstance(row, Caliber) else row.group


def is_rating(kpi: str) -> bool:
    """Whether a KPI is counted from the facts' own answers (CALIBERS)."""
    return any(row.kpi == kpi for row in CALIBERS.values())


def find_kpi(kpi: str, id: str | None = None) -> Slice | Indicator:
    """An indicator that is no rating caliber, by name and caliber; the first one listed where no caliber is named.

    Raises:
        CaliberError: No such KPI, or it has no such caliber.
    """
    rows = {row.id: row for row in indicators().values() if row.kpi == kpi}
    if not rows:
        known = sorted({row.kpi for row in catalogue().values()})
        raise CaliberError("kpi_not_listed", kpi=kpi, near=suggestion(kpi, known) or "–", n=len(known))
    if id is None:
        return next(iter(rows.values()))
    if id in rows:
        return rows[id]
    for module in _modules():
        if (row := getattr(module, "made", lambda kpi, id: None)(kpi, id)) is not None:
            return row
    raise CaliberError("caliber_unknown", kpi=kpi, caliber=id, known=listing(rows, 20))


def find_rows(words: str) -> list[Counted]:
    """The entries that "KPI" or "KPI/CALIBER" names.

    Raises:
        CaliberError: None has that name.
    """
    kpi, slash, id = words.partition("/")
    rows = [row for row in catalogue().values() if row.kpi == kpi]
    if not slash:
        return rows or [find_kpi(kpi)]
    named = [row for row in rows if row.id == id]
    return named or [caliber(kpi, id, "") if is_rating(kpi) else find_kpi(kpi, id)]


def check_group(group: str) -> str:
    """A group's name, as it was given.

    Raises:
        StudyError: There is no such group.
    """
    if group not in GROUPS:
        raise StudyError(
            "kpi_group", group=group, known=listing(GROUPS), near=suggestion(group, GROUPS) or Words("kpi_list.none")
        )
    return group


def _modules() -> Iterator:
    for area in AREAS:
        if find_spec(f"ccsat.kpis.{area}") is not None:
            yield import_module(f"ccsat.kpis.{area}")
