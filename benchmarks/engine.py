"""What do the engine's aggregates cost, measured against one scan of the columns they need?

    python benchmarks/engine.py                      # 10M rows in a temporary folder
    python benchmarks/engine.py --rows 1000000 --folder /data/bench --markdown

Writes repeatable rows to Parquet (kept where `--folder` is given), then asks for what one trace asks for, each
in a fresh process, and prints CPU seconds as multiples of the scan. Exit 1 when a gate is missed.
"""

from __future__ import annotations

import argparse
import itertools
import json
import resource
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


def rows_of(first: int, last: int) -> str:
    """Rows `first` to `last` - 1 of the made data: every value is a hash of row number and column number."""

    def uniform(k: int) -> str:
        return f"(CAST(hash(i * 32 + {k}) >> 11 AS DOUBLE) / 9007199254740992.0)"

    columns = ["i AS contact_id", "i % 3000000 AS customer_id",
               "TIMESTAMP '2024-01-01' + to_seconds(CAST(floor(i * 7776000.0 / {rows}) AS BIGINT)) AS \"at\""]  # fmt: skip
    for k, (name, size) in enumerate(SIZES.items()):
        index = f"floor({size} * {uniform(k)})" if name in EVEN else f"floor(pow({size + 1}, {uniform(k)})) - 1"
        columns.append(f"'{name}_' || lpad(CAST(CAST({index} AS INTEGER) AS VARCHAR), 4, '0') AS {name}")
    columns.append(f"CASE WHEN {uniform(20)} < 0.4 THEN CAST(1 + floor(10 * sqrt({uniform(21)})) AS TINYINT) END AS rating")
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
