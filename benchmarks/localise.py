"""The localiser on development data and on new draws: F1, false alarms and CPU seconds beside LOCALISE 6.

    python benchmarks/localise.py [--families csat,T,...] [--seed 4242] [--csat DIR]

Data: $CCSAT_LOCALISE, else ../shared/localise beside the repository. `--csat DIR` reads DIR/cube.parquet and
DIR/labels.csv (made by make_csat.py there with another seed) in place of the development set.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import defaultdict
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from ccsat.stages.leaves import Ratio, ScoreCounts, Total, locate_in_leaves

HERE = Path(__file__).resolve().parent
GATES = {
    "T": "F1 >= 0.80 (RiskLoc 0.754)", "DT": "F1 >= 0.95 (0.986)", "B0_dev": "F1 >= 0.96 (0.960)",
    "RS_dev": "top-1 exact >= 0.55 (0.630)", "csat 50000": "F1 >= 0.88", "csat 10000": "F1 >= 0.85", "csat 2000": "F1 >= 0.62",
}  # fmt: skip


def folder() -> Path:
    return Path(os.environ.get("CCSAT_LOCALISE", HERE.parent.parent / "shared" / "localise"))


def segments(found: pd.DataFrame, prefix: bool = False) -> list[str]:
    """Cells as label strings, unions as their values."""
    names = []
    for where in found["where"]:
        lists = [value if isinstance(value, list) else [value] for value in where.values()]
        for values in product(*lists):
            pairs = zip(where, values, strict=True)
            names.append("&".join(sorted(f"{d}={d}{v}" if prefix else f"{d}={v}" for d, v in pairs)))
    return names


def truth(label: object) -> set[str]:
    return {"&".join(sorted(part.split("&"))) for part in label.split(";")} if isinstance(label, str) else set()


def f1(hits: int, found: int, planted: int) -> float:
    return 2 * hits / max(found + planted, 1)


def run_sums(name: str, measures: dict, depth: int) -> dict:
    data = pd.read_parquet(folder() / f"{name}.parquet")
    labels = pd.read_csv(folder() / f"{name}_labels.csv", dtype={"set": str})
    hits = found = planted = exact = top = 0
    seconds = []
    for row in labels.itertuples():
        leaves = data[data["instance"] == row.instance]
        dims = [column for column in leaves.columns if column in "abcde"]
        if name.startswith("RS"):
            dims = row.dims.split(",")
            parts = [dict(pair.split("=", 1) for pair in cell.split("&")) for cell in leaves["cell"]]
            leaves = leaves.reset_index(drop=True).join(pd.DataFrame(parts))
        start = time.process_time()
        answer = locate_in_leaves(leaves, dims, **measures, max_depth=depth, draws=0)
        seconds.append(time.process_time() - start)
        got, want = segments(answer.cells), truth(row.set)
        hits, found, planted = hits + len(set(got) & want), found + len(got), planted + len(want)
        exact += set(got) == want
        top += bool(got) and {got[0]} == want
    count = len(labels)
    return {"family": name, "n": count, "F1": f1(hits, found, planted), "precision": hits / max(found, 1),
            "recall": hits / planted, "exact": exact / count, "top-1 exact": top / count,
            "cpu": np.mean(seconds), "gate": GATES[name]}  # fmt: skip


def run_csat(data: pd.DataFrame, labels: pd.DataFrame, draws: int) -> list[dict]:
    dims = ["channel", "business", "region", "team", "tenure"]
    current = ScoreCounts({f"c{k}": k for k in range(1, 6)})
    reference = ScoreCounts({f"b{k}": k for k in range(1, 6)})
    tally: dict = defaultdict(lambda: defaultdict(list))
    frames = dict(list(data.groupby("instance")))
    for row in labels.itertuples():
        leaves = frames[row.instance]
        start = time.process_time()
        answer = locate_in_leaves(leaves, dims, current=current, reference=reference, direction="down", draws=draws)
        seconds = time.process_time() - start
        got, want = set(segments(answer.cells[answer.cells["kind"] == "rate"], prefix=True)), truth(row.set)
        box = tally[row.n_cur]
        box["cpu"].append(seconds)
        box["closing"].append(abs(answer.cells.query("kind == 'rate'")["points"].sum() + answer.everywhere + answer.mix
                                  + answer.remainder - answer.total))  # fmt: skip
        if row.kind != "anom":
            box[row.kind].append(bool(got))
            box[row.kind + "_verdict"].append(
                answer.verdict == row.kind.removeprefix("null_").replace("plain", "noise")
            )
            continue
        box["hits"].append(len(got & want)), box["found"].append(len(got)), box["planted"].append(len(want))
        box["mix"].append(answer.mix - row.true_mix), box["rate"].append(answer.rate - row.true_rate)
        points = dict(zip(segments(answer.cells, prefix=True), answer.cells.to_dict("records"), strict=True))
        for planted in json.loads(row.segments):
            name = "&".join(sorted(planted["seg"].split("&")))
            if planted["snr"] >= 5:
                box["strong"].append(name in got)
            if name in points and points[name]["kind"] == "rate":
                cell, true = points[name], -planted["contrib"]
                box["error"].append(abs(cell["points"] - true))
                box["covered"].append(cell["lower"] <= true <= cell["upper"])
                if planted["snr"] >= 8:
                    box["steady"].append(cell["stability"] >= 0.8)
    rows = []
    for size, box in sorted(tally.items(), reverse=True):
        rows.append({
            "family": f"csat {size}", "n": len(box["planted"]), "F1": f1(sum(box["hits"]), sum(box["found"]), sum(box["planted"])),
            "precision": sum(box["hits"]) / max(sum(box["found"]), 1), "recall": sum(box["hits"]) / sum(box["planted"]),
            "strong": np.mean(box["strong"]), "plain": np.mean(box["null_plain"]), "mix null": np.mean(box["null_mix"]),
            "global null": np.mean(box["null_global"]), "ALL": np.mean(box["null_global_verdict"]),
            "noise verdict": np.mean(box["null_plain_verdict"]), "mix verdict": np.mean(box["null_mix_verdict"]),
            "rate RMSE": np.sqrt(np.mean(np.square(box["rate"]))), "mix RMSE": np.sqrt(np.mean(np.square(box["mix"]))),
            "MAE": np.mean(box["error"]), "coverage": np.mean(box["covered"]), "stable": np.mean(box["steady"]) if draws else np.nan,
            "closing": max(box["closing"]), "cpu": np.mean(box["cpu"]), "gate": GATES.get(f"csat {size}", ""),
        })  # fmt: skip
    return rows


def run_crafted() -> dict:
    data = pd.read_parquet(folder() / "case100k_cube.parquet")
    dims = ["channel", "business", "region", "team", "tenure"]
    first, second = (
        data[data["window"] == name] for name in sorted(data["window"].unique(), key=lambda w: w == "base")
    )
    leaves = pd.concat([first[dims + [f"s{k}" for k in range(1, 6)]].rename(columns={f"s{k}": f"c{k}" for k in range(1, 6)}),
                        second[dims + [f"s{k}" for k in range(1, 6)]].rename(columns={f"s{k}": f"b{k}" for k in range(1, 6)})])  # fmt: skip
    start = time.process_time()
    answer = locate_in_leaves(leaves, dims, current=ScoreCounts({f"c{k}": k for k in range(1, 6)}),
                              reference=ScoreCounts({f"b{k}": k for k in range(1, 6)}), direction="down")  # fmt: skip
    return {"family": "case100k", "cells": "; ".join(segments(answer.cells)), "rate": answer.rate, "mix": answer.mix,
            "points": answer.cells["points"].round(4).tolist(), "cpu": time.process_time() - start,
            "gate": "channel=chat & business=billing only; rate -0.039, mix -0.087 within 0.005"}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--families", default="T,DT,B0_dev,RS_dev,csat,crafted")
    parser.add_argument("--csat", type=Path)
    parser.add_argument("--draws", type=int, default=0)
    options = parser.parse_args()
    families = options.families.split(",")
    forecast = {"reference_is": "forecast"}
    sums = {"current": Total("real"), "reference": Total("predict"), **forecast}
    ratio = {"current": Ratio("real_a", "real_b"), "reference": Ratio("predict_a", "predict_b")}
    settings = {"T": (sums, 5), "B0_dev": (sums, 4), "DT": (ratio | forecast, 3), "RS_dev": (ratio, 3)}
    rows = [run_sums(name, *settings[name]) for name in families if name in settings]
    if "csat" in families:
        data = options.csat / "cube.parquet" if options.csat else folder() / "csat_cube.parquet"
        labels = options.csat / "labels.csv" if options.csat else folder() / "csat_labels.csv"
        rows += run_csat(pd.read_parquet(data), pd.read_csv(labels), options.draws)
    if "crafted" in families:
        rows.append(run_crafted())
    for row in rows:
        shown = {key: f"{value:.3g}" if isinstance(value, float) else value for key, value in row.items()}
        print(" | ".join(f"{key} {value}" for key, value in shown.items()), flush=True)


if __name__ == "__main__":
    main()
