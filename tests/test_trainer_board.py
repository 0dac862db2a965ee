"""The class board: what it adds up, what it shows of strangers' words, and that it asks for nothing outside itself."""

import json

import pytest
import typer
from typer.testing import CliRunner

from ccsat import trainer_cli, worlds
from ccsat.errors import CcsatError
from ccsat.wording import LANGUAGES, speaking
from ccsat.workshop import board
from ccsat.workshop.board import Entry, failing_items, item_table, read_class, team_table, write_board

SEED = 104
HOSTILE = '<img src=x onerror="alert(1)"> 组'


@pytest.fixture(autouse=True)
def english():
    with speaking("en"):
        yield


def check(item, ok, most=10.0, score=None, cost=0.0, said="look again"):
    score = (most if ok else 0.0) if score is None else score
    return {
        "id": item,
        "ok": ok,
        "score": score,
        "max": most,
        "message_zh": f"再看：{said}",
        "message_en": said,
        "cost": cost,
    }


def graded(folder, name, team, exercise, checks, **more):
    row = {"schema": 1, "submission": name, "team": team, "exercise": exercise, "state": "graded", "world": "S03", "seed": SEED, "scale": "full",
           "vary": True, "lang": "zh", "answers": {}, "checks": checks, "score": sum(one["score"] for one in checks),
           "max": sum(one["max"] for one in checks), "rubric": None, "total_max": sum(one["max"] for one in checks)}  # fmt: skip
    file = folder / "each" / f"{name}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({**row, **more}, ensure_ascii=False), encoding="utf-8")


@pytest.fixture
def results(tmp_path):
    folder = tmp_path / "results"
    best = worlds.make("S03", rng=SEED, vary=True).truth["best_set"]
    plans = {"1": best, "2": best[:1], HOSTILE: ["b1", "b2", "b3", "b5", "a7"]}
    for team, plan in plans.items():
        slug = str(len(team))
        graded(
            folder,
            f"{slug}-{team == '2'}/w2.ipynb",
            team,
            "W2",
            [check("cell", team == "1"), check("decoy", team != "2", cost=0.05)],
        )
        graded(
            folder,
            f"{slug}-{team == '2'}/w4.ipynb",
            team,
            "W4",
            [check("portfolio", team == "1")],
            answers={"portfolio": plan},
        )
    return folder


def test_totals_help_and_regret_are_added_up(results):
    rows = {row[0]: row[1:] for row in team_table(read_class(results)).rows}
    assert rows["1"] == ("30.0 / 30", "0.5", "1", "0%")
    assert rows["2"][:3] == ("0.0 / 30", "0.5", "1")
    assert 0 < float(rows["2"][3].rstrip("%")) < 100
    assert rows[HOSTILE][3] == "100%"  # over the budget wins nothing
    assert [row[0] for row in team_table(read_class(results)).rows][0] == "1"  # best first


def test_regret_is_what_the_plan_leaves_on_the_table(results):
    """Against the truth's own best set, worked out here."""
    truth = worlds.make("S03", rng=SEED, vary=True).truth
    action = next(row for row in truth["actions"] if row["id"] == truth["best_set"][0])
    cause = truth["causes"][0]
    won = abs(cause["points"]) * action["p"] * action["phi"].get(cause["id"], 0.0)
    entry = next(one for one in read_class(results) if one.team == "2" and one.exercise == "W4")
    assert entry.regret == pytest.approx(1 - won / truth["best_uplift"])


@pytest.mark.parametrize("plan", [[], ["no such action"], None])
def test_a_plan_that_cannot_be_judged_has_no_regret(results, plan):
    graded(results, "9/w4.ipynb", "9", "W4", [check("portfolio", False)], answers={"portfolio": plan})
    assert next(one for one in read_class(results) if one.team == "9").regret is None


def test_items_that_fail_most_come_first_with_interval_and_words(results):
    first, *rest = failing_items(read_class(results))
    assert (first.exercise, first.item, first.wrong, first.n) in {("W2", "cell", 2, 3), ("W4", "portfolio", 2, 3)}
    assert (round(first.lower, 3), round(first.upper, 3)) == (0.208, 0.939)  # Wilson of 2 in 3
    assert [one.wrong / one.n for one in rest] == sorted((one.wrong / one.n for one in rest), reverse=True)
    assert item_table(read_class(results)).rows[0][3] == "2 × look again"


def test_the_better_of_two_submissions_counts(results):
    graded(results, "again/w2.ipynb", "2", "W2", [check("cell", True), check("decoy", True)])
    entry = [one for one in read_class(results) if one.team == "2" and one.exercise == "W2"]
    assert [one.score for one in entry] == [20.0]


