"""Targets: attainment, the dissatisfaction budget, and the composite over touchpoints."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ccsat.errors import LedgerError
from ccsat.ledgers.change import change_ledger
from ccsat.ledgers.coding import need
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
