"""Silent dissatisfied customers: who answers, what a score finds, what a repair does, and the comparisons that mislead."""

import numpy as np
import pandas as pd
import pytest
from pytest import approx
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from ccsat import worlds
from ccsat.worlds.at_risk import play_at_risk
from ccsat.worlds.patches import Setting
from ccsat.worlds.simulate import set_scene


@pytest.fixture(scope="module")
def world():
    return worlds.make("S09", rng=7)


@pytest.fixture(scope="module")
def customers(world):
    """Every studied customer with what analysts see, and the truth in a column of its own."""
    table = world.tables["experience"].merge(world.tables["customers"][["customer_id", "tenure_months"]])
    return table.assign(truly=table["customer_id"].isin(world.truth["latent"]["dissatisfied"]))


def test_respondents_say_what_is_true_and_others_nothing(customers):
    answered = customers["dissatisfied"].notna()
    assert (answered == customers["surveyed"]).all() and answered.mean() == approx(0.18, abs=0.01)
    assert (customers.loc[answered, "dissatisfied"] == customers.loc[answered, "truly"]).all()
    assert customers["truly"].mean() == approx(0.14, abs=0.008)
    assert customers.loc[answered, "truly"].mean() > customers.loc[~answered, "truly"].mean() + 0.02
    assert not customers.loc[~customers["truly"], "complained"].any()


def test_a_plain_score_finds_what_is_documented(customers, world):
    features = customers[["bill_shock", "repeats", "wait_s", "network_fault", "bot_failures", "tenure_months"]].astype(
        float
    )
    features = features.clip(
        upper=pd.Series({"repeats": 4, "wait_s": 150, "bot_failures": 4, "tenure_months": 80}), axis=1
    ).fillna(features)
    known, silent = customers["surveyed"], ~customers["surveyed"]
    model = LogisticRegression(C=1e6, max_iter=2000).fit(
        features[known], customers.loc[known, "dissatisfied"].astype(int)
    )
    score, truly = model.predict_proba(features[silent])[:, 1], customers.loc[silent, "truly"]
    assert roc_auc_score(truly, score) == approx(0.74, abs=0.02)
    assert roc_auc_score(truly, score) == approx(world.truth["latent"]["auc_silent"], abs=0.002)
    assert score.mean() == approx(world.truth["latent"]["predicted_silent"], abs=0.002)
    assert score.mean() > truly.mean() + 0.02


def test_the_top_fifth_is_chosen_and_a_random_half_is_held_out(world, customers):
    repairs = world.tables["repairs"]
    assert repairs["customer_id"].is_unique and repairs["customer_id"].isin(customers["customer_id"]).all()
    assert len(repairs) == approx(0.2 * len(customers), rel=0.02)
    assert (repairs["arm"] == "treat").mean() == approx(0.5, abs=0.03)
    risk = repairs.merge(customers[["customer_id", "truly", "wait_s"]]).groupby("arm")[["truly", "wait_s"]].mean()
    assert risk["truly"].diff().iloc[-1] == approx(0, abs=0.05)


def test_effects_are_those_of_the_same_customers(world):
    repair = world.truth["repair"]
    effects = {name: part["effect"] for name, part in repair["by_segment"].items()}
    assert effects["bill_shock_dissatisfied"] == approx(-0.20, abs=0.05)
    assert effects["other"] == approx(-0.03, abs=0.012)
    assert effects["network_only"] == 0
    assert min(repair["by_kind"], key=lambda kind: repair["by_kind"][kind]["effect"]) == repair["best"]
    sizes = [part["n"] for part in repair["by_segment"].values()]
    assert sum(sizes) == repair["chosen"] == len(world.tables["repairs"])
    total = sum(part["n"] * part["effect"] for part in repair["by_segment"].values()) / sum(sizes)
    assert total == approx(repair["effect"], abs=1e-12)


def test_wrong_comparisons_mislead_and_the_held_out_half_does_not(world, customers):
    repairs = world.tables["repairs"].assign(lost=lambda t: t["outcome_escalated"] | t["outcome_churn"])
    others = customers[~customers["customer_id"].isin(repairs["customer_id"])]
    treated, held = (repairs[repairs["arm"] == arm] for arm in ("treat", "hold"))
    assert treated["lost"].mean() > (others["escalated"] | others["churned"]).mean()
    assert held["csat_after"].mean() > held["csat_before"].mean() + 0.05
    difference = treated["lost"].mean() - held["lost"].mean()
    assert difference == approx(world.truth["repair"]["effect"], abs=0.03) and difference < -0.02


def test_only_one_outcome_is_seen():
    one = play_at_risk(set_scene(3, 0.1, Setting()))
    assert np.array_equal(one.lost[one.treated], one.lost_treated[one.treated])
    assert np.array_equal(one.lost[~one.treated], one.lost_held[~one.treated])
    assert not (one.treated & ~one.targeted).any()
    assert not (one.lost_treated & ~one.lost_held).any()


def test_contacts_are_read_as_usual(world):
    assert world.truth["verdict"] == "none" and world.truth["true_effect_points"] == 0
    assert world.centre.scale == "five" and len(world.centre.surveys) > 15_000
