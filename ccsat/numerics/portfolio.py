"""The best set of actions under a budget, by trying them all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ccsat.errors import StudyError, listing

MOST_ACTIONS = 16
Guess = float | tuple[float, float, float]


@dataclass(frozen=True)
class Action:
    """Something that can be done about causes.

    Attributes:
        id: Its name.
        cost: In the budget's unit.
        lead_days: Until it works; an action that works only after the horizon brings nothing.
        success: Probability that it works, 0 to 1, or (low, likely, high).
        fixes: Cause -> fraction of it that is mended when it works, 0 to 1, or (low, likely, high). An action whose
            owner cannot change a cause does not name it.
        group: At most one action of a group is taken; "" is no group.
    """

    id: str
    cost: float
    lead_days: float
    success: Guess
    fixes: Mapping[str, Guess] = field(default_factory=dict)
    group: str = ""


def best_portfolio(
    actions: Sequence[Action], cause_points: Mapping[str, float], *, budget: float, horizon_days: float
) -> pd.DataFrame:
    """Which set of actions wins back most points?

    Every set within the budget is tried (the empty one too); at most one action of a group. Actions that bring
    nothing within the horizon are in no set. Equal uplift: the cheaper set, then the smaller one, stands first.

    Args:
        actions: At most 16 that bring anything.
        cause_points: Points each cause costs, in the KPI's unit; below 0 counts as 0.

    Returns:
        One row a set, best first: `actions` (ids), `cost, uplift` (points), `regret` (0 to 1 of the best uplift).
        "Relatively" optimal: for the listed options, this budget and these points.

    Raises:
        StudyError: Too many actions, an id twice, or a cost, probability or fraction out of range.

    Source:
        DOMAIN 2.12.
    """
    able = _able(actions, cause_points, horizon_days)
    points, fixes = _matrices(able, cause_points)
    member, cost = _feasible(able, budget)
    left = np.ones((1, len(points)))
    for one in fixes:  # doubling: sets without the action, then with it
        left = np.concatenate([left, left * (1 - one)])
    gain = ((1 - left) @ points)[_codes(member)]
    names = np.array([action.id for action in able], dtype=object)
    table = pd.DataFrame({"actions": [tuple(names[row]) for row in member], "cost": cost, "uplift": gain})
    table["_tie"] = np.round(-gain / max(gain.max(), 1e-300), 12)
    table["_size"] = member.sum(1)
    table = table.sort_values(["_tie", "cost", "_size", "actions"], ignore_index=True).drop(columns=["_tie", "_size"])
    best = table["uplift"].max()
    table["regret"] = (best - table["uplift"]) / best if best > 0 else 0.0
    return table


def uplift(
    chosen: Iterable[str], actions: Sequence[Action], cause_points: Mapping[str, float], *, horizon_days: float
) -> float:
    """Points a set of actions is expected to win back: sum over causes of points x [1 - product of (1 - p phi)].

    Raises:
        StudyError: `chosen` names an action there is not.
    """
    chosen, known = set(chosen), {action.id for action in actions}
    if unknown := sorted(chosen - known):
        raise StudyError("portfolio_unknown", ids=listing(unknown), known=listing(sorted(known)))
    able = _able([action for action in actions if action.id in chosen], cause_points, horizon_days)
    points, fixes = _matrices(able, cause_points)
    return float((1 - np.prod(1 - fixes, axis=0)) @ points)


def regret(uplift_best: float, uplift_chosen: float) -> float:
    """What part of the best uplift was left on the table? 0 to 1; 0 where there was nothing to win."""
    return (uplift_best - uplift_chosen) / uplift_best if uplift_best > 0 else 0.0


def stability(
    actions: Sequence[Action],
    points_draws: pd.DataFrame,
    *,
    budget: float,
    horizon_days: float,
    spread: float = 0.25,
    rng: np.random.Generator | int | None = 0,
) -> pd.DataFrame:
    """In what share of draws is each set the best one?

    Args:
        points_draws: One row a draw, one column a cause (a reason ledger's `draws`).
        spread: An action's probability or fraction given as one number varies in a triangle of this much of itself
            to either side, within 0 to 1; one given as (low, likely, high) in that triangle.

    Returns:
        One row a set that was best at least once, most often first: `actions, share`.

    Raises:
        StudyError: As `best_portfolio`.
    """
    rng = np.random.default_rng(rng)
    able = _able(actions, points_draws.clip(lower=0).mean().to_dict(), horizon_days)
    causes = _causes(able)
    member, cost = _feasible(able, budget)
    member = member[np.lexsort((member.sum(1), cost))]
    member = member[_maximal(member)]
    names = np.array([action.id for action in able], dtype=object)
    sets, taken = member.astype(float), np.zeros(len(member), int)
    draws = len(points_draws)
    success = np.zeros((draws, len(able)))
    fraction = np.zeros((draws, len(able), len(causes)))
    for i, action in enumerate(able):
        success[:, i] = _drawn(action.success, spread, draws, rng)
        for cause, guess in action.fixes.items():
            fraction[:, i, causes.index(cause)] = _drawn(guess, spread, draws, rng)
    points = points_draws.reindex(columns=causes, fill_value=0.0).to_numpy(float)
    for draw in range(draws):
        logs = np.log1p(-np.minimum(success[draw][:, None] * fraction[draw], 1 - 1e-15))
        gain = -np.expm1(sets @ logs) @ np.maximum(np.nan_to_num(points[draw]), 0.0)
        taken[int(np.argmax(gain))] += 1  # the first of equals is the cheapest
    table = pd.DataFrame({"actions": [tuple(names[row]) for row in member], "share": taken / max(draws, 1)})
    table = table[table["share"] > 0].sort_values(["share", "actions"], ascending=[False, True], ignore_index=True)
    return table


def _able(actions: Sequence[Action], cause_points: Mapping[str, float], horizon_days: float) -> list[Action]:
    """Actions that can bring something within the horizon, after a check of all of them."""
    ids = [action.id for action in actions]
    if twice := sorted({name for name in ids if ids.count(name) > 1}):
        raise StudyError("portfolio_twice", ids=listing(twice))
    bad = [action.id for action in actions if not _sound(action)]
    if bad:
        raise StudyError("portfolio_range", ids=listing(bad))
    able = [action for action in actions if action.lead_days <= horizon_days and _likely(action.success) > 0
            and any(_likely(guess) > 0 and cause_points.get(cause, 0) > 0
                    for cause, guess in action.fixes.items())]  # fmt: skip
    if len(able) > MOST_ACTIONS:
        raise StudyError("portfolio_many", n=len(able), most=MOST_ACTIONS)
    return able


def _sound(action: Action) -> bool:
    guesses = [action.success, *action.fixes.values()]
    triples = [guess if isinstance(guess, tuple) else (guess, guess, guess) for guess in guesses]
    return action.cost >= 0 and all(0 <= low <= likely <= high <= 1 for low, likely, high in triples)


def _likely(guess: Guess) -> float:
    return guess[1] if isinstance(guess, tuple) else guess


def _causes(actions: Sequence[Action]) -> list[str]:
    return sorted({cause for action in actions for cause in action.fixes})


def _matrices(actions: Sequence[Action], cause_points: Mapping[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """Points of the causes that actions touch, and success x fraction, actions x causes."""
    causes = _causes(actions)
    points = np.array([max(float(cause_points.get(cause, 0)), 0.0) for cause in causes])
    fixes = np.array([[_likely(action.success) * _likely(action.fixes.get(cause, 0.0)) for cause in causes]
                      for action in actions]).reshape(len(actions), len(causes))  # fmt: skip
    return points, fixes


def _feasible(actions: Sequence[Action], budget: float) -> tuple[np.ndarray, np.ndarray]:
    """Sets within the budget with at most one action of a group: membership (sets x actions) and cost."""
    size = len(actions)
    member = (np.arange(2**size)[:, None] >> np.arange(size) & 1).astype(bool)
    cost = member @ np.array([float(action.cost) for action in actions]) if size else np.zeros(1)
    keep = cost <= budget + 1e-9
    for group in {action.group for action in actions if action.group}:
        inside = np.array([action.group == group for action in actions])
        keep &= member[:, inside].sum(1) <= 1
    return member[keep], cost[keep]


def _codes(member: np.ndarray) -> np.ndarray:
    return member @ (1 << np.arange(member.shape[1])) if member.shape[1] else np.zeros(len(member), int)


def _maximal(member: np.ndarray) -> np.ndarray:
    """Sets that no further action fits into; the best of every draw is among them."""
    own = _codes(member)
    full = np.ones(len(member), bool)
    for i in range(member.shape[1]):
        full &= member[:, i] | ~np.isin(own | (1 << i), own)
    return full


def _drawn(guess: Guess, spread: float, draws: int, rng: np.random.Generator) -> np.ndarray:
    if not isinstance(guess, tuple):
        guess = (max(guess * (1 - spread), 0.0), guess, min(guess * (1 + spread), 1.0))
    low, likely, high = guess
    return rng.triangular(low, likely, high, draws) if high > low else np.full(draws, float(likely))
