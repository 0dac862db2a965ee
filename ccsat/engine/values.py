"""Values as a DB-API driver gives them, packed into columns batch by batch."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import pandas as pd


def packed(values: Sequence, kind: str) -> np.ndarray:
    """Values of one column as an array of their kind where they are of it, else as they are; a time that carries a zone keeps its wall clock."""
    filled = [value for value in values if value is not None]
    of = {type(value) for value in filled}
    if kind in ("time", "date") and filled and all(hasattr(value, "isoformat") for value in filled):
        plain = [value.replace(tzinfo=None) if getattr(value, "tzinfo", None) else value for value in values]
        return np.array(plain, dtype="datetime64[us]")
    if of and of <= {int, float, Decimal} and not of == {int}:
        return np.array([np.nan if value is None else float(value) for value in values])
    if of == {int} and len(filled) == len(values):
        return np.array(values, dtype="int64")
    packed = np.empty(len(values), dtype=object)
    packed[:] = values
    return packed


def column_of(parts: Sequence[np.ndarray], kind: str) -> pd.Series:
    """The batches of one column, in a dtype that keeps whole numbers whole and is the kind's own where there is no value."""
    if not parts:
        empty = {
            "integer": "int64",
            "float": "float64",
            "time": "datetime64[us]",
            "date": "datetime64[us]",
            "boolean": "bool",
            "text": "str",
        }
        return pd.Series([], dtype=empty.get(kind, "object"))
    if len({part.dtype for part in parts}) == 1 and parts[0].dtype != object:
        return pd.Series(np.concatenate(parts))
    values = [value for part in parts for value in _values(part)]
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int} and (kinds or kind == "integer"):
        return pd.Series(values, dtype="Int64")
    if kinds <= {int, float} and (kinds or kind == "float"):
        return pd.Series([np.nan if value is None else float(value) for value in values], dtype="float64")
    if kind in ("time", "date") and all(hasattr(value, "isoformat") for value in values if value is not None):
        return pd.Series(pd.to_datetime(values)).astype("datetime64[us]")
    if kinds == {bool} and None not in values:
        return pd.Series(values, dtype="bool")
    return pd.Series(values, dtype="str" if kinds == {str} or not kinds and kind == "text" else "object")


def _values(part: np.ndarray) -> list:
    """Plain values of a batch, None where there is none."""
    if part.dtype.kind in "fM":
        return [None if missing else value for value, missing in zip(part.tolist(), pd.isna(part), strict=True)]
    return part.tolist()
