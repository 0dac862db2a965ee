"""Is it the survey that changed? The instrument leg and the unchanged-scope leg of the artefact test."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ccsat import registers
from ccsat.cells import Asked, by_level, count_cells, level_counts
from ccsat.centre import Centre
from ccsat.estimates import Difference, difference

SHARE_MOVE = 0.10  # of a mode's or template's share, beyond its noise: an instrument change
STABLE_SHARE = 0.03  # a level whose instrument mix moved less than this, or than its noise, is unchanged
FAIR_SHARE = 0.05  # of a scale's end level that cannot vanish by better or worse ratings alone
PARTICIPATION_MOVE = 0.02
CONTROL_LIMIT = 3.0
ENOUGH = 100  # ratings per period for the unchanged scope to say anything


def instrument_leg(centre: Centre, asked: Asked) -> dict:
    """What moved in how the survey is taken between the periods.

    Returns:
        `moved` (bool), `signs`: a list of `{key, ...}`: a declared change, a mode or template whose share moved, levels
        of the scale that came or went, participation beyond its control limits; `assessed`: what could be looked at.
    """
    if asked.caliber.outcome != "rating":  # no survey takes these: how the survey is taken cannot move them
        return {"moved": False, "signs": [], "assessed": [], "participation": None}
    signs, assessed = [], []
    changes = declared(centre, asked)
    if len(centre.changes):
        assessed.append("changes")
    signs += [{"key": "declared", "change_id": row.change_id, "scope": row.scope} for row in changes.itertuples()]
    for column in ("mode", "template_version"):
        if column in centre.columns:
            assessed.append(column)
            moves = share_moves(centre, asked, column)
            moves = moves[moves["move"].abs() > CONTROL_LIMIT * moves["error"]]
            if len(moves) and abs(moves["move"]).max() > SHARE_MOVE:
                top = moves.loc[abs(moves["move"]).idxmax()]
                signs.append({"key": column, "level": top[column], "move": float(top["move"])})
    assessed.append("scale")
    signs += scale_support(centre, asked)
    shift = participation_shift(centre, asked)
    if shift is not None:
        assessed.append("participation")
        if shift["moved"]:
            signs.append({"key": "participation", **{k: v for k, v in shift.items() if k != "moved"}})
    return {"moved": bool(signs), "signs": signs, "assessed": assessed, "participation": shift}


def declared(centre: Centre, asked: Asked) -> pd.DataFrame:
    """Survey-instrument changes of the calendar from the baseline's start to the current period's end."""
    rows = centre.changes
    if rows.empty:
        return rows
    inside = (rows["at"] > pd.Timestamp(asked.baseline.first)) & (rows["at"] <= pd.Timestamp(asked.current.last))
    return rows[inside & (rows["kind"] == "survey_instrument")]


def share_moves(centre: Centre, asked: Asked, column: str, dims: Sequence[str] = ()) -> pd.DataFrame:
    """Share of each level of a column among the rated, current minus baseline, with its standard error: `*dims, column, move, error`."""
    table = centre.engine.crosstab(centre.facts, [*dims, column, asked.caliber.outcome], windows=asked.windows)
    table = table[table[asked.caliber.outcome].notna() & table[column].notna()]
    keys = [*dims, column]
    wide = table.pivot_table(index=keys, columns="period", values="n", aggfunc="sum", fill_value=0, observed=True)
    wide = wide.reindex(columns=["current", "baseline"], fill_value=0).astype(float)
    groups = [wide.index.get_level_values(d) for d in dims] or [np.zeros(len(wide))]
    sums = wide.groupby(groups, sort=False)
    whole = sums.transform("sum")
    shares = wide / whole.replace(0, np.nan)
    pooled = wide.sum(axis=1) / whole.sum(axis=1)
    moves = pd.DataFrame({"move": shares["current"] - shares["baseline"],
                          "error": np.sqrt(pooled * (1 - pooled) * (1 / whole.replace(0, np.nan)).sum(axis=1, skipna=False))})  # fmt: skip
    return moves.reset_index()


def scale_support(centre: Centre, asked: Asked) -> list[dict]:
    """Levels of the scale used in one period only though they had a fair share, or lie between used ones: another questionnaire.

    A rare end level may vanish because ratings got better or worse.
    """
    counts = count_cells(centre, asked)
    now, before = level_counts(counts, "current"), level_counts(counts, "baseline")
    signs = []
    for a, b, period in ((now, before, "current"), (before, now, "baseline")):
        total_a, total_b = sum(a.values()), sum(b.values())
        used = [k for k in a if a[k]]
        gone = [k for k in b if k not in used and used and total_b and b[k] / total_b * total_a >= 10
                and (b[k] >= FAIR_SHARE * total_b or min(used) < k < max(used))]  # fmt: skip
        if gone:
            signs.append({"key": "scale_support", "levels": gone, "period": period})
    return signs


def participation_shift(centre: Centre, asked: Asked) -> dict | None:
    """Did the share that answers move beyond its day-to-day limits? None where invitations are unknown."""
    base = next((c for c in ("delivered", "pushed") if c in centre.columns), None)
    if base is None or "participated" not in centre.columns:
        return None
    days = centre.engine.crosstab(centre.facts, ["participated"], windows=asked.windows, by_day=True, where={base: 1})
    wide = days.pivot_table(index=["period", "day"], columns="participated", values="n", aggfunc="sum", fill_value=0)
    wide = wide.reindex(columns=[0, 1], fill_value=0)
    n, x = wide.sum(axis=1), wide[1]
    totals = pd.DataFrame({"n": n, "x": x}).groupby("period").sum()
    if len(totals) < 2 or (totals["n"] < ENOUGH).any():
        return None
    rate = totals["x"] / totals["n"]
    inside = n.index.get_level_values("period") == "baseline"
    p = rate["baseline"]
    spread = ((x[inside] - n[inside] * p) ** 2 / (n[inside] * p * (1 - p))).sum() / max(inside.sum() - 1, 1)
    pooled = totals["x"].sum() / totals["n"].sum()
    error = np.sqrt(max(spread, 1.0) * pooled * (1 - pooled) * (1 / totals["n"]).sum())
    move = float(rate["current"] - rate["baseline"])
    z = move / error if error > 0 else 0.0
    return {"value": float(rate["current"]), "value_baseline": float(p), "move": move, "z": float(z), "base": base,
            "n": int(totals.loc["current", "n"]), "moved": bool(abs(z) > CONTROL_LIMIT and abs(move) > PARTICIPATION_MOVE)}  # fmt: skip


def unchanged_scope_leg(centre: Centre, asked: Asked, leg: dict, effects: dict[str, float]) -> dict:
    """Does the KPI move where the instrument did not?

    The unchanged scope is the same levels of one dimension in both periods: outside a declared change's scope, or
    where the mix of modes stayed put.

    Returns:
        `assessed` (bool), and where it is: `dim`, `levels` (unchanged), `outside` and `inside` (a `Difference` each), and
        `apart`, inside less outside.
    """
    dim, unchanged = _unchanged(centre, asked, leg)
    if not unchanged:
        return {"assessed": False}
    counts = count_cells(centre, asked, (dim,))
    kept = counts[dim].isin(unchanged)
    parts = {}
    for name, rows in (("outside", counts[kept]), ("inside", counts[~kept])):
        now, before = level_counts(rows, "current"), level_counts(rows, "baseline")
        if min(sum(now.values()), sum(before.values())) < ENOUGH:
            return {"assessed": False, "dim": dim, "levels": unchanged}
        parts[name] = difference(now, before, asked.values, unit=asked.caliber.unit,
                                 design_effects=(effects["current"], effects["baseline"]))  # fmt: skip
    return {
        "assessed": True,
        "dim": dim,
        "levels": unchanged,
        **parts,
        "apart": apart(parts["inside"], parts["outside"]),
    }


def _unchanged(centre: Centre, asked: Asked, leg: dict) -> tuple[str | None, list[str]]:
    scopes = [registers.scope(sign["scope"]) for sign in leg["signs"] if sign["key"] == "declared"]
    if not all(scopes):  # a change without a scope touches everything
        return None, []
    for dim in scopes[0] if scopes else ():  # outside every declared change, not outside one of them
        if dim in centre.dims and all(dim in scope for scope in scopes):
            keys, _ = by_level(count_cells(centre, asked, (dim,)), [dim], asked.values)
            touched = {level for scope in scopes for level in scope[dim]}
            return dim, [level for level in keys[dim].unique() if level not in touched]
    column = next((s["key"] for s in leg["signs"] if s["key"] in ("mode", "template_version")), None)
    best: tuple[float, str | None, list[str]] = (0.0, None, [])
    for dim in asked.dims if column else ():
        moves = share_moves(centre, asked, column, (dim,))
        moves["beyond"] = moves["move"].abs().where(moves["move"].abs() > 2 * moves["error"], 0.0)
        most = moves.groupby(dim, observed=True)["move"].agg(lambda m: m.abs().max())
        beyond = moves.groupby(dim, observed=True)["beyond"].max()
        stable = [level for level, move in most.items() if move < SHARE_MOVE and beyond[level] < STABLE_SHARE]
        clearly = float((most > SHARE_MOVE).sum()) / max(len(most), 1) if stable else 0.0
        clear = clearly + len(stable) / max(len(most), 1)  # every level either moved clearly or stayed
        if stable and len(stable) < len(most) and clear > best[0]:
            best = (clear, dim, stable)
    return best[1], best[2]


def flat(change: Difference) -> bool:
    """Whether an interval holds no change, or there is none."""
    return not (change.lower > 0 or change.upper < 0)


def apart(one: Difference, other: Difference) -> Difference:
    """One difference less another of other rows, with its interval (MOVER: Zou and Donner 2008, Statistics in Medicine 27, 1693)."""
    value = one.value - other.value
    lower = value - np.hypot(one.value - one.lower, other.upper - other.value)
    upper = value + np.hypot(one.upper - one.value, other.value - other.lower)
    return Difference(value, float(lower), float(upper), float("nan"), one.n, one.n_baseline)
