"""Several values of a dimension that moved alike: found inside a cell, though uneven, and without taking each other's values."""

import numpy as np
import pandas as pd
import pytest

from ccsat.numerics.candidates import build_candidates
from ccsat.numerics.nulls import null_maxima
from ccsat.numerics.pursuit import improvement
from ccsat.numerics.scan import Evidence, Scan
from ccsat.stages.leaves import ScoreCounts, _verdict, locate_in_leaves
from ccsat.stages.mixed import Mix

NOW, THEN = ({f"{period}{k}": k for k in range(1, 6)} for period in "cb")
SIZES = {"channel": 4, "line": 6, "tenure": 4}


def where(seed, moved, *, rows=12_000, unions=True):
    """Cells told of leaves drawn from a seed; `moved(frame)` is taken from the current taste."""
    rng = np.random.default_rng(seed)
    grid = pd.MultiIndex.from_product([range(size) for size in SIZES.values()], names=list(SIZES)).to_frame(index=False)
    taste = np.full(len(grid), 0.9)
    for period, n, latent in (("b", 3 * rows, taste), ("c", rows, taste - moved(grid))):
        reached = 1 / (1 + np.exp(-(np.array([-2.6, -1.8, -0.8, 0.25])[None, :] - 1.7 * np.asarray(latent)[:, None])))
        chance = np.diff(np.column_stack([np.zeros(len(grid)), reached, np.ones(len(grid))]), axis=1)
        counts = rng.multinomial(n, np.full(len(grid), 1 / len(grid)))
        grid[[f"{period}{k}" for k in range(1, 6)]] = rng.multinomial(counts, chance)
    found = locate_in_leaves(
        grid, list(SIZES), current=ScoreCounts(NOW), reference=ScoreCounts(THEN), draws=0, max_depth=2, unions=unions
    )
    total = found.cells.query("kind == 'rate'")["points"].sum() + found.everywhere + found.mix + found.remainder
    assert total == pytest.approx(found.total, abs=1e-9)
    return [{dim: sorted(v) if isinstance(v, list) else v for dim, v in cell.items()} for cell in found.cells["where"]]


@pytest.mark.parametrize("seed", range(4))
def test_two_tenures_of_a_line_are_not_the_whole_line(seed):
    cells = where(seed, lambda frame: 0.8 * ((frame["line"] == 4) & frame["tenure"].isin([0, 2])))
    assert cells == [{"line": 4, "tenure": [0, 2]}]


@pytest.mark.parametrize("seed", range(4))
def test_a_line_that_moved_in_all_its_parts_stays_one_cell(seed):
    assert where(seed, lambda frame: 0.5 * (frame["line"] == 4)) == [{"line": 4}]


@pytest.mark.parametrize("seed", range(4))
def test_lines_that_moved_nearly_alike_are_one_union(seed):
    """With many ratings a tenth more or less is seen, and is no difference in kind."""
    cells = where(seed, lambda frame: 0.9 * (frame["line"] == 1) + 0.84 * (frame["line"] == 5), rows=40_000)
    assert cells == [{"line": [1, 5]}]


@pytest.mark.parametrize("seed", range(3))
def test_lines_that_moved_to_a_different_degree_stay_apart(seed):
    cells = where(seed, lambda frame: 1.2 * (frame["line"] == 1) + 0.6 * (frame["line"] == 5), rows=40_000)
    assert sorted(cell["line"] for cell in cells) == [1, 5]


@pytest.mark.parametrize("seed", range(4))
def test_two_unions_that_meet_in_one_channel_are_both_told(seed):
    def moved(frame):
        one = frame["channel"].isin([0, 3]) & (frame["tenure"] == 0)
        return 0.9 * one + 1.2 * (frame["channel"].isin([1, 3]) & (frame["tenure"] == 3))

    cells = where(seed, moved, rows=20_000)
    assert sorted(cells, key=str) == [{"channel": [0, 3], "tenure": 0}, {"channel": [1, 3], "tenure": 3}]  # fmt: skip


@pytest.mark.parametrize(("direction", "sign"), [("down", -1), ("up", 1)])
def test_what_chance_would_find_has_the_tail_of_the_search(direction, sign):
    """Few bad answers among good ones: a sum falls in large steps and rises in small ones, and so do draws without a change."""
    codes = np.array([[a, b] for a in range(6) for b in range(6)])
    candidates = build_candidates(codes, [6, 6], np.full(36, 200.0), 10, max_depth=2, exclusive=set())
    rng, rows, chance = np.random.default_rng(1), 200.0, 0.03
    spread = rows * chance * (1 - chance)
    third = np.full(36, -spread * (1 - 2 * chance))

    def draw(rng, draws):
        return rows * chance - rng.binomial(int(rows), chance, (36, draws)).astype(float), None

    scan = Scan.of(candidates, Evidence(np.zeros(36), np.full(36, spread), np.ones(36), rows1=np.full(36, rows), third1=third))  # fmt: skip
    maxima = null_maxima(scan, scan.statistics(direction), draw, rng, 400)
    found = []
    for residual in draw(np.random.default_rng(2), 400)[0].T:
        seen = Scan.of(candidates, Evidence(residual, np.full(36, spread), np.ones(36), rows1=np.full(36, rows), third1=third))  # fmt: skip
        ratio, turned = improvement(seen.statistics(direction), [])
        found.append((np.where(turned == sign, ratio, 0) - seen.candidates.code).max())
    assert np.quantile(maxima, [0.5, 0.9]) == pytest.approx(np.quantile(found, [0.5, 0.9]), abs=0.4)


def test_a_small_fall_of_everything_is_named_as_such():
    named = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        grid = pd.MultiIndex.from_product([range(4), range(5)], names=["channel", "line"]).to_frame(index=False)
        for period, n, top in (("b", 6_000, 0.68), ("c", 2_000, 0.65)):
            counts = rng.multinomial(n, np.full(len(grid), 1 / len(grid)))
            drawn = rng.multinomial(counts, [0.75 - top, 0.05, 0.1, 0.1, top])
            grid[[f"{period}{k}" for k in range(1, 6)]] = drawn
        found = locate_in_leaves(grid, ["channel", "line"], current=ScoreCounts(NOW), reference=ScoreCounts(THEN), draws=0, direction="down")  # fmt: skip
        significant = found.total_upper < 0
        named += significant
        if significant and found.cells.empty:
            assert found.verdict == "global" and found.everywhere < 0
    assert named >= 20


@pytest.mark.parametrize(("held", "verdict"), [(-0.01, "global"), (-0.06, "local")])
def test_cells_that_hold_next_to_nothing_of_a_shift_do_not_make_the_verdict(held, verdict):
    assert _verdict(np.array([held]), -0.1, Mix(0.0, 0.01, pd.DataFrame()), -0.1 + held) == verdict
