"""Data defects on small made-up exports whose truth is written beside them."""

import numpy as np
import pandas as pd
import pytest

import ccsat as cs
from ccsat.cells import ask, design_effects
from ccsat.centre import read_centre
from ccsat.stages.bounds import answer_bounds
from ccsat.stages.business_days import weekday_mix
from ccsat.stages.corrected import corrected_kpi
from ccsat.stages.defect_words import correction_sentences, defect_sentence
from ccsat.stages.defects import find_defects
from ccsat.stages.incidents import split_incidents
from ccsat.stages.lateness import answer_lateness
from ccsat.study import check_study
from ccsat.wording import speaking

APRIL, MAY = "2024-04-01/2024-04-28", "2024-04-29/2024-05-26"
FIRST, NEW = pd.Timestamp("2024-04-01"), pd.Timestamp("2024-04-29")
MAPPED = ("customer_id", "agent_id", "pushed", "resolved", "mode", "answered_at", "ingest_batch", "default_filled")


def invitations(n=16_000, seed=0, answer=0.30, good=0.92):
    """Contacts of eight weeks: all invited but one in twelve, `answer` of those rate; `felt` is what a rating would be."""
    rng = np.random.default_rng(seed)
    at = (
        FIRST
        + pd.to_timedelta(rng.integers(0, 56, n), unit="D")
        + pd.to_timedelta(rng.integers(28_800, 72_000, n), unit="s")
    )
    rows = pd.DataFrame(
        {"survey_id": [f"s{i}" for i in range(n)], "at": at, "customer_id": [f"c{i}" for i in range(n)]}
    )
    rows["region"] = rng.choice(["north", "south", "east", "west"], n)
    rows["team"] = rng.choice([f"T{i}" for i in range(1, 9)], n)
    rows["felt"] = np.where(rng.random(n) < good, rng.choice([4, 5], n), rng.choice([1, 2, 3], n))
    rows["resolved"] = (rng.random(n) < np.where(rows["felt"] >= 4, 0.95, 0.5)).astype(int)
    rows["pushed"] = (rng.random(n) < 0.92).astype(int)
    rows["answers"] = rng.random(n) < answer
    rows["ingest_batch"] = "B" + rows["at"].dt.strftime("%W")
    return rows.sort_values("at").reset_index(drop=True)


def rated(rows):
    """With the rating that those invited who answer give."""
    return rows.assign(rating=rows["felt"].where((rows["pushed"] == 1) & rows["answers"]).astype("Int64"))


def centre_of(folder, rows, *, tables=None, dims=("region", "team"), question=None):
    for name, table in (tables or {}).items():
        table.to_csv(folder / f"{name}.csv", index=False)
    rows.drop(columns=["felt", "answers"], errors="ignore").to_csv(folder / "export.csv", index=False)
    columns = {"survey_id": "survey_id", "at": "at", "rating": "rating", **{c: c for c in MAPPED if c in rows}}
    content = {"data": {"surveys": "export.csv", **{t: f"{t}.csv" for t in tables or {}}}, "columns": columns,
               "scale": {"rating": "five"}, "dimensions": {d: d for d in dims if d in rows},
               "question": question or {"current": MAY, "baseline": APRIL}}  # fmt: skip
    return read_centre(check_study(content, folder=folder))


def look(centre):
    asked = ask(centre, cs.Question.of(centre.study))
    return asked, {defect.key: defect for defect in find_defects(centre, asked)}


def good(ratings):
    return float((ratings.dropna() >= 4).mean())


def test_nothing_wrong_nothing_found(tmp_path):
    centre = centre_of(tmp_path, rated(invitations()))
    asked, found = look(centre)
    assert found == {}
    assert corrected_kpi(centre, asked, [], {"current": 1.0, "baseline": 1.0}) is None


# Copies -------------------------------------------------------------------------------------------


