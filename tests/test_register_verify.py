"""Did an action work: the three designs on made-up centres whose effect is known, their power, and what firm answers teach."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

import ccsat as cs
from ccsat import worlds
from ccsat.errors import DataError, StudyError
from ccsat.register import Intervention, Told, intervention, learned_library, verify_action, with_learned
from ccsat.register.verifying import verify_metrics
from ccsat.study import check_study
from ccsat.wording import speaking

FIRST, START = date(2025, 1, 6), date(2025, 3, 3)  # eight weeks before, then after
QUESTION = cs.Question("satisfaction_rate", current="2025-03")
DIMENSIONS = {"region": "region", "line": "line", "arm": "arm"}


def make(
    folder,
    *,
    weeks=14,
    per_week=300,
    effect=0.0,
    drift=0.0,
    seed=2,
    arms=False,
    arm_gap=0.0,
    everywhere=False,
    cuts=0.0,
    changes=None,
    shock=0.0,
):
    """Two lines by four regions, 70 % satisfied; from the start R1 and R2 of line "a" (or arm "act" of it, or everybody) win `effect`.

    `drift`: what R1 and R2 win a week from the first day on. `cuts`: the part of their contacts that no longer come. `arm_gap`: what arm "act" has from the first day.
    """
    rng = np.random.default_rng(seed)
    n = 8 * weeks * per_week // 4
    table = pd.DataFrame(
        {
            "day": rng.integers(0, 7 * weeks, n),
            "region": rng.choice(["R1", "R2", "R3", "R4"], n),
            "line": rng.choice(["a", "b"], n),
        }
    )
    table["arm"] = np.where(rng.random(n) < 0.3, "hold", "act")
    started = table["day"] >= (START - FIRST).days
    mine = (table["line"] == "a") & (table["arm"] == "act" if arms else table["region"].isin(["R1", "R2"])) | everywhere
    chance = 0.7 + effect * (mine & started) + drift * mine * (table["day"] // 7) + arm_gap * (mine & arms)
    week_shock = rng.normal(0, shock, weeks)[table["day"] // 7]  # common to all
    table["rating"] = np.where(rng.random(n) < chance + week_shock, 5, 2)
    table = table[~(mine & started & (rng.random(n) < cuts))]
    table["at"] = [f"{FIRST + timedelta(int(day))} 10:00" for day in table["day"]]
    table["survey_id"] = range(len(table))
    table.drop(columns="day").to_csv(folder / "s.csv", index=False)
    content = {
        "data": {"surveys": "s.csv"},
        "columns": {"at": "at"},
        "scale": {"rating": "five"},
        "dimensions": DIMENSIONS,
    }
    return cs.read_centre(check_study({**content, **({"changes": changes} if changes else {})}, folder=folder))


REGIONS = Intervention("A-1", START, {"line": ["a"], "region": ["R1", "R2"]}, {}, predicted_points=0.02)


def test_what_works_is_told_with_points_of_the_whole(tmp_path):
    found = verify_action(make(tmp_path, effect=0.12, shock=0.03), QUESTION, REGIONS)
    assert (found.told, found.because, found.design, found.grade) == (Told.WORKS, "beyond", "did", "B")
    assert found.lower < 0.12 < found.upper and found.p_before > 0.05
    assert found.points == pytest.approx(found.effect / 4, rel=0.1)  # a quarter of all contacts
    assert found.n == pytest.approx(6 * 150, rel=0.15) and found.weeks == 6
    assert len(found.table) == 14 and found.table["after"].sum() == 6 and found.table["starts_on"].iloc[8] == START


def test_no_effect_needs_the_power_to_have_seen_it(tmp_path):
    centre = make(tmp_path, effect=0.0)
    found = verify_action(centre, QUESTION, replace(REGIONS, predicted_points=0.04))
    assert (found.told, found.because) == (Told.NO_EFFECT, "powered")
    assert found.detectable <= found.predicted_effect and found.upper < found.predicted_effect and found.more_weeks == 0
    small = verify_action(centre, QUESTION, replace(REGIONS, predicted_points=0.005))
    assert (small.told, small.because) == (Told.CANNOT_TELL, "noise") and small.detectable > small.predicted_effect
    unpromised = verify_action(centre, QUESTION, replace(REGIONS, predicted_points=None))
    assert (unpromised.told, unpromised.because, unpromised.more_weeks) == (Told.CANNOT_TELL, "no_prediction", None)


def test_getting_worse_is_no_effect(tmp_path):
    found = verify_action(make(tmp_path, effect=-0.12), QUESTION, REGIONS)
    assert (found.told, found.because) == (Told.NO_EFFECT, "worse") and found.upper < 0


def test_sides_that_drifted_apart_before_cannot_tell(tmp_path):
    found = verify_action(make(tmp_path, drift=0.02, per_week=900), QUESTION, REGIONS)
    assert found.lower > 0  # after against before, it looks like an effect
    assert (found.told, found.because, found.grade) == (Told.CANNOT_TELL, "drift", "D") and found.p_before < 0.05
    with speaking("en"):
        assert any("unlike" in line for line in found.sentences())


def test_a_random_holdout_is_grade_a_and_tells(tmp_path):
    action = Intervention("A-1", START, {"line": ["a"]}, {}, holdout=("arm", ["hold"]), predicted_points=0.03)
    found = verify_action(make(tmp_path, effect=0.12, arms=True), QUESTION, action)
    assert (found.told, found.design, found.grade) == (Told.WORKS, "holdout", "A") and found.lower < 0.12 < found.upper
    assert found.n_control == pytest.approx(0.3 / 0.7 * found.n, rel=0.15)
    unlike = verify_action(make(tmp_path, arms=True, arm_gap=0.12), QUESTION, action)
    assert (unlike.told, unlike.because, unlike.grade) == (Told.CANNOT_TELL, "unlike", "D")


def test_in_force_everywhere_is_an_interrupted_series(tmp_path):
    centre = make(tmp_path, effect=0.2, everywhere=True, per_week=800)
    action = Intervention("A-1", START, {}, {}, predicted_points=0.1)
    found = verify_action(centre, QUESTION, action)
    assert (found.design, found.grade, found.told, found.n_control) == ("its", "C", Told.WORKS, 0)
    assert found.lower < 0.2 < found.upper and found.p_before is None
    with pytest.raises(StudyError, match="everywhere"):
        verify_action(centre, QUESTION, action, design="did")


def test_a_series_that_was_rising_anyway_is_no_effect_of_the_action(tmp_path):
    centre = make(tmp_path, drift=0.015, everywhere=True, per_week=1200)
    found = verify_action(centre, QUESTION, Intervention("A-1", START, {}, {}), design="its")
    assert found.told is Told.CANNOT_TELL and found.lower < 0 < found.upper


def test_the_weeks_that_are_missing_are_enough_when_they_come(tmp_path):
    action = replace(REGIONS, predicted_points=0.015)  # 6 points inside
    centre = make(tmp_path, weeks=60, effect=0.06, per_week=500)
    early = verify_action(centre, QUESTION, action, as_of=START + timedelta(20))
    assert early.told is Told.CANNOT_TELL and early.more_weeks > 2
    late = verify_action(centre, QUESTION, action, as_of=START + timedelta(20 + 7 * early.more_weeks))
    assert late.detectable < 1.1 * late.predicted_effect and late.weeks == 3 + early.more_weeks
    never = verify_action(make(tmp_path, per_week=40), QUESTION, replace(action, predicted_points=0.002))
    assert never.more_weeks is None
    with speaking("en"):
        assert any(f"about {early.more_weeks} more weeks" in line for line in early.sentences())
        assert any("two years" in line for line in never.sentences())


def test_placebo_actions_rarely_tell(tmp_path):
    told = []
    for seed in range(6):
        centre = make(tmp_path, seed=seed, shock=0.02)
        for start in (START, START - timedelta(14)):
            for regions in (["R1"], ["R2", "R3"], ["R4"]):
                found = verify_action(
                    centre, QUESTION, Intervention("x", start, {"line": ["b"], "region": regions}, {})
                )
                told.append(found.lower > 0 or found.upper < 0)
    assert np.mean(told) < 0.17  # 36 at 5 %: seven or more once in a thousand


def test_changes_that_touch_one_side_only_are_named(tmp_path):
    changes = [
        {"change_id": "one-side", "at": "2025-03-04", "scope": "region=R1"},
        {"change_id": "other-side", "at": "2025-03-04", "scope": "region=R3"},
        {"change_id": "both-alike", "at": "2025-03-04", "scope": "line=a"},
        {"change_id": "elsewhere", "at": "2025-03-04", "scope": "line=b;region=R1"},
        {"change_id": "long-ago", "at": "2024-03-04", "scope": "region=R1"},
        {"change_id": "all", "at": "2025-03-04"},
    ]
    centre = make(tmp_path, changes=changes)

    def named(**options):
        found = verify_action(centre, QUESTION, options.pop("action", REGIONS), **options)
        return {id for _, values in found.caveats for id in values["ids"].split(", ")}

    assert named() == {"one-side", "other-side"}
    assert named(action=replace(REGIONS, cell={"line": ["a"]}, control={"region": ["R4"]})) == {"one-side"}
    assert named(design="its") == {"one-side", "both-alike", "all"}


@pytest.mark.parametrize(
    ("action", "options", "words"),
    [
        ({"scope": {"regoin": ["R1"]}}, {}, "(?s)'regoin'.*region"),
        ({}, {"metric": "nps"}, "'nps'"),
        ({}, {"design": "magic"}, "'magic'"),
        ({}, {"design": "holdout"}, "no random holdout"),
        ({}, {"metric": "volume"}, "no table of contacts"),
    ],
)
def test_wrong_questions_are_told(tmp_path, action, options, words):
    with pytest.raises(StudyError, match=words):
        verify_action(make(tmp_path, weeks=10, per_week=40), QUESTION, replace(REGIONS, **action), **options)


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ({"starts_on": date(2026, 1, 1)}, "in force from 2026-01-01"),
        ({"starts_on": FIRST + timedelta(7)}, "1 before its start"),
        ({"starts_on": date(2025, 3, 14)}, "0 after|1 after"),
        ({"scope": {"line": ["a"], "region": ["nowhere"]}}, "0 before its start"),
    ],
)
def test_too_little_to_compare_is_told(tmp_path, action, words):
    with pytest.raises(DataError, match=words):
        verify_action(make(tmp_path, weeks=10, per_week=100), QUESTION, replace(REGIONS, **action))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_words_hold_n_interval_and_promise(tmp_path, lang):
    found = verify_action(make(tmp_path, effect=0.12), QUESTION, REGIONS)
    with speaking(lang):
        first, *rest = found.sentences()
        assert (
            f"{found.n:,}" in first
            and f"{100 * found.lower:+.2f}" in first
            and ("有效" if lang == "zh" else "works") in first
        )
        assert any("+2.00" in line and f"{100 * found.points:+.2f}" in line for line in rest)
        assert any(f"{100 * found.detectable:.2f}" in line for line in rest)


# The reminder that S03 restores in two regions ---------------------------------------------------


@pytest.fixture(scope="module")
def charging():
    world = worlds.make("S03", rng=110)
    row = world.centre.actions.set_index("action_id", drop=False).loc["A-21"].to_dict()
    return world, {**row, "at": row["at"].date()}


@pytest.mark.slow
def test_disputes_tell_what_satisfaction_cannot(charging):
    world, row = charging
    row = {**row, "control": "region=R3|R4|R5"}  # R6 lost its reminder on the very day
    centre, question = world.centre, cs.Question.of(world.centre.study)
    rated, counted = verify_metrics(centre, question, row)
    assert (rated.metric, rated.told, counted.metric, counted.told) == ("kpi", Told.CANNOT_TELL, "volume", Told.WORKS)
    assert rated.detectable > rated.predicted_effect and rated.more_weeks > 0
    expect = world.truth["verification"]["expect"]
    assert counted.lower < 1 - expect["with_action"] / expect["without_action"] < counted.upper
    assert counted.points is None and counted.grade == "B"
    with speaking("en"):
        assert "moved by -" in counted.sentence()


@pytest.mark.slow
def test_the_reminders_own_interval_holds_over_seeds():
    inside = []
    for seed in range(101, 107):
        world = worlds.make("S03", rng=seed)
        row = world.centre.actions.set_index("action_id", drop=False).loc["A-21"].to_dict()
        found = verify_action(
            world.centre,
            cs.Question.of(world.centre.study),
            intervention({**row, "at": row["at"].date()}),
            metric="volume",
        )
        expect = world.truth["verification"]["expect"]
        inside.append(found.lower < 1 - expect["with_action"] / expect["without_action"] < found.upper)
    assert sum(inside) >= 5


# What firm answers teach ---------------------------------------------------------------------------

LIBRARY = pd.DataFrame({"action_id": ["b1", "b2"], "cost": [1.0, 1.0], "lead_days": [5.0, 5.0], "p": [0.8, 0.9],
                        "phi": ["change:CH-1=0.5; reason:R1=0.2", "change:CH-1=0.3"]})  # fmt: skip


def verification(points, half, *, told="works", id="b1", **more):
    return {"action_id": id, "told": told, "metric": "kpi", "points": points, "points_lower": points - half, "points_upper": points + half,
            "predicted_points": 0.01, **more}  # fmt: skip


def phi(*rows, cause="change:CH-1", id="b1"):
    learned = learned_library(LIBRARY, pd.DataFrame(rows)).set_index(["action_id", "cause"])
    return learned.loc[(id, cause)]


def test_phi_moves_to_what_was_verified_the_further_the_surer():
    half_as_good = [phi(verification(0.005, half))["phi"] for half in (0.02, 0.005, 0.0005)]
    assert 0.5 > half_as_good[0] > half_as_good[1] > half_as_good[2] > 0.25
    assert half_as_good[2] == pytest.approx(0.25, abs=0.005)
    better = phi(verification(0.015, 0.002))
    assert 0.7 < better["phi"] < 0.75 and better["lower"] < better["phi"] < better["upper"]
    assert phi(verification(0.05, 0.001))["phi"] == 1  # no more than all of it
    assert phi(verification(-0.005, 0.001, told="no_effect"))["phi"] == 0


def test_the_normal_update_by_hand():
    found = phi(
        verification(0.005, 1.959963984540054 * 0.0025)
    )  # error 0.0025 points: of phi times p 0.4 promised for 0.01, 0.1
    value = (0.4 / 0.2**2 + 0.2 / 0.1**2) / (1 / 0.2**2 + 1 / 0.1**2)
    assert found["phi"] == pytest.approx(value / 0.8) and found["phi_library"] == 0.5 and found["verifications"] == 1


def test_nothing_is_learned_from_what_cannot_tell():
    rows = [verification(0.005, 0.001, told="cannot_tell"), verification(0.005, 0.001, metric="volume"),
            verification(0.005, 0.001, predicted_points=None), verification(float("nan"), 0.001)]  # fmt: skip
    assert learned_library(LIBRARY, pd.DataFrame(rows)).empty
    assert learned_library(LIBRARY, pd.DataFrame(columns=list(rows[0]))).empty


def test_the_same_days_verified_twice_count_once_and_two_actions_twice():
    once, again = phi(verification(0.005, 0.004)), phi(verification(0.009, 0.001), verification(0.005, 0.004))
    assert once["phi"] == again["phi"]
    both = phi(
        verification(0.005, 0.004, id="b1-May", library_id="b1"),
        verification(0.005, 0.004, id="b1-June", library_id="b1"),
    )
    assert (
        both["verifications"] == 2
        and both["phi"] < once["phi"]
        and both["upper"] - both["lower"] < once["upper"] - once["lower"]
    )


def test_only_the_cause_it_was_against_is_learned():
    assert set(learned_library(LIBRARY, pd.DataFrame([verification(0.005, 0.001, cause="reason:R1")]))["cause"]) == {
        "reason:R1"
    }
    assert len(learned_library(LIBRARY, pd.DataFrame([verification(0.005, 0.001)]))) == 2


def test_the_library_with_what_was_learned_reads_as_one():
    from ccsat.stages.action_library import read_library

    learned = learned_library(LIBRARY, pd.DataFrame([verification(0.005, 0.001, cause="change:CH-1")]))
    before, after = read_library(LIBRARY), read_library(with_learned(LIBRARY, learned))
    assert after[0].fixes["change:CH-1"] == pytest.approx(tuple(learned[["lower", "phi", "upper"]].iloc[0]), abs=1e-4)
    assert after[0].fixes["reason:R1"] == 0.2 and after[1] == before[1]
    assert LIBRARY["phi"].tolist() == ["change:CH-1=0.5; reason:R1=0.2", "change:CH-1=0.3"]


def test_a_holdouts_counts_are_compared_with_before_and_its_level_is_not():
    from ccsat.register.effect import estimate_effect

    weeks = pd.DataFrame({"week": range(-8, 6), "error": 0.1})
    weeks["after"] = weeks["week"] >= 0
    rng = np.random.default_rng(3)
    weeks["gap"] = -1.2 + rng.normal(
        0, 0.1, 14
    )  # the logarithm of a third as many contacts in the arm held out, all along
    counted = estimate_effect(weeks, "holdout", level_matters=False)
    assert abs(counted.value) < 2.5 * counted.error and counted.p_before > 0.05
    rated = estimate_effect(weeks, "holdout")
    assert rated.value < -1 and rated.p_before < 1e-6  # in a KPI, arms that unlike were never drawn by lot
