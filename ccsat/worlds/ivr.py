"""Calls at the voice menu: how far they get, who reaches an agent, who is served, and who only seems to be."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ccsat.worlds import company as co
from ccsat.worlds.people import Streams, pick
from ccsat.worlds.simulate import Outcome

CALLS_PER_WEEK = 9000
LEVELS = 4
OUTCOMES = ("self_served", "to_agent", "abandoned")
SERVED, AGENT, ABANDONED = range(3)
# Per level, of those who get there. Exits are documented; the rest is set so that 53, 36 and 11 % come out.
EXIT = 0.04
TO_AGENT = (0.30, 0.03, 0.02, 0.055)  # the agent key is at level 1
FINISHES = (0.0, 0.03, 0.08)  # self-service items that end above the last level; there everyone else is served
SOLVED = 0.85  # of the self-served
ABANDONS = 0.5  # of those kept from an agent; the others end in a self-service item that they did not want


@dataclass(frozen=True, kw_only=True)
class MenuCalls:
    """One entry a call, by time. `at` is in hours from the start; calls that are put through to a contact begin before it."""

    at: np.ndarray
    customer: np.ndarray
    line: np.ndarray  # position in L2: what it is about
    luck: np.ndarray
    other: np.ndarray  # the story's own menu and not the usual one
    seeks: np.ndarray  # would reach an agent in the usual menu
    outcome: np.ndarray  # position in OUTCOMES
    level: np.ndarray  # the last one reached, from 1
    strayed: np.ndarray  # wanted an agent and ended in a self-service item
    contact: np.ndarray  # position of the contact that it was put through to, -1: none
    later: np.ndarray  # position of a later contact on the same issue, -1: none

    def __len__(self) -> int:
        return len(self.at)

    @property
    def day(self) -> np.ndarray:
        return (self.at // 24).astype(int)

    @property
    def current(self) -> np.ndarray:
        return self.day >= co.first_day(co.FIRST_CURRENT_WEEK)

    @property
    def online(self) -> np.ndarray:
        return np.zeros(len(self), dtype=bool)


def play_menu(world: Outcome) -> MenuCalls:
    """The calls at the menu of a played world. They bring about none of its contacts: they are tied to contacts that are there."""
    streams, people, patches = Streams(world.scene.seed), world.scene.customers, world.patches
    counts = streams("ivr.count").poisson(CALLS_PER_WEEK * world.scene.size, co.WEEKS)
    n = int(counts.sum())

    def luck(name: str) -> np.ndarray:
        return streams(f"ivr.{name}").random(n)

    day = 7 * np.repeat(np.arange(co.WEEKS), counts) + pick(luck("day"), co.DAY_WEIGHTS)
    hour = 23 - np.abs(16 - np.abs(streams("ivr.hour").normal(14.5, 4.0, n) - 7))  # folded into 7 to 23
    shares, _ = co.first_contact_shares(world.scene.setting.line_shares)
    nobody = np.full(n, -1)
    calls = MenuCalls(at=24.0 * day + hour, customer=(luck("customer") * len(people)).astype(int), line=pick(luck("line"), shares),
                      luck=luck("luck"), other=nobody, seeks=nobody, outcome=nobody, level=nobody, strayed=nobody, contact=nobody,
                      later=nobody)  # fmt: skip
    outcome, level = _usual(streams("ivr.level").random((LEVELS, n)))
    seeks = outcome == AGENT
    other = np.broadcast_to(patches.new_menu(calls, world.scene), n)
    kept = seeks & (luck("kept") < patches.shift("kept_from_agent", calls, world.scene))
    leaves = luck("leaves")
    gives_up = kept & (leaves < ABANDONS)
    strayed = kept & ~gives_up
    outcome = np.select([gives_up, strayed], [ABANDONED, SERVED], outcome)
    # Where the agent key is deeper, who still gets there has gone so far; who gives up does so on the way.
    deep = 1 + (LEVELS - 1) * (leaves / ABANDONS)
    level = np.select([gives_up, strayed, seeks & other], [deep.astype(int), LEVELS, np.maximum(level, 3)], level)
    calls = replace(calls, other=other, seeks=seeks, outcome=outcome, level=level, strayed=strayed)
    calls = _tie(calls, world, streams)
    order = np.argsort(calls.at, kind="stable")
    return MenuCalls(**{name: values[order] for name, values in vars(calls).items()})


def _usual(draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Outcome and last level of each call in the usual menu."""
    n = draws.shape[1]
    outcome, level, there = np.full(n, SERVED), np.full(n, LEVELS), np.ones(n, dtype=bool)
    for k in range(LEVELS):
        ends = 1.0 if k == LEVELS - 1 else EXIT + TO_AGENT[k] + FINISHES[k]
        gone = there & (draws[k] < ends)
        outcome[gone] = np.digitize(draws[k][gone], [EXIT, EXIT + TO_AGENT[k]])
        outcome[gone] = np.array([ABANDONED, AGENT, SERVED])[outcome[gone]]
        level[gone] = k + 1
        there &= ~gone
    return outcome, level


