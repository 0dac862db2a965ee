"""From a table to drivers as columns of numbers, with the moments of each group of rows that draws take or leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ccsat.errors import DataError, listing
from ccsat.estimates import design_effect
from ccsat.methods.sample import Sample, take_rows
from ccsat.numerics.moments_drivers import GroupMoments, group_moments, resampling_groups
from ccsat.scales import Column, Scale, is_binary, need, scale_of

FEW_CLUSTERS = 20
MOST_REPEATED = 5_000_000
ENTANGLED = 1e-8  # least eigenvalue of the drivers' correlations


@dataclass(frozen=True)
class Term:
    """One column of the design: a driver, or one level of it against its reference level."""

    driver: str
    level: object = None
    reference: object = None

    @property
    def name(self) -> str:
        """As tables name it."""
        return self.driver if self.level is None else f"{self.driver}: {self.level}"


@dataclass(frozen=True)
class DriverData:
    """Rows of a driver question.

    Attributes:
        model: "ols", "logit" or "ordered_logit", by the outcome's scale.
        names: Columns asked of, in the order of the design; `sizes`: how many columns of `x` each has.
        y: Numbers, or the place of each answer among `levels`.
        unit: The group of each row that draws take or leave, `units` of them: clusters, else rows.
        moments: By unit, of x and y; `df`: of t intervals.
        rows: Index of the table's rows that were used.
    """

    sample: Sample
    outcome: str
    model: str
    names: tuple[str, ...]
    sizes: tuple[int, ...]
    terms: tuple[Term, ...]
    x: np.ndarray
    y: np.ndarray
    levels: tuple
    weight: np.ndarray | None
    cluster: np.ndarray | None
    unit: np.ndarray
    moments: GroupMoments
    df: float
    said: Mapping[str, object] = field(default_factory=dict)

    @property
    def units(self) -> int:
        """Groups that draws take or leave."""
        return self.moments.groups

    def columns(self, names: Sequence[str]) -> np.ndarray:
        """Places of the columns of some names, in their order."""
        ends = np.cumsum(self.sizes)
        place = {name: range(end - size, end) for name, size, end in zip(self.names, self.sizes, ends, strict=True)}
        return np.array([k for name in names for k in place[name]], int)

    def sizes_of(self, names: Sequence[str]) -> tuple[int, ...]:
        """Columns of each name."""
        return tuple(self.sizes[self.names.index(name)] for name in names)

    def with_outcome(self, columns: np.ndarray) -> np.ndarray:
        """Places of some columns and of the outcome among the moments."""
        return np.append(columns, self.x.shape[1])

    def caveats(self) -> tuple[tuple[str, dict], ...]:
        """The rows', and few clusters."""
        few = (
            (("caveat.drivers_few_clusters", {"clusters": self.units}),)
            if self.cluster is not None and self.units < FEW_CLUSTERS
            else ()
        )
        return (*self.sample.caveats, *few)

    def names_of_sample(self) -> dict[str, object]:
        """For `Answer`, with the effective n of the outcome's mean."""
        p = self.moments.products
        n_c, s_c = p[:, 0, 0], p[:, 0, -1]
        scale = self.moments.n / n_c.sum()
        total = self.moments.total()[-1, -1]
        effect = design_effect(
            len(p), n_c.sum(), s_c.sum(), (n_c**2).sum(), (n_c * s_c).sum(), (s_c**2).sum(), variance=total / scale
        )
        worth = self.moments.n / float(effect) if self.cluster is not None or self.weight is not None else None
        return {**self.sample.names, **self.said, "n_effective": worth}


