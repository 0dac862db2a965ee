"""Stages on small centres whose truth is written beside them."""

import numpy as np
import pandas as pd
import pytest

import ccsat as cs
from ccsat.centre import read_centre
from ccsat.stages.check import Verdict
from ccsat.study import check_study

MAY, JUNE = "2024-05-01/2024-05-31", "2024-06-01/2024-06-30"


def make(folder, rows, *, changes=(), library=None, **extra):
    """A centre of one flat export; `extra` are tables of the study."""
    rows.to_csv(folder / "export.csv", index=False)
    if library is not None:
        pd.DataFrame(library).to_csv(folder / "library.csv", index=False)
        extra["solution"] = {"library": "library.csv", "budget": 10}
    content = {
        "data": {"surveys": "export.csv"}, "columns": {"survey_id": "survey_id", "at": "day", "rating": "rating"},
        "scale": {"rating": "five"}, "dimensions": {d: d for d in ("region", "topic") if d in rows},
        "question": {"current": JUNE, "baseline": MAY}, "changes": list(changes) or None, **extra}  # fmt: skip
    for key in ("mode", "default_filled", "customer_id", "pushed", "contact_id"):
        if key in rows:
            content["columns"].setdefault(key, key)
    return read_centre(check_study(content, folder=folder))


def surveys(n=12_000, seed=0, bad=lambda t: np.full(len(t), 0.08)):
    """Surveys of May and June; `bad` gives each row's chance of a dissatisfied rating."""
    rng = np.random.default_rng(seed)
    day = pd.Timestamp("2024-05-01") + pd.to_timedelta(rng.integers(0, 61, n), unit="D")
    table = pd.DataFrame({"survey_id": [f"s{i}" for i in range(n)], "day": day.strftime("%Y-%m-%d"),
                          "region": rng.choice(["north", "south", "east", "west"], n), "topic": rng.choice(["bill", "plan", "fault"], n, p=[0.5, 0.3, 0.2])})  # fmt: skip
    table["june"] = table["day"] >= "2024-06-01"
    table["rating"] = np.where(rng.random(n) < bad(table), rng.choice([1, 2, 3], n), rng.choice([4, 5], n))
    return table


def change(day, scope, kind="process", **more):
    return {
        "change_id": more.pop("id", "C1"),
        "at": day,
        "kind": kind,
        "scope": scope,
        "title_zh": "变更",
        "title_en": "a change",
        **more,
    }


def test_no_change_is_noise(tmp_path):
    check = cs.check_data(make(tmp_path, surveys()), cs.Question(current=JUNE, baseline=MAY))
    assert check.verdict is Verdict.NONE and check.change.lower <= 0 <= check.change.upper
    assert not check.legs["instrument"]["moved"]


def test_a_change_of_the_instrument_alone_is_an_artefact(tmp_path):
    rows = surveys(bad=lambda t: np.where(t["june"] & t["region"].isin(["north", "south"]), 0.20, 0.08))
    centre = make(tmp_path, rows, changes=[change("2024-06-01", "region=north|south", "survey_instrument", id="I1")])
    trace = cs.run_trace(centre)
    assert trace.check.verdict is Verdict.ARTEFACT and trace.stopped
    scope = trace.check.legs["unchanged_scope"]
    assert scope["dim"] == "region" and set(scope["levels"]) == {"east", "west"}
    assert scope["outside"].lower <= 0 <= scope["outside"].upper and scope["inside"].upper < 0
    assert trace.where.cells.empty and trace.where.remainder == trace.where.total


def test_a_change_outside_the_instrument_too_is_real(tmp_path):
    rows = surveys(bad=lambda t: np.where(t["june"], 0.17, 0.08))
    centre = make(tmp_path, rows, changes=[change("2024-06-01", "region=north|south", "survey_instrument")])
    assert cs.check_data(centre, cs.Question(current=JUNE, baseline=MAY)).verdict is Verdict.REAL


