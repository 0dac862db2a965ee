"""A finding keeps its identity over the runs: new, continuing, closed, recurred; and a run is put on record as it is published."""

import json

import pytest
from notebook_examples import ENDING, STAND_IN, write_notebook

from ccsat import runs
from ccsat.errors import RunError
from ccsat.register import Findings, learned_study, record
from ccsat.register.store import FILE

VAS = {"line": "vas"}


def cell(where, points=-0.01, rank=1):
    return {"rank": rank, "where": where, "n": 100, "points": points, "lower": points - 0.005, "upper": points + 0.005}


def findings(as_of, *cells, verdict="real", causes=(), kpi="satisfaction_rate", caliber="five_level"):
    ranked = [{**one, "rank": i + 1} for i, one in enumerate(cells)]
    found = [{"cell_rank": i + 1, "id": id, "grade": "B", "owner": "marketing"} for i, id in enumerate(causes) if id]
    return {
        "as_of": as_of,
        "kpi": {"key": kpi, "caliber": caliber},
        "check": {"verdict": verdict},
        "cells": ranked,
        "causes": found,
    }


class Course:
    """Runs of a study one after the other."""

    def __init__(self, folder):
        self.register, self.number = Findings(folder), 0

    def run(self, *cells, as_of=None, **options):
        self.number += 1
        day = as_of or f"2025-05-{self.number:02}"
        return self.register.record_run(f"{day}/run{self.number}", findings(day, *cells, **options))

    def one(self, *cells, **options):
        (told,) = self.run(*cells, **options)
        return told["finding_id"], told["status"]


@pytest.fixture
def course(tmp_path):
    return Course(tmp_path)


def test_new_continuing_closed_recurred(course):
    id, status = course.one(cell(VAS))
    assert status == "new"
    assert course.one(cell(VAS, -0.03)) == (id, "continuing")  # whatever its points
    assert course.run() == [{"finding_id": id, "status": "closed", "where": VAS, "into": None}]
    assert course.run() == []  # closed once, told once
    assert course.one(cell(VAS, -0.002)) == (id, "recurred")
    assert course.one(cell(VAS)) == (id, "continuing")
    (row,) = course.register.table().to_dict("records")
    assert (row["status"], row["seen"], row["of"], row["first_seen"], row["last_seen"]) == (
        "continuing",
        4,
        6,
        "2025-05-01",
        "2025-05-06",
    )


def test_rank_does_not_matter_and_others_are_new(course):
    id, _ = course.one(cell(VAS))
    told = course.run(cell({"line": "fee"}, -0.05), cell(VAS))
    assert [(one["finding_id"] == id, one["status"]) for one in told] == [(False, "new"), (True, "continuing")]


def test_the_other_direction_is_another_finding(course):
    id, _ = course.one(cell(VAS, -0.01))
    told = course.run(cell(VAS, +0.01))
    assert told[0]["finding_id"] != id and told[0]["status"] == "new" and told[1]["status"] == "closed"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (VAS, {"line": "vas", "region": "R1"}),  # narrowed
        ({"line": "vas", "region": "R1"}, VAS),
        ({"line": ["vas", "fee"]}, VAS),  # half of its levels
        ({}, {}),  # everywhere
    ],
)
def test_a_cell_drawn_otherwise_is_the_same_finding(course, before, after):
    id, _ = course.one(cell(before))
    assert course.one(cell(after)) == (id, "continuing")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (VAS, {"line": "fee"}),
        (VAS, {"region": "R1"}),
        ({"line": "vas", "region": "R1"}, {"line": "vas", "team": "T1"}),
        ({}, VAS),
    ],
)
def test_another_cell_is_another_finding(course, before, after):
    id, _ = course.one(cell(before))
    told = course.run(cell(after))
    assert (told[0]["status"], told[1]["finding_id"], told[1]["status"]) == ("new", id, "closed")


def test_a_renamed_cell_keeps_its_identity_by_a_named_cause_alone(course):
    id, _ = course.one(cell(VAS), causes=["change:CH-1"])
    assert course.one(cell({"line": "value-added"}), causes=["change:CH-1"]) == (id, "continuing")
    told = course.run(cell({"line": "fee"}), causes=["change:CH-2"])
    assert told[0]["status"] == "new"
    course.one(cell({"line": "speed"}), as_of="2025-06-01", causes=["reason:R1"], kpi="nps")
    told = course.run(cell({"line": "slow"}), as_of="2025-06-02", causes=["reason:R1"], kpi="nps")
    assert told[0]["status"] == "new"  # many findings have one reason


def test_the_nearest_cell_takes_the_identity(course):
    wide, narrow = (one["finding_id"] for one in course.run(cell(VAS), cell({"line": "fee", "region": "R1"})))
    told = course.run(cell({"line": "fee"}), cell({"line": "vas", "region": "R2"}), cell(VAS, -0.02))
    assert [one["finding_id"] for one in told[:3]][0::2] == [narrow, wide]
    assert told[1]["status"] == "new"


