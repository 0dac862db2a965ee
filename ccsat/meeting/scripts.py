"""Script candidates: what customers ask again and again, and agents find hard to answer."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd

from ccsat.cells import agent_carried
from ccsat.centre import Centre
from ccsat.engine import NULL_LEVEL, Window
from ccsat.engine.repeats import Issues
from ccsat.errors import ColumnError, DataError, listing, suggestion
from ccsat.estimates import wilson
from ccsat.results import Result, result_class
from ccsat.wording import count, number, percent, text

WINDOW_H = 48
HANDLED = ("talk_s", "hold_s", "acw_s")
DRAWS = 2000
MIN_N = 30


def topic_of(centre: Centre, topic: str | None = None) -> tuple[str, str]:
    """The dimension that says what a contact is about, and the one that contacts of one issue share.

    The finest and the coarsest of the first hierarchy that agents do not carry; where there is none, the dimension is to be named.

    Raises:
        ColumnError: No such dimension. DataError: None named, and none to be told.
    """
    if topic is not None:
        if topic not in centre.dims:
            raise ColumnError(
                "dim_unknown", dim=topic, near=suggestion(topic, centre.dims) or "–", known=listing(centre.dims)
            )
        chain = next((list(one) for one in centre.study.hierarchies.values() if topic in one), [topic])
        return topic, chain[0]
    for chain in centre.study.hierarchies.values():
        if not any(agent_carried(dim) for dim in chain):
            return chain[-1], chain[0]
    raise DataError("meeting_topic", known=listing(dim for dim in centre.dims if not agent_carried(dim)) or "–")


@result_class
class Scripts(Result):
    """Topics by how often customers come back and how hard they are to handle.

    The table, most promising first: `topic, n` (contacts)`, share` (of all)`, judged` (contacts old enough for the window)`, repeated, repeat_rate, repeat_lower, repeat_upper` (Wilson)`,
    aht_s, hold_s, transfer_rate` (means; as the data have them) with `aht_lower, aht_upper`, `repeat_ratio, difficulty` (each against all contacts, 1 is usual)`, score` (their product)`,
    score_lower, score_upper` (95 %)`, candidate` (both above 1, and the score beyond chance). Topics under `min_n` are not ranked.

    Attributes:
        topic, issue: Dimensions. hours: Within which a further contact is a repeat. whole: The same of all contacts. few: Topics left out for want of contacts.
    """

    topic: str
    issue: str
    hours: float
    whole: dict[str, float]
    few: int

    @property
    def candidates(self) -> pd.DataFrame:
        return self.table[self.table["candidate"]]

    def sentence(self) -> str:
        found = self.candidates
        if found.empty:
            return text("meeting.scripts_none", topics=count(len(self.table)), n=count(self.whole["n"]))
        row = found.iloc[0]
        return text("meeting.scripts", k=count(len(found)), topics=count(len(self.table)), first=row["topic"], rate=percent(row["repeat_rate"]), lower=percent(row["repeat_lower"]),
                    upper=percent(row["repeat_upper"]), usual=percent(self.whole["repeat_rate"]), n=count(row["judged"]), aht=number(row["aht_s"], 0),
                    usual_aht=number(self.whole["aht_s"], 0), hours=number(self.hours, 0))  # fmt: skip


def script_candidates(
    centre: Centre, *, topic: str | None = None, issue: str | None = None, window: Window | None = None, hours: float = WINDOW_H, min_n: int = MIN_N,
    rng: int | np.random.Generator = 0,
) -> Scripts:  # fmt: skip
    """Which topics are asked again and again and are hard to answer, so that a script may pay?

    Repeat rate (another contact of the same customer and issue within the window, mature contacts only) times handling difficulty (mean of the ratios of handling time,
    hold time and transfers to those of all contacts). The order is that of the score's lower limit, so that a small topic does not lead by luck.

    Args:
        topic: A dimension. issue: What a repeat shares; the coarsest dimension of the topic's hierarchy where not given. window: Days of the contacts judged.

    Raises:
        DataError: No customers or start times, no handling times, or no topic. ColumnError: No such dimension.

    Assumes:
        Repeats and long calls may have another cause than wording: a rule, a fault, a missing authority. A script helps where agents could answer and do not find the words.

    Source:
        DOMAIN B18.
    """
    topic, coarse = topic_of(centre, topic)
    issue = issue or coarse
    lacking = [name for name in ("contact_id", "customer_id", "started_at") if name not in centre.columns]
    parts = [name for name in HANDLED if name in centre.columns]
    if lacking or not parts:
        raise DataError("meeting_columns", columns=listing(lacking or HANDLED), known=listing(centre.columns, 20))
    issues = Issues(issue=issue, ended="ended_at" if "ended_at" in centre.columns else None, hours=(hours,))
    windows = () if window is None else (window,)
    back = centre.engine.repeats(centre.facts, issues, by=(topic,), windows=windows)
    back = back[back[topic] != NULL_LEVEL].groupby(topic)[["n", "repeated"]].sum().rename(columns={"n": "judged"})
    rows = _handling(centre, topic, parts, window).join(back, how="left").fillna({"judged": 0, "repeated": 0})
    rows = rows[rows["n"] > 0]
    if rows.empty or not rows["judged"].sum():
        raise DataError("meeting_empty", what=topic)
    whole = _whole(rows, parts)
    kept = rows[(rows["judged"] >= min_n) & (rows["n"] >= min_n)].copy()
    caveats = [("caveat.scripts_cause", {})]
    if few := len(rows) - len(kept):
        caveats.append(("caveat.scripts_few", {"n": few, "least": min_n}))
    if kept.empty:
        raise DataError("meeting_empty", what=topic)
    table = _scored(kept, whole, rng).rename_axis("topic").reset_index()
    return Scripts(table=table, topic=topic, issue=issue, hours=hours, whole=whole, few=few, caveats=tuple(caveats))


def _handling(centre: Centre, topic: str, parts: list[str], window: Window | None) -> pd.DataFrame:
    """Contacts a topic: n, mean and spread of handling time, mean hold, share transferred."""
    quote = centre.engine.quote
    total = " + ".join(f"COALESCE({quote(one)}, 0)" for one in parts)
    made = ["COUNT(*) AS n", f"AVG(({total}) * 1.0) AS aht_s", f"AVG(({total}) * 1.0 * ({total})) AS square"]
    if "hold_s" in centre.columns:
        made += ["AVG(hold_s * 1.0) AS hold_s", "AVG(hold_s * 1.0 * hold_s) AS hold_square"]
    if "transfers" in centre.columns:
        made.append("AVG(CASE WHEN transfers > 0 THEN 1.0 ELSE 0.0 END) AS transfer_rate")
    where = [f"{quote(topic)} IS NOT NULL", f"{quote(parts[0])} IS NOT NULL"]
    if window is not None:
        where.append(
            f"{quote('at')} >= TIMESTAMP '{window.first} 00:00:00' AND {quote('at')} < TIMESTAMP '{window.last + timedelta(1)} 00:00:00'"
        )
    return centre.engine.query(
        f"SELECT {quote(topic)} AS topic, {', '.join(made)} FROM ({centre.facts}) f WHERE {' AND '.join(where)} GROUP BY {quote(topic)} ORDER BY 1"
    ).set_index("topic")  # fmt: skip


def _whole(rows: pd.DataFrame, parts: list[str]) -> dict[str, float]:
    means = {
        name: float(np.average(rows[name], weights=rows["n"]))
        for name in ("aht_s", "hold_s", "transfer_rate")
        if name in rows
    }
    return {
        "n": int(rows["n"].sum()),
        "judged": int(rows["judged"].sum()),
        "repeat_rate": float(rows["repeated"].sum() / rows["judged"].sum()),
        **means,
    }


def _scored(rows: pd.DataFrame, whole: dict[str, float], rng: int | np.random.Generator) -> pd.DataFrame:
    rng = np.random.default_rng(rng)
    named = [name for name in ("aht_s", "hold_s", "transfer_rate") if name in rows and whole[name] > 0]
    rate = rows["repeated"] / rows["judged"]
    low, high = wilson(rows["repeated"].to_numpy(float), rows["judged"].to_numpy(float))
    n = rows["n"].to_numpy(float)
    error = {"aht_s": np.sqrt(np.maximum(rows["square"] - rows["aht_s"] ** 2, 0) / n)}
    if "hold_s" in rows:
        error["hold_s"] = np.sqrt(np.maximum(rows["hold_square"] - rows["hold_s"] ** 2, 0) / n)
    if "transfer_rate" in rows:
        error["transfer_rate"] = np.sqrt(rows["transfer_rate"] * (1 - rows["transfer_rate"]) / n)
    ratio = rate / whole["repeat_rate"] if whole["repeat_rate"] > 0 else rate * np.nan
    hard = sum(rows[name] / whole[name] for name in named) / len(named)
    # Draws: the rate from its Beta distribution, the means from normal ones.
    again = rng.beta(rows["repeated"] + 0.5, rows["judged"] - rows["repeated"] + 0.5, size=(DRAWS, len(rows)))
    drawn = sum(
        (rows[name].to_numpy() + error[name].to_numpy() * rng.standard_normal((DRAWS, len(rows)))) / whole[name]
        for name in named
    ) / len(named)
    score = again / max(whole["repeat_rate"], 1e-300) * drawn
    lower, upper = np.quantile(score, [0.025, 0.975], axis=0)
    found = pd.DataFrame({
        "n": rows["n"], "share": rows["n"] / whole["n"], "judged": rows["judged"].astype(int), "repeated": rows["repeated"].astype(int), "repeat_rate": rate, "repeat_lower": low,
        "repeat_upper": high, **{name: rows[name] for name in ("aht_s", "hold_s", "transfer_rate") if name in rows},
        "aht_lower": rows["aht_s"] - 1.96 * error["aht_s"], "aht_upper": rows["aht_s"] + 1.96 * error["aht_s"], "repeat_ratio": ratio, "difficulty": hard,
        "score": ratio * hard, "score_lower": lower, "score_upper": upper,
    })  # fmt: skip
    found["candidate"] = (found["repeat_ratio"] > 1) & (found["difficulty"] > 1) & (found["score_lower"] > 1)
    return found.sort_values(["candidate", "score_lower"], ascending=False)
