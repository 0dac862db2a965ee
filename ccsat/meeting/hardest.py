"""The hardest contacts of some days: which signs of difficulty they carry, by topic, and singly only where the study allows it."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd

from ccsat.centre import Centre
from ccsat.engine import Window
from ccsat.errors import DataError, listing
from ccsat.estimates import wilson
from ccsat.meeting.scripts import HANDLED, topic_of
from ccsat.results import Result, result_class
from ccsat.wording import count, percent, text

SIGNS = ("long", "hold", "transferred", "again", "unresolved", "bad")
LEAST_SIGNS = 3
TOP = 0.9  # part of all contacts whose handling is shorter
BACK_DAYS = 7
MOST_CASES = 10
OTHERS = "…"  # topics with too few hard contacts to be shown, added up


@result_class
class Hardest(Result):
    """Topics by their hardest contacts.

    The table, most hard contacts first: `topic, n` (contacts)`, hard` (with at least `LEAST_SIGNS` signs)`, rate, lower, upper` (95 %, Wilson) and a count for each sign that the data have, of the hard
    ones: `long` (handled longer than nine in ten)`, hold` (on hold longer than nine in ten)`, transferred, again` (another contact of the same issue within seven days before)`,
    unresolved` (the agent's tag)`, bad` (rated in the lower two levels). Topics with fewer hard contacts than the study's smallest group are added up under "…".

    Attributes:
        topic: Dimension. signs: Those that the data have. n, hard: All contacts, all hard ones. hidden: Topics added up.
        cases: Single contacts, the hardest first: `contact_id, topic, signs` (how many) and the signs; None unless `privacy.allow` names contact_id.
    """

    topic: str
    signs: tuple[str, ...]
    n: int
    hard: int
    hidden: int
    cases: pd.DataFrame | None

    def sentence(self) -> str:
        if not self.hard or self.table.empty:
            return text("meeting.hardest_none", n=count(self.n))
        row = self.table.iloc[0]
        if row["topic"] == OTHERS:
            return text(
                "meeting.hardest_spread", n=count(self.n), hard=count(self.hard), rate=percent(self.hard / self.n)
            )
        return text("meeting.hardest", n=count(self.n), hard=count(self.hard), rate=percent(self.hard / self.n), first=str(row["topic"]), of=count(row["hard"]),
                    part=percent(row["rate"]))  # fmt: skip


def hardest_contacts(centre: Centre, window: Window, *, topic: str | None = None, least: int = LEAST_SIGNS) -> Hardest:
    """Which contacts of these days were the hardest, and on which topics?

    A contact is hard with at least `least` signs of difficulty. The marks of long handling are those of the 28 days before and the days themselves.

    Args:
        least: Signs; fewer where the data have fewer kinds of sign.

    Raises:
        DataError: The data have no times or fewer than two signs. As `topic_of`.

    Source:
        DOMAIN A28.
    """
    topic, issue = topic_of(centre, topic)
    if "at" not in centre.columns:
        raise DataError("meeting_columns", columns="at", known=listing(centre.columns, 20))
    signs = _signs(centre, issue, window)
    if len(signs) < 2:
        raise DataError(
            "meeting_columns",
            columns=listing([*HANDLED, "transfers", "resolved", "rating"]),
            known=listing(centre.columns, 20),
        )
    quote = centre.engine.quote
    made = ", ".join(f"CASE WHEN {test} THEN 1 ELSE 0 END AS {quote('is_' + name)}" for name, test in signs.items())
    inner = f"SELECT f.*, {made} FROM ({_marked(centre, issue, window)}) f WHERE {_within(centre, window)}"
    total = " + ".join(quote("is_" + name) for name in signs)
    least = min(least, len(signs))
    rows = centre.engine.query(
        f"SELECT {quote(topic)} AS topic, COUNT(*) AS n, SUM(CASE WHEN {total} >= {least} THEN 1 ELSE 0 END) AS hard, "
        + ", ".join(
            f"SUM(CASE WHEN {total} >= {least} THEN {quote('is_' + name)} ELSE 0 END) AS {quote(name)}"
            for name in signs
        )
        + f" FROM ({inner}) q GROUP BY {quote(topic)} ORDER BY {quote(topic)}"
    )
    n, hard = int(rows["n"].sum()), int(rows["hard"].sum())
    if not n:
        raise DataError("meeting_empty", what=f"{window.first} – {window.last}")
    shown, hidden = _grouped(
        rows.sort_values(["hard", "n"], ascending=False, ignore_index=True),
        list(signs),
        centre.study.privacy.minimum_group,
    )
    low, high = wilson(shown["hard"].to_numpy(float), shown["n"].to_numpy(float))
    shown = shown.assign(rate=shown["hard"] / shown["n"], lower=low, upper=high)
    cases = None
    if _allowed(centre):
        ids = "contact_id"
        cases = centre.engine.query(
            f"SELECT {quote(ids)} AS contact_id, {quote(topic)} AS topic, {total} AS signs, {', '.join(f'{quote(chr(105) + chr(115) + chr(95) + name)} AS {quote(name)}' for name in signs)} "
            f"FROM ({inner}) q WHERE {total} >= {least} ORDER BY 3 DESC, 1 LIMIT {MOST_CASES}"
        )  # fmt: skip
    caveats = [("caveat.hardest_signs", {"least": least, "signs": len(signs)})]
    caveats += [] if cases is not None else [("caveat.hardest_private", {})]
    return Hardest(
        table=shown, topic=topic, signs=tuple(signs), n=n, hard=hard, hidden=hidden, cases=cases, caveats=tuple(caveats)
    )


def _allowed(centre: Centre) -> bool:
    """Whether single contacts may be shown: the study allows their ids and does not hide them."""
    privacy = centre.study.privacy
    names = {"contact_id", centre.study.columns.contact_id or "contact_id"}
    return "contact_id" in centre.columns and bool(names & {*privacy.allow}) and not names & {*privacy.hide}


def _within(centre: Centre, window: Window) -> str:
    at = centre.engine.quote("at")
    return f"{at} >= TIMESTAMP '{window.first} 00:00:00' AND {at} < TIMESTAMP '{window.last + timedelta(1)} 00:00:00'"


def _marked(centre: Centre, issue: str, window: Window) -> str:
    """The facts with the time of the same customer's contact before."""
    if not {"customer_id", "started_at"} <= set(centre.columns):
        return centre.facts
    quote = centre.engine.quote
    return (f"SELECT g.*, LAG(g.started_at) OVER (PARTITION BY g.customer_id, g.{quote(issue)} ORDER BY g.started_at, g.row_key) AS before_at FROM ({centre.facts}) g "
            f"WHERE {quote('at')} < TIMESTAMP '{window.last + timedelta(1)} 00:00:00'")  # fmt: skip


def _signs(centre: Centre, issue: str, window: Window) -> dict[str, str]:
    """Sign -> its test in SQL."""
    there, found = set(centre.columns), {}
    parts = [name for name in HANDLED if name in there]
    total = " + ".join(f"COALESCE({name}, 0)" for name in parts)
    past = _within(centre, Window("past", window.first - timedelta(28), window.last))
    limit = lambda value: centre.engine.query(
        f"SELECT PERCENTILE_CONT({TOP}) WITHIN GROUP (ORDER BY {value}) AS q FROM ({centre.facts}) f WHERE {past} AND {value} IS NOT NULL"
    )["q"][0]
    if parts and pd.notna(mark := limit(f"({total}) * 1.0")):
        found["long"] = f"({total}) > {float(mark)}"
    if "hold_s" in there and pd.notna(mark := limit("hold_s * 1.0")):
        found["hold"] = f"hold_s > {float(mark)}"
    if "transfers" in there:
        found["transferred"] = "transfers > 0"
    if {"customer_id", "started_at"} <= there:
        found["again"] = f"customer_id IS NOT NULL AND before_at >= started_at - INTERVAL '{BACK_DAYS}' DAY"
    if "resolved" in there:
        found["unresolved"] = "resolved = 0"
    if "rating" in there:
        from ccsat.calibers import SCALES

        levels = sorted(SCALES[centre.scale])
        found["bad"] = f"rating <= {levels[1] if len(levels) > 3 else levels[0]}"
    return found


def _grouped(rows: pd.DataFrame, signs: list[str], least: int) -> tuple[pd.DataFrame, int]:
    """Topics with enough hard contacts; the rest added up."""
    rows = rows.assign(topic=rows["topic"].fillna("∅").astype(str))
    small = rows["hard"] < least
    kept = rows[~small]
    if small.any():
        rest = rows.loc[small, ["n", "hard", *signs]].sum()
        if rest["hard"] >= least:
            kept = pd.concat([kept, pd.DataFrame([{"topic": OTHERS, **rest}])], ignore_index=True)
    return kept.astype(dict.fromkeys(["n", "hard", *signs], int)).reset_index(drop=True), int(small.sum())
