"""Hypotheses from the changes calendar: does a change's date and scope fit what the cell did, and did only its scope move?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from ccsat.cells import Asked
from ccsat.centre import Centre
from ccsat.stages.controls import Moved, moved
from ccsat.stages.evidence import GAP_OF_KIND, MATERIAL, SIGNIFICANT, Cause, Evidence, Link, owner_of_change
from ccsat.stages.hypotheses import Weighed, both, outside_of, rated_now, series_of, weighed_changes
from ccsat.stages.judged import OF_PEOPLE, STAFFING, Judged, beside, still
from ccsat.stages.reversals import reversals
from ccsat.stages.rivals import settle_rivals
from ccsat.stages.timing import Break, daily, find_break, less
from ccsat.stages.work import work_shift

GOOD_FIT = 0.5  # Jaccard of scope and cell from which the scope speaks for the change
COVERS = 0.5  # of the cell's ratings that a change must touch to be a hypothesis for it, or
HOLDS = 0.2  # of the cell's points that its part of the cell must hold
COVERED = 0.8  # of a remainder that another change must touch to answer for it
WIDE = 3  # times the cell's part: so much of the scope must have stood still to clear a change whose whole scope moved beyond chance
AT_LEAST = 0.3  # times the cell's part, where the whole scope did not move beyond chance
MOST = (
    2 / 3
)  # of the cell's points: a change whose own scope moved beyond chance and holds so much stays a hypothesis, whatever the rest does
SHARP = 1.0  # log-likelihood by which a break must beat a steady drift for grade B
Felt = Callable[
    [Mapping, float], tuple[tuple[Link, ...], str]
]  # a cell and its points -> the chain that leads there, the owner of what is named


def change_causes(
    centre: Centre,
    asked: Asked,
    cell: Mapping,
    *,
    rank: int,
    points: float,
    felt: Felt,
    merged: Sequence[str] = (),
    located: Sequence[Mapping] = (),
) -> tuple[list[Cause], list[dict]]:
    """The changes that fit a cell, and those ruled out with the reason and its numbers.

    A change is a hypothesis when it came between the baseline's start and the current period's end. It must touch the cell, its date must be among the likely
    days of the break, and the break must not be a steady drift. Then natural controls judge it: it is ruled out where the cell's other part, outside
    its scope, moved just as much, and where most of its scope lies outside the cell and did not move. See `stages.evidence` for the grades.

    Args:
        cell: `{dim: level or levels}`; empty for what moved everywhere.
        felt: Gives the chain that leads to a change, and the owner of what customers name, for the part of the cell that it touches.
        located: The other cells: of what moved everywhere, what they hold is theirs and not the change's once more.
        merged: Changes that stand in another cause's chain already.

    Returns:
        Causes; and `{"id", "why", ...numbers}` with why "timing", "gradual", "scope", "not_testable", "control_moved", "elsewhere_still",
        "smaller_fit".
    """
    tested = [one for one in weighed_changes(centre, asked) if one.cause_id not in merged]
    judged = [_judge(centre, asked, cell, points, one, tested, located) for one in tested if not one.instrument]
    settle_rivals(centre, asked, cell, judged, [one for one in tested if one.instrument])
    kept = [one for one in judged if one.why is None]
    causes = [_cause(centre, asked, cell, rank, points, one, felt) for one in kept]
    return causes, [{"id": one.change.cause_id, "why": one.why, **one.numbers} for one in judged if one.why]


def _judge(
    centre: Centre,
    asked: Asked,
    cell: Mapping,
    points: float,
    change: Weighed,
    others: Sequence[Weighed],
    located: Sequence[Mapping],
) -> Judged:
    """The date first, then the parts: most changes go by their date or by what they touch, which is cheap to see."""
    judged = Judged(change)
    if change.lacking and not change.known:
        judged.why, judged.numbers = "not_testable", {"dims": list(change.lacking)}
        return judged
    inside, touched = series_of(centre, asked, cell), series_of(centre, asked, both(cell, change.known))
    n_inside, judged.n = rated_now(inside, asked), rated_now(touched, asked)
    little = judged.n < COVERS * n_inside
    scope = {"share": judged.n / max(n_inside, 1), "n": judged.n}
    if judged.n < asked.question.min_n:
        judged.why, judged.numbers = "scope", scope
        return judged
    judged.found = find_break(touched)
    whole = judged.n >= COVERED * rated_now(change.series, asked) or change.p_adjusted < SIGNIFICANT
    if whole and (judged.found is None or not judged.found.clear):
        judged.found = (
            change.found
        )  # too few days of its own; nearly all of the scope, or a scope that moved beyond chance: its days must tell
    judged.why, judged.numbers = _timing(judged.found, change, points)
    if judged.why is not None:
        judged.why, judged.numbers = ("scope", scope) if little else (judged.why, judged.numbers)
        return judged
    shared = {dim: value for dim, value in both(cell, change.known).items() if dim in cell and dim in change.known}
    near = series_of(centre, asked, {**cell, **shared})
    judged.fit = judged.n / max(rated_now(near, asked) + rated_now(change.series, asked) - judged.n, 1)
    _parts(centre, asked, cell, points, judged, (inside, touched), others, located)
    told = not little or (judged.inside is not None and judged.inside.beyond_chance)
    if not told or judged.part < (HOLDS if little else MATERIAL / 10):
        judged.why, judged.numbers = "scope", scope
    elif judged.why is None and change.kind in OF_PEOPLE:
        judged.work = work_shift(centre, asked, change.known)
        if (
            change.kind == STAFFING
            and judged.work is not None
            and judged.work.only_given(asked.sign)
            and points * asked.sign < 0
        ):
            judged.why, judged.numbers = "work_not_people", judged.work.numbers()
    return judged


def _parts(
    centre: Centre, asked: Asked, cell: Mapping, points: float, judged: Judged, series: tuple[pd.DataFrame, pd.DataFrame],
    others: Sequence[Weighed], located: Sequence[Mapping],
) -> None:  # fmt: skip
    """How the change's part of the cell, the cell's other part and the scope's other part moved at its date: natural controls of each other."""
    change, (inside, touched) = judged.change, series
    rest, elsewhere = less(inside, touched), less(change.series, touched)
    control = less(daily(centre, asked, None), inside, elsewhere)
    control = control if rated_now(control, asked) >= asked.question.min_n else None
    judged.inside, other, away = (
        moved(part, control, change.day, effect=change.effect) for part in (touched, rest, elsewhere)
    )
    judged.part = _part(asked, cell, points, change, judged, other, rated_now(inside, asked))
    if not cell and change.known and located:
        left = rated_now(outside_of(centre, asked, change.known, list(located)), asked) / judged.n
        judged.part = judged.part * left if left > 1 - COVERED else 0.0
    if judged.inside is None:
        return
    if _as_much(judged.inside, other, asked) and not _answered(centre, asked, cell, change, rest, others):
        judged.beside = beside(judged.inside, other)
        if judged.part < MOST or not change.p_adjusted < SIGNIFICANT:
            judged.why, judged.numbers = "control_moved", judged.beside
    elif away is not None and away.n >= _enough(asked, change, judged) and still(judged.inside, away):
        judged.why, judged.numbers = "elsewhere_still", beside(judged.inside, away)


