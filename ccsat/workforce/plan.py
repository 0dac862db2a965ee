"""Next week's staff: forecast of volume times handling time, interval by interval, against what is usually scheduled."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ccsat.centre import Centre
from ccsat.results import Result, result_class
from ccsat.wording import count, number, percent, text
from ccsat.workforce.floor import handling_time, interval_seconds, read_intervals
from ccsat.workforce.queues import staff_needed
from ccsat.workforce.schedule import Forecast, ScheduleFit, forecast_volume, schedule_fit


@result_class
class WeekPlan(Result):
    """Agents needed in each interval of a week.

    The table: `weekday, slot, offered, lower, upper` (volume and its 95 % limits)`, required, required_lower, required_upper` (agents on the queue for the
    volume and its limits)`, to_schedule` (grossed up by the shrinkage)`, service_level, occupancy, asa_s` (at `required`)`, scheduled` (mean of the weeks looked
    back at; NaN where unknown)`, n` (past intervals behind the forecast).

    Attributes:
        forecast: Of the volume. aht_s, aht_n: Handling time and the contacts it is from. level, within, shrinkage: As asked.
        fit: The usual schedule against these requirements; None where it is unknown.
    """

    forecast: Forecast
    aht_s: float
    aht_n: int
    level: float
    within: float
    shrinkage: float
    hours: float
    fit: ScheduleFit | None

    def sentence(self) -> str:
        most = self.table.loc[self.table["required"].idxmax()]
        return text("workforce.plan", starts=str(self.forecast.starts_on.date()), level=percent(self.level, 0), within=number(self.within, 0),
                    hours=number(float(self.table["required"].sum()) * self.hours, 0), to_schedule=number(float(self.table["to_schedule"].sum()) * self.hours, 0),
                    most=count(most["required"]), weekday=text(f"weekday.d{int(most['weekday'])}"), slot=most["slot"], aht=number(self.aht_s, 0),
                    wape=percent(self.forecast.wape))  # fmt: skip


def plan_week(
    centre: Centre, *, channel: str | None = None, level: float = 0.8, within: float = 20.0, concurrency: float = 1.0, shrinkage: float = 0.0,
    patience: float | None = None, weeks: int = 4, window: tuple[object, object] | None = None, aht: float | None = None,
) -> WeekPlan:  # fmt: skip
    """How many agents will each interval of next week need?

    Args:
        level, within, patience, shrinkage: As `staff_needed`. channel, concurrency: As `what_if`. weeks: As `forecast_volume`.
        aht: Handling time in seconds; by default the mean of the contacts of the weeks looked back at.

    Raises:
        DataError: As `read_intervals`, `forecast_volume`, `handling_time`.

    Source:
        DOMAIN A8, A23, A25, D14.
    """
    rows = read_intervals(centre, channel=channel, window=window)
    made = forecast_volume(rows, weeks=weeks)
    seconds = interval_seconds(rows)
    past = (made.starts_on - pd.Timedelta(days=7 * made.weeks), made.starts_on - pd.Timedelta(days=1))
    handled = {"aht_s": float(aht), "n": 0} if aht is not None else handling_time(centre, channel=channel, concurrency=concurrency, window=(past[0].date(), past[1].date()))  # fmt: skip
    hourly = 3600 / seconds
    options = {"level": level, "within": within, "patience": patience, "shrinkage": shrinkage}
    volume = made.table[["offered", "lower", "upper"]].to_numpy(float) * hourly
    need = staff_needed(volume.ravel(), handled["aht_s"], **options)
    agents = need.table["staff"].to_numpy().reshape(volume.shape)
    at = need.table.iloc[::3].reset_index(drop=True)
    table = made.table.assign(required=agents[:, 0], required_lower=agents[:, 1], required_upper=agents[:, 2], to_schedule=at["scheduled"],
                              service_level=at["service_level"], occupancy=at["occupancy"], asa_s=at["asa_s"])  # fmt: skip
    fit, looked = None, rows[(rows["start"] >= past[0]) & (rows["start"] < past[1] + pd.Timedelta(days=1))]
    if "scheduled" in looked and looked["scheduled"].notna().any():
        usual = looked.groupby(["weekday", "slot"])["scheduled"].mean()
        table = table.merge(usual.reset_index(), on=["weekday", "slot"], how="left")
        each = looked.merge(
            table[["weekday", "slot", "required"]].rename(columns={"required": "needed"}), on=["weekday", "slot"]
        )
        fit = schedule_fit(
            each.drop(columns="required", errors="ignore").rename(columns={"needed": "required"}),
            hours=seconds / 3600,
            source="erlang_c" if patience is None else "erlang_a",
        )
    else:
        table = table.assign(scheduled=np.nan)
    return WeekPlan(table=table, forecast=made, aht_s=handled["aht_s"], aht_n=int(handled["n"]), level=level, within=within, shrinkage=shrinkage,
                    hours=seconds / 3600, fit=fit, caveats=(*need.caveats, *made.caveats))  # fmt: skip
