"""What a story is: what it changes about the company, the words around it, and what it must be found to be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import reduce

import numpy as np

from ccsat.errors import StudyError, listing
from ccsat.registers import scope
from ccsat.worlds import company as co

Words = Mapping[str, str]  # {"zh": ..., "en": ...}
Where = Mapping[str, object]  # {dimension: level or list of levels}
STRENGTH = (0.0, 2.0)  # above 0, at most 2


@dataclass(frozen=True, kw_only=True)
class Swing:
    """Bad luck in one place: a small cell gets the worst of the ordinary luck that its business lines have anyway.

    Nothing is drawn and nothing is added: contacts of the cell swap their luck with contacts outside it (`swings.py`).

    Attributes:
        cells: Places it can hit; the seed says which.
        weeks: The first and the last.
        share: Of the cell's likely answers, how many swap.
    """

    cells: tuple[Where, ...]
    weeks: tuple[int, int] = (co.FIRST_CURRENT_WEEK, co.WEEKS)
    share: float = 0.25


@dataclass(frozen=True, kw_only=True)
class Setting:
    """How a story's company differs from the usual one, with its patches and without them.

    Attributes:
        line_shares: L1 -> {L2: share within it}, where they are not `company.LINES`'s.
        reminded_line: The line people call about once a reminded date has passed.
        campaigns: How many campaigns there are; the usual six, or more of equal size.
        fresh_campaign: The campaign sold in weeks 3 to 8; the others have been sold over half a year.
        newcomers: Agents hired in week 9, on top of the others, into `newcomer_team`.
        swings: Cells that have all the bad luck for some weeks.
        complaining: Share of unresolved contacts after which a complaint is filed at a shop or in the app.
    """

    line_shares: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    reminded_line: str = "vas_charge"
    campaigns: int = len(co.CAMPAIGNS)
    fresh_campaign: str = "C04"
    newcomers: int = 0
    newcomer_team: str = "T12"
    swings: tuple[Swing, ...] = ()
    complaining: float = 0.02


class Patch:
    """What a story changes from its onset on. Each hook gets arrays and returns one; these change nothing.

    `calls` has one entry a contact (`simulate.Calls`), `scene` holds customers and agents. A patch draws nothing: where
    it needs chance it uses uniform numbers that it is given, so that the worlds with and without it share every draw.
    `data` marks a patch that changes the survey only: what customers feel stays as it was.
    """

    data = False

    def reminded(self, scene) -> np.ndarray | bool:
        """Which customers the reminder still reaches before their date passes."""
        return True

    def volume(self, calls, scene) -> np.ndarray | float:
        """Contacts per usual contact, 0 to 2; above 1 only for lines that have spare contacts."""
        return 1.0

    def agent(self, calls, scene) -> np.ndarray:
        """Who takes each contact; `calls.luck` and `calls.other_luck` are uniform and free for it."""
        return calls.agent

    def transfer(self, calls, scene) -> np.ndarray | float:
        """Factor on the chance of being transferred."""
        return 1.0

    def cycle(self, calls, scene) -> np.ndarray | float:
        """Factor on the hours of an on-site repair."""
        return 1.0

    def wait(self, calls, scene) -> np.ndarray | float:
        """Factor on the queue wait."""
        return 1.0

    def handle(self, calls, scene) -> np.ndarray | float:
        """Factor on talk, hold and wrap-up."""
        return 1.0

    def followed(self, calls, scene) -> np.ndarray | float:
        """Factor on the chance that the process was followed."""
        return 1.0

    def resolved(self, calls, scene) -> np.ndarray | float:
        """Shift of the logit of resolution."""
        return 0.0

    def eta(self, calls, scene) -> np.ndarray | float:
        """Shift of the latent satisfaction."""
        return 0.0

    def reasons(self, calls, scene) -> Mapping[str, np.ndarray]:
        """Reason code -> what is added to the chance that someone not fully satisfied names it."""
        return {}

    def comment_key(self, calls, scene) -> tuple[str, np.ndarray] | None:
        """Key of comments.csv and the contacts whose comments may use it."""
        return None

    def new_menu(self, calls, scene) -> np.ndarray | bool:
        """Which phone contacts came through menu v5 and not v4; `calls` may also be `ivr.MenuCalls`."""
        return False

    def rule(self, calls, scene) -> tuple[str, np.ndarray] | None:
        """Code of a business rule and the contacts that it was applied to."""
        return None

    # Bot and menu: `sessions` has one entry a bot session (`bot.Sessions`) -------------------------

    def accuracy(self, sessions, scene) -> np.ndarray | float:
        """Shift of the logit that the bot understands."""
        return 0.0

    def taken_for(self, sessions, scene) -> np.ndarray:
        """Intent that each session is taken for; `sessions.right` and `sessions.predicted` are there."""
        return sessions.predicted

    def patience(self, sessions, scene) -> np.ndarray | int:
        """Fallbacks beyond the usual one before a human is offered."""
        return 0

    def handoff(self, sessions, scene) -> np.ndarray | float:
        """Shift of the logit of a hand-off."""
        return 0.0

    def released(self, sessions, scene) -> np.ndarray | bool:
        """Which sessions run on the story's own release of the bot."""
        return False

    def kept_from_agent(self, calls, scene) -> np.ndarray | float:
        """Share of those who want an agent at the menu that do not get one; `calls` is `ivr.MenuCalls`."""
        return 0.0

    def complaint_due_hours(self, complaints, scene) -> np.ndarray | float:
        """Factor on the hours in which a complaint's first reply is due; `complaints` is `complaints.Filed`."""
        return 1.0

    def callback_broken(self, complaints, scene) -> np.ndarray | float:
        """Factor on the chance that a call-back promised to a complainer is not made in time."""
        return 1.0

    def escalation(self, complaints, scene) -> np.ndarray | float:
        """Shift of the logit of escalation, beside what late replies and broken call-backs do."""
        return 0.0

    # What `data` patches change ---------------------------------------------------------------

    def instrument(self, calls, scene) -> np.ndarray | bool:
        """Which invitations go by text message and not by the usual way."""
        return False

    def measured(self, calls, scene) -> np.ndarray | float:
        """Shift of the latent satisfaction that only the answer shows."""
        return 0.0

    def invited(self, calls, scene) -> np.ndarray | float:
        """Factor on the chance of being invited; `calls.rating` is there."""
        return 1.0

    def answer(self, calls, scene) -> np.ndarray | float:
        """Shift of the logit of answering; `calls.rating` is there."""
        return 0.0

    def filled(self, calls, scene) -> np.ndarray | int:
        """The rating that the records show although nobody answered, 0 for none; asked of unanswered invitations."""
        return 0

    def tables(self, tables: dict, scene) -> dict:
        """The finished tables, spoiled; `scene.seed` names streams of its own."""
        return tables


