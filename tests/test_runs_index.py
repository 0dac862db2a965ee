"""The page of all runs: what it says, and that a browser shows a thousand runs at once, offline."""

import json
import time
from datetime import date, timedelta

import pytest
from run_examples import put_run

from ccsat.errors import StudyError
from ccsat.runs import publish as places
from ccsat.runs.index import write_index

VERDICTS = ("none", "none", "real", "none", "mix", "artefact", "none", "real", "insufficient", "none")


def many(out, n, study="shop"):
    for number in range(n):
        day = (date(2021, 1, 1) + timedelta(number)).isoformat()
        verdict = VERDICTS[number % 10]
        put_run(out, study=study, as_of=day, key=f"key{number:05d}", value=0.8 + (number * 7 % 11) / 100, verdict=verdict, quick=number < n - 10,
                alert={"level": ("green", "amber", "red")[number % 3]})  # fmt: skip


def test_the_page_says_what_is_open_what_failed_and_what_was_good(tmp_path):
    cell = {"where": {"team": "<b>夜班</b>", "site": ["A", "B"]}, "points": -0.0213, "n": 1200, "status": "new"}
    put_run(tmp_path, as_of="2024-06-01", key="k1", verdict="none")
    put_run(tmp_path, as_of="2024-06-03", key="k3", value=0.77, cells=[cell], alert={"level": "red"})
    put_run(tmp_path, as_of="2024-06-02", key="k2", verdict="artefact")
    places.record_failure(
        tmp_path / "shop", StudyError("run_as_of", as_of="<script>x</script>"), {"as_of": "2024-06-04"}
    )
    page = write_index(tmp_path).read_text(encoding="utf-8")
    assert "team &lt;b&gt;夜班&lt;/b&gt;, site A / B · -2.13 · n = 1,200 · 新出现 new" in page.replace("term ", "")
    assert (
        page.count("<circle") == 2
        and page.count('class="cross"') == 1
        and 'class="dot-real"' in page
        and 'class="dot-none"' in page
    )
    assert (
        "<script" not in page and "&lt;script&gt;x" in page and "is not an ISO date" in page and "不是 ISO 格式" in page
    )
    assert 'href="shop/2024-06-03/k3/report.html"' in page and 'class="level red"' in page


def test_the_last_failure_may_be_a_run_that_was_stopped(tmp_path):
    put_run(tmp_path, as_of="2024-06-01", key="k1")
    put_run(tmp_path, as_of="2024-06-02", key="k2", verdict="artefact", finished="2099-01-01T00:00:00+00:00")
    places.record_failure(tmp_path / "shop", StudyError("run_as_of", as_of="x"), {})
    page = write_index(tmp_path).read_text(encoding="utf-8")
    assert 'last failure</dt><dd>2099-01-01 00:00 UTC · <a href="shop/2024-06-02/k2/report.html">' in page


def test_a_folder_with_failures_only_and_an_empty_one(tmp_path):
    assert "No runs yet" in write_index(tmp_path).read_text(encoding="utf-8")
    (tmp_path / "shop").mkdir()
    places.record_failure(tmp_path / "shop", StudyError("run_as_of", as_of="x"), {})
    page = write_index(tmp_path).read_text(encoding="utf-8")
    assert "No runs yet" in page and "runs that did not finish: 1" in page


def test_other_calibers_and_undated_runs_are_not_drawn(tmp_path):
    for number in range(1, 4):
        put_run(tmp_path, as_of=f"2024-06-0{number}", key=f"k{number}")
    put_run(tmp_path, as_of="undated", key="u")
    run = tmp_path / "shop" / "2024-06-01" / "k1" / "run.json"
    content = json.loads(run.read_text())
    content["kpi"]["caliber"] = "three_level"
    run.write_text(json.dumps(content))
    assert write_index(tmp_path).read_text(encoding="utf-8").count("<circle") == 2


@pytest.mark.browser
@pytest.mark.slow
def test_a_thousand_runs_in_a_browser(tmp_path, browser):
    many(tmp_path, 1000)
    many(tmp_path, 40, study="华东客服")
    page = write_index(tmp_path)
    assert page.stat().st_size < 2_000_000
    tab = browser.new_page(viewport={"width": 1200, "height": 900})
    asked, problems = [], []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("pageerror", lambda error: problems.append(str(error)))
    tab.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    begin = time.monotonic()
    tab.goto(page.as_uri())
    took = time.monotonic() - begin
    assert problems == [] and len(asked) == 1 and took < 10
    timing = tab.evaluate("performance.getEntriesByType('navigation')[0].domComplete")
    assert timing < 5000
    assert (
        tab.locator("tbody tr").count() == 1040
        and tab.locator("section").first.locator("tbody tr:visible").count() == 30
    )
    tab.locator("summary").first.click()
    assert tab.locator("section").first.locator("tbody tr:visible").count() == 1000
    tab.locator("summary").first.click()
    assert tab.locator("svg").count() == 2 and tab.locator("svg").first.locator("circle").count() == 400
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    tab.set_viewport_size({"width": 390, "height": 800})
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    for link in tab.locator("dl a").all():
        assert (
            tmp_path
            / link.get_attribute("href").replace("%2F", "/").replace("%E5%8D%8E%E4%B8%9C%E5%AE%A2%E6%9C%8D", "华东客服")
        ).is_file()
    tab.close()
