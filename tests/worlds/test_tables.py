"""A world's tables and files: documented, the same for the same seed, and without the truth."""

import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pytest import approx

from ccsat import worlds
from ccsat.study import read_study
from ccsat.worlds import cache, write
from ccsat.worlds import company as co

DATA = Path(__file__).parents[2] / "data"


def same(a, b):
    assert list(a) == list(b)
    for name in a:
        pd.testing.assert_frame_equal(a[name], b[name])


def test_same_seed_same_tables(tmp_path, monkeypatch):
    first = worlds.make("S03", rng=3, scale="small")
    again = worlds.make("s03_charging", rng=np.int64(3), scale="small")
    same(first.tables, again.tables)
    monkeypatch.setenv("CCSAT_CACHE", str(tmp_path))  # made anew
    anew = worlds.make("S03", rng=3, scale="small")
    same(first.tables, anew.tables)
    assert first.truth == anew.truth
    assert not first.tables["contacts"].equals(worlds.make("S03", rng=4, scale="small").tables["contacts"])


def test_cache_survives_two_writers_and_none(tmp_path, monkeypatch):
    monkeypatch.setenv("CCSAT_CACHE", str(tmp_path))

    def build(folder):
        (folder / "x").write_text("mine")
        rival = tmp_path / "worlds" / f"k-{cache.sources_version()}"
        rival.mkdir()  # another process was faster
        (rival / "x").write_text("theirs")

    assert (cache.entry("k", build) / "x").read_text() == "theirs"
    assert [p.name[0] for p in (tmp_path / "worlds").iterdir()] == ["k"]
    with pytest.raises(OSError):
        cache.entry("broken", lambda folder: (folder / "no" / "x").write_text(""))
    assert [p.name[0] for p in (tmp_path / "worlds").iterdir()] == ["k"]
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("CCSAT_CACHE", str(blocked))
    folder = cache.entry("k", lambda folder: (folder / "x").write_text("aside"))
    assert (folder / "x").read_text() == "aside"


def test_every_column_is_documented_and_every_level_known(charging):
    words = write.dictionary()
    for name, table in charging.tables.items():
        rows = words[words["table"] == name]
        assert rows["column"].tolist() == table.columns.tolist()
        for _, row in rows[(rows["levels"] != "") & rows["scale"].isin(["N", "O"])].iterrows():
            known = {level.split("=")[0] for level in row["levels"].split(";")}
            assert set(table[row["column"]].dropna().astype(str)) <= known, row["column"]
        for column in rows.loc[rows["scale"] == "K", "column"]:
            assert table[column].dtype == "str"
        for column in rows.loc[rows["scale"] == "T", "column"]:
            assert str(table[column].dtype) == "datetime64[ms]"
        assert (words[["zh", "en", "scale"]] != "").all(axis=None)
    assert set(words["scale"]) <= set("NOIRTKB")
    assert ((words["note_zh"] == "") == (words["note_en"] == "")).all()


def test_tables_belong_together(charging):
    t = charging.tables
    assert t["contacts"]["contact_id"].is_unique and t["surveys"]["survey_id"].is_unique
    assert t["surveys"]["contact_id"].is_unique and t["surveys"]["contact_id"].isin(t["contacts"]["contact_id"]).all()
    assert t["survey_reasons"]["survey_id"].isin(t["surveys"]["survey_id"]).all()
    assert t["contacts"]["customer_id"].isin(t["customers"]["customer_id"]).all()
    assert t["contacts"]["agent_id"].isin(t["agents"]["agent_id"]).all()
    surveys = t["surveys"]
    assert (surveys["rating"].notna() == surveys["answered_at"].notna()).all()
    assert (surveys.loc[surveys["comment"].notna(), "rating"].notna()).all()
    named = surveys[surveys["survey_id"].isin(t["survey_reasons"]["survey_id"])]
    assert named["rating"].between(1, 4).all()
    assert t["survey_reasons"].groupby("survey_id").size().max() <= 3
    starts = t["contacts"]["started_at"]
    assert starts.min() >= pd.Timestamp("2025-03-03") and starts.max() <= pd.Timestamp("2025-05-25 23:59:59")
    assert starts.is_monotonic_increasing


