"""Phone, self-service and online human service: points close, equal work, who cannot be ranked, steps, later contacts, first response."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

import ccsat as cs
from ccsat import worlds
from ccsat.errors import ColumnError, DataError
from ccsat.touchpoints.channels import channel_cell
from ccsat.touchpoints.online import first_response_effect
from ccsat.touchpoints.phone import rank_agents_on_equal_work, satisfaction_by_type
from ccsat.touchpoints.selfservice import later_contacts, task_funnel
from ccsat.wording import LANGUAGES, speaking

SHOWN = {"privacy.hide": ["comment"]}


def made(folder, contacts, tasks=None, *, dims=("channel", "service_type"), more=""):
    """A small centre from a table of rated contacts."""
    contacts.to_csv(folder / "contacts.csv", index=False)
    other = ""
    if tasks is not None:
        tasks.to_csv(folder / "self_service.csv", index=False)
        other = 'self_service = "self_service.csv"\n'
    names = "\n".join(f'{dim} = "{dim}"' for dim in dims)
    (folder / "study.toml").write_text(
        f'[study]\nname = "small"\n[data]\ncontacts = "contacts.csv"\n{other}[scale]\nrating = "five"\n[dimensions]\n{names}\n{more}', encoding="utf-8"
    )  # fmt: skip
    return cs.read_centre(folder / "study.toml")


def phone_rows(n=400, seed=5, channel="电话", agents=8):
    """Ratings of agents who do easy and hard work in unlike parts; hard work costs a rating, agents differ in nothing."""
    rng = np.random.default_rng(seed)
    agent = rng.integers(0, agents, n)
    hard = rng.random(n) < np.linspace(0.1, 0.9, agents)[agent]
    bad = rng.random(n) < np.where(hard, 0.4, 0.05)
    return pd.DataFrame({
        "contact_id": [f"C{i}" for i in range(n)], "agent_id": [f"A{a}" for a in agent], "customer_id": [f"U{i}" for i in range(n)], "channel": channel,
        "service_type": np.where(hard, "complaint", "consult"), "at": pd.Timestamp("2025-05-01") + pd.to_timedelta(rng.integers(0, 28 * 24, n), unit="h"), "rating": np.where(bad, 1, 5),
    })  # fmt: skip


@pytest.fixture(scope="module")
def s04():
    return worlds.make("S04", rng=101)


@pytest.fixture(scope="module")
def s07():
    return worlds.make("S07", rng=101)


# Phone ----------------------------------------------------------------------------------------


def test_types_close_and_their_shares_are_exact(tmp_path):
    rows = phone_rows()
    found = satisfaction_by_type(made(tmp_path, rows), cs.Question())
    by_hand = rows.groupby("service_type")["rating"].agg(n="size", value=lambda r: (r >= 4).mean())
    table = found.table.set_index("type")
    assert found.table["points"].sum() == pytest.approx(1 - (rows["rating"] >= 4).mean(), abs=1e-12) == found.total
    assert table["share"].sum() == pytest.approx(1, abs=1e-15)
    for name in by_hand.index:
        assert table.loc[name, "value"] == pytest.approx(by_hand.loc[name, "value"], abs=1e-12)
        assert table.loc[name, "n"] == by_hand.loc[name, "n"]
        assert table.loc[name, "points"] == pytest.approx(
            (1 - by_hand.loc[name, "value"]) * by_hand.loc[name, "n"] / len(rows), abs=1e-12
        )
        assert table.loc[name, "lower"] < table.loc[name, "value"] < table.loc[name, "upper"]


def test_types_are_of_the_phone_alone_and_say_what_changed(s04):
    found = satisfaction_by_type(s04.centre, s04.question)
    everywhere = satisfaction_by_type(s04.centre, s04.question, where={})
    assert found.where == {"channel": ["phone"]} and found.n < everywhere.n
    assert set(found.table["type"]) == {"consult", "marketing", "complaint"}
    assert found.table.set_index("type").loc["complaint", "value"] == found.table["value"].min()
    assert (
        (found.table["change_lower"] <= found.table["change"]) & (found.table["change"] <= found.table["change_upper"])
    ).all()


def test_channels_are_known_by_their_names(tmp_path):
    assert channel_cell(made(tmp_path, phone_rows(60)), "phone") == {"channel": ["电话"]}


def test_unknown_channel_names_the_levels_seen(tmp_path):
    with pytest.raises(ColumnError, match="柜台"):
        satisfaction_by_type(made(tmp_path, phone_rows(60, channel="柜台")), cs.Question())


def test_unknown_dimension_is_refused(s04):
    with pytest.raises(ColumnError, match="servce_type"):
        satisfaction_by_type(s04.centre, s04.question, by="servce_type")


# Agents on equal work ---------------------------------------------------------------------------


def test_equal_work_takes_off_what_hard_work_costs(tmp_path):
    centre = made(tmp_path, phone_rows(4000))
    plain = rank_agents_on_equal_work(centre, cs.Question(), mix=(), least=30)
    equal = rank_agents_on_equal_work(centre, cs.Question(), least=30)
    assert plain.differ and not equal.differ
    assert equal.table["adjusted"].std() < plain.table["adjusted"].std() / 3
    assert not equal.table["apart"].any()


def test_a_truly_poor_agent_stands_apart(tmp_path):
    rows = phone_rows(4000)
    mine = rows["agent_id"] == "A0"  # has the easiest work of all
    rows.loc[mine, "rating"] = np.where(np.arange(mine.sum()) % 3 == 0, 1, rows.loc[mine, "rating"])
    found = rank_agents_on_equal_work(made(tmp_path, rows), cs.Question())
    assert found.differ and found.table.loc[found.table["apart"], "agent"].tolist()[0] == "A0"
    assert found.table["agent"].iloc[0] == "A0" and found.table["rank"].iloc[0] < 2.5


def test_who_cannot_be_ranked_is_named(tmp_path):
    rows = phone_rows(800)
    rows.loc[rows.index[rows["agent_id"] == "A3"][12:], "agent_id"] = "A4"
    lone = rows["agent_id"] == "A7"
    rows.loc[lone, "service_type"] = "vip_desk"
    found = rank_agents_on_equal_work(made(tmp_path, rows), cs.Question(), least=30)
    why = found.not_rankable.set_index("agent")["why"].to_dict()
    assert why == {"A3": "few", "A7": "alone"}
    assert (found.table["n"] >= 30).all() and not set(found.table["agent"]) & set(why)
    assert found.counts["agents"] == len(found.table) + len(found.not_rankable) == 8


def test_no_ranked_agent_below_the_least_in_a_world(s04):
    found = rank_agents_on_equal_work(s04.centre, dataclasses.replace(s04.question, baseline=None))
    assert (found.table["n"] >= 30).all() and (found.not_rankable["n"] < 30).all()
    assert found.counts["few"] > 200


def test_hidden_ids_are_numbered(s04):
    found = rank_agents_on_equal_work(s04.centre, s04.question)
    ids = set(s04.tables["agents"]["agent_id"])
    assert not ids & {*found.table["agent"], *found.not_rankable["agent"]}
    assert ("caveat.agents_numbered", {}) in found.caveats
    open_centre = cs.read_centre(s04.folder / "study.toml", settings=SHOWN)
    assert set(rank_agents_on_equal_work(open_centre, s04.question).table["agent"]) <= ids


def test_chance_is_not_a_ranking():
    world = worlds.make("S00", rng=101)
    found = rank_agents_on_equal_work(
        world.centre, dataclasses.replace(world.question, current="2025-03-03/2025-05-25", baseline=None)
    )
    assert not found.table["apart"].any()


def test_agents_are_asked_for_where_there_are_none(tmp_path):
    with pytest.raises(ColumnError, match="agent_id"):
        rank_agents_on_equal_work(made(tmp_path, phone_rows(60).drop(columns="agent_id")), cs.Question())


# Self-service -----------------------------------------------------------------------------------


def tasks_table():
    """20 tasks of four steps: 12 completed, 5 lost at step 2, 2 at step 1, 1 at step 3."""
    reached = [4] * 12 + [2] * 5 + [1] * 2 + [3]
    return pd.DataFrame({"task_id": [f"K{i}" for i in range(20)], "customer_id": [f"U{i}" for i in range(20)], "at": pd.Timestamp("2025-05-02 10:00"), "task": "pay",
                         "step_reached": reached, "steps_total": 4, "completed": [1] * 12 + [0] * 8})  # fmt: skip


def test_funnel_by_hand(tmp_path):
    found = task_funnel(made(tmp_path, phone_rows(60), tasks_table()))
    table = found.table.set_index("step")
    assert table["n"].tolist() == [20, 18, 13, 12] and table["lost"].tolist() == [2, 5, 1, 0]
    assert found.largest == 2 and found.completion["value"] == 0.6
    assert found.table["points"].sum() == pytest.approx(0.4, abs=1e-12) == found.total
    assert table.loc[2, "rate"] == pytest.approx(5 / 18)
    assert found.distinct > 0.05  # five against two is no order


def test_later_contacts_of_the_customer_by_hand(tmp_path):
    contacts = phone_rows(60).assign(customer_id=[f"X{i}" for i in range(60)])
    contacts.loc[0, ["customer_id", "at"]] = ["U0", pd.Timestamp("2025-05-03 09:00")]  # 23 h after a completed task
    contacts.loc[1, ["customer_id", "at"]] = ["U1", pd.Timestamp("2025-05-03 20:00")]  # 34 h
    contacts.loc[2, ["customer_id", "at"]] = ["U2", pd.Timestamp("2025-05-02 09:00")]  # before the task
    contacts.loc[3, ["customer_id", "at"]] = ["U15", pd.Timestamp("2025-05-02 12:00")]  # 2 h after a lost task
    found = later_contacts(made(tmp_path, contacts, tasks_table()))
    table = found.table.set_index(["hours", "completed"])
    assert found.basis == "customer" and ("caveat.selfservice_customer", {}) in found.caveats
    assert table["again"].to_dict() == {(24, True): 1, (24, False): 1, (48, True): 2, (48, False): 1}
    assert table.loc[(48, True), "n"] == 12 and table.loc[(48, False), "n"] == 8


def test_funnel_of_a_world(s07):
    rows = s07.tables["self_service"]
    found = task_funnel(s07.centre, s07.question)
    now = rows[rows["at"] >= "2025-04-28"]
    assert found.n == len(now) and found.completion["value"] == pytest.approx(now["completed"].mean(), abs=1e-12)
    lost = now[~now["completed"].astype(bool)]["step_reached"].value_counts()
    assert found.largest == lost.idxmax() and found.table.set_index("step").loc[found.largest, "lost"] == lost.max()
    assert found.change["upper"] < 0  # the new menu
    assert set(found.by_task["task"]) == set(rows["task"])


def test_later_contacts_are_of_the_same_matter_and_mature(s07):
    found = later_contacts(s07.centre)
    table = found.table.set_index(["hours", "completed"])
    assert found.basis == "issue" and table.loc[(48, True), "n"] < table.loc[(24, True), "n"]
    assert table.loc[(48, False), "lower"] > table.loc[(48, True), "upper"]
    assert 0.02 < table.loc[(48, True), "value"] < 0.2


def test_no_table_of_tasks_is_said(s04):
    with pytest.raises(DataError, match="self_service"):
        task_funnel(s04.centre)


def test_missing_columns_of_tasks_are_named(tmp_path):
    with pytest.raises(DataError, match="completed"):
        task_funnel(made(tmp_path, phone_rows(60), tasks_table().drop(columns="completed")))


# Online -----------------------------------------------------------------------------------------


def chats(n=3000, slope=-0.8, seed=3):
    """Chats whose ratings fall with the first response, by the same slope in the odds."""
    rng = np.random.default_rng(seed)
    wait = rng.exponential(40, n).round()
    latent = slope * wait / 30 + rng.logistic(size=n)
    rating = np.select([latent < -4, latent < -3, latent < -2, latent < -1], [1, 2, 3, 4], 5)
    return pd.DataFrame({
        "contact_id": [f"C{i}" for i in range(n)], "customer_id": [f"U{i}" for i in range(n)], "channel": "在线", "biz": rng.choice(["bill", "plan"], n),
        "at": pd.Timestamp("2025-05-01") + pd.to_timedelta(rng.integers(0, 28 * 24, n), unit="h"), "rating": rating, "first_response_s": wait,
        "concurrency": rng.integers(1, 5, n), "turns": rng.integers(3, 20, n),
    })  # fmt: skip


METRICS = '[metrics]\nfirst_response_s = "first_response_s"\nconcurrency = "concurrency"\nturns = "turns"\n'


def test_first_response_is_found_with_its_size(tmp_path):
    found = first_response_effect(made(tmp_path, chats(), dims=("channel", "biz"), more=METRICS), cs.Question())
    row = found.table.set_index("driver").loc["first_response_s"]
    assert found.falls and row["lower"] < np.exp(-0.8) < row["upper"]
    assert set(found.table["driver"]) == {"first_response_s", "concurrency", "turns"} and not found.missing
    assert found.bands["value"].iloc[0] > found.bands["value"].iloc[-1] and found.bands["n"].sum() == 3000


def test_no_relation_is_left_open_and_missing_columns_are_said(tmp_path):
    rows = chats(slope=0.0).drop(columns=["turns", "concurrency"])
    found = first_response_effect(
        made(tmp_path, rows, dims=("channel", "biz"), more='[metrics]\nfirst_response_s = "first_response_s"\n'),
        cs.Question(),
    )
    assert found.falls is None and found.missing == ("concurrency", "turns")


def test_waiting_stands_in_where_a_world_has_no_first_response(s04):
    found = first_response_effect(s04.centre, s04.question)
    assert found.source == ("queue_wait_s", "ring_s")
    assert any(key == "caveat.online_stands_in" for key, _ in found.caveats)


def test_no_column_for_the_first_response_is_said(tmp_path):
    rows = chats().drop(columns=["first_response_s", "turns", "concurrency"])
    with pytest.raises(ColumnError, match="first_response_s"):
        first_response_effect(made(tmp_path, rows, dims=("channel", "biz")), cs.Question())


# Words and figures --------------------------------------------------------------------------------


def test_sentences_in_both_languages_carry_n_and_interval(tmp_path):
    centre = made(tmp_path, phone_rows(800), tasks_table())
    answers = [
        satisfaction_by_type(centre, cs.Question()),
        rank_agents_on_equal_work(centre, cs.Question()),
        task_funnel(centre),
        later_contacts(centre),
    ]
    said = {}
    for lang in LANGUAGES:
        with speaking(lang):
            said[lang] = [one.sentence() for one in answers]
            assert all("{" not in words for words in said[lang])
    assert all(a != b for a, b in zip(*said.values(), strict=True))
    assert all("95 %" in words or "95%" in words for words in (said["en"][0], said["en"][2], said["en"][3]))


def test_figures_show_every_row(tmp_path):
    from ccsat.figures.service import plot_agents, plot_task_funnel, plot_types

    centre = made(tmp_path, phone_rows(800), tasks_table())
    types, agents, tasks = (
        satisfaction_by_type(centre, cs.Question()),
        rank_agents_on_equal_work(centre, cs.Question()),
        task_funnel(centre),
    )
    assert list(plot_types(types).data[0].x) == [pytest.approx(100 * v) for v in types.table["value"].iloc[::-1]]
    assert len(plot_agents(agents).data[1].x) == len(agents.table)
    assert list(plot_task_funnel(tasks).data[1].y) == tasks.table["lost"].tolist()
