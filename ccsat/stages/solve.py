"""Stage 4, solution: which actions, worth how many points, verified how?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ccsat.cells import Asked
from ccsat.centre import Centre
from ccsat.errors import StudyError, listing
from ccsat.numerics import portfolio
from ccsat.numerics.portfolio import Action, best_portfolio, likely, stability, uplift, uplift_draws
from ccsat.results import Result, result_class
from ccsat.stages.action_library import BY_CAUSE, INSTRUMENT, as_library, default_library, fit_actions, read_library
from ccsat.stages.explain import Why
from ccsat.stages.verification import due_day, plan_verification
from ccsat.stages.whatif import draw_points, share_points, what_if_causes
from ccsat.wording import language, points, term, text

__all__ = ["Plan", "plan_actions", "read_library", "regret"]
COLUMNS = [
    "id",
    "zh",
    "en",
    "owner",
    "cost",
    "lead_days",
    "expected_points",
    "lower",
    "upper",
    "low",
    "high",
    "due",
    "relief",
    "source",
]
DRAWS = 500
STUDY, DEFAULT = "study", "default"


@dataclass(frozen=True)
class Choice:
    """What a plan chose from: actions with their fractions by cause, the causes' points, and the limits."""

    actions: tuple[Action, ...] = ()
    sizes: Mapping[str, float] | None = None
    budget: float = 0.0
    horizon_days: float = 0.0
    capacity: Mapping[str, float] | None = None


@result_class
class Plan(Result):
    """The best portfolio of a library's actions under a budget and a horizon.

    The table: the chosen actions, `id, zh, en, owner, cost, lead_days, expected_points, lower, upper` (of each alone; 95 % of the draws of what
    the causes cost and of the ranges that the library gives), `low, high` (what-if: the causes at their least and most), `due` (day by which it
    works), `relief` (makes up for the cause and does not change it), `source` ("study", or "default": library values, not measured).

    Attributes:
        lower, upper: 95 % interval of `expected_points`. low, high: The plan with the causes at their least and their most.
        runner_up: The next best set that is not a part of the chosen one: `actions, expected_points, behind` (points), `share` of draws in which it is best.
        stability: Share of draws (causes' points, p and phi from triangles) in which the chosen set is best.
        gap: How much more another set might win, as a share; 0: proved best of all sets.
        source: "study" or "default", where the actions come from.
        touches: Chosen action -> cause id -> fraction mended.
        what_if: By cause: `cause, class, owner, grade, cell_rank, low, central, high`.
        left_out: `{"action", "owner", "cause", "cause_owner", "why"}` for actions not chosen; "why" is owner (cannot change the cause), instrument (mends
            the survey only), no_cause, late, dear (alone over budget), group, nothing, or beaten.
        suggested: Actions of the bundled library for causes that no action of the study's meets; never part of the points.
        verification: One entry a chosen action, see `plan_verification`.
        verified_together: One entry a cell that several of the actions change, `action` naming them all: the effect they have together,
            which shows sooner than each alone.
        choice: What was chosen from, for `regret`.
    """

    budget: float
    horizon_days: int
    unit: str
    sign: int
    expected_points: float
    lower: float
    upper: float
    runner_up: dict | None
    stability: float | None
    verification: tuple[dict, ...]
    considered: int
    low: float = 0.0
    high: float = 0.0
    gap: float = 0.0
    source: str = STUDY
    touches: Mapping[str, Mapping[str, float]]
    what_if: pd.DataFrame
    left_out: tuple[dict, ...] = ()
    suggested: pd.DataFrame
    verified_together: tuple[dict, ...] = ()
    choice: Choice = Choice()

    def sentence(self) -> str:
        if self.table.empty:
            return text("plan.none")
        low, high = sorted((self.sign * self.lower, self.sign * self.upper))
        return text("plan.sentence", n=len(self.table), points=points(self.sign * self.expected_points, self.unit),
                    lower=points(low, self.unit), upper=points(high, self.unit))  # fmt: skip

    def reasons_left_out(self) -> tuple[str, ...]:
        """Why each other action is not in the plan, in words."""
        return tuple(text(f"left_out.{one['why']}", action=one["name"].get(language(), one["action"]), owner=term(str(one["owner"] or "mixed")),
                          cause=(one["cause"] or "–").rpartition(":")[2], cause_owner=term(str(one["cause_owner"] or "mixed"))) for one in self.left_out)  # fmt: skip


