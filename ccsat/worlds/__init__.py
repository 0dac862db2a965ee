"""Invented centres with known causes: made from a seed, written as tables, their truth kept apart.

`make("S03", rng=7)` is a world; `make(...).write(folder)` writes its tables and study file; `truth("S03", rng=7)` is
what a tracer must find, and `score(trace, world)` how much of it one found. A new world is a module in `stories` with
a `STORY`, and a row in `stories.STORIES`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd

from ccsat.errors import StudyError, listing, suggestion
from ccsat.worlds import cache, write
from ccsat.worlds.actions import library
from ccsat.worlds.card import Card
from ccsat.worlds.company import SCALES
from ccsat.worlds.patches import Patches
from ccsat.worlds.people import Streams
from ccsat.worlds.plays import PLAYS
from ccsat.worlds.registers import make_registers
from ccsat.worlds.scoring import score
from ccsat.worlds.simulate import set_scene, simulate
from ccsat.worlds.stories import STORIES
from ccsat.worlds.story import Options, Plot, Story
from ccsat.worlds.tables import make_tables
from ccsat.worlds.truth import make_truth, play_variants

__all__ = ["STORIES", "Card", "Options", "World", "make", "score", "story", "truth"]


@dataclass(frozen=True, eq=False, repr=False)
class World:
    """An invented centre.

    Attributes:
        story: What happens in it.
        seed, scale, varied, options: How it was drawn.
        comments: Language of the customers' comments.
        plot: The story with its parameters fixed.
    """

    story: Story
    seed: int
    scale: str
    varied: bool
    options: Options
    comments: str
    plot: Plot

    @property
    def name(self) -> str:
        """Its story's name, e.g. "s03_charging"."""
        return self.story.name

    @property
    def _key(self) -> str:
        own = f"-{sha256(self.options.words.encode()).hexdigest()[:8]}" if self.options.words else ""
        return f"{self.name}-{self.seed}-{self.scale}{'-varied' if self.varied else ''}{own}"

    @cached_property
    def folder(self) -> Path:
        """Where its tables and study file lie on disk; the truth lies elsewhere."""
        return cache.entry(f"{self._key}-{self.comments}", self._make)

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Its tables by name; `dictionary.csv` names their columns."""
        return write.read_tables(self.folder)

    @cached_property
    def library(self) -> pd.DataFrame:
        """The action library that analysts get; empty where the story has none."""
        return write.library_table(library(self.plot))

    @cached_property
    def truth(self) -> dict:
        """What is true in it, as DOMAIN 5.6 lists it; rates and points are 0 to 1. Never written with the tables."""
        folder = cache.entry(f"{self._key}-truth", self._find_truth)
        return json.loads((folder / "truth.json").read_text(encoding="utf-8"))

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name} {len(table):,}" for name, table in self.tables.items())
        return f"World {self.name}, seed {self.seed}, {self.scale}: {sizes}"

    def study_text(self, lang: str = "zh", *, format: str = "parquet") -> str:
        """The study file that asks the world's question of its tables."""
        files = {name: f"{name}.{format}" for name in self.tables}
        return write.study_text(self.story, self.plot, files, lang=lang)

    def write(self, folder: str | Path, format: str = "parquet", *, lang: str = "zh") -> Path:
        """Write tables, dictionary, action library and study file into a folder; never the truth.

        Args:
            folder: Made where it is not there; files of the same names are replaced.
            format: "parquet" or "csv".
            lang: Language of the study file.

        Returns:
            The study file.

        Raises:
            StudyError: `format` is another.
        """
        return write.write_world(
            Path(folder), self.story, self.plot, self.tables, self.library, format=format, lang=lang
        )

    def write_excerpt(self, folder: str | Path, rows: int = 200) -> None:
        """Write a part that people can read: the first contacts, and the rows of the other tables that belong to them."""
        write.write_tables(write.excerpt(self.tables, rows), Path(folder), "csv")

    @cached_property
    def centre(self):
        """The world as an analyst reads it."""
        from ccsat.centre import read_centre

        return read_centre(self.folder / "study.toml")

    @cached_property
    def question(self):
        """The question that its study file asks."""
        from ccsat.question import Question

        return Question.of(self.centre.study)

    def _make(self, folder: Path) -> None:
        scene = set_scene(self.seed, SCALES[self.scale], self.plot.setting)
        patches = Patches(self.plot.patches)
        varied = Streams(self.seed)("vary.changes") if self.varied else None
        tables = make_tables(simulate(scene, patches), self.story.extras, lang=self.comments)
        tables |= make_registers(self.plot, self.options.decoys, varied)
        write.write_world(folder, self.story, self.plot, patches.tables(tables, scene), self.library)

    def _find_truth(self, folder: Path) -> None:
        scene = set_scene(self.seed, SCALES[self.scale], self.plot.setting)
        kind = PLAYS[self.story.kind]
        variants = play_variants(self.plot, lambda patches: kind.rows(kind.play(scene, patches)))
        facts = make_truth(self.story, self.plot, variants, seed=self.seed, scale=self.scale, varied=self.varied,
                           options=self.options)  # fmt: skip
        if self.plot.expect:
            facts |= self.plot.expect(scene, lambda patches: kind.play(scene, patches))
        (folder / "truth.json").write_text(json.dumps(facts, ensure_ascii=False, indent=1), encoding="utf-8")


def story(name: str) -> Story:
    """A story by its code or name, in any case: "S03", "s03_charging".

    Raises:
        StudyError: There is none of this name.
    """
    wanted = name.strip().lower().replace("-", "_")
    for known in STORIES:
        if wanted in (known.code.lower(), known.name):
            return known
    names = [known.name for known in STORIES]
    raise StudyError("world_unknown", name=name, near=suggestion(wanted, names) or names[-1], names=listing(names))


def make(name: str, rng: int | np.random.Generator = 7, scale: str = "full", vary: bool = False, *, comments: str = "zh",
         **options) -> World:  # fmt: skip
    """A world; its tables and its truth are made when they are first asked for, and kept.

    Args:
        name: Code or name of its story.
        rng: The seed, or a generator that one is drawn from. It changes the draws only.
        scale: "full", or "small": a tenth, in which few problems are big enough to be found.
        vary: Also vary cell, onset, strength and decoys, by the same seed.
        comments: Language of the customers' comments, "zh" or "en".
        options: What a trainer sets: `strength, onset, cell, decoys`; see `story.Options`.

    Raises:
        StudyError: No such story, scale, language or cell, a seed below 0, or an option out of range.
    """
    found, wanted = story(name), Options(**options)
    seed = int(rng if isinstance(rng, (int, np.integer)) else np.random.default_rng(rng).integers(0, 2**31))
    if scale not in SCALES or comments not in ("zh", "en") or seed < 0:
        raise StudyError("world_parameters", scale=scale, comments=comments, seed=seed, scales=listing(SCALES))
    plot = found.plot(found.draw(wanted, Streams(seed)("vary.plot") if vary else None))
    return World(story=found, seed=seed, scale=scale, varied=bool(vary), options=wanted, comments=comments, plot=plot)


def truth(name: str, rng: int | np.random.Generator = 7, scale: str = "full", vary: bool = False, **options) -> dict:
    """What is true in a world: see `World.truth` and `make`."""
    return make(name, rng, scale, vary, **options).truth
