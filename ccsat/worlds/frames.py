"""Arrays to columns: ids, levels and times in the types that the tables of a world have."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ccsat.worlds import company as co


def ids(prefix: str, n: int, *, start: int = 1) -> pd.Series:
    """`n` ids as text: a letter and seven digits."""
    numbers = pc.utf8_lpad(pa.array(np.arange(start, start + n)).cast(pa.string()), 7, "0")
    return pd.Series(pd.array(pc.binary_join_element_wise(pa.scalar(prefix), numbers, ""), dtype="str"))


def text(codes: np.ndarray, levels: Sequence[str]) -> pd.Series:
    """Positions in `levels` as text; -1 is missing."""
    codes = np.asarray(codes)
    words = pa.array(levels, pa.string()).take(pa.array(codes, mask=codes < 0))
    return pd.Series(pd.array(words, dtype="str"))


def moment(hours: np.ndarray) -> pd.Series:
    """Hours from the start of the world as times, to the second; NaN is missing."""
    seconds = np.round(np.asarray(hours, dtype=float) * 3600)
    known = np.isfinite(seconds)
    times = co.START.astype("datetime64[ms]") + np.where(known, seconds * 1000, 0).astype("timedelta64[ms]")
    return pd.Series(np.where(known, times, np.datetime64("NaT")).astype("datetime64[ms]"))


def date(days: np.ndarray, known: np.ndarray | None = None) -> pd.Series:
    """Days from the start of the world as dates (midnight); missing where not `known`."""
    days = np.asarray(days, dtype=float)
    return moment(24 * (days if known is None else np.where(known, days, np.nan)))