def driver_data(
    table: pd.DataFrame, outcome: Column, names: Sequence[Column], *, method: str, weights: str | None = None, weight_kind: str = "sampling",
    cluster: str | bool | None = None, interval_only: bool = False, rng: np.random.Generator,
) -> DriverData:  # fmt: skip
    """The rows of a driver question.

    An interval outcome makes a linear model, an ordered one an ordered logit, a yes/no one (or 0/1) a logit.

    Raises:
        ScaleError: A nominal outcome of more than two levels; below interval where the method needs that.
        DataError: No driver, the outcome among them, one value, one that others determine, or too few rows.
    """
    names = [names] if isinstance(names, str) or not isinstance(names, Sequence) else list(names)
    unique = list(dict.fromkeys(map(str, names)))
    if not names or str(outcome) in unique:
        raise DataError("drivers_named", outcome=str(outcome), drivers=listing(unique) or "–")
    sample = take_rows(table, [outcome, *names], weights=weights, weight_kind=weight_kind, cluster=cluster)
    data, weight, code, said = sample.rows, sample.weight, sample.cluster, {}
    if weight is not None and not (weight > 0).all():
        kept = weight > 0
        data, weight = data[kept], weight[kept]
        code = None if code is None else pd.factorize(code[kept])[0]
    if weight is not None and weight_kind == "frequency":
        said = {"n": int(weight.sum()) if float(weight.sum()).is_integer() else float(weight.sum())}
        if (weight == np.round(weight)).all() and weight.sum() <= MOST_REPEATED:
            again = np.repeat(np.arange(len(data)), weight.astype(np.int64))
            data, weight, code = data.iloc[again], None, None if code is None else code[again]
    y, levels, model = _outcome(data[str(outcome)], method, interval_only)
    columns, terms = [], []
    for name in unique:
        for values, term in driver_columns(data[name]):
            columns.append(values)
            terms.append(term)
    x = np.column_stack(columns)
    sizes = tuple(sum(term.driver == name for term in terms) for name in unique)
    if len(x) <= x.shape[1] + len(levels) + 1:
        raise DataError("drivers_few_rows", n=len(x), columns=x.shape[1])
    if code is not None and code.max() < 1:
        raise DataError("drivers_one_cluster", column=str(cluster))
    unit, units = resampling_groups(len(x), code, rng)
    moments = group_moments(np.column_stack([x, y]), unit, units, weight)
    _check_entangled(moments.total(), terms, str(outcome))
    df = float(code.max()) if code is not None else float(len(x) - x.shape[1] - 1)
    return DriverData(
        sample,
        str(outcome),
        model,
        tuple(unique),
        sizes,
        tuple(terms),
        x,
        y,
        levels,
        weight,
        code,
        unit,
        moments,
        df,
        said,
    )


def driver_columns(column: pd.Series):
    """A driver's columns with their terms: numbers and yes/no as they are, others one a level but the reference.

    The reference is the lowest level of ordered categories, the most frequent one of others.
    """
    name = str(column.name)
    if scale_of(column) == Scale.INTERVAL or pd.api.types.is_bool_dtype(column.dtype):
        yield column.to_numpy(float), Term(name)
        return
    counts = column.value_counts()
    levels = [
        level for level in (counts.index if not _ordered(column) else column.cat.categories) if counts.get(level, 0) > 0
    ]
    levels = levels if _ordered(column) else sorted(levels, key=str)
    reference = levels[0] if _ordered(column) else max(levels, key=lambda level: (counts[level], str(level)))
    if len(levels) < 2:
        raise DataError("drivers_constant", columns=listing([name]))
    for level in levels:
        if level != reference:
            yield (column == level).to_numpy(float), Term(name, level, reference)


def _ordered(column: pd.Series) -> bool:
    return isinstance(column.dtype, pd.CategoricalDtype) and bool(column.dtype.ordered)


def _outcome(column: pd.Series, method: str, interval_only: bool) -> tuple[np.ndarray, tuple, str]:
    if column.nunique() < 2:
        raise DataError("drivers_one_answer", outcome=str(column.name), level=str(column.iloc[0]))
    if interval_only:
        need(column, Scale.INTERVAL, method=method, instead="rank_drivers")
        return column.to_numpy(float), (), "ols"
    scale = scale_of(column)
    if is_binary(column):
        codes, values = _codes(column)
        return codes.astype(float), values, "logit"
    need(column, Scale.ORDINAL, method=method, instead="multinomial_logit, cramers_v")
    if scale == Scale.INTERVAL:
        return column.to_numpy(float), (), "ols"
    codes, values = _codes(column)
    return codes.astype(float), values, "ordered_logit"


def _codes(column: pd.Series) -> tuple[np.ndarray, tuple]:
    """Places among the levels that are seen, lowest first (nominal ones in alphabetical order)."""
    if _ordered(column):
        seen, codes = np.unique(column.cat.codes.to_numpy(), return_inverse=True)
        return codes, tuple(column.cat.categories[seen])
    values = sorted(
        column.unique(), key=lambda value: value if isinstance(value, (int, float, np.number, np.bool_)) else str(value)
    )
    return column.map({value: k for k, value in enumerate(values)}).to_numpy(np.int64), tuple(values)


def _check_entangled(total: np.ndarray, terms: Sequence[Term], outcome: str) -> None:
    spread = np.sqrt(np.maximum(np.diag(total), 0))
    if flat := [term.name for term, sd in zip(terms, spread, strict=False) if not sd > 0]:
        raise DataError("drivers_constant", columns=listing(flat))
    r = (total / np.outer(spread, spread))[:-1, :-1]
    values, vectors = np.linalg.eigh(r)
    if values[0] < ENTANGLED:
        part = [term.name for term, share in zip(terms, vectors[:, 0] ** 2, strict=True) if share > 0.01]
        raise DataError("drivers_entangled", columns=listing(part))
