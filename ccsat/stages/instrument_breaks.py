"""Where and when did the way of asking change? Found in the data, without a ledger of changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from ccsat.cells import Asked, agent_carried
from ccsat.centre import Centre
from ccsat.engine import NULL_LEVEL, Window
from ccsat.stages.instrument_marks import TEXTS, Mark, daily_marks, mark_counts, mark_values, marks
from ccsat.stages.timing import find_break

ENOUGH = 100  # rows a period for a level to be looked at
CONTROL_LIMIT = 3.0
CELL_LIMIT = 4.0  # the same for the largest of many cells: 1 % over about 150
STABLE_SHARE = 0.03  # a level that moved less than this, or than its noise, is unchanged
PART_OF_MOST = 0.4  # of the largest move, from which a level counts as moved
MOST_LEVELS = 60


@dataclass(frozen=True)
class Shift:
    """A mark that moved between the periods.

    Attributes:
        value, value_baseline: Share of the mark inside the scope. level: The value that moved most, of a column with several.
        z: Move over its error, days that scatter allowed for. n: Rows of the current period inside.
        scope: `{dimension: levels}` where it moved; empty where it moved everywhere. day: First day of the new way, where it
            shows. share: Part of the contacts that it touches.
    """

    key: str
    level: str | None
    value: float
    value_baseline: float
    z: float
    n: int
    scope: dict[str, list[str]]
    day: date | None
    share: float
    base: str | None

    @property
    def move(self) -> float:
        return self.value - self.value_baseline


def find_shifts(centre: Centre, asked: Asked) -> list[Shift]:
    """Every mark that moved beyond its noise between the periods, whole or in a part, with its scope and day.

    A move that goes away within the levels of one dimension is a change of mix, not of the instrument.
    """
    found = [shift for mark in marks(centre) for shift in _shift(centre, asked, mark)]
    return [one for one in found if not (one.key == "participation" and any(_covers(other, one) for other in found))]


def _covers(other: Shift, one: Shift) -> bool:
    """Whether a mode or template changed where participation moved: one change, not two."""
    return other.key in TEXTS and other.scope == one.scope


def _shift(centre: Centre, asked: Asked, mark: Mark) -> list[Shift]:
    dims = [d for d in asked.dims if d != mark.column]
    tables = mark_counts(centre, asked, mark, [(), *((d,) for d in dims)])
    whole = tables.pop(())
    if whole["n"].groupby(whole["period"]).sum().reindex(["current", "baseline"], fill_value=0).min() < ENOUGH:
        return []
    level = _moved_level(whole, mark)
    if level is None:
        return []
    dims = [d for d in dims if tables[(d,)][d].nunique() <= MOST_LEVELS]
    total, parts = moves(whole, [], level), {d: moves(tables[(d,)], [d], level) for d in dims}
    if not _any_beyond([total, *parts.values()], mark):
        return []
    scatter = _scatter(centre, asked, mark, level)
    parts = {d: _scattered(part, scatter) for d, part in parts.items()}
    total = _scattered(total, scatter).iloc[0]
    within = [float(np.average(part["move"].abs(), weights=part["n"])) for part in parts.values() if part["n"].sum()]
    beyond = abs(total["z"]) > CONTROL_LIMIT and abs(total["move"]) > mark.least
    beyond = beyond and min(within, default=mark.least) > mark.least / 2
    dim, moved = _best(parts, mark)
    if dim is None:
        return [_made(centre, asked, mark, level, {}, total, 1.0)] if beyond else []
    scope = {dim: moved}
    inside = _pairs(centre, asked, mark, level, scope, dims, scatter)
    scope |= inside
    table = mark_counts(centre, asked, mark, [()], where=scope)[()]
    now = _scattered(moves(table, [], level), scatter).iloc[0]
    share = float(now["n"] / total["n"])
    return [_made(centre, asked, mark, level, scope, now, share)]


def _any_beyond(found: list[pd.DataFrame], mark: Mark) -> bool:
    """Whether the whole or any level moved, before days that scatter are allowed for."""
    return any(
        ((part["z"].abs() > CONTROL_LIMIT) & (part["move"].abs() > min(mark.least, mark.least_cell) / 2)).any()
        for part in found
    )


def _moved_level(table: pd.DataFrame, mark: Mark) -> int | None:
    """The number of the mark's value whose share moved most; 1 of a flag."""
    if mark.key not in TEXTS:
        return 1
    wide = table.pivot_table(index="mark", columns="period", values="n", aggfunc="sum", fill_value=0)
    if len(wide) < 2:
        return None
    wide = wide.reindex(columns=["current", "baseline"], fill_value=0)
    shares = wide / wide.sum()
    return int((shares["current"] - shares["baseline"]).idxmax())


