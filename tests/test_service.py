"""The service system: alerts over KPIs and cells, clocks, triggers, promises, and the five gaps in movement."""

import dataclasses
from datetime import date

import pandas as pd
import pytest

import ccsat as cs
from ccsat import worlds
from ccsat.errors import ColumnError, DataError, StudyError
from ccsat.numerics.charts import Watch
from ccsat.register import Actions
from ccsat.service.anomalies import watch_service
from ccsat.service.gaps import ORDERS, gap_movement
from ccsat.service.improvement import action_pipeline
from ccsat.service.overview import SYSTEMS, service_systems
from ccsat.service.problem_solving import problem_register
from ccsat.service.triggers import Trigger, judge_triggers, read_trigger
from ccsat.service.watch_grade import grade_watch, null_alerts
from ccsat.wording import LANGUAGES, speaking

QUESTIONS = (cs.Question("satisfaction_rate"), cs.Question("resolution_rate", caliber="of_all"))
ONSET = date(2025, 4, 28)


@pytest.fixture(scope="module")
def s03():
    return worlds.make("S03", rng=101)


@pytest.fixture(scope="module")
def watched(s03):
    return watch_service(s03.centre, QUESTIONS)


# Anomaly watch ----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [101, 102, 103])
def test_alerts_contain_the_true_cell_within_ten_days(seed):
    world = worlds.make("S03", rng=seed)
    found = watch_service(world.centre, QUESTIONS)
    where = world.truth["cells"][0]["where"]
    graded = grade_watch(found, [(where, ONSET)])
    assert graded.table["found"].all() and 0 <= graded.table["delay_days"].iloc[0] <= 10
    assert where in found.table["where"].tolist() and graded.false_alerts <= 2


@pytest.mark.parametrize("seed", [101, 104])
def test_at_most_two_false_alerts_where_nothing_changed(seed):
    world = worlds.make("S00", rng=seed)
    found = watch_service(world.centre, QUESTIONS)
    graded = grade_watch(found, [])
    assert graded.false_alerts == len(found.table) <= 2
    assert graded.lower <= graded.per_month <= graded.upper


def test_one_rate_for_all_kpis_is_stricter_than_each_alone(s03, watched):
    alone = sum(len(watch_service(s03.centre, [one], watch=Watch(fdr=0.01)).table) for one in QUESTIONS)
    opened = watched.table.groupby("kpi").size()
    assert set(watched.table["kpi"]) <= {"satisfaction_rate", "resolution_rate"} and opened.sum() <= alone + 2
    assert (watched.table["p_adjusted"] <= 0.01).all()
    assert sum(len(part.cells) for part in watched.parts) == 2 * len(watched.parts[0].cells)


def test_looser_rates_ring_more(s03, watched):
    loose = watch_service(s03.centre, QUESTIONS, watch=Watch(fdr=0.2))
    assert len(loose.table) > len(watched.table)


def test_grading_tells_hits_echoes_and_false_alerts(watched):
    rows = pd.DataFrame({"kpi": "satisfaction_rate", "where": [{"biz_l2": "vas_charge"}, {"region": "R1"}, {"biz_l2": "usage"}, {"region": "R2"}],
                         "opened": [date(2025, 5, 1), date(2025, 5, 2), date(2025, 5, 3), date(2025, 4, 1)], "n": 40})  # fmt: skip
    graded = grade_watch(dataclasses.replace(watched, table=rows), [({"biz_l2": "vas_charge"}, ONSET)])
    assert graded.table.iloc[0][["found", "delay_days"]].tolist() == [True, 3]
    assert (graded.echoes, graded.false_alerts) == (1, 2)  # a sibling of the cell, and one before the onset, are false
    assert graded.per_month == pytest.approx(2 * 30 / watched.judged_days)


def test_nothing_seen_has_no_delay(watched):
    graded = grade_watch(
        dataclasses.replace(watched, table=watched.table.iloc[:0]), [({"biz_l2": "vas_charge"}, ONSET)]
    )
    assert not graded.table["found"].any() and graded.table["delay_days"].isna().all()


def test_own_days_shuffled_raise_few_alerts(watched):
    calm = null_alerts(watched, draws=3, last=date(2025, 4, 27), rng=1)
    again = null_alerts(watched, draws=3, last=date(2025, 4, 27), rng=1)
    assert calm == again and 0 <= calm.lower <= calm.per_month <= calm.upper < 6


def test_a_watch_needs_a_kpi_and_days(s03):
    with pytest.raises(DataError, match="KPI"):
        with speaking("en"):
            watch_service(s03.centre, [])
    with pytest.raises(DataError, match="29"):
        watch_service(s03.centre, QUESTIONS, as_of="2025-03-20")


