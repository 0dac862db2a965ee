"""Intervals, tests and corrections against R, and the figures of DOMAIN 2.6."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx

from ccsat.errors import ScaleError
from ccsat.estimates import (
    adjust,
    cluster_variance,
    design_effect,
    difference,
    difference_table,
    estimate_counts,
    interval_table,
    newcombe,
    sample_size,
    smallest_n,
    wilson,
)

R = json.loads((Path(__file__).parent / "reference" / "estimates.json").read_text(encoding="utf-8"))
RATE = {0: 0.0, 1: 1.0}
FIVE = {k: float(k) for k in range(1, 6)}
NPS = {k: float(k >= 9) - float(k <= 6) for k in range(11)}


def test_wilson_as_in_r():
    lower, upper = wilson(R["wilson"]["x"], R["wilson"]["n"])
    assert np.column_stack([lower, upper]) == approx(np.array(R["wilson"]["interval"]), rel=1e-8)
    assert wilson(0, 2)[1] == approx(0.6576197725, rel=1e-8)
    assert np.isnan(wilson(0, 0)[0])


def test_rate_difference_as_in_r():
    x, n, want = np.array(R["wilson"]["x"]), np.array(R["wilson"]["n"]), R["pairs"]
    i, j = np.array(want["pairs"]).T
    lower, upper = newcombe(x[i], n[i], x[j], n[j])
    assert np.column_stack([lower, upper]) == approx(np.array(want["newcombe"]), rel=1e-8)
    counts = np.column_stack([n - x, x])
    table = difference_table(counts[i], counts[j], [0, 1], unit="rate")
    assert table["p_value"].to_numpy() == approx(want["p"], rel=1e-8)
    assert table[["lower", "upper"]].to_numpy() == approx(np.array(want["newcombe"]), rel=1e-8)
    assert adjust(want["p"], "holm") == approx(want["holm"], rel=1e-8)
    assert adjust(want["p"], "bh") == approx(want["bh"], rel=1e-8)


def test_mean_difference_as_in_r():
    want = R["welch"]
    found = difference(want["current"], want["baseline"], FIVE, unit="raw")
    assert (found.value, found.p_value) == approx((want["value"], want["p"]), rel=1e-7)
    assert (found.lower, found.upper) == approx(want["interval"], rel=1e-7)


def test_mean_as_in_r():
    found = estimate_counts(R["mean"]["counts"], FIVE, unit="raw")
    assert (found.value, found.lower, found.upper) == approx((R["mean"]["value"], *R["mean"]["interval"]), rel=1e-8)
    assert found.numerator / found.denominator == approx(found.value)


def test_nps_as_in_r_and_in_the_worked_example():
    found = estimate_counts(R["nps"]["counts"], list(NPS.values()), unit="nps")
    half = 1.959963985 * R["nps"]["se"] / 100
    assert found.value == approx(R["nps"]["nps"] / 100)
    assert (found.lower, found.upper) == approx((found.value - half, found.value + half), rel=1e-8)
    worked = estimate_counts({9: 208, 5: 68, 8: 124}, NPS, unit="nps")  # 52 % and 17 % of 400
    assert 100 * worked.value == approx(35.0)
    assert 100 * (worked.upper - worked.value) == approx(7.38, abs=0.005)
    assert 100 * (worked.upper - worked.value) / 1.959963985 == approx(3.767, abs=0.0005)


def test_corrections_as_in_r():
    want = R["multiplicity"]
    for method in ("holm", "bh", "by"):
        assert adjust(want["p"], method) == approx(want[method], rel=1e-8)
    assert adjust([0.01, np.nan])[0] == 0.01
    with pytest.raises(ScaleError, match="tukey"):
        adjust([0.1], "tukey")


def test_sample_size_as_in_r():
    assert sample_size(R["power"]["p1"], R["power"]["p0"]) == approx(R["power"]["n"], rel=1e-6)


def test_fixture_001_target_is_inside_the_interval():
    """DOMAIN 2.6.9: 94.21-95.09 at n = 10 000, 94.41-94.92 at n = 30 000."""
    ten = estimate_counts({0: 533, 1: 9467}, RATE, unit="rate")
    assert (100 * ten.lower, 100 * ten.upper) == approx((94.21, 95.09), abs=0.005)
    thirty = estimate_counts({0: 1599, 1: 28401}, RATE, unit="rate")
    assert (100 * thirty.lower, 100 * thirty.upper) == approx((94.41, 94.92), abs=0.005)


def test_smallest_n_is_where_the_interval_lets_go_of_the_target():
    """DOMAIN 2.6.9 says about 16 600; Wilson's interval of exactly 94.67 % lets go of 95 % at 16 756."""
    n = smallest_n(0.9467, 0.95)
    assert n == 16_756
    assert wilson(0.9467 * (n - 1), n - 1)[1] >= 0.95 > wilson(0.9467 * n, n)[1]


