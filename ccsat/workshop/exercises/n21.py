"""N21, the five gaps: one centre's account, which gap grew in each of three centres, what another order of looking does, and a cure for each.

The accounts are made from the team's own three centres; which gap leads where is planted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from ccsat.ledgers.five_errors import ERRORS, UNEXPLAINED, FiveErrors
from ccsat.question import Question
from ccsat.service.gaps import ORDERS, GapMovement, gap_movement
from ccsat.stages.five_errors import five_errors
from ccsat.wording import LANGUAGES, term
from ccsat.workshop.case import Case
from ccsat.workshop.exercises.item import Exercise, Item, Judgement, Options, from_wording
from ccsat.workshop.exercises.ladder import RIGHT, is_number

WORLDS = {"A": "S06", "B": "S05", "C": "S04"}
NEAR = 5e-4
GAPS = (*ERRORS, UNEXPLAINED)
CURES = {
    "g1": "",
    "g2": "design",
    "g3": "perception",
    "g4": "cognition",
    "g5": "promotion",
    "g6": "execution",
    "g7": "",
}
ATTITUDE = ("g1", "g7")  # treat none of the three


def case_of(case: Case, letter: str) -> Case:
    """One of the three centres, with the team's seed."""
    return case if WORLDS[letter] == case.world else replace(case, world=WORLDS[letter], given="")


def cells(case: Case) -> dict[str, dict]:
    """The cell that a trace finds in each centre."""
    return {letter: dict(case_of(case, letter)._truth["cells"][0]["where"]) for letter in WORLDS}


def question_of(case: Case) -> Question:
    """The study's own question."""
    return Question.of(case.centre.study)


@cache
def account(case: Case) -> FiveErrors:
    """Centre A's points by gap."""
    return five_errors(case_of(case, "A").centre, question_of(case))


@cache
def movement(case: Case, letter: str, order: str = "design_first") -> GapMovement:
    """What grew in a centre's cell."""
    return gap_movement(case_of(case, letter).centre, question_of(case), where=cells(case)[letter], order=ORDERS[order])


def points_of(case: Case) -> dict[str, float]:
    """Points that each gap loses."""
    return account(case).table.set_index("error")["points"].to_dict()


def shares_of(case: Case) -> dict[str, float]:
    """Its part of all points, by gap."""
    return account(case).table.set_index("error")["share"].to_dict()


def planted(case: Case) -> dict[str, str]:
    """The gap of each centre's planted cause."""
    return {letter: case_of(case, letter)._truth["causes"][0]["gap"] for letter in WORLDS}


@cache
def by_level(case: Case) -> dict[str, str]:
    """The mistake of going by the whole centre's level."""
    tables = (five_errors(case_of(case, letter).centre, question_of(case)).table for letter in WORLDS)
    return {
        letter: str(table[table["error"] != UNEXPLAINED].set_index("error")["points"].idxmax())
        for letter, table in zip(WORLDS, tables, strict=True)
    }


@cache
def design_in_b(case: Case, gap: str = "design") -> dict[str, float]:
    """By how much a gap grew in B's cell, in both orders."""
    return {name: float(movement(case, "B", name).table.set_index("gap").loc[gap, "points"]) for name in ORDERS}


# Judges ---------------------------------------------------------------------------------------


def judge_account(answer: dict, case: Case) -> Judgement:
    """Centre A's account, closed."""
    truth = points_of(case)
    if set(answer) < set(truth) and UNEXPLAINED not in answer and all(map(is_number, answer.values())):
        return Judgement("left_out", share=0.5, hint=2)
    if set(answer) != set(truth) or not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)
    if _near(answer, truth):
        return RIGHT
    if _near({key: value / 100 for key, value in answer.items()}, truth):
        return Judgement("percent", share=0.6, hint=1)
    if abs(sum(answer.values()) - 1) < 0.01:
        return Judgement("shares", share=0.3, hint=1)
    if any(value > 1 for value in answer.values()):
        return Judgement("counts", share=0.2, hint=1)
    closed = abs(sum(answer.values()) - sum(truth.values())) <= NEAR
    return Judgement("value" if closed else "open", share=0.3 if closed else 0.1, hint=3)


