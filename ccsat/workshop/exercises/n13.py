"""N13, first-contact resolution: four calibers, the last three days, where contacts are lost, and whose work was routed where.

Everything is counted anew from the team's own contacts; what is planted is only needed for the conclusion.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from ccsat.question import Question
from ccsat.touchpoints.fcr import first_contact_resolution
from ccsat.touchpoints.fcr_ledgers import LostResolutions, lost_resolutions
from ccsat.workshop.case import Case
from ccsat.workshop.exercises.claims import fallen_for, statements
from ccsat.workshop.exercises.item import Exercise, Item, Judgement, Options, from_wording
from ccsat.workshop.exercises.ladder import RIGHT, is_number

WORDS = "workshop.n13"
NEAR, NEAR_SHARE = 1e-3, 0.01
WAYS = {"48h": {}, "24h": {}, "48h-customer": {"match": "customer"}, "48h-gross": {"base": "gross"}}
LAST_DAYS = ("2025-05-19", "2025-05-21")
SHOWN = ("km", "naive", "mixed", "mature")
FELL = ("everyone", "novice_all", "novice_complex", "team")
MISROUTED = 3  # the link of the true chain that the meeting hears
DECOYS = ("hiring", "team", "queue", "rename")  # in the order of the world's truth
NOVICE, SIMPLE, COMPLEX = "0-89", "1", "3"


# The team's own figures -----------------------------------------------------------------------


def _period(case: Case, which: str) -> tuple[str, str]:
    first, last = getattr(Question.of(case.centre.study), which).split("/")
    return first, last


@cache
def calibers(case: Case, which: str = "current", judged: str = "chain") -> dict[str, float]:
    """The four ways of counting, mature contacts of a period."""
    first, last = _period(case, which)
    return {id: float(first_contact_resolution(case.centre, windows=id.split("-")[0], judged=judged, first=first, last=last, **way).table["value"].iloc[0])
            for id, way in WAYS.items()}  # fmt: skip


@cache
def last_days(case: Case) -> dict[str, float]:
    """48 hours on the evening of the third day, by every estimator, the trap among them."""
    asked = {"windows": "48h", "first": LAST_DAYS[0], "last": LAST_DAYS[1], "as_of": LAST_DAYS[1]}
    rows = {
        one: first_contact_resolution(case.centre, estimate=one, **asked).table.iloc[0]
        for one in ("km", "naive", "mature")
    }
    row = rows["mature"]
    return {
        **{one: float(found["value"]) for one, found in rows.items()},
        "mixed": float((row["mature"] - row["repeated"]) / (row["mature"] + row["early"])),
    }


@cache
def losses(case: Case) -> LostResolutions:
    """The ledger of the current period."""
    first, last = _period(case, "current")
    return lost_resolutions(case.centre, first=first, last=last)


def leading(case: Case) -> dict[str, str]:
    """The topic that loses most, that with most to avoid, and that with the lowest rate."""
    table = losses(case).table.set_index("topic")
    large = table[table["n"] >= 30]
    return {
        "most": str(table["lost"].idxmax()),
        "avoidable": str(table["avoidable"].idxmax()),
        "lowest": str(large["value"].idxmin()),
    }


@cache
def moves(case: Case) -> dict[str, float]:
    """By how much 48 hours moved from the baseline to the current period: novices on complex and on simple work."""
    from ccsat.kpis import measure

    asked = replace(Question.of(case.centre.study), kpi="fcr", caliber="48h", target=None)
    table = measure(case.centre, asked, by=["tenure_band", "complexity"]).table
    value = table.set_index(["tenure_band", "complexity", "period"])["value"]
    return {
        name: float(value[NOVICE, level, "current"] - value[NOVICE, level, "baseline"])
        for name, level in (("novice_complex", COMPLEX), ("novice_simple", SIMPLE))
    }


def topics_of(case: Case) -> Options:
    """The topics by name."""
    return {str(topic): {"zh": str(topic), "en": str(topic)} for topic in sorted(losses(case).table["topic"])}


# Judges ---------------------------------------------------------------------------------------


def _near(answer: Mapping, other: Mapping, near: float = NEAR) -> list[str]:
    """The parts that are too far off."""
    return [key for key in other if abs(answer[key] - other[key]) > near]


def judge_calibers(answer: dict, case: Case) -> Judgement:
    """The four values of the current period."""
    truth = calibers(case)
    if set(answer) != set(truth) or not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)
    if max(answer.values()) > 1:
        return Judgement("percent", share=0.3, hint=2)
    wrong = _near(answer, truth)
    if not wrong:
        return RIGHT
    for key, other in (("baseline", calibers(case, "baseline")), ("rolling", calibers(case, "current", "rolling"))):
        if not _near(answer, other):
            return Judgement(key, share=0.3, hint=2)
    swapped = {**truth, "48h-customer": truth["48h-gross"], "48h-gross": truth["48h-customer"]}
    if not _near(answer, swapped):
        return Judgement("swapped", share=0.5, hint=3)
    return Judgement("value", share=0.2 * (len(truth) - len(wrong)), hint=2)


def judge_last_days(answer: dict, case: Case) -> Judgement:
    """Three estimates of the last three days, and which of them is shown tonight."""
    truth, named = last_days(case), ("mixed", "km", "naive")
    if (
        set(answer) != {*named, "show"}
        or not all(is_number(answer[key]) for key in named)
        or answer["show"] not in SHOWN
    ):
        return Judgement("form", hint=1)
    if max(answer[key] for key in named) > 1:
        return Judgement("percent", share=0.3, hint=2)
    wrong = _near(answer, {key: truth[key] for key in named})
    if not wrong:
        return RIGHT if answer["show"] == "km" else Judgement(f"show_{answer['show']}", share=0.6, hint=3)
    if wrong == ["mixed"] and abs(answer["mixed"] - truth["mature"]) <= NEAR:
        return Judgement("not_mixed", share=0.5, hint=2)
    if not _near(answer, {"mixed": truth["naive"], "naive": truth["mixed"], "km": truth["km"]}):
        return Judgement("swapped", share=0.4, hint=2)
    return Judgement("value", share=0.2, hint=2)


def judge_losses(answer: dict, case: Case) -> Judgement:
    """The topic that loses most, the one with most to avoid, and the share of the first."""
    truth, table = leading(case), losses(case).table.set_index("topic")
    if (
        set(answer) != {"most", "avoidable", "share"}
        or not is_number(answer["share"])
        or not {answer["most"], answer["avoidable"]} <= set(table.index)
    ):
        return Judgement("form", hint=1)
    share = float(table.loc[truth["most"], "share"])
    if answer["most"] != truth["most"]:
        return Judgement("rate" if answer["most"] == truth["lowest"] else "most", share=0.2, hint=2)
    if answer["avoidable"] != truth["avoidable"]:
        return Judgement("same" if answer["avoidable"] == truth["most"] else "avoidable", share=0.4, hint=3)
    if abs(answer["share"] - 100 * share) <= 100 * NEAR_SHARE:
        return Judgement("percent", share=0.7, hint=2)
    if abs(answer["share"] - share) <= NEAR_SHARE:
        return RIGHT
    return Judgement(
        "of_all" if abs(answer["share"] - float(table.loc[truth["most"], "points"])) <= NEAR_SHARE else "share",
        share=0.6,
        hint=2,
    )


def judge_cell(answer: dict, case: Case) -> Judgement:
    """What novices' complex and simple contacts did, and who fell."""
    truth = moves(case)
    if (
        set(answer) != {*truth, "fell"}
        or not all(is_number(answer[key]) for key in truth)
        or answer["fell"] not in FELL
    ):
        return Judgement("form", hint=1)
    given = {key: answer[key] for key in truth}
    if not _near({key: value / 100 for key, value in given.items()}, truth):
        return Judgement("percent", share=0.4, hint=2)
    if not _near({key: -value for key, value in given.items()}, truth):
        return Judgement("sign", share=0.4, hint=2)
    if not _near(given, {"novice_complex": truth["novice_simple"], "novice_simple": truth["novice_complex"]}):
        return Judgement("swapped", share=0.3, hint=2)
    if _near(given, truth):
        return Judgement("value", share=0.2, hint=2)
    return RIGHT if answer["fell"] == "novice_complex" else Judgement(answer["fell"], share=0.6, hint=3)


