"""The six ways to split one survey's deduction over the reasons it names."""

from __future__ import annotations

import numpy as np

SPLITS = ("primary", "equal", "rank", "roc", "severity", "model")


def split_weights(
    row: np.ndarray,
    reason: np.ndarray,
    rank: np.ndarray | None = None,
    *,
    split: str = "equal",
    severity: np.ndarray | None = None,
    slopes: np.ndarray | None = None,
) -> np.ndarray:
    """What part of its survey's deduction does each named reason take?

    Args:
        row: Survey of each mention, coded 0, 1, ...; each (row, reason) at most once.
        reason: Reason of each mention, coded 0, 1, ...
        rank: 1 for the first reason; NaN where it is not known. Equal ranks of a survey share equally, as do
            its mentions without a rank (which stand after the ranked ones); without `rank`, so do all.
        split: "primary" (first takes all), "equal", "rank" (1 / rank), "roc" (rank-order centroid),
            "severity" (by `severity` of the reasons) or "model" (by `slopes` above zero).
        severity, slopes: One a reason code. A survey none of whose reasons has any shares equally.

    Returns:
        One weight a mention; those of a survey add up to 1.

    Source:
        Rank-order centroid: Barron and Barrett (1996), Management Science 42, 1515-1523.
    """
    row, reason = np.asarray(row), np.asarray(reason)
    if not row.size:
        return np.zeros(0)
    named = np.bincount(row)
    if split == "equal":
        return 1.0 / named[row]
    if split in ("severity", "model"):
        worth = np.asarray(severity if split == "severity" else slopes, float)[reason]
        return _shares(row, np.maximum(np.nan_to_num(worth), 0.0))
    rank = np.full(row.size, np.nan) if rank is None else np.asarray(rank, float)
    order = np.lexsort((rank, row))  # NaN sorts last
    start = np.concatenate(([0], np.cumsum(named)))[row[order]]
    position = np.empty(row.size)
    position[order] = np.arange(row.size) - start + 1
    if split == "primary":
        worth = (position == 1).astype(float)
    elif split == "rank":
        worth = 1.0 / position
    else:
        harmonic = np.concatenate(([0.0], np.cumsum(1.0 / np.arange(1, named.max() + 1))))
        worth = harmonic[named[row]] - harmonic[position.astype(int) - 1]
    return _shares(row, _tied(row, rank, worth))


def reason_slopes(
    row: np.ndarray, reason: np.ndarray, deduction: np.ndarray, weight: np.ndarray, reasons: int
) -> np.ndarray:
    """Slope of each reason in a weighted regression of the deduction on reason dummies (all rows, with intercept).

    Reasons that always come together have the smallest slopes that fit equally well.
    """
    from scipy.sparse import csr_array, hstack

    rows = len(deduction)
    dummies = csr_array((np.ones(len(row)), (row, reason)), shape=(rows, reasons))
    design = hstack([csr_array(np.ones((rows, 1))), dummies]).tocsr()
    weighted = design.multiply(np.asarray(weight, float)[:, None]).tocsr()
    gram = (design.T @ weighted).toarray()
    return np.linalg.lstsq(gram, weighted.T @ np.asarray(deduction, float), rcond=1e-10)[0][1:]


def _tied(row: np.ndarray, rank: np.ndarray, worth: np.ndarray) -> np.ndarray:
    """Mentions of one survey with one rank take the mean of their positions' worth."""
    rank = np.nan_to_num(rank, nan=np.inf)
    order = np.lexsort((rank, row))
    new = (np.diff(row[order], prepend=-1) != 0) | (rank[order] != np.concatenate(([np.nan], rank[order][:-1])))
    group = np.empty(row.size, int)
    group[order] = np.cumsum(new) - 1
    return (np.bincount(group, worth) / np.bincount(group))[group]


def _shares(row: np.ndarray, worth: np.ndarray) -> np.ndarray:
    total = np.bincount(row, worth)[row]
    return np.where(total > 0, worth / np.where(total > 0, total, 1.0), 1.0 / np.bincount(row)[row])
