"""What each story plants, judged by paired worlds."""

import json

import numpy as np
import pandas as pd
import pytest
from pytest import approx

from ccsat import worlds
from ccsat.errors import StudyError
from ccsat.study import OWNERS
from ccsat.wording import speaking
from ccsat.worlds import company as co
from ccsat.worlds.patches import Patches, Setting
from ccsat.worlds.simulate import set_scene, simulate
from ccsat.worlds.stories.s03 import NoReminder

GAPS = {"cognition", "design", "execution", "promotion", "perception", "unexplained"}


def test_null_world_is_exactly_null():
    truth = worlds.truth("S00", rng=5)
    assert truth["verdict"] == "none"
    assert truth["true_effect_points"] == 0
    assert truth["ledger"] == {"data": 0.0, "mix": 0.0, "rate": 0.0}
    assert truth["cells"] == truth["causes"] == truth["best_set"] == []


def played(seed, *patches):
    return simulate(set_scene(seed, 1.0, Setting()), Patches(patches)).calls


def test_patches_share_every_draw():
    off, on = played(3), played(3, NoReminder())
    before_off, before_on = off.take(off.week < 9), on.take(on.week < 9)
    assert np.array_equal(before_off.slot, before_on.slot)
    assert np.array_equal(before_off.rating, before_on.rating)
    vas_charge = co.L2.index("vas_charge")
    untouched = on.line != vas_charge
    assert np.array_equal(on.rating[untouched], off.rating[off.line != vas_charge])


@pytest.fixture(scope="module")
def truths():
    return [worlds.truth("S03", rng=seed) for seed in (1, 2, 3)]


def test_charging_effect_is_near_the_document(truths):
    effects = [truth["true_effect_points"] for truth in truths]
    assert np.mean(effects) == approx(-0.0135, abs=0.004)  # prototype: about -1.5 points, without control and action
    cells = [truth["cells"][0] for truth in truths]
    assert {tuple(cell["where"].items()) for cell in cells} == {(("biz_l2", "vas_charge"),)}
    assert np.mean([cell["value_baseline"] for cell in cells]) == approx(0.928, abs=0.02)
    assert np.mean([cell["value"] for cell in cells]) == approx(0.74, abs=0.04)
    assert np.mean([cell["rate"] for cell in cells]) == approx(-0.011, abs=0.004)
    assert np.mean([cell["mix"] for cell in cells]) == approx(-0.003, abs=0.0015)


def test_charging_cell_is_twice_as_large_without_the_reminder():
    off, on = played(4), played(4, NoReminder(late_region="", restored_regions=()))
    late = lambda calls: ((calls.line == co.L2.index("vas_charge")) & (calls.week >= 10)).sum()
    assert late(on) / late(off) == approx(1.30 * 0.46 / 0.30, rel=0.06)


def test_truth_closes(truths):
    for truth in truths:
        ledger = truth["ledger"]
        assert sum(ledger.values()) == approx(truth["true_effect_points"], abs=1e-12)
        parts = sum(cell["points"] for cell in truth["cells"]) + truth["rest"]["points"]
        assert parts == approx(truth["true_effect_points"], abs=1e-12)
        assert sum(cause["points"] for cause in truth["causes"]) == approx(truth["true_effect_points"], abs=1e-12)


def test_best_set_is_the_best(truths):
    truth = truths[0]
    assert truth["best_set"] == ["b1", "b2", "b3", "b5"]
    left = (1 - 0.95 * 0.55) * (1 - 0.8 * 0.30) * (1 - 0.9 * 0.35) * (1 - 0.7 * 0.10)
    assert truth["best_uplift"] == approx(-truth["true_effect_points"] * (1 - left))
    labels = {action["id"]: action["label"] for action in truth["actions"]}
    assert labels["b1"] == "best" and labels["b4"] == labels["a4"] == "wrong"
    assert sum(a["cost"] for a in truth["actions"] if a["id"] in truth["best_set"]) <= truth["budget"]


def test_action_lowers_disputes(truths):
    for truth in truths:
        expect = truth["verification"]["expect"]
        assert expect["difference"] < -40
        assert expect["without_action"] > 250


