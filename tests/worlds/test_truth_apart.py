"""A tracer cannot reach the truth: what it opens and imports is watched, in this process's children and theirs."""

import ast
import json
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from ccsat import worlds

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "ccsat"
WATCH = """
    import os, sys
    _log = os.open(os.path.join(os.environ["CCSAT_WATCH"], f"{os.getpid()}.log"), os.O_CREAT | os.O_WRONLY | os.O_APPEND)

    def _watch(event, args):
        if event == "open" or event == "import":
            os.write(_log, f"{event}\\t{args[0]!s}\\n".encode("utf-8", "backslashreplace"))

    sys.addaudithook(_watch)
"""
DIRECT = "import sys, ccsat as cs; trace = cs.run_trace(cs.read_centre(sys.argv[1])); print(trace.check.verdict, len(trace.where.cells))"
RUN = "import sys; from ccsat.runs import run_study; done = run_study(sys.argv[1], out=sys.argv[2]); print(done.exit_code)"
PEEK = "import sys; from ccsat import worlds; open(sys.argv[2]).read()"


TRAINEES = {"case.py"}  # what a notebook of theirs reaches when it checks an answer
TRAINERS = {"case_file.py", "case_maker.py"}  # making a case, and saying whether it can be found
MAKERS = {"team.py", "messy.py", "worker.py"}  # tables for a team's folder and for T03; where a grader's cache lies


class Place:
    """A world's tables, its truth beside them and in the cache, and a log of what Python opened and imported."""

    def __init__(self, folder):
        self.folder = folder
        self.study = worlds.make("S03", rng=7, scale="small").write(folder / "data")
        facts = json.dumps(worlds.truth("S03", rng=7, scale="small"))
        cached = [file for file in Path(os.environ["CCSAT_CACHE"]).rglob("truth.json")]
        assert cached
        self.truths = [
            folder / "truth.json",
            folder / "data" / "truth.json",
            folder / "data" / "s03_charging.truth.json",
            *cached,
        ]
        for file in self.truths[:3]:
            file.write_text(facts, encoding="utf-8")
        watch = folder / "watch"
        watch.mkdir()
        (watch / "sitecustomize.py").write_text(textwrap.dedent(WATCH), encoding="utf-8")  # every Python below reads it

    def run(self, code, *words):
        """What the processes of one command opened and imported: sets of words, and how many processes there were."""
        logs = self.folder / "logs"
        for log in logs.glob("*.log") if logs.is_dir() else ():
            log.unlink()
        logs.mkdir(exist_ok=True)
        path = os.pathsep.join(filter(None, (str(self.folder / "watch"), os.environ.get("PYTHONPATH"))))
        done = subprocess.run([sys.executable, "-c", code, str(self.study), *map(str, words)], capture_output=True, text=True, cwd=ROOT,
                              env={**os.environ, "PYTHONPATH": path, "CCSAT_WATCH": str(logs), "OMP_NUM_THREADS": "1"})  # fmt: skip
        assert done.returncode == 0, done.stderr
        lines = [
            line.split("\t", 1)
            for log in logs.glob("*.log")
            for line in log.read_text(encoding="utf-8").splitlines()
            if "\t" in line
        ]
        opened, imported = ({words for event, words in lines if event == kind} for kind in ("open", "import"))
        return opened, imported, len(list(logs.glob("*.log")))


def untouched(files):
    """Set the last access of these files far back; returns which of them anybody read since, a library in C too.

    Says nothing on a disk that keeps no times of access.
    """
    for file in files:
        os.utime(file, ns=(0, file.stat().st_mtime_ns))
    return lambda: [file.name for file in files if file.stat().st_atime_ns]


@pytest.fixture(scope="module")
def place(own_cache, tmp_path_factory):
    return Place(tmp_path_factory.mktemp("apart"))


def reaches(opened, imported):
    """What of the truth was reached: files whose name says truth; modules of the worlds, however they were imported.

    Importing opens the compiled module; a run's key opens sources alone, to tell versions apart.
    """
    files = [words for words in opened if "truth" in Path(words).name and not words.endswith((".py", ".pyc"))]
    loaded = [words for words in opened if Path(words).is_relative_to(PACKAGE / "worlds") and words.endswith(".pyc")]
    return files + loaded + [name for name in imported if name.split(".")[:2] == ["ccsat", "worlds"]]


@pytest.mark.parametrize(
    "code",
    [PEEK, PEEK.replace("from ccsat import worlds", "import importlib; importlib.import_module('ccsat.worlds')")],
)
def test_the_watch_sees_what_it_must(place, code):
    opened, imported, _ = place.run(code, place.truths[0])
    seen = reaches(opened, imported)
    assert str(place.truths[0]) in seen and any("worlds" in Path(words).parts for words in seen)


def test_the_trace_reads_its_tables_and_no_truth(place):
    read_since = untouched(place.truths)
    opened, imported, _ = place.run(DIRECT)
    assert str(place.study) in opened and "ccsat.stages.locate" in imported
    assert reaches(opened, imported) == []
    assert read_since() == []


@pytest.mark.slow
def test_a_published_run_and_its_kernel_reach_no_truth(place):
    read_since = untouched(place.truths)
    opened, imported, processes = place.run(RUN, place.folder / "runs")
    assert processes >= 3, "this process's child, the notebook's, and the kernel"
    assert any(Path(words).name.startswith("scheduled.") for words in opened), "the kernel was watched too"
    assert reaches(opened, imported) == []
    assert read_since() == []


def test_nothing_but_the_workshop_and_the_commands_imports_the_worlds():
    known = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        name = file.relative_to(PACKAGE).parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            found = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            base = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            if any(
                f"{base}.{one}".strip(".").startswith("ccsat.worlds.") or f"{base}.{one}".strip(".") == "ccsat.worlds"
                for one in found
            ):
                known.setdefault(name, set()).add(file.name)
    assert set(known) == {"worlds", "workshop", "worlds_cli"}
    assert known["workshop"] == {*TRAINEES, *TRAINERS, *MAKERS}, "one door to the truth for trainees"


NOTEBOOKS = sorted((ROOT / "notebooks").rglob("*.ipynb"))


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_a_notebook_speaks_of_no_truth(file):
    cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    assert not re.search(r"\bworlds\b|\btruth\b|_truth|\._\w|importlib|__import__", code)
    imported = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    closed = ("ccsat.worlds", "ccsat.worlds_cli", "ccsat.workshop_cli", "ccsat.trainer_cli", "ccsat.grading_cli")
    assert not [name for name in imported if name.startswith(closed)]
    if file.stem[:2] not in ("35", "40", "41", "42", "43"):  # trainers' own
        doors = ("ccsat.workshop.environment", "ccsat.workshop.orientation")
        assert not [name for name in imported if name.startswith("ccsat.workshop.") and not name.startswith(doors)]


def test_there_are_notebooks_to_judge():
    assert any("traces" in file.parts for file in NOTEBOOKS) and any("traces" not in file.parts for file in NOTEBOOKS)
