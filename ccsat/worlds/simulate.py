"""Contacts and their ratings, with a story's patches or without them, on the same random numbers."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from scipy.special import ndtr, ndtri

from ccsat.worlds import company as co
from ccsat.worlds.patches import Patches, Setting
from ccsat.worlds.people import Agents, Customers, Streams, make_agents, make_customers, pick
from ccsat.worlds.swings import unlucky


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What stands before anyone calls."""

    seed: int
    size: float
    setting: Setting
    customers: Customers
    agents: Agents


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
    luck: np.ndarray  # two uniform numbers that patches may use
    other_luck: np.ndarray
    transfer: np.ndarray
    hours: np.ndarray  # of the on-site repair; the usual ones where nobody goes out
    resolved: np.ndarray
    wait: np.ndarray
    attitude: np.ndarray
    noise: np.ndarray
    invite_luck: np.ndarray
    answer_luck: np.ndarray
    felt: np.ndarray  # the rating that the customer would give by the usual way of asking
    rating: np.ndarray  # the rating that the way of asking shows
    by_text: np.ndarray
    invited: np.ndarray
    answered: np.ndarray

    def __len__(self) -> int:
        return len(self.slot)

    @property
    def week(self) -> np.ndarray:
        return (self.at // 168).astype(int) + 1

    @property
    def day(self) -> np.ndarray:
        return (self.at // 24).astype(int)

    @property
    def current(self) -> np.ndarray:
        return self.week >= co.FIRST_CURRENT_WEEK

    @property
    def l1(self) -> np.ndarray:
        """Position in L1."""
        return co.PARENT[self.line]

    def take(self, keep: np.ndarray) -> Calls:
        """Some of the contacts."""
        return Calls(**{f.name: getattr(self, f.name)[keep] for f in fields(self)})


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One variant of a world."""

    scene: Scene
    patches: Patches
    reminded: np.ndarray
    calls: Calls


def set_scene(seed: int, size: float, setting: Setting, *, agents: Agents | None = None) -> Scene:
    """The people of a world; `agents` where they are another world's."""
    streams = Streams(seed)
    return Scene(seed=seed, size=size, setting=setting, customers=make_customers(streams, size, setting),
                 agents=make_agents(streams, size, setting) if agents is None else agents)  # fmt: skip


def simulate(scene: Scene, patches: Patches) -> Outcome:
    """A world's contacts and ratings under some patches; the same scene gives the same draws under any of them."""
    streams = Streams(scene.seed)
    reminded = scene.customers.reminder_works & patches.reminded(scene)
    first = _first_contacts(streams, scene, reminded)
    present, at, online = (first.pop(name) for name in ("present", "at", "online"))
    spare = first["spare"]
    draw = {name: streams(f"contacts.{name}") for name in (
        "agent", "newcomer", "luck", "other_luck", "transfer", "resolved", "wait", "attitude", "noise", "invited", "answered",
        "repeat", "delay", "delay_kind", "delay_soon", "delay_late", "other_channel", "volume")}  # fmt: skip
    n = len(present)
    hours = streams("contacts.cycle").lognormal(np.log(co.CYCLE_MEDIAN), co.CYCLE_SIGMA, n)
    parts = []
    for turn in range(co.GENERATIONS):
        now = _contacts(draw, scene, patches, turn=turn, at=at, online=online, hours=hours, **first)
        if turn == 0:
            volume = patches.factor("volume", now, scene) * np.where(now.unreminded, co.UNREMINDED_VOLUME, 1.0)
            present = draw["volume"].random(n) < np.where(spare, volume - 1, volume)
        now = _resolve(now, scene, patches)
        parts.append(now.take(present))
        present, at, online = _repeats(draw, now, present)
    calls = Calls(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Calls)})
    calls = calls.take((calls.at >= 0) & (calls.at < 24 * co.DAYS))
    calls = calls.take(np.lexsort((calls.slot, calls.at)))
    return Outcome(scene=scene, patches=patches, reminded=reminded, calls=_rate(calls, scene, patches))


