"""What do the engine's aggregates cost, measured against one scan of the columns they need?

    python benchmarks/engine.py                                   # 10M rows in a temporary folder
    python benchmarks/engine.py --rows 1000000 --folder DIR       # kept, and found again the next time

Writes repeatable rows to Parquet, asks for what one trace asks for, every part in fresh processes, and prints a table
of medians: CPU seconds as multiples of the scan. Exit 1 when a gate is missed.
"""

from __future__ import annotations

import argparse
import itertools
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

SIZES = {"channel": 4, "tier": 5, "region": 31, "product": 40, "team": 100, "skill": 120, "city": 500, "agent": 2000}
EVEN = ("team", "agent")  # the others fall off as Zipf's law has it
CUBE = ("channel", "tier", "region", "product", "skill")
DRIVERS = ("wait_s", "handle_s", "hold_s", "transfers", "silence_s", "age_days")
GATES = {"trace": 15.0, "moments": 3.0}  # CPU, as multiples of the scan of the columns needed
CHUNK = 1_000_000
FACTS = (*SIZES, "at", "rating", *DRIVERS)  # the columns a trace needs
OWN = ("product", "channel", "rating", *DRIVERS)  # the columns the moments need


def rows_of(first: int, last: int) -> str:
    """Rows `first` to `last` - 1 of the made data: every value is a hash of row number and column number."""

    def uniform(k: int) -> str:
        return f"(CAST(hash(i * 32 + {k}) >> 11 AS DOUBLE) / 9007199254740992.0)"

    columns = ["i AS contact_id", "i % 3000000 AS customer_id",
               "TIMESTAMP '2024-01-01' + to_seconds(CAST(floor(i * 7776000.0 / {rows}) AS BIGINT)) AS \"at\""]  # fmt: skip
    for k, (name, size) in enumerate(SIZES.items()):
        index = f"floor({size} * {uniform(k)})" if name in EVEN else f"floor(pow({size + 1}, {uniform(k)})) - 1"
        columns.append(f"'{name}_' || lpad(CAST(CAST({index} AS INTEGER) AS VARCHAR), 4, '0') AS {name}")
    columns.append(
        f"CASE WHEN {uniform(20)} < 0.4 THEN CAST(1 + floor(10 * sqrt({uniform(21)})) AS TINYINT) END AS rating"
    )
    columns += [f"round(-{60 * (k + 1)} * ln(1 - {uniform(22 + k)}), 1) AS {name}" for k, name in enumerate(DRIVERS)]
    return f"SELECT {', '.join(columns)} FROM range({first}, {last}) AS r(i)"


def write(folder: Path, rows: int) -> None:
    """The data as Parquet, a million rows a file."""
    import duckdb

    folder.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET memory_limit = '1GB'")
    for first in range(0, rows, CHUNK):
        path = folder / f"rows-{rows}-{first // CHUNK:05d}.parquet"
        if not path.exists():
            text = rows_of(first, min(first + CHUNK, rows)).replace("{rows}", str(rows))
            connection.execute(f"COPY ({text}) TO '{path}.new' (FORMAT parquet, COMPRESSION zstd)")
            path.with_suffix(".parquet.new").rename(path)


def windows() -> tuple:
    """Three months, which hold every row."""
    from ccsat.engine import Window

    return tuple(
        Window(f"2024-{month:02d}", date(2024, month, 1), date(2024, month, last))
        for month, last in ((1, 31), (2, 29), (3, 31))
    )


def scan(engine, source: str, columns: tuple[str, ...]) -> int:
    """The bound: every value decoded and summed, texts by their length in bytes."""
    sums = [
        f'SUM(strlen("{name}"))' if name in SIZES else f'MAX("{name}")' if name == "at" else f'SUM("{name}")'
        for name in columns
    ]
    return len(engine.query(f"SELECT {', '.join(f'{text} AS c{i}' for i, text in enumerate(sums))} FROM ({source}) q"))


def marginals(engine, source: str) -> int:
    """All sets to depth 3 of five dimensions, and the singles of the others: counts per rating and month."""
    sets = [one for depth in range(4) for one in itertools.combinations(CUBE, depth)] + [
        (name,) for name in SIZES if name not in CUBE
    ]
    return sum(map(len, engine.marginals(source, sets, outcome="rating", windows=windows()).values()))


