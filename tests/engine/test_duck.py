"""What DuckDB does beside the contract: sources, refusals in words, one-pass counting, the same digits every time."""

from datetime import date
from itertools import combinations

import duckdb
import numpy as np
import pandas as pd
import pytest

from ccsat.engine import NULL_LEVEL, DuckEngine, Window, duck, onepass
from ccsat.engine.portable import PortableEngine
from ccsat.errors import ColumnError, EngineError

DAYS = (Window("first", date(2024, 1, 1), date(2024, 1, 1)), Window("second", date(2024, 1, 2), date(2024, 1, 2)))


@pytest.fixture
def engine():
    with DuckEngine(threads=2) as engine:
        rng = np.random.default_rng(0)
        size = 5_000
        engine.register("contacts", pd.DataFrame({
            "at": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 2 * 86_400, size), unit="s"),
            "rating": rng.integers(1, 6, size),
            "a": rng.choice(["x", "y", None], size), "b": rng.choice(list("pqrst"), size), "c": rng.integers(0, 40, size).astype(str),
            "wait_s": rng.exponential(60, size),
        }))  # fmt: skip
        yield engine


SETS = [one for depth in range(4) for one in combinations("abc", depth)]


def assert_same(found, expected):
    assert list(found) == list(expected)
    for one in found:
        pd.testing.assert_frame_equal(found[one], expected[one])


def test_sets_beyond_the_counters_go_to_sql(engine, monkeypatch):
    expected = engine.marginals("contacts", SETS, outcome="rating", windows=DAYS, min_support=5)
    for limit in (0, 60, 500):
        monkeypatch.setattr(duck, "DENSE", limit)
        assert_same(engine.marginals("contacts", SETS, outcome="rating", windows=DAYS, min_support=5), expected)


def test_many_sets_take_several_passes(engine, monkeypatch):
    expected = engine.marginals("contacts", SETS[:-1], outcome="rating")
    monkeypatch.setattr(duck, "DENSE_A_PASS", 1_000)
    assert_same(engine.marginals("contacts", SETS[:-1], outcome="rating"), expected)


def test_a_set_is_counted_where_one_that_holds_it_is():
    codes = onepass.Codes({name: list("uvwxyz") for name in "abcd"}, [], 1, 5)
    placed = onepass.passes([("a",), ("a", "b"), ("c", "d"), ("d",), ()], codes, most=200)
    assert placed == [[("a",), ("a", "b"), ()], [("c", "d"), ("d",)]]


def test_levels_that_only_look_like_the_counters_limit_are_found_by_sql(engine):
    assert_same(
        PortableEngine.marginals(engine, "contacts", SETS, outcome=None),
        engine.marginals("contacts", SETS, outcome=None),
    )


def test_leaves_beyond_the_limit_are_refused(engine, monkeypatch):
    for dense in (duck.DENSE, 0):
        monkeypatch.setattr(duck, "DENSE", dense)
        assert len(engine.leaves("contacts", ["a", "b"], outcome="rating", limit=75)) == 75
        with pytest.raises(EngineError, match="limit of 74 rows"):
            engine.leaves("contacts", ["a", "b"], outcome="rating", limit=74)


def test_sums_have_the_same_digits_every_time(engine):
    source = "SELECT c, wait_s * (1 + i * 1e-9) AS wait_s FROM contacts, range(200) AS r(i)"
    first = engine.moments(source, ["wait_s"], segments=["c"])
    for _ in range(3):
        pd.testing.assert_frame_equal(engine.moments(source, ["wait_s"], segments=["c"]), first, check_exact=True)
    assert engine.query("SELECT CAST(current_setting('threads') AS INTEGER) AS n")["n"][0] == 2


def test_an_unfinished_pass_leaves_the_engine_usable(engine):
    scan = engine._scan("contacts", ["a"], numbers=["rating"])
    batches = engine._coded(scan, ["a"], "rating", engine._codes(scan, ["a"], "rating", ()))
    next(batches)
    batches.close()
    assert engine.query("SELECT COUNT(*) AS n FROM contacts")["n"][0] == 5_000


