"""Run a model solution, and keep of its outputs what is the same every time."""

from __future__ import annotations

import os
import subprocess
import tempfile

from ccsat.errors import CcsatError
from ccsat.lean import load_nbformat

CELL_SECONDS = 300


class SolutionError(CcsatError):
    """A cell of a model solution failed."""

    exit_code = 1


def execute(notebook, *, file: str, seconds: int = CELL_SECONDS) -> None:
    """Run a notebook's cells in place, in a throw-away folder.

    One thread per kernel: on a shared machine more of them make models several times slower. What a run leaves
    behind that differs from run to run is removed: times, and what went to standard error.

    Args:
        notebook: Its cells get outputs.
        file: Its name in messages.
        seconds: Limit for one cell.

    Raises:
        SolutionError: A cell failed or took too long.
    """
    load_nbformat()
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    metadata = dict(notebook.metadata)
    with tempfile.TemporaryDirectory(prefix="ccsat-", ignore_cleanup_errors=True) as folder:
        client = NotebookClient(
            notebook,
            timeout=seconds,
            kernel_name="python3",
            record_timing=False,
            resources={"metadata": {"path": folder}},
        )
        try:
            client.execute(env=kernel_environment(), stderr=subprocess.DEVNULL)  # its warning about TCP is not ours
        except CellExecutionError as error:
            raise SolutionError(
                "solution_failed", file=file, reason=f"{error.ename}: {error.evalue}", cell=_failed(notebook)
            ) from error
        except (CellTimeoutError, DeadKernelError) as error:
            raise SolutionError(
                "solution_failed", file=file, reason=type(error).__name__, cell=_failed(notebook)
            ) from error
    notebook.metadata.update(metadata)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]


def _failed(notebook) -> str:
    """The id of the last cell that was begun."""
    begun = [cell.id for cell in notebook.cells if cell.cell_type == "code" and (cell.execution_count or cell.outputs)]
    return begun[-1] if begun else "–"


def kernel_environment() -> dict[str, str]:
    """The environment a notebook runs in: one thread, the same hashes, UTF-8."""
    return {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0", "PYTHONUTF8": "1"}