def test_an_instrument_change_everywhere_cannot_be_told(tmp_path):
    rows = surveys(bad=lambda t: np.where(t["june"], 0.17, 0.08))
    centre = make(tmp_path, rows, changes=[change("2024-06-01", "", "survey_instrument")])
    trace = cs.run_trace(centre)
    assert trace.check.verdict is Verdict.INSUFFICIENT and trace.where.cells.empty
    forced = cs.run_trace(centre, go_on=True)
    assert forced.forced and forced.caveats[0][0] == "caveat.forced"


def test_an_undeclared_change_of_mode_is_found(tmp_path):
    rows = surveys(bad=lambda t: np.where(t["june"] & (t["region"] == "north"), 0.35, 0.08))
    rows["mode"] = np.where(rows["june"] & (rows["region"] == "north"), "sms", "ivr_key")
    check = cs.check_data(make(tmp_path, rows), cs.Question(current=JUNE, baseline=MAY))
    assert {sign["key"] for sign in check.legs["instrument"]["signs"]} == {"mode"}
    assert check.legs["unchanged_scope"]["dim"] == "region" and check.verdict is Verdict.ARTEFACT


def test_participation_beyond_its_limits_is_a_sign(tmp_path):
    rng = np.random.default_rng(5)
    rows = surveys(20_000)
    rows["pushed"] = 1
    rows["rating"] = rows["rating"].where(rng.random(len(rows)) < np.where(rows["june"], 0.20, 0.30))
    check = cs.check_data(make(tmp_path, rows), cs.Question(current=JUNE, baseline=MAY))
    shift = check.legs["instrument"]["participation"]
    assert shift["moved"] and shift["move"] == pytest.approx(-0.10, abs=0.02)


def test_duplicates_are_counted_once_and_their_effect_is_shown(tmp_path):
    rows = surveys(6_000)
    copies = pd.concat([rows, rows[rows["rating"] <= 2].head(200)])
    check = cs.check_data(make(tmp_path, copies), cs.Question(current=JUNE, baseline=MAY))
    defect = {d.key: d for d in check.defects}["duplicate"]
    assert defect.n == 200 and defect.effect_points < -0.02
    clean = (rows.loc[rows["june"], "rating"] >= 4).mean()
    assert check.headline.headline["current"].value == pytest.approx(clean)


def test_default_filled_ratings_are_taken_out_of_the_corrected_figure(tmp_path):
    rows = surveys(8_000)
    rows["default_filled"] = (rows["june"] & (rows.index % 4 == 0)).astype(int)
    rows.loc[rows["default_filled"] == 1, "rating"] = 5
    check = cs.check_data(make(tmp_path, rows), cs.Question(current=JUNE, baseline=MAY))
    given = rows[rows["june"] & (rows["default_filled"] == 0)]
    assert check.corrected.value == pytest.approx((given["rating"] >= 4).mean()) and check.corrected.n == len(given)
    assert {d.key: d for d in check.defects}["default_filled"].effect_points > 0


def test_few_ratings_are_insufficient(tmp_path):
    assert (
        cs.check_data(make(tmp_path, surveys(50)), cs.Question(current=JUNE, baseline=MAY)).verdict
        is Verdict.INSUFFICIENT
    )


def test_a_shift_of_contacts_is_mix_and_blames_nobody(tmp_path):
    rng = np.random.default_rng(1)
    rows = surveys(24_000)
    shares = np.where(rows["june"], 0.55, 0.20)
    rows["topic"] = np.where(
        rng.random(len(rows)) < shares, "fault", np.where(rng.random(len(rows)) < 0.6, "bill", "plan")
    )
    rows["rating"] = np.where(rng.random(len(rows)) < np.where(rows["topic"] == "fault", 0.25, 0.05), 2, 5)
    trace = cs.run_trace(make(tmp_path, rows))
    assert trace.check.verdict is Verdict.MIX
    assert trace.why is None and trace.plan is None and set(trace.where.cells["kind"]) <= {"mix"}


