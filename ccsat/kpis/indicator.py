"""One row of the KPI catalogue: what is counted, of which unit, out of which tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from ccsat.centre import Centre

Group = Literal["access", "workforce", "quality", "satisfaction", "resolution", "intelligent", "complaint", "ticket", "knowledge",
                "word_of_mouth", "customer"]  # fmt: skip
OwnerLevel = Literal[
    "company", "centre", "site", "team", "agent"
]  # the lowest unit that can own it; no target goes below


@dataclass(frozen=True)
class Indicator:
    """One way of counting one indicator that is not a rating of the facts.

    Its value is the mean of what its rows are worth: a rate where the levels are 0 and 1, else a mean per row (seconds, turns,
    complaints a contact). So its cells, ledgers, stages and charts are those of every other KPI.

    Attributes:
        kpi, id: Its name, e.g. "fcr" and "48h".
        group: Heading of the catalogue.
        unit: What one row is: contact, survey, session, call, task, complaint, ticket, review, agent_day, interval, customer,
            article, hand_off.
        needs: Table -> columns of ours that must be there. "facts" is the centre's own joined table.
        rows: Centre -> SELECT text, one row a unit: `row_key` (text), `level` (integer, NULL where the row is not counted),
            `at` (time, where there is one), where they exist `customer_id, agent_id, contact_id, session_id, ticket_id`, and the
            unit's own `dims` as text. Optional `times` (integer >= 0): the row stands for so many (counts per interval).
        better: "high", "low" or "band" (between `band`'s two values is good).
        measure: "rate" (levels 0 and 1), "mean" (a level is worth itself) or "raw" through `values`.
        values: Level -> worth where a level is not worth itself.
        per: Shown per so many: 1, 10_000 or 1_000_000.
        measured_in: "share", "s", "turns", "count", "points", ... a key of the wording catalogue `measured_in.KEY`.
        owner_level: The lowest unit that can own it.
        dims: Columns of `rows` that may divide it, beside the study's dimensions that its ids reach.
        mature_h: Hours after `at` before a row can be judged; 0 where it is known at once.
        source: Where the definition is from, e.g. "DOMAIN 2.5".
    """

    kpi: str
    id: str
    group: Group
    unit: str
    needs: Mapping[str, tuple[str, ...]]
    rows: Callable[[Centre], str]
    better: Literal["high", "low", "band"] = "high"
    measure: Literal["rate", "mean", "raw"] = "rate"
    values: Mapping[int, float] | None = None
    per: int = 1
    measured_in: str = "share"
    owner_level: OwnerLevel = "team"
    band: tuple[float, float] | None = None
    dims: tuple[str, ...] = ()
    mature_h: float = 0
    source: str = ""
    cluster: str | None = field(default=None)  # column of `rows` whose rows hang together; by default agent or customer
    scale: float = 1.0  # what one level of a mean is worth, where levels are whole parts of the unit
    or_needs: tuple[
        Mapping[str, tuple[str, ...]], ...
    ] = ()  # other tables and columns that do as well; `rows` looks which are there

    @property
    def key(self) -> str:
        return f"{self.kpi}/{self.id}"
