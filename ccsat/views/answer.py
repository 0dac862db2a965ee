"""The answer in five lines: is it real, where, why, what to do, and what is not known."""

from __future__ import annotations

from ccsat.stages.check import Verdict
from ccsat.stages.corrected import Corrected
from ccsat.stages.defect_words import defect_sentence
from ccsat.stages.dose_words import dose_words
from ccsat.trace import Trace
from ccsat.tracetable import cell_words, owner_words
from ccsat.views.cells import shares
from ccsat.views.check import move, sign_words, survey_part
from ccsat.views.view import View, full_stop, table
from ccsat.views.why import cause_title, spans_cells
from ccsat.wording import count, interval, kpi_value, language, percent, points, text

MOST_CELLS = 2
MOST_UNKNOWN = 4
MOST_SIGNS = 2
MUCH_LEFT = 0.1  # of the total in no cell, from which on it is said
MUCH_UNSTATED = 0.15  # of the deduction without a reason, from which on it is said
SURE_GRADES = ("A", "B")


def show_answer(trace: Trace) -> View:
    """Five questions a manager asks, each with its answer in a line."""
    rows = [(text(f"answer.{key}"), " ".join(full_stop(one) for one in said)) for key, said in
            (("real", _real(trace)), ("where", _where(trace)), ("why", _why(trace)), ("do", _do(trace)), ("unknown", unknowns(trace)[:MOST_UNKNOWN]))]  # fmt: skip
    return table(("question", "answer"), rows)


def _real(trace: Trace) -> list[str]:
    check, unit = trace.check, trace.asked.caliber.unit
    words = [check.sentence()]
    if (part := check.legs.get("instrument_part", {})).get("beyond_noise") and not trace.stopped:
        words.append(survey_part(part, unit))
    if isinstance(check.corrected, Corrected):
        fixed = check.corrected
        words.append(text("answer.corrected", value=kpi_value(fixed.value, unit), interval=interval(fixed.lower, fixed.upper, unit), n=count(fixed.n))
                     + (text("answer.corrected_change", change=move(fixed.change, unit)) if fixed.change is not None else ""))  # fmt: skip
    if trace.budget is not None and trace.budget.remaining < 0 and trace.check.verdict is Verdict.REAL:
        words.append(text("answer.budget", target=kpi_value(trace.asked.target, unit), over=count(-trace.budget.remaining), allowed=count(trace.budget.allowed)))  # fmt: skip
    return words


def _where(trace: Trace) -> list[str]:
    unit, cells = trace.asked.caliber.unit, trace.where.cells
    if trace.stopped:
        return [text("answer.not_looked")]
    if cells.empty:
        return [trace.where.sentence() if trace.check.verdict in (Verdict.REAL, Verdict.MIX) or trace.forced else text("answer.nowhere")]  # fmt: skip
    words = []
    for r in cells.head(MOST_CELLS).itertuples():
        key = (
            "answer.everywhere"
            if not r.where
            else "answer.cell_mix"
            if r.kind == "mix"
            else "answer.cell"
            if trace.asked.is_change
            else "answer.cell_level"
        )
        words.append(text(key, cell=cell_words(r.where), value=kpi_value(r.value, unit), before=kpi_value(r.value_baseline, unit), n=count(r.n),
                          **dict(zip(("share_before", "share"), shares(trace, r), strict=True)), reference=text("view.baseline" if trace.asked.is_change else "view.elsewhere"), points=points(r.points, unit), interval=interval(r.lower, r.upper, unit, of="points"),
                          total=points(trace.where.total, unit)))  # fmt: skip
    if len(cells) > MOST_CELLS:
        words.append(text("answer.more_cells", n=len(cells) - MOST_CELLS))
    return words


def _why(trace: Trace) -> list[str]:
    if trace.why is None:
        return _why_not(trace)
    if not trace.why.causes:
        return [trace.why.sentence(), *_goes_with(trace)]
    first = trace.why.causes[0]
    words = [text("answer.cause", wording=text(f"wording.{first.wording}"), grade=first.grade, cause=cause_title(first), owner=owner_words(first))]  # fmt: skip
    others = [c for c in trace.why.causes[1:] if c.grade <= first.grade and c.kind not in ("reason", "driver")]
    other = next((c for c in others if c.cell_rank != first.cell_rank), None)
    if other is not None:
        words.append(text("answer.other_cause", wording=text(f"wording.{other.wording}"), grade=other.grade, cause=cause_title(other), owner=owner_words(other)))  # fmt: skip
    return words


def _goes_with(trace: Trace) -> list[str]:
    """Where no cause has evidence: what ratings go with, and what costs most all the time; associations."""
    doses, standing, words = trace.why.doses, trace.why.standing, []
    if doses is not None and not doses.found.empty:
        row = next(doses.found.sort_values("p_adjusted", kind="stable").itertuples())
        words.append(text("answer.goes_with", said=dose_words(row, trace.asked.caliber.unit)))
    if standing is not None and not standing.table.empty and trace.asked.is_change:
        words.append(standing.sentence())
    return words


