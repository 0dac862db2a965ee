"""Stories about the data (S08), all at once (S12), and the adversarial ones of our own (X01 to X07)."""

import numpy as np
import pandas as pd
import pytest
from pytest import approx

from ccsat import worlds
from ccsat.study import read_study
from ccsat.worlds import company as co
from ccsat.worlds.patches import Patches
from ccsat.worlds.places import in_cell
from ccsat.worlds.plays import rated_contacts
from ccsat.worlds.simulate import set_scene, simulate
from ccsat.worlds.stories import s08, x03, x05, x07
from ccsat.worlds.story import Options
from ccsat.worlds.swings import chosen

SEEDS = (31, 32, 33, 34)


def stage(code, seed, patches=None):
    """A story's world without its patches and with them (or with some)."""
    plot = plotted(code)
    scene = set_scene(seed, 1.0, plot.setting)
    return tuple(simulate(scene, Patches(some)) for some in ((), plot.patches if patches is None else patches))


def plotted(code):
    story = worlds.story(code)
    return story.plot(story.draw(Options(), None))


def rate(world, where=None, *, current=True):
    rows = rated_contacts(world)
    return rows.hit[rows.inside(where or {}) & (rows.current == current)].mean()


# S08 ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def spoiled(own_cache):
    return worlds.make("S08", rng=3)


def test_text_survey_halves_participation_where_it_is_and_nowhere_else():
    off, on = zip(*(stage("S08", seed, (s08.TextSurvey(),)) for seed in SEEDS), strict=True)

    def participation(played, *, inside):
        of = [in_cell(w.scene, w.calls, s08.SCOPE) == inside for w in played]
        return np.mean([w.calls.answered[part & w.calls.current].mean() for w, part in zip(played, of, strict=True)])

    assert participation(off, inside=True) == approx(0.305, abs=0.012)
    assert participation(on, inside=True) == approx(0.155, abs=0.006)
    assert participation(on, inside=False) == participation(off, inside=False)
    for without, world in zip(off, on, strict=True):
        assert np.array_equal(without.calls.felt, world.calls.felt)  # nobody feels otherwise
        assert (world.calls.rating <= world.calls.felt).all() and (world.calls.rating < world.calls.felt).any()


def test_team_looks_better_because_it_invites_fewer():
    off, on = zip(*(stage("S08", seed, (s08.KeptOut(),)) for seed in SEEDS), strict=True)
    theirs = [(w.scene.agents.team[w.calls.agent] == co.TEAMS.index("T07")) & w.calls.current for w in on]
    assert np.mean([w.calls.invited[part].mean() for w, part in zip(on, theirs, strict=True)]) == approx(0.88, abs=0.01)
    assert np.mean([w.calls.invited[part].mean() for w, part in zip(off, theirs, strict=True)]) == approx(
        0.92, abs=0.01
    )
    rose = [rate(b, s08.TEAM) - rate(a, s08.TEAM) for a, b in zip(off, on, strict=True)]
    assert np.mean(rose) == approx(0.03, abs=0.01) and min(rose) > 0.01  # from about 94 % to about 97 %
    for without, world, part in zip(off, on, theirs, strict=True):
        assert np.array_equal(without.calls.invited[~part], world.calls.invited[~part])


def test_two_days_stand_twice_in_the_surveys(spoiled):
    surveys, contacts = spoiled.tables["surveys"], spoiled.tables["contacts"]
    again = surveys[surveys["survey_id"].duplicated()]
    day = again["contact_id"].map(contacts.set_index("contact_id")["started_at"]).dt.strftime("%Y-%m-%d")
    assert set(day) == {"2025-05-06", "2025-05-07"}
    assert set(again["ingest_batch"]) == {"B10-2"}
    defects = {defect["kind"]: defect for defect in spoiled.truth["defects"]}
    assert len(again) == defects["duplicate"]["n"] > 1500
    assert defects["duplicate"]["where"] == {"day": sorted(set(day))}
    first = surveys[surveys["survey_id"].isin(again["survey_id"])].drop_duplicates("survey_id")
    same = [column for column in surveys.columns if column != "ingest_batch"]
    pd.testing.assert_frame_equal(first[same].reset_index(drop=True), again[same].reset_index(drop=True))
    reasons = spoiled.tables["survey_reasons"]
    assert reasons.loc[reasons.duplicated(), "survey_id"].isin(again["survey_id"]).all() and reasons.duplicated().any()


