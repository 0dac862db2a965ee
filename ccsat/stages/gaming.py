"""Selective invitation: a group asks or hears fewer of its contacts, and what it hears gets better."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from scipy.special import ndtr

from ccsat.cells import Asked, agent_carried, design_effects
from ccsat.centre import Centre
from ccsat.estimates import adjust
from ccsat.stages.defect import (
    Counts,
    Defect,
    gave_shares,
    invited_column,
    kpi_value,
    labels,
    meet,
    period_counts,
    without,
)
from ccsat.stages.funnel import choose_stratum, read_funnels

FALSE_NAMES = 0.01  # of the groups named, by chance
NOTABLE = 1.645  # standard errors of the fall, and of the selection, each by itself: one-sided 5 %
MOST_LOOKED_AT = 12  # groups, the steepest falls first
LEAST_FALL = 0.01
LEAST_GAP = 0.03  # below the others, where there is no baseline to fall from
MOST_GROUPS = 300
ENOUGH = 30  # ratings of a group in each period
YES = {0: 0.0, 1: 1.0}
TWO_SIDED = 1.959963984540054


@dataclass(frozen=True)
class _Suspect:
    """One group at one step of the funnel: how far its share fell, and how its answers changed, against the others."""

    dim: str
    level: str
    step: str
    stratum: str | None
    share: float
    share_usual: float
    z_fall: float
    n: float  # its contacts at this step, now
    p_joint: float = 1.0
    rise: float = 0.0
    rise_error: float = 0.0
    z_rise: float = 0.0
    z_unresolved: float | None = None

    @property
    def fall(self) -> float:
        return self.share_usual - self.share

    @property
    def z_selected(self) -> float:
        """Both signs of selection in one: the rise of what it hears, and a fall of the share that is steeper for unresolved contacts."""
        if self.z_unresolved is None:
            return self.z_rise
        return (self.z_rise + self.z_unresolved) / np.sqrt(2)


def selective_invitation(centre: Centre, asked: Asked) -> list[Defect]:
    """Which groups that agents carry invite, or are answered by, fewer contacts, and rise while they do?

    Each group's change of the share invited (of its contacts) and answering (of those invited) is compared with that of the
    other groups in the same stratum (the column of few levels that explains the share best, e.g. the survey's mode). A group is named
    where the fall and the selection are each beyond chance, and both together stand after FDR over all groups and steps. Selection: its
    KPI moved better than the others', and the fall is steeper among unresolved contacts, by the joint test of both. Without a baseline the
    comparison is with the others' level.

    Returns:
        `selective_invitation` (against a baseline) or `selective_invitation_level`. `n`: contacts kept back in the current period.
        `effect_points`: KPI as is, less the KPI with the group at its own baseline moved as the others moved (without a baseline: at
        the others' level, for information). `values`: `dim`, `level`, `step` ("invited" or "answered"), `share`, `share_usual`
        (what the others' move implies), `rise` (of its KPI, points), `p_fall` and `p_selected` (one-sided), `p_joint` (adjusted),
        `stratum`, `share_of_ratings`.

    Assumes:
        What moved the group's KPI beyond the others' while its share fell is selection, not better service: a suspicion to look into.
    """
    dims = [dim for dim in asked.dims if agent_carried(dim)]
    if asked.caliber.outcome != "rating" or not dims:
        return []
    falls = [one for step in _steps(centre) for one in _falls(centre, asked, dims, step)]
    if not falls:
        return []
    least = LEAST_FALL if asked.is_change else LEAST_GAP
    falls.sort(key=lambda one: -one.z_fall)
    fell = [one for one in falls[:MOST_LOOKED_AT] if one.z_fall >= NOTABLE and one.fall >= least]
    seen = [one for one in _risen(centre, asked, fell) if one.z_rise > 0 and one.z_selected >= NOTABLE]
    if not seen:
        return []
    untold = [1.0] * (len(falls) - len(seen))  # every group was a candidate, whether or not it was looked at closely
    p_joint = adjust([float(ndtr(-(one.z_fall + one.z_selected) / np.sqrt(2))) for one in seen] + untold, "bh")
    named = [replace(one, p_joint=float(p)) for one, p in zip(seen, p_joint, strict=False) if p <= FALSE_NAMES]
    if not named:
        return []
    first = min(named, key=lambda one: one.p_joint)
    return [_defect(centre, asked, one) for one in named if (one.dim, one.step) == (first.dim, first.step)]


def _steps(centre: Centre) -> list[str]:
    base = invited_column(centre)
    return [step for step, there in (("invited", "pushed" in centre.columns), ("answered", base is not None)) if there]


def _step(centre: Centre, step: str) -> tuple[str, dict | None]:
    """The step's outcome and the rows that can have it."""
    return ("pushed", None) if step == "invited" else ("gave", {invited_column(centre): 1})


def _falls(centre: Centre, asked: Asked, dims: list[str], step: str) -> list[_Suspect]:
    """Each group's fall at one step; [] where nobody is kept back there."""
    outcome, where = _step(centre, step)
    if step == "invited":
        columns = [(d,) for d in asked.dims if not agent_carried(d)]
        tables = centre.engine.marginals(centre.facts, [(), *columns], outcome=outcome, windows=asked.windows)
        tables = {some: t if "period" in t.columns else t.assign(period="current") for some, t in tables.items()}
    else:
        tables = gave_shares(centre, asked)
    if set(tables[()]["level"]) != {0, 1}:
        return []
    stratum = choose_stratum(tables)
    found = []
    for dim, share in read_funnels(centre, asked, dims, stratum, outcome, YES, where=where).items():
        if not 2 <= len(share.groups) <= MOST_GROUPS:
            continue
        moved, z, usual = share.against_others(spread=True)
        value, n = share.value()[0], share.counts[0].sum(axis=(1, 2))
        found += [_Suspect(dim, level, step, stratum, float(value[g]), float(usual[g]), -float(z[g]), float(n[g]))
                  for g, level in enumerate(share.groups) if np.isfinite(z[g]) and moved[g] == moved[g]]  # fmt: skip
    return found


def _risen(centre: Centre, asked: Asked, fell: list[_Suspect]) -> list[_Suspect]:
    """The groups whose share fell, with what their answers did meanwhile; without those of too few answers."""
    effects = design_effects(centre, asked)[0]
    found = []
    for one in fell:
        outcome, where = _step(centre, one.step)
        rated = read_funnels(centre, asked, [one.dim], one.stratum, "rating", asked.values, where={"gave": 1}).get(
            one.dim
        )
        if rated is None or one.level not in rated.groups:
            continue
        g = rated.groups.index(one.level)
        rise, z, _ = rated.against_others(effects=effects)
        if rated.counts.sum(axis=(2, 3))[:, g].min() < ENOUGH or not np.isfinite(z[g]):
            continue
        steeper = None
        if "resolved" in centre.columns:
            parts = read_funnels(centre, asked, [one.dim], "resolved", outcome, YES, where=where).get(one.dim)
            if parts is not None and one.level in parts.groups:
                steeper = -float(parts.uneven()[parts.groups.index(one.level)])
        found.append(
            replace(
                one,
                rise=float(rise[g]),
                rise_error=float(abs(rise[g] / z[g])) if z[g] else 0.0,
                z_rise=asked.sign * float(z[g]),
                z_unresolved=steeper if steeper is not None and np.isfinite(steeper) else None,
            )
        )
    return found


def _beyond_usual(centre: Centre, asked: Asked, one: _Suspect, where: Mapping | None) -> Counts:
    """The group's current ratings less those it would have had, invited as usual and moved as the others, per level, of a scope."""
    none: Counts = {p: {} for p in labels(asked)}
    if meet({one.dim: one.level}, where) is None:
        return none
    rated = read_funnels(
        centre, asked, [one.dim], one.stratum, "rating", asked.values, where={**(where or {}), "gave": 1}
    ).get(one.dim)
    if rated is None or one.level not in rated.groups:
        return none
    g = rated.groups.index(one.level)
    seen, usual = rated.counts[0, g].sum(axis=0), rated.usual_levels()[g]
    if not seen.sum() or not np.isfinite(usual).all():
        return none
    due = seen.sum() * max(one.share_usual / one.share, 1.0) * usual
    return {**none, "current": {k: float(n) for k, n in zip(asked.values, seen - due, strict=True)}}


def _defect(centre: Centre, asked: Asked, one: _Suspect) -> Defect:
    removed = partial(_beyond_usual, centre, asked, one)
    whole = period_counts(centre, asked)["current"]
    mine = period_counts(centre, asked, {one.dim: one.level})["current"]
    share = sum(mine.values()) / sum(whole.values())
    beyond = removed(None)["current"]
    effect = kpi_value(whole, asked) - kpi_value(without(whole, beyond), asked)
    half = TWO_SIDED * share * one.rise_error
    values = {"dim": one.dim, "level": one.level, "step": one.step, "share": one.share, "share_usual": one.share_usual,
              "rise": one.rise, "p_fall": float(ndtr(-one.z_fall)), "p_joint": one.p_joint, "p_selected": float(ndtr(-one.z_selected)), "stratum": one.stratum or "",
              "share_of_ratings": share}  # fmt: skip
    key = "selective_invitation" if asked.is_change else "selective_invitation_level"
    return Defect(key, round(one.fall * one.n), effect, values, effect - half, effect + half,
                  0.0 if asked.is_change else None, removed if asked.is_change else None)  # fmt: skip
