"""compare, relate and choose: the rung that fits the columns."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pandas as pd

from ccsat.catalogue.calling import NO_ROLES, SEGMENT, answer_asked, ready_methods, several
from ccsat.catalogue.ladder import PARTS, method_rows
from ccsat.catalogue.rows import METHODS
from ccsat.catalogue.rung import (
    LEVELS,
    STEP,
    Method,
    Shape,
    at_level,
    by_key,
    fitting,
    is_flag,
    shape_of_groups,
    shape_of_waves,
    yes_or_no,
)
from ccsat.errors import DataError, StudyError, listing
from ccsat.methods.answer import Answer
from ccsat.methods.roles import Roles
from ccsat.scales import Column, Scale, read_column, scale_of

WANTS = ("compare", "relate")


def compare(
    table: pd.DataFrame, outcome: Column | Sequence[Column], by: Column | Sequence[Column] | None = None, *, level: str = "intermediate",
    method: str | None = None, roles: Roles = NO_ROLES, segment: object = None, worthwhile: float | None = None, **options,
) -> Answer:  # fmt: skip
    """Are groups or periods different?

    The rung is chosen by the outcome's scale, by how many groups there are and whether they have an order, and by the
    level asked. Where `roles` name confounders or mediators, the answer carries the crude effect and the adjusted one (or
    the total and the direct one) side by side, in `extra["beside"]`.

    Args:
        outcome: A column; several columns are repeated measurements of the same customers.
        by: Column of groups; None describes the outcome alone; several columns are searched for subgroups.
        level: "basic", "intermediate" or "advanced"; for a named method with a `level` of its own (an average's), that.
        method: A key of `METHODS`, to name the method outright; it must fit the scales.
        roles: What the columns are to each other.
        segment: A level of `by`, which is then compared with all the rest.
        worthwhile: The smallest effect that would matter, in the unit of the answer's first effect, from no effect.
        options: The method's own. `top_from` (the lowest answer that counts as good) makes an outcome a yes or no.

    Returns:
        `Answer` of the method.

    Raises:
        ScaleError: No method fits, or the one named needs a stronger scale.
        ColumnError, DataError, StudyError: A column or rows that are not there, groups that hold each other; a level, method or
            option there is not.
    """
    level, options = _own_level(None if method is None else by_key(METHODS, method), level, options)
    binary = "top_from" in options or "event" in options
    if segment is not None:
        table = _with_segment(table, by, segment)
        options = {SEGMENT: "rest", **options}
    if several(outcome):
        shape, given = shape_of_waves([read_column(table, one) for one in outcome], binary=binary), (list(outcome),)
    elif several(by):
        shape, given = (
            Shape(
                "compare",
                scale_of(read_column(table, outcome)),
                None,
                "model",
                binary or yes_or_no(read_column(table, outcome)),
            ),
            (outcome, list(by)),
        )
    else:
        groups = None if by is None else read_column(table, by)
        shape = shape_of_groups(read_column(table, outcome), groups, binary=binary and method is not None)
        given = (outcome,) if by is None else (outcome, by)
    return answer_asked(table, shape, given, level, method, roles, worthwhile, options)


def relate(
    table: pd.DataFrame, a: Column | Sequence[Column], b: Column | Sequence[Column] | None = None, *, level: str = "intermediate",
    method: str | None = None, roles: Roles = NO_ROLES, worthwhile: float | None = None, **options,
) -> Answer:  # fmt: skip
    """What goes with what?

    Two columns get the coefficient of their pair of scales (a nominal one with a stronger one is a comparison of its groups); an
    outcome and a list of drivers get a model; a list of columns alone is asked whether they measure one thing. Drivers
    that the outcome brings about, by `roles`, are refused.

    Args:
        a: A column, the outcome where there is one; or several columns.
        b: The other column, or a list of drivers.
        level, method, roles, worthwhile, options: As for `compare`.

    Raises:
        As `compare`.
    """
    if b is None:
        shape = (
            Shape("relate", min(scale_of(read_column(table, one)) for one in a), None, "columns")
            if several(a)
            else None
        )
        if shape is None:
            raise DataError("relate_one", column=str(a))
        return answer_asked(table, shape, (list(a),), level, method, roles, worthwhile, options)
    named = None if method is None else by_key(METHODS, method)
    level, options = _own_level(named, level, options)
    roles.check_drivers(b if several(b) else [b], a, table)
    first = read_column(table, a)
    said_yes = "top_from" in options or "event" in options
    if not several(b) and named is not None and "model" in named.shapes and "pair" not in named.shapes:
        b = [b]
    if several(b):
        return answer_asked(
            table,
            Shape("relate", scale_of(first), None, "model", yes_or_no(first) or said_yes),
            (a, list(b)),
            level,
            method,
            roles,
            worthwhile,
            options,
        )
    second = read_column(table, b)
    straight, turned = _both_ways(first, second, is_flag(first) or said_yes or (named is not None and yes_or_no(first)))
    if named is None and Scale.NOMINAL in (straight.outcome, straight.other) and straight.outcome != straight.other:
        if not any(way.loss(one) <= 0 for way in (straight, turned) for one in ready_methods(way, 2, options, roles)):
            return compare(
                table,
                *((b, a) if straight.outcome == Scale.NOMINAL else (a, b)),
                level=level,
                roles=roles,
                worthwhile=worthwhile,
                **options,
            )
    turn = _turn(straight, turned, named, level, options, roles)
    return answer_asked(
        table,
        turned if turn else straight,
        (b, a) if turn else (a, b),
        level,
        method,
        roles,
        worthwhile,
        options,
        meant=(straight, (a, b)),
    )


def choose(
    table: pd.DataFrame,
    outcome: Column | Sequence[Column],
    other: Column | Sequence[Column] | None = None,
    *,
    want: str = "compare",
) -> pd.DataFrame:
    """Which methods fit these columns, for people who do not know their names?

    Args:
        outcome, other: As for `compare` or `relate`.
        want: "compare" (are groups different?) or "relate" (do they go together, what drives the outcome?).

    Returns:
        One row a method that fits, the one that uses most of the scale first and basic before advanced: `key, name, question,
        level, why` (scales and shape seen) `, assumes, effect, source`, in the session's language.

    Raises:
        ColumnError: A column that is not there. StudyError: Something else is wanted.
    """
    if want not in WANTS:
        raise StudyError("method_want", want=want, wants=listing(WANTS))
    if want == "compare":
        if several(outcome):
            shape = shape_of_waves([read_column(table, one) for one in outcome])
        elif several(other):
            first = read_column(table, outcome)
            shape = Shape("compare", scale_of(first), None, "model", yes_or_no(first))
        else:
            shape = shape_of_groups(read_column(table, outcome), None if other is None else read_column(table, other))
        return method_table(fitting(METHODS, shape), shape)
    if other is None:
        columns = [read_column(table, one) for one in (outcome if several(outcome) else [outcome])]
        shape = Shape("relate", min(map(scale_of, columns)), None, "columns")
        return method_table(fitting(METHODS, shape), shape)
    first = read_column(table, outcome)
    if several(other):
        shape = Shape("relate", scale_of(first), None, "model", yes_or_no(first))
        return method_table(fitting(METHODS, shape), shape)
    second = read_column(table, other)
    shape, turned = _both_ways(first, second, is_flag(first))
    found = {
        one.key: one
        for one in sorted(
            fitting(METHODS, shape) + fitting(METHODS, turned),
            key=lambda one: min(way.loss(one) for way in (shape, turned) if way.fits(one)),
        )
    }
    if Scale.NOMINAL in (shape.outcome, shape.other) and shape.outcome != shape.other:
        outcome, groups = (first, second) if shape.other == Scale.NOMINAL else (second, first)
        shape = shape_of_groups(outcome, groups)
        found = {one.key: one for one in fitting(METHODS, shape)} | found
    return method_table(list(found.values()), shape)


def method_table(methods: Sequence[Method], shape: Shape | None = None) -> pd.DataFrame:
    """Methods with their words; of a shape, those that use its scale best first, then basic before advanced."""
    return pd.DataFrame(method_rows(methods, shape), columns=PARTS)


# ----------------------------------------------------------------------------------------------


def _own_level(named: Method | None, level: str, options: dict) -> tuple[str, dict]:
    """`level` as a method's own option (whose averages are asked of), where it is that method's and no level of the ladder."""
    if named is not None and "level" in named.takes and level not in LEVELS:
        return named.level, {**options, "level": level}
    return level, options


def _both_ways(first: pd.Series, second: pd.Series, yes: bool) -> tuple[Shape, Shape]:
    """A pair of columns as given, and the other way round; two kinds written as words are groups before they are a yes or no."""
    return (Shape("relate", scale_of(first), scale_of(second), "pair", yes, yes_or_no(second)),
            Shape("relate", scale_of(second), scale_of(first), "pair", is_flag(second), yes_or_no(first)))  # fmt: skip


def _with_segment(table: pd.DataFrame, by: Column | None, segment: object) -> pd.DataFrame:
    """The groups as one level against all the rest."""
    groups = read_column(table, by if by is not None and not several(by) else str(by))
    if not (groups == segment).any():
        raise DataError(
            "segment_unknown", column=str(by), segment=str(segment), levels=listing(groups.dropna().unique(), 8)
        )
    names = (groups == segment).map({True: str(segment), False: "rest"}).where(groups.notna())
    return table.assign(**{str(by): names})


def _turn(
    straight: Shape, turned: Shape, named: Method | None, level: str, options: Collection[str], roles: Roles
) -> bool:
    """Whether a pair of columns is to be given the other way round."""
    if named is not None:
        return not straight.fits(named) and turned.fits(named)
    ways = [
        at_level(pool, level, way)[0] if (pool := ready_methods(way, 2, options, roles)) else None
        for way in (straight, turned)
    ]
    if None in ways or ways[0] is ways[1]:
        return ways[0] is None and ways[1] is not None
    cost = [
        (STEP * abs(LEVELS.index(one.level) - LEVELS.index(level)) + way.loss(one))
        for one, way in zip(ways, (straight, turned), strict=True)
    ]
    return cost[1] < cost[0]
