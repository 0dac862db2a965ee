"""X05, slow drift: one part of the network ages, and its customers are a little less satisfied every week of all twelve.

There is no date on which it began, and no change in the ledger that did it: a tracer must not pin it on a change that
happens to lie in week 9. Effects are counted from the middle of the baseline, so that the truth's points are the change
that the question asks about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ccsat.worlds import company as co
from ccsat.worlds.measures import caused, effect, level, observed
from ccsat.worlds.places import in_cell
from ccsat.worlds.stories.trouble import Trouble
from ccsat.worlds.story import Aim, Cause, Decoy, Draw, Plot, Story

CAUSE = "reason:R12"
FELT = -1.25
MIDDLES = 28, 70  # days: of the baseline and of the current period
CELLS = ({"biz_l1": "mobile_network"}, {"biz_l2": "slow"}, {"biz_l1": "broadband_fault", "region": ["R1", "R3"]})
CELL = CELLS[0]


@dataclass(frozen=True, kw_only=True)
class Ageing(Trouble):
    """The latent satisfaction falls evenly: `felt` is what is lost from the baseline's middle to the current period's."""

    def _ramp(self, calls) -> np.ndarray:
        return (calls.at / 24 - MIDDLES[0]) / (MIDDLES[1] - MIDDLES[0])

    def hit(self, calls, scene) -> np.ndarray:
        return in_cell(scene, calls, self.where)

    def eta(self, calls, scene) -> np.ndarray:
        return self.strength * self.felt * self._ramp(calls) * self.hit(calls, scene)

    def reasons(self, calls, scene) -> Mapping[str, np.ndarray]:
        return {self.reason: self.named * np.clip(self._ramp(calls), 0, 1) * self.hit(calls, scene)}


def plot(draw: Draw) -> Plot:
    """As designed; varied: another network line, and strength. There is no onset to vary."""
    where = CELLS[draw.cell]
    return Plot(
        verdict="real",
        patches=(Ageing(where=where, felt=FELT, strength=draw.strength, reason="R12", named=0.30, words="R12:ageing"),),
        cells=(where,),
        causes=(
            Cause(
                id=CAUSE, kind="ageing", change_id=None, owner="network", gap="execution", controllable=False,
                chain=(
                    {"zh": "网络类来电满意率逐周走低，没有突变的日期", "en": "calls about the network fall week by week, with no date of a break"},
                    {"zh": "客户点名网络质量，抱怨逐月增多", "en": "customers name the network, more of them each month"},
                    {"zh": "设备老化、负荷逐步接近上限", "en": "equipment ages and its load comes close to the limit"},
                    {"zh": "扩容计划只按年评估，没有按月监控趋势", "en": "growth is planned once a year, and nobody watches the trend"},
                ),
            ),
        ),
        decoys=(
            Decoy(
                claim={"zh": "移动覆盖受理模板在第9周更新，下降由它造成", "en": "The coverage form changed in week 9, so the fall is its work"},
                why_wrong={"zh": "第9周之前已经逐周走低，第9周没有突变", "en": "It had been falling week by week before, and week 9 has no break"},
            ),
            Decoy(
                claim={"zh": "第6周设备故障的后续影响", "en": "It is what the outage of week 6 left behind"},
                why_wrong={"zh": "故障之前就在下降，其他地市同样下降", "en": "It fell before the outage, and in other regions as well"},
            ),
        ),
        library=("x9", "x10", "a4", "a5", "a6"),
        labels={"x9": "acceptable", "x10": "best", "a4": "wrong", "a5": "wrong", "a6": "wrong"},
        phi={"x9": {CAUSE: 0.15}, "x10": {CAUSE: 0.65}},
    )  # fmt: skip


def _weeks(first: int, last: int):
    """Satisfied share of the cell in some weeks."""

    def measure(off, on) -> float:
        calls = on.calls.take(on.calls.answered & (on.calls.week >= first) & (on.calls.week <= last))
        return float((calls.rating[calls.l1 == co.L1.index(CELL["biz_l1"])] >= 4).mean())

    return measure


STORY = Story(
    code="X05", slug="drift", title={"zh": "慢慢变差", "en": "A slow decline"}, plot=plot, cells=CELLS,
    aims=(
        Aim(what="true effect", aim=-0.008, low=-0.010, high=-0.006, measure=effect()),
        Aim(what="observed change", aim=-0.008, low=-0.013, high=-0.003, measure=observed()),
        Aim(what="effect, cell", aim=-0.10, low=-0.12, high=-0.08, measure=caused(CELL)),
        Aim(what="satisfied, cell, weeks 1 to 4", aim=0.94, low=0.92, high=0.96, measure=_weeks(1, 4)),
        Aim(what="satisfied, cell, weeks 5 to 8", aim=0.90, low=0.87, high=0.92, measure=_weeks(5, 8)),
        Aim(what="satisfied, cell, weeks 9 to 12", aim=0.82, low=0.79, high=0.85, measure=level(CELL)),
    ),
)  # fmt: skip
