"""Do the invented centres measure what the domain reference says they must?

    python benchmarks/calibration.py [--worlds S00,S03] [--seeds 1-20]

One row a figure of DOMAIN 5.1 and 5.5: what is documented, the mean and standard deviation over the seeds, and the
range in which the mean must lie; last the reason, where constants behind it are other than documented. Exits 1 where a
mean lies outside.
"""

from __future__ import annotations

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from ccsat import worlds
from ccsat.worlds.calibrate import measure_aims


def figure(value: float | tuple[float, float]) -> str:
    """A documented figure, or a range of them."""
    return " to ".join(f"{one:.4g}" for one in (value if isinstance(value, tuple) else (value,)))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", default="all")
    parser.add_argument("--seeds", default="1-20", help="first-last")
    options = parser.parse_args()
    first, _, last = options.seeds.partition("-")
    seeds = range(int(first), int(last or first) + 1)
    stories = [one for one in worlds.STORIES if options.worlds == "all" or one.code in options.worlds.split(",")]
    print("| world | figure | documented | mean | sd | mean must lie in | |\n|---|---|---|---|---|---|---|")
    missed, reasons = 0, []
    with ProcessPoolExecutor(2) as pool:
        for story in stories:
            values = np.array(list(pool.map(partial(measure_aims, story.code), seeds)))
            for aim, mean, sd in zip(story.aims, values.mean(axis=0), values.std(axis=0, ddof=1), strict=True):
                out = not aim.low <= mean <= aim.high
                missed += out
                reasons += [f"- {story.code}, {aim.what}: {aim.why}."] if aim.why else []
                print(
                    f"| {story.code} | {aim.what} | {figure(aim.aim)} | {mean:.4g} | {sd:.2g} | {aim.low:.4g} to {aim.high:.4g} | {'MISSED' * out} |",
                    flush=True,
                )
    print("\nWhere constants are other than documented, or a figure is another's:\n", *reasons, sep="\n")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
