"""The deduction ledger: how many points each reason costs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ccsat.ledgers.coding import UNSTATED, Coded, allocate, code_rows, contributions
from ccsat.numerics.resampling import cluster_sums, pooled, resampled_ratios
from ccsat.numerics.splits import SPLITS
from ccsat.results import Ledger, Result, result_class

DRAWS = 1000


@result_class
class ReasonLedger(Ledger):
    """Points by reason. `draws`: bootstrap points, one row a draw, one column a reason in the table's order."""

    split: str
    draws: pd.DataFrame


def reason_ledger(
    rows: pd.DataFrame,
    reasons: pd.DataFrame,
    *,
    split: str = "equal",
    unit: str = "rate",
    owners: Mapping[str, str] | None = None,
    severity: Mapping[str, float] | None = None,
    level: float = 0.95,
    draws: int = DRAWS,
    rng: np.random.Generator | int | None = 0,
) -> ReasonLedger:
    """How many points does each reason cost?

    A survey's deduction d (full mark less score) is shared out over the reasons it names; a deduction without a
    reason stays "unstated", a row of its own.

    Args:
        rows: One row a survey: `row_key, deduction[, weight, customer_id]`.
        reasons: One row a mention: `row_key, reason[, rank]`.
        split: "primary", "equal", "rank", "roc", "severity" (needs `severity`) or "model".
        owners: Reason -> owner class, shown as a column.
        severity: Reason -> prior severity.
        level: Of the percentile intervals of `draws` bootstrap samples, by customer where there is one.

    Returns:
        One row a reason, most points first: `reason, owner, mentions` (surveys that name it), `contribution`
        (C_r), `points` (C_r / W, in the KPI's unit), `lower, upper, share` (0 to 1), `per_thousand` (1000 x
        points: expected, if the weights stand for all contacts), `allocated_mentions` (m_r), `frequency`
        (m_r / W), `severity` (C_r / m_r), `prob_top` (share of draws in which it leads the named reasons),
        `lead_in_splits` (under how many splits it leads) and `split_robust` (under all). Total: mean deduction.

    Raises:
        ColumnError, LedgerError: See `code_rows` and `allocate`.

    Assumes:
        With the equal split: the deduction comes back only when every named reason is mended (then 1 / K each
        is the Shapley value).

    Source:
        Shapley (1953), Contributions to the Theory of Games II, 307-317; DOMAIN 2.7.1-2.7.2.
    """
    coded = code_rows(rows, reasons)
    row, reason, part = allocate(coded, split, severity)
    columns, total_weight = len(coded.names) + 1, coded.weight.sum()
    contribution = np.bincount(reason, coded.lost[row] * part, minlength=columns).astype(float)
    counts = coded.deduction[row] > 0
    allocated = np.bincount(reason[counts], (coded.weight[row] * part)[counts], minlength=columns).astype(float)
    sample = _draws(coded, row, reason, part, draws, np.random.default_rng(rng))
    low, high = (1 - level) / 2, (1 + level) / 2
    leads, tried = _leads(coded, severity)
    lost = contribution.sum()
    with np.errstate(invalid="ignore", divide="ignore"):
        table = pd.DataFrame({
            "reason": [*coded.names, UNSTATED],
            "owner": [(owners or {}).get(name) for name in (*coded.names, UNSTATED)],
            "mentions": np.bincount(reason, minlength=columns),
            "contribution": contribution,
            "points": contribution / total_weight,
            "lower": np.quantile(sample, low, axis=0),
            "upper": np.quantile(sample, high, axis=0),
            "share": contribution / lost if lost else np.nan,
            "per_thousand": 1000 * contribution / total_weight,
            "allocated_mentions": allocated,
            "frequency": allocated / total_weight,
            "severity": contribution / allocated,
            "prob_top": np.append(_tops(sample[:, :-1]), np.nan),
            "lead_in_splits": np.append(leads, 0),
            "split_robust": np.append(leads == tried, False),
        })  # fmt: skip
    order = table.sort_values(["points", "reason"], ascending=[False, True]).index
    return ReasonLedger(
        table=table.loc[order].reset_index(drop=True), key="reason", unit=unit, split=split,
        total=float(coded.lost.sum() / total_weight),
        draws=pd.DataFrame(sample[:, order], columns=table.loc[order, "reason"].to_list()),
        caveats=_caveats(coded, split, severity, leads, tried, contribution))  # fmt: skip


