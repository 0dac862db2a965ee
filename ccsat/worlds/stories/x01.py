"""X01, overlap: one change hurts a region on all lines, another a business line in all regions, and the cells cross.

A tracer must name both; the crossing (a region's contacts of that line) belongs to neither alone, and must not be the answer.
"""

from __future__ import annotations

from ccsat.worlds.measures import caused, effect, level, observed
from ccsat.worlds.stories.trouble import Trouble
from ccsat.worlds.story import Aim, Cause, Decoy, Draw, Plot, Story, scope_words

SYSTEM, RULE = "change:CH-711", "change:CH-712"
SYSTEM_SOLVED, SYSTEM_FELT = -0.70, -0.50
RULE_FELT = -1.50
CELLS = ({"region": "R2"}, {"region": "R3"}, {"region": "R1"})
LINE = {"biz_l2": "contract_fee"}


def plot(draw: Draw) -> Plot:
    """As designed; varied: another region and line, onset and strength."""
    region = CELLS[draw.cell]
    line = {"biz_l2": draw.pick(LINE["biz_l2"], "upgrade", "overage")}
    name = region["region"]
    return Plot(
        verdict="real",
        patches=(
            Trouble(where=region, onset=draw.onset, solved=SYSTEM_SOLVED, felt=SYSTEM_FELT, strength=draw.strength, reason="R01",
                    named=0.15, words="R01:migration"),
            Trouble(where=line, onset=draw.onset, felt=RULE_FELT, strength=draw.strength, reason="R04", named=0.50, words="R04:confirm"),
        ),
        cells=(region, line),
        causes=_causes(name),
        decoys=_decoys(name),
        changes=({
            "change_id": "CH-711", "day": draw.onset, "hour": 3.0, "kind": "system", "scope": scope_words(region),
            "owner_dept": "it_dept", "announced": True,
            "title_zh": f"{name} 客户资料库迁移，业务受理结果隔日回写", "title_en": f"Customer records of {name} moved; results of requests come back a day later",
        }, {
            "change_id": "CH-712", "day": draw.onset, "hour": 0.0, "kind": "business_rule", "scope": scope_words(line),
            "owner_dept": "product_dept", "announced": False,
            "title_zh": "优惠须每月本人确认，逾期按原价收取", "title_en": "Discounts must be confirmed by the customer every month, else the full price is due",
        }),
        library=("x1", "x2", "x3", "a4", "a5", "a6"),
        labels={"x1": "best", "x2": "best", "x3": "acceptable", "a4": "wrong", "a5": "wrong", "a6": "wrong"},
        phi={"x1": {SYSTEM: 0.75}, "x2": {RULE: 0.80}, "x3": {RULE: 0.25}},
    )  # fmt: skip


def _causes(region: str) -> tuple[Cause, ...]:
    return (
        Cause(
            id=SYSTEM, kind="system", change_id="CH-711", owner="business_process", gap="execution", controllable=False, patches=(0,),
            chain=(
                {"zh": f"{region} 各类业务满意率一起下降，点名“问题未解决”", "en": f"every line falls in {region}, and customers name unresolved problems"},
                {"zh": "坐席当场查不到受理结果，只能请客户改天再打", "en": "agents cannot see results at once and ask people to call again"},
                {"zh": "资料库迁移后受理结果隔日才回写", "en": "since the records were moved, results come back a day later"},
                {"zh": "迁移按夜间批量设计，没有评估对热线的影响", "en": "the move was built on nightly batches, with no look at the hotline"},
            ),
        ),
        Cause(
            id=RULE, kind="business_rule", change_id="CH-712", owner="business_rule", gap="design", controllable=False, patches=(1,),
            chain=(
                {"zh": "各地市同一业务满意率下降，点名“业务规则不合理”", "en": "one line falls in every region, and customers name the rule"},
                {"zh": "客户没有按月确认，优惠被取消", "en": "they did not confirm in time, so the discount was lost"},
                {"zh": "新规则要求每月本人确认，逾期按原价", "en": "a new rule asks for a confirmation every month, else full price"},
                {"zh": "产品部门为清理沉默优惠而设，未经服务评审", "en": "the product department wanted to end forgotten discounts, without a service review"},
            ),
        ),
    )  # fmt: skip


def _decoys(region: str) -> tuple[Decoy, ...]:
    return (
        Decoy(
            claim={"zh": f"只有一个原因：{region} 的资料库迁移", "en": f"There is one cause: the records of {region}"},
            why_wrong={"zh": "该业务在其他地市同样下降，与迁移无关", "en": "The line fell in the other regions too, where nothing was moved"},
        ),
        Decoy(
            claim={"zh": f"问题就在 {region} 的这一项业务，两者交叉处降得最多", "en": f"The problem is that line in {region}, where the fall is deepest"},
            why_wrong={"zh": "交叉处是两个原因叠加，只占损失的一小部分", "en": "Both causes meet there, but it holds only a small part of what was lost"},
        ),
        Decoy(
            claim={"zh": "坐席态度变差", "en": "Agents became unfriendly"},
            why_wrong={"zh": "态度评分没有变化", "en": "Attitude ratings did not move"},
        ),
    )  # fmt: skip


CELL = CELLS[0]
STORY = Story(
    code="X01", slug="overlap", title={"zh": "两个原因交叉", "en": "Two causes that cross"}, plot=plot, cells=CELLS,
    aims=(
        Aim(what="true effect", aim=-0.015, low=-0.018, high=-0.012, measure=effect()),
        Aim(what="observed change", aim=-0.015, low=-0.020, high=-0.010, measure=observed()),
        Aim(what="effect, region", aim=-0.05, low=-0.058, high=-0.042, measure=caused(CELL)),
        Aim(what="effect, line", aim=-0.17, low=-0.20, high=-0.14, measure=caused(LINE)),
        Aim(what="satisfied, crossing, current", aim=0.68, low=0.60, high=0.76, measure=level(CELL | LINE)),
    ),
)  # fmt: skip
