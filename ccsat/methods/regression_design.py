"""From a table to a regression's design: outcome as a number or as yes and no, rows of weight, drivers by column."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ccsat.errors import DataError, Words, listing
from ccsat.methods.answer import Effect
from ccsat.methods.counting import is_yes
from ccsat.methods.designs import Design, design_of
from ccsat.methods.ordinal_inference import apart, detectable, limits, p_two_sided, wald
from ccsat.methods.sample import Sample, take_rows
from ccsat.scales import Column, Scale, need, scale_of

FEW_CLUSTERS = 20
INSTEAD = "ordered_logit, logistic_regression"


@dataclass(frozen=True)
class Model:
    """What a regression is fitted to.

    Attributes:
        y: The outcome. hit: What a yes is; "" for a number.
        groups: Driver -> its columns of the design without the constant.
        df: Of intervals; infinite where they are normal.
    """

    sample: Sample
    outcome: str
    y: np.ndarray
    hit: str
    design: Design
    groups: dict[str, list[int]]
    weight: np.ndarray | None
    kind: str | None
    cluster: np.ndarray | None
    n: float
    df: float

    @property
    def x(self) -> np.ndarray:
        """The design with its constant."""
        return self.design.x

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of its columns but the constant."""
        return self.design.columns

    def names(self, **more: object) -> dict[str, object]:
        """For `Answer`."""
        return {**self.sample.names, "n": int(self.n) if float(self.n).is_integer() else self.n, **more}

    def columns(self) -> dict[str, object]:
        """For `Answer`."""
        return {"outcome": self.outcome, "drivers": list(self.groups), **({"hit": self.hit} if self.hit else {})}

    def rows_of_terms(self) -> list[float]:
        """Rows of each term: of a level, those that have it; of a number, all."""
        w = np.ones(len(self.y)) if self.kind != "frequency" else self.weight
        return [float(w @ self.x[:, k + 1]) if self.design.switch[k] else self.n for k in range(len(self.terms))]

    def caveats(self) -> tuple[tuple[str, dict], ...]:
        """The rows' own, and few clusters."""
        return self.sample.caveats + few_clusters(self.sample)


def few_clusters(sample: Sample) -> tuple[tuple[str, dict], ...]:
    """The caveat of too few clusters, where it applies."""
    clusters = sample.names["clusters"]
    return (
        (("caveat.regression_few_clusters", {"n": clusters}),)
        if clusters is not None and clusters < FEW_CLUSTERS
        else ()
    )


def sample_of(
    table: pd.DataFrame, columns: Sequence[Column], *, method: str, weights: str | None = None, weight_kind: str = "sampling",
    cluster: str | bool | None = None,
) -> Sample:  # fmt: skip
    """The complete rows that weigh anything.

    Raises:
        DataError: One cluster only.
    """
    sample = take_rows(table, columns, weights=weights, weight_kind=weight_kind, cluster=cluster)
    if sample.weight is not None and not (sample.weight > 0).all():
        kept = sample.weight > 0
        code = None if sample.cluster is None else pd.factorize(sample.cluster[kept])[0]
        names = {**sample.names, "n": int(kept.sum()), "clusters": None if code is None else int(code.max()) + 1}
        sample = dataclasses.replace(
            sample, rows=sample.rows[kept], weight=sample.weight[kept], cluster=code, names=names
        )
    if sample.names["clusters"] == 1:
        raise DataError("regression_one_cluster", column=str(cluster), method=Words(f"method.{method}.name"))
    return sample


def as_number(
    column: pd.Series, *, method: str, instead: str = INSTEAD, top_from: object = None, event: object = None
) -> tuple[np.ndarray, str]:
    """An outcome as numbers, and what a yes is: 0 and 1 for yes/no columns, or where a cut says so.

    Raises:
        ScaleError: A scale too weak, and no cut.
    """
    if top_from is not None or event is not None or pd.api.types.is_bool_dtype(column.dtype):
        yes, hit = is_yes(column, method=method, top_from=top_from, event=event)
        return yes.to_numpy(float), hit
    need(column, Scale.INTERVAL, method=method, instead=instead)
    return column.to_numpy(float), ""


