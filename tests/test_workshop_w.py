"""W0 to W7: right findings pass on every world, each known mistake has words of its own, hints and checkpoints cost what they say."""

import json

import pytest
from workshop_day import RIGHT, SEED, case_of, examples, right_w1, right_w2, wrong

from ccsat import workshop
from ccsat.wording import LANGUAGES, has, speaking, text
from ccsat.workshop import checks, records
from ccsat.workshop.checks import ExerciseError
from ccsat.workshop.exercises import EXERCISES
from ccsat.workshop.exercises.team_case import CAPSTONE, TEAM_WORLDS

DAY = [name for name in EXERCISES if name.startswith("W")]
QUICK = ("W2", "W3", "W4", "W6")


@pytest.fixture(autouse=True)
def english():
    with speaking("en"):
        yield
    checks._session["case"] = None
    records._session.clear()


def on(exercise, world, **more):
    """Begin an exercise on a world of the team's day."""
    case = case_of(exercise, world, **more)
    checks._session["case"] = case
    return case


def check_all_right(exercise, case, right):
    for item, answer in right.items():
        found = workshop.check(item, answer)
        assert found.ok, f"{case.world} {found!r}"
        assert found.score == found.max


@pytest.mark.parametrize("exercise", QUICK)
@pytest.mark.parametrize("world", TEAM_WORLDS)
def test_right_findings_pass_on_every_world(exercise, world):
    case = on(exercise, world)
    check_all_right(exercise, case, RIGHT[exercise](case))


@pytest.mark.parametrize("world", TEAM_WORLDS)
def test_the_data_stage_passes_on_every_world(world):
    case = on("W1", world)
    check_all_right("W1", case, right_w1(case, legs=False))


@pytest.mark.slow
@pytest.mark.parametrize("world", TEAM_WORLDS)
def test_the_three_legs_pass_on_every_world(world):
    case = on("W1", world)
    check_all_right("W1", case, right_w1(case))


@pytest.mark.parametrize(("exercise", "world"), [("W0", "S03"), ("W0", "S01"), ("W7", CAPSTONE)])
def test_brief_and_capstone_pass(exercise, world):
    case = on(exercise, world)
    check_all_right(exercise, case, RIGHT[exercise](case))


@pytest.mark.parametrize("exercise", DAY)
def test_each_known_mistake_has_words_of_its_own(exercise):
    case = on(exercise, CAPSTONE if exercise == "W7" else "S03")
    for name, mistakes in wrong(exercise, case, RIGHT[exercise](case)).items():
        item, said = EXERCISES[exercise].items[name], {}
        for key, answer in mistakes.items():
            found = workshop.check(name, answer)
            assert (found.key, found.ok) == (key, False), repr(found)
            assert key in item.wrong
            assert found.score < found.max or not found.max
            assert 1 <= found.hint <= 3
            said[found.message()] = key
        assert len(said) == len(mistakes)


@pytest.mark.parametrize("exercise", ["W1", "W2", "W3"])
def test_mistakes_that_need_another_world_have_words_of_their_own(exercise):
    for world, make in examples(exercise)["ELSEWHERE"].items():
        for (item, key), answer in make(on(exercise, world)).items():
            found = workshop.check(item, answer)
            assert (found.key, found.ok) == (key, False), repr(found)
            assert key in EXERCISES[exercise].items[item].wrong


# Mistakes that cannot be made on the examples' worlds: the right verdict of each, and what a library or a world may hold.
RARE = {("W1", "verdict", "said_artefact")}


@pytest.mark.parametrize("exercise", DAY)
def test_every_known_mistake_has_an_example(exercise):
    case = on(exercise, CAPSTONE if exercise == "W7" else "S03")
    shown = set(examples(exercise)["wrong_answers"](case, RIGHT[exercise](case)))
    shown |= {
        pair for world, make in examples(exercise).get("ELSEWHERE", {}).items() for pair in make(on(exercise, world))
    }
    known = {(item, key) for item, asked in EXERCISES[exercise].items.items() for key in asked.wrong}
    assert {(exercise, *pair) for pair in known - shown} <= RARE
    assert not shown - known


def test_every_message_and_hint_is_in_both_languages():
    for exercise in DAY:
        for name, item in EXERCISES[exercise].items.items():
            for key in ("right", *item.wrong):
                assert has(item.message_key(exercise, name, key)), (exercise, name, key)
            levels = [level for level in (1, 2, 3) if has(f"workshop.{exercise.lower()}.hint.{name}.h{level}")]
            assert levels == list(range(1, len(levels) + 1)) != []
            if exercise != "W0":
                assert levels == [1, 2, 3], (exercise, name)


@pytest.mark.parametrize("exercise", ["W2", "W3"])
def test_a_neighbours_findings_do_not_all_fit(exercise):
    other = RIGHT[exercise](case_of(exercise, "S03", seed=105))
    case = on(exercise, "S03")
    own = RIGHT[exercise](case)
    assert not all(workshop.check(item, answer).ok for item, answer in other.items())
    assert all(workshop.check(item, answer).ok for item, answer in own.items())


