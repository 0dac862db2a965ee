"""Driver importance: what each driver explains, averaged over the orders in which drivers can enter, for many draws at once."""

from __future__ import annotations

from math import factorial

import numpy as np

BLOCK = 2_000_000  # numbers held at once while subsets are swept
DEPENDENT = 1e-11  # a column of which the ones before it leave less than this is told by them
MOST_EXACT = 14  # drivers


def subset_explained(moments: np.ndarray, sizes: tuple[int, ...] | None = None, *, fixed: int = 0) -> np.ndarray:
    """Share of the outcome's variance that each subset of drivers explains, in every draw.

    One recursive sweep: subsets that share their first drivers share the work, so all 2^p of them cost about six Schur
    complements of one number each.

    Args:
        moments: Draws x columns x columns, centred: first `fixed` columns that are in every model, then the drivers',
            last the outcome.
        sizes: Columns of each driver; one each where not given.

    Returns:
        2^p x draws; bit j of the row says whether driver j is in.
    """
    moments = np.atleast_3d(moments.T).transpose(2, 0, 1) if moments.ndim == 2 else moments
    sizes = sizes or (1,) * (moments.shape[1] - fixed - 1)
    step = max(1, BLOCK // (3 << len(sizes)))
    parts = [_subsets(moments[at : at + step], sizes, fixed) for at in range(0, len(moments), step)]
    return np.concatenate(parts, axis=1)


def _subsets(moments: np.ndarray, sizes: tuple[int, ...], fixed: int) -> np.ndarray:
    a = np.ascontiguousarray(moments.transpose(1, 2, 0))[None]  # subsets x columns x columns x draws
    least = DEPENDENT * a[0].diagonal(axis1=0, axis2=1).T  # columns x draws
    total = a[0, -1, -1].copy()
    for _ in range(fixed):
        a, least = _without_first(a, least[0]), least[1:]
    for size in sizes:
        out, into = a[:, size:, size:], a
        for k in range(size):
            into = _without_first(into, least[k])
        a, least = np.concatenate([out, into]), least[size:]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, 1 - a[:, 0, 0] / total, 0.0)


def _without_first(a: np.ndarray, least: np.ndarray) -> np.ndarray:
    """What the first column leaves of the others; all of it where the column is told by those before."""
    pivot = a[:, :1, :1]
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = np.where(pivot > least, a[:, 1:, :1] / pivot, 0.0)
    return a[:, 1:, 1:] - slope * a[:, :1, 1:]


def shapley_weights(drivers: int) -> np.ndarray:
    """Drivers x subsets: times what the subsets explain, the mean gain of each driver over all orders of entry.

    Source:
        Shapley (1953); Lindeman, Merenda, Gold (1980), Introduction to Bivariate and Multivariate Analysis.
    """
    inside = members(drivers)
    size = inside.sum(0)
    chance = np.array([factorial(s) * factorial(drivers - s - 1) for s in range(drivers)] + [0]) / factorial(drivers)
    return np.where(inside, chance[np.maximum(size - 1, 0)], -chance[size])


def members(drivers: int) -> np.ndarray:
    """Drivers x subsets: whether the driver is in the subset."""
    return (np.arange(1 << drivers)[None, :] >> np.arange(drivers)[:, None] & 1).astype(bool)


def lmg(moments: np.ndarray, sizes: tuple[int, ...] | None = None, *, fixed: int = 0) -> np.ndarray:
    """Draws x drivers: the mean rise of R2 with each driver over all orders of entry; they add up to what all explain."""
    explained = subset_explained(moments, sizes, fixed=fixed)
    return (shapley_weights(len(explained).bit_length() - 1) @ explained).T


def by_size(explained: np.ndarray) -> np.ndarray:
    """Drivers x sizes: mean rise with a driver over the subsets of each size that lack it (conditional dominance).

    Args:
        explained: Of each subset, as `subset_explained` for one draw.
    """
    p = len(explained).bit_length() - 1
    inside, size, found = members(p), members(p).sum(0), np.empty((p, p))
    for j in range(p):
        without = np.flatnonzero(~inside[j])
        rise = explained[without + (1 << j)] - explained[without]
        found[j] = np.bincount(size[without], rise, p) / np.bincount(size[without], minlength=p)
    return found


def outdoes(explained: np.ndarray) -> np.ndarray:
    """Drivers x drivers: share of the subsets with neither in which the first raises more than the second (1: it dominates
    completely)."""
    p = len(explained).bit_length() - 1
    inside, found = members(p), np.full((p, p), np.nan)
    for a in range(p):
        for b in range(p):
            if a != b:
                neither = np.flatnonzero(~inside[a] & ~inside[b])
                found[a, b] = (explained[neither + (1 << a)] > explained[neither + (1 << b)]).mean()
    return found


