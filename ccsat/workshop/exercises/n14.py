"""N14, local and escalated complaints: what may be judged yet, where more escalate, what a widened deadline hides, and who gave warning.

Everything is counted from the team's own complaints; the region and the cause are planted.
"""

from __future__ import annotations

from functools import cache

import pandas as pd

from ccsat.question import Question
from ccsat.touchpoints.complaint_causes import handling, preventable_pool
from ccsat.touchpoints.complaint_rows import complaint_dims, escalations, local_complaints
from ccsat.touchpoints.complaints import escalation_rate
from ccsat.wording import LANGUAGES, text
from ccsat.workshop.case import Case
from ccsat.workshop.exercises.claims import fallen_for, statements
from ccsat.workshop.exercises.item import Exercise, Item, Judgement, Options, from_wording
from ccsat.workshop.exercises.ladder import RIGHT, is_number

WORDS = "workshop.n14"
NEAR = 1.5e-3
NEAR_POINTS = 6e-3  # of differences between periods
SAME_AGE = 27  # days: as long as the oldest complaint of the last four weeks was watched
DEADLINE = 3  # the link of the true chain that the meeting hears
DECOYS = ("fell", "on_time", "agents", "lowest")  # in the order of the world's truth
OTHER_DIMS = ("region", "kind", "filed_via")


# Material -------------------------------------------------------------------------------------


@cache
def complaints(case: Case) -> pd.DataFrame:
    """Local complaints, one row each: filed, region, age in days, whether and after how many days it escalated, hours to the first reply, hours it was given."""
    rows = local_complaints(case.centre)
    made = rows[["complaint_id", "filed_at", "region", "kind", "cause_code"]].assign(
        age_days=rows["age_h"] / 24, escalated=rows["event"], after_days=(rows["watched_h"] / 24).where(rows["event"]),
        reply_h=(rows["first_reply_at"] - rows["filed_at"]).dt.total_seconds() / 3600, given_h=(rows["due_at"] - rows["filed_at"]).dt.total_seconds() / 3600,
        period=rows["filed_at"].ge(_first(case)).map({True: "current", False: "baseline"}),
    )  # fmt: skip
    return made.reset_index(drop=True)


def question(case: Case) -> Question:
    """The study's own periods."""
    return Question.of(case.centre.study)


def _first(case: Case) -> pd.Timestamp:
    return pd.Timestamp(question(case).current.split("/")[0])


# The team's own figures -----------------------------------------------------------------------


@cache
def rates(case: Case) -> dict[str, tuple[float, int]]:
    """The 30-day rate as it should be (`mature`), and as it is often done wrongly: rate and n."""
    rows = complaints(case)
    ripe, direct = rows["age_days"] >= 30, int(escalations(case.centre)["direct"].sum())
    mixed = rows[ripe | rows["escalated"]]
    made = {"mature": rows[ripe], "naive": rows, "mixed": mixed}
    found = {name: (float(part["escalated"].mean()), len(part)) for name, part in made.items()}
    return found | {
        "direct": ((found["mature"][0] * found["mature"][1] + direct) / found["mature"][1], found["mature"][1])
    }


@cache
def last_month(case: Case) -> dict[str, float]:
    """Current less baseline: the plain share escalated so far, and at the same age by survival."""
    periods = (question(case).current, question(case).baseline)
    plain = [escalation_rate(case.centre, estimator="naive", period=one)["value"] for one in periods]
    aged = [escalation_rate(case.centre, estimator="km", window_days=SAME_AGE, period=one)["value"] for one in periods]
    return {"plain": plain[0] - plain[1], "same_age": aged[0] - aged[1]}


def region(case: Case) -> str:
    """Where the handling changed."""
    return str(case._truth["cells"][0]["where"]["region"])


@cache
def deadline(case: Case, where: str | None = None) -> dict[str, float]:
    """Change of the on-time rate, by each complaint's own deadline and by 24 hours; in the region, or in all."""
    table = handling(case.centre, question(case), by=None if where == "all" else "region").table
    rows = table[(table["kpi"] == "complaint_on_time_rate") & (table["level"] == (where or region(case)))].set_index(
        "caliber"
    )
    return {"own": float(rows.loc["own_deadline", "change"]), "standard": float(rows.loc["24h", "change"])}


@cache
def pool(case: Case, least: int = 2, days: int = 30) -> tuple[int, float]:
    """Escalations with so many unresolved contacts before the complaint, and their share."""
    row = preventable_pool(case.centre, least=least, lookback_days=days).table.iloc[0]
    return int(row["preventable"]), float(row["value"])


@cache
def lowest_satisfaction(case: Case) -> str:
    """The region with the lowest satisfaction."""
    from ccsat.cells import measure

    cells = measure(case.centre, question(case), by="region").table
    return str(cells[cells["period"] == "current"].sort_values("value")["region"].iloc[0])


# Judges ---------------------------------------------------------------------------------------


def judge_mature(answer: dict, case: Case) -> Judgement:
    """The escalation rate of mature complaints, and of how many."""
    if set(answer) != {"rate", "n"} or not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)
    if answer["rate"] > 1:
        return Judgement("percent", share=0.3, hint=2)
    known = rates(case)
    named = [name for name, (rate, _) in known.items() if abs(answer["rate"] - rate) <= NEAR / 3]
    by_n = [name for name in ("naive", "mixed") if answer["n"] == known[name][1]]
    if "mature" in named and answer["n"] == known["mature"][1]:
        return RIGHT
    for name in ("mixed", "naive", "direct"):
        if name in by_n or (name in named and "mature" not in named):
            return Judgement(name, share=0.2, hint=1)
    return Judgement("n", share=0.6, hint=2) if "mature" in named else Judgement("value", hint=2)


