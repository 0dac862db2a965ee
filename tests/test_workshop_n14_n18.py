"""N14 to N18: figures counted from a team's own data pass, and each known mistake gets words of its own, in both languages."""

from pathlib import Path

import pytest

from ccsat import workshop
from ccsat.business.targets import target_status
from ccsat.touchpoints.complaint_causes import preventable_pool
from ccsat.touchpoints.complaints import escalation_rate
from ccsat.wording import LANGUAGES, speaking
from ccsat.workshop.exercises import EXERCISES, n14, n15, n16, n17, n18
from ccsat.workshop.exercises.claims import owner_of_cause, true_statement
from ccsat.workshop.proof import WRONG, read_examples

ROOT = Path(__file__).resolve().parents[1]
FILES = {"N14": "14_complaints", "N15": "15_target_status", "N16": "16_marketing_rule", "N17": "17_rule_and_process", "N18": "18_collaboration"}


@pytest.fixture(autouse=True)
def english():
    with speaking("en"):
        yield


def begin(exercise, seed=101, **more):
    return workshop.begin(exercise, world=EXERCISES[exercise].world, seed=seed, lang="en", **more)


def best(case):
    return next(action["id"] for action in case._truth["actions"] if action["label"] == "best")


def right_answers(case):
    return {"N14": right_n14, "N15": right_n15, "N16": right_n16, "N17": right_n17, "N18": right_n18}[case.exercise](case)


def right_n14(case):
    rate, pool = escalation_rate(case.centre), preventable_pool(case.centre).table.iloc[0]
    return {
        "mature_rate": {"rate": round(rate["value"], 4), "n": rate["n"]},
        "last_month": {key: round(value, 4) for key, value in n14.last_month(case).items()},
        "where": {"dim": "region", "level": n14.region(case)},
        "deadline": {key: round(value, 4) for key, value in n14.deadline(case).items()},
        "preventable": {"n": int(pool["preventable"]), "share": round(pool["value"], 4)},
        "conclusion": {"claim": true_statement(case, n14.DEADLINE), "first": best(case)},
    }


def right_n15(case):
    row = target_status(n15.KPIS.assign(n=[None, 10_000, None, None])).table.set_index("kpi").loc["satisfaction_rate"]
    target, standing, _ = n15.adjusted(case)
    return {
        "attained": n15.attainments(),
        "missed_by": {"points": row["gap"], "more": row["more"], "share": row["more_share"]},
        "chance": {"with_10000": "noise", "with_30000": "missed", "enough": 16_756},
        "rest_needs": round(n15.rest(case)["right"], 4),
        "rate_and_mix": {key: round(value, 4) for key, value in n15.parts(case).items()},
        "fair_target": {"target": round(target, 4), "standing": standing},
        "conclusion": {"claim": true_statement(case, n15.PUSH), "first": best(case)},
    }


def right_n16(case):
    row = n16.members(case)
    return {
        "whose": {"campaign": n16.cohort(case), "difference": round(row["difference"], 4)},
        "before_sale": {"difference": round(n16.just_before(case), 4), "verdict": "alike"},
        "lag": {"from": int(row["peak_from"]), "to": int(row["peak_to"])},
        "cost": {"points": round(row["points"], 4), "of_fall": round(row["points"] / n16.change(case), 2)},
        "promise": {"kept": row["delivered_value"] / row["promised_value"], "gap": "promotion", "owner": "marketing"},
        "conclusion": {"claim": true_statement(case, n16.SCRIPT), "first": best(case)},
    }


def right_n17(case):
    rule, table, dose = n17.rule_of(case), n17.rules(case), n17.dose(case)
    row = table.loc[rule]
    return {
        "thousand": {"rule": rule, "per_thousand": row["per_thousand"], "touched": int(row["touched"])},
        "apart": {"difference": row["apart"], "lower": row["apart_lower"], "upper": row["apart_upper"]},
        "shares": {"of_contacts": round(row["touched"] / table["touched"].sum(), 3), "of_loss": round(row["share"], 3)},
        "slope": {"per_10h": round(10 * dose["slope"], 4), "lower": round(10 * dose["lower"], 4), "upper": round(10 * dose["upper"], 4)},
        "hours": {"hours": round(dose["moved"], 1), "points": round(dose["moved"] * dose["slope"], 3)},
        "conclusion": {"rule_owner": owner_of_cause(case), "rule_first": best(case), "process_owner": owner_of_cause(n17.second(case)), "process_first": best(n17.second(case))},
    }  # fmt: skip


def right_n18(case):
    department, measure, change = n18.slipped(case)
    return {
        "agreement": {"department": department, "measure": measure, "change": round(change, 4)},
        "targets": {name: round(points, 4) for name, points in n18.shares(case)["right"].items()},
        "in_hand": round(n18.in_hand(case)["right"], 3),
        "to_agree": sorted(n18.still_open(case)),
        "conclusion": {"claim": true_statement(case, n18.APPROVAL), "first": best(case)},
    }


@pytest.mark.parametrize("exercise", FILES)
def test_the_teams_own_figures_pass(exercise):
    right = right_answers(begin(exercise))
    assert set(right) == set(EXERCISES[exercise].items)
    for item, answer in right.items():
        found = workshop.check(item, answer)
        assert found.ok and found.score == found.max, repr(found)
    assert sum(item.max for item in EXERCISES[exercise].items.values()) == 100


@pytest.mark.parametrize("exercise", FILES)
def test_each_known_mistake_has_its_own_words(exercise):
    case = begin(exercise)
    examples = read_examples(ROOT / WRONG / f"{FILES[exercise]}.py", case, right_answers(case))
    said = {}
    for (item, key), answer in examples.items():
        found = workshop.check(item, answer)
        assert (found.key, found.ok) == (key, False), (item, key, repr(found))
        assert found.score < found.max and 1 <= found.hint <= 3 and key in EXERCISES[exercise].items[item].wrong
        for lang in LANGUAGES:
            assert "{" not in found.message(lang)
            said.setdefault((item, lang), set()).add(found.message(lang))
    asked = {(item, key) for item, one in EXERCISES[exercise].items.items() for key in one.wrong}
    assert asked == set(examples)
    assert all(
        len(said[item, lang]) == len(one.wrong) for item, one in EXERCISES[exercise].items.items() for lang in LANGUAGES
    )
    assert all(len([key for name, key in examples if name == item]) >= 2 for item in EXERCISES[exercise].items)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [104, 105])
@pytest.mark.parametrize("exercise", FILES)
def test_varied_cases_pass_too(exercise, seed):
    case = begin(exercise, seed=seed, vary=True)
    for item, answer in right_answers(case).items():
        found = workshop.check(item, answer)
        assert found.ok, repr(found)
