"""The part of a change that comes from changed shares: its size, its dimensions, its cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr

from ccsat.numerics.expected import split_mix
from ccsat.stages.located import Z95, Problem, measured

CARRIES = 0.1  # least part of the mix that a listed cell carries
NEARLY = 0.9  # a coarser dimension that carries so much of the best one's mix is preferred
MIX_Z = 2.5758293035489004  # 1 %: the mix is a verdict only beyond this


@dataclass(frozen=True, eq=False)
class Mix:
    """Points of the mix with its standard error, split by dimension."""

    points: float
    error: float
    by_dim: pd.DataFrame

    @property
    def significant(self) -> bool:
        return self.error > 0 and abs(self.points) > MIX_Z * self.error


def measure_mix(problem: Problem, total: float, design_effect: float) -> Mix:
    """Total less what leaves of the same kind changed; rows of `by_dim` add up to it."""
    empty = pd.DataFrame({"dim": pd.Series(dtype=object), "points": pd.Series(dtype=float)})
    if problem.plain_sums:
        return Mix(0.0, 0.0, empty)
    expected, model = problem.compared.expected, problem.compared.model
    rows1, rows0 = problem.size1.sum(), problem.size0.sum()
    rate = float((problem.sum1 - problem.size1 * expected).sum() / rows1)
    points = total - rate
    variance = 0.0
    for size, rows in ((problem.size1, rows1), (problem.size0, rows0)):
        mean = size @ expected / rows
        variance += float(size @ (expected - mean) ** 2 / rows**2)
    by_dim = empty
    if model is not None:
        parts = split_mix(model, problem.size1 / rows1, problem.size0 / rows0)
        named = {" × ".join(problem.dims[k] for k in block): value for block, value in parts.items() if block}
        named[""] = points - sum(named.values())  # leaves of their own, and the model's misfit
        by_dim = pd.DataFrame({"dim": list(named), "points": list(named.values())})
    return Mix(points, float(np.sqrt(design_effect * variance)), by_dim)


def mix_rows(problem: Problem, mix: Mix, *, design_effect: float, min_n: float, rng: np.random.Generator, draws: int):
    """Cells whose change of share carries the mix: values of the dimension that carries most, coarsest first."""
    rows1, rows0 = problem.size1.sum(), problem.size0.sum()
    share1, share0 = problem.size1 / rows1, problem.size0 / rows0
    middle, expected = (share1 + share0) / 2, problem.compared.expected
    centre = float(middle @ expected)
    sign = np.sign(mix.points)
    sides = []
    for column, labels in enumerate(problem.levels):
        code, size = problem.codes[:, column], len(labels)
        weight = np.bincount(code, middle, minlength=size)
        value = np.bincount(code, middle * expected, minlength=size) / np.maximum(weight, 1e-300)
        p1, p0 = np.bincount(code, share1, minlength=size), np.bincount(code, share0, minlength=size)
        worth = np.where(weight > 0, value - centre, 0.0)
        sides.append((size, column, worth, p1, p0, sign * float((p1 - p0) @ worth)))
    most = max((side[-1] for side in sides), default=0.0)
    if most <= 0:
        return []
    size, column, worth, p1, p0, carried = min(side for side in sides if side[-1] >= NEARLY * most)
    points = (p1 - p0) * worth
    error = np.sqrt(design_effect * (p1 * (1 - p1) / rows1 + p0 * (1 - p0) / rows0))
    score = np.divide(np.abs(p1 - p0), error, out=np.zeros(size), where=error > 0)
    p_adjusted = np.minimum(1.0, 2 * ndtr(-score) * sum(len(labels) for labels in problem.levels))
    counted = np.bincount(problem.codes[:, column], problem.size1 + problem.size0, minlength=size)
    listed = (sign * points >= CARRIES * abs(mix.points)) & (p_adjusted < 0.05) & (counted >= min_n)
    steady = np.full(size, np.nan)
    if draws:
        drawn = [
            rng.multinomial(max(int(rows / design_effect), 1), p / p.sum(), size=draws)
            / max(int(rows / design_effect), 1)
            for rows, p in ((rows1, p1), (rows0, p0))
        ]
        steady = (sign * (drawn[0] - drawn[1]) * worth >= CARRIES * abs(mix.points)).mean(axis=0)
    rows = []
    for code in np.flatnonzero(listed)[np.argsort(-np.abs(points[listed]), kind="stable")]:
        wide = Z95 * abs(worth[code]) * error[code]
        rows.append({
            "where": {problem.dims[column]: problem.levels[column][code]},
            **measured(problem, problem.codes[:, column] == code), "points": float(points[code]),
            "lower": float(points[code] - wide), "upper": float(points[code] + wide),
            "p_adjusted": float(p_adjusted[code]), "stability": float(steady[code]), "kind": "mix",
        })  # fmt: skip
    return rows
