"""Counts of several sets of dimensions as one table: the sets stand below one another, their dimensions by place, not by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ccsat.engine.base import Window
from ccsat.increments.store import DAY

if TYPE_CHECKING:
    import pyarrow as pa

Set = tuple[str, ...]


def stacked(found: Mapping[Set, pd.DataFrame], sets: Sequence[Set], *, day: str) -> pa.Table:
    """The tables of `marginals` by day as one: `DAY, one` (the set's number), `k0, k1, ...`, `level` (0 where all rows count), `n`."""
    import pyarrow as pa

    deepest, parts = max(map(len, sets)), []
    for i, one in enumerate(sets):
        part = found[day, *one]
        text = pa.large_string()
        columns = [
            pa.array(part[day], text),
            pa.array(np.full(len(part), i, dtype="int16")),
            *(pa.array(part[name], text) for name in one),
        ]
        columns += [pa.nulls(len(part), text)] * (deepest - len(one))
        level = part["level"] if "level" in part.columns else np.zeros(len(part), dtype="int64")
        parts.append(
            pa.Table.from_arrays(
                [*columns, pa.array(level), pa.array(part["n"])], [DAY, "one", *_places(deepest), "level", "n"]
            )
        )
    return pa.concat_tables(parts)


def keys_of(sets: Sequence[Set]) -> list[str]:
    """What the cells of all sets are told apart by."""
    return ["one", *_places(max(map(len, sets))), "level"]


def apart(
    whole: pa.Table, sets: Sequence[Set], windows: Sequence[Window], *, level: bool, min_support: int
) -> dict[Set, pd.DataFrame]:
    """Summed days (`p`, `keys_of` and `n`) as each set's own table, as `marginals` answers: `[period,] *dims, [level,] n`, cells of too few rows left out."""
    places = _places(max(map(len, sets)))
    whole = whole.sort_by([(key, "ascending") for key in ("one", "p", *places, "level")])
    ends = np.searchsorted(whole["one"].to_numpy(), np.arange(len(sets) + 1))
    labels = pd.Series([window.label for window in windows], dtype="str")
    own = ["level", "n"] if level else ["n"]
    answer = {}
    for i, one in enumerate(sets):
        rows = whole.slice(ends[i], ends[i + 1] - ends[i]).select(["p", *places[: len(one)], *own]).to_pandas()
        if min_support > 1:
            rows = rows[rows.groupby(["p", *places[: len(one)]])["n"].transform("sum") >= min_support].reset_index(
                drop=True
            )
        numbers = rows.pop("p")
        rows.columns = [*one, *own]
        if windows:
            rows.insert(0, "period", labels.take(numbers.to_numpy(dtype="int64")).set_axis(rows.index))
        answer[one] = rows
    return answer


def _places(deepest: int) -> list[str]:
    return [f"k{place}" for place in range(deepest)]
