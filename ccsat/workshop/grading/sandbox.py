"""Run a submission's cells in a process that is kept apart, watch its time, memory and size, and hear its answers."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ccsat.workshop.grading.apart import MEANS
from ccsat.workshop.grading.problems import Problem

CHILD = Path(__file__).with_name("child.py")
FIRST_UID = 65100  # users that no system has; one a slot, so that limits on processes are each submission's own
MOST_TOLD = 8_000_000  # bytes
MOST_PROCESSES, MOST_THREADS = 24, 160
LOOK_EVERY = 0.25


@dataclass(frozen=True)
class Limits:
    """What one submission may use: seconds of wall time, gigabytes of memory, megabytes of disk."""

    seconds: float = 300
    memory: float = 3
    disk: int = 256

    @property
    def cell_seconds(self) -> float:
        """One cell may use a good third of the time, so that the cells after an endless loop still get theirs."""
        return self.seconds * 0.35

    def of_kernel(self) -> dict[str, int]:
        """As `setrlimit` names them. Address space is twice the memory: libraries reserve more than they use."""
        return {"CPU": int(2 * self.seconds) + 5, "AS": int(2 * self.memory * 2**30), "FSIZE": self.disk * 2**20, "CORE": 0,
                "NPROC": MOST_THREADS, "NOFILE": 512}  # fmt: skip


@dataclass
class Ran:
    """What became of a run: answers by item as they were told last, errors of cells, and how it ended."""

    held: dict[str, bool] = field(default_factory=dict)
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    errors: list[tuple[str, str, str]] = field(default_factory=list)  # cell, name, words
    cell: str = ""  # the one that was begun last
    finished: bool = False
    ended: Problem | None = None


def run_apart(
    steps: Iterable[Mapping],
    answers: Mapping[str, str],
    *,
    limits: Limits,
    slot: int = 0,
    needed: Iterable[str] = MEANS,
    hide: Iterable[Path] = (),
    cache: Path | None = None,
) -> Ran:
    """Run cells in a throw-away folder, apart from this process and system.

    Args:
        steps: `id`, `code`, and `answers` (item -> expression) that are read right after.
        answers: Item -> expression, read at the end.
        limits: Time, memory, disk.
        slot: Runs side by side have different ones.
        needed: What must hold before a cell is run; see `apart.MEANS`.
        hide: Folders that it shall not see.
        cache: Folder of invented centres, readable inside.
    """
    with tempfile.TemporaryDirectory(prefix="ccsat-apart-", ignore_cleanup_errors=True) as scratch:
        place = Path(scratch)
        place.chmod(0o755)
        for name in ("work", "cache"):
            (place / name).mkdir()
        root = hasattr(os, "geteuid") and os.geteuid() == 0
        uid = _free_uid(slot) if root else 0
        if uid:
            os.chown(place / "work", uid, uid)
        heard, told = os.pipe()
        job = {
            "pipe": told, "work": str(place / "work"), "cache": str(place / "cache"), "uid": uid, "megabytes": limits.disk,
            "cache_source": str(cache) if cache and cache.is_dir() else "", "hide": _may_hide(hide, place, cache),
            "limits": limits.of_kernel(), "needed": list(needed), "see": _must_see(place), "cell_seconds": limits.cell_seconds,
            "steps": list(steps), "answers": dict(answers),
        }  # fmt: skip
        (place / "job.json").write_text(json.dumps(job), encoding="utf-8")
        with (place / "stderr.txt").open("wb") as errors:
            child = subprocess.Popen([sys.executable, "-P", str(CHILD), str(place / "job.json")], stdin=subprocess.DEVNULL, cwd=place,
                                     stdout=subprocess.DEVNULL, stderr=errors, env=_environment(place), pass_fds=[told],
                                     start_new_session=True)  # fmt: skip
        os.close(told)
        ran = Ran()
        try:
            _listen(child, heard, ran, limits)
        finally:
            os.close(heard)
            _end(child)
        if not ran.finished and ran.ended is None:
            ran.ended = (
                Problem("died", {"cell": ran.cell})
                if ran.cell
                else Problem("no_start", {"said": _last_words(place / "stderr.txt")})
            )
        if not ran.held:
            ran.ended = Problem("no_start", {"said": _last_words(place / "stderr.txt")})
        return ran


def _listen(child: subprocess.Popen, heard: int, ran: Ran, limits: Limits) -> None:
    """Read the pipe to its end, unless time, memory, processes or words run out first."""
    started, size, rest = time.monotonic(), 0, b""
    os.set_blocking(heard, False)
    with selectors.DefaultSelector() as ready:
        ready.register(heard, selectors.EVENT_READ)
        while True:
            if ready.select(LOOK_EVERY):
                part = os.read(heard, 65536)
                if not part:
                    return
                size += len(part)
                *lines, rest = (rest + part).split(b"\n")
                for line in lines:
                    _hear(line, ran)
                if size > MOST_TOLD:
                    ran.ended = Problem("many_words", {"cell": ran.cell or "–"})
                    return
            if time.monotonic() - started > limits.seconds:
                ran.ended = Problem("time", {"seconds": f"{limits.seconds:g}", "cell": ran.cell or "–"})
                return
            if key := _too_much(child, limits):
                ran.ended = Problem(key, {"cell": ran.cell or "–", "memory": f"{limits.memory:g}"})
                return


def _hear(line: bytes, ran: Ran) -> None:
    """One line of the child's; what is not of the form is passed over."""
    try:
        match json.loads(line):
            case {"held": dict(held)} if not ran.held:
                ran.held = {means: held.get(means) is True for means in MEANS}
            case {"missing": list()}:
                ran.ended = Problem("not_apart")
            case {"begins": str(cell)}:
                ran.cell = cell[:100]
            case {"cell": str(cell), "error": str(name), "said": str(said)} if len(ran.errors) < 200:
                ran.errors.append((cell[:100], name[:80], said[:1000]))
            case {"item": str(item), **what} if len(ran.answers) < 500 or item in ran.answers:
                if not (
                    item in ran.answers and what.get("answer", 0) is None
                ):  # deleted later: what stood at its check counts
                    ran.answers[item] = what
            case {"finished": True}:
                ran.finished = True
    except (ValueError, RecursionError):
        return


