"""Nominal methods: what must not change an answer, what is refused, and the edges."""

import itertools
import math
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx

from ccsat.errors import ColumnError, DataError, ScaleError
from ccsat.methods import (
    nominal_counts,
    nominal_models,
    nominal_paired,
    nominal_relate,
    nominal_shares,
    nominal_strata,
    nominal_tests,
    nonresponse,
    ordered_trend,
    planning,
    segment_rates,
)
from ccsat.numerics.crosstab import code_levels, code_table, crosstab
from ccsat.numerics.fisher import fisher
from ccsat.numerics.independence import independence
from ccsat.numerics.loglinear import fit_loglinear
from ccsat.numerics.rates import conditional_odds_ratio, miettinen_nurminen, share_interval
from ccsat.numerics.strata import breslow_day
from ccsat.wording import has, speaking


def centre(n=900, seed=3):
    """Agents of unlike sizes, in teams; solved depends on channel and agent; the priority is ordered."""
    rng = np.random.default_rng(seed)
    agent = rng.choice(40, n, p=rng.dirichlet(np.ones(40) * 3))
    channel = rng.choice(["chat", "email", "phone"], n, p=[0.5, 0.2, 0.3])
    priority = rng.choice(["low", "mid", "high"], n)
    logit = 0.4 + (channel == "phone") * 0.5 - (priority == "high") * 0.6 + rng.normal(0, 0.5, 40)[agent]
    solved = (rng.random(n) < 1 / (1 + np.exp(-logit))).astype(int)
    later = np.where(rng.random(n) < 0.8, solved, 1 - solved)
    return pd.DataFrame({
        "agent": agent.astype(str), "channel": channel, "bot": rng.integers(0, 2, n), "solved": solved, "solved_2": later,
        "solved_3": np.where(rng.random(n) < 0.7, later, 1), "channel_2": np.where(rng.random(n) < 0.7, channel, rng.choice(["chat", "phone"], n)),
        "priority": pd.Categorical(priority, ["low", "mid", "high"], ordered=True), "wait": rng.exponential(3, n).round(1),
        "rating": pd.Categorical(rng.integers(1, 6, n), [1, 2, 3, 4, 5], ordered=True), "p": rng.random(n),
        "score": np.where(rng.random(n) < 0.85, rng.normal(70, 10, n).round(), np.nan), "w": rng.uniform(0.5, 2, n),
    })  # fmt: skip


