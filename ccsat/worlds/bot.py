"""Sessions with the text bot and their thumbs, with a story's patches or without them, on the same random numbers."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from ccsat.worlds import company as co
from ccsat.worlds.patches import Patches
from ccsat.worlds.people import Streams, pick
from ccsat.worlds.simulate import Scene
from ccsat.worlds.truth import Rows

SESSIONS_PER_WEEK = 5000
# intent: business line that it belongs to; from the easiest to the hardest
INTENTS = {
    "balance_query": "balance", "usage_query": "usage", "tariff_query": "tariff_rule", "vas_order": "subscribe",
    "broadband_report": "slow", "plan_upgrade": "upgrade", "gift_query": "gift", "plan_cancel": "unsubscribe",
    "coverage_report": "coverage", "speed_report": "speed", "rebate_query": "rebate", "overage_query": "overage",
    "contract_query": "contract_fee", "plan_downgrade": "downgrade", "charge_dispute": "vas_charge",
    "early_termination": "early_termination",
}  # fmt: skip
NAMES = tuple(INTENTS)
DIFFICULTY = np.arange(len(NAMES)) / (len(NAMES) - 1)
SHARES = np.exp(-1.1 * DIFFICULTY)
ENTRIES, ENTRY_SHARES = ("app", "web", "mini", "ivr"), (0.45, 0.20, 0.25, 0.10)
HOUR_MEAN, HOUR_SD = 14.5, 5.0  # a bot also works at night: around the clock, no cut at 8 and 22

ACCURACY = {"intercept": 0.93, "difficulty": -0.17}
TURNS = {"least": 2, "intercept": 1.0, "difficulty": 1.4, "wrong": 1.6}
LATENCY = {"shape": 4.0, "intercept": 600.0, "difficulty": 500.0}  # ms
HANDOFF = {"intercept": -1.75, "difficulty": 1.3, "wrong": 2.0}
SOLVED = {"handoff": (0.82, -0.10), "right": (0.93, -0.30), "wrong": (0.10, 0.0)}  # at difficulty 0, and per unit of it
THUMB = {"intercept": -1.35, "solved": 2.9, "right": 0.25, "turns": -0.10}
ANSWERED = 0.16
AGAIN_SOLVED, AGAIN_UNSOLVED = 0.07, 0.55  # another contact on the issue within 48 hours
FALLBACK = {
    "wrong": 0.65,
    "right": 0.06,
    "more": 0.6,
}  # sessions with a fallback turn, and how many more there are on average


@dataclass(frozen=True, kw_only=True)
class Sessions:
    """One entry a session, by time; the same sessions in every variant of a world. `at` is in hours from the start."""

    at: np.ndarray
    customer: np.ndarray
    entry: np.ndarray
    intent: np.ndarray  # position in NAMES: what the customer wants
    luck: np.ndarray  # two uniform numbers that patches may use
    other_luck: np.ndarray
    predicted: np.ndarray  # what the bot takes it for
    right: np.ndarray
    turns: np.ndarray
    latency: np.ndarray  # ms
    fallbacks: np.ndarray
    asked: np.ndarray  # for a human
    handoff: np.ndarray
    solved: np.ndarray
    thumb: np.ndarray
    answered: np.ndarray
    again: np.ndarray  # hours until the next contact on the issue; NaN: none within 48

    def __len__(self) -> int:
        return len(self.at)

    @property
    def day(self) -> np.ndarray:
        return (self.at // 24).astype(int)

    @property
    def current(self) -> np.ndarray:
        return self.day >= co.first_day(co.FIRST_CURRENT_WEEK)

    @property
    def difficulty(self) -> np.ndarray:
        return DIFFICULTY[self.intent]

    @property
    def contained(self) -> np.ndarray:
        """Without a human."""
        return ~self.handoff

    @property
    def accuracy(self) -> np.ndarray:
        """Chance of being understood, nothing being planted."""
        return ACCURACY["intercept"] + ACCURACY["difficulty"] * self.difficulty

    def take(self, keep: np.ndarray) -> Sessions:
        """Some of the sessions."""
        return Sessions(**{f.name: getattr(self, f.name)[keep] for f in fields(self)})


@dataclass(frozen=True, kw_only=True)
class BotOutcome:
    """One variant of a world's bot."""

    scene: Scene
    patches: Patches
    sessions: Sessions


