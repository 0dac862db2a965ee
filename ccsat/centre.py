"""Files and tables to a Centre: one fact a contact or survey, checked, with the intake account."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

import pandas as pd

from ccsat import intake as intake_of
from ccsat import reasons as reasons_of
from ccsat import registers, sources
from ccsat.calibers import SCALES, Face
from ccsat.engine import NULL_LEVEL, Engine
from ccsat.errors import ColumnError, DataError, StudyError, listing, suggestion
from ccsat.increments.wiring import over_days
from ccsat.intake import Intake, Opened, Role, Table
from ccsat.intake.banding import settle_bands
from ccsat.intake.join import join_tables
from ccsat.intake.roles import give_roles
from ccsat.progress import tell_rate
from ccsat.schema import COLUMNS, TABLE_ORDER
from ccsat.study import Study, read_study, with_settings


@dataclass(frozen=True, eq=False)
class Centre:
    """A contact centre's data, ready for questions.

    Attributes:
        facts: SELECT text; one row a contact (a survey where there are no contacts). Columns: `row_key`, our columns
            that the data have (see `schema.COLUMNS`), every dimension as text under its own name, every metric.
        columns: The facts' columns.
        scale: The rating's scale, a key of `calibers.SCALES`.
        reasons: Named reasons, one row each: `row_key, reason, rank`; None where the data have none.
        changes, actions, targets, library: Small registers; empty where the study has none.
        face: What the facts count where they are not the contacts and their ratings (`kpis.facing`); None for the centre as read.
    """

    study: Study
    engine: Engine
    facts: str
    columns: tuple[str, ...]
    scale: str
    intake: Intake
    repeats: dict = field(default_factory=dict)  # rows whose id stood already: column, n, levels with them
    reasons: pd.DataFrame | None = None
    changes: pd.DataFrame = field(default_factory=pd.DataFrame)
    actions: pd.DataFrame = field(default_factory=pd.DataFrame)
    targets: pd.DataFrame = field(default_factory=pd.DataFrame)
    library: pd.DataFrame = field(default_factory=pd.DataFrame)
    face: Face | None = None
    memory: dict = field(default_factory=dict, repr=False)  # answers that several stages need, by question

    @property
    def dims(self) -> tuple[str, ...]:
        """Names of the dimensions, in the study's order."""
        return tuple(self.study.dimensions)

    @property
    def metrics(self) -> tuple[str, ...]:
        return tuple(self.study.metrics)

    def levels(self, dim: str) -> list[str] | None:
        """An ordered dimension's levels, lowest first; None for a nominal one."""
        return self.study.dimension(dim).levels

    @cached_property
    def days(self) -> tuple[date, date] | None:
        """First and last day of the rated facts; None where there is no time."""
        if "at" not in self.columns:
            return None
        if self.face is not None and self.face.days is not None:
            return self.face.days
        rated = "WHERE rating IS NOT NULL" if "rating" in self.columns else ""
        at = self.engine.quote("at")
        row = self.engine.query(
            f"SELECT MIN({at}) AS first_at, MAX({at}) AS last_at FROM ({self.facts}) f {rated}"
        ).iloc[0]
        return (
            None
            if pd.isna(row["first_at"])
            else (pd.Timestamp(row["first_at"]).date(), pd.Timestamp(row["last_at"]).date())
        )

    @cached_property
    def surveys(self) -> pd.DataFrame:
        """The rated facts as rows (a reproducible sample above 200,000), scales as dtypes: levels are ordered categories."""
        rows = self.engine.sample(self.facts, [c for c in self.columns if c != "row_key"], key="row_key")
        rows = rows[rows["rating"].notna()].reset_index(drop=True)
        rows["rating"] = pd.Categorical(rows["rating"].astype(int), categories=SCALES[self.scale], ordered=True)
        for dim in self.dims:
            rows[dim] = pd.Categorical(rows[dim], categories=self.levels(dim), ordered=self.levels(dim) is not None)
        return rows

    def beside(self, table: str, kinds: Mapping[str, str]) -> Table | None:
        """A table of the study that stands beside the facts, read when a stage first asks for it.

        Args:
            table: Its key under `[data]`, e.g. "qa_reviews".
            kinds: Column -> kind (see `schema`): those that the table has are cast and kept under their names.

        Returns:
            `sql` is the table, `roles` its columns; None where the study has no such table.
        """
        source = self.study.data.tables().get(table)
        if source is None:
            return None
        key = ("beside", table, *sorted(kinds.items()))
        if key not in self.memory:
            inner = self.engine
            while hasattr(inner, "engine"):  # tables are opened by the engine itself, not by what is put around it
                inner = inner.engine
            opened = intake_of.open_source(table, source, study=self.study, engine=inner)
            self.memory[key] = intake_of.take_beside(opened, kinds, study=self.study, engine=inner)
        return self.memory[key]

    def __repr__(self) -> str:
        return f"Centre {self.study.name}: {self.intake.sentence()}"


