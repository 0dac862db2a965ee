"""Grading a class: what is handed in is found, read, and put right; the answers that come out are judged outside."""

import json
import shutil
from pathlib import Path

import nbformat
import pytest
import yaml
from conftest import skip_unless_ci

from ccsat.wording import LANGUAGES, catalogue, speaking
from ccsat.workshop.build import solution, trainee
from ccsat.workshop.grading import GradingError, grade_submissions
from ccsat.workshop.grading.classroom import _add_up
from ccsat.workshop.grading.collect import find_submissions
from ccsat.workshop.grading.locked import Template, make_template, put_back, which_exercise
from ccsat.workshop.grading.parameters import parameters_cell, read_teams, team_folder
from ccsat.workshop.grading.problems import Unreadable, tidy
from ccsat.workshop.grading.read import MOST_CELLS, read_submission
from ccsat.workshop.grading.rubric import CRITERIA, read_rubric, rubric_points, write_rubric
from ccsat.workshop.grading.sandbox import Limits, run_apart
from ccsat.workshop.grading.tables import as_csv, as_page, class_rows, failing
from ccsat.workshop.source import read_source

ROOT = Path(__file__).resolve().parents[1]
SOURCE = read_source(ROOT / "workshop/source/01_data_types.py", root=ROOT)
TEMPLATE = make_template(SOURCE)
PARAMETERS = next(place for place in TEMPLATE.places if place.role == "parameters")


@pytest.fixture(autouse=True)
def english():
    with speaking("en"):
        yield


def notebook(kind=trainee, lang="en", **values):
    """A notebook as handed out (or solved), with other parameters."""
    made = kind(SOURCE, lang)
    if values:
        cell_of(made, "parameters").source = "\n".join(f"{name} = {value!r}" for name, value in values.items())
    return made


def cell_of(made, own):
    return next(cell for cell in made.cells if cell.id == own)


def write(made, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(nbformat.writes(made), encoding="utf-8")
    return path


def given(made, tmp_path):
    return read_submission(write(made, tmp_path / "one.ipynb"), megabytes=25)


# Finding and reading ------------------------------------------------------------------------


def test_notebooks_and_team_folders_are_found_in_a_fixed_order(tmp_path):
    for name in ("b.ipynb", "team 3/07.ipynb", "team 3/data/x.ipynb", ".hidden/y.ipynb", "a/.ipynb_checkpoints/z.ipynb", "essay.docx",
                 "class.csv", "九组/报告.pdf", "team 3/photo.jpg", "results/old.ipynb"):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}")
    found = find_submissions(tmp_path)
    assert [(one.name, one.team) for one in found] == [
        ("b", "b"),
        ("essay.docx", "essay.docx"),
        ("team 3/07", "team 3"),
        ("九组/报告.pdf", "九组"),
    ]


def test_an_empty_or_missing_folder_is_one_error(tmp_path):
    with pytest.raises(GradingError, match="no folder"):
        find_submissions(tmp_path / "nowhere")
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(GradingError, match=r"no notebook to grade; it has: 'notes.txt'"):
        find_submissions(tmp_path)


def content(**more):
    made = json.loads(nbformat.writes(notebook()))
    return json.dumps({**made, **more})


@pytest.mark.parametrize(("name", "text", "key", "words"), [
    ("a.ipynb", "", "empty", "Save the notebook"),
    ("a.ipynb", '{"cells": [', "broken", "line 1"),
    ("a.ipynb", "[" * 200_000, "broken", "damaged"),
    ("a.ipynb", '{"a": 1}', "no_notebook", "no notebook"),
    ("a.ipynb", "[1, 2]", "no_notebook", "no notebook"),
    ("a.ipynb", '{"nbformat": 3, "worksheets": []}', "old_format", "format 3"),
    ("a.ipynb", '{"nbformat": 4, "cells": {"a": 1}}', "old_format", "JupyterLab"),
    ("a.ipynb", '{"nbformat": 4, "cells": []}', "no_code", "blank"),
    ("a.ipynb", '{"nbformat": 4, "cells": [7, null, {"cell_type": "code", "source": 3}]}', "no_code", "blank"),
    ("a.ipynb", content(metadata={"kernelspec": {"language": "R", "name": "ir"}}), "language", "Python 3"),
    ("a.ipynb", content(metadata={"language_info": {"name": "julia"}}), "language", "julia"),
    ("a.ipynb", content(cells=[{"cell_type": "code", "source": "x = 1"}] * (MOST_CELLS + 1)), "many_cells", str(MOST_CELLS)),
    ("a.ipynb", content(cells=[{"cell_type": "code", "source": "x" * 300_000}]), "long_cell", "Do not paste"),
    ("a.zip", "PK", "archive", "Unpack"),
    ("a.docx", "PK", "suffix", "JupyterLab saves"),
    ("a.py", "x = 1", "suffix", ".py"),
], ids=lambda value: value if isinstance(value, str) and len(value) < 20 else "")  # fmt: skip
def test_what_is_no_notebook_gets_a_helpful_reason(tmp_path, name, text, key, words):
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(Unreadable) as broken:
        read_submission(tmp_path / name, megabytes=25)
    told = broken.value.problem.as_dict()
    assert told["key"] == key and words in told["en"] and told["zh"] != told["en"]