def test_a_day_loaded_twice_is_named_with_its_batch(tmp_path):
    rows = rated(invitations())
    day = rows[rows["at"].dt.normalize() == "2024-05-07"]
    both = pd.concat([rows, day.assign(ingest_batch="B18-again")])
    centre = centre_of(tmp_path, both)
    asked, found = look(centre)
    assert found["duplicate"].n == len(day)
    assert (
        found["duplicate"].values["n_current"] == day["rating"].notna().sum()
        and found["duplicate"].values["n_baseline"] == 0
    )
    loaded, now = both[both["at"] >= NEW], rows[rows["at"] >= NEW]
    assert found["duplicate"].effect_points == pytest.approx(good(loaded["rating"]) - good(now["rating"]), abs=1e-12)
    assert found["duplicate"].effect_baseline == 0
    twice = found["day_loaded_twice"]
    assert (twice.n, twice.values) == (len(day), {"days": "2024-05-07", "batches": "B18-again"})
    fixed = corrected_kpi(centre, asked, list(found.values()), design_effects(centre, asked)[0])
    assert fixed.as_is == pytest.approx(good(loaded["rating"])) and fixed.value == pytest.approx(good(now["rating"]))


def test_copies_of_the_baseline_do_not_touch_the_current_kpi(tmp_path):
    rows = rated(invitations())
    copies = rows[(rows["at"] < NEW) & (rows["rating"] <= 2)].head(60)
    _, found = look(centre_of(tmp_path, pd.concat([rows, copies])))
    assert found["duplicate"].effect_points == 0 and found["duplicate"].effect_baseline < -0.01
    assert "day_loaded_twice" not in found


def test_equal_rows_under_other_ids_are_copies(tmp_path):
    rows = rated(invitations())
    some = rows[(rows["at"] >= NEW) & (rows["rating"] <= 3)].head(40)
    copies = some.assign(survey_id="x" + some["survey_id"], ingest_batch="B99")
    centre = centre_of(tmp_path, pd.concat([rows, copies]))
    asked, found = look(centre)
    defect = found["duplicate_rows"]
    assert defect.n == 40 and defect.values["n_current"] == 40 and "duplicate" not in found
    fixed = corrected_kpi(centre, asked, list(found.values()), design_effects(centre, asked)[0])
    assert fixed.value == pytest.approx(good(rows.loc[rows["at"] >= NEW, "rating"]), abs=1e-12)


def test_a_customer_id_that_stands_for_nobody_makes_no_copies(tmp_path):
    rows = rated(invitations())
    rows.loc[rows.index % 2 == 0, "customer_id"] = "0"
    rows["at"] = rows["at"].dt.floor("h") + pd.Timedelta(minutes=1)
    assert "duplicate_rows" not in look(centre_of(tmp_path, rows))[1]


# Ratings that nobody gave ----------------------------------------------------------------------------


def filled(flag):
    rows = rated(invitations())
    nobody = (rows["region"] == "north") & (rows["at"] >= "2024-05-13") & (rows["pushed"] == 1) & rows["rating"].isna()
    rows.loc[nobody, "rating"] = 5
    return (rows.assign(default_filled=nobody.astype(int)) if flag else rows), rated(invitations()), int(nobody.sum())


@pytest.mark.parametrize("flag", [True, False])
def test_default_fills_are_found_with_a_flag_and_without(tmp_path, flag):
    rows, clean, n = filled(flag)
    centre = centre_of(tmp_path, rows)
    asked, found = look(centre)
    defect = found["default_filled" if flag else "default_filled_unflagged"]
    assert set(found) == {defect.key}
    assert defect.n == (n if flag else pytest.approx(n, rel=0.05))
    assert defect.values["where"] == "region=north" and defect.values["days"] == "2024-05-13/2024-05-26"
    truth = good(clean.loc[clean["at"] >= NEW, "rating"])
    as_is = good(rows.loc[rows["at"] >= NEW, "rating"])
    assert defect.effect_points == pytest.approx(as_is - truth, abs=1e-9 if flag else 0.003)
    fixed = corrected_kpi(centre, asked, list(found.values()), design_effects(centre, asked)[0])
    assert fixed.value == pytest.approx(truth, abs=1e-9 if flag else 0.003)
    assert fixed.as_is - fixed.value == pytest.approx(sum(step.effect_points for step in fixed.steps), abs=1e-12)


