"""N20, latent dissatisfaction and proactive repair: what the silent would have said, a calibrated score, a list under capacity, and what a repair does.

Figures are made from the team's own customers; how many of the silent are dissatisfied, and whom a repair helps, is planted.
"""

from __future__ import annotations

from functools import cache

import pandas as pd

from ccsat import proactive
from ccsat.views import View
from ccsat.wording import count, number, percent, text
from ccsat.workshop.case import Case
from ccsat.workshop.exercises.item import Exercise, Item, Judgement, Options, code_of, from_wording, lettered
from ccsat.workshop.exercises.ladder import RIGHT, is_number

WORDS = "workshop.n20"
CAPACITY = 0.10
BAD = ("outcome_escalated", "outcome_churn")
FALL, POWER = 0.03, 0.8  # of the next trial
SMALLEST = "network_message"
NEAR, NEAR_TRUTH, NEAR_AUC = 0.004, 0.02, 0.02
LEAST_AUC = 0.72
NEAR_ODDS = 0.05
NEAR_UPLIFT = 6e-4  # three decimals
KINDS = ("bill_adjust", "apology_call", "network_message")
DECOYS = ("harm", "regression", "respondents", "all_high_risk")  # in the order of the world's truth


# Material -------------------------------------------------------------------------------------


@cache
def customers(case: Case) -> proactive.Customers:
    """The customers with what they went through, and the answers of those who gave one."""
    return proactive.read_customers(case.centre)


@cache
def targeted(case: Case) -> pd.DataFrame:
    """The customers who were chosen for a repair, with the arm each was drawn into, what it was and what came of it."""
    rows = proactive.read_table(case.centre, "repairs")
    rows["lost"] = (rows[list(BAD)] == 1).any(axis=1).astype(int)
    return rows.drop(columns=[name for name in ("source_row",) if name in rows])


def meeting_view(case: Case) -> View:
    """The two slides of the meeting: who was lost among the repaired and all who were not chosen; the repaired before and after."""
    rows, traps = targeted(case), trap_figures(case)
    treated = rows[rows["arm"] == "treat"]
    lines = (
        (text(f"{WORDS}.line.repaired"), percent(traps["treated"]), count(len(treated))),
        (text(f"{WORDS}.line.others"), percent(traps["others"]), count(len(customers(case).frame) - len(rows))),
        (text(f"{WORDS}.line.before"), number(float(treated["csat_before"].mean())), count(len(treated))),
        (text(f"{WORDS}.line.after"), number(float(treated["csat_after"].mean())), count(len(treated))),
    )
    return View(tuple(text(f"{WORDS}.head.{key}") for key in ("what", "value", "n")), lines, frozenset((1, 2)))


def arms_view(case: Case) -> View:
    """Both arms before and after: the half that nobody contacted rises as well."""
    rows, lines = targeted(case), []
    for arm in ("treat", "hold"):
        mine = rows[rows["arm"] == arm]
        lines.append(
            (
                text(f"{WORDS}.arm.{arm}"),
                number(float(mine["csat_before"].mean())),
                number(float(mine["csat_after"].mean())),
                percent(float(mine["lost"].mean())),
                count(len(mine)),
            )
        )
    return View(
        tuple(text(f"{WORDS}.head.{key}") for key in ("arm", "before", "after", "lost", "n")),
        tuple(lines),
        frozenset(range(1, 5)),
    )


# The team's own figures -----------------------------------------------------------------------


@cache
def found(case: Case) -> proactive.Latent:
    """The score that the package makes of the team's customers."""
    return proactive.find_latent(customers(case), capacities=(CAPACITY,))


@cache
def leaked(case: Case) -> float:
    """The AUC of a model that was given what follows dissatisfaction as features."""
    mine = customers(case)
    frame = mine.frame.rename(columns={"answer": mine.outcome}).drop(columns="arm")
    return (
        proactive.find_latent(
            proactive.take_customers(frame, outcome=mine.outcome, features=(*mine.features, *mine.anchors)),
            capacities=(CAPACITY,),
        )
        .figure("auc_silent")
        .value
    )


