"""The routine notebooks: a day's bad reviews (R01) and the verification of actions (R05), by their functions and as whole runs."""

import csv
import json
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
from run_examples import put_run
from test_register_verify import START, make

import ccsat as cs
from ccsat import figures, routine, views_watch, worlds
from ccsat.contracts import check_namespace, check_values, find_contract
from ccsat.errors import CaliberError, DataError, NoDataError, StudyError
from ccsat.figures.watch import stretches
from ccsat.register import Actions
from ccsat.register.prints import register_print
from ccsat.routine.followup import due_actions, put_on_record
from ccsat.routine.repeats import Since, findings_before, runs_folder, since
from ccsat.runs import run_study
from ccsat.runs.levels import level_of
from ccsat.runs.operations import operations_of
from ccsat.study import check_study
from ccsat.wording import speaking

FIRST, DAYS = date(2025, 1, 6), 84  # twelve whole weeks
LAST = FIRST + timedelta(DAYS - 1)
EACH = 60  # ratings of a channel and day
STUDY = {
    "study": {"name": "shop", "lang": "en"},
    "data": {"surveys": "s.csv"},
    "columns": {"at": "at"},
    "scale": {"rating": "five"},
    "dimensions": {"channel": "channel"},
    "reasons": {"column": "reasons"},
    "owners": {"fee": "billing_product", "rude": "agent", "slow": "centre_process"},
    "question": {"kpi": "satisfaction_rate", "current": "2025-03", "target": 0.9},
}


def write_shop(folder, *, bad=lambda channel, day: 3, days=DAYS, skip=(), **more):
    """Three channels of 60 ratings a day, 3 of them bad: one for a fee, one for a rude agent and slowness, one without a reason. Nothing in it is random."""
    rows = []
    for day in range(days):
        if day in skip:
            continue
        for channel in ("phone", "chat", "app"):
            n = bad(channel, day)
            for i in range(EACH):
                reasons = ("fee", "rude;slow", "")[i % 3] if i < n else ""
                rows.append((len(rows), f"{FIRST + timedelta(day)} 10:00", channel, 1 if i < n else 5, reasons))
    table = pd.DataFrame(rows, columns=["survey_id", "at", "channel", "rating", "reasons"])
    table.to_csv(folder / "s.csv", index=False)
    return {**STUDY, **more}


def shop(folder, **options):
    return cs.read_centre(check_study(write_shop(folder, **options), folder=folder))


def broken(channel, day, start=60, stop=DAYS):
    return 12 if channel == "chat" and start <= day < stop else 3


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    return shop(tmp_path_factory.mktemp("quiet"))


@pytest.fixture(scope="module")
def chat(tmp_path_factory):
    return shop(tmp_path_factory.mktemp("chat"), bad=broken)


# R01 ---------------------------------------------------------------------------------------------


def test_a_quiet_centre_opens_nothing(quiet):
    daily = routine.watch_day(quiet)
    assert daily.table.empty and daily.counts() == {"open": 0, "new": 0, "continuing": 0, "closed": 0, "whole": 0}
    assert daily.measured.headline["current"].n == 180 and daily.measured.headline["current"].numerator == 9
    assert daily.measured.headline["baseline"].n == 28 * 180 and daily.change.value == pytest.approx(0)
    found = routine.day_findings(daily, "shop", as_of=str(LAST))
    assert found["check"]["verdict"] == "quiet" and found["alerts"] == [] and found["watch"]["cells"] == 4


def test_the_cell_that_broke_is_alerted_on_its_day(chat):
    daily = routine.watch_day(chat, as_of=str(FIRST + timedelta(64)))
    row = next(row for row in daily.table.to_dict("records") if row["where"] == {"channel": "chat"})
    assert FIRST + timedelta(60) <= row["opened"] <= FIRST + timedelta(62)
    assert (
        row["status"] == "new"
        and row["value"] == pytest.approx(0.8)
        and row["expected"] == pytest.approx(0.95, abs=0.01)
    )
    assert not any(where in ({"channel": "phone"}, {"channel": "app"}) for where in daily.table["where"])
    found = json.loads(json.dumps(routine.day_findings(daily, "shop", as_of="x"), default=str))
    alert = next(one for one in found["alerts"] if one["cell"] == {"channel": "chat"})
    assert set(alert) >= {"cell", "opened", "state", "rule", "n", "value", "expected", "change", "status"}
    assert (
        alert["change"]["lower"] < alert["change"]["value"] < alert["change"]["upper"]
        and alert["change"]["level"] == 0.8
    )


