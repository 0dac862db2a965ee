"""Bands of a dose: natural cut points of times, deciles of the rest; the step that fits best, and the plain mark people name."""

from __future__ import annotations

import numpy as np

SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0}
NATURAL = (60, 300, 900, 3600, 6 * 3600, 86_400, 3 * 86_400, 7 * 86_400)
MARKS = (60, 3600, 86_400)  # a minute, an hour, a day: what promises are made in
MOST_LEVELS = 10
FINE = 60  # bins among which the best step is looked for
GROUPS = 400
DRAWS = 300
NEARLY = 0.3  # of what the best step sets apart, from which the plain mark stands for it
LEAST_SIDE = 0.05  # of the rows, on either side of a step


def unit_seconds(unit: str) -> float | None:
    """Seconds in one unit of a time; None for what is no time."""
    return SECONDS.get(unit)


def band_edges(x: np.ndarray, unit: str, least: int) -> np.ndarray:
    """Cut points (a band holds what lies above one and up to the next): no band has fewer rows than `least`.

    Times are cut at 1, 5 and 15 minutes, 1 and 6 hours, 1, 3 and 7 days where that leaves three bands; else at deciles, or between each of at
    most ten values.
    """
    values = np.unique(x)
    if len(values) <= MOST_LEVELS:
        return _kept(x, values[:-1], least)
    seconds = unit_seconds(unit)
    if seconds:
        natural = _kept(x, np.array(NATURAL) / seconds, least)
        if len(natural) >= 2:
            return natural
    return _kept(x, np.unique(np.quantile(x, np.arange(1, 10) / 10)), least)


def _kept(x: np.ndarray, edges: np.ndarray, least: int) -> np.ndarray:
    """Edges, lowest first, that leave enough rows in each band and above the last."""
    kept, below = [], 0
    for edge in edges:
        under = int((x <= edge).sum())
        if under - below >= least and len(x) - under >= least:
            kept.append(float(edge))
            below = under
    return np.array(kept)


def band_of(x: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Number of each dose's band, from 0."""
    return np.searchsorted(edges, x, side="left")


def mark_of(x: np.ndarray, y: np.ndarray, unit: str, least: int, step: float) -> float:
    """The minute, hour or day that divides the answers best; NaN where none has rows enough on both sides, or sets too little apart beside the best step."""
    seconds = unit_seconds(unit)
    marks = [m / seconds for m in MARKS] if seconds else []
    usable = [m for m in marks if min((x <= m).sum(), (x > m).sum()) >= max(least, LEAST_SIDE / 5 * len(x))]
    mark = max(usable, key=lambda m: _gain(x <= m, y), default=float("nan"))
    worth = mark == mark and (step != step or _gain(x <= mark, y) >= NEARLY * _gain(x <= step, y))
    return mark if worth else float("nan")


def _gain(below: np.ndarray, y: np.ndarray) -> float:
    n, m = int(below.sum()), int((~below).sum())
    return n * m / (n + m) * (y[below].mean() - y[~below].mean()) ** 2


def best_step(
    x: np.ndarray, y: np.ndarray, group: np.ndarray | None, *, rng: np.random.Generator
) -> tuple[float, float, float]:
    """Where one step fits best, with 95 % limits from draws of groups that search anew; NaN where there is no place for one.

    Source:
        Hansen (2000), Econometrica 68, 575-603 (threshold); Efron and Tibshirani (1993), ch. 8 (draws of clusters).
    """
    places = np.unique(np.quantile(x, np.linspace(LEAST_SIDE, 1 - LEAST_SIDE, FINE), method="lower"))
    places = places[[LEAST_SIDE <= (x <= p).mean() <= 1 - LEAST_SIDE for p in places]]
    if not len(places):
        return (float("nan"),) * 3
    groups = np.arange(len(x)) if group is None else group
    many = int(groups.max()) + 1
    if many > GROUPS:
        groups, many = (rng.permutation(many) % GROUPS)[groups], GROUPS
    band = np.searchsorted(places, x, side="left")
    k = len(places) + 1
    flat = groups * k + band
    n = np.bincount(flat, minlength=many * k).reshape(many, k).astype(float)
    s = np.bincount(flat, y, minlength=many * k).reshape(many, k)
    times = np.vstack([np.ones(many), rng.multinomial(many, np.full(many, 1 / many), size=DRAWS)])
    below_n, below_s = np.cumsum(times @ n, 1), np.cumsum(times @ s, 1)
    all_n, all_s = below_n[:, -1:], below_s[:, -1:]
    below_n, below_s = below_n[:, :-1], below_s[:, :-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = below_s / below_n - (all_s - below_s) / (all_n - below_n)
        gain = np.nan_to_num(below_n * (all_n - below_n) / all_n * apart**2, nan=-1.0)
    found = places[gain.argmax(1)]
    lower, upper = np.quantile(found[1:], [0.025, 0.975])
    return float(found[0]), float(lower), float(upper)
