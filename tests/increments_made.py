"""A hundred days that summing by day likes to get wrong, an engine that counts what it is asked, and exact comparison."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from ccsat.engine import NULL_LEVEL, DuckEngine

FIRST = date(2023, 12, 23)  # with the end of a year, of a leap February, and the doubled hour of the last day
DAYS = [FIRST + timedelta(n) for n in range(100)]
EMPTY = (DAYS[3], DAYS[40], DAYS[41], DAYS[42])  # days without rows
REQUESTS = ("marginals", "leaves", "moments", "crosstab", "repeats")


class CountingDuck(DuckEngine):
    """DuckDB that notes every aggregate it is asked for: the request and the days of its windows."""

    def __init__(self, **options):
        super().__init__(**options)
        self.asked = []


def _noted(name):
    own = getattr(DuckEngine, name)

    def request(self, source, *args, **options):
        self.asked.append(
            (name, [(window.first, window.last) for window in options.get("windows", ())], options.get("where"))
        )
        return own(self, source, *args, **options)

    return request


for _name in REQUESTS:
    setattr(CountingDuck, _name, _noted(_name))


def hostile_days(rows=6000, seed=5):
    """Rows of a hundred days: NULL times, ties, the last microsecond of days, days of one row or none, an all-NULL rating, Chinese, NULL dimensions."""
    rng = np.random.default_rng(seed)
    open_days = [day for day in DAYS if day not in EMPTY]
    day = rng.integers(0, len(open_days), rows)
    day = np.where(day == 10, 11, day)  # one row that day, below
    at = pd.Series([pd.Timestamp(open_days[d]) for d in day]).astype("datetime64[us]") + pd.to_timedelta(
        rng.integers(0, 86_400, rows), unit="s"
    )
    at[0] = pd.Timestamp(open_days[10]) + pd.Timedelta("12:00:00")
    at[1:9] = pd.to_datetime(["2023-12-31 23:59:59.999999", "2024-01-01 00:00:00", "2024-02-29 00:00:00.000001", "2024-02-29 23:59:59.999999",
                              "2024-03-01 00:00:00", "2024-03-31 02:30:00", "2024-03-31 02:30:00", "2024-03-31 03:00:00"], format="ISO8601")  # fmt: skip
    at[9:60] = at[9]  # the same second
    at[60:75] = pd.NaT
    hole = lambda values, share: [None if gone else v for v, gone in zip(values, rng.random(rows) < share, strict=True)]
    rating = pd.Series(hole(rng.integers(1, 6, rows).tolist(), 0.3), dtype="Int64")
    rating[(at >= "2024-01-20") & (at < "2024-01-23")] = pd.NA
    frame = pd.DataFrame({
        "row_key": [f"r{i:05d}" for i in range(rows)],
        "at": at,
        "rating": rating,
        "渠道": hole(rng.choice(["电话", "it's online", 'say "hi"', "", NULL_LEVEL + "x"], rows).tolist(), 0.1),
        "team": hole([f"T{int(k)}" for k in 30 * rng.random(rows) ** 2], 0.05),
        "vip": pd.Series(hole((rng.random(rows) < 0.3).tolist(), 0.1), dtype="boolean"),
        "site": pd.Series(hole(rng.integers(-2, 4, rows).tolist(), 0.05), dtype="Int64"),
        "wait_s": np.where(rng.random(rows) < 0.1, np.nan, rng.exponential(60, rows)),
        "agent_id": hole([f"a{int(k)}" for k in rng.integers(0, 80, rows)], 0.1),
        "joined": pd.Series(hole(rng.choice(pd.date_range("2020-01-01", periods=9), rows).tolist(), 0.1), dtype="datetime64[us]"),
    })  # fmt: skip
    return frame.sample(frac=1, random_state=seed, ignore_index=True)
