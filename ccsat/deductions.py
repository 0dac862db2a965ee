"""Centre and question to the deduction ledgers: by reason, by owner, by cell, gap and change."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from ccsat.calibers import caliber
from ccsat.cells import Asked, ask, count_cells, level_counts
from ccsat.centre import Centre
from ccsat.engine import NULL_LEVEL, Window
from ccsat.errors import DataError
from ccsat.ledgers import (
    UNSTATED,
    Budget,
    ReasonLedger,
    controllable_bad_review_rate,
    dissatisfaction_budget,
    owner_ledger,
    reason_ledger,
)
from ccsat.question import Question
from ccsat.results import Ledger
from ccsat.wording import language, term

MOST_ROWS = 200_000  # of one sample


def deduction_rows(
    centre: Centre,
    asked: Asked,
    *,
    window: Window | None = None,
    where: Mapping | None = None,
    more: Sequence[str] = (),
) -> pd.DataFrame:
    """Rated rows with what each loses: `row_key, deduction[, customer_id], *more`.

    A reproducible sample above 200,000 rows. The deduction is the distance from the full mark, in the KPI's unit.
    """
    columns = ["row_key", asked.caliber.outcome, *more]
    if "customer_id" in centre.columns:
        columns.append("customer_id")
    rows = _rated(centre, asked, window, where or {}, list(dict.fromkeys(columns)))
    value = rows[asked.caliber.outcome].astype(int).map(asked.values)
    return rows.assign(deduction=(asked.full - value).abs())


def _rated(centre: Centre, asked: Asked, window: Window | None, cell: Mapping, columns: list[str]) -> pd.DataFrame:
    """Rated rows in the order of a hash of their key; a period that fits into one sample is read once, and its cells are taken from it."""

    def read(names: Sequence[str], where: Mapping) -> pd.DataFrame:
        rated = {**(asked.where or {}), **where, asked.caliber.outcome: list(asked.values)}
        rows = centre.engine.sample(centre.facts, list(names), key="row_key", most=MOST_ROWS, windows=[window] if window else (), where=rated)  # fmt: skip
        return rows.drop(columns="period", errors="ignore")

    key = ("rated_rows", asked.caliber.key, window)
    if not set(cell) <= set(centre.dims) or "period" in columns:
        return read(columns, cell)
    if key not in centre.memory:
        centre.memory[key] = read(columns, {})
    kept = centre.memory[key]
    if len(kept) >= MOST_ROWS:
        return read(columns, cell)
    lacking = [name for name in dict.fromkeys([*columns, *cell]) if name not in kept]
    if lacking:
        more = read(["row_key", *lacking], {})
        if not more["row_key"].equals(kept["row_key"]):  # keys that are not unique
            return read(columns, cell)
        kept = centre.memory[key] = pd.concat([kept, more[lacking]], axis=1)
    held = pd.Series(True, index=kept.index)
    for dim, level in cell.items():
        levels = list(level) if isinstance(level, (list, tuple)) else [level]
        held &= kept[dim].isin(levels) | (kept[dim].isna() & (NULL_LEVEL in levels))
    return kept.loc[held, columns].reset_index(drop=True)


@dataclass(frozen=True)
class CellRows:
    """What a cell lost and what that is compared with; `share` is the cell's part of the current period's rated rows.

    `inside` and `reference`: the cell now and before (a change), or the cell and the rest (a level). `outside` and
    `outside_reference`: the rest now and before; None for a level.
    """

    inside: pd.DataFrame
    reference: pd.DataFrame
    share: float
    outside: pd.DataFrame | None = None
    outside_reference: pd.DataFrame | None = None


def cell_rows(
    centre: Centre, asked: Asked, cell: Mapping, *, more: Sequence[str] = (), outside: bool = False
) -> CellRows:
    """Rated rows of a cell and of what it is compared with; samples of their own where there are very many.

    Args:
        outside: Of a change, read the rest too.
    """
    n, whole = (sum(level_counts(count_cells(centre, asked, where=where)).values()) for where in (cell, None))
    share = n / whole if whole else 0.0
    now = deduction_rows(centre, asked, window=asked.current, where=cell, more=more)
    if not asked.is_change:
        return CellRows(now, _rest(centre, asked, cell, asked.current, more), share)
    before = deduction_rows(centre, asked, window=asked.baseline, where=cell, more=more)
    rest = [_rest(centre, asked, cell, window, more) for window in (asked.current, asked.baseline)] if outside else ()
    return CellRows(now, before, share, *rest)


def _rest(centre: Centre, asked: Asked, cell: Mapping, window: Window | None, more: Sequence[str]) -> pd.DataFrame:
    """Rated rows outside a cell."""
    rows = deduction_rows(centre, asked, window=window, more=[*more, *cell])
    held = pd.Series(True, index=rows.index)
    for dim, level in cell.items():
        held &= rows[dim].isin(level if isinstance(level, (list, tuple)) else [level])
    return rows[~held].reset_index(drop=True)


def reason_label(centre: Centre, code: str) -> str:
    """A reason's words: the study's label, the glossary's for "unstated", else the code itself."""
    label = centre.study.reasons.labels.get(code) if centre.study.reasons else None
    return (label if isinstance(label, str) else getattr(label, language())) if label else term(code)


