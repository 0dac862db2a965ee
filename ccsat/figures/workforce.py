"""Figures of staffing: queues by agents, pooling, a week's needs against its schedule, calibers side by side, what-if, indicators in families."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from ccsat.figures.frame import BAND, BETTER, NEUTRAL, TOTAL, WORSE, new_figure, plot
from ccsat.wording import count, number, percent, text
from ccsat.workforce import Pooling, Pruned, Queue, ScheduleFit, ServiceLevel, WeekPlan, WhatIf

Z95 = 1.959963984540054


@plot.register
def plot_queue(answer: Queue, *, level: float = 0.8) -> go.Figure:
    """Service level and wait over the number of agents; where staff do not exceed the load there is no point."""
    rows = answer.table.sort_values("staff")
    figure = new_figure(text("figure.queue", calls=number(rows["calls_per_hour"].iloc[0], 0), aht=number(rows["aht_s"].iloc[0], 0)), height=380,
                        x=text("axis.staff"), y=text("axis.service_level"))  # fmt: skip
    said = [
        text(
            "figure.queue_hover",
            staff=count(r.staff),
            level=percent(r.service_level),
            asa=number(r.asa_s, 1),
            occupancy=percent(r.occupancy),
        )
        for r in rows.itertuples()
    ]
    figure.add_scatter(x=rows["staff"], y=100 * rows["service_level"], mode="lines+markers", text=said, hovertemplate="%{text}<extra></extra>",
                       line={"color": TOTAL}, marker={"size": 7, "color": [BETTER if one >= level else WORSE for one in rows["service_level"]]}, name=text("axis.service_level"))  # fmt: skip
    figure.add_scatter(
        x=rows["staff"],
        y=rows["asa_s"],
        mode="lines",
        line={"color": NEUTRAL, "dash": "dash"},
        yaxis="y2",
        hoverinfo="skip",
        name=text("axis.asa"),
    )
    figure.add_hline(y=100 * level, line={"color": NEUTRAL, "width": 1, "dash": "dot"})
    figure.update_layout(showlegend=True, legend={"orientation": "h", "x": 0, "y": -0.2},
                         yaxis2={"overlaying": "y", "side": "right", "title": text("axis.asa"), "showgrid": False, "rangemode": "tozero"})  # fmt: skip
    return figure


@plot.register
def plot_pooling(answer: Pooling) -> go.Figure:
    """Agents for each hundred calls by the size of the line."""
    rows = answer.table
    figure = new_figure(text("figure.pooling", level=percent(answer.level, 0), within=number(rows["within_s"].iloc[0], 0)), height=360, x=text("axis.calls_hour"), y=text("axis.staff_100"))  # fmt: skip
    said = [
        text(
            "figure.pooling_hover",
            calls=number(r.calls_per_hour, 0),
            staff=count(r.staff),
            occupancy=percent(r.occupancy),
            saved=count(r.saved),
        )
        for r in rows.itertuples()
    ]
    figure.add_scatter(x=rows["calls_per_hour"], y=rows["staff_per_100_calls"], mode="lines+markers", text=said, hovertemplate="%{text}<extra></extra>",
                       line={"color": TOTAL}, marker={"size": 8})  # fmt: skip
    figure.update_xaxes(
        type="log", tickvals=rows["calls_per_hour"], ticktext=[number(one, 0) for one in rows["calls_per_hour"]]
    )
    return figure


@plot.register
def plot_service_levels(answer: ServiceLevel) -> go.Figure:
    """The same calls under each caliber, with intervals."""
    rows = answer.table.sort_values("value")
    figure = new_figure(
        text("figure.service_levels", n=count(rows["n"].max())),
        height=120 + 36 * len(rows),
        x=text("axis.service_level"),
    )
    figure.add_scatter(x=100 * rows["value"], y=[text(f"service_level.{key}") for key in rows["caliber"]], mode="markers", marker={"size": 10, "color": [BETTER if one else TOTAL for one in rows["default"]]},
                       error_x={"type": "data", "symmetric": False, "array": 100 * (rows["upper"] - rows["value"]), "arrayminus": 100 * (rows["value"] - rows["lower"]), "color": NEUTRAL},
                       text=[f"{percent(r.value, 2)} n={count(r.n)}" for r in rows.itertuples()], hovertemplate="%{text}<extra></extra>")  # fmt: skip
    return figure


@plot.register
def plot_schedule(answer: ScheduleFit | WeekPlan) -> go.Figure:
    """Agents needed (with the limits of the forecast) and scheduled, half-hour by half-hour over the week."""
    return _over_week(answer)


def _over_week(answer: ScheduleFit | WeekPlan) -> go.Figure:
    rows = answer.table.sort_values(["weekday", "slot"])
    at = [f"{text('weekday.d' + str(int(r.weekday)))} {r.slot}" for r in rows.itertuples()]
    figure = new_figure(text("figure.schedule"), height=380, y=text("axis.staff"))
    if isinstance(answer, WeekPlan):
        figure.add_scatter(x=at + at[::-1], y=[*rows["required_upper"], *rows["required_lower"][::-1]], mode="lines", fill="toself", fillcolor=BAND, line={"width": 0},
                           hoverinfo="skip", name=text("figure.required_limits"))  # fmt: skip
    figure.add_scatter(
        x=at, y=rows["required"], mode="lines", line={"color": TOTAL, "shape": "hv"}, name=text("figure.required")
    )
    if rows["scheduled"].notna().any():
        figure.add_scatter(
            x=at,
            y=rows["scheduled"],
            mode="lines",
            line={"color": WORSE, "shape": "hv", "dash": "dot"},
            name=text("figure.scheduled"),
        )
    figure.update_xaxes(tickmode="array", tickvals=[at[k] for k in range(0, len(at), max(1, len(at) // 14))])
    figure.update_layout(showlegend=True, legend={"orientation": "h", "x": 0, "y": -0.3})
    return figure


@plot.register
def plot_what_if(answer: WhatIf) -> go.Figure:
    """The change of satisfaction that goes with waits of other lengths, with its interval; the asked case is marked."""
    figure = new_figure(
        text("figure.what_if", n=count(0 if answer.effect is None else answer.effect.n)),
        height=360,
        x=text("axis.wait_ratio"),
        y=text("axis.satisfaction_change"),
    )
    if answer.effect is None:
        return figure
    ratios = np.linspace(0.25, max(3.0, 1.2 * answer.ratio), 23)
    moved = np.array([answer.effect.move(float(one)) for one in ratios]) * 100
    x = ratios.tolist()
    figure.add_scatter(
        x=x + x[::-1],
        y=[*moved[:, 2], *moved[::-1, 1]],
        mode="lines",
        fill="toself",
        fillcolor=BAND,
        line={"width": 0},
        hoverinfo="skip",
        name="95 %",
    )
    figure.add_scatter(
        x=x, y=moved[:, 0], mode="lines", line={"color": TOTAL}, hovertemplate="×%{x:.2f}: %{y:+.2f}<extra></extra>"
    )
    if answer.change is not None:
        figure.add_scatter(x=[answer.ratio], y=[100 * answer.change], mode="markers", marker={"size": 11, "color": WORSE if answer.change < 0 else BETTER},
                           error_y={"type": "data", "symmetric": False, "array": [100 * (answer.change_upper - answer.change)], "arrayminus": [100 * (answer.change - answer.change_lower)]},
                           text=[answer.sentence()], hovertemplate="%{text}<extra></extra>")  # fmt: skip
    figure.add_hline(y=0, line={"color": NEUTRAL, "width": 1})
    return figure


@plot.register
def plot_pruned(answer: Pruned) -> go.Figure:
    """How alike the indicators rank the agents: families side by side, kept ones marked with a dot."""
    rows = answer.table[~answer.table["settled"].astype(bool)].sort_values(["family", "kept"], ascending=[True, False])
    names = rows["indicator"].tolist()
    r = answer.answer.extra["correlations"].loc[names, names].to_numpy()
    said = [("● " if name in answer.kept else "") + text(f"indicator.{name}") for name in names]
    figure = new_figure(text("figure.pruned", kept=count(len(answer.kept)), all=count(len(answer.table)), part=percent(answer.part), n=count(answer.answer.n)), height=200 + 22 * len(names))  # fmt: skip
    figure.add_heatmap(z=np.round(r, 3).tolist(), x=said, y=said, zmin=-1, zmax=1, colorscale=[[0, WORSE], [0.5, "#ffffff"], [1, TOTAL]],
                       hovertemplate="%{y} × %{x}: %{z:.2f}<extra></extra>", colorbar={"title": "ρ"})  # fmt: skip
    figure.update_yaxes(autorange="reversed")
    return figure
