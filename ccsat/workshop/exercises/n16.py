"""N16, a marketing rule: whose satisfaction fell, were they like the others before the sale, when does it show, and whose promise was it?

Cohorts, lags and points are counted from the team's own data; campaign and cause are planted.
"""

from __future__ import annotations

from functools import cache

import pandas as pd

from ccsat.business.marketing_rule import CohortCurve, cohort_curve
from ccsat.cells import measure
from ccsat.question import Question
from ccsat.wording import LANGUAGES, text
from ccsat.workshop.case import Case
from ccsat.workshop.exercises.claims import fallen_for, owner_options, statements
from ccsat.workshop.exercises.item import Exercise, Item, Judgement, Options
from ccsat.workshop.exercises.ladder import RIGHT, is_number

WORDS = "workshop.n16"
NEAR, NEAR_SHARE = 4e-4, 0.03  # answers have four decimals
VERDICTS = ("alike", "worse")
GAPS = ("cognition", "design", "execution", "promotion", "perception")
OWNERS = ("agent", "centre_process", "business_rule", "billing_product", "marketing")
SCRIPT = 3  # the link of the true chain that the meeting hears
DECOYS = ("billing_team", "gift", "same_week", "lowest")  # in the order of the world's truth


@cache
def curve(case: Case) -> CohortCurve:
    """Every campaign's members against non-members of the same weeks, by days since the sale."""
    return cohort_curve(case.centre, question(case))


def question(case: Case) -> Question:
    """The study's own question."""
    return Question.of(case.centre.study)


def cohort(case: Case) -> str:
    """The campaign that promised too much."""
    return str(case._truth["cells"][0]["where"]["campaign_id"])


@cache
def members(case: Case, name: str | None = None) -> dict[str, float]:
    """A campaign's row of the current period."""
    table = curve(case).cohorts.set_index("campaign")
    return (
        table.loc[
            name or cohort(case), ["difference", "points", "peak_from", "peak_to", "promised_value", "delivered_value"]
        ]
        .astype(float)
        .to_dict()
    )


@cache
def against_before(case: Case) -> float:
    """The mistake of comparing members with their own baseline only."""
    cells = measure(case.centre, question(case), by="campaign_id").table
    rows = cells[cells["campaign_id"] == cohort(case)].set_index("period")["value"]
    return float(rows["current"] - rows["baseline"])


@cache
def just_before(case: Case) -> float:
    """Members less non-members in the last band before the sale."""
    rows = curve(case).table
    band = rows[(rows["campaign"] == cohort(case)) & (rows["lag_to"] == -1)].iloc[0]
    return float(band["difference"])


@cache
def change(case: Case) -> float:
    """Change of the whole KPI."""
    found = measure(case.centre, question(case)).headline
    return found["current"].value - found["baseline"].value


@cache
def steepest_line(case: Case) -> str:
    """The first-level business that fell most: where a look by line would stop."""
    cells = measure(case.centre, question(case), by="biz_l1").table.pivot(
        index="biz_l1", columns="period", values="value"
    )
    return str((cells["current"] - cells["baseline"]).idxmin())


def lines(case: Case) -> pd.DataFrame:
    """Satisfaction by first-level business, before and now, of all customers and without the campaigns' members."""
    whole = measure(case.centre, question(case), by="biz_l1").table.pivot(
        index="biz_l1", columns="period", values="value"
    )
    return whole.assign(change=whole["current"] - whole["baseline"]).sort_values("change").round(4)


# Judges ---------------------------------------------------------------------------------------


def judge_cohort(answer: dict, case: Case) -> Judgement:
    """Whose members fell, and by how much against non-members of the same weeks."""
    known = curve(case).cohorts["campaign"].tolist()
    if (
        set(answer) != {"campaign", "difference"}
        or not is_number(answer["difference"])
        or answer["campaign"] not in known
    ):
        return Judgement("form", hint=1)
    if answer["campaign"] != cohort(case):
        return Judgement("other", share=0.1, hint=2)
    truth, value = members(case)["difference"], answer["difference"]
    if abs(value - truth) <= NEAR:
        return RIGHT
    for key, other in (("percent", 100 * truth), ("sign", -truth)):
        if abs(value - other) <= NEAR * (100 if key == "percent" else 1):
            return Judgement(key, share=0.6, hint=3)
    return Judgement("own_baseline" if abs(value - against_before(case)) <= NEAR else "value", share=0.4, hint=2)


def judge_before(answer: dict, case: Case) -> Judgement:
    """Were the members like the others before the sale?"""
    if (
        set(answer) != {"difference", "verdict"}
        or not is_number(answer["difference"])
        or answer["verdict"] not in VERDICTS
    ):
        return Judgement("form", hint=1)
    truth, value = just_before(case), answer["difference"]
    if abs(value - truth) <= NEAR:
        return RIGHT if answer["verdict"] == "alike" else Judgement("verdict", share=0.6, hint=3)
    if abs(value / 100 - truth) <= NEAR:
        return Judgement("percent", share=0.5, hint=3)
    rows = curve(case).table
    rows = rows[(rows["campaign"] == cohort(case)) & (rows["lag_from"] >= 0)]
    return Judgement("after" if (rows["difference"] - value).abs().min() <= NEAR else "value", share=0.3, hint=2)


