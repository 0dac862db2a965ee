"""The process that runs one notebook: started by `execute_notebook`, ends with a file that says how it went."""

from __future__ import annotations

import json
import logging
import os
import shutil
import sys
import threading
from pathlib import Path
from typing import Any

from ccsat.lean import load_nbformat

MOST_PRINTED, CUT = 1_000_000, "\n…\n"  # characters that one cell's printing may take in the executed notebook
CELL = "ccsat-cell"  # begins a progress line on standard output
STARTING = (
    "Kernel died before replying",
    "Kernel didn't respond",
)  # what jupyter_client says of a kernel that never was


def main(request_file: str) -> int:
    """Run the notebook that the request names; write its outcome beside the request. 0 when every cell ran."""
    request = json.loads(Path(request_file).read_text(encoding="utf-8"))
    threading.Thread(target=_end_with_parent, args=(Path(request["notebooks"]),), daemon=True).start()
    outcome = _run(request)
    target = Path(request["outcome"])
    draft = target.with_suffix(".draft")
    draft.write_text(json.dumps(outcome, ensure_ascii=False), encoding="utf-8")
    os.replace(draft, target)
    return 0 if outcome["ok"] else 1


def _run(request: dict[str, Any]) -> dict[str, Any]:
    load_nbformat()
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill import execute_notebook
    from papermill.engines import papermill_engines
    from papermill.exceptions import PapermillExecutionError

    logging.getLogger("papermill").setLevel(logging.ERROR)
    papermill_engines.register("ccsat", _watched_engine())
    os.chdir(request["notebooks"])  # relative names: papermill reads braces in a path as a template
    try:
        execute_notebook(
            "notebook.ipynb",
            "executed.ipynb",
            parameters=request["parameters"],
            engine_name="ccsat",
            kernel_name="python3",
            progress_bar=False,
            request_save_on_cell_execute=False,
            record_timing=False,
            execution_timeout=request["cell_seconds"],
            cwd=request["cwd"],
        )
    except PapermillExecutionError as error:
        return {"ok": False, "kind": "cell", "cell": error.cell_index, "name": error.ename, "message": error.evalue}
    except CellTimeoutError:
        return {"ok": False, "kind": "cell_time"}
    except DeadKernelError:
        return {"ok": False, "kind": "kernel"}
    except RuntimeError as error:
        if any(words in str(error) for words in STARTING):
            return {"ok": False, "kind": "kernel_start", "message": str(error)}
        return {"ok": False, "kind": "other", "name": type(error).__name__, "message": str(error)}
    except Exception as error:  # anything else is told as it is, not lost with this process
        return {"ok": False, "kind": "other", "name": type(error).__name__, "message": str(error)}
    _forget_the_machine(Path("executed.ipynb"))
    return {"ok": True}


def _watched_engine() -> type:
    from papermill import engines
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import NBClientEngine

    class Watched(NBClientEngine):
        """papermill's own engine, with one progress line before each code cell."""

        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> Any:
            order = [index for index, cell in enumerate(nb_man.nb.cells) if cell.cell_type == "code"]
            begin = nb_man.cell_start

            def told(cell: Any, cell_index: int | None = None, **more: Any) -> Any:
                if cell_index in order:
                    sys.stdout.write(f"{CELL} {order.index(cell_index) + 1} {len(order)}\n")
                    sys.stdout.flush()
                return begin(cell, cell_index, **more)

            nb_man.cell_start = told
            engines.PapermillNotebookClient = _bounded(PapermillNotebookClient)
            try:
                return super().execute_managed_notebook(nb_man, kernel_name, **options)
            finally:
                engines.PapermillNotebookClient = PapermillNotebookClient

    return Watched


def _bounded(client: type) -> type:
    class Bounded(client):
        """papermill's client that keeps the first part of what a cell prints: a cell may print without end."""

        def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:
            if msg["msg_type"] == "stream":
                printed = getattr(self, "_printed", {})
                before, words = printed.get(cell_index, 0), msg["content"]["text"]
                self._printed = {**printed, cell_index: before + len(words)}
                if before > MOST_PRINTED:
                    return None
                if before + len(words) > MOST_PRINTED:
                    msg["content"]["text"] = words[: MOST_PRINTED - before] + CUT
            return super().process_message(msg, cell, cell_index)

    return Bounded


def _forget_the_machine(executed: Path) -> None:
    """Drop papermill's times, paths and states: the same run gives the same notebook."""
    content = json.loads(executed.read_text(encoding="utf-8"))
    content["metadata"].pop("papermill", None)
    for cell in content["cells"]:
        cell["metadata"].pop("papermill", None)
        cell["metadata"].pop("execution", None)
        if "injected-parameters" in cell["metadata"].get("tags", []):
            cell["id"] = "injected-parameters"
    executed.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _end_with_parent(scratch: Path) -> None:
    """Standard input is a pipe from the parent: when it closes, the parent is gone, and so is the need for this."""
    import psutil

    while sys.stdin.buffer.read(1):
        pass
    for process in psutil.Process().children(recursive=True):
        process.kill()
    shutil.rmtree(scratch, ignore_errors=True)
    os._exit(1)
