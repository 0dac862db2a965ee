"""What one more day costs where the days before it are kept, beside the full recomputation, in CPU time of one run.

    python benchmarks/increments.py [--rows 1000000] [--days 100] [--compare content|rows]

The rows are invented by DuckDB with hashes, so every run has the same. CPU is that of all threads of the process. Each run is of a fresh engine; the
files of days are written to a temporary folder. The last column is the cost of the added day over that of the full recomputation of the same request.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from ccsat.engine import DuckEngine, Window
from ccsat.engine.base import Engine
from ccsat.engine.repeats import Issues
from ccsat.increments import DailyEngine

FIRST = date(2024, 1, 1)
DIMS = ("channel", "product", "region", "skill", "team")
ROWS = """
    SELECT concat('c', i) AS contact_id, concat('u', hash(i // 2 * 7919, 1) % {customers}) AS customer_id, concat('a', hash(i, 2) % 2000) AS agent_id, "at",
           "at" + to_seconds(CAST(60 + hash(i, 3) % 600 AS BIGINT)) AS ended_at, concat('t', hash(i, 4) % 60) AS topic,
           CASE WHEN hash(i, 5) % 10 < 4 THEN CAST(1 + hash(i, 6) % 5 AS INTEGER) END AS rating, CAST(hash(i, 7) % 900 AS DOUBLE) AS wait_s,
           CAST(hash(i, 8) % 100 < 3 AS INTEGER) AS dropped, concat('ch', hash(i, 9) % 4) AS channel, concat('p', hash(i, 10) % 40) AS product,
           concat('r', hash(i, 11) % 31) AS region, concat('s', hash(i, 12) % 120) AS skill, concat('t', hash(i, 13) % 100) AS team
    FROM (SELECT i, TIMESTAMP '2024-01-01' + to_microseconds(CAST(i * {step} + hash(i) % {step} AS BIGINT)) AS "at" FROM range({rows}) r(i)) q
"""
STATES = "states of the days, once a run"
ISSUES = Issues(started="at", issue="topic", dropped="dropped")
REQUESTS: dict[str, Callable[[Engine, str, tuple[Window, ...]], object]] = {
    "marginals, five dimensions": lambda e, s, w: e.marginals(
        s, [(), *((dim,) for dim in DIMS)], outcome="rating", windows=w
    ),
    "marginals, ten pairs": lambda e, s, w: e.marginals(
        s, [(a, b) for i, a in enumerate(DIMS) for b in DIMS[i + 1 :]], outcome="rating", windows=w
    ),
    "moments by product": lambda e, s, w: e.moments(s, ["wait_s", "rating"], segments=["product"], windows=w),
    "moments by agent": lambda e, s, w: e.moments(s, ["rating"], cluster="agent_id", windows=w),
    "frequencies by day": lambda e, s, w: e.crosstab(s, ["rating"], by_day=True, windows=w),
    "repeats": lambda e, s, w: e.repeats(s, ISSUES, by=("channel",), windows=w),
}


def write_rows(folder: Path, rows: int, days: int) -> Path:
    """The rows as one Parquet file, in the order of time."""
    step = days * 86_400_000_000 // rows
    path = folder / "contacts.parquet"
    with DuckEngine() as engine:
        text = ROWS.format(rows=rows, step=step, customers=max(rows // 3, 1))
        engine._run(f"COPY ({text}) TO '{path}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 50000)")
    return path


def costs(path: Path, last: date, folder: Path | None, content: bool) -> dict[str, tuple[float, int]]:
    """CPU seconds of each request over all days up to one, on one engine as in a trace, and how many days it computed."""
    windows = (Window("current", last - timedelta(29), last), Window("baseline", FIRST, last - timedelta(30)))
    found: dict[str, tuple[float, int]] = {}
    with DuckEngine() as own:
        own._run(
            f"CREATE VIEW known AS SELECT * FROM ({own.source_of_parquet(path)}) f WHERE \"at\" < TIMESTAMP '{last + timedelta(1)}'"
        )
        engine = own if folder is None else DailyEngine(own, folder, content=content)
        asked = {STATES: lambda e, s, w: e.days.seen(s, "at") if folder is not None else None, **REQUESTS}
        for name, ask in asked.items():
            began, before = time.process_time(), 0 if folder is None else engine.account.computed
            ask(engine, "known", windows)
            found[name] = time.process_time() - began, 0 if folder is None else engine.account.computed - before
    return found


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--days", type=int, default=100)
    options.add_argument("--compare", choices=("content", "rows"), default="content")
    asked = options.parse_args()
    content, last = asked.compare == "content", FIRST + timedelta(asked.days - 1)
    with tempfile.TemporaryDirectory() as place:
        path, store = write_rows(Path(place), asked.rows, asked.days), Path(place) / "days"
        runs = [
            costs(path, last, None, content),
            costs(path, last - timedelta(1), store, content),
            *(costs(path, last, store, content) for _ in range(2)),
        ]
        kept = sum(file.stat().st_size for file in store.rglob("*.parquet")) / 1e6
    full, _, more, _ = ({name: seconds for name, (seconds, _) in run.items()} for run in runs)
    print(f"{asked.rows:,} rows, {asked.days} days, compare = {asked.compare}; files of days: {kept:.1f} MB\n")
    print(
        "| request | full, CPU s | first run | one more day | again | days computed | one more day / full |\n|---|---|---|---|---|---|---|"
    )
    for name in (STATES, *REQUESTS):
        ratio = f"{more[name] / full[name]:.2f}" if name in REQUESTS else ""
        print(f"| {name} | {' | '.join(f'{run[name][0]:.2f}' for run in runs)} | {runs[2][name][1]} | {ratio} |")
    sums = [sum(seconds for seconds, _ in run.values()) for run in runs]
    print(f"| all together | {' | '.join(f'{one:.2f}' for one in sums)} | | {sums[2] / sums[0]:.2f} |")


if __name__ == "__main__":
    main()
