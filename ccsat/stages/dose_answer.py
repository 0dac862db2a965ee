"""How the KPI answers to one dose: trend, step, both sides of a mark, and the move split into doses and answers."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtr

from ccsat.cells import Asked
from ccsat.estimates import interval_table
from ccsat.stages.bands import band_edges, band_of, best_step, mark_of
from ccsat.stages.evidence import SIGNIFICANT

ENOUGH_ROWS = 100


def answer_of(
    x: np.ndarray,
    y: np.ndarray,
    now: np.ndarray,
    unit: str,
    group: np.ndarray | None,
    asked: Asked,
    names: tuple[str, str],
) -> tuple[dict, pd.DataFrame] | None:
    """How the KPI answers to one metric in one cell: the row of `Doses.answers` and its bands; None with too few rows or bands."""
    from ccsat.numerics.lines import fit_linear

    both = bool(now.any() and (~now).any())
    edges = band_edges(x, unit, asked.question.min_n)
    if not len(edges) or np.ptp(y) == 0:
        return None
    band = band_of(x, edges)
    shaped = _shaped(x)
    period = [now.astype(float)] if both else []
    fit = lambda *columns, rows=slice(None): fit_linear(
        np.column_stack([np.ones(len(y))[rows], *(c[rows] for c in columns)]),
        y[rows],
        cluster=None if group is None else np.unique(group[rows], return_inverse=True)[1],
    )
    z = (shaped - shaped.mean()) / shaped.std()
    rank = pd.Series(x).rank().to_numpy()
    rank = (rank - rank.mean()) / rank.std()
    line = fit(rank, *period)
    p = _two_sided(line.beta[1], line.se[1])
    trend = float(np.corrcoef(rank, pd.Series(y).rank())[0, 1])
    table = _bins(x, y, now, band, asked, names, both)
    step = (
        best_step(x, y, group, rng=np.random.default_rng(asked.question.seed))
        if p < SIGNIFICANT and unit != "yes_no"
        else (np.nan,) * 3
    )
    mark = mark_of(x, y, unit, asked.question.min_n, step[0])
    at = mark if mark == mark else step[0] if step[0] == step[0] else edges[len(edges) // 2]
    above = (x > at).astype(float)
    apart = fit(above, *period)
    below = float(y.mean() - apart.beta[1] * above.mean())  # both periods at their share of the rows
    move = _moved(shaped, y, band, now, asked) if both else {"moved_p": np.nan, "dose_points": np.nan, "dose_points_lower": np.nan,
                                                             "dose_points_upper": np.nan, "same_dose_points": np.nan}  # fmt: skip
    middle = np.mean if unit == "yes_no" else np.median
    answer = {"n": len(x), "trend": trend, "p_value": p, "monotone": _monotone(table, trend, names[0]), "threshold": step[0], "threshold_lower": step[1],
              "threshold_upper": step[2], "mark": float(at), "n_below": int((above == 0).sum()), "n_above": int(above.sum()),
              "value_below": below, "value_above": below + float(apart.beta[1]), "difference": float(apart.beta[1]),
              "lower": float(apart.beta[1] - 1.96 * apart.se[1]), "upper": float(apart.beta[1] + 1.96 * apart.se[1]),
              "stake": float(apart.beta[1]) * float(above[now].mean() if now.any() else above.mean()), "dose_now": float(middle(x[now])) if now.any() else np.nan,
              "dose_before": float(middle(x[~now])) if both else np.nan, **move, **_slopes(fit, z, now, both and p < SIGNIFICANT)}  # fmt: skip
    return answer, table


def _shaped(x: np.ndarray) -> np.ndarray:
    return np.log1p(x) if x.min() >= 0 and pd.Series(x).skew() > 2 else x


def _two_sided(value: float, error: float) -> float:
    return float(2 * ndtr(-abs(value) / error)) if error > 0 else 1.0


def _slopes(fit, z: np.ndarray, now: np.ndarray, both: bool) -> dict:
    """The slope in each period, and whether it held: both of one sign beyond noise, or apart beyond noise, or neither."""
    found = {}
    for name, rows in (("now", now), ("before", ~now)):
        usable = both and rows.sum() >= ENOUGH_ROWS and np.ptp(z[rows]) > 0
        line = fit(z, rows=rows) if usable else None
        found[f"slope_{name}"] = float(line.beta[1]) if usable else np.nan
        found[f"slope_{name}_p"] = _two_sided(line.beta[1], line.se[1]) if usable else np.nan
        found[f"_{name}"] = float(line.se[1]) if usable else np.nan
    apart = _two_sided(
        found["slope_now"] - found["slope_before"], float(np.hypot(found.pop("_now"), found.pop("_before")))
    )
    known = both and found["slope_before"] == found["slope_before"] and found["slope_now"] == found["slope_now"]
    same = (
        known
        and found["slope_now"] * found["slope_before"] > 0
        and max(found["slope_now_p"], found["slope_before_p"]) < SIGNIFICANT
    )
    held = "yes" if same else "no" if known and apart < SIGNIFICANT else "undecided"
    return {**found, "slope_change_p": apart if known else np.nan, "held": held}


def _moved(shaped: np.ndarray, y: np.ndarray, band: np.ndarray, now: np.ndarray, asked: Asked) -> dict:
    """Kitagawa's split over the bands: moved doses at the mean answer, and moved answers at the mean dose."""
    k = int(band.max()) + 1
    n = np.array([np.bincount(band[rows], minlength=k) for rows in (now, ~now)], float)
    sums = np.array([np.bincount(band[rows], y[rows], minlength=k) for rows in (now, ~now)])
    pooled = sums.sum(0) / np.maximum(n.sum(0), 1)
    value = np.where(n > 0, sums / np.maximum(n, 1), pooled)
    share = n / n.sum(axis=1, keepdims=True)
    mean = value.mean(0)
    dose = float(((share[0] - share[1]) * mean).sum())
    error = np.sqrt(sum(float((s * mean**2).sum() - (s * mean).sum() ** 2) / m for s, m in zip(share, n.sum(1), strict=True))
                    + float(((share[0] - share[1]) ** 2 * y.var() / np.maximum(n.sum(0), 1)).sum()))  # fmt: skip
    gap = shaped[now].mean() - shaped[~now].mean()
    noise = np.sqrt(shaped[now].var() / now.sum() + shaped[~now].var() / (~now).sum())
    return {"moved_p": _two_sided(gap, noise), "dose_points": dose, "dose_points_lower": dose - 1.96 * error, "dose_points_upper": dose + 1.96 * error,
            "same_dose_points": float((share.mean(0) * (value[0] - value[1])).sum())}  # fmt: skip


