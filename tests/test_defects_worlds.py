"""Data defects on invented centres: the four planted ones are found with their size, and where none is planted none matters."""

import pytest

import ccsat as cs
from ccsat import worlds
from ccsat.cells import ask, design_effects
from ccsat.stages.corrected import corrected_kpi
from ccsat.stages.defects import find_defects

pytestmark = pytest.mark.slow
SEEDS = (101, 102, 103)
MATERIAL = 0.0002


@pytest.fixture(scope="module", params=SEEDS)
def spoiled(request):
    """The world, the question and its defects."""
    world = worlds.make("S08", rng=request.param)
    asked = ask(world.centre, cs.Question.of(world.centre.study))
    return world, asked, find_defects(world.centre, asked)


def planted(world, kind):
    return next(defect for defect in world.truth["defects"] if defect["kind"] == kind)


def test_copies_and_default_fills_are_counted_to_the_row(spoiled):
    world, _, defects = spoiled
    found = {defect.key: defect for defect in defects}
    truth = planted(world, "duplicate")
    assert found["duplicate"].n == found["day_loaded_twice"].n == truth["n"]
    assert found["day_loaded_twice"].values["days"].split(", ") == truth["where"]["day"]
    assert found["day_loaded_twice"].values["batches"] == "B10-2"
    truth = planted(world, "default_filled")
    assert found["default_filled"].n == truth["n"]
    assert found["default_filled"].values["where"] == f"region={truth['where']['region']}"
    assert found["default_filled"].values["days"].startswith(truth["from"])


def test_the_team_that_picks_its_callers_is_found(spoiled):
    world, _, defects = spoiled
    (found,) = [defect for defect in defects if defect.key == "selective_invitation"]
    truth = planted(world, "selective_invitation")
    assert {found.values["dim"]: found.values["level"]} == truth["where"] and found.values["step"] == "invited"
    assert found.n == pytest.approx(truth["n"], rel=0.3)
    points = next(cause["points"] for cause in world.truth["causes"] if cause["id"] == "change:CH-802")
    assert found.effect_lower <= points <= found.effect_upper


def test_nothing_else_is_found(spoiled):
    _, _, defects = spoiled
    assert {d.key for d in defects} == {"duplicate", "day_loaded_twice", "default_filled", "selective_invitation"}


def test_the_corrected_change_holds_the_true_one(spoiled):
    world, asked, defects = spoiled
    instrument = planted(world, "instrument")["where"]["region"]
    unchanged = {"region": [r for r in ("R1", "R2", "R3", "R4", "R5", "R6") if r not in instrument]}
    fixed = corrected_kpi(world.centre, asked, defects, design_effects(world.centre, asked)[0], unchanged=unchanged)
    truth = world.truth["corrected"]
    assert fixed.change.lower <= truth["change_points"] <= fixed.change.upper
    assert fixed.lower <= truth["value"] <= fixed.upper
    assert abs(sum(step.effect_points for step in fixed.steps) - (fixed.as_is - fixed.value)) < 1e-9
    assert [step.key for step in fixed.steps] == ["duplicate", "default_filled", "selective_invitation", "instrument"]


@pytest.mark.parametrize("seed", range(101, 107))
def test_a_world_without_defects_has_none_that_matters(seed):
    world = worlds.make("S00", rng=seed)
    asked = ask(world.centre, cs.Question.of(world.centre.study))
    defects = find_defects(world.centre, asked)
    assert [d for d in defects if d.removed is not None or abs(d.effect_points or 0) > MATERIAL] == []
