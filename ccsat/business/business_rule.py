"""Business rules: what each one costs, per thousand contacts that it touches, and what is left without any."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ccsat.cells import Asked, ask, design_effects
from ccsat.centre import Centre
from ccsat.engine import NULL_LEVEL
from ccsat.errors import DataError, listing
from ccsat.estimates import adjust, difference_table, interval_table
from ccsat.question import Question
from ccsat.results import Ledger, result_class
from ccsat.wording import count, figure, points, text

COLUMN = "rule_code"
NO_RULE = "no_rule"


@result_class
class RuleLedger(Ledger):
    """What each rule's contacts lose: `rule, touched` (contacts), `n` (rated), `value, deduction` (mean a rated contact), `per_thousand, lower, upper` (deduction per
    thousand touched contacts, expected: the rated stand for all), `per_thousand_observed` (of ratings given, per thousand touched), `points` (of the KPI's whole
    deduction; "no_rule" is a row), `share`; `apart, apart_lower, apart_upper, p_adjusted` (Holm): the KPI under the rule less that of the same `within` without it.
    """

    asked: Asked
    within: str | None

    def sentence(self) -> str:
        rules = self.table[self.table["rule"] != NO_RULE]
        if rules.empty:
            return text("business.no_rules")
        top, unit = rules.iloc[0], self.asked.caliber.unit
        return text("business.rule", rule=top["rule"], thousand=figure(top["per_thousand"]), lower=figure(top["lower"]), upper=figure(top["upper"]), touched=count(top["touched"]),
                    n=count(top["n"]), points=points(top["points"], unit, sign=False), total=points(self.total, unit, sign=False))  # fmt: skip


def rule_deductions(
    centre: Centre, question: Question | Asked, *, within: str | None = None, column: str = COLUMN
) -> RuleLedger:
    """What does each business rule cost, per thousand contacts that it touches?

    Args:
        question: KPI and the current period. within: A dimension, such as the first-level business: each rule is compared with contacts of the same levels without a
            rule, where there are enough of them.
        column: The rule on a contact.

    Returns:
        `RuleLedger`, closing on the mean deduction. Most lost per thousand first.

    Raises:
        DataError: The contacts carry no rule.

    Assumes:
        Those who rate stand for all contacts under a rule. A rule's contacts also differ in what they are about: an association.

    Source:
        DOMAIN 2.7.2 (千次扣分), U3.2b.
    """
    asked = question if isinstance(question, Asked) else ask(centre, question)
    if column not in centre.columns:
        raise DataError("rule_column", column=column, known=listing(centre.columns))
    values, outcome = list(asked.values.values()), asked.caliber.outcome
    windows = [asked.current] if asked.current else []
    effect = max(design_effects(centre, asked)[0].values(), default=1.0)
    names = [column] if within is None else [column, within]
    found = centre.engine.crosstab(centre.facts, [*names, outcome], windows=windows, where=asked.where).rename(
        columns={column: "rule", outcome: "level"}
    )
    found["rule"] = found["rule"].astype(object).where(found["rule"].notna() & (found["rule"] != NULL_LEVEL), NO_RULE)
    touched = found.groupby("rule")["n"].sum()
    rated = found[found["level"].notna()].assign(level=lambda rows: rows["level"].astype(int))
    rated = rated[rated["level"].isin(list(asked.values))]
    wide = rated.pivot_table(index="rule", columns="level", values="n", aggfunc="sum", fill_value=0).reindex(
        columns=list(asked.values), fill_value=0
    )
    table = interval_table(wide.to_numpy(float), values, unit=asked.caliber.unit, design_effect=effect)[
        ["n", "value", "lower", "upper"]
    ].assign(rule=wide.index)
    whole = float(table["n"].sum())
    scale = 1000.0
    table["touched"] = table["rule"].map(touched).astype(int)
    table["deduction"] = (asked.full - table["value"]).abs()
    bounds = np.sort(np.abs(asked.full - table[["lower", "upper"]].to_numpy(float)), axis=1)
    table["per_thousand"], table["lower"], table["upper"] = (
        scale * table["deduction"],
        scale * bounds[:, 0],
        scale * bounds[:, 1],
    )
    table["per_thousand_observed"] = scale * table["deduction"] * table["n"] / table["touched"]
    table["points"] = table["deduction"] * table["n"] / whole
    total = float(table["points"].sum())
    table["share"] = table["points"] / total if total else np.nan
    table = _apart(table, rated, asked, effect, within, values)
    order = (
        table.assign(last=table["rule"] == NO_RULE)
        .sort_values(["last", "per_thousand", "rule"], ascending=[True, False, True])
        .drop(columns="last")
    )
    columns = ["rule", "touched", "n", "value", "deduction", "per_thousand", "lower", "upper", "per_thousand_observed", "points", "share", "apart", "apart_lower",
               "apart_upper", "n_control", "p_adjusted"]  # fmt: skip
    return RuleLedger(table=order[columns].reset_index(drop=True), key="rules", total=total, unit=asked.caliber.unit, asked=asked, within=within,
                      caveats=(("caveat.rule_association", {}),))  # fmt: skip


def _apart(
    table: pd.DataFrame, rated: pd.DataFrame, asked: Asked, effect: float, within: str | None, values: list[float]
) -> pd.DataFrame:
    """Each rule's contacts against others: of the same levels without a rule where that many were rated, else everyone without a rule."""
    least = asked.question.min_n
    pairs = []
    for rule in table["rule"]:
        mine = rated[rated["rule"] == rule]
        free = rated[rated["rule"] == NO_RULE]
        if within is not None:
            same = free[free[within].isin(mine[within].unique())]
            free = same if same["n"].sum() >= least else free
        pairs.append(
            [
                part.groupby("level")["n"].sum().reindex(list(asked.values), fill_value=0).to_numpy(float)
                for part in (mine, free)
            ]
        )
    moved = difference_table(
        np.array([one[0] for one in pairs]),
        np.array([one[1] for one in pairs]),
        values,
        unit=asked.caliber.unit,
        design_effects=(effect, effect),
    )
    table["apart"], table["apart_lower"], table["apart_upper"], table["n_control"] = (
        moved["value"],
        moved["lower"],
        moved["upper"],
        moved["n_baseline"],
    )
    own = (table["rule"] != NO_RULE) & (table["n_control"] > 0)
    table["p_adjusted"] = np.nan
    if own.any():
        table.loc[own, "p_adjusted"] = adjust(moved.loc[own, "p_value"].astype(float), "holm")
    table.loc[~own, ["apart", "apart_lower", "apart_upper"]] = np.nan
    return table
