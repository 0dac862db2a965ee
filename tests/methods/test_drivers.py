"""Driver importance: what must not change it, what it must say, refusals, and the bot's and the KPIs' lists."""

from itertools import combinations, permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest import approx

from ccsat import worlds
from ccsat.errors import ColumnError, DataError, ScaleError
from ccsat.methods.drivers import rank_drivers
from ccsat.methods.importance import conditional_dominance, relative_importance
from ccsat.methods.indicators import prune_indicators
from ccsat.methods.kpi_drivers import BOT_SESSION_DRIVERS, EIGHT_KPIS, INTELLIGENT_INDICATORS, rank_kpis
from ccsat.methods.penalty import penalty_reward
from ccsat.methods.priorities import importance_performance
from ccsat.methods.roles import Roles
from ccsat.numerics.cumulative import fit_cumulative, group_rows
from ccsat.numerics.deviance_shares import fit_subsets
from ccsat.numerics.importance import (
    car_scores,
    drawn_orders,
    inflation,
    johnson,
    lmg,
    lmg_by_orders,
    members,
    outdoes,
    subset_explained,
)
from ccsat.numerics.moments_drivers import bootstrap_counts, group_moments, robust_slopes
from ccsat.scales import LINEAR_5, Cast
from ccsat.wording import speaking

QUICK = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ALONE = Roles(cluster=False)
SLOPES = {"wait": -0.5, "skill": 0.6, "speed": 0.2, "noise": 0.0}


def made(seed=0, n=600, agents=30):
    """An overall rating 1-5 and its score, four drivers, a team, agents, weights; a mood that moves bot and outcome."""
    rng = np.random.default_rng(seed)
    agent = rng.integers(0, agents, n)
    lift, mood = rng.normal(0, 0.3, agents)[agent], rng.integers(0, 2, n)
    x = rng.normal(size=(n, 4)) + 0.6 * rng.normal(size=(n, 1))
    table = pd.DataFrame(x, columns=list(SLOPES)).assign(
        agent=agent, mood=mood, bot=(rng.random(n) < 0.2 + 0.6 * mood).astype(int), team=rng.choice(["north", "south", "west"], n),
        weight=rng.integers(1, 4, n),
    )  # fmt: skip
    felt = x @ list(SLOPES.values()) + 1.2 * mood - 0.5 * table["bot"] + lift + rng.normal(0, 1, n)
    rating = np.digitize(felt, [-1.5, -0.3, 0.8, 2]) + 1
    return table.assign(score=felt, rating=pd.Categorical(rating, [1, 2, 3, 4, 5], ordered=True), good=rating >= 4)


def moments_of(table, columns):
    return np.cov(table[columns].to_numpy(float).T, bias=True)


# The numbers by definition --------------------------------------------------------------------------


def test_lmg_is_the_mean_over_all_orders_of_least_squares_fits():
    table = made()
    x, y = table[list(SLOPES)].to_numpy(), table["score"].to_numpy()

    def r2(columns):
        z = np.column_stack([np.ones(len(y)), x[:, list(columns)]])
        left = y - z @ np.linalg.lstsq(z, y, rcond=None)[0]
        return 1 - (left**2).sum() / ((y - y.mean()) ** 2).sum()

    gains = np.zeros(4)
    for order in permutations(range(4)):
        for place, k in enumerate(order):
            gains[k] += (r2(order[: place + 1]) - r2(order[:place])) / 24
    found = lmg(moments_of(table, [*SLOPES, "score"]))[0]
    assert found == approx(gains, abs=1e-12)
    assert found.sum() == approx(r2(range(4)), abs=1e-12)
    explained = subset_explained(moments_of(table, [*SLOPES, "score"]))[:, 0]
    assert explained[0b1010] == approx(r2([1, 3]), abs=1e-12)


def test_fourteen_drivers_and_sampled_orders_agree():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(500, 15)) + 0.5 * rng.normal(size=(500, 1))
    moments = np.cov(x.T)
    exact = lmg(moments)[0]
    each = lmg_by_orders(moments[None], drawn_orders(14, 400, rng))[:, 0]
    error = each.reshape(400, 2, 14).mean(1).std(0) / 20
    assert exact.sum() == approx(subset_explained(moments)[-1, 0])
    assert each.sum(1) == approx(exact.sum())
    assert (np.abs(each.mean(0) - exact) < 4.5 * error).all()