def _near(answer: Mapping, truth: Mapping) -> bool:
    return all(abs(answer[key] - truth[key]) <= NEAR for key in truth)


def judge_leading(answer: dict, case: Case) -> Judgement:
    """Which gap grew most in each centre."""
    truth = planted(case)
    if set(answer) != set(truth) or not set(answer.values()) <= set(GAPS):
        return Judgement("form", hint=1)
    if answer == truth or all(answer[letter] in (truth[letter], movement(case, letter).leading) for letter in truth):
        return RIGHT
    right = sum(answer[letter] == truth[letter] for letter in truth)
    if answer == by_level(case):
        return Judgement("level", share=0.25 * right, hint=1)
    if right == 2 and answer["B"] == "execution":
        return Judgement("late", share=0.6, hint=2)
    if len(set(answer.values())) == 1:
        return Judgement("one_for_all", share=0.2 * right, hint=1)
    return Judgement("value", share=0.3 * right, hint=3)


def judge_order(answer: dict, case: Case) -> Judgement:
    """Design's growth in B's cell in both orders."""
    truth = design_in_b(case)
    if set(answer) != set(truth) or not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)
    near = 4 * NEAR
    if all(abs(answer[key] - truth[key]) <= near for key in truth):
        return RIGHT
    first, second = truth
    if abs(answer[first] - truth[second]) <= near and abs(answer[second] - truth[first]) <= near:
        return Judgement("swapped", share=0.5, hint=2)
    if all(abs(answer[key] / 100 - truth[key]) <= near for key in truth):
        return Judgement("percent", share=0.7, hint=1)
    if all(abs(answer[key] - value) <= near for key, value in design_in_b(case, "execution").items()):
        return Judgement("execution", share=0.4, hint=3)
    if abs(answer[first] - answer[second]) <= near:
        return Judgement("same", share=0.3, hint=1)
    return Judgement("value", share=0.2, hint=3)


def judge_cures(answer: dict, case: Case) -> Judgement:
    """An action for each leading gap."""
    truth = planted(case)
    if set(answer) != set(truth) or not set(answer.values()) <= set(CURES):
        return Judgement("form", hint=1)
    treats = {letter: CURES[code] for letter, code in answer.items()}
    right = sum(treats[letter] == truth[letter] for letter in truth)
    if right == len(truth):
        return RIGHT
    if set(answer.values()) & set(ATTITUDE):
        return Judgement("attitude", share=0.25 * right, hint=2)
    if treats["B"] == "perception":
        return Judgement("eases", share=0.3 * right, hint=3)
    return Judgement("mixed_up", share=0.25 * right, hint=1)


def gap_options(case: Case) -> Options:
    """The five gaps by name, and what none explains."""
    return {gap: {lang: term(gap if gap == UNEXPLAINED else f"{gap}_gap", lang) for lang in LANGUAGES} for gap in GAPS}


EXERCISE = Exercise(
    world="S06",
    items={
        "account_a": Item(20, dict, '{"promotion": 0.01, "execution": 0.01, "design": 0.01, "cognition": 0, "perception": 0.01, "unexplained": 0.01}', judge_account,
                          ("form", "left_out", "percent", "shares", "counts", "open", "value")),
        "leading": Item(25, dict, '{"A": "perception", "B": "perception", "C": "perception"}', judge_leading, ("form", "level", "late", "one_for_all", "value"),
                        options=gap_options, named=lambda answer: list(answer.values())),
        "order_b": Item(25, dict, '{"delivery_first": 0.01, "design_first": 0.02}', judge_order, ("form", "swapped", "percent", "execution", "same", "value")),
        "cures": Item(30, dict, '{"A": "g1", "B": "g1", "C": "g1"}', judge_cures, ("form", "attitude", "eases", "mixed_up"),
                      options=from_wording("workshop.n21.cure", CURES), named=lambda answer: list(answer.values())),
    },
    materials={"centre_a": lambda case: case_of(case, "A").centre, "centre_b": lambda case: case_of(case, "B").centre, "centre_c": lambda case: case_of(case, "C").centre,
               "cells": cells},
)  # fmt: skip
