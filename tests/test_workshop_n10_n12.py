"""N10 to N12: the accounts of a team's own data pass, and each known mistake gets words of its own, in both languages."""

import re
from pathlib import Path

import pandas as pd
import pytest

from ccsat import workshop
from ccsat.wording import LANGUAGES, speaking
from ccsat.workshop.exercises import EXERCISES, n10, n11, n12
from ccsat.workshop.exercises.claims import true_statement
from ccsat.workshop.proof import WRONG, read_examples
from ccsat.workshop.source import read_sources

ROOT = Path(__file__).resolve().parents[1]
LESSONS = {"N10": "10_bot_kpis", "N11": "11_ivr", "N12": "12_text_and_handoff"}


@pytest.fixture(autouse=True)
def english():
    with speaking("en"):
        yield


def begin(exercise, seed=101, **more):
    return workshop.begin(exercise, world=EXERCISES[exercise].world, seed=seed, lang="zh", **more)


def right_answers(case):
    return {"N10": right_n10, "N11": right_n11, "N12": right_n12}[case.exercise](case)


def right_n10(case):
    return {
        "by_hand": n10.by_hand(case)["right"],
        "whole_sheet": n10.values(case),
        "trio": sorted(n10.TRIO),
        "why": {"why": "blocked", "report": n10.HEADLINE},
    }


def right_n11(case):
    left, account = n11.deepest_exit(case), n11.account(case)
    node, failure = n11.failing(case)["right"]
    return {
        "exit_node": {"node": left["node"], "share": left["share"]},
        "worst_prompt": {"node": node, "failure": failure},
        "menu_effect": {"effect": round(n11.effect(case).effect, 3), "holds": bool(n11.effect(case).holds)},
        "false_containment": {
            "gained": account.total,
            "came_back": float(account.table.set_index("part").loc["back", "points"]),
            "false_rate": account.false_value,
        },
        "conclusion": {"claim": true_statement(case, n11.DEEP_KEY), "first": "v2"},
    }


def right_n12(case):
    funnel, verdict, plan = n12.funnel(case), n12.verdict(case), n12.plan(case)
    row = funnel.table.set_index("step").loc[funnel.fallen_most]
    return {
        "funnel_step": {"step": funnel.fallen_most, "share": float(row["share"]), "change": float(row["change"])},
        "three_views": dict(n12.TRUE_VIEW),
        "ab_plan": {"n_arm": round(plan.n_arm * 1.03), "days": plan.days},
        "ab_looks": {"first_p": float(n12.plan(case, n12.LOOKS).table["p_value"].iloc[0]), "peeking": plan.peeking},
        "ab_verdict": {"decision": verdict.decision, "change": float(verdict.table["change"].iloc[0])},
    }


@pytest.mark.parametrize("exercise", LESSONS)
def test_right_answers_pass_and_each_known_mistake_has_its_own_words(exercise):
    case = begin(exercise)
    right, said = right_answers(case), {}
    assert (
        set(right) == set(EXERCISES[exercise].items)
        and sum(item.max for item in EXERCISES[exercise].items.values()) == 100
    )
    for item, answer in right.items():
        assert workshop.check(item, answer).ok, item
    examples = read_examples(ROOT / WRONG / f"{LESSONS[exercise]}.py", case, right)
    for (item, key), answer in examples.items():
        found = workshop.check(item, answer)
        assert (found.key, found.ok) == (key, False), (item, key, repr(found))
        assert found.score < found.max and 1 <= found.hint <= 3
        for lang in LANGUAGES:
            message = found.message(lang)
            assert message and "{" not in message and not re.findall(r"\d\.\d{3,}", message)
            said.setdefault((lang, item), set()).add(message)
    for (_, item), messages in said.items():
        assert len(messages) == len([key for one, key in examples if one == item]) >= 2
    assert {(name, key) for name, item in EXERCISES[exercise].items.items() for key in item.wrong} == set(examples)


@pytest.mark.parametrize("exercise", LESSONS)
@pytest.mark.parametrize("answer", [{"a": [1]}, {1: 2}, {"claim": [1], "first": {"a": 1}}, {"why": [1], "report": 3}, {"node": [1], "share": "x"}, {"step": [1], "share": 1, "change": 2},
                                    {"strategy": [1], "flow": 2, "script": {}}, {"decision": [1], "change": 1}, {"effect": float("nan"), "holds": True}, {"n_arm": 0, "days": True},
                                    [3], [[1], {"a": 2}, "x"], "m9", pd.DataFrame({"a": [1]})], ids=repr)  # fmt: skip
def test_odd_answers_are_judged_not_crashed_on(exercise, answer):
    begin(exercise)
    for item in EXERCISES[exercise].items:
        found = workshop.check(item, answer)
        assert not found.ok and found.message()


@pytest.mark.slow
@pytest.mark.parametrize("exercise", LESSONS)
def test_every_team_can_be_right_and_a_neighbours_answer_does_not_fit(exercise):
    own = right_answers(begin(exercise))
    right = right_answers(begin(exercise, seed=104, vary=True))
    for item, answer in right.items():
        assert workshop.check(item, answer).ok, item
    first = {"N10": "whole_sheet", "N11": "false_containment", "N12": "funnel_step"}[exercise]
    assert not workshop.check(first, own[first]).ok


def test_the_test_of_n12_does_not_name_the_merged_intents():
    case = begin("N12")
    made = workshop.material("ab")
    assert list(made) == ["customer_id", "arm", "contained", "resolved", "in_vain"]
    assert made["arm"].value_counts().nunique() == 1 and made["arm"].value_counts().iloc[0] >= n12.plan(case).n_arm


@pytest.mark.parametrize("exercise", LESSONS)
def test_the_first_cell_says_what_and_how_long_and_the_last_has_key_points(exercise):
    source = next(one for one in read_sources(ROOT) if one.name == LESSONS[exercise])
    for lang, (time, points) in {"zh": ("用时", "要点"), "en": ("Time", "Key points")}.items():
        cells = source.in_language(lang)
        minutes = [
            int(one)
            for one in re.findall(r"\d+", next(line for line in cells[0].text.splitlines() if f"**{time}**" in line))
        ]
        assert minutes[0] == sum(minutes[1:])
        assert any(cell.text.startswith(f"## {points}") for cell in cells)
        assert sum(cell.has("checkpoint") for cell in cells) >= 1
        answers = [cell for cell in cells if cell.is_answer]
        assert {cell.name: cell.points for cell in answers} == {
            name: item.max for name, item in EXERCISES[exercise].items.items()
        }
