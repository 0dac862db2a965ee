"""The meeting pack (R04): its editions by their functions, and as a whole run."""

import csv
import json
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
from run_examples import put_run
from test_scheduled_r01_r05 import STUDY, shop, write_shop

from ccsat import meeting, worlds
from ccsat.contracts import check_values, find_contract
from ccsat.errors import DataError, NoDataError, StudyError
from ccsat.register import Actions
from ccsat.routine.meeting import meeting_findings, prepare_meeting, write_meeting
from ccsat.runs import run_study
from ccsat.runs.levels import level_of
from ccsat.runs.operations import operations_of
from ccsat.study import check_study
from ccsat.wording import LANGUAGES, speaking


@pytest.fixture(scope="module")
def centre():
    return worlds.make("S04", rng=101).centre


@pytest.fixture(scope="module")
def weekly(centre):
    with speaking("en"):
        return prepare_meeting(centre, "weekly", channel="phone")


# Packs -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("edition", list(meeting.EDITIONS))
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_edition_has_its_sections_in_words(centre, edition, lang):
    with speaking(lang):
        pack = meeting.meeting_pack(centre, edition, channel="phone")
        assert tuple(one.key for one in pack.sections) == meeting.EDITIONS[edition]
        shown = repr([meeting.show_meeting(pack), meeting.show_sections(pack), meeting.show_minded(pack)])
        assert all(one.words() for one in pack.sections)
    assert "None" not in shown and "nan" not in shown and "meeting." not in shown
    assert not any(key == "meeting.lacking" for one in pack.sections for key, _ in one.lines)


def test_the_status_is_the_days_own_kpi_with_its_interval(centre, weekly):
    head = weekly.pack.measured.headline["current"]
    said = weekly.pack.section("status").words()[0]
    assert f"n={head.n:,.0f}" in said.replace("\xa0", " ") and f"{100 * head.value:.2f}%" in said
    rows = centre.engine.query(
        f"SELECT COUNT(*) AS n FROM ({centre.facts}) f WHERE rating IS NOT NULL AND f.\"at\" >= TIMESTAMP '2025-05-19 00:00:00'"
    )
    assert head.n == rows["n"][0]


def test_open_tickets_are_those_not_closed_by_the_day(centre):
    pack = meeting.meeting_pack(centre, "morning", as_of="2025-04-10", channel="phone")
    tickets = pd.read_parquet(centre.study.folder / "tickets.parquet")
    end = pd.Timestamp("2025-04-11")
    still = tickets[(tickets["created_at"] < end) & ~(tickets["closed_at"] < end)]
    late = still[(still["callback_promised_at"] < end) & ~(still["callback_done_at"] < end)]
    assert pack.open_tickets == len(still) > 0 and pack.overdue == len(late)


def test_notices_are_changes_around_the_day(weekly):
    shown = weekly.pack.section("notices").table
    assert set(shown["change_id"]) >= {"CH-301", "CH-318"} and (shown["on"] >= "2025-04-28").all()


def test_todays_plan_is_of_the_weekday_that_comes(centre):
    pack = meeting.meeting_pack(centre, "morning", as_of="2025-05-21", channel="phone")  # a Wednesday
    table = pack.section("today").table
    rows = pd.read_parquet(centre.study.folder / "intervals.parquet").query("channel == 'phone'")
    thursdays = rows[
        rows["start"].dt.strftime("%Y-%m-%d").isin(["2025-04-24", "2025-05-01", "2025-05-08", "2025-05-15"])
    ]
    mean = thursdays.groupby(thursdays["start"].dt.strftime("%H:%M"))["offered"].mean()
    assert table.set_index("slot")["offered"].to_dict() == pytest.approx(mean.to_dict())


def test_bad_editions_and_days_are_refused(centre):
    with speaking("en"), pytest.raises(DataError, match=r"'noon'.*\n?.*morning"):
        meeting.meeting_pack(centre, "noon")
    with pytest.raises(NoDataError):
        meeting.meeting_pack(centre, "morning", as_of="2020-01-01")


