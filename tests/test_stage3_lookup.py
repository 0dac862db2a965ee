"""Lookups of rows beside the ratings, and sums by day out of one cube, against the plain way."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

import ccsat as cs
from ccsat.cells import ask
from ccsat.question import Question
from ccsat.stages.lookup import by_key, by_time, places, taken
from ccsat.stages.timing import daily


def made(rng, n, customers):
    who = rng.integers(0, customers, n)
    at = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 400, n), unit="h")
    return pd.DataFrame(
        {"customer_id": [f"c{k}" if k else None for k in who], "at": at, "value": np.arange(n, dtype=float)}
    )


@pytest.mark.parametrize("seed", range(5))
def test_a_customers_latest_mark_before_the_rating_as_merge_asof_finds_it(seed):
    rng = np.random.default_rng(seed)
    marks, rows = made(rng, 300, 25).drop_duplicates(["customer_id", "at"]), made(rng, 200, 30)
    marks.loc[marks.index[:5], "at"] = pd.NaT
    rows.loc[rows.index[:5], "at"] = pd.NaT
    lookup = by_time(marks, "customer_id", "at")
    found = taken(lookup.rows["value"], places(rows, rows["at"], lookup, "customer_id"), rows.index)
    asked = rows.reset_index().dropna(subset=["customer_id", "at"]).sort_values("at")
    plain = pd.merge_asof(asked, marks.dropna().sort_values("at"), on="at", by="customer_id", suffixes=("", "_mark"))
    plain = plain.set_index("index")["value_mark"].reindex(rows.index)
    pd.testing.assert_series_equal(found, plain, check_names=False)
    assert 20 < found.notna().sum() < 195


def test_a_tables_first_row_of_each_key():
    table = pd.DataFrame(
        {"ticket_id": ["a", None, "b", "a"], "closed": pd.to_datetime(["2024-01-01", "2024-01-02", None, "2024-01-04"])}
    )
    rows = pd.DataFrame({"ticket_id": ["b", "a", None, "z"]}, index=[7, 5, 3, 1])
    lookup = by_key(table, "ticket_id")
    found = places(rows, pd.Series(pd.NaT, rows.index), lookup, "ticket_id")
    assert found.tolist() == [1, 0, -1, -1]
    closed = taken(lookup.rows["closed"], found, rows.index)
    assert closed.index.tolist() == [7, 5, 3, 1] and closed.isna().tolist() == [True, False, True, True]
    assert taken(lookup.rows["closed"].iloc[:0], np.full(2, -1), rows.index[:2]).isna().all()


@pytest.fixture(scope="module")
def centre(tmp_path_factory):
    rng = np.random.default_rng(4)
    n = 600
    folder = tmp_path_factory.mktemp("cube")
    pd.DataFrame({"id": range(n), "at": pd.Timestamp("2024-05-01") + pd.to_timedelta(rng.integers(0, 60, n), unit="D"), "stars": rng.integers(1, 6, n),
                  "channel": rng.choice(["phone", "chat", ""], n), "team": rng.choice(["a", "b", "c"], n), "site": rng.choice(["n", "s"], n),
                  }).to_csv(folder / "surveys.csv", index=False)  # fmt: skip
    (folder / "study.toml").write_text(
        """[study]
name = "cube"
[data]
surveys = "surveys.csv"
[columns]
survey_id = "id"
at = "at"
rating = "stars"
[scale]
rating = "five"
[dimensions]
channel = "channel"
team = "team"
site = "site"
[question]
kpi = "satisfaction_rate"
current = "2024-06-01/2024-06-29"
baseline = "2024-05-01/2024-05-31"
""",
        encoding="utf-8",
    )
    return cs.read_centre(folder)


@pytest.mark.parametrize("cell", [{}, {"team": "a"}, {"team": ["a", "c"], "channel": "phone"}, {"channel": "∅"}, {"team": "z"},
                                  {"team": ["a", "b"], "channel": ["chat", "∅"], "site": "n"}])  # fmt: skip
def test_sums_by_day_are_those_of_the_rows(centre, cell):
    asked = ask(centre, Question.of(centre.study))
    rows = centre.surveys
    held = pd.Series(True, rows.index)
    for dim, value in cell.items():
        held &= (
            rows[dim].astype(object).where(rows[dim].notna(), "∅").isin(value if isinstance(value, list) else [value])
        )
    rows = rows[held]
    rows = rows.assign(day=pd.to_datetime(rows["at"]).dt.date, score=(rows["rating"].astype(int) >= 4).astype(float))
    rows = rows[rows["day"] <= date(2024, 6, 29)]
    plain = rows.groupby("day").agg(n=("score", "size"), s=("score", "sum")).reset_index()
    found = daily(centre, asked, cell or None)
    assert found["day"].tolist() == plain["day"].tolist()
    np.testing.assert_array_equal(found[["n", "s", "ss"]].astype(float), plain[["n", "s", "s"]].astype(float))
    outside = daily(centre, asked, None, out_of=cell) if cell else None
    assert outside is None or outside["n"].sum() + found["n"].sum() == daily(centre, asked, None)["n"].sum()
