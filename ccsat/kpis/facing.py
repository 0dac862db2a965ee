"""The centre as one indicator sees it: its rows are the facts, so that every stage, ledger and chart works on it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import pandas as pd

from ccsat.calibers import SCALES, Caliber, Face, caliber
from ccsat.cells import Asked, ask, measure
from ccsat.centre import Centre
from ccsat.engine import TIMES, WeightedEngine
from ccsat.errors import CaliberError, NoDataError, StudyError, Words, listing
from ccsat.kpis.catalogue import find_kpi, is_rating
from ccsat.kpis.indicator import Indicator
from ccsat.kpis.levels import Levels, level_rows, settle_levels
from ccsat.kpis.missing import missing_of
from ccsat.kpis.reach import contact_tells, joined_rows
from ccsat.kpis.slices import Slice
from ccsat.kpis.words import kpi_name, make_words
from ccsat.question import Question, day_of

SURVEY = ("rating", "mode", "template_version", "pushed", "delivered", "participated", "default_filled", "pushed_at", "delivered_at", "answered_at",
          "responded_at", "survey_id", "comment", "invited_by", "agent_voice")  # fmt: skip  # what a survey brings to a contact
NO_TARGET = "level"  # the outcome of faced rows


def facing(centre: Centre, question: Question | Asked) -> Centre:
    """The centre whose facts are the rows of the question's KPI; the centre itself where the KPI is a rating's. Remembered.

    The rows carry the study's dimensions that they have or reach by contact, agent or customer, and the indicator's own. Rows that cannot be judged
    yet are left out and counted. A mean has at most about 120 levels, each worth the mean of its rows, so that no total moves.

    Raises:
        CaliberError: No such KPI, or the data lack what it counts.
        NoDataError: No row can be counted.
    """
    asked = question.question if isinstance(question, Asked) else question
    if centre.face is not None or is_rating(asked.kpi):
        return centre
    row = find_kpi(asked.kpi, asked.caliber)
    key = ("face", row.key, asked.as_of if row.mature_h else None, asked.current if row.better == "band" else None)
    if key not in centre.memory:
        make_words(row)
        lacking = missing_of(centre, row)
        if lacking:
            raise CaliberError(
                "kpi_missing", kpi=kpi_name(row.kpi), caliber=row.id, missing="; ".join(map(str, lacking))
            )
        centre.memory[key] = _sliced(centre, row) if isinstance(row, Slice) else _of_rows(centre, row, asked)
    return centre.memory[key]


def faced(centre: Centre, question: Question | Asked) -> tuple[Centre, Asked]:
    """`facing`, and the question settled on it. Dimensions that the rows do not reach are dropped; all of them gone is refused."""
    if isinstance(question, Asked) and (centre.face is not None or question.caliber.outcome != NO_TARGET):
        return centre, question
    asked = question.question if isinstance(question, Asked) else question
    face = facing(centre, asked)
    if face is not centre and asked.dims:
        kept = tuple(dim for dim in asked.dims if dim in face.dims)
        lost = [dim for dim in asked.dims if dim not in face.dims and dim in centre.dims]
        if lost and not kept:
            raise StudyError("kpi_dims", kpi=kpi_name(asked.kpi), dims=listing(lost), known=listing(face.dims))
        if lost:
            asked = dataclasses.replace(asked, dims=tuple(dim for dim in asked.dims if dim not in lost))
            face = _told_lost(centre, face, asked, lost)
    return face, ask(face, asked)


def _told_lost(centre: Centre, face: Centre, asked: Question, lost: Sequence[str]) -> Centre:
    """The same centre, which says which dimensions of the question its rows do not reach. Remembered."""
    key = ("face_without", asked.kpi, face.face.caliber.id, tuple(lost), id(face))
    if key not in centre.memory:
        caveat = ("caveat.kpi_dims_dropped", {"dims": ", ".join(lost)})
        centre.memory[key] = dataclasses.replace(
            face, face=dataclasses.replace(face.face, caveats=(*face.face.caveats, caveat))
        )
    return centre.memory[key]


def check_traceable(centre: Centre, asked: Asked) -> None:
    """Refuse what cannot be traced: rows that no dimension divides; a mean without a baseline or target, for it has no full mark.

    Raises:
        StudyError: One of these.
    """
    if centre.face is not None and not asked.dims:
        raise StudyError("kpi_no_dims", kpi=kpi_name(asked.caliber.kpi))
    if asked.full_mark_target and asked.caliber.unit == "raw" and asked.caliber.outcome == NO_TARGET:
        raise StudyError("kpi_no_full_mark", kpi=kpi_name(asked.caliber.kpi))


def _sliced(centre: Centre, row: Slice) -> Centre:
    """The ratings of one touchpoint, with all that belongs to ratings."""
    facts = f"SELECT f.* FROM ({centre.facts}) f WHERE {row.condition(centre)}"
    base = caliber("satisfaction_rate", None, centre.scale)
    reasons = centre.reasons
    keys = set(centre.engine.query(f"SELECT row_key FROM ({facts}) f WHERE rating IS NOT NULL")["row_key"])
    if not keys:
        raise NoDataError("kpi_no_rows", kpi=kpi_name(row.kpi), caliber=row.id)
    if reasons is not None:
        reasons = reasons[reasons["row_key"].isin(keys)].reset_index(drop=True)
    face = Face(dataclasses.replace(base, kpi=row.kpi, id=row.id), row.unit)
    return dataclasses.replace(
        centre, facts=centre.engine.keep("face", facts), reasons=reasons, face=face, memory=_beside(centre)
    )


def _of_rows(centre: Centre, row: Indicator, question: Question) -> Centre:
    engine = centre.engine
    source = engine.keep("rows", row.rows(centre))  # read half a dozen times before the face stands
    kinds = engine.columns(source)
    until = _until(centre, row, question, source, kinds)
    counts = level_rows(engine, source, TIMES in kinds, until)
    levels = settle_levels(row, counts.levels)
    if levels is None:
        raise NoDataError(
            "kpi_immature_all" if counts.immature else "kpi_no_rows",
            kpi=kpi_name(row.kpi),
            caliber=row.id,
            n=counts.immature,
            hours=f"{row.mature_h:g}",
        )
    facts, study, columns = joined_rows(centre, row, source, kinds, levels.sql("r.level"), until, drop=SURVEY)
    facts = engine.keep("face", facts)
    caveats = [*_told_levels(row, levels), *_told_rows(row, counts)]
    if {"contact_id"} <= set(kinds) & set(centre.columns) and not contact_tells(centre, source):
        caveats.append(("caveat.kpi_contact_partly", {}))
    face = Face(_caliber(row, levels, "low" if row.better == "low" else "high"), row.unit, cluster=row.cluster if row.cluster in columns else _cluster(columns),
                caveats=tuple(caveats), immature=counts.immature, mature_h=row.mature_h, days=_days(centre, facts, columns))  # fmt: skip
    made = dataclasses.replace(centre, study=study, facts=facts, columns=columns, repeats={}, reasons=None, face=face,
                               engine=WeightedEngine(engine) if TIMES in kinds else engine, memory={} if TIMES in kinds else _beside(centre))  # fmt: skip
    return made if row.better != "band" else _in_band(made, row, question)


def _caliber(row: Indicator, levels: Levels, better: str) -> Caliber:
    times = row.per * row.scale
    values = {level: value * times for level, value in levels.values.items()}
    unit = "rate" if row.measure == "rate" and row.per == 1 else "nps" if row.measured_in == "nps" else "raw"
    return Caliber(row.kpi, row.id, "level", tuple(SCALES), lambda scale: values, better=better, unit=unit)


def _in_band(made: Centre, row: Indicator, question: Question) -> Centre:
    """Which way is worse for an indicator that is best between two values: away from the band, from where it stands now."""
    low, high = row.band
    alone = dataclasses.replace(question, dims=None, target=None, baseline=None)
    value = measure(made, alone).headline["current"].value
    above = value > high or (value >= low and value - low > high - value)
    edge = high if above else low
    where = "above" if value > high else "below" if value < low else "inside"
    face = dataclasses.replace(made.face, caliber=dataclasses.replace(made.face.caliber, better="low" if above else "high"), target=edge,
                               caveats=(*made.face.caveats, (f"caveat.kpi_band_{where}", {"low": f"{100 * low:g}%", "high": f"{100 * high:g}%"})))  # fmt: skip
    return dataclasses.replace(made, face=face, memory=_beside(made))


def _until(centre: Centre, row: Indicator, question: Question, source: str, kinds: dict[str, str]) -> datetime | None:
    """The last moment a row may have and be judged: the question's day, or the data's last moment, less what it takes."""
    if not row.mature_h or "at" not in kinds:
        return None
    if question.as_of:
        last = datetime.combine(day_of(question.as_of), time()) + timedelta(days=1)
    else:
        tables = [source, *([centre.facts] if "at" in centre.columns else [])]
        last = max(
            pd.Timestamp(centre.engine.query(f'SELECT MAX(t."at") AS last_at FROM ({one}) t')["last_at"][0])
            for one in tables
        ).to_pydatetime()
    return last - timedelta(hours=row.mature_h)


def _days(centre: Centre, facts: str, columns: Sequence[str]) -> tuple[date, date] | None:
    """First and last day, those that could not be judged yet included: "last week" means the same for every KPI."""
    if "at" not in columns:
        return None
    found = centre.engine.query(f'SELECT MIN(t."at") AS first_at, MAX(t."at") AS last_at FROM ({facts}) t').iloc[0]
    if pd.isna(found["first_at"]):
        return None
    first, last = pd.Timestamp(found["first_at"]).date(), pd.Timestamp(found["last_at"]).date()
    return first, max(last, centre.days[1]) if centre.days is not None else last


def _cluster(columns: Sequence[str]) -> str | None:
    return next((name for name in ("customer_id", "agent_id") if name in columns), None)


def _beside(centre: Centre) -> dict:
    """What is remembered of tables beside the facts; answers are the face's own."""
    return {key: value for key, value in centre.memory.items() if isinstance(key, tuple) and key[0] == "beside"}


def _told_levels(row: Indicator, levels: Levels) -> list[tuple[str, dict]]:
    told = []
    if levels.step is not None:
        told.append(
            (
                "caveat.kpi_levels",
                {
                    "levels": len(levels.values),
                    "step": f"{levels.step:g}",
                    "unit": Words(f"measured_in.{row.measured_in}"),
                },
            )
        )
    if levels.tail_share >= 0.1:
        told.append(("caveat.kpi_tail", {"share": f"{100 * levels.tail_share:.0f}%", "above": f"{levels.tail_from:g}"}))
    return told


def _told_rows(row: Indicator, counts) -> list[tuple[str, dict]]:
    told = []
    if counts.immature:
        told.append(("caveat.kpi_immature", {"n": f"{counts.immature:,}", "hours": f"{row.mature_h:g}"}))
    if counts.uncounted:
        told.append(("caveat.kpi_uncounted", {"n": f"{counts.uncounted:,}", "kept": f"{counts.kept:,}"}))
    return told
