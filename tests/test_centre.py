"""Files and tables to the facts: the same facts whatever they were read from, and an account that closes."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ccsat as cs
from ccsat.cells import ask
from ccsat.engine import NULL_LEVEL, DuckEngine
from ccsat.errors import CcsatError, ColumnError, DataError, EngineError, StudyError
from ccsat.findings import gather_findings
from ccsat.question import Question
from ccsat.study import check_study

spec = importlib.util.spec_from_file_location("engine_server", Path(__file__).parent / "engine" / "server.py")
server = importlib.util.module_from_spec(spec)
spec.loader.exec_module(server)

FIVE = {"scale": {"rating": "five"}}


def read(folder, surveys="s.csv", **tables):
    """A centre of one table unless `data` says otherwise."""
    return cs.read_centre(check_study({"data": {"surveys": surveys}, **FIVE, **tables}, folder=folder))


def csv(folder, frame, name="s.csv", **options):
    frame.to_csv(folder / name, index=False, **options)
    return frame


def facts(centre, *columns):
    listed = ", ".join(centre.engine.quote(c) for c in columns or centre.columns)
    return centre.engine.query(f"SELECT {listed} FROM ({centre.facts}) f ORDER BY row_key")


def refused(kind, key, folder, **tables):
    with pytest.raises(kind) as caught:
        read(folder, **tables)
    assert caught.value.key == key, str(caught.value)
    return str(caught.value)


def survey_frame(n=240):
    number = np.arange(n)
    return pd.DataFrame({
        "survey id": [f"{i:06d}" for i in number], "agent": [f"A{i % 7}" for i in number],
        "when": pd.Timestamp("2024-05-01 08:30:00") + pd.to_timedelta(number * 6, unit="h"),
        "score": 1 + number * 7 % 5, "channel": np.where(number % 3, "phone", "在线"), "solved": np.where(number % 4, "yes", "no"),
        "wait": np.where(number % 5, number * 1.5, np.nan), "why": np.where(number % 2, "fee;wait", None),
    })  # fmt: skip


FLAT = {
    "columns": {"survey_id": "survey id", "agent_id": "agent", "at": "when", "rating": "score", "resolved": "solved"},
    "dimensions": {"channel": "channel"}, "metrics": {"wait": "wait"}, "reasons": {"column": "why"},
    "question": {"current": "2024-06", "baseline": "2024-05"},
}  # fmt: skip


# The same facts from every kind of source ---------------------------------------------------------


def as_csv(folder, frame):
    csv(folder, frame)
    return "s.csv"


def as_gbk_tsv(folder, frame):
    csv(folder, frame, "s.tsv", sep="\t", encoding="gb18030")
    return "s.tsv"


def as_excel(folder, frame):
    with pd.ExcelWriter(folder / "s.xlsx", engine="xlsxwriter") as writer:
        pd.DataFrame({"note": ["nothing"]}).to_excel(writer, sheet_name="Cover", index=False)
        frame.to_excel(writer, sheet_name="Data", index=False)
    return "s.xlsx#Data"


def as_parquet(folder, frame):
    frame.to_parquet(folder / "s.parquet")
    return "s.parquet"


def as_parquet_of_text(folder, frame):
    frame.assign(when=frame["when"].dt.strftime("%d/%m/%Y %H:%M:%S"), score=frame["score"].astype(str) + "分",
                 wait=frame["wait"].map(lambda v: None if pd.isna(v) else f"{v}")).to_parquet(folder / "t.parquet")  # fmt: skip
    return "t.parquet"


def as_parquet_of_floats(folder, frame):
    frame.assign(score=frame["score"].astype(float), solved=frame["solved"].eq("yes").astype(float)).to_parquet(
        folder / "f.parquet"
    )
    return "f.parquet"


def as_csv_glob(folder, frame):
    for i, part in enumerate(np.array_split(np.arange(len(frame)), 3)):
        csv(folder, frame.iloc[part], f"part-{i}.csv")
    return "part-*.csv"


def as_parquet_folder(folder, frame):
    (folder / "parts").mkdir()
    for i, part in enumerate(np.array_split(np.arange(len(frame)), 3)):
        frame.iloc[part].to_parquet(folder / "parts" / f"{i}.parquet")
    return "parts"


def as_duckdb(folder, frame):
    import duckdb

    with duckdb.connect(folder / "base.duckdb") as base:
        base.register("frame", frame)
        base.execute("CREATE TABLE surveys AS SELECT * FROM frame")
    return {"database": "base.duckdb", "table": "surveys"}


@pytest.mark.parametrize("write", [as_csv, as_gbk_tsv, as_excel, as_parquet, as_parquet_of_text, as_parquet_of_floats,
                                   as_csv_glob, as_parquet_folder, as_duckdb])  # fmt: skip
def test_every_source_gives_the_same_facts_and_kpi(tmp_path, write):
    frame = survey_frame()
    csv(tmp_path, frame, "reference.csv")
    expected = read(tmp_path, "reference.csv", **FLAT)
    found = read(tmp_path, write(tmp_path, frame), **FLAT)
    assert sorted(found.columns) == sorted(expected.columns)
    pd.testing.assert_frame_equal(facts(found, *expected.columns), facts(expected), check_dtype=False)
    pd.testing.assert_frame_equal(found.reasons, expected.reasons, check_dtype=False)
    assert (found.intake.read, found.intake.kept, found.days) == (240, 240, expected.days)
    kpi, reference = (cs.measure(c, Question.of(c.study)).headline["current"] for c in (found, expected))
    assert (kpi.value, kpi.n, kpi.lower) == (reference.value, reference.n, reference.lower)
    assert kpi.value == pytest.approx(frame.loc[frame["when"] >= "2024-06-01", "score"].ge(4).mean())


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with server.postgres(tmp_path_factory) as address:
        types = {"survey id": "TEXT", "agent": "TEXT", "when": "TIMESTAMP", "score": "SMALLINT", "channel": "VARCHAR(20)",
                 "solved": "TEXT", "wait": "NUMERIC", "why": "TEXT"}  # fmt: skip
        server.load(address, "surveys", survey_frame(), types)
        server.load(address, "words", survey_frame()[["survey id", "when", "score"]].astype({"when": str}),
                    {"survey id": "TEXT", "when": "TEXT", "score": "SMALLINT"})  # fmt: skip
        yield address


@pytest.mark.slow
def test_postgres_gives_the_same_facts_and_kpi(tmp_path, address, monkeypatch):
    monkeypatch.setenv("WAREHOUSE", address)
    csv(tmp_path, survey_frame())
    expected = read(tmp_path, **FLAT)
    found = read(tmp_path, {"database": "env:WAREHOUSE", "table": "surveys"}, **FLAT)
    assert found.engine.dialect == "postgres"
    names = [c for c in expected.columns if c in found.columns and c != "at"]
    shared = [facts(c, *names).astype(object).where(lambda t: t.notna(), None) for c in (found, expected)]
    pd.testing.assert_frame_equal(*shared, check_dtype=False)
    pd.testing.assert_frame_equal(found.reasons, expected.reasons, check_dtype=False)
    kpi, reference = (cs.measure(c, Question.of(c.study)).headline["current"] for c in (found, expected))
    assert (kpi.value, kpi.n) == (pytest.approx(reference.value, abs=1e-12), reference.n)
    assert found.days == expected.days
    traced, wanted = (_rounded(gather_findings(cs.run_trace(c))) for c in (found, expected))
    for part in ("kpi", "kpis", "check", "cells", "remainder", "ledgers", "causes"):
        assert traced[part] == wanted[part], part


def _rounded(value):
    """Plain data with numbers to nine digits: sums of floats may differ in the last one."""
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return round(value, 9) if isinstance(value, float) else value


@pytest.mark.slow
def test_postgres_says_what_it_cannot_read(tmp_path, address, monkeypatch):
    monkeypatch.setenv("WAREHOUSE", address)
    columns = {"columns": {"survey_id": "survey id", "at": "when", "rating": "score"}}
    with pytest.raises(ColumnError, match="make a view"):
        read(tmp_path, {"database": "env:WAREHOUSE", "table": "words"}, **columns)
    with pytest.raises(EngineError, match="near name: surveys"):
        read(tmp_path, {"database": "env:WAREHOUSE", "table": "survey"}, **columns)
    csv(tmp_path, pd.DataFrame({"agent_id": ["A1"], "team": ["north"]}), "agents.csv")
    with pytest.raises(StudyError, match="different databases"):
        read(
            tmp_path,
            data={"surveys": {"database": "env:WAREHOUSE", "table": "surveys"}, "agents": "agents.csv"},
            **columns,
        )


def test_databases_that_are_not_there(tmp_path, monkeypatch):
    monkeypatch.delenv("WAREHOUSE", raising=False)
    with pytest.raises(StudyError, match="WAREHOUSE"):
        read(tmp_path, {"database": "env:WAREHOUSE", "table": "surveys"})
    with pytest.raises(DataError, match=r"base\.duckdb"):
        read(tmp_path, {"database": "base.duckdb", "table": "surveys"})
    as_duckdb(tmp_path, survey_frame())
    with pytest.raises(EngineError, match="near name: surveys"):
        read(tmp_path, {"database": "base.duckdb", "table": "survey"})


def test_parquet_files_of_other_columns_are_refused(tmp_path):
    survey_frame().to_parquet(tmp_path / "a.parquet")
    survey_frame().drop(columns="why").to_parquet(tmp_path / "b.parquet")
    assert "b.parquet" in refused(DataError, "columns_differ", tmp_path, data={"surveys": "*.parquet"}, **FLAT)


# Several tables -----------------------------------------------------------------------------------


def centre_tables(n=300):
    number = np.arange(n)
    at = pd.Timestamp("2024-05-01") + pd.to_timedelta(number * 3, unit="h")
    contacts = pd.DataFrame({
        "contact_id": [f"c{i}" for i in number], "customer_id": [f"u{i % 90}" for i in number], "agent_id": [f"a{i % 6}" for i in number],
        "started_at": at, "channel": np.where(number % 3, "phone", "chat"), "queue_wait_s": number % 60, "resolved_tag": number % 5 > 0,
    })  # fmt: skip
    asked = number[number % 2 == 0]
    surveys = pd.DataFrame({
        "survey_id": [f"s{i}" for i in asked], "contact_id": [f"c{i}" for i in asked], "pushed_at": at[asked],
        "delivered_at": [at[i] if i % 8 else pd.NaT for i in asked],
        "rating": pd.array([None if i % 8 == 0 or i % 6 == 0 else 1 + i // 2 % 5 for i in asked], dtype="Int64"),
    })  # fmt: skip
    agents = pd.DataFrame({"agent_id": [f"a{i}" for i in range(8)], "team": [f"T{i % 3}" for i in range(8)]})
    customers = pd.DataFrame(
        {"customer_id": [f"u{i}" for i in range(80)], "segment": ["gold" if i % 4 else None for i in range(80)]}
    )
    reasons = pd.DataFrame(
        {"survey_id": ["s2", "s2", "s4", "s99999"], "reason_code": ["R02", "R01", "R07", "R07"], "rank": [2, 1, 1, 1]}
    )
    return {
        "contacts": contacts,
        "surveys": surveys,
        "agents": agents,
        "customers": customers,
        "survey_reasons": reasons,
    }


MANY = {
    "columns": {"resolved": "resolved_tag"}, "metrics": {"queue_wait_s": "queue_wait_s"},
    "dimensions": {"team": "team", "channel": "channel", "segment": {"column": "segment", "levels": ["silver", "gold"]}},
    "question": {"current": "2024-06", "baseline": "2024-05"},
}  # fmt: skip


def many(folder, tables, form="parquet", **study):
    for name, table in tables.items():
        csv(folder, table, f"{name}.csv") if form == "csv" else table.to_parquet(folder / f"{name}.parquet")
    return read(folder, data={name: f"{name}.{form}" for name in tables}, **{**MANY, **study})


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_a_centre_of_many_tables_is_one_row_a_contact(tmp_path, form):
    tables = centre_tables()
    centre = many(tmp_path, tables, form)
    found = facts(centre).set_index("row_key")
    by_hand = (
        tables["contacts"].merge(tables["surveys"], "left", "contact_id").merge(tables["agents"], "left", "agent_id")
    )
    by_hand = by_hand.merge(tables["customers"], "left", "customer_id").set_index("contact_id").reindex(found.index)
    assert len(found) == 300
    assert (
        found["rating"].astype("Float64").fillna(0).tolist() == by_hand["rating"].astype("Float64").fillna(0).tolist()
    )
    assert found["team"].tolist() == by_hand["team"].tolist()
    assert found["segment"].tolist() == by_hand["segment"].fillna(NULL_LEVEL).tolist()
    assert found["queue_wait_s"].tolist() == by_hand["queue_wait_s"].tolist()
    assert found["resolved"].tolist() == by_hand["resolved_tag"].astype(int).tolist()
    assert pd.to_datetime(found["at"]).tolist() == pd.to_datetime(by_hand["started_at"]).tolist()
    assert centre.dims == ("team", "channel", "segment") and centre.metrics == ("queue_wait_s",)
    assert centre.reasons.to_dict("list") == {
        "row_key": ["c2", "c2", "c4"],
        "reason": ["R01", "R02", "R07"],
        "rank": [1, 2, 1],
    }
    assert {
        key: values.get("n") for key, values in centre.intake.notes if key in ("note.unmatched", "note.reasons_spare")
    } == {
        "note.unmatched": int((~tables["contacts"]["customer_id"].isin(tables["customers"]["customer_id"])).sum()),
        "note.reasons_spare": 1,
    }
    assert centre.intake.read == 300 + 150 + 8 + 80 == centre.intake.kept


def test_participation_and_resolution_count_their_bases(tmp_path):
    tables = centre_tables()
    centre = many(tmp_path, tables)
    surveys = tables["surveys"]
    rated, delivered = surveys["rating"].notna(), surveys["delivered_at"].notna()

    def value(kpi, caliber):
        return cs.measure(centre, Question(kpi, caliber)).headline["current"]

    shown = value("participation_rate", "of_delivered")
    assert (shown.n, shown.value) == (delivered.sum(), pytest.approx((rated & delivered).sum() / delivered.sum()))
    assert value("participation_rate", "of_pushed").n == len(surveys)
    assert (value("push_rate", "of_all").n, value("push_rate", "of_all").value) == (300, 0.5)
    assert value("resolution_rate", "of_all").value == pytest.approx(tables["contacts"]["resolved_tag"].mean())
    with pytest.raises(CcsatError, match="answered"):
        value("resolution_rate", "of_answered")


def test_answered_contacts_are_the_base_of_resolution(tmp_path):
    csv(
        tmp_path,
        pd.DataFrame({"rating": [5, 1, 4, 2], "answered": ["是", "否", "是", "是"], "done": ["Y", "Y", "N", ""]}),
    )
    centre = read(tmp_path, columns={"resolved": "done"})
    assert cs.measure(centre, Question("resolution_rate", "of_answered")).headline["current"].value == 0.5
    assert cs.measure(centre, Question("resolution_rate", "of_all")).headline["current"].n == 3


def test_surveys_without_their_contact_are_set_aside(tmp_path):
    tables = centre_tables()
    tables["surveys"].loc[:4, "contact_id"] = ["x1", "x2", "x3", None, "x5"]
    centre = many(tmp_path, tables)
    assert centre.intake.set_aside == [{"why": "without_contact", "n": 5}]
    assert len(facts(centre)) == 300 and centre.intake.kept + 5 == centre.intake.read
    tables["surveys"]["contact_id"] = "x" + tables["surveys"]["contact_id"].astype(str)
    with pytest.raises(DataError, match="have a contact_id that 'contacts' does not have"):
        many(tmp_path, tables)


def test_tables_that_cannot_be_joined(tmp_path):
    tables = centre_tables()
    with pytest.raises(ColumnError, match="'surveys' has no column 'contact_id'"):
        many(tmp_path, tables | {"surveys": tables["surveys"].drop(columns="contact_id")})
    with pytest.raises(DataError, match="agent_id that 'agents'"):
        many(tmp_path, tables | {"agents": tables["agents"].assign(agent_id=range(8))})
    with pytest.raises(DataError, match="'agent_id' of table 'agents' is not an id"):
        many(tmp_path, tables | {"agents": pd.concat([tables["agents"]] * 3)})


def test_agents_and_contacts_that_repeat_do_not_multiply_rows(tmp_path):
    tables = centre_tables()
    tables["agents"] = pd.concat([tables["agents"], tables["agents"].head(2).assign(team="T9")])
    tables["contacts"] = pd.concat([tables["contacts"], tables["contacts"].head(10)])
    tables["surveys"] = pd.concat(
        [tables["surveys"], tables["surveys"].head(3), tables["surveys"].head(2).assign(survey_id=["y1", "y2"])]
    )
    centre = many(tmp_path, tables)
    assert len(facts(centre)) == 300 and facts(centre, "row_key")["row_key"].is_unique
    assert centre.intake.set_aside == [{"why": "duplicate", "n": 2 + 10 + 3}, {"why": "second_survey", "n": 2}]
    assert centre.repeats["n"] == 3 and sum(centre.repeats["levels"].values()) == pytest.approx(
        tables["surveys"]["rating"].notna().sum()
    )


# Reading values -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("scale", "written", "levels"), [
    ("five", ["非常满意", "满意", "一般", "不满意", "非常不满意"], [5, 4, 3, 2, 1]),
    ("five", ["5分", "4.0", " 3 ", "★★☆☆☆", "1-非常不满意"], [5, 4, 3, 2, 1]),
    ("ten", ["10", "1", "7", "9", "10"], [10, 1, 7, 9, 10]),
    ("nps", ["0", "10", "6", "7", "9"], [0, 10, 6, 7, 9]),
    ("three", ["满意", "一般", "不满意", "满意", "好评"], [3, 2, 1, 3, 3]),
    ("thumb", ["👍", "👎", "踩", "赞", "yes"], [1, 0, 0, 1, 1]),
])  # fmt: skip
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_ratings_in_words_and_numbers(tmp_path, scale, written, levels, form):
    frame = pd.DataFrame({"id": list("abcde"), "打分": written})
    csv(tmp_path, frame) if form == "csv" else frame.to_parquet(tmp_path / "s.parquet")
    centre = read(tmp_path, f"s.{form}", columns={"rating": "打分", "survey_id": "id"}, scale={"rating": scale})
    assert facts(centre, "rating")["rating"].tolist() == levels
    kpi = {"nps": "nps", "ten": "satisfaction_rate"}.get(scale, "satisfaction_rate")
    best = {"five": (4, 5), "three": (3,), "thumb": (1,), "ten": (9, 10)}.get(scale)
    expected = (
        np.mean([(k >= 9) - (k <= 6) for k in levels]) if scale == "nps" else np.mean([k in best for k in levels])
    )
    assert cs.measure(centre, Question(kpi)).headline["current"].value == pytest.approx(expected)


def test_the_studys_labels_and_levels_off_its_scale(tmp_path):
    csv(tmp_path, pd.DataFrame({"rating": ["super", "meh", "super"]}))
    centre = read(tmp_path, scale={"rating": "five", "labels": {"super": 5, "meh": 2}})
    assert facts(centre, "rating")["rating"].tolist() == [5, 2, 5]
    assert "'super' = 7" in refused(
        StudyError, "label_levels", tmp_path, scale={"rating": "five", "labels": {"super": 7}}
    )


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_codes_for_missing_are_blank_and_not_off_the_scale(tmp_path, form):
    frame = pd.DataFrame(
        {"rating": [5, 4, -1, 98, 3] * 4, "wait": [10.0, -1, 98, 30, 40] * 4, "team": ["-1", "a", "98", "b", ""] * 4}
    )
    csv(tmp_path, frame) if form == "csv" else frame.to_parquet(tmp_path / "s.parquet")
    more = {"metrics": {"wait": "wait"}, "dimensions": {"team": "team"}}
    refused(DataError, "off_scale", tmp_path, data={"surveys": f"s.{form}"}, **more)
    every = facts(read(tmp_path, data={"surveys": f"s.{form}", "missing": [-1, "98"]}, **more))
    assert sorted(every["rating"].dropna()) == [3] * 4 + [4] * 4 + [5] * 4
    assert sorted(every["wait"].dropna()) == [10.0] * 4 + [30.0] * 4 + [40.0] * 4
    assert every["team"].value_counts().to_dict() == {NULL_LEVEL: 12, "a": 4, "b": 4}
    one = facts(read(tmp_path, data={"surveys": f"s.{form}", "missing": {"rating": [-1, 98]}}, **more))
    assert one["wait"].max() == 98 and set(one["team"]) == {"-1", "98", "a", "b", NULL_LEVEL}
    refused(ColumnError, "column_unknown", tmp_path, data={"surveys": f"s.{form}", "missing": {"ratng": [-1]}})


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_few_off_the_scale_are_set_aside(tmp_path, form):
    frame = pd.DataFrame({"id": [f"s{i}" for i in range(100)], "rating": [1 + i % 5 for i in range(97)] + [7, 8, 9]})
    csv(tmp_path, frame) if form == "csv" else frame.to_parquet(tmp_path / "s.parquet")
    centre = read(tmp_path, f"s.{form}", columns={"survey_id": "id"})
    assert centre.intake.set_aside == [{"why": "off_scale", "n": 3}] and len(facts(centre)) == 97
    frame["rating"] = [1 + i % 5 for i in range(94)] + [9] * 6
    csv(tmp_path, frame) if form == "csv" else frame.to_parquet(tmp_path / "s.parquet")
    assert "6 of 100" in refused(DataError, "off_scale", tmp_path, data={"surveys": f"s.{form}"})


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_time_of_day_may_be_a_column_of_its_own(tmp_path, form):
    frame = pd.DataFrame({"rating": [5, 3], "day": ["2024-06-01", "2024-06-02"], "time": ["09:15:00", "23:59:59"]})
    csv(tmp_path, frame) if form == "csv" else frame.assign(day=pd.to_datetime(frame["day"])).to_parquet(
        tmp_path / "s.parquet"
    )
    centre = read(tmp_path, f"s.{form}", columns={"at": "day", "clock": "time"})
    assert sorted(map(str, facts(centre, "at")["at"])) == ["2024-06-01 09:15:00", "2024-06-02 23:59:59"]
    refused(
        ColumnError, "column_unknown", tmp_path, data={"surveys": f"s.{form}"}, columns={"at": "day", "clock": "tmie"}
    )


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_metric_is_a_column_a_duration_or_the_time_between_two(tmp_path, form):
    frame = pd.DataFrame({"rating": [5, 3, 4], "began": ["2024-06-01 09:00", "2024-06-01 10:00", None],
                          "ended": ["2024-06-01 09:30", "2024-06-01 09:59", "2024-06-01 10:00"], "talk": ["0:01:30", "2:05", "90"],
                          "price": ["1,200.50", "15", "¥3"]})  # fmt: skip
    csv(tmp_path, frame) if form == "csv" else frame.to_parquet(tmp_path / "s.parquet")
    metrics = {
        "lasted": {"start": "began", "end": "ended"},
        "talk": {"column": "talk", "kind": "duration"},
        "price": "price",
    }
    found = facts(read(tmp_path, f"s.{form}", metrics=metrics), "lasted", "talk", "price")
    assert found["lasted"].tolist()[:2] == [30.0, -1.0] and np.isnan(found["lasted"][2])
    assert found["talk"].tolist() == [90.0, 125.0, 90.0] and found["price"].tolist() == [1200.5, 15.0, 3.0]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_words_where_numbers_should_be(tmp_path, form):
    frame = pd.DataFrame({"rating": [5, 3] * 10, "wait": ["soon", "12"] * 10, "late": ["5"] * 19 + ["soon"]})
    csv(tmp_path, frame) if form == "csv" else frame.to_parquet(tmp_path / "s.parquet")
    centre = read(tmp_path, f"s.{form}", metrics={"late": "late"})
    assert [values for key, values in centre.intake.notes if key == "note.values_rejected"] == [
        {"column": "late", "n": 1, "samples": "'soon'"}
    ]
    frame["wait"] = ["soon"] * 19 + ["12"]
    csv(tmp_path, frame) if form == "csv" else frame.to_parquet(tmp_path / "s.parquet")
    assert "19 of 20" in refused(
        ColumnError, "column_kind", tmp_path, data={"surveys": f"s.{form}"}, metrics={"wait": "wait"}
    )


def test_blank_levels_have_one_name_and_the_dimensions_keep_their_order(tmp_path):
    csv(
        tmp_path, pd.DataFrame({"rating": [5, 3, 4, 4], "b": ["x", " ", None, " x"], "a": ["low", "high", "??", "low"]})
    )
    centre = read(tmp_path, dimensions={"second": "b", "first": {"column": "a", "levels": ["low", "high"]}})
    assert (
        centre.dims == ("second", "first")
        and centre.levels("first") == ["low", "high"]
        and centre.levels("second") is None
    )
    assert facts(centre, "second")["second"].tolist() == ["x", NULL_LEVEL, NULL_LEVEL, "x"]
    assert ("note.levels_unlisted", {"dim": "first", "n": 1, "samples": "'??'"}) in centre.intake.notes


def test_several_comment_columns_are_one_text(tmp_path):
    csv(tmp_path, pd.DataFrame({"rating": [5, 3, 4], "note": ["slow", None, None], "more": ["and dear", "fine", None]}))
    found = facts(read(tmp_path, columns={"comment": ["note", "more"]}), "comment")["comment"]
    assert found.fillna("").tolist() == ["slow / and dear", "fine", ""]


def test_ids_keep_their_zeros_and_rows_without_one_keep_their_own_key(tmp_path):
    csv(tmp_path, pd.DataFrame({"id": ["0017", None, "1", None], "rating": [5, 4, 3, 2]}))
    keys = facts(read(tmp_path, columns={"survey_id": "id"}), "row_key")["row_key"]
    assert {"0017", "1"} < set(keys) and keys.is_unique and len(keys) == 4


def test_two_centres_on_one_engine_keep_apart(tmp_path):
    csv(tmp_path, pd.DataFrame({"rating": [5, 4, 3]}), "a.csv")
    csv(tmp_path, pd.DataFrame({"rating": [1, 2]}), "b.csv")
    with DuckEngine() as engine:
        first, second = (
            cs.read_centre(check_study({"data": {"surveys": name}, **FIVE}, folder=tmp_path), engine=engine)
            for name in ("a.csv", "b.csv")
        )
        assert (len(facts(first)), len(facts(second))) == (3, 2)


# Reasons in their four forms ----------------------------------------------------------------------


def named(centre):
    return [tuple(row) for row in centre.reasons[["row_key", "reason", "rank"]].itertuples(index=False)]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_reasons_in_one_column_of_several_values(tmp_path, form):
    frame = pd.DataFrame(
        {
            "id": list("abcd"),
            "rating": [1, 2, 5, 3],
            "why": ["服务态度；收费不明", "收费不明", None, "等待, 收费不明,等待"],
        }
    )
    csv(tmp_path, frame) if form == "csv" else frame.to_parquet(tmp_path / "s.parquet")
    centre = read(tmp_path, f"s.{form}", columns={"survey_id": "id"}, reasons={"column": "why"})
    assert named(centre) == [
        ("a", "服务态度", 1),
        ("a", "收费不明", 2),
        ("b", "收费不明", 1),
        ("d", "等待", 1),
        ("d", "收费不明", 2),
    ]
    whole = read(tmp_path, f"s.{form}", columns={"survey_id": "id"}, reasons={"column": "why", "separator": "；"})
    assert ("d", "等待, 收费不明,等待", 1) in named(whole)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_reasons_in_yes_no_columns(tmp_path, form):
    frame = pd.DataFrame(
        {"id": list("abc"), "rating": [1, 2, 5], "fee": ["是", "Y", "否"], "wait": [1, 0, 0], "asked": ["1", "2", "1"]}
    )
    csv(tmp_path, frame) if form == "csv" else frame.to_parquet(tmp_path / "s.parquet")
    study = {"columns": {"survey_id": "id"}, "reasons": {"columns": ["fee", "wait"]}}
    assert named(read(tmp_path, f"s.{form}", **study)) == [("a", "fee", 1), ("a", "wait", 1), ("b", "fee", 1)]
    study["reasons"]["contradicts"] = {"asked": "2"}
    centre = read(tmp_path, f"s.{form}", **study)
    assert (
        named(centre) == [("a", "fee", 1), ("a", "wait", 1)]
        and ("note.reasons_contradict", {"n": 1}) in centre.intake.notes
    )


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_reasons_in_numbered_columns(tmp_path, form):
    frame = pd.DataFrame(
        {
            "id": list("abc"),
            "rating": [1, 2, 5],
            "no signal": [1, -1, -1],
            "noise": [2.0, 2.0, np.nan],
            "other": [98, 0, -1],
        }
    )
    csv(tmp_path, frame) if form == "csv" else frame.to_parquet(tmp_path / "s.parquet")
    centre = read(
        tmp_path,
        f"s.{form}",
        columns={"survey_id": "id"},
        reasons={"columns": ["no signal", "noise", "other"], "coding": "numbered"},
    )
    assert named(centre) == [("a", "no signal", 1), ("a", "noise", 1), ("a", "other", 1), ("b", "noise", 1)]


def test_reasons_in_columns_that_hold_their_label(tmp_path):
    csv(tmp_path, pd.DataFrame({"id": list("ab"), "rating": [1, 2], "r1": ["fee", None], "r2": [None, "wait"]}))
    centre = read(tmp_path, columns={"survey_id": "id"}, reasons={"columns": ["r1", "r2"], "coding": "labels"})
    assert named(centre) == [("a", "fee", 1), ("b", "wait", 1)]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_reasons_in_a_long_table(tmp_path, form):
    frame = pd.DataFrame({"id": ["01", "02"], "rating": [1, 2]})
    long = pd.DataFrame(
        {"survey_id": ["01", "01", "02", "01"], "reason_code": ["R1", "R2", "R1", "R1"], "rank": [2, 1, None, 3]}
    )
    for name, table in (("s", frame), ("r", long)):
        csv(tmp_path, table, f"{name}.csv") if form == "csv" else table.to_parquet(tmp_path / f"{name}.parquet")
    data = {"surveys": f"s.{form}", "survey_reasons": f"r.{form}"}
    assert named(read(tmp_path, data=data, columns={"survey_id": "id"})) == [
        ("01", "R2", 1),
        ("01", "R1", 2),
        ("02", "R1", 1),
    ]
    refused(StudyError, "reasons_no_survey_id", tmp_path, data=data)
    csv(tmp_path, long.rename(columns={"reason_code": "reason_cod"}), "r.csv")
    said = refused(
        ColumnError, "column_unknown", tmp_path, data={**data, "survey_reasons": "r.csv"}, columns={"survey_id": "id"}
    )
    assert "reason_code" in said and "The nearest: reason_cod." in said


def test_reasons_stay_with_their_rows_when_rows_are_set_aside(tmp_path):
    frame = pd.DataFrame({"id": ["x", "a", "a", "b"] + [f"n{i}" for i in range(40)], "rating": [9, 1, 1, 2] + [5] * 40,
                          "why": ["off", "fee", "fee", "wait"] + [None] * 40})  # fmt: skip
    csv(tmp_path, frame)
    centre = read(tmp_path, columns={"survey_id": "id"}, reasons={"column": "why"})
    assert named(centre) == [("a", "fee", 1), ("b", "wait", 1)]
    assert centre.intake.set_aside == [{"why": "duplicate", "n": 1}, {"why": "off_scale", "n": 1}]


# The account --------------------------------------------------------------------------------------

CELLS = {
    "rating": st.sampled_from(["5", "4", "3", "2", "1", "满意", "", "5"]) | st.sampled_from(["5", "2", "9"]),
    "when": st.sampled_from(["2024-06-01", "2024-06-02 10:00", "", "2024/6/3"]),
    "id": st.sampled_from([""]) | st.integers(0, 10**6).map(str), "channel": st.sampled_from(["phone", "chat", "", " phone ", "∅"]),
}  # fmt: skip


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.fixed_dictionaries(CELLS), min_size=1, max_size=60), st.sampled_from(["csv", "parquet"]))
def test_rows_read_are_kept_or_set_aside_by_reason(tmp_path, rows, form):
    frame = pd.DataFrame(rows, dtype="str")
    csv(tmp_path, frame) if form == "csv" else frame.to_parquet(tmp_path / "s.parquet")
    columns = {"survey_id": "id", "at": "when"}
    try:
        centre = read(tmp_path, f"s.{form}", columns=columns, dimensions={"channel": "channel"})
    except CcsatError as error:
        assert error.exit_code == 2 and "Try:" in error.message("en")
        return
    intake = centre.intake
    assert intake.read == len(frame) == intake.kept + sum(row["n"] for row in intake.set_aside)
    found = facts(centre)
    assert (
        len(found) == intake.kept
        and found["row_key"].is_unique
        and found["channel"].notna().all()
        and found["at"].notna().all()
    )


def test_the_account_tells_every_reason(tmp_path):
    good = "\n".join(f"s{i},2024-06-{1 + i % 28:02d},{1 + i % 5}" for i in range(100))
    text = f"导出日期：2024-07-01\n\nid,when,rating\n{good}\ns1,2024-06-02,2\n\ns900,,4\ns901,soon,4\ns902,2024-06-03,9\ns903,2024-06-03,4,x,y\nid,when,rating\n合计,,480\n"
    (tmp_path / "s.csv").write_text(text, encoding="utf-8")
    centre = read(tmp_path, columns={"survey_id": "id", "at": "when"})
    aside = {row["why"]: row["n"] for row in centre.intake.set_aside}
    assert aside == {"blank_rows": 1, "duplicate": 1, "off_scale": 1, "ragged_rows": 1, "repeated_headers": 1, "time_missing": 1,
                     "time_unreadable": 1, "totals_rows": 1}  # fmt: skip
    assert (centre.intake.kept, centre.intake.read) == (100, 108)


# Registers and questions --------------------------------------------------------------------------


def test_registers_are_the_same_under_data_alone_or_inline(tmp_path):
    csv(tmp_path, pd.DataFrame({"rating": [5, 3]}))
    rows = [
        {"change_id": "CH-1", "at": "2024-06-01", "kind": "process"},
        {"change_id": "CH-2", "at": "2024-06-15 09:00", "kind": "price"},
    ]
    csv(tmp_path, pd.DataFrame(rows), "changes.csv")
    pd.DataFrame(rows).assign(at=pd.to_datetime([row["at"] for row in rows], format="ISO8601")).to_parquet(
        tmp_path / "changes.parquet"
    )
    import duckdb

    with duckdb.connect(tmp_path / "base.duckdb") as base:
        base.execute(f"CREATE TABLE changes AS SELECT * FROM read_parquet('{tmp_path / 'changes.parquet'}')")
    given_as = [{"changes": rows}, {"changes": "changes.csv"}, {"changes": {"database": "base.duckdb", "table": "changes"}},
                *({"data": {"surveys": "s.csv", "changes": f"changes.{form}"}} for form in ("csv", "parquet"))]  # fmt: skip
    found = [read(tmp_path, **tables).changes for tables in given_as]
    for table in found:
        assert table["change_id"].tolist() == ["CH-1", "CH-2"]
        assert [str(at) for at in table["at"]] == ["2024-06-01 00:00:00", "2024-06-15 09:00:00"]
        assert table["scope"].isna().all()


@pytest.mark.parametrize(("changes", "key"), [
    ([{"change_id": "1", "at": "soon"}], "register_times"), ([{"change": "1", "at": "2024-06-01"}], "register_columns"),
    ([{"change_id": "1", "at": "03/04/2024"}], "dates_ambiguous"),
])  # fmt: skip
def test_registers_are_checked(tmp_path, changes, key):
    csv(tmp_path, pd.DataFrame({"rating": [5, 3]}))
    refused(DataError, key, tmp_path, changes=changes)
    assert "dear" in refused(
        DataError, "register_numbers", tmp_path, actions=[{"action_id": "1", "at": "2024-06-01", "cost": "dear"}]
    )


def test_the_registered_target_is_the_centres_own_of_the_month(tmp_path):
    csv(tmp_path, pd.DataFrame({"rating": [5, 3, 4] * 20, "at": ["2024-05-03", "2024-06-03", "2024-06-04"] * 20}))
    targets = [{"kpi": "satisfaction_rate", "level": "team", "target": 0.5}, {"kpi": "nps", "target": 0.4},
               {"kpi": "satisfaction_rate", "level": "centre", "period": "2024-05", "target": 0.8},
               {"kpi": "satisfaction_rate", "level": "centre", "period": "2024-06", "target": 90, "unit": "percent"},
               {"kpi": "satisfaction_rate", "caliber": "t10_9", "target": 0.7}]  # fmt: skip
    centre = read(tmp_path, targets=targets)
    assert ask(centre, Question(current="2024-06")).target == 0.9
    assert ask(centre, Question(current="2024-05")).target == 0.8
    assert ask(centre, Question(current="2024-06", target=0.6)).target == 0.6
    assert ask(centre, Question("bad_review_rate", current="2024-06")).target == 0  # none registered: the full mark


def test_settings_over_a_study_that_is_read_already(tmp_path):
    csv(tmp_path, pd.DataFrame({"rating": [5, 3, 4], "other": ["x", "y", "x"]}))
    study = check_study({"data": {"surveys": "s.csv"}, **FIVE}, folder=tmp_path)
    assert cs.read_centre(study, settings={"dimensions.by_other": "other"}).dims == ("by_other",)
    (tmp_path / "study.toml").write_text('[data]\nsurveys = "s.csv"\n[scale]\nrating = "five"\n', encoding="utf-8")
    assert cs.read_centre(tmp_path, settings={"dimensions.by_other": "other"}).dims == ("by_other",)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_example_reads_as_its_tables_say(lang):
    from ccsat.wording import speaking

    folder = Path(__file__).parents[1] / "data" / "s03_charging"
    centre = cs.read_centre(folder)
    surveys = pd.read_parquet(folder / "surveys.parquet")
    assert len(facts(centre, "row_key")) == len(pd.read_parquet(folder / "contacts.parquet"))
    assert cs.measure(centre, Question()).headline["current"].n == surveys["rating"].notna().sum()
    with speaking(lang):
        assert centre.intake.sentence() and centre.intake.read == centre.intake.kept
