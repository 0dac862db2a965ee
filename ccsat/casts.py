"""Text to numbers, flags, ratings and durations; each cast returns the values and which texts it refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

import pandas as pd

from ccsat.calibers import SCALES
from ccsat.times import day_order, day_orders, to_time

__all__ = ["blank_codes", "day_order", "day_orders", "rating_labels", "to_duration", "to_flag", "to_number",
           "to_rating", "to_time"]  # fmt: skip

Cast = tuple[pd.Series, pd.Series]  # values, and True where a text was there and could not be read

# Words for the levels of a scale, as Chinese and English centres write them. Numbers in the data come before words.
LABELS: dict[str, dict[int, str]] = {
    "five": {
        5: "非常满意|很满意|十分满意|完全满意|very satisfied|extremely satisfied|excellent|very good",
        4: "满意|比较满意|较满意|satisfied|good|somewhat satisfied|fairly satisfied",
        3: "一般|中立|尚可|neutral|average|fair|ok|okay|neither|neither satisfied nor dissatisfied",
        2: "不满意|不太满意|比较不满意|较不满意|dissatisfied|unsatisfied|poor|somewhat dissatisfied",
        1: "非常不满意|很不满意|十分不满意|完全不满意|very dissatisfied|very unsatisfied|extremely dissatisfied"
           "|very poor|bad|very bad|terrible",
    },
    "three": {
        3: "满意|好|好评|satisfied|good|happy|positive",
        2: "一般|基本满意|中评|neutral|average|ok|fair",
        1: "不满意|差|差评|dissatisfied|unsatisfied|bad|poor|unhappy|negative",
    },
    "thumb": {
        1: "赞|点赞|顶|满意|有用|有帮助|好评|已解决|👍|up|thumbs up|thumbs_up|like|helpful|satisfied|good|yes|y|true|是",
        0: "踩|点踩|不满意|没用|无用|没帮助|差评|未解决|👎|down|thumbs down|thumbs_down|dislike|not helpful|unhelpful"
           "|dissatisfied|unsatisfied|bad|no|n|false|否",
    },
}  # fmt: skip
WIDE = str.maketrans("０１２３４５６７８９．，－＋％：／（）　", "0123456789.,-+%:/() ")
LEVEL = re.compile(r"(?:level|lv|等级)?\s*(\d{1,2})(?:\.0+)?\s*(?:分|星级?|stars?|points?|pts|/\s*\d+)?\s*(?:(?:[-–—=:：.、(\[]|\s)\s*[^\d\s].*)?", re.I)  # fmt: skip
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
THOUSANDS = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
DECIMAL_COMMA = re.compile(r"[-+]?(?:\d{1,3}(?:\.\d{3})+|\d+),(?:\d{1,2}|\d{4,})")
MONEY = re.compile(r"^(?:[¥￥$€£]|rmb|cny|usd|eur)\s*|\s*(?:元|圆|rmb|cny|usd|eur|€)$", re.IGNORECASE)
UNITS = re.compile(r"(?:(\d+(?:\.\d+)?)\s*(?:d|days?|天))?\s*(?:(\d+(?:\.\d+)?)\s*(?:h|hrs?|hours?|小时|时))?\s*"
                   r"(?:(\d+(?:\.\d+)?)\s*(?:m|mins?|minutes?|分钟?))?\s*(?:(\d+(?:\.\d+)?)\s*(?:s|secs?|seconds?|秒钟?))?",
                   re.IGNORECASE)  # fmt: skip
CLOCK = re.compile(r"(-?)(?:(\d+):)?(\d+):(\d{1,2}(?:\.\d+)?)")


def blank_codes(text: pd.Series, codes: Iterable[str]) -> pd.Series:
    """The column without the study's codes for "missing"; 98, "98" and "98.0" are one code."""
    codes = {_code(code) for code in codes}
    if not codes:
        return text
    coded = _by_value(text, lambda value: _code(value) in codes).fillna(False).astype(bool)
    return text.mask(coded, None)


def _code(value: object) -> str:
    value = str(value).strip().translate(WIDE)
    return value[:-2] if re.fullmatch(r"-?\d+\.0", value) else value.casefold()


