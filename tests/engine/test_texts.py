"""The SQL texts keep the rules that make them right on every engine."""

import re
from datetime import date, datetime

import pytest

from ccsat.engine import Window, repeats
from ccsat.engine.repeats import Issues
from ccsat.engine.scan import DUCKDB, POSTGRES, Dialect, Scan, is_select
from ccsat.engine.texts import cells, cluster_moments, crosstab, grouping_sets, moments, profile, rows, sample

KINDS = {"at": "time", "a": "text", "b": "integer", "x": "float", "yes": "boolean", "day": "date"}
WINDOWS = (Window("April", date(2024, 4, 1), date(2024, 4, 30)), Window("May", date(2024, 5, 1), date(2024, 5, 31)))
WHERE = {"a": ["it's", None], "b": [1, 2.5], "yes": True, "day": date(2024, 4, 3)}
UNTIL = datetime(2024, 5, 31, 12)
ISSUES = Issues(id="a", customer="a", started="at", ended="at", issue="a", ticket="a", channel="a", counts="b", judged="b", opens="b", fails="b",
                dropped="b")  # fmt: skip
TEXTS = {
    "cells": lambda s: cells(s, {"d0": s.dimension("a")}, "b", min_support=30, limit=10),
    "total": lambda s: cells(s, {}, None),
    "sets": lambda s: grouping_sets(
        s, [("d0",), ("d0", "d1"), ()], {"d0": s.dimension("a"), "d1": s.dimension("yes")}, "b", min_support=30
    ),
    "moments": lambda s: moments(s, {"d0": s.dimension("a")}, ["x", "b", "yes"], {"x": 7.5}),
    "cluster moments": lambda s: cluster_moments(s, {"d0": s.dimension("a")}, "x", 1.0, "a"),
    "crosstab": lambda s: crosstab(s, {"d0": s.coded("b"), "d1": s.coded("yes")}, by_day=True),
    "profile": lambda s: profile(s, list(KINDS)),
    "sample": lambda s: sample(s, {"d0": s.coded("a")}, [s.bytewise("a", "d0")], key="a", most=10, below="7fffffff"),
    "rows": lambda s: rows(s),
    "repeats": lambda s: repeats.counts(
        repeats.rows(s, ISSUES, UNTIL, issue=", ".join, carried={"d0": s.dimension("a")}), ISSUES, UNTIL, ["d0"]
    ),
    "left out of repeats": lambda s: repeats.left_out(s, ISSUES, UNTIL),
}
FORBIDDEN = {
    "FILTER": r"\bFILTER\b",
    "COUNT_IF": r"\bCOUNT_?IF\b",
    "GROUP BY ALL": r"\b(GROUP|ORDER)\s+BY\s+ALL\b",
    "an ordinal": r"\b(GROUP|ORDER|PARTITION)\s+BY\s+(\w+,\s*)*\d",
    "an expression to group by": r"\bGROUP\s+BY\s+(?!GROUPING)(?:(?!HAVING)[\w, ])*\(",
    "an approximate count": r"APPROX",
    "a sum of truth values": r"SUM\(CAST\(\S+ AS BOOL",
    "a dialect's cast": r"::",
}


def scans():
    for dialect in (DUCKDB, POSTGRES):
        for source in ("some.table", "SELECT * FROM t"):
            yield Scan(dialect, source, KINDS)
            yield Scan(dialect, source, KINDS, windows=WINDOWS, where=WHERE)


@pytest.mark.parametrize("rule", FORBIDDEN)
@pytest.mark.parametrize("request_", TEXTS)
def test_a_text_keeps_the_rules(request_, rule):
    for scan in scans():
        assert not re.search(FORBIDDEN[rule], TEXTS[request_](scan), re.IGNORECASE)


@pytest.mark.parametrize("rule,bad", [("FILTER", "COUNT(*) FILTER (WHERE x)"), ("an ordinal", "GROUP BY p, 2"), ("COUNT_IF", "count_if(x)"),
                                      ("an expression to group by", "GROUP BY p, lower(x)"), ("GROUP BY ALL", "group by all")])  # fmt: skip
def test_the_rules_find_what_they_forbid(rule, bad):
    assert re.search(FORBIDDEN[rule], bad, re.IGNORECASE)


@pytest.mark.parametrize("request_", TEXTS)
def test_whole_sums_and_counts_are_cast_outside(request_):
    for scan in scans():
        outermost = TEXTS[request_](scan).split(" FROM ")[0]
        bare = re.sub(r"CAST\((COUNT|SUM)\([^()]*(\([^()]*\))?[^()]*\) AS BIGINT\)", "", outermost)
        assert "COUNT(" not in bare


def test_every_dimension_of_a_set_has_its_grouping_flag():
    text = TEXTS["sets"](next(scans()))
    assert "GROUPING(d0) AS g_d0" in text
    assert "GROUPING(d1) AS g_d1" in text
    assert "GROUPING SETS ((lv, d0), (lv, d0, d1), (lv))" in text


def test_the_cut_of_a_sample_ends_in_a_tie_break():
    text = TEXTS["sample"](Scan(POSTGRES, "t", KINDS))
    assert 'ORDER BY hashed, d0 COLLATE "C" LIMIT 10' in text


def test_only_macros_differ_between_dialects():
    plain = Dialect("plain")
    for make in TEXTS.values():
        ours = make(Scan(POSTGRES, "t", KINDS, windows=WINDOWS, where=WHERE))
        assert ours.replace(' COLLATE "C"', "").replace("DOUBLE PRECISION", "DOUBLE") == make(
            Scan(plain, "t", KINDS, windows=WINDOWS, where=WHERE)
        )


def test_names_and_values_cannot_leave_their_quotes():
    scan = Scan(DUCKDB, 'evil"; DROP TABLE x; --', {'a"b': "text"}, where={'a"b': "'; DROP TABLE x; --"})
    text = rows(scan)
    assert '"evil""; DROP TABLE x; --"' in text
    assert "'''; DROP TABLE x; --'" in text
    assert 'CAST(source."a""b" AS VARCHAR)' in text


@pytest.mark.parametrize(
    "source,answer",
    [("SELECT 1", True), ("  with a as (select 1) select *", True), ("select_2024", False), ("selected", False)],
)
def test_a_source_is_a_select_or_a_name(source, answer):
    assert is_select(source) is answer
