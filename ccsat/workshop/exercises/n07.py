"""N07, the charging problem: what each task takes for right, and what it says to each known mistake.

Nothing here holds the answer: it comes from the truth of the team's own world.
"""

from __future__ import annotations

from ccsat.stages.evidence import GRADES
from ccsat.workshop.case import Case, inside, overlap, uplift
from ccsat.workshop.exercises.item import Exercise, Item, Judgement, Options, code_of, from_wording, lettered

RIGHT = Judgement("right")
WORDS = "workshop.n07"
VERDICTS = ("real", "artefact", "mix", "none", "insufficient")
FALSE_LINKS = ("agents_explain_badly", "attitude", "price_news")  # offered beside the true ones
BLAMING = {"agents_explain_badly", "attitude"}
# Observations that may be brought forward, and the grade their design deserves (DOMAIN 2.12).
DESIGNS = {"event_timing": "D", "agent_voice": "D", "reminder_dose": "C", "trial_cohort": "C", "region_control": "B"}
OUTCOMES = ("cell_satisfaction", "dispute_contacts", "overall_satisfaction", "participation_rate")


def links(case: Case) -> Options:
    """The links a chain may be built of."""
    false = from_wording(f"{WORDS}.link", FALSE_LINKS)(case)
    return lettered("k", [*_chain(case), *false.values()])


def claims(case: Case) -> Options:
    """What people in the meeting say: the decoys, and one claim that is true."""
    return lettered("m", [*(row["claim"] for row in case._truth["decoys"]), _chain(case)[-2]])


def refutations(case: Case) -> Options:
    """The findings that refute the decoys."""
    return lettered("r", [row["why_wrong"] for row in case._truth["decoys"]])


def library(case: Case) -> Options:
    """The actions on offer."""
    return {action["id"]: {"zh": action["zh"], "en": action["en"]} for action in case._truth["actions"]}


def _chain(case: Case) -> list:
    return list(case._truth["causes"][0]["depth_chain"])


def judge_verdict(answer: str, case: Case) -> Judgement:
    """Is the fall real, an artefact, a change of mix, or nothing?"""
    return RIGHT if answer == case._truth["verdict"] else Judgement(f"said_{answer}", hint=2)


def judge_cell(answer: dict, case: Case) -> Judgement:
    """Which contacts fell? Cells are the same when they hold (nearly) the same contacts."""
    if strange := [dim for dim in answer if dim not in case.dims]:
        return Judgement("no_dimension", hint=1, values={"dim": strange[0], "known": ", ".join(case.dims)})
    truth = case._truth["cells"][0]["where"]
    counts = case.cell_counts(truth, answer)
    mine, true, both = overlap(counts, answer, truth)
    if mine == 0:
        return Judgement("empty", hint=1)
    if both / (mine + true - both) >= 0.8:
        return RIGHT
    if both >= 0.95 * true:
        return Judgement("too_wide", share=0.4, hint=2)
    if both >= 0.95 * mine:
        return Judgement("too_narrow", share=0.4, hint=2)
    return Judgement("elsewhere", hint=3)


def judge_decoy(answer: dict, case: Case) -> Judgement:
    """Which tempting explanations are rejected, each by what?"""
    said, findings = claims(case), refutations(case)
    right = {code_of(said, row["claim"]): code_of(findings, row["why_wrong"]) for row in case._truth["decoys"]}
    if strange := [code for code in answer if code not in said]:
        return Judgement("unknown_code", values={"code": strange[0], "known": ", ".join(said)})
    share = sum(answer.get(claim) == reason for claim, reason in right.items()) / len(right)
    if set(answer) - set(right):
        return Judgement("rejects_true", share=0.5 * share, hint=2)
    if wrong := [claim for claim in answer if answer[claim] != right[claim]]:
        return Judgement("wrong_reason", share=share, hint=2, values={"claim": wrong[0]})
    return RIGHT if len(answer) == len(right) else Judgement("accepts_decoy", share=share, hint=1)


def judge_chain(answer: list, case: Case) -> Judgement:
    """From the symptom to what can be changed, each link the reason of the one before."""
    offered = links(case)
    truth = [code_of(offered, words) for words in _chain(case)]
    foreign = [code for code in answer if code not in truth]
    blaming = from_wording(f"{WORDS}.link", BLAMING)(case).values()
    if any(offered[code] in blaming for code in foreign):
        return Judgement("blames_agents", hint=2)
    if foreign:
        return Judgement("foreign_link", hint=2, values={"code": foreign[0]})
    if answer == truth:
        return RIGHT
    if answer == truth[::-1]:
        return Judgement("reversed", share=0.5, hint=1)
    if sorted(answer) == sorted(truth):
        return Judgement("order", share=0.5, hint=1)
    share = 0.6 * len(set(answer)) / len(truth)
    if answer == truth[: len(answer)]:
        return Judgement("stops_short", share=share, hint=3)
    return Judgement("missing_link", share=share, hint=2)


