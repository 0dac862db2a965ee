"""The portable SQL: one text per request, with a dialect's macros and nothing else that differs.

The rules that keep one text right everywhere (SCALE 4): conditional counts are SUM(CASE ...); integer sums are
cast outside; an inner select computes the expressions and gives them plain names (p period, lv level, d0, d1 ...
dimensions, z0, z1 ... numbers), so that the outer one groups by names; GROUPING() stands beside every dimension of a
grouping set; NULL dimensions are coalesced; every ORDER BY of a cut ends in a tie-break.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from numbers import Integral

import pandas as pd

from ccsat.engine.base import NULL_LEVEL, Window

LARGEST = "1.7976931348623157e308"  # NaN and infinities lie outside, in every engine
SETS_A_QUERY = 10  # some engines expand the rows once a set


@dataclass(frozen=True)
class Dialect:
    """What a text may not spell itself: names of types, and how text is compared byte by byte."""

    name: str
    double: str = "DOUBLE"
    text: str = "VARCHAR"
    bytewise: str = ""  # put after a text expression


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

    def relation(self) -> str:
        """The source as it stands after FROM."""
        if is_select(self.source):
            return f"({self.source.strip().rstrip(';')}) source"
        return ".".join(quoted(part) for part in self.source.split(".")) + " source"

    def inner(self, *present: str, **expressions: str) -> str:
        """The select that computes expressions under plain names, over rows where the columns `present` have a value.

        With windows the period `p` comes first.
        """
        if self.windows:
            expressions = {"p": self.period(), **expressions}
        columns = ", ".join(f"{text} AS {name}" for name, text in expressions.items()) or "1 AS one"
        conditions = [*map(self._present, present), *self._bounds(), *(self._matches(name, value) for name, value in (self.where or {}).items())]
        return f"SELECT {columns} FROM {self.relation()}" + (f" WHERE {' AND '.join(conditions)}" if conditions else "")

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


# Requests ------------------------------------------------------------------------------------


def _list(*names: str) -> str:
    return ", ".join(names)


def _names(outcome: str | None) -> list[str]:
    return [] if outcome is None else [outcome]


def _level(scan: Scan, outcome: str | None) -> dict[str, str]:
    return {} if outcome is None else {"lv": scan.whole(outcome)}


def cells(scan: Scan, dims: Mapping[str, str], outcome: str | None, *, min_support: int = 0,
          limit: int | None = None) -> str:  # fmt: skip
    """Counts of one set of dimensions (plain name -> expression), at most `limit` rows."""
    period = ["p"] if scan.windows else []
    level = _level(scan, outcome)
    keys = [*period, *dims, *level]
    inner = scan.inner(*_names(outcome), **dims, **level)
    counted = (f"SELECT {_list(*keys, 'CAST(COUNT(*) AS BIGINT) AS n')} FROM ({inner}) q{scan.kept()}"
               + (f" GROUP BY {_list(*keys)}" if keys else ""))  # fmt: skip
    return _supported(counted, keys, [*period, *dims], min_support) + (f" LIMIT {limit}" if limit is not None else "")


def grouping_sets(scan: Scan, sets: Sequence[Sequence[str]], dims: Mapping[str, str], outcome: str | None, *,
                  min_support: int = 0) -> str:  # fmt: skip
    """Counts of several sets of dimensions in one query; `g_d0` is 1 where `d0` is rolled up."""
    level = _level(scan, outcome)
    fixed = [*(["p"] if scan.windows else []), *level]
    flags = [f"g_{name}" for name in dims]
    grouped = ", ".join(f"({_list(*fixed, *one)})" for one in sets)
    inner = scan.inner(*_names(outcome), **dims, **level)
    columns = _list(*fixed, *dims, *(f"GROUPING({name}) AS g_{name}" for name in dims), "CAST(COUNT(*) AS BIGINT) AS n")
    counted = f"SELECT {columns} FROM ({inner}) q{scan.kept()} GROUP BY GROUPING SETS ({grouped})"
    cell = [*(["p"] if scan.windows else []), *dims, *flags]
    return _supported(counted, [*fixed, *dims, *flags], cell, min_support)


def _supported(counted: str, keys: Sequence[str], cell: Sequence[str], min_support: int) -> str:
    """Cells with enough rows over their levels, and no cell without any (a total of nothing)."""
    if min_support <= 1:
        return f"SELECT {_list(*keys, 'n')} FROM ({counted}) c WHERE n > 0"
    within = f"PARTITION BY {_list(*cell)}" if cell else ""
    support = f"SELECT {_list(*keys, 'n', f'SUM(n) OVER ({within}) AS support')} FROM ({counted}) c"
    return f"SELECT {_list(*keys, 'n')} FROM ({support}) s WHERE support >= {int(min_support)}"


def moments(scan: Scan, segments: Mapping[str, str], metrics: Sequence[str], shifts: Mapping[str, float]) -> str:
    """Sums and sums of products of shifted numbers z0, z1 ..., per period and segment."""
    numbers = {f"z{i}": scan.number(name, shifts.get(name, 0.0)) for i, name in enumerate(metrics)}
    keys = [*(["p"] if scan.windows else []), *segments]
    names = list(numbers)
    sums = [f"SUM({name}) AS s_{name}" for name in names]
    products = [f"SUM({a} * {b}) AS p_{a}_{b}" for i, a in enumerate(names) for b in names[i:]]
    text = (f"SELECT {_list(*keys, 'CAST(COUNT(*) AS BIGINT) AS n', *sums, *products)}"
            f" FROM ({scan.inner(*metrics, **segments, **numbers)}) q{scan.kept()}")  # fmt: skip
    return text + (f" GROUP BY {_list(*keys)}" if keys else "")


def cluster_moments(scan: Scan, segments: Mapping[str, str], metric: str, shift: float, cluster: str) -> str:
    """Sums over clusters of their sizes and totals; rows without a cluster are clusters of their own."""
    keys = [*(["p"] if scan.windows else []), *segments]
    of = column(cluster)
    if scan.kinds[cluster] == "text":
        of = f"NULLIF({scan.as_text(cluster)}, {literal(NULL_LEVEL)})"
    inner = scan.inner(metric, **segments, c=of, z=scan.number(metric, shift))
    each = (f"SELECT {_list(*keys, 'c', 'COUNT(*) AS size', 'SUM(z) AS total', 'SUM(z * z) AS squares')}"
            f" FROM ({inner}) q{scan.kept()} GROUP BY {_list(*keys, 'c')}")  # fmt: skip
    sums = ("CAST(SUM(CASE WHEN c IS NULL THEN size ELSE 1 END) AS BIGINT) AS clusters",
            "CAST(SUM(size) AS BIGINT) AS n", "SUM(total) AS s",
            "CAST(SUM(CASE WHEN c IS NULL THEN size ELSE size * size END) AS BIGINT) AS nn",
            "SUM(CASE WHEN c IS NULL THEN total ELSE size * total END) AS ns",
            "SUM(CASE WHEN c IS NULL THEN squares ELSE total * total END) AS ss")  # fmt: skip
    return f"SELECT {_list(*keys, *sums)} FROM ({each}) e" + (f" GROUP BY {_list(*keys)}" if keys else "")


def crosstab(scan: Scan, columns: Mapping[str, str], *, by_day: bool) -> str:
    """The frequency table of columns as they are, NULLs kept."""
    columns = {**({"dy": scan.day()} if by_day else {}), **columns}
    keys = [*(["p"] if scan.windows else []), *columns]
    text = f"SELECT {_list(*keys, 'CAST(COUNT(*) AS BIGINT) AS n')} FROM ({scan.inner(**columns)}) q{scan.kept()}"
    return text + (f" GROUP BY {_list(*keys)}" if keys else "")


def profile(scan: Scan, names: Sequence[str]) -> str:
    """Rows, values, distinct values and extremes of columns, in one row."""
    columns, sums = {}, ["CAST(COUNT(*) AS BIGINT) AS total"]
    for i, name in enumerate(names):
        words = scan.kinds[name] not in ("float", "integer", "time", "date")
        columns[f"v{i}"] = scan.as_text(name) if words else scan.finite(name) if scan.kinds[name] == "float" else scan.coded(name)
        ends = [f"{end}({scan.bytewise(name, f'v{i}')})" for end in ("MIN", "MAX")]
        if scan.kinds[name] != "float":
            ends = [f"CAST({end} AS {scan.dialect.text})" for end in ends]
        sums += [f"CAST(COUNT(v{i}) AS BIGINT) AS r{i}", f"CAST(COUNT(DISTINCT v{i}) AS BIGINT) AS u{i}",
                 f"{ends[0]} AS l{i}", f"{ends[1]} AS h{i}"]  # fmt: skip
    return f"SELECT {_list(*sums)} FROM ({scan.inner(**columns)}) q"


def sample(scan: Scan, columns: Mapping[str, str], order: Sequence[str], *, key: str, most: int, below: str | None) -> str:
    """Rows in the order of a hash of their key, at most `most`; `below` cuts hashes off first, to sort less."""
    hashed = f"md5({scan.dimension(key)}){scan.dialect.bytewise}"
    keys = [*(["p"] if scan.windows else []), *columns]
    cut = scan.kept() + (f"{' AND' if scan.windows else ' WHERE'} hashed < {literal(below)}" if below else "")
    return f"SELECT {_list(*keys)} FROM ({scan.inner(**columns, hashed=hashed)}) q{cut} ORDER BY {_list('hashed', *order)} LIMIT {int(most)}"


def rows(scan: Scan) -> str:
    """How many rows a request is about."""
    return f"SELECT CAST(COUNT(*) AS BIGINT) AS n FROM ({scan.inner()}) q{scan.kept()}"
