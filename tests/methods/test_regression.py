"""Numbers and yes/no outcomes, and what goes with them: invariants, planted effects, refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccsat.errors import CcsatError, DataError, ScaleError
from ccsat.methods import (
    assignment,
    averages,
    correlate,
    dose,
    factor_model,
    logistic,
    mediate,
    mixed_models,
    necessary,
    quantiles,
    regression,
    unmeasured,
)
from ccsat.numerics.distance import distance_correlation
from ccsat.numerics.firth import fit_firth
from ccsat.numerics.lines import fit_linear
from ccsat.wording import speaking


def centre(seed=0, n=600, agents=30):
    rng = np.random.default_rng(seed)
    agent = rng.integers(0, agents, n)
    wait, bot = rng.gamma(2, 20, n).round(1), rng.random(n) < 0.4
    channel = rng.choice(["chat", "mail", "phone"], n)
    solved = rng.random(n) < 0.5 + 0.2 * (channel == "phone") - 0.1 * bot
    latent = 3 - 0.01 * wait + 1.2 * solved + rng.normal(0, 0.4, agents)[agent] + rng.normal(0, 1, n)
    return pd.DataFrame({"score": latent, "top": latent > 3, "wait": wait, "bot": bot, "channel": channel, "solved": solved, "agent": [f"a{a}" for a in agent],
                         "weight": rng.uniform(0.5, 2, n), "count": rng.integers(1, 4, n), "rating": pd.Categorical(np.clip(latent.round(), 1, 5), range(1, 6), ordered=True)})  # fmt: skip


TABLE = centre()
DRIVERS = ["wait", "bot", "channel"]
CALLS = {
    "pearson": lambda t: correlate.pearson_correlation(t, "score", "wait", cluster="agent"),
    "pearson_level": lambda t: correlate.pearson_correlation(t, "score", "wait", level="agent"),
    "correlations": lambda t: correlate.correlations(t, "score", ["wait", "weight"], cluster="agent"),
    "partial": lambda t: correlate.partial_correlation(t, "score", "wait", ["channel"], cluster="agent"),
    "distance": lambda t: correlate.distance_correlation(t, "score", "wait", cluster=False),
    "line": lambda t: regression.linear_regression(t, "score", DRIVERS, cluster="agent"),
    "line_hc3": lambda t: regression.linear_regression(t, "score", DRIVERS, cluster=False),
    "line_survey": lambda t: regression.linear_regression(t, "score", DRIVERS, weights="weight", cluster="agent"),
    "line_total": lambda t: regression.linear_regression(t, "score", ["bot"], mediators=["solved"], cluster="agent"),
    "logit": lambda t: logistic.logistic_regression(t, "top", DRIVERS, cluster="agent"),
    "logit_cut": lambda t: logistic.logistic_regression(t, "rating", DRIVERS, top_from=4, weights="weight", cluster=False),
    "logit_total": lambda t: logistic.logistic_regression(t, "top", ["bot"], mediators=["solved"], cluster="agent"),
    "firth": lambda t: logistic.logistic_regression(t, "top", ["wait", "bot"], firth=True, cluster=False),
    "mixed": lambda t: mixed_models.mixed_linear(t, "score", DRIVERS, cluster="agent"),
    "mixed_logit": lambda t: mixed_models.mixed_logit(t, "top", ["wait", "bot"], cluster="agent"),
    "gee": lambda t: mixed_models.gee(t, "score", DRIVERS, cluster="agent"),
    "gee_logit": lambda t: mixed_models.gee(t, "top", DRIVERS, cluster="agent"),
    "mediation": lambda t: mediate.mediation(t, "score", "bot", ["solved"], adjust=["channel"], cluster="agent", draws=200),
    "dose": lambda t: dose.dose_response(t, "score", "wait", adjust=["channel"], cluster="agent", draws=100),
    "dose_share": lambda t: dose.dose_response(t, "top", "wait", promise=60.0, cluster="agent"),
    "instrument": lambda t: assignment.agent_instrument(t, "score", "solved", agent="agent", within_cells=["channel"], balance=["wait"]),
    "necessary": lambda t: necessary.necessary_condition(t, "score", "wait", cluster=False, draws=99),
    "quantiles": lambda t: quantiles.quantile_regression(t, "score", ["wait", "bot"], cluster="agent"),
    "e_value": lambda t: unmeasured.e_value(t, "top", "bot", adjust=["channel"], cluster="agent"),
    "e_value_number": lambda t: unmeasured.e_value(t, "score", "wait", unit=30, cluster="agent"),
    "series": lambda t: averages.series_regression(t, "score", ["wait", "bot"], level="agent", time=False),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_every_answer_is_complete_and_speaks_both_languages(name):
    answer = CALLS[name](TABLE.copy())
    assert 0 <= answer.p_value <= 1 if answer.p_value is not None else name == "distance"
    assert answer.effects and answer.detectable is not None and answer.detectable >= 0
    assert "n" in answer.table or name == "instrument"
    first = answer.effects[0]
    assert first.lower is None or first.lower <= first.value <= first.upper
    for language in ("zh", "en"):
        with speaking(language):
            assert answer.sentence() and all(answer.notes())


@pytest.mark.parametrize("name", [name for name in CALLS if name not in ("mediation", "dose", "necessary")])
def test_order_of_rows_has_no_say(name):
    shuffled = TABLE.sample(frac=1, random_state=3)
    one, two = CALLS[name](TABLE), CALLS[name](shuffled)
    numbers = one.table.select_dtypes("number").columns
    np.testing.assert_allclose(
        one.table[numbers].to_numpy(float), two.table[numbers].to_numpy(float), rtol=2e-4, atol=1e-6
    )


@pytest.mark.parametrize("call", [
    lambda t, **k: regression.linear_regression(t, "score", DRIVERS, cluster=False, errors="classic", **k),
    lambda t, **k: regression.linear_regression(t, "score", DRIVERS, cluster=False, **k),
    lambda t, **k: regression.linear_regression(t, "score", DRIVERS, cluster="agent", **k),
    lambda t, **k: logistic.logistic_regression(t, "top", DRIVERS, cluster=False, **k),
    lambda t, **k: logistic.logistic_regression(t, "top", DRIVERS, cluster="agent", **k),
    lambda t, **k: logistic.logistic_regression(t, "top", ["wait", "bot"], firth=True, cluster=False, **k),
    lambda t, **k: mixed_models.mixed_linear(t, "score", DRIVERS, cluster="agent", **{key: v for key, v in k.items() if key != "weight_kind"}),
    lambda t, **k: mixed_models.mixed_logit(t, "top", ["wait", "bot"], cluster="agent", **{key: v for key, v in k.items() if key != "weight_kind"}),
    lambda t, **k: correlate.pearson_correlation(t, "score", "wait", cluster=False, **k),
])  # fmt: skip
def test_frequency_weights_are_repeated_rows(call):
    weighted = call(TABLE, weights="count", weight_kind="frequency")
    repeated = call(TABLE.loc[TABLE.index.repeat(TABLE["count"])].reset_index(drop=True))
    assert weighted.n == repeated.n == TABLE["count"].sum()
    numbers = weighted.table.select_dtypes("number").columns
    np.testing.assert_allclose(
        weighted.table[numbers].to_numpy(float), repeated.table[numbers].to_numpy(float), rtol=1e-4, atol=1e-6
    )


@pytest.mark.parametrize("kind", ["frequency", "sampling", "precision"])
@pytest.mark.parametrize("method", [regression.linear_regression, logistic.logistic_regression])
def test_weights_of_one_are_no_weights(kind, method):
    y = "score" if method is regression.linear_regression else "top"
    plain = method(TABLE, y, DRIVERS, cluster=False)
    ones = method(TABLE.assign(one=1.0), y, DRIVERS, weights="one", weight_kind=kind, cluster=False)
    column = "effect"
    np.testing.assert_allclose(plain.table[column], ones.table[column], rtol=1e-9)


@settings(max_examples=15, deadline=None)
@given(st.floats(-50, 50), st.floats(0.01, 100))
def test_units_of_measurement_have_no_say(shift, scale):
    other = TABLE.assign(wait=TABLE["wait"] * scale + shift)
    one, two = (regression.linear_regression(t, "score", DRIVERS, cluster="agent") for t in (TABLE, other))
    np.testing.assert_allclose(two.table["beta"], one.table["beta"], rtol=1e-6)
    np.testing.assert_allclose(two.table["p_value"], one.table["p_value"], rtol=1e-5)
    np.testing.assert_allclose(two.table["effect"].iloc[0] * scale, one.table["effect"].iloc[0], rtol=1e-6)
    step = regression.linear_regression(TABLE, "score", DRIVERS, cluster="agent", units={"wait": scale})
    np.testing.assert_allclose(step.effect.value, one.effect.value * scale, rtol=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4)), min_size=5, max_size=60))
def test_distance_correlation_is_the_one_of_all_pairs(pairs):
    x, y = np.array(pairs, float).T
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return

    def centred(v):
        d = np.abs(v[:, None] - v[None, :])
        return d - d.mean(0) - d.mean(1)[:, None] + d.mean()

    a, b = centred(x), centred(y)
    want = np.sqrt(max((a * b).mean(), 0) / np.sqrt((a**2).mean() * (b**2).mean()))
    assert distance_correlation(x, y).value == pytest.approx(want, abs=1e-7)


# Pitfalls -------------------------------------------------------------------------------------


def test_clusters_keep_false_alarms_near_five_percent():
    rng, alarms, plain = np.random.default_rng(5), 0, 0
    for _ in range(200):
        agent = np.repeat(np.arange(40), 20)
        team = (agent < 20).astype(float)
        y = rng.normal(0, 0.35, 40)[agent] + rng.normal(0, 1, 800)
        table = pd.DataFrame({"y": y, "team": team, "agent": agent})
        alarms += regression.linear_regression(table, "y", ["team"], cluster="agent").p_value < 0.05
        plain += regression.linear_regression(table, "y", ["team"], cluster=False).p_value < 0.05
    assert alarms <= 22 and plain > 40


def test_a_wait_that_is_flat_to_the_promise_bends_there():
    rng = np.random.default_rng(2)
    wait = rng.gamma(2, 20, 3000)
    table = pd.DataFrame({"wait": wait, "score": 4 - 0.02 * np.maximum(wait - 60, 0) + rng.normal(0, 1, 3000)})
    found = dose.dose_response(table, "score", "wait", cluster=False, draws=200)
    threshold = found.effects[1]
    assert found.p_value < 0.01 and threshold.lower < 60 < threshold.upper and found.assumptions[0].ok is False
    assert found.effects[3].lower < -0.02 < found.effects[3].upper
    flat = dose.dose_response(
        table.assign(score=4 - 0.01 * wait + rng.normal(0, 1, 3000)), "score", "wait", cluster=False, draws=100
    )
    assert flat.p_value > 0.05 and flat.statistic["linear_p"] < 1e-6


def test_no_bend_is_found_where_there_is_none():
    rng, alarms = np.random.default_rng(8), 0
    for _ in range(60):
        x = rng.gamma(2, 20, 300)
        table = pd.DataFrame({"x": x, "y": -0.01 * x + rng.normal(0, 1, 300)})
        alarms += dose.dose_response(table, "y", "x", cluster=False, draws=20).p_value < 0.05
    assert alarms <= 8


def test_total_and_direct_effect_stand_side_by_side():
    rng = np.random.default_rng(4)
    bot = rng.random(4000) < 0.5
    wait = 10 - 8 * bot + rng.gamma(2, 1, 4000)
    table = pd.DataFrame({"bot": bot, "wait": wait, "score": 4 - 0.5 * bot - 0.1 * wait + rng.normal(0, 1, 4000)})
    answer = regression.linear_regression(table, "score", ["bot"], mediators=["wait"], cluster=False)
    row = answer.table.iloc[0]
    assert row["effect"] > 0.2 and row["direct"] < -0.3
    assert any(key == "caveat.regression_total_direct" for key, _ in answer.caveats)
    paths = mediate.mediation(table, "score", "bot", ["wait"], cluster=False, draws=300)
    parts = paths.table.set_index("path")["value"]
    assert parts["direct"] + parts["indirect_all"] == pytest.approx(parts["total"])
    assert parts["total"] == pytest.approx(row["effect"]) and parts["direct"] == pytest.approx(row["direct"])
    assert any(key == "caveat.regression_suppressed" for key, _ in paths.caveats)


def test_a_driver_that_tells_all_is_flagged_and_firth_helps():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"x": rng.normal(size=80), "z": [1] * 6 + [0] * 74})
    table["y"] = (rng.random(80) < 0.4) | (table["z"] == 1)
    answer = logistic.logistic_regression(table, "y", ["x", "z"], cluster=False)
    assert answer.table["separated"].tolist() == [False, True] and np.isnan(answer.table["odds_ratio"].iloc[1])
    assert any(key == "caveat.regression_separated" for key, _ in answer.caveats)
    calm = logistic.logistic_regression(table, "y", ["z", "x"], firth=True, cluster=False)
    assert 1 < calm.table["odds_ratio"].iloc[0] < 200 and calm.p_value < 0.05
    with pytest.raises(DataError):
        unmeasured.e_value(table, "y", "z", adjust=["x"], cluster=False)


def test_firth_of_two_by_two_is_haldane():
    x = np.column_stack([np.ones(40), np.repeat([0.0, 1.0], 20)])
    y = np.array([1] * 5 + [0] * 15 + [1] * 20, float)
    fit = fit_firth(x, y, profile=False)
    assert fit.beta[1] == pytest.approx(np.log(20.5 * 15.5 / (0.5 * 5.5)))


def test_averages_are_not_contacts():
    rng = np.random.default_rng(9)
    day = np.repeat(np.arange(40), 50)
    busy = rng.normal(0, 1, 40)[day]
    wait = busy + rng.normal(0, 2, 2000)
    table = pd.DataFrame({"day": day, "wait": wait, "score": busy - 0.6 * (wait - busy) + rng.normal(0, 1, 2000)})
    answer = correlate.pearson_correlation(table, "wait", "score", level="day")
    rows = answer.table.set_index("coefficient")["value"]
    assert rows["pearson"] > 0.5 > 0 > rows["within"]
    assert answer.n == 40 and any(key == "caveat.regression_ecological" for key, _ in answer.caveats)
    model = averages.series_regression(table, "score", ["wait"], level="day")
    assert any(key == "caveat.regression_level_turns" for key, _ in model.caveats)


def test_a_bent_relation_parts_pearson_and_spearman():
    x = np.random.default_rng(1).gamma(1, 1, 800)
    bent = correlate.pearson_correlation(pd.DataFrame({"x": x, "y": np.exp(2 * x)}), "x", "y", cluster=False)
    normal = np.random.default_rng(2).normal(size=(2, 800))
    straight = correlate.pearson_correlation(
        pd.DataFrame({"x": normal[0], "y": normal.sum(0)}), "x", "y", cluster=False
    )
    assert bent.assumptions[0].ok is False and straight.assumptions[0].ok


def test_the_instrument_finds_what_plain_regression_misses():
    found = []
    for seed in range(80):
        rng = np.random.default_rng(seed)
        n = 6000
        agent, queue, hidden = rng.integers(0, 80, n), rng.integers(0, 6, n), rng.normal(size=n)
        solved = (rng.normal(0, 0.6, 80)[agent] + 0.3 * queue + hidden + rng.normal(size=n) > 0.7).astype(int)
        table = pd.DataFrame(
            {
                "agent": agent,
                "queue": queue,
                "solved": solved,
                "score": 0.8 * solved - 0.9 * hidden + 0.2 * queue + rng.normal(size=n),
                "before": hidden,
            }
        )
        answer = assignment.agent_instrument(
            table, "score", "solved", agent="agent", within_cells="queue", balance=["before"]
        )
        assert answer.effects[1].upper < 0.3 and answer.assumptions[0].ok
        found.append((answer.effect.value, answer.effect.lower <= 0.8 <= answer.effect.upper))
    assert (
        np.mean([value for value, _ in found]) == pytest.approx(0.8, abs=0.05) and sum(held for _, held in found) >= 70
    )


def test_a_weak_instrument_says_so():
    rng = np.random.default_rng(1)
    table = pd.DataFrame(
        {
            "agent": rng.integers(0, 40, 3000),
            "queue": rng.integers(0, 3, 3000),
            "solved": rng.random(3000) < 0.5,
            "score": rng.normal(size=3000),
        }
    )
    answer = assignment.agent_instrument(table, "score", "solved", agent="agent", within_cells=["queue"])
    assert answer.assumptions[0].ok is False and np.isinf(answer.effect.upper)
    assert answer.notes() and answer.sentence()


def test_mixed_model_agrees_with_statsmodels_where_that_is_right():
    import warnings

    from statsmodels.regression.mixed_linear_model import MixedLM

    answer = mixed_models.mixed_linear(TABLE, "score", ["wait", "bot"], cluster="agent")
    x = np.column_stack([np.ones(len(TABLE)), TABLE["wait"], TABLE["bot"].astype(float)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fits = [
            MixedLM(TABLE["score"].to_numpy(), x, groups=TABLE["agent"].to_numpy()).fit(method=method)
            for method in ("bfgs", "powell")
        ]
    fit = max((f for f in fits if np.isfinite(f.llf)), key=lambda f: f.llf)
    np.testing.assert_allclose(answer.table["effect"], fit.fe_params[1:], rtol=1e-4)
    assert answer.statistic["loglik"] >= fit.llf - 1e-6 and answer.statistic["var_cluster"] == pytest.approx(
        float(fit.cov_re[0, 0]), rel=1e-2
    )


def test_no_difference_of_clusters_is_said():
    rng = np.random.default_rng(0)
    y = rng.normal(size=200)
    y -= np.repeat(y.reshape(20, 10).mean(1), 10)
    answer = mixed_models.mixed_linear(
        pd.DataFrame({"y": y, "x": rng.normal(size=200), "g": np.repeat(np.arange(20), 10)}), "y", ["x"], cluster="g"
    )
    assert answer.statistic["var_cluster"] == 0 and any(
        key == "caveat.regression_no_clusters" for key, _ in answer.caveats
    )


def test_quantiles_tell_a_spread_from_a_shift():
    rng = np.random.default_rng(3)
    x = rng.random(3000)
    answer = quantiles.quantile_regression(
        pd.DataFrame({"x": x, "y": 1 + x + (0.5 + x) * rng.normal(size=3000)}), "y", ["x"], cluster=False
    )
    low, middle, high = answer.table.sort_values("quantile")["effect"]
    assert low < 0.2 < middle < 1.6 < high and answer.statistic["spread_p"] < 1e-6


def test_e_value_of_the_textbook():
    assert unmeasured.of_ratio(3.9) == pytest.approx(7.26, abs=0.01) == unmeasured.of_ratio(1 / 3.9)


def test_factor_model_names_items_that_are_in_the_wrong_place():
    rng = np.random.default_rng(6)
    a, b = rng.normal(size=(2, 500))
    items = pd.DataFrame(
        {f"a{k}": a + rng.normal(0, 0.7, 500) for k in range(3)}
        | {f"b{k}": b + rng.normal(0, 0.7, 500) for k in range(3)}
    )
    right = factor_model.confirmatory_factors(items, {"a": ["a0", "a1", "a2"], "b": ["b0", "b1", "b2"]}, cluster=False)
    wrong = factor_model.confirmatory_factors(items, {"a": ["a0", "a1", "b2"], "b": ["b0", "b1", "a2"]}, cluster=False)
    assert right.assumptions[0].ok and not wrong.assumptions[0].ok and right.statistic["cfi"] > 0.98
    assert abs(right.extra["correlations"]["value"].iloc[0]) < 0.2


# Refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", [
    lambda: regression.linear_regression(TABLE, "rating", DRIVERS),
    lambda: regression.linear_regression(TABLE, "channel", ["wait"]),
    lambda: correlate.pearson_correlation(TABLE, "rating", "wait"),
    lambda: correlate.distance_correlation(TABLE, "channel", "wait"),
    lambda: mixed_models.mixed_linear(TABLE, "rating", ["wait"], cluster="agent"),
    lambda: quantiles.quantile_regression(TABLE, "rating", ["wait"]),
    lambda: logistic.logistic_regression(TABLE, "rating", ["wait"]),
    lambda: necessary.necessary_condition(TABLE, "rating", "wait"),
    lambda: dose.dose_response(TABLE, "score", "channel"),
    lambda: factor_model.confirmatory_factors(TABLE, {"f": ["rating", "score", "wait"]}),
])  # fmt: skip
def test_a_weaker_scale_is_refused(call):
    with pytest.raises(ScaleError) as told:
        call()
    assert str(told.value)


@pytest.mark.parametrize("call", [
    lambda: regression.linear_regression(TABLE.assign(score=1.0), "score", ["wait"]),
    lambda: regression.linear_regression(TABLE.assign(twice=TABLE["wait"] * 2), "score", ["wait", "twice"]),
    lambda: regression.linear_regression(TABLE, "score", []),
    lambda: regression.linear_regression(TABLE, "score", ["score"]),
    lambda: regression.linear_regression(TABLE, "score", ["wait"], errors="HC9"),
    lambda: regression.linear_regression(TABLE, "score", ["wait"], errors="CR1"),
    lambda: regression.linear_regression(TABLE, "score", ["wait"], units={"bot": 3}),
    lambda: regression.linear_regression(TABLE.head(4), "score", ["wait", "bot"]),
    lambda: regression.linear_regression(TABLE.assign(agent="a"), "score", ["wait"], cluster="agent"),
    lambda: logistic.logistic_regression(TABLE.assign(top=True), "top", ["wait"]),
    lambda: logistic.logistic_regression(TABLE, "top", ["wait"], firth=True, weights="weight"),
    lambda: mixed_models.mixed_linear(TABLE, "score", ["wait"], cluster=None),
    lambda: mixed_models.mixed_linear(TABLE.assign(own=range(len(TABLE))), "score", ["wait"], cluster="own"),
    lambda: mixed_models.gee(TABLE, "score", ["wait"], cluster=False),
    lambda: correlate.partial_correlation(TABLE.assign(same=TABLE["wait"] * 3), "score", "wait", ["same"]),
    lambda: correlate.pearson_correlation(TABLE.assign(wait=1), "score", "wait"),
    lambda: dose.dose_response(TABLE, "score", "wait", promise=-5.0),
    lambda: dose.dose_response(TABLE, "score", "count"),
    lambda: dose.dose_response(TABLE, "score", "wait", bins=1, draws=10),
    lambda: quantiles.quantile_regression(TABLE, "score", ["wait"], quantiles=[1.5]),
    lambda: assignment.agent_instrument(TABLE.assign(agent="a"), "score", "solved", agent="agent", within_cells=["channel"]),
    lambda: assignment.agent_instrument(TABLE, "score", "solved", agent="agent", within_cells=["agent"]),
    lambda: factor_model.confirmatory_factors(TABLE, {"f": ["score", "wait"]}),
    lambda: factor_model.confirmatory_factors(TABLE, {}),
    lambda: necessary.necessary_condition(TABLE.assign(wait=2), "score", "wait"),
    lambda: mediate.mediation(TABLE, "score", "bot", ["bot"]),
    lambda: mediate.mediation(TABLE.assign(same=TABLE["wait"] * 3), "score", "wait", ["same"]),
    lambda: averages.series_regression(TABLE, "score", ["wait"], level="channel"),
    lambda: unmeasured.e_value(TABLE, "score", "channel"),
])  # fmt: skip
def test_what_cannot_be_answered_is_said(call):
    with pytest.raises(CcsatError) as told:
        call()
    for language in ("zh", "en"):
        with speaking(language):
            assert str(told.value)


def test_classic_errors_are_those_of_the_textbook():
    x = np.column_stack([np.ones(5), [1.0, 2, 3, 4, 5]])
    fit = fit_linear(x, np.array([2.0, 4, 5, 4, 5]), errors="classic")
    assert fit.beta == pytest.approx([2.2, 0.6]) and fit.se[1] == pytest.approx(np.sqrt(0.8 / 10))


def test_many_rows_are_solved_as_few_are(monkeypatch):
    x = np.column_stack([np.ones(len(TABLE)), TABLE["wait"] + 1e6, TABLE["bot"].astype(float)])
    y, weight, cluster = TABLE["score"].to_numpy(), TABLE["weight"].to_numpy(), pd.factorize(TABLE["agent"])[0]
    few = fit_linear(x, y, weight=weight, kind="precision", errors="HC3"), fit_linear(x, y, cluster=cluster)
    monkeypatch.setattr("ccsat.numerics.lines.MANY_ROWS", 0)
    many = fit_linear(x, y, weight=weight, kind="precision", errors="HC3"), fit_linear(x, y, cluster=cluster)
    for one, two in zip(few, many, strict=True):
        np.testing.assert_allclose(two.beta[1:], one.beta[1:], rtol=1e-7)
        np.testing.assert_allclose(two.se[1:], one.se[1:], rtol=1e-7)
