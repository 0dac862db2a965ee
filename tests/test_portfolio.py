"""The action library of DOMAIN 6.6 and what holds of any portfolio."""

from dataclasses import replace
from itertools import chain, combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx

from ccsat.errors import StudyError
from ccsat.numerics.portfolio import Action, best_portfolio, regret, stability, uplift, uplift_draws

LIBRARY = (
    Action("a1", 5, 60, 0.7, {"rule": 0.60}),
    Action("a2", 2, 30, 0.8, {"rule": 0.20}),
    Action("a3", 3, 15, 0.8, {"rule": 0.25, "unresolved": 0.10}),
    Action("a4", 3, 20, 0.8, {"attitude": 0.20}),
    Action("a5", 4, 10, 0.9, {"attitude": 0.05}),
    Action("a6", 3, 45, 0.7, {"unresolved": 0.25}),
    Action("a7", 4, 30, 0.7, {"wait": 0.30}),
)
POINTS = {"rule": 2.2, "attitude": 1.3, "unresolved": 1.0, "wait": 0.5}


def test_sample_library():
    table = best_portfolio(LIBRARY, POINTS, budget=10, horizon_days=90)
    assert table["actions"].to_list()[:3] == [("a1", "a2", "a3"), ("a1", "a2", "a4"), ("a1", "a2", "a6")]
    assert table["uplift"].to_list()[:3] == approx([1.422528, 1.336160, 1.303160], abs=1e-9)
    tempting = uplift(("a4", "a5", "a6"), LIBRARY, POINTS, horizon_days=90)
    assert tempting == approx(0.432140, abs=1e-9)
    assert regret(table.loc[0, "uplift"], tempting) == approx(0.696, abs=5e-4)
    assert table.set_index("actions").loc[[("a4", "a5", "a6")], "regret"].item() == approx(0.696, abs=5e-4)


def test_a_shorter_horizon_changes_the_best_set():
    table = best_portfolio(LIBRARY, POINTS, budget=10, horizon_days=45)
    assert table.loc[0, "actions"] == ("a2", "a3", "a4")
    assert table.loc[0, "uplift"] == approx(1.009600, abs=1e-9)
    assert uplift(["a1"], LIBRARY, POINTS, horizon_days=45) == 0


def test_one_action_of_a_group():
    either = [replace(action, group="rule") if action.id in ("a1", "a2") else action for action in LIBRARY]
    table = best_portfolio(either, POINTS, budget=10, horizon_days=90)
    assert not any({"a1", "a2"} <= set(chosen) for chosen in table["actions"])
    assert table.loc[0, "actions"] == ("a1", "a3")


def test_nothing_to_do_is_an_answer():
    table = best_portfolio(LIBRARY, POINTS, budget=1, horizon_days=90)
    assert table["actions"].to_list() == [()] and table["regret"].to_list() == [0]
    assert stability(LIBRARY, pd.DataFrame([POINTS]), budget=1, horizon_days=90)["actions"].to_list() == [()]
    assert best_portfolio((), POINTS, budget=1, horizon_days=90)["uplift"].to_list() == [0]


def test_an_action_that_cannot_change_the_cause_is_in_no_set():
    table = best_portfolio((*LIBRARY, Action("b", 0, 5, 0.9, {"fee": 0.9})), POINTS, budget=10, horizon_days=90)
    assert not any("b" in chosen for chosen in table["actions"])


def test_stability():
    rng = np.random.default_rng(0)
    draws = pd.DataFrame({cause: rng.normal(points, 0.1 * points, 400) for cause, points in POINTS.items()})
    table = stability(LIBRARY, draws, budget=10, horizon_days=90, rng=1)
    assert table["share"].sum() == approx(1) and table.loc[0, "actions"] == ("a1", "a2", "a3")
    assert 0.6 < table.loc[0, "share"] < 1
    assert table.equals(stability(LIBRARY, draws, budget=10, horizon_days=90, rng=1))
    certain = stability(LIBRARY, pd.DataFrame([POINTS] * 3), budget=10, horizon_days=90, spread=0)
    assert certain["share"].to_list() == [1]


def test_wrong_actions_are_refused():
    with pytest.raises(StudyError, match="'a1'"):
        best_portfolio([LIBRARY[0], LIBRARY[0]], POINTS, budget=1, horizon_days=9)
    with pytest.raises(StudyError, match="'x'"):
        best_portfolio([Action("x", 1, 1, 1.2, {"rule": 0.1})], POINTS, budget=1, horizon_days=9)
    with pytest.raises(StudyError, match="'x'"):
        uplift(["x"], LIBRARY, POINTS, horizon_days=9)


def some_actions(rng, n, causes):
    """Actions of whole costs, each mending two causes at random; the first three exclude each other."""
    return [Action(f"x{i:02d}", float(rng.integers(1, 6)), 10, float(rng.uniform(0.3, 1)),
                   {f"c{j}": float(rng.uniform(0, 0.8)) for j in rng.choice(causes, 2, replace=False)}, group="g" if i < 3 else "",
                   owner="ab"[i % 2]) for i in range(n)]  # fmt: skip


