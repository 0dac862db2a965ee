"""Rungs of the method ladder: what a method is for, and which rung fits a question."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from inspect import Parameter, signature

import pandas as pd

from ccsat.errors import ScaleError, StudyError, listing, suggestion
from ccsat.methods.answer import Answer
from ccsat.scales import Scale, scale_of
from ccsat.wording import text

LEVELS = ("basic", "intermediate", "advanced")
MODES = ("compare", "relate")
SHAPES = ("one", "two", "many", "ordered", "paired", "pair", "model", "columns", "named")
STEP = 1.5  # steps of scale that a level away is worth, between the methods of a pair
MOST_NUMBERS = 30  # different numbers above which a column is no column of groups


@dataclass(frozen=True)
class Method:
    """One rung: `key` names its words (`method.KEY.name, question, assumes, effect`), `home` its function.

    Attributes:
        mode: "compare" (are groups or periods different?) or "relate" (what goes with what?).
        level: "basic", "intermediate" or "advanced".
        outcome: Scale of the outcome, or of the first column of a pair.
        other: Scale of the second column of a pair; None for groups.
        shapes: What it takes: "one" column, "two" or "many" or "ordered" groups, "paired" columns, a "pair" of columns, a
            "model" of several drivers, several "columns" that measure one thing; "named": only when it is named.
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

    @cached_property
    def takes(self) -> Mapping[str, Parameter]:
        """The method's parameters, the table apart."""
        found = dict(signature(self.function).parameters)
        found.pop("table", None)
        return found

    def lacks(self, given: int, options: Iterable[str]) -> list[str]:
        """Parameters that must be said and are not, after `given` columns in their places."""
        return [name for name, one in list(self.takes.items())[given:] if one.default is Parameter.empty and name not in options]

    def unknown(self, options: Iterable[str]) -> list[str]:
        """Options that it does not take."""
        return [name for name in options if name not in self.takes]

    def words(self, part: str, lang: str | None = None) -> str:
        """Its `name`, `question`, `assumes` or `effect`."""
        return text(f"method.{self.key}.{part}", lang)


@dataclass(frozen=True)
class Shape:
    """What was asked of: the scales of its columns and how they stand; `binary`: the outcome is a yes or no."""

    mode: str
    outcome: Scale
    other: Scale | None
    shape: str
    binary: bool = False

    def fits(self, method: Method) -> bool:
        """Whether a method may be used on this: it is for such columns, and needs no stronger scale than they have."""
        return (method.mode == self.mode and self.shape in method.shapes and (self.binary or not method.binary)
                and method.outcome <= self.outcome and (method.other is None or self.other is None or method.other <= self.other))  # fmt: skip

    def loss(self, method: Method) -> int:
        """How many steps of scale a method leaves unused; none where both are about a yes or no."""
        if method.binary:
            return -1
        other = 0 if method.other is None or self.other is None else self.other - method.other
        return int(self.outcome - method.outcome + other)

    def words(self) -> dict[str, str]:
        """For messages."""
        return {"outcome": text(f"scale.{self.outcome.key}"), "shape": text(f"shape.{self.shape}")}


def yes_or_no(column: pd.Series) -> bool:
    """Whether a column is a yes or no: bool, 0 and 1, or two categories."""
    values = column.dropna().unique()
    return len(values) <= 2 and (scale_of(column) < Scale.INTERVAL or set(values) <= {0, 1})


def shape_of_groups(outcome: pd.Series, by: pd.Series | None, *, binary: bool = False) -> Shape:
    """What is compared: one column, or an outcome by two, several or ordered groups.

    Raises:
        ScaleError: The groups are numbers, and too many to be groups.
    """
    scale, binary = scale_of(outcome), binary or yes_or_no(outcome)
    if by is None:
        return Shape("compare", scale, None, "one", binary)
    groups = by.dropna().nunique()
    if scale_of(by) == Scale.INTERVAL and groups > MOST_NUMBERS:
        raise ScaleError("groups_are_numbers", column=str(by.name), n=groups, outcome=str(outcome.name))
    ordered = groups > 2 and scale_of(by) >= Scale.ORDINAL
    return Shape("compare", scale, scale_of(by), "ordered" if ordered else "two" if groups <= 2 else "many", binary)


def shape_of_waves(columns: Sequence[pd.Series], *, binary: bool = False) -> Shape:
    """Several columns, one a wave: as strong as the weakest."""
    return Shape("compare", min(map(scale_of, columns)), None, "paired", binary or all(map(yes_or_no, columns)))


def fitting(methods: Iterable[Method], shape: Shape) -> list[Method]:
    """The methods that may be used on a shape, those first that use most of its scale, then as the ladder has them."""
    return sorted((method for method in methods if shape.fits(method)), key=shape.loss)


def at_level(methods: Sequence[Method], level: str, shape: Shape) -> Method:
    """The rung of a level: of methods that use the scale as far as any does, the first at the level or nearest to it.

    Between a pair's two scales the level counts before the scale, which a pair often has no method of its own for.

    Raises:
        StudyError: There is no such level.
        ScaleError: No method fits the columns.
    """
    if level not in LEVELS:
        raise StudyError("method_level", level=level, levels=listing(LEVELS))
    wanted = LEVELS.index(level)
    away = {name: abs(k - wanted) + 0.1 * (k > wanted) for k, name in enumerate(LEVELS)}
    least = min(map(shape.loss, methods), default=0)
    pool = [method for method in methods if shape.shape == "pair" or shape.loss(method) == least]
    if not pool:
        raise ScaleError("no_method", mode=shape.mode, **shape.words())
    return min(pool, key=lambda method: STEP * away[method.level] + shape.loss(method))


def by_key(methods: Iterable[Method], key: str) -> Method:
    """A method by its key.

    Raises:
        StudyError: There is none of this name.
    """
    known = {method.key: method for method in methods}
    if key not in known:
        raise StudyError("method_unknown", name=key, near=suggestion(key, known) or "–", n=len(known))
    return known[key]