# Problem solving --------------------------------------------------------------------------------


def desk(folder, tickets, actions=None):
    """A centre with tickets and agreements."""
    days = pd.date_range("2025-05-01", "2025-05-30")
    pd.DataFrame(
        {"contact_id": [f"C{i}" for i in range(30)], "at": days, "rating": [1, 5, 4] * 10, "wait_s": range(30)}
    ).to_csv(folder / "contacts.csv", index=False)
    pd.DataFrame(tickets).to_csv(folder / "tickets.csv", index=False)
    pd.DataFrame({"ola_id": ["O1"], "resolving_dept": ["network"], "first_reply_h": [8], "resolution_h": [24]}).to_csv(
        folder / "ola.csv", index=False
    )
    more = ""
    if actions is not None:
        pd.DataFrame(actions).to_csv(folder / "actions.csv", index=False)
        more = 'actions = "actions.csv"\n'
    (folder / "study.toml").write_text(
        f'{more}[study]\nname = "desk"\n[data]\ncontacts = "contacts.csv"\ntickets = "tickets.csv"\nola = "ola.csv"\n[scale]\nrating = "five"\n'
        '[metrics]\nwait_s = "wait_s"\n[dimensions]\nday = { column = "contact_id" }\n'.replace('day = { column = "contact_id" }', 'line = "contact_id"'), encoding="utf-8"
    )  # fmt: skip
    return cs.read_centre(folder / "study.toml")


TICKETS = {
    "ticket_id": ["W1", "W2", "W3", "W4", "W5"],
    "contact_id": ["C1", "C2", "C3", "C4", "C5"],
    "owner_dept": ["network", "network", "network", "billing", "network"],
    "created_at": ["2025-05-10 08:00", "2025-05-10 08:00", "2025-05-20 08:00", "2025-05-10 08:00", "2025-05-30 20:00"],
    "first_reply_at": ["2025-05-10 10:00", "2025-05-10 20:00", None, "2025-05-10 09:00", None],
    "closed_at": ["2025-05-11 07:00", "2025-05-12 08:00", None, "2025-05-10 12:00", None],
    "returned_n": [0, 1, 0, 0, 0],
    "ola_id": ["O1", "O1", "O1", None, "O1"],
}


def test_clocks_by_hand(tmp_path):
    found = problem_register(desk(tmp_path, TICKETS))
    state = found.table.set_index("id")["state"].to_dict()
    assert state == {"W1": "closed_on_time", "W2": "closed_late", "W3": "overdue", "W4": "closed", "W5": "open"}
    assert found.table["id"].iloc[0] == "W3"  # the overdue first
    rate = found.rates[found.rates["owner"] == ""].set_index("rate")[["x", "n"]].apply(tuple, axis=1).to_dict()
    assert rate["closure"] == (2, 3) and rate["on_time"] == (1, 3) and rate["reply_on_time"] == (1, 3)
    assert rate["overdue"] == (1, 2) and rate["returned"] == (1, 5)
    assert ((found.rates["lower"] <= found.rates["value"]) & (found.rates["value"] <= found.rates["upper"])).all()


def test_the_day_knows_nothing_of_later_days(tmp_path):
    found = problem_register(desk(tmp_path, TICKETS), as_of="2025-05-10")
    assert found.table.set_index("id")["state"].to_dict() == {"W1": "open", "W2": "open", "W4": "closed"}


def test_actions_on_record_are_judged_by_their_verification(tmp_path):
    centre = desk(tmp_path, TICKETS)
    register = Actions(tmp_path / "runs")
    for id, due in (("A1", "2025-05-05"), ("A2", "2025-05-06"), ("A3", "2025-06-30")):
        register.add(
            {"action_id": id, "at": "2025-05-01", "due_on": due, "owner": "centre_process", "predicted_points": 0.01}
        )
    register.set_state("A1", "done", on=date(2025, 5, 5))
    found = problem_register(centre, runs=tmp_path / "runs")
    state = found.table[found.table["source"] == "action"].set_index("id")["state"].to_dict()
    assert state == {"A1": "closed_on_time", "A2": "overdue", "A3": "open"}
    rate = found.rates[found.rates["owner"] == ""].set_index("rate")
    assert rate.loc["verified", ["x", "n"]].tolist() == [0, 1] and "effective" not in rate.index


def test_world_register_counts_what_is_due(s03):
    found = problem_register(s03.centre)
    tickets = s03.tables["tickets"]
    assert len(found.table) == len(tickets)
    row = found.rates[(found.rates["rate"] == "closure") & (found.rates["owner"] == "")].iloc[0]
    assert row["n"] < len(tickets) and row["value"] > 0.9


