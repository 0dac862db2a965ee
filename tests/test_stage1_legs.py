"""The legs of stage 1: what shows a change of the survey, who answers, what operations expect, and which leg decides."""

import numpy as np
import pandas as pd
import pytest
from test_stages import JUNE, MAY, change, surveys

import ccsat as cs
from ccsat.centre import read_centre
from ccsat.kpis.facing import faced
from ccsat.ledgers.factors import factor_ledger
from ccsat.stages.check import Verdict
from ccsat.stages.factor_leg import shapley
from ccsat.stages.legs import instrument_scopes, scope_text
from ccsat.stages.operational import expected_kpi
from ccsat.study import check_study
from ccsat.wording import speaking

WHEN = cs.Question(current=JUNE, baseline=MAY)


def contacts(
    n=24_000, seed=0, *, bad, answer=lambda t: np.full(len(t), 0.4), solved=lambda t: np.full(len(t), 0.9), mode=None
):
    """Contacts of May and June with who was asked and who answered; unsolved ones are worse by .25."""
    rng = np.random.default_rng(seed + 1000)  # not the draws of `surveys`
    rows = surveys(n, seed)
    rows["channel"] = rng.choice(["phone", "chat"], n)
    rows["solved"] = (rng.random(n) < solved(rows)).astype(int)
    worse = np.clip(bad(rows) + 0.25 * (1 - rows["solved"]), 0, 1)
    unhappy = rng.random(n) < worse
    rows["rating"] = np.where(unhappy, 2, 5)
    rows["pushed"] = 1
    rows["rating"] = rows["rating"].where(rng.random(n) < answer(rows.assign(unhappy=unhappy)))
    if mode is not None:
        rows["mode"] = mode(rows)
    return rows


def make(folder, rows, **extra):
    rows.to_csv(folder / "export.csv", index=False)
    columns = {"survey_id": "survey_id", "at": "day", "rating": "rating", "pushed": "pushed", "resolved": "solved"}
    content = {"data": {"surveys": "export.csv"}, "columns": columns | ({"mode": "mode"} if "mode" in rows else {}),
               "scale": {"rating": "five"}, "dimensions": {d: d for d in ("region", "topic", "channel")},
               "question": {"current": JUNE, "baseline": MAY}, **extra}  # fmt: skip
    return read_centre(check_study(content, folder=folder))


def small_scope(t):
    return t["june"] & t["region"].isin(["north", "south"]) & (t["channel"] == "phone")


def by_text(t):
    return np.where(small_scope(t), "sms", np.where(t["channel"] == "phone", "ivr_key", "app_pop"))


def fewer_and_unhappier(t):
    return np.where(small_scope(t), np.where(t["unhappy"], 0.36, 0.15), 0.4)


# The instrument, declared by nobody -----------------------------------------------------------------


def test_an_undeclared_change_of_mode_is_found_with_its_scope_and_day(tmp_path):
    rows = contacts(bad=lambda t: np.full(len(t), 0.06), answer=fewer_and_unhappier, mode=by_text)
    check = cs.check_data(make(tmp_path, rows), WHEN)
    sign = next(s for s in check.legs["instrument"]["signs"] if s["key"] == "mode")
    assert (sign["level"], sign["day"]) == ("sms", "2024-06-01")
    assert check.legs["unchanged_scope"]["scope"] == ["region=north|south; channel=phone"] or check.legs[
        "unchanged_scope"
    ]["scope"] == ["channel=phone; region=north|south"]
    assert check.verdict is Verdict.ARTEFACT
    part = check.legs["instrument_part"]
    assert part["assessed"] and part["beyond_noise"] and part["lower"] < part["points"] < part["upper"] < 0


def test_a_shift_of_channels_is_no_change_of_the_instrument(tmp_path):
    rows = contacts(
        bad=lambda t: np.full(len(t), 0.06), mode=lambda t: np.where(t["channel"] == "phone", "ivr_key", "app_pop")
    )
    rows = rows[~(rows["june"] & (rows["channel"] == "phone") & (rows.index % 3 > 0))]
    check = cs.check_data(make(tmp_path, rows), WHEN)
    assert not check.legs["instrument"]["moved"]


def test_upset_customers_who_speak_up_are_no_artefact(tmp_path):
    def hit(t):
        return t["june"] & (t["region"] == "north")

    rows = contacts(bad=lambda t: np.where(hit(t), 0.12, 0.06), solved=lambda t: np.where(hit(t), 0.75, 0.9),
                    answer=lambda t: np.where(hit(t), np.where(t["unhappy"], 0.6, 0.5), 0.4))  # fmt: skip
    check = cs.check_data(make(tmp_path, rows), WHEN)
    assert [s["key"] for s in check.legs["instrument"]["signs"]] == ["participation"] and not check.legs["instrument"][
        "hard"
    ]
    assert check.legs["operational"]["inside"].upper < 0
    assert check.verdict is Verdict.REAL and "because.operational_inside" in dict(check.because)


