"""How an action's effect will be seen: sizes by other formulas and by simulation, designs, what is too small, and what each department is told."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pytest import approx
from test_stage4_library import cause
from test_stage4_plan import asked, cells, why_of
from test_stages import JUNE, MAY, change, make, surveys

import ccsat as cs
from ccsat.deductions import deduct_by_reason, owners_of
from ccsat.estimates import sample_size
from ccsat.ledgers import dissatisfaction_budget, fair_targets, owner_ledger
from ccsat.ledgers.targets import fair_targets_range
from ccsat.numerics.power import days_to_see, power_after
from ccsat.stages.briefs import briefs, cause_name, verification_words
from ccsat.stages.evidence import Link
from ccsat.stages.mix_target import mix_target
from ccsat.stages.ola import ITEMS, fill_ola
from ccsat.stages.solve import plan_actions
from ccsat.stages.verification import WEEKS, plan_verification
from ccsat.wording import speaking

QUESTION = cs.Question(current=JUNE, baseline=MAY)


def one(lead=10, gain=0.01, horizon=90, table=None, **more):
    return plan_verification({"id": "x", "lead_days": lead}, [cause()], {"change:C1": gain}, asked=asked(), cells=cells(-0.02) if table is None else table,
                         horizon_days=horizon, **more)  # fmt: skip


def test_days_agree_with_the_usual_sample_size():
    n = days_to_see(0.05, sd=math.sqrt(0.775 * 0.225), flow=1.0, flow_control=1.0)
    assert n == approx(sample_size(0.80, 0.75), rel=0.01)  # a row a day and arm: days are rows per arm
    assert days_to_see(0.05, sd=0.4, flow=10, design_effect=2) == approx(2 * days_to_see(0.05, sd=0.4, flow=10))
    assert days_to_see(0.01, sd=0.4, flow=10, days_before=30) == math.inf  # the days before leave more doubt than that
    needed = days_to_see(0.1, sd=0.4, flow=10, flow_control=30, days_before=30)
    assert (
        power_after(needed, needed, days_before=30) == approx(0.8)
        and power_after(needed / 2, needed, days_before=30) < 0.8
    )
    assert power_after(0, needed) == power_after(10, math.inf) == 0


def test_the_days_needed_have_the_power_they_promise():
    rng, effect, sd, flow, rest, before = np.random.default_rng(5), 0.08, 0.45, 20, 60, 28
    days = days_to_see(effect, sd=sd, flow=flow, flow_control=rest, days_before=before)
    size = {"t1": flow * days, "t0": flow * before, "c1": rest * days, "c0": rest * before}
    mean = {k: rng.normal(effect * (k == "t1"), sd / math.sqrt(n), 20_000) for k, n in size.items()}
    z = (mean["t1"] - mean["t0"] - mean["c1"] + mean["c0"]) / (sd * math.sqrt(sum(1 / n for n in size.values())))
    assert (z > 1.96).mean() == approx(0.8, abs=0.01)


def test_a_plan_says_what_where_when_and_how_many():
    found = one()
    assert found["verdict"] == "in_time" and found["within_horizon"] and found["design"] == "difference_in_differences"
    assert found["effect"] == approx(0.01 / 0.2) and found["value_expected"] == approx(0.75)
    assert found["n_per_arm"] == math.ceil(sample_size(0.75, 0.70)) and found["per_day"] == approx(100)
    assert found["start"] == "2024-07-10" and found["days_needed"] >= WEEKS and found["cell"] == {"topic": "t1"}
    assert found["n_needed"] <= found["days_needed"] * found["per_day"] + 1 and found["stop"]["harm_z"] == 3
    assert one(design="holdout")["design"] == "holdout" and one(design="holdout")["days_needed"] == max(
        WEEKS, one()["designs"]["holdout"]
    )


def test_what_is_too_small_or_too_late_says_that_it_cannot_be_verified():
    small = one(gain=0.0008)
    assert small["verdict"] == "too_late" and not small["within_horizon"] and small["power"] < 0.8
    assert small["days_needed"] > 80 and small["designs"]["difference_in_differences"] is None
    assert one(gain=0.0)["verdict"] == "never" and one(gain=0.0)["days_needed"] is None
    assert one(lead=95)["verdict"] == "no_start"
    undated = plan_verification({"id": "x", "lead_days": 5}, [cause()], {"change:C1": 0.01}, asked=asked(current=None, baseline=None, is_change=False),
                            cells=cells(-0.02), horizon_days=90)  # fmt: skip
    assert (
        undated["verdict"] == "no_dates" and undated["per_day"] is None and undated["n_per_arm"] == one()["n_per_arm"]
    )
    for lang, word in (("zh", "没有日期"), ("en", "no dates")):
        with speaking(lang):
            assert any(word in line and "1,251" in line for line in verification_words(undated, "rate"))
    everywhere = cells(-0.02).assign(where=[{}], share_volume=1.0)
    assert set(one(table=everywhere, gain=0.05)["designs"]) == {
        "holdout",
        "interrupted_series",
    }  # nothing outside to compare with


def test_contacts_are_offered_where_ratings_are_too_few(tmp_path):
    rng, days = np.random.default_rng(2), pd.date_range("2024-05-01", "2024-06-30")
    calls = pd.DataFrame([{"contact_id": f"c{d:%m%d}{i}", "customer_id": f"u{rng.integers(5000)}", "topic": topic, "started_at": f"{d:%Y-%m-%d} 10:00:00"}
                          for d in days for topic, n in (("fault", 20 if d < pd.Timestamp("2024-06-01") else 60), ("bill", 60)) for i in range(rng.poisson(n))])  # fmt: skip
    calls["contact_id"] = [f"c{i}" for i in range(len(calls))]
    rated = calls.sample(frac=0.04, random_state=1)
    june = rated["started_at"] >= "2024-06-01"
    bad = np.where(june & (rated["topic"] == "fault"), 0.5, 0.1)
    answers = pd.DataFrame({"survey_id": [f"s{i}" for i in range(len(rated))], "contact_id": rated["contact_id"].to_numpy(),
                            "rating": np.where(rng.random(len(rated)) < bad, 1, 5)})  # fmt: skip
    calls.to_csv(tmp_path / "contacts.csv", index=False)
    answers.to_csv(tmp_path / "surveys.csv", index=False)
    pd.DataFrame({"customer_id": [f"u{i}" for i in range(5000)], "plan": "a"}).to_csv(
        tmp_path / "customers.csv", index=False
    )
    from ccsat.centre import read_centre
    from ccsat.study import check_study

    centre = read_centre(check_study({"data": {"surveys": "surveys.csv", "contacts": "contacts.csv", "customers": "customers.csv"}, "scale": {"rating": "five"},
                                      "columns": {"at": "started_at"}, "dimensions": {"topic": "topic"}, "question": {"current": JUNE, "baseline": MAY}},
                                     folder=tmp_path))  # fmt: skip
    settled = cs.cells.ask(centre, QUESTION)
    table = cells(-0.05, n=60).assign(where=[{"topic": "fault"}], share_volume=0.5)
    found = plan_verification(
        {"id": "x", "lead_days": 10},
        [cause(points=-0.05)],
        {"change:C1": 0.02},
        asked=settled,
        cells=table,
        horizon_days=40,
        centre=centre,
    )
    assert found["verdict"] != "in_time" and found["flow"] == "counted"
    other = found["alternative"]
    assert other["metric"] == "contacts_per_1000_customers" and other["customers"] == 5000
    assert other["value"] == approx(12, rel=0.1) and other["value_baseline"] == approx(4, rel=0.1)
    assert (
        other["effect"] == approx(-(other["value"] - other["value_baseline"]) * 0.4)
        and other["within_horizon"]
        and other["power"] > 0.8
    )


@pytest.fixture(scope="module")
def traced(tmp_path_factory):
    folder = tmp_path_factory.mktemp("traced")
    rows = surveys(20_000, bad=lambda t: np.where((t["day"] >= "2024-06-03") & (t["topic"] == "fault"), 0.30, 0.08))
    named = np.where(rows["topic"] == "fault", "slow", "manner")
    rows["reasons"] = np.where(rows["rating"] <= 3, named, "")
    library = [{"action_id": "a1", "zh": "收窄审批", "en": "narrow the approval", "owner": "business_process", "cost": 3, "lead_days": 10, "p": 0.9, "phi": "change:C1=0.6"},
               {"action_id": "a2", "zh": "限额补救", "en": "capped remedy", "owner": "centre_process", "cost": 3, "lead_days": 5, "p": 0.9, "phi": "change:C1=0.1"}]  # fmt: skip
    centre = make(folder, rows, library=library, reasons={"column": "reasons"}, owners={"slow": "business_process", "manner": "agent"},
                  changes=[change("2024-06-03", "topic=fault", owner_dept="works"), change("2024-05-08", "topic=fault", id="C3")])  # fmt: skip
    why = cs.explain_cells(centre, QUESTION, cs.locate_gap(centre, QUESTION))
    return centre, why, plan_actions(why, budget=10, centre=centre)


def test_with_the_data_flows_are_counted(traced):
    centre, why, plan = traced
    first, second = plan.verification
    now = cs.cells.level_counts(cs.cells.count_cells(centre, why.asked, where=first["cell"]))
    assert first["flow"] == "counted" and first["per_day"] == approx(sum(now.values()) / 30)
    assert first["value"] == approx((now.get(4, 0) + now.get(5, 0)) / sum(now.values()))
    assert first["within_horizon"] and first["days_needed"] < (second["days_needed"] or math.inf)
    (both,) = plan.verified_together
    assert set(both["actions"]) == {"a1", "a2"} and both["effect"] > first["effect"] and both["start_after_days"] == 10


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_each_department_gets_one_page(traced, lang):
    centre, why, plan = traced
    reasons = deduct_by_reason(centre, QUESTION)
    targets = fair_targets_range(reasons, owners_of(centre), 0.01)
    pages = briefs(why, plan, centre=centre, targets=targets)
    assert [page.owner for page in pages] == ["business_process", "centre_process"]
    process, help_ = pages
    assert (
        process.department == "works"
        and process.causes[0].id == "change:C1"
        and [ask.action for ask in process.asks] == ["a1"]
    )
    assert (
        process.by_others == (("a2", "centre_process"),)
        and help_.causes == ()
        and [ask.action for ask in help_.asks] == ["a2"]
    )
    assert (
        process.problems[0].n > 1000
        and process.problems[0].lower < process.problems[0].points < process.problems[0].upper < 0
    )
    assert process.target["lower"] <= process.target["points"] <= process.target["upper"]
    with speaking(lang):
        for page in pages:
            lines = [line for _, part in page.sentences() for line in part]
            assert page.title and 10 < len(lines) <= 45 and all(lines)
            assert not any("{" in line or "None" in line for line in lines)
        said = "\n".join(line for _, part in process.sentences() for line in part)
        assert (
            "works" in said and {"zh": "收窄审批", "en": "narrow the approval"}[lang] in said and "2024-07-10" in said
        )


def test_the_twelve_items_are_always_there(traced):
    centre, why, _ = traced
    ola = fill_ola(centre, why.asked, "works", cells=[{"topic": "fault"}], topics=["slow"])
    assert [item.key for item in ola.items] == list(ITEMS) and len(ITEMS) == 12
    assert {item.key for item in ola.items if not item.open} == {"department", "topics"} and ola.measures == ()


def test_items_and_punctuality_come_from_the_tables_beside(tmp_path):
    rows = surveys(500)
    tickets = pd.DataFrame({"ticket_id": [f"t{i}" for i in range(8)], "ola_id": "O1", "owner_dept": ["works"] * 6 + ["other"] * 2, "created_at": "2024-06-05 08:00:00",
                            "first_reply_at": ["2024-06-05 09:00:00"] * 3 + ["2024-06-06 09:00:00"] * 3 + [""] * 2, "closed_at": "2024-06-05 20:00:00",
                            "returned_n": [0, 0, 0, 0, 1, 2, 0, 0], "fields_missing": [0, 0, 0, 1, 0, 0, 0, 0]})  # fmt: skip
    tickets.to_csv(tmp_path / "tickets.csv", index=False)
    pd.DataFrame([{"ola_id": "O1", "ticket_type": "visit", "resolving_dept": "works", "scope_zh": "上门", "scope_en": "visits", "first_reply_h": 8, "resolution_h": 24,
                   "fields_needed": 6, "not_accepted_zh": "无地址", "not_accepted_en": "no address", "tells_customer": "operations", "management_after_h": 36,
                   "recorded_by": "works"}]).to_csv(tmp_path / "ola.csv", index=False)  # fmt: skip
    centre = make(tmp_path, rows, data={"surveys": "export.csv", "tickets": "tickets.csv", "ola": "ola.csv"})
    ola = fill_ola(centre, cs.cells.ask(centre, QUESTION), "works")
    assert {item.key for item in ola.items if item.open} == {"topics", "asked_first", "questions", "steps"}
    shares = {one.key: (one.value, one.n) for one in ola.measures}
    assert shares == {
        "first_reply_on_time": (0.5, 6),
        "resolved_on_time": (1.0, 6),
        "returned": (approx(1 / 3), 6),
        "complete": (approx(5 / 6), 6),
    }
    with speaking("zh"):
        assert "上门" in ola.items[1].words()
    with speaking("en"):
        assert "visits" in ola.items[1].words() and "8" in ola.items[8].words()


def test_fair_targets_carry_an_interval(traced):
    centre, _, _ = traced
    reasons, owners = deduct_by_reason(centre, QUESTION), owners_of(centre)
    plain = fair_targets(owner_ledger(reasons, owners), 0.02, achievable=0.5)
    ranged = fair_targets_range(reasons, owners, 0.02, achievable=0.5)
    assert ranged.total == 0.02 and ranged.table["points"].to_list() == approx(plain.table["points"].to_list())
    held = ranged.table[ranged.table["owner"] != "unallocated"]
    assert (
        (held["lower"] < held["points"]).all()
        and (held["points"] < held["upper"]).all()
        and (held["upper"] <= held["controllable_upper"] / 2 + 1e-9).all()
    )
    moving = fair_targets_range(reasons, owners, 0.02, moving=True).table.set_index("owner")
    fixed = fair_targets_range(reasons, owners, 0.02).table.set_index("owner")
    wide = {
        name: t.loc["business_process", "upper"] - t.loc["business_process", "lower"]
        for name, t in (("moving", moving), ("fixed", fixed))
    }
    assert wide["moving"] > wide["fixed"] > 0


def test_how_long_the_dissatisfaction_budget_lasts():
    assert dissatisfaction_budget(0.95, 10_000, 300, 0.5).lasts == approx(0.5 / 0.6)
    assert dissatisfaction_budget(0.95, 10_000, 0, 0.5).lasts == math.inf
    assert cs.estimates.smallest_n(0.9467, 0.95) == approx(
        16_600, abs=200
    )  # DOMAIN 2.6.9: below about 16,600 ratings the miss is within chance


def test_a_cell_without_a_plan_still_gets_a_page():
    (page,) = briefs(
        why_of([cause("driver:m", "driver", "mixed", grade="D")], cells(-0.02)),
        plan_actions(why_of([], cells(-0.02)), budget=1),
    )
    assert page.owner == "mixed" and page.asks == () and len(page.ola.items) == 12


@pytest.mark.parametrize(("link", "name"), [
    (Link("change", {"id": "C1", "day": "2024-06-03", "title_zh": "改", "title_en": "altered"}), "change C1 (2024-06-03) altered"),
    (Link("rule", {"id": "C1", "share": 0.5}), "business rule C1"), (Link("reason", {"label": "slow", "code": "C1"}), "what customers name: slow"),
    (Link("driver", {"metric": "wait"}), "the metric 'wait'"),
])  # fmt: skip
def test_a_cause_is_called_by_its_own_link(link, name):
    found = replace(
        cause(f"{link.key}:C1"),
        chain=(Link("symptom", {"where": {}}), link, Link("decision", {"dept": "x", "how": "y"})),
    )
    assert cause_name(found) == name
    assert cause_name(replace(found, chain=())) == f"{link.key}:C1"


@pytest.mark.parametrize("target", [None, 0.95])
def test_other_contacts_make_another_target(tmp_path, target):
    rng = np.random.default_rng(1)
    rows = surveys(24_000)
    topic = np.where(
        rng.random(len(rows)) < np.where(rows["june"], 0.55, 0.20),
        "fault",
        np.where(rng.random(len(rows)) < 0.6, "bill", "plan"),
    )
    rows["topic"] = topic
    rows["rating"] = np.where(rng.random(len(rows)) < np.where(topic == "fault", 0.25, 0.05), 2, 5)
    check = cs.check_data(make(tmp_path, rows), cs.Question(current=JUNE, baseline=MAY, target=target))
    found = mix_target(check)
    row = found.table.iloc[0]
    assert (
        check.verdict.value == "mix" and row["mix_lower"] < -0.35 * 0.20 < row["mix_upper"]
    )  # 35 points of share at 20 points less
    assert found.against == ("target" if target else "baseline") and row["adjusted"] == approx(
        row["reference"] + row["mix"]
    )
    assert (
        row["reference"] == (target or check.headline.headline["baseline"].value)
        and found.lower < found.adjusted < found.upper
    )
    assert found.standing == ("open" if target is None else "missed")  # 0.95 was never reached: even May stands at 0.91
    for lang in ("zh", "en"):
        with speaking(lang):
            assert "{" not in found.sentence() and "points" in found.sentence() or lang == "zh"


def test_without_a_split_there_is_no_mix_target(tmp_path):
    assert mix_target(cs.check_data(make(tmp_path, surveys()), QUESTION)) is None