def test_a_day_is_judged_by_what_was_known_then(chat):
    before = routine.watch_day(chat, as_of=str(FIRST + timedelta(58)))
    assert before.table.empty and before.day == FIRST + timedelta(58)


def test_the_run_before_makes_an_alert_new_continuing_or_closed(tmp_path):
    centre = shop(tmp_path, bad=lambda channel, day: broken(channel, day, 50, 64))
    out = tmp_path / "runs"
    work = out / "shop-R01" / ".work-abc" / "publish"
    work.mkdir(parents=True)
    days = [str(FIRST + timedelta(day)) for day in (49, 54, 57, 75)]
    seen = []
    for day in days:
        daily = routine.watch_day(centre, as_of=day, out_dir=work)
        routine.write_day(daily, centre, work, as_of=day)
        place = put_run(out, study="shop-R01", as_of=day, key="k", verdict="alert", exit_code=0, quick=True)
        (place / "findings.json").write_text((work / "findings.json").read_text(encoding="utf-8"), encoding="utf-8")
        status = {str(row["where"]): row["status"] for row in daily.table.to_dict("records")}
        seen.append((daily.before, status.get("{'channel': 'chat'}"), [one["where"] for one in daily.closed]))
    assert seen[0] == (None, None, [])
    assert seen[1] == (days[0], "new", []) and seen[2][:2] == (days[1], "continuing")
    assert seen[3][0] == days[2] and seen[3][1] is None and {"channel": "chat"} in seen[3][2]
    last = json.loads((work / "findings.json").read_text(encoding="utf-8"))
    closed = next(one for one in last["alerts"] if one["cell"] == {"channel": "chat"})
    assert closed["status"] == "closed" and closed["state"] == "recovered" and closed["closed"] > days[2]


def test_findings_of_another_form_are_no_run_before(tmp_path, chat):
    work = tmp_path / "shop-R01" / ".work-abc" / "publish"
    for alerts in (
        [{"cell": {"channel": "chat"}}],
        [{"cell": {"channel": "chat"}, "state": "open", "kpi": "nps", "caliber": "standard"}],
    ):
        place = put_run(
            tmp_path,
            study="shop-R01",
            as_of="2025-03-01",
            key=f"k{len(alerts)}{len(alerts[0])}",
            verdict="alert",
            exit_code=0,
            quick=True,
        )
        kpi = {"key": "bad_review_rate", "caliber": "five_level"}
        (place / "findings.json").write_text(json.dumps({"as_of": "2025-03-01", "kpi": kpi, "alerts": alerts}))
        daily = routine.watch_day(chat, as_of=str(FIRST + timedelta(64)), out_dir=work)
        assert daily.before == "2025-03-01" and set(daily.table["status"]) <= {"new", "recurred"} and not daily.closed


def test_the_split_closes_and_knows_the_sides(quiet):
    daily = routine.watch_day(quiet)
    rate = 9 / 180
    owners = daily.owners.table.set_index("owner")["points"]
    assert daily.owners.total == pytest.approx(rate) and owners.sum() == pytest.approx(rate, abs=1e-9)
    assert owners["billing_product"] == pytest.approx(rate / 3) and owners["agent"] == pytest.approx(rate / 6)
    sides = daily.sides.table.set_index("owner")["points"]
    assert sides.to_dict() == pytest.approx({"business": rate / 3, "service": rate / 3, "unstated": rate / 3})
    assert daily.split_n == 7 * 180 and daily.reasons.total == pytest.approx(rate)
    assert routine.watch_day(quiet, span=1).split_n == 180


