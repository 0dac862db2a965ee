"""Best practice: where the same work goes best, by the lower limit of its value."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd

from ccsat.cells import agent_carried
from ccsat.centre import Centre
from ccsat.engine import Window
from ccsat.estimates import wilson
from ccsat.meeting.scripts import MIN_N, topic_of
from ccsat.results import Result, result_class
from ccsat.wording import count, percent, text


@result_class
class Practice(Result):
    """Who does best at which topic.

    The table, one row a topic where somebody is ahead: `topic, who` (level of `by`)`, n, value, lower, upper` (share of good ratings, 95 %, Wilson)`, value_others, n_others, lead` (lower limit less the
    others' value; above 0). A topic without such a lead is not named.

    Attributes:
        by: The dimension that agents carry; empty where the study has none. looked: Topics looked at.
    """

    by: str
    looked: int

    def sentence(self) -> str:
        if self.table.empty:
            return text("meeting.practice_none", topics=count(self.looked))
        row = self.table.iloc[0]
        return text("meeting.practice", topic=row["topic"], who=row["who"], value=percent(row["value"]), lower=percent(row["lower"]), upper=percent(row["upper"]),
                    n=count(row["n"]), others=percent(row["value_others"]))  # fmt: skip


def best_practice(
    centre: Centre,
    window: Window,
    *,
    topic: str | None = None,
    by: str | None = None,
    good: int | None = None,
    min_n: int = MIN_N,
) -> Practice:
    """At which topics is one group of agents ahead of the others, beyond luck?

    The leader of a topic is the group with the highest lower limit, not the highest value: that one is often the smallest group.

    Args:
        by: A dimension that agents carry (team, site); the one with the most levels where not given, ids aside. good: Lowest rating that counts as good.
        min_n: Ratings that a group must have on the topic.

    Source:
        DOMAIN A28, A30, 2.14 (leading value by the lower limit).
    """
    from ccsat.calibers import SCALES, caliber

    topic, _ = topic_of(centre, topic)
    carried = [dim for dim in centre.dims if agent_carried(dim) and not centre.study.dimension(dim).levels]
    by = by or max(carried, key=lambda dim: _levels(centre, dim), default="")
    empty = ["topic", "who", "n", "value", "lower", "upper", "value_others", "n_others", "lead"]
    if not by or "rating" not in centre.columns:
        return Practice(table=pd.DataFrame(columns=empty), by="", looked=0)
    if good is None:
        worth = caliber("satisfaction_rate", None, centre.scale).levels(centre.scale)
        good = min(level for level in SCALES[centre.scale] if worth.get(level) == max(worth.values()))
    quote, at = centre.engine.quote, centre.engine.quote("at")
    days = f"{at} >= TIMESTAMP '{window.first} 00:00:00' AND {at} < TIMESTAMP '{window.last + timedelta(1)} 00:00:00'"
    rows = centre.engine.query(
        f"SELECT {quote(topic)} AS topic, {quote(by)} AS who, COUNT(*) AS n, SUM(CASE WHEN rating >= {int(good)} THEN 1 ELSE 0 END) AS good FROM ({centre.facts}) f "
        f"WHERE rating IS NOT NULL AND {quote(topic)} IS NOT NULL AND {quote(by)} IS NOT NULL AND {days} GROUP BY {quote(topic)}, {quote(by)} ORDER BY 1, 2"
    )  # fmt: skip
    found = []
    for name, group in rows.groupby("topic"):
        enough = group[group["n"] >= min_n]
        if len(enough) < 1 or len(group) < 2:
            continue
        # the level is lowered for the groups compared: the best of many is ahead by luck now and then
        low, high = wilson(enough["good"].to_numpy(float), enough["n"].to_numpy(float), level=1 - 0.05 / len(enough))
        place = int(low.argmax())
        one = enough.iloc[place]
        others = group.drop(enough.index[place])
        if not others["n"].sum():
            continue
        value_others = float(others["good"].sum() / others["n"].sum())
        if low[place] > value_others:
            plain = wilson(float(one["good"]), float(one["n"]))
            found.append(
                (
                    name,
                    one["who"],
                    int(one["n"]),
                    float(one["good"] / one["n"]),
                    float(plain[0]),
                    float(plain[1]),
                    value_others,
                    int(others["n"].sum()),
                    float(low[place] - value_others),
                )
            )
    table = pd.DataFrame(found, columns=empty).sort_values("lead", ascending=False, ignore_index=True)
    return Practice(table=table, by=by, looked=int(rows["topic"].nunique()), caveats=(("caveat.practice_listen", {}),))


def _levels(centre: Centre, dim: str) -> int:
    return int(centre.engine.profile(centre.facts, [dim])["distinct"].iloc[0])