def shares(case: Case) -> dict[str, float]:
    """What those who answered say, and what the silent would have said."""
    made = found(case).participation
    table = made.table.set_index("assumption")["share"]
    return {
        "answered": made.plain,
        "silent": made.share,
        "odds_ratio": float(table_odds(case)),
        "features": float(table["features"]),
        "all": made.share_all,
    }


def table_odds(case: Case) -> float:
    """Odds of answering, the dissatisfied to the others."""
    rows = found(case).participation.table
    return float(rows.loc[rows["used"], "odds_ratio"].iloc[0])


@cache
def listing_figures(case: Case) -> dict[str, float]:
    """The list under capacity, and the mistakes made with it."""
    made = found(case)
    listed = proactive.capacity_list(made, capacity=CAPACITY)
    raw = made.scores[made.scores["customer_id"].isin(listed.table["customer_id"])]["risk_raw"].sum()
    return {"n": len(listed.table), "expected": listed.expected, "capture": made.figure("capture", CAPACITY).value, "precision": made.figure("precision", CAPACITY).value,
            "all_customers": round(CAPACITY * len(made.scores)), "raw": float(raw)}  # fmt: skip


@cache
def repaired(case: Case) -> proactive.Uplift:
    """Held out less repaired, by what was offered."""
    return proactive.measure_uplift(targeted(case), outcome=BAD, segments="kind", registered=True, held_share=0.5)


@cache
def trap_figures(case: Case) -> dict[str, float]:
    """What the two unfair comparisons give."""
    rows, everyone = targeted(case), customers(case).frame
    lost = (everyone[["escalated", "churned"]] == 1).any(axis=1)
    others = float(lost[~everyone["customer_id"].isin(rows["customer_id"])].mean())
    treated = rows[rows["arm"] == "treat"]
    return {"treated": float(treated["lost"].mean()), "others": others, "against_others": others - float(treated["lost"].mean()),
            "before_after": float(treated["csat_after"].mean() - treated["csat_before"].mean())}  # fmt: skip


def rate_held(case: Case) -> float:
    """The share lost among those held out in the smallest group."""
    return float(repaired(case).table.set_index("segment").loc[SMALLEST, "rate_hold"])


def needed(case: Case) -> int:
    """Customers an arm for the next trial of the smallest group."""
    return int(proactive.plan_holdout(rate_held(case), FALL, power=POWER).table["n_arm"].iloc[0])


# Judges ---------------------------------------------------------------------------------------


def judge_silence(answer: dict, case: Case) -> Judgement:
    """What those who answered say, and what the silent would have said."""
    keys = ("answered", "silent", "odds_ratio")
    if set(answer) != set(keys) or not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)
    truth = shares(case)
    if answer["answered"] > 1 or answer["silent"] > 1:
        return Judgement("percent", share=0.3, hint=2)
    if abs(answer["answered"] - truth["answered"]) > NEAR:
        return Judgement("answered", share=0.2, hint=1)
    for key, wrong in (("same", truth["answered"]), ("features_only", truth["features"])):
        if abs(answer["silent"] - wrong) <= 1e-3:
            return Judgement(key, share=0.3, hint=2)
    if abs(answer["silent"] - truth["all"]) <= 1e-3:
        return Judgement("everybody", share=0.5, hint=3)
    if (
        abs(answer["silent"] - truth["silent"]) > NEAR
        and abs(answer["silent"] - case._truth["latent"]["prevalence_silent"]) > NEAR_TRUTH
    ):
        return Judgement("value", share=0.3, hint=3)
    if (
        abs(answer["odds_ratio"] - 1 / truth["odds_ratio"])
        <= NEAR_ODDS
        < abs(answer["odds_ratio"] - truth["odds_ratio"])
    ):
        return Judgement("upside_down", share=0.7, hint=3)
    return (
        RIGHT if abs(answer["odds_ratio"] - truth["odds_ratio"]) <= NEAR_ODDS else Judgement("odds", share=0.7, hint=3)
    )


