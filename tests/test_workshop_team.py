"""A team's folder: made whole or not at all, its own world, no truth in it, notebooks filled in; the launcher's first notebook."""

import json
import shutil
import sys
from pathlib import Path

import nbformat
import pytest
from workshop_day import RIGHT

from ccsat import cli, workshop, workshop_cli, worlds
from ccsat.notebooks import parameters_of
from ccsat.wording import set_language
from ccsat.workshop import checks, lecture, team
from ccsat.workshop.environment import QUESTIONS, check_environment, show
from ccsat.workshop.orientation import contents, practice
from ccsat.workshop.source import with_literals
from ccsat.workshop.team import TEAM_WORLDS, TeamError, deal_world, new_team, problems_of, read_team

ROOT = Path(__file__).resolve().parents[1]
CLASS = 101


@pytest.fixture(autouse=True)
def english():
    set_language("en")
    yield
    set_language("en")
    checks._session["case"] = None


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder of a team on S03, in Chinese."""
    out = tmp_path_factory.mktemp("class")
    return new_team("3", lang="zh", class_seed=CLASS, out=out, world="s03", notebooks=ROOT / "notebooks" / "zh")


def test_the_folder_holds_what_a_team_needs_and_nothing_half_made(made):
    names = {path.name for path in made.iterdir()}
    assert names == {"team.json", "data", "results", *(f"{name}.ipynb" for name in team.NOTEBOOKS)}
    assert [path.name for path in made.parent.iterdir()] == [made.name]
    assert (made / "data" / "study.toml").is_file()
    sheet = read_team(made)
    assert (sheet.team, sheet.lang, sheet.world, sheet.vary, sheet.class_seed) == ("3", "zh", "S03", True, CLASS)


def test_no_truth_and_no_story_lie_in_the_folder(made):
    sheet = read_team(made)
    truth = worlds.make(sheet.world, rng=sheet.seed, vary=True).truth
    chain = truth["causes"][0]["depth_chain"][-1]
    secrets = [
        chain["zh"],
        chain["en"],
        truth["decoys"][0]["why_wrong"]["zh"],
        "best_set",
        "true_effect",
        "s03_charging",
    ]
    for path in made.rglob("*"):
        if path.suffix in (".toml", ".csv", ".json", ".ipynb", ".jsonl"):
            words = path.read_text(encoding="utf-8-sig")
            assert not [secret for secret in secrets if secret in words], path.name
    assert not list(made.rglob("truth*"))


def test_the_notebooks_carry_the_teams_parameters(made):
    sheet = read_team(made)
    for name in team.NOTEBOOKS[1:]:
        known = {key: one.default for key, one in parameters_of(made / f"{name}.ipynb").items()}
        assert known["team"] == '"3"'
        assert known["seed"] == str(sheet.seed)
        assert known["lang"] == '"zh"'
        assert known["out_dir"] == f'"results/W{name[4]}"'
        assert known["world"] == ('"S12"' if name.startswith("37") else '"S03"')
        notebook = nbformat.read(made / f"{name}.ipynb", as_version=4)
        assert all(not cell.get("outputs") for cell in notebook.cells)


def test_the_data_are_the_worlds_own_and_the_study_reads(made):
    import ccsat as cs

    sheet = read_team(made)
    centre = cs.read_centre(made / "data")
    own = worlds.make(sheet.world, rng=sheet.seed, vary=True)
    assert len(centre.surveys) == len(own.centre.surveys)
    words = (made / "data" / "study.toml").read_text(encoding="utf-8")
    assert 'name = "team-3"' in words and 'lang = "zh"' in words


def test_a_second_time_is_refused_and_nothing_is_lost(made):
    (made / "results" / "mine.txt").write_text("work", encoding="utf-8")
    before = sorted((path.name, path.stat().st_size) for path in made.rglob("*"))
    with pytest.raises(TeamError, match="exists"):
        new_team("3", lang="en", class_seed=CLASS, out=made.parent, world="S03", notebooks=ROOT / "notebooks" / "en")
    assert sorted((path.name, path.stat().st_size) for path in made.rglob("*")) == before


def test_a_failure_on_the_way_leaves_nothing(tmp_path):
    shutil.copytree(ROOT / "notebooks" / "en", tmp_path / "half")
    (tmp_path / "half" / "34_w4_solution.ipynb").unlink()
    with pytest.raises(OSError):
        new_team("4", lang="en", class_seed=CLASS, out=tmp_path / "class", world="S03", notebooks=tmp_path / "half")
    assert not list((tmp_path / "class").iterdir())


def test_the_first_eight_teams_have_different_worlds_and_seeds():
    dealt = [deal_world(str(number), 2025) for number in range(1, 9)]
    assert sorted(dealt) == sorted(TEAM_WORLDS)
    assert deal_world("9", 2025) == dealt[0]
    assert [deal_world(str(number), 7) for number in range(1, 9)] != dealt
    assert deal_world("红队", 2025) in TEAM_WORLDS


def test_a_teams_problem_can_be_found():
    world = team.findable("S04", "5", CLASS)
    assert world.truth["findable"]
    assert world.seed >= team.FIRST_SEED
    assert team.findable("S04", "5", CLASS).seed == world.seed


@pytest.mark.parametrize(
    ("change", "words"),
    [({"team": ""}, "team"), ({"world": "S99"}, "S99"), ({"seed": -1}, "seed"), ({"seed": True}, "seed"), ({"lang": "fr"}, "fr"),
     ({"schema": 2}, "schema"), ({"vary": 1}, "vary"), ({"x": 1}, "x"), ({"scale": "huge"}, "huge")],
)  # fmt: skip
def test_a_team_file_is_checked(made, tmp_path, change, words):
    content = json.loads((made / "team.json").read_text(encoding="utf-8")) | change
    (tmp_path / "team.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(TeamError, match=words):
        read_team(tmp_path)


def test_all_problems_of_a_team_file_come_at_once():
    assert len(problems_of({"schema": 1, "team": "1", "lang": "xx", "world": "S00"})) >= 5
    assert problems_of([]) != []


def test_a_team_file_that_is_missing_or_broken_is_refused(tmp_path):
    with pytest.raises(TeamError, match="team.json"):
        read_team(tmp_path)
    (tmp_path / "team.json").write_text("{", encoding="utf-8")
    with pytest.raises(TeamError, match="JSON"):
        read_team(tmp_path)


@pytest.mark.parametrize("name", ["", "   ", "///", "x" * 50])
def test_names_that_make_no_folder_are_refused(tmp_path, name):
    with pytest.raises(TeamError, match="folder name"):
        new_team(name, lang="zh", out=tmp_path)


def test_worlds_and_languages_outside_the_workshop_are_refused(tmp_path):
    with pytest.raises(TeamError, match="S11"):
        new_team("1", lang="zh", out=tmp_path, world="S11")
    with pytest.raises(TeamError, match="'fr'"):
        new_team("1", lang="fr", out=tmp_path)


def test_a_name_with_quotes_stays_a_literal():
    code = with_literals('team: str = ""  # the team\nseed: int = 7  # seed', {"team": 'a"b', "seed": 9})
    assert code == 'team: str = "a\\"b"  # the team\nseed: int = 9  # seed'


def test_the_commands_of_a_team(made, monkeypatch, capsys):
    def run(*words):
        monkeypatch.setattr(sys, "argv", ["ccsat", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        return end.value.code or 0, capsys.readouterr()

    code, shown = run("workshop", "hint", "cell", "1", "--team-dir", made, "--lang", "zh")
    assert code == 0 and "扣本题 2%" in shown.out
    code, shown = run("workshop", "status", "--team-dir", made, "--lang", "en")
    assert code == 0 and "W2.cell" in shown.out and "open" in shown.out
    code, shown = run("workshop", "hint", "colour", "--team-dir", made, "--lang", "en")
    assert code == 2 and "colour" in shown.err
    code, shown = run("workshop", "new", "--team", "3", "--lang", "en", "--out", made.parent, "--world", "S03")
    assert code == 2 and "exists" in shown.err and "Traceback" not in shown.err


# The launcher, the orientation, the environment ----------------------------------------------


def test_lab_opens_on_the_notebook_to_begin_with(made, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notebooks" / "zh").mkdir(parents=True)
    (tmp_path / "notebooks" / "zh" / "00_orientation.ipynb").write_text("{}", encoding="utf-8")
    assert workshop_cli.lab_root(None, "zh") == ((tmp_path / "notebooks").resolve(), "zh/00_orientation.ipynb")
    assert workshop_cli.lab_root(None, "en")[1] == ""
    assert workshop_cli.lab_root(Path("notebooks/zh"), "zh")[1] == "00_orientation.ipynb"
    assert workshop_cli.lab_root(made, "zh") == (made.resolve(), "30_w0_teams.ipynb")
    monkeypatch.chdir(made)
    assert workshop_cli.lab_root(None, "zh") == (made.resolve(), "30_w0_teams.ipynb")
    with pytest.raises(Exception, match="nowhere"):
        workshop_cli.lab_root(Path("nowhere"), "zh")


def test_lab_passes_it_to_jupyter(monkeypatch):
    seen = {}

    def serve(command, environment):
        seen["command"], seen["env"] = command, environment
        return 0

    monkeypatch.setattr(workshop_cli, "_serve", serve)
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "argv", ["ccsat", "lab", "--lang", "zh"])
    with pytest.raises(SystemExit):
        cli.main()
    assert "--LabApp.default_url=/lab/tree/zh/00_orientation.ipynb" in seen["command"]
    assert "--ip=127.0.0.1" in seen["command"] and seen["env"]["CCSAT_LANG"] == "zh"


def test_the_orientation_lists_the_notebooks_and_lets_one_practise():
    listed = contents(ROOT / "notebooks" / "zh")
    assert ("30_w0_teams", "今天谁做什么，要查的是什么问题？", "15") in listed.rows
    assert "dots" in repr(practice(...))
    assert "Passed" in repr(practice(7))
    assert "number" in repr(practice("seven"))
    assert "number" in repr(practice(True))


def test_the_environment_is_checked_in_words(tmp_path, monkeypatch):
    seen = [ask(tmp_path) for ask in QUESTIONS]
    assert len(check_environment(tmp_path).rows) == len(QUESTIONS)
    assert {one.key for one in seen} == {
        "python",
        "packages",
        "kernel",
        "fonts",
        "utf8",
        "writing",
        "memory",
        "disk",
        "speed",
    }
    for lang in ("zh", "en"):
        set_language(lang)
        for one in seen:
            for ok in (True, False):
                values = {
                    "found": "x",
                    "wanted": "y",
                    "n": 1,
                    "wrong": "z",
                    "known": "k",
                    "reason": "r",
                    "free": "1",
                    "seconds": "9",
                }
                assert show([type(one)(one.key, ok, values)]).rows[0][2]
    monkeypatch.setattr("ccsat.workshop.environment.PACKAGES", {"no-such-package": 1, "pandas": 99})
    bad = next(ask(tmp_path) for ask in QUESTIONS if ask.__name__ == "_packages")
    assert not bad.ok and "no-such-package" in bad.words and "pandas" in bad.words


def test_a_folder_that_cannot_be_written_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "tempfile.NamedTemporaryFile", lambda **more: (_ for _ in ()).throw(PermissionError(13, "denied"))
    )
    bad = next(ask(tmp_path) for ask in QUESTIONS if ask.__name__ == "_writing")
    assert not bad.ok and "denied" in bad.words


# The lecture and the outputs -----------------------------------------------------------------


@pytest.fixture
def classroom(tmp_path):
    """Three teams' folders with plans handed in, one without."""
    plans = {"1": ["b1", "b2", "b3", "b5"], "2": ["b5"], "3": ["a4", "b4"], "4": None}
    for name, plan in plans.items():
        folder = tmp_path / f"team-{name}"
        (folder / "results" / "W4").mkdir(parents=True)
        sheet = {
            "schema": 1,
            "team": name,
            "lang": "en",
            "world": "S03",
            "seed": 104,
            "scale": "full",
            "vary": True,
            "class_seed": 1,
        }
        (folder / "team.json").write_text(json.dumps(sheet), encoding="utf-8")
        result = {"exercise": "W4", "answers": {"portfolio": plan}, "score": 1.0, "max": 20.0}
        (folder / "results" / "W4" / "result.json").write_text(json.dumps(result), encoding="utf-8")
    return tmp_path