def conclusions(case: Case) -> Options:
    """What is said in the meeting, and the actions on offer."""
    library = {action["id"]: {"zh": action["zh"], "en": action["en"]} for action in case._truth["actions"]}
    return statements(case, MISROUTED) | library


def judge_conclusion(answer: dict, case: Case) -> Judgement:
    """Which statement holds, and which action comes first?"""
    labels = {action["id"]: action["label"] for action in case._truth["actions"]}
    if (
        set(answer) != {"claim", "first"}
        or answer["claim"] not in statements(case, MISROUTED)
        or answer["first"] not in labels
    ):
        return Judgement("form", hint=1)
    decoy = fallen_for(answer["claim"], case, MISROUTED)
    if decoy is not None:
        return Judgement(DECOYS[decoy], hint=2)
    label = labels[answer["first"]]
    return RIGHT if label == "best" else Judgement("partly" if label == "acceptable" else "no_cause", share=0.5, hint=3)


EXERCISE = Exercise(
    world="S04",
    items={
        "calibers": Item(20, dict, '{"48h": 0.9, "24h": 0.9, "48h-customer": 0.9, "48h-gross": 0.9}', judge_calibers, ("form", "percent", "baseline", "rolling", "swapped", "value")),
        "last_days": Item(25, dict, '{"mixed": 0.9, "km": 0.9, "naive": 0.9, "show": "mixed"}', judge_last_days,
                          ("form", "percent", "not_mixed", "swapped", "value", "show_naive", "show_mixed", "show_mature"),
                          options=from_wording(f"{WORDS}.shown", SHOWN), named=lambda answer: [answer["show"]] if "show" in answer else []),
        "losses": Item(20, dict, '{"most": "other", "avoidable": "other", "share": 0.1}', judge_losses, ("form", "rate", "most", "same", "avoidable", "percent", "of_all", "share"),
                       options=topics_of, named=lambda answer: [answer[key] for key in ("most", "avoidable") if key in answer]),
        "cell": Item(20, dict, '{"novice_complex": -0.01, "novice_simple": -0.01, "fell": "everyone"}', judge_cell,
                     ("form", "percent", "sign", "swapped", "value", "everyone", "novice_all", "team"),
                     options=from_wording(f"{WORDS}.fell", FELL), named=lambda answer: [answer["fell"]] if "fell" in answer else []),
        "conclusion": Item(15, dict, '{"claim": "m1", "first": "a7"}', judge_conclusion, ("form", *DECOYS, "partly", "no_cause"), options=conclusions,
                           named=lambda answer: [answer[key] for key in ("claim", "first") if key in answer]),
    },
)  # fmt: skip
