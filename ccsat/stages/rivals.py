"""Changes of the same days and contacts: which one fits, and may any of them be confirmed?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ccsat.cells import Asked
from ccsat.centre import Centre
from ccsat.stages.controls import Moved, moved
from ccsat.stages.hypotheses import Weighed, both, rated_now, series_of
from ccsat.stages.judged import STAFFING, Judged, beside, still
from ccsat.stages.timing import less

SAME_CONTACTS = 0.5  # of a change's contacts that another must touch to be its rival
SAME_TIME = 14  # days
BETTER_FIT = 0.2  # overlap with the cell by which one of two rivals fits it clearly better
WITHIN = 0.9  # of a scope that must lie in another one to be inside it


def settle_rivals(
    centre: Centre, asked: Asked, cell: Mapping, judged: Sequence[Judged], instruments: Sequence[Weighed]
) -> None:
    """Changes of about the same days and contacts: one gives way where the other fits better, else neither is confirmed.

    In this order: a change of staff to one of routing where only the newly given work suffers; the later one where the best break came before it and not before
    the other; the narrower one where the wider one's further contacts moved as well; the one of whose own further contacts more stood still.
    """
    kept = [one for one in judged if one.why is None]
    pairs = [
        (one, other)
        for one in kept
        for other in kept
        if one is not other and _meets(centre, asked, one.change, other.change)
    ]
    for one, other in pairs:
        if not one.why and not other.why and _people_or_work(asked, one, other):
            one.why, one.numbers = "work_not_people", one.work.numbers()
    for one, other in pairs:
        if one.why or other.why:
            continue
        if one.found.day < one.change.day and other.found.day >= other.change.day:
            one.why, one.numbers = (
                "rival_date",
                {"day": str(one.change.day), "break_day": str(one.found.day), "rival": other.change.cause_id},
            )
        elif _wider_moved(centre, asked, one, other):
            one.why, one.numbers = (
                "smaller_fit",
                {"rival": other.change.cause_id, **beside(one.inside, _extra(centre, asked, other.change, one.change))},
            )
    for one in kept:
        for mine_is, other in pairs:
            if mine_is is not one or one.why or other.why:
                continue
            mine, theirs = (
                _extra(centre, asked, one.change, other.change),
                _extra(centre, asked, other.change, one.change),
            )
            shared = _shared(centre, asked, one.change, other.change)
            if shared is not None and _idle(asked, shared, mine) > _idle(asked, shared, theirs):
                one.why, one.numbers = "smaller_fit", {"rival": other.change.cause_id, **beside(shared, mine)}
                if _idle(asked, shared, theirs):
                    other.rival = one.change.cause_id
        for other in [*(o.change for o in kept if o is not one and o.why is None), *instruments]:
            if one.why is None and _meets(centre, asked, one.change, other):
                one.rival = other.cause_id


def _wider_moved(centre: Centre, asked: Asked, one: Judged, other: Judged) -> bool:
    """Whether a change lies inside a wider one whose further contacts moved the same way: the narrower one cannot have moved those."""
    within = rated_now(
        series_of(centre, asked, both(one.change.known, other.change.known)), asked
    ) >= WITHIN * rated_now(one.change.series, asked)
    extra = _extra(centre, asked, other.change, one.change) if within and one.inside is not None else None
    return (
        extra is not None
        and extra.n >= asked.question.min_n
        and extra.beyond_chance
        and extra.value * one.inside.value > 0
        and not still(one.inside, extra)
    )


def _people_or_work(asked: Asked, one: Judged, other: Judged) -> bool:
    """Whether a change of staff gives way to one of routing: the group is behind on the work it was newly given, and not beyond chance on the rest."""
    if one.change.kind != STAFFING or one.work is None or other.change.kind == STAFFING or other.work is None:
        return False
    return one.work.leans_given(asked.sign) and other.work.leans_given(asked.sign)


def _idle(asked: Asked, shared: Moved, extra: Moved | None) -> int:
    """Ratings that only this change touches and that stood still."""
    return extra.n if extra is not None and extra.n >= asked.question.min_n and still(shared, extra) else 0


def _shared(centre: Centre, asked: Asked, one: Weighed, other: Weighed) -> Moved | None:
    """How the contacts of both changes moved; where they had no contacts before, how one's scope did against the rest."""
    common = moved(series_of(centre, asked, both(one.known, other.known)), None, one.day, effect=one.effect)
    apart = one.apart or other.apart
    return common or (Moved(apart.value, apart.error, rated_now(one.series, asked)) if apart is not None else None)


def _meets(centre: Centre, asked: Asked, one: Weighed, other: Weighed) -> bool:
    if not one.known or abs((one.day - other.day).days) > SAME_TIME:
        return False
    common = rated_now(series_of(centre, asked, both(one.known, other.known)), asked)
    return common >= SAME_CONTACTS * rated_now(one.series, asked)


def _extra(centre: Centre, asked: Asked, one: Weighed, other: Weighed) -> Moved | None:
    """How a change's scope moved where another change does not reach."""
    return moved(
        less(one.series, series_of(centre, asked, both(one.known, other.known))), None, one.day, effect=one.effect
    )
