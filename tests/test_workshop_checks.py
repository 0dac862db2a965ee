"""The checks: the right findings pass, the bare stub fails, and each known mistake gets words of its own."""

import ast
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ccsat import workshop
from ccsat.wording import LANGUAGES, has, set_language, speaking
from ccsat.workshop.case import Case, uplift
from ccsat.workshop.checks import ExerciseError
from ccsat.workshop.exercises import EXERCISES, n07
from ccsat.workshop.exercises.item import code_of, lettered
from ccsat.workshop.markers import stub
from ccsat.workshop.proof import WRONG, read_examples
from ccsat.workshop.source import read_sources
from ccsat.workshop.tables import register_table

ROOT = Path(__file__).resolve().parents[1]
ITEMS = [(name, item) for name, exercise in EXERCISES.items() for item in exercise.items]


def right_answers(case: Case) -> dict:
    """What the truth of this world makes right in N07."""
    truth, links = case._truth, n07.links(case)
    claims, findings = n07.claims(case), n07.refutations(case)
    where = truth["verification"]["cells"][0]
    counts = case.cell_counts(where, current=truth["verification"]["after"])
    held = counts[counts["biz_l2"].eq(where["biz_l2"]) & counts["region"].isin(where["region"])]
    return {
        "verdict": truth["verdict"],
        "cell": truth["cells"][0]["where"],
        "decoy": {code_of(claims, d["claim"]): code_of(findings, d["why_wrong"]) for d in truth["decoys"]},
        "depth_chain": [code_of(links, words) for words in truth["causes"][0]["depth_chain"]],
        "evidence": {"region_control": "B", "reminder_dose": "C"},
        "action_set": truth["best_set"],
        "power": {"ratings": held["n"].sum(), "too_thin": "cell_satisfaction", "use": "dispute_contacts"},
    }


def wrong_answers(case: Case, right: dict) -> dict[str, dict[str, object]]:
    """One example of each mistake that N07 knows, the trainer's own: item -> message key -> answer."""
    by_item: dict[str, dict[str, object]] = {}
    for (item, key), answer in read_examples(ROOT / WRONG / "07_charging_case.py", case, right).items():
        by_item.setdefault(item, {})[key] = answer
    return by_item


@pytest.fixture(scope="module")
def case():
    return workshop.begin("N07", world="S03", seed=7, lang="en")


@pytest.fixture(scope="module")
def right(case):
    return right_answers(case)


@pytest.fixture(autouse=True)
def english():
    with speaking("en"):
        begin_for("N07")
        yield


def begin_for(exercise: str) -> Case:
    """The exercise's own world, as its notebook begins it."""
    return workshop.begin(exercise, world=EXERCISES[exercise].world, seed=7, lang="en")


def test_the_right_findings_pass(case, right):
    for item, answer in right.items():
        found = workshop.check(item, answer)
        assert found.ok, repr(found)
        assert found.score == found.max
    assert set(right) == set(EXERCISES["N07"].items)


@pytest.mark.parametrize("seed", [3, 11])
def test_findings_of_another_team_do_not_all_fit(case, right, seed):
    other = workshop.begin("N07", world="S03", seed=seed, vary=True, lang="en")
    try:
        own = right_answers(other)
        assert all(workshop.check(item, answer).ok for item, answer in own.items())
        assert own["power"] != right["power"]
        assert not workshop.check("power", right["power"]).ok
    finally:
        workshop.begin("N07", world="S03", seed=7, lang="en")


def test_each_known_mistake_has_its_own_words(case, right):
    examples = wrong_answers(case, right)
    for name, item in EXERCISES["N07"].items.items():
        assert set(examples[name]) == set(item.wrong), name
        said = {}
        for key, answer in examples[name].items():
            found = workshop.check(name, answer)
            assert (found.key, found.ok) == (key, False), repr(found)
            assert found.score < found.max
            assert 1 <= found.hint <= 3
            said[found.message()] = key
        assert len(said) == len(item.wrong)


def test_messages_never_show_the_truth(case, right):
    """The words for a mistake hold no code of the answer that the trainee did not write."""
    for name, mistakes in wrong_answers(case, right).items():
        codes = {str(code) for code in (right[name] if isinstance(right[name], list) else [])}
        codes |= {str(x) for pair in right[name].items() for x in pair} if isinstance(right[name], dict) else set()
        for answer in mistakes.values():
            found = workshop.check(name, answer)
            for lang in LANGUAGES:
                shown = set(re.findall(r"\w+", found.message(lang))) - {
                    "A",
                    "B",
                    "C",
                    "D",
                    "ratings",
                    "too_thin",
                    "use",
                }
                assert not (codes & shown) - set(re.findall(r"\w+", repr(answer))) - set(case.dims)


@pytest.mark.parametrize(("exercise", "item"), ITEMS)
@pytest.mark.parametrize("answer", [..., None, "", [], {}, [...], {"a": ...}], ids=repr)
def test_no_answer_is_no_answer(exercise, item, answer):
    begin_for(exercise)
    found = workshop.check(item, answer)
    assert (found.key, found.ok, found.score) == ("unanswered", False, 0)


@pytest.mark.parametrize(("exercise", "item"), ITEMS)
def test_a_wrong_type_is_told_the_form(exercise, item):
    begin_for(exercise)
    found = workshop.check(item, "x" if EXERCISES[exercise].items[item].kind is float else 3.5)
    assert found.key == "wrong_type"
    assert EXERCISES[exercise].items[item].example in found.message()


