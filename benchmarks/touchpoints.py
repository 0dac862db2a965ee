"""KPIs other than the rating on invented centres: is the planted cell found, and are fresh figures of first-contact resolution honest?

    python benchmarks/touchpoints.py [--seeds 101-106] [--worlds S04,S11,S02,KM] [--json FILE]

S04 is traced on fcr/48h, S11 on replies within 24 hours of a complaint (no complaint of the last four weeks is 30 days old, so its mature
escalation rate has nothing to trace; `locate_escalations` compares complaints at the same age instead), S02 on journey resolution. A found cell
matches the planted one where the rows of the current period that either holds are at least four fifths the same. KM: on S04 the resolution of the last 72
hours as it looks on the evening of the last, against what the data say days later; the mixed set stands beside it to show what it does. A run
that raises is a miss and is shown.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import ccsat as cs
from ccsat import worlds
from ccsat.question import Question

TRACED = {"S04": ("fcr", "48h"), "S11": ("complaint_on_time_rate", "24h"), "S02": ("journey_resolution_rate", "48h")}
MATCH = 0.8  # Jaccard
LAST = ("2025-05-19", "2025-05-21")  # the last 72 hours, judged four days before the data end


def conditions(where: Mapping[str, object]) -> str:
    """A cell as a condition on the facts."""
    parts = []
    for dim, levels in where.items():
        listed = ", ".join(
            "'" + str(level).replace("'", "''") + "'" for level in (levels if isinstance(levels, list) else [levels])
        )
        parts.append(f'"{dim}" IN ({listed})')
    return " AND ".join(parts) or "1 = 1"


def alike(trace: cs.Trace, one: Mapping, other: Mapping) -> float:
    """Jaccard of two cells: their counted rows of the current period."""
    if not set(other) <= set(trace.centre.dims):
        return 0.0
    window = trace.asked.current
    a, b = conditions(one), conditions(other)
    found = trace.centre.engine.query(
        f"SELECT SUM(CASE WHEN {a} AND {b} THEN 1 ELSE 0 END) AS both_n, COUNT(*) AS n FROM ({trace.centre.facts}) f WHERE level IS NOT NULL"
        f" AND CAST(\"at\" AS DATE) BETWEEN DATE '{window.first}' AND DATE '{window.last}' AND (({a}) OR ({b}))"
    ).iloc[0]  # fmt: skip
    return float(found["both_n"]) / float(found["n"]) if found["n"] else 0.0


def traced(name: str, seed: int) -> dict:
    """Verdict, rank of the planted cell, rank of its cause, and CPU seconds of one trace."""
    world = worlds.make(name, rng=seed)
    kpi, caliber = TRACED[name]
    question = replace(Question.of(world.centre.study), kpi=kpi, caliber=caliber, target=None)
    started = time.process_time()
    trace = cs.run_trace(world.centre, question)
    seconds = time.process_time() - started
    planted, causes = world.truth["cells"][0]["where"], [cause["id"] for cause in world.truth["causes"]]
    cells = [row["where"] for row in trace.where.table.to_dict("records")]
    rank = next((place for place, where in enumerate(cells, 1) if alike(trace, where, planted) >= MATCH), None)
    if rank is None and len(planted) == 1:  # several values, each told as a cell of its own
        ((dim, levels),) = planted.items()
        first = cells[: len(levels)] if isinstance(levels, list) else []
        rank = (
            1 if first and sorted(where.get(dim, "") for where in first if len(where) == 1) == sorted(levels) else None
        )
    named = [cause.id for cause in trace.why.causes] if trace.why is not None else []
    found = {"verdict": str(trace.check.verdict), "rank": rank, "first": cells[:1], "cause": next((i for i, one in enumerate(named, 1) if one in causes), None),
             "cpu": seconds}  # fmt: skip
    if name == "S11":
        account = cs.locate_escalations(world.centre, replace(question, kpi="satisfaction_rate", caliber=None))
        ranked = [{row["dim"]: row["level"]} for row in account.cells.to_dict("records")]
        found["escalations"] = next((i for i, where in enumerate(ranked, 1) if where == planted), None)
    return found


def fresh(seed: int) -> dict:
    """Estimates of the last 72 hours beside what came out, in points, for 24 and 48 hours."""
    centre, found = worlds.make("S04", rng=seed).centre, {}
    for window in ("24h", "48h"):
        days = {"windows": window, "first": LAST[0], "last": LAST[1]}
        km, naive = (
            cs.first_contact_resolution(centre, estimate=one, as_of=LAST[1], **days).table.iloc[0]
            for one in ("km", "naive")
        )
        truth = cs.first_contact_resolution(centre, **days).table["value"].iloc[0]
        mixed = (km["mature"] - km["repeated"]) / (km["mature"] + km["early"])
        found[window] = {"km": 100 * (km["value"] - truth), "naive": 100 * (naive["value"] - truth), "mixed": 100 * (mixed - truth),
                         "inside": bool(km["lower"] <= truth <= km["upper"])}  # fmt: skip
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", default="101-106")
    parser.add_argument("--worlds", default=",".join((*TRACED, "KM")))
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    first, _, last = given.seeds.partition("-")
    seeds, runs = range(int(first), int(last or first) + 1), {}
    for name in given.worlds.split(","):
        for seed in seeds:
            try:
                run = fresh(seed) if name == "KM" else traced(name, seed)
            except Exception as error:  # a run that fails is a result
                run = {"error": f"{type(error).__name__}: {error}"}
            runs[f"{name} {seed}"] = run
            print(name, seed, run, flush=True)
            if given.json:
                given.json.write_text(json.dumps(runs, default=str, indent=1), encoding="utf-8")
    print(
        "\n| world | KPI | runs | verdict real | cell rank 1 | cause rank 1 | median CPU s |\n|---|---|---|---|---|---|---|"
    )
    for name, kpi in TRACED.items():
        mine = [run for key, run in runs.items() if key.startswith(name)]
        if mine:
            seconds = [run["cpu"] for run in mine if "cpu" in run]
            print(f"| {name} | {'/'.join(kpi)} | {len(mine)} | {sum(run.get('verdict') == 'real' for run in mine)} | {sum(run.get('rank') == 1 for run in mine)}"
                  f" | {sum(run.get('cause') == 1 for run in mine)} | {statistics.median(seconds) if seconds else float('nan'):.1f} |")  # fmt: skip
    mine = [
        run[window]
        for key, run in runs.items()
        if key.startswith("KM") and "error" not in run
        for window in ("24h", "48h")
    ]
    if mine:
        print(f"KM: {len(mine)} estimates, largest error {max(abs(one['km']) for one in mine):.2f} points, inside its interval {sum(one['inside'] for one in mine)}; "
              f"mixed < truth < naive in {sum(one['mixed'] < 0 < one['naive'] for one in mine)}")  # fmt: skip


if __name__ == "__main__":
    main()
