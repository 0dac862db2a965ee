"""Twenty thousand rows that engines like to disagree about."""

from datetime import date, time

import numpy as np
import pandas as pd

from ccsat.engine import NULL_LEVEL

KINDS = {"row_key": "text", "at": "time", "rating": "integer", "channel": "text", 'reg"ion\'s': "text", "产品": "text", "site": "integer",
         "vip": "boolean", "wait_s": "float", "income": "float", "transfers": "integer", "agent_id": "text", "empty": "integer",
         "joined": "date", "starts": "clock"}  # fmt: skip
LEVELS = [
    "Chat",
    "O'Brien",
    'say "hi"',
    "",
    " ",
    "100%",
    "back\\slash",
    "中文渠道",
    "Ω",
    "chat",
    NULL_LEVEL + "x",
    "it''s; DROP TABLE",
    None,
]


def hostile(rows: int = 20_000) -> pd.DataFrame:
    """NULLs everywhere, a cell of NULL ratings, cells of one row, ties, the doubled hour, quotes, Chinese, an outlier's infinity."""
    rng = np.random.default_rng(20_240_331)
    start = np.datetime64("2024-03-01T00:00:00", "us")
    at = pd.Series(start + (rng.random(rows) * 75 * 86_400).astype("int64").astype("timedelta64[s]"))
    at[: rows // 10] = at[0]  # ties
    at[rows // 10 : rows // 10 + 6] = pd.to_datetime(
        ["2024-03-31 02:30:00", "2024-03-31 03:00:00", "2024-04-01 00:00:00", "2024-03-31 23:59:59.999999", "2024-04-30 23:59:59",
         "2024-05-01 00:00:00"], format="ISO8601")  # fmt: skip
    at[rng.random(rows) < 0.02] = pd.NaT

    def pick(levels, fall=1.3):
        weights = 1 / np.arange(1, len(levels) + 1) ** fall
        return pd.Series(rng.choice(np.array(levels, dtype=object), rows, p=weights / weights.sum()))

    def holes(values, share):
        return [None if hole else value for value, hole in zip(values, rng.random(rows) < share, strict=True)]

    frame = pd.DataFrame({
        "row_key": [f"r{i:06d}" for i in range(rows)],
        "at": at,
        "rating": pd.array(holes(rng.integers(1, 11, rows).tolist(), 0.4), dtype="Int8"),
        "channel": pick(LEVELS),
        'reg"ion\'s': pick([f"r'{i}\"" for i in range(30)] + [None]),
        "产品": pick([f"产品{i}" for i in range(12)] + [None], 0.5),
        "site": pd.array(holes(rng.integers(-2, 5, rows).tolist(), 0.1), dtype="Int32"),
        "vip": pd.array(holes((rng.random(rows) < 0.2).tolist(), 0.1), dtype="boolean"),
        "wait_s": holes(rng.exponential(60, rows).round(2).tolist(), 0.15),
        "income": (1e9 + rng.normal(0, 1, rows)).tolist(),
        "transfers": pd.array(holes(rng.poisson(0.4, rows).tolist(), 0.05), dtype="Int64"),
        "agent_id": pick([f"a{i}" for i in range(80)] + [None, NULL_LEVEL], 0.2),
        "empty": pd.array([None] * rows, dtype="Int64"),
        "joined": holes([date(2020, 1, 1 + int(i)) for i in rng.integers(0, 28, rows)], 0.1),
        "starts": holes([time(int(i), 30) for i in rng.integers(0, 24, rows)], 0.1),
    })  # fmt: skip
    frame["wait_s"] = frame["wait_s"].astype("float64")
    frame.loc[5, "wait_s"] = np.inf
    frame.loc[frame["channel"] == "Ω", "rating"] = pd.NA  # a cell where nobody answered
    frame.loc[7, ["channel", "产品"]] = ["one row", "产品 one row"]
    frame.loc[7, ["rating", "at"]] = [3, pd.Timestamp("2024-04-02 12:00:00")]
    return frame
