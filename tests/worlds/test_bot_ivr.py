"""The text bot and the voice menu: base levels, what their stories change, and tables that belong together."""

import numpy as np
import pandas as pd
import pytest
from pytest import approx

import ccsat as cs
from ccsat import worlds
from ccsat.worlds import bot, ivr
from ccsat.worlds.patches import Patches, Setting
from ccsat.worlds.simulate import set_scene, simulate
from ccsat.worlds.stories import s02, s07

LATE = pd.Timestamp("2025-04-28")


@pytest.fixture(scope="module")
def scene():
    return set_scene(5, 1.0, Setting())


@pytest.fixture(scope="module")
def release():
    """The bot's world with everything, and its tables."""
    return worlds.make("S02", rng=7)


@pytest.fixture(scope="module")
def menu():
    return worlds.make("S07", rng=7)


# The bot --------------------------------------------------------------------------------------------


def test_intents_have_the_documented_shares(scene):
    shares = bot.SHARES / bot.SHARES.sum()
    assert shares[[4, 7]] == approx([0.076, 0.061], abs=0.0005)
    sessions = bot.play_bot(scene, Patches()).sessions
    assert np.bincount(sessions.intent) / len(sessions) == approx(shares, abs=0.004)
    right = [sessions.right[sessions.intent == k].mean() for k in range(16)]
    assert right == approx(0.93 - 0.17 * bot.DIFFICULTY, abs=0.02)
    assert len(sessions) == approx(60_000, rel=0.02)


def test_a_mistaken_session_is_taken_for_another_intent(scene):
    sessions = bot.play_bot(scene, Patches()).sessions
    assert ((sessions.predicted == sessions.intent) == sessions.right).all()
    taken = np.bincount(sessions.predicted[~sessions.right], minlength=16)
    assert taken.min() > 0 and taken[:4].sum() > 2 * taken[-4:].sum()


def test_the_release_shares_every_draw_and_touches_what_it_should(scene):
    first, second = s02.MergedKnowledge(s02.PAIRS[0]), s02.LateHandoff()
    off, merged, late = (bot.play_bot(scene, Patches(p)).sessions for p in ((), (first,), (second,)))
    early = ~off.current
    for one in (merged, late):
        assert np.array_equal(one.thumb[early], off.thumb[early])
        assert np.array_equal(one.latency, off.latency)
    hit = np.isin(off.intent, [4, 7]) & off.current
    assert np.array_equal(merged.thumb[~hit], off.thumb[~hit])
    assert merged.right[hit].mean() == approx(0.45, abs=0.02)
    swapped = hit & ~merged.right
    assert (merged.predicted[swapped] == 11 - merged.intent[swapped]).mean() > 0.75
    assert not (late.handoff & ~off.handoff).any() and (off.handoff & ~late.handoff)[early].sum() == 0
    assert np.array_equal(late.asked, off.asked)
    assert late.fallbacks[late.handoff].max() <= 3 and off.fallbacks[off.handoff].max() <= 1


def test_the_truth_splits_the_release(release):
    truth = release.truth
    assert sum(truth["split"].values()) == approx(truth["true_effect_points"], abs=1e-12)
    assert [cause["id"] for cause in truth["causes"]] == ["change:CH-203"]
    assert truth["causes"][0]["points"] == approx(truth["true_effect_points"], abs=1e-12)
    assert truth["kpi"] == "satisfaction_rate" and truth["caliber"] == "thumbs" and truth["findable"]
    assert truth["containment"]["with"] > truth["containment"]["without"] + 0.15
    assert truth["journey_resolution"]["with"] < truth["journey_resolution"]["without"] - 0.015
    assert truth["best_set"][:2] == ["i1", "i2"]


def test_bot_tables_belong_together(release):
    sessions, turns, surveys = (release.tables[name] for name in ("bot_sessions", "bot_turns", "bot_surveys"))
    assert sessions["session_id"].is_unique and surveys["session_id"].tolist() == sessions["session_id"].tolist()
    assert sessions["started_at"].is_monotonic_increasing
    assert turns["session_id"].tolist() == np.repeat(sessions["session_id"].to_numpy(), 2 * sessions["turns"]).tolist()
    first = np.cumsum(2 * sessions["turns"].to_numpy(int)) - 2 * sessions["turns"].to_numpy(int)
    assert (turns["turn_no"].to_numpy()[first] == 1).all()
    assert (np.add.reduceat(turns["is_fallback"].to_numpy(int), first) == sessions["fallback_n"]).all()
    spoken = turns[turns["speaker"] == "customer"]
    assert spoken["confidence"].between(0, 1).all() and turns.loc[turns["speaker"] == "bot", "confidence"].isna().all()
    assert sessions["intent_true"].notna().mean() == approx(0.10, abs=0.005)
    assert (sessions["handoff_requested"] | ~sessions["handoff_done"]).all()
    assert (sessions["handoff_wait_s"].notna() == sessions["handoff_done"]).all()
    assert surveys["rating"].notna().mean() == approx(0.16, abs=0.006)
    assert (surveys["rating"].notna() == surveys["answered_at"].notna()).all()
    assert surveys.loc[surveys["comment"].notna(), "rating"].notna().all()
    gap = sessions["next_contact_at"] - sessions["started_at"]
    assert gap.dropna().between(pd.Timedelta(0), pd.Timedelta(hours=50)).all()


def test_the_labelled_sample_shows_the_confusion(release):
    sessions = release.tables["bot_sessions"]
    labelled = sessions[sessions["intent_true"].notna() & (sessions["started_at"] >= LATE)]
    pair = labelled[labelled["intent_true"].isin(s02.PAIRS[0])]
    right = pair["intent_true"] == pair["intent_pred"]
    assert right.mean() < 0.6 and pair.loc[~right, "intent_pred"].isin(s02.PAIRS[0]).mean() > 0.6
    rest = labelled.drop(pair.index)
    assert (rest["intent_true"] == rest["intent_pred"]).mean() > 0.8


