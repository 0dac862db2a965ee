"""N10, the indicators of intelligent service: three by hand with maturity, the whole sheet of a week, and which of them contradict each other.

Every number is made from the team's own sessions; nothing here holds an answer.
"""

from __future__ import annotations

from functools import cache

import pandas as pd

from ccsat.kpis.intelligent import INDICATORS
from ccsat.touchpoints.indicators import IndicatorTable, indicator_table, machine_of
from ccsat.wording import LANGUAGES, term
from ccsat.workshop.case import Case
from ccsat.workshop.exercises.item import Exercise, Item, Judgement, Options, from_wording
from ccsat.workshop.exercises.ladder import RIGHT, is_number

WORDS = "workshop.n10"
WINDOW = pd.Timedelta("48h")
WEEK, BEFORE = "2025-05-05/2025-05-11", "2025-04-14/2025-04-20"
LAST_WEEK = ("2025-05-19", "2025-05-25 23:59:59")
HAND = ("containment", "true_resolution", "journey")
NEAR, NEAR_SHEET = 1e-3, 1e-6
TRIO = {"containment_rate", "true_resolution_rate", "journey_resolution_rate"}
MIRRORS = {"false_containment", "repeat_contact"}
WHY = ("blocked", "better_bot", "easier", "slow", "fewer_asked")
HEADLINE = "journey_resolution_rate"


# Material -------------------------------------------------------------------------------------


@cache
def last_week(case: Case) -> pd.DataFrame:
    """The sessions of the last week of the data: when, whether a human was asked for and reached, and the next contact on the issue."""
    rows = case.table("bot_sessions")
    rows = rows[rows["started_at"].between(*map(pd.Timestamp, LAST_WEEK))].reset_index(drop=True)
    made = rows[["session_id", "started_at", "handoff_requested", "handoff_done", "next_contact_at"]]
    return made.astype({"handoff_requested": bool, "handoff_done": bool})


@cache
def sheet(case: Case) -> IndicatorTable:
    """The indicators of a week beside one before the release."""
    return indicator_table(case.centre, WEEK, BEFORE)


@cache
def by_hand(case: Case) -> dict[str, dict[str, float]]:
    """The three indicators of the last week as they should be counted (`right`), and as they often are."""
    rows, end = last_week(case), pd.Timestamp(LAST_WEEK[1])
    back = (rows["next_contact_at"] - rows["started_at"]) <= WINDOW
    ripe = rows["started_at"] <= end - WINDOW
    alone = ~rows["handoff_done"]
    contained = float(alone.mean())

    def three(kept: pd.Series) -> dict[str, float]:
        return {
            "containment": contained,
            "true_resolution": float((alone & ~back)[kept].mean()),
            "journey": float((~back)[kept].mean()),
        }

    right = three(ripe)
    return {
        "right": right,
        "naive": three(pd.Series(True, index=rows.index)),
        "mixed": three(ripe | back),
        "of_contained": right | {"true_resolution": float((~back)[ripe & alone].mean())},
        "bot_alone": right | {"journey": float((~back)[ripe & alone].mean())},
        "swapped": right | {"true_resolution": right["journey"], "journey": right["true_resolution"]},
    }


def values(case: Case) -> dict[str, float]:
    """The sheet as asked for: every indicator that the data allow."""
    table = sheet(case).table
    known = table[table["n"] > 0]
    return dict(zip(known["kpi"] + "/" + known["id"], known["value"].astype(float), strict=True))


@cache
def other_values(case: Case) -> dict[str, dict[str, float]]:
    """Sheets of the wrong weeks: the one compared with, and the whole period since the release."""
    before = sheet(case).table.query("n > 0")
    whole = indicator_table(case.centre).table.query("n > 0")
    return {"before": dict(zip(before["kpi"] + "/" + before["id"], before["value_baseline"].astype(float), strict=True)),
            "period": dict(zip(whole["kpi"] + "/" + whole["id"], whole["value"].astype(float), strict=True))}  # fmt: skip


# Judges ---------------------------------------------------------------------------------------


