"""Needed against scheduled, interval by interval: scheduling efficiency, coverage, and forecast of volume."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ccsat.errors import DataError
from ccsat.results import Result, result_class
from ccsat.wording import count, number, percent, text

WEEKS = 4  # of the past that a forecast looks at
LEAST_WEEKS = 3


@result_class
class ScheduleFit(Result):
    """How well a schedule fits what was needed.

    The table: `weekday, slot, required, scheduled` (means)`, over, under` (agents too many, too few: means)`, n` (intervals).

    Attributes:
        efficiency: Sum of min(required, scheduled) / sum of scheduled. coverage: The same over the sum of required. lower, upper: 95 % of each, days drawn anew.
        over_hours, under_hours: Agent hours too many and too few, of all intervals. n: Intervals. hours: Of an interval.
        source: "table" (required as in the data) or "erlang_c".
    """

    efficiency: float
    coverage: float
    limits: Mapping[str, tuple[float, float]]
    over_hours: float
    under_hours: float
    n: int
    hours: float
    source: str

    def sentence(self) -> str:
        return text("workforce.schedule_fit", efficiency=percent(self.efficiency), coverage=percent(self.coverage), over=number(self.over_hours, 0),
                    under=number(self.under_hours, 0), n=count(self.n), low=percent(self.limits["efficiency"][0]), high=percent(self.limits["efficiency"][1]),
                    low_coverage=percent(self.limits["coverage"][0]), high_coverage=percent(self.limits["coverage"][1]),
                    source=text(f"required_by.{self.source}"))  # fmt: skip


def schedule_fit(
    rows: pd.DataFrame, *, hours: float = 0.5, source: str = "table", rng: int | np.random.Generator = 0
) -> ScheduleFit:
    """How much of what was scheduled was needed, and how much of what was needed was scheduled?

    Args:
        rows: One row an interval: `required, scheduled`; `day, weekday, slot` where there are some.
        hours: Length of an interval.

    Raises:
        DataError: A column is lacking, negative numbers, or nothing scheduled or required.

    Source:
        DOMAIN 2.3, A23.
    """
    lacking = [name for name in ("required", "scheduled") if name not in rows]
    if lacking:
        raise DataError(
            "workforce_columns", table="intervals", columns=", ".join(lacking), known=", ".join(map(str, rows.columns))
        )
    rows = rows.dropna(subset=["required", "scheduled"])
    needed, there = rows["required"].to_numpy(float), rows["scheduled"].to_numpy(float)
    if (needed < 0).any() or (there < 0).any():
        raise DataError(
            "workforce_number",
            name="required, scheduled",
            value=str(float(min(needed.min(), there.min()))),
            least=">= 0",
        )
    if not (needed.sum() > 0 and there.sum() > 0):
        raise DataError("workforce_empty", table="intervals", window="–")
    met = np.minimum(needed, there)
    day, days = pd.factorize(rows["day"]) if "day" in rows else (np.arange(len(rows)), rows.index)
    sums = np.stack([np.bincount(day, one, minlength=len(days)) for one in (met, there, needed)])
    drawn = np.random.default_rng(rng).multinomial(len(days), np.full(len(days), 1 / len(days)), size=500) @ sums.T
    limits = {
        "efficiency": _limits(drawn[:, 0] / drawn[:, 1], len(days)),
        "coverage": _limits(drawn[:, 0] / drawn[:, 2], len(days)),
    }
    by = [name for name in ("weekday", "slot") if name in rows]
    shown = rows.assign(over=np.maximum(there - needed, 0), under=np.maximum(needed - there, 0), n=1)
    measured = {"required": "mean", "scheduled": "mean", "over": "mean", "under": "mean", "n": "sum"}
    table = shown.groupby(by, as_index=False).agg(measured) if by else shown[list(measured)].reset_index(drop=True)
    return ScheduleFit(table=table, efficiency=float(met.sum() / there.sum()), coverage=float(met.sum() / needed.sum()), limits=limits,
                       over_hours=float((there - met).sum() * hours), under_hours=float((needed - met).sum() * hours), n=len(rows), hours=hours, source=source,
                       caveats=(("caveat.schedule_both", {}),))  # fmt: skip


def _limits(drawn: np.ndarray, days: int) -> tuple[float, float]:
    return tuple(float(one) for one in np.quantile(drawn, [0.025, 0.975])) if days > 1 else (float("nan"), float("nan"))


@result_class
class Forecast(Result):
    """Volume expected by weekday and slot in the week after the last whole one.

    The table: `weekday, slot, offered, lower, upper` (95 %, from the errors of past forecasts)`, n` (past intervals behind it).

    Attributes:
        wape: Sum of absolute errors / sum of calls, over past weeks forecast in the same way. bias: Sum of errors / sum of calls. naive_wape: Of "as in the week before".
        weeks_tested, n_tested: Past weeks and intervals forecast. weeks: Weeks looked back. starts_on: Monday of the week forecast.
        tested: `start, offered, forecast` of the past weeks.
    """

    wape: float
    bias: float
    naive_wape: float
    weeks_tested: int
    n_tested: int
    weeks: int
    starts_on: pd.Timestamp
    tested: pd.DataFrame

    def sentence(self) -> str:
        return text("workforce.forecast", starts=str(self.starts_on.date()), calls=count(self.table["offered"].sum()), wape=percent(self.wape),
                    naive=percent(self.naive_wape), bias=percent(self.bias), n=count(self.n_tested), weeks=count(self.weeks_tested))  # fmt: skip


def forecast_volume(rows: pd.DataFrame, *, weeks: int = WEEKS) -> Forecast:
    """How many calls will come in each interval of next week, and how far off were such forecasts so far?

    The mean of the last weeks' total, spread over weekdays and slots as these weeks were. Simple on purpose: its error is measured by forecasting each past
    week from those before it, and set against "as last week".

    Args:
        rows: `start, offered` (see `floor.read_intervals`); weeks with days missing are left out.

    Raises:
        DataError: Fewer than `LEAST_WEEKS` whole weeks.

    Assumes:
        The next week is like the last ones: no campaign, no holiday, no fault.

    Source:
        DOMAIN A8; error: Hyndman, Athanasopoulos (2021), Forecasting: Principles and Practice, 5.8.
    """
    if weeks < 1:
        raise DataError("workforce_number", name="weeks", value=str(weeks), least=">= 1")
    start = pd.to_datetime(rows["start"])
    monday = start.dt.normalize() - pd.to_timedelta(start.dt.day_of_week, unit="D")
    table = pd.DataFrame(
        {
            "week": monday,
            "weekday": start.dt.day_of_week,
            "slot": start.dt.strftime("%H:%M"),
            "offered": rows["offered"].astype(float),
        }
    )
    wide = table.pivot_table(index="week", columns=["weekday", "slot"], values="offered", aggfunc="sum")
    days_of = table.groupby("week")["weekday"].nunique()
    whole = wide.loc[days_of[days_of == days_of.max()].index].fillna(0.0)
    if len(whole) < LEAST_WEEKS:
        raise DataError("workforce_weeks", n=len(whole), least=LEAST_WEEKS)
    look = min(weeks, len(whole) - 1)
    ahead = lambda past: past.mean()
    errors, shown = [], []
    for k in range(1, len(whole)):
        made = ahead(whole.iloc[max(0, k - look) : k])
        shown.append(
            pd.DataFrame(
                {"week": whole.index[k], "offered": whole.iloc[k], "forecast": made, "naive": whole.iloc[k - 1]}
            )
        )
    tested = pd.concat(shown[min(look, len(shown)) - 1 :])
    errors = tested["offered"] - tested["forecast"]
    made = ahead(whole.iloc[-look:])
    low, high = np.quantile(errors / np.sqrt(np.maximum(tested["forecast"], 1)), [0.025, 0.975])
    spread = np.sqrt(np.maximum(made, 1))
    found = pd.DataFrame(
        {"offered": made, "lower": np.maximum(made + low * spread, 0), "upper": made + high * spread, "n": look}
    ).reset_index()
    total = tested["offered"].sum()
    return Forecast(table=found, wape=float(errors.abs().sum() / total), bias=float(-errors.sum() / total), naive_wape=float((tested["offered"] - tested["naive"]).abs().sum() / total),
                    weeks_tested=int(tested["week"].nunique()), n_tested=len(tested), weeks=look, starts_on=whole.index[-1] + pd.Timedelta(days=7),
                    tested=tested.reset_index(), caveats=(("caveat.forecast_same", {}),))  # fmt: skip
