"""Run a notebook in a process of its own, under limits; nothing of it survives this call but the executed file."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ccsat.errors import CcsatError, RunError, TimeLimitError
from ccsat.notebooks.child import CELL
from ccsat.notebooks.contract import check_parameters
from ccsat.wording import LANGUAGES, text

CHILD = "import sys; from ccsat.notebooks.child import main; sys.exit(main(sys.argv[1]))"
LONGEST_LINE = 65_536
GRACE_SECONDS = 5  # between asking a run to end and ending it
NOISE = re.compile(r"TCP without encryption|ZMQInteractiveShell|frozen_modules|Debugger warning|PYDEVD|papermill")


@dataclass(frozen=True)
class Cell:
    """How far a run is: code cell `number` of `total` begins."""

    number: int
    total: int


def execute_notebook(
    notebook: Path,
    parameters: Mapping[str, Any],
    executed: Path,
    *,
    cwd: Path,
    seconds: float = 1800,
    cell_seconds: float = 600,
    progress: Callable[[Cell], None] | None = None,
) -> None:
    """Run a notebook with parameters and write the executed copy.

    Args:
        notebook: The .ipynb file; it is not changed.
        parameters: Checked against the notebook's own (see `check_parameters`).
        executed: Where the executed notebook goes; written only when every cell ran.
        cwd: Folder in which the notebook's cells run.
        seconds: Limit for the whole run, the kernel's start included.
        cell_seconds: Limit for one cell.
        progress: Called as each code cell begins.

    Raises:
        StudyError: Unknown parameters, or values of the wrong kind.
        TimeLimitError: A limit was reached.
        CcsatError: What a cell raised, when it is one of ccsat's own errors.
        RunError: Any other error of a cell, or of the kernel.
    """
    values = check_parameters(notebook, parameters)
    with tempfile.TemporaryDirectory(prefix="ccsat-", ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch)
        shutil.copyfile(notebook, folder / "notebook.ipynb")
        request = {
            "notebooks": str(folder),
            "outcome": str(folder / "outcome.json"),
            "cwd": str(Path(cwd).resolve()),
            "cell_seconds": int(max(1, cell_seconds)),
            "parameters": values,
        }
        (folder / "request.json").write_text(json.dumps(request, ensure_ascii=False), encoding="utf-8")
        in_time = _watch(folder, seconds, progress)
        outcome = _outcome(folder)
        if not in_time and not outcome["ok"]:
            raise TimeLimitError("run_time", seconds=f"{seconds:g}")
        if not outcome["ok"]:
            raise _error_of(outcome, folder, cell_seconds)
        shutil.copyfile(folder / "executed.ipynb", executed)


def _watch(folder: Path, seconds: float, progress: Callable[[Cell], None] | None) -> bool:
    """Start the child and wait for its end. False when it had to be ended for its time."""
    own_group = (
        {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP} if os.name == "nt" else {"start_new_session": True}
    )
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(folder / "request.json")],
        stdin=subprocess.PIPE,  # held open: its end tells the child that this process is gone
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_environment(folder),
        **own_group,
    )
    readers = [threading.Thread(target=_read_progress, args=(child.stdout, progress), daemon=True),
               threading.Thread(target=_keep_last, args=(child.stderr, folder / "stderr.txt"), daemon=True)]  # fmt: skip
    for reader in readers:
        reader.start()
    try:
        child.wait(timeout=seconds)
        return True
    except subprocess.TimeoutExpired:
        return False
    finally:
        _end(child)
        for reader in readers:
            reader.join(timeout=GRACE_SECONDS)
        for pipe in (child.stdin, child.stdout, child.stderr):
            with suppress(OSError):
                pipe.close()


def _environment(folder: Path) -> dict[str, str]:
    """This process's environment, with one thread a library, UTF-8, and no personal Jupyter settings."""
    single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1")
    own = {
        name: str(folder / name.lower())
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    }
    dropped = ("JUPYTER_PATH", "JUPYTER_CONFIG_PATH", "PLOTLY_RENDERER", "PYTHONSTARTUP", "PYTHONWARNINGS")
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    settings = {"PYTHONUTF8": "1", "JUPYTER_PREFER_ENV_PATH": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    return {**kept, **single, **own, **settings}


def _read_progress(lines: IO[bytes], progress: Callable[[Cell], None] | None) -> None:
    with suppress(ValueError):  # closed under us when the run was ended
        while line := lines.readline(
            LONGEST_LINE
        ):  # a cell may write to the process's own output, and without line breaks
            words = line.decode("utf-8", "replace").split()
            if progress and len(words) == 3 and words[0] == CELL:
                progress(Cell(number=int(words[1]), total=int(words[2])))


def _keep_last(lines: IO[bytes], file: Path) -> None:
    """The end of what the run says on standard error, however much it says."""
    kept = b""
    with suppress(ValueError, OSError):
        while piece := lines.read1(LONGEST_LINE):
            kept = (kept + piece)[-LONGEST_LINE:]
            file.write_bytes(kept)


def _end(child: subprocess.Popen) -> None:
    """End the child, its kernel (which has a session of its own) and whatever a cell started: TERM, then KILL."""
    import psutil

    try:
        family = [psutil.Process(child.pid), *psutil.Process(child.pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for process in family:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _, alive = psutil.wait_procs(family, timeout=GRACE_SECONDS)
    for process in alive:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=GRACE_SECONDS)
    with suppress(subprocess.TimeoutExpired):
        child.wait(timeout=GRACE_SECONDS)


def _outcome(folder: Path) -> dict[str, Any]:
    """What the child wrote at its end; a child that wrote nothing was killed."""
    try:
        return json.loads((folder / "outcome.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {"ok": False, "kind": "killed"}


def _error_of(outcome: dict[str, Any], folder: Path, cell_seconds: float) -> CcsatError:
    """The error to raise for an outcome: ccsat's own as themselves, others with the cell and its short message."""
    kind, name, message = outcome["kind"], outcome.get("name", ""), outcome.get("message", "")
    if kind == "cell_time":
        return TimeLimitError("run_cell_time", seconds=f"{cell_seconds:g}")
    if kind == "kernel":
        return RunError("run_kernel")
    if kind == "kernel_start":
        return RunError("run_kernel_start", message=message.strip()[:300])
    if kind == "killed":
        return RunError("run_killed", said=_last_words(folder / "stderr.txt") or "–")
    if kind == "cell" and name in (ours := _errors_by_name(CcsatError)):
        leads = ["\n  " + text("error.try", lang) for lang in LANGUAGES]
        lead = next((lead for lead in leads if lead in message), leads[0])
        problem, _, fix = message.rpartition(lead) if lead in message else (message, "", "–")
        return ours[name]("run_passed_on", problem=problem, fix=fix)
    if kind == "cell":
        return RunError("run_cell", cell=outcome["cell"] + 1, name=name, message=message.strip()[:500])
    return RunError("run_other", name=name, message=message.strip()[:500])


def _errors_by_name(base: type[CcsatError]) -> dict[str, type[CcsatError]]:
    found = {base.__name__: base}
    for kind in base.__subclasses__():
        found |= _errors_by_name(kind)
    return found


def _last_words(stderr: Path) -> str:
    """The last lines of standard error that are worth reading."""
    lines = stderr.read_text(encoding="utf-8", errors="replace").splitlines() if stderr.is_file() else []
    return " / ".join([line.strip() for line in lines if line.strip() and not NOISE.search(line)][-3:])[:500]
