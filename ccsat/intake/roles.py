"""Which column plays which part: those the study names, and those that have our names already."""

from __future__ import annotations

from ccsat.errors import ColumnError, listing, suggestion
from ccsat.intake.opening import Opened, find_column
from ccsat.intake.tables import Role
from ccsat.schema import COLUMNS, EXTRAS, FLAG_FROM_TIME
from ccsat.study import Study

IDS = ("contact_id", "agent_id", "customer_id")  # may stand in several tables, which they join


def give_roles(study: Study, opened: dict[str, Opened]) -> dict[str, list[Role]]:
    """Each table's columns and their parts, in the order of the tables' columns.

    Raises:
        ColumnError: The study names a column that no table has.
    """
    roles: dict[str, dict[str, Role]] = {name: {} for name in opened}

    def give(ours: str, theirs: str, kind: str, key: str) -> None:
        table, column = find_column(theirs, opened, role=key)
        clock = _clock(study, opened, table) if ours == "at" else None
        roles[table][ours] = Role(ours, column, kind, clock)
        if ours in IDS:  # the study's name of an id holds in every table that has it
            for other, source in opened.items():
                if column in source.columns:
                    roles[other].setdefault(ours, Role(ours, column, kind))

    taken = {*study.dimensions, *study.metrics}
    kinds = COLUMNS | {name: kind for name, kind in EXTRAS.items() if name not in taken}
    named = {
        name: getattr(study.columns, name) for name in kinds if name != "comment" and getattr(study.columns, name, None)
    }
    for ours, theirs in named.items():
        give(ours, theirs, kinds[ours], f"columns.{ours}")
    for i, theirs in enumerate(study.columns.comments, 1):
        give("comment" if i == 1 else f"comment__{i}", theirs, "text", "columns.comment")
    for i, theirs in enumerate(study.columns.sub_ratings, 1):
        give(f"sub_{i}", theirs, "number", "columns.sub_ratings")
    _take_ours(roles, opened, kinds, {*named, *(("comment",) if study.columns.comments else ())})
    _give_time(study, roles, opened)
    for name in study.dimensions:
        dim = study.dimension(name)
        give(name, dim.column, "text" if dim.bands is None else dim.kind, f"dimensions.{name}")
    for name in study.metrics:
        metric = study.metric(name)
        if metric.column:
            give(name, metric.column, metric.kind, f"metrics.{name}")
        else:
            give(f"{name}__start", metric.start, "time", f"metrics.{name}.start")
            give(f"{name}__end", metric.end, "time", f"metrics.{name}.end")
    for i, theirs in enumerate(reason_columns(study), 1):
        give(f"reason__{i}", theirs, "text", "reasons.columns" if study.reasons.columns else "reasons.column")
    for i, theirs in enumerate(study.reasons.contradicts if study.reasons else (), 1):
        give(f"filter__{i}", theirs, "text", "reasons.contradicts")
    return {name: list(table.values()) for name, table in roles.items()}


def reason_columns(study: Study) -> list[str]:
    """The columns of the fact tables that name reasons; none where there is a table of reasons."""
    if study.reasons is None or study.data.survey_reasons is not None:
        return []
    return study.reasons.columns or [study.reasons.column] * bool(study.reasons.column)


def _take_ours(
    roles: dict[str, dict[str, Role]], opened: dict[str, Opened], kinds: dict[str, str], named: set[str]
) -> None:
    """Columns that have our names and no other part. Ids stand in every table; the rest is the first table's."""
    times = dict.fromkeys(FLAG_FROM_TIME.values(), "time")
    for table, source in opened.items():
        for column in source.columns:
            kind = kinds.get(column) or times.get(column)
            given = column in named and column not in IDS
            if kind is None or given or column in roles[table]:
                continue
            if column in IDS or all(column not in other for other in roles.values()):
                roles[table][column] = Role(column, column, kind, named=False)


def _give_time(study: Study, roles: dict[str, dict[str, Role]], opened: dict[str, Opened]) -> None:
    """A rating belongs to the start of its contact where the study says nothing else, else to its answer."""
    if any("at" in table for table in roles.values()):
        return
    for first in ("started_at", "answered_at"):
        for name, table in roles.items():
            if first in table:
                table["at"] = Role(
                    "at", table[first].theirs, "time", _clock(study, opened, name), named=table[first].named
                )
                return


def _clock(study: Study, opened: dict[str, Opened], table: str) -> str | None:
    """The column with the time of day; it stands beside the date."""
    clock = study.columns.clock
    if clock is None or clock in opened[table].columns:
        return clock
    known = opened[table].columns
    raise ColumnError(
        "column_unknown",
        column=clock,
        role="columns.clock",
        near=suggestion(clock, known) or "–",
        known=listing(known, 20),
    )
