"""Figures of intelligent service: indicators that move apart, nodes of the menu, failing prompts, funnels, a change beside its control, looks at a test."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from ccsat.figures.frame import BAND, BETTER, MOST_ROWS, NEUTRAL, TOTAL, WORSE, new_figure, shorten
from ccsat.findings import clean
from ccsat.results import Result
from ccsat.wording import percent, points, term, text

COLOURS = {"better": BETTER, "worse": WORSE, "same": NEUTRAL, "none": NEUTRAL}
WENT_ON, SERVED, PUT_THROUGH, LEFT = "#c9d2de", BETTER, "#c99a2e", WORSE


def indicator_name(kpi: str, id: str) -> str:
    """An indicator's name with its caliber."""
    return f"{term(kpi)} · {id}"


def plot_indicators(answer: Result) -> go.Figure:
    """How the indicators moved, those for the better to the right, layer by layer, each with its interval."""
    rows = answer.table[answer.table["n_baseline"].gt(0) & answer.table["n"].gt(0)].dropna(subset=["change"]).iloc[::-1]
    scale = [100.0 if row["measure"] == "rate" else 100.0 / abs(row["value_baseline"]) for _, row in rows.iterrows()]
    sign = [k * (-1 if better == "low" else 1) for k, better in zip(scale, rows["better"], strict=True)]
    x = rows["change"] * sign
    ends = pd.DataFrame({"a": rows["change_lower"] * sign, "b": rows["change_upper"] * sign})
    names = [
        shorten(f"{text('intelligent.layer.' + row['layer'])} · {indicator_name(row['kpi'], row['id'])}", 46)
        for _, row in rows.iterrows()
    ]
    words = [
        f"{_shown(row, 'value_baseline')} → {_shown(row, 'value')} n={int(row['n']):,}" for _, row in rows.iterrows()
    ]
    figure = new_figure(
        text("figure.indicators", current=answer.current, baseline=answer.baseline),
        height=120 + 24 * max(len(rows), 3),
        x=text("axis.better_points"),
    )
    figure.add_scatter(x=clean(x.tolist()), y=names, mode="markers", text=words, hovertemplate="%{y}<br>%{text}<extra></extra>",
                       marker={"size": 9, "color": [COLOURS[one] for one in rows["moved"]]},
                       error_x={"type": "data", "symmetric": False, "array": clean((ends.max(axis=1) - x).tolist()), "arrayminus": clean((x - ends.min(axis=1)).tolist()),
                                "color": NEUTRAL, "thickness": 1.2, "width": 3})  # fmt: skip
    figure.add_vline(x=0, line_color="#26313f", line_dash="dot")
    return figure


def _shown(row: pd.Series, which: str) -> str:
    return percent(row[which]) if row["measure"] == "rate" else f"{row[which]:.2f}"


def plot_nodes(answer: Result) -> go.Figure:
    """Calls at each node: went on, served here, put through, hung up. They add up to the calls that entered."""
    rows = answer.table.head(2 * MOST_ROWS).iloc[::-1]
    figure = new_figure(
        text("figure.node_funnel", period=answer.period), height=150 + 26 * len(rows), x=text("axis.calls")
    )
    for name, colour in (("went_on", WENT_ON), ("served", SERVED), ("to_agent", PUT_THROUGH), ("exited", LEFT)):
        shown = [
            f"{int(row[name]):,} ({percent(row[name] / row['n'])}) n={int(row['n']):,}" for _, row in rows.iterrows()
        ]
        figure.add_bar(x=clean(rows[name].tolist()), y=[shorten(str(node)) for node in rows["node"]], orientation="h", name=text(f"ivr.end.{name}"), marker_color=colour,
                       customdata=shown, hovertemplate="%{y}<br>%{customdata}<extra></extra>")  # fmt: skip
    figure.update_layout(
        barmode="stack", showlegend=True, legend={"orientation": "h", "y": -0.18, "traceorder": "normal"}
    )
    return figure


