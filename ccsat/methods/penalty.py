"""Penalty and reward: does a touchpoint cost more when it is bad than it brings when it is good?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from ccsat.errors import DataError, listing
from ccsat.estimates import adjust
from ccsat.methods.answer import Answer, Effect
from ccsat.methods.ordinal_inference import limits, p_two_sided, wald
from ccsat.methods.sample import take_rows
from ccsat.numerics.moments_drivers import robust_slopes
from ccsat.scales import Column, Scale, need, scale_of

ALPHA = 0.05
FEW = 20  # low or high answers below which a penalty or reward is not read


def penalty_reward(
    table: pd.DataFrame, outcome: Column, drivers: Sequence[Column], *, low: object = None, high: object = None, weights: str | None = None,
    weight_kind: str = "sampling", cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """Does a touchpoint cost more when it is bad than it brings when it is good?

    One linear model with two switches a driver: a low answer and a high one, each against the middle.

    Args:
        outcome: Interval, e.g. a score of 0 to 10, or a `Cast`.
        drivers: Ratings, ordered or numbers.
        low: The highest answer that counts as low, one for all or driver -> answer; the second lowest where not given.
        high: The lowest answer that counts as high, likewise; the highest where not given.
        weights, weight_kind, cluster: Clusters and weights give robust errors; otherwise those of least squares.

    Returns:
        One row a driver: `driver, penalty, penalty_lower, penalty_upper, penalty_p` (low answers against the middle, outcome's
        unit)`, reward, reward_lower, reward_upper, reward_p, asymmetry` (reward + penalty: below 0 it costs more than it
        brings)`, asymmetry_lower, asymmetry_upper, p_value` (of symmetry)`, p_adjusted` (Holm)`, pattern` ("costs", "brings" or
        "even")`, low, high, n_low, n_high, n`. `statistic`: Wald test that all are symmetric. Effect: the clearest asymmetry.
        `extra`: `terms` (`term, estimate, se`; the intercept first), `r2`.

    Raises:
        ScaleError: A nominal driver, or an outcome below interval.
        DataError: A driver without low, middle or high answers, or switches that repeat each other.

    Assumes:
        Effects of drivers add up. What low and high answers go with is measured; whether customers see a touchpoint as a
        basic or an exciting one (Kano) is another question, which this does not answer.

    Source:
        Brandt (1988), Journal of Services Marketing 2, 35-41; Mikulic, Prebezac (2011), Managing Service Quality 21, 46-66
        (why not to classify by it).
    """
    sample = take_rows(table, [outcome, *drivers], weights=weights, weight_kind=weight_kind, cluster=cluster)
    data, names = sample.rows, list(dict.fromkeys(map(str, drivers)))
    need(data[str(outcome)], Scale.INTERVAL, method="penalty_reward", instead="rank_drivers")
    switches, cuts = [], []
    for name in names:
        need(data[name], Scale.ORDINAL, method="penalty_reward", instead="rank_drivers")
        below, above, cut = _switches(data[name], _for(low, name), _for(high, name))
        switches.append((below, above))
        cuts.append(cut)
    x = np.column_stack([*(below for below, _ in switches), *(above for _, above in switches)]).astype(float)
    y, k = data[str(outcome)].to_numpy(float), len(names)
    n = float(sample.weight.sum()) if sample.weight is not None and weight_kind == "frequency" else float(len(y))
    if n <= 2 * k + 1 or np.linalg.matrix_rank(x - x.mean(0)) < 2 * k:
        raise DataError("penalty_repeated", drivers=listing(names), n=f"{n:g}")
    slope, covariance, intercept, r2, df = _fit(x, y, sample, n)
    robust = sample.cluster is not None
    reward, penalty = slope[k:], slope[:k]
    mix = np.hstack([np.eye(k), np.eye(k)])
    both, joint = reward + penalty, mix @ covariance @ mix.T
    se, se_both = np.sqrt(np.diag(covariance)), np.sqrt(np.diag(joint))
    p = p_two_sided(both, se_both, df)
    found = pd.DataFrame({"driver": names, **_with_limits("penalty", penalty, se[:k], df), **_with_limits("reward", reward, se[k:], df),
                          **dict(zip(("asymmetry", "asymmetry_lower", "asymmetry_upper"), (both, *limits(both, se_both, df)), strict=True)),
                          "p_value": p, "p_adjusted": adjust(p, "holm")})  # fmt: skip
    clear = found["p_adjusted"] < ALPHA
    found = found.assign(pattern=np.where(~clear, "even", np.where(both < 0, "costs", "brings")), low=[one for one, _ in cuts], high=[one for _, one in cuts],
                         n_low=[int(below.sum()) for below, _ in switches], n_high=[int(above.sum()) for _, above in switches],
                         n=int(n) if n.is_integer() else n)  # fmt: skip
    statistic, p_all = wald(both, joint, df)
    first = int(np.argmax(np.abs(both) / se_both))
    wide = stdtrit(df, 1 - ALPHA / (2 * k)) * se_both[first]
    few = [name for name, (below, above) in zip(names, switches, strict=True) if min(below.sum(), above.sum()) < FEW]
    caveats = [("caveat.penalty_few", {"columns": listing(few), "n": FEW})] if few else []
    if robust and df + 1 < FEW:
        caveats.append(("caveat.drivers_few_clusters", {"clusters": int(df) + 1}))
    terms = ["(Intercept)", *(f"{name}_low" for name in names), *(f"{name}_high" for name in names)]
    return Answer(
        method="penalty_reward", columns={"outcome": str(outcome), "drivers": names}, table=found, family="penalty_drivers",
        statistic={"wald": statistic, "df": k, "p_value": p_all},
        effects=(Effect("penalty_asymmetry", float(both[first]), float(both[first] - wide), float(both[first] + wide)), Effect("penalty_r2", r2)),
        detectable=float((stdtrit(df, 1 - ALPHA / 2) + stdtrit(df, 0.8)) * se_both[first]),
        caveats=(*sample.caveats, *caveats, ("caveat.penalty_kano", {}), ("caveat.drivers_association", {})),
        extra={"terms": pd.DataFrame({"term": terms, "estimate": [intercept[0], *slope], "se": [intercept[1], *se]}), "r2": r2},
        **{**sample.names, "n": int(n) if n.is_integer() else n},
    )  # fmt: skip


def _with_limits(name: str, value: np.ndarray, se: np.ndarray, df: float) -> dict[str, np.ndarray]:
    low, high = limits(value, se, df)
    return {name: value, f"{name}_lower": low, f"{name}_upper": high, f"{name}_p": p_two_sided(value, se, df)}


def _for(cut: object, name: str) -> object:
    return cut.get(name) if isinstance(cut, Mapping) else cut


def _switches(column: pd.Series, low: object, high: object) -> tuple[np.ndarray, np.ndarray, tuple]:
    """Whether each answer is low, and whether it is high, with the two cuts."""
    ordered = scale_of(column) == Scale.ORDINAL
    levels = list(column.cat.categories) if ordered else sorted(column.unique())
    seen = [level for level in levels if (column == level).any()]
    low = (seen[1] if len(seen) > 3 else seen[0]) if low is None else low
    high = seen[-1] if high is None else high
    if ordered and not {low, high} <= set(levels):
        raise DataError(
            "penalty_cut", column=str(column.name), cuts=listing({low, high} - set(levels)), known=listing(levels)
        )
    code = column.cat.codes.to_numpy() if ordered else column.to_numpy(float)
    at_low, at_high = (levels.index(low), levels.index(high)) if ordered else (float(low), float(high))
    below, above = code <= at_low, code >= at_high
    if not (below.any() and above.any() and (~below & ~above).any()) or at_low >= at_high:
        raise DataError("penalty_middle", column=str(column.name), low=str(low), high=str(high), known=listing(seen))
    return below, above, (low, high)


def _fit(x: np.ndarray, y: np.ndarray, sample, n: float):
    """Slopes, their covariance, the intercept with its error, R2 and degrees of freedom."""
    kind = sample.names["weight_kind"]
    w = np.ones(len(y)) if sample.weight is None else sample.weight
    z = np.column_stack([np.ones(len(y)), x])
    if sample.cluster is not None or kind == "sampling":
        slope, covariance = robust_slopes(x, y, sample.weight, sample.cluster)
        mean = w @ x / w.sum()
        intercept = (float(w @ y / w.sum() - mean @ slope), np.nan)
        df = float(sample.cluster.max()) if sample.cluster is not None else n - z.shape[1]
    else:
        bread = np.linalg.inv(z.T @ (w[:, None] * z))
        beta = bread @ (z.T @ (w * y))
        df = n - z.shape[1]
        whole = bread * (w @ (y - z @ beta) ** 2 / df)
        slope, covariance, intercept = beta[1:], whole[1:, 1:], (float(beta[0]), float(np.sqrt(whole[0, 0])))
    left = y - intercept[0] - x @ slope
    middle = w @ y / w.sum()
    return slope, covariance, intercept, float(1 - w @ left**2 / (w @ (y - middle) ** 2)), df