def _enough(asked: Asked, change: Weighed, judged: Judged) -> float:
    """Ratings that must have stood still elsewhere: the cell was chosen because it fell, so the rest of a scope always looks stiller than it is."""
    return max(judged.n * (WIDE if change.p_adjusted < SIGNIFICANT else AT_LEAST), 2 * asked.question.min_n)


def _part(
    asked: Asked, cell: Mapping, points: float, change: Weighed, judged: Judged, other: Moved | None, n: int
) -> float:
    """Share of the cell's points that lies in the part that a change touches, 0 to 1."""
    if not cell and change.apart is not None and points:
        return min(max(change.apart.value * judged.n / max(n, 1) / points, 0.0), 1.0)
    if judged.inside is None or judged.n >= n or other is None:
        return 1.0 if judged.n >= COVERS * n else judged.n / max(n, 1)
    own, rest = judged.n * judged.inside.value, (n - judged.n) * other.value
    return min(max(own / (own + rest), 0.0), 1.0) if own * (own + rest) > 0 else 0.0


def _timing(found: Break | None, change: Weighed, points: float) -> tuple[str | None, dict]:
    """Why the date does not fit, with the numbers; None where it does."""
    numbers = {"day": str(change.day), "break_day": str(found.day) if found else None}
    if found is None or not found.clear or found.move * points <= 0 or not found.fits(change.day):
        return "timing", numbers
    return ("gradual", {**numbers, "sharpness": found.sharpness}) if found.gradual else (None, {})