def test_a_merged_finding_says_into_which(course):
    a, b = (one["finding_id"] for one in course.run(cell({"region": "R1"}), cell({"region": "R2"}, -0.02)))
    told = course.run(cell({"region": ["R1", "R2"]}, -0.03))
    assert told[0]["finding_id"] in (a, b) and told[0]["status"] == "continuing"
    assert told[1]["status"] == "closed" and told[1]["into"] == told[0]["finding_id"]


def test_runs_that_say_nothing_close_nothing(course):
    id, _ = course.one(cell(VAS))
    assert course.run(verdict="artefact") == [] and course.run(verdict="insufficient") == []
    assert course.one(cell(VAS)) == (id, "continuing")
    assert course.run(verdict="none")[0]["status"] == "closed"


def test_a_day_run_again_counts_once_and_dateless_runs_each(course):
    id, _ = course.one(cell(VAS), as_of="2025-05-01")
    assert course.one(cell(VAS), as_of="2025-05-01") == (id, "new")
    first = course.one(cell(VAS), as_of="undated", kpi="nps")[0]
    assert course.one(cell(VAS), as_of="undated", kpi="nps") == (first, "continuing")


def test_kpis_and_calibers_have_findings_of_their_own(course):
    ids = {course.one(cell(VAS), caliber=caliber, kpi=kpi)[0] for kpi, caliber in (("a", "x"), ("a", "y"), ("b", "x"))}
    assert len(ids) == 3
    assert set(course.register.table(kpi="a")["caliber"]) == {"x", "y"}


def test_a_past_day_run_late_falls_into_its_place(course):
    id, _ = course.one(cell(VAS), as_of="2025-05-03")
    assert course.one(cell(VAS), as_of="2025-05-01") == (id, "new")
    assert course.register.table()["status"].tolist() == ["continuing"]


# With the runs -----------------------------------------------------------------------------------

CELLS = """
findings["cells"] = json.loads((folder / "cells.json").read_text())
findings["causes"] = []
(out / "findings.json").write_text(json.dumps(findings))
"""


class Place:
    """A study whose stand-in notebook finds the cells it is told to."""

    def __init__(self, folder):
        self.folder, self.out, self.study = folder, folder / "runs", folder / "shop.toml"
        self.study.write_text(
            '[study]\nname = "shop"\n[data]\nsurveys = "surveys.csv"\n[limits]\nseconds = 60\n', encoding="utf-8"
        )
        (folder / "surveys.csv").write_text("real\n1\n", encoding="utf-8")
        self.notebook = write_notebook(folder / "R03_stand_in.ipynb", STAND_IN, ENDING + CELLS)

    def run(self, as_of, *cells):
        (self.folder / "cells.json").write_text(json.dumps([{**one, "rank": i + 1} for i, one in enumerate(cells)]))
        done = runs.run_study(self.study, notebook=str(self.notebook), out=self.out, as_of=as_of)
        return done.findings, json.loads((done.folder / "run.json").read_text(encoding="utf-8"))


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


@pytest.mark.slow
def test_runs_say_where_their_findings_stand_and_catch_up(place):
    found, run = place.run("2024-06-01", cell(VAS))
    id = found["cells"][0]["finding_id"]
    assert found["cells"][0]["status"] == "new" and found["closed"] == []
    assert run["register"] == {"recorded": True, "caught_up": 0, "new": 1, "continuing": 0, "recurred": 0, "closed": 0}
    register = place.out / "shop" / FILE
    register.unlink()  # lost: the runs themselves bring it back
    found, run = place.run("2024-06-02", cell(VAS), cell({"line": "fee"}))
    assert [one["status"] for one in found["cells"]] == ["continuing", "new"] and found["cells"][0]["finding_id"] == id
    assert run["register"]["caught_up"] == 1
    for left in place.out.glob(f"shop/{FILE}*"):
        left.unlink()
    register.write_bytes(b"spoiled" * 1000)
    found, run = place.run("2024-06-03", cell(VAS))  # the run goes on
    assert "finding_id" not in found["cells"][0]
    assert run["register"]["recorded"] is False and FILE in run["register"]["message"] and run["register"]["message_zh"]
    register.unlink()
    found, run = place.run("2024-06-04")
    assert run["register"]["caught_up"] == 3 and run["register"]["closed"] == 1
    assert found["closed"] == [{"finding_id": id, "status": "closed", "where": VAS, "into": None}]


def publish(folder, place, what):
    inside = folder / place
    inside.mkdir(parents=True)
    (inside / "findings.json").write_text(json.dumps(what), encoding="utf-8")
    (inside / "run.json").write_text(json.dumps({"as_of": what["as_of"], "finished": "x"}), encoding="utf-8")
    return inside


