"""Any export to a study file that is accepted as it is: the real ones, and invented ones with every quirk."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ccsat.centre import read_centre
from ccsat.errors import DataError
from ccsat.init import propose_study, unsure_lines
from ccsat.orders import level_order
from ccsat.periods import latest_comparison
from ccsat.study import Study, read_study


def propose(path: Path, folder: Path, **options) -> tuple[Study, str]:
    words = propose_study(path, out_folder=folder, **options)
    target = folder / "study.toml"
    target.write_text(words, encoding="utf-8")
    return read_study(target), words


def chinese_export(n: int = 600, seed: int = 4) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    small = ["余额", "用量", "网速慢", "断网", "升档", "降档"]
    pick = rng.integers(0, 6, n)
    reasons = ["等待时间长", "未解决", "态度"]
    rating = rng.choice(["非常满意", "满意", "一般", "不满意", "非常不满意"], n, p=[0.5, 0.3, 0.1, 0.05, 0.05])
    named = [("；".join(rng.choice(reasons, rng.integers(1, 3), replace=False)) if "不" in r else "") for r in rating]
    days = pd.Timestamp("2024-05-01") + pd.to_timedelta(rng.integers(0, 61, n), unit="D")
    return pd.DataFrame({
        "工单编号": [f"GD{i:06d}" for i in range(n)], "客户手机号": rng.integers(13000000000, 13999999999, n).astype(str),
        "坐席工号": rng.choice([f"A{i:03d}" for i in range(45)], n), "评价时间": [f"{d.year}年{d.month}月{d.day}日 10:05" for d in days],
        "业务大类": [["资费查询", "宽带故障", "套餐变更"][p // 2] for p in pick], "业务小类": [small[p] for p in pick],
        "坐席司龄": rng.choice(["3个月以内", "3-6个月", "6-12个月", "1年以上"], n), "紧急程度": rng.choice(["高", "中", "低"], n),
        "通话时长（秒）": np.where(rng.random(n) < 0.05, -1, rng.integers(30, 900, n)), "服务满意度": rating, "不满意原因": named,
        "是否解决": rng.choice(["已解决", "未解决"], n), "系统": "老系统", "空列": "",
    })  # fmt: skip


def write_gb18030(frame: pd.DataFrame, path: Path) -> Path:
    text = "满意度明细,导出人：张三\n\n" + frame.to_csv(index=False)
    path.write_bytes(text.encode("gb18030"))
    return path


def test_a_chinese_export_with_title_lines_in_gb18030(tmp_path):
    source = write_gb18030(chinese_export(), tmp_path / "六月 明细.csv")
    study, words = propose(source, tmp_path, lang="zh")
    assert study.name == "六月_明细" and study.data.surveys == "六月 明细.csv"
    columns = study.columns
    assert (columns.rating, columns.at, columns.agent_id) == ("服务满意度", "评价时间", "坐席工号")
    assert (columns.contact_id, columns.customer_id, columns.resolved) == ("工单编号", "客户手机号", "是否解决")
    assert study.scale.rating == "five" and study.scale.labels["非常不满意"] == 1
    assert study.dimension("坐席司龄").levels == ["3个月以内", "3-6个月", "6-12个月", "1年以上"]
    assert study.dimension("紧急程度").levels == ["低", "中", "高"]
    assert list(study.hierarchies.values()) == [["业务大类", "业务小类"]]
    assert study.reasons.column == "不满意原因" and study.reasons.separator == "；"
    assert study.data.missing_codes("通话时长（秒）") == ("-1",)
    assert (study.question.current, study.question.baseline) == ("2024-06-01/2024-06-30", "2024-05-01/2024-05-31")
    assert "客户手机号" in study.privacy.hide and "系统" not in study.dimensions
    assert "空列：全空" in words and unsure_lines(words, "zh")
    centre = read_centre(tmp_path / "study.toml")
    assert centre.intake.kept == 600 and set(centre.reasons["reason"]) == {"等待时间长", "未解决", "态度"}


def test_a_workbook_with_a_clock_column_and_spans_as_times_of_day(tmp_path):
    import xlsxwriter

    rng = np.random.default_rng(1)
    book = xlsxwriter.Workbook(tmp_path / "calls.xlsx")
    sheet, clock = book.add_worksheet("Calls"), book.add_format({"num_format": "hh:mm:ss"})
    sheet.write_row(
        0, 0, ["Call Id", "Agent", "Date", "Time", "Topic", "Answered (Y/N)", "TalkDuration", "Satisfaction rating"]
    )
    for i in range(1, 401):
        day = dt.date(2021, 1, 1) + dt.timedelta(days=i % 28)
        row = [
            f"ID{i}",
            f"Agent {i % 6}",
            day.isoformat(),
            None,
            ["Pay", "Admin"][i % 2],
            "Y",
            None,
            int(rng.integers(1, 6)),
        ]
        sheet.write_row(i, 0, row)
        sheet.write_datetime(i, 3, dt.time(9 + i % 9, i % 60), clock)
        sheet.write_datetime(i, 6, dt.time(0, i % 7, i % 60), clock)
    book.close()
    study, _ = propose(tmp_path / "calls.xlsx", tmp_path)
    assert (study.columns.at, study.columns.clock, study.columns.answered) == ("Date", "Time", "Answered (Y/N)")
    assert study.metric("talk_duration").kind == "duration"
    assert set(study.dimensions) == {"agent", "topic"}
    assert study.question.current == "2021-01-15/2021-01-28"  # weeks hold too few ratings
    assert read_centre(tmp_path / "study.toml").intake.kept == 400


@pytest.mark.parametrize(("name", "values", "scale", "kpi"), [
    ("NPS", range(11), "nps", "nps"), ("How likely to recommend us?", range(11), "nps", "nps"),
    ("CSAT", range(1, 6), "five", "satisfaction_rate"), ("整体满意度评分", range(1, 11), "ten", "satisfaction_rate"),
    ("评价", ["赞", "踩"], "thumb", "satisfaction_rate"), ("评价结果", ["满意", "一般", "不满意"], "three", "satisfaction_rate"),
    ("rating", ["Very satisfied", "Satisfied", "Neutral", "Dissatisfied", "Very dissatisfied"], "five", "satisfaction_rate"),
])  # fmt: skip
def test_scales(tmp_path, name, values, scale, kpi):
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"region": rng.choice(["N", "S", "E"], 300), name: rng.choice(list(values), 300)})
    frame.to_csv(tmp_path / "a.csv", index=False)
    study, _ = propose(tmp_path / "a.csv", tmp_path)
    assert (study.columns.rating, study.scale.rating, study.question.kpi) == (name, scale, kpi)
    assert study.question.current is None and study.columns.at is None  # no time: the level is asked
    assert read_centre(tmp_path / "study.toml").intake.kept == 300


def test_codes_on_the_rating_are_proposed_as_missing_not_dropped_silently(tmp_path):
    rng = np.random.default_rng(3)
    rating = rng.choice([1, 2, 3, 4, 5, 99, -1], 400, p=[0.1, 0.1, 0.1, 0.2, 0.3, 0.1, 0.1])
    pd.DataFrame({"team": rng.choice(["A", "B"], 400), "CSAT": rating}).to_csv(tmp_path / "a.csv", index=False)
    study, words = propose(tmp_path / "a.csv", tmp_path)
    assert study.scale.rating == "five" and set(study.data.missing_codes("CSAT")) == {"99", "-1"}
    assert any("missing" in line for line in unsure_lines(words))
    assert read_centre(tmp_path / "study.toml").intake.kept == 400


def test_dates_that_cannot_tell_are_left_for_check_to_ask(tmp_path):
    rng = np.random.default_rng(3)
    days = [f"0{rng.integers(1, 10)}/0{rng.integers(1, 10)}/2023" for _ in range(200)]
    pd.DataFrame({"date": days, "score": rng.integers(1, 6, 200)}).to_csv(tmp_path / "a.csv", index=False)
    study, words = propose(tmp_path / "a.csv", tmp_path)
    assert study.data.dayfirst == "auto" and any("day from the month" in line for line in unsure_lines(words))
    with pytest.raises(DataError, match="dayfirst"):
        read_centre(tmp_path / "study.toml")
    settled, _ = propose(tmp_path / "a.csv", tmp_path, dayfirst=False)
    assert settled.data.dayfirst is False and settled.question.current


@pytest.mark.parametrize(("blank", "found"), [(0.08, "评价时间"), (0.7, None)])
def test_a_time_that_some_ratings_lack_is_taken_and_asked_about(tmp_path, blank, found):
    rows = chinese_export()
    rows.loc[np.random.default_rng(5).random(len(rows)) < blank, "评价时间"] = ""
    study, words = propose(write_gb18030(rows, tmp_path / "a.csv"), tmp_path, lang="zh")
    assert study.columns.at == found
    if found:
        assert any("搁置" in line and f"{100 * (rows['评价时间'] == '').mean():.1f}%" in line for line in unsure_lines(words, "zh"))
        assert read_centre(tmp_path / "study.toml").intake.kept == (rows["评价时间"] != "").sum()


def test_no_rating_says_what_one_looks_like(tmp_path):
    pd.DataFrame({"city": ["A", "B"] * 50, "amount": range(100)}).to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(DataError, match="'city', 'amount'") as caught:
        propose_study(tmp_path / "a.csv")
    assert "1-5" in str(caught.value) and "非常满意" in caught.value.message("zh")


def test_columns_with_too_many_levels_are_left_out_and_said_so(tmp_path):
    n = 24_000
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"town": [f"town {i % 12_000}" for i in range(n)], "area": rng.choice(["x", "y"], n),
                          "CSAT": rng.integers(1, 6, n)})  # fmt: skip
    frame.to_csv(tmp_path / "a.csv", index=False)
    study, words = propose(tmp_path / "a.csv", tmp_path)
    assert set(study.dimensions) == {"area"} and "12,000" in words


def test_copies_reserved_names_and_yes_or_blank(tmp_path):
    rng = np.random.default_rng(3)
    level = rng.choice(["Low", "Medium", "High"], 300)
    frame = pd.DataFrame({"level": level, "level again": level, "vip": rng.choice(["是", ""], 300, p=[0.1, 0.9]),
                          "n": rng.choice(["p", "q"], 300), "CSAT": rng.integers(1, 6, 300)})  # fmt: skip
    frame.to_csv(tmp_path / "a.csv", index=False)
    study, words = propose(tmp_path / "a.csv", tmp_path)
    assert study.dimension("by_level").levels == ["Low", "Medium", "High"]
    assert set(study.dimensions) == {"by_level", "vip", "by_n"}
    assert "the same as 'level'" in words and "a blank means no" in words
    read_centre(tmp_path / "study.toml")


def test_tables_of_a_centre_are_told_by_their_names(tmp_path):
    rng = np.random.default_rng(3)
    n = 500
    at = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 91, n), unit="D")
    contacts = pd.DataFrame({"contact_id": [f"c{i}" for i in range(n)], "customer_id": rng.integers(0, 300, n),
                             "agent_id": rng.choice(["a1", "a2", "a3"], n), "started_at": at, "channel": rng.choice(["phone", "chat"], n),
                             "talk_s": rng.integers(20, 900, n)})  # fmt: skip
    surveys = pd.DataFrame({"survey_id": [f"s{i}" for i in range(400)], "contact_id": contacts["contact_id"][:400],
                            "rating": rng.integers(1, 6, 400)})  # fmt: skip
    agents = pd.DataFrame({"agent_id": ["a1", "a2", "a3"], "team": ["T1", "T1", "T2"]})
    changes = pd.DataFrame({"change_id": ["CH1"], "at": ["2024-02-01"], "kind": ["process"]})
    for name, frame in {"contacts": contacts, "surveys": surveys, "agents": agents, "changes": changes}.items():
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
    study, _ = propose(tmp_path, tmp_path)
    assert set(study.data.tables()) == {"contacts", "surveys", "agents"} and study.changes == "changes.csv"
    assert {"channel", "team"} <= set(study.dimensions) and "talk_s" in study.metrics
    assert study.question.current == "2024-03-01/2024-03-31"
    assert read_centre(tmp_path / "study.toml").facts


def test_data_outside_the_studys_folder_get_an_absolute_path(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    pd.DataFrame({"team": ["A", "B"] * 50, "CSAT": [1, 5, 4, 3] * 25}).to_csv(tmp_path / "in" / "a.csv", index=False)
    study, _ = propose(tmp_path / "in" / "a.csv", tmp_path / "out")
    assert Path(study.data.surveys).is_absolute()
    assert propose(tmp_path / "in" / "a.csv", tmp_path)[0].data.surveys == "in/a.csv"


@pytest.mark.parametrize(("levels", "order"), [
    (["On Job Training", ">90", "0-30", "61-90", "31-60"], ["On Job Training", "0-30", "31-60", "61-90", ">90"]),
    (["1年以上", "3个月以内", "3-6个月"], ["3个月以内", "3-6个月", "1年以上"]),
    (["vip", "mass", "gold", "silver"], ["mass", "silver", "gold", "vip"]),
    (["65+", "Under 18", "18-24", "25-64"], ["Under 18", "18-24", "25-64", "65+"]),
])  # fmt: skip
def test_orders_that_are_sure(levels, order):
    assert level_order(levels) == (order, True)


@pytest.mark.parametrize(
    "levels", [["R1", "R2", "R3"], ["Morning", "Night"], ["三星", "苹果", "华为"], ["East", "West"]]
)
def test_levels_without_an_order(levels):
    assert level_order(levels) is None


@pytest.mark.parametrize(("first", "last", "by", "current"), [
    ("2024-01-01", "2024-03-31", "month", "2024-03-01"), ("2023-08-01", "2023-08-31", "week", "2023-08-21"),
    ("2025-03-03", "2025-05-25", "four_weeks", "2025-04-28"), ("2024-01-01", "2024-01-06", "halves", "2024-01-04"),
])  # fmt: skip
def test_the_latest_complete_period_is_compared(first, last, by, current):
    days = pd.Series(pd.date_range(first, last + " 23:00", freq="1h"))
    pair = latest_comparison(days)
    assert pair.by == by and pair.current[0].isoformat() == current
    assert pair.baseline[1] == pair.current[0] - dt.timedelta(1)
    assert pair.n == days.dt.date.between(*pair.current).sum()


def test_the_shop_export(real_data, tmp_path):
    study, words = propose(real_data / "ecommerce_support" / "customer_support_sample.csv", tmp_path)
    columns = study.columns
    assert (columns.rating, columns.at, columns.agent_id) == ("CSAT Score", "Survey_response_Date", "Agent_name")
    assert (columns.started_at, columns.responded_at, columns.comment) == (
        "Issue_reported at",
        "issue_responded",
        "Customer Remarks",
    )
    assert columns.survey_id == "Unique id" and study.scale.rating == "five" and study.data.dayfirst is True
    assert set(study.dimensions) == {
        "channel_name",
        "category",
        "sub_category",
        "supervisor",
        "manager",
        "tenure_bucket",
        "agent_shift",
    }
    assert study.dimension("tenure_bucket").levels == ["On Job Training", "0-30", "31-60", "61-90", ">90"]
    assert study.hierarchies == {"category_tree": ["category", "sub_category"]}
    assert study.metric("response_min").start == "Issue_reported at" and "connected_handling_time" not in study.metrics
    assert (study.question.current, study.question.baseline) == ("2023-08-21/2023-08-27", "2023-08-14/2023-08-20")
    assert "99.7% blank" in words and "635 are negative" in words
    assert read_centre(tmp_path / "study.toml").intake.kept == 17_182


def test_the_call_centre_workbook(real_data, tmp_path):
    study, _ = propose(real_data / "pwc_call_centre" / "01 Call-Center-Dataset.xlsx", tmp_path)
    columns = study.columns
    assert (columns.contact_id, columns.agent_id, columns.at, columns.clock) == ("Call Id", "Agent", "Date", "Time")
    assert (columns.answered, columns.resolved, columns.rating) == ("Answered (Y/N)", "Resolved", "Satisfaction rating")
    assert set(study.dimensions) == {"agent", "topic"} and study.metric("avg_talk_duration").kind == "duration"
    assert (study.question.current, study.question.baseline) == ("2021-03-01/2021-03-31", "2021-02-01/2021-02-28")
    assert read_centre(tmp_path / "study.toml").intake.kept == 5_000


def test_the_telecom_survey(real_data, tmp_path):
    study, words = propose(real_data / "telecom_voice_zh" / "附件1语音业务用户满意度数据.xlsx", tmp_path, lang="zh")
    assert (study.columns.rating, study.scale.rating, study.question.caliber) == ("语音通话整体满意度", "ten", "t10_9")
    assert study.columns.sub_ratings == ["网络覆盖与信号强度", "语音通话清晰度", "语音通话稳定性"]
    assert study.columns.at is None and study.question.current is None and study.question.baseline is None
    assert study.reasons.coding == "numbered" and len(study.reasons.columns) == 15
    assert study.reasons.contradicts == {"是否遇到过网络问题": "2"}
    assert study.dimension("客户星级标识").levels[:3] == ["未评级", "准星", "一星"] and study.dimension(
        "4\\5G用户"
    ).levels == ["2G", "4G", "5G"]
    assert {"是否遇到过网络问题", "语音方式", "终端品牌", "是否关怀用户"} <= set(study.dimensions)
    assert "当月MOU" not in study.metrics and "逐格相同" in words and "VOLTE / VoLTE" in words
    centre = read_centre(tmp_path / "study.toml")
    assert centre.intake.kept == 5_433 and centre.reasons["reason"].nunique() == 15
