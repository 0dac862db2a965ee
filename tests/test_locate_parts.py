"""Values that moved inside one cell are told, not the cell; and what the search draws without a change has the right moments."""

import numpy as np
import pandas as pd
import pytest

from ccsat.numerics.nulls import draw_sums
from ccsat.stages.leaves import ScoreCounts, locate_in_leaves

NOW, THEN = ({f"{period}{k}": k for k in range(1, 6)} for period in "cb")


def leaves(seed, moved, *, rows=30_000, shares=(0.47, 0.43, 0.05, 0.05)):
    """Counts per score of 4 channels, 6 lines and 4 tenures; where `moved`, one in five answers more is a 1."""
    rng = np.random.default_rng(seed)
    parts = []
    for period, n in (("c", rows), ("b", 3 * rows)):
        frame = pd.DataFrame(
            {"channel": rng.choice(4, n, p=shares), "line": rng.integers(0, 6, n), "tenure": rng.integers(0, 4, n)}
        )
        score = rng.choice(np.arange(1, 6), n, p=[0.04, 0.04, 0.1, 0.3, 0.52])
        fell = moved(frame) & (rng.random(n) < 0.2) if period == "c" else np.zeros(n, bool)
        parts.append(frame.assign(column=[f"{period}{k}" for k in np.where(fell, 1, score)]))
    every = pd.concat(parts)
    wide = every.groupby(["channel", "line", "tenure", "column"]).size().unstack(fill_value=0)
    return wide.reindex(columns=[*NOW, *THEN], fill_value=0).reset_index()


def where(table, **options):
    found = locate_in_leaves(table, ["channel", "line", "tenure"], current=ScoreCounts(NOW), reference=ScoreCounts(THEN), draws=0,
                             max_depth=2, **options)  # fmt: skip
    total = found.cells.query("kind == 'rate'")["points"].sum() + found.everywhere + found.mix + found.remainder
    assert total == pytest.approx(found.total, abs=1e-9)
    return [{dim: sorted(v) if isinstance(v, list) else v for dim, v in cell.items()} for cell in found.cells["where"]]


@pytest.mark.parametrize("seed", range(3))
def test_two_channels_of_a_tenure_are_not_the_whole_tenure_though_they_hold_most_of_it(seed):
    table = leaves(seed, lambda frame: frame["channel"].isin([0, 1]) & (frame["tenure"] == 0), rows=60_000)
    assert where(table, unions=True) == [{"channel": [0, 1], "tenure": 0}]


@pytest.mark.parametrize("seed", range(3))
def test_a_tenure_that_moved_in_all_channels_stays_one_cell(seed):
    table = leaves(seed, lambda frame: frame["tenure"] == 0)
    assert where(table, unions=True) == [{"tenure": 0}]


@pytest.mark.parametrize("rows", [1, 2, 8, 40, 400])
@pytest.mark.parametrize("shares", [[0.04, 0.04, 0.1, 0.3, 0.52], [0.02, 0, 0, 0, 0.98], [0.2] * 5])
def test_draws_without_a_change_have_the_moments_of_independent_rows(rows, shares):
    shares, values = np.array([shares]), np.arange(1.0, 6)
    drawn = draw_sums(np.random.default_rng(1), np.array([float(rows)]), shares, values, 200_000)[0]
    mean = float(shares[0] @ values)
    second, third = (float(shares[0] @ (values - mean) ** power) for power in (2, 3))
    away = drawn - rows * mean
    assert away.mean() == pytest.approx(0, abs=5 * np.sqrt(rows * second / 200_000))
    assert (away**2).mean() == pytest.approx(rows * second, rel=0.06)
    assert (away**3).mean() == pytest.approx(
        rows * third, abs=0.12 * max(abs(rows * third), (rows * second) ** 1.5 * 0.2)
    )


def test_no_rows_draw_nothing():
    drawn = draw_sums(np.random.default_rng(1), np.zeros(3), np.full((3, 2), 0.5), np.array([0.0, 1.0]), 4)
    assert drawn.shape == (3, 4) and not drawn.any()