def plan_actions(
    why: Why,
    *,
    budget: float,
    horizon_days: int = 90,
    rng: int = 0,
    centre: Centre | None = None,
    capacity: Mapping[str, float] | None = None,
) -> Plan:
    """Which of the library's actions win back most, for this budget and in this time?

    Without a library of the study's the bundled one is used, and marked. An action that cannot change a cause, by whose it is, is worth nothing
    against it; a change of the survey is no cause that an action wins points of.

    Args:
        why: Causes with the points each accounts for.
        budget: In the library's cost units.
        horizon_days: Actions that take longer do not count.
        centre: Makes the verification plans exact (flows, spreads, contacts).
        capacity: Owner -> the most that its actions may cost together.

    Returns:
        `Plan`; empty, with a caveat that says why, where no action touches a cause found. Expected points are
        positive for an improvement, in the KPI's unit.

    Source:
        DOMAIN 2.12; full enumeration to 16 actions, integer programming beyond.
    """
    asked = why.asked
    worse = [c for c in why.causes if c.points * asked.sign < 0]
    causes = [c for c in worse if c.kind not in INSTRUMENT]
    surveys = [c.id for c in worse if c.kind in INSTRUMENT] + _survey_changes(centre)
    own = not why.library.empty
    library = as_library(why.library if own else default_library())
    actions, out = fit_actions(library, causes, instrument=surveys)
    table = what_if_causes(causes, unit=asked.caliber.unit, sign=asked.sign).table
    sizes = dict(zip(table["cause"], table["central"].astype(float), strict=True))
    touching = [
        a for a in actions if any(likely(guess) > 0 and sizes.get(cause, 0) > 0 for cause, guess in a.fixes.items())
    ]
    nothing = {"table": pd.DataFrame(columns=COLUMNS), "budget": budget, "horizon_days": horizon_days, "unit": asked.caliber.unit,
               "sign": asked.sign, "expected_points": 0.0, "lower": 0.0, "upper": 0.0, "runner_up": None, "stability": None, "verification": (),
               "considered": len(library) if own or touching else 0, "source": STUDY if own else DEFAULT, "touches": {}, "what_if": table,
               "suggested": _suggested(actions if own else (), causes, sizes)}  # fmt: skip
    if not touching:
        said = ("caveat.no_action_fits", {"n": len(actions)}) if own else ("caveat.no_library", {})
        return Plan(**{**nothing, "left_out": _named(out, library) if own else ()}, caveats=(said,))
    limits = {"budget": budget, "horizon_days": horizon_days, "capacity": capacity}
    sets = best_portfolio(touching, sizes, **limits)
    chosen = sets.iloc[0]
    second = next(
        (row for _, row in sets.iloc[1:].iterrows() if not set(row["actions"]) < set(chosen["actions"])), None
    )
    draws = draw_points(sizes, causes, why.cells, draws=DRAWS, rng=rng)
    firm = stability(touching, draws, **limits, rng=rng)
    held = {frozenset(row.actions): row.share for row in firm.itertuples()}
    least = dict(zip(table["cause"], table["low"], strict=True))

    def expected(ids: Sequence[str]) -> tuple[float, ...]:
        """Points won back by these actions, the interval that points and ranges leave open, and the least and most."""
        drawn = uplift_draws(ids, touching, draws, horizon_days=horizon_days, rng=rng)
        return (uplift(ids, touching, sizes, horizon_days=horizon_days), *map(float, np.quantile(drawn, (0.025, 0.975))),
                uplift(ids, touching, least, horizon_days=horizon_days), _at_most(ids, touching, table, horizon_days))  # fmt: skip

    names = list(chosen["actions"])
    rows = library.set_index(library["action_id"].astype(str), drop=False)
    touches = {
        a.id: {c: likely(g) for c, g in a.fixes.items() if likely(g) > 0 and sizes.get(c, 0) > 0}
        for a in touching
        if a.id in names
    }
    owners = {cause.id: cause.owner for cause in causes}
    doers = {id: owners[max(fixes, key=sizes.get)] for id, fixes in touches.items()}
    found = pd.DataFrame([_row(rows.loc[id], expected([id]), asked, own, doers[id]) for id in names], columns=COLUMNS)
    point, low, high, few, most = expected(names)
    verified, together = _verified(found, touches, touching, causes, sizes, why, horizon_days, centre, rows)
    runner = None if second is None else {
        "actions": list(second["actions"]), "expected_points": float(second["uplift"]), "behind": float(chosen["uplift"] - second["uplift"]),
        "share": float(held.get(frozenset(second["actions"]), 0.0))}  # fmt: skip
    said = [("caveat.relative_optimum", {})] + ([] if own else [("caveat.library_values", {})])
    said += [("caveat.not_proved", {"gap": f"{chosen['gap']:.1%}"})] if chosen["gap"] > 0 else []
    late = [
        v["action"] for v in verified if not v["within_horizon"] and not (v["alternative"] or {}).get("within_horizon")
    ]
    if late:
        joined = {id for v in together if v["within_horizon"] for id in v["actions"]}
        key = "caveat.verified_together" if joined >= set(late) else "caveat.not_verifiable"
        said.append((key, {"actions": ", ".join(late), "days": horizon_days}))
    return Plan(**{**nothing, "table": found, "expected_points": point, "lower": low, "upper": high, "low": few, "high": most, "gap": float(chosen["gap"]),
                   "stability": float(held.get(frozenset(names), 0.0)), "verification": tuple(verified), "verified_together": tuple(together), "runner_up": runner, "touches": touches,
                   "left_out": _named([*out, *_beaten(actions, touching, names, limits)], library) if own else _named([one for one in out if one["why"] == "owner"], library),
                   "choice": Choice(tuple(touching), sizes, budget, horizon_days, capacity)}, caveats=tuple(said))  # fmt: skip


