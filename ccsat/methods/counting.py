"""Counted columns: from a sample's rows to tables of counts, yes/no outcomes, and what both say of their limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ccsat.errors import DataError, ScaleError, Words, listing
from ccsat.methods.answer import Assumption
from ccsat.methods.sample import Sample, take_rows
from ccsat.numerics.crosstab import Crosstab, code_levels, crosstab
from ccsat.numerics.independence import Independence
from ccsat.numerics.power import quantile
from ccsat.scales import Column, Scale, scale_of

MOST_LEVELS = 300
FEW_CLUSTERS = 20


@dataclass(frozen=True)
class Counted:
    """Rows counted by some columns: `table` has one axis a column, `levels` what stands along each."""

    table: Crosstab
    levels: tuple[list, ...]
    names: Mapping[str, object]  # for `Answer`: n, cluster, clusters, weights, ...
    caveats: tuple[tuple[str, dict], ...]

    @property
    def counts(self) -> np.ndarray:
        """The table's counts."""
        return self.table.counts

    @property
    def quantile(self) -> float:
        """Of 95 % intervals: normal, or Student's t between clusters."""
        return quantile(0.95, self.table.df_error)

    def effective(self, n: np.ndarray | float, effect: np.ndarray | float = 1.0) -> np.ndarray | float:
        """Rows that `n` rows are worth in an interval: after the design effect, and the t of few clusters."""
        return n / effect * (1.959963984540054 / self.quantile) ** 2

    def worth(self, effect: float) -> dict[str, object]:
        """`names`, with the effective n."""
        return {**self.names, "n_effective": float(self.counts.sum() / effect)}


def count_rows(sample: Sample, columns: Sequence[pd.Series], *, method: str, most: int | None = MOST_LEVELS) -> Counted:
    """Count a sample's rows by columns of it (or made from it).

    Raises:
        ScaleError: A column has more than `most` levels, or a level for every other row, and so is no nominal one.
        DataError: Precision weights, which counts have no use for.
    """
    kind = sample.names["weight_kind"]
    if kind == "precision":
        raise DataError("table_precision", column=sample.names["weights"], method=Words(f"method.{method}.name"))
    codes, levels = zip(*(code_levels(column) for column in columns), strict=True)
    for column, names in zip(columns, levels, strict=True):
        if most is not None and len(names) > (most if len(names) <= max(20, len(column) / 2) else 20):
            raise ScaleError(
                "table_levels",
                column=str(column.name),
                levels=len(names),
                most=most,
                rows=len(column),
                method=Words(f"method.{method}.name"),
            )
    table = crosstab(
        codes, [len(names) for names in levels], weight=sample.weight, kind=kind or "", cluster=sample.cluster
    )
    names, caveats = dict(sample.names), sample.caveats
    if kind == "frequency":
        names["n"] = int(round(table.n)) if abs(table.n - round(table.n)) < 1e-9 else table.n
    if sample.cluster is not None and (table.groups or 0) < FEW_CLUSTERS:
        caveats = (*caveats, ("caveat.table_few_clusters", {"clusters": table.groups, "column": names["cluster"]}))
    return Counted(table, levels, names, caveats)


def need_levels(counted: Counted, axis: int, *, column: Column, method: str, exactly: int | None = None) -> None:
    """Refuse a column with one level, or with another number than a method needs.

    Raises:
        ScaleError: Names the levels seen.
    """
    levels = counted.levels[axis]
    if exactly is not None and len(levels) != exactly:
        raise ScaleError(
            "table_two_groups",
            column=str(column),
            levels=listing(levels, 6),
            n=len(levels),
            method=Words(f"method.{method}.name"),
        )
    if len(levels) < 2:
        raise DataError(
            "table_one_level", column=str(column), levels=listing(levels), method=Words(f"method.{method}.name")
        )


