"""Figures of complaints and the business side: cohorts with maturity, cells of escalation, members by days since the sale, rules, process bands, targets.

Each takes the answer of the same name (`touchpoints`, `business`); every value has its interval and n.
"""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from ccsat.figures.frame import (
    BETTER,
    MOST_ROWS,
    NEUTRAL,
    TOTAL,
    WORSE,
    axis_words,
    move_words,
    new_figure,
    scaled,
    shorten,
)
from ccsat.results import Result
from ccsat.wording import UNITS, count, interval, kpi_value, points, term, text


def plot_escalation_cohorts(answer: Result) -> go.Figure:
    """Escalation by week of filing: by survival with intervals, the plain share beside it, weeks that cannot be judged yet hollow."""
    table = answer.table
    days = [str(one.date()) for one in table["week"]]
    figure = new_figure(
        text("figure.escalation_cohorts", days=answer.window_days),
        height=360,
        x=text("figure.week_filed"),
        y=axis_words("rate"),
    )
    figure.add_scatter(x=days, y=scaled(table["plain"], "rate"), mode="lines+markers", name=text("figure.plain_share"), line={"color": NEUTRAL, "dash": "dot", "width": 1.5},
                       marker={"size": 9, "symbol": ["circle" if ripe else "circle-open" for ripe in table["mature"]], "color": NEUTRAL},
                       text=[f"{kpi_value(r.plain, 'rate')} n={count(r.n)}" for r in table.itertuples()], hovertemplate="%{x}<br>%{text}<extra></extra>")  # fmt: skip
    known = table[table["value"].notna()]
    _with_limits(
        figure, [str(one.date()) for one in known["week"]], known, "rate", TOTAL, name=text("figure.by_survival")
    )
    young = table[~table["mature"]]
    if len(young):
        figure.add_vrect(x0=str(young["week"].iloc[0].date()), x1=str(table["week"].iloc[-1].date()), fillcolor="rgba(138,148,163,0.14)", line_width=0, layer="below",
                         annotation_text=text("figure.not_mature"), annotation_position="top left")  # fmt: skip
    figure.add_hline(y=100 * answer.rate["value"], line_color=TOTAL, line_dash="dash")
    figure.update_layout(showlegend=True, legend={"orientation": "h", "x": 0, "y": -0.25})
    return figure


def plot_escalation_cells(answer: Result) -> go.Figure:
    """Escalations seen against expected at the same age, cell by cell of the dimension that departs most."""
    table = answer.table[answer.table["level"] != "mix"].head(MOST_ROWS).iloc[::-1]
    names = [shorten(f"{level} (n={count(n)})") for level, n in zip(table["level"], table["n"], strict=True)]
    figure = new_figure(
        text("figure.escalation_cells", dim=term(answer.dimension)),
        height=120 + 42 * len(table),
        x=text("figure.escalations"),
    )
    figure.add_bar(
        y=names,
        x=table["expected"],
        orientation="h",
        name=text("figure.expected"),
        marker_color=NEUTRAL,
        hovertemplate="%{x:.1f}<extra></extra>",
    )
    colours = [
        WORSE if p < 0.05 and k > e else TOTAL
        for p, k, e in zip(table["p_value"], table["escalated"], table["expected"], strict=True)
    ]
    figure.add_bar(
        y=names,
        x=table["escalated"],
        orientation="h",
        name=text("figure.seen"),
        marker_color=colours,
        text=[f"p={p:.3f}" for p in table["p_value"]],
        textposition="outside",
        cliponaxis=False,
    )
    figure.update_layout(barmode="group", showlegend=True, legend={"orientation": "h", "x": 0, "y": -0.18})
    return figure


