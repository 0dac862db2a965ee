"""What a user waits for: `ccsat --help`, one full published trace of the bundled centre, one new world; whole processes, in seconds."""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HELP_CPU, TRACE_WALL, WORLD_CPU = 0.4, 60.0, 5.0  # gates


def run(*words: str) -> tuple[float, float]:
    """CPU (with children) and wall seconds of a ccsat command."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run([sys.executable, "-m", "ccsat.cli", *words], cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   env={**os.environ, "OMP_NUM_THREADS": "1"})  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, time.monotonic() - start


def main() -> int:
    empty = min(_python() for _ in range(3))
    helped = min(run("--help")[0] for _ in range(3))
    with tempfile.TemporaryDirectory() as out:
        cpu, wall = run("trace", "data/s03_charging/study.toml", "--out", out)
        os.environ["CCSAT_CACHE"] = out  # nothing made before
        world, _ = run("world", "make", "S03", "--seed", "1", "--out", f"{out}/world")
    print(f"ccsat --help           {helped:5.2f} s CPU   {helped / empty:5.1f} x an empty Python   (gate {HELP_CPU} s)")
    print(f"ccsat trace, bundled   {cpu:5.1f} s CPU   {wall:5.1f} s wall   (gate {TRACE_WALL:.0f} s wall)")
    print(
        f"ccsat world make S03   {world:5.1f} s CPU   {world / empty:5.0f} x an empty Python   (gate {WORLD_CPU:.0f} s)"
    )
    return helped > HELP_CPU or wall > TRACE_WALL or world > WORLD_CPU


def _python() -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", ""], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    sys.exit(main())
