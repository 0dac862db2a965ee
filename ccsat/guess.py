"""Which column is the rating, and which are times, identifiers, flags and comments."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import pandas as pd

from ccsat import casts
from ccsat.calibers import SCALES
from ccsat.errors import DataError, listing
from ccsat.profiles import Profile

RATING = (r"\bcsat\b|satisf|满意|\brating\b|\bnps\b|recommend|推荐|评分|打分|评价|得分|\bscores?\b|\bstars?\b|好评|thumb"
          r"|\brate\b|\bfeedback score\b")  # fmt: skip
STRONG = r"\bcsat\b|satisf|满意|\bnps\b|推荐意愿|recommend"
OVERALL = r"overall|整体|总体|综合|总的|\bcsat\b"
NOT_RATING = (r"\bid\b|编号|次数|时长|金额|费|占比|count|second|duration|price|amount|time\b|date|时间|日期|原因|reason"
              r"|remark|comment|意见|credit|信用|risk|质检|\bqa\b|quality score|发送|推送|方式|渠道|target|目标|lead")  # fmt: skip
MISSING_CODES = (-1, -9, -99, -999, 0, 9, 97, 98, 99, 998, 999, 9999)
MISSING_WORDS = re.compile(r"n/?a|null|none|nan|-+|#n/?a|missing|无|空|未评价|未评|未参评|未知|拒答|不清楚|not rated|no answer",
                           re.IGNORECASE)  # fmt: skip
AT = (r"survey|response date|responded at|评价时间|评价日期|评分时间|满意度.*时间|调查|回访|参评|提交|submit|feedback|rated|答卷|填写",
      r"^(date|time|day|timestamp|datetime|日期|时间|统计日期|数据日期|call date|contact date|通话日期)$",
      r"close|end|finish|complete|完成|结束|结案|办结|respon|answer|reply|应答|接通|响应|回复",
      r"call|contact|chat|session|通话|来电|会话|接触|服务|受理|start|begin|report|creat|open|date|time|日期|时间")  # fmt: skip
NOT_AT = r"order|下单|订单|purchase|birth|生日|出生|regist|注册|入网|hire|入职|开户|join|expire|到期|update|更新|import|导入|export|导出|导入"
START = r"report|start|begin|creat|open|request|raised|received|来电|开始|受理|发起|创建|进线|呼入|提交工单|建单"
RESPOND = r"respon|answer|reply|replied|first contact|接通|应答|响应|首次回复|回复|接起"
FINISH = r"close|end|finish|complete|resolved at|hang ?up|完成|结束|结案|办结|挂机|解决时间"
NEARLY, HALF = 0.95, 0.5  # shares of the ratings that have a time
IDS = {
    "agent_id": r"^agents?$|agent (id|name|no|code)|坐席(?!.*(组|班|级|时|龄))|座席(?!.*(组|班|级|时|龄))|客服(工号|姓名|编号|id|人员)|工号"
                r"|员工(编号|id|姓名|号)|employee|staff (id|name)|operator (id|name)|^rep( id| name)?$|representative",
    "customer_id": r"cust(omer)? ?(id|no|number|code)|client ?(id|no)|member ?(id|no)|user ?(id|no)|account ?(id|no|number)"
                   r"|客户(id|编号|编码|号)|用户(id|编号|编码|号)|会员(id|编号|号)|手机号|号码|phone|mobile|msisdn|^customers?$|^(客户|用户|会员)$",
    "survey_id": r"survey ?(id|no)|response ?(id|no)|respondent|问卷(id|编号|号)|评价(id|编号|号)|答卷|样本(id|编号|号)|^case ?(id|no)$",
    "contact_id": r"^(ticket|case)$|(call|contact|ticket|chat|session|interaction|conversation|case) ?(id|no|number|key)|工单(id|编号|号)|会话(id|编号|号)"
                  r"|通话(id|编号|号|流水)|来电(id|编号)|流水|接触(id|编号)|录音",
}  # fmt: skip
ID_WORDS = r"\bids?\b|id$|编号|编码|流水|uuid|guid|\bkey\b|\bno\b|\bnumber\b|单号|工号|^index$|序号|行号"
TEXTY = (r"remark|comment|feedback(?! score)|verbatim|opinion|suggest|review|note|意见|备注|描述|建议|留言|原话|内容|说明|评语"
         r"|\btext\b|free ?text|transcript")  # fmt: skip
FLAGS = {
    "answered": r"^answered|^is answered|接通|是否应答|^应答$",
    "resolved": r"^(is )?(re)?solved|resolution|fcr|问题.*解决|是否解决|^解决|一次解决",
    "pushed": r"^(is )?pushed|invited|survey sent|是否推送|是否邀评|推送",
    "delivered": r"^(is )?delivered|是否送达|送达",
    "default_filled": r"default|默认",
}
YES = "1|y|yes|true|是|t|有|已解决|解决|已接通|接通|resolved|solved|answered|已推送|已送达|√|✓|成功"
NO = "0|n|no|false|否|f|无|未解决|没有解决|没解决|未接通|unresolved|unsolved|not resolved|abandoned|missed|未推送|未送达|×|失败"


@dataclass
class Rating:
    """The outcome column and how it is read."""

    profile: Profile
    scale: str
    sure: bool
    labels: dict[str, int] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    counts: dict[int, int] = field(default_factory=dict)


def guess_rating(profiles: list[Profile]) -> Rating:
    """The rating column and its scale.

    Raises:
        DataError: No column looks like a rating.
    """
    found = []
    for profile in profiles:
        named = profile.says(RATING) and (not profile.says(NOT_RATING) or profile.says(STRONG))
        if profile.kind in ("empty", "time", "clock") or profile.distinct > 40 or profile.says(r"^id$|\bid\b"):
            continue
        read = _read_as_rating(profile, named)
        if read is None or (not named and read.scale in ("thumb", "three", "nps")):
            continue
        worth = 10 * named + 6 * profile.says(STRONG) + 4 * profile.says(OVERALL) - 0.01 * profile.position
        worth += 2 * (read.scale in ("five", "ten", "nps")) - 3 * (profile.missing > 0.9) - 2 * (not read.sure)
        worth += 1 if len(read.counts) >= 4 else 0
        if named or len(read.counts) >= 4:
            found.append((worth, read))
    if not found:
        raise DataError("no_rating_found", columns=listing([p.name for p in profiles], 30))
    best = max(found, key=lambda pair: pair[0])
    best[1].sure &= best[0] >= 10
    return best[1]


def _read_as_rating(profile: Profile, named: bool) -> Rating | None:
    """The scale on which nearly all values stand; values off it that look like codes are proposed as missing."""
    different = pd.Series(profile.levels, index=profile.levels, dtype="str")
    codes = [value for value in profile.levels if MISSING_WORDS.fullmatch(value)]
    for scale in _scales(profile):
        levels, refused = casts.to_rating(different, scale)
        odd = [value for value in different[refused] if value not in codes]
        share_odd = profile.counts[odd].sum() / max(profile.filled, 1)
        coded = [v for v in odd if re.fullmatch(r"-?\d+(\.0)?", v) and int(float(v)) in MISSING_CODES]
        kept = levels.dropna()
        if kept.nunique() < 2 or profile.counts[[v for v in odd if v not in coded]].sum() > 0.05 * profile.filled:
            continue
        if coded and (share_odd > 0.6 or not named):
            continue
        counts = profile.counts[kept.index].groupby(kept).sum()
        worded = {v: int(k) for v, k in kept.items() if not re.match(r"[\d.]+", v)}
        if not named and (worded or kept.nunique() < 4):
            continue
        sure = not coded and scale != "nps" or profile.says(r"nps|推荐|recommend")
        return Rating(
            profile, scale, sure, worded, [*codes, *coded], {int(k): int(n) for k, n in sorted(counts.items())}
        )
    return None


def _scales(profile: Profile) -> Iterable[str]:
    """Scales to try, likeliest first."""
    numbers = profile.numbers
    numbers = numbers[[int(v) not in MISSING_CODES or 0 <= v <= 10 for v in numbers]]
    if len(numbers) < max(2, 0.6 * profile.distinct) or not (numbers % 1 == 0).all():
        if profile.distinct > 20:
            return ()
        strong = any(re.search(r"非常|很|十分|very|extremely|excellent|terrible", v.casefold()) for v in profile.levels)
        return (
            ("five", "three", "thumb")
            if strong or profile.distinct > 3
            else ("thumb", "three", "five")[profile.distinct == 3 :]
        )
    low, high = numbers.min(), numbers.max()
    if high > 10 or low < 0:
        return ("five", "ten") if profile.says(RATING) else ()
    if set(numbers) <= {0, 1}:
        return ("thumb",)
    if high > 5:
        return ("nps",) if profile.says(r"nps|推荐|recommend") or low == 0 else ("ten",)
    return ("three",) if high == 3 and low >= 1 and profile.distinct == 3 else ("five",) if high >= 4 else ()


def guess_sub_ratings(rating: Rating, profiles: list[Profile]) -> list[Profile]:
    """Further answers on the rating's scale that go with it: the same words in the name, or near it and correlated."""
    if rating.scale in ("thumb", "flag"):
        return []
    subs = []
    own, _ = casts.to_rating(rating.profile.text, rating.scale, rating.labels)
    for profile in profiles:
        if profile is rating.profile or profile.table != rating.profile.table or profile.kind != "number":
            continue
        if profile.distinct > 40:
            continue
        values, refused = casts.to_rating(profile.text, rating.scale)
        enough = values.nunique() >= 0.6 * len(SCALES[rating.scale]) and refused.sum() <= 0.02 * max(profile.filled, 1)
        if not enough or profile.says(r"\bid\b|次数|时长|count|tenure|age\b|complex|level|等级"):
            continue
        together = own.astype("float64").corr(values.astype("float64"), method="spearman")
        near = abs(profile.position - rating.profile.position) <= 12
        if profile.says(STRONG) or (together > 0.5 and near) or (together > 0.2 and profile.says(RATING)):
            subs.append(profile)
    return subs


