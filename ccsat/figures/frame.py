"""What every figure shares: colours, fonts, axes, and `plot`, which each kind of answer is registered with."""

from __future__ import annotations

import sys
from functools import singledispatch

import pandas as pd
import plotly.graph_objects as go

from ccsat.findings import clean
from ccsat.lean import load_nbformat
from ccsat.results import Result
from ccsat.wording import UNITS, text

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


def new_figure(title: str, *, height: int, x: str = "", y: str = "") -> go.Figure:
    """An empty figure with our fonts, a title and named axes."""
    if "IPython" in sys.modules:  # it will be shown, for which plotly imports nbformat
        load_nbformat()
    figure = go.Figure()
    figure.update_layout(
        title={"text": title, "font": {"size": 17}, "x": 0, "xanchor": "left", "xref": "container", "pad": {"l": 12}},
        font={"family": FONT, "size": 13, "color": "#26313f"}, template="plotly_white", height=height,
        margin={"l": 12, "r": 24, "t": 56, "b": 48}, showlegend=False, bargap=0.35, hoverlabel={"font": {"family": FONT}})  # fmt: skip
    figure.update_xaxes(title=x, automargin=True, gridcolor="#e8ecf1", zerolinecolor="#b6bfcb")
    figure.update_yaxes(title=y, automargin=True, gridcolor="#e8ecf1", zerolinecolor="#b6bfcb")
    return figure


def shorten(words: str, longest: int = LONGEST) -> str:
    """Words that fit beside an axis."""
    return words if len(words) <= longest else words[: longest - 1] + "…"


def scaled(values: object, unit: str) -> list:
    """Values in the unit that people read: percent for rates."""
    return clean([None if pd.isna(v) else v * UNITS[unit] for v in values])


def axis_words(unit: str) -> str:
    """Title of an axis of values."""
    return text(f"axis.{unit}")


def move_words(kind: str, unit: str) -> str:
    """Title of an axis of points: of a change, a gap, a deduction."""
    return text(f"axis.{kind}", unit=text(f"point_unit.{unit}"))
