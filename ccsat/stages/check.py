"""Stage 1, data problem: is the change real, or did the survey change?"""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from ccsat import registers
from ccsat.cells import Asked, Measure, count_cells, design_effects, level_counts, measure
from ccsat.centre import Centre
from ccsat.estimates import Difference, Estimate, difference, estimate_counts
from ccsat.kpis.facing import check_traceable, faced
from ccsat.question import Question
from ccsat.results import Result, result_class
from ccsat.stages.clusters import AGENT, paired_effect
from ccsat.stages.corrected import Corrected, corrected_kpi
from ccsat.stages.defects import Defect, find_defects
from ccsat.stages.factor_leg import factor_leg
from ccsat.stages.legs import (
    clean_counts,
    declared,
    flat,
    inside_contacts,
    instrument_leg,
    instrument_scopes,
    same_time_leg,
    unchanged_scope_leg,
)
from ccsat.stages.noise import day_scatter
from ccsat.stages.operational import operational_leg
from ccsat.stages.participation import participation_leg
from ccsat.stages.search import search_cells
from ccsat.stages.verdict import (
    ENOUGH_TO_TELL,
    SURE,
    Because,
    Verdict,
    because_words,
    judge_change,
    judge_level,
    mix_and_rate,
)
from ccsat.wording import count, percent, points, text

__all__ = ["ENOUGH_TO_TELL", "SURE", "Check", "Verdict", "check_data"]

NOT_ASSESSED = {"assessed": False}


@result_class
class Check(Result):
    """The verdict with its evidence.

    The table has one row a defect: `key, n, effect_points, values`. `change` is current minus baseline, else current
    minus target. `corrected` is the KPI without what the data got wrong; None where there is nothing to correct. `because` says in
    order which legs decided: wording keys with their numbers (`because_in_words`).

    `legs`: "instrument", "unchanged_scope", "same_time", "operational", "participation", "factors", and of a change beyond noise "split"
    (mix and rate) and "instrument_part" (`assessed, points, lower, upper, beyond_noise, share`: what contacts inside a change of the
    survey add to the change beyond those outside).
    """

    verdict: Verdict
    asked: Asked
    headline: Measure
    change: Difference
    defects: tuple[Defect, ...]
    legs: dict
    corrected: Estimate | Corrected | None
    clean: Difference
    because: tuple[Because, ...] = ()

    @property
    def hidden(self) -> bool:
        """Real in a cell, or by its mix, though the whole is within its noise."""
        return self.verdict in (Verdict.REAL, Verdict.MIX) and flat(self.change)

    def because_in_words(self) -> list[str]:
        """The reasons of the verdict, one sentence each."""
        return because_words(self.because, self.asked.caliber.unit)

    def sentence(self) -> str:
        unit = self.asked.caliber.unit
        about = "verdict" if self.asked.is_change else "verdict_level"
        key = f"hidden.{self.verdict}" if self.hidden else f"{about}.{self.verdict}"
        return text(key, change=points(self.change.value, unit),
                    lower=points(self.change.lower, unit), upper=points(self.change.upper, unit),
                    n=count(self.headline.headline["current"].n))  # fmt: skip