def plot_cohort_curve(answer: Result, campaign: str | None = None) -> go.Figure:
    """Members less non-members of the same weeks, by days since the sale; the bars say where the points of the whole KPI are lost.

    Args:
        campaign: The one that loses most where left out.
    """
    campaign = campaign or str(answer.cohorts["campaign"].iloc[0])
    unit = answer.asked.caliber.unit
    rows = answer.table[(answer.table["campaign"] == campaign) & (answer.table["n"] >= answer.asked.question.min_n)]
    at = [f"{int(a)}–{int(b)}" for a, b in zip(rows["lag_from"], rows["lag_to"], strict=True)]
    figure = new_figure(
        text("figure.cohort_curve", campaign=campaign), height=380, x=text("figure.lag"), y=move_words("points", unit)
    )
    figure.add_bar(x=at, y=scaled(rows["points"], unit), name=text("figure.of_whole"), marker_color=[WORSE if v * answer.asked.sign < 0 else BETTER for v in rows["points"]], opacity=0.45,
                   text=[points(v, unit) if v else "" for v in rows["points"]], textposition="outside", cliponaxis=False)  # fmt: skip
    words = [
        f"{points(r.difference, unit)} {interval(r.lower, r.upper, unit, of='points')} n={count(r.n)} / {count(r.n_expected)}"
        for r in rows.itertuples()
    ]
    gaps = rows.assign(value=rows["difference"])
    _with_limits(figure, at, gaps, unit, TOTAL, name=text("figure.members_less"), words=words)
    figure.add_hline(y=0, line_color=NEUTRAL)
    figure.update_xaxes(type="category")
    figure.update_layout(showlegend=True, legend={"orientation": "h", "x": 0, "y": -0.25})
    return figure


def plot_rules(answer: Result) -> go.Figure:
    """Deduction per thousand touched contacts, rule by rule, and of contacts without one."""
    table = answer.table.head(MOST_ROWS).iloc[::-1]
    names = [
        shorten(f"{text('figure.no_rule') if r.rule == 'no_rule' else r.rule} (n={count(r.n)})")
        for r in table.itertuples()
    ]
    figure = new_figure(text("figure.rules"), height=120 + 34 * len(table), x=text("figure.per_thousand"))
    colours = [
        NEUTRAL if r.rule == "no_rule" else WORSE if r.p_adjusted < 0.05 and r.apart * answer.asked.sign < 0 else TOTAL
        for r in table.itertuples()
    ]
    figure.add_bar(y=names, x=table["per_thousand"], orientation="h", marker_color=colours, text=[f"{v:.0f}" for v in table["per_thousand"]], textposition="outside", cliponaxis=False,
                   error_x={"type": "data", "array": table["upper"] - table["per_thousand"], "arrayminus": table["per_thousand"] - table["lower"], "color": "#26313f", "thickness": 1.2})  # fmt: skip
    return figure


def plot_process(answer: Result, measure: str | None = None) -> go.Figure:
    """The KPI by bands of a measure of the process: each band's mean with its interval, and where it bends."""
    measure = measure or str(answer.table["measure"].iloc[0])
    row = answer.table[answer.table["measure"] == measure].iloc[0]
    rows, unit = answer.bands[answer.bands["measure"] == measure], answer.asked.caliber.unit
    figure = new_figure(
        text("figure.process", measure=text(f"business_measure.{measure}")),
        height=360,
        x=text(f"business_measure.{measure}"),
        y=axis_words(unit),
    )
    words = [f"{kpi_value(r.value, unit)} {interval(r.lower, r.upper, unit)} n={count(r.n)}" for r in rows.itertuples()]
    _with_limits(figure, list(rows["dose"]), rows, unit, TOTAL, words=words)
    if row["threshold"] == row["threshold"]:
        figure.add_vline(
            x=row["threshold"],
            line_color=WORSE,
            line_dash="dot",
            annotation_text=text("figure.bend", at=f"{row['threshold']:.1f}"),
        )
    return figure