def test_two_hundred_megabytes_are_not_read(tmp_path):
    path = tmp_path / "big.ipynb"
    with path.open("wb") as file:
        file.truncate(200_000_000)
    with pytest.raises(Unreadable) as broken:
        read_submission(path, megabytes=25)
    assert "200 MB; the limit is 25 MB. Clear all outputs" in broken.value.problem.as_dict()["en"]


def test_links_folders_and_other_encodings_are_refused(tmp_path):
    (tmp_path / "real.ipynb").write_text(content())
    (tmp_path / "link.ipynb").symlink_to(tmp_path / "real.ipynb")
    (tmp_path / "folder.ipynb").mkdir()
    (tmp_path / "gbk.ipynb").write_bytes('{"a": "满意"}'.encode("gbk"))
    for name, key in (("link", "not_a_file"), ("folder", "not_a_file"), ("gbk", "encoding"), ("gone", "no_access")):
        with pytest.raises(Unreadable) as broken:
            read_submission(tmp_path / f"{name}.ipynb", megabytes=25)
        assert broken.value.problem.key == key


# Putting back -------------------------------------------------------------------------------


def code_of(run, own):
    return next(step["code"] for step in run.steps if step["id"] == own)


def keys_of(run):
    return {(problem.key, problem.values["cell"]) for problem in run.problems}


def test_a_template_knows_what_each_check_asks():
    assert TEMPLATE.handed == {"scale_of": "scale_of", "allowed": "allowed", "mistakes": "mistakes"}
    roles = {place.id: place.role for place in TEMPLATE.places}
    assert (roles["parameters"], roles["begin"], roles["check-scale"], roles["scale_of"], roles["hand-in"], roles["rate"]) == (
        "parameters", "begin", "locked", "answer", "locked", "open")  # fmt: skip
    assert Template.of_dict(json.loads(json.dumps(TEMPLATE.as_dict()))) == TEMPLATE


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_untouched_copy_is_run_as_it_is(tmp_path, lang):
    run = put_back(given(notebook(lang=lang), tmp_path), TEMPLATE, "seed = 5")
    assert not run.problems and not run.texts
    assert [step["id"] for step in run.steps] == [place.id for place in TEMPLATE.places]
    assert code_of(run, "parameters") == "seed = 5"


def test_edited_and_deleted_checks_are_the_sources_again(tmp_path):
    made = notebook()
    cell_of(made, "check-scale").source = "print('100 of 100')"
    cell_of(made, "begin").source = "from ccsat import workshop; workshop.check = lambda *a: 40"
    made.cells = [cell for cell in made.cells if cell.id not in ("check-allowed", "hand-in")]
    run = put_back(given(made, tmp_path), TEMPLATE, "")
    assert keys_of(run) == {
        ("edited", "check-scale"),
        ("edited", "begin"),
        ("missing", "check-allowed"),
        ("missing", "hand-in"),
    }
    for own in ("check-scale", "begin", "check-allowed", "hand-in"):
        assert code_of(run, own) == next(place.text for place in TEMPLATE.places if place.id == own)
    order = [step["id"] for step in run.steps]
    assert order.index("check-allowed") == order.index("allowed") + 1 and order[-1] == "hand-in"


