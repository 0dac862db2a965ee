"""An ordinal column by itself: answer shares at every cut, middle and ends; net promoters."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from ccsat.errors import DataError
from ccsat.estimates import adjust, difference_table, interval_table
from ccsat.methods.answer import Answer, Effect
from ccsat.methods.coded import Coded, code_levels, code_pair, few_clusters
from ccsat.methods.rank_boxes import box_table, cuts_of, widened
from ccsat.methods.rank_compare import FOUND
from ccsat.methods.sample import take_rows
from ccsat.numerics.clusters import Clusters
from ccsat.numerics.ranks import quantile
from ccsat.scales import Column, Scale, need, read_column, scale_of


def describe_answers(
    table: pd.DataFrame, outcome: Column, *, top_from: object, weights: str | None = None, weight_kind: str = "sampling",
    cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """What do the answers look like: middle, top, bottom, and how many are missing?

    Args:
        outcome: Ordinal or interval. top_from: Lowest level of the top box.

    Returns:
        One row a level: `level`, `n`, `share`, `share_from` (at or above it) with `lower`, `upper` (Wilson). Effect:
        `top_share`. Statistic: `median`, `floor_share`, `ceiling_share`, `missing`; of interval (or cast) columns also
        `mean`, `mean_lower`, `mean_upper`, `sd`, `skewness`, `quartile_1`, `quartile_3`.

    Raises:
        ScaleError: The outcome is nominal. DataError: No such level.

    Source:
        Wilson (1927), Journal of the American Statistical Association 22, 209-212.
    """
    whole = read_column(table, outcome)
    marked = pd.DataFrame({str(outcome): whole, "all": 0})
    for extra in {weights, cluster} - {None, False, str(outcome)}:
        marked[extra] = read_column(table, extra)
    coded = code_pair(
        marked,
        "all",
        str(outcome),
        method="describe_answers",
        weights=weights,
        weight_kind=weight_kind,
        cluster=cluster,
        groups=0,
    )
    top, _ = cuts_of(coded.columns, top_from, None, str(outcome))
    boxes, counts = box_table(coded), coded.counts[0]
    shares = counts / counts.sum()
    made = pd.DataFrame({"level": coded.columns, "n": counts, "share": shares, "share_from": np.r_[1.0, boxes["value"]],
                         "lower": np.r_[1.0, boxes["lower"]], "upper": np.r_[1.0, boxes["upper"]]})  # fmt: skip
    statistic = {
        "median": coded.medians[0],
        "floor_share": shares[0],
        "ceiling_share": shares[-1],
        "missing": int(whole.isna().sum()),
    }
    if scale_of(whole) == Scale.INTERVAL:
        statistic |= _moments(coded)
    row = made.iloc[top]
    casts = {"casts": (str(outcome),)} if not isinstance(outcome, str) else {}
    return Answer(
        method="describe_answers", columns={"outcome": str(outcome), "top_from": coded.columns[top]}, statistic=statistic,
        effects=(Effect("top_share", float(row["share_from"]), float(row["lower"]), float(row["upper"])),), table=made,
        n_effective=float(boxes["n_effective"].iloc[top - 1]) if coded.robust and top else None, caveats=coded.caveats(), **coded.names(**casts),
    )  # fmt: skip


def _moments(coded: Coded) -> dict[str, float]:
    values, counts = coded.positions, coded.counts[0]
    n = float(counts.sum())
    mean = float(counts @ values) / n
    m2, m3 = (float(counts @ (values - mean) ** power) / n for power in (2, 3))
    sd = math.sqrt(m2 * n / (n - 1)) if n > 1 else math.nan
    variance, df = (m2 / (n - 1), n - 1) if n > 1 else (math.nan, 1.0)
    if coded.robust:
        variance, df = coded.variance(((values - mean) / n)[None, :])
    half = quantile(df) * math.sqrt(variance) if variance == variance else math.nan
    up_to = np.cumsum(counts)

    def at(share: float) -> float:
        """R's type 7: linear between the rows either side."""
        place = share * (n - 1)
        low, high = (
            float(values[np.searchsorted(up_to, min(rank, n - 1), side="right")])
            for rank in (math.floor(place), math.ceil(place))
        )
        return low + (place - math.floor(place)) * (high - low)

    return {"mean": mean, "mean_lower": mean - half, "mean_upper": mean + half, "sd": sd, "skewness": m3 / m2**1.5 if m2 > 0 else math.nan,
            "quartile_1": at(0.25), "quartile_3": at(0.75)}  # fmt: skip


