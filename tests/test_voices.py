"""Words of comments: what sets a cell apart, in Chinese and English, and what never reaches a report."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact

import ccsat as cs
from ccsat.cells import ask
from ccsat.centre import read_centre
from ccsat.errors import ColumnError, DataError
from ccsat.numerics.distinct import exact_p, log_odds
from ccsat.stages.agent_voice import compare_notes, voice_evidence
from ccsat.stages.comments import distinctive_words, words_evidence
from ccsat.stages.tokens import mask, shorten, split_words
from ccsat.stages.word_table import Body, compare_words
from ccsat.study import check_study
from ccsat.wording import speaking, text

JUNE, MAY = "2024-06-01/2024-06-30", "2024-05-01/2024-05-31"


# Words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("comment", "there", "gone"),
    [
        ("问题还是没解决，说了半天", {"问题", "没解决"}, {"解决", "还是", "没"}),
        ("没有给我解决", {"没解决"}, {"解决", "给", "我"}),
        ("到期了也不提醒直接扣费", {"到期", "不提醒", "扣费"}, {"提醒"}),
        ("Still not solved, no call back!", {"not solved", "no call"}, {"solved", "still"}),
        ("They didn't remind me.", {"not remind"}, {"remind", "didn", "they"}),
        ("APP闪退，customer service不理人", {"app", "闪退", "customer service", "不理"}, {"APP"}),
        ("等了20分钟", {"分钟"}, {"20"}),
        ("。。！！", set(), set()),
    ],
)
def test_words_of_a_comment_keep_their_negation(comment, there, gone):
    words = set(split_words(comment))
    assert there <= words and not gone & words


def test_pairs_of_words_do_not_cross_a_mark():
    assert "扣费客服" not in split_words("直接扣费。客服") and "直接扣" in split_words("直接扣费。客服")


@pytest.mark.parametrize(
    "secret",
    ["13800138000", "138 0013 8000", "１３８００１３８０００", "010-6552-9988", "a.b@c.com", "https://x.cn/u?id=1", "C0000043", "440106199001011234", "+44 20 7946 0958"],
)  # fmt: skip
def test_what_tells_a_person_is_masked_in_quotations_and_words(secret):
    comment = f"我的号码是{secret}，一直没人联系"
    assert secret not in mask(comment) and "***" in mask(comment)
    assert not any(part in word for word in split_words(comment) for part in (secret.lower(), "c0000043"))


@pytest.mark.parametrize(
    ("comment", "name"),
    [("我叫王小明，请回电", "王小明"), ("上次是张先生接的", "张"), ("I spoke to John Smith twice", "John Smith"), ("Mr. Brown was rude", "Brown")],
)  # fmt: skip
def test_names_beside_a_title_are_masked(comment, name):
    assert name in comment and name not in mask(comment)


def test_a_mask_leaves_plain_numbers_and_marks_alone():
    assert mask("等了20分钟，说好24小时内回电！") == "等了20分钟，说好24小时内回电！"


def test_a_long_comment_is_cut_around_what_matters():
    long = "前面说了很多无关紧要的话。" * 12 + "到期了也不提醒就扣费"
    cut = shorten(long, ("不提醒",))
    assert "不提醒" in cut and cut.startswith("…") and len(cut) < 70
    assert shorten("short one") == "short one"


# Log-odds -------------------------------------------------------------------------------------


def test_log_odds_by_hand():
    value, error = log_odds(np.array([12]), np.array([20]), 60, 1000, prior=10.0)
    worth = 10 * 32 / 1060
    here, there = 12 + worth, 20 + worth
    left, left_there = 60 + 10 - here, 1000 + 10 - there
    assert value[0] == pytest.approx(math.log(here / left) - math.log(there / left_there), abs=1e-12)
    assert error[0] == pytest.approx(math.sqrt(1 / here + 1 / there + 1 / left + 1 / left_there), abs=1e-12)


def test_the_prior_shrinks_and_equal_shares_are_none():
    weak, _ = log_odds(np.array([3]), np.array([0]), 30, 300, prior=1.0)
    strong, _ = log_odds(np.array([3]), np.array([0]), 30, 300, prior=100.0)
    same, _ = log_odds(np.array([3]), np.array([30]), 30, 300)
    assert weak[0] > strong[0] > 0 and same[0] == pytest.approx(0, abs=1e-12)


def test_exact_p_is_fishers_less_half_the_point():
    p = exact_p(np.array([8]), np.array([4]), 20, 100)
    greater = fisher_exact([[8, 12], [4, 96]], alternative="greater")[1]
    more = fisher_exact([[9, 11], [3, 97]], alternative="greater")[1]
    assert p[0] == pytest.approx(greater + more, rel=1e-9)


def test_words_alike_in_both_bodies_are_rarely_called_distinctive():
    rng, found = np.random.default_rng(0), 0
    names = [f"w{i}" for i in range(60)]
    chance = rng.uniform(0.02, 0.3, 60)
    for _ in range(60):
        bodies = [
            Body(
                [frozenset(w for w, p in zip(names, chance, strict=True) if rng.random() < p) for _ in range(n)],
                pd.DataFrame(),
            )
            for n in (60, 120)
        ]
        found += bool(compare_words(*bodies)["distinctive"].any())
    assert found <= 7  # 5 % of 60, with its noise


# Centres --------------------------------------------------------------------------------------

ZH = {
    "old": ["态度不好", "等待太久了", "问题没解决", "网速很慢"],
    "new": ["到期不提醒就扣费，电话13800138000", "体验到期没有短信，直接扣费", "到期也不通知，工号A1023"],
}
EN = {"old": ["rude manner", "waited far too long", "problem not solved", "slow network"],
      "new": ["no reminder before the trial ended, call 13800138000", "trial ended without reminder and I was charged", "charged after the trial, no reminder"]}  # fmt: skip


def centre_of(folder, said, *, n=1200, hide=(), seed=1, fresh=True, reasons=True):
    """Half the surveys are bills; from June the dissatisfied of bills write about something new."""
    rng = np.random.default_rng(seed)
    day = pd.Timestamp("2024-05-01") + pd.to_timedelta(rng.integers(0, 61, n), unit="D")
    rows = pd.DataFrame({"survey_id": [f"s{i}" for i in range(n)], "customer_id": [f"u{i}" for i in range(n)], "day": day.strftime("%Y-%m-%d"),
                         "topic": rng.choice(["bill", "other"], n), "rating": rng.choice([1, 2, 5], n, p=[0.25, 0.25, 0.5])})  # fmt: skip
    new = (rows["day"] >= "2024-06-01") & (rows["topic"] == "bill") & (rng.random(n) < 0.7) & fresh
    rows["comment"] = np.where(new, rng.choice(said["new"], n), rng.choice(said["old"], n))
    rows.loc[rng.random(n) < 0.2, "comment"] = ""
    rows["reason"] = np.where(new, "fee", rng.choice(["manner", "wait"], n)) if reasons else "wait"
    rows.loc[rows["rating"] == 5, "reason"] = ""
    rows["agent_voice"] = np.where(
        new & (rng.random(n) < 0.6), "fee_unclear", rng.choice(["", "system_slow"], n, p=[0.9, 0.1])
    )
    rows.to_csv(folder / "export.csv", index=False)
    content = {"data": {"surveys": "export.csv"}, "scale": {"rating": "five"}, "dimensions": {"topic": "topic"}, "reasons": {"column": "reason"},
               "owners": {"fee": "billing_product", "manner": "agent"}, "question": {"current": JUNE, "baseline": MAY}, "privacy": {"hide": list(hide)},
               "columns": {"survey_id": "survey_id", "customer_id": "customer_id", "at": "day", "rating": "rating", "comment": "comment", "agent_voice": "agent_voice"}}  # fmt: skip
    return read_centre(check_study(content, folder=folder))


WHEN = cs.Question(current=JUNE, baseline=MAY)
BILL = {"topic": "bill"}


@pytest.mark.parametrize(("said", "words"), [(ZH, {"到期", "扣费"}), (EN, {"trial", "charged"})], ids=["zh", "en"])
def test_new_words_of_a_cell_are_found_with_counts_and_typical_quotations(tmp_path, said, words):
    found = distinctive_words(centre_of(tmp_path, said), WHEN, BILL)
    best = found.distinctive
    assert any(
        words & {row.word, *row.word.split()} or any(w in row.word for w in words) for row in best.head(5).itertuples()
    )
    assert (
        (best["n"] > best["n_reference"]).all()
        and (best["n"] <= found.n).all()
        and (best["p_adjusted"].fillna(1) < 0.05).any()
    )
    assert set(best["reason"].dropna()) == {"fee"}
    assert 0 < len(found.quotations) <= 5 and found.quotations["n_alike"].min() >= 1
    shown = " ".join(found.quotations["quotation"])
    assert "13800138000" not in shown and "A1023" not in shown
    assert str(int(best["n"].iloc[0])) in found.sentence()


def test_words_that_a_cell_always_used_are_not_new(tmp_path):
    found = distinctive_words(centre_of(tmp_path, ZH, fresh=False), WHEN, BILL)
    assert found.distinctive.empty and found.quotations.empty
    assert found.n_rest is not None and found.n_reference > 50


def test_a_cells_topic_is_no_news_but_sets_a_level_apart(tmp_path):
    centre = centre_of(tmp_path, ZH)
    rows = pd.read_csv(tmp_path / "export.csv", keep_default_na=False)
    rows["comment"] = np.where(rows["topic"] == "bill", "账单，" + rows["comment"], rows["comment"])
    rows.to_csv(tmp_path / "export.csv", index=False)
    change = distinctive_words(read_centre(centre.study), WHEN, BILL)
    row = change.table.set_index("word").loc["账单"]
    assert not row["distinctive"] and row["against"] == "rest" and not change.distinctive.empty
    level = distinctive_words(read_centre(centre.study), cs.Question(current=JUNE, target=0.9), BILL)
    assert "账单" in set(level.distinctive["word"])


def test_a_level_is_compared_with_the_rest(tmp_path):
    found = distinctive_words(centre_of(tmp_path, ZH), cs.Question(current=JUNE, target=0.9), BILL)
    assert found.n_rest is None and not found.distinctive.empty and set(found.distinctive["against"]) == {"reference"}


def test_hidden_comments_give_words_of_enough_customers_and_no_quotations(tmp_path):
    found = distinctive_words(centre_of(tmp_path, ZH, hide=["comment"]), WHEN, BILL)
    assert found.hidden and found.quotations.empty and not found.distinctive.empty
    assert (found.table["n"] >= 5).all()
    assert ("caveat.words_hidden", {}) in found.caveats


@pytest.mark.parametrize("hide", [[], ["comment"]])
def test_a_cell_without_comments_has_no_words(tmp_path, hide):
    found = distinctive_words(centre_of(tmp_path, ZH, hide=hide), WHEN, {"topic": "nobody asked"})
    assert found.table.empty and found.quotations.empty and found.n == 0 and "0" in found.sentence()


def test_hiding_needs_customers_not_comments(tmp_path):
    centre = centre_of(tmp_path, {"old": ["一般"], "new": ["到期不提醒"]}, hide=["comment"])
    rows = pd.read_csv(tmp_path / "export.csv", keep_default_na=False)
    said = (rows["comment"] == "到期不提醒") & (rows["rating"] < 5)
    assert said.sum() >= 5
    rows.loc[said, "customer_id"] = "one person"
    rows.to_csv(tmp_path / "export.csv", index=False)
    found = distinctive_words(read_centre(centre.study), WHEN, BILL)
    assert "不提醒" not in set(found.table["word"]) and "到期" not in set(found.table["word"])


def test_words_speak_for_a_reason_and_for_a_change_by_its_title_at_grade_d(tmp_path):
    found = distinctive_words(centre_of(tmp_path, ZH), WHEN, BILL)
    fee = words_evidence(found, "reason:fee")
    assert fee.kind == "words" and fee.grade == "D" and fee.values["of"] == found.n and fee.values["p"] < 0.05
    assert words_evidence(found, "reason:manner") is None
    assert words_evidence(found, "change:C1", title="体验包到期提醒短信下线") is not None
    assert words_evidence(found, "change:C2", title="客服中心换班规则") is None
    for lang in ("zh", "en"):
        with speaking(lang):
            assert "{" not in text("evidence.words", **fee.values)


def test_few_comments_are_not_compared(tmp_path):
    found = distinctive_words(centre_of(tmp_path, ZH, n=60), WHEN, BILL)
    assert found.distinctive.empty or min(found.n, found.n_reference) >= 10
    assert any(key == "caveat.words_few" for key, _ in found.caveats)


def test_comments_answer_the_same_twice(tmp_path):
    centre = centre_of(tmp_path, ZH)
    one, two = (distinctive_words(centre, WHEN, BILL) for _ in range(2))
    pd.testing.assert_frame_equal(one.table, two.table)
    pd.testing.assert_frame_equal(one.quotations, two.quotations)


def test_what_is_missing_is_said(tmp_path):
    centre = centre_of(tmp_path, ZH)
    with pytest.raises(DataError, match="who"):
        distinctive_words(centre, WHEN, BILL, who="some")
    bare = check_study(
        {
            **centre.study.model_dump(exclude={"folder"}, exclude_none=True, exclude_unset=True),
            "columns": {"at": "day", "rating": "rating"},
        },
        folder=tmp_path,
    )
    (tmp_path / "export.csv").write_text(
        pd.read_csv(tmp_path / "export.csv").drop(columns=["comment", "agent_voice"]).to_csv(index=False)
    )
    centre = read_centre(bare)
    with pytest.raises(ColumnError, match="comment"):
        distinctive_words(centre, WHEN, BILL)
    with pytest.raises(ColumnError, match="agent_voice"):
        compare_notes(centre, WHEN, BILL)


# Agents' notes --------------------------------------------------------------------------------


def test_agents_note_more_in_the_cell(tmp_path):
    centre = centre_of(tmp_path, ZH)
    voice = compare_notes(centre, WHEN, BILL)
    rows = centre.engine.query(f'SELECT topic, "at", agent_voice FROM ({centre.facts}) f')
    now = rows[(rows["topic"] == "bill") & (rows["at"] >= "2024-06-01")]
    first = voice.apart.iloc[0]
    assert (
        list(voice.apart["note"]) == ["fee_unclear"]
        and first["n"] == (now["agent_voice"] == "fee_unclear").sum()
        and voice.n == len(now)
    )
    assert first["share"] == pytest.approx(first["n"] / voice.n) and first["lower"] > 0 and first["n_reference"] == 0
    evidence = voice_evidence(voice)
    assert evidence.kind == "agent_voice" and evidence.grade == "D" and evidence.values["note"]
    quiet = tmp_path / "quiet"
    quiet.mkdir()
    assert voice_evidence(compare_notes(centre_of(quiet, ZH, fresh=False), WHEN, BILL)) is None


def test_free_notes_are_told_by_their_words(tmp_path):
    centre = centre_of(tmp_path, ZH)
    rows = pd.read_csv(tmp_path / "export.csv", keep_default_na=False)
    fee = rows["agent_voice"] == "fee_unclear"
    rows["agent_voice"] = np.where(fee, "客户 " + rows["survey_id"] + " 反映费用不清", "正常 " + rows["survey_id"])
    rows.to_csv(tmp_path / "export.csv", index=False)
    voice = compare_notes(read_centre(centre.study), WHEN, BILL)
    assert "费用" in set(voice.apart["note"]) and not voice.table["note"].str.contains("s1").any()


def test_a_hidden_note_needs_its_group(tmp_path):
    centre = centre_of(tmp_path, ZH, hide=["agent_voice"])
    assert (compare_notes(centre, WHEN, BILL).table[["n", "n_reference"]].sum(axis=1) >= 5).all()
    assert "fee_unclear" in set(compare_notes(centre, WHEN, BILL).apart["note"])


# A world --------------------------------------------------------------------------------------


def test_s03_customers_of_the_cell_write_of_the_trial_that_ended():
    from ccsat import worlds

    world = worlds.make("S03", rng=101)
    found = distinctive_words(world.centre, ask(world.centre, world.question), {"biz_l2": "vas_charge"})
    assert found.hidden and found.quotations.empty and (found.table["n"] >= 5).all()
    assert {"体验", "到期"} <= set(found.distinctive["word"].head(3))
    title = world.centre.changes.set_index("change_id")["title_zh"]
    said = {name for name in title.index if words_evidence(found, f"change:{name}", title=title[name])}
    assert said == {"CH-107"}
