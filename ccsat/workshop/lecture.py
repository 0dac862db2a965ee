"""W5, the lecturer's review: the class's plans against the best there is, how firm the best is, and why wrong leads win nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from ccsat.errors import CcsatError
from ccsat.numerics.portfolio import Action, best_portfolio, regret, stability, uplift
from ccsat.views import View
from ccsat.wording import language, percent, points, term, text
from ccsat.workshop.case import Case
from ccsat.workshop.exercises.team_case import truth_of
from ccsat.workshop.findings import answers, read_results
from ccsat.workshop.team import TeamError, read_team

DRAWS = 200
BUDGETS, HORIZONS, FRACTIONS = (6.0, 8.0, 10.0, 12.0), (30, 45, 60, 90, 120), (0.5, 0.75, 1.0, 1.25)


@dataclass(frozen=True)
class Handed:
    """A team's plan and the world it is for."""

    team: str
    world: str
    seed: int
    scale: str
    actions: tuple[str, ...]

    @property
    def case(self) -> Case:
        return Case("W5", self.world, self.seed, self.scale, vary=True, lang=language(), role="trainer")


def class_plans(class_dir: str | Path) -> list[Handed]:
    """The plans of every team's folder below a class's folder, by team; teams without a plan come with an empty one.

    Raises:
        CcsatError: The folder has no team in it.
    """
    found = []
    for folder in sorted(Path(class_dir).glob("team-*")):
        try:
            sheet = read_team(folder)
        except TeamError:
            continue
        chosen = answers(read_results(folder), "W4").get("portfolio") or []
        found.append(Handed(sheet.team, sheet.world, sheet.seed, sheet.scale, tuple(map(str, chosen))))
    if not found:
        raise CcsatError("no_teams", folder=str(class_dir))
    return found


def example_class(world: str, seed: int, scale: str = "full") -> list[Handed]:
    """Three invented teams on one world, where no class is at hand: a good plan, a cautious one, one that follows the wrong lead."""
    facts = _facts(Handed("", world, seed, scale, ()))
    best = facts.best["actions"]
    wrong = [a["id"] for a in facts.rows if a["label"] == "wrong"]
    plans = (tuple(best), tuple(best[:1]), _within(facts, wrong))
    return [
        Handed(f"{text('workshop.lecture.example')} {number}", world, seed, scale, plan)
        for number, plan in enumerate(plans, 1)
    ]


@dataclass(frozen=True)
class Facts:
    """What the review of one world rests on."""

    rows: tuple[Mapping, ...]
    actions: tuple[Action, ...]
    sizes: Mapping[str, float]
    errors: Mapping[str, float]
    budget: float
    horizon: float
    owners: Mapping[str, str]
    sets: pd.DataFrame

    @property
    def best(self) -> Mapping:
        """The best set: `actions, cost, uplift`."""
        return self.sets.iloc[0].to_dict()


def compare_plans(plans: Sequence[Handed]) -> View:
    """Each team's plan beside the best under the same facts, budget and time, with its regret."""
    rows = []
    for plan in plans:
        facts = _facts(plan)
        known = [id for id in plan.actions if id in {a.id for a in facts.actions}]
        spent = sum(a.cost for a in facts.actions if a.id in known)
        won = uplift(known, facts.actions, facts.sizes, horizon_days=facts.horizon) if spent <= facts.budget else 0.0
        rows.append((plan.team, plan.world, ", ".join(known) or "–", f"{spent:g}", points(won, "rate"), ", ".join(facts.best["actions"]),
                     points(facts.best["uplift"], "rate"), percent(regret(facts.best["uplift"], won))))  # fmt: skip
    return _view(("team", "world", "plan", "cost", "wins", "best", "best_wins", "regret"), rows, (3, 4, 6, 7))


def firmness(plans: Sequence[Handed], *, draws: int = DRAWS, rng: int = 0) -> View:
    """How often the best set stays the best when points, success and fractions are drawn from their ranges, and the runner-up."""
    rows = []
    for world, facts in _worlds(plans):
        best, second = facts.sets.iloc[0], _runner_up(facts.sets)
        shares = _shares(facts, draws, rng)
        rows.append((world, ", ".join(best["actions"]), percent(shares.get(frozenset(best["actions"]), 0.0), 0),
                     "–" if second is None else ", ".join(second["actions"]),
                     "–" if second is None else points(float(best["uplift"] - second["uplift"]), "rate", sign=False),
                     "–" if second is None else percent(shares.get(frozenset(second["actions"]), 0.0), 0)))  # fmt: skip
    return _view(("world", "best", "stability", "runner_up", "behind", "runner_share"), rows, (2, 4, 5))


def sensitivity(plan: Handed) -> View:
    """The best set of one world under other budgets, horizons and fixing fractions."""
    facts, rows = _facts(plan), []
    told = [("budget", f"{b:g}", {"budget": b}) for b in BUDGETS] + [
        ("horizon", f"{h:g}", {"horizon_days": h}) for h in HORIZONS
    ]
    told += [("phi", f"× {f:g}", {"fraction": f}) for f in FRACTIONS]
    usual = set(facts.best["actions"])
    for what, shown, changed in told:
        best = _best(facts, **changed)
        same = text("workshop.yes") if set(best["actions"]) == usual else text("workshop.no")
        rows.append(
            (
                text(f"workshop.lecture.{what}"),
                shown,
                ", ".join(best["actions"]) or "–",
                points(best["uplift"], "rate"),
                same,
            )
        )
    return _view(("what", "value", "best", "wins", "same"), rows, (1, 3))


