"""Does what quality reviews find go with what customers say? Passed reviews beside dissatisfied customers speak against the standard."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import numpy as np
import pandas as pd

from ccsat.calibers import caliber
from ccsat.cells import Asked, ask
from ccsat.centre import Centre
from ccsat.errors import CaliberError, DataError
from ccsat.estimates import Difference, newcombe, wilson
from ccsat.intake import Table
from ccsat.question import Question
from ccsat.results import Result, result_class
from ccsat.stages.evidence import Evidence
from ccsat.stages.records import CRITICAL, reviews_of
from ccsat.wording import count, percent, text

ENOUGH = 10  # reviewed and dissatisfied customers before their share that passed says anything
MOST_PASS = 0.5  # share that passed from which, with its whole interval, the standard is in doubt


@result_class
class Quality(Result):
    """Quality reviews against customers, in a cell and in the rest, of the current period.

    The table, one row a place ("cell", "rest"; "all" without a cell): `place, n_reviewed` (reviews), `passed, passed_lower, passed_upper` (share, Wilson),
    `n` (reviews whose customer rated), `satisfied` (their share), `kappa, kappa_lower, kappa_upper` (passed against satisfied; NaN where one of them never
    varies), `n_dissatisfied, passed_dissatisfied, lower, upper` (share of the dissatisfied whose review was passed).

    Attributes:
        difference: `passed_dissatisfied` of the cell less that of the rest, with Newcombe's interval; None without both.
        causes: What reviewers named: `surface_cause, n, n_rest, share, share_rest`; empty where they name nothing.
        pass_score: Least score of a passed review; None where only critical errors count.
    """

    cell: Mapping
    difference: Difference | None
    causes: pd.DataFrame
    pass_score: float | None

    def sentence(self) -> str:
        row = self.table.iloc[0]
        if row["n_dissatisfied"] < ENOUGH:
            return text("quality.few", n=count(row["n_dissatisfied"]), of=count(row["n_reviewed"]), least=ENOUGH)
        return text("quality.sentence", share=percent(row["passed_dissatisfied"]), lower=percent(row["lower"]), upper=percent(row["upper"]),
                    n=count(row["n_dissatisfied"]))  # fmt: skip


def compare_quality(centre: Centre, question: Question | Asked, cell: Mapping | None = None) -> Quality:
    """Do quality reviews see what customers mind, and do they in this cell?

    A review is passed without a critical error of any class and, where the study says `[quality] pass_score`, with at least this score. Classes
    are counted, a sheet's points never averaged over fatal errors. A high share of dissatisfied customers whose review was passed speaks for a
    standard that misses what they mind, or a cause outside the agent's hands: the design rather than its execution.

    Args:
        cell: `{dim: level or levels}`; None: all.

    Returns:
        `Quality`.

    Raises:
        DataError: No reviews that name contacts and judge them.

    Assumes:
        Reviews are a random sample of the cell's contacts. Intervals hold the sampling of reviews, not how reviewers differ.

    Source:
        DOMAIN 2.4; kappa: Cohen (1960), Educational and Psychological Measurement 20, 37-46.
    """
    asked = question if isinstance(question, Asked) else ask(centre, question)
    table = reviews_of(centre)
    if table is None or "contact_id" not in centre.columns:
        raise DataError("no_reviews", study=centre.study.name)
    rows = _joined(centre, asked, table, cell)
    parts = {"cell": rows[rows["inside"]], "rest": rows[~rows["inside"]]} if cell else {"all": rows}
    found = pd.DataFrame([_place(place, part) for place, part in parts.items()])
    difference = _difference(found) if cell else None
    few = (
        [("caveat.quality_few", {"n": int(found["n_dissatisfied"][0]), "least": ENOUGH})]
        if found["n_dissatisfied"][0] < ENOUGH
        else []
    )
    sampled = (
        "caveat.quality_sample",
        {
            "n": count(found["n_reviewed"][0]),
            "lower": percent(found["passed_lower"][0]),
            "upper": percent(found["passed_upper"][0]),
        },
    )
    return Quality(table=found, cell=dict(cell or {}), difference=difference, causes=_surface(parts), pass_score=centre.study.quality.pass_score,
                   caveats=(sampled, *few))  # fmt: skip


def _joined(centre: Centre, asked: Asked, table: Table, cell: Mapping | None) -> pd.DataFrame:
    """Reviews of the current period's contacts: `passed, satisfied` (missing where nobody rated), `inside`, `surface_cause`, `customer_id`."""
    flags = [name for name in CRITICAL if name in table.roles]
    kept = [name for name in ("score", "surface_cause") if name in table.roles]
    quote = centre.engine.quote
    facts = [
        "contact_id",
        asked.caliber.outcome,
        *(cell or {}),
        *(c for c in ("customer_id", "rating") if c in centre.columns),
    ]
    columns = ", ".join([*(f"f.{quote(c)}" for c in dict.fromkeys(facts)), *(f"r.{c}" for c in (*flags, *kept))])
    at, last = f"f.{quote('at')}", asked.current and asked.current.last + timedelta(days=1)
    when = (
        "" if asked.current is None else f" AND {at} >= TIMESTAMP '{asked.current.first}' AND {at} < TIMESTAMP '{last}'"
    )
    where = "".join(f" AND f.{quote(name)} = {int(value)}" for name, value in (asked.where or {}).items())
    rows = centre.engine.query(
        f"SELECT {columns} FROM ({centre.facts}) f JOIN ({table.sql}) r ON f.contact_id = r.contact_id WHERE 1 = 1{when}{where}"
    )
    passed = pd.Series(True, index=rows.index)
    for flag in flags:
        passed &= rows[flag].fillna(0).eq(0)
    least = centre.study.quality.pass_score
    if least is not None and "score" in rows:
        passed &= rows["score"].ge(least).fillna(False)
    inside = pd.Series(True, index=rows.index)
    for dim, level in (cell or {}).items():
        inside &= rows[dim].isin(level if isinstance(level, (list, tuple)) else [level])
    outcome, good = _satisfied(centre, asked)
    satisfied = rows[outcome].astype("Float64").map(good).astype("boolean")
    return rows.assign(passed=passed.astype(bool), inside=inside, satisfied=satisfied)


