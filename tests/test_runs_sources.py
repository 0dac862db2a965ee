"""Sources of real life: a folder that gets a file each day, and a table of a PostgreSQL server; through the real intake and gate."""

import json
import shutil
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from engine import server
from run_examples import findings

from ccsat import Question, measure, read_centre, runs
from ccsat.errors import CcsatError, DataError, NoDataError
from ccsat.gate import gate_data
from ccsat.notebooks import find_notebook
from ccsat.runs import key as keys
from ccsat.runs import run as run_module
from ccsat.runs.history import History
from ccsat.runs.listing import diff_runs
from ccsat.runs.tables import table_prints
from ccsat.study import read_study

START = date(2024, 3, 4)  # a Monday
STUDY = """
[study]
name = "daily"
[data]
surveys = {source}
[columns]
survey_id = "id"
at = "day"
rating = "rating"
[scale]
rating = "five"
[dimensions]
team = "team"
[question]
current = "last 7 days"
baseline = "before"
[limits]
retry_seconds = 0
"""


def day_of_answers(day, n=60, good=0.8):
    rng = np.random.default_rng(day.toordinal())
    return pd.DataFrame({"id": [f"{day:%m%d}-{k:04d}" for k in range(n)], "day": day.isoformat(), "team": rng.choice(["a", "b"], n),
                         "rating": np.where(rng.random(n) < good, 5, 1)})  # fmt: skip


def through_the_engine(notebook, parameters, executed, *, cwd, seconds, cell_seconds, progress=None):
    """The part of R03 that reads: intake, data gate, headline; without a kernel and without the search."""
    from pathlib import Path

    centre = read_centre(parameters["study"], settings=json.loads(parameters["settings"]))
    question = Question.of(centre.study, as_of=parameters["as_of"] or None)
    gate_data(centre, question)
    current = measure(centre, question).headline["current"]
    found = findings("none", as_of=parameters["as_of"], value=current.value, change=0.0)
    found["kpi"]["current"]["n"] = int(current.n)
    found["intake"] = {"read": centre.intake.read, "kept": centre.intake.kept, "set_aside": centre.intake.set_aside}
    for name, content in {
        "findings.json": found,
        "result.json": {"exit_code": 0, "verdict": "none", "as_of": parameters["as_of"]},
    }.items():
        (Path(cwd) / name).write_text(json.dumps(found | {} if name == "findings.json" else content))
    for name in ("trace_table.csv", "trace_table.xlsx"):
        (Path(cwd) / name).write_text("a")
    shutil.copyfile(notebook, executed)


class Daily:
    """A folder that is sent one file a day, and the runs of it."""

    def __init__(self, folder):
        self.folder, self.data, self.out = folder, folder / "in", folder / "runs"
        self.data.mkdir()
        (folder / "daily.toml").write_text(STUDY.format(source='"in/*.csv"'), encoding="utf-8")
        for n in range(28):
            self.send(START + timedelta(n))

    def send(self, day, name=None, **more):
        day_of_answers(day, **more).to_csv(self.data / (name or f"{day:%Y%m%d}.csv"), index=False)

    def run(self, day, **more):
        return runs.run_study(self.folder / "daily.toml", out=self.out, as_of=day.isoformat(), lang="en", **more)

    def latest(self):
        return (self.out / "daily" / "latest.txt").read_text().strip()

    def failures(self):
        return [
            json.loads(line)["key_of_error"]
            for line in (self.out / "daily" / "failures.jsonl").read_text(encoding="utf-8").splitlines()
        ]


LAST = START + timedelta(27)  # a Sunday
NEXT = LAST + timedelta(1)


@pytest.fixture
def daily(tmp_path, monkeypatch):
    monkeypatch.setattr(run_module, "execute_notebook", through_the_engine)
    daily = Daily(tmp_path)
    daily.before = daily.run(LAST)
    return daily


def n_of(done):
    return done.findings["kpi"]["current"]["n"]


def test_a_new_day_is_a_new_run_and_the_same_day_is_not(daily):
    assert n_of(daily.before) == 7 * 60 and daily.run(LAST).already
    daily.send(NEXT)
    done = daily.run(NEXT)
    assert n_of(done) == 7 * 60 and daily.latest().startswith(NEXT.isoformat()) and not done.already


def test_a_late_file_is_waited_for(daily):
    """One day late is a slow day; two are no data: exit 5, the last report stays, and the run is made when the files come."""
    late = NEXT + timedelta(1)
    with pytest.raises(NoDataError, match=f"The data end on {LAST}") as error:
        daily.run(late)
    assert (
        error.value.exit_code == 5
        and daily.latest().startswith(LAST.isoformat())
        and daily.failures() == ["gate_stale"]
    )
    daily.send(NEXT), daily.send(late)
    assert n_of(daily.run(late)) == 7 * 60 and daily.latest().startswith(late.isoformat())


