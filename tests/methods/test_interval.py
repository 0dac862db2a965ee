"""Methods on means: what must not matter, false alarms under clusters, what was planted, and refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccsat.errors import CcsatError, DataError, ScaleError
from ccsat.methods import (
    agents,
    decompose,
    mean_compare,
    mean_describe,
    mean_designs,
    mean_did,
    mean_many,
    mean_pairs,
    mean_relate,
    mean_waves,
    raking,
    series,
    survey,
)
from ccsat.methods.answer import Answer
from ccsat.numerics.studentized import range_quantile, range_tail
from ccsat.numerics.variance_components import components, units_of
from ccsat.scales import LINEAR_5, Cast
from ccsat.wording import speaking

FREE = {"cluster": False}
quick = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def world(n=400, *, agents_=40, groups=2, effect=0.0, icc=0.0, rng=0, nested=False):
    r = np.random.default_rng(rng)
    agent = r.integers(0, agents_, n)
    group = agent % groups if nested else r.integers(0, groups, n)
    y = r.normal(0, np.sqrt(icc), agents_)[agent] + r.normal(0, np.sqrt(1 - icc), n) + effect * group
    return pd.DataFrame({"y": y, "g": np.array(list("abcdef"))[group], "agent": agent, "x": r.normal(size=n), "second": r.choice(["u", "v"], n),
                         "period": np.where(np.arange(n) < n // 2, "p0", "p1"), "w": r.uniform(0.5, 2, n), "day": np.arange(n) // 10})  # fmt: skip


def waves(n=60, rng=0):
    r = np.random.default_rng(rng)
    base = r.normal(size=n)
    return pd.DataFrame(
        {
            "w1": base + r.normal(size=n),
            "w2": base + r.normal(size=n) + 0.5,
            "w3": base + r.normal(size=n),
            "agent": np.arange(n) % 12,
        }
    )


EVERY = {
    "describe_means": lambda t, **o: mean_describe.describe_means(t, "y", "g", target=0.1, **o),
    "mean_trend": lambda t, **o: mean_describe.mean_trend(t, "y", "day", **o),
    "welch_t": lambda t, **o: mean_compare.welch_t(t, "y", "g", **o),
    "pooled_t": lambda t, **o: mean_compare.pooled_t(t, "y", "g", **o),
    "yuen_t": lambda t, **o: mean_compare.yuen_t(t, "y", "g", **o),
    "equivalence": lambda t, **o: mean_compare.equivalence(t, "y", "g", bounds=(-0.3, 0.3), **o),
    "welch_anova": lambda t, **o: mean_many.welch_anova(t, "y", "g", **o),
    "classic_anova": lambda t, **o: mean_many.classic_anova(t, "y", "g", **o),
    "spread_tests": lambda t, **o: mean_many.spread_tests(t, "y", "g", **o),
    "normal_shape": lambda t, **o: mean_many.normal_shape(t, "y", "g", **o),
    "games_howell": lambda t, **o: mean_pairs.games_howell(t, "y", "g", **o),
    "tukey_kramer": lambda t, **o: mean_pairs.tukey_kramer(t, "y", "g", **o),
    "pairwise_welch": lambda t, **o: mean_pairs.pairwise_welch(t, "y", "g", **o),
    "two_way_anova": lambda t, **o: mean_designs.two_way_anova(t, "y", "g", second="second", **o),
    "adjusted_means": lambda t, **o: mean_designs.adjusted_means(t, "y", "g", covariates=["x", "second"], **o),
    "survey_means": lambda t, **o: survey.survey_means(t, "y", "g", weights="w", **o),
    "survey_compare": lambda t, **o: survey.survey_compare(t, "y", "g", weights="w", **o),
    "survey_ranks": lambda t, **o: survey.survey_ranks(t, "y", "g", weights="w", **o),
    "rao_scott_test": lambda t, **o: survey.rao_scott_test(t, "second", "g", weights="w", **o),
    "raked_mean": lambda t, **o: raking.raked_mean(
        t, "y", margins={"g": {"a": 0.6, "b": 0.4}, "second": {"u": 0.5, "v": 0.5}}, **o
    ),
    "mix_rate_split": lambda t, **o: decompose.mix_rate_split(t, "y", "g", period="period", **o),
    "segment_deductions": lambda t, **o: decompose.segment_deductions(t, "y", "g", full=10, **o),
    "oaxaca_blinder": lambda t, **o: decompose.oaxaca_blinder(t, "y", ["x", "second"], period="period", **o),
    "correlation_ratio": lambda t, **o: mean_relate.correlation_ratio(t, "y", "g", **o),
    "point_biserial": lambda t, **o: mean_relate.point_biserial(t, "y", "g", **o),
    "difference_in_differences": lambda t, **o: mean_did.difference_in_differences(
        t, "y", "g", time="period", at="p1", **o
    ),
}
UNITS = {
    "design_effect": lambda t: agents.design_effect(t, "y", "agent"),
    "variance_components": lambda t: agents.variance_components(t, "y", "agent"),
    "shrunken_means": lambda t: agents.shrunken_means(t, "y", "agent"),
    "regression_to_mean": lambda t: agents.regression_to_mean(t, "y", "agent", period="period", extremes=5),
    "control_chart": lambda t: series.control_chart(t, "y", "day"),
    "change_point": lambda t: series.change_point(t, "y", "day", draws=99),
    "interrupted_series": lambda t: series.interrupted_series(t, "y", "day", at=20),
}
PAIRED = {
    "paired_t": lambda t, **o: mean_waves.paired_t(t, ["w1", "w2"], **o),
    "repeated_anova": lambda t, **o: mean_waves.repeated_anova(t, ["w1", "w2", "w3"], **o),
}
ALL = {**{name: (world, lambda t, f=f: f(t, **FREE)) for name, f in EVERY.items()}, **{name: (world, f) for name, f in UNITS.items()},
       **{name: (waves, lambda t, f=f: f(t, **FREE)) for name, f in PAIRED.items()}}  # fmt: skip


@pytest.mark.parametrize("name", sorted(ALL))
def test_answers_are_whole(name):
    make, call = ALL[name]
    table = make()
    before = table.copy()
    answer = call(table)
    pd.testing.assert_frame_equal(table, before)
    assert isinstance(answer, Answer) and answer.method == name and len(answer.table)
    for effect in answer.effects:
        assert np.isfinite(effect.value) and effect.lower is not None and effect.lower <= effect.upper, effect
    if answer.p_value is not None:
        assert 0 <= answer.p_value <= 1 and answer.detectable > 0
    assert any(column.startswith(("n", "points")) for column in answer.table.columns)
    for lang in ("zh", "en"):
        with speaking(lang):
            assert answer.sentence() and all(isinstance(line, str) for line in answer.notes())


def check_same(a: Answer, b: Answer, rtol=1e-7):
    assert (a.p_value is None) == (b.p_value is None) and (a.p_value or 0) == pytest.approx(
        b.p_value or 0, rel=1e-6, abs=1e-12
    )
    for one, other in zip(a.effects, b.effects, strict=True):
        assert (one.value, one.lower, one.upper) == pytest.approx(
            (other.value, other.lower, other.upper), rel=rtol, abs=1e-9
        )


@pytest.mark.parametrize("name", sorted(EVERY))
@quick
@given(st.integers(0, 2**31))
def test_row_order_does_not_matter(name, seed):
    table = world(120, rng=seed % 7)
    for cluster in (False, "agent"):
        check_same(
            EVERY[name](table, cluster=cluster),
            EVERY[name](table.sample(frac=1, random_state=seed % 1000), cluster=cluster),
            rtol=1e-6,
        )


@pytest.mark.parametrize(
    "name", sorted(set(EVERY) - {"yuen_t", "spread_tests", "normal_shape", "adjusted_means", "survey_ranks"})
)
def test_cluster_names_do_not_matter(name):
    table = world(200, icc=0.1)
    renamed = table.assign(agent=table["agent"].map(lambda k: f"agent {97 - k}"))
    check_same(EVERY[name](table, cluster="agent"), EVERY[name](renamed, cluster="agent"))


WEIGHTED = {name: EVERY[name] for name in ("describe_means", "mean_trend", "welch_t", "equivalence", "welch_anova", "games_howell", "pairwise_welch", "adjusted_means",
                                           "mix_rate_split", "correlation_ratio", "pooled_t", "classic_anova", "tukey_kramer", "two_way_anova", "point_biserial")}  # fmt: skip


@pytest.mark.parametrize("name", sorted(WEIGHTED))
def test_frequency_weights_are_rows(name):
    table = world(150, rng=3)
    doubled, weighted = pd.concat([table, table], ignore_index=True), table.assign(two=2.0)
    how = {"weights": "two", "weight_kind": "frequency", **FREE}
    a, b = WEIGHTED[name](doubled, **FREE), WEIGHTED[name](weighted, **how)
    check_same(a, b)
    assert a.n == b.n == 300
    one = WEIGHTED[name](table.assign(one=1.0), weights="one", weight_kind="frequency", **FREE)
    check_same(WEIGHTED[name](table, **FREE), one)


@pytest.mark.parametrize("name", ["welch_t", "welch_anova", "games_howell", "describe_means"])
@pytest.mark.parametrize("kind", ["sampling", "precision"])
def test_weights_of_one_change_nothing(name, kind):
    table = world(150, rng=4).assign(one=1.0)
    a, b = EVERY[name](table, **FREE), EVERY[name](table, weights="one", weight_kind=kind, **FREE)
    assert a.p_value == pytest.approx(b.p_value, rel=1e-9)


@pytest.mark.parametrize(
    "name", ["welch_t", "pooled_t", "yuen_t", "survey_compare", "point_biserial", "difference_in_differences"]
)
def test_a_turned_scale_turns_the_sign(name):
    table = world(150, rng=5, effect=0.3)
    turned = table.assign(y=-table["y"])
    a, b = EVERY[name](table, **FREE), EVERY[name](turned, **FREE)
    assert a.effect.value == pytest.approx(-b.effect.value) and a.effect.lower == pytest.approx(-b.effect.upper)
    assert a.p_value == pytest.approx(b.p_value)


def rejections(method, icc, draws, **world_of):
    return np.mean([method(world(600, icc=icc, rng=1000 + k, **world_of)).p_value < 0.05 for k in range(draws)])


@pytest.mark.parametrize("icc", [0.0, 0.02, 0.05, 0.10])
@pytest.mark.parametrize(("name", "groups"), [("welch_t", 2), ("welch_anova", 3)])
@pytest.mark.parametrize("nested", [True, False])
def test_false_alarms_with_clusters(name, groups, icc, nested):
    got = rejections(lambda t: EVERY[name](t, cluster="agent"), icc, 300, groups=groups, nested=nested, agents_=30)
    assert 0.02 <= got <= 0.085  # 5 % within 2.7 standard errors of 300 draws


def test_naive_false_alarms_are_what_the_guard_is_for():
    assert rejections(lambda t: EVERY["welch_t"](t, cluster=False), 0.1, 150, nested=True, agents_=30) > 0.15


def test_intervals_of_splits_hold_the_truth_with_clusters():
    r, held = np.random.default_rng(5), np.zeros(3)
    for _ in range(250):
        n, agent = 900, r.integers(0, 30, 900)
        later = r.random(n) < 0.5
        segment = np.where(r.random(n) < np.where(later, 0.6, 0.4), 1, 0)
        y = r.normal(0, 0.25, 30)[agent] + 0.5 * segment + 0.1 * later + r.normal(0, 1, n)
        t = pd.DataFrame({"y": y, "s": segment.astype(str), "p": np.where(later, "b", "a"), "agent": agent})
        got = {one.name: one for one in decompose.mix_rate_split(t, "y", "s", period="p", cluster="agent").effects}
        held += [
            got[name].lower <= truth <= got[name].upper
            for name, truth in (("rate_total", 0.1), ("mix_total", 0.1), ("mean_move", 0.2))
        ]
    assert (held / 250 > 0.91).all() and (held / 250 < 0.985).all()


def test_mix_and_rate_close_and_turn_with_the_periods():
    t = world(300, rng=8)
    t.loc[(t["g"] == "b") & (t["period"] == "p1"), "g"] = "c"  # b is seen before only, c after only
    a, b = (decompose.mix_rate_split(t, "y", "g", period="period", baseline=start, **FREE) for start in ("p0", "p1"))
    assert a.table["points"].sum() == pytest.approx(a.statistic["change"], abs=1e-12)
    for column in ("mix", "rate"):
        np.testing.assert_allclose(a.table[column], -b.table[column], atol=1e-12)
    assert (a.table.set_index("group")["rate"][["b", "c"]] == 0).all()
    assert "caveat.mix_one_period" in [key for key, _ in a.caveats]


def test_mix_that_hides_a_rise_is_said():
    rows = [("easy", "p0", 5)] * 80 + [("easy", "p0", 4)] * 20 + [("hard", "p0", 1)] * 40 + [("hard", "p0", 2)] * 10
    rows += [("easy", "p1", 5)] * 45 + [("easy", "p1", 4)] * 5 + [("hard", "p1", 1)] * 60 + [("hard", "p1", 2)] * 60
    got = decompose.mix_rate_split(pd.DataFrame(rows, columns=["g", "p", "y"]), "y", "g", period="p", **FREE)
    assert got.statistic["change"] < 0 < got.effect.value and "caveat.mix_turns" in [key for key, _ in got.caveats]


def test_deductions_close():
    got = decompose.segment_deductions(
        world(300).assign(y=lambda t: t["y"].clip(-3, 3)), "y", "g", full=3, cluster="agent"
    )
    assert got.table["points"].sum() == pytest.approx(got.effect.value, abs=1e-12)
    assert got.table["excess"].sum() == pytest.approx(0, abs=1e-12)
    with pytest.raises(DataError, match="full mark"):
        decompose.segment_deductions(world(300), "y", "g", full=0)


def test_oaxaca_adds_up():
    got = decompose.oaxaca_blinder(world(300), "y", ["x", "second"], period="period", cluster="agent")
    rows = got.table
    assert rows[["explained", "unexplained"]].to_numpy().sum() == pytest.approx(got.statistic["change"], abs=1e-10)
    assert rows[["endowments", "coefficients", "interaction"]].to_numpy().sum() == pytest.approx(
        got.statistic["change"], abs=1e-10
    )


def test_regression_to_the_mean_is_expected_and_not_claimed():
    alarms, naive = 0, 0
    for k in range(60):
        r = np.random.default_rng(k)
        true = r.normal(4, 0.12, 60)
        agent = np.tile(np.repeat(np.arange(60), 15), 2)
        t = pd.DataFrame(
            {"agent": agent, "period": np.repeat(["p0", "p1"], 900), "y": true[agent] + r.normal(0, 1, 1800)}
        )
        got = agents.regression_to_mean(t, "y", "agent", period="period")
        alarms += got.p_value < 0.05
        naive += got.effects[1].lower > 0
    assert naive > 45 and alarms <= 8  # the raw change "proves" improvement nearly always; beyond chance there is none


def test_shrunken_intervals_hold_the_truth():
    held = []
    for k in range(60):
        r = np.random.default_rng(k)
        size, true = r.integers(8, 40, 30), r.normal(0, 0.3, 30)
        agent = np.repeat(np.arange(30), size)
        got = (
            agents.shrunken_means(pd.DataFrame({"a": agent, "y": true[agent] + r.normal(0, 1, len(agent))}), "y", "a")
            .table.set_index("group")
            .sort_index()
        )
        held.append(((got["lower"] <= true) & (true <= got["upper"])).mean())
    assert 0.93 <= np.mean(held) <= 0.97


def test_variance_components_agree_with_two_other_optimisers():
    t = world(400, icc=0.15, rng=2)
    from scipy.optimize import minimize
    from statsmodels.regression.mixed_linear_model import MixedLM

    got = components(units_of(t["y"].to_numpy(), t["agent"].to_numpy()))
    fit = MixedLM(t["y"], np.ones(len(t)), groups=t["agent"]).fit(method="bfgs", reml=True)
    assert got.within == pytest.approx(fit.scale, rel=1e-3) and got.between == pytest.approx(
        float(np.ravel(fit.cov_re)[0]), rel=1e-2
    )
    from ccsat.numerics.variance_components import criterion

    units = units_of(t["y"].to_numpy(), t["agent"].to_numpy())
    other = minimize(
        lambda x: float(criterion(units, np.exp(x[0]), reml=True)[0]),
        [0.0],
        method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 1e-12},
    )
    assert got.between / got.within == pytest.approx(float(np.exp(other.x[0])), rel=1e-5)


def test_variance_between_may_be_nothing():
    y = np.tile([1.0, 2.0, 3.0], 20)
    got = agents.variance_components(pd.DataFrame({"y": y, "a": np.repeat(np.arange(20), 3)}), "y", "a")
    assert got.statistic["variance_between"] == 0 and got.p_value == 1 and got.effect.lower == 0


def test_studentized_range_agrees_with_scipy():
    from scipy.stats import studentized_range

    for k, df in ((3, 5.0), (4, 118.2), (10, 30.0), (5, 2.5)):
        assert float(range_tail(3.3, k, df)) == pytest.approx(studentized_range.sf(3.3, k, df), abs=1e-9)
        assert float(range_tail(range_quantile(0.95, k, df), k, df)) == pytest.approx(0.05, abs=1e-10)


def test_raking_meets_its_margins_and_its_cap():
    t = world(500, rng=1)
    margins = {"g": {"a": 0.7, "b": 0.3}, "second": {"u": 0.2, "v": 0.8}}
    got = raking.raked_mean(t, "y", margins=margins, **FREE)
    np.testing.assert_allclose(got.table["share_after"], got.table["share_target"], atol=1e-10)
    capped = raking.raked_mean(t, "y", margins=margins, most=1.5, **FREE)
    assert capped.statistic["largest_weight"] <= 1.5 + 1e-9
    with pytest.raises(DataError, match="nobody"):
        raking.raked_mean(t, "y", margins={"g": {"a": 0.5, "b": 0.4, "z": 0.1}})


def test_series_find_what_was_planted_and_little_else():
    found, places, quiet = 0, [], 0
    for k in range(40):
        r = np.random.default_rng(k)
        e = np.zeros(60)
        for t in range(1, 60):
            e[t] = 0.4 * e[t - 1] + r.normal()
        days = pd.date_range("2024-01-01", periods=60)
        flat = series.change_point(pd.DataFrame({"d": days, "y": e}), "y", "d", draws=199)
        step = series.change_point(pd.DataFrame({"d": days, "y": e + 3 * (np.arange(60) >= 35)}), "y", "d", draws=199)
        quiet += flat.p_value < 0.05
        found += step.p_value < 0.05
        places.append(abs((pd.Timestamp(step.columns["change"]) - days[35]).days))
    assert found >= 36 and quiet <= 6 and np.median(places) <= 1
    r = np.random.default_rng(1)
    t = pd.DataFrame(
        {"d": np.arange(48), "y": 0.1 * np.arange(48) + 2.0 * (np.arange(48) >= 24) + r.normal(0, 0.5, 48)}
    )
    got = {one.name: one for one in series.interrupted_series(t, "y", "d", at=24).effects}
    assert (
        got["series_level_change"].lower < 2 < got["series_level_change"].upper
        and got["series_trend_change"].lower < 0 < got["series_trend_change"].upper
    )


def test_control_chart_sees_a_far_point_and_a_run():
    y = np.r_[np.tile([1.0, -1.0, 0.5, -0.5], 8), 9.0]
    got = series.control_chart(pd.DataFrame({"d": np.arange(33), "y": y}), "y", "d")
    assert (
        got.table["signal"].tolist()[-1] == "beyond"
        and (got.table["signal"][:-1] == "").all()
        and got.columns["chart"] == "individuals"
    )
    r = np.random.default_rng(0)
    share = pd.DataFrame({"d": np.repeat(np.arange(30), 200), "y": (r.random(6000) < 0.8).astype(float)})
    assert series.control_chart(share, "y", "d").columns["chart"] == "p"


def test_difference_in_differences_and_its_check():
    r = np.random.default_rng(3)
    rows = pd.DataFrame(
        {"g": r.choice(["control", "pilot"], 4000), "m": r.integers(1, 7, 4000), "agent": r.integers(0, 40, 4000)}
    )
    pilot = rows["g"] == "pilot"
    rows["y"] = 0.2 * pilot + 0.1 * rows["m"] + 0.5 * (pilot & (rows["m"] >= 5)) + r.normal(0, 1, 4000)
    got = mean_did.difference_in_differences(rows, "y", "g", time="m", at=5, cluster="agent")
    assert got.effect.lower < 0.5 < got.effect.upper and got.assumptions[0].ok
    rows["y"] += 0.3 * rows["m"] * pilot
    assert (
        mean_did.difference_in_differences(rows, "y", "g", time="m", at=5, cluster="agent").assumptions[0].ok is False
    )


def test_simpson_is_said_by_adjusting():
    r = np.random.default_rng(2)
    hard = r.random(2000) < 0.5
    bot = r.random(2000) < np.where(hard, 0.15, 0.85)
    t = pd.DataFrame(
        {
            "y": 4 - 1.5 * hard - 0.4 * bot + r.normal(0, 0.7, 2000),
            "bot": bot.astype(int).astype(str),
            "hard": hard.astype(float),
        }
    )
    got = mean_designs.adjusted_means(t, "y", "bot", covariates=["hard"], **FREE)
    assert got.effect.value == pytest.approx(-0.4, abs=0.15) and "caveat.mean_adjusted_turns" in [
        key for key, _ in got.caveats
    ]


def test_type_three_of_cells_agrees_with_its_sums_of_squares():
    t = world(600, groups=3, rng=6)
    free, clustered = (
        mean_designs.two_way_anova(t, "y", "g", second="second", cluster=how) for how in (False, "agent")
    )
    np.testing.assert_allclose(free.table["p_value"], clustered.table["p_value"], atol=0.25)


def test_same_is_only_said_when_shown():
    small, large = world(40, rng=2), world(6000, rng=2)
    assert EVERY["equivalence"](small, **FREE).statistic["verdict"] == 0
    assert "caveat.mean_not_same" in [key for key, _ in EVERY["equivalence"](small, **FREE).caveats]
    assert EVERY["equivalence"](large, **FREE).statistic["verdict"] == 1


def test_ratings_and_casts_are_said():
    t = pd.DataFrame({"r": pd.Categorical([1, 2, 3, 4, 5] * 12, ordered=True), "g": ["a", "b"] * 30})
    got = mean_compare.welch_t(t, Cast("r", LINEAR_5), "g", **FREE)
    assert got.casts == ("r",) and "caveat.mean_rating" in [key for key, _ in got.caveats]


@pytest.mark.parametrize("name", sorted(set(EVERY) - {"survey_ranks", "rao_scott_test"}))
def test_weaker_scales_are_refused(name):
    words = world(60).assign(y=lambda t: t["second"])
    ordinal = world(60).assign(y=pd.Categorical([1, 2, 3] * 20, ordered=True))
    for table, scale in ((words, "nominal"), (ordinal, "ordinal")):
        with pytest.raises(ScaleError, match=scale):
            EVERY[name](table, **FREE)


@pytest.mark.parametrize("name", sorted(UNITS))
def test_weaker_scales_are_refused_by_units(name):
    with pytest.raises(ScaleError, match="ordinal"):
        UNITS[name](world(60).assign(y=pd.Categorical([1, 2, 3] * 20, ordered=True)))


def edge_tables():
    t = world(60)
    yield "one group", t.assign(g="a")
    yield "one row in a group", t.assign(g=["b"] + ["a"] * 59)
    yield "constant", t.assign(y=1.0)
    yield "ties only, by group", t.assign(y=(t["g"] == "a").astype(float))
    yield "empty", t.iloc[:0]
    yield "all missing", t.assign(y=np.nan)
    yield "infinite", t.assign(y=np.r_[np.inf, np.zeros(59)])
    yield "one cluster", t.assign(agent=0)
    yield "cluster is a group", t.assign(agent=np.where(t["g"] == "a", 0, t["agent"] + 1))
    yield "unused category", t.assign(g=pd.Categorical(t["g"], categories=["a", "b", "c"]))
    yield "three rows", t.iloc[:3]


@pytest.mark.parametrize("name", sorted(ALL))
def test_odd_tables_end_in_words_or_an_answer(name, recwarn):
    calls = [EVERY[name]] if name in EVERY else []
    for _, table in edge_tables():
        for call in [
            *(lambda t, f=f, c=c: f(t, cluster=c) for f in calls for c in (False, "agent")),
            *([UNITS[name]] if name in UNITS else []),
        ]:
            try:
                assert isinstance(call(table), Answer)
            except CcsatError as error:
                for lang in ("zh", "en"):
                    assert error.message(lang)
    assert not [one for one in recwarn if "ccsat" in str(one.filename)]


def test_options_that_are_needed_are_asked_for():
    t = world(60)
    for call in (lambda: mean_compare.equivalence(t, "y", "g"), lambda: mean_designs.two_way_anova(t, "y", "g"), lambda: mean_designs.adjusted_means(t, "y", "g"),
                 lambda: raking.raked_mean(t, "y"), lambda: decompose.mix_rate_split(t, "y", "g"), lambda: decompose.oaxaca_blinder(t, "y", ["x"]),
                 lambda: series.interrupted_series(t, "y", "day"), lambda: mean_did.difference_in_differences(t, "y", "g"),
                 lambda: agents.regression_to_mean(t, "y", "agent"), lambda: mean_compare.pooled_t(t, "y", "g", weights="w", weight_kind="sampling"),
                 lambda: mean_compare.yuen_t(t, "y", "g", trim=0.6), lambda: mean_compare.equivalence(t, "y", "g", bounds=(1, -1))):  # fmt: skip
        with pytest.raises(CcsatError) as caught:
            call()
        assert "Try" in caught.value.message("en")
