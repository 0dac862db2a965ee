"""Notebooks are found, filled in strictly, run under limits, and leave nothing behind."""

import json
import os
from datetime import date

import nbformat
import psutil
import pytest
from notebook_examples import write_notebook

from ccsat import notebooks
from ccsat.errors import NoDataError, RunError, StudyError, TimeLimitError

TAKES = 'study: str = ""  # the study file\ndepth: int = 2\nshare: float = 0.5\nfast: bool = False\ndims: list = []'


def run(notebook, folder, *, seconds=60, cell_seconds=30, progress=None, **parameters):
    executed = folder / "executed.ipynb"
    notebooks.execute_notebook(
        notebook, parameters, executed, cwd=folder, seconds=seconds, cell_seconds=cell_seconds, progress=progress
    )
    return nbformat.read(executed, as_version=4)


@pytest.fixture
def notebook(tmp_path):
    return write_notebook(tmp_path / "traces" / "en" / "R03_satisfaction_trace.ipynb", "1", parameters=TAKES)


@pytest.mark.parametrize(
    "name", ["R03", "r03", "R03_satisfaction_trace", "satisfaction_trace", "R03_Satisfaction_Trace.ipynb"]
)
def test_notebook_is_found_by_code_or_name(notebook, tmp_path, name):
    assert notebooks.find_notebook(name, "en", folders=[tmp_path / "traces"]) == notebook


def test_notebook_is_found_by_its_path(notebook):
    assert notebooks.find_notebook(str(notebook), "zh") == notebook


@pytest.mark.parametrize("name", ["R04", "satisfaction_trac", "../R03_satisfaction_trace"])
def test_unknown_notebook_says_which_there_are(notebook, tmp_path, name):
    with pytest.raises(StudyError, match="R03_satisfaction_trace") as error:
        notebooks.find_notebook(name, "en", folders=[tmp_path / "traces"])
    assert error.value.exit_code == 2


def test_parameters_are_read_without_running(notebook):
    found = notebooks.parameters_of(notebook)
    assert {name: parameter.kind for name, parameter in found.items()} == {
        "study": "str", "depth": "int", "share": "float", "fast": "bool", "dims": "list",
    }  # fmt: skip
    assert found["study"].help == "the study file" and found["depth"].default == "2"


def test_every_wrong_parameter_is_in_one_message(notebook):
    given = {"stuyd": "x", "depth": "abc", "fast": 1, "dims": "a", "share": "0.25", "study": date(2024, 6, 30)}
    with pytest.raises(StudyError) as error:
        notebooks.check_parameters(notebook, given)
    message = str(error.value)
    assert "stuyd: ? → study" in message and "depth: 'abc' ≠ int" in message
    assert "fast: 1 ≠ bool" in message and "dims: 'a' ≠ list" in message and "share" not in message


def test_right_parameters_become_what_the_notebook_takes(notebook):
    given = {"depth": "3", "share": 1, "fast": "True", "dims": '["a"]', "study": date(2024, 6, 30)}
    taken = notebooks.check_parameters(notebook, given)
    assert taken == {"depth": 3, "share": 1.0, "fast": True, "dims": ["a"], "study": "2024-06-30"}


@pytest.mark.parametrize("value", [True, 2.5, "2.5"])
def test_an_int_takes_neither_truth_nor_fractions(notebook, value):
    with pytest.raises(StudyError, match="≠ int"):
        notebooks.check_parameters(notebook, {"depth": value})


def test_notebook_without_parameters_is_an_error(tmp_path):
    with pytest.raises(RunError, match="tagged parameters"):
        notebooks.parameters_of(write_notebook(tmp_path / "x.ipynb", "1", parameters=None))


def test_file_that_is_no_notebook_is_an_error(tmp_path):
    (tmp_path / "x.ipynb").write_text("{}", encoding="utf-8")
    with pytest.raises(RunError, match="cannot be read"):
        notebooks.parameters_of(tmp_path / "x.ipynb")


