"""A change taken back in part of its scope: did the cell recover there, and not where it was left in force?"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ccsat import registers
from ccsat.cells import Asked
from ccsat.centre import Centre
from ccsat.stages.controls import moved
from ccsat.stages.evidence import Evidence
from ccsat.stages.hypotheses import Weighed, both, rated_now, series_of
from ccsat.stages.timing import less


def reversals(centre: Centre, asked: Asked, change: Weighed, part: Mapping) -> list[Evidence]:
    """Actions after a change in some of its contacts, against the rest of its contacts, both since the change.

    The treated side is what the register of actions declares, not what was seen to recover. There are too few days for a check of the time before, so
    a recovery beyond chance carries grade C; one that cannot be told is shown with its interval, because the check was made.

    Args:
        part: The part of the cell that the change touches.

    Returns:
        "restored" or "restored_unclear" with `id, day, value, lower, upper, n, n_control`.
    """
    found = []
    rows = centre.actions
    if rows.empty:
        return found
    days = (rows["at"] > pd.Timestamp(change.day)) & (rows["at"] <= pd.Timestamp(asked.current.last))
    whole = series_of(centre, asked, part)
    for row in rows[days].itertuples():
        scope = registers.scope(row.scope)
        known = {dim: levels for dim, levels in scope.items() if dim in centre.dims}
        narrower = set(known) - set(change.known)
        if not set(change.known) <= set(known) or not narrower or len(known) < len(scope):
            continue  # not an action on this change's contacts, or on all of them: nothing is left to compare with
        treated = series_of(centre, asked, both(part, known))
        left = less(whole, treated)
        if min(rated_now(treated, asked), rated_now(left, asked)) < asked.question.min_n:
            continue
        day = row.at.date()
        move = moved(treated, left, day, start=change.day, effect=change.effect)
        if move is None:
            continue
        lower, upper = move.value - 1.96 * move.error, move.value + 1.96 * move.error
        clear = move.beyond_chance and change.apart is not None and move.value * change.apart.value < 0
        found.append(Evidence("restored" if clear else "restored_unclear", "C" if clear else "D", {
            "id": str(row.action_id), "day": str(day), "value": move.value, "lower": lower, "upper": upper, "n": rated_now(treated, asked),
            "n_control": rated_now(left, asked)}))  # fmt: skip
    return found