def test_draws_at_once_are_the_draws_one_by_one_and_groups_the_rows():
    table = made()
    columns = table[[*SLOPES, "score"]].to_numpy()
    agent, weight = table["agent"].to_numpy(), table["weight"].to_numpy(float)
    grouped = group_moments(columns, agent, 30, weight)
    counts = bootstrap_counts(30, 7, np.random.default_rng(0))
    together = lmg(grouped.drawn(counts))
    for draw in range(7):
        rows = np.concatenate([np.repeat(np.flatnonzero(agent == g), int(counts[draw, g])) for g in range(30)])
        assert together[draw] == approx(lmg(np.cov(columns[rows].T, aweights=weight[rows], bias=True))[0], abs=1e-10)
    assert group_moments(columns, None, 1, weight).total() == approx(grouped.total(), abs=1e-12)
    assert grouped.means() == approx(weight @ columns / weight.sum())


def test_drivers_of_several_columns_and_held_ones_enter_together():
    table = made()
    design = (
        pd.get_dummies(table["team"], dtype=float)
        .iloc[:, 1:]
        .assign(wait=table["wait"], mood=table["mood"], score=table["score"])
    )
    m = moments_of(design, ["mood", "south", "west", "wait", "score"])
    explained = subset_explained(m, (2, 1), fixed=1)[:, 0]
    for mask, columns in enumerate(([0], [0, 1, 2], [0, 3], [0, 1, 2, 3])):
        b = np.linalg.solve(m[np.ix_(columns, columns)], m[columns, -1])
        assert explained[mask] == approx(b @ m[columns, -1] / m[-1, -1], abs=1e-12)
    assert lmg(m, (2, 1), fixed=1)[0].sum() == approx(explained[3] - explained[0], abs=1e-12)


def test_a_driver_told_by_others_adds_nothing_and_breaks_nothing():
    table = made().assign(twice=lambda t: 2 * t["wait"])
    m = moments_of(table, ["wait", "twice", "skill", "score"])
    explained = subset_explained(m)[:, 0]
    assert explained[0b011] == approx(explained[0b001]) and explained[0b111] == approx(explained[0b101])


def test_other_splits_add_up_to_what_is_explained():
    m = moments_of(made(), [*SLOPES, "score"])[None]
    whole = lmg(m)[0].sum()
    assert johnson(m)[0].sum() == approx(whole) and (car_scores(m)[0] ** 2).sum() == approx(whole)
    one = inflation(m[0, :-1, :-1], (1,) * 4)
    assert one == approx(np.diag(np.linalg.inv(np.corrcoef(made()[list(SLOPES)].T))))


def test_complete_dominance_by_brute_force():
    m = moments_of(made(), [*SLOPES, "score"])
    explained, inside = subset_explained(m)[:, 0], members(4)
    got = outdoes(explained)
    for a, b in permutations(range(4), 2):
        rest = [k for k in range(4) if k not in (a, b)]
        wins = [
            explained[s + (1 << a)] > explained[s + (1 << b)]
            for size in range(3)
            for some in combinations(rest, size)
            for s in [sum(1 << k for k in some)]
        ]
        assert got[a, b] == approx(np.mean(wins))
    assert inside.sum() == 4 * 8


def test_robust_slopes_are_those_of_statsmodels():
    import statsmodels.api as sm

    table = made()
    x, y, w, g = (
        table[list(SLOPES)].to_numpy(),
        table["score"].to_numpy(),
        table["weight"].to_numpy(float),
        table["agent"].to_numpy(),
    )
    plain, clustered = robust_slopes(x, y, None, None), robust_slopes(x, y, w, g)
    want = sm.OLS(y, sm.add_constant(x)).fit(cov_type="HC1")
    assert plain[0] == approx(want.params[1:]) and np.sqrt(np.diag(plain[1])) == approx(want.bse[1:], rel=1e-8)
    want = sm.WLS(y, sm.add_constant(x), weights=w).fit(cov_type="cluster", cov_kwds={"groups": g})
    assert clustered[0] == approx(want.params[1:]) and np.sqrt(np.diag(clustered[1])) == approx(want.bse[1:], rel=1e-8)


