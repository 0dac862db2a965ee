"""Words of one body of comments against another: counts, log-odds, exact p-values, and which words only repeat others."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ccsat.estimates import adjust
from ccsat.numerics.distinct import PRIOR, exact_p, log_odds
from ccsat.stages.evidence import SIGNIFICANT

FEW = 10  # comments of a body below which words are not compared
Z95 = 1.959963984540054
TOPIC = 0.5  # of a word's share now that it had before, from which it is what the cell is about
ALIKE = 0.6  # Jaccard of the comments of two words, or the words of two comments, from which they say the same


@dataclass(frozen=True)
class Body:
    """Comments of one group: the words of each, and whose it is."""

    words: list[frozenset[str]]
    rows: pd.DataFrame

    def __len__(self) -> int:
        return len(self.words)


def compare_words(
    inside: Body, reference: Body, other: Body | None = None, *, prior: float = PRIOR, least: int = 5
) -> pd.DataFrame:
    """Words of one body against one or two others: the table of `Words`, without `reason`."""
    bodies = [body for body in (inside, reference, other) if body is not None]
    counts = [Counter(word for words in body.words for word in words) for body in bodies]
    names = sorted(
        word for word in set().union(*counts) if counts[0][word] and sum(one[word] for one in counts) >= least
    )
    n = [np.array([one[word] for word in names], int) for one in counts]
    size = [len(body) for body in bodies]
    tests = [_tested(n[0], n[i], size[0], size[i], prior) for i in range(1, len(bodies))]
    p = [adjust(test[3]) for test in tests]
    together = p[0] if other is None else adjust(_tested(n[0], n[1] + n[2], size[0], size[1] + size[2], prior)[3])
    value, error, z, plain = tests[0]
    table = pd.DataFrame({"word": np.array(names, object), "n": n[0], "n_reference": n[1], "share": n[0] / max(size[0], 1),
                          "share_reference": n[1] / size[1] if size[1] else np.nan, "log_odds": value, "lower": value - Z95 * error,
                          "upper": value + Z95 * error, "z": z, "p_value": plain, "p_adjusted": p[0], "p_together": together,
                          **dict.fromkeys(("n_rest", "log_odds_rest", "z_rest", "p_adjusted_rest"), np.nan)})  # fmt: skip
    if other is not None:
        rest = {"n_rest": n[2], "log_odds_rest": tests[1][0], "z_rest": tests[1][2], "p_adjusted_rest": p[1]}
        table = table.assign(**rest)
    more = np.all(
        [(test[0] > 0) | ~np.isfinite(test[0]) for test in tests], axis=0
    )  # rarer than before or elsewhere: not this cell's, now
    apart = [(one < SIGNIFICANT) & more for one in p]
    kind = ("before", "rest") if other is not None else ("reference",)
    table["against"] = np.select([np.all(apart, axis=0) & (len(apart) > 1), *apart], ["both", *kind], None)
    topic = (
        (other is not None) & (table["share_reference"] > TOPIC * table["share"]) & ~(table["p_value"] < SIGNIFICANT)
    )  # said before as well
    table["distinctive"] = (together < SIGNIFICANT) & more & ~(topic & (min(size[:2]) >= FEW))
    table.loc[table["distinctive"] & table["against"].isna(), "against"] = "together"
    told = [test[3] for test in tests if np.isfinite(test[3]).any()]  # new words come first, of the same the longest
    order = table.assign(weakest=np.max(told, axis=0) if told else 1.0, short=[-len(word) for word in names])
    order = order.sort_values(["distinctive", "weakest", "short", "word"], ascending=[False, True, True, True])
    table = table.loc[order.index].reset_index(drop=True)
    table.loc[table["word"].isin(_shadows(inside, table)), "distinctive"] = False
    return table.sort_values("distinctive", ascending=False, kind="stable", ignore_index=True)


def _tested(n_word: np.ndarray, n_other: np.ndarray, n: int, other: int, prior: float) -> tuple[np.ndarray, ...]:
    """Log-odds, error, z and p-value of each word; NaN where the bodies are too small or neither uses it."""
    if min(n, other) < FEW or not len(n_word):
        return tuple(np.full(len(n_word), np.nan) for _ in range(4))
    value, error = log_odds(n_word, n_other, n, other, prior=prior)
    used = (n_word + n_other > 0) & np.isfinite(error)
    with np.errstate(invalid="ignore"):
        return tuple(
            np.where(used, one, np.nan) for one in (value, error, value / error, exact_p(n_word, n_other, n, other))
        )


def _shadows(inside: Body, table: pd.DataFrame) -> set[str]:
    """Distinctive words that say what a longer one says, in the same comments: "工" beside "工单", "提醒" beside "不提醒"."""
    found = {
        word: {i for i, words in enumerate(inside.words) if word in words}
        for word in table.loc[table["distinctive"], "word"]
    }
    place, kept, shadows = list(found), [], set()
    for word in sorted(found, key=lambda one: (-len(one), place.index(one))):
        here = found[word]
        if any(_overlap(word, one) and len(here & found[one]) >= ALIKE * len(here | found[one]) for one in kept):
            shadows.add(word)
        else:
            kept.append(word)
    return shadows


def _overlap(short: str, long: str) -> bool:
    """Whether a word is part of another, or begins or ends with what the other ends or begins with."""
    if " " in short or " " in long:
        return bool({*short.split()} & {*long.split()})
    return short in long or short[:2] in long[-2:] or short[-2:] in long[:2]
