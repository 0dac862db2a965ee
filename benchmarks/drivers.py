"""What do driver importance and table statistics cost, against the passes over the data that they cannot do without?

    python benchmarks/drivers.py [--rows 1000000]

Prints CPU seconds and, beside them, ratios to a bare pass in the same run (which travel between machines). Exit 1 when a gate is
missed: LMG of 14 drivers within 0.5 s with its moments; 1,000 clustered draws of LMG of 10 drivers within 0.5 s after the moments;
each statistic of a cross-table within 20 ms after coding, the count included.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from ccsat.numerics.association import kendall_variance, ordinal_measures
from ccsat.numerics.crosstab import Crosstab, code_table
from ccsat.numerics.importance import lmg
from ccsat.numerics.independence import independence
from ccsat.numerics.moments_drivers import bootstrap_counts, group_moments
from ccsat.numerics.ranks import better, rank_sum

AGENTS, DRAWS = 500, 1000


def cpu(call: Callable, times: int = 3) -> tuple[float, object]:
    """The least CPU seconds of a few calls, and the last result."""
    spent = []
    for _ in range(times):
        start = time.process_time()
        result = call()
        spent.append(time.process_time() - start)
    return min(spent), result


def rows_of_drivers(n: int, drivers: int) -> tuple[np.ndarray, np.ndarray]:
    """Correlated drivers with their outcome last, and the agent of each row."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(n, drivers + 1))
    x[:, :-1] += 0.6 * rng.normal(size=(n, 1))
    x[:, -1] += x[:, :-1] @ np.linspace(0.4, 0.0, drivers)
    return x, rng.integers(0, AGENTS, n)


def drivers_table(n: int) -> list[tuple[str, float, float, float | None]]:
    """What, CPU seconds, ratio to the bare product X'X of the same rows, and the gate in seconds."""
    found = []
    x, _ = rows_of_drivers(n, 14)
    bare, _ = cpu(lambda: x.T @ x)
    passed, made = cpu(lambda: group_moments(x, None, 1))
    spent, _ = cpu(lambda: lmg(made.total()))
    found.append(("bare product X'X, 14 drivers", bare, 1.0, None))
    found.append(("LMG of 14 drivers: moments", passed, passed / bare, None))
    found.append(("LMG of 14 drivers: 16,384 subsets", spent, spent / bare, None))
    found.append(("LMG of 14 drivers, together", passed + spent, (passed + spent) / bare, 0.5))
    x, agent = rows_of_drivers(n, 10)
    bare, _ = cpu(lambda: x.T @ x)
    grouped, by_agent = cpu(lambda: group_moments(x, agent, AGENTS))
    found.append(("bare product X'X, 10 drivers", bare, 1.0, None))
    found.append((f"moments of 10 drivers by {AGENTS} agents", grouped, grouped / bare, None))
    sampled, drawn = cpu(lambda: by_agent.drawn(bootstrap_counts(AGENTS, DRAWS, np.random.default_rng(1))))
    swept, _ = cpu(lambda: lmg(drawn))
    found.append((f"{DRAWS:,} clustered draws of LMG of 10 drivers", sampled + swept, (sampled + swept) / grouped, 0.5))
    slow, _ = cpu(lambda: [lmg(one) for one in drawn[:20]], 1)
    found.append(
        (
            "the same one draw at a time (ratio to all at once)",
            slow * DRAWS / 20,
            slow * DRAWS / 20 / (sampled + swept),
            None,
        )
    )
    return found


def tables_table(n: int) -> list[tuple[str, float, float, float | None]]:
    """Statistics of a cross-table of coded columns; ratios are to counting it."""
    rng = np.random.default_rng(4)
    rating = rng.integers(0, 5, n).astype(np.uint8)
    effort = np.clip(6 - rating + rng.integers(-2, 3, n), 0, 6).astype(np.uint8)
    counting, table = cpu(lambda: code_table(effort, rating, sizes=(7, 5)))
    statistics: dict[str, Callable] = {
        "chi-square": lambda: independence(Crosstab(table)), "gamma, tau, Somers' D with errors": lambda: ordinal_measures(table),
        "Kendall's test": lambda: kendall_variance(table), "Mann-Whitney": lambda: rank_sum(table[0], table[1]), "P(better)": lambda: better(table[0], table[1]),
    }  # fmt: skip
    found = [("count of a 7 x 5 table", counting, 1.0, None)]
    for name, call in statistics.items():
        spent = cpu(lambda call=call: [call() for _ in range(100)])[0] / 100
        found.append((f"{name}, count included", counting + spent, (counting + spent) / counting, 0.02))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    options = parser.parse_args()
    missed = False
    print(f"{options.rows:,} rows\n\n| what | CPU s | ratio | gate s | |\n|---|---|---|---|---|")
    for what, spent, ratio, gate in drivers_table(options.rows) + tables_table(options.rows):
        over = gate is not None and spent > gate
        missed |= over
        print(f"| {what} | {spent:.4f} | {ratio:.1f} | {'' if gate is None else gate} | {'MISSED' * over} |")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
