"""S03, the charging problem: the message before a date is switched off, and people are charged unawares."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ccsat.worlds import company as co
from ccsat.worlds.measures import effect, level, observed
from ccsat.worlds.patches import Patch, Patches, Setting
from ccsat.worlds.story import Aim, Cause, Decoy, Draw, Plot, Story, scope_words

CAUSE = "change:CH-107"
RESTORED_WEEK = 11
SENT = {  # what the message says, by the line that people call about without it
    "vas_charge": {"zh": "视频体验包到期提醒短信", "en": "Expiry reminder of the video trial pack"},
    "overage": {"zh": "流量用尽提醒短信", "en": "Message that the data allowance is used up"},
    "contract_fee": {"zh": "合约优惠到期提醒短信", "en": "Reminder that a contract discount ends"},
}


@dataclass(frozen=True)
class NoReminder(Patch):
    """The reminder job is off from `onset`, later in one region, and comes back in two regions in week 11.

    What being charged unawares does (lower ratings, twice the disputes) is the company's own: it happens to the few
    whom the job misses at any time. Here it happens to everyone whose date passes without the job.

    Attributes:
        onset: Day from which no reminder is sent.
        late_region: Keeps the old job until week 11: the natural control.
        restored_regions: Get the job back in week 11.
        reach: Share of customers that the restored job reaches in its first weeks.
        segment: Only this segment loses the reminder; None: everyone.
        strength: Multiplies the effect on ratings.
    """

    onset: int = co.first_day(co.FIRST_CURRENT_WEEK)
    late_region: str = "R6"
    restored_regions: tuple[str, ...] = ("R1", "R2")
    reach: float = 0.55
    segment: str | None = None
    strength: float = 1.0

    def reminded(self, scene) -> np.ndarray:
        people = scene.customers
        day, region = people.reminded_day, np.array(co.REGIONS)[people.region]
        again = co.first_day(RESTORED_WEEK)
        off = day >= np.where(region == self.late_region, max(again, self.onset), self.onset)
        back = np.isin(region, self.restored_regions) & (day >= again) & (people.luck < self.reach)
        off = off & ~back
        if self.segment is not None:
            off = off & (np.array(co.SEGMENTS)[people.segment] == self.segment)
        return ~off

    def eta(self, calls, scene) -> np.ndarray:
        return (self.strength - 1) * co.UNREMINDED_ETA * calls.unreminded

    def comment_key(self, calls, scene) -> tuple[str, np.ndarray]:
        return "R07:unreminded", calls.unreminded


CELLS = (
    {"biz_l2": "vas_charge"}, {"biz_l2": "overage"}, {"biz_l2": "contract_fee"}, {"biz_l2": "vas_charge", "segment": "mass"},
)  # fmt: skip


def plot(draw: Draw) -> Plot:
    """The story as documented; varied: another line, onset, strength, control region and acting regions."""
    where = CELLS[draw.cell]
    late, acting = "R6", ("R1", "R2")
    if draw.rng is not None:
        late, *acting = map(str, draw.rng.permutation(co.REGIONS)[:3])
    patch = NoReminder(onset=draw.onset, late_region=late, restored_regions=tuple(sorted(acting)),
                       segment=where.get("segment"), strength=draw.strength)  # fmt: skip
    scope, regions, sent = scope_words(where), "|".join(patch.restored_regions), SENT[where["biz_l2"]]
    return Plot(
        setting=Setting(reminded_line=where["biz_l2"]),
        patches=(patch,),
        verdict="real",
        cells=(where,),
        causes=(_cause(),),
        decoys=_decoys(),
        changes=({
            "change_id": "CH-107", "day": patch.onset, "hour": 0.0, "kind": "process", "scope": scope,
            "owner_dept": "value_added_unit", "announced": False,
            "title_zh": f"{sent['zh']}任务下线（节约成本；{late} 平台迁移后于5月12日下线）",
            "title_en": f"{sent['en']} switched off (cost saving; {late} follows on 12 May)",
        },),
        actions=({
            "action_id": "A-21", "day": co.first_day(RESTORED_WEEK), "hour": 9.0, "kind": "process", "scope": f"{scope};region={regions}",
            "owner": "billing_product", "cost": 1.0, "lead_days": 3, "predicted_points": 0.004,
            "verification_design": "B",
            "title_zh": f"在 {regions.replace('|', '、')} 恢复到期提醒短信",
            "title_en": f"Expiry reminder restored in {regions.replace('|', ', ')}",
        },),
        library=("b1", "b2", "b3", "b4", "b5", "a4", "a5", "a6", "a7"),
        labels={"b1": "best", "b2": "best", "b3": "best", "b5": "acceptable", "b4": "wrong", "a4": "wrong", "a5": "wrong",
                "a6": "wrong", "a7": "wrong"},
        phi={"b1": {CAUSE: 0.55}, "b2": {CAUSE: 0.30}, "b3": {CAUSE: 0.35}, "b4": {CAUSE: 0.05}, "b5": {CAUSE: 0.10}},
        expect=partial(verify, patch),
    )  # fmt: skip


def _cause() -> Cause:
    return Cause(
        id=CAUSE, kind="process", change_id="CH-107", owner="billing_product", gap="design", controllable=False,
        chain=(
            {"zh": "客户说收费不明白", "en": "customers say the fee is unclear"},
            {"zh": "免费体验期一结束就开始扣费", "en": "they are charged as soon as the free trial ends"},
            {"zh": "到期前没有收到提醒", "en": "no reminder reached them before the end"},
            {"zh": "到期提醒短信任务被停用", "en": "the reminder job was switched off"},
            {"zh": "增值业务部门为节约成本变更，未经服务评审", "en": "a cost saving of the value-added unit, made without a service review"},
        ),
    )  # fmt: skip


def _decoys() -> tuple[Decoy, ...]:
    return (
        Decoy(
            claim={"zh": "坐席解释不清，应加强收费话术", "en": "Agents explain badly; train the charging script"},
            why_wrong={"zh": "同样的坐席处理其他争议时满意率未变；下降只在未收到提醒的客户中出现",
                       "en": "The same agents' other disputes did not change; only customers without a reminder fell"},
        ),
        Decoy(
            claim={"zh": "移动覆盖受理模板同在第9周更新，是它造成的", "en": "The coverage form changed in week 9 too, so it did this"},
            why_wrong={"zh": "其范围是移动覆盖，该范围内满意率没有变化", "en": "Its scope is coverage contacts, which did not change"},
        ),
        Decoy(
            claim={"zh": "R4 地区满意率最低，问题在 R4", "en": "Region R4 is lowest, so the problem is there"},
            why_wrong={"zh": "R4 在基线期同样低约1分", "en": "R4 is about one point lower in the baseline too"},
        ),
        Decoy(
            claim={"zh": "恢复提醒后处理组该单元满意率回升，证明有效", "en": "The treated cell's satisfaction rose, which proves the action"},
            why_wrong={"zh": "处理地区两周内只有一百多个评价，功效不足；应看每千名到期客户的争议量",
                       "en": "A hundred or so ratings in two weeks cannot show it; count disputes per thousand trial ends"},
        ),
    )  # fmt: skip


def verify(patch: NoReminder, scene, play) -> dict:
    """Disputes per thousand customers whose date passed in weeks 11 and 12, with the action and without it."""
    line, regions = scene.setting.reminded_line, patch.restored_regions
    acted, idle = (
        _disputes_per_thousand(play(Patches((one,))), regions) for one in (patch, replace(patch, restored_regions=()))
    )
    return {"verification": {
        "design": "B", "outcome": f"{line} contacts per 1000 customers whose trial ended",
        "cells": [{"region": list(regions), "biz_l2": line}],
        "comparison": [{"region": [r for r in co.REGIONS if r not in (*regions, patch.late_region)]}],
        "before": "2025-04-28/2025-05-11", "after": "2025-05-12/2025-05-25",
        "expect": {"with_action": acted, "without_action": idle, "difference": acted - idle},
        "underpowered": ["satisfaction_rate"],
    }}  # fmt: skip


def _disputes_per_thousand(world, regions: tuple[str, ...]) -> float:
    people, calls = world.scene.customers, world.calls
    here = np.isin(np.array(co.REGIONS)[people.region], regions)
    ended = here & (people.reminded_day >= co.first_day(RESTORED_WEEK)) & (people.reminded_day < co.DAYS)
    about = ended[calls.customer] & (calls.line == co.L2.index(world.scene.setting.reminded_line))
    return float(1000 * about.sum() / max(ended.sum(), 1))


CELL = CELLS[0]
STORY = Story(
    code="S03", slug="charging", title={"zh": "收费问题", "en": "A charging problem"}, plot=plot, cells=CELLS,
    aims=(
        Aim(what="true effect", aim=-0.015, low=-0.017, high=-0.011, measure=effect(),
            why="smaller than the prototype's: R6 keeps the job until week 11 and R1, R2 get it back"),
        Aim(what="observed change", aim=(-0.025, -0.011), low=-0.025, high=-0.010, measure=observed()),
        Aim(what="satisfied, cell, baseline", aim=0.928, low=0.908, high=0.948, measure=level(CELL, current=False)),
        Aim(what="satisfied, cell, current", aim=0.731, low=0.711, high=0.771, measure=level(CELL), why="as above: some are reminded"),
    ),
)  # fmt: skip