def test_a_rise_of_participation_is_no_fill(tmp_path):
    rows = invitations()
    rows["answers"] |= (
        (rows["region"] == "north") & (rows["at"] >= NEW) & (np.random.default_rng(1).random(len(rows)) < 0.6)
    )
    assert "default_filled_unflagged" not in look(centre_of(tmp_path, rated(rows)))[1]


# Selective invitation ----------------------------------------------------------------------------------


def picked(seed=0, honest=False):
    """Team T3 leaves out 80 % of those who would rate low from May on; `honest`: as many, whoever they are."""
    rows, rng = invitations(24_000, seed), np.random.default_rng(seed + 100)
    theirs = (rows["team"] == "T3") & (rows["at"] >= NEW)
    chance = np.where(rows["felt"] <= 3, 0.8, 0.0) if not honest else np.full(len(rows), 0.064)
    out = theirs & (rng.random(len(rows)) < chance) & (rows["pushed"] == 1)
    return rated(rows.assign(pushed=rows["pushed"].where(~out, 0))), rated(rows), int(out.sum())


def test_a_team_that_picks_its_callers_is_named_and_restored(tmp_path):
    rows, clean, n = picked()
    centre = centre_of(tmp_path, rows)
    asked, found = look(centre)
    defect = found["selective_invitation"]
    assert (defect.values["dim"], defect.values["level"], defect.values["step"]) == ("team", "T3", "invited")
    assert defect.n == pytest.approx(n, abs=40)
    now = rows["at"] >= NEW
    truth = good(rows.loc[now, "rating"]) - good(clean.loc[now, "rating"])
    assert defect.effect_lower <= truth <= defect.effect_upper and defect.effect_points > 0
    fixed = corrected_kpi(centre, asked, list(found.values()), design_effects(centre, asked)[0])
    change = good(clean.loc[now, "rating"]) - good(clean.loc[~now, "rating"])
    assert fixed.change.lower <= change <= fixed.change.upper
    assert fixed.steps[-1].key == "selective_invitation" and fixed.steps[-1].effect_baseline == 0


@pytest.mark.parametrize("seed", range(3))
def test_fewer_invitations_for_everybody_alike_are_no_gaming(tmp_path, seed):
    rows, _, _ = picked(seed, honest=True)
    assert "selective_invitation" not in look(centre_of(tmp_path, rows))[1]


def test_staying_on_the_line_shows_among_those_invited(tmp_path):
    rows = invitations(24_000)
    held = (rows["team"] == "T5") & (rows["at"] >= NEW) & (rows["felt"] <= 3)
    rows.loc[held & (np.random.default_rng(2).random(len(rows)) < 0.9), "answers"] = False
    rows.loc[
        (rows["team"] == "T5") & (rows["at"] >= NEW) & (np.random.default_rng(3).random(len(rows)) < 0.2), "answers"
    ] = False
    defect = look(centre_of(tmp_path, rated(rows)))[1]["selective_invitation"]
    assert (defect.values["level"], defect.values["step"]) == ("T5", "answered")


def test_a_level_question_compares_groups(tmp_path):
    rows, rng = invitations(24_000), np.random.default_rng(4)
    out = (rows["team"] == "T3") & (rng.random(len(rows)) < np.where(rows["felt"] <= 3, 0.8, 0.02))
    rows = rated(rows.assign(pushed=rows["pushed"].where(~out, 0)))
    centre = centre_of(tmp_path, rows, question={"target": 0.95})
    defect = look(centre)[1]["selective_invitation_level"]
    assert defect.values["level"] == "T3" and defect.removed is None


