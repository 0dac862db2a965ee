"""How much of what moved in a cell goes through one of its drivers or reasons, as far as association shows?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ccsat.cells import Asked, ask
from ccsat.centre import Centre
from ccsat.deductions import cell_rows, reason_label
from ccsat.errors import DataError, listing
from ccsat.methods import mediate
from ccsat.question import Question
from ccsat.results import Result, result_class
from ccsat.wording import count, interval, percent, points, text

ENOUGH = 60
PATHS = ("total", "direct", "indirect_all")


@result_class
class Mediated(Result):
    """A cell's move in two parts, one through a mediator and one beside it.

    The table: `path` ("total", "through", "beside"), `value` (KPI units inside the cell: now less before, or the cell less the rest), `lower, upper`
    (bootstrap percentiles, over customers), `p_value, n`. total = through + beside.

    Attributes:
        mediator: "driver:METRIC" or "reason:CODE".
        share: Part of the total that goes through it, with its interval; None where the total may be 0.
        hidden: Correlation of an unseen cause of mediator and rating that alone would make the part through it.
    """

    cell: Mapping
    mediator: str
    label: str
    share: tuple[float, float, float] | None
    hidden: float
    unit: str

    def sentence(self) -> str:
        rows = self.table.set_index("path")
        whole, through = rows.loc["total"], rows.loc["through"]
        values = {"mediator": self.label, "total": points(whole["value"], self.unit), "through": points(through["value"], self.unit), "n": count(whole["n"]),
                  "interval": interval(through["lower"], through["upper"], self.unit, of="points")}  # fmt: skip
        if self.share is None:
            return text("mediated.unsure", **values)
        return text("mediated.sentence", **values, share=percent(self.share[0], 0))


def mediation(
    centre: Centre, question: Question | Asked, cell: Mapping, mediator: str, *, draws: int = 1000
) -> Mediated:
    """Does what moved in the cell go through this driver or reason?

    A linear probability model: period (or cell against rest) to mediator, and both to the KPI's score of each survey.

    Args:
        cell: `{dim: level or levels}`.
        mediator: "driver:METRIC", logged where it is skewed; or "reason:CODE", whether a survey names it.

    Returns:
        `Mediated`. Intervals over customers where they are known.

    Raises:
        DataError: No such metric or reason, too few surveys, or a mediator that tells the period or never varies.

    Assumes:
        The mediator comes before the rating and nothing unseen moves both: `hidden` says how strong such a thing had to be. An association, not a
        proof. A reason is named with the rating, so it only tells how customers put it.

    Source:
        See `methods.mediate.mediation`.
    """
    asked = question if isinstance(question, Asked) else ask(centre, question)
    kind, _, name = mediator.partition(":")
    known = {
        "driver": centre.metrics,
        "reason": tuple(centre.reasons["reason"].unique()) if centre.reasons is not None else (),
    }.get(kind, ())
    if name not in known:
        raise DataError(
            "no_mediator",
            mediator=mediator,
            known=listing(
                [*(f"driver:{m}" for m in centre.metrics), *(f"reason:{r}" for r in known if kind == "reason")]
            ),
        )
    rows = cell_rows(centre, asked, cell, more=[name] if kind == "driver" else [])
    table = pd.concat([rows.inside.assign(now=1.0), rows.reference.assign(now=0.0)], ignore_index=True)
    if kind == "driver":
        through = table[name].astype(float).where(lambda one: one >= 0)
        through = np.log1p(through) if through.skew() > 2 else through
    else:
        through = table["row_key"].isin(centre.reasons.loc[centre.reasons["reason"] == name, "row_key"]).astype(float)
    table = pd.DataFrame({"score": -asked.sign * table["deduction"], "now": table["now"], "through": through,
                          **({"customer_id": table["customer_id"]} if "customer_id" in table else {})})  # fmt: skip
    missing = int(table["through"].isna().sum())
    table = table[table["through"].notna()].reset_index(drop=True)
    if table["now"].value_counts().reindex([0.0, 1.0], fill_value=0).min() < ENOUGH or table["through"].nunique() < 2:
        raise DataError("mediation_few", mediator=mediator, n=len(table), least=ENOUGH)
    cluster = None
    if "customer_id" in table and table["customer_id"].notna().any():  # a survey without a customer is its own
        alone = table["customer_id"].isna()
        table["customer_id"] = table["customer_id"].astype(object).where(~alone, [f"\0{i}" for i in table.index])
        cluster = "customer_id"
    answer = mediate.mediation(
        table, "score", "now", ["through"], cluster=cluster, draws=draws, rng=asked.question.seed
    )
    found = answer.table.drop_duplicates("path").set_index("path").loc[list(PATHS)]
    shown = pd.DataFrame({"path": ["total", "beside", "through"], "value": found["value"].to_numpy(), "lower": found["boot_lower"].to_numpy(),
                          "upper": found["boot_upper"].to_numpy(), "p_value": found["p_value"].to_numpy(), "n": len(table)})  # fmt: skip
    part = next((one for one in answer.effects if one.name == "regression_mediated"), None)
    caveats = [("caveat.regression_mediation", {"mediators": _label(centre, kind, name)})]
    caveats += [("caveat.mediation_reason", {})] if kind == "reason" else []
    caveats += [("caveat.mediation_missing", {"n": missing})] if missing else []
    return Mediated(table=shown.iloc[[0, 2, 1]].reset_index(drop=True), cell=dict(cell), mediator=mediator, label=_label(centre, kind, name),
                    share=None if part is None else (float(part.value), float(part.lower), float(part.upper)), hidden=float(answer.statistic["hidden_through"]),
                    unit=asked.caliber.unit, caveats=tuple(caveats))  # fmt: skip


def _label(centre: Centre, kind: str, name: str) -> str:
    return reason_label(centre, name) if kind == "reason" else name
