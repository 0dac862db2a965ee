"""STORIES: every invented centre, one module each."""

from __future__ import annotations

from ccsat.worlds.stories import s00, s03
from ccsat.worlds.story import Story

STORIES: tuple[Story, ...] = (s00.STORY, s03.STORY)
