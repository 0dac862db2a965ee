"""Tables of days added up to tables of periods: which period a day falls in, and what of the rows is added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from ccsat.engine.base import NULL_LEVEL, Window
from ccsat.increments.store import DAY

if TYPE_CHECKING:
    import pyarrow as pa


def asked_days(days: Sequence[str], windows: Sequence[Window]) -> list[str]:
    """The days that a request is about: those inside its windows; all, and the rows without a time, where it has none."""
    return [day for day in days if not windows or period_of(day, windows) is not None]


def period_of(day: str, windows: Sequence[Window]) -> int | None:
    """The number of the window that a day falls in."""
    if day == NULL_LEVEL:
        return None
    at = date.fromisoformat(day)
    return next((i for i, window in enumerate(windows) if window.first <= at <= window.last), None)


def add_up(table: pa.Table, windows: Sequence[Window], keys: Sequence[str], sums: Sequence[str]) -> pd.DataFrame:
    """`summed` as a frame."""
    return summed(table, windows, keys, sums).to_pandas()


def again(parts: Sequence[pa.Table], keys: Sequence[str], sums: Sequence[str]) -> pa.Table:
    """Tables that `summed` made, added up."""
    import pyarrow as pa

    return _grouped(pa.concat_tables(parts), ["p", *keys], sums) if len(parts) > 1 else parts[0]


def summed(table: pa.Table, windows: Sequence[Window], keys: Sequence[str], sums: Sequence[str]) -> pa.Table:
    """Rows of days summed by period (column `p`; 0 where there are no windows) and keys. Rows of days outside the windows are left out."""
    import pyarrow as pa
    import pyarrow.compute as pc

    days = table[DAY].combine_chunks().dictionary_encode()
    known = [period_of(day, windows) if windows else 0 for day in days.dictionary.to_pylist()]
    place = pa.array([-1 if p is None else p for p in known], pa.int64())
    named = table.append_column("p", place.take(days.indices))
    if None in known:
        named = named.filter(pc.greater_equal(named["p"], 0))
    return _grouped(named, ["p", *keys], sums)


def _grouped(table: pa.Table, keys: Sequence[str], sums: Sequence[str]) -> pa.Table:
    found = table.group_by(list(keys), use_threads=False).aggregate([(name, "sum") for name in sums])
    return found.select([*keys, *(f"{name}_sum" for name in sums)]).rename_columns([*keys, *sums])


def arrow(frame: pd.DataFrame, names: Mapping[str, str]) -> pa.Table:
    """A frame's columns under other names (its own -> plain), as an Arrow table without an index."""
    import pyarrow as pa

    return pa.Table.from_pandas(
        frame[list(names)].rename(columns=dict(names)), preserve_index=False
    ).replace_schema_metadata(None)


def labelled(found: pd.DataFrame, keys: Sequence[str], windows: Sequence[Window]) -> pd.DataFrame:
    """Rows in the order of period and keys, with the label of their period."""
    order = [*(["p"] if windows else []), *keys]
    found = found.sort_values(order, kind="stable", ignore_index=True) if order else found.reset_index(drop=True)
    if windows:
        labels = pd.Series([window.label for window in windows], dtype="str")
        found["period"] = labels.take(found["p"].to_numpy(dtype="int64")).set_axis(found.index)
    return found
