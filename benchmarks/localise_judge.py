"""One instance of a localisation family: run the localiser, compare with what was planted, and keep what the table needs."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from ccsat.stages.leaves import Ratio, ScoreCounts, Total, locate_in_leaves
from ccsat.stages.located import Located

SCORES = range(1, 6)
NOW, THEN = ScoreCounts({f"c{k}": k for k in SCORES}), ScoreCounts({f"b{k}": k for k in SCORES})
SUMS = {"current": Total("real"), "reference": Total("predict")}
RATIOS = {"current": Ratio("real_a", "real_b"), "reference": Ratio("predict_a", "predict_b")}
RATINGS = {"current": NOW, "reference": THEN}
STRONG, FIRM, STEADY = (
    5,
    8,
    0.8,
)  # signal to noise from which a cell must be found, be stable; and how often drawn again
Name = tuple[tuple[str, tuple], ...]


def named(where: dict) -> Name:
    """A cell's name whatever the order of its dimensions and values."""
    return tuple(sorted((dim, tuple(sorted(v) if isinstance(v, list) else [v])) for dim, v in where.items()))


def timed(act: Callable[[], Located]) -> tuple[Located, float]:
    start = time.process_time()
    return act(), time.process_time() - start


def judge(answer: Located, planted: list[dict], seconds: float, draws: int = 0) -> dict:
    """What one answer adds to its family's line.

    Args:
        planted: Cells with `where`, and of ratings the true `points` and the signal to noise (`snr`).
    """
    rate = answer.cells[answer.cells["kind"] == "rate"]
    got = {named(row["where"]): row for row in rate.to_dict("records")}
    want = {named(cell["where"]): cell for cell in planted}
    firm = [
        got[name]["stability"] >= STEADY for name, cell in want.items() if name in got and cell.get("snr", 0) >= FIRM
    ]
    found = [(cell, got[name]) for name, cell in want.items() if name in got and "points" in cell]
    total = rate["points"].sum() + answer.everywhere + answer.mix + answer.remainder
    return {
        "cpu": seconds, "hits": len(set(got) & set(want)), "found": len(got), "planted": len(want), "alarm": bool(got),
        "top": bool(got) and {next(iter(got))} == set(want), "verdict": answer.verdict,
        "strong": [name in got for name, cell in want.items() if cell.get("snr", 0) >= STRONG],
        "covered": [bool(row["lower"] <= cell["points"] <= row["upper"]) for cell, row in found],
        "steady": [bool(one) for one in firm] if draws else [],
        "closing": float(abs(total - answer.total) / max(1.0, abs(answer.total))),
    }  # fmt: skip


def judge_forecast(
    leaves: pd.DataFrame, dims: list[str], measures: dict, depth: int, planted: list[dict], **options
) -> dict:
    return judge(
        *_first(lambda: locate_in_leaves(leaves, dims, **measures, max_depth=depth, draws=0, **options), planted)
    )


def judge_ratings(leaves: pd.DataFrame, dims: list[str], planted: list[dict], draws: int, **options) -> dict:
    """Accuracy and CPU without resamples; stability, if asked, from a second run with them."""
    record = judge(*_first(lambda: locate_in_leaves(leaves, dims, **RATINGS, draws=0, **options), planted))
    if draws and any(cell["snr"] >= FIRM for cell in planted):
        answer, seconds = timed(lambda: locate_in_leaves(leaves, dims, **RATINGS, draws=draws, **options))
        record |= {"steady": judge(answer, planted, seconds, draws)["steady"]}
    return record


def _first(act: Callable[[], Located], planted: list[dict]) -> tuple[Located, list[dict], float]:
    answer, seconds = timed(act)
    return answer, planted, seconds


def rows_to_result(rng: np.random.Generator, draws: int, rows: int = 200_000) -> dict:
    """CPU from a frame of rows to the full result: counting them by leaf, then the localiser; one cell is planted."""
    import duckdb

    sizes = {"channel": 4, "business": 6, "region": 8, "team": 10, "tenure": 4}
    frame = pd.DataFrame({dim: rng.choice([f"{dim}{k}" for k in range(size)], rows, p=rng.dirichlet(np.full(size, 4.0)))
                          for dim, size in sizes.items()})  # fmt: skip
    frame["current"] = np.arange(rows) < rows // 2
    hit = frame["current"] & (frame["channel"] == "channel1") & (frame["business"] == "business2")
    frame["score"] = 1 + np.searchsorted([0, 0.5, 1, 1.6], 0.95 + rng.normal(size=rows) - 0.9 * hit)
    counts = [f"count(*) FILTER ({'' if period == 'c' else 'NOT '}current AND score = {k})::INT AS {period}{k}"
              for period in "bc" for k in SCORES]  # fmt: skip
    with duckdb.connect() as connection:
        connection.register("rows_in", frame)
        text = f"SELECT {', '.join([*sizes, *counts])} FROM rows_in GROUP BY ALL"
        planted = [{"where": {"channel": "channel1", "business": "business2"}}]
        return judge(*_first(
            lambda: locate_in_leaves(connection.sql(text).df(), list(sizes), **RATINGS, draws=draws), planted
        ))  # fmt: skip
