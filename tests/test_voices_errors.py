"""The five errors close and follow the decision list; quality reviews are set against customers."""

import itertools

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.proportion import proportion_confint

import ccsat as cs
from ccsat.centre import read_centre
from ccsat.errors import DataError, LedgerError, StudyError
from ccsat.ledgers.five_errors import ERRORS, five_error_ledger
from ccsat.stages.five_errors import error_signs, five_errors
from ccsat.stages.quality import compare_quality, quality_evidence
from ccsat.stages.records import late_tickets
from ccsat.study import check_study
from ccsat.wording import has, speaking, text

# Ten surveys on a scale of 100: what each lost, and its signs (promotion, execution, design, cognition, perception).
ORACLE = pd.DataFrame(
    [("s1", 0, 1, 0, 0, 0, 0), ("s2", 100, 1, 1, 0, 0, 0), ("s3", 50, 1, 0, 0, 0, 0), ("s4", 75, 0, 1, 1, 0, 0), ("s5", 25, 0, 1, 0, 0, 0),
     ("s6", 100, 0, 0, 1, 1, 0), ("s7", 50, 0, 0, 1, 0, 0), ("s8", 25, 0, 0, 0, 1, 1), ("s9", 75, 0, 0, 0, 0, 1), ("s10", 25, 0, 0, 0, 0, 0)],
    columns=["row_key", "deduction", *ERRORS],
).astype(dict.fromkeys(ERRORS, bool))  # fmt: skip
BY_HAND = {
    "promotion": 15.0,
    "execution": 10.0,
    "design": 15.0,
    "cognition": 2.5,
    "perception": 7.5,
    "unexplained": 2.5,
}


def test_five_errors_by_hand():
    ledger = five_error_ledger(ORACLE, unit="score")
    points = ledger.table.set_index("error")["points"]
    assert ledger.total == 52.5 and points.to_dict() == pytest.approx(BY_HAND)
    assert list(ledger.table["error"]) == [*ERRORS, "unexplained"]
    assert ledger.table.set_index("error")["n"].to_dict() == {
        "promotion": 2,
        "execution": 2,
        "design": 2,
        "cognition": 1,
        "perception": 1,
        "unexplained": 1,
    }
    assert ledger.table["share"].sum() == pytest.approx(1)


def test_the_first_match_wins_in_any_order():
    ledger = five_error_ledger(
        ORACLE, unit="score", order=("cognition", "design", "execution", "promotion", "perception")
    )
    assert ledger.table.set_index("error")["points"].to_dict() == pytest.approx(
        {"cognition": 12.5, "design": 12.5, "execution": 12.5, "promotion": 5.0, "perception": 7.5, "unexplained": 2.5}
    )


def test_the_range_over_orders_is_that_of_trying_them_all():
    ledger = five_error_ledger(ORACLE, unit="score").table.set_index("error")
    tried = [five_error_ledger(ORACLE, unit="score", order=(*order, "perception"), draws=1).table.set_index("error")["points"]
             for order in itertools.permutations(ERRORS[:4])]  # fmt: skip
    tried = pd.concat(tried, axis=1)
    assert ledger["points_least"].to_dict() == pytest.approx(tried.min(axis=1).to_dict())
    assert ledger["points_most"].to_dict() == pytest.approx(tried.max(axis=1).to_dict())
    assert ledger.loc["promotion", "points_least"] == pytest.approx(5.0) and ledger.loc[
        "unexplained", "points_most"
    ] == pytest.approx(2.5)


def test_five_errors_close_with_weights_and_clusters():
    rng = np.random.default_rng(4)
    n = 400
    rows = pd.DataFrame({"row_key": range(n), "deduction": rng.choice([0, 0.5, 1], n), "weight": rng.uniform(0.5, 2, n),
                         "customer_id": [None if i % 50 == 0 else f"u{i // 8}" for i in range(n)]}).assign(**{e: rng.random(n) < 0.3 for e in ERRORS[:3]})  # fmt: skip
    ledger = five_error_ledger(rows)
    assert ledger.table["points"].sum() == pytest.approx(
        np.average(rows["deduction"], weights=rows["weight"]), abs=1e-12
    )
    assert ((ledger.table["lower"] <= ledger.table["points"]) & (ledger.table["points"] <= ledger.table["upper"])).all()
    untold = ledger.table.set_index("error")["testable"]
    assert not untold["cognition"] and not untold["perception"] and untold["design"]
    assert any(key == "caveat.errors_untold" for key, _ in ledger.caveats)


