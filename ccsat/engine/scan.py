"""The rows of a request as SQL: names, literals, expressions of columns, conditions, the inner select."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from numbers import Integral

import pandas as pd

from ccsat.engine.base import NULL_LEVEL, Window

LARGEST = "1.7976931348623157e308"  # NaN and infinities lie outside, in every engine


@dataclass(frozen=True)
class Dialect:
    """What a text may not spell itself: names of types, and how text is compared byte by byte, and what no word for word spelling gives."""

    name: str
    double: str = "DOUBLE"
    text: str = "VARCHAR"
    bytewise: str = ""  # put after a text expression
    digest: str = "md5({text})"  # 32 hexadecimal letters of a text
    at_clock: str = "CAST(CAST({day} AS DATE) + {clock} AS TIMESTAMP)"  # a day and a time of day
    clock_seconds: str = "EXTRACT(EPOCH FROM {clock})"  # since midnight
    seconds: str = "EXTRACT(EPOCH FROM ({later} - {earlier}))"  # between two times, with their fractions


DUCKDB = Dialect("duckdb")
POSTGRES = Dialect("postgres", double="DOUBLE PRECISION", bytewise=' COLLATE "C"')


def quoted(name: str) -> str:
    """An identifier in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def column(name: str) -> str:
    """A column of the source, which no plain name of ours can hide."""
    return f"source.{quoted(name)}"


def literal(value: object) -> str:
    """A text literal."""
    return "'" + str(value).replace("'", "''") + "'"


def is_select(source: str) -> bool:
    """Whether a source is a SELECT text, not a table's name."""
    return re.match(r"\s*(SELECT|WITH)\s", source, re.IGNORECASE) is not None


