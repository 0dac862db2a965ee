"""Customers: who leaves, and how complete the records about them are."""

from __future__ import annotations

from ccsat.centre import Centre
from ccsat.kpis.indicator import Indicator
from ccsat.kpis.missing import columns_of

FIELDS = {
    "region": "text",
    "segment": "text",
    "plan_id": "text",
    "tenure_months": "number",
    "age_band": "text",
}  # what a customer's record must hold


def _churned(centre: Centre) -> str:
    table = centre.beside("experience", {"customer_id": "id", "churned": "flag"})
    return f"SELECT e.customer_id AS row_key, e.customer_id, e.churned AS level FROM ({table.sql}) e"


def _complete(centre: Centre) -> str:
    """Customer records, each as its required fields: those that are filled."""
    table = centre.beside("customers", {"customer_id": "id", **FIELDS})
    have = [name for name in FIELDS if name in (columns_of(centre, "customers") or ())]
    filled = " + ".join(
        f"CASE WHEN NULLIF(TRIM(CAST(c.{name} AS VARCHAR(255))), '') IS NULL THEN 0 ELSE 1 END" for name in have
    )
    sides = ((1, filled), (0, f"{len(have)} - ({filled})"))
    return " UNION ALL ".join(
        f"SELECT c.customer_id || '|{level}' AS row_key, c.customer_id, {level} AS level, CAST({times} AS INTEGER) AS times FROM ({table.sql}) c WHERE c.customer_id IS NOT NULL"
        for level, times in sides
    )


INDICATORS: tuple[Indicator, ...] = (
    Indicator("churn_rate", "28d", "customer", "customer", {"experience": ("customer_id", "churned")}, _churned, better="low", owner_level="company", source="DOMAIN 1.8 A3"),
    Indicator("data_completeness", "required_fields", "customer", "field", {"customers": ("customer_id", "region", "segment")}, _complete, owner_level="company",
              cluster="customer_id", source="DOMAIN 1.8 A3"),
)  # fmt: skip
