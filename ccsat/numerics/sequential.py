"""Group-sequential tests: bounds at each look, what they cost in rows, and intervals that have looked before."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

POINTS = 801  # of the grid on which the score's density is carried from look to look


def crossing(bounds: np.ndarray, *, drift: float = 0.0) -> np.ndarray:
    """Chance of leaving -bound..bound for the first time at each of equally spaced looks.

    Args:
        bounds: On the z scale, one a look. drift: Mean of z at the last look.

    Returns:
        Chance a look, either side together; the sum is the size (drift 0) or the power.

    Source:
        Armitage, McPherson and Rowe (1969), Journal of the Royal Statistical Society A 132, 235-244.
    """
    bounds = np.asarray(bounds, float)
    k = len(bounds)
    step = drift / np.sqrt(k)  # mean of the increment of the score, whose variance is 1 a look
    limit = bounds * np.sqrt(np.arange(1, k + 1))
    out = np.empty(k)
    out[0] = ndtr(-limit[0] + step) + ndtr(-limit[0] - step)
    grid, weight = _grid(limit[0])
    density = np.exp(-((grid - step) ** 2) / 2) / np.sqrt(2 * np.pi) * weight
    for j in range(1, k):
        out[j] = float(density @ (ndtr(grid + step - limit[j]) + ndtr(-limit[j] - grid - step)))
        new, weight = _grid(limit[j])
        density = (np.exp(-((new[:, None] - grid[None, :] - step) ** 2) / 2) / np.sqrt(2 * np.pi)) @ density * weight
        grid = new
    return out


def _grid(limit: float) -> tuple[np.ndarray, np.ndarray]:
    """Nodes between the bounds and Simpson's weights."""
    nodes = np.linspace(-limit, limit, POINTS)
    weight = np.full(POINTS, 2.0)
    weight[1::2] = 4.0
    weight[0] = weight[-1] = 1.0
    return nodes, weight * (nodes[1] - nodes[0]) / 3


def obrien_fleming(looks: int, *, level: float = 0.95) -> np.ndarray:
    """Bounds of z at equally spaced looks: c sqrt(K / k), with the size kept at 1 - level.

    Source:
        O'Brien and Fleming (1979), Biometrics 35, 549-556; Jennison and Turnbull (2000), Group Sequential Methods, table 2.3.
    """
    from scipy.optimize import brentq

    shape = np.sqrt(looks / np.arange(1, looks + 1))
    if looks == 1:
        return np.array([ndtri((1 + level) / 2)])
    return brentq(lambda c: crossing(c * shape).sum() - (1 - level), 1.0, 6.0, xtol=1e-9) * shape


def inflation(bounds: np.ndarray, *, power: float = 0.8, level: float = 0.95) -> float:
    """How many times the rows of a test with one look are needed at most, for the same power.

    Source:
        Jennison and Turnbull (2000), table 2.4.
    """
    from scipy.optimize import brentq

    fixed = ndtri((1 + level) / 2) + ndtri(power)
    drift = brentq(lambda d: crossing(bounds, drift=d).sum() - power, 0.5, 12.0, xtol=1e-9)
    return float((drift / fixed) ** 2)


def peeking_size(looks: int, *, level: float = 0.95) -> float:
    """Chance of a false alarm where one looks so often at a test that allows one look only."""
    return float(crossing(np.full(looks, ndtri((1 + level) / 2))).sum())
