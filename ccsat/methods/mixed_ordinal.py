"""Ordered answers of clusters: a random intercept per agent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from ccsat.errors import DataError
from ccsat.methods.answer import Answer, Effect
from ccsat.methods.ordinal_design import make_design
from ccsat.methods.ordinal_inference import limits
from ccsat.methods.ordinal_models import asked_about, coefficient_table, cut_names, fit_caveats
from ccsat.numerics.links import LATENT_VARIANCE
from ccsat.numerics.mixed_cumulative import fit_mixed
from ccsat.scales import Column


def mixed_ordered_logit(
    table: pd.DataFrame, outcome: Column, drivers: Sequence[Column], *, cluster: str, weights: str | None = None, weight_kind: str = "frequency",
    units: Mapping[str, float] | None = None, nodes: int = 15,
) -> Answer:  # fmt: skip
    """How much do agents differ in the answers they get, and what do drivers do within an agent?

    Ordered logit with a normal random intercept per cluster. The first driver is the one asked about; its odds ratio is
    that within a cluster, which lies farther from 1 than the average one of `ordered_logit`.

    Args:
        cluster: Column of what holds rows together, e.g. "agent_id".
        weights: Column of frequency weights; other kinds have no likelihood here.
        units: As `ordered_logit`.
        nodes: Of the adaptive quadrature; 1 is Laplace's approximation, as clmm has it.

    Returns:
        One row a term, as `ordered_logit` without share changes. `extra`: `thresholds`, `clusters` (`cluster, effect, lower, upper, n`: each
        cluster's shrunken intercept on the log-odds scale), `sd`, `loglik_fixed`. Effects: the first driver's odds ratio, the spread of
        the clusters (`ordinal_sd`), its share of the latent variance (`ordinal_icc`) and the median odds ratio between two clusters.

    Raises:
        As `ordered_logit`; DataError: weights that are not frequencies.

    Source:
        Hedeker, Gibbons (1994), Biometrics 50, 933-944; Larsen, Merlo (2005), American Journal of Epidemiology 161, 81-88.
    """
    from scipy.stats import chi2

    if weights is not None and weight_kind != "frequency":
        raise DataError("ordinal_mixed_weights", kind=weight_kind)
    design = make_design(
        table,
        outcome,
        drivers,
        method="mixed_ordered_logit",
        weights=weights,
        weight_kind="frequency",
        cluster=cluster,
        units=units,
    )
    fit = fit_mixed(design.columns, design.y, len(design.levels), design.cluster, nodes=nodes, weight=design.weight)
    m, sd = len(design.levels) - 1, float(fit.parameters[-1])
    normal = _normal(design)
    beta, block = fit.parameters[m:-1], fit.covariance[m:-1, m:-1]
    statistic, effects, least = asked_about(normal, beta, block, fit.fixed.separated, "logit")
    sd_se = float(np.sqrt(max(fit.covariance[-1, -1], 0)))
    lr = max(2 * (fit.loglik - fit.fixed.loglik), 0.0)
    statistic |= {
        "loglik": fit.loglik,
        "sd": sd,
        "sd_se": sd_se,
        "cluster_lr": lr,
        "cluster_p": float(chi2.sf(lr, 1) / 2),
    }
    low, high = _positive(sd, sd_se)
    icc = lambda s: s**2 / (s**2 + LATENT_VARIANCE["logit"])
    median = lambda s: float(np.exp(np.sqrt(2) * 0.6744897501960817 * s))
    effects = (*effects, Effect("ordinal_sd", sd, low, high), Effect("ordinal_icc", icc(sd), icc(low), icc(high)),
               Effect("ordinal_median_odds_ratio", median(sd), median(low), median(high), null=1.0))  # fmt: skip
    se = np.sqrt(np.maximum(np.diag(fit.covariance), 0))
    kept = design.sample.rows.index if design.weight is None else design.sample.rows.index[design.sample.weight > 0]
    names = table.loc[kept, cluster].to_numpy() if table.index.is_unique else design.cluster
    first = np.unique(design.cluster, return_index=True)[1]
    low_c, high_c = limits(fit.modes, fit.mode_se, np.inf)
    clusters = pd.DataFrame({"cluster": names[first], "effect": fit.modes, "lower": low_c, "upper": high_c,
                             "n": np.bincount(design.cluster, design.weight).astype(int)})  # fmt: skip
    return Answer(
        method="mixed_ordered_logit", columns={"outcome": design.outcome, "drivers": list(dict.fromkeys(t.driver for t in design.terms)), "cluster": cluster},
        statistic=statistic, effects=effects, detectable=least, table=coefficient_table(normal, beta, block, fit.fixed.separated, True),
        caveats=design.caveats() + fit_caveats(design, fit.fixed.separated, fit.converged),
        extra={"thresholds": pd.DataFrame({"cut": cut_names(design.levels), "value": fit.parameters[:m], "se": se[:m]}), "clusters": clusters,
               "sd": sd, "loglik_fixed": fit.fixed.loglik, "levels": design.levels}, **design.names(),
    )  # fmt: skip


def _normal(design):
    """The design with normal intervals: here clusters are in the model, not in the sandwich."""
    return replace(design, df=np.inf, robust=False)


def _positive(sd: float, se: float) -> tuple[float, float]:
    """Limits of a spread on the log scale; 0 below where it is near 0."""
    if not sd > 1e-6 or se > 2 * sd:
        return 0.0, sd + 1.96 * se
    return float(sd * np.exp(-1.959963984540054 * se / sd)), float(sd * np.exp(1.959963984540054 * se / sd))
