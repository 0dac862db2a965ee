"""The localiser on new draws of every family: one table of F1 beside false alarms, coverage, stability and CPU, with the bars.

    python benchmarks/localise.py [--quick] [--seed N] [--out DIR] [--seconds S] [--families T,csat,...]

Every run draws new instances from a new seed, which it prints; `--seed` repeats one. Each instance's record is a line of
DIR/records.jsonl, so a run that was stopped (or ran out of `--seconds` of CPU) goes on with the same `--out`; DIR/table.md is the table.
`--quick` is a tenth of the instances, under three minutes. csat is drawn by make_csat.py in $CCSAT_LOCALISE (else ../shared/localise
beside the repository), where the 45 real cases of RS lie as well: those are development data, the same every time. $CCSAT_B0 is a
folder of the published B0 files (a folder a setting, each with injection_info.csv); without it the row "B0, published files" is left out.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import localise_table
import numpy as np
import pandas as pd
from localise_families import FAMILIES, NULLS, draw
from localise_judge import RATIOS, SUMS, judge_forecast, judge_ratings, rows_to_result
from localise_sums import DRAW

from ccsat.stages.longlist import shorten_leaves

HERE = Path(__file__).resolve().parent
ROWS = (50_000, 10_000, 2_000)
DRAWS = 50  # resamples for stability
CSAT = ["channel", "business", "region", "team", "tenure"]
FORECAST = {"T": (SUMS, 5), "DT": (RATIOS, 3), "B0": (SUMS, 4)}
COUNTS = {
    "B0 files": 360,
    "T": 80,
    "DT": 80,
    "B0": 80,
    "csat": 8,
    "families": 40,
    "nulls": 200,
    "rows": 5,
}  # csat: batches of 10 and 25 a null
QUICK = {"B0 files": 36, "T": 10, "DT": 10, "B0": 10, "csat": 1, "families": 4, "nulls": 10, "rows": 2}
FIRST_FILE = 20  # of each setting of B0: those before were looked at in development
NULL_NAMES = {"null_plain": "plain", "null_mix": "mix", "null_global": "uniform"}


def folder() -> Path:
    return Path(os.environ.get("CCSAT_LOCALISE", HERE.parent.parent / "shared" / "localise"))


def jobs(counts: dict[str, int], families: set[str], quick: bool) -> Iterator[tuple[str, int, int]]:
    """(family, rows, number) of every instance; of csat a job is a batch."""

    def wanted(name: str) -> bool:
        return not families or name in families

    for name in FORECAST:
        yield from ((name, 0, k) for k in range(counts[name]) if wanted(name))
    if wanted("B0 files") and os.environ.get("CCSAT_B0"):
        yield from (("B0 files", 0, k) for k in range(counts["B0 files"]))
    if wanted("RS"):
        yield ("RS", 0, 0)
    if wanted("rows"):
        yield from ((f"rows {draws}", 200_000, k) for draws in (0, 200) for k in range(counts["rows"]))
    if wanted("csat"):
        yield from (("csat", 0, batch) for batch in range(counts["csat"]))
    for kind in FAMILIES:
        for rows in ROWS:
            yield from ((kind, rows, k) for k in range(counts["families"]) if wanted(kind))
    for rows in ROWS:
        yield from (("drift", rows, k) for k in range(counts["nulls"]) if wanted("drift"))


def run(job: tuple[str, int, int], seed: int, quick: bool) -> Iterator[dict]:
    """The records of one job."""
    family, rows, k = job
    rng = np.random.default_rng([seed, k, rows, sum(map(ord, family))])
    key = {"family": family, "rows": rows, "k": k}
    if family in FORECAST:
        leaves, dims, cells = DRAW[family](rng)
        planted = [{"where": cell} for cell in cells]
        measures, depth = FORECAST[family]
        yield key | judge_forecast(leaves, dims, measures, depth, planted, reference_is="forecast")
    elif family == "B0 files":
        leaves, dims, planted = _published(k)
        yield key | judge_forecast(leaves, dims, SUMS, len(dims), planted, reference_is="forecast")
    elif family == "RS":
        yield from ({**key, "k": number} | record for number, record in enumerate(_real_cases()))
    elif family.startswith("rows"):
        yield key | rows_to_result(rng, int(family.split()[1]))
    elif family == "csat":
        yield from _csat(seed + k, k, quick)
    else:
        drawn = draw(rng, family, rows)
        draws = 0 if family in NULLS or k >= 10 else DRAWS
        options = {"max_depth": 2, "unions": family == "unions", "direction": "both"}
        yield key | judge_ratings(drawn.leaves, drawn.dims, drawn.planted, draws, **options)
        if family == "many":
            counted = [column for column in drawn.leaves.columns if column not in drawn.dims]
            short, _ = shorten_leaves(
                drawn.leaves, drawn.dims, counted, drawn.leaves[[f"c{i}" for i in range(1, 6)]].sum(axis=1)
            )
            yield key | {"family": "many, two-step"} | judge_ratings(short, drawn.dims, drawn.planted, draws, **options)


def _published(k: int) -> tuple[pd.DataFrame, list[str], list[dict]]:
    """The k-th of the published B0 instances that development has not looked at, one setting after the other."""
    settings = sorted(Path(os.environ["CCSAT_B0"]).glob("*/injection_info.csv"))
    labels = settings[k % len(settings)]
    row = pd.read_csv(labels).sort_values("timestamp").iloc[FIRST_FILE + k // len(settings)]
    leaves = pd.read_csv(labels.with_name(f"{row['timestamp']}.csv"))
    cells = [dict(pair.split("=", 1) for pair in part.split("&")) for part in row["set"].split(";")]
    return leaves, [name for name in leaves if name not in ("real", "predict")], [{"where": cell} for cell in cells]


def _real_cases() -> Iterator[dict]:
    """RobustSpot's labelled minutes: ratios against the minutes before."""
    data = pd.read_parquet(folder() / "RS_dev.parquet")
    labels = pd.read_csv(folder() / "RS_dev_labels.csv", dtype={"set": str})
    for row in labels.itertuples():
        leaves, dims = data[data["instance"] == row.instance].reset_index(drop=True), row.dims.split(",")
        leaves = leaves.join(
            pd.DataFrame([dict(pair.split("=", 1) for pair in cell.split("&")) for cell in leaves["cell"]])
        )
        planted = [{"where": dict(pair.split("=", 1) for pair in part.split("&"))} for part in row.set.split(";")]
        yield judge_forecast(leaves, dims, RATIOS, 3, planted)


