"""What a user waits for before anything is said, and where one trace's time goes; CPU seconds with children, in fresh processes.

`python benchmarks/startup.py [--quick]`. CPU seconds grow with whatever else the cores do, so each bar is multiplied by how much longer than on
a quiet machine the yardstick, `import pandas`, took in between. `--quick` leaves the traces out.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STUDY = "data/s03_charging/study.toml"
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}
YARDSTICK, QUIET = "import pandas", 0.53  # CPU seconds on the machine that the bars were set on, nothing else running
TIMES = 5
TRACE, PUBLISHED = 10.0, 30.0  # bars of a trace without its report, and of a published one
PARTS = {
    "check_data": "1 check", "split_ledgers": "ledgers", "measure_all": "all KPIs", "locate_gap": "2 locate",
    "explain_cells": "3 explain", "plan_actions": "4 solve",
}  # fmt: skip
INSIDE = f"""
import json, sys, time
began = time.process_time()
import ccsat as cs
from ccsat import trace
spent = {{}}
def timed(name):
    own = getattr(trace, name)
    def call(*given, **named):
        at = time.process_time()
        try:
            return own(*given, **named)
        finally:
            spent[name] = spent.get(name, 0) + time.process_time() - at
    setattr(trace, name, call)
for name in {list(PARTS)!r}:
    timed(name)
spent["imports"] = time.process_time() - began
if sys.argv[1].endswith(".toml"):
    path = sys.argv[1]
    at = time.process_time()
    centre = cs.read_centre(path)
else:
    from ccsat import worlds
    centre = worlds.make(sys.argv[1][:3], rng=int(sys.argv[1][4:])).centre
    at = time.process_time()
