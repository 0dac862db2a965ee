"""ClickHouse, embedded and over HTTP: its spelling, what it holds, and what it refuses in words."""

import importlib.util
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest

from ccsat.centre import read_centre
from ccsat.engine.clickhouse_base import spelled
from ccsat.errors import EngineError
from ccsat.study import Study

NEEDS = importlib.util.find_spec("chdb") is not None


def load(name):
    spec = importlib.util.spec_from_file_location(f"engine_{name}", Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


server, stand_in = load("server"), load("stand_in")


@pytest.fixture
def engine():
    server.needs("chdb", extra="clickhouse")
    from ccsat.engine.clickhouse import ClickHouseEngine

    with ClickHouseEngine() as engine:
        yield engine


# Spelling


@pytest.mark.parametrize("portable,own", [
    ("CAST(a AS VARCHAR(20))", "CAST(a AS Nullable(String))"),
    ("CAST(CAST(a AS BIGINT) AS TIMESTAMP)", "CAST(CAST(a AS Nullable(Int64)) AS Nullable(DateTime64(6)))"),
    ("at >= TIMESTAMP '2024-01-01 00:00:00'", "at >= toDateTime64('2024-01-01 00:00:00', 6)"),
    ("WITH e AS NOT MATERIALIZED (SELECT 1), d AS MATERIALIZED (SELECT 2)", "WITH e AS (SELECT 1), d AS (SELECT 2)"),
    ("LEAD(started) OVER (ORDER BY t)", "LEAD(toNullable(started)) OVER (ORDER BY t)"),
    ("LAG(started, 20) OVER w", "LAG(toNullable(started), 20) OVER w"),
    ("EXTRACT(ISODOW FROM day)", "toDayOfWeek(day)"),
    ("'TIMESTAMP ''2024'' AS BIGINT)'", "'TIMESTAMP ''2024'' AS BIGINT)'"),
    (r"'back\slash'", r"'back\\slash'"),
    ('"back\\slash""s"', '"back\\\\slash""s"'),
    ("'a' AS bigint_label", "'a' AS bigint_label"),
])  # fmt: skip
def test_a_portable_text_is_spelled_as_clickhouse_reads_it(portable, own):
    assert spelled(portable) == own


@pytest.mark.slow
def test_what_clickhouse_reads_otherwise_means_the_same(engine):
    """Each of these is another value in plain ClickHouse."""
    row = engine.query(
        """SELECT SUM(x) AS total, MAX(CAST(x AS TIMESTAMP)) AS last, CAST(COUNT(*) AS BIGINT) - 1 AS below FROM (SELECT 1 AS x) q WHERE x > 1"""
    ).iloc[0]
    assert pd.isna(row["total"]) and pd.isna(row["last"]) and row["below"] == -1
    rows = engine.query("""SELECT a.x AS x, b.y AS y, LEAD(a.x) OVER (ORDER BY a.x) AS after, LOWER('ÄÖ中') AS word, ROW_NUMBER() OVER () AS place
        FROM (SELECT 1 AS x UNION ALL SELECT 2) a LEFT JOIN (SELECT 1 AS k, 'one' AS y) b ON b.k = a.x ORDER BY x""")
    assert rows["y"].tolist()[0] == "one" and pd.isna(rows["y"][1]) and pd.isna(rows["after"][1])
    assert rows["word"][0] == "äö中" and sorted(rows["place"]) == [1, 2]
    assert str(rows["place"].dtype) == "int64"  # a count that is less than another is not 18446744073709551615
    assert engine.query(
        "SELECT CASE WHEN x = 1 THEN 2 ELSE x END AS x FROM (SELECT 1 AS x UNION ALL SELECT 3) q WHERE x = 1"
    )["x"].tolist() == [2]


# What it holds


@pytest.mark.slow
def test_types_of_its_own_come_as_those_of_every_engine(engine):
    engine._do("CREATE TABLE own (id UUID, at DateTime('Asia/Shanghai'), kind LowCardinality(Nullable(String)), level Enum8('it\\'s' = -1, '好' = 2),"
               " paid Decimal(9, 2), n UInt64, day Date, yes Bool) ENGINE = Memory")  # fmt: skip
    engine._do(
        "INSERT INTO own VALUES ('61f0c404-5cb3-11e7-907b-a6006ad3dba0', '2024-05-01 08:00:00', NULL, 'it\\'s', 1.25, 7, '2024-05-01', true)"
    )
    assert engine.columns("own") == {"id": "text", "at": "time", "kind": "text", "level": "text", "paid": "float", "n": "integer", "day": "date",
                                     "yes": "boolean"}  # fmt: skip
    row = engine.query("SELECT * FROM own").iloc[0]
    assert (row["level"], row["paid"], row["n"], row["day"]) == ("it's", 1.25, 7, pd.Timestamp("2024-05-01"))
    assert row["at"] == pd.Timestamp("2024-05-01 08:00:00") and pd.isna(row["kind"])
    assert engine.crosstab("own", ["level", "day"])["level"].tolist() == ["it's"]


@pytest.mark.slow
def test_two_engines_have_tables_of_their_own_and_leave_none(engine):
    from ccsat.engine.clickhouse import ClickHouseEngine

    engine.register("t", pd.DataFrame({"x": [1, 2]}))
    with ClickHouseEngine() as other:
        other.register("t", pd.DataFrame({"x": [3]}))
        base = other.base
        assert (
            other.query("SELECT x FROM t")["x"].tolist() == [3]
            and engine.query("SELECT SUM(x) AS x FROM t")["x"][0] == 3
        )
        kept = other.keep("facts", "SELECT x + 1 AS x FROM t")
        assert other.query(kept)["x"].tolist() == [4] and {"t", "facts"} <= set(other.tables())
    assert not [name for name in engine.tables() if name.startswith(base)]


@pytest.mark.slow
def test_files_of_hostile_names_and_patterns_are_read(engine, tmp_path):
    frame = pd.DataFrame({"x": [1, 2], "at": pd.to_datetime(["2024-01-01", None]).astype("datetime64[us]")})
    for name in ("it's {a,b}.parquet", "中文 [1].parquet"):
        frame.to_parquet(tmp_path / name)
    both = engine.source_of_parquet([tmp_path / "it's {a,b}.parquet", tmp_path / "中文 [1].parquet"])
    assert engine.query(f"SELECT SUM(x) AS x, MAX(at) AS at FROM ({both}) t").iloc[0].tolist() == [
        6,
        pd.Timestamp("2024-01-01"),
    ]
    assert (
        engine.query(f"SELECT COUNT(*) AS n FROM ({engine.source_of_parquet(tmp_path / '*.parquet')}) t")["n"][0] == 4
    )
    with pytest.raises(EngineError, match="nowhere.parquet"):
        engine.source_of_parquet(tmp_path / "nowhere.parquet")


# What it refuses


@pytest.mark.slow
def test_refusals_are_in_words_and_leave_nothing_behind(engine):
    engine.register("surveys", pd.DataFrame({"rating": [1, 2], "at": [datetime(2024, 1, 1), None]}))
    with pytest.raises(EngineError, match="It has: 'surveys'.\n.*near name: surveys"):
        engine.columns("survey")
    with pytest.raises(EngineError, match="nowhere"):
        engine.query("SELECT nowhere FROM surveys")
    for _ in range(3):  # a query that breaks while it runs must not spoil the next answer
        with pytest.raises(EngineError, match="clickhouse"):
            engine.query("SELECT throwIf(number = 3) AS x FROM numbers(5)")
        assert engine.query("SELECT SUM(rating) AS n, MAX(at) AS at FROM surveys")["n"][0] == 3
    with pytest.raises(EngineError, match="mixed|share|one type"):
        engine.register("mixed", pd.DataFrame({"x": [1, "a"]}))


@pytest.mark.slow
def test_memory_has_a_limit(engine):
    from ccsat.engine.clickhouse import ClickHouseEngine

    with pytest.raises(EngineError, match="no memory limit"):
        ClickHouseEngine(memory_limit="plenty")
    with (
        ClickHouseEngine(memory_limit="200MB", threads=1) as small,
        pytest.raises(EngineError, match="more memory than its limit"),
    ):
        small.query("SELECT groupArray(number) AS x FROM numbers(100000000)")


def test_a_missing_package_is_named(monkeypatch):
    import sys

    from ccsat.engine.clickhouse import ClickHouseEngine

    monkeypatch.setitem(sys.modules, "chdb", None)
    with pytest.raises(EngineError, match=r"'chdb'.*\n.*ccsat\[clickhouse\]"):
        ClickHouseEngine()


# A server


@pytest.fixture
def address(engine):
    """A stand-in server over the tables of the embedded engine, for the user anna."""
    at = pd.date_range("2024-05-01", periods=400, freq="3h").astype("datetime64[us]")
    frame = pd.DataFrame({"survey_id": [f"s{i}" for i in range(400)], "at": at, "rating": [1 + i % 5 for i in range(400)],
                          "channel": [("phone", "it's chat", None)[i % 3] for i in range(400)]})  # fmt: skip
    engine.register("surveys", frame)
    with stand_in.http_server(user="anna", password="open sesame/+") as place:
        yield f"clickhouse://anna:open%20sesame%2F%2B@{place}/{engine.base}"


@pytest.mark.slow
def test_a_server_answers_as_the_embedded_engine(engine, address):
    from ccsat.engine.clickhouse_server import ClickHouseServer

    with ClickHouseServer(address, seconds=60) as remote:
        assert remote.tables() == engine.tables() and remote.columns("surveys") == engine.columns("surveys")
        for one in (remote, engine):
            assert one.query("SELECT MAX(at) AS m FROM surveys")["m"][0] == pd.Timestamp("2024-06-19 21:00:00")
        here, there = (
            one.leaves("surveys", ["channel"], outcome="rating", where={"channel": ["it's chat"]})
            for one in (engine, remote)
        )
        pd.testing.assert_frame_equal(here, there)
        with pytest.raises(EngineError, match="near name: surveys"):
            remote.columns("survey")
        with pytest.raises(EngineError, match="only reads"):
            remote.register("t", pd.DataFrame({"x": [1]}))
        with pytest.raises(EngineError, match="(?i)readonly"):
            remote.query("DROP TABLE surveys")
        with pytest.raises(EngineError, match="time limit"):
            ClickHouseServer(address, seconds=1).query(
                "SELECT COUNT(*) AS n FROM numbers(100000000000) WHERE sipHash64(number) % 7 = 1"
            )


@pytest.mark.slow
def test_a_study_is_read_from_a_server(engine, address):
    from ccsat.engine.clickhouse_server import ClickHouseServer

    study = Study.model_validate({"data": {"surveys": {"database": "clickhouse", "table": "surveys"}}, "scale": {"rating": "five"},
                                  "dimensions": {"channel": "channel"}})  # fmt: skip
    with ClickHouseServer(address) as remote:
        centre = read_centre(study, engine=remote)
        assert centre.days == (date(2024, 5, 1), date(2024, 6, 19)) and centre.intake.kept == 400
        assert centre.engine.crosstab(centre.facts, ["channel"])["n"].tolist() == [133, 134, 133]


@pytest.mark.slow
def test_a_server_that_is_not_there_is_named_without_its_password(address):
    from ccsat.engine.clickhouse_server import ClickHouseServer

    with pytest.raises(EngineError, match="127.0.0.1:1/base cannot be reached") as caught:
        ClickHouseServer("clickhouse://anna:s3cret-word@127.0.0.1:1/base", timeout=2).tables()
    assert "s3cret-word" not in str(caught.value)
    with pytest.raises(EngineError, match="Authentication failed"):
        ClickHouseServer(address.replace("anna", "otto")).tables()