def judge_score(answer: dict, case: Case) -> Judgement:
    """How well the score ranks, and how well it counts before and after calibration."""
    keys = ("auc", "predicted_raw", "predicted")
    if set(answer) != set(keys) or not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)
    made, truth = found(case), case._truth["latent"]
    raw, own, auc = (made.figure(key).value for key in ("predicted_silent_raw", "predicted_silent", "auc_silent"))
    if not all(0 <= value <= 1 for value in answer.values()):
        return Judgement("percent", share=0.3, hint=1)
    if abs(answer["auc"] - leaked(case)) <= 5e-3 < abs(answer["auc"] - auc):
        return Judgement("leak", share=0.3, hint=1)
    if abs(answer["predicted"] - raw) <= NEAR:
        return Judgement("uncalibrated", share=0.4, hint=2)
    if abs(answer["predicted_raw"] - own) <= NEAR:
        return Judgement("swapped", share=0.5, hint=2)
    if abs(answer["auc"] - auc) > NEAR_AUC and not (
        answer["auc"] >= LEAST_AUC and abs(answer["auc"] - truth["auc_silent"]) <= NEAR_AUC
    ):
        return Judgement("auc", share=0.5, hint=3)
    close = (
        abs(answer["predicted"] - own) <= NEAR or abs(answer["predicted"] - truth["prevalence_silent"]) <= NEAR_TRUTH
    )
    return RIGHT if close and abs(answer["predicted_raw"] - raw) <= 2 * NEAR else Judgement("value", share=0.4, hint=3)


def judge_list(answer: dict, case: Case) -> Judgement:
    """The list under capacity: how long, how many of it are dissatisfied, what part of all it holds."""
    keys = ("n", "expected", "capture")
    if set(answer) != set(keys) or not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)
    truth = listing_figures(case)
    if abs(answer["n"] - truth["all_customers"]) <= 5:
        return Judgement("all_customers", share=0.3, hint=1)
    if abs(answer["n"] - truth["n"]) > 5:
        return Judgement("length", share=0.3, hint=1)
    if abs(answer["expected"] - truth["raw"]) <= 0.02 * truth["raw"] < abs(answer["expected"] - truth["expected"]):
        return Judgement("uncalibrated", share=0.5, hint=2)
    if abs(answer["expected"] - truth["expected"]) > 0.08 * truth["expected"]:
        return Judgement("expected", share=0.5, hint=2)
    if abs(answer["capture"] - truth["precision"]) <= 0.01 < abs(answer["capture"] - truth["capture"]):
        return Judgement("precision", share=0.6, hint=3)
    return RIGHT if abs(answer["capture"] - truth["capture"]) <= 0.05 else Judgement("capture", share=0.6, hint=3)


def judge_uplift(answer: dict, case: Case) -> Judgement:
    """What the repair spared among all who were chosen, with its interval."""
    keys = ("uplift", "lower", "upper")
    if set(answer) != set(keys) or not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)
    row, traps = repaired(case).table.iloc[0], trap_figures(case)
    value = answer["uplift"]
    if abs(value) > 1 or abs(value - 100 * row["uplift"]) <= 0.2:
        return Judgement("percent", share=0.5, hint=3)
    made = {"right": row["uplift"], "sign": -row["uplift"], "against_others": traps["against_others"], "others_against": -traps["against_others"],
            "before_after": traps["before_after"]}  # fmt: skip
    nearest = min(made, key=lambda key: abs(value - made[key]))
    if abs(value - made[nearest]) > (NEAR_UPLIFT if nearest == "right" else 2e-3):
        return Judgement("value", share=0.2, hint=2)
    if nearest == "sign":
        return Judgement("sign", share=0.6, hint=2)
    if nearest != "right":
        return Judgement("before_after" if nearest == "before_after" else "against_others", hint=1)
    near = all(abs(answer[key] - row[key]) <= 2 * NEAR_UPLIFT for key in ("lower", "upper"))
    return RIGHT if near else Judgement("interval", share=0.7, hint=3)


