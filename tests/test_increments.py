"""Sums of stored days: equal to the full recomputation, whatever the dates, and only what is missing is computed."""

import json
import subprocess
import sys
import textwrap
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from increments_made import DAYS, EMPTY, CountingDuck, hostile_days
from same_tables import assert_same

from ccsat.engine import NULL_LEVEL, DuckEngine, Window
from ccsat.errors import CcsatError
from ccsat.increments import DailyEngine, last_account, prune
from ccsat.increments.identity import base_of

FRAME = hostile_days()
DIMS = ("渠道", "team", "vip")
SETS = [(), ("渠道",), ("team",), ("vip", "渠道"), ("team", "渠道", "vip"), ("site",)]
SOME = {"渠道": ["电话", NULL_LEVEL], "site": [1, 2, None]}
ROW_WISE = 'SELECT f.*, CASE WHEN rating >= 4 THEN 1.0 WHEN rating < 4 THEN 0.0 END AS score FROM (SELECT * FROM "rows") f WHERE vip IS NOT NULL'
CASES = {
    "sets": lambda e, s, w: e.marginals(s, SETS, outcome="rating", windows=w),
    "sets of rows": lambda e, s, w: e.marginals(s, SETS, outcome=None, windows=w),
    "sets with support": lambda e, s, w: e.marginals(s, SETS, outcome="rating", windows=w, min_support=25),
    "rows with support": lambda e, s, w: e.marginals(s, SETS, outcome=None, windows=w, min_support=25),
    "sets of a slice": lambda e, s, w: e.marginals(s, SETS, outcome="site", windows=w, where=SOME),
    "yes and no": lambda e, s, w: e.marginals(s, SETS[:3], outcome="vip", windows=w, where={"vip": True}),
    "nothing": lambda e, s, w: e.marginals(s, SETS[:3], outcome="rating", windows=w, where={"team": []}),
    "leaves": lambda e, s, w: e.leaves(s, DIMS, outcome="rating", windows=w),
    "moments": lambda e, s, w: e.moments(s, ["wait_s", "rating", "vip"], shifts={"wait_s": 60.0}, segments=["渠道", "site"], windows=w),
    "moments of all": lambda e, s, w: e.moments(s, ["wait_s"], windows=w),
    "moments of a source": lambda e, s, w: e.moments(ROW_WISE, ["score"], cluster="agent_id", windows=w),
    "clusters": lambda e, s, w: e.moments(s, ["wait_s"], shifts={"wait_s": 55.5}, cluster="agent_id", windows=w),
    "clusters by segment": lambda e, s, w: e.moments(s, ["rating"], segments=["渠道"], cluster="site", windows=w, where={"vip": [True, None]}),
    "crosstab": lambda e, s, w: e.crosstab(s, ["rating", "vip", "渠道", "joined"], windows=w),
    "crosstab by day": lambda e, s, w: e.crosstab(s, ["rating"], windows=w, by_day=True),
    "crosstab of a slice": lambda e, s, w: e.crosstab(s, ["team", "site"], windows=w, where={"joined": date(2020, 1, 2)}),
}  # fmt: skip
OPEN = (Window("all", date.min, date.max),)


