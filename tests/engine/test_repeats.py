"""The request `repeats` against a plain reference on hostile data: integers equal on every engine."""

import importlib.util
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ccsat.engine import NULL_LEVEL, DuckEngine, Window
from ccsat.engine.repeats import Issues
from ccsat.errors import ColumnError

KINDS = {"contact_id": "text", "customer_id": "text", "started_at": "time", "ended_at": "time", "渠道": "text", "l'1": "text",
         "ticket_id": "text", "counts": "integer", "judged": "integer", "opens": "integer", "dropped": "integer", "fails": "integer", "team": "text"}  # fmt: skip
START = datetime(2024, 3, 28)


@cache
def engines():
    spec = importlib.util.spec_from_file_location("engine_engines", Path(__file__).with_name("engines.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def hostile(rows=4000):
    """Few customers, so that they come back; shared lines, ties to the second, gaps of exactly the windows, no ends, ends before starts, NULLs."""
    rng = np.random.default_rng(11)
    customer = [f"u{int(k)}" for k in 900 * rng.random(rows) ** 2]
    at = [START + timedelta(seconds=int(s)) for s in rng.integers(0, 12 * 86_400, rows)]
    long = rng.exponential(400, rows).astype(int)
    for i in range(0, 300, 3):  # gaps to the second of a window, and one second more
        customer[i : i + 3] = [f"w{i}"] * 3
        at[i] = START + timedelta(seconds=int(rng.integers(0, 7 * 86_400)))
        at[i + 1] = at[i] + timedelta(seconds=int(long[i])) + timedelta(hours=(2, 24, 48)[i // 3 % 3])
        at[i + 2] = (
            at[i + 1] + timedelta(seconds=int(long[i + 1])) + timedelta(hours=(2, 24, 48)[i // 3 % 3], seconds=1)
        )
    for i in range(300, 400, 2):  # the same second
        customer[i + 1], at[i + 1] = customer[i], at[i]
    for i in range(400, 480):  # a switchboard
        customer[i], at[i] = "中央总机", at[400] + timedelta(minutes=int(rng.integers(0, 900)))
    for i in range(480, 600, 2):  # redials, some just too late
        customer[i + 1], at[i + 1] = customer[i], at[i] + timedelta(seconds=int(long[i]) + 300 + (i // 2 % 2))
    hole = lambda values, share: [None if gone else v for v, gone in zip(values, rng.random(rows) < share, strict=True)]
    frame = pd.DataFrame({
        "contact_id": [f"c{i:05d}" for i in rng.permutation(rows)],
        "customer_id": hole(customer, 0.03),
        "started_at": pd.Series(hole(at, 0.01), dtype="datetime64[us]"),
        "ended_at": pd.Series(hole([a + timedelta(seconds=int(s) if i % 50 else -99) for i, (a, s) in enumerate(zip(at, long, strict=True))], 0.04), dtype="datetime64[us]"),
        "渠道": hole(rng.choice(["电话", "it's online"], rows).tolist(), 0.02),
        "l'1": hole(rng.choice(["资费", "O'Brien", "", "fault"], rows, p=[0.6, 0.2, 0.1, 0.1]).tolist(), 0.05),
        "ticket_id": hole([f"t{int(k)}" for k in rng.integers(0, 900, rows)], 0.6),
        "counts": (rng.random(rows) < 0.97).astype(int),
        "judged": (rng.random(rows) < 0.8).astype(int),
        "opens": (rng.random(rows) < 0.9).astype(int),
        "dropped": ((rng.random(rows) < 0.05) | (np.arange(rows) // 2 % 5 == 0) & (np.arange(rows) >= 480) & (np.arange(rows) < 600) & (np.arange(rows) % 2 == 0)).astype(int),
        "fails": (rng.random(rows) < 0.01).astype(int),
        "team": hole(rng.choice(["A", "B", "ü"], rows).tolist(), 0.1),
    })  # fmt: skip
    frame.loc[480:599:2, "dropped"] = 1
    return frame


FRAME = hostile()
ALL = Issues(issue="l'1", counts="counts", judged="judged", opens="opens", dropped="dropped", fails="fails")
CASES = {
    "plain": Issues(),
    "by topic": Issues(issue="l'1"),
    "rolling": Issues(issue="l'1", lookback_h=None),
    "by topic or ticket": Issues(issue="l'1", ticket="ticket_id"),
    "rolling by topic or ticket": Issues(issue="l'1", ticket="ticket_id", lookback_h=None),
    "by ticket": Issues(issue="ticket_id", shared=None),
    "same channel": Issues(issue="l'1", channel="渠道"),
    "redials": Issues(issue="l'1", dropped="dropped"),
    "everything": ALL,
    "everything, rolling": replace(ALL, lookback_h=None, channel="渠道"),
    "everything, by ticket too": replace(ALL, ticket="ticket_id", hours=(0.5, 72)),
    "no ends": Issues(ended=None, issue="l'1", hours=(24,)),
    "as of a day": replace(ALL, as_of=START + timedelta(days=6)),
    "before the data": Issues(as_of=START - timedelta(days=6)),
    "a short look back": Issues(issue="l'1", lookback_h=2, shared=3),
}  # fmt: skip


def reference(frame, issues):
    """Every rule spelled out, contact by contact. Returns judged contacts and what was left out."""
    gone = lambda value: value is None or value is pd.NaT or value != value
    rows = []
    for row in frame.to_dict("records"):
        get = lambda name, row=row: None if name is None or gone(row[name]) else row[name]
        start, end = get(issues.started), get(issues.ended)
        flag = lambda name, row=row: 1 if name is None else row[name]
        rows.append({"id": row[issues.id], "who": get(issues.customer), "start": start, "end": start if end is None or start is None or end < start else end,
                     "issue": get(issues.issue) if issues.issue else 1, "ticket": get(issues.ticket), "channel": get(issues.channel), "counts": flag(issues.counts),
                     "judged": flag(issues.judged), "opens": flag(issues.opens), "dropped": row[issues.dropped] if issues.dropped else 0,
                     "fails": row[issues.fails] if issues.fails else 0, "row": row})  # fmt: skip
    starts = [r["start"] for r in rows if r["start"] is not None]
    last = max(starts) if starts else datetime(1900, 1, 1)
    as_of = last if issues.as_of is None else min(last, issues.as_of)
    out = dict.fromkeys(["no_time", "later", "no_customer", "no_issue"], 0)
    known, fails = [], []
    for r in rows:
        there = r["start"] is not None and r["start"] <= as_of and r["who"] is not None
        fails += [r] if there and r["fails"] else []
        if r["counts"] != 1:
            continue
        if r["start"] is None:
            out["no_time"] += 1
        elif r["start"] > as_of:
            out["later"] += 1
        elif r["who"] is None:
            out["no_customer"] += 1
        else:
            known.append(r)
    by_who = {}
    for r in sorted(known, key=lambda r: (r["start"], r["id"].encode())):
        by_who.setdefault(r["who"], []).append(r)
    out["no_issue"] = sum(r["issue"] is None and r["ticket"] is None for r in known)
    longest = timedelta(hours=max(issues.hours))
    if issues.shared is not None:
        lines = {
            who
            for who, own in by_who.items()
            for a, b in zip(own, own[issues.shared :], strict=False)
            if b["start"] - a["start"] <= longest
        }
        out |= {"shared_lines": len(lines), "shared": sum(len(by_who[who]) for who in lines)}
        by_who = {who: own for who, own in by_who.items() if who not in lines}
    judged, redials = [], 0
    for who, own in by_who.items():
        stream, before = [], {}
        for r in own:
            if r["issue"] is None and r["ticket"] is None:
                continue
            kind = r["opens"] if issues.opens else 1
            last_one = before.get(kind)
            if issues.dropped and kind == 1 and last_one and last_one["dropped"] == 1 and r["start"] <= last_one["end"] + timedelta(seconds=issues.redial_s):  # fmt: skip
                redials += 1
                head = last_one["head"]
                head["end_m"], head["judged_m"] = max(head["end_m"], r["end"]), max(head["judged_m"], r["judged"])
                before[kind] = r | {"head": head}
                continue
            r["end_m"], r["judged_m"] = r["end"], r["judged"]
            before[kind] = r | {"head": r}
            stream.append(r)
        for i, r in enumerate(stream):
            like = lambda o, r=r: (
                (o["issue"] == r["issue"] and r["issue"] is not None) or (r["ticket"] is not None and o["ticket"] == r["ticket"])
            ) and o["channel"] == r["channel"]  # fmt: skip
            after = [o["start"] for o in stream[i + 1 :] if like(o)] + [
                f["start"] for f in fails if f["who"] == who and f["start"] >= r["start"]
            ]
            ends = [o["end_m"] for o in stream[:i] if like(o) and o["opens"] == 1]
            if ends and issues.opens is None:  # the one before, of either key
                keys = [[o["end_m"] for o in stream[:i] if same(o) and o["channel"] == r["channel"]] for same in (
                    lambda o, r=r: r["issue"] is not None and o["issue"] == r["issue"],
                    lambda o, r=r: r["ticket"] is not None and o["ticket"] == r["ticket"])]  # fmt: skip
                ends = [one[-1] for one in keys if one]
            first = issues.lookback_h is None or not ends or r["start"] > max(ends) + timedelta(hours=issues.lookback_h)
            if r["judged_m"] and r["end_m"] <= as_of and first:
                judged.append((r, min(after, default=None)))
    if issues.dropped:
        out["redials"] = redials
    return judged, out, as_of


def expected(frame, issues, by=(), windows=(), where=None):
    judged, _, as_of = reference(frame, issues)
    lines = []
    for r, after in judged:
        level = {name: NULL_LEVEL if pd.isna(r["row"][name]) else r["row"][name] for name in [*by, *(where or {})]}
        period = next((i for i, w in enumerate(windows) if w.first <= r["start"].date() <= w.last), None)
        if (windows and period is None) or any(level[name] not in values for name, values in (where or {}).items()):
            continue
        for h in issues.hours:
            wide = timedelta(hours=h)
            ripe, back = r["end_m"] <= as_of - wide, after is not None and after <= r["end_m"] + wide
            lines.append({"p": period, **{name: level[name] for name in by}, "hours": float(h), "judged": 1, "n": int(ripe), "repeated": int(ripe and back),
                          "immature": int(not ripe), "early": int(not ripe and back)})  # fmt: skip
    sums = ["judged", "n", "repeated", "immature", "early"]
    table = pd.DataFrame(lines, columns=["p", *by, "hours", *sums])
    table["p"] = table["p"].fillna(-1).astype(int)
    table = table.groupby(["p", *by, "hours"], as_index=False)[sums].sum()
    if windows:
        table["period"] = [windows[i].label for i in table["p"]]
    return table[[*(["period"] if windows else []), *by, "hours", *sums]]


@pytest.fixture(scope="module", params=engines().ENGINES)
def engine(request, tmp_path_factory):
    with engines().opened(request.param, tmp_path_factory, FRAME, KINDS) as opened:
        yield opened


@cache
def wanted(case):
    return expected(FRAME, CASES[case])


@cache
def aside(case):
    return reference(FRAME, CASES[case])[1]


@pytest.mark.parametrize("case", CASES)
def test_an_engine_counts_as_the_reference(engine, case):
    engine, source, _ = engine
    found = engine.repeats(source, CASES[case])
    pd.testing.assert_frame_equal(found, wanted(case), check_dtype=False)
    assert [str(t) for t in found.dtypes] == ["float64"] + ["int64"] * 5
    left = engine.repeats_left_out(source, CASES[case])
    assert left == aside(case)


def test_the_hostile_data_are_hostile():
    """Each rule changes a number of the reference: what the engines agree on is not the easy part."""
    numbers = {case: tuple(wanted(case).to_numpy().ravel()) for case in CASES}
    different = [
        "plain",
        "by topic",
        "rolling",
        "by topic or ticket",
        "by ticket",
        "same channel",
        "redials",
        "everything",
        "as of a day",
    ]
    assert len({numbers[case] for case in different}) == len(different)
    out = aside("everything")
    assert all(out[name] > 0 for name in ("no_time", "no_customer", "no_issue", "shared_lines", "shared", "redials"))
    table = wanted("by topic").set_index("hours")
    assert (table["early"] > 0).any() and (table["immature"] > table["early"]).all()


WINDOWS = (Window("它's", date(2024, 3, 28), date(2024, 3, 31)), Window("later", date(2024, 4, 2), date(2024, 4, 8)), Window("never", date(2031, 1, 1), date(2031, 1, 2)))  # fmt: skip


def test_dimensions_periods_and_slices_divide_what_is_judged_only(engine):
    engine, source, _ = engine
    options = {"by": ("team", "渠道"), "windows": WINDOWS, "where": {"team": ["A", NULL_LEVEL]}}
    found = engine.repeats(source, ALL, **options)
    mine = expected(FRAME, ALL, **options)
    order = ["period", "team", "渠道", "hours"]
    pd.testing.assert_frame_equal(found.sort_values(order, ignore_index=True), mine.sort_values(order, ignore_index=True), check_dtype=False)  # fmt: skip
    whole, parts = engine.repeats(source, ALL), engine.repeats(source, ALL, by=("team",))
    sums = ["judged", "n", "repeated", "immature", "early"]
    assert (parts.groupby("hours")[sums].sum().to_numpy() == whole[sums].to_numpy()).all()


def test_nothing_comes_of_nothing(engine):
    engine, source, nothing = engine
    assert engine.repeats(nothing, ALL).empty and engine.repeats(source, CASES["before the data"]).empty
    assert list(engine.repeats(nothing, ALL, by=("team",)).columns) == [
        "team",
        "hours",
        "judged",
        "n",
        "repeated",
        "immature",
        "early",
    ]
    assert not any(engine.repeats_left_out(nothing, ALL).values())


def test_rows_carry_their_own_columns(engine):
    engine, source, _ = engine
    rows = engine.query(f"SELECT * FROM ({engine.repeat_rows(source, ALL, columns=['team', '渠道'])}) q")
    judged, _, _ = reference(FRAME, ALL)
    assert sorted(rows[(rows["judged"] == 1) & (rows["first"] == 1)]["id"]) == sorted(r["id"] for r, _ in judged)
    assert {"team", "渠道", "next_at"} <= set(rows.columns)


def contacts(*rows):
    """Contacts of one customer and topic: minutes after the start, and how long."""
    at = [START + timedelta(minutes=m) for m, _ in rows]
    return pd.DataFrame({"contact_id": [f"{i}" for i in range(len(rows))], "customer_id": "u", "started_at": at,
                         "ended_at": [a + timedelta(minutes=m) for a, (_, m) in zip(at, rows, strict=True)]})  # fmt: skip


def judged_of(frame, issues):
    with DuckEngine() as engine:
        return engine.repeats(engine.register("t", frame), issues).set_index("hours")


def test_the_interval_is_closed_and_begins_when_the_contact_ends():
    far = (10 * 1440, 1)
    for minutes, repeated in ((5 + 120, 1), (5 + 120 + 1 / 60, 0)):
        found = judged_of(contacts((0, 5), (minutes, 1), far), Issues(hours=(2,)))
        assert found.loc[2, "repeated"] == repeated


def test_the_same_second_is_a_repeat_once():
    found = judged_of(contacts((0, 5), (0, 5), (10 * 1440, 1)), Issues(hours=(2,), lookback_h=None))
    assert found.loc[2, "n"] == 2 and found.loc[2, "repeated"] == 1


def test_a_contact_is_mature_from_the_very_second():
    day = 1440
    assert judged_of(contacts((0, 5), (day + 5, 0)), Issues(hours=(24,))).loc[
        24, ["n", "repeated", "immature"]
    ].tolist() == [1, 1, 0]
    assert judged_of(contacts((0, 5), (day + 4, 0)), Issues(hours=(24,))).loc[
        24, ["n", "immature", "early"]
    ].tolist() == [0, 1, 1]


def test_an_unknown_column_is_named():
    with DuckEngine() as engine, pytest.raises(ColumnError, match="topic"):
        engine.repeats(engine.register("t", contacts((0, 1))), Issues(issue="topic"))
