"""What a repair does: only the random half tells; every other comparison is refused. Holdouts by seed, and how many they need."""

import numpy as np
import pandas as pd
import pytest

from ccsat import proactive
from ccsat.errors import ColumnError, DataError, StudyError
from ccsat.estimates import newcombe
from ccsat.proactive.holdout import detectable_drop
from ccsat.wording import LANGUAGES, speaking

REPAIRS = pd.DataFrame({
    "customer_id": np.arange(800), "arm": ["treat", "hold"] * 400, "kind": np.repeat(["bill", "network"], 400),
    "left": np.concatenate([np.tile([0, 1], 40), np.tile([0, 0], 160), np.tile([1, 1], 20), np.tile([0, 0], 180)]).astype(int)})  # fmt: skip


def trial(n, effects, seed):
    """A trial with a true fall of the bad outcome in each segment, of 30 % held out."""
    rng = np.random.default_rng(seed)
    kind = rng.choice(list(effects), n)
    treated = rng.random(n) < 0.5
    rate = 0.3 - np.where(treated, [effects[one] for one in kind], 0.0)
    return pd.DataFrame(
        {
            "arm": np.where(treated, "treat", "hold"),
            "kind": kind,
            "left": rng.random(n) < rate,
            "old": rng.normal(size=n),
        }
    )


# Uplift -----------------------------------------------------------------------------------------


def test_uplift_is_held_out_less_treated():
    rows = proactive.measure_uplift(REPAIRS, outcome="left", segments="kind").table.set_index("segment")
    bill = rows.loc["bill"]
    assert (bill["n_treat"], bill["n_hold"], bill["rate_treat"], bill["rate_hold"]) == (200, 200, 0.0, 0.2)
    assert bill["uplift"] == pytest.approx(0.2)
    assert (bill["lower"], bill["upper"]) == pytest.approx(newcombe(40, 200, 0, 200))
    assert rows.loc["network", "uplift"] == 0 and rows.loc["network", "advice"] == "not_shown"
    assert bill["advice"] == "repair" and rows.loc["all", "n_treat"] == 400


def test_several_segments_are_allowed_for():
    rows = proactive.measure_uplift(
        trial(3000, {name: 0.0 for name in "abcde"}, 1), outcome="left", segments="kind"
    ).table
    inner = rows.iloc[1:]
    assert (inner["p_adjusted"] >= inner["p_value"]).all()
    assert (inner["lower_all"] < inner["lower"]).all() and (inner["upper_all"] > inner["upper"]).all()


def test_a_repair_that_does_nothing_is_seldom_advised():
    advised = [
        proactive.measure_uplift(
            trial(1000, {name: 0.0 for name in "abcd"}, seed), outcome="left", segments="kind"
        ).chosen()
        for seed in range(50)
    ]
    assert sum(map(bool, advised)) <= 5  # 2.5 % of trials by the joint level


def test_a_repair_that_works_is_found_and_harm_stopped():
    found = proactive.measure_uplift(
        trial(4000, {"good": 0.15, "none": 0.0, "bad": -0.15}, 3), outcome="left", segments="kind"
    )
    assert found.chosen() == ["good"]
    assert found.table.set_index("segment")["advice"].to_dict() == {
        "all": "not_shown",
        "good": "repair",
        "none": "not_shown",
        "bad": "stop",
    }
    assert found.unlike_p < 1e-6 and found.grade == "A"


def test_intervals_hold_the_true_uplift():
    held = []
    for seed in range(100):
        row = proactive.measure_uplift(trial(600, {"a": 0.08}, seed), outcome="left").table.iloc[0]
        held.append(row["lower"] <= 0.08 <= row["upper"])
    assert 0.89 <= np.mean(held) <= 0.995


def test_any_of_several_outcomes_counts():
    rows = REPAIRS.assign(other=[0, 0, 1, 0] * 200)
    both = proactive.measure_uplift(rows, outcome=["left", "other"]).table.iloc[0]
    either = ((rows["left"] == 1) | (rows["other"] == 1)).groupby(rows["arm"]).mean()
    assert (both["rate_hold"], both["rate_treat"]) == pytest.approx((either["hold"], either["treat"]))


def test_segments_by_rules_take_the_first_that_holds():
    rows = trial(2000, {"a": 0.1}, 5).assign(shock=lambda t: t.index % 4 == 0, repeats=lambda t: t.index % 3)
    found = proactive.measure_uplift(
        rows, outcome="left", segments={"shock": "shock = 1", "again": "repeats >= 1"}, registered=True
    )
    assert found.table["segment"].tolist() == ["all", "shock", "again", "other"]
    assert found.table["n_treat"].iloc[1:].sum() == found.table["n_treat"].iloc[0]
    assert any(key == "caveat.proactive_many" for key, _ in found.caveats)
    assert any(
        key == "caveat.proactive_unregistered"
        for key, _ in proactive.measure_uplift(rows, outcome="left", segments="kind").caveats
    )


def test_small_segments_get_no_verdict():
    rows = trial(1000, {"a": 0.2}, 6)
    rows.loc[:24, "kind"] = "few"
    found = proactive.measure_uplift(rows, outcome="left", segments="kind")
    assert found.table.set_index("segment").loc["few", "advice"] == "too_few"


