"""Card: how much of a world's truth a trace found, as values, plain data and words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ccsat.wording import count, interval, language, percent, points, term, text

STEPS = ("symptom", "mechanism", "root", "owner", "gap")
GRADED = "ABC"
SCHEMA = 1


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Stage 1 beside the truth. `accepted` are the right answers: the true one; where not `findable`, also to find nothing."""

    found: str
    true: str
    accepted: tuple[str, ...]
    findable: bool

    @property
    def right(self) -> bool:
        """Whether stage 1 gave one of them."""
        return self.found in self.accepted


@dataclass(frozen=True, kw_only=True)
class PlantedCell:
    """A planted cell, and the found one that is it.

    Attributes:
        n: Rated contacts in it, in the current period.
        points_true: What was planted, in points of the whole.
        expected_z: The effect in standard errors of the change that an analyst can see; None where truth has none.
        rank: The found cell's; None where no found cell is this one, as are those below.
        wrong_ahead: Found cells before it that are no planted cell.
        exact: Whether dimensions and levels are named as planted, and not only the same contacts.
        jaccard: Overlap in rated contacts, 0 to 1; where none was found that of the nearest found cell.
        error: Found less true points.
        covered: Whether the 95 % interval holds the true points.
    """

    where: Mapping[str, Any]
    n: int
    points_true: float
    expected_z: float | None = None
    rank: int | None = None
    wrong_ahead: int | None = None
    exact: bool = False
    jaccard: float | None = None
    points: float | None = None
    lower: float | None = None
    upper: float | None = None
    error: float | None = None
    covered: bool | None = None


@dataclass(frozen=True, kw_only=True)
class NamedCell:
    """A cell that was found; `planted` is the position of the planted cell that it is, None where it is none."""

    rank: int
    where: Mapping[str, Any]
    n: int
    points: float
    planted: int | None


@dataclass(frozen=True, kw_only=True)
class PlantedCause:
    """A planted cause, and how deep the finding goes towards it.

    `steps` says for each step of the way whether it was reached:

    - symptom: the cell it acts in was found. A cause that is named stands at a found cell: that one counts; else any
      planted cell, or the one of the same position where there are as many cells as causes.
    - mechanism: at that cell some cause's chain holds a reason that customers name or a driver that moved. The truth
      has no code for it, so only its presence is judged.
    - root: the cause itself (a change, rule or campaign) is named at grade A to C: probable at least, not one suspect of many.
    - owner, gap: the finding's owner class and gap type are the true ones: those of the cause where it is named, else
      of the best supported cause at that cell.

    `depth` is 0 to 5: 1 the symptom, 2 the mechanism behind it, 3 the root, 4 with its owner, 5 with its gap too. The
    root counts without a mechanism before it; owner and gap count for depth only behind the root.

    Attributes:
        id: As the truth names it; a finding may also name the change that brought it.
        rank: Place among all causes; None where it is not named.
        wrong_ahead: Causes before it that are none of the planted ones.
        grade: A to D; None where it is not named.
        owner, gap: As found; None where nothing is said of its cell.
        owner_right, gap_right: None likewise.
    """

    id: str
    rank: int | None
    wrong_ahead: int | None
    grade: str | None
    owner_true: str
    owner: str | None
    owner_right: bool | None
    gap_true: str
    gap: str | None
    gap_right: bool | None
    points_true: float
    points: float | None
    steps: Mapping[str, bool]
    depth: int


@dataclass(frozen=True, kw_only=True)
class WrongCause:
    """A cause that is not the true one and yet has grade A to C: another root, or anything at a cell that was not planted."""

    id: str
    grade: str
    cell_rank: int


@dataclass(frozen=True, kw_only=True)
class PlanScore:
    """The recommended set under the true points.

    Attributes:
        regret: What it loses against the best set, 0 to 1 of that; None where there is nothing to choose.
        uplift, uplift_best: Points won back.
        unknown: Recommended actions that the truth does not know; they count as nothing.
        over_budget: It costs more than the world's budget, so that its regret is no fair comparison.
    """

    chosen: tuple[str, ...]
    best: tuple[str, ...]
    regret: float | None
    uplift: float
    uplift_best: float
    unknown: tuple[str, ...]
    over_budget: bool


