"""What may be wrong with a submission, in both languages; and what stops a whole grading run."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ccsat.errors import CcsatError
from ccsat.wording import LANGUAGES, speaking, text

ADDRESS = re.compile(r"0x[0-9a-fA-F]{4,}")
LONGEST = 300  # characters of a submission's own words in a message


class GradingError(CcsatError):
    """Nothing can be graded: a wrong folder, a broken rubric, or a system that cannot keep strangers' code apart."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a submission, or that the trainer should know of it."""

    key: str  # of the wording catalogue: `grading.problem.KEY`
    values: dict[str, object] = field(default_factory=dict)

    def as_dict(self) -> dict[str, object]:
        """The row of a result file: the key, and the words in both languages."""
        row: dict[str, object] = {"key": self.key}
        for lang in LANGUAGES:
            with speaking(lang):
                row[lang] = text(f"grading.problem.{self.key}", **self.values)
        return row


class Spoken:
    """An error of ccsat's as a value of a problem: said in the language in which the problem is told."""

    def __init__(self, error: CcsatError):
        self.error = error

    def __str__(self) -> str:
        return tidy(self.error)


class Unreadable(Exception):
    """A submission that cannot be run at all."""

    def __init__(self, key: str, /, **values: object):
        super().__init__(key)
        self.problem = Problem(key, values)


def tidy(words: object, *folders: str) -> str:
    """A submission's own words, cut short and the same in every run: no addresses in memory, no scratch folders."""
    said = ADDRESS.sub("0x…", str(words).encode("utf-8", "replace").decode("utf-8"))
    for folder in folders:
        said = said.replace(folder, ".")
    said = " ".join("".join(letter if letter.isprintable() else " " for letter in said).split())
    return said if len(said) <= LONGEST else said[: LONGEST - 1] + "…"
