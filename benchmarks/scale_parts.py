"""The parts of `benchmarks/scale.py`, each run in a process of its own: what a trace asks of the engine, beside a scan of the columns that it reads."""

from __future__ import annotations

import itertools
import os
import resource
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

CUBE = ("channel", "region", "segment", "team", "biz_l3")  # 2, 6, 4, 12 and 46 levels
SINGLES = ("plan_id", "age_band", "agent_id")  # 8, 6 and 240
LEAF = ("channel", "region", "biz_l3")
BY = ("biz_l2", "channel")
AT = "started_at"
DRIVERS = ("queue_wait_s", "ring_s", "talk_s", "hold_s", "acw_s", "transfers")
ISSUE = ("contact_id", "customer_id", "started_at", "ended_at", "biz_l2", "channel")
TEXTS = (
    "contact_id",
    "customer_id",
    "agent_id",
    "channel",
    "region",
    "segment",
    "team",
    "biz_l2",
    "biz_l3",
    "plan_id",
    "age_band",
)
READ = {
    "marginals": (*CUBE, *SINGLES, AT, "rating"),
    "moments": (*BY, *DRIVERS, "rating"),
    "leaves": (*LEAF, AT, "rating"),
    "fcr": ISSUE,
    "fcr_redials": (*ISSUE, "dropped"),
}
READ["trace"] = tuple(dict.fromkeys(name for part in ("marginals", "moments", "fcr") for name in READ[part]))


def windows() -> tuple:
    """Three times four weeks, which hold every contact."""
    from ccsat.engine import Window

    ends = (
        (date(2025, 3, 3), date(2025, 3, 30)),
        (date(2025, 3, 31), date(2025, 4, 27)),
        (date(2025, 4, 28), date(2025, 5, 25)),
    )
    return tuple(Window(f"{first:%m-%d}", first, last) for first, last in ends)


def scan(engine, source: str, columns: Sequence[str]) -> int:
    """The bound: every value decoded and summed, texts by their length in bytes, times by their largest."""
    sums = [
        f"SUM(strlen({name}))" if name in TEXTS else f"MAX({name})" if name.endswith("_at") else f"SUM({name})"
        for name in columns
    ]
    return len(engine.query(f"SELECT {', '.join(f'{text} AS c{i}' for i, text in enumerate(sums))} FROM ({source}) q"))


def sets() -> list[tuple[str, ...]]:
    """All sets to depth 3 of five dimensions, and the singles of three more: 29."""
    return [one for depth in range(4) for one in itertools.combinations(CUBE, depth)] + [(name,) for name in SINGLES]


def marginals(engine, source: str) -> int:
    """Counts per rating and period of 29 sets."""
    return sum(map(len, engine.marginals(source, sets(), outcome="rating", at=AT, windows=windows()).values()))


def moments(engine, source: str) -> int:
    """Rating and six drivers, 35 sums by line of business and channel."""
    return len(engine.moments(source, [*DRIVERS, "rating"], shifts={"rating": 4.0}, segments=list(BY)))


def leaves(engine, source: str, dims: Sequence[str] = LEAF) -> int:
    """The sparse cube of some dimensions: counts per rating and period."""
    return len(engine.leaves(source, dims, outcome="rating", at=AT, windows=windows(), limit=100_000_000))


def fcr(engine, source: str, *, dropped: str | None = None) -> int:
    """First contacts of an issue, judged at 2, 24 and 48 hours, by channel and period; shared lines left out."""
    from ccsat.engine.repeats import Issues

    issues = Issues(issue="biz_l2", dropped=dropped)
    return len(engine.repeats(source, issues, by=("channel",), windows=windows()))


def trace(engine, source: str, laps: dict | None = None) -> int:
    """All that one trace asks for; `laps` takes the CPU of each request."""
    out, laps = 0, {} if laps is None else laps
    for request in (marginals, moments, leaves, fcr):
        before = used()
        out += request(engine, source)
        laps[request.__name__] = used() - before
    return out


def models(engine, source: str) -> dict[str, float]:
    """CPU seconds of what follows the aggregates: cells of the change (five dimensions, pairs, 200 draws) and the drivers' shares (six, 1,000 draws of agents)."""
    import numpy as np

    from ccsat.numerics.importance import lmg
    from ccsat.numerics.moments_drivers import bootstrap_counts, centred
    from ccsat.stages.leaves import locate_cube

    before, now = windows()[1:]
    from ccsat.engine import Window

    periods = (Window("baseline", before.first, before.last), Window("current", now.first, now.last))
    cube = engine.leaves(source, CUBE, outcome="rating", at=AT, windows=periods, limit=1_000_000)
    sums = engine.moments(source, [*DRIVERS, "rating"], segments=["agent_id"])
    begun = used()
    found = locate_cube(cube, CUBE, {level: 100.0 * (level >= 4) for level in range(1, 6)}, max_depth=2, rng=0)
    located, begun = used() - begun, used()
    names = [*DRIVERS, "rating"]
    products = np.zeros((len(sums), len(names) + 1, len(names) + 1))
    products[:, 0, 0] = sums["n"]
    for i, a in enumerate(names):
        products[:, 0, i + 1] = products[:, i + 1, 0] = sums[f"s_{a}"]
        for j in range(i, len(names)):
            products[:, i + 1, j + 1] = products[:, j + 1, i + 1] = sums[f"p_{a}_{names[j]}"]
    counts = bootstrap_counts(len(products), 1000, np.random.default_rng(0))
    drawn = (counts @ products.reshape(len(products), -1)).reshape(len(counts), *products.shape[1:])
    shares = lmg(centred(drawn))
    return {
        "localise": located,
        "drivers": used() - begun,
        "leaves": len(cube),
        "cells": len(found.cells),
        "shares": len(shares),
    }


def _scan_of(part: str) -> Callable:
    return lambda engine, source: scan(engine, source, READ[part])


PARTS: dict[str, tuple[str, Callable]] = {
    "trace": ("all aggregates of a trace", trace),
    "marginals": ("marginals, 29 sets", marginals),
    "moments": ("moments, 35 sums", moments),
    "leaves": ("leaves of 3 dimensions", leaves),
    "fcr": ("first-contact resolution", fcr),
    "fcr_redials": ("the same, redials merged", lambda engine, source: fcr(engine, source, dropped="dropped")),
    **{f"scan:{part}": (f"scan for {part}", _scan_of(part)) for part in READ},
    "leaves5": ("leaves of 5 dimensions", lambda engine, source: leaves(engine, source, CUBE)),
}


def used() -> float:
    """CPU seconds of this process, all threads."""
    now = resource.getrusage(resource.RUSAGE_SELF)
    return now.ru_utime + now.ru_stime


def measure(part: str, paths: Sequence[Path]) -> dict:
    """One part in this process: CPU and wall seconds without imports, peak memory with everything."""
    from ccsat.engine import DuckEngine

    with DuckEngine(threads=2) as engine:
        source = engine.source_of_parquet(paths)
        engine.columns(source)
        rows = int(engine.query(f"SELECT COUNT(*) AS n FROM ({source}) q")["n"][0])
        before, begun, laps = used(), time.perf_counter(), {}
        out = trace(engine, source, laps) if part == "trace" else PARTS[part][1](engine, source)
        cpu, wall = used() - before, time.perf_counter() - begun
        rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        after = models(engine, source) if part == "trace" else {}
    return {"part": part, "rows": rows, "out": out, "cpu": cpu, "wall": wall, "rss": rss, "laps": laps, "models": after}