def _bins(
    x: np.ndarray, y: np.ndarray, now: np.ndarray, band: np.ndarray, asked: Asked, names: tuple[str, str], both: bool
) -> pd.DataFrame:
    """The KPI of each band and period with its interval."""
    values = np.unique(list(asked.values.values()))
    k, levels = int(band.max()) + 1, len(values)
    parts = [
        (name, rows) for name, rows in zip(names, (now, ~now), strict=True) if rows.any() and (name == names[0] or both)
    ]
    place = np.abs(y[:, None] - values).argmin(1)
    cell = sum(np.where(rows, i * k, 0) for i, (_, rows) in enumerate(parts)) + band
    used = np.logical_or.reduce([rows for _, rows in parts])
    x, cell, place = x[used], cell[used], place[used]
    counts = np.bincount(cell * levels + place, minlength=len(parts) * k * levels).reshape(-1, levels)
    there = np.flatnonzero(counts.sum(1))
    size = counts.sum(1)[there]
    shown = interval_table(counts[there], values, unit=asked.caliber.unit)[["value", "lower", "upper"]]
    ordered = x[np.lexsort((x, cell))]  # of each cell from its least dose to its largest
    ends = np.cumsum(size)
    doses = {"bin": there % k, "dose_from": ordered[ends - size], "dose_to": ordered[ends - 1],
             "dose": np.bincount(cell, x, minlength=len(counts))[there] / size, "n": size}  # fmt: skip
    columns = doses | {name: shown[name].to_numpy() for name in shown}
    return pd.DataFrame(columns | {"period": np.array([name for name, _ in parts], dtype=object)[there // k]})


def _monotone(table: pd.DataFrame, trend: float, period: str) -> bool:
    """Whether no band goes against the trend by more than the two intervals leave open."""
    here = (table["period"] == period).to_numpy()
    lower, upper = (table[name].to_numpy()[here] for name in ("lower", "upper"))
    against = lower[1:] > upper[:-1] if trend < 0 else upper[1:] < lower[:-1]
    return not bool(against.any())