def plot_prompts(answer: Result, most: int = MOST_ROWS) -> go.Figure:
    """The prompts that fail most, now and before, with their intervals."""
    rows = answer.table.head(most).iloc[::-1]
    names = [shorten(f"{row['node']} · {text('ivr.failure.' + row['failure'])}") for _, row in rows.iterrows()]
    figure = new_figure(
        text("figure.prompts", period=answer.period), height=120 + 28 * max(len(rows), 2), x=text("axis.share_percent")
    )
    figure.add_scatter(x=clean((100 * rows["value_baseline"]).tolist()), y=names, mode="markers", marker={"size": 8, "color": NEUTRAL, "symbol": "circle-open"},
                       name="baseline", hovertemplate="%{y}<br>%{x:.1f}%<extra></extra>")  # fmt: skip
    figure.add_scatter(x=clean((100 * rows["value"]).tolist()), y=names, mode="markers", text=[f"n={int(n):,}" for n in rows["n"]], hovertemplate="%{y}<br>%{x:.1f}% %{text}<extra></extra>",
                       marker={"size": 9, "color": [WORSE if found else TOTAL for found in rows["found"]]},
                       error_x={"type": "data", "symmetric": False, "array": clean((100 * (rows["upper"] - rows["value"])).tolist()),
                                "arrayminus": clean((100 * (rows["value"] - rows["lower"])).tolist()), "color": NEUTRAL, "width": 3})  # fmt: skip
    return figure


def plot_steps(answer: Result) -> go.Figure:
    """A funnel's steps as bars, with the share of the step before."""
    rows = answer.table.iloc[::-1]
    figure = new_figure(
        text("figure.funnel_steps", name=text(f"funnel.{answer.key}.name")),
        height=130 + 44 * len(rows),
        x=text("axis.sessions_n"),
    )
    worst = answer.largest_loss
    figure.add_bar(x=clean(rows["n"].tolist()), y=[text(f"funnel.{answer.key}.{step}") for step in rows["step"]], orientation="h",
                   text=[f"{percent(share)} [{percent(low)}, {percent(high)}]" for share, low, high in zip(rows["share"], rows["lower"], rows["upper"], strict=True)],
                   textposition="auto", cliponaxis=False, marker_color=[WORSE if step == worst else TOTAL for step in rows["step"]],
                   hovertemplate="%{y}<br>n=%{x:,}<br>%{text}<extra></extra>")  # fmt: skip
    return figure


def plot_change_weeks(answer: Result) -> go.Figure:
    """The treated channel less its control, week by week, against the mean of the weeks before the change."""
    rows = answer.table
    level = float(rows.loc[~rows["after"], "difference"].mean())
    figure = new_figure(
        text("figure.change_weeks", **{key: answer.names[key] for key in ("treated", "control", "at")}),
        height=360,
        x=text("axis.weeks_from_change"),
        y=text("axis.difference_points"),
    )
    y = 100 * rows["beyond"]
    figure.add_hrect(y0=100 * answer.lower, y1=100 * answer.upper, fillcolor=BAND, line_width=0)
    figure.add_scatter(x=[int(week) for week in rows["week"]], y=clean(y.tolist()), mode="markers+lines", line={"color": NEUTRAL, "width": 1},
                       marker={"size": 10, "color": [WORSE if after and value < 0 else BETTER if after else TOTAL for after, value in zip(rows["after"], y, strict=True)]},
                       text=[f"{points(value, 'rate')} n={int(n):,}/{int(m):,}" for value, n, m in zip(rows["beyond"], rows["n"], rows["n_control"], strict=True)],
                       hovertemplate="%{x}<br>%{text}<extra></extra>", customdata=[level] * len(rows),
                       error_y={"type": "data", "symmetric": False, "array": clean((100 * (rows["upper"] - rows["beyond"])).tolist()),
                                "arrayminus": clean((100 * (rows["beyond"] - rows["lower"])).tolist()), "color": NEUTRAL, "width": 3})  # fmt: skip
    figure.add_hline(y=0, line_color="#26313f", line_dash="dot")
    figure.add_vline(x=-0.5, line_color="#26313f", line_dash="dash")
    return figure


def plot_looks(answer: Result) -> go.Figure:
    """Bounds of a test at its looks: beyond them one may stop, within them one goes on."""
    rows = answer.table
    figure = new_figure(text("figure.looks"), height=340, x=text("axis.rows_an_arm"), y=text("axis.z_bound"))
    words = [f"p<{p:.2g} n={int(n):,}" for p, n in zip(rows["p_value"], rows["n_arm"], strict=True)]
    for sign in (1, -1):
        figure.add_scatter(x=rows["n_arm"].tolist(), y=clean((sign * rows["z"]).tolist()), mode="lines+markers+text" if sign > 0 else "lines+markers", text=words,
                           textposition="top center", cliponaxis=False, line={"color": TOTAL}, marker={"size": 8}, hovertemplate="%{text}<extra></extra>")  # fmt: skip
    figure.add_hline(y=0, line_color="#26313f", line_dash="dot")
    return figure