def regret(plan: Plan, actions: Iterable[str]) -> float:
    """What part of the best uplift would these actions leave on the table? 0 to 1, by the plan's own estimates.

    Actions that meet no cause found add nothing; that they are within the budget is not asked.

    Raises:
        StudyError: There was nothing to choose from.
    """
    if not plan.choice.actions:
        raise StudyError("plan_empty", ids=listing(actions))
    known = {action.id for action in plan.choice.actions}
    won = uplift(
        [id for id in actions if id in known],
        plan.choice.actions,
        plan.choice.sizes,
        horizon_days=plan.choice.horizon_days,
    )
    return portfolio.regret(plan.expected_points, won)


def _at_most(ids: Sequence[str], actions: Sequence[Action], what_if: pd.DataFrame, horizon_days: float) -> float:
    """What a set wins if each cell is wholly due to that of its causes which the set mends best."""
    mended = [
        uplift(ids, actions, {cause: high}, horizon_days=horizon_days)
        for cause, high in zip(what_if["cause"], what_if["high"], strict=True)
    ]
    return float(pd.Series(mended, dtype=float).groupby(what_if["cell_rank"].to_numpy()).max().sum())


def _row(row: pd.Series, worth: tuple[float, ...], asked: Asked, own: bool, doer: str) -> tuple:
    """An action in the table; who does it is the cause's owner where the library leaves it to that one."""
    due = due_day(asked, float(row["lead_days"]))
    name = {
        lang: row[lang] if isinstance(row[lang], str) and row[lang] else str(row["action_id"]) for lang in ("zh", "en")
    }
    return (str(row["action_id"]), name["zh"], name["en"], doer if row["owner"] == BY_CAUSE else row["owner"], row["cost"], row["lead_days"], *worth, str(due) if due else None,
            str(row["relief"]).strip().casefold() == "yes", STUDY if own else DEFAULT)  # fmt: skip


