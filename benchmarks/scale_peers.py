"""The same answers by others: pandas, Spark on this machine, wise-pizza; each in a process of its own, within a cap of memory.

    python benchmarks/scale.py --folder DIR --peers --rows 1000000 10000000

pandas reads the columns of the trace and groups them as the engine does; Spark answers the engine's own requests through `SparkEngine`; wise-pizza, which has no other
part of a trace, gets pandas' leaves of five dimensions and looks for the segments of the change (its own interpreter: `--wise PYTHON`, with wise-pizza and pyarrow).
A peer that needs more than the cap, or longer than the limit, did not survive: that is its result.
"""

from __future__ import annotations

import itertools
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

from scale_parts import AT, BY, CUBE, DRIVERS, ISSUE, LEAF, READ, TEXTS, sets, used

CAP = 10  # GB of address space
LIMIT = 900  # seconds
PEERS = ("pandas", "spark", "wise")
STARTS = ("2025-03-03", "2025-03-31", "2025-04-28", "2025-05-26")


def by_pandas(paths: Sequence[Path]) -> int:
    """Every aggregate of the trace."""
    import numpy as np
    import pandas as pd

    rows = pd.concat([pd.read_parquet(path, columns=list(READ["trace"])) for path in paths], ignore_index=True)
    for name in TEXTS:
        if name not in ISSUE[:2]:
            rows[name] = rows[name].astype("category")
    rows["period"] = np.searchsorted(pd.to_datetime(STARTS[1:3]).to_numpy(), rows[AT].to_numpy(), side="right")
    rated = rows[rows["rating"].notna()]
    out = 0
    for one in [*sets(), LEAF]:
        out += len(rated.groupby(["period", *one, "rating"], observed=True).size())
    z = rated[[*DRIVERS, "rating"]].astype(float)
    groups = rated.groupby(list(BY), observed=True).ngroup().to_numpy()
    for a, b in itertools.combinations_with_replacement(z, 2):
        out += len(np.bincount(groups, weights=z[a].to_numpy() * z[b].to_numpy()))
    ordered = rows[list(ISSUE) + ["period"]].sort_values(["customer_id", "biz_l2", "started_at", "contact_id"])
    same = (ordered["customer_id"] == ordered["customer_id"].shift(-1)) & (
        ordered["biz_l2"] == ordered["biz_l2"].shift(-1)
    )
    gap = (ordered["started_at"].shift(-1) - ordered["ended_at"]).where(same)
    last, before = ordered["started_at"].max(), same.shift(1, fill_value=False)
    first = ~(before & (ordered["started_at"] - ordered["ended_at"].shift(1) <= pd.Timedelta(hours=168)))
    for hours in (2, 24, 48):
        ripe = first & (ordered["ended_at"] <= last - pd.Timedelta(hours=hours))
        out += len(
            (gap[ripe] <= pd.Timedelta(hours=hours))
            .groupby([ordered["period"][ripe], ordered["channel"][ripe]], observed=True)
            .agg(["size", "sum"])
        )
    return out


def by_wise(paths: Sequence[Path]) -> int:
    """The segments of the change from the second period to the third, from leaves that pandas counts."""
    import numpy as np
    import pandas as pd
    import wise_pizza

    rows = pd.concat([pd.read_parquet(path, columns=[*CUBE, AT, "rating"]) for path in paths], ignore_index=True)
    rows = rows[rows["rating"].notna()].assign(good=lambda r: (r["rating"] >= 4).astype(float), size=1.0)
    late = rows[AT].to_numpy() >= np.datetime64(STARTS[2])
    middle = (rows[AT].to_numpy() >= np.datetime64(STARTS[1])) & ~late
    now, then = (
        rows[part].groupby(list(CUBE), observed=True, as_index=False)[["good", "size"]].sum() for part in (late, middle)
    )
    found = wise_pizza.explain_changes_in_average(df1=then, df2=now, dims=list(CUBE), total_name="good", size_name="size", max_segments=5, max_depth=2, solver="lasso", how="split_fits")  # fmt: skip
    return len(found) if hasattr(found, "__len__") else 1


def by_spark(paths: Sequence[Path]) -> int:
    """The engine's own requests of a trace."""
    from scale_parts import trace

    from ccsat.engine.spark import connect_spark

    engine = connect_spark("local[2]", {"spark.driver.memory": "4g", "spark.sql.shuffle.partitions": 8})
    try:
        return trace(engine, engine.source_of_parquet(list(paths)))
    finally:
        JVM.update(_of_children())
        engine.close()


RUN: dict[str, Callable] = {"pandas": by_pandas, "spark": by_spark, "wise": by_wise}
JVM: dict[str, float] = {}


def _of_children() -> dict[str, float]:
    """CPU seconds and peak memory of the processes that this one started and that still run."""
    cpu = memory = 0.0
    ticks, mine = os.sysconf("SC_CLK_TCK"), {os.getpid()}
    for _ in range(4):  # children of children
        for entry in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = entry.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) in mine:
                mine.add(int(entry.parent.name))
    for process in mine - {os.getpid()}:
        try:
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            cpu += (int(fields[11]) + int(fields[12])) / ticks
            peak = [
                line for line in Path(f"/proc/{process}/status").read_text().splitlines() if line.startswith("VmHWM")
            ]
            memory = max(memory, int(peak[0].split()[1]) / 2**20)
        except (OSError, IndexError):
            continue
    return {"cpu": cpu, "rss": memory}


def measure(peer: str, paths: Sequence[Path]) -> dict:
    """One peer in this process, imports included only where they happen inside."""
    if peer != "spark":  # its virtual machine reserves more than it takes; it has a heap of 4 GB instead
        resource.setrlimit(resource.RLIMIT_AS, (CAP * 2**30, CAP * 2**30))
    before, begun = used(), time.perf_counter()
    out = RUN[peer](paths)
    own = {"cpu": used() - before + JVM.get("cpu", 0.0), "wall": time.perf_counter() - begun}
    return {
        "peer": peer,
        "out": out,
        **own,
        "rss": max(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, JVM.get("rss", 0.0)),
    }


def compare(peer: str, paths: Sequence[Path], python: str = sys.executable) -> dict:
    """A peer's numbers from a fresh process, or why it did not survive."""
    command = [python, __file__, peer, *map(str, paths)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)
    except subprocess.TimeoutExpired:
        return {"peer": peer, "died": f"more than {LIMIT} s"}
    if done.returncode:
        said = (done.stderr.strip().splitlines() or [f"signal {-done.returncode}"])[-1]
        return {"peer": peer, "died": "out of memory" if "MemoryError" in said or "allocate" in said else said[:100]}
    return json.loads(done.stdout.strip().splitlines()[-1])


if __name__ == "__main__" and len(sys.argv) > 1:
    print(json.dumps(measure(sys.argv[1], [Path(path) for path in sys.argv[2:]])))
