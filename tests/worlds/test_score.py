"""A card says how much of the truth the findings hold: each measure on findings bent by hand, and runs like traces."""

import copy
import dataclasses
import importlib.util
import json
import math
import sys

import pytest

import ccsat as cs
from ccsat import worlds
from ccsat.errors import StudyError
from ccsat.findings import gather_findings
from ccsat.numerics.portfolio import uplift
from ccsat.scheduled import write_findings
from ccsat.wording import set_language, speaking
from ccsat.worlds import Options
from ccsat.worlds.actions import as_actions

CAUSE = "change:CH-107"
KEYS = {
    "schema", "world", "seed", "scale", "varied", "options", "title", "kpi", "caliber", "unit", "observed", "effect", "spoiled", "verdict",
    "cells", "named", "causes", "causes_named", "wrong", "blamed", "plan", "ledgers", "open", "remainder", "total", "precision",
    "recall", "depth", "silent",
}  # fmt: skip


@pytest.fixture(scope="module")
def world(charging):
    return charging


@pytest.fixture(scope="module")
def trace(world):
    return cs.run_trace(world.centre)


@pytest.fixture(scope="module")
def kept(trace):
    return gather_findings(trace)


@pytest.fixture
def found(kept):
    """Findings of one's own to bend."""
    return copy.deepcopy(kept)


def with_cells(found, *wheres):
    """The findings with these cells named, in this order."""
    first = found["cells"][0]
    found["cells"] = [{**first, "rank": rank, "where": where} for rank, where in enumerate(wheres, 1)]
    return found


def test_a_run_on_disk_and_the_trace_have_the_same_card(trace, world, tmp_path):
    write_findings(trace, tmp_path)
    file = tmp_path / "truth.json"
    file.write_text(json.dumps(world.truth), encoding="utf-8")
    cards = [
        worlds.score(trace, world),
        worlds.score(tmp_path, file),
        worlds.score(tmp_path / "findings.json", world.truth),
    ]
    assert cards[0].as_dict() == cards[1].as_dict() == cards[2].as_dict()
    card = cards[0]
    assert card.verdict.right and card.precision == card.recall == 1.0
    assert (card.cells[0].rank, card.cells[0].exact, card.cells[0].jaccard) == (1, True, 1.0)
    assert card.cells[0].error == pytest.approx(card.cells[0].points - world.truth["cells"][0]["points"], abs=1e-15)
    assert (card.causes[0].rank, card.causes[0].grade, card.depth) == (1, "B", 5)
    assert card.open < 1e-9 and card.causes_named >= 1 and not card.silent


def test_the_card_is_plain_data_under_stable_keys(kept, world):
    plain = worlds.score(kept, world).as_dict()
    assert set(plain) == KEYS
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_words_follow_the_language_and_the_numbers_do_not(kept, world, lang):
    card = worlds.score(kept, world)
    with speaking(lang):
        said, page = repr(card), card._repr_html_()
    assert ("单元：植入 1 个，找到 1 个" if lang == "zh" else "Cells: 1 of 1 planted found") in said
    assert "biz_l2 = vas_charge" in page and CAUSE in said
    with speaking(lang):
        assert worlds.score(kept, world).as_dict() == card.as_dict()


# Cells ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "same", "exact"),
    [
        ({"biz_l2": "vas_charge"}, True, True),
        ({"biz_l2": ["vas_charge"]}, True, True),
        ({"biz_l1": "billing_dispute", "biz_l2": "vas_charge"}, True, False),  # implied by the hierarchy
        ({"biz_l2": ["vas_charge", "overage"]}, False, False),
        ({"biz_l2": "vas_charge", "channel": "phone"}, False, False),
        ({"biz_l2": "vas_charge", "channel": ["phone", "online"]}, True, False),  # the same contacts
        ({"biz_l1": "billing_dispute"}, False, False),
        ({"biz_l1": "tariff_enquiry", "biz_l2": "vas_charge"}, False, False),
        ({}, False, False),
        ({"of_the_analyst": "x"}, False, False),
    ],
)
def test_a_found_cell_is_the_planted_one_by_its_contacts(found, world, where, same, exact):
    cell = worlds.score(with_cells(found, where), world).cells[0]
    assert ((cell.rank is not None), cell.exact) == (same, exact), cell.jaccard


