"""Localisation of every kind of KPI, and of dimensions of thousands of levels, on centres whose one bad cell is known."""

import numpy as np
import pandas as pd
import pytest

import ccsat as cs
from ccsat.centre import read_centre
from ccsat.stages.leaves import Ratio, locate_in_leaves
from ccsat.stages.longlist import REST, named_levels, shorten_leaves
from ccsat.study import check_study
from ccsat.wording import text

MAY, JUNE = "2024-05-01/2024-05-31", "2024-06-01/2024-06-30"
SCALES = {"five": range(1, 6), "three": range(1, 4), "thumb": range(2), "ten": range(1, 11), "nps": range(11)}


def rows(*, n=12_000, seed=1, line="l3", fall=0.25, shops=0):
    """Contacts of May and June; in June one line's quality (0 to 1) falls."""
    rng = np.random.default_rng(seed)
    day = pd.Timestamp("2024-05-01") + pd.to_timedelta(rng.integers(0, 61, n), unit="D")
    table = pd.DataFrame({"survey_id": [f"s{i}" for i in range(n)], "day": day.strftime("%Y-%m-%d"),
                          "line": rng.choice([f"l{k}" for k in range(6)], n), "region": rng.choice(["n", "s", "e", "w"], n)})  # fmt: skip
    if shops:
        table["shop"] = [
            f"shop{k}" for k in np.where(rng.random(n) < 0.2, rng.integers(0, 5, n), rng.integers(5, shops, n))
        ]
    bad = (table["line"] == line) if not shops else (table["shop"] == "shop2")
    table["quality"] = np.clip(rng.normal(0.8, 0.2, n) - fall * (bad & (table["day"] >= "2024-06-01")), 0, 0.999)
    return table


def centre(folder, table, scale="five", *, limits=None, dims=("line", "region"), **columns):
    table = table.assign(rating=(table["quality"] * len(SCALES[scale])).astype(int) + min(SCALES[scale]))
    table = table.assign(
        resolved=(table["quality"] > 0.55).astype(int), participated=(table["quality"] > 0.6).astype(int)
    )
    table.to_csv(folder / "export.csv", index=False)
    content = {
        "data": {"surveys": "export.csv"}, "scale": {"rating": scale}, "dimensions": {dim: dim for dim in dims},
        "columns": {"survey_id": "survey_id", "at": "day", "rating": "rating", "resolved": "resolved", **columns},
        "question": {"current": JUNE, "baseline": MAY}, **({"limits": limits} if limits else {}),
    }  # fmt: skip
    return read_centre(check_study(content, folder=folder))


KPIS = [
    ("satisfaction_rate", "five_level", "five"), ("satisfaction_rate", "three_level", "three"), ("satisfaction_rate", "thumbs", "thumb"),
    ("satisfaction_rate", "t10_9", "ten"), ("satisfaction_score", "linear", "five"), ("satisfaction_score", "raw", "nps"),
    ("bad_review_rate", "five_level", "five"), ("bad_review_rate", "t10_6", "ten"), ("nps", "standard", "nps"),
    ("resolution_rate", "of_all", "five"),
]  # fmt: skip


@pytest.mark.parametrize(("kpi", "caliber", "scale"), KPIS, ids=lambda one: one)
@pytest.mark.parametrize("against", ["baseline", "target"])
def test_every_caliber_finds_the_bad_line_and_closes(tmp_path, kpi, caliber, scale, against):
    worse = -1 if kpi != "bad_review_rate" else 1
    made = centre(tmp_path, rows(), scale)
    period = {"baseline": MAY}
    if against == "target":
        usual = cs.measure(made, cs.Question(kpi, caliber, current=MAY)).headline["current"].value
        period = {"target": float(usual)}
    found = cs.locate_gap(made, cs.Question(kpi, caliber, current=JUNE, **period))
    assert list(found.cells["where"]) == [{"line": "l3"}]
    cell = found.cells.iloc[0]
    assert cell["lower"] <= cell["points"] <= cell["upper"] and worse * cell["points"] > 0
    assert cell["points"] + found.remainder == pytest.approx(found.total, abs=1e-9)
    assert worse * cell["points"] == pytest.approx(worse * found.total, rel=0.5)


def test_a_ratio_of_sums_that_may_exceed_one_finds_its_line():
    table = rows()
    june = table["day"] >= "2024-06-01"
    rng = np.random.default_rng(3)
    table["calls"] = 1 + rng.poisson(1.5 + 1.2 * (june & (table["line"] == "l3")))  # contacts per solved problem
    leaves = table.assign(
        now=table["calls"].where(june, 0), n1=june * 1, before=table["calls"].where(~june, 0), n0=~june * 1
    )
    leaves = leaves.groupby(["line", "region"], as_index=False)[["now", "n1", "before", "n0"]].sum()
    found = locate_in_leaves(
        leaves, ["line", "region"], current=Ratio("now", "n1"), reference=Ratio("before", "n0"), draws=0
    )
    assert list(found.cells["where"]) == [{"line": "l3"}] and found.cells["points"].iloc[0] == pytest.approx(
        0.2, abs=0.06
    )


def test_levels_too_small_for_a_cell_are_counted_together():
    per_level = pd.Series({"a": 900, "b": 60, "c": 3})
    assert named_levels(per_level) == ["a", "b"]
    leaves = pd.DataFrame({"shop": [f"s{k}" for k in range(60)], "line": "x", "c1": [500] * 10 + [1] * 50, "b1": 7})
    short, told = shorten_leaves(leaves, ["shop", "line"], ["c1", "b1"], leaves["c1"])
    assert told == {"shop": (60, 10, pytest.approx(5000 / 5050))}
    assert len(short) == 11 and short[["c1", "b1"]].sum().tolist() == leaves[["c1", "b1"]].sum().tolist()
    assert short.loc[short["shop"] == REST, "c1"].item() == 50


def test_thousands_of_levels_are_searched_in_two_steps_and_it_says_so(tmp_path):
    made = centre(
        tmp_path, rows(n=20_000, shops=3_000, fall=0.4), dims=("line", "region", "shop"), limits={"leaves": 3_000}
    )
    found = cs.locate_gap(made, cs.Question(current=JUNE, baseline=MAY))
    assert list(found.cells["where"]) == [{"shop": "shop2"}]
    key, values = next(caveat for caveat in found.caveats if caveat[0] == "caveat.dim_shortened")
    table = pd.read_csv(tmp_path / "export.csv")
    there = table.loc[table["day"] >= "2024-06-01", "shop"].nunique()
    assert (values["dim"], values["kept"]) == ("shop", "5") and f"{there:,}" in text(key, **values)
    assert not any(caveat[0] == "caveat.dims_left_out" for caveat in found.caveats)
    assert found.cells["points"].sum() + found.remainder == pytest.approx(found.total, abs=1e-9)


def test_what_was_counted_together_is_never_a_cell(tmp_path):
    table = rows(n=20_000, shops=3_000, fall=0.0)
    small = ~table["shop"].isin([f"shop{k}" for k in range(5)]) & (table["day"] >= "2024-06-01")
    table["quality"] = np.where(small, table["quality"] * 0.7, table["quality"])  # all the small shops fall
    made = centre(tmp_path, table, dims=("line", "region", "shop"), limits={"leaves": 3_000})
    found = cs.locate_gap(made, cs.Question(current=JUNE, baseline=MAY))
    assert all(REST not in where.values() for where in found.cells["where"])
    assert found.cells["points"].sum() + found.remainder == pytest.approx(found.total, abs=1e-9)