def _why_not(trace: Trace) -> list[str]:
    """What stands in the place of causes where the trace did not look for any."""
    check = trace.check
    if check.verdict is Verdict.MIX:
        return [text("answer.why_mix")]
    if check.verdict is Verdict.NONE:
        return [text("answer.nowhere")]
    instrument = check.legs.get("instrument", {})
    signs = [
        sign_words(sign)
        for sign in instrument.get("signs", ())
        if sign["key"] != "participation" or not instrument["hard"]
    ]
    heavy = sorted((d for d in check.defects if d.effect_points), key=lambda d: -abs(d.effect_points))
    return [*signs[:MOST_SIGNS], *(defect_sentence(d, trace.asked.caliber.unit) for d in heavy[: MOST_SIGNS - len(signs[:MOST_SIGNS])])] or [text("answer.not_looked")]  # fmt: skip


def _do(trace: Trace) -> list[str]:
    plan = trace.plan
    if plan is None:
        words = [text(f"verdict_next.{trace.check.verdict}")]
        if trace.check.verdict is Verdict.NONE and (gap := _missed(trace)):
            words.append(gap)
        if trace.check.verdict is Verdict.MIX and trace.mix_target is not None:
            words.append(trace.mix_target.sentence())
        return words
    if plan.table.empty:
        return [plan.sentence(), *(text(key, **values) for key, values in plan.caveats[:1])]
    low, high = sorted((plan.sign * plan.lower, plan.sign * plan.upper))
    names = text("joined").join(_name(row) for row in plan.table.itertuples())
    return [text("answer.plan", actions=names, points=points(plan.sign * plan.expected_points, plan.unit), interval=interval(low, high, plan.unit, of="points"),
                 cost=f"{plan.table['cost'].sum():g}", budget=f"{plan.budget:g}")]  # fmt: skip


def _missed(trace: Trace) -> str | None:
    """How to ask for the gap to a target that is missed beyond chance although nothing moved."""
    asked, now = trace.asked, trace.check.headline.headline["current"]
    if not asked.is_change or asked.target is None or asked.full_mark_target:
        return None
    nearest = now.upper if asked.sign > 0 else now.lower
    if (nearest - asked.target) * asked.sign >= 0:
        return None
    return text("answer.ask_level", target=kpi_value(asked.target, asked.caliber.unit), value=kpi_value(now.value, asked.caliber.unit), n=count(now.n),
                interval=interval(now.lower, now.upper, asked.caliber.unit))  # fmt: skip


def _name(row: object) -> str:
    return str(getattr(row, language()))


def unknowns(trace: Trace) -> list[str]:
    """What the data leave open, what matters most first; never empty: association proves no cause."""
    unit, words = trace.asked.caliber.unit, []
    check, where = trace.check, trace.where
    if check.verdict is Verdict.MIX:
        return [text("unknown.mix")]
    if check.verdict is Verdict.ARTEFACT:
        words.append(text("unknown.artefact"))
    if check.verdict in (Verdict.NONE, Verdict.INSUFFICIENT, Verdict.ARTEFACT):
        words.append(text("unknown.smaller", points=points((check.change.upper - check.change.lower) / 2, unit, sign=False)))  # fmt: skip
    for r in where.undecided.head(1).itertuples():
        words.append(text("unknown.undecided", cell=cell_words(r.where), n=count(r.n), more=count(r.n_more)))
    told = check.change.lower > 0 or check.change.upper < 0
    if len(where.cells) and told and where.remainder / where.total > MUCH_LEFT:  # of the other sign it hides nothing
        words.append(text("unknown.remainder", points=points(where.remainder, unit), share=percent(where.remainder / where.total, 0)))  # fmt: skip
    if trace.why is not None:
        words += _of_causes(trace)
    if trace.plan is not None and not trace.plan.table.empty:
        late = [one for one in trace.plan.verification if one["verdict"] != "in_time"]
        if late:
            words.append(text("unknown.not_verifiable", n=len(late), of=len(trace.plan.verification), days=count(trace.plan.horizon_days)))  # fmt: skip
    if any(key == "caveat.participation_unknown" for key, _ in check.caveats):
        words.append(text("unknown.participation"))
    return words or [text("unknown.association")]


def _of_causes(trace: Trace) -> list[str]:
    words, causes = [], trace.why.causes
    blank = [r for r in trace.where.cells.itertuples() if r.kind == "rate" and not any(c.cell_rank == r.rank for c in causes)]  # fmt: skip
    if blank and not any(spans_cells(trace, c) for c in causes):
        words.append(text("unknown.no_cause", cell=cell_words(blank[0].where), n=len(blank)))
    if causes and causes[0].grade not in SURE_GRADES:
        words.append(text("unknown.grade", grade=causes[0].grade))
    ledger = trace.ledgers.get("reason")
    if ledger is not None:
        silent = ledger.table[ledger.table["reason"] == "unstated"]
        if len(silent) and silent["share"].iloc[0] > MUCH_UNSTATED:
            words.append(text("unknown.unstated", share=percent(silent["share"].iloc[0], 0)))
    return words
