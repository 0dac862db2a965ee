"""One run from the study file to a published folder."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ccsat.contracts import check_values, find_sidecar, is_day, read_contract
from ccsat.errors import CcsatError, NoDataError, RunError, StudyError
from ccsat.notebooks import Cell, execute_notebook, find_notebook
from ccsat.progress import Relay
from ccsat.runs import key as keys
from ccsat.runs import publish as places
from ccsat.runs.afterwards import follow_up
from ccsat.runs.days import resolve_day
from ccsat.runs.first import ask_small
from ccsat.runs.levels import LEVELS, level_of
from ccsat.runs.lock import only_run
from ccsat.runs.operations import Operations, operations_of
from ccsat.runs.privacy import check_private
from ccsat.runs.retry import with_retries
from ccsat.runs.tables import TablePrints, table_prints
from ccsat.study import Study, read_study
from ccsat.wording import text

MAIN = "R03"  # the satisfaction trace publishes under the study's own name
VERIFIES = ("R04", "R05")  # read the register that lies there
TABLES = ("trace_table.csv", "trace_table.xlsx")
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Published:
    """A run's folder, the exit code it ended with, its findings, whether it had been published before; `level` is green,
    amber or red, `alerted` whether that is one to fail on."""

    folder: Path
    exit_code: int
    findings: dict[str, Any]
    already: bool = False
    level: str = "green"
    alerted: bool = False


class _Stopped(BaseException):
    """The process was told to end."""


INTERRUPTED = 130  # a person at the keyboard; a scheduler's TERM is an error (1)


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
    ask_first: bool = False,
    dry_run: bool = False,
) -> Published:
    """Run a scheduled notebook on a study and publish it under `out`/<study>/<as_of>/<key>/.

    Args:
        study_path: The study file.
        notebook: A scheduled notebook's name; others than R03 publish under `<study>-<notebook>`.
        as_of: Day that the run looks from: an ISO date, or "today", "yesterday", "today-3" on the study's clock
            (`[study] timezone`); the last day in the data where left out.
        settings: Dotted keys that replace the study's.
        out: Folder of all runs.
        force: Run again although the same run is published.
        go_on: Continue past a verdict that stops.
        lang: "zh" or "en"; the study's where left out.
        progress: Called with one line of words per step.
        count_rows: Counts the rows of a database's table, for the fingerprint; by default rows and content are digested.
        precheck: Called before the kernel starts; what it raises ends the run and is put on record.
        ask_first: Ask the study's question of small data before the kernel starts, so that bad input is refused at once.
        dry_run: Alerts are said and not sent; their state stays as it is.

    Raises:
        StudyError, DataError: A wrong study, parameter or path (2). NoDataError: The period has not arrived (5).
        LockedError: Another run of the study is under way (75). TimeLimitError: (4). RunError: Anything else (1; 130 when
        interrupted from the keyboard). All but a wrong study file, a wrong parameter and a lock are put on record; none
        publishes anything.
    """
    say = progress or (lambda words: None)
    study = read_study(study_path, dict(settings or {}))
    lang = lang or study.study.lang
    source = find_notebook(notebook, lang)
    sidecar = find_sidecar(source)
    contract = read_contract(sidecar) if sidecar else None
    operations = operations_of(study, contract)
    as_of = resolve_day(as_of, zone=operations.timezone)
    order = _Order(study, Path(study_path).resolve(), source, dict(settings or {}), as_of, lang, go_on, operations)
    if contract is not None:
        check_values(contract.parameters, order.parameters, notebook=source.stem)
    code = source.stem.split("_")[0]
    name = study.name.lstrip(".") or "study"
    folder = Path(out) / (name if code == MAIN else f"{name}-{code}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StudyError("run_folder", folder=str(out), reason=error.strerror) from None
    about: dict[str, Any] = {"study": study.name, "notebook": code, "as_of": as_of or ""}
    after = {"dry_run": dry_run, "lang": lang, "say": say}
    attempts: list[dict[str, Any]] = []
    parameters = keys.resolved(study, as_of=as_of or "", lang=lang, go_on=go_on)

    def attempt(left: float) -> tuple[Path, bool]:
        """One attempt: the published place, and whether it had been there before."""
        say(text("runs.reading", lang))
        taught, told = _learned(folder, order)

        def fingerprint() -> dict[str, Any]:
            tables = count_rows or table_prints(taught)
            try:
                return {**keys.fingerprint(taught, tables), **_registered(folder.parent / name, code, taught)}
            finally:
                if isinstance(tables, TablePrints):
                    tables.close()

        prints = fingerprint()
        about["key"] = key = keys.run_key(source, parameters, prints)
        before = places.find_published(folder, key)
        if before and not force and keys.is_certain(prints):
            return before, True
        if precheck is not None:
            precheck(study)
        if ask_first:
            ask_small(study, as_of)
        facts = {**about, "lang": lang, "parameters": parameters, "data": prints, "attempts": attempts}
        asked = replace(order, study=taught, settings=told)
        return _run(asked, folder, key, facts, say, seconds=left, unmoved=lambda: fingerprint() == prints), False

    def again(kind: str, wait: float, number: int) -> None:
        say(text("runs.again", lang, why=text(f"runs.again_{kind}", lang), wait=f"{wait:g}", number=number))

    def fail(error: CcsatError) -> None:
        entry = places.record_failure(folder, error, {**about, **({"attempts": attempts} if attempts else {})})
        if "lost" in entry:
            say(text("runs.lost", lang, reason=entry["lost"]))
        if error.exit_code != INTERRUPTED:
            follow_up(folder, study, operations, failure=entry, **after)

    with _heeding_signals(), _lock(folder, study, operations.wait_seconds):
        try:
            places.tidy(folder)
            place, already = with_retries(attempt, retries=operations.retries, first_wait=operations.retry_seconds,
                                          seconds=operations.seconds, attempts=attempts, told=again)  # fmt: skip
            say(text("runs.already" if already else "runs.published", lang, folder=place))
            follow_up(
                folder, study, operations, place=None if already else f"{place.parent.name}/{place.name}", **after
            )
            return _as_published(place, operations, already=already)
        except CcsatError as error:
            fail(error)
            raise
        except (KeyboardInterrupt, _Stopped) as reason:
            stopped = RunError("run_stopped")
            stopped.exit_code = INTERRUPTED if isinstance(reason, KeyboardInterrupt) else stopped.exit_code
            fail(stopped)
            raise stopped from None
        except Exception as error:
            unforeseen = RunError("run_other", name=type(error).__name__, message=str(error)[:500])
            fail(unforeseen)
            raise unforeseen from error


@contextlib.contextmanager
def _lock(folder: Path, study: Study, wait: float) -> Iterator[None]:
    """The study's lock; a folder that cannot be written is a wrong parameter."""
    holding = only_run(folder, study.name, wait=wait)
    try:
        holding.__enter__()
    except OSError as error:
        raise StudyError("run_folder", folder=str(folder), reason=error.strerror) from None
    with contextlib.ExitStack() as stack:
        stack.push(holding)
        yield


