"""N06, the four-stage flow and its table: verdict, cell, cause, first action, an account that closes, and one complete row.

The account is searched again in the team's own tables; verdict, cell, cause and actions are those of the planted world.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache

import pandas as pd

from ccsat.question import Question
from ccsat.tracetable import COLUMNS
from ccsat.views import View
from ccsat.wording import LANGUAGES, count, number, percent, term, text
from ccsat.workshop.case import Case
from ccsat.workshop.exercises.item import Exercise, Item, Judgement, Options, from_wording
from ccsat.workshop.exercises.ladder import RIGHT, is_number
from ccsat.workshop.exercises.n07 import VERDICTS, judge_cell, judge_verdict

WORDS = "workshop.n06"
NEAR = 5e-4  # five hundredths of a point
CLOSES = 1e-4  # rounding to a hundredth of a point is allowed
SAME_TIME = timedelta(days=7)
SPOKEN = (
    "agents",
    "slow",
    "hours",
    "staff",
)  # offered beside the changes: what is felt, how it works, and who is blamed
HOURS = (0, 12, 24, 36, 48)
BLANK = "?"
CARRIED = ("B", "C", "D")  # grades that these data can carry: nobody was drawn at random
DESIGNS = ("did", "holdout", "before_after")
VERIFIED = ("not_yet", "works", "no_effect")
STATUS = ("open", "doing", "closed")


# Material -------------------------------------------------------------------------------------


@cache
def repairs(case: Case) -> pd.DataFrame:
    """Tickets of on-site repairs: their period, and the hours from opening to closing."""
    tickets = case.table("tickets")
    rows = tickets[tickets["type"] == "onsite_repair"]
    hours = (rows["closed_at"] - rows["created_at"]).dt.total_seconds() / 3600
    return rows.assign(hours=hours, period=_period(rows["created_at"], case))


def steps_view(case: Case) -> View:
    """Where the hours of a repair go: the median of each step, before and after."""
    steps = case.table("ticket_steps").merge(repairs(case)[["ticket_id", "period"]], on="ticket_id")
    steps["hours"] = (steps["left_at"] - steps["entered_at"]).dt.total_seconds() / 3600
    seen = steps.groupby(["step", "period"])["hours"].agg(["size", "median"]).unstack()
    place = steps.assign(order=steps.groupby("ticket_id").cumcount()).groupby("step")["order"].mean()
    rows = []
    for step in place.sort_values().index:
        cells = [seen.loc[step, (what, period)] for period in ("baseline", "current") for what in ("median", "size")]
        rows.append((text(f"{WORDS}.step.{step}"), *_shown(cells)))
    heads = ("step", "before", "n_before", "after", "n_after")
    return View(tuple(text(f"{WORDS}.head.{key}") for key in heads), tuple(rows), frozenset(range(1, 5)))


def _shown(cells: list) -> tuple[str, ...]:
    """Hours and how many, twice; a dash where there were none."""
    return tuple("–" if pd.isna(value) else count(int(value)) if place % 2 else number(float(value), 1) for place, value in enumerate(cells))  # fmt: skip


def dose_view(case: Case) -> View:
    """The satisfied by how long the repair took, before and after: the longer, the lower, in both periods."""
    ratings = case.centre.surveys[["contact_id", "rating"]].merge(repairs(case)[["contact_id", "hours", "period"]], on="contact_id")  # fmt: skip
    band = pd.cut(ratings["hours"], [*HOURS, float("inf")], right=False)
    seen = ratings.assign(satisfied=ratings["rating"] >= 4).groupby([band, "period"], observed=False)["satisfied"].agg(["mean", "size"])  # fmt: skip
    rows = []
    for place, level in enumerate(band.cat.categories):
        last = place == len(HOURS) - 1
        words = text(f"{WORDS}.hours_over" if last else f"{WORDS}.hours", low=HOURS[place], high=HOURS[min(place + 1, len(HOURS) - 1)])  # fmt: skip
        cells = []
        for period in ("baseline", "current"):
            mean, n = seen.loc[(level, period)]
            cells += [percent(float(mean)) if n >= 10 else "–", count(int(n))]
        rows.append((words, *cells))
    heads = ("band", "before_rate", "n_ratings", "after_rate", "n_ratings")
    return View(tuple(text(f"{WORDS}.head.{key}") for key in heads), tuple(rows), frozenset(range(1, 5)))


def unmoved_view(case: Case) -> View:
    """What agents did in on-site faults: attitude as customers rate it, and whether the process was followed, before and after."""
    rows = case.centre.surveys
    rows = rows[rows["contact_id"].isin(repairs(case)["contact_id"])].assign(period=lambda t: _period(t["at"], case))
    lines = []
    for key, held in (("attitude", rows.dropna(subset=["sub_1"]).assign(value=lambda t: t["sub_1"] >= 4)), ("process", rows.assign(value=rows["process_followed"].astype(float)))):  # fmt: skip
        seen = held.groupby("period")["value"].agg(["mean", "size"])
        cells = [words for period in ("baseline", "current") for words in (percent(float(seen.loc[period, "mean"])), count(int(seen.loc[period, "size"])))]  # fmt: skip
        lines.append((text(f"{WORDS}.unmoved.{key}"), *cells))
    heads = ("what", "before_rate", "n_ratings", "after_rate", "n_ratings")
    return View(tuple(text(f"{WORDS}.head.{key}") for key in heads), tuple(lines), frozenset(range(1, 5)))


def _period(at: pd.Series, case: Case) -> pd.Series:
    first = pd.Timestamp(Question.of(case.centre.study).current.split("/")[0])
    return at.ge(first).map({True: "current", False: "baseline"})


# Cause and action -----------------------------------------------------------------------------


def causes(case: Case) -> Options:
    """What may be named as the cause: every change of the register, and what people say."""
    changes = {f"change:{row.change_id}": {"zh": row.title_zh, "en": row.title_en} for row in case.centre.changes.itertuples()}  # fmt: skip
    return changes | from_wording(f"{WORDS}.spoken", SPOKEN)(case)


def judge_cause(answer: str, case: Case) -> Judgement:
    """Which decision is behind it?"""
    truth = case._truth["causes"][0]["id"]
    if answer == truth:
        return RIGHT
    if answer in SPOKEN:
        return Judgement({"agents": "blames_agents", "slow": "feeling", "hours": "mechanism", "staff": "staff"}[answer],
                         share={"slow": 0.3, "hours": 0.4}.get(answer, 0.0), hint=3 if answer in ("slow", "hours") else 2)  # fmt: skip
    at = case.centre.changes.set_index("change_id")["at"]
    apart = abs(at[answer.removeprefix("change:")] - at[truth.removeprefix("change:")])
    return Judgement("other_time" if apart > SAME_TIME else "other_scope", hint=2)


def library(case: Case) -> Options:
    """The actions on offer."""
    return {action["id"]: {"zh": action["zh"], "en": action["en"]} for action in case._truth["actions"]}


def judge_action(answer: str, case: Case) -> Judgement:
    """Which single action comes first?"""
    action = next(one for one in case._truth["actions"] if one["id"] == answer)
    if action["label"] == "best":
        return RIGHT
    if action["label"] == "acceptable":
        return Judgement("eases", share=0.5, hint=3)
    own = action["owner"] == case._truth["causes"][0]["owner"]
    return Judgement("not_the_lever" if own else "other_owner", share=0.1 if own else 0.0, hint=2)


# The account ----------------------------------------------------------------------------------


@cache
def _located(case: Case):
    from ccsat.stages.locate import locate_gap

    return locate_gap(case.centre, Question.of(case.centre.study))


def first_points(case: Case) -> float:
    """Points of the first located cell."""
    return float(_located(case).cells["points"].iloc[0])


def account(case: Case) -> dict[str, float]:
    """Points of the located cells, the remainder, and the whole change."""
    found = _located(case)
    return {"cells": float(found.cells["points"].sum()), "remainder": float(found.remainder), "total": float(found.total)}  # fmt: skip


def judge_closing(answer: dict, case: Case) -> Judgement:
    """Cells and remainder add up to the change."""
    truth = account(case)
    if set(answer) != set(truth) or not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)
    if all(abs(answer[key] - 100 * truth[key]) <= 0.05 for key in truth):
        return Judgement("percent", share=0.6, hint=3)
    if all(abs(answer[key] + truth[key]) <= NEAR for key in truth):
        return Judgement("sign", share=0.6, hint=2)
    if all(abs(answer[key] * truth["total"] - truth[key]) <= NEAR for key in truth):
        return Judgement("shares", share=0.4, hint=2)
    if answer["remainder"] == 0:
        return Judgement("no_remainder", share=0.3, hint=1)
    if abs(answer["cells"] + answer["remainder"] - answer["total"]) > CLOSES:
        return Judgement("open", share=0.3, hint=2)
    return RIGHT if all(abs(answer[key] - truth[key]) <= NEAR for key in truth) else Judgement("value", share=0.4, hint=3)  # fmt: skip


# The row --------------------------------------------------------------------------------------


def row_codes(case: Case) -> Options:
    """The codes that complete a row: the action, how it will be verified, whether it was, and the status."""
    return library(case) | from_wording(f"{WORDS}.code", (*DESIGNS, *VERIFIED, *STATUS))(case)


def judge_row(answer: dict, case: Case) -> Judgement:
    """Is the row complete, does it carry the account's numbers, and is what people filled in possible?"""
    if lacking := [column for column in COLUMNS if column not in answer]:
        return Judgement("columns", share=0.1, hint=1, values={"column": lacking[0]})
    if blank := [column for column in COLUMNS if str(answer[column]).strip() in (BLANK, "nan", "None", "NaT")]:
        return Judgement("blank", share=0.3, hint=1, values={"column": blank[0]})
    for judged in (_numbers, _who, _promise):
        if said := judged(answer, case):
            return said
    return RIGHT