CALLS = {  # everything but the weights, the clusters and the table
    "count_shares": (nominal_counts.count_shares, ("channel",), {}),
    "group_shares": (nominal_counts.group_shares, ("solved", "channel"), {}),
    "cross_table": (nominal_counts.cross_table, ("rating", "channel"), {}),
    "chi_square": (nominal_tests.chi_square, ("rating", "channel"), {"confounder": "priority"}),
    "cell_residuals": (nominal_tests.cell_residuals, ("rating", "channel"), {}),
    "goodness_of_fit": (nominal_tests.goodness_of_fit, ("channel",), {"shares": {"chat": 5, "email": 2, "phone": 3}}),
    "two_proportions": (nominal_shares.two_proportions, ("solved", "bot"), {"confounder": "channel"}),
    "pairwise_proportions": (nominal_shares.pairwise_proportions, ("rating", "channel"), {"top_from": 4}),
    "mantel_haenszel_test": (nominal_strata.mantel_haenszel_test, ("solved", "bot", ["channel", "priority"]), {}),
    "general_cmh_test": (nominal_strata.general_cmh_test, ("rating", "channel", "priority"), {}),
    "nominal_association": (nominal_relate.nominal_association, ("channel", "priority"), {}),
    "phi_coefficient": (nominal_relate.phi_coefficient, ("solved", "bot"), {}),
    "uncertainty_coefficient": (nominal_relate.uncertainty_coefficient, ("rating", "channel"), {}),
    "guessing_gain": (nominal_relate.guessing_gain, ("rating", "channel"), {}),
    "share_map": (nominal_relate.share_map, ("rating", "channel"), {}),
    "correspondence_map": (nominal_relate.correspondence_map, ("rating", "channel"), {}),
    "cochran_armitage": (ordered_trend.cochran_armitage, ("solved", "priority"), {}),
    "linear_by_linear": (ordered_trend.linear_by_linear, ("rating", "priority"), {}),
    "multinomial_logit": (nominal_models.multinomial_logit, ("channel", ["bot", "priority"]), {}),
    "shrunken_rates": (segment_rates.shrunken_rates, ("solved", "agent"), {}),
    "subgroup_screen": (segment_rates.subgroup_screen, ("solved", ["channel", "priority", "bot"]), {}),
}
UNWEIGHTED = {
    "fisher_exact": (nominal_tests.fisher_exact, ("channel", "bot"), {}),
    "mcnemar_test": (nominal_paired.mcnemar_test, (["solved", "solved_2"],), {}),
    "cochran_q_test": (nominal_paired.cochran_q_test, (["solved", "solved_2", "solved_3"],), {}),
    "marginal_homogeneity": (nominal_paired.marginal_homogeneity, (["channel", "channel_2"],), {}),
    "bowker_symmetry": (nominal_paired.bowker_symmetry, (["channel", "channel_2"],), {}),
    "loglinear": (nominal_models.loglinear, (["channel", "bot", "solved"],), {}),
    "nonresponse": (nonresponse.nonresponse, ("score", "channel"), {"drivers": ["bot", "priority"]}),
    "plan_shares": (planning.plan_shares, ("solved", "bot"), {}),
    "plan_means": (planning.plan_means, ("wait", "bot"), {}),
}
EVERY = CALLS | UNWEIGHTED


