"""A numeric driver cut into bands is a dimension like any other, from a CSV, a Parquet file and with its own cuts."""

import numpy as np
import pandas as pd
import pytest

import ccsat as cs
from ccsat.errors import StudyError

STUDY = """[study]
name = "bands"
[data]
surveys = "{file}"
[columns]
survey_id = "id"
at = "at"
rating = "score"
[scale]
rating = "five"
[dimensions]
team = "team"
wait = {{ column = "wait_s", bands = {bands}{more} }}
[question]
kpi = "satisfaction_rate"
caliber = "five_level"
current = "2025-02-10/2025-03-21"
baseline = "2025-01-01/2025-02-09"
"""


def centre(folder, bands="[60, 300]", *, file="x.csv", more="", text_of_wait=None):
    rng = np.random.default_rng(3)
    n = 16_000
    day, wait = rng.integers(0, 80, n), np.round(rng.exponential(150, n))
    good = rng.random(n) < np.where((wait > 300) & (day >= 40), 0.7, 0.93)
    rows = pd.DataFrame({"id": range(n), "at": (pd.Timestamp("2025-01-01") + pd.to_timedelta(day, unit="D")).strftime("%Y-%m-%d"),
                         "team": rng.choice(["A", "B", "C"], n), "wait_s": wait, "score": np.where(good, 5, 1)})  # fmt: skip
    rows.loc[::50, "wait_s"] = np.nan
    if text_of_wait:
        rows["wait_s"] = rows["wait_s"].map(text_of_wait, na_action="ignore")
    if file.endswith(".parquet"):
        rows["at"] = pd.to_datetime(rows["at"])
        rows.to_parquet(folder / file)
    else:
        rows.to_csv(folder / file, index=False)
    (folder / "study.toml").write_text(STUDY.format(file=file, bands=bands, more=more), encoding="utf-8")
    return cs.read_centre(folder / "study.toml"), rows


@pytest.mark.parametrize("file", ["x.csv", "x.parquet"])
def test_the_cell_of_long_waits_is_found_and_counts_agree(tmp_path, file):
    made, rows = centre(tmp_path, file=file)
    assert made.levels("wait") == ["≤ 60", "60 – 300", "> 300"]
    found = cs.locate_gap(made, cs.Question.of(made.study))
    first = found.cells.iloc[0]
    assert first["where"] == {"wait": "> 300"}
    current = rows["at"].astype(str).str[:10] >= "2025-02-10"
    assert first["n"] == int((current & (rows["wait_s"] > 300)).sum())
    measured = cs.measure(made, cs.Question.of(made.study), by="wait").table
    assert measured["n"].sum() == len(rows) and "∅" in set(measured["wait"])


def test_auto_cuts_into_fifths(tmp_path):
    made, rows = centre(tmp_path, '"auto"')
    levels = made.levels("wait")
    assert len(levels) == 5 and levels[0].startswith("≤") and levels[-1].startswith(">")
    share = made.surveys["wait"].value_counts(normalize=True)
    assert share[levels].between(0.15, 0.25).all()


def test_durations_as_clocks(tmp_path):
    made, _ = centre(
        tmp_path,
        more=', kind = "duration"',
        text_of_wait=lambda s: f"{int(s) // 3600}:{int(s) % 3600 // 60:02d}:{int(s) % 60:02d}",
    )
    assert cs.locate_gap(made, cs.Question.of(made.study)).cells.iloc[0]["where"] == {"wait": "> 300"}


@pytest.mark.parametrize(
    ("bands", "more", "word"),
    [("[300, 60]", "", "300, 60"), ("[60, 60]", "", "60, 60"), ("[60]", ', levels = ["a"]', "bands")],
)
def test_cuts_that_do_not_rise_are_refused(tmp_path, bands, more, word):
    with pytest.raises(StudyError, match=word):
        centre(tmp_path, bands, more=more)


def test_a_column_of_one_value_cannot_cut_itself(tmp_path):
    with pytest.raises(StudyError, match="wait_s"):
        centre(tmp_path, '"auto"', text_of_wait=lambda _: 5)
