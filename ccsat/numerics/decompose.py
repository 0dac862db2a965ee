"""Changes and losses split among segments, with the covariance of the parts, from sums by cluster, period and segment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Split:
    """A change between two periods split among segments.

    Attributes:
        share, mean: 2 x segments, baseline first; mean is NaN where a segment has no rows.
        mix, rate: Of each segment. totals: mix, rate, and the three-fold mix, rate and interaction.
        covariance: Of (mix, rate, points of each segment, then the totals).
        overall: Mean of both periods.
    """

    share: np.ndarray
    mean: np.ndarray
    rows: np.ndarray
    mix: np.ndarray
    rate: np.ndarray
    totals: dict[str, float]
    covariance: np.ndarray
    overall: np.ndarray


def split_change(
    y: np.ndarray, segment: np.ndarray, later: np.ndarray, segments: int, *, weight: np.ndarray | None = None, kind: str = "",
    cluster: np.ndarray | None = None,
) -> Split:  # fmt: skip
    """Kitagawa's symmetric split, mix centred on the mean of the two overall means, with the covariance by linearisation.

    A segment seen in one period only has the mean it has there in both, and so counts wholly as mix.

    Source:
        Kitagawa (1955), Journal of the American Statistical Association 50, 1168-1194; Das Gupta (1993).
    """
    w = np.ones(len(y)) if weight is None else weight
    cell = later.astype(np.int64) * segments + segment
    size = 2 * segments

    def added(amount: np.ndarray) -> np.ndarray:
        return np.bincount(cell, amount, minlength=size).reshape(2, segments)

    total, rows = added(w), added(np.ones(len(y)))
    with np.errstate(invalid="ignore", divide="ignore"):
        seen = added(w * y) / total
    mean = np.where(np.isnan(seen), seen[::-1], seen)
    share = total / total.sum(1, keepdims=True)
    overall = (share * mean).sum(1)
    middle, reference = mean.mean(0), overall.mean()
    d_share, d_mean = share[1] - share[0], mean[1] - mean[0]
    mix, rate = d_share * (middle - reference), share.mean(0) * d_mean
    totals = {"mix": float(mix.sum()), "rate": float(rate.sum()), "threefold_mix": float(d_share @ mean[0]), "threefold_rate": float(share[0] @ d_mean),
              "threefold_interaction": float(d_share @ d_mean)}  # fmt: skip

    # Slopes of every term in shares (a) and means (m) of both periods: terms x 2 x segments.
    eye = np.eye(segments)
    by_share, by_mean = np.zeros((2 * segments, 2, segments)), np.zeros((2 * segments, 2, segments))
    for period, sign in ((0, -1.0), (1, 1.0)):
        by_share[:segments, period] = sign * np.diag(middle - reference) - np.outer(d_share, mean[period]) / 2
        by_mean[:segments, period] = np.diag(d_share) / 2 - np.outer(d_share, share[period]) / 2
        by_share[segments:, period] = np.diag(d_mean) / 2
        by_mean[segments:, period] = sign * np.diag(share.mean(0))
    three_share, three_mean = np.zeros((3, 2, segments)), np.zeros((3, 2, segments))
    three_share[0, 0], three_share[0, 1], three_mean[0, 0] = -mean[0], mean[0], d_share
    three_share[1, 0], three_mean[1, 0], three_mean[1, 1] = d_mean, -share[0], share[0]
    three_share[2, 0], three_share[2, 1], three_mean[2, 0], three_mean[2, 1] = -d_mean, d_mean, -d_share, d_share
    sums = np.vstack([np.hstack([eye, np.zeros_like(eye)]), np.hstack([np.zeros_like(eye), eye]), np.hstack([eye, eye]),
                      np.r_[np.ones(segments), np.zeros(segments)][None], np.r_[np.zeros(segments), np.ones(segments)][None]])  # fmt: skip
    by_share = np.concatenate([np.einsum("ts,spk->tpk", sums, by_share), three_share])
    by_mean = np.concatenate([np.einsum("ts,spk->tpk", sums, by_mean), three_mean])
    for period in (0, 1):  # a mean borrowed from the other period moves with that one
        lacking = total[period] == 0
        by_mean[:, 1 - period, lacking] += by_mean[:, period, lacking]
        by_mean[:, period, lacking] = 0
    # A row's influence is constant + slope * (y - mean) within its cell.
    per = total.sum(1)
    constant = (by_share - (by_share * share).sum(2, keepdims=True)) / per[:, None]
    slope = np.divide(by_mean, total, out=np.zeros_like(by_mean), where=total > 0)
    constant, slope = constant.reshape(len(constant), -1), slope.reshape(len(slope), -1)
    away = y - mean.ravel()[cell]
    return Split(
        share, seen, rows, mix, rate, totals, _covariance(constant, slope, cell, size, w, away, kind, cluster), overall
    )


def _covariance(
    constant: np.ndarray,
    slope: np.ndarray,
    cell: np.ndarray,
    size: int,
    w: np.ndarray,
    away: np.ndarray,
    kind: str,
    cluster: np.ndarray | None,
) -> np.ndarray:
    if cluster is None:
        square = w if kind == "frequency" else w**2
        n = w.sum() if kind == "frequency" else float(len(w))
        one, cross, two = (
            np.bincount(cell, square * part, minlength=size) for part in (np.ones(len(w)), away, away**2)
        )
        made = (constant * one) @ constant.T + (slope * two) @ slope.T
        mixed = (constant * cross) @ slope.T
        return (made + mixed + mixed.T) * (n / max(n - 1, 1))
    groups = int(cluster.max()) + 1
    at = np.asarray(cluster, np.int64) * size + cell
    count, sums = (np.bincount(at, part, minlength=groups * size).reshape(groups, size) for part in (w, w * away))
    influence = count @ constant.T + sums @ slope.T
    return influence.T @ influence * (groups / max(groups - 1, 1))


def deduction_parts(
    lost: np.ndarray,
    segment: np.ndarray,
    segments: int,
    *,
    weight: np.ndarray | None = None,
    cluster: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """What each segment takes of the mean loss, with its errors for independent and for clustered rows, and of its excess over the average.

    Source:
        Linearised means of a product; G / (G - 1).
    """
    w = np.ones(len(lost)) if weight is None else weight
    n, total = len(lost), w.sum()

    def added(amount: np.ndarray) -> np.ndarray:
        return np.bincount(segment, amount, minlength=segments)

    sums, size, rows = added(w * lost), added(w), added(np.ones(n))
    part, share = sums / total, size / total
    with np.errstate(invalid="ignore", divide="ignore"):
        each = sums / size
    whole = float(part.sum())
    excess = share * (each - whole)
    square = added((w * lost) ** 2) - 2 * part * added(w**2 * lost) + part**2 * (w**2).sum()
    made = {"rows": rows, "share": share, "each": each, "part": part, "excess": excess, "mean": np.array(whole),
            "error": np.sqrt(square / total**2 * n / (n - 1))}  # fmt: skip
    if cluster is None:
        away = lost - whole
        of_excess = added(w**2 * (away**2)) - 2 * excess * added(w**2 * away) + excess**2 * (w**2).sum()
        lean = w**2 * away
        of_excess = (
            of_excess + share**2 * (w**2 * away**2).sum() - 2 * share * (added(w**2 * away**2) - excess * lean.sum())
        )
        return made | {"error_excess": np.sqrt(np.maximum(of_excess, 0) / total**2 * n / (n - 1)),
                       "error_mean": np.array(np.sqrt((w**2 * away**2).sum() / total**2 * n / (n - 1)))}  # fmt: skip
    groups = int(cluster.max()) + 1
    at = np.asarray(cluster, np.int64) * segments + segment
    loss, count = (
        np.bincount(at, amount, minlength=groups * segments).reshape(groups, segments) for amount in (w * lost, w)
    )
    held = count.sum(1)
    influence = (loss - held[:, None] * part) / total
    whole_influence = (loss.sum(1) - held * whole) / total
    of_excess = (loss - whole * count - held[:, None] * excess) / total - share * whole_influence[:, None]
    scale = groups / max(groups - 1, 1)
    return made | {"error_cluster": np.sqrt(scale * (influence**2).sum(0)), "error_excess": np.sqrt(scale * (of_excess**2).sum(0)),
                   "error_mean": np.array(np.sqrt(scale * (whole_influence**2).sum()))}  # fmt: skip


@dataclass(frozen=True)
class Blinder:
    """A difference of means split by drivers: each part's value by driver, and the covariance of (explained, unexplained, endowments,
    coefficients, interaction), each driver by driver."""

    parts: dict[str, np.ndarray]
    covariance: np.ndarray
    beta: np.ndarray
    mean: np.ndarray
    overall: np.ndarray


def blinder(
    x: np.ndarray,
    y: np.ndarray,
    later: np.ndarray,
    *,
    weight: np.ndarray | None = None,
    cluster: np.ndarray | None = None,
) -> Blinder:
    """Oaxaca's and Blinder's split, symmetric and three-fold, with the sandwich covariance of slopes and driver means together.

    Args:
        x: Drivers, a constant first.

    Source:
        Oaxaca (1973), International Economic Review 14, 693-709; Blinder (1973), Journal of Human Resources 8, 436-455; errors: Jann
        (2008), Stata Journal 8, 453-479.
    """
    w = np.ones(len(y)) if weight is None else weight
    p, n = x.shape[1], len(y)
    beta, mean, of_beta, of_mean = np.empty((2, p)), np.empty((2, p)), np.zeros((2, n, p)), np.zeros((2, n, p))
    overall = np.empty(2)
    for period in (0, 1):
        inside = later == period
        xs, ys, ws = x[inside], y[inside], w[inside]
        gram = np.linalg.inv((xs * ws[:, None]).T @ xs)
        beta[period] = gram @ (xs.T @ (ws * ys))
        mean[period] = ws @ xs / ws.sum()
        overall[period] = ws @ ys / ws.sum()
        of_beta[period, inside] = xs * (ws * (ys - xs @ beta[period]))[:, None] @ gram
        of_mean[period, inside] = ws[:, None] * (xs - mean[period]) / ws.sum()
    d_mean, d_beta = mean[1] - mean[0], beta[1] - beta[0]
    parts = {"explained": d_mean * beta.mean(0), "unexplained": mean.mean(0) * d_beta, "endowments": d_mean * beta[0], "coefficients": mean[0] * d_beta,
             "interaction": d_mean * d_beta}  # fmt: skip
    m_move, b_move, b_mid, m_mid = (
        of_mean[1] - of_mean[0],
        of_beta[1] - of_beta[0],
        of_beta.sum(0) / 2,
        of_mean.sum(0) / 2,
    )
    influence = np.hstack([m_move * beta.mean(0) + d_mean * b_mid, m_mid * d_beta + mean.mean(0) * b_move, m_move * beta[0] + d_mean * of_beta[0],
                           of_mean[0] * d_beta + mean[0] * b_move, m_move * d_beta + d_mean * b_move])  # fmt: skip
    size = n
    if cluster is not None:
        size = int(cluster.max()) + 1
        influence = np.stack([np.bincount(cluster, column, minlength=size) for column in influence.T], axis=1)
    return Blinder(parts, influence.T @ influence * (size / max(size - 1, 1)), beta, mean, overall)