def test_cluster_variance_as_in_r():
    n, s = np.array(R["clusters"]["n"], float), np.array(R["clusters"]["s"], float)
    sums = (len(n), n.sum(), s.sum(), (n**2).sum(), (n * s).sum(), (s**2).sum())
    assert s.sum() / n.sum() == approx(R["clusters"]["mean"], rel=1e-8)
    assert np.sqrt(cluster_variance(*sums)) == approx(R["clusters"]["se"], rel=1e-8)
    simple = R["clusters"]["se_iid"] ** 2 * n.sum()
    assert design_effect(*sums, variance=simple) == approx((R["clusters"]["se"] / R["clusters"]["se_iid"]) ** 2)
    assert design_effect(1, 5, 3, 25, 15, 9, variance=0.2) == 1


def test_design_effect_is_an_effective_n():
    plain = estimate_counts({0: 30, 1: 70}, RATE, unit="rate")
    clustered = estimate_counts({0: 60, 1: 140}, RATE, unit="rate", design_effect=2.0)
    assert (clustered.lower, clustered.upper, clustered.effective_n) == approx((plain.lower, plain.upper, 100))


def test_nothing_counted_is_not_a_number():
    for unit, values in (("rate", [0, 1]), ("raw", [1, 2]), ("nps", [-1, 1])):
        found = estimate_counts([0, 0], values, unit=unit)
        assert np.isnan([found.value, found.lower, found.upper]).all() and found.n == 0


def test_wrong_use_says_what_is_wrong():
    with pytest.raises(ScaleError, match="percent"):
        estimate_counts([1, 1], [0, 1], unit="percent")
    with pytest.raises(ScaleError, match="0 or 1"):
        estimate_counts([1, 1], [0, 0.5], unit="rate")
    with pytest.raises(ScaleError, match="'3'"):
        estimate_counts({3: 1}, RATE, unit="rate")


COUNTS = st.lists(st.integers(0, 400), min_size=5, max_size=5).filter(lambda n: sum(n) > 1)


@given(COUNTS, st.sampled_from(["raw", "nps"]))
def test_interval_holds_the_value_and_a_table_is_its_rows(counts, unit):
    values = [-1, -1, -1, 0, 1] if unit == "nps" else [1, 2, 3, 4, 5]
    found = estimate_counts(counts, values, unit=unit)
    assert found.lower <= found.value + 1e-12 and found.value <= found.upper + 1e-12
    table = interval_table(np.array([counts, counts[::-1]]), values, unit=unit)
    assert table.loc[0, "lower"] == found.lower


def test_a_95_percent_interval_holds_the_truth_that_often_at_the_smallest_n():
    rng = np.random.default_rng(3)
    x = rng.binomial(30, 0.9, 4000)
    lower, upper = wilson(x, np.full(4000, 30))
    assert 0.93 < np.mean((lower <= 0.9) & (upper >= 0.9)) < 0.99
