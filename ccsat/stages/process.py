"""Process metrics from the tables beside the facts: spans, counts and yes/no marks, joined to the ratings by id."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from ccsat import intake
from ccsat.centre import Centre
from ccsat.guess import FINISH, RESPOND, START
from ccsat.profiles import Profile, profile_table
from ccsat.schema import TABLE_ORDER
from ccsat.stages.lookup import Lookup, by_key, by_time, places, taken
from ccsat.study import Database

MOST_ROWS = 3_000_000  # of a table beside the facts that is read whole
MOST_METRICS = 8  # of one table
UNIQUE = 0.95  # share of rows with a key of their own, from which a table is one row a contact
TIMED = 0.9  # share of a customer's marks that must carry a time, so that only earlier ones count
KIND = {"integer": "number", "float": "number", "number": "number", "boolean": "flag", "time": "time", "date": "time"}
NO_METRIC = r"\bid\b|编号|^(year|month|week|day|cycle|年|月|周|日)$"
PLAIN = re.compile(r"[\s_\-./]+")


@dataclass(frozen=True)
class ProcessMetric:
    """A number, span or yes/no mark of a table beside the facts.

    Attributes:
        name: Shown, e.g. "tickets: created_at → closed_at".
        key: Column that joins it to the facts: "ticket_id", "contact_id" or "customer_id".
        start, end: Of a span, read in hours. column: Of a number or a mark.
        time: When it is known; of a customer's marks, the latest before the rating counts.
    """

    name: str
    table: str
    key: str
    kind: str  # "span", "number" or "yes_no"
    column: str | None = None
    start: str | None = None
    end: str | None = None
    time: str | None = None

    @property
    def unit(self) -> str:
        return "h" if self.kind == "span" else ""


def process_metrics(centre: Centre) -> tuple[ProcessMetric, ...]:
    """What do the tables beside the facts measure of a contact? Found by their columns, with no configuration; remembered.

    Tables of one row a ticket or contact give spans (from a beginning to an end, hours), numbers and yes/no marks; tables of
    customers give marks and numbers that carry a time.
    """
    if "process_metrics" not in centre.memory:
        names = [name for name in centre.study.data.tables() if name not in (*TABLE_ORDER, "survey_reasons")]
        centre.memory["process_metrics"] = tuple(one for name in names for one in _of_table(centre, name))
    return centre.memory["process_metrics"]


def _of_table(centre: Centre, name: str) -> list[ProcessMetric]:
    rows, kinds = _read(centre, name)
    if rows is None:
        return []
    key = next((k for k in ("ticket_id", "contact_id") if k in rows and k in centre.columns and _own(rows[k])), None)
    if key is None and "customer_id" in rows and "customer_id" in centre.columns:
        return _of_customers(name, rows, kinds)
    if key is None:
        return []
    times = [c for c, kind in kinds.items() if kind == "time"]
    start = next((c for c in times if _says(c, START) and rows[c].notna().mean() > TIMED), None)
    ends = [c for c in times if c != start and _says(c, f"{FINISH}|{RESPOND}")]
    last = next((c for c in ends if _says(c, FINISH)), ends[-1] if ends else start)
    found = [
        ProcessMetric(f"{name}: {start} → {end}", name, key, "span", start=start, end=end, time=end)
        for end in ends
        if start
    ]
    return [*found, *_columns(name, rows, kinds, key, last)][:MOST_METRICS]


def _of_customers(name: str, rows: pd.DataFrame, kinds: dict[str, str]) -> list[ProcessMetric]:
    """Marks and numbers of customers' rows that carry a time, so that what came after a rating is not taken for its cause."""
    found = []
    times = [c for c, kind in kinds.items() if kind == "time"]
    for one in _columns(name, rows, kinds, "customer_id", None):
        there = rows[one.column].notna()
        timed = [t for t in times if there.any() and rows.loc[there, t].notna().mean() > TIMED]
        if timed:
            found.append(ProcessMetric(one.name, name, "customer_id", one.kind, column=one.column, time=timed[0]))
    return found[:MOST_METRICS]


def _columns(name: str, rows: pd.DataFrame, kinds: dict[str, str], key: str, time: str | None) -> list[ProcessMetric]:
    found = []
    for column, kind in kinds.items():
        values = rows[column].nunique() if kind in ("number", "flag") else 0
        if values > 1 and not _says(column, NO_METRIC):
            yes_no = kind == "flag" or (values == 2 and set(rows[column].dropna().unique()) <= {0, 1})
            found.append(
                ProcessMetric(
                    f"{name}: {column}", name, key, "yes_no" if yes_no else "number", column=column, time=time
                )
            )
    return found


def _says(column: str, pattern: str) -> bool:
    return re.search(pattern, PLAIN.sub(" ", column).strip().lower()) is not None


