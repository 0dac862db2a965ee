"""Contacts and their ratings, with a patch or without it, on the same random numbers."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from scipy.special import ndtr, ndtri

from ccsat.worlds import company as co
from ccsat.worlds.people import Agents, Customers, Streams, make_agents, make_customers, pick
from ccsat.worlds.story import Patch


@dataclass(frozen=True, kw_only=True)
class Calls:
    """One entry a contact. `slot` and `turn` name it in every variant of the same world.

    `at` is in hours from the start of the world; `week` counts from 1.
    """

    slot: np.ndarray
    turn: np.ndarray  # 0: first contact on the issue; then its repeats
    at: np.ndarray
    customer: np.ndarray
    agent: np.ndarray
    line: np.ndarray  # position in L2
    online: np.ndarray
    region: np.ndarray
    unreminded: np.ndarray
    transfer: np.ndarray
    cycle: np.ndarray  # hours beyond the usual repair, 0 where nobody goes out
    resolved: np.ndarray
    wait: np.ndarray
    attitude: np.ndarray
    noise: np.ndarray
    invite_luck: np.ndarray
    answer_luck: np.ndarray
    rating: np.ndarray
    invited: np.ndarray
    answered: np.ndarray

    def __len__(self) -> int:
        return len(self.slot)

    @property
    def week(self) -> np.ndarray:
        return (self.at // 168).astype(int) + 1

    @property
    def current(self) -> np.ndarray:
        return self.week >= co.FIRST_CURRENT_WEEK

    def take(self, keep: np.ndarray) -> Calls:
        """Some of the contacts."""
        return Calls(**{f.name: getattr(self, f.name)[keep] for f in fields(self)})


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One variant of a world."""

    seed: int
    size: float
    customers: Customers
    agents: Agents
    reminded: np.ndarray
    calls: Calls


def simulate(seed: int, size: float, patch: Patch) -> Outcome:
    """A world's contacts and ratings under a patch; the same seed gives the same draws under any patch."""
    streams = Streams(seed)
    customers, agents = make_customers(streams, size), make_agents(streams, size)
    reminded = patch.reminded(customers)
    first = _first_contacts(streams, size, customers, reminded)
    present, calls = first.pop("present"), first
    draw = {name: streams(f"contacts.{name}") for name in (
        "agent", "transfer", "resolved", "wait", "attitude", "noise", "invited", "answered", "repeat", "delay",
        "delay_kind", "delay_soon", "delay_late", "other_channel", "volume")}  # fmt: skip
    n = len(present)
    cycle = np.where(
        calls["line"] == co.ONSITE,
        streams("contacts.cycle").lognormal(np.log(co.CYCLE_MEDIAN), co.CYCLE_SIGMA, n) - co.CYCLE_MEDIAN,
        0.0,
    )
    spare = calls.pop("spare")
    parts, at, online = [], calls.pop("at"), calls.pop("online")
    for turn in range(co.GENERATIONS):
        now = _contacts(draw, agents, turn=turn, at=at, online=online, cycle=cycle, **calls)
        if turn == 0:
            volume = patch.volume(now) * np.where(now.unreminded, co.UNREMINDED_VOLUME, 1.0)
            present = draw["volume"].random(n) < np.where(spare, volume - 1, volume)
        now = _resolve(now, agents, patch)
        parts.append(now.take(present))
        present, at, online = _repeats(draw, now, present)
    calls = Calls(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Calls)})
    calls = calls.take((calls.at >= 0) & (calls.at < 24 * co.DAYS))
    calls = calls.take(np.lexsort((calls.slot, calls.at)))
    return Outcome(
        seed=seed,
        size=size,
        customers=customers,
        agents=agents,
        reminded=reminded,
        calls=_rate(calls, customers, agents, patch),
    )


def _first_contacts(streams: Streams, size: float, customers: Customers, reminded: np.ndarray) -> dict:
    """Every first contact that any patch can bring about: when, by whom, about what.

    A week before the start is played too, so that the first days have their repeats.
    """
    shares, firsts = co.first_contact_shares()
    weeks = np.arange(co.WEEKS + 1)
    drift = 1 + co.DRIFT * np.sin(2 * np.pi * weeks / co.WEEKS)
    counts = streams("contacts.count").poisson(co.CONTACTS_PER_WEEK * size * firsts * drift)
    n = int(counts.sum())
    day = 7 * (np.repeat(weeks, counts) - 1) + pick(streams("contacts.day").random(n), co.DAY_WEIGHTS)
    line = pick(streams("contacts.line").random(n), shares)
    double = np.flatnonzero(np.isin(co.PARENT[line], co.SPARE_LINES))
    day, line = np.concatenate([day, day[double]]), np.concatenate([line, line[double]])
    spare = np.arange(len(day)) >= n
    n = len(day)
    low, high = ndtr((8 - 14.5) / 4), ndtr((22 - 14.5) / 4)
    hour = 14.5 + 4 * ndtri(low + (high - low) * streams("contacts.hour").random(n))
    customer = _callers(streams, customers, day, line)
    region = customers.region[customer]
    unreminded = (line == co.VAS_CHARGE) & ~reminded[customer]
    return {"slot": np.arange(n), "spare": spare, "present": ~spare, "at": 24 * day + hour, "customer": customer,
            "line": line, "online": streams("contacts.channel").random(n) < co.ONLINE, "region": region,
            "unreminded": unreminded}  # fmt: skip


