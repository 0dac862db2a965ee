"""Where a straight line bends: search, test and bootstrap of one threshold, on sums per group and bin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MOST_BINS = 120
MOST_PLACES = 60
MOST_POOLED = 400


@dataclass(frozen=True)
class Bend:
    """A threshold found.

    Attributes:
        at: Of the dose. before, change: Slope below it, and by how much it is more above.
        limits, before_limits, change_limits: Of 95 % bootstrap draws, each with its own search.
        p_value: Of "there is no bend anywhere", by multipliers of the scores. places: Where it was looked for.
    """

    at: float
    before: float
    change: float
    limits: tuple[float, float]
    before_limits: tuple[float, float]
    change_limits: tuple[float, float]
    p_value: float
    places: np.ndarray


def find_bend(
    dose: np.ndarray,
    y: np.ndarray,
    z: np.ndarray,
    *,
    weight: np.ndarray | None,
    cluster: np.ndarray | None,
    draws: int,
    rng: np.random.Generator,
) -> Bend | None:
    """The threshold that leaves the least unexplained; None with too few different doses.

    Args:
        z: What is held equal, one column each (none: n x 0).
        cluster: Drawn whole, and scored whole; None: rows, pooled at random.

    Source:
        Hansen (1996), Econometrica 64, 413-430 (test); Muggeo (2003), Statistics in Medicine 22, 3055-3071 (model);
        Efron and Tibshirani (1993), ch. 8 (draws of clusters).
    """
    w = np.ones(len(y)) if weight is None else weight
    bins, middle = _bins(dose, w)
    held = np.bincount(bins, w, len(middle))
    running = (np.cumsum(held) - held / 2) / held.sum()
    places = middle[(running > 0.05) & (running < 0.95)]
    if len(places) < 3:
        return None
    places = places[np.unique(np.linspace(0, len(places) - 1, min(len(places), MOST_PLACES)).round().astype(int))]
    group, groups = (np.arange(len(y)), len(y)) if cluster is None else (cluster, int(cluster.max()) + 1)
    if groups > MOST_POOLED:
        group, groups = (rng.permutation(groups) % MOST_POOLED)[group], MOST_POOLED
    z = (z - w @ z / w.sum()) / np.where(np.ptp(z, axis=0) > 0, z.std(0), 1.0) if z.shape[1] else z
    y = y - float(w @ y / w.sum())
    sums = _Sums(bins, middle, y, z, w, group, groups, places)
    best, before, change = (part[0] for part in sums.search(np.ones((1, groups))))
    times = rng.multinomial(groups, np.full(groups, 1 / groups), size=draws).astype(float)
    found = [part for some in np.array_split(times, max(1, draws // 100)) for part in [sums.search(some)]]
    at, befores, changes = (np.concatenate(parts) for parts in zip(*found, strict=True))
    between = lambda values: tuple(float(v) for v in np.nanquantile(values, [0.025, 0.975]))
    return Bend(float(places[best]), float(before), float(change), between(places[at]), between(befores), between(changes),
                sums.score_p(rng, 999), places)  # fmt: skip


def _bins(dose: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A bin of each row, and each bin's mean dose: the doses themselves where they are few."""
    values, place = np.unique(dose, return_inverse=True)
    if len(values) > MOST_BINS:
        mass = np.cumsum(np.bincount(place, w, len(values))) / w.sum()
        cut = np.minimum((mass * MOST_BINS * (1 - 1e-12)).astype(int), MOST_BINS - 1)
        place = np.unique(cut, return_inverse=True)[1][place]
    held = np.bincount(place, w)
    return place, np.bincount(place, w * dose) / held


