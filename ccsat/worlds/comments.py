"""What customers write: sentences put together from parts, that carry the reason, but not always and not always clearly."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources

import numpy as np
import pandas as pd

from ccsat.worlds import company as co
from ccsat.worlds.people import Streams
from ccsat.worlds.simulate import Calls

WRITES = {"low": 0.50, "four": 0.20, "five": 0.06}  # chance that an answer carries words
VAGUE, OTHER, SPECIAL = 0.15, 0.05, 0.6  # says nothing; names another reason; uses the story's own words where it may
OPENS, CLOSES, NAMES_LINE, CURT = 0.35, 0.40, 0.25, 0.10
LESS, NEUTRAL = 3, 4  # ratings up to which someone complains, and is lukewarm
JOIN = {"zh": "", "en": " "}


def make_comments(
    calls: Calls, first: np.ndarray, special: list[tuple[str, np.ndarray]], streams: Streams, lang: str
) -> pd.Series:  # fmt: skip
    """Comments of answered contacts; missing where nobody wrote.

    Args:
        first: Position in REASONS of the first reason named, -1 for none.
        special: Keys of comments.csv that some contacts may use, with the contacts.
        streams: Names of streams are the same in both languages, so the same customers write.
    """
    rng, parts_rng, n = streams("surveys.comments"), streams("surveys.comment_parts"), len(calls)
    chance = np.select([calls.rating == 5, calls.rating == 4], [WRITES["five"], WRITES["four"]], WRITES["low"])
    writes = (rng.random(n) < chance) & calls.answered
    vague, other, which, plain = (rng.random(n) for _ in range(4))
    topic = np.where(first >= 0, first, co.REASONS.index("R99"))
    topic = np.where(vague < VAGUE, co.REASONS.index("R99"), topic)
    topic = np.where(vague > 1 - OTHER, (other * len(co.REASONS)).astype(int), topic)
    keys = np.array(co.REASONS, dtype=object)[topic]
    for key, where in special:
        keys = np.where((keys == key.split(":")[0]) & where & (plain < SPECIAL), key, keys)
    keys = np.where(calls.rating == 5, "praise", keys)
    core = choose_sentences(keys, which, lang)
    mood = np.select([calls.rating <= LESS, calls.rating <= NEUTRAL], ["low", "four"], "five")
    luck = parts_rng.random((7, n))
    opening = np.where(luck[0] < OPENS, choose_sentences(_with("open:", mood), luck[1], lang), "")
    line = np.where(
        luck[2] < NAMES_LINE,
        choose_sentences(_with("line:", np.array(co.L2, dtype=object)[calls.line]), luck[3], lang),
        "",
    )
    closing = np.where(luck[4] < CLOSES, choose_sentences(_with("close:", mood), luck[5], lang), "")
    curt = choose_sentences(_with("curt:", mood), luck[1], lang)
    said = np.array([JOIN[lang].join(part for part in parts if part) for parts in zip(opening[writes], line[writes], core[writes], closing[writes], strict=True)], dtype=object)  # fmt: skip
    words = np.full(n, None, dtype=object)
    words[writes] = np.where(luck[6][writes] < CURT, curt[writes], said)
    return pd.Series(words, dtype="str")


def _with(prefix: str, keys: np.ndarray) -> np.ndarray:
    return np.char.add(prefix, keys.astype(str)).astype(object)


def choose_sentences(keys: np.ndarray, luck: np.ndarray, lang: str) -> np.ndarray:
    """One sentence of each contact's key; "" where the key has none."""
    said, sentences = np.full(len(keys), "", dtype=object), _sentences(lang)
    for key in pd.unique(keys):
        if key in sentences:
            here = np.flatnonzero(keys == key)
            said[here] = sentences[key][(luck[here] * len(sentences[key])).astype(int)]
    return said


@cache
def _sentences(lang: str) -> dict[str, np.ndarray]:
    with (resources.files(__package__) / "comments.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    return {key: np.array([row[lang] for row in rows if row["key"] == key], dtype=object)
            for key in dict.fromkeys(row["key"] for row in rows)}  # fmt: skip
