"""Several groups on an interval outcome: Welch's and the classic analysis of variance, spreads, and shape."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy.special import fdtrc, ndtri

from ccsat.errors import DataError
from ccsat.methods.answer import Answer, Assumption, Effect
from ccsat.methods.means import Grouped, group_means, unclustered
from ccsat.numerics.moments import Means, group_moments
from ccsat.numerics.power import detectable_z, quantile
from ccsat.scales import Column

MOST_SHAPIRO = 5000  # rows up to which Shapiro-Wilk is known


def welch_anova(
    table: pd.DataFrame, outcome: Column, by: Column, *, weights: str | None = None, weight_kind: str = "sampling",
    cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """Do several groups differ in their mean, whatever their spreads?

    Args:
        outcome: Interval. by: Two groups or more.
        cluster: Variances are then of clusters; where groups share clusters the test is Hotelling's.

    Returns:
        Effect: `mean_omega2`, the share of the variance between groups, estimated from F, with its noncentral 90 % interval (on
        the effective n). Table: one row a group, `group, n, mean, lower, upper, sd, median, trimmed_mean`. Statistic: `F, df,
        df_error, p_value`, and of independent rows Brown and Forsythe's `bf_F, bf_df_error, bf_p_value`.

    Raises:
        ScaleError: The outcome is not interval. DataError: One group, fewer than two rows or clusters in one, or no spread.

    Source:
        Welch (1951), Biometrika 38, 330-336; Brown and Forsythe (1974), Technometrics 16, 129-132; clusters:
        Pustejovsky and Tipton (2018), Journal of Business and Economic Statistics 36, 672-683.
    """
    made = group_means(
        table, outcome, by, method="welch_anova", weights=weights, weight_kind=weight_kind, cluster=cluster
    )
    _need_spread(made)
    f, df1, df2, p = made.means.omnibus()
    worth = made.means.effective()
    statistic = {"F": f, "df": df1, "df_error": df2, "p_value": p}
    if not made.robust and made.kind != "precision":
        bf, bf_df = brown_forsythe(made.means)
        statistic |= {"bf_F": bf, "bf_df": df1, "bf_df_error": bf_df, "bf_p_value": float(fdtrc(df1, bf_df, bf))}
    omega = df1 * (f - 1) / (df1 * (f - 1) + worth)
    return Answer(method="welch_anova", columns=made.columns(), statistic=statistic, effects=(made.spread_effect("mean_omega2", omega, f, df1, df2),),
                  table=made.rows(), detectable=made.detectable_share(df1, df2), assumptions=(made.skewed(),), caveats=made.caveats(), **made.named())  # fmt: skip


def classic_anova(
    table: pd.DataFrame, outcome: Column, by: Column, *, weights: str | None = None, weight_kind: str = "frequency",
    cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """Do several groups of equal spread differ in their mean?

    Args:
        weights: Frequency weights only. cluster: Not used; the answer says so (`welch_anova` does use it).

    Returns:
        Effects: `mean_omega2`, `mean_eta2`, `epsilon2` with the noncentral 90 % interval, `cohen_f`. Table: as `welch_anova`.
        Statistic: `F, df, df_error, p_value, ss_between, ss_within`.

    Raises:
        As `welch_anova`; a group may have one row.

    Source:
        Fisher (1925); omega squared: Hays (1963); interval: Steiger (2004), Psychological Methods 9, 164-182.
    """
    made = group_means(
        table,
        outcome,
        by,
        method="classic_anova",
        weights=weights,
        weight_kind=weight_kind,
        cluster=cluster,
        whole=True,
        smallest=1,
    )
    got = one_way(made.plain)
    if not got["df_error"] > 0 or not got["ss_within"] > 0:
        raise DataError("mean_no_spread", column=made.outcome)
    f, df1, df2, p = (got[name] for name in ("F", "df", "df_error", "p_value"))
    between, within = got["ss_between"], got["ss_within"]
    total, ms = between + within, within / df2
    effects = [made.spread_effect("mean_omega2", (between - df1 * ms) / (total + ms), f, df1, df2), made.spread_effect("mean_eta2", between / total, f, df1, df2),
               made.spread_effect("epsilon2_mean", (between - df1 * ms) / total, f, df1, df2)]  # fmt: skip
    low, high = effects[1].lower, effects[1].upper
    effects.append(
        Effect(
            "cohen_f", math.sqrt(between / within), math.sqrt(low / (1 - low)), math.sqrt(high / (1 - high)), level=0.9
        )
    )
    return Answer(method="classic_anova", columns=made.columns(), statistic={"F": f, "df": df1, "df_error": df2, "p_value": p, "ss_between": between, "ss_within": within},
                  effects=tuple(effects), table=made.rows(), detectable=made.detectable_share(df1, df2), assumptions=(made.alike(), made.skewed()),
                  caveats=made.caveats(*unclustered(made.names)), **made.named())  # fmt: skip


def spread_tests(table: pd.DataFrame, outcome: Column, by: Column, *, cluster: str | bool | None = None) -> Answer:
    """Do groups differ in how far their values scatter?

    Args:
        cluster: The Levene test is then of clusters; Bartlett's and Fligner's are left out.

    Returns:
        Effect: `sd_ratio`, the largest standard deviation over the smallest (two groups: second over first); its interval
        allows for kurtosis and, with more groups, for the choice of the pair. Table: one row a group, `group, n, mean,
        lower, upper, sd, sd_lower, sd_upper, median, trimmed_mean`. Statistic: `levene_F` (about the median: Brown and Forsythe), `df,
        df_error, p_value`, `bartlett_K2, bartlett_p_value, fligner_chi2, fligner_p_value`.

    Raises:
        As `welch_anova`.

    Source:
        Levene (1960); Brown and Forsythe (1974), Journal of the American Statistical Association 69, 364-367; Bartlett (1937);
        Fligner and Killeen (1976); interval: Bonett (2006), Computational Statistics and Data Analysis 50, 775-782.
    """
    made = group_means(table, outcome, by, method="spread_tests", cluster=cluster)
    _need_spread(made)
    rows, m = made.rows(), made.plain
    away = np.abs(made.y - rows["median"].to_numpy()[made.group])
    k = len(made.groups)
    if made.cluster is None:
        got = one_way(group_moments(away, made.group, k))
        statistic = {
            "levene_F": got["F"],
            "df": got["df"],
            "df_error": got["df_error"],
            "p_value": got["p_value"],
            **_other_spreads(made),
        }
    else:
        f, df1, df2, p = group_moments(away, made.group, k, cluster=made.cluster).omnibus()
        statistic = {"levene_F": f, "df": df1, "df_error": df2, "p_value": p}
    apart = made.y - m.mean[made.group]
    fourth = np.bincount(made.group, apart**4, minlength=k) / m.n / m.sd**4
    worth = m.n * min(1.0, made.means.effective() / m.n.sum())
    error = np.sqrt(np.maximum(fourth - (worth - 3) / worth, 1e-6) / (4 * np.maximum(worth - 1, 1)))  # of log sd
    big, small = (1, 0) if k == 2 else (int(m.sd.argmax()), int(m.sd.argmin()))
    ratio = float(m.sd[big] / m.sd[small])
    z = float(-ndtri(0.025 / (k * (k - 1) / 2)))
    half = z * math.hypot(error[big], error[small])
    rows.insert(6, "sd_lower", m.sd * np.exp(-quantile(0.95) * error))
    rows.insert(7, "sd_upper", m.sd * np.exp(quantile(0.95) * error))
    least = math.exp(detectable_z(math.hypot(error[big], error[small])))
    return Answer(method="spread_tests", columns=made.columns(widest=made.groups[big], narrowest=made.groups[small]), statistic=statistic, table=rows,
                  effects=(Effect("sd_ratio", ratio, ratio * math.exp(-half), ratio * math.exp(half), null=1.0),), detectable=least, caveats=made.caveats(), **made.named())  # fmt: skip


def normal_shape(
    table: pd.DataFrame, outcome: Column, by: Column | None = None, *, cluster: str | bool | None = None
) -> Answer:
    """Are values (about their group's mean) shaped like a normal curve?

    Args:
        by: Groups whose means are taken off first.

    Returns:
        Effect: `mean_skewness` of the residuals with its large-sample interval. Statistic: Shapiro and Wilk's `W`, `p_value` (of 5,000
        evenly spaced rows where there are more), `excess_kurtosis`. Table: one row a group, `group, n, skewness, mean, median`.

    Raises:
        ScaleError: The outcome is not interval. DataError: Fewer than three rows, or none differ.

    Source:
        Shapiro and Wilk (1965), Biometrika 52, 591-611; Royston (1995), Applied Statistics 44, 547-551.
    """
    from scipy.stats import shapiro

    made = group_means(table, outcome, by, method="normal_shape", cluster=cluster, least=1, smallest=1)
    m = made.plain
    residual = made.y - m.mean[made.group]
    n, sd = len(residual), float(residual.std())
    if n < 3 or not sd > 0:
        raise DataError("mean_no_spread", column=made.outcome)
    shown = residual if n <= MOST_SHAPIRO else residual[np.linspace(0, n - 1, MOST_SHAPIRO).astype(int)]
    w, p = shapiro(shown)
    skew, kurtosis = float((residual**3).mean() / sd**3), float((residual**4).mean() / sd**4 - 3)
    error = math.sqrt(6 * n * (n - 1) / ((n - 2) * (n + 1) * (n + 3)))
    middle = made.rows()
    rows = pd.DataFrame(
        {"group": made.groups, "n": middle["n"], "skewness": m.skew, "mean": m.mean, "median": middle["median"]}
    )
    said = (("caveat.mean_shapiro_rows", {"n": MOST_SHAPIRO, "of": n}),) if n > MOST_SHAPIRO else ()
    return Answer(method="normal_shape", columns=made.columns(), statistic={"W": float(w), "p_value": float(p), "excess_kurtosis": kurtosis},
                  effects=(Effect("mean_skewness", skew, skew - quantile(0.95) * error, skew + quantile(0.95) * error),), table=rows, detectable=detectable_z(error),
                  assumptions=(Assumption("mean_normal", bool(p >= 0.05), {"skew": skew}),), caveats=made.caveats(*said, *unclustered(made.names)), **made.named())  # fmt: skip


def one_way(m: Means) -> dict[str, float]:
    """Sums of squares between and within, F and p, as if spreads were equal."""
    between = float((m.n * (m.mean - (m.n * m.mean).sum() / m.n.sum()) ** 2).sum())
    within = float((np.nan_to_num(m.sd) ** 2 * (m.n - 1)).sum())
    df1, df2 = len(m.n) - 1.0, float(m.n.sum() - len(m.n))
    f = (between / df1) / (within / df2) if within > 0 and df2 > 0 else math.nan
    return {"F": f, "df": df1, "df_error": df2, "p_value": float(fdtrc(df1, df2, f)) if math.isfinite(f) else math.nan,
            "ss_between": between, "ss_within": within}  # fmt: skip


def brown_forsythe(m: Means) -> tuple[float, float]:
    """Brown and Forsythe's F* for means, and its error degrees of freedom."""
    n = m.n.sum()
    parts = (1 - m.n / n) * m.sd**2
    f = float((m.n * (m.mean - (m.n * m.mean).sum() / n) ** 2).sum() / parts.sum())
    return f, float(1 / ((parts / parts.sum()) ** 2 / (m.n - 1)).sum())


def _other_spreads(made: Grouped) -> dict[str, float]:
    from scipy.stats import bartlett, fligner

    parts = [made.y[made.group == k] for k in range(len(made.groups))]
    k2, bartlett_p = bartlett(*parts)
    chi2, fligner_p = fligner(*parts, center="median")
    return {
        "bartlett_K2": float(k2),
        "bartlett_p_value": float(bartlett_p),
        "fligner_chi2": float(chi2),
        "fligner_p_value": float(fligner_p),
    }


def _need_spread(made: Grouped) -> None:
    if not (made.means.sd > 0).all() or not (np.nan_to_num(made.means.variance) > 0).all():
        raise DataError("mean_no_spread", column=made.outcome)