def test_the_bot_study_counts_thumbs(release):
    centre = release.centre
    assert centre.scale == "thumb" and centre.intake.table.set_index("why")["n"].get("duplicate", 0) == 0
    trace = cs.run_trace(centre)
    assert trace.check.verdict == "real"
    found = trace.where.cells.iloc[0]
    assert found["where"] == release.truth["cells"][0]["where"]
    value = centre.surveys["rating"].astype(int).mean()
    thumbs = release.tables["bot_surveys"]["rating"]
    assert value == approx(thumbs.mean())


# The menu -------------------------------------------------------------------------------------------


def test_the_usual_menu_has_the_documented_outcomes(scene):
    calls = ivr.play_menu(simulate(scene, Patches()))
    assert len(calls) == approx(108_000, rel=0.02)
    assert np.bincount(calls.outcome) / len(calls) == approx([0.53, 0.36, 0.11], abs=0.006)
    exits = [(calls.level[calls.outcome == ivr.ABANDONED] == k).sum() / (calls.level >= k).sum() for k in (1, 2, 3, 4)]
    assert exits == approx([0.04] * 4, abs=0.005)
    assert not calls.strayed.any() and not calls.other.any()


def test_events_follow_the_call(menu):
    paths = menu.tables["ivr_paths"]
    same = (paths["call_id"] == paths["call_id"].shift()).to_numpy()
    first, last = paths[~same], paths[~np.append(same[1:], False)]
    assert first["call_id"].is_unique
    assert (first["event"] == "enter").all() and (first["level"] == 1).all() and (first["node"] == "main").all()
    ends = {"self_served": "press", "to_agent": "to_agent", "abandoned": "exit"}
    assert (last["event"] == last["outcome"].map(ends)).all()
    assert (paths["key"].notna() == (paths["event"] == "press")).all()
    assert (np.diff(paths["at"].to_numpy())[same[1:]] >= np.timedelta64(0)).all()
    prompts = paths[(paths["event"] == "enter") & (paths["menu_version"] == "v4")]
    shares = paths[paths["menu_version"] == "v4"]["event"].value_counts() / len(prompts)
    assert shares["no_input"] == approx(0.06, abs=0.003) and shares["no_match"] == approx(0.05, abs=0.003)
    agents = first[(first["menu_version"] == "v5") & (first["outcome"] == "to_agent")]
    assert last.loc[last["call_id"].isin(agents["call_id"]), "level"].min() == 3


def test_calls_are_tied_to_contacts_that_are_there(menu):
    contacts = menu.tables["contacts"].set_index("contact_id")
    calls = menu.tables["ivr_paths"].drop_duplicates("call_id")
    through = calls[calls["contact_id"].notna()]
    assert through["contact_id"].is_unique and (through["outcome"] == "to_agent").all()
    there = contacts.loc[through["contact_id"]]
    assert (there["channel"] == "phone").all() and there["customer_id"].tolist() == through["customer_id"].tolist()
    assert (there["started_at"].to_numpy() > through["at"].to_numpy()).all()
    assert (there["transfers"].to_numpy() > 0).tolist() == through["misrouted"].tolist()
    assert there["menu_version"].tolist() == through["menu_version"].tolist()
    back = calls[calls["later_contact_id"].notna()]
    later = contacts.loc[back["later_contact_id"]]
    assert back["later_contact_id"].is_unique and not set(back["later_contact_id"]) & set(through["contact_id"])
    assert (back["outcome"] == "self_served").all() and (later["started_at"].to_numpy() > back["at"].to_numpy()).all()


def test_more_is_contained_and_less_is_solved(menu):
    tables, truth = menu.tables, menu.truth
    calls = tables["ivr_paths"].drop_duplicates("call_id")
    served = calls[calls["outcome"] == "self_served"].merge(
        tables["contacts"][["contact_id", "started_at"]].rename(columns={"contact_id": "later_contact_id"}), how="left")  # fmt: skip
    gap = served["started_at"] - served["at"]
    soon = (gap <= pd.Timedelta(hours=24)).groupby(served["menu_version"]).mean()
    assert soon["v5"] > soon["v4"] + 0.03
    assert truth["menu"]["with"]["self_served"] > truth["menu"]["without"]["self_served"] + 0.06
    assert truth["menu"]["with"]["back_within_24h"] > truth["menu"]["without"]["back_within_24h"] + 0.03
    tasks = tables["self_service"]
    assert tasks["task_id"].is_unique and (tasks["step_reached"] <= tasks["steps_total"]).all()
    assert (tasks["completed"] <= (tasks["step_reached"] == tasks["steps_total"])).all()
    assert tasks.loc[tasks["later_contact_id"].notna(), "completed"].mean() < tasks["completed"].mean() - 0.2


def test_only_the_hotline_is_touched(scene):
    off, on = (simulate(scene, Patches(p)).calls for p in ((), (s07.DeepAgentKey(),)))
    first_off, first_on = off.take(off.online & (off.turn == 0)), on.take(on.online & (on.turn == 0))
    assert np.array_equal(first_off.rating, first_on.rating)
    some = simulate(scene, Patches((s07.DeepAgentKey(regions=("R1", "R2")),))).calls
    phone = ~some.online & (some.turn == 0) & some.current
    assert some.transfer[phone & (some.region < 2)].mean() == approx(0.28, abs=0.015)
    assert some.transfer[phone & (some.region >= 2)].mean() == approx(0.08, abs=0.01)
