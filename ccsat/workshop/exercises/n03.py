"""N03, relation: the coefficient of each pair of scales, what averages hide, and what a confounder turns round.

Every number is the ladder's own on the team's rows; nothing here holds an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import pandas as pd

from ccsat.methods.answer import Answer
from ccsat.scales import Cast, Scale, read_column, scale_of
from ccsat.views import View
from ccsat.wording import text
from ccsat.workshop.case import Case
from ccsat.workshop.exercises.item import Exercise, Item, Judgement, from_wording
from ccsat.workshop.exercises.ladder import RIGHT, is_number, levels

WORDS = "workshop.n03"
PAIRS: Mapping[str, tuple[str, str, str]] = {  # code -> table, and the two columns
    "p1": ("sessions", "satisfied", "contained"), "p2": ("sessions", "latency_ms", "satisfied"), "p3": ("sessions", "latency_ms", "intent"),
    "p4": ("calls", "rating", "attitude"), "p5": ("calls", "rating", "queue_wait_s"), "p6": ("sessions", "turns", "latency_ms"),
}  # fmt: skip
# Coefficient -> method and effect; then the scales that it needs, the stronger first.
COEFFICIENTS: Mapping[str, tuple[str, str]] = {
    "phi": ("phi_coefficient", "phi"), "cramer_v": ("nominal_association", "cramer_v"), "point_biserial": ("point_biserial", "point_biserial"),
    "eta_squared": ("correlation_ratio", "mean_eta2"), "tau_b": ("kendall_tau", "tau_b"), "gamma": ("goodman_gamma", "gamma"),
    "spearman": ("spearman", "spearman"), "pearson": ("pearson", "pearson"),
}  # fmt: skip
TAKES: Mapping[str, tuple[Scale, Scale]] = {
    "phi": (Scale.NOMINAL, Scale.NOMINAL), "cramer_v": (Scale.NOMINAL, Scale.NOMINAL), "point_biserial": (Scale.INTERVAL, Scale.NOMINAL),
    "eta_squared": (Scale.INTERVAL, Scale.NOMINAL), "tau_b": (Scale.ORDINAL, Scale.ORDINAL), "gamma": (Scale.ORDINAL, Scale.ORDINAL),
    "spearman": (Scale.ORDINAL, Scale.ORDINAL), "pearson": (Scale.INTERVAL, Scale.INTERVAL),
}  # fmt: skip
YES_NO = ("phi", "point_biserial")
TOLERANCE = 0.01
NUMBERS = {False: 0.0, True: 1.0}
TURNS = ("flips", "fades", "stays")
# Code -> the driver, and what is held equal; the first is asked of the averages that a chart shows.
ADJUSTED: Mapping[str, tuple[str, str]] = {
    "a1": ("contained", "asked"),
    "a2": ("latency_ms", "intent"),
    "a3": ("recognised", "intent"),
}
SAYINGS = ("containment_raises", "servers", "try_handoff", "nothing")


# Rows -----------------------------------------------------------------------------------------


@cache
def sessions(case: Case) -> pd.DataFrame:
    """The rated bot sessions: yes or no as yes or no, kinds as kinds, amounts as numbers."""
    rated = case.centre.surveys[["session_id", "customer_id", "at", "intent", "entry", "turns", "latency_ms", "rating"]]
    flags = (
        case.table("bot_sessions")
        .set_index("session_id")[["recognised", "handoff_requested", "handoff_done"]]
        .astype(bool)
    )
    rows = rated.join(flags, on="session_id")
    rows = rows.assign(satisfied=rows["rating"] == 1, contained=~rows["handoff_done"], asked=rows["handoff_requested"])
    return rows.drop(columns=["rating", "handoff_requested", "handoff_done"])


@cache
def calls(case: Case) -> pd.DataFrame:
    """The rated contacts with agents: rating, attitude and complexity as ordered levels, times in seconds."""
    surveys = case.table("surveys").dropna(subset=["rating", "attitude_rating"])
    contacts = case.table("contacts").set_index("contact_id")[
        ["agent_id", "complexity", "queue_wait_s", "talk_s", "hold_s"]
    ]
    rows = surveys[["contact_id", "rating", "attitude_rating"]].join(contacts, on="contact_id").reset_index(drop=True)
    times = {name: rows[name].astype(float) for name in ("queue_wait_s", "talk_s", "hold_s")}
    asked = {"rating": ("rating", 5), "attitude": ("attitude_rating", 5), "complexity": ("complexity", 3)}
    orders = {name: levels(rows[column].astype(float), most) for name, (column, most) in asked.items()}
    return rows.assign(**times, **orders).drop(columns="attitude_rating")


def _rows(case: Case, table: str) -> pd.DataFrame:
    return sessions(case) if table == "sessions" else calls(case)


def pairs_view(case: Case) -> View:
    """The six pairs: table, columns, and what is asked of them."""
    rows = tuple((code, table, f"{a}, {b}", text(f"{WORDS}.pair.{code}")) for code, (table, a, b) in PAIRS.items())
    return View(tuple(text(f"{WORDS}.head.{key}") for key in ("code", "table", "columns", "question")), rows)


# Coefficients ---------------------------------------------------------------------------------


@cache
def coefficient(case: Case, code: str, name: str) -> float:
    """A coefficient of a pair, by the ladder."""
    from ccsat.catalogue.choose import relate

    table, a, b = PAIRS[code]
    method, effect = COEFFICIENTS[name]
    answer = relate(_rows(case, table), a, b, method=method)
    return next(one.value for one in answer.effects if one.name == effect)


def fitting_names(case: Case, code: str) -> tuple[str, ...]:
    """The coefficients made for a pair's scales."""
    table, a, b = PAIRS[code]
    rows = _rows(case, table)
    first, second = (read_column(rows, one) for one in (a, b))
    scales = tuple(sorted((scale_of(first), scale_of(second)), reverse=True))
    nominal = [column for column in (first, second) if scale_of(column) == Scale.NOMINAL]
    binary = bool(nominal) and all(column.nunique() == 2 for column in nominal)
    ranks = (Scale.ORDINAL, Scale.ORDINAL)  # beside an order, a number is worth its order
    wanted = ranks if Scale.ORDINAL in scales and Scale.NOMINAL not in scales else scales
    names = [name for name, takes in TAKES.items() if takes == wanted and (binary or name not in YES_NO)]
    return tuple(name for name in names if not (binary and name == "eta_squared"))


