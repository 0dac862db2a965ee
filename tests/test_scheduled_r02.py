"""The daily FCR monitor (R02), by its functions and as a whole run."""

import csv
import json
from datetime import date, datetime, timedelta

import pandas as pd
import pytest
from run_examples import put_run

import ccsat as cs
from ccsat import views_watch
from ccsat.contracts import check_namespace, find_contract
from ccsat.errors import CaliberError, DataError, NoDataError, StudyError
from ccsat.routine.fcr_daily import fcr_findings, tables_of, watch_fcr, write_fcr
from ccsat.runs import run_study
from ccsat.study import check_study
from ccsat.views_watch import fcr as fcr_views
from ccsat.wording import speaking

FIRST, DAYS = date(2025, 1, 6), 70
LAST = FIRST + timedelta(DAYS - 1)
EACH = 30  # customers of a line and day
STUDY = {
    "study": {"name": "shop", "lang": "en"},
    "data": {"contacts": "c.csv", "surveys": "s.csv"},
    "scale": {"rating": "five"},
    "dimensions": {"line": "line", "team": "team"},
    "hierarchies": {"business": ["line"]},
    "question": {"kpi": "satisfaction_rate", "current": "2025-03", "target": 0.9},
}
BROKE, MENDED = 50, 70


def write_shop(folder, *, broken=range(0), **more):
    """Two lines of 30 customers a day, of whom 3 come back after three hours; on the `broken` days 15 of those with a bill. Nothing in it is random."""
    rows = []
    for day in range(DAYS):
        for line in ("bill", "net"):
            every = 2 if line == "bill" and day in broken else 10
            for i in range(EACH):
                at = datetime.combine(FIRST, datetime.min.time()) + timedelta(days=day, hours=8, minutes=10 * i)
                who = f"u{day}-{line}-{i}"
                rows += [(who, at, line, f"T{i % 5}")] + (
                    [(who, at + timedelta(hours=3), line, f"T{i % 5}")] if i % every == every // 2 else []
                )
    table = pd.DataFrame(rows, columns=["customer_id", "started_at", "line", "team"]).sort_values(
        "started_at", ignore_index=True
    )
    table = table.assign(
        contact_id=[f"c{i:06d}" for i in range(len(table))],
        ended_at=table["started_at"] + timedelta(minutes=5),
        agent_id="a1",
        transfers=0,
        talk_s=300,
    )
    table.to_csv(folder / "c.csv", index=False)
    surveys = table[["contact_id"]].iloc[::10].reset_index(drop=True)
    surveys.assign(survey_id=[f"s{i}" for i in range(len(surveys))], rating=[1 + i % 5 for i in range(len(surveys))], solved_answer=[("yes", "yes", "no")[i % 3] for i in range(len(surveys))]
                   ).to_csv(folder / "s.csv", index=False)  # fmt: skip
    return {**STUDY, **more}


def shop(folder, **options):
    return cs.read_centre(check_study(write_shop(folder, **options), folder=folder))


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    return shop(tmp_path_factory.mktemp("quiet"))


@pytest.fixture(scope="module")
def bill(tmp_path_factory):
    return shop(tmp_path_factory.mktemp("bill"), broken=range(BROKE, MENDED))


def test_a_quiet_centre_opens_nothing(quiet):
    found = watch_fcr(quiet)
    assert found.table.empty and found.counts() == {"open": 0, "new": 0, "continuing": 0, "closed": 0, "whole": 0}
    assert found.day == LAST - timedelta(1)  # the last day all of whose contacts are a day old
    now = found.measured.headline["current"]
    assert (now.n, now.numerator) == (60, 54)
    assert found.change.value == pytest.approx(0, abs=1e-9)
    now = found.fcr.provisional.table.set_index("caliber")
    assert (
        now.loc["2h", "value"] == 1
        and now.loc["24h", "value"] == pytest.approx(0.9, abs=0.01)
        and now.loc["48h", "value"] == pytest.approx(0.9, abs=0.01)
    )
    assert fcr_findings(found, "shop", as_of=str(LAST))["check"]["verdict"] == "quiet"


def test_the_line_that_broke_is_alerted_and_rises(bill):
    as_of = FIRST + timedelta(BROKE + 8)
    found = watch_fcr(bill, as_of=str(as_of))
    row = next(row for row in found.table.to_dict("records") if row["where"] == {"line": "bill"})
    assert FIRST + timedelta(BROKE) <= row["opened"] <= FIRST + timedelta(BROKE + 2) and row["status"] == "new"
    assert row["value"] == pytest.approx(0.5) and row["expected"] == pytest.approx(0.9, abs=0.01)
    assert {"line": "net"} not in list(found.table["where"]) and found.counts()["whole"] == 1
    assert found.fcr.topics[found.fcr.topics["rising"]]["topic"].tolist() == ["bill"]
    assert found.fcr.repeats.set_index("topic")["n"].to_dict() == {"bill": 15, "net": 3}
    content = json.loads(json.dumps(fcr_findings(found, "shop", as_of=str(as_of)), default=str))
    alert = next(one for one in content["alerts"] if one["cell"] == {"line": "bill"})
    assert (
        alert["kpi"] == "fcr"
        and alert["caliber"] == "24h"
        and alert["change"]["lower"] < alert["change"]["value"] < alert["change"]["upper"] < 0
    )
    assert len(content["indicators"]) == 12 and [one["caliber"] for one in content["provisional"]] == [
        "2h",
        "24h",
        "48h",
    ]
    assert content["watch"]["open"] == len(found.table) and content["watch"]["rising"] == 1


