"""The business side: targets (source 001 as fixture), decomposition and its limit, scorecard, marketing and business rules, processes, agreements, pages."""

import numpy as np
import pandas as pd
import pytest

import ccsat as cs
from ccsat import worlds
from ccsat.business.agreements import ola_compliance
from ccsat.business.business_rule import NO_RULE, rule_deductions
from ccsat.business.decompose import LEVELS, check_level, decompose_on, decompose_target
from ccsat.business.marketing_rule import cohort_curve
from ccsat.business.process_dose import process_dose
from ccsat.business.scorecard import scorecard
from ccsat.business.targets import centre_status, leading_gap, target_gap, target_status
from ccsat.cells import ask
from ccsat.deductions import deduct_by_reason
from ccsat.errors import DataError, StudyError
from ccsat.figures.business import (
    plot_agreements,
    plot_cohort_curve,
    plot_process,
    plot_rules,
    plot_target_parts,
    plot_targets,
)
from ccsat.wording import LANGUAGES, speaking

# Source 001: an insurer's year 2011. Answer speed is better when low.
SOURCE_001 = pd.DataFrame(
    [("connect_rate", 0.9461, 0.94, "high", "rate"), ("satisfaction_rate", 0.9467, 0.95, "high", "rate"), ("asa", 6, 7, "low", "s"), ("calls_per_agent_day", 114, 105, "high", "calls")],
    columns=["kpi", "value", "target", "better", "unit"],
)  # fmt: skip


@pytest.fixture(scope="module")
def s01():
    return worlds.make("S01", rng=101)


@pytest.fixture(scope="module")
def s06():
    return worlds.make("S06", rng=101)


@pytest.fixture(scope="module")
def s05():
    return worlds.make("S05", rng=101)


# Targets ---------------------------------------------------------------------------------------------


def test_source_001_three_met_and_satisfaction_missed_by_a_third_of_a_point():
    found = target_status(SOURCE_001)
    row = found.table.set_index("kpi").loc["satisfaction_rate"]
    assert found.counts() == {"met": 3, "noise": 0, "missed": 1} and row["verdict"] == "missed"
    assert row["gap"] == pytest.approx(-0.0033) and row["more_share"] == pytest.approx(0.0619, abs=5e-5)
    assert found.table.set_index("kpi").loc["asa", "attainment"] == pytest.approx(7 / 6)  # low is better
    with speaking("en"):
        assert "missed by 0.33 points" in found.sentence()


@pytest.mark.parametrize(("n", "verdict"), [(10_000, "noise"), (16_500, "noise"), (30_000, "missed")])
def test_whether_the_miss_is_more_than_chance_depends_on_n(n, verdict):
    row = target_status(SOURCE_001.assign(n=[None, n, None, None])).table.set_index("kpi").loc["satisfaction_rate"]
    assert row["verdict"] == verdict and row["judged"]
    assert row["more"] == pytest.approx(0.0033 * n) and row["enough_n"] == pytest.approx(16_756, abs=200)
    if n == 10_000:
        assert (row["lower"], row["upper"]) == (
            pytest.approx(0.9421, abs=5e-5),
            pytest.approx(0.9509, abs=5e-5),
        ) and round(row["more"]) == 33


def test_what_the_rest_of_the_year_needs():
    one = pd.DataFrame(
        [{"kpi": "satisfaction_rate", "value": 0.94, "target": 0.95, "better": "high", "n": 6000, "expected_n": 10_000}]
    )
    row = target_status(one).table.iloc[0]
    assert row["required"] == pytest.approx((9500 - 5640) / 4000) and row["reachable"]
    assert not target_status(one.assign(n=9500)).table.iloc[0]["reachable"]
    low = target_status(one.assign(kpi="bad_review_rate", better="low", value=0.03, target=0.025)).table.iloc[0]
    assert (
        low["required"] == pytest.approx((250 - 180) / 4000)
        and low["more"] == pytest.approx(30)
        and low["more_share"] == pytest.approx(30 / 180)
    )


