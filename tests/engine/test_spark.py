"""Spark by the study file or by a session passed in: what it says when something is wrong, and that a session stays the user's own."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from engines import server
from same import assert_same_findings

import ccsat as cs
from ccsat import worlds
from ccsat.engine.spark import spelled
from ccsat.errors import DataError, EngineError, StudyError
from ccsat.findings import gather_findings
from ccsat.intake import choose_engine
from ccsat.study import read_study

SMALL = {"spark.ui.enabled": False, "spark.sql.shuffle.partitions": 2, "spark.driver.memory": "1g"}


@pytest.mark.parametrize(("portable", "spark"), [
    ('SELECT "a b" FROM "t"', "SELECT `a b` FROM `t`"),
    ('SELECT "a`""b"', 'SELECT `a``"b`'),
    (r"SELECT 'it''s \ VARCHAR'", r"SELECT 'it\'s \\ VARCHAR'"),
    ("CAST(x AS TIMESTAMP) >= TIMESTAMP '2024-01-01 00:00:00'", "CAST(x AS TIMESTAMP_NTZ) >= TIMESTAMP_NTZ '2024-01-01 00:00:00'"),
    ("CAST(x AS VARCHAR(10))", "CAST(x AS STRING)"),
    ("WITH a AS NOT MATERIALIZED (SELECT 1), b AS MATERIALIZED (SELECT 2)", "WITH a AS (SELECT 1), b AS (SELECT 2)"),
])  # fmt: skip
def test_the_portable_text_is_respelled_outside_quotes_only(portable, spark):
    assert spelled(portable) == spark


def study_of(tmp_path, **tables):
    pd.DataFrame({"rating": [1, 5] * 40, "team": ["a", "b", "c", "d"] * 20}).to_csv(tmp_path / "a.csv", index=False)
    lines = ['[data]\nsurveys = "a.csv"\nengine = "spark"', '[scale]\nrating = "five"', '[dimensions]\nteam = "team"', *tables.values()]
    (tmp_path / "study.toml").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path / "study.toml"


def test_a_missing_pyspark_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(EngineError, match=r"'pyspark'.*\n.*ccsat\[spark\]"):
        choose_engine(read_study(study_of(tmp_path)))


@pytest.mark.parametrize("name", ["spark.hadoop.fs.s3a.secret.key", "spark.hadoop.fs.s3a.access.key", "spark.ssl.keyPassword"])
def test_a_secret_among_the_settings_is_refused_unless_it_comes_from_the_environment(tmp_path, name, monkeypatch):
    with pytest.raises(StudyError) as caught:
        read_study(study_of(tmp_path, spark=f'[spark.settings]\n"{name}" = "hunter2"'))
    assert caught.value.key == "study_secret" and "hunter2" not in str(caught.value)
    assert read_study(study_of(tmp_path, spark=f'[spark.settings]\n"{name}" = "env:LAKE_KEY"')).spark.settings == {name: "env:LAKE_KEY"}


def test_a_remote_file_needs_spark(tmp_path):
    path = study_of(tmp_path)
    path.write_text(path.read_text().replace('"a.csv"', '"s3a://lake/surveys.parquet"').replace('engine = "spark"\n', ""))
    with pytest.raises(StudyError, match=r"s3a://lake/surveys.parquet.*\n.*engine = \"spark\""):
        cs.read_centre(path)


@pytest.fixture(scope="module")
def session():
    server.needs("pyspark", extra="spark")
    from ccsat.engine.spark import connect_spark

    with connect_spark("local[2]", SMALL) as engine:
        yield engine.session


@pytest.mark.slow
def test_a_session_passed_in_stays_as_it_was(session, tmp_path):
    from ccsat.engine import SparkEngine

    session.createDataFrame([(1, "x")], "rating INT, team STRING").createOrReplaceTempView("theirs")
    session.conf.set("spark.sql.session.timeZone", "Asia/Shanghai")
    settings = session.conf.getAll
    with SparkEngine(session) as engine:
        centre = cs.read_centre(study_of(tmp_path), engine=engine)
        assert engine.crosstab(centre.facts, ["rating"])["n"].tolist() == [40, 40]
        path = study_of(tmp_path)
        path.write_text(path.read_text().replace('"a.csv"', '{ database = "spark", table = "theirs" }'))
        with pytest.raises(DataError, match="1"):  # their one row, every rating equal
            cs.read_centre(path, engine=engine)
    assert [table.name for table in session.catalog.listTables()] == ["theirs"]
    assert session.conf.getAll == settings and session.sql("SELECT 1").collect()
    session.conf.set("spark.sql.session.timeZone", "UTC")


@pytest.mark.slow
def test_first_contact_resolution_is_traced_as_on_duckdb(session):
    from ccsat.engine import SparkEngine

    folder, question = worlds.make("S07", rng=101).folder, {"question.kpi": "fcr", "question.caliber": "48h"}
    here = gather_findings(cs.run_trace(cs.read_centre(folder, settings=question)))
    with SparkEngine(session) as engine:
        there = gather_findings(cs.run_trace(cs.read_centre(folder, settings=question, engine=engine)))
    assert_same_findings(there, here)


@pytest.mark.slow
def test_times_keep_their_wall_clock_in_any_session_zone(session):
    from ccsat.engine import SparkEngine

    session.conf.set("spark.sql.session.timeZone", "America/New_York")  # 2024-03-10 02:30 does not exist there
    with SparkEngine(session) as engine:
        frame = pd.DataFrame({"at": pd.to_datetime(["2024-03-10 02:30:00", "2024-03-10 01:30:00"]), "rating": [5, 4]})
        engine.register("clocks", frame)
        assert engine.query("SELECT at FROM clocks ORDER BY at")["at"].dt.hour.tolist() == [1, 2]
        gap = engine.seconds("MAX(at)", "MIN(at)")
        assert float(engine.query(f"SELECT {gap} AS s FROM clocks")["s"].iloc[0]) == 3600
    session.conf.set("spark.sql.session.timeZone", "UTC")


@pytest.mark.slow
def test_refusals_are_in_words(session):
    from ccsat.engine import SparkEngine

    with SparkEngine(session) as engine:
        engine.register("surveys", pd.DataFrame({"rating": [5]}))
        with pytest.raises(EngineError, match="'survey'.*\n.*near name: surveys"):
            engine.columns("survey")
        with pytest.raises(EngineError, match="spark.*refused"):
            engine.query("SELECT nowhere FROM surveys")
        with pytest.raises(EngineError, match="no-such-file.parquet"):
            engine.source_of_parquet("no-such-file.parquet")


@pytest.mark.slow
def test_a_master_that_does_not_answer_is_one_clear_error(tmp_path):
    server.needs("pyspark", extra="spark")
    study = study_of(tmp_path, spark='[spark]\nmaster = "no-such-scheme://nowhere"')
    done = subprocess.run([sys.executable, "-m", "ccsat.cli", "check", str(study)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 2 and "no-such-scheme" in done.stderr and "Traceback" not in done.stderr, done.stderr


@pytest.mark.slow
def test_a_published_trace_of_files_that_only_spark_reads(tmp_path):
    """`ccsat trace` as a scheduler runs it: the session is started by the study, in the run's own process."""
    server.needs("pyspark", extra="spark")
    rng, n = np.random.default_rng(7), 4000
    frame = pd.DataFrame({
        "survey_id": [f"s{i}" for i in range(n)],
        "at": (pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 28 * 86_400, n), unit="s")).astype("datetime64[us]"),
        "team": rng.choice(["a", "b", "c", "d"], n), "channel": rng.choice(["phone", "chat"], n)})  # fmt: skip
    late = (frame["at"] >= "2024-01-15") & (frame["team"] == "b")
    frame["rating"] = 5 - (rng.random(n) < 0.06 + 0.3 * late) * rng.integers(1, 5, n)
    for part in (0, 1):
        frame.iloc[part::2].to_parquet(tmp_path / f"surveys-{part}.parquet")
    lines = f"""
[study]
name = "on_spark"
[data]
engine = "spark"
surveys = "{tmp_path.as_uri()}/surveys-*.parquet"
[spark]
master = "local[2]"
[spark.settings]
"spark.ui.enabled" = false
"spark.sql.shuffle.partitions" = 2
[columns]
survey_id = "survey_id"
at = "at"
rating = "rating"
[scale]
rating = "five"
[dimensions]
team = "team"
channel = "channel"
[question]
kpi = "satisfaction_rate"
current = "2024-01-15/2024-01-28"
baseline = "2024-01-01/2024-01-14"
"""
    (tmp_path / "study.toml").write_text(lines, encoding="utf-8")
    command = [sys.executable, "-m", "ccsat.cli", "trace", str(tmp_path / "study.toml"), "--as-of", "2024-01-28", "--out", str(tmp_path / "runs")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    (found,) = (tmp_path / "runs").glob("on_spark/2024-01-28/*/findings.json")
    findings = json.loads(found.read_text(encoding="utf-8"))
    assert findings["cells"][0]["where"] == {"team": "b"} and findings["intake"]["read"] == n
