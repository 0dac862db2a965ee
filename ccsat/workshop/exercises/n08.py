"""N08, phone: three kinds of service, agents on equal work, newcomers on work of equal difficulty, and two actions of the centre's own.

Rates, points and the ranking are made from the team's own data by the same functions; what each action is worth is planted.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import pandas as pd

from ccsat.cells import ask, by_level, count_cells
from ccsat.question import Question
from ccsat.touchpoints.phone import AgentRanking, ServiceTypes, rank_agents_on_equal_work, satisfaction_by_type
from ccsat.workshop.case import Case
from ccsat.workshop.exercises.item import Exercise, Item, Judgement, Options, from_wording
from ccsat.workshop.exercises.ladder import RIGHT, is_number

NEAR_RATE, NEAR_POINTS, NEAR_GAP = 2e-3, 5e-4, 3e-3
CENTRE_OWNERS = ("agent", "centre_process")
FOREIGN = ("o1", "o2")  # what other departments would have to do
LEAST = 30
NOBODY = "none"
BLAMES = ("d4", "d5")  # dismiss, and lower the targets: they mend the figures, not the service


# The team's own figures -----------------------------------------------------------------------


@cache
def centre_of(case: Case):
    """The centre as a team leader reads it: agents by their ids."""
    from ccsat.centre import read_centre

    return read_centre(case.data_dir, settings={"privacy.hide": ["customer_id", "comment"]})


def asked_of(case: Case) -> Question:
    """The question of the study, with the least ratings that the notebook asks for."""
    own = Question.of(case.centre.study)
    return Question(current=own.current, baseline=own.baseline, min_n=LEAST)


@cache
def types(case: Case) -> ServiceTypes:
    """The three kinds of service on the phone."""
    return satisfaction_by_type(centre_of(case), asked_of(case))


@cache
def rates(case: Case) -> dict[str, float]:
    """Satisfaction by type of service."""
    return types(case).table.set_index("type")["value"].to_dict()


@cache
def rates_everywhere(case: Case) -> dict[str, float]:
    """The mistake of forgetting the channel."""
    return satisfaction_by_type(centre_of(case), asked_of(case), where={}).table.set_index("type")["value"].to_dict()


@cache
def costs(case: Case) -> dict[str, float]:
    """Points that each type loses."""
    return types(case).table.set_index("type")["points"].to_dict()


def shares(case: Case, column: str = "share") -> dict[str, float]:
    """Shares of the ratings (or of the loss) taken for points."""
    return types(case).table.set_index("type")[column].to_dict()


def severities(case: Case) -> dict[str, float]:
    """The mistake of not weighing by the share of the ratings."""
    return {name: 1 - value for name, value in rates(case).items()}


@cache
def ranking(case: Case) -> AgentRanking:
    """The agents on equal work."""
    return rank_agents_on_equal_work(centre_of(case), asked_of(case))


@cache
def apart_plain(case: Case) -> tuple[str, ...]:
    """The mistake of going by the plain value: the lowest fifth of those who can be ranked."""
    table = ranking(case).table
    return tuple(table.nsmallest(max(len(table) // 5, 1), "value")["agent"])


@cache
def levels(case: Case) -> pd.DataFrame:
    """Current phone ratings by difficulty and tenure: `complexity, newcomer, n, satisfied`."""
    centre, question = centre_of(case), asked_of(case)
    asked = ask(centre, question)
    counts = count_cells(centre, asked, ("complexity", "tenure_band"), where={"channel": ["phone"]})
    counts = counts[counts["period"] == "current"]
    counts = counts.assign(newcomer=counts["tenure_band"] == centre.levels("tenure_band")[0])
    keys, matrix = by_level(counts, ["complexity", "newcomer"], asked.values)
    n = matrix.sum(1)
    return keys.assign(n=n.astype(int), satisfied=matrix @ np.array(list(asked.values.values())) / n)


@cache
def gaps(case: Case) -> dict[str, float]:
    """Newcomers less the others: over all ratings, on simple and on complex work."""
    table = levels(case)
    wide = table.pivot(index="complexity", columns="newcomer", values="satisfied")
    lower = wide[True] - wide[False]
    whole = table.assign(good=table["n"] * table["satisfied"]).groupby("newcomer")[["good", "n"]].sum()
    rate = whole["good"] / whole["n"]
    return {"all": float(rate[True] - rate[False]), "simple": float(lower.iloc[0]), "complex": float(lower.iloc[-1])}


@cache
def unweighted(case: Case) -> float:
    """The mistake of averaging the difficulties without their numbers."""
    wide = levels(case).pivot(index="complexity", columns="newcomer", values="satisfied")
    return float((wide[True] - wide[False]).mean())


# Judges ---------------------------------------------------------------------------------------


def _same(answer: Mapping, truth: Mapping, near: float) -> bool:
    return all(abs(answer[key] - truth[key]) <= near for key in truth)


def judge_rates(answer: dict, case: Case) -> Judgement:
    """Satisfaction of the three kinds of service."""
    truth = rates(case)
    if set(answer) != set(truth) or not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)
    if _same(answer, truth, NEAR_RATE):
        return RIGHT
    if all(value > 1 for value in answer.values()):
        return Judgement("percent", share=0.5, hint=1)
    if _same(answer, shares(case), NEAR_RATE) or _same(answer, costs(case), NEAR_RATE):
        return Judgement("column", share=0.2, hint=1)
    if _same(answer, rates_everywhere(case), NEAR_RATE):
        return Judgement("channel", share=0.4, hint=2)
    right = sum(abs(answer[key] - truth[key]) <= NEAR_RATE for key in truth)
    return Judgement("value", share=0.8 * right / len(truth), hint=2)


def judge_points(answer: dict, case: Case) -> Judgement:
    """Points that each kind costs, closing on the phone's loss."""
    truth = costs(case)
    if set(answer) != set(truth) or not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)
    if _same(answer, truth, NEAR_POINTS):
        return RIGHT
    if _same({key: value / 100 for key, value in answer.items()}, truth, NEAR_POINTS):
        return Judgement("percent", share=0.6, hint=1)
    if _same(answer, severities(case), 2e-3):
        return Judgement("severity", share=0.3, hint=1)
    if abs(sum(answer.values()) - 1) < 0.02:
        return Judgement("shares", share=0.3, hint=1)
    closed = abs(sum(answer.values()) - sum(truth.values())) <= NEAR_POINTS
    return Judgement("value" if closed else "open", share=0.3 if closed else 0.1, hint=2)


