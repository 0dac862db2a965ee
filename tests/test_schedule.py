"""What `ccsat schedule` prints is taken by the schedulers' own checkers, and what it calls refuses bad parameters."""

import ast
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import jinja2
import pytest
from conftest import skip_unless_ci
from run_examples import Place
from typer.testing import CliRunner

from ccsat.contracts import find_contract
from ccsat.errors import CcsatError, StudyError
from ccsat.runs.schedules import Plan, files_of, make_plan, parse_at, parse_days
from ccsat.schedule_cli import schedule

ROOT = Path(__file__).resolve().parents[1]


def plan(folder, **more):
    values = {"study": folder / "shop.toml", "name": "shop", "notebook": "R03", "notebook_file": Path("R03_satisfaction_trace.ipynb"), "out": folder / "runs",
              "hour": 7, "minute": 30, "days": tuple(range(7)), "zone": "Asia/Shanghai", "seconds": 1800.0}  # fmt: skip
    return Plan(**{**values, **more})


HARD = '50% of it\'s "$HOME" 客服'


@pytest.fixture(params=["plain", "hard"])
def folder(tmp_path, request):
    folder = tmp_path / (HARD if request.param == "hard" else "plain")
    folder.mkdir()
    return folder


def test_the_crontab_line_runs_the_command_it_says(folder):
    """Read as cron does: five fields, then what is before the first bare percent sign goes to a shell."""
    (text,) = files_of(plan(folder, days=(0, 1, 2, 3, 4), settings={"question.kpi": "a b%c"}), "cron").values()
    comment, run, watch = text.splitlines()
    assert comment.startswith("# ")
    fields, shell = re.fullmatch(r"(\S+ \S+ \S+ \S+ \S+) (.*)", run).groups()
    assert fields == "30 7 * * 1,2,3,4,5" and watch.startswith("30 9 * * 1,2,3,4,5 ")
    for line in (run, watch):
        assert "%" not in line.replace(r"\%", "")
    recorder = folder / "recorder.py"
    recorder.write_text(
        "import json, os, sys; json.dump([os.getcwd(), sys.argv[1:]], open('called.json', 'w')); print('said')"
    )
    stand_in = shell.replace(r"\%", "%").replace(
        f"{shlex.quote(sys.executable)} -m ccsat.cli", f"{shlex.quote(sys.executable)} {shlex.quote(str(recorder))}"
    )
    done = subprocess.run(["/bin/sh", "-c", stand_in], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    cwd, words = json.loads((folder / "called.json").read_text())
    assert (
        cwd == str(folder)
        and words[:2] == ["trace", str(folder / "shop.toml")]
        and words[-2:] == ["--as-of", "yesterday"]
    )
    assert words[words.index("--set") + 1] == "question.kpi=a b%c" and words[words.index("--out") + 1] == str(
        folder / "runs"
    )
    assert [file.read_text() for file in (folder / "runs").glob(".*.log")] == ["said\n"]
    red = watch.split(" ", 5)[5].replace(r"\%", "%")
    assert "runs status --study shop" in red and "--max-age 74h" in red and "|| cat" in red


@pytest.mark.parametrize(("days", "week"), [(tuple(range(7)), "*"), ((0, 1, 2, 3, 4), "1,2,3,4,5"), ((5, 6), "6,0")])
def test_the_five_fields_of_a_crontab_line(tmp_path, days, week):
    (text,) = files_of(plan(tmp_path, days=days, hour=23, minute=5), "cron").values()
    assert [line.split()[:5] for line in text.splitlines()[1:]] == [
        ["5", "23", "*", "*", week],
        ["5", "1", "*", "*", week],
    ]


@pytest.mark.parametrize(("days", "zone"), [(tuple(range(7)), "Asia/Shanghai"), ((0, 4, 6), None)])
def test_systemd_takes_the_units(folder, days, zone):
    program = shutil.which("systemd-analyze") or skip_unless_ci("no systemd-analyze")
    files = files_of(plan(folder, days=days, zone=zone, settings={"question.kpi": HARD}), "systemd")
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")
    done = subprocess.run(
        [program, "verify", "--man=no", *(str(folder / name) for name in files)], capture_output=True, text=True
    )
    own = [line for line in (done.stdout + done.stderr).splitlines() if "ccsat-" in line]
    assert own == [], own
    when = next(
        line.removeprefix("OnCalendar=")
        for line in files["ccsat-shop-r03.timer"].splitlines()
        if line.startswith("OnCalendar=")
    )
    calendar = subprocess.run([program, "calendar", when], capture_output=True, text=True)
    assert calendar.returncode == 0 and "Next elapse" in calendar.stdout
    assert when == ("*-*-* 07:30:00 Asia/Shanghai" if zone else "Mon,Fri,Sun *-*-* 07:30:00")


def test_a_broken_unit_would_be_seen(tmp_path):
    program = shutil.which("systemd-analyze") or skip_unless_ci("no systemd-analyze")
    files = files_of(plan(tmp_path), "systemd")
    broken = {
        name: content.replace("Type=oneshot", "Type=oneshoot").replace("07:30", "27:30")
        for name, content in files.items()
    }
    for name, content in broken.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    done = subprocess.run(
        [program, "verify", "--man=no", *(str(tmp_path / name) for name in broken)], capture_output=True, text=True
    )
    assert "oneshoot" in done.stdout + done.stderr or "OnCalendar" in done.stdout + done.stderr


def test_exec_start_is_read_back_as_it_was_meant(folder):
    """systemd's own rules undone: quotes, then doubled percent and dollar signs."""
    one = plan(folder, settings={"question.kpi": HARD})
    line = next(
        line
        for line in files_of(one, "systemd")["ccsat-shop-r03.service"].splitlines()
        if line.startswith("ExecStart=")
    )
    words = [word.replace("%%", "%").replace("$$", "$") for word in shlex.split(line.removeprefix("ExecStart="))]
    assert words == one.words("--as-of", "yesterday")


def test_the_dag_is_python_and_calls_the_command(folder):
    one = plan(folder, days=(0, 1, 2, 3, 4), settings={"question.kpi": HARD})
    ((name, source),) = files_of(one, "airflow").items()
    assert name == "ccsat_shop_r03.py"
    tree = ast.parse(source)
    values = {node.targets[0].id: node.value for node in ast.walk(tree) if isinstance(node, ast.Assign)}
    assert (
        shlex.split(ast.literal_eval(values["COMMAND"])) == one.words()
        and ast.literal_eval(values["ZONE"]) == "Asia/Shanghai"
    )
    assert (
        'schedule="30 7 * * 1,2,3,4,5"' in source and "skip_on_exit_code=75" in source and "data_interval_end" in source
    )
    assert "{{" not in ast.literal_eval(values["COMMAND"])  # nothing of the study's own words is a template


def test_jupyter_scheduler_gets_its_values_as_code(folder):
    (text,) = files_of(plan(folder, settings={"question.kpi": HARD}), "jupyter_scheduler").values()
    job = json.loads(text)
    values = {
        name: ast.literal_eval(code) for name, code in job["parameters"].items()
    }  # it writes them into a cell as they are
    assert set(values) == set(find_contract("R03").parameters)
    assert (
        values["study"] == str(folder / "shop.toml")
        and json.loads(values["settings"]) == {"question.kpi": HARD}
        and values["go_on"] is False
    )
    assert (job["schedule"], job["timezone"], job["input_uri"]) == (
        "30 7 * * *",
        "Asia/Shanghai",
        "R03_satisfaction_trace.ipynb",
    )


def test_a_template_in_a_path_is_not_run_by_airflow(tmp_path):
    with_braces = tmp_path / "{{ params }}"
    with_braces.mkdir()
    source = next(iter(files_of(plan(with_braces), "airflow").values()))
    command = ast.literal_eval(
        next(
            node.value
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Assign) and node.targets[0].id == "COMMAND"
        )
    )
    assert shlex.split(jinja2.Template(command).render(params="x"))[4] == str(with_braces / "shop.toml")


