"""The rows that a method uses: complete, counted at each step, with clusters and weights named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ccsat.errors import DataError, Words, listing
from ccsat.scales import Cast, Column, read_column

WEIGHT_KINDS = ("frequency", "sampling", "precision")
SEVERAL = 50  # rows from which counted rows are hardly ever twice the same


@dataclass(frozen=True)
class Sample:
    """The rows a method uses.

    Attributes:
        rows: The columns asked for, complete, casts done; `weight` and `cluster` are apart.
        weight: Of each row, or None.
        cluster: Of each row, or None where rows are independent.
        dropped: Rows each step left out.
        casts: Names of the columns that were cast.
        caveats: What a reader must see about the rows.
    """

    rows: pd.DataFrame
    weight: np.ndarray | None
    cluster: np.ndarray | None
    dropped: tuple[tuple[str, int], ...]
    casts: tuple[str, ...]
    caveats: tuple[tuple[str, dict], ...]
    names: Mapping[str, object]  # for `Answer`: n, cluster, clusters, weights, weight_kind, dropped, casts

    def __len__(self) -> int:
        return len(self.rows)


def take_rows(
    table: pd.DataFrame, columns: Sequence[Column], *, weights: str | None = None, weight_kind: str = "sampling",
    cluster: str | None | bool = None,
) -> Sample:  # fmt: skip
    """The complete rows of some columns.

    Args:
        columns: Names, or `Cast`s.
        weights: Column of weights, 0 or more.
        weight_kind: "frequency" (a row stands for so many equal rows), "sampling" (for so many contacts that were not
            asked) or "precision" (a row is a mean of so many).
        cluster: Column of what holds rows together, e.g. "agent_id"; False: rows are independent, and you know it;
            None: not said, which the answer repeats.

    Raises:
        ColumnError: A column that is not there, or a level without a number.
        DataError: No complete row, weights below 0, or a kind of weight there is not.
    """
    if weights is not None and weight_kind not in WEIGHT_KINDS:
        raise DataError("weight_kind", kind=weight_kind, kinds=listing(WEIGHT_KINDS))
    wanted = list(
        dict.fromkeys([*columns, *([weights] if weights else []), *([cluster] if isinstance(cluster, str) else [])])
    )
    data = pd.DataFrame({str(column): read_column(table, column) for column in wanted})
    dropped, left = [], data
    for name in data.columns:
        there = left[name].notna()
        if not there.all():
            dropped.append((name, int((~there).sum())))
            left = left[there]
    if left.empty:
        raise DataError("method_no_rows", columns=listing(data.columns), rows=len(data))
    weight = None
    if weights:
        weight = left[weights].to_numpy(float)
        if (weight < 0).any() or not weight.sum() > 0:
            raise DataError("method_weights", column=weights, least=float(weight.min()))
    code = pd.factorize(left[cluster])[0] if isinstance(cluster, str) else None
    caveats = [("caveat.cluster_unsaid", {})] if cluster is None else []
    if weights and weight_kind == "frequency" and (why := _no_counts(left, weight)):
        caveats.append(
            (
                "caveat.weights_not_counts",
                {"column": weights, "total": float(weight.sum()), "n": len(left), "why": Words(f"weights_why.{why}")},
            )
        )
    missing = sum(n for _, n in dropped)
    if missing > 0.05 * len(data):
        caveats.append(("caveat.rows_dropped", {"n": missing, "of": len(data), "share": missing / len(data)}))
    casts = tuple(str(column) for column in columns if isinstance(column, Cast))
    steps = tuple(dropped)
    names = {"n": len(left), "cluster": cluster or None, "clusters": None if code is None else int(code.max()) + 1,
             "weights": weights, "weight_kind": weight_kind if weights else None, "dropped": steps, "casts": casts}  # fmt: skip
    shown = [str(column) for column in dict.fromkeys(map(str, columns))]
    return Sample(left[shown], weight, code, steps, casts, tuple(caveats), names)


def _no_counts(rows: pd.DataFrame, weight: np.ndarray) -> str | None:
    """Why weights do not look like counts of equal rows: fractions, or equal rows that were not counted together."""
    if not np.allclose(weight, np.round(weight), rtol=0, atol=1e-9):
        return "fractions"
    heavy = len(rows) >= SEVERAL and weight.mean() > 1
    return "repeats" if heavy and rows.duplicated().mean() > 0.5 else None
