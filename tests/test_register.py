"""Actions on record: whole or not at all, beside other writers and after a kill; wrong input is told."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import date

import pytest

from ccsat.errors import DataError, LockedError, StudyError
from ccsat.register import Actions, Findings, intervention
from ccsat.register import store as stores
from ccsat.register.store import FILE

ADDING = """
import sys
from ccsat.register import Actions
folder, who, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
register = Actions(folder)
for i in range(n):
    register.add({"action_id": f"{who}-{i}", "at": "2025-05-12", "lead_days": i, "note": "x" * 2000})
    print(f"{who}-{i}", flush=True)
"""
RECORDING = """
import sys
from ccsat.register import Findings
folder, n = sys.argv[1], int(sys.argv[2])
register = Findings(folder)
for i in range(n):
    cells = [{"rank": r + 1, "where": {"region": f"R{r}"}, "n": 100, "points": -0.01, "lower": -0.02, "upper": -0.001} for r in range(20)]
    register.record_run(f"2025-05-12/run{i}", {"kpi": {"key": "k", "caliber": "c"}, "check": {"verdict": "real"}, "as_of": f"2025-{i}", "cells": cells})
    print(i, flush=True)
"""


def start(code, *words):
    return subprocess.Popen([sys.executable, "-c", code, *map(str, words)], stdout=subprocess.PIPE, text=True)


def test_writers_at_once_lose_nothing(tmp_path):
    writers = [start(ADDING, tmp_path, f"w{i}", 15) for i in range(4)]
    for writer in writers:
        writer.communicate(timeout=100)
        assert writer.returncode == 0
    found = Actions(tmp_path).actions()
    assert sorted(found["action_id"]) == sorted(f"w{i}-{k}" for i in range(4) for k in range(15))
    assert (found["note"].str.len() == 2000).all()


@pytest.mark.parametrize("after", [1, 4, 9])
def test_a_killed_writer_leaves_whole_actions(tmp_path, after):
    writer = start(ADDING, tmp_path, "w", 10_000)
    said = [writer.stdout.readline().strip() for _ in range(after)]
    time.sleep(0.003 * after)
    os.kill(writer.pid, signal.SIGKILL)
    said += writer.stdout.read().split()  # communicate() would pass over what the last readline() took in already
    writer.wait(timeout=60)
    register = Actions(tmp_path)
    found = register.actions()
    assert set(said) <= set(found["action_id"]) and len(found) <= len(said) + 1  # what was said to be there is
    assert found["at"].notna().all() and (found["note"].str.len() == 2000).all() and found["due_on"].notna().all()
    with sqlite3.connect(register.store.path) as base:
        assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert register.add({"action_id": "next"}) == "next"


def test_a_killed_recording_leaves_whole_runs(tmp_path):
    writer = start(RECORDING, tmp_path, 10_000)
    for _ in range(3):
        writer.stdout.readline()
    time.sleep(0.02)
    os.kill(writer.pid, signal.SIGKILL)
    writer.communicate(timeout=60)
    store = Findings(tmp_path).store
    seen = store.read("SELECT place, COUNT(*) AS n FROM sightings GROUP BY place")
    assert len(seen) >= 3 and (seen["n"] == 20).all()
    assert set(seen["place"]) == set(store.read("SELECT place FROM runs")["place"])


def test_a_failing_write_changes_nothing(tmp_path):
    register = Actions(tmp_path)
    with pytest.raises(ZeroDivisionError), register.store.write() as base:
        base.execute("INSERT INTO actions (action_id, added) VALUES ('half', 'now')")
        1 / 0  # noqa: B018
    assert register.actions().empty


def test_a_held_file_is_told(tmp_path, monkeypatch):
    register = Actions(tmp_path)
    monkeypatch.setattr(stores, "WAIT_SECONDS", 0.05)
    with register.store.write(), pytest.raises(LockedError) as told:
        Actions(tmp_path).add({"action_id": "b1"})
    assert told.value.exit_code == 75 and FILE in str(told.value)


def test_a_spoiled_file_is_told(tmp_path):
    (tmp_path / FILE).write_bytes(b"no database at all" * 100)
    with pytest.raises(DataError, match=FILE):
        Actions(tmp_path)


def test_a_start_and_a_due_day_follow_from_the_decision(tmp_path):
    register = Actions(tmp_path)
    register.add(
        {
            "action_id": "b1",
            "at": date(2025, 5, 1),
            "lead_days": "10",
            "scope": "region=R1|R2",
            "predicted_points": "0.004",
        }
    )
    row = register.action("b1")
    assert (row["starts_on"], row["due_on"], row["state"], row["cost"]) == ("2025-05-11", "2025-05-11", "planned", None)
    what = intervention(row)
    assert (what.starts_on, what.scope, what.predicted_points) == (date(2025, 5, 11), {"region": ["R1", "R2"]}, 0.004)


def test_due_overdue_and_unverified(tmp_path):
    register = Actions(tmp_path)
    for id, due in (
        ("late", "2025-05-31"),
        ("today", "2025-06-01"),
        ("week", "2025-06-08"),
        ("far", "2025-06-09"),
        ("none", None),
    ):
        register.add({"action_id": id, "due_on": due})
    on = date(2025, 6, 1)
    assert list(register.due(on)["action_id"]) == ["today", "week"]
    assert list(register.due(on, days=8)["action_id"]) == ["today", "week", "far"]
    assert list(register.overdue(on)["action_id"]) == ["late"]
    register.set_state("late", "done", on=date(2025, 6, 2))
    assert register.overdue(on).empty and list(register.unverified()["action_id"]) == ["late"]
    assert register.action("late")["starts_on"] == "2025-06-02"


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ({}, "no id"),
        ({"action_id": "  "}, "no id"),
        ({"action_id": "b1", "cost": "much"}, "'much'"),
        ({"action_id": "b1", "at": "12th of May or so"}, "12th of May"),
        ({"action_id": "b1", "state": "doing"}, "'planned', 'done', 'dropped'"),
        ({"action_id": "b1", "ownr": "x"}, "'ownr'.*owner"),
    ],
)
def test_wrong_actions_are_told_and_not_kept(tmp_path, action, words):
    register = Actions(tmp_path)
    with pytest.raises(StudyError, match=f"(?s){words}"):
        register.add(action)
    assert register.actions().empty


def test_ids_and_states_are_checked(tmp_path):
    register = Actions(tmp_path)
    register.add({"action_id": "A-21"})
    with pytest.raises(StudyError, match="on record already"):
        register.add({"action_id": "A-21"})
    with pytest.raises(StudyError, match="A-12 is on record; there are 'A-21'"):
        register.set_state("A-12", "done")
    with pytest.raises(StudyError, match="'gone'"):
        register.set_state("A-21", "gone")
    with pytest.raises(StudyError, match="no day from which"):
        intervention(register.action("A-21"))