def random_windows(count, seed=3):
    """Windows of one to sixty days, one or two at a time, also beyond both ends of the data."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        ends = sorted(rng.choice(np.arange(-5, 106), size=4, replace=False).tolist())
        day = lambda n: DAYS[0] + timedelta(int(n))
        pair = (Window("它's later", day(ends[2]), day(ends[3])), Window("baseline", day(ends[0]), day(ends[1])))
        made.append(pair if rng.random() < 0.7 else pair[:1])
    return made


@pytest.fixture(scope="module")
def direct():
    with DuckEngine() as engine:
        engine.register("rows", FRAME)
        yield engine


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("日 it's [1]")


def daily(folder, frame=FRAME, *, kind=CountingDuck, **options):
    engine = kind()
    engine.register("rows", frame)
    return DailyEngine(engine, folder, **options)


WINDOWS = [(), OPEN, *random_windows(6)]


@pytest.mark.parametrize("case", CASES)
def test_days_add_up_to_the_full_recomputation(case, direct, folder):
    for content, asked in ((True, WINDOWS), (False, WINDOWS[::3])):
        for windows in asked:
            with daily(folder / str(content), content=content) as engine:
                assert_same(CASES[case](engine, "rows", windows), CASES[case](direct, "rows", windows))


def test_the_conformance_cases_are_equal_too(tmp_path):
    """The suite that every engine passes, answered from nothing and then from files."""
    import importlib.util

    path = Path(__file__).parent / "engine" / "test_conformance.py"
    spec = importlib.util.spec_from_file_location("conformance", path)
    suite = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(suite)
    with DuckEngine() as direct:
        direct.register("hostile", suite.FRAME)
        wanted = {case: ask(direct, "hostile") for case, ask in suite.CASES.items()}
    for again in (False, True):
        engine = CountingDuck()
        engine.register("hostile", suite.FRAME)
        with DailyEngine(engine, tmp_path) as summed:
            for case, ask in suite.CASES.items():
                suite.assert_same(ask(summed, "hostile"), wanted[case])
        assert bool(engine.asked) or again
    assert all(
        where is not None and None in where["ccsat_day"] for *_, where in engine.asked if where
    )  # rows without a time are no day


def test_a_second_time_nothing_is_computed_and_a_new_day_is_one_request_of_one_day(tmp_path):
    windows = (Window("all", DAYS[0], DAYS[-1]),)
    known = FRAME[FRAME["at"] < pd.Timestamp(DAYS[-1])]
    with daily(tmp_path, known) as engine:
        first = CASES["sets"](engine, "rows", windows)
        assert len(engine.engine.asked) == 1
        assert (engine.account.read, engine.account.computed) == (0, 99 - len(EMPTY))
    with daily(tmp_path, known) as engine:
        assert_same(CASES["sets"](engine, "rows", windows), first)
        assert engine.engine.asked == []
        assert (engine.account.read, engine.account.computed) == (99 - len(EMPTY), 0)
    with daily(tmp_path) as engine:
        CASES["sets"](engine, "rows", windows)
        assert [(name, spans) for name, spans, _ in engine.engine.asked] == [("marginals", [(DAYS[-1], DAYS[-1])])]
        assert (engine.account.read, engine.account.computed) == (99 - len(EMPTY), 1)
        assert last_account(tmp_path) == engine.account


def test_only_the_days_of_a_window_are_computed(tmp_path):
    with daily(tmp_path) as engine:
        CASES["crosstab"](engine, "rows", (Window("a", DAYS[5], DAYS[9]),))
        CASES["crosstab"](engine, "rows", (Window("b", DAYS[4], DAYS[11]),))
        assert engine.engine.asked[1][1] == [(DAYS[4], DAYS[11])]
        assert engine.engine.asked[1][2]["ccsat_day"] == [day.isoformat() for day in (DAYS[4], DAYS[10], DAYS[11])]


def changed(how):
    """The frame with a change to 2024-01-15, and what it is."""
    old = pd.Timestamp("2024-01-15 10:00:00")
    inside = FRAME.index[FRAME["at"].dt.date == old.date()]
    if how == "late":
        return pd.concat(
            [FRAME, FRAME.iloc[:2].assign(at=old, row_key=["late1", "late2"], rating=pd.array([1, 5], "Int64"))],
            ignore_index=True,
        )
    if how == "gone":
        return FRAME.drop(inside[0])
    if how == "all gone":
        return FRAME.drop(inside)
    frame = FRAME.copy()
    frame.loc[inside[0], "team"] = "T99"
    return frame


@pytest.mark.parametrize("how", ["late", "gone", "all gone", "corrected"])
def test_a_day_that_changed_is_computed_anew_whichever_day_it_is(how, tmp_path):
    frame = changed(how)
    with daily(tmp_path) as engine:
        CASES["sets"](engine, "rows", ())
    with daily(tmp_path, frame) as engine, DuckEngine() as direct:
        direct.register("rows", frame)
        for case in CASES:
            assert_same(CASES[case](engine, "rows", ()), CASES[case](direct, "rows", ()))
    with daily(tmp_path / "b") as engine:
        CASES["sets"](engine, "rows", OPEN)
    with daily(tmp_path / "b", frame) as engine:
        CASES["sets"](engine, "rows", OPEN)
        assert engine.account.computed == (0 if how == "all gone" else 1)
        assert engine.account.days_late == (set() if how == "all gone" else {"2024-01-15"})


def test_where_only_rows_are_counted_the_last_days_are_always_computed_anew(tmp_path):
    """Days d-2..d; an earlier correction that leaves the number of rows as it was is not seen, an earlier late row is."""
    for _ in range(2):
        with daily(tmp_path, content=False) as engine:
            CASES["sets"](engine, "rows", OPEN)
    assert engine.account.computed == 3 and engine.engine.asked[0][1] == [(DAYS[-3], DAYS[-1])]
    last = FRAME.copy()
    last.loc[last["at"].dt.date == DAYS[-2], "team"] = "T98"
    with daily(tmp_path, last, content=False) as engine, DuckEngine() as direct:
        direct.register("rows", last)
        assert_same(CASES["sets"](engine, "rows", OPEN), CASES["sets"](direct, "rows", OPEN))
    with daily(tmp_path, changed("late"), content=False, late_days=0) as engine:
        CASES["sets"](engine, "rows", OPEN)
        assert (
            engine.account.days_late == {"2024-01-15"} and engine.account.computed == 3
        )  # and the last day, and the one that was not final
    with daily(tmp_path, changed("corrected"), content=False) as engine:
        CASES["sets"](engine, "rows", OPEN)
        assert "2024-01-15" not in engine.account.days_late


def test_support_is_asked_of_the_sum_not_of_the_day(tmp_path):
    """A cell of one row a day has the support of all its days."""
    rare = pd.DataFrame({"at": pd.to_datetime(DAYS).astype("datetime64[us]"), "team": "slow", "rating": 3})
    with daily(tmp_path, rare) as engine:
        found = engine.marginals(
            "rows", [("team",)], outcome="rating", windows=(Window("all", DAYS[0], DAYS[-1]),), min_support=30
        )
    assert found["team",]["n"].tolist() == [100]


def test_a_hundred_runs_day_by_day_leave_few_files_and_the_right_sums(tmp_path, direct):
    for n in (*range(1, 100, 5), 99, 100):
        known = FRAME[FRAME["at"] < pd.Timestamp(DAYS[n - 1]) + pd.Timedelta(days=1)]
        with daily(tmp_path, known) as engine:
            found = CASES["crosstab"](engine, "rows", OPEN)
        assert engine.account.computed <= 5
    assert_same(found, CASES["crosstab"](direct, "rows", OPEN))
    (place,) = [path for path in tmp_path.iterdir() if path.is_dir()]
    assert (
        len(list(place.glob("*.parquet"))) <= 9
        and json.loads((place / "specification.json").read_text("utf-8"))["request"]["request"] == "crosstab"
    )


@pytest.mark.parametrize("how", ["cut short", "one bit", "another specification", "no parquet", "empty", "gone"])
def test_a_file_that_cannot_be_trusted_is_computed_anew(how, tmp_path, direct):
    with daily(tmp_path) as engine:
        CASES["sets"](engine, "rows", OPEN)
        CASES["crosstab"](engine, "rows", OPEN)
    files = sorted(tmp_path.glob("*/*.parquet"))
    assert len(files) == 2
    whole = [file.read_bytes() for file in files]
    for file, other, content in zip(files, files[::-1], whole, strict=True):
        bad = {"cut short": content[: len(content) // 2], "another specification": dict(zip(files, whole, strict=True))[other], "no parquet": b"PAR1 hello PAR1",
               "one bit": content[:600] + bytes([content[600] ^ 4]) + content[601:], "empty": b""}.get(how)  # fmt: skip
        file.unlink() if bad is None else file.write_bytes(bad)
    with daily(tmp_path) as engine:
        for case in ("sets", "crosstab"):
            assert_same(CASES[case](engine, "rows", OPEN), CASES[case](direct, "rows", OPEN))
        assert engine.account.read == 0
    with daily(tmp_path) as engine:
        CASES["sets"](engine, "rows", OPEN)
        assert engine.account.computed == 0  # what was computed anew stands beside the bad file


KILLED = """
    import os, sys
    import pyarrow.parquet as pq
    sys.path.insert(0, {tests!r})
    from increments_made import hostile_days
    from test_increments import CASES, OPEN, daily
    own = pq.write_table
    def write(table, path, **options):
        own(table, path, **options)
        content = open(path, "rb").read()
        open(path, "wb").write(content[: len(content) // 2])
        os.kill(os.getpid(), 9)
    pq.write_table = write
    with daily({folder!r}) as engine:
        CASES["sets"](engine, "rows", OPEN)
"""


def run(text, **values):
    script = textwrap.dedent(text).format(tests=str(Path(__file__).parent), **values)
    return subprocess.Popen([sys.executable, "-c", script], cwd=Path(__file__).parents[1])


def test_a_process_that_is_killed_while_writing_leaves_no_half_file(tmp_path, direct):
    assert run(KILLED, folder=str(tmp_path)).wait(60) == -9
    assert not list(tmp_path.glob("*/*.parquet")) and list(tmp_path.glob("*/.*.tmp"))
    with daily(tmp_path) as engine:
        assert_same(CASES["sets"](engine, "rows", OPEN), CASES["sets"](direct, "rows", OPEN))
    assert len(list(tmp_path.glob("*/*.parquet"))) == 1


BESIDE = """
    import sys
    sys.path.insert(0, {tests!r})
    import ccsat.increments.identity
    ccsat.increments.identity.code_print = lambda: "same"  # the checkout may change while tests run
    from test_increments import CASES, OPEN, daily
    with daily({folder!r}) as engine:
        CASES["sets"](engine, "rows", OPEN)
"""


def test_two_runs_at_once_do_no_harm(tmp_path, direct, monkeypatch):
    monkeypatch.setattr("ccsat.increments.identity.code_print", lambda: "same")
    both = [run(BESIDE, folder=str(tmp_path)) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]
    with daily(tmp_path) as engine:
        assert_same(CASES["sets"](engine, "rows", OPEN), CASES["sets"](direct, "rows", OPEN))
        assert engine.account.computed == 0


def test_requests_that_no_day_can_answer_go_to_the_engine(tmp_path, direct):
    with daily(tmp_path) as engine:
        engine.register("later", FRAME)  # its name says nothing of what it holds
        assert_same(CASES["sets"](engine, "later", OPEN), CASES["sets"](direct, "rows", OPEN))
        inside = engine.marginals(
            'SELECT r.* FROM "rows" r WHERE row_key IN (SELECT row_key FROM later)', SETS, outcome=None
        )
        assert_same(inside, CASES["sets of rows"](direct, "rows", ()))
        timeless = 'SELECT team, rating FROM "rows"'
        assert_same(
            engine.marginals(timeless, [("team",)], outcome="rating"),
            direct.marginals(timeless, [("team",)], outcome="rating"),
        )
        assert engine.account.past == 3 and not list(tmp_path.glob("*/*.parquet"))


@pytest.mark.parametrize("ask", [
    lambda e: e.marginals("rows", [("nobody",)], outcome="rating"), lambda e: e.marginals("rows", [()], outcome="team"),
    lambda e: e.crosstab("rows", ["team"], at="joining", by_day=True), lambda e: e.moments("rows", ["wait_s", "rating"], cluster="team"),
    lambda e: e.leaves("rows", DIMS, outcome="rating", limit=20), lambda e: e.marginals("nowhere", [()], outcome=None),
    lambda e: e.marginals("rows", [("team",)], outcome=None, windows=(Window("a", DAYS[1], DAYS[0]),)),
])  # fmt: skip
def test_refusals_are_the_engine_s_own(ask, tmp_path, direct):
    with pytest.raises(CcsatError) as expected:
        ask(direct)
    with daily(tmp_path) as engine, pytest.raises(CcsatError) as caught:
        ask(engine)
    assert str(caught.value).replace("ccsat_day", "") == str(expected.value)


def test_leaves_too_many_by_day_but_not_together_are_answered(tmp_path, direct):
    most = len(direct.leaves("rows", ("team", "渠道"), outcome="rating"))
    with daily(tmp_path) as engine:
        assert_same(
            engine.leaves("rows", ("team", "渠道"), outcome="rating", limit=most),
            direct.leaves("rows", ("team", "渠道"), outcome="rating"),
        )


def test_days_that_are_hardly_smaller_than_their_rows_are_not_kept(tmp_path, direct, monkeypatch):
    """Reading them would cost more than computing; the request goes to the engine, then and later."""
    monkeypatch.setattr("ccsat.increments.days.SMALL", 100)
    for _ in range(2):
        with daily(tmp_path) as engine:
            assert_same(CASES["leaves"](engine, "rows", OPEN), CASES["leaves"](direct, "rows", OPEN))
            assert_same(CASES["crosstab by day"](engine, "rows", OPEN), CASES["crosstab by day"](direct, "rows", OPEN))
            assert engine.account.past == 1
    assert [name for name, *_ in engine.engine.asked] == ["leaves"]
    assert len(list(tmp_path.glob("*/*.parquet"))) == len(list(tmp_path.glob("*/not_kept.json"))) == 1


def test_days_of_very_many_cells_are_computed_in_lots(tmp_path, direct, monkeypatch):
    monkeypatch.setattr("ccsat.increments.days.CELLS_AT_ONCE", 1000)
    with daily(tmp_path) as engine:
        assert_same(CASES["sets"](engine, "rows", WINDOWS[2]), CASES["sets"](direct, "rows", WINDOWS[2]))
        assert len(engine.engine.asked) > 3
    monkeypatch.undo()
    with daily(tmp_path) as engine:
        assert_same(CASES["sets"](engine, "rows", WINDOWS[2]), CASES["sets"](direct, "rows", WINDOWS[2]))
        assert engine.account.computed == 0


@pytest.mark.parametrize(("source", "base"), [
    ("rows", "rows"), ('SELECT * FROM "facts"', 'SELECT * FROM "facts"'),
    ('SELECT f.*, CASE WHEN a = \'(\' THEN 1 END AS x FROM (SELECT * FROM "facts") f', 'SELECT * FROM "facts"'),
    ('SELECT f.* FROM (SELECT g.*, 1 AS y FROM (SELECT * FROM "facts") g) f WHERE y IS NOT NULL', 'SELECT * FROM "facts"'),
    ('SELECT f.*, COUNT(*) OVER () AS x FROM (SELECT * FROM "facts") f', None), ('SELECT a FROM (SELECT * FROM "facts") f', None),
    ('SELECT f.* FROM (SELECT * FROM "facts") f WHERE a IN (SELECT a FROM b)', None), ('SELECT DISTINCT * FROM (SELECT * FROM "facts") f', None),
    ('SELECT f.* FROM (SELECT * FROM "facts") f JOIN b ON 1 = 1', None), ('SELECT * FROM (SELECT * FROM "facts") f LIMIT 3', None),
    ('SELECT f.* FROM (SELECT * FROM "facts") f UNION ALL SELECT * FROM (SELECT * FROM b) g', None),
])  # fmt: skip
def test_a_source_made_row_by_row_has_the_state_of_its_base(source, base):
    assert base_of(source) == (source if base is None else base)


def test_specifications_differ_by_data_request_and_code(tmp_path, monkeypatch):
    def keys(**options):
        with daily(tmp_path, **options) as engine:
            engine.marginals("rows", [()], outcome=None, where={"site": 1})
            engine.marginals("rows", [()], outcome=None, where={"site": "1"})
            engine.marginals("rows", [()], outcome=None, where={"site": 1})
        return {path.name for path in tmp_path.iterdir() if path.is_dir()}

    one = keys()
    assert len(one) == 2  # a number and a text are two specifications
    assert len(keys(scope="another study")) == 4
    monkeypatch.setattr("ccsat.increments.identity.code_print", lambda: "changed")
    assert len(keys()) == 6


def test_old_specifications_are_pruned_and_nothing_else(tmp_path):
    with daily(tmp_path) as engine:
        CASES["sets"](engine, "rows", OPEN)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "specification.json").write_text("{}")
    (place,) = [path for path in tmp_path.iterdir() if path.is_dir() and path.name != "mine"]
    now = max(file.stat().st_mtime for file in place.iterdir())
    assert prune(tmp_path, unused_days=60, now=now + 59 * 86_400) == []
    assert prune(tmp_path, unused_days=60, now=now + 61 * 86_400) == [place.name]
    assert (tmp_path / "mine").is_dir() and not place.exists()


def test_files_are_plain_parquet_that_other_tools_read(tmp_path):
    with daily(tmp_path) as engine:
        CASES["crosstab by day"](engine, "rows", OPEN)
    (file,) = tmp_path.glob("*/*.parquet")
    table = pq.read_table(file)
    assert isinstance(table, pa.Table) and set(table.column_names) == {"ccsat_day", "d0", "n"}
    assert sum(table["n"].to_pylist()) == int(FRAME["at"].notna().sum())
