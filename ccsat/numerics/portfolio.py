"""The best set of actions under a budget: by trying them all, or by integer programming where there are many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ccsat.errors import StudyError, listing
from ccsat.numerics.portfolio_exact import best_sets

MOST_ACTIONS = 16  # of which every set is tried
BEST_SETS = 5  # that are listed where there are more
SOLVED_DRAWS = 60  # that are solved where there are more
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
        owner: Who does it, for a limit on what each can do; "" is nobody in particular.
    """

    id: str
    cost: float
    lead_days: float
    success: Guess
    fixes: Mapping[str, Guess] = field(default_factory=dict)
    group: str = ""
    owner: str = ""


def best_portfolio(
    actions: Sequence[Action],
    cause_points: Mapping[str, float],
    *,
    budget: float,
    horizon_days: float,
    capacity: Mapping[str, float] | None = None,
    most: int = MOST_ACTIONS,
) -> pd.DataFrame:
    """Which set of actions wins back most points?

    At most one action of a group. Actions that bring nothing within the horizon are in no set. Up to `most` actions that bring anything,
    every set within the budget is tried (the empty one too); beyond, the best few are found by integer programming.
    Equal uplift: the cheaper set, then the smaller one, stands first.

    Args:
        cause_points: Points each cause costs, in the KPI's unit; below 0 counts as 0.
        capacity: Owner -> the most that its actions may cost together.

    Returns:
        One row a set, best first: `actions` (ids), `cost, uplift` (points), `regret` (0 to 1 of the best uplift), `gap` (how much more
        another set might win, as a share; 0: it is proved that none does). All sets where they were tried, else the best few.
        "Relatively" optimal: for the listed options, this budget and these points.

    Raises:
        StudyError: An id twice, or a cost, probability or fraction out of range.

    Source:
        DOMAIN 2.12; Duran and Grossmann (1986), Mathematical Programming 36, 307-339.
    """
    able = _able(actions, cause_points, horizon_days)
    points, fixes = _matrices(able, cause_points)
    if len(able) > most:
        return _solved(able, points, fixes, budget, capacity)
    member, cost = _feasible(able, budget, capacity)
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
    table["gap"] = 0.0
    return table


def _solved(able: Sequence[Action], points: np.ndarray, fixes: np.ndarray, budget: float, capacity) -> pd.DataFrame:
    """The best few sets of many actions; of each, what adds nothing is left out."""
    found = best_sets(points, fixes, _costs(able), caps=_caps(able, budget, capacity), most=BEST_SETS)
    cost, rows = _costs(able), {}
    for one in found:
        member = _lean(one.member, points, fixes)
        gain = float((1 - np.prod(1 - fixes[member], axis=0)) @ points)
        rows.setdefault(tuple(able[i].id for i in np.flatnonzero(member)), (float(cost[member].sum()), gain, one.gap))
    table = pd.DataFrame([(ids, *row) for ids, row in rows.items()], columns=["actions", "cost", "uplift", "gap"])
    table = table.sort_values(["uplift", "cost"], ascending=[False, True], kind="stable", ignore_index=True)
    best = table["uplift"].max()
    table["regret"] = (best - table["uplift"]) / best if best > 0 else 0.0
    return table[["actions", "cost", "uplift", "regret", "gap"]]


def _lean(member: np.ndarray, points: np.ndarray, fixes: np.ndarray) -> np.ndarray:
    """A set without the actions that add nothing to it."""
    member = member.copy()
    for i in np.flatnonzero(member):
        without = member.copy()
        without[i] = False
        lost = (np.prod(1 - fixes[without], axis=0) - np.prod(1 - fixes[member], axis=0)) @ points
        if lost <= 1e-12 * points.sum():
            member = without
    return member


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


