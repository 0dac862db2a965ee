"""What the columns of a raw table look like: kind of value, levels, blanks; read once, for `init`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from ccsat import casts, times

LOOK = 5_000  # different values from which a column's kind is judged
CLOCK = re.compile(r"-?\d{1,4}:\d{2}(?::\d{2})?")
FAR = (pd.Timestamp("1980-01-01"), pd.Timestamp("2100-01-01"))


@dataclass(frozen=True, eq=False)
class Profile:
    """One column.

    Attributes:
        kind: "empty", "time", "clock" (a time of day or a span), "number" or "text".
        counts: Its different values with their counts, most frequent first.
    """

    name: str
    table: str
    position: int
    text: pd.Series
    kind: str
    counts: pd.Series = field(repr=False)

    @property
    def n(self) -> int:
        return len(self.text)

    @cached_property
    def filled(self) -> int:
        return int(self.counts.sum())

    @property
    def missing(self) -> float:
        """Share of blank cells."""
        return 1 - self.filled / self.n

    @property
    def distinct(self) -> int:
        return len(self.counts)

    @cached_property
    def levels(self) -> list[str]:
        return [str(value) for value in self.counts.index]

    @cached_property
    def numbers(self) -> pd.Series:
        """The different values as numbers, indexed by their text; unreadable ones left out."""
        different = pd.Series(self.levels, index=self.levels, dtype="str")
        return casts.to_number(different)[0].dropna()

    @cached_property
    def length(self) -> float:
        """Mean number of characters of its different values, the most frequent ones."""
        return float(np.mean([len(value) for value in self.levels[:LOOK]])) if self.distinct else 0.0

    @property
    def whole(self) -> bool:
        """Whether its numbers are whole."""
        return len(self.numbers) > 0 and bool((self.numbers % 1 == 0).all())

    @property
    def top_share(self) -> float:
        """Share of the most frequent value among all cells, blanks being a value."""
        return max(self.counts.iloc[0] if self.distinct else 0, self.n - self.filled) / self.n

    def says(self, pattern: str) -> bool:
        """Whether the name holds one of these words; word separators count as spaces."""
        spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", self.name)
        plain = re.sub(r"[\s_\-./()（）\[\]:：,，?？]+", " ", spaced).strip().lower()
        return re.search(pattern, plain) is not None


def profile_table(frame: pd.DataFrame, table: str = "surveys") -> list[Profile]:
    """A profile of every column."""
    profiles = []
    for position, name in enumerate(frame.columns):
        text = frame[name].astype("str")
        counts = text.value_counts()
        profiles.append(Profile(str(name), table, position, text, _kind(counts), counts))
    return profiles


def _kind(counts: pd.Series) -> str:
    if counts.empty:
        return "empty"
    different = pd.Series(counts.index[:LOOK].astype(str), dtype="str")
    most = 0.95 * len(different)
    if different.str.fullmatch(CLOCK.pattern).sum() >= most:
        return "clock"
    digits = different.str.fullmatch(r"[-+]?[\d.,]*")
    if digits.sum() < most or different.str.fullmatch(r"(19|20)\d{6}|(19|20)\d{12}|\d{1,2}\.\d{1,2}\.\d{4}").all():
        for dayfirst in (True, False):
            found = times.to_time(different, dayfirst)[0]
            if (found.between(*FAR)).sum() >= most:
                return "time"
    return "number" if casts.to_number(different)[0].notna().sum() >= most else "text"
