"""Which columns divide the rows (dimensions, their hierarchies), which measure them (metrics), which name reasons."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pandas as pd

from ccsat import casts, times
from ccsat.guess import MISSING_WORDS, NO, YES, is_comment, is_identifier
from ccsat.profiles import Profile
from ccsat.reasons import SEPARATORS

MOST_DIM = 200  # levels that a search over cells can bear by default
MOST_LEVELS = 10_000
MOST_MISSING = 0.5
NEARLY_ALL = 0.995
BELOW_ALL, FAR_ABOVE = (-1, -9, -99, -999), (98, 99, 998, 999, 9999, 99999)  # usual codes for "missing"
COUNTED = r"次数|数量|数$|count|number of|num |times\b|天数|时长|duration|seconds|minutes|金额|费|额|流量|占比|率|价|price|amount|投诉|age\b"
CODED = r"level|grade|tier|type|class|code|band|group|等级|级别|类型|类别|编码|区域|档|是否|has |is |flag"
ORDERED = r"level|grade|tier|complex|等级|级别|星级|档|priority|优先|skill|熟练"
REASON = r"reason|原因|不满.*(点|项|因)|complaint about|what went wrong|pain point|issue type|problem type"
NOT_REASON = r"contact reason|call reason|reason for (call|contact)|来电|咨询|进线|呼入|拨打"


@dataclass
class Left:
    """A column left out, and why: a wording key with its values."""

    profile: Profile
    why: str
    values: dict = field(default_factory=dict)


@dataclass
class ReasonGuess:
    """Reasons as the data hold them."""

    columns: list[Profile] = field(default_factory=list)
    coding: str = ""
    groups: list[list[Profile]] = field(default_factory=list)
    column: Profile | None = None
    separator: str = "auto"
    contradicts: dict[str, str] = field(default_factory=dict)


def guess_reasons(profiles: list[Profile], free: set[str]) -> ReasonGuess | None:
    """Multi-select answers in several columns, else one column that names reasons."""
    for coding, fits in (("numbered", _numbered), ("labels", _labelled), ("yes_no", _ticked)):
        groups = [g for g in _runs(profiles, free, fits) if len(g) >= 3 and _is_group(g, coding)]
        if groups:
            columns = [p for group in groups for p in group]
            return ReasonGuess(columns, coding, groups, contradicts=_filters(profiles, free, columns, coding))
    for profile in profiles:
        named = profile.name in free and profile.says(REASON) and not profile.says(NOT_REASON)
        if not named or profile.kind not in ("text", "number") or is_identifier(profile) or profile.distinct < 2:
            continue
        mark = _separator(profile)
        parts = {part.strip() for v in profile.levels for part in (v.split(mark) if mark else [v])}
        if len(parts) <= 60:
            return ReasonGuess(column=profile, separator=mark or "auto")
    return None


def _numbered(profile: Profile) -> int | None:
    """The option's number, when the column holds that number and "not ticked" only."""
    if profile.kind != "number" or not 1 <= profile.distinct <= 2 or len(profile.numbers) != profile.distinct:
        return None
    numbers = profile.numbers
    picked = [int(v) for v in numbers if v > 0]
    blank = [int(v) for v in numbers if v <= 0]
    return picked[0] if len(picked) == 1 and (blank in ([-1], [0]) or (not blank and profile.missing > 0)) else None


def _labelled(profile: Profile) -> int | None:
    one = profile.kind == "text" and profile.distinct == 1 and profile.missing > 0.02
    return 1 if one and profile.levels[0].casefold() not in YES.split("|") else None


def _ticked(profile: Profile) -> int | None:
    words = {v.casefold() for v in profile.levels[:5]}
    fits = 1 <= len(words) <= 2 and words <= set(YES.split("|")) | set(NO.split("|")) and words & set(YES.split("|"))
    return 1 if fits else None