def test_the_lecture_compares_the_teams(classroom):
    plans = lecture.class_plans(classroom)
    assert [plan.team for plan in plans] == ["1", "2", "3", "4"]
    rows = lecture.compare_plans(plans).rows
    regrets = [float(row[-1].rstrip("%")) for row in rows]
    assert regrets[0] == pytest.approx(0, abs=0.05) and regrets[0] < regrets[1] < regrets[2] <= regrets[3] == 100
    firm = lecture.firmness(plans)
    assert len(firm.rows) == 1 and 0 < float(firm.rows[0][2].rstrip("%")) <= 100
    assert repr(firm) == repr(lecture.firmness(plans))
    table = lecture.sensitivity(plans[0])
    assert len(table.rows) == len(lecture.BUDGETS) + len(lecture.HORIZONS) + len(lecture.FRACTIONS)
    assert "no" in {row[4] for row in table.rows}
    wrong = lecture.wrong_leads(plans).rows
    assert {row[0] for row in wrong} == {"3"}
    assert "cannot change it" in wrong[-1][4] or "cannot change it" in wrong[0][4]


def test_a_plan_over_the_budget_wins_nothing(classroom):
    plans = [lecture.Handed("x", "S03", 104, "full", ("b1", "b2", "b3", "b5", "a5"))]
    assert lecture.compare_plans(plans).rows[0][-1] == "100.0%"


