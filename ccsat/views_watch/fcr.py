"""A day's first-contact resolution in tables and sentences (R02)."""

from __future__ import annotations

import pandas as pd

from ccsat.figures.fcr import plot_fcr, plot_losses
from ccsat.routine.fcr_daily import FcrWatched
from ccsat.tracetable import level_words
from ccsat.views import Fold, View, sentences, stack
from ccsat.views.view import table
from ccsat.views_watch.day import _alerts, run_on
from ccsat.wording import count, interval, kpi_value, percent, points, text

NUMBERS = ("repeats_today", "hot_list", "callbacks", "rising")
MOST_TOPICS = 8


def show_fcr_day(found: FcrWatched) -> View:
    """Five questions about the day, each with its answer in a line."""
    said = (
        ("day", _day(found)),
        ("alerts", _alerts(found)),
        ("call", _call(found)),
        ("lost", _lost(found)),
        ("unknown", _unknown(found)),
    )
    return table(("question", "answer"), [(text(f"fcr_question.{key}"), run_on(words)) for key, words in said])


def _day(found: FcrWatched) -> list[str]:
    unit, now, before = "rate", found.measured.headline["current"], found.measured.headline["baseline"]
    return [found.fcr.sentence(),
            text("fcr_day.judged", day=str(found.day), caliber=found.asked.caliber.id, value=kpi_value(now.value, unit), interval=interval(now.lower, now.upper, unit), n=count(now.n),
                 before=kpi_value(before.value, unit), n_before=count(before.n), change=points(found.change.value, unit),
                 change_interval=interval(found.change.lower, found.change.upper, unit, of="points"))]  # fmt: skip


def _call(found: FcrWatched) -> list[str]:
    repeats, day = found.fcr.repeats, found.fcr
    words = [text("fcr_day.repeats", n=count(repeats["n"].sum()), hot=count(repeats["within_2h"].sum()))]
    if len(repeats):
        first = repeats.iloc[0]
        words.append(
            text(
                "fcr_day.topic",
                topic=level_words(str(first["topic"])),
                n=count(first["n"]),
                hot=count(first["within_2h"]),
            )
        )
    if day.callbacks is not None:
        words.append(text("fcr_day.callbacks", **{name: count(n) for name, n in day.callbacks.items()}))
    rising = day.topics[day.topics["rising"].astype(bool)] if len(day.topics) else day.topics
    for row in rising.head(2).itertuples():
        words.append(text("fcr_day.rising", topic=level_words(str(row.topic)), rate=percent(row.rate), n=count(row.n), before=percent(row.rate_before), n_before=count(row.n_before),
                          change=points(row.change, "rate"), interval=interval(row.lower, row.upper, "rate", of="points")))  # fmt: skip
    return words


def _lost(found: FcrWatched) -> list[str]:
    return [found.fcr.losses.sentence()] if found.fcr.losses is not None else [text("fcr_day.no_topics")]


def _unknown(found: FcrWatched) -> list[str]:
    lacking = found.fcr.table.dropna(subset=["lacking"])
    words = [
        text("fcr_day.lacking", indicator=text(f"fcr_indicator.{row.indicator}"), what=row.lacking)
        for row in lacking.itertuples()
    ]
    return [*words, text("fcr_day.provisional"), text("caveat.daily_unchecked")]


def show_indicators(found: FcrWatched) -> View:
    """The twelve indicators of the day."""
    rows = []
    for row in found.fcr.table.to_dict("records"):
        key, share = row["indicator"], row["indicator"] not in (*NUMBERS, "agreement")
        value = (
            "–"
            if pd.isna(row["value"])
            else kpi_value(row["value"], "rate")
            if share
            else count(row["value"])
            if key in NUMBERS
            else f"{row['value']:.2f}"
        )
        ends = (
            ""
            if pd.isna(row["lower"])
            else interval(row["lower"], row["upper"], "rate")
            if share
            else f"[{row['lower']:.2f}, {row['upper']:.2f}]"
        )
        rows.append((text(f"fcr_indicator.{key}"), value, ends, "" if pd.isna(row["n"]) else count(row["n"])))
    return table(("fcr_indicator", "value", "interval", "n"), rows, ("value", "interval", "n"))


def show_repeats(found: FcrWatched) -> View | None:
    """The day's repeats by topic, with what to do about those within two hours."""
    repeats = found.fcr.repeats.head(MOST_TOPICS)
    if repeats.empty:
        return None
    hot = found.fcr.hot
    advice = hot.groupby("topic")["suggestion"].first() if len(hot) else pd.Series(dtype=str)
    rows = [
        (
            level_words(str(r.topic)),
            count(r.n),
            count(r.within_2h),
            text(f"fcr_suggestion.{advice[r.topic]}") if r.topic in advice.index else "",
        )
        for r in repeats.itertuples()
    ]
    return table(
        ("fcr_topic", "fcr_repeats", "fcr_within_2h", "fcr_suggestion"), rows, ("fcr_repeats", "fcr_within_2h")
    )


def show_fcr_figures(found: FcrWatched) -> Fold | None:
    """The provisional rates, and the Pareto of losses."""
    return stack(
        plot_fcr(found.fcr.provisional), plot_losses(found.fcr.losses) if found.fcr.losses is not None else None
    )


def show_fcr_agreement(found: FcrWatched) -> View | None:
    """Behaviour against the customers' own answers."""
    return (
        None if found.fcr.agreed is None else sentences([found.fcr.agreed.sentence(), text("caveat.fcr_two_measures")])
    )
