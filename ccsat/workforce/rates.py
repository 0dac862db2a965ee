"""Agents' time and heads: occupancy, the four rates, adherence, attrition, head count, share of new staff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd

from ccsat.errors import DataError
from ccsat.estimates import wilson
from ccsat.results import Result, result_class
from ccsat.wording import count, percent, text

HANDLING, TALK = ("talk_s", "hold_s", "acw_s"), ("talk_s", "hold_s")
READY = (*HANDLING, "available_s")
AUX = ("aux_break_s", "aux_away_s", "aux_train_s", "aux_meet_s")
# rate -> caliber -> seconds above and below; the first caliber is the default
TIME_RATES: Mapping[str, Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "occupancy": {"handling_and_ready": (HANDLING, READY), "all_logged_in": (HANDLING, ("logged_in_s",))},
    "staff_utilisation": {"paid": (READY, ("paid_s",)), "icmi_phone": (READY, ("paid_s", "-aux_break_s")), "productive": (HANDLING, ("paid_s",))},
    "work_hour_utilisation": {"handling": (HANDLING, ("logged_in_s",)), "ready_share": (READY, ("logged_in_s",))},
    "call_utilisation": {"talk_hold": (TALK, ("logged_in_s",)), "talk": (("talk_s",), ("logged_in_s",))},
    "login_rate": {"minutes": (("logged_in_s",), ("scheduled_s",)), "with_overtime": (("logged_in_s",), ("scheduled_s",))},
    "not_ready_rate": {"all_aux": (AUX, ("logged_in_s",)), "ex_training": (("aux_break_s", "aux_away_s"), ("logged_in_s",))},
    "schedule_adherence": {"minutes": (("adherent_s",), ("scheduled_s",))},
    "conformance": {"scheduled_days": (("logged_in_s",), ("scheduled_s",)), "with_overtime": (("logged_in_s",), ("scheduled_s",))},
}  # fmt: skip
FOUR_RATES = ("staff_utilisation", "login_rate", "not_ready_rate", "fcr")
ONLY_SCHEDULED = ("minutes", "scheduled_days")  # calibers that leave out days on which nothing was scheduled
ABOVE_ONE = ("login_rate", "conformance")  # may be above 1
DRAWS = 500


def seconds(days: pd.DataFrame, names: Sequence[str]) -> np.ndarray:
    """A row's seconds in some states, those with a minus taken off."""
    return sum((-1 if name.startswith("-") else 1) * days[name.lstrip("-")].to_numpy(float) for name in names)


@result_class
class TimeRates(Result):
    """Rates of agents' time.

    The table: `rate, caliber, value, lower, upper` (95 %, agents drawn anew)`, above_s, below_s, n` (agent days)`, agents`.

    Attributes:
        missing: Rates that the data cannot give -> the columns that are lacking.
    """

    missing: Mapping[str, str]

    def value(self, rate: str, caliber: str | None = None) -> float:
        """One rate; the default caliber where none is named."""
        rows = self.table[self.table["rate"] == rate]
        rows = rows if caliber is None else rows[rows["caliber"] == caliber]
        if rows.empty:
            raise DataError(
                "workforce_rate", rate=f"{rate}/{caliber or '–'}", known=", ".join(self.table["rate"].unique())
            )
        return float(rows["value"].iloc[0])

    def sentence(self) -> str:
        said = [text("workforce.rate", rate=text(f"time_rate.{row.rate}"), value=percent(row.value), lower=percent(row.lower), upper=percent(row.upper))
                for row in self.table.drop_duplicates("rate").itertuples()]  # fmt: skip
        row = self.table.iloc[0]
        return text(
            "workforce.rates",
            rates=text("workforce.between").join(said),
            n=count(row["n"]),
            agents=count(row["agents"]),
        )


