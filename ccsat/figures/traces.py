"""Figures of a trace: measures, cells, ledgers, checks and plans."""

from __future__ import annotations

from unicodedata import east_asian_width

import pandas as pd
import plotly.graph_objects as go

from ccsat.cells import Measure, Trend
from ccsat.figures.frame import (
    BAND,
    BETTER,
    LONGEST,
    MOST_ROWS,
    NEUTRAL,
    TOTAL,
    WORSE,
    axis_words,
    move_words,
    new_figure,
    plot,
    scaled,
    shorten,
)
from ccsat.results import Ledger
from ccsat.stages.check import Check
from ccsat.stages.locate import Where
from ccsat.stages.solve import Plan
from ccsat.tracetable import action_words, cell_words, level_words
from ccsat.wording import UNITS, interval, kpi_value, points, term, text


@plot.register
def _(answer: Trend) -> go.Figure:
    unit, table = answer.asked.caliber.unit, answer.table
    figure = new_figure(
        text(f"figure.trend_{answer.every}", kpi=term(answer.asked.caliber.kpi)), height=340, y=axis_words(unit)
    )
    lower, upper = scaled(table["lower"], unit), scaled(table["upper"], unit)
    days = [str(d.date()) for d in table["start"]]
    figure.add_scatter(
        x=days + days[::-1],
        y=upper + lower[::-1],
        mode="lines",
        fill="toself",
        fillcolor=BAND,
        line={"width": 0},
        hoverinfo="skip",
    )
    words = [
        f"{kpi_value(r.value, unit)} {interval(r.lower, r.upper, unit)} n={int(r.n):,}" for r in table.itertuples()
    ]
    figure.add_scatter(x=days, y=scaled(table["value"], unit), mode="lines+markers", text=words, hovertemplate="%{x}<br>%{text}<extra></extra>",
                       line={"color": TOTAL, "width": 2.5}, marker={"size": 7, "color": [NEUTRAL if s else TOTAL for s in table["small_n"]]})  # fmt: skip
    figure.update_xaxes(tickformat="%m-%d", hoverformat="%Y-%m-%d", **({"tickvals": days} if len(days) < 4 else {}))
    for window in answer.asked.windows:
        figure.add_vrect(x0=str(window.first), x1=str(window.last), line_width=0, layer="below",
                         fillcolor="rgba(192,73,43,0.09)" if window.label == "current" else "rgba(138,148,163,0.12)",
                         annotation_text=text(f"period.{window.label}"), annotation_position="top left")  # fmt: skip
    if answer.asked.target is not None and not answer.asked.full_mark_target:
        figure.add_hline(
            y=answer.asked.target * UNITS[unit],
            line_dash="dash",
            line_color=NEUTRAL,
            annotation_text=text("term_target"),
        )
    return figure


@plot.register
def _(answer: Measure) -> go.Figure:
    unit = answer.asked.caliber.unit
    by = [
        c for c in answer.table.columns if c not in ("period", "n", "numerator", "value", "lower", "upper", "small_n")
    ]
    rows = answer.table[answer.table["period"] == "current"].sort_values("value").tail(40)
    labels = [shorten(cell_words({d: getattr(r, d) if d.isidentifier() else r._asdict().get(d) for d in by}) if by else term(answer.asked.caliber.kpi))
              for r in rows.itertuples()]  # fmt: skip
    figure = new_figure(
        text("figure.measure", kpi=term(answer.asked.caliber.kpi)),
        height=110 + 30 * max(len(rows), 2),
        x=axis_words(unit),
    )
    value = scaled(rows["value"], unit)
    words = [f"{kpi_value(r.value, unit)} {interval(r.lower, r.upper, unit)} n={int(r.n):,}" for r in rows.itertuples()]
    figure.add_scatter(x=value, y=labels, mode="markers", text=words, hovertemplate="%{y}<br>%{text}<extra></extra>", marker={"size": 9, "color": TOTAL},
                       error_x=_error(rows, unit, value))  # fmt: skip
    return figure


def _error(rows: pd.DataFrame, unit: str, value: list, lower: str = "lower", upper: str = "upper") -> dict:
    low, high = scaled(rows[lower], unit), scaled(rows[upper], unit)
    return {"type": "data", "symmetric": False, "color": NEUTRAL, "thickness": 1.5, "width": 4,
            "array": [None if h is None or v is None else h - v for h, v in zip(high, value, strict=True)],
            "arrayminus": [None if b is None or v is None else v - b for b, v in zip(low, value, strict=True)]}  # fmt: skip