def guess_times(rating: Rating, profiles: list[Profile]) -> dict[str, Profile]:
    """`at`, the time a rating belongs to, and `started_at`, `responded_at`, `ended_at`, `clock` where the data have them."""
    times = [p for p in profiles if p.kind == "time" and not p.says(NOT_AT) and p.missing < 0.95]
    found: dict[str, Profile] = {}
    rated = rating.profile.text.notna()
    for pattern in AT:
        whole = [p for p in times if p.says(pattern) and _reach(p, rating.profile, rated) > NEARLY]
        if whole:
            found["at"] = min(whole, key=lambda p: p.missing)
            break
    else:
        most = max((_reach(p, rating.profile, rated) for p in times), default=0.0)
        if most > HALF:  # the first that nearly every rating has; else the one that most have
            found["at"] = next(p for p in times if _reach(p, rating.profile, rated) >= min(most, NEARLY))
    for role, pattern in (("started_at", START), ("responded_at", RESPOND), ("ended_at", FINISH)):
        named = [p for p in times if p.says(pattern) and p not in found.values() and p.missing < 0.5]
        if named:
            found[role] = named[0]
    if "at" in found and "started_at" not in found and found["at"].says(START):
        found["started_at"] = found["at"]
    if "at" in found and found["at"].text.dropna().str.contains(":").mean() < 0.05:
        clocks = [p for p in profiles if p.kind == "clock" and p.table == found["at"].table and _is_time_of_day(p)]
        if clocks:
            found["clock"] = clocks[0]
    return found