@pytest.mark.parametrize("order", [("design",), ("design", "design", *ERRORS[:3]), (*ERRORS, "luck")])
def test_an_order_names_each_error_once(order):
    with pytest.raises(LedgerError, match="promotion"):
        five_error_ledger(ORACLE, order=order)


def test_the_intervals_of_an_error_hold_its_points():
    rng, held, runs = np.random.default_rng(7), 0, 120
    for _ in range(runs):
        good = rng.beta(2, 6, 150)  # customers differ
        rows = pd.DataFrame({"customer_id": np.repeat(np.arange(150), 3), "row_key": range(450)})
        lost = rng.random(450) < good[rows["customer_id"]]
        rows = rows.assign(deduction=lost.astype(float), design=rng.random(450) < 0.4)
        row = five_error_ledger(rows, draws=300, rng=1).table.set_index("error").loc["design"]
        held += row["lower"] <= 0.25 * 0.4 <= row["upper"]
    assert held >= 0.88 * runs


# From a centre's tables -----------------------------------------------------------------------


def centre_of(folder, **study):
    """One survey a contact, each with one sign, so that its error can be told by hand."""
    cases = [  # contact, rating, process, wording, rule, resolved, wait, reason, campaign
        ("c01", 5, "yes", "yes", "", "yes", 5, "", ""),
        ("c02", 1, "yes", "yes", "", "yes", 5, "promise", ""),  # promotion: says so
        ("c03", 1, "yes", "yes", "", "yes", 5, "", "P1"),  # promotion: the campaign gave less
        ("c04", 1, "yes", "yes", "", "no", 5, "attitude", "P1"),  # not promotion: names another owner; not solved
        ("c05", 1, "no", "yes", "", "yes", 5, "", ""),  # execution: process
        ("c06", 1, "yes", "no", "", "yes", 5, "", ""),  # execution: wording
        ("c07", 1, "yes", "yes", "", "yes", 5, "", ""),  # execution: critical review
        ("c08", 1, "yes", "yes", "", "yes", 5, "", ""),  # execution: late ticket
        ("c09", 1, "yes", "yes", "", "no", 5, "rule", ""),  # design: says so
        ("c10", 1, "yes", "yes", "X1", "no", 5, "", ""),  # design: under a rule
        ("c11", 1, "yes", "yes", "X1", "no", 5, "attitude", ""),  # under a rule, names another owner, not solved: unexplained
        ("c12", 1, "no", "yes", "", "no", 5, "rule", ""),  # execution comes first
        ("c13", 1, "yes", "yes", "", "yes", 5, "", ""),  # perception: all met
        ("c14", 1, "yes", "yes", "", "yes", 99, "", ""),  # waited beyond the standard: unexplained
        ("c15", 5, "no", "no", "X1", "no", 99, "promise", "P1"),
        ("c16", 5, "yes", "yes", "", "yes", 5, "", "P2"),
    ]  # fmt: skip
    columns = [
        "contact_id",
        "rating",
        "process_followed",
        "wording_consistent",
        "rule_code",
        "resolved",
        "wait_s",
        "reason",
        "campaign_id",
    ]
    rows = pd.DataFrame(cases, columns=columns).assign(
        at="2024-06-03", customer_id=[f"u{i}" for i in range(len(cases))], topic="bill"
    )
    rows.to_csv(folder / "contacts.csv", index=False)
    pd.DataFrame([("c07", 70, 1, 0), ("c13", 90, 0, 0), ("c09", 95, 0, 0), ("c01", 60, 0, 1)],
                 columns=["contact_id", "score", "customer_critical", "business_critical"]).to_csv(folder / "qa.csv", index=False)  # fmt: skip
    pd.DataFrame([("P1", 40, 10), ("P2", 20, 20)], columns=["campaign_id", "promised_value", "delivered_value"]).to_csv(
        folder / "campaigns.csv", index=False
    )
    pd.DataFrame([("t1", "c08", "o1", "2024-06-03 08:00:00", "2024-06-03 12:30:00"), ("t2", "c13", "o1", "2024-06-03 08:00:00", "2024-06-03 11:00:00")],
                 columns=["ticket_id", "contact_id", "ola_id", "created_at", "first_reply_at"]).to_csv(folder / "tickets.csv", index=False)  # fmt: skip
    pd.DataFrame([("o1", 4)], columns=["ola_id", "first_reply_h"]).to_csv(folder / "ola.csv", index=False)
    content = {"data": {"contacts": "contacts.csv", "qa_reviews": "qa.csv", "campaigns": "campaigns.csv", "tickets": "tickets.csv", "ola": "ola.csv"},
               "scale": {"rating": "five"}, "dimensions": {"topic": "topic", "campaign": "campaign_id"}, "metrics": {"wait_s": "wait_s"}, "standards": {"wait_s": 20},
               "columns": {"at": "at"}, "reasons": {"column": "reason"}, "owners": {"promise": "marketing", "attitude": "agent", "rule": "business_rule"},
               "question": {"current": "2024-06-01/2024-06-30", "target": 0.9}}  # fmt: skip
    return read_centre(check_study({**content, **study}, folder=folder))


