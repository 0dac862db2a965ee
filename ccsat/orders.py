"""Which levels have an order, and which one: bands of numbers, tiers, grades."""

from __future__ import annotations

import re

# Worst or lowest first; words that mean the same stand between bars. Every level of a column must be in one of these.
LADDERS = (
    "low|lowest|l|低 < medium|mid|middle|moderate|normal|中|一般|中等 < high|h|高 < very high|highest|critical|urgent|很高|紧急",
    "minor|轻微 < moderate|中等 < major|严重 < critical|重大|致命",
    "small|小 < medium|中 < large|大 < extra large|特大",
    "未评级|未评定|无星级|unrated < 准星|准星级 < 一星|一星级|1星 < 二星|二星级|2星 < 三星|三星级|3星 < 四星|四星级|4星"
    " < 五星|五星级|5星 < 银卡 < 金卡|五星金 < 白金卡|五星白金 < 钻石卡|钻卡|五星钻",
    "普通|普卡|普通客户|mass|standard|basic|regular < 铜|铜牌|bronze < 银|银牌|银卡|银卡客户|silver < 金|金牌|金卡|金卡客户|gold"
    " < 白金|白金卡|platinum < 钻石|钻石卡|diamond|vip|黑卡",
    "trainee|on job training|training|intern|实习|试用期|培训期 < junior|novice|beginner|new|初级|新员工|新人"
    " < intermediate|mid|regular|中级 < senior|experienced|advanced|高级|老员工|资深 < expert|lead|专家",
    "never|从不 < rarely|很少 < sometimes|有时|偶尔 < often|经常 < always|总是|一直",
    "simple|easy|简单 < normal|medium|一般|中等 < complex|hard|difficult|复杂",
    "小学 < 初中 < 高中|中专|高中/中专 < 大专|专科 < 本科|大学 < 硕士|研究生 < 博士",
    "very dissatisfied|非常不满意 < dissatisfied|不满意 < neutral|一般 < satisfied|满意|比较满意 < very satisfied|非常满意",
)
FIRST = re.compile(r"training|trainee|intern|实习|试用|培训|新人|新入职|on job|ojt", re.IGNORECASE)
UNKNOWN = re.compile(r"unknown|n/?a|none|null|other|others|未知|其他|不详|空|-+", re.IGNORECASE)
UNITS = (("year|yr|年", 365.0), ("month|mth|mo|个月|月", 30.0), ("week|wk|周", 7.0), ("day|天|日", 1.0),
         ("小时|hour|hr", 3600.0), ("分钟|分|min", 60.0), ("秒|sec", 1.0))  # fmt: skip
NUMBER = r"(\d+(?:,\d{3})*(?:\.\d+)?)\s*([kK万])?"
BAND = re.compile(NUMBER + r"\s*[^\d\-–~～]{0,4}?\s*(?:-|–|—|~|～|to|至|到|and)\s*" + NUMBER, re.IGNORECASE)
ABOVE = re.compile(r"(?:>=?|≥|over|above|more than|超过|大于|高于)[\s_]*" + NUMBER, re.IGNORECASE)
ABOVE_AFTER = re.compile(
    NUMBER + r"[^\d]{0,6}?(?:\+|以上|and (?:over|above|more)|or (?:over|above|more))", re.IGNORECASE
)
BELOW = re.compile(r"(?:<=?|≤|under|below|less than|up to|小于|低于|不足|不到)[\s_]*" + NUMBER, re.IGNORECASE)
BELOW_AFTER = re.compile(NUMBER + r"[^\d]{0,6}?(?:以下|以内|之内|内|and under|or (?:under|less))", re.IGNORECASE)
GRADE = re.compile(r"(?:lv\.?|level|grade|tier|等级|第|p|l|g)?\s*(\d{1,2})\s*(?:级|档|等|层|g|星级?)?", re.IGNORECASE)


def level_order(levels: list[str], *, name_is_ordered: bool = False) -> tuple[list[str], bool] | None:
    """The levels of a column, lowest first, and whether that is sure.

    Args:
        levels: Its different values.
        name_is_ordered: The column's name speaks of levels, so plain grades ("1", "L2") count as ordered.

    Returns:
        None where no order is to be seen.
    """
    levels = [level for level in levels if level]
    if len(levels) < 2:
        return None
    return _by_ladder(levels) or _by_bands(levels) or _by_grade(levels, name_is_ordered)


def _by_ladder(levels: list[str]) -> tuple[list[str], bool] | None:
    known = [level for level in levels if not UNKNOWN.fullmatch(level.strip())]
    for ladder in LADDERS:
        place = {word: i for i, words in enumerate(ladder.split(" < ")) for word in words.split("|")}
        found = {level: place.get(level.strip().casefold()) for level in known}
        steps = list(found.values())
        if len(known) >= 2 and None not in steps and len(set(steps)) == len(steps):
            rest = [level for level in levels if level not in found]
            return rest + sorted(known, key=found.get), not rest and len(known) >= 3
    return None


def _by_bands(levels: list[str]) -> tuple[list[str], bool] | None:
    found = {level: _bounds(level) for level in levels}
    bands = [level for level, bounds in found.items() if bounds]
    rest = [level for level in levels if not found[level]]
    if len(bands) < 2 or len(rest) > 1 or not any(re.search(r"\d", level) for level in bands):
        return None
    ordered = sorted(bands, key=found.get)
    if len({found[level] for level in bands}) < len(bands):
        return None
    ends = [found[level] for level in ordered]
    sure = all(after[0] >= before[0] and after[1] >= before[1] for before, after in zip(ends, ends[1:], strict=False))
    return rest + ordered, sure and (not rest or bool(FIRST.search(rest[0])))


def _bounds(level: str) -> tuple[float, float] | None:
    """Lower and upper end of a band in its smallest unit; None when the level is no band."""
    plain = level.strip().replace("岁", "").replace("元", "")
    infinite = float("inf")
    if match := BAND.search(plain):
        unit = _unit(plain[match.end() :]) or 1.0
        first = _unit(plain[match.end(2) if match.end(2) > 0 else match.end(1) : match.start(3)]) or unit
        return _value(match, 1) * first, _value(match, 3) * unit
    for pattern, above in ((ABOVE, True), (ABOVE_AFTER, True), (BELOW, False), (BELOW_AFTER, False)):
        if match := pattern.search(plain):
            value = _value(match, 1) * (_unit(plain[match.start(1) :]) or 1.0)
            return (value, infinite) if above else (-infinite, value)
    return None


def _value(match: re.Match, group: int) -> float:
    scale = {"k": 1e3, "K": 1e3, "万": 1e4}.get(match[group + 1] or "", 1.0)
    return float(match[group].replace(",", "")) * scale


def _unit(words: str) -> float | None:
    return next((size for pattern, size in UNITS if re.search(pattern, words, re.IGNORECASE)), None)


def _by_grade(levels: list[str], name_is_ordered: bool) -> tuple[list[str], bool] | None:
    grades = {level: GRADE.fullmatch(level.strip()) for level in levels}
    if not all(grades.values()) or len({int(g[1]) for g in grades.values()}) < len(levels):
        return None
    generations = all(re.fullmatch(r"\dG", level.strip(), re.IGNORECASE) for level in levels)
    if not (name_is_ordered or generations):
        return None
    return sorted(levels, key=lambda level: int(grades[level][1])), generations or len(levels) > 2
