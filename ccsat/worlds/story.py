"""What a story is: its parameters, the words around it, and what it must be found to be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields

import numpy as np

from ccsat.errors import StudyError, listing
from ccsat.registers import scope
from ccsat.worlds import company as co
from ccsat.worlds.patches import Patch, Setting, Where

Words = Mapping[str, str]  # {"zh": ..., "en": ...}
STRENGTH = (0.0, 2.0)  # above 0, at most 2


@dataclass(frozen=True, kw_only=True)
class Cause:
    """A planted cause. Its points come from the paired worlds.

    `patches` are the positions in `Plot.patches` that it stands for.
    """

    id: str
    kind: str  # the class: a kind of the changes table, or rule, campaign, skill ...
    change_id: str | None
    owner: str
    gap: str
    controllable: bool
    chain: tuple[Words, ...]  # from symptom to root
    patches: tuple[int, ...] = (0,)


@dataclass(frozen=True, kw_only=True)
class Decoy:
    """Something that looks like the answer and is not."""

    claim: Words
    why_wrong: Words


@dataclass(frozen=True, kw_only=True)
class Plot:
    """A story with its parameters fixed: what a world is made of.

    Attributes:
        setting: The company.
        patches: What is changed.
        verdict: What stage 1 must find: real, artefact, none or mix.
        cells: Where the change is, best first.
        partition: Parts that the truth's ledger is split by; the cells where left out.
        causes, decoys: What is behind it, and what is not.
        defects: What the data problem is: `{"kind", "where", ...}`; for stage 1's list.
        changes, actions: Rows of those tables beside the background's.
        harmless: How many harmless changes stand in the ledger; None: all that there are.
        kpi, caliber: What is asked.
        target: Asked against a target and not a baseline: a level problem.
        asked: KPI and caliber of the study file, where the product cannot count the plot's own yet.
        campaigns: Campaign -> what its row in that table says other than usual.
        expect: Further truth worked out from the worlds; gets the world as it was played and `play(patches)`.
    """

    verdict: str
    setting: Setting = Setting()
    patches: tuple[Patch, ...] = ()
    cells: tuple[Where, ...] = ()
    partition: tuple[Where, ...] = ()
    causes: tuple[Cause, ...] = ()
    decoys: tuple[Decoy, ...] = ()
    defects: tuple[Mapping[str, object], ...] = ()
    changes: tuple[Mapping[str, object], ...] = ()
    harmless: int | None = None
    actions: tuple[Mapping[str, object], ...] = ()
    library: tuple[str, ...] = ()  # ids of library.csv
    labels: Mapping[str, str] = field(default_factory=dict)
    phi: Mapping[str, Mapping[str, float]] = field(default_factory=dict)  # action -> cause -> fixing fraction
    budget: float = 10
    horizon_days: int = 90
    kpi: str = "satisfaction_rate"
    caliber: str = "five_level"
    target: float | None = None
    asked: tuple[str, str] | None = None
    campaigns: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    expect: Callable[..., dict] | None = None


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a trainer may set, and a varied world draws. What is left out is as the story has it.

    Attributes:
        strength: Multiplies the effect, above 0 and at most 2; 1 is the documented one.
        onset: Week in which it starts, 9 to 11.
        cell: One of the story's `cells`, as a scope: "biz_l2=slow".
        decoys: How many harmless changes stand in the ledger beside the story's own, 0 to 10.
    """

    strength: float | None = None
    onset: int | None = None
    cell: str | None = None
    decoys: int | None = None

    @property
    def words(self) -> str:
        """The options that are set, for file names and truth."""
        return ",".join(f"{f.name}:{value}" for f in fields(self) if (value := getattr(self, f.name)) is not None)

    @classmethod
    def parse(cls, words: str) -> Options:
        """The options that `words` says.

        Raises:
            StudyError: Another name, or a value that does not fit.
        """
        kinds = {"strength": float, "onset": int, "cell": str, "decoys": int}
        pairs = [one.partition(":")[::2] for one in words.split(",")] if words else []
        try:
            return cls(**{name: kinds[name](value) for name, value in pairs})
        except (KeyError, ValueError):
            raise StudyError("world_options", words=words) from None


