"""Stage 3, drivers: doses with their thresholds, process metrics found beside the facts, what is refused, and agents who may not be ranked."""

import numpy as np
import pandas as pd
import pytest
from test_stages import JUNE, MAY, make, surveys

import ccsat as cs
from ccsat.cells import ask
from ccsat.stages.agents import rank_agents
from ccsat.stages.bands import band_edges, best_step
from ccsat.stages.dose import find_doses
from ccsat.stages.dose_words import dose_label, dose_words
from ccsat.stages.drivers import driver_causes, driver_moves
from ccsat.stages.process import process_metrics
from ccsat.stages.refused import outcome_side, own_length, refused_drivers, refused_words
from ccsat.stages.standing import standing_losses
from ccsat.wording import speaking

WHEN = cs.Question(current=JUNE, baseline=MAY)
EVERYWHERE = pd.DataFrame({"rank": [1], "where": [{}], "kind": ["global"]})
FAULTS = pd.DataFrame({"rank": [1], "where": [{"topic": "fault"}], "kind": ["rate"]})


def waits(n=16_000, *, cliff=3600.0, longer=1.0, seed=5):
    """Surveys whose ratings fall only beyond `cliff` seconds of waiting; June's waits are `longer` times as long."""
    rows, rng = surveys(n, seed=seed), np.random.default_rng(1000 + seed)
    rows["wait_s"] = rng.lognormal(np.log(1500), 1.3, n) * np.where(rows["june"], longer, 1)
    rows["rating"] = np.where(rng.random(n) < np.where(rows["wait_s"] > cliff, 0.35, 0.06), 2, 5)
    rows["noise"] = rng.gamma(2, 5, n)
    return rows


def centre_of(folder, rows, *metrics, tables=None, columns=None, **extra):
    """A centre with metrics, and with tables beside its surveys."""
    files = {name: f"{name}.csv" for name in tables or {}}
    for name, table in (tables or {}).items():
        table.to_csv(folder / files[name], index=False)
    ours = {"survey_id": "survey_id", "at": "day", "rating": "rating", **(columns or {})}
    return make(
        folder,
        rows,
        metrics={m: {"column": m} for m in metrics},
        data={"surveys": "export.csv", **files},
        columns=ours,
        **extra,
    )


# Doses --------------------------------------------------------------------------------------------


def test_a_cliff_is_found_where_it_is_with_n_on_both_sides(tmp_path):
    centre = centre_of(tmp_path, waits(), "wait_s", "noise")
    doses = find_doses(centre, ask(centre, WHEN))
    assert list(doses.found["metric"]) == ["wait_s"]
    row = doses.found.iloc[0]
    assert (
        row["unit"] == "s" and row["mark"] == 3600 and row["threshold_lower"] <= 3600 <= row["threshold_upper"] * 1.05
    )
    assert row["threshold_upper"] / row["threshold_lower"] < 1.6
    assert row["n_below"] + row["n_above"] == row["n"] == 16_000
    assert row["upper"] < -0.25 < row["lower"] + 0.10 and row["difference"] == pytest.approx(-0.29, abs=0.03)
    assert row["value_above"] - row["value_below"] == pytest.approx(row["difference"])
    with speaking("en"):
        words = dose_words(row, "rate")
    assert "above 1 h" in words and f"n={row['n_above']:,}" in words
    bins = doses.table[doses.table["metric"] == "wait_s"]
    assert set(bins["period"]) == {"current", "baseline"} and bins["n"].sum() == 16_000 and bins["n"].min() >= 10
    assert ((bins["lower"] <= bins["value"]) & (bins["value"] <= bins["upper"])).all()


def test_longer_waits_at_the_same_slope_are_told_from_another_answer_at_the_same_wait(tmp_path):
    longer, harsher = tmp_path / "longer", tmp_path / "harsher"
    longer.mkdir(), harsher.mkdir()
    moved = centre_of(longer, waits(longer=2.5), "wait_s")
    row = find_doses(moved, ask(moved, WHEN), EVERYWHERE).answers.iloc[0]
    assert (
        row["held"] == "yes"
        and row["dose_points_upper"] < 0
        and abs(row["same_dose_points"]) < abs(row["dose_points"]) / 3
    )
    rows, rng = waits(), np.random.default_rng(1)
    rows.loc[rows["june"] & (rng.random(len(rows)) < 0.10), "rating"] = 2
    same = centre_of(harsher, rows, "wait_s")
    row = find_doses(same, ask(same, WHEN), EVERYWHERE).answers.iloc[0]
    assert row["dose_points_lower"] <= 0 <= row["dose_points_upper"] and row["same_dose_points"] < -0.05
    total = row["dose_points"] + row["same_dose_points"]
    values = rows.assign(good=rows["rating"] >= 4).groupby("june")["good"].mean()
    assert total == pytest.approx(values[True] - values[False], abs=1e-9)  # the split closes


