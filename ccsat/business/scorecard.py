"""The balanced scorecard: KPIs by perspective, and a warning where one is bought with another."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ccsat.errors import StudyError, listing
from ccsat.ledgers.coding import need
from ccsat.results import Result, result_class
from ccsat.wording import term, text

PERSPECTIVES = (
    "customer",
    "profit",
    "operations",
    "learning",
)  # customer relations, profit contribution, internal operations, learning and growth (source 000)
# What a KPI is about, by the beginning of its name.
OF_KPI = {"satisfaction": "customer", "nps": "customer", "bad_review": "customer", "complaint": "customer", "escalation": "customer", "fcr": "customer", "resolution": "customer",
          "churn": "customer", "revenue": "profit", "cost": "profit", "conversion": "profit", "connect": "operations", "abandon": "operations", "asa": "operations",
          "aht": "operations", "service_level": "operations", "containment": "operations", "participation": "operations", "utilisation": "operations", "occupancy": "operations",
          "calls_per_agent": "operations", "ola": "operations", "knowledge": "learning", "training": "learning", "attrition": "learning", "quality": "operations"}  # fmt: skip
UP, DOWN, FLAT = "better", "worse", "flat"


@result_class
class Scorecard(Result):
    """KPIs by perspective: `perspective, kpi, value, value_baseline, change` (plus is better)`, lower, upper, moved` ("better", "worse", or "flat": within chance).

    `perspectives`: one row each: `perspective, better, worse, flat, direction` ("better", "worse", "split", "flat", "empty"). `warnings`: pairs of perspectives, the first
    improved while the second fell.
    """

    perspectives: pd.DataFrame
    warnings: tuple[tuple[str, str], ...]

    def sentence(self) -> str:
        if not self.warnings:
            empty = [
                text(f"perspective.{row.perspective}")
                for row in self.perspectives.itertuples()
                if row.direction == "empty"
            ]
            return text("scorecard.balanced") + (
                text("scorecard.empty", names=text("joined").join(empty)) if empty else ""
            )
        up, down = self.warnings[0]
        won = self.table[(self.table["perspective"] == up) & (self.table["moved"] == UP)]["kpi"]
        lost = self.table[(self.table["perspective"] == down) & (self.table["moved"] == DOWN)]["kpi"]
        return text(
            "scorecard.warning",
            up=text(f"perspective.{up}"),
            down=text(f"perspective.{down}"),
            won=text("joined").join(map(term, won)),
            lost=text("joined").join(map(term, lost)),
        )


def scorecard(kpis: pd.DataFrame, *, perspectives: Mapping[str, str] | None = None) -> Scorecard:
    """Did one perspective improve while another fell?

    Args:
        kpis: One row a KPI: `kpi, value, value_baseline, better` ("high" or "low") and an interval of the change `lower, upper` (in the KPI's own direction); optional
            `perspective`. Without an interval a change is flat: nobody knows.
        perspectives: KPI -> perspective, where the name does not say it.

    Raises:
        StudyError: A KPI without a perspective, or one that is none of the four.

    Source:
        DOMAIN A2 (000: the four centres), D17 (003); Kaplan and Norton (1992), Harvard Business Review 70, 71-79.
    """
    need(kpis, ("kpi", "value", "value_baseline", "better"), "kpis")
    made = []
    for row in kpis.to_dict("records"):
        kpi = str(row["kpi"])
        where = (
            row.get("perspective")
            or (perspectives or {}).get(kpi)
            or next((name for start, name in OF_KPI.items() if kpi.startswith(start)), None)
        )
        if where not in PERSPECTIVES:
            raise StudyError("scorecard_perspective", kpi=kpi, given=where or "–", known=listing(PERSPECTIVES))
        sign = 1 if row["better"] == "high" else -1
        ends = [row.get(name, np.nan) for name in ("lower", "upper")]
        lower, upper = sorted(sign * float(np.nan if end is None else end) for end in ends)
        moved = UP if lower > 0 else DOWN if upper < 0 else FLAT
        made.append({"perspective": where, "kpi": kpi, "value": float(row["value"]), "value_baseline": float(row["value_baseline"]), "change": sign * (float(row["value"]) - float(row["value_baseline"])),
                     "lower": lower, "upper": upper, "moved": moved})  # fmt: skip
    table = pd.DataFrame(made)
    sides = [
        {
            "perspective": name,
            **{one: int(((table["perspective"] == name) & (table["moved"] == one)).sum()) for one in (UP, DOWN, FLAT)},
        }
        for name in PERSPECTIVES
    ]
    sides = pd.DataFrame(sides)
    sides["direction"] = np.select(
        [sides[[UP, DOWN, FLAT]].sum(axis=1) == 0, (sides[UP] > 0) & (sides[DOWN] > 0), sides[UP] > 0, sides[DOWN] > 0],
        ["empty", "split", UP, DOWN],
        FLAT,
    )
    up = [row.perspective for row in sides.itertuples() if row.better > 0]
    down = [row.perspective for row in sides.itertuples() if row.worse > 0]
    return Scorecard(table=table.sort_values("perspective", key=lambda names: names.map(PERSPECTIVES.index), kind="stable", ignore_index=True), perspectives=sides,
                     warnings=tuple((one, other) for one in up for other in down if one != other))  # fmt: skip
