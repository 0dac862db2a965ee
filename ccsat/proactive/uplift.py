"""What a repair does: held out less treated among the targeted, by segment. Any other comparison is refused, and why is said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from ccsat.errors import ColumnError, DataError, StudyError, listing, suggestion
from ccsat.estimates import adjust, newcombe
from ccsat.numerics.power import two_sided
from ccsat.proactive.arms import LEAST, LEVEL, count_arms, read_arms, read_segments, read_yes, unlike
from ccsat.proactive.holdout import HOLD, TREAT
from ccsat.proactive.rules import Rule
from ccsat.results import Result, result_class
from ccsat.wording import count, has, interval, p_words, points, term, text

AGAINST = ("hold", "not_targeted", "before")
WRONG_SPLIT = 1e-3  # p-value of the arms' sizes
UNLIKE = 0.01
ALL = "all"


@result_class
class Uplift(Result):
    """How many bad outcomes the repair spared. `table`: one row a segment, the first "all": `segment, n_treat, n_hold, rate_treat, rate_hold, uplift` (held out
    less treated: above 0 the repair helped) `, lower, upper` (95 %, this row alone) `, lower_all, upper_all` (95 % for all segments at once)`, p_value,
    p_adjusted` (Holm over the segments; the row "all" is not one of them) `, detectable` (the least uplift these numbers show with 80 % power) `, advice`: "repair",
    "stop" (it does harm), "not_shown" or "too_few".

    `unlike_p`: p-value of the segments' uplifts being one. Rates 0 to 1. Evidence grade A: arms drawn at random.
    """

    outcome: tuple[str, ...]
    segments: str
    registered: bool
    unlike_p: float | None
    grade: str = "A"

    def sentence(self) -> str:
        row = self.table.iloc[0]
        helped = self.table.iloc[1:].loc[lambda rows: rows["advice"] == "repair", "segment"]
        said = text("proactive.uplift", uplift=points(row["uplift"], "rate"), interval=interval(row["lower"], row["upper"], "rate", of="points"), treat=count(row["n_treat"]),
                    hold=count(row["n_hold"]))  # fmt: skip
        if len(self.table) == 1:
            return said
        return (
            said
            + " "
            + (
                text(
                    "proactive.uplift_helps",
                    segments=text("proactive.reason.between").join(segment_word(one) for one in helped),
                )
                if len(helped)
                else text("proactive.uplift_none")
            )
        )

    def chosen(self) -> list[str]:
        """The segments that a repair is shown to help."""
        return self.table.iloc[1:].loc[lambda rows: rows["advice"] == "repair", "segment"].tolist()


def segment_word(name: str) -> str:
    """A segment's name for a reader."""
    return text(f"proactive.segment.{name}") if has(f"proactive.segment.{name}") else term(str(name))


