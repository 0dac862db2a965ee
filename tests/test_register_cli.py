"""`ccsat actions`: each command from the words typed to the words shown, and one clear error with exit code 2."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from ccsat import cli
from ccsat.actions_cli import actions_app
from ccsat.register.store import FILE
from ccsat.wording import set_language

COMMANDS = ["add", "list", "due", "overdue", "state", "verify", "phi"]


@pytest.fixture(autouse=True)
def wired(monkeypatch):
    groups = [one for one in cli.app.registered_groups if one.name != "actions"]
    monkeypatch.setattr(cli.app, "registered_groups", groups)
    cli.app.add_typer(actions_app, name="actions")
    yield
    set_language("en")


@pytest.fixture
def study(tmp_path):
    """Two regions by two lines; from 3 March, region East of line "fee" wins fifteen points."""
    rng = np.random.default_rng(2)
    n = 9000
    day = pd.Timestamp("2025-01-06") + pd.to_timedelta(rng.integers(0, 98, n), unit="D")
    table = pd.DataFrame(
        {"id": range(n), "at": day, "region": rng.choice(["East", "West"], n), "line": rng.choice(["fee", "speed"], n)}
    )
    won = (table["region"] == "East") & (table["line"] == "fee") & (table["at"] >= "2025-03-03")
    table["rating"] = np.where(rng.random(n) < 0.7 + 0.15 * won, 5, 2)
    table.to_csv(tmp_path / "s.csv", index=False)
    path = tmp_path / "shop.toml"
    path.write_text("""