def test_fewer_answers_with_as_many_bad_ones_are_an_artefact(tmp_path):
    rows = contacts(bad=lambda t: np.full(len(t), 0.06), answer=fewer_and_unhappier)
    check = cs.check_data(make(tmp_path, rows), WHEN)
    assert not check.legs["participation"]["inside"]["more_bad"]
    assert check.verdict is Verdict.ARTEFACT


def test_fewer_answers_with_more_bad_ones_are_real(tmp_path):
    def hit(t):
        return t["june"] & (t["region"] == "north")

    rows = contacts(bad=lambda t: np.where(hit(t), 0.25, 0.06), answer=lambda t: np.where(hit(t), 0.3, 0.4))
    check = cs.check_data(make(tmp_path, rows), WHEN)
    assert check.verdict is Verdict.REAL and "because.more_bad" in dict(check.because)


# Time ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("from_day", "expected"), [("2024-05-16", Verdict.REAL), ("2024-06-01", Verdict.REAL)])
def test_days_of_one_way_of_asking_tell_where_the_survey_changed_for_all(tmp_path, from_day, expected):
    """The mode changes for everybody; the service fell on 1 June, or (second case) with operations."""
    late = from_day == "2024-06-01"
    rows = contacts(bad=lambda t: np.where(t["june"], 0.12, 0.06), solved=lambda t: np.where(t["june"] & late, 0.7, 0.9),
                    mode=lambda t: np.where(t["day"] >= from_day, "sms", "ivr_key"))  # fmt: skip
    check = cs.check_data(make(tmp_path, rows), WHEN)
    assert check.legs["same_time"]["assessed"] is not late
    assert check.verdict is expected


def test_a_change_for_all_at_once_with_nothing_else_to_see_cannot_be_told(tmp_path):
    rows = contacts(bad=lambda t: np.where(t["june"], 0.12, 0.06), mode=lambda t: np.where(t["june"], "sms", "ivr_key"))
    check = cs.check_data(make(tmp_path, rows), WHEN)
    assert check.verdict is Verdict.INSUFFICIENT and check.because[-1][0] == "because.no_scope"


# Operations and participation -----------------------------------------------------------------------


def test_operations_expect_what_operations_did(tmp_path):
    rows = contacts(bad=lambda t: np.full(len(t), 0.06), solved=lambda t: np.where(t["june"], 0.7, 0.9))
    leg = cs.check_data(make(tmp_path, rows), WHEN).legs["operational"]
    assert leg["moved"] and leg["lower"] <= -0.05 <= leg["upper"]  # .2 more unsolved, each worse by .25
    assert leg["covariates"] == ["resolved"] and leg["n"] + leg["n_baseline"] == len(rows)
    selection = leg["selection"]
    assert selection.lower <= 0 <= selection.upper


@pytest.mark.parametrize(("solved", "expected"), [(0.9, 0.0), (0.8, -0.025)])
def test_operations_alone_leave_out_which_contacts_came(tmp_path, solved, expected):
    def hit(t):
        return t["june"] & (t["region"] == "north")

    def faults(t):  # of the north's contacts in June two in three are faults, which are rated badly
        return np.where(hit(t) & (np.arange(len(t)) % 2 == 0), "fault", t["topic"])

    rows = contacts(bad=lambda t: np.where(faults(t) == "fault", 0.30, 0.05), solved=lambda t: np.where(hit(t), solved, 0.9))
    centre, asked = faced(make(tmp_path, rows.assign(topic=faults(rows))), WHEN)
    model = expected_kpi(centre, asked)
    north = (model.contacts.rows["region"] == "north").to_numpy()
    whole, alone = model.move(north), model.of_operations(north).move(north)
    assert whole.upper < -0.05 and alone.lower <= expected <= alone.upper
    assert alone.upper - alone.lower < 0.6 * (whole.upper - whole.lower)
    assert (alone.n, alone.n_baseline) == ((north & model.contacts.now).sum(), (north & ~model.contacts.now).sum())


def test_a_price_shock_leaves_operations_flat(tmp_path):
    rows = contacts(bad=lambda t: np.where(t["june"], 0.16, 0.06))
    check = cs.check_data(make(tmp_path, rows), WHEN)
    assert not check.legs["operational"]["moved"] and check.verdict is Verdict.REAL


