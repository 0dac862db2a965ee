"""From columns to an answer: the rung that can be called, guarded, called with what the roles say, and read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import pandas as pd

from ccsat.catalogue.adjust import beside
from ccsat.catalogue.asked import Asked
from ccsat.catalogue.guards import look_before
from ccsat.catalogue.readings import read_answer
from ccsat.catalogue.rows import METHODS
from ccsat.catalogue.rung import Method, Shape, at_level, by_key, fitting
from ccsat.errors import ScaleError, StudyError, Words, listing, suggestion
from ccsat.methods.answer import Answer
from ccsat.methods.roles import Roles
from ccsat.scales import Column

NO_ROLES = Roles()
SEGMENT = "(segment)"  # stands for the baseline of a segment against the rest, until the method is known


def several(columns: object) -> bool:
    """Whether a list of columns is given, not one."""
    return isinstance(columns, Sequence) and not isinstance(columns, str)


def ready_methods(shape: Shape, given: int, options: Collection[str], roles: Roles) -> list[Method]:
    """The methods that fit and can be called as things stand."""
    fits, found = fitting(METHODS, shape), []
    for one in fits:
        there = {*options, *_from_roles(one, (), roles, options)}
        if not one.unknown(options) and not (set(one.lacks(given, there)) | (set(one.needs) - there)) - {"top_from"}:
            found.append(one)
    return found


def _rungs(
    shape: Shape, given: tuple, level: str, named: str | None, options: Collection[str], roles: Roles
) -> list[Method]:
    """The methods to call, best first; the one named.

    Raises:
        ScaleError, StudyError: See `compare`.
    """
    if named is None:
        if not (ready := ready_methods(shape, len(given), options, roles)) and (fits := fitting(METHODS, shape)):
            raise StudyError(
                "method_options_none", options=listing(options) or "–", methods=listing(one.key for one in fits)
            )
        return at_level(ready, level, shape)
    method = by_key(METHODS, named)
    fits = [one.key for one in fitting(METHODS, shape)]
    if method.mode != shape.mode or (shape.shape not in method.shapes and "named" not in method.shapes):
        raise ScaleError("method_shape", method=Words(f"method.{named}.name"), key=named, shape=Words(f"shape.{shape.shape}"),
                         takes=", ".join(method.shapes), mode=method.mode, instead=listing(fits) or "–")  # fmt: skip
    checks = [(given[0], shape.outcome, None if shape.outcome_fits(method) else method.outcome)]
    if shape.shape == "pair":
        checks.append((given[1], shape.other, None if shape.other_fits(method) else method.other))
    for column, found, wanted in checks:
        if wanted is not None:
            raise ScaleError(f"scale_{wanted.key}", column=listing(column) if several(column) else str(column), found=Words(f"scale.{found.key}"),
                             method=Words(f"method.{named}.name"), levels="…", instead=listing(fits) or Words("scale.any_weaker"))  # fmt: skip
    if unknown := method.unknown(options):
        raise StudyError("method_option", option=listing(unknown), method=Words(f"method.{named}.name"), near=suggestion(unknown[0], method.takes) or "–",
                         known=listing(list(method.takes)[len(given):], 20))  # fmt: skip
    return [method]


def answer_asked(table: pd.DataFrame, shape: Shape, given: tuple, level: str, named: str | None, roles: Roles, worthwhile: float | None, options: dict, *,
           meant: tuple[Shape, tuple] | None = None) -> Answer:  # fmt: skip
    """Guard, call, and read the first method that takes the columns.

    `meant`: the columns of a pair as they were given, outcome first, where the method has them the other way round.
    """
    first: ScaleError | None = None
    for method in _rungs(shape, given, level, named, {name for name in options if name != SEGMENT}, roles):
        own = {
            ("baseline" if name == SEGMENT else name): value
            for name, value in options.items()
            if name != SEGMENT or "baseline" in method.takes
        }
        asked = Asked(table, method, shape, given, roles, own | _from_roles(method, given, roles, own), worthwhile)
        before = look_before(asked)
        try:
            answer, columns, said = _called(asked)
        except ScaleError as refused:  # a driver of a kind that this method does not take
            first = first or refused
            continue
        if named is None and method.level != level:
            said.append(
                ("caveat.other_level", {"level": Words(f"level.{level}"), "found": Words(f"level.{method.level}")})
            )
        if meant is None:
            answer = beside(answer, asked, columns)
        else:
            answer = beside(answer, replace(asked, shape=meant[0], given=meant[1]), [meant[1][1]])
        seen = {key for key, _ in answer.caveats}
        return answer.with_caveats(
            *(one for one in [*before, *said, *read_answer(asked, answer)] if one[0] not in seen)
        )
    raise first if first is not None else ScaleError("no_method", mode=shape.mode, **shape.words())


def _called(asked: Asked) -> tuple[Answer, list[Column], list[tuple[str, dict]]]:
    """The method's answer, the drivers that are asked about, and what of the roles it could not use."""
    method, options, said = asked.method, dict(asked.options), []
    if "top_from" in (lacking := method.lacks(len(asked.given), options)):
        options["top_from"], note = asked.usual_cut()
        said.append(note)
    if lacking := [name for name in lacking if name != "top_from"]:
        raise StudyError("method_lacks", method=Words(f"method.{method.key}.name"), options=listing(lacking))
    columns, drivers = asked.without_roles()
    answer = method.function(asked.table, *columns, **options)
    for name in ("cluster", "weights"):
        if isinstance(getattr(asked.roles, name), str) and name not in method.takes and "roles" not in method.takes:
            said.append((f"caveat.{name}_ignored", {"column": getattr(asked.roles, name)}))
    return answer, drivers, said


def _from_roles(method: Method, given: tuple, roles: Roles, options: Collection[str]) -> dict[str, object]:
    """What the roles say, as options of a method that takes them."""
    first = {str(column) for one in given for column in (one if several(one) else [one])}
    held = [name for name in roles.confounders if name not in first]
    between = [name for name in roles.mediators if name not in first]
    weighed = {"weights": roles.weights, "weight_kind": roles.weight_kind} if roles.weights else {}
    known = {"cluster": roles.cluster, **weighed}
    if roles != NO_ROLES:
        known["roles"] = roles
    if held:
        known |= dict.fromkeys(("adjust", "covariates", "confounders", "given"), held)
    if between and method.key == "mediation":
        known["mediators"] = between
    return {
        name: value
        for name, value in known.items()
        if name in method.takes and name not in options and value is not None
    }
