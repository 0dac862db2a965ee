"""The five errors: which gap between service and customer each lost point falls into."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import numpy as np
import pandas as pd

from ccsat.errors import LedgerError, listing
from ccsat.ledgers.coding import need
from ccsat.ledgers.reasons import DRAWS
from ccsat.numerics.resampling import cluster_sums, pooled, resampled_ratios
from ccsat.results import Ledger, result_class
from ccsat.wording import term, text

ERRORS = ("promotion", "execution", "design", "cognition", "perception")  # in the order in which they are looked for
LAST = "perception"  # "all standards met" only makes sense when nothing else was found
UNEXPLAINED = "unexplained"


@result_class
class FiveErrors(Ledger):
    """Points by error.

    The table, in the order of the decision list, "unexplained" last: `error, n` (surveys), `points` (in the KPI's unit), `lower, upper, share`,
    `points_least, points_most` (over every sensible order), `surveys_flagged` (surveys with this sign, whatever came before it), `testable`
    (whether the data have a sign of this error). `inputs`: which signs the data had, `input, error, present, n` (surveys that lost points and show it).
    """

    order: tuple[str, ...]
    inputs: pd.DataFrame


def five_error_ledger(
    rows: pd.DataFrame, *, order: Sequence[str] | None = None, unit: str = "rate", inputs: pd.DataFrame | None = None, level: float = 0.95,
    draws: int = DRAWS, rng: np.random.Generator | int | None = 0,
) -> FiveErrors:  # fmt: skip
    """Which of the five errors do the lost points fall into?

    Each survey that lost points goes whole to the first error of `order` whose sign it shows; what shows none is "unexplained".

    Args:
        rows: One row a survey: `row_key, deduction[, weight, customer_id]` and a yes/no column for each error that can be told.
        order: The errors, first looked for first. By default promotion, execution, design, cognition, perception.
        inputs: What the signs came from, for the answer.

    Returns:
        `FiveErrors`; percentile intervals over customers. Total: mean deduction. `points_least, points_most`: over every order of the
        errors but perception, which stays last: its sign is that all standards were met.

    Raises:
        ColumnError: A column is missing. LedgerError: `order` names something else, or an error twice; a deduction or weight that is none.

    Assumes:
        Signs are complete: a deviation that nobody recorded leaves its points to the next error.

    Source:
        Parasuraman, Zeithaml and Berry (1985), Journal of Marketing 49, 41-50; DOMAIN 2.13.
    """
    order = tuple(ERRORS if order is None else order)
    if sorted(order) != sorted(ERRORS):
        raise LedgerError("ledger_errors_order", order=listing(order), known=listing(ERRORS))
    need(rows, ("row_key", "deduction"), "rows")
    lost = rows["deduction"].to_numpy(float)
    weight = rows["weight"].to_numpy(float) if "weight" in rows else np.ones(len(rows))
    if not (lost >= 0).all():
        raise LedgerError("ledger_deduction", n=int((~(lost >= 0)).sum()))
    if not len(rows) or not ((weight > 0) & np.isfinite(weight)).all():
        raise LedgerError("ledger_weight", n=int((~(weight > 0)).sum()))
    signs = np.column_stack(
        [rows[e].fillna(False).to_numpy(bool) if e in rows else np.zeros(len(rows), bool) for e in ERRORS]
    )
    place, size = first_of(signs, order), len(ERRORS) + 1
    points = np.bincount(place, weight * lost, minlength=size) / weight.sum()
    code, customers = (
        pd.factorize(rows["customer_id"]) if "customer_id" in rows else (np.arange(len(rows)), rows["row_key"])
    )
    code = np.where(code < 0, len(customers) + np.arange(len(rows)), code)
    code = np.unique(code, return_inverse=True)[1]
    rng = np.random.default_rng(rng)
    cluster, clusters = pooled(code, int(code.max()) + 1, rng)
    sums = cluster_sums(cluster, place, weight * lost, clusters, size)
    sample = resampled_ratios(sums, np.bincount(cluster, weight, minlength=clusters), draws=draws, rng=rng)
    ranges = _over_orders(signs, weight * lost) / weight.sum()
    at = [*(ERRORS.index(e) for e in order), len(ERRORS)]
    counts = lost > 0
    table = pd.DataFrame({
        "error": [*order, UNEXPLAINED],
        "n": np.bincount(place[counts], minlength=size)[at],
        "points": points[at],
        "lower": np.quantile(sample, (1 - level) / 2, axis=0)[at],
        "upper": np.quantile(sample, (1 + level) / 2, axis=0)[at],
        "share": points[at] / points.sum() if points.sum() else np.nan,
        "points_least": ranges.min(axis=0)[at],
        "points_most": ranges.max(axis=0)[at],
        "surveys_flagged": [*signs[counts].sum(axis=0)[at[:-1]], 0],
        "testable": [*(e in rows for e in order), True],
    })  # fmt: skip
    inputs = pd.DataFrame(columns=["input", "error", "present", "n"]) if inputs is None else inputs
    return FiveErrors(table=table, key="five_errors", total=float(weight @ lost / weight.sum()), unit=unit, order=order, inputs=inputs,
                      caveats=_caveats(table, "customer_id" in rows))  # fmt: skip


def first_of(signs: np.ndarray, order: Sequence[str]) -> np.ndarray:
    """Position in ERRORS of each row's first error in this order; `len(ERRORS)` where it shows none."""
    place = np.full(len(signs), len(ERRORS))
    for error in reversed(order):
        place[signs[:, ERRORS.index(error)]] = ERRORS.index(error)
    return place


def _over_orders(signs: np.ndarray, lost: np.ndarray) -> np.ndarray:
    """Lost points of each error, one row an order; rows with the same signs are taken together."""
    pattern, code = np.unique(signs, axis=0, return_inverse=True)
    sums = np.bincount(code.ravel(), lost, minlength=len(pattern))
    orders = [(*some, LAST) for some in permutations([e for e in ERRORS if e != LAST])]
    return np.array([np.bincount(first_of(pattern, order), sums, minlength=len(ERRORS) + 1) for order in orders])


def error_words(errors: Sequence[str]) -> str:
    """Errors by name, for a sentence."""
    return text("words.between").join(term(error if error == UNEXPLAINED else f"{error}_gap") for error in errors)


def _caveats(table: pd.DataFrame, by_customer: bool) -> tuple:
    caveats = []
    untold = [e for e, known in zip(table["error"], table["testable"], strict=True) if not known]
    if untold:
        caveats.append(("caveat.errors_untold", {"errors": error_words(untold)}))
    moved = table[
        (table["points_most"] - table["points_least"] > 0.5 * table["points"].abs())
        & (table["points_most"] > 0.05 * table["points"].sum())
    ]
    if len(moved):
        caveats.append(("caveat.errors_order", {"errors": error_words(moved["error"])}))
    if not by_customer:
        caveats.append(("caveat.no_customer_clusters", {}))
    return tuple(caveats)
