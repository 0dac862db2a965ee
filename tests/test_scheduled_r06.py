"""R06, the departments' pages: topics against the run before, targets that close, agreements, and a whole run."""

import json

import pandas as pd
import pytest
from run_examples import put_run

import ccsat as cs
from ccsat import worlds
from ccsat.contracts import check_values, find_contract
from ccsat.errors import StudyError
from ccsat.routine import owner_briefs
from ccsat.runs import run_study
from ccsat.runs.levels import level_of
from ccsat.runs.operations import operations_of
from ccsat.study import check_study
from ccsat.wording import LANGUAGES, speaking


@pytest.fixture(scope="module")
def world():
    return worlds.make("S06", rng=101)


@pytest.fixture(scope="module")
def first(world):
    with speaking("en"):
        return owner_briefs.brief_owners(world.centre)


def test_each_owner_has_its_topics_and_they_are_new_at_first(world, first):
    cause = world.truth["causes"][0]
    mine = first.table[first.table["owner"] == cause["owner"]]
    assert cause["id"] in set(mine["cause"]) and set(first.table["status"]) == {"new"} and first.before is None
    assert first.counts()["pages"] == len(first.pages.pages) > 0 and first.counts()["new"] == len(first.table)
    assert first.kept is not None and len(first.kept.table) > 0


def test_targets_close_and_nobody_gets_more_than_it_controls(first):
    ledger = first.pages.targets
    assert ledger.table["points"].sum() == pytest.approx(ledger.total, abs=1e-9)
    named = ledger.table[ledger.table["owner"] != "unallocated"]
    assert (named["points"] <= named["controllable"] + 1e-12).all()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_everything_is_shown_in_words(first, lang):
    with speaking(lang):
        shown = [
            repr(show(first))
            for show in (
                owner_briefs.show_in_short,
                owner_briefs.show_topics,
                owner_briefs.show_targets,
                owner_briefs.show_agreements,
                owner_briefs.show_pages,
            )
        ]
    assert all(words and "{" not in words for words in shown)


def test_files_are_written_and_hold_every_page(world, first, tmp_path):
    with speaking("en"):
        owner_briefs.write_briefs(first, world.centre, tmp_path)
    found = json.loads((tmp_path / "findings.json").read_text(encoding="utf-8"))
    assert [one["owner"] for one in found["briefs"]] == first.pages.table["owner"].tolist() and all(
        one["in_words"] for one in found["briefs"]
    )
    assert found["brief"]["pages"] == len(found["briefs"]) and found["check"]["verdict"] == "real"
    assert len(pd.read_csv(tmp_path / "topics.csv")) == len(first.table)
    assert json.loads((tmp_path / "result.json").read_text())["exit_code"] == 0


def test_topics_go_on_close_and_come_back(world, first, tmp_path):
    """The run before knew the campaign and something that is gone since."""
    runs, study = tmp_path / "runs", world.centre.study.name
    rows = [{"owner": "marketing", "cause": world.truth["causes"][0]["id"], "status": "new"}, {"owner": "network", "cause": "change:GONE", "status": "continuing", "cell": "x"},
            {"owner": "billing_product", "cause": "reason:R07", "status": "closed"}]  # fmt: skip
    earlier = put_run(runs, study=f"{study}-R06", as_of="2025-05-01", key="k", verdict="real", exit_code=0, quick=True)
    folder = getattr(earlier, "folder", earlier)
    (folder / "findings.json").write_text(
        json.dumps({"as_of": "2025-05-01", "kpi": {"key": "satisfaction_rate"}, "topics": rows}), encoding="utf-8"
    )
    work = runs / f"{study}-R06" / ".work-x" / "publish"
    work.mkdir(parents=True)
    found = owner_briefs.brief_owners(world.centre, out_dir=work)
    status = found.table.set_index("cause")["status"].to_dict()
    assert (
        found.before == "2025-05-01"
        and status[world.truth["causes"][0]["id"]] == "continuing"
        and status["change:GONE"] == "closed"
    )
    assert status.get("reason:R07", "recurred") == "recurred" and found.counts()["closed"] == 1


def test_new_topics_reach_amber(world):
    operations = operations_of(
        check_study(
            {"study": {"name": "x"}, "data": {"surveys": "s.csv"}, "scale": {"rating": "five"}}, folder=world.folder
        ),
        find_contract("R06"),
    )
    for new, level in ((0, "green"), (2, "amber")):
        assert level_of({"kpi": {}, "brief": {"new": new}}, operations).name == level


@pytest.mark.parametrize(
    ("given", "words"),
    [({"as_of": "1.5.2025"}, "ISO date"), ({"lang": "cn"}, "'zh', 'en'"), ({"pages": 3}, "no such parameter")],
)
def test_bad_parameters_are_refused(given, words):
    with speaking("en"), pytest.raises(StudyError, match=words):
        check_values(find_contract("R06").parameters, given, notebook="R06")


def test_without_tickets_there_are_no_agreements(tmp_path):
    from test_scheduled_r01_r05 import shop

    found = owner_briefs.brief_owners(
        shop(tmp_path, bad=lambda channel, day: 9 if channel == "chat" and day > 55 else 3)
    )
    assert found.kept is None and owner_briefs.show_agreements(found) is None


@pytest.mark.slow
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_whole_run(world, tmp_path, lang):
    study = world.write(tmp_path / "world", lang=lang)
    done = run_study(study, notebook="R06", out=tmp_path / "runs")
    assert done.exit_code == 0 and done.folder.parts[-3].endswith("-R06")
    page = (done.folder / "report.html").read_text(encoding="utf-8")
    assert {"zh": "业务部门简报", "en": "Department briefs"}[lang] in page and "Traceback" not in page
    assert {"findings.json", "topics.csv", "targets.csv", "ola.csv", "report.html"} <= {
        path.name for path in done.folder.iterdir()
    }
    assert cs.language() in LANGUAGES and run_study(study, notebook="R06", out=tmp_path / "runs").already
