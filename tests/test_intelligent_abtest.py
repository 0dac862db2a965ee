"""A/B tests: samples and bounds against published tables, peeking refused, and each decision from made-up arms."""

import numpy as np
import pandas as pd
import pytest

from ccsat.errors import DataError
from ccsat.numerics.sequential import crossing, inflation, obrien_fleming, peeking_size
from ccsat.touchpoints.abtest import DECISIONS, evaluate_test, plan_test
from ccsat.wording import LANGUAGES, speaking, text

# Jennison and Turnbull (2000), tables 2.3 and 2.4 (alpha .05, power .8), and table 2.1: repeated tests at 5 %.
OBF = {2: (1.977, 1.008), 3: (2.004, 1.017), 4: (2.024, 1.024), 5: (2.040, 1.028)}
REPEATED = {2: 0.083, 5: 0.142, 10: 0.193}


@pytest.mark.parametrize(("looks", "expected"), OBF.items())
def test_bounds_and_inflation_are_the_published_ones(looks, expected):
    bounds = obrien_fleming(looks)
    assert (bounds[-1], inflation(bounds)) == pytest.approx(expected, abs=6e-4)
    assert bounds[0] == pytest.approx(bounds[-1] * np.sqrt(looks))
    assert crossing(bounds).sum() == pytest.approx(0.05, abs=1e-7)


@pytest.mark.parametrize(("looks", "expected"), REPEATED.items())
def test_looking_again_and_again_raises_false_alarms(looks, expected):
    assert peeking_size(looks) == pytest.approx(expected, abs=5e-4)


def test_the_chances_are_those_of_simulated_looks():
    rng = np.random.default_rng(5)
    score = np.cumsum(rng.normal(0.9, 1, (200_000, 3)), axis=1) / np.sqrt([1, 2, 3])
    bounds = obrien_fleming(3)
    over = np.abs(score) >= bounds
    first = np.where(over.any(1), over.argmax(1), -1)
    drift = 0.9 * np.sqrt(3)
    assert crossing(bounds, drift=drift) == pytest.approx([(first == k).mean() for k in range(3)], abs=4e-3)


def test_the_sample_is_that_of_power_prop_test():
    assert (
        plan_test(0.5, 0.25, power=0.9).n_arm == 77
    )  # R's own example: power.prop.test(p1 = .50, p2 = .75, power = .90) gives n = 76.7
    assert plan_test(0.82, -0.02, design_effect=2).n_arm == pytest.approx(2 * plan_test(0.82, -0.02).n_arm, abs=1)
    several = plan_test(0.82, 0.02, looks=4, flow=700)
    assert several.n_arm == pytest.approx(several.n_fixed * 1.0239, rel=1e-3)
    assert several.table["day"].iloc[-1] == np.ceil(2 * several.n_arm / 700) == several.days
    assert several.table["spent"].iloc[-1] == pytest.approx(0.05, abs=1e-6)


@pytest.mark.parametrize("wrong", [{"baseline": 1.2, "smallest": 0.1}, {"baseline": 0.5, "smallest": 0.0}, {"baseline": 0.5, "smallest": 0.6}, {"baseline": 0.5, "smallest": 0.1, "looks": 0},
                                   {"baseline": 0.5, "smallest": 0.1, "looks": 40}, {"baseline": 0.5, "smallest": 0.1, "power": 0.2}, {"baseline": 0.5, "smallest": 0.1, "flow": -1}])  # fmt: skip
def test_plans_that_make_no_sense_are_refused(wrong):
    with pytest.raises(DataError):
        plan_test(**wrong)


def arms(n, good_a, good_b, n_b=None, **guard):
    """Two arms with exactly these shares."""
    n_b = n_b or n
    made = pd.DataFrame(
        {
            "arm": ["a"] * n + ["b"] * n_b,
            "good": [1] * round(n * good_a)
            + [0] * (n - round(n * good_a))
            + [1] * round(n_b * good_b)
            + [0] * (n_b - round(n_b * good_b)),
        }
    )
    for name, (one, other) in guard.items():
        made[name] = (
            [1] * round(n * one)
            + [0] * (n - round(n * one))
            + [1] * round(n_b * other)
            + [0] * (n_b - round(n_b * other))
        )
    return made


PLAN = plan_test(0.6, 0.05)
N = PLAN.n_arm


