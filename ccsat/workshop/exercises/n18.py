"""N18, working with business departments: whose agreement slipped, a fair share of the target, what is in the centre's own hands, and what is still to be agreed.

Agreements, points and targets are counted from the team's own tickets and reasons; the cause is planted.
"""

from __future__ import annotations

from functools import cache

import pandas as pd

from ccsat.business.agreements import OlaCompliance, ola_compliance
from ccsat.cells import ask
from ccsat.deductions import deduct_by_owner
from ccsat.ledgers import fair_targets
from ccsat.ledgers.cells import UNALLOCATED
from ccsat.question import Question
from ccsat.stages.ola import ITEMS
from ccsat.wording import LANGUAGES
from ccsat.workshop.case import Case
from ccsat.workshop.exercises.claims import fallen_for, statements
from ccsat.workshop.exercises.item import Exercise, Item, Judgement, Options, from_wording
from ccsat.workshop.exercises.ladder import RIGHT, is_number

WORDS = "workshop.n18"
REDUCTION = 0.015  # what the company wants to win, in the KPI's unit
ACHIEVABLE = {"network": 0.1}  # part of its points that a department can win this quarter; half elsewhere
HALF = 0.5
NEAR, NEAR_CHANGE, NEAR_SHARE = 2e-4, 4e-3, 6e-3
OWN = ("agent", "centre_process", "intelligent_service")  # what the centre itself can change
APPROVAL = 3  # the link of the true chain that the meeting hears
DECOYS = ("calm", "technicians", "outage", "search")  # in the order of the world's truth


def question(case: Case) -> Question:
    """The study's own question."""
    return Question.of(case.centre.study)


@cache
def kept(case: Case) -> OlaCompliance:
    """How each department kept to its agreement."""
    return ola_compliance(case.centre, question(case))


@cache
def slipped(case: Case) -> tuple[str, str, float]:
    """Department, measure and change of what got worse most, the return rate turned round."""
    table = kept(case).table
    move = (table["value"] - table["value_baseline"]) * table["measure"].map(lambda one: -1 if one == "returned" else 1)
    row = table.loc[move.idxmin()]
    return str(row["department"]), str(row["measure"]), float(row["value"] - row["value_baseline"])


@cache
def owners(case: Case):
    """Points by owner class."""
    return deduct_by_owner(case.centre, ask(case.centre, question(case)))


def achievable(case: Case) -> pd.DataFrame:
    """What part of its points each owner class can win this quarter, as the departments said."""
    names = [name for name in owners(case).table["owner"] if name not in ("mixed", "unstated")]
    return pd.DataFrame({"owner": names, "achievable": [ACHIEVABLE.get(name, HALF) for name in names]})


@cache
def shares(case: Case) -> dict[str, dict[str, float]]:
    """The target by owner class: as it should be (`right`), and as it is often done wrongly."""
    part = dict(achievable(case).to_numpy())
    table = fair_targets(owners(case), REDUCTION, achievable=part).table.set_index("owner")
    named = table.drop(index=UNALLOCATED)
    even = dict.fromkeys(named.index, REDUCTION / len(named))
    return {
        "right": table["points"].to_dict(),
        "uncapped": named["fair"].to_dict() | {UNALLOCATED: 0.0},
        "equal": even | {UNALLOCATED: 0.0},
    }


@cache
def in_hand(case: Case) -> dict[str, float]:
    """The centre's own share of all that is lost; of what has an owner; and the agents' alone."""
    points = owners(case).table.set_index("owner")["points"]
    own, named = points.reindex(OWN).fillna(0).sum(), points.drop(index=["mixed", "unstated"], errors="ignore").sum()
    return {
        "right": float(own / points.sum()),
        "of_named": float(own / named),
        "agents": float(points.get("agent", 0.0) / points.sum()),
    }


def still_open(case: Case) -> set[str]:
    """Items of the agreement with the department that slipped, which the data do not fill."""
    return {item.key for item in kept(case).agreed[slipped(case)[0]].items if item.open}


# Judges ---------------------------------------------------------------------------------------


def judge_ola(answer: dict, case: Case) -> Judgement:
    """Whose agreement slipped most, in what, and by how much."""
    table = kept(case).table
    if set(answer) != {"department", "measure", "change"} or not is_number(answer["change"]) or answer["department"] not in set(table["department"]) or answer["measure"] not in set(table["measure"]):  # fmt: skip
        return Judgement("form", hint=1)
    department, measure, change = slipped(case)
    if answer["department"] != department:
        return Judgement("department", share=0.2, hint=2)
    if answer["measure"] != measure:
        return Judgement("measure", share=0.4, hint=2)
    if abs(answer["change"] - change) <= NEAR_CHANGE:
        return RIGHT
    return Judgement(
        "percent"
        if abs(answer["change"] / 100 - change) <= NEAR_CHANGE
        else "sign"
        if abs(answer["change"] + change) <= NEAR_CHANGE
        else "change",
        share=0.6,
        hint=3,
    )