@pytest.mark.parametrize(
    ("value", "gap", "verdict"), [(0.80, 0.05, "met"), (0.70, -0.05, "missed"), (0.90, -0.05, "missed")]
)
def test_a_band_is_good_inside(value, gap, verdict):
    row = target_status(
        pd.DataFrame([{"kpi": "occupancy", "value": value, "target": 0.75, "target_upper": 0.85, "better": "band"}])
    ).table.iloc[0]
    assert (
        row["gap"] == pytest.approx(gap)
        and row["verdict"] == verdict
        and (row["attainment"] == 1) == (verdict == "met")
    )


@pytest.mark.parametrize(
    ("change", "key"),
    [({"better": "up"}, "target_better"), ({"better": "band"}, "target_band"), ({"value": 94.67}, "target_rate")],
)
def test_targets_that_make_no_sense_are_refused(change, key):
    with pytest.raises(StudyError) as error:
        target_status(SOURCE_001.iloc[[1]].assign(**change))
    assert error.value.key == key
    for lang in LANGUAGES:
        assert "{" not in error.value.message(lang)


def test_a_centres_targets(s01):
    found = centre_status(s01.centre, whole="2025-01-01/2025-12-31")
    table = found.table.set_index("kpi")
    assert table.loc["satisfaction_rate", "verdict"] == "missed" and table.loc["participation_rate", "verdict"] == "met"
    n, value = table.loc["satisfaction_rate", ["n", "value"]]
    expected = n * 365 / 28
    assert table.loc["satisfaction_rate", "required"] == pytest.approx((0.95 * expected - value * n) / (expected - n))
    assert not found.left_out and len(plot_targets(found).data) == 1
    with pytest.raises(StudyError):
        centre_status(s01.centre, whole="2025-06-01/2025-12-31")


def test_the_gap_sits_in_cells_and_closes(s01):
    found = target_gap(s01.centre, s01.question, "biz_l1")
    value = cs.measure(s01.centre, s01.question).headline["current"].value
    assert (
        found.total == pytest.approx(0.95 - value, abs=1e-12)
        and found.table.sort_values("points")["biz_l1"].iloc[-1] == "plan_change"
    )


def test_the_leader_is_no_lucky_small_unit():
    units = pd.DataFrame({"unit": ["a", "b", "lucky"], "numerator": [960, 900, 35], "n": [1000, 1000, 35]})
    from ccsat.ledgers import leading_value

    assert leading_value(units).table["unit"].iloc[0] == "a"


def test_leading_gap_on_a_centre(s01):
    found = leading_gap(s01.centre, s01.question, "team")
    assert found.table["gap"].min() == 0 and len(found.table) == 12


# Handing down ----------------------------------------------------------------------------------------


def test_a_target_is_handed_down_and_adds_up(s01):
    found = decompose_on(s01.centre, s01.question, by="team", level="team")
    share = found.table["n"] / found.table["n"].sum()
    assert (share * found.table["target"]).sum() == pytest.approx(0.95, abs=1e-12)
    assert (found.table["target"] < 1).all() and len(plot_target_parts(found).data) == 12


@pytest.mark.parametrize(
    ("kpi", "level"),
    [
        ("connect_rate", "team"),
        ("abandon_rate", "agent"),
        ("satisfaction_rate", "agent"),
        ("participation_rate", "site"),
    ],
)
def test_no_target_goes_below_the_lowest_that_can_own_it(kpi, level):
    units = pd.DataFrame({"unit": ["a", "b"], "numerator": [90, 95], "n": [100, 100]})
    with speaking("en"), pytest.raises(StudyError, match="cannot be handed down"):
        decompose_target(units, 0.95, kpi=kpi, level=level)


def test_revenue_goes_down_to_persons_and_a_register_may_say_otherwise(s01):
    for level in LEVELS:
        check_level("revenue", level, "agent")
    with pytest.raises(StudyError, match="."):
        decompose_on(
            s01.centre,
            cs.Question("participation_rate", current=s01.question.current, target=0.4),
            by="team",
            level="team",
        )
    with pytest.raises(StudyError) as error:
        decompose_target(pd.DataFrame({"unit": ["a"], "numerator": [1], "n": [2]}), 0.9, kpi="anything", level="team")
    assert error.value.key == "decompose_unknown"


