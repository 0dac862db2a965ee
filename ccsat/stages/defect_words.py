"""Defects and corrections in words."""

from __future__ import annotations

from ccsat.stages.corrected import Corrected
from ccsat.stages.defect import Defect
from ccsat.wording import count, kpi_value, number, percent, points, text

SHARES = ("share", "share_usual", "share_current", "share_baseline")
POINTS = ("rise", "change", "standardised", "change_with", "change_without")
ON_THE_CHANGE = ("weekday_mix",)


def defect_sentence(defect: Defect, unit: str) -> str:
    """One defect with its numbers: what, how many, where and when, and what it does to the KPI."""
    shown = _shown(defect, unit)
    words = text(f"defect.{defect.key}", n=count(defect.n), **shown) + _more(defect, shown)
    if defect.effect_points is None:
        return words
    parts = {
        name: points(value, unit)
        for name, value in (
            ("points", defect.effect_points),
            ("lower", defect.effect_lower),
            ("upper", defect.effect_upper),
        )
    }
    kind = (
        "effect_plain"
        if defect.effect_lower is None
        else "effect_on_change"
        if defect.key in ON_THE_CHANGE
        else "effect"
    )
    return words + text(f"defect_part.{kind}", **parts)


def correction_sentences(corrected: Corrected, unit: str) -> list[str]:
    """The corrected KPI, its change, and the steps that lead there."""
    words = [text("correction.sentence", value=kpi_value(corrected.value, unit), lower=kpi_value(corrected.lower, unit),
                  upper=kpi_value(corrected.upper, unit), n=count(corrected.n), as_is=kpi_value(corrected.as_is, unit))]  # fmt: skip
    if corrected.change is not None:
        change = corrected.change
        words.append(text("correction.change", change=points(change.value, unit), lower=points(change.lower, unit),
                          upper=points(change.upper, unit), n=count(change.n)))  # fmt: skip
    return words + [text("correction.step", what=text(f"correction.{step.key}"), n=count(step.n), points=points(-step.effect_points, unit))
                    for step in corrected.steps]  # fmt: skip


def _shown(defect: Defect, unit: str) -> dict[str, str]:
    """The values as words; parts of a sentence that the data lack are empty."""
    shown = {}
    for name, value in defect.values.items():
        if name in SHARES:
            shown[name] = percent(value)
        elif name in POINTS:
            shown[name] = points(value, unit)
        elif name.endswith("_hours"):
            shown[name] = number(value, 1)
        elif name in ("n_current", "n_baseline", "of"):
            shown[name] = count(value)
        else:
            shown[name] = str(value)
    if defect.key in ("selective_invitation", "selective_invitation_level"):
        shown["step"] = text(f"defect_step.{defect.values['step']}")
    if "batches" in shown:
        shown["batches"] = text("defect_part.batches", batches=shown["batches"]) if shown["batches"] else ""
    if defect.key == "duplicate_rows":
        shown["days"] = text("defect_part.on_days", days=shown["days"]) if shown["days"] else ""
    if defect.key == "default_filled_unflagged" and not shown["where"]:
        shown["where"] = text("defect_part.everything")
    return shown


def _more(defect: Defect, shown: dict[str, str]) -> str:
    """What the data say beyond the plain sentence of a defect."""
    if defect.key == "duplicate" and "n_baseline" in shown:
        return text("defect_part.duplicate_where", **shown)
    if defect.key == "default_filled":
        where = text("defect_part.filled_where", **shown) if shown.get("where") else ""
        return where + (text("defect_part.filled_days", **shown) if shown.get("days") else "")
    if defect.key == "straight_lining" and "change_without" in shown:
        return text("defect_part.straight_periods", **shown)
    if defect.key == "incident" and "change_with" in shown:
        return text("defect_part.both_ways", **shown)
    return ""