def judge_coefficients(answer: dict, case: Case) -> Judgement:
    """For each pair the coefficient of its scales, and its value."""
    if set(answer) != set(PAIRS) or not all(
        isinstance(one, dict) and set(one) == {"name", "value"} for one in answer.values()
    ):
        return Judgement("form", hint=1)
    if unknown := [one["name"] for one in answer.values() if one["name"] not in COEFFICIENTS]:
        return Judgement("unknown_code", values={"code": unknown[0], "known": ", ".join(COEFFICIENTS)})
    named = {code: answer[code]["name"] in fitting_names(case, code) for code in PAIRS}
    close = {code: named[code] and is_number(answer[code]["value"]) and abs(answer[code]["value"] - coefficient(case, code, answer[code]["name"])) <= TOLERANCE
             for code in PAIRS}  # fmt: skip
    if all(close.values()):
        return RIGHT
    share = 0.9 * (sum(named.values()) + sum(close.values())) / (2 * len(PAIRS))
    if wrong := [code for code in PAIRS if not named[code]]:
        keys = {code: _why(answer[code]["name"], code, case) for code in wrong}
        worst = min(keys.values(), key=NAME_MISTAKES.index)
        return Judgement(
            worst, share=share, hint=1, values={"pair": next(code for code in wrong if keys[code] == worst)}
        )
    off = next(code for code in PAIRS if not close[code])
    return Judgement("value", share=share, hint=3, values={"pair": off})


NAME_MISTAKES = ("codes_as_numbers", "ordinal_as_interval", "scale_thrown_away", "other_name")


def _why(name: str, code: str, case: Case) -> str:
    table, a, b = PAIRS[code]
    rows = _rows(case, table)
    scales = sorted((scale_of(read_column(rows, one)) for one in (a, b)), reverse=True)
    over = [(wanted, found) for wanted, found in zip(TAKES[name], scales, strict=True) if wanted > found]
    if any(found == Scale.NOMINAL for _, found in over):
        return "codes_as_numbers"
    if over:
        return "ordinal_as_interval"
    return "scale_thrown_away" if TAKES[name] != tuple(scales) else "other_name"


# Levels ---------------------------------------------------------------------------------------


def by_intent(case: Case) -> float:
    """Correlation of the intents' averages of containment and satisfaction."""
    means = sessions(case).groupby("intent", observed=True)[["contained", "satisfied"]].mean()
    return _effect(_pearson(means, "contained", "satisfied"))


def within_intent(case: Case) -> float:
    """The same of sessions, intent held equal."""
    return held_equal(case, "contained", "intent")


def of_sessions(case: Case, driver: str) -> float:
    """Correlation of a driver and satisfaction over single sessions."""
    rows = sessions(case)
    return _effect(_pearson(rows, _number(rows, driver), _number(rows, "satisfied")))


