"""The library of actions: how it is read, which causes an action meets, and whose it is to change them."""

import csv
from dataclasses import replace
from importlib import resources

import pandas as pd
import pytest

from ccsat.errors import DataError
from ccsat.stages.action_library import (
    BY_CAUSE,
    CLASSES,
    DESIGNS,
    REACH,
    as_library,
    can_change,
    default_library,
    fit_actions,
    fits,
    read_guess,
    read_library,
)
from ccsat.stages.evidence import GAP_OF_KIND, OWNER_OF_KIND, Cause, Evidence, Link
from ccsat.study.model import OWNERS


def cause(id="change:C1", kind="process", owner="business_process", *, gap="design", points=-0.02, grade="C", rank=1):
    return Cause(rank, id, kind, owner, gap, (Evidence("timing", grade),), (), points, 1.0)


def library(**columns):
    row = {
        "action_id": "a",
        "zh": "甲",
        "en": "one",
        "owner": "centre_process",
        "cost": 1,
        "lead_days": 5,
        "p": 0.8,
        "phi": "change:C1=0.5",
    }
    return as_library(pd.DataFrame([row | columns]))


@pytest.mark.parametrize(("words", "read"), [
    (0.3, 0.3), ("0.3", 0.3), ("30%", 0.3), ("0.2-0.4", (0.2, pytest.approx(0.3), 0.4)), ("0.2-0.25-0.4", (0.2, 0.25, 0.4)),
    ("20% – 25% – 40%", (0.2, 0.25, 0.4)), ("1e-3", 0.001),
])  # fmt: skip
def test_a_number_or_a_range(words, read):
    assert read_guess(words) == read


def test_what_is_no_number_is_refused():
    with pytest.raises(DataError, match="a'"):
        read_library(library(phi="change:C1=much"))
    with pytest.raises(DataError, match="often"):
        read_library(library(p="often"))
    with pytest.raises(ValueError, match="0.1-0.2-0.3-0.4"):
        read_guess("0.1-0.2-0.3-0.4")


def test_the_closest_key_counts():
    one = cause("driver:queue_wait_s", "driver", "centre_process")
    assert (
        fits("driver:queue_wait_s", one)
        > fits("driver:*WAIT*", one)
        > fits("kind:driver&owner:centre_process", one)
        > fits("kind:driver", one)
        > 0
    )
    assert fits("kind:driver&owner:agent", one) == fits("driver:*talk*", one) == fits("change:C1", one) == 0
    actions, out = fit_actions(library(phi="kind:process=0.9; change:C1=0.2-0.3-0.4"), [cause()])
    assert actions[0].fixes == {"change:C1": (0.2, 0.3, 0.4)} and out == []


def test_an_action_may_name_any_root_of_the_chain():
    one = replace(
        cause("campaign:CP-1", "campaign", "marketing"),
        chain=(Link("reason", {"code": "R8"}), Link("campaign", {"id": "CP-1"}), Link("change", {"id": "C1"})),
    )
    assert fit_actions(library(owner="marketing"), [one])[0][0].fixes == {"campaign:CP-1": 0.5}
    assert not fit_actions(library(phi="reason:R8=0.5"), [one])[0][0].fixes


def test_an_owner_that_cannot_change_the_cause_is_worth_nothing_and_it_is_said():
    rule = cause(kind="business_rule", owner="business_rule")
    actions, out = fit_actions(library(owner="agent"), [rule])
    assert actions[0].fixes == {}
    assert out == [
        {"action": "a", "owner": "agent", "cause": "change:C1", "cause_owner": "business_rule", "why": "owner"}
    ]
    by_class = fit_actions(library(phi="owner:business_rule=0.4"), [rule])
    assert by_class[0][0].fixes == {} and by_class[1][0]["why"] == "owner"  # a class of causes: only its own department
    assert fit_actions(library(), [rule])[0][0].fixes  # named outright (a waiver): the study's word is taken
    assert fit_actions(library(phi="owner:business_rule=0.4", relief="yes"), [rule])[0][0].fixes
    assert can_change("agent", "agent", named=False) and can_change("works", "network", named=False)
    assert can_change("agent", "mixed", named=False) and not can_change("marketing", "network", named=False)


def test_mending_the_survey_is_no_service():
    _, out = fit_actions(library(phi="change:S1=0.8"), [cause()], instrument=["change:S1"])
    assert [one["why"] for one in out] == ["instrument"]
    assert [one["why"] for one in fit_actions(library(phi="reason:X=0.8"), [cause()])[1]] == ["no_cause"]


def test_the_bundled_library_is_whole():
    table = default_library()
    assert table["action_id"].is_unique and (table[["zh", "en"]] != "").all().all() and len(table) >= 20
    assert set(table["owner"]) <= {*REACH, BY_CAUSE} and set(table["design"]) <= set(DESIGNS)
    actions = read_library(pd.DataFrame())
    assert [one.id for one in actions] == table["action_id"].to_list()
    for one in actions:
        assert isinstance(one.success, tuple) and one.fixes and one.cost > 0
        for low, likely, high in (one.success, *one.fixes.values()):
            assert 0 < low < likely < high < 1
        for key in one.fixes:
            for word, _, value in (part.partition(":") for part in key.split("&")):
                assert word in CLASSES or "*" in value, key
                assert word != "owner" or value in OWNERS
    with (resources.files("ccsat.stages") / "default_actions.csv").open(encoding="utf-8") as lines:
        assert all(None not in row for row in csv.DictReader(lines))


@pytest.mark.parametrize("kind", GAP_OF_KIND)
def test_every_kind_of_change_has_an_action_at_hand(kind):
    one = cause(kind=kind, owner=OWNER_OF_KIND.get(kind, "business_process"))
    actions, _ = fit_actions(as_library(default_library()), [one])
    assert any(action.fixes for action in actions)


@pytest.mark.parametrize("owner", [*REACH, "mixed"])
def test_every_owner_has_an_action_for_what_customers_name(owner):
    actions, _ = fit_actions(as_library(default_library()), [cause("reason:X", "reason", owner)])
    assert any(action.fixes for action in actions)
