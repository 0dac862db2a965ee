"""The study file: every key is checked, settings replace keys, and no secret stands in it."""

from __future__ import annotations

import pytest

from ccsat.errors import StudyError
from ccsat.study import OTHER_TABLES, Database, check_study, read_study, with_settings

BASE = {"data": {"surveys": "june.csv"}}


def study(tmp_path, **tables):
    return check_study({**BASE, **tables}, folder=tmp_path)


def refused(tmp_path, **tables) -> StudyError:
    with pytest.raises(StudyError) as caught:
        study(tmp_path, **tables)
    return caught.value


def written(tmp_path, text='[data]\nsurveys = "june.csv"\n', name="june.toml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(("tables", "wrong", "near"), [
    ({"questoin": {}}, "questoin", "question"),
    ({"question": {"curent": "2024-06"}}, "question.curent", "question.current"),
    ({"data": {"surveys": "a.csv", "encodng": "utf-8"}}, "data.encodng", "data.encoding"),
    ({"data": {"survey": "a.csv"}}, "data.survey", "data.surveys"),
    ({"data": {"surveys": {"database": "a.duckdb", "tabel": "x"}}}, "data.surveys.tabel", "data.surveys.table"),
    ({"dimensions": {"team": {"column": "x", "level": ["a"]}}}, "dimensions.team.level", "dimensions.team.levels"),
    ({"metrics": {"wait": {"colum": "x"}}}, "metrics.wait.colum", "metrics.wait.column"),
    ({"reasons": {"colums": ["a"]}}, "reasons.colums", "reasons.columns"),
    ({"alerts": {"sigmas": 3}}, "alerts.sigmas", "alerts.sigma"),
    ({"retention": {"day": 3}}, "retention.day", "retention.days"),
    ({"kpi": "nps"}, "kpi", "question.kpi"),  # a key of another table
])  # fmt: skip
def test_an_unknown_key_names_the_nearest(tmp_path, tables, wrong, near):
    error = refused(tmp_path, **tables)
    assert f"no key {wrong}; did you mean {near}?" in error.message("en")
    assert f"没有键 {wrong}；是不是 {near}？" in error.message("zh")


def test_a_key_near_nothing_lists_what_there_is(tmp_path):
    assert "no key limits.zzz; there are: 'leaves', " in str(
        refused(tmp_path, limits={"zzz": 1})
    )


@pytest.mark.parametrize(("tables", "said"), [
    ({"question": {"min_n": "many"}}, "question.min_n is 'many'; it takes a whole number"),
    ({"question": {"min_n": 1}}, "question.min_n is 1; it takes a number of at least 2"),
    ({"question": {"fdr": 1.0}}, "question.fdr is 1.0; it takes a number below 1"),
    ({"question": {"target": float("nan")}}, "question.target is nan; it takes a number"),
    ({"question": {"dims": "channel"}}, 'question.dims is \'channel\'; it takes a list (["a", "b"])'),
    ({"question": "nps"}, "question is 'nps'; it takes a table"),
    ({"scale": {"rating": "fife"}}, "did you mean 'five'?"),
    ({"owners": {"R01": "agents"}}, "did you mean 'agent'?"),
    ({"data": {"surveys": "a.csv", "dayfirst": "yes please"}}, "it takes true or false or 'auto'"),
    ({"data": {"surveys": ["a.csv"]}}, "it takes text (in quotes) or a table"),
    ({"study": {"name": "a/b"}}, "study.name is 'a/b'"),
])  # fmt: skip
def test_a_wrong_value_says_what_is_allowed(tmp_path, tables, said):
    assert said in str(refused(tmp_path, **tables))


def test_every_problem_is_said_at_once(tmp_path):
    message = str(refused(tmp_path, question={"curent": "x", "min_n": "many"}, limits={"second": 1}))
    assert all(words in message for words in ("question.curent", "question.min_n", "limits.second"))
    assert message.count("Try:") == 1


@pytest.mark.parametrize(("tables", "key"), [
    ({"dimensions": {"rating": "a"}}, "name_reserved"), ({"metrics": {"n": "a"}}, "name_reserved"),
    ({"dimensions": {"sub_1": "a"}}, "name_reserved"), ({"dimensions": {"City": "a", "city": "b"}}, "name_twice"),
    ({"dimensions": {"wait": "a"}, "metrics": {"wait": "b"}}, "name_twice"),
    ({"dimensions": {"team": "a"}, "hierarchies": {"tree": ["site", "team"]}}, "hierarchy_dim"),
    ({"metrics": {"wait": {"start": "a"}}}, "metric_columns"), ({"metrics": {"wait": {"column": "a", "start": "b", "end": "c"}}}, "metric_columns"),
    ({"data": {}}, "study_no_data"), ({"data": {"agents": "a.csv"}}, "study_no_data"),
])  # fmt: skip
def test_names_and_tables_make_sense(tmp_path, tables, key):
    assert refused(tmp_path, **tables).key == key


@pytest.mark.parametrize("tables", [
    {"data": {"surveys": {"database": "postgresql://anna:hunter2@host/base", "table": "t"}}},
    {"data": {"surveys": {"database": "host=db user=anna password=hunter2", "table": "t"}}},
    {"data": {"surveys": "a.csv", "password": "hunter2"}},
    {"study": {"api_key": "hunter2"}},
    {"changes": [{"change_id": "1", "at": "2024-01-01", "note": "ghp_hunter2hunter2hunter2hunter2hunter2"}]},
])  # fmt: skip
def test_secrets_are_refused_and_not_repeated(tmp_path, tables):
    error = refused(tmp_path, **tables)
    assert error.key == "study_secret" and "hunter2" not in str(error) and "env:" in str(error)


