"""Agents compared on equal work: what a kind of work adds is taken off, small numbers are drawn towards all, and who cannot be ranked is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ccsat.cells import Asked, agent_carried, ask
from ccsat.centre import Centre
from ccsat.engine import NULL_LEVEL
from ccsat.errors import ColumnError, DataError, listing, suggestion
from ccsat.methods.agents import _ranks, posterior
from ccsat.numerics.variance_components import components, no_clusters_chance, units_of
from ccsat.question import Question
from ccsat.results import Result, result_class
from ccsat.touchpoints.channels import cell_words, within
from ccsat.wording import count, p_words, points, text

FEW_UNITS = 10
ALONE = 0.5  # share of an agent's ratings from work that nobody else has, above which nothing can be compared
Z95 = 1.959963984540054


@result_class
class AgentRanking(Result):
    """Agents on equal work. The table holds who may be ranked, the lowest first.

    Columns: `agent, n, value` (as it is)`, expected` (of the whole's agents on this agent's work)`, adjusted` (what the value would be on average work)`,
    shrunken, lower, upper` (adjusted, drawn towards all; 95 %)`, rank, rank_lower, rank_upper` (1 the lowest)`, rank_plain` (by `value`)`, apart` (whether
    the interval leaves out the mean of all).

    Attributes:
        not_rankable: `agent, n, why`: "few" (ratings below the least), or "alone" (most of the work is done by nobody else).
        counts: agents, rankable, few, alone, apart, least.
        spread: `value, lower, upper`: the standard deviation between agents, beyond chance and work.
        p_value: Of agents not differing. mix: What was held equal. mean: Of all agents. unit: Of the KPI.
    """

    not_rankable: pd.DataFrame
    counts: Mapping[str, int]
    spread: Mapping[str, float]
    p_value: float
    mix: tuple[str, ...]
    mean: float
    unit: str

    @property
    def differ(self) -> bool:
        """Whether agents differ beyond chance: without that, an order of them is luck."""
        return self.p_value < 0.05

    def sentence(self) -> str:
        said = {key: count(value) for key, value in self.counts.items()}
        spread = {key: points(value, self.unit, sign=False) for key, value in self.spread.items()}
        key = "none" if not self.counts["rankable"] else "differ" if self.differ else "alike"
        return text(
            f"phone.ranking_{key}",
            **said,
            spread=spread["value"],
            low=spread["lower"],
            high=spread["upper"],
            p=p_words(self.p_value),
        )

    def notes(self) -> list[str]:
        """What to mind, in words."""
        return [text(key, **values) for key, values in self.caveats]


def rank_agents_on_equal_work(
    centre: Centre, question: Question | Asked, *, mix: Sequence[str] | None = None, where: Mapping | None = None, least: int | None = None
) -> AgentRanking:  # fmt: skip
    """Who stands apart once agents are compared on the same work, and who cannot be ranked at all?

    What a kind of work adds to a rating is estimated within agents (each agent's own ratings on one kind against the same agent's on
    another), so that good agents with hard work are not taken for hard work. What is left is drawn towards all, by how far agents differ at all.

    Args:
        mix: What to hold equal: dimensions of the contact or customer. By default all that agents do not carry, and `complexity`.
        where: Cell; by default the phone. {} for every contact.
        least: Ratings below which nobody is ranked; by default the question's `min_n`.

    Returns:
        `AgentRanking`, of the question's current period.

    Raises:
        ColumnError: The data name no agents, or lack a column of `mix`. DataError: Fewer than three agents have ratings.

    Assumes:
        Work adds to a rating what it adds with every agent; what the data do not hold about a contact is alike for all. An agent's
        interval leaves out the (small) doubt about the work's own coefficients.

    Source:
        Iezzoni (2013), Risk Adjustment, ch. 11; shrinkage and ranks: Efron and Morris (1975); Goldstein and Spiegelhalter (1996).
    """
    asked = question if isinstance(question, Asked) else ask(centre, question)
    if "agent_id" not in centre.columns:
        raise ColumnError("touch_no_agents", known=listing(centre.columns))
    mix = tuple(work_columns(centre) if mix is None else mix)
    for name in mix:
        if name not in centre.columns:
            raise ColumnError(
                "touch_mix", column=name, near=suggestion(name, centre.columns) or "–", known=listing(centre.dims)
            )
    cell, least = within(centre, "phone", where), asked.question.min_n if least is None else int(least)
    outcome = asked.caliber.outcome
    rows = centre.engine.crosstab(centre.facts, ["agent_id", *mix, outcome], windows=[w for w in asked.windows if w.label == "current"], where={**(asked.where or {}), **cell})  # fmt: skip
    rows = rows[rows[outcome].notna() & rows["agent_id"].notna() & (rows["agent_id"] != NULL_LEVEL)].reset_index(
        drop=True
    )
    y = rows[outcome].astype(float).astype(int).map(asked.values).to_numpy(float) if len(rows) else np.array([])
    rows, y = rows[~np.isnan(y)].reset_index(drop=True), y[~np.isnan(y)]
    code, names = pd.factorize(rows["agent_id"], sort=True)
    if len(names) < 3:
        raise DataError("touch_few_agents", n=len(names), cell=cell_words(cell))
    w = rows["n"].to_numpy(float)
    lift, alone = _work(rows, mix, y, w, code, len(names))
    n = np.bincount(code, w)
    value, carried = np.bincount(code, w * y) / n, np.bincount(code, w * lift) / n
    units = units_of(y - lift, code, w)
    if not units.within > 0:
        raise DataError("touch_equal", cell=cell_words(cell))
    fit = components(units)
    drawn, sd = posterior(units, fit)
    enough, lone = n >= least, alone / n > ALONE
    may = enough & ~lone
    why = np.where(~enough, "few", "alone")
    rank, low, high = _ranks(drawn[may], sd[may]) if may.any() else (np.array([]),) * 3
    table = pd.DataFrame({"agent": names[may], "n": n[may].astype(int), "value": value[may], "expected": fit.mean + carried[may], "adjusted": value[may] - carried[may],
                          "shrunken": drawn[may], "lower": drawn[may] - Z95 * sd[may], "upper": drawn[may] + Z95 * sd[may], "rank": rank, "rank_lower": low, "rank_upper": high,
                          "rank_plain": pd.Series(value[may]).rank().to_numpy()})  # fmt: skip
    ends = min(asked.values.values()), max(asked.values.values())
    table[["lower", "upper"]] = table[["lower", "upper"]].clip(*ends)
    table["apart"] = (table["lower"] > fit.mean) | (table["upper"] < fit.mean)
    table = table.sort_values(["shrunken", "agent"], ascending=[asked.sign > 0, True], ignore_index=True)
    out = pd.DataFrame({"agent": names[~may], "n": n[~may].astype(int), "why": why[~may]}).sort_values(
        ["n", "agent"], ignore_index=True
    )
    counts = {"agents": len(names), "rankable": int(may.sum()), "few": int((~enough).sum()), "alone": int((enough & lone).sum()), "apart": int(table["apart"].sum()), "least": least}  # fmt: skip
    between = [float(np.sqrt(fit.within * icc / (1 - icc))) if icc < 1 else np.inf for icc in (fit.lower, fit.upper)]
    caveats = [("caveat.agents_equal_work", {"mix": listing(mix, 12) or "–"})]
    if len(names) < FEW_UNITS:
        caveats.append(("caveat.mean_few_units", {"n": len(names), "column": "agent_id"}))
    if {"agent_id", str(centre.study.columns.agent_id)} & {*centre.study.privacy.hide}:
        places = {
            name: text("phone.agent_number", n=place) for place, name in enumerate([*table["agent"], *out["agent"]], 1)
        }
        table, out = table.assign(agent=table["agent"].map(places)), out.assign(agent=out["agent"].map(places))
        caveats.append(("caveat.agents_numbered", {}))
    return AgentRanking(table=table, not_rankable=out, counts=counts, spread={"value": float(np.sqrt(fit.between)), "lower": between[0], "upper": between[1]},
                        p_value=no_clusters_chance(units)[1], mix=mix, mean=fit.mean, unit=asked.caliber.unit, caveats=tuple(caveats))  # fmt: skip


def work_columns(centre: Centre) -> list[str]:
    """What a contact is about and whom it is with: the finest dimensions that agents do not carry, and how complex it is."""
    coarse = {dim for parts in centre.study.hierarchies.values() for dim in parts[:-1]}
    found = [dim for dim in centre.dims if not agent_carried(dim) and dim not in coarse]
    return [*found, *(["complexity"] if "complexity" in centre.columns and "complexity" not in found else [])]


def _work(
    rows: pd.DataFrame, mix: Sequence[str], y: np.ndarray, w: np.ndarray, code: np.ndarray, agents: int
) -> tuple[np.ndarray, np.ndarray]:
    """What each row's work adds to its score, 0 on average; and each agent's ratings on work that nobody else has."""
    columns, alone = [], np.zeros(len(rows), bool)
    for name in mix:
        level, levels = pd.factorize(rows[name].astype("str").fillna(NULL_LEVEL))
        whose = pd.DataFrame({"level": level, "agent": code}).drop_duplicates().groupby("level").size()
        alone |= (whose.reindex(range(len(levels))).to_numpy() < 2)[level]
        common = int(np.bincount(level, w).argmax())
        columns += [(level == k).astype(float) for k in range(len(levels)) if k != common]
    lone = np.bincount(code, w * alone, minlength=agents)
    if not columns:
        return np.zeros(len(rows)), lone
    x, total = np.column_stack(columns), np.bincount(code, w, minlength=agents)
    means = np.column_stack([np.bincount(code, w * one, minlength=agents) / total for one in x.T])
    inside, root = x - means[code], np.sqrt(w)
    beta = np.linalg.lstsq(root[:, None] * inside, root * y, rcond=1e-9)[0]
    lift = x @ beta
    return lift - np.average(lift, weights=w), lone
