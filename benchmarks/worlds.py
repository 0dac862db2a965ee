"""What an invented centre costs to make, and whether a large one is written in bounded memory.

    python benchmarks/worlds.py [--contacts 10000000] [--folder DIR]

First the one full world with every table (S12: 72,000 contacts, 60,000 bot sessions, 108,000 menu calls), in seconds of
CPU, start of the interpreter and imports included, made and written to Parquet; then the same for its truth. Then
worlds in parts, each in a process of its own: peak memory of 2 parts, of 10, and of `--contacts`, as ratios to that of
one part. Exits 1 where the full world takes over 5 s CPU, or the largest over 1.5 times the memory of one part.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

MAKE = "from ccsat import worlds; worlds.make('S12', rng={seed}).folder"
TRUTH = "from ccsat import worlds; worlds.make('S12', rng={seed}).truth"
LARGE = """
import resource, sys
from ccsat import worlds
from ccsat.worlds.chunks import write_large
write_large(worlds.make('S03', rng={seed}), sys.argv[1], int(sys.argv[2]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
PART = 72_000


def cpu(code: str, *arguments: str) -> tuple[float, str]:
    """CPU seconds of a fresh interpreter, and what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "CCSAT_CACHE": cache}
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], env=environment, check=True, capture_output=True, text=True
        )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=int, default=10_000_000)
    parser.add_argument("--folder", type=Path, help="keeps the large world; it must be empty")
    options = parser.parse_args()
    made = sorted(cpu(MAKE.format(seed=seed))[0] for seed in (1, 2, 3))
    true = sorted(cpu(TRUTH.format(seed=seed))[0] for seed in (1, 2, 3))
    print(
        f"full world with every table: {made[1]:.1f} s CPU (median of 3; bar 5); its truth from paired worlds: {true[1]:.1f} s CPU"
    )
    peaks = {}
    for contacts in (PART, 2 * PART, 10 * PART, options.contacts):
        with tempfile.TemporaryDirectory() as folder:
            keep = options.folder if options.folder and contacts == options.contacts else Path(folder) / "world"
            seconds, said = cpu(LARGE.format(seed=1), str(keep), str(contacts))
            peaks[contacts] = int(said) / 1024
            size = sum(file.stat().st_size for file in keep.rglob("*") if file.is_file()) / 1e6
        print(
            f"{contacts:>12,} contacts: {seconds:7.1f} s CPU, {peaks[contacts] / peaks[PART]:.2f} x the memory of one part ({peaks[PART]:.0f} MB), {size:,.0f} MB of files",
            flush=True,
        )
    return int(made[1] > 5 or peaks[options.contacts] > 1.5 * peaks[PART])


if __name__ == "__main__":
    sys.exit(main())
