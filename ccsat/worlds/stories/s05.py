"""S05, the process: an approval before every home visit makes customers wait two days for a repair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ccsat.worlds import company as co
from ccsat.worlds.complaints import play_complaints
from ccsat.worlds.measures import change, effect, level, observed, z_score
from ccsat.worlds.patches import Patch, Setting
from ccsat.worlds.story import Aim, Cause, Decoy, Draw, Plot, Story, scope_words
from ccsat.worlds.tickets import open_tickets, ticket_tables

CAUSE = "change:CH-402"
SHARES = {"broadband_fault": {"slow": 0.22, "offline_onsite": 0.60, "device": 0.18}}
CYCLE = 41 / co.CYCLE_MEDIAN
STILL_AHEAD = 0.5  # part of the added hours that still lies before someone who calls again on the same repair


@dataclass(frozen=True)
class Approval(Patch):
    """Each on-site repair waits for a back-office approval.

    Attributes:
        onset: Day from which it is asked for.
        regions: Only there; None: everywhere.
        strength: Multiplies what the approval adds to the hours.
    """

    onset: int = co.first_day(co.FIRST_CURRENT_WEEK)
    regions: tuple[str, ...] | None = None
    strength: float = 1.0

    def _asked(self, calls) -> np.ndarray:
        asked = (calls.line == co.ONSITE) & (calls.day >= self.onset)
        return asked if self.regions is None else asked & np.isin(np.array(co.REGIONS)[calls.region], self.regions)

    def cycle(self, calls, scene) -> np.ndarray:
        ahead = np.where(calls.turn == 0, 1.0, STILL_AHEAD)
        return np.where(self._asked(calls), 1 + self.strength * (CYCLE - 1) * ahead, 1.0)

    def reasons(self, calls, scene) -> Mapping[str, np.ndarray]:
        return {"R06": 0.40 * (self._asked(calls) & (calls.hours > 24))}

    def comment_key(self, calls, scene) -> tuple[str, np.ndarray]:
        return "R06:approval", self._asked(calls)


CELLS = ({"biz_l2": "offline_onsite"}, {"biz_l2": "offline_onsite", "region": ["R1", "R3"]},
         {"biz_l2": "offline_onsite", "region": ["R2", "R5"]}, {"biz_l2": "offline_onsite", "region": ["R2", "R4", "R6"]})  # fmt: skip
CELL = CELLS[0]


def plot(draw: Draw) -> Plot:
    """The story as documented; varied: the regions that ask for the approval, onset and strength."""
    where = CELLS[draw.cell]
    regions = tuple(where["region"]) if "region" in where else None
    patch = Approval(onset=draw.onset, regions=regions, strength=draw.strength)
    zh, en = (f"（{'、'.join(regions)}试行）", f" (tried in {', '.join(regions)})") if regions else ("", "")
    return Plot(
        setting=Setting(line_shares=SHARES),
        patches=(patch,),
        verdict="real",
        cells=(where,),
        causes=(_cause(),),
        decoys=_decoys(),
        changes=({
            "change_id": "CH-402", "day": patch.onset, "hour": 0.0, "kind": "process", "scope": scope_words(where),
            "owner_dept": "process_dept", "announced": False,
            "title_zh": f"上门维修工单派单前增加后台审批{zh}", "title_en": f"Back-office approval before an on-site repair is sent out{en}",
        },),
        library=("e1", "e2", "e3", "e4", "e5", "a4", "a5"),
        labels={"e1": "best", "e2": "acceptable", "e3": "acceptable", "e4": "wrong", "e5": "wrong", "a4": "wrong", "a5": "wrong"},
        phi={"e1": {CAUSE: 0.70}, "e2": {CAUSE: 0.35}, "e3": {CAUSE: 0.15}, "e4": {CAUSE: 0.03}, "e5": {CAUSE: 0.10}},
    )  # fmt: skip


def _cause() -> Cause:
    return Cause(
        id=CAUSE, kind="process", change_id="CH-402", owner="business_process", gap="design", controllable=False,
        chain=(
            {"zh": "断网需上门的客户满意率大幅下降，点名“处理时限长”", "en": "customers waiting for an on-site repair are much less satisfied and name slow processing"},
            {"zh": "上门修复时长中位数由18小时升到41小时", "en": "the median repair went from 18 hours to 41"},
            {"zh": "师傅上门和维修本身没有变慢，时间耗在派单之前", "en": "neither the drive nor the work got slower; the time is lost before anyone is sent"},
            {"zh": "派单前新增后台审批环节（CH-402），每单必审、串行等待", "en": "a new back-office approval (CH-402) stands before each visit, one after the other"},
            {"zh": "流程部门为控制上门成本设计了审批，没有设金额门槛和时限", "en": "the process department designed it to save visits, with no cost limit and no time limit"},
        ),
    )  # fmt: skip


def _decoys() -> tuple[Decoy, ...]:
    return (
        Decoy(
            claim={"zh": "坐席没有安抚好客户，应加强安抚话术", "en": "Agents do not calm customers down; train them to"},
            why_wrong={"zh": "态度评分没有变化，流程执行率也没有变化；坐席按新流程办，问题就在流程", "en": "Attitude ratings did not move and the process was followed as always: the process itself is the fault"},
        ),
        Decoy(
            claim={"zh": "上门师傅人手不足", "en": "There are too few field technicians"},
            why_wrong={"zh": "第9周前同样的人手18小时修复；增加的时间全在派单前", "en": "The same people took 18 hours before week 9; all the added time comes before they are sent"},
        ),
        Decoy(
            claim={"zh": "第6周 R3 宽带设备故障留下的影响", "en": "It is what the R3 broadband outage of week 6 left behind"},
            why_wrong={"zh": "故障4小时已恢复，第7、8周满意率正常", "en": "It was over in four hours, and weeks 7 and 8 were normal"},
        ),
        Decoy(
            claim={"zh": "知识库检索升级后坐席判障变差", "en": "Since the new knowledge-base search agents diagnose worse"},
            why_wrong={"zh": "网速慢、终端两类同样要判障，满意率没有变化", "en": "Slow lines and devices need the same diagnosis and did not change"},
        ),
    )  # fmt: skip


def _median_hours(current: bool):
    def measure(off, on) -> float:
        calls = on.calls
        return float(np.median(calls.hours[(calls.line == co.ONSITE) & (calls.turn == 0) & (calls.current == current)]))

    return measure


def _share(line: str):
    def measure(off, on) -> float:
        fault = ~on.calls.current & (on.calls.l1 == co.L1.index("broadband_fault"))
        return float((on.calls.line[fault] == co.L2.index(line)).mean())

    return measure


def _chasing(off, on) -> float:
    """Chases a repair in the current period, per chase of one in the baseline."""
    opened = open_tickets(on, play_complaints(on))
    tickets = ticket_tables(on, opened, np.arange(len(on.calls)).astype(str))["tickets"]
    repair, current = (
        (tickets["type"] == "onsite_repair").to_numpy(),
        opened.opened >= 24 * co.first_day(co.FIRST_CURRENT_WEEK),
    )
    return float(tickets["urged_n"][repair & current].mean() / tickets["urged_n"][repair & ~current].mean())


def _attitude(off, on) -> float:
    calls = on.calls.take(on.calls.answered & (on.calls.line == co.ONSITE))
    return float(calls.attitude[calls.current].mean() - calls.attitude[~calls.current].mean())


STORY = Story(
    code="S05", slug="approval", title={"zh": "流程变更：上门维修审批", "en": "A process change: approval of home visits"}, plot=plot, cells=CELLS,
    aims=(
        Aim(what="median hours, baseline", aim=18, low=17.6, high=18.4, measure=_median_hours(False)),
        Aim(what="median hours, current", aim=41, low=40, high=42, measure=_median_hours(True)),
        Aim(what="satisfied, cell, baseline", aim=0.905, low=0.890, high=0.920, measure=level(CELL, current=False)),
        Aim(what="satisfied, cell, current", aim=0.715, low=0.700, high=0.750, measure=level(CELL)),
        Aim(what="change of the cell", aim=-0.19, low=-0.205, high=-0.155, measure=change(CELL)),
        Aim(what="true effect", aim=(-0.017, -0.013), low=-0.019, high=-0.012, measure=effect()),
        Aim(what="observed change", aim=(-0.026, -0.011), low=-0.026, high=-0.011, measure=observed()),
        Aim(what="z of the whole", aim=(-7.9, -3.4), low=-7.9, high=-3.4, measure=z_score()),
        Aim(what="chasing, current per baseline", aim=2.2, low=1.9, high=2.5, measure=_chasing),
        *(Aim(what=f"share of faults, {line}", aim=share, low=share - 0.015, high=share + 0.015, measure=_share(line))
          for line, share in SHARES["broadband_fault"].items()),
        Aim(what="change of attitude, cell", aim=0.0, low=-0.03, high=0.03, measure=_attitude),
    ),
)  # fmt: skip
