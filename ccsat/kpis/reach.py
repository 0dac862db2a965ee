"""An indicator's rows with everything of the facts that they reach: by their contact, else their agent and customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from ccsat.centre import Centre
from ccsat.engine import NULL_LEVEL, TIMES
from ccsat.kpis.indicator import Indicator
from ccsat.study import Study

IDS = ("contact_id", "agent_id", "customer_id", "session_id", "ticket_id", "call_id", "task_id")
CARRIERS = {"agent_id": "agents", "customer_id": "customers"}
SEVERAL = 0.02  # of agents or customers seen more than once may show two levels of what they carry
FEWEST = 10  # seen more than once, from which that can be told
MOST_LEVELS = 10_000
COVERED = 0.95  # of the rows that have a contact of the facts, from which its dimensions serve all
ALIKE = 0.2  # standard deviations that rows with and without a contact may lie apart


def joined_rows(centre: Centre, row: Indicator, source: str, kinds: Mapping[str, str], level: str, until: datetime | None, *,
                drop: Sequence[str]) -> tuple[str, Study, tuple[str, ...]]:  # fmt: skip
    """The counted rows as facts.

    Args:
        kinds: Columns of `source`. level: SQL of a row's level. until: The last moment of a row that can be judged.
        drop: Columns of the facts that do not belong to these rows.

    Returns:
        SELECT text; the study with the dimensions, hierarchies, metrics and tables that are left; the columns.
    """
    quote = centre.engine.quote
    own = [name for name in dict.fromkeys((*row.dims, *centre.dims)) if name in kinds]
    circular = {name for needs in (row.needs, *row.or_needs) for names in needs.values() for name in names}
    made = {"row_key": "CAST(r.row_key AS VARCHAR(255))", "level": level}
    joins, contact = "", "contact_id" in kinds and "contact_id" in centre.columns and contact_tells(centre, source)
    if contact:
        joins += f" LEFT JOIN ({centre.facts}) f ON f.contact_id = r.contact_id"
    if "at" in kinds:
        made["at"] = 'r."at"'
    elif contact and "at" in centre.columns:
        made["at"] = 'f."at"'
    if TIMES in kinds:
        made[TIMES] = f"CAST(r.{TIMES} AS BIGINT)"
    for name in IDS:
        ways = [f"r.{name}"] * (name in kinds) + [f"f.{name}"] * (
            contact and name in centre.columns and name != "contact_id"
        )
        if ways:
            made[name] = ways[0] if len(ways) == 1 else f"COALESCE({', '.join(ways)})"
    if row.cluster is not None and row.cluster in kinds:
        made.setdefault(row.cluster, f"r.{quote(row.cluster)}")
    ways: dict[str, list[str]] = {name: [f"f.{quote(name)}"] for name in centre.dims if contact and name not in own}
    for key in CARRIERS:
        if key in made and key in centre.columns:
            dims = [name for name in _carried(centre, key) if name not in own]
            if dims:
                joins += f" LEFT JOIN ({_carrier(centre, key, dims)}) {key}_of ON {key}_of.k = {made[key]}"
            for name in dims:
                ways.setdefault(name, []).append(f"{key}_of.{quote(name)}")
    found = {name: f"COALESCE(NULLIF(TRIM(CAST(r.{quote(name)} AS VARCHAR(255))), ''), '{NULL_LEVEL}')" for name in own}
    for name, some in ways.items():
        known = ", ".join(f"NULLIF({way}, '{NULL_LEVEL}')" for way in some)
        found[name] = f"COALESCE({known}, '{NULL_LEVEL}')"
    order = [*(name for name in centre.dims if name in found), *(name for name in found if name not in centre.dims)]
    made |= {name: found[name] for name in order}
    if contact:
        skip = {*made, *drop, *centre.dims, *circular}
        more = [name for name in centre.columns if name not in skip and not name.startswith(("sub_", "comment"))]
        made |= {name: f"f.{quote(name)}" for name in more}
    listed = ", ".join(f"{text} AS {quote(name)}" for name, text in made.items())
    tests = ["r.level IS NOT NULL", *([f"r.{TIMES} > 0"] if TIMES in kinds else []),
             *([f"r.\"at\" <= TIMESTAMP '{until.isoformat(' ')}'"] if until is not None else [])]  # fmt: skip
    facts = f"SELECT {listed} FROM ({source}) r{joins} WHERE {' AND '.join(tests)}"
    dims = _dividing(centre, facts, order)
    return facts, _study(centre, row, dims, made), tuple(made)


def contact_tells(centre: Centre, source: str) -> bool:
    """Whether the contact's own dimensions may divide an indicator's rows: nearly all have one, or those without are worth about the same.

    Where only some outcomes have a contact (calls that reached an agent), its dimensions would divide the rows by their outcome.
    """
    key = ("contact_tells", source)
    if key not in centre.memory:
        known = f"SELECT f.contact_id AS k FROM ({centre.facts}) f WHERE f.contact_id IS NOT NULL"
        found = centre.engine.query(
            "SELECT CASE WHEN c.k IS NULL THEN 0 ELSE 1 END AS there, CAST(COUNT(*) AS FLOAT8) AS n, CAST(SUM(CAST(r.level AS FLOAT8)) AS FLOAT8) AS s, "
            f"CAST(SUM(CAST(r.level AS FLOAT8) * r.level) AS FLOAT8) AS ss FROM ({source}) r LEFT JOIN ({known}) c ON c.k = r.contact_id WHERE r.level IS NOT NULL GROUP BY 1"
        ).set_index("there")
        centre.memory[key] = _alike(found)
    return centre.memory[key]


def _alike(sums) -> bool:
    if 1 not in sums.index:
        return False
    if 0 not in sums.index or sums.loc[1, "n"] >= COVERED * sums["n"].sum():
        return True
    mean = sums["s"] / sums["n"]
    spread = float(sums["ss"].sum() / sums["n"].sum() - (sums["s"].sum() / sums["n"].sum()) ** 2)
    return abs(float(mean[1] - mean[0])) <= ALIKE * max(spread, 0.0) ** 0.5


def _dividing(centre: Centre, facts: str, dims: Sequence[str]) -> list[str]:
    """The dimensions of which the rows have at least two levels, and not so many that none can be a cell."""
    if not dims:
        return []
    profile = centre.engine.profile(facts, list(dims))
    return [one.column for one in profile.itertuples() if 2 <= one.distinct <= MOST_LEVELS]


def _study(centre: Centre, row: Indicator, dims: Sequence[str], made: Mapping[str, str]) -> Study:
    """The study as far as it is about these rows: the tables that the KPI itself is counted from are no drivers of it."""
    study = centre.study
    counted = {table: None for table in row.needs if table in study.data.tables()}
    tables = {table: None for table in study.data.tables()} if TIMES in made else counted
    return study.model_copy(update={
        "dimensions": {name: study.dimensions.get(name, name) for name in dims},
        "hierarchies": {name: chain for name, chain in study.hierarchies.items() if set(chain) <= set(dims)},
        "metrics": {name: metric for name, metric in study.metrics.items() if name in made},
        "reasons": None,
        "data": study.data.model_copy(update=tables),
    })  # fmt: skip


def _carried(centre: Centre, key: str) -> tuple[str, ...]:
    """Dimensions that an agent or customer has the same in all contacts; where few were seen twice, those of their table."""
    memory = ("carried", key)
    if memory not in centre.memory:
        centre.memory[memory] = _look_carried(centre, key)
    return centre.memory[memory]


def _look_carried(centre: Centre, key: str) -> tuple[str, ...]:
    if not centre.dims:
        return ()
    quote = centre.engine.quote
    moved = ", ".join(
        f"CASE WHEN MIN({quote(dim)}) <> MAX({quote(dim)}) THEN 1 ELSE 0 END AS m{i}"
        for i, dim in enumerate(centre.dims)
    )
    each = f"SELECT COUNT(*) AS n, {moved} FROM ({centre.facts}) f WHERE {quote(key)} IS NOT NULL GROUP BY {quote(key)}"
    sums = ", ".join(f"SUM(m{i}) AS m{i}" for i in range(len(centre.dims)))
    found = centre.engine.query(f"SELECT COUNT(*) AS seen, {sums} FROM ({each}) e WHERE n > 1").iloc[0]
    seen = float(found["seen"])
    if seen < FEWEST:
        return tuple(dim for dim in centre.dims if _in_table(centre, key, dim))
    return tuple(dim for i, dim in enumerate(centre.dims) if float(found[f"m{i}"] or 0) <= SEVERAL * seen)


def _table(centre: Centre, key: str):
    """The agents' or customers' own table, as far as the study's dimensions are its columns; None without one."""
    theirs = (getattr(centre.study.columns, key) or key).rpartition(".")[2]
    wanted = {
        centre.study.dimension(dim).column.rpartition(".")[2]: "text"
        for dim in centre.dims
        if centre.study.dimension(dim).bands is None
    }
    table = centre.beside(CARRIERS[key], {**wanted, theirs: "id"})
    return (None, theirs) if table is None or theirs not in table.roles else (table, theirs)


