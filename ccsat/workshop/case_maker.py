"""A trainer's own case: simulate it as teams would get it, and say whether it can be found and whether it tempts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ccsat.errors import CcsatError, listing
from ccsat.views import View
from ccsat.wording import language, percent, text
from ccsat.workshop.exercises.team_case import STOPS, TEAM_WORLDS
from ccsat.workshop.naive import READERS, Reading, is_same, naive_readings

FIRST_SEED = 900_001  # beyond those that teams are dealt: nobody's own world is looked at
SEEDS = 20
FINDABLE = 0.80  # share of the worlds that teams may get in which the planted cell must come first
DEALT = 0.50  # share of the worlds drawn in which what is planted must be big enough to be dealt to a team
TEMPTING = 0.50  # share of the worlds in which one reading must lead astray
Progress = Callable[[int, int, str], None]


class CaseError(CcsatError):
    """A case that cannot be made, or must not be published."""


@dataclass(frozen=True)
class Try:
    """One simulated world: whether teams could get it, where its planted cell came, and what hurried readers say."""

    seed: int
    dealt: bool
    rank: (
        int | None
    )  # of the planted cell among those found; None: not found. Where no cell may be named: 1 for the right verdict
    found: str
    readings: tuple[Reading, ...]
    stops: bool  # whether the truth is that no cell may be named


@dataclass(frozen=True)
class Share:
    """How often, of how many, with a 95 % interval (Wilson)."""

    hits: float
    n: int

    @property
    def value(self) -> float:
        return self.hits / self.n if self.n else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        from ccsat.estimates import wilson

        low, high = wilson(self.hits, self.n) if self.n else (0.0, 1.0)
        return float(low), float(high)

    def __str__(self) -> str:
        low, high = self.interval
        return text("trainer.share", value=percent(self.value, 0), low=percent(low, 0), high=percent(high, 0), n=self.n)


@dataclass(frozen=True, repr=False)
class Trial:
    """A case and what its simulated worlds show."""

    world: str
    options: str  # as `worlds.Options.words` writes them
    tries: tuple[Try, ...]

    @property
    def dealt(self) -> Share:
        """In how many worlds what is planted is big enough to be dealt to a team."""
        return Share(sum(one.dealt for one in self.tries), len(self.tries))

    @property
    def first(self) -> Share:
        """Of those, in how many the planted cell comes first (where no cell may be named: the verdict is right)."""
        dealt = [one for one in self.tries if one.dealt]
        return Share(sum(one.rank == 1 for one in dealt), len(dealt))

    def misled(self, reader: str) -> Share:
        """In how many worlds a reading leads astray, of those in which it arises."""
        seen = [
            one.misled for row in self.tries for one in row.readings if one.reader == reader and one.misled is not None
        ]
        return Share(sum(seen), len(seen))

    @property
    def findable(self) -> bool:
        return self.dealt.value >= DEALT and self.first.n > 0 and self.first.value >= FINDABLE

    @property
    def tempting(self) -> bool:
        """Whether one reading at least leads astray in half of the worlds."""
        return any(share.n and share.value >= TEMPTING for share in map(self.misled, READERS))

    def view(self) -> View:
        """The report: what was asked, the share with its interval, and what it means."""
        rows = [(text("trainer.case.dealt"), str(self.dealt), text(f"trainer.case.dealt_{'ok' if self.dealt.value >= DEALT else 'not'}")),
                (text(f"trainer.case.{'verdict' if any(one.stops for one in self.tries) else 'first'}"), str(self.first), text(f"trainer.case.first_{'ok' if self.first.n and self.first.value >= FINDABLE else 'not'}"))]  # fmt: skip
        for reader in READERS:
            share = self.misled(reader)
            if not share.n:
                rows.append((text(f"trainer.reader.{reader}"), "–", text("trainer.case.no_question")))
                continue
            rows.append(
                (
                    text(f"trainer.reader.{reader}"),
                    str(share),
                    text(f"trainer.case.{'tempts' if share.value >= TEMPTING else 'harmless'}"),
                )
            )
        heads = tuple(text(f"trainer.case.head.{name}") for name in ("what", "share", "means"))
        return View(heads, tuple(rows), frozenset({1}))

    def by_seed(self) -> View:
        """One line a simulated world: what stage 2 (or the verdict) found, and what led whom astray."""
        rows = []
        for one in self.tries:
            astray = [f"{text(f'trainer.short.{said.reader}')}: {said.picked}" for said in one.readings if said.misled]
            rows.append(
                (
                    str(one.seed),
                    text("trainer.case.yes" if one.dealt else "trainer.case.no"),
                    str(one.rank or "–"),
                    one.found,
                    "; ".join(astray) or "–",
                )
            )
        return View(
            tuple(text(f"trainer.case.head.{name}") for name in ("seed", "dealt", "rank", "found", "astray")),
            tuple(rows),
            frozenset({2}),
        )

    def verdict(self, lang: str | None = None) -> str:
        """One sentence: may it be published?"""
        key = "good" if self.findable and self.tempting else "easy" if self.findable else "unfindable"
        return text(f"trainer.case.{key}", lang)

    def __repr__(self) -> str:
        return f"{self.verdict()}\n{self.view()!r}"

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p><b>{escape(self.verdict())}</b></p>{self.view()._repr_html_()}"


def try_case(
    world: str,
    *,
    strength: float | None = None,
    cell: str | None = None,
    decoys: int | None = None,
    onset: int | None = None,
    seeds: int | Sequence[int] = SEEDS,
    scale: str = "full",
    progress: Progress = lambda done, total, words: None,
) -> Trial:
    """Simulate a case over many seeds, drawn as `ccsat workshop new` draws a team's world, and see who finds what.

    What is left open (strength, cell, onset, decoys) varies from team to team. The planted cell is looked for by stage 2 of the product;
    in a world where no cell may be named (a data problem, a shift of the mix) the verdict of stage 1 counts in its place.

    Args:
        world: A story of the team's day, e.g. "S03".
        strength: Multiplies the effect, above 0 and at most 2.
        cell: One of the story's cells, e.g. "biz_l2=overage".
        decoys: Harmless changes in the ledger, 0 to 10.
        onset: Week in which it starts, 9 to 11.
        seeds: How many, beginning with 900001, or the seeds themselves.
        scale: Of the data.
        progress: Called after each world with how many are done, of how many, and what was found.

    Raises:
        CaseError: No such story on a team's day, or no seed.
        StudyError: An option out of range, or a cell that the story has not.
    """
    from ccsat import worlds

    code = team_story(world)
    drawn = range(FIRST_SEED, FIRST_SEED + seeds) if isinstance(seeds, int) else list(seeds)
    if not drawn:
        raise CaseError("case_seeds", seeds=str(seeds))
    given = {
        name: value
        for name, value in {"strength": strength, "onset": onset, "cell": cell, "decoys": decoys}.items()
        if value is not None
    }
    tries, options = [], worlds.Options(**given).words
    for seed in drawn:
        made = worlds.make(code, rng=int(seed), scale=scale, vary=True, comments=language(), **given)
        tries.append(_one(made))
        progress(len(tries), len(drawn), tries[-1].found)
    return Trial(code, options, tuple(tries))


def team_story(world: str) -> str:
    """The code of a story of the team's day.

    Raises:
        CaseError: There is none of this name.
    """
    code = str(world).strip().upper().split("_")[0]
    if code not in TEAM_WORLDS:
        raise CaseError("case_world", world=world, known=listing(TEAM_WORLDS))
    return code


def cells_of(world: str) -> View:
    """The cells that a story can place its problem in, as `cell` takes them."""
    from ccsat import worlds
    from ccsat.tracetable import cell_words
    from ccsat.worlds.story import scope_words

    rows = [(scope_words(where), cell_words(where)) for where in worlds.story(team_story(world)).cells]
    return View(
        tuple(text(f"trainer.case.head.{name}") for name in ("cell", "means")),
        tuple(rows or [("–", text("trainer.case.no_cell"))]),
    )


def _one(made) -> Try:
    from ccsat.cells import ask
    from ccsat.stages.check import check_data
    from ccsat.stages.locate import locate_gap
    from ccsat.tracetable import cell_words

    truth, centre = made.truth, made.centre
    asked = ask(centre, made.question)
    readings = tuple(naive_readings(centre, asked, truth))
    if truth["verdict"] in STOPS:
        said = str(check_data(centre, made.question).verdict)
        return Try(
            made.seed,
            bool(truth["findable"]),
            1 if said == truth["verdict"] else None,
            text(f"verdict_short.{said}"),
            readings,
            True,
        )
    found = [dict(where) for where in locate_gap(centre, asked).table["where"]]
    true = [cell["where"] for cell in truth["cells"]]
    rank = next(
        (place for place, where in enumerate(found, 1) if any(is_same(centre, where, one) for one in true)), None
    )
    return Try(made.seed, bool(truth["findable"]), rank, cell_words(found[0]) if found else "–", readings, False)
