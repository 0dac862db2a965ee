"""Customers as the model sees them: features, the answer of those who gave one, and anchors that everybody has."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from ccsat.centre import Centre
from ccsat.errors import ColumnError, DataError, listing
from ccsat.proactive.tables import need_columns, read_if_there, read_table
from ccsat.wording import has, term, text

# What follows dissatisfaction rather than leading to it; named columns always win over these words.
LATER = re.compile(
    r"complain|escalat|churn|(^|_)left($|_)|port_?out|cancel|投诉|升级|离网|流失|销户|携号", re.IGNORECASE
)
LEAST_ANSWERS, LEAST_EVENTS = 100, 30  # rows with an answer; of either kind
LEAK_ROWS, LEAK_SHARE = 20, 0.97  # a flag that all but settles the answer is an outcome, not a feature


@dataclass(frozen=True, eq=False)
class Customers:
    """One row a customer. `frame` has the id, every feature and anchor as floats, `answer` (1 dissatisfied, 0 not, NaN: not asked or silent),
    `arm` (of an earlier repair, "" where none) and, where there is one, the time `at`.

    `left_out` says which columns are not used, and why (a key of `proactive.left_out`).
    """

    frame: pd.DataFrame
    id: str
    outcome: str
    features: tuple[str, ...]
    anchors: tuple[str, ...] = ()
    at: str | None = None
    left_out: tuple[tuple[str, str], ...] = ()
    caveats: tuple[tuple[str, dict], ...] = field(default=())

    @property
    def answer(self) -> np.ndarray:
        """1 dissatisfied, 0 not; NaN for those who are silent."""
        return self.frame["answer"].to_numpy(float)

    @property
    def answered(self) -> np.ndarray:
        return np.isfinite(self.answer)

    @property
    def x(self) -> pd.DataFrame:
        """The features."""
        return self.frame[list(self.features)]

    def __repr__(self) -> str:
        return text("proactive.customers", n=f"{len(self.frame):,}", answered=f"{int(self.answered.sum()):,}", features=len(self.features),
                    anchors=len(self.anchors))  # fmt: skip


def word(column: str) -> str:
    """A column's name for a reader: the glossary's, else its own."""
    return text(f"proactive.column.{column}") if has(f"proactive.column.{column}") else term(column)


def read_customers(
    centre: Centre, *, table: str = "experience", outcome: str = "dissatisfied", features: Sequence[str] | None = None,
    anchors: Sequence[str] | None = None, at: str | None = None, more: Sequence[str] = ("customers",), arms: str = "repairs", id: str = "customer_id",
) -> Customers:  # fmt: skip
    """Who are the customers, what did they go through, and who said how it was?

    Args:
        table: The study's table with a row a customer (`[data]`).
        more: Further tables with a row a customer whose numbers and flags are features too; those the study lacks are passed over.
        arms: A table of an earlier repair with a column `arm`, if the study has one.
        The rest: See `take_customers`.

    Raises:
        DataError: The study has no such table. Else as `take_customers`.
    """
    frame = read_table(centre, table, id=id)
    read = frame.attrs.get("read", len(frame))
    need_columns(frame, [id], table)
    for name in more:
        beside = read_if_there(centre, name, id)
        if beside is not None and id in beside.columns:
            new = [id, *(column for column in beside.columns if column not in frame.columns)]
            frame = frame.merge(beside[new].drop_duplicates(id), on=id, how="left")
    sent = read_if_there(centre, arms, id) if "arm" not in frame.columns else None
    if sent is not None and {id, "arm"} <= set(sent.columns):
        frame = frame.merge(sent[[id, "arm"]].drop_duplicates(id), on=id, how="left")
    customers = take_customers(frame, id=id, outcome=outcome, features=features, anchors=anchors, at=at)
    if read > len(frame):
        told = ("caveat.proactive_sample", {"n": len(frame), "read": read})
        return replace(customers, caveats=(*customers.caveats, told))
    return customers


def take_customers(
    frame: pd.DataFrame, *, outcome: str, id: str = "customer_id", features: Sequence[str] | None = None, anchors: Sequence[str] | None = None,
    at: str | None = None,
) -> Customers:  # fmt: skip
    """Customers from any table with a row each.

    Args:
        outcome: Yes/no: dissatisfied by the customer's own answer; missing where there is none.
        features: What is known of everybody before the answer. None: every column of numbers or yes/no that is no anchor.
        anchors: What is known of everybody and follows dissatisfaction (complained, left): never a feature. None: those whose name says so.
        at: When the customer was asked or seen; the model then learns on the earlier ones and is judged on the later.

    Raises:
        ColumnError: A column is not there, or cannot play its role. DataError: An id twice, or too few answers of either kind.
    """
    named = [outcome, id, *(features or ()), *(anchors or ()), *((at,) if at else ())]
    need_columns(frame, named, outcome)
    if frame[id].duplicated().any():
        raise DataError("proactive_twice", column=id, n=int(frame[id].duplicated().sum()), rows=len(frame))
    answer = _number(frame[outcome])
    if answer is None or not set(answer.dropna().unique()) <= {0.0, 1.0}:
        raise ColumnError("proactive_outcome", column=outcome, values=listing(frame[outcome].dropna().unique()[:6]))
    said, yes = int(answer.notna().sum()), int((answer == 1).sum())
    if said < LEAST_ANSWERS or min(yes, said - yes) < LEAST_EVENTS:
        raise DataError(
            "proactive_few",
            column=outcome,
            answered=said,
            yes=yes,
            no=said - yes,
            least=LEAST_ANSWERS,
            least_events=LEAST_EVENTS,
        )
    if overlap := set(features or ()) & {*(anchors or ()), outcome, id}:
        raise ColumnError("proactive_both", columns=listing(overlap))
    out = pd.DataFrame({id: frame[id].to_numpy(), "answer": answer.to_numpy(float)})
    out["arm"] = frame["arm"].fillna("").astype(str).to_numpy() if "arm" in frame.columns else ""
    if at:
        times = pd.to_datetime(frame[at], errors="coerce")
        if times.isna().any():
            raise ColumnError("proactive_time", column=at, n=int(times.isna().sum()), values=listing(frame[at][times.isna()].unique()[:4]))  # fmt: skip
        out["at"] = times.to_numpy()
    kept, before, left_out = [], [], []
    skip = {id, outcome, "arm", "source_row", *((at,) if at else ())}
    for column in frame.columns if features is None else [*features, *(anchors or ())]:
        if column in skip:
            continue
        later = column in anchors if anchors is not None else features is None and bool(LATER.search(column))
        cells, why = _usable(
            frame[column], answer, later=later, named=features is not None or later and anchors is not None
        )
        if why in ("text", "constant") and (features is not None or (anchors is not None and later)):
            raise ColumnError(
                "proactive_feature", column=column, why=_why(why), values=listing(frame[column].dropna().unique()[:4])
            )
        if why:
            left_out.append((column, why))
            continue
        out[column] = cells.to_numpy(float)
        (before if later else kept).append(column)
    if not kept:
        raise ColumnError("proactive_no_features", known=listing(frame.columns))
    caveats = []
    if before and anchors is None:
        caveats.append(("caveat.proactive_anchors", {"columns": listing(before)}))
    if leaking := [column for column in kept if _settles(out[column], out["answer"])]:
        caveats.append(("caveat.proactive_leak", {"columns": listing(leaking)}))
    return Customers(
        out, id, outcome, tuple(kept), tuple(before), "at" if at else None, tuple(left_out), tuple(caveats)
    )


def _why(key: str) -> str:
    return text(f"proactive.left_out.{key}")


def _number(cells: pd.Series) -> pd.Series | None:
    """Numbers or yes/no as floats; None for anything else."""
    if pd.api.types.is_bool_dtype(cells.dtype) or pd.api.types.is_numeric_dtype(cells.dtype):
        return cells.astype("Float64").astype(float)
    known = cells.dropna()
    if (
        cells.dtype == object
        and len(known)
        and known.map(lambda value: isinstance(value, (bool, int, float, np.number))).all()
    ):
        return pd.to_numeric(cells, errors="coerce").astype(float)
    return None


def _usable(cells: pd.Series, answer: pd.Series, *, later: bool, named: bool) -> tuple[pd.Series | None, str]:
    """The column as numbers, or why it is none: the key of `proactive.left_out`."""
    values = _number(cells)
    if values is None:
        return None, "text"
    known = values.dropna()
    if known.nunique() < 2:
        return None, "constant"
    if (
        not named
        and known.isin([0.0, 1.0]).all()
        and len(known) == len(values)
        and ((values == 1) == answer.notna()).all()
    ):
        return None, "participation"  # says who answered
    if not later and not named and values[answer.isna()].isna().all():
        return None, "only_answered"
    return values, ""


def _settles(values: pd.Series, answer: pd.Series) -> bool:
    """Whether a yes of the column all but settles the answer."""
    if not values.dropna().isin([0.0, 1.0]).all():
        return False
    said = answer[(values == 1) & answer.notna()]
    return len(said) >= LEAK_ROWS and max(said.mean(), 1 - said.mean()) >= LEAK_SHARE
