"""Do tests raise false alarms at their level, and do intervals hold the truth, when surveys come in agents?

    python benchmarks/methods.py [--parts alarms,shares,ledger,mix] [--draws 2000] [--jobs 2] [--seed 1]

One row a method and setting: the rate found, its Monte Carlo standard error, and the bar (false alarms of a 5 % test 4 to 6 %,
coverage of a 95 % interval 93 to 97 %). A rate outside its bar by more than two of its errors is MISSED, and the program
exits with 1; one that is outside by less is "near". Progress goes to standard error. The full run takes about three quarters of
an hour on two cores.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from scipy.special import ndtri

from ccsat.ledgers.reasons import reason_ledger
from ccsat.methods.decompose import mix_rate_split, segment_deductions
from ccsat.methods.drivers import rank_drivers
from ccsat.methods.mean_compare import welch_t
from ccsat.methods.nominal_shares import two_proportions
from ccsat.methods.nominal_tests import chi_square
from ccsat.methods.rank_compare import brunner_munzel, mann_whitney
from ccsat.methods.roles import Roles
from ccsat.numerics.importance import lmg

ALARMS, COVERAGE = (0.04, 0.06), (0.93, 0.97)
ICCS = (0.0, 0.02, 0.05, 0.10)
CHUNK = 25
CUTS = ndtri(np.cumsum([0.06, 0.08, 0.16, 0.33]))  # of satisfaction, into answers of 1 to 5
REASONS = ("wait", "attitude", "rule", "skill")
CHANNELS = ("phone", "chat", "bot", "mail")


def sizes(rng: np.random.Generator, agents: int, mean: int, *, unequal: bool) -> np.ndarray:
    """Surveys of each agent, at least 2; unequal ones have a coefficient of variation of about 0.6."""
    return np.maximum(rng.poisson(mean * (rng.gamma(3, 1 / 3, agents) if unequal else np.ones(agents))), 2)


def satisfaction(rng: np.random.Generator, agent: np.ndarray, icc: float) -> np.ndarray:
    """Normal satisfaction with variance 1, of which agents make `icc`."""
    lift = rng.normal(0, np.sqrt(icc), int(agent.max()) + 1) if icc else np.zeros(int(agent.max()) + 1)
    return lift[agent] + rng.normal(0, np.sqrt(1 - icc), len(agent))


# False alarms ---------------------------------------------------------------------------------------


def two_groups(rng: np.random.Generator, design: str, icc: float) -> pd.DataFrame:
    """Two groups without a difference: two teams of 15 agents, or 30 agents in two periods."""
    agent = np.repeat(np.arange(30), sizes(rng, 30, 30, unequal=design != "teams, equal"))
    group = rng.integers(0, 2, len(agent)) if design == "periods" else agent % 2
    felt = satisfaction(rng, agent, icc)
    rating = np.digitize(felt, CUTS) + 1
    return pd.DataFrame({
        "agent": agent, "group": np.array(["a", "b"])[group], "minutes": np.exp(1.5 + 0.5 * felt),
        "rating": pd.Categorical(rating, [1, 2, 3, 4, 5], ordered=True), "good": rating >= 4, "answer": np.array(["low", "low", "middle", "good", "good"])[rating - 1],
    })  # fmt: skip


ALARM_CALLS: dict[str, Callable] = {
    "ordinal: mann_whitney": lambda t: mann_whitney(t, "rating", "group", cluster="agent"),
    "ordinal: brunner_munzel": lambda t: brunner_munzel(t, "rating", "group", cluster="agent"),
    "nominal: two_proportions": lambda t: two_proportions(t, "good", "group", cluster="agent"),
    "nominal: chi_square": lambda t: chi_square(t, "answer", "group", cluster="agent"),
    "interval: welch_t": lambda t: welch_t(t, "minutes", "group", cluster="agent"),
}


def alarms(rng: np.random.Generator, setting: tuple) -> dict[str, bool]:
    table = two_groups(rng, *setting)
    return {name: call(table).p_value < 0.05 for name, call in ALARM_CALLS.items()}


# Coverage of driver shares --------------------------------------------------------------------------

SLOPES = np.array([0.4, 0.3, 0.2, 0.1, 0.0])
ALIKE = 0.3  # correlation of every two drivers
R2 = 0.3


def driver_rows(rng: np.random.Generator, model: str, agents: int, icc: float, mean: int = 25) -> pd.DataFrame:
    """Five drivers, one of them without effect; agents move drivers and outcome."""
    p = len(SLOPES)
    agent = np.repeat(np.arange(agents), sizes(rng, agents, mean, unequal=True))
    root = np.linalg.cholesky(np.full((p, p), ALIKE) + (1 - ALIKE) * np.eye(p))
    lift = rng.normal(0, np.sqrt(icc), (agents, p)) if icc else np.zeros((agents, p))
    x = (lift[agent] + rng.normal(0, np.sqrt(1 - icc), (len(agent), p))) @ root.T
    noise = np.sqrt((1 - R2) / R2 * explained_variance()) * satisfaction(rng, agent, icc)
    frame = pd.DataFrame(x, columns=[f"x{k}" for k in range(p)]).assign(agent=agent)
    if model == "linear":
        return frame.assign(y=x @ SLOPES + noise)
    rated = np.digitize(x, [-1.2, -0.4, 0.4, 1.2])
    felt = (
        2 * (rated - 2) @ SLOPES
        + rng.logistic(size=len(agent))
        + satisfaction(rng, agent, icc) * np.sqrt(np.pi**2 / 3 * icc)
    )
    y = pd.Categorical(np.digitize(felt, [-2.5, -1, 0.5, 2.5]) + 1, [1, 2, 3, 4, 5], ordered=True)
    return pd.DataFrame(rated + 1, columns=[f"x{k}" for k in range(p)]).assign(agent=agent, y=y)


def explained_variance() -> float:
    return float(SLOPES @ (np.full((5, 5), ALIKE) + (1 - ALIKE) * np.eye(5)) @ SLOPES)


@cache
def true_shares(model: str, agents: int, icc: float) -> np.ndarray:
    """Of the linear model by its moments; of the ordered logit by a sample of a million rows."""
    if model == "linear":
        s = np.full((5, 5), ALIKE) + (1 - ALIKE) * np.eye(5)
        moments = np.block([[s, (s @ SLOPES)[:, None]], [SLOPES @ s, np.array([[explained_variance() / R2]])]])
        return (found := lmg(moments)[0]) / found.sum()
    big = driver_rows(np.random.default_rng(99), model, 40_000, icc)
    answer = rank_drivers(big, "y", [f"x{k}" for k in range(5)], roles=Roles(cluster=False), draws=2, orders=0)
    return answer.table.set_index("driver")["share"].loc[[f"x{k}" for k in range(5)]].to_numpy()


def shares(rng: np.random.Generator, setting: tuple) -> dict[str, bool]:
    table, truth = driver_rows(rng, *setting), true_shares(*setting)
    answer = rank_drivers(table, "y", [f"x{k}" for k in range(5)], roles=Roles(cluster="agent"), draws=1000, rng=rng)
    found = answer.table.set_index("driver")
    inside = {
        f"share of x{k} ({truth[k]:.2f})": bool(found.loc[f"x{k}", "lower"] <= truth[k] <= found.loc[f"x{k}", "upper"])
        for k in range(5)
    }
    gap = answer.extra["pairs"].set_index(["driver_a", "driver_b"])
    a, b = ("x0", "x1") if ("x0", "x1") in gap.index else ("x1", "x0")
    true_gap = (truth[0] - truth[1]) * (1 if a == "x0" else -1)
    return inside | {"difference of x0 and x1": bool(gap.loc[(a, b), "lower"] <= true_gap <= gap.loc[(a, b), "upper"])}


# Coverage of ledgers --------------------------------------------------------------------------------


def survey_rows(rng: np.random.Generator, agents: int, icc: float, period: int = 0, mean: int = 40) -> pd.DataFrame:
    """Surveys in channels, whose mix and satisfaction differ between two periods.

    Every channel's share moves and none is average: where both are 0 a mix term is a product of two errors, of which any
    interval made from first derivatives holds the truth too often.
    """
    agent = np.repeat(np.arange(agents), sizes(rng, agents, mean, unequal=True))
    lean = rng.dirichlet(8 * np.array([[0.40, 0.30, 0.20, 0.10], [0.28, 0.22, 0.33, 0.17]][period]), agents)
    channel = (rng.random(len(agent))[:, None] > lean.cumsum(1)[agent]).sum(1).clip(0, 3)
    felt = satisfaction(rng, agent, icc) + np.array([[0.3, 0.1, -0.5, -0.3], [0.2, 0.2, -0.3, -0.4]])[period][channel]
    return pd.DataFrame(
        {
            "agent": agent,
            "channel": np.array(CHANNELS)[channel],
            "score": 25.0 * np.digitize(felt, CUTS),
            "period": period,
        }
    )


def reason_rows(rng: np.random.Generator, customers: int, icc: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Surveys of customers who come again and lean to reasons of their own; one or two reasons a bad survey."""
    customer = np.repeat(np.arange(customers), rng.choice([1, 2, 3, 6], customers, p=[0.5, 0.3, 0.15, 0.05]))
    lost = 1 - np.digitize(satisfaction(rng, customer, 4 * icc), CUTS) / 4
    lean = rng.dirichlet(4 * np.array([0.4, 0.3, 0.2, 0.1]), customers).cumsum(1)
    key = np.arange(len(customer))
    bad = key[lost > 0.3]
    first, second = ((rng.random(len(bad))[:, None] > lean[customer[bad]]).sum(1).clip(0, 3) for _ in range(2))
    two = (rng.random(len(bad)) < 0.4) & (first != second)
    mentions = pd.DataFrame(
        {"row_key": np.concatenate([bad, bad[two]]), "reason": np.array(REASONS)[np.concatenate([first, second[two]])]}
    )
    rows = pd.DataFrame({"row_key": key, "deduction": lost, "customer_id": customer})
    return rows, mentions