def owners_of(centre: Centre) -> dict[str, str]:
    """Owner class of every reason; "mixed" where the study names none."""
    codes = centre.reasons["reason"].unique() if centre.reasons is not None else ()
    return {**{code: centre.study.owners.get(code, "mixed") for code in codes}, UNSTATED: UNSTATED}


def deduct_by_reason(
    centre: Centre, question: Question | Asked, *, split: str = "equal", where: Mapping | None = None
) -> ReasonLedger:
    """How many points does each named reason cost in the current period?

    Args:
        question: KPI, caliber and periods.
        split: How a survey with several reasons is shared out; see `ledgers.reason_ledger`.
        where: A cell, e.g. `{"channel": "phone"}`.

    Returns:
        `ReasonLedger`, closing on the mean deduction; "unstated" is a row of its own.

    Raises:
        DataError: The study names no reasons.
    """
    asked = question if isinstance(question, Asked) else ask(centre, question)
    if centre.reasons is None:
        raise DataError("no_reasons", study=centre.study.name)
    rows = deduction_rows(centre, asked, window=asked.current, where=where)
    ledger = reason_ledger(rows, centre.reasons, split=split, unit=asked.caliber.unit, owners=owners_of(centre),
                           rng=asked.question.seed)  # fmt: skip
    labelled = ledger.table.assign(label=[reason_label(centre, code) for code in ledger.table["reason"]])
    return dataclasses.replace(ledger, table=labelled)


def deduct_by_owner(centre: Centre, question: Question | Asked, *, split: str = "equal") -> Ledger:
    """How many points does each owner class cost, and so what could the centre itself win back?

    Returns:
        A `Ledger` of one row an owner, closing on the mean deduction.

    Raises:
        DataError: The study names no reasons.
    """
    return owner_ledger(deduct_by_reason(centre, question, split=split), owners_of(centre))


def deduct_bad_reviews(centre: Centre, question: Question | Asked) -> Ledger:
    """Whose are the bad reviews of the current period?

    Returns:
        One row an owner class: `points` is the part of the bad-review rate in its own hands (0 to 1). Total: the
        bad-review rate.

    Raises:
        DataError: The study names no reasons. CaliberError: The scale has no bad-review caliber.
    """
    asked = question if isinstance(question, Asked) else ask(centre, question)
    if centre.reasons is None:
        raise DataError("no_reasons", study=centre.study.name)
    bad = caliber("bad_review_rate", None, centre.scale).levels(centre.scale)
    rows = deduction_rows(centre, asked, window=asked.current)
    rows = rows.assign(bad=rows[asked.caliber.outcome].astype(int).map(bad))
    return controllable_bad_review_rate(rows, centre.reasons, owners_of(centre), rng=asked.question.seed)


def budget_of(asked: Asked, counts: Mapping[int, int]) -> Budget | None:
    """How much of the dissatisfaction that the target allows did the current period use? None without a target for a rate.

    Args:
        counts: Ratings per level of the current period, taken as whole.
    """
    n = sum(counts.values())
    if (
        asked.full_mark_target
        or asked.target is None
        or asked.caliber.unit != "rate"
        or asked.sign < 0
        or not asked.target < 1
        or not n
    ):
        return None
    return dissatisfaction_budget(asked.target, n, n - sum(asked.values[k] * c for k, c in counts.items()), 1.0)
