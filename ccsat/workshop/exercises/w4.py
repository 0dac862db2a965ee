"""W4, the solution: a portfolio within budget and time, what it is expected to win, who does it, how it is verified."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from ccsat.workshop.case import Case, uplift
from ccsat.workshop.exercises.item import Exercise, Item, Judgement, Options, from_wording
from ccsat.workshop.exercises.ladder import is_number
from ccsat.workshop.exercises.team_case import RIGHT, TEAM_WORLDS, library, near, rates, scope_of, truth_of
from ccsat.workshop.exercises.w3 import owners_and_gaps

WORDS = "workshop.w4"
FULL, NONE = 0.10, 0.50  # regret up to which all points, from which no points
DESIGNS = ("before_after", "difference_in_differences", "holdout", "parallel_run", "staggered")


def offered(case: Case) -> Mapping[str, Mapping]:
    """The actions of the library by id."""
    return {action["id"]: action for action in truth_of(case)["actions"]}


def regret_of(case: Case, ids: Iterable[str]) -> float:
    """What part of the best uplift these actions leave on the table, by the truth of the team's world."""
    truth = truth_of(case)
    points = {cause["id"]: abs(cause["points"]) for cause in truth["causes"]}
    chosen = [offered(case)[code] for code in dict.fromkeys(ids)]
    return 1 - uplift(chosen, points, truth["horizon_days"]) / truth["best_uplift"]


def judge_portfolio(answer: list, case: Case) -> Judgement:
    """Does the set fit budget and time, act on the cause, and lose little against the best there is?"""
    truth, actions = truth_of(case), offered(case)
    chosen = [actions[code] for code in dict.fromkeys(answer)]
    if sum(action["cost"] for action in chosen) > truth["budget"]:
        return Judgement("over_budget", hint=1)
    regret = regret_of(case, answer)
    if regret <= FULL:
        return RIGHT
    share = max(0.0, min(1.0, (NONE - regret) / (NONE - FULL)))
    if any(action["owner"] == "agent" for action in chosen):
        return Judgement("trains_agents", share=share, hint=2, anti="blames_agent")
    if any(action["label"] == "wrong" for action in chosen):
        return Judgement("wrong_lever", share=share, hint=2)
    return Judgement("worth_more", share=share, hint=3)


def judge_expected(answer: dict, case: Case) -> Judgement:
    """What the set is expected to win back of the main cause: its points, and what overlap and chance leave of them."""
    if (
        set(answer) != {"actions", "cause_points", "expected"}
        or not isinstance(answer["actions"], list)
        or not all(isinstance(code, str) and code in offered(case) for code in answer["actions"])
        or not is_number(answer["cause_points"])
        or not is_number(answer["expected"])
    ):
        return Judgement("form", hint=1)
    cause = truth_of(case)["causes"][0]
    points, said = abs(float(answer["cause_points"])), abs(float(answer["expected"]))
    size = abs(cause["points"])
    room = max(0.4 * size, max((cell["tolerance"] for cell in truth_of(case)["cells"]), default=0.0))
    if near(points / 100, size, room) and points > 0.05:
        return Judgement("percent", share=0.5, hint=1)
    if not near(points, size, room):
        return Judgement("cause_points", share=0.2, hint=2)
    chosen = [offered(case)[code] for code in dict.fromkeys(answer["actions"])]
    horizon = truth_of(case)["horizon_days"]
    true = uplift(chosen, {cause["id"]: points}, horizon)
    steps = [(a["p"], a["phi"].get(cause["id"], 0.0)) for a in chosen if a["lead_days"] <= horizon]
    if near(said, true, 0.02 * points):
        return RIGHT
    if near(said, points * sum(p * phi for p, phi in steps), 0.02 * points):
        return Judgement("added_up", share=0.4, hint=2)
    if near(said, points * (1 - math.prod(1 - phi for _, phi in steps)), 0.02 * points):
        return Judgement("certain", share=0.4, hint=2)
    return Judgement("expected", share=0.2, hint=3)


