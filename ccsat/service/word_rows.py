"""What word of mouth is counted from: answers with their time and customer, and complaints a contact, by period."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import pandas as pd

from ccsat.centre import Centre
from ccsat.engine import Window
from ccsat.kpis.catalogue import find_kpi
from ccsat.kpis.complaints import complaint_columns, complaint_source, local_source


def has_nps(centre: Centre) -> bool:
    """Whether anybody answered the recommendation question."""
    beside = centre.beside("surveys", {"nps": "number"})
    if beside is None or "nps" not in beside.roles:
        return False
    return int(centre.engine.query(f"SELECT COUNT(*) AS n FROM ({beside.sql}) s WHERE s.nps IS NOT NULL")["n"][0]) > 0


def indicator_rows(centre: Centre, kpi: str, id: str) -> pd.DataFrame:
    """An indicator's rows with their time; that of the contact where the row has none."""
    sql = find_kpi(kpi, id).rows(centre)
    columns = set(centre.engine.query(f"SELECT * FROM ({sql}) r WHERE 1 = 0").columns)
    if "at" not in columns and "contact_id" in columns and {"at", "contact_id"} <= set(centre.columns):
        at = centre.engine.quote("at")
        sql = f"SELECT r.*, f.{at} FROM ({sql}) r LEFT JOIN (SELECT contact_id, MIN({at}) AS {at} FROM ({centre.facts}) g GROUP BY contact_id) f ON f.contact_id = r.contact_id"
        columns |= {"at"}
        if "customer_id" not in columns and "customer_id" in centre.columns:
            sql = f"SELECT r.*, c.customer_id FROM ({sql}) r LEFT JOIN (SELECT contact_id, MIN(customer_id) AS customer_id FROM ({centre.facts}) g GROUP BY contact_id) c ON c.contact_id = r.contact_id"
            columns |= {"customer_id"}
    kept = [name for name in ("row_key", "at", "customer_id", "level") if name in columns]
    return centre.engine.query(
        f"SELECT {', '.join(f'q.{centre.engine.quote(name)}' for name in kept)} FROM ({sql}) q WHERE q.level IS NOT NULL"
    )


def read_answers(centre: Centre, by: str) -> pd.DataFrame:
    """Who answered, and whether as a detractor (1) or not."""
    rows = indicator_rows(centre, "detraction_rate", "nps_0_6" if by == "nps" else "of_ratings")
    return rows.assign(level=rows["level"].astype(int))


def inside(rows: pd.DataFrame, window: Window | None) -> pd.DataFrame:
    """The rows of a period; all where there is none."""
    if window is None or "at" not in rows.columns:
        return rows
    at = pd.to_datetime(rows["at"])
    return rows[(at >= pd.Timestamp(window.first)) & (at < pd.Timestamp(window.last + timedelta(days=1)))]


def count_parts(
    centre: Centre, answers: pd.DataFrame, now: Window, before: Window | None, public: Collection[str]
) -> dict[str, tuple[int, int, int, int]]:
    """Component -> events and rows, current and baseline."""
    if before is None:
        return {}
    two = [inside(answers, window) for window in (now, before)]
    parts = {"detractors": (int(two[0]["level"].sum()), len(two[0]), int(two[1]["level"].sum()), len(two[1]))}
    columns = complaint_columns(centre)
    if not {"complaint_id", "filed_at"} <= columns or "at" not in centre.columns:
        return parts
    contacts = [_counted(centre, centre.facts, "at", window) for window in (now, before)]
    words = ", ".join("'" + word.replace("'", "''") + "'" for word in public)
    sources = {"local": local_source(centre)}
    is_public = f"LOWER(COALESCE(k.authority, '')) IN ({words})" if "authority" in columns else "1 = 0"
    if "level" in columns or "authority" in columns:  # each complaint counts in one component
        sources["escalated"] = (
            f"SELECT * FROM ({complaint_source(centre)}) k WHERE k.escalated = 1 AND NOT ({is_public})"
        )
    if "authority" in columns:
        sources["public"] = f"SELECT * FROM ({complaint_source(centre)}) k WHERE {is_public}"
    for name, source in sources.items():
        x, x0 = (_counted(centre, source, "filed_at", window) for window in (now, before))
        parts[name] = (x, contacts[0], x0, contacts[1])
    return parts


def _counted(centre: Centre, source: str, column: str, window: Window) -> int:
    name = centre.engine.quote(column)
    sql = (f"SELECT COUNT(*) AS n FROM ({source}) c WHERE c.{name} >= CAST('{window.first}' AS TIMESTAMP) AND c.{name} < CAST('{window.last + timedelta(days=1)}' AS TIMESTAMP)")  # fmt: skip
    return int(centre.engine.query(sql)["n"][0])