def judge_lag(answer: dict, case: Case) -> Judgement:
    """In which days since the sale most is lost."""
    if set(answer) != {"from", "to"} or not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)
    truth = members(case)
    if answer["from"] == truth["peak_from"] and answer["to"] == truth["peak_to"]:
        return RIGHT
    if answer["from"] < 0:
        return Judgement("before", share=0.1, hint=1)
    if answer["to"] <= 14:
        return Judgement("at_sale", share=0.2, hint=1)
    if answer["from"] >= 60:
        return Judgement("few", share=0.3, hint=2)
    inside = answer["from"] <= truth["peak_from"] and truth["peak_to"] <= answer["to"]
    return Judgement("wide" if inside else "value", share=0.4, hint=2)


def judge_points(answer: dict, case: Case) -> Judgement:
    """What the cohort takes from the whole KPI, and what part of the fall that is."""
    truth = members(case)
    if set(answer) != {"points", "of_fall"} or not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)
    part = truth["points"] / change(case)
    good = abs(answer["points"] - truth["points"]) <= NEAR / 2, abs(answer["of_fall"] - part) <= NEAR_SHARE
    if all(good):
        return RIGHT
    if abs(answer["points"] - truth["difference"]) <= NEAR:
        return Judgement("not_weighted", share=0.3, hint=1)
    if abs(answer["points"] / 100 - truth["points"]) <= NEAR / 2:
        return Judgement("percent", share=0.5, hint=3)
    if abs(answer["points"] + truth["points"]) <= NEAR / 2:
        return Judgement("sign", share=0.5, hint=3)
    return Judgement("of_fall" if good[0] else "value", share=0.5 if good[0] else 0.1, hint=2)


def judge_promise(answer: dict, case: Case) -> Judgement:
    """What was promised and what was delivered; which of the five gaps, and whose."""
    if (
        set(answer) != {"kept", "gap", "owner"}
        or not is_number(answer["kept"])
        or answer["gap"] not in GAPS
        or answer["owner"] not in OWNERS
    ):
        return Judgement("form", hint=1)
    truth = members(case)
    if abs(answer["kept"] - truth["delivered_value"] / truth["promised_value"]) > 0.01:
        return Judgement("kept", share=0.3, hint=2)
    cause = case._truth["causes"][0]
    if answer["owner"] == "agent":
        return Judgement("agents", share=0.3, hint=3)
    if answer["owner"] != cause["owner"]:
        return Judgement("owner", share=0.4, hint=3)
    return RIGHT if answer["gap"] == cause["gap"] else Judgement("gap", share=0.6, hint=3)


def parts_of(case: Case) -> Options:
    """Gaps and owner classes by code."""
    return {gap: {lang: text(f"{WORDS}.gap.{gap}", lang) for lang in LANGUAGES} for gap in GAPS} | dict(
        owner_options(OWNERS)
    )


def conclusions(case: Case) -> Options:
    """What is said in the meeting, and the actions on offer."""
    return statements(case, SCRIPT) | {
        action["id"]: {lang: action[lang] for lang in LANGUAGES} for action in case._truth["actions"]
    }


def judge_conclusion(answer: dict, case: Case) -> Judgement:
    """Which statement holds, and which action comes first?"""
    labels = {action["id"]: action["label"] for action in case._truth["actions"]}
    if (
        set(answer) != {"claim", "first"}
        or answer["claim"] not in statements(case, SCRIPT)
        or answer["first"] not in labels
    ):
        return Judgement("form", hint=1)
    decoy = fallen_for(answer["claim"], case, SCRIPT)
    if decoy is not None:
        return Judgement(DECOYS[decoy], hint=2)
    label = labels[answer["first"]]
    return RIGHT if label == "best" else Judgement("partly" if label == "acceptable" else "no_cause", share=0.5, hint=3)


def verdicts(case: Case) -> Options:
    """Alike before the sale, or not."""
    return {code: {lang: text(f"{WORDS}.verdict.{code}", lang) for lang in LANGUAGES} for code in VERDICTS}


EXERCISE = Exercise(
    world="S06",
    items={
        "whose": Item(20, dict, '{"campaign": "C09", "difference": -0.012}', judge_cohort, ("form", "other", "percent", "sign", "own_baseline", "value")),
        "before_sale": Item(15, dict, '{"difference": 0.123, "verdict": "worse"}', judge_before, ("form", "verdict", "percent", "after", "value"), options=verdicts,
                            named=lambda answer: [answer["verdict"]] if "verdict" in answer else []),
        "lag": Item(20, dict, '{"from": 90, "to": 99}', judge_lag, ("form", "before", "at_sale", "few", "wide", "value")),
        "cost": Item(15, dict, '{"points": -0.123, "of_fall": 0.12}', judge_points, ("form", "not_weighted", "percent", "sign", "of_fall", "value")),
        "promise": Item(15, dict, '{"kept": 0.12, "gap": "design", "owner": "agent"}', judge_promise, ("form", "kept", "agents", "owner", "gap"), options=parts_of,
                        named=lambda answer: [answer[key] for key in ("gap", "owner") if key in answer]),
        "conclusion": Item(15, dict, '{"claim": "m1", "first": "a7"}', judge_conclusion, ("form", *DECOYS, "partly", "no_cause"), options=conclusions,
                           named=lambda answer: [answer[key] for key in ("claim", "first") if key in answer]),
    },
    materials={"lines": lines},
)  # fmt: skip