def _too_much(child: subprocess.Popen, limits: Limits) -> str:
    """The key of what the family of processes uses too much of, or nothing."""
    import psutil

    try:
        family = psutil.Process(child.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return ""
    if len(family) > MOST_PROCESSES:
        return "processes"
    used = 0
    for process in family:
        with suppress(psutil.Error):
            used += process.memory_info().rss
    return "memory" if used > limits.memory * 2**30 else ""


def _end(child: subprocess.Popen) -> None:
    """End the child and whatever it started; within a process namespace the first one's end is everybody's."""
    import psutil

    with suppress(psutil.NoSuchProcess):
        family = psutil.Process(child.pid).children(recursive=True)
        for process in [*family, psutil.Process(child.pid)]:
            with suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(family, timeout=5)
    with suppress(subprocess.TimeoutExpired):
        child.wait(timeout=10)


def _environment(place: Path) -> dict[str, str]:
    """A new environment: nothing of the grader's own, which may hold secrets."""
    single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1")
    work = str(place / "work")
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, **single, "HOME": work, "TMPDIR": work, "IPYTHONDIR": f"{work}/.ipython", "MPLCONFIGDIR": work, "LANG": "C.UTF-8",
            "PYTHONUTF8": "1", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "PLOTLY_RENDERER": "plotly_mimetype",
            "MALLOC_ARENA_MAX": "2", "CCSAT_CACHE": work}  # fmt: skip


def _may_hide(folders: Iterable[Path], place: Path, cache: Path | None) -> list[str]:
    """Of the folders to hide those without which the child can still start."""
    wanted = [Path(one) for one in _must_see(place)] + ([cache.resolve()] if cache else [])
    found = sorted({Path(folder).resolve() for folder in folders if Path(folder).is_dir()})
    return [str(folder) for folder in found if not any(path.is_relative_to(folder) for path in wanted)]


def _must_see(place: Path) -> list[str]:
    """Python, its packages and this one, and the run's own place."""
    wanted = [
        place,
        Path(sys.prefix),
        Path(sys.base_prefix),
        Path(sys.executable).resolve().parents[1],
        CHILD.parents[2],
    ]
    wanted += [Path(entry) for entry in sys.path if entry and Path(entry).is_dir() and "site-packages" in entry]
    return sorted({str(path.resolve()) for path in wanted})


def _free_uid(slot: int) -> int:
    import pwd

    known = {entry.pw_uid for entry in pwd.getpwall()}
    return [uid for uid in range(FIRST_UID, FIRST_UID + 400) if uid not in known][slot]


def _last_words(stderr: Path) -> str:
    lines = stderr.read_text(encoding="utf-8", errors="replace").splitlines() if stderr.is_file() else []
    return " / ".join(line.strip() for line in lines[-3:] if line.strip())[:300] or "–"
