"""Every section of the report: there when its data are, not there when they are not; both languages; nobody's name."""

import dataclasses
import re

import pandas as pd
import pytest

import ccsat as cs
from ccsat import figures, views, worlds
from ccsat.centre import read_centre
from ccsat.stages.quality import ENOUGH
from ccsat.wording import percent, points, speaking, text

CHINESE = re.compile(r"[\u4e00-\u9fff]")
CAUSAL = re.compile(r"\bcaused\b|\bcauses the\b|导致|造成了|引起了")


@pytest.fixture(scope="module")
def trace(request):
    return cs.run_trace(read_centre(request.config.rootpath / "data/s03_charging"))


@pytest.fixture(scope="module")
def artefact():
    return cs.run_trace(worlds.make("S08", rng=101).centre)


def sections(trace):
    """Every section of the report by name, as the notebook asks for it."""
    why = trace.why
    return {
        "answer": views.show_answer(trace), "check": views.show_check(trace.check), "legs": views.show_legs(trace.check),
        "defects": views.show_defects(trace.check), "mix_target": views.show_mix_target(trace.mix_target), "cells": views.show_cells(trace),
        "undecided": views.show_undecided(trace), "declared": views.show_declared(trace), "split": views.show_biggest_split(trace),
        "standing": views.show_standing(why and why.standing), "causes": views.show_causes(trace), "first": views.show_first_cause(trace),
        "evidence": views.show_evidence(trace), "ruled_out": views.show_ruled_out(trace), "voices": views.show_voices(trace),
        "reasons": views.show_reasons_of(trace), "doses": views.show_doses(trace), "errors": views.show_errors(trace.errors),
        "tree": views.show_tree(trace), "agents": views.show_agents(why and why.agents), "plan": views.show_plan(trace),
        "what_if": views.show_what_if(trace), "verification": views.show_verification(trace), "left_out": views.show_left_out(trace),
        "suggested": views.show_suggested(trace), "fair": views.show_fair(trace.ledgers.get("fair_targets")),
        "dispatch": views.show_dispatch(trace.dispatch), "briefs": views.show_briefs(trace), "caveats": views.show_caveats(trace),
    }  # fmt: skip


@pytest.fixture(scope="module")
def shown(trace):
    with speaking("en"):
        return sections(trace)


MAY_LACK = {"defects", "undecided", "declared", "suggested"}  # what the bundled centre has none of


def test_every_section_is_there_where_its_data_are(shown):
    missing = {name for name, view in shown.items() if view is None}
    assert missing <= MAY_LACK
    assert all(view.rows for view in shown.values() if view is not None)


def test_sections_that_the_data_stopped_are_not_there(artefact):
    found = sections(artefact)
    assert artefact.stopped
    gone = {name for name, view in found.items() if view is None}
    assert gone >= {"undecided", "declared", "split", "standing", "first", "evidence", "ruled_out", "voices", "reasons", "doses", "errors", "tree",
                    "agents", "what_if", "verification", "left_out", "suggested", "dispatch", "briefs"}  # fmt: skip
    with speaking("en"):
        said = views.show_cells(artefact).rows[0][0]
    assert said == text("view.not_reached", "en", verdict=text("verdict_short.artefact", "en"))


def test_both_languages_have_the_same_sections(trace, shown):
    with speaking("zh"):
        chinese = sections(trace)
    for name, view in shown.items():
        other = chinese[name]
        assert (view is None) == (other is None), name
        if view is not None:
            assert len(view.rows) == len(other.rows), name
            assert CHINESE.search(repr(other)), name


def test_no_section_claims_causation(trace, shown):
    with speaking("zh"):
        words = [*shown.values(), *sections(trace).values()]
    assert not [repr(view) for view in words if CAUSAL.search(repr(view))]