def measure_uplift(
    repairs: pd.DataFrame, *, outcome: str | Sequence[str], segments: str | Mapping[str, str] | Iterable[Rule] | None = None, registered: bool = False,
    against: str = "hold", arm: str = "arm", treat: str = TREAT, hold: str = HOLD, held_share: float | None = None, alike: Sequence[str] = (),
) -> Uplift:  # fmt: skip
    """Did the repair spare bad outcomes, and for whom?

    Args:
        repairs: One row a targeted customer, contacted or held out at random.
        outcome: The bad outcome (yes/no); with several columns, any of them.
        segments: A column, or rules by name (the first that holds; the rest is "other").
        registered: Whether the segments were written down before the outcomes were seen.
        against: "hold". "not_targeted" and "before" are refused with the reason.
        treat, hold: The levels of `arm`. held_share: The share that was to be held out; where given, the sizes of the arms are tested against it.
        alike: Columns from before the offer that both arms should share.

    Returns:
        `Uplift`.

    Raises:
        DataError: No holdout; customers who were not targeted; a comparison that the selection of the worst decides. ColumnError: A column is missing
            or no yes/no. StudyError: Unknown comparison, or rules that cannot be read.

    Assumes:
        Arms at random among the targeted; one customer's repair does not touch another.

    Source:
        Newcombe (1998), Statistics in Medicine 17, 873-890; Holm (1979); DOMAIN 2.14.
    """
    if against not in AGAINST:
        raise StudyError("proactive_against", given=against, known=listing(AGAINST))
    if against == "not_targeted":
        raise DataError("proactive_not_targeted", hold=hold)
    if against == "before":
        raise DataError("proactive_before_after", hold=hold)
    outcomes = (outcome,) if isinstance(outcome, str) else tuple(outcome)
    for name in (arm, *outcomes, *alike, *((segments,) if isinstance(segments, str) else ())):
        if name not in repairs.columns:
            raise ColumnError(
                "proactive_column",
                column=name,
                table="repairs",
                known=listing(repairs.columns, 20),
                near=suggestion(name, repairs.columns) or "–",
            )
    arms = read_arms(repairs[arm], arm, treat, hold)
    bad = np.zeros(len(repairs), bool)
    for name in outcomes:
        bad |= read_yes(repairs[name], name)
    groups, how = read_segments(repairs, segments)
    rows = [count_arms(ALL, bad, arms), *(count_arms(name, bad[mask], arms[mask]) for name, mask in groups)]
    table = pd.DataFrame(rows)
    table["p_adjusted"], table["lower_all"], table["upper_all"] = np.nan, np.nan, np.nan
    if groups:
        inner = table.index[1:]
        known = table.loc[inner, "p_value"].notna()
        table.loc[inner[known], "p_adjusted"] = adjust(table.loc[inner[known], "p_value"].to_numpy(), "holm")
        for place in inner[known]:
            one = table.loc[place]
            low, high = newcombe(
                one["bad_hold"], one["n_hold"], one["bad_treat"], one["n_treat"], level=1 - (1 - LEVEL) / len(groups)
            )
            table.loc[place, ["lower_all", "upper_all"]] = [float(low), float(high)]
    table["advice"] = [_advice(row, len(groups) and place) for place, row in enumerate(table.to_dict("records"))]
    apart = unlike(table.iloc[1:]) if len(groups) > 1 else None
    caveats = _caveats(repairs, arms, table, registered=registered, held_share=held_share, alike=alike)
    kept = [
        "segment",
        "n_treat",
        "n_hold",
        "rate_treat",
        "rate_hold",
        "uplift",
        "lower",
        "upper",
        "lower_all",
        "upper_all",
        "p_value",
        "p_adjusted",
        "detectable",
        "advice",
    ]
    return Uplift(
        table=table[kept], caveats=caveats, outcome=outcomes, segments=how, registered=registered, unlike_p=apart
    )


def _advice(row: Mapping, segment: int) -> str:
    if min(row["n_treat"], row["n_hold"]) < LEAST:
        return "too_few"
    p, lower, upper = (
        (row["p_adjusted"], row["lower_all"], row["upper_all"])
        if segment
        else (row["p_value"], row["lower"], row["upper"])
    )
    if p < 1 - LEVEL and lower > 0:
        return "repair"
    return "stop" if p < 1 - LEVEL and upper < 0 else "not_shown"


def _caveats(
    repairs: pd.DataFrame,
    treated: np.ndarray,
    table: pd.DataFrame,
    *,
    registered: bool,
    held_share: float | None,
    alike: Sequence[str],
) -> tuple:
    from scipy.stats import binomtest

    found: list[tuple[str, dict]] = [("caveat.proactive_targeted_only", {})]
    if len(table) > 1:
        found.append(
            ("caveat.proactive_many", {"segments": len(table) - 1})
            if registered
            else ("caveat.proactive_unregistered", {"segments": len(table) - 1})
        )
    if held_share is not None:
        p = binomtest(int((~treated).sum()), len(treated), held_share).pvalue
        if p < WRONG_SPLIT:
            found.append(
                (
                    "caveat.proactive_split",
                    {"held": int((~treated).sum()), "n": len(treated), "share": held_share, "p": p_words(p)},
                )
            )
    for name in alike:
        values = pd.to_numeric(
            repairs[name].astype("Float64") if pd.api.types.is_bool_dtype(repairs[name].dtype) else repairs[name],
            errors="coerce",
        ).to_numpy(float)
        one, two = values[treated], values[~treated]
        error = np.sqrt(
            np.nanvar(one, ddof=1) / np.isfinite(one).sum() + np.nanvar(two, ddof=1) / np.isfinite(two).sum()
        )
        if error > 0 and float(two_sided((np.nanmean(one) - np.nanmean(two)) / error)) < UNLIKE / len(alike):
            found.append(("caveat.proactive_unlike", {"column": name}))
    if few := table.loc[table["advice"] == "too_few", "segment"].tolist():
        found.append(
            ("caveat.proactive_small_segments", {"segments": ", ".join(map(segment_word, few)), "least": LEAST})
        )
    return tuple(found)
