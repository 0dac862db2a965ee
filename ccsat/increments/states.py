"""The state of every day of a source, in one request: how many rows it has, and a digest of what stands in them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ccsat.engine.base import NULL_LEVEL
from ccsat.engine.portable import PortableEngine
from ccsat.engine.scan import Scan, column, literal

DATED = re.compile(r"\d{4}-\d{2}-\d{2}")
EARLIEST, LATEST = "1000-01-01", "9000-01-01"
PLACES = 4  # sums of three hexadecimal digits each, where an engine has no hash that gives a number


def states_of(
    engine: PortableEngine, source: str, kinds: Mapping[str, str], *, at: str, content: bool
) -> dict[str, str] | None:
    """Day -> its state; rows without a time stand under `NULL_LEVEL`. None where a day is none of a
    calendar that can be counted on (infinite, or of the years that stand for never).

    Args:
        content: Also digest every column of every row: an order of rows makes no difference, any other change does (but for one in 1e14).
            Without it the state is the number of rows alone, which costs one column.
    """
    scan = Scan(engine.macros, source, kinds, at=at)
    day = f"COALESCE(CAST({scan.day()} AS {scan.dialect.text}), {literal(NULL_LEVEL)})"
    inner, sums = {"dy": day}, ["CAST(COUNT(*) AS BIGINT) AS n"]
    if content:
        inner["h"] = _digest(scan)
        sums += _sums(scan)
    columns = ", ".join(f"{text} AS {name}" for name, text in inner.items())
    found = engine.query(f"SELECT dy, {', '.join(sums)} FROM (SELECT {columns} FROM {scan.relation()}) q GROUP BY dy")
    if not all(day == NULL_LEVEL or (DATED.fullmatch(day) and EARLIEST <= day < LATEST) for day in found["dy"]):
        return None
    parts = [found[name].astype("str") for name in found.columns if name != "dy"]
    states = parts[0].str.cat(parts[1:], sep="/") if len(parts) > 1 else parts[0]
    return dict(sorted(zip(found["dy"].astype("str"), states, strict=True)))


def _digest(scan: Scan) -> str:
    """A row as one hash."""
    if scan.dialect.name == "duckdb":
        return f"hash({', '.join(map(column, scan.kinds))})"
    whole = " || ".join(f"{scan.dimension(name)} || {literal(chr(31))}" for name in scan.kinds)
    return scan.dialect.digest.format(text=whole)


def _sums(scan: Scan) -> list[str]:
    """The hashes of a day as sums, which no order of rows changes."""
    if scan.dialect.name == "duckdb":
        return ["CAST(SUM(h) AS VARCHAR) AS c0"]
    digits = [[f"ASCII(SUBSTR(h, {3 * place + k + 1}, 1)) * {256**k}" for k in range(3)] for place in range(PLACES)]
    return [f"CAST(SUM({' + '.join(three)}) AS BIGINT) AS c{place}" for place, three in enumerate(digits)]
