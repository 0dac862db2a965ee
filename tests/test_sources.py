"""Files to text tables: encodings, separators, headers, workbooks, folders; and what is refused, in both languages."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from ccsat.errors import DataError
from ccsat.sources import is_typed, parquet_paths, read_text_table
from ccsat.study import Data
from ccsat.wording import text

ROWS = [("编号", "渠道", "满意度"), ("001", "电话", "5"), ("002", "在线，图文", "4"), ("003", "电话", "")]


def put(folder: Path, name: str, content: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(content.encode(encoding))
    return path


def lines(rows=ROWS, sep: str = ",") -> str:
    return "\n".join(sep.join(row) for row in rows) + "\n"


def read(folder: Path, spec: str, **data):
    return read_text_table(spec, folder, Data(surveys=spec, **data))


def write_book(path: Path, sheets: dict[str, list[list]]) -> Path:
    import xlsxwriter

    book = xlsxwriter.Workbook(path)
    formats = {
        dt.datetime: "yyyy-mm-dd hh:mm:ss",
        dt.date: "yyyy-mm-dd",
        dt.time: "hh:mm:ss",
        dt.timedelta: "[h]:mm:ss",
    }
    formats = {kind: book.add_format({"num_format": form}) for kind, form in formats.items()}
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for i, row in enumerate(rows):
            for j, cell in enumerate(row):
                if type(cell) in formats:
                    sheet.write_datetime(i, j, cell, formats[type(cell)])
                elif cell is not None:
                    sheet.write(i, j, cell)
    book.close()
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("sep", [",", ";", "\t", "|"])
def test_encoding_and_separator_do_not_change_the_table(tmp_path, encoding, sep):
    put(tmp_path, "a.csv", lines(sep=sep), encoding)
    frame = read(tmp_path, "a.csv").frame
    assert list(frame.columns) == list(ROWS[0])
    assert frame["编号"].tolist() == ["001", "002", "003"]  # leading zeros stay
    assert frame["渠道"][1] == "在线，图文"
    assert frame["满意度"].isna().tolist() == [False, False, True]


def test_characters_beyond_two_bytes_in_gb18030(tmp_path):
    put(tmp_path, "a.csv", "姓名,评分\n㐀𠀀,5\n张三,4\n", "gb18030")
    assert read(tmp_path, "a.csv").frame["姓名"][0] == "㐀𠀀"


def test_mixed_encodings_are_refused(tmp_path):
    (tmp_path / "a.csv").write_bytes("渠道,评分\n电话热线服务,5\n".encode("gb18030") + "在线客服渠道,4\n".encode())
    with pytest.raises(DataError, match="one encoding") as caught:
        read(tmp_path, "a.csv")
    assert caught.value.values["line"] == 3


def test_accented_latin_letters_are_not_read_as_chinese(tmp_path):
    put(tmp_path, "a.csv", "équipe,score\nrésolue à côté,5\nréglé,4\n", "cp1252")
    with pytest.raises(DataError, match="does not look like Chinese"):
        read(tmp_path, "a.csv")
    assert read(tmp_path, "a.csv", encoding="cp1252").frame["équipe"][1] == "réglé"


def test_a_given_encoding_that_is_wrong_is_refused(tmp_path):
    put(tmp_path, "a.csv", lines(), "gb18030")
    with pytest.raises(DataError, match="not in utf-8"):
        read(tmp_path, "a.csv", encoding="utf-8")
    with pytest.raises(DataError, match="no encoding 'utf-9'"):
        read(tmp_path, "a.csv", encoding="utf-9")


def test_title_lines_blank_rows_repeated_headers_and_totals_are_counted(tmp_path):
    content = "一月满意度报表;;;\n\n编号;渠道;人数;评分\n1;电话;3;5\n;;;\n编号;渠道;人数;评分\n2;在线;1;4\n合计;;4;\n"
    put(tmp_path, "a.csv", content)
    found = read(tmp_path, "a.csv")
    assert found.frame["评分"].tolist() == ["5", "4"]
    assert found.set_aside == {"blank_rows": 1, "repeated_headers": 1, "totals_rows": 1}
    assert ("note.header_row", {"file": "a.csv", "row": 3}) in found.notes
    for why in found.set_aside:
        assert text(f"set_aside.{why}", "zh") != text(f"set_aside.{why}", "en")


def test_quoted_line_breaks_stay_in_their_cell(tmp_path):
    put(tmp_path, "a.csv", 'id,remark,score\n1,"two\nlines, one cell",5\n2,"a ""quote""",4\n')
    frame = read(tmp_path, "a.csv").frame
    assert frame["remark"].tolist() == ["two\nlines, one cell", 'a "quote"']