def test_the_answer_is_five_lines_with_n_interval_and_grade(trace):
    with speaking("en"):
        rows = dict(views.show_answer(trace).rows)
    assert list(rows) == ["Is it real?", "Where?", "Why?", "What to do?", "What is not known?"]
    cell, first = trace.where.cells.iloc[0], trace.why.causes[0]
    assert points(cell["points"], "rate") in rows["Where?"] and f"n={cell['n']:,.0f}" in rows["Where?"]
    assert points(cell["lower"], "rate") in rows["Where?"]
    assert f"grade {first.grade}" in rows["Why?"] and first.id.split(":")[1] in rows["Why?"]
    assert points(trace.plan.sign * trace.plan.lower, "rate") in rows["What to do?"]
    assert len(rows["What is not known?"]) > 20


def test_an_artefact_is_answered_by_what_changed_in_the_survey(artefact):
    with speaking("en"):
        rows = dict(views.show_answer(artefact).rows)
        legs = dict(views.show_legs(artefact.check).rows)
    scope = artefact.check.legs["unchanged_scope"]
    assert "calendar has a survey change" in rows["Why?"] and "overspent" not in rows["Is it real?"]
    said = legs["Where the survey stayed the same"]
    for part in ("outside", "inside", "apart"):
        assert points(scope[part].value, "rate") in said and points(scope[part].lower, "rate") in said
    assert f"n={scope['outside'].n:,.0f}" in said


def test_legs_that_the_data_cannot_carry_say_so(artefact):
    legs = artefact.check.legs | {
        "operational": {"assessed": False},
        "participation": {"assessed": False, "whole": None},
    }
    with speaking("en"):
        rows = dict(views.show_legs(dataclasses.replace(artefact.check, legs=legs)).rows)
    assert "Not assessed" in rows["Operations"] and "Not assessed" in rows["Who answers"]
    assert views.show_legs(dataclasses.replace(artefact.check, legs={})) is None


def test_a_mix_blames_nobody(trace):
    mix = dataclasses.replace(
        trace, check=dataclasses.replace(trace.check, verdict=cs.Verdict.MIX), why=None, plan=None
    )
    with speaking("en"):
        rows = dict(views.show_answer(mix).rows)
    assert "nobody is to blame" in rows["Why?"] and "mix" in rows["What to do?"]


def test_mix_cells_show_their_shares_then_and_now(trace):
    cells = trace.where.cells.head(1).assign(kind="mix")
    left = trace.where.total - float(cells["points"].sum())
    mix = dataclasses.replace(trace, where=dataclasses.replace(trace.where, table=cells, remainder=left))
    before = cells["n_baseline"].iloc[0] / trace.check.headline.headline["baseline"].n
    now = percent(cells["share_volume"].iloc[0])
    with speaking("en"):
        shown, plain = views.show_cells(mix), views.show_cells(trace)
        said = dict(views.show_answer(mix).rows)["Where?"]
    assert shown.columns[3:5] == ("share before", "share now") and shown.rows[0][3:5] == (percent(before), now)
    assert f"from {percent(before)} to {now}" in said and "share before" not in plain.columns


def test_the_split_is_by_the_first_cells_dimension(trace):
    first = next(iter(trace.where.cells["where"].iloc[0]))
    shown = views.show_biggest_split(trace)
    assert shown.rows[-1][-1] == points(trace.ledgers[f"change/{first}"].total, "rate")
    assert str(trace.where.cells["where"].iloc[0][first]) in {row[0] for row in shown.rows}


def test_a_missed_target_without_a_change_is_a_question_of_level(trace):
    quiet = dataclasses.replace(
        trace, check=dataclasses.replace(trace.check, verdict=cs.Verdict.NONE), why=None, plan=None
    )
    with speaking("en"):
        rows = dict(views.show_answer(quiet).rows)
    assert "ask for the level" in rows["What to do?"] and rows["Why?"] == "There is no gap to follow."


