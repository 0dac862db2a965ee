"""T01 to T04 under papermill, with parameters of their own: what they show, and what they leave behind."""

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from ccsat.wording import LANGUAGES, speaking
from ccsat.workshop import messy
from ccsat.workshop.case_file import read_case
from ccsat.workshop.execute import kernel_environment
from ccsat.workshop.team import NOTEBOOKS

ROOT = Path(__file__).resolve().parents[1]
TRAINERS = ("40_t01_author_a_case", "41_t02_class_board", "42_t03_own_data", "43_t04_handbook")
SEED = 104


def run(name, lang, folder, **parameters):
    """The built notebook of a language by papermill's own command; cell -> what it printed as text."""
    words = [
        part
        for key, value in {"lang": lang, **parameters}.items()
        for part in ("-r" if isinstance(value, str) else "-p", key, str(value))
    ]
    out = folder / "out.ipynb"
    command = [
        sys.executable,
        "-m",
        "papermill",
        str(ROOT / f"notebooks/{lang}/{name}.ipynb"),
        str(out),
        "-k",
        "python3",
        "--no-progress-bar",
        *words,
    ]
    done = subprocess.run(command, cwd=folder, env=kernel_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "unknown parameter" not in done.stderr.lower()
    return {cell.id: "".join(str(output.get("data", {}).get("text/plain", "")) for output in cell.outputs)
            for cell in nbformat.read(out, as_version=4).cells if cell.cell_type == "code"}  # fmt: skip


def test_trainers_notebooks_are_in_no_teams_folder():
    assert not set(TRAINERS) & set(NOTEBOOKS)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", TRAINERS)
def test_they_have_no_task_and_say_whose_they_are(name, lang):
    notebook = nbformat.read(ROOT / f"notebooks/{lang}/{name}.ipynb", as_version=4)
    tags = {tag for cell in notebook.cells for tag in cell.metadata.get("tags", [])}
    assert tags <= {"parameters", "nbval-ignore-output"}
    assert {"zh": "讲师", "en": "trainer"}[lang] in notebook.cells[0].source


@pytest.mark.slow
@pytest.mark.parametrize("lang", LANGUAGES)
def test_t01_tries_and_publishes_a_case(tmp_path, lang):
    shown = run(TRAINERS[0], lang, tmp_path, cell="biz_l2=overage", seeds=1, first_seed=SEED, out_dir="mine")
    assert "biz_l2 = overage" in shown["each"] and "case.toml" in shown["publish"]
    assert read_case(tmp_path / "mine").options == "cell:biz_l2=overage"


def test_t02_shows_a_class_that_is_under_way(tmp_path):
    own = tmp_path / "class/team-红队"
    (own / "results/W2").mkdir(parents=True)
    (own / "team.json").write_text('{"team": "红队"}', encoding="utf-8")
    check = {"id": "cell", "ok": False, "score": 4, "max": 12, "message_zh": "再下一层", "message_en": "one level down"}
    (own / "results/W2/result.json").write_text(
        json.dumps({"exercise": "W2", "checks": [check], "score": 4, "max": 12}), encoding="utf-8"
    )
    shown = run(TRAINERS[1], "zh", tmp_path, results="class", out_dir="board")
    assert "红队 | 4.0 / 12" in shown["teams"] and "1 × 再下一层" in shown["items"]
    assert "红队" in (tmp_path / "board/board.html").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("lang", LANGUAGES)
def test_t03_takes_an_export_of_ones_own(tmp_path, lang):
    with speaking(lang):
        export = messy.messy_export(tmp_path / "from", seed=SEED, lang=lang)
    shown = run(TRAINERS[2], lang, tmp_path, export=str(export), mode_column=messy.column("mode", lang), out_dir="mine")
    assert shown["dictionary"] == ""  # none was given
    assert (tmp_path / "mine/study.toml").is_file() and not (tmp_path / "mine/export.csv").exists()
    assert {"zh": "数据问题", "en": "Artefact"}[lang] in shown["mode"] and {"zh": "数据问题", "en": "Artefact"}[
        lang
    ] not in shown["check"]


@pytest.mark.parametrize("lang", ["zh", pytest.param("en", marks=pytest.mark.slow)])
def test_t04_writes_the_handbook(tmp_path, lang):
    shown = run(TRAINERS[3], lang, tmp_path, root=str(ROOT), out_dir="mine")
    assert "32_w2_locate" in shown["overview"]
    assert {"zh": "讲师手册", "en": "Trainer&#x27;s handbook"}[lang].replace("&#x27;", "'") in (
        tmp_path / f"mine/handbook_{lang}.html"
    ).read_text(encoding="utf-8")