def test_a_half_loaded_day_is_refused_and_the_whole_one_taken(daily):
    daily.send(NEXT, n=12)
    with pytest.raises(NoDataError, match=f"{NEXT} has 12 ratings where the median of that weekday is 60"):
        daily.run(NEXT)
    assert daily.latest().startswith(LAST.isoformat())
    daily.send(NEXT)
    assert n_of(daily.run(NEXT)) == 7 * 60


def test_a_file_that_is_still_being_written_is_not_read_half(daily, monkeypatch):
    """It grows while the run reads: nothing of what was read half is published, and another attempt takes the whole."""
    daily.send(NEXT, n=40)
    wholes = []

    def growing(*args, **options):
        through_the_engine(*args, **options)
        if not wholes:
            wholes.append(1)
            daily.send(NEXT, n=60)

    monkeypatch.setattr(run_module, "execute_notebook", growing)
    done = daily.run(NEXT)
    assert n_of(done) == 7 * 60 and [
        one["kind"] for one in json.loads((done.folder / "run.json").read_text())["attempts"]
    ] == ["moved"]
    assert len(list(daily.out.glob(f"daily/{NEXT}/*/run.json"))) == 1


def test_files_under_another_name_while_they_are_written_are_not_seen(daily):
    for name in (f"{NEXT:%Y%m%d}.csv.part", f".{NEXT:%Y%m%d}.csv", f"~{NEXT:%Y%m%d}.csv"):
        daily.send(NEXT, name=name, n=5)
    assert daily.run(LAST).already


def test_the_same_day_sent_twice_counts_once(daily):
    daily.send(NEXT)
    first = daily.run(NEXT)
    daily.send(NEXT, name=f"{NEXT:%Y%m%d}_resent.csv")
    again = daily.run(NEXT)
    assert (
        not again.already
        and n_of(again) == n_of(first)
        and again.findings["kpi"]["current"]["value"] == first.findings["kpi"]["current"]["value"]
    )
    assert again.findings["intake"]["read"] == first.findings["intake"]["read"] + 60


@pytest.mark.parametrize(
    "drift",
    [lambda f: f.assign(extra=1), lambda f: f.drop(columns="team"), lambda f: f.rename(columns={"rating": "score"})],
)
def test_a_schema_that_drifted_is_named_and_nothing_is_published(daily, drift):
    drift(day_of_answers(NEXT)).to_csv(daily.data / f"{NEXT:%Y%m%d}.csv", index=False)
    with pytest.raises(DataError, match=f"{NEXT:%Y%m%d}.csv") as error:
        daily.run(NEXT)
    assert any(name in str(error.value) for name in ("extra", "team", "score")) and error.value.exit_code == 2
    assert daily.latest().startswith(LAST.isoformat()) and daily.failures() == ["columns_differ"]


def test_yesterday_corrected_is_another_run_of_yesterday(daily):
    daily.send(LAST, good=0.2)
    corrected = daily.run(LAST)
    assert not corrected.already and corrected.folder.parent == daily.before.folder.parent != corrected.folder
    assert corrected.findings["kpi"]["current"]["value"] < daily.before.findings["kpi"]["current"]["value"]
    assert daily.latest() == f"{LAST}/{corrected.folder.name}"
    changed = {(one.kind, one.name) for one in diff_runs(daily.before.folder, corrected.folder)}
    assert changed == {("data", f"surveys: {LAST:%Y%m%d}.csv"), ("value", "")}
    history = History(daily.out)
    history.catch_up()
    assert history.count("daily") == 2
    daily.send(LAST)
    assert daily.run(LAST).folder == daily.before.folder  # the same data again are the same run


def test_columns_that_were_promised(daily):
    text = (daily.folder / "daily.toml").read_text() + '[gate]\ncolumns = ["team", "wait_s"]\n'
    (daily.folder / "daily.toml").write_text(text)
    with pytest.raises(NoDataError, match="'wait_s'"):
        daily.run(LAST)


@pytest.mark.parametrize(
    ("gate", "n", "age", "passes"),
    [("max_age_days = 0", 60, 1, False), ("max_age_days = 3", 60, 3, True), ("max_age_days = 3", 60, 4, False), ("min_share = 0.1", 8, 0, True), ("min_share = 0.9", 50, 0, False)],
)  # fmt: skip
def test_the_gate_follows_the_study(daily, gate, n, age, passes):
    (daily.folder / "daily.toml").write_text((daily.folder / "daily.toml").read_text() + f"[gate]\n{gate}\n")
    daily.send(NEXT, n=n)
    day = NEXT + timedelta(age)
    if passes:
        assert daily.run(day).exit_code == 0
    else:
        with pytest.raises(NoDataError):
            daily.run(day)


def test_days_on_which_the_centre_is_closed_are_not_missed(tmp_path, monkeypatch):
    monkeypatch.setattr(run_module, "execute_notebook", through_the_engine)
    daily = Daily(tmp_path)
    for n in range(28):
        day = START + timedelta(n)
        if day.weekday() >= 5:
            (daily.data / f"{day:%Y%m%d}.csv").unlink()
    assert daily.run(LAST).exit_code == 0  # data to Friday, asked on Sunday
    with pytest.raises(NoDataError, match="2 working days are missing"):
        daily.run(NEXT + timedelta(1))