def test_draws_of_deviance_are_near_the_fits_they_spare():
    table = made(3, 800)
    columns, y = [table[name].to_numpy() for name in SLOPES], table["rating"].cat.codes.to_numpy()
    agent = table["agent"].to_numpy()
    counts = bootstrap_counts(30, 25, np.random.default_rng(2))
    fits = fit_subsets(
        group_rows(columns, y, 5), (1,) * 4, np.arange(16), fixed=0, group=agent, groups=30, counts=counts
    )
    for draw in range(25):
        w = counts[draw][agent]
        again = fit_cumulative(group_rows([c[w > 0] for c in columns], y[w > 0], 5, w[w > 0]))
        assert 1 - fits.drawn[-1, draw] / fits.null_drawn[draw] == approx(
            1 - again.loglik / again.loglik_null, abs=0.004
        )
    assert fits.loglik[-1] == approx(fit_cumulative(group_rows(columns, y, 5)).loglik)


# What must not change an answer ---------------------------------------------------------------------


@QUICK
@given(st.integers(0, 10_000), st.sampled_from(["score", "rating", "good"]))
def test_order_of_rows_and_of_drivers_does_not_matter(seed, outcome):
    table = made(seed, 250)
    names = [*SLOPES, "team"]
    one = rank_drivers(table, outcome, names, roles=ALONE, draws=30).table.set_index("driver")
    other = rank_drivers(
        table.sample(frac=1, random_state=seed), outcome, names[::-1], roles=ALONE, draws=30
    ).table.set_index("driver")
    for column in ("share", "gain", "johnson", "effect", "vif", "effect_lower"):
        assert other.loc[one.index, column].to_numpy() == approx(one[column].to_numpy(), abs=1e-8, nan_ok=True)
    assert one["share"].sum() == approx(1) and (one["share"] >= -1e-9).all()


@QUICK
@given(st.integers(0, 10_000))
def test_levels_may_have_other_names_and_drivers_other_units(seed):
    table = made(seed, 250)
    other = table.assign(
        wait=60 * table["wait"] + 7,
        team=table["team"].map({"north": "n", "south": "s", "west": "w"}),
        score=-table["score"],
    )
    one, two = (
        rank_drivers(t, "score", [*SLOPES, "team"], roles=ALONE, draws=30).table.set_index("driver")
        for t in (table, other)
    )
    assert two.loc[one.index, "share"].to_numpy() == approx(one["share"].to_numpy())
    assert two.loc["wait", "effect"] == approx(-one.loc["wait", "effect"] / 60)
    assert (two.loc[list(SLOPES), "sign"] == -one.loc[list(SLOPES), "sign"]).all()


@QUICK
@given(st.integers(0, 10_000), st.sampled_from(["score", "rating"]))
def test_rows_twice_are_rows_of_weight_two_and_weights_of_one_are_none(seed, outcome):
    table = made(seed, 200).assign(one=1, two=2)
    names = list(SLOPES)
    ask = lambda t, w=None: rank_drivers(
        t, outcome, names, roles=Roles(cluster=False, weights=w, weight_kind="frequency"), draws=30
    )
    plain, ones, twos, double = ask(table), ask(table, "one"), ask(table, "two"), ask(pd.concat([table, table]))
    for a, b in ((plain, ones), (twos, double)):
        assert b.table["share"].to_numpy() == approx(a.table["share"].to_numpy())
        assert b.table["effect_lower"].to_numpy() == approx(a.table["effect_lower"].to_numpy())
    assert twos.n == double.n == 400 and plain.table["share"].to_numpy() == approx(twos.table["share"].to_numpy())
    widths = [(answer.table["effect_upper"] - answer.table["effect_lower"]).to_numpy() for answer in (plain, double)]
    assert widths[0] / widths[1] == approx(np.sqrt(2), rel=0.02)


