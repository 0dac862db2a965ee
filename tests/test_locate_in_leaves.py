"""The localiser on aggregated data: what was planted is found, chance is not, and every account closes."""

import itertools
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccsat.errors import CcsatError, ColumnError, DataError
from ccsat.numerics.candidates import build_candidates
from ccsat.stages.leaves import Ratio, ScoreCounts, Total, locate_cube, locate_in_leaves, locate_level
from ccsat.wording import catalogue

SIZES = {"channel": 3, "line": 6, "region": 5, "tenure": 4}
LEVELS = np.array([1, 2, 3, 4, 5])
SATISFIED = {1: 0.0, 2: 0.0, 3: 0.0, 4: 1.0, 5: 1.0}
NOW = ScoreCounts({f"c{k}": k for k in LEVELS})
THEN = ScoreCounts({f"b{k}": k for k in LEVELS})


def grid(sizes=SIZES):
    rows = itertools.product(*[[f"{name}{k}" for k in range(size)] for name, size in sizes.items()])
    return pd.DataFrame(list(rows), columns=list(sizes))


def simulate(seed, change=None, shares=None, n=8000, sizes=SIZES):
    """Leaves with counts per score; `change` shifts the current taste of leaves, `shares` their current weights."""
    rng = np.random.default_rng(seed)
    leaves = grid(sizes)
    weight = rng.dirichlet(np.full(len(leaves), 2.0))
    taste = sum(rng.normal(0, 0.25, leaves[name].nunique())[pd.factorize(leaves[name])[0]] for name in sizes)
    current = weight * (1 if shares is None else shares(leaves))
    moved = taste + (0 if change is None else change(leaves))
    for prefix, rows, where, drawn in (("b", 3 * n, weight, taste), ("c", n, current, moved)):
        counts = rng.multinomial(rows, where / where.sum())
        cuts = 1 / (1 + np.exp(-(np.array([-3.2, -2.6, -1.8, -0.6])[None, :] - np.asarray(drawn)[:, None])))
        chance = np.diff(np.column_stack([np.zeros(len(cuts)), cuts, np.ones(len(cuts))]), axis=1)
        leaves[[f"{prefix}{k}" for k in LEVELS]] = rng.multinomial(counts, chance)
    return leaves


def inside(leaves, **where):
    return np.logical_and.reduce([leaves[name] == value for name, value in where.items()])


def locate(leaves, dims=tuple(SIZES), **options):
    return locate_in_leaves(leaves, list(dims), current=NOW, reference=THEN, **({"draws": 0} | options))


def long_form(leaves, dims=tuple(SIZES)):
    parts = []
    for prefix, period in (("c", "current"), ("b", "baseline")):
        part = leaves.melt(list(dims), [f"{prefix}{k}" for k in LEVELS], var_name="level", value_name="n")
        parts.append(part.assign(period=period, level=part["level"].str[1:].astype(int)))
    return pd.concat(parts).query("n > 0").reset_index(drop=True)


def closes(found):
    held = found.cells.loc[found.cells["kind"] == "rate", "points"].sum()
    whole = held + found.everywhere + found.mix + found.remainder
    assert abs(whole - found.total) <= 1e-9 * max(1, abs(found.total))
    assert found.rate + found.mix == pytest.approx(found.total, abs=1e-9 * max(1, abs(found.total)))
    if len(found.mix_by_dim):
        assert found.mix_by_dim["points"].sum() == pytest.approx(found.mix, abs=1e-9)


def test_null_is_silent():
    fired = [len(locate(simulate(seed), direction="both").cells) > 0 for seed in range(40)]
    assert sum(fired) <= 3


def test_null_is_silent_for_rare_failures_and_small_cells():
    rare = dict.fromkeys((2, 3, 4, 5), 1.0) | {1: 0.0}
    fired = [
        len(locate_cube(long_form(simulate(seed, n=2500)), list(SIZES), rare, draws=0).cells) > 0 for seed in range(20)
    ]
    assert sum(fired) <= 2


