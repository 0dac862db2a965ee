"""The text bot: the funnel of each intent, answers that are said again or disliked, intents taken for each other, and when a human is offered."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ccsat.centre import Centre
from ccsat.errors import DataError
from ccsat.estimates import wilson
from ccsat.kpis import intelligent_rows as rows_of
from ccsat.results import Result, result_class
from ccsat.touchpoints.compared import add_up, in_words, side_by_side, spans
from ccsat.touchpoints.funnel import Funnel, make_funnel
from ccsat.touchpoints.ivr import need_table
from ccsat.wording import count, percent, points, text

STEPS = ("sessions", "recognised", "answered", "not_back")
MOST_FALLBACKS = 3  # sessions with so many or more are one row


@result_class
class IntentFunnel(Result):
    """How far each intent gets: `intent, n, recognised, answered, not_back` (sessions)`, share_recognised, share_answered, share_not_back` (of the step
    before)`, solved, lower, upper, n` (of all: not handed off and not back)`, value_baseline, n_baseline, change, change_lower, change_upper,
    said_solved, n_said` (of those asked whether it was solved).

    Attributes:
        whole: The funnel over all intents.
    """

    whole: Funnel
    period: str

    def sentence(self) -> str:
        row = self.table.sort_values("value").iloc[0]
        return text("textbot.funnel", period=self.period, n=count(self.table["n"].sum()), intent=row["intent"], value=percent(row["value"]),
                    lower=percent(row["lower"]), upper=percent(row["upper"]), n_intent=count(row["n"]))  # fmt: skip


@result_class
class AnswerTable(Result):
    """Answers by intent: `intent, rephrased, rephrased_lower, rephrased_upper, n, rephrased_change, down, down_lower, down_upper, n_rated, down_change,
    latency_ms`: sessions in which the customer had to say it again, thumbs down among the rated, mean latency."""

    period: str

    def sentence(self) -> str:
        row = self.table.sort_values("rephrased").iloc[-1]
        return text("textbot.script", period=self.period, intent=row["intent"], value=percent(row["rephrased"]), lower=percent(row["rephrased_lower"]),
                    upper=percent(row["rephrased_upper"]), n=count(row["n"]), down=percent(row["down"]), n_rated=count(row["n_rated"]))  # fmt: skip


@result_class
class Confusion(Result):
    """Labelled sessions: `intent, recall, recall_lower, recall_upper, n, precision, precision_lower, precision_upper, n_taken, recall_baseline,
    n_baseline, change, change_lower, change_upper, taken_for, share_taken` (what it is mostly mistaken for, and its share of the mistakes).

    Attributes:
        accuracy: Of all labelled sessions. pairs: `intent_true, intent_pred, n, n_baseline`, mistakes only, the most frequent first.
    """

    accuracy: float
    accuracy_baseline: float
    n: int
    pairs: pd.DataFrame
    period: str

    def sentence(self) -> str:
        row = self.table.sort_values("recall").iloc[0]
        return text("textbot.confusion", period=self.period, accuracy=percent(self.accuracy), n=count(self.n), intent=row["intent"], value=percent(row["recall"]),
                    lower=percent(row["recall_lower"]), upper=percent(row["recall_upper"]), n_intent=count(row["n"]), other=row["taken_for"])  # fmt: skip


@result_class
class HandoffRule(Result):
    """Strategy: who gets a human after how many fallbacks. `fallbacks, value, lower, upper, n, value_baseline, n_baseline, change, change_lower,
    change_upper, p_value, asked, blocked`: share handed off, of these sessions; share that asked, and that asked in vain."""

    period: str

    def sentence(self) -> str:
        row = self.table.loc[self.table["change"].abs().fillna(0).idxmax()]
        return text("textbot.rule", period=self.period, fallbacks=row["fallbacks"], value=percent(row["value"]), n=count(row["n"]),
                    change=points(row["change"], "rate"), lower=points(row["change_lower"], "rate"), upper=points(row["change_upper"], "rate"))  # fmt: skip


def intent_funnel(
    centre: Centre,
    current: str | None = None,
    baseline: str | None = None,
    *,
    hours: int = 48,
    as_of: str | None = None,
) -> IntentFunnel:
    """How far does the bot get with each intent: recognised, answered without a human, and not back?

    Whether it was solved in the customer's own words is known of those who were asked only, so it stands beside the funnel, with its own n.

    Raises:
        DataError: The study has no bot sessions with these columns.

    Source:
        DOMAIN 1.4 U2.3f, 2.8.
    """
    need_table(
        centre,
        "bot_sessions",
        rows_of.SESSIONS,
        "session_id",
        "started_at",
        "intent_pred",
        "recognised",
        "handoff_done",
        "next_contact_at",
    )
    windows = spans(centre, current, baseline, as_of)
    rows = f"SELECT s.*, session_id AS row_key, COALESCE(intent_pred, '–') AS intent FROM ({rows_of.sessions(centre)}) s WHERE is_valid = 1 AND {rows_of.mature(hours)}"
    parts = ("1 = 1", "recognised = 1", "handoff_done = 0", f"NOT {rows_of.back(hours)}")
    sums = {
        step: add_up(
            centre, rows, windows, by=("intent",), level=f"CASE WHEN {' AND '.join(parts[: k + 1])} THEN 1 ELSE 0 END"
        )
        for k, step in enumerate(STEPS)
    }
    if "current" not in set(sums["sessions"]["period"]):
        raise DataError("touch_no_rows", table="bot_sessions", period=in_words(windows[-1]))
    table = side_by_side(sums["not_back"], by=("intent",))
    for step in STEPS[1:]:
        now = sums[step][sums[step]["period"] == "current"].set_index("intent")["s"]
        table[step] = table["intent"].map(now).fillna(0).astype(int)
    before = ["n", *STEPS[1:-1]]
    for step, former in zip(STEPS[1:], before, strict=True):
        table[f"share_{step}"] = table[step] / table[former].where(table[former] > 0)
    said = side_by_side(add_up(centre, rows, windows, by=("intent",), level="stated_solved"), by=("intent",))
    said = (
        said.rename(columns={"value": "said_solved", "n": "n_said"})[["intent", "said_solved", "n_said"]]
        if len(said)
        else pd.DataFrame(columns=["intent", "said_solved", "n_said"])
    )
    whole = make_funnel("textbot", list(STEPS), {label: pd.Series({step: float(sums[step].loc[sums[step]["period"] == label, "s"].sum()) for step in STEPS})
                                                for label in (window.label for window in windows)})  # fmt: skip
    return IntentFunnel(
        table=table.merge(said, on="intent", how="left").sort_values("value", ignore_index=True),
        whole=whole,
        period=in_words(windows[-1]),
    )


def answer_table(
    centre: Centre, current: str | None = None, baseline: str | None = None, *, as_of: str | None = None
) -> AnswerTable:
    """Script: after which answers do customers say it again, and which get a thumb down?

    Thumbs are those of the study's ratings, where they belong to sessions; a rating that the caliber counts as 0 is one down.
    """
    from ccsat.cells import ask
    from ccsat.question import Question

    need_table(centre, "bot_sessions", rows_of.SESSIONS, "session_id", "started_at", "intent_pred")
    need_table(centre, "bot_turns", rows_of.TURNS, "session_id", "turn_no", "speaker", "rephrase")
    windows = spans(centre, current, baseline, as_of)
    rows = f"SELECT s.*, session_id AS row_key, COALESCE(intent_pred, '–') AS intent FROM ({rows_of.sessions(centre)}) s WHERE is_valid = 1"
    said = side_by_side(add_up(centre, rows, windows, by=("intent",), level="is_rephrased"), by=("intent",))
    table = said[["intent", "value", "lower", "upper", "n", "change"]].set_axis(
        ["intent", "rephrased", "rephrased_lower", "rephrased_upper", "n", "rephrased_change"], axis=1
    )
    slow = side_by_side(add_up(centre, rows, windows, by=("intent",), level="latency_ms"), by=("intent",), unit="raw")
    table["latency_ms"] = table["intent"].map(slow.set_index("intent")["value"]) if len(slow) else np.nan
    names = ["down", "down_lower", "down_upper", "n_rated", "down_change"]
    if "session_id" in centre.columns:
        values = ask(centre, Question.of(centre.study)).caliber.levels(centre.scale)
        worth = " ".join(f"WHEN {key} THEN {int(value <= 0)}" for key, value in values.items())
        rated = f"SELECT r.*, CASE f.rating {worth} END AS is_down FROM ({rows}) r JOIN ({centre.facts}) f ON f.session_id = r.session_id"
        down = side_by_side(add_up(centre, rated, windows, by=("intent",), level="is_down"), by=("intent",))
        down = down[["intent", "value", "lower", "upper", "n", "change"]].set_axis(["intent", *names], axis=1)
        table = table.merge(down, on="intent", how="left")
    else:
        table[names] = np.nan
    return AnswerTable(
        table=table.sort_values("rephrased", ascending=False, ignore_index=True), period=in_words(windows[-1])
    )


def confusion(
    centre: Centre, current: str | None = None, baseline: str | None = None, *, as_of: str | None = None
) -> Confusion:
    """Which intents are taken for which others, in the sessions that a person labelled?

    Raises:
        DataError: No labelled session in the period.
    """
    need_table(centre, "bot_sessions", rows_of.SESSIONS, "session_id", "started_at", "intent_true", "intent_pred")
    windows = spans(centre, current, baseline, as_of)
    rows = f"SELECT s.intent_true, COALESCE(s.intent_pred, '–') AS intent_pred, s.started_at AS \"at\" FROM ({rows_of.source(centre, 'bot_sessions', rows_of.SESSIONS)}) s WHERE s.intent_true IS NOT NULL"
    counts = centre.engine.crosstab(rows, ["intent_true", "intent_pred"], windows=windows)
    now, then = (counts[counts["period"] == label] for label in ("current", "baseline"))
    if now.empty:
        raise DataError("touch_no_rows", table="bot_sessions.intent_true", period=in_words(windows[-1]))
    right = counts["intent_true"] == counts["intent_pred"]
    long = (
        counts.assign(s=counts["n"] * right)
        .groupby(["period", "intent_true"])[["n", "s"]]
        .sum()
        .astype(float)
        .reset_index()
    )
    sums = long.assign(clusters=long["n"], nn=long["n"], ns=long["s"], ss=long["s"], q=long["s"])
    table = side_by_side(sums, by=("intent_true",)).rename(
        columns={
            "intent_true": "intent",
            "value": "recall",
            "lower": "recall_lower",
            "upper": "recall_upper",
            "value_baseline": "recall_baseline",
        }
    )
    taken = now.assign(s=now["n"] * (now["intent_true"] == now["intent_pred"])).groupby("intent_pred")[["n", "s"]].sum()
    table["n_taken"] = table["intent"].map(taken["n"]).fillna(0).astype(int)
    hits = table["intent"].map(taken["s"]).fillna(0)
    with np.errstate(invalid="ignore"):
        table["precision"] = hits / table["n_taken"].where(table["n_taken"] > 0)
    table["precision_lower"], table["precision_upper"] = wilson(hits, table["n_taken"])
    wrong = now[now["intent_true"] != now["intent_pred"]].sort_values("n", ascending=False)
    first = wrong.drop_duplicates("intent_true").set_index("intent_true")
    table["taken_for"] = table["intent"].map(first["intent_pred"]).fillna("–")
    table["share_taken"] = table["intent"].map(first["n"] / wrong.groupby("intent_true")["n"].sum())
    pairs = (
        wrong.drop(columns="period")
        .merge(
            then.drop(columns="period").rename(columns={"n": "n_baseline"}),
            on=["intent_true", "intent_pred"],
            how="left",
        )
        .fillna({"n_baseline": 0})
        .astype({"n_baseline": int})
    )
    share = {
        label: float(one.loc[one["intent_true"] == one["intent_pred"], "n"].sum() / one["n"].sum())
        if len(one)
        else float("nan")
        for label, one in (("now", now), ("then", then))
    }
    columns = ["intent", "recall", "recall_lower", "recall_upper", "n", "precision", "precision_lower", "precision_upper", "n_taken", "recall_baseline",
               "n_baseline", "change", "change_lower", "change_upper", "taken_for", "share_taken"]  # fmt: skip
    return Confusion(table=table.sort_values("recall", ignore_index=True)[columns], accuracy=share["now"], accuracy_baseline=share["then"], n=int(now["n"].sum()),
                     pairs=pairs.reset_index(drop=True), period=in_words(windows[-1]))  # fmt: skip


def handoff_rule(
    centre: Centre, current: str | None = None, baseline: str | None = None, *, as_of: str | None = None
) -> HandoffRule:
    """Strategy: after how many fallbacks is a human offered, and who asks in vain?"""
    need_table(centre, "bot_sessions", rows_of.SESSIONS, "session_id", "started_at", "fallback_n", "handoff_done")
    windows = spans(centre, current, baseline, as_of)
    label = f"CASE WHEN fallback_n >= {MOST_FALLBACKS} THEN '{MOST_FALLBACKS}+' ELSE CAST(CAST(fallback_n AS INTEGER) AS VARCHAR) END"
    rows = f"SELECT s.*, session_id AS row_key, {label} AS fallbacks FROM ({rows_of.sessions(centre)}) s WHERE is_valid = 1 AND fallback_n IS NOT NULL"
    table = side_by_side(add_up(centre, rows, windows, by=("fallbacks",), level="handoff_done"), by=("fallbacks",))
    for name, sql in (
        ("asked", "handoff_requested"),
        (
            "blocked",
            "CASE WHEN handoff_requested = 1 AND handoff_done = 0 THEN 1 WHEN handoff_requested IS NOT NULL THEN 0 END",
        ),
    ):
        made = side_by_side(add_up(centre, rows, windows, by=("fallbacks",), level=sql), by=("fallbacks",))
        table[name] = table["fallbacks"].map(made.set_index("fallbacks")["value"]) if len(made) else np.nan
    return HandoffRule(table=table.sort_values("fallbacks", ignore_index=True), period=in_words(windows[-1]))