class _Sums:
    """Sums per group and bin, and the search over places for any multiplicities of the groups."""

    def __init__(self, bins, middle, y, z, w, group, groups, places):
        b, k = len(middle), z.shape[1]
        flat = group * b + bins
        table = lambda amount: np.bincount(flat, amount, groups * b).reshape(groups, b)
        self.n, self.y, self.z = table(w), table(w * y), [table(w * z[:, j]) for j in range(k)]
        add = lambda amount: np.bincount(group, w * amount, groups)
        self.zz = np.array([[add(z[:, i] * z[:, j]) for j in range(k)] for i in range(k)]).reshape(k, k, groups)
        self.zy = np.array([add(z[:, j] * y) for j in range(k)]).reshape(k, groups)
        self.middle, self.scale = middle, max(float(np.ptp(middle)), 1e-300)
        self.d = (middle - middle[0]) / self.scale
        self.hinge = np.maximum(self.d[:, None] - ((places - middle[0]) / self.scale)[None, :], 0)
        self.rows = (bins, y, z, w, group, groups)

    def _base(self, times):
        n, y, z = times @ self.n, times @ self.y, [times @ part for part in self.z]
        k, d = len(z), self.d
        base = np.empty((len(times), k + 2, k + 2))
        by = np.empty((len(times), k + 2))
        bh = np.empty((len(times), k + 2, self.hinge.shape[1]))
        columns = [n, n * d, *z]
        for i, column in enumerate(columns[:2] if k == 0 else columns):
            base[:, i, 0] = base[:, 0, i] = column.sum(1)
            base[:, i, 1] = base[:, 1, i] = (column * d).sum(1)
            bh[:, i] = column @ self.hinge
        by[:, 0], by[:, 1] = y.sum(1), (y * d).sum(1)
        for i in range(k):
            by[:, i + 2] = times @ self.zy[i]
            for j in range(k):
                base[:, i + 2, j + 2] = times @ self.zz[i, j]
        return n, y, base, by, bh

    def search(self, times):
        """Best place, slope before and change of slope, for each row of multiplicities."""
        n, y, base, by, bh = self._base(times)
        inverse = np.linalg.pinv(base, hermitian=True)
        hh, hy = n @ self.hinge**2, y @ self.hinge
        turned = inverse @ bh
        left = hh - np.einsum("tip,tip->tp", bh, turned)
        over = hy - np.einsum("ti,tip->tp", by, turned)
        with np.errstate(divide="ignore", invalid="ignore"):
            gain = np.where(left > 1e-10 * hh, over**2 / left, -1.0)
            change = over / left
        best = gain.argmax(1)
        each = np.arange(len(times))
        change = change[each, best]
        plain = np.einsum("tij,tj->ti", inverse, by)
        before = plain[:, 1] - turned[each, 1, best] * change
        return best, before / self.scale, change / self.scale

    def score_p(self, rng, draws):
        """p of the largest standardised score over the places, under random signs of whole groups."""
        bins, y, z, w, group, groups = self.rows
        _, _, base, by, bh = self._base(np.ones((1, groups)))
        inverse = np.linalg.pinv(base[0], hermitian=True)
        fixed = np.column_stack([np.ones(len(y)), self.d[bins], z])
        left = w * (y - fixed @ (inverse @ by[0]))
        own = np.bincount(group * len(self.d) + bins, left, groups * len(self.d)).reshape(groups, -1) @ self.hinge
        own -= np.column_stack([np.bincount(group, left * column, groups) for column in fixed.T]) @ (inverse @ bh[0])
        size = np.sqrt((own**2).sum(0))
        own = (
            own[:, size > 1e-12 * max(float(size.max()), 1e-300)] / size[size > 1e-12 * max(float(size.max()), 1e-300)]
        )
        if not own.shape[1]:
            return 1.0
        seen = np.abs(own.sum(0)).max()
        signs = rng.standard_normal((draws, groups))
        return float((1 + (np.abs(signs @ own).max(1) >= seen).sum()) / (draws + 1))


def natural_spline(dose: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """Columns beside the line itself: cubic between the knots, straight beyond them, in the dose's unit.

    Source:
        Harrell (2015), Regression Modeling Strategies, 2.4.5.
    """
    cube = lambda t: np.maximum(dose - t, 0) ** 3
    last, before = knots[-1], knots[-2]
    columns = [
        (cube(t) - cube(before) * (last - t) / (last - before) + cube(last) * (before - t) / (last - before))
        for t in knots[:-2]
    ]
    return np.column_stack(columns) / (last - knots[0]) ** 2
