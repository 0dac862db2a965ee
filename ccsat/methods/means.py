"""Rows of an interval outcome as means of groups, and what every comparison of means says of its limits."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ccsat.errors import DataError, ScaleError, Words, listing
from ccsat.methods.answer import Assumption, Effect
from ccsat.methods.sample import Sample, take_rows
from ccsat.numerics.crosstab import code_levels, code_table
from ccsat.numerics.moments import Means, group_moments
from ccsat.numerics.noncentral import detectable_spread, spread_limits
from ccsat.numerics.power import quantile
from ccsat.numerics.ranks import better
from ccsat.numerics.robust import middles
from ccsat.scales import Column, Scale, need

MOST_GROUPS = 300
FEW_CLUSTERS = 20
FEW_LEVELS = 11  # so many different answers or fewer look like a rating
INSTEAD = "mann_whitney, kruskal_wallis, rank_boxes"


@dataclass(frozen=True)
class Grouped:
    """An interval outcome by groups.

    Attributes:
        y, group: Of each row: the value, and the code of its group. groups: What the codes stand for.
    """

    sample: Sample
    outcome: str
    by: str | None
    y: np.ndarray
    group: np.ndarray
    groups: list
    weight: np.ndarray | None
    cluster: np.ndarray | None
    names: dict

    @property
    def kind(self) -> str:
        return self.names["weight_kind"] or ""

    @cached_property
    def means(self) -> Means:
        """Means of the groups with their variances."""
        return group_moments(
            self.y, self.group, len(self.groups), weight=self.weight, kind=self.kind, cluster=self.cluster
        )

    @cached_property
    def plain(self) -> Means:
        """The same as if rows were independent."""
        return (
            self.means
            if self.cluster is None
            else group_moments(self.y, self.group, len(self.groups), weight=self.weight, kind=self.kind)
        )

    @property
    def robust(self) -> bool:
        """Whether rows are worth less than their number."""
        return self.cluster is not None or self.kind == "sampling"

    @property
    def rows_n(self) -> float:
        """Rows, or the rows that frequency weights stand for."""
        n = float(self.weight.sum()) if self.kind == "frequency" else float(len(self.y))
        return round(n) if abs(n - round(n)) < 1e-9 else n

    def named(self, **more: object) -> dict[str, object]:
        """What an `Answer` says of its rows."""
        names = {**self.names, "n": self.rows_n, **more}
        return {**names, "n_effective": self.means.effective()} if self.robust else names

    def columns(self, **more: object) -> dict[str, object]:
        """What was asked of."""
        return {"outcome": self.outcome, **({"by": self.by} if self.by else {}), **more}

    def rows(self, *, level: float = 0.95) -> pd.DataFrame:
        """One row a group: `group, n, mean, lower, upper, sd, median, trimmed_mean` (20 % off either end)."""
        m = self.means
        half = np.array([quantile(level, df) if np.isfinite(df) and df > 0 else np.nan for df in m.df]) * np.sqrt(
            m.variance
        )
        middle = middles(self.y, self.group, len(self.groups), weight=self.weight)
        n = m.n.astype(int) if np.allclose(m.n, m.n.round()) else m.n
        return pd.DataFrame({"group": self.groups, "n": n, "mean": m.mean, "lower": m.mean - half, "upper": m.mean + half,
                             "sd": m.sd, "median": middle["median"], "trimmed_mean": middle["trimmed_mean"]})  # fmt: skip

    def caveats(self, *more: tuple[str, dict]) -> tuple[tuple[str, dict], ...]:
        """Of the rows, of few clusters, and of answers that look like a rating."""
        found = [*self.sample.caveats, *few_clusters(self.names)]
        values = np.unique(self.y[:100_000])
        if 2 < len(values) <= FEW_LEVELS and np.allclose(values, values.round()):
            found.append(("caveat.mean_rating", {"column": self.outcome, "levels": len(values)}))
            found += self._turned()
        return (*found, *more)

    def _turned(self) -> list[tuple[str, dict]]:
        """Of two groups, whether the mean and P(better) point different ways."""
        if len(self.groups) != 2 or self.kind == "precision":
            return []
        codes, _ = code_levels(pd.Series(self.y))
        chance = better(*code_table(self.group, codes, weight=self.weight)).value
        apart = float(self.means.mean[1] - self.means.mean[0])
        return [("caveat.rank_mean_disagrees", {"mean": apart, "better": chance})] if apart * (chance - 0.5) < 0 else []

    def skewed(self) -> Assumption:
        """Whether there are enough rows for their skew: 25 times its square (Cochran)."""
        m = self.means
        with np.errstate(invalid="ignore"):
            needed = 25 * np.nan_to_num(m.skew) ** 2
        worst = int(np.argmax(needed - m.n))
        return Assumption("mean_skew", bool((m.n >= needed).all()),
                          {"group": self.groups[worst], "skew": float(np.nan_to_num(m.skew[worst])), "n": int(m.n[worst]), "needed": int(np.ceil(needed[worst]))})  # fmt: skip

    def alike(self) -> Assumption:
        """Whether the groups' spreads are alike: none above twice another."""
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = float(self.means.sd.max() / self.means.sd.min())
        return Assumption("mean_spread", bool(ratio <= 2), {"ratio": ratio})

    def spread_effect(self, name: str, value: float, f: float, df1: float, df2: float) -> Effect:
        """An effect of the kind "share of the variance", with noncentral limits (90 %, as one-sided tests ask)."""
        worth = self.means.effective()
        low, high = spread_limits(f, df1, df2)
        return Effect(name, value, min(low / (low + worth), value), max(high / (high + worth), value), level=0.9)

    def detectable_share(self, df1: float, df2: float) -> float:
        """The smallest share of the variance that an F test finds in four cases of five."""
        shift = detectable_spread(df1, df2)
        return shift / (shift + self.means.effective())