def test_the_budget_counts_the_month(quiet):
    spent = routine.watch_day(quiet).spent
    assert (spent.first, spent.last) == (date(2025, 3, 1), date(2025, 3, 31))
    assert spent.expected_n == 31 * 180 and spent.budget.allowed == pytest.approx(558) and spent.budget.used == 30 * 9
    assert spent.budget.burn_rate == pytest.approx(0.5) and spent.lower < 0.5 < spent.upper


def test_without_a_target_or_reasons_the_day_says_so(tmp_path):
    centre = shop(tmp_path, question={"kpi": "satisfaction_rate", "current": "2025-03"}, reasons=None, owners={})
    daily = routine.watch_day(centre)
    assert daily.spent is None and daily.sides is None
    for lang, words in (("en", "There is no target"), ("zh", "没有满意率目标")):
        with speaking(lang):
            assert words in repr(views_watch.show_day(daily))
            assert views_watch.show_sides(daily) is None


def test_a_closed_day_is_reported_by_the_last_open_one(tmp_path):
    centre = shop(tmp_path, skip=[day for day in range(DAYS) if day % 7 == 6 and day < DAYS - 1])
    sunday = str(FIRST + timedelta(76))
    daily = routine.watch_day(centre, as_of=sunday)
    assert (
        daily.day == FIRST + timedelta(75)
        and ("caveat.daily_older", {"day": str(daily.day), "asked": sunday}) in daily.caveats
    )


def test_days_that_are_not_there_are_refused(quiet):
    with pytest.raises(NoDataError):
        routine.watch_day(quiet, as_of=str(LAST + timedelta(9)))
    with pytest.raises(DataError, match="at least 29"):
        routine.watch_day(quiet, as_of=str(FIRST + timedelta(10)))


def test_a_scale_without_bad_reviews_is_refused(tmp_path):
    centre = shop(tmp_path, scale={"rating": "nps"}, question={"kpi": "nps", "current": "2025-03"})
    with pytest.raises(CaliberError):
        routine.watch_day(centre)


def test_small_groups_are_not_named(chat, tmp_path):
    centre = shop(tmp_path, bad=broken, privacy={"minimum_group": 100000})
    daily = routine.watch_day(centre, as_of=str(FIRST + timedelta(64)))
    assert (
        daily.table.empty
        and daily.hidden >= 1
        and "chat" not in repr(views_watch.show_day(daily)) + repr(views_watch.show_alerts(daily))
    )


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_day_in_words_carries_n_and_intervals(chat, lang):
    with speaking(lang):
        daily = routine.watch_day(chat, as_of=str(FIRST + timedelta(64)))
        answer = views_watch.show_day(daily)
        assert views_watch.show_recent(daily) is None and views_watch.show_charts(daily) is not None
        shown = repr([views_watch.show_alerts(daily), views_watch.show_sides(daily), views_watch.show_minded(daily)])
    assert len(answer.rows) == 5 and "None" not in repr(answer) + shown and "nan" not in repr(answer) + shown
    assert {"zh": "95% 区间", "en": "95% interval"}[lang] in answer.rows[0][1] and "180" in answer.rows[0][1]
    assert {"zh": "80% 区间", "en": "80% interval"}[lang] in answer.rows[1][1] and "channel = chat" in shown
    assert not any(word in (repr(answer) + shown).lower() for word in ("caused", "because of", "导致", "造成"))


def test_the_chart_has_limits_and_marks_open_days(chat):
    daily = routine.watch_day(chat, as_of=str(FIRST + timedelta(70)))
    figure = figures.plot_watch(daily.watched, {"channel": "chat"})
    assert len(figure.data) == 3 and len(figure.layout.shapes) >= 1
    red = [colour for colour in figure.data[2].marker.color if colour == "#c0492b"]
    assert (
        len(red)
        == int(
            daily.watched.series.query("cell == 2")["open"].sum()
            if daily.watched.cells[2] == {"channel": "chat"}
            else len(red)
        )
        and red
    )
    rows = pd.DataFrame({"open": [0, 1, 1, 0, 1], "day": pd.date_range("2025-01-01", periods=5)})
    assert [(first.day, last.day, still) for first, last, still in stretches(rows)] == [(2, 3, False), (5, 5, True)]


