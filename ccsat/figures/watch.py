"""Figures of the routine notebooks: a cell's control chart with its alerts, and an action's weeks before and after its start."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ccsat.figures.frame import BAND, NEUTRAL, TOTAL, WORSE, axis_words, move_words, new_figure, plot, scaled, shorten
from ccsat.monitor import Monitored
from ccsat.results import Result
from ccsat.tracetable import cell_words
from ccsat.wording import UNITS, count, interval, kpi_value, points, term, text

SHOWN_DAYS = 91
SHADE = "rgba(192,73,43,0.10)"
Z95 = 1.959963984540054


@plot.register
def _(answer: Monitored) -> go.Figure:
    return plot_watch(answer)


def plot_watch(answer: Monitored, where: Mapping | None = None, *, days: int = SHOWN_DAYS) -> go.Figure:
    """One cell's control chart: each day's value, the level of its weekday, 3-sigma limits, and the days on which an alert was open.

    Args:
        where: The cell; the whole where left out.
        days: The last days that are drawn.
    """
    asked, unit = answer.asked, answer.asked.caliber.unit
    place = [dict(cell) for cell in answer.cells].index(dict(where or {}))
    rows = answer.series[answer.series["cell"] == place].tail(days)
    name = cell_words(where) if where else text("monitor.whole")
    figure = new_figure(
        text("figure.watch", kpi=term(asked.caliber.kpi), cell=shorten(name, 60)), height=360, y=axis_words(unit)
    )
    judged = rows[np.isfinite(rows["lower"]) & np.isfinite(rows["upper"])]
    on = [str(day.date()) for day in judged["day"]]
    ends = (0.0, 1.0) if unit == "rate" else (-np.inf, np.inf)
    lower, upper = (scaled(judged[side].clip(*ends), unit) for side in ("lower", "upper"))
    figure.add_scatter(x=on + on[::-1], y=upper + lower[::-1], mode="lines", fill="toself", fillcolor=BAND, line={"width": 0, "shape": "linear"}, hoverinfo="skip",
                       name=text("figure.watch_limits"))  # fmt: skip
    figure.add_scatter(x=on, y=scaled(judged["expected"], unit), mode="lines", line={"color": NEUTRAL, "width": 1.5, "dash": "dash"}, hoverinfo="skip",
                       name=text("figure.watch_expected"))  # fmt: skip
    seen = rows[rows["n"] > 0]
    words = [f"{kpi_value(r.value, unit)} n={count(r.n)}" + (text("figure.watch_hover", expected=kpi_value(r.expected, unit), limits=interval(r.lower, r.upper, unit))
             if np.isfinite(r.lower) else "") for r in seen.itertuples()]  # fmt: skip
    figure.add_scatter(x=[str(day.date()) for day in seen["day"]], y=scaled(seen["value"], unit), mode="lines+markers", text=words, hovertemplate="%{x}<br>%{text}<extra></extra>",
                       line={"color": TOTAL, "width": 1}, marker={"size": 6, "color": [WORSE if one else TOTAL for one in seen["open"]]}, name=text("figure.watch_value"))  # fmt: skip
    for first, last, still in stretches(rows):
        label = text("figure.watch_open", day=f"{first:%m-%d}")
        figure.add_vrect(x0=str(first - pd.Timedelta(12, "h")), x1=str(last + pd.Timedelta(12, "h")), line_width=0, layer="below", fillcolor=SHADE,
                         annotation_text=label if still else "", annotation_position="top left")  # fmt: skip
    figure.update_xaxes(tickformat="%m-%d", hoverformat="%Y-%m-%d")
    figure.update_layout(showlegend=True, legend={"orientation": "h", "x": 0, "y": -0.16})
    return figure


def stretches(rows: pd.DataFrame) -> list[tuple[pd.Timestamp, pd.Timestamp, bool]]:
    """First and last day of each run of open days, and whether it lasts to the end."""
    flags = rows["open"].to_numpy(bool)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(int), [0]])))
    days = rows["day"].tolist()
    return [
        (days[start], days[stop - 1], stop == len(flags)) for start, stop in zip(edges[::2], edges[1::2], strict=True)
    ]


def plot_verification(answer: Result, starts_on: object) -> go.Figure:
    """A verification week by week: the action's scope less its comparison (its own level where there is none), with 95 % intervals.

    Args:
        answer: A `register.Verified`.
        starts_on: First day in force.
    """
    alone, volume = answer.design == "its", answer.metric == "volume"
    unit, rows = answer.unit, answer.table
    figure = new_figure(text("figure.verified_alone" if alone else "figure.verified_volume" if volume else "figure.verified", name=shorten(answer.id)), height=320,
                        y=text("axis.log_ratio") if volume else axis_words(unit) if alone else move_words("points", unit))  # fmt: skip
    scale = 1.0 if volume else UNITS[unit]
    half = [Z95 * one * scale for one in rows["error"]]
    shows = (
        (lambda v: f"{v:+.2f}") if volume else (lambda v: kpi_value(v, unit)) if alone else (lambda v: points(v, unit))
    )
    words = [f"{shows(r.gap)} [{shows(r.gap - Z95 * r.error)}, {shows(r.gap + Z95 * r.error)}] n={count(r.n)}" + ("" if alone else f" / {count(r.n_control)}") for r in rows.itertuples()]  # fmt: skip
    figure.add_scatter(x=[str(day) for day in rows["starts_on"]], y=[scale * gap for gap in rows["gap"]], mode="lines+markers", text=words,
                       hovertemplate="%{x}<br>%{text}<extra></extra>", line={"color": NEUTRAL, "width": 1}, marker={"size": 9, "color": [TOTAL if one else NEUTRAL for one in rows["after"]]},
                       error_y={"type": "data", "array": half, "color": NEUTRAL, "thickness": 1.5, "width": 4})  # fmt: skip
    figure.add_vline(x=str(starts_on), line_color=TOTAL, line_dash="dot")
    figure.add_annotation(
        x=str(starts_on),
        y=1,
        yref="paper",
        yanchor="bottom",
        showarrow=False,
        text=text("figure.verified_start", day=str(starts_on)),
    )
    figure.update_xaxes(tickformat="%m-%d", hoverformat="%Y-%m-%d")
    return figure
