"""N01, data types and calibers: what each task takes for right, and what it says to each known mistake.

Scales come from the case's own dictionary, methods from the ladder, the report's numbers from the case's tables.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ccsat.scales import Scale
from ccsat.views import View
from ccsat.wording import LANGUAGES, count, language, percent, text
from ccsat.workshop.case import Case
from ccsat.workshop.exercises.item import Exercise, Item, Judgement, Options, from_wording
from ccsat.workshop.exercises.ladder import RIGHT, dealt, known_methods, rated

WORDS = "workshop.n01"
SCALES = tuple(scale.key for scale in Scale)
SCALE_OF = {
    "N": Scale.NOMINAL,
    "B": Scale.NOMINAL,
    "K": Scale.NOMINAL,
    "O": Scale.ORDINAL,
    "I": Scale.INTERVAL,
    "R": Scale.INTERVAL,
}
TABLE_OF = {
    "channel": "contacts", "biz_l1": "contacts", "complexity": "contacts", "queue_wait_s": "contacts", "talk_s": "contacts",
    "transfers": "contacts", "end_reason": "contacts", "resolved_tag": "contacts", "team": "agents", "tenure_days": "agents",
    "tenure_band": "agents", "skill_level": "agents", "region": "customers", "plan_id": "customers", "segment": "customers",
    "tenure_months": "customers", "age_band": "customers", "mode": "surveys", "rating": "surveys", "attitude_rating": "surveys",
    "solved_answer": "surveys", "reason_code": "survey_reasons", "score": "qa_reviews", "amount": "bill_items",
}  # fmt: skip
ENOUGH = 22

# What is asked -> the columns and the mode; None: columns whose codes have no order and no distance.
QUESTIONS: dict[str, tuple[str, str, str] | None] = {
    "q1": ("satisfied", "channel", "compare"), "q2": None, "q3": ("rating", "site", "compare"), "q4": ("rating", "biz_l1", "compare"),
    "q5": ("talk_s", "site", "compare"), "q6": ("rating", "attitude", "relate"), "q7": ("talk_s", "hold_s", "relate"),
    "q8": ("channel", "biz_l1", "relate"),
}  # fmt: skip
OFFERED = (
    "two_proportions",
    "mann_whitney",
    "kruskal_wallis",
    "welch_t",
    "kendall_tau",
    "pearson",
    "nominal_association",
)
REFUSED = "none"


# Scales ---------------------------------------------------------------------------------------


def columns_view(case: Case) -> View:
    """The columns to sort: where they are, what they mean, and some values."""
    words = _dictionary(case)
    rows = [
        (name, table, words.loc[(table, name), language()], ", ".join(_samples(case, table, name)))
        for name, table in TABLE_OF.items()
    ]
    return View(tuple(text(f"{WORDS}.head.{key}") for key in ("column", "table", "meaning", "values")), tuple(rows))


def _samples(case: Case, table: str, name: str) -> list[str]:
    values = case.table(table)[name].dropna()
    numbers = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values) and values.nunique() > 5
    shown = values.drop_duplicates().head(4) if numbers else pd.Series(sorted(values.unique())[:4])
    return [f"{value:g}" if isinstance(value, float) else str(value) for value in shown]


def _dictionary(case: Case) -> pd.DataFrame:
    return case.table("dictionary").set_index(["table", "column"])


def true_scales(case: Case) -> dict[str, str]:
    """Scale of each column, as the dictionary has it."""
    words = _dictionary(case)
    return {name: SCALE_OF[words.loc[(table, name), "scale"]].key for name, table in TABLE_OF.items()}


def judge_scales(answer: dict, case: Case) -> Judgement:
    """Nominal, ordinal or interval: at least 22 of 24, and the kind of mistake made most."""
    truth = true_scales(case)
    if set(answer) != set(truth):
        odd = sorted(set(answer) ^ set(truth))[0]
        return Judgement("columns", hint=1, values={"column": odd})
    wrong = [name for name in truth if answer[name] != truth[name]]
    share = (len(truth) - len(wrong)) / len(truth)
    if len(truth) - len(wrong) >= ENOUGH:
        return RIGHT
    kinds = {name: _kind(answer[name], truth[name]) for name in wrong}
    worst = max(sorted(set(kinds.values())), key=list(kinds.values()).count)
    return Judgement(
        worst, share=0.8 * share, hint=2, values={"column": next(name for name in wrong if kinds[name] == worst)}
    )


def _kind(said: str, true: str) -> str:
    if true == "nominal":
        return "codes_as_numbers"
    if true == "ordinal":
        return "ordinal_as_interval" if said == "interval" else "order_lost"
    return "distance_lost"


# Methods --------------------------------------------------------------------------------------


def questions_view(case: Case) -> View:
    """The questions, and the columns that they are asked of."""
    return View(
        (text("workshop.column.code"), text(f"{WORDS}.head.question")),
        tuple((code, text(f"{WORDS}.question.{code}")) for code in QUESTIONS),
    )


def methods_offered(case: Case) -> Options:
    """The methods that may be named, and the code for a question that no method answers."""
    methods = known_methods()
    named = {key: {lang: methods[key].words("name", lang) for lang in LANGUAGES} for key in sorted(OFFERED)}
    return named | {REFUSED: {lang: text(f"{WORDS}.refused", lang) for lang in LANGUAGES}}


def fitting_methods(case: Case) -> dict[str, set[str]]:
    """Question -> offered methods that the ladder has for its columns."""
    from ccsat.catalogue.choose import choose

    rows, methods = rated(case), known_methods()
    found = {}
    for code, asked in QUESTIONS.items():
        fits = [] if asked is None else choose(rows, asked[0], asked[1], want=asked[2])["key"]
        found[code] = {
            key
            for key in fits
            if key in OFFERED and methods[key].mode == asked[2] and methods[key].outcome == _scale(asked[0], case)
        } or {REFUSED}
    return found


def judge_methods(answer: dict, case: Case) -> Judgement:
    """Which method may be used for each question?"""
    if set(answer) != set(QUESTIONS):
        return Judgement("form", hint=1)
    truth = fitting_methods(case)
    wrong = [code for code in QUESTIONS if answer[code] not in truth[code]]
    if not wrong:
        return RIGHT
    share = 0.9 * (len(QUESTIONS) - len(wrong)) / len(QUESTIONS)
    keys = {code: _why(answer[code], QUESTIONS[code], case) for code in wrong}
    worst = min(keys.values(), key=METHOD_MISTAKES.index)
    return Judgement(
        worst, share=share, hint=2, values={"question": next(code for code in wrong if keys[code] == worst)}
    )


METHOD_MISTAKES = ("mean_of_codes", "ordinal_as_interval", "cut_after_looking", "refuses", "other_mode", "other_shape")


def _why(said: str, asked: tuple[str, str, str] | None, case: Case) -> str:
    if asked is None:
        return "mean_of_codes"
    if said == REFUSED:
        return "refuses"
    method, scale = known_methods()[said], _scale(asked[0], case)
    if method.mode != asked[2]:
        return "other_mode"
    if method.outcome > scale:
        return "mean_of_codes" if scale == Scale.NOMINAL else "ordinal_as_interval"
    return "cut_after_looking" if scale == Scale.ORDINAL > method.outcome else "other_shape"


def _scale(column: str, case: Case) -> Scale:
    from ccsat.scales import scale_of

    return scale_of(rated(case)[column])


# The report -----------------------------------------------------------------------------------

MISTAKES = ("unrated_as_satisfied", "mean_of_means", "not_complement", "score_of_levels", "wrong_denominator")
# Line of the report -> the mistake in it, None where it is counted as it says and may be.
LINES: Mapping[str, str | None] = {
    "all_satisfied": "unrated_as_satisfied", "bad_reviews": None, "participation": None, "phone": None, "score": None,
    "tagged": None, "waiting": "mean_of_means",
}  # fmt: skip
TEMPTING = {"score": "declared", "bad_reviews": "complement"}


def report_lines(case: Case) -> Options:
    """The monthly report to be examined: each line with its number and how it was counted."""
    numbers = _numbers(case)
    return {
        code: {lang: text(f"{WORDS}.line.{line}", lang, **numbers) for lang in LANGUAGES}
        for code, line in dealt(case, "l", LINES).items()
    }


def _numbers(case: Case) -> dict[str, str]:
    surveys, contacts = case.table("surveys"), case.table("contacts")
    rating = surveys["rating"]
    has = rating.notna()
    channel = surveys["contact_id"].map(contacts.set_index("contact_id")["channel"])
    wait = contacts.groupby("agent_id")["queue_wait_s"].mean().mean()
    return {
        "all_satisfied": percent(1 - float((rating <= 3).sum()) / len(surveys)),
        "bad_reviews": percent(float((rating[has] <= 2).mean())),
        "participation": percent(float(has.sum()) / float(surveys["delivered_at"].notna().sum())),
        "phone": percent(float((rating[has & (channel == "phone")] >= 4).mean())),
        "score": f"{float(((rating[has].astype(float) - 1) * 25).mean()):.1f}",
        "tagged": percent(float(contacts["resolved_tag"].astype(float).mean())),
        "waiting": f"{float(wait):.1f}",
        "agents": count(contacts["agent_id"].nunique()),
    }


def report_view(case: Case) -> View:
    """The report, line by line."""
    rows = tuple((code, words[language()]) for code, words in report_lines(case).items())
    return View((text("workshop.column.code"), text(f"{WORDS}.head.line")), rows)


def line_codes(case: Case) -> dict[str, str]:
    """Line -> its code in the report."""
    return {line: code for code, line in dealt(case, "l", LINES).items()}


def judge_mistakes(answer: dict, case: Case) -> Judgement:
    """Which lines are counted wrongly, and how?"""
    codes = line_codes(case)
    lines = {code: line for line, code in codes.items()}
    if strange := [code for code in answer if code not in lines]:
        return Judgement("unknown_code", values={"code": strange[0], "known": ", ".join(sorted(lines))})
    truth = {codes[line]: mistake for line, mistake in LINES.items() if mistake}
    share = sum(answer.get(code) == mistake for code, mistake in truth.items()) / len(truth)
    if accused := [code for code in answer if code not in truth]:
        return Judgement(
            TEMPTING.get(lines[accused[0]], "accuses_right"), share=0.5 * share, hint=2, values={"line": accused[0]}
        )
    if other := [code for code in answer if answer[code] != truth[code]]:
        return Judgement("other_mistake", share=share, hint=2, values={"line": other[0]})
    return RIGHT if len(answer) == len(truth) else Judgement("one_left", share=share, hint=1)


EXERCISE = Exercise(
    world="S01",
    items={
        "scale_of": Item(40, dict, '{"channel": "nominal", "talk_s": "interval"}', judge_scales,
                         ("columns", "codes_as_numbers", "ordinal_as_interval", "order_lost", "distance_lost"),
                         options=from_wording(f"{WORDS}.scale", SCALES), named=lambda answer: list(answer.values())),
        "allowed": Item(30, dict, '{"q1": "welch_t", "q2": "none"}', judge_methods, ("form", *METHOD_MISTAKES),
                        options=methods_offered, named=lambda answer: list(answer.values())),
        "mistakes": Item(30, dict, '{"l1": "mean_of_means"}', judge_mistakes,
                         ("accuses_right", "declared", "complement", "other_mistake", "one_left"),
                         options=from_wording(f"{WORDS}.mistake", MISTAKES), named=lambda answer: list(answer.values())),
    },
    materials={"columns": columns_view, "questions": questions_view, "report": report_view},
)  # fmt: skip
