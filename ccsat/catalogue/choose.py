"""compare, relate and choose: the rung that fits the columns, and the answer beside what a confounder changes."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pandas as pd

from ccsat.catalogue.adjust import adjusted_beside
from ccsat.catalogue.rows import METHODS
from ccsat.catalogue.rung import Method, Shape, at_level, by_key, fitting, shape_of_groups
from ccsat.errors import ScaleError, listing
from ccsat.methods.answer import Answer
from ccsat.methods.roles import Roles
from ccsat.scales import Column, is_binary, read_column, scale_of

NO_ROLES = Roles()


def compare(
    table: pd.DataFrame, outcome: Column | Sequence[Column], by: Column | None = None, *, level: str = "intermediate",
    method: str | None = None, roles: Roles = NO_ROLES, **options,
) -> Answer:  # fmt: skip
    """Are groups or periods different?

    The rung is chosen by the outcome's scale, by how many groups there are and whether they have an order, and by the
    level asked. Where `roles` name confounders, the answer carries the crude and the adjusted effect side by side.

    Args:
        outcome: A column; several columns are repeated measurements of the same customers.
        by: Column of groups; None describes the outcome alone.
        level: "basic", "intermediate" or "advanced".
        method: A key of `METHODS`, to name the method outright; it must fit the scales.
        roles: What the columns are to each other.
        options: The method's own.

    Returns:
        `Answer` of the method.

    Raises:
        ScaleError: No method fits, or the one named needs a stronger scale.
        ColumnError, DataError, StudyError: A column or rows that are not there; a level or method there is not.
    """
    paired = isinstance(outcome, Sequence) and not isinstance(outcome, str)
    if paired:
        columns = [read_column(table, one) for one in outcome]
        shape = Shape("compare", min(map(scale_of, columns)), None, "paired", all(map(is_binary, columns)))
        given: tuple = (list(outcome),)
    else:
        groups = None if by is None else read_column(table, by)
        shape, given = shape_of_groups(read_column(table, outcome), groups), (outcome, *(() if by is None else (by,)))
    chosen, exact = _rung(shape, level, method)
    answer = _said(chosen, table, given, roles, options)
    if roles.confounders and by is not None and not paired:
        roles.check_drivers([by], outcome)
        answer = adjusted_beside(answer, table, outcome, by, roles)
    return answer if exact or method else answer.with_caveats(("caveat.other_level", {"level": level, "found": chosen.level}))


def relate(
    table: pd.DataFrame, a: Column, b: Column | Sequence[Column], *, level: str = "intermediate", method: str | None = None,
    roles: Roles = NO_ROLES, **options,
) -> Answer:  # fmt: skip
    """What goes with what?

    Two columns get the coefficient of their pair of scales; an outcome and a list of drivers get a model. Drivers that
    the outcome brings about, by `roles`, are refused.

    Args:
        a: A column, the outcome where there is one.
        b: The other column, or a list of drivers.
        level, method, roles, options: As for `compare`.

    Raises:
        As `compare`.
    """
    model = isinstance(b, Sequence) and not isinstance(b, str)
    first = read_column(table, a)
    roles.check_drivers(b if model else [b], a)
    if model:
        shape = Shape("relate", scale_of(first), None, "model", is_binary(first))
        chosen, exact = _rung(shape, level, method)
        answer = _said(chosen, table, (a, list(b)), roles, options)
    else:
        second = read_column(table, b)
        shape = Shape("relate", scale_of(first), scale_of(second), "pair", is_binary(first))
        turned = Shape("relate", scale_of(second), scale_of(first), "pair", is_binary(second))
        straight = bool(fitting(METHODS, shape)) or not fitting(METHODS, turned)
        chosen, exact = _rung(shape if straight else turned, level, method)
        answer = _said(chosen, table, (a, b) if straight else (b, a), roles, options)
        if roles.confounders:
            answer = adjusted_beside(answer, table, a, b, roles)
    return answer if exact or method else answer.with_caveats(("caveat.other_level", {"level": level, "found": chosen.level}))


def choose(
    table: pd.DataFrame, outcome: Column | Sequence[Column], other: Column | Sequence[Column] | None = None, *, want: str = "compare"
) -> pd.DataFrame:
    """Which methods fit these columns, for people who do not know their names?

    Args:
        outcome, other: As for `compare` or `relate`.
        want: "compare" (are groups different?) or "relate" (do they go together, what drives the outcome?).

    Returns:
        One row a method that fits, basic first: `key, name, question, level, assumes, effect, source`, in the session's language.

    Raises:
        ColumnError: A column that is not there.
    """
    several = isinstance(other, Sequence) and not isinstance(other, str)
    if isinstance(outcome, Sequence) and not isinstance(outcome, str):
        columns = [read_column(table, one) for one in outcome]
        shape = Shape("compare", min(map(scale_of, columns)), None, "paired", all(map(is_binary, columns)))
    elif want == "compare":
        shape = shape_of_groups(read_column(table, outcome), None if other is None else read_column(table, other))
    else:
        first = read_column(table, outcome)
        second = None if several or other is None else scale_of(read_column(table, other))
        shape = Shape("relate", scale_of(first), second, "model" if several else "pair", is_binary(first))
    return method_table(fitting(METHODS, shape))


def method_table(methods: Sequence[Method]) -> pd.DataFrame:
    """Methods with their words, basic first."""
    order = sorted(methods, key=lambda one: ("basic", "intermediate", "advanced").index(one.level))
    rows = [{"key": one.key, "name": one.words("name"), "question": one.words("question"), "level": one.level,
             "assumes": one.words("assumes"), "effect": one.words("effect"), "source": one.source} for one in order]  # fmt: skip
    return pd.DataFrame(rows, columns=["key", "name", "question", "level", "assumes", "effect", "source"])


def _rung(shape: Shape, level: str, method: str | None) -> tuple[Method, bool]:
    fits = fitting(METHODS, shape)
    if method is None:
        return at_level(fits, level, shape=shape)
    named = by_key(METHODS, method)
    if named.mode != shape.mode or not {shape.shape, "named"} & {*named.shapes}:
        raise ScaleError("method_shape", method=named.words("name"), instead=listing([one.key for one in fits]) or "–")
    return named, True


def _said(chosen: Method, table: pd.DataFrame, given: tuple, roles: Roles, options: dict) -> Answer:
    """Call a method with the roles that it takes."""
    from inspect import signature

    takes = signature(chosen.function).parameters
    role = {"cluster": roles.cluster, "weights": roles.weights, "weight_kind": roles.weight_kind}
    extra = {name: value for name, value in role.items() if name in takes and name not in options}
    answer = chosen.function(table, *given, **extra, **options)
    ignored = [name for name in ("cluster", "weights") if role[name] and name not in takes]
    return answer.with_caveats(*((f"caveat.{name}_ignored", {"column": role[name]}) for name in ignored))
