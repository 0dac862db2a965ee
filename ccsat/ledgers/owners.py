"""Ledgers by owner: whose points they are, and what a fair target is."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ccsat.errors import LedgerError, listing
from ccsat.ledgers.cells import UNALLOCATED
from ccsat.ledgers.coding import UNSTATED, need
from ccsat.ledgers.reasons import DRAWS, ReasonLedger, reason_ledger
from ccsat.results import Ledger

MIXED = "mixed"  # not settled before the trace
OWNERS = ("agent", "centre_process", "intelligent_service", "business_process", "business_rule", "marketing",
          "billing_product", "network", MIXED, UNSTATED)  # fmt: skip

Owners = Mapping[str, str | Mapping[str, float]]


def owner_ledger(reasons: ReasonLedger, owners: Owners, *, level: float = 0.95, key: str = "owner") -> Ledger:
    """Whose points are they?

    Args:
        reasons: Points by reason.
        owners: Reason -> owner class, or reason -> {owner class: part of the reason} where business lines differ.
            A reason without an owner, and what is left of one, is "mixed".

    Returns:
        One row an owner, most points first: `owner, points, lower, upper, share, reasons` (how many). Total: the
        mean deduction.

    Raises:
        LedgerError: An owner class there is not, or parts below 0 or above 1 in all.

    Source:
        DOMAIN 2.7.5.
    """
    names = reasons.table["reason"].to_list()
    part = _parts(names, owners)
    points = part.to_numpy() @ reasons.table["points"].to_numpy()
    sample = reasons.draws.to_numpy() @ part.to_numpy().T
    table = pd.DataFrame({
        "owner": part.index,
        "points": points,
        "lower": np.quantile(sample, (1 - level) / 2, axis=0),
        "upper": np.quantile(sample, (1 + level) / 2, axis=0),
        "share": points / reasons.total if reasons.total else np.nan,
        "reasons": (part > 0).sum(axis=1).to_numpy(),
    })  # fmt: skip
    table = table[table["reasons"] > 0].sort_values(["points", "owner"], ascending=[False, True], ignore_index=True)
    return Ledger(table=table, key=key, total=reasons.total, unit=reasons.unit, caveats=reasons.caveats)


def controllable_bad_review_rate(
    rows: pd.DataFrame,
    reasons: pd.DataFrame,
    owners: Owners,
    *,
    split: str = "equal",
    draws: int = DRAWS,
    rng: np.random.Generator | int | None = 0,
) -> Ledger:
    """What part of the bad-review rate is in each unit's own hands?

    Args:
        rows: One row a rated survey: `row_key, bad` (1 for a bad review, else 0) `[, weight, customer_id]`.
        reasons, split: As `reason_ledger`. owners: As `owner_ledger`.

    Returns:
        As `owner_ledger`; `points` is the owner's controllable bad-review rate (0 to 1). Total: the bad-review rate.

    Source:
        DOMAIN 2.6.5, 2.7.5.
    """
    need(rows, ("row_key", "bad"), "rows")
    rows = rows.assign(deduction=rows["bad"].astype(float))
    ledger = reason_ledger(rows, reasons, split=split, draws=draws, rng=rng)
    return owner_ledger(ledger, owners, key="controllable_bad_review")


def fair_targets(
    owners: Ledger,
    reduction: float,
    *,
    achievable: float | Mapping[str, float] = 1.0,
    departments: tuple[str, ...] | None = None,
) -> Ledger:
    """How should a reduction the company wants be shared out over departments?

    Each department's part is as its controllable points are to those of all, but no more than it can achieve.

    Args:
        owners: Points by owner (`owner_ledger` or `controllable_bad_review_rate`).
        reduction: What the company wants to win, in the KPI's unit, at least 0.
        achievable: Fraction of its points a department can win, 0 to 1; by department, or one for all.
        departments: Owners that get a target; by default all but "mixed" and "unstated".

    Returns:
        One row a department: `owner, controllable` (its points), `controllable_share, fair` (before the cap), `cap,
        points` (its target). What the caps leave is the row "unallocated". Total: `reduction`.

    Raises:
        LedgerError: `reduction` is below 0, or `achievable` is not within 0 to 1.

    Source:
        DOMAIN 2.7.5.
    """
    if not reduction >= 0:
        raise LedgerError("ledger_reduction", found=reduction)
    table = owners.table[["owner", "points"]].rename(columns={"points": "controllable"})
    chosen = table["owner"].isin(departments) if departments else ~table["owner"].isin((MIXED, UNSTATED))
    table = table[chosen].reset_index(drop=True)
    fraction = table["owner"].map(achievable).fillna(1.0) if isinstance(achievable, Mapping) else achievable
    if not np.all((np.asarray(fraction) >= 0) & (np.asarray(fraction) <= 1)):
        raise LedgerError("ledger_achievable", found=achievable)
    whole = table["controllable"].sum()
    table["controllable_share"] = table["controllable"] / whole if whole else 0.0
    table["fair"] = reduction * table["controllable_share"]
    table["cap"] = table["controllable"] * fraction
    table["points"] = table[["fair", "cap"]].min(axis=1)
    rest = reduction - table["points"].sum()
    table = pd.concat([table, pd.DataFrame([{"owner": UNALLOCATED, "points": rest}])], ignore_index=True)
    return Ledger(table=table, key="fair_targets", total=float(reduction), unit=owners.unit)


def _parts(reasons: list[str], owners: Owners) -> pd.DataFrame:
    """Owners x reasons: which part of each reason is whose. Each column adds up to 1."""
    part = pd.DataFrame(0.0, index=list(OWNERS), columns=reasons)
    for reason in reasons:
        whose = {UNSTATED: 1.0} if reason == UNSTATED else owners.get(reason, {})
        whose = {whose: 1.0} if isinstance(whose, str) else dict(whose)
        if off := [owner for owner in whose if owner not in OWNERS]:
            raise LedgerError("ledger_owner", owner=listing(off), reason=reason, known=listing(OWNERS))
        left = 1 - sum(whose.values())
        if min(whose.values(), default=0) < 0 or left < -1e-9:
            raise LedgerError("ledger_owner_parts", reason=reason, found=1 - left)
        for owner, one in whose.items():
            part.loc[owner, reason] += one
        part.loc[MIXED, reason] += max(left, 0.0) if left > 1e-12 else 0.0
    return part