# What the answer says -------------------------------------------------------------------------------


@pytest.mark.parametrize(("outcome", "model"), [("score", "ols"), ("rating", "ordered_logit"), ("good", "logit")])
def test_the_scale_chooses_the_model_and_the_planted_order_is_found(outcome, model):
    answer = rank_drivers(made(5, 2000), outcome, list(SLOPES), roles=Roles(cluster="agent"), draws=400)
    table = answer.table.set_index("driver")
    assert answer.extra["model"] == model and answer.clusters == 30 and answer.n_effective < 2000
    assert list(table.index[:2]) == ["skill", "wait"]
    assert table.loc["noise", "effect_lower"] < 0 < table.loc["noise", "effect_upper"]
    assert table.loc["noise", "lower"] < table.loc["noise", "share"] < table.loc["noise", "upper"], (
        "kept, with its interval"
    )
    assert table.loc["wait", "sign"] == -1 and table.loc["skill", "sign"] == 1
    assert ((table["lower"] <= table["share"]) & (table["share"] <= table["upper"])).all()
    assert answer.effect.name == "driver_gap" and answer.detectable > 0
    for lang in ("zh", "en"):
        with speaking(lang):
            assert answer.sentence() and all(answer.notes())


def test_drivers_that_cannot_be_told_apart_share_a_tier():
    few, many = (rank_drivers(made(5, n), "score", list(SLOPES), roles=Roles(cluster="agent")) for n in (120, 20_000))
    assert few.table["tier"].max() < many.table["tier"].max()
    for answer in (few, many):
        table, pairs = answer.table.set_index("driver"), answer.extra["pairs"]
        for a, b, p in zip(pairs["driver_a"], pairs["driver_b"], pairs["p_adjusted"], strict=True):
            if table.loc[a, "tier"] < table.loc[b, "tier"]:
                assert p < 0.05, "no ranking finer than the comparisons allow"
        assert (table["rank_best"] <= table["rank_worst"]).all()


def test_confounders_are_held_and_mediators_are_told_apart():
    table = made(7, 4000)
    table["waited"] = np.random.default_rng(1).normal(size=4000) + 0.8 * table["bot"]
    table["score"] = table["score"] - 0.7 * table["waited"]
    crude = rank_drivers(table, "score", ["bot", "skill"], roles=ALONE, draws=50)
    roles = Roles(cluster=False, confounders=("mood",), mediators=("waited",))
    held = rank_drivers(table, "score", ["bot", "skill", "waited"], roles=roles, draws=50)
    by = held.table.set_index("driver")
    assert list(by.index) == ["skill", "bot", "waited"] or list(by.index) == ["bot", "skill", "waited"]
    assert "mood" not in by.index and by.loc["waited", "role"] == "mediator" and np.isnan(by.loc["waited", "share"])
    assert by.loc["bot", "effect"] == approx(-0.5 - 0.7 * 0.8, abs=0.15) and by.loc["bot", "effect_direct"] == approx(
        -0.5, abs=0.15
    )
    assert crude.table.set_index("driver").loc["bot", "effect"] > by.loc["bot", "effect"] + 0.4
    assert by["share_direct"].sum() == approx(1) and held.statistic["explained_held"] > 0
    keys = {key for key, _ in held.caveats}
    assert {"caveat.drivers_mediators", "caveat.drivers_confounders", "caveat.drivers_association"} <= keys


def test_a_sign_that_turns_is_said():
    table = made(7, 4000)
    answer = rank_drivers(table, "score", ["bot", "mood", "skill"], roles=ALONE, draws=30)
    turned = dict(answer.caveats).get("caveat.drivers_sign")
    assert turned and "bot" in turned["columns"]


