"""N15, target against status: attainment by direction, whether a miss is more than chance, what the rest needs, and a target for the mix that came.

The first three tasks are on the key figures of source 001; the rest on the team's own centre.
"""

from __future__ import annotations

from functools import cache

import pandas as pd

from ccsat.business.targets import centre_status, target_status
from ccsat.question import Question
from ccsat.wording import LANGUAGES
from ccsat.workshop.case import Case
from ccsat.workshop.exercises.claims import fallen_for, statements
from ccsat.workshop.exercises.item import Exercise, Item, Judgement, Options, from_wording
from ccsat.workshop.exercises.ladder import RIGHT, is_number

WORDS = "workshop.n15"
# Source 001: an insurer's year 2011, target and achieved.
KPIS = pd.DataFrame(
    [("connect_rate", 0.9461, 0.94, "high", "rate"), ("satisfaction_rate", 0.9467, 0.95, "high", "rate"), ("asa", 6, 7, "low", "s"), ("calls_per_agent_day", 114, 105, "high", "calls")],
    columns=["kpi", "value", "target", "better", "unit"],
)  # fmt: skip
RATINGS = (10_000, 30_000)
WHOLE = "2025-03-03/2025-06-29"  # the period that the target is for
SO_FAR = "2025-03-03/2025-05-25"
NEAR, NEAR_RATE = 1.5e-3, 1.5e-3
PUSH = 3  # the link of the true chain that the meeting hears
DECOYS = ("blame", "line", "withdraw", "attitude")  # in the order of the world's truth
VERDICTS, STANDINGS = ("noise", "missed"), ("met", "missed", "open")


def key_figures(case: Case) -> pd.DataFrame:
    """The four key figures of source 001."""
    return KPIS.copy()


def attainments() -> dict[str, float]:
    """How much of each target is reached."""
    return target_status(KPIS).table.set_index("kpi")["attainment"].to_dict()


def miss() -> dict[str, float]:
    """The missed figure: points, further satisfied of 10,000, and their share of those not satisfied."""
    row = target_status(KPIS.assign(n=[None, RATINGS[0], None, None])).table.set_index("kpi").loc["satisfaction_rate"]
    return {"points": float(row["gap"]), "more": float(row["more"]), "share": float(row["more_share"])}


def chance() -> dict[str, object]:
    """The verdict with each number of ratings, and how many it takes."""
    rows = [
        target_status(KPIS.assign(n=[None, n, None, None])).table.set_index("kpi").loc["satisfaction_rate"]
        for n in RATINGS
    ]
    return {"with_10000": rows[0]["verdict"], "with_30000": rows[1]["verdict"], "enough": int(rows[0]["enough_n"])}


@cache
def rest(case: Case) -> dict[str, float]:
    """The rate that the rest of the period needs; and what is often answered instead."""
    row = centre_status(case.centre, current=SO_FAR, whole=WHOLE).table.set_index("kpi").loc["satisfaction_rate"]
    return {
        "right": float(row["required"]),
        "target": float(row["target"]),
        "twice": float(2 * row["target"] - row["value"]),
        "so_far": float(row["value"]),
    }


@cache
def parts(case: Case) -> dict[str, float]:
    """The change by line: what the lines did (`rate`), and what their shares did (`mix`)."""
    from ccsat.trace import split_change

    table = split_change(case.centre, question(case), by="biz_l1").table
    return {"rate": float(table["within"].sum()), "mix": float(table["mix"].sum())}


@cache
def adjusted(case: Case) -> tuple[float, str, float]:
    """The target that today's mix makes of the agreed one, how the service stands to it, and the agreed one."""
    from ccsat.stages.check import check_data
    from ccsat.stages.mix_target import mix_target

    found = mix_target(check_data(case.centre, question(case)))
    return float(found.adjusted), found.standing, float(found.table["reference"].iloc[0])


def question(case: Case) -> Question:
    """The study's own question."""
    return Question.of(case.centre.study)


# Judges ---------------------------------------------------------------------------------------


