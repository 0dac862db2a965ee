"""S00, the null world: nothing is planted, and the right answer is not to trace."""

from __future__ import annotations

from ccsat.worlds import company as co
from ccsat.worlds.measures import level, observed, resolution
from ccsat.worlds.story import Aim, Decoy, Draw, Plot, Story


def plot(draw: Draw) -> Plot:
    """Nothing changes, varied or not."""
    return Plot(
        verdict="none",
        decoys=(
            Decoy(
                claim={"zh": "第9周有几项变更，满意率的波动由它们引起", "en": "Several changes fell into week 9, so they moved the rate"},
                why_wrong={"zh": "变化在随机波动之内；同期变更不是证据", "en": "The change is within noise; a change at the same time is no evidence"},
            ),
            Decoy(
                claim={"zh": "R4 地区满意率最低，应重点整改", "en": "Region R4 is lowest and must be put right"},
                why_wrong={"zh": "R4 在基线期同样低约1分，没有变化", "en": "R4 is about one point lower in the baseline too; nothing changed"},
            ),
        ),
    )  # fmt: skip


SHARES = (0.019, 0.008, 0.025, 0.092, 0.855)  # of ratings 1 to 5
INTERCEPTS = "intercepts 2.35 and .78 for 2.15 and .72: the documented coefficients alone give 94.1 % and FCR 85.6 %"


def _share(rating: int):
    return lambda off, on: float((on.calls.rating[on.calls.answered] == rating).mean())


STORY = Story(
    code="S00", slug="null", title={"zh": "无变化的中心", "en": "A centre where nothing changed"}, plot=plot,
    aims=(
        Aim(what="satisfied, baseline", aim=0.9467, low=0.9437, high=0.9497, measure=level(current=False), why=INTERCEPTS),
        *(Aim(what=f"share of rating {k}", aim=share, low=share - 0.006, high=share + 0.006, measure=_share(k))
          for k, share in enumerate(SHARES, start=1)),
        Aim(what="participation", aim=0.29, low=0.28, high=0.30, measure=lambda off, on: float(on.calls.answered.mean())),
        Aim(what="FCR 2 h", aim=0.966, low=0.960, high=0.972, measure=resolution(2)),
        Aim(what="FCR 24 h", aim=0.902, low=0.896, high=0.908, measure=resolution(24)),
        Aim(what="FCR 48 h", aim=0.875, low=0.869, high=0.881, measure=resolution(48), why=INTERCEPTS),
        Aim(what="contacts a week", aim=6000, low=5880, high=6120, measure=lambda off, on: len(on.calls) / co.WEEKS),
        Aim(what="observed change", aim=0.0, low=-0.002, high=0.002, measure=observed()),
    ),
)  # fmt: skip
