"""Rows that stand twice: the same id, or the same customer, moment and rating under another id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

import pandas as pd

from ccsat.cells import Asked
from ccsat.centre import Centre
from ccsat.engine import NULL_LEVEL
from ccsat.stages.defect import Counts, Defect, effects_of, labels, period_counts

WHOLE_DAY = 0.9  # of a day's ids, or of a load's rows, that stand twice: it was loaded twice
FEW = 3  # rows below which a coincidence is not reported
ONE_CUSTOMER = 0.5  # of all twins with one customer: that id stands for nobody
TABLES = (("surveys", "survey_id"), ("surveys", "contact_id"), ("contacts", "contact_id"))


def duplicates(centre: Centre, asked: Asked) -> list[Defect]:
    """Rows with an id that stands already; the facts count them once.

    Returns:
        `duplicate`: the effect is that of the KPI as loaded; `values`: `column`, and `n_current`, `n_baseline` where the copies can be
        traced. `day_loaded_twice` where nearly all ids of a day are repeated: `values` name the `days` and the `batches` whose rows
        are repeated, "" where the data have none; its rows are among the duplicates, so it has no effect of its own.
    """
    if not centre.repeats:
        return []
    values = {"column": centre.repeats["column"]}
    found = _copies(centre)
    if found is None:
        return [Defect("duplicate", centre.repeats["n"], None, values)]
    source, batches = found
    removed = partial(_extra, centre, asked, source, "copies_no")
    copies = removed(None)
    counts = period_counts(centre, asked)
    loaded = {p: {k: counts[p].get(k, 0) + copies[p].get(k, 0) for k in {**counts[p], **copies[p]}} for p in counts}
    values |= {f"n_{p}": int(sum(levels.values())) for p, levels in copies.items()}
    defects = [Defect("duplicate", centre.repeats["n"], values=values, removed=removed,
                      **effects_of(centre, asked, loaded, copies))]  # fmt: skip
    return defects + _days_twice(centre, source, "copies_no", batches)


def twins(centre: Centre, asked: Asked) -> list[Defect]:
    """Ratings of one customer, at one moment, alike in every dimension, under different ids.

    Looked for where the data have customers and a time of day. `values`: `n_current`, `n_baseline`; `days` and `batches` as for
    `day_loaded_twice`.
    """
    if not {"customer_id", "at", "rating"} <= set(centre.columns):
        return []
    engine, same = (
        centre.engine,
        ["customer_id", "at", "rating", *(c for c in ("agent_id",) if c in centre.columns), *centre.dims],
    )
    names = ", ".join(map(engine.quote, same))
    at = engine.quote("at")
    counted = f"rating IS NOT NULL AND customer_id IS NOT NULL AND {at} <> CAST(CAST({at} AS DATE) AS TIMESTAMP)"
    groups = engine.query(f"SELECT customer_id, CAST(SUM(n - 1) AS BIGINT) AS more FROM (SELECT customer_id, COUNT(*) AS n FROM ({centre.facts}) f "
                          f"WHERE {counted} GROUP BY {names} HAVING COUNT(*) > 1) g GROUP BY customer_id")  # fmt: skip
    n = int(groups["more"].sum())
    if n < FEW or (groups["more"].max() > max(ONE_CUSTOMER * n, FEW)):
        return []
    source = (f"SELECT f.*, CASE WHEN {counted} AND ROW_NUMBER() OVER (PARTITION BY {names} ORDER BY row_key) > 1 THEN 1 ELSE 0 END "
              f"AS twin_no FROM ({centre.facts}) f")  # fmt: skip
    removed = partial(_extra, centre, asked, source, "twin_no")
    copies, counts = removed(None), period_counts(centre, asked)
    values = {f"n_{p}": int(sum(levels.values())) for p, levels in copies.items()}
    batches = _repeated(centre, source, "twin_no") if "ingest_batch" in centre.columns else []
    days = [d.values for d in _days_twice(centre, source, "twin_no", batches)]
    values |= days[0] if days else {"days": "", "batches": ""}
    return [Defect("duplicate_rows", n, values=values, removed=removed, **effects_of(centre, asked, counts, copies))]


def _copies(centre: Centre) -> tuple[str, list[str]] | None:
    """The facts with the number of copies that each row had as loaded, and the loads that repeat; None where they cannot be traced."""
    theirs = centre.repeats["column"]
    batch = centre.study.columns.ingest_batch or "ingest_batch"
    for table, ours in TABLES:
        if ours not in centre.columns or (getattr(centre.study.columns, ours, None) or ours) != theirs:
            continue
        raw = centre.beside(table, {theirs: "id", batch: "text"})
        if raw is None or theirs not in raw.roles:
            continue
        name = centre.engine.quote(theirs)
        again = f"SELECT {name} AS again_id, COUNT(*) - 1 AS more FROM ({raw.sql}) r WHERE {name} IS NOT NULL GROUP BY {name} HAVING COUNT(*) > 1"
        if (
            int(centre.engine.query(f"SELECT CAST(COALESCE(SUM(more), 0) AS BIGINT) AS n FROM ({again}) g")["n"][0])
            != centre.repeats["n"]
        ):
            continue
        loads = []
        if batch in raw.roles:
            load = centre.engine.quote(batch)
            rows = centre.engine.query(f"SELECT {load} AS load, COUNT(*) AS n, COUNT(again_id) AS twice FROM ({raw.sql}) r "
                                       f"LEFT JOIN ({again}) g ON r.{name} = g.again_id GROUP BY {load}")  # fmt: skip
            loads = sorted(rows.loc[rows["twice"] >= WHOLE_DAY * rows["n"], "load"].dropna().astype(str))
        source = (f"SELECT f.*, CAST(COALESCE(g.more, 0) AS INTEGER) AS copies_no FROM ({centre.facts}) f "
                  f"LEFT JOIN ({again}) g ON f.{centre.engine.quote(ours)} = g.again_id")  # fmt: skip
        return source, loads
    return None


def _extra(centre: Centre, asked: Asked, source: str, column: str, where: Mapping | None) -> Counts:
    """Copies per period and level, of a scope."""
    outcome = asked.caliber.outcome
    table = centre.engine.crosstab(
        source, [outcome, column], windows=asked.windows, where={**(asked.where or {}), **(where or {})}
    )
    table = table[table[outcome].notna() & (table[column] > 0)]
    table = table if "period" in table.columns else table.assign(period="current")
    more = (table["n"] * table[column]).groupby([table["period"], table[outcome].astype(int)]).sum()
    return {p: {int(k): float(n) for (q, k), n in more.items() if q == p} for p in labels(asked)}


def _repeated(centre: Centre, source: str, column: str) -> list[str]:
    rows = centre.engine.crosstab(source, ["ingest_batch", column])
    rows = rows[rows["ingest_batch"].notna() & (rows["ingest_batch"] != NULL_LEVEL)]
    sums = rows.assign(again=rows["n"] * (rows[column] > 0)).groupby("ingest_batch")[["n", "again"]].sum()
    return sorted(map(str, sums.index[sums["again"] >= WHOLE_DAY * sums["n"]]))


def _days_twice(centre: Centre, source: str, column: str, batches: Iterable[str]) -> list[Defect]:
    """Days whose rows nearly all stand twice."""
    if "at" not in centre.columns or centre.days is None:
        return []
    key = "survey_id" if "survey_id" in centre.columns else "row_key"
    at = centre.engine.quote("at")
    table = centre.engine.query(
        f"SELECT CAST({at} AS DATE) AS day, COUNT(*) AS n, CAST(SUM(CASE WHEN {column} > 0 THEN 1 ELSE 0 END) AS BIGINT) AS again, "
        f"CAST(SUM({column}) AS BIGINT) AS copies FROM ({source}) s WHERE {key} IS NOT NULL AND {at} IS NOT NULL "
        f"GROUP BY CAST({at} AS DATE) ORDER BY day"
    )
    whole = table["n"] - table["copies"] if column == "twin_no" else table["n"]
    twice = table[(table["again"] >= WHOLE_DAY * whole) & (table["again"] >= FEW)]
    if twice.empty:
        return []
    days = ", ".join(str(pd.Timestamp(day).date()) for day in twice["day"])
    return [Defect("day_loaded_twice", int(twice["copies"].sum()), None, {"days": days, "batches": ", ".join(batches)})]