@plot.register
def _(answer: Where) -> go.Figure:
    """The ledger as a waterfall: from baseline or target over the cells and the remainder to the current value."""
    asked, unit = answer.asked, answer.asked.caliber.unit
    start_value = answer.reference
    steps = [
        (shorten(cell_words(r.where), 2 * LONGEST), r.points, interval(r.lower, r.upper, unit, of="points"), int(r.n))
        for r in answer.cells.itertuples()
    ]
    steps.append((text("table.remainder"), answer.remainder, "", None))
    start = (
        text("period.baseline")
        if asked.is_change
        else text("term_full_mark" if asked.full_mark_target else "term_target")
    )
    labels, bases, sizes, colours, shown, hovers = (
        [start],
        [0.0],
        [start_value],
        [TOTAL],
        [kpi_value(start_value, unit)],
        [""],
    )
    at = start_value
    for label, move, words, n in steps:
        labels.append(label)
        bases.append(at)
        sizes.append(move)
        colours.append(NEUTRAL if n is None else (BETTER if move * asked.sign > 0 else WORSE))
        shown.append(points(move, unit))
        hovers.append(f"{points(move, unit)} {words}" + (f" n={n:,}" if n else ""))
        at += move
    labels.append(text("period.current"))
    bases.append(0.0)
    sizes.append(at)
    colours.append(TOTAL)
    shown.append(kpi_value(at, unit))
    hovers.append("")
    figure = new_figure(text("figure.waterfall", kpi=term(asked.caliber.kpi)), height=430, y=axis_words(unit))
    figure.add_bar(x=list(range(len(labels))), base=scaled(bases, unit), y=scaled(sizes, unit), marker_color=colours, text=shown,
                   textposition="outside", cliponaxis=False, customdata=hovers, hovertemplate="%{customdata}<extra></extra>")  # fmt: skip
    figure.update_xaxes(
        tickvals=list(range(len(labels))),
        ticktext=[_wrapped(label) for label in labels],
        tickangle=0,
        zeroline=False,
        showgrid=False,
    )
    levels = [start_value, at, *(b + s for b, s in zip(bases[1:-1], sizes[1:-1], strict=True))]
    room = max(max(levels) - min(levels), abs(start_value) * 0.01)
    figure.update_yaxes(
        range=[max(0.0, min(levels) - 0.6 * room) * UNITS[unit], (max(levels) + 0.35 * room) * UNITS[unit]]
    )
    return figure


def _wrapped(label: str, width: int = 16) -> str:
    """A label in lines: broken at spaces where there are any; a Chinese letter is two wide."""
    lines, line = [], ""
    for word in label.split(" "):
        line = f"{line} {word}" if line else word
        if line != word and _width(line) > width:
            lines.append(line.removesuffix(f" {word}"))
            line = word
        while _width(line) > width + 4:
            cut = next(i for i in range(len(line), 0, -1) if _width(line[:i]) <= width)
            lines.append(line[:cut])
            line = line[cut:]
    return "<br>".join([*lines, line])


def _width(words: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in words)


def plot_cells(where: Where) -> go.Figure:
    """Every single-dimension cell that differs most, with intervals; those beyond the false-discovery level in colour."""
    unit, table = where.asked.caliber.unit, where.explorer
    table = table[~table["small_n"]] if len(table) else table
    rows = (
        table.assign(size=(table["change"] * table["n"]).abs())
        .nlargest(MOST_ROWS, "size")
        .sort_values("change", ascending=where.asked.sign < 0)
        if len(table)
        else table
    )
    title = "figure.explorer_change" if where.asked.is_change else "figure.explorer_level"
    figure = new_figure(
        text(title),
        height=120 + 28 * max(len(rows), 2),
        x=move_words("change" if where.asked.is_change else "difference", unit),
    )
    if not len(rows):
        return figure
    value = scaled(rows["change"], unit)
    colours = [
        NEUTRAL if not r.found else (BETTER if r.change * where.asked.sign > 0 else WORSE) for r in rows.itertuples()
    ]
    words = [
        f"{points(r.change, unit)} {interval(r.lower, r.upper, unit, of='points')} n={int(r.n):,}"
        for r in rows.itertuples()
    ]
    figure.add_scatter(x=value, y=[shorten(f"{r.dim} = {level_words(r.level)}") for r in rows.itertuples()], mode="markers", text=words,
                       hovertemplate="%{y}<br>%{text}<extra></extra>", marker={"size": 10, "color": colours}, error_x=_error(rows, unit, value))  # fmt: skip
    figure.add_vline(x=0, line_color="#b6bfcb")
    return figure


