"""The floor: agents' days, half-hours of traffic, and quality reviews. Days and half-hours carry the full traffic."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ccsat.worlds import company as co
from ccsat.worlds.frames import date, ids, moment, text
from ccsat.worlds.people import Streams
from ccsat.worlds.simulate import Outcome

TRAFFIC = 20  # the contacts are a sample of one in twenty
CHATS = 3  # online contacts that an agent handles at a time
SHIFT = 28_800  # seconds of a scheduled day
WORK_DAYS = 5  # a week; the other two are worked in part, as overtime
OPEN, CLOSE, SLOT = 8, 22, 0.5  # half-hours
SLOTS = int((CLOSE - OPEN) / SLOT)
QUICK, PATIENCE = 20, 330.0  # seconds: answered fast; mean patience of those who give up
SHORT = 0.25  # of those who give up: within five seconds
REVIEWED = 0.02
SURFACE = ("attitude", "wording", "knowledge", "process", "recording")
HANDLED = ("talk_s", "hold_s", "acw_s")


def on_duty(world: Outcome) -> np.ndarray:
    """Agents x days: who is scheduled. The two days of a week with the fewest contacts are days off."""
    agents, calls = world.scene.agents, world.calls
    taken = _taken(world).reshape(len(agents), co.WEEKS, 7)
    order = taken + Streams(world.scene.seed)("floor.roster").random(taken.shape)
    rank = order.argsort(axis=2).argsort(axis=2)
    hired = agents.hired_day[:, None] <= np.arange(co.DAYS)
    return (rank >= 7 - WORK_DAYS).reshape(len(agents), co.DAYS) & hired & (len(calls) > 0)


def _taken(world: Outcome) -> np.ndarray:
    """Agents x days: sampled contacts."""
    agents = len(world.scene.agents)
    return np.bincount(world.calls.agent * co.DAYS + world.calls.day, minlength=agents * co.DAYS).reshape(
        agents, co.DAYS
    )


def agent_days(world: Outcome, contacts: pd.DataFrame, duty: np.ndarray) -> pd.DataFrame:
    """One row an agent and worked day: contacts of the full traffic, and the seconds of the day, which add up.

    An agent's traffic is that of the week times its share of the period's sampled contacts. Online contacts run
    side by side, so each takes a third of its time.
    """
    streams, taken = Streams(world.scene.seed), _taken(world)
    worked = duty | (taken > 0)
    answered = _answered(taken, duty, streams)
    pace = streams("floor.pace").lognormal(0, 0.06, taken.shape)
    seconds = _handling(world, contacts) * (pace * answered)[:, :, None]
    agent, day = np.nonzero(worked)
    seconds, answered, regular = np.round(seconds[agent, day]).astype(int), answered[agent, day], duty[agent, day]
    n, busy = len(agent), seconds.sum(axis=1)
    part = np.where(regular, 1.0, np.minimum(busy / SHIFT, 1.0))  # overtime has its share of breaks
    novice, monday = world.scene.agents.novice[agent], day % 7 == 0
    luck = streams("floor.aux").random((4, n))
    rest = np.round(part * 1500 * (0.8 + 0.4 * luck[0])).astype(int)
    away = np.round(part * 300 * -np.log1p(-luck[1])).clip(max=2400).astype(int)
    train = np.where(regular & (luck[2] < np.where(novice, 0.20, 0.06)), 3600, 0)
    meet = np.where(regular & (monday | (luck[3] < 0.05)), 900, 0)
    aux = rest + away + train + meet
    ready = (0.02 + 0.10 * streams("floor.ready").random(n)) * busy  # at the least
    least = np.where(regular, SHIFT * (1 - 0.03 * streams("floor.late").random(n)), 0.0)
    available = np.round(np.maximum(least - busy - aux, ready)).astype(int)
    logged_in, scheduled = busy + available + aux, np.where(regular, SHIFT, 0)
    names = np.array(world.scene.agents.names)
    return pd.DataFrame({
        "agent_id": pd.Series(names[agent], dtype="str"), "date": date(day), "answered": answered.astype(np.int16),
        **{column: values.astype(np.int32) for column, values in (
            ("paid_s", np.maximum(scheduled, logged_in)), ("scheduled_s", scheduled), ("logged_in_s", logged_in),
            ("talk_s", seconds[:, 0]), ("hold_s", seconds[:, 1]), ("acw_s", seconds[:, 2]), ("available_s", available),
            ("aux_break_s", rest), ("aux_away_s", away), ("aux_train_s", train), ("aux_meet_s", meet))},
    })  # fmt: skip


def _answered(taken: np.ndarray, duty: np.ndarray, streams: Streams) -> np.ndarray:
    """Agents x days: contacts of the full traffic, never fewer than the sampled ones."""
    agents, first = len(taken), co.first_day(co.FIRST_CURRENT_WEEK) // 7
    weeks = taken.reshape(agents, co.WEEKS, 7)
    periods = (slice(0, first), slice(first, co.WEEKS))
    share = [weeks[:, p].sum(axis=(1, 2)) / max(weeks[:, p].sum(), 1) for p in periods]
    expected = TRAFFIC * weeks.sum(axis=(0, 2)) * np.repeat(np.transpose(share), [first, co.WEEKS - first], axis=1)
    off = np.where(duty, 0, TRAFFIC * taken).reshape(weeks.shape)
    # Square roots: which days are off already follows the week's shape.
    weight = np.where(duty.reshape(weeks.shape), np.array(co.DAY_WEIGHTS) ** 0.5, 0.0)
    weight = weight / np.maximum(weight.sum(axis=2, keepdims=True), 1e-9)
    on = np.maximum(expected - off.sum(axis=2), 0)[:, :, None] * weight
    return np.maximum(streams("floor.answered").poisson((on + off).reshape(taken.shape)), taken)


def _handling(world: Outcome, contacts: pd.DataFrame) -> np.ndarray:
    """Agents x days x (talk, hold, wrap-up): mean seconds that a contact takes of the agent's time, by period."""
    calls, agents = world.calls, len(world.scene.agents)
    cell = calls.agent * 2 + calls.current
    n = np.bincount(cell, minlength=2 * agents)
    time = np.where(calls.online, 1 / CHATS, 1.0)[:, None] * contacts[list(HANDLED)].to_numpy()
    sums = np.stack([np.bincount(cell, time[:, k], minlength=2 * agents) for k in range(3)], axis=-1).reshape(
        agents, 2, 3
    )
    n = n.reshape(agents, 2, 1)
    usual = sums.sum(axis=0) / np.maximum(
        n.sum(axis=0), 1
    )  # of the period: agents with few contacts are drawn towards it
    means = (sums + 20 * usual) / (n + 20)
    period = (np.arange(co.DAYS) >= co.first_day(co.FIRST_CURRENT_WEEK)).astype(int)
    return means[:, period]


