"""The portable SQL: one text per request, with a dialect's macros and nothing else that differs.

The rules that keep one text right everywhere (SCALE 4): conditional counts are SUM(CASE ...); integer sums are
cast outside; an inner select computes the expressions and gives them plain names (p period, lv level, d0, d1 ...
dimensions, z0, z1 ... numbers), so that the outer one groups by names; GROUPING() stands beside every dimension of a
grouping set; NULL dimensions are coalesced; every ORDER BY of a cut ends in a tie-break.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ccsat.engine.base import NULL_LEVEL
from ccsat.engine.scan import Scan, column, literal

SETS_A_QUERY = 10  # some engines expand the rows once a set


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
    counted = (f"SELECT {_list(*keys, f'CAST({scan.counted()} AS BIGINT) AS n')} FROM ({inner}) q{scan.kept()}"
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
    columns = _list(*fixed, *dims, *(f"GROUPING({name}) AS g_{name}" for name in dims),
                    f"CAST({scan.counted()} AS BIGINT) AS n")  # fmt: skip
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
    sums = [f"SUM({scan.times(name)}) AS s_{name}" for name in names]
    products = [f"SUM({scan.times(f'{a} * {b}')}) AS p_{a}_{b}" for i, a in enumerate(names) for b in names[i:]]
    text = (f"SELECT {_list(*keys, f'CAST({scan.counted()} AS BIGINT) AS n', *sums, *products)}"
            f" FROM ({scan.inner(*metrics, **segments, **numbers)}) q{scan.kept()}")  # fmt: skip
    return text + (f" GROUP BY {_list(*keys)}" if keys else "")


def cluster_moments(scan: Scan, segments: Mapping[str, str], metric: str, shift: float, cluster: str) -> str:
    """Sums over clusters of their sizes and totals; rows without a cluster are clusters of their own."""
    keys = [*(["p"] if scan.windows else []), *segments]
    of = column(cluster)
    if scan.kinds[cluster] == "text":
        of = f"NULLIF({scan.as_text(cluster)}, {literal(NULL_LEVEL)})"
    inner = scan.inner(metric, **segments, c=of, z=scan.number(metric, shift))
    size, total, squares = (
        f"{scan.counted()} AS size",
        f"SUM({scan.times('z')}) AS total",
        f"SUM({scan.times('z * z')}) AS squares",
    )
    each = (f"SELECT {_list(*keys, 'c', size, total, squares)}"
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
    text = (
        f"SELECT {_list(*keys, f'CAST({scan.counted()} AS BIGINT) AS n')} FROM ({scan.inner(**columns)}) q{scan.kept()}"
    )
    return text + (f" GROUP BY {_list(*keys)}" if keys else "")


def profile(scan: Scan, names: Sequence[str]) -> str:
    """Rows, values, distinct values and extremes of columns, in one row."""
    columns, sums = {}, ["CAST(COUNT(*) AS BIGINT) AS total"]
    for i, name in enumerate(names):
        words = scan.kinds[name] not in ("float", "integer", "time", "date")
        floating = scan.kinds[name] == "float"
        columns[f"v{i}"] = scan.as_text(name) if words else scan.finite(name) if floating else scan.coded(name)
        ends = [f"{end}({scan.bytewise(name, f'v{i}')})" for end in ("MIN", "MAX")]
        if not floating:
            ends = [f"CAST({end} AS {scan.dialect.text})" for end in ends]
        sums += [f"CAST(COUNT(v{i}) AS BIGINT) AS r{i}", f"CAST(COUNT(DISTINCT v{i}) AS BIGINT) AS u{i}",
                 f"{ends[0]} AS l{i}", f"{ends[1]} AS h{i}"]  # fmt: skip
    return f"SELECT {_list(*sums)} FROM ({scan.inner(**columns)}) q"


def sample(
    scan: Scan, columns: Mapping[str, str], order: Sequence[str], *, key: str, most: int, below: str | None
) -> str:
    """Rows in the order of a hash of their key, at most `most`; `below` cuts hashes off first, to sort less."""
    hashed = scan.dialect.digest.format(text=scan.dimension(key)) + scan.dialect.bytewise
    keys = [*(["p"] if scan.windows else []), *columns]
    cut = scan.kept() + (f"{' AND' if scan.windows else ' WHERE'} hashed < {literal(below)}" if below else "")
    return (f"SELECT {_list(*keys)} FROM ({scan.inner(**columns, hashed=hashed)}) q{cut}"
            f" ORDER BY {_list('hashed', *order)} LIMIT {int(most)}")  # fmt: skip


def rows(scan: Scan) -> str:
    """How many rows a request is about."""
    return f"SELECT CAST(COUNT(*) AS BIGINT) AS n FROM ({scan.inner()}) q{scan.kept()}"