def test_nobody_gave_the_default_ratings(spoiled):
    surveys, contacts = spoiled.tables["surveys"].drop_duplicates("survey_id"), spoiled.tables["contacts"]
    region = contacts["customer_id"].map(spoiled.tables["customers"].set_index("customer_id")["region"])
    week = (contacts["started_at"] - pd.Timestamp(co.START)).dt.days // 7 + 1
    here = surveys["contact_id"].map(pd.Series((region == "R6") & (week >= 11)).set_axis(contacts["contact_id"]))
    filled = surveys["default_filled"]
    assert filled[here & surveys["answered_at"].isna()].all() and not filled[~here].any()
    assert surveys.loc[filled, "rating"].isin([4, 5]).all() and surveys.loc[filled, "rating"].nunique() == 2
    assert surveys.loc[filled, "answered_at"].isna().all() and surveys.loc[filled, "comment"].isna().all()
    (defect,) = [d for d in spoiled.truth["defects"] if d["kind"] == "default_filled"]
    assert defect["n"] == filled.sum() > 300


def test_modes_and_invitations_are_as_the_defects_say(spoiled):
    surveys = spoiled.tables["surveys"].drop_duplicates("survey_id")
    n = {defect["kind"]: defect["n"] for defect in spoiled.truth["defects"]}
    assert (surveys["mode"] == "sms").sum() == n["instrument"]
    assert 40 < n["selective_invitation"] < 150


def test_data_problem_has_no_effect_and_its_ledger_closes(spoiled):
    truth = spoiled.truth
    assert truth["verdict"] == "artefact" and truth["true_effect_points"] == 0 and truth["cells"] == []
    assert truth["ledger"] == {"data": truth["shown_effect_points"], "mix": 0.0, "rate": 0.0}
    points = {cause["id"]: cause["points"] for cause in truth["causes"]}
    assert sum(points.values()) == approx(truth["ledger"]["data"], abs=1e-12)
    assert points["change:CH-801"] < -0.015 and points["change:CH-802"] > 0 and points["data:default_filled"] > 0
    assert points["data:duplicate"] == 0  # an id counts once
    assert truth["corrected"]["change_points"] == approx(
        truth["observed_change_points"] - truth["ledger"]["data"], abs=0.002
    )


def test_varied_data_problems_are_elsewhere():
    scopes = {worlds.make("S08", rng=seed, scale="small", vary=True).plot.changes[0]["scope"] for seed in range(6)}
    teams = {worlds.make("S08", rng=seed, scale="small", vary=True).plot.changes[1]["scope"] for seed in range(6)}
    assert len(scopes) > 2 and len(teams) > 2


# S12 ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def capstone(own_cache):
    return worlds.make("S12", rng=5)


def test_capstone_is_its_causes_and_its_data(capstone):
    truth = capstone.truth
    points = {cause["id"]: cause["points"] for cause in truth["causes"]}
    assert set(points) == {"change:CH-107", "change:CH-402", "change:CH-801"}
    assert sum(points.values()) == approx(truth["shown_effect_points"], abs=1e-12)
    assert points["change:CH-801"] == approx(truth["ledger"]["data"], abs=1e-12)
    assert points["change:CH-107"] + points["change:CH-402"] == approx(truth["true_effect_points"], abs=1e-12)
    assert max(points.values()) < -0.005 and truth["verdict"] == "real"
    assert sum(truth["ledger"].values()) == approx(truth["shown_effect_points"], abs=1e-12)
    assert truth["verification"]["expect"]["difference"] < 0 and truth["defects"][0]["n"] > 5000
    assert {"b1", "e1"} <= set(truth["best_set"])


def test_capstone_has_every_table_and_its_changes(capstone):
    changes = capstone.tables["changes"]
    assert 8 <= len(changes) <= 12 and {"CH-107", "CH-402", "CH-801"} <= set(changes["change_id"])
    assert {"bot_sessions", "ivr_paths", "contacts", "surveys", "bill_items"} <= set(capstone.tables)


