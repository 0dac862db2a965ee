"""Accounts that close: by reason, owner, cell, gap, change, factor and touchpoint. Pure functions on small tables."""

from ccsat.ledgers.cells import CellLedger, cell_ledger, cell_values, gap_ledger
from ccsat.ledgers.change import change_ledger, nested_change_ledger, reason_change_ledger
from ccsat.ledgers.coding import UNSTATED
from ccsat.ledgers.factors import factor_ledger
from ccsat.ledgers.owners import OWNERS, controllable_bad_review_rate, fair_targets, owner_ledger
from ccsat.ledgers.reasons import ReasonLedger, reason_ledger, reason_lift, split_points, what_if
from ccsat.ledgers.targets import (
    Budget,
    attainment,
    composite,
    composite_change,
    dispatch_order,
    dissatisfaction_budget,
    fair_targets_range,
    leading_value,
    required_rate,
    shortfall,
)

__all__ = [
    "OWNERS", "UNSTATED", "Budget", "CellLedger", "ReasonLedger", "attainment", "cell_ledger", "cell_values",
    "change_ledger", "composite", "composite_change", "controllable_bad_review_rate", "dispatch_order",
    "dissatisfaction_budget", "factor_ledger", "fair_targets", "fair_targets_range", "gap_ledger", "leading_value",
    "nested_change_ledger", "owner_ledger", "reason_change_ledger", "reason_ledger", "reason_lift", "required_rate",
    "shortfall", "split_points", "what_if",
]  # fmt: skip
