"""A real JupyterLab, started by `ccsat lab` and driven in chromium: trainees in both languages, a trainer's source, the class board."""

import contextlib
import difflib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from conftest import ROOT
from test_trainer_board import check, graded

from ccsat import worlds
from ccsat.wording import text
from ccsat.workshop.markers import solved
from ccsat.workshop.source import read_sources
from ccsat.workshop.team import new_team, read_team

pytestmark = pytest.mark.browser

SERVER_S, BROWSER_MS = 90, 60_000  # a busy machine; a quiet one needs a tenth
AT_HOME = {"127.0.0.1", "localhost", None}
VIEWPORT = {"width": 1400, "height": 900}
ERROR = "application/vnd.jupyter.error"
LESSON = "01_data_types"
IDLE = "/\\(ipykernel\\) \\| Idle/.test(document.querySelector('#jp-main-statusbar')?.innerText ?? '')"
PANEL = ".jp-NotebookPanel:not(.lm-mod-hidden)"


@pytest.fixture(scope="module")
def shots(tmp_path_factory):
    """Where screenshots go: $CCSAT_SHOTS, to look at them, else a temporary folder."""
    folder = Path(os.environ.get("CCSAT_SHOTS") or tmp_path_factory.mktemp("shots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A throw-away copy of what a workshop needs: the built notebooks, their sources and the committed solutions of one."""
    folder = tmp_path_factory.mktemp("project")
    for part in ("notebooks", "workshop/source"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("runs", ".ipynb_checkpoints", "__pycache__"))  # fmt: skip
    for lang in ("zh", "en"):
        for part in (f"workshop/solutions/{lang}/{LESSON}.ipynb", f"workshop/guide/{lang}/{LESSON}.md"):
            (folder / part).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / part, folder / part)
    return folder


# The server ------------------------------------------------------------------------------------


@contextlib.contextmanager
def running_lab(folder, home, lang):
    """`ccsat lab FOLDER --lang LANG` as a person runs it; gives the page it hands to the person's browser, and its token's server.

    Settings, trust, runtime files and history lie below `home`. The whole process group is ended, whatever happens.
    """
    home.mkdir(parents=True)
    opened = home / "opened"
    program = home / "browser.sh"
    program.write_text(f'#!/bin/sh\nprintf %s "$1" > "{opened}.part" && mv "{opened}.part" "{opened}"\n')
    program.chmod(0o755)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("JUPYTER", "CCSAT_LANG"))}
    environment |= {f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    environment |= {"IPYTHONDIR": str(home / "ipython"), "BROWSER": str(program), "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "ccsat.cli", "lab", str(folder), "--port", str(port), "--lang", lang]
    log = (home / "log").open("w+")
    process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=home, start_new_session=True)  # fmt: skip
    try:
        until(lambda: opened.exists() or process.poll() is not None, SERVER_S, "JupyterLab opened no page")
        assert process.poll() is None, (home / "log").read_text()
        assert "Extension Manager is 'readonly'" in (home / "log").read_text()  # the other one asks a package index
        [server] = [json.loads(file.read_text()) for file in (home / "runtime").glob("jpserver-*[0-9].json")]
        yield opened.read_text(), server
    finally:
        end(process)
        log.close()
    assert not list((home / "runtime").glob("kernel-*.json")), "a kernel was left"


def end(process):
    """End the command alone, as `kill` does: JupyterLab and the kernels end with it. What does not is ended by force, and a failure."""
    process.terminate()
    try:
        until(lambda: process.poll() is not None and gone(process.pid), 30, "JupyterLab outlives its command")
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def gone(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def until(ready, seconds, complaint):
    limit = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < limit, complaint
        time.sleep(0.05)


# The browser -----------------------------------------------------------------------------------


@pytest.fixture
def visitor(browser, shots):
    """A tab that remembers every request; none of them may leave this machine."""
    context = browser.new_context(viewport=VIEWPORT)
    context.set_default_timeout(BROWSER_MS)
    asked = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.on("websocket", lambda socket: asked.append(socket.url))
    yield page
    page.screenshot(path=shots / "last.png")  # what a failed test saw
    context.close()
    outside = [url for url in asked if urlsplit(url).hostname not in AT_HOME]
    assert asked and not outside, outside


def open_notebook(page, server, path):
    """Open a notebook of a running JupyterLab."""
    page.goto(f"{server['url']}lab/tree/{path}?token={server['token']}&reset")
    ready(page)


def open_with(page, server, path, view):
    """Open a file as its folder's menu offers it: right click, *Open With*, the view."""
    folder, _, name = path.rpartition("/")
    page.goto(f"{server['url']}lab/tree/{folder}?token={server['token']}&reset")
    page.locator(".jp-DirListing-item", has_text=name).click(button="right")
    page.locator(".lm-Menu-itemLabel", has_text="Open With").click()
    page.locator(".lm-Menu-itemLabel").filter(has_text=re.compile(f"^{view}$")).click()
    ready(page)


def ready(page):
    """Wait until the kernel is idle: the status bar knows, the cells do not."""
    page.wait_for_selector(f"{PANEL} .jp-Cell")
    page.wait_for_function(IDLE)


def run_all(page, cells):
    """The menu Run, its item for all cells; wait until each of them has a number."""
    page.locator(".lm-MenuBar-itemLabel", has_text="Run").first.click()
    page.locator('.lm-Menu-item[data-command="runmenu:run-all"]').click()
    page.wait_for_function(
        """([panel, cells]) => { const shown = [...document.querySelectorAll(`${panel} .jp-CodeCell .jp-InputPrompt`)];
        return shown.length === cells && shown.every(one => /\\[\\d+\\]/.test(one.textContent)); }""",
        arg=[PANEL, cells],
    )
    page.wait_for_function(IDLE)
    assert page.locator(f'{PANEL} [data-mime-type="{ERROR}"]').count() == 0


def cell(page, notebook, name):
    """The cell of this id, by its place."""
    place = [one["id"] for one in notebook["cells"]].index(name)
    return page.locator(f"{PANEL} .jp-Notebook .jp-Cell").nth(place)


def save(page):
    page.keyboard.press("Escape")
    page.keyboard.press("Control+s")
    page.wait_for_function("!document.querySelector('#jp-main-dock-panel .lm-TabBar-tab.lm-mod-current.jp-mod-dirty')")


def read(file):
    return json.loads(file.read_text(encoding="utf-8"))


def codes(notebook):
    return [one for one in notebook["cells"] if one["cell_type"] == "code"]


def do_exercise(page, file, item, check_cell, answer, lang):
    """As a trainee does it: run all, type an answer, run it and its check, save. Gives the saved notebook."""
    built = read(file)
    run_all(page, len(codes(built)))
    before = cell(page, built, check_cell).locator(".jp-OutputArea-output")
    assert text("workshop.answer.not_yet", lang) in before.text_content()
    editor = cell(page, built, item).locator(".cm-content")
    editor.click()
    page.keyboard.press("Control+a")
    page.keyboard.type(answer)
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Shift+Enter")  # the check is the next cell
    said = cell(page, built, check_cell).locator(".jp-OutputArea-output", has_text=text("workshop.answer.passed", lang))
    said.wait_for()
    said.scroll_into_view_if_needed()
    page.wait_for_function(IDLE)
    save(page)
    until(lambda: answer in "".join(read(file)["cells"][[c["id"] for c in built["cells"]].index(item)]["source"]), 20, "not saved")  # fmt: skip
    kept = read(file)
    outputs = {one["id"]: one["outputs"] for one in codes(kept)}
    assert not [output for some in outputs.values() for output in some if output["output_type"] == "error"]
    assert text("workshop.answer.passed", lang) in "".join(outputs[check_cell][0]["data"]["text/plain"])
    assert [one["id"] for one in kept["cells"]] == [one["id"] for one in built["cells"]]  # grading finds its cells
    return kept


# What people do --------------------------------------------------------------------------------


def test_a_trainee_in_english(project, visitor, shots, tmp_path):
    """Opens on the orientation; the lesson runs, an answer typed in passes its check, all is saved."""
    with running_lab(project / "notebooks", tmp_path / "home", "en") as (opened, server):
        visitor.goto(opened)
        ready(visitor)
        assert visitor.locator("h1").first.inner_text().rstrip("¶") == first_title("en/00_orientation")
        assert visitor.locator(".jp-DirListing-header .jp-id-modified:visible").count() == 0  # whole file names instead
        visitor.screenshot(path=shots / "orientation_en.png")
        file = project / f"notebooks/en/{LESSON}.ipynb"
        open_notebook(visitor, server, f"en/{LESSON}.ipynb")
        kept = do_exercise(visitor, file, "mistakes", "check-mistakes", model_answer(LESSON, "mistakes"), "en")
        visitor.screenshot(path=shots / "lesson_en.png")
        assert (
            "parameters" in kept["cells"][[one["id"] for one in kept["cells"]].index("parameters")]["metadata"]["tags"]
        )


def test_a_team_in_chinese(visitor, shots, tmp_path):
    """A team's own folder opens on its first notebook; W1 runs on the team's world, and the truth of that world passes."""
    folder = new_team("1", lang="zh", out=tmp_path, scale="small", notebooks=ROOT / "notebooks/zh")
    sheet = read_team(folder)
    truth = worlds.make(sheet.world, rng=sheet.seed, scale=sheet.scale, vary=sheet.vary).truth
    with running_lab(folder, tmp_path / "home", "zh") as (opened, server):
        visitor.goto(opened)
        ready(visitor)
        assert visitor.locator("h1").first.inner_text().rstrip("¶") == first_title("zh/30_w0_teams")
        open_notebook(visitor, server, "31_w1_data.ipynb")
        do_exercise(visitor, folder / "31_w1_data.ipynb", "verdict", "check-verdict", f'verdict = "{truth["verdict"]}"', "zh")  # fmt: skip
        visitor.screenshot(path=shots / "team_zh.png")


def test_a_trainer_edits_a_source_as_a_notebook(project, visitor, shots, tmp_path):
    """One word in a text cell: one line of the source changes, and the built notebook says it."""
    source = project / f"workshop/source/{LESSON}.py"
    before = source.read_text(encoding="utf-8")
    with running_lab(project, tmp_path / "home", "zh") as (opened, server):
        visitor.goto(opened)
        ready(visitor)
        assert visitor.locator("h1").first.inner_text().rstrip("¶") == first_title("zh/00_orientation")
        visitor.screenshot(path=shots / "orientation_zh.png")
        open_with(visitor, server, f"workshop/source/{LESSON}.py", "Notebook")  # as the guide says
        words = visitor.locator(f"{PANEL} .jp-MarkdownCell", has_text="两问就够").first
        words.scroll_into_view_if_needed()
        words.locator(".jp-MarkdownOutput").dblclick()
        words.locator(".cm-content").click()
        visitor.keyboard.press("Control+End")
        visitor.keyboard.type("先想再写。")
        visitor.screenshot(path=shots / "source_zh.png")
        save(visitor)
        until(lambda: source.read_text(encoding="utf-8") != before, 20, "not saved")
    lines = [line for line in difflib.ndiff(before.splitlines(), source.read_text(encoding="utf-8").splitlines()) if line[0] in "+-"]  # fmt: skip
    assert [line[:2] for line in lines] == ["- ", "+ "] and lines[1][2:] == lines[0][2:] + "先想再写。", lines
    build = [
        sys.executable,
        "-m",
        "ccsat.cli",
        "workshop",
        "build",
        "--root",
        str(project),
        "--only",
        LESSON,
        "--no-run",
    ]
    subprocess.run(build, check=True, capture_output=True, timeout=120)
    built = {lang: (project / f"notebooks/{lang}/{LESSON}.ipynb").read_text(encoding="utf-8") for lang in ("zh", "en")}
    assert "两问就够" in built["zh"] and built["zh"].count("先想再写。") == 1 and "先想再写。" not in built["en"]


def test_an_analyst_runs_a_trace_by_hand(project, visitor, shots, tmp_path):
    """A scheduled notebook opened in JupyterLab, pointed at a study: it runs to its end and draws its charts, offline."""
    shutil.copytree(ROOT / "data/s03_charging", project / "data/s03_charging")
    file = project / "notebooks/traces/zh/R03_satisfaction_trace.ipynb"
    built = read(file)
    [given] = [one for one in codes(built) if "parameters" in one["metadata"].get("tags", [])]
    words = "".join(given["source"]).replace("data/s03_charging", str(project / "data/s03_charging"))
    words = words.replace('out_dir: str = "."', f'out_dir: str = "{tmp_path}"')
    with running_lab(project, tmp_path / "home", "zh") as (_, server):
        open_notebook(visitor, server, "notebooks/traces/zh/R03_satisfaction_trace.ipynb")
        cell(visitor, built, given["id"]).locator(".cm-content").click()
        visitor.keyboard.press("Control+a")
        visitor.keyboard.insert_text(words)
        run_all(visitor, len(codes(built)))
        charts = visitor.locator(f"{PANEL} .js-plotly-plot")
        charts.first.wait_for(state="attached")
        save(visitor)
        until(lambda: str(project) in file.read_text(encoding="utf-8"), 20, "not saved")
        drawn = [output for one in codes(read(file)) for output in one["outputs"] if "application/vnd.plotly.v1+json" in output.get("data", {})]  # fmt: skip
        visitor.wait_for_function("([panel, n]) => document.querySelectorAll(`${panel} .js-plotly-plot .main-svg`).length >= n", arg=[PANEL, len(drawn)])  # fmt: skip
        assert charts.count() == len(drawn) > 0
        charts.first.scroll_into_view_if_needed()
        visitor.screenshot(path=shots / "trace_zh.png")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_class_board_offline(visitor, shots, tmp_path, lang):
    """The page that `ccsat workshop board` writes, opened from disk."""
    for team, right in (("1", True), ("2", False), ("夜班 <b>3</b>", True)):
        rows = [check("verdict", right), check("cell", right, most=12.0), check("decoy", not right, cost=0.05)]
        graded(tmp_path / "results", f"t{ord(team[0])}/w2.ipynb", team, "W2", rows)
    board = tmp_path / "board.html"
    command = [sys.executable, "-m", "ccsat.cli", "workshop", "board", str(tmp_path / "results"), "--out", str(board), "--lang", lang]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    said = []
    visitor.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    visitor.on("pageerror", lambda error: said.append(str(error)))
    visitor.goto(board.as_uri())
    visitor.wait_for_selector("table td >> visible=true")
    assert said == [] and visitor.evaluate("document.documentElement.scrollWidth") <= VIEWPORT["width"]
    assert "夜班 <b>3</b>" in visitor.inner_text("body")
    visitor.screenshot(path=shots / f"board_{lang}.png", full_page=True)


def first_title(notebook):
    words = "".join(read(ROOT / f"notebooks/{notebook}.ipynb")["cells"][0]["source"])
    return words.splitlines()[0].removeprefix("# ")


def model_answer(source, item):
    """The answer of the trainer's source: it is nowhere else."""
    [found] = [one for one in read_sources(ROOT) if one.name == source]
    return solved(next(one.text for one in found.in_language("en") if one.name == item))