JUNE = cs.Question(current="2024-06-01/2024-06-30", target=0.9)


def test_every_survey_goes_to_the_error_that_its_signs_say(tmp_path):
    ledger = five_errors(centre_of(tmp_path), JUNE)
    found = ledger.table.set_index("error")
    assert found["n"].to_dict() == {
        "promotion": 2,
        "execution": 5,
        "design": 2,
        "cognition": 0,
        "perception": 1,
        "unexplained": 3,
    }
    assert ledger.total == pytest.approx(13 / 16) and found["points"].to_dict()["execution"] == pytest.approx(5 / 16)
    inputs = ledger.inputs.set_index("input")
    assert inputs["present"].to_dict() == {
        "reason_promise": True, "campaign_value": True, "process_followed": True, "wording_consistent": True, "qa_critical": True, "ola_breach": True,
        "reason_design": True, "rule_code": True, "change_scope": False, "weights": False, "resolved": True, "standards": True}  # fmt: skip
    assert (
        inputs.loc["campaign_value", "n"] == 1
        and inputs.loc["ola_breach", "n"] == 1
        and inputs.loc["qa_critical", "n"] == 1
    )
    for name in inputs.index:
        assert has(f"error_input.{name}")


def test_a_dear_reason_without_weight_is_a_cognition_error(tmp_path):
    ledger = five_errors(centre_of(tmp_path, weights={"promise": 60, "rule": 40}), JUNE)
    found = ledger.table.set_index("error")
    assert found.loc["cognition", "n"] == 2 and found.loc["unexplained", "n"] == 1  # c04 and c11 name "attitude"
    assert (
        five_errors(centre_of(tmp_path, weights={"promise": 60, "rule": 40, "attitude": 1}), JUNE)
        .table.set_index("error")
        .loc["cognition", "n"]
        == 0
    )


def test_a_centre_with_ratings_alone_leaves_all_unexplained(tmp_path):
    pd.DataFrame({"day": ["2024-06-03"] * 4, "score": [1, 5, 5, 2]}).to_csv(tmp_path / "s.csv", index=False)
    centre = read_centre(
        check_study(
            {"data": {"surveys": "s.csv"}, "columns": {"at": "day", "rating": "score"}, "scale": {"rating": "five"}},
            folder=tmp_path,
        )
    )
    ledger = five_errors(centre, JUNE)
    assert ledger.table.set_index("error")["points"]["unexplained"] == ledger.total == 0.5
    assert not ledger.table.set_index("error")["testable"][list(ERRORS)].any() and not ledger.inputs["present"].any()