def test_undecided_cells_say_how_many_ratings_would_tell(trace):
    row = {
        "where": {"team": "T01"},
        "n": 300.0,
        "points": -0.002,
        "z": 3.1,
        "z_needed": 4.0,
        "p_adjusted": 0.2,
        "n_more": 410.0,
    }
    waiting = dataclasses.replace(trace, where=dataclasses.replace(trace.where, undecided=pd.DataFrame([row])))
    with speaking("en"):
        assert views.show_undecided(waiting).rows == (("team = T01", "300", "-0.20", "0.200", "about 410"),)
        assert "about 410 more ratings" in dict(views.show_answer(waiting).rows)["What is not known?"]
    empty = dataclasses.replace(trace, where=dataclasses.replace(trace.where, undecided=pd.DataFrame([row]).iloc[:0]))
    assert views.show_undecided(empty) is None


def test_declared_scopes_stand_apart_from_the_cells(trace):
    cells = trace.why.cells
    declared = cells.iloc[:1].assign(kind="declared", rank=99)
    why = dataclasses.replace(trace.why, cells=pd.concat([cells, declared], ignore_index=True))
    assert len(views.show_declared(dataclasses.replace(trace, why=why)).rows) == 1
    assert views.show_declared(dataclasses.replace(trace, why=dataclasses.replace(trace.why, cells=cells[cells["kind"] != "declared"]))) is None  # fmt: skip


def test_a_cause_of_several_cells_says_so(trace):
    first = trace.why.causes[0]
    wide = dataclasses.replace(first, points=3 * trace.where.cells["points"].iloc[0], cell_rank=1)
    why = dataclasses.replace(trace.why, causes=(wide, *trace.why.causes[1:]))
    with speaking("en"):
        assert "and other cells" in views.show_causes(dataclasses.replace(trace, why=why)).rows[0][3]
        assert "and other cells" not in views.show_causes(trace).rows[0][3]


def test_error_ledger_closes_in_the_table(trace):
    with speaking("en"):
        table = views.show_errors(trace.errors).parts[0]
    told = [float(row[2]) for row in table.rows[:-1] if re.fullmatch(r"[\d.]+", row[2])]
    assert sum(told) == pytest.approx(100 * trace.errors.total, abs=0.04)
    assert views.show_errors(None) is None


def test_plan_folds_hold_every_action_and_cause(trace, shown):
    plan = trace.plan
    assert len(shown["left_out"].rows) == len(plan.left_out)
    assert len(shown["what_if"].rows) == len(plan.what_if)
    assert len(shown["verification"].parts) == len(plan.verification) + len(plan.verified_together)
    assert len(shown["briefs"].parts) == len(trace.briefs)
    assert not re.search(r"\b(change|reason|rule):\S", repr(shown["briefs"]) + repr(shown["left_out"]))


# Nobody's name, no small group -------------------------------------------------------------------


def test_no_customer_and_no_agent_reaches_a_section(trace, shown, request):
    folder = request.config.rootpath / "data/s03_charging"
    people = {
        *pd.read_parquet(folder / "agents.parquet")["agent_id"],
        *pd.read_parquet(folder / "customers.parquet")["customer_id"],
    }
    said = "\n".join(repr(view) for view in shown.values())
    assert len(people) > 100 and not [one for one in re.findall(r"\b[A-Z]\d{5,}\b", said) if one in people]


def test_a_quotation_needs_its_group(trace):
    told = next(iter(trace.why.told.values()))
    rows = pd.DataFrame({"quotation": ["nobody told me", "mine alone"], "words": ["told", "alone"], "n_alike": [5, 4]})
    words = dataclasses.replace(told.words, quotations=rows)
    why = dataclasses.replace(trace.why, told={1: dataclasses.replace(told, words=words)})
    with speaking("en"):
        said = repr(views.show_voices(dataclasses.replace(trace, why=why)))
    assert "nobody told me" in said and "mine alone" not in said


