"""S07, the new voice menu: the agent key moves from the first level to the third, and the report says success."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from ccsat.worlds import company as co
from ccsat.worlds.ivr import ABANDONED, SERVED, play_menu
from ccsat.worlds.ivr_tables import zero_presses
from ccsat.worlds.measures import effect, level, observed
from ccsat.worlds.patches import Patch, Patches
from ccsat.worlds.simulate import Outcome
from ccsat.worlds.story import Aim, Cause, Decoy, Draw, Plot, Story, levels_of, scope_words

CAUSE = "change:CH-501"
TRANSFERS = 28 / 8  # of phone contacts: misrouted, and passed on
ETA = -0.15
KEPT = 16 / 36  # of those who want an agent: abandoned 11 -> 19 %, self-served 53 -> 61 %, so agents 36 -> 20 %


@dataclass(frozen=True)
class DeepAgentKey(Patch):
    """Menu v5 from `onset` on, for callers of some regions or of all: the agent key is at level 3, and labels are unclear."""

    onset: int = co.first_day(co.FIRST_CURRENT_WEEK)
    regions: tuple[str, ...] = co.REGIONS
    strength: float = 1.0

    def new_menu(self, calls, scene) -> np.ndarray:
        region = np.array(co.REGIONS)[scene.customers.region[calls.customer]]
        return ~calls.online & (calls.day >= self.onset) & np.isin(region, self.regions)

    def transfer(self, calls, scene) -> np.ndarray:
        return np.where(self.new_menu(calls, scene), 1 + self.strength * (TRANSFERS - 1), 1.0)

    def eta(self, calls, scene) -> np.ndarray:
        return self.strength * ETA * self.new_menu(calls, scene)

    def kept_from_agent(self, calls, scene) -> np.ndarray:
        return min(self.strength * KEPT, 1.0) * self.new_menu(calls, scene)

    def reasons(self, calls, scene) -> dict[str, np.ndarray]:
        return {"R10": 0.35 * self.new_menu(calls, scene)}

    def comment_key(self, calls, scene) -> tuple[str, np.ndarray]:
        return "R10:menu", self.new_menu(calls, scene)


CELLS = (
    {"channel": "phone"},
    {"channel": "phone", "region": ["R1", "R2", "R3"]},
    {"channel": "phone", "region": ["R1", "R2", "R4"]},
)


def plot(draw: Draw) -> Plot:
    """The story as documented; varied: some regions only, onset, strength."""
    where = CELLS[draw.cell]
    patch = DeepAgentKey(
        onset=draw.onset, regions=tuple(levels_of(where.get("region", co.REGIONS))), strength=draw.strength
    )
    return Plot(
        patches=(patch,),
        verdict="real",
        cells=(where,),
        causes=(_cause(),),
        decoys=_decoys(),
        changes=({
            "change_id": "CH-501", "day": patch.onset, "hour": 0.0, "kind": "ivr_menu", "scope": scope_words(where),
            "owner_dept": "intelligent_service", "announced": True,
            "title_zh": "热线菜单 v5 上线：自助业务前置，人工入口后移", "title_en": "Hotline menu v5: self-service first, agents later",
        },),
        actions=({
            "action_id": "A-25", "day": co.first_day(10) + 2, "hour": 9.0, "kind": "training", "scope": "channel=phone", "owner": "agent",
            "cost": 3.0, "lead_days": 20, "predicted_points": 0.005, "verification_design": "D",
            "title_zh": "热线坐席转接规范培训", "title_en": "Training of hotline agents in passing on calls",
        },),
        library=("v1", "v2", "v3", "v4", "v5", "a4", "a5", "a6", "a7"),
        labels={"v1": "best", "v2": "best", "v3": "acceptable", "v4": "wrong", "v5": "wrong", "a4": "wrong", "a5": "wrong", "a6": "wrong",
                "a7": "wrong"},
        phi={"v1": {CAUSE: 0.45}, "v2": {CAUSE: 0.35}, "v3": {CAUSE: 0.20}},
        expect=partial(_expect, patch),
    )  # fmt: skip


def _cause() -> Cause:
    return Cause(
        id=CAUSE, kind="ivr_menu", change_id="CH-501", owner="intelligent_service", gap="design", controllable=True,
        chain=(
            {"zh": "热线客户不满：找人工难、被来回转接", "en": "hotline customers complain: hard to reach a person, passed from one to another"},
            {"zh": "客户选错按键，被接到不对口的技能组再转接", "en": "they press the wrong key, reach the wrong skill group and are passed on"},
            {"zh": "人工键从第一层移到第三层，各层选项名称不清", "en": "the agent key moved from the first level to the third, and the labels are unclear"},
            {"zh": "新菜单 v5 为提高自助接待率而设计", "en": "menu v5 was designed to raise the self-service rate"},
            {"zh": "把自助接待率当作解决率考核，上线前未做客户测试", "en": "the rate served by the machine counts as resolution, and no customer tried the menu before"},
        ),
    )  # fmt: skip


def _decoys() -> tuple[Decoy, ...]:
    return (
        Decoy(
            claim={"zh": "自助接待率由53%升到61%，菜单改版是成功的", "en": "Self-served calls rose from 53 to 61 %, so the new menu is a success"},
            why_wrong={"zh": "多出的8个百分点是没找到人工的客户；其中多数24小时内再次来电，是虚假拦截",
                       "en": "The eight points more are callers who found no agent; most of them are back within a day: false containment"},
        ),
        Decoy(
            claim={"zh": "转接变多是坐席技能不足，应加强培训", "en": "More transfers mean that agents lack skill; train them"},
            why_wrong={"zh": "同一批坐席的在线人工没有变化；转接是菜单把客户送错了技能组",
                       "en": "The same centre's online human service did not change; the menu sends callers to the wrong skill group"},
        ),
        Decoy(
            claim={"zh": "排队变长导致不满", "en": "Queues grew longer"},
            why_wrong={"zh": "第9周前后热线排队时长没有变化", "en": "The hotline's queue wait is the same before and after week 9"},
        ),
    )  # fmt: skip


def _expect(patch: DeepAgentKey, scene, play) -> dict:
    """What the menu's own report leaves out."""
    worlds = {"without": play(Patches()), "with": play(Patches((patch,)))}
    return {"menu": {name: {"self_served": share(world, SERVED), "abandoned": share(world, ABANDONED),
                            "back_within_24h": back_within(world, 24)} for name, world in worlds.items()}}  # fmt: skip


