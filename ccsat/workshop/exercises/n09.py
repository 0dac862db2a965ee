"""N09, internet: completion and loss of self-service tasks, who comes back after a completed one, and the first response of online service.

All figures are made from the team's own data by the functions of the package.
"""

from __future__ import annotations

from functools import cache

import pandas as pd

from ccsat.question import Question
from ccsat.touchpoints.online import FirstResponse, first_response_effect
from ccsat.touchpoints.selfservice import LaterContacts, TaskFunnel, later_contacts, task_funnel
from ccsat.workshop.case import Case
from ccsat.workshop.exercises.item import Exercise, Item, Judgement, from_wording
from ccsat.workshop.exercises.ladder import RIGHT, is_number

NEAR, NEAR_LATER, NEAR_ODDS = 0.01, 0.004, 0.02
DIRECTIONS = ("falls", "rises", "open")
NAMED = {True: "falls", False: "rises", None: "open"}
SAID = {"u1": "volume", "u2": "", "u3": "promised", "u4": "one_step"}


def question_of(case: Case) -> Question:
    """The study's periods."""
    own = Question.of(case.centre.study)
    return Question(current=own.current, baseline=own.baseline)


@cache
def funnel(case: Case) -> TaskFunnel:
    """The tasks step by step."""
    return task_funnel(case.centre, question_of(case))


@cache
def later(case: Case) -> LaterContacts:
    """Who came to a human afterwards."""
    return later_contacts(case.centre, question_of(case))


@cache
def first(case: Case) -> FirstResponse:
    """What waiting for the first answer goes with."""
    return first_response_effect(case.centre, question_of(case))


def steepest(case: Case) -> int:
    """The mistake of going by the loss among those who came so far."""
    table = funnel(case).table
    return int(table.loc[table["rate"].idxmax(), "step"])


def rates(case: Case, *, completed: bool | None = True) -> dict[str, float]:
    """Later human contacts after completed tasks, after the others, or (None) after all."""
    table = later(case).table
    if completed is None:
        sums = table.groupby("hours")[["again", "n"]].sum()
        value = sums["again"] / sums["n"]
    else:
        value = table[table["completed"] == completed].set_index("hours")["value"]
    return {f"h{hours}": float(one) for hours, one in value.items()}


# Judges ---------------------------------------------------------------------------------------


def _near(answer: dict, truth: dict, near: float) -> bool:
    return all(abs(answer[key] - truth[key]) <= near for key in truth)


def judge_completion(answer: dict, case: Case) -> Judgement:
    """Completed in the current period and before."""
    found = funnel(case)
    truth = {"now": found.completion["value"], "before": found.change["value_baseline"]}
    if set(answer) != set(truth) or not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)
    if _near(answer, truth, NEAR):
        return RIGHT
    if all(value > 1 for value in answer.values()):
        return Judgement("percent", share=0.6, hint=1)
    if _near({"now": answer["before"], "before": answer["now"]}, truth, NEAR):
        return Judgement("swapped", share=0.5, hint=2)
    if abs(answer["now"] - (1 - truth["now"])) <= NEAR:
        return Judgement("lost", share=0.3, hint=1)
    return Judgement("value", share=0.2, hint=3)


def judge_step(answer: dict, case: Case) -> Judgement:
    """The step that loses most, and whether that is more than chance."""
    found = funnel(case)
    if set(answer) != {"step", "clear"} or not is_number(answer["step"]) or answer["clear"] not in ("yes", "no"):
        return Judgement("form", hint=1)
    clear = "yes" if found.distinct < 0.05 else "no"
    if answer["step"] == found.largest:
        return RIGHT if answer["clear"] == clear else Judgement("chance", share=0.6, hint=3)
    return Judgement("rate" if answer["step"] == steepest(case) else "step", share=0.2, hint=1)


def judge_later(answer: dict, case: Case) -> Judgement:
    """Later human contacts after completed tasks."""
    truth = rates(case)
    if set(answer) != set(truth) or not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)
    if _near(answer, truth, NEAR_LATER):
        return RIGHT
    if all(value > 1 for value in answer.values()):
        return Judgement("percent", share=0.6, hint=1)
    if _near(answer, rates(case, completed=False), NEAR_LATER):
        return Judgement("given_up", share=0.3, hint=1)
    if _near(answer, rates(case, completed=None), NEAR_LATER):
        return Judgement("all_tasks", share=0.3, hint=1)
    if _near({"h24": answer["h48"], "h48": answer["h24"]}, truth, NEAR_LATER):
        return Judgement("swapped", share=0.5, hint=3)
    return Judgement("value", share=0.2, hint=2)


def judge_first(answer: dict, case: Case) -> Judgement:
    """The odds ratio of the first response, and what may be said of its direction."""
    row = first(case).table.iloc[0]
    if (
        set(answer) != {"odds", "direction"}
        or not is_number(answer["odds"])
        or answer["direction"] not in DIRECTIONS
        or answer["odds"] <= 0
    ):
        return Judgement("form", hint=1)
    truth, near = NAMED[first(case).falls], abs(answer["odds"] - row["odds_ratio"]) <= NEAR_ODDS
    if near and answer["direction"] == truth:
        return RIGHT
    if near:
        return Judgement("direction", share=0.5, hint=1)
    if abs(1 / answer["odds"] - row["odds_ratio"]) <= NEAR_ODDS:
        return Judgement("inverse", share=0.4, hint=2)
    return Judgement("value", share=0.2, hint=2)


def judge_claim(answer: str, case: Case) -> Judgement:
    """Which statement holds."""
    return Judgement(SAID[answer], hint=1) if SAID[answer] else RIGHT


def by_week(case: Case) -> pd.Series:
    """Tasks a week: the volume that the head of self-service reports."""
    at = case.table("self_service")["at"]
    return at.dt.to_period("W").value_counts().sort_index()


EXERCISE = Exercise(
    world="S07",
    items={
        "completion": Item(20, dict, '{"now": 0.5, "before": 0.6}', judge_completion, ("form", "percent", "swapped", "lost", "value")),
        "largest_step": Item(20, dict, '{"step": 9, "clear": "yes"}', judge_step, ("form", "rate", "step", "chance")),
        "later_rate": Item(20, dict, '{"h24": 0.01, "h48": 0.02}', judge_later, ("form", "percent", "given_up", "all_tasks", "swapped", "value")),
        "first_response": Item(20, dict, '{"odds": 1.5, "direction": "rises"}', judge_first, ("form", "direction", "inverse", "value")),
        "claim": Item(20, str, '"u1"', judge_claim, tuple(filter(None, SAID.values())), options=from_wording("workshop.n09.said", SAID)),
    },
    materials={"by_week": by_week},
)  # fmt: skip
