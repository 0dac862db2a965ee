"""N17, a business rule and a business process: what a rule costs per thousand contacts it touches, and how satisfaction answers to the hours of a process.

The rule is that of the team's first centre (S01), the process that of a second one with the same seed (S05). All figures are counted from their own data.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pandas as pd

from ccsat.business.business_rule import NO_RULE, rule_deductions
from ccsat.business.process_dose import process_dose
from ccsat.question import Question
from ccsat.wording import LANGUAGES
from ccsat.workshop.case import Case
from ccsat.workshop.exercises.claims import owner_of_cause, owner_options
from ccsat.workshop.exercises.item import Exercise, Item, Judgement, Options
from ccsat.workshop.exercises.ladder import RIGHT, is_number

PROCESS = "S05"
NEAR_PART, NEAR_SHARE, NEAR_POINTS = 0.05, 0.006, 4e-3
WITHIN = "biz_l1"
OWNERS = ("agent", "centre_process", "business_process", "business_rule", "billing_product", "marketing")
TRAINING = ("a4", "a5", "e4")  # what cannot reach a rule or a process


def second(case: Case) -> Case:
    """The centre with the process: of the same seed."""
    return replace(case, world=PROCESS, given="")


def process_data(case: Case) -> str:
    """Folder with the second centre's tables and study."""
    return second(case).data_dir


def question(case: Case) -> Question:
    """A study's own question."""
    return Question.of(case.centre.study)


@cache
def rules(case: Case) -> pd.DataFrame:
    """What each rule costs."""
    return rule_deductions(case.centre, question(case), within=WITHIN).table.set_index("rule")


def rule_of(case: Case) -> str:
    """The planted rule."""
    return str(case._truth["causes"][0]["id"]).removeprefix("rule:")


@cache
def dose(case: Case) -> dict[str, float]:
    """Of the process: slope an hour with interval, hours by which the cycle moved."""
    other = second(case)
    found = process_dose(
        other.centre, question(other), where=dict(other._truth["cells"][0]["where"]), measures=["cycle_h"]
    )
    row = found.table.iloc[0]
    return {name: float(row[name]) for name in ("slope", "lower", "upper", "moved")}


# Judges ---------------------------------------------------------------------------------------


def judge_thousand(answer: dict, case: Case) -> Judgement:
    """The rule that costs most per thousand contacts, and how much."""
    table = rules(case)
    if (
        set(answer) != {"rule", "per_thousand", "touched"}
        or answer["rule"] not in table.index
        or not all(is_number(answer[key]) for key in ("per_thousand", "touched"))
    ):
        return Judgement("form", hint=1)
    if answer["rule"] == NO_RULE:
        return Judgement("no_rule", hint=1)
    if answer["rule"] != rule_of(case):
        return Judgement("other", share=0.1, hint=2)
    row, value = table.loc[rule_of(case)], answer["per_thousand"]
    if _near(value, row["per_thousand"]):
        return RIGHT if answer["touched"] == row["touched"] else Judgement("touched", share=0.7, hint=3)
    for key, other in (
        ("observed", row["per_thousand_observed"]),
        ("one", row["deduction"]),
        ("of_whole", 1000 * row["points"]),
    ):
        if _near(value, other):
            return Judgement(key, share=0.4, hint=2)
    return Judgement("value", share=0.2, hint=2)


def judge_apart(answer: dict, case: Case) -> Judgement:
    """The rule's contacts against those of the same business without a rule, with the interval."""
    if set(answer) != {"difference", "lower", "upper"} or not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)
    row, all_free = rules(case).loc[rule_of(case)], rules(case).loc[NO_RULE, "value"]
    truth = {"difference": row["apart"], "lower": row["apart_lower"], "upper": row["apart_upper"]}
    good = {key: abs(answer[key] - truth[key]) <= NEAR_POINTS for key in truth}
    if all(good.values()):
        return RIGHT
    if abs(answer["difference"] / 100 - truth["difference"]) <= NEAR_POINTS:
        return Judgement("percent", share=0.5, hint=3)
    if abs(answer["difference"] + truth["difference"]) <= NEAR_POINTS:
        return Judgement("sign", share=0.5, hint=3)
    if good["difference"]:
        return Judgement("interval", share=0.6, hint=3)
    return Judgement(
        "everyone" if abs(answer["difference"] - (row["value"] - all_free)) <= NEAR_POINTS else "value",
        share=0.3,
        hint=2,
    )


def judge_shares(answer: dict, case: Case) -> Judgement:
    """The rule's share of contacts, and of what is lost."""
    if set(answer) != {"of_contacts", "of_loss"} or not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)
    table, row = rules(case), rules(case).loc[rule_of(case)]
    truth = {"of_contacts": row["touched"] / table["touched"].sum(), "of_loss": row["share"]}
    if all(abs(answer[key] - truth[key]) <= NEAR_SHARE for key in truth):
        return RIGHT
    if all(abs(answer[key] / 100 - truth[key]) <= NEAR_SHARE for key in truth):
        return Judgement("percent", share=0.5, hint=3)
    if (
        abs(answer["of_contacts"] - truth["of_loss"]) <= NEAR_SHARE
        and abs(answer["of_loss"] - truth["of_contacts"]) <= NEAR_SHARE
    ):
        return Judgement("swapped", share=0.5, hint=2)
    return Judgement(
        "of_loss" if abs(answer["of_contacts"] - truth["of_contacts"]) <= NEAR_SHARE else "value", share=0.3, hint=2
    )


