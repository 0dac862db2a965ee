"""Drivers of a nominal model as columns of numbers, equal rows counted once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ccsat.errors import DataError, Words, listing
from ccsat.methods.sample import Sample
from ccsat.numerics.crosstab import code_levels
from ccsat.scales import Column, Scale, scale_of


@dataclass(frozen=True)
class Design:
    """A design with its constant first.

    Attributes:
        x: Rows x (1 + columns). columns: Their names, "driver" or "driver: level".
        switch: Of each column, the columns of the same driver's levels; () for a number.
    """

    x: np.ndarray
    columns: tuple[str, ...]
    switch: tuple[tuple[int, ...], ...]

    def moves(self, x: np.ndarray, column: int) -> tuple[np.ndarray, np.ndarray] | None:
        """The designs with this level off and on, in every row; None for a number."""
        levels = self.switch[column - 1]
        if not levels:
            return None
        low = x.copy()
        low[:, list(levels)] = 0.0
        high = low.copy()
        high[:, column] = 1.0
        return low, high


@dataclass(frozen=True)
class Grouped:
    """Equal (x, y, cluster) rows counted once; `squares` where sampling weights ask for robust errors."""

    x: np.ndarray
    y: np.ndarray
    weight: np.ndarray
    cluster: np.ndarray | None
    squares: np.ndarray | None


def design_of(sample: Sample, drivers: Sequence[Column], *, method: str) -> Design:
    """Numbers as they are; yes/no (and 0/1) columns as a switch; other columns a switch a level but the first.

    Raises:
        DataError: A driver has one value, or is told by the others.
    """
    parts, columns, switch = [np.ones(len(sample))], [], []
    for driver in drivers:
        one = sample.rows[str(driver)]
        if scale_of(one) == Scale.INTERVAL:
            values = one.to_numpy(float)
            parts.append(values)
            columns.append(str(driver))
            switch.append((len(parts) - 1,) if set(np.unique(values)) == {0.0, 1.0} else ())
            continue
        codes, levels = code_levels(one)
        places = tuple(range(len(parts), len(parts) + len(levels) - 1))
        parts += [(codes == k).astype(float) for k in range(1, len(levels))]
        columns += [f"{driver}: {level}" for level in levels[1:]]
        switch += [places] * (len(levels) - 1)
    x = np.column_stack(parts)
    flat = [str(driver) for driver in drivers if sample.rows[str(driver)].nunique() < 2]
    spread = x.std(0)
    scaled = (x[:, 1:] - x[:, 1:].mean(0)) / np.where(spread[1:] > 0, spread[1:], 1.0)
    if not columns or flat or np.linalg.eigvalsh(scaled.T @ scaled / len(x))[0] < 1e-10:
        raise DataError("model_drivers", drivers=listing(flat or columns), method=Words(f"method.{method}.name"))
    return Design(x, tuple(columns), tuple(switch))


def grouped(design: Design, y: np.ndarray, sample: Sample) -> Grouped:
    """The distinct rows of a design with what each stands for."""
    weight = np.ones(len(y)) if sample.weight is None else sample.weight
    kind = sample.names["weight_kind"]
    if kind == "sampling":
        weight = weight * (len(weight) / weight.sum())
    key = np.asarray(y, np.int64)
    columns = [*design.x[:, 1:].T, *([sample.cluster] if sample.cluster is not None else [])]
    for column in columns:
        codes, values = pd.factorize(column)
        key = key * len(values) + codes
        key, seen = pd.factorize(key)  # stays within the number of rows
        if len(seen) > len(y) // 2:
            squares = weight**2 if kind == "sampling" and sample.cluster is None else None
            return Grouped(design.x, y, weight, sample.cluster, squares)
    at = np.empty(int(key.max()) + 1, np.int64)
    at[key[::-1]] = np.arange(len(y))[::-1]
    squares = np.bincount(key, weight**2) if kind == "sampling" and sample.cluster is None else None
    cluster = None if sample.cluster is None else sample.cluster[at]
    return Grouped(design.x[at], y[at], np.bincount(key, weight), cluster, squares)
