"""A business process by its tickets: cycle time, steps and returns, and how the KPI answers to each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ccsat.cells import Asked, ask
from ccsat.centre import Centre
from ccsat.deductions import deduction_rows
from ccsat.errors import CcsatError, DataError, listing, suggestion
from ccsat.estimates import adjust
from ccsat.methods.dose import dose_response
from ccsat.question import Question
from ccsat.results import Result, result_class
from ccsat.stages.process import needed_columns, process_metrics, process_values
from ccsat.wording import count, figure, points, text

MARKS = {"cycle_h": ("created_at", "closed_at"), "first_reply_h": ("created_at", "first_reply_at")}
NUMBERS = ("steps", "returned_n", "urged_n", "fields_missing")
LEAST_VALUES = 5


@result_class
class ProcessDose(Result):
    """How the KPI answers to each measure of a process, periods held equal: `measure, n, mean, mean_baseline, moved, moved_lower, moved_upper` (of the measure),
    `slope, lower, upper` (KPI per unit of the measure: an hour, a step, a return), `per` (unit), `slope_current, slope_baseline` (within each period), `p_value,
    p_adjusted` (Holm), `threshold` (where a bend is beyond chance, else empty), `late` (share
    closed only after the rating).

    `bands`: `measure, band, dose_from, dose_to, dose, n, value, lower, upper`. The KPI is turned so that less is worse, whatever its direction.
    """

    asked: Asked
    where: Mapping
    bands: pd.DataFrame

    def sentence(self) -> str:
        found = self.table[(self.table["p_adjusted"] < 0.05) & (self.table["slope"] < 0)]
        if found.empty:
            return text("business.no_dose")
        top, unit = found.iloc[0], self.asked.caliber.unit
        return text("business.dose", measure=measure_words(top["measure"]), ten=figure(10.0 if top["per"] == "h" else 1.0), per=text(f"business_unit.{top['per']}"),
                    slope=points(top["slope"] * (10 if top["per"] == "h" else 1), unit), lower=points(top["lower"] * (10 if top["per"] == "h" else 1), unit),
                    upper=points(top["upper"] * (10 if top["per"] == "h" else 1), unit), n=count(top["n"]), before=figure(top["mean_baseline"]), now=figure(top["mean"]))  # fmt: skip


def measure_words(measure: str) -> str:
    """A measure's name."""
    from ccsat.wording import has

    return text(f"business_measure.{measure}") if has(f"business_measure.{measure}") else measure


def process_dose(
    centre: Centre,
    question: Question | Asked,
    *,
    where: Mapping | None = None,
    table: str = "tickets",
    measures: Sequence[str] | None = None,
    bands: int = 8,
    draws: int = 100,
) -> ProcessDose:
    """Does the KPI fall as the process takes longer, has more steps or comes back more often?

    Args:
        question: KPI and periods; both periods are used, and held equal. where: A cell, e.g. the business line of the process.
        table: Of tickets. measures: Some of "cycle_h", "first_reply_h", "steps", "returned_n", "urged_n", "fields_missing"; by default those that the table has.

    Returns:
        `ProcessDose`, steepest evidence first.

    Raises:
        DataError: No such table, measure, or too few rated contacts with a ticket.

    Assumes:
        An association within periods: harder cases take longer and please less. A ticket that closed after the
        rating counts with what became of it (`late`: how many): what was felt by then is part of it.

    Source:
        DOMAIN U3.2c; `methods.dose.dose_response`.
    """
    asked = question if isinstance(question, Asked) else ask(centre, question)
    rows = measured_rows(centre, asked, where=where, table=table)
    there = [name for name in (*MARKS, *NUMBERS) if name in rows]
    for name in measures or ():
        if name not in there:
            raise DataError("process_measure", measure=name, known=listing(there), near=suggestion(name, there) or "–")
    answers, shown = [], []
    for name in measures or there:
        part = rows.dropna(subset=[name])
        if part[name].nunique() < 2 or len(part) < asked.question.min_n:
            continue
        one, bins = _answer(part, name, asked, bands, draws)
        answers.append({**one, "late": rows.attrs["late"].get(name, 0.0)})
        shown.append(bins.assign(measure=name))
    if not answers:
        raise DataError("process_rows", table=table, n=len(rows))
    found = pd.DataFrame(answers)
    found["p_adjusted"] = adjust(found["p_value"].astype(float), "holm")
    found = (
        found.assign(z=(found["slope"] / ((found["upper"] - found["lower"]) / 4)).abs())
        .sort_values("z", ascending=False, ignore_index=True)
        .drop(columns="z")
    )
    return ProcessDose(
        table=found,
        asked=asked,
        where=dict(where or {}),
        bands=pd.concat(shown, ignore_index=True),
        caveats=(("caveat.process_association", {}),),
    )


