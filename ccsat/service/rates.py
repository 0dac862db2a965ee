"""Shares of a register's rows, whole and by owner, each with n and interval."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ccsat.estimates import wilson

COLUMNS = ["rate", "owner", "x", "n", "value", "lower", "upper"]
WHOLE = ""


def rate_table(rows: pd.DataFrame, shares: Mapping[str, tuple[pd.Series, pd.Series]]) -> pd.DataFrame:
    """One row a rate and owner: `rate, owner` ("" for all)`, x, n, value, lower, upper` (95 %).

    Args:
        rows: The register, with `owner`.
        shares: Rate -> (which rows can be judged, which of them count).
    """
    out = []
    for name, (may, hit) in shares.items():
        for owner, mine in [
            (WHOLE, may),
            *((owner, may & (rows["owner"] == owner)) for owner in sorted(rows["owner"].dropna().unique())),
        ]:
            n, x = int(mine.sum()), int((mine & hit).sum())
            if n:
                low, high = wilson(x, n)
                out.append((name, owner, x, n, x / n, float(low), float(high)))
    return pd.DataFrame(out, columns=COLUMNS)


def whole_rate(table: pd.DataFrame, name: str) -> Mapping | None:
    """A rate over all owners; None where nothing could be judged."""
    row = table[(table["rate"] == name) & (table["owner"] == WHOLE)]
    return None if row.empty else row.iloc[0]
