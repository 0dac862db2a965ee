"""The contacts of both periods as coded rows: what the operational leg and the participation models look at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ccsat.cells import Asked, cluster_of
from ccsat.centre import Centre

MOST_LEVELS = 40  # of one dimension or text column; the rest are one level
LEAST_ROWS = 30  # ratings of the baseline behind a level of its own
BINS = 6
FLAGS = ("resolved", "process_followed", "wording_consistent")
TEXTS = ("complexity",)
OTHER, MISSING = "\x00other", "\x00missing"


@dataclass(frozen=True, eq=False)
class Contacts:
    """All contacts of both periods, or a reproducible sample of them (`sampled`), with what is known of each of them.

    Attributes:
        rows: `period`, the dimensions and the covariates.
        now: Current period. invited: Was asked, where that is known, else everybody. rated: Gave a rating (a filled-in one is
            none). value: What the rating is worth to the KPI, NaN without one. cluster: Number of the cluster.
        covariates: Names of columns that operations know of everybody. dims: The dimensions that describe a contact.
    """

    rows: pd.DataFrame
    now: np.ndarray
    invited: np.ndarray
    rated: np.ndarray
    value: np.ndarray
    cluster: np.ndarray
    covariates: tuple[str, ...]
    dims: tuple[str, ...]
    sampled: bool

    @property
    def design(self):
        """A sparse matrix of 0 and 1: a constant, then one column a level of every covariate and dimension but the commonest."""
        return self._coded[0]

    @property
    def operations(self) -> int:
        """Columns of the design up to the last covariate; those of the dimensions follow."""
        return self._coded[1]

    @cached_property
    def _coded(self):
        from scipy.sparse import csr_matrix

        n = len(self.rows)
        fit = self.rated & ~self.now
        columns, blocks, operations = 1, [(np.arange(n), np.zeros(n, dtype=np.int64))], 1
        for name in (*self.covariates, *self.dims):
            code, size = coded(self.rows[name], fit)
            there = np.flatnonzero(code > 0)  # level 0 is the reference
            blocks.append((there, columns + code[there] - 1))
            columns += size - 1
            operations = columns if name in self.covariates else operations
        row, column = (np.concatenate([block[k] for block in blocks]) for k in (0, 1))
        return csr_matrix((np.ones(len(row)), (row, column)), shape=(n, columns)), operations


def coded(column: pd.Series, fit: np.ndarray) -> tuple[np.ndarray, int]:
    """Level numbers of a column, commonest 0, rare ones together; numbers become bands with about as many rows each."""
    if pd.api.types.is_numeric_dtype(column) and column.nunique() > BINS:
        edges = np.unique(np.nanquantile(column[fit].to_numpy(float), np.linspace(0, 1, BINS + 1)[1:-1]))
        column = pd.Series(np.searchsorted(edges, column.to_numpy(float), side="left"), index=column.index).where(
            column.notna()
        )
    codes, levels = pd.factorize(column)
    codes = np.where(codes < 0, len(levels), codes)
    seen = np.bincount(codes[fit], minlength=len(levels) + 1)
    keep = [level for level in np.argsort(-seen, kind="stable")[:MOST_LEVELS] if seen[level] >= LEAST_ROWS]
    places = np.full(len(levels) + 1, len(keep))
    places[keep] = np.arange(len(keep))
    found = places[codes]
    return found, len(keep) + bool((found == len(keep)).any())


def take_contacts(centre: Centre, asked: Asked) -> Contacts | None:
    """The contacts of both periods; None where only those who rated are known, or nothing is known of the contacts.

    Remembered by the centre.
    """
    key = ("contacts", asked.caliber.key, asked.windows, asked.dims)
    if key not in centre.memory:
        centre.memory[key] = _take(centre, asked)
    return centre.memory[key]


def _take(centre: Centre, asked: Asked) -> Contacts | None:
    if asked.caliber.outcome != "rating" or not asked.is_change:
        return None
    covariates = tuple(c for c in (*FLAGS, *TEXTS, *centre.metrics) if c in centre.columns and c not in asked.dims)
    cluster = cluster_of(centre)
    flags = [c for c in ("delivered", "pushed", "default_filled") if c in centre.columns]
    wanted = dict.fromkeys([*asked.dims, *covariates, *flags, "rating", *([cluster] if cluster else [])])
    rows = centre.engine.sample(centre.facts, list(wanted), key="row_key", windows=asked.windows, where=asked.where)
    rated = rows["rating"].notna().to_numpy()
    if "default_filled" in rows:
        rated = rated & ~(rows["default_filled"].fillna(0).to_numpy() == 1)
    now = (rows["period"] == "current").to_numpy()
    if rated.all() or min((rated & now).sum(), (rated & ~now).sum()) < LEAST_ROWS:
        return None
    value = rows["rating"].map(asked.values).astype(float).where(rated).to_numpy()
    asked_of = next(
        (rows[c].fillna(0).to_numpy() == 1 for c in ("delivered", "pushed") if c in rows),
        np.ones(len(rows), dtype=bool),
    )
    number = np.arange(len(rows))
    if cluster:
        codes, known = pd.factorize(rows[cluster])
        number = np.where(codes < 0, len(known) + number, codes)
        number = pd.factorize(number)[0]
    covariates = tuple(c for c in covariates if rows[c].notna().any() and rows[c].nunique() > 1)
    dims = tuple(d for d in asked.dims if rows[d].nunique() > 1)
    return Contacts(rows, now, asked_of | rated, rated, value, number, covariates, dims, sampled=len(rows) >= 200_000)
