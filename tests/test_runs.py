"""A run is published whole or not at all, once, under its key, and every end is on record."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from notebook_examples import ENDING, STAND_IN, write_notebook

from ccsat import runs
from ccsat.errors import DataError, LockedError, RunError, StudyError, TimeLimitError
from ccsat.runs import key as keys
from ccsat.runs import publish as places
from ccsat.runs.index import write_index
from ccsat.study import Database, read_study

FILES = ["executed.ipynb", "findings.json", "report.html", "run.json", "trace_table.csv", "trace_table.xlsx"]
STUDY = '[study]\nname = "shop"\n[data]\nsurveys = "surveys.csv"\n[limits]\nseconds = 60\n'


class Place:
    """A study beside its data, a stand-in notebook, and a folder for runs."""

    def __init__(self, folder: Path, asks: str = "real"):
        self.folder, self.out, self.study = folder, folder / "runs", folder / "shop.toml"
        self.study.write_text(STUDY, encoding="utf-8")
        self.ask(asks)
        self.notebook = write_notebook(folder / "R03_stand_in.ipynb", STAND_IN, ENDING)

    def ask(self, what):
        (self.folder / "surveys.csv").write_text(f"{what}\n1\n", encoding="utf-8")

    def run(self, **options):
        return runs.run_study(self.study, **{"notebook": str(self.notebook), "out": self.out, **options})

    def failures(self):
        lines = (self.out / "shop" / "failures.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def published(self):
        return sorted(self.out.glob("shop/*/*/run.json"))

    def executions(self):
        count = self.folder / "executions.txt"
        return len(count.read_text()) if count.exists() else 0

    def start(self, *options):
        """The same run in a process of its own, once its cells run."""
        code = (
            "import sys; from ccsat.runs import run_study\nfrom ccsat.errors import CcsatError\n"
            "try: run_study(sys.argv[1], notebook=sys.argv[2], out=sys.argv[3])\n"
            "except CcsatError as error: sys.exit(error.exit_code)"
        )
        process = subprocess.Popen([sys.executable, "-c", code, str(self.study), str(self.notebook), str(self.out)])
        until(lambda: self.executions() == 1)
        return process


def until(true, seconds=60):
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.05)


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def test_same_key_is_published_once_and_a_data_stop_is_not_the_latest(place):
    said = []
    first = place.run(as_of="2024-06-30", settings={"question.min_n": 50}, progress=said.append)
    assert (first.exit_code, first.already) == (0, False)
    assert first.folder.parent == place.out / "shop" / "2024-06-30"
    assert sorted(file.name for file in first.folder.iterdir()) == FILES
    assert first.findings["settings"] == {"question.min_n": 50} and first.findings["as_of"] == "2024-06-30"
    assert said[:2] == ["checking the study file and the data", "step 1 of 4"] and len(said) == 6
    run = json.loads((first.folder / "run.json").read_text(encoding="utf-8"))
    assert (run["verdict"], run["exit_code"], run["key"]) == ("real", 0, first.folder.name)
    assert run["data"]["surveys"][0]["bytes"] == 7 and run["parameters"]["study"]["question"] == {"min_n": 50}
    assert run["started"] <= run["finished"] and run["versions"]["pandas"]

    second = place.run(as_of="2024-06-30", settings={"question.min_n": 50})
    assert (second.folder, second.exit_code, second.already) == (first.folder, 0, True)
    assert second.findings == first.findings and place.executions() == 1
    latest = place.out / "shop" / "latest.txt"
    assert latest.read_text(encoding="utf-8") == f"2024-06-30/{first.folder.name}\n"

    place.ask("artefact")
    third = place.run()
    assert third.exit_code == 5 and third.folder.parent.name == "2024-06-30" and place.executions() == 2
    assert sorted(file.name for file in third.folder.iterdir()) == FILES
    assert latest.read_text(encoding="utf-8") == f"2024-06-30/{first.folder.name}\n"
    index = (place.out / "index.html").read_text(encoding="utf-8")
    assert (
        first.folder.name in index and third.folder.name in index and "数据问题" in index and "data artefact" in index
    )
    assert sorted(path.name for path in (place.out / "shop").iterdir()) == [
        ".alerts",
        ".lock",
        "2024-06-30",
        "latest.txt",
    ]


def test_failing_cell_publishes_nothing_and_is_on_record(place):
    place.ask("boom")
    with pytest.raises(RunError, match="ValueError: no such thing") as error:
        place.run(as_of="2024-06-30")
    assert error.value.exit_code == 1 and place.published() == []
    (failure,) = place.failures()
    assert (failure["error"], failure["exit_code"], failure["as_of"]) == ("RunError", 1, "2024-06-30")
    assert "no such thing" in failure["message_zh"] and "Traceback" not in failure["message"]
    assert not list((place.out / "shop").glob(".work*")) and not (place.out / "shop" / "latest.txt").exists()


def test_total_limit_exits_4(place):
    place.ask("sleep")
    with pytest.raises(TimeLimitError) as error:
        place.run(settings={"limits.seconds": 4})
    assert error.value.exit_code == 4 and place.published() == []
    assert [failure["exit_code"] for failure in place.failures()] == [4]


def test_second_run_is_locked_out_and_a_killed_one_leaves_nothing_half_done(place):
    place.ask("sleep")
    process = place.start()
    with pytest.raises(LockedError, match=f"pid {process.pid}") as error:
        place.run()
    assert error.value.exit_code == 75
    family = psutil.Process(process.pid).children(recursive=True)
    assert len(family) >= 2
    process.kill()
    process.wait()
    assert psutil.wait_procs(family, timeout=20)[1] == []  # nobody goes on without the one who asked
    assert place.published() == [] and list((place.out / "shop").glob(".work-*"))
    places.tidy(place.out / "shop")
    assert not list((place.out / "shop").glob(".work-*"))
    (failure,) = place.failures()
    assert failure["key_of_error"] == "run_vanished" and str(process.pid) in failure["message"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no TERM")
def test_term_is_put_on_record(place):
    place.ask("sleep")
    process = place.start()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 1
    assert place.published() == [] and [failure["key_of_error"] for failure in place.failures()] == ["run_stopped"]
    assert not list((place.out / "shop").glob(".work-*"))


@pytest.mark.slow
def test_forced_run_takes_the_place_of_the_one_before(place):
    first = place.run()
    marker = first.folder / "by_hand.txt"
    marker.write_text("x")
    second = place.run(force=True)
    assert second.folder == first.folder and not second.already and not marker.exists()
    assert place.executions() == 2 and len(place.published()) == 1


@pytest.mark.slow
def test_notebook_that_says_nothing_of_its_end_is_an_error(place):
    write_notebook(place.notebook, "1")
    with pytest.raises(RunError, match=r"result\.json"):
        place.run()
    assert place.published() == []


@pytest.mark.slow
def test_two_languages_and_another_notebook_have_places_of_their_own(place):
    chinese = place.run(lang="zh")
    other = write_notebook(place.folder / "R01_daily.ipynb", STAND_IN, ENDING)
    english = place.run(lang="en", notebook=str(other))
    assert chinese.folder.parts[-3] == "shop" and english.folder.parts[-3] == "shop-R01"
    assert '<html lang="zh-CN">' in (chinese.folder / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"settings": {"question.min_m": 3}}, "min_n"),
        ({"as_of": "30.06.2024"}, "ISO date"),
        ({"notebook": "R99"}, "no notebook"),
    ],
)
def test_wrong_parameters_start_nothing(place, monkeypatch, options, words):
    monkeypatch.setattr("subprocess.Popen", lambda *a, **k: pytest.fail("a process was started"))
    with pytest.raises(StudyError, match=words) as error:
        place.run(**options)
    assert error.value.exit_code == 2 and place.published() == []


def test_missing_data_is_on_record(place):
    (place.folder / "surveys.csv").unlink()
    with pytest.raises(DataError):
        place.run()
    assert place.failures()[0]["exit_code"] == 2


# The key ----------------------------------------------------------------------------------------


def key_of(place, *, as_of="", lang="en", go_on=False, count_rows=None, **settings):
    study = read_study(place.study, {name.replace("__", "."): value for name, value in settings.items()})
    parameters = keys.resolved(study, as_of=as_of, lang=lang, go_on=go_on)
    return keys.run_key(place.notebook, parameters, keys.fingerprint(study, count_rows))


def test_key_follows_data_parameters_notebook_and_version(place, monkeypatch):
    first = key_of(place)
    assert len(first) == 12 and key_of(place) == first
    others = [
        key_of(place, as_of="2024-06-30"),
        key_of(place, lang="zh"),
        key_of(place, go_on=True),
        key_of(place, question__min_n=31),
    ]
    place.ask("mix")
    others.append(key_of(place))
    place.ask("real")
    assert key_of(place) == first
    write_notebook(place.notebook, STAND_IN, ENDING + "\n1")
    others.append(key_of(place))
    write_notebook(place.notebook, STAND_IN, ENDING)
    monkeypatch.setattr(keys, "version", lambda: "9.9")
    others.append(key_of(place))
    assert len({first, *others}) == 8


def test_key_does_not_follow_comments_and_time_stamps(place):
    first = key_of(place)
    place.study.write_text("# a comment\n" + STUDY, encoding="utf-8")
    os.utime(place.folder / "surveys.csv", (1, 1))
    assert key_of(place) == first


def test_key_follows_the_registers_beside_the_data(place):
    place.study.write_text('changes = "changes.csv"\n' + STUDY, encoding="utf-8")
    (place.folder / "changes.csv").write_text("change_id,at\n1,2024-06-01\n", encoding="utf-8")
    first = key_of(place)
    (place.folder / "changes.csv").write_text("change_id,at\n1,2024-06-02\n", encoding="utf-8")
    assert key_of(place) != first


def test_database_is_known_by_table_and_rows_without_its_address(place):
    data = {"surveys": {"database": "postgresql://host/base", "table": "surveys"}}
    counted = []

    def count(source: Database) -> int:
        counted.append(source)
        return 1234

    study = read_study(place.study, {"data": data})
    prints = keys.fingerprint(study, count)
    assert prints == {"surveys": {"table": "surveys", "rows": 1234}} and keys.is_certain(prints)
    assert counted[0].database == "postgresql://host/base"
    assert "host" not in json.dumps(keys.resolved(study, as_of="", lang="en", go_on=False))
    assert not keys.is_certain(keys.fingerprint(study))


# Publishing and listing -------------------------------------------------------------------------


def put_run(out, *, study="shop", as_of="2024-06-30", key="k1", value=0.8, verdict="real", exit_code=0):
    folder = out / study
    folder.mkdir(parents=True, exist_ok=True)
    work = places.make_work_folder(folder, key, {})
    kpi = {"key": "satisfaction_rate", "caliber": "five_level", "unit": "rate", "current": {"value": value}}
    run = {"as_of": as_of, "key": key, "verdict": verdict, "exit_code": exit_code, "kpi": kpi, "finished": "2024-07-01T00:00:00+00:00"}  # fmt: skip
    (work / "publish" / "run.json").write_text(json.dumps(run), encoding="utf-8")
    places.publish(work, folder, as_of, key)
    (work / "started.json").unlink()
    work.rmdir()
    if places.is_good(run):
        places.name_latest(folder, as_of, key)
    return folder


def test_latest_is_the_last_good_run_of_the_latest_day(tmp_path):
    named = []
    for as_of, key, verdict, code in [
        ("2024-06-29", "a", "real", 0),
        ("2024-06-30", "b", "none", 0),
        ("2024-06-30", "c", "mix", 3),
        ("2024-06-28", "d", "real", 0),
        ("2024-07-01", "e", "artefact", 5),
        ("2024-07-02", "f", "insufficient", 0),
    ]:
        folder = put_run(tmp_path, as_of=as_of, key=key, verdict=verdict, exit_code=code)
        named.append((folder / "latest.txt").read_text(encoding="utf-8").strip())
    assert named == ["2024-06-29/a", "2024-06-30/b", *["2024-06-30/c"] * 4]


def test_republishing_cut_short_is_mended(tmp_path):
    folder = put_run(tmp_path)
    os.rename(folder / "2024-06-30" / "k1", folder / ".old-2024-06-30-k1")
    places.tidy(folder)
    assert places.find_published(folder, "k1") == folder / "2024-06-30" / "k1"
    assert not list(folder.glob(".old*"))


def test_lock_does_not_outlive_its_block(tmp_path):
    from ccsat.runs.lock import only_run

    for _ in range(2):
        with only_run(tmp_path, "shop"), pytest.raises(LockedError), only_run(tmp_path, "shop"):
            pytest.fail("two at once")


def test_index_draws_the_trend_of_good_runs_and_escapes(tmp_path):
    for day, value, verdict in (("01", 0.80, "real"), ("02", 0.30, "artefact"), ("03", 0.85, "none")):
        put_run(tmp_path, as_of=f"2024-06-{day}", key=f"k{day}", value=value, verdict=verdict)
    put_run(tmp_path, study="one", key="<script>alert(1)</script>".replace("/", "-"))
    (tmp_path / "shop" / "failures.jsonl").write_text("{}\n{}\n", encoding="utf-8")
    text = write_index(tmp_path).read_text(encoding="utf-8")
    assert text.count("<circle") == 2 and "2024-06-03 85.00%" in text and "30.00%" in text
    assert "<script" not in text and "&lt;script&gt;" in text and "http:" not in text.replace("http-equiv", "")
    assert "runs that did not finish: 2" in text and "未完成的运行：2" in text
    assert 'href="shop/2024-06-03/k03/report.html"' in text
    assert text.index("2024-06-03</td>") < text.index("2024-06-02</td>")


@pytest.mark.browser
def test_index_opens_in_a_browser(tmp_path, browser):
    for day, value in (("01", 0.80), ("02", 0.83), ("03", 0.79)):
        put_run(tmp_path, as_of=f"2024-06-{day}", key=f"k{day}", value=value)
    asked = []
    tab = browser.new_page()
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(write_index(tmp_path).as_uri())
    assert tab.locator("tbody tr").count() == 3 and len(asked) == 1
    tab.screenshot(path=tmp_path / "index.png", full_page=True)
