"""Incident windows: the KPI and its change with the contacts of incidents, and without them."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ccsat import registers
from ccsat.cells import Asked, design_effects
from ccsat.centre import Centre
from ccsat.engine import NULL_LEVEL
from ccsat.engine.scan import literal
from ccsat.estimates import Difference, Estimate, difference, estimate_counts
from ccsat.stages.defect import Counts, Defect, kpi_value, labels, period_counts, without

BEGINS, ENDS = ("started_at", "from", "start", "begin_at"), ("ended_at", "to", "end", "end_at")
KINDS = {
    "incident_id": "id",
    "id": "id",
    **dict.fromkeys(BEGINS, "time"),
    **dict.fromkeys(ENDS, "time"),
    "class": "text",
    "scope": "text",
}
FAIR_SHARE = 0.01  # of a period's rows in incidents: worth saying
FAIR_EFFECT = 0.25  # on the change, in its standard errors: likewise
TWO_SIDED = 1.959963984540054
MOST = 50  # incidents looked at, the longest first


@dataclass(frozen=True)
class IncidentSplit:
    """The KPI both ways.

    Attributes:
        table: One row an incident: `incident, start, end, n_current, n_baseline` (counted rows).
        with_incidents, without_incidents: The current KPI. `change_with`, `change_without`: None without a baseline.
        effect_points, effect_baseline: KPI with, minus without.
    """

    table: pd.DataFrame
    with_incidents: Estimate
    without_incidents: Estimate
    change_with: Difference | None
    change_without: Difference | None
    effect_points: float
    effect_baseline: float | None


def split_incidents(centre: Centre, asked: Asked) -> IncidentSplit | None:
    """What are the KPI and its change with the contacts of incidents, and without?

    A contact belongs to an incident by the facts' `incident_id`, where they have any, else by its time and the incident's scope
    (`dim=level|level; dim=level`, as in the changes table; empty: everything) in the study's table `incidents`.

    Returns:
        None where there are no incidents, or none of their contacts counts in either period.
    """
    known = _incidents(centre)
    rows = _marked(centre, asked, known)
    if rows is None or rows.empty:
        return None
    outcome = asked.caliber.outcome
    removed: Counts = {p: {} for p in labels(asked)}
    for (p, level), n in rows.groupby(["period", outcome])["n"].sum().items():
        removed[p][int(level)] = float(n)
    counts = period_counts(centre, asked)
    clean = {p: without(levels, removed[p]) for p, levels in counts.items()}
    if any(not sum(levels.values()) for levels in clean.values()):
        return None
    effects, unit = design_effects(centre, asked)[0], asked.caliber.unit
    both = [{p: dict(levels) for p, levels in some.items()} for some in (counts, clean)]
    now = [estimate_counts(some["current"], asked.values, unit=unit, design_effect=effects["current"]) for some in both]
    change = [difference(some["current"], some["baseline"], asked.values, unit=unit, design_effects=(effects["current"], effects["baseline"]))
              if asked.is_change else None for some in both]  # fmt: skip
    moved = {p: kpi_value(counts[p], asked) - kpi_value(clean[p], asked) for p in counts}
    n = (
        rows.groupby(["incident", "period"])["n"]
        .sum()
        .unstack(fill_value=0)
        .reindex(columns=["current", "baseline"], fill_value=0)
    )
    table = pd.DataFrame(
        {"incident": n.index, "n_current": n["current"].to_numpy(), "n_baseline": n["baseline"].to_numpy()}
    )
    spans = known.set_index("incident")[["start", "end"]] if len(known) else pd.DataFrame(columns=["start", "end"])
    table = table.join(spans, on="incident")[["incident", "start", "end", "n_current", "n_baseline"]]
    return IncidentSplit(table, *now, *change, moved["current"], moved.get("baseline"))


def incident_windows(centre: Centre, asked: Asked) -> list[Defect]:
    """Contacts of incidents as a defect, where they matter: named with their effect, not taken out of the corrected KPI.

    `values`: `incidents` (ids), `n_current`, `n_baseline`, and `change_with`, `change_without` (points) where there is a baseline.
    """
    found = split_incidents(centre, asked)
    if found is None or not _matters(found):
        return []
    values = {"incidents": ", ".join(map(str, found.table["incident"])), "n_current": int(found.table["n_current"].sum()),
              "n_baseline": int(found.table["n_baseline"].sum())}  # fmt: skip
    if found.change_with is not None:
        values |= {"change_with": found.change_with.value, "change_without": found.change_without.value}
    n = values["n_current"] + values["n_baseline"]
    return [Defect("incident", n, found.effect_points, values, effect_baseline=found.effect_baseline)]


def _matters(found: IncidentSplit) -> bool:
    """Whether incidents hold a fair share of a period's rows, or move the change by a fair part of its noise."""
    before = [] if found.change_with is None else [(found.table["n_baseline"].sum(), found.change_with.n_baseline)]
    if any(some >= FAIR_SHARE * n for some, n in [(found.table["n_current"].sum(), found.with_incidents.n), *before]):
        return True
    if found.change_with is None:
        return False
    error = (found.change_with.upper - found.change_with.lower) / (2 * TWO_SIDED)
    return abs(found.change_with.value - found.change_without.value) >= FAIR_EFFECT * error


