"""`ccsat init` and a trace on three exports that nobody here wrote, with no hand edit."""

import dataclasses
import json
from datetime import timedelta

import numpy as np
import pytest

import ccsat as cs
from ccsat.cells import ask
from ccsat.centre import read_centre
from ccsat.findings import gather_findings
from ccsat.init import propose_study
from ccsat.stages.agents import rank_agents
from ccsat.stages.dose import find_doses
from ccsat.stages.dose_words import dose_words
from ccsat.stages.drivers import driver_moves
from ccsat.stages.refused import refused_drivers, refused_words
from ccsat.stages.standing import standing_losses
from ccsat.views import show_defects
from ccsat.wording import set_language

EXPORTS = {
    "ecommerce": ("ecommerce_support/customer_support_sample.csv", "en"),
    "pwc": ("pwc_call_centre/01 Call-Center-Dataset.xlsx", "en"),
    "telecom": ("telecom_voice_zh/附件1语音业务用户满意度数据.xlsx", "zh"),
}
AUGUST = {"question.current": "2023-08-21/2023-08-31", "question.baseline": "2023-08-01/2023-08-20"}


@pytest.fixture(scope="module")
def facts(real_data):
    return json.loads((real_data / "facts.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def study_of(real_data, tmp_path_factory):
    def make(name):
        file, lang = EXPORTS[name]
        study = tmp_path_factory.mktemp(name) / "study.toml"
        study.write_text(propose_study(real_data / file, lang=lang, out_folder=study.parent), encoding="utf-8")
        return study

    return make


@pytest.fixture(autouse=True)
def english():
    yield
    set_language("en")


def by_caliber(found):
    return {f"{kpi['key']}/{kpi['caliber']}": kpi for kpi in found["kpis"]}


def closes(found):
    assert sum(cell["points"] for cell in found["cells"]) + found["remainder"] == pytest.approx(
        found["total"], abs=1e-9
    )
    for ledger in found["ledgers"]:
        assert sum(row["points"] for row in ledger["rows"]) == pytest.approx(ledger["total"], abs=1e-9), ledger["key"]


@pytest.fixture(scope="module")
def ecommerce(study_of):
    return study_of("ecommerce")


def test_ecommerce_level_is_reproduced_exactly(ecommerce, facts):
    centre = read_centre(ecommerce)
    whole = cs.Question("satisfaction_rate")
    kpis = {m.asked.caliber.key: m.headline["current"] for m in cs.measure_all(centre, whole)}
    assert kpis["satisfaction_rate/five_level"].n == 17_182 == facts["ecommerce_support"]["rows"]
    assert f"{kpis['satisfaction_score/raw'].value:.4f}" == "4.2476"
    assert f"{100 * kpis['satisfaction_rate/five_level'].value:.2f}" == "82.71"
    assert f"{100 * kpis['bad_review_rate/five_level'].value:.2f}" == "14.36"
    assert centre.levels("tenure_bucket") == ["On Job Training", "0-30", "31-60", "61-90", ">90"]
    assert [str(day) for day in centre.days] == ["2023-08-01", "2023-08-31"]


def test_ecommerce_change_is_almost_all_rate(ecommerce, facts):
    trace = cs.run_trace(read_centre(ecommerce, settings=AUGUST))
    found = gather_findings(trace)
    closes(found)
    two = facts["ecommerce_support"]["two_periods"]
    raw = by_caliber(found)["satisfaction_score/raw"]
    assert [raw["baseline"]["n"], raw["current"]["n"]] == two["n"]
    assert [round(raw["baseline"]["value"], 4), round(raw["current"]["value"], 4)] == two["mean"]
    assert [round(found["kpi"][p]["value"], 3) for p in ("baseline", "current")] == [0.814, 0.849]
    means = cs.Question(
        "satisfaction_score", caliber="raw", current=AUGUST["question.current"], baseline=AUGUST["question.baseline"]
    )
    for dim, theirs in (("category", "category"), ("tenure_bucket", "Tenure Bucket"), ("channel_name", "channel_name")):
        split = cs.split_change(trace.centre, means, by=dim).table
        expected = two["shift_by_category"][theirs]
        assert split["mix"].sum() == pytest.approx(expected["mix"], abs=6e-4), dim
        assert split["within"].sum() == pytest.approx(expected["rate"], abs=6e-4), dim
    assert found["check"]["verdict"] == "real"


def test_ecommerce_lost_clock_times_are_a_defect(ecommerce):
    check = cs.run_trace(read_centre(ecommerce, settings=AUGUST)).check
    lost = {d.key: d for d in check.defects}["lost_clock"]
    assert lost.n == 691 and lost.values["of"] == 700 and lost.values["days"] == "2023-08-28"
    assert {d.key: d.n for d in check.defects}["negative_duration"] == 635
    assert "2023-08-28" in repr(show_defects(check))


@pytest.mark.parametrize("settings", [{}, AUGUST], ids=["as proposed", "August"])
def test_ecommerce_names_the_response_time_over_one_hour(ecommerce, settings):
    centre = read_centre(ecommerce, settings=settings)
    trace = cs.run_trace(centre)
    assert {d.key: d for d in trace.check.defects}["lost_clock"].values["days"] == "2023-08-28"
    doses = find_doses(centre, trace.asked, trace.where.cells)
    first = next(doses.found.itertuples())
    assert first.metric == "response_min" and first.mark == 60 and first.held == "yes" and first.monotone
    assert (
        first.upper < -0.10 < first.value_above - first.value_below + 0.10 and min(first.n_below, first.n_above) > 1_500
    )
    assert first.threshold_lower <= first.threshold <= first.threshold_upper <= 60  # it falls before the hour already
    words = dose_words(first, "rate")
    assert "'response_min' above 1 h" in words and f"n={first.n_above:,}" in words
    if not settings:
        assert "driver:response_min" in {cause.id for cause in trace.why.causes}


def test_ecommerce_response_times_of_the_lost_clock_are_no_doses(ecommerce):
    centre = read_centre(
        ecommerce, settings={"question.current": "2023-08-28/2023-08-28", "question.baseline": "2023-08-27/2023-08-27"}
    )
    doses = find_doses(centre, ask(centre, cs.Question.of(centre.study)))
    now = doses.table[(doses.table["metric"] == "response_min") & (doses.table["period"] == "current")]
    assert now["n"].sum() <= 9  # 691 of the 700 rows lost their time of day


def test_ecommerce_standing_losses_begin_with_order_related(ecommerce):
    centre = read_centre(ecommerce)
    found = standing_losses(centre, ask(centre, cs.Question.of(centre.study)))
    assert (
        tuple(found.table.loc[0, ["dim", "level"]]) == ("category", "Order Related") and found.table.loc[0, "upper"] < 0
    )
    assert "Order Related" in found.sentence()


@pytest.mark.parametrize("settings", [{}, AUGUST], ids=["as proposed", "August"])
def test_ecommerce_ranks_no_agent(ecommerce, settings):
    centre = read_centre(ecommerce, settings=settings)
    found = rank_agents(centre, ask(centre, cs.Question.of(centre.study)))
    assert found.table.empty and found.reason.startswith("none") and found.counts["few"] > 1_000
    named = gather_findings(cs.run_trace(centre))
    assert not any("agent_id" in cell["where"] or "Agent_name" in cell["where"] for cell in named["cells"])
    assert "Olivia Nguyen" not in json.dumps(named)


@pytest.mark.parametrize("settings", [{}, {"question.current": "2021-02", "question.baseline": "2021-01"}])
def test_pwc_is_a_true_null(study_of, settings):
    centre = read_centre(study_of("pwc"), settings=settings)
    trace = cs.run_trace(centre)
    found = gather_findings(trace)
    closes(found)
    assert found["check"]["verdict"] == "none" and found["cells"] == [] and found["causes"] == []
    assert len(trace.where.cells) == 0


def test_pwc_resolution_has_both_denominators(study_of, facts):
    centre = read_centre(study_of("pwc"))
    kpis = {
        m.asked.caliber.key: m.headline["current"] for m in cs.measure_all(centre, cs.Question("satisfaction_rate"))
    }
    assert round(kpis["resolution_rate/of_all"].value, 4) == facts["pwc_call_centre"]["resolved_share_of_all"]
    assert round(kpis["resolution_rate/of_answered"].value, 4) == facts["pwc_call_centre"]["resolved_share_of_answered"]
    assert kpis["satisfaction_rate/five_level"].n == 4_054 and round(kpis["satisfaction_score/raw"].value, 4) == 3.4036
    assert (kpis["resolution_rate/of_all"].n, kpis["resolution_rate/of_answered"].n) == (5_000, 4_054)


def test_pwc_asked_for_cells_directly_still_names_none(study_of):
    centre = read_centre(study_of("pwc"))
    assert len(cs.locate_gap(centre, cs.Question.of(centre.study)).cells) == 0
    level = cs.Question("satisfaction_rate", target=0.6)
    assert len(cs.locate_gap(centre, level).cells) == 0


def silent(centre, question):
    """Nothing is named by any stage of a question without an answer; returns the verdict."""
    trace = cs.run_trace(centre, question)
    assert trace.check.verdict.value in ("none", "insufficient"), question
    assert trace.where.cells.empty and trace.why is None and trace.plan is None, question
    return trace.check.verdict.value


def splits(centre, n, seed=2021):
    """Random splits of the time range: a baseline and the days after it, a week each at least."""
    rng = np.random.default_rng(seed)
    first, last = centre.days
    days = (last - first).days + 1
    question = cs.Question.of(centre.study)
    while n:
        start, cut, end = sorted(int(day) for day in rng.choice(days + 1, 3, replace=False))
        if min(cut - start, end - cut) >= 7:
            n -= 1
            day = [str(first + timedelta(days=i)) for i in (start, cut - 1, cut, end - 1)]
            yield dataclasses.replace(question, current=f"{day[2]}/{day[3]}", baseline=f"{day[0]}/{day[1]}")


@pytest.mark.parametrize("n", [5, pytest.param(20, marks=pytest.mark.slow)])
def test_pwc_is_silent_over_random_splits_of_its_time(study_of, n):
    centre = read_centre(study_of("pwc"))
    verdicts = [silent(centre, question) for question in splits(centre, n)]
    assert verdicts.count("none") == n


def test_pwc_is_silent_where_stage_3_is_asked_all_the_same(study_of):
    centre = read_centre(study_of("pwc"))
    for question in [cs.Question.of(centre.study), *splits(centre, 4)]:
        asked = ask(centre, question)
        assert find_doses(centre, asked).found.empty and standing_losses(centre, asked).table.empty
        agents = rank_agents(centre, asked)
        assert agents.table.empty and agents.reason in ("none_signal", "none_enough")
        moves = driver_moves(centre, asked, {})
        assert not (moves["p_adjusted"] < 0.05).any()


def test_telecom_refuses_the_sub_scores_and_explains_the_metro(study_of, facts):
    set_language("zh")
    centre = read_centre(study_of("telecom"))
    refused = {
        one["id"]: one for one in refused_drivers(centre, ask(centre, cs.Question("satisfaction_score", caliber="raw")))
    }
    halo = {one["values"]["name"]: one["values"]["r"] for one in refused.values() if one["why"] == "same_respondent"}
    assert {name: round(r, 3) for name, r in halo.items()} == {
        "网络覆盖与信号强度": 0.895,
        "语音通话清晰度": 0.908,
        "语音通话稳定性": 0.886,
    }
    metro = refused["reason:地铁"]
    values = metro["values"]
    assert metro["why"] == "routing" and (values["filter"], values["level"]) == ("是否遇到过网络问题", "2")
    within = facts["telecom_voice_zh"]["ols_within_problem_yes"]["coef"]  # theirs without the two "others"
    assert round(values["crude"], 2) == -1.07 and values["crude_upper"] < 0 < values["lower"]
    assert values["lower"] < within["地铁"] < values["upper"] and values["within"] == pytest.approx(
        within["地铁"], abs=0.1
    )
    assert values["asked"] == facts["telecom_voice_zh"]["ols_within_problem_yes"]["n"] and values["ticked"] == 1_211
    train = refused["reason:高铁"]["values"]
    assert train["lower"] < within["高铁"] < train["upper"]
    words = refused_words(metro, "raw")
    assert (
        "问卷跳转" in words
        and "正负号相反" in words
        and "晕轮" in refused_words(refused["driver:语音通话清晰度"], "raw")
    )
    assert {one["why"] for one in refused.values() if one["id"] in ("driver:重定向次数", "driver:重定向驻留时长")} == {
        "sparse"
    }


def test_telecom_headline_question_refuses_them_too(study_of):
    centre = read_centre(study_of("telecom"))
    refused = {one["id"]: one["why"] for one in refused_drivers(centre, ask(centre, cs.Question.of(centre.study)))}
    assert refused["reason:地铁"] == "routing" and list(refused.values()).count("same_respondent") == 3


def test_telecom_is_a_level_question_with_a_ledger_by_reason(study_of, facts):
    set_language("zh")
    trace = cs.run_trace(read_centre(study_of("telecom")))
    found = gather_findings(trace)
    closes(found)
    assert found["lang"] == "zh" and found["kpi"]["baseline"] is None and found["kpi"]["target"] == 1.0
    assert f"{100 * found['kpi']['current']['value']:.2f}" == "72.17" and found["kpi"]["current"]["n"] == 5_433
    assert found["kpi"]["gap"] == pytest.approx(found["kpi"]["current"]["value"] - 1)
    reasons = {row["reason"]: row for row in next(le for le in found["ledgers"] if le["key"] == "reason")["rows"]}
    assert {"有信号无法拨通", "手机没有信号", "unstated"} <= set(reasons)
    assert reasons["有信号无法拨通"]["mentions"] == 953 and reasons["串线"]["mentions"] == 214
    straight = {d["key"]: d for d in found["check"]["defects"]}["straight_lining"]
    assert round(straight["share"], 3) == 0.576
    assert all(cause["grade"] == "D" and cause["wording"] == "suspected" for cause in found["causes"])
    assert not any("_x000D_" in str(row) for row in reasons)