def test_training_of_the_capstone_follows_bad_luck():
    def week(number):
        shares = []
        for seed in SEEDS:
            _, world = stage("S12", seed)
            rows = (
                world.calls.answered & in_cell(world.scene, world.calls, {"team": "T09"}) & (world.calls.week == number)
            )
            shares.append((world.calls.rating[rows] >= 4).mean())
        return np.mean(shares)

    plot = plotted("S12")
    (trained,) = [action for action in plot.actions if action["kind"] == "training"]
    assert trained["scope"] == "team=T09" and trained["day"] == co.first_day(10)
    assert week(9) < min(week(10), week(11), week(12)) - 0.02
    assert not any("T09" in cause.id or (cause.change_id or "") == "A-23" for cause in plot.causes)


# X01 to X07 -----------------------------------------------------------------------------------


def truths(code, seeds=SEEDS):
    return [worlds.truth(code, rng=seed) for seed in seeds]


def effect(code, of="true_effect_points"):
    return np.mean([truth[of] for truth in truths(code)])


def test_overlap_has_two_causes_that_cross():
    for truth in truths("X01"):
        points = [cause["points"] for cause in truth["causes"]]
        assert len(points) == 2 and max(points) < -0.002
        assert sum(points) == approx(truth["true_effect_points"], abs=1e-12)
        assert truth["findable"] and min(cell["n"] for cell in truth["cells"]) > 100
    assert effect("X01") == approx(-0.0145, abs=0.003)


def test_rare_level_is_one_campaign_of_sixty():
    found = truths("X02")
    assert np.mean([truth["cells"][0]["n"] for truth in found]) == approx(42, abs=12)
    assert np.mean([truth["cells"][0]["value"] - truth["cells"][0]["value_without"] for truth in found]) == approx(
        -0.30, abs=0.08
    )
    table = worlds.make("X02", rng=2, scale="small").tables["customers"]["campaign_id"]
    assert table.nunique() == 60


def test_dictionary_of_many_campaigns_names_them_all():
    folder = worlds.make("X02", rng=2, scale="small").folder
    words = pd.read_csv(folder / "dictionary.csv", dtype=str, keep_default_na=False)
    for row in words[words["column"] == "campaign_id"].itertuples():
        assert row.levels == "" or row.levels.split(";")[-1] == "C60"


def test_one_agent_is_a_dimension_of_its_study_only():
    world = worlds.make("X03", rng=2, scale="small")
    study = read_study(world.folder / "study.toml")
    assert study.dimensions["agent"] == "agent_id" and "agent_id" not in study.privacy.hide
    other = read_study(worlds.make("S00", rng=2, scale="small").folder / "study.toml")
    assert "agent" not in other.dimensions and "agent_id" in other.privacy.hide
    for truth in truths("X03"):
        assert truth["cells"][0]["where"] == {"agent": "A0000017"}
        assert truth["cells"][0]["value"] < truth["cells"][0]["value_without"] - 0.15


def test_moved_agent_takes_more_faults_and_nobody_else_changes():
    for seed in SEEDS[:2]:
        off, on = stage("X03", seed)
        name = on.scene.agents.names.index(x03.CELL["agent"])
        now = [(w.calls.agent == name) & w.calls.current for w in (off, on)]
        assert now[1].sum() / now[0].sum() == approx(1.6, abs=0.25)
        others = [w.calls.felt[~part & w.calls.current] >= 4 for w, part in zip((off, on), now, strict=True)]
        assert others[1].mean() == approx(others[0].mean(), abs=0.001)


def test_opposite_moves_cancel():
    found = truths("X04")
    assert np.mean([truth["true_effect_points"] for truth in found]) == approx(0, abs=0.002)
    for truth in found:
        fallen, risen = truth["cells"]
        assert truth["verdict"] == "real" and fallen["points"] < -0.003 and risen["points"] > 0.003
        assert [np.sign(cause["points"]) for cause in truth["causes"]] == [-1, 1]