def lacks_times(time: Profile, rating: Rating) -> bool:
    """Whether more ratings are without this time than can be passed over in silence."""
    return _reach(time, rating.profile, rating.profile.text.notna()) <= NEARLY


def _reach(time: Profile, rating: Profile, rated: pd.Series) -> float:
    """Share of rated rows that have this time (other tables are joined later, so they are taken at their word)."""
    return 1 - time.missing if time.table != rating.table else float(time.text[rated].notna().mean())


def _is_time_of_day(profile: Profile) -> bool:
    if profile.says(r"dur|talk|handl|wait|hold|aht|asa|second|length|时长|耗时|用时|秒|等待"):
        return False
    hours = [int(v.split(":")[0]) for v in profile.levels if v.count(":") and v[0].isdigit()]
    return bool(hours) and max(hours) < 24 and (profile.says(r"time|clock|hour|时间|时刻|时分") or max(hours) >= 6)


def guess_ids(profiles: list[Profile], free: set[str]) -> dict[str, Profile]:
    """Identifiers by name and by how much they repeat; a nameless unique key becomes survey_id."""
    found: dict[str, Profile] = {}
    for role in ("contact_id", "survey_id", "customer_id", "agent_id"):
        for profile in sorted(profiles, key=lambda p: (not p.says(ID_WORDS), p.position)):
            if profile.name not in free or profile.kind in ("time", "clock", "empty") or profile in found.values():
                continue
            if profile.says(
                r"shift|tenure|group|team|level|time|date|age\b|班次|班组|satisf|满意|score|count|次数|rating"
            ):
                continue
            repeats = 1 - profile.distinct / profile.filled
            own = role in ("survey_id", "contact_id")
            if profile.says(IDS[role]) and (repeats < 0.5 and profile.missing < 0.5 if own else profile.distinct > 1):
                found[role] = profile
                break
    if not {"survey_id", "contact_id"} & set(found):
        for profile in profiles:
            unique = (
                profile.distinct > 0.95 * profile.n and profile.says(ID_WORDS + r"|unique") and not is_unnamed(profile)
            )
            if unique and profile.name in free and profile not in found.values():
                found["survey_id"] = profile
                break
    return found


