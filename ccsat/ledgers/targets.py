"""Targets: attainment, the dissatisfaction budget, and the composite over touchpoints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ccsat.errors import LedgerError
from ccsat.ledgers.cells import UNALLOCATED
from ccsat.ledgers.change import change_ledger
from ccsat.ledgers.coding import need
from ccsat.ledgers.owners import Owners, fair_targets, owner_ledger
from ccsat.ledgers.reasons import ReasonLedger
from ccsat.numerics.shrinkage import shrink_rates
from ccsat.results import Ledger, Result


@dataclass(frozen=True)
class Budget:
    """How many dissatisfied ratings a period may still have.

    `allowed` in the whole period, `used` so far, `remaining` (below 0: overspent), `used_share` of the allowed, and
    `burn_rate`: used share over elapsed share, above 1 when it will not last.
    """

    allowed: float
    used: float
    remaining: float
    used_share: float
    burn_rate: float

    @property
    def lasts(self) -> float:
        """Share of the period after which it is used up at this rate; above 1: it lasts."""
        return 1 / self.burn_rate if self.burn_rate > 0 else float("inf")


def dissatisfaction_budget(target: float, expected_n: float, used: float, elapsed_share: float) -> Budget:
    """How fast is the dissatisfaction that the target allows being used up?

    Args:
        target: Satisfaction rate to reach, 0 to 1. expected_n: Ratings expected in the whole period.
        used: Ratings so far that were not satisfied. elapsed_share: Of the period, above 0 to 1.

    Raises:
        LedgerError: `target` or `elapsed_share` is out of range, or `expected_n` is not above 0.

    Source:
        DOMAIN 2.6.9.
    """
    if not (0 <= target < 1 and 0 < elapsed_share <= 1 and expected_n > 0 and used >= 0):
        raise LedgerError("ledger_budget", target=target, n=expected_n, used=used, elapsed=elapsed_share)
    allowed = expected_n * (1 - target)
    return Budget(allowed, float(used), allowed - used, used / allowed, used / allowed / elapsed_share)


def dispatch_order(findings: pd.DataFrame) -> Result:
    """What should be sent out first?

    Args:
        findings: One row an owner and topic: `points_per_day`, `probability` (that the effect is real) and
            `controllable` (share in the owner's hands), both 0 to 1.

    Returns:
        The same rows, most urgent first, with `priority`, the product of the three.
    """
    need(findings, ("points_per_day", "probability", "controllable"), "findings")
    priority = findings["points_per_day"] * findings["probability"] * findings["controllable"]
    table = findings.assign(priority=priority)
    return Result(table=table.sort_values("priority", ascending=False, kind="stable", ignore_index=True))


def fair_targets_range(
    reasons: ReasonLedger,
    owners: Owners,
    reduction: float,
    *,
    achievable: float | Mapping[str, float] = 1.0,
    departments: tuple[str, ...] | None = None,
    moving: bool = False,
    level: float = 0.95,
) -> Ledger:
    """How should a reduction be shared out over departments, and how sure is each one's part?

    Each bootstrap draw of the reasons' points (by customer) is shared out as the points themselves are: a department whose few customers vary gets a
    wide interval, and a target that it cannot be held to.

    Args:
        reasons: Points by reason with draws. owners, reduction, achievable, departments: As `owner_ledger` and `fair_targets`.
        moving: The reduction is what is missing to a target, so it moves with each draw's total; else it is a fixed number.

    Returns:
        As `fair_targets`, with `lower, upper` of each target and `controllable_lower, controllable_upper`. Total: `reduction`.

    Raises:
        LedgerError: As `fair_targets`.

    Source:
        DOMAIN 2.7.5, 2.7.8.
    """
    shared = {"achievable": achievable, "departments": departments}
    point = fair_targets(owner_ledger(reasons, owners), reduction, **shared)
    names = point.table["owner"].to_list()
    unit_part = np.eye(len(reasons.table))
    parts = [
        owner_ledger(_only(reasons, row), owners).table.set_index("owner")["points"].reindex(names).fillna(0.0)
        for row in unit_part
    ]
    controllable = reasons.draws.to_numpy() @ np.array([part.to_numpy() for part in parts])
    wanted = reduction + (reasons.draws.sum(axis=1).to_numpy() - reasons.total) * moving
    kept = np.array([name != UNALLOCATED for name in names])
    whole = controllable[:, kept].sum(axis=1, keepdims=True)
    fair = (
        np.divide(controllable[:, kept], whole, out=np.zeros_like(controllable[:, kept]), where=whole > 0)
        * np.maximum(wanted, 0)[:, None]
    )
    caps = point.table.loc[kept, "cap"].to_numpy(float)
    own = point.table.loc[kept, "controllable"].to_numpy(float)
    share = np.divide(caps, own, out=np.ones_like(caps), where=own > 0)
    drawn = np.minimum(fair, controllable[:, kept] * share)
    low, high = (1 - level) / 2, (1 + level) / 2
    table = point.table.copy()
    for column, sample in (("", drawn), ("controllable_", controllable[:, kept])):
        for name, at in (("lower", low), ("upper", high)):
            table[column + name] = np.nan
            table.loc[kept, column + name] = np.quantile(sample, at, axis=0)
    rest = np.maximum(wanted, 0) - drawn.sum(axis=1)
    table.loc[~kept, ["lower", "upper"]] = [float(np.quantile(rest, low)), float(np.quantile(rest, high))]
    return replace(point, table=table, key="fair_range")


def _only(reasons: ReasonLedger, weights: np.ndarray) -> ReasonLedger:
    """The ledger with these points instead: one of a single reason shows how that reason is shared out."""
    return replace(reasons, table=reasons.table.assign(points=weights), total=float(weights.sum()))


def attainment(actual: float, target: float | tuple[float, float], *, better: str = "high") -> float:
    """How much of the target is reached? 1 and above: met (for a band, 1 inside).

    Args:
        target: A level; for `better="band"` its lower and upper end.
        better: "high": actual / target. "low": target / actual. "band": 1 inside, outside the ratio to the nearer end.

    Source:
        DOMAIN 2.14.
    """
    if better == "band":
        lower, upper = target
        return 1.0 if lower <= actual <= upper else attainment(actual, lower) if actual < lower else upper / actual
    over, under = (actual, target) if better == "high" else (target, actual)
    return over / under if under else float("nan") if not over else float("inf")


def required_rate(target: float, expected_n: float, done: float, n: float) -> float:
    """What rate does the rest of the period need, to end at the target? Above 1: out of reach.

    (target * expected_n - done) / (expected_n - n), with `done` satisfied of `n` ratings so far (DOMAIN 2.14).
    NaN when no ratings are left.
    """
    return (target * expected_n - done) / (expected_n - n) if expected_n > n else float("nan")


def shortfall(target: float, satisfied: float, n: float) -> tuple[float, float]:
    """How many more ratings have to be satisfied, and what share of the now dissatisfied is that? 0 when met."""
    more = max(target * n - satisfied, 0.0)
    return more, more / (n - satisfied) if more else 0.0


def leading_value(units: pd.DataFrame, *, better: str = "high", min_n: int = 30, level: float = 0.95) -> Result:
    """Which peer leads, beyond luck, and how far are the others from it?

    The best by the nearer end of its shrunken interval, not by the raw value: that is the luckiest small unit.

    Args:
        units: One row a unit: `unit, numerator, n`. Units below `min_n` are not ranked.

    Returns:
        Best first: `unit, n, value, shrunken, lower, upper, gap` (the leader's shrunken value less one's own).

    Source:
        DOMAIN 2.14, 2.1 rule 6.
    """
    need(units, ("unit", "numerator", "n"), "units")
    ranked = units.loc[units["n"] >= min_n, ["unit", "numerator", "n"]].reset_index(drop=True)
    if ranked.empty:
        raise LedgerError("ledger_empty")
    table = ranked[["unit", "n"]].join(shrink_rates(ranked["numerator"], ranked["n"], level=level))
    bound, rising = ("lower", False) if better == "high" else ("upper", True)
    table = table.sort_values([bound, "unit"], ascending=[rising, True], ignore_index=True)
    table["gap"] = table["shrunken"].iloc[0] - table["shrunken"]
    small = int((units["n"] < min_n).sum())
    return Result(table=table, caveats=(("caveat.unranked_small", {"n": small, "min_n": min_n}),) if small else ())


def composite(touchpoints: pd.DataFrame, *, unit: str = "rate") -> Ledger:
    """What does each touchpoint bring to the composite?

    Args:
        touchpoints: One row each: `touchpoint, weight` (contacts, customers or policy weights), `value`.

    Returns:
        `touchpoint, weight` (share), `value, points` (weight x value). Total: the composite.

    Source:
        DOMAIN 2.6.7.
    """
    need(touchpoints, ("touchpoint", "weight", "value"), "touchpoints")
    weight = touchpoints["weight"].to_numpy(float)
    value = np.where(weight > 0, touchpoints["value"].to_numpy(float), 0.0)
    if not (weight.sum() > 0 and (weight >= 0).all()):
        raise LedgerError("ledger_weight", n=int((~(weight > 0)).sum()))
    weight = weight / weight.sum()
    table = touchpoints[["touchpoint"]].reset_index(drop=True)
    table = table.assign(weight=weight, value=touchpoints["value"].to_numpy(float), points=weight * value)
    return Ledger(table=table, key="composite", total=float(weight @ value), unit=unit)


def composite_change(current: pd.DataFrame, baseline: pd.DataFrame, *, unit: str = "rate") -> Ledger:
    """Did the touchpoints change, or their weights? `change_ledger` with weights as shares: exact.

    Args:
        current, baseline: As `composite`.
    """
    periods = (part.rename(columns={"weight": "n"}) for part in (current, baseline))
    return change_ledger(*periods, ["touchpoint"], unit=unit, key="composite_change")
