"""Figures of methods: groups, pairs and coefficients with their intervals, answer shares as diverging bars."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from ccsat.figures.frame import MOST_ROWS, NEUTRAL, TOTAL, WORSE, new_figure, plot, shorten
from ccsat.findings import clean
from ccsat.methods.answer import Answer
from ccsat.tracetable import level_words
from ccsat.wording import term, text

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
    figure = new_figure(_asked_of(answer), height=110 + 30 * max(len(rows), 2), x=text(f"answer_axis.{value}"))
    words = [
        f"{r[value]:.3f} [{r['lower']:.3f}, {r['upper']:.3f}]" + (f" n={int(r['n']):,}" if "n" in rows else "")
        for _, r in rows.iterrows()
    ]
    names = [" – ".join(shorten(level_words(str(row[one]))) for one in labels) for _, row in rows.iterrows()]
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
    figure = new_figure(_asked_of(answer), height=160, x=text(f"effect.{shown.name}") if shown else "")
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
    figure = new_figure(
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
        figure.add_bar(y=[shorten(level_words(str(one))) for one in rows.index], x=clean((100 * rows["share"]).tolist()), base=clean((100 * rows["left"]).tolist()),
                       orientation="h", name=str(level), marker_color=shade, customdata=words, hovertemplate="%{y}<br>%{customdata}<extra></extra>")  # fmt: skip
    figure.add_vline(x=0, line_color="#26313f")
    return figure


def plot_points(table: pd.DataFrame, a: str, b: str) -> go.Figure:
    """Two columns of averages against each other, one point a row, named by the table's index."""
    figure = new_figure(text("figure.points", n=len(table)), height=420, x=term(a), y=term(b))
    figure.add_scatter(x=clean(table[a].tolist()), y=clean(table[b].tolist()), mode="markers+text", text=[shorten(level_words(str(one))) for one in table.index],
                       textposition="top center", textfont={"size": 11, "color": NEUTRAL}, cliponaxis=False, marker={"size": 10, "color": TOTAL},
                       hovertemplate="%{text}<br>%{x:.3f}, %{y:.3f}<extra></extra>")  # fmt: skip
    return figure
