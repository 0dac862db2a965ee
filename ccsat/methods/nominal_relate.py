"""How strongly do two nominal columns go together, and where in the table?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ccsat.estimates import adjust
from ccsat.methods.answer import Answer, Effect
from ccsat.methods.counting import Counted, need_levels, whole
from ccsat.methods.nominal_counts import count_pair, matrix, tested
from ccsat.numerics.correspondence import correspondence
from ccsat.numerics.crosstab import Crosstab
from ccsat.numerics.independence import Independence, independence
from ccsat.numerics.nominal_measures import (
    NominalMeasure,
    corrected_v,
    cramer_v,
    entropy,
    goodman_kruskal_lambda,
    goodman_kruskal_tau,
    phi,
    theil_u,
)
from ccsat.numerics.power import two_sided
from ccsat.scales import Column


def nominal_association(
    table: pd.DataFrame, a: Column, b: Column, *, weights: str | None = None, weight_kind: str = "sampling", cluster: str | bool | None = None
) -> Answer:  # fmt: skip
    """How strongly do two columns go together?

    Args:
        a, b: The order matters only to the measures with a direction: `theil_u` is of `a` given `b`.

    Returns:
        One row a measure: `measure, value, lower, upper, n`. Effects: Cramer's V (noncentral interval), V less what
        chance adds, and, two by two, phi.

    Source:
        Cramer (1946); Smithson (2003); Bergsma (2013); Theil (1970); Goodman and Kruskal (1954, 1963).
    """
    counted, test = _pair(table, a, b, "nominal_association", weights, weight_kind, cluster)
    v, p = cramer_v(test), counted.counts / counted.table.n
    phi2 = test.chi2 / test.n
    mutual = entropy(p.sum(1)) + entropy(p.sum(0)) - entropy(p)
    b_given_a = _flip(counted)  # the table's rows are b: given b is as it stands
    rows: dict[str, object] = {"cramer_v": v, "cramer_v_corrected": corrected_v(test), "cohen_w": np.sqrt(phi2), "contingency_c": np.sqrt(phi2 / (1 + phi2)),
                               "tschuprow_t": np.sqrt(phi2 / np.sqrt(test.df)), "mutual_information": mutual}  # fmt: skip
    for name, find in (("theil_u", theil_u), ("lambda", goodman_kruskal_lambda), ("tau", goodman_kruskal_tau)):
        rows[f"{name}_a_given_b"] = within_test(find(counted.table), test)
        rows[f"{name}_b_given_a"] = within_test(find(b_given_a), test)
    rows["theil_u_symmetric"] = 2 * mutual / (entropy(p.sum(1)) + entropy(p.sum(0)))
    frame = pd.DataFrame([_row(name, value) for name, value in rows.items()]).assign(n=counted.names["n"])
    parts = tested(counted)
    effects = [*parts.pop("effects"), Effect("cramer_v_corrected", corrected_v(test))]
    if counted.counts.shape == (2, 2):
        found = phi(counted.table)
        effects.append(Effect("phi", found.value, found.lower, found.upper))
    return Answer(method="nominal_association", table=frame, columns={"a": str(a), "b": str(b)}, effects=tuple(effects),
                  extra={"counts": matrix(counted), "least_expected": test.least_expected, "below_5": test.below_5}, **parts)  # fmt: skip


def phi_coefficient(
    table: pd.DataFrame, a: Column, b: Column, *, weights: str | None = None, weight_kind: str = "sampling", cluster: str | bool | None = None
) -> Answer:  # fmt: skip
    """Do two yes/no columns go together, and in which direction?

    Returns:
        One row a level of `b`: `level, n, hits` (second level of `a`) `, share`. Effect: phi, positive where the
        second levels go together; interval on Fisher's z scale with the error of a table.

    Raises:
        ScaleError: A column has not two levels.

    Source:
        Yule (1912), Journal of the Royal Statistical Society 75, 579-652.
    """
    counted, _ = _pair(table, a, b, "phi_coefficient", weights, weight_kind, cluster, exactly=2)
    found, counts = phi(counted.table), counted.counts
    frame = pd.DataFrame(
        {
            "level": counted.levels[0],
            "n": whole(counts.sum(1)),
            "hits": whole(counts[:, 1]),
            "share": counts[:, 1] / counts.sum(1),
        }
    )
    parts = tested(counted) | {"effects": (Effect("phi", found.value, found.lower, found.upper),)}
    return Answer(method="phi_coefficient", table=frame, columns={"a": str(a), "b": str(b)}, **parts)


def uncertainty_coefficient(
    table: pd.DataFrame, a: Column, b: Column, *, weights: str | None = None, weight_kind: str = "sampling", cluster: str | bool | None = None
) -> Answer:  # fmt: skip
    """What part of the uncertainty about one column does knowing the other remove?

    Args:
        a: What is to be known. b: What is known.

    Returns:
        One row a direction: `of, given, value, lower, upper, n`. Effects: Theil's U of `a` given `b`, and the other way.

    Source:
        Theil (1970), American Journal of Sociology 76, 103-154; standard error by the delta method, between clusters
        where they are named; 0 is in the interval exactly where independence is not rejected.
    """
    return _directed(table, a, b, "uncertainty_coefficient", {"theil_u": theil_u}, weights, weight_kind, cluster)


def guessing_gain(
    table: pd.DataFrame, a: Column, b: Column, *, weights: str | None = None, weight_kind: str = "sampling", cluster: str | bool | None = None
) -> Answer:  # fmt: skip
    """How many wrong guesses of one column does knowing the other spare?

    Args:
        a: What is guessed. b: What is known.

    Returns:
        One row a measure and direction: `measure, of, given, value, lower, upper, n`. Effects: `guess_tau` (guessing in
        proportion) and `guess_lambda` (guessing the commonest; 0 although the columns go together where one level is the
        commonest everywhere, and then without an interval).

    Source:
        Goodman and Kruskal (1954, 1963), Journal of the American Statistical Association 49, 732-764; 58, 310-364.
    """
    return _directed(
        table,
        a,
        b,
        "guessing_gain",
        {"guess_tau": goodman_kruskal_tau, "guess_lambda": goodman_kruskal_lambda},
        weights,
        weight_kind,
        cluster,
    )


def share_map(
    table: pd.DataFrame, a: Column, b: Column, *, weights: str | None = None, weight_kind: str = "sampling", cluster: str | bool | None = None
) -> Answer:  # fmt: skip
    """Which combinations are commoner than chance would have them?

    Returns:
        One row a cell: `a, b, n, share_a_in_b, share_b_in_a, lift, lower, upper, p_value, p_adjusted` (BH); a lift of 2 is
        twice as common as under independence, its interval on the log scale. `extra["lift"]`: the map, `b` down, `a` across.

    Source:
        Brin, Motwani and Silverstein (1997), SIGMOD; delta-method error of the log of the lift.
    """
    counted, _ = _pair(table, a, b, "share_map", weights, weight_kind, cluster)
    counts, n = counted.counts, counted.table.n
    r, c = counts.sum(1), counts.sum(0)
    lift = counts * n / np.outer(r, c)
    i, j = np.indices(counts.shape)
    at = np.arange(counts.size)
    values = np.zeros((counts.size, *counts.shape))
    with np.errstate(divide="ignore", invalid="ignore"):
        values[at, i.ravel(), j.ravel()] += np.where(counts > 0, 1 / counts, 0.0).ravel()
        values[at, i.ravel(), :] -= (1 / r)[i.ravel(), None]
        values[at, :, j.ravel()] -= (1 / c)[j.ravel(), None]
        values = values.reshape(counts.size, -1) + 1 / n
        error = np.sqrt(np.maximum(_variances(counted.table, values), 0)).reshape(counts.shape)
        wide = np.exp(counted.quantile * error)
        lower, upper = np.where(counts > 0, lift / wide, 0.0), np.where(counts > 0, lift * wide, np.nan)
        z = np.where(counts > 0, np.log(np.where(counts > 0, lift, 1.0)) / error, np.nan)
    p = two_sided(z.ravel(), counted.table.df_error)
    names_b, names_a = (np.array(levels, object) for levels in counted.levels)
    frame = pd.DataFrame({"a": names_a[j.ravel()], "b": names_b[i.ravel()], "n": whole(counts.ravel()), "share_a_in_b": (counts / r[:, None]).ravel(),
                          "share_b_in_a": (counts / c).ravel(), "lift": lift.ravel(), "lower": lower.ravel(), "upper": upper.ravel(),
                          "p_value": p, "p_adjusted": adjust(p)})  # fmt: skip
    return Answer(method="share_map", table=frame, columns={"a": str(a), "b": str(b)}, family="table_cells",
                  extra={"lift": pd.DataFrame(lift, counted.levels[0], counted.levels[1])}, **tested(counted))  # fmt: skip


def correspondence_map(
    table: pd.DataFrame, a: Column, b: Column, *, weights: str | None = None, weight_kind: str = "sampling", cluster: str | bool | None = None
) -> Answer:  # fmt: skip
    """Which levels of two columns lie near each other on a map?

    Returns:
        One row a level: `side` ("a" or "b") `, level, n, mass, x, y` (principal coordinates) `, part_x, part_y` (of the
        axis' inertia) `, quality` (of the level, in the two axes). `extra["inertia"]`: one row an axis, `inertia, share,
        cumulative`. Effect: Cramer's V; total inertia is chi-square over n.

    Source:
        Greenacre (2017), Correspondence Analysis in Practice.
    """
    counted, test = _pair(table, a, b, "correspondence_map", weights, weight_kind, cluster)
    found, frames = correspondence(counted.counts), []
    for side, levels, mass, points, part in (("b", counted.levels[0], found.row_mass, found.rows, found.row_part),
                                             ("a", counted.levels[1], found.column_mass, found.columns, found.column_part)):  # fmt: skip
        pad = np.zeros((len(levels), max(0, 2 - points.shape[1])))
        xy, parts = np.column_stack([points[:, :2], pad]), np.column_stack([part[:, :2], pad])
        with np.errstate(divide="ignore", invalid="ignore"):
            quality = (xy**2).sum(1) / (points**2).sum(1)
        frames.append(pd.DataFrame({"side": side, "level": levels, "n": whole(mass * counted.table.n), "mass": mass, "x": xy[:, 0], "y": xy[:, 1],
                                    "part_x": parts[:, 0], "part_y": parts[:, 1], "quality": quality}))  # fmt: skip
    share = found.inertia / found.inertia.sum() if found.inertia.sum() > 0 else np.zeros(len(found.inertia))
    inertia = pd.DataFrame(
        {"axis": np.arange(1, len(share) + 1), "inertia": found.inertia, "share": share, "cumulative": share.cumsum()}
    )
    return Answer(method="correspondence_map", table=pd.concat(frames[::-1], ignore_index=True), columns={"a": str(a), "b": str(b)},
                  extra={"inertia": inertia, "total_inertia": test.chi2 / test.n}, **tested(counted))  # fmt: skip


# ----------------------------------------------------------------------------------------------


def within_test(found: NominalMeasure, test: Independence) -> NominalMeasure:
    """A measure whose interval holds 0 exactly where independence is not rejected: near 0 its own error is too small."""
    if test.p_value >= 0.05 and found.lower == found.lower:
        return NominalMeasure(found.value, found.error, 0.0, found.upper)
    return found


def _pair(table, a, b, method, weights, weight_kind, cluster, exactly=None) -> tuple[Counted, Independence]:
    counted = count_pair(table, a, b, method=method, weights=weights, weight_kind=weight_kind, cluster=cluster)
    for axis, column in enumerate((b, a)):
        need_levels(counted, axis, column=column, method=method, exactly=exactly)
    return counted, independence(counted.table)


def _flip(counted: Counted) -> Crosstab:
    counts, moments = counted.counts, counted.table.moments
    if moments is not None:
        order = np.arange(counts.size).reshape(counts.shape).T.ravel()
        moments = moments[np.ix_(order, order)]
    return Crosstab(counts.T, moments, counted.table.groups)


def _directed(table, a, b, method, measures, weights, weight_kind, cluster) -> Answer:
    counted, test = _pair(table, a, b, method, weights, weight_kind, cluster)
    rows, effects = [], []
    for name, find in measures.items():
        for of, given, one in ((a, b, counted.table), (b, a, _flip(counted))):
            found = within_test(find(one), test)
            rows.append({"measure": name, "of": str(of), "given": str(given), **_row(name, found)})
            if of is a or len(measures) == 1:
                limits = (found.lower, found.upper) if found.lower == found.lower else (None, None)
                effects.append(Effect(name if of is a else f"{name}_reverse", found.value, *limits))
    parts = tested(counted) | {"effects": tuple(effects)}
    parts["detectable"] = _detectable_gain(counted, parts["detectable"], method)
    return Answer(
        method=method,
        table=pd.DataFrame(rows).assign(n=counted.names["n"]),
        columns={"a": str(a), "b": str(b)},
        **parts,
    )


def _detectable_gain(counted: Counted, v: float | None, method: str) -> float | None:
    """The least U (or tau) found in four cases of five: near 0, n times 2 H U and n (r - 1) tau are the chi-square that V is of."""
    share = counted.counts.sum(0) / counted.counts.sum()
    share = share[share > 0]
    if v is None or len(share) < 2:
        return None
    per_row = v**2 * (min(counted.counts.shape) - 1)
    return float(
        per_row / (-2 * share @ np.log(share)) if method == "uncertainty_coefficient" else per_row / (len(share) - 1)
    )


def _row(name: str, value: object) -> dict[str, object]:
    if isinstance(value, NominalMeasure):
        return {"measure": name, "value": value.value, "lower": value.lower, "upper": value.upper}
    return {"measure": name, "value": float(value), "lower": np.nan, "upper": np.nan}


def _variances(table: Crosstab, values: np.ndarray) -> np.ndarray:
    if table.moments is None:
        return values**2 @ table.counts.ravel() - (values @ table.counts.ravel()) ** 2 / table.n
    return (
        np.einsum("ki,ij,kj->k", values, table.moments, values, optimize=True) * table.groups / max(table.groups - 1, 1)
    )
