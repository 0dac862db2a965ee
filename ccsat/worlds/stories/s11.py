"""S11, complaints that escalate: more time for the first reply, more call-backs that are never made, more who go higher.

The KPI is the escalation rate: of the local complaints filed in a period, those that go to an authority within 30 days.
The truth follows every complaint for its 30 days, also past the end of the calendar. The tables show only what had
happened by then: no complaint of weeks 9 to 12 is mature, so a plain rate of the last month looks better than before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from ccsat.worlds import company as co
from ccsat.worlds.complaints import END, Complaints, play_complaints
from ccsat.worlds.patches import Patch, Patches, Setting
from ccsat.worlds.story import Aim, Cause, Decoy, Draw, Plot, Story

CAUSE = "change:CH-601"
LATER, BROKEN = 2.0, 31 / 9  # deadline of 48 hours for 24; call-backs broken 31 % for 9 %
COMPLAINING = (
    0.30  # of unresolved contacts: this company registers such a case at any shop, so there are enough to count
)


@dataclass(frozen=True)
class LateReplies(Patch):
    """In one region the first reply is due in 48 hours and not in 24, and a third of the promised call-backs is not made.

    Attributes:
        onset: Day from which it holds.
        region: Where.
        strength: Multiplies what it does to the deadline and to call-backs.
    """

    onset: int = co.first_day(co.FIRST_CURRENT_WEEK)
    region: str = "R3"
    strength: float = 1.0

    def _there(self, calls) -> np.ndarray:
        return (calls.region == co.REGIONS.index(self.region)) & (calls.at >= 24 * self.onset)

    def complaint_due_hours(self, complaints, scene) -> np.ndarray:
        return 1 + self.strength * (LATER - 1) * self._there(complaints)

    def callback_broken(self, complaints, scene) -> np.ndarray:
        return 1 + self.strength * (BROKEN - 1) * self._there(complaints)

    def _about_it(self, calls) -> np.ndarray:
        return self._there(calls) & (calls.l1 == co.L1.index("complaint"))

    def reasons(self, calls, scene) -> Mapping[str, np.ndarray]:
        return {"R06": 0.30 * self._about_it(calls)}

    def comment_key(self, calls, scene) -> tuple[str, np.ndarray]:
        return "R06:callback", self._about_it(calls)


CELLS = ({"region": "R3"}, {"region": "R1"}, {"region": "R2"})


def plot(draw: Draw) -> Plot:
    """The story as documented; varied: another region, onset and strength."""
    where = CELLS[draw.cell]
    region = where["region"]
    patch = LateReplies(onset=draw.onset, region=region, strength=draw.strength)
    hours = round(24 * (1 + draw.strength))
    return Plot(
        kpi="escalation_rate", caliber="30d_mature", asked=("satisfaction_rate", "five_level"),
        setting=Setting(complaining=COMPLAINING),
        patches=(patch,),
        verdict="real",
        cells=(where,),
        causes=(_cause(region, hours),),
        decoys=_decoys(region),
        changes=({
            "change_id": "CH-601", "day": patch.onset, "hour": 9.0, "kind": "process", "scope": f"region={region};biz_l1=complaint",
            "owner_dept": "complaint_desk", "announced": False,
            "title_zh": f"{region} 本地投诉首次回复时限由24小时调整为{hours}小时",
            "title_en": f"First reply to local complaints in {region} due in {hours} hours instead of 24",
        },),
        library=("k1", "k2", "k3", "k4", "k5", "k6", "a4", "a5"),
        labels={"k1": "best", "k2": "best", "k3": "best", "k4": "wrong", "k5": "wrong", "k6": "wrong", "a4": "wrong", "a5": "wrong"},
        phi={"k1": {CAUSE: 0.45}, "k2": {CAUSE: 0.35}, "k3": {CAUSE: 0.15}, "k4": {CAUSE: 0.10}, "k5": {}, "k6": {}},
        expect=partial(verify, patch),
    )  # fmt: skip


def _cause(region: str, hours: int) -> Cause:
    return Cause(
        id=CAUSE, kind="process", change_id="CH-601", owner="centre_process", gap="execution", controllable=True,
        chain=(
            {"zh": f"{region} 的本地投诉升级到集团和监管部门的增多", "en": f"more local complaints of {region} go to head office and the regulator"},
            {"zh": "升级的客户多数没有等到承诺的回访", "en": "most of those who went higher had waited for a call-back that was never made"},
            {"zh": "首次回复拖到时限前才做，回访随之落空", "en": "the first reply comes shortly before it is due, and the call-back after it is dropped"},
            {"zh": f"{region} 首次回复时限从24小时放宽到{hours}小时", "en": f"in {region} the first reply is due in {hours} hours instead of 24"},
            {"zh": "投诉处理台为提高及时率自行放宽时限，没有试点，也没有盯住回访", "en": "the complaint desk widened the deadline to raise its on-time rate: no trial, and nobody watched the call-backs"},
        ),
    )  # fmt: skip


def _decoys(region: str) -> tuple[Decoy, ...]:
    return (
        Decoy(
            claim={"zh": "近30天升级率反而下降，投诉处理在变好", "en": "The escalation rate of the last 30 days fell, so handling got better"},
            why_wrong={"zh": "近期投诉还没满30天，升级要两周左右才发生；应比较成熟批次或做生存分析",
                       "en": "Recent complaints are not 30 days old and escalation takes about two weeks; compare mature cohorts or estimate survival"},
        ),
        Decoy(
            claim={"zh": f"{region} 首次回复及时率没有下降，投诉处理没有问题", "en": f"The on-time rate in {region} did not fall, so handling is fine"},
            why_wrong={"zh": "时限放宽一倍，及时率当然不降；应看实际回复时长和回访是否兑现",
                       "en": "The deadline was doubled; look at the hours until the reply and at call-backs that were made"},
        ),
        Decoy(
            claim={"zh": f"{region} 坐席应对投诉能力差，应加强培训", "en": f"The agents who handle {region} are weak on complaints; train them"},
            why_wrong={"zh": "同一批坐席处理其他地市的投诉，升级率没有变化", "en": "The same agents handle the other regions' complaints, which escalate as before"},
        ),
        Decoy(
            claim={"zh": "R4 满意率最低，升级问题应先抓 R4", "en": "R4 has the lowest satisfaction, so begin there"},
            why_wrong={"zh": "R4 在基线期同样低，升级率也没有变化", "en": "R4 was as low in the baseline, and its escalation rate did not change"},
        ),
    )  # fmt: skip


def escalated(played: Complaints, *, region: str | None = None, current: bool = True, seen: bool = False) -> float:
    """Share of a period's local complaints that escalate within 30 days; `seen`: that had done so by the end of the calendar."""
    those = _those(played, region, current)
    return float((played.escalated_at[those] < END).mean() if seen else played.escalated[those].mean())


