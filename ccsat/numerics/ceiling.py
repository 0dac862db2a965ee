"""Ceilings of a cloud of points: what level of the outcome no row reaches without enough of a condition."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Ceiling:
    """A ceiling over the points.

    Attributes:
        effect: Empty share of the scope, above a step line through the best rows (CE-FDH); `effect_line`: above a straight
            line through its corners (CR-FDH), NaN with one corner or a falling line.
        corner_x, corner_y: Upper-left corners of the steps. constant, slope: Of the straight line.
    """

    effect: float
    effect_line: float
    corner_x: np.ndarray
    corner_y: np.ndarray
    constant: float
    slope: float


def find_ceiling(x: np.ndarray, y: np.ndarray) -> Ceiling:
    """Both ceilings, within the smallest and largest values seen.

    Source:
        Dul (2016), Organizational Research Methods 19, 10-52.
    """
    values, place = np.unique(x, return_inverse=True)
    best = np.full(len(values), -np.inf)
    np.maximum.at(best, place, y)
    peak = np.maximum.accumulate(best)
    low, high = float(y.min()), float(y.max())
    scope = (values[-1] - values[0]) * (high - low)
    effect = float(((high - peak[:-1]) * np.diff(values)).sum() / scope)
    corner = np.concatenate([[True], np.diff(peak) > 0])
    cx, cy = values[corner], peak[corner]
    if len(cx) < 2:
        return Ceiling(effect, np.nan, cx, cy, np.nan, np.nan)
    slope, constant = np.polyfit(cx, cy, 1)
    line = _above(constant, slope, float(values[0]), float(values[-1]), low, high) / scope if slope > 0 else np.nan
    return Ceiling(effect, float(line), cx, cy, float(constant), float(slope))


def _above(constant, slope, left, right, low, high) -> float:
    """Area of a box above a rising line."""
    top = min(max((high - constant) / slope, left), right)
    bottom = min(max((low - constant) / slope, left), right)
    return (bottom - left) * (high - low) + (high - (constant + slope * (top + bottom) / 2)) * (top - bottom)


def shuffled_effects(x: np.ndarray, y: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """CE-FDH effects of the same values paired at random.

    Source:
        Dul, van der Laan and Kuik (2020), Organizational Research Methods 23, 385-395.
    """
    order = np.argsort(x, kind="stable")
    values, first = np.unique(x[order], return_index=True)
    low, high = float(y.min()), float(y.max())
    width, scope = np.diff(values), (values[-1] - values[0]) * (high - low)
    out = np.empty(draws)
    for draw in range(draws):
        peak = np.maximum.accumulate(np.maximum.reduceat(rng.permutation(y), first))
        out[draw] = ((high - peak[:-1]) * width).sum() / scope
    return out


def needed_at(ceiling: Ceiling, x_low: float, y_share: np.ndarray, low: float, high: float) -> np.ndarray:
    """The least of the condition seen at each share of the outcome's range (NaN: not necessary there)."""
    level = low + y_share * (high - low)
    at = np.searchsorted(ceiling.corner_y, level - 1e-12)
    needed = np.where(at < len(ceiling.corner_x), ceiling.corner_x[np.minimum(at, len(ceiling.corner_x) - 1)], np.nan)
    return np.where(needed > x_low, needed, np.nan)
