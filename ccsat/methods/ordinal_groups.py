"""Groups compared by an ordered logit, with what else differs between them held equal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ccsat.estimates import adjust as adjusted_p
from ccsat.methods.answer import Answer
from ccsat.methods.ordinal_design import make_design
from ccsat.methods.ordinal_models import answer_from
from ccsat.scales import Column


def compare_ordered_logit(
    table: pd.DataFrame, outcome: Column, by: Column, *, adjust: Sequence[Column] = (), weights: str | None = None,
    weight_kind: str = "sampling", cluster: str | bool | None = None, top_from: object = None,
) -> Answer:  # fmt: skip
    """Do groups answer differently when what else differs between them is held equal?

    Args:
        adjust: Columns to hold equal (confounders, not what the group itself changes).
        weights, weight_kind, cluster, top_from: As `ordered_logit`.

    Returns:
        One row a group: `group, reference, odds_ratio, lower, upper, p_value, p_adjusted` (against the reference, the
        largest group; Holm), `top_share, top_share_lower, top_share_upper` (adjusted), `n` rows. The effect is the odds ratio
        between the two groups that differ most clearly, with Scheffe's interval, which holds although they were chosen for it.
        `extra` as `ordered_logit`.

    Raises:
        As `ordered_logit`.

    Source:
        McCullagh (1980), JRSS B 42, 109-142; Scheffe (1953), Biometrika 40, 87-104.
    """
    chosen = table.assign(**{str(by): _as_groups(table, by)}) if str(by) in table.columns else table
    design = make_design(
        chosen,
        outcome,
        [by, *adjust],
        method="compare_ordered_logit",
        weights=weights,
        weight_kind=weight_kind,
        cluster=cluster,
    )
    whole = answer_from(design, "logit", "compare_ordered_logit", top_from, True)
    name, own = str(by), whole.table[whole.table["driver"] == str(by)]
    reference = own["reference"].iloc[0]
    groups = design.sample.rows[name].astype(object)
    counts = groups.value_counts()
    shares = whole.extra["shares"]
    top = whole.extra["top_levels"]
    rows = []
    for group in [reference, *own["level"]]:
        line = own[own["level"] == group]
        get = lambda key, at=line: float(at[key].iloc[0]) if len(at) else np.nan
        of = shares[(shares["driver"] == name) & (shares["at"] == group) & (shares["level"] == top[0])].iloc[0]
        rows.append({"group": group, "reference": reference, "odds_ratio": 1.0 if group == reference else get("odds_ratio"),
                     "lower": get("lower"), "upper": get("upper"), "p_value": get("p_value"), "top_share": of["top_share"],
                     "top_share_lower": of["top_share_lower"], "top_share_upper": of["top_share_upper"], "n": int(counts[group])})  # fmt: skip
    found = pd.DataFrame(rows)
    found.insert(6, "p_adjusted", adjusted_p(found["p_value"], "holm"))
    fields = {
        key: getattr(whole, key) for key in Answer.__dataclass_fields__ if key not in ("table", "columns", "family")
    }
    return Answer(
        **fields,
        table=found,
        columns={"outcome": str(outcome), "by": name, "adjust": [str(c) for c in adjust]},
        family="ordinal_groups",
    )


def _as_groups(table: pd.DataFrame, by: Column) -> pd.Series:
    """Groups as names, so that numbers (months, yes/no) are not read as an amount."""
    column = table[str(by)]
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.astype(pd.CategoricalDtype(column.cat.categories, ordered=False))
    return column.astype(object).where(column.notna(), None).map(str, na_action="ignore")
