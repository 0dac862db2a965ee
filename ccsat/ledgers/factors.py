"""The ledger that tells data from reality: contact mix, participation and performance."""

from __future__ import annotations

from itertools import combinations
from math import factorial

import numpy as np
import pandas as pd

from ccsat.errors import LedgerError
from ccsat.ledgers.coding import need
from ccsat.results import Ledger

EFFECTS = {"contacts": "mix_effect", "participation": "participation_effect", "push": "push_effect",
           "answer": "answer_effect", "value": "rate_effect"}  # fmt: skip


def factor_ledger(cells: pd.DataFrame, *, unit: str = "rate") -> Ledger:
    """Did the contacts change, who answers, or what they say?

    The observed value is sum(c p y) / sum(c p) over cells, with contacts c, participation p and rated value y. Its
    change is split among them by the Shapley value: the mean of each factor's effect over every order of changing
    them one after another. With `push` and `answer` instead of `participation` (p is their product) there are four.

    Args:
        cells: One row a cell: `contacts, participation, value`, or `contacts, push, answer, value`, each also with
            `_baseline`. Contacts are any weights; participation, push and answer are 0 to 1. Where a cell has no
            participation or no value in one period, the other period's stands in.

    Returns:
        One row a factor: `effect` ("mix_effect", "participation_effect" or "push_effect" and "answer_effect",
        "rate_effect"), `points`. Total: current minus baseline observed value.

    Raises:
        ColumnError: A column is missing. LedgerError: Nobody answered in a period.

    Assumes:
        Within a cell, those who answer are like those who do not. An instrument that draws other people of the same
        cell moves y, not p: the artefact test needs its other legs (DOMAIN 2.7.7).

    Source:
        Shapley (1953), Contributions to the Theory of Games II, 307-317; Shorrocks (2013), Journal of Economic
        Inequality 11, 99-126.
    """
    middle = ("push", "answer") if "push" in cells and "participation" not in cells else ("participation",)
    factors = ("contacts", *middle, "value")
    need(cells, (*factors, *(f"{name}_baseline" for name in factors)), "cells")
    after = {name: cells[name].astype(float) for name in factors}
    before = {name: cells[f"{name}_baseline"].astype(float) for name in factors}
    for name in factors:
        spare = (0.0, 0.0) if name == "contacts" else (before[name], after[name])
        after[name], before[name] = after[name].fillna(spare[0]), before[name].fillna(spare[1])
        if name == "contacts":  # only their mix matters
            after[name], before[name] = after[name] / after[name].sum(), before[name] / before[name].sum()
    worth = {chosen: _observed(factors, after, before, chosen) for size in range(len(factors) + 1)
             for chosen in map(frozenset, combinations(factors, size))}  # fmt: skip
    rows = []
    for name in factors:
        others = [other for other in factors if other != name]
        points = 0.0
        for size in range(len(factors)):
            share = factorial(size) * factorial(len(others) - size) / factorial(len(factors))
            for chosen in map(frozenset, combinations(others, size)):
                points += share * (worth[chosen | {name}] - worth[chosen])
        rows.append({"effect": EFFECTS[name], "points": points})
    total = worth[frozenset(factors)] - worth[frozenset()]
    return Ledger(table=pd.DataFrame(rows), key="factors", total=total, unit=unit)


def _observed(factors: tuple, after: dict, before: dict, chosen: frozenset) -> float:
    """The value with the chosen factors as they are now and the others as they were."""
    parts = {name: (after if name in chosen else before)[name].to_numpy() for name in factors}
    weight = np.prod([parts[name] for name in factors[:-1]], axis=0)
    if not weight.sum() > 0:
        raise LedgerError("ledger_empty")
    there = weight > 0
    return float((weight[there] * parts["value"][there]).sum() / weight.sum())