def _runs(profiles: list[Profile], free: set[str], fits) -> list[list[Profile]]:
    """Neighbouring columns that fit; option numbers that start again begin a new group."""
    groups: list[list[Profile]] = [[]]
    last: tuple[int, int] | None = None
    for profile in profiles:
        option = fits(profile) if profile.name in free else None
        if option is None:
            last = None
            continue
        if last is None or (fits is _numbered and option <= last[0]) or profile.position != last[1] + 1:
            groups.append([])
        groups[-1].append(profile)
        last = (option, profile.position)
    return [group for group in groups if group]


def _is_group(group: list[Profile], coding: str) -> bool:
    if coding == "numbered":
        options = [_numbered(p) for p in group]
        return len(set(options)) == len(options) and (options[0] == 1 or len(options) > 3)
    if coding == "labels":
        return True
    heads = {re.match(r"(?:[A-Za-z]*\d*[A-Za-z一-鿿 ]*)[_\-:：.(（]", p.name) for p in group}
    shared = len({match[0] for match in heads if match}) == 1 and None not in heads
    return shared and (any(p.says(REASON) for p in group) or len(group) >= 4)


def _filters(profiles: list[Profile], free: set[str], columns: list[Profile], coding: str) -> dict[str, str]:
    """Filter questions: an answer after which nothing was ever ticked."""
    if coding == "yes_no":
        ticked = [p.text.str.casefold().isin(YES.split("|")) for p in columns]
    else:
        ticked = [casts.to_number(p.text)[0] > 0 if coding == "numbered" else p.text.notna() for p in columns]
    any_ticked = pd.concat(ticked, axis=1).any(axis=1)
    found = {}
    for profile in profiles:
        if profile.name not in free or profile in columns or profile.distinct != 2 or profile.table != columns[0].table:
            continue
        share = any_ticked.groupby(profile.text).mean()
        n = profile.counts.min()
        if n >= 30 and share.min() == 0 and share.max() > 0.6:
            found[profile.name] = str(share.idxmin())
    return found


def _separator(profile: Profile) -> str | None:
    rows = profile.filled
    for mark in SEPARATORS:
        hits = [v for v in profile.levels if mark in v]
        if hits and profile.counts[hits].sum() >= 0.03 * rows and len(hits) >= 2:
            return mark
    return None


def copies(profiles: list[Profile]) -> dict[str, str]:
    """Columns that hold the same as an earlier one, cell by cell: name to the earlier name."""
    seen: dict[tuple, Profile] = {}
    found = {}
    for profile in profiles:
        if profile.distinct < 2:
            continue
        key = (profile.table, profile.filled, profile.distinct, tuple(sorted(profile.counts.head(20).items())))
        if key in seen and seen[key].text.equals(profile.text):
            found[profile.name] = seen[key].name
        else:
            seen.setdefault(key, profile)
    return found


def sort_columns(profiles: list[Profile], free: set[str]) -> tuple[list[Profile], list[Profile], list[Left]]:
    """Dimensions, metrics, and what is left out with the reason."""
    dims, metrics, left = [], [], []
    same = copies([p for p in profiles if p.name in free])
    for profile in profiles:
        if profile.name not in free:
            continue
        if why := _why_out(profile, same):
            left.append(why)
        elif profile.kind == "clock" or (profile.kind == "number" and not is_coded(profile)):
            metrics.append(profile)
        else:
            dims.append(profile)
    return dims, metrics, left


def _why_out(profile: Profile, same: dict[str, str]) -> Left | None:
    missing = {"missing": f"{100 * profile.missing:.1f}"}
    if profile.kind == "empty":
        return Left(profile, "empty")
    if profile.name in same:
        return Left(profile, "copy", {"of": same[profile.name]})
    if profile.kind == "time":
        return Left(profile, "time", missing)
    if is_identifier(profile):
        return Left(profile, "identifier", {"levels": f"{profile.distinct:,}"})
    if is_comment(profile):
        return Left(profile, "free_text")
    if profile.missing > 0.95 and not only_yes(profile):
        return Left(profile, "missing", missing)
    if profile.top_share > NEARLY_ALL:
        return Left(profile, "constant", {"share": f"{100 * profile.top_share:.2f}"})
    if profile.kind == "clock" or (profile.kind == "number" and not is_coded(profile)):
        return None
    if profile.distinct > MOST_LEVELS:
        return Left(profile, "too_many", {"levels": f"{profile.distinct:,}", "most": f"{MOST_LEVELS:,}"})
    if profile.distinct > MOST_DIM:
        return Left(profile, "many", {"levels": f"{profile.distinct:,}", **missing})
    if profile.missing > MOST_MISSING and not only_yes(profile):
        return Left(profile, "missing", missing)
    return None