def _callers(streams: Streams, customers: Customers, day: np.ndarray, line: np.ndarray) -> np.ndarray:
    """Who calls: anyone; about broadband, one who has it; about a value-added charge, one whose trial just ended."""
    draws = streams("contacts.customer").random(len(day))
    who = (draws * len(customers)).astype(int)
    with_broadband = np.flatnonzero(customers.has_broadband)
    broadband = co.PARENT[line] == co.L1.index("broadband_fault")
    who[broadband] = with_broadband[(draws[broadband] * len(with_broadband)).astype(int)]
    lag = pick(streams("contacts.lag").random(len(day)), co.TRIAL_LAGS)
    by_end = np.argsort(customers.trial_day, kind="stable")
    ends = customers.trial_day[by_end]
    charged = line == co.VAS_CHARGE
    wanted = np.maximum(day[charged] - lag[charged], -14)
    low, high = np.searchsorted(ends, wanted, "left"), np.searchsorted(ends, wanted, "right")
    lone = low == high  # nobody's trial ended that day: a small world; the next end will do
    low, high = (
        np.where(lone, np.minimum(low, len(ends) - 1), low),
        np.where(lone, np.minimum(low, len(ends) - 1) + 1, high),
    )
    who[charged] = by_end[low + (draws[charged] * (high - low)).astype(int)]
    return who


def _contacts(
    draw: dict, agents: Agents, *, slot, turn, at, customer, line, online, region, unreminded, cycle
) -> Calls:
    n = len(slot)
    agent = draw["agent"].integers(0, len(agents), n)
    transfer = draw["transfer"].random(n) < np.where(online, co.TRANSFER_ONLINE, co.TRANSFER_PHONE)
    empty = np.zeros(n, dtype=bool)
    return Calls(
        slot=slot, turn=np.full(n, turn), at=at, customer=customer, agent=agent, line=line, online=online, region=region,
        unreminded=unreminded, transfer=transfer, cycle=cycle, resolved=draw["resolved"].random(n),
        wait=draw["wait"].gamma(0.7, 25.0, n) * np.where(online, 0.6, 1.0),
        attitude=agents.attitude[agent] + draw["attitude"].normal(0, 0.9, n), noise=draw["noise"].logistic(0, 1, n),
        invite_luck=draw["invited"].random(n), answer_luck=draw["answered"].random(n),
        rating=np.zeros(n, dtype=np.int8), invited=empty, answered=empty,
    )  # fmt: skip


def _resolve(calls: Calls, agents: Agents, patch: Patch) -> Calls:
    """Whether each contact was resolved; `resolved` holds a uniform draw until here."""
    complexity = co.COMPLEXITY[calls.line]
    logit = (co.RESOLVED["intercept"] + co.RESOLVED["complexity"] * complexity
             + co.RESOLVED["novice"] * agents.novice[calls.agent] * complexity
             + co.RESOLVED["transfer"] * calls.transfer
             + co.RESOLVED["cycle"] * np.clip(calls.cycle, -10, 60) + patch.resolved(calls))  # fmt: skip
    return replace(calls, resolved=calls.resolved < co.expit(logit))


def _repeats(draw: dict, calls: Calls, present: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Which contacts come back on the same issue, when, and by which channel."""
    n = len(calls)
    chance = np.where(calls.resolved, co.REPEAT_RESOLVED, co.REPEAT_UNRESOLVED)
    soon = 0.08 + draw["delay_soon"].exponential(0.7, n)
    late = draw["delay_late"].lognormal(np.log(14), 0.9, n)
    unresolved = np.where(draw["delay_kind"].random(n) < 0.32, soon, late)
    delay = np.where(calls.resolved, 168 * draw["delay"].random(n), unresolved)
    again = present & (draw["repeat"].random(n) < chance)
    return again, calls.at + delay, calls.online ^ (draw["other_channel"].random(n) < co.OTHER_CHANNEL)


def _rate(calls: Calls, customers: Customers, agents: Agents, patch: Patch) -> Calls:
    """The rating every contact would get, who is invited, and who answers."""
    outage = ((calls.region == co.REGIONS.index(co.OUTAGE["region"]))
              & (co.PARENT[calls.line] == co.L1.index(co.OUTAGE["line"]))
              & (calls.at >= 24 * co.OUTAGE["day"] + co.OUTAGE["hours"][0])
              & (calls.at < 24 * co.OUTAGE["day"] + co.OUTAGE["hours"][1]))  # fmt: skip
    eta = (co.ETA["intercept"] + co.BETA[calls.line] + co.ETA["resolved"] * (calls.resolved - 0.8)
           + co.ETA["attitude"] * calls.attitude + co.ETA["wait"] * np.log1p(calls.wait / 20)
           + co.ETA["transfer"] * calls.transfer + co.ETA["online"] * calls.online
           + co.ETA["cycle"] * np.clip(calls.cycle, 0, 60)
           + customers.effect[calls.customer] + agents.effect[calls.agent]
           + co.WORSE_REGION_ETA * (calls.region == co.REGIONS.index(co.WORSE_REGION))
           + co.BETTER_TEAM_ETA * (agents.team[calls.agent] == co.TEAMS.index(co.BETTER_TEAM))
           + co.WEEKEND_ETA * ((calls.at // 24) % 7 >= 5) + co.OUTAGE["eta"] * outage
           + co.UNREMINDED_ETA * calls.unreminded + patch.eta(calls))  # fmt: skip
    rating = 1 + (eta[:, None] + calls.noise[:, None] > co.THRESHOLDS).sum(axis=1)
    answer = co.expit(co.ANSWER["intercept"] + co.ANSWER["bad"] * (rating <= 2) + co.ANSWER["middling"] * (rating == 3)
                      + co.ANSWER["online"] * calls.online)  # fmt: skip
    invited = calls.invite_luck < co.INVITED
    return replace(
        calls, rating=rating.astype(np.int8), invited=invited, answered=invited & (calls.answer_luck < answer)
    )
