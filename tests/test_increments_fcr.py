"""Who came back, summed by day: exactly the full recomputation, run after run, whatever comes late and whoever turns out to be a shared line."""

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from increments_made import CountingDuck
from same_tables import assert_same

from ccsat.engine import NULL_LEVEL, DuckEngine, Window
from ccsat.engine.repeats import Issues
from ccsat.increments import DailyEngine

START = datetime(2023, 12, 23)
N_DAYS = 100


def hostile(rows=1600, seed=7):
    """Few customers over a hundred days: gaps of exactly the windows, the same second, midnights, runs of redials over midnights, a contact of three
    days, ends before starts, no ends, days without contacts, shared lines that show only late, NULLs."""
    rng = np.random.default_rng(seed)
    customer = [f"u{int(k)}" for k in 150 * rng.random(rows) ** 2]
    day = rng.choice([d for d in range(N_DAYS) if d not in (30, 31, 32, 60)], rows)
    at = [
        START + timedelta(days=int(d), seconds=int(s)) for d, s in zip(day, rng.integers(0, 86_400, rows), strict=True)
    ]
    long = rng.exponential(400, rows).astype(int)
    dropped = (rng.random(rows) < 0.08).astype(int)
    opens = (rng.random(rows) < 0.92).astype(int)
    hole = lambda values, share: [None if gone else v for v, gone in zip(values, rng.random(rows) < share, strict=True)]
    for i in range(0, 150, 3):  # to the second of a window and of the look-back, and one second more
        customer[i : i + 3] = [f"w{i}"] * 3
        at[i] = START + timedelta(days=int(rng.integers(0, 80)), seconds=int(rng.integers(0, 86_400)))
        at[i + 1] = at[i] + timedelta(seconds=int(long[i]), hours=(2, 24, 48, 168)[i // 3 % 4])
        at[i + 2] = at[i + 1] + timedelta(seconds=int(long[i + 1]) + 1, hours=(2, 24, 48, 168)[i // 3 % 4])
    for i in range(150, 200, 2):  # the same second, at midnight
        customer[i + 1] = customer[i]
        at[i] = at[i + 1] = START + timedelta(days=int(day[i]))
    for run, i in enumerate(
        range(200, 320, 12)
    ):  # runs of redials over midnight, one of them of eleven broken calls of hours each
        midnight = START + timedelta(days=5 + 9 * run)
        for k in range(12):
            customer[i + k], dropped[i + k], opens[i + k] = f"r{run}", int(k < 11), 1
            long[i + k] = 7200 if run == 4 else 120
            at[i + k] = midnight - timedelta(minutes=15) + timedelta(seconds=k * (int(long[i + k]) + 299))
    for i in range(320, 326):  # contacts of days
        long[i] = 3 * 86_400 + 5
    for line, i in enumerate(range(330, 480, 50)):  # ordinary for weeks, then a shared line
        for k in range(50):
            customer[i + k] = f"总机{line}"
            spread = k < 25
            at[i + k] = START + timedelta(
                days=3 * k + line if spread else 76 + 5 * line, minutes=int(rng.integers(0, 2000))
            )
    return pd.DataFrame({
        "contact_id": [f"c{i:05d}" for i in rng.permutation(rows)],
        "customer_id": hole(customer, 0.02),
        "started_at": pd.Series(hole(at, 0.01), dtype="datetime64[us]"),
        "ended_at": pd.Series(hole([a + timedelta(seconds=int(s) if i % 50 else -99) for i, (a, s) in enumerate(zip(at, long, strict=True))], 0.03), dtype="datetime64[us]"),
        "渠道": hole(rng.choice(["电话", "it's online"], rows).tolist(), 0.02),
        "l'1": hole(rng.choice(["资费", "O'Brien", "", "fault"], rows, p=[0.6, 0.2, 0.1, 0.1]).tolist(), 0.05),
        "ticket_id": hole([f"t{int(k)}" for k in rng.integers(0, 300, rows)], 0.6),
        "counts": (rng.random(rows) < 0.97).astype(int),
        "judged": (rng.random(rows) < 0.8).astype(int),
        "opens": opens,
        "dropped": dropped,
        "fails": (rng.random(rows) < 0.01).astype(int),
        "team": hole(rng.choice(["A", "B", "ü"], rows).tolist(), 0.1),
    })  # fmt: skip


FRAME = hostile()
ALL = Issues(issue="l'1", counts="counts", judged="judged", opens="opens", dropped="dropped", fails="fails")
CASES = {
    "plain": Issues(),
    "rolling": Issues(issue="l'1", lookback_h=None),
    "by topic or ticket": Issues(issue="l'1", ticket="ticket_id"),
    "by ticket, nobody left out": Issues(issue="ticket_id", shared=None),
    "redials": Issues(issue="l'1", dropped="dropped"),
    "everything": ALL,
    "everything, rolling, by channel": replace(ALL, lookback_h=None, channel="渠道"),
    "everything, by ticket too": replace(ALL, ticket="ticket_id", hours=(0.05, 72)),
    "no ends": Issues(ended=None, issue="l'1", hours=(24,)),
    "a short look back, small lines": Issues(issue="l'1", lookback_h=2, shared=3),
}  # fmt: skip
WINDOWS = (Window("它's", START.date(), START.date() + timedelta(50)), Window("later", START.date() + timedelta(76), START.date() + timedelta(99)), Window("never", START.date() - timedelta(9), START.date() - timedelta(1)))  # fmt: skip


def until(day, frame=FRAME):
    """What is known at the end of a day."""
    return frame[~(frame["started_at"] >= START + timedelta(days=day))]


def both(folder, frame, issues, **options):
    """The answer summed by day and the engine's own, and what the first came to."""
    content = options.pop("content", True)
    engine = CountingDuck()
    engine.register("events", frame)
    with DailyEngine(engine, folder, content=content) as daily:
        found = daily.repeats("events", issues, **options)
        asked = list(engine.asked)
        return found, DuckEngine.repeats(engine, "events", issues, **options), daily.account, asked


def check(folder, frame, issues, **options):
    found, wanted, account, asked = both(folder, frame, issues, **options)
    assert_same(found, wanted)
    return found, account, asked


@pytest.mark.parametrize("case", CASES)
def test_runs_week_by_week_equal_the_full_recomputation(case, tmp_path):
    """Each run reads what the runs before it have stored; the last one reads most days and has lines to take out of old ones."""
    for day in (37, 65, 78, 86, 99, 100):
        _, account, _ = check(tmp_path, until(day), CASES[case])
    assert account.read > 60
    _, account, _ = check(tmp_path, FRAME, CASES[case], windows=WINDOWS)
    assert account.read > 80


@pytest.mark.slow
@pytest.mark.parametrize("case", ["everything", "everything, by ticket too"])
def test_a_hundred_days_day_by_day_equal_the_full_recomputation(case, tmp_path):
    for day in range(1, N_DAYS + 1):
        check(tmp_path, until(day), CASES[case], by=("team",) if day % 2 else ())


def test_as_of_moves_over_the_same_data(tmp_path):
    """Also backwards: a day that was settled later is not taken for settled before."""
    for day in (100, 50, 51, 77, 78, 20, 99, 0):
        check(tmp_path, FRAME, replace(ALL, as_of=START + timedelta(days=day, hours=13)))


def test_dimensions_slices_and_windows(tmp_path):
    for day in (90, 100):
        for options in ({"by": ("team", "渠道")}, {"by": ("team",), "windows": WINDOWS}, {"where": {"team": ["A", NULL_LEVEL]}, "windows": WINDOWS[:1]},
                        {"where": {"customer_id": ["u1", "总机1", "总机2"]}}):  # fmt: skip
            check(tmp_path, until(day), ALL, **options)


def test_the_data_have_what_is_hard(tmp_path):
    """Lines that show late take part in early days; each rule moves a number."""
    early, late = until(70), FRAME
    with DuckEngine() as engine:
        lines = [engine.repeats_left_out(engine.register("events", frame), ALL) for frame in (early, late)]
        numbers = {case: tuple(engine.repeats("events", issues).to_numpy().ravel()) for case, issues in CASES.items()}
    assert lines[0]["shared_lines"] < lines[1]["shared_lines"] and lines[1]["redials"] > 80
    assert len(set(numbers.values())) == len(CASES)
    before, _, _ = check(tmp_path, early, ALL, windows=WINDOWS[:1])
    after, _, _ = check(tmp_path, late, ALL, windows=WINDOWS[:1])
    assert (after["judged"] < before["judged"]).all()  # contacts of December are taken out in March


def test_only_the_days_that_can_change_are_computed_from_a_slice(tmp_path):
    """A new day: itself, the days that are not settled, and a slice as long as the look-back; the rest is read."""
    issues = Issues(issue="l'1")
    plain = FRAME[(FRAME["ended_at"] - FRAME["started_at"] < pd.Timedelta("1h")) | FRAME["ended_at"].isna()]
    check(tmp_path, until(98, plain), issues)
    found, account, asked = check(tmp_path, until(99, plain), issues)
    assert account.computed <= 5 and account.read > 80
    first, *others = [name for name, *_ in asked]
    assert first == "repeats" and others in ([], ["repeats"])  # one for the days, one for the lines' own events


def late_rows(frame, day, customers, seed=1):
    """Contacts of customers that arrive late, on one day."""
    rng = np.random.default_rng(seed)
    rows = frame.sample(len(customers), random_state=seed).copy()
    start = [START + timedelta(days=day, seconds=int(s)) for s in rng.integers(0, 86_400, len(customers))]
    return rows.assign(contact_id=[f"late{day}-{seed}-{i}" for i in range(len(rows))], customer_id=customers, started_at=pd.Series(start, index=rows.index, dtype="datetime64[us]"),
                       ended_at=pd.Series([s + timedelta(seconds=int(x)) for s, x in zip(start, rng.choice([60, 900, 400_000], len(rows)), strict=True)], index=rows.index, dtype="datetime64[us]"),
                       counts=1, judged=1, opens=1)  # fmt: skip


@pytest.mark.parametrize("case", ["everything", "rolling", "everything, by ticket too"])
def test_late_corrected_and_vanished_rows_of_any_day(case, tmp_path):
    """Days that the change reaches, before and after it, are computed anew; the others are read."""
    frame, seen = until(90), []
    check(tmp_path, frame, CASES[case])
    for step, day in enumerate((20, 4, 55, 31, 88, 0, 70)):
        frame = pd.concat(
            [frame, late_rows(frame, day, ["u1", "u3", "r2", "w9", "总机0"], seed=step)], ignore_index=True
        )
        if step % 2:
            frame = frame.drop(frame.index[step * 40 : step * 40 + 3]).reset_index(drop=True)
        if step % 3 == 0:
            frame.loc[step + 5, "ended_at"] = frame["started_at"].max()  # a contact that now lasts for weeks
        _, account, _ = check(tmp_path, frame, CASES[case])
        seen.append(account.read)
    assert max(seen) > 30


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_random_changes_one_after_the_other(seed, tmp_path):
    """Small data changed in every way, forty times; stored days of all the states before lie in the folder."""
    rng = np.random.default_rng(seed)
    frame = hostile(rows=500, seed=seed)
    options = [{}, {"by": ("team",)}]
    issues = [
        replace(ALL, lookback_h=float(rng.choice([2, 168])), shared=int(rng.choice([2, 5, 20]))),
        Issues(issue="l'1", dropped="dropped", shared=3),
    ][seed % 2]
    for step in range(40):
        what = rng.choice(["late", "gone", "end", "customer", "day", "flag"])
        at = frame.index[rng.integers(0, len(frame), 3)]
        if what == "late":
            frame = pd.concat(
                [
                    frame,
                    late_rows(
                        frame,
                        int(rng.integers(0, 100)),
                        rng.choice(frame["customer_id"].dropna(), 4).tolist(),
                        seed=step,
                    ),
                ],
                ignore_index=True,
            )
        elif what == "gone":
            frame = frame.drop(at).reset_index(drop=True)
        elif what == "end":
            frame.loc[at, "ended_at"] = frame.loc[at, "started_at"] + pd.to_timedelta(
                rng.choice([10, 90_000, 900_000], 3), unit="s"
            )
        elif what == "customer":
            frame.loc[at, "customer_id"] = frame["customer_id"].iloc[0]
        elif what == "flag":
            frame.loc[at, "dropped"] = 1 - frame.loc[at, "dropped"]
        else:
            frame.loc[at, "started_at"] = START + timedelta(days=int(rng.integers(0, 100)), hours=3)
        known = until(int(rng.integers(60, 101)), frame)
        check(tmp_path, known, issues, **options[step % 2])


def test_where_only_rows_are_counted_new_days_are_exact_too(tmp_path):
    for day in (40, 70, 77, 84, 90, 97, 100):
        _, account, _ = check(tmp_path, until(day), ALL, content=False)
    assert account.read > 60


def test_nothing_comes_of_nothing(tmp_path):
    found, account, _ = check(tmp_path, FRAME.iloc[:0], ALL, by=("team",))
    assert found.empty and account.computed == 0
    check(tmp_path, FRAME[FRAME["started_at"].isna()], ALL)
    check(tmp_path, FRAME, replace(ALL, as_of=START - timedelta(days=6)), windows=WINDOWS)


def test_ends_and_starts_that_stand_for_never(tmp_path):
    """A contact that is still open ends in 9999; a start of 9999 or of the year 1 is of no day that could be kept."""
    frame = FRAME.copy()
    frame.loc[frame.index[::97], "ended_at"] = pd.Timestamp("9999-12-31 23:59:59").as_unit("us")
    for day in (80, 100):
        check(tmp_path, until(day, frame), ALL)
    for start in ("9999-12-31", "0001-01-01"):
        frame.loc[5, "started_at"] = pd.Timestamp(start).as_unit("us")
        _, account, _ = check(tmp_path, frame, Issues(issue="l'1", as_of=START + timedelta(days=90)))
        assert account.past == 1
