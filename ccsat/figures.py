"""An answer to a plotly figure; nothing else imports plotly."""

from __future__ import annotations

from functools import singledispatch
from unicodedata import east_asian_width

import pandas as pd
import plotly.graph_objects as go

from ccsat.cells import Measure, Trend
from ccsat.findings import clean
from ccsat.methods.answer import Answer
from ccsat.results import Ledger, Result
from ccsat.stages.check import Check
from ccsat.stages.locate import Where
from ccsat.stages.solve import Plan
from ccsat.tracetable import action_words, cell_words, level_words
from ccsat.wording import UNITS, interval, kpi_value, points, term, text

WORSE, BETTER, NEUTRAL, TOTAL, BAND = "#c0492b", "#2a7f62", "#8a94a3", "#2f4a6d", "rgba(47,74,109,0.14)"
FONT = "Inter, 'Noto Sans CJK SC', 'Microsoft YaHei', 'PingFang SC', 'Helvetica Neue', Arial, sans-serif"
LONGEST = 34  # letters of a label on an axis
MOST_ROWS = 14


@singledispatch
def plot(answer: Result) -> go.Figure:
    """A figure of an answer: every value with its interval and n, words in the session's language.

    Raises:
        TypeError: There is no figure for this kind of answer.
    """
    raise TypeError(f"no figure for {type(answer).__name__}")


def _figure(title: str, *, height: int, x: str = "", y: str = "") -> go.Figure:
    figure = go.Figure()
    figure.update_layout(
        title={"text": title, "font": {"size": 17}, "x": 0, "xanchor": "left", "xref": "container", "pad": {"l": 12}},
        font={"family": FONT, "size": 13, "color": "#26313f"}, template="plotly_white", height=height,
        margin={"l": 12, "r": 24, "t": 56, "b": 48}, showlegend=False, bargap=0.35, hoverlabel={"font": {"family": FONT}})  # fmt: skip
    figure.update_xaxes(title=x, automargin=True, gridcolor="#e8ecf1", zerolinecolor="#b6bfcb")
    figure.update_yaxes(title=y, automargin=True, gridcolor="#e8ecf1", zerolinecolor="#b6bfcb")
    return figure


def _short(words: str) -> str:
    return words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"


def _scaled(values: object, unit: str) -> list:
    return clean([None if pd.isna(v) else v * UNITS[unit] for v in values])


def _axis(unit: str) -> str:
    return text(f"axis.{unit}")


def _move_axis(kind: str, unit: str) -> str:
    return text(f"axis.{kind}", unit=text(f"point_unit.{unit}"))


