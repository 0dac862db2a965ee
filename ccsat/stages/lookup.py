"""A table's row for each rating, by its key, or of a customer the latest before the rating."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Lookup:
    """A table's rows, found by key: its marks by key and time, or its first row of each key.

    Attributes:
        rows: The table's rows in the order of the index. keys: The different keys.
        times: All the different times, in order. place: Of each row, its key's place and its time's rank as one number, in order. Both None
            where a key has one row.
    """

    rows: pd.DataFrame
    keys: pd.Index
    times: np.ndarray | None = None
    place: np.ndarray | None = None


def by_key(table: pd.DataFrame, key: str) -> Lookup:
    """A table's first row of each key."""
    rows = table[table[key].notna()].drop_duplicates(key)
    return Lookup(rows, pd.Index(rows[key].astype(object)))


def by_time(table: pd.DataFrame, key: str, time: str) -> Lookup:
    """A table's rows by key and time; those without either are left out."""
    rows = table.dropna(subset=[key, time])
    code, keys = pd.factorize(rows[key].astype(object))
    when = rows[time].astype("datetime64[ns]").to_numpy().astype("int64")
    times, rank = np.unique(when, return_inverse=True)
    place = code * (len(times) + 1) + rank + 1
    order = np.argsort(place, kind="stable")
    return Lookup(rows.iloc[order], pd.Index(keys), times, place[order])


def places(rows: pd.DataFrame, rated: pd.Series, lookup: Lookup, key: str) -> np.ndarray:
    """Place in the lookup of each rating's row: by its key, or of a customer the latest before the rating; -1 for none.

    Args:
        rows: The ratings, with their `key`. rated: When each was given.
    """
    code = lookup.keys.get_indexer(rows[key].astype(object))
    if lookup.times is None:
        return code
    when = rated.astype("datetime64[ns]").to_numpy().astype("int64")
    first = code * (len(lookup.times) + 1)  # below every time of the customer
    last = np.searchsorted(lookup.place, first + np.searchsorted(lookup.times, when, side="right"), side="right") - 1
    there = (code >= 0) & rated.notna().to_numpy() & (last >= 0)
    return np.where(there & (lookup.place[last] > first), last, -1)


def taken(column: pd.Series, place: np.ndarray, rows: pd.Index) -> pd.Series:
    """A table's column at places of its rows; missing at -1."""
    return pd.Series(pd.api.extensions.take(column.array, place, allow_fill=True), index=rows)