def _own(key: pd.Series) -> bool:
    filled = key.dropna()
    return len(filled) > 0 and filled.nunique() > UNIQUE * len(filled)


def _read(centre: Centre, name: str) -> tuple[pd.DataFrame | None, dict[str, str]]:
    """A table's keys and usable columns, cast, with their kinds; None where it has no key, is too large or not readable here."""
    key = ("process", name)
    if key not in centre.memory:
        centre.memory[key] = _read_once(centre, name)
    return centre.memory[key]


def _read_once(centre: Centre, name: str) -> tuple[pd.DataFrame | None, dict[str, str]]:
    source = centre.study.data.tables()[name]
    if not centre.engine.takes_frames and not isinstance(source, Database):
        return None, {}
    opened = intake.open_source(name, source, study=centre.study, engine=centre.engine)
    ids = [c for c in ("ticket_id", "contact_id", "customer_id") if c in opened.columns]
    if not ids:
        return None, {}
    if opened.frame is None:
        kinds = dict(opened.kinds)
    else:
        words = {word.casefold() for word in (*centre.study.columns.yes, *centre.study.columns.no)}
        kinds = {p.name: "boolean" if _is_mark(p, words) else p.kind for p in profile_table(opened.frame, name)}
    used = {
        c: KIND[kind]
        for c, kind in kinds.items()
        if kind in KIND and c not in ids and c not in centre.study.privacy.hide
    }
    table = centre.beside(name, {**dict.fromkeys(ids, "id"), **used})
    if int(centre.engine.query(f"SELECT COUNT(*) AS n FROM ({table.sql}) t")["n"][0]) > MOST_ROWS:
        return None, {}
    quoted = ", ".join(centre.engine.quote(c) for c in (*ids, *used))
    rows = centre.engine.query(f"SELECT {quoted} FROM ({table.sql}) t")
    return rows.assign(**{c: pd.to_datetime(rows[c]) for c, kind in used.items() if kind == "time"}), used


def _is_mark(profile: Profile, words: set[str]) -> bool:
    return profile.kind == "text" and profile.distinct == 2 and {level.casefold() for level in profile.levels} <= words


def needed_columns(centre: Centre, metrics: Sequence[ProcessMetric]) -> list[str]:
    """Columns of the facts that joining these metrics asks for."""
    return (
        [c for c in dict.fromkeys([*(m.key for m in metrics), "at", "answered_at"]) if c in centre.columns]
        if metrics
        else []
    )


def rated_at(rows: pd.DataFrame) -> pd.Series:
    """When each row was rated: answered, or its time where that is all there is. A day without a time of day counts to its end."""
    at = pd.to_datetime(rows["at"]) if "at" in rows else pd.Series(pd.NaT, index=rows.index, dtype="datetime64[us]")
    at = pd.to_datetime(rows["answered_at"]).fillna(at) if "answered_at" in rows else at
    only_days = at.notna().any() and bool((at.dropna() == at.dropna().dt.normalize()).all())
    return at + pd.Timedelta(hours=24) if only_days else at


def process_values(centre: Centre, rows: pd.DataFrame, metrics: Sequence[ProcessMetric]) -> pd.DataFrame:
    """The metrics of rated rows, one column each under its name. `attrs["late"]`: share of each known only after the rating.

    Args:
        rows: With `needed_columns`.

    Assumes:
        A customer's mark is the latest before the rating. A number of a ticket was read when the ticket closed.
    """
    made, late, joins = {}, {}, {}
    rated = rated_at(rows)
    for one in metrics:
        way = (one.table, one.key, one.time if one.key == "customer_id" else None)
        index = _index(centre, one)
        if way not in joins:
            joins[way] = places(rows, rated, index, one.key)
        read = {
            c: taken(index.rows[c], joins[way], rows.index) for c in (one.column, one.start, one.end, one.time) if c
        }
        if one.kind == "span":
            made[one.name] = (read[one.end] - read[one.start]).dt.total_seconds() / 3600
        else:
            made[one.name] = read[one.column].astype("float64")
        if one.time and one.key != "customer_id":
            after = (read[one.time] > rated)[made[one.name].notna() & rated.notna()]
            late[one.name] = float(after.mean()) if len(after) else 0.0
    found = pd.DataFrame(made, index=rows.index)
    found.attrs["late"] = late
    return found


def _index(centre: Centre, one: ProcessMetric) -> Lookup:
    """How a metric's table is looked up; made once and remembered by the centre."""
    key = ("process_index", one.table, one.key, one.time if one.key == "customer_id" else None)
    if key not in centre.memory:
        table = _read(centre, one.table)[0]
        centre.memory[key] = by_time(table, one.key, one.time) if one.key == "customer_id" else by_key(table, one.key)
    return centre.memory[key]