def split_points(
    rows: pd.DataFrame, reasons: pd.DataFrame, *, unit: str = "rate", severity: Mapping[str, float] | None = None
) -> Ledger:
    """Does it matter how a survey with several reasons is split, and what would leaving reasons out say?

    Args:
        rows, reasons, severity: As `reason_ledger`.

    Returns:
        One row a reason: `reason, mentions`, its points under each split (`primary, equal, rank, roc, severity,
        model`; `severity` is NaN without prior severities), `points` (the equal split), and `leave_one_out`: mean
        score less the mean score of the surveys that do not name it, which neither adds up nor keeps its sign.
        Total: mean deduction.

    Source:
        DOMAIN 2.7.1-2.7.2.
    """
    coded = code_rows(rows, reasons)
    weight, lost = coded.weight, coded.lost
    table = pd.DataFrame({"reason": [*coded.names, UNSTATED]})
    named = np.bincount(coded.reason, minlength=len(coded.names))
    table["mentions"] = np.append(named, len(coded.unstated))
    for split in SPLITS:
        known = split != "severity" or severity
        table[split] = contributions(coded, split, severity) / weight.sum() if known else np.nan
    table["points"] = table["equal"]
    lost_with = np.bincount(coded.reason, lost[coded.row], minlength=len(named))
    weight_with = np.bincount(coded.reason, weight[coded.row], minlength=len(named))
    left = weight.sum() - weight_with
    without = np.divide(lost.sum() - lost_with, left, out=np.full(len(named), np.nan), where=left > 0)
    table["leave_one_out"] = np.append(without - lost.sum() / weight.sum(), np.nan)
    table = table.sort_values(["points", "reason"], ascending=[False, True], ignore_index=True)
    return Ledger(table=table, key="splits", unit=unit, total=float(lost.sum() / weight.sum()))


def what_if(rows: pd.DataFrame, reasons: pd.DataFrame, *, fraction: float = 1.0, reason: str | None = None) -> Result:
    """What comes back if one reason alone is mended by a fraction?

    Args:
        rows, reasons: As `reason_ledger`.
        fraction: Part of the reason that is mended, 0 to 1.
        reason: One reason; all of them without it.

    Returns:
        One row a reason: `reason, low` (only surveys that name nothing else come back), `central` (the equal
        split) and `high` (every survey that names it comes back), in the KPI's unit.

    Source:
        DOMAIN 2.7.9.
    """
    coded = code_rows(rows, reasons)
    lost, total = coded.lost[coded.row], coded.weight.sum()
    alone = np.bincount(coded.row, minlength=len(coded.deduction))[coded.row] == 1
    size = len(coded.names)
    table = pd.DataFrame({
        "reason": list(coded.names),
        "low": fraction * np.bincount(coded.reason[alone], lost[alone], minlength=size) / total,
        "central": fraction * contributions(coded, "equal")[:-1] / total,
        "high": fraction * np.bincount(coded.reason, lost, minlength=size) / total,
    })  # fmt: skip
    if reason is not None:
        table = table[table["reason"] == reason]
    return Result(table=table.sort_values(["central", "reason"], ascending=[False, True], ignore_index=True))


def reason_lift(cell: ReasonLedger, whole: ReasonLedger) -> Result:
    """Which reasons weigh more in this cell than overall?

    Returns:
        One row a reason of the whole: `reason, share` (in the cell), `share_baseline` (overall), `lift` (their ratio).
    """
    table = whole.table[["reason", "share"]].rename(columns={"share": "share_baseline"})
    table["share"] = table["reason"].map(cell.table.set_index("reason")["share"]).fillna(0.0)
    table["lift"] = table["share"] / table["share_baseline"].where(table["share_baseline"] > 0)
    return Result(table=table[["reason", "share", "share_baseline", "lift"]])


def _draws(coded: Coded, row, reason, part, draws: int, rng: np.random.Generator) -> np.ndarray:
    cluster, clusters = pooled(coded.cluster, coded.clusters, rng)
    sums = cluster_sums(cluster[row], reason, coded.lost[row] * part, clusters, len(coded.names) + 1)
    return resampled_ratios(sums, np.bincount(cluster, coded.weight, minlength=clusters), draws=draws, rng=rng)


def _tops(sample: np.ndarray) -> np.ndarray:
    if not sample.shape[1]:
        return np.zeros(0)
    best = sample.argmax(axis=1)[sample.max(axis=1) > 0]
    return np.bincount(best, minlength=sample.shape[1]) / len(sample)


def _leads(coded: Coded, severity: Mapping[str, float] | None) -> tuple[np.ndarray, int]:
    """Under how many splits each named reason leads, and how many there were; of equals none leads."""
    leads, tried = np.zeros(len(coded.names), int), 0
    for split in SPLITS if severity else [name for name in SPLITS if name != "severity"]:
        tried += 1
        found = contributions(coded, split, severity)[:-1]
        first = np.isclose(found, found.max(initial=0), rtol=1e-9, atol=0)
        if first.sum() == 1:
            leads += first
    return leads, tried


def _caveats(coded: Coded, split: str, severity, leads: np.ndarray, tried: int, contribution: np.ndarray) -> tuple:
    from ccsat.wording import percent

    caveats = []
    free = int((coded.deduction[coded.row] == 0).sum())
    if free:
        caveats.append(("caveat.mention_without_deduction", {"n": free}))
    if contribution[-1] > 0:
        share = percent(contribution[-1] / contribution.sum())
        caveats.append(("caveat.unstated_kept", {"n": len(coded.unstated), "share": share}))
    if leads.size and contribution[:-1].max() > 0 and not (leads == tried).any():
        top = coded.names[int(contribution[:-1].argmax())]
        often = int(leads[coded.names.index(top)])
        caveats.append(("caveat.split_not_robust", {"reason": top, "n": often, "of": tried}))
    if split == "severity":
        shown = ", ".join(f"{name} {severity[name]:g}" for name in coded.names)
        caveats.append(("caveat.severity_weights", {"weights": shown}))
    if not coded.by_customer:
        caveats.append(("caveat.no_customer_clusters", {}))
    return tuple(caveats)