def drawn_orders(drivers: int, pairs: int, rng: np.random.Generator) -> np.ndarray:
    """Orders of entry, each followed by its reverse (which takes much of the chance out): 2 pairs x drivers."""
    orders = rng.permuted(np.tile(np.arange(drivers), (pairs, 1)), axis=1)
    return np.stack([orders, orders[:, ::-1]], axis=1).reshape(2 * pairs, drivers)


def lmg_by_orders(
    moments: np.ndarray, orders: np.ndarray, sizes: tuple[int, ...] | None = None, *, fixed: int = 0
) -> np.ndarray:
    """Orders x draws x drivers: the rise of R2 with each driver as it enters; the mean over orders estimates `lmg`."""
    sizes = sizes or (1,) * (moments.shape[-1] - fixed - 1)
    ends = fixed + np.cumsum(sizes)
    places = [np.arange(end - size, end) for end, size in zip(ends, sizes, strict=True)]
    found = np.empty((len(orders), len(moments), len(sizes)))
    for k, order in enumerate(orders):
        turn = np.concatenate([np.arange(fixed), *(places[j] for j in order), [ends[-1]]]).astype(int)
        a = moments[:, turn][:, :, turn].transpose(1, 2, 0)[None]
        least, total = DEPENDENT * a[0].diagonal(axis1=0, axis2=1).T, a[0, -1, -1].copy()
        left, at = [], 0
        for stop in np.concatenate([[fixed], fixed + np.cumsum([sizes[j] for j in order])]):
            for column in range(at, stop):
                a = _without_first(a, least[column])
            left.append(a[0, -1, -1])
            at = stop
        found[k][:, order] = (-np.diff(np.stack(left), axis=0) / np.where(total > 0, total, np.inf)).T
    return found


def johnson(moments: np.ndarray) -> np.ndarray:
    """Draws x columns: Johnson's relative weights (Genizi's split), which add up to R2.

    Source:
        Johnson (2000), Multivariate Behavioral Research 35, 1-19; Genizi (1993), Statistica Sinica 3, 407-420.
    """
    root, turned, _ = _decorrelated(moments)
    return (root**2 @ turned[..., None] ** 2)[..., 0]


def car_scores(moments: np.ndarray) -> np.ndarray:
    """Draws x columns: correlations with the decorrelated drivers; their squares add up to R2.

    Source:
        Zuber, Strimmer (2011), Statistical Applications in Genetics and Molecular Biology 10, 34.
    """
    return _decorrelated(moments)[1]


def _decorrelated(moments: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The root of the drivers' correlations, and the outcome's correlation with the nearest uncorrelated drivers."""
    spread = np.sqrt(np.maximum(np.einsum("...ii->...i", moments), 0))
    scale = np.where(spread > 0, spread, 1.0)
    r = moments / (scale[..., :, None] * scale[..., None, :])
    values, vectors = np.linalg.eigh(r[..., :-1, :-1])
    values = np.maximum(values, 0)
    with np.errstate(divide="ignore"):
        back = np.where(values > DEPENDENT, 1 / np.sqrt(values), 0.0)
    root = (vectors * np.sqrt(values)[..., None, :]) @ vectors.swapaxes(-1, -2)
    inverse = (vectors * back[..., None, :]) @ vectors.swapaxes(-1, -2)
    return root, (inverse @ r[..., :-1, -1:])[..., 0], r


def partialled(moments: np.ndarray, fixed: int) -> np.ndarray:
    """Moments that are left once the first `fixed` columns are held equal."""
    if not fixed:
        return moments
    held, cross = moments[..., :fixed, :fixed], moments[..., :fixed, fixed:]
    return moments[..., fixed:, fixed:] - cross.swapaxes(-1, -2) @ (np.linalg.pinv(held, hermitian=True) @ cross)


def inflation(moments: np.ndarray, sizes: tuple[int, ...]) -> np.ndarray:
    """Variance inflation of each driver by the other columns; of several columns the generalised one, per column.

    Args:
        moments: Of the drivers' columns alone.

    Source:
        Fox, Monette (1992), Journal of the American Statistical Association 87, 178-183.
    """
    spread = np.sqrt(np.diag(moments))
    r = moments / np.outer(spread, spread)
    whole, found, at = np.linalg.slogdet(r)[1], [], 0
    for size in sizes:
        own = np.zeros(len(r), bool)
        own[at : at + size] = True
        rest = np.linalg.slogdet(r[np.ix_(~own, ~own)])[1] if size < len(r) else 0.0
        found.append(np.exp((np.linalg.slogdet(r[np.ix_(own, own)])[1] + rest - whole) / size))
        at += size
    return np.array(found)
