"""Sums of a cluster-robust variance, which do not add over days: from the sums of each cluster."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ccsat.engine.base import NULL_LEVEL

COLUMNS = {name: name for name in ("clusters", "n", "s", "nn", "ns", "ss")}


def combined(whole: pd.DataFrame, keys: Sequence[str], cluster: str) -> tuple[pd.DataFrame, dict[str, str]]:
    """Sums over clusters: `*keys, clusters, n, s, nn, ns, ss` (as `Engine.moments`), and these names.

    Args:
        whole: One row a cluster: `*keys`, the cluster, `n`, `s_z0` and `p_z0_z0`, summed over the days.

    Assumes:
        A cluster of many days is one cluster: its rows are added before they are squared. Rows without a cluster are clusters of their own,
        whose squares add.
    """
    alone = whole[cluster] == NULL_LEVEL
    n, s = whole["n"], whole["s_z0"]
    parts = whole[list(keys)].assign(clusters=n.where(alone, 1), n=n, s=s, nn=n.where(alone, n * n), ns=s.where(alone, n * s),
                                     ss=whole["p_z0_z0"].where(alone, s * s))  # fmt: skip
    counts = dict.fromkeys(("clusters", "n", "nn"), "int64")
    return parts.groupby(list(keys), as_index=False, sort=True).sum().astype(
        counts | dict.fromkeys(("s", "ns", "ss"), "float64")
    ), COLUMNS
