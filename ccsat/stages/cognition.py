"""Do the centre's own weights put the same things first as customers do?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ccsat.cells import Asked, ask, count_cells, level_counts
from ccsat.centre import Centre
from ccsat.deductions import deduct_by_reason, reason_label
from ccsat.errors import DataError, listing
from ccsat.ledgers import UNSTATED
from ccsat.question import Question
from ccsat.results import Result, result_class
from ccsat.wording import count, number, text

FEW = 8  # reasons below which a rank correlation is too uncertain to speak of


@dataclass(frozen=True)
class Ranked:
    """A rank correlation: `value`, percentile limits over bootstrap draws of customers' points, and the p-value of "none"."""

    value: float
    lower: float
    upper: float
    p_value: float


@result_class
class Cognition(Result):
    """Customers' importance against the centre's weights, reason by reason.

    The table, furthest apart first: `reason, label, points, lower, upper` (what it costs), `rank_customers, weight, rank_weight` (1 is most; ties share
    the mean), `apart` (rank_weight less rank_customers: above 0 the centre puts it lower than customers do).

    Attributes:
        spearman, kendall: Agreement of the two orders, -1 to 1; the cognition gap is 1 less Spearman's, halved.
        n: Reasons ranked. surveys: Surveys behind the points.
    """

    spearman: Ranked
    kendall: Ranked
    n: int
    surveys: int

    @property
    def gap(self) -> float:
        """0: the same order; 1: the opposite one."""
        return (1 - self.spearman.value) / 2

    def sentence(self) -> str:
        rho = self.spearman
        return text("cognition.sentence", value=number(rho.value), lower=number(rho.lower), upper=number(rho.upper), n=count(self.n), reason=self.table["label"].iloc[0],
                    rank=number(self.table["rank_customers"].iloc[0], 0), rank_weight=number(self.table["rank_weight"].iloc[0], 0))  # fmt: skip


def rank_distance(centre: Centre, question: Question | Asked) -> Cognition:
    """How far is what the centre weighs (quality sheet, KPI weights) from what customers lose points to?

    Args:
        question: KPI, caliber and periods; importance is the points of the current period.

    Returns:
        `Cognition`. A reason that only customers name has weight 0, one that only the centre weighs costs nothing.

    Raises:
        DataError: No reasons, no `[weights]`, or fewer than three reasons to rank.

    Assumes:
        Weights are on one scale. The interval holds that customers are a sample; weights are exact.

    Source:
        DOMAIN 2.13; Spearman (1904), American Journal of Psychology 15, 72-101; Kendall (1938), Biometrika 30, 81-93 (tau-b).
    """
    from scipy.stats import kendalltau, rankdata, spearmanr

    asked = question if isinstance(question, Asked) else ask(centre, question)
    weights = centre.study.weights
    if not weights:
        raise DataError("no_weights", study=centre.study.name)
    ledger = deduct_by_reason(centre, asked)
    rows = ledger.table[ledger.table["reason"] != UNSTATED].set_index("reason")
    names = sorted({*rows.index, *weights})
    if len(names) < 3:
        raise DataError("weights_few", n=len(names), reasons=listing(names))
    points = rows["points"].reindex(names).fillna(0.0).to_numpy()
    weight = np.array([float(weights.get(name, 0.0)) for name in names])
    if not np.ptp(weight) or not np.ptp(points):
        raise DataError("weights_flat", n=len(names))
    draws = ledger.draws.reindex(columns=names).fillna(0.0).to_numpy()
    found = [_ranked(measure, points, weight, draws) for measure in (spearmanr, kendalltau)]
    table = pd.DataFrame({"reason": names, "label": [reason_label(centre, name) for name in names], "points": points,
                          "lower": rows["lower"].reindex(names).fillna(0.0).to_numpy(), "upper": rows["upper"].reindex(names).fillna(0.0).to_numpy(),
                          "rank_customers": rankdata(-points), "weight": weight, "rank_weight": rankdata(-weight)})  # fmt: skip
    table["apart"] = table["rank_weight"] - table["rank_customers"]
    table = (
        table.assign(far=table["apart"].abs())
        .sort_values(["far", "points", "reason"], ascending=[False, False, True], ignore_index=True)
        .drop(columns="far")
    )
    few = (
        ("caveat.weights_interval", {"n": len(names)}),
        *((("caveat.weights_few", {"n": len(names)}),) if len(names) < FEW else ()),
    )
    return Cognition(
        table=table,
        spearman=found[0],
        kendall=found[1],
        n=len(names),
        surveys=sum(level_counts(count_cells(centre, asked)).values()),
        caveats=(*ledger.caveats, *few),
    )


def _ranked(measure, points: np.ndarray, weight: np.ndarray, draws: np.ndarray) -> Ranked:
    whole = measure(points, weight)
    drawn = np.array([measure(one, weight)[0] for one in draws[:400]])
    lower, upper = np.nanquantile(drawn, [0.025, 0.975])
    return Ranked(float(whole[0]), float(lower), float(upper), float(whole[1]))