def test_an_unknown_code_is_told_the_known_ones(case):
    assert "'reel'" in workshop.check("verdict", "reel").message()
    assert workshop.check("action_set", ["b9"]).key == "unknown_code"
    assert workshop.check("depth_chain", ["k99"]).key == "unknown_code"


@pytest.mark.parametrize("item", EXERCISES["N07"].items)
@pytest.mark.parametrize(
    "answer",
    [{"a": [1]}, {"biz_l2": ["vas_charge", "overage"]}, {"biz_l2": 3}, {1: 2}, [[1], {"a": 2}], [3, "b1"], "b1", {"region_control": 2},
     {"ratings": float("nan"), "too_thin": "cell_satisfaction", "use": "dispute_contacts"}, pd.DataFrame({"a": [1]})],
    ids=repr,
)  # fmt: skip
def test_odd_answers_are_judged_not_crashed_on(case, item, answer):
    found = workshop.check(item, answer)
    assert not found.ok
    assert found.message()


def test_answers_may_come_from_tables(case, right):
    assert workshop.check("depth_chain", pd.Series(right["depth_chain"])).ok
    assert workshop.check("action_set", np.array(right["action_set"])).ok
    assert workshop.check("action_set", set(right["action_set"])).ok


@pytest.mark.parametrize(("exercise", "item"), ITEMS)
def test_every_message_is_in_the_catalogue(exercise, item):
    asked = EXERCISES[exercise].items[item]
    for key in ("right", *asked.wrong):
        assert has(asked.message_key(exercise, item, key))


def test_choices_are_in_the_session_language_and_say_nothing_by_their_order(case, right):
    offered = [code for code, _ in workshop.choices("depth_chain").rows]
    assert [code for code in offered if code in right["depth_chain"]] not in (
        right["depth_chain"],
        right["depth_chain"][::-1],
    )
    set_language("zh")
    assert dict(workshop.choices("verdict").rows)["mix"].startswith("各类业务")


def test_registers_are_shown_whole_in_the_session_language(case):
    register = pd.DataFrame({"change_id": ["CH-1"], "at": pd.to_datetime(["2025-04-28"]), "title_zh": ["提醒" * 40],
                             "title_en": ["Reminder " * 12], "owner": [None], "cost": [3.0]})  # fmt: skip
    english = register_table(register)
    assert english.rows == (("CH-1", "2025-04-28", "Reminder " * 12, "3"),)
    set_language("zh")
    assert register_table(register).rows[0][2] == "提醒" * 40


def test_numbered_codes_do_not_depend_on_the_words():
    one, other = ({"zh": str(i), "en": str(i)} for i in range(5)), ({"zh": f"x{i}", "en": f"x{i}"} for i in range(5))
    assert [words["en"] for words in lettered("k", other).values()] == [
        f"x{words['en']}" for words in lettered("k", one).values()
    ]


def test_hand_in_writes_answers_and_checks(case, right, tmp_path):
    handed = workshop.hand_in({**right, "verdict": ..., "cell": {"region": "R4"}}, out_dir=str(tmp_path / "out"))
    assert "70 of 100" in repr(handed)
    result = json.loads(handed.path.read_text(encoding="utf-8"))
    assert result["answers"]["verdict"] is None
    assert result["answers"]["action_set"] == right["action_set"]
    checks = {row["id"]: row for row in result["checks"]}
    assert set(checks["cell"]) == {"id", "ok", "score", "max", "message_zh", "message_en", "hint_level"}
    assert result["score"] == 100 - 10 - 20
    assert not checks["cell"]["ok"]
    with pytest.raises(ExerciseError, match="verdict"):
        workshop.hand_in({"verdict": "real"}, out_dir=str(tmp_path))


def test_what_cannot_be_checked_is_refused(case):
    with pytest.raises(ExerciseError, match="no exercise 'N99'"):
        workshop.begin("N99", world="S03", seed=7)
    with pytest.raises(ExerciseError, match="world S03"):
        workshop.begin("N07", world="S05", seed=7)
    with pytest.raises(ExerciseError, match="no item 'colour'"):
        workshop.check("colour", "red")


def test_uplift_counts_only_what_is_left():
    action = {"p": 1.0, "phi": {"c": 0.5}, "lead_days": 10}
    assert uplift([action, action], {"c": 2.0}, 90) == pytest.approx(1.5)
    assert uplift([action], {"c": 2.0}, 5) == 0


# The notebooks' answer cells -----------------------------------------------------------------


@pytest.mark.parametrize("source", [s for s in read_sources(ROOT) if not s.scheduled], ids=lambda source: source.name)
def test_every_stub_stands_alone_and_fails_its_check(source):
    cells = source.in_language("en")
    begun = re.search(r'workshop\.begin\(\s*"(\w+)"', "\n".join(cell.text for cell in cells))
    if begun is None:
        assert not any(cell.is_answer for cell in cells)
        return
    begin_for(begun.group(1))
    for place, cell in enumerate(cells):
        if cell.is_answer:
            names: dict[str, object] = {}
            exec(stub(cell.text), names)
            asked = next(c for c in cells[place:] if c.has("check")).text
            item = ast.literal_eval(re.search(r"check\((\"\w+\")", asked).group(1))
            found = workshop.check(item, names[cell.name])
            assert (found.ok, found.key, item) == (False, "unanswered", cell.name)
            assert found.max == cell.points
