"""Agents: are there differences beyond chance, and who stands apart once small numbers are shrunk?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ccsat.cells import Asked, by_level, count_cells
from ccsat.centre import Centre
from ccsat.engine import NULL_LEVEL
from ccsat.estimates import adjust
from ccsat.numerics.shrinkage import shrink_rates
from ccsat.results import Result, result_class
from ccsat.stages.evidence import SIGNIFICANT
from ccsat.wording import count, p_words, text

COLUMNS = ["agent", "n", "value", "shrunken", "lower", "upper", "p_value", "p_adjusted"]


@result_class
class Agents(Result):
    """Agents who stand apart from the others of the current period; empty where nobody may be ranked.

    The table: `agent, n, value` (as they are)`, shrunken, lower, upper` (drawn towards all, 95 %)`, p_value, p_adjusted`. `reason`: why none is
    there ("none_enough", "none_signal", "none_apart"), or "sentence". `counts`: agents, those with enough ratings, too few, the most ratings,
    those apart. `p_value`: of no difference among those with enough.
    """

    reason: str
    counts: dict
    p_value: float

    def sentence(self) -> str:
        values = {k: count(v) for k, v in self.counts.items()}
        return text(f"agents.{self.reason}", **values, p=p_words(self.p_value))


def rank_agents(centre: Centre, question: Asked) -> Agents | None:
    """Does any agent stand apart, given how few ratings one has? None where the data name no agents.

    Only agents with the question's `min_n` ratings are looked at, and only where they differ among themselves beyond chance; then those whose
    own p-value, corrected for all, and whose shrunken interval both leave out the mean of all.

    Assumes:
        Nothing about what agents handle: a caveat says so.

    Source:
        METHODS 3, rows 6 and 17; shrinkage: Griffin and Krutchkoff (1971), Biometrika 58, 597-604.
    """
    if "agent_id" not in centre.columns:
        return None
    counts = count_cells(centre, question, ("agent_id",))
    counts = counts[(counts["period"] == "current") & (counts["agent_id"] != NULL_LEVEL)]
    if counts.empty:
        return None
    keys, matrix = by_level(counts, ["agent_id"], question.values)
    values = np.array(list(question.values.values()), float)
    unit = (values - values.min()) / np.ptp(values)  # every caliber as a share of its range
    n, hits = matrix.sum(1), matrix @ unit
    least = question.question.min_n
    enough = n >= least
    told = {
        "agents": len(n),
        "enough": int(enough.sum()),
        "few": int((~enough).sum()),
        "most": int(n.max()),
        "min_n": least,
        "apart": 0,
    }
    empty = pd.DataFrame(columns=COLUMNS)
    if enough.sum() < 2:
        return Agents(table=empty, reason="none_enough", counts=told, p_value=float("nan"))
    from scipy.special import chdtrc, ndtr

    mean = hits.sum() / n.sum()
    spread = max(float((matrix.sum(0) @ (unit - mean) ** 2) / n.sum()), 1e-12)
    z = (hits[enough] / n[enough] - mean) / np.sqrt(spread / n[enough] * (1 - n[enough] / n.sum()))
    own_mean = hits[enough].sum() / n[enough].sum()
    p = float(chdtrc(enough.sum() - 1, float((n[enough] * (hits[enough] / n[enough] - own_mean) ** 2).sum()) / spread))
    if p >= SIGNIFICANT:
        return Agents(table=empty, reason="none_signal", counts=told, p_value=p)
    table = shrink_rates(hits[enough], n[enough])
    low, width = values.min(), float(np.ptp(values))
    table[["value", "shrunken", "lower", "upper"]] = low + width * table[["value", "shrunken", "lower", "upper"]]
    table = table.assign(
        agent=keys.loc[enough, "agent_id"].to_numpy(), n=n[enough].astype(int), p_value=2 * ndtr(-np.abs(z))
    )
    table["p_adjusted"] = adjust(table["p_value"])
    whole = low + width * mean
    apart = (table["p_adjusted"] < SIGNIFICANT) & ((table["lower"] > whole) | (table["upper"] < whole))
    told["apart"] = int(apart.sum())
    hidden = "agent_id" in centre.study.privacy.hide or str(centre.study.columns.agent_id) in centre.study.privacy.hide
    shown = (
        empty
        if hidden
        else table[apart].sort_values("shrunken", ascending=question.sign > 0)[COLUMNS].reset_index(drop=True)
    )
    caveats = [("caveat.agents_mix", {})] if apart.any() else []
    if hidden and apart.any():
        caveats.append(("caveat.agents_withheld", {}))
    return Agents(
        table=shown, reason="sentence" if apart.any() else "none_apart", counts=told, p_value=p, caveats=tuple(caveats)
    )
