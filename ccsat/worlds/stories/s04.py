"""S04, the new agents: a routing merge sends complex work to people hired last week."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ccsat.worlds import company as co
from ccsat.worlds.measures import change, effect, level, resolution, z_score
from ccsat.worlds.patches import Patch, Setting
from ccsat.worlds.story import Aim, Cause, Decoy, Draw, Plot, Story, scope_words

CAUSE = "change:CH-301"
NEWCOMERS = 20
COMPLEX = 0.8  # complexity weight from which a contact is complex: disputes, faults, network, complaints
ROUTED = 0.40
SIMPLE_KEPT = (
    0.25  # of the newcomers' usual simple work: twice a usual load of complex work leaves no time for the rest
)
RESOLVED = -1.6  # the novices' coefficient of complexity, in place of the usual one
HANDLE, WAIT = 1.35, 1.35
FOLLOWED = 0.84 / co.FOLLOWED


@dataclass(frozen=True)
class ToNewcomers(Patch):
    """The skill tiers are merged: complex contacts come to people hired last week.

    Only first contacts on an issue: who calls again goes to experienced agents as before.

    Attributes:
        onset: Day of the merge.
        channel: The only channel whose tiers are merged; None: both.
        strength: Multiplies what complex work does to newcomers.
    """

    onset: int = co.first_day(co.FIRST_CURRENT_WEEK)
    channel: str | None = None
    strength: float = 1.0

    def _merged(self, calls) -> np.ndarray:
        merged = calls.day >= self.onset
        return merged if self.channel is None else merged & (calls.online == (self.channel == "online"))

    def _complex(self, calls) -> np.ndarray:
        return self._merged(calls) & (calls.turn == 0) & (co.COMPLEXITY[calls.line] >= COMPLEX)

    def agent(self, calls, scene) -> np.ndarray:
        old, everyone = int((scene.agents.hired_day < 0).sum()), len(scene.agents)
        if old == everyone:  # a world too small for newcomers
            return calls.agent
        hard = self._complex(calls)
        routed = hard & (calls.luck < ROUTED)
        spared = self._merged(calls) & ~routed & (calls.agent >= old) & (hard | (calls.luck >= SIMPLE_KEPT))
        agent = np.where(spared, (calls.other_luck * old).astype(int), calls.agent)
        return np.where(routed, old + (calls.other_luck * (everyone - old)).astype(int), agent)

    def _hard(self, calls, scene) -> np.ndarray:
        """Newcomers on complex work."""
        return self._complex(calls) & (scene.agents.hired_day[calls.agent] >= 0)

    def resolved(self, calls, scene) -> np.ndarray:
        return self.strength * (RESOLVED - co.RESOLVED["novice"]) * co.COMPLEXITY[calls.line] * self._hard(calls, scene)

    def handle(self, calls, scene) -> np.ndarray:
        return np.where(self._hard(calls, scene), HANDLE, 1.0)

    def wait(self, calls, scene) -> np.ndarray:
        return np.where(self._hard(calls, scene), WAIT, 1.0)

    def followed(self, calls, scene) -> np.ndarray:
        return np.where(self._hard(calls, scene), FOLLOWED, 1.0)

    def reasons(self, calls, scene) -> Mapping[str, np.ndarray]:
        return {"R11": self._hard(calls, scene) * np.where(calls.resolved, 0.10, 0.35)}

    def comment_key(self, calls, scene) -> tuple[str, np.ndarray]:
        return "R11:novice", self._hard(calls, scene)


CELLS = ({"tenure_band": "0-89"}, {"tenure_band": "0-89", "channel": "phone"})
CELL = CELLS[0]


def plot(draw: Draw) -> Plot:
    """The story as documented; varied: the newcomers' team, onset, strength, and whether one channel only was merged."""
    where = CELLS[draw.cell]
    team = draw.pick("T12", "T02", "T07", "T09")
    patch = ToNewcomers(onset=draw.onset, channel=where.get("channel"), strength=draw.strength)
    merged = ("电话", "phone ") if patch.channel else ("", "")
    return Plot(
        setting=Setting(newcomers=NEWCOMERS, newcomer_team=team),
        patches=(patch,),
        verdict="real",
        cells=(where,),
        causes=(_cause(team),),
        decoys=_decoys(team),
        changes=({
            "change_id": "CH-301", "day": patch.onset, "hour": 0.0, "kind": "routing", "scope": scope_words(where),
            "owner_dept": "operations", "announced": False,
            "title_zh": f"{merged[0]}技能组合并：取消新老坐席分级，复杂业务可派给90天以内坐席",
            "title_en": f"Merge of the {merged[1]}skill groups: no more tiers, complex work may go to agents of under 90 days",
        }, {
            "change_id": "CH-318", "day": co.first_day(co.FIRST_CURRENT_WEEK), "hour": 8.0, "kind": "staffing",
            "scope": f"team={team}", "owner_dept": "operations", "announced": True,
            "title_zh": f"{NEWCOMERS}名新员工到岗，编入 {team}", "title_en": f"{NEWCOMERS} new agents join team {team}",
        }),
        library=("d1", "d2", "d3", "d4", "d5", "a4", "a5", "a7"),
        labels={"d1": "best", "d2": "best", "d3": "acceptable", "d4": "wrong", "d5": "wrong", "a4": "wrong", "a5": "wrong",
                "a7": "wrong"},
        phi={"d1": {CAUSE: 0.60}, "d2": {CAUSE: 0.35}, "d3": {CAUSE: 0.20}, "d4": {CAUSE: 0.05}, "d5": {CAUSE: 0.0}},
    )  # fmt: skip


