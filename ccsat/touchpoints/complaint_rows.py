"""Complaints as rows: what became of each by a day, how long it was watched, and the dimensions it falls under."""

from __future__ import annotations

import pandas as pd

from ccsat.centre import Centre
from ccsat.engine import Window
from ccsat.errors import DataError, StudyError, listing
from ccsat.kpis.complaints import KINDS, NEEDS, OWN, TABLE, complaint_columns, direct_source, local_source

HOUR = pd.Timedelta(hours=1)
NO_LEVEL = "–"


def local_complaints(centre: Centre, *, as_of: str | None = None, window_days: int = 30) -> pd.DataFrame:
    """The local complaints as they stood at the end of a day, one row each; remembered by the centre.

    Args:
        as_of: ISO day; the last one in the data where None. What happened later counts as not known.
        window_days: An escalation counts up to so many days after the complaint.

    Returns:
        `complaint_id, customer_id, contact_id, ticket_id, filed_at, due_at, first_reply_at, closed_at, on_time, liable, reopened, satisfaction`; `escalated_at`;
        `event` (an escalation was seen inside the window), `watched_h` (hours until it, else until the window's end or the day's end), `age_h`,
        `mature` (the window is over); and a text column for each dimension: the complaint's own, then the study's through its contact.

    Raises:
        DataError: The study has no table of complaints, or one that lacks what is needed.
    """
    need_columns(centre, *NEEDS)
    end = end_of(centre, as_of)
    key = ("local_complaints", end, window_days)
    if key not in centre.memory:
        rows = _with_dimensions(centre, centre.engine.query(f"SELECT * FROM ({local_source(centre)}) k"))
        rows = rows[rows["filed_at"].notna() & (rows["filed_at"] <= end)].reset_index(drop=True)
        seen = rows["escalated_at"].where(rows["escalated_at"] <= end)
        rows["age_h"] = (end - rows["filed_at"]) / HOUR
        after = (seen - rows["filed_at"]) / HOUR
        rows["event"] = after.between(0, 24 * window_days)
        rows["watched_h"] = after.where(rows["event"], rows["age_h"].clip(upper=24 * window_days))
        rows["mature"] = rows["age_h"] >= 24 * window_days
        rows["escalated_at"] = seen
        centre.memory[key] = rows
    return centre.memory[key]


def escalations(centre: Centre, *, as_of: str | None = None, window_days: int = 30) -> pd.DataFrame:
    """Every escalation by a day, one row each: `complaint_id, customer_id, filed_at, complained_at` (the local complaint's time; its
    own where `direct`: no local complaint went before it) and dimensions."""
    need_columns(centre, *NEEDS)
    end = end_of(centre, as_of)
    local = local_complaints(centre, as_of=as_of, window_days=window_days)
    gone = local[local["escalated_at"].notna()].assign(direct=False)
    gone = gone.assign(complained_at=gone["filed_at"], filed_at=gone["escalated_at"])
    direct = _with_dimensions(centre, centre.engine.query(f"SELECT * FROM ({direct_source(centre)}) k")).assign(
        direct=True, complained_at=lambda rows: rows["filed_at"]
    )
    both = pd.concat([gone, direct[direct["filed_at"] <= end]], ignore_index=True)
    return both[
        [
            name
            for name in gone.columns
            if name in both and name not in ("event", "watched_h", "mature", "age_h", "escalated_at")
        ]
    ]


def complaint_dims(centre: Centre) -> tuple[str, ...]:
    """The dimensions that complaints can be divided by: their own columns, and the study's where they name a contact."""
    there = complaint_columns(centre)
    own = [name for name in OWN if name in there]
    reached = [dim for dim in centre.dims if dim not in own] if _reaches_contacts(centre) else []
    return (*own, *reached)


def between(rows: pd.DataFrame, window: Window | None) -> pd.DataFrame:
    """The complaints filed in a period; all of them where there is none."""
    if window is None:
        return rows
    end = pd.Timestamp(window.last) + pd.Timedelta(days=1)
    return rows[(rows["filed_at"] >= pd.Timestamp(window.first)) & (rows["filed_at"] < end)]


def end_of(centre: Centre, as_of: str | None) -> pd.Timestamp:
    """The moment up to which everything is known: the end of a day."""
    if as_of is None and centre.days is None:
        raise StudyError("no_time", key="as_of", words="as_of")
    return pd.Timestamp(as_of if as_of else centre.days[1]).normalize() + pd.Timedelta(days=1)


def need_columns(centre: Centre, *names: str) -> None:
    """Refuse where the study has no complaints, or they lack columns."""
    if TABLE not in centre.study.data.tables():
        raise DataError("complaints_none", table=TABLE, columns=listing(NEEDS))
    missing = [name for name in names if name not in complaint_columns(centre)]
    if missing:
        raise DataError(
            "complaints_columns",
            table=TABLE,
            missing=listing(missing),
            known=listing(sorted(complaint_columns(centre))),
        )


def _reaches_contacts(centre: Centre) -> bool:
    return "first_contact_id" in complaint_columns(centre) and "contact_id" in centre.columns


def _with_dimensions(centre: Centre, rows: pd.DataFrame) -> pd.DataFrame:
    """Complaints with the study's dimensions of the contact they arose from."""
    rows = rows.rename(columns={"first_contact_id": "contact_id"})
    for name, kind in KINDS.items():
        if kind == "time" and name in rows:
            rows[name] = pd.to_datetime(rows[name])
    if _reaches_contacts(centre) and len(rows):
        more = [dim for dim in complaint_dims(centre) if dim not in OWN]
        columns = [name for name in (*more, "rule_code") if name in centre.columns or name in centre.dims]
        key = ("complaint_contacts", tuple(columns))
        if key not in centre.memory:
            quoted = "".join(f", f.{centre.engine.quote(name)}" for name in dict.fromkeys(columns))
            ids = f"SELECT DISTINCT first_contact_id AS of_id FROM ({centre.beside(TABLE, KINDS).sql}) k"
            centre.memory[key] = centre.engine.query(f"SELECT f.contact_id{quoted} FROM ({centre.facts}) f JOIN ({ids}) k ON k.of_id = f.contact_id").drop_duplicates("contact_id")  # fmt: skip
        rows = rows.merge(centre.memory[key], on="contact_id", how="left")
    for dim in complaint_dims(centre):
        rows[dim] = rows[dim].astype(object).where(rows[dim].notna(), NO_LEVEL).astype(str)
    return rows
