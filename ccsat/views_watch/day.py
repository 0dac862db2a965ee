"""A day's bad reviews in tables and sentences (R01)."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ccsat.results import Ledger, Result
from ccsat.routine import Daily
from ccsat.views import Fold, View, sentences, show_reasons, stack
from ccsat.views.view import full_stop, table
from ccsat.views_watch.alerts import cell_name, counted, ordered
from ccsat.wording import count, interval, kpi_value, language, percent, points, text

MOST_NAMED = 3


def show_day(daily: Daily) -> View:
    """Five questions about the day, each with its answer in a line."""
    said = (
        ("day", _day(daily)),
        ("alerts", _alerts(daily)),
        ("whose", _whose(daily)),
        ("budget", _budget(daily)),
        ("unknown", [text("caveat.daily_unchecked")]),
    )
    rows = [(text(f"daily_question.{key}"), run_on(words)) for key, words in said]
    return table(("question", "answer"), rows)


def run_on(words: Sequence[str]) -> str:
    """Sentences one after the other."""
    return ("" if language() == "zh" else " ").join(full_stop(one) for one in words)


def _day(daily: Daily) -> list[str]:
    unit, now, before, chart = (
        daily.asked.caliber.unit,
        daily.measured.headline["current"],
        daily.measured.headline["baseline"],
        daily.today,
    )
    words = [text("daily.day", day=str(daily.day), value=kpi_value(now.value, unit), interval=interval(now.lower, now.upper, unit), n=count(now.n), bad=count(now.numerator),
                  before=kpi_value(before.value, unit), n_before=count(before.n), change=points(daily.change.value, unit),
                  change_interval=interval(daily.change.lower, daily.change.upper, unit, of="points"))]  # fmt: skip
    if pd.isna(chart["lower"]) or pd.isna(chart["upper"]):
        return [*words, text("daily.no_chart")]
    inside = (
        "within"
        if chart["lower"] <= now.value <= chart["upper"]
        else "above"
        if now.value > chart["upper"]
        else "below"
    )
    return [
        *words,
        text(
            f"daily.{inside}",
            expected=kpi_value(chart["expected"], unit),
            limits=interval(max(chart["lower"], 0.0), chart["upper"], unit),
        ),
    ]


def _alerts(daily: Daily) -> list[str]:
    counts, cells, kpi = daily.counts(), count(len(daily.watched.cells)), counted(daily.watched.asked)
    if not counts["open"]:
        words = [text("daily.quiet", cells=cells, kpi=kpi)]
    else:
        first = ordered(daily.table).head(MOST_NAMED)
        named = text("joined").join(_alert(row, daily) for row in first.to_dict("records"))
        more = counts["open"] - len(first)
        words = [
            text(
                "daily.open", cells=cells, kpi=kpi, n=count(counts["open"]), episodes=daily.table["episode"].nunique()
            ),
            text("daily.first", alerts=named) + (text("daily.and_more", n=more) if more else ""),
        ]
    if daily.before is None:
        return [*words, text("daily.first_run")]
    standing = {name: counts[name] for name in ("new", "continuing", "closed")}
    return [*words, text("daily.since", day=daily.before, **standing)]


def _alert(row: dict, daily: Daily) -> str:
    unit = daily.watched.asked.caliber.unit
    return text("daily.alert", cell=cell_name(row["where"]), opened=str(row["opened"]), value=kpi_value(row["value"], unit), n=count(row["n"]),
                expected=kpi_value(row["expected"], unit), change=points(row["change"], unit), interval=interval(row["lower"], row["upper"], unit, of="points"))  # fmt: skip


def _whose(daily: Daily) -> list[str]:
    if daily.sides is None:
        return [
            text("daily.no_bad", days=daily.span, n=count(daily.split_n))
            if daily.has_reasons
            else text("daily.no_reasons")
        ]
    if not named_owners(daily.owners):
        return [text("view.no_owners")]
    unit, rows = daily.sides.unit, {row["owner"]: row for row in daily.sides.table.to_dict("records")}
    parts = [text("daily.side", side=text(f"daily_side.{side}"), points=points(row["points"], unit, sign=False), share=percent(row["share"], 0),
                  interval=f"[{points(row['lower'], unit, sign=False)}, {points(row['upper'], unit, sign=False)}]") for side, row in rows.items()]  # fmt: skip
    return [
        text(
            "daily.whose",
            days=daily.span,
            total=kpi_value(daily.sides.total, unit),
            n=count(daily.split_n),
            parts=text("joined").join(parts),
        )
    ]


def named_owners(ledger: Ledger | None) -> bool:
    """Whether the study names any owner."""
    return ledger is not None and not set(ledger.table["owner"]) <= {"mixed", "unstated"}


def _budget(daily: Daily) -> list[str]:
    spent = daily.spent
    if spent is None:
        return [text("daily.no_target")]
    b, asked, now = spent.budget, spent.measured.asked, spent.measured.headline["current"]
    words = [text("daily.budget", kpi=counted(asked), target=kpi_value(asked.target, asked.caliber.unit), month=f"{spent.first:%Y-%m}", expected=count(spent.expected_n),
                  allowed=count(b.allowed), day=str(daily.day), used=count(b.used), n=count(now.n), share=percent(b.used_share, 0))]  # fmt: skip
    words.append(text("daily.left" if b.remaining >= 0 else "daily.overspent", left=count(abs(b.remaining))))
    key = "fast" if spent.lower > 1 else "lasts" if spent.upper < 1 else "even"
    return [
        *words,
        text(f"daily.burn_{key}", burn=f"{b.burn_rate:.2f}", interval=f"[{spent.lower:.2f}, {spent.upper:.2f}]"),
    ]


def show_sides(daily: Daily) -> Fold | None:
    """The bad-review rate by owner, closed, and by the reason that customers named."""
    if daily.owners is None:
        return None
    return stack(
        show_reasons(daily.owners) if named_owners(daily.owners) else sentences([text("view.no_owners")]),
        show_reasons(daily.reasons),
    )


def show_minded(answer: Result) -> View | None:
    """What to mind."""
    words = list(dict.fromkeys(full_stop(text(key, **values)) for key, values in answer.caveats))
    return sentences(words) if words else None
