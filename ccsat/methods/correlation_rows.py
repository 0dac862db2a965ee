"""A correlation of rows: its influence, and the error that clusters and weights make of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ccsat.errors import DataError, Words, listing
from ccsat.methods.regression_design import sample_of
from ccsat.methods.sample import Sample
from ccsat.numerics.association import fisher_interval, spearman
from ccsat.numerics.clusters import Clusters
from ccsat.numerics.power import quantile, two_sided
from ccsat.scales import Column, Scale, need

INSTEAD = "spearman, kendall, correlation_ratio"
GAP = 0.05  # between Pearson and Spearman, below which nobody need care


@dataclass(frozen=True)
class Moments:
    """A correlation of rows: its value, what each row moves it by, and its error on Fisher's z."""

    value: float
    influence: np.ndarray
    error: float  # of z
    df: float
    t: float
    p_value: float
    n: float
    robust: bool = False

    def interval(self) -> tuple[float, float]:
        """By Fisher's z."""
        return fisher_interval(self.value, self.error, quantile(0.95, self.df) if self.robust else quantile(0.95))


def correlate(x: np.ndarray, y: np.ndarray, sample: Sample, *, ranks: bool = False, held: int = 0) -> Moments:
    """A correlation of a sample's rows with its error; `held`: columns already taken out of x and y."""
    w = np.ones(len(x)) if sample.weight is None else sample.weight
    frequency = sample.names["weight_kind"] == "frequency"
    n = float(w.sum()) if frequency else float(len(x))
    if ranks:
        codes = [np.unique(v, return_inverse=True)[1] for v in (x, y)]
        got = spearman(*codes, w)
        value, moves = got.value, got.influence * w.sum()
    else:
        zx, zy = ((v - mean_of(v, sample)) / spread_of(v, sample) for v in (x, y))
        value = float(np.clip(w @ (zx * zy) / w.sum(), -1, 1))
        moves = zx * zy - value / 2 * (zx**2 + zy**2)
    robust = sample.cluster is not None or sample.names["weight_kind"] in ("sampling", "precision")
    left = max(1 - value**2, 0.0)
    if robust:
        error, df, _ = error_of(moves, sample)
        t = value / error if error > 0 else math.copysign(math.inf, value)
        return Moments(value, moves, error / left if left > 0 else 0.0, df, t, float(two_sided(t, df)), n, True)
    df = n - 2 - held
    t = value * math.sqrt(df / left) if left > 1e-15 else math.copysign(math.inf, value)
    error = math.sqrt((1 + value**2 / 2 if ranks else 1) / (n - 3 - held)) if n > 3 + held else math.inf
    return Moments(value, moves, error, df, t, float(two_sided(t, df)), n)


def mean_of(v: np.ndarray, sample: Sample) -> float:
    """Weighted mean."""
    return float(np.average(v, weights=sample.weight))


def spread_of(v: np.ndarray, sample: Sample) -> float:
    """Weighted spread, divisor n."""
    return float(np.sqrt(np.average((v - mean_of(v, sample)) ** 2, weights=sample.weight)))


def error_of(moves: np.ndarray, sample: Sample) -> tuple[float, float, np.ndarray]:
    """Standard error of a mean of influences, over clusters where there are some, and its degrees of freedom."""
    w = np.ones(len(moves)) if sample.weight is None else sample.weight
    rows = w * moves / w.sum()
    if sample.cluster is not None:
        variance, df = Clusters(sample.cluster, np.zeros(len(rows), np.int64), sample.weight).variance(rows)
        return math.sqrt(variance), df, rows
    if sample.names["weight_kind"] == "frequency":
        return math.sqrt(float((w * (moves / w.sum()) ** 2).sum())), math.inf, rows
    n = len(rows)
    return math.sqrt(float(rows @ rows) * n / max(n - 1, 1)), n - 1.0, rows


def numbers_of(
    table: pd.DataFrame, columns: Sequence[Column], method: str, beside: Sequence[Column], **options
) -> Sample:
    """The rows, with every column of `columns` a number that has spread."""
    sample = sample_of(table, [*columns, *beside], method=method, **options)
    for column in map(str, columns):
        need(sample.rows[column], Scale.INTERVAL, method=method, instead=INSTEAD)
    flat = [column for column in map(str, columns) if np.ptp(sample.rows[column].to_numpy(float)) == 0]
    if flat or len(sample) < 4:
        raise DataError(
            "regression_constant",
            columns=listing(flat or map(str, columns)),
            n=len(sample),
            method=Words(f"method.{method}.name"),
        )
    return sample


def part_ways(one: Moments, ranks: Moments, sample: Sample) -> bool:
    """Whether Pearson and Spearman differ by more than chance, and by enough to matter."""
    error = error_of(one.influence - ranks.influence, sample)[0]
    gap = abs(one.value - ranks.value)
    return bool(gap > GAP and gap > 2 * error)


def least_found(one: Moments) -> float:
    """The smallest correlation found in four cases of five."""
    return math.tanh((quantile(0.95, one.df) + 0.8416212335729143) * one.error)


def names_of(sample: Sample, one: Moments) -> dict[str, object]:
    """For `Answer`."""
    worth = None
    if one.robust and one.error > 0:
        worth = min(one.n, 3 + 1 / one.error**2)
    return {**sample.names, "n": int(one.n) if float(one.n).is_integer() else one.n, "n_effective": worth}
