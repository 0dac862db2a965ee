"""What those who did not answer could make of the KPI."""

from __future__ import annotations

from dataclasses import dataclass

from ccsat.cells import Asked
from ccsat.centre import Centre
from ccsat.stages.defect import gave_shares, invited_column, kpi_value, period_counts, without
from ccsat.stages.filled import flagged_fill


@dataclass(frozen=True)
class AnswerBounds:
    """The KPI of all who were invited, whatever the silent ones think.

    Attributes:
        n: Invitations of the current period; `answered` the share that rated.
        lower, upper: The KPI if every silent one were the worst, or the best.
        change_lower, change_upper: The same of the change; None without a baseline.
        silent: What the silent ones' KPI has to be now for the KPI of all the invited to equal the baseline's, the baseline's silent ones
            being like its answerers; None without a baseline. Outside the values there are: no silence can explain the change.
    """

    n: int
    answered: float
    lower: float
    upper: float
    change_lower: float | None
    change_upper: float | None
    silent: float | None


def answer_bounds(centre: Centre, asked: Asked) -> AnswerBounds | None:
    """Between which values does the KPI of all the invited lie, and what would the silent ones have to think to undo the change?

    Ratings marked as filled in by default count as silent.

    Returns:
        None where invitations are unknown, or nobody rated.

    Source:
        Manski (1989), Journal of Human Resources 24, 343-360.
    """
    tables = gave_shares(centre, asked)
    if not tables or invited_column(centre) is None or asked.caliber.outcome != "rating":
        return None
    counts = period_counts(centre, asked)
    for defect in flagged_fill(centre, asked):
        removed = defect.removed(None)
        counts = {p: without(levels, removed[p]) for p, levels in counts.items()}
    worst, best = min(asked.values.values()), max(asked.values.values())
    parts = {}
    for p, levels in counts.items():
        rows = tables[()][tables[()]["period"] == p].set_index("level")["n"]
        value, n = kpi_value(levels, asked), int(rows.sum())
        if value is None or not n:
            return None
        share = float(rows.get(1, 0)) / n
        parts[p] = (n, share, value, share * value + (1 - share) * worst, share * value + (1 - share) * best)
    n, share, value, lower, upper = parts["current"]
    if "baseline" not in parts:
        return AnswerBounds(n, share, lower, upper, None, None, None)
    _, _, before, before_lower, before_upper = parts["baseline"]
    silent = (before - share * value) / (1 - share) if share < 1 else None
    return AnswerBounds(n, share, lower, upper, lower - before_upper, upper - before_lower, silent)
