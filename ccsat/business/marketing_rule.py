"""A marketing rule seen through the members it was sold to: how their KPI runs with the days since the sale, against non-members of the same weeks."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtr

from ccsat.cells import Asked, ask, design_effects
from ccsat.centre import Centre
from ccsat.errors import DataError, StudyError, listing
from ccsat.estimates import adjust
from ccsat.question import Question
from ccsat.results import Result, result_class
from ccsat.stages.campaigns import read_campaigns
from ccsat.wording import count, kpi_value, language, points, text

BAND_DAYS = 15
MEMBERS, JOINED = "campaign_id", "campaign_joined_on"
Z95 = 1.959963984540054
BEFORE = "before"


@result_class
class CohortCurve(Result):
    """Members of each campaign by days since they joined: `campaign, lag_from, lag_to` (days; `lag_from` below 0: before the sale), `n, value, expected` (non-members
    of the same weeks), `n_expected, difference, lower, upper, p_adjusted` (Benjamini-Hochberg over every campaign and band), `points` (what the band takes from or
    gives to the whole KPI), `points_lower, points_upper`.

    `cohorts`: one row a campaign with members after the sale, worst first: `campaign, n, value, expected, difference, lower, upper, points, p_adjusted, peak_from,
    peak_to` (the days since the sale in which most points are lost) and what the campaigns' table says (`name, promised_value, delivered_value, briefed`).
    """

    asked: Asked
    cohorts: pd.DataFrame

    @property
    def found(self) -> pd.DataFrame:
        """Campaigns whose members are worse off beyond chance."""
        worse = self.cohorts["difference"] * self.asked.sign < 0
        return self.cohorts[worse & (self.cohorts["p_adjusted"] < 0.05)].reset_index(drop=True)

    def sentence(self) -> str:
        unit = self.asked.caliber.unit
        if self.found.empty:
            return text("business.no_cohort")
        top = self.found.iloc[0]
        return text("business.cohort", campaign=f"{top['campaign']} {top['name'] or ''}".strip(), value=kpi_value(top["value"], unit), expected=kpi_value(top["expected"], unit),
                    difference=points(top["difference"], unit), lower=points(top["lower"], unit), upper=points(top["upper"], unit), n=count(top["n"]),
                    points=points(top["points"], unit), first=int(top["peak_from"]), last=int(top["peak_to"]))  # fmt: skip


def cohort_curve(
    centre: Centre,
    question: Question | Asked,
    *,
    member: str = MEMBERS,
    joined: str = JOINED,
    band_days: int = BAND_DAYS,
    min_n: int = 30,
) -> CohortCurve:
    """Do a campaign's members turn dissatisfied some time after the sale, and when?

    Each band of days since the sale is compared with customers of no campaign in the same calendar weeks, so that what happened to everybody in a week is no effect
    of the campaign.

    Args:
        question: KPI; its current period is what `points` and `cohorts` are of, the curve covers its baseline too.
        member, joined: Columns of the customers' table: the campaign and the day of joining it.
        band_days: Width of a band.

    Raises:
        DataError: The study has no customers' table with these columns. StudyError: The facts have no customer or time.

    Assumes:
        An association: those who join differ from those who do not, in ways that the weeks do not hold equal; before-the-sale bands show how far.

    Source:
        DOMAIN 5.5 (S06), U3.2a; direct standardisation on weeks.
    """
    asked = question if isinstance(question, Asked) else ask(centre, question)
    counts = _counts(centre, asked, member, joined, band_days)
    effect = max(design_effects(centre, asked)[0].values(), default=1.0)
    whole = counts[counts["period"] == "current"]["n"].sum()
    bands, cohorts = [], []
    away = counts[counts["campaign"].isna()]
    for name, rows in counts[counts["campaign"].notna() & counts["band"].notna()].groupby("campaign"):
        for band, part in rows.groupby("band"):
            one = _against(part, away, effect)
            here = part[part["period"] == "current"]
            now = _against(here, away, effect) if len(here) else None
            share = now["n"] / whole if now else 0.0
            bands.append({"campaign": name, "lag_from": int(band) * band_days, "lag_to": int(band) * band_days + band_days - 1, **one, "points": share * now["difference"] if now else 0.0,
                          "points_lower": share * now["lower"] if now else 0.0, "points_upper": share * now["upper"] if now else 0.0})  # fmt: skip
        after = rows[(rows["band"] >= 0) & (rows["period"] == "current")]
        if after["n"].sum() >= min_n:
            one = _against(after, away, effect)
            cohorts.append({"campaign": name, **one, "points": one["n"] / whole * one["difference"]})
    if not cohorts:
        raise DataError("cohort_empty", member=member, joined=joined, min_n=min_n)
    table = pd.DataFrame(bands).sort_values(["campaign", "lag_from"], ignore_index=True)
    kept = table["n"] >= min_n
    table["p_adjusted"] = np.nan
    table.loc[kept, "p_adjusted"] = adjust(table.loc[kept, "p_value"].astype(float))
    found = pd.DataFrame(cohorts)
    found["p_adjusted"] = adjust(found["p_value"], "holm")
    peaks = [
        _peak(table[(table["campaign"] == name) & (table["lag_from"] >= 0)], asked.sign) for name in found["campaign"]
    ]
    found["peak_from"], found["peak_to"] = zip(*peaks, strict=True)
    found = _described(
        centre,
        found.assign(order=found["points"] * asked.sign).sort_values("order", ignore_index=True).drop(columns="order"),
    )
    small = int((~kept).sum())
    caveats = [("caveat.cohort_association", {})] + (
        [("caveat.unranked_small", {"n": small, "min_n": min_n})] if small else []
    )
    return CohortCurve(table=table, asked=asked, cohorts=found, caveats=tuple(caveats))


def _counts(centre: Centre, asked: Asked, member: str, joined: str, band_days: int) -> pd.DataFrame:
    """Rated contacts by campaign, band of days since the sale, week, period: `n, s, ss` of the KPI. `campaign` None: of no campaign."""
    lacking = [name for name in ("customer_id", "at") if name not in centre.columns]
    if lacking:
        raise StudyError("cohort_columns", missing=listing(lacking), known=listing(centre.columns))
    customers = centre.beside("customers", {"customer_id": "id", member: "text", joined: "time"})
    if customers is None or not {"customer_id", member, joined} <= set(customers.roles):
        raise DataError("cohort_table", member=member, joined=joined)
    quote, outcome = centre.engine.quote, centre.engine.quote(asked.caliber.outcome)
    base = f" AND f.{quote(asked.caliber.base)} = 1" if asked.caliber.base else ""
    found = centre.engine.query(
        f"SELECT c.{quote(member)} AS campaign, CAST(c.{quote(joined)} AS DATE) AS joined, CAST(f.at AS DATE) AS day, f.{outcome} AS level, COUNT(*) AS n "
        f"FROM ({centre.facts}) f JOIN ({customers.sql}) c ON c.customer_id = f.customer_id WHERE f.{outcome} IS NOT NULL{base} GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"
    )
    day = pd.to_datetime(found["day"])
    value = found["level"].astype(int).map(asked.values)
    found = found.assign(campaign=found["campaign"].astype(object).where(found["campaign"].notna(), None), s=found["n"] * value, ss=found["n"] * value**2,
                         week=(day - day.min()).dt.days // 7, band=np.floor((day - pd.to_datetime(found["joined"])).dt.days / band_days))  # fmt: skip
    period = pd.Series("", index=found.index)
    for window in asked.windows:
        period[(day >= pd.Timestamp(window.first)) & (day <= pd.Timestamp(window.last))] = window.label
    found["period"] = period if asked.windows else "current"
    found = found[found["period"] != ""]
    return found.groupby(["campaign", "band", "week", "period"], dropna=False)[["n", "s", "ss"]].sum().reset_index()


def _against(part: pd.DataFrame, away: pd.DataFrame, effect: float) -> dict[str, float]:
    """A part's mean against those of no campaign, weighted to the part's weeks: difference with a normal interval."""
    n, mean, variance = _mean(part)
    weeks = part.groupby("week")["n"].sum()
    others = away.groupby("week")[["n", "s", "ss"]].sum().reindex(weeks.index)
    others = others[others["n"] > 1]
    weight = weeks.reindex(others.index) / weeks.reindex(others.index).sum()
    means = others["s"] / others["n"]
    spread = (others["ss"] / others["n"] - means**2).clip(lower=0) / others["n"]
    expected = float(weight @ means) if len(others) else np.nan
    error = float(np.sqrt(effect * (variance / n + weight**2 @ spread))) if len(others) else np.nan
    gap = mean - expected
    return {"n": int(n), "value": mean, "expected": expected, "n_expected": int(others["n"].sum()), "difference": gap, "lower": gap - Z95 * error, "upper": gap + Z95 * error,
            "p_value": float(2 * ndtr(-abs(gap) / error)) if error > 0 else np.nan}  # fmt: skip


def _mean(part: pd.DataFrame) -> tuple[float, float, float]:
    n = float(part["n"].sum())
    mean = float(part["s"].sum() / n)
    spread = max(float(part["ss"].sum() / n) - mean**2, 0.0)
    return n, mean, max(spread, 1 / (4 * (n + 4)))  # a handful of equal ratings is not certain


def _peak(bands: pd.DataFrame, sign: int) -> tuple[float, float]:
    """The band in which most points are lost."""
    lost = bands["points"] * sign
    if bands.empty or lost.min() >= 0:
        return np.nan, np.nan
    top = bands.loc[lost.idxmin()]
    return float(top["lag_from"]), float(top["lag_to"])


def _described(centre: Centre, cohorts: pd.DataFrame) -> pd.DataFrame:
    known = read_campaigns(centre)
    names = {
        "name": f"name_{language()}",
        "promised_value": "promised_value",
        "delivered_value": "delivered_value",
        "briefed": "briefed_flag",
    }
    for ours, theirs in names.items():
        cohorts[ours] = cohorts["campaign"].map(known[theirs]) if theirs in known else None
    return cohorts