# What is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("against", "zh", "en"),
    [("not_targeted", "挑选", "shows the choice"), ("before", "向均值回归", "regression to the mean")],
)
def test_unfair_comparisons_are_refused_with_the_reason(against, zh, en):
    with pytest.raises(DataError) as caught:
        proactive.measure_uplift(REPAIRS, outcome="left", against=against)
    assert zh in caught.value.message("zh") and en in caught.value.message("en")
    assert "hold" in caught.value.message("en").split("\n")[1]


def test_customers_who_were_not_targeted_are_refused():
    mixed = pd.concat([REPAIRS, REPAIRS.head(50).assign(arm=None)], ignore_index=True)
    with speaking("en"), pytest.raises(DataError, match="50 customers have no arm"):
        proactive.measure_uplift(mixed, outcome="left")


def test_without_a_holdout_there_is_no_uplift():
    with speaking("en"), pytest.raises(DataError, match="nobody was held out"):
        proactive.measure_uplift(REPAIRS[REPAIRS["arm"] == "treat"], outcome="left")
    with pytest.raises(DataError, match="hold"):
        proactive.measure_uplift(REPAIRS.assign(arm=["treat", "other"] * 400), outcome="left")


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"outcome": "lefft"}, ColumnError),
        ({"outcome": "customer_id"}, ColumnError),
        ({"against": "last_year"}, StudyError),
        ({"segments": {}}, StudyError),
    ],
)
def test_bad_calls_are_refused(more, error):
    with pytest.raises(error):
        proactive.measure_uplift(REPAIRS, **{"outcome": "left"} | more)


def test_broken_assignments_are_told():
    skewed = REPAIRS.drop(REPAIRS[REPAIRS["arm"] == "hold"].index[:150])
    assert any(
        key == "caveat.proactive_split"
        for key, _ in proactive.measure_uplift(skewed, outcome="left", held_share=0.5).caveats
    )
    unlike = trial(1000, {"a": 0.0}, 8)
    unlike["old"] += unlike["arm"].eq("treat") * 1.0
    assert any(
        key == "caveat.proactive_unlike"
        for key, _ in proactive.measure_uplift(unlike, outcome="left", alike=["old"]).caveats
    )
    assert not any(key in ("caveat.proactive_unlike", "caveat.proactive_split")
                   for key, _ in proactive.measure_uplift(trial(1000, {"a": 0.0}, 9), outcome="left", alike=["old"], held_share=0.5).caveats)  # fmt: skip


# Holdouts ---------------------------------------------------------------------------------------


def test_a_holdout_depends_on_seed_and_ids_only():
    rows = pd.DataFrame({"customer_id": [f"U{i}" for i in range(501)], "kind": ["a", "b", "c"] * 167})
    one = proactive.assign_holdout(rows, seed=4, strata=["kind"]).table.set_index("customer_id")["arm"]
    shuffled = proactive.assign_holdout(rows.sample(frac=1, random_state=1), seed=4, strata=["kind"]).table.set_index(
        "customer_id"
    )["arm"]
    other = proactive.assign_holdout(rows, seed=5, strata=["kind"]).table.set_index("customer_id")["arm"]
    assert shuffled.reindex(one.index).equals(one) and (one != other).mean() > 0.3
    sizes = pd.crosstab(rows["kind"].to_numpy(), one.to_numpy())
    assert (abs(sizes["hold"] - 83.5) <= 0.5).all()


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_everyone_has_the_same_chance_to_be_held_out(share):
    rows = pd.DataFrame({"customer_id": range(40)})
    held = (
        sum(
            (proactive.assign_holdout(rows, seed=seed, share=share).table["arm"] == "hold").to_numpy()
            for seed in range(120)
        )
        / 120
    )
    assert abs(held.mean() - share) < 0.01 and np.abs(held - share).max() < 0.12


@pytest.mark.parametrize(("rows", "more", "error"), [
    (pd.DataFrame({"customer_id": [1, 1, 2]}), {}, DataError), (pd.DataFrame({"customer_id": [1, 2]}), {"share": 1.0}, StudyError),
    (pd.DataFrame({"customer_id": [1, 2]}), {"strata": ["kind"]}, ColumnError), (pd.DataFrame({"id": [1, 2]}), {}, ColumnError),
])  # fmt: skip
def test_impossible_holdouts_are_refused(rows, more, error):
    with pytest.raises(error):
        proactive.assign_holdout(rows, seed=1, **more)


def test_a_plan_needs_what_power_prop_test_needs():
    """R: power.prop.test(p1 = .20, p2 = .15, power = .8) gives n = 905.3 a group."""
    plan = proactive.plan_holdout(0.20, [0.05, 0.10], available=1000)
    assert plan.table["n_arm"].tolist() == [906, 199]
    assert plan.table["enough"].tolist() == [False, True]
    assert detectable_drop(0.20, 906, 906) == pytest.approx(0.05, abs=2e-4)
    assert 0.05 < plan.detectable < 0.10
    for bad in ((0.2, 0.2), (0.0, 0.1), (0.2, -0.1)):
        with pytest.raises(StudyError):
            proactive.plan_holdout(*bad)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_holdouts_and_plans_speak(lang):
    with speaking(lang):
        for words in (
            proactive.assign_holdout(REPAIRS, seed=1).sentence(),
            proactive.plan_holdout(0.2, 0.05).sentence(),
            proactive.measure_uplift(REPAIRS, outcome="left", segments="kind").sentence(),
        ):
            assert words and "{" not in words