def test_a_class_without_teams_is_refused(tmp_path):
    with pytest.raises(Exception, match="team"):
        lecture.class_plans(tmp_path)


@pytest.mark.parametrize("world", TEAM_WORLDS)
def test_the_lecture_works_on_every_world(world):
    plans = lecture.example_class(world, 104)
    assert [row[-1] for row in lecture.compare_plans(plans).rows][0] == "0.0%"
    assert lecture.wrong_leads(plans).rows
    assert lecture.sensitivity(plans[0]).rows


@pytest.mark.parametrize(("world", "lang"), [("S03", "zh"), ("S08", "en")])
def test_the_outputs_are_written_whole_and_escaped(tmp_path, world, lang):
    case = workshop.begin("W6", world=world, seed=104, vary=True, lang=lang, team='<b>"3"</b>')
    right = RIGHT["W6"](case)
    table = [row | {"baseline": 0.95, "symptom": "=1+1", "cause_chain": "<script>x</script>"} for row in right["table"]]
    done = workshop.write_outputs(table, right["report"], out_dir=str(tmp_path))
    assert {path.name for path in done.files} == {
        "trace_table.csv",
        "trace_table.xlsx",
        "flow.svg",
        "solution_report.html",
    }
    page = (tmp_path / "solution_report.html").read_text(encoding="utf-8")
    assert "<script>" not in page and "<b>" not in page and "http" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "\n=1+1" not in (tmp_path / "trace_table.csv").read_text(encoding="utf-8-sig")
    assert len(workshop.show_table(table).rows) == 33
    assert len(workshop.flow(table).steps) == (3 if world == "S08" else 8)


def test_a_teams_own_findings_go_into_the_table(tmp_path):
    import pandas as pd

    from ccsat.tracetable import COLUMNS

    (tmp_path / "team.json").write_text("{}", encoding="utf-8")
    case = workshop.begin("W3", world="S03", seed=104, vary=True, lang="en", team_dir=str(tmp_path))
    for exercise in ("W3", "W4"):
        workshop.begin(exercise, world="S03", seed=104, vary=True, lang="en", team_dir=str(tmp_path))
        workshop.hand_in(RIGHT[exercise](case), out_dir=str(tmp_path / "results" / exercise))
    workshop.begin("W6", world="S03", seed=104, vary=True, lang="en", team_dir=str(tmp_path))
    draft = pd.DataFrame(
        [dict.fromkeys(COLUMNS, None) | {"points": -0.01}, dict.fromkeys(COLUMNS, None) | {"points": 0.0}], dtype=object
    )
    filled = workshop.with_findings(draft)
    assert "review" in filled.loc[0, "cause_chain"]
    assert filled.loc[0, "evidence_grade"] == "B"
    assert "b1" in filled.loc[0, "action"]
    assert filled.loc[0, "points"] == -0.01
    assert filled.loc[1].drop("points").isna().all()
