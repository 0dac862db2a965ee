"""An indicator in words: its name, its caliber, and its card."""

from __future__ import annotations

from ccsat.calibers import Caliber
from ccsat.kpis.indicator import Indicator
from ccsat.kpis.slices import Slice
from ccsat.wording import LANGUAGES, add_words, has, term, text

PARTS = ("formula", "excluded", "note")


def kpi_name(kpi: str) -> str:
    """A KPI's name."""
    return term(kpi)


def caliber_words(row: Caliber | Slice | Indicator) -> str:
    """One line on how it is counted."""
    make_words(row)
    return text(f"caliber.{row.key}")


def make_words(row: Caliber | Slice | Indicator) -> None:
    """Give a caliber whose id holds a parameter its line, from the pattern `caliber_made.KPI`."""
    key = f"caliber.{row.key}"
    if not has(key):
        pattern = f"caliber_made.{row.kpi}"
        add_words(key, {lang: text(pattern, lang, id=row.id) if has(pattern) else row.id for lang in LANGUAGES})


def card_part(row: Caliber | Slice | Indicator, part: str) -> str | None:
    """One part of the card: of the caliber itself, else of the KPI; None where there is none."""
    for key in (f"kpi_card.{row.key}.{part}", f"kpi_card.{row.kpi}.{part}"):
        if has(key):
            return text(key)
    return None