def _by_value(text: pd.Series, read: Callable[[str], object]) -> pd.Series:
    """A function applied once to each different text; None where the text is missing."""
    codes, different = pd.factorize(text)
    known = pd.Series([read(str(value)) for value in different] or [None], dtype="object")
    return known.reindex(codes).set_axis(text.index).where(codes >= 0, None)


def _cast(text: pd.Series, read: Callable[[str], object], dtype: str) -> Cast:
    values = _by_value(text, read).astype(dtype)
    return values, text.notna() & values.isna()


def to_number(text: pd.Series) -> Cast:
    """Numbers: thousands commas, percent (85% is 0.85), currency signs, full-width digits; float64.

    Whether a comma marks decimals is decided for the whole column: only where some value can be read no other way
    ("2,5") and none has an English decimal point.
    """
    different = [_plain(value) for value in text.dropna().unique()]
    english = any(re.fullmatch(r"[-+]?(\d{1,3}(,\d{3})+|\d+)\.(\d{1,2}|\d{4,})", value) for value in different)
    comma = not english and any(DECIMAL_COMMA.fullmatch(value) for value in different)
    return _cast(text, lambda value: _number(value, comma), "float64")


def _plain(value: str) -> str:
    return MONEY.sub("", value.strip().translate(WIDE)).rstrip("%").strip()


def _number(value: str, comma: bool) -> float | None:
    plain = _plain(value)
    if comma:
        plain = plain.replace(".", "").replace(",", ".")
    elif THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
    if not NUMBER.fullmatch(plain):
        return None
    number = float(plain) if abs(float(plain)) < 1e300 else None
    return number / 100 if number is not None and value.strip().translate(WIDE).endswith("%") else number


def to_flag(text: pd.Series, yes: Iterable[str], no: Iterable[str]) -> Cast:
    """1 for a yes, 0 for a no, in any case; Int8. With "" among `no`, a blank counts as no."""
    no = list(no)
    answers = {_code(word): 0 for word in no} | {_code(word): 1 for word in yes}
    values, rejected = _cast(text, lambda value: answers.get(_code(value)), "Int8")
    return (values.mask(text.isna(), 0), rejected) if "" in no else (values, rejected)


def rating_labels(scale: str) -> dict[str, int]:
    """The words known for the levels of a scale."""
    return {word: level for level, words in LABELS.get(scale, {}).items() for word in words.split("|")}


def to_rating(text: pd.Series, scale: str, labels: Mapping[str, int] | None = None) -> Cast:
    """Level numbers of a scale; Int8. The study's labels first, then numbers ("5", "5.0", "5分", "★★★"), then known words."""
    levels = set(SCALES[scale])
    own = {str(word).strip().casefold(): level for word, level in (labels or {}).items()}
    words = rating_labels(scale)

    def level(value: str) -> int | None:
        key = value.strip().translate(WIDE).casefold()
        found = own.get(key, own.get(value.strip().casefold()))
        if found is None and (number := LEVEL.fullmatch(key)):
            found = int(number[1])
        if found is None and re.fullmatch("[★⭐️]+☆*", key):
            found = key.count("★") + key.count("⭐")
        if found is None:
            found = words.get(key)
        return found if found in levels else None

    return _cast(text, level, "Int8")


def to_duration(text: pd.Series) -> Cast:
    """Seconds: H:MM:SS (also times of day that mean a span), M:SS, "3分20秒", "1h 5m", or a number of seconds; float64."""
    return _cast(text, _seconds, "float64")


def _seconds(value: str) -> float | None:
    value = value.strip().translate(WIDE)
    value = re.sub(r"^(?:1899-12-3[01]|1900-01-0[01])[ T]", "", value)
    if clock := CLOCK.fullmatch(value):
        sign, hours, minutes, seconds = clock.groups()
        if float(seconds) >= 60 or (hours and int(minutes) >= 60):
            return None
        total = int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds)
        return -total if sign else total
    if value and (parts := UNITS.fullmatch(value)) and any(parts.groups()):
        days, hours, minutes, seconds = (float(part or 0) for part in parts.groups())
        return days * 86400 + hours * 3600 + minutes * 60 + seconds
    return _number(value, False)
