"""The workshop's notebooks, run: solutions print what is committed, trainee copies run through unanswered. Slow."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from ccsat.wording import LANGUAGES, text
from ccsat.workshop.execute import execute, kernel_environment
from ccsat.workshop.source import read_sources

ROOT = Path(__file__).resolve().parents[1]
WITHOUT_TASKS = {source.name for source in read_sources(ROOT) if not any(cell.is_answer for cell in source.cells)}
SOLUTIONS = sorted((ROOT / "workshop" / "solutions").glob("*/*.ipynb"))
# Code is the same in both languages (a test says so): every other notebook in English, the others in Chinese.
TRAINEES = [
    ROOT / "notebooks" / LANGUAGES[place % 2] / name
    for place, name in enumerate(sorted({path.name for path in SOLUTIONS}))
]


def nbval(folder: Path) -> subprocess.CompletedProcess:
    """Run a folder's notebooks with nbval, as the guide says."""
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "--nbval-cell-timeout=120", "-q", "-p",
               "no:cacheprovider", "--rootdir", str(folder), str(folder)]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, env=kernel_environment(), cwd=folder, check=False)


def checks_of(notebook) -> list[str]:
    return ["".join(str(output.get("data", {}).get("text/plain", "")) for output in cell.outputs)
            for cell in notebook.cells if cell.cell_type == "code" and "check" in cell.metadata.get("tags", [])]  # fmt: skip


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_check_of_a_committed_solution_passed(path):
    checks = checks_of(nbformat.read(path, as_version=4))
    assert checks or path.stem in WITHOUT_TASKS
    assert all(said.startswith(text("workshop.answer.passed", path.parent.name)) for said in checks), checks


@pytest.mark.slow
def test_nbval_sees_one_changed_number(tmp_path):
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("print(round(2 / 3, 4))"), nbformat.v4.new_code_cell("1 + 1")]
    )
    execute(notebook, file="sum.ipynb")
    shutil.copy(ROOT / "workshop/solutions/conftest.py", tmp_path)
    path = tmp_path / "sum.ipynb"
    path.write_text(nbformat.writes(notebook), encoding="utf-8")
    assert nbval(tmp_path).returncode == 0
    path.write_text(path.read_text(encoding="utf-8").replace("0.6667", "0.6676"), encoding="utf-8")
    found = nbval(tmp_path)
    assert found.returncode == 1
    assert "1 failed, 1 passed" in found.stdout


@pytest.mark.slow
@pytest.mark.parametrize("path", TRAINEES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_trainee_copy_runs_through_unanswered(path):
    notebook = nbformat.read(path, as_version=4)
    execute(notebook, file=path.name)
    checks = checks_of(notebook)
    assert checks or path.stem in WITHOUT_TASKS
    assert all(text("workshop.answer.unanswered", path.parent.name) in said for said in checks), checks


def test_the_kernel_gets_one_thread():
    assert kernel_environment()["OMP_NUM_THREADS"] == "1"
    assert set(os.environ) <= set(kernel_environment())
