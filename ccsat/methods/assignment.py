"""Who happened to take the call: an effect free of what customers and contacts bring along, under assumptions it says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ccsat.errors import DataError, listing
from ccsat.estimates import adjust as adjusted_p
from ccsat.methods.answer import Answer, Assumption, Effect
from ccsat.methods.designs import design_of
from ccsat.methods.ordinal_inference import detectable, limits, p_two_sided
from ccsat.methods.regression_design import as_number, few_clusters, sample_of
from ccsat.numerics.instrument import leave_one_out, two_stage, within
from ccsat.numerics.lines import sum_clusters
from ccsat.scales import Column, Scale, scale_of

STRONG = 10.0  # first-stage F below which an instrument is called weak


def agent_instrument(
    table: pd.DataFrame, outcome: Column, treatment: Column, *, agent: str, within_cells: Sequence[Column], adjust: Sequence[Column] = (),
    balance: Sequence[Column] = (), top_from: object = None, event: object = None,
) -> Answer:  # fmt: skip
    """What does solving a contact do to the rating, judged by which agent happened to take it?

    Within a queue and hour contacts go to agents almost at random. An agent's tendency to solve other contacts is then an
    instrument for solving this one: two-stage least squares within cells, errors by leaving out one agent
    after another.

    Args:
        outcome: A number; or yes/no, as share, by bool, `top_from` or `event`.
        treatment: What the contact got: yes/no (resolved) or a number.
        agent: Column of agents. within_cells: Columns within which assignment is as good as random, e.g. queue and hour.
        adjust: Columns held equal besides. balance: Columns known before assignment, that must not go with the instrument.

    Returns:
        One row an estimate: `estimate` ("instrument", "plain": least squares in the same cells, "first_stage") `, value, se, lower, upper,
        p_value, n`. Effects: by instrument, with Anderson and Rubin's interval, which holds for weak instruments too (infinite where
        the data say nothing), and plain. Statistic: `first_F`, p of the effect; `extra`: `balance` (`column, value, se, p_value, p_adjusted, n`:
        what a standard deviation of the instrument moves each column by, in its standard deviations), `agents` (`agent, n, tendency`).

    Raises:
        ScaleError: A weaker outcome. DataError: Too few agents, or no cell with two of them.

    Source:
        Dahl, Kostol and Mogstad (2014), QJE 129, 1711-1752 (leave-one-out tendencies); Staiger and Stock (1997), Econometrica
        65, 557-586; Anderson and Rubin (1949), Annals of Mathematical Statistics 20, 46-63.
    """
    cells = (
        [within_cells]
        if isinstance(within_cells, str) or not isinstance(within_cells, Sequence)
        else list(within_cells)
    )
    wanted = list(dict.fromkeys(map(str, [*cells, *adjust, *balance])))
    sample = sample_of(table, [outcome, treatment, *wanted], method="agent_instrument", cluster=agent)
    y, hit = as_number(sample.rows[str(outcome)], method="agent_instrument", top_from=top_from, event=event)
    t = as_number(sample.rows[str(treatment)], method="agent_instrument")[0]
    cell = sample.rows.groupby([str(c) for c in cells], observed=True, sort=True).ngroup().to_numpy()
    z = leave_one_out(t, sample.cluster, cell)
    pairs = np.unique(np.column_stack([cell, sample.cluster]), axis=0)[:, 0]
    shared = np.bincount(pairs, minlength=int(cell.max()) + 1)[cell] > 1
    kept = np.isfinite(z) & shared
    code = pd.factorize(sample.cluster[kept])[0]
    groups = int(code.max()) + 1 if kept.any() else 0
    if groups < 5 or np.ptp(t[kept]) == 0 or np.ptp(z[kept]) == 0:
        raise DataError("regression_assignment", agents=groups, rows=int(kept.sum()), cells=listing(cells))
    inner = pd.factorize(cell[kept])[0]
    controls = (
        design_of(sample, adjust, method="agent_instrument").x[kept, 1:] if adjust else np.empty((int(kept.sum()), 0))
    )
    flat = within(np.column_stack([y[kept], t[kept], z[kept], controls]), inner)
    fit = two_stage(flat[:, 0], flat[:, 1], flat[:, 2], flat[:, 3:], code)
    df = fit.df
    rows = []
    for name, value, se in (
        ("instrument", fit.value, fit.se),
        ("plain", fit.plain, fit.plain_se),
        ("first_stage", fit.first, fit.first_se),
    ):
        low, high = limits(np.array(value), np.array(se), df)
        rows.append(
            {
                "estimate": name,
                "value": value,
                "se": se,
                "lower": float(low),
                "upper": float(high),
                "p_value": float(p_two_sided(value, se, df)),
                "n": int(kept.sum()),
            }
        )
    balanced = _balance(sample.rows[kept], balance, flat[:, 2], inner, code, df)
    off = balanced.loc[balanced["p_adjusted"] < 0.05, "column"] if len(balanced) else []
    strength = (fit.first / fit.first_se) ** 2 if fit.first_se > 0 else np.inf
    checks = (Assumption("regression_instrument_strong", bool(strength >= STRONG and fit.first > 0), {"F": round(float(strength), 1)}),
              Assumption("regression_balanced", None if not len(balanced) else not len(off), {"columns": listing(off) or "–"}))  # fmt: skip
    names = pd.Series(
        table[agent].to_numpy()[table.index.get_indexer(sample.rows.index)] if table.index.is_unique else sample.cluster
    )[kept]
    agents = (
        pd.DataFrame({"agent": names.to_numpy(), "tendency": flat[:, 2]})
        .groupby("agent")
        .agg(n=("tendency", "size"), tendency=("tendency", "mean"))
        .reset_index()
    )
    caveats = (*sample.caveats, ("caveat.regression_exclusion", {"treatment": str(treatment)}), *few_clusters(sample))
    if not balance:
        caveats = (*caveats, ("caveat.regression_balance_unasked", {}))
    limits_ = fit.limits
    return Answer(
        method="agent_instrument", table=pd.DataFrame(rows), assumptions=checks, caveats=caveats, detectable=detectable(fit.se, df),
        columns={"outcome": str(outcome), "treatment": str(treatment), "agent": agent, "within": [str(c) for c in cells], **({"hit": hit} if hit else {})},
        statistic={"t": fit.value / fit.se if fit.se > 0 else np.nan, "df": df, "p_value": rows[0]["p_value"], "first_F": float(strength)},
        effects=(Effect("regression_instrument", fit.value, *limits_), Effect("regression_plain", fit.plain, rows[1]["lower"], rows[1]["upper"])),
        family="regression_balance" if len(balanced) else None, extra={"balance": balanced, "agents": agents},
        **{**sample.names, "n": int(kept.sum()), "clusters": groups, "dropped": (*sample.dropped, *((("regression_alone", int((~kept).sum())),) if not kept.all() else ()))},
    )  # fmt: skip


def _balance(
    rows: pd.DataFrame, columns: Sequence[Column], z: np.ndarray, cell: np.ndarray, code: np.ndarray, df: float
) -> pd.DataFrame:
    """What a standard deviation of the instrument moves each column by, in the column's standard deviations."""
    found, groups = [], int(code.max()) + 1
    unit = z / z.std()
    for column in map(str, columns):
        for name, values in _as_columns(rows[column], column):
            if values.std() == 0:
                continue
            v = within((values / values.std())[:, None], cell)[:, 0]
            slope = float(unit @ v / (unit @ unit))
            moves = sum_clusters((unit * (v - slope * unit) / (unit @ unit))[:, None], code)
            se = float(np.sqrt(groups / (groups - 1) * (moves**2).sum()))
            found.append(
                {"column": name, "value": slope, "se": se, "p_value": float(p_two_sided(slope, se, df)), "n": len(v)}
            )
    frame = pd.DataFrame(found, columns=["column", "value", "se", "p_value", "n"])
    frame.insert(4, "p_adjusted", adjusted_p(frame["p_value"]) if len(frame) else [])
    return frame


def _as_columns(column: pd.Series, name: str):
    if scale_of(column) == Scale.INTERVAL or pd.api.types.is_bool_dtype(column.dtype):
        yield name, column.to_numpy(float)
        return
    for level in sorted(column.unique(), key=str):
        yield f"{name}: {level}", (column == level).to_numpy(float)
