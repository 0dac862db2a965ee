"""First-contact resolution in several windows, by the estimator that the moment allows, with everything left out counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import numpy as np
import pandas as pd

from ccsat.centre import Centre
from ccsat.errors import CaliberError, NoDataError, listing
from ccsat.estimates import wilson
from ccsat.kpis.fcr import JUDGED, Resolution, judged_rows, last_moment, read_id, stream
from ccsat.kpis.fcr_events import NOT_JUDGED
from ccsat.results import Result, result_class
from ccsat.wording import count, interval, kpi_value, text

ESTIMATES = ("mature", "km", "naive")
MIXED = ("mixed", "mature_or_failed")
NOT_KNOWN_FIRST = 168  # hours from the data's start in which a contact's look-back is cut short


@result_class
class Resolved(Result):
    """First-contact resolution, one row a window.

    The table: `caliber` (its id), `hours`, `estimate`, `value, lower, upper` (95 %), `n` (contacts that the estimate rests on), `resolved` (of them without a repeat;
    for `km` the value times n), `judged` (contacts that may be judged), `mature, repeated` (older than the window; of these with a repeat within it),
    `immature, early` (younger; of these with a repeat already).

    Attributes:
        way: How it is counted; the window of the first row.
        how: "chain" or "rolling".
        as_of: Until when the data tell. first, last: Days of the contacts judged; None: all.
        left_out: What was not judged or took no part -> how many contacts.
        common: The same windows on one set of contacts, those older than the longest window: `hours, n, resolved, value, lower, upper`. Here a longer window
            never has the higher value.
    """

    way: Resolution
    how: str
    as_of: datetime
    first: date | None
    last: date | None
    left_out: dict[str, int]
    common: pd.DataFrame

    @property
    def n(self) -> int:
        """Contacts that the first window's estimate rests on."""
        return int(self.table["n"].iloc[0])

    @property
    def caliber(self) -> str:
        """The caliber id of the first window."""
        return str(self.table["caliber"].iloc[0])

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the first window."""
        return float(self.table["lower"].iloc[0]), float(self.table["upper"].iloc[0])

    def sentence(self) -> str:
        parts = [text("fcr.window", caliber=r["caliber"], value=kpi_value(r["value"], "rate"), interval=interval(r["lower"], r["upper"], "rate"), n=count(r["n"]))
                 for r in self.table.to_dict("records")]  # fmt: skip
        return text("fcr.sentence", parts=text("joined").join(parts), estimate=text(f"fcr_estimate.{self.table['estimate'].iloc[0]}"),
                    judged=text(f"fcr_judged.{self.how}"), as_of=f"{self.as_of:%Y-%m-%d %H:%M}")  # fmt: skip


def first_contact_resolution(centre: Centre, *, windows: Sequence[str] = ("2h", "24h", "48h"), match: str = "l1", channels: str = "all", base: str = "net", judged: str = "chain",
                             estimate: str = "mature", as_of: date | datetime | str | None = None, first: date | str | None = None, last: date | str | None = None) -> Resolved:  # fmt: skip
    """How many first contacts had no further contact on the issue within 2, 24 and 48 hours?

    Args:
        windows: Caliber windows ("2h", "24h", "7d"), any number. match: Which contacts are one issue: customer, l1, l2, ticket, l1_or_ticket.
        channels: By what a customer may come back: same, human, all. base: net or gross.
        judged: "chain" judges first contacts, for the customer's view; "rolling" each contact against the next, so that agents can be compared.
        estimate: "mature" takes contacts older than the window (published figures); "km" all of them, by Kaplan and Meier, censored at their age (same day);
            "naive" takes "no repeat yet" as resolved, and flatters.
        as_of: A moment, or a day whose end it is; by default the last start in the data. Nothing later is used.
        first, last: Days of the contacts judged; repeats may come later.

    Returns:
        `Resolved`. An interval is Wilson's; of "km" Greenwood's on the log-log scale.

    Raises:
        CaliberError: A window, match or estimate that is none; "mixed" (mature, or already failed) is refused: it drops every early success and keeps every
            early failure. NoDataError: Nobody can be judged.

    Assumes:
        "km": the chance to come back does not depend on the contact's date within the span.

    Source:
        DOMAIN 2.5; Kaplan and Meier (1958), JASA 53, 457-481; Kalbfleisch and Prentice (2002) on the log-log interval.
    """
    if estimate in MIXED:
        raise CaliberError("fcr_mixed")
    if estimate not in ESTIMATES:
        raise CaliberError("fcr_estimate", estimate=estimate, known=listing(ESTIMATES))
    if judged not in JUDGED:
        raise CaliberError("fcr_judged", judged=judged, known=listing(JUDGED))
    ways = [
        read_id("-".join((window, *_parts(match, channels, base))))
        for window in ([windows] if isinstance(windows, str) else windows)
    ]
    begin, end = day(first), day(last)
    moment = end_of(as_of)
    lines, counts, known = [], {}, datetime.min
    for way in ways:
        made = stream(centre, way, judged=judged)
        known = last_moment(centre, made, moment)
        counts[way] = waits(centre, way, judged=judged, as_of=known, first=begin, last=end)
        lines.append(
            {"caliber": way.id, "hours": way.hours, "estimate": estimate, **estimated(counts[way], way.hours, estimate)}
        )
    table = pd.DataFrame(lines)
    if not table["judged"].sum():
        raise NoDataError("fcr_nobody", as_of=f"{known:%Y-%m-%d %H:%M}", windows=listing(table["caliber"]))
    longest = max(ways, key=lambda way: way.hours)
    left = left_out(centre, longest, judged=judged, as_of=known)
    caveats = (
        [(f"caveat.fcr_{estimate}", {"n": int(table["immature"].max())})]
        if estimate != "mature" or table["immature"].any()
        else []
    )
    if short := table[table["value"].isna()]["caliber"].tolist():
        caveats.append(("caveat.fcr_too_young", {"calibers": listing(short)}))
    if judged == "chain" and (
        begin is None or centre.days is None or (begin - centre.days[0]).days < NOT_KNOWN_FIRST / 24
    ):
        caveats.append(("caveat.fcr_look_back", {"days": NOT_KNOWN_FIRST // 24}))
    if left.get("shared_lines"):
        caveats.append(("caveat.fcr_shared", {"lines": left["shared_lines"], "n": left["shared"]}))
    if left.get("no_issue"):
        caveats.append(("caveat.fcr_no_issue", {"n": left["no_issue"]}))
    return Resolved(table=table, way=ways[0], how=judged, as_of=known, first=begin, last=end, left_out=left, common=common_set(counts[longest], longest.hours, [way.hours for way in ways]),
                    caveats=tuple(caveats))  # fmt: skip


def _parts(match: str, channels: str, base: str) -> list[str]:
    return [part for part in (match, channels, base) if part]


def day(value: date | str | None) -> date | None:
    """A day from ISO words."""
    return (
        value
        if value is None or (isinstance(value, date) and not isinstance(value, datetime))
        else pd.Timestamp(value).date()
    )


def end_of(value: date | datetime | str | None) -> datetime | None:
    """A moment; of a day its end."""
    if value is None:
        return None
    moment = pd.Timestamp(value).to_pydatetime()
    whole = (isinstance(value, str) and len(value) == 10) or (
        isinstance(value, date) and not isinstance(value, datetime)
    )
    return datetime.combine(moment.date(), time()) + timedelta(days=1) if whole else moment


def waits(centre: Centre, way: Resolution, *, judged: str, as_of: datetime, first: date | None = None, last: date | None = None, by: Sequence[str] = ()) -> pd.DataFrame:  # fmt: skip
    """How long judged contacts waited for the next: `[*by,] mature, event, seconds, n`, one row a wait.

    `event` is 1 where the next contact came within the window after `seconds`; else the contact was seen without one for `seconds` (its age, at most the window).
    """
    seconds = round(3600 * way.hours)
    age = centre.engine.seconds(f"TIMESTAMP '{as_of.isoformat(' ')}'", "q.ended_at")
    gap = centre.engine.seconds("q.next_at", "q.ended_at")
    span = [f"q.\"at\" >= TIMESTAMP '{first} 00:00:00'"] if first else []
    span += [f"q.\"at\" < TIMESTAMP '{last + timedelta(days=1)} 00:00:00'"] if last else []
    inner = (f"SELECT {''.join(f'q.{name} AS {name}, ' for name in by)}q.mature AS mature, q.repeated AS event, CASE WHEN q.repeated = 1 THEN GREATEST({gap}, 0)"
             f" WHEN q.mature = 1 THEN {seconds} ELSE {age} END AS seconds FROM ({judged_rows(centre, way, judged=judged, as_of=as_of)}) q"
             + (f" WHERE {' AND '.join(span)}" if span else ""))  # fmt: skip
    keys = ", ".join([*by, "mature", "event", "seconds"])
    found = centre.engine.query(f"SELECT {keys}, CAST(COUNT(*) AS BIGINT) AS n FROM ({inner}) w GROUP BY {keys}")
    return found.astype({"seconds": float, "n": int, "mature": int, "event": int})


def estimated(counts: pd.DataFrame, hours: float, estimate: str) -> dict[str, float]:
    """The rate by one estimator, with the four counts that tell what it rests on."""
    of = lambda mature, event: int(counts.loc[(counts["mature"] == mature) & counts["event"].isin(event), "n"].sum())
    mature, repeated, immature, early = of(1, (0, 1)), of(1, (1,)), of(0, (0, 1)), of(0, (1,))
    known = {"judged": mature + immature, "mature": mature, "repeated": repeated, "immature": immature, "early": early}
    if estimate == "km":
        value, lower, upper = kaplan_meier(counts, hours)
        n = mature + immature
        return {"value": value, "lower": lower, "upper": upper, "n": n, "resolved": value * n, **known}
    n = mature if estimate == "mature" else mature + immature
    resolved = n - repeated - (early if estimate == "naive" else 0)
    lower, upper = wilson(resolved, n) if n else (np.nan, np.nan)
    return {
        "value": resolved / n if n else np.nan,
        "lower": float(lower),
        "upper": float(upper),
        "n": n,
        "resolved": resolved,
        **known,
    }


def kaplan_meier(counts: pd.DataFrame, hours: float) -> tuple[float, float, float]:
    """The part that is still without a repeat when the window ends, with Greenwood's interval on the log-log scale; NaN where nobody was watched that long.

    Args:
        counts: `seconds, event, n`, as from `waits`.
    """
    from scipy.special import ndtri
    from statsmodels.duration.survfunc import SurvfuncRight

    seconds, n = counts["seconds"].to_numpy(float), counts["n"].to_numpy(float)
    if not n.sum() or (counts["mature"] == 0).all():
        return np.nan, np.nan, np.nan
    if not (counts["event"] == 1).any():
        lower, upper = wilson(n.sum(), n.sum())
        return 1.0, float(lower), float(upper)
    curve = SurvfuncRight(seconds, counts["event"].to_numpy(int), freq_weights=n)
    place = np.searchsorted(curve.surv_times, 3600 * hours, side="right") - 1
    value, risk, events = float(curve.surv_prob[place]), curve.n_risk[: place + 1], curve.n_events[: place + 1]
    if not 0 < value < 1:
        lower, upper = wilson(value * n.sum(), n.sum())
        return value, float(lower), float(upper)
    greenwood = np.sqrt(
        (events / (risk * (risk - events))).sum()
    )  # statsmodels' own error is another one where times are weighted
    wide = ndtri(0.975) * greenwood / abs(np.log(value))
    return value, float(value ** np.exp(wide)), float(value ** np.exp(-wide))


def common_set(counts: pd.DataFrame, longest: float, hours: Sequence[float]) -> pd.DataFrame:
    """Every window on the contacts that are older than the longest one."""
    mature = counts[counts["mature"] == 1]
    n = int(mature["n"].sum())
    lines = []
    for h in sorted(hours):
        resolved = n - int(mature.loc[(mature["event"] == 1) & (mature["seconds"] <= 3600 * h), "n"].sum())
        lower, upper = wilson(resolved, n) if n else (np.nan, np.nan)
        lines.append(
            {
                "hours": float(h),
                "n": n,
                "resolved": resolved,
                "value": resolved / n if n else np.nan,
                "lower": float(lower),
                "upper": float(upper),
            }
        )
    return pd.DataFrame(lines)


def left_out(centre: Centre, way: Resolution, *, judged: str, as_of: datetime) -> dict[str, int]:
    """What was not judged, and why: contacts `outbound, void, unanswered, short, by_rule`; `later_of_issue` (no first contacts), and what took no part at all."""
    from dataclasses import replace

    made, engine = stream(centre, way, judged=judged), centre.engine
    known = f"e.kind = 'contact' AND e.started_at <= TIMESTAMP '{as_of.isoformat(' ')}'"
    reasons = engine.query(
        f"SELECT e.why AS why, CAST(COUNT(*) AS BIGINT) AS n FROM ({made.sql}) e WHERE {known} AND e.why IS NOT NULL GROUP BY e.why"
    )
    counted = {str(row.why): int(row.n) for row in reasons.itertuples()}
    found = {why: counted[why] for why in NOT_JUDGED if why in counted}
    rows = engine.repeat_rows(made.sql, made.issues, as_of=as_of)
    later = engine.query(f"SELECT CAST(COUNT(*) AS BIGINT) AS n FROM ({rows}) r WHERE r.judged = 1 AND r.first = 0")[
        "n"
    ][0]
    aside = engine.repeats_left_out(made.sql, replace(made.issues, as_of=as_of))
    return {**found, "later_of_issue": int(later), **{name: n for name, n in aside.items() if n}}