def test_rows_with_a_stray_separator_are_set_aside_and_trailing_ones_are_not(tmp_path):
    put(tmp_path, "a.csv", "id,remark,score\n1,fine,5,\n2,bad, very bad,1\n3,ok,4\n")
    found = read(tmp_path, "a.csv")
    assert found.frame["id"].tolist() == ["1", "3"]
    assert found.set_aside == {"ragged_rows": 1}


def test_an_open_quote_is_refused(tmp_path):
    put(tmp_path, "a.csv", 'id,score\n1,5\n2,"4\n3,5\n')
    with pytest.raises(DataError, match="quote"):
        read(tmp_path, "a.csv")


def test_names_are_unique(tmp_path):
    put(tmp_path, "a.csv", ",other,score,other,\n7,a,5,b,\n8,c,4,d,\n")
    assert list(read(tmp_path, "a.csv").frame.columns) == ["column_1", "other", "score", "other.1"]


def test_a_file_without_a_header_asks(tmp_path):
    put(tmp_path, "a.csv", "1,2023-08-01,5\n2,2023-08-02,4\n")
    with pytest.raises(DataError, match="looks like data"):
        read(tmp_path, "a.csv")
    assert len(read(tmp_path, "a.csv", header_row=1).frame) == 1
    with pytest.raises(DataError, match="no row 9"):
        read(tmp_path, "a.csv", header_row=9)


def test_cells_of_a_workbook_become_canonical_text(tmp_path):
    day = dt.datetime(2023, 8, 1, 9, 5, 7)
    write_book(tmp_path / "a.xlsx", {"数据": [
        ["导出时间", "2023-09-01"], [],
        ["id", "date", "at", "talk", "long", "rating", "share", "yes", None],
        [7, day.date(), day, dt.time(0, 4, 43), dt.timedelta(days=1, hours=12), 5, 0.5, True, None],
        ["008", "2023-08-02", day, dt.time(0, 0, 30), dt.timedelta(minutes=2), "4", 0.25, False, None],
    ]})  # fmt: skip
    found = read(tmp_path, "a.xlsx")
    assert list(found.frame.columns) == ["id", "date", "at", "talk", "long", "rating", "share", "yes"]
    assert found.frame.iloc[0].tolist() == [
        "7",
        "2023-08-01",
        "2023-08-01 09:05:07",
        "00:04:43",
        "36:00:00",
        "5",
        "0.5",
        "true",
    ]
    assert found.frame["id"][1] == "008"


def test_a_span_of_days_in_a_time_of_day_format(tmp_path):
    import xlsxwriter

    book = xlsxwriter.Workbook(tmp_path / "a.xlsx")
    sheet, clock = book.add_worksheet(), book.add_format({"num_format": "hh:mm:ss"})
    sheet.write_row(0, 0, ["wait", "score"])
    for row, days in enumerate((0.25, 1.5, 2.0), 1):
        sheet.write(row, 0, days, clock)
        sheet.write(row, 1, 5)
    book.close()
    assert read(tmp_path, "a.xlsx").frame["wait"].tolist() == ["06:00:00", "36:00:00", "48:00:00"]


def test_sheets_are_named_and_found(tmp_path):
    write_book(
        tmp_path / "a.xlsx", {"说明": [], "一月": [["id", "分"], [1, 5]], "二月": [["id", "分"], [2, 4], [3, 4]]}
    )
    assert len(read(tmp_path, "a.xlsx#二月").frame) == 2
    first = read(tmp_path, "a.xlsx")
    assert len(first.frame) == 1 and first.notes[0][1]["sheet"] == "一月"
    with pytest.raises(DataError, match="'说明', '一月', '二月'"):
        read(tmp_path, "a.xlsx#三月")
    with pytest.raises(DataError, match="is empty"):
        read(tmp_path, "a.xlsx#说明")


