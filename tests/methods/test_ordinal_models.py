"""Models of ordered answers: what must not change an answer, refusals and edges."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccsat.errors import DataError, ScaleError
from ccsat.methods.latent import polychoric, polychoric_matrix, polyserial, tetrachoric
from ccsat.methods.mixed_ordinal import mixed_ordered_logit
from ccsat.methods.ordinal_checks import brant, partial_proportional_odds
from ccsat.methods.ordinal_groups import compare_ordered_logit
from ccsat.methods.ordinal_models import cumulative_link, ordered_logit
from ccsat.methods.ordinal_steps import adjacent_category, continuation_ratio, ordered_logit_spread
from ccsat.numerics.cumulative import fit_cumulative, group_rows, shares_at
from ccsat.numerics.polychoric import bivariate_normal
from ccsat.wording import speaking

QUICK = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def made(seed, n=300, *, slope=0.5, clusters=25):
    """Invented ratings 1-5 with a rated and a yes/no driver, agents and whole weights."""
    rng = np.random.default_rng(seed)
    wait, bot = rng.integers(1, 6, n), rng.integers(0, 2, n)
    agent = rng.integers(0, clusters, n)
    lift = rng.normal(0, 0.5, clusters)[agent]
    rating = np.digitize(slope * wait - 0.4 * bot + lift + rng.logistic(size=n), [-0.8, 0.4, 1.6, 2.8]) + 1
    team = np.array(["north", "south", "west"])[rng.integers(0, 3, n)]
    return pd.DataFrame(
        {"rating": rating, "wait": wait, "bot": bot, "team": team, "agent": agent, "weight": rng.integers(1, 4, n)}
    )


# What must not change an answer ---------------------------------------------------------------------


@QUICK
@given(st.integers(0, 10_000), st.sampled_from(["logit", "probit", "cloglog"]))
def test_grouped_equals_ungrouped(seed, link):
    table = made(seed)
    y = table["rating"].to_numpy() - 1
    columns = [table["wait"].to_numpy(), table["bot"].to_numpy()]
    apart = [table["wait"].to_numpy() + np.arange(len(table)) * 1e-13, columns[1]]  # so near that only grouping sees it
    one, other = (fit_cumulative(group_rows(c, y, 5), link=link) for c in (columns, apart))
    np.testing.assert_allclose(one.parameters, other.parameters, rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(one.covariance, other.covariance, rtol=1e-6)
    assert len(group_rows(columns, y, 5).y) < len(group_rows(apart, y, 5).y)


@QUICK
@given(st.integers(0, 10_000))
def test_the_table_of_counts_answers_as_the_rows_do(seed):
    rows = made(seed)
    counts = rows.groupby(["rating", "wait", "bot"]).size().rename("n").reset_index()
    a = ordered_logit(rows, "rating", ["bot", "wait"], cluster=False)
    b = ordered_logit(counts, "rating", ["bot", "wait"], weights="n", weight_kind="frequency", cluster=False)
    number = ["coefficient", "se", "odds_ratio", "lower", "upper", "p_value", "share_change"]
    np.testing.assert_allclose(a.table[number], b.table[number], rtol=1e-8)
    assert a.n == b.n and a.statistic["lr_chi2"] == pytest.approx(b.statistic["lr_chi2"])
    pd.testing.assert_frame_equal(a.extra["shares"], b.extra["shares"], rtol=1e-8)
    p = polychoric(rows, "rating", "wait", cluster=False).effect
    counted = rows.groupby(["rating", "wait"]).size().rename("n").reset_index()
    q = polychoric(counted, "rating", "wait", weights="n", weight_kind="frequency", cluster=False).effect
    assert (q.value, q.lower, q.upper) == pytest.approx((p.value, p.lower, p.upper))


METHODS = (
    lambda t, **k: ordered_logit(t, "rating", ["bot", "wait"], **k),
    lambda t, **k: cumulative_link(t, "rating", ["bot", "wait"], link="cloglog", **k),
    lambda t, **k: adjacent_category(t, "rating", ["bot", "wait"], **k),
    lambda t, **k: continuation_ratio(t, "rating", ["bot", "wait"], **k),
    lambda t, **k: partial_proportional_odds(t, "rating", ["bot", "wait"], free=["bot"], **k),
    lambda t, **k: ordered_logit_spread(t, "rating", ["bot", "wait"], **k),
    lambda t, **k: brant(t, "rating", ["bot", "wait"], **k),
    lambda t, **k: polychoric(t, "rating", "wait", **k),
    lambda t, **k: tetrachoric(t.assign(top=t["rating"] >= 4), "bot", "top", **k),
    lambda t, **k: polyserial(t, "wait", "rating", **k),
    lambda t, **k: compare_ordered_logit(t, "rating", "team", adjust=["wait"], **k),
)


def numbers(answer):
    return answer.table.select_dtypes("number").drop(columns="n").to_numpy(float)


@pytest.mark.parametrize("method", METHODS)
def test_weights_of_one_doubled_rows_and_order_of_rows(method):
    table = made(7).assign(one=1.0, two=2.0)
    plain = method(table, cluster=False)
    ones = method(table, weights="one", weight_kind="frequency", cluster=False)
    precise = method(table, weights="two", weight_kind="precision", cluster=False)
    mixed = method(table.sample(frac=1, random_state=1), cluster=False)
    for other in (ones, precise, mixed):
        np.testing.assert_allclose(numbers(other), numbers(plain), rtol=1e-6, atol=1e-8)
        assert other.effect.lower == pytest.approx(plain.effect.lower, rel=1e-6)
    doubled = method(pd.concat([table, table]), cluster=False)
    weighted = method(table, weights="two", weight_kind="frequency", cluster=False)
    np.testing.assert_allclose(numbers(doubled), numbers(weighted), rtol=1e-6, atol=1e-8)
    assert doubled.n == weighted.n == 2 * plain.n
    clustered = method(table, cluster="agent")
    both = method(table, weights="one", weight_kind="sampling", cluster="agent")
    np.testing.assert_allclose(numbers(clustered), numbers(both), rtol=1e-6, atol=1e-8)
    assert clustered.clusters == 25


def test_doubled_rows_halve_the_variance():
    table = made(3)
    one, two = (
        ordered_logit(t, "rating", ["bot", "wait"], cluster=False).table for t in (table, pd.concat([table, table]))
    )
    np.testing.assert_allclose(two["coefficient"], one["coefficient"], rtol=1e-8)
    np.testing.assert_allclose(two["se"], one["se"] / np.sqrt(2), rtol=1e-8)


@QUICK
@given(st.integers(0, 10_000), st.sampled_from(["logit", "probit"]))
def test_a_reversed_scale_negates_the_slopes(seed, link):
    table = made(seed)
    for weights in (None, "weight"):
        ask = lambda t, w=weights: (
            cumulative_link(t, "rating", ["bot", "wait"], link=link, weights=w, cluster="agent").table
        )
        a, b = ask(table), ask(table.assign(rating=6 - table["rating"]))
        np.testing.assert_allclose(b["coefficient"], -a["coefficient"], rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(b["se"], a["se"], rtol=1e-7)
    assert polychoric(table.assign(rating=6 - table["rating"]), "rating", "wait", cluster=False).effect.value == pytest.approx(
        -polychoric(table, "rating", "wait", cluster=False).effect.value, rel=1e-8)  # fmt: skip


def test_names_of_levels_and_units_do_not_matter():
    table = made(5)
    names = pd.CategoricalDtype(["awful", "bad", "fair", "good", "great"], ordered=True)
    named = table.assign(rating=pd.Categorical.from_codes(table["rating"] - 1, dtype=names))
    a, b = (ordered_logit(t, "rating", ["wait", "team"], cluster=False) for t in (table, named))
    np.testing.assert_allclose(numbers(a), numbers(b), rtol=1e-9)
    assert b.extra["top_levels"] == ("good", "great")
    by_two = ordered_logit(table, "rating", ["wait", "team"], units={"wait": 2}, cluster=False).table
    assert by_two["coefficient"][0] == pytest.approx(2 * a.table["coefficient"][0])
    far = ordered_logit(
        table.assign(wait=table["wait"] * 1e-4 + 2e3), "rating", ["wait", "team"], units={"wait": 1e-4}, cluster=False
    ).table
    np.testing.assert_allclose(far["coefficient"], a.table["coefficient"], rtol=1e-5)


# What the numbers mean ------------------------------------------------------------------------------


def test_shares_add_to_one_and_their_limits_are_the_gradients():
    table = made(11)
    rows = group_rows([table["wait"].to_numpy(), table["bot"].to_numpy()], table["rating"].to_numpy() - 1, 5)
    fit = fit_cumulative(rows, free=[1])
    share, slope = shares_at(fit, rows.x, rows.weight)
    assert share.sum() == pytest.approx(1) and np.allclose(slope.sum(0), 0)
    import dataclasses

    for k in range(len(fit.parameters)):
        step = np.zeros(len(fit.parameters))
        step[k] = 1e-6
        up, down = (
            shares_at(dataclasses.replace(fit, parameters=fit.parameters + s), rows.x, rows.weight)[0]
            for s in (step, -step)
        )
        np.testing.assert_allclose((up - down) / 2e-6, slope[:, k], atol=1e-8)
    answer = ordered_logit(table, "rating", ["wait", "bot"], cluster=False)
    sums = answer.extra["shares"].groupby(["driver", "at"])["share"].sum()
    assert np.allclose(sums, 1) and np.allclose(answer.extra["changes"].groupby("driver")["change"].sum(), 0)
    assert (
        (answer.extra["shares"]["lower"] < answer.extra["shares"]["share"])
        & (answer.extra["shares"]["share"] < answer.extra["shares"]["upper"])
    ).all()


def test_two_levels_are_the_logistic_regression():
    import statsmodels.api as sm

    table = made(2).assign(top=lambda t: (t["rating"] >= 4).astype(int))
    ours = ordered_logit(table, "top", ["wait", "bot"], cluster=False).table
    theirs = sm.Logit(table["top"], sm.add_constant(table[["wait", "bot"]])).fit(disp=0)
    np.testing.assert_allclose(ours["coefficient"], theirs.params[["wait", "bot"]], rtol=1e-7)
    np.testing.assert_allclose(ours["se"], theirs.bse[["wait", "bot"]], rtol=1e-7)


def test_clusters_widen_the_interval_and_few_are_said():
    rng = np.random.default_rng(0)
    agent = np.repeat(np.arange(12), 40)
    rating = np.digitize(rng.normal(0, 1, 12)[agent] + rng.logistic(size=480), [-1, 0, 1]) + 1
    table = pd.DataFrame({"rating": rating, "bot": (agent % 2), "agent": agent})
    plain, robust = (ordered_logit(table, "rating", ["bot"], cluster=c) for c in (False, "agent"))
    assert robust.table["se"][0] > 1.5 * plain.table["se"][0] and robust.n_effective < 240
    assert "caveat.ordinal_few_clusters" in dict(robust.caveats) and robust.statistic["df"] == 11
    assert "caveat.cluster_unsaid" in dict(ordered_logit(table, "rating", ["bot"]).caveats)


def test_with_many_rows_a_trivial_departure_does_not_fail_the_check():
    rng = np.random.default_rng(4)
    n = 60_000
    x = rng.integers(0, 2, n)
    slopes = np.array([0.45, 0.5, 0.58])  # of being above each cut
    above = 1 / (1 + np.exp(-(np.array([1.5, 0.2, -1.0]) + np.outer(x, slopes))))
    rating = 1 + (rng.uniform(size=n)[:, None] < above).sum(1)
    table = pd.DataFrame({"rating": rating, "x": x})
    check = brant(table, "rating", ["x"], cluster=False)
    assert (
        check.p_value < 0.01 and check.assumptions[0].ok and not check.table["material"][0] and check.effect.value < 1.5
    )
    big = pd.DataFrame(
        {
            "rating": 1
            + (
                rng.uniform(size=n)[:, None]
                < 1 / (1 + np.exp(-(np.array([1.5, 0.2, -1.0]) + np.outer(x, [-0.4, 0.2, 0.9]))))
            ).sum(1),
            "x": x,
        }
    )
    found = ordered_logit(big, "rating", ["x"], cluster=False)
    assert found.assumptions[0].ok is False and any("partial" in note for note in _notes(found))
    partial = partial_proportional_odds(big, "rating", ["x"], free="x", cluster=False)
    np.testing.assert_allclose(partial.table["coefficient"], [-0.4, 0.2, 0.9], atol=0.08)


def _notes(answer):
    with speaking("en"):
        return answer.notes()


def test_a_wider_scatter_is_found():
    rng = np.random.default_rng(5)
    x = rng.integers(0, 2, 4000)
    table = pd.DataFrame(
        {"rating": 1 + np.digitize((0.5 * x + rng.logistic(size=4000) * np.exp(0.6 * x)), [-2, -1, 0, 1]), "x": x}
    )
    answer = ordered_logit_spread(table, "rating", ["x"], cluster=False)
    assert answer.effect.lower < np.exp(0.6) < answer.effect.upper and answer.found


def test_mixed_finds_the_spread_of_agents():
    rng = np.random.default_rng(6)
    agent = np.repeat(np.arange(80), 30)
    x = rng.integers(0, 2, len(agent))
    table = pd.DataFrame(
        {
            "rating": 1
            + np.digitize(0.7 * x + rng.normal(0, 0.8, 80)[agent] + rng.logistic(size=len(agent)), [-1, 0, 1]),
            "x": x,
            "agent": agent,
        }
    )
    answer = mixed_ordered_logit(table, "rating", ["x"], cluster="agent")
    sd = next(e for e in answer.effects if e.name == "ordinal_sd")
    assert sd.lower < 0.8 < sd.upper and answer.effect.lower < np.exp(0.7) < answer.effect.upper
    assert answer.statistic["cluster_p"] < 1e-6 and len(answer.extra["clusters"]) == 80
    counts = table.groupby(["rating", "x", "agent"]).size().rename("n").reset_index()
    grouped = mixed_ordered_logit(counts, "rating", ["x"], cluster="agent", weights="n")
    np.testing.assert_allclose(numbers(grouped), numbers(answer), rtol=1e-5)
    none = mixed_ordered_logit(table.assign(rating=rng.permutation(table["rating"])), "rating", ["x"], cluster="agent")
    assert none.statistic["sd"] < 0.25


def test_bivariate_normal_is_scipys():
    from scipy.stats import multivariate_normal

    for rho in (-0.999, -0.4, 0.0, 0.7, 0.99):
        for h, k in ((0, 0), (-1.2, 0.4), (2, 2.1)):
            assert bivariate_normal(h, k, rho) == pytest.approx(
                multivariate_normal([0, 0], [[1, rho], [rho, 1]]).cdf([h, k]), abs=1e-12
            )


# Refusals and edges ---------------------------------------------------------------------------------


def test_nominal_outcomes_are_refused():
    table = made(1)
    for method in (ordered_logit, adjacent_category, brant):
        with pytest.raises(ScaleError, match="ordinal"), speaking("en"):
            method(table, "team", ["wait"], cluster=False)
    with pytest.raises(ScaleError, match="interval"), speaking("en"):
        polyserial(table, "team", "rating", cluster=False)
    with pytest.raises(ScaleError):
        polychoric_matrix(table, ["rating", "team"], cluster=False)


@pytest.mark.parametrize(("call", "key"), [
    (lambda t: ordered_logit(t.assign(rating=3), "rating", ["wait"]), "ordinal_one_level"),
    (lambda t: ordered_logit(t.assign(rating=np.arange(len(t))), "rating", ["wait"]), "ordinal_many_levels"),
    (lambda t: ordered_logit(t.assign(same=t["wait"] * 2), "rating", ["wait", "same"]), "ordinal_dependent"),
    (lambda t: ordered_logit(t.assign(same=1), "rating", ["same"]), "ordinal_dependent"),
    (lambda t: ordered_logit(t, "rating", []), "ordinal_drivers"),
    (lambda t: ordered_logit(t, "rating", ["rating"]), "ordinal_drivers"),
    (lambda t: ordered_logit(t.head(4), "rating", ["wait", "bot", "weight"]), "ordinal_few_rows"),
    (lambda t: ordered_logit(t.assign(agent=1), "rating", ["wait"], cluster="agent"), "ordinal_one_cluster"),
    (lambda t: ordered_logit(t, "rating", ["wait"], top_from=9), "ordinal_top_from"),
    (lambda t: cumulative_link(t, "rating", ["wait"], link="cauchit"), "ordinal_link"),
    (lambda t: partial_proportional_odds(t, "rating", ["wait"], free=["bot"]), "ordinal_free"),
    (lambda t: brant(t.assign(rating=t["rating"] > 3).astype({"rating": int}), "rating", ["wait"]), "ordinal_two_cuts"),
    (lambda t: tetrachoric(t, "rating", "bot"), "ordinal_two_levels"),
    (lambda t: polychoric_matrix(t, ["rating"]), "ordinal_two_columns"),
    (lambda t: mixed_ordered_logit(t, "rating", ["wait"], cluster="agent", weights="weight", weight_kind="sampling"), "ordinal_mixed_weights"),
])  # fmt: skip
def test_refusals(call, key):
    with pytest.raises(DataError) as caught:
        call(made(1))
    assert caught.value.key == key
    assert caught.value.message("zh") and caught.value.message("en")


@pytest.mark.parametrize(
    "method",
    [ordered_logit, adjacent_category, continuation_ratio, lambda *a, **k: cumulative_link(*a, link="probit", **k)],
)
def test_separation_is_flagged_and_never_printed(method):
    table = made(8).assign(vip=lambda t: 0)
    table.loc[(table["rating"] == 5) & (table.index % 3 == 0), "vip"] = 1  # every vip answers 5
    answer = method(table, "rating", ["wait", "vip"], cluster=False)
    line = answer.table.set_index("term")
    assert (
        line.loc["vip", "separated"] and np.isnan(line.loc["vip", "coefficient"]) and not line.loc["wait", "separated"]
    )
    assert np.isfinite(line.loc["wait", "se"]) and "caveat.ordinal_separated" in dict(answer.caveats)
    with speaking("en"):
        assert "vip" in " ".join(answer.notes()) and "e+" not in repr(answer)
    first = method(table, "rating", ["vip", "wait"], cluster=False)
    assert first.effect is None or first.effect.name == "ordinal_c_index"
    kept = method(table[table["vip"] == 0], "rating", ["wait"], cluster=False).table["coefficient"][0]
    if method is ordered_logit:
        assert line.loc["wait", "coefficient"] == pytest.approx(kept, abs=0.05)


def test_empty_levels_zero_weights_and_a_zero_cell():
    table = made(9)
    dtype = pd.CategoricalDtype(range(0, 8), ordered=True)
    wide = ordered_logit(table.assign(rating=table["rating"].astype(dtype)), "rating", ["wait"], cluster=False)
    assert wide.extra["levels"] == (1, 2, 3, 4, 5)
    dropped = ordered_logit(
        table.assign(w=(table["rating"] < 5).astype(float)), "rating", ["wait"], weights="w", cluster=False
    )
    assert dropped.extra["levels"] == (1, 2, 3, 4)
    edge = pd.DataFrame({"a": [0] * 10 + [1] * 10, "b": [0] * 10 + [0] * 5 + [1] * 5})
    answer = tetrachoric(edge, "a", "b", cluster=False)
    assert answer.effect.lower is None and "caveat.ordinal_boundary" in dict(answer.caveats) and answer.p_value is None


def test_where_numbers_run_away_there_is_no_interval():
    table = made(9)
    exact = polyserial(table.assign(same=table["rating"] * 1.0), "same", "rating", cluster=False)
    assert exact.effect.lower is None and "caveat.ordinal_boundary" in dict(exact.caveats)
    vip = table.assign(vip=((table["rating"] == 5) & (table.index % 3 == 0)).astype(int))
    mixed = mixed_ordered_logit(vip, "rating", ["wait", "vip"], cluster="agent")
    assert mixed.table.set_index("term").loc["vip", "separated"] and np.isfinite(mixed.effect.upper)
    partial = partial_proportional_odds(vip, "rating", ["wait", "vip"], free="vip", cluster=False)
    assert partial.table[partial.table["term"] == "vip"]["separated"].all() and partial.detectable is None
    with pytest.raises(DataError):
        brant(vip, "rating", ["wait", "vip"], cluster=False)


def test_every_answer_speaks_both_languages():
    table = made(10)
    for method in METHODS:
        answer = method(table, cluster="agent")
        for lang in ("zh", "en"):
            with speaking(lang):
                assert answer.sentence() and all(answer.notes())
        assert answer.detectable is not None and answer.effects[0].lower is not None and (answer.table["n"] > 0).all()