def plot_targets(answer: Result) -> go.Figure:
    """Each KPI's attainment of its target: 100 % and above is met; the interval says whether a miss is more than chance."""
    table = answer.table.iloc[::-1]
    colour = {"met": BETTER, "noise": NEUTRAL, "missed": WORSE}
    names = [shorten(term(str(one))) for one in table["kpi"]]
    figure = new_figure(text("figure.targets"), height=140 + 46 * len(table), x=text("figure.attainment"))
    ratio = table["attainment"].to_numpy(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = np.array(
            [
                [r.target / r.upper, r.target / r.lower]
                if r.better == "low"
                else [r.lower / r.target, r.upper / r.target]
                for r in table.itertuples()
            ],
            float,
        )
    figure.add_scatter(x=100 * ratio, y=names, mode="markers+text", marker={"size": 13, "color": [colour[v] for v in table["verdict"]]},
                       text=[text(f"target_verdict.{v}") for v in table["verdict"]], textposition="top center", cliponaxis=False,
                       error_x={"type": "data", "symmetric": False, "array": np.nan_to_num(100 * (ends[:, 1] - ratio)), "arrayminus": np.nan_to_num(100 * (ratio - ends[:, 0])), "color": NEUTRAL})  # fmt: skip
    figure.add_vline(x=100, line_color=TOTAL, line_dash="dash")
    return figure


def plot_target_parts(answer: Result) -> go.Figure:
    """From each unit's present level to its target."""
    table = answer.table.head(MOST_ROWS).iloc[::-1]
    names = [shorten(f"{r.unit} (n={count(r.n)})") for r in table.itertuples()]
    figure = new_figure(text("figure.target_parts"), height=120 + 30 * len(table), x=axis_words("rate"))
    for name, one in zip(names, table.itertuples(), strict=True):
        figure.add_scatter(x=[100 * one.shrunken, 100 * one.target], y=[name, name], mode="lines+markers", line={"color": NEUTRAL}, marker={"size": [9, 12], "color": [TOTAL, BETTER]},
                           hovertext=[kpi_value(one.shrunken, "rate"), kpi_value(one.target, "rate")], hoverinfo="text")  # fmt: skip
    figure.add_vline(x=100 * answer.target, line_color=TOTAL, line_dash="dash")
    return figure


def _with_limits(
    figure: go.Figure, x: list, rows, unit: str, colour: str, *, name: str = "", words: list[str] | None = None
) -> None:
    """Points with their intervals."""
    scale = UNITS[unit]
    words = words or [
        f"{kpi_value(r.value, unit)} {interval(r.lower, r.upper, unit)} n={count(r.n)}" for r in rows.itertuples()
    ]
    figure.add_scatter(x=x, y=scaled(rows["value"], unit), mode="markers+lines", name=name, text=words, hovertemplate="%{x}<br>%{text}<extra></extra>", marker={"size": 9, "color": colour},
                       line={"color": colour, "width": 1}, error_y={"type": "data", "symmetric": False, "array": [scale * v for v in rows["upper"] - rows["value"]],
                                                                      "arrayminus": [scale * v for v in rows["value"] - rows["lower"]], "color": colour, "thickness": 1.4, "width": 4})  # fmt: skip


def plot_agreements(answer: Result) -> go.Figure:
    """Each department's measures of its agreement: where it stood before (hollow) and stands now, with its interval."""
    table = answer.table.iloc[::-1]
    names = [
        shorten(f"{r.department} · {text(f'ola_measure.{r.measure}')} (n={count(r.n)})", 60) for r in table.itertuples()
    ]
    colour = {"kept": BETTER, "open": NEUTRAL, "broken": WORSE}
    figure = new_figure(text("figure.agreements"), height=130 + 30 * len(table), x=axis_words("rate"))
    if "value_baseline" in table:
        before = {"size": 9, "symbol": "circle-open", "color": NEUTRAL}
        figure.add_scatter(
            x=scaled(table["value_baseline"], "rate"),
            y=names,
            mode="markers",
            marker=before,
            name=text("figure.before"),
        )
    words = [
        f"{kpi_value(r.value, 'rate')} {interval(r.lower, r.upper, 'rate')} n={count(r.n)}" for r in table.itertuples()
    ]
    figure.add_scatter(x=scaled(table["value"], "rate"), y=names, mode="markers", name=text("figure.now"), text=words, hovertemplate="%{y}<br>%{text}<extra></extra>",
                       marker={"size": 11, "color": [colour[one] for one in table["standing"]]},
                       error_x={"type": "data", "symmetric": False, "array": 100 * (table["upper"] - table["value"]), "arrayminus": 100 * (table["value"] - table["lower"]), "color": NEUTRAL})  # fmt: skip
    figure.update_layout(showlegend=True, legend={"orientation": "h", "x": 0, "y": -0.15})
    return figure