def _tie(calls: MenuCalls, world: Outcome, streams: Streams) -> MenuCalls:
    """Calls put through, and calls of people who come back, belong to contacts of the same day that are there."""
    contacts, n = world.calls, len(calls)
    order = streams("ivr.order").random(len(contacts))
    put_through = calls.outcome == AGENT
    contact = _matched(calls.day, put_through, contacts.day, ~contacts.online, order)
    tied = contact >= 0
    waited = 45.0 * calls.level + streams("ivr.waited").exponential(10.0, n) + contacts.wait[contact]
    at = np.where(tied, contacts.at[contact] - waited / 3600, calls.at)
    free = np.ones(len(contacts), dtype=bool)
    free[contact[tied]] = False

    served = calls.outcome == SERVED
    solved = served & ~calls.strayed & (streams("ivr.solved").random(n) < SOLVED)
    again = served & (streams("ivr.again").random(n) < np.where(solved, co.REPEAT_RESOLVED, co.REPEAT_UNRESOLVED))
    soon, late = 0.08 + streams("ivr.soon").exponential(0.7, n), streams("ivr.late").lognormal(np.log(14), 0.9, n)
    unsolved = np.where(streams("ivr.kind").random(n) < 0.32, soon, late)
    delay = np.where(solved, 168 * streams("ivr.delay").random(n), unsolved)
    later = _matched(((calls.at + delay) // 24).astype(int), again, contacts.day, free, order)
    back = later >= 0
    # The call keeps its day, so that it hears the menu it heard.
    first = 24.0 * calls.day + 7
    last = np.maximum(np.minimum(contacts.at[later] - 0.05, first + 16), first)
    before = contacts.at[later] - delay
    before = np.where((before < first) | (before > last), first + calls.luck * (last - first), before)
    at = np.where(back, np.minimum(before, contacts.at[later] - 0.05), at)
    who = np.where(tied, contact, later)
    any_contact = who >= 0
    return replace(calls, at=np.maximum(at, 0.0), contact=contact, later=later,
                   customer=np.where(any_contact, contacts.customer[who], calls.customer),
                   line=np.where(any_contact, contacts.line[who], calls.line))  # fmt: skip


def _matched(
    day: np.ndarray, wants: np.ndarray, contact_day: np.ndarray, free: np.ndarray, order: np.ndarray
) -> np.ndarray:
    """For each call that wants one another free contact of its day, in random order; -1 where there is none left."""
    pool = np.flatnonzero(free)
    pool = pool[np.lexsort((order[pool], contact_day[pool]))]
    asking = np.flatnonzero(wants & (day < co.DAYS))
    asking = asking[np.argsort(day[asking], kind="stable")]
    days = np.arange(co.DAYS)
    first, size = np.searchsorted(contact_day[pool], days), np.bincount(contact_day[pool], minlength=co.DAYS)
    rank = np.arange(len(asking)) - np.searchsorted(day[asking], days)[day[asking]]
    got = rank < size[day[asking]]
    matched = np.full(len(day), -1)
    matched[asking[got]] = pool[first[day[asking[got]]] + rank[got]]
    return matched
