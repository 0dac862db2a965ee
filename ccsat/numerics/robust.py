"""Middles that outliers and skew move little: medians, trimmed means and winsorised spreads by group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Trimmed:
    """Trimmed means of groups: `kept` rows, `variance` of each mean, `df`."""

    mean: np.ndarray
    variance: np.ndarray
    kept: np.ndarray

    @property
    def df(self) -> np.ndarray:
        """Degrees of freedom of each variance."""
        return self.kept - 1


def sorted_groups(y: np.ndarray, group: np.ndarray, groups: int) -> list[np.ndarray]:
    """Values of each group in order."""
    order = np.lexsort((y, group))
    return np.split(y[order], np.searchsorted(group[order], np.arange(1, groups)))


def trimmed_means(parts: list[np.ndarray], *, trim: float = 0.2) -> Trimmed:
    """Means without the `trim` share of rows at either end.

    Args:
        parts: Values of each group in order.

    Source:
        Yuen (1974), Biometrika 61, 165-170.
    """
    made = []
    for values in parts:
        n = len(values)
        cut = int(np.floor(trim * n))
        kept = n - 2 * cut
        held = np.clip(values, values[cut], values[n - cut - 1])
        spread = ((held - held.mean()) ** 2).sum()
        made.append((values[cut : n - cut].mean(), spread / (kept * (kept - 1)) if kept > 1 else np.nan, kept))
    return Trimmed(*(np.array(part, float) for part in zip(*made, strict=True)))


def middles(
    y: np.ndarray, group: np.ndarray, groups: int, *, weight: np.ndarray | None = None, trim: float = 0.2
) -> dict[str, np.ndarray]:
    """`median`, `lower_quartile`, `upper_quartile` and `trimmed_mean` of each group, weighted where there are weights."""
    if weight is None:
        parts = sorted_groups(y, group, groups)
        quartiles = np.array([np.quantile(part, [0.25, 0.5, 0.75]) if len(part) else [np.nan] * 3 for part in parts])
        return {"median": quartiles[:, 1], "lower_quartile": quartiles[:, 0], "upper_quartile": quartiles[:, 2],
                "trimmed_mean": np.array([part[int(trim * len(part)) : len(part) - int(trim * len(part))].mean() for part in parts])}  # fmt: skip
    order = np.lexsort((y, group))
    y, w, edges = y[order], weight[order], np.searchsorted(group[order], np.arange(groups + 1))
    rows = [_weighted(y[a:b], w[a:b], trim) for a, b in zip(edges[:-1], edges[1:], strict=True)]
    names = ("lower_quartile", "median", "upper_quartile", "trimmed_mean")
    return {name: np.array(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)}


def _weighted(y: np.ndarray, w: np.ndarray, trim: float) -> tuple[float, float, float, float]:
    reached = np.cumsum(w)
    total = reached[-1]
    quartiles = []
    for share in (0.25, 0.5, 0.75):
        k = int(np.searchsorted(reached, share * total - 1e-12 * total))
        even = k + 1 < len(y) and abs(reached[k] - share * total) < 1e-9 * total
        quartiles.append(float((y[k] + y[k + 1]) / 2 if even else y[k]))
    part = np.clip(np.minimum(reached, (1 - trim) * total) - np.maximum(reached - w, trim * total), 0, None)
    return (*quartiles, float(part @ y / part.sum()))
