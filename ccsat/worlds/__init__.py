"""Invented centres with known causes: made from a seed, written as tables, their truth kept apart.

`make("S03", rng=7)` is a world; `make(...).write(folder)` writes its tables and study file; `truth("S03", rng=7)` is
what a tracer must find. A new world is a module with a `STORY` and a row in `STORIES`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from ccsat.errors import StudyError, listing, suggestion
from ccsat.worlds import cache, s00, s03, write
from ccsat.worlds.company import SCALES
from ccsat.worlds.people import Streams
from ccsat.worlds.simulate import simulate
from ccsat.worlds.story import Story
from ccsat.worlds.tables import make_tables
from ccsat.worlds.truth import library, make_truth

__all__ = ["STORIES", "World", "make", "story", "truth"]

STORIES: tuple[Story, ...] = (s00.STORY, s03.STORY)
TABLES = ("customers", "agents", "contacts", "surveys", "survey_reasons", "bill_items", "changes", "actions", "targets")


@dataclass(frozen=True, eq=False, repr=False)
class World:
    """An invented centre.

    Attributes:
        name: Its story, e.g. "s03_charging".
        seed, scale, varied: How it was drawn.
        tables: Its tables by name (columns: `dictionary`).
        library: The action library that analysts get; empty where the story has none.
        truth: What is true in it, as DOMAIN 5.6 lists it; rates and points are 0 to 1. Never written with the world.
        folder: Where it lies on disk, with its study file.
    """

    name: str
    seed: int
    scale: str
    varied: bool
    tables: dict[str, pd.DataFrame]
    library: pd.DataFrame
    truth: dict
    folder: Path

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name} {len(table):,}" for name, table in self.tables.items())
        return f"World {self.name}, seed {self.seed}, {self.scale}: {sizes}"

    def study_text(self, lang: str = "zh", *, format: str = "parquet") -> str:
        """The study file that asks the world's question of its tables."""
        return write.study_text(self.name, list(self.tables), lang=lang, format=format, library=len(self.library) > 0)

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
        folder = Path(folder)
        write.write_tables(self.tables, folder, format)
        write.write_dictionary(folder / "dictionary.csv")
        if len(self.library):
            self.library.to_csv(folder / "library.csv", index=False, encoding="utf-8-sig", lineterminator="\n")
        study = folder / "study.toml"
        study.write_text(self.study_text(lang, format=format), encoding="utf-8", newline="\n")
        return study

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


def make(name: str, rng: int | np.random.Generator = 7, scale: str = "full", vary: bool = False, *,
         comments: str = "zh") -> World:  # fmt: skip
    """A world and its truth; from the cache where it was made before.

    Args:
        name: Code or name of its story.
        rng: The seed, or a generator that one is drawn from. It changes the draws only.
        scale: "full", or "small": a tenth, in which no problem is big enough to be found.
        vary: Also vary cell, onset, strength and decoys, by the same seed.
        comments: Language of the customers' comments, "zh" or "en".

    Raises:
        StudyError: No such story, scale, language, or a seed below 0.
    """
    found = story(name)
    seed = rng if isinstance(rng, (int, np.integer)) else int(np.random.default_rng(rng).integers(0, 2**31))
    if scale not in SCALES or comments not in ("zh", "en") or seed < 0:
        raise StudyError("world_parameters", scale=scale, comments=comments, seed=seed, scales=listing(SCALES))
    seed, varied = int(seed), bool(vary)
    key = f"{found.name}-{seed}-{scale}{'-varied' if varied else ''}-{comments}"
    folder = cache.entry(key, lambda aside: _build(found, seed, scale, varied, comments, aside))
    centre = folder / "centre"
    return World(
        name=found.name, seed=seed, scale=scale, varied=varied, tables=write.read_tables(centre, TABLES),
        library=_read_library(centre), truth=json.loads((folder / "truth.json").read_text(encoding="utf-8")), folder=centre,
    )  # fmt: skip


def truth(name: str, rng: int | np.random.Generator = 7, scale: str = "full", vary: bool = False) -> dict:
    """What is true in a world: see `World.truth` and `make`."""
    return make(name, rng, scale, vary).truth


def _build(found: Story, seed: int, scale: str, varied: bool, comments: str, folder: Path) -> None:
    streams = Streams(seed)
    plot = found.plot(streams("vary.plot") if varied else None)
    outcome = simulate(seed, SCALES[scale], plot.patch)
    facts = make_truth(found, plot, outcome, scale=scale, varied=varied)
    tables = make_tables(outcome, plot, lang=comments, rng=streams("vary.changes") if varied else None)
    actions = write.library_table(library(plot))
    world = World(found.name, seed, scale, varied, tables, actions, facts, folder / "centre")
    world.write(folder / "centre")
    (folder / "truth.json").write_text(json.dumps(facts, ensure_ascii=False, indent=1), encoding="utf-8")


def _read_library(folder: Path) -> pd.DataFrame:
    path = folder / "library.csv"
    if not path.is_file():
        return pd.DataFrame()
    return pd.read_csv(path, dtype={"phi": str, "exclusive_with": str}, keep_default_na=False)
