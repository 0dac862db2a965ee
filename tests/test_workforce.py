"""Staffing: the worked figures of DOMAIN 2.2 and 2.3, the queue models against each other and a simulation, schedules, forecasts, what-if."""

import heapq
from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.stats import poisson

from ccsat import workforce as wf
from ccsat import worlds
from ccsat.errors import DataError
from ccsat.wording import LANGUAGES, has, speaking, text
from ccsat.workforce.panels import ASSESSMENT

ORACLES = [  # calls/h, AHT s, agents: P_w, SL(20 s), ASA s, occupancy (DOMAIN 2.3)
    (360, 240, 28, 0.33314, 0.76130, 19.988, 0.85714), (360, 240, 29, 0.24227, 0.84028, 11.629, 0.82759),
    (360, 300, 36, 0.21189, 0.85797, 10.594, 0.83333), (100, 180, 8, 0.16727, 0.88015, 10.036, 0.62500),
]  # fmt: skip


@pytest.fixture(scope="module")
def centre():
    return worlds.make("S04", rng=101).centre


# Queues ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("calls", "aht", "staff", "p_wait", "level", "asa", "occupancy"), ORACLES)
def test_erlang_c_has_the_worked_figures(calls, aht, staff, p_wait, level, asa, occupancy):
    row = wf.erlang_c(calls, aht, staff).table.iloc[0]
    assert row["p_wait"] == pytest.approx(p_wait, abs=5.1e-6) and row["service_level"] == pytest.approx(
        level, abs=5.1e-6
    )
    assert row["asa_s"] == pytest.approx(asa, abs=5.1e-4) and row["occupancy"] == pytest.approx(occupancy, abs=5.1e-6)


def test_erlang_c_takes_many_at_once_and_each_as_if_alone():
    calls, aht, staff = (np.array([row[k] for row in ORACLES]) for k in range(3))
    many = wf.erlang_c(calls, aht, staff).table
    alone = pd.concat([wf.erlang_c(*row[:3]).table for row in ORACLES], ignore_index=True)
    pd.testing.assert_frame_equal(many, alone)
    assert wf.erlang_c(360, 240, np.arange(25, 40)).table["service_level"].is_monotonic_increasing


@pytest.mark.parametrize("staff", [10, 1_000, 100_000])
@pytest.mark.parametrize("slack", [0.5, 3.0, 30.0])
def test_erlang_c_is_stable_up_to_100_000_agents(staff, slack):
    """Against the Poisson form: C = B / (1 - rho (1 - B)), B = pmf(N) / cdf(N)."""
    load = staff - slack if slack < staff else staff / 2
    blocked = np.exp(poisson.logpmf(staff, load) - poisson.logcdf(staff, load))
    rho = load / staff
    found = wf.erlang_c(load * 10, 360, staff).table.iloc[0]
    assert (
        found["p_wait"] == pytest.approx(blocked / (1 - rho * (1 - blocked)), rel=1e-8)
        and 0 <= found["service_level"] <= 1
    )


def test_a_single_agent_is_the_plain_queue():
    assert wf.erlang_c(5, 360, 1).table["p_wait"][0] == pytest.approx(0.5)  # M/M/1: the chance to wait is the load


@pytest.mark.parametrize("staff", [23, 24])
def test_too_few_agents_have_no_steady_wait(staff):
    found = wf.erlang_c(360, 240, staff)
    row = found.table.iloc[0]
    assert row["reason"] == "unstable" and row[["p_wait", "service_level", "asa_s"]].isna().all()
    assert ("caveat.erlang_unstable", {"n": 1}) in found.caveats
    for lang, words in (("en", "without end"), ("zh", "越排越长")):
        with speaking(lang):
            assert words in found.sentence()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_erlang_c_says_that_it_ignores_abandonment(lang):
    found = wf.erlang_c(360, 240, 29)
    with speaking(lang):
        said = " ".join(text(key, **values) for key, values in found.caveats)
        assert {"en": "overstates the wait", "zh": "高估等待"}[lang] in said and "84.03" in found.sentence()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ((-1, 240, 29), "calls"),
        ((360, 0, 29), "aht"),
        ((360, 240, 2.5), "staff"),
        ((360, 240, 0), "staff"),
        ((float("nan"), 240, 3), "calls"),
    ],
)
def test_impossible_numbers_are_refused(given, words):
    with speaking("en"), pytest.raises(DataError, match=words):
        wf.erlang_c(*given)