def test_of_a_duplicated_cell_the_last_counts_and_both_run_where_they_may(tmp_path):
    made = notebook()
    twin = nbformat.v4.new_code_cell("allowed = {'q1': 'none'}", id="allowed")
    made.cells.insert(made.cells.index(cell_of(made, "allowed")) + 1, twin)
    made.cells.append(nbformat.v4.new_code_cell("workshop.check('scale_of', 3)", id="check-scale"))
    (tmp_path / "two.ipynb").write_text(json.dumps(made))  # nbformat itself would give the twin another id
    run = put_back(read_submission(tmp_path / "two.ipynb", megabytes=25), TEMPLATE, "")
    assert {("duplicate", "allowed"), ("duplicate", "check-scale")} <= keys_of(run)
    at = [number for number, step in enumerate(run.steps) if step["id"] == "allowed"]
    assert run.steps[at[-1]]["code"] == "allowed = {'q1': 'none'}"
    assert sum(step["id"] == "check-scale" for step in run.steps) == 1


def test_an_answer_in_a_cell_of_its_own_is_not_overwritten_by_the_stub(tmp_path):
    made = notebook()
    cell_of(made, "mistakes").source = "mistakes = {'l1': 'mean_of_means'}"
    cell_of(made, "mistakes").id = "split-by-lab"
    run = put_back(given(made, tmp_path), TEMPLATE, "")
    assert not any(step["id"] == "mistakes" for step in run.steps)
    assert code_of(run, "split-by-lab").startswith("mistakes = {'l1'")


def test_prose_of_the_teams_own_is_for_the_rubric(tmp_path):
    made = notebook()
    made.cells.append(nbformat.v4.new_markdown_cell("Our claim: **chat** fell.", id="ours"))
    run = put_back(given(made, tmp_path), TEMPLATE, "")
    assert run.texts == [{"cell": "ours", "text": "Our claim: **chat** fell."}]


def test_a_notebook_without_ids_is_still_known(tmp_path):
    content = json.loads(nbformat.writes(notebook()))
    for cell in content["cells"]:
        del cell["id"]
    (tmp_path / "old.ipynb").write_text(json.dumps({**content, "nbformat_minor": 4}))
    read = read_submission(tmp_path / "old.ipynb", megabytes=25)
    assert which_exercise(read, {TEMPLATE.name: TEMPLATE}) is TEMPLATE
    run = put_back(read, TEMPLATE, "")
    assert {"check-scale", "check-allowed", "hand-in", "begin"} <= {step["id"] for step in run.steps}


def test_a_notebook_of_ones_own_answers_no_exercise(tmp_path):
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("print(1)")])
    assert which_exercise(given(made, tmp_path), {TEMPLATE.name: TEMPLATE}) is None


# Parameters ---------------------------------------------------------------------------------


def values_of(made, tmp_path, team=()):
    code, values, problems = parameters_cell(given(made, tmp_path), PARAMETERS.text, dict(team), "label", "parameters")
    assert {
        name: eval(line.partition(" = ")[2]) for line in code.splitlines() for name in [line.partition(" = ")[0]]
    } == values
    return values, [problem.values["name"] for problem in problems]


def test_parameters_are_literals_of_their_kind_and_the_rest_is_the_graders(tmp_path):
    made = notebook(seed=105, scale="small", world="S01", out_dir="/etc", data_dir="/srv/me", role="trainer", mine=3)
    values, wrong = values_of(made, tmp_path)
    assert (values["seed"], values["scale"], values["lang"], values["team"]) == (
        105,
        "small",
        "en",
        "label",
    ) and not wrong
    assert (values["out_dir"], values["data_dir"], values["role"]) == ("out", "", "trainee") and "mine" not in values


@pytest.mark.parametrize(("code", "wrong"), [("seed = '7'", "seed"), ("seed = True", "seed"), ("seed = 10**99", ""), ("seed = __import__('os').getpid()", ""),
                                             ("lang = 'fr'", "lang"), ("world = ['S01']", "world"), ("team = 'x' * 5", ""), ("x = = 1", "")])  # fmt: skip
def test_wrong_parameters_fall_back_and_nothing_is_run(tmp_path, code, wrong):
    made = notebook()
    cell_of(made, "parameters").source = code
    values, names = values_of(made, tmp_path)
    assert values["seed"] == 7 and values["lang"] == "en" and values["world"] == "S01"
    assert names == ([wrong] if wrong else [])