@cache
def true_ledger(kind: str, size: int, icc: float) -> dict[str, float]:
    """Points of a sample of about a million rows."""
    rng = np.random.default_rng(98)
    if kind == "reasons":
        table = reason_ledger(*reason_rows(rng, 600_000, icc), draws=2).table
        return table.set_index("reason")["points"].to_dict()
    return (
        segment_deductions(survey_rows(rng, 25_000, icc), "score", "channel", full=100, cluster=False)
        .table.set_index("group")["points"]
        .to_dict()
    )


def ledger(rng: np.random.Generator, setting: tuple) -> dict[str, bool]:
    kind, size, icc = setting
    truth = true_ledger(*setting)
    if kind == "reasons":
        table = reason_ledger(*reason_rows(rng, size, icc), rng=rng).table.set_index("reason")
    else:
        table = segment_deductions(
            survey_rows(rng, size, icc), "score", "channel", full=100, cluster="agent"
        ).table.set_index("group")
    return {
        f"points of {name}": bool(table.loc[name, "lower"] <= truth[name] <= table.loc[name, "upper"]) for name in truth
    }


@cache
def true_mix(agents: int, icc: float) -> pd.DataFrame:
    rng = np.random.default_rng(97)
    both = pd.concat([survey_rows(rng, 20_000, icc, period) for period in (0, 1)])
    return mix_rate_split(both, "score", "channel", period="period", cluster=False).table.set_index("group")