def measured_rows(
    centre: Centre, asked: Asked, *, where: Mapping | None = None, table: str = "tickets"
) -> pd.DataFrame:
    """Rated contacts with a ticket: `score` (less is worse), `current` (yes/no), `customer_id` where known, and the ticket's measures (hours, counts)."""
    metrics = [one for one in process_metrics(centre) if one.table == table]
    if not metrics:
        raise DataError("process_table", table=table, known=listing(name for name in centre.study.data.tables()))
    more = [*needed_columns(centre, metrics)]
    parts = [
        deduction_rows(centre, asked, window=window, where=where, more=more).assign(
            current=window is None or window.label == "current"
        )
        for window in (asked.windows or (None,))
    ]
    rows = pd.concat(parts, ignore_index=True)
    values = process_values(centre, rows, metrics)
    made = pd.DataFrame(
        {"score": asked.full - rows["deduction"] if asked.sign > 0 else -rows["deduction"], "current": rows["current"]}
    )
    if "customer_id" in rows:
        made["customer_id"] = rows["customer_id"]
    late: dict[str, float] = {}
    for one in metrics:
        name = next(
            (mark for mark, ends in MARKS.items() if (one.start, one.end) == ends),
            one.column if one.column in NUMBERS else None,
        )
        if name is not None:
            made[name] = values[one.name].where(values[one.name] >= 0)
            late[name] = values.attrs.get("late", {}).get(one.name, 0.0)
    kept = [name for name in (*MARKS, *NUMBERS) if name in made]
    made = made[made[kept].notna().any(axis=1)].reset_index(drop=True)
    made.attrs["late"] = late
    return made


def _answer(part: pd.DataFrame, name: str, asked: Asked, bands: int, draws: int) -> tuple[dict, pd.DataFrame]:
    from scipy.stats import ttest_ind

    cluster = "customer_id" if "customer_id" in part else None
    rows = part.assign(now=part["current"].astype(float))
    change = asked.is_change and rows["now"].nunique() > 1
    now, before = rows.loc[rows["now"] > 0, name], rows.loc[rows["now"] == 0, name]
    moved = (
        ttest_ind(now, before, equal_var=False).confidence_interval()
        if change and min(now.nunique(), before.nunique()) > 1
        else (np.nan, np.nan)
    )
    slope, error, df = _slope(rows, name, ["now"] if change else [], cluster)
    one = {"measure": name, "per": "h" if name in MARKS else "count", "n": len(rows), "mean": float(now.mean()), "mean_baseline": float(before.mean()) if len(before) else np.nan,
           "moved": float(now.mean() - before.mean()) if len(before) else np.nan, "moved_lower": float(moved[0]), "moved_upper": float(moved[1]),
           **_limits(slope, error, df), "slope_current": _slope(rows[rows["now"] > 0], name, [], cluster)[0] if len(now) > 2 else np.nan,
           "slope_baseline": _slope(rows[rows["now"] == 0], name, [], cluster)[0] if len(before) > 2 else np.nan, "threshold": np.nan}  # fmt: skip
    try:
        found = dose_response(
            rows, "score", name, adjust=["now"] if change else [], bins=bands, cluster=cluster, draws=draws
        )
    except CcsatError:
        grouped = rows.groupby(name)["score"].agg(["size", "mean", "sem"])
        half = 1.96 * grouped["sem"].fillna(0)
        low, high = rows["score"].min(), rows["score"].max()
        return one, pd.DataFrame({"band": range(1, len(grouped) + 1), "dose_from": grouped.index, "dose_to": grouped.index, "dose": grouped.index, "n": grouped["size"].to_numpy(),
                                  "value": grouped["mean"].to_numpy(), "lower": (grouped["mean"] - half).clip(lower=low).to_numpy(), "upper": (grouped["mean"] + half).clip(upper=high).to_numpy()})  # fmt: skip
    if found.p_value is not None and found.p_value < 0.05:
        one["threshold"] = float(found.statistic["threshold"])
    return one, found.table.assign(band=range(1, len(found.table) + 1))


def _slope(rows: pd.DataFrame, name: str, adjust_for: list[str], cluster: str | None) -> tuple[float, float, float]:
    """Least-squares slope with errors by clusters, and its degrees of freedom."""
    from ccsat.numerics.lines import fit_linear

    if rows[name].nunique() < 2:
        return np.nan, np.nan, np.nan
    groups = None if cluster is None else pd.factorize(rows[cluster], use_na_sentinel=False)[0]
    fit = fit_linear(
        np.column_stack([np.ones(len(rows)), rows[name].to_numpy(float), rows[adjust_for].to_numpy(float)]),
        rows["score"].to_numpy(float),
        cluster=groups,
    )
    return float(fit.beta[1]), float(fit.se[1]), float((len(rows) if groups is None else groups.max() + 1) - 1)


def _limits(slope: float, error: float, df: float) -> dict[str, float]:
    from scipy.stats import t

    half = t.ppf(0.975, df) * error
    return {
        "slope": slope,
        "lower": slope - half,
        "upper": slope + half,
        "p_value": float(2 * t.sf(abs(slope / error), df)) if error > 0 else np.nan,
    }
