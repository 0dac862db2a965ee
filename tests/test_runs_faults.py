"""Faults: whatever happens to a run, nothing is half published, the next run recovers, and the end is on record."""

import contextlib
import glob
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest
from conftest import skip_unless_ci
from notebook_examples import ENDING, STAND_IN, write_notebook
from run_examples import WITHOUT_KERNEL, Place, command, pretend, root, until

from ccsat.errors import CcsatError, EngineError, LockedError, RunError, TimeLimitError
from ccsat.runs import publish as places
from ccsat.runs import run as run_module
from ccsat.runs.history import History
from ccsat.runs.listing import check_health

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX signals, limits and mounts")
CHANGES = ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "open", "shutil.rmtree", "sqlite3.connect", "os.truncate")


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(run_module, "execute_notebook", pretend)
    return Place(tmp_path)


def recovered(place, *, runs=1):
    """The next run is good, and nothing is left of the one that was ended."""
    done = place.run()
    assert done.exit_code == 0 and place.whole() and len(place.published()) == runs
    assert (place.shop / "latest.txt").read_text().strip() == f"{done.folder.parent.name}/{done.folder.name}"
    left = [path.name for path in place.shop.iterdir() if path.name.startswith((".work", ".old", ".gone", ".latest"))]
    assert left == [] and not list(place.shop.glob(".alerts/**/.*"))
    history = History(place.out)
    history.catch_up()
    assert history.count("shop") == runs and done.folder.name in (place.out / "index.html").read_text(encoding="utf-8")
    return done


# Killed -----------------------------------------------------------------------------------------


def run_killed(place, step, **options):
    """The run in a forked process that ends by KILL before its `step`-th change under the folder of runs; None: count them."""
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            seen = [0]

            def watch(event, values):
                if event not in CHANGES or str(place.out) not in str(values[0] if values else ""):
                    return
                if event == "open" and isinstance(values[1], str) and not set(values[1]) & set("wax+"):
                    return
                if seen[0] == step:
                    os.kill(os.getpid(), signal.SIGKILL)
                seen[0] += 1

            sys.addaudithook(watch)
            place.run(**options)
            os.write(writes, str(seen[0]).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(writes)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reads) as told:
        said = told.read()
    return int(said) if os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0 else None


@pytest.mark.parametrize("every", [9, pytest.param(1, marks=pytest.mark.slow)])
def test_killed_before_any_of_its_writes(tmp_path, monkeypatch, every):
    """Every single change under the folder of runs, one kill each: a first run, and a repeated one that replaces the first."""
    monkeypatch.setattr(run_module, "execute_notebook", pretend)
    (tmp_path / "count").mkdir()
    first = Place(tmp_path / "count")
    steps = run_killed(first, -1)
    again = run_killed(first, -1, force=True)
    assert steps > 20 and again > 20
    for force, total in ((False, steps), (True, again)):
        for step in range(0, total, every):
            folder = tmp_path / f"{'again' if force else 'first'}-{step}"
            folder.mkdir()
            place = Place(folder)
            if force:
                place.run()
            assert run_killed(place, step, force=force) is None
            assert place.whole()
            if force and place.published():
                assert (place.shop / "latest.txt").is_file()
            recovered(place)
            shutil.rmtree(folder)


def killed_at_random(place, n, seed, longest, before):
    """`n` runs ended by KILL after a random time; how many left something half published."""
    rng = random.Random(seed)
    half = 0
    for number in range(n):
        if number % 4 == 0:
            place.ask(
                f"steady 0.8{number:02d}" if before else f"real 0.8{number:02d}"
            )  # something new to publish now and then
        process = subprocess.Popen(command(place, before=before), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=rng.uniform(0.2, longest))
        family = []
        with contextlib.suppress(psutil.NoSuchProcess):
            family = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.wait()
        _, alive = psutil.wait_procs(family, timeout=30)
        assert alive == []
        half += not place.whole()
    return half


@pytest.mark.parametrize(
    ("n", "before"), [(5, WITHOUT_KERNEL), pytest.param(50, "", marks=pytest.mark.long)], ids=["5", "50 with a kernel"]
)
def test_killed_at_random_points(tmp_path, n, before):
    place = Place(tmp_path, asks="steady 0.8" if before else "real 0.8")
    begin = time.monotonic()
    done = subprocess.run(command(place, before=before), capture_output=True, text=True)
    assert done.stdout == "published\n", done.stderr
    assert killed_at_random(place, n, seed=n, longest=1.1 * (time.monotonic() - begin), before=before) == 0
    subprocess.run(command(place, before=before), check=True, stdout=subprocess.DEVNULL)
    assert place.whole() and not list(place.shop.glob(".work-*"))
    assert {one["key_of_error"] for one in place.failures()} <= {"run_vanished"}