def judge_hand(answer: dict, case: Case) -> Judgement:
    """Containment, true resolution and journey resolution of the last week."""
    if set(answer) != set(HAND) or not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)
    if any(value > 1 for value in answer.values()):
        return Judgement("percent", share=0.3, hint=2)
    truth = by_hand(case)["right"]
    right = [key for key in HAND if abs(answer[key] - truth[key]) <= NEAR]
    if len(right) == len(HAND):
        return RIGHT
    for key, other in by_hand(case).items():
        if key != "right" and all(abs(answer[one] - other[one]) <= NEAR for one in HAND):
            return Judgement(key, share=0.4, hint=2)
    return Judgement("value", share=0.6 * len(right) / len(HAND), hint=2)


def judge_sheet(answer: dict, case: Case) -> Judgement:
    """Every indicator of the week."""
    truth = values(case)
    if not answer or not all(isinstance(key, str) for key in answer) or not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)
    shared = [key for key in truth if key in answer]
    if len(shared) < len(truth):
        return Judgement("missing", share=0.5 * len(shared) / len(truth), hint=2)
    right = [key for key in shared if abs(answer[key] - truth[key]) <= NEAR_SHEET]
    if len(right) == len(truth):
        return RIGHT
    scaled = [key for key in shared if abs(answer[key] / 100 - truth[key]) <= 1e-3 and truth[key] > 0]
    if len(scaled) > len(truth) / 2:
        return Judgement("percent", share=0.4, hint=3)
    for key, other in other_values(case).items():
        if sum(abs(answer[one] - other[one]) <= NEAR_SHEET for one in shared if one in other) >= len(truth) - 2:
            return Judgement(key, share=0.2, hint=2)
    return Judgement("value", share=0.5 * len(right) / len(truth), hint=3)


def judge_trio(answer: list, case: Case) -> Judgement:
    """The three indicators that contradict each other."""
    chosen = {one for one in answer if isinstance(one, str)}
    if len(answer) != 3 or len(chosen) != 3:
        return Judgement("three", hint=1)
    if chosen == TRIO:
        return RIGHT
    share = 0.6 * len(chosen & TRIO) / 3
    if chosen & MIRRORS:
        return Judgement("mirror", share=share, hint=2)
    if HEADLINE not in chosen:
        return Judgement("no_headline", share=share, hint=2)
    if "transfer_to_human_rate" in chosen:
        return Judgement("transfers", share=share, hint=3)
    return Judgement("others", share=share, hint=3)


def judge_why(answer: dict, case: Case) -> Judgement:
    """Why they part, and which of them goes into the report's first line."""
    if set(answer) != {"why", "report"} or answer["why"] not in WHY or answer["report"] not in kpis(case):
        return Judgement("form", hint=1)
    if answer["why"] != "blocked":
        return Judgement(answer["why"], share=0.3 if answer["report"] == HEADLINE else 0.0, hint=2)
    return RIGHT if answer["report"] == HEADLINE else Judgement("report", share=0.6, hint=3)


def kpis(case: Case) -> Options:
    """The bot's indicators, by name."""
    names = sorted({row.kpi for row in INDICATORS if machine_of(row) == "bot"})
    return {name: {lang: term(name, lang) for lang in LANGUAGES} for name in names}


def reasons(case: Case) -> Options:
    """What may be behind it, and the indicators."""
    return from_wording(f"{WORDS}.because", WHY)(case) | kpis(case)


EXERCISE = Exercise(
    world="S02",
    items={
        "by_hand": Item(30, dict, '{"containment": 0.5, "true_resolution": 0.4, "journey": 0.6}', judge_hand,
                        ("form", "percent", "naive", "mixed", "of_contained", "bot_alone", "swapped", "value")),
        "whole_sheet": Item(25, dict, '{"containment_rate/bot": 0.5, "turns_to_solve/mean": 4.2}', judge_sheet,
                            ("form", "missing", "percent", "before", "period", "value")),
        "trio": Item(25, list, '["recognition_rate", "rephrase_rate", "reask_rate"]', judge_trio, ("three", "mirror", "no_headline", "transfers", "others"),
                     options=kpis, named=lambda answer: answer),
        "why": Item(20, dict, '{"why": "slow", "report": "rephrase_rate"}', judge_why, ("form", "better_bot", "easier", "slow", "fewer_asked", "report"),
                    options=reasons, named=lambda answer: [answer[key] for key in ("why", "report") if key in answer]),
    },
    materials={"last_week": last_week},
)  # fmt: skip
