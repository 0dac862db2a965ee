"""What an exercise asks: items, each with its own judge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from ccsat.wording import LANGUAGES, text
from ccsat.workshop.case import Case

Options = Mapping[str, Mapping[str, str]]  # code -> {"zh": ..., "en": ...}


@dataclass(frozen=True)
class Judgement:
    """What a judge found: "right", or the key of a message with a share of the points.

    `values` fill the message and hold nothing but what the trainee wrote. `hint` is the one to open next. `anti` is the code of an
    anti-pattern that the answer shows; it costs points of its own.
    """

    key: str
    share: float = 0.0
    hint: int = 0
    values: Mapping[str, object] = field(default_factory=dict)
    anti: str = ""


@dataclass(frozen=True)
class Item:
    """One finding that is asked for.

    Attributes:
        max: Its points.
        kind: Type of the answer.
        example: The answer's form, shown where the type is wrong.
        judge: Answer and case to judgement.
        wrong: Keys the judge can give for wrong answers; each has words of its own that name the next step.
        options: The codes that answers are written in, with their words; none where any text may stand.
        named: Which codes an answer names.
        words: Where its messages stand in the exercise's wording (`workshop.WORDS.KEY`), for items that share them; empty:
            its own.
        blanks: Whether parts of an answer may be empty, as the cells of a table.
        helps: What the words of its graded hints are filled with (`workshop.EXERCISE.hint.NAME.hN`).
    """

    max: float
    kind: type
    example: str
    judge: Callable[[Any, Case], Judgement]
    wrong: tuple[str, ...]
    options: Callable[[Case], Options] = lambda case: {}
    named: Callable[[Any], list] = lambda answer: [answer]
    words: str = ""
    helps: Callable[[Case], Mapping[str, object]] = lambda case: {}
    blanks: bool = False

    def message_key(self, exercise: str, name: str, key: str) -> str:
        """The wording key of what a judgement says."""
        return f"workshop.{self.words or f'{exercise.lower()}.{name}'}.{key}"


@dataclass(frozen=True)
class Exercise:
    """An exercise: the world it is made for, its items in the order of the notebook, and the tables it hands out.

    `materials` are made from the team's own case, by name. `others` are further worlds it works on; a team's day has several.
    """

    world: str
    items: Mapping[str, Item]
    materials: Mapping[str, Callable[[Case], Any]] = field(default_factory=dict)
    others: tuple[str, ...] = ()


def from_wording(prefix: str, codes: Iterable[str]) -> Callable[[Case], Options]:
    """Options whose words are in the catalogue, sorted by their code."""
    return lambda case: {code: {lang: text(f"{prefix}.{code}", lang) for lang in LANGUAGES} for code in sorted(codes)}


def lettered(letter: str, words: Iterable[Mapping[str, str]]) -> dict[str, Mapping[str, str]]:
    """Options whose words come from a world's truth: numbered codes in an order that says nothing.

    The order depends on how many there are, not on the words: a better wording leaves the codes as they are.
    """
    words = list(words)
    shuffled = sorted(range(len(words)), key=lambda place: sha256(f"{letter}{place}".encode()).digest())
    return {f"{letter}{number}": words[place] for number, place in enumerate(shuffled, 1)}


def code_of(options: Options, words: Mapping[str, str]) -> str:
    """The code under which words are offered."""
    return next(code for code, offered in options.items() if offered == words)