def test_times_that_carry_a_zone_keep_their_clock(tmp_path):
    at = pd.to_datetime(["2024-01-01 23:30", "2024-01-02 00:30"]).tz_localize("Asia/Shanghai")
    frame = pd.DataFrame({"at": at, "rating": [1, 2]})
    frame.to_parquet(tmp_path / "zoned.parquet")
    for zone, first in (("Asia/Shanghai", 1), ("UTC", 2)):
        with DuckEngine(time_zone=zone) as engine:
            engine.register("zoned", frame)
            from_frame = engine.marginals("zoned", [()], outcome=None, windows=DAYS)[()]
            assert from_frame["n"].tolist() == [1, 1]
            from_file = engine.crosstab(engine.source_of_parquet(tmp_path / "zoned.parquet"), ["rating"], by_day=True)
            assert (from_file["day"] == pd.Timestamp("2024-01-01")).sum() == first


def test_a_parquet_path_is_a_name_before_it_is_a_pattern(engine, tmp_path):
    for name in ("a[1].parquet", "a1.parquet", "it's.parquet", "六月.parquet"):
        pd.DataFrame({"name": [name]}).to_parquet(tmp_path / name)

    def names(source):
        return engine.query(f"SELECT name FROM ({source}) q ORDER BY name")["name"].tolist()

    for path in tmp_path.glob("*.parquet"):
        assert names(engine.source_of_parquet(path)) == [path.name]
    assert names(engine.source_of_parquet(str(tmp_path / "*.parquet"))) == sorted(
        path.name for path in tmp_path.glob("*")
    )
    with pytest.raises(EngineError, match="gone.parquet"):
        engine.source_of_parquet([tmp_path / "六月.parquet", tmp_path / "gone.parquet"])


def test_files_may_have_their_columns_in_another_order(engine, tmp_path):
    pd.DataFrame({"a": ["x"], "n1": [1]}).to_parquet(tmp_path / "1.parquet")
    pd.DataFrame({"n1": [2], "a": ["y"]}).to_parquet(tmp_path / "2.parquet")
    source = engine.source_of_parquet([tmp_path / "1.parquet", tmp_path / "2.parquet"])
    assert engine.crosstab(source, ["a", "n1"])["n1"].tolist() == [1, 2]


def test_a_duckdb_file_is_read_and_not_written(engine, tmp_path):
    with duckdb.connect(str(tmp_path / "ware house.duckdb")) as connection:
        connection.execute("CREATE TABLE contacts AS SELECT 'x' AS a, 4 AS rating")
    name = engine.attach(tmp_path / "ware house.duckdb")
    found = engine.marginals(f"{name}.contacts", [("a",)], outcome="rating")[("a",)]
    assert found.to_dict("records") == [{"a": "x", "level": 4, "n": 1}]
    assert f"{name}.contacts" in engine.tables()
    with pytest.raises(EngineError, match="read-only"):
        engine.query(f'DELETE FROM "{name}".contacts')
    (tmp_path / "text.duckdb").write_text("no database")
    with pytest.raises(EngineError, match="text.duckdb"):
        engine.attach(tmp_path / "text.duckdb")


def test_an_unknown_table_names_the_tables_there_are(engine):
    with pytest.raises(EngineError, match="no table 'contact'. It has: 'contacts'.\n.*near name: contacts"):
        engine.columns("contact")


def test_a_python_variable_is_no_table(engine):
    frame = pd.DataFrame({"a": [1]})
    with pytest.raises(EngineError, match="no table 'frame'"):
        engine.columns("frame")
    assert len(frame) == 1


def test_a_frame_of_mixed_types_is_refused(engine):
    with pytest.raises(EngineError, match="'mixed'"):
        engine.register("mixed", pd.DataFrame({"a": [1, "x"]}))
    with pytest.raises(EngineError, match="'a', 'a'"):
        engine.register("twice", pd.DataFrame([[1, 2]], columns=["a", "a"]))


def test_every_missing_column_is_named_at_once(engine):
    with pytest.raises(ColumnError, match="no column 'team', 'ratings'.*\n.*'rating'"):
        engine.marginals("contacts", [("a", "team")], outcome="ratings")


