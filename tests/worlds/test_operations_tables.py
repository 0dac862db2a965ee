"""Complaints, tickets, the floor and the registers: keys join, times are in order, parts add up, stories show."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from pytest import approx

from ccsat import worlds
from ccsat.worlds import company as co
from ccsat.worlds import complaints as cp
from ccsat.worlds import floor
from ccsat.worlds.frames import ids
from ccsat.worlds.patches import Patch, Patches, Setting
from ccsat.worlds.registers import make_registers
from ccsat.worlds.simulate import set_scene, simulate
from ccsat.worlds.story import Options, Plot
from ccsat.worlds.tables import make_core_tables, make_tables
from ccsat.worlds.tickets import open_tickets, ticket_tables

AS_OF = pd.Timestamp("2025-05-26")
HOURS = pd.Timedelta(hours=1)


@dataclass(frozen=True)
class Slower(Patch):
    """On-site repairs wait for an approval, agents take longer and callers wait longer, from week 9."""

    def cycle(self, calls, scene):
        return np.where(calls.current, 41 / 18, 1.0)

    def handle(self, calls, scene):
        return np.where(calls.current, 1.35, 1.0)

    def wait(self, calls, scene):
        return np.where(calls.current, 1.35, 1.0)


@pytest.fixture(scope="module")
def usual():
    scene = set_scene(5, 1.0, Setting())
    return make_tables(simulate(scene, Patches()), (), lang="zh") | make_registers(Plot(verdict="none"), None, None)


@pytest.fixture(scope="module")
def slower():
    return make_tables(simulate(set_scene(5, 1.0, Setting()), Patches((Slower(),))), (), lang="zh")


@pytest.fixture(scope="module")
def escalating():
    story = worlds.story("S11")
    plot = story.plot(story.draw(Options(), None))
    return simulate(set_scene(7, 1.0, plot.setting), Patches(plot.patches)), plot


def test_keys_join(usual):
    t = usual
    contacts = t["contacts"].set_index("contact_id")
    for name, key in (("tickets", "ticket_id"), ("complaints", "complaint_id"), ("qa_reviews", "review_id"),
                      ("knowledge_articles", "knowledge_id"), ("campaigns", "campaign_id"), ("ola", "ola_id")):  # fmt: skip
        assert t[name][key].is_unique, name
    assert t["tickets"]["contact_id"].isin(contacts.index).all()
    assert t["qa_reviews"]["contact_id"].isin(contacts.index).all() and t["qa_reviews"]["contact_id"].is_unique
    assert set(t["contacts"]["ticket_id"].dropna()) <= set(t["tickets"]["ticket_id"])
    assert set(t["ticket_steps"]["ticket_id"]) == set(t["tickets"]["ticket_id"])
    assert set(t["tickets"]["ola_id"]) == set(t["ola"]["ola_id"])
    assert set(t["contacts"]["knowledge_id"].dropna()) <= set(t["knowledge_articles"]["knowledge_id"])
    assert set(t["contacts"]["incident_id"].dropna()) == set(t["incidents"]["incident_id"])
    assert set(t["contacts"]["campaign_id"].dropna()) <= set(t["campaigns"]["campaign_id"])
    complaints = t["complaints"]
    first = contacts.loc[complaints["first_contact_id"]]
    assert (first["customer_id"].to_numpy() == complaints["customer_id"]).all()
    assert (first["started_at"].to_numpy() < complaints["filed_at"]).all()
    own = complaints[complaints["ticket_id"].notna()]
    tickets = t["tickets"].set_index("ticket_id").loc[own["ticket_id"]]
    assert set(own["level"]) == {"local"} and len(own) == (complaints["level"] == "local").sum()
    assert (tickets["type"] == "complaint").all()
    assert (tickets["first_reply_at"].to_numpy() == own["first_reply_at"].to_numpy())[
        own["first_reply_at"].notna()
    ].all()
    of_ticket = t["tickets"].merge(t["contacts"][["contact_id", "ticket_id"]], on="contact_id", suffixes=("", "_there"))
    repairs = of_ticket[of_ticket["type"] != "complaint"]
    assert (repairs["ticket_id"] == repairs["ticket_id_there"]).all()


def test_nothing_after_the_end_is_known_and_times_are_in_order(usual):
    for name in ("complaints", "tickets", "ticket_steps"):
        for column in usual[name].columns[usual[name].dtypes == "datetime64[ms]"]:
            if column not in ("due_at", "callback_promised_at"):
                assert usual[name][column].max() <= AS_OF, (name, column)
    complaints, tickets = usual["complaints"], usual["tickets"]
    assert complaints["filed_at"].is_monotonic_increasing and tickets["created_at"].is_monotonic_increasing
    for table, times in ((complaints, ("filed_at", "first_reply_at", "closed_at")),
                         (tickets, ("created_at", "first_reply_at", "closed_at"))):  # fmt: skip
        for before, after in zip(times, times[1:], strict=False):
            both = table[before].notna() & table[after].notna()
            assert (table.loc[both, before] <= table.loc[both, after]).all(), after
            assert not (table[before].isna() & table[after].notna()).any()
    assert (
        complaints["on_time"].isna() == (complaints["first_reply_at"].isna() & (complaints["due_at"] >= AS_OF))
    ).all()
    assert complaints["liable"].isna().equals(complaints["closed_at"].isna())


def test_steps_add_up_to_the_ticket(usual):
    steps, tickets = usual["ticket_steps"], usual["tickets"].set_index("ticket_id")
    of = steps.groupby("ticket_id", sort=False)
    assert (of.size() == tickets.loc[of.size().index, "steps"]).all()
    assert (of["entered_at"].first() == tickets["created_at"]).all()
    follows = steps["ticket_id"] == steps["ticket_id"].shift()
    assert (steps.loc[follows, "entered_at"] == steps["left_at"].shift()[follows]).all()
    spent = (steps["left_at"] - steps["entered_at"]).groupby(steps["ticket_id"]).sum()
    closed = tickets[tickets["closed_at"].notna()]
    assert (spent[closed.index] == closed["closed_at"] - closed["created_at"]).all()
    still = steps.loc[steps["left_at"].isna(), "ticket_id"]
    assert still.is_unique and set(still) == set(tickets.index[tickets["closed_at"].isna()])
    assert "approve" not in set(steps["step"])


def test_tickets_are_chased_more_the_longer_they_take(usual):
    tickets = usual["tickets"][usual["tickets"]["created_at"] < "2025-05-12"]
    hours = (tickets["closed_at"] - tickets["created_at"]) / HOURS
    repairs = tickets["type"] == "onsite_repair"
    assert hours[repairs].median() == approx(18, abs=1)
    slow = hours[repairs] > 24
    assert tickets.loc[repairs, "urged_n"][slow].mean() > 1.8 * tickets.loc[repairs, "urged_n"][~slow].mean()


def test_an_approval_shows_in_the_steps(usual, slower):
    tickets = slower["tickets"]
    tickets = tickets[(tickets["type"] == "onsite_repair") & (tickets["created_at"] < "2025-05-19")]
    after = tickets["created_at"] >= "2025-04-28"
    steps = slower["ticket_steps"].merge(tickets[["ticket_id"]])
    approval = steps[steps["step"] == "approve"]
    assert set(approval["ticket_id"]) == set(tickets.loc[after, "ticket_id"])
    assert set(approval["dept"]) == {"back_office"}
    dwell = (steps["left_at"] - steps["entered_at"]) / HOURS
    assert dwell[steps["step"] == "approve"].median() == approx(23, abs=1.5)
    before = usual["ticket_steps"].merge(usual["tickets"][["ticket_id", "type"]])
    visits = ((before["left_at"] - before["entered_at"]) / HOURS)[(before["step"] == "visit")]
    assert dwell[steps["step"] == "visit"].median() == approx(visits.median(), rel=0.05)
    assert 1.9 < tickets.loc[after, "urged_n"].mean() / tickets.loc[~after, "urged_n"].mean() < 2.7  # S05: 2.2


def test_seconds_add_up_to_the_agent_day(usual):
    days = usual["agent_days"]
    parts = ["talk_s", "hold_s", "acw_s", "available_s", "aux_break_s", "aux_away_s", "aux_train_s", "aux_meet_s"]
    assert (days[parts].sum(axis=1) == days["logged_in_s"]).all() and (days[parts] >= 0).all(axis=None)
    assert (days["paid_s"] >= days["logged_in_s"]).all() and set(days["scheduled_s"]) == {0, floor.SHIFT}
    assert not days.duplicated(["agent_id", "date"]).any()
    busy = days["talk_s"] + days["hold_s"] + days["acw_s"]
    assert 0.80 < busy.sum() / (busy + days["available_s"]).sum() < 0.90  # occupancy
    contacts = usual["contacts"]
    taken = contacts.groupby(["agent_id", contacts["started_at"].dt.normalize().rename("date")]).size().rename("taken")
    joined = days.merge(taken.reset_index(), how="outer", on=["agent_id", "date"])
    assert joined["answered"].notna().all() and (joined["answered"] >= joined["taken"].fillna(0)).all()
    assert days["answered"].sum() == approx(20 * len(contacts), rel=0.01)
    assert 85 < days["answered"].sum() / (days["logged_in_s"] >= floor.SHIFT / 2).sum() < 110  # contacts per agent-day
    overtime = contacts.merge(days.assign(off=days["scheduled_s"] == 0), left_on=["agent_id", contacts["started_at"].dt.normalize()],
                              right_on=["agent_id", "date"])  # fmt: skip
    assert (overtime["overtime_flag"] == overtime["off"]).all() and len(overtime) == len(contacts)


def test_intervals_are_the_contacts_times_twenty(usual):
    rows, contacts = usual["intervals"], usual["contacts"]
    assert (rows["offered"] == rows["answered"] + rows["abandoned"]).all()
    assert (rows["short_abandoned"] <= rows["abandoned"]).all() and (rows["answered_20s"] <= rows["answered"]).all()
    assert len(rows) == co.DAYS * floor.SLOTS * 2 and rows["start"].dt.hour.between(8, 21).all()
    open_hours = contacts[contacts["started_at"].dt.hour.between(8, 21)]
    week = lambda times: (times - pd.Timestamp("2025-03-03")).dt.days // 7
    full = rows.groupby([week(rows["start"]), "channel"])["answered"].sum()
    sample = open_hours.groupby([week(open_hours["started_at"]), "channel"]).size()
    assert (full / (20 * sample)).between(0.98, 1.02).all()
    by_hour = rows.groupby(rows["start"].dt.hour)["answered"].sum() / (
        20 * open_hours.groupby(open_hours["started_at"].dt.hour).size()
    )
    assert by_hour.between(0.97, 1.03).all()
    by_day = rows.groupby(rows["start"].dt.day_of_week)["answered"].sum() / (
        20 * open_hours.groupby(open_hours["started_at"].dt.day_of_week).size()
    )
    assert by_day.between(0.97, 1.03).all()
    quick = (open_hours["queue_wait_s"] <= 20).mean()
    assert rows["answered_20s"].sum() / rows["answered"].sum() == approx(quick, abs=0.02)
    assert 0.03 < rows["abandoned"].sum() / rows["offered"].sum() < 0.06
    ready = usual["agent_days"].eval("logged_in_s - aux_break_s - aux_away_s - aux_train_s - aux_meet_s").sum()
    assert rows["scheduled"].sum() * 1800 == approx(ready * len(open_hours) / len(contacts), rel=0.01)
    efficiency = np.minimum(rows["required"], rows["scheduled"]).sum() / rows["scheduled"].sum()
    assert 0.80 < efficiency < 0.99


def test_slower_handling_and_longer_waits_show_on_the_floor(usual, slower):
    def change(tables):
        days, rows = tables["agent_days"], tables["intervals"]
        handling = lambda d: d[["talk_s", "hold_s", "acw_s"]].sum().sum() / d["answered"].sum()
        new = days["date"] >= "2025-04-28"
        late = rows["start"] >= "2025-04-28"
        quick = lambda r: r["answered_20s"].sum() / r["answered"].sum()
        return handling(days[new]) / handling(days[~new]), rows[late]["required"].mean() / rows[~late]["required"].mean(), (
            quick(rows[late]) - quick(rows[~late]))  # fmt: skip

    before, after = change(usual), change(slower)
    assert after[0] / before[0] == approx(1.35, abs=0.03)
    assert after[1] > 1.2 * before[1] and after[2] < before[2] - 0.05


def test_reviews_are_a_random_part(usual):
    reviews = usual["qa_reviews"]
    assert len(reviews) / len(usual["contacts"]) == approx(0.02, abs=0.002)
    assert (
        reviews["surface_cause"]
        .notna()
        .equals(
            reviews[["customer_critical", "business_critical", "compliance_critical"]].any(axis=1)
            | (reviews["noncritical_n"] > 0)
        )
    )
    assert reviews["score"].between(0, 100).all()


def test_complaints_follow_their_rules(usual):
    local = usual["complaints"][usual["complaints"]["level"] == "local"]
    up = usual["complaints"][usual["complaints"]["level"] == "escalated"]
    assert (local["authority"] == "company").all() and not (up["authority"] == "company").any()
    assert 0.02 < len(local) / len(usual["contacts"]) < 0.05
    linked = up.dropna(subset=["earlier_complaint_id"]).merge(
        local, left_on="earlier_complaint_id", right_on="complaint_id"
    )
    assert len(linked) and (linked["customer_id_x"] == linked["customer_id_y"]).all()
    assert ((linked["filed_at_x"] - linked["filed_at_y"]) <= pd.Timedelta(days=30)).all()
    mature = local[local["filed_at"] < "2025-04-25"]
    assert mature["complaint_id"].isin(linked["complaint_id_y"]).mean() == approx(0.06, abs=0.02)


def test_repeats_escalate_twice_as_often():
    played = [
        cp.play_complaints(simulate(set_scene(seed, 1.0, Setting(complaining=0.3)), Patches())) for seed in (1, 2, 3)
    ]
    rate = lambda which: np.concatenate([p.escalated[which(p.filed)] for p in played]).mean()
    assert rate(lambda filed: filed.repeated) == approx(0.12, abs=0.045)
    assert rate(lambda filed: ~filed.repeated) == approx(0.06, abs=0.01)


def test_escalation_story_shows_and_hides_where_it_should(escalating):
    world, plot = escalating
    t = make_tables(world, (), lang="zh")
    local = t["complaints"][t["complaints"]["level"] == "local"].merge(
        t["tickets"], on="ticket_id", suffixes=("", "_t")
    )
    current, here = local["filed_at"] >= "2025-04-28", local["region"] == "R3"
    due = (local["due_at"] - local["filed_at"]) / HOURS
    assert due[current & here].round().eq(48).all() and due[~(current & here)].round().eq(24).all()
    judged = local["callback_promised_at"] < "2025-05-25"
    broken = ~(local["callback_done_at"] <= local["callback_promised_at"])
    assert broken[judged & current & here].mean() == approx(0.31, abs=0.09)
    assert broken[judged & current & ~here].mean() == approx(0.09, abs=0.03)
    on_time = local["on_time"].astype("boolean")
    assert on_time[current & here].mean() == approx(on_time[~current & here].mean(), abs=0.05)  # the decoy
    played = cp.play_complaints(world)
    seen = t["complaints"]["earlier_complaint_id"].notna().sum()
    assert seen == (played.escalated_at < cp.END).sum() < played.escalated.sum()
    without = cp.play_complaints(simulate(world.scene, Patches()))
    np.testing.assert_array_equal(without.filed.slot, played.filed.slot)  # the same complaints by the same draws
    elsewhere = played.filed.region != co.REGIONS.index("R3")
    np.testing.assert_array_equal(without.escalated[elsewhere], played.escalated[elsewhere])
    assert played.escalated.sum() > without.escalated.sum()


def test_escalation_truth_counts_mature_complaints_and_the_study_asks_what_can_be_counted(tmp_path):
    world = worlds.make("S11", rng=3, scale="small")
    truth = world.truth
    assert (truth["kpi"], truth["caliber"]) == ("escalation_rate", "30d_mature")
    assert truth["verification"]["expect"]["plain"]["current"] <= truth["verification"]["expect"]["mature"]["current"]
    assert world.question.kpi == "satisfaction_rate" and "escalation_rate" not in world.study_text()
    labels = {action["id"]: action["label"] for action in truth["actions"]}
    assert truth["best_set"] and {labels[id] for id in truth["best_set"]} == {"best"}


def test_core_tables_are_the_same_tables():
    outcome = simulate(set_scene(2, 0.1, Setting()), Patches())
    whole, core = make_tables(outcome, (), lang="en"), make_core_tables(outcome, lang="en")
    for name, table in core.items():
        pd.testing.assert_frame_equal(table, whole[name])
    assert "tickets" in whole and "tickets" not in core


def test_same_world_same_tickets():
    first, again = (simulate(set_scene(4, 0.1, Setting()), Patches()) for _ in range(2))
    for a, b in zip(*(ticket_tables(w, open_tickets(w, cp.play_complaints(w)), ids("C", len(w.calls)).to_numpy()).values()
                      for w in (first, again)), strict=True):  # fmt: skip
        pd.testing.assert_frame_equal(a, b)