def _in_table(centre: Centre, key: str, dim: str) -> bool:
    table, _ = _table(centre, key)
    entry = centre.study.dimension(dim)
    return table is not None and entry.bands is None and entry.column.rpartition(".")[2] in table.roles


def _carrier(centre: Centre, key: str, dims: Sequence[str]) -> str:
    """One row an agent or customer (`k`) with what they carry: as the facts have it, else as their own table does."""
    quote = centre.engine.quote
    seen = ", ".join(f"MAX(NULLIF({quote(dim)}, '{NULL_LEVEL}')) AS {quote(dim)}" for dim in dims)
    facts = (
        f"SELECT {quote(key)} AS k, {seen} FROM ({centre.facts}) f WHERE {quote(key)} IS NOT NULL GROUP BY {quote(key)}"
    )
    table, theirs = _table(centre, key)
    there = [dim for dim in dims if table is not None and _in_table(centre, key, dim)]
    if not there:
        return facts
    named = {dim: quote(centre.study.dimension(dim).column.rpartition(".")[2]) for dim in there}
    own = ", ".join(f"MAX(NULLIF(TRIM({column}), '')) AS {quote(dim)}" for dim, column in named.items())
    listed = f"SELECT {quote(theirs)} AS k, {own} FROM ({table.sql}) t WHERE {quote(theirs)} IS NOT NULL GROUP BY {quote(theirs)}"
    both = ", ".join(
        f"COALESCE(a.{quote(dim)}, b.{quote(dim)}) AS {quote(dim)}" if dim in there else f"a.{quote(dim)}"
        for dim in dims
    )
    return f"SELECT COALESCE(a.k, b.k) AS k, {both} FROM ({facts}) a FULL JOIN ({listed}) b ON a.k = b.k"
