"""N12, text bot and hand-off: where the hand-off leaks, what strategy, flow and script show, and an A/B test planned and judged.

Every number is made from the team's own sessions. The A/B test is put together from them: sessions of the intents whose knowledge was not merged,
before the release (a human after one fallback) and after it (after three).
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from ccsat.touchpoints import abtest
from ccsat.touchpoints.funnel import Funnel
from ccsat.touchpoints.handoff import STEPS, handoff_funnel
from ccsat.touchpoints.journey import Journey, journey_account
from ccsat.workshop.case import Case
from ccsat.workshop.exercises.item import Exercise, Item, Judgement, Options, from_wording
from ccsat.workshop.exercises.ladder import RIGHT, is_number

WORDS = "workshop.n12"
WINDOW = pd.Timedelta("48h")
SMALLEST, POWER, LOOKS = -0.02, 0.8, 4
VALUE_LIMIT = 0.02  # how much more may ask for a human in vain
NEAR, NEAR_N = 1e-3, 0.05
VIEWS = ("strategy", "flow", "script")
FINDINGS = ("late_human", "blocked", "said_again", "context_lost", "long_wait", "slow")
TRUE_VIEW = {"strategy": "late_human", "flow": "blocked", "script": "said_again"}


# The team's own figures -----------------------------------------------------------------------


@cache
def funnel(case: Case) -> Funnel:
    """The hand-off, current beside baseline."""
    return handoff_funnel(case.centre)


@cache
def journey(case: Case) -> Journey:
    """Journey resolution, current beside baseline."""
    return journey_account(case.centre)


@cache
def flow(case: Case) -> float:
    """Sessions a day in the baseline."""
    rows = case.table("bot_sessions")
    before = rows[rows["kb_version"] == rows["kb_version"].iloc[0]]
    return len(before) / before["started_at"].dt.normalize().nunique()


@cache
def plan(case: Case, looks: int = 1) -> abtest.TestPlan:
    """The plan asked for."""
    return abtest.plan_test(round(journey(case).value_baseline, 3), SMALLEST, power=POWER, looks=looks, flow=flow(case))


@cache
def other_plans(case: Case) -> dict[str, int]:
    """Rows an arm as they are often planned."""
    from ccsat.estimates import sample_size

    base = round(journey(case).value_baseline, 3)
    return {"both_arms": 2 * plan(case).n_arm, "relative": int(np.ceil(sample_size(base * (1 + SMALLEST), base, power=POWER))),
            "half_power": int(np.ceil(sample_size(base + SMALLEST, base, power=0.5)))}  # fmt: skip


@cache
def ab(case: Case) -> pd.DataFrame:
    """The record of the test: one row a session with its arm, and what became of it."""
    rows = case.table("bot_sessions")
    merged = case._truth["cells"][0]["where"]["intent"]
    rows = rows[~rows["intent_pred"].isin(merged) & (rows["started_at"] <= rows["started_at"].max() - WINDOW)]
    rng, first = np.random.default_rng(case.seed), rows["kb_version"].iloc[0]
    n = int(np.ceil(plan(case).n_arm / 100) * 100) + 200
    parts = []
    for arm, mask in (("one", rows["kb_version"] == first), ("three", rows["kb_version"] != first)):
        own = rows[mask].reset_index(drop=True)
        parts.append(own.iloc[np.sort(rng.permutation(len(own))[:n])].assign(arm=arm))
    made = pd.concat(parts, ignore_index=True)
    made = made.iloc[rng.permutation(len(made))].reset_index(drop=True)
    resolved = ~((made["next_contact_at"] - made["started_at"]) <= WINDOW)
    handed, asked = made["handoff_done"].astype(bool), made["handoff_requested"].astype(bool)
    return pd.DataFrame(
        {
            "customer_id": made["customer_id"],
            "arm": made["arm"],
            "contained": ~handed,
            "resolved": resolved,
            "in_vain": asked & ~handed,
        }
    )


@cache
def verdict(case: Case) -> abtest.TestVerdict:
    """What the test decides: journeys first, and customers kept from a human as guardrail."""
    return abtest.evaluate_test(
        ab(case),
        plan(case),
        control="one",
        primary="resolved",
        guardrails={"in_vain": ("low", VALUE_LIMIT)},
        cluster="customer_id",
    )


@cache
def containment_verdict(case: Case) -> abtest.TestVerdict:
    """The mistake of letting containment decide."""
    return abtest.evaluate_test(ab(case), plan(case), control="one", primary="contained", cluster="customer_id")


# Judges ---------------------------------------------------------------------------------------


def judge_step(answer: dict, case: Case) -> Judgement:
    """The step that fell most, and what is left there."""
    if (
        set(answer) != {"step", "share", "change"}
        or answer["step"] not in STEPS
        or not all(is_number(answer[key]) for key in ("share", "change"))
    ):
        return Judgement("form", hint=1)
    found = funnel(case)
    row = found.table.set_index("step").loc[found.fallen_most]
    if answer["step"] != found.fallen_most:
        return Judgement("step", share=0.2, hint=2)
    if abs(answer["share"]) > 1 or abs(answer["change"]) > 1:
        return Judgement("percent", share=0.5, hint=3)
    if abs(answer["share"] - row["share"]) <= NEAR and abs(answer["change"] - row["change"]) <= NEAR:
        return RIGHT
    if abs(answer["share"] - row["share_baseline"]) <= NEAR:
        return Judgement("before", share=0.5, hint=2)
    if abs(answer["share"] - (1 - row["share"])) <= NEAR:
        return Judgement("lost", share=0.5, hint=2)
    if abs(answer["change"] + row["change"]) <= NEAR:
        return Judgement("sign", share=0.7, hint=3)
    return Judgement("value", share=0.4, hint=2)


def judge_views(answer: dict, case: Case) -> Judgement:
    """What strategy, flow and script show."""
    if set(answer) != set(VIEWS) or not all(value in FINDINGS for value in answer.values()):
        return Judgement("form", hint=1)
    right = [key for key in VIEWS if answer[key] == TRUE_VIEW[key]]
    if len(right) == len(VIEWS):
        return RIGHT
    share = 0.8 * len(right) / len(VIEWS)
    for key in ("slow", "context_lost", "long_wait"):
        if key in answer.values():
            return Judgement(key, share=share, hint=2)
    return Judgement("mixed_up", share=share, hint=3)


def judge_plan(answer: dict, case: Case) -> Judgement:
    """Rows an arm and days of the test."""
    if set(answer) != {"n_arm", "days"} or not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)
    truth, others = plan(case), other_plans(case)
    if abs(answer["n_arm"] / truth.n_arm - 1) <= NEAR_N:
        return RIGHT if abs(answer["days"] - truth.days) <= 1 else Judgement("days", share=0.7, hint=3)
    for key, n in others.items():
        if abs(answer["n_arm"] / n - 1) <= 0.02:
            return Judgement(key, share=0.3, hint=2)
    return Judgement("n_arm", share=0.1, hint=2)


def judge_looks(answer: dict, case: Case) -> Judgement:
    """What it takes to stop at the first of several looks, and what daily peeking does."""
    if set(answer) != {"first_p", "peeking"} or not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)
    first, peeking = float(plan(case, LOOKS).table["p_value"].iloc[0]), plan(case).peeking
    if abs(answer["first_p"] / first - 1) <= 0.05:
        return RIGHT if abs(answer["peeking"] - peeking) <= 0.01 else Judgement("peeking", share=0.6, hint=3)
    if abs(answer["first_p"] - 0.05) <= 1e-9:
        return Judgement("same_p", share=0.1, hint=2)
    if abs(answer["first_p"] - 0.05 / LOOKS) <= 1e-4:
        return Judgement("divided", share=0.3, hint=2)
    return Judgement("first_p", share=0.2, hint=2)


def judge_verdict(answer: dict, case: Case) -> Judgement:
    """What the test decides."""
    if (
        set(answer) != {"decision", "change"}
        or answer["decision"] not in abtest.DECISIONS
        or not is_number(answer["change"])
    ):
        return Judgement("form", hint=1)
    truth = verdict(case)
    change, contained = (float(one.table["change"].iloc[0]) for one in (truth, containment_verdict(case)))
    if abs(answer["change"] - contained) <= NEAR:
        return Judgement("containment", hint=2)
    if abs(answer["change"]) > 1:
        return Judgement("percent", share=0.4, hint=3)
    if abs(answer["change"] - change) > NEAR:
        return Judgement("sign" if abs(answer["change"] + change) <= NEAR else "change", share=0.3, hint=2)
    if answer["decision"] == truth.decision:
        return RIGHT
    return Judgement("adopted" if answer["decision"] == "adopt" else "decision", share=0.5, hint=3)


def decisions(case: Case) -> Options:
    """What a test can decide."""
    return from_wording("abtest.decision", abtest.DECISIONS)(case)


EXERCISE = Exercise(
    world="S02",
    items={
        "funnel_step": Item(20, dict, '{"step": "resolved", "share": 0.5, "change": -0.1}', judge_step, ("form", "step", "percent", "before", "lost", "sign", "value"),
                            options=from_wording("funnel.handoff", STEPS), named=lambda answer: [answer["step"]] if "step" in answer else []),
        "three_views": Item(20, dict, '{"strategy": "slow", "flow": "slow", "script": "slow"}', judge_views, ("form", "slow", "context_lost", "long_wait", "mixed_up"),
                            options=from_wording(f"{WORDS}.finding", FINDINGS), named=lambda answer: [one for one in answer.values() if isinstance(one, str)]),
        "ab_plan": Item(20, dict, '{"n_arm": 1000, "days": 7}', judge_plan, ("form", "both_arms", "relative", "half_power", "days", "n_arm")),
        "ab_looks": Item(15, dict, '{"first_p": 0.05, "peeking": 0.05}', judge_looks, ("form", "same_p", "divided", "peeking", "first_p")),
        "ab_verdict": Item(25, dict, '{"decision": "continue", "change": 0.01}', judge_verdict,
                           ("form", "containment", "percent", "sign", "change", "adopted", "decision"), options=decisions,
                           named=lambda answer: [answer["decision"]] if "decision" in answer else []),
    },
    materials={"ab": ab},
)  # fmt: skip
