"""How cells are told: no finer and no wider than the data show, cohorts before their smear, and what is not decidable yet."""

import numpy as np
import pandas as pd
import pytest

from ccsat.stages.clusters import effect_of_change
from ccsat.stages.leaves import locate_cube
from ccsat.stages.locate import shrink_changes
from ccsat.stages.undecided import more_rows
from ccsat.wording import text

VALUES = {0: 0.0, 1: 1.0}


def centre(seed, fall, *, rows=7000, lines=8, phone=0.7, cohort=0.11):
    """An engine's leaves of two periods; `fall(frame)` is taken from the current rate of 0.95."""
    rng = np.random.default_rng(seed)
    parts = []
    for period, n in (("current", rows), ("baseline", 2 * rows)):
        frame = pd.DataFrame({
            "period": period, "channel": np.where(rng.random(n) < phone, "phone", "online"),
            "line": rng.integers(0, lines, n).astype(str), "region": rng.choice(list("ABCDE"), n),
            "campaign": np.where(rng.random(n) < cohort, "C4", "none"),
        })  # fmt: skip
        chance = 0.95 - (fall(frame) if period == "current" else 0.0)
        parts.append(frame.assign(level=(rng.random(n) < chance).astype(int)))
    keys = ["period", "channel", "line", "region", "campaign", "level"]
    return pd.concat(parts).groupby(keys, as_index=False).size().rename(columns={"size": "n"})


def cells(leaves, **options):
    found = locate_cube(
        leaves, ["channel", "line", "region", "campaign"], VALUES, **({"draws": 0, "max_depth": 2} | options)
    )
    assert found.total == pytest.approx(
        found.table.query("kind == 'rate'")["points"].sum() + found.everywhere + found.mix + found.remainder
    )
    return found


@pytest.mark.parametrize("seed", range(3))
def test_most_of_everything_is_told_where_the_rest_stood_still(seed):
    found = cells(centre(seed, lambda frame: 0.03 * (frame["channel"] == "phone")))
    assert list(found.cells["where"]) == [{"channel": "phone"}] and found.verdict == "local"


@pytest.mark.parametrize("seed", range(3))
def test_everything_stays_everything_where_the_rest_fell_too(seed):
    found = cells(centre(seed, lambda frame: 0.05))
    assert found.cells.empty and found.verdict == "global"


def test_two_lines_beyond_doubt_stay_apart():
    found = cells(centre(5, lambda frame: 0.2 * frame["line"].isin(["1", "6"])))
    assert sorted(where["line"] for where in found.cells["where"]) == ["1", "6"]


def test_no_innocent_neighbour_is_joined():
    for seed in range(4):
        found = cells(centre(seed, lambda frame: 0.06 * (frame["line"] == "2"), lines=14))
        assert all(where.get("line", "2") in ("2", ["2"]) for where in found.cells["where"])


def smear(frame):
    return 0.6 * ((frame["campaign"] == "C4") & frame["line"].isin(["0", "1", "2", "3", "4"]))


def pieces(scan, statistics, codes, chosen, price, *, apart, declared):
    """The first five lines of the cohort, as a search may find them."""
    candidates = scan.candidates
    found = [cell for cell, columns in enumerate(candidates.columns) if columns == (1, 3)]
    return [(cell,) for cell in found if codes[candidates.first[cell]][1] < 5 and codes[candidates.first[cell]][3] == 0]


def test_a_cohort_is_told_before_the_lines_that_it_calls_about(monkeypatch):
    monkeypatch.setattr("ccsat.stages.naming.join_siblings", pieces)
    leaves = centre(1, smear)
    assert [set(where) for where in cells(leaves).cells["where"]] == [
        {"campaign", "line"}
    ] * 5  # nobody says who carries what
    told = cells(leaves, carried=lambda dim: dim == "campaign").cells
    assert list(told["where"]) == [{"campaign": "C4"}] and told["points"].iloc[0] == pytest.approx(-0.041, abs=0.01)
    assert len(cells(leaves, carried=lambda dim: dim == "line").cells) == 5  # a line is not the customer's own


def test_a_cell_nearly_found_says_how_many_more_ratings():
    for seed in range(40):
        found = cells(centre(seed, lambda frame: 0.055 * (frame["line"] == "3"), lines=10))
        if len(found.undecided):
            break
    row = found.undecided.iloc[0]
    assert row["n_more"] > 0 and abs(row["z"]) < row["z_needed"] and 0 < row["p_adjusted"] <= 0.3
    key, values = next(caveat for caveat in found.caveats if caveat[0] == "caveat.undecided")
    assert f"{row['n_more']:.0f}" in text(key, **values)


@pytest.mark.parametrize(
    ("rows", "ratio", "z", "needed", "wanted"), [(100, 0.0, 2.0, 4.0, 300), (100, 0.5, 3.0, 3.0, 0)]
)
def test_more_rows(rows, ratio, z, needed, wanted):
    assert more_rows(rows, ratio, z, needed) == wanted


def test_more_rows_grows_both_periods_where_current_ones_cannot_do():
    assert more_rows(100, 2.0, 2.0, 4.0) == 300


def agents(seed, *, skill=0.0, change=0.0, new=0):
    """Sums per agent and period, 100 ratings each, whose rates differ by `skill` always and by `change` between periods."""
    rng = np.random.default_rng(seed)
    usual = 0.8 + skill * rng.standard_normal(200)
    rows = []
    for k, rate in enumerate(usual):
        for period in ("current", "baseline")[: 1 if k < new else 2]:
            p = np.clip(rate + change * rng.standard_normal() * (period == "current"), 0, 1)
            s = rng.binomial(100, p)
            rows.append((k, period, 100, s, s))
    return pd.DataFrame(rows, columns=["agent", "period", "n", "s", "ss"]).set_index(["agent", "period"])


def test_what_agents_always_were_is_no_noise_of_a_change():
    assert effect_of_change(agents(1, skill=0.08)) < 1.3
    assert effect_of_change(agents(1, change=0.08)) > 2
    assert effect_of_change(agents(1)) < 1.2


def test_newcomers_are_compared_among_each_other():
    sums = agents(2, new=30)
    low = sums.index.get_level_values("agent") < 30
    sums.loc[low, ["s", "ss"]] -= 15  # all of them worse alike: that is a change, not noise
    assert effect_of_change(sums) < 1.3


def test_changes_of_chance_are_shrunk_away_and_real_ones_kept():
    change = np.array([-0.01, 0.02, 0.0, 0.01, np.nan])
    assert np.ptp(shrink_changes(change, change - 0.06, change + 0.06)[:4]) < 1e-12  # no more than chance: one mean
    kept = shrink_changes(change * 10, change * 10 - 0.01, change * 10 + 0.01)
    assert np.allclose(kept[:4], change[:4] * 10, atol=0.002) and np.isnan(kept[4])
