"""How much clustering widens the noise of a change, where the same clusters are seen in both periods."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ccsat.cells import Asked, agent_carried, cluster_of, common_effect, count_cells, design_effects, level_counts
from ccsat.centre import Centre

AGENT, CUSTOMER = "agent_id", "customer_id"
FEWEST = 10  # clusters from which their scatter says something
SEVERAL = 0.02  # of customers with several contacts may have several levels of what they carry: they moved


def change_effect(centre: Centre, asked: Asked, dims: tuple[str, ...]) -> tuple[float, str | None]:
    """The design effect for a search over these dimensions, and its cluster.

    Of what agents carry the cluster is the agent, of the rest the customer; the larger counts where dimensions are of both
    kinds. An agent who served in both periods is compared with himself: what he always was cancels in a change, and only
    how differently agents moved is noise. Agents of one period only are compared among each other.

    Returns:
        At least 1, and the column; (1, None) without clusters.

    Source:
        Variance of a difference of two means over clusters seen twice: Cochran (1977), Sampling Techniques, 12.
    """
    counts = count_cells(centre, asked)
    n = {label: sum(level_counts(counts, label).values()) for label in ("current", "baseline")}
    found = []
    for dim in {agent_carried(dim): dim for dim in dims}.values():
        if asked.is_change and cluster_of(centre, (dim,)) == AGENT:
            found.append((paired_effect(centre, asked), AGENT))
        else:
            effects, cluster = design_effects(centre, asked, (dim,))
            found.append((common_effect(effects, n), cluster))
    return max(found, key=lambda one: (one[0], one[1] or ""), default=(1.0, None))


def customer_carried(centre: Centre, asked: Asked, dim: str) -> bool:
    """Whether a dimension is the customer's own: the same in all contacts of those who came more than once. Remembered.

    One engine request over customers; asked only where a cell of this dimension was found.
    """
    key = ("customer_carried", asked.caliber.key, asked.windows, dim)
    if key not in centre.memory:
        centre.memory[key] = _customer_carried(centre, dim) if CUSTOMER in centre.columns and dim != CUSTOMER else False
    return centre.memory[key]


def _customer_carried(centre: Centre, dim: str) -> bool:
    quote = centre.engine.quote
    each = (f"SELECT {quote(CUSTOMER)} AS c, COUNT(*) AS n, COUNT(DISTINCT {quote(dim)}) AS levels FROM ({centre.facts}) f"
            f" WHERE {quote(CUSTOMER)} IS NOT NULL GROUP BY {quote(CUSTOMER)}")  # fmt: skip
    found = centre.engine.query(f"SELECT COUNT(*) AS repeated, SUM(CASE WHEN levels > 1 THEN 1 ELSE 0 END) AS several"
                                f" FROM ({each}) e WHERE n > 1").iloc[0]  # fmt: skip
    repeated = float(found["repeated"])
    return repeated >= FEWEST and float(found["several"] or 0) <= SEVERAL * repeated


def paired_effect(centre: Centre, asked: Asked) -> float:
    """Variance of the whole change over that of independent rows, from the change of each agent; at least 1. Remembered."""
    key = ("paired_effect", asked.caliber.key, asked.windows)
    if key not in centre.memory:
        outcome = asked.caliber.outcome
        table = centre.engine.crosstab(centre.facts, [AGENT, outcome], windows=asked.windows, where=asked.where)
        table = table[table[outcome].isin(list(asked.values))]
        worth = table[outcome].map(asked.values).astype(float)
        table = table.assign(s=worth * table["n"], ss=worth**2 * table["n"], agent=table[AGENT].astype(str))
        table = table[table[AGENT].notna()]
        centre.memory[key] = effect_of_change(table.groupby(["agent", "period"])[["n", "s", "ss"]].sum())
    return centre.memory[key]


def effect_of_change(sums: pd.DataFrame) -> float:
    """The same from sums per cluster and period.

    Args:
        sums: Rows (`n`), their values (`s`) and squares (`ss`); index cluster and period ("current", "baseline").

    Returns:
        At least 1; 1 with fewer than ten clusters.
    """
    wide = sums.unstack("period", fill_value=0)
    parts = {}
    variance = 0.0
    for period in ("current", "baseline"):
        if ("n", period) not in wide.columns:
            return 1.0
        n, s, ss = (wide[name, period].to_numpy(float) for name in ("n", "s", "ss"))
        mean = s.sum() / n.sum()
        variance += max(ss.sum() / n.sum() - mean**2, 0.0) / n.sum()
        parts[period] = n, s, n.sum()
    if not variance > 0:
        return 1.0
    seen = sum((n > 0).astype(int) * flag for flag, (n, _, _) in zip((1, 2), parts.values(), strict=True))
    scatter, known = 0.0, 0
    for kind in (1, 2, 3):  # only now, only before, both
        group = seen == kind
        size = int(group.sum())
        if size < 2:
            continue
        moved = np.zeros(size)
        for sign, (n, s, total) in zip((1, -1), parts.values(), strict=True):
            if n[group].sum() > 0:
                moved += sign * (s[group] - n[group] * s[group].sum() / n[group].sum()) / total
        scatter += float(moved @ moved) * size / (size - 1)
        known += size
    return max(scatter / variance, 1.0) if known >= FEWEST else 1.0
