"""N05, correlation and the text bot: the right coefficient, what is held equal, which intents broke, and what each half of a release cost.

Correlations, shares and the account of the change are made from the team's own sessions; which intents were merged is planted.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import pandas as pd

from ccsat.question import Question
from ccsat.views import View
from ccsat.wording import LANGUAGES, count, has, number, percent, text
from ccsat.workshop.case import Case
from ccsat.workshop.exercises.claims import fallen_for, statements
from ccsat.workshop.exercises.item import Exercise, Item, Judgement, Options, from_wording
from ccsat.workshop.exercises.ladder import RIGHT, is_number
from ccsat.workshop.exercises.n03 import by_intent, held_equal, of_sessions, within_intent
from ccsat.workshop.exercises.n03 import sessions as rated_sessions

WORDS = "workshop.n05"
NEAR_R, NEAR_PARTIAL, NEAR_MS = 0.05, 0.01, 5.0
NEAR_POINTS = 1.5e-3  # of the account of the change
NEAR_TRUTH = 4e-3  # of the planted split, for those who reach it on a road of their own
ABOUT = ("intents", "customers", "release")
CANDIDATES = ("recognised", "turns", "contained", "latency_ms")
DRIVERS = (*CANDIDATES, "stated_solved", "came_back")
MATURE = pd.Timedelta("48h")
TWO_CHANGES = 2  # the link of the true chain that the meeting hears
DECOYS = ("containment", "servers", "success")  # in the order of the world's truth


# Material -------------------------------------------------------------------------------------


@cache
def sessions(case: Case) -> pd.DataFrame:
    """The rated sessions, each in the baseline or the current period."""
    rows = rated_sessions(case)
    return rows.assign(period=_period(rows["at"], case))


@cache
def labelled(case: Case) -> pd.DataFrame:
    """The sessions whose intent a person wrote down: what was meant, what the bot took it for, and when."""
    rows = case.table("bot_sessions").dropna(subset=["intent_true"])
    kept = rows[["intent_true", "intent_pred"]].astype(str).reset_index(drop=True)
    return kept.assign(period=_period(rows["started_at"].reset_index(drop=True), case))


def flagged(case: Case) -> pd.DataFrame:
    """The rated sessions with `hit`: whether their intent is one of the two that broke."""
    return sessions(case).assign(hit=lambda table: table["intent"].isin(merged(case)))


def release_view(case: Case) -> View:
    """Before and after the release: containment, blocked requests, latency, journeys solved within 48 hours, thumbs."""
    rows = case.table("bot_sessions")
    rows = rows.assign(period=_period(rows["started_at"], case), contained=~rows["handoff_done"].astype(bool))
    rows["blocked"] = rows["handoff_requested"].astype(bool) & rows["contained"]
    rows["solved"] = ~((rows["next_contact_at"] - rows["started_at"]) <= MATURE)
    ripe = rows[rows["started_at"] <= rows["started_at"].max() - MATURE]
    lines = []
    for key, frame, column, shown in (
        ("contained", rows, "contained", percent), ("blocked", rows, "blocked", percent), ("latency", rows, "latency_ms", lambda ms: number(ms, 0)),
        ("journey", ripe, "solved", percent), ("thumbs", sessions(case), "satisfied", percent),
    ):  # fmt: skip
        seen = frame.groupby("period")[column].agg(["size", "mean"])
        lines.append((text(f"{WORDS}.line.{key}"), *(words for period in ("baseline", "current")
                      for words in (shown(float(seen.loc[period, "mean"])), count(int(seen.loc[period, "size"]))))))  # fmt: skip
    heads = ("what", "before", "n_before", "after", "n_after")
    return View(tuple(text(f"{WORDS}.head.{key}") for key in heads), tuple(lines), frozenset(range(1, 5)))


def _period(at: pd.Series, case: Case) -> pd.Series:
    first = pd.Timestamp(Question.of(case.centre.study).current.split("/")[0])
    return at.ge(first).map({True: "current", False: "baseline"})


# The team's own figures -----------------------------------------------------------------------


@cache
def by_week(case: Case) -> float:
    """The mistake of correlating weekly averages."""
    rows = sessions(case)
    means = rows.groupby((rows["at"].dt.normalize() - rows["at"].min().normalize()).dt.days // 7)[["contained", "satisfied"]].mean()  # fmt: skip
    return float(means.corr().iloc[0, 1])


@cache
def latency(case: Case) -> dict[str, float]:
    """Latency and thumbs: over rated sessions, with the intent held equal; and by how much the latency of all sessions moved."""
    rows = case.table("bot_sessions")
    mean = rows.groupby(_period(rows["started_at"], case))["latency_ms"].mean()
    return {"raw": of_sessions(case, "latency_ms"), "partial": held_equal(case, "latency_ms", "intent"),
            "moved_ms": float(mean["current"] - mean["baseline"])}  # fmt: skip


@cache
def leading_drivers(case: Case) -> tuple[str, ...]:
    """The two drivers that take the largest shares of what is explained."""
    from ccsat.methods.drivers import rank_drivers
    from ccsat.methods.roles import Roles

    found = rank_drivers(sessions(case), "satisfied", list(CANDIDATES), roles=Roles(cluster="customer_id"), draws=50)
    return tuple(found.table["driver"].head(2))


def merged(case: Case) -> list[str]:
    """The intents whose knowledge was merged."""
    return list(case._truth["cells"][0]["where"]["intent"])


def intents(case: Case) -> Options:
    """The intents by name, with what customers want."""
    names = sorted(labelled(case)["intent_true"].unique())
    keys = {name: f"{WORDS}.intent.{name}" for name in names}
    return {name: {lang: text(key, lang) if has(key) else name for lang in LANGUAGES} for name, key in keys.items()}


@cache
def fallen_most(case: Case) -> tuple[str, ...]:
    """The two intents that are liked least now: they may always have been."""
    rows = sessions(case)
    return tuple(rows[rows["period"] == "current"].groupby("intent", observed=True)["satisfied"].mean().nsmallest(2).index)  # fmt: skip


@cache
def accounts(case: Case) -> dict[str, dict[str, float]]:
    """The change, split between the two halves of the release: as it should be (`right`), and as it is often done wrongly."""
    rows = flagged(case)
    liked = rows.groupby(["period", "hit"])["satisfied"].mean().unstack()
    moves = liked.loc["current"] - liked.loc["baseline"]
    weight = float(rows.groupby("period")["hit"].mean().mean())
    inside, outside = float(moves[True]), float(moves[False])
    total = weight * inside + (1 - weight) * outside
    return {
        "right": {"recognition": weight * (inside - outside), "handoff_rule": outside},
        "no_control": {"recognition": weight * inside, "handoff_rule": (1 - weight) * outside},
        "not_weighted": {"recognition": inside - outside, "handoff_rule": outside},
        "one_cause": {"recognition": total, "handoff_rule": 0.0},
        "swapped": {"recognition": outside, "handoff_rule": weight * (inside - outside)},
    }


# Judges ---------------------------------------------------------------------------------------


def judge_between(answer: dict, case: Case) -> Judgement:
    """The correlation of the intents' averages, and whom it speaks of."""
    if said := _not_a_coefficient(answer):
        return said
    if abs(answer["r"] - by_intent(case)) <= NEAR_R:
        return RIGHT if answer["about"] == "intents" else Judgement("about", share=0.6, hint=3)
    if abs(answer["r"] - of_sessions(case, "contained")) <= NEAR_R:
        return Judgement("of_sessions", share=0.2, hint=2)
    if abs(answer["r"] - by_week(case)) <= NEAR_R:
        return Judgement("of_weeks", share=0.2, hint=2)
    return Judgement("value", share=0.2, hint=2)