def test_the_teams_file_and_the_trainers_list_come_first(tmp_path):
    folder = tmp_path / "class" / "t1" / "work"
    write(notebook(seed=999), folder / "n.ipynb")
    (tmp_path / "class/t1/team.json").write_text('{"team": "one", "seed": 103, "world": "S05"}')
    at, said = team_folder(folder / "n.ipynb", tmp_path / "class")
    assert at == tmp_path / "class/t1" and said["seed"] == 103
    assert values_of(notebook(seed=999), tmp_path, said)[0]["seed"] == 103
    (tmp_path / "class/t1/team.json").write_text("{broken")
    assert team_folder(folder / "n.ipynb", tmp_path / "class")[1] == {}
    (tmp_path / "teams.toml").write_text('[t1]\nseed = 104\n["组 2"]\nworld = "S03"\n', encoding="utf-8")
    assert read_teams(tmp_path / "teams.toml") == {"t1": {"seed": 104}, "组 2": {"world": "S03"}}
    (tmp_path / "teams.toml").write_text("t1 = 3")
    with pytest.raises(GradingError, match="one table a team"):
        read_teams(tmp_path / "teams.toml")


# Rubric and tables ---------------------------------------------------------------------------


def result(name, score=50.0, state="graded", texts=(), **more):
    checks = [{"id": "a", "ok": score >= 50, "score": score, "max": 100, "key": "right" if score >= 50 else "too_wide", "message_zh": "宽 <b>",
               "message_en": "Too wide <b>"}]  # fmt: skip
    return {"submission": name, "team": name.split("/")[0], "state": state, "exercise": "N01", "world": "S01", "seed": 7, "vary": False, "score": score,
            "max": 100.0, "checks": checks, "texts": list(texts), "problems": [], **more}  # fmt: skip


def test_the_trainers_points_are_kept_and_merged(tmp_path):
    file, text = tmp_path / "rubric.yaml", {"cell": "ours", "text": "第一行\n# not a comment\n- nor a list"}
    write_rubric(file, [result("a", texts=[text]), result("b")], {})
    first = read_rubric(file)
    assert list(first) == ["a"] and first["a"]["texts"] == [text] and set(first["a"]["points"]) == set(CRITERIA)
    assert rubric_points(first["a"]) is None
    edited = file.read_text(encoding="utf-8").replace("claim: null", "claim: 2.5").replace("words: null", "words: 0")
    file.write_text(edited, encoding="utf-8")
    given = read_rubric(file)
    write_rubric(file, [result("a", texts=[text])], given)
    assert read_rubric(file) == given
    assert rubric_points(given["a"]) == (2.5, 10.0)
    results = [result("a", texts=[text]), result("b", seed=8)]
    _add_up(results, given)
    assert (results[0]["total"], results[0]["total_max"], results[1]["total"], results[1]["rubric"]) == (
        52.5,
        110.0,
        50.0,
        None,
    )
    assert yaml.safe_load(file.read_text(encoding="utf-8"))[0]["team"] == "a"


@pytest.mark.parametrize(("text", "words"), [("- [", "cannot be read at 2"), ("- a: 1", "submission, points"), ("- submission: a\n  points: {claim: 9}", "gives a 9 for claim"),
                                             ("- submission: a\n  points: {clame: 1}", "claim 0–3"), ("- submission: a\n  points: {claim: yes}", "True")])  # fmt: skip
def test_a_broken_rubric_is_one_error(tmp_path, text, words):
    (tmp_path / "rubric.yaml").write_text(text + "\n")
    with pytest.raises(GradingError, match=words):
        read_rubric(tmp_path / "rubric.yaml")


def test_teams_of_one_seed_are_told(tmp_path):
    results = [result("a"), result("b"), result("c", seed=9)]
    _add_up(results, {})
    assert [[problem["key"] for problem in one["problems"]] for one in results] == [["same_world"], ["same_world"], []]


def test_the_class_table_is_escaped_in_both_languages_and_cannot_run(tmp_path):
    results = [result("=cmd|' /c calc'!A1", 10.0), result("<script>", 80.0), result("坏", 0.0, state="unreadable")]
    results[2]["checks"] = []
    _add_up(results, {})
    for lang in LANGUAGES:
        page = as_page(results, lang)
        assert "<script>" not in page and "&lt;script&gt;" in page and "<b>" not in page and "http" not in page
        lines = as_csv(class_rows(results, lang), lang).splitlines()
        assert any(line.startswith("'=cmd") for line in lines) and not any(line.startswith("=") for line in lines)
    assert failing(results)[0] == {"exercise": "N01", "item": "a", "n": 2, "right": 1, "mistake": "too_wide", "times": 1,
                                   "message_zh": "宽 <b>", "message_en": "Too wide <b>"}  # fmt: skip