def test_overlap_is_counted_in_rated_contacts_of_the_current_period(found, world):
    cell = worlds.score(with_cells(found, {"biz_l2": "vas_charge", "channel": "phone"}), world).cells[0]
    rated = (
        world.tables["contacts"]
        .merge(world.tables["surveys"][["contact_id", "rating"]], on="contact_id")
        .dropna(subset=["rating"])
    )
    inside = rated[(rated["biz_l2"] == "vas_charge") & (rated["started_at"] >= world.truth["windows"]["current"][:10])]
    assert len(inside) == cell.n
    assert cell.jaccard == pytest.approx((inside["channel"] == "phone").mean())


def test_wrong_cells_ahead_cost_rank_and_precision_and_no_cell_counts_twice(found, world):
    wrong, right = {"region": "R4"}, {"biz_l2": "vas_charge"}
    card = worlds.score(with_cells(found, wrong, right, {"biz_l2": ["vas_charge"]}), world)
    assert (card.cells[0].rank, card.cells[0].wrong_ahead, card.recall) == (2, 1, 1.0)
    assert [cell.planted for cell in card.named] == [None, 0, None]
    assert card.precision == pytest.approx(1 / 3)


def test_an_interval_that_misses_the_truth_is_told(found, world):
    true = world.truth["cells"][0]["points"]
    found["cells"][0] |= {"points": true + 0.02, "lower": true + 0.01, "upper": true + 0.03}
    cell = worlds.score(found, world).cells[0]
    assert cell.covered is False and cell.error == pytest.approx(0.02)


# Verdict --------------------------------------------------------------------------------------


def test_finding_nothing_is_right_only_where_nothing_can_be_found(found, world):
    found["check"]["verdict"] = "none"
    found |= {"cells": [], "causes": []}
    assert not worlds.score(found, world).verdict.right
    weak = {**world.truth, "findable": False}
    card = worlds.score(found, weak)
    assert card.verdict.right and card.silent and set(card.verdict.accepted) == {"real", "none", "insufficient"}
    with speaking("en"):
        assert "too little was planted" in repr(card)
    found["check"]["verdict"] = "artefact"
    assert not worlds.score(found, weak).verdict.right


# Causes ---------------------------------------------------------------------------------------


def test_depth_needs_the_root_for_owner_and_gap(found, world):
    right = worlds.score(found, world).causes[0]
    assert right.steps == dict.fromkeys(right.steps, True) and right.depth == 5
    cause = next(cause for cause in found["causes"] if cause["id"] == CAUSE)
    cause["gap_type"] = "execution"
    assert worlds.score(found, world).depth == 4
    cause["owner"] = "agent"
    gone = worlds.score(found, world).causes[0]
    assert (gone.depth, gone.owner_right, gone.gap_right) == (3, False, False)
    cause["grade"] = "D"
    assert worlds.score(found, world).depth == 2  # a suspect among others is no root
    found["causes"].remove(cause)
    found["causes"].append(
        {**cause, "id": "reason:R07", "grade": "D", "chain": [{"key": "symptom"}, {"key": "reason"}]}
    )
    felt = worlds.score(found, world).causes[0]
    assert (felt.rank, felt.grade, felt.depth, felt.steps["mechanism"]) == (None, None, 2, True)
    found["causes"] = []
    bare = worlds.score(found, world).causes[0]
    assert (bare.depth, bare.owner, bare.owner_right) == (1, None, None)
    assert worlds.score(with_cells(found), world).depth == 0


def test_another_root_with_a_good_grade_is_wrong_and_a_felt_reason_is_not(found, world):
    first = found["causes"][0]
    extra = [("change:CH-999", "C"), ("change:CH-998", "D"), ("reason:R07", "C"), ("driver:talk_s", "C")]
    found["causes"] = [{**first, "id": id, "grade": grade} for id, grade in extra] + [first]
    card = worlds.score(found, world)
    assert [(one.id, one.grade) for one in card.wrong] == [("change:CH-999", "C")]
    assert (card.causes[0].rank, card.causes[0].wrong_ahead) == (5, 4)
    elsewhere = worlds.score(with_cells(found, {"region": "R4"}), world)
    assert {one.id for one in elsewhere.wrong} == {"change:CH-999", "reason:R07", "driver:talk_s"}