def test_every_unit_is_asked_for_the_same_part_of_what_it_loses():
    units = pd.DataFrame({"unit": ["hard", "easy"], "numerator": [8000, 9800], "n": [10_000, 10_000]})
    table = decompose_target(units, 0.93, kpi="satisfaction_rate", level="team").table.set_index("unit")
    part = table["asked"] / (1 - table["shrunken"])
    assert part["hard"] == pytest.approx(part["easy"]) and table.loc["hard", "asked"] > 5 * table.loc["easy", "asked"]


# Scorecard -------------------------------------------------------------------------------------------

CARD = pd.DataFrame(
    [("aht", 300, 330, "low", -40, -20), ("satisfaction_rate", 0.94, 0.95, "high", -0.015, -0.004), ("nps", 0.3, 0.3, "high", -0.02, 0.02)],
    columns=["kpi", "value", "value_baseline", "better", "lower", "upper"],
)  # fmt: skip


def test_the_scorecard_warns_when_one_perspective_is_bought_with_another():
    found = scorecard(CARD)
    assert found.warnings == (("operations", "customer"),)
    for lang in LANGUAGES:
        with speaking(lang):
            assert "{" not in found.sentence()
    assert (
        scorecard(CARD.iloc[[0, 2]]).warnings == () and scorecard(CARD.drop(columns=["lower", "upper"])).warnings == ()
    )
    with pytest.raises(StudyError):
        scorecard(CARD.assign(kpi="mystery"))


# Rules and processes ---------------------------------------------------------------------------------


def test_the_cohort_and_its_lag_are_found(s06):
    found = cohort_curve(s06.centre, s06.question)
    cell = s06.truth["cells"][0]
    top = found.cohorts.iloc[0]
    assert found.found["campaign"].tolist() == [cell["where"]["campaign_id"]] and (
        top["peak_from"],
        top["peak_to"],
    ) == (30, 44)
    assert top["points"] == pytest.approx(cell["points"], abs=cell["tolerance"])
    before = found.table[
        (found.table["campaign"] == top["campaign"]) & (found.table["lag_from"] < 0) & (found.table["n"] >= 30)
    ]
    assert (before["lower"] < 0).all() and (before["upper"] > 0).all()  # no worse before the sale
    assert len(plot_cohort_curve(found).data) == 2
    for lang in LANGUAGES:
        with speaking(lang):
            assert "{" not in found.sentence()


def test_no_cohort_where_none_was_planted(s05):
    assert cohort_curve(s05.centre, s05.question).found.empty


def test_a_difference_of_weeks_is_no_effect_of_a_campaign():
    """Everybody falls in the second half, and members come in it only: the same weeks are compared."""
    from ccsat.business.marketing_rule import _against

    away = pd.DataFrame({"week": [0, 1], "n": [1000.0, 1000.0], "s": [950.0, 800.0], "ss": [950.0, 800.0]})
    part = pd.DataFrame({"week": [1], "n": [200.0], "s": [160.0], "ss": [160.0]})
    found = _against(part, away, 1.0)
    assert found["difference"] == pytest.approx(0) and found["expected"] == pytest.approx(0.8)


def test_a_campaign_needs_customers_who_joined(tmp_path):
    (tmp_path / "surveys.csv").write_text(
        "survey_id,customer_id,at,rating\n1,U1,2025-03-01,5\n2,U2,2025-03-02,1\n", encoding="utf-8"
    )
    (tmp_path / "study.toml").write_text(
        '[study]\nname = "x"\n[data]\nsurveys = "surveys.csv"\n[scale]\nrating = "five"\n', encoding="utf-8"
    )
    centre = cs.read_centre(tmp_path)
    for call, key in (
        (cohort_curve, "cohort_table"),
        (rule_deductions, "rule_column"),
        (process_dose, "process_table"),
        (ola_compliance, "agreement_tickets"),
    ):
        with pytest.raises(DataError) as error:
            call(centre, cs.Question())
        assert error.value.key == key
        for lang in LANGUAGES:
            assert "{" not in error.value.message(lang)