# R05 ---------------------------------------------------------------------------------------------


SCOPE = "line=a; region=R1|R2"


def actions_centre(folder, *, own=(), **options):
    centre = make(folder, **options)
    content = {"study": {"name": "shop", "lang": "en"}, "data": {"surveys": "s.csv"}, "columns": {"at": "at"}, "scale": {"rating": "five"},
               "dimensions": {"region": "region", "line": "line", "arm": "arm"}, "question": {"kpi": "satisfaction_rate", "current": "2025-03"}}  # fmt: skip
    return cs.read_centre(check_study({**content, **({"actions": list(own)} if own else {})}, folder=folder)), centre


@pytest.fixture
def place(tmp_path):
    """Where R05 works: its work folder below the folder of all runs, and the study's register."""
    work = tmp_path / "runs" / "shop-R05" / ".work-k" / "publish"
    work.mkdir(parents=True)
    return work, Actions(tmp_path / "runs" / "shop")


def test_each_action_gets_its_answer_and_is_put_on_record(tmp_path, place):
    work, register = place
    centre, _ = actions_centre(tmp_path, effect=0.15)
    act = {"at": START, "state": "done", "predicted_points": 0.02}
    register.add({"action_id": "good", "scope": SCOPE, **act})
    register.add({"action_id": "vain", "scope": "line=b; region=R3", **act, "predicted_points": 0.0001})
    register.add({"action_id": "late", "scope": SCOPE, "at": centre.days[1] - timedelta(5), "state": "done"})
    register.add({"action_id": "lost", "scope": "shop=7", **act})
    register.add({"action_id": "due", "at": START, "due_on": START, "owner": "agent"})
    register.add({"action_id": "dropped", "scope": SCOPE, "at": START, "state": "dropped"})
    followed = routine.follow_actions(centre, out_dir=work)
    told = dict(zip(followed.table["action_id"], followed.table["told"], strict=True))
    assert told == {"good": "works", "vain": "cannot_tell", "late": "too_early", "lost": "not_comparable"}
    status = dict(zip(followed.table["action_id"], followed.table["status"], strict=True))
    assert status["good"] == "closed" and status["vain"] == status["late"] == "new"
    good = followed.table.set_index("action_id").loc["good"]
    assert (
        good["points_lower"] > 0
        and good["points_lower"] < good["points"] < good["points_upper"]
        and good["predicted_points"] == 0.02
    )
    assert list(followed.overdue["action_id"]) == ["due"] and followed.counts()["works"] == 1
    assert dict(register.verifications()[["action_id", "told"]].to_numpy()) == {"good": "works", "vain": "cannot_tell"}


def test_the_same_day_again_says_the_same_and_records_nothing_more(tmp_path, place):
    work, register = place
    centre, _ = actions_centre(tmp_path, effect=0.15)
    register.add({"action_id": "good", "scope": SCOPE, "at": START, "state": "done", "predicted_points": 0.02})
    first, again = (routine.follow_actions(centre, out_dir=work) for _ in range(2))
    pd.testing.assert_frame_equal(first.table, again.table)
    assert len(register.verifications()) == 1


def test_what_is_firm_stays_and_a_past_day_supersedes_nothing(tmp_path, place):
    work, register = place
    centre, _ = actions_centre(tmp_path, effect=0.15)
    register.add({"action_id": "good", "scope": SCOPE, "at": START, "state": "done", "predicted_points": 0.02})
    early = str(centre.days[1] - timedelta(7))
    routine.follow_actions(centre, as_of=early, out_dir=work)
    later = routine.follow_actions(centre, out_dir=work)
    assert later.table.empty and list(later.settled["action_id"]) == ["good"] and later.counts()["settled_before"] == 1
    past = routine.follow_actions(centre, as_of=str(centre.days[1] - timedelta(14)), out_dir=work)
    assert list(past.table["action_id"]) == ["good"]
    assert register.verifications()["as_of"].tolist() == [early]
    verified = past.verified["good"][0]
    assert not put_on_record(register, verified, centre.days[1] - timedelta(14)) and put_on_record(
        register, verified, centre.days[1]
    )
    assert due_actions(register, centre.days[1] + timedelta(1))[0] == []