def test_the_trainers_points_are_in_the_total(results):
    graded(results, "1-w6.ipynb", "1", "W6", [], rubric=7.5, total_max=10.0)
    assert {row[0]: row[1] for row in team_table(read_class(results)).rows}["1"] == "37.5 / 40"


def test_the_teams_folders_do_as_well_during_the_day(tmp_path):
    for team, score in (("1", 20.0), ("2", 5.0)):
        own = tmp_path / f"team-{team}"
        (own / "results/W2").mkdir(parents=True)
        (own / "team.json").write_text(json.dumps({"team": team}), encoding="utf-8")
        row = {
            "exercise": "W2",
            "world": "S03",
            "seed": SEED,
            "vary": True,
            "answers": {},
            "checks": [check("cell", score > 10, 20.0, score, cost=0.1)],
            "score": score,
            "max": 20.0,
        }
        (own / "results/W2/result.json").write_text(json.dumps(row), encoding="utf-8")
        (own / "opened.jsonl").write_text(
            '{"exercise": "W2", "item": "cell", "hint": 3}\nnot json\n{"checkpoint": "B", "items": ["W2.cell"]}\n',
            encoding="utf-8",
        )
    (tmp_path / "team-3").mkdir()
    (tmp_path / "team-3/team.json").write_text('{"team": "3"}', encoding="utf-8")
    (tmp_path / "team-3/results/W2").mkdir(parents=True)
    (tmp_path / "team-3/results/W2/result.json").write_text("{cut short", encoding="utf-8")
    rows = {row[0]: row[1:] for row in team_table(read_class(tmp_path)).rows}
    assert rows == {
        "1": ("20.0 / 20", "2.0", "2", "–"),
        "2": ("5.0 / 20", "2.0", "2", "–"),
        "3": ("0.0 / 20", "0.0", "0", "–"),
    }
    assert write_board(read_class(tmp_path), tmp_path / "board.html").is_file()


@pytest.mark.parametrize("folder", ["nowhere", "."])
def test_no_results_are_told_so(tmp_path, folder):
    with pytest.raises(CcsatError, match="holds no results"):
        read_class(tmp_path / folder)


def test_broken_results_stop_nobody(results):
    (results / "each/broken.json").write_text("{", encoding="utf-8")
    (results / "each/list.json").write_text("[1]", encoding="utf-8")
    (results / "each/odd.json").write_text(
        '{"checks": ["x"], "team": "7", "exercise": "W1", "score": 0, "max": 5}', encoding="utf-8"
    )
    assert {one.team for one in read_class(results)} == {"1", "2", HOSTILE, "7"}


def test_the_page_escapes_and_holds_both_languages(results, tmp_path):
    page = write_board(read_class(results), tmp_path / "b.html", lang="en").read_text(encoding="utf-8")
    assert "<img" not in page and "&lt;img" in page
    assert "<script" not in page and "http" not in page and "url(" not in page
    assert "班级看板" in page and "Class board" in page and 'id="en" checked' in page
    assert page == write_board(read_class(results), tmp_path / "c.html", lang="en").read_text(encoding="utf-8")


def test_the_examples_are_judged_by_the_exercise_itself():
    entries = board.example_class("S03", SEED)
    assert [round(one.regret, 2) for one in entries][0] == 0
    assert entries[0].score == entries[0].max > entries[2].score


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_board_in_a_browser(results, tmp_path, browser, lang):
    app = typer.Typer()
    app.callback()(lambda: None)
    trainer_cli.add_to(app)
    file = tmp_path / "board.html"
    done = CliRunner().invoke(app, ["board", str(results), "--out", str(file), "--lang", lang])
    assert done.exit_code == 0, done.exception
    page, asked, errors = browser.new_page(viewport={"width": 1200, "height": 900}), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: errors.append(message.text))
    page.goto(file.as_uri())
    titles = {"zh": "班级看板", "en": "Class board"}
    assert page.inner_text("h1:visible") == titles[lang]
    other = "en" if lang == "zh" else "zh"
    page.click(f"label[for={other}]")
    assert page.inner_text("h1:visible") == titles[other]
    assert HOSTILE in page.inner_text("main")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert asked == [file.as_uri()] and not errors
    page.close()


def test_a_class_without_points_still_has_a_page(tmp_path):
    entries = [Entry("1", "W0", 0.0, 0.0, 0.0, 0, (), None, None)]
    assert "Nothing has been answered yet" in write_board(entries, tmp_path / "b.html").read_text(encoding="utf-8")
