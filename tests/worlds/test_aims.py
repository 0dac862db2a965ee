"""Base levels and effects of each world against the documented figures; `benchmarks/calibration.py` has 20 seeds."""

import numpy as np
import pytest

from ccsat import worlds
from ccsat.worlds.calibrate import measure_aims

SEEDS = (41, 42, 43)
FEWER = np.sqrt(20 / len(SEEDS))  # the ranges are for means of 20 seeds


@pytest.mark.parametrize("story", worlds.STORIES, ids=lambda story: story.code)
def test_aims_are_reached(story):
    assert story.aims, "a world without documented figures"
    means = np.mean([measure_aims(story.code, seed) for seed in SEEDS], axis=0)
    for aim, mean in zip(story.aims, means, strict=True):
        spread = (FEWER - 1) * (aim.high - aim.low) / 2
        assert aim.low - spread <= mean <= aim.high + spread, aim.what


def test_ranges_hold_what_is_documented_or_say_why_not():
    for story in worlds.STORIES:
        for aim in story.aims:
            least, most = aim.aim if isinstance(aim.aim, tuple) else (aim.aim, aim.aim)
            assert aim.low < aim.high
            assert (aim.low <= most and least <= aim.high) or aim.why, f"{story.code} {aim.what}"


@pytest.mark.parametrize("story", worlds.STORIES, ids=lambda story: story.code)
def test_effects_are_no_stronger_than_documented(story):
    for aim in story.aims:
        if aim.what.startswith("true effect"):
            far = max(map(abs, aim.aim)) if isinstance(aim.aim, tuple) else abs(aim.aim)
            mean = np.mean([measure_aims(story.code, seed)[story.aims.index(aim)] for seed in SEEDS])
            assert abs(mean) <= far + 0.002, f"{story.code}: {mean:.4f} against {far:.4f}"
