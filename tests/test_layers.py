"""One direction: a module imports only from modules above it in this list, at the top or inside a function alike."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "ccsat"
ORDER = (
    "lean", "wording", "progress", "errors", "scales", "schema", "estimates", "numerics", "results", "study", "calibers", "engine", "increments", "question",
    "layout", "textfiles", "sheets", "sources", "times", "casts", "toml_text", "orders", "periods", "profiles", "guess",
    "intake", "reasons", "segments", "draft", "draft_parts", "proposal", "init", "registers", "centre", "cells", "ledgers", "deductions", "kpis", "monitor",
    "methods", "catalogue", "workforce", "stages", "trace", "tracetable", "findings", "register", "touchpoints", "business", "service",
    "views", "proactive", "figures", "report", "contracts", "gate", "scheduled", "meeting", "routine", "views_watch", "notebooks", "runs",
    "worlds", "workshop", "terminal", "worlds_cli", "workshop_cli", "grading_cli", "trainer_cli", "methods_cli", "kpis_cli", "service_cli",
    "actions_cli", "runs_cli", "schedule_cli", "cli",
)  # fmt: skip
WITHOUT_WORLDS = ORDER[
    : ORDER.index("worlds")
]  # nothing that looks for causes, or shows them, may know the planted ones
ONLY_HERE = {"plotly": "figures", "papermill": "notebooks"}
OF_NOTEBOOKS = ("papermill", "nbformat", "nbclient", "nbconvert", "jupytext", "jupyterlab", "IPython", "ipykernel",
                "kaleido", "plotly")  # fmt: skip


def module_of(file, package=PACKAGE):
    """The name in ORDER that a file belongs to."""
    return file.relative_to(package).parts[0].removesuffix(".py")


def imports_of(source, *, inside=()):
    """Every absolute name that a source imports, wherever in it; `inside` is the package of its relative imports."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(inside[: len(inside) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            yield from (f"{module}.{alias.name}" for alias in node.names)


def offences(name, imported):
    """What is wrong with one module's imports."""
    top, *rest = imported.split(".")
    if top in ONLY_HERE and name != ONLY_HERE[top]:
        return f"{name} imports {top}, which only {ONLY_HERE[top]} does"
    if top != "ccsat":
        return None
    other = rest[0] if rest else "(the package itself)"
    if other == name:
        return None
    if name in WITHOUT_WORLDS and other == "worlds":
        return f"{name} imports worlds, where the truth is"
    if other not in ORDER:
        return f"{name} imports ccsat.{other}: name the module it comes from, and put that module into ORDER"
    if ORDER.index(other) > ORDER.index(name):
        return f"{name} imports {other}, which stands below it"
    return None


FILES = sorted(file for file in PACKAGE.rglob("*.py") if file != PACKAGE / "__init__.py")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(PACKAGE).as_posix())
def test_module_imports_from_above_only(file):
    name = module_of(file)
    assert name in ORDER, f"{name} has no place in ORDER"
    inside = ("ccsat", *file.relative_to(PACKAGE).parts[:-1])
    found = [offences(name, imported) for imported in imports_of(file.read_text(encoding="utf-8"), inside=inside)]
    assert not [words for words in found if words]


@pytest.mark.parametrize(
    ("name", "source", "words"),
    [
        ("cells", "from ccsat.report import write_report", "stands below"),
        ("cells", "def f():\n    from ccsat import trace", "stands below"),
        ("stages", "from ..worlds import make", "where the truth is"),
        ("trace", "import ccsat.worlds.s03", "where the truth is"),
        ("scheduled", "def f():\n    from ccsat.worlds.truth import make_truth", "where the truth is"),
        ("report", "from ccsat import worlds", "where the truth is"),
        ("notebooks", "import ccsat.worlds", "where the truth is"),
        ("report", "import plotly.graph_objects as go", "only figures"),
        ("runs", "from papermill import execute_notebook", "only notebooks"),
        ("cells", "from ccsat import read_centre", "name the module"),
        ("cells", "import ccsat as cs", "the package itself"),
    ],
)
def test_offences_are_seen(name, source, words):
    found = [offences(name, imported) for imported in imports_of(source, inside=("ccsat", name))]
    assert any(words in (offence or "") for offence in found)


def test_what_is_above_may_be_imported():
    allowed = "from ccsat.centre import Centre\nfrom ccsat import cells\nfrom .check import a\nimport pandas"
    assert not any(offences("stages", imported) for imported in imports_of(allowed, inside=("ccsat", "stages")))


def test_no_module_is_named_twice():
    assert len(set(ORDER)) == len(ORDER)


def test_import_needs_no_notebook_package():
    code = f"import sys, ccsat; print(sorted(set({OF_NOTEBOOKS!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PACKAGE.parent)
    assert done.stdout.strip() == "[]"