def judge_attainment(answer: dict, case: Case) -> Judgement:
    """Attainment of four key figures, each in its own direction."""
    truth = attainments()
    if set(answer) != set(truth) or not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)
    near = {key: abs(answer[key] - truth[key]) <= NEAR for key in truth}
    if all(near.values()):
        return RIGHT
    if all(abs(answer[key] / 100 - truth[key]) <= NEAR for key in truth):
        return Judgement("percent", share=0.6, hint=3)
    if all(near[key] for key in truth if key != "asa"):
        return Judgement("direction", share=0.6, hint=1)
    if all(abs(answer[key] * truth[key] - 1) <= 3 * NEAR for key in truth):
        return Judgement("inverse", share=0.3, hint=2)
    return Judgement("value", share=0.2 * sum(near.values()), hint=2)


def judge_miss(answer: dict, case: Case) -> Judgement:
    """The gap in points, in ratings of 10,000, and as a share of those not satisfied."""
    truth = miss()
    if set(answer) != set(truth) or not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)
    good = {
        "points": abs(answer["points"] - truth["points"]) <= 1e-4,
        "more": abs(answer["more"] - truth["more"]) <= 0.51,
        "share": abs(answer["share"] - truth["share"]) <= NEAR / 2,
    }
    if all(good.values()):
        return RIGHT
    won = 0.6 * sum(good.values()) / 3
    if abs(answer["points"] / 100 - truth["points"]) <= 1e-4 or abs(answer["share"] / 100 - truth["share"]) <= NEAR / 2:
        return Judgement("percent", share=won, hint=3)
    if abs(answer["points"] + truth["points"]) <= 1e-4:
        return Judgement("sign", share=won, hint=3)
    if not good["share"] and abs(answer["share"] - truth["more"] / RATINGS[0]) <= 5e-4:
        return Judgement("of_all", share=won, hint=2)
    return Judgement(next(key for key, one in good.items() if not one), share=won, hint=2)


def judge_chance(answer: dict, case: Case) -> Judgement:
    """Whether the miss is more than chance, with two numbers of ratings, and how many it takes."""
    truth = chance()
    given = [answer.get("with_10000"), answer.get("with_30000")]
    if set(answer) != set(truth) or not set(given) <= set(VERDICTS) or not is_number(answer["enough"]):
        return Judgement("form", hint=1)
    if given == ["missed", "missed"]:
        return Judgement("always", share=0.2, hint=1)
    if given == ["noise", "noise"]:
        return Judgement("never", share=0.2, hint=2)
    if given[0] != truth["with_10000"]:
        return Judgement("reversed", hint=1)
    return (
        RIGHT
        if abs(answer["enough"] - truth["enough"]) <= 0.02 * truth["enough"]
        else Judgement("enough", share=0.6, hint=3)
    )


def judge_rest(answer: float, case: Case) -> Judgement:
    """The rate that the rest of the period needs."""
    known = rest(case)
    if not is_number(answer):
        return Judgement("form", hint=1)
    if abs(answer - known["right"]) <= NEAR_RATE / 3:
        return RIGHT
    if abs(answer / 100 - known["right"]) <= NEAR_RATE / 3:
        return Judgement("percent", share=0.6, hint=3)
    for key in ("target", "twice", "so_far"):
        if abs(answer - known[key]) <= NEAR_RATE / 3:
            return Judgement(key, share=0.2, hint=2)
    return Judgement("value", hint=2)


def judge_parts(answer: dict, case: Case) -> Judgement:
    """The change in two parts: rate and mix."""
    truth = parts(case)
    if set(answer) != set(truth) or not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)

    def near(other: dict[str, float]) -> bool:
        return all(abs(answer[key] - other[key]) <= NEAR / 3 for key in truth)

    if near(truth):
        return RIGHT
    if all(abs(answer[key] / 100 - truth[key]) <= NEAR / 3 for key in truth):
        return Judgement("percent", share=0.4, hint=3)
    ways = {"sign": {key: -value for key, value in truth.items()},
            "swapped": {"rate": truth["mix"], "mix": truth["rate"]}, "all_service": {"rate": sum(truth.values()), "mix": 0.0}}  # fmt: skip
    for key, other in ways.items():
        if near(other):
            return Judgement(key, share=0.4 if key != "all_service" else 0.0, hint=3 if key == "sign" else 2)
    return Judgement(
        "open" if abs(sum(answer.values()) - sum(truth.values())) > NEAR / 2 else "value", share=0.2, hint=2
    )


