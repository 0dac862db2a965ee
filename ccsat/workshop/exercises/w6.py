"""W6, the outputs: the filled trace-analysis table and the solution report. The ten points of the report are the trainer's, by rubric."""

from __future__ import annotations

from ccsat.workshop.case import Case
from ccsat.workshop.exercises.item import Exercise, Item, Judgement
from ccsat.workshop.exercises.ladder import is_number
from ccsat.workshop.exercises.team_case import RIGHT, STOPS, TEAM_WORLDS, headline, near, truth_of

NEEDED = ("kpi", "caliber", "period", "current", "gap", "data_verdict", "data_evidence")
OF_A_CELL = ("cell", "n_cell", "points", "points_ci", "symptom", "root_cause", "evidence_grade", "owner_dept")
SECTIONS = ("problem", "evidence", "cause", "solution", "verification")
SHORTEST = 20  # characters of a section
SURE = ("确认", "证实", "证明了", "confirmed", "proved", "proven")  # words that need grade B


def judge_table(answer: list, case: Case) -> Judgement:
    """Are all 33 columns there, do the points close, and does nothing essential lack?"""
    from ccsat.tracetable import COLUMNS

    if not all(isinstance(row, dict) for row in answer):
        return Judgement("form", hint=1)
    for row in answer:
        if set(row) != set(COLUMNS):
            odd = next(iter(sorted(set(row) ^ set(COLUMNS))))
            return Judgement("columns", share=0.2, hint=1, values={"column": odd})
    points = [row["points"] for row in answer]
    if not all(is_number(value) for value in (*points, answer[0]["gap"])):
        return Judgement("no_points", share=0.3, hint=2)
    if not near(sum(map(float, points)), float(answer[0]["gap"]), 1e-6):
        return Judgement("not_closing", share=0.4, hint=2)
    now, before = headline(case)
    against = truth_of(case)["target"] if before is None else before
    if not near(float(answer[0]["gap"]), now - against, 2e-4):
        return Judgement("other_gap", share=0.4, hint=3)
    cells = answer[:-1]
    if not cells and truth_of(case)["verdict"] not in STOPS:
        return Judgement("no_cell", share=0.5, hint=2)
    empty = [name for row in answer for name in NEEDED if row[name] in (None, "")]
    empty += [name for row in cells[:1] for name in OF_A_CELL if row[name] in (None, "")]
    if empty and truth_of(case)["verdict"] not in STOPS:
        return Judgement("empty", share=0.6, hint=2, values={"column": empty[0]})
    return RIGHT


def judge_report(answer: dict, case: Case) -> Judgement:
    """Is every section there and long enough to be read, and is nothing called sure that was not shown?"""
    if set(answer) != set(SECTIONS) or not all(isinstance(words, str) for words in answer.values()):
        return Judgement("form", hint=1)
    if short := [name for name in SECTIONS if len(answer[name].strip()) < SHORTEST]:
        return Judgement("short", share=0.4, hint=1, values={"section": short[0]})
    weak = "B" not in answer["evidence"] and "A" not in answer["evidence"]
    if weak and any(word in answer["cause"].lower() for word in SURE):
        return Judgement("too_sure", share=0.5, hint=2)
    if not any(letter.isdigit() for letter in answer["verification"]):
        return Judgement("no_number", share=0.6, hint=2, anti="no_verification")
    return RIGHT


EXERCISE = Exercise(
    world="S03",
    others=TEAM_WORLDS,
    items={
        "table": Item(0, list, '[{"no": 1, "kpi": "…"}]', judge_table,
                      ("form", "columns", "no_points", "not_closing", "other_gap", "no_cell", "empty"), blanks=True),
        "report": Item(0, dict, '{"problem": "…", "evidence": "…", "cause": "…", "solution": "…", "verification": "…"}', judge_report,
                       ("form", "short", "too_sure", "no_number")),
    },
)  # fmt: skip
