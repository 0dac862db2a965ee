"""Stage 1, data problem: is the change real, or did the survey change?"""

from __future__ import annotations

import math
from enum import StrEnum

import pandas as pd

from ccsat.cells import Asked, Measure, ask, count_cells, design_effects, level_counts, measure
from ccsat.centre import Centre
from ccsat.estimates import Difference, Estimate, difference, estimate_counts
from ccsat.question import Question
from ccsat.results import Result, result_class
from ccsat.stages.defects import Defect, find_defects
from ccsat.stages.legs import flat, instrument_leg, unchanged_scope_leg
from ccsat.stages.search import search_cells
from ccsat.wording import count, points, text

ENOUGH_TO_TELL = 30


class Verdict(StrEnum):
    """What stage 1 found."""

    REAL = "real"
    ARTEFACT = "artefact"
    MIX = "mix"
    NONE = "none"
    INSUFFICIENT = "insufficient"

    @property
    def stops(self) -> bool:
        """Whether nothing may be traced: the data, not the service, are the finding."""
        return self in (Verdict.ARTEFACT, Verdict.INSUFFICIENT)


@result_class
class Check(Result):
    """The verdict with its evidence.

    The table has one row a defect: `key, n, effect_points, values`. `change` is current minus baseline, else current
    minus target. `legs` holds the artefact test's legs and, for a change, the split into mix and rate. `corrected` is the
    KPI without rows that are no ratings; None where there are none.
    """

    verdict: Verdict
    asked: Asked
    headline: Measure
    change: Difference
    defects: tuple[Defect, ...]
    legs: dict
    corrected: Estimate | None

    def sentence(self) -> str:
        unit = self.asked.caliber.unit
        return text(f"verdict.{self.verdict}", change=points(self.change.value, unit),
                    lower=points(self.change.lower, unit), upper=points(self.change.upper, unit),
                    n=count(self.headline.headline["current"].n))  # fmt: skip


def check_data(centre: Centre, question: Question | Asked) -> Check:
    """Is the change real, an artefact of measurement, a change of mix, noise, or undecidable?

    Compares the change with its noise at 95 % (clusters allowed for), looks for changes of the survey's instrument and, where there
    is one, at the contacts it did not touch; lists defects with their effect. A level question asks whether the target lies
    outside the interval.

    Returns:
        `Check`. Points in the KPI's own unit (rates 0 to 1).

    Raises:
        As `ccsat.ask`.

    Assumes:
        Rows are independent beyond the cluster named; the scope of an instrument change is the same in both periods.

    Source:
        DOMAIN 2.7.7 (three legs); Newcombe and Wilson intervals.
    """
    asked = question if isinstance(question, Asked) else ask(centre, question)
    headline = measure(centre, asked)
    defects = tuple(find_defects(centre, asked))
    effects, _ = design_effects(centre, asked)
    change = _change(centre, asked, headline, effects)
    legs = _legs(centre, asked, effects, change)
    verdict = _verdict(asked, headline, change, legs)
    corrected = _corrected(centre, asked, defects, effects)
    table = pd.DataFrame([vars(d) for d in defects], columns=["key", "n", "effect_points", "values"])
    return Check(table=table, verdict=verdict, asked=asked, headline=headline, change=change, defects=defects, legs=legs,
                 corrected=corrected, caveats=headline.caveats + tuple(_caveats(centre, asked, legs)))  # fmt: skip


def _change(centre: Centre, asked: Asked, headline: Measure, effects: dict[str, float]) -> Difference:
    if asked.is_change:
        counts = count_cells(centre, asked)
        return difference(level_counts(counts, "current"), level_counts(counts, "baseline"), asked.values,
                          unit=asked.caliber.unit, design_effects=(effects["current"], effects["baseline"]))  # fmt: skip
    now = headline.headline["current"]  # a target has no noise of its own: the KPI's interval is the gap's
    return Difference(
        now.value - asked.target, now.lower - asked.target, now.upper - asked.target, math.nan, now.n, 0.0
    )


def _legs(centre: Centre, asked: Asked, effects: dict[str, float], change: Difference) -> dict:
    if not asked.is_change:
        return {}
    legs = {"instrument": instrument_leg(centre, asked), "unchanged_scope": {"assessed": False},
            "operational": {"assessed": False}}  # fmt: skip
    if legs["instrument"]["moved"]:
        legs["unchanged_scope"] = unchanged_scope_leg(centre, asked, legs["instrument"], effects)
    if not flat(change):
        found = search_cells(centre, asked)
        legs["split"] = {"mix": found.mix, "mix_lower": found.mix_lower, "mix_upper": found.mix_upper, "rate": found.rate,
                         "rate_lower": found.total_lower - found.mix, "rate_upper": found.total_upper - found.mix}  # fmt: skip
    return legs


def _verdict(asked: Asked, headline: Measure, change: Difference, legs: dict) -> Verdict:
    if any(estimate.n < max(asked.question.min_n, ENOUGH_TO_TELL) for estimate in headline.headline.values()):
        return Verdict.INSUFFICIENT
    if flat(change):
        return Verdict.NONE
    if not asked.is_change:
        return Verdict.REAL
    if legs["instrument"]["moved"]:
        scope = legs["unchanged_scope"]
        if not scope["assessed"] or scope["outside"].upper - scope["outside"].lower > 4 * abs(change.value):
            return Verdict.INSUFFICIENT
        if flat(scope["outside"]):
            return Verdict.ARTEFACT
    moved = {part: not legs["split"][f"{part}_lower"] <= 0 <= legs["split"][f"{part}_upper"] and legs["split"][part] * change.value > 0
             for part in ("mix", "rate")}  # fmt: skip
    return Verdict.MIX if moved["mix"] and not moved["rate"] else Verdict.REAL


def _corrected(centre: Centre, asked: Asked, defects: tuple[Defect, ...], effects: dict[str, float]) -> Estimate | None:
    if not any(defect.key == "default_filled" for defect in defects):
        return None
    clean = level_counts(count_cells(centre, asked, where={"default_filled": 0}))
    return (
        estimate_counts(clean, asked.values, unit=asked.caliber.unit, design_effect=effects["current"])
        if clean
        else None
    )


def _caveats(centre: Centre, asked: Asked, legs: dict) -> list[tuple[str, dict]]:
    caveats = []
    if not asked.is_change:
        caveats.append(("caveat.full_mark" if asked.full_mark_target else "caveat.level", {}))
        if centre.days is None:
            caveats.append(("caveat.no_time", {}))
        return caveats
    if legs["instrument"]["participation"] is None:
        caveats.append(("caveat.participation_unknown", {}))
    if centre.changes.empty:
        caveats.append(("caveat.no_changes", {}))
    caveats.append(("caveat.operational_leg", {}))
    return caveats