def test_what_a_bare_centre_cannot_carry_is_said(tmp_path):
    centre = shop(tmp_path)
    with speaking("en"):
        pack = meeting.meeting_pack(centre, "weekly", topic="channel")
        said = {one.key: " ".join(one.words()) for one in pack.sections}
    assert (
        "satisfaction rate" in said["status"]
        and "do not carry" in said["monitoring"]
        and "do not carry" in said["plan"]
    )
    assert "no register of changes" in said["notices"]


# Hardest, scripts, practice ----------------------------------------------------------------------


def test_hard_contacts_are_counted_by_their_signs(centre):
    from ccsat.engine import Window
    from ccsat.meeting.hardest import hardest_contacts

    window = Window("w", centre.days[1] - timedelta(6), centre.days[1])
    found = hardest_contacts(centre, window)
    table = found.table
    assert table["hard"].sum() <= found.hard and (table["hard"] <= table["n"]).all()
    assert (table[list(found.signs)].sum(axis=1) >= 3 * table["hard"]).all()  # each hard one carries three at least
    assert (table["lower"] <= table["rate"]).all() and (table["rate"] <= table["upper"]).all()
    assert (table["hard"] >= centre.study.privacy.minimum_group).all()


def test_single_contacts_show_only_where_the_study_allows(centre, tmp_path):
    import ccsat as cs

    assert meeting.meeting_pack(centre, "evening").hardest.cases is None
    allowed = cs.read_centre(centre.study.folder / "study.toml", settings={"privacy.allow": ["contact_id"]})
    pack = meeting.meeting_pack(allowed, "evening")
    cases = pack.hardest.cases
    assert 0 < len(cases) <= 10 and set(cases) == {"contact_id", "topic", "signs", *pack.hardest.signs}
    assert (cases["signs"] == cases[list(pack.hardest.signs)].sum(axis=1)).all() and cases[
        "signs"
    ].is_monotonic_decreasing
    hidden = cs.read_centre(
        centre.study.folder / "study.toml", settings={"privacy.allow": ["contact_id"], "privacy.hide": ["contact_id"]}
    )
    assert meeting.meeting_pack(hidden, "evening").hardest.cases is None


def test_script_candidates_come_back_more_and_take_longer(centre):
    found = meeting.script_candidates(centre)
    ours = found.candidates
    assert (
        len(ours)
        and (ours["repeat_rate"] > found.whole["repeat_rate"]).all()
        and (ours["difficulty"] > 1).all()
        and (ours["score_lower"] > 1).all()
    )
    table = found.table
    assert (
        (table["repeated"] <= table["judged"]).all()
        and (table["score_lower"] <= table["score"]).all()
        and (table["score"] <= table["score_upper"]).all()
    )
    assert table["judged"].sum() == pytest.approx(found.whole["judged"])


def test_repeats_of_scripts_by_hand(tmp_path):
    """Customers a and b ask topic x twice in a day; y is asked once each, and is quick."""
    import ccsat as cs

    rows = []
    for k in range(60):
        for topic, seconds, again in (("x", 600, k < 30), ("y", 100, False)):
            at = pd.Timestamp("2025-01-06 08:00") + pd.Timedelta(hours=6 * k)
            rows.append((f"{topic}{k}", f"c{topic}{k}", at, at + pd.Timedelta(seconds=seconds), topic, seconds, 5))
            if again:
                later = at + pd.Timedelta(hours=20)
                rows.append(
                    (f"{topic}{k}b", f"c{topic}{k}", later, later + pd.Timedelta(seconds=seconds), topic, seconds, 4)
                )
    table = pd.DataFrame(
        rows, columns=["contact_id", "customer_id", "started_at", "ended_at", "topic", "talk_s", "rating"]
    )
    table.to_csv(tmp_path / "c.csv", index=False)
    study = {
        "study": {"name": "t", "lang": "en"},
        "data": {"contacts": "c.csv"},
        "scale": {"rating": "five"},
        "dimensions": {"topic": "topic"},
        "metrics": {"talk_s": "talk_s"},
    }
    centre = cs.read_centre(check_study(study, folder=tmp_path))
    with speaking("en"), pytest.raises(DataError, match="topic"):
        meeting.script_candidates(centre)
    found = meeting.script_candidates(centre, topic="topic", min_n=10)
    x = found.table.set_index("topic").loc["x"]
    mature = sum(6 * k + 600 / 3600 + 48 <= 6 * 59 for k in range(60))  # the last two days cannot be judged yet
    assert x["judged"] == mature and x["repeated"] == 30 and bool(x["candidate"])
    assert not found.table.set_index("topic").loc["y", "candidate"]