def read_centre(
    source: str | Path | Study, *, settings: dict[str, object] | None = None, engine: Engine | None = None
) -> Centre:
    """What data are there, and what was set aside?

    Args:
        source: A study file, a folder with a `study.toml`, or a checked study.
        settings: Dotted keys that replace the study's, as for `read_study`.
        engine: Where to compute; by default DuckDB here, or the database that the study names.

    Raises:
        StudyError, DataError, ColumnError: See their messages; nothing is guessed.
    """
    begun = time.monotonic()
    if not isinstance(source, Study):
        path = Path(source)
        source = read_study(path / "study.toml" if path.is_dir() else path, settings)
    elif settings:
        source = with_settings(source, settings)
    engine = engine or intake_of.choose_engine(source)
    named = source.data.tables()
    opened = {
        name: intake_of.open_source(name, named[name], study=source, engine=engine)
        for name in TABLE_ORDER
        if name in named
    }
    _check_others(source, opened, engine)
    roles = give_roles(source, opened)
    scale = _scale(source, opened, roles)
    tables = {
        name: intake_of.take(opened[name], roles[name], study=source, engine=engine, scale=scale) for name in opened
    }
    centre = _build(settle_bands(source, engine, tables), engine, tables, scale)
    tell_rate("read", centre.intake.read, time.monotonic() - begun)
    return centre


def _check_others(study: Study, opened: dict[str, Opened], engine: Engine) -> None:
    """Tables that no question is asked of are there; columns to hide and columns with codes are columns."""
    known = [column for source in opened.values() for column in source.columns]
    for name, source in study.data.tables().items():
        if isinstance(source, str) and name not in opened:
            sources.find_sources(source, study.folder)
    coded = study.data.missing if isinstance(study.data.missing, dict) else {}
    for key, names in (("privacy.hide", study.privacy.hide), ("data.missing", coded)):
        lacking = [name for name in names if name not in known and name not in COLUMNS]
        if lacking:
            others = {name: intake_of.open_source(name, source, study=study, engine=engine)
                      for name, source in study.data.tables().items() if name not in opened}  # fmt: skip
            known += [column for source in others.values() for column in source.columns]
        for name in lacking:
            if name not in known:
                raise ColumnError(
                    "column_unknown",
                    column=name,
                    role=key,
                    near=suggestion(name, known) or "–",
                    known=listing(dict.fromkeys(known), 20),
                )


def _scale(study: Study, opened: dict[str, Opened], roles: dict[str, list[Role]]) -> str:
    if not any(role.ours == "rating" for table in roles.values() for role in table):
        raise DataError(
            "no_rating", known=listing(dict.fromkeys(c for source in opened.values() for c in source.columns), 20)
        )
    scale = study.scale.rating
    if scale is None:
        raise DataError("no_scale", known=listing(s for s in SCALES if s != "flag"))
    wrong = {label: level for label, level in study.scale.labels.items() if level not in SCALES[scale]}
    if wrong:
        raise StudyError("label_levels", labels=", ".join(f"'{label}' = {level}" for label, level in wrong.items()),
                         scale=scale, levels=listing(SCALES[scale]))  # fmt: skip
    return scale


def _build(study: Study, engine: Engine, tables: dict[str, Table], scale: str) -> Centre:
    joined = join_tables(study, engine, tables)
    facts = engine.keep("facts", joined.sql)
    engine, days = over_days(study, engine, facts)
    account = [(name, why, n) for name, table in tables.items()
               for why, n in [*joined.set_aside[name].items(), ("kept", table.read - sum(joined.set_aside[name].values()))]]  # fmt: skip
    reasons, notes = reasons_of.read_reasons(study, engine, facts, joined.reasons)
    notes = [
        *(note for table in tables.values() for note in table.notes),
        *joined.notes,
        *notes,
        *_other_levels(study, engine, facts),
        *days,
    ]
    centre = Centre(study=study, engine=engine, facts=facts, columns=joined.columns, scale=scale, repeats=joined.repeats, reasons=reasons,
                    intake=Intake(table=pd.DataFrame(account, columns=["table", "why", "n"]), notes=tuple(notes)),
                    **registers.read(study, engine))  # fmt: skip
    _refuse(centre)
    return centre


def _other_levels(study: Study, engine: Engine, facts: str) -> list[tuple[str, dict]]:
    """Notes on ordered dimensions with levels that the study does not list: they have no place in the order."""
    notes = []
    for name in study.dimensions:
        if listed := study.dimension(name).levels:
            counts = engine.marginals(facts, [(name,)], outcome=None)[(name,)]
            others = counts[~counts[name].isin([*listed, NULL_LEVEL])]
            if len(others):
                notes.append(
                    (
                        "note.levels_unlisted",
                        {"dim": name, "n": int(others["n"].sum()), "samples": listing(others[name], 5)},
                    )
                )
    return notes


def _refuse(centre: Centre) -> None:
    """What no question can be asked of: no rated row, or all ratings equal, or a dimension of too many levels."""
    levels = centre.engine.crosstab(centre.facts, ["rating"])
    rated = levels[levels["rating"].notna()]
    column = centre.study.columns.rating or "rating"
    if rated.empty:
        raise DataError("no_rated_rows", column=column, rows=int(levels["n"].sum()))
    if len(rated) == 1:
        raise DataError("ratings_equal", column=column, value=int(rated["rating"].iloc[0]), n=int(rated["n"].iloc[0]))
    profile = centre.engine.profile(centre.facts, list(centre.dims)) if centre.dims else pd.DataFrame()
    for row in profile.itertuples():
        if row.distinct > (most := centre.study.limits.levels):
            raise DataError("too_many_levels", dim=row.column, levels=int(row.distinct), most=most)
