"""The command line: words in both languages, exit codes, nothing half done."""

import json
import subprocess
import sys

import pytest

from ccsat import cli
from ccsat.wording import set_language

COMMANDS = [
    "init",
    "check",
    "trace",
    "notebook",
    "kpis",
    "methods",
    "lab",
    "world make",
    "world truth",
    "world score",
    "workshop build",
    "actions add",
    "actions list",
    "actions due",
    "actions overdue",
    "actions state",
    "actions verify",
    "actions phi",
    "runs list",
    "runs show",
    "runs diff",
    "runs status",
    "runs prune",
    "schedule",
    "workshop new",
    "workshop hint",
    "workshop status",
    "workshop grade",
    "workshop check",
    "workshop export-nbgrader",
    "workshop case",
    "workshop board",
    "workshop handbook",
]


@pytest.fixture(autouse=True)
def english():
    yield
    set_language("en")


@pytest.fixture
def ccsat(capsys, monkeypatch):
    """Run a command in this process: exit code, standard output, standard error."""

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["ccsat", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        out = capsys.readouterr()
        return end.value.code or 0, out.out, out.err

    return run


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_helps_with_an_example_in_both_languages(command, lang):
    shown = subprocess.run(
        [sys.executable, "-m", "ccsat.cli", *command.split(), "--lang", lang, "--help"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        env={"PYTHONUTF8": "1", "COLUMNS": "200"},
    ).stdout
    assert ("例：" if lang == "zh" else "Example:") in shown and f"ccsat {command}" in shown


def test_init_check_and_kpis(ccsat, tmp_path, request):
    export = tmp_path / "june.csv"
    rows = [
        f"s{i},2024-0{5 + i % 2}-{1 + i % 28:02d},{'phone' if i % 3 else 'chat'},{1 + (i * 7) % 5}" for i in range(600)
    ]
    export.write_text("\n".join(["id,date,channel,rating", *rows]), encoding="utf-8")
    study = tmp_path / "june.toml"
    code, out, _ = ccsat("init", export, "--out", study)
    assert code == 0 and study.is_file() and "june.toml" in out
    code, _, err = ccsat("init", export, "--out", study)
    assert code == 2 and "exists" in err
    code, out, err = ccsat("check", study, "--lang", "zh")
    assert code == 0, err
    assert "600" in out and "无显著变化" in out
    code, out, _ = ccsat("kpis")
    assert code == 0 and "satisfaction_rate/five_level" in out


def test_check_stops_with_5_where_data_do_not_suffice(ccsat, tmp_path):
    export = tmp_path / "few.csv"
    export.write_text(
        "\n".join(
            ["id,date,channel,rating", *(f"s{i},2024-05-{1 + i:02d},{'ab'[i % 2]},{1 + i % 5}" for i in range(20))]
        ),
        encoding="utf-8",
    )
    study = tmp_path / "few.toml"
    study.write_text(
        '[data]\nsurveys = "few.csv"\n[columns]\nsurvey_id = "id"\nat = "date"\nrating = "rating"\n[scale]\nrating = "five"\n'
        '[dimensions]\nchannel = "channel"\n[question]\ncurrent = "2024-05-11/2024-05-20"\nbaseline = "2024-05-01/2024-05-10"\n',
        encoding="utf-8",
    )
    code, out, _ = ccsat("check", study)
    assert code == 5 and "nsufficient" in out


@pytest.mark.parametrize(("words", "said"), [
    (("trace",), "study"), (("trac",), "trace"), (("trace", "x.toml", "--bogus"), "--bogus"), (("trace", "none.toml"), "none.toml"),
    (("trace", "x.toml", "--set", "question"), "question"), (("kpis", "--lang", "fr"), "fr"), (("world", "make", "S99", "--out", "x"), "S99"),
])  # fmt: skip
def test_a_wrong_call_is_one_message_and_exit_2(ccsat, words, said):
    code, out, err = ccsat(*words)
    assert code == 2 and said in err and "Traceback" not in err and out == ""
    assert err.count("Try:") == 1


def test_world_make_never_writes_the_truth(ccsat, tmp_path):
    code, out, _ = ccsat(
        "world", "make", "s03", "--scale", "small", "--seed", "5", "--out", tmp_path / "w", "--format", "csv"
    )
    assert code == 0 and "study.toml" in out
    assert not [path for path in (tmp_path / "w").iterdir() if "truth" in path.name]
    code, _, _ = ccsat("world", "truth", "S03", "--scale", "small", "--seed", "5", "--out", tmp_path / "t.json")
    assert code == 0 and json.loads((tmp_path / "t.json").read_text(encoding="utf-8"))["world"]


def test_an_unforeseen_error_is_a_message_too(ccsat, monkeypatch):
    monkeypatch.setattr("ccsat.kpis.cards.card_of", None)
    code, _, err = ccsat("kpis")
    assert code == 1 and "TypeError" in err and "Traceback" not in err
