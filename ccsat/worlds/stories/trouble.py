"""Trouble, a patch that stories share: from a day on, one cell is served worse (or better)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ccsat.worlds import company as co
from ccsat.worlds.patches import Patch, Where
from ccsat.worlds.places import in_cell


@dataclass(frozen=True, kw_only=True)
class Trouble(Patch):
    """One cell is served worse from `onset`.

    Attributes:
        where: The cell.
        onset: Day from which.
        felt: Shift of the latent satisfaction.
        solved: Shift of the logit of resolution.
        strength: Multiplies both.
        reason: Code that those it happens to name more often, by `named`.
        words: Key of comments.csv that they may use.
    """

    where: Where
    onset: int = co.first_day(co.FIRST_CURRENT_WEEK)
    felt: float = 0.0
    solved: float = 0.0
    strength: float = 1.0
    reason: str = "R01"
    named: float = 0.30
    words: str | None = field(default=None)

    def hit(self, calls, scene) -> np.ndarray:
        """Which contacts it happens to."""
        return in_cell(scene, calls, self.where) & (calls.day >= self.onset)

    def eta(self, calls, scene) -> np.ndarray:
        return self.strength * self.felt * self.hit(calls, scene)

    def resolved(self, calls, scene) -> np.ndarray:
        return self.strength * self.solved * self.hit(calls, scene)

    def reasons(self, calls, scene) -> Mapping[str, np.ndarray]:
        return {self.reason: self.named * self.hit(calls, scene)} if self.named else {}

    def comment_key(self, calls, scene) -> tuple[str, np.ndarray] | None:
        return (self.words, self.hit(calls, scene)) if self.words else None
