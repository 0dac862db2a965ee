"""A study, its data and its runs made up for tests, with a notebook that needs no kernel where the kernel is not the point."""

import json
import os
import shutil
import sys
import time
from pathlib import Path

from notebook_examples import ENDING, STAND_IN, write_notebook

from ccsat import runs
from ccsat.runs import publish as places

STUDY = '[study]\nname = "shop"\n[data]\nsurveys = "surveys.csv"\n[limits]\nseconds = 60\n'


def findings(verdict="real", *, as_of="2024-06-30", value=0.8, change=-0.02, **more):
    """Findings of a rate that is high when good."""
    kpi = {"key": "satisfaction_rate", "caliber": "five_level", "better": "high", "unit": "rate",
           "current": {"value": value, "lower": value - 0.01, "upper": value + 0.01, "n": 1000}, "baseline": None, "target": None,
           "change": {"value": change, "lower": change - 0.01, "upper": change + 0.01}, "gap": None}  # fmt: skip
    return {"schema": 1, "study": "shop", "as_of": as_of, "lang": "en", "check": {"verdict": verdict}, "kpi": kpi, "cells": [], "causes": [], **more}  # fmt: skip


def pretend(notebook, parameters, executed, *, cwd, seconds, cell_seconds, progress=None):
    """What the stand-in notebook does, without a kernel: the first line of surveys.csv says what becomes of the run.

    "real", "none", "artefact", ...: a verdict, with the KPI's value on the second line; "boom": an error; "steady": as real,
    slowly."""
    from ccsat.errors import RunError

    folder = Path(parameters["study"]).parent
    with (folder / "executions.txt").open("a") as file:
        file.write("x")
    asked, value = (folder / "surveys.csv").read_text().split()[:2]
    if asked == "boom":
        raise RunError("run_cell", cell=1, name="ValueError", message="no such thing")
    as_of = parameters["as_of"] or "2024-06-30"
    found = findings("real" if asked == "steady" else asked, as_of=as_of, value=float(value))
    (Path(cwd) / "findings.json").write_text(json.dumps(found))
    for name in ("trace_table.csv", "trace_table.xlsx"):
        (Path(cwd) / name).write_text("a")
    if asked == "steady":
        time.sleep(0.3)
    shutil.copyfile(notebook, executed)
    stops = found["check"]["verdict"] in ("artefact", "insufficient")
    result = {"exit_code": 5 if stops else 0, "verdict": found["check"]["verdict"], "as_of": as_of}
    (Path(cwd) / "result.json").write_text(json.dumps(result))


class Place:
    """A study beside its data, a stand-in notebook, and a folder for runs."""

    def __init__(self, folder, *, study=STUDY, asks="real 0.8"):
        self.folder, self.out, self.study = folder, folder / "runs", folder / "shop.toml"
        self.study.write_text(study, encoding="utf-8")
        self.ask(asks)
        self.notebook = write_notebook(folder / "R03_stand_in.ipynb", STAND_IN, ENDING)

    @property
    def shop(self):
        return self.out / "shop"

    def ask(self, what):
        (self.folder / "surveys.csv").write_text(what.replace(" ", "\n") + "\n", encoding="utf-8")

    def run(self, **options):
        return runs.run_study(self.study, **{"notebook": str(self.notebook), "out": self.out, **options})

    def published(self):
        return sorted(self.out.glob("shop/*/*/run.json"))

    def whole(self):
        """Every published folder holds all of its files, each sound."""
        for file in self.published():
            names = {path.name for path in file.parent.iterdir()}
            assert names == {
                "executed.ipynb",
                "findings.json",
                "report.html",
                "run.json",
                "trace_table.csv",
                "trace_table.xlsx",
            }, names
            (
                json.loads(file.read_text(encoding="utf-8")),
                json.loads((file.parent / "findings.json").read_text(encoding="utf-8")),
            )
            assert (file.parent / "report.html").read_text(encoding="utf-8").rstrip().endswith("</html>")
        return True

    def failures(self):
        file = self.shop / "failures.jsonl"
        return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.is_file() else []

    def executions(self):
        count = self.folder / "executions.txt"
        return len(count.read_text()) if count.exists() else 0

    def alert(self, audience):
        file = self.shop / ".alerts" / f"{audience}.json"
        return json.loads(file.read_text()) if file.is_file() else None


# The same run in a process of its own; `before` is code that runs first, e.g. to end it somewhere.
CODE = """
import os, signal, sys
sys.path.insert(0, {tests!r})
{before}
from ccsat.errors import CcsatError
from ccsat.runs import run_study
try:
    done = run_study({study!r}, notebook={notebook!r}, out={out!r}, **{options!r})
except CcsatError as error:
    print(error.key, file=sys.stderr)
    sys.exit(error.exit_code)
print("already" if done.already else "published")
"""
WITHOUT_KERNEL = "import ccsat.runs.run, run_examples; ccsat.runs.run.execute_notebook = run_examples.pretend"


def command(place, *, before=WITHOUT_KERNEL, **options):
    """The words that run a place's study in another process."""
    code = CODE.format(tests=str(Path(__file__).parent), before=before, study=str(place.study), notebook=str(place.notebook), out=str(place.out), options=options)  # fmt: skip
    return [sys.executable, "-c", code]


def put_run(out, *, study="shop", as_of="2024-06-30", key="k1", value=0.8, verdict="real", exit_code=None, finished=None, cells=(), quick=False, **more):  # fmt: skip
    """A published run, made without running anything."""
    found = findings(verdict, as_of=as_of, value=value, cells=list(cells))
    stops = verdict in ("artefact", "insufficient")
    run = {"schema": 1, "as_of": as_of, "key": key, "verdict": verdict, "exit_code": (5 if stops else 0) if exit_code is None else exit_code, "kpi": found["kpi"],
           "finished": finished or f"{as_of}T23:30:00+00:00", "seconds": 12.0, "lang": "en", "alert": {"level": "green"}, "versions": {"ccsat": "1"}, **more}  # fmt: skip
    folder = out / study
    place = folder / as_of / key
    place.mkdir(parents=True)
    (place / "run.json").write_text(json.dumps(run), encoding="utf-8")
    if not quick:
        (place / "findings.json").write_text(json.dumps(found), encoding="utf-8")
        (place / "report.html").write_text("<html></html>", encoding="utf-8")
    if places.is_good(run):
        places.name_latest(folder, as_of, key)
    return place


def until(true, seconds=60):
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.05)


def root():
    return hasattr(os, "geteuid") and os.geteuid() == 0