@pytest.mark.parametrize("n", [14, 15, 16])
def test_integer_programming_finds_what_enumeration_finds(n):
    rng = np.random.default_rng(n)
    actions, points = some_actions(rng, n, 5), {f"c{j}": float(rng.uniform(0.1, 3)) for j in range(5)}
    limits = {"budget": 11, "horizon_days": 90, "capacity": {"a": 6}}
    tried, solved = best_portfolio(actions, points, **limits), best_portfolio(actions, points, **limits, most=0)
    assert len(tried) > 200 and len(solved) == 5 and solved["gap"].eq(0).all()
    assert solved["actions"].to_list() == tried["actions"].to_list()[:5]
    assert solved["uplift"].to_numpy() == approx(tried["uplift"].to_numpy()[:5], abs=1e-9)


def test_more_actions_than_can_be_tried_are_solved_and_limits_hold():
    rng = np.random.default_rng(3)
    actions, points = some_actions(rng, 26, 6), {f"c{j}": float(rng.uniform(0.1, 3)) for j in range(6)}
    table = best_portfolio(actions, points, budget=12, horizon_days=90, capacity={"a": 5})
    by_id = {action.id: action for action in actions}
    assert table["gap"].eq(0).all() and table["regret"].is_monotonic_increasing and table.loc[0, "regret"] == 0
    for row in table.itertuples():
        assert sum(by_id[id].cost for id in row.actions) == row.cost <= 12
        assert sum(by_id[id].cost for id in row.actions if by_id[id].owner == "a") <= 5
        assert sum(by_id[id].group == "g" for id in row.actions) <= 1
        assert row.uplift == approx(uplift(row.actions, actions, points, horizon_days=90), abs=1e-12)
    best = set(table.loc[0, "actions"])
    for out in best:  # no exchange of one for another is better
        for new in {action.id for action in actions} - best:
            swapped = (best - {out}) | {new}
            spent = (
                sum(by_id[id].cost for id in swapped),
                sum(by_id[id].cost for id in swapped if by_id[id].owner == "a"),
            )
            if spent[0] <= 12 and spent[1] <= 5 and sum(by_id[id].group == "g" for id in swapped) <= 1:
                assert uplift(swapped, actions, points, horizon_days=90) <= table.loc[0, "uplift"] + 1e-9
    draws = pd.DataFrame([points] * 4) * rng.uniform(0.9, 1.1, (4, 6))
    firm = stability(actions, draws, budget=12, horizon_days=90, capacity={"a": 5}, spread=0)
    assert firm["share"].sum() == approx(1)
    exact = best_portfolio(actions, dict(draws.iloc[0]), budget=12, horizon_days=90, capacity={"a": 5}).loc[
        0, "actions"
    ]
    assert exact in firm["actions"].to_list()


def test_a_department_can_do_only_so_much():
    owned = [replace(action, owner="centre" if action.id in ("a3", "a4", "a6") else "other") for action in LIBRARY]
    table = best_portfolio(owned, POINTS, budget=10, horizon_days=90, capacity={"centre": 0})
    assert table.loc[0, "actions"] == ("a1", "a2") and not any(
        {"a3", "a4", "a6"} & set(chosen) for chosen in table["actions"]
    )


def test_draws_of_a_set_spread_with_points_and_ranges():
    sure, wide = Action("s", 1, 1, 0.5, {"u": 0.4}), Action("w", 1, 1, (0.3, 0.5, 0.7), {"u": (0.2, 0.4, 0.6)})
    points = pd.DataFrame({"u": [1.0] * 4000})
    still, moving = (uplift_draws([a.id], [a], points, horizon_days=9) for a in (sure, wide))
    assert np.ptp(still) == 0 and still[0] == approx(0.2)
    assert moving.mean() == approx(0.2, abs=0.005) and moving.std() > 0.03
    assert uplift_draws(["s"], [replace(sure, lead_days=99)], points, horizon_days=9).max() == 0


PART = st.floats(0, 1)
ACTIONS = st.lists(st.tuples(st.integers(0, 5), st.integers(1, 9), PART, PART, PART), max_size=6)


@settings(max_examples=60, deadline=None)
@given(ACTIONS, st.integers(0, 12))
def test_no_other_set_within_the_budget_is_better(drawn, budget):
    actions = [Action(f"x{i}", c, t, p, {"u": f, "v": g}) for i, (c, t, p, f, g) in enumerate(drawn)]
    points = {"u": 2.0, "v": 0.7}
    best = best_portfolio(actions, points, budget=budget, horizon_days=5).loc[0, "uplift"]
    ids = [action.id for action in actions]
    for chosen in chain.from_iterable(combinations(ids, k) for k in range(len(ids) + 1)):
        if sum(action.cost for action in actions if action.id in chosen) <= budget:
            assert uplift(chosen, actions, points, horizon_days=5) <= best + 1e-9