def mix(rng: np.random.Generator, setting: tuple) -> dict[str, bool]:
    agents, icc = setting
    both = pd.concat([survey_rows(rng, agents, icc, period) for period in (0, 1)], ignore_index=True)
    both["agent"] += agents * both["period"]
    found, truth = (
        mix_rate_split(both, "score", "channel", period="period", cluster="agent").table.set_index("group"),
        true_mix(agents, icc),
    )
    limits = {"mix": ("mix_lower", "mix_upper"), "rate": ("rate_lower", "rate_upper"), "points": ("lower", "upper")}
    return {f"{term} of {name}": bool(found.loc[name, low] <= truth.loc[name, term] <= found.loc[name, high])
            for term, (low, high) in limits.items() for name in CHANNELS}  # fmt: skip


# ----------------------------------------------------------------------------------------------------

PARTS: dict[str, tuple[Callable, tuple[float, float], list[tuple]]] = {
    "alarms": (
        alarms,
        ALARMS,
        [(design, icc) for design in ("teams, equal", "teams, unequal", "periods") for icc in ICCS],
    ),
    "shares": (
        shares,
        COVERAGE,
        [("linear", 40, 0.05), ("linear", 100, 0.05), ("linear", 40, 0.0), ("ordered", 40, 0.05)],
    ),
    "ledger": (
        ledger,
        COVERAGE,
        [("segments", 40, icc) for icc in (0.0, 0.05, 0.10)] + [("reasons", 600, icc) for icc in (0.0, 0.05)],
    ),
    "mix": (mix, COVERAGE, [(40, icc) for icc in (0.0, 0.05, 0.10)]),
}


