"""`ccsat init` then `ccsat trace` as a user types them, on three real exports; the reports opened in a browser."""

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow
EXPORTS = {
    "ecommerce": ("ecommerce_support/customer_support_sample.csv", "en", "real"),
    "pwc": ("pwc_call_centre/01 Call-Center-Dataset.xlsx", "en", "none"),
    "telecom": ("telecom_voice_zh/附件1语音业务用户满意度数据.xlsx", "zh", "real"),
}
SETTINGS = {
    "ecommerce": ["--set", "question.current=2023-08-21/2023-08-31", "--set", "question.baseline=2023-08-01/2023-08-20"]
}


def ccsat(*words, cwd):
    environment = {**os.environ, "PYTHONUTF8": "1", "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, "-m", "ccsat.cli", *map(str, words)],
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment,
    )


@pytest.fixture(scope="module", params=list(EXPORTS))
def run(request, real_data, tmp_path_factory):
    """One export, proposed and traced: its name, the process and the published folder."""
    name = request.param
    file, lang, _ = EXPORTS[name]
    folder = tmp_path_factory.mktemp(name)
    proposed = ccsat("init", real_data / file, "--out", "study.toml", "--lang", lang, cwd=folder)
    assert proposed.returncode == 0, proposed.stderr
    traced = ccsat("trace", "study.toml", "--out", "runs", *SETTINGS.get(name, []), cwd=folder)
    assert traced.returncode == 0, traced.stderr
    published = [path.parent for path in (folder / "runs").glob("*/*/*/run.json")]
    assert len(published) == 1
    return name, traced, published[0]


def test_everything_is_published(run):
    name, traced, folder = run
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "report.html",
        "executed.ipynb",
        "findings.json",
        "run.json",
        "trace_table.csv",
        "trace_table.xlsx",
    }
    found = json.loads((folder / "findings.json").read_text(encoding="utf-8"))
    assert found["check"]["verdict"] == EXPORTS[name][2]
    assert sum(cell["points"] for cell in found["cells"]) + found["remainder"] == pytest.approx(
        found["total"], abs=1e-9
    )
    assert found["lang"] == EXPORTS[name][1]
    if name == "ecommerce":
        assert any(defect["key"] == "lost_clock" and defect["n"] == 691 for defect in found["check"]["defects"])
    if name == "pwc":
        assert found["cells"] == [] and found["causes"] == []
    assert (folder.parents[1] / "latest.txt").read_text(encoding="utf-8").strip().endswith(folder.name)
    assert "Traceback" not in traced.stderr


@pytest.mark.browser
def test_the_report_opens_offline_with_every_chart(run, browser):
    name, _, folder = run
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    requests, problems = [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto((folder / "report.html").as_uri())
    drawn = page.locator("figure [data-figure]")
    page.wait_for_function(
        "document.querySelectorAll('figure [data-figure]').length == document.querySelectorAll('.js-plotly-plot').length"
    )
    assert drawn.count() >= (
        2 if name == "pwc" else 3
    )  # nothing moved there: the trend, and what was asked of the change
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:"))] == [] and problems == []
    words = page.locator("body").inner_text()
    assert ("满意率" if EXPORTS[name][1] == "zh" else "satisfaction rate") in words
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.close()