@pytest.mark.parametrize("given", ["25:00", "7.30", "0730", "07:60", ""])
def test_no_time_of_day(given):
    with pytest.raises(StudyError, match="07:30"):
        parse_at(given)


def test_times_and_days():
    assert parse_at("7:05") == (7, 5) and parse_at("23:59") == (23, 59)
    assert (
        parse_days(None) == tuple(range(7))
        and parse_days("mon-fri") == (0, 1, 2, 3, 4)
        and parse_days("Sun, mon,wed-thu") == (0, 2, 3, 6)
    )
    for wrong in ("fri-mon", "monday", "1-5", ","):
        with pytest.raises(StudyError, match="mon-fri"):
            parse_days(wrong)


def test_two_studies_have_names_of_their_own(tmp_path):
    names = {plan(tmp_path, name=name).id for name in ("shop", "华东", "华北", "shop-1", "shop.1")}
    assert len(names) == 5 and all(re.fullmatch(r"[a-z0-9_-]+", name) for name in names)


def test_a_line_break_in_a_path_is_refused(tmp_path):
    with pytest.raises(StudyError, match="line break"):
        files_of(plan(tmp_path, out=tmp_path / "a\nb"), "cron")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"settings": {"question.min_m": "3"}}, "min_n"),
        ({"notebook": "R99"}, "no notebook"),
        ({"at": "7"}, "07:30"),
        ({"days": "x"}, "mon-fri"),
    ],
)
def test_bad_parameters_are_refused_before_anything_is_scheduled(tmp_path, more, words):
    place = Place(tmp_path)
    given = {"notebook": "R03", "out": tmp_path / "runs", "at": "07:30", "days": None, "settings": {}, **more}
    with pytest.raises(StudyError, match=words):
        make_plan(place.study, **given)


def test_the_command_prints_or_writes(tmp_path):
    import typer

    place = Place(tmp_path)
    app = typer.Typer()
    app.command()(schedule)
    call = lambda *words: CliRunner().invoke(app, [str(place.study), *words, "--lang", "en"])
    assert "07:30:00" in call("--systemd").stdout and "# ccsat-shop-r03.timer" in call("--systemd").stdout
    assert call("--airflow", "--into", str(tmp_path / "dags")).exit_code == 0
    ast.parse((tmp_path / "dags" / "ccsat_shop_r03.py").read_text(encoding="utf-8"))
    for words in ([], ["--cron", "--systemd"], ["--cron", "--set", "x"]):
        assert isinstance(call(*words).exception, CcsatError)