def judge_targets(answer: dict, case: Case) -> Judgement:
    """The company's reduction by owner class, none beyond what it can do."""
    known = shares(case)
    truth = known["right"]
    if not answer or not set(answer) <= set(truth) or not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)

    def near(other: dict[str, float]) -> bool:
        return all(abs(answer.get(name, 0.0) - points) <= NEAR for name, points in other.items())

    if near(truth):
        return RIGHT
    if near({name: 100 * points for name, points in truth.items()}) or all(
        abs(answer.get(name, 0.0) / 100 - points) <= NEAR for name, points in truth.items()
    ):
        return Judgement("percent", share=0.5, hint=3)
    for key in ("equal", "uncapped"):
        if near(known[key]):
            return Judgement(key, share=0.3, hint=2)
    if UNALLOCATED not in answer and near({name: points for name, points in truth.items() if name != UNALLOCATED}):
        return Judgement("rest", share=0.6, hint=3)
    return Judgement("open" if abs(sum(answer.values()) - REDUCTION) > NEAR else "value", share=0.1, hint=2)


def judge_in_hand(answer: float, case: Case) -> Judgement:
    """What share of all that is lost the centre itself can change."""
    known = in_hand(case)
    if not is_number(answer):
        return Judgement("form", hint=1)
    if abs(answer - known["right"]) <= NEAR_SHARE:
        return RIGHT
    if abs(answer / 100 - known["right"]) <= NEAR_SHARE:
        return Judgement("percent", share=0.5, hint=3)
    for key in ("of_named", "agents"):
        if abs(answer - known[key]) <= NEAR_SHARE:
            return Judgement(key, share=0.4, hint=2)
    return Judgement("value", hint=2)


def judge_open(answer: list, case: Case) -> Judgement:
    """What of the twelve items is still to be agreed."""
    chosen, truth = set(answer), still_open(case)
    if chosen == truth:
        return RIGHT
    if chosen - truth:
        return Judgement("filled", share=0.3 * len(chosen & truth) / len(truth), hint=2)
    return Judgement("missing", share=0.6 * len(chosen & truth) / len(truth), hint=2)


def conclusions(case: Case) -> Options:
    """What is said in the meeting, and the actions on offer."""
    return statements(case, APPROVAL) | {
        action["id"]: {lang: action[lang] for lang in LANGUAGES} for action in case._truth["actions"]
    }


def judge_conclusion(answer: dict, case: Case) -> Judgement:
    """Which statement goes on the department's page, and which action is asked first?"""
    labels = {action["id"]: action["label"] for action in case._truth["actions"]}
    if (
        set(answer) != {"claim", "first"}
        or answer["claim"] not in statements(case, APPROVAL)
        or answer["first"] not in labels
    ):
        return Judgement("form", hint=1)
    decoy = fallen_for(answer["claim"], case, APPROVAL)
    if decoy is not None:
        return Judgement(DECOYS[decoy], hint=2)
    label = labels[answer["first"]]
    return RIGHT if label == "best" else Judgement("partly" if label == "acceptable" else "no_cause", share=0.5, hint=3)


EXERCISE = Exercise(
    world="S05",
    items={
        "agreement": Item(25, dict, '{"department": "it_dept", "measure": "returned", "change": -0.123}', judge_ola, ("form", "department", "measure", "percent", "sign", "change")),
        "targets": Item(30, dict, '{"agent": 0.0123, "unallocated": 0.0}', judge_targets, ("form", "percent", "equal", "uncapped", "rest", "open", "value")),
        "in_hand": Item(15, float, "0.987", judge_in_hand, ("form", "percent", "of_named", "agents", "value")),
        "to_agree": Item(10, list, '["department"]', judge_open, ("filled", "missing"), options=from_wording("ola_item", ITEMS), named=lambda answer: answer),
        "conclusion": Item(20, dict, '{"claim": "m1", "first": "a7"}', judge_conclusion, ("form", *DECOYS, "partly", "no_cause"), options=conclusions,
                           named=lambda answer: [answer[key] for key in ("claim", "first") if key in answer]),
    },
    materials={"achievable": achievable},
)  # fmt: skip