@dataclass(frozen=True)
class Scan:
    """The rows of a request: relation, condition and period. Makes the inner select."""

    dialect: Dialect
    source: str
    kinds: Mapping[str, str]
    at: str = "at"
    windows: Sequence[Window] = ()
    where: Mapping | None = None
    weight: str | None = None  # column that says how many a row stands for

    def relation(self) -> str:
        """The source as it stands after FROM."""
        if is_select(self.source):
            return f"({self.source.strip().rstrip(';')}) source"
        return ".".join(quoted(part) for part in self.source.split(".")) + " source"

    def inner(self, *present: str, **expressions: str) -> str:
        """The select that computes expressions under plain names, over rows where the columns `present` have a value.

        With windows the period `p` comes first. Where a row stands for several, `w` says for how many.
        """
        if self.windows:
            expressions = {"p": self.period(), **expressions}
        if self.weight:
            expressions = {**expressions, "w": f"CAST({column(self.weight)} AS BIGINT)"}
        columns = ", ".join(f"{text} AS {name}" for name, text in expressions.items()) or "1 AS one"
        text = f"SELECT {columns} FROM {self.relation()}"
        wanted = (self._matches(name, value) for name, value in (self.where or {}).items())
        conditions = [*map(self._present, present), *self._bounds(), *wanted]
        return text + (f" WHERE {' AND '.join(conditions)}" if conditions else "")

    def counted(self) -> str:
        """How many the rows of the inner select stand for."""
        return "COALESCE(SUM(w), 0)" if self.weight else "COUNT(*)"

    def times(self, value: str) -> str:
        """A row's value as often as the row counts."""
        return f"w * {value}" if self.weight else value

    def kept(self) -> str:
        """The outer condition: rows inside a window."""
        return " WHERE p IS NOT NULL" if self.windows else ""

    # Expressions

    def time(self) -> str:
        """The time column as a time without zone."""
        return f"CAST({column(self.at)} AS TIMESTAMP)"

    def day(self) -> str:
        """The day of the time column."""
        return f"CAST({self.time()} AS DATE)"

    def period(self) -> str:
        """The number of the window a row falls in, NULL outside all."""
        time = self.time()
        cases = (f"WHEN {' AND '.join(_between(time, window.first, window.last))} THEN {i}"
                 for i, window in enumerate(self.windows))  # fmt: skip
        return f"CASE {' '.join(cases)} END"

    def _bounds(self) -> list[str]:
        """A first, plain condition on the time column, which lets an engine skip whole blocks."""
        if not self.windows:
            return []
        return _between(self.time(), min(w.first for w in self.windows), max(w.last for w in self.windows))

    def as_text(self, name: str) -> str:
        """A column as text, NULL where it is NULL."""
        return f"CAST({column(name)} AS {self.dialect.text})"

    def dimension(self, name: str) -> str:
        """A column as a dimension: text, NULL as NULL_LEVEL."""
        return f"COALESCE({self.as_text(name)}, {literal(NULL_LEVEL)})"

    def whole(self, name: str) -> str:
        """A coded column as a whole number."""
        if self.kinds[name] == "boolean":
            return f"CAST({self._zero_one(name)} AS BIGINT)"
        return f"CAST({column(name)} AS BIGINT)"

    def number(self, name: str, shift: float = 0.0) -> str:
        """A column as a floating number less a shift."""
        own = self._zero_one(name) if self.kinds[name] == "boolean" else column(name)
        value = f"CAST({own} AS {self.dialect.double})"
        return f"({value} - CAST({float(shift)!r} AS {self.dialect.double}))" if shift else value

    def finite(self, name: str) -> str:
        """A floating column, NULL where it is no finite number."""
        return f"CASE WHEN {self._present(name)} THEN {self.number(name)} END"

    def _present(self, name: str) -> str:
        """Whether a column has a value; NaN and the infinities are none."""
        if self.kinds[name] != "float":
            return f"{column(name)} IS NOT NULL"
        return f"({self.number(name)} >= -{LARGEST} AND {self.number(name)} <= {LARGEST})"

    def coded(self, name: str) -> str:
        """A column as it is kept in a frequency table or a sample."""
        kind = self.kinds[name]
        if kind == "time":
            return f"CAST({column(name)} AS TIMESTAMP)"
        if kind in ("text", "clock"):
            return self.as_text(name)
        return f"CAST({column(name)} AS {self.dialect.double})" if kind == "float" else column(name)

    def bytewise(self, name: str, text: str) -> str:
        """An expression of a column that sorts the same on every engine."""
        return text + self.dialect.bytewise if self.kinds[name] in ("text", "clock") else text

    def _zero_one(self, name: str) -> str:
        return f"CASE WHEN {column(name)} THEN 1 WHEN NOT {column(name)} THEN 0 END"

    # Conditions

    def _matches(self, name: str, wanted: object) -> str:
        values = list(wanted) if pd.api.types.is_list_like(wanted) else [wanted]
        tests = [self._equals(name, value) for value in values if not self._is_words(name, value)]
        words = sorted({str(value) for value in values if self._is_words(name, value)})
        if words:
            tests.append(f"{self.dimension(name)} IN ({', '.join(map(literal, words))})")
        return f"({' OR '.join(tests)})" if tests else "1 = 0"

    def _is_words(self, name: str, value: object) -> bool:
        """Whether a value is compared as text: any text, and anything asked of a text column."""
        return not _missing(value) and (isinstance(value, str) or self.kinds[name] in ("text", "clock"))

    def _equals(self, name: str, value: object) -> str:
        own = column(name)
        if _missing(value):
            return f"{own} IS NULL"
        if self.kinds[name] == "boolean":
            return own if value else f"NOT {own}"
        if isinstance(value, datetime):
            return f"CAST({own} AS TIMESTAMP) = TIMESTAMP {literal(value.replace(tzinfo=None).isoformat(' '))}"
        if isinstance(value, date):
            return f"({' AND '.join(_between(f'CAST({own} AS TIMESTAMP)', value, value))})"
        if isinstance(value, Integral):
            return f"{own} = {int(value)}"
        return f"{own} = CAST({float(value)!r} AS {self.dialect.double})"


def _missing(value: object) -> bool:
    return bool(pd.isna(value))


def _between(time: str, first: date, last: date) -> list[str]:
    """Conditions for whole days, both included; the ends of the calendar are no limits."""
    tests = []
    if first > date.min or last == date.max:
        tests.append(f"{time} >= TIMESTAMP '{first.isoformat()[:10]} 00:00:00'")
    if last < date.max:
        tests.append(f"{time} < TIMESTAMP '{(last + timedelta(days=1)).isoformat()[:10]} 00:00:00'")
    return tests
