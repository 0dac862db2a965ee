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
from ccsat.stages.noise import day_scatter
from ccsat.stages.search import search_cells
from ccsat.wording import count, points, text

ENOUGH_TO_TELL = 30
SURE = 0.01  # chance of any false cell below which a cell makes a change real although the whole is within its noise


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

    @property
    def hidden(self) -> bool:
        """Real in a cell, though the whole is within its noise."""
        return self.verdict is Verdict.REAL and flat(self.change)

    def sentence(self) -> str:
        unit = self.asked.caliber.unit
        about = "verdict" if self.asked.is_change else "verdict_level"
        return text("verdict.hidden" if self.hidden else f"{about}.{self.verdict}", change=points(self.change.value, unit),
                    lower=points(self.change.lower, unit), upper=points(self.change.upper, unit),
                    n=count(self.headline.headline["current"].n))  # fmt: skip


def check_data(centre: Centre, question: Question | Asked) -> Check:
    """Is the change real, an artefact of measurement, a change of mix, noise, or undecidable?

    Compares the change with its noise at 95 % (clusters allowed for, and days that scatter), looks for changes of the survey's instrument and, where there
    is one, at the contacts it did not touch; lists defects with their effect. A change of the whole within its noise is real all the
    same where a cell fell or rose beyond doubt (`hidden`: chance of any such cell at most 1 %). A level question asks whether the
    target lies outside the interval.

    Returns:
        `Check`. Points in the KPI's own unit (rates 0 to 1). "artefact": outside the scope of an instrument change nothing moved, and
        inside it moved by more than outside. "insufficient": outside is too small to tell. "mix": changed shares are the larger part
        and nothing shows a change of rates.

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
    scatter = day_scatter(centre, asked)
    effects = {label: max(effect, scatter) for label, effect in design_effects(centre, asked)[0].items()}
    change = _change(centre, asked, effects)
    legs = _legs(centre, asked, effects, change)
    verdict = _verdict(centre, asked, headline, change, legs)
    corrected = _corrected(centre, asked, defects, effects)
    table = pd.DataFrame([vars(d) for d in defects], columns=["key", "n", "effect_points", "values"])
    return Check(table=table, verdict=verdict, asked=asked, headline=headline, change=change, defects=defects, legs=legs,
                 corrected=corrected, caveats=headline.caveats + tuple(_caveats(centre, asked, legs, scatter)))  # fmt: skip


def _change(centre: Centre, asked: Asked, effects: dict[str, float]) -> Difference:
    if asked.is_change:
        counts = count_cells(centre, asked)
        return difference(level_counts(counts, "current"), level_counts(counts, "baseline"), asked.values,
                          unit=asked.caliber.unit, design_effects=(effects["current"], effects["baseline"]))  # fmt: skip
    levels = level_counts(
        count_cells(centre, asked)
    )  # a target has no noise of its own: the KPI's interval is the gap's
    now = estimate_counts(levels, asked.values, unit=asked.caliber.unit, design_effect=effects["current"])
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


def _verdict(centre: Centre, asked: Asked, headline: Measure, change: Difference, legs: dict) -> Verdict:
    if any(estimate.n < max(asked.question.min_n, ENOUGH_TO_TELL) for estimate in headline.headline.values()):
        return Verdict.INSUFFICIENT
    if not asked.is_change:
        return Verdict.NONE if flat(change) else Verdict.REAL
    found = search_cells(centre, asked)
    if flat(change):
        sure = (found.cells["kind"] == "rate") & (found.cells["p_adjusted"] <= SURE)
        return Verdict.REAL if sure.any() and not legs["instrument"]["moved"] else Verdict.NONE
    if legs["instrument"]["moved"] and (told := _told_by_scope(change, legs["unchanged_scope"])):
        return told
    moved = {part: not legs["split"][f"{part}_lower"] <= 0 <= legs["split"][f"{part}_upper"] and legs["split"][part] * change.value > 0
             for part in ("mix", "rate")}  # fmt: skip
    mostly = abs(legs["split"]["mix"]) >= abs(legs["split"]["rate"]) or legs["split"]["rate"] * change.value < 0
    return Verdict.MIX if moved["mix"] and mostly and not moved["rate"] and found.verdict == "mix" else Verdict.REAL


def _told_by_scope(change: Difference, scope: dict) -> Verdict | None:
    """What the contacts that an instrument change did not touch say; None where the change shows there too.

    That nothing is seen outside proves nothing by itself: the outside must differ from the inside.
    """
    if not scope["assessed"]:
        return Verdict.INSUFFICIENT
    outside = scope["outside"]
    if not flat(outside) and outside.value * change.value > 0:
        return None
    instrument = not flat(scope["apart"]) and scope["apart"].value * change.value > 0
    return Verdict.ARTEFACT if instrument else Verdict.INSUFFICIENT


def _corrected(centre: Centre, asked: Asked, defects: tuple[Defect, ...], effects: dict[str, float]) -> Estimate | None:
    if not any(defect.key == "default_filled" for defect in defects):
        return None
    clean = level_counts(count_cells(centre, asked, where={"default_filled": 0}))
    return (
        estimate_counts(clean, asked.values, unit=asked.caliber.unit, design_effect=effects["current"])
        if clean
        else None
    )


def _caveats(centre: Centre, asked: Asked, legs: dict, scatter: float) -> list[tuple[str, dict]]:
    caveats = [("caveat.day_scatter", {"factor": f"{scatter:.1f}"})] if scatter > 1 else []
    if not asked.is_change:
        caveats.append(("caveat.full_mark" if asked.full_mark_target else "caveat.level", {}))
        if centre.days is None:
            caveats.append(("caveat.no_time", {}))
        return caveats
    scope = legs["unchanged_scope"]
    if scope["assessed"] and not flat(scope["outside"]) and not flat(scope["apart"]):
        unit = asked.caliber.unit
        caveats.append(
            (
                "caveat.instrument_part",
                {"outside": points(scope["outside"].value, unit), "inside": points(scope["inside"].value, unit)},
            )
        )
    if legs["instrument"]["participation"] is None and asked.caliber.outcome == "rating":
        caveats.append(("caveat.participation_unknown", {}))
    if centre.changes.empty:
        caveats.append(("caveat.no_changes", {}))
    caveats.append(("caveat.operational_leg", {}))
    return caveats
