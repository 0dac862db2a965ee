"""`ccsat init` and a trace on three exports that nobody here wrote, with no hand edit."""

import json

import pytest

import ccsat as cs
from ccsat.centre import read_centre
from ccsat.findings import gather_findings
from ccsat.init import propose_study
from ccsat.views import show_check
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
    assert "2023-08-28" in repr(show_check(check))


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
