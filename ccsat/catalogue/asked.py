"""What was asked: the columns in their places, read once, for the guards to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ccsat.catalogue.rung import Method, Shape
from ccsat.methods.coded import code_levels, positions_of
from ccsat.methods.roles import Roles
from ccsat.scales import Cast, Column, Scale, read_column, scale_of

FEW_LEVELS = 11  # of an answer on a rating scale, at most
UPPER_TWO_FROM = 5  # levels from which the upper two count as good; below, the top one


@dataclass(frozen=True)
class Asked:
    """A question to a method.

    Attributes:
        given: Columns in their places: (outcome, by), (outcome,), (outcome, [drivers]), (a, b) or ([columns],).
        options: The method's own, those that the roles fill included.
        worthwhile: The smallest effect that would matter, as a distance from no effect.
    """

    table: pd.DataFrame
    method: Method
    shape: Shape
    given: tuple
    roles: Roles
    options: Mapping[str, object]
    worthwhile: float | None = None

    @property
    def waves(self) -> list[Column] | None:
        """Repeated columns, or those that measure one thing."""
        return self.given[0] if isinstance(self.given[0], list) else None

    @property
    def outcome(self) -> Column | None:
        return None if self.waves else self.given[0]

    @property
    def drivers(self) -> list[Column]:
        """The columns beside the outcome."""
        if len(self.given) < 2:
            return []
        return self.given[1] if isinstance(self.given[1], list) else [self.given[1]]

    @property
    def by(self) -> Column | None:
        """The column of groups, where it is one."""
        if len(self.drivers) != 1 or isinstance(self.given[1], list):
            return None
        one = self.drivers[0]
        if self.shape.mode == "compare":
            return one
        column = read_column(self.table, one)
        return one if scale_of(column) == Scale.NOMINAL and column.nunique() <= 20 else None

    @cached_property
    def y(self) -> pd.Series:
        """The outcome."""
        return read_column(self.table, self.given[0])

    @cached_property
    def groups(self) -> pd.Series:
        """The groups."""
        return read_column(self.table, self.by)

    @cached_property
    def numbers(self) -> pd.Series:
        """The outcome as numbers to order rows by: itself, its levels' places, or 0 and 1; NaN where there is none."""
        return as_numbers(self.y)

    @property
    def ordered(self) -> bool:
        """Whether the outcome has an order at all (a yes or no has one)."""
        return self.outcome is not None and (scale_of(self.y) >= Scale.ORDINAL or self.y.nunique() <= 2)

    @property
    def cluster(self) -> str | None:
        """The column of clusters that is named, by an option or a role."""
        named = self.options.get("cluster", self.roles.cluster)
        return named if isinstance(named, str) else None

    def usual_cut(self) -> tuple[object, tuple[str, dict]]:
        """The cut of the catalogue: the upper two of five levels or more, else the top; and the word that says so."""
        column = self.y.dropna()
        levels = [level for level in code_levels(column)[1] if level is not None]
        cut = levels[-2] if len(levels) >= UPPER_TWO_FROM else levels[-1]
        return cut, ("caveat.usual_cut", {"column": str(self.outcome), "level": cut})

    def without_roles(self) -> tuple[tuple, list[Column]]:
        """The columns to call a method with, and the drivers that are asked about: of a model, confounders are added."""
        if (
            self.shape.mode != "relate"
            or not isinstance(self.given[-1], list)
            or self.waves
            or "roles" in self.method.takes
        ):
            return self.given, self.drivers
        held, between = set(self.roles.confounders), set(self.roles.mediators)
        asked = [one for one in self.drivers if str(one) not in held | between] or self.drivers
        names = set(map(str, asked))
        return (self.given[0], [*asked, *(name for name in self.roles.confounders if name not in names)]), asked

    def wide_frame(self, columns: Sequence[Column]) -> pd.DataFrame:
        """The rows complete in some columns and in clusters and weights."""
        names = [
            *map(str, columns),
            *(name for name in (self.cluster, self.options.get("weights")) if isinstance(name, str)),
        ]
        return self.table.dropna(subset=list(dict.fromkeys(names)))


def as_numbers(column: pd.Series) -> pd.Series:
    """A column as numbers to order rows by."""
    if scale_of(column) == Scale.INTERVAL:
        return column.astype(float)
    codes, levels = code_levels(column)
    places = np.append(positions_of(column, levels), np.nan)
    return pd.Series(places[codes], index=column.index, name=column.name)


def looks_rated(column: pd.Series) -> bool:
    """Whether a column looks like answers on a rating scale."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return bool(column.dtype.ordered) and 2 < len(column.cat.categories) <= FEW_LEVELS
    if scale_of(column) != Scale.INTERVAL:
        return False
    values = pd.unique(column.dropna())
    return bool(2 < len(values) <= FEW_LEVELS and np.allclose(values.astype(float), np.round(values.astype(float))))


def cast_of(column: Column) -> bool:
    """Whether a column was cast."""
    return isinstance(column, Cast)
