"""`workshop check` sees what is wrong with an exercise; and the export is a course that nbgrader takes."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import nbformat
import pytest
from conftest import skip_unless_ci
from test_workshop import HEAD, write

from ccsat.wording import LANGUAGES, speaking
from ccsat.workshop import checks, proof
from ccsat.workshop.exercises import EXERCISES
from ccsat.workshop.exercises.item import Exercise, Item, Judgement
from ccsat.workshop.nbgrader_export import ExportError, course_notebook, export_nbgrader
from ccsat.workshop.proof import ProofError, prove_workshop
from ccsat.workshop.source import SourceError, read_source, secrets

ROOT = Path(__file__).resolve().parents[1]
BEGIN = """# %% name="begin"
from ccsat import workshop

workshop.begin("N07", world="S03", seed=101, lang=lang, scale="small")

"""
TASK = """# %% tags=["answer"] name="verdict" points=10
verdict = 40 + 2  # SOLUTION

# %% tags=["check"] name="check-verdict"
workshop.check("verdict", verdict)
"""
EXAMPLES = """def wrong_answers(case, right):
    assert right == {"verdict": 42}
    return {("verdict", "said_mix"): 41, ("verdict", "said_none"): 0}
"""
PLACED = HEAD.replace('# %% [markdown] tags=["zh", "task"]', BEGIN + '# %% [markdown] tags=["zh", "task"]')


def judge(answer, case):
    return (
        Judgement("right")
        if answer == 42
        else Judgement("said_mix" if answer == 41 else "said_none", share=0.1, hint=1)
    )


@pytest.fixture
def workshop_of_one(tmp_path, monkeypatch):
    """A workshop with one exercise of one item, whose words are those of N07's verdict."""
    item = Item(10, int, "3", judge, ("said_mix", "said_none"))
    monkeypatch.setitem(EXERCISES, "N07", Exercise(world="S03", items={"verdict": item}))

    def made(task=TASK, examples=EXAMPLES):
        shutil.rmtree(tmp_path / "workshop", ignore_errors=True)
        write(tmp_path, PLACED + task)
        if examples:
            (tmp_path / "workshop/wrong").mkdir()
            (tmp_path / "workshop/wrong/01_sum.py").write_text(examples, encoding="utf-8")
        return tmp_path

    with speaking("en"):
        yield made


def problems(root):
    return "\n".join(line for one in prove_workshop(root) for line in one.problems)


def test_an_exercise_as_it_should_be_has_no_problem(workshop_of_one):
    (one,) = prove_workshop(workshop_of_one())
    assert (one.name, one.items, one.wrong, one.problems) == ("01_sum", 1, 2, ())


@pytest.mark.parametrize(("task", "examples", "words"), [
    (TASK.replace("40 + 2", "40 + 1"), EXAMPLES.replace("42", "41"), "does not pass its check"),
    (TASK.replace("40 + 2", "1 / 0"), "", "cell 'verdict' failed: ZeroDivisionError"),
    (TASK.replace("verdict = 40 + 2  # SOLUTION", "verdict = 41\n### BEGIN SOLUTION\nverdict = 42\n### END SOLUTION"), EXAMPLES, "not told 'no answer yet'"),
    (TASK.replace("  # SOLUTION", "  # SOLUTION NO PROMPT"), EXAMPLES, "NameError"),
    (TASK.replace("points=10", "points=5"), EXAMPLES, "the cell says 5 points, the check gives 10"),
    (TASK, "", "said_mix has no example; add one to workshop/wrong/01_sum.py"),
    (TASK, EXAMPLES.replace('("verdict", "said_none"): 0', ""), "said_none has no example"),
    (TASK, EXAMPLES.replace('said_none"): 0', 'said_none"): 41'), "said_none is judged said_mix"),
    (TASK, EXAMPLES.replace("said_none", "said_nothing"), "said_nothing is no mistake"),
    (TASK, EXAMPLES.replace('("verdict", "said_none"', '("colour", "said_none"'), "colour: said_none is no mistake"),
])  # fmt: skip
def test_what_is_wrong_with_an_exercise_is_said(workshop_of_one, task, examples, words):
    assert words in problems(workshop_of_one(task, examples))


def test_two_mistakes_told_alike_are_seen(workshop_of_one, monkeypatch):
    monkeypatch.setattr(checks.Feedback, "message", lambda self, lang=None: "Try again.")
    assert "the mistakes said_none and said_mix are told the same" in problems(workshop_of_one())


def test_broken_examples_and_unknown_names_are_one_error(workshop_of_one):
    root = workshop_of_one(TASK, "def wrong_answers(case, right):\n    return 1 / 0\n")
    with pytest.raises(ProofError, match="ZeroDivisionError"):
        prove_workshop(root)
    with pytest.raises(SourceError, match="no exercise '9_x'. There are: '01_sum'"):
        prove_workshop(root, only=["9_x"])


