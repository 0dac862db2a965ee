"""X03, one agent of 240: moved to the fault desk without training, with more contacts than anyone else.

The study of this world may split by agent. What a tracer must say is what was done to the agent, not that the agent is bad:
the agent's contacts were as good as anyone's until the move.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccsat.worlds import company as co
from ccsat.worlds.measures import caused, effect, level, rated_share
from ccsat.worlds.stories.trouble import Trouble
from ccsat.worlds.story import Aim, Cause, Decoy, Draw, Plot, Story, scope_words

CAUSE = "change:CH-731"
SOLVED, FELT = -1.5, -2.4
FAULTS = co.L1.index("broadband_fault")
MORE = 4.3 / co.AGENTS  # of all broadband contacts: 60 more in four weeks, beside the usual hundred
CELLS = ({"agent": "A0000017"}, {"agent": "A0000009"}, {"agent": "A0000021"})
CELL = CELLS[0]


@dataclass(frozen=True, kw_only=True)
class Moved(Trouble):
    """An agent takes faults that others would have taken, and helps nobody as before."""

    def agent(self, calls, scene) -> np.ndarray:
        name = scene.agents.names.index(self.where["agent"])
        more = MORE * co.AGENTS / len(scene.agents)
        taken = (calls.l1 == FAULTS) & (calls.day >= self.onset) & (calls.other_luck < more)
        return np.where(taken, name, calls.agent)


def plot(draw: Draw) -> Plot:
    """As designed; varied: another agent, onset and strength."""
    where = CELLS[draw.cell]
    name = where["agent"]
    return Plot(
        verdict="real",
        patches=(Moved(where=where, onset=draw.onset, solved=SOLVED, felt=FELT, strength=draw.strength, reason="R11", named=0.40,
                       words="R11:moved"),),
        cells=(where,),
        causes=(
            Cause(
                id=CAUSE, kind="routing", change_id="CH-731", owner="centre_process", gap="execution", controllable=True,
                chain=(
                    {"zh": f"坐席 {name} 的满意率大幅下降，其他坐席没有", "en": f"agent {name} fell a long way, and no other did"},
                    {"zh": "客户说其业务不熟、当场解决不了", "en": "customers say the agent has to look everything up and solves little"},
                    {"zh": "第9周起转入宽带报障专席，接触量多出六成", "en": "since week 9 on the fault desk, with six tenths more contacts"},
                    {"zh": "转岗前没有安排培训和带教", "en": "nobody trained or accompanied the agent before the move"},
                    {"zh": "调岗流程没有上岗考核这一关", "en": "the procedure for moves has no test before the first day"},
                ),
            ),
        ),
        decoys=(
            Decoy(
                claim={"zh": f"{name} 态度不好，应处罚", "en": f"{name} has a bad attitude and should be warned"},
                why_wrong={"zh": "调岗前满意率与同班组相当，态度评分没有变化", "en": "Before the move the rate was the team's, and attitude ratings did not change"},
            ),
            Decoy(
                claim={"zh": "该班组管理松懈，应整顿整个班组", "en": "The team is badly led; put the whole team right"},
                why_wrong={"zh": "班组其他坐席满意率没有变化", "en": "Nobody else in the team changed"},
            ),
            Decoy(
                claim={"zh": "宽带故障增多", "en": "There are more broadband faults"},
                why_wrong={"zh": "其他坐席受理的宽带故障满意率没有变化", "en": "Faults that others take are rated as before"},
            ),
        ),
        changes=({
            "change_id": "CH-731", "day": draw.onset, "hour": 8.0, "kind": "routing", "scope": scope_words(where),
            "owner_dept": "operations", "announced": True,
            "title_zh": f"坐席 {name} 调入宽带报障专席", "title_en": f"Agent {name} moved to the broadband fault desk",
        },),
        library=("x6", "x7", "a4", "a5"),
        labels={"x6": "best", "x7": "best", "a4": "wrong", "a5": "wrong"},
        phi={"x6": {CAUSE: 0.70}, "x7": {CAUSE: 0.50}},
    )  # fmt: skip


STORY = Story(
    code="X03", slug="agent", title={"zh": "一名坐席", "en": "One agent"}, plot=plot, cells=CELLS, dimensions={"agent": "agent_id"},
    aims=(
        Aim(what="true effect", aim=-0.0022, low=-0.0030, high=-0.0014, measure=effect()),
        Aim(what="share of ratings, cell", aim=0.0067, low=0.0055, high=0.0080, measure=rated_share(CELL)),
        Aim(what="effect, cell", aim=-0.32, low=-0.38, high=-0.26, measure=caused(CELL)),
        Aim(what="satisfied, cell, current", aim=0.62, low=0.55, high=0.69, measure=level(CELL)),
    ),
)  # fmt: skip
