"""S03, the charging problem: the message that a free trial ends is switched off, and people are charged unawares."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ccsat.worlds import company as co
from ccsat.worlds.people import Customers
from ccsat.worlds.story import Cause, Decoy, Patch, Plot, Story

CAUSE = "change:CH-107"
RESTORED_WEEK = 11


@dataclass(frozen=True)
class NoReminder(Patch):
    """The reminder job is off from `onset`, later in one region, and comes back in two regions in week 11.

    What being charged unawares does (lower ratings, twice the disputes) is the company's own: it happens to the few
    whom the job misses at any time. Here it happens to everyone whose trial ends without the job.

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

    def reminded(self, customers: Customers) -> np.ndarray:
        day, region = customers.trial_day, np.array(co.REGIONS)[customers.region]
        again = co.first_day(RESTORED_WEEK)
        off = day >= np.where(region == self.late_region, max(again, self.onset), self.onset)
        back = np.isin(region, self.restored_regions) & (day >= again) & (customers.luck < self.reach)
        off = off & ~back
        if self.segment is not None:
            off = off & (np.array(co.SEGMENTS)[customers.segment] == self.segment)
        return customers.reminder_works & ~off

    def eta(self, calls) -> np.ndarray | float:
        return (self.strength - 1) * co.UNREMINDED_ETA * calls.unreminded

    def without_action(self) -> NoReminder:
        """The same story had nobody acted."""
        return replace(self, restored_regions=())


def plot(rng: np.random.Generator | None) -> Plot:
    """The story as documented; varied: another onset, strength, control region, acting regions, perhaps one segment."""
    patch = NoReminder() if rng is None else _varied(rng)
    where = {"biz_l2": "vas_charge"} | ({"segment": patch.segment} if patch.segment else {})
    scope = ";".join(f"{name}={level}" for name, level in where.items())
    regions = "|".join(patch.restored_regions)
    late = patch.late_region
    return Plot(
        patch=patch,
        verdict="real",
        cells=(where,),
        causes=(_cause(),),
        decoys=_decoys(),
        changes=({
            "change_id": "CH-107", "day": patch.onset, "hour": 0.0, "kind": "process", "scope": scope,
            "owner_dept": "value_added_unit", "announced": False,
            "title_zh": f"视频体验包到期提醒短信任务下线（节约成本；{late} 平台迁移后于5月12日下线）",
            "title_en": f"Expiry reminder of the video trial pack switched off (cost saving; {late} follows on 12 May)",
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
        expect=_expect,
    )  # fmt: skip


def _varied(rng: np.random.Generator) -> NoReminder:
    late, *restored = rng.permutation(co.REGIONS)[:3]
    return NoReminder(
        onset=co.first_day(co.FIRST_CURRENT_WEEK) + int(rng.integers(0, 5)), late_region=str(late),
        restored_regions=tuple(sorted(map(str, restored))), segment=rng.choice([None, None, "mass"]),
        strength=float(rng.uniform(0.85, 1.25)),
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


def _expect(on, simulate) -> dict:
    """Disputes per thousand customers whose trial ended in weeks 11 and 12, with the action and without it."""
    plain = simulate(on.patch.without_action())
    regions = on.patch.restored_regions
    acted, idle = (_disputes_per_thousand(world, regions) for world in (on.outcome, plain))
    return {"verification": {
        "design": "B", "outcome": "vas_charge contacts per 1000 customers whose trial ended",
        "cells": [{"region": list(regions), "biz_l2": "vas_charge"}],
        "comparison": [{"region": [r for r in co.REGIONS if r not in (*regions, on.patch.late_region)]}],
        "before": "2025-04-28/2025-05-11", "after": "2025-05-12/2025-05-25",
        "expect": {"with_action": acted, "without_action": idle, "difference": acted - idle},
        "underpowered": ["satisfaction_rate"],
    }}  # fmt: skip


def _disputes_per_thousand(world, regions: tuple[str, ...]) -> float:
    here = np.isin(np.array(co.REGIONS)[world.customers.region], regions)
    ended = here & (world.customers.trial_day >= co.first_day(RESTORED_WEEK)) & (world.customers.trial_day < co.DAYS)
    about = ended[world.calls.customer] & (world.calls.line == co.VAS_CHARGE)
    return float(1000 * about.sum() / max(ended.sum(), 1))


STORY = Story(code="S03", slug="charging", title={"zh": "收费问题", "en": "A charging problem"}, plot=plot)
