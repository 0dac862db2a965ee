"""T03: a messy export becomes a study; what the dictionary and the data disagree on; what one named column changes."""

import csv

import pytest

import ccsat as cs
from ccsat.errors import CcsatError, DataError
from ccsat.wording import LANGUAGES, speaking
from ccsat.workshop import messy, own_data

SEED = 104


@pytest.fixture(scope="module", params=LANGUAGES)
def own(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    with speaking(request.param):
        export = messy.messy_export(folder, seed=SEED, lang=request.param)
        yield request.param, own_data.map_export(export, folder / "study")


def test_the_example_is_as_messy_as_it_says_and_the_same_every_time(tmp_path):
    one, other = (messy.messy_export(tmp_path / name, seed=SEED, lang="zh").read_bytes() for name in "ab")
    assert one == other
    lines = one.decode("gb18030").splitlines()
    assert lines[0].startswith("满意度回访明细") and lines[-1].startswith("合计,")
    rows = list(csv.DictReader(lines[2:-1]))
    assert len(rows) - len({row["问卷编号"] for row in rows}) == messy.DUPLICATES
    assert sum(row["满意度评价"] in ("", "未评价") for row in rows) >= messy.NOT_RATED
    assert {"/" in row["来电时间"] for row in rows} == {True, False}
    assert any(row["班组"].endswith(" ") for row in rows)


def test_columns_are_mapped_and_doubts_are_told(own):
    lang, mapped = own
    columns = mapped.study["columns"]
    assert {columns[name] for name in ("survey_id", "contact_id", "agent_id", "rating", "comment")} == {
        messy.column(name, lang) for name in ("survey_id", "contact_id", "agent_id", "rating", "comment")
    }
    with speaking(lang):
        shown = repr(mapped)
    assert "40" in shown and messy.column("region", lang) in shown
    assert (
        len(mapped.rows) == len(set(mapped.rows[messy.column("survey_id", lang)])) + messy.DUPLICATES
    )  # neither title nor total


def test_the_dictionary_is_held_against_the_data(own):
    lang, mapped = own
    with speaking("en"):
        rows = own_data.check_dictionary(mapped, mapped.export.parent / messy.DICTIONARY).rows
    found = {(what, column): said for what, column, said in rows}
    region, rating, spare, skill = (messy.column(name, lang) for name in ("region", "rating", "spare", "skill"))
    n = int((mapped.rows[region] == "R6").sum())
    assert found["values that the dictionary does not list", region] == f"R6 ({n:,} rows)"
    assert ("values that the dictionary does not list", rating) in found
    assert ("in the export, not in the dictionary", spare) in found and ("the whole column is empty", spare) in found
    assert ("in the dictionary, not in the export", skill) in found
    assert ("the other 11 columns agree", "") in found


def test_a_dictionary_that_agrees_says_so(tmp_path):
    (tmp_path / "x.csv").write_text(
        "id,rating,team\n" + "".join(f"{n},{1 + n % 5},T{n % 3}\n" for n in range(200)), encoding="utf-8"
    )
    (tmp_path / "d.csv").write_text(
        "column,meaning,levels\nid,number,\nrating,how,1;2;3;4;5\nteam,who,T0;T1;T2;T9\n", encoding="utf-8"
    )
    with speaking("en"):
        rows = own_data.check_dictionary(own_data.map_export(tmp_path / "x.csv", tmp_path), tmp_path / "d.csv").rows
    assert rows == (("listed values that never occur", "team", "T9"), ("the other 2 columns agree", "", ""))


def test_one_named_column_turns_a_real_change_into_a_data_problem(own):
    """The regions whose survey changed cannot be told before the mode is named: the world is S08, an artefact."""
    lang, mapped = own
    centre = cs.read_centre(mapped.path)
    assert "mode" in [role for role in own_data.ROLES if role not in centre.columns]
    question = cs.Question.of(centre.study)
    assert str(cs.check_data(centre, question).verdict) != "artefact"
    named = cs.read_centre(mapped.path, settings={"columns.mode": messy.column("mode", lang)})
    assert str(cs.check_data(named, question).verdict) == "artefact"
    with speaking(lang):
        rows = [row[0] for row in own_data.what_is_missing(centre).rows]
        assert rows == ["customer_id", "mode", "pushed", "changes", "actions"]
        assert "mode" not in [row[0] for row in own_data.what_is_missing(named).rows]


def test_what_cannot_be_read_is_told(tmp_path):
    with speaking("en"):
        with pytest.raises(CcsatError, match="no file 'x.csv'"):
            own_data.map_export(tmp_path / "x.csv", tmp_path)
        (tmp_path / "x.csv").write_text("a,b\nq,w\n", encoding="utf-8")
        with pytest.raises(DataError):
            own_data.map_export(tmp_path / "x.csv", tmp_path)
        (tmp_path / "y.csv").write_text(
            "id,rating\n" + "".join(f"{n},{1 + n % 5}\n" for n in range(50)), encoding="utf-8"
        )
        mapped = own_data.map_export(tmp_path / "y.csv", tmp_path)
        (tmp_path / "d.csv").write_text("column,levels\nid,\n", encoding="utf-8")
        with pytest.raises(CcsatError, match="three columns"):
            own_data.check_dictionary(mapped, tmp_path / "d.csv")
        with pytest.raises(CcsatError, match="no file"):
            own_data.check_dictionary(mapped, tmp_path / "none.csv")
