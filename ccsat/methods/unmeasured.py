"""How strong would something unseen have to be to explain an effect away: E-values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ccsat.errors import DataError, Words
from ccsat.methods.answer import Answer, Effect
from ccsat.methods.logistic import fit_logit
from ccsat.methods.ordinal_inference import limits, p_two_sided, quantile
from ccsat.methods.regression_design import make_model
from ccsat.numerics.lines import fit_linear
from ccsat.scales import Column

PER_SD = 0.91  # log risk ratio of a standardised difference


def e_value(
    table: pd.DataFrame, outcome: Column, driver: Column, *, adjust: Sequence[Column] = (), top_from: object = None, event: object = None,
    unit: float = 1.0, weights: str | None = None, weight_kind: str = "sampling", cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """How strong would an unseen cause have to be to explain this effect away?

    Args:
        outcome: Yes/no (bool, 0/1, or with `top_from` or `event`): risk ratio standardised over the rows. Other numbers: standardised
            difference, as a risk ratio by exp(0.91 d).
        driver: Yes/no, or a number with its step `unit`. adjust: Confounders that are seen.

    Returns:
        One row each for the estimate and for the limit nearest 1: `of, risk_ratio, e_value, n`. Effects: the risk ratio with its interval, and
        the E-value: an unseen cause that goes with driver and outcome by risk ratios of that size each could explain the
        effect, a weaker one could not. 1 for the limit where the interval holds 1.

    Raises:
        ScaleError: A weaker outcome. DataError: A driver of several levels, or that the confounders determine.

    Source:
        VanderWeele and Ding (2017), Annals of Internal Medicine 167, 268-274; Ding and VanderWeele (2016), Epidemiology 27, 368-377;
        differences: Chinn (2000), Statistics in Medicine 19, 3127-3131.
    """
    column = table[str(outcome)] if str(outcome) in table.columns else pd.Series(dtype=float)
    binary = (
        top_from is not None
        or event is not None
        or set(column.dropna().unique()) <= {0, 1}
        or pd.api.types.is_bool_dtype(column.dtype)
    )
    options = {
        "weights": weights,
        "weight_kind": weight_kind,
        "cluster": cluster,
        "binary": binary,
        "top_from": top_from,
        "event": event,
    }
    model = make_model(table, outcome, [driver, *adjust], method="e_value", **options)
    if len(model.groups[str(driver)]) > 1:
        raise DataError("regression_one_term", driver=str(driver), method=Words("method.e_value.name"))
    log, se = _standardised(model, unit) if binary else _difference(model, unit)
    low, high = (float(v) for v in limits(np.array(log), np.array(se), model.df))
    near = 0.0 if low <= 0 <= high else (low if log > 0 else high)
    ratios = [float(np.exp(v)) for v in (log, near)]
    frame = pd.DataFrame(
        {"of": ["estimate", "limit"], "risk_ratio": ratios, "e_value": [of_ratio(r) for r in ratios], "n": model.n}
    )
    found = frame["e_value"].tolist()
    least = float(np.exp((quantile(0.975, model.df) + quantile(0.8, model.df)) * se))
    return Answer(
        method="e_value", table=frame, columns={**model.columns(), "driver": str(driver), "unit": unit}, detectable=least, caveats=model.caveats(),
        statistic={"p_value": float(p_two_sided(log, se, model.df)), "e_value": found[0], "e_value_limit": found[1]},
        effects=(Effect("regression_risk_ratio", ratios[0], float(np.exp(low)), float(np.exp(high)), null=1.0),
                 Effect("regression_e_value", found[0], null=1.0), Effect("regression_e_value_limit", found[1], null=1.0)), **model.names(),
    )  # fmt: skip


def of_ratio(ratio: float) -> float:
    """E-value of a risk ratio."""
    r = max(ratio, 1 / ratio) if ratio > 0 else np.inf
    return float(r + np.sqrt(r * (r - 1)))


def _standardised(model, unit: float) -> tuple[float, float]:
    """Log of the ratio of average predicted shares with the driver raised (on) and as it is (off), and its error."""
    fit, covariance = fit_logit(model)
    if fit.separated:
        raise DataError("regression_separated", method=Words("method.e_value.name"))
    w = np.ones(len(model.y)) if model.weight is None else model.weight
    moves = model.design.moves(model.x, 1)
    if moves is None:
        raised = model.x.copy()
        raised[:, 1] += unit
        moves = (model.x, raised)
    parts = []
    for design in moves:
        share = 1 / (1 + np.exp(-design @ fit.beta[:, 0]))
        mean = w @ share / w.sum()
        parts.append((np.log(mean), (w * share * (1 - share)) @ design / w.sum() / mean))
    slope = parts[1][1] - parts[0][1]
    return float(parts[1][0] - parts[0][0]), float(np.sqrt(slope @ covariance @ slope))


def _difference(model, unit: float) -> tuple[float, float]:
    fit = fit_linear(model.x, model.y, weight=model.weight, kind=model.kind, cluster=model.cluster)
    scale = (
        PER_SD
        * (1.0 if model.design.switch[0] else unit)
        / np.sqrt(np.average((model.y - np.average(model.y, weights=model.weight)) ** 2, weights=model.weight))
    )
    return float(fit.beta[1] * scale), float(fit.se[1] * abs(scale))