def test_sixty_seconds_more_need_36_agents_in_place_of_29():
    needed = wf.staff_needed(360, [240, 300]).table
    assert needed["staff"].tolist() == [29, 36]
    fewer = wf.erlang_c(360, [240, 300], needed["staff"] - 1).table
    assert (needed["service_level"] >= 0.8).all() and (fewer["service_level"] < 0.8).all()


def test_pooling_has_the_worked_figures():
    curve = wf.pooling_curve([1600, 100, 200, 400, 800], 180)
    assert curve.table["staff"].tolist() == [8, 14, 24, 45, 87]
    assert curve.table["occupancy"].round(3).tolist() == [0.625, 0.714, 0.833, 0.889, 0.920]
    assert curve.table["saved"].tolist() == [0, 2, 8, 19, 41]


def test_shrinkage_and_occupancy_ask_for_more():
    plain = wf.staff_needed(360, 240, shrinkage=0.3).table.iloc[0]
    assert plain["staff"] == 29 and plain["scheduled"] == 42  # 29 / 0.7 = 41.4
    assert wf.staff_needed(360, 240, most_occupied=0.75).table["staff"][0] == 32
    assert wf.staff_needed(0, 240).table["staff"][0] == 1
    with pytest.raises(DataError, match="level"):
        wf.staff_needed(360, 240, level=80)


@pytest.mark.parametrize(("calls", "aht", "staff"), [row[:3] for row in ORACLES])
def test_erlang_a_tends_to_erlang_c_as_patience_grows(calls, aht, staff):
    c = wf.erlang_c(calls, aht, staff).table.iloc[0]
    errors = []
    for patience in (1e4, 1e6, 1e8):
        a = wf.erlang_a(calls, aht, staff, patience=patience).table.iloc[0]
        errors.append(abs(a["wait_s"] - c["asa_s"]) + abs(a["service_level"] - c["service_level"]))
    assert errors[0] > errors[1] > errors[2] and errors[2] < 5e-4
    endless = wf.erlang_a(calls, aht, staff, patience=np.inf).table.iloc[0]
    assert endless["service_level"] == c["service_level"] and endless["abandon_rate"] == 0


