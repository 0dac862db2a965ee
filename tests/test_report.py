"""The report page and the trace table: nothing from outside, nothing run, everything escaped."""

import json
import re
from html.parser import HTMLParser

import nbformat
import pandas as pd
import pytest

from ccsat.errors import RunError
from ccsat.report import DRAWN_TYPES, write_report, write_trace_table
from ccsat.report.clean import clean_html
from ccsat.report.page import TEMPLATE
from ccsat.report.sheet import harmless

HOSTILE = '<script>document.title="stolen"</script><img src="https://evil.example/x.png" onerror="alert(1)">'
FINDINGS = {
    "study": "s03 <b>",
    "as_of": "2024-06-30",
    "kpi": {
        "key": "satisfaction_rate",
        "caliber": "five_level",
        "better": "high",
        "unit": "rate",
        "current": {"value": 0.8012, "lower": 0.79, "upper": 0.81, "n": 12345},
        "baseline": {"value": 0.852, "lower": 0.84, "upper": 0.86, "n": 11000},
        "target": None,
        "change": {"value": -0.0508, "lower": -0.06, "upper": -0.04},
        "gap": None,
    },
    "check": {"verdict": "real"},
    "plan": {"actions": [{"id": "A1"}, {"id": "A2"}], "expected_points": 0.021},
}


def executed_notebook(path, *, figures=2, kind="bar"):
    """An executed notebook with every kind of output, hostile words among the data."""
    import plotly.graph_objects as go

    def code(source, *outputs, tags=()):
        return nbformat.v4.new_code_cell(source, outputs=list(outputs), metadata={"tags": list(tags)})

    def shown(**data):
        return nbformat.v4.new_output("display_data", {name.replace("__", "/"): value for name, value in data.items()})

    trace = {"bar": go.Bar, "heatmap": go.Heatmap}[kind]
    drawn = [
        go.Figure(trace(x=["在线", HOSTILE], y=[1, 2]) if kind == "bar" else trace(z=[[1, 2]]), {"title": f"图 {i}"})
        for i in range(figures)
    ]
    table = pd.DataFrame({"渠道": ["在线", HOSTILE], "points": [-0.031, 0.012]}).to_html()
    stream = nbformat.v4.new_output("stream", name="stdout", text=HOSTILE)
    warning = nbformat.v4.new_output("stream", name="stderr", text="SecretWarning")
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell(
                "# 溯源报告\n\n这是 **正文** [外部](https://example.org/a) [表](trace_table.xlsx)"
            ),
            code("study = ''", tags=["parameters"]),
            code("secret_code = 1", stream, warning),
            code("table", shown(text__html=table, text__plain="table")),
            code(
                "raw", shown(text__html=HOSTILE + "<p onclick='x()' style='background:url(http://e.example/)'>kept</p>")
            ),
            code("md", shown(text__markdown="**bold** " + HOSTILE)),
            *[
                code("figure", shown(**{"application/vnd.plotly.v1+json": json.loads(figure.to_json())}))
                for figure in drawn
            ],
            code("hidden", shown(text__plain="never shown"), tags=["hide"]),
        ]
    )
    nbformat.write(notebook, path)
    return path


