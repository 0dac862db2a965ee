"""A change at one channel, judged beside a channel that was not changed."""

from __future__ import annotations

import math

import pandas as pd

from ccsat.centre import Centre
from ccsat.errors import DataError, listing
from ccsat.results import Result, result_class
from ccsat.wording import count, p_words, points, text

BEFORE_FAILS = 0.05


@result_class
class ChangeEffect(Result):
    """What a change did beyond what happened anyway: `week, n, n_control, mean, mean_control, difference, beyond, lower, upper, after`.

    Attributes:
        effect, lower, upper, p_value: Points of the treated channel (0 to 1 for rates). overall: The same on the whole KPI: times `share`, the
            treated channel's part of the ratings after the change.
        p_before: Of unequal moves before the change; below 0.05 the comparison does not hold. drift_before: By how much the difference moved a
            week before. holds: Whether the weeks before speak for the comparison; None where there are too few.
        grade: "B" where it holds, "C" where not or where that cannot be told.
    """

    effect: float
    lower: float
    upper: float
    p_value: float
    p_before: float
    drift_before: float
    holds: bool | None
    overall: float
    share: float
    n: int
    n_control: int
    names: dict

    @property
    def grade(self) -> str:
        return "B" if self.holds else "C"

    def sentence(self) -> str:
        return text(f"menu_change.{ {True: 'holds', False: 'fails', None: 'unknown'}[self.holds]}", **self.names, effect=points(self.effect, "rate"),
                    lower=points(self.lower, "rate"), upper=points(self.upper, "rate"), n=count(self.n), n_control=count(self.n_control),
                    p=p_words(self.p_before), overall=points(self.overall, "rate"))  # fmt: skip


def menu_change(
    centre: Centre, *, at: str, by: str = "channel", treated: str = "phone", control: str = "online", weeks_before: int = 8,
    weeks_after: int = 8, level: float = 0.95,
) -> ChangeEffect:  # fmt: skip
    """Did satisfaction move where the change was made, beyond where it was not?

    Difference in differences over weeks counted from the change, on the study's own caliber; errors by customer.

    Args:
        at: Day of the change, or its id in the register of changes.
        by: Dimension that parts the changed from the unchanged; `treated`, `control` are its levels.
        weeks_before, weeks_after: How many whole weeks are looked at, fewer where the data have fewer.

    Raises:
        DataError: No such change or level, no week before or after, or a caliber that is no share of ratings.

    Assumes:
        Without the change both would have moved alike (looked at in the weeks before), and the change did not send customers from one to the other.

    Source:
        See `methods.mean_did.difference_in_differences`.
    """
    from ccsat.cells import ask
    from ccsat.methods.mean_did import difference_in_differences
    from ccsat.question import Question

    if by not in centre.dims:
        raise DataError("touch_no_split", by=by, known=listing(centre.dims))
    day = day_of_change(centre, at)
    asked = ask(centre, Question.of(centre.study))
    if asked.caliber.outcome != "rating":
        raise DataError("touch_not_rating", caliber=asked.caliber.key)
    values = asked.caliber.levels(centre.scale)
    rows = centre.surveys
    lacks = [one for one in (treated, control) if one not in set(rows[by].astype(str))]
    if lacks:
        raise DataError(
            "touch_no_level", level=listing(lacks), by=by, known=listing(sorted(rows[by].dropna().astype(str).unique()))
        )
    rows = rows[rows[by].astype(str).isin([treated, control])]
    week = (rows["at"].dt.normalize() - day).dt.days // 7
    last_day = rows["at"].dt.normalize().max()
    whole = (day + pd.to_timedelta((week + 1) * 7 - 1, unit="D")) <= last_day
    first = rows["at"].dt.normalize().min()
    whole &= (day + pd.to_timedelta(week * 7, unit="D")) >= first
    keep = whole & week.between(-weeks_before, weeks_after - 1)
    made = pd.DataFrame({"score": rows["rating"].astype(int).map(values).astype(float), "side": rows[by].astype(str), "week": week,
                         **({"customer_id": rows["customer_id"]} if "customer_id" in rows else {})})[keep]  # fmt: skip
    if not (made["week"] < 0).any() or not (made["week"] >= 0).any():
        raise DataError("touch_no_weeks", at=str(day.date()), first=str(first.date()), last=str(last_day.date()))
    made["week"] = pd.Categorical(made["week"], categories=sorted(made["week"].unique()), ordered=True)
    answer = difference_in_differences(
        made,
        "score",
        "side",
        time="week",
        at=0,
        baseline=control,
        cluster="customer_id" if "customer_id" in made else None,
    )
    after = made["week"].astype(int) >= 0
    share = float((made["side"] == treated)[after].mean())
    effect, p_before = answer.effects[0], answer.statistic.get("p_before", math.nan)
    table = answer.table.rename(columns={"time": "week", "n_baseline": "n_control", "mean_baseline": "mean_control"})
    return ChangeEffect(
        table=table, effect=effect.value, lower=effect.lower, upper=effect.upper, p_value=answer.statistic["p_value"], p_before=p_before,
        drift_before=answer.statistic.get("drift_before", math.nan), holds=None if math.isnan(p_before) else bool(p_before >= BEFORE_FAILS),
        overall=effect.value * share, share=share, n=int((made["side"] == treated).sum()), n_control=int((made["side"] == control).sum()),
        names={"treated": treated, "control": control, "at": str(day.date()), "caliber": asked.caliber.key}, caveats=answer.caveats)  # fmt: skip


def day_of_change(centre: Centre, at: str) -> pd.Timestamp:
    """The day of a change: given, or looked up in the register by its id.

    Raises:
        DataError: Neither a day nor a known change.
    """
    known = centre.changes
    if len(known) and at in set(known["change_id"]):
        return pd.Timestamp(known.loc[known["change_id"] == at, "at"].iloc[0]).normalize()
    try:
        return pd.Timestamp(at).normalize()
    except ValueError:
        raise DataError("touch_no_change", at=at, known=listing(known["change_id"] if len(known) else [])) from None
