"""Latent-dissatisfied customers: weights for the silent, calibrated risks, lists with reasons, rules, drift; on small made-up centres with a known truth."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from ccsat import proactive
from ccsat.errors import CcsatError, ColumnError, DataError, StudyError
from ccsat.figures.proactive import plot_calibration, plot_capture, plot_uplift
from ccsat.proactive import figures_of, weights
from ccsat.proactive.drift import psi
from ccsat.proactive.views import show_drift, show_latent, show_list, show_participation, show_triggers, show_uplift
from ccsat.wording import LANGUAGES, speaking


def made(n=12_000, seed=1, gamma=0.9, at=False, own=0.0):
    """Customers whose dissatisfaction moves them to answer by `gamma` (log odds), with the truth beside them."""
    rng = np.random.default_rng(seed)
    late, shock, wait = rng.poisson(0.6, n), rng.random(n) < 0.15, np.round(rng.exponential(60, n))
    truth = rng.random(n) < expit(-2.6 + 0.9 * np.minimum(late, 4) + 1.5 * shock + 0.006 * np.minimum(wait, 200))
    answered = rng.random(n) < expit(-1.4 + gamma * truth + own * shock)
    frame = pd.DataFrame({
        "customer_id": [f"K{i:05d}" for i in range(n)], "late_deliveries": late, "price_shock": shock, "wait_s": wait,
        "answered": answered, "unhappy": pd.Series(truth, dtype="boolean").where(answered), "name": "x",
        "cancelled": rng.random(n) < np.where(truth, 0.45, 0.05), "complained": truth & (rng.random(n) < 0.1)})  # fmt: skip
    if at:
        frame["asked_at"] = pd.Timestamp("2025-01-01") + pd.to_timedelta(np.arange(n) % 90, unit="D")
    return frame, truth


@pytest.fixture(scope="module")
def centre():
    frame, truth = made()
    return proactive.take_customers(frame, outcome="unhappy"), truth


@pytest.fixture(scope="module")
def found(centre):
    return proactive.find_latent(centre[0], rng=3)


# Customers --------------------------------------------------------------------------------------


def test_columns_find_their_roles(centre):
    customers, _ = centre
    assert customers.features == ("late_deliveries", "price_shock", "wait_s")
    assert customers.anchors == ("cancelled", "complained")  # what follows dissatisfaction is never a feature
    assert dict(customers.left_out) == {"answered": "participation", "name": "text"}
    assert any(key == "caveat.proactive_anchors" for key, _ in customers.caveats)


def test_an_outcome_among_the_features_is_told():
    frame, _ = made(3000)
    named = proactive.take_customers(frame, outcome="unhappy", features=["wait_s", "complained"])
    assert [values["columns"] for key, values in named.caveats if key == "caveat.proactive_leak"] == ["'complained'"]


@pytest.mark.parametrize(
    ("more", "error", "words"),
    [
        ({"outcome": "wait_s"}, ColumnError, "yes or no"),
        ({"outcome": "unhapy"}, ColumnError, "unhappy"),
        ({"features": ["name"]}, ColumnError, "neither numbers nor yes/no"),
        ({"features": ["wait_s"], "anchors": ["wait_s"]}, ColumnError, "something else"),
        ({"id": "name"}, DataError, "aggregate by customer"),
        ({"at": "name"}, ColumnError, "no dates"),
    ],
)
def test_what_cannot_be_used_is_refused(more, error, words):
    frame, _ = made(2000)
    with speaking("en"), pytest.raises(error) as caught:
        proactive.take_customers(frame, **{"outcome": "unhappy"} | more)
    assert words in str(caught.value)


def test_too_few_answers_are_refused():
    frame, _ = made(200)
    with pytest.raises(DataError):
        proactive.take_customers(frame, outcome="unhappy")


# Weights ----------------------------------------------------------------------------------------


def test_anchors_tell_what_the_silent_would_have_said(centre):
    customers, truth = centre
    silent = truth[~customers.answered].mean()
    shares = proactive.weigh_answers(customers)
    by_features = proactive.weigh_answers(customers, how="features")
    assert shares.how == "answer"
    assert abs(shares.share - silent) < 0.02 and shares.share_lower <= silent <= shares.share_upper
    assert shares.plain - silent > 0.06 and by_features.share - silent > 0.04  # neither plain nor by features
    assert shares.gamma_lower <= 0.9 <= shares.gamma_upper
    bounds = shares.table.set_index("assumption").loc["bounds"]
    assert (bounds["lower"], bounds["upper"]) == (0, 1)
    ratios = shares.table[shares.table["assumption"] == "odds_ratio"]
    assert ratios["share"].is_monotonic_decreasing  # keener dissatisfied mean fewer among the silent
    assert any(key == "caveat.proactive_unseen" for key, _ in by_features.caveats)


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    held = []
    for seed in range(40):
        frame, truth = made(4000, seed=100 + seed)
        shares = proactive.weigh_answers(proactive.take_customers(frame, outcome="unhappy"))
        silent = truth[frame["unhappy"].isna()].mean()
        held.append(shares.share_lower <= silent <= shares.share_upper)
    assert np.mean(held) >= 0.88  # 95 % less three errors of 40 draws


def test_where_the_answer_moves_nobody_both_weights_agree():
    frame, truth = made(gamma=0.0, seed=5)
    customers = proactive.take_customers(frame, outcome="unhappy")
    one, two = proactive.weigh_answers(customers), proactive.weigh_answers(customers, how="features")
    assert one.gamma_lower < 0 < one.gamma_upper
    assert abs(one.share - two.share) < 0.02


def test_a_feature_that_moves_people_to_answer_is_noticed_and_can_be_named():
    frame, truth = made(20_000, own=2.5, seed=7)
    customers = proactive.take_customers(frame, outcome="unhappy")
    silent = truth[~customers.answered].mean()
    shares = proactive.weigh_answers(customers)
    named = proactive.weigh_answers(customers, drivers=["price_shock"])
    assert shares.agree_p < 0.01 and any(key == "caveat.proactive_disagree" for key, _ in shares.caveats)
    assert abs(named.share - silent) < abs(shares.share - silent) and named.share_lower <= silent <= named.share_upper
    with pytest.raises(ColumnError):
        proactive.weigh_answers(customers, drivers=["wait"])


def test_without_anchors_weights_are_by_features_and_say_so():
    frame, _ = made(3000)
    customers = proactive.take_customers(frame.drop(columns=["cancelled", "complained"]), outcome="unhappy")
    shares = proactive.weigh_answers(customers)
    assert shares.how == "features" and any(key == "caveat.proactive_unseen" for key, _ in shares.caveats)
    with pytest.raises(StudyError):
        proactive.weigh_answers(customers, how="answer")


def test_equal_weights_are_plain_shares():
    answered = np.arange(400) % 4 == 0
    d = np.tile([0.0, 0.0, 1.0, 0.0], 25)
    odds = weights.by_features(np.zeros((400, 0)), answered, d)
    assert odds.share == pytest.approx(0.25) and odds.weight == pytest.approx(np.full(100, 3.0))


# Figures of a score -----------------------------------------------------------------------------


def test_auc_is_sklearns_and_weights_count_as_copies():
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(0)
    score, d, w = (
        np.round(rng.normal(size=300), 1),
        (rng.random(300) < 0.3).astype(float),
        rng.integers(1, 4, 300).astype(float),
    )
    assert figures_of.auc(score, d, np.ones(300), "auc").value == pytest.approx(roc_auc_score(d, score))
    assert figures_of.auc(score, d, w, "auc").value == pytest.approx(roc_auc_score(d, score, sample_weight=w))


def test_auc_interval_is_delongs():
    """pROC (R): ci.auc of this small case gives a standard error of 0.1250 by DeLong."""
    score, d = np.array([1.0, 2, 3, 4, 5, 6, 7, 8]), np.array([0.0, 0, 1, 0, 1, 0, 1, 1])
    v10 = np.array([(s > score[d == 0]).mean() for s in score[d == 1]])
    v01 = np.array([(score[d == 1] > s).mean() for s in score[d == 0]])
    delong = np.sqrt(v10.var() / 4 + v01.var() / 4)  # population variances, as the placements are weighted here
    value = figures_of.auc(score, d, np.ones(8), "auc")
    expected = weights.interval(0.8125, delong)
    assert value.value == pytest.approx(0.8125) and (value.lower, value.upper) == pytest.approx(expected)


def test_calibration_of_a_known_shift():
    rng = np.random.default_rng(2)
    p = expit(rng.normal(-1.5, 1, 60_000))
    d = (rng.random(len(p)) < p).astype(float)
    right = {one.key: one for one in figures_of.calibration(p, d, np.ones(len(p)))}
    off = {one.key: one for one in figures_of.calibration(expit(2 * np.log(p / (1 - p)) + 0.5), d, np.ones(len(p)))}
    assert abs(right["in_large"].value) < 0.005 and right["slope"].lower <= 1 <= right["slope"].upper
    assert off["slope"].value == pytest.approx(0.5, abs=0.02)
    assert right["intercept"].lower <= 0 <= right["intercept"].upper


def test_capture_and_precision_are_counts():
    d, score = np.array([1.0, 0, 1, 0, 0, 0, 0, 0, 1, 0]), np.arange(10, 0, -1.0)
    capture, precision, lift = figures_of.at_capacity(score, d, np.ones(10), 0.3, 8.0)
    assert (capture.value, precision.value, lift.value) == pytest.approx((2 / 3, 2 / 3, 2 / 3 / 0.3))
    assert precision.n == 3


# The score --------------------------------------------------------------------------------------


def test_risks_of_the_silent_rank_and_count(centre, found):
    customers, truth = centre
    silent = ~customers.answered
    risk, raw = (found.scores.loc[silent, name].to_numpy() for name in ("risk", "risk_raw"))
    assert figures_of.auc(risk, truth[silent].astype(float), np.ones(silent.sum()), "auc").value > 0.72
    assert abs(risk.mean() - truth[silent].mean()) < 0.02 < raw.mean() - truth[silent].mean()
    assert abs(found.figure("in_large").value) < abs(found.figure("in_large_raw").value)
    assert found.figure("slope").lower < 1 < found.figure("slope").upper
    assert set(found.table["key"]) >= {"prevalence", "auc_silent", "capture", "precision", "lift"}


def test_the_same_seed_gives_the_same_risks(centre, found):
    again = proactive.find_latent(centre[0], rng=3)
    pd.testing.assert_frame_equal(again.scores, found.scores)
    pd.testing.assert_frame_equal(again.table, found.table)


def test_with_times_the_later_answers_judge():
    frame, _ = made(6000, at=True)
    made_of = proactive.find_latent(proactive.take_customers(frame, outcome="unhappy", at="asked_at"))
    assert made_of.split == "time" and not any(key == "caveat.proactive_random_split" for key, _ in made_of.caveats)


def test_trees_are_chosen_only_where_they_tell_more():
    rng = np.random.default_rng(4)
    n = 6000
    one, two = rng.random(n) < 0.5, rng.random(n) < 0.5
    truth = rng.random(n) < np.where(one ^ two, 0.7, 0.1)  # no line tells this
    frame = pd.DataFrame(
        {
            "customer_id": np.arange(n),
            "one": one,
            "two": two,
            "bad": pd.Series(truth, dtype="boolean").where(rng.random(n) < 0.4),
        }
    )
    assert proactive.find_latent(proactive.take_customers(frame, outcome="bad")).risk_model.kind == "boosting"


def test_a_model_of_nothing_says_that_it_is_weak():
    frame, _ = made(4000)
    noise = frame[["customer_id", "unhappy"]].assign(noise=np.random.default_rng(0).random(4000))
    weak = proactive.find_latent(proactive.take_customers(noise, outcome="unhappy"))
    assert any(key == "caveat.proactive_weak" for key, _ in weak.caveats)


def test_gaps_in_features_are_no_error():
    frame, _ = made(4000)
    frame.loc[::7, "wait_s"] = np.nan
    assert proactive.find_latent(proactive.take_customers(frame, outcome="unhappy")).scores["risk"].notna().all()


# Lists and rules --------------------------------------------------------------------------------


def test_a_list_is_as_long_as_the_capacity_and_says_why(centre, found):
    customers, truth = centre
    listed = proactive.capacity_list(found, capacity=0.10)
    rows = listed.table
    assert len(rows) == round(0.10 * (~customers.answered).sum())
    assert rows["risk"].is_monotonic_decreasing and not set(rows["customer_id"]) & set(
        customers.frame.loc[customers.answered, "customer_id"]
    )
    bad = truth[customers.frame["customer_id"].isin(rows["customer_id"])]
    assert abs(bad.mean() - listed.expected / len(rows)) < 0.06  # the list counts as it says
    x = customers.x.set_index(customers.frame["customer_id"])
    for row in rows.head(50).itertuples():
        assert row.reasons and all(
            x.loc[row.customer_id, name] > found.risk_model.reference[name] for name in row.reasons
        )
        assert "price_shock" not in row.reasons or x.loc[row.customer_id, "price_shock"] == 1
    assert len(proactive.capacity_list(found, capacity=0.10, most=25).table) == 25


def test_reasons_add_up_for_the_logit(found):
    x = found.customers.x.head(200)
    adds = found.risk_model.contributions(x)
    usual = found.risk_model.log_odds(pd.DataFrame([found.risk_model.reference]))[0]
    assert found.risk_model.kind == "logistic"
    assert adds.sum(axis=1).to_numpy() == pytest.approx(found.risk_model.log_odds(x) - usual, abs=1e-6)


def test_ids_stay_out_of_what_is_shown(found, tmp_path):
    listed = proactive.capacity_list(found)
    some = listed.table["customer_id"].iloc[0]
    shown = [
        repr(listed),
        listed._repr_html_(),
        repr(found),
        repr(found.customers),
        *(str(view) for view in (show_latent(found), show_list(listed))),
    ]
    shown += [figure.to_json() for figure in (plot_calibration(found), plot_capture(found, 0.1))]
    assert not any(some in words for words in shown)
    assert "customer_id" not in listed.published() and "customer_id" in listed.published(allow=["customer_id"])
    file = proactive.write_list(listed, tmp_path / "list.csv")
    assert pd.read_csv(file)["customer_id"].tolist() == listed.table["customer_id"].tolist()


def test_a_written_list_runs_nothing(found, tmp_path):
    listed = proactive.capacity_list(found, most=2)
    bad = listed.table.assign(customer_id=['=HYPERLINK("x")', "+1"])
    import dataclasses

    lines = (
        proactive.write_list(dataclasses.replace(listed, table=bad), tmp_path / "list.csv")
        .read_text(encoding="utf-8-sig")
        .splitlines()
    )
    assert lines[1].startswith("\"'=") and lines[2].startswith("'+1")


def test_rules_are_judged_beside_the_score(centre, found):
    customers, truth = centre
    told = proactive.judge_triggers(
        found, {"shock": "price_shock = 1", "late": "late_deliveries >= 2 & wait_s > 30"}
    ).table.set_index("rule")
    silent = ~customers.answered
    mask = (customers.frame["price_shock"] == 1).to_numpy()
    assert told.loc["shock", "silent"] == (mask & silent).sum()
    assert (
        told.loc["shock", "coverage_lower"] - 0.02
        <= mask[silent & truth].mean()
        <= told.loc["shock", "coverage_upper"] + 0.02
    )
    assert (
        told.loc["shock", "precision_lower"] - 0.02
        <= truth[silent & mask].mean()
        <= told.loc["shock", "precision_upper"] + 0.02
    )
    assert told.loc["any", "silent"] >= told.loc[["shock", "late"], "silent"].max()
    assert told.loc["score", "coverage"] > told.loc["any", "coverage"] - 0.02


@pytest.mark.parametrize("words", ["price_shock", "price_shock ~ 1", "", "wait_s > long", "= 3"])
def test_rules_that_cannot_be_read_are_refused(found, words):
    with pytest.raises(StudyError):
        proactive.judge_triggers(found, {"rule": words})


def test_a_rule_of_another_column_names_the_nearest(found):
    with speaking("en"), pytest.raises(ColumnError, match="price_shock"):
        proactive.judge_triggers(found, {"rule": "price_shok = 1"})


@pytest.mark.parametrize("capacity", [0, 1.5, -0.1])
def test_capacities_that_cannot_be_are_refused(found, capacity):
    with pytest.raises(StudyError):
        proactive.capacity_list(found, capacity=capacity)


# Drift ------------------------------------------------------------------------------------------


def test_the_same_customers_do_not_drift(found):
    frame, _ = made(6000, seed=99)
    told = proactive.check_drift(found, proactive.take_customers(frame, outcome="unhappy"))
    assert told.verdict == "none", told
    assert (told.table["psi"] < 0.1).all()


def test_other_customers_and_other_answers_are_told(found):
    frame, _ = made(6000, seed=98)
    moved = proactive.check_drift(
        found, proactive.take_customers(frame.assign(wait_s=frame["wait_s"] + 90), outcome="unhappy")
    )
    assert moved.table.set_index("column").loc["wait_s", "verdict"] == "relearn" and moved.verdict == "relearn"
    rng = np.random.default_rng(0)
    worse = frame.assign(unhappy=frame["unhappy"].mask(frame["unhappy"].notna() & (rng.random(6000) < 0.4), True))
    told = proactive.check_drift(found, proactive.take_customers(worse, outcome="unhappy"))
    assert told.verdict == "relearn" and told.calibration.set_index("key").loc["in_large_raw", "upper"] < 0


def test_psi_of_a_worked_case():
    """Shares .5/.5 against .6/.4: (.1) ln 1.2 + (-.1) ln .8 = 0.040547."""
    before, after = np.repeat([0.0, 1.0], [50_000, 50_000]), np.repeat([0.0, 1.0], [60_000, 40_000])
    value, noise, bins = psi(before, after)
    assert value == pytest.approx(0.1 * np.log(1.2) - 0.1 * np.log(0.8), abs=1e-5) and bins == 2 and noise < 1e-3


# Words ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_everything_is_said_in_both_languages(centre, found, lang):
    frame, _ = made(3000, seed=11)
    arms = pd.DataFrame({"arm": ["treat", "hold"] * 100, "bad": [0, 1] * 100, "kind": ["a"] * 100 + ["b"] * 100})
    uplift = proactive.measure_uplift(arms, outcome="bad", segments="kind")
    drift = proactive.check_drift(found, proactive.take_customers(frame, outcome="unhappy"))
    with speaking(lang):
        views = (show_latent(found), show_participation(found.participation), show_list(proactive.capacity_list(found)),
                 show_triggers(proactive.judge_triggers(found, {"shock": "price_shock = 1"})), show_uplift(uplift), show_drift(drift))  # fmt: skip
        for view in views:
            assert "{" not in view._repr_html_() and ("：" in view._repr_html_() or "，" in view._repr_html_()) == (
                lang == "zh"
            )
        assert plot_uplift(uplift).layout.title.text and plot_calibration(found).layout.title.text


def test_errors_try_something():
    with pytest.raises(CcsatError) as caught:
        proactive.find_latent(proactive.take_customers(made(2000)[0], outcome="unhappy"), how="magic")
    for lang in LANGUAGES:
        assert "magic" in caught.value.message(lang) and "\n" in caught.value.message(lang)