def test_the_studys_own_list_is_taken_over_and_leaves_the_fingerprint_alone(tmp_path, place):
    work, register = place
    own = [{"action_id": "own", "at": str(START), "scope": SCOPE, "owner": "agent", "predicted_points": 0.02, "title_zh": "培训", "title_en": "training"},
           {"action_id": "later", "at": "2026-01-01", "scope": SCOPE}]  # fmt: skip
    centre, _ = actions_centre(tmp_path, own=own, effect=0.15)
    folder = tmp_path / "runs" / "shop"
    before = register_print(folder, centre.study)
    followed = routine.follow_actions(centre, out_dir=work)
    assert followed.table["action_id"].tolist() == ["own"] and followed.table["told"].tolist() == ["works"]
    assert register.actions()["action_id"].tolist() == ["own"] and register_print(folder, centre.study) == before
    register.set_state("own", "dropped")
    dropped = register_print(folder, centre.study)
    register.add({"action_id": "more"})
    assert len({json.dumps(one) for one in (before, dropped, register_print(folder, centre.study))}) == 3


def test_the_run_before_says_what_goes_on_and_what_is_gone(tmp_path, place):
    work, register = place
    centre, _ = actions_centre(tmp_path)
    for name in ("on", "off"):
        register.add({"action_id": name, "scope": SCOPE, "at": START, "state": "done", "predicted_points": 0.0001})
    day = str(centre.days[1] - timedelta(7))
    routine.write_followed(routine.follow_actions(centre, as_of=day, out_dir=work), centre, work, as_of=day)
    run = put_run(tmp_path / "runs", study="shop-R05", as_of=day, key="k", verdict="pending", exit_code=0, quick=True)
    (run / "findings.json").write_text((work / "findings.json").read_text(encoding="utf-8"), encoding="utf-8")
    register.set_state("off", "dropped")
    followed = routine.follow_actions(centre, out_dir=work)
    assert followed.before == day and followed.gone == ("off",) and followed.counts()["closed"] == 1
    assert followed.table[["action_id", "status"]].to_numpy().tolist() == [["on", "continuing"]]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_verifications_in_words(tmp_path, place, lang):
    work, register = place
    centre, _ = actions_centre(tmp_path, effect=0.15)
    register.add(
        {
            "action_id": "good",
            "scope": SCOPE,
            "at": START,
            "state": "done",
            "predicted_points": 0.02,
            "title_zh": "短信",
            "title_en": "text",
        }
    )
    register.add(
        {"action_id": "vain", "scope": "line=b; region=R3", "at": START, "state": "done", "predicted_points": 0.0001}
    )
    with speaking(lang):
        followed = routine.follow_actions(centre, out_dir=work)
        parts = [
            show(followed)
            for show in (
                views_watch.show_followed,
                views_watch.show_actions,
                views_watch.show_verified,
                views_watch.show_minded,
            )
        ]
    shown = repr(parts)
    assert {"zh": "有效", "en": "works"}[lang] in shown and {"zh": "短信", "en": "good text"}[lang] in shown
    assert {"zh": "预期（点）", "en": "points predicted"}[lang] in shown and {"zh": "两年", "en": "two years"}[
        lang
    ] in shown
    assert "None" not in shown.replace("None, None", "") and "nan" not in shown


def test_a_change_for_the_worse_is_said(tmp_path, place):
    work, register = place
    centre, _ = actions_centre(tmp_path, effect=-0.2)
    register.add({"action_id": "bad", "scope": SCOPE, "at": START, "state": "done", "predicted_points": 0.02})
    followed = routine.follow_actions(centre, out_dir=work)
    assert followed.table[["told", "because"]].to_numpy().tolist() == [["no_effect", "worse"]]
    for lang, words in (("en", "it got worse"), ("zh", "反而变差")):
        with speaking(lang):
            assert words in repr(views_watch.show_actions(followed))
            assert {"en": "worse side", "zh": "变差一侧"}[lang] in repr(views_watch.show_followed(followed))