def test_a_cause_may_be_named_by_the_change_that_brought_it(found, world):
    truth = copy.deepcopy(world.truth)
    truth["causes"][0]["id"] = "campaign:C04"
    card = worlds.score(found, truth)
    assert (card.causes[0].rank, card.wrong) == (1, ())


def test_what_spoils_the_survey_is_no_cause_for_stage_3(found, world):
    truth = copy.deepcopy(world.truth)
    truth["causes"].append(
        {**truth["causes"][0], "id": "change:CH-801", "change_id": "CH-801", "class": "survey_instrument"}
    )
    assert [cause.id for cause in worlds.score(found, truth).causes] == [CAUSE]


def test_where_nobody_is_to_blame_every_owner_is_one_too_many(found, world):
    truth = {**world.truth, "verdict": "mix", "cells": [], "expected_z": []}
    card = worlds.score(found, truth)
    assert card.blamed[0] == "billing_product" and card.plan.regret is None
    assert card.precision is None and card.recall is None and card.depth is None
    with speaking("en"):
        assert "Nobody is to blame, yet" in repr(card)


# Plan and ledgers -----------------------------------------------------------------------------


def test_regret_is_what_the_set_loses_under_the_true_points(found, world):
    truth = world.truth
    assert worlds.score(found, world).plan.regret == pytest.approx(0.0, abs=1e-12)
    found["plan"]["actions"] = [{"id": "b1"}, {"id": "of the analyst"}]
    plan = worlds.score(found, world).plan
    lost = abs(truth["causes"][0]["points"])
    assert plan.uplift == pytest.approx(lost * 0.95 * 0.55) and plan.unknown == ("of the analyst",)
    best = uplift(truth["best_set"], as_actions(truth["actions"]), {CAUSE: lost}, horizon_days=truth["horizon_days"])
    assert plan.regret == pytest.approx(1 - lost * 0.95 * 0.55 / best)
    found["plan"]["actions"] = []
    assert worlds.score(found, world).plan.regret == 1.0
    found["plan"]["actions"] = [{"id": action["id"]} for action in truth["actions"]]
    assert worlds.score(found, world).plan.over_budget


def test_a_ledger_that_does_not_close_is_told(found, world):
    found["ledgers"][2]["rows"][0]["points"] += 0.004
    assert worlds.score(found, world).open == pytest.approx(0.004)


# What is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda found, truth: truth.pop("best_set"), ("best_set", "world truth")),
        (lambda found, truth: truth.update(world="s00_null"), ("s00_null", "s03_charging")),
        (lambda found, truth: truth.update(seed=6), ("6", str(0))),
        (lambda found, truth: truth.update(options="strength:2.0,colour:red"), ("colour:red", "decoys:2")),
        (lambda found, truth: found.pop("ledgers"), ("ledgers", "ccsat trace")),
        (lambda found, truth: found["kpi"].update(caliber="three_level"), ("three_level", "five_level")),
        (lambda found, truth: found["kpi"]["periods"].update(current=["2025-05-01", "2025-05-25"]), ("2025-05-01", "--set")),
    ],
)  # fmt: skip
def test_what_does_not_belong_together_is_refused(found, world, lang, change, words):
    truth = copy.deepcopy(world.truth)
    change(found, truth)
    with pytest.raises(StudyError) as raised:
        worlds.score(found, truth)
    said = raised.value.message(lang)
    assert all(word in said for word in words), said
    assert raised.value.exit_code == 2


def test_files_that_are_not_there_or_no_json_are_refused(kept, world, tmp_path):
    with pytest.raises(StudyError, match="cannot be read"), speaking("en"):
        worlds.score(kept, tmp_path / "none.json")
    (tmp_path / "truth.json").write_text("strength = 2\n")
    with pytest.raises(StudyError) as raised:
        worlds.score(kept, tmp_path / "truth.json")
    assert "truth.json" in raised.value.message("en")
    inner = tmp_path / "study" / "day" / "key"
    inner.mkdir(parents=True)
    (inner / "findings.json").write_text("{}")
    with pytest.raises(StudyError) as raised:
        worlds.score(tmp_path, world)
    assert str(inner) in raised.value.message("zh")


