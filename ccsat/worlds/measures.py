"""Figures of a played world that aims are made of: levels of cells, volumes, participation, first-contact resolution."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ccsat.worlds import company as co
from ccsat.worlds.plays import contact_levels, rated_contacts
from ccsat.worlds.simulate import Outcome
from ccsat.worlds.story import Where

Measure = Callable[[Outcome, Outcome], float]


def effect() -> Measure:
    """What the patches do to the KPI of the current period, on the same draws."""
    return lambda off, on: satisfied(on) - satisfied(off)


def observed() -> Measure:
    """The KPI's change from the baseline to the current period, as an analyst sees it."""
    return lambda off, on: satisfied(on) - satisfied(on, current=False)


def level(where: Where | None = None, *, current: bool = True) -> Measure:
    """The KPI of a cell (of everything, where left out) with the patches on."""
    return lambda off, on: satisfied(on, where, current=current)


def satisfied(world: Outcome, where: Where | None = None, *, current: bool = True) -> float:
    """Satisfied share of a cell's answers in a period."""
    rows = rated_contacts(world)
    return float(rows.hit[rows.inside(where or {}) & (rows.current == current)].mean())


def resolution(hours: float, *, current: bool | None = None, on: bool = True) -> Measure:
    """First-contact resolution: shares of issues' contacts without another on the issue within `hours`."""
    return lambda without, world: first_contact_resolution(world if on else without, hours, current=current)


def first_contact_resolution(world: Outcome, hours: float, *, current: bool | None = None) -> float:
    """By customer and business line; the last 48 hours, which nobody can judge yet, are left out."""
    calls = world.calls
    order = np.lexsort((calls.at, calls.l1, calls.customer))
    customer, line, at = calls.customer[order], calls.l1[order], calls.at[order]
    same = (customer[1:] == customer[:-1]) & (line[1:] == line[:-1])
    gap = np.where(same, np.diff(at), np.inf)
    since, until = np.concatenate([[np.inf], gap]), np.concatenate([gap, [np.inf]])
    counted = (since > hours) & (at < 24 * co.DAYS - 48)
    if current is not None:
        counted &= ((at // 168).astype(int) + 1 >= co.FIRST_CURRENT_WEEK) == current
    return float((until[counted] > hours).mean())


def share_of(where: Where, *, current: bool = True, on: bool = True) -> Measure:
    """Part of all contacts that a cell has."""

    def measure(without: Outcome, world: Outcome) -> float:
        played = world if on else without
        levels = contact_levels(played, played.calls)
        inside = np.ones(len(played.calls), dtype=bool)
        for dim, name in where.items():
            inside &= levels[dim][1] == levels[dim][0].index(name)
        period = played.calls.current == current
        return float((inside & period).sum() / period.sum())

    return measure