def test_words_of_a_submission_are_cut_and_the_same_every_time():
    assert (
        tidy("<A object at 0x7f0a12345678>\x1b[31m\n in /tmp/ccsat-x/work", "/tmp/ccsat-x/work")
        == "<A object at 0x…> [31m in ."
    )
    assert len(tidy("x" * 5000)) == 300


@pytest.mark.parametrize("key", [key for key in catalogue() if key.startswith(("grading.", "proof."))])
def test_every_word_is_in_both_languages(key):
    assert all(catalogue()[key].get(lang, "").strip() for lang in LANGUAGES)


# A class, for real ----------------------------------------------------------------------------

SMALL = {"world": "S01", "scale": "small"}
PATCH = """
import json, os
from ccsat import workshop
import ccsat.workshop.checks as checks
checks.judge = lambda *a, **k: checks.Judgement("right")
workshop.check = checks.check = lambda item, answer: checks.Feedback(item, "N01", "right", True, 1000.0, 1000.0, 0, {})
os.makedirs("out", exist_ok=True)
open("out/result.json", "w").write(json.dumps({"score": 1000, "max": 1000}))
for fd in range(3, 40):
    try: os.write(fd, b'{"score": 1000}\\n{"held": {}}\\n{"item": "scale_of", "answer": {"dict": [["channel", "nominal"]]}}\\n')
    except OSError: pass
"""


@pytest.fixture(scope="module")
def klass(tmp_path_factory):
    """One class, graded once: good, idle, hostile and broken submissions side by side."""
    ran = run_apart([], {}, limits=Limits(seconds=60), needed=[])
    if not all(ran.held.values()):
        skip_unless_ci(f"this system cannot keep code apart: {ran.held} (run as root on Linux)")
    base = tmp_path_factory.mktemp("class")
    (base / "root/workshop/source").mkdir(parents=True)
    shutil.copy(ROOT / "workshop/source/01_data_types.py", base / "root/workshop/source")
    folder = base / "handed"

    def hand(name, made, **cells):
        for own, code in cells.items():
            cell_of(made, own.replace("_", "-") if own.startswith("check") else own).source = code
        return write(made, folder / f"{name}.ipynb")

    good = notebook(solution, "zh", **SMALL, seed=101)
    good.cells.append(nbformat.v4.new_markdown_cell("我们的结论：电话渠道不差。", id="ours"))
    write(good, folder / "good.ipynb")
    hand("idle", notebook(**SMALL, seed=102))
    cheat = notebook(**SMALL, seed=103)
    cheat.cells.insert(0, nbformat.v4.new_code_cell(PATCH, id="patch0"))
    cheat.cells.insert(cheat.cells.index(cell_of(cheat, "check-scale")), nbformat.v4.new_code_cell(PATCH, id="patch1"))
    cheat.cells.append(nbformat.v4.new_code_cell(PATCH, id="patch2"))
    hand("cheat", cheat, check_scale="print('✔ 40/40')", check_allowed="", scale_of="scale_of = {'channel': 'nominal'}")
    hand("quits", notebook(solution, **SMALL, seed=104), allowed="import os\nos._exit(0)")
    odd = notebook(**SMALL, seed=105)
    hand(
        "odd",
        odd,
        scale_of="scale_of = {}\nscale_of['me'] = scale_of",
        allowed="allowed = {str(i): i for i in range(10**6)}",
        mistakes="mistakes = print",
    )
    hand("loop", notebook(solution, **SMALL, seed=106), scale_of="while True: pass", mistakes="import sys\nsys.exit(1)")
    hand("t7/n", notebook(solution, **SMALL, seed=999))
    (folder / "t7/team.json").write_text('{"schema": 1, "team": "seven", "seed": 107}')
    (folder / "t7/opened.jsonl").write_text('{"exercise": "N01", "item": "allowed", "hint": 1}\nnonsense\n')
    (folder / "broken.ipynb").write_text('{"cells": [')
    (folder / "essay.docx").write_text("PK")
    with (folder / "big.ipynb").open("wb") as file:
        file.truncate(200_000_000)
    seen = []
    with speaking("zh"):
        done = grade_submissions(
            folder,
            base / "out",
            root=base / "root",
            limits=Limits(seconds=150),
            progress=lambda *step: seen.append(step),
        )
    return base, {one["submission"]: one for one in done.results}, seen