def test_points_of_the_day_add_up_to_ninety_and_the_trainers_ten():
    points = {name: sum(item.max for item in EXERCISES[name].items.values()) for name in DAY}
    assert {name: points[name] for name in ("W1", "W2", "W3", "W4", "W6")} == {
        "W1": 20,
        "W2": 25,
        "W3": 25,
        "W4": 20,
        "W6": 0,
    }
    assert points["W0"] == 0


# Hints, checkpoints, anti-patterns -----------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "team.json").write_text("{}", encoding="utf-8")
    return tmp_path


def test_a_hint_costs_its_price_once(folder):
    on("W1", "S03", team_dir=str(folder))
    assert workshop.check("verdict", "real").score == 6
    shown = workshop.hint("verdict", 1)
    assert "2%" in repr(shown)
    workshop.hint("verdict", 1)
    assert workshop.check("verdict", "real").score == pytest.approx(6 * 0.98)
    workshop.hint("verdict", 3)
    found = workshop.check("verdict", "real")
    assert found.ok and found.cost == pytest.approx(0.12)
    assert "12%" in repr(found)
    assert workshop.check("corrected", {"value": 0.0}).cost == 0
    assert len((folder / records.FILE).read_text(encoding="utf-8").splitlines()) == 2


def test_a_broken_record_stops_nobody(folder):
    (folder / records.FILE).write_text(
        '{"exercise": "W1", "item": "verdict", "hint": 2}\nnot json\n[1]\n', encoding="utf-8"
    )
    on("W1", "S03", team_dir=str(folder))
    assert workshop.check("verdict", "real").cost == 0.05


def test_hints_that_are_not_there_are_refused():
    on("W1", "S03")
    with pytest.raises(ExerciseError, match="no hint 4"):
        workshop.hint("verdict", 4)
    with pytest.raises(ExerciseError, match="no item 'cell'"):
        workshop.hint("cell", 1)
    with pytest.raises(ExerciseError, match="no checkpoint 'Z'"):
        workshop.checkpoint("Z")


@pytest.mark.parametrize("world", ["S03", "S08", "S10", "S01"])
@pytest.mark.parametrize("name", ["A", "B", "C"])
def test_a_checkpoint_shows_what_should_be_known_and_halves_its_items(folder, world, name):
    exercise, item = {"A": ("W1", "verdict"), "B": ("W2", "cell"), "C": ("W3", "cause")}[name]
    case = on(exercise, world, team_dir=str(folder))
    joined = workshop.checkpoint(name)
    assert len(joined.table)
    assert "50%" in repr(joined)
    right = (
        right_w1(case, legs=False) if exercise == "W1" else right_w2(case) if exercise == "W2" else RIGHT["W3"](case)
    )
    found = workshop.check(item, right[item])
    assert found.ok and found.score == pytest.approx(found.max / 2)


def test_what_was_handed_in_before_a_checkpoint_keeps_its_points(folder):
    case = on("W1", "S03", team_dir=str(folder))
    right = {**right_w1(case, legs=False), "legs": ...}
    workshop.hand_in(right, out_dir=str(folder / "results" / "W1"))
    on("W2", "S03", team_dir=str(folder))
    assert "handed in" in repr(workshop.gate("W1", "A"))
    assert "costs nothing" in repr(workshop.checkpoint("A"))
    on("W1", "S03", team_dir=str(folder))
    assert workshop.check("verdict", "real").score == 6
    assert "15 of 20" in repr(workshop.standing(folder))


def test_a_stage_that_is_open_says_how_to_go_on(folder):
    on("W2", "S03", team_dir=str(folder))
    assert 'checkpoint("A")' in repr(workshop.gate("W1", "A"))


def test_an_anti_pattern_costs_and_is_recorded(tmp_path):
    case = on("W2", "S03")
    right = right_w2(case)
    plain = {reason: value for reason, value in right["ledger"].items() if reason != "unstated"}
    found = workshop.check("ledger", plain)
    assert found.anti == "ignores_unstated"
    assert found.score == pytest.approx((0.3 - 0.1) * 7, abs=0.05)
    handed = workshop.hand_in({**right, "ledger": plain}, out_dir=str(tmp_path))
    row = json.loads(handed.path.read_text(encoding="utf-8"))["checks"][0]
    assert row["anti_pattern"] == "ignores_unstated"


def test_every_anti_pattern_has_words():
    import re
    from pathlib import Path

    folder = Path(workshop.__file__).parent / "exercises"
    codes = set(re.findall(r'anti="(\w+)"', "".join(path.read_text(encoding="utf-8") for path in folder.glob("w*.py"))))
    assert len(codes) >= 5
    for lang in LANGUAGES:
        assert all(text(f"workshop.anti.{code}", lang) for code in codes)


def test_messages_never_show_the_truth():
    for exercise in ("W2", "W3", "W4"):
        case = on(exercise, "S03")
        right = RIGHT[exercise](case)
        truth = {"CH-107", "overage", "billing_product", "b1", "b2", "b3", "b5"}
        for name, mistakes in wrong(exercise, case, right).items():
            for answer in mistakes.values():
                for lang in LANGUAGES:
                    said = workshop.check(name, answer).message(lang)
                    assert not [word for word in truth if word in said and word not in repr(answer)], (name, said)


def test_the_seed_in_use_is_a_development_seed():
    assert 101 <= SEED <= 130