def test_a_planted_cell_is_found_explained_and_answered(tmp_path):
    rows = surveys(20_000, bad=lambda t: np.where((t["day"] >= "2024-06-03") & (t["topic"] == "fault"), 0.30, 0.08))
    rows["reasons"] = np.where(
        (rows["rating"] <= 3) & (rows["topic"] == "fault"), "slow", np.where(rows["rating"] <= 3, "other", "")
    )
    library = [{"action_id": "a1", "zh": "恢复", "en": "restore", "owner": "ops", "cost": 3, "lead_days": 10, "p": 0.9, "phi": "change:C1=0.6"},
               {"action_id": "a2", "zh": "培训", "en": "train", "owner": "ops", "cost": 3, "lead_days": 10, "p": 0.9, "phi": "reason:attitude=0.6"}]  # fmt: skip
    centre = make(tmp_path, rows, library=library, reasons={"column": "reasons"}, owners={"slow": "business_process"},
                  changes=[change("2024-06-03", "topic=fault", owner_dept="works"), change("2024-06-04", "topic=bill", id="C2"),
                           change("2024-05-08", "topic=fault", id="C3")])  # fmt: skip
    trace = cs.run_trace(centre)
    assert trace.where.cells["where"].iloc[0] in ({"topic": "fault"}, {"topic": ["fault"]})
    assert trace.where.cells["points"].sum() + trace.where.remainder == pytest.approx(trace.where.total, abs=1e-9)
    first = trace.why.causes[0]
    assert first.id == "change:C1" and first.grade == "B" and first.owner_dept == "works"
    assert {one["id"]: one["why"] for one in trace.why.ruled_out} == {"change:C2": "scope", "change:C3": "timing"}
    assert "reason:slow" in {cause.id for cause in trace.why.causes}
    assert list(trace.plan.table["id"]) == ["a1"] and trace.plan.expected_points == pytest.approx(
        0.54 * abs(first.points)
    )


def test_a_cell_of_a_centre_with_few_leaves_is_found(tmp_path):
    rows = surveys(16_000, bad=lambda t: np.where(t["june"] & (t["topic"] == "fault"), 0.20, 0.08))
    where = cs.run_trace(make(tmp_path, rows)).where  # 12 leaves: drift must not swallow the cell
    assert where.cells["where"].iloc[0] in ({"topic": "fault"}, {"topic": ["fault"]})


def test_without_a_library_or_reasons_the_stages_say_so(tmp_path):
    rows = surveys(20_000, bad=lambda t: np.where(t["june"] & (t["topic"] == "fault"), 0.30, 0.08))
    trace = cs.run_trace(make(tmp_path, rows))
    said = {key for key, _ in trace.caveats}
    assert {"caveat.no_library", "caveat.no_reasons", "caveat.no_changes", "caveat.no_metrics"} <= said
    assert trace.plan.table.empty


def test_a_level_question_finds_the_cell_below_the_rest(tmp_path):
    rows = surveys(12_000, bad=lambda t: np.where(t["topic"] == "fault", 0.30, 0.08)).drop(columns="day")
    centre = make(tmp_path, rows, columns={"survey_id": "survey_id", "rating": "rating"}, question={"target": 0.92})
    trace = cs.run_trace(centre)
    assert trace.check.verdict is Verdict.REAL and trace.where.total == pytest.approx(trace.check.change.value)
    assert trace.where.cells["where"].iloc[0] in ({"topic": "fault"}, {"topic": ["fault"]})
    top = trace.where.cells.iloc[0]
    assert top["points"] == pytest.approx(top["n"] / 12_000 * (top["value"] - 0.92))
    assert trace.where.cells["points"].sum() + trace.where.remainder == pytest.approx(trace.where.total, abs=1e-9)


def test_a_level_within_reach_of_its_target_is_no_gap(tmp_path):
    rows = surveys(3_000).drop(columns="day")
    hit = float((rows["rating"] >= 4).mean())
    centre = make(
        tmp_path, rows, columns={"survey_id": "survey_id", "rating": "rating"}, question={"target": round(hit, 2)}
    )
    assert cs.run_trace(centre).check.verdict is Verdict.NONE
