"""How much do days scatter beyond what their ratings allow? Drift and shocks of whole days are noise too."""

from __future__ import annotations

import pandas as pd
from scipy.special import chdtrc

from ccsat.cells import Asked, by_level, count_cells
from ccsat.centre import Centre
from ccsat.estimates import interval_table
from ccsat.stages.timing import daily

LEAST_DAYS = 10
WHOLE_WEEKS = 21  # days from which each weekday has its own mean
BEYOND_CHANCE = 0.01


def day_scatter(centre: Centre, asked: Asked) -> float:
    """Variance of day means over what independent ratings have, in the history: the baseline, of a level the period itself.

    Returns:
        1 where it is within chance (1 %), where there is no time, or fewer than ten days.

    Assumes:
        The history has no break of its own: a real one counts as noise. Weekdays that differ do not count.

    Source:
        Laney (2002), Quality Engineering 14, 531-537.
    """
    if centre.days is None or not asked.windows:
        return 1.0
    window = asked.baseline or asked.current
    series = daily(centre, asked, None)
    series = series[[window.first <= day <= window.last for day in series["day"]]]
    if len(series) < LEAST_DAYS:
        return 1.0
    group = (
        pd.to_datetime(series["day"]).dt.day_of_week if len(series) >= WHOLE_WEEKS else pd.Series(0, index=series.index)
    )
    sums = series[["n", "s"]].groupby(group).transform("sum")
    counts = count_cells(centre, asked)
    _, matrix = by_level(counts[counts["period"] == window.label], ["period"], asked.values)
    variance = float(interval_table(matrix, list(asked.values.values()), unit=asked.caliber.unit)["variance"].iloc[0])
    free = len(series) - group.nunique()
    if not variance > 0:
        return 1.0
    scatter = float((series["n"] * (series["s"] / series["n"] - sums["s"] / sums["n"]) ** 2).sum()) / variance
    return max(scatter / free, 1.0) if chdtrc(free, scatter) < BEYOND_CHANCE else 1.0