def check_data(centre: Centre, question: Question | Asked) -> Check:
    """Is the change real, an artefact of measurement, a change of mix, noise, or undecidable?

    Compares the change with its noise at 95 % (clusters allowed for, and days that scatter), looks for changes of the survey's instrument and, where there
    is one, at the contacts it did not touch; lists defects with their effect. A change of the whole within its noise is real all the
    same where a cell fell or rose beyond doubt (`hidden`: chance of any such cell at most 1 %), and "mix" where changed shares alone
    would have taken the whole out of its noise. A level question asks whether the
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
    centre, asked = faced(centre, question)
    check_traceable(centre, asked)
    headline = measure(centre, asked)
    defects = tuple(find_defects(centre, asked))
    scatter = day_scatter(centre, asked)
    found, cluster = design_effects(centre, asked)
    if asked.is_change and cluster == AGENT:  # seen in both periods, an agent is compared with himself
        found = dict.fromkeys(found, paired_effect(centre, asked))
    effects = {label: max(effect, scatter) for label, effect in found.items()}
    change = _change(centre, asked, effects)
    n = {label: one.n for label, one in headline.headline.items()}
    if asked.is_change:
        clean = _clean_change(centre, asked, defects, effects, change)
        legs = _legs(centre, asked, defects, effects, change)
        verdict, because = judge_change(asked, n, change, clean, legs, lambda: search_cells(centre, asked))
        if verdict in (Verdict.REAL, Verdict.MIX) or (verdict is Verdict.INSUFFICIENT and not flat(change)):
            legs["split"] = mix_and_rate(search_cells(centre, asked))
    else:
        clean, legs = change, _level_legs(centre, asked)
        verdict, because = judge_level(asked, n, change)
    corrected = _corrected(centre, asked, defects, effects, legs)
    table = pd.DataFrame(
        [{k: getattr(d, k) for k in ("key", "n", "effect_points", "values")} for d in defects],
        columns=["key", "n", "effect_points", "values"],
    )
    return Check(table=table, verdict=verdict, asked=asked, headline=headline, change=change, defects=defects, legs=legs, corrected=corrected, clean=clean,
                 because=tuple(because), caveats=headline.caveats + tuple(_caveats(centre, asked, legs, scatter)))  # fmt: skip


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


def _clean_change(
    centre: Centre, asked: Asked, defects: Sequence[Defect], effects: dict[str, float], change: Difference
) -> Difference:
    """The change of ratings that somebody gave, and nobody picked."""
    if all(defect.removed is None for defect in defects):
        return change
    counts = clean_counts(centre, asked, defects)
    if not all(sum(levels.values()) for levels in counts.values()):
        return change
    return difference(counts["current"], counts["baseline"], asked.values, unit=asked.caliber.unit,
                      design_effects=(effects["current"], effects["baseline"]))  # fmt: skip


def _legs(
    centre: Centre, asked: Asked, defects: Sequence[Defect], effects: dict[str, float], change: Difference
) -> dict:
    instrument = instrument_leg(centre, asked, defects)
    scopes = instrument_scopes(centre, asked, instrument) if instrument["moved"] else []
    inside = inside_contacts(centre, asked, scopes)
    legs = {"instrument": instrument, "unchanged_scope": NOT_ASSESSED, "same_time": NOT_ASSESSED}
    if instrument["moved"]:
        legs["unchanged_scope"] = unchanged_scope_leg(centre, asked, instrument, effects, defects)
        legs["same_time"] = same_time_leg(centre, asked, instrument, effects)
    legs["operational"] = operational_leg(centre, asked, inside)
    legs["participation"] = participation_leg(centre, asked, instrument["participation"], inside)
    legs["factors"] = factor_leg(centre, asked, change.value, tuple(scopes[0]) if scopes else (), effects)
    legs["instrument_part"] = _instrument_part(legs["unchanged_scope"])
    return legs


def _instrument_part(scope: dict) -> dict:
    """What the contacts that a change of the survey touched add to the whole's change beyond what the others show."""
    if not scope["assessed"]:
        return NOT_ASSESSED
    between, share = scope["apart"], scope["share"]
    return {"assessed": True, "points": share * between.value, "lower": share * between.lower, "upper": share * between.upper,
            "beyond_noise": not flat(between), "share": share, "n": int(between.n)}  # fmt: skip


def _level_legs(centre: Centre, asked: Asked) -> dict:
    """Of a level question: whether the survey changed within the period, by the ledger of changes."""
    if asked.current is None or asked.caliber.outcome != "rating":
        return {}
    signs = [{"key": "declared", "change_id": row.change_id, "scope": row.scope, "day": str(row.at.date())}
             for row in declared(centre, asked).itertuples()]  # fmt: skip
    if not signs:
        return {}
    instrument = {"moved": True, "hard": True, "signs": signs, "assessed": ["changes"], "participation": None}
    return {"instrument": instrument, "unchanged_scope": NOT_ASSESSED, "operational": NOT_ASSESSED}


def _corrected(
    centre: Centre, asked: Asked, defects: tuple[Defect, ...], effects: dict[str, float], legs: dict
) -> Corrected | None:
    scope = legs.get("unchanged_scope", NOT_ASSESSED)
    told = scope["assessed"] and legs["instrument"]["hard"]  # the part that the survey left alone counts for the whole
    return corrected_kpi(centre, asked, defects, effects, outside=scope["outside"] if told else None)


def _caveats(centre: Centre, asked: Asked, legs: dict, scatter: float) -> list[tuple[str, dict]]:
    caveats = [("caveat.day_scatter", {"factor": f"{scatter:.1f}"})] if scatter > 1 else []
    if asked.caliber.outcome == "level":
        caveats.append(("caveat.kpi_no_survey", {}))
    if not asked.is_change:
        caveats.append(("caveat.full_mark" if asked.full_mark_target else "caveat.level", {}))
        if centre.days is None:
            caveats.append(("caveat.no_time", {}))
        return caveats
    scope = legs["unchanged_scope"]
    for sign in legs["instrument"]["signs"]:
        unknown = [dim for dim in registers.scope(sign.get("scope")) if dim not in centre.dims]
        if unknown:
            caveats.append(
                ("caveat.scope_unknown", {"dims": ", ".join(unknown), "change": sign.get("change_id", sign["key"])})
            )
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
    if not legs["operational"]["assessed"] and asked.caliber.outcome == "rating":
        caveats.append(("caveat.operational_leg", {}))
    elif legs["operational"]["assessed"]:
        caveats.append(
            (
                "caveat.operational_weak",
                {"explained": percent(legs["operational"]["explained"]), "n": count(legs["operational"]["n_fit"])},
            )
        )
    return caveats
