"""Stage 4, solution: which actions, worth how many points, verified how?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ccsat.cells import Asked
from ccsat.errors import DataError
from ccsat.numerics.portfolio import Action, best_portfolio, stability, uplift
from ccsat.results import Result, result_class
from ccsat.stages.explain import Why
from ccsat.stages.located import Z95
from ccsat.wording import points, text

COLUMNS = ["id", "zh", "en", "owner", "cost", "lead_days", "expected_points", "lower", "upper"]
DRAWS = 500
ATTRIBUTION = {"A": 0.25, "B": 0.25, "C": 0.25, "D": 0.5}  # standard deviation of a cause's part of its cell


@result_class
class Plan(Result):
    """The best portfolio of a library's actions under a budget and a horizon.

    The table: the chosen actions, `id, zh, en, owner, cost, lead_days, expected_points, lower, upper` (of each alone). `lower` and
    `upper` hold 95 % of the draws of what the causes cost; success and effect of the actions are the library's guesses.
    `runner_up` is the next best set and its points; `stability` the share of draws in which the chosen set is best.
    """

    budget: float
    horizon_days: int
    unit: str
    sign: int
    expected_points: float
    lower: float
    upper: float
    runner_up: dict | None
    stability: float | None
    verification: tuple[dict, ...]
    considered: int

    def sentence(self) -> str:
        if self.table.empty:
            return text("plan.none")
        low, high = sorted((self.sign * self.lower, self.sign * self.upper))
        return text("plan.sentence", n=len(self.table), points=points(self.sign * self.expected_points, self.unit),
                    lower=points(low, self.unit), upper=points(high, self.unit))  # fmt: skip


def plan_actions(why: Why, *, budget: float, horizon_days: int = 90, rng: int = 0) -> Plan:
    """Which of the library's actions win back most, for this budget and in this time?

    Args:
        why: Causes with the points each accounts for.
        budget: In the library's cost units.
        horizon_days: Actions that take longer do not count.

    Returns:
        `Plan`; empty, with a caveat that says why, where there is no library or no action touches a cause found. Expected points are
        positive for an improvement, in the KPI's unit.

    Source:
        DOMAIN 2.12; full enumeration.
    """
    asked, library = why.asked, why.library
    sizes = {c.id: abs(c.points) for c in why.causes if c.points * asked.sign < 0}
    nothing = {"table": pd.DataFrame(columns=COLUMNS), "budget": budget, "horizon_days": horizon_days, "unit": asked.caliber.unit,
               "sign": asked.sign, "expected_points": 0.0, "lower": 0.0, "upper": 0.0, "runner_up": None, "stability": None, "verification": (),
               "considered": len(library)}  # fmt: skip
    if library.empty:
        return Plan(**nothing, caveats=(("caveat.no_library", {}),))
    actions = read_library(library)
    touching = [action for action in actions if set(action.fixes) & set(sizes)]
    if not touching:
        return Plan(**nothing, caveats=(("caveat.no_action_fits", {"n": len(actions)}),))
    sizes = _disjoint(sizes, why)
    sets = best_portfolio(touching, sizes, budget=budget, horizon_days=horizon_days)
    best, second = sets.iloc[0], sets.iloc[1] if len(sets) > 1 else None
    draws = _draws(sizes, why, rng)
    firm = stability(touching, draws, budget=budget, horizon_days=horizon_days, rng=rng)

    def expected(ids: Sequence[str]) -> tuple[float, float, float]:
        """Points won back by these actions, and the interval that the causes' points leave open."""
        drawn = [
            uplift(ids, touching, dict(zip(draws.columns, row, strict=True)), horizon_days=horizon_days)
            for row in draws.to_numpy()
        ]
        return (uplift(ids, touching, sizes, horizon_days=horizon_days), *np.quantile(drawn, (0.025, 0.975)))

    alone = {action: expected([action]) for action in best["actions"]}
    chosen = library[library["action_id"].isin(best["actions"])]
    table = pd.DataFrame([(row.action_id, row.zh or row.action_id, row.en or row.action_id, row.owner, row.cost, row.lead_days,
                           *alone[row.action_id]) for row in chosen.itertuples()], columns=COLUMNS)  # fmt: skip
    _, low, high = expected(best["actions"])
    held = firm.loc[[set(s) == set(best["actions"]) for s in firm["actions"]], "share"]
    return Plan(**{**nothing, "table": table, "expected_points": float(best["uplift"]), "lower": float(low), "upper": float(high),
                   "stability": float(held.sum()), "verification": tuple(_verification(row, asked) for row in table.itertuples()),
                   "runner_up": None if second is None else {"actions": list(second["actions"]), "expected_points": float(second["uplift"])}},
                caveats=(("caveat.relative_optimum", {}),))  # fmt: skip


def read_library(table: pd.DataFrame) -> list[Action]:
    """The rows of an action library: `phi` is `cause=fraction; cause=fraction`, `exclusive_with` names a group.

    Raises:
        DataError: A fraction is no number.
    """
    return [Action(row.action_id, float(row.cost), float(row.lead_days), float(row.p), _fractions(row.action_id, row.phi),
                   row.exclusive_with if isinstance(row.exclusive_with, str) else "") for row in table.itertuples()]  # fmt: skip


def _fractions(action: str, phi: object) -> dict[str, float]:
    found = {}
    for piece in re.split(r"[;；]", phi) if isinstance(phi, str) else ():
        cause, _, value = piece.partition("=")
        try:
            found[cause.strip()] = float(value)
        except ValueError:
            raise DataError("library_phi", action=action, piece=piece.strip()) from None
    return found


def _draws(sizes: Mapping[str, float], why: Why, rng: int) -> pd.DataFrame:
    """Points of the causes as the data leave them open: the cell's own interval, the same for all its causes, and how much of the
    cell is the cause's, half as much either way at grade C, more at D."""
    generator = np.random.default_rng(rng)
    cells = why.cells.set_index("rank")
    error = ((cells["upper"] - cells["lower"]) / (2 * Z95) / cells["points"].abs()).fillna(0.0)
    of_cell = {rank: generator.normal(1.0, error[rank], DRAWS) for rank in sorted({c.cell_rank for c in why.causes})}
    found = {c.id: c for c in why.causes}
    return pd.DataFrame({cause: np.maximum(
        size * of_cell[found[cause].cell_rank] * generator.normal(1.0, ATTRIBUTION[found[cause].grade], DRAWS), 0
    ) for cause, size in sizes.items()})  # fmt: skip


def _disjoint(losses: Mapping[str, float], why: Why) -> dict[str, float]:
    """Each cell's points once: changes share what the best of them accounts for, and what a change accounts for is not counted
    again for the reasons it is felt by."""
    left = dict(losses)
    for rank in {c.cell_rank for c in why.causes}:
        of_cell = [c for c in why.causes if c.cell_rank == rank and c.id in left]
        softer = [c.id for c in of_cell if c.kind in ("reason", "driver")]
        changes = [c.id for c in of_cell if c.id not in softer]
        explained = max((left[id] for id in changes), default=0.0)
        whole = max((left[c.id] for c in of_cell), default=0.0)
        for ids, points_left in ((changes, explained), (softer, whole - explained)):
            total = sum(left[id] for id in ids)
            for id in ids:
                left[id] *= points_left / total if total else 0.0
    return left


def _verification(action: object, asked: Asked) -> dict:
    """How the action's effect will be seen."""
    return {"action": action.id, "metric": asked.caliber.key, "design": "difference_in_differences",
            "start_after_days": action.lead_days}  # fmt: skip