def problems(one):
    return {problem["key"] for problem in one["problems"]}


@pytest.mark.slow
def test_one_bad_submission_never_stops_the_rest(klass):
    base, results, seen = klass
    assert set(results) == {"good", "idle", "cheat", "quits", "odd", "loop", "t7/n", "broken", "essay.docx", "big"}
    assert [step[0] for step in seen] == list(range(1, 11)) and {step[1] for step in seen} == {10}
    for name in ("broken", "essay.docx", "big"):
        assert results[name]["state"] == "unreadable" and results[name]["problems"][0]["zh"]
    written = {path.relative_to(base / "out").as_posix() for path in (base / "out").rglob("*") if path.is_file()}
    assert {
        "class.csv",
        "class.html",
        "items.json",
        "rubric.yaml",
        "run.json",
        "each/t7/n.json",
        "each/essay.docx.json",
    } <= written
    assert "我们的结论" in (base / "out/rubric.yaml").read_text(encoding="utf-8")


@pytest.mark.slow
def test_good_and_idle_get_what_they_earned(klass):
    _, results, _ = klass
    assert (results["good"]["state"], results["good"]["problems"]) == ("graded", [])
    scores = {row["id"]: row["score"] for row in results["good"]["checks"]}
    assert (scores["scale_of"], scores["allowed"]) == (40.0, 30.0)
    assert scores["mistakes"] < 30, "the solution's codes are those of seed 7: a neighbour's answer does not fit"
    assert results["good"]["score"] == sum(scores.values())
    assert results["idle"]["score"] == 0 and {row["key"] for row in results["idle"]["checks"]} == {"unanswered"}
    assert results["good"]["seed"] == 101 and results["good"]["lang"] == "zh"


@pytest.mark.slow
def test_scores_do_not_come_from_the_submission(klass):
    _, results, _ = klass
    cheat = results["cheat"]
    assert cheat["score"] == 0 and cheat["max"] == 100
    assert {row["key"] for row in cheat["checks"]} == {"columns", "unanswered"}
    assert "edited" in problems(cheat)


@pytest.mark.slow
def test_what_stood_before_an_end_counts(klass):
    _, results, _ = klass
    quits, loop = results["quits"], results["loop"]
    assert {row["id"]: row["score"] for row in quits["checks"]} == {"scale_of": 40.0, "allowed": 0.0, "mistakes": 0.0}
    assert quits["state"] == "stopped" and "died" in problems(quits)
    assert {row["id"]: row["score"] for row in loop["checks"]} == {"scale_of": 0.0, "allowed": 30.0, "mistakes": 0.0}
    assert loop["state"] == "graded" and any("TooLong" in problem["en"] for problem in loop["problems"])
    assert any("SystemExit" in problem["en"] for problem in loop["problems"])


@pytest.mark.slow
def test_odd_answers_are_told_why(klass):
    _, results, _ = klass
    assert {row["id"]: row["key"] for row in results["odd"]["checks"]} == {
        "scale_of": "nested",
        "allowed": "large",
        "mistakes": "wrong_type",
    }
    assert all(row["message_zh"] and row["message_en"] and not row["score"] for row in results["odd"]["checks"])


@pytest.mark.slow
def test_the_teams_own_file_says_whose_world_and_which_hints(klass):
    _, results, _ = klass
    seven = results["t7/n"]
    assert seven["seed"] == 107 and seven["team"] == "seven"
    scores = {row["id"]: row["score"] for row in seven["checks"]}
    assert (
        scores["scale_of"] == 40.0 and scores["allowed"] == pytest.approx(29.4) and seven["hints"] == pytest.approx(0.6)
    )


@pytest.mark.slow
def test_the_same_submissions_give_the_same_bytes(klass):
    base, _, _ = klass
    again = base / "again"
    again.mkdir()
    for name in ("good", "cheat", "broken"):
        shutil.copy(base / f"handed/{name}.ipynb", again)
    with speaking("zh"):
        grade_submissions(again, base / "out2", root=base / "root", limits=Limits(seconds=150), jobs=1)
    for name in ("good", "cheat", "broken"):
        assert (base / f"out2/each/{name}.json").read_bytes() == (base / f"out/each/{name}.json").read_bytes()
