"""What drivers do to the slow and the fast contacts, not to the mean: quantile regression."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ccsat.errors import DataError, Words, listing
from ccsat.estimates import adjust as adjusted_p
from ccsat.methods.answer import Answer, Effect
from ccsat.methods.ordinal_inference import detectable, limits, p_two_sided
from ccsat.methods.regression_design import Model, make_model, units_of
from ccsat.numerics.lines import sum_clusters
from ccsat.scales import Column

QUANTILES = (0.1, 0.5, 0.9)


def quantile_regression(
    table: pd.DataFrame, outcome: Column, drivers: Sequence[Column], *, quantiles: Sequence[float] = QUANTILES, cluster: str | bool | None = None,
    units: Mapping[str, float] | None = None,
) -> Answer:  # fmt: skip
    """Does a driver move the worst contacts as much as the middle ones?

    Args:
        outcome: Numbers, best with many different values (minutes, seconds).
        quantiles: Between 0 and 1, e.g. 0.9 for the slowest tenth.
        units: Driver -> step that effects are for.

    Returns:
        One row a quantile and term: `quantile, term, unit, effect, se` (sandwich, kernel density; over clusters where named) `, lower, upper,
        p_value, p_adjusted` (BH) `, n`. Effects: the first driver's at the quantile nearest the middle, then at the lowest and highest. Statistic:
        p of the first effect; `spread_p`: of equal effects at the lowest and highest quantile.

    Raises:
        ScaleError: A weaker outcome. DataError: A quantile not between 0 and 1, or fewer than five rows beyond it.

    Source:
        Koenker and Bassett (1978), Econometrica 46, 33-50; Powell (1991); clusters: Parente and Santos Silva (2016), Journal of Econometric
        Methods 5, 1-15; statsmodels QuantReg.
    """
    from statsmodels.regression.quantile_regression import QuantReg

    taus = sorted({float(q) for q in quantiles})
    model = make_model(table, outcome, drivers, method="quantile_regression", cluster=cluster)
    if not taus or not all(0 < q < 1 and min(q, 1 - q) * model.n >= 5 for q in taus):
        raise DataError(
            "regression_quantiles",
            quantiles=listing(quantiles),
            n=f"{model.n:g}",
            method=Words("method.quantile_regression.name"),
        )
    scale = np.concatenate([[1.0], model.x[:, 1:].std(0)])
    middle = np.concatenate([[0.0], model.x[:, 1:].mean(0)])
    z, width = (model.x - middle) / scale, float(model.y.std())
    step, fits = units_of(model, units), []
    for tau in taus:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            beta = QuantReg(model.y / width, z).fit(q=tau, max_iter=5000, p_tol=1e-10).params * width
        fits.append((beta, _influence(model, z, beta, tau)))
    joint = np.column_stack([moves for _, moves in fits])
    sums = joint if model.cluster is None else sum_clusters(joint, model.cluster)
    factor = model.n / (model.n - z.shape[1]) if model.cluster is None else len(sums) / (len(sums) - 1)
    covariance = factor * sums.T @ sums
    p, rows = z.shape[1], []
    for k, (tau, (beta, _)) in enumerate(zip(taus, fits, strict=True)):
        turn = step / scale[1:]
        value, se = beta[1:] * turn, np.sqrt(np.diag(covariance)[k * p + 1 : (k + 1) * p]) * np.abs(turn)
        low, high = limits(value, se, model.df)
        rows.append(pd.DataFrame({"quantile": tau, "term": model.terms, "unit": step, "effect": value, "se": se, "lower": low, "upper": high,
                                  "p_value": p_two_sided(value, se, model.df), "n": model.n}))  # fmt: skip
    frame = pd.concat(rows, ignore_index=True)
    frame.insert(8, "p_adjusted", adjusted_p(frame["p_value"]))
    near = int(np.argmin(np.abs(np.array(taus) - 0.5)))
    first = [frame.iloc[k * len(model.terms)] for k in range(len(taus))]
    chosen = [near, *(k for k in dict.fromkeys((0, len(taus) - 1)) if k != near)]
    effects = tuple(Effect("regression_quantile" if k == near else "regression_quantile_low" if k < near else "regression_quantile_high",
                           *(float(first[k][key]) for key in ("effect", "lower", "upper"))) for k in chosen)  # fmt: skip
    statistic = {"p_value": float(first[near]["p_value"]), "quantile": taus[near]}
    if len(taus) > 1:
        a, b = 1, (len(taus) - 1) * p + 1
        gap = (fits[-1][0][1] - fits[0][0][1]) / scale[1]
        se = float(np.sqrt(max(covariance[a, a] + covariance[b, b] - 2 * covariance[a, b], 0))) / scale[1]
        statistic["spread_p"] = float(p_two_sided(gap, se, model.df))
    caveats = model.caveats()
    if len(np.unique(model.y)) < 20:
        caveats = (*caveats, ("caveat.regression_few_values", {"n": len(np.unique(model.y))}))
    return Answer(method="quantile_regression", columns=model.columns(), table=frame, statistic=statistic, effects=effects, family="regression_terms",
                  detectable=detectable(float(first[near]["se"]), model.df), caveats=caveats, **model.names())  # fmt: skip


def _influence(model: Model, z: np.ndarray, beta: np.ndarray, tau: float) -> np.ndarray:
    """What each row moves the coefficients by, with the density at the quantile by a kernel (Hall and Sheather's width)."""
    from scipy.special import ndtri

    left, n = model.y - z @ beta, len(model.y)
    at = ndtri(tau)
    height = np.exp(-(at**2) / 2) / np.sqrt(2 * np.pi)
    h = n ** (-1 / 3) * 1.959963984540054 ** (2 / 3) * (1.5 * height**2 / (2 * at**2 + 1)) ** (1 / 3)
    h = min(h, tau * 0.9, (1 - tau) * 0.9)
    spread = min(left.std(), float(np.subtract(*np.quantile(left, [0.75, 0.25]))) / 1.34) or left.std()
    width = max(spread * (ndtri(tau + h) - ndtri(tau - h)), 1e-12)
    kernel = np.exp(-((left / width) ** 2) / 2) / np.sqrt(2 * np.pi) / width
    bread = np.linalg.pinv((z * kernel[:, None]).T @ z, hermitian=True)
    return (z * (tau - (left < 0))[:, None]) @ bread