def _verified(
    table, touches, actions, causes, sizes, why: Why, horizon_days: int, centre, rows
) -> tuple[list[dict], list[dict]]:
    """A verification plan for each chosen action, and for the actions of one cell together."""
    by_id, cell_points = (
        {action.id: action for action in actions},
        why.cells.set_index("rank")["points"].abs().to_dict(),
    )
    inside = {
        c.id: sizes[c.id] * min(1.0, cell_points[c.cell_rank] / sizes[c.id]) for c in causes if sizes.get(c.id, 0) > 0
    }
    shared = {"asked": why.asked, "cells": why.cells, "horizon_days": horizon_days, "centre": centre}
    alone, together = [], []
    for row in table.itertuples():
        mended = [c for c in causes if c.id in touches[row.id]]
        gains = {c.id: inside[c.id] * likely(by_id[row.id].success) * touches[row.id][c.id] for c in mended}
        design = rows.loc[row.id, "design"]
        alone.append(
            plan_verification(
                {"id": row.id, "lead_days": row.lead_days},
                mended,
                gains,
                design=design if isinstance(design, str) else None,
                **shared,
            )
        )
    for rank in sorted({c.cell_rank for c in causes if c.id in inside}):
        mended = [c for c in causes if c.cell_rank == rank and c.id in inside]
        ids = [row.id for row in table.itertuples() if set(touches[row.id]) & {c.id for c in mended}]
        if len(ids) > 1:
            gains = {c.id: uplift(ids, actions, {c.id: inside[c.id]}, horizon_days=horizon_days) for c in mended}
            last = max(by_id[id].lead_days for id in ids)
            together.append(
                plan_verification({"id": " + ".join(ids), "lead_days": last}, mended, gains, **shared)
                | {"actions": ids}
            )
    return alone, together


def _survey_changes(centre: Centre | None) -> list[str]:
    """Ids of changes of the survey in the calendar."""
    if centre is None or centre.changes.empty:
        return []
    return [f"change:{row.change_id}" for row in centre.changes.itertuples() if row.kind in INSTRUMENT]


def _beaten(
    actions: Sequence[Action], touching: Sequence[Action], chosen: Sequence[str], limits: Mapping
) -> list[dict]:
    """Why actions that meet a cause are not in the plan."""
    groups = {action.group for action in actions if action.id in chosen and action.group}
    out = []
    for action in touching:
        if action.id in chosen:
            continue
        why = (
            "late"
            if action.lead_days > limits["horizon_days"]
            else "dear"
            if action.cost > limits["budget"]
            else "group"
            if action.group in groups
            else "beaten"
        )
        out.append(
            {
                "action": action.id,
                "owner": action.owner,
                "cause": next(iter(action.fixes)),
                "cause_owner": None,
                "why": why,
            }
        )
    return out


def _named(out: Sequence[dict], library: pd.DataFrame) -> tuple[dict, ...]:
    """The same with the action's names."""
    rows = library.set_index(library["action_id"].astype(str))

    def words(id: str) -> dict[str, str]:
        return {lang: rows.loc[id, lang] if isinstance(rows.loc[id, lang], str) else id for lang in ("zh", "en")}

    return tuple({**one, "name": words(one["action"])} for one in out)


def _suggested(actions: Sequence[Action], causes, sizes: Mapping[str, float]) -> pd.DataFrame:
    """The bundled library's actions for causes that none of these meets, best first; `points` is the library's guess."""
    columns = ["id", "zh", "en", "owner", "cost", "lead_days", "cause", "low", "central", "high"]
    if not actions:
        return pd.DataFrame(columns=columns)
    met = {cause for action in actions for cause, guess in action.fixes.items() if likely(guess) > 0}
    bare = [cause for cause in causes if cause.id not in met and sizes.get(cause.id, 0) > 0]
    library = as_library(default_library())
    fitted, _ = fit_actions(library, bare)
    owners, rows = {cause.id: cause.owner for cause in bare}, []
    for action, row in zip(fitted, library.itertuples(), strict=True):
        for cause, guess in action.fixes.items():
            ends = [p * f * sizes[cause] for p, f in zip(_three(action.success), _three(guess), strict=True)]
            rows.append(
                (
                    action.id,
                    row.zh,
                    row.en,
                    owners[cause] if row.owner == BY_CAUSE else row.owner,
                    row.cost,
                    row.lead_days,
                    cause,
                    *ends,
                )
            )
    return pd.DataFrame(rows, columns=columns).sort_values(
        ["central", "id"], ascending=[False, True], ignore_index=True
    )


def _three(guess) -> tuple[float, float, float]:
    return guess if isinstance(guess, tuple) else (guess, guess, guess)


def _disjoint(losses: Mapping[str, float], why: Why) -> dict[str, float]:
    """As `share_points`, of these losses."""
    return share_points([c for c in why.causes if c.id in losses], losses)