def test_collinear_drivers_halo_and_johnson_are_said():
    table = made(8, 1500)
    rng = np.random.default_rng(0)
    table["nearly"] = table["wait"] + 0.2 * rng.normal(size=len(table))
    answer = rank_drivers(table, "score", ["wait", "nearly", "skill"], roles=ALONE, draws=50)
    assert answer.assumptions[0].ok is False and answer.table["vif"].max() > 5
    items = pd.read_csv(Path(__file__).resolve().parents[1] / "reference" / "drivers.csv")
    rated = rank_drivers(items, "overall", ["polite", "speed"], roles=ALONE, draws=30)
    assert "caveat.drivers_halo" in dict(rated.caveats)
    assert "caveat.drivers_halo" not in dict(answer.caveats)
    m = np.array([[1, 0.9, 0, 0.6], [0.9, 1, 0, 0.2], [0, 0, 1, 0.3], [0.6, 0.2, 0.3, 1.0]])
    x = np.random.default_rng(1).normal(size=(400, 4))
    x = (
        (x - x.mean(0))
        @ np.linalg.inv(np.linalg.cholesky(np.cov(x.T)).T)
        @ np.linalg.cholesky(m + 0.5 * np.diag([0, 0, 0, 1])).T
    )
    apart = rank_drivers(pd.DataFrame(x, columns=list("abcy")), "y", list("abc"), roles=ALONE, draws=30)
    off = (apart.table["johnson"] - apart.table["share"]).abs().max()
    assert ("caveat.drivers_johnson" in dict(apart.caveats)) == (off > 0.03)


@pytest.mark.parametrize("outcome", ["score", "rating"])
def test_sampled_orders_are_near_all_orders_and_state_their_error(outcome):
    table = made(9, 500)
    names = [*SLOPES, "bot", "team"]
    exact, sampled = (
        rank_drivers(table, outcome, names, roles=Roles(cluster="agent"), draws=60, orders=orders) for orders in (0, 15)
    )
    one, two = exact.table.set_index("driver"), sampled.table.set_index("driver")
    assert (one["monte_carlo_se"] == 0).all() and two["monte_carlo_se"].max() > 0
    assert (np.abs(two["share"] - one["share"]) <= 5 * two["monte_carlo_se"] + 1e-9).all()
    assert two["share"].sum() == approx(1) and "caveat.drivers_sampled" in dict(sampled.caveats)
    assert two.loc[one.index, "upper"].to_numpy() == approx(one["upper"].to_numpy(), abs=0.03)


def test_more_drivers_than_orders_can_be_gone_through():
    rng = np.random.default_rng(4)
    table = pd.DataFrame(rng.normal(size=(300, 18)), columns=[f"x{k}" for k in range(18)]).assign(
        good=rng.random(300) < 0.5
    )
    table["y"] = table["x0"] + rng.normal(size=300)
    answer = rank_drivers(table, "y", [f"x{k}" for k in range(18)], roles=ALONE, draws=20)
    assert answer.table["driver"][0] == "x0" and dict(answer.caveats)["caveat.drivers_sampled"]["orders"] == 200
    with pytest.raises(DataError, match="18"):
        rank_drivers(table, "y", [f"x{k}" for k in range(18)], roles=ALONE, draws=20, orders=0)
    logit = rank_drivers(table, "good", [f"x{k}" for k in range(14)], roles=ALONE, draws=20, orders=10)
    assert logit.table["share"].sum() == approx(1) and logit.table["monte_carlo_se"].max() < 0.05


def test_clusters_widen_shares_and_seeds_repeat():
    table = made(11, 900)
    table["score"] += np.random.default_rng(0).normal(0, 1, 30)[table["agent"]] * table["skill"]
    narrow, wide, again = (
        rank_drivers(table, "score", list(SLOPES), roles=Roles(cluster=c), rng=5) for c in (False, "agent", "agent")
    )
    width = lambda answer: (answer.table["upper"] - answer.table["lower"]).sum()
    assert width(wide) > 1.2 * width(narrow)
    pd.testing.assert_frame_equal(wide.table, again.table)


# Other methods --------------------------------------------------------------------------------------


def test_dominance_pairs_and_bounds():
    answer = conditional_dominance(made(2, 1500), "score", list(SLOPES), cluster="agent", draws=100)
    pairs = answer.extra["pairs"].set_index(["driver", "other"])
    assert (
        pairs.loc[("skill", "noise"), ["complete", "conditional", "general"]].all()
        and pairs.loc[("skill", "noise"), "draws"] == 1
    )
    assert (pairs["complete"] <= pairs["conditional"]).all() and (pairs["conditional"] <= pairs["general"]).all()
    assert (answer.table["lower"] <= answer.table["rise"] + 0.02).all()


