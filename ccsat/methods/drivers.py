"""rank_drivers: which drivers matter most, in which direction, and which of them cannot be told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ccsat.errors import DataError, listing
from ccsat.estimates import adjust
from ccsat.methods.answer import Answer, Assumption
from ccsat.methods.driver_design import DriverData, driver_data
from ccsat.methods.driver_effects import unit_effects
from ccsat.methods.driver_shares import Shares, explained_shares, lead_of, pair_table, tie_table, wide_percentiles
from ccsat.methods.roles import Roles
from ccsat.numerics.importance import inflation, johnson, partialled
from ccsat.numerics.moments_drivers import bootstrap_counts
from ccsat.scales import Column

NO_ROLES = Roles()
INFLATED = 5.0  # variance inflation from which a slope is not read alone
APART = 0.03  # between Johnson's weights and Shapley shares, from which both are to be seen
RATED = 11  # levels that an answer on a rating scale has at most


def rank_drivers(
    table: pd.DataFrame, outcome: Column, drivers: Sequence[Column], *, roles: Roles = NO_ROLES, units: Mapping[str, float] | None = None,
    top_from: object = None, draws: int = 1000, orders: int | None = None, rng: int | np.random.Generator = 0,
) -> Answer:  # fmt: skip
    """Which drivers does satisfaction go with most, in which direction, and which of them cannot be told apart?

    Importance is the Shapley share of what the drivers explain above the confounders: of R2 for an interval outcome (LMG), of
    McFadden's R2 for an ordered one (ordered logit) or one of two values (logit).

    Args:
        roles: Confounders are in every model and are not ranked. Mediators are held equal only for the direct effect.
            Outcome-side columns are refused. Clusters are what draws take or leave.
        units: Driver -> step that its effect is for, e.g. {"wait_s": 60}; 1 where not named.
        top_from: Ordered outcome: the lowest answer that counts as good; the upper two of five or more, else the top.
        draws: Bootstrap samples of clusters (rows where there are none).
        orders: Pairs of orders of entry to sample; 0: all orders. Where not given, all orders up to 14 drivers of a linear
            model and up to 12 of a logit while its data have few distinct rows, else sampled ones, with their error stated.

    Returns:
        One row a driver, most important first: `driver, role` ("driver" or "mediator")`, share` (of `explained`)`, lower, upper,
        gain` (in R2)`, tier, rank_best, rank_worst, johnson` (share by Johnson's weights, a linear model)`, sign, effect,
        effect_lower, effect_upper` (per unit: outcome's unit; points of top answers, 0 to 1, for an ordered or yes/no
        outcome; NaN for a driver of several levels, see `extra["terms"]`)`, odds_ratio, unit, p_value, p_adjusted` (Holm)`,
        correlation` (alone)`, share_direct, effect_direct` (mediators held equal; as above without mediators) with limits`, vif,
        monte_carlo_se, n`. A driver without a clear effect keeps its share and interval.

        `statistic`: `p_value` of the first driver against the second (adjusted over all pairs), `explained, explained_held`
        (by confounders alone), `explained_direct`. `extra`: `pairs`, `pairs_direct`, `terms`, `terms_direct`, `model`, `drawn` (draws x
        drivers, shares).

    Raises:
        ColumnError: A driver that the roles say follows from the outcome.
        ScaleError, DataError: As for the data of a driver model.

    Assumes:
        Effects add up on the model's scale. Shares say what goes with the outcome, not what would change it.

    Source:
        Lindeman, Merenda, Gold (1980); Gromping (2007), American Statistician 61, 139-147; Shapley split of McFadden's R2:
        Azen, Traxel (2009), Journal of Educational and Behavioral Statistics 34, 319-347; intervals: Hesterberg (2015).
    """
    roles.check_drivers(drivers, outcome, table)
    rng = np.random.default_rng(rng)
    held = [name for name in roles.confounders if name != str(outcome)]
    between = [name for name in roles.mediators if name != str(outcome)]
    cast = {str(one): one for one in drivers}
    if not (asked := [name for name in cast if name not in {*held, *between}]):
        raise DataError("drivers_named", outcome=str(outcome), drivers=listing(cast) or "–")
    named = [cast.get(name, name) for name in (*held, *asked, *between)]
    data = driver_data(
        table,
        outcome,
        named,
        method="rank_drivers",
        weights=roles.weights,
        weight_kind=roles.weight_kind,
        cluster=roles.cluster,
        rng=rng,
    )
    counts = bootstrap_counts(data.units, draws, rng)
    total = explained_shares(data, asked, held, counts, orders=orders, rng=rng)
    direct = explained_shares(data, [*asked, *between], held, counts, orders=orders, rng=rng) if between else total
    pairs, pairs_direct = pair_table(asked, total, data.units), pair_table([*asked, *between], direct, data.units)
    units = units or {}
    effects, terms = unit_effects(data, [*asked, *held], units=units, top_from=top_from)
    effects_direct, terms_direct = (
        unit_effects(data, [*asked, *between, *held], units=units, top_from=top_from) if between else (effects, terms)
    )
    found = _ranked(data, asked, held, between, total, direct, pairs, effects, effects_direct, units)
    statistic, shown, least = lead_of(total, pairs, data.units)
    statistic |= {
        "explained": total.explained + total.held,
        "explained_held": total.held,
        "explained_direct": direct.explained + direct.held,
    }
    return Answer(
        method="rank_drivers", columns={"outcome": data.outcome, "drivers": asked, "confounders": held, "mediators": between}, statistic=statistic,
        effects=shown, detectable=least, table=found, family="driver_pairs", assumptions=_assumptions(found),
        caveats=data.caveats() + _caveats(data, found, total, held, between),
        extra={"pairs": pairs, "pairs_direct": pairs_direct, "terms": terms, "terms_direct": terms_direct, "model": data.model,
               "drawn": pd.DataFrame(total.drawn_shares, columns=asked)},
        **data.names_of_sample(),
    )  # fmt: skip


def _ranked(
    data: DriverData, asked, held, between, total, direct, pairs, effects, effects_direct, units
) -> pd.DataFrame:
    low, high = wide_percentiles(total.drawn_shares, data.units, around=total.shares)
    low_direct, high_direct = wide_percentiles(direct.drawn_shares, data.units, around=direct.shares)
    moments = data.moments.total()
    fixed, own = data.columns(held), data.columns(asked)
    left = partialled(moments[np.ix_(*[data.with_outcome(np.concatenate([fixed, own]))] * 2)], len(fixed))
    weights = np.add.reduceat(johnson(left), np.cumsum((0, *data.sizes_of(asked)))[:-1])
    all_columns = np.concatenate([own, fixed])
    vif = inflation(moments[np.ix_(all_columns, all_columns)], data.sizes_of([*asked, *held]))[: len(asked)]
    places = [data.columns([name]) for name in asked]
    alone = [
        moments[k[0], -1] / np.sqrt(moments[k[0], k[0]] * moments[-1, -1]) if len(k) == 1 else np.nan for k in places
    ]
    drivers = pd.DataFrame(
        {"driver": asked, "role": "driver", "share": total.shares, "lower": low, "upper": high, "gain": total.gains}
    )
    drivers = drivers.join(tie_table(asked, total, pairs)).assign(
        johnson=weights / weights.sum(), sign=np.sign(effects.loc[asked, "effect"].to_numpy()),
        effect=effects.loc[asked, "effect"].to_numpy(), effect_lower=effects.loc[asked, "effect_lower"].to_numpy(),
        effect_upper=effects.loc[asked, "effect_upper"].to_numpy(), odds_ratio=effects.loc[asked, "odds_ratio"].to_numpy(),
        unit=[float(units.get(name, 1.0)) for name in asked], p_value=effects.loc[asked, "p_value"].to_numpy(),
        p_adjusted=adjust(effects.loc[asked, "p_value"], "holm"), correlation=alone,
    )  # fmt: skip
    rest = pd.DataFrame(
        {"driver": between, "role": "mediator", "unit": [float(units.get(name, 1.0)) for name in between]}
    ).reindex(columns=drivers.columns)
    found = pd.concat([drivers, rest], ignore_index=True) if between else drivers
    order = [*asked, *between]
    found = found.assign(
        share_direct=direct.shares, share_direct_lower=low_direct, share_direct_upper=high_direct,
        effect_direct=effects_direct.loc[order, "effect"].to_numpy(), effect_direct_lower=effects_direct.loc[order, "effect_lower"].to_numpy(),
        effect_direct_upper=effects_direct.loc[order, "effect_upper"].to_numpy(), vif=[*vif, *[np.nan] * len(between)],
        monte_carlo_se=[*(np.zeros(len(asked)) if total.error is None else total.error), *[np.nan] * len(between)], n=data.names_of_sample()["n"],
    )  # fmt: skip
    return found.sort_values("share", ascending=False, ignore_index=True, kind="stable")


def _assumptions(found: pd.DataFrame) -> tuple[Assumption, ...]:
    ranked = found[found["role"] == "driver"]
    high = ranked[ranked["vif"] > INFLATED]
    worst = ranked["vif"].max()
    return (Assumption("drivers_apart", high.empty, {"columns": listing(high["driver"]), "vif": float(worst)}),)


def _caveats(data: DriverData, found: pd.DataFrame, total: Shares, held, between) -> tuple[tuple[str, dict], ...]:
    """What a reader must see beside the shares."""
    said: list[tuple[str, dict]] = [("caveat.drivers_association", {})]
    ranked = found[found["role"] == "driver"]
    off = ranked[(ranked["johnson"] - ranked["share"]).abs() > APART]
    if len(off):
        said.append(
            (
                "caveat.drivers_johnson",
                {"columns": listing(off["driver"]), "points": float((off["johnson"] - off["share"]).abs().max())},
            )
        )
    if total.error is not None:
        said.append(("caveat.drivers_sampled", {"orders": total.orders, "error": float(total.error.max())}))
    clear = ~((ranked["effect_lower"] <= 0) & (ranked["effect_upper"] >= 0)) & ranked["effect"].notna()
    turned = ranked[clear & (ranked["correlation"] * ranked["effect"] < 0)]
    if len(turned):
        said.append(("caveat.drivers_sign", {"columns": listing(turned["driver"])}))
    if between:
        said.append(("caveat.drivers_mediators", {"columns": listing(between)}))
    if held:
        said.append(("caveat.drivers_confounders", {"columns": listing(held)}))
    rated = [name for name in ranked["driver"] if _is_rating(data.sample.rows[name])]
    if len(rated) > 1 and _is_rating(data.sample.rows[data.outcome]):
        said.append(("caveat.drivers_halo", {"columns": listing(rated)}))
    return tuple(said)


def _is_rating(column: pd.Series) -> bool:
    """Whether a column looks like answers on a rating scale: 3 to 11 ordered levels or whole numbers from 0 or 1 on."""
    values = pd.unique(column.dropna())
    if isinstance(column.dtype, pd.CategoricalDtype):
        return bool(column.dtype.ordered) and len(values) > 2
    if not pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype):
        return False
    return bool(
        2 < len(values) <= RATED and min(values) in (0, 1) and max(values) <= 10 and (values == np.round(values)).all()
    )
