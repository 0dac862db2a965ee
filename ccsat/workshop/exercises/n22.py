"""N22, eight KPIs and twenty-three indicators: shares of what is explained, what may be read from them, and the set that is enough.

Shares, families and sets are computed from the team's own days and agents; nothing is planted here.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import pandas as pd

from ccsat import workforce as wf
from ccsat.methods.answer import Answer
from ccsat.methods.kpi_drivers import EIGHT_KPIS
from ccsat.wording import LANGUAGES, text
from ccsat.workshop.case import Case
from ccsat.workshop.exercises.item import Exercise, Item, Judgement, Options, from_wording
from ccsat.workshop.exercises.ladder import RIGHT, dealt, is_number

WORDS = "workshop.n22"
ISSUE = "biz_l1"
KEEP = 0.95
NEAR_SHARE, NEAR_EXPLAINED, NEAR_PART, NEAR_RHO = 0.02, 0.01, 5e-3, 0.02
CONTROL = ("agent", "staffing")
CLAIMS = ("holds", "raise_level", "score_agents", "drop_rest")
ONE_MORE = 2  # indicators more than the found set that still pass


# The team's own numbers -----------------------------------------------------------------------


@cache
def days(case: Case) -> pd.DataFrame:
    """The eight KPIs and the satisfaction rate, a row a day."""
    return wf.kpi_series(case.centre, issue=ISSUE)


@cache
def agents(case: Case) -> pd.DataFrame:
    """The twenty-three indicators and the satisfaction rate, a row an agent and four weeks."""
    return wf.assessment(case.centre, issue=ISSUE)


@cache
def influence(case: Case) -> Answer:
    """Shares of what the eight explain of the days' satisfaction."""
    return wf.rank_days(days(case), draws=200)


@cache
def shares(case: Case) -> dict[str, float]:
    """KPI -> its share."""
    table = influence(case).table
    return dict(zip(table["driver"], table["share"], strict=True))


@cache
def pruned(case: Case) -> wf.Pruned:
    """The set that is enough, and the families."""
    return wf.prune_assessment(agents(case), keep=KEEP, draws=100)


@cache
def part_of(case: Case, kept: frozenset[str]) -> float:
    """What a set keeps of what all indicators explain."""
    return wf.part_kept(agents(case), sorted(kept))


def twins(case: Case) -> tuple[str, str, float]:
    """The two indicators that rank agents most alike, of those that no other settles."""
    r = pruned(case).answer.extra["correlations"]
    pairs = [(abs(float(r.loc[a, b])), a, b) for k, a in enumerate(r.index) for b in r.index[k + 1 :]]
    most = max(pairs)
    return most[1], most[2], float(r.loc[most[1], most[2]])


def indicators(case: Case) -> Options:
    """The twenty-three with their names."""
    return {name: {lang: text(f"indicator.{name}", lang) for lang in LANGUAGES} for name in wf.ASSESSMENT if name in agents(case)}


def kpis(case: Case) -> Options:
    """The eight with their names."""
    return {name: {lang: text(f"indicator.{name}", lang) for lang in LANGUAGES} for name in EIGHT_KPIS}


def claims(case: Case) -> Options:
    """What is said in the meeting, under codes that each seed deals anew."""
    return {code: {lang: text(f"{WORDS}.claim.{key}", lang) for lang in LANGUAGES} for code, key in dealt(case, "q", CLAIMS).items()}


def claim_of(case: Case, key: str) -> str:
    """The code of a statement."""
    return next(code for code, one in dealt(case, "q", CLAIMS).items() if one == key)


# Judges ---------------------------------------------------------------------------------------


def judge_shares(answer: dict, case: Case) -> Judgement:
    """The eight shares."""
    truth = shares(case)
    if set(answer) != set(truth) or not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)
    table = influence(case).table.set_index("driver")
    far = lambda other: max(abs(answer[key] - other[key]) for key in truth)
    if far(truth) <= NEAR_SHARE:
        return RIGHT
    if max(abs(answer[key] / 100 - truth[key]) for key in truth) <= NEAR_SHARE:
        return Judgement("percent", share=0.8, hint=3)
    if far(table["gain"]) <= NEAR_SHARE:
        return Judgement("gain", share=0.5, hint=3)
    alone = days(case)[["satisfaction", *truth]].corr()["satisfaction"]
    if far(alone) <= NEAR_SHARE or far(alone.abs()) <= NEAR_SHARE:
        return Judgement("correlations", share=0.2, hint=2)
    if abs(sum(answer.values()) - 1) > NEAR_SHARE:
        return Judgement("open", share=0.2, hint=2)
    return Judgement("value", share=0.2, hint=2)


