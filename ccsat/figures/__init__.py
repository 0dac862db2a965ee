"""Figures of answers, by plotly: the only package that imports it."""

from ccsat.figures.answers import plot_points
from ccsat.figures.frame import plot
from ccsat.figures.traces import plot_cells

__all__ = ["plot", "plot_cells", "plot_points"]
