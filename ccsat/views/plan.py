"""Stage 4 in tables and sentences: the plan, what else was possible, how it is verified, and what each department is told."""

from __future__ import annotations

from ccsat.stages.briefs import MOST_RULED_OUT, Brief, verification_words
from ccsat.stages.dispatch import SURE, Dispatch
from ccsat.stages.said import ruled_out_sentence
from ccsat.stages.solve import Plan
from ccsat.trace import Trace
from ccsat.tracetable import action_words, cell_words, link_words
from ccsat.views.view import Fold, View, fold, full_stop, sentences, stack, table
from ccsat.views.why import cause_title, plain_id, titles_of
from ccsat.wording import UNITS, count, interval, language, number, percent, points, term, text

MOST_DISPATCHED = 8
LONG = ("ola", "not_it", "mind", "verified")  # parts of a brief that are folded


def show_plan(trace: Trace) -> View:
    """The chosen actions with owner, cost, lead time and expected points; then all together, the runner-up and how firm it is."""
    plan = trace.plan
    if plan is None:
        return sentences([text("view.not_reached", verdict=text(f"verdict_short.{trace.check.verdict}"))])
    if plan.table.empty:
        return sentences(
            [full_stop(one) for one in (plan.sentence(), *(text(key, **values) for key, values in plan.caveats))]
        )
    rows = [
        (action_words(r) + (text("brief.relief") if r.relief else ""), term(str(r.owner)), f"{r.cost:g}", text("table.days", n=int(r.lead_days)), *won(plan, r))
        for r in plan.table.itertuples()
    ]  # fmt: skip
    spent = f"{plan.table['cost'].sum():g} / {plan.budget:g}"
    rows.append((text("figure.together"), "", spent, "", *won(plan, plan)))
    shown = table(("action", "owner", "cost", "lead", "expected", "interval"), rows, ("cost", "expected", "interval"))
    more = [text("view.firm", share=percent(plan.stability, 0)) + text("stop")]
    if plan.runner_up:
        words = text("view.runner_up", actions=", ".join(plan.runner_up["actions"]))
        more.append(text("view.runner_up_points", runner_up=words, points=points(plan.sign * plan.runner_up["expected_points"], plan.unit), n=len(plan.table)))  # fmt: skip
    return stack(shown, sentences(more))


def won(plan: Plan, row: object) -> tuple[str, str]:
    """Expected points with their interval, signed like the KPI's move."""
    low, high = sorted((plan.sign * row.lower, plan.sign * row.upper))
    return points(plan.sign * row.expected_points, plan.unit), interval(low, high, plan.unit, of="points")


def show_what_if(trace: Trace) -> View | None:
    """What comes back if one cause alone is mended: least, counted in the plan, most."""
    plan = trace.plan
    if plan is None or plan.what_if.empty:
        return None
    unit, named = plan.unit, {c.id: c for c in trace.why.causes}
    rows = []
    for r in plan.what_if.itertuples():
        cause = named.get(r.cause)
        name = link_words(cause.root) if cause is not None and cause.root else r.cause
        rows.append((name, term(r.owner), r.grade, *(points(plan.sign * value, unit) for value in (r.low, r.central, r.high))))  # fmt: skip
    return table(("cause_named", "owner", "evidence_grade", "if_low", "if_central", "if_high"), rows, ("if_low", "if_central", "if_high"))  # fmt: skip


def show_left_out(trace: Trace) -> View | None:
    """The actions that are not in the plan, each with the reason."""
    if trace.plan is None or not trace.plan.left_out:
        return None
    named = {c.id: cause_title(c) for c in trace.why.causes}
    return sentences([full_stop(text(f"left_out.{one['why']}", action=one["name"].get(language(), one["action"]), owner=term(str(one["owner"] or "mixed")),
                                     cause=named.get(one["cause"], one["cause"]) or "–", cause_owner=term(str(one["cause_owner"] or "mixed")))) for one in trace.plan.left_out])  # fmt: skip


def show_suggested(trace: Trace) -> View | None:
    """What the bundled library has for causes that no action of the study's meets; library values, no part of the points."""
    if trace.plan is None or trace.plan.suggested.empty:
        return None
    named = {c.id: c for c in trace.why.causes}
    rows = [(getattr(r, language()), term(str(r.owner)), link_words(named[r.cause].root) if r.cause in named and named[r.cause].root else r.cause,
             text("table.days", n=count(r.lead_days))) for r in trace.plan.suggested.itertuples()]  # fmt: skip
    return table(("action", "owner", "against", "lead"), rows)


def show_verification(trace: Trace) -> Fold | None:
    """How the effect of each action will be seen: design, start, how long, when to stop."""
    if trace.plan is None or trace.plan.table.empty:
        return None
    plan, parts = trace.plan, []
    named = {row.id: action_words(row) for row in plan.table.itertuples()}
    for one in (*plan.verification, *plan.verified_together):
        lines = verification_words(one, plan.unit)
        title = " + ".join(one["actions"]) if "actions" in one else named.get(one["action"], one["action"])
        parts.append(sentences([full_stop(line) for line in lines], title=title))
    return stack(*parts)


def show_dispatch(dispatch: Dispatch | None) -> View | None:
    """What is sent out first, and to whom: points a day, the chance that it is real, and whose hands it is in."""
    if dispatch is None or dispatch.table.empty:
        return None
    scale = 1.0 if dispatch.unit == "rate" else UNITS[dispatch.unit]
    rows = [(term(r.owner) + (text("table.dept", dept=r.department) if isinstance(r.department, str) else ""), r.topic, cell_words(r.where), number(r.points_per_day * scale, 1),
             percent(min(r.probability, SURE)), percent(r.controllable, 0), ", ".join(r.actions) or "–") for r in dispatch.table.head(MOST_DISPATCHED).itertuples()]  # fmt: skip
    day = "per_day_rate" if dispatch.unit == "rate" else "per_day"
    return table(("owner", "topic", "cell", day, "chance_real", "in_hands", "actions"), rows, (day, "chance_real", "in_hands"))  # fmt: skip


def show_briefs(trace: Trace) -> Fold | None:
    """One page for each department, folded under its name."""
    return stack(*(fold("brief", *_page(brief, trace), title=brief.title) for brief in trace.briefs))


def _page(brief: Brief, trace: Trace) -> list[View | Fold]:
    heads = {text(f"brief_part.{key}"): key for key in LONG}
    parts: list[View | Fold] = []
    for heading, lines in brief.sentences():
        shown = [full_stop(line) for line in (_not_it(brief, trace) if heads.get(heading) == "not_it" else lines)]
        if heading in heads:
            parts.append(Fold(heading, (sentences(shown),)))
        else:
            parts.append(sentences(shown, title=heading))
    return parts


def _not_it(brief: Brief, trace: Trace) -> list[str]:
    """What was ruled out in a department's cells, the nearest misses first, each by its name."""
    titles = titles_of(trace)
    near = {one["id"]: one for one in sorted(brief.ruled_out, key=lambda one: one["why"] == "scope")}
    lines = [text("brief.ruled_out", id=" ".join(filter(None, (plain_id(one), titles.get(one["id"])))), why=text(f"ruled_out.{one['why']}")) if "values" not in one
             else ruled_out_sentence(one, brief.unit) for one in list(near.values())[:MOST_RULED_OUT]]  # fmt: skip
    more = len(near) - len(lines)
    return lines + ([text("brief.more", n=count(more))] if more else [])