def ask(name, table, **options):
    method, columns, own = EVERY[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return method(table, *columns, **own, **options)


def numbers(answer):
    """Every number of an answer, tables in an order of their own."""
    table = answer.table.select_dtypes("number")
    rows = np.sort(table.to_numpy(float), axis=0)
    effects = [x for one in answer.effects for x in (one.value, one.lower, one.upper)]
    loose = {"converged", "p_error"}
    return (
        rows,
        np.array([np.nan if x is None else x for x in effects], float),
        np.array([v for k, v in answer.statistic.items() if k not in loose], float),
    )


def check_same(a, b, rtol=1e-9):
    for x, y in zip(numbers(a), numbers(b), strict=True):
        np.testing.assert_allclose(x, y, rtol=rtol, atol=1e-9)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("cluster", [False, "agent"])
def test_every_answer_is_complete(name, cluster):
    table = centre()
    before = table.copy()
    answer = ask(name, table, cluster=cluster)
    pd.testing.assert_frame_equal(table, before)
    assert answer.method == name and {"n"} <= set(answer.table.columns)
    assert answer.effect is not None and answer.effect.lower <= answer.effect.value <= answer.effect.upper
    assert answer.detectable is None or answer.detectable > 0
    assert answer.detectable is not None or answer.p_value is None or "detectable_v" in answer.extra
    assert answer.n_effective is None or 0 < answer.n_effective <= answer.n + 1e-9
    if "p_adjusted" in answer.table.columns:
        assert (
            has(f"family.{answer.family}")
            and (answer.table["p_adjusted"] >= answer.table["p_value"] - 1e-12).sum()
            == answer.table["p_value"].notna().sum()
        )
    keys = [f"effect.{one.name}" for one in answer.effects] + [f"assumption.{one.name}" for one in answer.assumptions]
    keys += [key for key, _ in answer.caveats] + [
        f"method.{name}.{part}" for part in ("name", "question", "assumes", "effect")
    ]
    assert [key for key in keys if not has(key)] == []
    for lang in ("zh", "en"):
        with speaking(lang):
            assert answer.sentence() and isinstance(answer.notes(), list)


@pytest.mark.parametrize("name", EVERY)
def test_the_order_of_rows_does_not_matter(name):
    table = centre()
    check_same(
        ask(name, table, cluster="agent"), ask(name, table.sample(frac=1, random_state=5), cluster="agent"), rtol=1e-7
    )


@pytest.mark.parametrize(
    "name", [name for name in EVERY if name not in ("goodness_of_fit", "linear_by_linear", "plan_means", "nonresponse")]
)
def test_the_names_of_levels_do_not_matter(name):
    table = centre()
    names = {"chat": "a 聊天", "email": "b 邮件", "phone": "c 电话"}
    other = table.assign(
        channel=table["channel"].map(names), channel_2=table["channel_2"].map(names), agent="x" + table["agent"]
    )
    check_same(ask(name, table, cluster=False), ask(name, other, cluster=False))


@pytest.mark.parametrize("name", CALLS)
def test_weights_of_one_are_no_weights(name):
    table = centre().assign(one=1)
    check_same(ask(name, table, cluster=False), ask(name, table, weights="one", weight_kind="frequency", cluster=False))
    check_same(ask(name, table, cluster="agent"), ask(name, table, weights="one", cluster="agent"))


@pytest.mark.parametrize("name", CALLS)
def test_a_row_that_counts_twice_is_two_rows(name):
    table = centre(300).assign(two=2)
    doubled = pd.concat([table, table], ignore_index=True)
    check_same(
        ask(name, doubled, cluster=False),
        ask(name, table, weights="two", weight_kind="frequency", cluster=False),
        rtol=1e-6,
    )


@pytest.mark.parametrize("name", CALLS)
def test_the_unit_of_sampling_weights_does_not_matter(name):
    table = centre().assign(more=lambda t: t["w"] * 17)
    a, b = (ask(name, table, weights=column, cluster="agent") for column in ("w", "more"))
    check_same(a, b, rtol=1e-6)
    assert a.weights == "w" and a.weight_kind == "sampling"


@pytest.mark.parametrize(
    "name", ["chi_square", "two_proportions", "group_shares", "cochran_armitage", "linear_by_linear"]
)
def test_clusters_widen_what_they_hold_together(name):
    table = centre(2000)
    plain, held = ask(name, table, cluster=False), ask(name, table, cluster="agent")
    assert held.n_effective <= plain.n_effective and held.effect.value == approx(plain.effect.value)
    assert held.effect.upper - held.effect.lower >= (plain.effect.upper - plain.effect.lower) * 0.8


def test_surveys_of_one_agent_do_not_alarm_more_often():
    rng, alarms = np.random.default_rng(11), []
    for _ in range(250):
        agent = np.repeat(np.arange(30), 30)
        solved = rng.random(900) < np.clip(0.7 + rng.normal(0, 0.145, 30), 0.05, 0.98)[agent]  # ICC .10
        table = pd.DataFrame({"agent": agent, "team": agent % 2, "solved": solved})
        counted = {
            cluster: nominal_shares.two_proportions(table, "solved", "team", cluster=cluster).p_value
            for cluster in ("agent", False)
        }
        alarms.append([counted["agent"] < 0.05, counted[False] < 0.05])
    corrected, naive = np.mean(alarms, axis=0)
    assert corrected < 0.09 and naive > 0.15


# Refusals --------------------------------------------------------------------------------------


def test_a_share_needs_a_yes():
    table = centre(200)
    with pytest.raises(ScaleError, match="top_from"):
        nominal_counts.group_shares(table, "rating", "channel")
    with pytest.raises(ScaleError, match="nominal"):
        nominal_counts.group_shares(table, "channel", "bot", top_from="phone")
    with pytest.raises(ScaleError, match="has no"):
        nominal_counts.group_shares(table, "channel", "bot", event="fax")
    found = nominal_counts.group_shares(table, "channel", "bot", event=["phone", "email"], cluster=False)
    assert found.columns["hit"] == "phone, email"


@pytest.mark.parametrize(("call", "error", "words"), [
    (lambda t: nominal_shares.two_proportions(t, "solved", "channel"), ScaleError, "exactly two"),
    (lambda t: nominal_shares.two_proportions(t, "solved", "bot", baseline=7), DataError, "'7'"),
    (lambda t: ordered_trend.cochran_armitage(t, "solved", "channel"), ScaleError, "ordinal"),
    (lambda t: ordered_trend.linear_by_linear(t, "channel", "rating"), ScaleError, "ordinal"),
    (lambda t: ordered_trend.cochran_armitage(t, "solved", "priority", scores=[1, 2]), DataError, "2 scores"),
    (lambda t: nominal_tests.chi_square(t, "p", "channel"), ScaleError, "too many"),
    (lambda t: nominal_tests.chi_square(t.assign(channel="chat"), "solved", "channel"), DataError, "two levels"),
    (lambda t: nominal_tests.chi_square(t, "solved", "channel", weights="w", weight_kind="precision"), DataError, "precision"),
    (lambda t: nominal_tests.goodness_of_fit(t, "channel", shares={"chat": 1}), DataError, "email"),
    (lambda t: nominal_tests.chi_square(t, "solved", "chanel"), ColumnError, "channel"),
    (lambda t: nominal_counts.count_shares(t, "channel", interval="wald"), ScaleError, "wilson"),
    (lambda t: nominal_paired.mcnemar_test(t, ["solved"]), DataError, "2 to 2"),
    (lambda t: nominal_paired.mcnemar_test(t, ["rating", "solved"]), ScaleError, "yes/no"),
    (lambda t: nominal_models.multinomial_logit(t.assign(again=t["bot"]), "channel", ["bot", "again"]), DataError, "told by"),
    (lambda t: nominal_models.loglinear(t, ["channel", "bot"], terms=[["chanel"]]), ColumnError, "chanel"),
    (lambda t: nonresponse.nonresponse(t, "rating", "channel"), ScaleError, "interval"),
    (lambda t: segment_rates.subgroup_screen(t, "solved", ["channel"], least=10_000), DataError, "10000"),
    (lambda t: planning.plan_shares(t, "solved", "bot", moves=[0.0]), DataError, "cannot be planned"),
    (lambda t: planning.plan_means(t, "rating", "bot"), ScaleError, "interval"),
    (lambda t: planning.adjusted_p_values(t, "wait"), DataError, "p-values"),
])  # fmt: skip
def test_what_does_not_fit_is_refused(call, error, words):
    with pytest.raises(error, match=words):
        call(centre(200))


# Edges -----------------------------------------------------------------------------------------


def test_small_counts_call_fishers_test_by_name():
    table = pd.DataFrame({"team": list("aaaaabbbbb"), "escalated": [0, 0, 0, 0, 0, 1, 1, 1, 1, 0]})
    found = nominal_tests.chi_square(table, "escalated", "team", cluster=False)
    assert found.p_value == approx(fisher(np.array([[5, 0], [1, 4]])).p_value) == approx(0.047619, abs=1e-6)
    assert "caveat.table_exact" in dict(found.caveats) and not found.assumptions[0].ok
    exact = nominal_tests.fisher_exact(table, "escalated", "team", cluster=False)
    assert (
        exact.effect.name == "odds_ratio_haldane"
        and math.isinf(exact.effect.upper)
        and "caveat.table_zero_cell" in dict(exact.caveats)
    )


def test_a_big_thin_table_is_drawn_with_a_seed():
    rng = np.random.default_rng(2)
    table = pd.DataFrame(
        {
            "reason": rng.choice(list("abcdefgh"), 1500, p=[0.3, 0.3, 0.2, 0.1, 0.09, 0.005, 0.003, 0.002]),
            "channel": rng.choice(list("uvwxyz"), 1500),
        }
    )
    one, two, other = (
        nominal_tests.fisher_exact(table, "reason", "channel", cluster=False, rng=seed) for seed in (0, 0, 1)
    )
    assert one.p_value == two.p_value != other.p_value and one.statistic["draws"] == 20_000
    assert abs(one.p_value - other.p_value) < 6 * one.statistic["p_error"] and "caveat.table_drawn" in dict(one.caveats)


def test_nobody_says_yes():
    table = pd.DataFrame({"team": list("ab") * 20, "solved": [False] * 40})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = nominal_shares.two_proportions(table, "solved", "team", cluster=False)
        shares = nominal_counts.group_shares(table, "solved", "team", cluster=False)
        pairs = nominal_shares.pairwise_proportions(table, "solved", "team", cluster=False)
        mh = nominal_strata.mantel_haenszel_test(
            table.assign(k=[0, 0, 1, 1] * 10), "solved", "team", "k", cluster=False
        )
    assert found.p_value == 1 and found.effect.value == 0 and found.effect.lower < 0 < found.effect.upper
    assert list(shares.table["hits"]) == [0, 0] and pairs.table["p_adjusted"].tolist() == [1.0] and not mh.found


def test_everybody_stays_where_they_were():
    table = pd.DataFrame(
        {"x": list("aabbc") * 4, "y": list("aabbc") * 4, "u": [0, 1] * 10, "v": [0, 1] * 10, "w": [0, 1] * 10}
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert nominal_paired.marginal_homogeneity(table, ["x", "y"]).p_value == 1
        assert nominal_paired.bowker_symmetry(table, ["x", "y"]).p_value == 1
        assert nominal_paired.mcnemar_test(table, ["u", "v"]).p_value == 1
        assert nominal_paired.cochran_q_test(table, ["u", "v", "w"]).p_value == 1


def test_a_wave_without_a_no_keeps_its_yes():
    table = pd.DataFrame({"first": [1, 1, 1, 1, 1, 1], "second": [0, 0, 1, 1, 1, 1]})
    found = nominal_paired.mcnemar_test(table, ["first", "second"])
    assert found.effect.value == approx(-1 / 3) and found.statistic["fell"] == 2


def test_the_reversal_is_said():
    rows = [("easy", 1, 81, 87), ("easy", 0, 234, 270), ("hard", 1, 192, 263), ("hard", 0, 55, 80)]
    table = pd.DataFrame(
        [(case, new, int(k < good)) for case, new, good, n in rows for k in range(n)], columns=["case", "new", "solved"]
    )
    found = nominal_shares.two_proportions(table, "solved", "new", confounder="case", cluster=False)
    assert "caveat.table_reversal" in dict(found.caveats) and found.effect.value < 0
    assert next(one for one in found.effects if one.name == "mh_share_difference").value > 0
    assert found.extra["strata"]["difference"].gt(0).all()


def test_a_driver_that_tells_a_level_for_sure_is_said():
    table = centre(400)
    table["channel"] = np.where(table["bot"] == 1, "chat", np.where(table["p"] < 0.5, "phone", "email"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = nominal_models.multinomial_logit(table, "channel", ["bot", "wait"], cluster=False)
    assert "caveat.model_separated" in dict(found.caveats)


def test_the_subgroup_that_was_planted_is_found_and_noise_is_not():
    table = centre(4000, seed=8)
    rng = np.random.default_rng(4)
    table["solved"] = (
        rng.random(4000) < 0.8 - 0.2 * ((table["channel"] == "email") & (table["priority"] == "high"))
    ).astype(int)
    found = segment_rates.subgroup_screen(table, "solved", ["channel", "priority", "bot"], cluster=False)
    assert found.table["segment"][0] == "channel = email & priority = high" and found.found
    table["solved"] = (rng.random(4000) < 0.8).astype(int)
    assert (
        segment_rates.subgroup_screen(table, "solved", ["channel", "priority", "bot"], cluster=False).statistic["found"]
        == 0
    )


def test_rates_shrink_to_what_they_have_in_common():
    rng = np.random.default_rng(6)
    agent = np.repeat(np.arange(60), rng.integers(5, 60, 60))
    table = pd.DataFrame({"agent": agent, "solved": rng.random(len(agent)) < 0.8})
    found = segment_rates.shrunken_rates(table, "solved", "agent", cluster=False)
    assert found.effect.lower == 0 and found.table["apart"].sum() <= 2
    true = rng.beta(12, 3, 60)
    table["solved"] = rng.random(len(agent)) < true[agent]
    found = segment_rates.shrunken_rates(table, "solved", "agent", cluster=False)
    assert found.effect.lower < true.std() < found.effect.upper and found.found
    held = found.table.set_index("group")
    assert ((held["lower"] <= true[held.index]) & (true[held.index] <= held["upper"])).mean() > 0.85


def test_weighting_repairs_what_the_drivers_know_of():
    rng = np.random.default_rng(9)
    n = 20_000
    bot = rng.integers(0, 2, n)
    score = 60 + 20 * bot + rng.normal(0, 5, n)
    table = pd.DataFrame({"bot": bot, "score": np.where(rng.random(n) < np.where(bot, 0.9, 0.3), score, np.nan)})
    found = nonresponse.nonresponse(table, "score", "bot", cluster=False)
    s = found.statistic
    assert (
        s["value_plain"] > 74 and s["value_weighted"] == approx(70, abs=0.5) and s["value_low"] < 70 < s["value_high"]
    )
    shift = found.effects[1]
    assert shift.lower < -5 < shift.upper + 1 and shift.upper < 0


# Numerics --------------------------------------------------------------------------------------


def brute(counts):
    """Fisher-Freeman-Halton by listing every table."""
    rows, cols = counts.sum(1), counts.sum(0)
    chances = []
    for cells in itertools.product(*(range(min(r, c) + 1) for r in rows[:-1] for c in cols[:-1])):
        top = np.array(cells).reshape(len(rows) - 1, -1)
        whole = np.column_stack([top, rows[:-1] - top.sum(1)])
        whole = np.vstack([whole, cols - whole.sum(0)])
        if (whole >= 0).all():
            chances.append((-sum(math.lgamma(x + 1) for x in whole.ravel()), (whole == counts).all()))
    weights = np.exp([one for one, _ in chances])
    seen = next(w for w, (_, it) in zip(weights, chances, strict=True) if it)
    return weights[weights <= seen * (1 + 1e-7)].sum() / weights.sum()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=3), min_size=2, max_size=3))
def test_fisher_enumerates_every_table(cells):
    counts = np.array(cells)
    if (counts.sum(0) == 0).any() or (counts.sum(1) == 0).any():
        return
    assert fisher(counts).p_value == approx(brute(counts), rel=1e-9)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 30), st.integers(1, 30), st.integers(0, 30), st.integers(1, 30))