def judge_within(answer: dict, case: Case) -> Judgement:
    """The correlation of sessions with the intent held equal, and whom it speaks of."""
    if said := _not_a_coefficient(answer):
        return said
    if abs(answer["r"] - within_intent(case)) <= NEAR_R:
        return RIGHT if answer["about"] == "customers" else Judgement("about", share=0.6, hint=3)
    if abs(answer["r"] - by_intent(case)) <= NEAR_R:
        return Judgement("of_averages", share=0.2, hint=2)
    return Judgement("value", share=0.2, hint=2)


def _not_a_coefficient(answer: dict) -> Judgement | None:
    if set(answer) != {"r", "about"} or not is_number(answer["r"]) or answer["about"] not in ABOUT:
        return Judgement("form", hint=1)
    return Judgement("percent", share=0.3, hint=2) if abs(answer["r"]) > 1 else None


def judge_latency(answer: dict, case: Case) -> Judgement:
    """Three figures on latency."""
    truth = latency(case)
    if set(answer) != set(truth) or not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)
    near = {"raw": NEAR_PARTIAL, "partial": NEAR_PARTIAL, "moved_ms": NEAR_MS}
    wrong = [key for key in truth if abs(answer[key] - truth[key]) > near[key]]
    if not wrong:
        return RIGHT
    share = 0.8 * (len(truth) - len(wrong)) / len(truth)
    if abs(answer["raw"] - truth["partial"]) < abs(answer["raw"] - truth["raw"]) and abs(answer["partial"] - truth["raw"]) < abs(answer["partial"] - truth["partial"]):  # fmt: skip
        return Judgement("swapped", share=share, hint=1)
    if wrong[0] == "partial" and abs(answer["partial"] - truth["raw"]) <= NEAR_PARTIAL:
        return Judgement("raw_twice", share=share, hint=2)
    return Judgement(wrong[0], share=share, hint=2)


def judge_drivers(answer: list, case: Case) -> Judgement:
    """The two drivers with the largest shares."""
    chosen, truth = set(answer), set(leading_drivers(case))
    if len(chosen) != 2 or len(answer) != 2:
        return Judgement("two", hint=1)
    if chosen == truth:
        return RIGHT
    share = 0.5 * len(chosen & truth) / 2
    for key, driver in (("same_moment", "stated_solved"), ("later", "came_back"), ("latency", "latency_ms"), ("containment", "contained")):  # fmt: skip
        if driver in chosen - truth:
            return Judgement(key, share=share, hint=2)
    return Judgement("two", share=share, hint=3)


