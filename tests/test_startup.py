"""What a short command may not load, and that what is loaded in parts says the same as the whole."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ccsat import wording
from ccsat.lean import GRAMMAR
from ccsat.numerics.candidates import build_candidates
from ccsat.numerics.scan import Evidence, Scan
from ccsat.stages.chinese import cut

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("numpy", "pandas", "scipy", "duckdb", "plotly", "statsmodels", "sklearn", "papermill", "nbformat", "rich", "pyarrow", "jieba")  # fmt: skip
AT_END = "import atexit, sys; atexit.register(lambda: print('LOADED', *sys.modules, file=sys.stderr)); "


def loaded(code, *words):
    """Names of the modules that a fresh process has loaded at its end, and what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", AT_END + code, *words], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.rpartition("LOADED ")[2].split()), done.stdout


@pytest.mark.parametrize("words", [("--help",), ("--version",), ("runs", "list", "--out", "OUT"), ("methods",), ("methods", "--outcome", "ordinal"),
                                   ("schedule", "--help"), ("trace", "--help"), ("--lang", "zh", "kpis", "--help")], ids=" ".join)  # fmt: skip
def test_a_short_command_loads_nothing_heavy(words, tmp_path):
    names, said = loaded(
        "from ccsat.cli import main; main()", *(str(tmp_path) if word == "OUT" else word for word in words)
    )
    assert not set(HEAVY) & names
    assert said.strip()


def test_importing_ccsat_loads_nothing_heavy():
    names, _ = loaded("import ccsat")
    assert not set(HEAVY) & names and "pydantic" not in names


def test_the_version_is_told():
    from importlib.metadata import version

    _, said = loaded("from ccsat.cli import main; main()", "--version")
    assert said == f"ccsat {version('ccsat')}\n"


def test_one_word_is_read_without_the_whole_catalogue():
    code = "from ccsat import wording; print(wording.text('period.current', 'en'), len(wording._words) < 500)"
    assert loaded(code)[1].split("\n")[0].endswith("True")


def test_words_read_one_by_one_are_those_of_the_whole_catalogue(monkeypatch):
    whole = {key: words for file, key, words in every_word()}
    monkeypatch.setattr(wording, "_words", {})
    monkeypatch.setattr(wording, "_known", set())
    keys = sorted(whole, key=lambda key: key[::-1])
    assert {key: wording._entry(key) for key in keys} == whole
    assert not wording.has("period.nothing") and wording.term("somebody's own") == "somebody's own"


def every_word():
    import csv
    import tomllib

    folder = Path(wording.__file__).parent
    with (folder / "glossary.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            yield "glossary.csv", "term." + row["key"], {"zh": row["zh"], "en": row["en"]}
    for file in folder.glob("*.toml"):
        for key, words in wording._flat(tomllib.loads(file.read_text(encoding="utf-8"))):
            yield file.name, key, words


def test_notebook_files_are_read_without_the_grammar():
    code = (
        "from ccsat.lean import load_nbformat; n = load_nbformat(); note = n.v4.new_notebook(cells=[n.v4.new_code_cell('1')]); "
        f"n.validate(note); import papermill; print({GRAMMAR!r} in sys.modules)"
    )
    names, said = loaded(code)
    assert said == "False\n" and "jsonschema" in names and GRAMMAR not in names


def test_the_grammar_can_still_be_had_by_others():
    pytest.importorskip("rfc3987_syntax")
    code = "from ccsat.lean import load_nbformat; load_nbformat(); import rfc3987_syntax; print(rfc3987_syntax.is_valid_syntax('iri', 'http://a.b'))"
    assert loaded(code)[1] == "True\n"


def test_chinese_is_cut_as_by_the_whole_dictionary():
    import jieba

    jieba.setLogLevel(60)
    whole = jieba.Tokenizer()
    pieces = [
        "宽带报装后三天没有人上门",
        "充值没到账客服说已经解决了",
        "套餐外流量收费不合理",
        "北京大学生活动中心",
        "㐀㐁没有的字",
    ]
    pieces += [piece for words in wording.catalogue().values() for piece in words["zh"].split("，")[:1]][:400]
    pieces = ["".join(char for char in piece if "\u3400" <= char <= "\u9fff") for piece in pieces]
    assert [cut(piece) for piece in pieces] == [whole.lcut(piece, HMM=False) for piece in pieces]


@pytest.mark.parametrize("baseline", [True, False])
def test_covariances_of_a_few_are_those_of_all(baseline):
    rng = np.random.default_rng(5)
    codes = rng.integers(0, [4, 3, 5], (40, 3))
    candidates = build_candidates(codes, [4, 3, 5], np.ones(40), 1, max_depth=2, exclusive=set())
    amounts = {name: rng.uniform(1, 2, 40) for name in ("shape1", "weight", *(("shape0", "noise0", "third0", "third1") if baseline else ()))}  # fmt: skip
    scan = Scan.of(candidates, Evidence(rng.normal(size=40), residual0=rng.normal(size=40) if baseline else None, **amounts))  # fmt: skip
    some = np.array([0, 3, 7, 11, 20])
    assert np.array_equal(scan.among(some), np.array([scan.covariance(int(cell))[some] for cell in some]))
