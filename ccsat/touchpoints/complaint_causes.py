"""What complaints are about, which of them could have been prevented, and how they were handled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ccsat.cells import Asked, ask
from ccsat.centre import Centre
from ccsat.engine import Window
from ccsat.errors import ColumnError, DataError, StudyError, listing, suggestion
from ccsat.estimates import adjust, difference_table, wilson
from ccsat.kpis.complaints import INDICATORS, OWN, complaint_columns, direct_source, local_source
from ccsat.question import Question
from ccsat.results import Ledger, Result, result_class
from ccsat.touchpoints.complaint_rows import (
    between,
    complaint_dims,
    end_of,
    escalations,
    local_complaints,
    need_columns,
)
from ccsat.wording import count, number, percent, term, text

OF = ("local", "escalated", "all")
SERVICE, NETWORK, CHARGES, OTHER = "service", "network", "charges", "other"
# The regulator's classes by owner class of the cause.
CLASS_OF_OWNER = {"agent": SERVICE, "centre_process": SERVICE, "intelligent_service": SERVICE, "business_process": SERVICE, "network": NETWORK,
                  "billing_product": CHARGES, "business_rule": CHARGES, "marketing": CHARGES}  # fmt: skip
QUARTER_DAYS = 365.25 / 4


@result_class
class ComplaintLedger(Ledger):
    """Complaints by what they are put down to: `*by, n, n_baseline, value, value_baseline` (complaints a contact), `points` (value; in a change value less baseline),
    `lower, upper` (95 %), `share` (of all complaints). It closes on the complaint rate, or on its change.
    """

    by: tuple[str, ...]
    contacts: int

    def sentence(self) -> str:
        top = self.table.iloc[0]
        name = " · ".join(term(str(top[dim])) for dim in self.by)
        return text(
            "complaints.ledger",
            n=count(self.table["n"].sum()),
            contacts=count(self.contacts),
            name=name,
            share=percent(top["share"]),
            k=count(top["n"]),
        )


def complaint_ledger(
    centre: Centre,
    question: Question | Asked,
    *,
    by: Sequence[str] = ("cause_code",),
    of: str = "local",
    change: bool | None = None,
    owners: Mapping[str, str] | None = None,
) -> ComplaintLedger:
    """Which causes, rules or products bring the complaints?

    Args:
        question: Periods of filing. by: Dimensions of complaints, and "rule_code" (of the contact), "owner" (owner class of the cause, by the study's map).
        of: "local", "escalated" or "all". change: Points are the change against the baseline; by default where the question has one. owners: Cause -> owner class; by default the study's.

    Returns:
        `ComplaintLedger`; a complaint without a level stands under "–".

    Raises:
        DataError: No complaints, or none in the period. ColumnError: A dimension that complaints do not have.

    Source:
        DOMAIN 2.11, U2.5b.
    """
    asked = question if isinstance(question, Asked) else ask(centre, question)
    change = asked.is_change if change is None else change
    rows, by = _of(centre, of), tuple(by)
    rows = rows.assign(owner=_owner(centre, rows, owners))
    known = [*complaint_dims(centre), *(name for name in ("rule_code", "owner") if name in rows)]
    for dim in by:
        if dim not in known:
            raise ColumnError("dim_unknown", dim=dim, near=suggestion(dim, known) or "–", known=listing(known))
    rows = rows.assign(**{dim: rows[dim].astype(object).where(rows[dim].notna(), "–") for dim in by})
    now, before = between(rows, asked.current), between(rows, asked.baseline) if change else rows.iloc[:0]
    n, n_before = contacts_in(centre, asked.current), contacts_in(centre, asked.baseline) if change else 0
    if now.empty and before.empty:
        raise DataError("complaints_empty")
    table = (
        now.groupby(list(by))
        .size()
        .rename("n")
        .to_frame()
        .join(before.groupby(list(by)).size().rename("n_baseline"), how="outer")
        .fillna(0)
        .reset_index()
    )
    table["value"] = table["n"] / n
    table["value_baseline"] = table["n_baseline"] / n_before if change else np.nan
    if change:
        moved = difference_table(
            np.column_stack([n - table["n"], table["n"]]),
            np.column_stack([n_before - table["n_baseline"], table["n_baseline"]]),
            [0.0, 1.0],
            unit="rate",
        )
        table["points"], table["lower"], table["upper"] = (
            table["value"] - table["value_baseline"],
            moved["lower"],
            moved["upper"],
        )
    else:
        table["points"] = table["value"]
        table["lower"], table["upper"] = wilson(table["n"].to_numpy(float), float(n))
    table["share"] = table["n"] / len(now) if len(now) else np.nan
    table = table.sort_values(["points", *by], ascending=[False, *[True] * len(by)], ignore_index=True)
    return ComplaintLedger(
        table=table,
        key="complaint_change" if change else "complaints",
        total=float(table["points"].sum()),
        unit="rate",
        by=by,
        contacts=n,
    )


@result_class
class PreventablePool(Result):
    """Of the escalations, those that the company saw coming: so many unresolved contacts in the days before. One row a level of `by` (and "all"):
    `level, n, preventable, value, lower, upper`, and `local` (the same share among local complaints that did not escalate: what is usual).
    """

    least: int
    lookback_days: int
    left_out: int

    def sentence(self) -> str:
        one = self.table.iloc[0]
        return text("complaints.pool", value=percent(one["value"]), lower=percent(one["lower"]), upper=percent(one["upper"]), n=count(one["n"]), least=self.least,
                    days=self.lookback_days, local=percent(one["local"]))  # fmt: skip


def preventable_pool(
    centre: Centre,
    *,
    least: int = 2,
    lookback_days: int = 30,
    by: str | None = None,
    period: Window | None = None,
    as_of: str | None = None,
) -> PreventablePool:
    """Which escalations gave warning: at least two unresolved contacts in the 30 days before?

    Args:
        least, lookback_days: What counts as a warning. by: A dimension of complaints. period: Of the escalation's filing.

    Returns:
        `PreventablePool`. Escalations whose look-back begins before the data are left out and counted.

    Raises:
        DataError: Contacts do not say whether they were resolved.

    Assumes:
        Contacts of the customer on any matter; the look-back ends where the customer first complained. A warning is no proof that acting on it would have helped.

    Source:
        DOMAIN 2.11.
    """
    need_columns(centre, "complaint_id", "filed_at", "customer_id")
    if not {"resolved", "customer_id", "at"} <= set(centre.columns):
        raise DataError("complaints_resolved", known=listing(centre.columns))
    start, end = pd.Timestamp(centre.days[0]), end_of(centre, as_of)
    up = escalations(centre, as_of=as_of).assign(
        warned=lambda rows: (
            rows["complaint_id"].map(_unresolved(centre, up=True, days=lookback_days)).fillna(0) >= least
        )
    )
    local = local_complaints(centre, as_of=as_of)
    local = local.assign(
        warned=local["complaint_id"].map(_unresolved(centre, up=False, days=lookback_days)).fillna(0) >= least
    )
    full = start + pd.Timedelta(days=lookback_days)
    up, usual = between(up, period), local[~local["event"] & local["mature"]]
    kept, usual = up[(up["complained_at"] >= full) & (up["filed_at"] < end)], usual[usual["filed_at"] >= full]
    if kept.empty:
        raise DataError("complaints_empty")
    parts = [("all", kept, usual)]
    if by is not None:
        if by not in complaint_dims(centre):
            raise ColumnError(
                "dim_unknown",
                dim=by,
                near=suggestion(by, complaint_dims(centre)) or "–",
                known=listing(complaint_dims(centre)),
            )
        parts += [(level, part, usual[usual[by] == level]) for level, part in kept.groupby(by)]
    made = []
    for level, part, other in parts:
        hits = float(part["warned"].sum())
        lower, upper = wilson(hits, float(len(part)))
        made.append({"level": level, "n": len(part), "preventable": int(hits), "value": hits / len(part), "lower": float(lower), "upper": float(upper),
                     "local": float(other["warned"].mean()) if len(other) else np.nan, "n_local": len(other)})  # fmt: skip
    out = len(up) - len(kept)
    caveats = (("caveat.pool_left_out", {"n": out, "days": lookback_days}),) if out else ()
    return PreventablePool(
        table=pd.DataFrame(made), least=least, lookback_days=lookback_days, left_out=out, caveats=caveats
    )


@result_class
class Handling(Result):
    """How complaints were handled, by cell: `kpi, caliber, level, n, value, lower, upper`, and with a baseline `n_baseline, value_baseline, change, change_lower,
    change_upper, p_adjusted` (Holm over the table). Rates 0 to 1; only complaints that can be judged yet.
    """

    by: str | None

    def sentence(self) -> str:
        moved = (
            self.table.dropna(subset=["p_adjusted"]).sort_values("p_adjusted")
            if "p_adjusted" in self.table
            else self.table.iloc[:0]
        )
        if moved.empty or moved["p_adjusted"].iloc[0] >= 0.05:
            return text("complaints.handled_same")
        top = moved.iloc[0]
        return text("complaints.handled", kpi=text(f"caliber.{top['kpi']}/{top['caliber']}"), where=f"{self.by} = {top['level']}" if self.by else text("complaints.whole"),
                    value=percent(top["value"]), before=percent(top["value_baseline"]), n=count(top["n"]))  # fmt: skip


def handling(
    centre: Centre, question: Question | Asked, *, by: str | None = None, as_of: str | None = None
) -> Handling:
    """Were complaints answered in time, closed for good, and were their customers content?

    On time is counted twice: by the deadline that each complaint was given, and by one fixed standard, since a deadline that was widened hides what it does.

    Args:
        question: Periods of filing. by: A dimension of the complaints' own table.

    Source:
        DOMAIN 2.11.
    """
    asked = question if isinstance(question, Asked) else ask(centre, question)
    if by is not None and by not in OWN:
        raise ColumnError("dim_unknown", dim=by, near=suggestion(by, OWN) or "–", known=listing(OWN))
    there, end, made = complaint_columns(centre), end_of(centre, as_of), []
    for one in INDICATORS:
        if one.unit != "complaint" or one.kpi == "complaint_kind_share" or not set(one.needs["complaints"]) <= there:
            continue
        rows = centre.engine.query(one.rows(centre)).rename(columns={"at": "filed_at"})
        rows = rows[
            rows["level"].notna() & (pd.to_datetime(rows["filed_at"]) <= end - pd.Timedelta(hours=one.mature_h))
        ]
        parts = [between(rows, window) for window in (asked.current, asked.baseline if asked.is_change else None)]
        now, before = parts[0], parts[1] if asked.is_change else rows.iloc[:0]
        for level, part in [("all", now)] if by is None else now.groupby(by):
            made.append(
                (
                    one,
                    level,
                    part["level"].astype(float),
                    before.loc[slice(None) if by is None else before[by] == level, "level"].astype(float),
                )
            )
    table = pd.DataFrame([{"kpi": one.kpi, "caliber": one.id, "level": level, "n": len(now), "value": now.mean(), "n_baseline": len(before), "value_baseline": before.mean()}
                          for one, level, now, before in made])  # fmt: skip
    if table.empty:
        raise DataError("complaints_empty")
    table["lower"], table["upper"] = wilson((table["value"] * table["n"]).to_numpy(float), table["n"].to_numpy(float))
    if asked.is_change:
        matrix = [
            np.column_stack([table[n] * (1 - table[v]), table[n] * table[v]])
            for n, v in (("n", "value"), ("n_baseline", "value_baseline"))
        ]
        moved = difference_table(*matrix, [0.0, 1.0], unit="rate")
        table["change"], table["change_lower"], table["change_upper"] = moved["value"], moved["lower"], moved["upper"]
        table["p_adjusted"] = adjust(moved["p_value"].astype(float), "holm")
    else:
        table = table.drop(columns=["n_baseline", "value_baseline"])
    return Handling(table=table, by=by)


@result_class
class RegulatorRates(Result):
    """Escalations as a regulator's bulletin counts them: `class` (service, network, charges, other), `n, share`, and `value, lower, upper`: per million customers and quarter."""

    customers: int
    days: int

    def sentence(self) -> str:
        one = self.table[self.table["class"] == "all"].iloc[0]
        return text(
            "complaints.regulator",
            value=number(one["value"], 1),
            lower=number(one["lower"], 1),
            upper=number(one["upper"], 1),
            n=count(one["n"]),
            customers=count(self.customers),
        )


def regulator_rates(
    centre: Centre, *, period: Window | None = None, owners: Mapping[str, str] | None = None
) -> RegulatorRates:
    """How many escalations a million customers and quarter, by the regulator's classes?

    Args:
        period: Of filing; everything where None. owners: Cause -> owner class, from which the classes come; by default the study's.

    Raises:
        DataError: The study has no customers to count.

    Source:
        DOMAIN 2.11; exact Poisson limits: Garwood (1936), Biometrika 28, 437-442.
    """
    from scipy.stats import chi2

    known = centre.beside("customers", {"customer_id": "id"})
    if known is None or "customer_id" not in known.roles:
        raise DataError("complaints_customers")
    customers = int(centre.engine.query(f"SELECT COUNT(DISTINCT customer_id) AS n FROM ({known.sql}) c")["n"][0])
    rows = between(escalations(centre), period)
    first, last = centre.days if period is None else (period.first, min(period.last, centre.days[1]))
    days = (last - first).days + 1
    per = 1e6 / customers * QUARTER_DAYS / days
    classes = _owner(centre, rows, owners).map(CLASS_OF_OWNER).fillna(OTHER)
    sums = classes.value_counts().reindex([SERVICE, NETWORK, CHARGES, OTHER], fill_value=0)
    table = pd.DataFrame({"class": ["all", *sums.index], "n": [len(rows), *sums]})
    table["share"] = table["n"] / max(len(rows), 1)
    table["value"] = table["n"] * per
    table["lower"] = np.where(table["n"] > 0, chi2.ppf(0.025, 2 * table["n"].clip(lower=0.5)) / 2, 0.0) * per
    table["upper"] = chi2.ppf(0.975, 2 * (table["n"] + 1)) / 2 * per
    return RegulatorRates(table=table, customers=customers, days=days)


# Parts -----------------------------------------------------------------------------------------------


def contacts_in(centre: Centre, window: Window | None) -> int:
    """How many facts a period has."""
    found = centre.engine.marginals(centre.facts, [()], outcome=None, windows=[window] if window else [])[()]
    return int(found["n"].sum())


def _of(centre: Centre, of: str) -> pd.DataFrame:
    if of not in OF:
        raise StudyError("complaints_of", given=of, known=listing(OF))
    parts = [local_complaints(centre)] if of != "escalated" else []
    parts += [escalations(centre)] if of != "local" else []
    return pd.concat(parts, ignore_index=True)


def _owner(centre: Centre, rows: pd.DataFrame, owners: Mapping[str, str] | None) -> pd.Series:
    """The owner class of each complaint's cause."""
    owners = owners or centre.study.owners or {}
    return (
        rows["cause_code"].map(lambda code: owners.get(code, "mixed"))
        if "cause_code" in rows
        else pd.Series("mixed", index=rows.index)
    )


def _unresolved(centre: Centre, *, up: bool, days: int) -> pd.Series:
    """How many unresolved contacts each complaint's customer had in the days before it, or (`up`) of the escalated ones."""
    key = ("unresolved_before", up, days)
    if key not in centre.memory:
        local = f"SELECT k.complaint_id, k.customer_id, k.filed_at AS until FROM ({local_source(centre)}) k"
        source = (
            f"{local} WHERE k.escalated_at IS NOT NULL UNION ALL SELECT d.complaint_id, d.customer_id, d.filed_at AS until FROM ({direct_source(centre)}) d"
            if up
            else local
        )
        found = centre.engine.query(
            f"SELECT e.complaint_id, COUNT(*) AS n FROM ({source}) e JOIN ({centre.facts}) f ON f.customer_id = e.customer_id WHERE f.resolved = 0 "
            f"AND f.at <= e.until AND f.at >= e.until - INTERVAL '{days}' DAY GROUP BY e.complaint_id"
        )
        centre.memory[key] = found.set_index("complaint_id")["n"]
    return centre.memory[key]