def wrong_leads(plans: Sequence[Handed]) -> View:
    """The actions that teams chose and that win next to nothing, each with why."""
    rows = []
    for plan in plans:
        facts = _facts(plan)
        for row in facts.rows:
            if row["id"] not in plan.actions:
                continue
            won = uplift([row["id"]], facts.actions, facts.sizes, horizon_days=facts.horizon)
            if row["label"] == "wrong" or won < 0.05 * facts.best["uplift"]:
                rows.append(
                    (
                        plan.team,
                        f"{row['id']} {row[language()]}",
                        term(row["owner"]),
                        points(won, "rate"),
                        _why(row, facts, won),
                    )
                )
    return _view(("team", "action", "owner", "wins", "why"), rows, (3,))


def _why(row: Mapping, facts: Facts, won: float) -> str:
    met = [cause for cause in row["phi"] if cause in facts.sizes and row["phi"][cause] > 0]
    owners = " / ".join(dict.fromkeys(term(facts.owners[cause]) for cause in facts.sizes))
    if row["lead_days"] > facts.horizon:
        return text("workshop.lecture.why.late", days=row["lead_days"], horizon=f"{facts.horizon:g}")
    if not met:
        return text("workshop.lecture.why.no_cause", owner=term(row["owner"]), cause_owner=owners)
    if row["owner"] not in {facts.owners[cause] for cause in met}:
        return text("workshop.lecture.why.owner", owner=term(row["owner"]), cause_owner=owners)
    return text("workshop.lecture.why.little", points=points(won, "rate"))


# Facts of a world ----------------------------------------------------------------------------


def _facts(plan: Handed) -> Facts:
    return _facts_of(plan.world, plan.seed, plan.scale, language())


@cache
def _facts_of(world: str, seed: int, scale: str, lang: str) -> Facts:
    truth = truth_of(Case("W5", world, seed, scale, vary=True, lang=lang, role="trainer"))
    actions = tuple(
        Action(a["id"], a["cost"], a["lead_days"], a["p"], a["phi"], a["exclusive_with"]) for a in truth["actions"]
    )
    sizes = {cause["id"]: abs(cause["points"]) for cause in truth["causes"]}
    error = sum(cell["tolerance"] for cell in truth["cells"][:1]) / 1.96
    return Facts(
        rows=tuple(truth["actions"]), actions=actions, sizes=sizes,
        errors={cause: error or 0.25 * size for cause, size in sizes.items()}, budget=float(truth["budget"]),
        horizon=float(truth["horizon_days"]), owners={cause["id"]: cause["owner"] for cause in truth["causes"]},
        sets=best_portfolio(actions, sizes, budget=truth["budget"], horizon_days=truth["horizon_days"]),
    )  # fmt: skip


def _worlds(plans: Iterable[Handed]) -> list[tuple[str, Facts]]:
    known = {(plan.world, plan.seed, plan.scale): plan for plan in plans}
    return [(f"{world}/{seed}", _facts(plan)) for (world, seed, _), plan in known.items()]


def _runner_up(sets: pd.DataFrame):
    best = set(sets.iloc[0]["actions"])
    return next((row for _, row in sets.iloc[1:].iterrows() if not set(row["actions"]) < best), None)


def _shares(facts: Facts, draws: int, rng: int) -> dict[frozenset, float]:
    drawn = np.random.default_rng(rng)
    table = pd.DataFrame(
        {cause: np.abs(drawn.normal(size, facts.errors[cause], draws)) for cause, size in facts.sizes.items()}
    )
    firm = stability(facts.actions, table, budget=facts.budget, horizon_days=facts.horizon, rng=rng)
    return {frozenset(row.actions): float(row.share) for row in firm.itertuples()}


def _best(
    facts: Facts, *, budget: float | None = None, horizon_days: float | None = None, fraction: float = 1.0
) -> Mapping:
    changed = [Action(a.id, a.cost, a.lead_days, a.success, {c: min(1.0, f * fraction) for c, f in a.fixes.items()}, a.group)
               for a in facts.actions]  # fmt: skip
    sets = best_portfolio(
        changed, facts.sizes, budget=budget or facts.budget, horizon_days=horizon_days or facts.horizon
    )
    return sets.iloc[0].to_dict()


def _within(facts: Facts, ids: Sequence[str]) -> tuple[str, ...]:
    chosen, spent = [], 0.0
    costs = {a.id: a.cost for a in facts.actions}
    for id in ids:
        if spent + costs[id] <= facts.budget:
            chosen, spent = [*chosen, id], spent + costs[id]
    return tuple(chosen)


def _view(heads: Sequence[str], rows: Sequence[tuple], numbers: Sequence[int]) -> View:
    return View(tuple(text(f"workshop.lecture.head.{head}") for head in heads), tuple(rows), frozenset(numbers))