@dataclass(frozen=True, kw_only=True)
class Draw:
    """The parameters that a story is played with: given, else drawn where the world is varied, else documented."""

    strength: float = 1.0
    onset: int = co.first_day(co.FIRST_CURRENT_WEEK)  # day from the start
    cell: int = 0  # position in the story's cells
    rng: np.random.Generator | None = None  # of a varied world, for what else a story varies

    def pick(self, usual, *others):
        """The usual value, or in a varied world one of all."""
        return usual if self.rng is None else (usual, *others)[int(self.rng.integers(0, len(others) + 1))]


@dataclass(frozen=True, kw_only=True)
class Aim:
    """A figure that DOMAIN 5.1 or 5.5 gives for a world, and how it is measured in ours.

    Attributes:
        what: The figure, e.g. "satisfied, cell, current".
        aim: As documented, one number or a range.
        low, high: Where the mean over 20 seeds must lie: the aim, widened by the noise of 20 seeds and of the prototype's few.
        measure: Of the world without its patches and with them, as its kind plays it.
        why: The reason, where the constants behind it are not the documented ones.
    """

    what: str
    aim: float | tuple[float, float]
    low: float
    high: float
    measure: Callable[..., float]
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Story:
    """A named world.

    Attributes:
        plot: Fixes its parameters.
        aims: What its base and its effects must measure.
        cells: Cells that it can hit, the documented one first.
        extras: Table groups beside the common ones: "bot", "ivr".
        kind: What its KPI counts: "contacts", "bot", "complaints" or "customers".
        dimensions: What its study may split by beside the usual dimensions of its kind: name -> column.
    """

    code: str
    slug: str
    title: Words
    plot: Callable[[Draw], Plot]
    cells: tuple[Where, ...] = ()
    extras: tuple[str, ...] = ()
    kind: str = "contacts"
    dimensions: Mapping[str, str] = field(default_factory=dict)
    aims: tuple[Aim, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.code.lower()}_{self.slug}"

    def draw(self, options: Options, rng: np.random.Generator | None) -> Draw:
        """The parameters of one world; `rng` where it is varied.

        Raises:
            StudyError: An option is out of range, or no cell of this story.
        """
        low, high = STRENGTH
        if options.strength is not None and not low < options.strength <= high:
            raise StudyError("world_strength", strength=options.strength, most=high)
        if options.onset is not None and options.onset not in co.ONSET_WEEKS:
            raise StudyError("world_onset", onset=options.onset, weeks=listing(co.ONSET_WEEKS))
        if options.decoys is not None and not 0 <= options.decoys <= co.MOST_DECOYS:
            raise StudyError("world_decoys", decoys=options.decoys, most=co.MOST_DECOYS)
        drawn = {"strength": 1.0, "onset": co.FIRST_CURRENT_WEEK, "cell": 0, "days": 0}
        if rng is not None:
            drawn = {"strength": float(rng.uniform(0.85, 1.15)), "onset": co.FIRST_CURRENT_WEEK, "days": int(rng.integers(0, 5)),
                     "cell": int(rng.integers(0, max(len(self.cells), 1)))}  # fmt: skip
        cell = drawn["cell"] if options.cell is None else self._position(options.cell)
        week, days = (drawn["onset"], drawn["days"]) if options.onset is None else (options.onset, 0)
        strength = drawn["strength"] if options.strength is None else float(options.strength)
        return Draw(strength=strength, onset=co.first_day(week) + days, cell=cell, rng=rng)

    def _position(self, words: str) -> int:
        known = [scope_words(where) for where in self.cells]
        wanted = scope_words(scope(words))
        if wanted not in known:
            raise StudyError("world_cell", cell=words, world=self.name, known=listing(known) or "–")
        return known.index(wanted)


def levels_of(level: object) -> list[str]:
    """One level or a union of levels, as a list."""
    return list(map(str, level)) if isinstance(level, (list, tuple)) else [str(level)]


def scope_words(where: Mapping[str, object]) -> str:
    """A cell as the changes table writes it: "biz_l2=slow|device;region=R3"."""
    return ";".join(f"{dim}={'|'.join(levels_of(level))}" for dim, level in where.items())
