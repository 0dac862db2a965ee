"""An answer to a dose in words: the mark with both sides, the step with its limits, and what moved."""

from __future__ import annotations

from ccsat.stages.bands import unit_seconds
from ccsat.stages.evidence import SIGNIFICANT
from ccsat.wording import count, kpi_value, p_words, percent, points, text

LATE = 0.05


def dose_words(row: object, unit: str) -> str:
    """One answer in a sentence: the mark, both sides with n, the break with its interval, and what moved."""
    values = {"metric": row.metric, "mark": dose_label(row.mark, row.unit), "n_below": count(row.n_below), "n_above": count(row.n_above),
              "below": kpi_value(row.value_below, unit), "above": kpi_value(row.value_above, unit), "difference": points(row.difference, unit),
              "lower": points(row.lower, unit), "upper": points(row.upper, unit), "p": p_words(row.p_adjusted),
              "threshold": dose_label(row.threshold, row.unit), "t_lower": dose_label(row.threshold_lower, row.unit),
              "t_upper": dose_label(row.threshold_upper, row.unit)}  # fmt: skip
    words = [text("dose.yes_no" if row.unit == "yes_no" else "dose.sentence", **values)]
    if row.unit != "yes_no" and row.threshold == row.threshold:
        words.append(text("dose.step", **values))
    if row.moved_p < SIGNIFICANT:
        words.append(text("dose.moved", now=dose_label(row.dose_now, row.unit), before=dose_label(row.dose_before, row.unit),
                          points=points(row.dose_points, unit), lower=points(row.dose_points_lower, unit), upper=points(row.dose_points_upper, unit)))  # fmt: skip
    if row.moved_p == row.moved_p:
        words.append(text(f"dose.held_{row.held}"))
    if row.late > LATE:
        words.append(text("dose.late", share=percent(row.late)))
    return " ".join(words)


def dose_label(value: float, unit: str) -> str:
    """A dose in words: a time in its largest plain unit, a mark's share as percent, else the number."""
    if value is None or value != value:
        return "–"
    if unit == "yes_no":
        return percent(value)
    seconds = unit_seconds(unit)
    if seconds is None:
        return f"{value:,.4g}"
    value *= seconds
    name, size = next(
        (
            (n, s)
            for n, s in (("day", 86_400), ("hour", 3_600), ("minute", 60))
            if value >= s * (2 if n == "day" else 1)
        ),
        ("second", 1),
    )
    return text(f"dose.{name}", n=f"{value / size:.3g}")
