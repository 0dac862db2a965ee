"""N08, N09, N19 and N21: the accounts of a team's own data pass, and each known mistake gets words of its own, in both languages."""

import re
from pathlib import Path

import pandas as pd
import pytest

from ccsat import workshop
from ccsat.wording import LANGUAGES, speaking
from ccsat.workshop.exercises import EXERCISES, n08, n09, n19, n21
from ccsat.workshop.proof import WRONG, read_examples

ROOT = Path(__file__).resolve().parents[1]
SOURCES = {"N08": "08_phone", "N09": "09_internet", "N19": "19_service_system", "N21": "21_five_gaps"}
SEEDS = {"N08": 103, "N09": 107, "N19": 107, "N21": 107}
OTHERS = {"N08": (102, False), "N09": (101, False), "N19": (103, False)}
SLOW = [pytest.param("N21", marks=pytest.mark.slow)]
LESSONS = ["N08", "N09", "N19", *SLOW]


def begin(exercise, seed=None, **more):
    return workshop.begin(
        exercise, world=EXERCISES[exercise].world, seed=SEEDS[exercise] if seed is None else seed, lang="en", **more
    )


@pytest.fixture(autouse=True)
def english():
    with speaking("en"):
        yield


def right_answers(case):
    return {"N08": right_n08, "N09": right_n09, "N19": right_n19, "N21": right_n21}[case.exercise](case)


def right_n08(case):
    found = n08.ranking(case)
    apart = found.table.loc[found.table["apart"], "agent"].tolist() or [n08.NOBODY]
    return {
        "type_rates": {key: round(value, 3) for key, value in n08.rates(case).items()},
        "type_points": n08.costs(case),
        "rankable": {"rankable": len(found.table), "not_rankable": len(found.not_rankable), "apart": apart},
        "newcomers": n08.gaps(case),
        "plan": ["d2", "d1"],
    }


def right_n09(case):
    found, first = n09.funnel(case), n09.first(case)
    return {
        "completion": {"now": round(found.completion["value"], 3), "before": round(found.change["value_baseline"], 3)},
        "largest_step": {"step": found.largest, "clear": "yes" if found.distinct < 0.05 else "no"},
        "later_rate": n09.rates(case),
        "first_response": {"odds": round(first.table["odds_ratio"].iloc[0], 2), "direction": n09.NAMED[first.falls]},
        "claim": "u2",
    }


def right_n19(case):
    graded, found = n19.graded(case), n19.pipeline(case)
    return {
        "alert_cell": n19.deepest(case),
        "delay": {"days": int(graded.table["delay_days"].iloc[0]), "echoes": graded.echoes, "false": graded.false_alerts},
        "false_alerts": n19.false_alerts(case),
        "pipeline_kept": {"verified": int(found.stages.set_index("stage")["n"]["verified"]), "ratio": round(found.ratio, 3), "weak": found.weak},
        "next_step": "s3",
    }  # fmt: skip


def right_n21(case):
    return {
        "account_a": n21.points_of(case),
        "leading": n21.planted(case),
        "order_b": n21.design_in_b(case),
        "cures": {"A": "g5", "B": "g2", "C": "g6"},
    }


def wrong_answers(case, right):
    return read_examples(ROOT / WRONG / f"{SOURCES[case.exercise]}.py", case, right)


@pytest.mark.parametrize("exercise", LESSONS)
def test_the_accounts_of_ones_own_data_pass(exercise):
    right = right_answers(begin(exercise))
    assert set(right) == set(EXERCISES[exercise].items)
    for item, answer in right.items():
        found = workshop.check(item, answer)
        assert found.ok and found.score == found.max, repr(found)
    assert sum(item.max for item in EXERCISES[exercise].items.values()) == 100


@pytest.mark.parametrize("exercise", LESSONS)
def test_each_known_mistake_has_its_own_words_and_tells_nothing(exercise):
    case = begin(exercise)
    right = right_answers(case)
    examples, said = wrong_answers(case, right), {}
    for (item, key), answer in examples.items():
        found = workshop.check(item, answer)
        assert (found.key, found.ok) == (key, False), (item, key, repr(found))
        assert found.score < found.max and 1 <= found.hint <= 3
        written = set(re.findall(r"[\w.-]+", repr(answer)))
        for lang in LANGUAGES:
            message = found.message(lang)
            assert message and not set(re.findall(r"\d\.\d{3,}", message)) - written - {"0.031", "0.012"}
            said.setdefault((lang, item), {})[message] = key
    for (_, item), messages in said.items():
        assert len(messages) == len([key for (one, key) in examples if one == item])
    assert {(name, key) for name, item in EXERCISES[exercise].items.items() for key in item.wrong} == set(examples)


@pytest.mark.parametrize("exercise", ["N08", "N09", "N19", "N21"])
@pytest.mark.parametrize("answer", [{"a": [1]}, {1: 2}, {"rankable": 3, "not_rankable": 4, "apart": [[1]]}, {"A": [1], "B": "g1", "C": 2}, {"step": "x", "clear": 1}, {"odds": -1, "direction": []},
                                    {"days": float("nan"), "echoes": 1, "false": 2}, {"region": [1]}, "s9", [3], [[1], {"a": 2}], pd.DataFrame({"a": [1]})], ids=repr)  # fmt: skip
def test_odd_answers_are_judged_not_crashed_on(exercise, answer):
    begin(exercise)
    for item in EXERCISES[exercise].items:
        found = workshop.check(item, answer)
        assert not found.ok and found.message()


@pytest.mark.slow
@pytest.mark.parametrize("exercise", list(OTHERS))
def test_every_team_can_be_right(exercise):
    seed, vary = OTHERS[exercise]
    own = right_answers(begin(exercise))
    right = right_answers(begin(exercise, seed=seed, vary=vary))
    found = {item: workshop.check(item, answer) for item, answer in right.items()}
    assert all(one.ok for one in found.values()), found
    copied = {"N08": "type_points", "N09": "later_rate", "N19": "delay"}[exercise]
    assert not workshop.check(copied, own[copied]).ok


def test_newcomers_are_as_good_on_simple_work():
    found = n08.gaps(begin("N08"))
    assert abs(found["simple"]) < 0.05 < abs(found["all"]) and found["complex"] < -0.03


def test_loose_rates_ring_more_where_nothing_changed():
    found = n19.false_alerts(begin("N19"))
    assert found["default"] <= 2 < found["loose"]
