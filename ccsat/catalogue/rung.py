"""Rungs of the method ladder: what a method is for, and which rung fits a question."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING

from ccsat.errors import ScaleError, StudyError, listing, suggestion
from ccsat.scales import Scale, scale_of
from ccsat.wording import text

if TYPE_CHECKING:
    from inspect import Parameter

    import pandas as pd

    from ccsat.methods.answer import Answer

LEVELS = ("basic", "intermediate", "advanced")
MODES = ("compare", "relate")
SHAPES = ("one", "two", "many", "ordered", "paired", "waves", "pair", "model", "columns", "named")
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
        shapes: What it takes: "one" column, "two" or "many" or "ordered" groups, two "paired" columns or more "waves", a "pair" of columns, a
            "model" of several drivers, several "columns" that measure one thing; "named": only when it is named.
        binary: The outcome has two values. yes_too: A yes or no will do, whatever its scale.
        binary_other: So has the second column.
        needs: Options without which it is not chosen, only named.
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
    yes_too: bool = False
    binary_other: bool = False
    needs: tuple[str, ...] = ()

    @property
    def function(self) -> Callable[..., Answer]:
        """The method itself."""
        module, name = self.home.split(":")
        return getattr(import_module(f"ccsat.methods.{module}"), name)

    @cached_property
    def takes(self) -> Mapping[str, Parameter]:
        """The method's parameters, the table apart."""
        from inspect import signature

        found = dict(signature(self.function).parameters)
        found.pop("table", None)
        return found

    def lacks(self, given: int, options: Iterable[str]) -> list[str]:
        """Parameters that must be said and are not, after `given` columns in their places."""
        return [
            name for name, one in list(self.takes.items())[given:] if one.default is one.empty and name not in options
        ]

    def unknown(self, options: Iterable[str]) -> list[str]:
        """Options that it does not take."""
        return [name for name in options if name not in self.takes]

    def words(self, part: str, lang: str | None = None) -> str:
        """Its `name`, `question`, `assumes` or `effect`."""
        return text(f"method.{self.key}.{part}", lang)


@dataclass(frozen=True)
class Shape:
    """What was asked of: the scales of its columns and how they stand; `binary`: the outcome is a yes or no, `binary_other`: so is the other."""

    mode: str
    outcome: Scale
    other: Scale | None
    shape: str
    binary: bool = False
    binary_other: bool = False

    def fits(self, method: Method) -> bool:
        """Whether a method may be used on this: it is for such columns, needs no stronger scale, and takes no amounts for kinds."""
        return (method.mode == self.mode and self.shape in method.shapes and (self.binary or not method.binary)
                and (self.binary_other or not method.binary_other) and self.outcome_fits(method) and self.other_fits(method)
                and not (method.outcome == Scale.NOMINAL and self.outcome == Scale.INTERVAL and not self.binary)
                and not (method.other == Scale.NOMINAL and self.other == Scale.INTERVAL and not self.binary_other)
                and not (method.outcome == Scale.NOMINAL and method.other == Scale.ORDINAL and self.other == Scale.INTERVAL))  # fmt: skip

    def outcome_fits(self, method: Method) -> bool:
        """Whether the outcome is strong enough."""
        return method.outcome <= self.outcome or (self.binary and method.yes_too)

    def other_fits(self, method: Method) -> bool:
        """Whether the other column is strong enough; groups may have any scale."""
        return method.other is None or self.other is None or method.other <= self.other

    def loss(self, method: Method) -> float:
        """How many steps of scale a method leaves unused; a yes or no is used best by what is made for it."""
        lost = (
            int(self.other - method.other)
            if method.other is not None and self.other is not None and not method.binary_other
            else 0
        )
        if method.binary:
            return lost - 1
        if self.binary and method.yes_too:
            return lost + (0.5 if self.shape == "pair" else 0)
        return lost + int(self.outcome - method.outcome) + (1 if self.binary and self.shape == "pair" else 0)

    def words(self) -> dict[str, str]:
        """For messages."""
        return {"outcome": text(f"scale.{self.outcome.key}"), "shape": text(f"shape.{self.shape}")}


def is_flag(column: pd.Series) -> bool:
    """Whether a column says yes or no by itself: bool, or 0 and 1."""
    return yes_or_no(column) and set(column.dropna().unique()) <= {0, 1}


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
    return Shape(
        "compare",
        min(map(scale_of, columns)),
        None,
        "paired" if len(columns) <= 2 else "waves",
        binary or all(map(yes_or_no, columns)),
    )


def fitting(methods: Iterable[Method], shape: Shape) -> list[Method]:
    """The methods that may be used on a shape, those first that use most of its scale, then as the ladder has them."""
    return sorted((method for method in methods if shape.fits(method)), key=shape.loss)


def at_level(methods: Sequence[Method], level: str, shape: Shape) -> list[Method]:
    """The rungs for a level, best first: of methods that use the scale as far as any does, those at the level or nearest to it.

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
    return sorted(pool, key=lambda method: STEP * away[method.level] + shape.loss(method))


def by_key(methods: Iterable[Method], key: str) -> Method:
    """A method by its key.

    Raises:
        StudyError: There is none of this name.
    """
    known = {method.key: method for method in methods}
    if key not in known:
        raise StudyError("method_unknown", name=key, near=suggestion(key, known) or "–", n=len(known))
    return known[key]