@dataclass(frozen=True, kw_only=True, repr=False)
class Card:
    """How much of a world's truth a trace found. Points and rates are in the KPI's own unit.

    Attributes:
        world, seed, scale, varied, options: The world.
        title: Its story's, by language.
        observed: The change (or gap) that the trace saw. `effect`: what was planted in the service; `spoiled`: what
            data problems alone add to it.
        cells: One a planted cell. `named`: one a found cell.
        causes: One a planted cause that acts in the service; those that spoil the survey are stage 1's. `wrong`: see `WrongCause`.
        blamed: Owner classes of the causes named in a world where nobody is to blame (its verdict is not "real").
        ledgers: How many ledgers the findings hold; `open` is the largest |sum of parts - total|.
        remainder, total: Of the located cells.
    """

    world: str
    seed: int
    scale: str
    varied: bool
    options: str
    title: Mapping[str, str]
    kpi: str
    caliber: str
    unit: str
    observed: float | None
    effect: float
    spoiled: float
    verdict: Verdict
    cells: tuple[PlantedCell, ...]
    named: tuple[NamedCell, ...]
    causes: tuple[PlantedCause, ...]
    causes_named: int
    wrong: tuple[WrongCause, ...]
    blamed: tuple[str, ...]
    plan: PlanScore
    ledgers: int
    open: float
    remainder: float
    total: float

    @property
    def precision(self) -> float | None:
        """Share of the found cells that are planted ones; None where none was found, or where only the mix changed."""
        if not self.named or self.verdict.true == "mix":
            return None
        return sum(one.planted is not None for one in self.named) / len(self.named)

    @property
    def recall(self) -> float | None:
        """Share of the planted cells that were found; None where none was planted."""
        return sum(one.rank is not None for one in self.cells) / len(self.cells) if self.cells else None

    @property
    def depth(self) -> int | None:
        """Of the cause that was traced least deep; None where no cause is to be traced (a verdict other than "real")."""
        return min((cause.depth for cause in self.causes), default=None) if self.verdict.true == "real" else None

    @property
    def silent(self) -> bool:
        """Whether nothing was found at all: no verdict of a change, no cell, no cause."""
        return self.verdict.found in ("none", "insufficient") and not self.named and not self.causes_named

    def as_dict(self) -> dict[str, Any]:
        """Plain values under stable keys, as JSON holds them."""
        from ccsat.findings import clean

        plain = asdict(self)
        plain["verdict"]["right"] = self.verdict.right
        more = {"precision": self.precision, "recall": self.recall, "depth": self.depth, "silent": self.silent}
        return clean({"schema": SCHEMA, **plain, **more})

    def lines(self) -> list[str]:
        """The card in words, one line a finding."""
        return [self._head(), self._verdict(), *self._cells(), *self._causes(), self._plan(), self._ledgers()]

    def __repr__(self) -> str:
        return "\n".join(self.lines())

    def _repr_html_(self) -> str:
        from ccsat.views import sentences

        return sentences(self.lines())._repr_html_()

    # Words ------------------------------------------------------------------------------------

    def _head(self) -> str:
        drawn = [
            self.scale,
            *([text("score.varied")] if self.varied else []),
            *([self.options] if self.options else []),
        ]
        said = text("score.head", title=self.title[language()], world=self.world, seed=self.seed, drawn=text("score.between").join(drawn),
                    kpi=term(self.kpi), observed=points(self.observed, self.unit), effect=points(self.effect, self.unit))  # fmt: skip
        return said + (text("score.spoiled", points=points(self.spoiled, self.unit)) if self.spoiled else "")

    def _verdict(self) -> str:
        one = self.verdict
        said = text(
            "score.verdict", found=_verdict_words(one.found), true=_verdict_words(one.true), mark=_mark(one.right)
        )
        return said + ("" if one.findable else text("score.not_findable"))

    def _cells(self) -> list[str]:
        if not self.cells:
            lines = [text("score.no_cells", n=len(self.named))]
        else:
            hits = sum(one.rank is not None for one in self.cells)
            lines = [text("score.cells", hits=hits, planted=len(self.cells), named=len(self.named), precision=percent(self.precision),
                          recall=percent(self.recall))]  # fmt: skip
        lines += [text("score.indent") + self._cell(one) for one in self.cells]
        extra = "score.cell_mix" if self.verdict.true == "mix" else "score.cell_extra"
        lines += [text("score.indent") + text(extra, cell=_cell_words(one.where), rank=one.rank, points=points(one.points, self.unit), n=count(one.n))
                  for one in self.named if one.planted is None]  # fmt: skip
        return lines

    def _cell(self, one: PlantedCell) -> str:
        told = {"cell": _cell_words(one.where), "n": count(one.n), "true": points(one.points_true, self.unit)}
        if one.rank is None:
            near = text("score.nearest", jaccard=percent(one.jaccard, 0)) if one.jaccard else ""
            return text("score.cell_missed", **told) + near
        how = text("score.exact") if one.exact else text("score.overlap", jaccard=percent(one.jaccard, 0))
        return text("score.cell", **told, rank=one.rank, how=how, points=points(one.points, self.unit), error=points(one.error, self.unit),
                    interval=interval(one.lower, one.upper, self.unit, of="points"),
                    covered=text("score.covered" if one.covered else "score.not_covered"))  # fmt: skip

    def _causes(self) -> list[str]:
        lines = []
        if self.verdict.true == "real":
            lines += [self._cause(one) for one in self.causes] or [text("score.no_causes", n=self.causes_named)]
        else:
            owners = text("score.between").join(dict.fromkeys(term(owner) for owner in self.blamed))
            lines.append(text("score.blamed", owners=owners) if self.blamed else text("score.nobody"))
        if self.wrong:
            ids = text("score.between").join(f"{one.id} ({one.grade})" for one in self.wrong)
            lines.append(text("score.wrong", ids=ids))
        return lines

    def _cause(self, one: PlantedCause) -> str:
        reached = " → ".join(text(f"score.step.{step}") for step in STEPS if one.steps[step]) or text("score.step.none")
        told = {"id": one.id, "owner": term(one.owner_true), "gap": term(one.gap_true), "depth": one.depth, "of": len(STEPS),
                "reached": reached, "owner_mark": _mark(one.owner_right), "gap_mark": _mark(one.gap_right)}  # fmt: skip
        return (
            text("score.cause_missed", **told)
            if one.rank is None
            else text("score.cause", **told, rank=one.rank, grade=one.grade)
        )

    def _plan(self) -> str:
        plan, between = self.plan, text("score.between")
        chosen = between.join(plan.chosen) or text("score.nothing")
        if plan.regret is None:
            return text("score.no_plan", chosen=chosen)
        said = text("score.plan", chosen=chosen, best=between.join(plan.best), regret=percent(plan.regret),
                    uplift=points(plan.uplift, self.unit, sign=False), uplift_best=points(plan.uplift_best, self.unit, sign=False))  # fmt: skip
        said += text("score.unknown_actions", ids=between.join(plan.unknown)) if plan.unknown else ""
        return said + (text("score.over_budget") if plan.over_budget else "")

    def _ledgers(self) -> str:
        return text("score.ledgers", n=self.ledgers, open=f"{self.open:.0e}", remainder=points(self.remainder, self.unit),
                    total=points(self.total, self.unit))  # fmt: skip


def _mark(right: bool | None) -> str:
    return text("score.unsaid") if right is None else text("score.right" if right else "score.not_right")


def _verdict_words(verdict: str) -> str:
    return text(f"verdict_short.{verdict}")


def _cell_words(where: Mapping) -> str:
    from ccsat.tracetable import cell_words

    return cell_words(where)