def judge_last_month(answer: dict, case: Case) -> Judgement:
    """Two changes: the plain one, and at the same age."""
    if set(answer) != {"plain", "same_age"} or not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)
    truth = last_month(case)
    wrong = [key for key in truth if abs(answer[key] - truth[key]) > NEAR]
    if not wrong:
        return RIGHT
    if all(abs(answer[key] / 100 - truth[key]) <= NEAR for key in truth):
        return Judgement("percent", share=0.5, hint=3)
    if all(abs(answer[key] + truth[key]) <= NEAR for key in truth):
        return Judgement("sign", share=0.6, hint=3)
    if abs(answer["plain"] - truth["same_age"]) <= NEAR and abs(answer["same_age"] - truth["plain"]) <= NEAR:
        return Judgement("swapped", share=0.5, hint=2)
    if abs(answer["same_age"] - answer["plain"]) <= NEAR:
        return Judgement("twice", share=0.4, hint=2)
    return Judgement(wrong[0], share=0.3, hint=2)


def judge_where(answer: dict, case: Case) -> Judgement:
    """The cell in which the handling of complaints changed."""
    if set(answer) != {"dim", "level"} or answer["dim"] not in complaint_dims(case.centre):
        return Judgement("form", hint=1)
    if answer["dim"] != "region":
        return Judgement("other_dim", share=0.2, hint=2)
    level = str(answer["level"])
    if level == region(case):
        return RIGHT
    return Judgement("lowest" if level == lowest_satisfaction(case) else "other", share=0.2, hint=2)


def judge_deadline(answer: dict, case: Case) -> Judgement:
    """The change of the on-time rate in the region, counted twice."""
    if set(answer) != {"own", "standard"} or not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)

    def near(given: dict, truth: dict, scale: float = 1.0) -> bool:
        return all(abs(given[key] * scale - truth[key]) <= NEAR_POINTS for key in truth)

    truth = deadline(case)
    if near(answer, truth):
        return RIGHT
    for key, other, scale in (("percent", truth, 0.01), ("sign", truth, -1.0), ("whole", deadline(case, "all"), 1.0),
                              ("swapped", {"own": truth["standard"], "standard": truth["own"]}, 1.0)):  # fmt: skip
        if near(answer, other, scale):
            return Judgement(key, share=0.5, hint=3 if key in ("percent", "sign") else 2)
    return Judgement("own" if abs(answer["own"] - truth["own"]) > NEAR_POINTS else "standard", share=0.3, hint=2)


def judge_pool(answer: dict, case: Case) -> Judgement:
    """How many escalations gave warning, and their share."""
    if set(answer) != {"n", "share"} or not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)
    n, share = pool(case)
    if answer["n"] == n and abs(answer["share"] - share) <= NEAR:
        return RIGHT
    if answer["n"] == n:
        return Judgement("percent" if abs(answer["share"] / 100 - share) <= NEAR else "share", share=0.5, hint=3)
    return Judgement("one" if answer["n"] == pool(case, 1)[0] else "value", share=0.2, hint=2)


def conclusions(case: Case) -> Options:
    """What is said in the meeting, and the actions on offer."""
    return statements(case, DEADLINE) | {
        action["id"]: {lang: action[lang] for lang in LANGUAGES} for action in case._truth["actions"]
    }


def judge_conclusion(answer: dict, case: Case) -> Judgement:
    """Which statement holds, and which action comes first?"""
    labels = {action["id"]: action["label"] for action in case._truth["actions"]}
    if (
        set(answer) != {"claim", "first"}
        or answer["claim"] not in statements(case, DEADLINE)
        or answer["first"] not in labels
    ):
        return Judgement("form", hint=1)
    decoy = fallen_for(answer["claim"], case, DEADLINE)
    if decoy is not None:
        return Judgement(DECOYS[decoy], hint=2)
    return RIGHT if labels[answer["first"]] == "best" else Judgement("no_cause", share=0.5, hint=3)


def dims(case: Case) -> Options:
    """Dimensions of complaints that may hold it."""
    there = [dim for dim in OTHER_DIMS if dim in complaint_dims(case.centre)]
    return {dim: {lang: text(f"{WORDS}.dim.{dim}", lang) for lang in LANGUAGES} for dim in there}


ESTIMATORS = from_wording(f"{WORDS}.estimator", ("mature", "naive", "mixed", "km"))
EXERCISE = Exercise(
    world="S11",
    items={
        "mature_rate": Item(20, dict, '{"rate": 0.123, "n": 4321}', judge_mature, ("form", "percent", "naive", "mixed", "direct", "n", "value"), options=ESTIMATORS, named=lambda answer: []),
        "last_month": Item(20, dict, '{"plain": 0.012, "same_age": 0.034}', judge_last_month, ("form", "percent", "sign", "swapped", "twice", "plain", "same_age")),
        "where": Item(15, dict, '{"dim": "kind", "level": "business"}', judge_where, ("form", "other_dim", "lowest", "other"), options=dims,
                      named=lambda answer: [answer["dim"]] if answer.get("dim") in OTHER_DIMS else []),
        "deadline": Item(20, dict, '{"own": 0.123, "standard": 0.123}', judge_deadline, ("form", "percent", "sign", "whole", "swapped", "own", "standard")),
        "preventable": Item(10, dict, '{"n": 99, "share": 0.99}', judge_pool, ("form", "percent", "share", "one", "value")),
        "conclusion": Item(15, dict, '{"claim": "m1", "first": "a7"}', judge_conclusion, ("form", *DECOYS, "no_cause"), options=conclusions,
                           named=lambda answer: [answer[key] for key in ("claim", "first") if key in answer]),
    },
    materials={"complaints": complaints},
)  # fmt: skip