def judge_evidence(answer: dict, case: Case) -> Judgement:
    """Is each observation graded as its design deserves, and does one of them carry the conclusion?"""
    if unknown := [grade for grade in answer.values() if grade not in GRADES]:
        return Judgement("no_grade", hint=1, values={"grade": unknown[0]})
    over = [code for code, grade in answer.items() if grade < DESIGNS[code]]
    under = [code for code, grade in answer.items() if grade > DESIGNS[code]]
    if over:
        return Judgement("overstated", share=0.3, hint=1, values={"code": over[0], "grade": answer[over[0]]})
    if under:
        return Judgement("understated", share=0.5, hint=1, values={"code": under[0], "grade": answer[under[0]]})
    if set(answer) == {"event_timing"}:
        return Judgement("only_timing", share=0.2, hint=2)
    return RIGHT if min(answer.values()) <= "B" else Judgement("no_control", share=0.6, hint=3)


def judge_actions(answer: list, case: Case) -> Judgement:
    """Does the set fit the budget, act on the cause, and lose little against the best there is?"""
    truth = case._truth
    offered = {action["id"]: action for action in truth["actions"]}
    chosen = [offered[code] for code in dict.fromkeys(answer)]
    if sum(action["cost"] for action in chosen) > truth["budget"]:
        return Judgement("over_budget", hint=1)
    points = {cause["id"]: abs(cause["points"]) for cause in truth["causes"]}
    regret = 1 - uplift(chosen, points, truth["horizon_days"]) / truth["best_uplift"]
    if regret <= 0.10:
        return RIGHT
    share = max(0.0, min(1.0, (0.50 - regret) / 0.40)) * 0.9
    if any(action["label"] == "wrong" for action in chosen):
        return Judgement("wrong_lever", share=share, hint=2)
    return Judgement("worth_more", share=share, hint=3)


def judge_power(answer: dict, case: Case) -> Judgement:
    """Which outcome is too thin to verify with, on how many ratings, and which one has the power?"""
    if set(answer) != {"ratings", "too_thin", "use"}:
        return Judgement("form", hint=1)
    verification = case._truth["verification"]
    where = verification["cells"][0]
    counts = case.cell_counts(where, current=verification["after"])
    expected = int(counts["n"][inside(counts, where)].sum())
    if answer["too_thin"] == answer["use"]:
        return Judgement("same_outcome", hint=2)
    if answer["too_thin"] != "cell_satisfaction" or answer["use"] != "dispute_contacts":
        return Judgement("outcome", share=0.3, hint=2)
    if not isinstance(answer["ratings"], (int, float)) or answer["ratings"] != expected:
        return Judgement("ratings", share=0.6, hint=3)
    return RIGHT


EXERCISE = Exercise(
    world="S03",
    items={
        "verdict": Item(10, str, '"mix"', judge_verdict, tuple(f"said_{word}" for word in VERDICTS if word != "real"),
                        options=from_wording(f"{WORDS}.said", VERDICTS)),
        "cell": Item(20, dict, '{"channel": "phone"}', judge_cell,
                     ("no_dimension", "empty", "too_wide", "too_narrow", "elsewhere")),
        "decoy": Item(10, dict, '{"m1": "r1", "m2": "r2"}', judge_decoy, ("rejects_true", "wrong_reason", "accepts_decoy"),
                      options=lambda case: claims(case) | refutations(case), named=lambda answer: [*answer, *answer.values()]),
        "depth_chain": Item(20, list, '["k1", "k2"]', judge_chain,
                            ("blames_agents", "foreign_link", "reversed", "order", "stops_short", "missing_link"),
                            options=links, named=lambda answer: answer),
        "evidence": Item(15, dict, '{"agent_voice": "C"}', judge_evidence,
                         ("no_grade", "overstated", "understated", "only_timing", "no_control"),
                         options=from_wording(f"{WORDS}.seen", DESIGNS), named=list),
        "action_set": Item(15, list, '["b5"]', judge_actions, ("over_budget", "wrong_lever", "worth_more"),
                           options=library, named=lambda answer: answer),
        "power": Item(10, dict, '{"ratings": 0, "too_thin": "...", "use": "..."}', judge_power,
                      ("form", "same_outcome", "outcome", "ratings"), options=from_wording(f"{WORDS}.outcome", OUTCOMES),
                      named=lambda answer: [answer[key] for key in ("too_thin", "use") if key in answer]),
    },
)  # fmt: skip
