"""Which operating KPIs satisfaction moves with, and which of many assessment indicators are enough."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ccsat.centre import Centre
from ccsat.errors import DataError, listing
from ccsat.methods.answer import Answer
from ccsat.methods.indicators import prune_indicators
from ccsat.methods.kpi_drivers import EIGHT_KPIS, rank_kpis
from ccsat.methods.roles import Roles
from ccsat.results import Result, result_class
from ccsat.wording import count, percent, text
from ccsat.workforce.panels import ASSESSMENT, assessment, kpi_series

SETTLED = 1e-6  # part of an indicator's variance that the ones before it leave open, below which they settle it


def influence_of_kpis(centre: Centre, kpis: Sequence[str] = tuple(EIGHT_KPIS), *, channel: str | None = None, issue: str | None = None,
                      changes: bool = False, draws: int = 500, rng: int | np.random.Generator = 0) -> Answer:  # fmt: skip
    """Which of the eight operating KPIs does the day's satisfaction move with?

    `rank_kpis` on the centre's own days: Shapley shares of what the KPIs explain, with intervals, days in blocks.

    Args:
        kpis: Any of the columns of `kpi_series`. channel, issue: As there. changes: Day-to-day changes in place of levels.

    Raises:
        DataError: As `kpi_series` and `rank_kpis`.

    Source:
        DOMAIN 2.10.5-2.10.6, A27.
    """
    return rank_days(kpi_series(centre, channel=channel, issue=issue), kpis, changes=changes, draws=draws, rng=rng)


def rank_days(
    days: pd.DataFrame,
    kpis: Sequence[str] = tuple(EIGHT_KPIS),
    *,
    changes: bool = False,
    draws: int = 500,
    rng: int | np.random.Generator = 0,
) -> Answer:
    """`influence_of_kpis` on the rows of `kpi_series`, or on rows of the same form from elsewhere."""
    return rank_kpis(
        days, "satisfaction", list(kpis), level="day", time="day", changes=changes, weights="n", draws=draws, rng=rng
    )


@result_class
class Pruned(Result):
    """Which of many indicators are enough.

    The table: `indicator, family, kept, settled` (the others add up to it exactly, so it was set aside first)`, step` (order of choice)`, alone, change, nearest,
    rank_correlation, n` as `prune_indicators`.

    Attributes:
        answer: Of `prune_indicators`. kept, dropped, settled: Indicators. part: Of what all explain, explained by the kept; with `part_lower, part_upper`.
        explained: Share of the outcome's variance (or deviance) that all explain.
    """

    answer: Answer
    kept: tuple[str, ...]
    dropped: tuple[str, ...]
    settled: tuple[str, ...]
    part: float
    part_lower: float
    part_upper: float
    explained: float

    def sentence(self) -> str:
        return text("workforce.pruned", kept=count(len(self.kept)), all=count(len(self.table)), settled=count(len(self.settled)), part=percent(self.part),
                    lower=percent(self.part_lower), upper=percent(self.part_upper), explained=percent(self.explained), n=count(self.answer.n),
                    families=count(self.answer.statistic["families"]),
                    names=text("workforce.and").join(text(f"indicator.{name}") for name in self.kept))  # fmt: skip


def prune_assessment(
    rows: Centre | pd.DataFrame, indicators: Sequence[str] | None = None, *, outcome: str = "satisfaction", keep: float = 0.95, alike: float = 0.7, weeks: int = 4,
    draws: int = 200, rng: int | np.random.Generator = 0,
) -> Pruned:  # fmt: skip
    """Which few of the twenty-three assessment indicators say what all of them say about satisfaction?

    What others add up to exactly (a total and its parts) is set aside first; the rest goes to `prune_indicators`, agents being the clusters and ratings the weights.

    Args:
        rows: A centre, or the rows of `assessment`. indicators: Columns; by default those of `ASSESSMENT` that there are.
        keep, alike: As `prune_indicators`.

    Raises:
        DataError: Fewer than two indicators, or as `assessment`.

    Source:
        DOMAIN A11; see `prune_indicators`.
    """
    table = assessment(rows, weeks=weeks) if isinstance(rows, Centre) else rows
    named = [name for name in indicators or ASSESSMENT if name in table]
    if len(named) < 2:
        raise DataError("indicators_two", indicators=listing(named) or "–")
    whole = table.dropna(subset=[outcome, *named])
    settled = settled_by_others(whole, named)
    asked = [name for name in named if name not in settled]
    roles = Roles(
        cluster="agent_id" if "agent_id" in whole else False,
        weights="n" if "n" in whole else None,
        weight_kind="precision",
    )
    answer = prune_indicators(whole, outcome, asked, keep=keep, alike=alike, roles=roles, draws=draws, rng=rng)
    effect = answer.effects[0]
    shown = answer.table.assign(settled=False)
    more = pd.DataFrame({"indicator": settled, "kept": False, "settled": True, "n": int(answer.n)})
    shown = pd.concat([shown, more], ignore_index=True) if settled else shown
    return Pruned(table=shown, answer=answer, kept=tuple(answer.extra["kept"]), dropped=tuple(answer.extra["dropped"]), settled=tuple(settled), part=effect.value,
                  part_lower=effect.lower, part_upper=effect.upper, explained=answer.statistic["explained_all"],
                  caveats=(*answer.caveats, ("caveat.pruned_agents", {})))  # fmt: skip


def part_kept(
    rows: pd.DataFrame, kept: Sequence[str], indicators: Sequence[str] | None = None, *, outcome: str = "satisfaction"
) -> float:
    """What a set of indicators explains of the outcome, as a part of what all of them explain (both by weighted least squares on the same rows).

    Raises:
        DataError: A column that is not there.
    """
    named = [name for name in indicators or ASSESSMENT if name in rows]
    if lacking := [name for name in kept if name not in rows]:
        raise DataError("workforce_columns", table="assessment", columns=listing(lacking), known=listing(named, 30))
    whole = rows.dropna(subset=[outcome, *named])
    root = np.sqrt(whole["n"].to_numpy(float)) if "n" in whole else np.ones(len(whole))

    def explained(names: Sequence[str]) -> float:
        values = whole[list(names)].to_numpy(float)
        x = (
            np.column_stack([np.ones(len(whole)), (values - values.mean(0)) / np.maximum(values.std(0), 1e-300)])
            * root[:, None]
        )
        y = whole[outcome].to_numpy(float) * root
        left = y - x @ np.linalg.lstsq(x, y, rcond=1e-10)[0]
        base = y - root * (root @ y) / (root @ root)
        return 1 - float(left @ left) / float(base @ base)

    return explained(kept) / explained(named)


def settled_by_others(table: pd.DataFrame, indicators: Sequence[str]) -> list[str]:
    """Indicators that those named before them settle exactly, by a sum or otherwise linearly."""
    kept: list[np.ndarray] = [np.ones(len(table))]
    found = []
    for name in indicators:
        values = table[name].to_numpy(float)
        base = np.column_stack(kept)
        left = values - base @ np.linalg.lstsq(base, values, rcond=None)[0]
        spread = values - values.mean()
        if left @ left <= SETTLED * (spread @ spread):
            found.append(name)
        else:
            kept.append((values - values.mean()) / max(values.std(), 1e-300))
    return found