def _satisfied(centre: Centre, asked: Asked) -> tuple[str, dict[int, bool]]:
    """Column and levels that count as satisfied: those of the satisfaction rate, else of the question's own KPI at full mark."""
    try:
        rate = caliber("satisfaction_rate", None, centre.scale)
        if rate.outcome in centre.columns:
            return rate.outcome, {level: value > 0 for level, value in rate.levels(centre.scale).items()}
    except CaliberError:
        pass
    return asked.caliber.outcome, {level: value == asked.full for level, value in asked.values.items()}


def _place(place: str, rows: pd.DataFrame) -> dict:
    rated = rows[rows["satisfied"].notna()]
    bad = rated[~rated["satisfied"].astype(bool)]
    lower, upper = wilson(bad["passed"].sum(), len(bad))
    passed_lower, passed_upper = wilson(rows["passed"].sum(), len(rows))
    kappa = _kappa(rated)
    return {"place": place, "n_reviewed": len(rows), "passed": rows["passed"].mean() if len(rows) else np.nan, "passed_lower": float(passed_lower),
            "passed_upper": float(passed_upper), "n": len(rated), "satisfied": float(rated["satisfied"].mean()) if len(rated) else np.nan,
            "kappa": kappa[0], "kappa_lower": kappa[1], "kappa_upper": kappa[2], "n_dissatisfied": len(bad),
            "passed_dissatisfied": bad["passed"].mean() if len(bad) else np.nan, "lower": float(lower), "upper": float(upper)}  # fmt: skip


def _kappa(rated: pd.DataFrame) -> tuple[float, float, float]:
    """Agreement of "passed" and "satisfied" beyond chance, errors over customers; NaN where either never varies."""
    from ccsat.methods.agreement import kappa

    two = pd.DataFrame({"passed": rated["passed"].astype(bool), "satisfied": rated["satisfied"].astype(bool)})
    if len(two) < ENOUGH or two["passed"].nunique() < 2 or two["satisfied"].nunique() < 2:
        return np.nan, np.nan, np.nan
    cluster = None
    if "customer_id" in rated and rated["customer_id"].notna().all() and rated["customer_id"].nunique() < len(rated):
        two["customer_id"], cluster = rated["customer_id"], "customer_id"
    effect = kappa(two, "passed", "satisfied", weighting="none", cluster=cluster).effects[0]
    return effect.value, effect.lower, effect.upper


def _difference(found: pd.DataFrame) -> Difference | None:
    here, rest = found.iloc[0], found.iloc[1]
    if not here["n_dissatisfied"] or not rest["n_dissatisfied"]:
        return None
    from scipy.stats import fisher_exact

    x = [round(one["passed_dissatisfied"] * one["n_dissatisfied"]) for one in (here, rest)]
    n = [int(one["n_dissatisfied"]) for one in (here, rest)]
    lower, upper = newcombe(x[0], n[0], x[1], n[1])
    p = float(fisher_exact([[x[0], n[0] - x[0]], [x[1], n[1] - x[1]]])[1])
    return Difference(x[0] / n[0] - x[1] / n[1], float(lower), float(upper), p, n[0], n[1])


def _surface(parts: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Causes that reviewers named, in the cell and in the rest."""
    columns = ["surface_cause", "n", "n_rest", "share", "share_rest"]
    here, *others = parts.values()
    rest = others[0] if others else here.iloc[:0]
    if "surface_cause" not in here:
        return pd.DataFrame(columns=columns)
    n, n_rest = here["surface_cause"].value_counts(), rest["surface_cause"].value_counts()
    table = pd.DataFrame({"n": n, "n_rest": n_rest}).fillna(0).astype(int).rename_axis("surface_cause").reset_index()
    table["share"] = table["n"] / max(int(table["n"].sum()), 1)
    table["share_rest"] = table["n_rest"] / max(int(table["n_rest"].sum()), 1)
    return table.sort_values(["n", "surface_cause"], ascending=[False, True], ignore_index=True)[columns]


def quality_evidence(quality: Quality) -> Evidence | None:
    """Does the cell speak for a design error: most dissatisfied customers had a review that was passed?

    Returns:
        Evidence of kind "qa_passed", grade D, where reviews are enough and the whole interval of the share lies above one half; kind "qa_failed" where
        it lies below (execution); None in between or with too few.
    """
    row = quality.table.iloc[0]
    values = {
        "share": float(row["passed_dissatisfied"]),
        "lower": float(row["lower"]),
        "upper": float(row["upper"]),
        "n": int(row["n_dissatisfied"]),
    }
    if row["n_dissatisfied"] < ENOUGH or row["lower"] <= MOST_PASS <= row["upper"]:
        return None
    shown = {name: percent(values[name]) for name in ("share", "lower", "upper")} | {"n": values["n"]}
    return Evidence("qa_passed" if row["lower"] > MOST_PASS else "qa_failed", "D", shown)
