"""Scales of measurement: which a column has, which a method needs, and the one way down from levels to numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

from ccsat.errors import ColumnError, ScaleError, Words, listing, suggestion

if TYPE_CHECKING:
    import pandas as pd

LINEAR_5: Mapping[object, float] = {1: 0.0, 2: 25.0, 3: 50.0, 4: 75.0, 5: 100.0}
TELECOM_5: Mapping[object, float] = {1: 20.0, 2: 40.0, 3: 60.0, 4: 80.0, 5: 100.0}
AS_NUMBERS: Mapping[object, float] = {}  # every level as its own number


class Scale(IntEnum):
    """Scales, weakest first: a method that needs one may be used on a stronger one."""

    NOMINAL = 1
    ORDINAL = 2
    INTERVAL = 3

    @property
    def key(self) -> str:
        """Its glossary key."""
        return self.name.lower()


@dataclass(frozen=True)
class Cast:
    """A column with its levels turned into numbers, used where a column name is; the answer says so.

    Args:
        column: Its name.
        values: Level -> number, e.g. `LINEAR_5`; `AS_NUMBERS` takes the levels themselves.
    """

    column: str
    values: Mapping[object, float] = field(hash=False)

    def __str__(self) -> str:
        return self.column


Column = str | Cast


def scale_of(column: pd.Series) -> Scale:
    """A column's scale, from its dtype: ordered categories are ordinal, numbers interval, the rest nominal.

    Yes/no columns (bool) are nominal; 0 and 1 kept as numbers are interval, like the share they make.
    """
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype):
        return Scale.ORDINAL if column.dtype.ordered else Scale.NOMINAL
    if pd.api.types.is_bool_dtype(column.dtype):
        return Scale.NOMINAL
    return Scale.INTERVAL if pd.api.types.is_numeric_dtype(column.dtype) else Scale.NOMINAL


def is_binary(column: pd.Series) -> bool:
    """Whether a column has at most two different values."""
    return column.dropna().nunique() <= 2


def read_column(table: pd.DataFrame, column: Column) -> pd.Series:
    """A column of a table, cast where a `Cast` says so.

    Raises:
        ColumnError: The table has no such column, or a level has no number.
    """
    name = str(column)
    if name not in table.columns:
        raise ColumnError(
            "method_column", column=name, near=suggestion(name, table.columns) or "–", known=listing(table.columns)
        )
    values = table[name]
    if not isinstance(column, Cast):
        return values
    levels = [level for level in values.dropna().unique()]
    numbers = {level: column.values.get(level, level if not column.values else math.nan) for level in levels}
    try:
        numbers = {level: float(number) for level, number in numbers.items()}
    except (TypeError, ValueError):
        numbers = dict.fromkeys(levels, math.nan)
    lacking = [level for level, number in numbers.items() if math.isnan(number)]
    if lacking:
        raise ColumnError("cast_levels", column=name, levels=listing(lacking), known=listing(column.values) or "–")
    return values.astype(object).map(numbers).astype(float).rename(name)


def need(column: pd.Series, scale: Scale, *, method: str, instead: str = "") -> None:
    """Refuse a column whose scale is weaker than a method needs.

    Args:
        method: The method's key, for its name.
        instead: Names of methods that fit the column.

    Raises:
        ScaleError: Names the scale seen, the one needed, and the methods that fit.
    """
    found = scale_of(column)
    if found < scale:
        raise ScaleError(f"scale_{scale.key}", column=str(column.name), found=Words(f"scale.{found.key}"), method=Words(f"method.{method}.name"),
                         levels=listing(column.dropna().unique(), 6), instead=instead or Words("scale.any_weaker"))  # fmt: skip