def held_equal(case: Case, driver: str, given: str) -> float:
    """Partial correlation of a driver and satisfaction, a column held equal."""
    from ccsat.methods.correlate import partial_correlation

    rows = sessions(case)
    return _effect(partial_correlation(rows, _number(rows, driver), _number(rows, "satisfied"), [given], cluster=False))


def _pearson(rows: pd.DataFrame, a, b) -> Answer:
    from ccsat.methods.correlate import pearson_correlation

    return pearson_correlation(rows, a, b, cluster=False)


def _number(rows: pd.DataFrame, column: str) -> str | Cast:
    return Cast(column, NUMBERS) if pd.api.types.is_bool_dtype(rows[column]) else column


def _effect(answer: Answer) -> float:
    return float(answer.effect.value)


def judge_levels(answer: dict, case: Case) -> Judgement:
    """The correlation of averages, and the one of sessions within an intent."""
    if set(answer) != {"between", "within"} or not all(map(is_number, answer.values())):
        return Judgement("form", hint=1)
    between, within = by_intent(case), within_intent(case)
    right = {
        "between": abs(answer["between"] - between) <= TOLERANCE,
        "within": abs(answer["within"] - within) <= TOLERANCE,
    }
    if all(right.values()):
        return RIGHT
    if abs(answer["between"] - within) <= TOLERANCE and abs(answer["within"] - between) <= TOLERANCE:
        return Judgement("swapped", share=0.5, hint=1)
    share = 0.5 * sum(right.values())
    if abs(answer["within"] - between) <= TOLERANCE:
        return Judgement("averages_twice", share=share, hint=2)
    if not right["between"] and abs(answer["between"] - of_sessions(case, "contained")) <= TOLERANCE:
        return Judgement("sessions_twice", share=share, hint=2)
    return Judgement("within" if right["between"] else "between", share=share, hint=2)


# Adjusting ------------------------------------------------------------------------------------


def turns(case: Case) -> dict[str, str]:
    """What becomes of each relation once something is held equal."""
    found = {}
    for code, (driver, given) in ADJUSTED.items():
        plain = by_intent(case) if code == "a1" else of_sessions(case, driver)
        held = held_equal(case, driver, given)
        found[code] = "flips" if plain * held < 0 else "fades" if abs(held) < 2 / 3 * abs(plain) else "stays"
    return found


def turns_view(case: Case) -> View:
    """The three relations to adjust, and for what."""
    return View(
        (text("workshop.column.code"), text(f"{WORDS}.head.question")),
        tuple((code, text(f"{WORDS}.adjust.{code}")) for code in ADJUSTED),
    )


def judge_turns(answer: dict, case: Case) -> Judgement:
    """Which relation turns round, which fades, which stays?"""
    if set(answer) != set(ADJUSTED):
        return Judgement("form", hint=1)
    truth = turns(case)
    wrong = [code for code in truth if answer[code] != truth[code]]
    if not wrong:
        return RIGHT
    share = 0.8 * (len(truth) - len(wrong)) / len(truth)
    return Judgement({"a1": "containment", "a2": "latency", "a3": "recognition"}[wrong[0]], share=share, hint=2)


def judge_saying(answer: str, case: Case) -> Judgement:
    """What may a manager conclude? The saying that blames neither containment's lack nor latency, nor gives up."""
    return RIGHT if answer in SAYINGS and answer not in SAID_WRONG else Judgement(answer, hint=2)


SAID_WRONG = ("containment_raises", "servers", "nothing")


EXERCISE = Exercise(
    world="S02",
    items={
        "coefficients": Item(40, dict, '{"p1": {"name": "pearson", "value": 0.12}}', judge_coefficients, ("form", *NAME_MISTAKES, "value"),
                             options=from_wording(f"{WORDS}.name", COEFFICIENTS),
                             named=lambda answer: [one["name"] for one in answer.values() if isinstance(one, dict) and "name" in one]),
        "levels": Item(20, dict, '{"between": 0.5, "within": 0.1}', judge_levels,
                       ("form", "swapped", "averages_twice", "sessions_twice", "between", "within")),
        "adjusting": Item(20, dict, '{"a1": "stays"}', judge_turns, ("form", "containment", "latency", "recognition"),
                          options=from_wording(f"{WORDS}.turn", TURNS), named=lambda answer: list(answer.values())),
        "conclusion": Item(20, str, '"servers"', judge_saying, SAID_WRONG, options=from_wording(f"{WORDS}.saying", SAYINGS)),
    },
    materials={"sessions": sessions, "calls": calls, "pairs": pairs_view, "relations": turns_view},
)  # fmt: skip
