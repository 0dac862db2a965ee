"""Which of several groups differ: every pair of means, with its interval."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pandas as pd

from ccsat.estimates import adjust
from ccsat.methods.answer import Answer, Effect
from ccsat.methods.mean_compare import t_ratio
from ccsat.methods.mean_many import one_way
from ccsat.methods.means import Grouped, group_means, unclustered
from ccsat.numerics.noncentral import hedges_factor
from ccsat.numerics.power import detectable_z, two_sided
from ccsat.numerics.studentized import range_quantile, range_tail
from ccsat.scales import Column


def games_howell(
    table: pd.DataFrame, outcome: Column, by: Column, *, weights: str | None = None, weight_kind: str = "sampling",
    cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """Which groups differ in their mean, whatever their spreads?

    Args:
        cluster: Each pair's variance is then of clusters.

    Returns:
        One row a pair: `group, other, n, n_other, difference` (group minus other) `, lower, upper` (95 % for all pairs
        together) `, error, t, df, p_value` (unadjusted) `, p_adjusted` (studentized range) `, hedges_g`. Effect: the
        difference of the pair that differs most clearly.

    Raises:
        ScaleError: The outcome is not interval. DataError: Fewer than two groups, or two rows or clusters in one.

    Source:
        Games and Howell (1976), Journal of Educational Statistics 1, 113-125.
    """
    made = group_means(
        table, outcome, by, method="games_howell", weights=weights, weight_kind=weight_kind, cluster=cluster
    )
    k = len(made.groups)
    rows = [_pair(made, i, j, *_contrast(made, i, j)) for i, j in combinations(range(k), 2)]
    for row in rows:
        row["p_adjusted"] = (
            float(range_tail(abs(row["t"]) * math.sqrt(2), k, row["df"])) if math.isfinite(row["t"]) else 0.0
        )
        row["half"] = (
            range_quantile(0.95, k, row["df"]) / math.sqrt(2) * row["error"]
            if math.isfinite(row["df"])
            else row["error"]
        )
    return _answer("games_howell", made, rows, made.caveats())


def tukey_kramer(
    table: pd.DataFrame, outcome: Column, by: Column, *, weights: str | None = None, weight_kind: str = "frequency",
    cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """Which groups of equal spread differ in their mean?

    Args:
        weights: Frequency weights only. cluster: Not used; the answer says so (`games_howell` does use it).

    Returns:
        As `games_howell`; the error is pooled over all groups.

    Raises:
        As `games_howell`.

    Source:
        Tukey (1949), Biometrics 5, 99-114; Kramer (1956), Biometrics 12, 307-310.
    """
    made = group_means(
        table, outcome, by, method="tukey_kramer", weights=weights, weight_kind=weight_kind, cluster=cluster, whole=True
    )
    m, k, got = made.plain, len(made.groups), one_way(made.plain)
    sd, df = math.sqrt(got["ss_within"] / got["df_error"]), got["df_error"]
    rows = []
    wide = range_quantile(0.95, k, df) / math.sqrt(2)
    for i, j in combinations(range(k), 2):
        error = sd * math.sqrt(1 / m.n[i] + 1 / m.n[j])
        row = _pair(made, i, j, float(m.mean[j] - m.mean[i]), error, df)
        row |= {
            "p_adjusted": float(range_tail(abs(row["t"]) * math.sqrt(2), k, df)) if math.isfinite(row["t"]) else 0.0,
            "half": wide * error,
        }
        rows.append(row)
    return _answer("tukey_kramer", made, rows, made.caveats(*unclustered(made.names)), assumptions=(made.alike(),))


def pairwise_welch(
    table: pd.DataFrame, outcome: Column, by: Column, *, correction: str = "holm", weights: str | None = None, weight_kind: str = "sampling",
    cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """Which groups differ in their mean, pair by pair?

    Args:
        correction: "holm" (few planned pairs), "bh" (many), "bonferroni", ...: see `estimates.adjust`.

    Returns:
        As `games_howell`; `p_adjusted` by `correction`, and the interval by Bonferroni, which holds for all pairs together.

    Raises:
        As `games_howell`.

    Source:
        Welch (1947), Biometrika 34, 28-35; Holm (1979), Scandinavian Journal of Statistics 6, 65-70.
    """
    from scipy.special import stdtrit

    made = group_means(
        table, outcome, by, method="pairwise_welch", weights=weights, weight_kind=weight_kind, cluster=cluster
    )
    rows = [_pair(made, i, j, *_contrast(made, i, j)) for i, j in combinations(range(len(made.groups)), 2)]
    adjusted = adjust([row["p_value"] for row in rows], correction)
    for row, p in zip(rows, adjusted, strict=True):
        row |= {
            "p_adjusted": float(p),
            "half": float(stdtrit(row["df"], 1 - 0.025 / len(rows))) * row["error"]
            if math.isfinite(row["df"])
            else row["error"],
        }
    return _answer("pairwise_welch", made, rows, made.caveats())


def _contrast(made: Grouped, i: int, j: int) -> tuple[float, float, float]:
    c = np.zeros(len(made.groups))
    c[i], c[j] = -1, 1
    return made.means.contrast(c)


def _pair(made: Grouped, i: int, j: int, value: float, error: float, df: float) -> dict[str, object]:
    m, t = made.means, t_ratio(value, error)
    rows = m.n[i] + m.n[j] - 2
    sd = math.sqrt(((m.n[i] - 1) * m.sd[i] ** 2 + (m.n[j] - 1) * m.sd[j] ** 2) / rows) if rows > 0 else math.nan
    p = math.nan if math.isnan(t) else 1.0 if t == 0 else 0.0 if math.isinf(t) else float(two_sided(t, df))
    return {"group": made.groups[j], "other": made.groups[i], "n": m.n[j], "n_other": m.n[i], "difference": value, "error": error, "t": t, "df": df,
            "p_value": p, "hedges_g": value / sd * hedges_factor(rows) if sd > 0 else math.nan}  # fmt: skip


def _answer(method: str, made: Grouped, rows: list[dict], caveats: tuple, assumptions: tuple = ()) -> Answer:
    whole = pd.DataFrame(rows)
    whole["lower"], whole["upper"] = whole["difference"] - whole["half"], whole["difference"] + whole["half"]
    for name in ("n", "n_other"):
        whole[name] = whole[name].astype(int) if np.allclose(whole[name], whole[name].round()) else whole[name]
    whole = whole[
        [
            "group",
            "other",
            "n",
            "n_other",
            "difference",
            "lower",
            "upper",
            "error",
            "t",
            "df",
            "p_value",
            "p_adjusted",
            "hedges_g",
        ]
    ]
    best = whole.loc[whole["p_value"].fillna(2).idxmin()]
    return Answer(
        method=method, columns=made.columns(clearest=(best["group"], best["other"])), table=whole, family="mean_pairs",
        statistic={"p_value": float(whole["p_adjusted"].min()), "pairs": float(len(whole)), "found": float((whole["p_adjusted"] < 0.05).sum())},
        effects=(Effect("mean_difference_pair", float(best["difference"]), float(best["lower"]), float(best["upper"])),),
        detectable=max(detectable_z(error, df, level=1 - 0.05 / len(whole)) for error, df in zip(whole["error"], whole["df"], strict=True)),
        assumptions=(*assumptions, made.skewed()), caveats=caveats, extra={"groups": made.rows()}, **made.named(),
    )  # fmt: skip
