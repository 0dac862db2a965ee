"""Guards on the rows of a question: what would make its answer wrong whatever the method (METHODS 3)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from ccsat.catalogue.asked import Asked, as_numbers, cast_of, looks_rated
from ccsat.catalogue.group_guards import look_at_groups
from ccsat.errors import ScaleError, Words, listing
from ccsat.methods.coded import code_levels
from ccsat.numerics.ranks import better, two_sided
from ccsat.scales import Scale, read_column, scale_of

Said = tuple[str, dict]
COUNTS = ("n", "n_surveys", "n_contacts", "surveys", "contacts", "count", "rows", "样本量", "评价数", "接触量")
CODES = re.compile(r"(^|_)(id|code|no|number)$|(编号|编码|代码|工号)$")
AFTER = re.compile(r"escalat|complain|repeat|recontact|churn|refund|compensat|升级|投诉|重复来电|离网|退款|赔付")
SURE = 0.01


def look_before(asked: Asked) -> list[Said]:
    """What a reader must know of the rows.

    Raises:
        ScaleError: An average of codes. DataError: A group that holds another.
    """
    _refuse_codes(asked)
    said: list[Said] = []
    if asked.outcome is not None:
        said += [*_ceiling(asked), *_averaged_rows(asked)]
        if asked.by is not None:
            said += look_at_groups(asked)
        if asked.drivers:
            said += _dropped(asked)
        if asked.shape.mode == "relate":
            said += [*_order(asked), *_halo(asked)]
    elif asked.shape.shape in ("paired", "waves"):
        said += _chosen_waves(asked)
    return said


def _refuse_codes(asked: Asked) -> None:
    """Numbers that are names (1, 2) and averages of codes of kinds (pitfall 1's worst case)."""
    for column in [asked.outcome] if asked.outcome is not None else asked.waves or []:
        values = read_column(asked.table, str(column))
        if cast_of(column) and scale_of(values) == Scale.NOMINAL and values.nunique() > 2:
            raise ScaleError("cast_nominal", column=str(column), levels=listing(values.dropna().unique(), 6))
        if (
            asked.method.outcome == Scale.INTERVAL
            and not cast_of(column)
            and scale_of(values) == Scale.INTERVAL
            and CODES.search(str(column))
        ):
            raise ScaleError(
                "average_of_codes",
                column=str(column),
                method=Words(f"method.{asked.method.key}.name"),
                levels=listing(values.dropna().unique(), 6),
            )


def _ceiling(asked: Asked) -> Iterator[Said]:
    """2: a rating read as a number whose top level is full."""
    if asked.method.outcome == Scale.INTERVAL and looks_rated(asked.y):
        top = asked.y.max()
        share = float((asked.y.dropna() == top).mean())
        if share > 0.3:
            yield "caveat.guard_ceiling", {"column": str(asked.outcome), "share": share, "level": top}


def _averaged_rows(asked: Asked) -> Iterator[Said]:
    """23: rows that are themselves averages, of units of unequal size."""
    if asked.options.get("weights") or asked.method.outcome != Scale.INTERVAL:
        return
    for name in COUNTS:
        if (
            name in asked.table
            and name not in map(str, [asked.outcome, *asked.drivers])
            and pd.api.types.is_numeric_dtype(asked.table[name])
        ):
            sizes = asked.table[name].dropna()
            if len(sizes) and sizes.min() > 0 and sizes.max() >= 2 * sizes.min():
                yield (
                    "caveat.guard_averages",
                    {
                        "column": str(asked.outcome),
                        "size": name,
                        "least": float(sizes.min()),
                        "most": float(sizes.max()),
                    },
                )
                return


def _dropped(asked: Asked) -> Iterator[Said]:
    """26: rows left out for a driver's sake that answer otherwise than those kept."""
    if not asked.ordered:
        return
    columns = [*asked.drivers, *asked.roles.confounders, *asked.roles.mediators]
    there = (
        pd.concat([read_column(asked.table, one).notna() for one in columns], axis=1).all(axis=1)
        & asked.table.index.notna()
    )
    answered = asked.numbers.notna()
    kept, left = (answered & there).to_numpy(), (answered & ~there).to_numpy()
    if left.sum() < 20 or left.sum() < 0.01 * answered.sum() or kept.sum() < 20:
        return
    codes, levels = code_levels(asked.numbers[answered])
    counts = np.zeros((2, len(levels)))
    np.add.at(counts, (left[answered.to_numpy()].astype(int), codes), 1)
    got = better(counts[0], counts[1])
    if got.variance > 0 and two_sided((got.value - 0.5) / got.variance**0.5) < SURE:
        yield (
            "caveat.guard_dropped",
            {"n": int(left.sum()), "of": int(answered.sum()), "better": got.value, "columns": listing(columns)},
        )


def _order(asked: Asked) -> Iterator[Said]:
    """15: what came first was not said, or a name that sounds as if it came after."""
    if asked.shape.shape != "model":
        return
    names = [str(one) for one in asked.drivers]
    if after := [name for name in names if AFTER.search(name.lower()) and name not in asked.roles.time_rank]:
        yield "caveat.guard_after", {"columns": listing(after), "outcome": str(asked.outcome)}
    elif not asked.roles.says_order:
        yield "caveat.guard_order", {"outcome": str(asked.outcome)}


def _halo(asked: Asked) -> Iterator[Said]:
    """13: ratings that explain a rating."""
    rated = [str(one) for one in asked.drivers if looks_rated(read_column(asked.table, one))]
    if asked.shape.shape == "model" and rated and looks_rated(asked.y):
        yield "caveat.drivers_halo", {"columns": listing(rated)}


def _chosen_waves(asked: Asked) -> Iterator[Said]:
    """17: repeated measurements whose first is much narrower than the next, as when units were chosen by it (Pitman, Morgan)."""
    first, second = (as_numbers(read_column(asked.table, one)) for one in asked.waves[:2])
    both = (first.notna() & second.notna()).to_numpy()
    a, b = first[both].to_numpy(), second[both].to_numpy()
    if len(a) < 5 or not (a.var() > 0 or b.var() > 0) or not b.var() > 1.5 * a.var():
        return
    together = float(np.corrcoef(a + b, b - a)[0, 1])
    t = together * np.sqrt((len(a) - 2) / max(1 - together**2, 1e-12))
    if two_sided(float(t), len(a) - 2) < 0.05:
        yield (
            "caveat.guard_chosen",
            {"column": str(asked.waves[0]), "ratio": float(b.var() / a.var()) if a.var() > 0 else np.inf},
        )