def play_bot(scene: Scene, patches: Patches) -> BotOutcome:
    """A world's bot sessions under some patches; the same scene gives the same draws under any of them."""
    streams = Streams(scene.seed)
    counts = streams("bot.count").poisson(SESSIONS_PER_WEEK * scene.size, co.WEEKS)
    n = int(counts.sum())

    def luck(name: str) -> np.ndarray:
        return streams(f"bot.{name}").random(n)

    hour = np.mod(streams("bot.hour").normal(HOUR_MEAN, HOUR_SD, n), 24)
    at = np.sort(24.0 * (7 * np.repeat(np.arange(co.WEEKS), counts) + pick(luck("day"), co.DAY_WEIGHTS)) + hour)
    nothing = np.zeros(n, dtype=np.int8)
    sessions = Sessions(
        at=at, customer=(luck("customer") * len(scene.customers)).astype(int), entry=pick(luck("entry"), ENTRY_SHARES),
        intent=pick(luck("intent"), SHARES), luck=luck("luck"), other_luck=luck("other_luck"), predicted=nothing,
        right=nothing.astype(bool), turns=nothing, latency=nothing, fallbacks=nothing, asked=nothing, handoff=nothing,
        solved=nothing, thumb=nothing, answered=luck("answered") < ANSWERED, again=nothing,
    )  # fmt: skip
    chance = sessions.accuracy
    logit = np.log(chance / (1 - chance)) + patches.shift("accuracy", sessions, scene)
    sessions = replace(sessions, right=luck("right") < co.expit(logit))
    sessions = replace(
        sessions, predicted=np.where(sessions.right, sessions.intent, _mistaken(sessions.intent, luck("mistaken")))
    )
    sessions = replace(sessions, predicted=patches.taken_for(sessions, scene))
    return BotOutcome(scene=scene, patches=patches, sessions=_talk(sessions, streams, scene, patches))


def _mistaken(intent: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Another intent, frequent ones more often."""
    shares = SHARES / SHARES.sum()
    before = np.concatenate([[0], np.cumsum(shares)])
    gone = draws * (1 - shares[intent])  # the intent's own stretch of the line is cut out
    return (
        np.searchsorted(before, np.where(gone < before[intent], gone, gone + shares[intent]), side="right").clip(
            1, len(NAMES)
        )
        - 1
    )


def _talk(sessions: Sessions, streams: Streams, scene: Scene, patches: Patches) -> Sessions:
    """What follows from being understood or not: turns, hand-off, solution, thumb, another contact."""
    n, hard, wrong = len(sessions), sessions.difficulty, ~sessions.right
    # Being wrong adds turns of its own, so that the worlds with and without a patch share the others.
    turns = (TURNS["least"] + streams("bot.turns").poisson(TURNS["intercept"] + TURNS["difficulty"] * hard)
             + wrong * streams("bot.turns_wrong").poisson(TURNS["wrong"], n))  # fmt: skip
    latency = streams("bot.latency").gamma(LATENCY["shape"], 1 / LATENCY["shape"], n)
    latency *= LATENCY["intercept"] + LATENCY["difficulty"] * hard
    wish = HANDOFF["intercept"] + HANDOFF["difficulty"] * hard + HANDOFF["wrong"] * wrong
    blocked = patches.shift("handoff", sessions, scene)
    draws = streams("bot.handoff").random(n)
    handoff = draws < co.expit(wish + blocked)
    asked = handoff | (draws < co.expit(wish + 0.2))  # a few give up while they wait
    stumbles = streams("bot.stumbles").random(n) < np.where(wrong, FALLBACK["wrong"], FALLBACK["right"])
    fallbacks = stumbles * (1 + streams("bot.fallbacks").poisson(FALLBACK["more"], n))
    allowed = 1 + np.broadcast_to(patches.shift("patience", sessions, scene), n)
    fallbacks = np.minimum(fallbacks, np.where(handoff, np.minimum(allowed, turns - 1), turns - 1))
    kind = np.select([handoff, sessions.right], [0, 1], 2)
    base, slope = np.array(list(SOLVED.values())).T
    solved = streams("bot.solved").random(n) < base[kind] + slope[kind] * hard
    mood = (
        THUMB["intercept"] + THUMB["solved"] * solved + THUMB["right"] * sessions.right + THUMB["turns"] * (turns - 3)
    )
    delay = 48 * streams("bot.delay").random(n) ** 2
    comes = streams("bot.again").random(n) < np.where(solved, AGAIN_SOLVED, AGAIN_UNSOLVED)
    return replace(sessions, turns=turns, latency=latency, fallbacks=fallbacks, asked=asked, handoff=handoff, solved=solved,
                   thumb=streams("bot.thumb").random(n) < co.expit(mood), again=np.where(comes, delay, np.nan))  # fmt: skip


def rated_sessions(world: BotOutcome) -> Rows:
    """The answered sessions; satisfied is a thumb up. `intent` is what the bot took it for: nobody knows more of all."""
    sessions, people = world.sessions, world.scene.customers
    rated = sessions.answered
    customer = sessions.customer[rated]
    levels = {"intent": (NAMES, sessions.predicted[rated]), "entry": (ENTRIES, sessions.entry[rated]),
              "region": (co.REGIONS, people.region[customer]), "segment": (co.SEGMENTS, people.segment[customer])}  # fmt: skip
    return Rows(sessions.thumb[rated], sessions.current[rated], levels)