class Page(HTMLParser):
    """Scripts and tags of a page, as a browser would read them."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.scripts, self._script = [], [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._script = dict(attrs).get("type", "text/javascript") if tag == "script" else None

    def handle_endtag(self, tag):
        self._script = None if tag == "script" else self._script

    def handle_data(self, data):
        if self._script:
            self.scripts.append((self._script, data))


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    return write_report(executed_notebook(folder / "e.ipynb"), folder / "report.html", lang="zh", findings=FINDINGS)


def test_page_asks_nobody_for_anything(page):
    tags = Page(page.read_text(encoding="utf-8")).tags
    addresses = [
        value for _, attrs in tags for name, value in attrs.items() if name in ("src", "href", "action", "data")
    ]
    assert addresses == ["trace_table.xlsx"]
    assert {tag for tag, _ in tags}.isdisjoint({"link", "iframe", "base", "img", "form", "object"})
    assert not any("url(" in (attrs.get("style") or "") for _, attrs in tags)


def test_page_runs_only_its_own_scripts(page):
    read = Page(page.read_text(encoding="utf-8"))
    kinds = [kind for kind, _ in read.scripts]
    assert kinds == ["application/json"] * 2 + ["text/javascript"] * 2
    policy = next(attrs["content"] for tag, attrs in read.tags if attrs.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; script-src 'sha256-") and "unsafe-inline'; img-src data:" in policy
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
    assert not any(name.startswith("on") for _, attrs in read.tags for name in attrs)


def test_page_has_charts_and_no_code(page):
    text = page.read_text(encoding="utf-8")
    read = Page(text)
    figures = [json.loads(script) for kind, script in read.scripts if kind == "application/json"]
    assert [figure["layout"]["title"]["text"] for figure in figures] == ["图 0", "图 1"]
    assert sum("data-figure" in attrs for _, attrs in read.tags) == 2
    for hidden in ("secret_code", "SecretWarning", "never shown"):
        assert hidden not in text
    before_plotly = text.split("<script>")[0]
    for never in ("require.min.js", "MathJax", "mermaid", "cdn."):
        assert never not in before_plotly


def test_page_escapes_what_data_say(page):
    text = page.read_text(encoding="utf-8")
    assert 'document.title="stolen"</script>' not in text
    assert "&lt;script&gt;" in text  # the printed text and the table's cell are shown as they are
    assert "s03 &lt;b&gt;" in text
    figure = next(script for kind, script in Page(text).scripts if kind == "application/json")
    assert "<" not in figure and HOSTILE in json.loads(figure)["data"][0]["x"]


def test_page_is_small_and_says_its_language(page):
    assert page.stat().st_size < 2_000_000
    tags = Page(page.read_text(encoding="utf-8")).tags
    assert ("html", {"lang": "zh-CN"}) in tags


def test_headline_cards_come_from_the_findings(page, tmp_path):
    text = page.read_text(encoding="utf-8")
    for words in (
        "80.12%",
        "-5.08 点",
        "真实变化",
        "样本量 12,345",
        "数据截至 2024-06-30",
        "+2.10 点",
        "card bad",
        "五级",
    ):
        assert words in text
    english = write_report(executed_notebook(tmp_path / "e.ipynb"), tmp_path / "r.html", lang="en", findings=FINDINGS)
    text = english.read_text(encoding="utf-8")
    assert "-5.08 points" in text and "real change" in text and '<html lang="en">' in text


def test_title_is_the_first_heading_once(page):
    text = page.read_text(encoding="utf-8")
    assert "<title>溯源报告</title>" in text and text.count("<h1") == 1


def test_same_notebook_same_bytes(page, tmp_path):
    again = write_report(executed_notebook(tmp_path / "e.ipynb"), tmp_path / "r.html", lang="zh", findings=FINDINGS)
    assert again.read_bytes() == page.read_bytes()


def test_figure_that_cannot_be_drawn_is_an_error(tmp_path):
    with pytest.raises(RunError, match="heatmap"):
        write_report(executed_notebook(tmp_path / "e.ipynb", kind="heatmap"), tmp_path / "r.html", lang="en")
    assert not (tmp_path / "r.html").exists()


def test_page_without_figures_has_no_script(tmp_path):
    page = write_report(executed_notebook(tmp_path / "e.ipynb", figures=0), tmp_path / "r.html", lang="en")
    assert page.stat().st_size < 60_000
    text = page.read_text(encoding="utf-8")
    assert "script-src 'none'" in text and not Page(text).scripts


def test_vendored_plotly_is_the_one_of_the_package():
    from plotly.offline import get_plotlyjs_version

    script = (TEMPLATE / "plotly-basic.min.js").read_text(encoding="utf-8")
    assert re.search(r"\(basic - minified\) v(\S+)", script[:200])[1] == get_plotlyjs_version()
    assert sorted(re.findall(r'moduleType:"trace",name:"(\w+)"', script)) == list(DRAWN_TYPES)
    assert "</script" not in script.lower()


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ("<p>a<script>b</script>c</p>", "<p>ac</p>"),
        ('<a href="javascript:alert(1)">x</a>', "<a>x</a>"),
        ('<a href="//evil.example">x</a>', "<a>x</a>"),
        ('<a href="#part">x</a>', '<a href="#part">x</a>'),
        ('<img src="http://e.example/a.png">', ""),
        ('<svg onload="x()"><path d="M0 0"/><script>x()</script></svg>', '<svg><path d="M0 0"></path></svg>'),
        ("<blink>x</blink><!-- note -->", "x"),
        ("<b>x<iframe><p>y", "<b>x</b>"),
        ("5 &lt; 6 &amp; 7", "5 &lt; 6 &amp; 7"),
    ],
)
def test_clean_html_keeps_reading_matter_only(html, kept):
    assert clean_html(html) == kept


def test_clean_html_marks_numbers():
    row = '<td>-5.08</td><td class="number">12,345</td><td>[79.0%, 81.0%]</td><td>2024 年</td>'
    head = "".join(f"<th>{name}</th>" for name in "abcd")
    cleaned = clean_html(
        f"<table><thead><tr>{head}</tr></thead><tr>{row}</tr><tr>{row.replace('-5.08', '–')}</tr></table>"
    )
    assert cleaned.count('<td class="number">') == 5 and cleaned.count('<th class="number">') == 3
    assert cleaned.startswith('<div class="wide"><table>') and clean_html(cleaned) == cleaned


COLUMNS = {"no": ("序号", "no"), "cell": ("定位单元", "cell"), "points": ("贡献", "points"), "due": ("完成时限", "due")}


def trace_table():
    rows = [
        (1, '=HYPERLINK("https://evil.example")', -0.031, "2024-07-31"),
        (2, "+86 热线", 0.012, None),
        (3, "@SUM(A1)", float("nan"), "-0.05"),
        (4, "渠道=在线", 0.1, "\t=1+1"),
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def test_trace_table_csv_is_for_spreadsheets(tmp_path):
    path, _ = write_trace_table(trace_table(), COLUMNS, tmp_path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    read = pd.read_csv(path, encoding="utf-8-sig", dtype=str, keep_default_na=False)
    assert list(read.columns) == ["序号 / no", "定位单元 / cell", "贡献 / points", "完成时限 / due"]
    assert list(read["定位单元 / cell"]) == [
        '\'=HYPERLINK("https://evil.example")',
        "'+86 热线",
        "'@SUM(A1)",
        "渠道=在线",
    ]
    assert list(read["贡献 / points"]) == ["-0.031", "0.012", "", "0.1"]
    assert list(read["完成时限 / due"]) == ["2024-07-31", "", "-0.05", "'\t=1+1"]


def test_trace_table_xlsx_holds_no_formula(tmp_path):
    import zipfile

    from python_calamine import CalamineWorkbook

    _, path = write_trace_table(trace_table(), COLUMNS, tmp_path)
    with zipfile.ZipFile(path) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        styles = book.read("xl/styles.xml").decode()
        assert not any("hyperlink" in name for name in book.namelist())
    assert "<f>" not in sheet and "hyperlink" not in sheet and 'state="frozen"' in sheet
    assert "+0.00%;-0.00%;0.00%" in styles
    rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    assert rows[0][1] == "定位单元 / cell" and rows[1][2] == -0.031
    assert rows[1][1].startswith("'=") and rows[3][2] == ""


def test_harmless_leaves_numbers_and_plain_words_alone():
    assert [harmless(value) for value in (-1.5, "-1.5", "−3", "a=b", "+3.2%", ["a", "b"])] == [
        -1.5, "-1.5", "−3", "a=b", "+3.2%", "a; b",
    ]  # fmt: skip
    assert harmless("＝1+1") == "'＝1+1" and harmless(" =1") == "' =1" and harmless(pd.NaT) is None


@pytest.mark.browser
def test_browser_draws_every_chart_and_asks_nobody(page, browser, tmp_path):
    tab = browser.new_page(viewport={"width": 1280, "height": 900})
    asked, said = [], []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.goto(page.as_uri())
    tab.wait_for_selector(".js-plotly-plot .bars path")
    assert tab.locator(".js-plotly-plot .main-svg >> nth=0").count() == 1
    assert tab.locator(".js-plotly-plot").count() == 2
    assert asked == [page.as_uri()] and said == []
    assert tab.title() == "溯源报告"
    assert tab.evaluate("document.documentElement.scrollWidth") <= 1280
    tab.screenshot(path=tmp_path / "report.png", full_page=True)


@pytest.mark.browser
def test_browser_runs_no_script_that_was_slipped_in(page, browser, tmp_path):
    spoiled = tmp_path / "spoiled.html"
    spoiled.write_text(page.read_text(encoding="utf-8").replace("</main>", f"{HOSTILE}</main>"), encoding="utf-8")
    tab = browser.new_page()
    refused, answered = [], []
    tab.on("requestfailed", lambda request: refused.append((request.url, request.failure)))
    tab.on("requestfinished", lambda request: answered.append(request.url))
    tab.goto(spoiled.as_uri())
    tab.wait_for_selector(".js-plotly-plot .bars path")
    assert tab.title() == "溯源报告" and answered == [spoiled.as_uri()]
    assert refused == [("https://evil.example/x.png", "csp")]  # the page's policy, before any network