def _first_contacts(streams: Streams, scene: Scene, reminded: np.ndarray) -> dict:
    """Every first contact that any patch can bring about: when, by whom, about what.

    A week before the start is played too, so that the first days have their repeats.
    """
    shares, firsts = co.first_contact_shares(scene.setting.line_shares)
    weeks = np.arange(co.WEEKS + 1)
    drift = 1 + co.DRIFT * np.sin(2 * np.pi * weeks / co.WEEKS)
    counts = streams("contacts.count").poisson(co.CONTACTS_PER_WEEK * scene.size * firsts * drift)
    n = int(counts.sum())
    day = 7 * (np.repeat(weeks, counts) - 1) + pick(streams("contacts.day").random(n), co.DAY_WEIGHTS)
    line = pick(streams("contacts.line").random(n), shares)
    double = np.flatnonzero(np.isin(co.PARENT[line], co.SPARE_LINES))
    day, line = np.concatenate([day, day[double]]), np.concatenate([line, line[double]])
    spare = np.arange(len(day)) >= n
    n = len(day)
    low, high = ndtr((8 - 14.5) / 4), ndtr((22 - 14.5) / 4)
    hour = 14.5 + 4 * ndtri(low + (high - low) * streams("contacts.hour").random(n))
    reminded_line = co.L2.index(scene.setting.reminded_line)
    customer = _callers(streams, scene.customers, day, line, reminded_line)
    return {"slot": np.arange(n), "spare": spare, "present": ~spare, "at": 24 * day + hour, "customer": customer,
            "line": line, "online": streams("contacts.channel").random(n) < co.ONLINE,
            "region": scene.customers.region[customer], "unreminded": (line == reminded_line) & ~reminded[customer]}  # fmt: skip


def _callers(
    streams: Streams, customers: Customers, day: np.ndarray, line: np.ndarray, reminded_line: int
) -> np.ndarray:
    """Who calls: anyone; about broadband, one who has it; about the reminded line, one whose date has just passed."""
    draws = streams("contacts.customer").random(len(day))
    who = (draws * len(customers)).astype(int)
    with_broadband = np.flatnonzero(customers.has_broadband)
    broadband = co.PARENT[line] == co.L1.index("broadband_fault")
    who[broadband] = with_broadband[(draws[broadband] * len(with_broadband)).astype(int)]
    lag = pick(streams("contacts.lag").random(len(day)), co.TRIAL_LAGS)
    by_end = np.argsort(customers.reminded_day, kind="stable")
    ends = customers.reminded_day[by_end]
    charged = line == reminded_line
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
    draw: dict, scene: Scene, patches: Patches, *, turn: int, hours: np.ndarray, spare: np.ndarray, **first
) -> Calls:
    """One generation of contacts; `resolved` holds a uniform draw, and nothing is rated."""
    n, online = len(first["slot"]), first["online"]
    nothing = np.zeros(n, dtype=np.int8)
    agent = _agent(draw, scene.agents, first["at"])
    transfer_luck = draw["transfer"].random(n)
    resolved_luck = draw["resolved"].random(n)
    wait = draw["wait"].gamma(0.7, 25.0, n) * np.where(online, 0.6, 1.0)
    tone = draw["attitude"].normal(0, 0.9, n)
    calls = Calls(
        **first, turn=np.full(n, turn), agent=agent, luck=draw["luck"].random(n), other_luck=draw["other_luck"].random(n),
        transfer=nothing, hours=hours, resolved=resolved_luck, wait=wait, attitude=tone,
        noise=draw["noise"].logistic(0, 1, n), invite_luck=draw["invited"].random(n), answer_luck=draw["answered"].random(n),
        felt=nothing, rating=nothing, by_text=nothing, invited=nothing, answered=nothing,
    )  # fmt: skip
    if turn == 0 and scene.setting.swings:
        calls = unlucky(calls, scene, spare)
    calls = replace(calls, agent=patches.agent(calls, scene))
    chance = np.where(online, co.TRANSFER_ONLINE, co.TRANSFER_PHONE) * patches.factor("transfer", calls, scene)
    return replace(
        calls,
        attitude=scene.agents.attitude[calls.agent] + calls.attitude,
        transfer=transfer_luck < chance,
        hours=np.where(calls.line == co.ONSITE, hours * patches.factor("cycle", calls, scene), co.CYCLE_MEDIAN),
        wait=wait * patches.factor("wait", calls, scene),
    )