def _numbers(answer: Mapping, case: Case) -> Judgement | None:
    for column, value in (("points", first_points(case)), ("gap", account(case)["total"])):
        if not is_number(answer[column]) or abs(answer[column] - value) > NEAR:
            return Judgement("numbers", share=0.4, hint=2, values={"column": column})
    return None


def _who(answer: Mapping, case: Case) -> Judgement | None:
    owner = case._truth["causes"][0]["owner"]
    if not any(word in str(answer["owner_dept"]) for word in (owner, *(term(owner, lang) for lang in LANGUAGES))):
        return Judgement("owner", share=0.5, hint=2)
    return None if answer["evidence_grade"] in CARRIED else Judgement("overstated", share=0.5, hint=2)


def _promise(answer: Mapping, case: Case) -> Judgement | None:
    actions = {action["id"]: action for action in case._truth["actions"]}
    action = actions.get(str(answer["action"]))
    if action is None:
        return Judgement("action_form", share=0.5, hint=1)
    if action["label"] == "wrong":
        return Judgement("action", share=0.5, hint=2)
    try:
        due, since = date.fromisoformat(str(answer["due"])), date.fromisoformat(str(answer["as_of"]))
    except ValueError:
        return Judgement("due_form", share=0.6, hint=1)
    if not since + timedelta(days=action["lead_days"]) <= due <= since + timedelta(days=case._truth["horizon_days"]):
        return Judgement("due", share=0.7, hint=3)
    if answer["verify_by"] not in DESIGNS or answer["verify_by"] == "before_after":
        return Judgement("verify_by", share=0.7, hint=2)
    if answer["verified"] != "not_yet":
        return Judgement("verified", share=0.7, hint=2)
    return None if answer["status"] in STATUS and answer["status"] != "closed" else Judgement("status", share=0.8, hint=3)  # fmt: skip