def survival(played: Complaints, *, region: str, current: bool, days: float = 27.0) -> float:
    """Kaplan-Meier estimate, from what had happened by the end, of the share that escalates within some days."""
    those = _those(played, region, current)
    filed, gone = played.filed.at[those], played.escalated_at[those]
    event = gone < END
    time = np.where(event, gone, END) - filed
    left = 1.0
    for moment in np.sort(time[event & (time <= 24 * days)]):
        left *= 1 - 1 / (time >= moment).sum()
    return float(1 - left)


def broken(played: Complaints, *, region: str, current: bool) -> float:
    """Share of call-backs not made by the time promised."""
    return float(played.broken[_those(played, region, current)].mean())


def _those(played: Complaints, region: str | None, current: bool) -> np.ndarray:
    here = True if region is None else played.filed.region == co.REGIONS.index(region)
    return (played.filed.current == current) & here


def verify(patch: LateReplies, scene, play) -> dict:
    """What cohorts show by the end of the calendar, and what they show once they are mature."""
    played, region = play_complaints(play(Patches((patch,)))), patch.region
    both = {"baseline": False, "current": True}
    return {"verification": {
        "design": "C", "outcome": "escalation within 30 days of the first local complaint", "cells": [{"region": region}],
        "comparison": [{"region": [r for r in co.REGIONS if r != region]}],
        "before": co.BASELINE, "after": co.CURRENT, "mature_on": "2025-06-24",
        "expect": {
            "mature": {name: escalated(played, region=region, current=current) for name, current in both.items()},
            "plain": {name: escalated(played, region=region, current=current, seen=True) for name, current in both.items()},
            "survival_27d": {name: survival(played, region=region, current=current) for name, current in both.items()},
            "callbacks_broken": {name: broken(played, region=region, current=current) for name, current in both.items()},
        },
    }}  # fmt: skip


def _of(measure, **how):
    return lambda off, on: measure(play_complaints(on), **how)


def _filed(off, on) -> float:
    return len(play_complaints(on).filed) / len(on.calls)


STORY = Story(
    code="S11", slug="escalation", title={"zh": "升级投诉", "en": "Complaints that escalate"}, plot=plot, cells=CELLS, kind="complaints",
    aims=(
        Aim(what="call-backs broken, R3, baseline", aim=0.09, low=0.082, high=0.098, measure=_of(broken, region="R3", current=False)),
        Aim(what="call-backs broken, R3, current", aim=0.31, low=0.295, high=0.325, measure=_of(broken, region="R3", current=True)),
        Aim(what="escalated in 30 days, R3, baseline", aim=0.06, low=0.053, high=0.067, measure=_of(escalated, region="R3", current=False)),
        Aim(what="escalated in 30 days, R3, current", aim=0.13, low=0.118, high=0.142, measure=_of(escalated, region="R3")),
        Aim(what="effect in R3", aim=0.07, low=0.058, high=0.082, measure=lambda off, on: escalated(play_complaints(on), region="R3")
            - escalated(play_complaints(off), region="R3")),
        Aim(what="escalated so far less in 30 days, R3, current", aim=(-0.13, -0.06), low=-0.10, high=-0.06,
            measure=lambda off, on: escalated(play_complaints(on), region="R3", seen=True) - escalated(play_complaints(on), region="R3")),
        Aim(what="plain change, everywhere: looks better", aim=(-0.06, 0.0), low=-0.05, high=-0.02,
            measure=lambda off, on: escalated(play_complaints(on), seen=True) - escalated(play_complaints(on), current=False, seen=True)),
        Aim(what="local complaints a contact", aim=(0.03, 0.08), low=0.05, high=0.08, measure=_filed,
            why="three in ten unresolved contacts file one (elsewhere one in fifty), so that a region has enough to count"),
    ),
)  # fmt: skip
