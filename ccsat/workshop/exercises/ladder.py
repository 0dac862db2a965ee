"""What the exercises on the method ladder share: rows with their scales, and the judge of one comparison."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import TypeVar

import pandas as pd

from ccsat.errors import CcsatError
from ccsat.methods.answer import Answer
from ccsat.methods.roles import Roles
from ccsat.scales import Scale, read_column, scale_of
from ccsat.wording import LANGUAGES, text
from ccsat.workshop.case import Case
from ccsat.workshop.exercises.item import Judgement, Options

_T = TypeVar("_T")
RIGHT = Judgement("right")
VERDICTS = ("different", "not_shown")


def levels(column: pd.Series, most: int = 5) -> pd.Series:
    """Answers on levels 1 to `most`, as ordered categories."""
    return pd.Series(pd.Categorical(column.round(), categories=range(1, most + 1), ordered=True), index=column.index)


@cache
def rated(case: Case) -> pd.DataFrame:
    """The case's rated contacts, as the notebook makes them: `satisfied` by the five-level caliber, `attitude` with its order."""
    surveys = case.centre.surveys
    return surveys.assign(satisfied=surveys["rating"] >= 4, attitude=levels(surveys["sub_1"]))


def weeks(at: pd.Series) -> pd.Series:
    """The week each row falls into, 1 for the first."""
    day = at.dt.normalize()
    return (day - day.min()).dt.days // 7 + 1


def known_methods() -> dict[str, object]:
    """The ladder's methods by key."""
    from ccsat.catalogue.rows import METHODS

    return {method.key: method for method in METHODS}


def method_options(mode: str, more: tuple[str, ...] = ()) -> Callable[[Case], Options]:
    """The keys of a mode's methods with their names, and further codes of `workshop.ladder`."""

    def options(case: Case) -> Options:
        named = {
            key: {lang: method.words("name", lang) for lang in LANGUAGES}
            for key, method in known_methods().items()
            if method.mode == mode
        }
        return named | {code: {lang: text(f"workshop.ladder.{code}", lang) for lang in LANGUAGES} for code in more}

    return options


def dealt(case: Case, letter: str, things: Iterable[_T]) -> dict[str, _T]:
    """Numbered codes in an order that each team's seed deals anew: a neighbour's code is another thing."""
    things = list(things)
    order = sorted(range(len(things)), key=lambda place: sha256(f"{letter}{case.seed}.{place}".encode()).digest())
    return {f"{letter}{number}": things[place] for number, place in enumerate(order, 1)}


def is_number(value: object) -> bool:
    """Whether an answer is a number that can be compared."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


@dataclass(frozen=True)
class Comparison:
    """One comparison of an exercise: which rows, what is compared, by which groups, and what holds rows together."""

    rows: Callable[[Case], pd.DataFrame]
    outcome: str
    by: str
    cluster: str = "agent_id"


FORM = {"test", "difference", "interval", "verdict"}
WRONG = ("form", "ordinal_as_interval", "codes_as_numbers", "cut_after_looking", "weaker", "other_shape", "percent", "reversed", "number",
         "no_clusters", "interval", "verdict_over", "verdict_missed")  # fmt: skip


def judge_comparison(asked: Comparison) -> Callable[[dict, Case], Judgement]:
    """A judge of `{test, difference, interval, verdict}`: the test by its scale, the numbers by that test, the verdict by its interval."""

    def judge(answer: dict, case: Case) -> Judgement:
        limits = answer.get("interval")
        if (
            set(answer) != FORM
            or not isinstance(limits, list)
            or len(limits) != 2
            or not all(map(is_number, [answer["difference"], *limits]))
        ):
            return Judgement("form", hint=1)
        if not isinstance(answer["test"], str) or answer["verdict"] not in VERDICTS:
            return Judgement("form", hint=1)
        rows = asked.rows(case)
        if said := judge_test(answer["test"], rows, asked.outcome, asked.by):
            return said
        found = answer_of(case, asked, answer["test"])
        if found is None:
            return Judgement("other_shape", hint=2)
        return judge_numbers(answer, found, answer_of(case, asked, answer["test"], alone=True))

    return judge


def judge_test(key: str, rows: pd.DataFrame, outcome: str, by: str, mode: str = "compare") -> Judgement | None:
    """Why a test does not fit these columns; None where it does."""
    from ccsat.catalogue.choose import choose

    scale, method = scale_of(read_column(rows, outcome)), known_methods().get(key)
    if method is not None and method.outcome == scale and key in set(choose(rows, outcome, by, want=mode)["key"]):
        return None
    if method is None or method.mode != mode:
        return Judgement("other_shape", hint=1)
    if method.outcome > scale:
        return Judgement("codes_as_numbers" if scale == Scale.NOMINAL else "ordinal_as_interval", hint=1)
    if method.outcome < scale:
        return Judgement("cut_after_looking" if scale == Scale.ORDINAL else "weaker", share=0.2, hint=1)
    return Judgement("other_shape", share=0.2, hint=2)


def judge_numbers(answer: Mapping, found: Answer, alone: Answer | None) -> Judgement:
    """Difference and interval against any effect size of the answer, then the verdict."""
    value, (lower, upper) = float(answer["difference"]), map(float, answer["interval"])
    shown = [effect for effect in found.effects if effect.lower is not None]
    near = [effect for effect in shown if _close(value, effect.value, effect)]
    if not near:
        if any(_close(value / 100, effect.value, effect) for effect in shown):
            return Judgement("percent", share=0.5, hint=3)
        if any(_close(2 * effect.null - value, effect.value, effect) for effect in shown):
            return Judgement("reversed", share=0.5, hint=2)
        return Judgement("number", share=0.3, hint=2)
    if not any(_close(lower, effect.lower, effect) and _close(upper, effect.upper, effect) for effect in near):
        others = [] if alone is None else [effect for effect in alone.effects if effect.lower is not None]
        if any(_close(lower, effect.lower, effect) and _close(upper, effect.upper, effect) for effect in others):
            return Judgement("no_clusters", share=0.5, hint=2)
        return Judgement("interval", share=0.5, hint=2)
    if (answer["verdict"] == "different") == found.found:
        return RIGHT
    return Judgement("verdict_missed" if found.found else "verdict_over", share=0.7, hint=3)


def _close(value: float, true: float, effect) -> bool:
    """To three decimals, or to a hundredth of the interval where the unit is large (seconds)."""
    return abs(value - true) <= max(1e-3, 0.01 * abs(effect.upper - effect.lower))


def answer_of(case: Case, asked: Comparison, key: str, *, alone: bool = False) -> Answer | None:
    """What a method says of the case's own rows, with its clusters or as if every row stood `alone`."""
    return _answer(case, asked, key, alone)


@cache
def _answer(case: Case, asked: Comparison, key: str, alone: bool) -> Answer | None:
    from ccsat.catalogue.choose import compare

    try:
        found = compare(
            asked.rows(case),
            asked.outcome,
            asked.by,
            method=key,
            roles=Roles(cluster=False if alone else asked.cluster),
        )
    except (CcsatError, TypeError):  # a method that needs more than its columns, such as a cut
        return None
    return found if found.p_value is not None and any(effect.lower is not None for effect in found.effects) else None
