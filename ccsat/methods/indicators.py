"""Too many indicators: which of them say the same, and the smallest set that keeps what all of them say."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from ccsat.errors import DataError, listing
from ccsat.methods.answer import Answer, Effect
from ccsat.methods.driver_design import DriverData, driver_data
from ccsat.methods.driver_shares import wide_percentiles
from ccsat.methods.roles import Roles
from ccsat.numerics.design_rows import group_rows
from ccsat.numerics.deviance_shares import fit_subsets
from ccsat.numerics.moments_drivers import bootstrap_counts
from ccsat.scales import Column

NO_ROLES = Roles()


def prune_indicators(
    table: pd.DataFrame, outcome: Column, indicators: Sequence[Column], *, keep: float = 0.95, alike: float = 0.7, roles: Roles = NO_ROLES,
    draws: int = 500, rng: int | np.random.Generator = 0,
) -> Answer:  # fmt: skip
    """Which few of the indicators keep what all of them say about satisfaction, and what is lost with the rest?

    Indicators that rank rows alike are put into one family (average linkage of absolute Spearman correlations). The kept set is
    grown by what adds most to what is explained, until it keeps the wanted part, and then freed of what it does not need.

    Args:
        indicators: Numbers, ratings or yes/no.
        keep: Part of what all indicators explain that the kept ones must explain.
        alike: Mean absolute rank correlation from which indicators are one family.
        roles: Confounders are held equal; outcome-side indicators are refused.

    Returns:
        One row an indicator, kept ones first in the order of choice: `indicator, family, kept, step, alone` (explained by it
        alone)`, change` (kept: explained that is lost without it; others: what it would add)`, nearest` (the kept one most
        alike)`, rank_correlation` (with that)`, n`. `statistic`: `explained_all, explained_kept, kept, families`. Effect: the part
        kept, with an interval for the chosen set. `extra`: `correlations`, `kept`, `dropped`, `model`.

    Raises:
        DataError: `keep` or `alike` outside 0 to 1, fewer than two indicators, or as for any driver model.

    Assumes:
        The set was chosen on these data and keeps a little less on others. An indicator that no longer explains anything new may
        still be wanted for its own sake (a duty, an alarm).

    Source:
        McCabe (1984), Technometrics 26, 137-144 (principal variables); Miller (2002), Subset Selection in Regression, ch. 3.
    """
    if not (0 < keep <= 1 and 0 < alike < 1):
        raise DataError("indicators_part", keep=keep, alike=alike)
    roles.check_drivers(indicators, outcome, table)
    rng = np.random.default_rng(rng)
    held = [name for name in roles.confounders if name != str(outcome)]
    asked = [name for name in dict.fromkeys(map(str, indicators)) if name not in held]
    cast = {str(one): one for one in indicators}
    if len(asked) < 2:
        raise DataError("indicators_two", indicators=listing(asked) or "–")
    data = driver_data(table, outcome, [*held, *(cast[name] for name in asked)], method="prune_indicators", weights=roles.weights,
                       weight_kind=roles.weight_kind, cluster=roles.cluster, rng=rng)  # fmt: skip
    counts = bootstrap_counts(data.units, draws, rng)
    explained, drawn = _explaining(data, asked, held, counts)
    every = (1 << len(asked)) - 1
    base, whole = explained(0), explained(every)
    least = base + keep * (whole - base)
    steps = _chosen(explained, len(asked), least)
    kept = sum(1 << k for k in steps)
    r = _rank_correlations(data, asked)
    part = (explained(kept) - base) / (whole - base) if whole > base else np.nan
    none_drawn, some_drawn, all_drawn = (drawn(mask) for mask in (0, kept, every))
    with np.errstate(invalid="ignore", divide="ignore"):
        kept_drawn = (some_drawn - none_drawn) / (all_drawn - none_drawn)
    low, high = wide_percentiles(
        2 * part - kept_drawn, data.units, around=part
    )  # draws fit the unneeded ones to noise once more
    near = np.abs(r[:, steps])
    nearest = [
        steps[int(np.argmax(np.where(np.array(steps) == k, -1, near[k])))] if len(steps) > 1 or k not in steps else k
        for k in range(len(asked))
    ]
    found = pd.DataFrame({
        "indicator": asked, "family": _families(r, alike), "kept": [k in steps for k in range(len(asked))],
        "step": pd.array([steps.index(k) + 1 if k in steps else None for k in range(len(asked))], dtype="Int64"),
        "alone": [explained(1 << k) - base for k in range(len(asked))],
        "change": [explained(kept) - explained(kept ^ 1 << k) if k in steps else explained(kept | 1 << k) - explained(kept) for k in range(len(asked))],
        "nearest": [asked[k] for k in nearest], "rank_correlation": [r[k, one] for k, one in enumerate(nearest)], "n": data.names_of_sample()["n"],
    }).sort_values(["step", "alone"], ascending=[True, False], na_position="last", ignore_index=True)  # fmt: skip
    caveats = (*data.caveats(), ("caveat.indicators_chosen", {}), ("caveat.drivers_association", {}))
    return Answer(
        method="prune_indicators", columns={"outcome": data.outcome, "drivers": asked, "confounders": held}, table=found, caveats=caveats,
        statistic={"explained_all": whole, "explained_kept": explained(kept), "kept": float(len(steps)), "families": float(found["family"].nunique())},
        effects=(Effect("indicators_kept", float(part), float(low), min(float(high), 1.0), null=1.0),),
        extra={"correlations": pd.DataFrame(r, asked, asked), "kept": [asked[k] for k in steps],
               "dropped": [name for k, name in enumerate(asked) if k not in steps], "model": data.model}, **data.names_of_sample(),
    )  # fmt: skip


def _explaining(
    data: DriverData, asked: Sequence[str], held: Sequence[str], counts: np.ndarray
) -> tuple[Callable, Callable]:
    """What a set of indicators explains (bit k: indicator k is in), and the same in each draw; each set is fitted once."""
    columns, fixed, sizes = (
        np.concatenate([data.columns(held), data.columns(asked)]),
        len(data.columns(held)),
        data.sizes_of(asked),
    )
    if data.model == "ols":
        whole, moments = data.moments.total(), data.moments.drawn(counts)
        places = {name: data.columns([name]) for name in asked}

        def r2(of: np.ndarray, mask: int) -> np.ndarray:
            at = np.concatenate(
                [data.columns(held), *(places[name] for k, name in enumerate(asked) if mask >> k & 1)]
            ).astype(int)
            if not len(at):
                return np.zeros(len(of))
            cross = of[:, at, -1][..., None]
            slope = np.linalg.pinv(of[:, at][:, :, at], hermitian=True) @ cross
            return (cross * slope).sum((1, 2)) / of[:, -1, -1]

        known: dict[int, float] = {}
        return (lambda mask: known.setdefault(mask, float(r2(whole[None], mask)[0]))), (lambda mask: r2(moments, mask))
    rows = group_rows(list(data.x[:, columns].T), data.y.astype(np.int64), len(data.levels), data.weight)
    options = {"fixed": fixed, "group": data.unit, "groups": data.units}
    none, fitted = counts[:0], {}

    def mcfadden(mask: int) -> float:
        if mask not in fitted:
            fits = fit_subsets(rows, sizes, np.array([mask]), counts=none, **options)
            fitted[mask] = float(1 - fits.loglik[0] / fits.null)
        return fitted[mask]

    def in_draws(mask: int) -> np.ndarray:
        fits = fit_subsets(rows, sizes, np.array([mask]), counts=counts, **options)
        return 1 - fits.drawn[0] / fits.null_drawn

    return mcfadden, in_draws


def _chosen(explained: Callable[[int], float], p: int, least: float) -> list[int]:
    """Grown by what adds most until enough is explained, then freed of what is not needed."""
    steps: list[int] = []
    mask = 0
    while len(steps) < p and (not steps or explained(mask) < least):
        best = max((k for k in range(p) if k not in steps), key=lambda k: explained(mask | 1 << k))
        steps.append(best)
        mask |= 1 << best
    while len(steps) > 1:
        worst = max(steps, key=lambda k: explained(mask ^ 1 << k))
        if explained(mask ^ 1 << worst) < least:
            break
        steps.remove(worst)
        mask ^= 1 << worst
    return steps


def _rank_correlations(data: DriverData, asked: Sequence[str]) -> np.ndarray:
    """Spearman; a nominal indicator by its first level's switch."""
    first = data.x[:, [data.columns([name])[0] for name in asked]]
    return np.atleast_2d(np.corrcoef(pd.DataFrame(first).rank().to_numpy().T))


def _families(r: np.ndarray, alike: float) -> np.ndarray:
    """Families by average linkage, numbered in the order of the indicators."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    distance = np.clip(1 - np.abs(r), 0, None)
    np.fill_diagonal(distance, 0)
    code = fcluster(linkage(squareform((distance + distance.T) / 2, checks=False), "average"), 1 - alike, "distance")
    return pd.factorize(code)[0] + 1
