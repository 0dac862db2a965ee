"""Measure a world's aims: what one seed of it gives for each documented figure."""

from __future__ import annotations

from ccsat.worlds.patches import Patches
from ccsat.worlds.plays import PLAYS
from ccsat.worlds.simulate import set_scene
from ccsat.worlds.stories import STORIES
from ccsat.worlds.story import Options


def measure_aims(code: str, seed: int) -> list[float]:
    """The figures of a story's `aims`, in their order, in the full world of a seed."""
    story = next(one for one in STORIES if one.code == code)
    plot = story.plot(story.draw(Options(), None))
    scene, kind = set_scene(seed, 1.0, plot.setting), PLAYS[story.kind]
    without, world = kind.play(scene, Patches()), kind.play(scene, Patches(plot.patches))
    return [float(aim.measure(without, world)) for aim in story.aims]