def test_metrics_without_a_relation_name_nothing(tmp_path):
    named = 0
    for seed in range(5):
        rows, rng = surveys(4_000, seed=seed), np.random.default_rng(seed + 100)
        rows["a"], rows["b"], rows["c"] = rng.gamma(2, 30, 4_000), rng.poisson(1, 4_000), rng.integers(0, 2, 4_000)
        (folder := tmp_path / str(seed)).mkdir()
        centre = centre_of(folder, rows, "a", "b", "c")
        asked = ask(centre, WHEN)
        named += len(find_doses(centre, asked).found) + len(standing_losses(centre, asked).table)
    assert named <= 1


def test_natural_cut_points_and_steps():
    rng = np.random.default_rng(0)
    x = rng.lognormal(np.log(20), 1.5, 5_000)
    assert set(band_edges(x, "min", 30)) <= {1, 5, 15, 60, 360, 1440, 4320, 10080} and 60 in band_edges(x, "min", 30)
    assert list(band_edges(np.repeat([0.0, 1.0], 200), "", 30)) == [0.0]
    at, lower, upper = best_step(x, (x > 30).astype(float), None, rng=rng)
    assert lower <= at <= upper and at == pytest.approx(30, rel=0.15)
    assert [dose_label(v, "min") for v in (0.5, 60, 1440, 5760)] == ["30 s", "1 h", "24 h", "4 days"]


# Tables beside the facts --------------------------------------------------------------------------


def with_tickets(n=9_000):
    """Faults with a ticket: longer from June on, and satisfaction falls with the hours; few other contacts have one."""
    rows, rng = surveys(n, seed=8), np.random.default_rng(1008)
    rows["contact_id"] = [f"c{i}" for i in range(n)]
    has = (rows["topic"] == "fault") | (rng.random(n) < 0.05)
    slow = rows["june"] & (rows["topic"] == "fault")
    hours = rng.lognormal(np.log(np.where(slow, 20, 6)), 0.6)
    rows["rating"] = np.where(rng.random(n) < 0.05 + np.where(has, 0.012 * hours, 0).clip(max=0.6), 2, 5)
    opened = pd.to_datetime(rows["day"]) - pd.to_timedelta(hours, unit="h") + pd.Timedelta(hours=20)
    tickets = pd.DataFrame({"ticket_id": [f"t{i}" for i in range(n)], "contact_id": rows["contact_id"], "created_at": opened,
                            "closed_at": opened + pd.to_timedelta(hours, unit="h"), "urged_n": rng.poisson(hours / 10)})[has]  # fmt: skip
    return rows, tickets


def test_spans_of_a_ticket_table_are_offered_and_explain_the_cell(tmp_path):
    rows, tickets = with_tickets()
    centre = centre_of(tmp_path, rows, tables={"tickets": tickets}, columns={"contact_id": "contact_id"})
    assert "tickets: created_at → closed_at" in [m.name for m in process_metrics(centre)]
    asked = ask(centre, WHEN)
    row = find_doses(centre, asked, FAULTS).found.iloc[0]
    assert row["metric"] == "tickets: created_at → closed_at" and row["unit"] == "h" and row["late"] == 0
    assert row["held"] == "yes" and row["dose_points"] < -0.01 and row["dose_now"] > 2 * row["dose_before"]
    moves = driver_moves(centre, asked, {"topic": "fault"})
    assert not any(outcome_side(name) for name in moves["metric"])  # chasing follows from waiting
    causes = driver_causes(centre, asked, moves, rank=1, chain=(), worse=-0.02)
    assert [(c.id, c.grade) for c in causes] == [("driver:tickets: created_at → closed_at", "C")]


