"""Bad input ends a trace with one message in the reader's language, exit code 2, before a kernel starts, and nothing published."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pytest

from ccsat import cli
from ccsat.runs import first
from ccsat.wording import set_language

STUDY = {
    "data": {"surveys": "june.csv"},
    "columns": {"survey_id": "id", "at": "date", "rating": "rating"},
    "scale": {"rating": "five"},
    "dimensions": {"channel": "channel"},
    "question": {"current": "2024-06", "baseline": "2024-05"},
}


def export(rows: int = 600) -> pd.DataFrame:
    """A sound export: two months, two channels, five levels."""
    number = pd.Series(range(rows))
    return pd.DataFrame({
        "id": "s" + number.astype(str), "date": [f"2024-0{5 + i % 2}-{1 + i % 28:02d}" for i in number],
        "channel": ["phone" if i % 3 else "chat" for i in number], "rating": [str(1 + (i * 7) % 5) for i in number],
    })  # fmt: skip


@dataclass
class Case:
    """A study folder that something is wrong with."""

    folder: Path
    frame: pd.DataFrame = field(default_factory=export)
    study: dict = field(default_factory=lambda: json.loads(json.dumps(STUDY)))
    raw: bytes | None = None  # instead of the frame

    def write(self) -> Path:
        target = self.folder / "june.csv"
        if self.raw is not None:
            target.write_bytes(self.raw)
        elif self.frame is not None:
            self.frame.to_csv(target, index=False)
        lines = []
        for table, keys in self.study.items():
            lines += [
                f"[{table}]",
                *(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in keys.items()),
            ]
        path = self.folder / "june.toml"
        path.write_text("\n".join(lines), encoding="utf-8")
        return path


def book(case: Case, frames: dict[str, pd.DataFrame], use: str = "june.xlsx") -> None:
    with pd.ExcelWriter(case.folder / "june.xlsx", engine="xlsxwriter") as writer:
        for sheet, frame in frames.items():
            frame.to_excel(writer, sheet_name=sheet, index=False)
    case.study["data"]["surveys"] = use


# What is done to the sound case. Each is named after what its message is about.


def missing_file(case):
    case.frame = None


def misspelt_file(case):
    case.study["data"]["surveys"] = "jnue.csv"


def empty_file(case):
    case.raw = b""


def header_only(case):
    case.frame = case.frame.head(0)


def wrong_sheet(case):
    book(case, {"June": case.frame, "Notes": case.frame}, "june.xlsx#Jnue")


def corrupt_xlsx(case):
    (case.folder / "june.xlsx").write_bytes(b"PK\x03\x04" + bytes(range(256)) * 40)
    case.study["data"]["surveys"] = "june.xlsx"


def corrupt_parquet(case):
    (case.folder / "june.parquet").write_bytes(b"PAR1" + bytes(400))
    case.study["data"]["surveys"] = "june.parquet"


def mixed_encodings(case):
    words = case.frame.assign(channel="电话客服渠道").to_csv(index=False).encode("utf-8")
    case.raw = words + "s900,2024-06-02,在线客服渠道,5\n".encode("gb18030") * 20


def sheet_without_rows(case):
    book(case, {"June": case.frame.head(0)})


def empty_sheet(case):
    book(case, {"June": pd.DataFrame()})


def no_rating_column(case):
    del case.study["columns"]["rating"]
    case.frame = case.frame.rename(columns={"rating": "mark"})


def unknown_column(case):
    case.study["columns"]["rating"] = "ratting"


def unknown_dimension_column(case):
    case.study["dimensions"]["team"] = "chanel"


def unknown_hidden_column(case):
    case.study["privacy"] = {"hide": ["chanel"]}


def unknown_key(case):
    case.study["question"]["curent"] = "2024-06"


def unknown_nested_key(case):
    case.study["dimensions"]["channel"] = "channel"
    case.study["metrics.wait"] = {"colum": "rating"}


def unknown_table(case):
    case.study["colums"] = {}


def unknown_dim(case):
    case.study["question"]["dims"] = ["chanel"]


def unknown_kpi(case):
    case.study["question"]["kpi"] = "satisfaction"


def wrong_kind(case):
    case.study["question"]["min_n"] = "many"


def wrong_scale(case):
    case.study["scale"]["rating"] = "fife"


def off_scale(case):
    case.frame.loc[:59, "rating"] = "9"


def all_ratings_equal(case):
    case.frame["rating"] = "5"


def no_rating_at_all(case):
    case.frame["rating"] = ""


def dates_unparseable(case):
    case.frame.loc[:99, "date"] = "some day"


def dates_ambiguous(case):
    case.frame["date"] = [f"0{1 + i % 9}/0{1 + i % 8}/2024" for i in range(len(case.frame))]


def dates_both_ways(case):
    case.frame["date"] = ["25/06/2024" if i % 2 else "06/25/2024" for i in range(len(case.frame))]


def dates_missing(case):
    case.frame["date"] = ""


def periods_overlap(case):
    case.study["question"] |= {"current": "2024-06-01/2024-06-20", "baseline": "2024-05-20/2024-06-05"}


def period_after_the_file(case):
    case.study["question"]["current"] = "2024-08"


def period_before_the_file(case):
    case.study["question"]["baseline"] = "2023-05"


def period_in_no_words(case):
    case.study["question"]["current"] = "the other day"


def period_without_time(case):
    del case.study["columns"]["at"]


def baseline_alone(case):
    del case.study["question"]["current"]


def id_that_repeats(case):
    case.study["columns"]["survey_id"] = "channel"


def too_many_levels(case):
    case.frame = export(10_500).assign(city=[f"c{i}" for i in range(10_500)])
    case.study["dimensions"]["city"] = "city"


def study_as_its_own_data(case):
    case.study["data"]["surveys"] = "june.toml"


def secret_in_clear(case):
    case.study["data"]["surveys"] = {}
    case.study["data.surveys"] = {"database": "postgresql://anna:hunter2@host/base", "table": "surveys"}
    del case.study["data"]["surveys"]


def target_in_percent(case):
    case.study["question"] = {"target": 95}


def flag_of_other_words(case):
    case.study["columns"]["resolved"] = "channel"


def metric_of_words(case):
    case.study["metrics"] = {"wait": "channel"}


def agents_without_a_key(case):
    case.study["data"]["agents"] = "agents.csv"
    pd.DataFrame({"agent_id": ["a1"], "team": ["north"]}).to_csv(case.folder / "agents.csv", index=False)


def reserved_name(case):
    case.study["dimensions"]["rating"] = "channel"


def hierarchy_of_no_dimension(case):
    case.study["hierarchies"] = {"tree": ["chanel"]}


def other_table_missing(case):
    case.study["data"]["bot_sessions"] = "sessions.parquet"


def register_without_its_columns(case):
    case.study["data"]["changes"] = "june.csv"


CASES = {  # what both languages' messages say
    missing_file: ["june.csv"], misspelt_file: ["jnue.csv", "june.csv"], empty_file: ["june.csv"], header_only: ["june.csv", "channel"],
    wrong_sheet: ["june.xlsx#June", "Jnue", "Notes"], corrupt_xlsx: ["june.xlsx"], corrupt_parquet: ["june.parquet"],
    mixed_encodings: ["june.csv", "602", "UTF-8"], sheet_without_rows: ["june.xlsx#June"], empty_sheet: ["june.xlsx", "June"],
    no_rating_column: ["mark", "channel", "rating ="], unknown_column: ["ratting", "'rating'|：rating", "columns.rating"],
    unknown_dimension_column: ["chanel", "channel", "dimensions.team"], unknown_hidden_column: ["chanel", "channel", "privacy.hide"],
    unknown_key: ["question.curent", "question.current"], unknown_nested_key: ["metrics.wait.colum", "metrics.wait.column"],
    unknown_table: ["colums", "columns"], unknown_dim: ["chanel", "channel"], unknown_kpi: ["satisfaction_rate", "question.kpi"],
    wrong_kind: ["question.min_n", "many"], wrong_scale: ["scale.rating", "fife", "five"], off_scale: ["60", "600", "'9'", "'5'"],
    all_ratings_equal: ["600", "5"], no_rating_at_all: ["600", "rating"], dates_unparseable: ["100", "600", "some day"],
    dates_ambiguous: [r"0\d/0\d/2024", "dayfirst"], dates_both_ways: ["300", "dayfirst"], dates_missing: ["600", "date"],
    periods_overlap: ["2024-06-01/2024-06-20", "2024-05-20/2024-06-05"], period_after_the_file: ["2024-08", "2024-06-28"],
    period_before_the_file: ["2023-05", "2024-05-01"], period_in_no_words: ["the other day", "last week"],
    period_without_time: ["2024-06", "at ="], baseline_alone: ["2024-05", "question.current"],
    id_that_repeats: ["channel", "600", "2"], too_many_levels: ["city", "10500", "10000"], study_as_its_own_data: ["june.toml"],
    secret_in_clear: ["data.surveys.database", "env:"], target_in_percent: ["95", "0.95"], flag_of_other_words: ["channel", "phone", "columns.yes"],
    metric_of_words: ["metrics.wait|wait", "channel", "phone"], agents_without_a_key: ["agents", "agent_id"],
    reserved_name: ["dimensions.rating", "by_rating"], hierarchy_of_no_dimension: ["hierarchies.tree", "chanel", "channel"],
    other_table_missing: ["sessions.parquet"], register_without_its_columns: ["change_id", "channel"],
}  # fmt: skip


@pytest.fixture
def trace(capsys, monkeypatch):
    """`ccsat trace` in this process, where starting a kernel would be an error: exit code and standard error."""
    from ccsat.runs import run

    def no_kernel(*_, **__):
        raise AssertionError("a kernel was about to start")

    monkeypatch.setattr(run, "execute_notebook", no_kernel)

    def call(*words):
        monkeypatch.setattr(sys, "argv", ["ccsat", "trace", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        return end.value.code or 0, capsys.readouterr().err

    yield call
    set_language("en")


def published(out: Path) -> list[Path]:
    return [
        path
        for path in out.rglob("*")
        if path.name in ("run.json", "report.html", "findings.json", "latest.txt", "executed.ipynb")
    ]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("spoil", CASES, ids=lambda spoil: spoil.__name__)
def test_bad_input(trace, tmp_path, spoil, lang):
    case = Case(tmp_path)
    spoil(case)
    code, said = trace(case.write(), "--out", tmp_path / "runs", "--lang", lang)
    message = "\n".join(
        line for line in said.splitlines() if line not in ("核对研究文件与数据", "checking the study file and the data")
    )
    assert code == 2, message
    assert "Traceback" not in said
    assert message.count("可以试试：" if lang == "zh" else "Try: ") == 1
    assert bool(re.search(r"[\u4e00-\u9fff]", message.replace("电话客服渠道", ""))) == (lang == "zh")
    for words in CASES[spoil]:
        assert re.search(words, message), f"{words!r} is not in: {message}"
    assert not re.search(r"\{\w+\}|\bnan\b|None\b(?! of)|hunter2", message)
    assert published(tmp_path / "runs") == []


def test_the_sound_case_would_start_a_kernel(trace, tmp_path):
    code, said = trace(Case(tmp_path).write(), "--out", tmp_path / "runs")
    assert code == 1 and "a kernel was about to start" in said


def test_data_that_ended_long_before_the_day_are_no_data(trace, tmp_path):
    case = Case(tmp_path)
    case.study["question"] = {"current": "last week", "baseline": "before"}
    code, said = trace(case.write(), "--as-of", "2024-09-01", "--out", tmp_path / "runs")
    assert code == 5 and "gate.max_age_days" in said and published(tmp_path / "runs") == []


def test_a_period_still_to_come_is_no_data(trace, tmp_path):
    case = Case(tmp_path)
    case.study["gate"] = {"max_age_days": 365, "min_share": 0}
    case.study["question"] = {"current": "last week", "baseline": "before"}
    code, said = trace(case.write(), "--as-of", "2024-09-01", "--out", tmp_path / "runs")
    assert code == 5 and "2024-08-26/2024-09-01" in said and published(tmp_path / "runs") == []


def test_bad_data_are_put_on_record_and_a_bad_study_is_not(trace, tmp_path):
    case = Case(tmp_path)
    off_scale(case)
    trace(case.write(), "--out", tmp_path / "runs")
    record = (tmp_path / "runs" / "june" / "failures.jsonl").read_text(encoding="utf-8")
    assert json.loads(record)["exit_code"] == 2


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_data_too_large_to_read_twice_are_refused_by_the_notebook_in_the_same_words(
    trace, tmp_path, lang, monkeypatch, capsys
):
    case = Case(tmp_path)
    off_scale(case)
    study = case.write()
    _, at_once = trace(study, "--out", tmp_path / "first", "--lang", lang)
    monkeypatch.undo()
    monkeypatch.setattr(first, "CHEAP", -1)
    monkeypatch.setattr(sys, "argv", ["ccsat", "trace", str(study), "--out", str(tmp_path / "runs"), "--lang", lang])
    with pytest.raises(SystemExit) as end:
        cli.main()
    later = capsys.readouterr().err
    assert end.value.code == 2 and "Traceback" not in later
    assert at_once.splitlines()[-2:] == later.splitlines()[-2:]
    assert published(tmp_path / "runs") == []