def test_penalty_and_reward_of_a_planted_asymmetry():
    rng = np.random.default_rng(4)
    table = pd.DataFrame(rng.integers(1, 6, (1500, 3)), columns=["basic", "even", "bonus"])
    table["score"] = (5 - 2 * (table["basic"] <= 2) - 0.8 * (table["even"] <= 2) + 0.8 * (table["even"] == 5) + 1.5 * (table["bonus"] == 5)
                      + rng.normal(0, 1, 1500))  # fmt: skip
    found = penalty_reward(table, "score", ["basic", "even", "bonus"], low=2, high=5, cluster=False)
    assert list(found.table["pattern"]) == ["costs", "even", "brings"]
    assert found.table["penalty"].to_numpy() == approx([-2, -0.8, 0], abs=0.2)
    ordered = table.assign(**{c: pd.Categorical(table[c], ordered=True) for c in ("basic", "even", "bonus")})
    same = penalty_reward(ordered, "score", ["basic", "even", "bonus"], cluster=False)
    pd.testing.assert_frame_equal(same.table.drop(columns=["low", "high"]), found.table.drop(columns=["low", "high"]))
    for kind, factor in (("frequency", np.sqrt(2)), ("precision", 1.0)):
        weighted = penalty_reward(
            table.assign(w=2),
            "score",
            ["basic", "even", "bonus"],
            low=2,
            high=5,
            weights="w",
            weight_kind=kind,
            cluster=False,
        )
        ratio = (found.table["asymmetry_upper"] - found.table["asymmetry"]) / (
            weighted.table["asymmetry_upper"] - weighted.table["asymmetry"]
        )
        assert ratio.to_numpy() == approx(factor, rel=0.005)
    with pytest.raises(DataError, match="middle"):
        penalty_reward(table, "score", ["basic"], low=4, high=5, cluster=False)
    with pytest.raises(ScaleError):
        penalty_reward(
            ordered.assign(score=pd.Categorical(ordered["even"], ordered=True)), "score", ["basic"], cluster=False
        )


def test_performance_is_never_in_raw_units():
    table = made(4, 800).assign(wait_s=lambda t: 60 + 20 * t["wait"])
    with pytest.raises(DataError, match="history="):
        importance_performance(table, "score", ["wait_s", "skill"], roles=ALONE)
    history = pd.DataFrame({"wait_s": np.linspace(40, 90, 12), "skill": np.linspace(-1, 0.5, 12)})
    found = importance_performance(
        table, "score", ["wait_s", "skill"], roles=ALONE, history=history, lower_is_better=["wait_s"], draws=100
    )
    by = found.table.set_index("driver")
    assert by.loc["wait_s", "performance"] == approx((history["wait_s"] > by.loc["wait_s", "value"]).mean())
    assert found.table["performance"].between(0, 1).all() and found.extra["scale"] == "history"
    best = importance_performance(table.assign(skill=table["skill"] + 5), "score", ["wait_s", "skill"], roles=ALONE, leading={"wait_s": 45.0, "skill": 6.0},
                                  lower_is_better=["wait_s"], draws=100).table.set_index("driver")  # fmt: skip
    assert best["performance"].to_numpy() == approx([45 / best.loc["wait_s", "value"], best.loc["skill", "value"] / 6])
    with pytest.raises(ColumnError, match="skill"):
        importance_performance(table, "score", ["wait_s", "skill"], roles=ALONE, leading={"wait_s": 45.0})
    with pytest.raises(DataError, match="5"):
        importance_performance(table, "score", ["wait_s", "skill"], roles=ALONE, history=history.head(5))


# Lists of indicators --------------------------------------------------------------------------------


def test_lists_have_their_number():
    assert len(EIGHT_KPIS) == 8 and sum(map(len, INTELLIGENT_INDICATORS.values())) == 23
    assert len({name for names in INTELLIGENT_INDICATORS.values() for name in names}) == 23


