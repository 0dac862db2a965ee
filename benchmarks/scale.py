"""What do the aggregates of a trace cost at 1, 10 and 100 million contacts, against one scan of the columns that they read?

    python benchmarks/scale.py                                               # 1M rows in a temporary folder
    python benchmarks/scale.py --folder DIR --rows 1000000 10000000          # the rows are made once and kept: benchmarks/scale_rows.py
    python benchmarks/scale.py --folder DIR --rows 100000000 --repeats 1     # makes 7 GB of files in about 20 minutes of CPU
    python benchmarks/scale.py --folder DIR --peers                          # pandas, wise-pizza and Spark on the same rows, where they survive

Every part runs in a process of its own, under the default memory limit of 1.5 GB and two threads. Prints one table: CPU as a multiple of the scan in the same
round (the median over the rounds), gates, peak memory, and the growth from size to size. Exit 1 when a gate is missed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from scale_parts import PARTS, READ, measure
from scale_peers import PEERS, compare
from scale_rows import FILES, paths_of, write_facts, write_world

GATES = {
    "trace": 15.0,
    "moments": 3.0,
    "fcr": 12.0,
    "marginals": 18.0,
}  # CPU, as multiples of the scan of the columns read; the aim of trace is 12
AIMS = {"trace": 12.0}
MEMORY = {10_000_000: 1.3, 100_000_000: 2.5}  # GB of peak memory
GROWTH = 12.0  # CPU of ten times the rows
MODELS = 10.0  # seconds of CPU after the aggregates
MAIN = ("trace", "fcr_redials", "leaves5")


def run(part: str, rows: int, folder: Path) -> dict:
    """One part in a fresh process."""
    done = subprocess.run(
        [sys.executable, __file__, "--part", part, "--rows", str(rows), "--folder", str(folder)],
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(f"{part} at {rows:,} rows: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def size(rows: int, folder: Path, repeats: int, parts: tuple[str, ...]) -> dict[str, dict]:
    """Medians of a size's parts; `x` is the ratio to the scan in the same round. The trace tells what each of its requests took."""
    found: dict[str, list[dict]] = {}
    for _ in range(repeats):
        for part in parts:
            own = run(part, rows, folder)
            laps = {part: own["cpu"], **own["laps"]}
            for name, cpu in laps.items():
                bound = run(f"scan:{name}" if name in READ else "scan:marginals", rows, folder)["cpu"]
                found.setdefault(name, []).append({**own, "cpu": cpu, "bound": bound, "x": cpu / bound})
                print(
                    f"{rows:>12,} {name:12} {cpu:8.2f} s / {bound:6.2f} s = {cpu / bound:5.1f} x  {own['rss']:5.2f} GB",
                    file=sys.stderr,
                    flush=True,
                )
    kept = {
        part: {key: statistics.median(each[key] for each in rounds) for key in ("rows", "cpu", "rss", "bound", "x")}
        for part, rounds in found.items()
    }
    if "trace" in kept:
        kept["trace"]["models"] = {
            name: statistics.median(each["models"][name] for each in found["trace"])
            for name in found["trace"][0]["models"]
        }
    return kept


def table(found: dict[int, dict[str, dict]]) -> tuple[list[str], list[str]]:
    """The table's lines, and the gates that are missed."""
    lines = ["| rows | part | x scan of its columns (CPU) | gate | x the tenth of the rows (CPU) | peak GB | gate | CPU s | million rows a CPU s |",
             "|---|---|---|---|---|---|---|---|---|"]  # fmt: skip
    missed = []
    for rows, parts in found.items():
        for part, row in parts.items():
            gate, limit = GATES.get(part), MEMORY.get(rows)
            before = found.get(rows // 10, {}).get(part)
            grown = row["cpu"] / before["cpu"] * (10 * before["rows"] / row["rows"]) if before else None
            if gate and row["x"] > gate:
                missed.append(f"{part} at {rows:,} rows: {row['x']:.1f} x, gate {gate:g}")
            if limit and row["rss"] > limit:
                missed.append(f"{part} at {rows:,} rows: {row['rss']:.2f} GB, gate {limit:g}")
            if grown and grown > GROWTH and part == "trace":
                missed.append(f"{part} at {rows:,} rows: {grown:.1f} x a tenth of the rows, gate {GROWTH:g}")
            lines.append(f"| {row['rows']:,.0f} | {PARTS[part][0]} | {row['x']:.1f} | {f'<= {gate:g}' if gate else ''} | {f'{grown:.1f}' if grown else ''} |"
                         f" {row['rss']:.2f} | {f'<= {limit:g}' if limit else ''} | {row['cpu']:.1f} | {row['rows'] / row['cpu'] / 1e6:.2f} |")  # fmt: skip
        if after := parts.get("trace", {}).get("models"):
            spent = after["localise"] + after["drivers"]
            if spent > MODELS:
                missed.append(f"models at {rows:,} rows: {spent:.1f} s, gate {MODELS:g}")
            lines.append(f"| {parts['trace']['rows']:,.0f} | models after the aggregates: cells from {after['leaves']:,.0f} leaves {after['localise']:.1f} s,"
                         f" drivers' shares {after['drivers']:.1f} s |  | <= {MODELS:g} s | | | | {spent:.1f} | |")  # fmt: skip
    return lines, missed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, help="where the rows are kept; left out: a temporary folder")
    parser.add_argument("--rows", type=int, nargs="*", choices=FILES, default=[1_000_000])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--parts", nargs="*", default=list(MAIN), choices=[part for part in PARTS if ":" not in part])
    parser.add_argument("--peers", action="store_true", help="the peers instead")
    parser.add_argument("--only", nargs="*", choices=PEERS, default=PEERS)
    parser.add_argument("--wise", default=sys.executable, help="an interpreter that has wise-pizza")
    parser.add_argument("--part", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.folder is None:
        with tempfile.TemporaryDirectory(prefix="ccsat-scale-") as spare:
            asked.folder = Path(spare)
            return compare_sizes(asked)
    return compare_sizes(asked)


def compare_sizes(asked: argparse.Namespace) -> int:
    """Everything that is asked, and whether a gate is missed."""
    if asked.part:
        print(json.dumps(measure(asked.part, paths_of(asked.folder, asked.rows[0]))))
        return 0
    need = max(map(FILES.get, asked.rows))
    if not all(path.exists() for path in paths_of(asked.folder, max(asked.rows))):
        write_world(asked.folder, need * 14 * 73_000)
        write_facts(asked.folder, need)
    if asked.peers:
        for rows in sorted(asked.rows):
            for peer in asked.only:
                print(
                    f"| {rows:,} | {peer} | {json.dumps(compare(peer, paths_of(asked.folder, rows), asked.wise if peer == 'wise' else sys.executable))} |",
                    flush=True,
                )
        return 0
    found = {rows: size(rows, asked.folder, asked.repeats, tuple(asked.parts)) for rows in sorted(asked.rows)}
    lines, missed = table(found)
    print("\n".join(lines))
    print("\n" + ("\n".join(f"missed: {line}" for line in missed) if missed else "all gates hold"))
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
