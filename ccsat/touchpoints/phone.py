"""Phone: satisfaction by type of service, closing on the whole, and agents compared on equal work."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ccsat.cells import Asked, ask, by_level, common_effect, count_cells, design_effects
from ccsat.centre import Centre
from ccsat.errors import ColumnError, NoDataError, listing, suggestion
from ccsat.estimates import difference_table, interval_table
from ccsat.question import Question
from ccsat.results import Ledger, result_class
from ccsat.touchpoints.channels import cell_words, within
from ccsat.touchpoints.equal_work import AgentRanking, rank_agents_on_equal_work
from ccsat.wording import count, interval, kpi_value, points, term, text

__all__ = ["AgentRanking", "ServiceTypes", "rank_agents_on_equal_work", "satisfaction_by_type"]


@result_class
class ServiceTypes(Ledger):
    """Points that each type of service costs, closing on what the channel loses.

    The table, costliest first: `type, n, share` (of ratings), `value, lower, upper` (KPI, 95 %, widened by the design effect)`, points` (of the channel's
    KPI)`, points_share`, and where there is a baseline `n_baseline, value_baseline, change, change_lower, change_upper, p_value`.

    Attributes:
        where: The channel's cell. n: Ratings in it.
    """

    where: Mapping
    n: int
    value: float
    lower: float
    upper: float
    kpi: str

    def sentence(self) -> str:
        first, worst = self.table.iloc[0], self.table.sort_values("value").iloc[0]
        return text("phone.types", kpi=term(self.kpi), value=kpi_value(self.value, self.unit), interval=interval(self.lower, self.upper, self.unit), n=count(self.n),
                    lost=points(self.total, self.unit, sign=False), first=first["type"], points=points(first["points"], self.unit, sign=False),
                    worst=worst["type"], worst_value=kpi_value(worst["value"], self.unit))  # fmt: skip


def satisfaction_by_type(
    centre: Centre, question: Question | Asked, *, by: str = "service_type", where: Mapping | None = None
) -> ServiceTypes:
    """How satisfied are phone customers by type of service, and what does each type cost?

    Args:
        by: The dimension of the types: enquiry, marketing, complaint.
        where: The channel's cell; by default found by the names that phones have.

    Returns:
        `ServiceTypes`. A type's points are its ratings times what they fall short of full, over the channel's ratings: they add up exactly.

    Raises:
        ColumnError: `by` is no dimension, or no channel is a phone. NoDataError: No rating in the current period.

    Assumes:
        A complaint's rating is given after the complaint is closed; where it is asked for right after the call, it is one of the call.

    Source:
        DOMAIN 1.4 U2.1a-c, 2.7; Wilson (1927), Newcombe (1998).
    """
    asked = question if isinstance(question, Asked) else ask(centre, question)
    _known(centre, by)
    cell = within(centre, "phone", where)
    counts = count_cells(centre, asked, (by,), where=cell)
    keys, matrix = by_level(counts, ["period", by], asked.values)
    now = (keys["period"] == "current").to_numpy()
    if not matrix[now].sum():
        raise NoDataError("touch_no_rating", cell=cell_words(cell))
    levels, unit = list(asked.values.values()), asked.caliber.unit
    effects, _ = design_effects(centre, asked)
    found = interval_table(matrix[now], levels, unit=unit, design_effect=effects["current"])
    whole = interval_table(matrix[now].sum(0), levels, unit=unit, design_effect=effects["current"]).iloc[0]
    short = np.abs(asked.full - np.array(levels, float))
    total = matrix[now].sum()
    table = pd.DataFrame({"type": keys.loc[now, by].to_numpy(), "n": found["n"].astype(int), "share": found["n"] / total, **{c: found[c] for c in ("value", "lower", "upper")},
                          "points": matrix[now] @ short / total})  # fmt: skip
    table["points_share"] = table["points"] / table["points"].sum() if table["points"].sum() else np.nan
    if asked.is_change:
        before = pd.DataFrame(matrix[~now], index=keys.loc[~now, by]).reindex(table["type"]).fillna(0.0).to_numpy()
        n = {"current": total, "baseline": max(before.sum(), 1.0)}
        wide = common_effect({k: effects.get(k, 1.0) for k in n}, n)
        move = difference_table(matrix[now], before, levels, unit=unit, design_effects=(wide, wide))
        table = table.assign(n_baseline=before.sum(1).astype(int), value_baseline=move["value_baseline"].to_numpy(), change=move["value"].to_numpy(),
                             change_lower=move["lower"].to_numpy(), change_upper=move["upper"].to_numpy(), p_value=move["p_value"].to_numpy())  # fmt: skip
    table = table.sort_values(["points", "type"], ascending=[False, True], ignore_index=True)
    small = table.loc[table["n"] < asked.question.min_n, "type"].tolist()
    said = [("caveat.touch_small", {"names": listing(small), "least": asked.question.min_n})] if small else []
    return ServiceTypes(table=table, key="service_types", total=float(matrix[now].sum(0) @ short / total), unit=unit, where=cell, n=int(total), value=float(whole["value"]),
                        lower=float(whole["lower"]), upper=float(whole["upper"]), kpi=asked.caliber.kpi, caveats=tuple(said))  # fmt: skip


def _known(centre: Centre, dim: str) -> None:
    if dim not in centre.dims:
        raise ColumnError("dim_unknown", dim=dim, near=suggestion(dim, centre.dims) or "–", known=listing(centre.dims))