def test_run_fills_in_tells_its_steps_and_forgets_the_machine(tmp_path):
    folder = tmp_path / "数据 {a} b"
    source = 'import os\nprint(os.environ["OMP_NUM_THREADS"], os.environ["PYTHONUTF8"], os.getcwd(), study, depth)'
    notebook = write_notebook(folder / "01_x.ipynb", source, parameters=TAKES)
    before, steps = notebook.read_bytes(), []
    executed = run(notebook, folder, progress=steps.append, study="成都", depth=7)
    assert executed.cells[-1].outputs[0].text == f"1 1 {folder} 成都 7\n"
    assert steps == [notebooks.Cell(number, 3) for number in (1, 2, 3)]
    assert notebook.read_bytes() == before
    written = (folder / "executed.ipynb").read_text(encoding="utf-8")
    assert "papermill" not in written and "iopub" not in written and "duration" not in written
    assert [cell.id for cell in executed.cells] == ["title", "parameters", "injected-parameters", "cell-0"]


def test_wrong_parameter_starts_no_kernel(notebook, tmp_path, monkeypatch):
    monkeypatch.setattr("subprocess.Popen", lambda *a, **k: pytest.fail("a process was started"))
    with pytest.raises(StudyError, match="dept: . → depth"):
        run(notebook, tmp_path, dept=1)


def test_own_error_of_a_cell_comes_through_as_itself(tmp_path):
    source = 'from ccsat.errors import NoDataError\nraise NoDataError("study_keys", problems="a\\n  b")'
    with pytest.raises(NoDataError) as error:
        run(write_notebook(tmp_path / "x.ipynb", source), tmp_path)
    assert error.value.exit_code == 5
    assert error.value.message("en").startswith(
        "The study file has unknown keys or wrong values:\n  a\n  b\n  Try: mend"
    )
    assert not (tmp_path / "executed.ipynb").exists()


def test_total_limit_ends_everything_the_run_started(tmp_path):
    source = (
        "import os, subprocess, sys, time\n"
        'helper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(90)"])\n'
        'open("pids.txt", "w").write(f"{os.getpid()} {helper.pid}")\ntime.sleep(90)'
    )
    with pytest.raises(TimeLimitError, match="limit of 5 seconds") as error:
        run(write_notebook(tmp_path / "x.ipynb", source), tmp_path, seconds=5)
    assert error.value.exit_code == 4 and not (tmp_path / "executed.ipynb").exists()
    for pid in map(int, (tmp_path / "pids.txt").read_text().split()):
        assert not _alive(pid)


@pytest.mark.slow
def test_cell_limit_and_dead_kernel(tmp_path):
    sleeping = write_notebook(tmp_path / "a.ipynb", "import time; time.sleep(90)")
    with pytest.raises(TimeLimitError, match="A cell"):
        run(sleeping, tmp_path, cell_seconds=1)
    dying = write_notebook(tmp_path / "b.ipynb", "import os, signal; os.kill(os.getpid(), 9)")
    with pytest.raises(RunError, match="kernel died"):
        run(dying, tmp_path)


@pytest.mark.slow
def test_personal_kernels_and_startup_files_play_no_part(tmp_path, monkeypatch):
    home = tmp_path / "home"
    spec = home / ".local" / "share" / "jupyter" / "kernels" / "python3"
    spec.mkdir(parents=True)
    (spec / "kernel.json").write_text(json.dumps({"argv": ["false"], "display_name": "x", "language": "python"}))
    startup = home / ".ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text("depth = 99")
    monkeypatch.setenv("HOME", str(home))
    executed = run(write_notebook(tmp_path / "x.ipynb", 'print("depth" in globals())'), tmp_path)
    assert executed.cells[-1].outputs[0].text == "False\n"


def _alive(pid):
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE and pid != os.getpid()
