"""Stage 3: what may be confirmed, what is ruled out and why, on small centres whose truth is written beside them."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from test_stages import JUNE, MAY, change, make, surveys

import ccsat as cs
from ccsat.cells import ask
from ccsat.stages.calendar import change_causes
from ccsat.stages.campaigns import campaign_causes, give_way
from ccsat.stages.controls import contrast
from ccsat.stages.declared import declared_causes
from ccsat.stages.evidence import Cause, Evidence, Link
from ccsat.stages.felt import agents_cleared
from ccsat.stages.hypotheses import both, weighed_changes
from ccsat.stages.locate import nothing_located
from ccsat.stages.rules import rule_causes
from ccsat.stages.said import evidence_sentence, ruled_out_sentence
from ccsat.stages.timing import find_break
from ccsat.stages.work import work_shift
from ccsat.wording import speaking

FAULT, DAY = {"topic": "fault"}, "2024-06-03"


def felt(cell, points):
    return (Link("symptom", {"where": dict(cell)}),), "mixed"


def falls(where=lambda t: t["topic"] == "fault", to=0.30, day=DAY):
    return lambda t: np.where((t["day"] >= day) & where(t), to, 0.08)


def judged(folder, rows, changes, cell=FAULT, points=-0.04, **more):
    """Causes by id and what was ruled out by id, for one cell."""
    centre = make(folder, rows, changes=changes, **more)
    asked = ask(centre, cs.Question(current=JUNE, baseline=MAY))
    causes, out = change_causes(centre, asked, cell, rank=1, points=points, felt=felt)
    return {cause.id: cause for cause in causes}, {one["id"]: one for one in out}


def kinds(cause):
    return {piece.kind for piece in cause.evidence}


# Grades -------------------------------------------------------------------------------------------


def test_a_declared_scope_with_flat_leads_is_confirmed_and_says_its_numbers(tmp_path):
    causes, _ = judged(
        tmp_path, surveys(20_000, bad=falls()), [change(DAY, "topic=fault", owner_dept="works", announced=False)]
    )
    cause = causes["change:C1"]
    assert cause.grade == "B" and cause.wording == "confirmed" and "declared" in kinds(cause)
    numbers = next(piece.values for piece in cause.evidence if piece.kind == "declared")
    assert (
        numbers["lower"] <= -0.22 <= numbers["upper"]
        and numbers["n"] > 3_000
        and numbers["trend_p"] > 0.05
        and numbers["p_adjusted"] < 1e-3
    )
    assert (
        cause.chain[-1].key == "decision"
        and cause.last_changeable is cause.chain[-1]
        and cause.root.key == "change"
        and cause.depth == 3
    )


def test_two_changes_of_the_same_days_and_contacts_are_not_confirmed(tmp_path):
    causes, _ = judged(
        tmp_path,
        surveys(20_000, bad=falls()),
        [change(DAY, "topic=fault"), change("2024-06-02", "topic=fault", id="C2")],
    )
    assert {one.grade for one in causes.values()} == {"C"} and all("rival" in kinds(one) for one in causes.values())


def test_the_wider_change_is_kept_where_its_further_contacts_moved_as_well(tmp_path):
    causes, out = judged(
        tmp_path,
        surveys(24_000, bad=falls()),
        [change(DAY, "topic=fault"), change("2024-06-02", "topic=fault;region=north|south|east", id="C2")],
    )
    assert set(causes) == {"change:C1"} and causes["change:C1"].grade == "B"
    assert out["change:C2"]["why"] in ("smaller_fit", "control_moved") and out["change:C2"]["n_control"] > 100


def test_of_two_changes_the_one_after_the_break_gives_way(tmp_path):
    rows = surveys(9_000, bad=falls(to=0.20))
    causes, out = judged(
        tmp_path, rows, [change("2024-06-02", "topic=fault"), change("2024-06-05", "topic=fault", id="C2")]
    )
    assert set(causes) == {"change:C1"} and out["change:C2"]["why"] in ("rival_date", "timing")


def test_a_changed_survey_of_the_same_contacts_takes_the_confirmation_away(tmp_path):
    causes, _ = judged(
        tmp_path,
        surveys(20_000, bad=falls()),
        [change(DAY, "topic=fault"), change(DAY, "topic=fault", kind="survey_instrument", id="C2")],
    )
    assert set(causes) == {"change:C1"} and causes["change:C1"].grade == "C"


def test_a_change_without_a_scope_is_suspected_at_most(tmp_path):
    causes, _ = judged(
        tmp_path, surveys(20_000, bad=falls(lambda t: t["topic"] != "")), [change(DAY, "")], cell={}, points=-0.2
    )
    assert causes["change:C1"].grade == "D" and kinds(causes["change:C1"]) == {"timing"}


# Ruled out ----------------------------------------------------------------------------------------


def test_a_system_is_owned_outside_the_centre_where_customers_name_nobody(tmp_path):
    rows, scope = surveys(20_000, bad=falls()), "topic=fault"
    causes, _ = judged(tmp_path, rows, [change(DAY, scope, kind="system")])
    assert (causes["change:C1"].owner, causes["change:C1"].controllable) == ("business_process", False)


def test_what_moved_outside_the_scope_as_well_rules_a_change_out(tmp_path):
    _, out = judged(tmp_path, surveys(20_000, bad=falls()), [change(DAY, "topic=fault;region=north|south")])
    one = out["change:C1"]
    assert (
        one["why"] == "control_moved"
        and one["value"] < -0.15
        and one["value_control"] < -0.15
        and one["n_control"] > 100
    )


def test_another_change_may_answer_for_the_part_outside(tmp_path):
    rows = surveys(24_000, bad=falls(lambda t: t["topic"].isin(["fault", "plan"])))
    causes, _ = judged(
        tmp_path,
        rows,
        [change(DAY, "topic=fault"), change(DAY, "topic=plan", id="C2")],
        cell={"topic": ["fault", "plan"]},
        points=-0.1,
    )
    assert {id: one.grade for id, one in causes.items()} == {"change:C1": "B", "change:C2": "B"}
    assert sum(one.points for one in causes.values()) == pytest.approx(-0.1, abs=0.01)


def test_a_scope_that_stood_still_elsewhere_rules_a_change_out(tmp_path):
    rows = surveys(20_000, bad=falls())
    _, out = judged(tmp_path, rows, [change(DAY, ""), change(DAY, "topic=fault|bill|plan;region=north|south", id="C2")])
    assert out["change:C1"]["why"] == "elsewhere_still" and abs(out["change:C1"]["value_control"]) < 0.03
    assert out["change:C2"]["why"] in ("elsewhere_still", "control_moved")


def test_a_scope_on_a_dimension_that_is_not_there_is_not_the_whole_centre(tmp_path):
    rows = surveys(20_000, bad=falls(lambda t: t["topic"] != ""))
    causes, out = judged(tmp_path, rows, [change(DAY, "product=gift")], cell={}, points=-0.2)
    assert not causes and out["change:C1"]["why"] == "not_testable" and out["change:C1"]["dims"] == ["product"]


@pytest.mark.parametrize("seed", range(3))
def test_a_slow_decay_is_not_pinned_on_a_change_of_that_week(tmp_path, seed):
    ramp = lambda t: np.where(
        t["topic"] == "fault", 0.05 + 0.35 * (pd.to_datetime(t["day"]) - pd.Timestamp("2024-05-01")).dt.days / 60, 0.08
    )  # noqa: E731
    causes, out = judged(tmp_path, surveys(20_000, seed=seed, bad=ramp), [change(DAY, "topic=fault")])
    assert not any(one.grade <= "B" for one in causes.values())
    assert out.get("change:C1", {"why": "gradual"})["why"] in ("gradual", "timing")


def test_a_change_after_the_break_did_not_make_it(tmp_path):
    _, out = judged(tmp_path, surveys(20_000, bad=falls()), [change("2024-06-14", "topic=fault")])
    assert out["change:C1"]["why"] == "timing" and out["change:C1"]["break_day"] < "2024-06-08"


# Scopes that the search did not name ---------------------------------------------------------------


def test_a_declared_scope_is_tested_whether_it_was_located_or_not(tmp_path):
    centre = make(
        tmp_path,
        surveys(20_000, bad=falls(to=0.20)),
        changes=[change(DAY, "topic=fault"), change(DAY, "topic=plan", id="C2")],
    )
    asked = ask(centre, cs.Question(current=JUNE, baseline=MAY))
    rows, causes, out = declared_causes(
        centre, asked, nothing_located(asked, -0.02, 0.9), (), felt=lambda c, a, cell, points: felt(cell, points)
    )
    assert [cause.id for cause in causes] == ["change:C1"] and causes[0].grade == "B"
    assert (
        rows.iloc[0]["where"] == {"topic": ["fault"]}
        and rows.iloc[0]["kind"] == "declared"
        and rows.iloc[0]["lower"] < rows.iloc[0]["points"] < 0
    )
    assert {one["id"] for one in out} == {"change:C2"}


def test_nothing_is_declared_where_nothing_moved(tmp_path):
    found = []
    for seed in range(5):
        folder = tmp_path / str(seed)
        folder.mkdir()
        centre = make(
            folder,
            surveys(12_000, seed=seed),
            changes=[change(DAY, "topic=fault"), change(DAY, "region=north", id="C2")],
        )
        asked = ask(centre, cs.Question(current=JUNE, baseline=MAY))
        found += declared_causes(
            centre, asked, nothing_located(asked, 0.0, 0.9), (), felt=lambda c, a, cell, points: felt(cell, points)
        )[1]
    assert not found


def test_an_action_in_a_part_of_the_scope_is_a_reversal(tmp_path):
    rows = surveys(
        30_000,
        bad=lambda t: np.where(
            (t["day"] >= DAY) & (t["topic"] == "fault") & ~((t["day"] >= "2024-06-17") & (t["region"] == "north")),
            0.35,
            0.08,
        ),
    )
    actions = [{"action_id": "A1", "at": "2024-06-17", "kind": "process", "scope": "topic=fault;region=north"},
               {"action_id": "A2", "at": "2024-06-17", "kind": "process", "scope": "topic=fault;region=south"}]  # fmt: skip
    causes, _ = judged(tmp_path, rows, [change(DAY, "topic=fault")], actions=actions)
    pieces = {piece.values["id"]: piece for piece in causes["change:C1"].evidence if piece.kind.startswith("restored")}
    assert pieces["A1"].kind == "restored" and pieces["A1"].grade == "C" and pieces["A1"].values["lower"] > 0
    assert pieces["A2"].kind == "restored_unclear" and pieces["A2"].grade == "D"


# Rules and campaigns -------------------------------------------------------------------------------


def ruled(folder, rows, cell, *, question=None, owner="business_rule", points=-0.05):
    centre = make(folder, rows, question=question or {"current": JUNE, "target": 0.95})
    asked = ask(centre, cs.Question.of(centre.study))
    return rule_causes(centre, asked, cell, rank=1, points=points, chain=(), owner=owner)


def with_rule(rows, under, code="RULE-1"):
    return rows.assign(rule_code=np.where(under(rows), code, ""))


def test_a_rule_that_carries_the_loss_is_probable_where_customers_name_it(tmp_path):
    rows = with_rule(
        surveys(12_000, bad=lambda t: np.where(t["topic"] == "fault", 0.35, 0.05)), lambda t: t["topic"] == "fault"
    )
    (cause,), _ = ruled(tmp_path, rows, FAULT)
    assert (
        cause.id == "rule:RULE-1"
        and cause.grade == "C"
        and (cause.owner, cause.gap_type, cause.controllable) == ("business_rule", "design", False)
    )
    piece = cause.evidence[0]
    assert (
        piece.kind == "rule_covers"
        and piece.values["share"] == 1
        and piece.values["lower"] < -0.30 < piece.values["upper"]
    )


def test_a_rule_that_nobody_names_is_suspected_only(tmp_path):
    rows = with_rule(
        surveys(12_000, bad=lambda t: np.where(t["topic"] == "fault", 0.35, 0.05)), lambda t: t["topic"] == "fault"
    )
    (cause,), _ = ruled(tmp_path, rows, FAULT, owner="agent")
    assert cause.grade == "D"


def test_a_harmless_rule_of_a_bad_cell_is_ruled_out(tmp_path):
    rows = with_rule(
        surveys(12_000, bad=lambda t: np.where(t["topic"] == "fault", 0.35, 0.05)),
        lambda t: (t["topic"] == "fault") & (t["region"] != "north"),
    )
    causes, out = ruled(tmp_path, rows, FAULT)
    assert not causes and out[0]["why"] == "rule_no_worse" and out[0]["lower"] < 0 < out[0]["upper"]


def test_a_rule_that_always_held_explains_no_change(tmp_path):
    rows = with_rule(surveys(12_000, bad=falls()), lambda t: t["topic"] == "fault")
    causes, out = ruled(tmp_path, rows, FAULT, question={"current": JUNE, "baseline": MAY})
    assert not causes and out[0]["why"] == "rule_constant" and out[0]["share_before"] == 1


def campaigns_of(folder, *, delivered=40, changed="2024-05-05"):
    """Members of K1 fall from DAY on; a change of that campaign on some day."""
    rows = surveys(20_000)
    rows["campaign_id"] = np.random.default_rng(5).choice(["K1", "K2", "none"], len(rows), p=[0.2, 0.2, 0.6])
    bad = np.where((rows["day"] >= DAY) & (rows["campaign_id"] == "K1"), 0.35, 0.08)
    rows["rating"] = np.where(np.random.default_rng(6).random(len(rows)) < bad, 2, 5)
    pd.DataFrame({"campaign_id": ["K1", "K2"], "name_zh": ["半价", "赠礼"], "name_en": ["half price", "gift"], "promised_value": [40, 10], "delivered_value": [delivered, 10],
                  "starts_on": ["2024-05-05", "2024-01-01"], "ends_on": ["2024-05-25", "2024-06-30"]}).to_csv(folder / "campaigns.csv", index=False)  # fmt: skip
    return make(folder, rows, data={"surveys": "export.csv", "campaigns": "campaigns.csv"}, dimensions={d: d for d in ("region", "topic", "campaign_id")},
                changes=[change(changed, "campaign_id=K1", kind="marketing", owner_dept="sales")])  # fmt: skip


@pytest.mark.parametrize(
    ("delivered", "owner", "grade"), [(24, "mixed", "C"), (40, "marketing", "C"), (40, "mixed", "D")]
)
def test_a_campaigns_cohort_needs_a_broken_promise_or_customers_who_say_so(tmp_path, delivered, owner, grade):
    centre = campaigns_of(tmp_path, delivered=delivered)
    asked = ask(centre, cs.Question.of(centre.study))
    (cause,), out, merged = campaign_causes(
        centre, asked, {"campaign_id": "K1"}, rank=1, points=-0.05, chain=(), owner=owner
    )
    assert (
        cause.id == "campaign:K1"
        and cause.grade == grade
        and (cause.owner, cause.gap_type, cause.owner_dept) == ("marketing", "promotion", "sales")
    )
    assert merged == ["change:C1"] and not out and [link.key for link in cause.chain] == ["campaign", "change"]
    lag = next(piece.values for piece in cause.evidence if piece.kind == "lag")
    assert 26 <= lag["first"] <= 33 and lag["last"] == lag["first"] - 20
    causes, out, _ = campaign_causes(centre, asked, {"campaign_id": "K2"}, rank=1, points=-0.05, chain=(), owner=owner)
    assert not causes and out[0]["why"] == "timing"


@pytest.mark.parametrize(
    ("changed", "delivered", "given_way"), [(DAY, 40, True), (DAY, 24, False), ("2024-05-20", 40, False)]
)
def test_a_campaign_gives_way_to_its_own_later_change_that_fits(tmp_path, changed, delivered, given_way):
    centre = campaigns_of(tmp_path, delivered=delivered, changed=changed)
    asked, cell = ask(centre, cs.Question.of(centre.study)), {"campaign_id": "K1"}
    campaigns, _, merged = campaign_causes(centre, asked, cell, rank=1, points=-0.05, chain=(), owner="marketing")
    assert not merged  # two weeks and more into the sale: not its launch
    changes, _ = change_causes(centre, asked, cell, rank=1, points=-0.05, felt=felt, merged=merged)
    kept, out = give_way(centre, asked, campaigns, changes)
    assert [cause.id for cause in kept] == ([] if given_way else ["campaign:K1"])
    if given_way:
        assert out[0] | {"break_day": ""} == {
            "id": "campaign:K1",
            "why": "changed_since",
            "day": "2024-05-05",
            "break_day": "",
            "rival": "change:C1",
        }
        with speaking("en"):
            assert "on sale since 2024-05-05" in ruled_out_sentence(out[0], "rate")


# People or their work ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "theirs"),
    [(lambda t: t["topic"] == "fault", True), (lambda t: t["topic"] != "", False)],
    ids=["work", "people"],
)
def test_a_team_given_hard_work_is_told_from_a_bad_team(tmp_path, bad, theirs):
    rows, rng = surveys(30_000), np.random.default_rng(4)
    rows["team"] = rng.choice(["T1", "T2", "T3", "T4"], len(rows))
    given = rows["june"] & (rows["team"] == "T1") & (rng.random(len(rows)) < 0.5)
    rows.loc[given, "topic"] = "fault"
    worse = rows["june"] & (rows["team"] == "T1") & bad(rows)
    rows["rating"] = np.where(rng.random(len(rows)) < np.where(worse, 0.25, 0.08), 2, 5)
    centre = make(
        tmp_path,
        rows,
        dimensions={d: d for d in ("region", "topic", "team")},
        changes=[change("2024-06-01", "team=T1", kind="staffing")],
    )
    asked = ask(centre, cs.Question(current=JUNE, baseline=MAY))
    work = work_shift(centre, asked, {"team": ["T1"]})
    assert work.dim == "topic" and work.levels[0] == "fault" and work.shift > 0.2 and work.only_given(1) is theirs
    causes, out = change_causes(centre, asked, {"team": "T1"}, rank=1, points=-0.02, felt=felt)
    assert [one["why"] for one in out] == (["work_not_people"] if theirs else []) and len(causes) == (not theirs)
    assert (
        work_shift(centre, asked, {"team": ["T2"]}) is None and work_shift(centre, asked, {"topic": ["fault"]}) is None
    )


def test_agents_whose_part_did_not_grow_are_cleared(tmp_path):
    rows = surveys(12_000, bad=falls()).assign(
        reasons=lambda t: np.where(t["rating"] <= 3, np.where(t["topic"] == "fault", "slow", "manners"), "")
    )
    centre = make(
        tmp_path, rows, reasons={"column": "reasons"}, owners={"slow": "business_process", "manners": "agent"}
    )
    moves = pd.DataFrame(
        [("slow", 0.8, 0.5, 0.01, 900), ("manners", 0.2, 0.5, 0.01, 900)],
        columns=["reason", "share", "share_reference", "share_p_adjusted", "n"],
    )
    root = Cause(1, "change:C1", "process", "business_process", "design", (Evidence("scope", "C"),), (), -0.1, 1.0)
    assert [one["id"] for one in agents_cleared(centre, moves, [root], ())] == ["reason:manners"]
    assert not agents_cleared(centre, moves, [], ()) and not agents_cleared(centre, moves, [root], {"reason:manners"})


# The contrast itself -------------------------------------------------------------------------------


def days(rng, n, rate, *, total=84):
    """Daily sums of yes/no ratings: `rate` gives each day's chance."""
    counts = rng.poisson(n, total)
    hits = rng.binomial(counts, np.clip([rate(t) for t in range(total)], 0, 1))
    return pd.DataFrame(
        {"day": [date(2024, 1, 1) + timedelta(days=t) for t in range(total)], "n": counts, "s": hits, "ss": hits}
    ).astype({"n": float, "s": float, "ss": float})


