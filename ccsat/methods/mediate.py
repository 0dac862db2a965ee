"""What part of an effect goes through something in between: total, direct and indirect effects side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ccsat.errors import DataError, Words, listing
from ccsat.methods.answer import Answer, Assumption, Effect
from ccsat.methods.designs import design_of
from ccsat.methods.ordinal_inference import detectable, limits, p_two_sided
from ccsat.methods.regression_design import as_number, few_clusters, sample_of
from ccsat.numerics.paths import effects_of, fit_paths, resampled_paths
from ccsat.scales import Column, Scale, need, scale_of

DRAWS = 2000


def mediation(
    table: pd.DataFrame, outcome: Column, driver: Column, mediators: Sequence[Column], *, adjust: Sequence[Column] = (),
    cluster: str | bool | None = None, top_from: object = None, event: object = None, unit: float = 1.0, draws: int = DRAWS,
    rng: np.random.Generator | int = 0,
) -> Answer:  # fmt: skip
    """How much of a driver's effect goes through what lies between it and the outcome?

    Args:
        outcome: A number; or yes/no, as points of share, by bool, `top_from` or `event`.
        driver: A number or yes/no. mediators: Numbers or yes/no that the driver moves and that move the outcome.
        adjust: Confounders of driver, mediators and outcome, held equal throughout.
        cluster: Errors and draws over clusters.
        unit: Step of the driver that effects are for.

    Returns:
        One row a path: `path` ("a" driver to mediator, "b" mediator to outcome, "indirect", "indirect_all", "direct", "total")
        `, mediator, value, se, lower, upper` (delta) `, boot_lower, boot_upper` (percentiles) `, p_value, n`. Effects: indirect in all (bootstrap
        limits), direct, total, share of the total. Statistic: p (delta) of the indirect effect; `hidden_MEDIATOR`: correlation of an
        unseen cause of mediator and outcome that alone would make the indirect effect.

    Raises:
        ScaleError: A weaker outcome. DataError: A mediator told by the driver, too few rows.

    Source:
        Sobel (1982), Sociological Methodology 13, 290-312; MacKinnon, Lockwood and Williams (2004), Multivariate Behavioral
        Research 39, 99-128; Imai, Keele and Yamamoto (2010), Statistical Science 25, 51-71.
    """
    mediators = [mediators] if isinstance(mediators, str) or not isinstance(mediators, Sequence) else list(mediators)
    if not mediators or {str(driver), str(outcome)} & {*map(str, mediators)}:
        raise DataError("regression_drivers", outcome=str(outcome), drivers=listing(mediators) or "–")
    sample = sample_of(table, [outcome, driver, *mediators, *adjust], method="mediation", cluster=cluster)
    y, hit = as_number(sample.rows[str(outcome)], method="mediation", top_from=top_from, event=event)
    x, *m = (_number(sample.rows[str(column)]) for column in (driver, *mediators))
    m, n, k = np.column_stack(m), len(y), len(mediators)
    base = design_of(sample, adjust, method="mediation").x if adjust else np.ones((n, 1))
    whole = np.column_stack([base, x, m])
    scaled = (whole[:, 1:] - whole[:, 1:].mean(0)) / np.where(whole[:, 1:].std(0) > 0, whole[:, 1:].std(0), 1.0)
    if n <= whole.shape[1] + 2 or np.ptp(y) == 0 or np.linalg.eigvalsh(scaled.T @ scaled / n)[0] < 1e-10:
        raise DataError(
            "model_drivers", drivers=listing([driver, *mediators, *adjust]), method=Words("method.mediation.name")
        )
    fit = fit_paths(base, x, m, y, cluster=sample.cluster)
    df = np.inf if sample.cluster is None else float(sample.names["clusters"] - 1)
    value, slopes = effects_of(fit.values, k)
    se = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", slopes, fit.covariance, slopes), 0))
    drawn = effects_of(
        resampled_paths(base, x, m, y, cluster=sample.cluster, draws=draws, rng=np.random.default_rng(rng)), k
    )[0]
    step = np.array([unit] * k + [1.0] * k + [unit] * (k + 3))
    value, se, drawn = value * step, se * np.abs(step), drawn * step
    boot = np.nanquantile(drawn, [0.025, 0.975], axis=0)
    low, high = limits(value, se, df)
    names = [str(one) for one in mediators]
    paths = ["a"] * k + ["b"] * k + ["direct"] + ["indirect"] * k + ["indirect_all", "total"]
    rows = pd.DataFrame({"path": paths, "mediator": [*names, *names, "", *names, "", ""], "value": value, "se": se, "lower": low, "upper": high,
                         "boot_lower": boot[0], "boot_upper": boot[1], "p_value": p_two_sided(value, se, df), "n": n})  # fmt: skip
    ratio = value[-2] / value[-1] if value[-1] else np.nan
    parts = np.nanquantile(drawn[:, -2] / drawn[:, -1], [0.025, 0.975])
    sure = not low[-1] <= 0 <= high[-1]  # a share of a total that may be 0 says nothing
    effects = (Effect("regression_indirect", value[-2], *boot[:, -2]), Effect("regression_direct", value[2 * k], *boot[:, 2 * k]),
               Effect("regression_total", value[-1], *boot[:, -1]), *((Effect("regression_mediated", ratio, *parts),) if sure else ()))  # fmt: skip
    place = len(value) - 2 if k > 1 else 2 * k + 1
    hidden = {f"hidden_{name}": float(h) for name, h in zip(names, fit.hidden, strict=True)}
    checks = tuple(
        Assumption("regression_hidden", abs(h) >= 0.1, {"mediator": name, "rho": round(float(h), 2)})
        for name, h in zip(names, fit.hidden, strict=True)
    )
    caveats = sample.caveats + few_clusters(sample) + (("caveat.regression_mediation", {"mediators": listing(names)}),)
    if value[-1] * value[2 * k] < 0:
        caveats = (
            *caveats,
            ("caveat.regression_suppressed", {"total": float(value[-1]), "direct": float(value[2 * k])}),
        )
    return Answer(
        method="mediation", table=rows, columns={"outcome": str(outcome), "driver": str(driver), "mediators": names, "adjust": [str(a) for a in adjust], **({"hit": hit} if hit else {})},
        statistic={"z": value[place] / se[place] if se[place] > 0 else np.nan, "p_value": float(rows["p_value"][place]), **hidden}, effects=effects, assumptions=checks,
        detectable=detectable(float(se[-2]), df), caveats=caveats, **sample.names,
    )  # fmt: skip


def _number(column: pd.Series) -> np.ndarray:
    """A driver or mediator: numbers, or yes/no as 1 and 0."""
    if scale_of(column) < Scale.INTERVAL and pd.api.types.is_bool_dtype(column.dtype):
        return column.to_numpy(float)
    need(column, Scale.INTERVAL, method="mediation", instead="linear_regression (mediators=)")
    return column.to_numpy(float)