def uplift_draws(
    chosen: Iterable[str],
    actions: Sequence[Action],
    points_draws: pd.DataFrame,
    *,
    horizon_days: float,
    rng: np.random.Generator | int | None = 0,
) -> np.ndarray:
    """Points that a set wins back in each draw of the causes' points, with success and fraction from their ranges where they have one."""
    rng, chosen = np.random.default_rng(rng), set(chosen)
    able = [action for action in actions if action.id in chosen and action.lead_days <= horizon_days]
    left = {cause: np.ones(len(points_draws)) for action in able for cause in action.fixes}
    for action in able:
        success = _drawn(action.success, 0.0, len(points_draws), rng)
        for cause, guess in action.fixes.items():
            left[cause] = left[cause] * (1 - success * _drawn(guess, 0.0, len(points_draws), rng))
    won = np.zeros(len(points_draws))
    for cause, rest in left.items():
        if cause in points_draws:
            won += np.maximum(np.nan_to_num(points_draws[cause].to_numpy(float)), 0.0) * (1 - rest)
    return won


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
    capacity: Mapping[str, float] | None = None,
    rng: np.random.Generator | int | None = 0,
) -> pd.DataFrame:
    """In what share of draws is each set the best one?

    Where there are too many actions to try every set, the first 60 draws are solved one by one.

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
    names = np.array([action.id for action in able], dtype=object)
    many = len(able) > MOST_ACTIONS
    draws = min(len(points_draws), SOLVED_DRAWS) if many else len(points_draws)
    success = np.zeros((draws, len(able)))
    fraction = np.zeros((draws, len(able), len(causes)))
    for i, action in enumerate(able):
        success[:, i] = _drawn(action.success, spread, draws, rng)
        for cause, guess in action.fixes.items():
            fraction[:, i, causes.index(cause)] = _drawn(guess, spread, draws, rng)
    points = np.maximum(np.nan_to_num(points_draws.reindex(columns=causes, fill_value=0.0).to_numpy(float)), 0.0)
    if many:
        return _solved_often(able, names, points[:draws], success[:, :, None] * fraction, budget, capacity)
    member, cost = _feasible(able, budget, capacity)
    member = member[np.lexsort((member.sum(1), cost))]
    member = member[_maximal(member)]
    sets, taken = member.astype(float), np.zeros(len(member), int)
    for draw in range(draws):
        logs = np.log1p(-np.minimum(success[draw][:, None] * fraction[draw], 1 - 1e-15))
        gain = -np.expm1(sets @ logs) @ points[draw]
        taken[int(np.argmax(gain))] += 1  # the first of equals is the cheapest
    return _shares({tuple(names[row]): n for row, n in zip(member, taken, strict=True) if n}, draws)


def _solved_often(able, names, points, fixes, budget, capacity) -> pd.DataFrame:
    """The best set of each draw, counted."""
    taken: dict[tuple, int] = {}
    for of_draw, fix in zip(points, fixes, strict=True):
        best = best_sets(of_draw, fix, _costs(able), caps=_caps(able, budget, capacity), seconds=5.0)[0]
        ids = tuple(names[_lean(best.member, of_draw, fix)])
        taken[ids] = taken.get(ids, 0) + 1
    return _shares(taken, len(points))


def _shares(taken: Mapping[tuple, int], draws: int) -> pd.DataFrame:
    table = pd.DataFrame({"actions": list(taken), "share": [n / max(draws, 1) for n in taken.values()]})
    return table.sort_values(["share", "actions"], ascending=[False, True], ignore_index=True)


def _able(actions: Sequence[Action], cause_points: Mapping[str, float], horizon_days: float) -> list[Action]:
    """Actions that can bring something within the horizon, after a check of all of them."""
    ids = [action.id for action in actions]
    if twice := sorted({name for name in ids if ids.count(name) > 1}):
        raise StudyError("portfolio_twice", ids=listing(twice))
    bad = [action.id for action in actions if not _sound(action)]
    if bad:
        raise StudyError("portfolio_range", ids=listing(bad))
    return [action for action in actions if action.lead_days <= horizon_days and likely(action.success) > 0
            and any(likely(guess) > 0 and cause_points.get(cause, 0) > 0
                    for cause, guess in action.fixes.items())]  # fmt: skip


def _sound(action: Action) -> bool:
    guesses = [action.success, *action.fixes.values()]
    triples = [guess if isinstance(guess, tuple) else (guess, guess, guess) for guess in guesses]
    return action.cost >= 0 and all(0 <= low <= likely <= high <= 1 for low, likely, high in triples)


def likely(guess: Guess) -> float:
    """The one number of a guess: the middle of three."""
    return guess[1] if isinstance(guess, tuple) else guess


def _causes(actions: Sequence[Action]) -> list[str]:
    return sorted({cause for action in actions for cause in action.fixes})


def _matrices(actions: Sequence[Action], cause_points: Mapping[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """Points of the causes that actions touch, and success x fraction, actions x causes."""
    causes = _causes(actions)
    points = np.array([max(float(cause_points.get(cause, 0)), 0.0) for cause in causes])
    fixes = np.array([[likely(action.success) * likely(action.fixes.get(cause, 0.0)) for cause in causes]
                      for action in actions]).reshape(len(actions), len(causes))  # fmt: skip
    return points, fixes


def _feasible(
    actions: Sequence[Action], budget: float, capacity: Mapping[str, float] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Sets within budget and capacities with at most one action of a group: membership (sets x actions) and cost."""
    size = len(actions)
    member = (np.arange(2**size)[:, None] >> np.arange(size) & 1).astype(bool)
    keep = np.ones(len(member), bool)
    for inside, takes, most in _caps(actions, budget, capacity) if size else ():
        keep &= member[:, inside] @ takes[inside] <= most
    return member[keep], member[keep] @ _costs(actions)


def _costs(actions: Sequence[Action]) -> np.ndarray:
    return np.array([float(action.cost) for action in actions])


def _caps(actions: Sequence[Action], budget: float, capacity: Mapping[str, float] | None):
    """What limits a choice: (which actions, what each takes, how much there is)."""
    caps = [(np.ones(len(actions), bool), _costs(actions), budget + 1e-9)]
    for group in sorted({action.group for action in actions if action.group}):
        caps.append((np.array([action.group == group for action in actions]), np.ones(len(actions)), 1.0))
    for owner, most in (capacity or {}).items():
        caps.append((np.array([action.owner == owner for action in actions]), _costs(actions), most + 1e-9))
    return caps


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