def test_intervals_hold_what_was_seen(x1, n1, x0, n0):
    x1, x0 = min(x1, n1), min(x0, n0)
    lower, upper = miettinen_nurminen(x1, n1, x0, n0)
    assert -1 <= lower <= x1 / n1 - x0 / n0 + 1e-9 and x1 / n1 - x0 / n0 - 1e-9 <= upper <= 1
    back = miettinen_nurminen(x0, n0, x1, n1)
    assert (lower, upper) == approx((-back[1], -back[0]), abs=1e-7)
    for kind in ("wilson", "clopper_pearson", "agresti_coull", "jeffreys"):
        low, high = share_interval(x1, n1, kind=kind)
        assert 0 <= low <= x1 / n1 + 1e-12 and x1 / n1 - 1e-12 <= high <= 1


def test_the_conditional_odds_ratio_is_scipys():
    from scipy.stats.contingency import odds_ratio

    counts = np.array([[12, 5], [7, 19]])
    theirs = odds_ratio(counts)
    value, lower, upper = conditional_odds_ratio(counts)
    interval = theirs.confidence_interval()
    assert (value, lower, upper) == approx((theirs.statistic, interval.low, interval.high), rel=1e-5)


def test_the_multinomial_logit_is_statsmodels():
    import statsmodels.api as sm

    table = centre(1500)
    found = nominal_models.multinomial_logit(table, "channel", ["wait", "solved"], reference="chat", cluster=False)
    codes = pd.Categorical(table["channel"]).codes
    fit = sm.MNLogit(codes, sm.add_constant(table[["wait", "solved"]])).fit(disp=0, tol=1e-12)
    rows = found.table.set_index(["driver", "level"])
    for k, level in enumerate(["email", "phone"]):
        assert rows.loc[("wait", level), "coefficient"] == approx(fit.params.loc["wait", k], rel=1e-6)
        assert rows.loc[("solved", level), "se"] == approx(fit.bse.loc["solved", k], rel=1e-6)
    margins = fit.get_margeff(dummy=True).summary_frame()
    theirs = margins.iloc[:, :2].to_numpy()
    ours = (
        rows.loc[[(d, lv) for lv in ("chat", "email", "phone") for d in ("wait", "solved")], ["effect"]]
        .to_numpy()
        .ravel()
    )
    assert ours == approx(theirs[:, 0], rel=1e-5, abs=1e-9)
    half = (
        rows.loc[[(d, lv) for lv in ("chat", "email", "phone") for d in ("wait", "solved")], "effect_upper"].to_numpy()
        - ours
    )
    assert half / 1.959964 == approx(theirs[:, 1], rel=1e-4)
    assert found.table.groupby("driver")["effect"].sum().abs().max() < 1e-12


