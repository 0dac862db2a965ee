"""Every SQL text in ccsat keeps to words that all engines read the same; the texts of the engine itself to stricter rules (test_texts)."""

import ast
import re
from pathlib import Path

import pytest

import ccsat

ROOT = Path(ccsat.__file__).parent
# What is written for one database alone: DuckDB's own marginals, SQLite's registers, other dialects' spelling; the invented worlds make files.
APART = ("engine/duck.py", "engine/onepass.py", "engine/spark.py", "engine/clickhouse.py", "engine/clickhouse_base.py", "engine/clickhouse_server.py", "engine/dbapi.py", "runs/history.py",
         "runs/tables.py", "register/", "worlds/", "workshop/")  # fmt: skip
SQL = re.compile(r"\b(SELECT|CASE WHEN|CAST\(|SUM\(|GROUP BY|FROM \()")
FORBIDDEN = {
    "FILTER: SUM(CASE WHEN ... THEN 1 ELSE 0 END)": r"\bFILTER\s*\(\s*WHERE",
    "COUNT_IF: SUM(CASE WHEN ... THEN 1 ELSE 0 END)": r"\bCOUNT_?IF\(",
    "a sum of truth values": r"SUM\(CAST\([^)]* AS BOOL|BOOL_(OR|AND)\(",
    "GROUP BY ALL": r"\bBY ALL\b",
    "a dialect's cast": r"\w::[A-Za-z]",
    "types of one dialect": r"\bAS (TEXT|INT|REAL|NUMERIC|DOUBLE|DECIMAL)\b",
    "ROUND, which is half to even or half up: FLOOR(x + 0.5)": r"\bROUND\(",
    "CONCAT_WS, where NULL counts or not: COALESCE": r"\bCONCAT_WS\(",
    "an interval times a number: Engine.seconds": r"\*\s*INTERVAL\b|INTERVAL '[^']*' \w+ \*",
    "a day less a day: Engine.seconds": r"AS DATE\) - |\.day - CAST",
    "NaN, which is equal to itself or not": r"'NaN'",
    "words of some dialects": r"\b(ILIKE|QUALIFY|EXCLUDE|LATERAL|DISTINCT ON|ARG_M(IN|AX)|ANY_VALUE|DATE_TRUNC|STRFTIME|TO_CHAR|STRING_AGG|LISTAGG|MEDIAN|APPROX\w*|LIST)\s*\(",
    "letters that are bytes somewhere": r"\b(LENGTH|CHAR_LENGTH|POSITION|STRPOS)\(",
    "functions written for one engine": r"\b(REGEXP_\w+|EPOCH|DATEDIFF|DATE_DIFF|STRUCT_PACK|UNNEST)\(",
}  # fmt: skip


def texts():
    """Every string of the source that is SQL: file, line, and its letters with x for what is filled in."""
    for path in sorted(ROOT.rglob("*.py")):
        place = path.relative_to(ROOT).as_posix()
        if place.startswith(APART):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            letters = None
            if isinstance(node, ast.JoinedStr):
                letters = "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                letters = node.value
            if letters and SQL.search(letters):
                yield place, node.lineno, letters


EVERY = list(texts())


def test_the_texts_are_found():
    assert {place.split("/")[0] for place, _, _ in EVERY} >= {
        "engine",
        "intake",
        "kpis",
        "stages",
        "touchpoints",
    } and len(EVERY) > 150


@pytest.mark.parametrize("rule", FORBIDDEN)
def test_no_text_uses_a_word_that_engines_read_differently(rule):
    assert [
        f"{place}:{line}: {letters[:120]}" for place, line, letters in EVERY if re.search(FORBIDDEN[rule], letters)
    ] == []


@pytest.mark.parametrize("rule,bad", [("FILTER", "COUNT(*) FILTER (WHERE x)"), ("a day less", "CAST(x AS DATE) - CAST(y AS DATE)"), ("ROUND", "CAST(ROUND(x) AS INTEGER)"),
                                      ("an interval", "t + x * INTERVAL '1' HOUR"), ("types", "CAST(x AS TEXT)"), ("words", "SELECT MEDIAN(x)")])  # fmt: skip
def test_the_rules_find_what_they_forbid(rule, bad):
    own = next(pattern for name, pattern in FORBIDDEN.items() if name.startswith(rule))
    assert re.search(own, bad)