def _learned(folder: Path, order: _Order) -> tuple[Study, dict[str, object]]:
    """The study with what its register taught, and the settings that say so to the notebook."""
    if order.study.solution.library is None or not (folder / "register.sqlite").is_file():
        return order.study, order.settings
    from ccsat.register import learned_study

    return learned_study(folder, order.study, order.path, order.settings)


def _registered(folder: Path, code: str, study: Study) -> dict[str, Any]:
    """What the study's register says, for the notebooks that show or verify its actions: one more action is another run."""
    if code not in VERIFIES:
        return {}
    from ccsat.register.prints import register_print

    return {"register": register_print(folder, study)}


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
    operations: Operations

    @property
    def parameters(self) -> dict[str, Any]:
        """The notebook's parameters."""
        return {
            "study": str(self.path),
            "settings": json.dumps(self.settings, ensure_ascii=False, default=str),
            "as_of": self.as_of or "",
            "lang": self.lang,
            "out_dir": ".",  # the cells run in the work folder
            "go_on": self.go_on,
        }


def _tell_days(order: _Order, say: Callable[[str], None]) -> None:
    """How many days were read and computed, where the study keeps its days."""
    if order.study.increments.folder is None:
        return
    from ccsat.increments import last_account

    if account := last_account(order.study.folder / order.study.increments.folder):
        say(text("increments.done", order.lang, requests=account.requests, read=account.read, computed=account.computed))
        if account.days_late:
            say(text("increments.late", order.lang, days=", ".join(sorted(account.days_late))))


