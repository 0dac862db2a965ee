"""Targets against status: met, missed, or within chance; what the rest of the year needs; and how far the leader is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from ccsat.cells import Asked, measure
from ccsat.centre import Centre
from ccsat.engine import Window
from ccsat.errors import CcsatError, StudyError, listing
from ccsat.estimates import smallest_n, wilson
from ccsat.kpis.facing import faced
from ccsat.ledgers import attainment, gap_ledger, leading_value, required_rate, shortfall
from ccsat.ledgers.coding import need
from ccsat.question import Question
from ccsat.registers import target_of
from ccsat.results import Ledger, Result, result_class
from ccsat.wording import count, has, kpi_value, number, percent, points, term, text

MET, MISSED, NOISE = "met", "missed", "noise"
BETTER = ("high", "low", "band")


@result_class
class TargetStatus(Result):
    """KPIs against their targets, one row each: `kpi, unit, better, target` (of a band its lower end, `target_upper` the other)`, value, lower, upper, n, attainment, gap`
    (plus is better, in the KPI's unit), `verdict`: "met", "missed" or "noise" (missed, but the interval holds the target: the miss is within chance); `judged`: whether n is
    known, so that chance could be looked at; `more` (further satisfied ratings that the target asks of these n), `more_share` (of those now not satisfied),
    `enough_n` (ratings from which such a gap would be beyond chance), and with `expected_n` the rate `required` of the rest of the period (`reachable`: at most 1).
    """

    def counts(self) -> dict[str, int]:
        """How many KPIs there are of each verdict."""
        return {one: int((self.table["verdict"] == one).sum()) for one in (MET, NOISE, MISSED)}

    def sentence(self) -> str:
        found = self.counts()
        words = text(
            "target.sentence",
            n=len(self.table),
            met=found[MET],
            missed=found[MISSED] + found[NOISE],
            noise=found[NOISE],
        )
        missed = self.table[self.table["verdict"] != MET]
        return words + "".join(f" {self.words(row)}" for row in missed.to_dict("records"))

    @staticmethod
    def words(row: Mapping) -> str:
        """One KPI in a sentence."""
        unit = row["unit"]
        known = {
            "kpi": term(str(row["kpi"])),
            "value": shown(row["value"], unit),
            "target": shown(row["target"], unit),
            "gap": gap_words(row["gap"], unit)
            if row["verdict"] == MET
            else gap_words(abs(row["gap"]), unit).lstrip("+").replace("+", ""),
        }
        words = text(f"target.{row['verdict']}", **known)
        if unit == "rate" and row["more"] == row["more"] and row["verdict"] != MET:
            words += text(
                "target.more",
                more=number(row["more"], 1 if row["more"] < 10 else 0),
                n=count(row["n"]),
                share=percent(row["more_share"], 2),
            )
        if row["judged"] and row["verdict"] != MET and row["enough_n"] == row["enough_n"]:
            words += text(
                "target.enough",
                n=count(row["enough_n"]),
                lower=shown(row["lower"], unit),
                upper=shown(row["upper"], unit),
            )
        if row.get("required") is not None and row.get("required") == row.get("required"):
            words += text(
                "target.required" if row["reachable"] else "target.out_of_reach", rate=shown(row["required"], unit)
            )
        return words


def shown(value: float, unit: str) -> str:
    """A value in its unit; seconds, counts and the like as they are."""
    return (
        kpi_value(value, unit)
        if unit in ("rate", "nps", "score", "raw")
        else f"{number(value, 0 if float(value).is_integer() else 2)}{text(f'target_unit.{unit}') if has(f'target_unit.{unit}') else ''}"
    )


def gap_words(gap: float, unit: str) -> str:
    """A gap in points, or in the KPI's own unit."""
    return (
        text("target.points", points=points(gap, unit))
        if unit in ("rate", "nps", "score")
        else f"{gap:+g}{text(f'target_unit.{unit}') if has(f'target_unit.{unit}') else ''}"
    )


def target_status(kpis: pd.DataFrame, *, level: float = 0.95) -> TargetStatus:
    """Which targets are met, which are missed, and is the miss more than chance?

    Args:
        kpis: One row a KPI: `kpi, value, target, better` ("high", "low", "band" with `target_upper`); where known `unit` ("rate" by default), `n` (ratings; of a rate
            the interval is Wilson's), `lower, upper` (an interval of the value, which then stands instead), `expected_n` (ratings expected in the whole period) and
            `done` (satisfied so far; value * n by default).

    Raises:
        StudyError: A direction that is none, a band without its upper end, or a rate outside 0 to 1.

    Source:
        DOMAIN 2.14, 2.6.9, U3.1b; the direction differs by KPI (source 001).
    """
    need(kpis, ("kpi", "value", "target", "better"), "kpis")
    return TargetStatus(table=pd.DataFrame([_status(row, level) for row in kpis.to_dict("records")]))


def _status(row: Mapping, level: float) -> dict:
    unit, better, kpi = _text(row, "unit", "rate"), str(row["better"]), str(row["kpi"])
    value, target = float(row["value"]), float(row["target"])
    top = _number(row, "target_upper")
    if better not in BETTER:
        raise StudyError("target_better", kpi=kpi, given=better, known=listing(BETTER))
    if better == "band" and not top >= target:
        raise StudyError("target_band", kpi=kpi, lower=f"{target:g}")
    if unit == "rate" and not (0 <= value <= 1 and 0 <= target <= 1):
        raise StudyError("target_rate", kpi=kpi, value=f"{value:g}", target=f"{target:g}")
    n = _number(row, "n")
    lower, upper = _number(row, "lower"), _number(row, "upper")
    if unit == "rate" and n > 0 and not lower == lower:
        lower, upper = (float(end) for end in wilson(value * n, n, level=level))
    gap = _gap(value, target, top, better)
    judged = bool(lower == lower and upper == upper)
    held = judged and (lower <= target <= upper or (better == "band" and lower <= top <= upper))
    verdict = MET if gap >= 0 else NOISE if held else MISSED
    more = more_share = enough = required = np.nan
    if unit == "rate" and better != "band":
        good, goal = (value, target) if better == "high" else (1 - value, 1 - target)
        of = n if n > 0 else np.nan
        if n > 0:
            more, more_share = shortfall(goal, good * n, n)
        elif gap < 0:
            more_share = (goal - good) / (1 - good)
        if value != target:
            enough = float(smallest_n(value, target, level=level))
        expected = _number(row, "expected_n")
        if expected > of:
            done = _number(row, "done")
            required = required_rate(target, expected, done if done == done else value * n, n)
    worst = (required > 1) if better == "high" else (required < 0)
    return {"kpi": kpi, "unit": unit, "better": better, "target": target, "target_upper": top, "value": value, "lower": lower, "upper": upper, "n": n,
            "attainment": attainment(value, (target, top) if better == "band" else target, better=better), "gap": gap, "verdict": verdict, "judged": judged, "more": more,
            "more_share": more_share, "enough_n": enough, "required": required, "reachable": not bool(worst)}  # fmt: skip


def _gap(value: float, target: float, top: float, better: str) -> float:
    """How far on the better side of the target; below 0: on the worse one."""
    if better == "band":
        return min(value - target, top - value)
    gap = value - target if better == "high" else target - value
    return 0.0 if math.isclose(gap, 0.0, abs_tol=1e-12) else gap


def _number(row: Mapping, name: str) -> float:
    value = row.get(name)
    return float("nan") if value is None or value is pd.NA or value != value else float(value)


def _text(row: Mapping, name: str, other: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) and value else other


# On a centre -----------------------------------------------------------------------------------------


@result_class
class CentreStatus(TargetStatus):
    """`target_status` of a centre's registered targets, further with `caliber, leading_value, leading_gap` (value less the register's leading value; plus is better),
    `owner_level` (the lowest unit that can own the KPI). `left_out`: targets that could not be measured: KPI and why.
    """

    left_out: tuple[tuple[str, str], ...]


def centre_status(
    centre: Centre, *, current: str | Window | None = None, as_of: str | None = None, whole: str | Window | None = None
) -> CentreStatus:
    """How do a centre's KPIs stand to their registered targets, and what does the rest of the period need?

    Args:
        current: What has been counted so far; the study's own current period by default.
        whole: The period that the target is for, such as "2025-01-01/2025-12-31"; ratings go on at the present rate. Without it nothing is said of a rest.

    Raises:
        StudyError: The study registers no targets.

    Source:
        DOMAIN 2.14.
    """
    if centre.targets.empty:
        raise StudyError("target_none")
    own = Question.of(centre.study, as_of=as_of)
    current = current or own.current
    made, out = [], []
    known = centre.targets.drop_duplicates(["kpi", "caliber"], keep="last")
    for row in known.to_dict("records"):
        caliber = _text(row, "caliber", "") or None
        try:
            face, asked = faced(
                centre,
                Question(
                    row["kpi"],
                    caliber=caliber,
                    current=current,
                    as_of=as_of,
                    target=target_of(centre.targets, row["kpi"], caliber),
                ),
            )
            found = measure(face, asked).headline["current"]
        except CcsatError as error:
            out.append((str(row["kpi"]), error.message().splitlines()[0]))
            continue
        leading = _number(row, "leading_value")
        made.append({"kpi": row["kpi"], "caliber": asked.caliber.id, "unit": asked.caliber.unit, "value": found.value, "lower": found.lower, "upper": found.upper, "n": found.n,
                     "target": asked.target, "better": _text(row, "better", asked.caliber.better), "expected_n": found.n * _length(whole, asked.current),
                     "leading_value": leading, "leading_gap": asked.sign * (found.value - leading), "owner_level": _text(row, "lowest_owner_level", "")})  # fmt: skip
    if not made:
        raise StudyError("target_unmeasured", kpis=listing(name for name, _ in out))
    rows = pd.DataFrame(made)
    table = target_status(rows).table.assign(
        **{name: rows[name] for name in ("caliber", "leading_value", "leading_gap", "owner_level")}
    )
    return CentreStatus(table=table, left_out=tuple(out))


def _length(whole: str | Window | None, current: Window | None) -> float:
    """The length of the whole period in lengths of the current one."""
    if whole is None or current is None:
        return float("nan")
    first, last = (
        (date.fromisoformat(day) for day in whole.split("/")) if isinstance(whole, str) else (whole.first, whole.last)
    )
    if not (first <= current.first and current.last <= last):
        raise StudyError("target_whole", whole=f"{first}/{last}", current=f"{current.first}/{current.last}")
    return ((last - first).days + 1) / ((current.last - current.first).days + 1)


def target_gap(centre: Centre, question: Question | Asked, by: str) -> Ledger:
    """Which cells does the gap to the target sit in? `ledgers.gap_ledger` on the centre: rows of `by`, closing on the gap.

    Args:
        question: With a target, its own or the register's. by: A dimension.

    Source:
        DOMAIN 2.7.4.
    """
    centre, asked = faced(centre, question)
    if asked.target is None:
        raise StudyError("target_none")
    cells = measure(centre, asked, by=by).table
    cells = cells[cells["period"] == "current"]
    return gap_ledger(cells[[by, "n", "value"]], [by], target=float(asked.target), unit=asked.caliber.unit)


def leading_gap(centre: Centre, question: Question | Asked, by: str, *, min_n: int = 30) -> Result:
    """How far is each unit from the one that leads beyond luck (by the nearer end of its shrunken interval)?

    Args:
        by: A dimension of units, such as the team.

    Source:
        DOMAIN 2.14; `ledgers.leading_value`.
    """
    centre, asked = faced(centre, question)
    if asked.caliber.unit != "rate":
        raise StudyError("leading_rate", kpi=asked.caliber.key, unit=asked.caliber.unit)
    cells = measure(centre, asked, by=by).table
    cells = cells[cells["period"] == "current"].rename(columns={by: "unit"})
    return leading_value(
        cells[["unit", "numerator", "n"]].reset_index(drop=True), better=asked.caliber.better, min_n=min_n
    )