def _csat(seed: int, batch: int, quick: bool) -> Iterator[dict]:
    """Anomalies and nulls of three sizes as make_csat.py draws them."""
    anomalies, nulls = (8, 10) if quick else (10, 25)
    with tempfile.TemporaryDirectory() as made:
        subprocess.run([sys.executable, folder() / "make_csat.py", made, str(seed), str(anomalies), str(nulls)], check=True, stdout=subprocess.DEVNULL)  # fmt: skip
        data, labels = pd.read_parquet(Path(made) / "cube.parquet"), pd.read_csv(Path(made) / "labels.csv")
    frames = dict(list(data.groupby("instance")))
    for row in labels.itertuples():
        planted = [
            {"where": {dim: int(level.removeprefix(dim)) for dim, level in (pair.split("=") for pair in cell["seg"].split("&"))},
             "points": -cell["contrib"], "snr": cell["snr"]}
            for cell in (json.loads(row.segments) if row.kind == "anom" else [])
        ]  # fmt: skip
        number = batch * 100_000 + row.instance
        draws = DRAWS if row.kind == "anom" and batch < 4 else 0
        record = judge_ratings(frames[row.instance], CSAT, planted, draws, direction="down")
        yield {"family": NULL_NAMES.get(row.kind, "csat"), "rows": row.n_cur, "k": number, "batch": batch} | record


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the instances, under three minutes")
    parser.add_argument("--seed", type=int, help="repeats a run; by default a new one")
    parser.add_argument("--out", type=Path, help="where records and table are kept; a run there goes on")
    parser.add_argument("--seconds", type=float, default=np.inf, help="CPU after which to stop; the same --out goes on")
    parser.add_argument("--families", default="", help="some families only, with commas between them")
    options = parser.parse_args()
    out = options.out or Path(tempfile.mkdtemp(prefix="localise-"))
    out.mkdir(parents=True, exist_ok=True)
    seed, done = _resume(out, options)
    print(f"seed {seed}, records in {out}", flush=True)
    rng = np.random.default_rng(0)
    calibration = min(_seconds(lambda: np.sort(rng.random(1_000_000))) for _ in range(3))
    start, left, finished = time.process_time(), 0, 0
    with (out / "records.jsonl").open("a", encoding="utf-8") as sheet:
        for job in jobs(
            QUICK if options.quick else COUNTS, set(filter(None, options.families.split(","))), options.quick
        ):
            if job in done:
                continue
            if finished and time.process_time() - start > options.seconds:
                left += 1
                continue
            for record in run(job, seed, options.quick):
                sheet.write(json.dumps(record) + "\n")
            sheet.write(json.dumps({"done": job}) + "\n")
            finished += 1
            sheet.flush()
    records = [json.loads(line) for line in (out / "records.jsonl").read_text(encoding="utf-8").splitlines()]
    text = localise_table.markdown([record for record in records if "family" in record])
    text += f"\nSeed {seed}. Sorting a million numbers took {calibration:.3f} s of CPU on this machine while it ran.\n"
    text += f"{left} jobs are left: run again with --out {out}.\n" if left else ""
    (out / "table.md").write_text(text, encoding="utf-8")
    print(text)


def _resume(out: Path, options) -> tuple[int, set]:
    """The seed of the run in this folder (a new one where there is none) and the jobs it has done."""
    kept = out / "run.json"
    if kept.exists():
        run_was = json.loads(kept.read_text())
        if options.seed not in (None, run_was["seed"]) or options.quick != run_was["quick"]:
            raise SystemExit(f"{out} holds a run with {run_was}; take another --out, or the same options.")
    else:
        run_was = {
            "seed": secrets.randbelow(10**6) + 10**6 if options.seed is None else options.seed,
            "quick": options.quick,
        }
        kept.write_text(json.dumps(run_was))
    sheet = out / "records.jsonl"
    lines = [json.loads(line) for line in sheet.read_text(encoding="utf-8").splitlines()] if sheet.exists() else []
    done = {tuple(line["done"]) for line in lines if "done" in line}
    _without_unfinished(sheet, lines)
    return run_was["seed"], done


def _without_unfinished(sheet: Path, lines: list[dict]) -> None:
    """Records of a job that was cut off go: the job is run again."""
    last = max((place for place, line in enumerate(lines) if "done" in line), default=-1)
    if last + 1 < len(lines):
        sheet.write_text("".join(json.dumps(line) + "\n" for line in lines[: last + 1]), encoding="utf-8")


def _seconds(act) -> float:
    start = time.process_time()
    act()
    return time.process_time() - start


if __name__ == "__main__":
    main()