def net_promoter(
    table: pd.DataFrame, outcome: Column, by: Column | None = None, *, promoters_from: float = 9, detractors_to: float = 6,
    cluster: str | bool | None = None,
) -> Answer:  # fmt: skip
    """How many more promoters than detractors are there, and do groups differ?

    Args:
        outcome: Interval, 0 to 10. by: Groups, if any.
        promoters_from, detractors_to: Lowest promoting and highest detracting answer.

    Returns:
        Values are -1 to 1. One row a group (or one): `group`, `n`, `promoters`, `detractors` (shares), `value`, `lower`,
        `upper`, `error`. Effect: `nps`, or with two groups `nps_difference` (second less first). `extra`: `pairs` of
        groups with difference, limits, `p_value`, `p_adjusted` (Holm).

    Raises:
        ScaleError: The outcome is not interval. DataError: Detractors reach up to the promoters.

    Source:
        Reichheld (2003), Harvard Business Review 81(12), 46-54; variance of a difference of multinomial shares.
    """
    if not detractors_to < promoters_from:
        raise DataError("rank_promoters", detractors=detractors_to, promoters=promoters_from)
    sample = take_rows(table, [outcome, *([by] if by is not None else [])], cluster=cluster)
    column = sample.rows[str(outcome)]
    need(column, Scale.INTERVAL, method="net_promoter", instead="rank_boxes")
    answers = column.to_numpy(float)
    row, groups = code_levels(sample.rows[str(by)]) if by is not None else (np.zeros(len(column), np.int64), ["–"])
    seen = np.flatnonzero(np.bincount(row, minlength=len(groups)))
    row, groups = np.searchsorted(seen, row), [groups[k] for k in seen]
    kind = np.where(answers >= promoters_from, 2, np.where(answers <= detractors_to, 0, 1))
    counts = np.bincount(row * 3 + kind, minlength=3 * len(groups)).reshape(-1, 3).astype(float)
    values, n = np.array([-1.0, 0.0, 1.0]), counts.sum(1)
    plain = interval_table(counts, values, unit="nps")
    deff = np.ones(len(groups))
    if sample.cluster is not None:
        for group in range(len(groups)):
            inside = row == group
            part = Clusters(pd.factorize(sample.cluster[inside])[0], np.zeros(int(n[group]), np.int64))
            variance, df = part.variance((values[kind[inside]] - plain["value"][group]) / n[group])
            least = plain["variance"][group] / n[group]
            deff[group] = widened(variance, df, least)
    shown = interval_table(counts, values, unit="nps", design_effect=deff)
    made = pd.DataFrame({"group": groups, "n": n.astype(int), "promoters": counts[:, 2] / n, "detractors": counts[:, 0] / n,
                         **{name: shown[name].to_numpy() for name in ("value", "lower", "upper")},
                         "error": np.sqrt(shown["variance"] / shown["effective_n"]).to_numpy()})  # fmt: skip
    first, statistic, extra = made.iloc[0], {}, {}
    effect = Effect("nps", float(first["value"]), float(first["lower"]), float(first["upper"]))
    error = float(first["error"])
    if len(groups) > 1:
        a, b = np.triu_indices(len(groups), 1)
        pairs = difference_table(counts[b], counts[a], values, unit="nps", design_effects=(deff[b], deff[a]))
        pairs = pairs.assign(
            group=[groups[k] for k in b], other=[groups[k] for k in a], p_adjusted=adjust(pairs["p_value"], "holm")
        )
        extra, statistic = {"pairs": pairs}, {"p_value": float(pairs["p_adjusted"].min())}
        far = pairs.loc[pairs["value"].abs().idxmax()]
        effect, error = (
            Effect("nps_difference", *(float(far[name]) for name in ("value", "lower", "upper"))),
            float((far["upper"] - far["lower"]) / (2 * quantile())),
        )
    return Answer(
        method="net_promoter", columns={"outcome": str(outcome), **({"by": str(by)} if by is not None else {})}, statistic=statistic,
        effects=(effect,), table=made, detectable=min(FOUND * error, 2.0), family="rank_pairs" if len(groups) > 1 else None, extra=extra,
        n_effective=float((n / deff).sum()) if sample.cluster is not None else None, caveats=sample.caveats + tuple(few_clusters(sample)), **sample.names,
    )  # fmt: skip
