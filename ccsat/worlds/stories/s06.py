"""S06, the over-promise: a campaign is sold without its conditions, and the first full bills tell them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ccsat.worlds import company as co
from ccsat.worlds.measures import caused, effect, level, observed, rated_share, z_score
from ccsat.worlds.patches import Patch, Setting
from ccsat.worlds.story import Aim, Cause, Decoy, Draw, Plot, Story, Words

ETA = -2.7
LINES = (
    "billing_dispute",
    "plan_change",
    "tariff_enquiry",
    "campaign",
)  # what members call about once the bill is there
SALE = co.first_day(3)


@dataclass(frozen=True)
class OverPromise(Patch):
    """Members of a campaign see their first full bill, and learn what the script left out.

    Attributes:
        onset: Day of the first full bills.
        campaign: Whose members.
        strength: Multiplies the effect on ratings.
    """

    onset: int = co.first_day(co.FIRST_CURRENT_WEEK)
    campaign: str = "C04"
    strength: float = 1.0

    def _billed(self, calls, scene) -> np.ndarray:
        member = scene.customers.campaign[calls.customer] == co.CAMPAIGNS.index(self.campaign)
        return member & (calls.day >= self.onset) & np.isin(calls.l1, [co.L1.index(line) for line in LINES])

    def eta(self, calls, scene) -> np.ndarray:
        return self.strength * ETA * self._billed(calls, scene)

    def reasons(self, calls, scene) -> Mapping[str, np.ndarray]:
        return {"R08": 0.45 * self._billed(calls, scene)}

    def comment_key(self, calls, scene) -> tuple[str, np.ndarray]:
        return f"R08:{self.campaign.lower()}", self._billed(calls, scene)


@dataclass(frozen=True)
class Promise:
    """What the script of a campaign says, what it leaves out, and what members get of the promised value a month."""

    says: Words
    hides: Words
    delivered: float


PROMISES = {
    "C04": Promise({"zh": "首年半价", "en": "half price for a year"}, {"zh": "须在网满两年，提前解约收违约金", "en": "the two-year lock and its penalty"}, 24),
    "C01": Promise({"zh": "宽带手机每月立减20元", "en": "20 off broadband and mobile each month"},
                   {"zh": "宽带、手机须同时在网满12个月", "en": "that both must be kept for 12 months"}, 12),
    "C02": Promise({"zh": "老客户流量月月送", "en": "a data bonus every month"}, {"zh": "在网满24个月才能享受，且当月清零", "en": "the 24 months that are needed, and that data lapse each month"}, 8),
    "C05": Promise({"zh": "亲情号码免费畅打", "en": "free calls within the family"}, {"zh": "最多绑定5个号码，超出照常计费", "en": "that only five numbers count and the rest are charged"}, 4),
}  # fmt: skip
CELLS = tuple({"campaign_id": name} for name in PROMISES)
CELL = CELLS[0]


def plot(draw: Draw) -> Plot:
    """The story as documented; varied: another campaign, onset and strength."""
    where = CELLS[draw.cell]
    name = where["campaign_id"]
    cause, promise = f"campaign:{name}", PROMISES[name]
    return Plot(
        setting=Setting(fresh_campaign=name),
        patches=(OverPromise(onset=draw.onset, campaign=name, strength=draw.strength),),
        verdict="real",
        cells=(where,),
        causes=(_cause(cause, name, promise),),
        decoys=_decoys(),
        changes=({
            "change_id": "CH-108", "day": SALE, "hour": 0.0, "kind": "marketing", "scope": f"campaign_id={name}",
            "owner_dept": "marketing_dept", "announced": True,
            "title_zh": f"{name}“{promise.says['zh']}”开售（第3至8周），启用新外呼与门店话术",
            "title_en": f"{name} '{promise.says['en']}' on sale in weeks 3 to 8, with a new script",
        },),
        campaigns={name: {"delivered_value": promise.delivered, "script_version": "v3", "briefed_flag": False}},
        library=("f1", "f2", "f3", "f4", "f5", "a4", "a5"),
        labels={"f1": "best", "f2": "best", "f3": "best", "f4": "wrong", "f5": "acceptable", "a4": "wrong", "a5": "wrong"},
        phi={"f1": {cause: 0.25}, "f2": {cause: 0.30}, "f3": {cause: 0.50}, "f4": {cause: 0.05}, "f5": {cause: 0.10}},
    )  # fmt: skip


def _cause(id: str, name: str, promise: Promise) -> Cause:
    return Cause(
        id=id, kind="campaign", change_id="CH-108", owner="marketing", gap="promotion", controllable=False,
        chain=(
            {"zh": "收费争议、套餐变更、资费查询、营销活动四条业务线同时小幅下降", "en": "four lines fall a little at the same time: disputes, plan changes, enquiries, campaigns"},
            {"zh": f"下降的都是参加活动 {name} 的客户，其他客户没有变化", "en": f"those who fell are members of campaign {name}; nobody else did"},
            {"zh": "参加后约一个月收到首张全额账单，才发现和说的不一样", "en": "about a month after joining the first full bill comes, and it is not what they were told"},
            {"zh": f"销售话术只说“{promise.says['zh']}”，没有说明{promise.hides['zh']}", "en": f"the script said '{promise.says['en']}' and left out {promise.hides['en']}"},
            {"zh": "市场部门的话术未经服务侧会签，办理后也没有条款确认短信", "en": "marketing's script was never countersigned by service, and no message confirms the terms after the sale"},
        ),
    )  # fmt: skip


def _decoys() -> tuple[Decoy, ...]:
    return (
        Decoy(
            claim={"zh": "收费争议降幅最大，应辅导收费组坐席", "en": "Billing disputes fell most, so coach the billing team"},
            why_wrong={"zh": "去掉活动客户后，收费争议没有下降；同一批坐席服务其他客户正常", "en": "Without the campaign's members disputes did not fall; the same agents serve others as before"},
        ),
        Decoy(
            claim={"zh": "五一到店领礼品活动造成了下降", "en": "The May-day gift at the shops did it"},
            why_wrong={"zh": "礼品咨询量小，未参加活动的客户问礼品满意率不变", "en": "Few call about gifts, and those outside the campaign are as satisfied as before"},
        ),
        Decoy(
            claim={"zh": "第9周刚好有变更，应从当周变更里找原因", "en": "It began in week 9, so the cause is a change of week 9"},
            why_wrong={"zh": "原因在第3至8周的销售，账单滞后约一个月才显现", "en": "The cause is what was said at the sale in weeks 3 to 8; it shows with the bill, about a month later"},
        ),
        Decoy(
            claim={"zh": "R4 地区满意率最低，问题在 R4", "en": "Region R4 is lowest, so the problem is there"},
            why_wrong={"zh": "R4 在基线期同样低约1分，没有变化", "en": "R4 is about one point lower in the baseline too; nothing changed there"},
        ),
    )  # fmt: skip


def _lag(off, on) -> float:
    """Median days from the sale to a dissatisfied contact of a member on one of the lines."""
    people, calls = on.scene.customers, on.calls
    billed = on.patches.parts[0]._billed(calls, on.scene) & calls.answered & (calls.rating <= 3)
    return float(np.median(calls.day[billed] - people.campaign_day[calls.customer[billed]]))


STORY = Story(
    code="S06", slug="campaign", title={"zh": "营销规则过度承诺", "en": "A campaign that promised too much"}, plot=plot, cells=CELLS,
    aims=(
        Aim(what="true effect", aim=(-0.019, -0.014), low=-0.021, high=-0.013, measure=effect()),
        Aim(what="observed change", aim=(-0.019, -0.014), low=-0.021, high=-0.013, measure=observed()),
        Aim(what="cohort's share of ratings", aim=0.11, low=0.105, high=0.118, measure=rated_share(CELL)),
        Aim(what="satisfied, cohort, baseline", aim=0.959, low=0.940, high=0.965, measure=level(CELL, current=False)),
        Aim(what="satisfied, cohort, current", aim=0.783, low=0.768, high=0.803, measure=level(CELL)),
        Aim(what="z of the cohort", aim=-19.7, low=-11.5, high=-8.5, measure=z_score(CELL),
            why="21 000 ratings, a ninth of them the cohort's: a fall of 17 points is 11 standard errors, and -19.7 would need three times as many"),
        *(Aim(what=f"caused in {line}", aim=(-0.04, -0.01), low=-0.045, high=-0.008, measure=caused({"biz_l1": line})) for line in LINES),
        Aim(what="median lag from the sale", aim=(30, 45), low=30, high=45, measure=_lag),
    ),
)  # fmt: skip