def _coded(answer: Mapping) -> list:
    """The codes that a row was completed with; what was left as it came is judged later."""
    return [answer[key] for key in ("verify_by", "verified", "status") if key in answer and answer[key] != BLANK]


EXERCISE = Exercise(
    world="S05",
    items={
        "verdict": Item(10, str, '"mix"', judge_verdict, tuple(f"said_{word}" for word in VERDICTS if word != "real"),
                        options=from_wording("workshop.n07.said", VERDICTS), words="n07.verdict"),
        "cell": Item(20, dict, '{"channel": "phone"}', judge_cell, ("no_dimension", "empty", "too_wide", "too_narrow", "elsewhere"), words="n07.cell"),
        "cause_id": Item(20, str, '"change:CH-104"', judge_cause, ("blames_agents", "feeling", "mechanism", "staff", "other_time", "other_scope"), options=causes),
        "action_id": Item(15, str, '"a5"', judge_action, ("other_owner", "not_the_lever", "eases"), options=library),
        "closing": Item(15, dict, '{"cells": -0.01, "remainder": -0.003, "total": -0.013}', judge_closing,
                        ("form", "percent", "sign", "shares", "no_remainder", "open", "value")),
        "table_row": Item(20, dict, '{"no": 1, "found_on": "2025-05-25", "…": "…"}', judge_row,
                          ("columns", "blank", "numbers", "owner", "overstated", "action_form", "action", "due_form", "due", "verify_by", "verified", "status"),
                          options=row_codes, named=_coded),
    },
    materials={"steps": steps_view, "dose": dose_view, "unmoved": unmoved_view},
)  # fmt: skip