@pytest.mark.parametrize("call,words", [
    (lambda e: e.marginals("contacts", [("b",)], outcome="a"), "not numeric: 'a' "),
    (lambda e: e.moments("contacts", ["wait_s", "b"]), "not numeric: 'b'"),
    (lambda e: e.crosstab("contacts", ["rating"], at="a", by_day=True), "'a' is of kind text"),
])  # fmt: skip
def test_a_column_that_cannot_play_its_role_is_refused(engine, call, words):
    with pytest.raises(ColumnError, match=words):
        call(engine)


@pytest.mark.parametrize("windows", [
    (Window("a", date(2024, 1, 2), date(2024, 1, 1)),),
    (Window("a", date(2024, 1, 1), date(2024, 1, 5)), Window("b", date(2024, 1, 5), date(2024, 1, 9))),
    (Window("a", date(2024, 1, 1), date(2024, 1, 2)), Window("a", date(2024, 1, 3), date(2024, 1, 4))),
])  # fmt: skip
def test_windows_that_cannot_be_told_apart_are_refused(engine, windows):
    with pytest.raises(EngineError, match="periods end before they begin"):
        engine.marginals("contacts", [()], outcome=None, windows=windows)


def test_a_dimension_may_not_take_the_name_of_an_answer(engine):
    engine.register("named", pd.DataFrame({"level": ["x"], "rating": [1]}))
    with pytest.raises(ColumnError, match="named 'level'"):
        engine.marginals("named", [("level",)], outcome="rating")
    assert engine.profile("named", ["level"])["distinct"][0] == 1


def test_a_registered_name_can_be_given_to_another_frame(engine):
    engine.register("changing", pd.DataFrame({"a": ["x"]}))
    assert engine.columns("changing") == {"a": "text"}
    engine.register("changing", pd.DataFrame({"b": [1]}))
    assert engine.columns("changing") == {"b": "integer"}


def test_categories_and_their_gaps_are_text(engine):
    engine.register("kept", pd.DataFrame({"a": pd.Categorical(["x", None, "y"], categories=["y", "x", "unused"])}))
    found = engine.marginals("kept", [("a",)], outcome=None)[("a",)]
    assert found["a"].tolist() == ["x", "y", NULL_LEVEL]


def test_nothing_is_left_behind():
    engine = DuckEngine(memory_limit="200MB")
    folder = engine._folder.name
    engine.query("SELECT i FROM range(100000) AS r(i) ORDER BY hash(i) LIMIT 10")
    engine.close()
    with pytest.raises(FileNotFoundError):
        next(iter(__import__("os").scandir(folder)))


def test_columns_may_have_the_names_that_texts_use(engine):
    """A source whose columns are called p, lv, d0, c, n ... is counted as any other."""
    clear = pd.DataFrame({"when": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-02"]), "one": ["x", "y", None], "two": ["u", "v", "u"],
                          "got": [1, 2, 2], "size": [0.5, 1.5, 2.5], "who": ["k", "k", None]})  # fmt: skip
    names = {"when": "p", "one": "d1", "two": "d0", "got": "c", "size": "z0", "who": "source"}
    engine.register("clear", clear)
    engine.register("hiding", clear.rename(columns=names).assign(lv=9, q=9, n=9, s=9))
    back = {ours: name for name, ours in names.items()}

    def compare(ask):
        found, expected = ask("hiding", names), ask("clear", {name: name for name in names})
        pd.testing.assert_frame_equal(
            found.rename(columns=back | {"s_z0": "s_size", "p_z0_z0": "p_size_size"}), expected
        )

    for use in (engine.marginals, lambda *words, **options: PortableEngine.marginals(engine, *words, **options)):
        compare(
            lambda s, n, use=use: use(s, [(n["one"], n["two"])], outcome=n["got"], at=n["when"], windows=DAYS)[
                (n["one"], n["two"])
            ]
        )
    compare(lambda s, n: engine.moments(s, [n["size"]], segments=[n["two"]], at=n["when"], windows=DAYS))
    compare(lambda s, n: engine.moments(s, [n["size"]], segments=[n["two"]], cluster=n["who"]))
    compare(lambda s, n: engine.crosstab(s, [n["one"], n["got"]], at=n["when"], by_day=True))
    compare(lambda s, n: engine.sample(s, [n["one"], n["size"]], key=n["who"], at=n["when"], windows=DAYS))