def test_a_world_of_customers_is_not_traced(kept, world):
    customers = dataclasses.replace(world, story=dataclasses.replace(world.story, kind="customers"))
    with pytest.raises(StudyError) as raised:
        worlds.score(kept, customers)
    assert "s03_charging" in raised.value.message("en")


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"strength": 0.5},
        {"onset": 10, "decoys": 0},
        {"strength": 1.25, "onset": 9, "cell": "biz_l2=slow|device;region=R3", "decoys": 4},
    ],
)
def test_options_say_what_they_are_and_are_read_again(options):
    assert Options.parse(Options(**options).words) == Options(**options)


@pytest.mark.parametrize("words", ["strength", "strength:much", "weight:3", "onset:9.5", "strength:1,"])
def test_other_words_are_no_options(words):
    with pytest.raises(StudyError) as raised:
        Options.parse(words)
    assert f"'{words}'" in raised.value.message("en")


# Command line ---------------------------------------------------------------------------------


@pytest.fixture
def ccsat(capsys, monkeypatch):
    from ccsat import cli

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["ccsat", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        out = capsys.readouterr()
        return end.value.code or 0, out.out, out.err

    yield run
    set_language("en")


def test_make_truth_and_score_on_the_command_line(ccsat, trace, tmp_path):
    write_findings(trace, tmp_path / "run")
    given = ("S03", "--seed", 7)
    code, out, _ = ccsat("world", "truth", *given, "--out", tmp_path / "truth.json", "--lang", "en")
    assert code == 0 and "Not findable" not in out
    code, out, err = ccsat(
        "world",
        "score",
        tmp_path / "run",
        "--truth",
        tmp_path / "truth.json",
        "--json",
        tmp_path / "card.json",
        "--lang",
        "zh",
    )
    assert code == 0, err
    assert "第一步结论：真实变化" in out
    assert json.loads((tmp_path / "card.json").read_text(encoding="utf-8"))["cells"][0]["rank"] == 1
    code, out, _ = ccsat("world", "truth", *given, "--strength", 0.01, "--out", tmp_path / "weak.json", "--lang", "zh")
    assert code == 0 and "不可发现" in out
    code, _, err = ccsat("world", "score", tmp_path / "run", "--truth", tmp_path / "card.json", "--lang", "en")
    assert code == 2 and "is no truth file" in err and "Try:" in err
    code, _, err = ccsat("world", "score", tmp_path, "--truth", tmp_path / "truth.json", "--lang", "zh")
    assert code == 2 and "findings.json" in err and "可以试试" in err


def test_the_options_of_a_world_reach_it(ccsat, tmp_path):
    options = ("--cell", "biz_l2=overage", "--onset", 10, "--decoys", 0, "--strength", 1.5)
    code, _, err = ccsat("world", "make", "S03", "--scale", "small", *options, "--out", tmp_path / "w", "--lang", "en")
    assert code == 0, err
    code, _, _ = ccsat("world", "truth", "S03", "--scale", "small", *options, "--out", tmp_path / "t.json")
    truth = json.loads((tmp_path / "t.json").read_text(encoding="utf-8"))
    assert truth["options"] == "strength:1.5,onset:10,cell:biz_l2=overage,decoys:0"
    assert truth["cells"][0]["where"] == {"biz_l2": "overage"}
    assert not list((tmp_path / "w").glob("*truth*"))
    code, _, err = ccsat("world", "make", "S03", "--onset", 4, "--out", tmp_path / "x", "--lang", "en")
    assert code == 2 and "week 4" in err


# The benchmark --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bench(request):
    file = request.config.rootpath / "benchmarks" / "tracer.py"
    found = importlib.util.spec_from_file_location("tracer_benchmark", file)
    module = importlib.util.module_from_spec(found)
    sys.modules[found.name] = module
    found.loader.exec_module(module)
    yield module
    del sys.modules[found.name]


def runs_of(card, worlds_and_cards):
    real = {"verdict": "real", "cells": True, "causes": True}
    return [{"world": code, "seed": seed, "varied": False, "planted": real, "card": card if good else None, "wall": 1.0, "cpu": 1.0,
             "error": None if good else "ValueError"} for seed, (code, good) in enumerate(worlds_and_cards)]  # fmt: skip


def test_a_run_that_failed_missed_everything(bench, kept, world):
    card = worlds.score(kept, world).as_dict()
    rows = {
        (row.measure, row.worlds): row
        for row in bench.rows_of(runs_of(card, [("S03", True), ("S03", False), ("S05", False)]))
    }
    assert rows["stage-1 verdict right", "S03+S05"].value == pytest.approx(1 / 3)
    assert rows["true cell rank 1", "S05"].value == 0.0 and rows["true cause rank 1", "S03"].value == 0.5
    assert rows["regret of the plan, median", "S05"].value == 1.0
    assert len(bench.beside(runs_of(card, [("S03", True), ("S05", False)]))) == 4


def test_a_bar_is_missed_only_beyond_chance(bench):
    assert bench._met(0.93, 0.90, 0.95, (0.95, 1.0)) == "open"
    assert bench._met(0.90, 0.85, 0.94, (0.95, 1.0)) == "no"
    assert bench._met(0.96, 0.90, 0.99, (0.95, 1.0)) == "yes"
    assert bench._met(0.1, 0.0, 0.2, None) == ""


def test_a_trace_that_raises_is_a_row(bench, monkeypatch):
    def fail(centre):
        raise ValueError("no such thing")

    monkeypatch.setattr(cs, "run_trace", fail)
    run = bench.trace_world("S03", 5, False)
    assert run["card"] is None and "no such thing" in run["error"] and run["planted"]["verdict"] == "real"


def test_runs_are_kept_and_taken_up_again(bench, monkeypatch, tmp_path):
    played = []

    def play(missing):
        for code, seed, vary in missing:
            played.append((code, seed))
            yield {"world": code, "seed": seed, "varied": vary, "card": None, "error": "x", "wall": None, "cpu": None,
                   "planted": {"verdict": "real", "cells": True, "causes": True}}  # fmt: skip

    monkeypatch.setattr(bench, "_in_parallel", play)
    stories, keep = [worlds.story("S00"), worlds.story("S03")], tmp_path / "runs.json"
    assert len(bench.measure_worlds(stories, range(1, 3), False, keep)) == 4
    assert len(bench.measure_worlds(stories, range(1, 4), False, keep)) == 6 and len(played) == 6
    monkeypatch.setattr(bench, "version", lambda story: f"{story.code} anew")
    assert len(bench.measure_worlds(stories[1:], range(1, 4), False, keep)) == 3 and played[6:] == [
        ("S03", 1),
        ("S03", 2),
        ("S03", 3),
    ]
    assert len(json.loads(keep.read_text("utf-8"))["runs"]) == 6  # those of the other world are still there


def test_a_version_follows_the_tracer_and_the_own_story_only(bench):
    files = bench._imported((*bench.STARTS, "ccsat.worlds.stories.s03"))
    names = {file.relative_to(bench.PACKAGE).as_posix() for file in files}
    assert {"trace.py", "stages/locate.py", "numerics/scan.py", "worlds/simulate.py", "worlds/stories/s03.py"} <= names
    assert not names & {
        "worlds/stories/s00.py",
        "cli.py",
        "figures/__init__.py",
        "views.py",
        "report/page.py",
        "workshop/checks.py",
    }
    assert bench.version(worlds.story("S00")) != bench.version(worlds.story("S03"))


def test_the_largest_open_ledger_and_slowest_trace_are_shown(bench, kept, world):
    card = worlds.score(kept, world).as_dict()
    runs = runs_of(card, [("S03", True)])
    closed, wall, _ = bench.rows_of(runs)[-3:]
    assert (closed.met, wall.met) == ("yes", "yes") and math.isfinite(closed.value)
    assert bench.rows_of(runs_of({**card, "open": 1e-6}, [("S03", True)]))[-3].met == "no"
    busy, slow = ([{**runs[0], "wall": 90.0, "cpu": cpu}] for cpu in (9.0, 80.0))
    assert [bench.rows_of(one)[-2].met for one in (busy, slow)] == ["open", "no"]