def few_clusters(names: dict) -> list[tuple[str, dict]]:
    """The caveat of too few clusters, where it applies."""
    clusters = names["clusters"]
    return (
        [("caveat.mean_few_clusters", {"clusters": clusters, "column": names["cluster"]})]
        if clusters is not None and clusters < FEW_CLUSTERS
        else []
    )


def numbers(sample: Sample, column: Column, *, method: str, instead: str = INSTEAD) -> np.ndarray:
    """An interval column's values.

    Raises:
        ScaleError: It is nominal or ordinal. DataError: It holds infinite values.
    """
    values = sample.rows[str(column)]
    need(values, Scale.INTERVAL, method=method, instead=instead)
    y = values.to_numpy(float)
    if not np.isfinite(y).all():
        raise DataError("mean_infinite", column=str(column), n=int((~np.isfinite(y)).sum()))
    return y


def group_means(
    table: pd.DataFrame, outcome: Column, by: Column | None, *, method: str, weights: str | None = None, weight_kind: str = "sampling",
    cluster: str | bool | None = None, exactly: int | None = None, least: int = 2, more: Sequence[Column] = (), whole: bool = False,
    baseline: Hashable | None = None, smallest: int = 2,
) -> Grouped:  # fmt: skip
    """Read an interval outcome by groups.

    Args:
        exactly, least: How many groups there must be. smallest: How many rows (or clusters) each.
        more: Further columns that must be complete.
        whole: Refuse sampling and precision weights.
        baseline: Group to stand first.

    Raises:
        ScaleError: The outcome is not interval, or there are too many groups. DataError: Too few groups or rows.
    """
    if weights is not None and whole and weight_kind != "frequency":
        raise DataError("mean_whole_weights", column=weights, kind=weight_kind, method=Words(f"method.{method}.name"))
    sample = take_rows(
        table,
        [outcome, *([by] if by is not None else []), *more],
        weights=weights,
        weight_kind=weight_kind,
        cluster=cluster,
    )
    if sample.weight is not None and (sample.weight == 0).any():
        sample = part(sample, sample.weight > 0)
    y = numbers(sample, outcome, method=method)
    if by is None:
        codes, groups = np.zeros(len(y), np.int64), [None]
    else:
        codes, groups = code_levels(sample.rows[str(by)])
        codes = codes.astype(np.int64)
        if len(groups) > MOST_GROUPS:
            raise ScaleError("mean_many_groups", column=str(by), n=len(groups), most=MOST_GROUPS)
        if len(groups) < least or (exactly is not None and len(groups) != exactly):
            raise DataError(
                "mean_groups" if exactly is None else "mean_two_groups",
                column=str(by),
                n=len(groups),
                groups=listing(groups, 8),
                least=least,
            )
    if baseline is not None:
        if baseline not in groups:
            raise DataError("mean_baseline", column=str(by), group=str(baseline), groups=listing(groups, 8))
        first = groups.index(baseline)
        order = [first, *(k for k in range(len(groups)) if k != first)]
        codes, groups = np.argsort(order)[codes], [groups[k] for k in order]
    made = Grouped(
        sample,
        str(outcome),
        None if by is None else str(by),
        y,
        codes,
        groups,
        sample.weight,
        sample.cluster,
        dict(sample.names),
    )
    check_size(made, smallest)
    return made


def check_size(made: Grouped, smallest: int) -> None:
    """Refuse groups with too few rows or, between clusters, with one cluster."""
    n = np.bincount(made.group, minlength=len(made.groups))
    if (n < smallest).any():
        raise DataError(
            "mean_small_group",
            groups=listing([f"{made.groups[k]}: {n[k]}" if made.by else n[k] for k in np.flatnonzero(n < smallest)]),
            least=smallest,
        )
    if smallest and made.cluster is not None and made.cluster.max() < 1:
        raise DataError("mean_one_cluster", column=made.names["cluster"], groups=listing(made.groups, 6))
    if smallest > 1 and made.cluster is not None:
        held = (made.means.clusters.weight > 0).sum(0)
        if (held < 2).any():
            raise DataError(
                "mean_one_cluster",
                column=made.names["cluster"],
                groups=listing([made.groups[k] for k in np.flatnonzero(held < 2)]),
            )


def part(sample: Sample, inside: np.ndarray) -> Sample:
    """Some of a sample's rows."""
    from dataclasses import replace

    if not inside.any():
        raise DataError("method_no_rows", columns=listing(sample.rows.columns), rows=len(sample))
    cluster = None if sample.cluster is None else pd.factorize(sample.cluster[inside])[0]
    names = {**sample.names, "n": int(inside.sum()), "clusters": None if cluster is None else int(cluster.max()) + 1}
    weight = None if sample.weight is None else sample.weight[inside]
    return replace(sample, rows=sample.rows[inside], weight=weight, cluster=cluster, names=names)


def unclustered(names: dict) -> tuple[tuple[str, dict], ...]:
    """The caveat of a method that cannot use the clusters it was told of."""
    return (("caveat.mean_unclustered", {"column": names["cluster"]}),) if names["cluster"] else ()