def _cause(team: str) -> Cause:
    return Cause(
        id=CAUSE, kind="routing", change_id="CH-301", owner="centre_process", gap="execution", controllable=True,
        chain=(
            {"zh": "48小时一解率和满意率同时下降", "en": "48-hour resolution and satisfaction fall together"},
            {"zh": "下降集中在司龄90天以内的坐席", "en": "the fall is with agents of under 90 days"},
            {"zh": "他们处理简单业务正常，问题只出在复杂业务", "en": "they do simple work as well as others; only complex work goes wrong"},
            {"zh": f"第9周起四成复杂业务派给了 {team} 的新员工", "en": f"since week 9 four in ten complex contacts go to the newcomers of {team}"},
            {"zh": "技能组合并（CH-301）取消了按熟练度分级，上线前没有验证新员工能力", "en": "the merge of the skill groups (CH-301) dropped the tiers, and nobody tested what newcomers can take on"},
        ),
    )  # fmt: skip


def _decoys(team: str) -> tuple[Decoy, ...]:
    return (
        Decoy(
            claim={"zh": "新员工素质差，应提高招聘门槛或劝退", "en": "The new people are not good enough; hire better or let them go"},
            why_wrong={"zh": "新员工接简单业务的满意率和老员工一样；问题是派了什么活，不是招了什么人",
                       "en": "On simple work they rate like everyone else: it is the work they were given, not who was hired"},
        ),
        Decoy(
            claim={"zh": f"{team} 管理不力，应对该班组整改", "en": f"Team {team} is badly led and must be put right"},
            why_wrong={"zh": f"{team} 老员工的满意率没有变化，只有派给新员工的复杂业务下降", "en": f"The older agents of {team} did not change; only the complex work sent to newcomers fell"},
        ),
        Decoy(
            claim={"zh": "排队变长导致不满，应增加排班", "en": "Queues grew longer; schedule more people"},
            why_wrong={"zh": "只有派给新员工的复杂业务排队变长，其余没有变化；补人不解决派错活", "en": "Only complex work in the newcomers' queue waits longer; more people do not mend the routing"},
        ),
        Decoy(
            claim={"zh": "T03、T04 技能组更名同在第9周，是它造成的", "en": "Skill groups of T03 and T04 were renamed in week 9, so that did it"},
            why_wrong={"zh": "更名不改路由规则，T03、T04 老员工没有变化", "en": "The rename left the routing alone, and the older agents of T03 and T04 did not change"},
        ),
    )  # fmt: skip


WEAKER = (
    "a true effect of -.8 points on the 16 % of contacts that are routed is 5 points each; the cell of nine older novices and the "
    "newcomers cannot fall by nine. With repeats routed too, or -1.6 on top of the usual -.55, it does, but the effect is -1.1 to -1.9"
)
STORY = Story(
    code="S04", slug="newcomers", title={"zh": "新员工与一解率下降", "en": "New agents, and resolution falls"}, plot=plot, cells=CELLS,
    aims=(
        Aim(what="FCR 48 h, baseline", aim=0.879, low=0.866, high=0.882, measure=resolution(48, current=False)),
        Aim(what="FCR 48 h, current", aim=0.837, low=0.832, high=0.852, measure=resolution(48, current=True)),
        Aim(what="FCR 24 h, baseline", aim=0.904, low=0.894, high=0.908, measure=resolution(24, current=False)),
        Aim(what="FCR 24 h, current", aim=0.868, low=0.864, high=0.884, measure=resolution(24, current=True)),
        Aim(what="true effect", aim=-0.008, low=-0.010, high=-0.005, measure=effect()),
        Aim(what="satisfied, cell, baseline", aim=0.955, low=0.925, high=0.956, measure=level(CELL, current=False)),
        Aim(what="satisfied, cell, current", aim=0.865, low=0.860, high=0.892, measure=level(CELL)),
        Aim(what="change of the cell", aim=-0.09, low=-0.078, high=-0.045, measure=change(CELL), why=WEAKER),
        Aim(what="z of the cell", aim=-8.6, low=-5.6, high=-2.8, measure=z_score(CELL), why=WEAKER),
    ),
)  # fmt: skip