@pytest.mark.parametrize("where", [{"line": "line2"}, {"channel": "channel1", "region": "region3"}])
def test_planted_cell_is_found(where):
    exact = 0
    for seed in range(6):
        leaves = simulate(seed, change=lambda frame: -1.6 * inside(frame, **where))
        found = locate(leaves, direction="down", draws=50 if seed == 0 else 0)
        closes(found)
        exact += found.verdict == "local" and list(found.cells["where"]) == [where]
        if seed == 0:
            row = found.cells.iloc[0]
            mask = inside(leaves, **where)
            assert row["n"] == leaves.loc[mask, [f"c{k}" for k in LEVELS]].to_numpy().sum()
            assert row["points"] < 0 and row["lower"] < row["points"] < row["upper"]
            assert row["p_adjusted"] < 0.01 and row["stability"] >= 0.8 and row["kind"] == "rate"
    assert exact >= 5


def test_two_cells_that_move_in_opposite_directions():
    def change(frame):
        return -1.8 * inside(frame, line="line1") + 1.8 * inside(frame, region="region4")

    found = locate(simulate(3, change=change, n=12000), direction="both")
    points = {tuple(row["where"].items()): row["points"] for row in found.cells.to_dict("records")}
    assert points.keys() == {(("line", "line1"),), (("region", "region4"),)}
    assert points[("line", "line1"),] < 0 < points[("region", "region4"),]
    only = locate(simulate(3, change=change, n=12000), direction="down")
    assert all(row["points"] < 0 for row in only.cells.to_dict("records"))
    closes(found)


def test_mix_only_names_the_dimension_whose_shares_moved():
    leaves = simulate(5, n=15000)
    value = (leaves[[f"b{k}" for k in LEVELS]].to_numpy() @ LEVELS) / leaves[[f"b{k}" for k in LEVELS]].sum(
        axis=1
    ).clip(lower=1)
    worst = value.groupby(leaves["line"]).mean().idxmin()
    shifted = simulate(5, shares=lambda frame: np.where(frame["line"] == worst, 4.0, 1.0), n=15000)
    found = locate(shifted, draws=50)
    closes(found)
    assert found.verdict == "mix"
    assert (found.cells["kind"] == "mix").all() and {"line": worst} in list(found.cells["where"])
    assert found.mix_by_dim.set_index("dim")["points"].abs().idxmax() == "line"
    assert found.mix_lower < found.mix < found.mix_upper < 0


def test_a_global_shift_is_no_cell():
    found = locate(simulate(8, change=lambda frame: -0.5, n=10000))
    closes(found)
    assert found.verdict == "global" and found.cells.empty
    assert found.everywhere_upper < 0 and found.everywhere == pytest.approx(found.rate, abs=0.3 * abs(found.rate))


def test_values_that_moved_alike_are_one_union():
    change = lambda frame: -1.5 * frame["line"].isin(["line0", "line3", "line4"])
    leaves = simulate(11, change=change, n=12000)
    joined = locate(leaves, unions=True, direction="down", draws=40)
    assert list(joined.cells["where"]) == [{"line": ["line0", "line3", "line4"]}]
    apart = locate(leaves, direction="down")
    assert {row["line"] for row in apart.cells["where"]} == {"line0", "line3", "line4"}
    closes(joined)
    closes(apart)