def _incidents(centre: Centre) -> pd.DataFrame:
    """`incident, start, end, scope` of the study's table; empty where it has none or lacks its times."""
    columns = ["incident", "start", "end", "scope"]
    table = centre.beside("incidents", KINDS)
    if table is None:
        return pd.DataFrame(columns=columns)
    begin, end = (next((c for c in names if c in table.roles), None) for names in (BEGINS, ENDS))
    name = next((c for c in ("incident_id", "id") if c in table.roles), None)
    if begin is None or end is None:
        return pd.DataFrame(columns=columns)
    rows = centre.engine.query(f"SELECT * FROM ({table.sql}) t")
    made = pd.DataFrame({"incident": rows[name].astype(str) if name else [f"{k + 1}" for k in range(len(rows))],
                         "start": rows[begin], "end": rows[end], "scope": rows["scope"] if "scope" in rows else None})  # fmt: skip
    made = made.dropna(subset=["start", "end"]).drop_duplicates("incident")
    longest = (made["end"] - made["start"]).sort_values(ascending=False).index[:MOST]
    return made.loc[sorted(longest)].reset_index(drop=True)


def _marked(centre: Centre, asked: Asked, known: pd.DataFrame) -> pd.DataFrame | None:
    """Counted rows of incidents: `period, incident, <outcome>, n`."""
    outcome = asked.caliber.outcome
    if "incident_id" in centre.columns:
        rows = centre.engine.crosstab(centre.facts, ["incident_id", outcome], windows=asked.windows, where=asked.where)
        rows = _counted(rows, outcome, "incident_id")
        if len(rows):
            return rows
    if known.empty or "at" not in centre.columns:
        return None
    cases = []
    at = centre.engine.quote("at")
    for row in known.itertuples():
        scope = registers.scope(row.scope)
        if any(dim not in centre.dims for dim in scope):
            continue  # part of the scope cannot be told: the contacts cannot either
        inside = [f"{centre.engine.quote(dim)} IN ({', '.join(map(literal, levels))})" for dim, levels in scope.items()]
        inside += [f"{at} >= TIMESTAMP '{row.start}'", f"{at} <= TIMESTAMP '{row.end}'"]
        cases.append(f"WHEN {' AND '.join(inside)} THEN {literal(row.incident)}")
    if not cases:
        return None
    source = f"SELECT f.*, CASE {' '.join(cases)} END AS in_incident FROM ({centre.facts}) f"
    rows = centre.engine.crosstab(source, ["in_incident", outcome], windows=asked.windows, where=asked.where)
    return _counted(rows, outcome, "in_incident")


def _counted(rows: pd.DataFrame, outcome: str, column: str) -> pd.DataFrame:
    rows = rows[rows[column].notna() & (rows[column] != NULL_LEVEL) & rows[outcome].notna()].rename(
        columns={column: "incident"}
    )
    return rows if "period" in rows.columns else rows.assign(period="current")