def judge_fair(answer: dict, case: Case) -> Judgement:
    """The target for the mix that came, and how the service stands to it."""
    target, standing, agreed = adjusted(case)
    if set(answer) != {"target", "standing"} or not is_number(answer["target"]) or answer["standing"] not in STANDINGS:
        return Judgement("form", hint=1)
    value = answer["target"]
    if abs(value - target) <= NEAR:
        return RIGHT if answer["standing"] == standing else Judgement("standing", share=0.6, hint=3)
    if abs(value / 100 - target) <= NEAR:
        return Judgement("percent", share=0.5, hint=3)
    if abs(value - agreed) <= NEAR:
        return Judgement("agreed", hint=1)
    return Judgement("added" if abs(value - (2 * agreed - target)) <= NEAR else "value", share=0.2, hint=2)


def conclusions(case: Case) -> Options:
    """What is said in the meeting, and the actions on offer."""
    return statements(case, PUSH) | {
        action["id"]: {lang: action[lang] for lang in LANGUAGES} for action in case._truth["actions"]
    }


def judge_conclusion(answer: dict, case: Case) -> Judgement:
    """Which statement holds, and which action comes first?"""
    labels = {action["id"]: action["label"] for action in case._truth["actions"]}
    if (
        set(answer) != {"claim", "first"}
        or answer["claim"] not in statements(case, PUSH)
        or answer["first"] not in labels
    ):
        return Judgement("form", hint=1)
    decoy = fallen_for(answer["claim"], case, PUSH)
    if decoy is not None:
        return Judgement(DECOYS[decoy], hint=2)
    return RIGHT if labels[answer["first"]] == "best" else Judgement("no_use", share=0.5, hint=3)


EXERCISE = Exercise(
    world="S10",
    items={
        "attained": Item(15, dict, '{"connect_rate": 1.23, "satisfaction_rate": 1.23, "asa": 1.23, "calls_per_agent_day": 1.23}', judge_attainment,
                         ("form", "percent", "direction", "inverse", "value")),
        "missed_by": Item(15, dict, '{"points": -0.0123, "more": 123, "share": 0.123}', judge_miss, ("form", "percent", "sign", "of_all", "points", "more", "share")),
        "chance": Item(15, dict, '{"with_10000": "missed", "with_30000": "noise", "enough": 123}', judge_chance, ("form", "always", "never", "reversed", "enough"),
                       options=from_wording(f"{WORDS}.verdict", VERDICTS), named=lambda answer: [answer[key] for key in ("with_10000", "with_30000") if key in answer]),
        "rest_needs": Item(15, float, "0.987", judge_rest, ("form", "percent", "target", "twice", "so_far", "value")),
        "rate_and_mix": Item(15, dict, '{"rate": 0.012, "mix": -0.034}', judge_parts, ("form", "percent", "sign", "swapped", "all_service", "open", "value")),
        "fair_target": Item(15, dict, '{"target": 0.987, "standing": "missed"}', judge_fair, ("form", "percent", "agreed", "added", "standing", "value"),
                            options=from_wording(f"{WORDS}.standing", STANDINGS), named=lambda answer: [answer["standing"]] if "standing" in answer else []),
        "conclusion": Item(10, dict, '{"claim": "m1", "first": "a7"}', judge_conclusion, ("form", *DECOYS, "no_use"), options=conclusions,
                           named=lambda answer: [answer[key] for key in ("claim", "first") if key in answer]),
    },
    materials={"key_figures": key_figures},
)  # fmt: skip
