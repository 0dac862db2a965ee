"""The history follows the run folders whatever happens to it; list, show, diff, status and prune read it."""

import json
import shutil
import sqlite3
import threading
import time
from datetime import UTC, date, datetime, timedelta

import pytest
import typer
from run_examples import Place, pretend, put_run
from typer.testing import CliRunner

from ccsat.errors import CcsatError, StudyError
from ccsat.runs import publish as places
from ccsat.runs import run as run_module
from ccsat.runs.history import FILE, History, read_failures
from ccsat.runs.index import write_index
from ccsat.runs.listing import check_health, diff_runs, find_run, open_history, parse_age
from ccsat.runs.retention import prune
from ccsat.runs_cli import runs_app


def days(out, n, **more):
    for number in range(n):
        day = (date(2024, 1, 1) + timedelta(number)).isoformat()
        put_run(out, as_of=day, key=f"key{number:05d}", value=0.8 + number % 10 / 100, **more)


def caught_up(out):
    history = History(out)
    history.catch_up()
    return history


def test_history_takes_in_what_was_published_replaced_and_removed(tmp_path):
    days(tmp_path, 5)
    history = caught_up(tmp_path)
    assert [run["key"] for run in history.runs("shop", limit=2)] == ["key00004", "key00003"] and history.count() == 5
    shutil.rmtree(tmp_path / "shop" / "2024-01-02")
    put_run(tmp_path, study="other", as_of="2024-01-09", key="x1")
    run = json.loads((tmp_path / "shop" / "2024-01-03" / "key00002" / "run.json").read_text())
    (tmp_path / "shop" / "2024-01-03" / "key00002" / "run.json").write_text(
        json.dumps({**run, "verdict": "artefact", "exit_code": 5})
    )
    (tmp_path / "shop" / "2024-01-04" / "key00003" / "run.json").write_text("{")
    history.catch_up()
    assert [(run["key"], run["good"]) for run in history.runs("shop")] == [
        ("key00004", 1),
        ("key00003", 1),
        ("key00002", 0),
        ("key00000", 1),
    ]
    assert history.studies() == ["other", "shop"] and history.last_failed("shop")["key"] == "key00002"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(b"no database" * 500),
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
    ],
)
def test_a_spoiled_history_is_made_again(tmp_path, spoil):
    days(tmp_path, 3)
    caught_up(tmp_path)
    spoil(tmp_path / FILE)
    for tail in ("-wal", "-shm"):
        (tmp_path / (FILE + tail)).unlink(missing_ok=True)
    assert caught_up(tmp_path).count() == 3


def test_history_is_written_beside_other_writers(tmp_path):
    days(tmp_path, 30)
    caught_up(tmp_path)
    problems = []

    def write():
        try:
            for _ in range(5):
                caught_up(tmp_path)
        except sqlite3.Error as error:
            problems.append(error)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    put_run(tmp_path, as_of="2024-03-01", key="late")
    for thread in threads:
        thread.join()
    assert problems == [] and caught_up(tmp_path).count() == 31
    with sqlite3.connect(tmp_path / FILE) as base:
        assert base.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def test_failures_cut_short_are_skipped_and_the_next_is_whole(tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "failures.jsonl").write_text('{"at": "2024-01-01T00:00:00+00:00", "error": "A"}\n{"at": "2024-01-0')
    places.record_failure(folder, StudyError("run_as_of", as_of="x"), {"study": "shop"})
    assert [one["error"] for one in read_failures(folder / "failures.jsonl")] == ["A", "StudyError"]
    assert [row["error"] for row in caught_up(tmp_path).failures("shop")] == ["StudyError", "A"]


@pytest.mark.slow
def test_ten_thousand_runs_are_quick(tmp_path, monkeypatch):
    days(tmp_path, 10_000, quick=True)
    for _ in range(300):
        places.record_failure(tmp_path / "shop", StudyError("run_as_of", as_of="x"), {"study": "shop"})
    begin = time.process_time()
    first = caught_up(tmp_path)
    assert first.count() == 10_000 and time.process_time() - begin < 20
    put_run(tmp_path, as_of="2060-01-01", key="newest")
    begin = time.process_time()
    history = caught_up(tmp_path)
    assert history.runs("shop", limit=1)[0]["key"] == "newest" and time.process_time() - begin < 2
    begin = time.process_time()
    write_index(tmp_path, history)
    assert time.process_time() - begin < 3 and (tmp_path / "index.html").stat().st_size < 2_000_000
    begin = time.process_time()
    assert find_run(history, "key00123").name == "key00123" and check_health(history, None)[0].state == "future"
    assert time.process_time() - begin < 0.5
    begin = time.process_time()
    assert (
        len(prune(tmp_path / "shop", runs=9_000, days=None, dry_run=True)) == 1_001 and time.process_time() - begin < 3
    )