def make_model(
    table: pd.DataFrame, outcome: Column, drivers: Sequence[Column], *, method: str, weights: str | None = None, weight_kind: str = "sampling",
    cluster: str | bool | None = None, binary: bool = False, top_from: object = None, event: object = None, beside: Sequence[Column] = (),
) -> Model:  # fmt: skip
    """Rows and design of a regression.

    Args:
        binary: The outcome must be yes or no.
        beside: Further columns that a row must have.

    Raises:
        ScaleError: The outcome's scale. DataError: No spread, too few rows, drivers that repeat each other.
    """
    drivers = [drivers] if isinstance(drivers, str) or not isinstance(drivers, Sequence) else list(drivers)
    if not drivers or str(outcome) in map(str, drivers):
        raise DataError("regression_drivers", outcome=str(outcome), drivers=listing(drivers) or "–")
    sample = sample_of(
        table, [outcome, *drivers, *beside], method=method, weights=weights, weight_kind=weight_kind, cluster=cluster
    )
    column = sample.rows[str(outcome)]
    if binary:
        yes, hit = is_yes(column, method=method, top_from=top_from, event=event)
        y = yes.to_numpy(float)
    else:
        y, hit = as_number(column, method=method, top_from=top_from, event=event)
    kind = weight_kind if weights else None
    n = float(sample.weight.sum()) if kind == "frequency" else float(len(sample))
    if np.ptp(y) == 0:
        raise DataError("regression_flat", outcome=str(outcome), n=f"{n:g}", method=Words(f"method.{method}.name"))
    design = design_of(sample, drivers, method=method)
    if n <= design.x.shape[1] + 1:
        raise DataError(
            "regression_few_rows", n=f"{n:g}", parameters=design.x.shape[1], method=Words(f"method.{method}.name")
        )
    df = np.inf if binary else n - design.x.shape[1]
    if sample.cluster is not None:
        df = float(sample.names["clusters"] - 1)
    return Model(
        sample,
        str(outcome),
        y,
        hit,
        design,
        _groups(sample, drivers, design),
        sample.weight,
        kind,
        sample.cluster,
        n,
        df,
    )


def _groups(sample: Sample, drivers: Sequence[Column], design: Design) -> dict[str, list[int]]:
    """Columns of each driver: `design_of` lays them out in order."""
    found, at = {}, 0
    for driver in map(str, drivers):
        wide = 1 if scale_of(sample.rows[driver]) == Scale.INTERVAL else max(len(design.switch[at]), 1)
        found[driver] = list(range(at, at + wide))
        at += wide
    return found


def of_first(
    model: Model, value: np.ndarray, covariance: np.ndarray, name: str, *, unit: float = 1.0
) -> tuple[dict, Effect, float]:
    """Statistic, effect and smallest detectable effect of the first driver.

    Args:
        value, covariance: Of the terms, without the constant. unit: Step of the first driver that the effect is for.
    """
    places = next(iter(model.groups.values()))
    if len(places) == 1:
        b, se = float(value[places[0]]) * unit, float(np.sqrt(covariance[places[0], places[0]])) * abs(unit)
        low, high = limits(b, se, model.df)
        return ({"z" if np.isinf(model.df) else "t": b / se if se > 0 else np.nan, "df": model.df, "p_value": float(p_two_sided(b, se, model.df))},
                Effect(name, b, float(low), float(high)), detectable(se, model.df))  # fmt: skip
    block = covariance[np.ix_(places, places)]
    chi2, p = wald(value[places], block, model.df)
    gap, half = apart(value[places], block, model.df, clearly=True)
    return ({"wald_chi2": chi2, "wald_df": len(places), "df": model.df, "p_value": p}, Effect(f"{name}_widest", gap, gap - half, gap + half),
            detectable(float(np.sqrt(np.diag(block).mean())), model.df, len(places)))  # fmt: skip


def units_of(model: Model, units) -> np.ndarray:
    """The step that each term is for."""
    steps = np.ones(len(model.terms))
    for driver, step in (units or {}).items():
        if driver not in model.groups or not np.isfinite(step) or step == 0:
            raise DataError("regression_units", driver=str(driver), step=step, drivers=listing(model.groups))
        for place in model.groups[driver]:
            steps[place] = 1.0 if model.design.switch[place] else step
    return steps
