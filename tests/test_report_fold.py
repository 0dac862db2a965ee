"""What a report folds away is there without scripts, drawn when it is opened, and codes are named by the dictionary."""

import json

import nbformat
import pytest

from ccsat import views
from ccsat.centre import read_centre
from ccsat.report import write_report
from ccsat.report.naming import Naming
from ccsat.wording import speaking

NAMES = {"columns": {"biz": "业务", "team": "班组"}, "levels": {"biz": {"vas_charge": "增值扣费", "other": "其他"}, "team": {}},
         "codes": {"vas_charge": "增值扣费", "RULE-12": "提前解约收违约金"}, "fields": {"talk_s": "通话时长", "closed_at": "办结时间", "created_at": "建单时间"},
         "tables": {"tickets": "工单"}}  # fmt: skip


def folded_notebook(path, names=None):
    """A notebook with a fold that holds a table and a figure, as `views.Fold` shows itself."""
    import plotly.graph_objects as go

    shown = []
    figure = go.Figure(go.Bar(x=["biz = vas_charge"], y=[1]), {"title": "图", "height": 300})
    fold = views.Fold(
        "细节 <i>", (views.View(("biz", "n"), (("other", "5"), ("vas_charge", "7")), frozenset({1})), figure)
    )

    def display(data, raw, metadata):
        assert raw
        shown.append(nbformat.v4.new_output("display_data", data, metadata=metadata))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("IPython.display.display", display)
        fold._ipython_display_()
        if names is not None:
            display({"text/plain": ""}, raw=True, metadata={"names": names})
    cells = [nbformat.v4.new_markdown_cell("# 报告"), nbformat.v4.new_code_cell("fold", outputs=shown)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


@pytest.fixture
def page(tmp_path):
    return write_report(folded_notebook(tmp_path / "e.ipynb", NAMES), tmp_path / "r.html", lang="zh")


def test_a_fold_holds_its_table_and_figure_in_one(page):
    html = page.read_text(encoding="utf-8").split("<main>")[1].split("</main>")[0]
    assert html.count("<details>") == 1 and html.count("<summary>细节 &lt;i&gt;</summary>") == 1
    inside = html.split("<details>")[1].split("</details>")[0]
    assert "<table" in inside and "data-figure" in inside and "<h4>" not in inside


def test_a_folded_figure_is_drawn_to_its_width_when_opened(page, browser):
    tab = browser.new_page(viewport={"width": 1000, "height": 800})
    tab.goto(page.as_uri())
    assert tab.evaluate("document.querySelector('details').open") is False
    tab.click("summary")
    tab.wait_for_timeout(300)
    width, room = tab.evaluate(
        "[document.querySelector('.main-svg').getBoundingClientRect().width, document.querySelector('[data-figure]').getBoundingClientRect().width]"
    )
    tab.close()
    assert room > 500 and width == pytest.approx(room, abs=2)


def test_a_fold_of_views_alone_is_a_details_element_everywhere():
    fold = views.Fold("细节", (views.sentences(["一"]),))
    with pytest.raises(NotImplementedError):
        fold._ipython_display_()
    assert fold._repr_html_().startswith("<details><summary>细节</summary>")


def test_codes_are_named_in_text_tables_and_figures(page):
    html = page.read_text(encoding="utf-8")
    body = html.split("<main>")[1].split("</main>")[0]
    assert "业务" in body and "增值扣费" in body and "vas_charge" not in body and ">其他<" in body
    assert json.loads(body.split('type="application/json">')[1].split("</script>")[0])["data"][0]["x"] == [
        "业务 = 增值扣费"
    ]


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("biz = vas_charge | other：91%", "业务 = 增值扣费 | 其他：91%"),
        ("biz=other;team=T01", "业务=其他;班组=T01"),
        ("an other day", "an other day"),
        ("由vas_charge决定", "由增值扣费决定"),
        ("my_vas_charge", "my_vas_charge"),
        ("规则 RULE-12（100%）", "规则 RULE-12（100%）"),
        ("规则 RULE-12 适用", "规则 RULE-12（提前解约收违约金） 适用"),
        ("“talk_s”超过", "“通话时长”超过"),
        ("“tickets: created_at → closed_at”", "“工单: 建单时间 → 办结时间”"),
        ("“别的”和 “unknown”", "“别的”和 “unknown”"),
    ],
)
def test_words_stand_for_codes_only_where_they_are_codes(said, named):
    assert Naming(NAMES).words(said) == named


def test_without_names_nothing_changes():
    assert not Naming() and Naming().words("biz = vas_charge") == "biz = vas_charge"
    assert Naming().html("<p>a &amp; b</p>") == "<p>a &amp; b</p>"


def test_a_name_cannot_bring_in_markup():
    bold = {**NAMES, "codes": {"vas_charge": "<script>x</script>"}, "levels": {}}
    assert "<script>" not in Naming(bold).html("<p>vas_charge</p>")


def study_with(folder, dictionary):
    (folder / "s.csv").write_text(
        "rating,team,at\n" + "".join(f"{1 + i % 5},T0{i % 3},2024-01-{1 + i % 28:02d}\n" for i in range(200))
    )
    (folder / "study.toml").write_text(
        '[data]\nsurveys = "s.csv"\n[scale]\nrating = "five"\n[columns]\nrating = "rating"\nat = "at"\n[dimensions]\nteam = "team"\n'
    )
    if dictionary is not None:
        (folder / "dictionary.csv").write_bytes(dictionary)
    return read_centre(folder / "study.toml")


def test_names_come_from_the_dictionary_beside_the_study(tmp_path):
    words = "table,column,zh,en,levels\nsurveys,team,班组,team,T00=一班|one;T01=二班|two\n".encode("utf-8-sig")
    centre = study_with(tmp_path, words)
    with speaking("zh"):
        zh = views.code_names(centre)
    with speaking("en"):
        en = views.code_names(centre)
    assert zh.columns == {"team": "班组"} and zh.levels == {"team": {"T00": "一班", "T01": "二班"}}
    assert en.levels["team"]["T01"] == "two" and repr(en) == ""


@pytest.mark.parametrize("dictionary", [None, b"a,b\n1,2\n", b"\xff\xfe\x00bad", b""])
def test_without_a_readable_dictionary_there_are_no_names(tmp_path, dictionary):
    assert views.code_names(study_with(tmp_path, dictionary)) is None
