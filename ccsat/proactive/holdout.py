"""A random holdout: who is contacted and who is not, by a seed; and how many customers the next one needs."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from ccsat.errors import ColumnError, DataError, StudyError, listing
from ccsat.estimates import sample_size
from ccsat.numerics.rates import power_shares
from ccsat.results import Result, result_class
from ccsat.wording import count, percent, points, text

TREAT, HOLD = "treat", "hold"


@result_class
class Holdout(Result):
    """One row a customer: the id, `stratum`, `arm` ("treat" or "hold"). `seed` and the ids make it again, in any order of rows."""

    id: str
    seed: int
    share: float

    def sentence(self) -> str:
        held = int((self.table["arm"] == HOLD).sum())
        return text(
            "proactive.holdout",
            n=count(len(self.table)),
            held=count(held),
            share=percent(held / len(self.table)),
            seed=self.seed,
        )

    def __repr__(self) -> str:
        counts = self.table.groupby(["stratum", "arm"]).size().unstack(fill_value=0)
        return f"{self.sentence()}\n{counts.to_string()}"

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(self.sentence())}</p>{self.table.groupby(['stratum', 'arm']).size().unstack(fill_value=0).to_html(border=0)}"


def assign_holdout(
    targeted: pd.DataFrame, *, seed: int, share: float = 0.5, strata: Sequence[str] = (), id: str = "customer_id"
) -> Holdout:
    """Who of the targeted is held out, at random?

    Inside each stratum the customers are put in an order that depends on the seed and their ids only, and the first `share` are held out.

    Args:
        targeted: A row each customer of the list. share: Held out. strata: Columns inside whose levels the halves are drawn.

    Raises:
        ColumnError: A column is not there. DataError: A customer twice, or fewer than two. StudyError: A share outside 0 to 1.
    """
    for name in (id, *strata):
        if name not in targeted.columns:
            raise ColumnError(
                "proactive_column", column=name, table="targeted", known=listing(targeted.columns), near="–"
            )
    if not 0 < share < 1:
        raise StudyError("proactive_share", given=share)
    if targeted[id].duplicated().any() or len(targeted) < 2:
        raise DataError("proactive_twice", column=id, n=int(targeted[id].duplicated().sum()), rows=len(targeted))
    table = pd.DataFrame({id: targeted[id].to_numpy()})
    table["stratum"] = targeted[list(strata)].astype(str).agg(" · ".join, axis=1).to_numpy() if strata else "all"
    table["_order"] = [hashlib.sha256(f"{seed}|{value}".encode()).hexdigest() for value in table[id]]
    place = table.sort_values("_order").groupby("stratum").cumcount().reindex(table.index)
    size = table.groupby("stratum")[id].transform("size")
    # an odd stratum leaves its spare customer to chance too
    spare = table["stratum"].map(
        lambda name: int(hashlib.sha256(f"{seed}|{name}|spare".encode()).hexdigest(), 16) / 2**256
    )
    table["arm"] = np.where(place < np.floor(share * size + spare), HOLD, TREAT)
    if table["arm"].nunique() < 2:
        raise DataError("proactive_one_arm", arms=listing(table["arm"].unique()), n=len(table))
    return Holdout(table=table.drop(columns="_order"), id=id, seed=seed, share=share)


@result_class
class Plan(Result):
    """What a holdout can show. `table`: one row an uplift: `uplift, n_arm` (customers an arm for the power) `, n_total, available, enough`.

    `detectable`: the least uplift seen with the customers there are.
    """

    rate: float
    power: float
    available: int | None
    detectable: float | None

    def sentence(self) -> str:
        row = self.table.iloc[0]
        return text(
            "proactive.plan",
            uplift=points(row["uplift"], "rate", sign=False),
            rate=percent(self.rate),
            n=count(row["n_arm"]),
            power=percent(self.power, 0),
        )


def plan_holdout(
    rate: float,
    uplifts: Sequence[float] | float,
    *,
    power: float = 0.8,
    level: float = 0.95,
    available: int | None = None,
) -> Plan:
    """How many customers an arm does the next holdout need?

    Args:
        rate: The share with the bad outcome among those held out (0 to 1). uplifts: By how much a repair is to lower it.
        available: Targeted customers there are, both arms of the same size.

    Raises:
        StudyError: A rate or uplift that cannot be.

    Source:
        Fleiss, Levin, Paik (2003), Statistical Methods for Rates and Proportions, 4.2.
    """
    wanted = [uplifts] if isinstance(uplifts, (int, float)) else list(uplifts)
    for uplift in wanted:
        if not 0 < rate < 1 or not 0 < uplift < rate:
            raise StudyError("proactive_uplift", rate=rate, uplift=uplift)
    rows = []
    for uplift in wanted:
        n = math.ceil(sample_size(rate - uplift, rate, power=power, level=level))
        rows.append(
            {
                "uplift": uplift,
                "n_arm": n,
                "n_total": 2 * n,
                "available": available,
                "enough": None if available is None else 2 * n <= available,
            }
        )
    seen = None if available is None else detectable_drop(rate, available / 2, available / 2, power=power, level=level)
    return Plan(table=pd.DataFrame(rows), rate=rate, power=power, available=available, detectable=seen)


def detectable_drop(rate: float, n_treat: float, n_hold: float, *, power: float = 0.8, level: float = 0.95) -> float:
    """The least fall below a rate that two arms show with this power; NaN where not even a fall to none would be seen."""
    if not 0 < rate < 1:
        return float("nan")
    from scipy.optimize import brentq

    lacking = lambda drop: power_shares(rate - drop, rate, n_treat, n_hold, level=level) - power
    most = rate - 1e-9
    return float(brentq(lacking, 1e-9, most)) if lacking(most) > 0 else float("nan")