# Late answers, incidents, calendar ----------------------------------------------------------------------


def test_answers_still_to_come_are_forecast(tmp_path):
    rng = np.random.default_rng(5)
    rows = rated(invitations(20_000))
    lag = pd.to_timedelta(rng.exponential(40, len(rows)), unit="h")
    rows["answered_at"] = (rows["at"] + lag).where(rows["rating"].notna())
    late = rows["answered_at"] > NEW + pd.Timedelta(days=28)
    seen = rows.assign(rating=rows["rating"].where(~late), answered_at=rows["answered_at"].where(~late))
    centre = centre_of(tmp_path, seen, question={"current": MAY, "baseline": APRIL})
    asked, found = look(centre)
    lateness = answer_lateness(centre, asked)
    assert lateness.outstanding == pytest.approx(late.sum(), rel=0.2) and late.sum() > 60
    assert lateness.median_hours == pytest.approx(40 * np.log(2), rel=0.15)
    assert lateness.window_hours == pytest.approx(40 * np.log(100), rel=0.2)
    defect = found["unsettled"]
    days = lateness.days
    assert (
        str(lateness.unsettled_from) == defect.values["from_day"]
        and not days["settled"].iloc[-1]
        and days["settled"].iloc[0]
    )
    early = corrected_kpi(centre, asked, list(found.values()), {"current": 1.0, "baseline": 1.0}, settled_only=True)
    kept = seen[(seen["at"] >= NEW) & (seen["at"] < str(lateness.unsettled_from))]
    assert early.value == pytest.approx(good(kept["rating"]), abs=1e-12)


def test_quick_answers_leave_nothing_open(tmp_path):
    rows = rated(invitations())
    rows["answered_at"] = (rows["at"] + pd.Timedelta(seconds=30)).where(rows["rating"].notna())
    centre = centre_of(tmp_path, rows)
    asked, found = look(centre)
    assert "unsettled" not in found and answer_lateness(centre, asked).share < 0.001


def test_incidents_are_shown_both_ways(tmp_path):
    rows = rated(invitations())
    hit = (rows["region"] == "east") & rows["at"].between("2024-05-06 08:00", "2024-05-08 20:00")
    rows.loc[hit & rows["rating"].notna(), "rating"] = 1
    table = pd.DataFrame({"incident_id": ["I1"], "started_at": ["2024-05-06 08:00:00"], "ended_at": ["2024-05-08 20:00:00"],
                          "class": ["major"], "scope": ["region=east"]})  # fmt: skip
    centre = centre_of(tmp_path, rows, tables={"incidents": table})
    asked, found = look(centre)
    split = split_incidents(centre, asked)
    now = rows["at"] >= NEW
    assert split.table["n_current"].sum() == rows.loc[hit, "rating"].notna().sum() == found["incident"].n
    assert split.with_incidents.value == pytest.approx(good(rows.loc[now, "rating"]))
    assert split.without_incidents.value == pytest.approx(good(rows.loc[now & ~hit, "rating"]))
    assert split.effect_points < 0 and split.change_without.value > split.change_with.value
    assert corrected_kpi(centre, asked, list(found.values()), {"current": 1.0, "baseline": 1.0}) is None


def test_other_weekdays_are_not_a_change(tmp_path):
    rng = np.random.default_rng(6)
    rows = invitations(24_000)
    weekend = rows["at"].dt.day_of_week >= 5
    rows["felt"] = np.where(rng.random(len(rows)) < np.where(weekend, 0.70, 0.95), 5, 2)
    rows = rated(rows)
    asked_of = {"current": "2024-05-18/2024-05-26", "baseline": "2024-04-01/2024-05-17"}  # two weekends in nine days
    centre = centre_of(tmp_path, rows, question=asked_of)
    asked, found = look(centre)
    mix = weekday_mix(centre, asked)
    assert (
        mix.change < -0.03 and abs(mix.standardised) < 0.02 and found["weekday_mix"].effect_points == mix.effect_points
    )
    assert mix.lower <= mix.effect_points <= mix.upper < 0


