"""The card of a caliber: what is counted, of what, without what, which way is better, who can own it, where it is from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from ccsat.calibers import Caliber
from ccsat.kpis.catalogue import Counted, group_of
from ccsat.kpis.indicator import Indicator
from ccsat.kpis.words import caliber_words, card_part, kpi_name
from ccsat.wording import text

RATING_SOURCE = "DOMAIN 2.6"
OF_UNIT = {
    "rate": "share",
    "nps": "nps",
    "score": "score",
    "raw": "levels_as_numbers",
}  # a rating caliber's unit as a measure
OF_OUTCOME = {"rating": "survey"}  # what a row of a rating caliber is; else a contact


@dataclass(frozen=True)
class Card:
    """A caliber in the session's language; `missing` is what a study lacks for it, None where no study was asked."""

    key: str
    kpi: str
    id: str
    group: str
    name: str
    caliber: str
    formula: str
    unit: str
    measured_in: str
    per: int
    excluded: str | None
    better: str
    direction: str
    owner_level: str
    owner: str
    mature_h: float
    dims: tuple[str, ...]
    needs: tuple[Mapping[str, Sequence[str]], ...]
    source: str
    note: str | None
    missing: Sequence[str] | None = None

    def line(self) -> str:
        """The card in one line."""
        return text("kpi_list.row", name=self.name, key=self.key, caliber=self.caliber, better=self.direction)

    def page(self) -> str:
        """The whole card."""
        ways = f" {text('kpi_list.or_needs')} ".join(
            "; ".join(f"{table}: {', '.join(columns)}" for table, columns in way.items()) for way in self.needs
        )
        parts = [("formula", self.formula), ("unit", self.unit), ("measured_in", self.measured_in), ("excluded", self.excluded or text("kpi_list.none")),
                 ("better", self.direction), ("owner", self.owner), ("mature", text("kpi_list.hours", hours=f"{self.mature_h:g}") if self.mature_h else None),
                 ("dims", ", ".join(self.dims) or None), ("needs", ways), ("source", self.source), ("note", self.note),
                 ("ask", f'[question] kpi = "{self.kpi}", caliber = "{self.id}"')]  # fmt: skip
        said = [f"  {text(f'kpi_list.{part}')}: {words}" for part, words in parts if words]
        if self.missing is not None:
            said.append(
                (
                    text("kpi_list.lacking", missing="; ".join(self.missing))
                    if self.missing
                    else text("kpi_list.allowed")
                )[2:]
            )
        return "\n".join([f"{self.name}  [{self.key}]  {text(f'kpi_group.{self.group}')}", f"  {self.caliber}", *said])

    def as_dict(self) -> dict[str, Any]:
        """The card as plain data."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


def card_of(row: Counted, *, missing: Sequence[str] | None = None) -> Card:
    """The card of an entry of the catalogue, in the session's language.

    Args:
        missing: What a study lacks for it.
    """
    shared = {"key": row.key, "kpi": row.kpi, "id": row.id, "group": group_of(row), "name": kpi_name(row.kpi), "caliber": caliber_words(row),
              "formula": card_part(row, "formula") or caliber_words(row), "excluded": card_part(row, "excluded"), "note": card_part(row, "note"), "missing": missing}  # fmt: skip
    if isinstance(row, Caliber):
        return Card(**shared, unit=text(f"kpi_unit.{OF_OUTCOME.get(row.outcome, 'contact')}"), measured_in=text(f"measured_in.{OF_UNIT[row.unit]}"), per=1,
                    better=row.better, direction=text(f"kpi_better.{row.better}"), owner_level="team", owner=text("kpi_owner.team"), mature_h=0, dims=(),
                    needs=({"facts": tuple(filter(None, (row.outcome, row.base)))},), source=RATING_SOURCE)  # fmt: skip
    low, high = (f"{100 * edge:g}%" for edge in row.band) if row.band else ("", "")
    return Card(**shared, unit=text(f"kpi_unit.{row.unit}"), measured_in=text(f"measured_in.{row.measured_in}"), per=row.per, better=row.better,
                direction=text(f"kpi_better.{row.better}", low=low, high=high), owner_level=row.owner_level, owner=text(f"kpi_owner.{row.owner_level}"),
                mature_h=row.mature_h, dims=row.dims if isinstance(row, Indicator) else (), source=row.source,
                needs=tuple({table: tuple(columns) for table, columns in way.items()} for way in (row.needs, *(row.or_needs if isinstance(row, Indicator) else ()))))  # fmt: skip
