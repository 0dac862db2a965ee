"""A Spark standalone cluster of the test's own: a master and workers as processes of their own on loopback, and what Spark says of them."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

PATIENCE = 180  # seconds for a process to be there


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


def asked(address: str):
    """What one of Spark's status pages says, as JSON."""
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(address, timeout=20) as answer:
        return json.load(answer)


def waited(test, what: str):
    """The first true answer of `test`."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with contextlib.suppress(OSError, ValueError):
            if found := test():
                return found
        time.sleep(0.3)
    raise AssertionError(f"waited {PATIENCE} s for {what}")


class Cluster:
    """`master` is the address for a session; `kill(worker)` ends a worker and its executors as a power cut would."""

    def __init__(self, folder: Path, workers: int):
        import pyspark

        home = Path(pyspark.__file__).parent
        self._run = str(home / "bin" / "spark-class")
        self._folder = folder
        self._environment = {**os.environ, "SPARK_HOME": str(home), "SPARK_NO_DAEMONIZE": "1", "SPARK_LOCAL_IP": "127.0.0.1",
                             "SPARK_DAEMON_MEMORY": "256m", "PYSPARK_PYTHON": sys.executable, "SPARK_WORKER_DIR": str(folder / "work"),
                             "SPARK_LOCAL_DIRS": str(folder / "local")}  # fmt: skip
        port, self._page = free_port(), free_port()
        self.master = f"spark://127.0.0.1:{port}"
        self._started: list[subprocess.Popen] = []
        self._start("deploy.master.Master", "--host", "127.0.0.1", "--port", port, "--webui-port", self._page)
        waited(lambda: self.state()["status"] == "ALIVE", "the master")
        self.workers: dict[str, subprocess.Popen] = {}
        for _ in range(workers):
            known = self._ids()
            process = self._start("deploy.worker.Worker", "--host", "127.0.0.1", "--cores", 1, "--memory", "1g",
                                  "--webui-port", free_port(), self.master)  # fmt: skip
            (worker,) = waited(lambda known=known: self._ids() - known, "a worker")
            self.workers[worker] = process

    def state(self) -> dict:
        """The master's own account: workers and applications."""
        return asked(f"http://127.0.0.1:{self._page}/json/")

    def _ids(self) -> set[str]:
        return {worker["id"] for worker in self.state()["workers"] if worker["state"] == "ALIVE"}

    def _start(self, name: str, *words) -> subprocess.Popen:
        log = (self._folder / f"{name.split('.')[-1]}-{len(self._started)}.log").open("wb")
        process = subprocess.Popen([self._run, f"org.apache.spark.{name}", *map(str, words)], env=self._environment, stdout=log,
                                   stderr=log, stdin=subprocess.DEVNULL, start_new_session=True, cwd=self._folder)  # fmt: skip
        self._started.append(process)
        return process

    def kill(self, worker: str) -> None:
        os.killpg(self.workers[worker].pid, signal.SIGKILL)

    def stop(self) -> None:
        for process in reversed(self._started):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=60)


@contextlib.contextmanager
def cluster(folder: Path, workers: int = 2):
    made = None
    try:
        made = Cluster(folder, workers)
        yield made
    finally:
        if made is not None:
            made.stop()
        shutil.rmtree(folder / "work", ignore_errors=True)


def executors(session) -> dict[str, dict]:
    """Every executor there was, by Spark's own status page: host and port, tasks, and whether it still lives."""
    context = session.sparkContext
    listed = asked(f"{context.uiWebUrl}/api/v1/applications/{context.applicationId}/allexecutors")
    return {one["id"]: one for one in listed if one["id"] != "driver"}


class Killer(threading.Thread):
    """Kills one worker as soon as both have done `tasks` tasks of the session; `at` is then what Spark said just before."""

    def __init__(self, made: Cluster, session, tasks: int):
        super().__init__(daemon=True)
        self._made, self._session, self._tasks = made, session, tasks
        self.worker = next(iter(made.workers))
        self.at: dict[str, dict] | None = None

    def run(self) -> None:
        while self.at is None:
            with contextlib.suppress(OSError, ValueError):
                found = executors(self._session)
                if len(found) >= 2 and min(one["completedTasks"] for one in found.values()) >= self._tasks:
                    self.at = found
                    self._made.kill(self.worker)
            time.sleep(0.2)