def is_unnamed(profile: Profile) -> bool:
    """Whether a column has no name of its own, as row numbers that a tool wrote have none."""
    return re.fullmatch(r"column_\d+|unnamed.*|index|序号|行号", profile.name, re.IGNORECASE) is not None


def is_identifier(profile: Profile) -> bool:
    """A key that is no dimension: nearly every row has its own, or the name says so and there are many."""
    share = profile.distinct / max(profile.filled, 1)
    token = (
        profile.kind == "number"
        and profile.whole
        or profile.kind == "text"
        and not any(" " in v for v in profile.levels[:50])
    )
    named = profile.says(ID_WORDS + r"|order id|phone|mobile|手机|号码|\bname\b|姓名")
    counter = is_unnamed(profile) and share > 0.95 or _counts_up(profile)
    long_number = (
        profile.kind == "number"
        and profile.distinct > 100
        and all(re.fullmatch(r"\d{9,}", v) for v in profile.levels[:500])
    )
    return counter or long_number or (named and share > 0.2 and profile.distinct > 50) or (
        share > 0.98 and profile.distinct > 100 and token and profile.kind == "text" and profile.length >= 6)  # fmt: skip


def _counts_up(profile: Profile) -> bool:
    """Whole numbers, each once, with hardly a gap."""
    if profile.kind != "number" or profile.distinct < max(100, profile.filled):
        return False
    numbers = profile.numbers
    return profile.whole and numbers.max() - numbers.min() < 1.5 * len(numbers)


def is_comment(profile: Profile) -> bool:
    """Free text: named so, or long and hardly ever the same."""
    if profile.kind != "text" or profile.distinct < 15:
        return False
    share = profile.distinct / max(profile.filled, 1)
    spaced = sum(" " in v or len(v) > 12 for v in profile.levels[:500]) / min(len(profile.levels), 500)
    if profile.says(TEXTY):
        return share > 0.05
    return share > 0.3 and profile.length > 15 and spaced > 0.5


def guess_flags(profiles: list[Profile], free: set[str]) -> tuple[dict[str, Profile], list[str], list[str]]:
    """Yes/no columns with a part of their own, and the words they use beyond the usual."""
    found, yes, no = {}, set(), set()
    for role, pattern in FLAGS.items():
        for profile in profiles:
            if (
                profile.name not in free
                or profile in found.values()
                or not profile.says(pattern)
                or profile.distinct > 4
            ):
                continue
            words = {v.casefold() for v in profile.levels}
            if (
                1 <= len(words) <= 2
                and words <= set(YES.split("|")) | set(NO.split("|"))
                and words & set(YES.split("|"))
            ):
                found[role] = profile
                yes |= words & set(YES.split("|"))
                no |= words & set(NO.split("|"))
                break
    return found, sorted(yes), sorted(no)
