"""Score a trace against the truth of the world it was made on: findings in, a card out."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ccsat.calibers import CALIBERS
from ccsat.errors import StudyError, listing
from ccsat.numerics.portfolio import uplift
from ccsat.worlds.actions import as_actions
from ccsat.worlds.card import (
    GRADED,
    Card,
    NamedCell,
    PlanScore,
    PlantedCause,
    PlantedCell,
    Verdict,
    WrongCause,
)
from ccsat.worlds.story import Options, levels_of

if TYPE_CHECKING:
    from ccsat.trace import Trace
    from ccsat.worlds import World

SAME = 0.8  # Jaccard overlap in rated contacts from which a found cell is the planted one (DOMAIN 5.7)
OF_DATA = (
    "survey_instrument",
    "instrument",
)  # classes of causes that spoil the survey: stage 1 finds them, not stage 3
SYMPTOMS = ("reason", "driver")  # kinds of causes and links that say how it is felt, not where it comes from
TRUTH = ("world", "seed", "scale", "varied", "options", "title", "kpi", "caliber", "target", "windows", "verdict",
         "true_effect_points", "ledger", "findable", "cells", "causes", "actions", "budget", "horizon_days", "best_set", "best_uplift")  # fmt: skip
FOUND = ("study", "kpi", "check", "ledgers", "cells", "causes", "plan", "remainder", "total")
FINDINGS = "findings.json"
Where = Mapping[str, Any]


def score(found: Trace | Mapping | str | Path, truth: World | Mapping | str | Path) -> Card:
    """How much of what was planted did a trace find?

    Only the findings are judged, so a run on disk and the trace it came from have the same card. A found cell is a
    planted one when they share 0.8 of the rated contacts of the current period (Jaccard), or are equal once levels
    that a hierarchy implies are left out. The contacts are counted in the world itself, made anew from the truth.

    Args:
        found: A trace, its findings, a run's folder or its `findings.json`.
        truth: The world, its truth, or a file of it.

    Raises:
        StudyError: No findings there; no truth; they are not of the same world, draw and question; or a world that is
            not traced.

    Source:
        DOMAIN 5.7; regret DOMAIN 2.12.
    """
    facts, world = _truth(truth)
    return _Scoring(_findings(found), facts, world).card()


# What is given ----------------------------------------------------------------------------------


def _findings(found: Trace | Mapping | str | Path) -> Mapping:
    from ccsat.trace import Trace

    if isinstance(found, Trace):
        from ccsat.findings import gather_findings

        return gather_findings(found)
    if isinstance(found, Mapping):
        return _complete(found, "–", FOUND, "score_findings")
    file = Path(found) / FINDINGS if Path(found).is_dir() else Path(found)
    if not file.is_file():
        below = sorted(str(one.parent) for one in Path(found).rglob(FINDINGS)) if Path(found).is_dir() else []
        raise StudyError("score_no_findings", run=str(found), below=listing(below[-3:]) or "–")
    return _complete(_read(file, "score_findings"), str(file), FOUND, "score_findings")


def _truth(truth: World | Mapping | str | Path) -> tuple[Mapping, World]:
    from ccsat import worlds

    if isinstance(truth, worlds.World):
        return truth.truth, truth
    facts, file = (truth, "–") if isinstance(truth, Mapping) else (_read(Path(truth), "score_truth"), str(truth))
    _complete(facts, file, TRUTH, "score_truth")
    options = Options.parse(facts["options"])
    given = {name: value for name, value in vars(options).items() if value is not None}
    return facts, worlds.make(facts["world"], rng=facts["seed"], scale=facts["scale"], vary=facts["varied"], **given)


def _read(file: Path, key: str) -> Mapping:
    try:
        found = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise StudyError("score_unread", file=str(file), reason=error.strerror or type(error).__name__) from None
    except ValueError:
        found = None
    if not isinstance(found, Mapping):
        raise StudyError(key, file=str(file), missing="JSON", keys="–")
    return found


def _complete(found: Mapping, file: str, wanted: Sequence[str], key: str) -> Mapping:
    if missing := [name for name in wanted if name not in found]:
        raise StudyError(key, file=file, missing=listing(missing), keys=listing(found) or "–")
    return found


# Scoring ----------------------------------------------------------------------------------------


class _Scoring:
    """One run beside one truth; cells are counted in the world once each."""

    def __init__(self, found: Mapping, truth: Mapping, world: World):
        self.found, self.truth, self.world = found, truth, world
        self.counts: dict[tuple, int] = {}
        self._same_question()
        self.pairs = self._pairs()  # position of a found cell -> of the planted one that it is

    def card(self) -> Card:
        """Every measure."""
        truth, found = self.truth, self.found
        asked = found["kpi"]
        sums = [abs(math.fsum(row["points"] or 0.0 for row in one["rows"]) - one["total"]) for one in found["ledgers"]]
        causes = tuple(self._cause(k, cause) for k, cause in enumerate(self._traceable()))
        return Card(
            world=truth["world"], seed=truth["seed"], scale=truth["scale"], varied=truth["varied"], options=truth["options"],
            title=truth["title"], kpi=asked["key"], caliber=asked["caliber"], unit=asked["unit"], observed=found["total"],
            effect=truth["true_effect_points"], spoiled=truth["ledger"]["data"], verdict=self._verdict(), cells=tuple(map(self._planted, range(len(truth["cells"])))),
            named=tuple(map(self._named, range(len(found["cells"])))), causes=causes, causes_named=len(found["causes"]),
            wrong=self._wrong(), blamed=() if truth["verdict"] == "real" else tuple(one["owner"] for one in found["causes"]),
            plan=self._plan(), ledgers=len(sums), open=max(sums, default=0.0), remainder=found["remainder"], total=found["total"],
        )  # fmt: skip

    def _verdict(self) -> Verdict:
        true, findable = self.truth["verdict"], bool(self.truth["findable"])
        accepted = (true,) if findable else tuple(dict.fromkeys((true, "none", "insufficient")))
        return Verdict(found=self.found["check"]["verdict"], true=true, accepted=accepted, findable=findable)

    # Cells ------------------------------------------------------------------------------------

    def _pairs(self) -> dict[int, int]:
        """Found cells in their order, each to the planted cell it shares most with, one to one."""
        pairs: dict[int, int] = {}
        for i, one in enumerate(self.found["cells"]):
            shares = {k: self._share(one["where"], true["where"]) for k, true in enumerate(self.truth["cells"])
                      if k not in pairs.values()}  # fmt: skip
            same = {k: share for k, share in shares.items() if share >= SAME}
            if same:
                pairs[i] = max(same, key=same.get)
        return pairs

    def _planted(self, k: int) -> PlantedCell:
        true = self.truth["cells"][k]
        strong = self.truth.get("expected_z") or []
        same = {"where": true["where"], "n": true["n"], "points_true": true["points"],
                "expected_z": strong[k] if k < len(strong) else None}  # fmt: skip
        i = next((i for i, planted in self.pairs.items() if planted == k), None)
        if i is None:
            near = [self._share(one["where"], true["where"]) for one in self.found["cells"]]
            return PlantedCell(**same, jaccard=max(near, default=None))
        one = self.found["cells"][i]
        return PlantedCell(
            **same, rank=one["rank"], wrong_ahead=sum(j not in self.pairs for j in range(i)), exact=_named(one["where"]) == _named(true["where"]),
            jaccard=self._share(one["where"], true["where"]), points=one["points"], lower=one["lower"], upper=one["upper"],
            error=one["points"] - true["points"], covered=one["lower"] <= true["points"] <= one["upper"],
        )  # fmt: skip

    def _named(self, i: int) -> NamedCell:
        one = self.found["cells"][i]
        return NamedCell(
            rank=one["rank"], where=one["where"], n=one["n"], points=one["points"], planted=self.pairs.get(i)
        )

    def _share(self, first: Where, second: Where) -> float:
        """Jaccard overlap of two cells in rated contacts of the current period; 1 where they are the same cell."""
        one, two = _named(first), _named(second)
        if not {*one, *two} <= set(self.world.centre.columns):
            return 0.0
        if self._plain(one) == self._plain(two):
            return 1.0
        both = {dim: one.get(dim, two.get(dim)) & two.get(dim, one.get(dim)) for dim in {*one, *two}}
        n, m, k = (self._rated(cell) for cell in (one, two, both))
        return k / (n + m - k) if n + m > k else 0.0

    def _plain(self, cell: dict[str, frozenset[str]]) -> dict[str, frozenset[str]]:
        """A cell without coarser levels that its finer ones imply: those that leave out no contact."""
        for chain in self.world.centre.study.hierarchies.values():
            for dim in [dim for dim in chain if dim in cell][:-1]:
                without = {other: levels for other, levels in cell.items() if other != dim}
                if self._rated(without) == self._rated(cell):
                    cell = without
        return cell

    def _rated(self, cell: Mapping[str, frozenset[str]]) -> int:
        """Rated contacts of a cell in the current period."""
        if not all(cell.values()):
            return 0
        key = tuple(sorted((dim, tuple(sorted(levels))) for dim, levels in cell.items()))
        if key not in self.counts:
            centre, asked = self.world.centre, self._asked
            found = centre.engine.marginals(centre.facts, [()], outcome=asked.caliber.outcome, windows=[asked.current],
                                            where={**(asked.where or {}), **{dim: list(levels) for dim, levels in key}})  # fmt: skip
            self.counts[key] = int(found[()]["n"].sum())
        return self.counts[key]

    @cached_property
    def _asked(self):
        from ccsat.cells import ask

        return ask(self.world.centre, self.world.question)

    # Causes -----------------------------------------------------------------------------------

    def _true_causes(self) -> list[dict]:
        """The planted causes, one an id: what several parts of one change do is that change's."""
        merged: dict[str, dict] = {}
        for cause in self.truth["causes"]:
            before = merged.get(cause["id"])
            merged[cause["id"]] = {**cause, "points": cause["points"] + (before["points"] if before else 0.0)}
        return list(merged.values())

    def _traceable(self) -> list[dict]:
        return [cause for cause in self._true_causes() if cause["class"] not in OF_DATA]

    def _cause(self, k: int, true: Mapping) -> PlantedCause:
        causes, ids = self.found["causes"], self._true_ids()
        at = next((i for i, cause in enumerate(causes) if cause["id"] in _ids(true)), None)
        here = self._cells_of(k) if at is None else {causes[at]["cell_rank"]} & self._right_ranks()
        local = [cause for cause in causes if cause["cell_rank"] in here]
        said = causes[at] if at is not None else next(iter(local), None)
        owner, gap = (said["owner"], said["gap_type"]) if said else (None, None)
        owner_right, gap_right = (owner == true["owner"], gap == true["gap"]) if said else (None, None)
        links = {link["key"] for cause in local for link in cause["chain"]}
        steps = {"symptom": bool(here), "mechanism": bool(links & set(SYMPTOMS)), "root": at is not None and causes[at]["grade"] in GRADED,
                 "owner": bool(owner_right), "gap": bool(gap_right)}  # fmt: skip
        return PlantedCause(
            id=true["id"], rank=None if at is None else at + 1, wrong_ahead=None if at is None else sum(c["id"] not in ids for c in causes[:at]),
            grade=None if at is None else causes[at]["grade"], owner_true=true["owner"], owner=owner, owner_right=owner_right,
            gap_true=true["gap"], gap=gap, gap_right=gap_right, points_true=true["points"],
            points=None if at is None else causes[at]["points"], steps=steps, depth=_depth(steps),
        )  # fmt: skip

    def _true_ids(self) -> set[str]:
        return {id for cause in self.truth["causes"] for id in _ids(cause)}

    def _right_ranks(self) -> set[int]:
        return {self.found["cells"][i]["rank"] for i in self.pairs}

    def _cells_of(self, k: int) -> set[int]:
        """Ranks of the found cells in which a planted cause acts."""
        if len(self._traceable()) != len(self.truth["cells"]):
            return self._right_ranks()
        return {self.found["cells"][i]["rank"] for i, planted in self.pairs.items() if planted == k}

    def _wrong(self) -> tuple[WrongCause, ...]:
        true, right = self._true_ids(), self._right_ranks()
        wrong = [cause for cause in self.found["causes"] if cause["id"] not in true and cause["grade"] in GRADED
                 and (cause["id"].split(":")[0] not in SYMPTOMS or cause["cell_rank"] not in right)]  # fmt: skip
        return tuple(WrongCause(id=one["id"], grade=one["grade"], cell_rank=one["cell_rank"]) for one in wrong)

    # Plan -------------------------------------------------------------------------------------

    def _plan(self) -> PlanScore:
        truth = self.truth
        actions = as_actions(truth["actions"])
        cost = {action.id: action.cost for action in actions}
        chosen = [one["id"] for one in (self.found["plan"] or {}).get("actions", ())]
        known = [id for id in chosen if id in cost]
        sizes = {cause["id"]: abs(cause["points"]) for cause in self._true_causes()}
        won = uplift(known, actions, sizes, horizon_days=truth["horizon_days"])
        best = truth["best_uplift"]
        choice = truth["verdict"] == "real" and bool(truth["best_set"]) and best > 0
        return PlanScore(
            chosen=tuple(chosen), best=tuple(truth["best_set"]), regret=1 - won / best if choice else None, uplift=won, uplift_best=best,
            unknown=tuple(id for id in chosen if id not in cost), over_budget=sum(cost[id] for id in known) > truth["budget"] + 1e-9,
        )  # fmt: skip

    # The same world ---------------------------------------------------------------------------

    def _same_question(self) -> None:
        """Refuse findings of another world, another question or another draw."""
        truth, found = self.truth, self.found
        kpi = found["kpi"]
        if self.world.story.kind == "customers" or f"{truth['kpi']}/{truth['caliber']}" not in CALIBERS:
            raise StudyError("score_not_traced", world=truth["world"], kpi=f"{truth['kpi']}/{truth['caliber']}")
        if found["study"] != truth["world"]:
            raise StudyError("score_world", run=found["study"], truth=truth["world"])
        periods = {label: "/".join(days) for label, days in kpi["periods"].items()}
        asked = [
            f"{kpi['key']}/{kpi['caliber']}",
            periods.get("current"),
            periods.get("baseline") or f"target {_number(kpi['target'])}",
        ]
        windows = truth["windows"]
        true = [
            f"{truth['kpi']}/{truth['caliber']}",
            windows["current"],
            windows["baseline"] or f"target {_number(truth['target'])}",
        ]
        if asked != true:
            raise StudyError("score_question", run=", ".join(map(str, asked)), truth=", ".join(map(str, true)))
        counted, there = kpi["current"]["n"], self._rated({})
        if counted != there:
            raise StudyError(
                "score_draw", run=counted, truth=there, seed=truth["seed"], scale=truth["scale"], world=truth["world"]
            )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"


def _named(where: Where) -> dict[str, frozenset[str]]:
    return {dim: frozenset(levels_of(value)) for dim, value in where.items()}


def _ids(true: Mapping) -> set[str]:
    """What a planted cause may be called: its id, or the change that brought it."""
    return {true["id"], *([f"change:{true['change_id']}"] if true["change_id"] else [])}


def _depth(steps: Mapping[str, bool]) -> int:
    """The deepest step: 1 symptom, 2 mechanism, 3 root, 4 and 5 only behind the root and in order."""
    if not steps["root"]:
        return 2 if steps["symptom"] and steps["mechanism"] else int(steps["symptom"])
    return 3 + (steps["owner"] + (steps["owner"] and steps["gap"]))
