"""Whom to contact first, and why: a list as long as the capacity, each customer with the reasons for being on it."""

from __future__ import annotations

import csv
from collections.abc import Collection
from pathlib import Path

import numpy as np
import pandas as pd

from ccsat.errors import StudyError
from ccsat.proactive.customers import word
from ccsat.proactive.latent import Latent
from ccsat.results import Result, result_class
from ccsat.wording import count, figure, percent, text

MOST_REASONS = 3
SMALL = 0.10  # log odds (a tenth): what adds less is no reason
FORMULA = ("=", "+", "-", "@", "\t", "\r")
PERSONAL = "customer_id"


@result_class
class Outreach(Result):
    """The list. `table`: one row a customer, highest risk first: the id, `rank`, `risk`, `reasons` (features, strongest first), `why` (their words),
    `adds` (what each adds to the log odds). `expected`: how many of them are dissatisfied, by the risks. `reasons`: one row a feature that is a reason:
    `feature, n, share`.

    The table holds customers' ids: `published` is what a report may show.
    """

    id: str
    expected: float
    silent: int
    capacity: float
    reasons: pd.DataFrame
    line: float  # the lowest risk on the list

    def sentence(self) -> str:
        return text(
            "proactive.list",
            n=count(len(self.table)),
            silent=count(self.silent),
            capacity=percent(self.capacity),
            expected=count(self.expected),
            line=percent(self.line),
        )

    def published(self, allow: Collection[str] = ()) -> pd.DataFrame:
        """The list without ids, unless the study's `[privacy] allow` names them."""
        shown = self.table.drop(columns=["adds"])
        return shown if self.id in allow else shown.drop(columns=[self.id])

    def __repr__(self) -> str:
        return f"{self.sentence()}\n{self.published().head(10).to_string()}"

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(self.sentence())}</p>{self.published().head(10).to_html(border=0)}"


def capacity_list(latent: Latent, *, capacity: float = 0.10, who: str = "silent", most: int | None = None) -> Outreach:
    """Whom can we reach, and what went wrong for each?

    Args:
        capacity: The share of the silent that can be contacted. most: The same as a number of customers; the smaller of both counts.
        who: "silent": those who have not answered. "all": everyone; a customer who said "satisfied" or "dissatisfied" is scored as if silent.

    Returns:
        `Outreach`. A reason is a feature that raises this customer's log odds against a usual customer's by at least a tenth; it says what the
        model goes by, not what caused anything.

    Raises:
        StudyError: A capacity outside 0 to 1, or neither "silent" nor "all".
    """
    if not 0 < capacity <= 1 or (most is not None and most < 1):
        raise StudyError("proactive_capacity", given=capacity if not 0 < capacity <= 1 else most)
    if who not in ("silent", "all"):
        raise StudyError("proactive_who", given=who)
    scores, customers = latent.scores, latent.customers
    pool = scores if who == "all" else scores[~scores["answered"]]
    n = min(round(capacity * len(pool)), most or len(pool))
    chosen = pool.sort_values(["risk", customers.id], ascending=[False, True], kind="stable").head(max(n, 1))
    x = customers.x.loc[chosen.index]
    adds = latent.risk_model.contributions(x)
    order = np.argsort(-adds.to_numpy(), axis=1, kind="stable")[:, :MOST_REASONS]
    names, whys, worth = [], [], []
    for row, places in enumerate(order):
        mine = [(adds.columns[j], float(adds.iat[row, j])) for j in places if adds.iat[row, j] >= SMALL]
        names.append(tuple(name for name, _ in mine))
        worth.append(tuple(value for _, value in mine))
        whys.append(_between([reason_words(latent, name, x.iat[row, x.columns.get_loc(name)]) for name, _ in mine]))
    table = pd.DataFrame({customers.id: chosen[customers.id].to_numpy(), "rank": np.arange(1, len(chosen) + 1), "risk": chosen["risk"].to_numpy(),
                          "reasons": names, "why": whys, "adds": worth})  # fmt: skip
    counts = pd.Series([name for row in names for name in row], dtype=object).value_counts()
    reasons = pd.DataFrame(
        {"feature": counts.index, "n": counts.to_numpy(), "share": counts.to_numpy() / max(len(table), 1)}
    )
    return Outreach(table=table, caveats=(*latent.caveats, ("caveat.proactive_reasons", {})), id=customers.id, expected=float(table["risk"].sum()), silent=len(pool),
                    capacity=capacity, reasons=reasons, line=float(table["risk"].min()))  # fmt: skip


def reason_words(latent: Latent, feature: str, value: float) -> str:
    """A reason in words: what the customer had, against the usual."""
    usual = float(latent.risk_model.reference[feature])
    if pd.isna(value):
        return text("proactive.reason.missing", feature=word(feature))
    known = latent.customers.frame[feature].dropna()
    if known.isin([0.0, 1.0]).all():
        return text("proactive.reason.yes" if value == 1 else "proactive.reason.no", feature=word(feature))
    shown = lambda number: count(number) if float(number).is_integer() else figure(number)
    return text(
        "proactive.reason.high" if value > usual else "proactive.reason.low",
        feature=word(feature),
        value=shown(value),
        usual=shown(usual),
    )


def _between(words: list[str]) -> str:
    return text("proactive.reason.between").join(words) if words else text("proactive.reason.none")


def write_list(outreach: Outreach, file: str | Path) -> Path:
    """The list with ids as a CSV for those who make the calls: an explicit step, no report does it.

    Cells that a spreadsheet would run as a formula are made text.
    """
    safe = lambda cell: "'" + cell if isinstance(cell, str) and cell.startswith(FORMULA) else cell
    path = Path(file)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as lines:
        out = csv.writer(lines)
        out.writerow([outreach.id, "rank", "risk", "why"])
        for row in outreach.table.itertuples(index=False):
            out.writerow([safe(getattr(row, outreach.id)), row.rank, f"{row.risk:.6f}", safe(row.why)])
    return path
