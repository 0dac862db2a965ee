"""W2, localisation: a ledger that closes, the cell with its count and interval, and the tempting claims refuted."""

from __future__ import annotations

from functools import cache

from ccsat.workshop.case import Case, overlap
from ccsat.workshop.exercises.item import Exercise, Item, Judgement, code_of
from ccsat.workshop.exercises.ladder import is_number
from ccsat.workshop.exercises.team_case import RIGHT, STOPS, TEAM_WORLDS, claims, near, refutations, truth_of

UNSTATED = "unstated"


@cache
def reason_points(case: Case) -> dict[str, float]:
    """The deduction of the current period by reason, what nobody explained as a row of its own."""
    ledger = _ledger(case)
    return dict(zip(ledger.table["reason"], ledger.table["points"].astype(float), strict=True))


@cache
def _ledger(case: Case):
    from ccsat.cells import ask
    from ccsat.deductions import deduct_by_reason
    from ccsat.question import Question

    return deduct_by_reason(case.centre, ask(case.centre, Question.of(case.centre.study)))


def judge_ledger(answer: dict, case: Case) -> Judgement:
    """Does the ledger hold every reason, the unstated too, and close?"""
    if not all(is_number(value) for value in answer.values()):
        return Judgement("form", hint=1)
    truth, total = reason_points(case), float(_ledger(case).total)
    if strange := [reason for reason in answer if reason not in truth]:
        return Judgement("no_reason", hint=1, values={"reason": strange[0]})
    said = sum(answer.values())
    if near(said / 100, total, 1e-4):
        return Judgement("percent", share=0.5, hint=1)
    if near(said, 1.0, 1e-4):
        return Judgement("shares", share=0.5, hint=2)
    if UNSTATED in truth and UNSTATED not in answer:
        return Judgement("no_unstated", share=0.3, hint=2, anti="ignores_unstated")
    if said > total * 1.02 and all(answer.get(name, 0) >= value - 1e-9 for name, value in truth.items()):
        return Judgement("counted_whole", share=0.3, hint=2, anti="leave_one_out")
    if not near(said, total, 1e-6):
        return Judgement("not_closing", share=0.3, hint=2)
    if set(answer) != set(truth):
        return Judgement("row_missing", share=0.5, hint=1)
    if any(not near(answer[name], value, 1e-6) for name, value in truth.items()):
        return Judgement("other_split", share=0.6, hint=3)
    return RIGHT


def judge_cell(answer: dict, case: Case) -> Judgement:
    """Which contacts hold most of it, how many, with what interval; or why no cell may be named."""
    verdict = truth_of(case)["verdict"]
    if set(answer) == {"stop"}:
        if verdict not in STOPS:
            return Judgement("stopped", hint=1)
        return RIGHT if answer["stop"] == verdict else Judgement("stop_reason", share=0.3, hint=2)
    limits = answer.get("interval")
    if (
        set(answer) != {"where", "n", "points", "interval"}
        or not isinstance(answer["where"], dict)
        or not isinstance(limits, list)
        or len(limits) != 2
        or not all(map(is_number, [answer["n"], answer["points"], *limits]))
    ):
        return Judgement("form", hint=1)
    where = answer["where"]
    if strange := [dim for dim in where if dim not in case.dims]:
        return Judgement("no_dimension", hint=1, values={"dim": strange[0], "known": ", ".join(case.dims)})
    if verdict in STOPS:
        return Judgement("should_stop", hint=1)
    truth = truth_of(case)["cells"][0]
    counts = case.cell_counts(truth["where"], where)
    mine, true, both = overlap(counts, where, truth["where"])
    if mine == 0:
        return Judgement("empty", hint=1)
    if mine < case.centre.study.question.min_n:
        return Judgement("below_min_n", hint=1, anti="below_min_n")
    if both / (mine + true - both) < 0.8:
        if both >= 0.95 * true:
            return Judgement("too_wide", share=0.4, hint=2)
        if both >= 0.95 * mine:
            return Judgement("too_narrow", share=0.4, hint=2)
        return Judgement("elsewhere", hint=3)
    return _numbers(answer, mine, truth)


def _numbers(answer: dict, n: int, truth: dict) -> Judgement:
    """The right cell: are its count, points and interval right too?"""
    said, (lower, upper), width = float(answer["points"]), map(float, answer["interval"]), 2 * truth["tolerance"]
    if answer["n"] != n:
        return Judgement("n", share=0.7, hint=2)
    if near(said / 100, truth["points"], 1.5 * truth["tolerance"]):
        return Judgement("percent", share=0.7, hint=1)
    if near(-said, truth["points"], 1.5 * truth["tolerance"]):
        return Judgement("sign", share=0.7, hint=1)
    if not near(said, truth["points"], 1.5 * truth["tolerance"]):
        return Judgement("points", share=0.6, hint=3)
    if not (lower < said < upper and 0.4 * width <= upper - lower <= 2.5 * width):
        return Judgement("interval", share=0.7, hint=3)
    return RIGHT


def judge_decoy(answer: dict, case: Case) -> Judgement:
    """Which tempting explanations are rejected, each by what?"""
    said, findings, decoys = claims(case), refutations(case), truth_of(case)["decoys"]
    right = {code_of(said, row["claim"]): code_of(findings, row["why_wrong"]) for row in decoys}
    if strange := [code for code in answer if code not in said]:
        return Judgement("unknown_code", values={"code": strange[0], "known": ", ".join(said)})
    share = sum(answer.get(claim) == reason for claim, reason in right.items()) / len(right)
    if set(answer) - set(right):
        return Judgement("rejects_true", share=0.5 * share, hint=2)
    if wrong := [claim for claim in answer if answer[claim] != right[claim]]:
        return Judgement("wrong_reason", share=share, hint=2, values={"claim": wrong[0]})
    return RIGHT if len(answer) == len(right) else Judgement("accepts_decoy", share=share, hint=1)


def _dims_of(case: Case) -> dict[str, str]:
    """The dimensions that the true cell names; a dash where no cell may be named."""
    return {"dims": ", ".join(truth_of(case)["cells"][0]["where"]) if truth_of(case)["cells"] else "–"}


EXERCISE = Exercise(
    world="S03",
    others=TEAM_WORLDS,
    items={
        "ledger": Item(7, dict, '{"R01": 0.0123, "unstated": 0.0045}', judge_ledger,
                       ("form", "no_reason", "percent", "shares", "no_unstated", "counted_whole", "not_closing", "row_missing",
                        "other_split")),
        "cell": Item(12, dict, '{"where": {"channel": "online"}, "n": 250, "points": -0.004, "interval": [-0.006, -0.002]}', judge_cell,
                     ("form", "no_dimension", "empty", "below_min_n", "too_wide", "too_narrow", "elsewhere", "should_stop", "stopped",
                      "stop_reason", "n", "percent", "sign", "points", "interval"), helps=_dims_of),
        "decoy": Item(6, dict, '{"m1": "r1", "m2": "r2"}', judge_decoy, ("rejects_true", "wrong_reason", "accepts_decoy"),
                      options=lambda case: claims(case) | refutations(case), named=lambda answer: [*answer, *answer.values()]),
    },
)  # fmt: skip
