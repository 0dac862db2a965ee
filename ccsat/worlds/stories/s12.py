"""S12, the capstone: a fee problem, a slow repair and a changed survey at once, and a training that seems to have worked.

It is S03 and S05 as they are, and a third of S08's text survey. A team of agents has bad luck in week 9, is trained in
week 10, and is as good as ever from then on: luck, with the patches and without them (`story.Swing`).
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from ccsat.worlds import company as co
from ccsat.worlds.measures import caused, effect, level, observed, satisfied, share
from ccsat.worlds.patches import Patches, Setting, Swing
from ccsat.worlds.simulate import simulate
from ccsat.worlds.stories import s03, s05
from ccsat.worlds.stories.s08 import TEXT, TextSurvey, text_cause, text_change, text_defect
from ccsat.worlds.story import Aim, Cause, Decoy, Draw, Plot, Story

THIRD = 1 / 3
TEAMS = "T09", "T06", "T10", "T11"  # that no other change is about
TRAINED_WEEK = 10
CELLS = s03.CELLS


def plot(draw: Draw) -> Plot:
    """As documented; varied: what the three stories vary, each for itself, and the trained team."""
    fee = s03.plot(draw)
    repair = s05.plot(replace(draw, cell=draw.pick(*range(len(s05.CELLS)))))
    regions = ("R1", "R2", "R5")
    if draw.rng is not None:
        regions = tuple(sorted(map(str, draw.rng.permutation(co.REGIONS)[:3])))
    text = TextSurvey(onset=draw.onset, regions=regions, strength=THIRD * draw.strength)
    team = draw.pick(*TEAMS)
    service = Patches((*fee.patches, *repair.patches))
    labels = {"m1": "best", "m2": "acceptable"}
    return Plot(
        verdict="real",
        setting=Setting(
            line_shares=repair.setting.line_shares, reminded_line=fee.setting.reminded_line,
            swings=(Swing(cells=({"team": team},), weeks=(TRAINED_WEEK - 1, TRAINED_WEEK - 1), share=0.08),),
        ),
        patches=(*service.parts, text),
        cells=(*fee.cells, *repair.cells),
        causes=(*_moved(fee.causes, 0), *_moved(repair.causes, len(fee.patches)),
                text_cause(patches=(len(service.parts),))),
        decoys=(*_decoys(team), fee.decoys[0], repair.decoys[0]),
        defects=(text_defect(text),),
        changes=(*fee.changes, *repair.changes, text_change(text)),
        harmless=9,
        actions=(*fee.actions, {
            "action_id": "A-23", "day": co.first_day(TRAINED_WEEK), "hour": 9.0, "kind": "training", "scope": f"team={team}",
            "owner": "agent", "cost": 3.0, "lead_days": 5, "predicted_points": 0.002, "verified_points": 0.004,
            "verification_design": "D",
            "title_zh": f"{team} 服务态度与沟通技巧培训", "title_en": f"Training of team {team}: attitude and how to talk to customers",
        }),
        library=tuple(dict.fromkeys((*fee.library, *repair.library, *labels))),
        labels={**fee.labels, **repair.labels, **labels},
        phi={**fee.phi, **repair.phi, "m1": {TEXT: 0.80}, "m2": {TEXT: 0.50}},
        expect=partial(_expect, fee, service, text),
    )  # fmt: skip


def _moved(causes: tuple[Cause, ...], by: int) -> tuple[Cause, ...]:
    """A story's causes, where its patches stand behind others."""
    return tuple(replace(cause, patches=tuple(k + by for k in cause.patches)) for cause in causes)


def _decoys(team: str) -> tuple[Decoy, ...]:
    return (
        Decoy(
            claim={"zh": f"第10周培训后 {team} 满意率回升，应向全员推广培训", "en": f"Team {team} rose after its training in week 10: train everyone"},
            why_wrong={"zh": "第9周只是偶然偏低，培训后回到基线水平；没有对照的前后比较不能证明效果",
                       "en": "Week 9 was bad luck, and the team went back to where it had been; before and after with nothing to compare shows no effect"},
        ),
        Decoy(
            claim={"zh": "几个地市电话满意率下降更多，应到这些地市整改服务", "en": "Phone ratings of some cities fell more; put their service right"},
            why_wrong={"zh": "多出来的部分来自改用短信测评，是数据问题，不是服务问题", "en": "The rest of their fall is the text survey: a matter of data, not of service"},
        ),
        Decoy(
            claim={"zh": "换了测评方式，所以整个下降都是数据问题", "en": "The survey changed, so all of the fall is a data problem"},
            why_wrong={"zh": "测评没有变的范围同样下降", "en": "It fell where the survey is as it was, too"},
        ),
    )  # fmt: skip


def _expect(fee: Plot, service: Patches, text: TextSurvey, scene, play) -> dict:
    """The check of S03's action; how many went by text; and the KPI as it would be with the survey as it was."""
    clean, shown = play(service), play(Patches((*service.parts, text)))
    return fee.expect(scene, play) | {
        "defects": [text_defect(text) | {"n": int((shown.calls.by_text & shown.calls.invited).sum())}],
        "corrected": {"value": satisfied(clean), "change_points": satisfied(clean) - satisfied(clean, current=False)},
    }


def _spoiled(off, on) -> float:
    """What the survey alone does to the KPI."""
    return satisfied(on) - satisfied(_with(on, data=False))


def _service(off, on) -> float:
    """What the service alone does to the KPI."""
    return satisfied(_with(on, data=False)) - satisfied(off)


def _with(world, *, data: bool):
    return simulate(world.scene, Patches(tuple(part for part in world.patches.parts if part.data == data)))


FEE, REPAIR = s03.CELLS[0], s05.CELLS[0]
SCOPE = TextSurvey().scope
STORY = Story(
    code="S12", slug="capstone", title={"zh": "综合挑战", "en": "The capstone"}, plot=plot, cells=CELLS, extras=("bot", "ivr"),
    aims=(
        Aim(what="true effect, service", aim=-0.027, low=-0.031, high=-0.022, measure=_service),
        Aim(what="what the survey does", aim=-0.009, low=-0.012, high=-0.007, measure=_spoiled,
            why="more than a third of S08's part (a): there are more dissatisfied for it to overstate"),
        Aim(what="shown effect", aim=-0.036, low=-0.041, high=-0.031, measure=effect()),
        Aim(what="observed change", aim=-0.036, low=-0.043, high=-0.030, measure=observed()),
        Aim(what="satisfied, fee cell, current", aim=0.731, low=0.701, high=0.771, measure=level(FEE), why="as in S03: some are reminded"),
        Aim(what="effect, repair cell", aim=-0.19, low=-0.23, high=-0.15, measure=caused(REPAIR)),
        Aim(what="participation, text scope, current", aim=0.25, low=0.23, high=0.26, measure=share("answered", SCOPE)),
    ),
)  # fmt: skip
