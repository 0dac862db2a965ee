"""What departments agreed on with each other, and how their tickets were kept to it."""

from __future__ import annotations

import dataclasses

import pandas as pd

from ccsat.cells import Asked, ask
from ccsat.centre import Centre
from ccsat.errors import DataError, listing
from ccsat.estimates import newcombe
from ccsat.question import Question
from ccsat.results import Result, result_class
from ccsat.stages.ola import MEASURES, Ola, fill_ola
from ccsat.wording import count, percent, text

HIGH_BETTER = {"first_reply_on_time": True, "resolved_on_time": True, "returned": False, "complete": True}
DUE = 0.95  # share on time that counts as kept, unless said otherwise


@result_class
class OlaCompliance(Result):
    """How each department's tickets kept to the agreement: `department, measure` ("first_reply_on_time", "resolved_on_time", "returned", "complete")`, n, value, lower, upper,
    standard, standing` ("kept", "broken", "open": within chance), and with a baseline `n_baseline, value_baseline, change_lower, change_upper`.

    `agreed`: department -> its twelve items as far as the data fill them (`stages.ola.Ola`); `open_items`: how many of the twelve are still to be agreed.
    """

    agreed: dict[str, Ola]
    open_items: dict[str, int]

    def sentence(self) -> str:
        broken = self.table[self.table["standing"] == "broken"]
        if broken.empty:
            return text("agreement.kept", n=len(self.agreed))
        worst = (
            broken.assign(short=(broken["standard"] - broken["value"]).abs())
            .sort_values("short", ascending=False)
            .iloc[0]
        )
        return text("agreement.broken", department=worst["department"], measure=text(f"ola_measure.{worst['measure']}"), value=percent(worst["value"]), lower=percent(worst["lower"]),
                    upper=percent(worst["upper"]), n=count(worst["n"]), standard=percent(worst["standard"]))  # fmt: skip


def ola_compliance(
    centre: Centre, question: Question | Asked, *, standard: float = DUE, returned: float = 0.10
) -> OlaCompliance:
    """Which department keeps to what was agreed, and did that change?

    Args:
        question: Periods in which tickets were opened. standard: Share on time, and complete, that counts as kept. returned: Share sent back that is still accepted.

    Raises:
        DataError: The study has no tickets with departments and times.

    Assumes:
        Only tickets whose agreed hours are over are judged on time. Agreements are those in force now, also for the baseline.

    Source:
        DOMAIN 2.14 (twelve items, 003), D6.
    """
    asked = question if isinstance(question, Asked) else ask(centre, question)
    tickets = centre.beside("tickets", {"owner_dept": "text", "created_at": "time"})
    if tickets is None or not {"owner_dept", "created_at"} <= set(tickets.roles):
        raise DataError("agreement_tickets", known=listing(centre.study.data.tables()))
    names = centre.engine.query(f"SELECT DISTINCT owner_dept FROM ({tickets.sql}) t WHERE owner_dept IS NOT NULL")[
        "owner_dept"
    ]
    before_asked = dataclasses.replace(asked, current=asked.baseline) if asked.is_change else None
    made, agreed = [], {}
    for name in sorted(map(str, names)):
        agreed[name] = fill_ola(centre, asked, name)
        now = {one.key: one for one in agreed[name].measures}
        before = (
            {one.key: one for one in fill_ola(centre, before_asked, name).measures} if before_asked is not None else {}
        )
        for key in MEASURES:
            if key not in now:
                continue
            one, limit = now[key], returned if key == "returned" else standard
            row = {
                "department": name,
                "measure": key,
                "n": one.n,
                "value": one.value,
                "lower": one.lower,
                "upper": one.upper,
                "standard": limit,
                "standing": _standing(one, limit),
            }
            if key in before:
                was = before[key]
                low, high = newcombe(one.value * one.n, one.n, was.value * was.n, was.n)
                row |= {
                    "n_baseline": was.n,
                    "value_baseline": was.value,
                    "change_lower": float(low),
                    "change_upper": float(high),
                }
            made.append(row)
    if not made:
        raise DataError("agreement_empty")
    return OlaCompliance(
        table=pd.DataFrame(made),
        agreed=agreed,
        open_items={name: sum(item.open for item in one.items) for name, one in agreed.items()},
    )


def _standing(one, limit: float) -> str:
    high = HIGH_BETTER[one.key]
    if (one.lower >= limit) if high else (one.upper <= limit):
        return "kept"
    return "broken" if ((one.upper < limit) if high else (one.lower > limit)) else "open"
