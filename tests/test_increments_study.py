"""A study with [increments]: the same findings, days that are kept between runs, and words that say which were computed."""

import importlib.util
import shutil
from pathlib import Path

import pandas as pd
import pytest

import ccsat as cs
from ccsat.centre import read_centre
from ccsat.errors import StudyError
from ccsat.findings import gather_findings
from ccsat.increments import DailyEngine, last_account
from ccsat.kpis.facing import faced
from ccsat.study import check_study
from ccsat.wording import text

BUNDLED = Path(__file__).resolve().parents[1] / "data" / "s03_charging"


def load(name):
    spec = importlib.util.spec_from_file_location(f"engine_{name}", Path(__file__).parent / "engine" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SURVEYS = pd.DataFrame({"工单": [f"s{i}" for i in range(600)], "时间": pd.date_range("2024-02-20", periods=600, freq="2h"), "满意度": [(i * 7) % 5 + 1 for i in range(600)],
                        "渠道": ["电话" if i % 3 else "在线" for i in range(600)]})  # fmt: skip
STUDY = """
[data]
surveys = "六月.csv"
[columns]
survey_id = "工单"
at = "时间"
rating = "满意度"
[scale]
rating = "five"
[dimensions]
channel = "渠道"
[question]
current = "2024-03"
baseline = "2024-02"
[increments]
folder = "天"
"""


@pytest.fixture
def study(tmp_path):
    """A flat export as text, whose facts are a frame in the engine."""
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    write(tmp_path, SURVEYS)
    return tmp_path


def write(folder, surveys):
    surveys.to_csv(folder / "六月.csv", index=False, encoding="utf-8")


def notes(centre, lang="en"):
    return [text(key, lang, **values) for key, values in centre.intake.notes if key.startswith("note.increments")]


def ask(centre):
    """A few aggregates, and what they came to."""
    asked = cs.Question("satisfaction_rate", current="2024-03", baseline="2024-02")
    return [cs.measure(centre, asked, by="channel").table, cs.trend(centre, asked).table]


def test_a_second_run_reads_the_days_and_says_so(study):
    plain = ask(read_centre(study, settings={"increments.folder": str(study / "other")}))
    first = read_centre(study)
    assert notes(first) == [
        "Daily increments: 50 days with data; 0 are as they were stored and are summed, 50 are computed (50 of them new)."
    ]
    found = ask(first)
    assert first.engine.account.computed > 0 and (study / "天").is_dir()
    again = read_centre(study)
    assert notes(again) == [
        "Daily increments: 50 days with data; 50 are as they were stored and are summed, 0 are computed (0 of them new)."
    ]
    assert notes(again, "zh") == [
        "按日增量：共 50 天有数据，其中 50 天与已存的日结果一致、直接汇总，0 天重新计算（新增 0 天）。"
    ]
    for one, other, whole in zip(found, ask(again), plain, strict=True):
        pd.testing.assert_frame_equal(one, other)
        pd.testing.assert_frame_equal(one, whole)
    assert again.engine.account.computed == 0 and last_account(study / "天") == again.engine.account


def test_late_rows_are_told_by_day(study):
    ask(read_centre(study))
    late = SURVEYS.iloc[[0, 5]].assign(
        工单=["n1", "n2"], 时间=[pd.Timestamp("2024-02-29 23:59:59"), pd.Timestamp("2024-04-10 08:00:00")]
    )
    write(study, pd.concat([SURVEYS, late]))
    centre = read_centre(study)
    assert notes(centre) == ["Daily increments: 51 days with data; 49 are as they were stored and are summed, 2 are computed (1 of them new).",
                             "Rows came late, or were corrected, after the last run; these days are computed anew: 2024-02-29 (1 in all)."]  # fmt: skip
    assert "2024-02-29" in notes(centre, "zh")[1] and "迟到或被更正" in notes(centre, "zh")[1]
    found = ask(centre)
    assert centre.engine.account.days_late == {"2024-02-29"}
    for one, whole in zip(found, ask(read_centre(study, settings={"increments.folder": "anew"})), strict=True):
        pd.testing.assert_frame_equal(one, whole)


def test_where_rows_are_counted_the_note_says_what_is_not_seen(study):
    settings = {"increments.compare": "rows"}
    ask(read_centre(study, settings=settings))
    centre = read_centre(study, settings=settings)
    assert (
        "47 are as they were stored" in notes(centre)[0]
        and "the last 3 days are computed anew every time" in notes(centre)[1]
    )


def test_another_description_of_the_data_is_another_specification(study):
    ask(read_centre(study))
    other = read_centre(study, settings={"dimensions.channel": "工单"})
    assert "0 are as they were stored" in notes(other)[0]


def test_data_without_time_say_that_there_are_no_days(study):
    source = (
        (study / "study.toml")
        .read_text(encoding="utf-8")
        .replace('at = "时间"\n', "")
        .replace('current = "2024-03"\nbaseline = "2024-02"\n', "")
    )
    (study / "study.toml").write_text(source, encoding="utf-8")
    centre = read_centre(study)
    assert notes(centre) == ["[increments] had no effect: the data have no time, so there are no days to sum."]
    assert not isinstance(centre.engine, DailyEngine)


def test_the_keys_of_the_study(tmp_path):
    base = {"data": {"surveys": "june.csv"}}
    plain = check_study(base, folder=tmp_path).increments
    assert (plain.folder, plain.late_days, plain.compare) == (None, 2, "content")
    for table, said in (
        ({"late_day": 1}, "did you mean increments.late_days?"),
        ({"late_days": -1}, "at least 0"),
        ({"compare": "row"}, "did you mean 'rows'?"),
    ):
        with pytest.raises(StudyError) as caught:
            check_study({**base, "increments": table}, folder=tmp_path)
        assert said in str(caught.value)


@pytest.mark.slow
def test_a_trace_of_the_bundled_study_finds_the_same_from_days(tmp_path):
    """Without days, with days computed, and with days read: integers equal, floats within 1e-9."""
    folder = shutil.copytree(BUNDLED, tmp_path / "s03")
    found = {}
    for run, settings in {
        "plain": {},
        "first": {"increments.folder": "days"},
        "second": {"increments.folder": "days"},
    }.items():
        centre = read_centre(folder, settings=settings)
        found[run] = gather_findings(cs.run_trace(centre))
        if run == "second":
            assert centre.engine.account.computed == 0 and centre.engine.account.read > 1000
    same = load("same")
    assert found["plain"]["cells"] and found["plain"]["causes"]
    same.assert_same_findings(found["first"], found["plain"])
    same.assert_same_findings(found["second"], found["plain"])


@pytest.mark.slow
def test_a_trace_after_one_more_day_computes_that_day(tmp_path):
    """The bundled data up to a day, then with the day after it: equal to the full recomputation, and of old days only those whose rows changed."""
    folder = shutil.copytree(BUNDLED, tmp_path / "s03")
    contacts = pd.read_parquet(folder / "contacts.parquet")
    settings = {"increments.folder": "days"}
    for last in ("2025-05-24", "2025-05-25"):
        contacts[contacts["started_at"] < pd.Timestamp(last) + pd.Timedelta(days=1)].to_parquet(
            folder / "contacts.parquet"
        )
        centre = read_centre(folder, settings=settings)
        found = gather_findings(cs.run_trace(centre))
    account = centre.engine.account
    assert account.computed < 0.1 * account.read
    load("same").assert_same_findings(found, gather_findings(cs.run_trace(read_centre(folder))))


def test_another_kpi_and_tables_beside_are_answered_as_ever(tmp_path):
    """First-contact resolution is of rows made in the run: nothing of it is stored, and nothing is different."""
    asked = cs.Question("fcr", "48h", current="2025-04-28/2025-05-25", baseline="2025-03-03/2025-04-27")
    tables = []
    for settings in ({}, {"increments.folder": str(tmp_path)}):
        centre = read_centre(BUNDLED, settings=settings)
        face, question = faced(centre, asked)
        tables.append(cs.measure(face, question, by="channel").table)
        assert centre.beside("complaints", {"complaint_id": "id", "filed_at": "time"}) is not None
    assert centre.engine.account.past > 0
    pd.testing.assert_frame_equal(*tables)


def test_a_study_on_a_database_file_keeps_its_days_too(study):
    """Also tables beside the facts are opened there."""
    import duckdb

    with duckdb.connect(str(study / "base.duckdb")) as base:
        base.register("given", SURVEYS)
        base.execute("CREATE TABLE answers AS SELECT * FROM given")
        base.execute("CREATE TABLE reviews AS SELECT 's1' AS contact_id, 88 AS score")
    text_of = (study / "study.toml").read_text(encoding="utf-8")
    tables = 'surveys = { database = "base.duckdb", table = "answers" }\nqa_reviews = { database = "base.duckdb", table = "reviews" }'
    (study / "study.toml").write_text(text_of.replace('surveys = "六月.csv"', tables), encoding="utf-8")
    first, second = read_centre(study), read_centre(study, settings={"increments.folder": "天"})
    found = ask(first), ask(second)
    assert second.engine.account.computed == 0
    for one, other in zip(*found, strict=True):
        pd.testing.assert_frame_equal(one, other)
    assert second.beside("qa_reviews", {"contact_id": "id", "score": "number"}).roles
