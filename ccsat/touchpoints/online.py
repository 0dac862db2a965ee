"""Online human service: what the first response, chats at the same time and turns have to do with the rating."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ccsat.cells import Asked, ask
from ccsat.centre import Centre
from ccsat.errors import ColumnError, DataError, listing
from ccsat.question import Question
from ccsat.results import Result, result_class
from ccsat.touchpoints.channels import cell_words, within
from ccsat.touchpoints.equal_work import work_columns
from ccsat.wording import count, number, p_words, percent, term, text

FIRST = ("first_response_s", "first_reply_s", "first_response")  # of a chat, in seconds
WAIT = (("queue_wait_s", "wait_s", "queue_s"), ("ring_s", "pickup_s"))  # whose sum stands in for it
ALSO = {
    "concurrency": ("concurrency", "concurrent_chats", "parallel_chats"),
    "turns": ("turns", "turns_n", "messages_n"),
}
RARE = 30  # rows below which a level of the work is put together with the others
LEAST = 200


@result_class
class FirstResponse(Result):
    """What the answer's odds do with the first response, work held equal.

    The table: one row a driver that was asked about: `driver, unit, odds_ratio, lower, upper` (95 %, of a higher rating)`, p_value, share_change,
    share_change_lower, share_change_upper` (of the top answers for one unit more)`, n`.

    Attributes:
        source: Columns that the first response is made of. missing: Of concurrency and turns, what the data lack.
        given: What was held equal. bands: `from, to, n, value, lower, upper`: satisfaction by band of the first response, nothing held equal.
        answer: The ordered logit itself.
    """

    source: tuple[str, ...]
    missing: tuple[str, ...]
    given: tuple[str, ...]
    bands: pd.DataFrame
    answer: Result

    @property
    def falls(self) -> bool | None:
        """Whether ratings fall as the first response takes longer; None where the interval leaves it open."""
        row = self.table.iloc[0]
        return True if row["upper"] < 1 else False if row["lower"] > 1 else None

    def sentence(self) -> str:
        row = self.table.iloc[0]
        key = {True: "falls", False: "rises", None: "open"}[self.falls]
        return text(f"online.{key}", unit=number(row["unit"], 0), odds=number(row["odds_ratio"]), lower=number(row["lower"]), upper=number(row["upper"]), n=count(row["n"]),
                    p=p_words(row["p_value"]), top=percent(row["share_change"], 2))  # fmt: skip


def first_response_effect(
    centre: Centre, question: Question | Asked, *, response: Sequence[str] | None = None, per_s: float = 30.0, given: Sequence[str] | None = None,
    where: Mapping | None = None, both_periods: bool = True,
) -> FirstResponse:  # fmt: skip
    """Do online customers rate lower when the first response takes longer, and how do chats at the same time and turns count?

    An ordered logit of the rating, standard errors by customer. It is an association with the recorded work held equal, not an experiment.

    Args:
        response: Columns in seconds that make up the first response; by default a column of that name, else waiting plus ringing.
        per_s: Odds are for so many seconds more.
        given: What to hold equal; by default what a contact is about and whom it is with.
        where: Cell; by default the online channel.
        both_periods: Take the baseline's ratings too: more rows for the same relation.

    Returns:
        `FirstResponse`.

    Raises:
        ColumnError: No column can stand for the first response. DataError: Fewer than 200 ratings.

    Source:
        DOMAIN 1.4 U2.2b; McCullagh (1980), JRSS B 42, 109-142, by `methods.ordinal_models.ordered_logit`.
    """
    from ccsat.methods.ordinal_models import ordered_logit

    asked = question if isinstance(question, Asked) else ask(centre, question)
    cell, columns = within(centre, "online", where), centre.columns
    source = _first(columns) if response is None else tuple(response)
    if not source or any(name not in columns for name in source):
        raise ColumnError(
            "online_response",
            wanted=listing([*FIRST, *WAIT[0]]),
            asked=listing(source) or "–",
            known=listing(centre.metrics) or "–",
        )
    also = {key: next((name for name in names if name in columns), None) for key, names in ALSO.items()}
    given = tuple(work_columns(centre) if given is None else given)
    if unknown := [name for name in given if name not in columns]:
        raise ColumnError("touch_mix", column=unknown[0], near="–", known=listing(centre.dims))
    extra = ["customer_id"] if "customer_id" in columns else []
    windows = [w for w in asked.windows if both_periods or w.label == "current"]
    rows = centre.engine.sample(centre.facts, list(dict.fromkeys(["rating", *source, *filter(None, also.values()), *given, *extra])), key="row_key", windows=windows,
                                where={**(asked.where or {}), **cell})  # fmt: skip
    rows = rows[rows["rating"].notna()].reset_index(drop=True)
    table = pd.DataFrame({"rating": pd.Categorical(rows["rating"].astype(int), ordered=True), "first_response_s": rows[list(source)].astype(float).sum(axis=1, min_count=len(source))})  # fmt: skip
    asked_about = ["first_response_s", *(key for key, name in also.items() if name)]
    for key, name in also.items():
        if name:
            table[key] = rows[name].astype(float)
    held = []
    for name in [name for name in given if not _follows(rows, name, [one for one in given if one != name])]:
        lumped = _lumped(rows[name])
        if lumped.nunique() > 1:
            table[name] = lumped
            held.append(name)
    if extra:
        table["customer_id"] = rows["customer_id"]
    table = table.dropna(subset=asked_about)
    if len(table) < LEAST or table["rating"].nunique() < 2:
        raise DataError("online_few", n=len(table), least=LEAST, cell=cell_words(cell))
    answer = ordered_logit(
        table,
        "rating",
        [*asked_about, *held],
        cluster="customer_id" if extra else None,
        units={"first_response_s": per_s},
        check=False,
    )
    keep = [
        "driver",
        "unit",
        "odds_ratio",
        "lower",
        "upper",
        "p_value",
        "share_change",
        "share_change_lower",
        "share_change_upper",
        "n",
    ]
    found = answer.table[answer.table["driver"].isin(asked_about)]
    found = found.set_index("driver").loc[asked_about].reset_index()[keep]
    missing = tuple(key for key, name in also.items() if name is None)
    said = [("caveat.online_association", {"held": listing(held, 12) or "–"})]
    said += (
        [("caveat.online_stands_in", {"columns": listing(source)})]
        if response is None and source[0] not in FIRST
        else []
    )
    said += [("caveat.online_missing", {"names": listing(map(term, missing))})] if missing else []
    return FirstResponse(
        table=found,
        source=source,
        missing=missing,
        given=tuple(held),
        bands=_bands(table, asked, rows),
        answer=answer,
        caveats=(*answer.caveats, *said),
    )


def _first(columns: Sequence[str]) -> tuple[str, ...]:
    own = next((name for name in FIRST if name in columns), None)
    if own:
        return (own,)
    parts = [next((name for name in names if name in columns), None) for names in WAIT]
    return () if parts[0] is None else tuple(filter(None, parts))


def _follows(rows: pd.DataFrame, name: str, others: Sequence[str]) -> bool:
    """Whether a finer column settles this one: a line of business its type of service, say."""
    words = rows[name].astype("str")
    for other in others:
        parts = rows[other].astype("str")
        if parts.nunique() > words.nunique() and words.groupby(parts).nunique().max() == 1:
            return True
    return False


def _lumped(column: pd.Series) -> pd.Series:
    """Levels as text, those of few rows together."""
    words = column.astype("str").fillna("∅")
    n = words.map(words.value_counts())
    return words.where(n >= RARE, "…")


def _bands(table: pd.DataFrame, asked: Asked, rows: pd.DataFrame) -> pd.DataFrame:
    """Satisfaction by fifth of the first response, ties together."""
    from ccsat.estimates import interval_table

    seconds = table["first_response_s"].to_numpy()
    edges = np.unique(np.quantile(seconds, np.linspace(0, 1, 6)))
    band = np.clip(np.searchsorted(edges, seconds, side="right") - 1, 0, max(len(edges) - 2, 0))
    level = table["rating"].astype(int).to_numpy()
    levels = list(asked.values) if asked.caliber.outcome == "rating" else sorted(set(level))
    worth = [asked.values[k] for k in levels] if asked.caliber.outcome == "rating" else [float(k) for k in levels]
    counts = np.array([[(level[band == b] == k).sum() for k in levels] for b in range(max(len(edges) - 1, 1))], float)
    found = interval_table(counts, worth, unit=asked.caliber.unit if asked.caliber.outcome == "rating" else "raw")
    return pd.DataFrame({"from": edges[:-1] if len(edges) > 1 else edges, "to": edges[1:] if len(edges) > 1 else edges, "n": counts.sum(1).astype(int),
                         **{c: found[c] for c in ("value", "lower", "upper")}})  # fmt: skip
