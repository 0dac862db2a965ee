"""`ccsat methods`: the ladder of methods, and which of them fit a question."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ccsat.errors import StudyError, listing
from ccsat.terminal import Lang, say, speak
from ccsat.wording import text


def option(name: str) -> Any:
    """An option with its help."""
    return typer.Option(f"--{name.replace('_', '-')}", help=text(f"cli_methods.{name}"))


def methods(outcome: Annotated[str | None, option("outcome")] = None, by: Annotated[str | None, option("by")] = None,
            other: Annotated[str | None, option("other")] = None, mode: Annotated[str | None, option("mode")] = None,
            level: Annotated[str | None, option("level")] = None, groups: Annotated[str | None, option("groups")] = None,
            show: Annotated[str | None, option("show")] = None, ask: Annotated[Path | None, option("ask")] = None,
            as_number: Annotated[bool, option("as_number")] = False, lang: Lang = None) -> None:  # fmt: skip
    """Which methods there are, and which fit."""
    speak(lang, ask)
    from ccsat.catalogue.ladder import method_rows
    from ccsat.catalogue.rows import METHODS
    from ccsat.catalogue.rung import LEVELS, MODES, SHAPES, by_key

    for name, given, known in (
        ("method_want", mode, MODES),
        ("method_level", level, LEVELS),
        ("method_group_shape", groups, SHAPES),
    ):
        if given is not None and given not in known:
            raise StudyError(
                name,
                want=given,
                wants=listing(known),
                level=given,
                levels=listing(known),
                shape=given,
                shapes=listing(known),
            )
    if show is not None:
        _show(by_key(METHODS, show))
        return
    found = (
        _asked(ask, outcome, by, other, mode, as_number)
        if ask is not None
        else method_rows(_listed(METHODS, outcome, by, other, mode, groups))
    )
    if groups is not None and ask is not None:
        found = [row for row in found if groups in by_key(METHODS, row["key"]).shapes]
    if level is not None:
        found = [row for row in found if row["level"] == level]
    if not found:
        print(text("chooser.none"))
        return
    for row in found:
        print(f"\n{row['name']}  [{row['key']}]  {text('level.' + row['level'])}")
        for part in ("question", "why", "assumes", "effect", "source"):
            if words := row[part]:
                print(f"  {text(f'chooser.{part}')}: {words}")
    print("\n" + text("chooser.count", n=len(found)))


def _asked(path: Path, outcome: str | None, by: str | None, other: str | None, mode: str | None, as_number: bool):
    from ccsat.catalogue.choose import choose
    from ccsat.catalogue.flat import read_asked
    from ccsat.scales import read_column, scale_of

    table, said = read_asked(path, as_number=as_number)
    if outcome is None:
        raise StudyError("method_ask", path=path.name, known=listing(table.columns, 20))
    several = lambda names: [name.strip() for name in names.split(",")] if "," in names else names
    asked = several(outcome)
    second = None if (by or other) is None else several(by or other)
    want = mode or ("relate" if other is not None else "compare")
    names = [
        one for part in (asked, second) if part is not None for one in (part if isinstance(part, list) else [part])
    ]
    scales = [
        text("chooser.column", name=name, scale=text(f"scale.{scale_of(read_column(table, name)).key}"))
        for name in names
    ]
    for key, values in said:
        if values["column"] in names:
            say(text(key, **values))
    print(text("chooser.columns", columns=text("chooser.between").join(scales)))
    return choose(table, asked, second, want=want).to_dict("records")


def _listed(methods, outcome: str | None, by: str | None, other: str | None, mode: str | None, groups: str | None):
    """The methods of some scales, shapes and mode."""
    from ccsat.catalogue.rung import Shape

    scale, second, of_groups = (_scale(name) for name in (outcome, other, by))
    mode = mode or ("relate" if second is not None else None)
    shapes = {groups} if groups else None
    if groups is None and of_groups is not None:
        shapes = {"two", "many"} if of_groups == 1 else {"ordered"}
    kept = [
        one for one in methods if (mode is None or one.mode == mode) and (shapes is None or shapes & set(one.shapes))
    ]
    if scale is None:
        return [one for one in kept if second is None or one.other is None or one.other <= second]
    if second is None:
        return [one for one in kept if one.outcome == scale]
    ways = [Shape("relate", *pair, "pair") for pair in ((scale, second), (second, scale))] + [
        Shape("relate", scale, None, "model")
    ]
    return [one for one in kept if any(way.fits(one) for way in ways)]


def _scale(name: str | None):
    from ccsat.scales import Scale

    if name is None:
        return None
    if name.upper() not in Scale.__members__:
        raise StudyError("method_scale", scale=name)
    return Scale[name.upper()]


def _show(method) -> None:
    print(f"{method.words('name')}  [{method.key}]  {text(f'level.{method.level}')}")
    for part in ("question", "assumes", "effect"):
        print(f"  {text(f'chooser.{part}')}: {method.words(part)}")
    print(f"  {text('chooser.source')}: {method.source}")
    options = ", ".join(
        name if one.default is one.empty else f"{name}={one.default!r}" for name, one in method.takes.items()
    )
    print(f'  {text("chooser.home")}: cs.{method.mode}(table, ..., method="{method.key}")  ({options})')