def _run(order: _Order, folder: Path, key: str, about: dict[str, Any], say: Progress, *, seconds: float, unmoved: Callable[[], bool]) -> Path:  # fmt: skip
    """Execute, write the report and run.json beside what the notebook wrote, publish."""
    from ccsat.register import record
    from ccsat.report import write_report

    began, started = time.monotonic(), places.now()
    cells: list[float] = []

    def begin(cell: Cell) -> None:
        for line in relay.lines():
            say(line)
        cells.append(round(time.monotonic() - began, 2))
        say(text("runs.cell", order.lang, number=cell.number, total=cell.total))

    work = places.make_work_folder(folder, key, {name: about[name] for name in ("study", "notebook", "as_of", "key")})
    relay = Relay(work / "progress.txt")
    try:
        inside = work / "publish"
        with relay:
            execute_notebook(
                order.notebook,
                order.parameters,
                inside / "executed.ipynb",
                cwd=inside,
                seconds=seconds,
                cell_seconds=order.operations.cell_seconds,
                progress=begin,
            )
        _tell_days(order, say)
        if not unmoved():
            raise NoDataError("run_data_moved")
        result = _result(inside, main=about["notebook"] == MAIN)
        findings, noted = record(folder, inside, f"{result['as_of']}/{key}", finished=places.now())
        page = inside / "report.html"
        write_report(inside / "executed.ipynb", page, lang=order.lang, findings=findings, version=keys.version())
        check_private(inside, order.study, order.operations, findings)
        level = level_of(findings, order.operations)
        run = {
            "schema": 1,
            **about,
            "as_of": result["as_of"],
            "versions": keys.versions(),
            "started": started,
            "finished": places.now(),
            "seconds": round(time.monotonic() - began, 1),
            "cells_began": cells,
            "commit": keys.commit(),
            "verdict": result["verdict"],
            "exit_code": result["exit_code"],
            "kpi": findings.get("kpi"),
            "alert": {"level": level.name, "because": level.because},
            **({"register": noted} if noted else {}),
        }
        (inside / "run.json").write_text(json.dumps(run, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        place = places.publish(work, folder, result["as_of"], key)
        if places.is_good(run):
            places.name_latest(folder, result["as_of"], key)
        return place
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _result(inside: Path, *, main: bool) -> dict[str, Any]:
    """What the notebook says of its own end; its marks go into run.json, the file goes."""
    file = inside / "result.json"
    try:
        result = json.loads(file.read_text(encoding="utf-8"))
        as_of = str(result["as_of"])
        if as_of != "undated" and not is_day(as_of):
            raise ValueError(f"as_of {as_of!r}")
        result = {"as_of": as_of, "verdict": result["verdict"], "exit_code": int(result["exit_code"])}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError("run_result", file=file.name, reason=f"{type(error).__name__}: {error}") from None
    for name in ("findings.json", *(TABLES if main else ())):
        if not (inside / name).is_file():
            raise RunError("run_result", file=name, reason="–")
    file.unlink()
    return result


def _as_published(place: Path, operations: Operations, *, already: bool) -> Published:
    run = json.loads((place / "run.json").read_text(encoding="utf-8"))
    findings = json.loads((place / "findings.json").read_text(encoding="utf-8"))
    level = (run.get("alert") or {}).get("level", "green")
    alerted = LEVELS.index(level) >= LEVELS.index(operations.fail_level)
    return Published(folder=place, exit_code=run["exit_code"], findings=findings, already=already, level=level, alerted=alerted)  # fmt: skip


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