def judge_intents(answer: list, case: Case) -> Judgement:
    """The two intents that the bot took for each other since the release."""
    chosen, truth = set(answer), set(merged(case))
    if chosen == truth:
        return RIGHT
    share = 0.8 * len(chosen & truth) / max(len(chosen), 2)
    if chosen == set(fallen_most(case)):
        return Judgement("lowest", share=share, hint=2)
    if truth < chosen:
        return Judgement("too_many", share=share, hint=2)
    if chosen < truth:
        return Judgement("one", share=share, hint=3)
    return Judgement("half" if chosen & truth else "others", share=share, hint=2)


def judge_split(answer: dict, case: Case) -> Judgement:
    """What the merged knowledge cost, and what the later hand-off."""
    if set(answer) != {"recognition", "handoff_rule"} or not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)
    apart = {key: _distance(answer, other) for key, other in accounts(case).items()}
    nearest = min(apart, key=apart.get)
    if apart[nearest] <= NEAR_POINTS:
        return RIGHT if nearest == "right" else Judgement(nearest, share=0.4, hint=2)
    if _distance(answer, case._truth["split"]) <= NEAR_TRUTH:
        return RIGHT
    if _distance({key: value / 100 for key, value in answer.items()}, accounts(case)["right"]) <= NEAR_POINTS:
        return Judgement("percent", share=0.6, hint=3)
    if _distance({key: -value for key, value in answer.items()}, accounts(case)["right"]) <= NEAR_POINTS:
        return Judgement("sign", share=0.7, hint=3)
    whole = sum(accounts(case)["right"].values())
    return Judgement("value" if abs(sum(answer.values()) - whole) <= NEAR_POINTS else "open", share=0.2, hint=3)


def _distance(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    return max(abs(one[key] - other[key]) for key in ("recognition", "handoff_rule"))


def conclusions(case: Case) -> Options:
    """What is said in the meeting, and the actions on offer."""
    library = {action["id"]: {"zh": action["zh"], "en": action["en"]} for action in case._truth["actions"]}
    return statements(case, TWO_CHANGES) | library


def judge_conclusion(answer: dict, case: Case) -> Judgement:
    """Which statement holds, and which action comes first?"""
    labels = {action["id"]: action["label"] for action in case._truth["actions"]}
    if set(answer) != {"claim", "first"} or answer["claim"] not in statements(case, TWO_CHANGES) or answer["first"] not in labels:  # fmt: skip
        return Judgement("form", hint=1)
    decoy = fallen_for(answer["claim"], case, TWO_CHANGES)
    if decoy is not None:
        return Judgement(DECOYS[decoy], hint=2)
    label = labels[answer["first"]]
    return RIGHT if label == "best" else Judgement("partly" if label == "acceptable" else "no_cause", share=0.5, hint=3)


_COEFFICIENT = '{"r": 0.12, "about": "release"}'
EXERCISE = Exercise(
    world="S02",
    items={
        "between_r": Item(10, dict, _COEFFICIENT, judge_between, ("form", "percent", "of_sessions", "of_weeks", "about", "value"),
                          options=from_wording(f"{WORDS}.about", ABOUT), named=lambda answer: [answer["about"]] if "about" in answer else []),
        "within_r": Item(10, dict, _COEFFICIENT, judge_within, ("form", "percent", "of_averages", "about", "value"),
                         options=from_wording(f"{WORDS}.about", ABOUT), named=lambda answer: [answer["about"]] if "about" in answer else []),
        "latency_partial": Item(15, dict, '{"raw": 0.12, "partial": 0.03, "moved_ms": 20}', judge_latency,
                                ("form", "swapped", "raw_twice", "raw", "partial", "moved_ms")),
        "drivers_top2": Item(15, list, '["contained", "latency_ms"]', judge_drivers, ("two", "same_moment", "later", "latency", "containment"),
                             options=from_wording(f"{WORDS}.driver", DRIVERS), named=lambda answer: answer),
        "two_intents": Item(20, list, '["gift_query", "vas_order"]', judge_intents, ("lowest", "too_many", "one", "half", "others"),
                            options=intents,
                            named=lambda answer: answer),
        "split_recognition_handoff": Item(20, dict, '{"recognition": -0.01, "handoff_rule": -0.02}', judge_split,
                                          ("form", "no_control", "not_weighted", "one_cause", "swapped", "percent", "sign", "open", "value")),
        "conclusion": Item(10, dict, '{"claim": "m1", "first": "a7"}', judge_conclusion, ("form", *DECOYS, "partly", "no_cause"), options=conclusions,
                           named=lambda answer: [answer[key] for key in ("claim", "first") if key in answer]),
    },
    materials={"sessions": sessions, "labelled": labelled, "release": release_view, "flagged": flagged},
)  # fmt: skip