def judge_slope(answer: dict, case: Case) -> Judgement:
    """What ten hours more do to satisfaction, with the interval."""
    if set(answer) != {"per_10h", "lower", "upper"} or not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)
    truth = {"per_10h": 10 * dose(case)["slope"], "lower": 10 * dose(case)["lower"], "upper": 10 * dose(case)["upper"]}
    value = answer["per_10h"]
    if _near(value, truth["per_10h"]):
        if answer["lower"] > answer["upper"]:
            return Judgement("order", share=0.6, hint=3)
        return (
            RIGHT
            if all(abs(answer[key] - truth[key]) <= NEAR_POINTS for key in ("lower", "upper"))
            else Judgement("interval", share=0.6, hint=3)
        )
    for key, other in (
        ("per_hour", truth["per_10h"] / 10),
        ("sign", -truth["per_10h"]),
        ("percent", 100 * truth["per_10h"]),
    ):
        if _near(value, other):
            return Judgement(key, share=0.5, hint=3)
    return Judgement("value", share=0.1, hint=2)


def judge_hours(answer: dict, case: Case) -> Judgement:
    """How many hours the cycle moved, and what they alone account for."""
    if set(answer) != {"hours", "points"} or not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)
    hours, points = dose(case)["moved"], dose(case)["moved"] * dose(case)["slope"]
    if _near(answer["hours"], hours) and _near(answer["points"], points, 0.08):
        return RIGHT
    if not _near(answer["hours"], hours):
        return Judgement("reversed" if _near(-answer["hours"], hours) else "hours", share=0.2, hint=2)
    if _near(answer["points"], dose(case)["slope"]):
        return Judgement("one_hour", share=0.5, hint=2)
    return Judgement("percent" if _near(answer["points"] / 100, points, 0.08) else "points", share=0.5, hint=3)


def conclusions(case: Case) -> Options:
    """The actions of both libraries, and the owner classes."""
    actions = {
        action["id"]: {lang: action[lang] for lang in LANGUAGES}
        for one in (case, second(case))
        for action in one._truth["actions"]
    }
    return actions | dict(owner_options(OWNERS))


def judge_conclusion(answer: dict, case: Case) -> Judgement:
    """For the rule and for the process: the owner, and what comes first."""
    keys = {"rule_owner", "rule_first", "process_owner", "process_first"}
    labels = [{action["id"]: action["label"] for action in one._truth["actions"]} for one in (case, second(case))]
    if (
        set(answer) != keys
        or answer["rule_first"] not in labels[0]
        or answer["process_first"] not in labels[1]
        or not {answer["rule_owner"], answer["process_owner"]} <= set(OWNERS)
    ):
        return Judgement("form", hint=1)
    chosen = [answer["rule_first"], answer["process_first"]]
    if set(chosen) & set(TRAINING):
        return Judgement("training", share=0.2, hint=2)
    if "agent" in (answer["rule_owner"], answer["process_owner"]):
        return Judgement("agents", share=0.2, hint=2)
    if [answer["rule_owner"], answer["process_owner"]] != [owner_of_cause(case), owner_of_cause(second(case))]:
        return Judgement("owner", share=0.4, hint=3)
    found = [labels[0][chosen[0]], labels[1][chosen[1]]]
    if found == ["best", "best"]:
        return RIGHT
    return Judgement("no_cause" if "wrong" in found else "partly", share=0.5, hint=3)


def _near(value: float, truth: float, part: float = NEAR_PART) -> bool:
    return abs(value - truth) <= part * abs(truth)


EXERCISE = Exercise(
    world="S01",
    items={
        "thousand": Item(20, dict, '{"rule": "RULE-99", "per_thousand": 12.3, "touched": 1234}', judge_thousand,
                         ("form", "no_rule", "other", "touched", "observed", "one", "of_whole", "value")),
        "apart": Item(15, dict, '{"difference": -0.123, "lower": -0.234, "upper": -0.012}', judge_apart, ("form", "percent", "sign", "interval", "everyone", "value")),
        "shares": Item(10, dict, '{"of_contacts": 0.123, "of_loss": 0.123}', judge_shares, ("form", "percent", "swapped", "of_loss", "value")),
        "slope": Item(20, dict, '{"per_10h": -0.012, "lower": -0.034, "upper": -0.001}', judge_slope, ("form", "order", "interval", "per_hour", "sign", "percent", "value")),
        "hours": Item(15, dict, '{"hours": 1.2, "points": -0.012}', judge_hours, ("form", "reversed", "hours", "one_hour", "percent", "points")),
        "conclusion": Item(20, dict, '{"rule_owner": "agent", "rule_first": "a4", "process_owner": "agent", "process_first": "e4"}', judge_conclusion,
                           ("form", "training", "agents", "owner", "partly", "no_cause"), options=conclusions, named=lambda answer: list(answer.values())),
    },
    materials={"process_data": process_data},
)  # fmt: skip
