"""Rungs of the method ladder: what a method is for, and which rung fits a question."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module

import pandas as pd

from ccsat.errors import ScaleError, StudyError, listing, suggestion
from ccsat.methods.answer import Answer
from ccsat.scales import Scale, is_binary, scale_of
from ccsat.wording import text

LEVELS = ("basic", "intermediate", "advanced")
MODES = ("compare", "relate")
SHAPES = ("one", "two", "many", "ordered", "paired", "pair", "model", "columns", "named")


@dataclass(frozen=True)
class Method:
    """One rung: `key` names its words (`method.KEY.name, question, assumes, effect`), `home` its function.

    Attributes:
        mode: "compare" (are groups or periods different?) or "relate" (what goes with what?).
        level: "basic", "intermediate" or "advanced".
        outcome: Scale of the outcome, or of the first column of a pair.
        other: Scale of the second column of a pair; None for groups.
        shapes: What it takes: "one" column, "two" or "many" or "ordered" groups, "paired" columns, a "pair" of columns, a
            "model" of several drivers, several "columns" that measure one thing; "named": only when
            it is named, with its own arguments.
        binary: The outcome has two values.
        source: Where it is from.
    """

    key: str
    home: str  # "module:function" in ccsat.methods
    mode: str
    level: str
    outcome: Scale
    other: Scale | None = None
    shapes: tuple[str, ...] = ()
    binary: bool = False
    source: str = ""

    @property
    def function(self) -> Callable[..., Answer]:
        """The method itself."""
        module, name = self.home.split(":")
        return getattr(import_module(f"ccsat.methods.{module}"), name)

    def words(self, part: str, lang: str | None = None) -> str:
        """Its `name`, `question`, `assumes` or `effect`."""
        return text(f"method.{self.key}.{part}", lang)


@dataclass(frozen=True)
class Shape:
    """What was asked of: the scales of its columns and how they stand."""

    mode: str
    outcome: Scale
    other: Scale | None
    shape: str
    binary: bool

    def fits(self, method: Method) -> bool:
        """Whether a method is made for exactly this."""
        return (method.mode == self.mode and self.shape in method.shapes and method.outcome == self.outcome
                and (method.other is None or method.other == self.other) and (self.binary or not method.binary))  # fmt: skip


def shape_of_groups(outcome: pd.Series, by: pd.Series | None) -> Shape:
    """What is compared: one column, or an outcome by two, several or ordered groups."""
    scale = scale_of(outcome)
    binary = is_binary(outcome)
    if by is None:
        return Shape("compare", scale, None, "one", binary)
    groups = by.dropna().nunique()
    ordered = groups > 2 and scale_of(by) >= Scale.ORDINAL
    return Shape("compare", scale, scale_of(by), "ordered" if ordered else "two" if groups <= 2 else "many", binary)


def fitting(methods: Iterable[Method], shape: Shape) -> list[Method]:
    """The methods made for a shape; where the scale has none, those of a weaker scale, which lose what it has more."""
    methods = list(methods)
    for scale in sorted((one for one in Scale if one <= shape.outcome), reverse=True):
        asked = Shape(shape.mode, scale, shape.other, shape.shape, shape.binary)
        found = [method for method in methods if asked.fits(method)]
        if found:
            return found
    return []


def at_level(methods: list[Method], level: str, *, shape: Shape) -> tuple[Method, bool]:
    """The first method of a level, else of the nearest lower or higher one; and whether it is of the level asked.

    Raises:
        StudyError: There is no such level.
        ScaleError: No method fits the columns.
    """
    if level not in LEVELS:
        raise StudyError("method_level", level=level, levels=listing(LEVELS))
    wanted = LEVELS.index(level)
    for near in sorted(range(len(LEVELS)), key=lambda k: (abs(k - wanted), k)):
        for method in methods:
            if method.level == LEVELS[near]:
                return method, near == wanted
    raise ScaleError("no_method", mode=shape.mode, outcome=text(f"scale.{shape.outcome.key}"), shape=text(f"shape.{shape.shape}"))


def by_key(methods: Iterable[Method], key: str) -> Method:
    """A method by its key.

    Raises:
        StudyError: There is none of this name.
    """
    known = {method.key: method for method in methods}
    if key not in known:
        raise StudyError("method_unknown", name=key, near=suggestion(key, known) or "–", n=len(known))
    return known[key]
