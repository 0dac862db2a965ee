"""What a target becomes when the mix of contacts moved: the same service, judged by today's contacts."""

from __future__ import annotations

import math

import pandas as pd

from ccsat.results import Result, result_class
from ccsat.stages.check import Check
from ccsat.wording import interval, kpi_value, points, text


@result_class
class MixTarget(Result):
    """The reference (target, else the baseline) as today's mix of contacts moves it, and how the service stands to it.

    The table, one row: `reference, mix, mix_lower, mix_upper` (points from changed shares), `adjusted, lower, upper` (reference + mix), `value` (now),
    `performance, performance_lower, performance_upper` (value - adjusted, or change less mix), `n, n_baseline`. `standing` is "met", "missed" or "open" (within
    chance). All in the KPI's unit. Nobody is blamed for the mix.
    """

    unit: str
    against: str  # "target" or "baseline"
    standing: str
    adjusted: float
    lower: float
    upper: float

    def sentence(self) -> str:
        row = self.table.iloc[0]
        return text(f"mix_target.{self.against}", reference=kpi_value(row["reference"], self.unit), mix=points(row["mix"], self.unit),
                    adjusted=kpi_value(self.adjusted, self.unit), interval=interval(self.lower, self.upper, self.unit), value=kpi_value(row["value"], self.unit),
                    performance=points(row["performance"], self.unit), range=interval(row["performance_lower"], row["performance_upper"], self.unit, of="points"),
                    standing=text(f"mix_standing.{self.standing}"))  # fmt: skip


def mix_target(check: Check) -> MixTarget | None:
    """What is the fair target now that other contacts come?

    The reference is what was agreed (the target) or reached (the baseline) with the old mix; the mix's points are added to it. The interval is that of the
    mix; for a baseline its own sampling error is added.

    Returns:
        None where there is no baseline, or the change is within its noise and was not split.

    Assumes:
        The target was set for the baseline's mix.

    Source:
        Kitagawa (1955), Journal of the American Statistical Association 50, 1168-1194; DOMAIN 2.7.4, 2.7.6.
    """
    split, asked = check.legs.get("split"), check.asked
    if split is None or not asked.is_change:
        return None
    now, before = check.headline.headline["current"], check.headline.headline["baseline"]
    named = asked.target is not None and not asked.full_mark_target
    reference = float(asked.target) if named else before.value
    low, high = split["mix"] - split["mix_lower"], split["mix_upper"] - split["mix"]
    if not named:
        low, high = math.hypot(low, before.value - before.lower), math.hypot(high, before.upper - before.value)
    adjusted = reference + split["mix"]
    if named:
        stands = now.value - adjusted
        worse, better = math.hypot(now.value - now.lower, high), math.hypot(now.upper - now.value, low)
        bounds = (stands - worse, stands + better)
    else:
        stands, bounds = split["rate"], (split["rate_lower"], split["rate_upper"])
    ahead = sorted(asked.sign * bound for bound in bounds)
    standing = "met" if ahead[0] > 0 else "missed" if ahead[1] < 0 else "open"
    row = {"reference": reference, "mix": split["mix"], "mix_lower": split["mix_lower"], "mix_upper": split["mix_upper"], "adjusted": adjusted,
           "lower": adjusted - low, "upper": adjusted + high, "value": now.value, "performance": stands, "performance_lower": bounds[0],
           "performance_upper": bounds[1], "n": int(now.n), "n_baseline": int(before.n)}  # fmt: skip
    return MixTarget(table=pd.DataFrame([row]), unit=asked.caliber.unit, against="target" if named else "baseline", standing=standing, adjusted=adjusted,
                     lower=row["lower"], upper=row["upper"])  # fmt: skip