def _agent(draw: dict, agents: Agents, at: np.ndarray) -> np.ndarray:
    """Who would take each contact: anyone who has been hired by then."""
    old = int((agents.hired_day < 0).sum())
    agent = draw["agent"].integers(0, old, len(at))
    if new := len(agents) - old:
        luck = draw["newcomer"].random(len(at)) * len(agents)
        agent = np.where((luck < new) & (at >= 24 * agents.hired_day[-1]), old + luck.astype(int), agent)
    return agent


def _resolve(calls: Calls, scene: Scene, patches: Patches) -> Calls:
    """Whether each contact was resolved; `resolved` holds a uniform draw until here."""
    complexity = co.COMPLEXITY[calls.line]
    logit = (co.RESOLVED["intercept"] + co.RESOLVED["complexity"] * complexity
             + co.RESOLVED["novice"] * scene.agents.novice[calls.agent] * complexity
             + co.RESOLVED["transfer"] * calls.transfer
             + co.RESOLVED["cycle"] * np.clip(calls.hours - co.CYCLE_MEDIAN, -10, 60)
             + patches.shift("resolved", calls, scene))  # fmt: skip
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


def _rate(calls: Calls, scene: Scene, patches: Patches) -> Calls:
    """What every customer would say, who is invited by which way, who answers, and what the answer shows."""
    customers, agents = scene.customers, scene.agents
    outage = ((calls.region == co.REGIONS.index(co.OUTAGE["region"])) & (calls.l1 == co.L1.index(co.OUTAGE["line"]))
              & (calls.at >= 24 * co.OUTAGE["day"] + co.OUTAGE["hours"][0])
              & (calls.at < 24 * co.OUTAGE["day"] + co.OUTAGE["hours"][1]))  # fmt: skip
    eta = (co.ETA["intercept"] + co.BETA[calls.line] + co.ETA["resolved"] * (calls.resolved - 0.8)
           + co.ETA["attitude"] * calls.attitude + co.ETA["wait"] * np.log1p(calls.wait / 20)
           + co.ETA["transfer"] * calls.transfer + co.ETA["online"] * calls.online
           + co.ETA["cycle"] * np.clip(calls.hours - co.CYCLE_MEDIAN, 0, 60)
           + customers.effect[calls.customer] + agents.effect[calls.agent]
           + co.WORSE_REGION_ETA * (calls.region == co.REGIONS.index(co.WORSE_REGION))
           + co.BETTER_TEAM_ETA * (agents.team[calls.agent] == co.TEAMS.index(co.BETTER_TEAM))
           + co.WEEKEND_ETA * (calls.day % 7 >= 5) + co.OUTAGE["eta"] * outage
           + co.UNREMINDED_ETA * calls.unreminded + patches.shift("eta", calls, scene))  # fmt: skip
    felt = _level(eta + calls.noise)
    by_text = np.broadcast_to(patches.by_text(calls, scene), len(calls)).copy()
    calls = replace(calls, felt=felt, rating=felt, by_text=by_text)
    invited = calls.invite_luck < co.INVITED * patches.factor("invited", calls, scene)
    logit = (co.ANSWER["intercept"] + co.ANSWER["bad"] * (felt <= 2) + co.ANSWER["middling"] * (felt == 3)
             + co.ANSWER["online"] * calls.online + patches.shift("answer", calls, scene))  # fmt: skip
    shown = _level(eta + calls.noise + patches.shift("measured", calls, scene))
    return replace(calls, rating=shown, invited=invited, answered=invited & (calls.answer_luck < co.expit(logit)))


def _level(eta: np.ndarray) -> np.ndarray:
    return (1 + (eta[:, None] > co.THRESHOLDS).sum(axis=1)).astype(np.int8)