def test_a_loglinear_model_of_all_terms_fits_and_of_none_is_independence():
    counts = np.random.default_rng(0).integers(1, 30, (3, 4)).astype(float)
    assert fit_loglinear(counts, [(0, 1)]).deviance == approx(0, abs=1e-9)
    apart = fit_loglinear(counts, [(0,), (1,)])
    assert apart.deviance == approx(independence(crosstab_of(counts)).g2) and apart.df == 6


def crosstab_of(counts):
    i, j = np.indices(counts.shape)
    repeat = counts.astype(int).ravel()
    return crosstab([np.repeat(i.ravel(), repeat), np.repeat(j.ravel(), repeat)], counts.shape)


def test_one_row_a_cluster_is_independent_rows():
    table = centre(3000)
    a, la = code_levels(table["channel"])
    b, lb = code_levels(table["rating"])
    plain = independence(crosstab([a, b], (len(la), len(lb))))
    held = independence(crosstab([a, b], (len(la), len(lb)), cluster=np.arange(3000)))
    assert (
        held.chi2 == approx(plain.chi2)
        and held.design_effect == approx(1, abs=0.02)
        and held.p_value == approx(plain.p_value, abs=0.02)
    )


def test_codes_keep_the_order_of_categories():
    codes, levels = code_levels(pd.Series(pd.Categorical(["b", None, "a"], ["c", "b", "a"], ordered=True)))
    assert list(codes) == [0, -1, 1] and levels == ["b", "a"]
    codes, levels = code_levels(pd.Series([2, "x", None, 2], dtype=object))
    assert levels == [2, "x"] and list(codes) == [0, 1, -1, 0]
    assert code_table(np.array([0, 1, 1]), np.array([0, 0, 1]), weight=np.array([1.0, 2, 3])).tolist() == [
        [1, 0],
        [2, 3],
    ]


def test_breslow_day_when_the_odds_ratio_is_one():
    t = np.array([[[10.0, 20], [12, 22]], [[30, 15], [28, 17]]])
    assert all(math.isfinite(x) for x in breslow_day(t, 1.0))