def test_no_team_is_praised_by_luck_and_a_true_leader_is(tmp_path):
    import ccsat as cs
    from ccsat.engine import Window
    from ccsat.meeting.practice import best_practice

    def made(good):
        rows = [
            (i, f"2025-01-{6 + i % 20:02d} 10:00", "fee", f"T{i % 4}", 5 if (i // 4) % 100 < good(i % 4) else 1)
            for i in range(1600)
        ]
        folder = tmp_path / str(good(1))
        folder.mkdir()
        pd.DataFrame(rows, columns=["survey_id", "at", "topic", "team", "rating"]).to_csv(folder / "s.csv", index=False)
        study = {
            "study": {"name": "t"},
            "data": {"surveys": "s.csv"},
            "columns": {"at": "at"},
            "scale": {"rating": "five"},
            "dimensions": {"topic": "topic", "team": "team"},
        }
        centre = cs.read_centre(check_study(study, folder=folder))
        return best_practice(centre, Window("w", *centre.days), topic="topic")

    assert made(lambda team: 80).table.empty
    ahead = made(lambda team: 95 if team == 1 else 79).table
    assert (
        ahead[["topic", "who"]].to_numpy().tolist() == [["fee", "T1"]]
        and ahead["value"][0] == pytest.approx(0.95)
        and ahead["lead"][0] > 0
    )


# Against the run before --------------------------------------------------------------------------


def test_topics_are_new_then_continuing(centre, tmp_path):
    work = tmp_path / "runs" / f"{centre.study.name}-R04" / ".work-k" / "publish"
    work.mkdir(parents=True)
    first = prepare_meeting(centre, "weekly", as_of="2025-05-18", out_dir=work)
    assert first.before is None and set(first.table["status"]) == {"new"}
    write_meeting(first, centre, work, as_of="2025-05-18")
    run = put_run(
        tmp_path / "runs",
        study=f"{centre.study.name}-R04",
        as_of="2025-05-18",
        key="k",
        verdict="pack",
        exit_code=0,
        quick=True,
    )
    (run / "findings.json").write_text((work / "findings.json").read_text(encoding="utf-8"), encoding="utf-8")
    second = prepare_meeting(centre, "weekly", as_of="2025-05-25", out_dir=work)
    both = set(first.table["topic"]) & set(second.table["topic"])
    assert second.before == "2025-05-18" and both
    assert dict(zip(second.table["topic"], second.table["status"], strict=True)) == {
        topic: "continuing" if topic in both else "new" for topic in second.table["topic"]
    }
    assert set(second.closed) == set(first.table["topic"]) - both
    assert prepare_meeting(centre, "evening", as_of="2025-05-25", out_dir=work).before is None  # another edition


def test_overdue_actions_of_the_register_are_listed(centre, tmp_path):
    work = tmp_path / "runs" / f"{centre.study.name}-R04" / ".work-k" / "publish"
    work.mkdir(parents=True)
    register = Actions(tmp_path / "runs" / centre.study.name)
    register.add({"action_id": "late", "due_on": "2025-05-01", "owner": "agent"})
    register.add({"action_id": "soon", "due_on": "2025-05-27", "owner": "agent"})
    found = prepare_meeting(centre, "morning", out_dir=work)
    assert (
        list(found.overdue["action_id"]) == ["late"]
        and list(found.upcoming["action_id"]) == ["soon"]
        and found.counts()["overdue_actions"] == 1
    )
    with speaking("en"):
        assert "late" in repr(meeting.show_due(found.overdue, found.upcoming))


def test_findings_are_plain_and_the_same_twice(centre, weekly, tmp_path):
    with speaking("en"):
        write_meeting(weekly, centre, tmp_path, as_of="2025-05-25")
        first = (tmp_path / "findings.json").read_text(encoding="utf-8")
        write_meeting(prepare_meeting(centre, "weekly", channel="phone"), centre, tmp_path, as_of="2025-05-25")
        assert (tmp_path / "findings.json").read_text(encoding="utf-8") == first
        found = meeting_findings(weekly, "x", as_of="2025-05-25")
    plain = json.loads(first)
    assert (
        plain["meeting"]["edition"] == "weekly"
        and len(plain["sections"]) == 9
        and found["check"] == {"verdict": "pack"}
    )
    assert {"sections.csv", "scripts.csv", "hardest.csv", "result.json"} <= {path.name for path in tmp_path.iterdir()}
    hidden = {"customer_id", "agent_id", "comment"}
    for file in tmp_path.glob("*.csv"):
        with file.open(encoding="utf-8-sig") as lines:
            assert not hidden & set(next(csv.reader(lines)))


# Contract and whole runs -------------------------------------------------------------------------


@pytest.mark.parametrize(("given", "words"), [({"as_of": "1.5.2025"}, "ISO date"), ({"edition": "noon"}, "'morning', 'evening', 'weekly'"), ({"lang": "cn"}, "'zh', 'en'"), ({"span": 3}, "no such parameter")])  # fmt: skip
def test_bad_parameters_are_refused(given, words):
    with pytest.raises(StudyError, match=words):
        check_values(find_contract("R04").parameters, given, notebook="R04")


@pytest.mark.parametrize(("tickets", "actions", "level"), [(0, 0, "green"), (2, 0, "amber"), (0, 1, "amber")])
def test_what_is_overdue_reaches_amber(tickets, actions, level):
    operations = operations_of(check_study(STUDY, folder=Path(".")), find_contract("R04"))
    found = {"kpi": {}, "meeting": {"overdue_tickets": tickets, "overdue_actions": actions}}
    assert level_of(found, operations).name == level


TOML = """
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
[question]
current = "2025-03"
target = 0.9
"""


def test_the_edition_follows_the_study_or_the_weekday(centre):
    assert prepare_meeting(centre, as_of="2025-05-25").pack.edition == "weekly"  # a Sunday
    assert prepare_meeting(centre, as_of="2025-05-22").pack.edition == "morning"


@pytest.mark.slow
@pytest.mark.parametrize(("lang", "day", "edition"), [("zh", "2025-03-20", "morning"), ("en", "2025-03-23", "weekly")])
def test_a_run_publishes_under_its_own_name_once(tmp_path, lang, day, edition):
    write_shop(tmp_path)
    study, out = tmp_path / "shop.toml", tmp_path / "runs"
    study.write_text(TOML.format(lang=lang), encoding="utf-8")
    done = run_study(study, notebook="R04", as_of=day, out=out)
    assert (
        done.folder.parts[-3:-1] == ("shop-R04", day)
        and done.exit_code == 0
        and done.findings["meeting"]["edition"] == edition
    )
    page = (done.folder / "report.html").read_text(encoding="utf-8")
    assert {"zh": "例会材料", "en": "Meeting pack"}[lang] in page and "Traceback" not in page
    assert run_study(study, notebook="R04", as_of=day, out=out).already
