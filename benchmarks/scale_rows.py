"""The rows of `benchmarks/scale.py`: an invented centre written in parts by its own generator, then its facts, one row a contact.

`world/` is what `ccsat world make S03 --scale ROWS` writes (about 16 minutes of CPU and 5 GB for 100M): many companies under one roof, each with customers, contacts and luck of its own. `facts/` holds the
contacts with their rating, agent and customer beside them, a million rows a file, so that 1, 10 and 99 files are three sizes of one centre. Where the world has
fewer parts than are asked for, the files beyond them are copies of the first ones whose contacts and customers have ids of their own.
"""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

PARTS_A_FILE = 14  # parts of the world, about 73,300 contacts each: a little over a million rows
ROW_GROUP = 122_880
SEED = 101
DIMS = {"channel": "c", "service_type": "c", "biz_l1": "c", "biz_l2": "c", "biz_l3": "c", "shift": "c", "region": "u", "segment": "u", "plan_id": "u",
        "age_band": "u", "team": "a", "site": "a", "tenure_band": "a"}  # fmt: skip
DRIVERS = ("queue_wait_s", "ring_s", "talk_s", "hold_s", "acw_s", "transfers")
IDS = ("contact_id", "customer_id", "agent_id")
FILES = {1_000_000: 1, 10_000_000: 10, 100_000_000: 99}


def facts(world: Path, first: int) -> str:
    """The SELECT of one file's facts: parts `first` to `first + 13` of the world."""

    def read(table: str) -> str:
        paths = (world / table / f"part-{number:04d}.parquet" for number in range(first, first + PARTS_A_FILE))
        there = ", ".join(f"'{path}'" for path in paths if path.exists())
        return f"read_parquet([{there}])"

    columns = [*(f"c.{name}" for name in IDS), "c.started_at", "c.ended_at", *(f"{of}.{name}" for name, of in DIMS.items()),
               *(f"c.{name}" for name in DRIVERS), "CAST(c.end_reason = 'dropped' AS TINYINT) AS dropped",
               "CAST(c.resolved_tag AS TINYINT) AS resolved_tag", "s.rating"]  # fmt: skip
    return (f"SELECT {', '.join(columns)} FROM {read('contacts')} c LEFT JOIN {read('surveys')} s USING (contact_id)"
            f" LEFT JOIN '{world}/agents.parquet' a USING (agent_id) LEFT JOIN {read('customers')} u USING (customer_id)"
            " ORDER BY c.started_at, c.contact_id")  # fmt: skip


def copied(path: Path, letters: dict[str, str]) -> str:
    """The SELECT of a file whose contacts and customers are others: the first letter of their ids is another."""
    others = ", ".join(f"'{letter}' || substr({name}, 2) AS {name}" for name, letter in letters.items())
    return f"SELECT * REPLACE ({others}) FROM '{path}' ORDER BY started_at, contact_id"


def write_facts(folder: Path, files: int) -> list[Path]:
    """The facts as Parquet, as many files as are asked; those that are there are kept."""
    import duckdb

    world, made = folder / "world", []
    (folder / "facts").mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET memory_limit = '1.5GB'")
    connection.execute("SET threads = 1")
    for number in range(files):
        path = folder / "facts" / f"facts-{number:03d}.parquet"
        if not path.exists():
            new = path.with_suffix(".new")
            whole = len(list((world / "contacts").glob("*.parquet"))) // PARTS_A_FILE
            again = {"contact_id": "D", "customer_id": "V"}
            text = facts(world, 1 + number * PARTS_A_FILE) if number < whole else copied(made[number - whole], again)
            connection.execute(
                f"COPY ({text}) TO '{new}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"
            )
            new.rename(path)
        made.append(path)
    return made


def write_world(folder: Path, rows: int) -> None:
    """The centre in parts; nothing where it is there."""
    from ccsat import worlds
    from ccsat.worlds.chunks import write_large

    if not (folder / "world" / "study.toml").exists():
        write_large(worlds.make("S03", rng=SEED), folder / "world", rows)


def paths_of(folder: Path, rows: int) -> list[Path]:
    """The files of one size."""
    return [folder / "facts" / f"facts-{number:03d}.parquet" for number in range(FILES[rows])]