@pytest.mark.slow
def test_a_run_that_is_done_answers_at_once_among_ten_thousand(tmp_path, monkeypatch):
    monkeypatch.setattr(run_module, "execute_notebook", pretend)
    place = Place(tmp_path)
    days(place.out, 10_000, quick=True)
    place.run(as_of="2060-06-30")
    begin = time.process_time()
    assert place.run(as_of="2060-06-30").already and time.process_time() - begin < 1


def test_a_run_that_is_done_answers_under_a_second(tmp_path, monkeypatch):
    monkeypatch.setattr(run_module, "execute_notebook", pretend)
    place = Place(tmp_path)
    place.run()
    begin = time.process_time()
    assert place.run().already and time.process_time() - begin < 1


# The commands -----------------------------------------------------------------------------------


@pytest.fixture
def ccsat(tmp_path):
    """`ccsat runs` on a folder of runs: exit code and what is printed; errors as `ccsat` ends with them."""

    def call(*words, out=tmp_path):
        result = CliRunner().invoke(runs_app, [*words, "--out", str(out), "--lang", "en"])
        if isinstance(result.exception, CcsatError):
            return result.exception.exit_code, str(result.exception)
        assert result.exception is None or isinstance(result.exception, SystemExit | typer.Exit), result.exception
        return result.exit_code, result.stdout

    return call


def test_list_and_show(tmp_path, ccsat):
    days(tmp_path, 3)
    put_run(tmp_path, study="华东", as_of="2024-02-01", key="abcd1234", verdict="artefact",
            cells=[{"where": {"team": "夜班"}, "points": -0.021, "lower": -0.03, "upper": -0.01, "n": 120}])  # fmt: skip
    code, said = ccsat("list", "--limit", "2")
    assert (
        code == 0
        and len(said.splitlines()) == 2
        and said.startswith("华东/2024-02-01/abcd1234")
        and "data artefact" in said
    )
    assert [row["key"] for row in json.loads(ccsat("list", "--study", "shop", "--json")[1])] == [
        "key00002",
        "key00001",
        "key00000",
    ]
    code, said = ccsat("show", "abcd")
    assert code == 0 and "team=夜班: -2.10" in said and "exit code 5" in said and "n = 1,000" in said
    assert "key00002" in ccsat("show", "latest", "--study", "shop")[1]
    assert json.loads(ccsat("show", "2024-01-02/key00001", "--json")[1])["key"] == "key00001"


def test_names_that_mean_nothing_or_too_much(tmp_path, ccsat):
    days(tmp_path, 3)
    assert ccsat("show", "nope") == (2, ccsat("show", "nope")[1]) and "no run 'nope'" in ccsat("show", "nope")[1]
    code, said = ccsat("show", "key0000")
    assert code == 2 and "more than one" in said and "shop/2024-01-02/key00001" in said
    code, said = ccsat("list", "--study", "shopp")
    assert code == 2 and "nearest is: shop" in said
    code, said = ccsat("list", out=tmp_path / "nowhere")
    assert code == 2 and "no folder of runs" in said


def test_list_of_failures(tmp_path, ccsat):
    days(tmp_path, 1)
    places.record_failure(tmp_path / "shop", StudyError("run_as_of", as_of="soon"), {"study": "shop"})
    code, said = ccsat("list", "--failures")
    assert code == 0 and "exit 2" in said and "'soon' is not an ISO date" in said and len(said.splitlines()) == 1


def test_diff_says_what_changed(tmp_path, ccsat):
    cell = lambda team, points: {"where": {"team": team}, "points": points, "lower": points, "upper": points, "n": 90}
    data = lambda mark: {"surveys": [{"file": "a.csv", "bytes": 1000, "sha256": mark * 64}]}
    first = put_run(tmp_path, as_of="2024-01-01", key="aaaa", value=0.8, data=data("1"), parameters={"as_of": "2024-01-01", "study": {"question": {"min_n": 30}}},
                    cells=[cell("a", -0.01), cell("b", -0.02)])  # fmt: skip
    second = put_run(tmp_path, as_of="2024-01-02", key="bbbb", value=0.9, data=data("2"), parameters={"as_of": "2024-01-02", "study": {"question": {"min_n": 50}}},
                     cells=[cell("b", -0.03), cell("c", -0.01)], verdict="none", alert={"level": "red"})  # fmt: skip
    found = {(one.kind, one.name): (one.before, one.after) for one in diff_runs(first, second)}
    assert found[("parameter", "study.question.min_n")] == (30, 50) and found[("value", "")] == (0.8, 0.9)
    assert (
        found[("cell", "team=a")] == (-0.01, None)
        and found[("cell", "team=b")] == (-0.02, -0.03)
        and found[("cell", "team=c")] == (None, -0.01)
    )
    assert (
        found[("verdict", "")] == ("real", "none")
        and found[("level", "")] == ("green", "red")
        and found[("data", "surveys: a.csv")][0].endswith("11111111")
    )
    assert len(found) == 9
    code, said = ccsat("diff", "aaaa", "bbbb")
    assert (
        code == 0
        and "KPI: 80.00% → 90.00%" in said
        and "cell team=c: – → -1.00" in said
        and "verdict: real change → no change" in said
    )
    assert "No difference" in ccsat("diff", "aaaa", "aaaa")[1]


