"""`ccsat methods`: the ladder by scale, one method, and the chooser by data, in both languages."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ccsat as cs
from ccsat import cli
from ccsat.wording import set_language

DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.fixture(autouse=True)
def english():
    yield
    set_language("en")


@pytest.fixture
def ccsat(capsys, monkeypatch):
    """Run a command in this process: exit code, standard output, standard error."""

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["ccsat", "methods", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        out = capsys.readouterr()
        return end.value.code or 0, out.out, out.err

    return run


@pytest.fixture
def june(tmp_path):
    rng = np.random.default_rng(1)
    rows = pd.DataFrame(
        {
            "rating": rng.integers(1, 6, 60),
            "channel": rng.choice(["chat", "phone", "bot"], 60),
            "tier": rng.choice(["low", "medium", "high"], 60),
            "wait": rng.exponential(30, 60).round(2),
        }
    )
    rows.to_csv(tmp_path / "june.csv", index=False)
    rows.to_excel(tmp_path / "june.xlsx", index=False)
    rows.to_parquet(tmp_path / "june.parquet", index=False)
    return tmp_path


def test_all_methods_and_one(ccsat):
    code, out, _ = ccsat()
    assert code == 0 and all(f"[{one.key}]" in out for one in cs.METHODS)
    code, out, _ = ccsat("--show", "mann_whitney", "--lang", "zh")
    assert code == 0 and "曼-惠特尼" in out and "Mann and Whitney (1947)" in out and "cluster=None" in out


def test_by_scale_mode_level_and_groups(ccsat):
    _, out, _ = ccsat("--outcome", "ordinal", "--by", "nominal", "--groups", "two", "--level", "intermediate")
    assert (
        "[mann_whitney]" in out
        and "[welch_t]" not in out
        and "[kruskal_wallis]" not in out
        and "[rank_boxes]" not in out
    )
    _, out, _ = ccsat("--outcome", "ordinal", "--other", "interval")
    assert "[spearman]" in out and "[ordered_logit]" in out and "[pearson]" not in out and "[mann_whitney]" not in out
    _, out, _ = ccsat("--mode", "relate", "--outcome", "interval", "--level", "advanced")
    assert "[relative_importance]" in out and "[welch_anova]" not in out


@pytest.mark.parametrize("file", ["june.csv", "june.xlsx", "june.parquet"])
def test_the_data_choose(ccsat, june, file):
    code, out, err = ccsat("--ask", june / file, "--outcome", "rating", "--by", "channel")
    assert (
        code == 0
        and "rating (ordinal), channel (nominal)" in out
        and "[kruskal_wallis]" in out
        and "[welch_anova]" not in out
        and "looks like a rating" in err
    )
    _, out, _ = ccsat("--ask", june / file, "--outcome", "wait", "--by", "tier", "--lang", "zh")
    assert "wait（定距）" in out and "tier（定序）" in out and "[welch_anova]" in out and "正合适" in out
    _, out, _ = ccsat("--ask", june / file, "--outcome", "rating", "--other", "wait,channel", "--level", "advanced")
    assert "[ordered_logit]" in out and "[rank_drivers]" in out
    _, out, err = ccsat("--ask", june / file, "--outcome", "rating", "--by", "channel", "--as-number", "--lang", "en")
    assert "rating (interval)" in out and "[welch_anova]" in out and err == ""


def test_a_study_chooses_by_its_surveys(ccsat):
    code, out, _ = ccsat(
        "--ask", DATA / "s03_charging" / "study.toml", "--outcome", "rating", "--by", "segment", "--lang", "en"
    )
    assert (
        code == 0
        and "rating (ordinal), segment (ordinal)" in out
        and "[jonckheere_terpstra]" in out
        and "[welch_anova]" not in out
    )


@pytest.mark.parametrize(("words", "said"), [
    (("--show", "welch"), "welch_t"), (("--outcome", "rating"), "--ask"), (("--level", "expert"), "advanced"), (("--mode", "explain"), "compare"), (("--groups", "three"), "ordered"),
    (("--ask", "none.csv", "--outcome", "x"), "none.csv"),
])  # fmt: skip
def test_a_wrong_call_is_one_message(ccsat, words, said):
    code, out, err = ccsat(*words)
    assert code == 2 and said in err and out == "" and err.count("Try:") == 1


def test_columns_must_be_there(ccsat, june):
    code, _, err = ccsat("--ask", june / "june.csv", "--outcome", "rating", "--by", "chanel")
    assert code == 2 and "channel" in err
    code, _, err = ccsat("--ask", june / "june.csv")
    assert code == 2 and "--outcome" in err and "rating" in err
