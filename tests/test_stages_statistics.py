"""What the stages may claim: signs, false alarms, dates, reasons in step, causes that share a cell."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from test_stages import JUNE, MAY, change, make, surveys

import ccsat as cs
from ccsat.cells import agent_carried, common_effect
from ccsat.estimates import Difference
from ccsat.stages.check import Verdict
from ccsat.stages.evidence import Cause, Evidence
from ccsat.stages.legs import apart, flat
from ccsat.stages.solve import _disjoint
from ccsat.stages.timing import find_break

WHEN = cs.Question(current=JUNE, baseline=MAY)


def fault_falls(t):
    return np.where((t["day"] >= "2024-06-03") & (t["topic"] == "fault"), 0.30, 0.08)


def with_reasons(rows, *, own, seed=3):
    """Every dissatisfied survey names one reason of three; from June the faults name `own`."""
    drawn = np.random.default_rng(seed).choice(["fee", "wait", "manners"], len(rows), p=[0.5, 0.3, 0.2])
    drawn = np.where(rows["june"] & (rows["topic"] == "fault") & (own is not None), str(own), drawn)
    return rows.assign(reasons=np.where(rows["rating"] <= 3, drawn, ""))


# Signs --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", [{"baseline": MAY}, {"target": 0.92}, {}], ids=["change", "target", "full mark"])
def test_a_low_better_kpi_mirrors_a_high_better_one(tmp_path, asked):
    rows = surveys(20_000, bad=fault_falls)
    rows["rating"] = np.where(rows["rating"] <= 3, 2, 5)  # so that bad = not satisfied
    rows = with_reasons(rows, own="fee")
    library = [{"action_id": "a1", "zh": "恢复", "en": "restore", "cost": 3, "lead_days": 10, "p": 0.9,
                "phi": "change:C1=0.6;reason:fee=0.2"}]  # fmt: skip
    traces = {}
    for kpi in ("satisfaction_rate", "bad_review_rate"):
        question = {"kpi": kpi, "current": JUNE, **asked}
        if kpi == "bad_review_rate" and "target" in asked:
            question["target"] = 1 - asked["target"]
        folder = tmp_path / kpi
        folder.mkdir()
        traces[kpi] = cs.run_trace(make(folder, rows, library=library, question=question, reasons={"column": "reasons"},
                                        owners={"fee": "billing_product"}, changes=[change("2024-06-03", "topic=fault")]))  # fmt: skip
    high, low = traces.values()
    assert high.check.verdict is low.check.verdict is Verdict.REAL
    assert high.where.total == pytest.approx(-low.where.total) and high.where.total < 0
    assert list(high.where.cells["where"]) == list(low.where.cells["where"])
    assert list(high.where.cells["points"]) == pytest.approx(list(-low.where.cells["points"]))
    assert [(c.id, c.grade) for c in high.why.causes] == [(c.id, c.grade) for c in low.why.causes]
    assert [c.points for c in high.why.causes] == pytest.approx([-c.points for c in low.why.causes])
    assert high.plan.expected_points == pytest.approx(low.plan.expected_points) and low.plan.expected_points > 0
    for key, ledger in high.ledgers.items():
        sign = -1 if key.startswith(("change/", "gap/")) else 1
        assert ledger.total == pytest.approx(sign * low.ledgers[key].total), key


def test_ratings_that_never_vary_are_no_change(tmp_path):
    rows = surveys(2_000)
    rows["rating"] = np.where(rows["day"] == "2024-06-30", 3, 5)
    question = cs.Question(kpi="satisfaction_score", current="2024-06-01/2024-06-29", baseline=MAY)
    assert cs.check_data(make(tmp_path, rows), question).verdict is Verdict.NONE


# The gate -----------------------------------------------------------------------------------------


def test_days_that_scatter_by_themselves_are_noise(tmp_path):
    shock = np.random.default_rng(4).normal(0, 0.06, 61)

    def bad(t):
        return np.clip(0.12 + shock[(pd.to_datetime(t["day"]) - pd.Timestamp("2024-05-01")).dt.days], 0.01, 1)

    rows = surveys(20_000, bad=bad)
    check = cs.check_data(make(tmp_path, rows), WHEN)
    assert "caveat.day_scatter" in dict(check.caveats)
    calm = cs.check_data(make(tmp_path, surveys(20_000)), WHEN)
    assert "caveat.day_scatter" not in dict(calm.caveats)
    assert check.change.upper - check.change.lower > 1.5 * (calm.change.upper - calm.change.lower)


def test_a_cell_that_another_hides_is_found(tmp_path):
    rng, rows = np.random.default_rng(9), surveys(12_000)
    rows["topic"] = rng.choice(["fault", *(f"t{i}" for i in range(9))], len(rows))
    rows["region"] = rng.choice([f"r{i}" for i in range(8)], len(rows))
    bad = np.where(rows["june"], np.where(rows["topic"] == "fault", 0.30, 0.10), 0.12)
    rows["rating"] = np.where(rng.random(len(rows)) < bad, 2, 5)
    trace = cs.run_trace(make(tmp_path, rows))
    assert flat(trace.check.change) and trace.check.hidden and trace.check.verdict is Verdict.REAL
    assert {"topic": "fault"} in list(trace.where.cells["where"])
    assert trace.where.cells["share_gap"].isna().all()  # of nothing there is no share


@pytest.mark.parametrize(("share", "fault", "verdict"), [(0.27, 0.235, Verdict.MIX), (0.21, 0.245, Verdict.NONE)])
def test_a_mix_that_would_have_moved_the_whole_beyond_its_noise_is_told(tmp_path, share, fault, verdict):
    def month(name, share, fault, n=4_000):
        at_fault, other = round(n * share), n - round(n * share)
        bad = [np.arange(at_fault) < at_fault * fault, np.arange(other) < other * 0.045]
        days = np.arange(n) % 30 + 1
        return pd.DataFrame({"day": [f"2024-{name}-{day:02d}" for day in days], "topic": ["fault"] * at_fault + ["bill"] * other,
                             "rating": np.where(np.concatenate(bad), 2, 5)})  # fmt: skip

    rows = surveys(8_000).drop(columns=["day", "topic", "rating"])
    trace = cs.run_trace(make(tmp_path, pd.concat([month("05", 0.20, 0.25), month("06", share, fault)], ignore_index=True).join(rows)))
    assert flat(trace.check.change) and trace.check.verdict is verdict
    if verdict is Verdict.MIX:
        split = trace.check.legs["split"]
        assert trace.check.hidden and split["mix_upper"] < 0 < split["rate_upper"] and "because.mix" in dict(trace.check.because)
        assert trace.why is None and set(trace.where.cells["kind"]) <= {"mix"} and "mix" in trace.check.sentence()


# The instrument -----------------------------------------------------------------------------------


def test_seeing_nothing_outside_is_no_proof_where_little_could_be_seen(tmp_path):
    rows = surveys(3_000, seed=1, bad=lambda t: np.where(t["june"], 0.14, 0.08))
    rows = rows[(rows["region"] != "west") | (rows.index % 3 == 0)]
    centre = make(tmp_path, rows, changes=[change("2024-06-01", "region=north|south|east", "survey_instrument")])
    check = cs.check_data(centre, WHEN)
    assert flat(check.legs["unchanged_scope"]["outside"]) and flat(check.legs["unchanged_scope"]["apart"])
    assert check.verdict is Verdict.INSUFFICIENT


def test_a_change_that_is_larger_where_the_survey_changed_is_partly_the_surveys(tmp_path):
    rows = surveys(
        20_000, bad=lambda t: np.where(t["june"], np.where(t["region"].isin(["north", "south"]), 0.25, 0.13), 0.08)
    )
    centre = make(tmp_path, rows, changes=[change("2024-06-01", "region=north|south", "survey_instrument")])
    check = cs.check_data(centre, WHEN)
    assert check.verdict is Verdict.REAL and "caveat.instrument_part" in dict(check.caveats)


def test_outside_means_outside_every_instrument_change(tmp_path):
    rows = surveys(20_000, bad=lambda t: np.where(t["june"] & t["region"].isin(["north", "south"]), 0.20, 0.08))
    centre = make(tmp_path, rows, changes=[change("2024-06-01", "region=north", "survey_instrument", id="I1"),
                                           change("2024-06-02", "region=south", "survey_instrument", id="I2")])  # fmt: skip
    check = cs.check_data(centre, WHEN)
    assert set(check.legs["unchanged_scope"]["levels"]) == {"east", "west"} and check.verdict is Verdict.ARTEFACT


def test_few_rows_of_another_mode_are_no_sign(tmp_path):
    rows = surveys(160, seed=8)
    rows["mode"] = np.random.default_rng(1).choice(["sms", "ivr_key"], len(rows))
    assert not cs.check_data(make(tmp_path, rows), WHEN).legs["instrument"]["moved"]


def test_a_rare_end_level_may_vanish_a_hole_in_the_scale_may_not(tmp_path):
    rows = surveys(8_000)
    rows["rating"] = np.where(rows.index % 50 == 0, 1, np.where(rows.index % 10 == 1, 3, 5))
    better = rows[~(rows["june"] & (rows["rating"] == 1))]
    assert not cs.check_data(make(tmp_path, better), WHEN).legs["instrument"]["signs"]
    holed = rows[~(rows["june"] & (rows["rating"] == 3))]
    assert [s["levels"] for s in cs.check_data(make(tmp_path, holed), WHEN).legs["instrument"]["signs"]] == [[3]]


def test_how_the_survey_is_taken_is_no_artefact_of_how_many_answer(tmp_path):
    rng = np.random.default_rng(5)
    rows = surveys(20_000).assign(pushed=1)
    rows["rating"] = rows["rating"].where(rng.random(len(rows)) < np.where(rows["june"], 0.20, 0.30))
    question = cs.Question(kpi="participation_rate", caliber="of_pushed", current=JUNE, baseline=MAY)
    assert cs.check_data(make(tmp_path, rows), question).verdict is Verdict.REAL


def test_two_differences_apart_follow_mover():
    found = apart(Difference(-0.10, -0.13, -0.07, 0.0, 9, 9), Difference(-0.02, -0.06, 0.02, 0.3, 9, 9))
    assert (found.value, found.lower, found.upper) == pytest.approx((-0.08, -0.13, -0.03))


# When ---------------------------------------------------------------------------------------------


def days(rng, drop, *, days=84, per_day=15, at=56):
    n = np.maximum(rng.poisson(per_day, days), 1)
    s = rng.binomial(n, np.where(np.arange(days) < at, 0.92, 0.92 - drop))
    return pd.DataFrame({"day": [date(2024, 3, 4) + timedelta(i) for i in range(days)], "n": n, "s": s})


def test_a_break_is_clear_where_there_is_one_and_its_set_holds_the_day():
    rng = np.random.default_rng(11)
    null = [find_break(days(rng, 0.0)).clear for _ in range(200)]
    assert np.mean(null) <= 0.08
    day = date(2024, 3, 4) + timedelta(56)
    found = [find_break(days(rng, 0.12)) for _ in range(200)]
    held = [one.gains[day] >= one.gains.max() - 3.68 for one in found if one.clear]
    assert len(held) >= 190 and np.mean(held) >= 0.90


def test_a_cause_does_not_follow_its_effect():
    found = find_break(days(np.random.default_rng(2), 0.3, per_day=60))
    assert found.day == date(2024, 3, 4) + timedelta(56)
    assert found.fits(found.day) and found.fits(found.day - timedelta(5))
    assert not found.fits(found.day + timedelta(4)) and not found.fits(found.day - timedelta(12))


# Why ----------------------------------------------------------------------------------------------


def test_reasons_that_grow_in_step_are_what_is_felt_not_why(tmp_path):
    rows = with_reasons(surveys(20_000, bad=fault_falls), own=None, seed=4)
    trace = cs.run_trace(make(tmp_path, rows, reasons={"column": "reasons"}))
    reasons = [c for c in trace.why.causes if c.kind == "reason"]
    assert [(c.id, c.grade, c.evidence[0].kind) for c in reasons] == [("reason:fee", "D", "reason_along")]


def test_a_reason_whose_share_grew_is_set_apart(tmp_path):
    rows = with_reasons(surveys(20_000, bad=fault_falls), own="manners")
    trace = cs.run_trace(make(tmp_path, rows, reasons={"column": "reasons"}))
    reasons = [c for c in trace.why.causes if c.kind == "reason"]
    assert [(c.id, c.grade, c.evidence[0].kind) for c in reasons] == [("reason:manners", "C", "reason_grew")]
    assert abs(reasons[0].points) <= abs(trace.where.cells["points"].iloc[0])


@pytest.mark.parametrize(("where", "grade"), [("fault", "C"), ("everywhere", "D")])
def test_a_driver_is_set_apart_where_it_moved_in_the_cell_alone(tmp_path, where, grade):
    rows = surveys(30_000)
    rng = np.random.default_rng(6)
    slow = rows["june"] & ((rows["topic"] == "fault") | (where == "everywhere"))
    rows["wait"] = rng.gamma(4, np.where(slow, 40, 15))
    felt = (rows["wait"] / 400).clip(0, 0.9) * (rows["topic"] == "fault")
    rows["rating"] = np.where(rng.random(len(rows)) < 0.06 + felt, 2, 5)
    rows["wait_again"], rows["always"] = 2 * rows["wait"], 7.0
    metrics = {name: {"column": name} for name in ("wait", "wait_again", "always")}
    trace = cs.run_trace(make(tmp_path, rows, metrics=metrics))
    drivers = [c for c in trace.why.causes if c.kind == "driver"]
    assert [(c.id, c.grade) for c in drivers] == [("driver:wait", grade)]


def test_points_of_one_cell_are_planned_once():
    def cause(id, kind, points, rank=1):
        return Cause(rank, id, kind, "mixed", "design", (Evidence("timing", "D"),), (), points, 1.0)

    class Why:
        causes = (cause("change:A", "process", -0.02), cause("change:B", "process", -0.02), cause("reason:x", "reason", -0.03),
                  cause("driver:m", "driver", -0.01))  # fmt: skip

    left = _disjoint({c.id: abs(c.points) for c in Why.causes}, Why)
    assert sum(left.values()) == pytest.approx(0.03) and left["change:A"] == left["change:B"] == pytest.approx(0.01)


# Clusters -----------------------------------------------------------------------------------------


def test_what_agents_carry_is_told_by_whole_words():
    assert all(map(agent_carried, ("team", "agent_tenure", "Teams", "site", "班组名称")))
    assert not any(map(agent_carried, ("website", "onsite", "biz_l2", "steam", "region")))


def test_one_design_effect_gives_the_variance_of_the_difference():
    n, effects = {"current": 1_000, "baseline": 4_000}, {"current": 1.2, "baseline": 2.0}
    assert common_effect(effects, n) * (1 / 1_000 + 1 / 4_000) == pytest.approx(1.2 / 1_000 + 2.0 / 4_000)
    assert common_effect({"current": 1.3}, {"current": 500}) == pytest.approx(1.3)
