"""Erlang C and Erlang A on plain numbers: how long do callers wait for a number of agents?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import betainc, digamma, logsumexp

TAIL = 1e-12  # probability of the states that a truncated chain leaves out
CHUNK = 64  # states of the first piece of a chain; each piece is twice the one before
MOST_STATES = 20_000_000
PATIENT = 1e-9  # abandonments per service time and agent, below which callers are taken to wait for ever

FIELDS_C = ("load", "occupancy", "p_wait", "service_level", "asa_s", "queue")
FIELDS_A = ("load", "occupancy", "p_wait", "service_level", "abandon_rate", "wait_s", "asa_s", "queue")


def wait_chance(load: float, staff: int) -> float:
    """The chance that a caller has to wait when nobody hangs up (Erlang C).

    The reciprocal of the blocking chance is a sum of products N/A, N(N-1)/A^2, ...: their logs are added up, so nothing overflows.

    Args:
        load: Erlangs: calls an hour times handling time in hours.
        staff: Agents.

    Returns:
        NaN where staff are not more than the load: the queue would grow without end.

    Source:
        Erlang (1917); Gross, Shortle, Thompson, Harris (2008), Fundamentals of Queueing Theory, ch. 2.
    """
    if load == 0:
        return 0.0
    if not staff > load:
        return np.nan
    inverse = _log_inverse_blocking(load, staff)  # log(1 / B)
    # C = B / (1 - rho (1 - B)) = 1 / (1/B - rho (1/B - 1)) = 1 / (rho + (1 - rho) / B)
    rho = load / staff
    return float(np.exp(-np.logaddexp(np.log(rho), np.log1p(-rho) + inverse)))


def _log_inverse_blocking(load: float, staff: int) -> float:
    """log of the sum over k of N! / (N - k)! / A^k, k = 0 ... N: the reciprocal of Erlang B."""
    steps = np.log(np.arange(staff, 0, -1, dtype=float)) - np.log(load)
    return float(np.logaddexp(0.0, logsumexp(np.cumsum(steps))))


def queue_c(calls: float, aht: float, staff: int, within: float) -> tuple[float, ...]:
    """`FIELDS_C` for one set of numbers; calls an hour, seconds, agents. NaN beyond the load where staff do not exceed it."""
    load = calls * aht / 3600
    chance = wait_chance(load, staff)
    occupancy = load / staff
    if np.isnan(chance):
        return load, occupancy, np.nan, np.nan, np.nan, np.nan
    free = staff - load
    asa = chance * aht / free
    level = 1 - chance * np.exp(-free * within / aht) if aht > 0 else 1.0
    return load, occupancy, chance, level, asa, asa * calls / 3600


def queue_a(calls: float, aht: float, staff: int, within: float, patience: float) -> tuple[float, ...]:
    """`FIELDS_A` for one set of numbers: callers hang up after an exponential time of mean `patience` seconds.

    The chain of callers in the system is cut where less than 1e-12 is left. A caller who finds j waiting is served after j + 1
    steps of the chain without him; e^(-that wait / patience) has a beta distribution, which gives the shares answered in time.

    Source:
        Palm (1957); Garnett, Mandelbaum, Reiman (2002), Manufacturing & Service Operations Management 4, 208-227.
    """
    load = calls * aht / 3600
    if load == 0:
        return 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0
    theta, impatience = 1 / patience, aht / patience
    if not np.isfinite(patience) or impatience < PATIENT * staff:
        found = queue_c(calls, aht, staff, within)
        lost = np.nan if np.isnan(found[2]) else 0.0
        return (*found[:4], lost, found[4], found[4], found[5])
    # Weights of the states, as multiples of the state in which all are busy and nobody waits.
    below = _log_inverse_blocking(load, staff)  # states 0 ... N
    waiting, start, last, size = [], 0, 0.0, CHUNK
    while True:
        j = np.arange(start + 1, start + size + 1, dtype=float)
        part = last + np.cumsum(np.log(load) - np.log(staff + j * impatience))
        waiting.append(part)
        start, last, size = start + size, float(part[-1]), 2 * size
        ratio = load / (staff + (start + 1) * impatience)
        everything = np.logaddexp(below, logsumexp(np.concatenate(waiting)))
        if ratio < 1 and last + np.log(ratio) - np.log1p(-ratio) - everything < np.log(TAIL):
            break
        if start > MOST_STATES:
            return load, *(np.nan,) * 7
    weights = np.concatenate([[0.0], *waiting])  # j = 0, 1, ...
    chance = np.exp(weights - everything)  # of j waiting, all agents busy
    j = np.arange(len(chance))
    queue, busy = float(j @ chance), float(chance.sum())
    lost = queue * theta * 3600 / calls
    rate = staff / impatience  # services per abandonment
    answered = chance * rate / (rate + j + 1)  # found j waiting and will be served
    in_time = answered * (1 - betainc(rate + 1, j + 1, np.exp(-within * theta)))
    waited = answered * (digamma(rate + j + 2) - digamma(rate + 1)) * patience
    served = 1 - busy + float(answered.sum())
    occupancy = load * (1 - lost) / staff
    return (load, occupancy, busy, 1 - busy + float(in_time.sum()), lost, queue * 3600 / calls, float(waited.sum()) / served, queue)  # fmt: skip


def each(found: Callable[..., tuple[float, ...]], fields: tuple[str, ...], *given: np.ndarray) -> dict[str, np.ndarray]:
    """A function of single numbers on arrays; what occurs more than once is computed once."""
    spread = np.broadcast_arrays(*(np.asarray(one, dtype=float) for one in given))
    rows = np.column_stack([one.ravel() for one in spread])
    once, back = np.unique(rows, axis=0, return_inverse=True)
    made = np.array([found(row[0], row[1], int(row[2]), *row[3:]) for row in once], dtype=float).reshape(len(once), -1)
    full = made[np.ravel(back)]
    return {name: full[:, k].reshape(spread[0].shape) for k, name in enumerate(fields)}
