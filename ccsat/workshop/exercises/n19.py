"""N19, the service system: an alert list over two KPIs, the delay on a known problem, false alerts where nothing changed, and promises against verifications.

All figures are made from the team's own data by the functions of the package; the cell and the day of the problem are planted.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache

import pandas as pd

from ccsat.numerics.charts import Watch
from ccsat.question import Question
from ccsat.service.anomalies import Watched, watch_service
from ccsat.service.improvement import ActionPipeline, action_pipeline
from ccsat.service.watch_grade import WatchGrade, grade_watch
from ccsat.workshop.case import Case
from ccsat.workshop.exercises.item import Exercise, Item, Judgement, from_wording
from ccsat.workshop.exercises.ladder import RIGHT, is_number

QUIET = "S00"
QUESTIONS = (Question("satisfaction_rate"), Question("resolution_rate", caliber="of_all"))
LOOSE = 0.2
NEAR_RATIO = 0.003
STATEMENTS = {"s1": "more_alerts", "s2": "many_problems", "s3": "", "s4": "kept", "s5": "looser"}


def quiet(case: Case):
    """A centre of the same size in which nothing changed."""
    return replace(case, world=QUIET, given="", vary=False).centre


def known(case: Case) -> list[tuple[dict, date]]:
    """The cell and the first day of the problem, as they were established afterwards."""
    truth = case._truth
    changes = case.table("changes")
    at = changes.loc[changes["change_id"] == truth["causes"][0]["change_id"], "at"].iloc[0]
    return [(dict(truth["cells"][0]["where"]), pd.Timestamp(at).date())]


@cache
def watched(case: Case) -> Watched:
    """The watch over KPI and cells."""
    return watch_service(case.centre, QUESTIONS)


@cache
def graded(case: Case) -> WatchGrade:
    """The watch against what was planted."""
    return grade_watch(watched(case), known(case))


@cache
def false_alerts(case: Case) -> dict[str, int]:
    """Alerts of the quiet centre, as the watch is and with a loose daily rate."""
    centre = quiet(case)
    return {
        "default": len(watch_service(centre, QUESTIONS).table),
        "loose": len(watch_service(centre, QUESTIONS, watch=Watch(fdr=LOOSE)).table),
    }


@cache
def pipeline(case: Case) -> ActionPipeline:
    """The actions on record, promised beside realised."""
    return action_pipeline(case.centre)


def deepest(case: Case) -> dict:
    """The alert of the satisfaction rate that fell deepest."""
    table = watched(case).table
    return dict(table[table["kpi"] == "satisfaction_rate"].sort_values("change")["where"].iloc[0])


def largest(case: Case) -> dict:
    """The mistake of taking the alert with the most ratings that names a cell."""
    table = watched(case).table
    cells = table[(table["kpi"] == "satisfaction_rate") & (table["where"].map(len) > 0)]
    return dict(cells.sort_values("n")["where"].iloc[-1])


def all_promised(case: Case) -> float:
    """The mistake of dividing by what every action promised."""
    found = pipeline(case)
    return found.realised / float(found.table["predicted"].sum())


# Judges ---------------------------------------------------------------------------------------


def judge_cell(answer: dict, case: Case) -> Judgement:
    """The alert to look at first: the deepest, and what was planted."""
    if any(dim not in case.dims for dim in answer):
        return Judgement("form", hint=1)
    mine = {dim: str(level) for dim, level in answer.items()}
    truth = {dim: str(level) for dim, level in case._truth["cells"][0]["where"].items()}
    if mine in (deepest(case), truth):
        return RIGHT
    alerts = watched(case).table
    seen = [
        {dim: str(level) for dim, level in where.items()}
        for where in alerts.loc[alerts["kpi"] == "satisfaction_rate", "where"]
    ]
    if mine == largest(case):
        return Judgement("largest", share=0.3, hint=1)
    return Judgement("shadow" if mine in seen else "no_alert", share=0.3 if mine in seen else 0.0, hint=2)


def judge_delay(answer: dict, case: Case) -> Judgement:
    """Days to the alert of the planted cell, echoes and false alerts."""
    found = graded(case)
    if set(answer) != {"days", "echoes", "false"} or not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)
    truth = {"days": found.table["delay_days"].iloc[0], "echoes": found.echoes, "false": found.false_alerts}
    wrong = [key for key in truth if answer[key] != truth[key]]
    if not wrong:
        return RIGHT
    if wrong == ["echoes", "false"] and answer["false"] == truth["echoes"] and answer["echoes"] == truth["false"]:
        return Judgement("swapped", share=0.5, hint=3)
    if "false" in wrong and answer["false"] == truth["echoes"] + truth["false"]:
        return Judgement("echo_is_false", share=0.5, hint=3)
    return Judgement("days" if "days" in wrong else "counts", share=0.8 * (3 - len(wrong)) / 3, hint=2)


def judge_false(answer: dict, case: Case) -> Judgement:
    """Alerts where nothing changed, as the watch is and loose."""
    truth = false_alerts(case)
    if set(answer) != set(truth) or not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)
    if answer == truth:
        return RIGHT
    if answer == {"default": truth["loose"], "loose": truth["default"]}:
        return Judgement("swapped", share=0.5, hint=2)
    if answer["default"] == len(watched(case).table):
        return Judgement("own_centre", share=0.1, hint=1)
    return Judgement(
        "loose" if answer["default"] == truth["default"] else "value",
        share=0.5 if answer["default"] == truth["default"] else 0.1,
        hint=3,
    )


def judge_kept(answer: dict, case: Case) -> Judgement:
    """Verified actions, the part of their promises that came true, and opinions among them."""
    found = pipeline(case)
    if set(answer) != {"verified", "ratio", "weak"} or not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)
    counts = found.stages.set_index("stage")["n"]
    verified = int(counts.get("verified", 0))
    near = abs(answer["ratio"] - found.ratio) <= NEAR_RATIO
    if near and answer["verified"] == verified and answer["weak"] == found.weak:
        return RIGHT
    if answer["verified"] == len(found.table):
        return Judgement("all_counted", share=0.2, hint=1)
    if abs(answer["ratio"] / 100 - found.ratio) <= NEAR_RATIO / 10 and answer["ratio"] > 1:
        return Judgement("percent", share=0.7, hint=3)
    if not near:
        return Judgement(
            "denominator" if abs(answer["ratio"] - all_promised(case)) <= NEAR_RATIO / 2 else "ratio", share=0.4, hint=2
        )
    return Judgement("weak" if answer["verified"] == verified else "verified", share=0.6, hint=3)


def judge_next(answer: str, case: Case) -> Judgement:
    """Which statement holds."""
    return Judgement(STATEMENTS[answer], hint=1) if STATEMENTS[answer] else RIGHT


EXERCISE = Exercise(
    world="S03",
    items={
        "alert_cell": Item(20, dict, '{"region": "R1"}', judge_cell, ("form", "largest", "shadow", "no_alert")),
        "delay": Item(15, dict, '{"days": 10, "echoes": 20, "false": 9}', judge_delay, ("form", "swapped", "echo_is_false", "days", "counts")),
        "false_alerts": Item(20, dict, '{"default": 30, "loose": 60}', judge_false, ("form", "swapped", "own_centre", "loose", "value")),
        "pipeline_kept": Item(20, dict, '{"verified": 5, "ratio": 0.8, "weak": 4}', judge_kept, ("form", "all_counted", "percent", "denominator", "ratio", "weak", "verified")),
        "next_step": Item(25, str, '"s1"', judge_next, tuple(filter(None, STATEMENTS.values())), options=from_wording("workshop.n19.said", STATEMENTS)),
    },
    materials={"known": known, "quiet": quiet},
)  # fmt: skip