def work(folder, what):
    inside = folder / ".work-x" / "publish"
    inside.mkdir(parents=True, exist_ok=True)
    (inside / "findings.json").write_text(json.dumps(what), encoding="utf-8")
    return inside


def test_a_run_that_was_never_published_is_forgotten_and_a_pruned_one_is_not(tmp_path):
    record(tmp_path, work(tmp_path, findings("2025-05-01", cell({"line": "ghost"}))), "2025-05-01/aaa", finished="1")
    publish(tmp_path, "2025-05-02/bbb", findings("2025-05-02", cell(VAS)))
    _, noted = record(tmp_path, work(tmp_path, findings("2025-05-03", cell(VAS))), "2025-05-03/ccc", finished="3")
    assert (noted["caught_up"], noted["continuing"], noted["closed"]) == (1, 1, 0)
    assert Findings(tmp_path).places() == ["2025-05-02/bbb", "2025-05-03/ccc"]
    import shutil

    publish(tmp_path, "2025-05-03/ccc", findings("2025-05-03", cell(VAS)))
    shutil.rmtree(tmp_path / "2025-05-02")
    found, _ = record(tmp_path, work(tmp_path, findings("2025-05-04", cell(VAS))), "2025-05-04/ddd", finished="4")
    assert found["cells"][0]["status"] == "continuing"
    assert Findings(tmp_path).table()["seen"].tolist() == [3]


def test_other_notebooks_are_left_alone(tmp_path):
    what = {"kpi": {"key": "fcr"}, "as_of": "2025-05-01"}
    assert record(tmp_path, work(tmp_path, what), "2025-05-01/aaa", finished="1") == (what, None)
    assert not (tmp_path / FILE).exists()


def test_whatever_goes_wrong_in_the_register_is_noted(tmp_path, monkeypatch):
    def fail(*args, **options):
        raise RunError("run_stopped")

    monkeypatch.setattr(Findings, "record_run", fail)
    inside = work(tmp_path, findings("2025-05-01", cell(VAS)))
    before = (inside / "findings.json").read_text()
    found, noted = record(tmp_path, inside, "2025-05-01/aaa", finished="1")
    assert noted["recorded"] is False and noted["error"] == "RunError"
    assert (inside / "findings.json").read_text() == before and found == json.loads(before)
    monkeypatch.setattr(Findings, "record_run", lambda *args, **options: 1 / 0)
    assert record(tmp_path, inside, "2025-05-01/aaa", finished="1")[1]["error"] == "ZeroDivisionError"


def test_a_study_plans_from_what_was_verified(tmp_path):
    from datetime import date

    from ccsat.register import Actions
    from ccsat.study import read_study

    path = tmp_path / "shop.toml"
    path.write_text(
        '[study]\nname = "shop"\n[data]\nsurveys = "s.csv"\n[solution]\nlibrary = "library.csv"\n', encoding="utf-8"
    )
    (tmp_path / "library.csv").write_text(
        "action_id,cost,lead_days,p,phi\nb1,1,5,1,change:CH-1=0.6\n", encoding="utf-8"
    )
    study, folder = read_study(path), tmp_path / "runs" / "shop"
    assert learned_study(folder, study, path, None) == (study, {})
    assert not folder.exists()
    register = Actions(folder)
    register.add({"action_id": "b1"})
    assert learned_study(folder, study, path, {"question.kpi": "nps"}) == (study, {"question.kpi": "nps"})
    verify(register, "b1", told="works", points=0.001, half=0.0002, predicted=0.004, as_of=date(2025, 6, 1))
    taught, settings = learned_study(folder, study, path, None)
    assert settings["solution.library"] == taught.solution.library
    rows = (tmp_path / taught.solution.library).read_text(encoding="utf-8").splitlines()
    fraction = float(rows[1].rpartition("=")[2].split("-")[1])
    assert 0.15 < fraction < 0.2  # a quarter of what was promised, and a little of the guess
    assert learned_study(folder, study, path, None)[1] == settings  # the same teaching, the same file: the same run
    (folder / FILE).write_bytes(b"spoiled" * 1000)
    assert learned_study(folder, study, path, None) == (study, {})


def verify(register, id, *, told, points, half, predicted, as_of, metric="kpi"):
    from ccsat.register.store import VERIFIED

    row = dict.fromkeys(VERIFIED) | {"metric": metric, "told": told, "points": points, "points_lower": points - half,
                                     "points_upper": points + half, "predicted_points": predicted, "design": "did", "grade": "B", "because": "beyond"}  # fmt: skip

    class Stand:
        pass

    stand = Stand()
    stand.id = id
    for name, value in row.items():
        setattr(stand, name, value)
    register.record_verification(stand, as_of=as_of)
