"""What may not be published is not: rows in figures, ids, small groups, secrets in any file and any spelling."""

import json
import zipfile

import nbformat
import pytest
from run_examples import STUDY, Place, findings, pretend

from ccsat.errors import RunError
from ccsat.runs import run as run_module
from ccsat.runs.operations import Operations
from ccsat.runs.privacy import PLOTLY, check_private, count_points
from ccsat.runs.secrets import find_secrets, hide, secret_values
from ccsat.study import read_study


@pytest.fixture
def run(tmp_path):
    """A finished run's folder with one output, checked under settings."""
    study = tmp_path / "shop.toml"
    study.write_text(STUDY.replace("[limits]", '[columns]\nagent_id = "staff"\n[limits]'), encoding="utf-8")
    folder = tmp_path / "inside"
    folder.mkdir()

    def check(data, found=None, **settings):
        output = nbformat.v4.new_output("display_data", data=data)
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", outputs=[output])])
        nbformat.write(notebook, folder / "executed.ipynb")
        check_private(folder, read_study(study), Operations(**settings), found or findings())

    check.folder = folder
    return check


def figure(n, **trace):
    return {PLOTLY: {"data": [{"type": "scatter", "x": list(range(n)), "y": list(range(n)), **trace}], "layout": {}}}


def test_points_of_a_figure_are_limited(run):
    run(figure(5000))
    with pytest.raises(RunError, match="5001 points, at most 5000"):
        run(figure(5001))
    run(figure(5001), max_points=6000)


def test_packed_points_are_counted():
    import base64

    import numpy as np

    packed = {"dtype": "f8", "bdata": base64.b64encode(np.zeros(123).tobytes()).decode()}
    assert count_points({"data": [{"x": packed}, {"x": [1, 2]}]}) == 125


@pytest.mark.parametrize(
    "data",
    [
        figure(3, hovertemplate="staff=%{x}<br>%{y}"),
        figure(3, name="agent_id"),
        {PLOTLY: {"data": [], "layout": {"xaxis": {"title": {"text": "customer_id"}}}}},
        {"text/html": "<table><thead><tr><th>n</th><th class='x'> staff </th></tr></thead></table>"},
    ],
)
def test_columns_of_ids_are_not_shown_unless_allowed(run, data):
    with pytest.raises(RunError, match="column of ids"):
        run(data)
    run(data, allow=("agent_id", "customer_id"))


def test_hidden_columns_are_not_shown(run):
    run(figure(3, name="salary"))
    with pytest.raises(RunError, match="'salary'"):
        run(figure(3, name="salary"), hide=("salary",))


def test_small_groups_are_not_shown(run):
    cell = {"where": {"team": "night", "site": "B"}, "n": 4, "points": -0.01}
    with pytest.raises(RunError, match="team=night, site=B holds 4, fewer than the smallest group of 5"):
        run(figure(3), findings(cells=[cell]))
    run(figure(3), findings(cells=[cell]), minimum_group=4)
    run(figure(3), findings(cells=[{**cell, "where": {}}]))


SECRET = 'pa"ss<wörd>/7&秘'
SPELLINGS = {
    "report.html": lambda s: s.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;"),
    "findings.json": lambda s: json.dumps({"a": s}),
    "trace_table.csv": lambda s: s,
    "a.html": lambda s: "https://host/?p=pa%22ss%3Cw%C3%B6rd%3E%2F7%26%E7%A7%98",
    "b.json": lambda s: json.dumps({"a": s}, ensure_ascii=False),
}


@pytest.mark.parametrize("file", SPELLINGS)
def test_a_secret_is_found_however_it_is_written(run, monkeypatch, file):
    monkeypatch.setenv("SHOP_API_KEY", SECRET)
    (run.folder / file).write_text(SPELLINGS[file](SECRET), encoding="utf-8")
    with pytest.raises(RunError, match="SHOP_API_KEY") as error:
        run(figure(3))
    assert "ss<w" not in str(error.value)


def test_a_secret_is_found_inside_a_workbook_and_across_pieces(run, monkeypatch, tmp_path):
    monkeypatch.setattr("ccsat.runs.secrets.WHOLE_READ", 1000)
    with zipfile.ZipFile(run.folder / "trace_table.xlsx", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/sharedStrings.xml", "<t>hunter2-and-more</t>")
    (tmp_path / "long.csv").write_text("x" * 995 + "hunter2-and-more" + "x" * 995)
    (tmp_path / "clean.csv").write_text("x" * 5000)
    files = [run.folder / "trace_table.xlsx", tmp_path / "long.csv", tmp_path / "clean.csv"]
    assert find_secrets(files, {"hunter2-and-more": "TOKEN"}) == [("long.csv", "TOKEN"), ("trace_table.xlsx", "TOKEN")]


def test_which_variables_are_secret(tmp_path):
    study = tmp_path / "shop.toml"
    study.write_text('[study]\nname = "shop"\n[data]\nsurveys = { database = "env:WAREHOUSE", table = "t" }\n')
    environment = {"WAREHOUSE": "postgresql://anna:open-sesame@host/base", "MAIL_TOKEN": "abcdef123", "PASSWORD": "123", "HOME": "/root",
                   "SECRET_FILE": str(study), "Db_Passwd": "seven77"}  # fmt: skip
    assert secret_values(read_study(study), environment) == {
        "open-sesame": "WAREHOUSE",
        "abcdef123": "MAIL_TOKEN",
        "seven77": "Db_Passwd",
    }
    assert hide("a open-sesame b", {"open-sesame": "WAREHOUSE"}) == "a <WAREHOUSE> b"


def test_a_run_with_a_secret_in_its_results_publishes_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("SHOP_TOKEN", "0.8123456")
    monkeypatch.setattr(run_module, "execute_notebook", pretend)
    place = Place(tmp_path, asks="real 0.8123456")
    with pytest.raises(RunError, match="SHOP_TOKEN") as error:
        place.run()
    assert (
        error.value.exit_code == 1
        and place.published() == []
        and [one["key_of_error"] for one in place.failures()] == ["run_privacy"]
    )
