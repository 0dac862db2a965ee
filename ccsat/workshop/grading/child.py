"""The process that runs one submission: put apart first, then its cells in order, its answers told as they come.

What it tells is a stranger's word: the other side reads answers from it, and never a score. It is started as a file and imports
nothing of ccsat before it is apart: less runs with the grader's rights, and only what the notebook imports is paid for.
"""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType


class TooLong(BaseException):
    """A cell has used its time."""


def main(job_file: str) -> int:
    """Run the job in the file; tell what happens, a line of JSON each, on the job's pipe."""
    job = json.loads(Path(job_file).read_text(encoding="utf-8"))
    pipe = int(job["pipe"])
    encode = _beside("encode")
    held = _beside("apart").isolate(job)
    tell(pipe, {"held": held})
    if missing := [means for means in job["needed"] if not held[means]]:
        tell(pipe, {"missing": missing})
        return 3
    os.chdir(job["work"])
    sys.path.insert(0, "")
    if job["cache_source"]:
        os.environ["CCSAT_CACHE"] = job["cache"] if held["files"] else job["cache_source"]
    shell = _shell()
    signal.signal(signal.SIGALRM, _too_long)
    for step in job["steps"]:
        tell(pipe, {"begins": step["id"]})
        if error := _run(shell, step["code"], job["cell_seconds"]):
            tell(pipe, {"cell": step["id"], "error": error[0], "said": error[1]})
        _answers(encode, shell, pipe, step["answers"], job["cell_seconds"])
    _answers(encode, shell, pipe, job["answers"], job["cell_seconds"])
    tell(pipe, {"finished": True})
    os._exit(0)  # threads that a cell left behind do not hold it up


def _beside(name: str) -> ModuleType:
    """A module of this folder, by its file."""
    spec = importlib.util.spec_from_file_location(f"_grading_{name}", Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def tell(pipe: int, what: Mapping) -> None:
    """A line of JSON into the pipe."""
    line = (json.dumps(what) + "\n").encode()
    while line:
        line = line[os.write(pipe, line) :]


def _shell():
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    shell.ast_node_interactivity = "none"  # nobody looks: what a cell would show need not be drawn
    shell.showtraceback = lambda *args, **more: None
    shell.showsyntaxerror = lambda *args, **more: None
    return shell


def _run(shell, code: str, seconds: float) -> tuple[str, str] | None:
    """Run one cell; what went wrong, if anything did."""
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        done = shell.run_cell(code, store_history=False)
        error = done.error_before_exec or done.error_in_exec
    except BaseException as raised:  # a stranger's cell may raise what it likes
        error = raised
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    if error is None:
        return None
    try:
        return type(error).__name__[:80], str(error)[:1000]
    except BaseException:
        return type(error).__name__[:80], ""


def _answers(encode: ModuleType, shell, pipe: int, asked: Mapping[str, str], seconds: float) -> None:
    """Tell what stands under each asked-for expression now."""
    for item, expression in asked.items():
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            tell(pipe, {"item": item, "answer": encode.encode(eval(expression, shell.user_ns))})
        except encode.Refused as refused:
            tell(pipe, {"item": item, "refused": str(refused)})
        except NameError:
            tell(pipe, {"item": item, "answer": None})
        except BaseException as error:
            tell(pipe, {"item": item, "refused": "unreadable", "said": type(error).__name__[:80]})
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)


def _too_long(number: int, frame: object) -> None:
    raise TooLong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