def moves(table: pd.DataFrame, keys: list[str], level) -> pd.DataFrame:
    """Share of a mark per cell, current less baseline: `*keys, n, n_baseline, value, value_baseline, move, error, z`."""
    codes, levels = pd.factorize(table[keys[0]]) if keys else (np.zeros(len(table), dtype=int), pd.Index([""]))
    size, now = len(levels), (table["period"] == "current").to_numpy()
    hit = (table["mark"] == level).to_numpy()
    rows = table["n"].to_numpy(float)
    n1, n0, x1, x0 = (np.bincount(codes, rows * part, minlength=size) for part in (now, ~now, now & hit, ~now & hit))
    with np.errstate(invalid="ignore", divide="ignore"):
        pooled = (x1 + x0 + 1) / (n1 + n0 + 2)  # one row more of either kind, so that a share of 0 has an error
        error = np.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n0))
        found = pd.DataFrame({"n": n1, "n_baseline": n0, "value": x1 / n1, "value_baseline": x0 / n0, "move": x1 / n1 - x0 / n0,
                              "error": error, "z": (x1 / n1 - x0 / n0) / error})  # fmt: skip
    if keys:
        found.insert(0, keys[0], levels)
    return found[(n1 > 0) & (n0 > 0)].reset_index(drop=True)


def _scattered(found: pd.DataFrame, scatter: float) -> pd.DataFrame:
    """The same with errors that allow for days that scatter."""
    return found.assign(error=found["error"] * np.sqrt(scatter), z=found["z"] / np.sqrt(scatter))


def _scatter(centre: Centre, asked: Asked, mark: Mark, level) -> float:
    """Variance of the baseline's daily shares over the binomial one, at least 1."""
    days = daily_marks(centre, asked, mark, level, {}, [asked.baseline])
    n, x = days["n"], days["s"]
    p = x.sum() / max(n.sum(), 1)
    if len(days) < 5 or not 0 < p < 1:
        return 1.0
    return max(float(((x - n * p) ** 2 / (n * p * (1 - p))).sum() / (len(days) - 1)), 1.0)


def _best(parts: Mapping[str, pd.DataFrame], mark: Mark) -> tuple[str | None, list[str]]:
    """The dimension whose levels tell best where the mark moved, and the levels that moved; None where all moved alike, or none."""
    best: tuple[float, str | None, list[str]] = (0.0, None, [])
    for dim, part in parts.items():
        part = part[(part["n"] >= ENOUGH) & (part["n_baseline"] >= ENOUGH)]
        moved = _moved(part, mark)
        if not moved.any() or moved.all():
            continue
        weight = 1 / part["error"] ** 2
        told = float((weight * part["move"] ** 2)[moved].sum()) - float((weight * part["move"] ** 2)[~moved].sum())
        told -= 2 * len(part) + (
            4 * CONTROL_LIMIT if agent_carried(dim) else 0
        )  # of dimensions that tell alike, not the agents'
        if told > best[0]:
            best = (told, dim, [str(v) for v in part.loc[moved, dim] if v != NULL_LEVEL])
    return (best[1], best[2]) if best[2] else (None, [])


def _moved(part: pd.DataFrame, mark: Mark) -> pd.Series:
    sure = (part["z"].abs() > CELL_LIMIT) & (part["move"].abs() > mark.least_cell)
    if not sure.any():
        return sure
    way = part["move"].where(sure, 0.0)
    most = way.loc[way.abs().idxmax()]
    return (part["z"].abs() > CONTROL_LIMIT) & (
        part["move"] * np.sign(most) > max(PART_OF_MOST * abs(most), mark.least_cell / 2)
    )


def _pairs(
    centre: Centre, asked: Asked, mark: Mark, level, scope: dict, dims: list[str], scatter: float
) -> dict[str, list[str]]:
    """A second dimension by which the scope is narrower: within it some levels moved, and the others stayed put."""
    others = [d for d in dims if d not in scope]
    tables = mark_counts(centre, asked, mark, [(d,) for d in others], where=scope)
    best: tuple[float, dict[str, list[str]]] = (0.0, {})
    for dim in others:
        part = _scattered(moves(tables[(dim,)], [dim], level), scatter)
        part = part[(part["n"] >= ENOUGH) & (part["n_baseline"] >= ENOUGH)]
        if len(part) < 2 or tables[(dim,)][dim].nunique() > MOST_LEVELS:
            continue
        moved = _moved(part, mark)
        rest = part[~moved]
        still = (rest["move"].abs() < np.maximum(STABLE_SHARE, 2 * rest["error"])).all()
        if moved.any() and len(rest) and still:
            apart = float(rest["n"].sum() / part["n"].sum())  # the more of the scope it leaves out, the more it says
            if apart > best[0]:
                best = (apart, {dim: [str(v) for v in part.loc[moved, dim]]})
    return best[1]


def _made(centre: Centre, asked: Asked, mark: Mark, level, scope: dict, found, share: float) -> Shift:
    span = Window("span", min(w.first for w in asked.windows), max(w.last for w in asked.windows))
    day = find_break(daily_marks(centre, asked, mark, level, scope, [span]))
    base = next(iter(mark.base), None) if mark.base else None
    return Shift(mark.key, mark_values(centre, mark.column)[level] if mark.key in TEXTS else None, float(found["value"]), float(found["value_baseline"]),
                 float(found["z"]), int(found["n"]), scope, day.day if day is not None and day.clear else None, share, base)  # fmt: skip