def test_another_kind_of_respondent_is_named_and_weighted_away(tmp_path):
    rows = contacts(
        40_000, bad=lambda t: np.full(len(t), 0.06), answer=lambda t: np.where(t["june"] & (t["solved"] == 1), 0.2, 0.4)
    )
    check = cs.check_data(make(tmp_path, rows), WHEN)
    leg = check.legs["participation"]
    proxy = next(row for row in leg["proxies"] if row["proxy"] == "resolved")
    assert leg["kind_moved"] and proxy["upper"] < 0.6
    assert check.change.upper < 0
    for way in ("weighted", "raked"):
        assert leg[way]["lower"] <= 0 <= leg[way]["upper"] and abs(leg[way]["change"]) < abs(check.change.value)
        assert leg[way]["n_effective"] < (rows["june"] & rows["rating"].notna()).sum()
    low, high = leg["bounds"]
    assert low < leg["weighted"]["value"] < high and high - low == pytest.approx(1 - leg["answer"])


# Factors --------------------------------------------------------------------------------------------

P0, Y0 = (0.55, 0.25, 0.15, 0.05), (0.97, 0.94, 0.91, 0.66)
P1, Y1 = (0.40, 0.31, 0.21, 0.08), (0.975, 0.945, 0.92, 0.68)
ANSWER0, ANSWER1 = (0.30,) * 4, (0.20, 0.30, 0.34, 0.45)


@pytest.mark.parametrize(("after", "before", "expected"), [
    ((P0, ANSWER1, Y0), (P0, ANSWER0, Y0), (0.0, -0.015524, 0.0)),
    ((P1, ANSWER1, Y1), (P0, ANSWER0, Y0), (-0.015675, -0.016478, 0.007323)),
])  # fmt: skip
def test_the_split_of_many_draws_is_the_worked_one(after, before, expected):
    names = ("contacts", "participation", "value")
    found = shapley(
        *({n: np.array([v, v]) for n, v in zip(names, side, strict=True)} for side in (after, before)), names
    )
    assert found == pytest.approx(np.array([expected, expected]), abs=1e-6)


def test_the_split_of_many_draws_is_the_ledgers():
    rng = np.random.default_rng(0)
    names = ("contacts", "push", "answer", "value")
    now, before = ({n: rng.uniform(0.2, 0.9, (1, 6)) for n in names} for _ in range(2))
    cells = pd.DataFrame({n: now[n][0] for n in names} | {f"{n}_baseline": before[n][0] for n in names})
    assert shapley(now, before, names)[0] == pytest.approx(factor_ledger(cells).table["points"].to_numpy())


def test_factors_add_up_to_the_change_and_name_what_moved(tmp_path):
    rows = contacts(40_000, bad=lambda t: np.where(t["topic"] == "fault", 0.3, 0.04),
                    answer=lambda t: np.where(t["june"] & (t["topic"] == "fault"), 0.8, 0.4))  # fmt: skip
    check = cs.check_data(make(tmp_path, rows), WHEN)
    leg = check.legs["factors"]
    rows = {row["effect"]: row for row in leg["rows"]}
    assert sum(row["points"] for row in leg["rows"]) == pytest.approx(check.change.value, abs=1e-9)
    assert rows["answer_effect"]["upper"] < 0 and rows["answer_effect"]["points"] == pytest.approx(
        check.change.value, abs=0.01
    )
    assert rows["rate_effect"]["lower"] <= 0 <= rows["rate_effect"]["upper"]


# Words ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_reason_has_words(tmp_path, lang):
    rows = contacts(bad=lambda t: np.full(len(t), 0.06), answer=fewer_and_unhappier, mode=by_text)
    check = cs.check_data(make(tmp_path, rows), WHEN)
    with speaking(lang):
        words = check.because_in_words()
    assert len(words) == len(check.because) >= 4 and not any("{" in one for one in words)


def test_a_scope_that_the_data_do_not_know_is_taken_from_the_data(tmp_path):
    rows = contacts(bad=lambda t: np.full(len(t), 0.06), answer=fewer_and_unhappier, mode=by_text)
    centre = make(tmp_path, rows, changes=[change("2024-06-01", "city=R9", "survey_instrument")])
    check = cs.check_data(centre, WHEN)
    assert {k for scope in instrument_scopes(centre, check.asked, check.legs["instrument"]) for k in scope} == {
        "region",
        "channel",
    }
    assert check.verdict is Verdict.ARTEFACT and "caveat.scope_unknown" in dict(check.caveats)
    assert scope_text({"a": ["x", "y"], "b": ["z"]}) == "a=x|y; b=z"


def test_a_level_question_says_why(tmp_path):
    rows = contacts(4_000, bad=lambda t: np.full(len(t), 0.06))
    check = cs.check_data(make(tmp_path, rows), cs.Question(current=JUNE, target=0.99))
    assert check.verdict is Verdict.REAL and [key for key, _ in check.because] == ["because.level_real"]