def test_agreement_is_said_only_where_reviews_are_enough(trace):
    told = next(iter(trace.why.told.values()))

    def said(n):
        table = told.quality.table.assign(
            n_dissatisfied=n,
            kappa=0.1,
            kappa_lower=-0.2,
            kappa_upper=0.4,
            passed_dissatisfied=0.5,
            lower=0.2,
            upper=0.8,
        )
        why = dataclasses.replace(
            trace.why, told={1: dataclasses.replace(told, quality=dataclasses.replace(told.quality, table=table))}
        )
        with speaking("en"):
            return repr(views.show_voices(dataclasses.replace(trace, why=why)))

    assert "kappa=0.10" in said(ENOUGH) and "kappa" not in said(ENOUGH - 1)


def test_small_groups_go_to_the_rest_and_the_split_still_closes(trace):
    ledger = trace.ledgers["change/biz_l2"]
    least = int(ledger.table["n"].sort_values().iloc[3])
    with speaking("en"):
        rows = views.show_split(ledger, most=50, least=least).rows
    assert all(float(row[1].replace(",", "")) >= least for row in rows[:-2])
    assert "others" in rows[-2][0] and sum(float(row[-1]) for row in rows[:-1]) == pytest.approx(
        100 * ledger.total, abs=0.2
    )


# Figures of the evidence --------------------------------------------------------------------------


def test_factors_add_up_to_the_change(trace):
    bar = figures.plot_factors(trace.check).data[0]
    assert sum(bar.x[:-1]) == pytest.approx(bar.x[-1], abs=0.02) and bar.x[-1] == pytest.approx(
        100 * trace.check.change.value
    )
    assert figures.plot_factors(dataclasses.replace(trace.check, legs={})) is None


def test_the_event_study_shows_every_week_of_the_first_change(trace):
    weighed = next(one for one in trace.why.changes if one.cause_id == trace.why.causes[0].id)
    drawn = figures.plot_first_change(trace).data[0]
    assert list(drawn.y) == pytest.approx([100 * week["value"] for week in weighed.apart.weeks])
    assert list(drawn.error_y.array) == pytest.approx(
        [100 * (week["upper"] - week["value"]) for week in weighed.apart.weeks]
    )
    other = dataclasses.replace(trace.why, causes=tuple(c for c in trace.why.causes if c.kind == "reason"))
    assert figures.plot_first_change(dataclasses.replace(trace, why=other)) is None


def test_the_dose_figure_has_each_band_with_its_interval(trace):
    row, table = trace.why.doses.found.sort_values("p_adjusted", kind="stable").iloc[0], trace.why.doses.table
    mine = (table["cell_rank"] == row["cell_rank"]) & (table["metric"] == row["metric"])
    bins = table[mine & (table["period"] == "current")]
    with speaking("en"):
        drawn = {one.name: one for one in figures.plot_dose(trace).data}
    assert list(drawn["current"].y) == pytest.approx(list(100 * bins["value"])) and all(drawn["current"].error_y.array)
    bare = dataclasses.replace(trace.why, doses=None)
    assert figures.plot_dose(dataclasses.replace(trace, why=bare)) is None
    assert views.show_doses(dataclasses.replace(trace, why=bare)) is None


def test_the_remainder_of_the_fold_is_its_words():
    assert views.fold("legs", None, None) is None and views.stack(None) is None
    with speaking("en"):
        shown = views.fold("legs", views.sentences(["<b>one</b>"]))
    assert (
        shown._repr_html_()
        == "<details><summary>The evidence leg by leg</summary><ul><li>&lt;b&gt;one&lt;/b&gt;</li></ul></details>"
    )
    assert percent(0.5) == "50.0%"


def test_without_a_cause_the_answer_says_what_ratings_go_with(trace):
    bare = dataclasses.replace(trace, why=dataclasses.replace(trace.why, causes=()))
    with speaking("en"):
        said = dict(views.show_answer(bare).rows)["Why?"]
    assert said.startswith("No cause with evidence") and "(an association)" in said
    assert trace.why.doses.found.sort_values("p_adjusted", kind="stable")["metric"].iloc[0] in said
    assert str(trace.why.standing.table["level"].iloc[0]) in said