def test_no_problems_at_all_is_said(tmp_path):
    centre = desk(tmp_path, TICKETS)
    with pytest.raises(DataError, match="tickets"):
        problem_register(None, runs=tmp_path / "empty", as_of="2025-05-30")
    assert problem_register(centre).as_of == date(2025, 5, 30)


# Proactive service --------------------------------------------------------------------------------


def test_triggers_by_hand(tmp_path):
    centre = desk(tmp_path, TICKETS)  # ratings 1, 5, 4 in turn; waits 0 to 29 s
    found = judge_triggers(
        centre, cs.Question(), [Trigger("early", {"wait_s": ("<", 9)}), Trigger("late", {"wait_s": (">=", 6)})]
    )
    table = found.table.set_index("rule")
    assert (found.n, found.dissatisfied, found.base) == (30, 10, pytest.approx(1 / 3))
    assert table.loc["early", ["fires", "n", "hits", "new"]].tolist() == [9, 9, 3, 3]
    assert table.loc["late", ["n", "hits", "new"]].tolist() == [24, 8, 7]
    assert table.loc["any", ["n", "hits"]].tolist() == [30, 10] and table.loc["any", "coverage"] == 1
    assert table.loc["early", "precision"] == pytest.approx(1 / 3) and table.loc["early", "lift"] == pytest.approx(1)
    assert (table["precision_lower"] < table["precision"]).all() and (
        table["precision"] < table["precision_upper"]
    ).all()


def test_a_rule_of_a_world_reaches_more_than_chance(s03):
    found = judge_triggers(s03.centre, s03.question, [Trigger("unsolved", {"resolved": 0})])
    assert found.table["precision_lower"].iloc[0] > found.base and 0 < found.table["coverage"].iloc[0] < 1


def test_levels_with_quotes_are_text_not_sql(tmp_path):
    centre = desk(tmp_path, TICKETS)
    found = judge_triggers(
        centre, cs.Question(), [Trigger("odd", {"line": "C'1 OR 1=1"}), Trigger("all", {"wait_s": (">=", 0)})]
    )
    assert found.table["fires"].tolist() == [0, 30, 30]


def test_unknown_columns_and_signs_of_rules_are_refused(tmp_path):
    centre = desk(tmp_path, TICKETS)
    with pytest.raises(ColumnError, match="wait_s"):
        judge_triggers(centre, cs.Question(), [Trigger("typo", {"wait": (">=", 3)})])
    with pytest.raises(DataError, match="=>"):
        judge_triggers(centre, cs.Question(), [Trigger("sign", {"wait_s": ("=>", 3)})])
    with pytest.raises(DataError):
        judge_triggers(centre, cs.Question(), [])


def test_rules_are_read_as_typed():
    rule = read_trigger("long wait: wait_s >= 60; line = C1|C2；resolved = 0")
    assert (rule.name, rule.when) == ("long wait", {"wait_s": (">=", 60.0), "line": ["C1", "C2"], "resolved": 0.0})
    for words in ("wait_s >= 60", "name:", "name: wait_s", ": wait_s > 1"):
        with pytest.raises(DataError):
            read_trigger(words)


# Experience improvement ---------------------------------------------------------------------------

ACTIONS = {
    "action_id": ["A1", "A2", "A3", "A4", "A5"],
    "at": ["2025-05-01", "2025-05-02", "2025-05-03", "2025-05-04", "2025-05-29"],
    "owner": ["agent", "agent", "network", "network", "network"],
    "cost": [1, 1, 2, 2, 1],
    "lead_days": [0, 0, 0, 0, 30],
    "predicted_points": [0.02, 0.01, 0.01, 0.01, 0.03],
    "verified_points": [0.01, 0.0, 0.012, None, None],
    "verification_design": ["B", "D", "B", None, None],
}


def test_promises_by_hand(tmp_path):
    found = action_pipeline(desk(tmp_path, TICKETS, ACTIONS))
    assert found.table.set_index("id")["stage"].to_dict() == {
        "A1": "verified",
        "A2": "verified",
        "A3": "verified",
        "A4": "running",
        "A5": "planned",
    }
    assert (found.promised, found.realised) == (pytest.approx(0.04), pytest.approx(0.022))
    assert (
        found.ratio == pytest.approx(0.55) and found.ratio_lower < found.ratio < found.ratio_upper and found.weak == 1
    )
    kept = found.rates[found.rates["owner"] == ""].iloc[0]
    assert (kept["x"], kept["n"]) == (2, 3)


