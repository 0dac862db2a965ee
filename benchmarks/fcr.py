"""What does first-contact resolution cost, measured against one scan of the columns it needs?

    python benchmarks/fcr.py                                   # 10M contacts in a temporary folder
    python benchmarks/fcr.py --rows 1000000 --folder DIR       # kept, and found again the next time

Writes repeatable contacts to Parquet: 90 days, one in ten a repeat after 18 hours on average. Asks for 2, 24 and 48 hours at once, by customer and
business line, every part in fresh processes, and prints medians of CPU seconds as multiples of the scan. `lead`: each contact against the next, by
channel. `chain`: first contacts only, shared lines left out. `full`: redials merged too. Exit 1 when the gate is missed.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

GATE = 12.0  # CPU of `chain`, as a multiple of the scan of its own columns
CHUNK = 1_000_000
OWN = {"lead": ("contact_id", "customer_id", "started_at", "ended_at", "reason", "channel"),
       "chain": ("contact_id", "customer_id", "started_at", "ended_at", "reason", "channel"),
       "full": ("contact_id", "customer_id", "started_at", "ended_at", "reason", "channel", "dropped")}  # fmt: skip


def rows_of(first: int, last: int, rows: int) -> str:
    """Contacts `first` to `last` - 1: every value is a hash of the row's number; a tenth come back to the issue of an earlier one."""

    def uniform(k: int, row: str = "i") -> str:
        return f"(CAST(hash({row} * 32 + {k}) >> 11 AS DOUBLE) / 9007199254740992.0)"

    def at(row: str) -> str:
        return f"floor({uniform(1, row)} * 7776000.0)"

    source = f"CASE WHEN i % 10 = 9 THEN i - 1 - CAST(floor(8 * {uniform(2)}) AS BIGINT) ELSE i END"
    again = f"CASE WHEN i % 10 = 9 THEN {at('j')} - 64800.0 * ln(1 - {uniform(3)}) ELSE {at('i')} END"
    start = f"TIMESTAMP '2024-01-01' + to_seconds(CAST(floor({again}) AS BIGINT))"
    talk = f"to_seconds(CAST(30 - 240 * ln(1 - {uniform(4)}) AS BIGINT))"
    columns = ("i AS contact_id", f"CAST(floor({max(rows * 3 // 10, 1)} * {uniform(5, 'j')}) AS BIGINT) AS customer_id", f"{start} AS started_at", f"{start} + {talk} AS ended_at",
               f"'reason_' || lpad(CAST(CAST(floor(pow(61, {uniform(6, 'j')})) - 1 AS INTEGER) AS VARCHAR), 2, '0') AS reason",
               f"'channel_' || CAST(CAST(floor(pow(5, {uniform(7)})) - 1 AS INTEGER) AS VARCHAR) AS channel",
               f"CAST({uniform(8)} < 0.02 AS TINYINT) AS dropped")  # fmt: skip
    return f"SELECT {', '.join(columns)} FROM (SELECT i, {source} AS j FROM range({first}, {last}) AS r(i)) q"


def write(folder: Path, rows: int) -> None:
    """The contacts as Parquet, a million rows a file."""
    import duckdb

    folder.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET memory_limit = '1GB'")
    for first in range(0, rows, CHUNK):
        path = folder / f"contacts-{rows}-{first // CHUNK:05d}.parquet"
        if not path.exists():
            text = rows_of(first, min(first + CHUNK, rows), rows)
            connection.execute(f"COPY ({text}) TO '{path}.new' (FORMAT parquet, COMPRESSION zstd)")
            path.with_suffix(".parquet.new").rename(path)


def scan(engine, source: str, columns: tuple[str, ...]) -> int:
    """The bound: every value decoded and summed, texts by their length in bytes, times by their largest."""
    texts, times = ("reason", "channel"), ("started_at", "ended_at")
    sums = [
        f"SUM(strlen({name}))" if name in texts else f"MAX({name})" if name in times else f"SUM({name})"
        for name in columns
    ]
    return len(engine.query(f"SELECT {', '.join(f'{text} AS c{i}' for i, text in enumerate(sums))} FROM ({source}) q"))


def issues(part: str):
    """The request of a part."""
    from ccsat.engine.repeats import Issues

    if part == "lead":
        return Issues(issue="reason", lookback_h=None, shared=None)
    return Issues(issue="reason", dropped="dropped" if part == "full" else None)


def work(part: str, folder: Path, rows: int) -> dict:
    """One part in this process: CPU, wall and memory."""
    from ccsat.engine import DuckEngine

    with DuckEngine(threads=2) as engine:
        source = engine.source_of_parquet(sorted(folder.glob(f"contacts-{rows}-*.parquet")))
        begun, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
        if part.startswith("scan:"):
            found = {"rows": scan(engine, source, OWN[part.split(":")[1]])}
        else:
            table = engine.repeats(source, issues(part), by=("channel",))
            sums = table.groupby("hours")[["n", "repeated"]].sum()
            found = {"fcr": {f"{hours:g}h": 1 - row.repeated / row.n for hours, row in sums.iterrows()}}
        done = resource.getrusage(resource.RUSAGE_SELF)
        cpu = done.ru_utime + done.ru_stime - used.ru_utime - used.ru_stime
        return {"part": part, "wall": time.perf_counter() - begun, "cpu": cpu, "rss_mb": done.ru_maxrss / 1024, **found}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--part", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.part:
        print(json.dumps(work(asked.part, asked.folder, asked.rows)))
        return 0
    with tempfile.TemporaryDirectory() as made:
        folder = asked.folder or Path(made)
        write(folder, asked.rows)
        found: dict[str, list[dict]] = {}
        parts = ["scan:chain", "scan:full", *OWN]
        for part in [part for _ in range(asked.runs) for part in parts]:
            command = [sys.executable, __file__, "--rows", str(asked.rows), "--folder", str(folder), "--part", part]
            found.setdefault(part, []).append(
                json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
            )
    median = {
        part: {key: statistics.median(run[key] for run in runs) for key in ("wall", "cpu", "rss_mb")}
        for part, runs in found.items()
    }
    print(f"{asked.rows:,} contacts, medians of {asked.runs}; x = CPU as a multiple of the scan of the same columns")
    ratio = {}
    for part in parts:
        row = median[part]
        if part in OWN:
            ratio[part] = row["cpu"] / median["scan:full" if part == "full" else "scan:chain"]["cpu"]
        words = f"  x {ratio[part]:.1f}  {found[part][0]['fcr']}" if part in OWN else ""
        print(f"{part:12} wall {row['wall']:7.2f} s  CPU {row['cpu']:7.2f} s  {row['rss_mb']:6.0f} MB{words}")
    missed = ratio["chain"] > GATE
    print(f"gate: chain at most {GATE:g} x: {'missed' if missed else 'met'}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
