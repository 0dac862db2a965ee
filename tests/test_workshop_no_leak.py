"""No answer reaches a trainee: not in the notebook, its metadata or outputs, and not in a module they can import; and nbval sees a changed one."""

import shutil
from pathlib import Path

import nbformat
import pytest
from test_workshop_notebooks import nbval

from ccsat.wording import LANGUAGES
from ccsat.workshop.build import trainee
from ccsat.workshop.execute import execute
from ccsat.workshop.markers import solved, stub
from ccsat.workshop.source import read_source, secrets

ROOT = Path(__file__).resolve().parents[1]
SHORTEST = 12
FILES = sorted((ROOT / "workshop/source").glob("*.py"))


def source_of(path):
    return read_source(path, root=ROOT)


def solution_lines(source):
    """Every line, of 12 characters and more, that a solution has and the stub has not: found here anew, not by the build's own count."""
    lines = set()
    for cell in source.cells:
        if cell.kind == "code" and cell.has("answer", "exercise"):
            lines |= {line.strip() for line in solved(cell.text).splitlines()} - {
                line.strip() for line in stub(cell.text).splitlines()
            }
        elif cell.kind == "code" and cell.has("solution", "hidden", "instructor"):
            lines |= {line.strip() for line in cell.text.splitlines()}
    return {line for line in lines if len(line) >= SHORTEST}


def everything_in(notebook):
    """Every piece of text in a notebook, wherever it stands: sources, metadata, outputs, attachments; as it reads, not as JSON escapes it."""
    return "\n".join(strings(notebook))


def strings(part):
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict):
        for key, value in part.items():
            yield str(key)
            yield from strings(value)
    elif isinstance(part, list):
        for value in part:
            yield from strings(value)


def importable():
    """What `import ccsat` and its data can show: every text file of the package."""
    files = [
        path
        for path in (ROOT / "ccsat").rglob("*")
        if path.suffix in (".py", ".toml", ".csv", ".json", ".ipynb", ".md", ".txt")
    ]
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8", errors="replace") for path in files}


@pytest.fixture(scope="module")
def modules():
    return importable()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_solution_line_is_in_what_a_trainee_gets(path):
    source = source_of(path)
    hidden = solution_lines(source)
    assert hidden or not any(cell.is_answer for cell in source.cells)
    assert hidden <= set(secrets(source))
    for lang in LANGUAGES:
        made = trainee(source, lang)
        assert not [line for line in hidden if line in everything_in(made)]
        assert not any(cell.get("outputs") or cell.get("attachments") for cell in made.cells)
        assert "jupytext" not in made.metadata and set(made.metadata) <= {"kernelspec", "language_info", "ccsat"}


@pytest.mark.parametrize(
    "path", sorted((ROOT / "notebooks").glob("*/*.ipynb")), ids=lambda path: f"{path.parent.name}/{path.stem}"
)
def test_no_solution_line_is_in_a_committed_notebook(path):
    said = everything_in(nbformat.read(path, as_version=4))
    for file in FILES:
        own = file.stem == path.stem
        found = [line for line in solution_lines(source_of(file)) if line in said]
        assert not found or not own, (path.name, found)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_solution_line_is_in_an_importable_module(path, modules):
    for line in solution_lines(source_of(path)):
        assert not [name for name, text in modules.items() if line in text], line


def test_wrong_answers_and_solutions_are_in_no_package():
    for folder in ("workshop/wrong", "workshop/source", "workshop/solutions"):
        assert not list((ROOT / folder).rglob("__init__.py"))
    assert not [
        path for path in (ROOT / "ccsat").rglob("*") if path.name in ("wrong", "solutions", "source") and path.is_dir()
    ]


def test_a_planted_leak_is_seen(tmp_path):
    source = source_of(ROOT / "workshop/source/07_charging_case.py")
    line = max(solution_lines(source), key=len)
    made = trainee(source, "en")
    for place in ("source", "metadata", "outputs"):
        copy = nbformat.reads(nbformat.writes(made), as_version=4)
        cell = next(cell for cell in copy.cells if cell.cell_type == "code")
        if place == "source":
            cell.source += f"\n# {line}"
        elif place == "metadata":
            cell.metadata["note"] = line
        else:
            cell.outputs = [nbformat.v4.new_output("stream", text=line)]
        assert line in [one for one in solution_lines(source) if one in everything_in(copy)], place
        assert line not in everything_in(made)


# Tampering ------------------------------------------------------------------------------------

CELLS = {"print": "print(round(2 / 3, 4))", "value": "round(10 / 7, 3)",
         "table": "import pandas as pd\npd.DataFrame({'line': ['a', 'b'], 'share': [1 / 8, 7 / 8]})"}  # fmt: skip


@pytest.mark.slow
def test_one_changed_number_in_any_kind_of_output_fails_nbval(tmp_path):
    """Printed, shown and tabulated numbers: each is compared, and only the cell that was tampered with fails."""
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code, id=name) for name, code in CELLS.items()])
    execute(made, file="sums.ipynb")
    written = nbformat.writes(made)
    changes = {
        "honest": ("", ""),
        "print": ("0.6667", "0.6668"),
        "value": ("1.429", "1.428"),
        "table": ("0.875", "0.874"),
    }
    for name, (before, after) in changes.items():
        assert before in written
        folder = tmp_path / name
        folder.mkdir()
        shutil.copy(ROOT / "workshop/solutions/conftest.py", folder)
        (folder / "sums.ipynb").write_text(written.replace(before, after) if before else written, encoding="utf-8")
    for name in changes:
        found = nbval(tmp_path / name)
        assert found.returncode == (0 if name == "honest" else 1), (name, found.stdout[-1500:])
        assert ("3 passed" if name == "honest" else "1 failed, 2 passed") in found.stdout, name