def test_the_session_is_left_as_it_was(workshop_of_one):
    here, case = os.getcwd(), checks._session["case"]
    prove_workshop(workshop_of_one())
    assert (os.getcwd(), checks._session["case"]) == (here, case)


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted((ROOT / "workshop/source").glob("*.py")), ids=lambda path: path.stem)
def test_every_exercise_is_as_it_should_be(path):
    source = read_source(path, root=ROOT)
    if any(cell.is_answer for cell in source.cells):
        with speaking("en"):
            assert proof.prove(source, ROOT).problems == ()


# nbgrader -------------------------------------------------------------------------------------

SOURCE = read_source(ROOT / "workshop/source/01_data_types.py", root=ROOT)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_cells_carry_what_nbgrader_needs(lang):
    made = course_notebook(SOURCE, lang)
    nbformat.validate(made)
    own = {cell.id: cell.metadata.nbgrader for cell in made.cells if "nbgrader" in cell.metadata}
    for name, item in EXERCISES["N01"].items.items():
        assert (own[name].solution, own[name].grade, own[name].locked) == (True, False, False)
        test = next(cell for cell in made.cells if f"workshop.check('{name}'" in cell.source)
        assert (test.metadata.nbgrader.grade, test.metadata.nbgrader.locked, test.metadata.nbgrader.points) == (
            True,
            True,
            item.max,
        )
        assert test.source.endswith("sum(one.score for one in found)")
    assert own["begin"].locked and own["hand-in"].locked and "parameters" not in own
    assert len({row.grade_id for row in own.values()}) == len(own)
    for cell in made.cells:
        assert (
            cell.source.count("### BEGIN SOLUTION")
            == cell.source.count("### END SOLUTION")
            == (cell.id in EXERCISES["N01"].items)
        )


def test_a_folder_in_use_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("x")
    with speaking("en"), pytest.raises(ExportError, match="is not empty"):
        export_nbgrader(tmp_path, root=ROOT)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.fixture(scope="module")
def nbgrader(tmp_path_factory):
    """A Python of its own with nbgrader, that sees this one's packages; its folder of programs."""
    home = tmp_path_factory.mktemp("nbgrader")
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    site = next((home / "lib").glob("python*/site-packages")) if os.name != "nt" else home / "Lib/site-packages"
    site.joinpath("ccsat-here.pth").write_text(f"{ROOT}\n{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    programs = home / ("Scripts" if os.name == "nt" else "bin")
    pip = [
        str(programs / "python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "nbgrader>=0.9.5",
    ]
    done = subprocess.run(pip, capture_output=True, text=True, check=False, timeout=500)
    if done.returncode:
        skip_unless_ci(f"nbgrader cannot be installed: {done.stderr.strip()[-200:]}")
    kernel = [str(programs / "python"), "-m", "ipykernel", "install", "--sys-prefix", "--name", "python3"]
    subprocess.run(kernel, check=True, capture_output=True)
    return programs


@pytest.mark.slow
def test_nbgrader_generates_and_autogrades_the_course(nbgrader, tmp_path):
    root, course, name = tmp_path / "root", tmp_path / "course", "01_data_types-en"
    (root / "workshop/source").mkdir(parents=True)
    shutil.copy(ROOT / "workshop/source/01_data_types.py", root / "workshop/source")
    assert export_nbgrader(course, root=root) == ["01_data_types-zh", name]
    environment = {
        **os.environ,
        "PATH": f"{nbgrader}{os.pathsep}{os.environ['PATH']}",
        "OMP_NUM_THREADS": "1",
        "JUPYTER_PREFER_ENV_PATH": "1",
    }

    def run(*words):
        done = subprocess.run(
            [str(nbgrader / words[0]), *words[1:]],
            cwd=course,
            env=environment,
            capture_output=True,
            text=True,
            timeout=500,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    run("nbgrader", "generate_assignment", name, "--create")
    release = course / "release" / name / "01_data_types.ipynb"
    said = release.read_text(encoding="utf-8")
    assert "SOLUTION" not in said and not [line for line in secrets(SOURCE) if json.dumps(line)[1:-1] in said]

    def hand_in(student, made_from, **cells):
        made = nbformat.read(made_from, as_version=4)
        for cell in made.cells:
            cell.source = cells.get(cell.id.replace("-", "_"), cell.source).replace(
                'scale: str = "full"', 'scale: str = "small"'
            )
        path = course / "submitted" / student / name / "01_data_types.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(nbformat.writes(made), encoding="utf-8")

    hand_in("anna", course / "source" / name / "01_data_types.ipynb")
    hand_in("bo", release, check_scale="40.0")
    run("nbgrader", "autograde", name)
    code = ("from nbgrader.api import Gradebook\nwith Gradebook('sqlite:///gradebook.db') as book:\n"
            f"    print({{s.student.id: (s.score, s.max_score) for s in book.assignment_submissions('{name}')}})")  # fmt: skip
    assert run("python", "-c", code).strip() == "{'anna': (100.0, 100.0), 'bo': (0.0, 100.0)}"