def is_yes(column: pd.Series, *, method: str, top_from: object = None, event: object = None) -> tuple[pd.Series, str]:
    """A column as yes or no, and what a yes is.

    Args:
        top_from: The lowest level that counts as yes, of an ordered or numeric column.
        event: The level, or list of levels, that counts as yes. Without both, the column has two levels, and the
            second in order (true, 1) is yes.

    Raises:
        ScaleError: More than two levels and no word which are yes; `top_from` of a column without an order.
    """
    name, scale = str(column.name), scale_of(column)
    if event is not None:
        wanted = list(event) if isinstance(event, (list, tuple, set)) else [event]
        if not column.isin(wanted).any():
            raise ScaleError("share_event", column=name, event=listing(wanted), levels=listing(column.unique(), 8))
        return column.isin(wanted), ", ".join(map(str, wanted))
    if top_from is not None:
        if scale < Scale.ORDINAL:
            raise ScaleError("scale_ordinal", column=name, found=Words(f"scale.{scale.key}"), method=Words(f"method.{method}.name"),
                             levels=listing(column.unique(), 6), instead="event=")  # fmt: skip
        if scale == Scale.INTERVAL:
            return column >= top_from, f"≥ {top_from}"
        levels = list(column.cat.categories)
        if top_from not in levels:
            raise ScaleError("share_event", column=name, event=listing([top_from]), levels=listing(levels, 8))
        return pd.Series(
            column.cat.codes.to_numpy() >= levels.index(top_from), index=column.index, name=name
        ), f"≥ {top_from}"
    codes, levels = code_levels(column)
    if len(levels) > 2 or (scale == Scale.INTERVAL and not set(levels) <= {0, 1}):
        raise ScaleError(
            "share_levels", column=name, levels=listing(levels, 6), n=len(levels), method=Words(f"method.{method}.name")
        )
    if len(levels) == 1 and levels[0] in (0, False):
        return pd.Series(False, index=column.index, name=name), "1"
    return pd.Series(codes == len(levels) - 1, index=column.index, name=name), str(levels[-1])


def count_share(
    table: pd.DataFrame, outcome: Column, by: Sequence[Column], *, method: str, weights: str | None, weight_kind: str,
    cluster: str | bool | None, top_from: object, event: object, most: int | None = MOST_LEVELS,
) -> tuple[Counted, str]:  # fmt: skip
    """Rows counted by some columns and, last, by yes or no; and what a yes is."""
    sample = take_rows(table, [outcome, *by], weights=weights, weight_kind=weight_kind, cluster=cluster)
    yes, hit = is_yes(sample.rows[str(outcome)], method=method, top_from=top_from, event=event)
    return count_yes(sample, [sample.rows[str(column)] for column in by], yes, method=method, most=most), hit


def count_yes(
    sample: Sample, columns: Sequence[pd.Series], yes: pd.Series, *, method: str, most: int | None = MOST_LEVELS
) -> Counted:
    """`count_rows` by some columns and, last, by no and yes, both of which are there even where nobody said one."""
    counted = count_rows(sample, [*columns, yes], method=method, most=most)
    return counted if len(counted.levels[-1]) == 2 else _both(counted)


def baseline_first(counted: Counted, baseline: object, column: Column) -> Counted:
    """A table of two groups with the one to subtract first.

    Raises:
        DataError: There is no such group.
    """
    groups = counted.levels[0]
    if baseline is None or baseline == groups[0]:
        return counted
    if baseline not in groups:
        raise DataError("table_baseline", column=str(column), baseline=baseline, levels=listing(groups))
    half = counted.counts[0].size
    order = np.r_[half : 2 * half, :half]
    moments = None if counted.table.moments is None else counted.table.moments[np.ix_(order, order)]
    return Counted(Crosstab(counted.counts[::-1].copy(), moments, counted.table.groups), (groups[::-1], *counted.levels[1:]),
                   counted.names, counted.caveats)  # fmt: skip


def _both(counted: Counted) -> Counted:
    at = 1 if counted.levels[-1] == [True] else 0
    counts = np.zeros((*counted.counts.shape[:-1], 2))
    counts[..., at] = counted.counts[..., 0]
    moments = counted.table.moments
    if moments is not None:
        moments = np.kron(moments, np.outer(np.eye(2)[at], np.eye(2)[at]))
    return Counted(
        Crosstab(counts, moments, counted.table.groups),
        (*counted.levels[:-1], [False, True]),
        counted.names,
        counted.caveats,
    )


def whole(values: np.ndarray) -> np.ndarray:
    """Counts as whole numbers where they are."""
    rounded = np.round(values)
    return rounded.astype(np.int64) if np.allclose(values, rounded, rtol=0, atol=1e-9) else values


def known(value: float) -> float | None:
    """A number, or None where there is none."""
    return float(value) if np.isfinite(value) else None


def thin(test: Independence) -> Assumption:
    """The check of expected counts."""
    return Assumption(
        "table_expected",
        not test.thin,
        {"least": round(test.least_expected, 2), "below": test.below_5, "cells": test.cells},
    )
