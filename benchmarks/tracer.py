"""The whole tracer on invented centres whose truth is known, beside the bars of DOMAIN 5.7.

    python benchmarks/tracer.py [--worlds S00,S03] [--seeds 1-10] [--json FILE]

Two worlds at a time. `--json` keeps every run as it comes and takes up again where it stopped; runs of other sources
of the package are measured again. A bar is missed where the 95 % Wilson interval lies wholly on the wrong side of it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import ccsat as cs
from ccsat import worlds
from ccsat.estimates import wilson
from ccsat.numerics.portfolio import Action, uplift

SAME_CELL = 0.8  # Jaccard of rated contacts from which a found cell is the true one
LARGE = 100  # ratings from which a cell's interval is judged


def trace_world(name: str, seed: int) -> dict:
    """What the tracer said of one world, as plain values."""
    world = worlds.make(name, rng=seed)
    start = time.monotonic()
    trace = cs.run_trace(world.centre)
    seconds = time.monotonic() - start
    causes = trace.why.causes if trace.why else ()
    cells = trace.where.cells
    return {
        "world": name, "seed": seed, "seconds": seconds, "verdict": str(trace.check.verdict), "true_verdict": world.truth["verdict"],
        "change": trace.check.change.value, "cells": len(cells), "ids": [cause.id for cause in causes],
        "grades": [cause.grade for cause in causes], "points": [cause.points for cause in causes],
        "open": max([abs(float(one.table["points"].sum()) - one.total) for one in trace.ledgers.values()], default=0.0),
        "planted": [_planted(world, trace, cell) for cell in world.truth["cells"]],
        "true_causes": [cause["id"] for cause in world.truth["causes"]], "regret": _regret(world.truth, trace),
        "stability": trace.plan.stability if trace.plan else None,
    }  # fmt: skip


def _planted(world, trace: cs.Trace, true: Mapping) -> dict:
    """A planted cell beside the found one that is it: rank (None where none is), and its interval."""
    exact = [row.rank for row in trace.where.cells.itertuples() if _named(row.where) == _named(true["where"])]
    same = [row for row in trace.where.cells.itertuples() if _jaccard(world, row.where, true["where"]) >= SAME_CELL]
    found = same[0] if same else None
    return {"exact": exact[0] if exact else None, "rank": found and int(found.rank), "n": true["n"], "truth": true["points"],
            **({"points": found.points, "lower": found.lower, "upper": found.upper} if found else {})}  # fmt: skip


def _named(where: Mapping) -> dict[str, set]:
    return {dim: set(value) if isinstance(value, list) else {value} for dim, value in where.items()}


def _jaccard(world, first: Mapping, second: Mapping) -> float:
    """Overlap of two cells in rated contacts of the current period."""
    one, two = _named(first), _named(second)
    both = {dim: one.get(dim, two.get(dim)) & two.get(dim, one.get(dim)) for dim in {*one, *two}}
    n, m, k = (_rated(world, cell) for cell in (one, two, both))
    return k / (n + m - k) if n + m > k else 0.0


def _rated(world, cell: Mapping[str, set]) -> int:
    if not all(cell.values()):
        return 0
    asked = cs.ask(world.centre, world.question)
    where = {dim: sorted(levels) for dim, levels in cell.items()}
    found = world.centre.engine.marginals(
        world.centre.facts, [()], outcome=asked.caliber.outcome, windows=[asked.current], where=where
    )
    return int(found[()]["n"].sum())  # fmt: skip


def _regret(truth: Mapping, trace: cs.Trace) -> float | None:
    """What the recommended set loses against the best one, both under the true points; None where there is nothing to choose."""
    if not truth["best_set"]:
        return None
    actions = [
        Action(a["id"], a["cost"], a["lead_days"], a["p"], a["phi"], a["exclusive_with"]) for a in truth["actions"]
    ]
    sizes = {cause["id"]: abs(cause["points"]) for cause in truth["causes"]}
    chosen = list(trace.plan.table["id"]) if trace.plan else []
    return 1 - uplift(chosen, actions, sizes, horizon_days=truth["horizon_days"]) / truth["best_uplift"]


# Measures -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Measure:
    """A share of runs: `hit` is None where a run does not count; `bar` is least and most."""

    name: str
    hit: Callable[[dict], bool | None]
    bar: tuple[float, float] | None = None


def _within(rank: int | None, most: int) -> bool:
    return rank is not None and rank <= most


def _cell(run: dict, most: int, key: str = "rank") -> bool:
    return all(_within(cell[key], most) for cell in run["planted"])


def _cause(run: dict, most: int) -> bool:
    return run["true_causes"][0] in run["ids"][:most]


def _covered(run: dict) -> bool | None:
    judged = [cell for cell in run["planted"] if cell["rank"] and cell["n"] >= LARGE]
    return all(cell["lower"] <= cell["truth"] <= cell["upper"] for cell in judged) if judged else None


def _graded(run: dict, grade: str) -> bool | None:
    found = dict(zip(run["ids"], run["grades"], strict=True))
    return found[run["true_causes"][0]] == grade if run["true_causes"][0] in found else None


def _others(run: dict, kinds: tuple[str, ...]) -> bool:
    graded = zip(run["ids"], run["grades"], strict=True)
    return any(id.startswith(kinds) and grade in "ABC" and id not in run["true_causes"] for id, grade in graded)


QUIET = (
    Measure("verdict is not none", lambda run: run["verdict"] != "none", (0.0, 0.10)),
    Measure("a cell is named", lambda run: run["cells"] > 0, (0.0, 0.10)),
    Measure("a cause is named", lambda run: bool(run["ids"]), (0.0, 0.10)),
)
PLANTED = (
    Measure("verdict right", lambda run: run["verdict"] == run["true_verdict"], (0.95, 1.0)),
    Measure("true cell rank 1", lambda run: _cell(run, 1), (0.90, 1.0)),
    Measure("true cell in top 3", lambda run: _cell(run, 3), (0.98, 1.0)),
    Measure("the same, named exactly", lambda run: _cell(run, 3, "exact")),
    Measure("a further cell is named", lambda run: run["cells"] > len(run["planted"])),
    Measure("95 % interval of its points holds the truth", _covered, (0.92, 0.97)),
    Measure("true cause rank 1", lambda run: _cause(run, 1), (0.85, 1.0)),
    Measure("true cause in top 3", lambda run: _cause(run, 3)),
    Measure("true cause, where named, has grade C", lambda run: _graded(run, "C")),
    Measure("another change has grade C", lambda run: _others(run, ("change:",))),
    Measure("a driver has grade C", lambda run: _others(run, ("driver:",))),
)
WORLDS = {"S00": QUIET, "S03": PLANTED}


def table(runs: list[dict]) -> tuple[list[str], bool]:
    """Lines of a Markdown table, and whether a bar is missed beyond chance."""
    lines = ["| world | measure | value | 95 % interval | n | bar |", "|---|---|---|---|---|---|"]
    missed = False
    for name, measures in WORLDS.items():
        mine = [run for run in runs if run["world"] == name]
        for measure in measures if mine else ():
            hits = [hit for hit in map(measure.hit, mine) if hit is not None]
            if not hits:
                continue
            lower, upper = (float(end) for end in wilson(sum(hits), len(hits)))
            least, most = measure.bar or (0.0, 1.0)
            out = upper < least or lower > most
            missed |= out
            bar = f"{least:.0%} to {most:.0%}" if measure.bar else ""
            lines.append(f"| {name} | {measure.name} | {sum(hits) / len(hits):.1%} | {lower:.1%} to {upper:.1%} | {len(hits)} | {bar}{' MISSED' * out} |")  # fmt: skip
        regret = [run["regret"] for run in mine if run["regret"] is not None]
        if regret:
            lines.append(
                f"| {name} | median regret of the plan | {statistics.median(regret):.1%} | | {len(regret)} | 0% to 5% |"
            )
            missed |= statistics.median(regret) > 0.05
    closed = max((run["open"] for run in runs), default=0.0)
    seconds = max((run["seconds"] for run in runs), default=0.0)
    lines.append(f"| all | a ledger's parts less its total, at most | {closed:.1e} | | {len(runs)} | 1e-9 |")
    lines.append(f"| all | seconds of a trace, at most | {seconds:.0f} | | {len(runs)} | 60 |")
    return lines, missed or closed > 1e-9


# Runs -----------------------------------------------------------------------------------------


def sources() -> str:
    """A name for the package as it stands, so that runs of another version are not mixed in."""
    read = hashlib.sha256()
    for file in sorted(Path(cs.__file__).parent.rglob("*.py")):
        read.update(file.read_bytes())
    return read.hexdigest()[:12]


def measure_worlds(names: list[str], seeds: range, keep: Path | None) -> list[dict]:
    """Every world and seed, from `keep` where it was measured before."""
    version, runs = sources(), []
    if keep is not None and keep.is_file():
        runs = [run for run in json.loads(keep.read_text("utf-8")) if run["version"] == version]
    done = {(run["world"], run["seed"]) for run in runs}
    with ProcessPoolExecutor(2) as pool:
        open_runs = [
            pool.submit(trace_world, name, seed) for name in names for seed in seeds if (name, seed) not in done
        ]
        for one in as_completed(open_runs):
            runs.append({**one.result(), "version": version})
            if keep is not None:
                keep.write_text(json.dumps(runs, indent=1), "utf-8")
    return [run for run in runs if run["world"] in names and run["seed"] in seeds]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", default="S00,S03", help="of " + ", ".join(WORLDS))
    parser.add_argument("--seeds", default="1-10", help="first-last")
    parser.add_argument("--json", type=Path, help="keeps the runs")
    options = parser.parse_args()
    first, _, last = options.seeds.partition("-")
    runs = measure_worlds(options.worlds.split(","), range(int(first), int(last or first) + 1), options.json)
    lines, missed = table(runs)
    print("\n".join(lines))
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
