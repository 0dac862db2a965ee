"""The best set of many actions: integer programming with tangents of a convex loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

ROUNDS = 80
SCALE = 1e3  # the solver's absolute tolerances become small beside the loss
CERTAIN = 1 - 1e-12  # a fraction of 1 has no logarithm
CLOSE = 1e-7  # of the loss: the solver's own tolerance


@dataclass(frozen=True)
class Chosen:
    """A set of actions (membership), what it wins back, and how far from the best it may be (0 to 1 of that)."""

    member: np.ndarray
    gain: float
    gap: float


def best_sets(
    points: np.ndarray,
    fixes: np.ndarray,
    cost: np.ndarray,
    *,
    caps: Sequence[tuple[np.ndarray, np.ndarray, float]],
    most: int = 1,
    seconds: float = 20.0,
) -> list[Chosen]:
    """Which sets of actions win back most, without trying them all?

    What a set leaves of cause r is exp(sum over its actions of log(1 - p phi)): convex in the choice. So the loss lies above each of its
    tangents; an integer programme over the tangents gives a set and a bound, tangents at that set are added, and so on until bound and loss
    meet: then the set is the best one (up to the solver's tolerance). The next best sets come from cutting off those found.

    Args:
        points: Of each cause, at least 0. fixes: Success x fraction, actions x causes, 0 to 1.
        caps: (which actions, what each takes, how much there is): budget, groups, departments.
        most: How many sets. seconds: For one programme; a set that was not proved best in this time says so by its `gap`.

    Returns:
        Best first; `gap` 0 where it is proved.

    Source:
        Duran and Grossmann (1986), Mathematical Programming 36, 307-339.
    """
    size, causes = fixes.shape
    whole = float(points.sum())
    if not size or whole <= 0:
        return [Chosen(np.zeros(size, bool), 0.0, 0.0)]
    logs = np.log1p(-np.minimum(fixes, CERTAIN))
    weight = points / whole * SCALE
    tangents = [(r, y) for r in range(causes) for y in np.linspace(0.0, logs[:, r].sum(), 8)]
    found: list[Chosen] = []
    for _ in range(most):
        one = _solve(weight, logs, cost, caps, tangents, [chosen.member for chosen in found], seconds)
        if one is None:
            break
        member, lost, bound = one
        gain = whole * (1 - lost / SCALE)
        gap = max(lost - bound, 0.0)
        found.append(Chosen(member, gain, 0.0 if gap <= CLOSE * SCALE else gap / max(SCALE - lost, 1e-300)))
    return sorted(found, key=lambda chosen: -chosen.gain)


def _solve(weight, logs, cost, caps, tangents, barred, seconds):
    """The set with the least loss outside `barred`, its loss and the bound; new tangents are appended. None: there is no set."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    size, causes = logs.shape
    fixed = [LinearConstraint(np.concatenate([np.where(which, takes, 0.0), np.zeros(causes)]), -np.inf, most)
             for which, takes, most in caps]  # fmt: skip
    for member in barred:
        fixed.append(
            LinearConstraint(np.concatenate([np.where(member, -1.0, 1.0), np.zeros(causes)]), 1 - member.sum(), np.inf)
        )
    objective = np.concatenate([np.zeros(size), weight])
    whole_numbers = np.concatenate([np.ones(size), np.zeros(causes)])
    best, least, bound = None, np.inf, -np.inf
    for _ in range(ROUNDS):
        rows = np.zeros((len(tangents), size + causes))
        floor = np.zeros(len(tangents))
        for k, (r, y) in enumerate(tangents):  # left >= e^y (1 + x log - y)
            rows[k, :size] = -np.exp(y) * logs[:, r]
            rows[k, size + r] = 1.0
            floor[k] = np.exp(y) * (1 - y)
        solved = milp(objective, integrality=whole_numbers, bounds=Bounds(0, 1),
                      constraints=[*fixed, LinearConstraint(rows, floor, np.inf)], options={"mip_rel_gap": 0, "time_limit": seconds})  # fmt: skip
        if solved.x is None:
            break
        member = solved.x[:size] > 0.5
        left = member @ logs
        lost = float(weight @ np.exp(left))
        if lost < least:
            best, least = member, lost
        bound = max(bound, float(solved.mip_dual_bound))
        if least - bound <= CLOSE * SCALE or solved.status == 1:
            break
        tangents.extend((r, float(left[r])) for r in range(causes))
    return None if best is None else (best, least, bound)