def moments(engine, source: str) -> int:
    """Rating and six drivers, 35 sums by product and channel."""
    return len(engine.moments(source, [*DRIVERS, "rating"], shifts={"rating": 7.0}, segments=["product", "channel"]))


def leaves(engine, source: str, dims: tuple[str, ...]) -> int:
    """The sparse cube of some dimensions: counts per rating and month."""
    return len(engine.leaves(source, dims, outcome="rating", windows=windows(), limit=100_000_000))


def trace(engine, source: str) -> int:
    """What one trace asks for."""
    return (
        marginals(engine, source) + moments(engine, source) + leaves(engine, source, ("channel", "region", "product"))
    )


PARTS = {
    "scan": ("one scan of 16 columns", lambda e, s: scan(e, s, FACTS)),
    "scan_own": ("one scan of the 9 of the moments", lambda e, s: scan(e, s, OWN)),
    "trace": ("whole trace", trace),
    "marginals": ("marginals, 29 sets", marginals),
    "moments": ("moments, 35 sums, 160 segments", moments),
    "leaves3": ("leaves of 3 dimensions", lambda e, s: leaves(e, s, ("channel", "region", "product"))),
    "leaves5": ("leaves of 5 dimensions", lambda e, s: leaves(e, s, CUBE)),
}


def measure(part: str, paths: list[str]) -> dict:
    """One part in this process: wall and CPU seconds without imports, peak memory with everything."""
    from ccsat.engine import DuckEngine

    with DuckEngine() as engine:
        source = engine.source_of_parquet(paths)
        engine.query(f"SELECT COUNT(*) AS n FROM ({source}) q")
        before, begun = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
        rows = PARTS[part][1](engine, source)
        wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"rows": rows, "wall": wall, "cpu": cpu, "rss": after.ru_maxrss / 1024}


def compare(folder: Path, rows: int, repeats: int) -> bool:
    """Every part in turn, `repeats` times; the table; whether all gates hold."""
    paths = [str(path) for path in sorted(folder.glob(f"rows-{rows}-*.parquet"))]
    found: dict[str, list[dict]] = {part: [] for part in PARTS}
    for _ in range(repeats):
        for part in PARTS:
            done = subprocess.run(
                [sys.executable, __file__, "--part", part, *paths], capture_output=True, text=True, check=True
            )
            found[part].append(json.loads(done.stdout))

    def median(part: str, name: str) -> float:
        return statistics.median(each[name] for each in found[part])

    gates = {
        "trace": median("trace", "cpu") / median("scan", "cpu"),
        "moments": median("moments", "cpu") / median("scan_own", "cpu"),
    }
    print(f"{rows:,} rows, {len(paths)} files, median of {repeats}\n")
    print(
        "| part | rows out | wall s | CPU s | x scan of 16 (CPU) | x own scan (CPU) | gate | peak RSS MB |\n|---|---|---|---|---|---|---|---|"
    )
    for part, (title, _) in PARTS.items():
        own = f"{gates['moments']:.1f}" if part == "moments" else ""
        gate = f"<= {GATES[part]:.0f}" if part in GATES else ""
        print(f"| {title} | {median(part, 'rows'):,.0f} | {median(part, 'wall'):.2f} | {median(part, 'cpu'):.2f} |"
              f" {median(part, 'cpu') / median('scan', 'cpu'):.1f} | {own} | {gate} | {median(part, 'rss'):,.0f} |")  # fmt: skip
    missed = [part for part, ratio in gates.items() if ratio > GATES[part]]
    print("\n" + (f"missed: {', '.join(missed)}" if missed else "all gates hold"))
    return not missed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--folder", type=Path, help="where the data are kept; default: a temporary folder")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("paths", nargs="*", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        print(json.dumps(measure(options.part, options.paths)))
        return 0
    with tempfile.TemporaryDirectory(prefix="ccsat-bench-") as spare:
        folder = options.folder or Path(spare)
        write(folder, options.rows)
        return 0 if compare(folder, options.rows, options.repeats) else 1


if __name__ == "__main__":
    sys.exit(main())
