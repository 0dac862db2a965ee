"""Figures of touchpoints and of the service system: types of service, agents on equal work, task steps, alerts, promises kept, gaps in movement."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from ccsat.figures.frame import BETTER, NEUTRAL, TOTAL, WORSE, axis_words, move_words, new_figure, scaled, shorten
from ccsat.results import Result
from ccsat.tracetable import cell_words
from ccsat.wording import UNITS, count, interval, kpi_value, percent, points, term, text

MOST_AGENTS = 40


def plot_types(answer: Result) -> go.Figure:
    """Satisfaction by type of service with 95 % intervals, bars as wide as what each costs is said beside it.

    Args:
        answer: A `touchpoints.phone.ServiceTypes`.
    """
    unit, rows = answer.unit, answer.table.iloc[::-1]
    figure = new_figure(text("figure.types", kpi=term(answer.kpi)), height=120 + 60 * len(rows), x=axis_words(unit))
    names = [str(one) for one in rows["type"]]
    words = [f"{kpi_value(r.value, unit)} {interval(r.lower, r.upper, unit)} n={count(r.n)}" for r in rows.itertuples()]
    _spread(figure, names, rows, unit, words, [TOTAL] * len(rows))
    for name, row in zip(names, rows.itertuples(), strict=True):
        figure.add_annotation(x=1, xref="paper", xanchor="right", y=name, showarrow=False, yshift=16,
                              text=text("figure.types_cost", points=points(row.points, unit, sign=False), share=percent(row.points_share, 0)))  # fmt: skip
    figure.add_vline(x=scaled([answer.value], unit)[0], line_color=NEUTRAL, line_dash="dot")
    return figure


def plot_agents(answer: Result) -> go.Figure:
    """Agents on equal work: as they are (hollow) and drawn towards all (full, 95 %); those whose interval leaves out the mean are coloured.

    Args:
        answer: A `touchpoints.equal_work.AgentRanking`.
    """
    unit, table = answer.unit, answer.table
    if len(table) > MOST_AGENTS:
        table = pd.concat([table.head(MOST_AGENTS // 2), table.tail(MOST_AGENTS // 2)])
    rows = table.iloc[::-1]
    figure = new_figure(
        text("figure.agents", n=count(answer.counts["rankable"]), out=count(len(answer.not_rankable))),
        height=150 + 20 * len(rows),
        x=axis_words(unit),
    )
    names = [str(one) for one in rows["agent"]]
    words = [
        f"{kpi_value(r.shrunken, unit)} {interval(r.lower, r.upper, unit)} n={count(r.n)}" for r in rows.itertuples()
    ]
    colours = [WORSE if r.apart and r.upper < answer.mean else BETTER if r.apart else TOTAL for r in rows.itertuples()]
    figure.add_scatter(
        x=scaled(rows["value"], unit),
        y=names,
        mode="markers",
        marker={"symbol": "circle-open", "color": NEUTRAL, "size": 8},
        name=text("figure.agents_plain"),
        hoverinfo="x+y",
    )
    _spread(figure, names, rows.assign(value=rows["shrunken"]), unit, words, colours, name=text("figure.agents_drawn"))
    figure.add_vline(x=scaled([answer.mean], unit)[0], line_color=NEUTRAL, line_dash="dot")
    figure.update_yaxes(type="category")
    figure.update_layout(
        showlegend=True, legend={"orientation": "h", "x": 0, "y": -60 / (50 + 20 * len(rows)), "yanchor": "top"}
    )
    return figure


def plot_task_funnel(answer: Result) -> go.Figure:
    """Tasks that came to each step, and those that went no further.

    Args:
        answer: A `touchpoints.selfservice.TaskFunnel`.
    """
    rows = answer.table
    figure = new_figure(text("figure.tasks", n=count(answer.n)), height=360, x=text("axis.step"), y=text("axis.tasks"))
    steps = [str(step) for step in rows["step"]]
    words = [f"{percent(r.points)} {interval(r.lower, r.upper, 'rate')} n={count(r.n)}" for r in rows.itertuples()]
    figure.add_bar(x=steps, y=rows["n"] - rows["lost"], marker_color=TOTAL, name=text("figure.tasks_on"), hoverinfo="y")
    figure.add_bar(x=steps, y=rows["lost"], marker_color=[WORSE if step == answer.largest else NEUTRAL for step in rows["step"]], text=[percent(p) for p in rows["points"]],
                   hovertext=words, hoverinfo="text", name=text("figure.tasks_lost"))  # fmt: skip
    figure.update_traces(cliponaxis=False)
    figure.update_yaxes(range=[0, 1.1 * answer.n])
    figure.update_layout(barmode="stack", showlegend=True, legend={"orientation": "h", "x": 0, "y": -0.2})
    figure.update_xaxes(type="category")
    return figure


def plot_alert_days(answer: Result, onset: object = None, *, most: int = 20) -> go.Figure:
    """When each alert was open, over all KPIs and cells; the day of a known problem as a line.

    Args:
        answer: A `service.anomalies.Watched`. onset: First day of the problem.
    """
    rows = answer.table.sort_values(["opened", "p_adjusted"]).head(most).iloc[::-1]
    figure = new_figure(
        text("figure.alerts", n=count(len(answer.table)), cells=count(sum(len(part.cells) for part in answer.parts))),
        height=160 + 24 * max(len(rows), 2),
    )
    last = answer.days[-1].date()
    for row in rows.itertuples():
        name = shorten(f"{term(row.kpi)} · {cell_words(row.where) if row.where else text('monitor.whole')}", 48)
        begin, end = pd.Timestamp(row.opened), pd.Timestamp(row.closed or last) + pd.Timedelta(days=1)
        figure.add_scatter(x=[str(begin), str(end)], y=[name, name], mode="lines", line={"color": WORSE if row.state == "open" else NEUTRAL, "width": 9}, hoverinfo="text",
                           text=f"{row.opened} n={count(row.n)} p={row.p_adjusted:.3f}")  # fmt: skip
    if onset is not None:
        figure.add_vline(x=str(onset), line_color=TOTAL, line_dash="dot")
    figure.update_xaxes(
        tickformat="%m-%d", type="date", range=[str(answer.judged_from), str(last + pd.Timedelta(days=1))]
    )
    return figure


def plot_promises(answer: Result) -> go.Figure:
    """Promised and verified points of each action.

    Args:
        answer: A `service.improvement.ActionPipeline`.
    """
    rows, unit = answer.table[answer.table["stage"] != "dropped"], answer.unit
    figure = new_figure(text("figure.promises", n=count(len(rows))), height=340, y=move_words("points", unit))
    names, scale = [str(one) for one in rows["id"]], UNITS[unit]
    figure.add_bar(x=names, y=rows["predicted"] * scale, marker_color=NEUTRAL, name=text("figure.promised"))
    up, down = (
        (gap * scale).astype(object).where(gap.notna(), None).tolist()
        for gap in (rows["upper"] - rows["verified"], rows["verified"] - rows["lower"])
    )
    half = (
        {"type": "data", "symmetric": False, "array": up, "arrayminus": down}
        if any(one is not None for one in up)
        else None
    )
    figure.add_bar(
        x=names, y=rows["verified"] * scale, marker_color=TOTAL, error_y=half, name=text("figure.verified_points")
    )
    for name in rows.loc[rows["verified"].isna(), "id"]:
        figure.add_annotation(
            x=str(name), y=0, xshift=26, yanchor="bottom", showarrow=False, text=text("figure.not_verified")
        )
    figure.update_layout(barmode="group", showlegend=True, legend={"orientation": "h", "x": 0, "y": -0.2})
    figure.update_xaxes(type="category")
    return figure


def plot_gaps(answers: Mapping[str, Result]) -> go.Figure:
    """How much more each of the five gaps loses than in the baseline, a group of bars a study, with 95 % intervals.

    Args:
        answers: Name -> `service.gaps.GapMovement`.
    """
    first = next(iter(answers.values()))
    figure = new_figure(text("figure.gaps"), height=400, y=move_words("points", first.unit))
    for (name, one), colour in zip(answers.items(), (TOTAL, WORSE, BETTER, NEUTRAL), strict=False):
        rows, scale = one.table, UNITS[one.unit]
        gaps = [term(gap if gap == "unexplained" else f"{gap}_gap") for gap in rows["gap"]]
        words = [
            f"{points(r.points, one.unit)} {interval(r.lower, r.upper, one.unit, of='points')} n={count(r.n)}"
            for r in rows.itertuples()
        ]
        figure.add_bar(x=gaps, y=rows["points"] * scale, name=name, marker_color=colour, hovertext=words, hoverinfo="text",
                       error_y={"type": "data", "symmetric": False, "array": (rows["upper"] - rows["points"]) * scale, "arrayminus": (rows["points"] - rows["lower"]) * scale, "color": "#26313f"})  # fmt: skip
    figure.update_layout(barmode="group", showlegend=True, legend={"orientation": "h", "x": 0, "y": -0.25})
    return figure


def _spread(
    figure: go.Figure, names: list, rows: pd.DataFrame, unit: str, words: list, colours: list, *, name: str = ""
) -> None:
    value, lower, upper = (scaled(rows[c], unit) for c in ("value", "lower", "upper"))
    figure.add_scatter(x=value, y=names, mode="markers", marker={"size": 9, "color": colours}, text=words, hovertemplate="%{y}<br>%{text}<extra></extra>", name=name,
                       error_x={"type": "data", "symmetric": False, "array": [u - v for u, v in zip(upper, value, strict=True)], "arrayminus": [v - w for v, w in zip(value, lower, strict=True)],
                                "color": NEUTRAL, "thickness": 1.5, "width": 4})  # fmt: skip