def test_drift_has_no_break_and_no_change():
    plot = plotted("X05")
    assert plot.changes == () and plot.causes[0].change_id is None
    weeks = np.zeros(co.WEEKS)
    for seed in SEEDS:
        off, on = stage("X05", seed)
        fell = [in_cell(w.scene, w.calls, x05.CELL) & w.calls.answered for w in (off, on)]
        weeks += [(on.calls.rating[fell[1] & (on.calls.week == k)] >= 4).mean() - (off.calls.rating[fell[0] & (off.calls.week == k)] >= 4).mean()
                  for k in range(1, co.WEEKS + 1)]  # fmt: skip
    weeks /= len(SEEDS)
    assert np.abs(weeks[:8].mean()) < 0.02  # the baseline as a whole is where it would be
    assert np.corrcoef(np.arange(co.WEEKS), weeks)[0, 1] < -0.9
    assert np.abs(np.diff(weeks)).max() < 0.07 and weeks[8:].mean() == approx(-0.10, abs=0.03)


def test_upset_customers_speak_up_and_the_survey_is_as_it_was():
    off, on = zip(*(stage("X06", seed) for seed in SEEDS), strict=True)
    where = {"region": "R2"}

    def answered(played):
        return np.mean([w.calls.answered[in_cell(w.scene, w.calls, where) & w.calls.current].mean() for w in played])

    assert answered(off) == approx(0.29, abs=0.01) and answered(on) == approx(0.40, abs=0.02)
    for without, world in zip(off, on, strict=True):
        assert not world.calls.by_text.any() and np.array_equal(world.calls.rating, world.calls.felt)
        assert world.calls.invited.mean() == approx(without.calls.invited.mean(), abs=0.002)
    assert np.mean([rate(b, where) - rate(a, where) for a, b in zip(off, on, strict=True)]) == approx(-0.06, abs=0.02)
    assert all(truth["verdict"] == "real" and truth["ledger"]["data"] == 0 for truth in truths("X06", SEEDS[:1]))


def test_bad_luck_is_handed_round_and_nothing_else():
    swing = plotted("X07").setting.swings[0]
    changes, moved = [], []
    for seed in (*SEEDS, 41, 42):
        (_, world), (_, plain) = stage("X07", seed), stage("S00", seed)
        where = chosen(swing, seed)
        assert where in x07.PLACES
        changes.append(rate(world, where) - rate(world, where, current=False))
        moved.append(rate(world) - rate(plain))
        assert rate(world, current=False) == rate(plain, current=False)
        assert 20 < (world.calls.answered & world.calls.current & in_cell(world.scene, world.calls, where)).sum() < 70
        first = [w.calls.take((w.calls.turn == 0) & w.calls.current) for w in (world, plain)]
        assert np.array_equal(np.sort(first[0].noise), np.sort(first[1].noise))  # the same numbers
        assert 10 < (first[0].noise != first[1].noise).sum() < 60
    assert np.mean(changes) == approx(-0.18, abs=0.03) and max(changes) < -0.08
    assert np.abs(moved).max() < 0.0015 and np.mean(moved) == approx(0, abs=0.0005)


def test_unlucky_world_is_a_null_world_that_names_its_cell():
    truth = worlds.truth("X07", rng=3)
    assert truth["verdict"] == "none" and truth["causes"] == truth["cells"] == []
    assert truth["true_effect_points"] == 0 and truth["ledger"] == {"data": 0.0, "mix": 0.0, "rate": 0.0}
    assert truth["unlucky"]["value"] < truth["unlucky"]["value_baseline"] - 0.08
    assert truth["unlucky"]["where"] in x07.PLACES


@pytest.mark.parametrize("code", [f"X0{k}" for k in range(1, 8)])
def test_changes_of_every_world_are_few_and_have_scopes_of_its_study(code):
    world = worlds.make(code, rng=4, scale="small")
    study = read_study(world.folder / "study.toml")
    changes = world.tables["changes"]
    assert 8 <= len(changes) <= 12
    for scope in changes["scope"].dropna():
        assert {part.split("=")[0] for part in scope.split(";")} <= set(study.dimensions)