WHEN = date(2024, 1, 1) + timedelta(days=56)


def test_the_contrast_keeps_its_size_and_its_interval_holds_the_truth():
    rng = np.random.default_rng(1)
    null = [contrast(days(rng, 8, lambda t: 0.9), days(rng, 200, lambda t: 0.9), WHEN) for _ in range(300)]
    assert np.mean([one.p_value < 0.05 for one in null]) <= 0.08
    assert np.mean([one.flat for one in null]) >= 0.85
    moved = [
        contrast(days(rng, 8, lambda t: 0.9 - 0.15 * (t >= 56)), days(rng, 200, lambda t: 0.9 - 0.03 * (t >= 56)), WHEN)
        for _ in range(200)
    ]
    assert np.mean([one.lower <= -0.12 <= one.upper for one in moved]) >= 0.92
    assert np.mean([one.holds for one in moved]) >= 0.8


def test_a_drift_is_no_jump():
    rng = np.random.default_rng(2)
    found = [
        contrast(days(rng, 15, lambda t: 0.95 - 0.003 * t), days(rng, 200, lambda t: 0.9), WHEN) for _ in range(100)
    ]
    assert np.mean([one.significant for one in found]) > 0.8  # which is why a contrast alone must not confirm
    assert np.mean([one.flat and one.holds for one in found]) < 0.1