@pytest.mark.parametrize("story", worlds.STORIES, ids=lambda story: story.code)
@pytest.mark.parametrize("vary", [False, True])
def test_truths_have_the_documented_form(story, vary):
    truth = worlds.truth(story.name, rng=11, scale="small", vary=vary)
    assert json.loads(json.dumps(truth)) == truth
    assert truth["verdict"] in ("real", "artefact", "none", "mix")
    assert {"world", "seed", "kpi", "caliber", "windows", "ledger", "cells", "causes", "decoys", "actions", "budget",
            "horizon_days", "best_set", "best_uplift", "verification"} <= set(truth)  # fmt: skip
    for cause in truth["causes"]:
        assert cause["owner"] in OWNERS and cause["gap"] in GAPS
        assert len(cause["depth_chain"]) >= 3
    words = [truth["title"], *(w for c in truth["causes"] for w in c["depth_chain"])]
    words += [w for d in truth["decoys"] for w in d.values()]
    assert all(w["zh"].strip() and w["en"].strip() for w in words)


def test_varied_worlds_differ():
    made = [worlds.make("S03", rng=seed, scale="small", vary=True) for seed in range(8)]
    changes = [w.tables["changes"].set_index("change_id") for w in made]
    assert len({table.loc["CH-107", "at"] for table in changes}) > 2
    assert len({w.tables["actions"].set_index("action_id").loc["A-21", "scope"] for w in made}) > 2
    assert len({tuple(w.truth["cells"][0]["where"].values()) for w in made}) > 2
    assert len({len(table) for table in changes}) > 1
    assert {w.plot.patches[0].strength for w in made} - {1.0}


def test_options_set_what_a_trainer_wants():
    one = worlds.make("S03", rng=5, scale="small", strength=0.5, onset=10, cell="biz_l2=overage", decoys=2)
    changes = one.tables["changes"].set_index("change_id")
    assert (
        changes.loc["CH-107", "at"] == pd.Timestamp("2025-05-05") and changes.loc["CH-107", "scope"] == "biz_l2=overage"
    )
    assert len(changes) == 3
    assert one.truth["cells"][0]["where"] == {"biz_l2": "overage"}
    assert one.truth["options"] == "strength:0.5,onset:10,cell:biz_l2=overage,decoys:2"
    trials = one.tables["bill_items"].dropna(subset="trial_end_on")
    assert set(trials["item"]) == {"data_allowance"}


@pytest.mark.parametrize(
    ("option", "words"),
    [({"strength": 0}, "at most 2"), ({"strength": 2.5}, "at most 2"), ({"onset": 3}, "'9', '10', '11'"), ({"decoys": 99}, "0 to 10"),
     ({"cell": "biz_l2=gift"}, "biz_l2=vas_charge")],
)  # fmt: skip
def test_options_out_of_range_are_refused(option, words):
    with speaking("en"), pytest.raises(StudyError, match=words):
        worlds.make("S03", **option)


def test_a_patch_below_noise_says_so():
    assert worlds.truth("S03", rng=2)["findable"]
    weak = worlds.truth("S03", rng=2, strength=0.01, cell="biz_l2=vas_charge;segment=mass")
    assert abs(weak["expected_z"][0]) < 3.5 and not weak["findable"]


def test_stronger_is_worse():
    effects = [worlds.truth("S03", rng=2, strength=strength)["true_effect_points"] for strength in (0.5, 1, 1.5)]
    assert effects[0] > effects[1] > effects[2]


def test_names_in_any_case_and_a_helpful_refusal():
    assert worlds.story("s03").name == worlds.story("S03_Charging").name == "s03_charging"
    with speaking("en"), pytest.raises(Exception, match="ccsat world make s03_charging"):
        worlds.story("s03_charing")
    with speaking("en"), pytest.raises(Exception, match="scale"):
        worlds.make("S00", scale="huge")


@pytest.mark.parametrize("story", worlds.STORIES, ids=lambda story: story.code)
def test_every_change_of_a_varied_world_has_its_time(story):
    for seed in (3, 4, 5):
        changes = worlds.make(story.code, rng=seed, scale="small", vary=True).tables["changes"]
        assert changes["at"].notna().all() and len(changes)
