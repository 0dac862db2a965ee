"""The tables of the text bot: sessions, their turns, and their thumbs, which are surveys on a scale of their own."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ccsat.worlds import company as co
from ccsat.worlds.bot import ENTRIES, NAMES, BotOutcome, Sessions, play_bot
from ccsat.worlds.comments import choose_sentences
from ccsat.worlds.frames import ids, moment, text
from ccsat.worlds.people import Streams
from ccsat.worlds.simulate import Outcome

LABELLED = 0.10  # sessions whose intent a person has labelled
END_NODES = ("answer", "fallback", "handoff", "menu", "close")
NODES = ("greet", "answer", "clarify", "fallback", "handoff", "close")
SPEAKERS = ("customer", "bot")
SECONDS_A_TURN = 25.0
COMMENTED = {0: 0.25, 1: 0.04}  # chance that a thumb carries words
HANDED = {"context": 0.80, "reasked": (0.62, 0.22)}  # context passed; asked again without it and with it
STATED = (0.12, 0.93)  # says "solved" when it was not, and when it was


def bot_tables(world: Outcome, *, lang: str) -> dict[str, pd.DataFrame]:
    """The tables `bot_sessions`, `bot_turns` and `bot_surveys`; `lang` is that of the comments."""
    bot = play_bot(world.scene, world.patches)
    session_id = ids("B", len(bot.sessions))
    return {
        "bot_sessions": _sessions(bot, session_id),
        "bot_turns": _turns(bot.sessions, session_id, Streams(bot.scene.seed)),
        "bot_surveys": _surveys(bot, session_id, lang),
    }


def _sessions(bot: BotOutcome, session_id: pd.Series) -> pd.DataFrame:
    sessions, streams, n = bot.sessions, Streams(bot.scene.seed), len(bot.sessions)
    labelled = streams("bot.labelled").random(n) < LABELLED
    wait = streams("bot.wait").gamma(1.2, 35.0, n)
    context = streams("bot.context").random(n) < HANDED["context"]
    reasked = streams("bot.reasked").random(n) < np.array(HANDED["reasked"])[context.astype(int)]
    ended = sessions.at + sessions.turns * SECONDS_A_TURN / 3600
    again = ended + sessions.again
    leaves = streams("bot.end").random(n) < 0.3
    end = np.select(
        [sessions.handoff, ~sessions.right & (sessions.fallbacks > 0), leaves, sessions.solved], [2, 1, 3, 4], 0
    )
    released = np.broadcast_to(bot.patches.any("released", sessions, bot.scene), n)
    return pd.DataFrame({
        "session_id": session_id,
        "customer_id": _customers(bot),
        "started_at": moment(sessions.at),
        "entry": text(sessions.entry, ENTRIES),
        "intent_true": text(np.where(labelled, sessions.intent, -1), NAMES),
        "intent_pred": text(sessions.predicted, NAMES),
        "recognised": sessions.fallbacks == 0,
        "fallback_n": sessions.fallbacks.astype(np.int8),
        "turns": sessions.turns.astype(np.int8),
        "latency_ms": np.round(sessions.latency).astype(np.int32),
        "kb_version": text(released.astype(int), ("K11", "K12")),
        "handoff_requested": sessions.asked,
        "handoff_done": sessions.handoff,
        "handoff_wait_s": _where(sessions.handoff, np.round(wait).astype(int), "Int32"),
        "context_passed": _where(sessions.handoff, context, "boolean"),
        "reasked": _where(sessions.handoff, reasked, "boolean"),
        "end_node": text(end, END_NODES),
        "stated_solved": _where(sessions.answered, streams("bot.stated").random(n) < np.array(STATED)[sessions.solved.astype(int)], "boolean"),
        "next_contact_at": moment(np.where(again < 24 * co.DAYS, again, np.nan)),
    })  # fmt: skip


def _customers(bot: BotOutcome) -> pd.Series:
    return text(bot.sessions.customer, ids("U", len(bot.scene.customers)).to_numpy())


def _where(there: np.ndarray, values: np.ndarray, dtype: str) -> pd.Series:
    return pd.Series(values, dtype=dtype).where(there)


def _turns(sessions: Sessions, session_id: pd.Series, streams: Streams) -> pd.DataFrame:
    """Two rows a turn: what the customer says, and what the bot answers."""
    turns = sessions.turns.astype(int)
    session = np.repeat(np.arange(len(turns)), turns)
    turn = np.arange(len(session)) - np.repeat(np.cumsum(turns) - turns, turns) + 1
    n = len(session)
    last, fallbacks = turn == turns[session], sessions.fallbacks[session]
    stumbles = turn <= fallbacks  # the first ones are not understood; then they are said otherwise
    again = (turn > 1) & (turn <= fallbacks + 1)
    right = sessions.right[session]
    draws = streams("bot_turns.confidence").beta(6.0, 2.5, n)
    sure = np.round(np.where(stumbles, 0.45 * draws, np.where(right, 0.25 + 0.75 * draws, 0.10 + 0.75 * draws)), 2)
    clarifies = streams("bot_turns.clarify").random(n) < 0.2
    bot = np.select([stumbles, last & sessions.handoff[session], last, clarifies], [3, 4, 5, 2], 1)
    node = np.where(turn == 1, 0, np.where(last, 5, 1))  # where the customer speaks
    both = np.tile([0, 1], n)
    customer = both == 0
    twice = np.repeat(np.arange(n), 2)
    intent = np.where(customer & ~stumbles[twice], sessions.predicted[session][twice], -1)
    return pd.DataFrame({
        "session_id": text(session[twice], session_id.to_numpy()),
        "turn_no": turn[twice].astype(np.int8),
        "speaker": text(both, SPEAKERS),
        "node": text(np.where(customer, node[twice], bot[twice]), NODES),
        "intent_pred": text(intent, NAMES),
        "confidence": np.where(customer, sure[twice], np.nan).astype(np.float32),
        "is_fallback": ~customer & stumbles[twice],
        "rephrase": customer & again[twice],
    })  # fmt: skip


def _surveys(bot: BotOutcome, session_id: pd.Series, lang: str) -> pd.DataFrame:
    """One row a session: a thumb is asked for at every end."""
    sessions, streams, n = bot.sessions, Streams(bot.scene.seed), len(bot.sessions)
    pushed = sessions.at + (sessions.turns * SECONDS_A_TURN + 2) / 3600
    late = streams("bot_surveys.late").lognormal(np.log(0.004), 0.8, n)
    speaks = streams("bot_surveys.speaks").random(n) < np.array(list(COMMENTED.values()))[sessions.thumb.astype(int)]
    vague, which = streams("bot_surveys.vague").random(n), streams("bot_surveys.which").random(n)
    # What they complain of: no human to be had, not understood, not solved; part of them say something vague.
    key = np.select(
        [vague < 0.2, sessions.asked & ~sessions.handoff, ~sessions.right, ~sessions.solved],
        ["R99", "R10:bot", "R09:bot", "R01:bot"],
        "R99",
    )
    key = np.where(sessions.thumb, "praise:bot", key)
    return pd.DataFrame({
        "survey_id": ids("V", n),
        "session_id": session_id,
        "touchpoint": text(sessions.handoff.astype(int), ("bot", "handoff")),
        "mode": text(np.zeros(n, dtype=int), ("app_pop",)),
        "pushed_at": moment(pushed),
        "delivered_at": moment(pushed),
        "answered_at": moment(np.where(sessions.answered, pushed + late, np.nan)),
        "scale_id": text(np.zeros(n, dtype=int), ("thumb",)),
        "rating": _where(sessions.answered, sessions.thumb.astype(np.int8), "Int8"),
        "comment": _said(np.where(sessions.answered & speaks, key, "").astype(object), which, lang),
        "template_version": text(np.zeros(n, dtype=int), ("b1",)),
    })  # fmt: skip


def _said(keys: np.ndarray, luck: np.ndarray, lang: str) -> pd.Series:
    """A sentence of each session's key; missing where it has none."""
    said = choose_sentences(keys, luck, lang)
    return pd.Series(np.where(said == "", None, said), dtype="str")
