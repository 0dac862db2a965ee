"""Hypotheses from the changes calendar: does a change's date and scope fit what the cell did?"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ccsat import registers
from ccsat.cells import Asked
from ccsat.centre import Centre
from ccsat.stages.evidence import GAP_OF_KIND, Cause, Evidence, Link, owner_of_change
from ccsat.stages.timing import Break, contrast, daily, find_break

GOOD_FIT = 0.5  # Jaccard of scope and cell from which the scope speaks for the change
COVERS = 0.5  # of the cell's ratings that a change must touch to be a hypothesis for it
FAIR_TREND = 0.05


def change_causes(
    centre: Centre, asked: Asked, cell: Mapping, *, rank: int, points: float, chain: tuple[Link, ...], owner: str
) -> tuple[list[Cause], list[dict]]:
    """The changes that fit a cell, and those ruled out with the reason.

    A change is a hypothesis when it came between the baseline's start and the current period's end. Date fit, scope fit and a contrast
    with the contacts outside are the evidence: both date and scope give grade C (an association with matching date and scope, not
    a proof); date alone, or a change that says no scope, gives D. A contrast with everything outside does not raise the grade: the cell was chosen
    because it fell.

    Args:
        cell: `{dim: level or levels}`.
        chain: The links that lead to the change.
        owner: Owner class of the leading reason, for changes whose kind does not say.

    Returns:
        Causes; and `{"id", "why"}` with why "timing" or "scope".
    """
    series = daily(centre, asked, cell)
    found = find_break(series)
    total = _rated(centre, asked, {})
    inside = _rated(centre, asked, cell)
    causes, ruled_out = [], []
    for change in _candidates(centre, asked).itertuples():
        scope = registers.scope(change.scope)
        known = {dim: levels for dim, levels in scope.items() if dim in centre.dims}
        day = change.at.date()
        timely = found is not None and found.clear and found.fits(day) and found.move * points > 0
        overlap = _rated(centre, asked, _both(cell, known))
        scoped = _rated(centre, asked, known) if known else total
        fit = overlap / max(inside + scoped - overlap, 1)
        cid = f"change:{change.change_id}"
        if not timely or overlap < COVERS * inside:
            ruled_out.append({"id": cid, "why": "scope" if overlap < COVERS * inside else "timing"})
            continue
        evidence = [_timing(found, day)]
        if scope and len(known) == len(scope) and fit >= GOOD_FIT:
            evidence.append(Evidence("scope", "C", {"fit": fit, "n": int(overlap)}))
            apart = contrast(daily(centre, asked, cell), daily(centre, asked, None, out_of=cell), day)
            if apart is not None and apart.significant and apart.trend_p > FAIR_TREND:
                evidence.append(Evidence("contrast", "C", {**vars(apart)}))
        title = {"title_zh": change.title_zh or change.change_id, "title_en": change.title_en or change.change_id,
                 "id": change.change_id, "day": str(day)}  # fmt: skip
        causes.append(Cause(rank, cid, change.kind or "system", owner_of_change(change.kind, owner),
                            GAP_OF_KIND.get(change.kind, "unexplained"), tuple(evidence),
                            (*chain, Link("change", title, changeable=True)), points * min(fit / GOOD_FIT, 1.0) if scope or not cell else 0.0,
                            fit, change.owner_dept))  # fmt: skip
    return causes, ruled_out


def _timing(found: Break, day) -> Evidence:
    return Evidence("timing", "D", {"day": str(day), "break_day": str(found.day), "placebo": found.placebo_share(day)})


def _candidates(centre: Centre, asked: Asked) -> pd.DataFrame:
    rows = centre.changes
    if rows.empty:
        return rows
    inside = (rows["at"] >= pd.Timestamp(asked.baseline.first)) & (rows["at"] <= pd.Timestamp(asked.current.last))
    return rows[inside & (rows["kind"] != "survey_instrument")]


def _levels(value: object) -> list[str]:
    return list(value) if isinstance(value, (list, tuple)) else [str(value)]


def _both(cell: Mapping, scope: Mapping) -> dict[str, list[str]]:
    """The intersection of two cells; an empty list of levels where they share none."""
    both = {dim: _levels(value) for dim, value in cell.items()}
    for dim, levels in scope.items():
        both[dim] = [level for level in both[dim] if level in levels] if dim in both else list(levels)
    return both


def _rated(centre: Centre, asked: Asked, cell: Mapping) -> int:
    if any(isinstance(value, list) and not value for value in cell.values()):
        return 0
    windows = [asked.current] if asked.current else []
    table = centre.engine.marginals(centre.facts, [()], outcome=asked.caliber.outcome, windows=windows,
                                    where={**(asked.where or {}), **cell})[()]  # fmt: skip
    return int(table["n"].sum())
