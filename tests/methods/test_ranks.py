"""Rank methods and agreement: identities, clusters, refusals, edges."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccsat.errors import CcsatError, ScaleError
from ccsat.methods import (
    agreement,
    items,
    rank_boxes,
    rank_compare,
    rank_describe,
    rank_groups,
    rank_paired,
    rank_pairwise,
    rank_relate,
)
from ccsat.numerics import association, clusters, rankgroups, rankpairs, ranks, shifts
from ccsat.wording import catalogue, speaking

TWO = (rank_compare.mann_whitney, rank_compare.brunner_munzel, rank_compare.cliff_delta)
MANY = (rank_groups.kruskal_wallis, rank_groups.mood_median, rank_groups.ridits, rank_pairwise.pairwise_better, rank_pairwise.dunn_test,
        rank_pairwise.conover_iman, rank_pairwise.steel_dwass)  # fmt: skip
PAIRS = (rank_relate.spearman_correlation, rank_relate.kendall_tau, rank_relate.goodman_gamma, rank_relate.somers_d)


def ordered(values, levels=5):
    return pd.Categorical(values, categories=range(1, levels + 1), ordered=True)


def surveys(rng, n=300, groups=3, agents=20):
    return pd.DataFrame({"rating": ordered(rng.integers(1, 6, n)), "team": np.array(list("abcdefgh"))[rng.integers(0, groups, n)],
                         "effort": ordered(rng.integers(1, 8, n), 7), "agent": rng.integers(0, agents, n), "w": rng.integers(1, 4, n)})  # fmt: skip


def numbers(answer):
    """Everything an answer counts, in one row."""
    effects = [value for effect in answer.effects for value in (effect.value, effect.lower, effect.upper)]
    return np.array(
        [float("nan") if value is None else value for value in [*answer.statistic.values(), *effects]], float
    )


# Identities -------------------------------------------------------------------------------------


@given(seed=st.integers(0, 10_000))
@settings(max_examples=8, deadline=None)
def test_order_and_labels_of_rows_do_not_matter(seed):
    rng = np.random.default_rng(seed)
    table = surveys(rng)
    mixed = table.sample(frac=1, random_state=int(rng.integers(1000)))
    mixed["agent"] = mixed["agent"].map({k: f"x{(7 * k) % 20:02d}" for k in range(20)})
    for method in (rank_groups.kruskal_wallis, rank_pairwise.pairwise_better, rank_groups.ridits):
        for cluster in (False, "agent"):
            one, other = (
                method(table, "rating", "team", cluster=cluster),
                method(mixed, "rating", "team", cluster=cluster),
            )
            np.testing.assert_allclose(numbers(one), numbers(other), rtol=1e-9)
            pd.testing.assert_frame_equal(one.table, other.table)
    for method in PAIRS:
        np.testing.assert_allclose(
            numbers(method(table, "rating", "effort", cluster="agent")),
            numbers(method(mixed, "rating", "effort", cluster="agent")),
            rtol=1e-8,
        )


@given(seed=st.integers(0, 10_000))
@settings(max_examples=8, deadline=None)
def test_frequency_weights_stand_for_rows(seed):
    table = surveys(np.random.default_rng(seed), groups=2)
    spread = table.loc[table.index.repeat(table["w"])].reset_index(drop=True)
    options = {"weights": "w", "weight_kind": "frequency"}
    for method in TWO:
        np.testing.assert_allclose(
            numbers(method(table, "rating", "team", cluster=False, **options)),
            numbers(method(spread, "rating", "team", cluster=False)),
            rtol=1e-9,
        )
    weighted = rank_groups.kruskal_wallis(table, "rating", "team", cluster="agent", **options)
    np.testing.assert_allclose(
        numbers(weighted), numbers(rank_groups.kruskal_wallis(spread, "rating", "team", cluster="agent")), rtol=1e-9
    )
    for method in PAIRS:
        for cluster in (False, "agent"):
            got = (
                method(table, "rating", "effort", cluster=cluster, **options),
                method(spread, "rating", "effort", cluster=cluster),
            )
            np.testing.assert_allclose(*map(numbers, got), rtol=1e-8)
            assert got[0].n == got[1].n


def test_sampling_weights_of_one_are_no_weights():
    table = surveys(np.random.default_rng(3), groups=2).assign(w=1.0)
    plain, weighted = (
        rank_compare.brunner_munzel(table, "rating", "team", cluster=False, weights=w) for w in (None, "w")
    )
    np.testing.assert_allclose(numbers(plain)[:7], numbers(weighted)[:7], rtol=1e-10)
    halves = rank_compare.brunner_munzel(table.assign(w=0.5), "rating", "team", cluster=False, weights="w")
    np.testing.assert_allclose(numbers(halves), numbers(weighted), rtol=1e-10)


def test_reversing_the_scale_mirrors_the_effect():
    table = surveys(np.random.default_rng(4), groups=2)
    turned = table.assign(rating=ordered(6 - table["rating"].astype(int)))
    for method in TWO:
        one, other = method(table, "rating", "team", cluster="agent"), method(turned, "rating", "team", cluster="agent")
        for a, b in zip(one.effects, other.effects, strict=True):
            np.testing.assert_allclose(
                [a.value - a.null, a.lower - a.null, a.upper - a.null],
                [b.null - b.value, b.null - b.upper, b.null - b.lower],
                atol=1e-12,
            )
        assert math.isclose(one.p_value, other.p_value, rel_tol=1e-9)
    for method in PAIRS:
        one, other = (method(data, "rating", "effort", cluster="agent").effect for data in (table, turned))
        np.testing.assert_allclose(
            [one.value, one.lower, one.upper], [-other.value, -other.upper, -other.lower], atol=1e-12
        )


def test_swapping_the_groups_mirrors_the_effect():
    table = surveys(np.random.default_rng(5), groups=2)
    one, other = (rank_compare.mann_whitney(table, "rating", "team", baseline=base, cluster=False) for base in "ab")
    assert math.isclose(one.effect.value, 1 - other.effect.value)
    np.testing.assert_allclose(one.extra["cuts"]["points"], -other.extra["cuts"]["points"])


# Numerics ---------------------------------------------------------------------------------------


@given(
    a=st.lists(st.integers(0, 9), min_size=1, max_size=12),
    b=st.lists(st.floats(-3, 12).map(lambda x: round(x, 1)), min_size=1, max_size=12),
)
@settings(max_examples=60, deadline=None)
def test_every_pairwise_difference_is_found(a, b):
    values = np.unique(a + b)
    counts = [np.array([float((np.array(side) == v).sum()) for v in values]) for side in (a, b)]
    every = shifts.Differences(values, counts[0], values, counts[1])
    want = np.sort(np.subtract.outer(np.array(b, float), np.array(a, float)).ravel())
    np.testing.assert_allclose([every.smallest(k + 1) for k in range(len(want))], want, atol=1e-9)
    assert math.isclose(every.median(), np.median(want), abs_tol=1e-9)


def test_differences_of_many_values_are_found_by_thinning():
    rng = np.random.default_rng(0)
    x, y = np.sort(rng.normal(size=9000)), np.sort(rng.exponential(size=8500))
    every = shifts.Differences(x, np.ones(9000), y, np.ones(8500))
    total = 9000 * 8500
    for k in (1, 1000, total // 2, total):
        got = every.smallest(k)
        assert every.up_to(np.nextafter(got, 9) + 1e-12) >= k > every.up_to(got - 1e-9)


def test_influences_are_derivatives():
    rng = np.random.default_rng(1)
    table = rng.integers(1, 30, (4, 5)).astype(float)
    i, j = (part.ravel() for part in np.indices(table.shape))
    step = 1e-5
    for cell in (0, 7, 19):
        moved = table.copy().ravel()
        moved[cell] += step
        after = association.ordinal_measures(moved.reshape(4, 5))
        for name, measure in association.ordinal_measures(table).items():
            assert math.isclose(
                (after[name].value - measure.value) / step, measure.influence.ravel()[cell], rel_tol=1e-3, abs_tol=1e-8
            )
        before = association.spearman(i, j, table.ravel())
        assert math.isclose(
            (association.spearman(i, j, moved).value - before.value) / step,
            before.influence[cell],
            rel_tol=1e-3,
            abs_tol=1e-8,
        )


def test_exact_p_counts_every_deal():
    from itertools import combinations

    answers = np.array([1, 2, 2, 3, 3, 3, 5, 5])
    centre = [ranks.midranks(np.bincount(answers, minlength=6)[1:])[answer - 1] for answer in answers]
    sums = np.array([sum(centre[k] for k in chosen) for chosen in combinations(range(8), 3)])
    this = np.array([0, 1, 0, 0, 2.0])
    mean = 3 * 9 / 2
    got = ranks.exact_rank_sum(np.bincount(answers, minlength=6)[1:] - this, this)
    assert math.isclose(got, (np.abs(sums - mean) >= abs(centre[1] + 2 * centre[6] - mean) - 1e-9).mean())


def test_exact_signed_rank_agrees_with_scipy_without_ties():
    from scipy.stats import wilcoxon

    moves = np.array([-3.0, -1.0, 2.0, 4.0, 5.0, 7.0])
    assert math.isclose(rankpairs.signed_rank(moves, np.ones(6)).p_exact, wilcoxon(moves, method="exact").pvalue)


def test_clusters_of_one_row_are_brunner_munzel():
    rng = np.random.default_rng(2)
    group, answer = np.repeat([0, 1], [20, 30]), rng.integers(0, 5, 50)
    counts = [np.bincount(answer[group == g], minlength=5).astype(float) for g in (0, 1)]
    got = ranks.better(*counts)
    np.testing.assert_allclose(
        clusters.Clusters(np.arange(50), group).variance(got.influence[group, answer]), (got.variance, got.df)
    )
    equal = clusters.Clusters(np.repeat(np.arange(10), 5), np.zeros(50, int))
    assert math.isclose(equal.df[0], 9) and np.allclose(equal.scale, 10 / 9)


def test_noncentral_limits_hold_the_truth():
    rng = np.random.default_rng(6)
    values = rng.noncentral_chisquare(4, 9.0, 400)
    inside = [low <= 9 <= high for low, high in (rankgroups.chi2_limits(value, 4) for value in values)]
    assert 0.92 <= np.mean(inside) <= 0.98


# Clusters, and what a reader must see -----------------------------------------------------------


@pytest.mark.parametrize("method", [rank_compare.mann_whitney, rank_groups.kruskal_wallis])
def test_false_alarms_with_clustered_ratings(method):
    rng = np.random.default_rng(8)
    found, naive, runs = 0, 0, 200
    for _ in range(runs):
        size = rng.integers(10, 50, 30)
        agent = np.repeat(np.arange(30), size)
        latent = math.sqrt(0.1) * rng.normal(size=30)[agent] + math.sqrt(0.9) * rng.normal(size=len(agent))
        table = pd.DataFrame(
            {
                "rating": np.searchsorted([-1.3, -0.7, -0.2, 0.3], latent),
                "team": agent % (2 if method is rank_compare.mann_whitney else 3),
                "agent": agent,
            }
        )
        got = method(table, "rating", "team", cluster="agent")
        found, naive = found + (got.p_value < 0.05), naive + (got.statistic["p_independent"] < 0.05)
    assert found / runs <= 0.095 and naive / runs > 0.2


def test_mean_against_better_is_said():
    low, high = [1] * 30 + [5] * 35, [3] * 20 + [4] * 45
    table = pd.DataFrame({"rating": ordered(low + high), "team": ["a"] * 65 + ["b"] * 65})
    keys = [key for key, _ in rank_compare.mann_whitney(table, "rating", "team", cluster=False).caveats]
    assert (
        "caveat.rank_mean_disagrees" in keys
        and "caveat.rank_cuts_disagree" in keys
        and "caveat.rank_ceiling" not in keys
    )
    boxes = rank_boxes.rank_boxes(table, "rating", "team", top_from=5, cluster=False)
    assert "caveat.rank_cuts_disagree" in [key for key, _ in boxes.caveats]
    for lang in ("zh", "en"):
        with speaking(lang):
            assert all("{" not in line for line in [*boxes.notes(), boxes.sentence()])


def test_bars_cover_every_answer():
    table = surveys(np.random.default_rng(9))
    bars = rank_boxes.rank_boxes(table, "rating", "team", top_from=4, cluster=False).extra["bars"]
    for _, rows in bars.groupby("group"):
        assert math.isclose(rows["right"].max() - rows["left"].min(), 1) and math.isclose(rows["share"].sum(), 1)
        middle = rows[rows["level"] == 3].iloc[0]
        assert math.isclose(middle["left"], -middle["right"], abs_tol=1e-12)


def test_ordered_groups_name_the_trend_test():
    rng = np.random.default_rng(10)
    table = surveys(rng).assign(
        tier=lambda t: pd.Categorical(
            rng.choice(["low", "mid", "high"], len(t)), categories=["low", "mid", "high"], ordered=True
        )
    )
    got = rank_groups.kruskal_wallis(table, "rating", "tier", cluster=False)
    assert ("caveat.rank_ordered_groups", {"column": "tier"}) in got.caveats
    assert list(rank_groups.jonckheere_terpstra(table, "rating", "tier", cluster=False).table["group"]) == [
        "low",
        "mid",
        "high",
    ]


def test_few_clusters_and_unused_clusters_are_said():
    table = surveys(np.random.default_rng(11), groups=2, agents=6)
    assert "caveat.rank_few_clusters" in [
        key for key, _ in rank_compare.mann_whitney(table, "rating", "team", cluster="agent").caveats
    ]
    assert "caveat.rank_unclustered" in [
        key for key, _ in rank_pairwise.dunn_test(table, "rating", "team", cluster="agent").caveats
    ]
    assert "caveat.cluster_unsaid" in [key for key, _ in rank_compare.mann_whitney(table, "rating", "team").caveats]


def answers_of_all(table):
    """One answer of each method."""
    two = table[table["team"].isin(["a", "b"])]
    waves = ["rating", "again", "third"]
    yield from (method(two, "rating", "team", cluster=False) for method in TWO)
    yield rank_compare.hodges_lehmann(two, "wait", "team", cluster=False)
    yield from (method(table, "rating", "team", cluster=False) for method in MANY)
    yield rank_groups.jonckheere_terpstra(table, "rating", "effort", cluster=False)
    yield rank_boxes.rank_boxes(table, "rating", "team", top_from=4, cluster="agent")
    yield rank_boxes.rank_boxes(two, "rating", "team", top_from=4, cluster="agent")
    yield rank_describe.describe_answers(table, "rating", top_from=4, cluster="agent")
    yield rank_describe.net_promoter(table, "wait", "team", cluster="agent")
    yield rank_paired.signed_rank_test(table, waves[:2], cluster="agent")
    yield from (
        method(table, waves, cluster=False)
        for method in (rank_paired.friedman_test, rank_paired.quade_test, rank_paired.page_trend)
    )
    yield from (method(table, "rating", "effort", cluster=False) for method in PAIRS)
    yield rank_relate.partial_spearman(table, "rating", "effort", given=["wait"], cluster="agent")
    yield agreement.kappa(table, "rating", "again", cluster="agent")
    yield agreement.krippendorff_alpha(table, waves, draws=100)
    yield agreement.kendall_w(table, waves, cluster=False)
    yield items.reliability(table, waves, cluster=False)
    numeric = table[waves].astype(int)
    yield agreement.intraclass_correlation(numeric, waves, cluster=False)
    yield items.factorability(numeric, waves, draws=100, cluster=False)


def test_every_answer_has_effect_interval_and_words():
    rng = np.random.default_rng(12)
    table = surveys(rng).assign(
        again=ordered(rng.integers(1, 6, 300)),
        third=ordered(rng.integers(1, 6, 300)),
        wait=rng.integers(0, 11, 300).astype(float),
    )
    words, seen = catalogue(), set()
    for answer in answers_of_all(table):
        seen.add(answer.method)
        assert answer.effect.lower <= answer.effect.value <= answer.effect.upper, answer.method
        assert "n" in answer.table.columns, answer.method
        assert all(f"effect.{effect.name}" in words for effect in answer.effects), answer.method
        assert all(f"method.{answer.method}.{part}" in words for part in ("name", "question", "assumes", "effect"))
        assert answer.p_value is None or (0 <= answer.p_value <= 1 and answer.detectable is not None), answer.method
        for lang in ("zh", "en"):
            with speaking(lang):
                assert "{" not in answer.sentence() and all("{" not in line for line in answer.notes())
    assert len(seen) == 30


# Refusals and edges -----------------------------------------------------------------------------


def test_nominal_outcomes_are_refused():
    table = surveys(np.random.default_rng(13), groups=2).assign(
        channel=lambda t: np.where(t["agent"] % 2, "phone", "chat")
    )
    for method in (*TWO, *MANY):
        with pytest.raises(ScaleError, match="ordinal"):
            method(table, "channel", "team", cluster=False)
    for method in PAIRS:
        with pytest.raises(ScaleError, match="nominal"):
            method(table, "channel", "rating", cluster=False)
    with pytest.raises(ScaleError, match="interval"):
        rank_compare.hodges_lehmann(table, "rating", "team", cluster=False)
    with pytest.raises(ScaleError, match="ordinal"):
        rank_groups.jonckheere_terpstra(table, "rating", "team", cluster=False)
    with pytest.raises(ScaleError, match="interval"):
        agreement.intraclass_correlation(table, ["rating", "effort"], cluster=False)
    with pytest.raises(ScaleError, match="ordinal"):
        agreement.kappa(table, "channel", "team", cluster=False)
    assert (
        agreement.kappa(
            table.assign(other=table["channel"]), "channel", "other", weighting="none", cluster=False
        ).effect.value
        == 1
    )


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda t: rank_compare.mann_whitney(t, "rating", "team", cluster=False), "3 groups"),
        (lambda t: rank_compare.mann_whitney(t[t["team"] == "a"], "rating", "team", cluster=False), "1 groups"),
        (
            lambda t: rank_groups.kruskal_wallis(t[t["team"] == "a"], "rating", "team", cluster=False),
            "nothing to compare",
        ),
        (lambda t: rank_groups.ridits(t, "rating", "team", reference="z", cluster=False), "no group 'z'"),
        (lambda t: rank_boxes.rank_boxes(t, "rating", "team", top_from=9, cluster=False), "no level '9'"),
        (lambda t: rank_pairwise.dunn_test(t, "rating", "team", adjustment="tukey", cluster=False), "tukey"),
        (
            lambda t: rank_groups.kruskal_wallis(
                t, "rating", "team", weights="w", weight_kind="precision", cluster=False
            ),
            "precision",
        ),
        (lambda t: rank_paired.signed_rank_test(t, ["rating"], cluster=False), "1 columns"),
        (lambda t: rank_paired.signed_rank_test(t, ["rating", "effort"], cluster=False), "same levels"),
        (
            lambda t: rank_relate.spearman_correlation(
                t.assign(rating=ordered([3] * len(t))), "rating", "effort", cluster=False
            ),
            "does not vary",
        ),
        (
            lambda t: rank_relate.kendall_tau(
                t.assign(rating=ordered([3] * len(t))), "rating", "effort", cluster=False
            ),
            "does not vary",
        ),
        (
            lambda t: rank_relate.partial_spearman(t, "rating", "effort", given=["rating_2"], cluster=False),
            "determined",
        ),
        (lambda t: agreement.kappa(t, "rating", "rating_2", weighting="cubic", cluster=False), "cubic"),
        (lambda t: agreement.krippendorff_alpha(t, ["rating"]), "1 columns"),
        (
            lambda t: rank_describe.net_promoter(t, "w", promoters_from=3, detractors_to=5, cluster=False),
            "promoters begin",
        ),
    ],
)
def test_what_cannot_be_asked_is_said(call, words):
    table = surveys(np.random.default_rng(14)).assign(rating_2=lambda t: t["rating"])
    with pytest.raises(CcsatError, match=words):
        call(table)


def test_one_level_only_is_no_difference():
    table = pd.DataFrame({"rating": ordered([4] * 40), "team": ["a", "b"] * 20})
    for method in (
        *TWO,
        rank_groups.kruskal_wallis,
        rank_groups.mood_median,
        rank_pairwise.dunn_test,
        rank_pairwise.conover_iman,
        rank_pairwise.pairwise_better,
    ):
        assert method(table, "rating", "team", cluster=False).p_value == 1, method.__name__


def test_complete_separation_has_limits_and_a_p_value():
    table = pd.DataFrame({"rating": ordered([1, 2, 1, 2, 1, 4, 5, 4, 5, 5]), "team": ["a"] * 5 + ["b"] * 5})
    for method in TWO:
        got = method(table, "rating", "team", cluster=False)
        assert got.effect.value == 1 and got.effect.lower < 1 and got.effect.upper == 1, method.__name__
        if method is not rank_compare.cliff_delta:
            assert math.isclose(got.p_value, 2 / math.comb(10, 5)), method.__name__


def test_empty_groups_and_groups_of_one():
    table = pd.DataFrame(
        {"rating": ordered([1, 2, 3, 4, 5, 5]), "team": pd.Categorical(["a"] * 5 + ["b"], categories=["a", "b", "c"])}
    )
    got = rank_compare.mann_whitney(table, "rating", "team", cluster=False)
    assert list(got.table["group"]) == ["a", "b"] and got.table["n"].tolist() == [5, 1]
    assert rank_pairwise.pairwise_better(table, "rating", "team", cluster=False).table["n_other"].tolist() == [1]


def test_missing_ratings_keep_a_case():
    table = pd.DataFrame(
        {"one": [1.0, 2, 3, 4, 2, np.nan], "two": [1.0, 2, np.nan, 4, 3, 1], "three": [1.0, np.nan, 3, 4, 2, np.nan]}
    )
    got = agreement.krippendorff_alpha(table, ["one", "two", "three"], metric="interval", draws=50)
    assert got.n == 5 and got.table["ratings"].iloc[0] == 13 and dict(got.dropped) == {"rank_one_rating": 1}
    pairs = [(1, 1), (1, 1), (1, 1), (2, 2), (3, 3), (4, 4), (4, 4), (4, 4), (2, 3), (2, 2), (3, 2)]
    weights = np.array([0.5] * 3 + [1, 1] + [0.5] * 6)
    seen = 2 * sum(w * (a - b) ** 2 for w, (a, b) in zip(weights, pairs, strict=True))
    values = np.array([1, 1, 1, 2, 2, 3, 3, 4, 4, 4, 2, 3, 2.0])
    expected = ((values[:, None] - values[None, :]) ** 2).sum() / (len(values) - 1)
    assert math.isclose(got.effect.value, 1 - seen / expected)
