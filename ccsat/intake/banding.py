"""Numeric columns as dimensions: cut points, and the names of the bands between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ccsat.engine import NULL_LEVEL, Engine
from ccsat.errors import StudyError
from ccsat.intake.tables import Table
from ccsat.study import Study

PARTS = 5  # of "auto": fifths of the rows


def settle_bands(study: Study, engine: Engine, tables: Mapping[str, Table]) -> Study:
    """The study with every banded dimension's cut points and levels written out, lowest band first.

    Raises:
        StudyError: A column to be cut by itself holds one value only.
    """
    settled = dict(study.dimensions)
    for name in study.dimensions:
        dim = study.dimension(name)
        if dim.bands is None:
            continue
        cuts = cut_points(name, tables, engine) if dim.bands == "auto" else list(dim.bands)
        settled[name] = dim.model_copy(update={"bands": cuts, "levels": band_names(cuts)})
    return study.model_copy(update={"dimensions": settled})


def cut_points(name: str, tables: Mapping[str, Table], engine: Engine) -> list[float]:
    """Fifths of the column's values, from a reproducible sample."""
    table = next(table for table in tables.values() if name in table.roles)
    key = next(
        (one for one in ("contact_id", "survey_id") if one in table.roles), "source_row" if table.numbered else name
    )
    rows = engine.sample(table.sql, list(dict.fromkeys([key, name])), key=key)
    values = rows[name].dropna().to_numpy(float)
    cuts = np.unique(np.quantile(values, np.arange(1, PARTS) / PARTS)) if len(values) else values
    cuts = [float(f"{cut:.3g}") for cut in cuts if cut < values.max()]
    if not cuts:
        raise StudyError("bands_one_value", dim=name, column=table.roles[name].theirs, n=len(values))
    return list(dict.fromkeys(cuts))


def band_names(cuts: Sequence[float]) -> list[str]:
    """A band holds what lies above one cut and up to the next."""
    shown = [f"{cut:g}" for cut in cuts]
    return [
        f"≤ {shown[0]}",
        *(f"{low} – {high}" for low, high in zip(shown, shown[1:], strict=False)),
        f"> {shown[-1]}",
    ]


def band_sql(value: str, cuts: Sequence[float], names: Sequence[str]) -> str:
    """The band of a number, as SQL."""
    whens = " ".join(f"WHEN {value} <= {cut!r} THEN '{name}'" for cut, name in zip(cuts, names, strict=False))
    return f"CASE WHEN {value} IS NULL THEN '{NULL_LEVEL}' {whens} ELSE '{names[-1]}' END"
