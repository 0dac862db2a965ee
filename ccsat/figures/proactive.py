"""Figures of proactive service: calibration before and after weighting, the capture curve, uplift by segment. Shares only, never a customer."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from ccsat.figures.frame import BAND, BETTER, NEUTRAL, TOTAL, WORSE, new_figure, shorten
from ccsat.results import Result
from ccsat.wording import count, has, interval, percent, points, term, text

ADVICE = {"repair": BETTER, "stop": WORSE}


def plot_calibration(answer: Result) -> go.Figure:
    """Predicted risk against the weighted share seen, by tenth of risk, before and after calibration to the silent, with 95 % intervals.

    Args:
        answer: A `proactive.Latent`.
    """
    rows = answer.bins
    most = 100 * float(max(rows["predicted"].max(), rows["upper"].max())) * 1.03
    figure = new_figure(
        text("figure.proactive_calibration", n=count(answer.n_judge)),
        height=420,
        x=text("figure.proactive_predicted"),
        y=text("figure.proactive_seen"),
    )
    figure.add_scatter(
        x=[0, most],
        y=[0, most],
        mode="lines",
        line={"color": NEUTRAL, "dash": "dash", "width": 1.5},
        hoverinfo="skip",
        name=text("figure.proactive_perfect"),
    )
    for which, colour in (("raw", WORSE), ("calibrated", BETTER)):
        mine = rows[rows["which"] == which]
        words = [
            text(
                "figure.proactive_hover",
                predicted=percent(r.predicted),
                seen=percent(r.seen),
                lower=percent(r.lower),
                upper=percent(r.upper),
                n=count(r.n),
            )
            for r in mine.itertuples()
        ]
        figure.add_scatter(x=(100 * mine["predicted"]).tolist(), y=(100 * mine["seen"]).tolist(), mode="lines+markers", text=words, hovertemplate="%{text}<extra></extra>",
                           line={"color": colour, "width": 1.5}, marker={"size": 8, "color": colour}, name=text(f"figure.proactive_{which}"),
                           error_y={"type": "data", "array": (100 * (mine["upper"] - mine["seen"])).tolist(), "arrayminus": (100 * (mine["seen"] - mine["lower"])).tolist(),
                                    "color": colour, "thickness": 1, "width": 3})  # fmt: skip
    figure.update_layout(showlegend=True, legend={"orientation": "h", "x": 0, "y": -0.2})
    return figure


def plot_capture(answer: Result, capacity: float | None = None) -> go.Figure:
    """How many of the dissatisfied are reached by contacting the highest risks first, with its 95 % band, against contacting at random.

    Args:
        answer: A `proactive.Latent`. capacity: A share to be marked.
    """
    rows = answer.curve
    figure = new_figure(
        text("figure.proactive_capture", n=count(answer.n_judge)),
        height=400,
        x=text("figure.proactive_contacted"),
        y=text("figure.proactive_captured"),
    )
    k = [0.0, *(100 * rows["k"]).tolist(), 100.0]
    ends = {side: [0.0, *(100 * rows[side]).tolist(), 100.0] for side in ("lower", "upper", "capture")}
    figure.add_scatter(
        x=k + k[::-1],
        y=ends["upper"] + ends["lower"][::-1],
        mode="lines",
        fill="toself",
        fillcolor=BAND,
        line={"width": 0},
        hoverinfo="skip",
        showlegend=False,
    )
    figure.add_scatter(
        x=[0, 100],
        y=[0, 100],
        mode="lines",
        line={"color": NEUTRAL, "dash": "dash", "width": 1.5},
        hoverinfo="skip",
        name=text("figure.proactive_random"),
    )
    words = [
        "",
        *(
            text(
                "figure.proactive_capture_hover",
                k=percent(r.k, 0),
                capture=percent(r.capture),
                lower=percent(r.lower),
                upper=percent(r.upper),
                n=count(r.n),
            )
            for r in rows.itertuples()
        ),
        "",
    ]
    figure.add_scatter(x=k, y=ends["capture"], mode="lines+markers", text=words, hovertemplate="%{text}<extra></extra>", line={"color": TOTAL, "width": 2}, marker={"size": 6, "color": TOTAL},
                       name=text("figure.proactive_by_score"))  # fmt: skip
    if capacity is not None:
        figure.add_vline(x=100 * capacity, line_color=BETTER, line_dash="dot")
        figure.add_annotation(
            x=100 * capacity, y=1, yref="paper", yanchor="bottom", showarrow=False, text=percent(capacity, 0)
        )
    figure.update_layout(showlegend=True, legend={"orientation": "h", "x": 0, "y": -0.2})
    return figure


def plot_uplift(answer: Result) -> go.Figure:
    """Held out less repaired, by segment: bars of points with 95 % intervals for all segments at once (of this row alone for the whole).

    Args:
        answer: A `proactive.Uplift`.
    """
    rows = answer.table[answer.table["uplift"].notna()].iloc[::-1]
    lower, upper = (
        np.where(rows[f"{side}_all"].notna(), rows[f"{side}_all"], rows[side]) for side in ("lower", "upper")
    )
    names = [_name(one) for one in rows["segment"]]
    words = [text("figure.proactive_uplift_hover", uplift=points(r.uplift, "rate"), interval=interval(low, high, "rate", of="points"), treat=count(r.n_treat), hold=count(r.n_hold))
             for r, low, high in zip(rows.itertuples(), lower, upper, strict=True)]  # fmt: skip
    figure = new_figure(text("figure.proactive_uplift"), height=160 + 46 * len(rows), x=text("figure.proactive_points"))
    figure.add_scatter(x=(100 * rows["uplift"]).tolist(), y=names, mode="markers", text=words, hovertemplate="%{text}<extra></extra>",
                       marker={"size": 11, "color": [ADVICE.get(one, NEUTRAL) for one in rows["advice"]]},
                       error_x={"type": "data", "array": (100 * (upper - rows["uplift"])).tolist(), "arrayminus": (100 * (rows["uplift"] - lower)).tolist(), "color": NEUTRAL,
                                "thickness": 1.5, "width": 5})  # fmt: skip
    figure.add_vline(x=0, line_color="#b6bfcb")
    return figure


def _name(segment: str) -> str:
    key = f"proactive.segment.{segment}"
    return shorten(text(key) if has(key) else term(segment))
