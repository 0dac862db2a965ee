"""The changes calendar as hypotheses: each change with what it declares, tested on its own scope before any cell is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from ccsat import registers
from ccsat.cells import Asked, design_effects
from ccsat.centre import Centre
from ccsat.estimates import adjust
from ccsat.stages.controls import Contrast, contrast
from ccsat.stages.timing import Break, daily, find_break, less

INSTRUMENT = "survey_instrument"


@dataclass(frozen=True)
class Weighed:
    """A change, and what its own scope did at its own date.

    Attributes:
        known: The part of its scope that this study can tell, as a cell; empty means everything (or nothing known).
        lacking: Dimensions of its scope that the study does not have.
        series: Daily sums of the scope.
        found: The scope's best break.
        apart: Inside the declared scope against outside it, at the declared date; None where one side is missing.
        p_adjusted: Of `apart`, by Holm over all changes that could be tested.
        effect: Design effect of the unit that carries the scope.
    """

    id: str
    day: date
    kind: str
    titles: dict[str, str]
    owner_dept: str | None
    announced: bool | None
    scope: dict[str, list[str]]
    known: dict[str, list[str]]
    lacking: tuple[str, ...]
    series: pd.DataFrame
    found: Break | None
    apart: Contrast | None
    p_adjusted: float
    effect: float

    @property
    def cause_id(self) -> str:
        return f"change:{self.id}"

    @property
    def fixed(self) -> bool:
        """Whether the study can tell all of its scope, and the scope leaves something out."""
        return bool(self.scope) and not self.lacking

    @property
    def instrument(self) -> bool:
        return self.kind == INSTRUMENT


def weighed_changes(centre: Centre, asked: Asked) -> tuple[Weighed, ...]:
    """Every change between the baseline's start and the current period's end, each tested once on its declared scope.

    Changes of the survey itself are among them: stage 1 judges those, but they are rivals of any other change of the same contacts. Remembered
    by the centre.
    """
    key = ("weighed_changes", asked.caliber.key, asked.windows)
    if key not in centre.memory:
        centre.memory[key] = _tested(centre, asked)
    return centre.memory[key]


def _tested(centre: Centre, asked: Asked) -> tuple[Weighed, ...]:
    rows = centre.changes
    if rows.empty or not asked.is_change:
        return ()
    rows = rows[
        (rows["at"] >= pd.Timestamp(asked.baseline.first))
        & (rows["at"] <= pd.Timestamp(asked.current.last) + pd.Timedelta(days=1))
    ]
    whole, found = daily(centre, asked, None), []
    for row in rows.itertuples():
        scope = registers.scope(row.scope)
        known = {dim: levels for dim, levels in scope.items() if dim in centre.dims}
        series = daily(centre, asked, known) if known else whole
        effect = max(design_effects(centre, asked, tuple(known))[0].values(), default=1.0)
        day = row.at.date()
        apart = contrast(series, less(whole, series), day, effects=(effect, effect)) if known and len(series) else None
        titles = {"zh": words(row.title_zh) or str(row.change_id), "en": words(row.title_en) or str(row.change_id)}
        announced = None if row.announced is None or pd.isna(row.announced) else bool(row.announced)
        found.append({"id": str(row.change_id), "day": day, "kind": words(row.kind) or "system", "titles": titles, "owner_dept": words(row.owner_dept),
                      "announced": announced, "scope": scope, "known": known, "lacking": tuple(dim for dim in scope if dim not in known), "series": series,
                      "found": find_break(series), "apart": apart, "effect": effect})  # fmt: skip
    p = np.array([one["apart"].p_value if one["apart"] is not None else np.nan for one in found])
    p_adjusted = np.full(len(p), np.nan)
    if np.isfinite(p).any():
        p_adjusted[np.isfinite(p)] = adjust(p[np.isfinite(p)], "holm")
    return tuple(Weighed(**one, p_adjusted=float(q)) for one, q in zip(found, p_adjusted, strict=True))


def words(value: object) -> str | None:
    """A register's field as text; None where it is empty."""
    return (
        None
        if value is None or (not isinstance(value, str) and pd.isna(value)) or not str(value).strip()
        else str(value)
    )


def levels_of(value: object) -> list[str]:
    """A cell's level, or its several, as a list."""
    return list(value) if isinstance(value, (list, tuple)) else [str(value)]


def both(cell: Mapping, scope: Mapping) -> dict[str, list[str]]:
    """The intersection of two cells; an empty list of levels where they share none."""
    shared = {dim: levels_of(value) for dim, value in cell.items()}
    for dim, levels in scope.items():
        shared[dim] = (
            [level for level in shared[dim] if level in levels_of(levels)] if dim in shared else levels_of(levels)
        )
    return shared


def series_of(centre: Centre, asked: Asked, cell: Mapping) -> pd.DataFrame:
    """Daily sums of a cell; empty where a dimension has no level left."""
    if any(isinstance(value, (list, tuple)) and not value for value in cell.values()):
        return pd.DataFrame({"day": [], "n": [], "s": [], "ss": []})
    return daily(centre, asked, cell or None)


def rated_now(series: pd.DataFrame, asked: Asked) -> int:
    """Ratings of the current period in a daily series."""
    days = np.array(series["day"].tolist(), dtype="datetime64[D]")
    inside = (days >= np.datetime64(asked.current.first)) & (days <= np.datetime64(asked.current.last))
    return int(series["n"].to_numpy(float)[inside].sum())


def outside_of(centre: Centre, asked: Asked, where: Mapping, cells: list[Mapping]) -> pd.DataFrame:
    """Daily sums of a cell without what lies in any of some others."""
    if not cells:
        return series_of(centre, asked, where)
    return less(
        outside_of(centre, asked, where, cells[1:]), outside_of(centre, asked, both(where, cells[0]), cells[1:])
    )