def test_a_notebook_by_itself_records_nothing(tmp_path):
    centre, _ = actions_centre(
        tmp_path, own=[{"action_id": "own", "at": str(START), "scope": SCOPE, "predicted_points": 0.02}], effect=0.15
    )
    followed = routine.follow_actions(centre, out_dir=tmp_path / "elsewhere")
    assert (
        not followed.recorded
        and followed.table["told"].tolist() == ["works"]
        and not list(tmp_path.rglob("register.sqlite"))
    )


# What both share ---------------------------------------------------------------------------------


def test_the_run_before_is_a_good_one_of_an_earlier_day(tmp_path):
    for day, key, more in (("2024-06-01", "a", {}), ("2024-06-02", "b", {"finished": "2024-06-09T01:00:00"}), ("2024-06-02", "c", {"finished": "2024-06-03T01:00:00"}),
                           ("2024-06-03", "d", {"verdict": "artefact"}), ("2024-06-04", "e", {"value": 0.1})):  # fmt: skip
        put_run(tmp_path, as_of=day, key=key, **{"value": 0.5 + ord(key) / 1000, **more})
    value = lambda day, **like: (
        findings_before(tmp_path / "shop", day, like=like) or {"kpi": {"current": {"value": None}}}
    )["kpi"]["current"]["value"]
    assert value("2024-06-04") == 0.5 + ord("b") / 1000 and value("2024-06-02") == 0.5 + ord("a") / 1000
    assert value("2024-06-01") is None and value("2024-06-05", key="other") is None and value("2024-06-05") == 0.1


def test_the_folder_of_runs_is_found_from_where_a_notebook_works(tmp_path):
    assert runs_folder(tmp_path / "out" / "shop-R01" / ".work-1" / "publish", "shop-R01") == tmp_path / "out"
    assert runs_folder(tmp_path / "elsewhere", "shop-R01") is None
    put_run(tmp_path / "out", study="shop-R01", quick=True)
    assert runs_folder(tmp_path / "out" / ".shop-R01-schedule", "shop-R01") == tmp_path / "out"


def test_standing():
    assert [since("a", *more) for more in ((["a"],), ([],), ([], ["a"]))] == [
        Since.CONTINUING,
        Since.NEW,
        Since.RECURRED,
    ]


@pytest.mark.parametrize("code", ["R01", "R05"])
@pytest.mark.parametrize(("given", "words"), [({"as_of": "1.5.2025"}, "ISO date"), ({"lang": "cn"}, "'zh', 'en'"), ({"splitdays": 3}, "no such parameter"), ({"go_on": 3}, "type bool"),
                                              ({"settings": "x"}, "JSON table")])  # fmt: skip
def test_bad_parameters_are_refused(code, given, words):
    with pytest.raises(StudyError, match=words):
        check_values(find_contract(code).parameters, given, notebook=code)


@pytest.mark.parametrize("days", [0, 93, "7", 1.5])
def test_a_bad_span_is_refused_in_the_notebook_too(days):
    with pytest.raises(StudyError, match="split_days"):
        check_namespace({"split_days": days}, "R01")


@pytest.mark.parametrize(
    ("found", "level"),
    [
        ({"watch": {"open": 0, "whole": 0}}, "green"),
        ({"watch": {"open": 2, "whole": 0}}, "amber"),
        ({"watch": {"open": 2, "whole": 1}}, "red"),
    ],
)
def test_open_alerts_reach_the_levels_of_the_sidecar(found, level):
    operations = operations_of(check_study(STUDY, folder=Path(".")), find_contract("R01"))
    assert level_of({"kpi": {}, **found}, operations).name == level


def test_an_action_without_effect_reaches_amber():
    operations = operations_of(check_study(STUDY, folder=Path(".")), find_contract("R05"))
    for follow, level in (
        ({"no_effect": 0, "overdue": 0}, "green"),
        ({"no_effect": 1, "overdue": 0}, "amber"),
        ({"no_effect": 0, "overdue": 2}, "amber"),
    ):
        assert level_of({"kpi": {}, "follow": follow}, operations).name == level