def _as_much(inside: Moved, other: Moved | None, asked: Asked) -> bool:
    """Whether the part out of scope moved the same way, about as much."""
    return (other is not None and other.n >= 2 * asked.question.min_n and other.beyond_chance and other.value * inside.value > 0
            and not inside.unlike(other))  # fmt: skip


def _answered(
    centre: Centre, asked: Asked, cell: Mapping, change: Weighed, rest: pd.DataFrame, others: Sequence[Weighed]
) -> bool:
    """Whether another change answers for the part out of scope: one that touches it, moved apart, and has nothing to do with this one's part."""
    own = both(cell, change.known)
    for other in others:
        if (
            other is change
            or not other.known
            or other.apart is None
            or not other.p_adjusted < SIGNIFICANT
            or other.instrument
        ):
            continue
        there = rated_now(series_of(centre, asked, both(cell, other.known)), asked)
        if there >= COVERED * rated_now(rest, asked) and not rated_now(
            series_of(centre, asked, both(own, other.known)), asked
        ):
            return True
    return False


def _cause(centre: Centre, asked: Asked, cell: Mapping, rank: int, points: float, one: Judged, felt: Felt) -> Cause:
    change, apart = one.change, one.change.apart
    evidence = [
        Evidence(
            "timing",
            "D",
            {"day": str(change.day), "break_day": str(one.found.day), "placebo": one.found.placebo_share(change.day)},
        )
    ]
    if change.lacking:
        evidence.append(Evidence("scope_partly", "D", {"dims": list(change.lacking)}))
    told = apart is not None and apart.significant and apart.value * points > 0
    own = one.part >= GOOD_FIT and told and apart.flat
    if change.fixed and (one.fit >= GOOD_FIT or own):
        plain = "D" if one.second else "C"
        evidence.append(Evidence("scope", plain, {"fit": one.fit, "n": one.n}))
        if told and apart.flat:
            firm = (change.p_adjusted < SIGNIFICANT and apart.holds and one.found.sharpness >= SHARP and one.rival is None and one.beside is None)  # fmt: skip
            evidence.append(
                Evidence(
                    "declared" if firm else "contrast",
                    "B" if firm else plain,
                    {**apart.numbers(), "p_adjusted": change.p_adjusted},
                )
            )
    if one.rival is not None:
        evidence.append(Evidence("rival", "D", {"id": one.rival.split(":", 1)[1]}))
    if one.work is not None and one.work.leans_given(asked.sign):
        evidence.append(Evidence("work", "D", one.work.numbers()))
    if one.beside is not None:
        evidence.append(Evidence("beside", "D", one.beside))
    evidence += reversals(centre, asked, change, both(cell, change.known))
    chain, owner = felt(*((both(cell, change.known), points * one.part) if one.part < 1 - MATERIAL else (cell, points)))
    title = {"title_zh": change.titles["zh"], "title_en": change.titles["en"], "id": change.id, "day": str(change.day)}
    links = [Link("change", title, changeable=True)]
    if change.owner_dept:
        announced = {True: "announced", False: "not_announced", None: "unknown"}[change.announced]
        links.append(Link("decision", {"id": change.id, "dept": change.owner_dept, "how": announced}, changeable=True))
    size = points * (one.part if one.part < 1 else min(one.fit / GOOD_FIT, 1.0)) if change.scope or not cell else 0.0
    strength = abs(apart.value / apart.error) if apart is not None and apart.error > 0 else 0.0
    return Cause(rank, change.cause_id, change.kind, owner_of_change(change.kind, owner), GAP_OF_KIND.get(change.kind, "unexplained"), tuple(evidence),
                 (*chain, *links), size, strength if change.fixed else one.fit, change.owner_dept)  # fmt: skip