def simulate(calls, aht, staff, patience, *, n=150_000, seed=1):
    """Shares and waits of a simulated queue: callers in one line, exponential handling and patience."""
    rng = np.random.default_rng(seed)
    arrive = np.cumsum(rng.exponential(3600 / calls, n))
    patient, handle = rng.exponential(patience, n), rng.exponential(aht, n)
    free = [0.0] * staff
    wait, lost = np.empty(n), np.zeros(n, bool)
    for k in range(n):
        until = max(
            free[0] - arrive[k], 0.0
        )  # those who hang up take no agent, so order of arrival is order of service
        if until > patient[k]:
            wait[k], lost[k] = patient[k], True
        else:
            wait[k] = until
            heapq.heapreplace(free, arrive[k] + until + handle[k])
    kept = slice(n // 20, n)
    wait, lost = wait[kept], lost[kept]
    return {
        "abandon_rate": lost.mean(),
        "wait_s": wait.mean(),
        "asa_s": wait[~lost].mean(),
        "service_level": (~lost & (wait <= 20)).mean(),
    }


@pytest.mark.parametrize(
    ("calls", "aht", "staff", "patience"), [(360, 240, 26, 120), (360, 240, 20, 60), (100, 180, 6, 300)]
)
def test_erlang_a_agrees_with_a_simulation(calls, aht, staff, patience):
    found = wf.erlang_a(calls, aht, staff, patience=patience).table.iloc[0]
    seen = simulate(calls, aht, staff, patience)
    assert found["abandon_rate"] == pytest.approx(seen["abandon_rate"], abs=0.006)
    assert found["service_level"] == pytest.approx(seen["service_level"], abs=0.012)
    assert found["wait_s"] == pytest.approx(seen["wait_s"], rel=0.05) and found["asa_s"] == pytest.approx(
        seen["asa_s"], rel=0.05
    )


def test_erlang_a_keeps_its_own_books():
    found = wf.erlang_a(360, 240, [15, 24, 30], patience=100).table
    np.testing.assert_allclose(
        found["abandon_rate"], found["queue"] * 3600 / 100 / 360, rtol=1e-12
    )  # theta E[queue] / lambda
    np.testing.assert_allclose(found["wait_s"], found["queue"] * 3600 / 360, rtol=1e-12)
    assert (found["occupancy"] <= 1).all() and (found["reason"] == "").all()  # stable though 15 agents are far too few
    with pytest.raises(DataError, match="patience"):
        wf.erlang_a(360, 240, 24, patience=0)


# Service level -----------------------------------------------------------------------------------

COUNTS = wf.Counts(answered=1000, abandoned=60, answered_in=860, abandoned_in=20, short_abandoned=10)


@pytest.mark.parametrize(
    ("caliber", "value"),
    [("sl_credit_abandon", 0.8302), ("sl_answered", 0.8600), ("sl_offered", 0.8113), ("sl_ex_abandon_in_T", 0.8269), ("sl_credit_short", 0.8208), ("sl_ex_short", 0.8190)],
)  # fmt: skip
def test_the_six_calibers_have_the_worked_figures(caliber, value):
    found = wf.service_level(COUNTS, caliber)
    row = found.table.iloc[0]
    assert found.value == pytest.approx(value, abs=5.1e-5) and row["lower"] < found.value < row["upper"]
    assert row["numerator"] / row["denominator"] == found.value and row["n"] == row["denominator"]


def test_the_default_is_of_all_who_asked_and_bad_calibers_are_named():
    assert wf.service_level(COUNTS).caliber == "sl_offered"
    assert ("caveat.service_level_answered", {}) in wf.service_level(COUNTS, "sl_answered").caveats
    with speaking("en"), pytest.raises(DataError, match=r"sl_ofered.*sl_offered"):
        wf.service_level(COUNTS, "sl_ofered")
    with speaking("en"), pytest.raises(DataError, match="abandoned_in"):
        wf.service_level(wf.Counts(1000, 60, 860), "sl_credit_abandon")
    with speaking("en"), pytest.raises(DataError, match="answered_in is 1200"):
        wf.Counts(1000, 60, 1200)


def test_all_calibers_side_by_side_name_what_cannot_be_counted():
    found = wf.service_levels(wf.Counts(1000, 60, 860, short_abandoned=10))
    assert set(found.missing) == {"sl_credit_abandon", "sl_ex_abandon_in_T"} and len(found.table) == 4
    assert found.table.set_index("caliber").loc["sl_answered", "points"] == pytest.approx(0.86 - 860 / 1060)


# Time and heads ----------------------------------------------------------------------------------


def days_of(**more):
    base = {"agent_id": ["a", "b", "a"], "paid_s": 28_800, "scheduled_s": 28_800, "logged_in_s": 27_000, "talk_s": 12_000, "hold_s": 600, "acw_s": 3_000,
            "available_s": 9_000, "aux_break_s": 1_500, "aux_away_s": 300, "aux_train_s": 600, "aux_meet_s": 0}  # fmt: skip
    return pd.DataFrame({**base, **more})


def test_rates_of_time_by_hand_and_their_identities(centre):
    rates = wf.time_rates(days_of())
    for rate, value in (("occupancy", 15_600 / 24_600), ("staff_utilisation", 24_600 / 28_800), ("work_hour_utilisation", 15_600 / 27_000),
                        ("call_utilisation", 12_600 / 27_000), ("login_rate", 27_000 / 28_800), ("not_ready_rate", 2_400 / 27_000)):  # fmt: skip
        assert rates.value(rate) == pytest.approx(value), rate
    assert rates.value("staff_utilisation", "productive") == pytest.approx(15_600 / 28_800)
    assert "schedule_adherence" in rates.missing
    days = wf.read_agent_days(centre)
    real = wf.time_rates(days)
    ready = real.table.set_index(["rate", "caliber"]).loc[("occupancy", "handling_and_ready"), "below_s"]
    assert real.value("occupancy") <= 1
    assert real.value("work_hour_utilisation") == pytest.approx(
        real.value("occupancy") * ready / days["logged_in_s"].sum(), rel=1e-12
    )
    assert (real.table["lower"] <= real.table["value"]).all() and (real.table["value"] <= real.table["upper"]).all()


def test_overtime_is_said_where_logged_in_exceeds_the_schedule(centre):
    rates = wf.time_rates(wf.read_agent_days(centre), ["login_rate"])
    assert rates.value("login_rate") > 1 and any(key == "caveat.login_overtime" for key, _ in rates.caveats)
    assert rates.value("login_rate", "with_overtime") > rates.value("login_rate")


@pytest.mark.parametrize(
    "kpi",
    ["occupancy", "staff_utilisation", "work_hour_utilisation", "call_utilisation", "login_rate", "not_ready_rate"],
)
def test_rates_agree_with_the_kpi_catalogue(centre, kpi):
    """The catalogue counts whole minutes a day; the rates here the seconds."""
    from ccsat.kpis.catalogue import indicators

    rows = [row for row in indicators().values() if row.kpi == kpi and row.id in wf.TIME_RATES[kpi]]
    found = wf.time_rates(wf.read_agent_days(centre), [kpi])
    assert rows
    for row in rows:
        made = centre.engine.query(
            f"SELECT SUM(level * times * 1.0) / SUM(times) AS v FROM ({row.rows(centre)}) r WHERE level IS NOT NULL"
        )["v"][0]
        assert found.value(kpi, row.id) == pytest.approx(made * row.scale, abs=2e-3), row.key


@pytest.mark.parametrize("caliber", ["sl_offered", "sl_answered", "sl_credit_short", "sl_ex_short"])
def test_service_levels_agree_with_the_kpi_catalogue(centre, caliber):
    from ccsat.kpis.catalogue import find_kpi

    row = find_kpi("service_level", f"{caliber}_20s")
    made = centre.engine.query(
        f"SELECT SUM(level * times * 1.0) / SUM(times) AS v FROM ({row.rows(centre)}) r WHERE level IS NOT NULL"
    )["v"][0]
    assert wf.service_level(wf.counts_of(wf.read_intervals(centre)), caliber).value == pytest.approx(made, abs=1e-9)


def test_adherence_is_not_conformance():
    rates = wf.time_rates(days_of(adherent_s=24_000))
    assert rates.value("schedule_adherence") == pytest.approx(24_000 / 28_800) and rates.value(
        "conformance"
    ) == pytest.approx(27_000 / 28_800)


def test_attrition_and_new_staff_have_the_figures_of_the_source():
    heads = wf.head_count([31, 38])
    assert heads == 34.5
    found = wf.attrition(9, heads)
    assert (
        found.value == pytest.approx(0.261, abs=5e-4)
        and found.table["lower"][0] < 0.15
        and found.table["upper"][0] > 0.45
    )
    assert wf.attrition(9, heads, months=6).value == pytest.approx(2 * found.value)
    assert wf.new_staff_share(10, 22).value == pytest.approx(0.4545, abs=5e-5)
    hired = pd.Series(["2024-01-01"] * 12 + ["2024-09-01"] * 10 + ["2025-03-01"])
    assert wf.new_agents(hired, date(2024, 12, 31)).value == pytest.approx(10 / 22)
    with pytest.raises(DataError):
        wf.new_staff_share(23, 22)


# Schedule and forecast ---------------------------------------------------------------------------


def test_scheduling_efficiency_and_coverage_by_hand():
    rows = pd.DataFrame({"required": [10, 20, 5], "scheduled": [12, 15, 5]})
    fit = wf.schedule_fit(rows)
    assert fit.efficiency == pytest.approx(30 / 32) and fit.coverage == pytest.approx(30 / 35)
    assert fit.over_hours == 1 and fit.under_hours == 2.5
    exact = wf.schedule_fit(rows.assign(scheduled=rows["required"]))
    assert exact.efficiency == exact.coverage == 1
    with pytest.raises(DataError, match="scheduled"):
        wf.schedule_fit(rows[["required"]])


def traffic(weeks, noise=0.0, seed=0):
    rng, rows = np.random.default_rng(seed), []
    for k in range(7 * weeks):
        for slot in range(4):
            mean = 100 * (1 + slot) * (1.5 if k % 7 == 0 else 1)
            rows.append(
                (
                    pd.Timestamp("2025-03-03") + pd.Timedelta(days=k, hours=9 + slot),
                    mean * (1 + noise * rng.standard_normal()),
                )
            )
    return pd.DataFrame(rows, columns=["start", "offered"])


def test_a_regular_week_is_forecast_without_error():
    made = wf.forecast_volume(traffic(6))
    monday = made.table.query("weekday == 0 and slot == '10:00'").iloc[0]
    assert (
        made.wape == pytest.approx(0, abs=1e-12)
        and monday["offered"] == pytest.approx(300)
        and made.starts_on == pd.Timestamp("2025-04-14")
    )


def test_forecast_beats_the_week_before_and_its_limits_hold_what_comes():
    rows = traffic(13, noise=0.1)
    past, coming = rows.iloc[:-28], rows.iloc[-28:]
    made = wf.forecast_volume(past)
    assert made.wape < made.naive_wape and 0.05 < made.wape < 0.12
    seen = coming["offered"].to_numpy()
    inside = (seen >= made.table["lower"].to_numpy()) & (seen <= made.table["upper"].to_numpy())
    assert inside.mean() >= 0.8
    with speaking("en"), pytest.raises(DataError, match="2 whole weeks"):
        wf.forecast_volume(traffic(2))


def test_next_weeks_plan_holds_the_level_in_every_interval(centre):
    plan = wf.plan_week(centre, channel="phone")
    assert (plan.table["service_level"] >= 0.8).all() and (plan.table["required_lower"] <= plan.table["required"]).all()
    assert plan.forecast.wape < plan.forecast.naive_wape and 0.5 < plan.fit.efficiency <= 1
    one = plan.table.iloc[40]
    assert one["required"] == wf.staff_needed(one["offered"] * 2, plan.aht_s).table["staff"][0]  # half-hours


# What if -----------------------------------------------------------------------------------------


def test_more_calls_wait_longer_and_fewer_are_satisfied(centre):
    base = wf.what_if(centre, channel="phone")
    assert base.ratio == 1 and base.change == 0
    more = wf.what_if(centre, channel="phone", volume=1.1)
    now, then = (more.table.iloc[k] for k in (0, 1))
    assert (
        then["asa_s"] > 1.5 * now["asa_s"]
        and then["service_level"] < now["service_level"]
        and then["abandon_rate"] > now["abandon_rate"]
    )
    assert more.change < 0 and more.change_lower < more.change < more.change_upper
    staffed = wf.what_if(centre, channel="phone", volume=1.1, staff=1.1)
    assert abs(staffed.ratio - 1) < 0.35 * abs(more.ratio - 1)
    longer = wf.what_if(centre, channel="phone", aht=1.1)
    assert longer.ratio == pytest.approx(more.ratio, rel=0.25)


def test_the_drivers_slope_of_wait_is_found(centre):
    """The world's log-odds fall by .22 a step of log(1 + wait / 20); patience there is 330 s."""
    found = wf.what_if(centre, channel="phone", volume=1.05)
    assert found.effect.slope + 2 * found.effect.se > -0.22 > found.effect.slope - 2 * found.effect.se
    assert found.patience == pytest.approx(330, rel=0.1)
    with speaking("en"):
        assert "it goes with them" in found.sentence()
    assert ("caveat.what_if_association", {}) in found.caveats


def test_what_a_centre_lacks_is_named(centre):
    with speaking("en"), pytest.raises(DataError, match="no channel 'fax'"):
        wf.read_intervals(centre, channel="fax")
    with pytest.raises(DataError, match="volume"):
        wf.what_if(centre, volume=0)


# Indicators --------------------------------------------------------------------------------------


def test_eight_kpis_take_shares_of_what_is_explained(centre):
    found = wf.influence_of_kpis(centre, issue="biz_l1", draws=100)
    assert len(found.table) == 8 and found.table["share"].sum() == pytest.approx(1, abs=1e-9)
    assert (found.table["lower"] <= found.table["share"]).all() and (found.table["share"] <= found.table["upper"]).all()
    keys = {key for key, _ in found.caveats}
    assert {"caveat.kpi_level", "caveat.kpi_control"} <= keys


def test_few_of_twenty_three_are_enough(centre):
    rows = wf.assessment(centre, issue="biz_l1")
    found = wf.prune_assessment(rows, draws=50)
    assert len(ASSESSMENT) == 23 and set(found.table["indicator"]) == set(ASSESSMENT)
    assert found.part >= 0.95 and len(found.kept) < 15
    assert {"acw_time", "meeting_share"} == set(found.settled)  # talk + hold + after-call work = handling time
    assert set(found.kept) | set(found.dropped) | set(found.settled) == set(ASSESSMENT)
    for lang in LANGUAGES:
        with speaking(lang):
            assert "23" in found.sentence()


def test_every_indicator_and_caliber_has_words():
    for name in ASSESSMENT:
        assert has(f"indicator.{name}")
    for caliber in wf.SERVICE_LEVELS:
        assert has(f"service_level.{caliber}")
    for rate in wf.TIME_RATES:
        assert has(f"time_rate.{rate}")


# Figures -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_figures_draw_the_answers(centre, lang):
    from ccsat.figures.workforce import plot

    with speaking(lang):
        curve = wf.staff_curve(360, 240)
        drawn = plot(curve)
        assert list(drawn.data[0].x) == curve.table["staff"].tolist() and 29 in drawn.data[0].x
        assert list(plot(wf.pooling_curve([100, 400], 180)).data[0].y) == [8.0, 6.0]
        assert len(plot(wf.service_levels(COUNTS)).data[0].x) == 6
        assert len(plot(wf.schedule_fit(wf.read_intervals(centre))).data) == 2
        titles = [plot(one).layout.title.text for one in (curve, wf.service_levels(COUNTS))]
    assert all("figure." not in title and "{" not in title for title in titles)