def judge_segments(answer: list, case: Case) -> Judgement:
    """For whom a repair is worth it."""
    chosen, shown = set(answer), set(repaired(case).chosen())
    best = case._truth["repair"]["best"]
    if SMALLEST in chosen:
        return Judgement(
            "network" if chosen != set(KINDS) else "everybody", share=0.3 if best in chosen else 0.0, hint=2
        )
    if chosen in ({best}, shown | {best}):
        return RIGHT
    return Judgement("not_shown" if best in chosen else "missed", share=0.5 if best in chosen else 0.0, hint=3)


def judge_next(answer: int, case: Case) -> Judgement:
    """Customers an arm for the next trial."""
    n = needed(case)
    if abs(answer - n) <= 0.05 * n:
        return RIGHT
    if abs(answer - 2 * n) <= 0.05 * 2 * n:
        return Judgement("both_arms", share=0.6, hint=3)
    have = int(repaired(case).table.set_index("segment").loc[SMALLEST, ["n_treat", "n_hold"]].sum())
    return Judgement("as_many", share=0.1, hint=1) if answer <= have else Judgement("value", share=0.2, hint=2)


def claims(case: Case) -> Options:
    """What is said in the meeting: the tempting statements, and the one that holds."""
    return lettered("m", [*(row["claim"] for row in case._truth["decoys"]), _holds()])


def _holds() -> dict[str, str]:
    return {lang: text(f"{WORDS}.holds", lang) for lang in ("zh", "en")}


def true_claim(case: Case) -> str:
    """The code of the statement that holds."""
    return code_of(claims(case), _holds())


def judge_conclusion(answer: str, case: Case) -> Judgement:
    """Which statement holds?"""
    said = claims(case)
    if answer == true_claim(case):
        return RIGHT
    wrong = [row["claim"] for row in case._truth["decoys"]]
    return Judgement(DECOYS[wrong.index(said[answer])], hint=2)


EXERCISE = Exercise(
    world="S09",
    items={
        "silence": Item(20, dict, '{"answered": 0.10, "silent": 0.20, "odds_ratio": 2.5}', judge_silence,
                        ("form", "percent", "answered", "same", "features_only", "everybody", "upside_down", "odds", "value")),
        "score": Item(15, dict, '{"auc": 0.60, "predicted_raw": 0.10, "predicted": 0.20}', judge_score,
                      ("form", "percent", "leak", "uncalibrated", "swapped", "auc", "value")),
        "list_10": Item(15, dict, '{"n": 500, "expected": 100, "capture": 0.10}', judge_list,
                        ("form", "all_customers", "length", "uncalibrated", "expected", "precision", "capture")),
        "uplift": Item(20, dict, '{"uplift": 0.01, "lower": -0.01, "upper": 0.03}', judge_uplift,
                       ("form", "percent", "against_others", "before_after", "sign", "interval", "value")),
        "segments": Item(15, list, '["apology_call", "network_message"]', judge_segments, ("everybody", "network", "not_shown", "missed"),
                         options=from_wording(f"{WORDS}.kind", KINDS), named=lambda answer: answer),
        "next_holdout": Item(5, int, "100", judge_next, ("both_arms", "as_many", "value")),
        "conclusion": Item(10, str, '"m9"', judge_conclusion, DECOYS, options=claims),
    },
    materials={"customers": customers, "targeted": targeted, "meeting": meeting_view, "arms": arms_view, "found": found},
)  # fmt: skip