def time_rates(
    days: pd.DataFrame, rates: Sequence[str] | None = None, *, rng: int | np.random.Generator = 0
) -> TimeRates:
    """What share of their time do agents spend in which way?

    Args:
        days: One row an agent and day, seconds in each state (see `floor.read_agent_days`).
        rates: Keys of `TIME_RATES`; all where not given.

    Raises:
        DataError: No rate can be counted, or a share above 1 that cannot be one.

    Source:
        DOMAIN 2.3.
    """
    rng, rows, missing = np.random.default_rng(rng), [], {}
    agents, code = pd.factorize(days["agent_id"])[::-1] if "agent_id" in days else (days.index, np.arange(len(days)))
    drawn = rng.multinomial(len(agents), np.full(len(agents), 1 / len(agents)), size=DRAWS)
    for rate in rates or TIME_RATES:
        if rate not in TIME_RATES:
            raise DataError("workforce_rate", rate=rate, known=", ".join(TIME_RATES))
        for caliber, (above, below) in TIME_RATES[rate].items():
            lacking = [name for name in (*above, *below) if name.lstrip("-") not in days]
            if lacking:
                missing.setdefault(rate, ", ".join(lacking))
                continue
            top, under = seconds(days, above), seconds(days, below)
            if caliber in ONLY_SCHEDULED:
                top = np.where(under > 0, top, 0.0)
            if not under.sum() > 0:
                missing.setdefault(rate, ", ".join(below))
                continue
            a, b = (np.bincount(code, values, minlength=len(agents)) for values in (top, under))
            low, high = (
                np.quantile((drawn @ a) / np.maximum(drawn @ b, 1e-300), [0.025, 0.975])
                if len(agents) > 1
                else (np.nan, np.nan)
            )
            rows.append({"rate": rate, "caliber": caliber, "value": top.sum() / under.sum(), "lower": float(low), "upper": float(high), "above_s": top.sum(),
                         "below_s": under.sum(), "n": len(days), "agents": len(agents)})  # fmt: skip
    if not rows:
        raise DataError("workforce_columns", table="agent_days", columns=", ".join(dict.fromkeys(missing.values())), known=", ".join(map(str, days.columns)))  # fmt: skip
    caveats = [("caveat.utilisation_calibers", {})] if any(row["rate"] == "staff_utilisation" for row in rows) else []
    if any(row["rate"] in ABOVE_ONE and row["value"] > 1 for row in rows):
        caveats.append(("caveat.login_overtime", {"n": int((days["scheduled_s"] <= 0).sum())}))
    caveats += [
        ("caveat.rates_missing", {"rate": text(f"time_rate.{rate}"), "columns": columns})
        for rate, columns in missing.items()
    ]
    return TimeRates(table=pd.DataFrame(rows), missing=missing, caveats=tuple(caveats))


@result_class
class HeadRate(Result):
    """Attrition, or the share of new staff: one row with `value, lower, upper` (95 %, see there)`, numerator, denominator, n`.

    Attributes:
        key: "attrition" or "new_staff_share".
    """

    key: str

    @property
    def value(self) -> float:
        return float(self.table["value"].iloc[0])

    def sentence(self) -> str:
        row = self.table.iloc[0]
        return text(f"workforce.{self.key}", value=percent(row["value"]), lower=percent(row["lower"]), upper=percent(row["upper"]),
                    numerator=count(row["numerator"]), denominator=f"{row['denominator']:g}", months=f"{row.get('months', 12):g}",
                    days=f"{row.get('days', 0):g}")  # fmt: skip


def head_count(periods: Sequence[float]) -> float:
    """Average head count: the mean of the heads at the start, at each month's end and at the end, as given.

    Source:
        DOMAIN 2.3: source 001 begins the year with 31 and ends it with 38 (net +7), 34.5 on average.
    """
    heads = np.asarray(periods, dtype=float)
    if not len(heads) or not (heads >= 0).all():
        raise DataError("workforce_number", name="heads", value=str(list(periods)[:5]), least=">= 0")
    return float(heads.mean())


def attrition(leavers: int, average_heads: float, *, months: float = 12) -> HeadRate:
    """What share of the staff leaves in a year?

    Returns:
        The yearly rate, with the exact Poisson interval of the leavers: nine leavers could have been four or seventeen.

    Source:
        DOMAIN 2.3: 9 / 34.5 = 26.1 %. Interval: Garwood (1936), Biometrika 28, 437-442.
    """
    from scipy.stats import chi2

    for name, value, fits in (
        ("leavers", leavers, leavers >= 0),
        ("average_heads", average_heads, average_heads > 0),
        ("months", months, months > 0),
    ):
        if not fits:
            raise DataError("workforce_number", name=name, value=str(value), least="> 0")
    year = 12 / months / average_heads
    low = float(chi2.ppf(0.025, 2 * leavers)) / 2 if leavers else 0.0
    high = float(chi2.ppf(0.975, 2 * (leavers + 1))) / 2
    row = {
        "value": leavers * year,
        "lower": low * year,
        "upper": high * year,
        "numerator": leavers,
        "denominator": average_heads,
        "n": leavers,
        "months": months,
    }
    return HeadRate(
        table=pd.DataFrame([row]),
        key="attrition",
        caveats=(("caveat.attrition_few", {"n": leavers}),) if leavers < 30 else (),
    )


def new_staff_share(new: int, agents: int, *, days: int = 180) -> HeadRate:
    """What share of the agents on line is new?

    Args:
        days: Tenure below which an agent is new. It is only part of the caliber here.

    Source:
        DOMAIN 2.3: 10 of 22 under half a year, 45.5 %.
    """
    if not (0 <= new <= agents and agents > 0):
        raise DataError("workforce_part", part="new", n=new, whole="agents", most=agents)
    low, high = wilson(new, agents)
    row = {
        "value": new / agents,
        "lower": float(low),
        "upper": float(high),
        "numerator": new,
        "denominator": agents,
        "n": agents,
        "days": days,
    }
    return HeadRate(table=pd.DataFrame([row]), key="new_staff_share", caveats=(("caveat.new_staff_whole", {}),))


def new_agents(hired: pd.Series, on: date, *, days: int = 180) -> HeadRate:
    """The share of agents hired less than `days` before a day, from their hiring days."""
    tenure = (pd.Timestamp(on) - pd.to_datetime(hired)).dt.days
    tenure = tenure[tenure >= 0]
    return new_staff_share(int((tenure < days).sum()), len(tenure), days=days)