def test_changes_have_decoys_and_scopes_that_can_be_read(charging):
    changes = charging.tables["changes"]
    assert 8 <= len(changes) <= 12 and changes["at"].notna().all() and charging.tables["actions"]["at"].notna().all()
    planted = changes.set_index("change_id").loc["CH-107"]
    assert planted["scope"] == "biz_l2=vas_charge" and planted["at"] == pd.Timestamp("2025-04-28")
    same_week = changes[changes["at"].between("2025-04-28", "2025-05-04 23:59")]
    assert len(same_week) >= 3
    rows = write.dictionary()
    known = {row["column"]: {v.split("=")[0] for v in row["levels"].split(";")} for _, row in rows.iterrows()}
    for scope in pd.concat([changes["scope"], charging.tables["actions"]["scope"]]).dropna():
        for part in scope.split(";"):
            dim, levels = part.split("=")
            assert set(levels.split("|")) <= known[dim]


def test_reminders_follow_the_story(charging):
    bills = charging.tables["bill_items"].merge(charging.tables["customers"][["customer_id", "region"]])
    trials = bills[bills["trial_end_on"].notna()]
    week = (trials["trial_end_on"] - pd.Timestamp("2025-03-03")).dt.days // 7 + 1
    sent = lambda rows: trials.loc[rows, "reminder_sent"].astype(float).mean()
    assert sent(week < 9) > 0.97
    assert sent(week.between(9, 10) & (trials["region"] == "R6")) > 0.9
    assert sent((week >= 9) & trials["region"].isin(["R3", "R4", "R5"])) == 0
    assert sent((week >= 11) & (trials["region"] == "R6")) == 0
    assert sent((week >= 11) & trials["region"].isin(["R1", "R2"])) == approx(0.55, abs=0.05)
    assert bills.loc[bills["trial_end_on"].isna(), "reminder_sent"].isna().all()


def test_written_world_is_complete_and_holds_no_truth(charging, tmp_path):
    for format in write.FORMATS:
        study = charging.write(tmp_path / format, format, lang="en")
        files = {path.name for path in study.parent.iterdir()}
        assert files == {f"{name}.{format}" for name in charging.tables} | {
            "study.toml",
            "library.csv",
            "dictionary.csv",
        }
        text = "".join(
            p.read_text(encoding="utf-8-sig") for p in study.parent.iterdir() if p.suffix in (".csv", ".toml")
        )
        for secret in ("true_effect", "depth_chain", "acceptable", "best_set", "why_wrong"):
            assert secret not in text
    library = pd.read_csv(tmp_path / "csv" / "library.csv")
    assert library.columns.tolist() == [
        "action_id",
        "zh",
        "en",
        "owner",
        "cost",
        "lead_days",
        "p",
        "phi",
        "exclusive_with",
    ]
    assert library.set_index("action_id").loc["b1", "phi"] == "change:CH-107=0.55"
    raw = (tmp_path / "csv" / "surveys.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_study_file_is_accepted(charging, tmp_path, lang):
    study = read_study(charging.write(tmp_path, lang=lang))
    assert study.study.lang == lang and study.solution.library == "library.csv"
    assert study.question.current == co.CURRENT and study.question.baseline == co.BASELINE
    assert set(study.data.tables()) | set(write.LEDGERS) == set(charging.tables)
    plain = tomllib.loads(worlds.make("S00", scale="small").study_text(lang))
    assert "library" not in plain["solution"]


def test_comments_in_both_languages():
    zh, en = (
        worlds.make("S03", rng=2, scale="small", comments=lang).tables["surveys"]["comment"] for lang in ("zh", "en")
    )
    assert (zh.isna() == en.isna()).all() and zh.notna().sum() > 100
    assert en.dropna().str.isascii().all() and not zh.dropna().str.isascii().any()


def test_bundled_centre_is_the_seed_its_note_names():
    words = (DATA / "README.md").read_text(encoding="utf-8")
    assert "--seed 37" in words
    world = worlds.make("S03", rng=37)
    assert -0.023 < world.truth["observed_change_points"] < -0.013
    same(world.tables, write.read_tables(DATA / "s03_charging"))
    assert (DATA / "s03_charging" / "study.toml").read_text(encoding="utf-8") == world.study_text("en")
    words = write.dictionary()
    words = words[words["table"].isin(world.tables)].reset_index(drop=True)
    pd.testing.assert_frame_equal(pd.read_csv(DATA / "dictionary.csv", dtype=str, keep_default_na=False), words)
    assert sum(p.stat().st_size for p in DATA.rglob("*") if p.is_file()) < 8_000_000
    excerpt = sorted(p.stem for p in (DATA / "s03_charging" / "excerpt").glob("*.csv"))
    assert excerpt == sorted(world.tables)
