"""Figures of first-contact resolution: windows with their intervals, the Pareto of losses, estimators side by side."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from ccsat.figures.frame import NEUTRAL, TOTAL, WORSE, axis_words, new_figure, scaled, shorten
from ccsat.findings import clean
from ccsat.results import Result
from ccsat.wording import count, interval, kpi_value, text

COLOURS = {"mature": TOTAL, "km": "#2a7f62", "naive": "#b58a1b", "mixed": WORSE, "final": NEUTRAL}
MOST_TOPICS = 14


def plot_fcr(answer: Result) -> go.Figure:
    """Each window's rate with its interval, of a `Resolved`."""
    rows = answer.table.iloc[::-1]
    estimate = text(f"fcr_estimate.{rows['estimate'].iloc[0]}")
    figure = new_figure(text("figure.fcr", estimate=estimate), height=130 + 46 * len(rows), x=axis_words("rate"))
    words = [
        f"{kpi_value(r.value, 'rate')} {interval(r.lower, r.upper, 'rate')} n={count(r.n)}" for r in rows.itertuples()
    ]
    figure.add_scatter(x=scaled(rows["value"], "rate"), y=rows["caliber"].tolist(), mode="markers", text=words, hovertemplate="%{y}<br>%{text}<extra></extra>",
                       marker={"size": 10, "color": TOTAL}, error_x=_error(rows))  # fmt: skip
    figure.update_yaxes(type="category")
    return figure


def plot_losses(answer: Result) -> go.Figure:
    """Lost resolutions of each topic, most first, and how many of them the better teams avoid, of a `LostResolutions`."""
    rows = answer.table.head(MOST_TOPICS).iloc[::-1]
    figure = new_figure(
        text("figure.fcr_losses", caliber=answer.caliber), height=120 + 30 * max(len(rows), 2), x=text("axis.fcr_lost")
    )
    names = [shorten(str(topic)) for topic in rows["topic"]]
    words = [
        f"{count(r.lost)} / {count(r.n)}; {kpi_value(r.value, 'rate')} {interval(r.lower, r.upper, 'rate')}"
        for r in rows.itertuples()
    ]
    for values, colour, key in (
        (rows["avoidable"], WORSE, "fcr_avoidable"),
        (rows["lost"] - rows["avoidable"], NEUTRAL, "fcr_rest"),
    ):
        figure.add_bar(x=clean(values.tolist()), y=names, orientation="h", marker_color=colour, name=text(f"figure.{key}"), text=None, customdata=words,
                       hovertemplate="%{y}<br>%{customdata}<extra></extra>")  # fmt: skip
    figure.update_layout(barmode="stack", showlegend=True, legend={"orientation": "h", "x": 0, "y": -0.2})
    return figure


def plot_estimates(rows: pd.DataFrame, caliber: str) -> go.Figure:
    """Estimators side by side over periods: `period, estimate, value, lower, upper, n`; `estimate` is a key of the wording's `fcr_estimate`."""
    figure = new_figure(text("figure.fcr_days", caliber=caliber), height=380, y=axis_words("rate"))
    for estimate, part in rows.groupby("estimate", sort=False):
        words = [
            f"{kpi_value(r.value, 'rate')} {interval(r.lower, r.upper, 'rate')} n={count(r.n)}"
            for r in part.itertuples()
        ]
        figure.add_scatter(x=part["period"].astype(str).tolist(), y=scaled(part["value"], "rate"), mode="lines+markers", text=words, name=text(f"fcr_estimate.{estimate}"),
                           hovertemplate="%{x}<br>%{text}<extra></extra>", line={"color": COLOURS.get(str(estimate), NEUTRAL), "width": 2}, error_y=_error(part))  # fmt: skip
    figure.update_xaxes(type="category")
    figure.update_layout(showlegend=True, legend={"orientation": "h", "x": 0, "y": -0.16})
    return figure


def _error(rows: pd.DataFrame) -> dict:
    up, down = scaled(rows["upper"] - rows["value"], "rate"), scaled(rows["value"] - rows["lower"], "rate")
    return {"type": "data", "symmetric": False, "array": up, "arrayminus": down, "thickness": 1.2, "width": 4}