def test_what_is_known_only_after_the_rating_carries_no_probable_cause(tmp_path):
    rows, tickets = with_tickets()
    later = tickets.assign(
        created_at=tickets["created_at"] + pd.Timedelta(days=9), closed_at=tickets["closed_at"] + pd.Timedelta(days=9)
    )
    later["steps"] = np.random.default_rng(0).poisson(1 + (rows.loc[tickets.index, "rating"] == 2))
    centre = centre_of(tmp_path, rows, tables={"tickets": later}, columns={"contact_id": "contact_id"})
    asked = ask(centre, WHEN)
    causes = driver_causes(
        centre, asked, driver_moves(centre, asked, {"topic": "fault"}), rank=1, chain=(), worse=-0.02
    )
    assert {c.grade for c in causes} <= {"D"}
    refused = {one["id"]: one for one in refused_drivers(centre, asked)}
    assert (
        refused["driver:tickets: steps"]["why"] == "after_rating"
        and refused["driver:tickets: steps"]["values"]["share"] == 1
    )
    doses = find_doses(centre, asked, FAULTS)
    assert [key for key, _ in doses.caveats] == ["caveat.dose_confounded", "caveat.dose_late"]


def test_a_customers_mark_counts_only_if_it_was_set_before_the_rating(tmp_path):
    rows, rng = surveys(9_000, seed=9), np.random.default_rng(1009)
    rows["customer_id"] = [f"u{i}" for i in range(len(rows))]
    reminded = rng.random(len(rows)) < np.where(rows["june"] & (rows["topic"] == "fault"), 0.1, 0.9)
    rows["rating"] = np.where(rng.random(len(rows)) < np.where(reminded, 0.05, 0.30), 2, 5)
    items = pd.DataFrame(
        {
            "customer_id": rows["customer_id"],
            "reminder_sent": reminded,
            "trial_end_on": pd.to_datetime(rows["day"]) - pd.Timedelta(days=3),
        }
    )
    after = items.assign(
        reminder_sent=~items["reminder_sent"], trial_end_on=items["trial_end_on"] + pd.Timedelta(days=30)
    )
    centre = centre_of(
        tmp_path, rows, tables={"bill_items": pd.concat([items, after])}, columns={"customer_id": "customer_id"}
    )
    asked = ask(centre, WHEN)
    row = find_doses(centre, asked, FAULTS).found.iloc[0]
    assert row["unit"] == "yes_no" and row["dose_before"] > 0.8 and row["dose_now"] < 0.2 and row["difference"] > 0.15
    causes = driver_causes(
        centre, asked, driver_moves(centre, asked, {"topic": "fault"}), rank=1, chain=(), worse=-0.03
    )
    assert [(c.id, c.grade, c.evidence[0].kind) for c in causes] == [
        ("driver:bill_items: reminder_sent", "C", "driver_share")
    ]


def test_the_contacts_own_length_is_suspected_at_most(tmp_path):
    rows, rng = surveys(12_000), np.random.default_rng(2)
    hard = rows["june"] & (rows["topic"] == "fault") & (rng.random(len(rows)) < 0.6)
    rows["talk_s"] = rng.gamma(4, np.where(hard, 120, 50))
    rows["rating"] = np.where(rng.random(len(rows)) < np.where(hard, 0.35, 0.06), 2, 5)
    centre = centre_of(tmp_path, rows, "talk_s")
    asked = ask(centre, WHEN)
    causes = driver_causes(
        centre, asked, driver_moves(centre, asked, {"topic": "fault"}), rank=1, chain=(), worse=-0.03
    )
    assert [(c.id, c.grade) for c in causes] == [("driver:talk_s", "D")]


# Refused ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "acw_s",
        "AfterCallWork",
        "escalated",
        "repeat_24h",
        "complaints: liable",
        "升级投诉",
        "资费投诉",
        "callback_done",
    ],
)
def test_names_of_what_follows_are_known(name):
    assert outcome_side(name)


@pytest.mark.parametrize(
    "name",
    [
        "response_min",
        "queue_wait_s",
        "脱网次数",
        "transfers",
        "speed_of_answer_in_seconds",
        "tickets: steps",
        "face_width",
    ],
)
def test_names_of_what_leads_are_left_alone(name):
    assert not outcome_side(name) and not own_length(name)


