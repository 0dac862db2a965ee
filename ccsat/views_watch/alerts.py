"""Alerts in tables and charts: those open with their standing, those that are over (R01)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd

from ccsat.cells import Asked
from ccsat.figures import plot_watch
from ccsat.routine import Daily, Since
from ccsat.routine.daily import BACK_DAYS
from ccsat.tracetable import cell_words
from ccsat.views import Fold, View, fold, sentences, stack
from ccsat.views.view import table
from ccsat.wording import count, interval, kpi_value, points, term, text

MOST_ALERTS = 8
MOST_RECENT = 20
ORDER = {Since.NEW: 0, Since.RECURRED: 1, Since.CONTINUING: 2}


def ordered(alerts: pd.DataFrame) -> pd.DataFrame:
    """Alerts as they are shown: the whole, then new ones first, each by what the whole loses through them."""
    place = alerts["status"].map(ORDER).where(alerts["where"].map(bool), -1)
    return (
        alerts.assign(place=place, away=-alerts["points"].abs())
        .sort_values(["place", "away"], kind="stable")
        .drop(columns=["place", "away"])
    )


def counted(asked: Asked) -> str:
    """A KPI with the way it is counted."""
    return text("daily.kpi", kpi=term(asked.caliber.kpi), caliber=text(f"caliber.{asked.caliber.key}"))


def show_alerts(daily: Daily) -> Fold | View:
    """The open alerts with their standing; the rest folded; what is over since the run before."""
    if daily.table.empty:
        return stack(
            sentences(
                [
                    text("daily.quiet", cells=count(len(daily.watched.cells)), kpi=counted(daily.watched.asked))
                    + text("stop")
                ]
            ),
            show_closed(daily),
        )
    rows = ordered(daily.table)
    more = (
        fold("more_alerts", _alert_table(rows.iloc[MOST_ALERTS:], daily), n=len(rows) - MOST_ALERTS)
        if len(rows) > MOST_ALERTS
        else None
    )
    return stack(
        _alert_table(rows.head(MOST_ALERTS), daily),
        sentences([text("caveat.daily_overlap")]),
        show_closed(daily),
        *((more,) if more else ()),
    )


def _alert_table(rows: pd.DataFrame, daily: Daily) -> View:
    unit = daily.watched.asked.caliber.unit
    cells = [(text(f"finding_status.{r['status']}"), cell_name(r["where"]), _short(r["opened"]), text(f"daily_rule.{r['rule']}"), count(r["n"]), kpi_value(r["value"], unit),
              kpi_value(r["expected"], unit), points(r["change"], unit), interval(r["lower"], r["upper"], unit, of="points"), points(r["points"], unit))
             for r in rows.to_dict("records")]  # fmt: skip
    keys = (
        "alert_standing",
        "cell",
        "opened",
        "rule",
        "n",
        "since_opened",
        "reference_level",
        "differs",
        "interval_80",
        "points_whole",
    )
    return table(keys, cells, keys[4:])


def show_closed(daily: Daily) -> View | None:
    """Alerts of the run before that are over."""
    if not daily.closed:
        return None
    words = [
        text(
            "daily.closed" if one["closed"] else "daily.closed_unknown",
            cell=cell_name(one["where"]),
            opened=one["opened"],
            closed=one["closed"] or "",
        )
        for one in daily.closed
    ]
    return sentences(words, title=text("daily.closed_title", day=daily.before or ""))


def show_recent(daily: Daily) -> View | None:
    """Alerts of the last four weeks that recovered, the latest first."""
    over = daily.watched.table[daily.watched.table["state"] != "open"]
    recent = over["closed"].map(lambda day: (daily.watched.last - day).days <= BACK_DAYS).astype(bool)
    over = over[recent & (over["n"] >= daily.least)]
    if over.empty:
        return None
    unit, rows = (
        daily.watched.asked.caliber.unit,
        over.sort_values(["closed", "points"], ascending=False, kind="stable").head(MOST_RECENT).to_dict("records"),
    )
    cells = [(cell_name(r["where"]), _short(r["opened"]), _short(r["closed"]), text(f"daily_rule.{r['rule']}"), count(r["n"]), kpi_value(r["value"], unit), kpi_value(r["expected"], unit),
              points(r["change"], unit), interval(r["lower"], r["upper"], unit, of="points")) for r in rows]  # fmt: skip
    keys = ("cell", "opened", "ended", "rule", "n", "while_open", "reference_level", "differs", "interval_80")
    return table(keys, cells, keys[4:])


def _short(day: date) -> str:
    """A day as the charts write it: one that a narrow column does not break."""
    return f"{day:%m-%d}"


def cell_name(where: Mapping) -> str:
    """A cell in words; the whole by its name."""
    return cell_words(where) if where else text("monitor.whole")


def show_charts(daily: Daily, *, most: int = 3) -> Fold | None:
    """The control charts of the open alerts, those first that the table names first."""
    places = [where for where in ordered(daily.table)["where"] if where][:most] if len(daily.table) else []
    return fold("watch_charts", *(plot_watch(daily.watched, where) for where in places)) if places else None
