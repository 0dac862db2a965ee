"""Days are kept for every engine: what is read from files equals what the engine computes, also after a day changed."""

import importlib.util
from pathlib import Path

import pandas as pd
import pytest
from increments_made import hostile_days
from same_tables import assert_same
from test_increments import CASES, OPEN
from test_increments_fcr import ALL, FRAME, WINDOWS

from ccsat.increments import DailyEngine
from ccsat.increments.states import states_of

spec = importlib.util.spec_from_file_location("all_engines", Path(__file__).parent / "engine" / "engines.py")
engines = importlib.util.module_from_spec(spec)
spec.loader.exec_module(engines)

DAYS = hostile_days(rows=1500)
KINDS = {"row_key": "text", "at": "time", "rating": "integer", "渠道": "text", "team": "text", "vip": "boolean", "site": "integer", "wait_s": "float",
         "agent_id": "text", "joined": "time"}  # fmt: skip
EVENTS = dict.fromkeys(("contact_id", "customer_id", "渠道", "l'1", "ticket_id", "team"), "text") | dict.fromkeys(("started_at", "ended_at"), "time") \
    | dict.fromkeys(("counts", "judged", "opens", "dropped", "fails"), "integer")  # fmt: skip
ASKED = (
    "sets",
    "rows with support",
    "leaves",
    "moments",
    "clusters",
    "clusters by segment",
    "crosstab",
    "crosstab by day",
)
NAMES = [
    "portable texts",
    "parquet",
    *(pytest.param(name, marks=pytest.mark.slow) for name in ("postgres", "clickhouse", "spark")),
]


@pytest.mark.parametrize("name", NAMES)
def test_aggregates_of_days(name, tmp_path, tmp_path_factory):
    with engines.opened(name, tmp_path_factory, DAYS, KINDS) as (engine, source, _):
        wanted = {case: CASES[case](engine, source, OPEN) for case in ASKED}
        for run in range(2):
            daily = DailyEngine(engine, tmp_path)
            for case in ASKED:
                assert_same(CASES[case](daily, source, OPEN), wanted[case])
            assert (daily.account.computed == 0) == bool(run) and daily.account.past == 0


@pytest.mark.parametrize("name", NAMES)
def test_who_came_back_by_day(name, tmp_path, tmp_path_factory):
    frame = FRAME.sort_values("contact_id", ignore_index=True)
    with engines.opened(name, tmp_path_factory, frame, {column: EVENTS[column] for column in frame.columns}) as (
        engine,
        source,
        _,
    ):
        options = {"by": ("team",), "windows": WINDOWS}
        wanted = engine.repeats(source, ALL, **options)
        for run in range(2):
            daily = DailyEngine(engine, tmp_path)
            assert_same(daily.repeats(source, ALL, **options), wanted)
            assert not run or daily.account.read > 80


@pytest.mark.parametrize("name", NAMES)
def test_the_state_of_a_day_tells_every_change(name, tmp_path_factory):
    """The order of rows makes no difference; two values that change places do, and so does a value that goes."""
    frame = DAYS.head(60).assign(at=pd.Timestamp("2024-02-29 23:59:59"))
    swapped, empty = frame.copy(), frame.copy()
    first, second = (frame.index[frame["team"] == team][0] for team in frame["team"].dropna().unique()[:2])
    swapped.loc[[first, second], "team"] = frame.loc[[second, first], "team"].to_numpy()
    empty.loc[first, "wait_s"] = float("nan") if frame["wait_s"].notna()[first] else 1.5
    states = []
    for one in (frame, frame.iloc[::-1].reset_index(drop=True), swapped, empty):
        with engines.opened(name, tmp_path_factory, one, KINDS) as (engine, source, _):
            found = states_of(engine, source, engine.columns(source), at="at", content=True)
            assert list(found) == ["2024-02-29"] and found["2024-02-29"].startswith("60/")
            assert states_of(engine, source, engine.columns(source), at="at", content=False) == {"2024-02-29": "60"}
            states.append(found["2024-02-29"])
    assert states[0] == states[1] and len(set(states)) == 3