def test_a_day_is_judged_by_what_was_known_then(bill):
    before = watch_fcr(bill, as_of=str(FIRST + timedelta(BROKE)))
    assert before.table.empty and before.day == FIRST + timedelta(BROKE - 1)
    assert before.fcr.provisional.as_of <= datetime.combine(before.fcr.day + timedelta(1), datetime.min.time())


def test_the_run_before_makes_an_alert_new_continuing_or_closed(tmp_path):
    centre = shop(tmp_path, broken=range(40, 50))
    out = tmp_path / "runs"
    work = out / "shop-R02" / ".work-abc" / "publish"
    work.mkdir(parents=True)
    seen = []
    for day in [str(FIRST + timedelta(day)) for day in (38, 44, 46, 66)]:
        found = watch_fcr(centre, as_of=day, out_dir=work)
        write_fcr(found, centre, work, as_of=day)
        place = put_run(out, study="shop-R02", as_of=day, key="k", verdict="alert", exit_code=0, quick=True)
        (place / "findings.json").write_text((work / "findings.json").read_text(encoding="utf-8"), encoding="utf-8")
        status = {str(row["where"]): row["status"] for row in found.table.to_dict("records")}
        seen.append((found.before, status.get("{'line': 'bill'}"), [one["where"] for one in found.closed]))
    assert seen[0] == (None, None, []) and seen[1][1] == "new" and seen[2][1] == "continuing"
    assert seen[3][1] is None and {"line": "bill"} in seen[3][2]


def test_what_cannot_be_watched_is_refused(quiet, tmp_path):
    with pytest.raises(NoDataError):
        watch_fcr(quiet, as_of=str(LAST + timedelta(9)))
    with pytest.raises(DataError, match="at least 29"):
        watch_fcr(quiet, as_of=str(FIRST + timedelta(10)))
    with pytest.raises(CaliberError, match="48h-custmer"):
        watch_fcr(quiet, caliber="48h-custmer")


def test_small_groups_are_not_named(tmp_path):
    centre = shop(tmp_path, broken=range(BROKE, MENDED), privacy={"minimum_group": 100000})
    found = watch_fcr(centre, as_of=str(FIRST + timedelta(BROKE + 8)))
    assert found.table.empty and found.hidden >= 1


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_day_in_words_carries_n_and_intervals(bill, lang):
    with speaking(lang):
        found = watch_fcr(bill, as_of=str(FIRST + timedelta(BROKE + 8)))
        answer = fcr_views.show_fcr_day(found)
        parts = [
            fcr_views.show_indicators(found),
            fcr_views.show_repeats(found),
            fcr_views.show_fcr_agreement(found),
            views_watch.show_alerts(found),
            views_watch.show_minded(found),
        ]
        shown = repr(parts)
        assert fcr_views.show_fcr_figures(found) is not None and views_watch.show_charts(found) is not None
    assert len(answer.rows) == 5 and len(parts[0].rows) == 12
    assert "None" not in repr(answer) + shown and "nan" not in repr(answer) + shown
    assert {"zh": "95% 区间", "en": "95% interval"}[lang] in answer.rows[0][1] and {
        "zh": "80% 区间",
        "en": "80% interval",
    }[lang] in answer.rows[1][1]
    assert not any(word in (repr(answer) + shown).lower() for word in ("caused", "because of", "导致", "造成"))


def test_no_customer_leaves(bill):
    found = watch_fcr(bill, as_of=str(FIRST + timedelta(BROKE + 8)))
    for table in tables_of(found).values():
        assert not {"customer_id", "contact_id"} & set(table.columns)
    assert "c00" not in json.dumps(fcr_findings(found, "shop", as_of="x"), default=str)


def test_its_parameters_are_checked():
    assert find_contract("R02").code == "R02"
    with pytest.raises(StudyError):
        check_namespace({"caliber": 24}, "R02")


TOML = """
[study]
name = "shop"
lang = "{lang}"
[data]
contacts = "c.csv"
surveys = "s.csv"
[scale]
rating = "five"
[dimensions]
line = "line"
team = "team"
[hierarchies]
business = ["line"]
[question]
current = "2025-03"
target = 0.9
"""


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_it_runs_and_publishes_under_its_own_name(tmp_path, lang):
    write_shop(tmp_path, broken=range(BROKE, MENDED))
    study, out = tmp_path / "shop.toml", tmp_path / "runs"
    study.write_text(TOML.format(lang=lang), encoding="utf-8")
    day = str(FIRST + timedelta(BROKE + 8))
    done = run_study(study, notebook="R02", as_of=day, out=out)
    assert done.folder.parts[-3:-1] == ("shop-R02", day) and done.exit_code == 0 and done.level in ("amber", "red")
    names = {path.name for path in done.folder.iterdir()}
    assert names >= {
        "report.html",
        "executed.ipynb",
        "findings.json",
        "run.json",
        "alerts.csv",
        "watch.csv",
        "indicators.csv",
        "losses.csv",
        "repeats.csv",
    }
    with (done.folder / "indicators.csv").open(encoding="utf-8-sig") as lines:
        assert len(list(csv.reader(lines))) == 13
    assert run_study(study, notebook="R02", as_of=day, out=out).already
