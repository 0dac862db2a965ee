"""Rows and columns of a table as points of one map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Map:
    """Principal coordinates of rows and columns (one column an axis), and what each axis holds of the inertia."""

    rows: np.ndarray
    columns: np.ndarray
    row_mass: np.ndarray
    column_mass: np.ndarray
    inertia: np.ndarray  # one an axis; they add up to chi-square / n
    row_part: np.ndarray  # of an axis' inertia, one row a level
    column_part: np.ndarray


def correspondence(counts: np.ndarray) -> Map:
    """Simple correspondence analysis.

    The sign of an axis is chosen so that the row that makes most of it stands on the positive side.

    Source:
        Greenacre (2017), Correspondence Analysis in Practice, appendix B.
    """
    p = counts / counts.sum()
    r, c = p.sum(1), p.sum(0)
    u, s, v = np.linalg.svd((p - np.outer(r, c)) / np.sqrt(np.outer(r, c)), full_matrices=False)
    axes = min(counts.shape) - 1
    u, s, v = u[:, :axes], s[:axes], v[:axes].T
    sign = np.where(u[np.abs(u).argmax(0), np.arange(axes)] < 0, -1.0, 1.0) if axes else np.ones(0)
    u, v = u * sign, v * sign
    return Map(u * s / np.sqrt(r)[:, None], v * s / np.sqrt(c)[:, None], r, c, s**2, u**2, v**2)
