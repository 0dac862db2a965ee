"""S08, the data problem: the survey changes in four ways, and the service in none."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from ccsat.worlds import company as co
from ccsat.worlds.measures import answers, level, observed, satisfied, share
from ccsat.worlds.patches import Patch, Patches
from ccsat.worlds.story import Aim, Cause, Decoy, Draw, Plot, Story, scope_words

TEXT, BONUS = "change:CH-801", "change:CH-802"
# What a platform does by itself stands in no ledger of changes.
RERUN, DEFAULTS = "data:duplicate", "data:default_filled"
# Logit of answering a text message: by .95 likelier for the dissatisfied (DOMAIN 5.5; 3 or less, as the KPI has it), and
# an intercept with which .155 of the phone contacts in scope answer instead of .30.
TEXT_ANSWER = {"intercept": -0.97, "dissatisfied": 0.95}
TEXT_MEASURED = -0.5
# Of callers that agents expect to give 3 or less, .80 are not invited. Agents foresee .70 of them, and take as many
# others for one of them as they miss: so the push rate falls by .80 of the low ratings, and the rate rises to about 97 %.
KEPT_OUT, FORESEEN, MISTAKEN = 0.80, 0.70, 0.017
TWICE_WEEK, TWICE_DAYS = 10, (1, 2)  # Tuesday and Wednesday
DEFAULT_WEEK = 11
DEFAULT_FIVE = 0.85  # of default fills; the others are 4


@dataclass(frozen=True)
class TextSurvey(Patch):
    """Phone surveys of some regions go by text message: fewer answer, the dissatisfied rather, and lower.

    Attributes:
        onset: Day from which they do.
        regions: Where.
        strength: Multiplies all three effects.
    """

    data = True
    onset: int = co.first_day(co.FIRST_CURRENT_WEEK)
    regions: tuple[str, ...] = ("R1", "R2", "R5")
    strength: float = 1.0

    @property
    def scope(self) -> dict:
        return {"region": list(self.regions), "channel": "phone"}

    def instrument(self, calls, scene) -> np.ndarray:
        return ~calls.online & np.isin(np.array(co.REGIONS)[calls.region], self.regions) & (calls.day >= self.onset)

    def measured(self, calls, scene) -> np.ndarray:
        return self.strength * TEXT_MEASURED * calls.by_text

    def answer(self, calls, scene) -> np.ndarray:
        shift = TEXT_ANSWER["intercept"] + TEXT_ANSWER["dissatisfied"] * (calls.felt <= 3)
        return self.strength * calls.by_text * shift


@dataclass(frozen=True)
class KeptOut(Patch):
    """A team does not invite callers that it expects to rate low: it looks better and is not."""

    data = True
    onset: int = co.first_day(co.FIRST_CURRENT_WEEK)
    team: str = "T07"
    part: float = KEPT_OUT

    def invited(self, calls, scene) -> np.ndarray:
        theirs = scene.agents.team[calls.agent] == co.TEAMS.index(self.team)
        expected = np.where(calls.felt <= 3, FORESEEN, MISTAKEN)
        return 1 - self.part * expected * (theirs & (calls.day >= self.onset))


@dataclass(frozen=True)
class TakenInTwice(Patch):
    """Surveys of two days stand twice in the table: the same ids, another batch."""

    data = True
    days: tuple[int, ...] = tuple(co.first_day(TWICE_WEEK) + day for day in TWICE_DAYS)

    def tables(self, tables: dict, scene) -> dict:
        started = tables["contacts"].set_index("contact_id")["started_at"]
        surveys, reasons = tables["surveys"], tables["survey_reasons"]
        day = (surveys["contact_id"].map(started) - pd.Timestamp(co.START)).dt.days
        again = surveys[day.isin(self.days)]
        again = again.assign(ingest_batch=again["ingest_batch"] + "-2")
        named = reasons[reasons["survey_id"].isin(again["survey_id"])]
        return tables | {"surveys": pd.concat([surveys, again], ignore_index=True),
                         "survey_reasons": pd.concat([reasons, named], ignore_index=True)}  # fmt: skip


@dataclass(frozen=True)
class FilledByDefault(Patch):
    """Who does not answer is recorded as satisfied, in one region, from a week on."""

    data = True
    onset: int = co.first_day(DEFAULT_WEEK)
    region: str = "R6"

    def filled(self, calls, scene) -> np.ndarray:
        here = (calls.region == co.REGIONS.index(self.region)) & (calls.day >= self.onset)
        return np.where(here, np.where(calls.luck < DEFAULT_FIVE, 5, 4), 0).astype(np.int8)


def plot(draw: Draw) -> Plot:
    """The story as documented; varied: other regions, another team, onset and strength. Data fall out at their own dates."""
    regions, region, team = ("R1", "R2", "R5"), "R6", draw.pick("T07", "T02", "T06", "T09", "T11")
    if draw.rng is not None:
        *some, region = map(str, draw.rng.permutation(co.REGIONS)[:4])
        regions = tuple(sorted(some))
    text = TextSurvey(onset=draw.onset, regions=regions, strength=draw.strength)
    bonus = KeptOut(onset=draw.onset, team=team, part=min(1.0, KEPT_OUT * draw.strength))
    twice, default = TakenInTwice(), FilledByDefault(region=region)
    patches = (text, bonus, twice, default)
    defects = (
        text_defect(text),
        {"kind": "selective_invitation", "where": {"team": team}, "from": str(co.START + bonus.onset)},
        {"kind": "duplicate", "where": {"day": [str(co.START + day) for day in twice.days]}, "column": "survey_id"},
        {"kind": "default_filled", "where": {"region": region}, "from": str(co.START + default.onset)},
    )
    return Plot(
        verdict="artefact",
        patches=patches,
        causes=_causes(),
        decoys=_decoys(regions, region, team),
        changes=(text_change(text), {
            "change_id": "CH-802", "day": bonus.onset, "hour": 9.0, "kind": "staffing", "scope": f"team={team}",
            "owner_dept": "operations", "announced": True,
            "title_zh": f"{team} 试行满意率与班组奖金挂钩，邀请评价由坐席手动发起",
            "title_en": f"{team} tries a team bonus for satisfaction; agents send the invitations by hand",
        }),
        defects=defects,
        library=("m1", "m2", "m3", "m4", "m5", "m6", "a4", "a5", "a7"),
        labels={"m1": "best", "m2": "acceptable", "m3": "best", "m4": "acceptable", "m5": "best", "m6": "wrong", "a4": "wrong",
                "a5": "wrong", "a7": "wrong"},
        phi={"m1": {TEXT: 0.80}, "m2": {TEXT: 0.50}, "m3": {BONUS: 0.90}, "m4": {RERUN: 1.0}, "m5": {DEFAULTS: 0.95},
             "m6": {TEXT: 0.0}},
        expect=partial(count_defects, patches, defects),
    )  # fmt: skip


def text_change(text: TextSurvey) -> dict:
    """The row of the changes table that announces surveys by text message."""
    regions = "、".join(text.regions)
    return {
        "change_id": "CH-801", "day": text.onset, "hour": 0.0, "kind": "survey_instrument", "scope": scope_words(text.scope),
        "owner_dept": "operations", "announced": False,
        "title_zh": f"{regions} 电话满意度测评由挂机按键改为短信",
        "title_en": f"Phone surveys of {', '.join(text.regions)} go by text message instead of key press",
    }  # fmt: skip


def text_defect(text: TextSurvey) -> dict:
    """CH-801 as a defect of the data."""
    return {"kind": "instrument", "where": text.scope, "from": str(co.START + text.onset), "mode": "sms"}


def text_cause(*, patches: tuple[int, ...]) -> Cause:
    """What CH-801 does to the survey, as a cause."""
    return Cause(
        id=TEXT, kind="survey_instrument", change_id="CH-801", owner="centre_process", gap="perception", controllable=True,
        patches=patches,
        chain=(
            {"zh": "几个地市的电话满意率突然下降", "en": "the phone rating of some cities falls all at once"},
            {"zh": "下降只出现在改用短信测评的地市和渠道，其他范围没有变化", "en": "it falls only where surveys now go by text, and nowhere else"},
            {"zh": "参评率减半，不满意的客户更愿意回短信，打分也偏低", "en": "half as many answer, the dissatisfied rather than others, and lower"},
            {"zh": "电话测评由挂机按键改为短信", "en": "phone surveys moved from key press to text message"},
            {"zh": "换测评方式前没有并行测量，新旧口径不可比", "en": "the way of asking was changed without a parallel run, so periods cannot be compared"},
        ),
    )  # fmt: skip


def _causes() -> tuple[Cause, ...]:
    return (
        text_cause(patches=(0,)),
        Cause(
            id=BONUS, kind="staffing", change_id="CH-802", owner="centre_process", gap="execution", controllable=True, patches=(1,),
            chain=(
                {"zh": "一个班组满意率突然领先", "en": "one team's rate leads all at once"},
                {"zh": "该班组推送率下降，一般和不满意的评价几乎消失", "en": "it invites fewer, and neutral or bad ratings nearly vanish"},
                {"zh": "坐席不邀请预计会打低分的客户", "en": "agents do not invite callers they expect to rate low"},
                {"zh": "满意率与奖金挂钩，邀请又由坐席手动发起", "en": "a bonus hangs on the rate, and agents send the invitations themselves"},
            ),
        ),
        Cause(
            id=RERUN, kind="data", change_id=None, owner="centre_process", gap="execution", controllable=True, patches=(2,),
            chain=(
                {"zh": "第10周有两天评价量翻倍", "en": "two days of week 10 have twice the surveys"},
                {"zh": "同一评价编号出现两次，入库批次不同", "en": "the same survey ids stand twice, in two batches"},
                {"zh": "入库任务补跑，重复写入", "en": "the intake job was run again and wrote them again"},
                {"zh": "入库没有按评价编号去重", "en": "the intake does not check for ids it has"},
            ),
        ),
        Cause(
            id=DEFAULTS, kind="data", change_id=None, owner="centre_process", gap="design", controllable=True,
            patches=(3,),
            chain=(
                {"zh": "一个地市最后两周几乎人人参评、人人满意", "en": "in one city nearly everybody answers and is satisfied in the last two weeks"},
                {"zh": "这些评分没有参评时间", "en": "these ratings have no time of answer"},
                {"zh": "超时未评价的被系统默认记为满意", "en": "who did not answer in time was recorded as satisfied"},
                {"zh": "测评平台升级时打开了默认好评", "en": "the upgrade of the survey platform switched default ratings on"},
            ),
        ),
    )  # fmt: skip


def _decoys(regions: tuple[str, ...], region: str, team: str) -> tuple[Decoy, ...]:
    worst = regions[min(1, len(regions) - 1)]
    return (
        Decoy(
            claim={"zh": f"{worst} 地区满意率大幅下降，应到 {worst} 整改服务", "en": f"Region {worst} fell a long way; put its service right"},
            why_wrong={"zh": "下降与短信测评的范围和日期完全重合，同地区在线渠道没有变化；服务没有变差",
                       "en": "The fall has exactly the scope and date of the text survey; online contacts there did not move; the service is as it was"},
        ),
        Decoy(
            claim={"zh": f"{team} 进步明显，应推广其经验", "en": f"Team {team} got much better; copy what it does"},
            why_wrong={"zh": "推送率同时下降，低分客户没有被邀请", "en": "Its push rate fell at the same time: low raters were not invited"},
        ),
        Decoy(
            claim={"zh": f"{region} 参评率和满意率双升，说明新平台受欢迎", "en": f"Answers and ratings rose in {region}: the new platform is liked"},
            why_wrong={"zh": "新增的评分是默认填充，不是客户给的", "en": "The additional ratings were filled in, not given"},
        ),
        Decoy(
            claim={"zh": "移动覆盖受理模板同在第9周更新，是它造成的", "en": "The coverage form changed in week 9 too, so it did this"},
            why_wrong={"zh": "其范围是移动覆盖，该范围内满意率没有变化", "en": "Its scope is coverage contacts, which did not change"},
        ),
    )  # fmt: skip


def count_defects(patches: tuple[Patch, ...], defects: tuple[dict, ...], scene, play) -> dict:
    """The defects with how many rows each has, and the KPI as it would be without any of them."""
    clean, asked, spoiled = (play(Patches(some)) for some in ((), patches[:1], patches))
    twice = patches[2]
    calls = spoiled.calls
    n = {
        "instrument": int((calls.by_text & calls.invited).sum()),
        "selective_invitation": int(asked.calls.invited.sum() - calls.invited.sum()),
        "duplicate": int((calls.invited & np.isin(calls.day, twice.days)).sum()),
        "default_filled": int((spoiled.patches.filled(calls, scene) > 0).sum()),
    }
    return {
        "defects": [defect | {"n": n[defect["kind"]]} for defect in defects],
        "corrected": {"value": satisfied(clean), "change_points": satisfied(clean) - satisfied(clean, current=False)},
    }


def _felt_change(off, on) -> float:
    return float((on.calls.felt != off.calls.felt).mean())


SCOPE = TextSurvey().scope
TEAM = {"team": KeptOut().team}
PROTOTYPE = "range of three seeds with a standard error of .33 each; the documented coefficients, with dissatisfied read as 3 or less"
STORY = Story(
    code="S08", slug="data", title={"zh": "数据问题", "en": "A data problem"}, plot=plot,
    aims=(
        Aim(what="participation, scope, baseline", aim=0.30, low=0.295, high=0.315, measure=share("answered", SCOPE, current=False)),
        Aim(what="participation, scope, current", aim=0.155, low=0.151, high=0.159, measure=share("answered", SCOPE)),
        Aim(what="observed change, real answers", aim=(-0.020, -0.017), low=-0.022, high=-0.015, measure=answers(), why=PROTOTYPE),
        Aim(what="observed change, default fills in it", aim=-0.011, low=-0.015, high=-0.006, measure=observed(),
            why="ours: the prototype had no default fills"),
        Aim(what="change, scope", aim=(-0.058, -0.052), low=-0.067, high=-0.048, measure=answers(SCOPE), why=PROTOTYPE),
        Aim(what="change, outside the scope", aim=(-0.005, 0.005), low=-0.005, high=0.005, measure=answers(SCOPE, beside=True)),
        Aim(what="contacts that felt otherwise", aim=0.0, low=-1e-12, high=1e-12, measure=_felt_change),
        Aim(what="push rate, team, baseline", aim=0.92, low=0.915, high=0.925, measure=share("invited", TEAM, current=False)),
        Aim(what="push rate, team, current", aim=0.88, low=0.872, high=0.890, measure=share("invited", TEAM)),
        Aim(what="satisfied, team, baseline", aim=0.94, low=0.935, high=0.955, measure=level(TEAM, current=False)),
        Aim(what="satisfied, team, current", aim=0.97, low=0.960, high=0.980, measure=level(TEAM)),
    ),
)  # fmt: skip
