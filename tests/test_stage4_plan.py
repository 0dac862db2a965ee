"""The plan: what it chooses, what it leaves out and why, how sure it is, and what-if in three numbers."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from pytest import approx
from test_portfolio import LIBRARY, POINTS
from test_stage4_library import cause
from test_stages import JUNE, MAY, change, make, surveys

import ccsat as cs
from ccsat.engine import Window
from ccsat.errors import DataError, StudyError
from ccsat.stages.action_library import as_library
from ccsat.stages.dispatch import dispatch_list
from ccsat.stages.solve import plan_actions, regret
from ccsat.stages.whatif import share_points, what_if_causes, what_if_reasons
from ccsat.wording import speaking

TODAY = pd.Timestamp("2024-06-30").date()
OWNERS = {"rule": "business_rule", "attitude": "agent", "unresolved": "mixed", "wait": "centre_process"}


def asked(**more):
    caliber = SimpleNamespace(
        unit="rate", key="satisfaction_rate/five_level", kpi="satisfaction_rate", outcome="rating", base=None
    )
    current, baseline = (Window(n, *(pd.Timestamp(d).date() for d in days)) for n, days in (
        ("current", ("2024-06-01", "2024-06-30")), ("baseline", ("2024-05-01", "2024-05-31"))))  # fmt: skip
    return SimpleNamespace(**{"sign": 1, "caliber": caliber, "values": {1: 0, 2: 0, 3: 0, 4: 1, 5: 1}, "current": current, "baseline": baseline,
                              "is_change": True, "dims": (), "where": None} | more)  # fmt: skip


def cells(*points, n=3000, error=0.1):
    rows = [{"rank": k, "where": {"topic": f"t{k}"}, "n": n, "n_baseline": n, "value": 0.7, "value_baseline": 0.8, "points": p, "lower": p - error * abs(p) * 1.96,
             "upper": p + error * abs(p) * 1.96, "share_volume": 0.2, "p_adjusted": 0.01, "stability": 1.0, "kind": "rate"} for k, p in enumerate(points, 1)]  # fmt: skip
    return pd.DataFrame(rows)


def why_of(causes, table, library=None, **more):
    library = pd.DataFrame() if library is None else as_library(pd.DataFrame(library))
    return SimpleNamespace(
        asked=asked(**more), causes=tuple(causes), cells=table, library=library, ruled_out=(), caveats=()
    )


def oracle(**more):
    """DOMAIN 6.6: its library as a table, and its causes, one a cell."""
    rows = [{"action_id": a.id, "zh": "措施", "en": "action", "owner": "works", "cost": a.cost, "lead_days": a.lead_days, "p": a.success,
             "phi": ";".join(f"reason:{k}={v}" for k, v in a.fixes.items())} for a in LIBRARY]  # fmt: skip
    causes = [
        cause(f"reason:{name}", "reason", OWNERS[name], points=-points / 100, rank=k)
        for k, (name, points) in enumerate(POINTS.items(), 1)
    ]
    return why_of(causes, cells(*(-points / 100 for points in POINTS.values())), rows, **more)


def test_the_oracle_of_the_action_library():
    plan = plan_actions(oracle(), budget=10)
    assert set(plan.table["id"]) == {"a1", "a2", "a3"} and plan.expected_points == approx(0.01422528, abs=1e-11)
    assert set(plan.runner_up["actions"]) == {"a1", "a2", "a4"} and plan.runner_up["expected_points"] == approx(
        0.01336160, abs=1e-11
    )
    assert plan.runner_up["behind"] == approx(0.0008636799, abs=1e-9) and 0.4 < plan.stability < 1
    assert plan.lower < plan.expected_points < plan.upper and plan.gap == 0 and plan.source == "study"
    assert regret(plan, ["a4", "a5", "a6"]) == approx(0.696, abs=5e-4) and regret(plan, plan.table["id"]) == approx(0)
    soon = plan_actions(oracle(), budget=10, horizon_days=45)
    assert set(soon.table["id"]) == {"a2", "a3", "a4"} and soon.expected_points == approx(0.010096, abs=1e-9)
    assert {one["action"]: one["why"] for one in soon.left_out}["a1"] == "late"
    assert list(plan.table["due"]) == ["2024-08-29", "2024-07-30", "2024-07-15"]


def test_nothing_to_choose_from_is_an_error_for_regret():
    plan = plan_actions(why_of([], cells(-0.02)), budget=10)
    assert plan.table.empty and plan.caveats == (("caveat.no_library", {}),)
    with pytest.raises(StudyError, match="a9"):
        regret(plan, ["a9"])


def test_what_cannot_be_changed_is_listed_with_the_reason_in_both_languages():
    rule = cause(kind="business_rule", owner="business_rule")
    rows = [{"action_id": "t", "zh": "态度培训", "en": "training", "owner": "agent", "cost": 1, "lead_days": 5, "p": 0.9, "phi": "change:C1=0.9"},
            {"action_id": "g", "zh": "改规则", "en": "graded rule", "owner": "business_rule", "cost": 5, "lead_days": 30, "p": 0.7, "phi": "change:C1=0.6"},
            {"action_id": "h", "zh": "另案", "en": "other rule", "owner": "business_rule", "cost": 5, "lead_days": 30, "p": 0.5, "phi": "change:C1=0.6", "exclusive_with": "r"},
            {"action_id": "d", "zh": "太贵", "en": "too dear", "owner": "business_rule", "cost": 50, "lead_days": 30, "p": 0.7, "phi": "change:C1=0.6"}]  # fmt: skip
    plan = plan_actions(why_of([rule], cells(-0.02), rows), budget=9)
    assert list(plan.table["id"]) == ["g"]
    assert {one["action"]: one["why"] for one in plan.left_out} == {"t": "owner", "h": "beaten", "d": "dear"}
    with speaking("en"):
        assert any("training" in line and "business rule" in line for line in plan.reasons_left_out())
    with speaking("zh"):
        assert any("态度培训" in line and "改变不了" in line for line in plan.reasons_left_out())


def test_a_change_of_the_survey_attracts_no_budget(tmp_path):
    rows = [{"action_id": "m", "zh": "恢复按键", "en": "key press again", "owner": "centre_process", "cost": 1, "lead_days": 5, "p": 0.9, "phi": "change:S1=0.9"},
            {"action_id": "g", "zh": "改流程", "en": "process", "owner": "business_process", "cost": 5, "lead_days": 30, "p": 0.7, "phi": "change:C1=0.6"}]  # fmt: skip
    spoiled = [cause(points=-0.01), cause("change:S1", "survey_instrument", "centre_process", points=-0.03, rank=2)]
    plan = plan_actions(why_of(spoiled, cells(-0.01, -0.03), rows), budget=9)
    assert list(plan.table["id"]) == ["g"] and plan.expected_points == approx(0.42 * 0.01)
    assert {one["action"]: one["why"] for one in plan.left_out} == {"m": "instrument"}
    assert "change:S1" not in set(plan.what_if["cause"])


def test_the_bundled_library_is_used_where_there_is_none_and_says_so():
    causes = [cause(points=-0.02), cause("reason:R1", "reason", "agent", points=-0.01, rank=2)]
    plan = plan_actions(why_of(causes, cells(-0.02, -0.01)), budget=8)
    assert plan.source == "default" and set(plan.table["source"]) == {"default"} and plan.expected_points > 0
    assert ("caveat.library_values", {}) in plan.caveats and ("caveat.no_library", {}) not in plan.caveats
    assert "cause" not in set(plan.table["owner"])  # whoever's the cause is, by name
    own = [
        {
            "action_id": "x",
            "zh": "x",
            "en": "x",
            "owner": "agent",
            "cost": 1,
            "lead_days": 5,
            "p": 0.9,
            "phi": "reason:R1=0.2",
        }
    ]
    plan = plan_actions(why_of(causes, cells(-0.02, -0.01), own), budget=8)
    assert list(plan.table["id"]) == ["x"] and plan.source == "study"
    assert set(plan.suggested["cause"]) == {"change:C1"} and (plan.suggested["low"] < plan.suggested["high"]).all()


def test_ranges_of_the_library_widen_the_interval():
    row = {"action_id": "x", "zh": "x", "en": "x", "owner": "business_process", "cost": 1, "lead_days": 5}
    sure, wide = (plan_actions(why_of([cause()], cells(-0.02, error=0.01), [row | more]), budget=8)
                  for more in ({"p": 0.6, "phi": "change:C1=0.5"}, {"p": "0.2-0.6-1", "phi": "change:C1=0.1-0.5-0.9"}))  # fmt: skip
    assert sure.expected_points == wide.expected_points == approx(0.006)
    assert wide.upper - wide.lower > 1.3 * (sure.upper - sure.lower)


def test_each_cells_points_count_once_and_better_evidence_takes_more():
    causes = [
        cause("change:A", grade="B"),
        cause("change:B", grade="D"),
        cause("reason:x", "reason", points=-0.03),
        cause("driver:m", "driver", points=-0.01),
    ]
    shared = share_points(causes)
    assert sum(shared.values()) == approx(0.03) and shared["change:A"] + shared["change:B"] == approx(0.02)
    assert shared["change:A"] == approx(4 * shared["change:B"])
    table = what_if_causes(causes, unit="rate", sign=1).table.set_index("cause")
    assert (table["low"] <= table["central"] + 1e-15).all() and (table["central"] <= table["high"] + 1e-15).all()
    assert table.loc["reason:x", "low"] == approx(0.0075) and table.loc["change:A", "low"] == 0
    assert table.loc["change:A", "high"] == approx(0.02)


def test_the_plan_at_most_never_wins_more_than_the_cells_lost():
    rows = [
        {"action_id": c, "zh": c, "en": c, "owner": "works", "cost": 1, "lead_days": 5, "p": 1, "phi": f"change:{c}=1"}
        for c in "AB"
    ]
    plan = plan_actions(why_of([cause("change:A"), cause("change:B")], cells(-0.02), rows), budget=8)
    assert plan.low == 0 and plan.expected_points == approx(0.02) and plan.high == approx(0.02)


def test_what_if_of_reasons_by_hand(tmp_path):
    rows = pd.DataFrame({"survey_id": list("abcdef"), "day": "2024-06-03", "region": "n", "topic": "t", "rating": [1, 1, 1, 2, 5, 5],
                         "reasons": ["fee", "fee;wait", "wait", "", "", "fee"]})  # fmt: skip
    centre = make(
        tmp_path,
        rows,
        reasons={"column": "reasons", "separator": ";"},
        owners={"fee": "billing_product"},
        question={"target": 0.9},
    )
    question = cs.Question(target=0.9)
    found = what_if_reasons(centre, question, fraction=0.5).table.set_index("reason")
    assert found.loc["fee", ["low", "central", "high"]].to_list() == approx([0.5 / 6, 0.75 / 6, 1 / 6])
    assert (
        found.loc["fee", "owner"] == "billing_product"
        and found.loc["wait", "owner"] == "mixed"
        and set(found["n"]) == {6}
    )
    bare = make(tmp_path, rows.drop(columns="reasons"), question={"target": 0.9})
    with pytest.raises(DataError):
        what_if_reasons(bare, question)


def test_the_work_list_orders_by_the_product_and_leaves_nobody_last():
    causes = [
        cause(points=-0.01),
        cause("reason:R1", "reason", "agent", points=-0.02, rank=2),
        cause("driver:m", "driver", "mixed", points=-0.03, rank=3),
    ]
    work = dispatch_list(why_of(causes, cells(-0.01, -0.02, -0.05)), None)
    table = work.table
    assert list(table["owner"]) == ["agent", "business_process", "mixed", "unstated"]
    assert table["priority"].to_numpy() == approx(
        (table["points_per_day"] * table["probability"] * table["controllable"]).to_numpy()
    )
    assert table["points_per_day"].iloc[0] == approx(0.02 * 3000 / 0.2 / 30) and table["controllable"].to_list() == [
        1,
        1,
        0,
        0,
    ]
    assert table.groupby("cell_rank")["part"].sum().to_list() == approx([1, 1, 1])
    assert dispatch_list(why_of([], cells(-0.01))).table["owner"].to_list() == ["unstated"]


def test_a_trace_without_a_library_has_a_marked_plan(tmp_path):
    rows = surveys(16_000, bad=lambda t: np.where((t["day"] >= "2024-06-03") & (t["topic"] == "fault"), 0.30, 0.08))
    centre = make(tmp_path, rows, changes=[change("2024-06-03", "topic=fault")])
    asked_ = cs.Question(current=JUNE, baseline=MAY)
    why = cs.explain_cells(centre, asked_, cs.locate_gap(centre, asked_))
    plan = cs.plan_actions(why, budget=10)
    assert plan.source == "default" and not plan.table.empty and 0 < plan.expected_points < abs(why.causes[0].points)
    assert len(plan.verification) == len(plan.table)
