"""Both sides of a verification week by week, counted from the action's start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd

from ccsat.cells import Asked
from ccsat.centre import Centre
from ccsat.engine import Window

FEW = 5  # ratings of a week below which it says nothing
COLUMNS = ["rows", "n", "s", "q", "value", "spread"]


def count_weeks(
    centre: Centre, asked: Asked, side: Sequence[Mapping], span: Window, start: date, *, whole: bool
) -> pd.DataFrame:
    """Rated rows, their mean and variance of a row, and all rows, by week from the start: `rows, n, s, q, value, spread`.

    Args:
        side: A cell, then those to take away from it; nothing at all where there is no such side.
        whole: Only weeks that lie in the span wholly: one that the data hold in part would count too little.
    """
    if not side:
        return pd.DataFrame(columns=COLUMNS, index=pd.Index([], name="week", dtype=int), dtype=float)
    outcome = asked.caliber.outcome
    tables = [centre.engine.crosstab(centre.facts, [outcome], windows=[span], by_day=True, where={**(asked.where or {}), **cell} or None)
              for cell in side]  # fmt: skip
    signed = pd.concat([table.assign(n=table["n"] * (1 if i == 0 else -1)) for i, table in enumerate(tables)])
    signed["week"] = np.floor((pd.to_datetime(signed["day"]) - pd.Timestamp(start)).dt.days / 7).astype(int)
    rated = signed[signed[outcome].notna()]
    value = rated[outcome].astype(int).map(asked.values)
    sums = (
        pd.DataFrame({"week": rated["week"], "n": rated["n"], "s": rated["n"] * value, "q": rated["n"] * value**2})
        .groupby("week")
        .sum()
    )
    made = pd.DataFrame({"rows": signed.groupby("week")["n"].sum()}).join(sums).fillna(0.0)
    if whole:
        starts = pd.to_timedelta(made.index * 7, unit="D") + pd.Timestamp(start)
        made = made[(starts >= pd.Timestamp(span.first)) & (starts + pd.Timedelta(6, "D") <= pd.Timestamp(span.last))]
    made["value"] = made["s"] / made["n"].where(made["n"] > 0)
    pooled = made["s"].sum() / max(made["n"].sum(), 1)
    made["spread"] = max(made["q"].sum() / max(made["n"].sum(), 1) - pooled**2, 0.0)
    return made[COLUMNS]


def set_beside(
    treated: pd.DataFrame, control: pd.DataFrame, *, effect: float, volume: bool, alone: bool
) -> pd.DataFrame:
    """The weeks that both sides have: `week, n, value, n_control, value_control, gap, error, after`.

    Args:
        effect: Design effect of the ratings' clusters.
        volume: Compare the logarithm of the contacts instead of the KPI.
        alone: There is no comparison: the gap is the scope's own level.
    """
    both = treated.join(control.add_suffix("_control"), how="left" if alone else "inner")
    size, value = ("rows", "rows") if volume else ("n", "value")
    least = 1 if volume else FEW
    both = both[(both[size] >= least) & (alone | (both[f"{size}_control"] >= least))]
    if volume:
        own, other = (np.log(both[f"rows{s}"].astype(float)) for s in ("", "_control"))
        own_var, other_var = (1 / both[f"rows{s}"].astype(float) for s in ("", "_control"))
    else:
        own, other = both["value"], both["value_control"]
        own_var, other_var = (effect * both[f"spread{s}"] / both[f"n{s}"] for s in ("", "_control"))
    return pd.DataFrame({
        "week": both.index, "n": both[size], "value": both[value],
        "n_control": 0 if alone else both[f"{size}_control"], "value_control": np.nan if alone else both[f"{value}_control"],
        "gap": own if alone else own - other, "error": np.sqrt(own_var if alone else own_var + other_var), "after": both.index >= 0,
    }).reset_index(drop=True)  # fmt: skip