def share(world: Outcome, outcome: int, *, current: bool = True) -> float:
    """Part of a period's calls at the menu that end so."""
    calls = play_menu(world)
    return float((calls.outcome[calls.current == current] == outcome).mean())


def back_within(world: Outcome, hours: float, *, current: bool = True) -> float:
    """Part of a period's self-served calls followed by a contact on the issue: false containment."""
    calls = play_menu(world)
    gap = np.where(calls.later >= 0, world.calls.at[calls.later] - calls.at, np.inf)
    return float((gap <= hours)[(calls.outcome == SERVED) & (calls.current == current)].mean())


def _transferred(phone: bool = True) -> Callable[..., float]:
    return lambda off, on: float(on.calls.transfer[(~on.calls.online == phone) & on.calls.current].mean())


def _zero(off: Outcome, on: Outcome) -> float:
    """Presses of 0 a call, with the new menu against without it."""
    return zero_presses(on) / zero_presses(off)


PHONE, ONLINE = {"channel": "phone"}, {"channel": "online"}
STORY = Story(
    code="S07", slug="menu", title={"zh": "IVR 菜单改版", "en": "A new voice menu"}, plot=plot, cells=CELLS, extras=("ivr",),
    aims=(
        Aim(what="true effect", aim=(-0.016, -0.015), low=-0.017, high=-0.012, measure=effect()),
        Aim(what="observed change", aim=(-0.016, -0.015), low=-0.019, high=-0.012, measure=observed()),
        Aim(what="satisfied, phone, baseline", aim=0.949, low=0.945, high=0.955, measure=level(PHONE, current=False)),
        Aim(what="satisfied, phone, current", aim=0.926, low=0.922, high=0.932, measure=level(PHONE)),
        Aim(what="online, true effect", aim=0.0, low=-0.0005, high=0.0005, measure=lambda off, on: level(ONLINE)(off, on) - level(ONLINE)(off, off)),
        Aim(what="transferred phone contacts, current", aim=0.28, low=0.27, high=0.29, measure=_transferred()),
        Aim(what="transferred phone contacts, baseline", aim=0.08, low=0.075, high=0.085, measure=lambda off, on: _transferred()(off, off)),
        Aim(what="menu: abandoned, without", aim=0.11, low=0.105, high=0.115, measure=lambda off, on: share(off, ABANDONED)),
        Aim(what="menu: abandoned, current", aim=0.19, low=0.185, high=0.195, measure=lambda off, on: share(on, ABANDONED)),
        Aim(what="menu: self-served, without", aim=0.53, low=0.525, high=0.535, measure=lambda off, on: share(off, SERVED)),
        Aim(what="menu: self-served, current", aim=0.61, low=0.605, high=0.615, measure=lambda off, on: share(on, SERVED)),
        Aim(what="menu: zero-out attempts, times", aim=3.0, low=2.7, high=3.3, measure=_zero),
    ),
)  # fmt: skip
