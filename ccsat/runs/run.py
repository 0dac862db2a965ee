"""One run from the study file to a published folder."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ccsat.errors import CcsatError, LockedError, RunError, StudyError
from ccsat.notebooks import Cell, execute_notebook, find_notebook
from ccsat.report import write_report
from ccsat.runs import key as keys
from ccsat.runs import publish as places
from ccsat.runs.index import write_index
from ccsat.runs.lock import only_run
from ccsat.study import Study, read_study
from ccsat.wording import text

MAIN = "R03"  # the satisfaction trace publishes under the study's own name
TABLES = ("trace_table.csv", "trace_table.xlsx")
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Published:
    """A run's folder, the exit code it ended with, its findings, and whether it had been published before."""

    folder: Path
    exit_code: int
    findings: dict[str, Any]
    already: bool = False


class _Stopped(BaseException):
    """The process was told to end."""


def run_study(
    study_path: str | Path,
    *,
    notebook: str = MAIN,
    as_of: str | None = None,
    settings: Mapping[str, object] | None = None,
    out: str | Path = "runs",
    force: bool = False,
    go_on: bool = False,
    lang: str | None = None,
    progress: Progress | None = None,
    count_rows: keys.CountRows | None = None,
    precheck: Callable[[Study], None] | None = None,
) -> Published:
    """Run a scheduled notebook on a study and publish it under `out`/<study>/<as_of>/<key>/.

    Args:
        study_path: The study file.
        notebook: A scheduled notebook's name; others than R03 publish under `<study>-<notebook>`.
        as_of: ISO date that the run looks from; the last day in the data where left out.
        settings: Dotted keys that replace the study's.
        out: Folder of all runs.
        force: Run again although the same run is published.
        go_on: Continue past a verdict that stops.
        lang: "zh" or "en"; the study's where left out.
        progress: Called with one line of words per step.
        count_rows: Counts the rows of a database's table, for the fingerprint; without it such a study always runs.
        precheck: Called before the kernel starts; what it raises ends the run and is put on record.

    Raises:
        StudyError, DataError: A wrong study, parameter or path (2). NoDataError: The period has not arrived (5).
        LockedError: Another run of the study is under way (75). TimeLimitError: (4). RunError: Anything else (1).
        All but a wrong study file and a lock are put on record; none publishes anything.
    """
    say = progress or (lambda words: None)
    study = read_study(study_path, dict(settings or {}))
    lang = lang or study.study.lang
    if as_of is not None and not _is_date(as_of):
        raise StudyError("run_as_of", as_of=as_of)
    source = find_notebook(notebook, lang)
    code = source.stem.split("_")[0]
    name = study.name.lstrip(".") or "study"
    folder = Path(out) / (name if code == MAIN else f"{name}-{code}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StudyError("run_folder", folder=str(out), reason=error.strerror) from None
    about: dict[str, Any] = {"study": study.name, "notebook": code, "as_of": as_of or ""}
    try:
        with _heeding_signals(), only_run(folder, study.name):
            places.tidy(folder)
            say(text("runs.reading", lang))
            prints = keys.fingerprint(study, count_rows)
            parameters = keys.resolved(study, as_of=as_of or "", lang=lang, go_on=go_on)
            about["key"] = key = keys.run_key(source, parameters, prints)
            before = places.find_published(folder, key)
            if before and not force and keys.is_certain(prints):
                say(text("runs.already", lang, folder=before))
                return _as_published(before)
            if precheck is not None:
                precheck(study)
            order = _Order(study, Path(study_path).resolve(), source, dict(settings or {}), as_of, lang, go_on)
            place = _run(order, folder, key, {**about, "lang": lang, "parameters": parameters, "data": prints}, say)
            write_index(folder.parent)
            say(text("runs.published", lang, folder=place))
            return _as_published(place, already=False)
    except LockedError:
        raise
    except CcsatError as error:
        places.record_failure(folder, error, about)
        raise
    except (KeyboardInterrupt, _Stopped):
        stopped = RunError("run_stopped")
        places.record_failure(folder, stopped, about)
        raise stopped from None
    except Exception as error:
        unforeseen = RunError("run_other", name=type(error).__name__, message=str(error)[:500])
        places.record_failure(folder, unforeseen, about)
        raise unforeseen from error


@dataclass(frozen=True)
class _Order:
    """What is to be run."""

    study: Study
    path: Path
    notebook: Path
    settings: dict[str, object]
    as_of: str | None
    lang: str
    go_on: bool


def _run(order: _Order, folder: Path, key: str, about: dict[str, Any], say: Progress) -> Path:
    """Execute, write the report and run.json beside what the notebook wrote, publish."""
    began, started = time.monotonic(), places.now()
    work = places.make_work_folder(folder, key, {name: about[name] for name in ("study", "notebook", "as_of", "key")})
    try:
        inside = work / "publish"
        execute_notebook(
            order.notebook,
            {
                "study": str(order.path),
                "settings": json.dumps(order.settings, ensure_ascii=False, default=str),
                "as_of": order.as_of or "",
                "lang": order.lang,
                "out_dir": ".",  # the cells run in the work folder
                "go_on": order.go_on,
            },
            inside / "executed.ipynb",
            cwd=inside,
            seconds=order.study.limits.seconds,
            cell_seconds=order.study.limits.cell_seconds,
            progress=lambda cell: say(_step(cell, order.lang)),
        )
        result = _result(inside, main=about["notebook"] == MAIN)
        findings = json.loads((inside / "findings.json").read_text(encoding="utf-8"))
        page = inside / "report.html"
        write_report(inside / "executed.ipynb", page, lang=order.lang, findings=findings, version=keys.version())
        run = {
            "schema": 1,
            **about,
            "as_of": result["as_of"],
            "versions": keys.versions(),
            "started": started,
            "finished": places.now(),
            "seconds": round(time.monotonic() - began, 1),
            "verdict": result["verdict"],
            "exit_code": result["exit_code"],
            "kpi": findings.get("kpi"),
        }
        (inside / "run.json").write_text(json.dumps(run, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        place = places.publish(work, folder, result["as_of"], key)
        if places.is_good(run):
            places.name_latest(folder, result["as_of"], key)
        return place
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _step(cell: Cell, lang: str) -> str:
    return text("runs.cell", lang, number=cell.number, total=cell.total)


def _result(inside: Path, *, main: bool) -> dict[str, Any]:
    """What the notebook says of its own end; its marks go into run.json, the file goes."""
    file = inside / "result.json"
    try:
        result = json.loads(file.read_text(encoding="utf-8"))
        as_of = str(result["as_of"])
        if as_of != "undated" and not _is_date(as_of):
            raise ValueError(f"as_of {as_of!r}")
        result = {"as_of": as_of, "verdict": result["verdict"], "exit_code": int(result["exit_code"])}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError("run_result", file=file.name, reason=f"{type(error).__name__}: {error}") from None
    for name in ("findings.json", *(TABLES if main else ())):
        if not (inside / name).is_file():
            raise RunError("run_result", file=name, reason="–")
    file.unlink()
    return result


def _as_published(place: Path, *, already: bool = True) -> Published:
    run = json.loads((place / "run.json").read_text(encoding="utf-8"))
    findings = json.loads((place / "findings.json").read_text(encoding="utf-8"))
    return Published(folder=place, exit_code=run["exit_code"], findings=findings, already=already)


def _is_date(words: str) -> bool:
    try:
        return date.fromisoformat(words).isoformat() == words
    except ValueError:
        return False


@contextlib.contextmanager
def _heeding_signals() -> Iterator[None]:
    """TERM ends a run as an error would, so that it is put on record. Only the main thread can heed it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: object) -> None:
        raise _Stopped

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