def judge_certain(answer: dict, case: Case) -> Judgement:
    """How much the eight explain, and whether the first is told from the second."""
    if set(answer) != {"explained", "first_told_apart"} or not is_number(answer["explained"]) or not isinstance(answer["first_told_apart"], bool):  # fmt: skip
        return Judgement("form", hint=1)
    found = influence(case)
    told = bool(found.statistic["p_value"] < 0.05)
    if abs(answer["explained"] - 1) <= 1e-6:
        return Judgement("shares_sum", share=0.2, hint=1)
    if abs(answer["explained"] / 100 - found.statistic["explained"]) <= NEAR_EXPLAINED / 10:
        return Judgement("percent", share=0.6, hint=3)
    if abs(answer["explained"] - found.statistic["explained"]) > NEAR_EXPLAINED:
        return Judgement("explained", share=0.2, hint=2)
    if answer["first_told_apart"] != told:
        return Judgement("told", share=0.5, hint=3)
    return RIGHT


def judge_control(answer: dict, case: Case) -> Judgement:
    """Who can move each of the eight."""
    if set(answer) != set(EIGHT_KPIS) or not set(answer.values()) <= set(CONTROL):
        return Judgement("form", hint=1)
    wrong = [key for key in EIGHT_KPIS if answer[key] != EIGHT_KPIS[key]]
    if not wrong:
        return RIGHT
    share = 0.8 * (len(EIGHT_KPIS) - len(wrong)) / len(EIGHT_KPIS)
    if len(set(answer.values())) == 1:
        return Judgement("all_alike", share=share, hint=1)
    blamed = [key for key in wrong if EIGHT_KPIS[key] == "staffing"]
    return Judgement("blamed" if blamed else "excused", share=share, hint=2)


def judge_enough(answer: list, case: Case) -> Judgement:
    """A small set that keeps at least 95 % of what all explain."""
    found, names = pruned(case), set(map(str, answer))
    if len(names) != len(answer) or not names or names - set(agents(case).columns):
        return Judgement("form", hint=1)
    part = part_of(case, frozenset(names))
    if part < KEEP - 1e-6:
        return Judgement("too_little", share=0.3, hint=2, values={"n": len(names)})
    if len(names) >= len(found.table):
        return Judgement("all", share=0.1, hint=1)
    if set(found.settled) & names and len(names) > len(found.kept):
        return Judgement("settled", share=0.4, hint=2)
    return RIGHT if len(names) <= len(found.kept) + ONE_MORE else Judgement("too_many", share=0.5, hint=3)


def judge_twins(answer: dict, case: Case) -> Judgement:
    """The two most alike, and how alike."""
    if set(answer) != {"pair", "rho"} or not isinstance(answer["pair"], list) or len(set(answer["pair"])) != 2 or not is_number(answer["rho"]):
        return Judgement("form", hint=1)
    one, other, rho = twins(case)
    r = pruned(case).answer.extra["correlations"]
    if set(answer["pair"]) == {one, other}:
        return RIGHT if abs(answer["rho"] - rho) <= NEAR_RHO else Judgement("rho", share=0.6, hint=3)
    if set(answer["pair"]) & set(pruned(case).settled):
        return Judgement("settled", share=0.3, hint=2)
    if not set(answer["pair"]) <= set(r.index):
        return Judgement("form", hint=1)
    opposite = r.stack().idxmin()
    return Judgement("opposite" if set(answer["pair"]) == set(opposite) else "pair", share=0.2, hint=2)


def judge_claim(answer: str, case: Case) -> Judgement:
    """Which statement holds."""
    key = dealt(case, "q", CLAIMS).get(answer)
    return RIGHT if key == "holds" else Judgement(key or "form", hint=2)


def fallen(case: Case) -> Mapping[str, str]:
    """Statement -> its code."""
    return {key: claim_of(case, key) for key in CLAIMS}


_EIGHT = '{"service_level": 0.2, "abandon_rate": 0.1, …}'
EXERCISE = Exercise(
    world="S04",
    items={
        "shares": Item(20, dict, _EIGHT, judge_shares, ("form", "percent", "gain", "correlations", "open", "value"), options=kpis, named=lambda answer: list(answer)),
        "certain": Item(15, dict, '{"explained": 0.3, "first_told_apart": true}', judge_certain, ("form", "shares_sum", "percent", "explained", "told")),
        "control": Item(10, dict, '{"service_level": "agent", "aht": "staffing", …}', judge_control, ("form", "all_alike", "blamed", "excused"),
                        options=from_wording(f"{WORDS}.who", CONTROL), named=lambda answer: [one for one in answer.values() if isinstance(one, str)]),
        "enough": Item(25, list, '["aht", "occupancy"]', judge_enough, ("form", "too_little", "all", "settled", "too_many"), options=indicators, named=lambda answer: answer),
        "twins": Item(15, dict, '{"pair": ["aht", "ring_time"], "rho": 0.5}', judge_twins, ("form", "settled", "opposite", "pair", "rho"), options=indicators,
                      named=lambda answer: answer["pair"] if isinstance(answer.get("pair"), list) else []),
        "conclusion": Item(15, str, '"q9"', judge_claim, tuple(key for key in CLAIMS if key != "holds"), options=claims),
    },
    materials={"days": days, "agents": agents},
)  # fmt: skip
