"""A scheduled notebook's contract: cell and sidecar agree, and whatever does not fit is refused before a kernel starts."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from notebook_examples import write_notebook
from run_examples import Place

from ccsat import scheduled
from ccsat.contracts import check_values, find_contract, find_sidecar, read_contract
from ccsat.errors import RunError, StudyError
from ccsat.notebooks import parameters_of

ROOT = Path(__file__).resolve().parents[1]
TRACES = sorted((ROOT / "notebooks" / "traces").glob("*/*.ipynb"))
RULES = """
code = "R03"
[parameters.study]
type = "str"
default = ""
[parameters.min_n]
type = "int"
default = 30
min = 2
max = 1000
[parameters.share]
type = "float"
default = 0.1
[parameters.lang]
type = "str"
choices = ["zh", "en"]
default = "en"
[parameters.as_of]
type = "str"
format = "day"
default = ""
[parameters.settings]
type = "str"
format = "json"
default = "{}"
"""


@pytest.fixture
def contract(tmp_path):
    (tmp_path / "R03_x.toml").write_text(RULES, encoding="utf-8")
    return read_contract(tmp_path / "R03_x.toml")


@pytest.mark.parametrize("notebook", TRACES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_scheduled_notebook_agrees_with_its_sidecar(notebook):
    contract = read_contract(find_sidecar(notebook))
    cell = parameters_of(notebook)
    assert list(cell) == list(contract.parameters) and contract.code == notebook.stem.split("_")[0]
    for name, rule in contract.parameters.items():
        default = {"True": True, "False": False}.get(cell[name].default, cell[name].default.strip("\"'"))
        language = notebook.parent.name if name == "lang" else rule.default
        assert (cell[name].kind, str(default)) == (rule.kind, str(language)), name
    assert set(contract.title) == {"zh", "en"} and contract.owner


def test_sidecars_are_published_as_they_are_written():
    for file in sorted((ROOT / "workshop" / "source" / "traces").glob("*.toml")):
        assert (ROOT / "notebooks" / "traces" / file.name).read_bytes() == file.read_bytes()


def test_good_values_come_back_in_their_kind(contract):
    given = {"min_n": "50", "share": 1, "lang": "zh", "as_of": "2024-06-30", "settings": '{"question.min_n": 50}'}
    values = check_values(contract.parameters, given, notebook="R03")
    assert values == {**given, "min_n": 50, "share": 1.0} and isinstance(values["share"], float)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"min_m": 3}, "did you mean min_n"),
        ({"nonsense_of_all": 3}, "there are 'study'"),
        ({"min_n": "abc"}, "is not of the type int"),
        ({"min_n": True}, "is not of the type int"),
        ({"min_n": 1}, "outside 2 to 1000"),
        ({"min_n": 2000}, "outside 2 to 1000"),
        ({"lang": "cn"}, "none of 'zh', 'en'"),
        ({"as_of": "30.6.2024"}, "not an ISO date"),
        ({"as_of": "2024-6-3"}, "not an ISO date"),
        ({"settings": "question.min_n=3"}, "not a JSON table"),
        ({"settings": '{"a.password": "x"}'}, "secret"),
        ({"api_key": "x"}, "environment variable"),
    ],
)
def test_wrong_values_are_named(contract, given, words):
    with pytest.raises(StudyError, match=words) as error:
        check_values(contract.parameters, given, notebook="R03")
    assert error.value.exit_code == 2 and "R03" in str(error.value)


def test_all_problems_are_in_one_message(contract):
    with pytest.raises(StudyError) as error:
        check_values(contract.parameters, {"min_m": 3, "lang": "cn", "min_n": 1}, notebook="R03")
    assert all(
        name in error.value.message("zh") and name in error.value.message("en") for name in ("min_m", "lang", "min_n")
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[parameters.a]\ntype = 'text'\n", "type or format"),
        ("[parameters.a]\ntype = 'int'\nmin = 3\ndefault = 1\n", "outside 3"),
        ("[parameter.a]\ntype = 'int'\n", "did you mean parameters"),
        ("[parameters.a]\ntype = 'int'\nminimum = 3\n", "a.minimum"),
        ("owner = 'x'\n", "none are written"),
        ("= 3", "Expected|Invalid"),
    ],
)
def test_an_unsound_sidecar_is_refused(tmp_path, content, words):
    (tmp_path / "R09.toml").write_text(content)
    with pytest.raises(RunError, match=words):
        read_contract(tmp_path / "R09.toml")


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ({"as_off": "2024-06-30"}, "did you mean as_of"),
        ({"go_on": "yes"}, "is not of the type bool"),
        ({"as_of": "soon"}, "not an ISO date"),
        ({"lang": "fr"}, "none of"),
    ],
)
def test_a_notebook_checks_itself(names, words):
    good = {name: rule.default for name, rule in find_contract("R03").parameters.items()}
    kernel = {"In": [], "Out": {}, "_oh": {}, "os": os, "exit": exit, "get_ipython": lambda: None}
    scheduled.check_parameters({**kernel, **good}, "R03")
    with pytest.raises(StudyError, match=words):
        scheduled.check_parameters({**kernel, **good, **names}, "R03")


def test_unknown_contract_is_an_error():
    with pytest.raises(RunError, match="R98"):
        find_contract("R98")


@pytest.mark.slow
@pytest.mark.parametrize(
    "given", [{"as_off": "2024-06-30"}, {"go_on": "abc"}, {}], ids=["misspelt", "wrong type", "good"]
)
def test_papermill_alone_is_stopped_by_the_first_cell(tmp_path, given):
    cells = nbformat.read(ROOT / "notebooks" / "traces" / "en" / "R03_satisfaction_trace.ipynb", as_version=4).cells
    parameters = next(cell.source for cell in cells if "parameters" in cell.metadata.get("tags", []))
    check = "from ccsat import scheduled\nscheduled.check_parameters(globals(), 'R03')"
    notebook = write_notebook(
        tmp_path / "R03_small.ipynb", check, "open('ran.txt', 'w').close()", parameters=parameters
    )
    words = [part for name, value in given.items() for part in ("-p", name, value)]
    done = subprocess.run(
        [sys.executable, "-m", "papermill", str(notebook), "out.ipynb", "-k", "python3", "--no-progress-bar", *words],
        cwd=tmp_path, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": os.environ.get("PYTHONPATH", str(ROOT))},
    )  # fmt: skip
    assert (done.returncode != 0, (tmp_path / "ran.txt").exists()) == (bool(given), not given), done.stderr


@pytest.mark.parametrize(
    "words",
    [["--set", "question.min_m=3"], ["--as-of", "31.12.2024"], ["--notebook", "R99"], ["--set", "x.password=abc"]],
)
def test_a_bad_parameter_is_refused_quickly_and_starts_nothing(tmp_path, words):
    place = Place(tmp_path)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-m", "ccsat.cli", "trace", str(place.study), "--out", str(place.out), *words],
                          capture_output=True, text=True, cwd=tmp_path, env={**os.environ, "PYTHONPATH": os.environ.get("PYTHONPATH", str(ROOT))})  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 2 and "Try:" in done.stderr and "Traceback" not in done.stderr
    assert after.ru_utime - before.ru_utime < 2 and not place.out.exists()


def test_the_run_hands_the_notebook_what_its_contract_takes():
    contract = find_contract("R03")
    given = {"study": "s", "settings": json.dumps({"a": 1}), "as_of": "", "lang": "en", "out_dir": ".", "go_on": False}
    assert check_values(contract.parameters, given, notebook="R03") == given
