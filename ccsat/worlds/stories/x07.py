"""X07, bad luck in a tiny cell: about forty ratings, twenty points down, and no cause at all.

How the swing is made certain: nothing is drawn anew. In the current period a quarter of the cell's likely answers swap
their luck (whether the contact was resolved, the agent's tone, the noise of the rating) with contacts on the same
first-level line elsewhere, those whose luck is worst (`story.Swing`, `swings.py`). So the luck of the period is the same
set of numbers as in the null world of the seed, that line and the centre stay as they were, and the cell is one of the
some hundred small cells of which chance makes one look bad now and then. The seed says which of the cells it is. A tracer
must find nothing beyond noise.
"""

from __future__ import annotations

from dataclasses import replace

from ccsat.worlds.measures import observed, satisfied
from ccsat.worlds.patches import Patches, Setting, Swing
from ccsat.worlds.plays import rated_contacts
from ccsat.worlds.simulate import simulate
from ccsat.worlds.story import Aim, Decoy, Draw, Plot, Story
from ccsat.worlds.swings import chosen

SHARE = 0.25
PLACES = tuple(
    {"region": region, "biz_l2": line}
    for line, regions in {"coverage": ("R4", "R5"), "speed": ("R2", "R3"), "slow": ("R3", "R4"), "device": ("R2", "R3"),
                          "overage": ("R3", "R4"), "contract_fee": ("R1", "R2")}.items()
    for region in regions
)  # fmt: skip


def plot(draw: Draw) -> Plot:
    """As designed; a varied world differs in its seed and in the harmless changes only."""
    swing = Swing(cells=PLACES, share=SHARE)
    return Plot(
        verdict="none",
        setting=Setting(swings=(swing,)),
        decoys=(
            Decoy(
                claim={"zh": "某地市某项业务满意率降了二十个点，必须整改", "en": "One line of one region fell by twenty points and must be put right"},
                why_wrong={"zh": "只有几十个评价；在几百个小单元里，总有一个会这样波动；该业务和该地市整体没有变化",
                           "en": "It has some dozens of ratings; of some hundred small cells one swings like this; neither the line nor the region moved"},
            ),
            Decoy(
                claim={"zh": "第9周的几项变更引起了这个单元的下降", "en": "A change of week 9 made the cell fall"},
                why_wrong={"zh": "时间接近不是证据；变更范围内的其他单元没有变化", "en": "A date nearby is no evidence; the rest of its scope did not change"},
            ),
            Decoy(
                claim={"zh": "R4 地区满意率最低，应重点整改", "en": "Region R4 is lowest and must be put right"},
                why_wrong={"zh": "R4 在基线期同样低约1分，没有变化", "en": "R4 is about one point lower in the baseline too; nothing changed"},
            ),
        ),
        expect=unlucky_cell,
    )  # fmt: skip


def unlucky_cell(scene, play) -> dict:
    """Which cell had the bad luck, and how it looks."""
    world = play(Patches())
    (swing,) = scene.setting.swings
    where, rows = chosen(swing, scene.seed), rated_contacts(world)
    part = rows.inside(where)
    values = {name: float(rows.hit[part & period].mean()) if (part & period).any() else None
              for name, period in (("value_baseline", ~rows.current), ("value", rows.current))}  # fmt: skip
    return {"unlucky": {"where": dict(where), "n": int((part & rows.current).sum()), **values}}


def _cell(of: str):
    def measure(off, on) -> float:
        facts = unlucky_cell(on.scene, lambda patches: on)["unlucky"]
        return float(facts["value"] - facts["value_baseline"] if of == "change" else facts[of])

    return measure


def _moved(off, on) -> float:
    plain = replace(on.scene, setting=replace(on.scene.setting, swings=()))
    return satisfied(on) - satisfied(simulate(plain, on.patches))


STORY = Story(
    code="X07", slug="unlucky", title={"zh": "小单元的坏运气", "en": "Bad luck in a tiny cell"}, plot=plot,
    aims=(
        Aim(what="ratings of the cell", aim=(30, 60), low=35, high=55, measure=_cell("n")),
        Aim(what="change of the cell", aim=-0.18, low=-0.22, high=-0.15, measure=_cell("change")),
        Aim(what="whole, less the world without the bad luck", aim=0.0, low=-0.0005, high=0.0005, measure=_moved),
        Aim(what="observed change", aim=0.0, low=-0.002, high=0.002, measure=observed()),
    ),
)  # fmt: skip