def test_one_level_of_a_hierarchy_in_a_cell():
    leaves = simulate(2, change=lambda frame: -1.8 * inside(frame, line="line2"), n=12000)
    leaves["group"] = "group" + (leaves["line"].str[-1].astype(int) // 2).astype(str)
    for hierarchies in ({"business": ["group", "line"]}, None):  # found in the data as well
        found = locate(leaves, ("group", *SIZES), hierarchies=hierarchies, direction="down")
        assert list(found.cells["where"]) == [{"line": "line2"}]


def test_a_cell_of_all_children_is_named_by_its_parent():
    leaves = simulate(4, change=lambda frame: -1.6 * frame["line"].isin(["line2", "line3"]), n=12000)
    leaves["group"] = "group" + (leaves["line"].str[-1].astype(int) // 2).astype(str)
    found = locate(leaves, ("group", *SIZES), direction="down")
    assert list(found.cells["where"]) == [{"group": "group1"}]


def sums(seed, ratio=False):
    rng = np.random.default_rng(seed)
    leaves = grid()
    planted = inside(leaves, channel="channel0", line="line5")
    leaves["plan"] = rng.lognormal(3, 1.2, len(leaves))
    leaves["real"] = leaves["plan"] * rng.normal(1, 0.05, len(leaves)) * np.where(planted, 0.6, 1)
    leaves["tries"] = np.rint(rng.lognormal(5, 1, len(leaves)))
    leaves["tries_plan"] = np.rint(leaves["tries"] * rng.normal(1, 0.05, len(leaves)))
    chance = np.clip(0.9 + rng.normal(0, 0.03, len(leaves)), 0, 0.99)
    leaves["good_plan"] = rng.binomial(leaves["tries_plan"].astype(int), chance)
    leaves["good"] = rng.binomial(leaves["tries"].astype(int), np.where(planted, chance - 0.25, chance))
    return leaves


@pytest.mark.parametrize("reference_is", ["forecast", "period"])
@pytest.mark.parametrize(
    "measures", [(Total("real"), Total("plan")), (Ratio("good", "tries"), Ratio("good_plan", "tries_plan"))]
)
def test_totals_and_ratios_against_a_forecast_or_a_period(measures, reference_is):
    leaves = sums(1)
    found = locate_in_leaves(
        leaves, list(SIZES), current=measures[0], reference=measures[1], reference_is=reference_is, draws=30
    )
    closes(found)
    assert found.cells["where"].iloc[0] == {"channel": "channel0", "line": "line5"}
    assert found.verdict == "local" and found.cells["points"].iloc[0] < 0
    if isinstance(measures[0], Total):
        assert found.total == pytest.approx(leaves["real"].sum() - leaves["plan"].sum())
        assert found.mix == 0
    else:
        value = leaves["good"].sum() / leaves["tries"].sum() - leaves["good_plan"].sum() / leaves["tries_plan"].sum()
        assert found.total == pytest.approx(value, abs=1e-12)


def test_same_answer_from_an_engines_leaves_and_the_same_seed():
    leaves = simulate(6, change=lambda frame: -1.6 * inside(frame, line="line2"))
    values = {int(k): float(k) for k in LEVELS}
    one = locate_cube(long_form(leaves), list(SIZES), values, unions=False, draws=20, rng=3)
    two = locate_cube(
        long_form(leaves).sample(frac=1, random_state=1), list(SIZES), values, unions=False, draws=20, rng=3
    )
    three = locate(leaves)
    assert list(one.cells["where"]) == list(two.cells["where"]) == list(three.cells["where"]) == [{"line": "line2"}]
    np.testing.assert_allclose(one.cells["points"], three.cells["points"], rtol=1e-9)


def test_level_question_holds_the_gap_in_the_bad_cell():
    leaves = simulate(9, change=lambda frame: -2.5 * inside(frame, line="line1", channel="channel2"), n=10000)
    cube = long_form(leaves)
    found = locate_level(cube, list(SIZES), SATISFIED, 0.95, draws=30)
    current = cube[cube["period"] == "current"]
    value = current["n"] @ current["level"].map(SATISFIED) / current["n"].sum()
    assert found.total == pytest.approx(value - 0.95, abs=1e-12)
    assert found.cells["points"].sum() + found.remainder == pytest.approx(found.total, abs=1e-9)
    assert found.verdict == "local" and found.cells["where"].iloc[0] == {"channel": "channel2", "line": "line1"}
    top = found.cells.iloc[0]
    assert top["points"] == pytest.approx(top["share"] * (top["value"] - 0.95), abs=1e-12)


def test_level_question_without_differences_finds_no_cell():
    rng = np.random.default_rng(1)
    fired = 0
    for _ in range(20):
        leaves = grid()
        counts = rng.multinomial(
            rng.multinomial(4000, np.full(len(leaves), 1 / len(leaves))), [0.03, 0.02, 0.03, 0.12, 0.8]
        )
        leaves[[f"c{k}" for k in LEVELS]] = counts
        leaves[[f"b{k}" for k in LEVELS]] = 0
        fired += len(locate_level(long_form(leaves), list(SIZES), SATISFIED, 1.0, draws=0).cells) > 0
    assert fired <= 2


COUNTS = st.lists(st.lists(st.integers(0, 40), min_size=6, max_size=6), min_size=1, max_size=14)


@settings(max_examples=40, deadline=None)
@given(COUNTS, st.sampled_from(["down", "up", "both"]), st.booleans())
def test_every_account_closes(rows, direction, unions):
    leaves = pd.DataFrame(rows, columns=["b1", "b2", "b3", "c1", "c2", "c3"])
    leaves["one"] = [f"x{k % 3}" for k in range(len(leaves))]
    leaves["two"] = [None if k % 5 == 4 else f"y{k % 4}" for k in range(len(leaves))]
    leaves["single"] = "only"
    measures = {
        "current": ScoreCounts({"c1": 0, "c2": 50, "c3": 100}),
        "reference": ScoreCounts({"b1": 0, "b2": 50, "b3": 100}),
    }
    found = locate_in_leaves(
        leaves, ["one", "two", "single"], **measures, direction=direction, unions=unions, draws=5, min_n=5
    )
    if leaves[["c1", "c2", "c3"]].to_numpy().sum() and leaves[["b1", "b2", "b3"]].to_numpy().sum():
        closes(found)
    else:
        assert found.verdict == "noise" and found.cells.empty and found.caveats
    level = locate_in_leaves(leaves, ["one", "two", "single"], current=Total("c3"), reference=Total("b3"), draws=5)
    closes(level)


def test_empty_and_single_leaves():
    empty = locate(simulate(1).iloc[:0])
    assert empty.verdict == "noise" and empty.cells.empty
    closes(locate(simulate(1).iloc[:1]))
    closes(locate(simulate(1), dims=["line"]))


def test_messages():
    leaves = simulate(1)
    with pytest.raises(ColumnError, match="nowhere"):
        locate(leaves, dims=["nowhere"])
    with pytest.raises(CcsatError, match="direction"):
        locate(leaves, direction="sideways")
    with pytest.raises(CcsatError, match="Total"):
        locate_in_leaves(leaves, ["line"], current=Total("c1"), reference=THEN)
    with pytest.raises(ColumnError, match="abc"):
        locate(leaves.astype({"c1": object}).assign(c1="abc"))
    with pytest.raises(DataError, match="negative"):
        locate(leaves.assign(c1=-1))
    assert {"located.noise", "located.mix", "located.global", "located.local"} <= catalogue().keys()
    assert "cell" in locate(leaves).sentence() or "chance" in locate(leaves).sentence()


def development_data():
    folder = Path(os.environ.get("CCSAT_LOCALISE", Path(__file__).resolve().parents[2] / "shared" / "localise"))
    if not folder.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"no localiser development data at {folder}")
        pytest.skip(f"no localiser development data at {folder}; set CCSAT_LOCALISE")
    return folder


def test_crafted_case_has_one_cell_and_the_reference_split():
    data = pd.read_parquet(development_data() / "case100k_cube.parquet")
    dims = ["channel", "business", "region", "team", "tenure"]
    long = data.melt([*dims, "window"], [f"s{k}" for k in LEVELS], var_name="level", value_name="n")
    long["level"] = long["level"].str[1:].astype(int)
    long["period"] = np.where(long["window"] == "base", "baseline", "current")
    found = locate_cube(long, dims, {int(k): float(k) for k in LEVELS}, draws=0)
    assert list(found.cells["where"]) == [{"channel": "chat", "business": "billing"}]
    assert found.rate == pytest.approx(-0.039, abs=0.005) and found.mix == pytest.approx(-0.087, abs=0.005)


def forecast_sums(seed, *effects, noise=0.01, spread=0.0, sizes=SIZES):
    """Nearly noise-free sums; each effect is (cell, factor), a later one replaces an earlier one where they cross."""
    rng = np.random.default_rng(seed)
    leaves = grid(sizes)
    leaves["plan"] = rng.lognormal(5, 1.0, len(leaves))
    factor = np.ones(len(leaves))
    for where, times in effects:
        part = inside(leaves, **where)
        factor[part] = times * np.exp(rng.normal(0, spread, part.sum()))
    leaves["real"] = leaves["plan"] * factor * np.exp(rng.normal(0, noise, len(leaves)))
    return leaves


def named(leaves, **options):
    found = locate_in_leaves(
        leaves, list(SIZES), current=Total("real"), reference=Total("plan"), reference_is="forecast", draws=0, **options
    )
    closes(found)
    return sorted(tuple(sorted(where.items())) for where in found.cells["where"])


def names(*cells):
    return sorted(tuple(sorted(cell.items())) for cell in cells)


@pytest.mark.parametrize("seed", range(4))
def test_an_uneven_effect_has_no_echoes(seed):
    bad = {"channel": "channel1", "line": "line2"}
    assert named(forecast_sums(seed, (bad, 0.5), spread=0.15)) == names(bad)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("count", [2, 3])
def test_crossing_cells_whose_uneven_effects_do_not_add_up(seed, count):
    sizes = {"channel": 5, "line": 10, "region": 6, "tenure": 5}
    effects = [({"line": "line3"}, 0.2), ({"region": "region1"}, 0.5), ({"channel": "channel0"}, 0.1)][:count]
    leaves = forecast_sums(seed, *effects, spread=0.15, sizes=sizes)
    assert named(leaves) == names(*(cell for cell, _ in effects))


@pytest.mark.parametrize("seed", range(4))
def test_two_children_are_not_their_parent(seed):
    cells = {"line": "line1", "region": "region0"}, {"line": "line1", "region": "region3"}
    assert named(forecast_sums(seed, *((cell, 0.6) for cell in cells))) == names(*cells)


def test_tiny_leaves_that_stood_still_do_not_break_up_their_cell():
    bad = {"channel": "channel1", "line": "line2"}
    leaves = forecast_sums(1)
    part = np.flatnonzero(inside(leaves, **bad))
    leaves.loc[part, "plan"] = np.where(np.arange(len(part)) < 6, 300.0, 1.0)
    leaves.loc[part, "real"] = np.where(np.arange(len(part)) < 6, 150.0, 1.0)
    cells = [dict(cell) for cell in named(leaves)]
    assert [cell for cell in cells if bad.items() <= cell.items()] == [bad]


@pytest.mark.parametrize("factor", [0.75, 1.08])
def test_fractional_ratios_move_in_proportion(factor):
    rng = np.random.default_rng(7)
    leaves = grid()
    leaves["b"] = leaves["b0"] = rng.lognormal(4, 1.2, len(leaves)) + 0.5
    rate = np.clip(0.85 + rng.normal(0, 0.05, len(leaves)), 0.7, 0.92)
    leaves["a0"] = leaves["b0"] * rate
    bad = inside(leaves, line="line4")
    leaves["a"] = leaves["b"] * rate * np.where(bad, factor, 1) * (1 + rng.normal(0, 0.004, len(leaves)))
    found = locate_in_leaves(leaves, list(SIZES), current=Ratio("a", "b"), reference=Ratio("a0", "b0"),
                             reference_is="forecast", draws=0)  # fmt: skip
    assert list(found.cells["where"]) == [{"line": "line4"}]
    closes(found)


def test_a_cell_inside_a_chosen_one_is_not_offered():
    codes = np.array(list(itertools.product(range(3), range(2), range(2))))
    candidates = build_candidates(codes, [3, 2, 2], np.ones(12), 1, max_depth=2, exclusive=set())
    inner = np.flatnonzero(candidates.inside(1))
    assert {candidates.columns[cell] for cell in inner} == {(0, 1), (0, 2)} and len(inner) == 4