def test_a_standard_of_what_is_no_metric_is_refused(tmp_path):
    with pytest.raises(StudyError, match="wait_minutes"):
        five_errors(centre_of(tmp_path, standards={"wait_minutes": 3}), JUNE)


def test_a_harmless_change_with_a_wide_scope_takes_nothing(tmp_path):
    rng = np.random.default_rng(3)
    n = 4000
    day = pd.Timestamp("2024-05-01") + pd.to_timedelta(rng.integers(0, 61, n), unit="D")
    rows = pd.DataFrame(
        {
            "day": day.strftime("%Y-%m-%d"),
            "topic": rng.choice(["bill", "fault"], n),
            "channel": rng.choice(["phone", "chat"], n),
        }
    )
    bad = np.where(
        (rows["day"] >= "2024-06-01") & (rows["topic"] == "fault"), 0.4, np.where(rows["channel"] == "chat", 0.2, 0.1)
    )
    rows["rating"] = np.where(rng.random(n) < bad, 1, 5)
    rows.to_csv(tmp_path / "s.csv", index=False)
    changes = [
        {"change_id": name, "at": "2024-06-01", "kind": "process", "scope": scope}
        for name, scope in (("bad", "topic=fault"), ("harmless", "channel=chat"))
    ]
    centre = read_centre(check_study({"data": {"surveys": "s.csv"}, "columns": {"at": "day", "rating": "rating"}, "scale": {"rating": "five"},
                                      "dimensions": {"topic": "topic", "channel": "channel"}, "changes": changes}, folder=tmp_path))  # fmt: skip
    asked = cs.ask(centre, JUNE)
    fault = ((rows["day"] >= "2024-06-01") & (rows["topic"] == "fault") & (rows["rating"] == 1)).sum()
    assert error_signs(centre, asked)[1].set_index("input").loc["change_scope", "n"] == fault
    chat = ((rows["day"] >= "2024-06-01") & (rows["channel"] == "chat") & (rows["rating"] == 1)).sum()
    assert error_signs(centre, asked, changes=["harmless"])[1].set_index("input").loc["change_scope", "n"] == chat


def test_tickets_are_late_by_their_agreement_or_their_call_back(tmp_path):
    assert late_tickets(centre_of(tmp_path))["contact_id"] == {"c08"}
    pd.DataFrame([("t3", "c01", "2024-06-03 10:00:00", "2024-06-03 09:00:00"), ("t4", "c02", "2024-06-03 10:00:00", ""), ("t5", "c03", "", "")],
                 columns=["ticket_id", "contact_id", "callback_promised_at", "callback_done_at"]).to_csv(tmp_path / "late.csv", index=False)  # fmt: skip
    study = centre_of(tmp_path).study
    other = check_study(
        {
            **study.model_dump(exclude={"folder"}, exclude_none=True, exclude_unset=True),
            "data": {"contacts": "contacts.csv", "tickets": "late.csv"},
        },
        folder=tmp_path,
    )
    assert late_tickets(read_centre(other))["ticket_id"] == {"t4"}


# Quality reviews ------------------------------------------------------------------------------


def reviewed(folder, *, n=600, blind=True, pass_score=None):
    """Reviews that see nothing of what customers of bills mind (`blind`), or fail just those."""
    rng = np.random.default_rng(5)
    rows = pd.DataFrame(
        {
            "contact_id": [f"c{i}" for i in range(n)],
            "at": "2024-06-03",
            "topic": rng.choice(["bill", "other"], n),
            "rating": rng.choice([1, 5], n),
        }
    )
    rows.loc[rng.random(n) < 0.2, "rating"] = np.nan
    rows.to_csv(folder / "contacts.csv", index=False)
    bad = (rows["rating"] == 1) & ~((rows["topic"] == "bill") & blind)
    qa = pd.DataFrame(
        {
            "contact_id": rows["contact_id"],
            "score": np.where(bad, 50, 95),
            "customer_critical": np.where(bad & (rng.random(n) < 0.9), 1, 0),
            "surface_cause": "wording",
        }
    )
    qa = qa[rng.random(n) < 0.7]
    qa.to_csv(folder / "qa.csv", index=False)
    content = {
        "data": {"contacts": "contacts.csv", "qa_reviews": "qa.csv"},
        "scale": {"rating": "five"},
        "dimensions": {"topic": "topic"},
        "columns": {"at": "at"},
    }
    quality = {} if pass_score is None else {"quality": {"pass_score": pass_score}}
    return read_centre(check_study({**content, **quality}, folder=folder)), rows.merge(qa, on="contact_id")


