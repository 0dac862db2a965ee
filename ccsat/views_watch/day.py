"""A day's bad reviews in tables and sentences (R01)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd

from ccsat.cells import Asked
from ccsat.figures import plot_watch
from ccsat.results import Ledger, Result
from ccsat.routine import Daily, Since
from ccsat.routine.daily import BACK_DAYS
from ccsat.tracetable import cell_words
from ccsat.views import Fold, View, fold, sentences, show_reasons, stack
from ccsat.views.view import full_stop, table
from ccsat.wording import count, interval, kpi_value, percent, points, term, text

MOST_ALERTS = 8
MOST_NAMED = 3
MOST_RECENT = 20
ORDER = {Since.NEW: 0, Since.RECURRED: 1, Since.CONTINUING: 2}


def show_day(daily: Daily) -> View:
    """Five questions about the day, each with its answer in a line."""
    said = (("day", _day(daily)), ("alerts", _alerts(daily)), ("whose", _whose(daily)), ("budget", _budget(daily)), ("unknown", [text("caveat.daily_unchecked")]))
    rows = [(text(f"daily_question.{key}"), run_on(words)) for key, words in said]
    return table(("question", "answer"), rows)


def run_on(words: Sequence[str]) -> str:
    """Sentences one after the other."""
    return text("daily.space").join(full_stop(one) for one in words)


def _day(daily: Daily) -> list[str]:
    unit, now, before, chart = daily.asked.caliber.unit, daily.measured.headline["current"], daily.measured.headline["baseline"], daily.today
    words = [text("daily.day", day=str(daily.day), value=kpi_value(now.value, unit), interval=interval(now.lower, now.upper, unit), n=count(now.n), bad=count(now.numerator),
                  before=kpi_value(before.value, unit), n_before=count(before.n), change=points(daily.change.value, unit),
                  change_interval=interval(daily.change.lower, daily.change.upper, unit, of="points"))]  # fmt: skip
    if pd.isna(chart["lower"]) or pd.isna(chart["upper"]):
        return [*words, text("daily.no_chart")]
    inside = "within" if chart["lower"] <= now.value <= chart["upper"] else "above" if now.value > chart["upper"] else "below"
    return [*words, text(f"daily.{inside}", expected=kpi_value(chart["expected"], unit), limits=interval(max(chart["lower"], 0.0), chart["upper"], unit))]


def _alerts(daily: Daily) -> list[str]:
    counts, cells, kpi = daily.counts(), count(len(daily.watched.cells)), counted(daily.watched.asked)
    if not counts["open"]:
        words = [text("daily.quiet", cells=cells, kpi=kpi)]
    else:
        first = ordered(daily.table).head(MOST_NAMED)
        named = text("joined").join(_alert(row, daily) for row in first.to_dict("records"))
        words = [text("daily.open", cells=cells, kpi=kpi, n=count(counts["open"])), named + (text("daily.and_more", n=counts["open"] - len(first)) if counts["open"] > len(first) else "")]  # fmt: skip
    if daily.before is None:
        return [*words, text("daily.first_run")]
    return [*words, text("daily.since", day=daily.before, new=counts["new"], continuing=counts["continuing"], closed=counts["closed"])]


def _alert(row: dict, daily: Daily) -> str:
    unit = daily.watched.asked.caliber.unit
    return text("daily.alert", cell=_cell(row["where"]), opened=str(row["opened"]), value=kpi_value(row["value"], unit), n=count(row["n"]),
                expected=kpi_value(row["expected"], unit), change=points(row["change"], unit), interval=interval(row["lower"], row["upper"], unit, of="points"))  # fmt: skip


def counted(asked: Asked) -> str:
    """A KPI with the way it is counted."""
    return text("daily.kpi", kpi=term(asked.caliber.kpi), caliber=text(f"caliber.{asked.caliber.key}"))


def ordered(alerts: pd.DataFrame) -> pd.DataFrame:
    """Alerts as they are shown: the whole, then new ones first, each by what the whole loses through them."""
    place = alerts["status"].map(ORDER).where(alerts["where"].map(bool), -1)
    return alerts.assign(place=place, away=-alerts["points"].abs()).sort_values(["place", "away"], kind="stable").drop(columns=["place", "away"])


def _whose(daily: Daily) -> list[str]:
    if daily.sides is None:
        return [text("daily.no_bad", days=daily.span, n=count(daily.split_n)) if daily.has_reasons else text("daily.no_reasons")]
    if not named_owners(daily.owners):
        return [text("view.no_owners")]
    unit, rows = daily.sides.unit, {row["owner"]: row for row in daily.sides.table.to_dict("records")}
    parts = [text("daily.side", side=text(f"daily_side.{side}"), points=points(row["points"], unit, sign=False), share=percent(row["share"], 0),
                  interval=f"[{points(row['lower'], unit, sign=False)}, {points(row['upper'], unit, sign=False)}]") for side, row in rows.items()]  # fmt: skip
    return [text("daily.whose", days=daily.span, total=kpi_value(daily.sides.total, unit), n=count(daily.split_n), parts=text("joined").join(parts))]


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
    return [*words, text(f"daily.burn_{key}", burn=f"{b.burn_rate:.2f}", interval=f"[{spent.lower:.2f}, {spent.upper:.2f}]")]


def show_alerts(daily: Daily) -> Fold | View:
    """The open alerts with their standing; the rest folded; what is over since the run before."""
    if daily.table.empty:
        return stack(sentences([text("daily.quiet", cells=count(len(daily.watched.cells)), kpi=counted(daily.watched.asked)) + text("stop")]), show_closed(daily))
    rows = ordered(daily.table)
    more = fold("more_alerts", _alert_table(rows.iloc[MOST_ALERTS:], daily), n=len(rows) - MOST_ALERTS) if len(rows) > MOST_ALERTS else None
    return stack(_alert_table(rows.head(MOST_ALERTS), daily), sentences([text("caveat.daily_overlap")]), show_closed(daily), *((more,) if more else ()))


def _alert_table(rows: pd.DataFrame, daily: Daily) -> View:
    unit = daily.watched.asked.caliber.unit
    cells = [(text(f"finding_status.{r['status']}"), _cell(r["where"]), _short(r["opened"]), text(f"daily_rule.{r['rule']}"), count(r["n"]), kpi_value(r["value"], unit),
              kpi_value(r["expected"], unit), points(r["change"], unit), interval(r["lower"], r["upper"], unit, of="points"), points(r["points"], unit))
             for r in rows.to_dict("records")]  # fmt: skip
    keys = ("alert_standing", "cell", "opened", "rule", "n", "since_opened", "reference_level", "differs", "interval_80", "points_whole")
    return table(keys, cells, keys[4:])


def show_closed(daily: Daily) -> View | None:
    """Alerts of the run before that are over."""
    if not daily.closed:
        return None
    words = [text("daily.closed" if one["closed"] else "daily.closed_unknown", cell=_cell(one["where"]), opened=one["opened"], closed=one["closed"] or "") for one in daily.closed]
    return sentences(words, title=text("daily.closed_title", day=daily.before or ""))


def show_recent(daily: Daily) -> View | None:
    """Alerts of the last four weeks that recovered, the latest first."""
    over = daily.watched.table[daily.watched.table["state"] != "open"]
    recent = over["closed"].map(lambda day: (daily.watched.last - day).days <= BACK_DAYS).astype(bool)
    over = over[recent & (over["n"] >= daily.least)]
    if over.empty:
        return None
    unit, rows = daily.watched.asked.caliber.unit, over.sort_values(["closed", "points"], ascending=False, kind="stable").head(MOST_RECENT).to_dict("records")
    cells = [(_cell(r["where"]), _short(r["opened"]), _short(r["closed"]), text(f"daily_rule.{r['rule']}"), count(r["n"]), kpi_value(r["value"], unit), kpi_value(r["expected"], unit),
              points(r["change"], unit), interval(r["lower"], r["upper"], unit, of="points")) for r in rows]  # fmt: skip
    keys = ("cell", "opened", "ended", "rule", "n", "while_open", "reference_level", "differs", "interval_80")
    return table(keys, cells, keys[4:])


def _short(day: date) -> str:
    """A day as the charts write it: one that a narrow column does not break."""
    return f"{day:%m-%d}"


def _cell(where: Mapping) -> str:
    return cell_words(where) if where else text("monitor.whole")


def show_sides(daily: Daily) -> Fold | None:
    """The bad-review rate by owner, closed, and by the reason that customers named."""
    if daily.owners is None:
        return None
    return stack(show_reasons(daily.owners) if named_owners(daily.owners) else sentences([text("view.no_owners")]), show_reasons(daily.reasons))


def show_minded(answer: Result) -> View | None:
    """What to mind."""
    words = list(dict.fromkeys(full_stop(text(key, **values)) for key, values in answer.caveats))
    return sentences(words) if words else None


def show_charts(daily: Daily, *, most: int = 3) -> Fold | None:
    """The control charts of the open alerts, those first that the table names first."""
    places = [where for where in ordered(daily.table)["where"] if where][:most] if len(daily.table) else []
    return fold("watch_charts", *(plot_watch(daily.watched, where) for where in places)) if places else None
