"""Figures of answers, by plotly: the only package that imports it."""

from ccsat.figures.answers import plot_points
from ccsat.figures.frame import plot
from ccsat.figures.traces import plot_cells
from ccsat.figures.watch import plot_verification, plot_watch
from ccsat.figures.why import (
    plot_controllable,
    plot_dose,
    plot_explorer,
    plot_factors,
    plot_first_change,
    plot_reasons,
    plot_weeks,
)

__all__ = [
    "plot", "plot_cells", "plot_controllable", "plot_dose", "plot_explorer", "plot_factors", "plot_first_change", "plot_points", "plot_reasons",
    "plot_verification", "plot_watch", "plot_weeks",
]  # fmt: skip
