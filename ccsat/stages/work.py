"""People or their work: where a group of agents falls behind, is it on all they do, or only on what they were newly given?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ccsat.cells import Asked, agent_carried, count_cells, design_effects
from ccsat.centre import Centre
from ccsat.stages.controls import Moved

SHIFTED = 0.1  # of a group's contacts that must be other work than before, to speak of a shift
BEYOND_CHANCE = 0.001  # p-value of "the same work as before"; the largest of several dimensions is taken
LITTLE = 1 / 3  # of the gap on the new work, below which the old work counts as normal
HALF = 0.5
MOST_LEVELS = 200


@dataclass(frozen=True)
class Work:
    """What a group of agents was given, now against before, and how it does on both parts of it.

    Attributes:
        dim: The dimension that shows the shift most. levels: What they were given more of, most first.
        shift: Share of their contacts that is other work than before, the whole centre's own shift taken off; 0 to 1.
        given: The group less all others on what it was given more of, now, level by level. kept: The same on the rest of its work.
    """

    dim: str
    levels: tuple[str, ...]
    shift: float
    p_value: float
    given: Moved
    kept: Moved

    def only_given(self, sign: int) -> bool:
        """Whether the group falls behind on the new work alone: so it is what they are given, not who they are."""
        worse = self.given.beyond_chance and self.given.value * sign < 0
        return worse and self.given.unlike(self.kept) and self.kept.value / self.given.value < LITTLE

    def leans_given(self, sign: int) -> bool:
        """Whether the group is behind beyond chance on the new work, and not beyond chance, nor half as far, on the rest."""
        worse = self.given.beyond_chance and self.given.value * sign < 0
        return (
            worse
            and (not self.kept.beyond_chance or self.kept.value * sign > 0)
            and self.kept.value / self.given.value < HALF
        )

    def numbers(self) -> dict:
        return {"dim": self.dim, "levels": list(self.levels), "shift": self.shift, "value": self.given.value, "n": self.given.n,
                "value_control": self.kept.value, "error_control": self.kept.error, "n_control": self.kept.n}  # fmt: skip


def work_shift(centre: Centre, asked: Asked, scope: Mapping) -> Work | None:
    """Did a group of agents get other work, and is it behind only there?

    Args:
        scope: A cell of dimensions that agents carry.

    Returns:
        `Work` of the dimension with the largest shift; None where the scope is not of agents, there is no baseline, or no shift beyond chance.

    Assumes:
        Levels are comparable between the group and the others: each level is compared with itself.
    """
    if not scope or not asked.is_change or not all(agent_carried(dim) for dim in scope):
        return None
    effect = max(design_effects(centre, asked, tuple(scope))[0].values(), default=1.0)
    found = [_by(centre, asked, scope, dim, effect) for dim in asked.dims if not agent_carried(dim)]
    return max((one for one in found if one is not None), key=lambda one: one.shift, default=None)


def _by(centre: Centre, asked: Asked, scope: Mapping, dim: str, effect: float) -> Work | None:
    from scipy.stats import chi2_contingency

    group, whole = (
        _sums(count_cells(centre, asked, (dim,), where=scope), dim, asked),
        _sums(count_cells(centre, asked, (dim,)), dim, asked),
    )
    if not 2 <= len(whole) <= MOST_LEVELS:
        return None
    group = group.reindex(whole.index, fill_value=0.0)
    rest = whole - group
    now, before = group["n_current"], group["n_baseline"]
    if min(now.sum(), before.sum(), rest["n_baseline"].sum()) < asked.question.min_n:
        return None
    shares = {
        name: n / n.sum()
        for name, n in {
            "now": now,
            "before": before,
            "rest_now": rest["n_current"],
            "rest_before": rest["n_baseline"],
        }.items()
    }
    shift = (shares["now"] - shares["before"]) - (shares["rest_now"] - shares["rest_before"])
    seen = (now + before) > 0
    p = float(chi2_contingency(np.array([now[seen], before[seen]]) / effect).pvalue) if seen.sum() > 1 else 1.0
    size = float(shift.abs().sum() / 2)
    if size < SHIFTED or p >= BEYOND_CHANCE:
        return None
    given, kept = _gap(group[shift > 0], rest[shift > 0], effect), _gap(group[shift <= 0], rest[shift <= 0], effect)
    if given is None or kept is None or kept.n < asked.question.min_n:
        return None
    return Work(dim, tuple(shift.sort_values(ascending=False).index[:3]), size, p, given, kept)


def _sums(table: pd.DataFrame, dim: str, asked: Asked) -> pd.DataFrame:
    """Ratings, total and squares per level and period."""
    value = table["level"].astype(int).map(asked.values)
    sums = table.assign(s=table["n"] * value, ss=table["n"] * value**2).groupby([dim, "period"])[["n", "s", "ss"]].sum()
    wide = sums.unstack("period", fill_value=0)
    wide.columns = [f"{name}_{period}" for name, period in wide.columns]
    return wide.reindex(
        columns=[f"{name}_{period}" for name in ("n", "s", "ss") for period in ("current", "baseline")], fill_value=0
    ).astype(float)


def _gap(group: pd.DataFrame, rest: pd.DataFrame, effect: float) -> Moved | None:
    """The group less the others now, level by level, weighted by the group's contacts."""
    both = (group["n_current"] > 1) & (rest["n_current"] > 1)
    group, rest = group[both], rest[both]
    if not both.any():
        return None
    n, m = group["n_current"], rest["n_current"]
    weight = n / n.sum()
    value = float((weight * (group["s_current"] / n - rest["s_current"] / m)).sum())
    variance = effect * float((weight**2 * (_spread(group, n) + _spread(rest, m))).sum())
    return Moved(value, float(np.sqrt(variance)), int(n.sum()))


def _spread(part: pd.DataFrame, size: pd.Series) -> pd.Series:
    """Variance of each row's mean; never 0, however few answers agree."""
    return np.maximum(part["ss_current"] / size - (part["s_current"] / size) ** 2, 1 / (size + 2)) / size