def test_words_of_the_data_are_no_secrets(tmp_path):
    assert (
        study(tmp_path, dimensions={"token": "token_type", "secret": "password_reset"}).dimensions["token"]
        == "token_type"
    )
    source = {"database": "env:WAREHOUSE", "table": "surveys"}
    assert study(tmp_path, data={"surveys": source}).data.surveys == Database(**source)


@pytest.mark.parametrize(("key", "given", "read"), [
    ("question.min_n", "50", 50), ("question.fdr", "0.05", 0.05), ("question.target", "1", 1.0),
    ("question.dims", '["channel", "city"]', ["channel", "city"]), ("question.current", "2024-06", "2024-06"),
    ("question.current", "2024-06-03", "2024-06-03"), ("question.current", "2024-06-01/2024-06-20", "2024-06-01/2024-06-20"),
    ("question.current", "last 28 days", "last 28 days"), ("question.current", '"2024-06"', "2024-06"),
    ("limits.leaves", "20000000", 20_000_000), ("data.dayfirst", "true", True), ("data.dayfirst", "auto", "auto"),
    ("data.surveys", "june.xlsx#Sheet 1", "june.xlsx#Sheet 1"), ("data.surveys", "调查/*.csv", "调查/*.csv"),
    ("columns.rating", "5", "5"), ("study.name", "2024", "2024"), ("solution.budget", "12.5", 12.5), ("question.min_n", 50, 50),
])  # fmt: skip
def test_settings_are_read_as_toml_or_as_text(tmp_path, key, given, read):
    found = read_study(written(tmp_path), {key: given})
    table, name = key.split(".")
    assert getattr(getattr(found, table), name) == read
    again = getattr(getattr(with_settings(read_study(written(tmp_path)), {key: given}), table), name)
    assert again == read


def test_settings_replace_one_key_and_leave_the_others(tmp_path):
    path = written(
        tmp_path, '[data]\nsurveys = "june.csv"\n[question]\nkpi = "nps"\nmin_n = 40\n[dimensions]\nteam = "x"\n'
    )
    found = read_study(path, {"question.min_n": "50", "dimensions.site": "y", "metrics.wait.column": "w"})
    assert (found.question.kpi, found.question.min_n) == ("nps", 50)
    assert found.dimensions == {"team": "x", "site": "y"} and found.metric("wait").column == "w"
    assert read_study(path).question.min_n == 40
    changed = with_settings(found, {"question.kpi": "satisfaction_rate"})
    assert (changed.question.kpi, changed.question.min_n, changed.folder) == ("satisfaction_rate", 50, found.folder)


def test_a_setting_below_a_value_is_refused(tmp_path):
    with pytest.raises(StudyError, match="'surveys' is not a table"):
        read_study(written(tmp_path), {"data.surveys.table": "x"})
    with pytest.raises(StudyError, match=r"question\.current"):
        read_study(written(tmp_path), {"question.curent": "x"})


def test_files_that_are_no_study(tmp_path):
    written(tmp_path)
    with pytest.raises(StudyError, match=r"'may\.toml'.*'june\.toml'"):
        read_study(tmp_path / "may.toml")
    with pytest.raises(StudyError, match="not valid TOML"):
        read_study(written(tmp_path, "[data\n", "bad.toml"))
    with pytest.raises(StudyError, match="not valid TOML"):
        (tmp_path / "gbk.toml").write_bytes('[data]\nsurveys = "调查.csv"'.encode("gb18030"))
        read_study(tmp_path / "gbk.toml")
    with pytest.raises(StudyError, match="names itself"):
        read_study(written(tmp_path, '[data]\nsurveys = "./self.toml"', "self.toml"))
    with pytest.raises(StudyError, match="names itself"):
        read_study(written(tmp_path, '[data]\nsurveys = "a.csv"\nchanges = "self.toml"', "self.toml"))


def test_a_study_without_a_name_has_its_files(tmp_path):
    assert read_study(written(tmp_path, name="六月 满意度.toml")).name == "六月_满意度"


def test_the_other_tables_of_a_centre_are_known(tmp_path):
    found = study(tmp_path, data={"surveys": "a.csv", **{name: f"{name}.parquet" for name in OTHER_TABLES}})
    assert set(found.data.tables()) == {"surveys", *OTHER_TABLES}
    assert set(found.sources()) == {"surveys", *OTHER_TABLES}


@pytest.mark.parametrize("name", ["changes", "actions", "targets"])
def test_registers_stand_under_data_or_alone(tmp_path, name):
    alone = study(tmp_path, **{name: "r.csv"})
    under = study(tmp_path, data={"surveys": "june.csv", name: "r.csv"})
    assert alone == under and under.sources()[name] == "r.csv"
    assert refused(tmp_path, data={"surveys": "june.csv", name: "r.csv"}, **{name: "s.csv"}).key == "study_twice"


def test_alerts_and_retention_have_defaults(tmp_path):
    plain = study(tmp_path)
    assert (plain.alerts.level, plain.alerts.close_after, plain.retention.runs) == (0.80, 3, None)
    asked = study(tmp_path, alerts={"amber": 0.95, "red": 0.93, "sigma": 2.5}, retention={"runs": 30, "days": 90})
    assert (asked.alerts.red, asked.retention.days) == (0.93, 90)


def test_an_error_speaks_the_language_it_is_shown_in(tmp_path):
    error = refused(tmp_path, question={"min_n": "many"})
    assert (
        "应为整数" in error.message("zh")
        and "whole number" in error.message("en")
        and "whole" not in error.message("zh")
    )