def test_missing_thin_and_cut_days_are_named(tmp_path):
    rows = rated(invitations())
    day = rows["at"].dt.strftime("%Y-%m-%d")
    gone = day.isin(["2024-04-10", "2024-04-11"])
    holiday = (day == "2024-05-01") & (rows.index % 5 != 0)
    cut = (day == "2024-05-26") & (rows["at"].dt.hour >= 12)
    _, found = look(centre_of(tmp_path, rows[~gone & ~holiday & ~cut]))
    assert found["missing_days"].values["days"] == "2024-04-10/2024-04-11" and found["missing_days"].n == 2
    assert found["thin_days"].values["days"] == "2024-05-01"
    assert found["partial_day"].values["days"] == "2024-05-26"


def test_closed_weekends_are_not_missing(tmp_path):
    rows = rated(invitations())
    centre = centre_of(tmp_path, rows[rows["at"].dt.day_of_week < 5])
    assert look(centre)[1] == {}


# Corrections together -------------------------------------------------------------------------------------


def test_the_steps_close_and_speak_both_languages(tmp_path):
    rows, _, _ = picked()
    nobody = (rows["region"] == "north") & (rows["at"] >= "2024-05-13") & (rows["pushed"] == 1) & rows["rating"].isna()
    rows = rows.assign(default_filled=nobody.astype(int), rating=rows["rating"].mask(nobody, 5))
    rows = pd.concat([rows, rows[rows["at"].dt.normalize() == "2024-05-07"]])
    centre = centre_of(tmp_path, rows)
    asked, found = look(centre)
    effects = design_effects(centre, asked)[0]
    fixed = corrected_kpi(centre, asked, list(found.values()), effects, unchanged={"region": ["south", "east"]})
    assert [step.key for step in fixed.steps] == ["duplicate", "default_filled", "selective_invitation", "instrument"]
    assert abs(sum(step.effect_points for step in fixed.steps) - (fixed.as_is - fixed.value)) < 1e-9
    assert fixed.lower <= fixed.value <= fixed.upper and fixed.n == fixed.change.n
    inside = corrected_kpi(centre, asked, list(found.values()), effects, where={"region": ["south", "east"]})
    assert inside.change == fixed.change
    for lang, word in (("zh", "校正"), ("en", "Corrected")):
        with speaking(lang):
            assert word in correction_sentences(fixed, "rate")[0]
            words = [defect_sentence(defect, "rate") for defect in found.values()]
        assert all("{" not in sentence for sentence in words) and len(set(words)) == len(found)


def test_a_scope_apart_from_the_defect_needs_no_correction(tmp_path):
    rows, _, _ = filled(True)
    centre = centre_of(tmp_path, rows)
    asked, found = look(centre)
    assert (
        corrected_kpi(
            centre, asked, list(found.values()), {"current": 1.0, "baseline": 1.0}, where={"region": ["south"]}
        )
        is None
    )


def test_the_silent_ones_bound_the_kpi(tmp_path):
    rows = rated(invitations())
    centre = centre_of(tmp_path, rows)
    bounds = answer_bounds(centre, ask(centre, cs.Question.of(centre.study)))
    now = rows[(rows["at"] >= NEW) & (rows["pushed"] == 1)]
    share, value = now["rating"].notna().mean(), good(now["rating"])
    assert (bounds.n, bounds.answered) == (len(now), pytest.approx(share))
    assert bounds.lower == pytest.approx(share * value) and bounds.upper == pytest.approx(share * value + 1 - share)
    assert bounds.change_lower < 0 < bounds.change_upper
    before = good(rows.loc[rows["at"] < NEW, "rating"])
    assert share * value + (1 - share) * bounds.silent == pytest.approx(before)