def test_passed_reviews_of_dissatisfied_customers_speak_for_design(tmp_path):
    centre, joined = reviewed(tmp_path)
    found = compare_quality(centre, JUNE, {"topic": "bill"})
    cell = found.table.set_index("place").loc["cell"]
    bad = joined[(joined["topic"] == "bill") & (joined["rating"] == 1)]
    assert (
        cell["n_dissatisfied"] == len(bad)
        and cell["passed_dissatisfied"] == (bad["customer_critical"] == 0).mean() == 1
    )
    assert (cell["lower"], cell["upper"]) == pytest.approx(proportion_confint(len(bad), len(bad), method="wilson"))
    assert found.difference.value > 0.8 and found.difference.lower > 0.5
    evidence = quality_evidence(found)
    assert evidence.kind == "qa_passed" and evidence.grade == "D"
    for lang in ("zh", "en"):
        with speaking(lang):
            assert "100.0%" in text(f"evidence.{evidence.kind}", **evidence.values) and "{" not in found.sentence()


def test_kappa_of_reviews_and_customers_is_cohens(tmp_path):
    centre, joined = reviewed(tmp_path, blind=False)
    rest = compare_quality(centre, JUNE, {"topic": "bill"}).table.set_index("place").loc["rest"]
    mine = joined[(joined["topic"] == "other") & joined["rating"].notna()]
    assert rest["kappa"] == pytest.approx(cohen_kappa_score(mine["customer_critical"] == 0, mine["rating"] == 5))
    assert rest["kappa_lower"] < rest["kappa"] < rest["kappa_upper"] and rest["n"] == len(mine)
    assert quality_evidence(compare_quality(centre, JUNE, {"topic": "bill"})).kind == "qa_failed"


def test_a_least_score_fails_what_no_critical_error_does(tmp_path):
    centre, joined = reviewed(tmp_path, blind=False, pass_score=80)
    found = compare_quality(centre, JUNE)
    assert list(found.table["place"]) == ["all"] and found.table["passed"][0] == pytest.approx(
        (joined["score"] >= 80).mean()
    )


def test_few_reviews_are_no_finding(tmp_path):
    centre, _ = reviewed(tmp_path, n=24)
    found = compare_quality(centre, JUNE, {"topic": "bill"})
    assert found.table["n_dissatisfied"][0] < 10 and quality_evidence(found) is None
    assert any(key == "caveat.quality_few" for key, _ in found.caveats)


def test_a_study_without_reviews_says_so(tmp_path):
    centre = centre_of(tmp_path)
    study = centre.study.model_dump(exclude={"folder"}, exclude_none=True, exclude_unset=True)
    bare = read_centre(check_study({**study, "data": {"contacts": "contacts.csv"}}, folder=tmp_path))
    with pytest.raises(DataError, match="qa_reviews"):
        compare_quality(bare, JUNE)


@pytest.mark.parametrize("world", ["S01", "S06"])
def test_the_planted_error_holds_most_of_its_cell(world):
    from ccsat import worlds

    made = worlds.make(world, rng=101)
    ledger = five_errors(made.centre, cs.ask(made.centre, made.question), where=made.truth["cells"][0]["where"])
    best = ledger.table.sort_values("points", ascending=False).iloc[0]
    assert best["error"] == made.truth["causes"][0]["gap"] and best["share"] > 0.5
