"""A team's case: its world, its tables, and the truth that only checks read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from ccsat.wording import text


@dataclass(frozen=True)
class Case:
    """An exercise on one invented centre.

    `given` is a folder with the world's tables; where there is none, the same tables are made once and kept. `team_dir` is the
    team's folder, which keeps what hints it opened; empty outside of a team's day.
    """

    exercise: str
    world: str
    seed: int
    scale: str
    vary: bool = False
    lang: str = "zh"  # of the customers' comments
    given: str = ""
    team: str = ""
    role: str = "trainee"
    team_dir: str = ""

    @property
    def data_dir(self) -> str:
        """Folder with the tables and `study.toml`."""
        return self.given if (Path(self.given or "-") / "study.toml").is_file() else str(self._made.folder)

    @property
    def _made(self):
        return _world(self.world, self.seed, self.scale, self.vary, self.lang)

    @property
    def _truth(self) -> Mapping:
        return self._made.truth

    def __repr__(self) -> str:
        return text("workshop.case", exercise=self.exercise, world=self.world, seed=self.seed)

    @property
    def centre(self):
        """The tables as an analyst reads them."""
        return _centre(self.data_dir)

    def table(self, name: str) -> pd.DataFrame:
        """One of the case's tables as it lies in the folder, e.g. "bot_sessions"."""
        return _table(self.data_dir, name).copy()

    @property
    def dims(self) -> tuple[str, ...]:
        """The dimensions that a cell may name."""
        return self.centre.dims

    def cell_counts(self, *wheres: Mapping, current: str | None = None) -> pd.DataFrame:
        """Rated contacts of the current (or given) period by the dimensions these cells name: `*dims, n`."""
        from ccsat.cells import ask, count_cells
        from ccsat.question import Question

        centre = self.centre
        question = Question.of(centre.study) if current is None else Question(current=current)
        dims = tuple(dict.fromkeys(dim for where in wheres for dim in where))
        counts = count_cells(centre, ask(centre, question), dims)
        return counts[counts["period"] == "current"].groupby(list(dims), as_index=False)["n"].sum()


def overlap(counts: pd.DataFrame, one: Mapping, other: Mapping) -> tuple[int, int, int]:
    """Contacts in one cell, in the other, and in both."""
    first, second = inside(counts, one), inside(counts, other)
    return tuple(int(counts["n"][mask].sum()) for mask in (first, second, first & second))


def inside(counts: pd.DataFrame, where: Mapping) -> pd.Series:
    """Which rows of a count table lie in a cell; a list of levels is their union."""
    mask = pd.Series(True, index=counts.index)
    for dim, level in where.items():
        levels = level if isinstance(level, (list, tuple)) else [level]
        mask &= counts[dim].astype(str).isin([str(value) for value in levels])
    return mask


def uplift(actions: list[Mapping], points: Mapping[str, float], horizon_days: float) -> float:
    """Points a set of actions is expected to win: each cause's points less what every action in time leaves of it."""
    total = 0.0
    for cause, worth in points.items():
        left = 1.0
        for action in actions:
            if action["lead_days"] <= horizon_days:
                left *= 1 - action["p"] * action["phi"].get(cause, 0.0)
        total += worth * (1 - left)
    return total


@cache
def _world(world: str, seed: int, scale: str, vary: bool, lang: str):
    from ccsat import worlds
    from ccsat.workshop.sealed import unseal

    code, words = unseal(world)
    given = {name: value for name, value in vars(worlds.Options.parse(words)).items() if value is not None}
    return worlds.make(code, rng=seed, scale=scale, vary=vary, comments=lang, **given)


@cache
def _centre(data_dir: str):
    from ccsat.centre import read_centre

    return read_centre(data_dir)


@cache
def _table(data_dir: str, name: str) -> pd.DataFrame:
    whole = Path(data_dir) / f"{name}.parquet"
    return pd.read_parquet(whole) if whole.is_file() else pd.read_csv(whole.with_suffix(".csv"), encoding="utf-8-sig")