def test_a_break_and_a_drift_are_told_apart():
    rng = np.random.default_rng(3)
    steps = [find_break(days(rng, 15, lambda t: 0.9 - 0.15 * (t >= 56))).gradual for _ in range(100)]
    drifts = [find_break(days(rng, 15, lambda t: 0.95 - 0.003 * t)).gradual for _ in range(100)]
    assert np.mean(steps) < 0.08 and np.mean(drifts) > 0.6


def test_the_intersection_of_two_cells():
    assert both({"a": "x"}, {"b": ["y", "z"]}) == {"a": ["x"], "b": ["y", "z"]}
    assert both({"a": ["x", "y"]}, {"a": ["y", "z"]}) == {"a": ["y"]} and both({"a": "x"}, {"a": ["y"]}) == {"a": []}


# Words ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_piece_and_every_reason_for_ruling_out_reads_as_a_sentence(tmp_path, lang):
    rows = with_rule(surveys(20_000, bad=falls()), lambda t: t["topic"] == "fault")
    changes = [change(DAY, "topic=fault"), change(DAY, "topic=bill", id="C2"), change("2024-05-08", "topic=fault", id="C3"), change(DAY, "", id="C4"),
               change(DAY, "product=gift", id="C5"), change(DAY, "topic=fault;product=gift", id="C6")]  # fmt: skip
    causes, out = judged(tmp_path, rows, changes)
    with speaking(lang):
        said = [evidence_sentence(piece, "rate") for cause in causes.values() for piece in cause.evidence]
        said += [ruled_out_sentence(one, "rate") for one in out.values()]
    assert len(said) > 8 and not any("{" in one or "nan" in one or "0.0000" in one for one in said)
    assert {one["why"] for one in out.values()} >= {"scope", "timing", "elsewhere_still", "not_testable"}


def test_each_change_is_tested_once_on_its_own_scope(tmp_path):
    centre = make(
        tmp_path,
        surveys(12_000, bad=falls()),
        changes=[change(DAY, "topic=fault"), change(DAY, "", id="C2"), change("2024-04-01", "topic=bill", id="C3")],
    )
    asked = ask(centre, cs.Question(current=JUNE, baseline=MAY))
    found = {one.id: one for one in weighed_changes(centre, asked)}
    assert set(found) == {"C1", "C2"} and found["C1"].fixed and not found["C2"].fixed and found["C2"].apart is None
    assert found["C1"].p_adjusted == pytest.approx(found["C1"].apart.p_value) and weighed_changes(
        centre, asked
    ) is weighed_changes(centre, asked)