def intervals(world: Outcome, contacts: pd.DataFrame, days: pd.DataFrame) -> pd.DataFrame:
    """One row a half-hour and channel, 08:00 to 22:00: what came in, what was answered, who was needed and scheduled.

    Each week and channel has the sampled contacts' number times twenty, spread over weekdays and half-hours as all
    weeks' are. How many are answered within 20 seconds and how many give up follows the sample's waits.
    """
    calls, streams = world.calls, Streams(world.scene.seed)
    bins = np.floor((calls.at % 24 - OPEN) / SLOT).astype(int)
    inside = (bins >= 0) & (bins < SLOTS)
    week, weekday = (calls.day // 7)[inside], (calls.day % 7)[inside]
    channel = calls.online.astype(int)[inside]
    group = week * 2 + channel
    n = np.maximum(np.bincount(group, minlength=2 * co.WEEKS), 1).reshape(co.WEEKS, 2)
    mean = lambda values: np.bincount(group, values[inside], minlength=2 * co.WEEKS).reshape(co.WEEKS, 2) / n
    of_day = _shares(weekday, channel, 7)
    of_slot = _shares(bins[inside], channel, SLOTS)
    # By week, weekday, half-hour and channel.
    load = TRAFFIC * n[:, None, None, :] * of_day[None, :, None, :] * of_slot[None, None, :, :]
    answered = streams("floor.offered").poisson(load)
    wait, quick = mean(calls.wait)[:, None, None, :], mean((calls.wait <= QUICK) * 1.0)[:, None, None, :]
    lost = 1 - np.exp(-wait / PATIENCE)
    abandoned = streams("floor.abandoned").poisson(load * lost / (1 - lost))
    short = streams("floor.short").binomial(abandoned, SHORT)
    handling = mean(contacts[list(HANDLED)].to_numpy().sum(axis=1) * np.where(calls.online, 1 / CHATS, 1.0))
    erlangs = load * handling[:, None, None, :] / (3600 * SLOT)
    required = np.ceil(erlangs + 0.8 * np.sqrt(erlangs))
    start = (24 * np.arange(co.DAYS)[:, None] + OPEN + SLOT * np.arange(SLOTS)).repeat(2)
    count = {"offered": answered + abandoned, "answered": answered, "abandoned": abandoned, "short_abandoned": short,
             "answered_20s": streams("floor.quick").binomial(answered, np.broadcast_to(quick, answered.shape)),
             "required": required, "scheduled": _scheduled(required, days, float(inside.mean()))}  # fmt: skip
    return pd.DataFrame({"start": moment(start), "channel": text(np.arange(len(start)) % 2, co.CHANNELS),
                         **{name: values.reshape(-1).astype(np.int32) for name, values in count.items()}})  # fmt: skip


def _shares(codes: np.ndarray, channel: np.ndarray, size: int) -> np.ndarray:
    """Codes x channels: shares within the channel."""
    n = np.bincount(codes * 2 + channel, minlength=2 * size).reshape(size, 2)
    return n / np.maximum(n.sum(axis=0), 1)


def _scheduled(required: np.ndarray, days: pd.DataFrame, open_share: float) -> np.ndarray:
    """The agents who were there on each day, spread over its half-hours as planned: by weekday, and no peak is sharp."""
    present = days["logged_in_s"] - days[["aux_break_s", "aux_away_s", "aux_train_s", "aux_meet_s"]].sum(axis=1)
    day = ((days["date"] - pd.Timestamp(co.START)).dt.days).to_numpy()
    seconds = np.bincount(day, present, minlength=co.DAYS).reshape(co.WEEKS, 7) * open_share
    plan = np.pad(required[: co.FIRST_CURRENT_WEEK - 1].mean(axis=0), ((0, 0), (2, 2), (0, 0)), mode="edge")
    plan = sum(plan[:, k : k + SLOTS] for k in range(5)) / 5
    share = plan / np.maximum(plan.sum(axis=(1, 2), keepdims=True), 1e-9)
    return np.round(seconds[:, :, None, None] * share / (3600 * SLOT))


def reviews(world: Outcome, contacts: pd.DataFrame) -> pd.DataFrame:
    """Quality reviews of a random part of the contacts: errors by class, and the cause as a reviewer sees it."""
    calls, streams = world.calls, Streams(world.scene.seed)
    which = np.flatnonzero(streams("reviews.chosen").random(len(calls)) < REVIEWED)
    n, some = len(which), calls.take(which)
    luck = streams("reviews.luck").random((5, n))
    astray = ~contacts["process_followed"].to_numpy()[which]
    customer = luck[0] < 0.02 + 0.03 * ~some.resolved + 0.06 * (some.attitude < -1.5)
    business, compliance = luck[1] < 0.015 + 0.10 * astray, luck[2] < 0.006
    minor = streams("reviews.minor").poisson(0.7 + 0.3 * (some.attitude < -1) + 0.4 * astray)
    score = 97 - 3 * minor - 25 * (customer | business | compliance) + streams("reviews.score").normal(0, 1.5, n)
    cause = np.select([some.attitude < -1, astray, luck[3] < 0.35], [0, 3, 1], np.where(luck[4] < 0.6, 2, 4))
    return pd.DataFrame({
        "review_id": ids("Q", n),
        "contact_id": contacts["contact_id"].take(which).reset_index(drop=True),
        "score": np.clip(np.round(score), 0, 100).astype(np.int16),
        "customer_critical": customer, "business_critical": business, "compliance_critical": compliance,
        "noncritical_n": minor.astype(np.int8),
        "surface_cause": text(np.where(customer | business | compliance | (minor > 0), cause, -1), SURFACE),
    })  # fmt: skip
