"""X02, a rare level: one campaign of sixty pays its rebate late, and nobody looks at campaigns.

The cell has about forty ratings; a tracer finds it in some worlds only (the truth's `findable` says in which), and must
not name a line or a region instead.
"""

from __future__ import annotations

from ccsat.worlds.measures import caused, effect, level, rated_share
from ccsat.worlds.patches import Setting
from ccsat.worlds.stories.trouble import Trouble
from ccsat.worlds.story import Aim, Cause, Decoy, Draw, Plot, Story, scope_words

CAMPAIGNS = 60
FELT = -2.7  # as the over-promise of S06
CELLS = ({"campaign_id": "C37"}, {"campaign_id": "C12"}, {"campaign_id": "C55"})
CELL = CELLS[0]


def plot(draw: Draw) -> Plot:
    """As designed; varied: another campaign, onset and strength."""
    where = CELLS[draw.cell]
    name, cause = where["campaign_id"], "change:CH-721"
    return Plot(
        verdict="real",
        setting=Setting(campaigns=CAMPAIGNS),
        patches=(Trouble(where=where, onset=draw.onset, felt=FELT, strength=draw.strength, reason="R08", named=0.45, words="R08:rebate"),),
        cells=(where,),
        causes=(
            Cause(
                id=cause, kind="marketing", change_id="CH-721", owner="marketing", gap="promotion", controllable=False,
                chain=(
                    {"zh": f"参加 {name} 的客户不论来电办什么都不满意", "en": f"members of {name} are unhappy whatever they call about"},
                    {"zh": "承诺的当月返费没有到账", "en": "the rebate promised for the month did not come"},
                    {"zh": "返费改为分十二个月发放，没有告知已参加的客户", "en": "it is now paid over twelve months, and members were not told"},
                    {"zh": "市场部为平滑费用改了发放方式，沿用原宣传文案", "en": "marketing spread the cost and left the advertisement as it was"},
                ),
            ),
        ),
        decoys=(
            Decoy(
                claim={"zh": "返费业务线满意率下降，应加强返费坐席培训", "en": "The rebate line fell; train the agents who take it"},
                why_wrong={"zh": "下降只在一个活动的客户里，各条业务线都有；其他活动的返费咨询没有变化",
                           "en": "Only members of one campaign fell, on every line; rebates of other campaigns did not"},
            ),
            Decoy(
                claim={"zh": "五一到店领礼品活动引发不满", "en": "The May-day gifts did it"},
                why_wrong={"zh": "礼品咨询的满意率没有变化", "en": "Contacts about gifts did not change"},
            ),
        ),
        changes=({
            "change_id": "CH-721", "day": draw.onset, "hour": 0.0, "kind": "marketing", "scope": scope_words(where),
            "owner_dept": "marketing_dept", "announced": False,
            "title_zh": f"{name} 返费由当月一次到账改为分12个月发放", "title_en": f"Rebate of {name} paid over twelve months instead of at once",
        },),
        library=("x4", "x5", "a4", "a5", "a6"),
        labels={"x4": "best", "x5": "acceptable", "a4": "wrong", "a5": "wrong", "a6": "wrong"},
        phi={"x4": {cause: 0.75}, "x5": {cause: 0.25}},
    )  # fmt: skip


STORY = Story(
    code="X02", slug="campaign60", title={"zh": "六十个活动之一", "en": "One campaign of sixty"}, plot=plot, cells=CELLS,
    aims=(
        Aim(what="true effect", aim=-0.0018, low=-0.0024, high=-0.0012, measure=effect()),
        Aim(what="share of ratings, cell", aim=0.006, low=0.0050, high=0.0070, measure=rated_share(CELL)),
        Aim(what="effect, cell", aim=-0.30, low=-0.35, high=-0.24, measure=caused(CELL)),
        Aim(what="satisfied, cell, current", aim=0.65, low=0.58, high=0.72, measure=level(CELL)),
    ),
)  # fmt: skip