def judge_owners(answer: dict, case: Case) -> Judgement:
    """Who does each action, and by when is it done?"""
    actions = offered(case)
    if unknown := [code for code in answer if code not in actions]:
        return Judgement("unknown_code", values={"code": unknown[0], "known": ", ".join(actions)})
    if not all(isinstance(row, dict) and set(row) == {"owner", "days"} for row in answer.values()):
        return Judgement("form", hint=1)
    wrong = [code for code, row in answer.items() if row["owner"] != actions[code]["owner"]]
    if wrong:
        share = 0.6 * (1 - len(wrong) / len(answer))
        if any(answer[code]["owner"] == "agent" for code in wrong):
            return Judgement("blames_agents", share=share, hint=1, values={"code": wrong[0]}, anti="blames_agent")
        return Judgement("owner", share=share, hint=1, values={"code": wrong[0]})
    off = [code for code, row in answer.items() if row["days"] != actions[code]["lead_days"]]
    return Judgement("days", share=0.6, hint=2, values={"code": off[0]}) if off else RIGHT


def judge_verification(answer: dict, case: Case) -> Judgement:
    """How the effect will be seen: design, from which level to which, and how many ratings in each group."""
    from ccsat.estimates import sample_size

    if set(answer) != {"design", "from", "to", "n"} or not all(is_number(answer[key]) for key in ("from", "to", "n")):
        return Judgement("form", hint=1)
    if answer["design"] not in DESIGNS:
        return Judgement("form", hint=1)
    if answer["design"] == "before_after":
        return Judgement("before_after", share=0.2, hint=1, anti="no_verification")
    start, end, n = (float(answer[key]) for key in ("from", "to", "n"))
    here, truth = rates(case, scope_of(case)), truth_of(case)
    if near(start / 100, here.inside, 0.01):
        return Judgement("percent", share=0.5, hint=1)
    if not near(start, here.inside, 0.01):
        return Judgement("start", share=0.3, hint=2)
    most = min(truth["best_uplift"], abs(truth["causes"][0]["points"])) / here.share
    if not (start < end < 1 and 0.3 * most <= end - start <= 2.0 * most):
        return Judgement("effect", share=0.4, hint=3)
    needed = sample_size(end, start)
    if near(n, needed, 0.2 * needed):
        return RIGHT
    if near(n, 2 * needed, 0.2 * needed):
        return Judgement("both_groups", share=0.7, hint=2)
    if near(n, 0.49 * needed, 0.15 * needed):
        return Judgement("no_power", share=0.6, hint=2)
    return Judgement("n", share=0.5, hint=3)


def owners(case: Case) -> Options:
    """Owner classes."""
    return {code: words for code, words in owners_and_gaps(case).items() if code in {a["owner"] for a in offered(case).values()} | {"agent"}}  # fmt: skip


EXERCISE = Exercise(
    world="S03",
    others=TEAM_WORLDS,
    items={
        "portfolio": Item(8, list, '["x1", "x2"]', judge_portfolio, ("over_budget", "trains_agents", "wrong_lever", "worth_more"),
                          options=library, named=lambda answer: answer, helps=lambda case: {"n": len(truth_of(case)["best_set"])}),
        "expected": Item(3, dict, '{"actions": ["x1"], "cause_points": 0.012, "expected": 0.006}', judge_expected,
                         ("form", "percent", "cause_points", "added_up", "certain", "expected")),
        "owners": Item(3, dict, '{"x1": {"owner": "network", "days": 30}}', judge_owners,
                       ("form", "owner", "blames_agents", "days"), options=owners,
                       named=lambda answer: [row["owner"] for row in answer.values() if isinstance(row, dict) and "owner" in row]),
        "verification": Item(6, dict, '{"design": "holdout", "from": 0.81, "to": 0.86, "n": 800}', judge_verification,
                             ("form", "before_after", "percent", "start", "effect", "both_groups", "no_power", "n"),
                             options=from_wording(f"{WORDS}.design", DESIGNS),
                             named=lambda answer: [answer["design"]] if "design" in answer else []),
    },
)  # fmt: skip