def series(n=180):
    rng = np.random.default_rng(6)
    base = pd.DataFrame(rng.normal(size=(n, 8)), columns=list(EIGHT_KPIS))
    base["asa"] = -base["service_level"] + 0.3 * rng.normal(size=n)
    return base.assign(
        day=np.arange(n),
        surveys=rng.integers(50, 400, n),
        sat=0.8 + 0.02 * base["fcr_48h"] + 0.01 * base["service_level"] + 0.02 * rng.normal(size=n),
    )


def test_eight_kpis_say_their_level_and_who_controls_them():
    answer = rank_kpis(series(), "sat", level="day", time="day", weights="surveys", draws=200)
    assert answer.table["driver"][0] == "fcr_48h" and answer.table["share"].sum() == approx(1)
    assert set(answer.table["control"]) == {"agent", "staffing"}
    said = dict(answer.caveats)
    assert said["caveat.kpi_level"] == {"level": "day"} and "caveat.kpi_control" in said and "caveat.kpi_trend" in said
    few = rank_kpis(series(40).drop(columns="aht"), "sat", level="day", time="day", changes=True, draws=50)
    assert "aht" in dict(few.caveats)["caveat.kpi_lacking"]["columns"] and "caveat.kpi_few" in dict(few.caveats)
    with pytest.raises(DataError, match="fortnight"):
        rank_kpis(series(), "sat", level="fortnight")
    with pytest.raises(DataError, match="time="):
        rank_kpis(series(), "sat", level="day", changes=True)
    for lang in ("zh", "en"):
        with speaking(lang):
            assert all(few.notes())


def test_pruning_keeps_what_was_asked_and_drops_copies():
    rng = np.random.default_rng(2)
    roots = rng.normal(size=(400, 4))
    names = [name for layer in INTELLIGENT_INDICATORS.values() for name in layer]
    data = pd.DataFrame(
        {name: roots[:, k % 4] + (0.15 + 0.01 * k) * rng.normal(size=400) for k, name in enumerate(names)}
    )
    felt = roots @ [1, 0.7, 0.5, 0.0] + rng.normal(size=400)
    data = data.assign(score=felt, good=felt > 0)
    for outcome in ("score", "good"):
        answer = prune_indicators(data, outcome, names, roles=ALONE, draws=60)
        assert answer.effect.value >= 0.95 and answer.effect.lower <= answer.effect.value <= answer.effect.upper + 1e-9
        assert 3 <= answer.statistic["kept"] <= 9 and answer.statistic["families"] == 4
        assert len(answer.table) == 23 and set(answer.extra["kept"]) | set(answer.extra["dropped"]) == set(names)
        families = answer.table.groupby("family")["indicator"].agg(set)
        assert {frozenset(one) for one in families} == {frozenset(names[k::4]) for k in range(4)}
        assert answer.table.loc[~answer.table["kept"], "nearest"].isin(answer.extra["kept"]).all()
    with pytest.raises(DataError, match="keep"):
        prune_indicators(data, "score", names, keep=1.5)
    with pytest.raises(DataError):
        prune_indicators(data, "score", names[:1], roles=ALONE)


def test_the_bots_drivers_show_recognition_and_not_containment_or_latency():
    world = worlds.make("S02", rng=7)
    sessions = (
        world.tables["bot_surveys"].merge(world.tables["bot_sessions"], on="session_id").dropna(subset=["rating"])
    )
    sessions = sessions.assign(contained=~sessions["handoff_done"])
    within = rank_drivers(
        sessions,
        "rating",
        ["recognised", "turns", "latency_ms", "contained"],
        roles=Roles(cluster=False, confounders=("intent_pred",)),
        draws=100,
    )
    by = within.table.set_index("driver")
    assert set(by.index[:2]) == {"recognised", "turns"} and by.loc["recognised", "effect_lower"] > 0
    assert (
        by.loc["latency_ms", "effect_lower"] < 0 < by.loc["latency_ms", "effect_upper"]
        and by.loc["latency_ms", "share"] < 0.05
    )
    assert by.loc["contained", "effect"] < 0.02, "containment does not raise satisfaction within an intent"
    every = rank_drivers(sessions, "rating", list(BOT_SESSION_DRIVERS), roles=Roles(cluster="intent_pred"), draws=50)
    assert every.clusters == 16 and "caveat.drivers_few_clusters" in dict(every.caveats)


