"""Figures of a played world that aims are made of: levels of cells, volumes, participation, first-contact resolution."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ccsat.worlds import company as co
from ccsat.worlds.patches import Where
from ccsat.worlds.places import contact_levels, in_cell
from ccsat.worlds.plays import rated_contacts
from ccsat.worlds.simulate import Outcome
from ccsat.worlds.surveys import named_reasons

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
        levels = contact_levels(played.scene, played.calls)
        inside = np.ones(len(played.calls), dtype=bool)
        for dim, name in where.items():
            inside &= levels[dim][1] == levels[dim][0].index(name)
        period = played.calls.current == current
        return float((inside & period).sum() / period.sum())

    return measure


def change(where: Where | None = None) -> Measure:
    """A cell's observed change from the baseline to the current period, in its own rate."""
    return lambda off, on: satisfied(on, where) - satisfied(on, where, current=False)


def caused(where: Where | None = None) -> Measure:
    """What the patches do to a cell of the current period, in its own rate."""
    return lambda off, on: satisfied(on, where) - satisfied(off, where)


def z_score(where: Where | None = None) -> Measure:
    """A cell's observed change in its standard errors, ratings taken as independent."""

    def measure(off: Outcome, on: Outcome) -> float:
        rows = rated_contacts(on)
        hits = [rows.hit[rows.inside(where or {}) & (rows.current == current)] for current in (False, True)]
        error = np.sqrt(sum(h.mean() * (1 - h.mean()) / len(h) for h in hits))
        return float((hits[1].mean() - hits[0].mean()) / error)

    return measure


def rated_share(where: Where, *, within: Where | None = None) -> Measure:
    """Part of the current ratings (of another cell's, where given) that a cell has."""

    def measure(off: Outcome, on: Outcome) -> float:
        rows = rated_contacts(on)
        whole = rows.current & rows.inside(within or {})
        return float((rows.inside(where) & whole).sum() / whole.sum())

    return measure


def split_points(by: str, part: str) -> Measure:
    """What the patches do to the KPI by the `rate` of the levels of a dimension, or by their `mix` (DOMAIN 2.7.6)."""

    def measure(off: Outcome, on: Outcome) -> float:
        share, value = np.zeros((2, len(rated_contacts(on).levels[by][0]))), []
        for k, rows in enumerate(map(rated_contacts, (off, on))):
            codes, hit = rows.levels[by][1][rows.current], rows.hit[rows.current]
            n = np.bincount(codes, minlength=share.shape[1])
            share[k] = n / n.sum()
            value.append(np.bincount(codes, hit, minlength=share.shape[1]) / n)
        if part == "rate":
            return float((share.mean(axis=0) * (value[1] - value[0])).sum())
        return float(((share[1] - share[0]) * np.mean(value, axis=0)).sum())

    return measure


def reason_figure(code: str, figure: str) -> Measure:
    """A named reason in the equal split of the deduction from full marks (DOMAIN 2.7, levels worth 0 to 1).

    `figure`: "mentions" (its part of all mentions), "points" (its part of the whole deduction, of what nobody gave a
    reason for too), or "severity" (mean deduction where it is named, each survey counting by its split).
    """

    def measure(off: Outcome, on: Outcome) -> float:
        calls = on.calls.take(on.calls.invited)
        named, _ = named_reasons(on, calls)
        lost = np.where(calls.answered, (5 - calls.rating) / 4, 0.0)
        among = (named == co.REASONS.index(code)).any(axis=1)
        split = among / np.maximum((named >= 0).sum(axis=1), 1)
        of = {"mentions": (among.sum(), (named >= 0).sum()), "points": ((lost * split).sum(), lost.sum()),
              "severity": ((lost * split).sum(), split.sum())}  # fmt: skip
        above, below = of[figure]
        return float(above / below)

    return measure


def answers(where: Where | None = None, *, beside: bool = False) -> Measure:
    """Change of the satisfied share among those who really answered: of a cell, or `beside` it."""

    def measure(off: Outcome, on: Outcome) -> float:
        calls = on.calls.take(on.calls.answered)
        part = in_cell(on.scene, calls, where or {}) ^ beside
        satisfied = calls.rating >= 4
        return float(satisfied[part & calls.current].mean() - satisfied[part & ~calls.current].mean())

    return measure


def share(field: str, where: Where | None = None, *, current: bool = True) -> Measure:
    """Part of a cell's contacts that are "invited" or "answered"."""

    def measure(off: Outcome, on: Outcome) -> float:
        part = in_cell(on.scene, on.calls, where or {}) & (on.calls.current == current)
        return float(getattr(on.calls, field)[part].mean())

    return measure