# Whole runs --------------------------------------------------------------------------------------

TOML = """
actions = [{{action_id = "own", at = "2025-02-03", scope = "channel=chat", title_zh = "话术", title_en = "script", predicted_points = 0.01}}]
[study]
name = "shop"
lang = "{lang}"
[data]
surveys = "s.csv"
[columns]
at = "at"
[scale]
rating = "five"
[dimensions]
channel = "channel"
[reasons]
column = "reasons"
[owners]
fee = "billing_product"
rude = "agent"
slow = "centre_process"
[question]
current = "2025-03"
target = 0.9
"""


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_both_run_and_publish_under_their_own_names(tmp_path, lang):
    write_shop(tmp_path, bad=broken)
    study, out = tmp_path / "shop.toml", tmp_path / "runs"
    study.write_text(TOML.format(lang=lang), encoding="utf-8")
    day = str(FIRST + timedelta(66))
    done = run_study(study, notebook="R01", as_of=day, out=out)
    assert done.folder.parts[-3:-1] == ("shop-R01", day) and done.exit_code == 0 and done.level in ("amber", "red")
    names = {path.name for path in done.folder.iterdir()}
    assert names == {
        "report.html",
        "executed.ipynb",
        "findings.json",
        "run.json",
        "alerts.csv",
        "watch.csv",
        "split.csv",
    }
    assert [one["cell"] for one in done.findings["alerts"] if one["cell"]] == [{"channel": "chat"}] and (
        out / "shop-R01" / "latest.txt"
    ).is_file()
    with (done.folder / "alerts.csv").open(encoding="utf-8-sig") as lines:
        assert len(list(csv.reader(lines))) == len(done.findings["alerts"]) + 1
    assert run_study(study, notebook="R01", as_of=day, out=out).already
    checked = run_study(study, notebook="R05", out=out)
    assert checked.folder.parts[-3] == "shop-R05" and [one["action_id"] for one in checked.findings["actions"]] == [
        "own"
    ]
    register = Actions(out / "shop")
    assert register.verifications()["action_id"].tolist()[:1] == ["own"]
    for run, words in (
        (done, {"zh": "差评率日报", "en": "Daily bad-review report"}),
        (checked, {"zh": "措施效果验证", "en": "Action verification"}),
    ):
        page = (run.folder / "report.html").read_text(encoding="utf-8")
        assert (
            words[lang] in page
            and "Traceback" not in page
            and "http" not in page.split("</head>")[0].replace("http-equiv", "")
        )
    assert run_study(study, notebook="R05", out=out).already
    register.add({"action_id": "more", "at": "2025-02-10", "scope": "channel=app", "state": "done"})
    again = run_study(study, notebook="R05", out=out)
    assert not again.already and {one["action_id"] for one in again.findings["actions"]} == {"own", "more"}


@pytest.mark.slow
@pytest.mark.parametrize("seed", [101, 102, 103])
def test_on_s03_the_true_cell_is_alerted_after_its_day(seed):
    """How soon over many seeds is benchmarks/monitor.py's matter; here: on the cell itself, never before it began."""
    world = worlds.make("S03", rng=seed)
    cell, began = world.truth["cells"][0]["where"], date.fromisoformat(world.truth["windows"]["current"].split("/")[0])
    daily = routine.watch_day(world.centre, as_of=str(began + timedelta(10)))
    opened = {str(row["where"]): row["opened"] for row in daily.table.to_dict("records")}
    assert began <= opened[str(cell)] <= began + timedelta(7)


def test_recovered_alerts_are_listed_for_four_weeks(tmp_path):
    centre = shop(tmp_path, bad=lambda channel, day: broken(channel, day, 45, 52))
    shown = [
        views_watch.show_recent(routine.watch_day(centre, as_of=str(FIRST + timedelta(day)))) for day in (49, 62, 83)
    ]
    assert shown[0] is None and "channel = chat" in repr(shown[1])
    closed = {row["closed"] for row in routine.watch_day(centre).watched.table.to_dict("records")}
    assert shown[2] is None or max(closed) >= LAST - timedelta(28)