spent["read"] = time.process_time() - at
at = time.process_time()
found = cs.run_trace(centre)
spent["trace"] = time.process_time() - at
at = time.process_time()
cs.gather_findings(found)
spent["findings"] = time.process_time() - at
print(json.dumps(spent))
"""


def commands(runs: Path, empty: Path) -> dict[str, tuple[list[str], float | None]]:
    """Each command with its bar."""
    python, ccsat = [sys.executable, "-c"], [sys.executable, "-m", "ccsat.cli"]
    return {
        "python -c pass": ([*python, "pass"], None),
        YARDSTICK: ([*python, YARDSTICK], None),
        "ccsat --help": ([*ccsat, "--help"], 0.3),
        "ccsat --version": ([*ccsat, "--version"], 0.3),
        "ccsat runs list, 5 runs": ([*ccsat, "runs", "list", "--out", str(runs)], 0.3),
        "ccsat runs list, none": ([*ccsat, "runs", "list", "--out", str(empty)], 0.3),
        "ccsat methods": ([*ccsat, "methods"], 0.3),
        "ccsat schedule --help": ([*ccsat, "schedule", "--help"], 0.3),
        "ccsat kpis": ([*ccsat, "kpis"], None),
        "import ccsat": ([*python, "import ccsat"], 0.6),
        "what a trace needs of ccsat": ([*python, "import ccsat; ccsat.read_centre; ccsat.run_trace"], None),
    }


def cpu_of(words: list[str]) -> float:
    """CPU seconds of one process."""
    process = subprocess.Popen(words, cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode:
        raise SystemExit(f"{' '.join(words)}\n{said.decode()}")
    return used.ru_utime + used.ru_stime


def time_commands(runs: Path, empty: Path) -> bool:
    """The table of commands; in turn, so that all meet the same load. Whether a bar was missed."""
    wanted = commands(runs, empty)
    taken = {name: [] for name in wanted}
    for _ in range(TIMES):
        for name, (words, _bar) in wanted.items():
            taken[name].append(cpu_of(words))
    slower = max(1.0, statistics.median(taken[YARDSTICK]) / QUIET)
    print(f"\n| command, median of {TIMES} | CPU s | as if quiet | bar | |\n|---|---|---|---|---|")
    missed = False
    for name, (_words, bar) in wanted.items():
        value = statistics.median(taken[name])
        held = bar is None or value / slower <= bar
        missed |= not held
        print(
            f"| {name} | {value:.2f} | {value / slower:.2f} | {bar if bar else ''} | {'' if bar is None else '✓' if held else '✗'} |"
        )
    return missed


def time_stages(cases: list[str]) -> bool:
    """A trace without its report, by stage. Whether a bar was missed."""
    missed, rows = False, {}
    for case in cases:
        before = cpu_of([sys.executable, "-c", YARDSTICK])
        done = subprocess.run(
            [sys.executable, "-c", INSIDE, case], cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=True
        )
        slower = max(1.0, (before + cpu_of([sys.executable, "-c", YARDSTICK])) / 2 / QUIET)
        rows[case] = (json.loads(done.stdout), slower)
    print(f"\n| CPU s as if quiet | {' | '.join(rows)} |\n|---|{'---|' * len(rows)}")
    order = {"imports": "import ccsat's stages", "read": "read the centre", "trace": "run_trace"} | {one: f"· {name}" for one, name in PARTS.items()} | {"findings": "findings"}  # fmt: skip
    for part, name in order.items():
        print(f"| {name} | {' | '.join(f'{spent.get(part, 0) / slower:.2f}' for spent, slower in rows.values())} |")
    for case, (spent, slower) in rows.items():
        held = spent["trace"] / slower <= TRACE
        missed |= not held
        print(
            f"run_trace, {case}: {spent['trace']:.1f} s CPU, {spent['trace'] / slower:.1f} as if quiet, bar {TRACE:g} {'✓' if held else '✗'}"
        )
    return missed


def time_published(out: Path) -> bool:
    """One published trace by phase, from the progress it tells and its processes' own counts. Whether the bar was missed."""
    import psutil

    before, began = cpu_of([sys.executable, "-c", YARDSTICK]), time.monotonic()
    process = subprocess.Popen([sys.executable, "-m", "ccsat.cli", "trace", STUDY, "--out", str(out)], cwd=ROOT, env=ENVIRONMENT, text=True,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)  # fmt: skip
    said: list[tuple[float, str]] = []
    listener = threading.Thread(
        target=lambda: said.extend((time.monotonic() - began, line.strip()) for line in process.stderr)
    )
    listener.start()
    seen: list[tuple[float, dict[int, float]]] = []
    parent = psutil.Process(process.pid)
    while process.poll() is None:
        used = {}
        try:
            for one in (parent, *parent.children(recursive=True)):
                spent = one.cpu_times()
                used[one.pid] = spent.user + spent.system
        except psutil.Error:
            pass
        seen.append((time.monotonic() - began, used))
        time.sleep(0.02)
    listener.join()
    wall = time.monotonic() - began
    slower = max(1.0, (before + cpu_of([sys.executable, "-c", YARDSTICK])) / 2 / QUIET)
    pids = list(dict.fromkeys(pid for _, used in seen for pid in used))[
        :3
    ]  # the command, the notebook's process, its kernel
    steps = [at for at, line in said if line.startswith("step ")]
    published = next((at for at, line in said if line.startswith("published")), wall)
    marks = {
        "command starts": said[0][0], "data checked, question asked, kernel started": steps[0], "notebook: imports": steps[3],
        "notebook: read, stages 1 to 4, findings": steps[4], "notebook: figures and tables": steps[-1],
        "kernel ends, page made, published": published, "alerts, history, index": wall,
    }  # fmt: skip

    def used_by(at: float) -> list[float]:
        return [max((used.get(pid, 0.0) for when, used in seen if when <= at), default=0.0) for pid in pids]

    print("\n| phase of a published trace | wall s | CPU s | command | notebook | kernel |\n|---|---|---|---|---|---|")
    last, spent = 0.0, [0.0] * len(pids)
    for name, at in marks.items():
        now = used_by(at)
        each = [(after - earlier) / slower for after, earlier in zip(now, spent, strict=True)]
        print(f"| {name} | {at - last:.1f} | {sum(each):.2f} | {' | '.join(f'{one:.2f}' for one in each)} |")
        last, spent = at, now
    total = sum(spent) / slower
    held = wall <= PUBLISHED or total <= PUBLISHED
    print(f"CPU as if quiet. In all {wall:.1f} s wall, {total:.1f} s CPU (one process waits for the other, so that a quiet machine's wall is "
          f"about its CPU), bar {PUBLISHED:g} {'✓' if held else '✗'}; the yardstick took {slower:.1f} x its quiet time")  # fmt: skip
    return not held


def five_runs(out: Path) -> Path:
    """A folder of five runs: the published one and four like it of other days."""
    (run,) = out.glob("*/*/*/run.json")
    place = run.parent
    for day in range(1, 5):
        other = place.parents[1] / f"2025-04-0{day}" / place.name
        other.mkdir(parents=True)
        for name in ("run.json", "findings.json"):
            shutil.copyfile(place / name, other / name)
    return out


def main() -> int:
    quick = "--quick" in sys.argv[1:]
    with tempfile.TemporaryDirectory() as scratch:
        runs, empty = Path(scratch) / "runs", Path(scratch) / "empty"
        runs.mkdir(), empty.mkdir()
        missed = False
        if not quick:
            missed |= time_published(runs)
            missed |= time_stages([STUDY, "S01-101"])
        missed |= time_commands(runs if quick else five_runs(runs), empty)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
