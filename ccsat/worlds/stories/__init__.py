"""STORIES: every invented centre, one module each."""

from __future__ import annotations

from ccsat.worlds.stories import s00, s01, s02, s03, s04, s05, s06, s08, s10
from ccsat.worlds.story import Story

STORIES: tuple[Story, ...] = (s00.STORY, s01.STORY, s02.STORY, s03.STORY, s04.STORY, s05.STORY, s06.STORY, s08.STORY, s10.STORY)