@pytest.mark.parametrize(("age", "most", "state"), [(25, "26h", "good"), (27, "26h", "old"), (27, "2d", "good"), (1000, None, "good"), (-1, "26h", "future"), (-0.05, "26h", "good")])  # fmt: skip
def test_the_dead_man_check(tmp_path, age, most, state):
    now = datetime(2024, 7, 2, 12, tzinfo=UTC)
    put_run(tmp_path, finished=(now - timedelta(hours=age)).isoformat(timespec="seconds"))
    put_run(tmp_path, as_of="2024-07-01", key="bad", verdict="artefact", finished=now.isoformat())  # no sign of life
    (one,) = check_health(open_history(tmp_path), parse_age(most) if most else None, now=now)
    assert (one.state, one.ok) == (state, state == "good")


def test_status_turns_red(tmp_path, ccsat):
    assert ccsat("status")[0] == 1 and "never have started" in ccsat("status")[1]
    put_run(tmp_path, finished=datetime.now(UTC).isoformat(timespec="seconds"))
    assert ccsat("status", "--max-age", "26h")[0] == 0
    put_run(tmp_path, study="old")
    code, said = ccsat("status", "--max-age", "26h")
    assert code == 1 and "the timer may have stopped" in said
    (tmp_path / "sick").mkdir()
    places.record_failure(tmp_path / "sick", StudyError("run_as_of", as_of="x"), {})
    code, said = ccsat("status")
    assert code == 1 and "sick: never had a good run" in said
    assert ccsat("status", "--max-age", "soon")[0] == 2


def test_prune_keeps_the_last_good_the_last_failed_and_the_latest(tmp_path, ccsat):
    put_run(
        tmp_path, as_of="2024-12-31", key="latest", finished="2024-01-01T00:00:00+00:00"
    )  # the latest day, run long ago
    put_run(tmp_path, as_of="2024-02-01", key="bad-1", verdict="artefact", finished="2024-01-02T00:00:00+00:00")
    put_run(tmp_path, as_of="2024-02-02", key="bad-2", verdict="artefact", finished="2024-01-03T00:00:00+00:00")
    for number in range(1, 6):
        put_run(
            tmp_path, as_of=f"2024-03-0{number}", key=f"good-{number}", finished=f"2024-03-0{number}T01:00:00+00:00"
        )
    code, said = ccsat("prune", "--runs", "2", "--dry-run")
    gone = ["shop/2024-02-01/bad-1", *(f"shop/2024-03-0{number}/good-{number}" for number in (1, 2, 3))]
    assert code == 0 and sorted(line.split(": ")[1] for line in said.splitlines()) == gone
    assert len(list(tmp_path.glob("shop/*/*/run.json"))) == 8
    assert ccsat("prune", "--runs", "2")[0] == 0
    left = {path.parent.name for path in tmp_path.glob("shop/*/*/run.json")}
    assert left == {"latest", "bad-2", "good-4", "good-5"} and not (tmp_path / "shop" / "2024-03-01").exists()
    assert caught_up(tmp_path).count() == 4 and "good-5" in (tmp_path / "index.html").read_text()
    assert ccsat("prune", "--runs", "1")[0] == 0 and {
        path.parent.name for path in tmp_path.glob("shop/*/*/run.json")
    } == {"latest", "bad-2", "good-5"}
    assert ccsat("prune")[0] == 2 and ccsat("prune", "--runs", "0")[0] == 2


def test_prune_by_days_counts_from_the_newest_run_not_from_the_clock(tmp_path):
    for month in range(1, 7):
        put_run(tmp_path, as_of=f"2020-0{month}-01", key=f"m{month}", finished=f"2020-0{month}-01T01:00:00+00:00")
    assert prune(tmp_path / "shop", runs=None, days=60) == [f"2020-0{month}-01/m{month}" for month in (4, 3, 2, 1)]
    assert prune(tmp_path / "shop", runs=None, days=None) == []


def test_failures_are_let_go_but_never_the_last(tmp_path):
    put_run(tmp_path)
    for number in range(10):
        places.record_failure(tmp_path / "shop", StudyError("run_as_of", as_of=str(number)), {})
    prune(tmp_path / "shop", runs=3, days=None)
    assert ["'9'" in one["message"] for one in read_failures(tmp_path / "shop" / "failures.jsonl")] == [
        False,
        False,
        True,
    ]


def test_retention_of_the_study_is_kept_by_its_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(run_module, "execute_notebook", pretend)
    place = Place(tmp_path)
    place.study.write_text(place.study.read_text() + "[retention]\nruns = 2\n")
    for number in range(1, 5):
        place.run(as_of=f"2024-06-0{number}")
    assert [path.parts[-3] for path in place.published()] == ["2024-06-03", "2024-06-04"] and place.whole()


def test_ages():
    assert [parse_age(words) for words in ("26h", "90m", "1.5d")] == [
        timedelta(hours=26),
        timedelta(minutes=90),
        timedelta(hours=36),
    ]