def judge_rankable(answer: dict, case: Case) -> Judgement:
    """Who can be ranked, who cannot, and who stands apart on equal work."""
    found = ranking(case)
    if set(answer) != {"rankable", "not_rankable", "apart"} or not all(is_number(answer[key]) for key in ("rankable", "not_rankable")) or not isinstance(answer["apart"], list) or not all(isinstance(one, str) for one in answer["apart"]):  # fmt: skip
        return Judgement("form", hint=1)
    numbers = answer["rankable"] == len(found.table) and answer["not_rankable"] == len(found.not_rankable)
    apart = set(found.table.loc[found.table["apart"], "agent"])
    given = set(answer["apart"]) - {NOBODY}
    if numbers and given == apart:
        return RIGHT
    if answer["rankable"] == found.counts["agents"]:
        return Judgement("everybody", share=0.1, hint=1)
    if answer["rankable"] == len(found.not_rankable) and answer["not_rankable"] == len(found.table):
        return Judgement("swapped", share=0.4, hint=1)
    if not numbers:
        return Judgement("numbers", share=0.2, hint=1)
    return Judgement("plain" if given - apart else "missed", share=0.6, hint=2)


def judge_newcomers(answer: dict, case: Case) -> Judgement:
    """How much lower newcomers are: thrown together, and on work of equal difficulty."""
    truth = gaps(case)
    if set(answer) != set(truth) or not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)
    if _same(answer, truth, NEAR_GAP):
        return RIGHT
    if _same({key: -value for key, value in answer.items()}, truth, NEAR_GAP):
        return Judgement("sign", share=0.7, hint=1)
    if _same({key: value / 100 for key, value in answer.items()}, truth, NEAR_GAP):
        return Judgement("percent", share=0.7, hint=1)
    near = {key: abs(answer[key] - truth[key]) <= NEAR_GAP for key in truth}
    if abs(answer["simple"] - truth["complex"]) <= NEAR_GAP and abs(answer["complex"] - truth["simple"]) <= NEAR_GAP:
        return Judgement("swapped", share=0.4, hint=3)
    if near["simple"] and near["complex"]:
        return Judgement(
            "unweighted" if abs(answer["all"] - unweighted(case)) <= NEAR_GAP else "all", share=0.7, hint=2
        )
    if near["all"] and abs(answer["simple"] - answer["complex"]) <= NEAR_GAP:
        return Judgement("pooled", share=0.3, hint=1)
    return Judgement("value", share=0.2, hint=3)


def actions(case: Case) -> Options:
    """The library's actions, and two that other departments would have to take."""
    return {action["id"]: {"zh": action["zh"], "en": action["en"]} for action in case._truth["actions"]} | from_wording(
        "workshop.n08.foreign", FOREIGN
    )(case)


def judge_plan(answer: list, case: Case) -> Judgement:
    """Two actions of the centre's own that reach the cause."""
    rows = {action["id"]: action for action in case._truth["actions"]}
    chosen = list(dict.fromkeys(answer))
    if len(answer) != 2 or len(chosen) != 2 or not set(chosen) <= {*rows, *FOREIGN}:
        return Judgement("two", hint=1)
    if any(id in FOREIGN or rows[id]["owner"] not in CENTRE_OWNERS for id in chosen):
        return Judgement("owner", share=0.2, hint=1)
    labels = [rows[id]["label"] for id in chosen]
    if labels == ["best", "best"]:
        return RIGHT
    worth = sum({"best": 0.5, "acceptable": 0.3}.get(label, 0.0) for label in labels)
    wrong = [id for id in chosen if rows[id]["label"] == "wrong"]
    if set(wrong) & set(BLAMES):
        return Judgement("blame", share=0.5 * worth, hint=2)
    return Judgement("symptom" if wrong else "partly", share=0.6 * worth, hint=3 if not wrong else 1)


_THREE = '{"consult": 0.95, "marketing": 0.9, "complaint": 0.5}'
EXERCISE = Exercise(
    world="S04",
    items={
        "type_rates": Item(15, dict, _THREE, judge_rates, ("form", "percent", "column", "channel", "value")),
        "type_points": Item(15, dict, '{"consult": 0.02, "marketing": 0.01, "complaint": 0.01}', judge_points, ("form", "percent", "severity", "shares", "open", "value")),
        "rankable": Item(20, dict, '{"rankable": 100, "not_rankable": 20, "apart": ["none"]}', judge_rankable, ("form", "everybody", "swapped", "numbers", "plain", "missed")),
        "newcomers": Item(20, dict, '{"all": -0.01, "simple": -0.01, "complex": -0.01}', judge_newcomers,
                          ("form", "sign", "percent", "swapped", "unweighted", "all", "pooled", "value")),
        "plan": Item(30, list, '["a1", "a2"]', judge_plan, ("two", "owner", "blame", "symptom", "partly"), options=actions, named=lambda answer: answer),
    },
    materials={"levels": levels},
)  # fmt: skip
