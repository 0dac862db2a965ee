"""Guards on groups and periods: whether they are apart, answered, asked and mixed alike (METHODS 3)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from ccsat.catalogue.asked import Asked
from ccsat.errors import DataError, listing
from ccsat.methods.coded import code_levels
from ccsat.numerics.crosstab import Crosstab
from ccsat.numerics.independence import independence
from ccsat.scales import Scale, scale_of

Said = tuple[str, dict]
ROW_KEYS = ("row_key", "survey_id", "contact_id")
SUBJECTS = ("customer_id",)
INSTRUMENT = ("template_version", "mode")
PERIODS = re.compile(r"^(month|period|week|quarter|year|day|date|wave|at)$|(月|周|季|年|期|日)(份|度|期)?$")
DATED = re.compile(r"(19|20)\d\d([-/.年]?(q|w|h)?\d{1,2}(月)?)?([-/.]\d{1,2})?", re.IGNORECASE)
SMALL = 30  # rows below which a group is not ranked
HELD = 0.99  # share of a group's rows inside another from which it is a part of it
SEEN_TWICE = 0.1  # share of a group's customers that are in another from which periods are paired
MOSTLY = 0.5  # and other groups
UNLIKE = 0.5  # total variation between groups' instruments from which they were asked differently
MIXED = 0.1  # total variation of a mix between periods from which a change may be one of mix
SURE = 0.01
CHOSEN = 0.02


def look_at_groups(asked: Asked) -> list[Said]:
    """What a reader must know of the groups.

    Raises:
        DataError: A group that holds another.
    """
    return [
        *_overlap(asked),
        *_paired(asked),
        *_small(asked),
        *_unanswered(asked),
        *_instrument(asked),
        *_mix(asked),
        *_chosen_units(asked),
    ]


def _key(asked: Asked) -> tuple[str, pd.Series] | None:
    """What says that two rows are the same one: an id, or an index that repeats whole rows."""
    table = asked.table
    for name in ROW_KEYS:
        if name in table and table[name].duplicated().any():
            return name, table[name]
    if not table.index.has_duplicates:
        return None
    rest = table.drop(columns=[str(asked.by)]).reset_index()
    twice = table.index.duplicated(keep=False)
    same = rest.astype(str).duplicated(keep=False).to_numpy()
    if len(rest.columns) > 1 and same[twice].mean() > 0.95 and twice.sum() >= 20 and asked.y[twice].nunique() > 1:
        return "index", pd.Series(table.index, index=table.index)
    return None


def _overlap(asked: Asked) -> Iterator[Said]:
    """9: a segment against a total that holds it, and segments that share rows."""
    if (found := _key(asked)) is None:
        return
    name, key = found
    rows = pd.DataFrame({"key": key.to_numpy(), "group": asked.groups.to_numpy()}).dropna().drop_duplicates()
    sizes = rows["group"].value_counts()
    both = rows.merge(rows, on="key", suffixes=("", "_other"))
    both = both[both["group"] != both["group_other"]]
    if both.empty:
        return
    shared = both.groupby(["group", "group_other"], observed=True).size()
    for (part, whole), n in shared.items():
        if n >= HELD * sizes[part] and sizes[whole] > sizes[part]:
            raise DataError(
                "part_whole",
                part=str(part),
                whole=str(whole),
                n=int(n),
                of=int(sizes[whole]),
                column=str(asked.by),
                outcome=str(asked.outcome),
            )
    (one, other), n = shared.idxmax(), int(shared.max())
    if asked.cluster is None and n >= 0.01 * min(sizes[one], sizes[other]):
        yield "caveat.guard_overlap", {"one": str(one), "other": str(other), "n": n, "key": name}


def _paired(asked: Asked) -> Iterator[Said]:
    """22: the same customers in several groups."""
    name = asked.roles.subject or next((one for one in SUBJECTS if one in asked.table), None)
    if name is None or name in (str(asked.by), str(asked.outcome), asked.cluster) or name not in asked.table:
        return
    rows = (
        pd.DataFrame({"who": asked.table[name].to_numpy(), "group": asked.groups.to_numpy()})[
            asked.y.notna().to_numpy()
        ]
        .dropna()
        .drop_duplicates()
    )
    if rows["group"].nunique() < 2:
        return
    times = rows.groupby("who").size()
    in_several = int((times > 1).sum())
    least = int(rows["group"].value_counts().min())
    if in_several >= (SEEN_TWICE if _periods(asked) else MOSTLY) * least:
        yield (
            "caveat.guard_paired",
            {"column": name, "n": in_several, "share": in_several / len(times), "by": str(asked.by)},
        )


def _small(asked: Asked) -> Iterator[Said]:
    """6: groups too small to be ranked."""
    sizes = asked.groups[asked.y.notna()].value_counts()
    sizes = sizes[sizes > 0]
    if len(sizes) > 2 and sizes.min() < SMALL and not asked.method.key.startswith("shrunken"):
        instead = "shrunken_rates" if asked.shape.binary or asked.shape.outcome < Scale.INTERVAL else "shrunken_means"
        yield (
            "caveat.guard_small_groups",
            {
                "n": int((sizes < SMALL).sum()),
                "of": len(sizes),
                "least": int(sizes.min()),
                "wanted": SMALL,
                "instead": instead,
            },
        )


def _unanswered(asked: Asked) -> Iterator[Said]:
    """10: groups that answer at different rates."""
    if asked.method.key == "nonresponse":
        return
    answered, groups = asked.y.notna(), asked.groups
    counts = pd.crosstab(groups, answered).to_numpy(float)
    if counts.shape[1] < 2 or counts.shape[0] < 2:
        return
    share = counts[:, 1] / counts.sum(1)
    if np.ptp(share) >= 0.03 and independence(Crosstab(counts)).p_value < SURE:
        yield (
            "caveat.guard_unanswered",
            {"column": str(asked.outcome), "low": float(share.min()), "high": float(share.max())},
        )


def _instrument(asked: Asked) -> Iterator[Said]:
    """18: groups (periods) that were not asked in the same way."""
    for name in INSTRUMENT:
        if name in asked.table and name not in {str(asked.by), *asked.roles.confounders}:
            apart = _apart(asked.groups, asked.table[name])
            if apart >= UNLIKE:
                yield "caveat.guard_instrument", {"column": name, "by": str(asked.by), "share": apart}


def _mix(asked: Asked) -> Iterator[Said]:
    """18: periods whose mix changed, where the mix tells the outcome."""
    if asked.shape.mode != "compare" or not _periods(asked) or asked.groups.nunique() > 24:
        return
    held = {
        str(asked.by),
        str(asked.outcome),
        asked.cluster,
        asked.options.get("weights"),
        *asked.roles.confounders,
        *INSTRUMENT,
        *ROW_KEYS,
        *SUBJECTS,
    }
    found = []
    for name in asked.table.columns:
        column = asked.table[name]
        if name in held or scale_of(column) == Scale.INTERVAL or not 2 <= column.nunique() <= 20:
            continue
        if _apart(asked.groups, column) >= MIXED and _tells(column, asked.numbers if asked.ordered else None):
            found.append(name)
    if found:
        yield "caveat.guard_mix", {"columns": listing(found), "by": str(asked.by)}


def _periods(asked: Asked) -> bool:
    """Whether the groups are periods: by their name, type, or look."""
    if (
        PERIODS.search(str(asked.by).lower())
        or pd.api.types.is_datetime64_any_dtype(asked.groups)
        or isinstance(asked.groups.dtype, pd.PeriodDtype)
    ):
        return True
    return all(DATED.fullmatch(str(one)) for one in asked.groups.dropna().unique()[:50])


def _apart(groups: pd.Series, column: pd.Series) -> float:
    """The largest total variation between two groups' shares of a column's levels."""
    shares = pd.crosstab(groups, column, normalize="index").to_numpy()
    return max(
        (float(np.abs(one - other).sum() / 2) for k, one in enumerate(shares) for other in shares[:k]), default=0.0
    )


def _tells(column: pd.Series, numbers: pd.Series | None) -> bool:
    """Whether the ranks of an outcome differ between levels, as Kruskal-Wallis has it."""
    if numbers is None:
        return False
    both = column.notna() & numbers.notna()
    ranks, codes = numbers[both].rank().to_numpy(), pd.factorize(column[both])[0]
    n = np.bincount(codes)
    if len(ranks) < 3 or len(n) < 2 or not ranks.std() > 0:
        return False
    from scipy.special import chdtrc

    h = float((n * (np.bincount(codes, ranks) / n - ranks.mean()) ** 2).sum() / ranks.var(ddof=1))
    return bool(chdtrc(len(n) - 1, h) < SURE)


def _chosen_units(asked: Asked) -> Iterator[Said]:
    """17: agents whose first-period means are closer together than chance alone would have them: they were chosen by it."""
    if asked.cluster is None or asked.groups.nunique() != 2 or not asked.ordered:
        return
    rows = pd.DataFrame(
        {
            "y": asked.numbers.to_numpy(),
            "unit": asked.table[asked.cluster].to_numpy(),
            "group": code_levels(asked.groups)[0],
        }
    ).dropna()
    per = rows.groupby(["group", "unit"])["y"].agg(["mean", "var", "size"])
    try:
        first, later = per.loc[0], per.loc[1]
    except KeyError:
        return
    units = first.index.intersection(later.index)
    first = first.loc[units]
    if len(units) < 5 or (first["size"] < 2).any():
        return
    from scipy.special import chdtr

    within = float((first["var"] * (first["size"] - 1)).sum() / (first["size"] - 1).sum())
    weight = first["size"].to_numpy(float)
    spread = float(weight @ (first["mean"] - weight @ first["mean"] / weight.sum()) ** 2)
    if within > 0 and chdtr(len(units) - 1, spread / within) < CHOSEN:
        yield (
            "caveat.guard_chosen",
            {"column": str(asked.cluster), "ratio": within * (len(units) - 1) / max(spread, 1e-12)},
        )
