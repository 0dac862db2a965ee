"""S01, the business rule: a full penalty for early termination keeps satisfaction below its target, in every week."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ccsat.worlds import company as co
from ccsat.worlds.measures import effect, level, rated_share, reason_figure, satisfied
from ccsat.worlds.patches import Patch
from ccsat.worlds.story import Aim, Cause, Decoy, Draw, Plot, Story, Words

TARGET = 0.95
ETA = -3.3
NAMED = 0.90  # added to the chance that R04 is named


@dataclass(frozen=True)
class RuleApplied(Patch):
    """Every contact about a line meets a rule that customers find unreasonable, in all weeks.

    Attributes:
        line: Second-level business line.
        code: Of the rule.
        strength: Multiplies the effect on ratings.
    """

    line: str = "early_termination"
    code: str = "RULE-12"
    strength: float = 1.0

    def _met(self, calls) -> np.ndarray:
        return calls.line == co.L2.index(self.line)

    def eta(self, calls, scene) -> np.ndarray:
        return self.strength * ETA * self._met(calls)

    def reasons(self, calls, scene) -> Mapping[str, np.ndarray]:
        return {"R04": NAMED * self._met(calls)}

    def comment_key(self, calls, scene) -> tuple[str, np.ndarray]:
        return f"R04:{self.code.lower().replace('-', '')}", self._met(calls)

    def rule(self, calls, scene) -> tuple[str, np.ndarray]:
        return self.code, self._met(calls)


@dataclass(frozen=True)
class Rule:
    """A rule, the words around it, and the three actions that mend it (best first)."""

    code: str
    title: Words
    about: Words  # what customers were doing
    bites: Words  # what the rule does to them
    actions: tuple[str, str, str]


RULES = {
    "early_termination": Rule(
        "RULE-12", {"zh": "提前解约全额违约金", "en": "full penalty for early termination"},
        {"zh": "提前解约", "en": "ending a contract early"},
        {"zh": "无论合约还剩多久，一律按全额收取违约金", "en": "the whole penalty is due however little of the contract is left"},
        ("a1", "a2", "a3"),
    ),
    "contract_fee": Rule(
        "RULE-21", {"zh": "停机期间合约月付照收", "en": "contract fee runs on while suspended"},
        {"zh": "合约月付", "en": "the monthly contract fee"},
        {"zh": "停机保号期间合约月付仍全额照收", "en": "the monthly fee runs on in full while the line is suspended"},
        ("a11", "a12", "a13"),
    ),
    "gift": Rule(
        "RULE-26", {"zh": "礼品限当月到指定厅领取", "en": "gifts only at named shops within the month"},
        {"zh": "领取活动礼品", "en": "collecting a campaign gift"},
        {"zh": "礼品只能当月到指定营业厅领取，逾期作废", "en": "gifts lapse unless collected at a named shop within the month"},
        ("a21", "a22", "a23"),
    ),
    "downgrade": Rule(
        "RULE-18", {"zh": "合约期内不得降档", "en": "no downgrade within the contract"},
        {"zh": "套餐降档", "en": "moving to a cheaper plan"},
        {"zh": "合约期内一律不得降档，用不完也要按原档付费", "en": "no cheaper plan before the contract ends, used or not"},
        ("a31", "a32", "a33"),
    ),
}  # fmt: skip
CELLS = tuple({"biz_l2": line} for line in RULES)
CELL = CELLS[0]


def plot(draw: Draw) -> Plot:
    """The story as documented; varied: another rule on another line, and its strength. It holds in all weeks, so the onset says nothing."""
    where = CELLS[draw.cell]
    rule = RULES[where["biz_l2"]]
    cause = f"rule:{rule.code}"
    graded, notice, waiver = rule.actions
    return Plot(
        patches=(RuleApplied(line=where["biz_l2"], code=rule.code, strength=draw.strength),),
        verdict="real",
        target=TARGET,
        cells=(where,),
        causes=(_cause(cause, rule),),
        decoys=_decoys(rule),
        library=(*rule.actions, "a4", "a5", "a6", "a7"),
        labels=dict.fromkeys(rule.actions, "best") | {"a4": "wrong", "a5": "wrong", "a6": "acceptable", "a7": "acceptable"},
        phi={graded: {cause: 0.60}, notice: {cause: 0.20}, waiver: {cause: 0.25, "reason:R01": 0.10}},
    )  # fmt: skip


def _cause(id: str, rule: Rule) -> Cause:
    about, bites, title = rule.about, rule.bites, rule.title
    return Cause(
        id=id, kind="rule", change_id=None, owner="business_rule", gap="design", controllable=False,
        chain=(
            {"zh": f"客户对“{about['zh']}”不满意，扣分集中在这类来电", "en": f"customers who call about {about['en']} are dissatisfied, and most of the loss is theirs"},
            {"zh": "点名的原因是业务规则不合理，不是态度", "en": "the reason they name is the business rule, not the agent's attitude"},
            {"zh": bites["zh"], "en": bites["en"]},
            {"zh": f"规则 {rule.code}（{title['zh']}）没有分档，坐席也没有减免权限", "en": f"{rule.code} ({title['en']}) knows no steps, and agents may waive nothing"},
            {"zh": "产品部门制定规则时未评估客户影响，办理时也未充分告知", "en": "the product department made the rule without weighing what it does to customers, and it is not stated clearly at the sale"},
        ),
    )  # fmt: skip


def _decoys(rule: Rule) -> tuple[Decoy, ...]:
    about = rule.about
    return (
        Decoy(
            claim={"zh": "服务态度被提到的次数最多，应先抓态度培训", "en": "Attitude is named most often, so train attitude first"},
            why_wrong={"zh": "提及多但每次扣分少：多数是打4分的客户随手勾选；按扣分贡献度，业务规则排第一",
                       "en": "Often named but cheap: most who name it gave a 4. By points the business rule comes first"},
        ),
        Decoy(
            claim={"zh": "加大质检抽检量，把问题坐席找出来", "en": "Check more calls and find the bad agents"},
            why_wrong={"zh": f"各班组在“{about['zh']}”上的满意率几乎一样低，其他业务正常；问题跟着规则走，不跟着人走",
                       "en": f"Every team is about as low on {about['en']} and normal elsewhere: the problem follows the rule, not the people"},
        ),
        Decoy(
            claim={"zh": "投诉类来电满意率最低，是缺口的主因", "en": "Complaint calls are lowest, so they make the gap"},
            why_wrong={"zh": "投诉类本来就低且量小，在没有这条规则的月份里整体仍接近目标",
                       "en": "They are few and always low; without this rule the centre would be close to its target all the same"},
        ),
        Decoy(
            claim={"zh": "R4 地区满意率最低，问题在 R4", "en": "Region R4 is lowest, so the problem is there"},
            why_wrong={"zh": "R4 一直低约1分，不足以解释缺口；该业务在所有地区都低", "en": "R4 is always about one point lower, which is far from the gap; this line is low in every region"},
        ),
    )  # fmt: skip


def _gap_of_cell(off, on) -> float:
    return rated_share(CELL)(off, on) * (satisfied(on, CELL) - TARGET)


MORE_NAMED = "network contacts name R12 and campaign contacts R08 in every world (surveys.py), so every other reason has a smaller part"
STORY = Story(
    code="S01", slug="rule", title={"zh": "扣分贡献度与业务规则", "en": "Deductions and a business rule"}, plot=plot, cells=CELLS,
    aims=(
        Aim(what="satisfied, current", aim=0.924, low=0.921, high=0.927, measure=level()),
        Aim(what="gap to target", aim=-0.026, low=-0.029, high=-0.023, measure=lambda off, on: satisfied(on) - TARGET),
        Aim(what="cell's points of the gap", aim=-0.022, low=-0.025, high=-0.019, measure=_gap_of_cell),
        Aim(what="true effect", aim=0.924 - 0.9467, low=-0.026, high=-0.020, measure=effect()),
        Aim(what="share of ratings, cell", aim=0.064, low=0.061, high=0.067, measure=rated_share(CELL)),
        Aim(what="satisfied, cell", aim=0.605, low=0.575, high=0.620, measure=level(CELL)),
        Aim(what="attitude, part of mentions", aim=0.28, low=0.225, high=0.255, measure=reason_figure("R02", "mentions"), why=MORE_NAMED),
        Aim(what="attitude, part of points", aim=0.176, low=0.145, high=0.170, measure=reason_figure("R02", "points"), why=MORE_NAMED),
        Aim(what="rule, part of mentions", aim=0.20, low=0.160, high=0.185, measure=reason_figure("R04", "mentions"), why=MORE_NAMED),
        Aim(what="rule, part of points", aim=0.22, low=0.20, high=0.24, measure=reason_figure("R04", "points")),
        Aim(what="rule, severity", aim=0.55, low=0.54, high=0.59, measure=reason_figure("R04", "severity")),
        Aim(what="attitude, severity", aim=0.34, low=0.32, high=0.36, measure=reason_figure("R02", "severity")),
    ),
)  # fmt: skip