@plot.register
def _(answer: Trend) -> go.Figure:
    unit, table = answer.asked.caliber.unit, answer.table
    figure = _figure(
        text(f"figure.trend_{answer.every}", kpi=term(answer.asked.caliber.kpi)), height=340, y=_axis(unit)
    )
    lower, upper = _scaled(table["lower"], unit), _scaled(table["upper"], unit)
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
    figure.add_scatter(x=days, y=_scaled(table["value"], unit), mode="lines+markers", text=words, hovertemplate="%{x}<br>%{text}<extra></extra>",
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
    labels = [_short(cell_words({d: getattr(r, d) if d.isidentifier() else r._asdict().get(d) for d in by}) if by else term(answer.asked.caliber.kpi))
              for r in rows.itertuples()]  # fmt: skip
    figure = _figure(
        text("figure.measure", kpi=term(answer.asked.caliber.kpi)), height=110 + 30 * max(len(rows), 2), x=_axis(unit)
    )
    value = _scaled(rows["value"], unit)
    words = [f"{kpi_value(r.value, unit)} {interval(r.lower, r.upper, unit)} n={int(r.n):,}" for r in rows.itertuples()]
    figure.add_scatter(x=value, y=labels, mode="markers", text=words, hovertemplate="%{y}<br>%{text}<extra></extra>", marker={"size": 9, "color": TOTAL},
                       error_x=_error(rows, unit, value))  # fmt: skip
    return figure


def _error(rows: pd.DataFrame, unit: str, value: list, lower: str = "lower", upper: str = "upper") -> dict:
    low, high = _scaled(rows[lower], unit), _scaled(rows[upper], unit)
    return {"type": "data", "symmetric": False, "color": NEUTRAL, "thickness": 1.5, "width": 4,
            "array": [None if h is None or v is None else h - v for h, v in zip(high, value, strict=True)],
            "arrayminus": [None if b is None or v is None else v - b for b, v in zip(low, value, strict=True)]}  # fmt: skip


@plot.register
def _(answer: Where) -> go.Figure:
    """The ledger as a waterfall: from baseline or target over the cells and the remainder to the current value."""
    asked, unit = answer.asked, answer.asked.caliber.unit
    start_value = answer.reference
    steps = [
        (_short(cell_words(r.where)), r.points, interval(r.lower, r.upper, unit, of="points"), int(r.n))
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
    figure = _figure(text("figure.waterfall", kpi=term(asked.caliber.kpi)), height=430, y=_axis(unit))
    figure.add_bar(x=list(range(len(labels))), base=_scaled(bases, unit), y=_scaled(sizes, unit), marker_color=colours, text=shown,
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
    figure = _figure(
        text(title),
        height=120 + 28 * max(len(rows), 2),
        x=_move_axis("change" if where.asked.is_change else "difference", unit),
    )
    if not len(rows):
        return figure
    value = _scaled(rows["change"], unit)
    colours = [
        NEUTRAL if not r.found else (BETTER if r.change * where.asked.sign > 0 else WORSE) for r in rows.itertuples()
    ]
    words = [
        f"{points(r.change, unit)} {interval(r.lower, r.upper, unit, of='points')} n={int(r.n):,}"
        for r in rows.itertuples()
    ]
    figure.add_scatter(x=value, y=[_short(f"{r.dim} = {level_words(r.level)}") for r in rows.itertuples()], mode="markers", text=words,
                       hovertemplate="%{y}<br>%{text}<extra></extra>", marker={"size": 10, "color": colours}, error_x=_error(rows, unit, value))  # fmt: skip
    figure.add_vline(x=0, line_color="#b6bfcb")
    return figure


@plot.register
def _(answer: Ledger) -> go.Figure:
    """Points per row, most first, with intervals where the ledger has them."""
    table, unit = answer.table, answer.unit
    named = next((c for c in ("label", "reason", "owner") if c in table), table.columns[0])
    rows = table.reindex(table["points"].abs().sort_values(ascending=False).index).head(MOST_ROWS).iloc[::-1]
    value = _scaled(rows["points"], unit)
    figure = _figure(
        text(f"figure.ledger_{answer.key}"), height=110 + 30 * max(len(rows), 2), x=_move_axis("points", unit)
    )
    shown = [points(p, unit, sign=False) for p in rows["points"]]
    figure.add_bar(x=value, y=[_short(term(str(v))) for v in rows[named]], orientation="h", text=shown, textposition="none",
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
    value = _scaled(table["value"], unit)
    figure = _figure(
        text("figure.check" if change else "figure.check_level"),
        height=110 + 46 * len(table),
        x=_move_axis("change" if change else "gap", unit),
    )
    words = [f"{points(r.value, unit)} {interval(r.lower, r.upper, unit, of='points')}" for r in table.itertuples()]
    figure.add_scatter(x=value, y=table["label"].tolist(), mode="markers", text=words,
                       hovertemplate="%{y}<br>%{text}<extra></extra>", marker={"size": 12, "color": TOTAL}, error_x=_error(table, unit, value))  # fmt: skip
    figure.add_vline(x=0, line_color=WORSE, line_dash="dot")
    for x, y, label in zip(
        value, table["label"], words, strict=True
    ):  # on white: the line of no change must not cross a sign
        figure.add_annotation(x=x, y=y, text=label, showarrow=False, yshift=16, bgcolor="white", borderpad=0)
    ends = [0.0, *_scaled(table["lower"], unit), *_scaled(table["upper"], unit)]
    low, high = min(e for e in ends if e is not None), max(e for e in ends if e is not None)
    figure.update_xaxes(range=[low - 0.12 * (high - low or 1), high + 0.12 * (high - low or 1)])
    figure.update_yaxes(range=[-0.6, len(table) - 0.3])
    return figure


@plot.register
def _(answer: Plan) -> go.Figure:
    """Expected points of each chosen action alone, and of all together."""
    rows = answer.table.sort_values("expected_points")
    labels = [_short(action_words(r)) for r in rows.itertuples()] + [text("figure.together")]
    value = _scaled([*rows["expected_points"], answer.expected_points], answer.unit)
    figure = _figure(text("figure.plan"), height=120 + 36 * len(labels), x=_move_axis("points", answer.unit))
    figure.add_bar(x=value, y=labels, orientation="h", marker_color=[BETTER] * len(rows) + [TOTAL],
                   text=[points(v, answer.unit) for v in [*rows["expected_points"], answer.expected_points]], textposition="auto",
                   hovertemplate="%{y}<br>%{text}<extra></extra>")  # fmt: skip
    return figure


# Answers of the method ladder ----------------------------------------------------------------

VALUES = (
    "share",
    "mean",
    "prob_better",
    "mean_ridit",
    "top",
    "difference",
    "value",
    "odds_ratio",
    "effect",
    "adjusted",
)
LABELS = ("group", "other", "level", "term", "driver", "coefficient", "a", "b")
LEVEL_SHADES = (
    "#b35806",
    "#f1a340",
    "#d8dce2",
    "#998ec3",
    "#542788",
)  # orange to purple: told apart by every kind of eye


@plot.register
def _(answer: Answer) -> go.Figure:
    """Groups, pairs or coefficients with their intervals; answer shares as diverging bars where the answer has them."""
    if isinstance(bars := answer.extra.get("bars"), pd.DataFrame) and len(bars):
        return _diverging(answer, bars)
    table, value = answer.table, next((one for one in VALUES if one in answer.table), None)
    labels = [one for one in LABELS if one in table]
    if value is None or not labels or not {"lower", "upper"} <= set(table):
        return _effects(answer)
    rows = table.dropna(subset=[value]).head(2 * MOST_ROWS).iloc[::-1]
    figure = _figure(_asked_of(answer), height=110 + 30 * max(len(rows), 2), x=text(f"answer_axis.{value}"))
    words = [
        f"{r[value]:.3f} [{r['lower']:.3f}, {r['upper']:.3f}]" + (f" n={int(r['n']):,}" if "n" in rows else "")
        for _, r in rows.iterrows()
    ]
    names = [" – ".join(_short(level_words(str(row[one]))) for one in labels) for _, row in rows.iterrows()]
    figure.add_scatter(x=clean(rows[value].tolist()), y=names, mode="markers", text=words, hovertemplate="%{y}<br>%{text}<extra></extra>",
                       marker={"size": 9, "color": TOTAL}, error_x=_plain_error(rows, value))  # fmt: skip
    null = {"prob_better": 0.5, "mean_ridit": 0.5, "difference": 0.0, "value": 0.0, "odds_ratio": 1.0}.get(value)
    if null is not None:
        figure.add_vline(x=null, line_color=WORSE, line_dash="dot")
    return figure


def _asked_of(answer: Answer) -> str:
    """The method, and the columns that it was asked of."""
    return text("figure.answer", method=text(f"method.{answer.method}.name"), columns=_columns(answer))


def _columns(answer: Answer) -> str:
    named = [answer.columns[role] for role in ("outcome", "a", "b", "by") if isinstance(answer.columns.get(role), str)]
    return " × ".join(term(one) for one in named)


def _effects(answer: Answer) -> go.Figure:
    """The effect to show, against no effect."""
    shown = answer.effect
    figure = _figure(_asked_of(answer), height=160, x=text(f"effect.{shown.name}") if shown else "")
    if shown is not None:
        rows = pd.DataFrame({"value": [shown.value], "lower": [shown.lower], "upper": [shown.upper]})
        figure.add_scatter(x=clean([shown.value]), y=[text(f"effect.{shown.name}")], mode="markers", marker={"size": 12, "color": TOTAL},
                           error_x=_plain_error(rows, "value"))  # fmt: skip
        figure.add_vline(x=shown.null, line_color=WORSE, line_dash="dot")
    return figure


def _plain_error(rows: pd.DataFrame, value: str) -> dict:
    apart = [
        (h - v, v - low) if pd.notna(h) and pd.notna(low) else (None, None)
        for v, low, h in zip(rows[value], rows["lower"], rows["upper"], strict=True)
    ]
    return {"type": "data", "symmetric": False, "color": NEUTRAL, "thickness": 1.5, "width": 4, "array": clean([one for one, _ in apart]),
            "arrayminus": clean([other for _, other in apart])}  # fmt: skip


def _diverging(answer: Answer, bars: pd.DataFrame) -> go.Figure:
    groups, levels = list(dict.fromkeys(bars["group"])), list(dict.fromkeys(bars["level"]))
    figure = _figure(
        text("figure.answer_shares", columns=_columns(answer)),
        height=150 + 36 * len(groups),
        x=text("answer_axis.percent"),
    )
    figure.update_layout(
        barmode="overlay", showlegend=True, legend={"orientation": "h", "y": -0.35, "traceorder": "normal"}
    )
    for place, level in enumerate(levels):
        rows = bars[bars["level"] == level].set_index("group").loc[groups[::-1]]
        shade = LEVEL_SHADES[round(place * (len(LEVEL_SHADES) - 1) / max(len(levels) - 1, 1))]
        words = [f"{row.share:.1%} n={int(row.n):,}" for row in rows.itertuples()]
        figure.add_bar(y=[_short(level_words(str(one))) for one in rows.index], x=clean((100 * rows["share"]).tolist()), base=clean((100 * rows["left"]).tolist()),
                       orientation="h", name=str(level), marker_color=shade, customdata=words, hovertemplate="%{y}<br>%{customdata}<extra></extra>")  # fmt: skip
    figure.add_vline(x=0, line_color="#26313f")
    return figure


def plot_points(table: pd.DataFrame, a: str, b: str) -> go.Figure:
    """Two columns of averages against each other, one point a row, named by the table's index."""
    figure = _figure(text("figure.points", n=len(table)), height=420, x=term(a), y=term(b))
    figure.add_scatter(x=clean(table[a].tolist()), y=clean(table[b].tolist()), mode="markers+text", text=[_short(level_words(str(one))) for one in table.index],
                       textposition="top center", textfont={"size": 11, "color": NEUTRAL}, cliponaxis=False, marker={"size": 10, "color": TOTAL},
                       hovertemplate="%{text}<br>%{x:.3f}, %{y:.3f}<extra></extra>")  # fmt: skip
    return figure
