"""STORIES: every invented centre, one module each."""

from __future__ import annotations

from ccsat.worlds.stories import (
    s00,
    s01,
    s02,
    s03,
    s04,
    s05,
    s06,
    s07,
    s08,
    s09,
    s10,
    s11,
    s12,
    x01,
    x02,
    x03,
    x04,
    x05,
    x06,
    x07,
)
from ccsat.worlds.story import Story

STORIES: tuple[Story, ...] = (
    s00.STORY, s01.STORY, s02.STORY, s03.STORY, s04.STORY, s05.STORY, s06.STORY, s07.STORY, s08.STORY, s09.STORY, s10.STORY, s11.STORY, s12.STORY,
    x01.STORY, x02.STORY, x03.STORY, x04.STORY, x05.STORY, x06.STORY, x07.STORY,
)  # fmt: skip