def only_yes(profile: Profile) -> bool:
    """Yes or blank, where blank means no."""
    return profile.distinct == 1 and profile.levels[0].casefold() in YES.split("|")


def is_coded(profile: Profile) -> bool:
    """Whether numbers are codes of levels rather than amounts."""
    if profile.kind != "number":
        return True
    if profile.distinct > 15 or not profile.whole:
        return False
    return profile.distinct <= 2 and profile.says(CODED) or profile.says(CODED) and not profile.says(COUNTED) or (
        profile.distinct <= 2 and not profile.says(COUNTED))  # fmt: skip


def missing_codes(profile: Profile) -> list[str]:
    """Values of a metric that look like codes for "missing": -1 where all else is positive, 999 far above the rest, words."""
    numbers = profile.numbers
    found = [v for v in profile.levels if len(v) < 12 and MISSING_WORDS.fullmatch(v)]
    rest = numbers[~numbers.isin([*BELOW_ALL, *FAR_ABOVE])]
    if len(rest) < 5:
        return found
    low, high = rest.min(), rest.max()
    for value, number in numbers[numbers.isin([*BELOW_ALL, *FAR_ABOVE])].items():
        odd = number in BELOW_ALL and low >= 0 or number in FAR_ABOVE and number > 3 * high
        if odd and profile.counts[value] >= max(3, 0.002 * profile.filled):
            found.append(value)
    return found


def find_hierarchies(dims: list[Profile]) -> list[tuple[list[Profile], int]]:
    """Chains coarse to fine where each finer level sits under one coarser level, with the rows that break the rule."""
    parents: dict[str, tuple[Profile, int]] = {}
    for fine in dims:
        options = []
        for coarse in dims:
            if (
                coarse is fine
                or coarse.table != fine.table
                or fine.distinct < 2 * coarse.distinct
                or coarse.distinct < 3
            ):
                continue
            if (broken := _broken(coarse, fine)) is not None:
                options.append((coarse.distinct, -broken, coarse))
        if options:
            _, broken, coarse = max(options, key=lambda option: option[:2])
            parents[fine.name] = (coarse, -broken)
    by_name = {p.name: p for p in dims}
    tops = {coarse.name for coarse, _ in parents.values()}
    chains = []
    for name in parents:
        if name in tops:  # a middle rung: its own fine column tells the whole chain
            continue
        chain, broken = [by_name[name]], 0
        while chain[0].name in parents:
            coarse, rows = parents[chain[0].name]
            chain.insert(0, coarse)
            broken += rows
        chains.append((chain, broken))
    return chains


def _broken(coarse: Profile, fine: Profile) -> int | None:
    """Rows whose coarse level is not the usual one of their fine level; None where that is no hierarchy."""
    pairs = pd.DataFrame({"coarse": coarse.text, "fine": fine.text}).dropna()
    if len(pairs) < 50:
        return None
    counts = pairs.value_counts().reset_index(name="n")
    usual = counts.groupby("fine")["n"].max().sum()
    by_chance = pairs["coarse"].value_counts(normalize=True).iloc[0]
    purity = usual / len(pairs)
    thin = counts.groupby("fine")["n"].sum().median() < 5
    children = counts.groupby("coarse")["fine"].nunique().median()
    if thin or children < 2 or (purity - by_chance) / (1 - by_chance) < 0.97:
        return None
    return int(len(pairs) - usual)


def negative_and_midnight(start: Profile, end: Profile, orders: dict[str, bool]) -> tuple[int, int]:
    """How many spans from one time to another are negative, and how many ends stand at exactly midnight."""
    first = times.to_time(start.text, orders.get(start.name, True))[0]
    last = times.to_time(end.text, orders.get(end.name, True))[0]
    return int((last < first).sum()), int((last == last.dt.normalize()).sum())