def chunk(part: str, place: int, number: int, draws: int, seed: int) -> tuple[str, int, dict[str, np.ndarray]]:
    """Some draws of a setting; the same whatever else runs."""
    call, _, settings = PARTS[part]
    rng = np.random.default_rng([seed, list(PARTS).index(part), place, number])
    rows = [call(rng, settings[place]) for _ in range(draws)]
    return part, place, {name: np.array([row[name] for row in rows]) for name in rows[0]}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    parts = [part for part in PARTS if part in options.parts.split(",")]
    counts = [min(CHUNK, options.draws - at) for at in range(0, options.draws, CHUNK)]
    tasks = [
        (part, place, number, draws)
        for part in parts
        for place in range(len(PARTS[part][2]))
        for number, draws in enumerate(counts)
    ]
    found: dict[tuple, list[dict]] = {}
    start = time.monotonic()
    with ProcessPoolExecutor(options.jobs) as pool:
        waiting = [pool.submit(chunk, *task, options.seed) for task in tasks]
        for done, future in enumerate(as_completed(waiting), 1):
            part, place, hits = future.result()
            found.setdefault((part, place), []).append(hits)
            print(
                f"\r{done} of {len(tasks)} chunks, {time.monotonic() - start:.0f} s",
                end="",
                file=sys.stderr,
                flush=True,
            )
    print(file=sys.stderr)
    missed = False
    print("| part | setting | what | rate | MC error | bar | |\n|---|---|---|---|---|---|---|")
    for part, place in sorted(found, key=lambda key: (parts.index(key[0]), key[1])):
        _, (low, high), settings = PARTS[part]
        for name in found[part, place][0]:
            hits = np.concatenate([one[name] for one in found[part, place]])
            rate = float(hits.mean())
            error = float(np.sqrt(max(rate * (1 - rate), 0.01) / len(hits)))
            off = max(low - rate, rate - high, 0)
            missed |= off > 2 * error
            verdict = "MISSED" if off > 2 * error else "near" if off > 0 else ""
            print(
                f"| {part} | {', '.join(map(str, settings[place]))} | {name} | {100 * rate:.1f} % | {100 * error:.1f} | {100 * low:.0f} to {100 * high:.0f} % | {verdict} |"
            )
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