def test_a_past_period_asked_by_name_is_not_gated(daily):
    text = (
        (daily.folder / "daily.toml")
        .read_text()
        .replace('"last 7 days"', '"2024-03-18/2024-03-24"')
        .replace('"before"', '"2024-03-11/2024-03-17"')
    )
    (daily.folder / "daily.toml").write_text(text)
    assert daily.run(date(2024, 5, 1)).exit_code == 0


# A table of a server ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with server.postgres(tmp_path_factory) as address:
        yield address


@pytest.fixture
def table(address, tmp_path, monkeypatch):
    """A study of a server's table, filled with four weeks; `table.sql` changes it."""
    import psycopg

    frame = pd.concat([day_of_answers(START + timedelta(n)) for n in range(28)])
    with psycopg.connect(address) as connection:
        connection.execute("DROP TABLE IF EXISTS answers")
    server.load(address, "answers", frame, {"id": "TEXT", "day": "TIMESTAMP", "team": "TEXT", "rating": "SMALLINT"})
    monkeypatch.setenv("WAREHOUSE", address)
    monkeypatch.setattr(run_module, "execute_notebook", through_the_engine)
    (tmp_path / "daily.toml").write_text(STUDY.format(source='{ database = "env:WAREHOUSE", table = "answers" }'))

    def sql(words):
        with psycopg.connect(address) as connection:
            connection.execute(words)

    Daily.sql = staticmethod(sql)
    daily = Daily.__new__(Daily)
    daily.folder, daily.out = tmp_path, tmp_path / "runs"
    return daily


@pytest.mark.slow
def test_a_table_is_traced_once_until_it_changes(table):
    first = table.run(LAST)
    assert n_of(first) == 7 * 60 and table.run(LAST).already
    table.sql(
        f"INSERT INTO answers SELECT '9' || id, day + interval '1 day', team, rating FROM answers WHERE day = '{LAST}'"
    )
    assert n_of(table.run(NEXT)) == 7 * 60
    corrected = [table.run(LAST)]
    table.sql(f"UPDATE answers SET rating = 1 WHERE day = '{LAST}'")  # as many rows as before
    corrected.append(table.run(LAST))
    assert len({run.folder for run in (first, *corrected)}) == 3
    run = json.loads((corrected[1].folder / "run.json").read_text())
    assert run["data"]["surveys"]["rows"] == 29 * 60 and "host=" not in json.dumps(run)
    with pytest.raises(NoDataError):
        table.run(NEXT + timedelta(2))


@pytest.mark.slow
def test_the_order_of_rows_is_no_change_of_a_table(table):
    study = read_study(table.folder / "daily.toml")
    before = keys.fingerprint(study, table_prints(study))
    table.sql("CREATE TABLE other AS SELECT * FROM answers ORDER BY random()")
    table.sql("DROP TABLE answers")
    table.sql("ALTER TABLE other RENAME TO answers")
    assert keys.fingerprint(study, table_prints(study)) == before and keys.is_certain(before)


@pytest.mark.slow
def test_a_server_that_is_away_and_comes_back(table, monkeypatch, address):
    """Unreachable twice, then there: one published run with its attempts; away for good: a failure that names the server."""
    addresses = ["host=127.0.0.1 port=1 dbname=x", "host=127.0.0.1 port=1 dbname=x"]
    real = run_module.table_prints

    def prints(study):
        monkeypatch.setenv("WAREHOUSE", addresses.pop() if addresses else address)
        return real(study)

    monkeypatch.setattr(run_module, "table_prints", prints)
    done = table.run(LAST)
    assert [one["kind"] for one in json.loads((done.folder / "run.json").read_text())["attempts"]] == [
        "source",
        "source",
    ]
    addresses += ["host=127.0.0.1 port=1 dbname=x"] * 9
    with pytest.raises(CcsatError, match="127.0.0.1"):
        table.run(NEXT)
    assert table.failures() == ["engine_unreachable"] and table.latest().startswith(LAST.isoformat())


def test_a_table_of_a_duckdb_file_is_known_by_its_content(tmp_path):
    import duckdb

    with duckdb.connect(tmp_path / "base.duckdb") as base:
        base.execute("CREATE TABLE answers AS SELECT 1 AS id, 5 AS rating UNION ALL SELECT 2, 3")
    (tmp_path / "daily.toml").write_text(STUDY.format(source='{ database = "base.duckdb", table = "answers" }'))
    study = read_study(tmp_path / "daily.toml")
    before = keys.fingerprint(study, table_prints(study))
    assert before["surveys"]["rows"] == 2 and keys.is_certain(before)
    with duckdb.connect(tmp_path / "base.duckdb") as base:
        base.execute("UPDATE answers SET rating = 4 WHERE id = 2")
    assert keys.fingerprint(study, table_prints(study)) != before


def test_the_scheduled_notebook_is_there():
    assert find_notebook("R03", "en").is_file()