[study]
name = "shop"
lang = "en"
[data]
surveys = "s.csv"
[columns]
survey_id = "id"
at = "at"
[scale]
rating = "five"
[dimensions]
region = "region"
line = "line"
[question]
kpi = "satisfaction_rate"
current = "2025-03"
baseline = "2025-02"
[solution]
library = "library.csv"
[[actions]]
action_id = "A-9"
at = "2025-03-03"
scope = "line=fee;region=East"
predicted_points = 0.03
""", encoding="utf-8")  # fmt: skip
    (tmp_path / "library.csv").write_text(
        "action_id,cost,lead_days,p,phi\nb1,1,5,1,change:CH-1=0.3\n", encoding="utf-8"
    )
    return path


@pytest.fixture
def actions(capsys, monkeypatch, study):
    """Run a command on the study: exit code, standard output, standard error."""

    def run(command, *words):
        monkeypatch.setattr(
            sys,
            "argv",
            ["ccsat", "actions", command, str(study), *map(str, words), "--out", str(study.parent / "runs")],
        )
        with pytest.raises(SystemExit) as end:
            cli.main()
        out = capsys.readouterr()
        return end.value.code or 0, out.out, out.err

    return run


ADD = ("--at", "2025-02-26", "--lead-days", "5", "--scope", "line=fee;region=East", "--predicted-points", "0.05")


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_helps_with_an_example_in_both_languages(command, lang):
    code = "from ccsat.terminal import speak\nfrom ccsat.actions_cli import actions_app\nactions_app()"
    shown = subprocess.run([sys.executable, "-c", code, command, "--lang", lang, "--help"], capture_output=True, text=True, encoding="utf-8",
                           check=True, env={"PYTHONUTF8": "1", "COLUMNS": "200"}).stdout  # fmt: skip
    assert ("例：" if lang == "zh" else "Example:") in shown and f"ccsat actions {command}" in shown


def test_help_needs_no_heavy_package():
    code = (
        "import sys, ccsat.actions_cli as c; print(sorted({'pandas', 'numpy', 'duckdb', 'scipy'} & set(sys.modules)))"
    )
    ours = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    base = code.replace("ccsat.actions_cli as c", "ccsat.methods_cli")
    assert ours == subprocess.run([sys.executable, "-c", base], capture_output=True, text=True, check=True).stdout


def test_from_adding_to_what_was_learned(actions, study):
    assert actions("add", "--id", "b1", *ADD, "--title", "Reminder", "--owner", "marketing") == (
        0,
        "On record: b1, due 2025-03-03\n",
        "",
    )
    assert "b1 · planned · due 2025-03-03" in actions("due", "--on", "2025-02-28")[1]
    assert (
        actions("due", "--on", "2025-02-01")[1] == actions("overdue", "--on", "2025-03-03")[1] == "No action to show.\n"
    )
    assert "+5.00 points predicted · Reminder" in actions("overdue", "--on", "2025-03-04")[1]
    assert "No action is done" in actions("verify")[1]
    assert actions("phi")[1].startswith("No action has been verified")
    assert actions("state", "b1", "done", "--on", "2025-03-03")[1] == "b1: done\n"
    code, told, err = actions("verify")
    assert (
        (code, err) == (0, "")
        and told.startswith("Action b1 works: +1")
        and "evidence grade B" in told
        and "+5.00 points predicted" in told
    )
    assert "works: +" in actions("list", "--state", "done")[1]
    learned = actions("phi", "--save", study.parent / "new.csv")[1]
    assert "b1 against change:CH-1: phi 0.30 is now 0.2" in learned
    assert "change:CH-1=0.1" in (study.parent / "new.csv").read_text(encoding="utf-8")  # the range that was learned
    code, told, _ = actions("list", "--lang", "zh")
    assert code == 0 and "已实施" in told and "有效" in told


def test_an_action_of_the_studys_own_list_is_verified_and_put_on_record(actions):
    assert "Action A-9 works" in actions("verify", "A-9")[1]
    assert "A-9 · done" in actions("list")[1]
    assert "A-9" in actions("phi")[1]  # settled, and in no library


def test_asking_begins_no_register(actions, study):
    for command in ("list", "due", "overdue", "phi"):
        assert actions(command)[0] == 0
    assert actions("list", "--findings")[1] == "No finding is on record yet.\n"
    assert not (study.parent / "runs").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add",), "no id"),
        (("add", "--id", "b2", "--at", "tomorrow-ish"), "'tomorrow-ish'"),
        (("add", "--id", "b2", "--cost", "a lot"), "'a lot'"),
        (("add", "--id", "b2", "--state", "doing"), "'doing'"),
        (("add", "--id", "b1"), "b1 is on record already"),
        (("add", "--id", "b2", "--id", "b3"), "2 ids"),
        (("add", "--from-plan"), "No good run"),
        (("state", "b9", "done"), "b9 is on record; there are 'b1'"),
        (("state", "b1", "gone"), "'gone'"),
        (("state", "b1", "done", "--on", "03/04/2025"), "'03/04/2025'"),
        (("list", "--state", "gone"), "'gone'"),
        (("due", "--on", "2025-02-30"), "'2025-02-30'"),
        (("due", "--days", "soon"), "--days"),
        (("overdue", "--on", "x"), "'x'"),
        (("verify", "b9"), "b9 is on record; there are 'A-9', 'b1'"),
        (("verify", "b1", "--metric", "nps"), "'nps'"),
        (("verify", "b1", "--metric", "volume"), "no table of contacts"),
        (("verify", "b1", "--design", "rct"), "'rct'"),
        (("verify", "b1", "--as-of", "2025"), "'2025'"),
        (("verify", "b1", "--as-of", "2025-03-05"), "1 after"),
    ],
)
def test_what_is_wrong_is_one_message_and_exit_2(actions, words, said):
    import re

    actions("add", "--id", "b1", *ADD)
    code, out, err = actions(*words)
    assert code == 2 and out == "" and re.search(said, err) and err.count("Try: ") == 1 and "Traceback" not in err


def test_the_plan_of_the_latest_run_is_put_on_record(actions, study):
    folder = study.parent / "runs" / "shop"
    (folder / "2025-03-31/abc").mkdir(parents=True)
    (folder / "latest.txt").write_text("2025-03-31/abc\n", encoding="utf-8")
    row = {
        "id": "b1",
        "zh": "恢复提醒",
        "en": "Reminder",
        "owner": "marketing",
        "cost": 1.0,
        "lead_days": 10,
        "expected_points": 0.006,
        "due": "2025-04-10",
    }
    where = {"line": "fee", "region": ["East", "West"]}
    findings = {
        "as_of": "2025-03-31", "kpi": {"key": "satisfaction_rate", "caliber": "five_level"}, "check": {"verdict": "real"},
        "cells": [{"rank": 1, "where": where, "finding_id": "F-12345678"}], "causes": [{"cell_rank": 1, "id": "change:CH-1"}],
        "plan": {"actions": [row, {**row, "id": "b2"}], "verification": [{"action": "b1", "cell": where}]},
    }  # fmt: skip
    (folder / "2025-03-31/abc/findings.json").write_text(json.dumps(findings), encoding="utf-8")
    assert actions("add", "--from-plan", "--id", "b1")[1] == "On record: b1, due 2025-04-10\n"
    code, out, err = actions("add", "--from-plan", "--owner", "team lead")
    assert (code, out) == (0, "On record: b2, due 2025-04-10\n") and "b1 is on record already" in err
    from ccsat.register import Actions

    b1, b2 = (Actions(folder).action(id) for id in ("b1", "b2"))
    assert (b1["scope"], b1["finding_id"], b1["cause"], b1["library_id"]) == (
        "line=fee; region=East|West",
        "F-12345678",
        "change:CH-1",
        "b1",
    )
    assert (b1["starts_on"], b1["predicted_points"], b1["owner"], b2["owner"]) == (
        "2025-04-10",
        0.006,
        "marketing",
        "team lead",
    )
    code, _, err = actions("add", "--from-plan", "--id", "b7")
    assert code == 2 and "'b1', 'b2'" in err
    (folder / "2025-03-31/abc/findings.json").write_text(
        json.dumps({**findings, "plan": {"actions": []}}), encoding="utf-8"
    )
    assert actions("add", "--from-plan")[0] == 2


def test_findings_over_the_runs_are_listed(actions, study):
    from ccsat.register import Findings

    register = Findings(study.parent / "runs" / "shop")
    for day, rows in (("2025-03-30", [0]), ("2025-03-31", [0, 1]), ("2025-04-01", [1])):
        cells = [
            {
                "rank": i + 1,
                "where": [{"line": "fee"}, {}][row],
                "n": 1234,
                "points": -0.0125,
                "lower": -0.02,
                "upper": -0.005,
            }
            for i, row in enumerate(rows)
        ]
        register.record_run(
            f"{day}/x",
            {
                "as_of": day,
                "kpi": {"key": "satisfaction_rate", "caliber": "five_level"},
                "check": {"verdict": "real"},
                "cells": cells,
            },
        )
    told = actions("list", "--findings")[1].splitlines()
    assert len(told) == 2
    assert any(
        "closed · line=fee · -1.25 points (95 % interval [-2.00, -0.50], n = 1,234) · 2025-03-30 to 2025-03-31, in 2 of 3 runs"
        in line
        for line in told
    )
    assert any("continuing · the whole centre" in line for line in told)


def test_a_spoiled_register_is_one_message(actions, study):
    folder = study.parent / "runs" / "shop"
    folder.mkdir(parents=True)
    (folder / FILE).write_bytes(b"spoiled" * 1000)
    code, _, err = actions("list")
    assert code == 2 and FILE in err and "Traceback" not in err