@plot.register
def _(answer: Ledger) -> go.Figure:
    """Points per row, most first, with intervals where the ledger has them."""
    table, unit = answer.table, answer.unit
    named = next((c for c in ("label", "reason", "owner", "error") if c in table), table.columns[0])
    rows = table.reindex(table["points"].abs().sort_values(ascending=False).index).head(MOST_ROWS).iloc[::-1]
    value = scaled(rows["points"], unit)
    figure = new_figure(
        text(f"figure.ledger_{answer.key}"), height=110 + 30 * max(len(rows), 2), x=move_words("points", unit)
    )
    shown = [points(p, unit, sign=False) for p in rows["points"]]
    figure.add_bar(x=value, y=[shorten(term(str(v))) for v in rows[named]], orientation="h", text=shown, textposition="none",
                   marker_color=[NEUTRAL if v in ("unstated", term("unstated")) else WORSE for v in rows[named]],
                   hovertemplate="%{y}<br>%{text}<extra></extra>", error_x=_error(rows, unit, value) if "lower" in rows else None)  # fmt: skip
    return figure


@plot.register
def _(answer: Check) -> go.Figure:
    """The change with its interval, whole and by leg, against no change."""
    unit = answer.asked.caliber.unit
    change = answer.asked.is_change
    rows = [
        (text("leg.headline" if change else "leg.gap"), answer.change.value, answer.change.lower, answer.change.upper)
    ]
    split = answer.legs.get("split")
    if split:
        rows += [
            (text(f"leg.{part}"), split[part], split[f"{part}_lower"], split[f"{part}_upper"])
            for part in ("rate", "mix")
        ]
    scope = answer.legs.get("unchanged_scope", {})
    rows += [
        (text(f"leg.{part}"), scope[part].value, scope[part].lower, scope[part].upper)
        for part in ("outside", "inside")
        if part in scope
    ]
    table = pd.DataFrame(rows[::-1], columns=["label", "value", "lower", "upper"])
    value = scaled(table["value"], unit)
    figure = new_figure(
        text("figure.check" if change else "figure.check_level"),
        height=110 + 46 * len(table),
        x=move_words("change" if change else "gap", unit),
    )
    words = [f"{points(r.value, unit)} {interval(r.lower, r.upper, unit, of='points')}" for r in table.itertuples()]
    figure.add_scatter(x=value, y=table["label"].tolist(), mode="markers", text=words,
                       hovertemplate="%{y}<br>%{text}<extra></extra>", marker={"size": 12, "color": TOTAL}, error_x=_error(table, unit, value))  # fmt: skip
    figure.add_vline(x=0, line_color=WORSE, line_dash="dot")
    for x, y, label in zip(
        value, table["label"], words, strict=True
    ):  # on white: the line of no change must not cross a sign
        figure.add_annotation(x=x, y=y, text=label, showarrow=False, yshift=16, bgcolor="white", borderpad=0)
    ends = [0.0, *scaled(table["lower"], unit), *scaled(table["upper"], unit)]
    low, high = min(e for e in ends if e is not None), max(e for e in ends if e is not None)
    figure.update_xaxes(range=[low - 0.12 * (high - low or 1), high + 0.12 * (high - low or 1)])
    figure.update_yaxes(range=[-0.6, len(table) - 0.3])
    return figure


@plot.register
def _(answer: Plan) -> go.Figure:
    """Expected points of each chosen action alone, and of all together."""
    rows = answer.table.sort_values("expected_points")
    labels = [shorten(action_words(r)) for r in rows.itertuples()] + [text("figure.together")]
    value = scaled([*rows["expected_points"], answer.expected_points], answer.unit)
    figure = new_figure(text("figure.plan"), height=120 + 36 * len(labels), x=move_words("points", answer.unit))
    figure.add_bar(x=value, y=labels, orientation="h", marker_color=[BETTER] * len(rows) + [TOTAL],
                   text=[points(v, answer.unit) for v in [*rows["expected_points"], answer.expected_points]], textposition="auto",
                   hovertemplate="%{y}<br>%{text}<extra></extra>")  # fmt: skip
    return figure
