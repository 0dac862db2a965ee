"""A world of any size, written in parts: many small companies under one roof, in the memory of one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from ccsat.errors import StudyError
from ccsat.worlds import World, write
from ccsat.worlds import company as co
from ccsat.worlds.patches import Patches
from ccsat.worlds.plays import PLAYS
from ccsat.worlds.registers import make_registers
from ccsat.worlds.simulate import set_scene, simulate
from ccsat.worlds.tables import make_core_tables
from ccsat.worlds.truth import make_truth, play_variants

SHARED = ("agents",)  # the same people in every part
OWN_IDS = ("contact_id", "survey_id", "customer_id")


def write_large(
    world: World, folder: str | Path, contacts: int, *, lang: str = "zh", progress: Callable[[int, int], None] = lambda done, total: None
) -> Path:  # fmt: skip
    """Write a world of at least so many contacts to Parquet, a part at a time.

    Every part is a full world of the same story, with customers, contacts and luck of its own, and the same agents.
    Tables that questions are asked of lie in folders of parts, `contacts/part-0001.parquet`, which the study file
    names as a glob; operational tables (tickets, agent days ...) are not written.

    Args:
        world: Its story, seed and options; of kind "contacts".
        folder: Must be empty or not there yet.
        contacts: At least 72,000 or so, one part.
        lang: Language of the study file.
        progress: Called with parts done and parts in all.

    Returns:
        The study file.

    Raises:
        StudyError: The folder holds files, or the story counts something other than contacts.
    """
    folder = Path(folder)
    if world.story.kind != "contacts":
        raise StudyError("world_large_kind", world=world.name)
    if folder.exists() and any(folder.iterdir()):
        raise StudyError("world_large_folder", folder=str(folder))
    parts = _parts(contacts)
    scene = set_scene(world.seed, 1.0, world.plot.setting)
    patches = Patches(world.plot.patches)
    names: list[str] = []
    for number in range(1, parts + 1):
        here = set_scene(_seed(world.seed, number), 1.0, world.plot.setting, agents=scene.agents)
        made = patches.tables(make_core_tables(simulate(here, patches), lang=world.comments), here)
        if number == 1:
            write.write_tables({name: made[name] for name in SHARED}, folder, "parquet")
            names = list(made)
        for name, table in made.items():
            if name not in SHARED:
                part = folder / name / f"part-{number:04d}.parquet"
                part.parent.mkdir(parents=True, exist_ok=True)
                write.write_parquet(_named(table, number), part)
        progress(number, parts)
    registers = make_registers(world.plot, world.options.decoys, None)
    write.write_tables(registers, folder, "parquet")
    files = {
        name: f"{name}.parquet" if name in (*SHARED, *registers) else f"{name}/part-*.parquet"
        for name in (*names, *registers)
    }
    return write.write_study(folder, world.story, world.plot, files, world.library, lang=lang)


def large_truth(world: World, contacts: int) -> dict:
    """The truth of `write_large` with the same arguments: that of all parts together."""
    scene = set_scene(world.seed, 1.0, world.plot.setting)
    kind, total = PLAYS[world.story.kind], None
    for number in range(1, _parts(contacts) + 1):
        here = set_scene(_seed(world.seed, number), 1.0, world.plot.setting, agents=scene.agents)
        variants = play_variants(world.plot, lambda patches, here=here: kind.rows(kind.play(here, patches)))
        total = variants if total is None else total + variants
    return make_truth(
        world.story, world.plot, total, seed=world.seed, scale=f"{contacts}", varied=world.varied, options=world.options
    )


def _parts(contacts: int) -> int:
    return max(1, round(contacts / (co.CONTACTS_PER_WEEK * co.WEEKS)))


def _seed(seed: int, number: int) -> int:
    return int(np.random.SeedSequence(seed, spawn_key=(number,)).generate_state(1)[0])


def _named(table: pd.DataFrame, number: int) -> pd.DataFrame:
    """Ids of a part, told apart from the other parts': a letter, the part, seven digits."""
    own = {name: table[name].str.slice_replace(1, 1, f"{number:04d}") for name in OWN_IDS if name in table}
    return table.assign(**own)