@dataclass(frozen=True)
class Patches:
    """Several patches at once: factors multiply, shifts add up, each agent hook sees what the one before it did."""

    parts: tuple[Patch, ...] = ()

    def factor(self, hook: str, calls, scene) -> np.ndarray | float:
        """The product of what a hook says."""
        return reduce(lambda a, b: a * b, [getattr(part, hook)(calls, scene) for part in self.parts], 1.0)

    def shift(self, hook: str, calls, scene) -> np.ndarray | float:
        """The sum of what a hook says."""
        return sum([getattr(part, hook)(calls, scene) for part in self.parts], 0.0)

    def reminded(self, scene) -> np.ndarray | bool:
        """Whom the reminder reaches under every patch."""
        return reduce(lambda a, b: a & b, [part.reminded(scene) for part in self.parts], True)

    def new_menu(self, calls, scene) -> np.ndarray | bool:
        """Which phone contacts came through menu v5 under any patch."""
        return reduce(lambda a, b: a | b, [part.new_menu(calls, scene) for part in self.parts], False)

    def by_text(self, calls, scene) -> np.ndarray | bool:
        """Which invitations go by text message under any patch."""
        return reduce(lambda a, b: a | b, [part.instrument(calls, scene) for part in self.parts], False)

    def filled(self, calls, scene) -> np.ndarray:
        """The ratings that the records show for unanswered invitations, 0 for none."""
        shown = reduce(np.maximum, [part.filled(calls, scene) for part in self.parts], np.zeros(len(calls), dtype=np.int8))
        return np.where(calls.invited & ~calls.answered, shown, 0).astype(np.int8)

    def agent(self, calls, scene) -> np.ndarray:
        """Who takes each contact in the end."""
        for part in self.parts:
            calls = replace(calls, agent=part.agent(calls, scene))
        return calls.agent

    def any(self, hook: str, calls, scene) -> np.ndarray | bool:
        """Where any part says yes."""
        return reduce(lambda a, b: a | b, [getattr(part, hook)(calls, scene) for part in self.parts], False)

    def taken_for(self, sessions, scene) -> np.ndarray:
        """Intent that each session is taken for in the end."""
        for part in self.parts:
            sessions = replace(sessions, predicted=part.taken_for(sessions, scene))
        return sessions.predicted

    def said(self, hook: str, calls, scene) -> list[tuple[str, np.ndarray]]:
        """What `comment_key` or `rule` of the parts say."""
        return [said for part in self.parts if (said := getattr(part, hook)(calls, scene)) is not None]

    def tables(self, tables: dict, scene) -> dict:
        """The finished tables, spoiled by each part in turn."""
        for part in self.parts:
            tables = part.tables(tables, scene)
        return tables


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
