"""Service level under the six calibers in use, and the other access rates, from plain counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from ccsat.errors import DataError, listing, suggestion
from ccsat.estimates import wilson
from ccsat.results import Result, result_class
from ccsat.wording import count, percent, text

DEFAULT = "sl_offered"
# caliber -> what is added up on top and below; a minus takes a count off
SERVICE_LEVELS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "sl_offered": (("answered_in",), ("answered", "abandoned")),
    "sl_credit_abandon": (("answered_in", "abandoned_in"), ("answered", "abandoned")),
    "sl_answered": (("answered_in",), ("answered",)),
    "sl_ex_abandon_in_T": (("answered_in",), ("answered", "abandoned", "-abandoned_in")),
    "sl_credit_short": (("answered_in", "short_abandoned"), ("answered", "abandoned")),
    "sl_ex_short": (("answered_in",), ("answered", "abandoned", "-short_abandoned")),
}
COUNTS = ("answered", "abandoned", "answered_in", "abandoned_in", "short_abandoned")
WITHIN = {"answered_in": "answered", "abandoned_in": "abandoned", "short_abandoned": "abandoned"}  # part -> whole


@dataclass(frozen=True)
class Counts:
    """Calls that asked for an agent, as counted; None where it was not counted.

    Attributes:
        answered, abandoned: All of them. answered_in, abandoned_in: Within T seconds. short_abandoned: Within the first few seconds (5).
    """

    answered: float
    abandoned: float
    answered_in: float | None = None
    abandoned_in: float | None = None
    short_abandoned: float | None = None

    def __post_init__(self):
        for name in COUNTS:
            value = getattr(self, name)
            if value is not None and not value >= 0:
                raise DataError("workforce_number", name=name, value=str(value), least=">= 0")
        for part, whole in WITHIN.items():
            if getattr(self, part) is not None and getattr(self, part) > getattr(self, whole):
                raise DataError(
                    "workforce_part", part=part, n=getattr(self, part), whole=whole, most=getattr(self, whole)
                )


@result_class
class ServiceLevel(Result):
    """A service level under one caliber or more.

    The table: `caliber, value, lower, upper` (95 %, Wilson)`, numerator, denominator, n` (calls in the denominator)`, default` (whether it
    is the one to use where none is named), `points` (difference to the default's, 0 to 1).

    Attributes:
        caliber: The caliber asked for. missing: Calibers that could not be counted, with the count that is lacking.
    """

    caliber: str
    missing: Mapping[str, str]

    @property
    def value(self) -> float:
        return float(self._row["value"])

    @property
    def _row(self) -> pd.Series:
        return self.table.set_index("caliber").loc[self.caliber]

    def sentence(self) -> str:
        row = self._row
        return text("workforce.service_level", value=percent(row["value"], 2), lower=percent(row["lower"], 2), upper=percent(row["upper"], 2),
                    n=count(row["n"]), caliber=text(f"service_level.{self.caliber}"))  # fmt: skip


def service_level(counts: Counts, caliber: str = DEFAULT) -> ServiceLevel:
    """Which share was answered in time, counted in a named way?

    Args:
        caliber: One of `SERVICE_LEVELS`.

    Raises:
        DataError: No such caliber, or a count that it needs was not given.

    Source:
        DOMAIN 2.2.
    """
    if caliber not in SERVICE_LEVELS:
        raise DataError(
            "service_level_unknown",
            caliber=caliber,
            near=suggestion(caliber, list(SERVICE_LEVELS)) or "–",
            known=listing(SERVICE_LEVELS),
        )
    lacking = _lacking(counts, caliber)
    if lacking:
        raise DataError("service_level_count", caliber=caliber, count=lacking, known=listing(k for k in SERVICE_LEVELS if not _lacking(counts, k)))  # fmt: skip
    return ServiceLevel(table=_rows(counts, (caliber,)), caliber=caliber, missing={}, caveats=_caveats(caliber))


def service_levels(counts: Counts) -> ServiceLevel:
    """The same calls under every caliber that the counts allow: how far apart do the ways of counting lie?

    Raises:
        DataError: The calls answered in time are not given.
    """
    missing = {key: _lacking(counts, key) for key in SERVICE_LEVELS if _lacking(counts, key)}
    usable = tuple(key for key in SERVICE_LEVELS if key not in missing)
    if not usable:
        raise DataError("service_level_count", caliber=DEFAULT, count=missing[DEFAULT], known="–")
    return ServiceLevel(table=_rows(counts, usable), caliber=usable[0], missing=missing, caveats=(("caveat.service_level_calibers", {}), *_caveats("sl_answered")))  # fmt: skip


def _caveats(caliber: str) -> tuple[tuple[str, dict], ...]:
    return (("caveat.service_level_answered", {}),) if caliber == "sl_answered" else ()


def _lacking(counts: Counts, caliber: str) -> str:
    named = [name.lstrip("-") for side in SERVICE_LEVELS[caliber] for name in side]
    return next((name for name in named if getattr(counts, name) is None), "")


def _rows(counts: Counts, calibers: tuple[str, ...]) -> pd.DataFrame:
    add = lambda names: sum(-getattr(counts, n[1:]) if n.startswith("-") else getattr(counts, n) for n in names)
    rows = []
    standard = add(SERVICE_LEVELS[DEFAULT][0]) / max(add(SERVICE_LEVELS[DEFAULT][1]), 1e-300)
    for key in calibers:
        above, below = (add(side) for side in SERVICE_LEVELS[key])
        low, high = wilson(above, below) if below > 0 else (float("nan"), float("nan"))
        value = above / below if below > 0 else float("nan")
        rows.append({"caliber": key, "value": value, "lower": float(low), "upper": float(high), "numerator": above, "denominator": below, "n": below,
                     "default": key == DEFAULT, "points": value - standard})  # fmt: skip
    return pd.DataFrame(rows)
