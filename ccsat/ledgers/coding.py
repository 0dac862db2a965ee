"""Surveys and the reasons they name, as integer codes: what every reason ledger starts from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ccsat.errors import ColumnError, LedgerError, listing
from ccsat.numerics.splits import SPLITS, reason_slopes, split_weights

UNSTATED = "unstated"


@dataclass(frozen=True, eq=False)
class Coded:
    """`deduction`, `weight`, `cluster` one a survey; `row`, `reason`, `rank` one a mention.

    `names` are the named reasons, sorted; code `len(names)` is `UNSTATED`.
    """

    deduction: np.ndarray
    weight: np.ndarray
    cluster: np.ndarray
    clusters: int
    by_customer: bool
    row: np.ndarray
    reason: np.ndarray
    rank: np.ndarray
    names: tuple[str, ...]

    @property
    def lost(self) -> np.ndarray:
        """Weighted deduction of each survey."""
        return self.weight * self.deduction

    @property
    def unstated(self) -> np.ndarray:
        """Surveys that lost something and name no reason."""
        named = np.zeros(len(self.deduction), bool)
        named[self.row] = True
        return np.flatnonzero((self.deduction > 0) & ~named)


def code_rows(rows: pd.DataFrame, reasons: pd.DataFrame) -> Coded:
    """Code surveys (`row_key, deduction[, weight, customer_id]`) and mentions (`row_key, reason[, rank]`).

    A reason named twice by one survey counts once, at its better rank; a mention without a reason, and one of a
    survey not among `rows`, is none. A survey without a customer is its own cluster.

    Raises:
        ColumnError: A column is missing, or `row_key` repeats.
        LedgerError: A deduction is missing or negative, or a weight is not above zero.
    """
    need(rows, ("row_key", "deduction"), "rows")
    need(reasons, ("row_key", "reason"), "reasons")
    if rows["row_key"].duplicated().any():
        raise ColumnError("ledger_row_key", n=int(rows["row_key"].duplicated().sum()))
    deduction = rows["deduction"].to_numpy(float)
    weight = rows["weight"].to_numpy(float) if "weight" in rows else np.ones(len(rows))
    if not (deduction >= 0).all():
        raise LedgerError("ledger_deduction", n=int((~(deduction >= 0)).sum()))
    if not ((weight > 0) & np.isfinite(weight)).all() or not len(rows):
        raise LedgerError("ledger_weight", n=int((~(weight > 0)).sum()))
    row = pd.Index(rows["row_key"]).get_indexer(reasons["row_key"])
    rank = reasons["rank"].to_numpy(float, na_value=np.nan) if "rank" in reasons else np.full(len(reasons), np.nan)
    said = pd.DataFrame({"row": row, "reason": reasons["reason"].to_numpy(), "rank": rank})
    said = said[(row >= 0) & said["reason"].notna().to_numpy() & ~said["reason"].isin(["", UNSTATED]).to_numpy()]
    reason, names = pd.factorize(said["reason"], sort=True)
    said = said.assign(reason=reason).sort_values(["row", "rank", "reason"], kind="stable")
    said = said.drop_duplicates(["row", "reason"])
    cluster, clusters = _clusters(rows)
    return Coded(deduction, weight, cluster, clusters, "customer_id" in rows, said["row"].to_numpy(),
                 said["reason"].to_numpy(), said["rank"].to_numpy(), tuple(map(str, names)))  # fmt: skip


def allocate(coded: Coded, split: str, severity: Mapping[str, float] | None = None) -> tuple[np.ndarray, ...]:
    """Mentions with what they take of their survey, the unstated ones at the end: `row, reason, part`.

    Raises:
        LedgerError: `split` is unknown, or "severity" without a severity above zero for every reason.
    """
    if split not in SPLITS:
        raise LedgerError("ledger_split", split=split, known=listing(SPLITS))
    worth = slopes = None
    if split == "severity":
        worth = np.array([float((severity or {}).get(name, 0)) for name in coded.names])
        if not (worth > 0).all():
            missing = [name for name, one in zip(coded.names, worth, strict=True) if not one > 0]
            raise LedgerError("ledger_severity", reasons=listing(missing))
    if split == "model" and coded.names:
        slopes = reason_slopes(coded.row, coded.reason, coded.deduction, coded.weight, len(coded.names))
    part = split_weights(coded.row, coded.reason, coded.rank, split=split, severity=worth, slopes=slopes)
    silent = coded.unstated
    return (np.concatenate([coded.row, silent]), np.concatenate([coded.reason, np.full(len(silent), len(coded.names))]),
            np.concatenate([part, np.ones(len(silent))]))  # fmt: skip


def contributions(coded: Coded, split: str, severity: Mapping[str, float] | None = None) -> np.ndarray:
    """C_r = sum of w d a, one a reason, the unstated one last."""
    row, reason, part = allocate(coded, split, severity)
    return np.bincount(reason, coded.lost[row] * part, minlength=len(coded.names) + 1)


def need(table: pd.DataFrame, columns, name: str) -> None:
    """Raises ColumnError where a table lacks columns, naming all of them."""
    if missing := [column for column in columns if column not in table]:
        raise ColumnError("ledger_columns", table=name, missing=listing(missing), there=listing(table.columns))


def _clusters(rows: pd.DataFrame) -> tuple[np.ndarray, int]:
    if "customer_id" not in rows:
        return np.arange(len(rows)), len(rows)
    codes, customers = pd.factorize(rows["customer_id"])
    alone = codes < 0
    codes = codes.copy()
    codes[alone] = len(customers) + np.arange(alone.sum())
    return codes, len(customers) + int(alone.sum())
