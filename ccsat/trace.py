"""The four stages in order, with the ledgers beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from ccsat.calibers import DEFAULTS
from ccsat.cells import Asked, Measure, count_cells, level_counts
from ccsat.centre import Centre
from ccsat.deductions import budget_of, deduct_bad_reviews, deduct_by_reason, owners_of
from ccsat.kpis import measure_all
from ccsat.kpis.facing import faced
from ccsat.ledgers import (
    Budget,
    cell_ledger,
    cell_values,
    change_ledger,
    nested_change_ledger,
    owner_ledger,
)
from ccsat.ledgers.five_errors import FiveErrors
from ccsat.ledgers.targets import fair_targets_range
from ccsat.question import Question
from ccsat.results import Ledger
from ccsat.stages.briefs import Brief, briefs
from ccsat.stages.cause_tree import CauseTree, cause_tree
from ccsat.stages.check import Check, Verdict, check_data
from ccsat.stages.dispatch import Dispatch, dispatch_list
from ccsat.stages.explain import Why, explain_cells
from ccsat.stages.five_errors import five_errors
from ccsat.stages.locate import Where, locate_gap, nothing_located
from ccsat.stages.mix_target import MixTarget, mix_target
from ccsat.stages.solve import Plan, plan_actions
from ccsat.wording import text

SUPPORTED = "C"  # the weakest grade that counts as support


@dataclass(frozen=True, eq=False)
class Trace:
    """From a gap to a plan. Stages that were not reached are None.

    Attributes:
        centre: As the KPI sees it (`kpis.facing`): its facts are what the KPI counts.
        ledgers: By key: "reason" and "owner" (deduction of the current period), "controllable" (bad reviews by owner),
            "fair_targets" (what each owner would have to win for the target), "change/DIM" or "gap/DIM", and
            "nested/HIERARCHY" (a change followed from the coarsest level to the finest).
        kpis: The indicators beside the headline.
        budget: The dissatisfaction that the target allows; None without a target.
        forced: The verdict stops a trace and was overruled (`go_on`): every later finding is marked.
    """

    centre: Centre
    question: Question
    asked: Asked
    check: Check
    where: Where
    why: Why | None
    plan: Plan | None
    ledgers: dict[str, Ledger]
    kpis: list[Measure]
    budget: Budget | None
    forced: bool = False

    @cached_property
    def mix_target(self) -> MixTarget | None:
        """The target, or the baseline, as today's mix of contacts moves it; None without a split."""
        return mix_target(self.check)

    @cached_property
    def briefs(self) -> tuple[Brief, ...]:
        """One page for each department that can change something."""
        if self.why is None or self.plan is None:
            return ()
        return briefs(self.why, self.plan, centre=self.centre, targets=self.ledgers.get("fair_targets"))

    @cached_property
    def dispatch(self) -> Dispatch | None:
        """The work list by owner and topic."""
        return None if self.why is None else dispatch_list(self.why, self.plan)

    @cached_property
    def errors(self) -> FiveErrors | None:
        """The points below full marks over the five errors; None where customers give no reasons or nothing was asked why.

        Of the changes only those count that the trace supports.
        """
        if self.why is None or self.centre.reasons is None or self.asked.caliber.outcome != "rating":
            return None
        supported = [
            c.id.partition(":")[2] for c in self.why.causes if c.id.startswith("change:") and c.grade <= SUPPORTED
        ]
        return five_errors(self.centre, self.asked, changes=supported)

    @cached_property
    def tree(self) -> CauseTree | None:
        """The located cells' points over the branches of the cause tree."""
        if self.why is None or self.centre.reasons is None or self.asked.caliber.outcome != "rating":
            return None
        return cause_tree(self.centre, self.asked, self.where, self.why)

    @property
    def stopped(self) -> bool:
        return self.check.verdict.stops and not self.forced

    @property
    def caveats(self) -> list[tuple[str, dict]]:
        """Every sentence a reader must see, once."""
        answers = [self.check, self.where, self.why, self.plan, self.ledgers.get("reason")]
        found = [caveat for answer in answers if answer is not None for caveat in answer.caveats]
        if self.forced:
            found.insert(0, ("caveat.forced", {"verdict": text(f"verdict_short.{self.check.verdict}")}))
        return [caveat for i, caveat in enumerate(found) if caveat not in found[:i]]


