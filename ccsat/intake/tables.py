"""What intake hands on: roles, typed tables, the account of rows; and the refusals that files and databases share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ccsat.calibers import SCALES
from ccsat.errors import ColumnError, DataError, Words, listing
from ccsat.results import Result, result_class
from ccsat.wording import count, text

MOST_OFF_SCALE = 0.05  # of the ratings
MOST_UNREADABLE = 0.05  # of the times a rating belongs to
MOST_MISREAD = 0.5  # of a column's values, for any other role that the study gives


@dataclass(frozen=True)
class Role:
    """One column's part: our name, theirs, the kind of value, and the column with the time of day.

    `named` tells whether the study gives the part or the column just has our name.
    """

    ours: str
    theirs: str
    kind: str
    clock: str | None = None
    named: bool = True


@dataclass(frozen=True)
class Table:
    """A source in the engine under our names.

    Attributes:
        sql: SELECT text with one column a role.
        roles: The roles it fills, by our name.
        read: Rows read.
        set_aside: Why, and how many rows.
        notes: Wording keys with values: what the reader of the account should know.
        numbered: Whether `sql` also has `source_row`, the row's place in the source.
    """

    sql: str
    roles: dict[str, Role]
    read: int
    set_aside: dict[str, int] = field(default_factory=dict)
    notes: tuple[tuple[str, dict], ...] = ()
    numbered: bool = False


@result_class
class Intake(Result):
    """Rows read = kept + set aside, table by table: `table, why, n`, where `why` is "kept" for the rows kept."""

    notes: tuple[tuple[str, dict], ...] = ()

    @property
    def read(self) -> int:
        return int(self.table["n"].sum())

    @property
    def kept(self) -> int:
        return int(self.table.loc[self.table["why"] == "kept", "n"].sum())

    @property
    def set_aside(self) -> list[dict]:
        rows = self.table[self.table["why"] != "kept"].groupby("why", sort=True)["n"].sum()
        return [{"why": why, "n": int(n)} for why, n in rows.items() if n]

    def sentence(self) -> str:
        return text("intake.sentence", read=count(self.read), kept=count(self.kept), aside=count(self.read - self.kept))


def refuse_off_scale(role: Role, n: int, of: int, samples: Iterable, scale: str) -> None:
    """More than 5 % of the ratings off the scale: the scale is wrong, or codes are not declared."""
    if of and n > MOST_OFF_SCALE * of:
        raise DataError("off_scale", column=role.theirs, n=n, of=of, scale=scale, levels=listing(SCALES[scale]),
                        samples=listing(list(samples)[:5]))  # fmt: skip


def refuse_times(role: Role, n: int, of: int, samples: Iterable, rows: int) -> None:
    """More than 5 % of the times unreadable, or none there: not a time column."""
    if of == 0:
        raise DataError("times_missing", column=role.theirs, n=rows)
    if n > MOST_UNREADABLE * of:
        raise DataError("times_unreadable", column=role.theirs, n=n, of=of, samples=listing(list(samples)[:3]))


def rejected_note(role: Role, n: int, of: int, samples: Iterable) -> tuple[str, dict]:
    """A note of values that count as blank; where most of a column that the study names are such, it is refused."""
    shown = listing(list(samples)[:3])
    if role.named and n > MOST_MISREAD * of:
        raise ColumnError("column_flag" if role.kind == "flag" else "column_kind", column=role.theirs, role=role.ours, n=n, of=of,
                          samples=shown, allowed=Words(f"column_kind.{role.kind}"))  # fmt: skip
    return "note.values_rejected", {"column": role.theirs, "n": n, "samples": shown}