def test_a_recorded_action_stands_before_the_listed_one(tmp_path):
    centre = desk(tmp_path, TICKETS, ACTIONS)
    register = Actions(tmp_path / "runs")
    register.add({"action_id": "A1", "at": "2025-05-01", "predicted_points": 0.5, "state": "dropped"})
    found = action_pipeline(centre, runs=tmp_path / "runs").table.set_index("id")
    assert found.loc["A1", "stage"] == "dropped" and len(found) == 5


def test_two_verified_actions_have_no_interval(s03):
    found = action_pipeline(s03.centre)
    assert found.ratio == pytest.approx(0.02) and pd.isna(found.ratio_lower)
    assert {key for key, _ in found.caveats} == {"caveat.pipeline_weak", "caveat.pipeline_few"}


def test_no_action_is_said(tmp_path):
    with pytest.raises(DataError):
        action_pipeline(desk(tmp_path, TICKETS))


# Five gaps in movement --------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "gap"), [("S06", "promotion"), ("S05", "design"), ("S04", "execution")])
def test_the_leading_gap_of_each_world(code, gap):
    world = worlds.make(code, rng=102)
    found = gap_movement(world.centre, world.question, where=world.truth["cells"][0]["where"])
    assert found.leading == gap
    assert found.table["points"].sum() == pytest.approx(found.now.total - found.before.total, abs=1e-9)
    assert found.order == ORDERS["design_first"]


def test_the_order_moves_points_between_gaps_not_the_sum():
    world = worlds.make("S05", rng=102)
    where = world.truth["cells"][0]["where"]
    first, second = (gap_movement(world.centre, world.question, where=where, order=order) for order in ORDERS.values())
    assert first.total == pytest.approx(second.total, abs=1e-9)
    assert first.leading == "execution" and second.leading == "design"


def test_movement_needs_a_baseline(s03):
    with pytest.raises(StudyError, match="baseline"):
        with speaking("en"):
            gap_movement(s03.centre, cs.Question())


# Words and figures --------------------------------------------------------------------------------


def test_sentences_in_both_languages(tmp_path, watched):
    centre = desk(tmp_path, TICKETS, ACTIONS)
    answers = [
        watched,
        grade_watch(watched, []),
        problem_register(centre),
        action_pipeline(centre),
        judge_triggers(centre, cs.Question(), [Trigger("late", {"wait_s": (">=", 6)})]),
    ]
    said = {}
    for lang in LANGUAGES:
        with speaking(lang):
            said[lang] = [one.sentence() for one in answers]
    assert all("{" not in words for words in said["zh"] + said["en"]) and all(
        a != b for a, b in zip(*said.values(), strict=True)
    )


def test_figures_show_what_the_tables_hold(tmp_path, watched):
    from ccsat.figures.service import plot_alert_days, plot_promises

    assert len(plot_alert_days(watched, ONSET).data) == min(len(watched.table), 20)
    bars = plot_promises(action_pipeline(desk(tmp_path, TICKETS, ACTIONS))).data
    assert list(bars[0].y) == [2, 1, 1, 1, 3]


# All five, and the commands ----------------------------------------------------------------------


def test_each_system_speaks_or_says_why_not(tmp_path, s03):
    found = service_systems(s03.centre)
    assert found.table["system"].tolist() == list(SYSTEMS) and {
        "problem_solving",
        "anomaly_watch",
        "experience_improvement",
    } <= set(found.answers)
    poor = service_systems(desk(tmp_path, TICKETS), cs.Question())
    assert not poor.table.set_index("system").loc["experience_improvement", "known"]
    assert "ccsat actions add" in poor.table.set_index("system").loc["experience_improvement", "said"]
    assert len(poor.sentences()) >= len(SYSTEMS)


def test_commands_print_sentences_and_write_tables(tmp_path, s03, capsys):
    import typer

    from ccsat.errors import CcsatError
    from ccsat.service_cli import add_to

    app = typer.Typer()
    add_to(app)
    run = typer.main.get_command(app)
    study = str(s03.folder / "study.toml")
    with speaking("en"):
        run.main(
            ["service", study, "--lang", "en", "--trigger", "unsolved: resolved = 0", "--csv", str(tmp_path / "t")],
            standalone_mode=False,
        )
        said = capsys.readouterr().out
        run.main(["touchpoint", "phone", study, "--lang", "en", "--csv", str(tmp_path / "p")], standalone_mode=False)
        said += capsys.readouterr().out
        with pytest.raises(CcsatError, match="nowhere"):
            run.main(["touchpoint", "nowhere", study, "--lang", "en"], standalone_mode=False)
    assert "Problem solving:" in said and "agents can be ranked" in said
    assert len(pd.read_csv(tmp_path / "t" / "systems.csv")) == 5 and len(pd.read_csv(tmp_path / "p" / "types.csv")) == 3