# Refusals and edges ---------------------------------------------------------------------------------


def test_refusals():
    table = made(0, 200).assign(complaint=1, flat=3.0, total=lambda t: t["wait"] + t["skill"], one=0)
    with pytest.raises(ColumnError, match="complaint"):
        rank_drivers(table, "score", ["wait", "complaint"], roles=Roles(outcome_side=("complaint",), cluster=False))
    with pytest.raises(ColumnError, match="speed"):
        rank_drivers(
            table, "score", ["wait", "speed"], roles=Roles(time_rank={"score": 1, "wait": 0, "speed": 2}, cluster=False)
        )
    with pytest.raises(ScaleError, match="nominal"):
        rank_drivers(table, "team", ["wait"], roles=ALONE)
    with pytest.raises(ScaleError, match="ordinal"):
        relative_importance(table, "rating", ["wait"], cluster=False)
    with pytest.raises(DataError, match="flat"):
        rank_drivers(table, "score", ["wait", "flat"], roles=ALONE)
    with pytest.raises(DataError, match="total"):
        rank_drivers(table, "score", ["wait", "skill", "total"], roles=ALONE)
    with pytest.raises(DataError, match="score"):
        rank_drivers(table, "score", ["score"], roles=ALONE)
    with pytest.raises(DataError, match="mood"):
        rank_drivers(table, "score", ["mood"], roles=Roles(confounders=("mood",), cluster=False))
    with pytest.raises(DataError, match="flat"):
        rank_drivers(table, "flat", ["wait"], roles=ALONE)
    with pytest.raises(DataError, match="one"):
        rank_drivers(table, "score", ["wait"], roles=Roles(cluster="one"))
    with pytest.raises(DataError):
        rank_drivers(table.head(4), "score", list(SLOPES), roles=ALONE)
    with pytest.raises(ColumnError, match="wiat"):
        rank_drivers(table, "score", ["wiat"], roles=ALONE)
    with pytest.raises(DataError, match="team"):
        relative_importance(table, "score", ["wait", "team"], cluster=False)


def test_one_driver_a_cast_and_two_levels():
    table = made(1, 300)
    alone = rank_drivers(table, "score", ["wait"], roles=ALONE, draws=50)
    assert alone.table.loc[0, "share"] == 1 and alone.p_value is None and alone.sentence()
    cast = rank_drivers(table, Cast("rating", LINEAR_5), ["wait", "skill"], roles=ALONE, draws=50)
    assert cast.extra["model"] == "ols" and cast.casts == ("rating",)
    said = table.assign(good=np.where(table["good"], "yes", "no"))
    one, two = (rank_drivers(t, "good", ["wait", "skill"], roles=ALONE, draws=20).table for t in (table, said))
    assert two["share"].to_numpy() == approx(one["share"].to_numpy()) and (two["sign"] == one["sign"]).all()
    unsaid = rank_drivers(table, "score", ["wait", "skill"], draws=20)
    assert "caveat.cluster_unsaid" in dict(unsaid.caveats)


def test_weights_move_shares_and_units_move_effects_only():
    table = made(1, 400)
    plain, weighted = (
        rank_drivers(table, "rating", list(SLOPES), roles=Roles(cluster=False, weights=w), draws=20)
        for w in (None, "weight")
    )
    assert weighted.weights == "weight" and not np.allclose(plain.table["share"], weighted.table["share"])
    step = rank_drivers(table, "score", list(SLOPES), roles=ALONE, units={"wait": 10}, draws=20).table.set_index(
        "driver"
    )
    base = rank_drivers(table, "score", list(SLOPES), roles=ALONE, draws=20).table.set_index("driver")
    assert step.loc["wait", "effect"] == approx(10 * base.loc["wait", "effect"]) and step["share"].to_numpy() == approx(
        base["share"].to_numpy()
    )
