"""An Arrow table as the small pandas table that every engine answers with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    import pyarrow as pa


def frame_of(table: pa.Table) -> pd.DataFrame:
    """Decimals as floats, whole numbers whole (`Int64` where some are missing), a time that carries a zone by its wall clock."""
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = {}
    for name, values in zip(table.column_names, table.columns, strict=True):
        if pa.types.is_decimal(values.type):
            values = values.cast(pa.float64())
        if pa.types.is_timestamp(values.type) and values.type.tz:
            values = pc.local_timestamp(values)
        gaps = pa.types.is_integer(values.type) and values.null_count > 0
        series = values.to_pandas(date_as_object=False, integer_object_nulls=gaps)
        columns[name] = series.astype("Int64") if gaps else series
    return pd.DataFrame(columns)


def table_of(frame: pd.DataFrame | pa.Table, name: str) -> pa.Table:
    """A frame (or what is one already) as an Arrow table; a time that carries a zone keeps its wall clock.

    Raises:
        EngineError: A column mixes types, or two columns share a name.
    """
    import pyarrow as pa

    from ccsat.errors import EngineError, listing

    columns = frame.columns if isinstance(frame, pd.DataFrame) else frame.column_names
    if len(set(columns)) < len(columns):
        raise EngineError("engine_frame", name=name, reason=listing(columns))
    if not isinstance(frame, pd.DataFrame):
        return frame
    zoned = [column for column in frame.columns if isinstance(frame[column].dtype, pd.DatetimeTZDtype)]
    frame = frame.assign(**{column: frame[column].dt.tz_localize(None) for column in zoned})
    try:
        return pa.Table.from_pandas(frame.rename(columns=str), preserve_index=False)
    except (pa.ArrowException, ValueError, TypeError) as reason:
        raise EngineError("engine_frame", name=name, reason=str(reason).strip().split("\n")[0]) from reason
