"""Every engine answers as the pandas reference does: integers equal, floats within 1e-9."""

import importlib.util
from datetime import date
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest
from same_tables import assert_same

from ccsat.engine import NULL_LEVEL, Window


def load(name):
    spec = importlib.util.spec_from_file_location(f"engine_{name}", Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


hostile, reference, engines = load("hostile"), load("reference"), load("engines")

FRAME = hostile.hostile()
REFERENCE = reference.Reference(FRAME, hostile.KINDS)
NOTHING = reference.Reference(FRAME.iloc[:0], hostile.KINDS)
REGION, PRODUCT = "reg\"ion's", "产品"
DIMS = ("channel", REGION, PRODUCT, "site", "vip")
SETS = [one for depth in range(4) for one in combinations(DIMS, depth)] + [(PRODUCT, "channel")]
WINDOWS = (Window("它's April", date(2024, 4, 1), date(2024, 4, 30)), Window('March "DST"', date(2024, 3, 31), date(2024, 3, 31)),
           Window("never", date(2031, 1, 1), date(2031, 12, 31)), Window("a day", date(2024, 5, 5), date(2024, 5, 5)))  # fmt: skip
OPEN = (Window("all", date.min, date.max),)
SOME = {"channel": ["Chat", "O'Brien", NULL_LEVEL, 'say "hi"'], "site": [1, 2, None]}
METRICS = ["wait_s", "income", "transfers", "rating"]
SHIFTS = {"wait_s": 60.0, "income": 1e9, "rating": 7.4}

CASES = {
    "columns profiled": lambda e, s: e.profile(s, list(hostile.KINDS)),
    "a slice profiled": lambda e, s: e.profile(s, ["rating", "at", "channel"], where=SOME),
    "one row profiled": lambda e, s: e.profile(s, list(hostile.KINDS), where={"row_key": "r000007"}),
    "sets": lambda e, s: e.marginals(s, SETS, outcome="rating"),
    "sets of rows": lambda e, s: e.marginals(s, SETS, outcome=None),
    "sets by period": lambda e, s: e.marginals(s, SETS, outcome="rating", windows=WINDOWS),
    "sets with support": lambda e, s: e.marginals(s, SETS, outcome="rating", windows=WINDOWS, min_support=30),
    "sets of rows with support": lambda e, s: e.marginals(s, SETS, outcome=None, min_support=30),
    "sets of a slice": lambda e, s: e.marginals(s, SETS[:7], outcome="rating", windows=OPEN, where=SOME),
    "sets of nothing": lambda e, s: e.marginals(s, SETS[:7], outcome="rating", where={"channel": "nobody"}),
    "sets of an empty list": lambda e, s: e.marginals(s, SETS[:7], outcome=None, where={"channel": []}),
    "sets of an empty outcome": lambda e, s: e.marginals(s, SETS[:7], outcome="empty"),
    "yes and no as outcome": lambda e, s: e.marginals(s, SETS[:7], outcome="vip"),
    "negative levels": lambda e, s: e.marginals(s, SETS[:7], outcome="site", where={"vip": True}),
    "no sets": lambda e, s: e.marginals(s, [], outcome="rating"),
    "leaves": lambda e, s: e.leaves(s, DIMS, outcome="rating", windows=WINDOWS),
    "leaves of three": lambda e, s: e.leaves(s, DIMS[2:], outcome="rating"),
    "leaves of nothing": lambda e, s: e.leaves(s, DIMS, outcome="rating", where={"site": 99}),
    "moments": lambda e, s: e.moments(s, METRICS, shifts=SHIFTS),
    "moments by segment": lambda e, s: e.moments(s, METRICS, shifts=SHIFTS, segments=["channel", "vip"], windows=WINDOWS),
    "moments of yes and no": lambda e, s: e.moments(s, ["vip", "transfers"], segments=[REGION]),
    "moments of nothing": lambda e, s: e.moments(s, METRICS, where={PRODUCT: "none"}),
    "cluster moments": lambda e, s: e.moments(s, ["wait_s"], shifts=SHIFTS, cluster="agent_id"),
    "cluster moments by segment": lambda e, s: e.moments(s, ["rating"], segments=["channel"], cluster="agent_id", windows=WINDOWS),
    "cluster moments by number": lambda e, s: e.moments(s, ["transfers"], segments=["channel"], cluster="site"),
    "crosstab": lambda e, s: e.crosstab(s, ["rating", "transfers", "vip"]),
    "crosstab by day": lambda e, s: e.crosstab(s, ["channel", "rating"], by_day=True),
    "crosstab by period and day": lambda e, s: e.crosstab(s, ["rating"], by_day=True, windows=WINDOWS),
    "crosstab of nothing": lambda e, s: e.crosstab(s, ["rating"], where={"joined": date(1999, 1, 1)}),
    "crosstab of a day": lambda e, s: e.crosstab(s, ["rating", "site"], where={"joined": date(2020, 1, 2)}),
    "all rows": lambda e, s: e.sample(s, list(hostile.KINDS), key="row_key", windows=WINDOWS),
    "a sample": lambda e, s: e.sample(s, ["row_key", "rating", "at"], key="row_key", most=500),
    "a sample of a slice": lambda e, s: e.sample(s, ["row_key", "wait_s"], key="row_key", most=50, where=SOME),
}  # fmt: skip
EMPTY = [name for name in CASES if name not in ("sets of nothing", "no sets")]


@pytest.fixture(scope="module", params=engines.ENGINES)
def engine(request, tmp_path_factory):
    with engines.opened(request.param, tmp_path_factory, FRAME, hostile.KINDS) as opened:
        yield opened


@cache
def expected(case, rows=True):
    return CASES[case](REFERENCE if rows else NOTHING, "")


@pytest.mark.parametrize("case", CASES)
def test_an_engine_answers_as_the_reference(engine, case):
    engine, source, _ = engine
    assert_same(CASES[case](engine, source), expected(case))


@pytest.mark.parametrize("case", EMPTY)
def test_an_empty_source_gives_empty_tables_of_the_same_types(engine, case):
    engine, _, nothing = engine
    assert_same(CASES[case](engine, nothing), expected(case, rows=False))


def test_columns_have_their_kinds(engine):
    engine, source, _ = engine
    assert engine.columns(source) == hostile.KINDS
    assert (
        engine.columns(f"SELECT * FROM {engine.quote(source)}" if source.lower() == "hostile" else source)
        == hostile.KINDS
    )


def test_parts_add_up_to_the_whole(engine):
    engine, source, _ = engine
    found = engine.marginals(source, [(), ("channel",), ("channel", "vip")], outcome="rating")
    assert {int(table["n"].sum()) for table in found.values()} == {int(FRAME["rating"].notna().sum())}
