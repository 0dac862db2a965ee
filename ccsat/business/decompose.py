"""A target handed down to units: as far as the KPI can be owned, and no further."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ccsat.cells import Asked, measure
from ccsat.centre import Centre
from ccsat.errors import DataError, StudyError, listing, suggestion
from ccsat.kpis.catalogue import indicators
from ccsat.kpis.facing import faced
from ccsat.ledgers.coding import need
from ccsat.numerics.shrinkage import shrink_rates
from ccsat.question import Question
from ccsat.results import Ledger, result_class
from ccsat.wording import percent, points, term, text

LEVELS = ("company", "centre", "site", "team", "agent")
# The lowest unit that can own a KPI, where neither the register nor the catalogue says so (the calibers of ratings, and revenue).
LOWEST = {
    "satisfaction_rate": "team", "satisfaction_score": "team", "bad_review_rate": "team", "resolution_rate": "team", "nps": "centre", "participation_rate": "centre",
    "push_rate": "centre", "revenue": "agent",
}  # fmt: skip


@result_class
class TargetParts(Ledger):
    """A target by unit: `unit, n, value, shrunken` (what counts as its present level), `target, lower, upper` (of the shrunken level), `asked` (target less shrunken),
    `points` (what it brings to the whole), `own`: whether the unit has ratings enough for a target of its own. Total: target of the whole less its shrunken level.
    """

    kpi: str
    level: str
    target: float

    def sentence(self) -> str:
        low, high = self.table["target"].min(), self.table["target"].max()
        return text(
            "target.parts",
            kpi=term(self.kpi),
            target=percent(self.target, 2),
            n=len(self.table),
            low=percent(low, 2),
            high=percent(high, 2),
            total=points(self.total, "rate"),
        )


def check_level(kpi: str, level: str, lowest: str | None) -> None:
    """Refuse a target below the lowest unit that can own the KPI.

    Raises:
        StudyError: `level` is no level, lies below `lowest`, or nobody said how far the KPI can be handed down.
    """
    if level not in LEVELS:
        raise StudyError(
            "decompose_level", given=level, known=listing(LEVELS), near=suggestion(level, LEVELS) or LEVELS[1]
        )
    if lowest is None or lowest not in LEVELS:
        raise StudyError("decompose_unknown", kpi=term(kpi), known=listing(LEVELS))
    if LEVELS.index(level) > LEVELS.index(lowest):
        raise StudyError(
            "decompose_too_low", kpi=term(kpi), level=text(f"owner_level.{level}"), lowest=text(f"owner_level.{lowest}")
        )


def decompose_target(
    units: pd.DataFrame,
    target: float,
    *,
    kpi: str,
    level: str,
    lowest: str | None = None,
    better: str = "high",
    min_n: int = 30,
) -> TargetParts:
    """What does each unit have to reach so that the whole reaches the target?

    Every unit is asked for the same part of what it loses today (of its ratings that are not satisfied), from its shrunken level: so neither a lucky small unit nor one
    that serves hard contacts is asked for the impossible, and the parts add up.

    Args:
        units: One row a unit: `unit, numerator, n`. target: Of the whole, a rate. kpi: Its name. level: What the units are: "centre", "site", "team" or "agent".
        lowest: The lowest level that can own the KPI; by default what ccsat knows of it.
        better: "high" or "low".

    Raises:
        StudyError: Units below the lowest level that can own the KPI. DataError: No ratings.

    Source:
        DOMAIN 2.14, D18 (003): revenue can be handed down to persons, connect and abandon rate cannot.
    """
    check_level(kpi, level, lowest or known_level(kpi))
    need(units, ("unit", "numerator", "n"), "units")
    rows = units[units["n"] > 0].reset_index(drop=True)
    if rows.empty:
        raise DataError("decompose_empty")
    shrunk = shrink_rates(rows["numerator"], rows["n"])
    now = shrunk["shrunken"].to_numpy(float)
    if len(rows) == 1:
        now = shrunk["value"].to_numpy(float)
    share = rows["n"].to_numpy(float) / rows["n"].sum()
    level_now = float(share @ now)
    room = 1 - now if better == "high" else now  # what each could still win
    part = (target - level_now) / float(share @ room) if float(share @ room) > 0 else np.nan
    wanted = now + part * room
    table = pd.DataFrame({"unit": rows["unit"], "n": rows["n"], "value": shrunk["value"], "shrunken": now, "lower": shrunk["lower"], "upper": shrunk["upper"], "target": wanted,
                          "asked": wanted - now, "points": share * (wanted - now), "own": rows["n"] >= min_n})  # fmt: skip
    small = int((~table["own"]).sum())
    return TargetParts(table=table.sort_values(["points", "unit"], ascending=[False, True], ignore_index=True), key="target_parts", total=float(table["points"].sum()), unit="rate",
                       kpi=kpi, level=level, target=float(target), caveats=(("caveat.unranked_small", {"n": small, "min_n": min_n}),) if small else ())  # fmt: skip


def decompose_on(
    centre: Centre, question: Question | Asked, *, by: str, level: str, target: float | None = None, min_n: int = 30
) -> TargetParts:
    """`decompose_target` over a dimension of a centre; the lowest level is the register's, else what ccsat knows of the KPI.

    Args:
        by: A dimension, e.g. "team". level: What its levels are.
    """
    register, (centre, asked) = centre, faced(centre, question)
    goal = asked.target if target is None else target
    if goal is None or asked.full_mark_target and target is None:
        raise StudyError("target_none")
    if asked.caliber.unit != "rate":
        raise StudyError("leading_rate", kpi=asked.caliber.key, unit=asked.caliber.unit)
    check_level(asked.caliber.kpi, level, lowest_level(register, asked.caliber.kpi))
    cells = measure(centre, asked, by=by).table
    cells = cells[cells["period"] == "current"].rename(columns={by: "unit"})
    return decompose_target(cells[["unit", "numerator", "n"]], float(goal), kpi=asked.caliber.kpi, level=level, lowest=lowest_level(register, asked.caliber.kpi),
                            better=asked.caliber.better, min_n=min_n)  # fmt: skip


def lowest_level(centre: Centre, kpi: str) -> str | None:
    """The lowest unit that can own a KPI: the register's word, else ours."""
    rows = centre.targets[centre.targets["kpi"] == kpi] if "lowest_owner_level" in centre.targets else ()
    said = [one for one in rows["lowest_owner_level"] if isinstance(one, str)] if len(rows) else []
    return said[-1] if said else known_level(kpi)


def known_level(kpi: str) -> str | None:
    """The lowest unit that can own a KPI by the catalogue, else by our list; None where neither knows it."""
    return next(
        (row.owner_level for row in indicators().values() if row.kpi == kpi and hasattr(row, "owner_level")),
        LOWEST.get(kpi),
    )