@pytest.mark.parametrize(
    ("table", "guardrails", "decision"),
    [
        (arms(N, 0.60, 0.66), None, "adopt"),
        (arms(N, 0.60, 0.54), None, "reject"),
        (arms(4 * N, 0.60, 0.601), None, "no_difference"),
        (arms(N, 0.60, 0.62), None, "not_shown"),
        (arms(N, 0.60, 0.66, bad=(0.05, 0.15)), {"bad": ("low", 0.02)}, "guardrail"),
        (arms(N, 0.60, 0.66, bad=(0.05, 0.06)), {"bad": ("low", 0.02)}, "guardrail"),  # may be 2 points worse
        (arms(N, 0.60, 0.66, bad=(0.05, 0.04)), {"bad": ("low", 0.02)}, "adopt"),
        (arms(N, 0.60, 0.66, n_b=round(1.2 * N)), None, "broken"),
    ],
)
def test_each_decision(table, guardrails, decision):
    found = evaluate_test(table, PLAN, control="a", primary="good", guardrails=guardrails)
    assert found.decision == decision, found.table
    assert set(found.table["role"]) <= {"primary", "guardrail"} and found.arms == ("b", "a")
    for lang in LANGUAGES:
        with speaking(lang):
            assert found.sentence() and "{" not in found.sentence()


def test_peeking_is_refused_and_planned_looks_are_not():
    with pytest.raises(DataError) as refused:
        evaluate_test(arms(N - 1, 0.60, 0.80), PLAN, control="a", primary="good")
    assert refused.value.key == "abtest_peek" and str(N) in str(refused.value)
    several = plan_test(0.6, 0.05, looks=4)
    first = int(several.table["n_arm"].iloc[0])
    with pytest.raises(DataError):
        evaluate_test(arms(first - 1, 0.60, 0.66), several, control="a", primary="good")
    assert evaluate_test(arms(first, 0.60, 0.66), several, control="a", primary="good").decision == "continue"
    early = evaluate_test(arms(first, 0.60, 0.80), several, control="a", primary="good")
    assert (early.decision, early.look) == ("adopt", 1) and early.table["change_lower"].iloc[0] > 0


def test_the_interval_holds_zero_exactly_where_the_bound_is_not_passed():
    several = plan_test(0.6, 0.05, looks=3)
    n = int(several.table["n_arm"].iloc[0])
    for other in np.linspace(0.6, 0.75, 16):
        found = evaluate_test(arms(n, 0.6, float(other)), several, control="a", primary="good")
        if abs(abs(found.z) - found.bound) > 0.06:  # Newcombe's interval and the pooled test part by a hair
            assert (found.table["change_lower"].iloc[0] > 0) == (found.z >= found.bound)


def test_lower_may_be_better_and_clusters_widen():
    table = arms(N, 0.60, 0.54)
    assert evaluate_test(table, PLAN, control="a", primary="good", better="low").decision == "adopt"
    heavy = table.assign(customer=[f"{arm}{k // 50}" for k, arm in enumerate(table["arm"])])
    wide = evaluate_test(heavy, PLAN, control="a", primary="good", cluster="customer").table.iloc[0]
    plain = evaluate_test(table, PLAN, control="a", primary="good").table.iloc[0]
    assert wide["change_upper"] - wide["change_lower"] > 3 * (plain["change_upper"] - plain["change_lower"])


@pytest.mark.parametrize(
    "more", [{"control": "c"}, {"primary": "other"}, {"primary": "arm"}, {"guardrails": {"none": ("low", 0.1)}}]
)
def test_wrong_columns_are_refused_by_name(more):
    with pytest.raises((DataError, ValueError)):
        evaluate_test(arms(N, 0.6, 0.6), PLAN, **({"control": "a", "primary": "good"} | more))


def test_false_alarms_stay_at_five_per_cent_over_planned_looks():
    """Both arms alike, four looks: the chance of ever stopping."""
    rng = np.random.default_rng(11)
    bounds, step = obrien_fleming(4), 400
    z = np.empty((4000, 4))
    a, b = rng.binomial(step, 0.6, (4000, 4)).cumsum(1), rng.binomial(step, 0.6, (4000, 4)).cumsum(1)
    for k in range(4):
        n = step * (k + 1)
        pooled = (a[:, k] + b[:, k]) / (2 * n)
        z[:, k] = (b[:, k] - a[:, k]) / n / np.sqrt(pooled * (1 - pooled) * 2 / n)
    assert (np.abs(z) >= bounds).any(1).mean() == pytest.approx(0.05, abs=0.01)


def test_every_decision_has_words():
    for lang in LANGUAGES:
        assert len({text(f"abtest.decision.{code}", lang) for code in DECISIONS}) == len(DECISIONS)
