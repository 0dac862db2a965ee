"""S00, the null world: nothing is planted, and the right answer is not to trace."""

from __future__ import annotations

import numpy as np

from ccsat.worlds.story import Decoy, Patch, Plot, Story


def plot(rng: np.random.Generator | None) -> Plot:
    """Nothing changes, varied or not."""
    return Plot(
        patch=Patch(),
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


STORY = Story(code="S00", slug="null", title={"zh": "无变化的中心", "en": "A centre where nothing changed"}, plot=plot)
