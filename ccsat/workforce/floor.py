"""The floor's own tables, read from a centre: half-hours of traffic, and agents' days."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ccsat.centre import Centre
from ccsat.errors import DataError, listing
from ccsat.workforce.service_level import Counts

INTERVALS: Mapping[str, str] = {
    "start": "time", "channel": "text", "offered": "number", "answered": "number", "abandoned": "number", "short_abandoned": "number",
    "answered_20s": "number", "abandoned_20s": "number", "required": "number", "scheduled": "number",
}  # fmt: skip
STATES = ("talk_s", "hold_s", "acw_s", "available_s", "aux_break_s", "aux_away_s", "aux_train_s", "aux_meet_s")
AGENT_DAYS: Mapping[str, str] = {
    "agent_id": "id", "date": "time", "answered": "number", "paid_s": "number", "scheduled_s": "number", "logged_in_s": "number",
    "adherent_s": "number", **dict.fromkeys(STATES, "number"),
}  # fmt: skip


def read_intervals(
    centre: Centre, *, channel: str | None = None, window: tuple[object, object] | None = None
) -> pd.DataFrame:
    """Half-hours (or what length they have) of traffic, oldest first; channels added up unless one is named.

    Args:
        channel: A level of the table's `channel`. window: First and last day.

    Returns:
        One row a start (and channel): `start, day, weekday` (0: Monday)`, slot` (text "08:30")`, offered, answered, abandoned, ...` as far as the table has them.

    Raises:
        DataError: The study has no such table, it lacks the start or the calls, or there is no such channel.

    Source:
        DOMAIN 5.2.
    """
    table = centre.beside("intervals", INTERVALS)
    if table is None:
        raise DataError("workforce_table", table="intervals", columns=listing(INTERVALS))
    lacking = [name for name in ("start",) if name not in table.roles]
    if lacking or not {"offered", "answered"} & set(table.roles):
        raise DataError(
            "workforce_columns", table="intervals", columns=listing(lacking or ["offered"]), known=listing(table.roles)
        )
    rows = centre.engine.query(f"SELECT * FROM ({table.sql}) i").dropna(subset=["start"])
    if channel is not None:
        known = sorted(rows["channel"].dropna().unique()) if "channel" in rows else []
        if channel not in known:
            raise DataError("workforce_channel", channel=channel, known=listing(known) or "–")
        rows = rows[rows["channel"] == channel]
    if "offered" not in rows:
        rows = rows.assign(offered=rows["answered"] + (rows["abandoned"] if "abandoned" in rows else 0))
    numbers = [name for name in INTERVALS if name in rows and INTERVALS[name] == "number"]
    rows = rows.groupby("start", as_index=False)[numbers].sum(min_count=1).sort_values("start", ignore_index=True)
    start = pd.to_datetime(rows["start"])
    rows = rows.assign(start=start, day=start.dt.date, weekday=start.dt.day_of_week, slot=start.dt.strftime("%H:%M"))
    if window is not None:
        first, last = (pd.Timestamp(str(one)).date() for one in window)
        rows = rows[(rows["day"] >= first) & (rows["day"] <= last)].reset_index(drop=True)
    if rows.empty:
        raise DataError(
            "workforce_empty", table="intervals", window="–" if window is None else f"{window[0]}–{window[1]}"
        )
    return rows


def interval_seconds(rows: pd.DataFrame) -> float:
    """How long an interval is: the step that starts of one day are apart most often."""
    step = rows.groupby("day")["start"].diff().dt.total_seconds().dropna()
    return float(step.mode().iloc[0]) if len(step) else 1800.0


def counts_of(rows: pd.DataFrame) -> Counts:
    """The calls of some intervals, added up."""
    total = lambda name: float(rows[name].sum()) if name in rows else None
    answered = total("answered")
    abandoned = total("abandoned")
    return Counts(answered=answered if answered is not None else float(rows["offered"].sum() - abandoned), abandoned=abandoned if abandoned is not None else 0.0,
                  answered_in=total("answered_20s"), abandoned_in=total("abandoned_20s"), short_abandoned=total("short_abandoned"))  # fmt: skip


def read_agent_days(centre: Centre, *, window: tuple[object, object] | None = None) -> pd.DataFrame:
    """Agents' days: seconds in each state.

    Raises:
        DataError: The study has no such table, or it lacks the agent or all states.
    """
    table = centre.beside("agent_days", AGENT_DAYS)
    if table is None:
        raise DataError("workforce_table", table="agent_days", columns=listing(AGENT_DAYS))
    if "agent_id" not in table.roles or not set(STATES) & set(table.roles):
        raise DataError(
            "workforce_columns",
            table="agent_days",
            columns=listing(["agent_id", *STATES[:4]]),
            known=listing(table.roles),
        )
    rows = centre.engine.query(f"SELECT * FROM ({table.sql}) d")
    if window is not None and "date" in rows:
        first, last = (pd.Timestamp(str(one)).date() for one in window)
        day = pd.to_datetime(rows["date"]).dt.date
        rows = rows[(day >= first) & (day <= last)]
    if rows.empty:
        raise DataError(
            "workforce_empty", table="agent_days", window="–" if window is None else f"{window[0]}–{window[1]}"
        )
    return rows.reset_index(drop=True)


def handling_time(centre: Centre, *, channel: str | None = None, concurrency: float = 1.0, window: tuple[object, object] | None = None) -> dict[str, float]:  # fmt: skip
    """Mean seconds that a contact takes of an agent: `aht_s, se, n`, and its `talk_s, hold_s, acw_s`.

    Args:
        concurrency: Contacts that an agent handles side by side (chat); each then takes a part of its time.

    Raises:
        DataError: The facts have none of the three times.

    Source:
        DOMAIN 2.2.
    """
    parts = [name for name in ("talk_s", "hold_s", "acw_s") if name in centre.columns]
    if not parts:
        raise DataError(
            "workforce_columns", table="contacts", columns="talk_s, hold_s, acw_s", known=listing(centre.columns, 20)
        )
    if not concurrency >= 1:
        raise DataError("workforce_number", name="concurrency", value=str(concurrency), least=">= 1")
    quote = centre.engine.quote
    total = " + ".join(f"COALESCE({quote(name)}, 0)" for name in parts)
    where = [f"{quote(parts[0])} IS NOT NULL"]
    if channel is not None and "channel" in centre.columns:
        where.append(f"{quote('channel')} = '{channel.replace(chr(39), chr(39) * 2)}'")
    if window is not None and "at" in centre.columns:
        last = pd.Timestamp(str(window[1])) + pd.Timedelta(days=1)
        where.append(
            f"{quote('at')} >= TIMESTAMP '{pd.Timestamp(str(window[0]))}' AND {quote('at')} < TIMESTAMP '{last}'"
        )
    row = centre.engine.query(
        f"SELECT COUNT(*) AS n, AVG(t) AS mean, AVG(t * t) AS square, {', '.join(f'AVG({p}) AS {p}' for p in parts)} "
        f"FROM (SELECT ({total}) * 1.0 AS t, {', '.join(f'{quote(p)} * 1.0 AS {p}' for p in parts)} FROM ({centre.facts}) f WHERE {' AND '.join(where)}) x"
    ).iloc[0]  # fmt: skip
    n = int(row["n"])
    if not n:
        raise DataError(
            "workforce_empty", table="contacts", window="–" if window is None else f"{window[0]}–{window[1]}"
        )
    spread = max(float(row["square"]) - float(row["mean"]) ** 2, 0.0)
    return {"aht_s": float(row["mean"]) / concurrency, "se": (spread / n) ** 0.5 / concurrency, "n": n, **{p: float(row[p]) / concurrency for p in parts}}  # fmt: skip
