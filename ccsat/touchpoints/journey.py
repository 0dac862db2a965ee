"""Journey resolution, the headline: whether the customer's issue is over, whoever ended it."""

from __future__ import annotations

import pandas as pd

from ccsat.centre import Centre
from ccsat.errors import DataError
from ccsat.kpis import intelligent_rows as rows_of
from ccsat.results import Ledger, result_class
from ccsat.touchpoints.compared import add_up, estimates, in_words, side_by_side, spans
from ccsat.touchpoints.handoff import PATH_SQL
from ccsat.touchpoints.ivr import need_table
from ccsat.wording import count, percent, points, text


@result_class
class Journey(Ledger):
    """Change of journey resolution by the path that customers took: `path` (bot_only, handed, blocked)`, value, lower, upper, n, value_baseline,
    n_baseline, share, share_baseline, within, mix, points`.

    `within` is the path's own change, `mix` that more or fewer took it; both with the mean of the two periods as weight, so that they add up.

    Attributes:
        value, lower, upper, n, value_baseline, n_baseline: Of all mature sessions. change_lower, change_upper: Of the total.
        immature: Valid sessions of the current period too young to be judged. naive: What counting these as resolved would show.
    """

    hours: int
    value: float
    lower: float
    upper: float
    n: int
    value_baseline: float
    n_baseline: int
    change_lower: float
    change_upper: float
    immature: int
    naive: float
    period: str

    def sentence(self) -> str:
        return text("journey.sentence", period=self.period, hours=self.hours, value=percent(self.value), lower=percent(self.lower), upper=percent(self.upper),
                    n=count(self.n), change=points(self.total, "rate"), change_lower=points(self.change_lower, "rate"), change_upper=points(self.change_upper, "rate"),
                    immature=count(self.immature), n_baseline=count(self.n_baseline))  # fmt: skip


def journey_account(
    centre: Centre,
    current: str | None = None,
    baseline: str | None = None,
    *,
    hours: int = 48,
    as_of: str | None = None,
) -> Journey:
    """Are the issues that reached the bot over, and on which path did that change?

    Args:
        hours: Nobody may be back on the issue for so long after the session.

    Returns:
        A ledger over paths: with the bot alone, handed to a human, or asked for a human in vain. It adds up to the change of the headline.

    Raises:
        DataError: No bot sessions, one period only, or none old enough to be judged.

    Assumes:
        Judged are valid sessions that ended at least `hours` before the end of the data, early failures not excepted: counting those would bend it.

    Source:
        DOMAIN 2.8 and 2.5.7; Kitagawa (1955), Journal of the American Statistical Association 50, 1168-1194.
    """
    need_table(
        centre,
        "bot_sessions",
        rows_of.SESSIONS,
        "session_id",
        "started_at",
        "handoff_requested",
        "handoff_done",
        "next_contact_at",
    )
    windows = spans(centre, current, baseline, as_of)
    if len(windows) < 2:
        raise DataError("touch_two_periods", period=in_words(windows[0]))
    rows = (
        f"SELECT s.*, session_id AS row_key, {PATH_SQL} AS path FROM ({rows_of.sessions(centre)}) s WHERE is_valid = 1"
    )
    held = f"CASE WHEN {rows_of.back(hours)} THEN 0 ELSE 1 END"
    judged = f"CASE WHEN {rows_of.mature(hours)} THEN {held} END"
    whole, by_path = (
        add_up(centre, rows, windows, level=judged),
        add_up(centre, rows, windows, by=("path",), level=judged),
    )
    if set(whole["period"]) != {"current", "baseline"}:
        raise DataError("touch_no_rows", table="bot_sessions", period=" / ".join(map(in_words, windows)))
    naive = add_up(centre, rows, windows[-1:], level=held).pipe(estimates).iloc[0]
    top, table = (
        side_by_side(whole).iloc[0],
        side_by_side(by_path, by=("path",)).fillna({"value": 0.0, "value_baseline": 0.0}),
    )
    table["share"], table["share_baseline"] = (
        table["n"] / table["n"].sum(),
        table["n_baseline"] / table["n_baseline"].sum(),
    )
    table["within"] = (table["share"] + table["share_baseline"]) / 2 * (table["value"] - table["value_baseline"])
    centred = (table["value"] + table["value_baseline"]) / 2 - (top["value"] + top["value_baseline"]) / 2
    table["mix"] = (table["share"] - table["share_baseline"]) * centred
    table["points"] = table["within"] + table["mix"]
    columns = [
        "path",
        "value",
        "lower",
        "upper",
        "n",
        "value_baseline",
        "n_baseline",
        "share",
        "share_baseline",
        "within",
        "mix",
        "points",
    ]
    return Journey(table=pd.DataFrame(table[columns]), key="journey", total=float(top["change"]), unit="rate", hours=hours, value=top["value"], lower=top["lower"], upper=top["upper"],
                   n=int(top["n"]), value_baseline=top["value_baseline"], n_baseline=int(top["n_baseline"]), change_lower=top["change_lower"],
                   change_upper=top["change_upper"], immature=int(naive["n"] - top["n"]), naive=float(naive["value"]), period=in_words(windows[-1]))  # fmt: skip
