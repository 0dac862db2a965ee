"""S10, the shift: simple work goes to the app, hard work stays, and the rate falls although every line got better."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ccsat.worlds import company as co
from ccsat.worlds.measures import effect, split_points
from ccsat.worlds.patches import Patch
from ccsat.worlds.story import Aim, Cause, Decoy, Draw, Plot, Story

CAUSE = "change:CH-603"
FACTORS = {"tariff_enquiry": 0.25, "vas": 0.45, "other": 0.40, "billing_dispute": 1.2, "complaint": 1.5}
OTHERS = (
    {"tariff_enquiry": 0.20, "vas": 0.35, "campaign": 0.70, "billing_dispute": 1.3, "complaint": 1.3},
    {"tariff_enquiry": 0.35, "vas": 0.40, "other": 0.25, "plan_change": 0.70, "billing_dispute": 1.3, "complaint": 1.6},
)  # what a varied world may have instead
BETTER = 0.12


@dataclass(frozen=True)
class Moved(Patch):
    """The app takes simple contacts away, and more of the rest are hard.

    Attributes:
        onset: Day of the push.
        factors: First-level line -> contacts per usual contact.
        strength: Power that the factors are raised to.
    """

    onset: int = co.first_day(co.FIRST_CURRENT_WEEK)
    factors: Mapping[str, float] = field(default_factory=lambda: FACTORS)
    strength: float = 1.0

    def volume(self, calls, scene) -> np.ndarray:
        by_line = np.array([min(self.factors.get(name, 1.0) ** self.strength, 2.0) for name in co.L1])
        return np.where(calls.day >= self.onset, by_line[calls.l1], 1.0)


@dataclass(frozen=True)
class Better(Patch):
    """Every line is served a little better."""

    onset: int = co.first_day(co.FIRST_CURRENT_WEEK)

    def eta(self, calls, scene) -> np.ndarray:
        return BETTER * (calls.day >= self.onset)


def plot(draw: Draw) -> Plot:
    """The story as documented; varied: how far each line's volume moves, onset and strength."""
    factors = draw.pick(FACTORS, *OTHERS)
    moved = "|".join(line for line, factor in factors.items() if factor < 1)
    return Plot(
        patches=(Moved(onset=draw.onset, factors=factors, strength=draw.strength), Better(onset=draw.onset)),
        verdict="mix",
        partition=tuple({"biz_l1": line} for line in co.L1),
        causes=(_cause(),),
        decoys=_decoys(),
        changes=({
            "change_id": "CH-603", "day": draw.onset, "hour": 10.0, "kind": "system", "scope": f"biz_l1={moved}",
            "owner_dept": "online_channel_dept", "announced": True,
            "title_zh": "手机营业厅首页改版并推送：余额、用量、订购等简单业务引导自助办理",
            "title_en": "New start page and push messages of the app: simple requests are guided to self-service",
        },),
        library=("j1", "j2", "j3", "j4", "j5", "a4", "a5"),
        labels={"j1": "best", "j2": "best", "j3": "best", "j4": "wrong", "j5": "wrong", "a4": "wrong", "a5": "wrong"},
        phi={"j1": {CAUSE: 0.70}, "j2": {CAUSE: 0.05}, "j3": {CAUSE: 0.20}, "j4": {CAUSE: 0.0}, "j5": {CAUSE: 0.0}},
    )  # fmt: skip


def _cause() -> Cause:
    return Cause(
        id=CAUSE, kind="mix", change_id="CH-603", owner="mixed", gap="unexplained", controllable=False, patches=(0,),
        chain=(
            {"zh": "整体满意率下降一分多", "en": "the overall rate is down by more than a point"},
            {"zh": "逐条业务线看，没有一条明显变差，多数略有提高", "en": "line by line nothing clearly got worse, and most got a little better"},
            {"zh": "资费查询等高满意率的简单业务占比大幅下降，收费争议和投诉占比上升", "en": "simple lines with high rates shrank, disputes and complaints are a larger part"},
            {"zh": "手机营业厅推送把简单业务分流到自助（CH-603），人工剩下的都是难题", "en": "the app's push moved simple requests to self-service (CH-603), and agents are left with the hard ones"},
            {"zh": "目标值仍按原业务结构设定，没有随结构调整", "en": "the target still supposes the old mix"},
        ),
    )  # fmt: skip


def _decoys() -> tuple[Decoy, ...]:
    return (
        Decoy(
            claim={"zh": "满意率下降，说明服务质量变差，应追责班组", "en": "The rate fell, so service got worse and the teams are to blame"},
            why_wrong={"zh": "按业务结构调整后满意率是上升的；下降来自简单业务被分流", "en": "Adjusted for mix the rate rose; what fell is the share of simple work"},
        ),
        Decoy(
            claim={"zh": "宽带故障本期低了近1分，应专项整治", "en": "Broadband faults fell by nearly a point; start a programme"},
            why_wrong={"zh": "单条业务线的小幅波动在随机误差之内", "en": "A small move of one line is within its noise"},
        ),
        Decoy(
            claim={"zh": "应用推送害了满意率，应撤回", "en": "The push hurt satisfaction and should be withdrawn"},
            why_wrong={"zh": "客户自助办好了简单业务，这是好事；变的只是人工侧的统计口径基数", "en": "Customers now serve themselves, which is good; only what is left for agents to be rated on changed"},
        ),
        Decoy(
            claim={"zh": "态度培训停了以后满意率下滑", "en": "Satisfaction slid once the attitude training ended"},
            why_wrong={"zh": "态度评分没有下降；培训范围只有 T02", "en": "Attitude ratings did not fall, and only T02 had been trained"},
        ),
    )  # fmt: skip


def _volume(line: str):
    def measure(off, on) -> float:
        counts = [((world.calls.l1 == co.L1.index(line)) & world.calls.current).sum() for world in (on, off)]
        return float(counts[0] / counts[1])

    return measure


STORY = Story(
    code="S10", slug="mix", title={"zh": "结构变化", "en": "A shift of the mix"}, plot=plot,
    aims=(
        Aim(what="true effect", aim=(-0.015, -0.013), low=-0.0135, high=-0.009, measure=effect(),
            why="mix and rate are each as documented, -1.6 and +.5, and add up to -1.1"),
        Aim(what="mix by line", aim=(-0.018, -0.015), low=-0.020, high=-0.014, measure=split_points("biz_l1", "mix")),
        Aim(what="rate by line", aim=(0.002, 0.005), low=0.002, high=0.007, measure=split_points("biz_l1", "rate")),
        *(Aim(what=f"contacts per usual contact, {line}", aim=factor, low=factor - 0.03, high=factor + 0.03, measure=_volume(line))
          for line, factor in FACTORS.items()),
    ),
)  # fmt: skip
