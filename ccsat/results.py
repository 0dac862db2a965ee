"""Result and Ledger, the bases of every answer."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

import pandas as pd

from ccsat.errors import LedgerError

# Frozen, keyword-only; no generated repr or ==, which tables break.
result_class = dataclass(frozen=True, kw_only=True, repr=False, eq=False)

CLOSES = 1e-9


@result_class
class Result:
    """What every answer has: a table, and the sentences a reader of the report must see.

    `caveats` are wording keys with their values, e.g. `("caveat.small_n", {"n": 12})`.
    """

    table: pd.DataFrame
    caveats: tuple[tuple[str, dict], ...] = field(default=())

    def sentence(self) -> str:
        """One line that says what this is."""
        return f"{type(self).__name__}: {len(self.table)} rows"

    def __repr__(self) -> str:
        return f"{self.sentence()}\n{self.table.to_string(max_rows=30)}"

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(self.sentence())}</p>{self.table.to_html(max_rows=40, border=0)}"

    def with_caveats(self, *caveats: tuple[str, dict]) -> Result:
        """The same answer with further caveats."""
        return dataclasses.replace(self, caveats=(*self.caveats, *caveats))


@result_class
class Ledger(Result):
    """Rows whose `points` add up to `total`; what nobody claims is a row of its own."""

    key: str
    total: float
    unit: str

    def __post_init__(self):
        found = float(self.table["points"].sum())
        if not abs(found - self.total) <= CLOSES:
            raise LedgerError("ledger_open", found=found, total=self.total)

    def sentence(self) -> str:
        from ccsat.wording import points, text

        return text(f"ledger.{self.key}") + " " + points(self.total, self.unit)