def test_files_that_are_not_what_their_name_says(tmp_path):
    write_book(tmp_path / "b.xlsx", {"s": [["id", "score"], [1, 5]]}).rename(tmp_path / "b.csv")
    put(tmp_path, "c.xls", "id\tscore\n1\t5\n")
    put(tmp_path, "d.xls", "<html><table></table></html>")
    assert read(tmp_path, "b.csv").frame.shape == read(tmp_path, "c.xls").frame.shape == (1, 2)
    with pytest.raises(DataError, match="web page"):
        read(tmp_path, "d.xls")


def test_folder_and_glob_put_files_together_by_name(tmp_path):
    put(tmp_path, "m1.csv", "id,score\n1,5\n")
    put(tmp_path, "m2.csv", "score,id\n4,2\n", "utf-8-sig")
    put(tmp_path, "m10.csv", "id;score\n3;3\n")
    for spec in (".", "m*.csv"):
        found = read(tmp_path, spec)
        assert sorted(found.frame["id"]) == ["1", "2", "3"]
        assert found.notes[0][0] == "note.files"
    put(tmp_path, "m3.csv", "id,note\n1,5\n")
    with pytest.raises(DataError, match="m3.csv.*Extra: 'note'; lacking: 'score'"):
        read(tmp_path, "m*.csv")


def test_parquet_is_told_and_read(tmp_path):
    frame = pd.DataFrame(
        {"id": [1, 2], "score": [5.0, None], "at": [pd.Timestamp("2023-08-01"), pd.Timestamp("2023-08-02 03:04:05")]}
    )
    frame.to_parquet(tmp_path / "a.parquet")
    assert is_typed("x/a.parquet") and not is_typed("a.csv")
    assert parquet_paths("*.parquet", tmp_path) == [tmp_path / "a.parquet"]
    found = read(tmp_path, "a.parquet").frame
    assert found["score"].tolist()[0] == "5" and found["score"].isna()[1]
    assert found["at"].tolist() == ["2023-08-01 00:00:00", "2023-08-02 03:04:05"]
    put(tmp_path, "bad.parquet", "PAR1 nothing")
    with pytest.raises(DataError, match="Parquet"):
        read(tmp_path, "bad.parquet")


@pytest.mark.parametrize(("name", "content", "words"), [
    ("empty.csv", "", "is empty"),
    ("blank.csv", "\n\n", "is empty"),
    ("head.csv", "id,score\n", "not one row"),
    ("head2.csv", "id,score\n,\n", "not one row"),
    ("bad.xlsx", "PK\x03\x04 junk", "not an Excel file"),
    ("bad2.xlsx", "junk", "not an Excel file"),
])  # fmt: skip
def test_files_without_data_are_refused(tmp_path, name, content, words):
    put(tmp_path, name, content)
    with pytest.raises(DataError, match=words) as caught:
        read(tmp_path, name)
    assert caught.value.exit_code == 2
    assert caught.value.message("zh") != caught.value.message("en")


def test_a_sheet_with_no_rows_is_refused(tmp_path):
    write_book(tmp_path / "a.xlsx", {"s": [["id", "score"]]})
    with pytest.raises(DataError, match="not one row"):
        read(tmp_path, "a.xlsx")


def test_paths_that_lead_nowhere_say_what_is_there(tmp_path):
    put(tmp_path, "surveys.csv", lines())
    (tmp_path / "none").mkdir()
    for spec, words in {"survey.csv": "did you mean 'surveys.csv'", "zzz.xlsx": "'surveys.csv'", "none": "holds no data file",
                        "q*.csv": "No file matches", "../x.csv": "leaves the study file's folder"}.items():  # fmt: skip
        with pytest.raises(DataError, match=words):
            read(tmp_path, spec)
    put(tmp_path, "none/a.csv", lines())
    write_book(tmp_path / "none" / "b.xlsx", {"s": [["id"], [1]]})
    with pytest.raises(DataError, match="different kinds"):
        read(tmp_path, "none")
    assert len(read(tmp_path / "none", str(tmp_path / "surveys.csv")).frame) == 3  # absolute paths are the user's own