def run_trace(
    centre: Centre, question: Question | None = None, *, budget: float | None = None, go_on: bool = False
) -> Trace:
    """From a gap to a plan: is it real, where is it, why, and what is worth doing?

    Args:
        question: The study's own by default.
        budget: For the plan, in the library's cost units; the study's by default.
        go_on: Trace on although the verdict is "artefact" or "insufficient"; every later finding is marked.

    Raises:
        As `ask`.
    """
    question = question or Question.of(centre.study)
    read = centre
    centre, asked = faced(read, question)
    check = check_data(centre, asked)
    ledgers, kpis = split_ledgers(centre, asked), measure_all(read, question)
    budget_used = budget_of(asked, level_counts(count_cells(centre, asked)))
    forced = go_on and check.verdict.stops
    if (check.verdict.stops and not forced) or check.verdict is Verdict.NONE:
        where = nothing_located(
            asked, check.change.value, check.headline.headline["current"].value - check.change.value
        )
        return Trace(centre, question, asked, check, where, None, None, ledgers, kpis, budget_used)
    where = locate_gap(centre, asked)
    if check.verdict is Verdict.MIX:
        return Trace(centre, question, asked, check, where.only_mix(), None, None, ledgers, kpis, budget_used)
    why = explain_cells(centre, asked, where)
    solution = centre.study.solution
    plan = plan_actions(why, budget=budget or solution.budget, horizon_days=solution.horizon_days, rng=question.seed,
                        centre=centre, capacity=solution.capacity or None)  # fmt: skip
    return Trace(centre, question, asked, check, where, why, plan, ledgers, kpis, budget_used, forced)


def split_ledgers(centre: Centre, asked: Asked) -> dict[str, Ledger]:
    """The accounts of the question: the deduction by reason and owner, and the change or gap by each dimension."""
    ledgers: dict[str, Ledger] = {}
    if centre.reasons is not None and asked.caliber.outcome == "rating":
        ledgers["reason"] = deduct_by_reason(centre, asked)
        ledgers["owner"] = owner_ledger(ledgers["reason"], owners_of(centre))
        if ("bad_review_rate", centre.scale) in DEFAULTS:
            ledgers["controllable"] = deduct_bad_reviews(centre, asked)
        ahead = asked.sign * (
            (asked.target if asked.target is not None else asked.full)
            - (asked.full - asked.sign * ledgers["reason"].total)
        )
        if asked.target is not None and not asked.full_mark_target and ahead > 0:
            ledgers["fair_targets"] = fair_targets_range(ledgers["reason"], owners_of(centre), ahead, moving=True)
    for dim in asked.dims:
        ledgers[f"{'change' if asked.is_change else 'gap'}/{dim}"] = split_by(centre, asked, dim)
    for name, chain in centre.study.hierarchies.items() if asked.is_change else ():
        if set(chain) <= set(asked.dims):
            ledgers[f"nested/{name}"] = split_nested(centre, asked, chain)
    return ledgers


def split_nested(centre: Centre, asked: Asked, chain: Sequence[str]) -> Ledger:
    """The change followed down a hierarchy: at each level what is mix, and at the finest what is rate."""
    counts = count_cells(centre, asked, chain)
    cells = {
        name: cell_values(rows, asked.values, chain, unit=asked.caliber.unit) for name, rows in counts.groupby("period")
    }
    empty = pd.DataFrame(columns=[*chain, "n", "value"])
    now, before = cells.get("current", empty), cells.get("baseline", empty)
    return nested_change_ledger(now, before, chain, unit=asked.caliber.unit)


def split_by(centre: Centre, asked: Asked, dim: str) -> Ledger:
    """The change by one dimension's cells (rate and mix), or the gap to the target (points below it)."""
    counts = count_cells(centre, asked, (dim,))
    unit = asked.caliber.unit
    if asked.is_change:
        cells = {name: cell_values(rows, asked.values, [dim], unit=unit) for name, rows in counts.groupby("period")}
        empty = pd.DataFrame(columns=[dim, "n", "value"])
        return change_ledger(cells.get("current", empty), cells.get("baseline", empty), [dim], unit=unit)
    gap = cell_ledger(counts[counts["period"] == "current"].drop(columns="period"), asked.values, [dim], unit=unit,
                      reference=asked.target, full=asked.full, better=asked.caliber.better)  # fmt: skip
    signed = {
        name: -asked.sign * gap.table[name] for name in ("points", "points_lower", "points_upper")
    }  # current - target
    lower, upper = (
        signed[name]
        for name in (("points_upper", "points_lower") if asked.sign > 0 else ("points_lower", "points_upper"))
    )
    table = gap.table.assign(points=signed["points"], points_lower=lower, points_upper=upper)
    return Ledger(table=table, key="gap", total=-asked.sign * gap.total, unit=unit)


def split_change(centre: Centre, question: Question | Asked, *, by: str) -> Ledger:
    """Did the cells change, or their mix?

    Args:
        question: Needs a baseline.
        by: The dimension that makes the cells.

    Returns:
        One row a cell: `share, value` of both periods, `within` (rate), `mix` and `points`. Total: current minus baseline.

    Source:
        Kitagawa (1955), Journal of the American Statistical Association 50, 1168-1194.
    """
    return split_by(*faced(centre, question), by)
