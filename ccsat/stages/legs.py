"""Is it the survey that changed? The instrument leg and the unchanged-scope leg of the artefact test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import combinations

import numpy as np
import pandas as pd

from ccsat import registers
from ccsat.cells import Asked, by_level, count_cells, level_counts
from ccsat.centre import Centre
from ccsat.engine import Window
from ccsat.estimates import Difference, difference
from ccsat.stages.contacts import take_contacts
from ccsat.stages.defect import Counts, Defect, meet, period_counts, without
from ccsat.stages.instrument_breaks import CONTROL_LIMIT, Shift, find_shifts
from ccsat.stages.instrument_marks import PARTICIPATION_MOVE

FAIR_SHARE = 0.05  # of a scale's end level that cannot vanish by better or worse ratings alone
ENOUGH = 100  # ratings per period for the unchanged scope to say anything
HARD = (
    "declared",
    "mode",
    "template_version",
    "scale_support",
    "push",
)  # participation alone may be the customers' own doing
MOST_SCOPES = 4


def instrument_leg(centre: Centre, asked: Asked, defects: Sequence[Defect] = ()) -> dict:
    """What moved in how the survey is taken between the periods, declared or not.

    Args:
        defects: Selective invitation that is known already is no sign of its own.

    Returns:
        `moved` (bool), `hard` (whether anything but participation shows it), `signs`: a list of `{key, ...}`: a declared change, a
        mode or template whose share moved, levels of the scale that came or went, the share invited, participation
        beyond its control limits, each with `scope` in words where it has one and `day` where it shows; `assessed`: what could be
        looked at; `participation`: the whole's.
    """
    if asked.caliber.outcome != "rating":  # no survey takes these: how the survey is taken cannot move them
        return {"moved": False, "hard": False, "signs": [], "assessed": [], "participation": None}
    signs, assessed = [], ["changes"] if len(centre.changes) else []
    for row in declared(centre, asked).itertuples():
        signs.append({"key": "declared", "change_id": row.change_id, "scope": row.scope, "day": str(row.at.date())})
    assessed += [c for c in ("mode", "template_version") if c in centre.columns]
    gamed = {(str(d.values.get("dim")), str(d.values.get("level"))) for d in defects if d.key == "selective_invitation"}
    for shift in find_shifts(centre, asked):
        named = [(dim, level) for dim, levels in shift.scope.items() for level in levels]
        if shift.key != "push" or not (named and set(named) <= gamed):
            signs.append(shift_sign(shift))
    assessed.append("scale")
    signs += scale_support(centre, asked)
    whole = participation_shift(centre, asked)
    if whole is not None:
        assessed += ["push", "participation"]
    hard = any(sign["key"] in HARD for sign in signs)
    return {"moved": bool(signs), "hard": hard, "signs": signs, "assessed": assessed, "participation": whole}


def shift_sign(shift: Shift) -> dict:
    """A shift found in the data as a sign; its scope in the words of a changes table."""
    sign = {"key": shift.key, "move": shift.move, "value": shift.value, "value_baseline": shift.value_baseline, "z": shift.z, "n": shift.n,
            "scope": scope_text(shift.scope), "day": str(shift.day) if shift.day else None, "share": shift.share}  # fmt: skip
    return sign | ({"level": shift.level} if shift.level is not None else {"base": shift.base})


def scope_text(scope: Mapping[str, Sequence[str]]) -> str:
    """`dim=level|level; dim=level`, as `registers.scope` reads it; empty for everything."""
    return "; ".join(f"{dim}={'|'.join(levels)}" for dim, levels in scope.items())


def declared(centre: Centre, asked: Asked) -> pd.DataFrame:
    """Survey-instrument changes of the calendar from the baseline's start to the current period's end."""
    rows = centre.changes
    if rows.empty:
        return rows
    first = asked.baseline.first if asked.baseline else asked.current.first
    inside = (rows["at"] > pd.Timestamp(first)) & (rows["at"] <= pd.Timestamp(asked.current.last))
    return rows[inside & (rows["kind"] == "survey_instrument")]


def scale_support(centre: Centre, asked: Asked) -> list[dict]:
    """Levels of the scale used in one period only though they had a fair share, or lie between used ones: another questionnaire.

    A rare end level may vanish because ratings got better or worse.
    """
    counts = count_cells(centre, asked)
    now, before = level_counts(counts, "current"), level_counts(counts, "baseline")
    signs = []
    for a, b, period in ((now, before, "current"), (before, now, "baseline")):
        total_a, total_b = sum(a.values()), sum(b.values())
        used = [k for k in a if a[k]]
        gone = [k for k in b if k not in used and used and total_b and b[k] / total_b * total_a >= 10
                and (b[k] >= FAIR_SHARE * total_b or min(used) < k < max(used))]  # fmt: skip
        if gone:
            signs.append({"key": "scale_support", "levels": gone, "period": period})
    return signs


def participation_shift(centre: Centre, asked: Asked) -> dict | None:
    """Did the share that answers move beyond its day-to-day limits? None where invitations are unknown. Filled ratings are no answers."""
    base = next((c for c in ("delivered", "pushed") if c in centre.columns), None)
    if base is None or "participated" not in centre.columns:
        return None
    given = "COALESCE(default_filled, 0) = 0" if "default_filled" in centre.columns else "1 = 1"
    facts = f"SELECT f.*, CASE WHEN participated = 1 AND {given} THEN 1 ELSE 0 END AS gave FROM ({centre.facts}) f"
    days = centre.engine.crosstab(facts, ["gave"], windows=asked.windows, by_day=True, where={base: 1})
    wide = days.pivot_table(index=["period", "day"], columns="gave", values="n", aggfunc="sum", fill_value=0)
    wide = wide.reindex(columns=[0, 1], fill_value=0)
    n, x = wide.sum(axis=1), wide[1]
    totals = pd.DataFrame({"n": n, "x": x}).groupby("period").sum()
    if len(totals) < 2 or (totals["n"] < ENOUGH).any():
        return None
    rate = totals["x"] / totals["n"]
    inside = n.index.get_level_values("period") == "baseline"
    p = rate["baseline"]
    spread = ((x[inside] - n[inside] * p) ** 2 / (n[inside] * p * (1 - p))).sum() / max(inside.sum() - 1, 1)
    pooled = totals["x"].sum() / totals["n"].sum()
    error = np.sqrt(max(spread, 1.0) * pooled * (1 - pooled) * (1 / totals["n"]).sum())
    move = float(rate["current"] - rate["baseline"])
    z = move / error if error > 0 else 0.0
    return {"value": float(rate["current"]), "value_baseline": float(p), "move": move, "z": float(z), "base": base,
            "n": int(totals.loc["current", "n"]), "moved": bool(abs(z) > CONTROL_LIMIT and abs(move) > PARTICIPATION_MOVE)}  # fmt: skip


# Where the survey stayed as it was ------------------------------------------------------------------


def instrument_scopes(centre: Centre, asked: Asked, leg: dict) -> list[dict[str, list[str]]]:
    """The parts that changes of the instrument touched; `[]` where they touched everything, or there is none.

    A declared change that names no scope, or one that the data do not know, touched what the data show that it touched.
    """
    signs = leg["signs"]
    told = [_known(centre, sign["scope"]) for sign in signs if sign["key"] == "declared"]
    usable = [sign for sign in signs if sign["key"] not in ("declared", "scale_support")]
    if leg["hard"]:  # participation may follow what customers feel: it has no say where something else shows
        usable = [sign for sign in usable if sign["key"] in HARD]
    seen = [_known(centre, sign["scope"]) for sign in usable]
    if any(sign["key"] == "scale_support" for sign in signs):
        return []
    if not all(told):
        told = [one for one in told if one] if seen and all(seen) else [{}]
    found = []
    for scope in [*told, *(seen if not told or all(seen) else [])]:
        if not scope:
            return []
        if not any(_within(scope, other) for other in found):
            found = [other for other in found if not _within(other, scope)] + [scope]
    return found[:MOST_SCOPES]


def _known(centre: Centre, words: object) -> dict[str, list[str]]:
    scope = registers.scope(words)
    return scope if all(dim in centre.dims for dim in scope) else {}


def _within(scope: Mapping, other: Mapping) -> bool:
    """Whether a part lies in another."""
    return all(dim in scope and set(scope[dim]) <= set(levels) for dim, levels in other.items())


def clean_counts(centre: Centre, asked: Asked, defects: Sequence[Defect], where: Mapping | None = None) -> Counts:
    """Ratings per level and period of a scope, without those that nobody gave, and with those that were kept from being asked for."""
    counts = {p: {k: float(n) for k, n in levels.items()} for p, levels in period_counts(centre, asked, where).items()}
    for defect in defects:
        if defect.removed is not None and defect.key not in ("duplicate", "unsettled", "late_answers"):
            removed = defect.removed(where)
            counts = {p: without(levels, removed.get(p, {})) for p, levels in counts.items()}
    return counts


def unchanged_scope_leg(
    centre: Centre, asked: Asked, leg: dict, effects: dict[str, float], defects: Sequence[Defect] = ()
) -> dict:
    """Does the KPI move where the instrument did not?

    The unchanged scope is what lies outside every change of the instrument, the same contacts in both periods.

    Returns:
        `assessed` (bool), and where it is: `scope` (the changed parts, in words), `dim`, `levels` (of the first named dimension, those
        outside), `share` (of current ratings inside), `outside` and `inside` (a `Difference` each), and `apart`, inside less outside.
    """
    scopes = instrument_scopes(centre, asked, leg)
    if not scopes:
        return {"assessed": False}
    whole = clean_counts(centre, asked, defects)
    inside: Counts = {p: {} for p in whole}
    for size in range(1, len(scopes) + 1):  # parts that meet count once
        for some in combinations(scopes, size):
            both: Mapping | None = {}
            for one in some:
                both = meet(both, one) if both is not None else None
            if both is None:
                continue
            for p, levels in clean_counts(centre, asked, defects, both).items():
                for k, n in levels.items():
                    inside[p][k] = inside[p].get(k, 0.0) + (1 if size % 2 else -1) * n
    parts = {"outside": {p: without(whole[p], inside[p]) for p in whole}, "inside": inside}
    dim = next(iter(scopes[0]))
    keys, _ = by_level(count_cells(centre, asked, (dim,)), [dim], asked.values)
    touched = {level for scope in scopes for level in scope.get(dim, ())}
    named = {
        "scope": [scope_text(scope) for scope in scopes],
        "dim": dim,
        "levels": [v for v in keys[dim].unique() if v not in touched],
    }
    found = {}
    for name, counts in parts.items():
        if min(sum(counts[p].values()) for p in ("current", "baseline")) < ENOUGH:
            return {"assessed": False, **named}
        found[name] = difference(counts["current"], counts["baseline"], asked.values, unit=asked.caliber.unit,
                                 design_effects=(effects["current"], effects["baseline"]))  # fmt: skip
    share = float(found["inside"].n / (found["inside"].n + found["outside"].n))
    return {"assessed": True, **named, "share": share, **found, "apart": apart(found["inside"], found["outside"])}


def same_time_leg(centre: Centre, asked: Asked, leg: dict, effects: dict[str, float]) -> dict:
    """What the days say on which all contacts were asked in one way, where the instrument changed within a period.

    Returns:
        `assessed`; where it is: `day` (first of the new way), `side` ("before" or "after" it), `change` (a `Difference`) of those days.
    """
    days = sorted(pd.Timestamp(sign["day"]).date() for sign in leg["signs"] if sign.get("day"))
    if not days:
        return {"assessed": False}
    now, before = asked.current, asked.baseline
    if now.first < days[0] <= now.last:
        day, side, windows = days[0], "before", (Window(now.label, now.first, days[0] - timedelta(1)), before)
    elif before.first < days[-1] <= before.last:
        day, side, windows = days[-1], "after", (now, Window(before.label, days[-1], before.last))
    else:
        return {"assessed": False}
    table = centre.engine.marginals(
        centre.facts, [()], outcome=asked.caliber.outcome, windows=windows, where=asked.where
    )[()]
    counts = [level_counts(table, label) for label in ("current", "baseline")]
    if min(sum(levels.values()) for levels in counts) < ENOUGH:
        return {"assessed": False}
    change = difference(
        *counts, asked.values, unit=asked.caliber.unit, design_effects=(effects["current"], effects["baseline"])
    )
    return {"assessed": True, "day": str(day), "side": side, "change": change}


def inside_contacts(centre: Centre, asked: Asked, scopes: Sequence[Mapping]) -> np.ndarray | None:
    """Which rows of `take_contacts` lie in any of the scopes; None where either is not there."""
    contacts = take_contacts(centre, asked)
    if contacts is None or not scopes or not all(dim in contacts.rows for scope in scopes for dim in scope):
        return None
    found = np.zeros(len(contacts.rows), dtype=bool)
    for scope in scopes:
        part = np.ones(len(found), dtype=bool)
        for dim, levels in scope.items():
            part &= contacts.rows[dim].isin(levels).to_numpy()
        found |= part
    return found


def flat(change: Difference) -> bool:
    """Whether an interval holds no change, or there is none."""
    return not (change.lower > 0 or change.upper < 0)


def apart(one: Difference, other: Difference) -> Difference:
    """One difference less another of other rows, with its interval (MOVER: Zou and Donner 2008, Statistics in Medicine 27, 1693)."""
    value = one.value - other.value
    lower = value - np.hypot(one.value - one.lower, other.upper - other.value)
    upper = value + np.hypot(one.upper - one.value, other.value - other.lower)
    return Difference(value, float(lower), float(upper), float("nan"), one.n, one.n_baseline)
