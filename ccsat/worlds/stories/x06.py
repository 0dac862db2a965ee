"""X06, a cause that moves participation: half the shops of a region close, its customers are upset, and more of them answer.

Participation moves with the rate, in the same place and on the same day, and no way of asking changed: the verdict is real.
Who takes any move of participation for an artefact stops here, and is wrong. The truth's points are those of the KPI, of
the customers who answered: they hold that the dissatisfied answer more often.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccsat.worlds.measures import caused, effect, observed, share
from ccsat.worlds.stories.trouble import Trouble
from ccsat.worlds.story import Aim, Cause, Decoy, Draw, Plot, Story, scope_words

CAUSE = "change:CH-761"
SOLVED, FELT = -0.5, -0.4
SPEAKS, SPEAKS_UPSET = 0.45, 0.60  # logit of answering: everyone there, and the dissatisfied on top
CELLS = ({"region": "R2"}, {"region": "R1"}, {"region": "R3"})
CELL = CELLS[0]


@dataclass(frozen=True, kw_only=True)
class Closed(Trouble):
    """Shops close; who is hit answers surveys more often (`voice` 1) or, resigned, less (-1)."""

    voice: float = 1.0

    def answer(self, calls, scene) -> np.ndarray:
        return self.strength * self.voice * self.hit(calls, scene) * (SPEAKS + SPEAKS_UPSET * (calls.felt <= 3))


def plot(draw: Draw) -> Plot:
    """As designed; varied: another region, onset and strength, and whether those who are hit answer more or less."""
    where = CELLS[draw.cell]
    region = where["region"]
    voice = draw.pick(1.0, -1.0)
    return Plot(
        verdict="real",
        patches=(Closed(where=where, onset=draw.onset, solved=SOLVED, felt=FELT, strength=draw.strength, reason="R06", named=0.20,
                        words="R06:shops", voice=voice),),
        cells=(where,),
        causes=(
            Cause(
                id=CAUSE, kind="process", change_id="CH-761", owner="business_process", gap="design", controllable=False,
                chain=(
                    {"zh": f"{region} 各类业务满意率下降，参评率同时变化", "en": f"every line of {region} falls, and participation moves with it"},
                    {"zh": "客户说以前到厅当场能办，现在打电话要等", "en": "customers say the shop did it at once, and now they call and wait"},
                    {"zh": "半数营业厅关停，须到厅办的业务改由热线转办", "en": "half the shops closed, and what they did goes through the hotline"},
                    {"zh": "热线没有相应权限，只能下单转办", "en": "the hotline may not do it itself and passes it on"},
                    {"zh": "关厅方案只算租金，没有把权限同步给热线", "en": "the plan counted rents, and left the hotline without the powers"},
                ),
            ),
        ),
        decoys=(
            Decoy(
                claim={"zh": f"{region} 参评率变了，满意率下降是测评口径问题", "en": f"Participation of {region} moved, so the fall is one of measurement"},
                why_wrong={"zh": "测评方式、问卷、推送都没有变；同一参评倾向下当场解决率也下降了",
                           "en": "Neither mode nor form nor push rule changed, and contacts there are resolved less, whoever answers"},
            ),
            Decoy(
                claim={"zh": f"{region} 坐席服务变差", "en": f"Agents serve {region} worse"},
                why_wrong={"zh": "坐席不按地市分组，同一批坐席在其他地市满意率未变", "en": "Agents take all regions, and the same agents did not change elsewhere"},
            ),
        ),
        changes=({
            "change_id": "CH-761", "day": draw.onset, "hour": 0.0, "kind": "process", "scope": scope_words(where),
            "owner_dept": "process_dept", "announced": True,
            "title_zh": f"{region} 半数营业厅关停，到厅业务改由热线受理", "title_en": f"Half the shops of {region} close; the hotline takes their business",
        },),
        library=("x11", "x12", "a4", "a5", "a7"),
        labels={"x11": "best", "x12": "acceptable", "a4": "wrong", "a5": "wrong", "a7": "wrong"},
        phi={"x11": {CAUSE: 0.60}, "x12": {CAUSE: 0.20}},
    )  # fmt: skip


STORY = Story(
    code="X06", slug="louder", title={"zh": "不满的人更愿意说", "en": "The upset speak up"}, plot=plot, cells=CELLS,
    aims=(
        Aim(what="true effect", aim=-0.018, low=-0.021, high=-0.015, measure=effect()),
        Aim(what="observed change", aim=-0.018, low=-0.023, high=-0.013, measure=observed()),
        Aim(what="effect, cell", aim=-0.065, low=-0.075, high=-0.055, measure=caused(CELL)),
        Aim(what="participation, cell, baseline", aim=0.29, low=0.28, high=0.30, measure=share("answered", CELL, current=False)),
        Aim(what="participation, cell, current", aim=0.40, low=0.385, high=0.415, measure=share("answered", CELL)),
        Aim(what="participation, all, current", aim=0.32, low=0.31, high=0.33, measure=share("answered")),
    ),
)  # fmt: skip
