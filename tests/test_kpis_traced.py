"""Each KPI of the catalogue is traced once, from the question to the findings; what cannot be traced says why."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
from kpis_made import made_centre
from kpis_world import whole_centre

import ccsat as cs
from ccsat.calibers import CALIBERS, Caliber
from ccsat.engine import TIMES, DuckEngine, WeightedEngine
from ccsat.errors import CaliberError, NoDataError, StudyError
from ccsat.kpis.catalogue import catalogue, group_of
from ccsat.kpis.facing import faced
from ccsat.kpis.indicator import Indicator
from ccsat.kpis.levels import settle_levels
from ccsat.kpis.missing import missing_of
from ccsat.tracetable import trace_table
from ccsat.views import show_answer, show_check, show_legs
from ccsat.wording import speaking, text

LATE = {"current": "2025-04-28/2025-05-22", "baseline": "2025-03-03/2025-04-27"}
EARLY = {"current": "2025-04-07/2025-04-24", "baseline": "2025-03-03/2025-04-06"}  # 30 days before the data end
NOT_IN_STUDIES = ("asr_samples", "assist_events")  # tables that a study could not name when this was written
FAST = ("service_level/sl_offered_20s", "asa/queue_wait", "occupancy/handling_and_ready", "critical_error_accuracy/any", "touchpoint_satisfaction/phone_enquiry", "fcr/48h",
        "containment_rate/bot", "containment_rate/ivr", "escalation_rate/30d_mature", "first_reply_on_time/ola", "stale_hit_rate/of_uses", "recommendation_index/nps_question",
        "churn_rate/28d")  # fmt: skip


def question(centre, row):
    """A change where the KPI has a time, else its level against a target nobody reaches."""
    asked = cs.Question(row.kpi, caliber=row.id, max_depth=1)
    if not isinstance(row, Caliber) and cs.facing(centre, asked).days is None:
        return dataclasses.replace(asked, target=0.02 if row.better == "low" else 0.99)
    return dataclasses.replace(asked, **(EARLY if getattr(row, "mature_h", 0) > 48 else LATE))


def traceable(row):
    return not isinstance(row, Caliber) or "five" in row.scales or row.outcome != "rating"


KEYS = [
    pytest.param(key, marks=() if key in FAST else pytest.mark.slow)
    for key, row in catalogue().items()
    if traceable(row)
]


@pytest.mark.parametrize("key", KEYS)
def test_every_kpi_is_traced_end_to_end(key):
    centre, row = whole_centre(), catalogue()[key]
    lacking = missing_of(centre, row)
    if isinstance(row, Indicator) and set(row.needs) & set(NOT_IN_STUDIES) and lacking:
        with pytest.raises(CaliberError, match=next(table for table in row.needs if table in NOT_IN_STUDIES)):
            cs.run_trace(centre, cs.Question(row.kpi, caliber=row.id))
        return
    assert not lacking, [str(one) for one in lacking]
    trace = cs.run_trace(centre, question(centre, row))
    found = cs.gather_findings(trace)
    json.dumps(found, allow_nan=False)
    assert (found["kpi"]["key"], found["kpi"]["caliber"]) == (row.kpi, row.id) and found["kpi"]["current"]["n"] > 0
    assert trace.where.total == pytest.approx(trace.check.change.value, abs=1e-9)
    assert float(trace.where.cells["points"].sum()) + trace.where.remainder == pytest.approx(
        trace.where.total, abs=1e-9
    )
    for key, ledger in trace.ledgers.items():
        if key.startswith(("change/", "gap/")):
            assert ledger.total == pytest.approx(trace.where.total, abs=1e-9)
    assert len(trace_table(trace, as_of="2025-05-25")) >= 1
    for lang in ("zh", "en"):
        with speaking(lang):
            assert (
                show_answer(trace).rows
                and show_check(trace.check).rows
                and show_legs(trace.check) is not None
                or not trace.check.legs
            )
            assert all(text(name, **values) for name, values in trace.caveats)


# What is faced -------------------------------------------------------------------------------------


def test_a_kpi_of_contacts_carries_what_the_contact_carries():
    centre = whole_centre()
    face = cs.facing(centre, cs.Question("aht"))
    assert face is cs.facing(centre, cs.Question("aht")) and face.dims == centre.dims
    assert "rating" not in face.columns and face.reasons is None
    assert "queue_wait_s" in face.metrics and not {"talk_s", "hold_s", "acw_s"} & set(
        face.metrics
    )  # no KPI is explained by what it is counted from
    assert "contacts" not in face.study.data.tables() or "tickets" in face.study.data.tables()


def test_what_agents_and_customers_carry_is_reached_without_a_contact():
    centre = whole_centre()
    assert set(cs.facing(centre, cs.Question("occupancy")).dims) >= {"team", "site", "weekday"}
    bots = cs.facing(centre, cs.Question("containment_rate", caliber="bot"))
    assert {"region", "segment"} <= set(bots.dims) and not {"team", "biz_l1"} & set(bots.dims)
    counts = bots.engine.query(f"SELECT region, COUNT(*) AS n FROM ({bots.facts}) f GROUP BY region")
    assert (
        counts.loc[counts["region"] == "∅", "n"].sum() < 0.05 * counts["n"].sum()
    )  # also of customers who never spoke to an agent


def test_dimensions_that_rows_do_not_reach_are_dropped_and_said():
    centre = whole_centre()
    asked = cs.Question("containment_rate", caliber="bot", dims=("region", "team"), **LATE)
    face, bound = faced(centre, asked)
    assert bound.dims == ("region",)
    assert ("caveat.kpi_dims_dropped", {"dims": "team"}) in cs.measure(centre, asked).caveats
    with pytest.raises(StudyError, match="team"):
        cs.measure(centre, dataclasses.replace(asked, dims=("team",)))


def test_a_contact_that_only_one_outcome_has_does_not_divide():
    """Calls that ended in the menu have no contact: by its dimensions every move of containment would look like a change of mix."""
    centre = whole_centre()
    calls = cs.facing(centre, cs.Question("containment_rate", caliber="ivr"))
    assert "region" in calls.dims and not {"channel", "biz_l1", "team"} & set(calls.dims)
    assert ("caveat.kpi_contact_partly", {}) in calls.face.caveats
    reviews = cs.facing(centre, cs.Question("quality_pass_rate"))
    assert {"biz_l1", "team"} <= set(reviews.dims) and ("caveat.kpi_contact_partly", {}) not in reviews.face.caveats


def test_means_keep_their_total(tmp_path):
    """Above 120 different numbers a mean has steps, each worth the mean of its rows: the whole mean does not move, and nothing is cut off."""
    rng = np.random.default_rng(5)
    n = 4000
    wait = np.round(rng.gamma(0.7, 60, n))
    wait[:3] = 5000
    contacts = pd.DataFrame({"contact_id": [f"C{i}" for i in range(n)], "started_at": pd.date_range("2025-03-03", periods=n, freq="20min"), "channel": rng.choice(["phone", "online"], n),
                             "end_reason": "normal", "queue_wait_s": wait})  # fmt: skip
    surveys = pd.DataFrame({"survey_id": ["S1", "S2"], "contact_id": ["C1", "C2"], "rating": [5, 2]})
    made = made_centre(tmp_path, contacts=contacts, surveys=surveys)
    found = cs.measure(made, cs.Question("asa"), by="channel")
    assert found.headline["current"].value == pytest.approx(wait.mean(), rel=1e-12)
    assert len(found.asked.values) <= 125 and any(key == "caveat.kpi_levels" for key, _ in found.caveats)
    parts = contacts.groupby("channel")["queue_wait_s"].mean()
    assert found.table.set_index("channel")["value"].to_dict() == pytest.approx(parts.to_dict(), rel=0.02)
    interval = found.headline["current"]
    assert interval.upper - interval.value == pytest.approx(1.96 * wait.std(ddof=1) / np.sqrt(n), rel=0.03)


@pytest.mark.parametrize("seed", range(4))
def test_steps_cover_every_number(seed):
    rng = np.random.default_rng(seed)
    numbers = pd.Series(np.round(rng.lognormal(4, 1.2, 3000))).value_counts().sort_index()
    counts = pd.DataFrame({"level": numbers.index.to_numpy(float), "n": numbers.to_numpy()})
    row = Indicator("x", "y", "access", "contact", {}, lambda centre: "", measure="mean")
    levels = settle_levels(row, counts)
    place = np.searchsorted(levels.edges, counts["level"], side="right")
    total = sum(levels.values[int(one)] * n for one, n in zip(place, counts["n"], strict=True))
    assert total == pytest.approx(float((counts["level"] * counts["n"]).sum())) and len(levels.values) <= 125


def test_rows_that_stand_for_several_count_as_often():
    """Every request of the engine agrees with the same rows written out."""
    rng = np.random.default_rng(1)
    rows = pd.DataFrame({"a": rng.choice(list("xyz"), 300), "level": rng.integers(0, 3, 300), TIMES: rng.integers(0, 5, 300), "c": rng.choice(list("pqrstuv"), 300),
                         "at": pd.date_range("2025-03-03", periods=300, freq="h")})  # fmt: skip
    engine = DuckEngine(threads=1)
    engine.register("short", rows)
    engine.register("long", rows.loc[rows.index.repeat(rows[TIMES])].drop(columns=TIMES))
    weighted = WeightedEngine(engine)
    same = pd.testing.assert_frame_equal
    sets = [(), ("a",), ("a", "c")]
    for one in sets:
        same(
            weighted.marginals("short", sets, outcome="level")[one],
            engine.marginals("long", sets, outcome="level")[one],
        )
    same(weighted.leaves("short", ["a", "c"], outcome="level"), engine.leaves("long", ["a", "c"], outcome="level"))
    same(
        weighted.moments("short", ["level"], segments=["a"], cluster="c"),
        engine.moments("long", ["level"], segments=["a"], cluster="c"),
    )
    same(weighted.moments("short", ["level"], segments=["a"]), engine.moments("long", ["level"], segments=["a"]))
    same(weighted.crosstab("short", ["a", "level"]), engine.crosstab("long", ["a", "level"]))
    same(
        weighted.marginals("long", sets, outcome="level")[("a",)],
        engine.marginals("long", sets, outcome="level")[("a",)],
    )


# Bands, maturity, targets ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("share", "better", "told"),
    [(0.95, "low", "above"), (0.60, "high", "below"), (0.77, "high", "inside"), (0.83, "low", "inside")],
)
def test_a_band_is_left_on_one_side_or_the_other(tmp_path, share, better, told):
    days = pd.DataFrame({"agent_id": [f"A{i % 4}" for i in range(80)], "date": pd.date_range("2025-03-03", periods=20).repeat(4), "talk_s": 24_000 * share, "hold_s": 0, "acw_s": 0,
                         "available_s": 24_000 * (1 - share)})  # fmt: skip
    agents = pd.DataFrame({"agent_id": [f"A{i}" for i in range(4)], "team": list("XXYY")})
    made = made_centre(tmp_path, agent_days=days, agents=agents, study='team = "team"\n')
    face, asked = faced(made, cs.Question("occupancy"))
    assert (
        asked.caliber.better == better
        and asked.target == (0.85 if better == "low" else 0.75)
        and not asked.full_mark_target
    )
    assert [key for key, _ in face.face.caveats] == [f"caveat.kpi_band_{told}"]


def test_rows_too_young_to_be_judged_are_left_out_and_counted():
    centre = whole_centre()
    found = cs.measure(centre, cs.Question("fcr", caliber="48h", **LATE))
    assert "caveat.kpi_immature" in [key for key, _ in found.caveats]
    face = cs.facing(centre, cs.Question("fcr", caliber="48h"))
    last = face.engine.query(f'SELECT MAX("at") AS m FROM ({face.facts}) f')["m"][0]
    assert last <= pd.Timestamp("2025-05-24") and face.days[1] == centre.days[1]
    earlier = cs.facing(centre, cs.Question("fcr", caliber="48h", as_of="2025-05-11"))
    assert earlier.face.immature > face.face.immature
    with pytest.raises(NoDataError, match="720"):
        cs.measure(
            centre,
            cs.Question(
                "escalation_rate",
                caliber="30d_mature",
                current="2025-05-05/2025-05-20",
                baseline="2025-03-03/2025-04-20",
            ),
        )


def test_refusals_say_why():
    centre = whole_centre()
    with pytest.raises(CaliberError, match="asa"):
        cs.measure(centre, cs.Question("asaa"))
    with pytest.raises(CaliberError, match="queue_wait"):
        cs.measure(centre, cs.Question("asa", caliber="waiting"))
    with pytest.raises(StudyError, match="baseline"):
        cs.check_data(centre, cs.Question("aht"))  # a mean has no full mark
    with pytest.raises(StudyError, match="target"):
        cs.check_data(centre, cs.Question("occupancy", target=75.0))
    assert cs.check_data(centre, cs.Question("aht", target=240.0)).verdict == "real"


def test_a_kpi_that_the_data_lack_names_what_is_missing(tmp_path):
    made = made_centre(tmp_path)
    with pytest.raises(CaliberError, match="intervals"):
        cs.measure(made, cs.Question("service_level"))
    with pytest.raises(CaliberError, match="queue_wait_s"):
        cs.measure(made, cs.Question("asa"))
    with pytest.raises(StudyError, match="dimension"):
        only = pd.DataFrame(
            {
                "review_id": ["Q1", "Q2"],
                "contact_id": ["C0", "C2"],
                **{f"{name}_critical": [0, 1] for name in ("customer", "business", "compliance")},
            }
        )
        (tmp_path / "one").mkdir()
        cs.check_data(
            made_centre(tmp_path / "one", qa_reviews=only), cs.Question("quality_pass_rate", target=0.9)
        )  # both reviews are of one channel


# Through the stages ----------------------------------------------------------------------------------


def test_survey_legs_are_not_assessed_for_records():
    centre = whole_centre()
    checked = cs.check_data(centre, cs.Question("containment_rate", caliber="ivr", **LATE))
    assert checked.verdict == "real" and checked.legs["instrument"] == {
        "moved": False,
        "hard": False,
        "signs": [],
        "assessed": [],
        "participation": None,
    }
    assert "because.no_survey" in [key for key, _ in checked.because] and "caveat.kpi_no_survey" in [
        key for key, _ in checked.caveats
    ]
    assert any(text("because.no_survey") in row[1] for row in show_legs(checked).rows)


def test_a_touchpoint_keeps_all_that_belongs_to_ratings():
    centre = whole_centre()
    asked = cs.Question("touchpoint_satisfaction", caliber="phone_enquiry", **LATE)
    face, bound = faced(centre, asked)
    assert bound.caliber.outcome == "rating" and {"rating", "participated", "mode"} <= set(face.columns)
    sql = f"SELECT DISTINCT channel, service_type FROM ({face.facts}) f"
    assert face.engine.query(sql).to_numpy().tolist() == [["phone", "consult"]]
    assert face.reasons is not None and 0 < len(face.reasons) < len(centre.reasons)
    assert "reason" in cs.run_trace(centre, asked).ledgers
    assert cs.check_data(centre, asked).legs["instrument"]["assessed"]


def test_every_entry_point_takes_any_kpi():
    centre = whole_centre()
    asked = cs.Question("transfer_rate", **LATE)
    whole = cs.measure(centre, asked).headline
    by = cs.measure(centre, asked, by="channel").table
    assert by.loc[by["period"] == "current", "n"].sum() == whole["current"].n
    assert cs.split_change(centre, asked, by="channel").total == pytest.approx(
        whole["current"].value - whole["baseline"].value
    )
    where = cs.locate_gap(centre, asked)
    assert cs.explain_cells(centre, asked, where).asked.caliber.kpi == "transfer_rate"
    assert len(cs.trend(centre, asked).table) == 12
    watched = cs.monitor_kpi(centre, asked, dims=("channel",))
    assert watched.asked.caliber.key == "transfer_rate/of_answered" and len(watched.series)


def test_the_menu_change_is_found_in_the_kpis_it_moved():
    """S07 hides the key for an agent: more calls end in the menu, and more contacts are transferred; both on the phone or in the new menu."""
    centre = whole_centre()
    trace = cs.run_trace(centre, cs.Question("transfer_rate", **LATE))
    assert trace.check.verdict == "real" and trace.check.change.value > 0.05
    assert any(dict(row.where) == {"channel": "phone"} for row in trace.where.cells.itertuples())
    assert {key: row.kpi for key, row in CALIBERS.items()}.keys().isdisjoint({"transfer_rate/of_answered"})


def test_the_kpis_beside_are_still_those_of_the_ratings():
    trace = cs.run_trace(whole_centre(), cs.Question("asa", **LATE))
    names = [(one.asked.caliber.kpi, one.asked.caliber.id) for one in trace.kpis]
    assert (
        names[0] == ("asa", "queue_wait")
        and ("satisfaction_rate", "five_level") in names
        and len(set(names)) == len(names)
    )
    assert group_of(catalogue()["asa/queue_wait"]) == "access"