def test_killed_after_it_was_published_and_before_it_was_named(place, monkeypatch):
    monkeypatch.setattr(places, "name_latest", lambda *a: os._exit(9))
    child = os.fork()
    if child == 0:
        place.run()
        os._exit(0)
    assert os.WEXITSTATUS(os.waitpid(child, 0)[1]) == 9
    assert len(place.published()) == 1 and not (place.shop / "latest.txt").exists()
    monkeypatch.undo()
    monkeypatch.setattr(run_module, "execute_notebook", pretend)
    assert recovered(place).already and place.failures() == []


@pytest.mark.parametrize(("number", "code", "told"), [(signal.SIGINT, 130, False), (signal.SIGTERM, 1, True)])
def test_interrupted_and_terminated(tmp_path, number, code, told):
    place = Place(tmp_path, asks="sleep 30")
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"  # a background job is born deaf to Ctrl-C
    process = subprocess.Popen(command(place, before=heard), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    until(lambda: place.executions() == 1)
    process.send_signal(number)
    assert process.wait(timeout=60) == code and place.published() == []
    (failure,) = place.failures()
    assert (failure["key_of_error"], failure["exit_code"]) == ("run_stopped", code)
    assert (place.alert("maintainers") is not None) == told  # who interrupts a run knows of it


# Disks ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [200, 5_000, 20_000])
def test_files_that_may_not_grow(place, limit):
    """RLIMIT_FSIZE: every file that would be longer fails half written."""
    before = WITHOUT_KERNEL + f"\nimport resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))"
    done = subprocess.run(command(place, before=before), capture_output=True, text=True)
    assert done.returncode in (0, 1) and "Traceback" not in done.stderr and place.whole()
    assert (done.returncode == 0) == bool(place.published())
    recovered(place)


def in_own_mounts(script):
    """Run a shell script that may mount: in a mount namespace of its own."""
    if not root() or not shutil.which("unshare"):
        skip_unless_ci("mounting needs root and unshare")
    return subprocess.run(
        ["unshare", "--mount", "sh", "-ec", script], capture_output=True, text=True, env={**os.environ}
    )


def quoted(words):
    import shlex

    return " ".join(map(shlex.quote, words))


@pytest.mark.parametrize("size", ["8k", "48k", "160k"])
def test_a_full_disk(tmp_path, size):
    """A disk of this size for the runs: either all of the run is there, or none of it; then room is made."""
    place = Place(tmp_path)
    place.out.mkdir()
    check = f"{quoted([sys.executable, '-c', CHECK_WHOLE, str(tmp_path)])}"
    script = (f"mount -t tmpfs -o size={size} tmpfs {place.out}\n{quoted(command(place))} || echo ended with $?\n{check}\n"
              f"mount -o remount,size=10m {place.out}\n{quoted(command(place))}\n{check}\n")  # fmt: skip
    done = in_own_mounts(script)
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stdout + done.stderr
    lines = done.stdout.split()
    assert (
        lines[-1] == "1"
        and lines[-2] in ("published", "already")
        and (lines[:3] == ["ended", "with", "1"] or "published" in lines)
    )


CHECK_WHOLE = """
import sys; sys.path.insert(0, TESTS)
from pathlib import Path
from run_examples import Place
place = Place.__new__(Place); place.out = Path(sys.argv[1]) / "runs"
assert place.whole(); print(len(place.published()))
""".replace("TESTS", repr(os.path.dirname(os.path.abspath(__file__))))  # fmt: skip


def test_a_read_only_disk(tmp_path):
    place = Place(tmp_path)
    place.out.mkdir()
    words = [
        sys.executable,
        "-m",
        "ccsat.cli",
        "trace",
        str(place.study),
        "--out",
        str(place.out),
        "--notebook",
        str(place.notebook),
    ]
    done = in_own_mounts(f"mount -t tmpfs -o ro tmpfs {place.out}\nset +e\n{quoted(words)}\necho code $?")
    assert done.stdout == "code 2\n" and "cannot be written" in done.stderr and "Traceback" not in done.stderr, (
        done.stderr
    )


def test_a_disk_that_becomes_read_only_during_the_run(tmp_path):
    place = Place(tmp_path)
    place.out.mkdir()
    before = (
        WITHOUT_KERNEL
        + f"""
import subprocess
def pretend(*args, **options):
    run_examples.pretend(*args, **options)
    subprocess.run(["mount", "-o", "remount,ro", {str(place.out)!r}], check=True)
ccsat.runs.run.execute_notebook = pretend"""
    )
    done = in_own_mounts(
        f"mount -t tmpfs tmpfs {place.out}\nset +e\n{quoted(command(place, before=before))}\necho code $?\nls {place.out}/shop"
    )
    assert done.stdout.startswith("code 1\n") and "Traceback" not in done.stderr and "2024" not in done.stdout, (
        done.stdout + done.stderr
    )


# Clocks -----------------------------------------------------------------------------------------


def test_a_clock_that_was_moved_back(place, monkeypatch):
    """The runs go on, in the order of their days; the dead-man check says that it cannot tell; alerts are not silenced."""
    stamps = iter(["2024-07-02T08:00:00+00:00"] * 4 + ["2024-07-01T08:00:00+00:00"] * 100)
    monkeypatch.setattr(places, "now", lambda: next(stamps))
    place.run(as_of="2024-06-30")
    place.ask("real 0.7")
    later = place.run(as_of="2024-07-01")
    assert (place.shop / "latest.txt").read_text().startswith("2024-07-01/") and later.exit_code == 0 and place.whole()
    place.ask("boom 0")
    with pytest.raises(RunError):
        place.run(as_of="2024-07-02")
    assert place.alert("maintainers")["level"] == "red"
    history = History(place.out)
    history.catch_up()
    assert [run["as_of"] for run in history.runs("shop")] == ["2024-07-01", "2024-06-30"]
    import datetime

    now = datetime.datetime(2024, 7, 1, 8, 1, tzinfo=datetime.UTC)
    assert [one.state for one in check_health(history, datetime.timedelta(hours=26), now=now)] == ["future"]


def test_a_real_clock_moved_back(tmp_path):
    """The whole run under libfaketime, a week in the past, after one of today."""
    usual = sorted(glob.glob("/usr/lib/*/faketime/libfaketime.so.1"))
    library = os.environ.get("LIBFAKETIME") or (usual[0] if usual else None)
    if library is None:
        skip_unless_ci("no libfaketime: apt-get install libfaketime, or name the library in LIBFAKETIME")
    place = Place(tmp_path)
    subprocess.run(command(place, as_of="2024-06-29"), check=True, capture_output=True)
    moved = {**os.environ, "LD_PRELOAD": library, "FAKETIME": "-7d", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    done = subprocess.run(command(place, as_of="2024-06-30"), capture_output=True, text=True, env=moved)
    assert done.stdout == "published\n", done.stderr
    assert (
        place.whole()
        and len(place.published()) == 2
        and (place.shop / "latest.txt").read_text().startswith("2024-06-30/")
    )
    status = subprocess.run(
        [sys.executable, "-m", "ccsat.cli", "runs", "status", "--out", str(place.out), "--max-age", "26h"],
        capture_output=True,
        text=True,
        env=moved,
        cwd=tmp_path,
    )
    assert status.returncode == 1 and "clock was moved" in status.stdout


# Two at once ------------------------------------------------------------------------------------


def test_many_at_once_run_once(tmp_path):
    place = Place(tmp_path, asks="steady 0.8")
    started = [
        subprocess.Popen(command(place), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)
    ]
    ends = [(process.communicate(timeout=120)[0].strip(), process.returncode) for process in started]
    assert place.executions() == 1 and len(place.published()) == 1 and place.whole()
    assert sorted(ends, key=str).count(("published", 0)) == 1 and {code for _, code in ends} <= {0, 75}


def test_a_run_may_wait_for_the_other(place):
    place.study.write_text(place.study.read_text().replace("seconds = 60", "seconds = 60\nwait_seconds = 30"))
    from ccsat.runs.lock import only_run

    place.shop.mkdir(parents=True)
    holding, free = threading.Event(), threading.Event()

    def hold():
        with only_run(place.shop, "shop"):
            holding.set()
            free.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    holding.wait(10)
    threading.Timer(1.0, free.set).start()
    assert place.run().exit_code == 0
    thread.join()
    with only_run(place.shop, "shop"), pytest.raises(LockedError), only_run(place.shop, "shop", wait=0.6):
        pytest.fail("two at once")


# The notebook -----------------------------------------------------------------------------------


def notebook_that(place, source):
    write_notebook(place.notebook, source, STAND_IN, ENDING)
    place.study.write_text(
        place.study.read_text().replace(
            "seconds = 60", "seconds = 60\ncell_seconds = 4\nretries = 1\nretry_seconds = 0"
        )
    )


@pytest.mark.slow
def test_a_kernel_that_is_killed_is_tried_again_and_then_given_up(tmp_path):
    place = Place(tmp_path)
    notebook_that(place, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(RunError, match="kernel died") as error:
        place.run()
    assert error.value.exit_code == 1 and len(place.failures()[0]["attempts"]) == 2 and place.published() == []


@pytest.mark.slow
def test_a_kernel_that_is_killed_once_is_no_failure(tmp_path):
    place = Place(tmp_path)
    notebook_that(place, "import os, signal, pathlib\nonce = pathlib.Path(study).parent / 'once'\nif not once.exists():\n    once.touch()\n    os.kill(os.getpid(), signal.SIGKILL)")  # fmt: skip
    done = place.run()
    assert done.exit_code == 0 and [
        one["kind"] for one in json.loads((done.folder / "run.json").read_text())["attempts"]
    ] == ["kernel"]


@pytest.mark.slow
def test_an_endless_cell_is_ended_and_not_tried_again(tmp_path):
    place = Place(tmp_path)
    notebook_that(place, "while True: pass")
    begin = time.monotonic()
    with pytest.raises(TimeLimitError) as error:
        place.run()
    assert error.value.exit_code == 4 and "attempts" not in place.failures()[0] and time.monotonic() - begin < 60
    assert place.published() == []


LOUD = """
import os, sys
line = "x" * 999 + "\\n"
for _ in range({n} // 4000):
    sys.stdout.write(line)
    sys.stderr.write(line)
    os.write(1, line.encode() * 2)
"""


@pytest.mark.long
def test_a_cell_that_prints_a_gigabyte(tmp_path):
    """Half through the kernel's own streams, half past it to the process's output: neither memory nor disk is filled."""
    place = Place(tmp_path)
    write_notebook(place.notebook, LOUD.format(n=1_000_000_000), STAND_IN, ENDING)
    place.study.write_text(place.study.read_text().replace("seconds = 60", "seconds = 570\ncell_seconds = 560"))
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    done = place.run()
    peak = max(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, before)
    assert done.exit_code == 0 and (done.folder / "executed.ipynb").stat().st_size < 5_000_000 and place.whole()
    assert peak < 1_500_000  # kilobytes


def test_a_source_that_does_not_answer_and_comes_back(place, monkeypatch):
    place.study.write_text(
        '[study]\nname = "shop"\n[data]\nsurveys = { database = "env:SHOP_BASE", table = "t" }\n[limits]\nseconds = 60\nretry_seconds = 0\n'
    )
    monkeypatch.setenv("SHOP_BASE", "host=nowhere dbname=x")
    down = [True, True]

    def rows(source):
        if down:
            down.pop()
            raise EngineError("engine_unreachable", address="nowhere", reason="connection refused")
        return 7

    done = place.run(count_rows=rows)
    run = json.loads((done.folder / "run.json").read_text())
    assert [one["kind"] for one in run["attempts"]] == ["source", "source"] and run["data"]["surveys"]["rows"] == 7
    assert "nowhere" not in json.dumps(run["parameters"])


def test_a_source_that_stays_away_is_a_failure_with_its_attempts(place, monkeypatch):
    place.study.write_text(
        '[study]\nname = "shop"\n[data]\nsurveys = { database = "env:SHOP_BASE", table = "t" }\n[limits]\nseconds = 60\nretry_seconds = 0\n'
    )
    monkeypatch.setenv("SHOP_BASE", "host=nowhere dbname=x")

    def rows(source):
        raise EngineError("engine_unreachable", address="nowhere", reason="connection refused")

    with pytest.raises(CcsatError):
        place.run(count_rows=rows)
    assert len(place.failures()[0]["attempts"]) == 3 and place.alert("maintainers")["level"] == "red"


def test_what_follows_a_run_cannot_undo_it(place, monkeypatch):
    def broken(*args, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ccsat.runs.afterwards.write_index", broken)
    monkeypatch.setattr("ccsat.runs.afterwards.Alerts", broken)
    said = []
    done = place.run(progress=said.append)
    assert done.exit_code == 0 and place.whole() and sum("No space left" in line for line in said) == 2
    monkeypatch.undo()
    monkeypatch.setattr(run_module, "execute_notebook", pretend)
    place.ask("none 0.9")
    recovered(place, runs=2)
