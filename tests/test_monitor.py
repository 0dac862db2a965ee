"""The daily watch: finds a fall at once or by drift, closes when it is over, stays quiet otherwise."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

import ccsat as cs
from ccsat.errors import DataError
from ccsat.monitor import episodes, monitor_kpi
from ccsat.numerics.charts import RULES, Watch, combined, watch_series, weekday_profile, worse_tail


def flags(rng, rate, n=40, days=90):
    """Daily counts of satisfied ratings of one series and the power sums of the flags."""
    counts = np.full(days, n)
    good = rng.binomial(counts, np.broadcast_to(rate, days))
    return counts, good


def charted(*series, worse=-1, days=90, **watch):
    n = np.array([one[0] for one in series], float)
    s = np.array([one[1] for one in series], float)
    return watch_series(n, np.stack([s, s, s]), np.arange(days) % 7, worse=worse, watch=Watch(**watch))


def test_a_step_opens_soon_and_closes_after_three_normal_days():
    rng = np.random.default_rng(1)
    rate = np.full(90, 0.95)
    rate[60:75] = 0.75
    found = charted(flags(rng, 0.95, 400), flags(rng, rate))
    opened = np.flatnonzero(found.open[1])
    assert 60 <= opened[0] <= 64
    assert opened[-1] <= 85 and not found.open[1, -1]
    assert not found.open[0].any()


def test_a_slow_decline_is_caught_by_the_moving_average():
    rng = np.random.default_rng(2)
    rate = 0.95 - np.clip(np.arange(90) - 45, 0, None) * 0.002
    found = charted(flags(rng, 0.95, 400), flags(rng, rate, 60))
    opened = int(np.flatnonzero(found.open[1])[0])
    assert 45 < opened < 75
    rules = [RULES[rule] for rule in found.rule[1, 60:]]
    assert rules.count("drift") > rules.count("beyond") + rules.count("two_of_three")


def test_the_better_side_is_no_alert_and_the_side_turns_with_the_kpi():
    rng = np.random.default_rng(3)
    rate = np.where(np.arange(90) < 60, 0.85, 0.99)
    series = flags(rng, 0.85, 400), flags(rng, rate)
    assert not charted(*series).open[1].any()
    assert charted(*series, worse=1).open[1, 60:].any()


def test_quiet_series_rarely_alert():
    rng = np.random.default_rng(4)
    opened = sum(
        int((np.diff(charted(*[flags(rng, 0.94, n) for n in (400, 60, 40, 30, 20, 20)]).open.astype(int)) > 0).sum())
        for _ in range(20)
    )
    assert opened <= 40  # 20 runs of two months: one alert a month at most


def test_days_that_scatter_more_than_chance_widen_the_limits():
    rng = np.random.default_rng(5)
    noisy = flags(rng, np.clip(rng.normal(0.9, 0.06, 90), 0, 1), 400)
    calm = flags(rng, 0.9, 400)
    found = charted(calm, noisy)
    assert np.nanmedian(found.sigma[1]) > 2 * np.nanmedian(found.sigma[0])
    assert found.open[1].sum() <= 6


def test_the_day_of_the_week_is_no_alert():
    rng = np.random.default_rng(6)
    rate = np.where(np.arange(90) % 7 == 6, 0.86, 0.95)
    found = charted(flags(rng, rate, 500))
    assert (np.diff(found.open[0].astype(int)) > 0).sum() <= 1  # a dozen Sundays
    n, s = flags(rng, rate, 500)
    profile = weekday_profile(n.astype(float), s.astype(float), np.arange(90) % 7)
    assert profile[6] == pytest.approx(-0.077, abs=0.02)


def test_days_of_an_open_alert_do_not_become_the_norm():
    rng = np.random.default_rng(7)
    rate = np.where(np.arange(200) < 60, 0.95, 0.75)
    found = charted(flags(rng, 0.95, 400, 200), flags(rng, rate, 60, 200), days=200)
    assert found.open[1, -1]
    assert found.expected[1, -1] > 0.9


def test_the_tail_allows_for_skewed_ratings():
    from scipy.stats import binom

    n, p = 25, 0.95
    exact = binom.cdf(20, n, p) - 0.5 * binom.pmf(20, n, p)
    got = worse_tail(
        np.array([20 - n * p]), np.array([n * p * (1 - p)]), np.array([n * p * (1 - p) * (1 - 2 * p)]), -1
    )[0]
    normal = worse_tail(np.array([20 - n * p]), np.array([n * p * (1 - p)]), np.array([0.0]), -1)[0]
    assert abs(np.log(got / exact)) < abs(np.log(normal / exact)) and abs(np.log(got / exact)) < 0.7


def test_combined_chances_are_uniform_under_the_null_and_small_where_one_is():
    rng = np.random.default_rng(8)
    p = combined(rng.uniform(size=(20_000, 3)))
    assert (p < 0.05).mean() == pytest.approx(0.05, abs=0.006)
    assert combined(np.array([[1e-6, 0.5, 0.5]]))[0] == pytest.approx(3e-6, rel=0.05)


def test_alerts_of_neighbouring_days_are_one_episode():
    opened = pd.Series([dt.date(2025, 5, 1), dt.date(2025, 5, 3), dt.date(2025, 5, 4), dt.date(2025, 5, 20)])
    assert episodes(opened).tolist() == [1, 1, 2, 3]


@pytest.fixture(scope="module")
def export(tmp_path_factory):
    """A flat export with one team that falls on day 60."""
    rng = np.random.default_rng(9)
    day = rng.integers(0, 80, 24_000)
    team = rng.choice(["T1", "T2", "T3"], len(day))
    good = rng.random(len(day)) < np.where((team == "T2") & (day >= 60), 0.8, 0.95)
    folder = tmp_path_factory.mktemp("watch")
    at = pd.Timestamp("2025-01-01") + pd.to_timedelta(day, unit="D")
    pd.DataFrame(
        {"id": range(len(day)), "at": at.strftime("%Y-%m-%d"), "team": team, "score": np.where(good, 5, 1)}
    ).to_csv(folder / "x.csv", index=False)
    study = '[study]\nname="w"\n[data]\nsurveys="x.csv"\n[columns]\nsurvey_id="id"\nat="at"\nrating="score"\n[scale]\nrating="five"\n[dimensions]\nteam="team"\n[question]\nkpi="satisfaction_rate"\ncaliber="five_level"\ncurrent="2025-03-01/2025-03-21"\nbaseline="2025-01-01/2025-02-28"\n'
    (folder / "study.toml").write_text(study, encoding="utf-8")
    return cs.read_centre(folder / "study.toml")


def test_an_export_is_watched_cell_by_cell(export):
    found = monitor_kpi(export, cs.Question.of(export.study))
    first = found.open.iloc[0]
    assert first["where"] == {"team": "T2"} and first["opened"] <= dt.date(2025, 3, 4)
    assert first["lower"] < -0.15 < first["upper"] or first["change"] == pytest.approx(-0.15, abs=0.04)
    assert first["points"] == pytest.approx(first["change"] * first["share"])
    assert "T2" in found.sentence() and "{" not in found.sentence()


def test_yesterday_judged_today_is_as_it_was_judged_yesterday(export):
    question = cs.Question.of(export.study)
    early, late = monitor_kpi(export, question, as_of="2025-03-03"), monitor_kpi(export, question)
    both = early.series.merge(late.series, on=["cell", "day"])
    assert len(both) == len(early.series) and (both["open_x"] == both["open_y"]).all()


def test_both_languages_and_errors(export):
    question = cs.Question.of(export.study)
    for lang, word in (("zh", "异常"), ("en", "alert")):
        before = cs.language()
        try:
            cs.set_language(lang)
            assert word in monitor_kpi(export, question).sentence()
        finally:
            cs.set_language(before)
    with pytest.raises(DataError, match="20"):
        monitor_kpi(export, question, as_of="2025-01-20")
