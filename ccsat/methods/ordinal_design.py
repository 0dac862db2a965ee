"""From a table to the design rows of a model of levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ccsat.errors import DataError, listing
from ccsat.methods.sample import Sample, take_rows
from ccsat.numerics.cumulative import dependent_columns
from ccsat.numerics.design_rows import DesignRows, group_rows, robust_covariance
from ccsat.scales import Column, Scale, need, scale_of

MOST_LEVELS = 30
FEW_CLUSTERS = 20
CEILING = 0.3


@dataclass(frozen=True)
class Term:
    """One column of the design: a driver, or one level of a driver against its reference level."""

    driver: str
    level: object = None
    reference: object = None
    unit: float = 1.0
    two_valued: bool = False

    @property
    def name(self) -> str:
        """As tables name it."""
        return self.driver if self.level is None else f"{self.driver}: {self.level}"


@dataclass(frozen=True)
class Design:
    """Rows of a model, what its columns mean, and how it is judged.

    Attributes:
        levels: Of the outcome, lowest first, each seen.
        columns, y, weight, cluster: Of each data row of weight above 0.
        n: Rows, or what frequency weights stand for.
        robust: Whether standard errors must hold without the model's own (clusters, sampling weights).
        df: Of the intervals; infinite where they are normal.
    """

    sample: Sample
    outcome: str
    levels: tuple
    terms: tuple[Term, ...]
    columns: tuple[np.ndarray, ...]
    y: np.ndarray
    weight: np.ndarray | None
    cluster: np.ndarray | None
    rows: DesignRows
    n: float
    robust: bool
    df: float

    def places(self, driver: str) -> list[int]:
        """Columns of a driver."""
        return [k for k, term in enumerate(self.terms) if term.driver == driver]

    @cached_property
    def profile(self) -> tuple[np.ndarray, np.ndarray]:
        """Distinct x, whatever the level, and what each weighs."""
        equal = group_rows(self.rows.x.T, np.zeros(len(self.rows.y), np.int64), 1, self.rows.weight)
        return equal.x, equal.weight

    def covariance(self, model: np.ndarray, influence: np.ndarray | None) -> np.ndarray:
        """The one to use: by sums of influence over clusters where rows or weights ask for it, else the model's."""
        return robust_covariance(influence, self.rows, self.cluster) if self.robust else model

    def names(self) -> dict[str, object]:
        """For `Answer`: as the sample's, with n as frequency weights have it."""
        return {**self.sample.names, "n": int(self.n) if float(self.n).is_integer() else self.n}

    def level_shares(self) -> np.ndarray:
        """Share of each level."""
        weight = self.rows.level_weights()
        return weight / weight.sum()

    def caveats(self) -> tuple[tuple[str, dict], ...]:
        """What a reader must see: the rows', few clusters, and a ceiling."""
        found = list(self.sample.caveats)
        if self.cluster is not None and (clusters := int(self.cluster.max()) + 1) < FEW_CLUSTERS:
            found.append(("caveat.ordinal_few_clusters", {"clusters": clusters}))
        top = float(self.level_shares()[-1])
        if top >= CEILING:
            found.append(("caveat.ordinal_ceiling", {"share": top, "level": self.levels[-1]}))
        return tuple(found)


def make_design(
    table: pd.DataFrame, outcome: Column, drivers: Sequence[Column], *, method: str, weights: str | None = None,
    weight_kind: str = "sampling", cluster: str | bool | None = None, units: Mapping[str, float] | None = None,
) -> Design:  # fmt: skip
    """The design of a model of an ordered outcome; nominal and ordered drivers become one column a level but one.

    Raises:
        ScaleError: The outcome is nominal. DataError: One level, too many levels, a driver that others determine.
    """
    drivers = [drivers] if isinstance(drivers, str) or not isinstance(drivers, Sequence) else list(drivers)
    if not drivers or str(outcome) in map(str, drivers):
        raise DataError("ordinal_drivers", outcome=str(outcome), drivers=listing(drivers) or "–")
    sample = take_rows(table, [outcome, *drivers], weights=weights, weight_kind=weight_kind, cluster=cluster)
    need(sample.rows[str(outcome)], Scale.ORDINAL, method=method, instead="multinomial_logit, chi_square")
    data, weight, code = sample.rows, sample.weight, sample.cluster
    if weight is not None and not (weight > 0).all():
        kept = weight > 0
        data, weight = data[kept], weight[kept]
        code = None if code is None else pd.factorize(code[kept])[0]
    if weight is not None and weight_kind == "precision":
        weight = weight / weight.mean()
    y, levels = _levels(data[str(outcome)])
    columns, terms = [], []
    for driver in map(str, drivers):
        for column, term in _columns(data[driver], weight, (units or {}).get(driver, 1.0)):
            columns.append(column)
            terms.append(term)
    rows = group_rows(columns, y, len(levels), weight)
    n = float(weight.sum()) if weight is not None and weight_kind == "frequency" else float(len(data))
    if n <= len(levels) + len(terms):
        raise DataError("ordinal_few_rows", n=f"{n:g}", parameters=len(levels) - 1 + len(terms))
    if dependent := dependent_columns(rows):
        raise DataError("ordinal_dependent", columns=listing(terms[k].name for k in dependent))
    robust, df = code is not None or (weight is not None and weight_kind == "sampling"), np.inf
    if code is not None:
        df = float(code.max())
        if df < 1:
            raise DataError("ordinal_one_cluster", column=str(cluster))
    elif robust:
        df = n - 1
    return Design(sample, str(outcome), levels, tuple(terms), tuple(columns), y, weight, code, rows, n, robust, df)


def _levels(column: pd.Series) -> tuple[np.ndarray, tuple]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes, kept = np.unique(column.cat.codes.to_numpy(), return_inverse=True)
        levels, y = tuple(column.cat.categories[codes]), kept
    else:
        y, values = pd.factorize(column.to_numpy(), sort=True)
        levels = tuple(int(v) if float(v).is_integer() else float(v) for v in values)
    if len(levels) < 2:
        raise DataError("ordinal_one_level", column=str(column.name), level=str(levels[0]))
    if len(levels) > MOST_LEVELS:
        raise DataError("ordinal_many_levels", column=str(column.name), levels=len(levels), most=MOST_LEVELS)
    return y, levels


def _columns(column: pd.Series, weight: np.ndarray | None, unit: float):
    """A driver's columns with their terms: numbers as they are, others one a level but the reference."""
    name = str(column.name)
    if scale_of(column) == Scale.INTERVAL or pd.api.types.is_bool_dtype(column.dtype):
        values = column.to_numpy()
        values = values.astype(float) if values.dtype == object or values.dtype.kind == "f" else values
        low, high = values.min(), values.max()
        yield values, Term(name, unit=unit, two_valued=bool(((values == low) | (values == high)).all()))
        return
    if isinstance(column.dtype, pd.CategoricalDtype) and column.dtype.ordered:
        levels = [level for level in column.cat.categories if (column == level).any()]
        reference = levels[0]
    else:
        counts = pd.Series(1.0 if weight is None else weight, index=column.index).groupby(column.astype(object)).sum()
        levels = sorted(counts.index, key=str)
        reference = max(levels, key=lambda level: (counts[level], str(level)))
    for level in levels:
        if level != reference or len(levels) == 1:
            yield (column == level).to_numpy(), Term(name, level, reference, two_valued=True)
