"""Guards on an answer: how it may be misread (METHODS 3)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ccsat.catalogue.asked import Asked, as_numbers, looks_rated
from ccsat.errors import CcsatError, Words, listing
from ccsat.methods.answer import ALPHA, Answer, Effect
from ccsat.methods.coded import code_pair
from ccsat.methods.rank_compare import cut_table, disagreements
from ccsat.numerics.ranks import better
from ccsat.numerics.variance_components import anova_icc, units_of
from ccsat.scales import Scale, read_column, scale_of

Said = tuple[str, dict]
MOST_CUTS = 20
# An effect whose whole interval is nearer to none than this is trivial by convention, where nothing was declared.
TRIVIAL = {
    "prob_better": 0.03, "cliff_delta": 0.06, "prob_spread": 0.06, "epsilon2": 0.005, "hedges_g": 0.1, "share_difference": 0.01, "top_difference": 0.01, "cramer_v": 0.05,
    "cramer_v_corrected": 0.05, "top_v": 0.05, "median_v": 0.05, "omega2": 0.005, "eta2": 0.005, "pearson": 0.05, "regression_pearson": 0.05, "spearman": 0.05, "kendall_tau_b": 0.05,
    "somers_d": 0.05, "gamma": 0.05, "regression_beta": 0.05, "phi": 0.05,
}  # fmt: skip
SHARES_ONLY = ("relative_importance", "conditional_dominance", "prune_indicators")
NO_NULL = ("equivalence", "normal_shape", "spread_tests", "brant")


def read_answer(asked: Asked, answer: Answer) -> list[Said]:
    """What a reader must know of the answer."""
    return [
        *_cuts(asked),
        *_worthwhile(asked, answer),
        *_nothing_found(asked, answer),
        *_many(answer),
        *_worth(asked, answer),
        *_two_means(asked),
        *_signs(asked),
    ]


def _cuts(asked: Asked) -> Iterator[Said]:
    """1, 3: a top box whose message depends on where it is cut, and a mean of levels that other cuts contradict."""
    if (
        asked.outcome is None
        or scale_of(asked.y) < Scale.ORDINAL
        or asked.y.nunique() > MOST_CUTS
        or len(asked.drivers) != 1
    ):
        return
    if "top_from" not in asked.options and not (asked.method.outcome == Scale.INTERVAL and looks_rated(asked.y)):
        return
    (driver,) = asked.drivers
    groups = read_column(asked.table, driver)
    if groups.nunique() > MOST_CUTS:
        return
    try:
        coded = code_pair(asked.table, driver, asked.outcome, method=asked.method.key, cluster=False)
    except CcsatError:
        return
    cut = asked.options.get("top_from", coded.columns[-1])
    if cut not in coded.columns:
        return
    chosen = list(coded.columns).index(cut)
    share = coded.counts[:, chosen:].sum(1) / coded.counts.sum(1)
    low, high = int(share.argmin()), int(share.argmax())
    if low == high:
        return
    first, second = sorted((low, high)) if len(coded.rows) == 2 else (low, high)
    pair = coded.part(np.isin(coded.row, (first, second)))
    start, other = (0, 1) if first < second else (1, 0)
    yield from disagreements(
        pair, start, other, better(pair.counts[start], pair.counts[other]).value, cut_table(pair, start, other)
    )


def _worthwhile(asked: Asked, answer: Answer) -> Iterator[Said]:
    """19: an effect that is sure and does not matter."""
    if asked.method.key == "equivalence":
        return
    if asked.worthwhile is not None and (effect := answer.effect) is not None and effect.lower is not None:
        near, far = _reach(effect)
        values = {
            "worthwhile": asked.worthwhile,
            "lower": effect.lower,
            "upper": effect.upper,
            "effect": Words(f"effect.{effect.name}"),
        }
        if far < asked.worthwhile:
            yield "caveat.guard_trivial" if answer.found else "caveat.guard_same", values
        elif answer.found and near < asked.worthwhile:
            yield "caveat.guard_maybe_trivial", values
        elif not answer.found:
            yield "caveat.guard_undecided", values
        return
    if not answer.found or asked.worthwhile is not None:
        return
    for effect in answer.effects:
        if effect.name in TRIVIAL and effect.lower is not None and _reach(effect)[1] < TRIVIAL[effect.name]:
            yield (
                "caveat.guard_significant",
                {"n": answer.n, "lower": effect.lower, "upper": effect.upper, "effect": Words(f"effect.{effect.name}")},
            )
            return


def _reach(effect: Effect) -> tuple[float, float]:
    """How near to, and how far from, no effect the interval comes."""
    ends = sorted((effect.lower - effect.null, effect.upper - effect.null))
    return (0.0 if ends[0] <= 0 <= ends[1] else min(map(abs, ends))), max(map(abs, ends))


def _nothing_found(asked: Asked, answer: Answer) -> Iterator[Said]:
    """20: nothing found is not the same as no difference."""
    if (
        answer.found is False
        and answer.detectable is not None
        and asked.worthwhile is None
        and asked.method.key not in NO_NULL
        and answer.effect is not None
    ):
        yield "caveat.guard_null", {"detectable": answer.detectable, "effect": Words(f"effect.{answer.effect.name}")}


def _many(answer: Answer) -> Iterator[Said]:
    """7: raw p-values of which some do not last."""
    table = answer.table
    if not {"p_value", "p_adjusted"} <= set(table.columns):
        return
    raw, adjusted = (pd.to_numeric(table[name], errors="coerce") for name in ("p_value", "p_adjusted"))
    tests, below, last = int(raw.notna().sum()), int((raw < ALPHA).sum()), int((adjusted < ALPHA).sum())
    if tests > 2 and below > last:
        yield "caveat.guard_many", {"tests": tests, "raw": below, "adjusted": last}


def _worth(asked: Asked, answer: Answer) -> Iterator[Said]:
    """4: what clusters leave of n: ICC, design effect, effective n."""
    if answer.cluster is None or not answer.n_effective or asked.outcome is None or asked.cluster is None:
        return
    icc = float("nan")
    if asked.ordered:
        rows = pd.DataFrame(
            {"y": as_numbers(asked.y).to_numpy(), "unit": asked.table[asked.cluster].to_numpy()}
        ).dropna()
        code = pd.factorize(rows["unit"])[0]
        units = units_of(rows["y"].to_numpy(float), code)
        if 1 < len(units.n) < len(rows) and units.within > 0:
            icc = anova_icc(units).icc
    yield "caveat.guard_worth", {"n": answer.n, "effective": answer.n_effective, "clusters": answer.clusters, "column": answer.cluster, "icc": icc,
                                 "deff": answer.n / answer.n_effective}  # fmt: skip


def _two_means(asked: Asked) -> Iterator[Said]:
    """23: the mean of contacts and the mean of agents' means say different things."""
    if (
        asked.cluster is None
        or asked.by is None
        or asked.method.outcome != Scale.INTERVAL
        or asked.groups.nunique() != 2
    ):
        return
    rows = pd.DataFrame(
        {"y": asked.numbers.to_numpy(), "unit": asked.table[asked.cluster].to_numpy(), "group": asked.groups.to_numpy()}
    ).dropna()
    of_rows = rows.groupby("group", observed=True)["y"].mean()
    per = rows.groupby(["group", "unit"], observed=True)["y"].mean()
    of_units, spread = (
        per.groupby("group", observed=True).mean(),
        per.groupby("group", observed=True).agg(["var", "size"]),
    )
    if len(of_rows) != 2 or (spread["size"] < 2).any():
        return
    contacts, units = float(of_rows.iloc[1] - of_rows.iloc[0]), float(of_units.iloc[1] - of_units.iloc[0])
    error = float(np.sqrt((spread["var"] / spread["size"]).sum()))
    if abs(contacts - units) > (1.0 if contacts * units < 0 else 2.0) * error:
        yield (
            "caveat.guard_two_means",
            {"contacts": contacts, "units": units, "column": asked.cluster, "groups": listing(of_rows.index)},
        )


def _signs(asked: Asked) -> Iterator[Said]:
    """14: importance that tells no direction."""
    if asked.method.key not in SHARES_ONLY or not asked.ordered:
        return
    y = asked.numbers.rank()
    lower = [str(one) for one in asked.drivers if y.corr(as_numbers(read_column(asked.table, one)).rank()) < 0]
    if lower:
        yield "caveat.guard_signs", {"columns": listing(lower), "outcome": str(asked.outcome)}
