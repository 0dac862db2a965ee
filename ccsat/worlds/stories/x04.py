"""X04, opposite moves: one cell falls, another rises, and the whole stands still.

A tracer must say "real, though the whole did not move", and report both cells with their signs: what fell with its
cause, what rose as a success to keep. "No change, do not trace" is the wrong answer here, and so is one net figure.
"""

from __future__ import annotations

from ccsat.worlds.measures import caused, effect, observed
from ccsat.worlds.stories.trouble import Trouble
from ccsat.worlds.story import Aim, Cause, Decoy, Draw, Plot, Story, scope_words

SAVING, CASE = "change:CH-741", "change:CH-742"
WORSE, BETTER = -1.05, 1.1
CELLS = ({"biz_l1": "mobile_network"}, {"biz_l1": "broadband_fault", "region": ["R1", "R2"]})
RISEN = {"biz_l1": "complaint"}


def plot(draw: Draw) -> Plot:
    """As designed; varied: another network line that falls, onset and strength."""
    where = CELLS[draw.cell]
    mobile = where == CELLS[0]
    zh, en = ("移动基站夜间节能参数放宽", "Wider power saving at the mobile masts") if mobile else (
        "R1、R2 宽带汇聚设备合并（节能）", "Broadband aggregation in R1 and R2 merged to save power")  # fmt: skip
    return Plot(
        verdict="real",
        patches=(
            Trouble(where=where, onset=draw.onset, felt=WORSE, strength=draw.strength, reason="R12", named=0.35, words="R12:saving"),
            Trouble(where=RISEN, onset=draw.onset, felt=BETTER, strength=draw.strength, named=0.0),
        ),
        cells=(where, RISEN),
        causes=_causes(),
        decoys=_decoys(),
        changes=({
            "change_id": "CH-741", "day": draw.onset, "hour": 1.0, "kind": "network", "scope": scope_words(where),
            "owner_dept": "network_dept", "announced": False, "title_zh": zh, "title_en": en,
        }, {
            "change_id": "CH-742", "day": draw.onset, "hour": 9.0, "kind": "process", "scope": scope_words(RISEN),
            "owner_dept": "operations", "announced": True,
            "title_zh": "投诉专席首问负责到底，并授予小额补偿权限", "title_en": "One agent keeps a complaint to its end, and may compensate small sums",
        }),
        library=("x8", "x9", "a4", "a5", "a6"),
        labels={"x8": "best", "x9": "acceptable", "a4": "wrong", "a5": "wrong", "a6": "wrong"},
        phi={"x8": {SAVING: 0.80}, "x9": {SAVING: 0.15}},
    )  # fmt: skip


def _causes() -> tuple[Cause, ...]:
    return (
        Cause(
            id=SAVING, kind="network", change_id="CH-741", owner="network", gap="design", controllable=False, patches=(0,),
            chain=(
                {"zh": "网络类来电满意率下降，总体却没有变化", "en": "calls about the network fell, yet the whole did not move"},
                {"zh": "客户点名网络质量：忙时没信号、掉线", "en": "customers name the network: no signal when it is busy, dropped lines"},
                {"zh": "节能参数让设备在仍有用户时进入休眠", "en": "the saving puts equipment to sleep while people still use it"},
                {"zh": "网络部门只按平均负荷定参数，没有看客户来电", "en": "the network department set it by mean load and did not look at calls"},
            ),
        ),
        Cause(
            id=CASE, kind="process", change_id="CH-742", owner="centre_process", gap="execution", controllable=True, patches=(1,),
            chain=(
                {"zh": "投诉来电满意率明显上升", "en": "complaints are rated clearly better"},
                {"zh": "客户不再反复说明，当场得到答复和小额补偿", "en": "customers tell it once, and get an answer and a small sum at once"},
                {"zh": "投诉专席由一人跟到底，并有补偿权限", "en": "one agent keeps a complaint to its end and may compensate"},
                {"zh": "客服主动改了投诉流程：应保留并推广", "en": "the centre changed its own procedure: keep it and extend it"},
            ),
        ),
    )  # fmt: skip


def _decoys() -> tuple[Decoy, ...]:
    return (
        Decoy(
            claim={"zh": "总体没有变化，不用溯源", "en": "The whole did not move, so there is nothing to trace"},
            why_wrong={"zh": "一处下降被另一处上升抵消，两处都远超随机波动", "en": "One fall is hidden by one rise, and both are far beyond noise"},
        ),
        Decoy(
            claim={"zh": "移动覆盖受理模板更新导致网络类满意率下降", "en": "The new coverage form made network calls fall"},
            why_wrong={"zh": "受理模板不涉及的业务同样下降，客户点名的是网络质量", "en": "Lines without the form fell too, and customers name the network"},
        ),
        Decoy(
            claim={"zh": "投诉满意率上升是因为投诉少了", "en": "Complaints are rated better because there are fewer"},
            why_wrong={"zh": "投诉量没有变化", "en": "There are as many as before"},
        ),
    )  # fmt: skip


CELL = CELLS[0]
STORY = Story(
    code="X04", slug="opposite", title={"zh": "一降一升", "en": "One down, one up"}, plot=plot, cells=CELLS,
    aims=(
        Aim(what="true effect of both", aim=0.0, low=-0.0015, high=0.0015, measure=effect()),
        Aim(what="observed change", aim=0.0, low=-0.003, high=0.003, measure=observed()),
        Aim(what="effect, fallen cell", aim=-0.08, low=-0.095, high=-0.065, measure=caused(CELL)),
        Aim(what="effect, risen cell", aim=0.15, low=0.12, high=0.18, measure=caused(RISEN)),
    ),
)  # fmt: skip