def test_a_sub_rating_is_refused_with_its_halo(tmp_path):
    rows, rng = surveys(3_000), np.random.default_rng(1)
    rows["manner"] = np.where(rng.random(3_000) < 0.8, rows["rating"], rng.integers(1, 6, 3_000))
    columns = {"survey_id": "survey_id", "at": "day", "rating": "rating", "sub_ratings": ["manner"]}
    centre = make(tmp_path, rows, columns=columns)
    asked = ask(centre, WHEN)
    (one,) = refused_drivers(centre, asked)
    assert one["id"] == "driver:manner" and one["why"] == "same_respondent" and one["cell_rank"] is None
    assert one["values"]["n"] == 3_000 and one["values"]["r"] == pytest.approx(
        np.corrcoef(rows["rating"], rows["manner"])[0, 1]
    )
    assert one["values"]["same"] == pytest.approx((rows["rating"] == rows["manner"]).mean())
    for lang in ("en", "zh"):
        with speaking(lang):
            assert "manner" in refused_words(one, "rate") and "{" not in refused_words(one, "rate")


@pytest.mark.parametrize("routed", [True, False])
def test_a_sign_that_the_questionnaire_makes_is_explained(tmp_path, routed):
    rows, rng = surveys(8_000), np.random.default_rng(4)
    trouble = rng.random(8_000) < 0.5
    asked_of = trouble if routed else np.full(8_000, True)
    mild, severe = rng.random(8_000) < 0.4, rng.random(8_000) < 0.5
    severe |= ~mild  # everybody ticks something
    rows["trouble"] = np.where(trouble, "yes", "no")
    rows["metro"], rows["dead"] = (np.where(asked_of & tick, 1, 0) for tick in (mild, severe))
    bad = 0.05 + trouble * (0.30 - 0.15 * rows["metro"] + 0.10 * rows["dead"])
    rows["rating"] = np.where(rng.random(8_000) < bad, 2, 5)
    centre = make(
        tmp_path,
        rows,
        dimensions={"trouble": "trouble", "topic": "topic"},
        reasons={"columns": ["metro", "dead"], "coding": "yes_no"},
    )
    found = [one for one in refused_drivers(centre, ask(centre, WHEN)) if one["why"] == "routing"]
    assert [one["id"] for one in found] == (["reason:metro"] if routed else [])
    if routed:
        values = found[0]["values"]
        assert (values["filter"], values["level"]) == ("trouble", "no") and values["crude_upper"] < 0 < values["lower"]
        assert values["asked"] == int((rows["june"] & trouble).sum())


# Agents and standing losses -----------------------------------------------------------------------


def with_agents(per_agent, agents, *, spread=0.0, worst=0.0, seed=3):
    n = per_agent * agents
    rng = np.random.default_rng(1000 + seed)
    rows = surveys(n, seed=seed).assign(day="2024-06-10", june=True)
    who = np.arange(n) % agents
    bad = (0.10 + spread * rng.standard_normal(agents))[who] + np.where(who == 0, worst, 0)
    rows["rating"] = np.where(rng.random(n) < bad.clip(0.01, 0.9), 2, 5)
    return rows.assign(agent=[f"a{i}" for i in who])


@pytest.mark.parametrize(("made", "reason"), [
    ({"per_agent": 12, "agents": 300, "spread": 0.03}, "none_enough"), ({"per_agent": 60, "agents": 60}, "none_signal"),
    ({"per_agent": 100, "agents": 40, "worst": 0.25}, "sentence"),
])  # fmt: skip
def test_agents_are_ranked_only_where_numbers_bear_it(tmp_path, made, reason):
    rows = with_agents(**made)
    columns = {"survey_id": "survey_id", "at": "day", "rating": "rating", "agent_id": "agent"}
    centre = make(tmp_path, rows, columns=columns)
    found = rank_agents(centre, ask(centre, cs.Question(current=JUNE, target=0.95)))
    assert found.reason == reason and found.counts["agents"] == made["agents"]
    assert list(found.table["agent"]) == (["a0"] if reason == "sentence" else [])
    if reason == "sentence":
        row = found.table.iloc[0]
        assert row["value"] < row["shrunken"] < 0.9 and row["lower"] <= row["shrunken"] <= row["upper"]
    assert "{" not in found.sentence()


def test_a_standing_loss_is_named_although_it_did_not_move(tmp_path):
    centre = make(tmp_path, surveys(8_000, bad=lambda t: np.where(t["topic"] == "fault", 0.25, 0.08)))
    found = standing_losses(centre, ask(centre, WHEN))
    assert list(found.table["level"]) == ["fault"] and found.table["upper"].iloc[0] < 0
    assert found.table["points"].iloc[0] == pytest.approx(
        found.table["share_volume"].iloc[0] * (found.table["value"].iloc[0] - found.whole), abs=1e-9
    )
    assert "fault" in found.sentence()
