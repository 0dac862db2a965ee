"""The daily watch on invented centres: how soon is S03's cell found, and how often does it cry wolf on S00?

    python benchmarks/monitor.py [--seeds 1-20]

An alert counts for S03 where it opens, from the day of the change on, on the true cell or one that holds it (its business line, or the whole). On S00 every alert is false; alerts that
open within three days of each other are one episode, which is one message.
"""

from __future__ import annotations

import argparse
import os
import sys
from datetime import date

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

import ccsat as cs
from ccsat import worlds
from ccsat.estimates import wilson
from ccsat.monitor import monitor_kpi

DELAY, SHARE, EPISODES = 5, 0.80, 2.0  # days; of seeds; false ones a month


def watched(name: str, seed: int):
    """A world's daily watch."""
    centre = worlds.make(name, rng=seed).centre
    return monitor_kpi(centre, cs.Question.of(centre.study))


def delay(seed: int) -> float:
    """Days from the change to the first alert that holds the true cell."""
    world = worlds.make("S03", rng=seed)
    found, cell = watched("S03", seed), world.truth["cells"][0]["where"]
    began = date.fromisoformat(world.truth["windows"]["current"].split("/")[0])
    rows = found.table[found.table["opened"] >= began]
    holds = rows[[contains(world.centre, where, cell) for where in rows["where"]]]
    return min(((day - began).days for day in holds["opened"]), default=np.inf)


def contains(centre, where: dict, cell: dict) -> bool:
    """Whether a cell's contacts all lie in another: the whole, itself, or what a hierarchy puts above it."""
    if not where:
        return True
    inside = centre.engine.crosstab(centre.facts, list(where), where=cell)
    return len(inside) == 1 and inside.iloc[0][list(where)].to_dict() == where


def main(argv: list[str] | None = None) -> int:
    """Both worlds over the seeds; the exit code says whether both bars are met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="1-20", help="e.g. 1-20")
    first, _, last = parser.parse_args(argv).seeds.partition("-")
    seeds = range(int(first), int(last or first) + 1)
    months, alerts, episodes = 0.0, 0, 0
    for seed in seeds:
        found = watched("S00", seed)
        months += ((found.last - found.judged_from).days + 1) / 30
        alerts, episodes = alerts + len(found.table), episodes + found.table["episode"].nunique()
    delays = np.array([delay(seed) for seed in seeds])
    soon = int((delays <= DELAY).sum())
    low, high = wilson(soon, len(delays))
    print(f"S03: alert within {DELAY} days in {soon} of {len(delays)} ({soon / len(delays):.0%}, 95 % {low:.0%} to {high:.0%}; bar {SHARE:.0%}); "
          f"median delay {np.median(delays):.0f} days, longest {delays.max():.0f}")  # fmt: skip
    print(
        f"S00: {episodes / months:.2f} false episodes a month ({alerts / months:.2f} cells; bar {EPISODES:.0f}), {months:.1f} months"
    )
    return 0 if soon / len(delays) >= SHARE and episodes / months <= EPISODES else 1


if __name__ == "__main__":
    sys.exit(main())
