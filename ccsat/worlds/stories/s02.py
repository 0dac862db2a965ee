"""S02, the text bot: a release merges two intents' knowledge and makes people fail three times before a human comes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from ccsat.worlds import company as co
from ccsat.worlds.bot import NAMES, BotOutcome, play_bot, rated_sessions
from ccsat.worlds.patches import Patch, Patches
from ccsat.worlds.story import Aim, Cause, Decoy, Draw, Plot, Story, scope_words

CAUSE = "change:CH-203"
MERGED_ACCURACY = 0.45
THREE_FALLBACKS = -1.5  # on the logit of a hand-off
EACH_OTHER = 0.8  # of what is not understood in the merged intents, how much is taken for the other one


@dataclass(frozen=True)
class MergedKnowledge(Patch):
    """Two intents share one body of knowledge from `onset` on, and are taken for each other."""

    intents: tuple[str, str]
    onset: int = co.first_day(co.FIRST_CURRENT_WEEK)
    strength: float = 1.0

    def _hit(self, sessions) -> np.ndarray:
        return np.isin(sessions.intent, [NAMES.index(name) for name in self.intents]) & (sessions.day >= self.onset)

    def accuracy(self, sessions, scene) -> np.ndarray:
        usual, merged = sessions.accuracy, MERGED_ACCURACY
        fall = np.log(merged / (1 - merged)) - np.log(usual / (1 - usual))
        return np.where(self._hit(sessions), self.strength * fall, 0.0)

    def taken_for(self, sessions, scene) -> np.ndarray:
        one, two = (NAMES.index(name) for name in self.intents)
        swapped = self._hit(sessions) & ~sessions.right & (sessions.luck < EACH_OTHER)
        return np.where(swapped, one + two - sessions.intent, sessions.predicted)


@dataclass(frozen=True)
class LateHandoff(Patch):
    """A human is offered after three fallbacks instead of one, for every intent."""

    onset: int = co.first_day(co.FIRST_CURRENT_WEEK)
    strength: float = 1.0

    def handoff(self, sessions, scene) -> np.ndarray:
        return self.strength * THREE_FALLBACKS * self.released(sessions, scene)

    def patience(self, sessions, scene) -> np.ndarray:
        return 2 * self.released(sessions, scene)

    def released(self, sessions, scene) -> np.ndarray:
        return sessions.day >= self.onset


PAIRS = (("broadband_report", "plan_cancel"), ("usage_query", "overage_query"), ("plan_upgrade", "gift_query"))
CELLS = tuple({"intent": list(pair)} for pair in PAIRS)


def plot(draw: Draw) -> Plot:
    """The story as documented; varied: other intents, onset, strength."""
    patches = (
        MergedKnowledge(PAIRS[draw.cell], onset=draw.onset, strength=draw.strength),
        LateHandoff(onset=draw.onset, strength=draw.strength),
    )
    return Plot(
        patches=patches,
        verdict="real",
        cells=(CELLS[draw.cell],),
        causes=(_cause(),),
        decoys=_decoys(),
        changes=({
            "change_id": "CH-203", "day": draw.onset, "hour": 0.0, "kind": "bot_release", "scope": scope_words(CELLS[draw.cell]),
            "owner_dept": "intelligent_service", "announced": False,
            "title_zh": "文字机器人 3.2 发布：所列意图知识合并；全部意图转人工策略优化",
            "title_en": "Release 3.2 of the text bot: knowledge of these intents merged; hand-off policy improved for all",
        },),
        actions=({
            "action_id": "A-23", "day": co.first_day(11), "hour": 2.0, "kind": "system", "scope": "", "owner": "intelligent_service",
            "cost": 4.0, "lead_days": 15, "predicted_points": 0.01, "verification_design": "D",
            "title_zh": "机器人应用服务器扩容", "title_en": "More servers for the bot",
        },),
        library=("i1", "i2", "i3", "i4", "i5", "a4", "a6", "a7"),
        labels={"i1": "best", "i2": "best", "i3": "acceptable", "i4": "wrong", "i5": "wrong", "a4": "wrong", "a6": "wrong", "a7": "wrong"},
        phi={"i1": {CAUSE: 0.55}, "i2": {CAUSE: 0.38}, "i3": {CAUSE: 0.15}},
        kpi="satisfaction_rate",
        caliber="thumbs",
        expect=partial(_expect, patches),
    )  # fmt: skip


def _cause() -> Cause:
    return Cause(
        id=CAUSE, kind="bot_release", change_id="CH-203", owner="intelligent_service", gap="design", controllable=True, patches=(0, 1),
        chain=(
            {"zh": "客户给机器人点踩：答非所问、找不到人工", "en": "thumbs down: the bot answers something else, and no human is to be had"},
            {"zh": "两个意图互相误认；其余意图听不懂时也不转人工", "en": "two intents are taken for each other; and whoever is not understood gets no human"},
            {"zh": "两个意图的知识被合并；转人工门槛由一次未理解改为三次", "en": "the two intents' knowledge was merged; a human comes after three fallbacks, not one"},
            {"zh": "机器人 3.2 版以提高拦截率为目标，两项改动一并上线", "en": "release 3.2 brought both at once, to raise containment"},
            {"zh": "考核只看拦截率，上线前没有验证解决与满意", "en": "containment was the only measure; nobody tested resolution or satisfaction before release"},
        ),
    )  # fmt: skip


def _decoys() -> tuple[Decoy, ...]:
    return (
        Decoy(
            claim={"zh": "拦截率高的意图满意率也高，所以提高拦截率就能提高满意率", "en": "Intents with more containment are better liked, so containment raises satisfaction"},
            why_wrong={"zh": "二者都随意图难度变化；同一意图内没有关系，且第9周拦截率上升而满意率下降",
                       "en": "Both follow the difficulty of the intent; within an intent there is no relation, and in week 9 one rose while the other fell"},
        ),
        Decoy(
            claim={"zh": "机器人响应慢是主因，应扩容服务器", "en": "The bot is slow, so buy servers"},
            why_wrong={"zh": "时延随意图难度变化；按意图控制后与满意率无关，且第9周时延没有变化",
                       "en": "Latency follows difficulty; given the intent it says nothing about thumbs, and it did not change in week 9"},
        ),
        Decoy(
            claim={"zh": "拦截率从七成升到近九成，新版本是成功的", "en": "Containment rose from seven to nearly nine in ten, so the release is a success"},
            why_wrong={"zh": "拦截不等于解决：要求转人工而未转的客户增多，48小时内再次来访上升",
                       "en": "Contained is not solved: more people asked for a human in vain, and more came back within 48 hours"},
        ),
    )  # fmt: skip


def _expect(patches: tuple[Patch, Patch], scene, play) -> dict:
    """How the effect divides between the two parts of the release, and what they do to the whole journey."""
    worlds = {some: play(Patches(tuple(patches[k] for k in some))) for some in ((), (0,), (1,), (0, 1))}
    merged, late = split(worlds)
    return {
        "split": {"recognition": merged, "handoff_rule": late},
        "containment": {"with": contained(worlds[0, 1]), "without": contained(worlds[()])},
        "journey_resolution": {"with": journey(worlds[0, 1]), "without": journey(worlds[()])},
    }


def split(worlds: dict[tuple[int, ...], BotOutcome]) -> tuple[float, float]:
    """Shapley values of merged knowledge and late hand-off, from the worlds with neither, one, the other and both."""
    none, first, second, both = (thumbs_up(worlds[some]) for some in ((), (0,), (1,), (0, 1)))
    return (first - none + both - second) / 2, (second - none + both - first) / 2


def thumbs_up(world: BotOutcome, *, current: bool = True) -> float:
    """Thumbs up among the answered sessions of a period."""
    rows = rated_sessions(world)
    return float(rows.hit[rows.current == current].mean())


def contained(world: BotOutcome) -> float:
    """Sessions of the current period without a hand-off."""
    return float(1 - world.sessions.handoff[world.sessions.current].mean())


def journey(world: BotOutcome) -> float:
    """Sessions of the current period, hand-off included, without another contact on the issue within 48 hours."""
    return float(np.isnan(world.sessions.again[world.sessions.current]).mean())


def contained_for_good(world: BotOutcome) -> float:
    """Sessions of the current period without a hand-off and without another contact within 48 hours."""
    sessions = world.sessions
    return float((~sessions.handoff & np.isnan(sessions.again))[sessions.current].mean())


def _parts(off: BotOutcome, on: BotOutcome) -> tuple[float, float]:
    alone = {(k,): play_bot(on.scene, Patches((part,))) for k, part in enumerate(on.patches.parts)}
    return split({(): off, (0, 1): on} | alone)


def _by_intent(sessions, values: np.ndarray) -> np.ndarray:
    return np.bincount(sessions.intent, values, minlength=len(NAMES)) / np.bincount(
        sessions.intent, minlength=len(NAMES)
    )


def _correlation(one: str, *, between: bool = False, within: bool = False) -> Callable[..., float]:
    """Of a trait of the answered sessions with their thumbs: over sessions, over intents, or over sessions given the intent."""

    def measure(off: BotOutcome, on: BotOutcome) -> float:
        sessions = on.sessions.take(on.sessions.answered)
        pair = [np.asarray(values, dtype=float) for values in (getattr(sessions, one), sessions.thumb)]
        means = [_by_intent(sessions, values) for values in pair]
        if between:
            pair = means
        if within:
            pair = [values - mean[sessions.intent] for values, mean in zip(pair, means, strict=True)]
        return float(np.corrcoef(*pair)[0, 1])

    return measure


STORY = Story(
    code="S02", slug="bot", title={"zh": "智能客服升级", "en": "A release of the text bot"}, plot=plot, cells=CELLS,
    extras=("bot",), kind="bot",
    aims=(
        Aim(what="true effect", aim=-0.041, low=-0.046, high=-0.034, measure=lambda off, on: thumbs_up(on) - thumbs_up(off)),
        Aim(what="thumbs up, without", aim=0.703, low=0.696, high=0.714, measure=lambda off, on: thumbs_up(off)),
        Aim(what="thumbs up, current", aim=0.663, low=0.655, high=0.675, measure=lambda off, on: thumbs_up(on)),
        Aim(what="split: recognition", aim=-0.017, low=-0.020, high=-0.013, measure=lambda off, on: _parts(off, on)[0]),
        Aim(what="split: hand-off rule", aim=-0.024, low=-0.028, high=-0.019, measure=lambda off, on: _parts(off, on)[1]),
        Aim(what="containment, without", aim=0.708, low=0.702, high=0.714, measure=lambda off, on: contained(off)),
        Aim(what="containment, current", aim=0.881, low=0.876, high=0.886, measure=lambda off, on: contained(on)),
        Aim(what="journey resolution, without", aim=0.825, low=0.819, high=0.831, measure=lambda off, on: journey(off)),
        Aim(what="journey resolution, current", aim=0.800, low=0.792, high=0.806, measure=lambda off, on: journey(on)),
        Aim(what="true resolution of the bot, without", aim=0.58, low=0.57, high=0.59, measure=lambda off, on: contained_for_good(off)),
        Aim(what="true resolution of the bot, current", aim=0.70, low=0.69, high=0.71, measure=lambda off, on: contained_for_good(on)),
        Aim(what="containment and thumbs, between intents", aim=0.94, low=0.88, high=0.98, measure=_correlation("contained", between=True)),
        Aim(what="containment and thumbs, sessions", aim=0.0, low=-0.03, high=0.04, measure=_correlation("contained")),
        Aim(what="latency and thumbs, sessions", aim=-0.047, low=-0.055, high=-0.030, measure=_correlation("latency")),
        Aim(what="latency and thumbs, given the intent", aim=-0.004, low=-0.010, high=0.010, measure=_correlation("latency", within=True)),
        Aim(what="recognition and thumbs, given the intent", aim=0.20, low=0.17, high=0.23, measure=_correlation("right", within=True)),
    ),
)  # fmt: skip