def test_the_rule_that_costs_most_per_thousand(s01):
    found = rule_deductions(s01.centre, s01.question, within="biz_l1")
    cause = s01.truth["causes"][0]["id"].removeprefix("rule:")
    top = found.table.iloc[0]
    assert top["rule"] == cause and top["p_adjusted"] < 1e-6 and (found.table["p_adjusted"].iloc[1:-1] > 0.05).all()
    assert found.table["rule"].iloc[-1] == NO_RULE and len(plot_rules(found).data) == 1
    assert found.table["points"].sum() == pytest.approx(found.total, abs=1e-12)
    assert found.total == pytest.approx(deduct_by_reason(s01.centre, s01.question).total, abs=1e-12)
    rows = s01.centre.engine.query(
        f"SELECT rule_code, rating, \"at\" FROM ({s01.centre.facts}) f WHERE rule_code = '{cause}'"
    )
    rows = rows[(rows["at"] >= "2025-04-28")]
    rated = rows["rating"].dropna().astype(int)
    assert (top["touched"], top["n"]) == (len(rows), len(rated)) and top["per_thousand"] == pytest.approx(
        1000 * (rated < 4).mean()
    )
    assert top["per_thousand_observed"] == pytest.approx(1000 * (rated < 4).sum() / len(rows))


def test_the_kpi_falls_with_cycle_hours(s05):
    found = process_dose(s05.centre, s05.question, where={"biz_l2": "offline_onsite"}, draws=40)
    row = found.table.set_index("measure").loc["cycle_h"]
    assert (
        found.table["measure"].iloc[0] == "cycle_h"
        and row["upper"] < 0
        and row["slope_baseline"] < 0
        and row["slope_current"] < 0
    )
    assert row["moved_lower"] > 15 and found.table.set_index("measure").loc["returned_n", "p_adjusted"] > 0.05
    bands = found.bands[found.bands["measure"] == "cycle_h"]
    assert bands["value"].iloc[0] > bands["value"].iloc[-1] + 0.2 and plot_process(found).data
    with speaking("en"), pytest.raises(DataError, match="no measure"):
        process_dose(s05.centre, s05.question, measures=["colour"])


def test_agreements_department_by_department(s05):
    found = ola_compliance(s05.centre, s05.question)
    one = found.table.set_index(["department", "measure"]).loc[("network_dept", "resolved_on_time")]
    assert one["change_upper"] < -0.1 and one["standing"] == "broken"  # the approval takes longer than was agreed
    assert (
        len(plot_agreements(found).data) == 2
        and set(found.table["department"]) == set(found.agreed)
        and found.open_items["network_dept"] < 12
    )
    assert ((found.table["lower"] <= found.table["value"]) & (found.table["value"] <= found.table["upper"])).all()


@pytest.mark.slow
def test_pages_for_owners(s06):
    from ccsat.business.pages import owner_pages

    found = owner_pages(cs.run_trace(s06.centre, s06.question))
    assert found.table["owner"].iloc[0] == s06.truth["causes"][0]["owner"] and found.pages[0].sentences()
    targets = found.targets.table
    assert targets["points"].sum() == pytest.approx(found.targets.total, abs=1e-9)
    named = targets[targets["owner"] != "unallocated"]
    assert (named["points"] <= named["controllable"] + 1e-12).all()


def test_values_are_finite_where_they_are_shown(s06):
    found = cohort_curve(s06.centre, ask(s06.centre, s06.question)).table
    assert np.isfinite(found[["value", "expected", "difference"]].to_numpy(float)).all()


def test_targets_are_of_any_kpi_of_the_catalogue(s01):
    import dataclasses

    more = pd.DataFrame(
        [
            {"kpi": "fcr", "caliber": "48h", "target": 0.9, "unit": "rate"},
            {"kpi": "nothing", "caliber": None, "target": 0.9, "unit": "rate"},
        ]
    )
    centre = dataclasses.replace(s01.centre, targets=pd.concat([s01.centre.targets, more], ignore_index=True))
    found = centre_status(centre)
    assert "fcr" in set(found.table["kpi"]) and [name for name, _ in found.left_out] == ["nothing"]
