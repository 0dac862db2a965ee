"""The whole trace on invented centres: finds what was planted, is silent when nothing was, and closes."""

import json
import math

import pytest

import ccsat as cs
from ccsat import worlds
from ccsat.centre import read_centre
from ccsat.findings import gather_findings
from ccsat.tracetable import COLUMNS, headers, trace_table
from ccsat.wording import speaking

BUNDLED = "data/s03_charging"
KPI = {"key", "caliber", "better", "unit", "current", "baseline", "target", "change", "gap"}


@pytest.fixture(scope="module")
def trace(request):
    return cs.run_trace(read_centre(request.config.rootpath / BUNDLED))


@pytest.fixture(scope="module")
def found(trace):
    return gather_findings(trace, as_of="2025-05-25")


def test_the_bundled_centre_is_traced_to_its_planted_cause(trace, found):
    assert found["check"]["verdict"] == "real"
    top = [cell["where"] for cell in found["cells"][:3]]
    assert any(where.get("biz_l2") in ("vas_charge", ["vas_charge"]) for where in top), top
    causes = {cause["id"]: cause for cause in found["causes"][:3]}
    assert "change:CH-107" in causes
    cause = causes["change:CH-107"]
    assert cause["grade"] in "ABC" and cause["wording"] in ("confirmed", "probable")
    assert cause["gap_type"] == "design" and cause["chain"][-1]["changeable"]
    assert cause["points"] < 0 and trace.plan.expected_points > 0
    assert {"b1"} <= {action["id"] for action in found["plan"]["actions"]}


def test_changes_that_do_not_fit_are_ruled_out_with_the_reason(trace):
    out = {one["id"]: one["why"] for one in trace.why.ruled_out}
    changes = {why for id, why in out.items() if id.startswith("change:")}
    assert len(out) >= 5 and {"timing", "scope"} <= changes <= {"timing", "scope", "agents_along"}
    assert "change:CH-107" not in out


def test_findings_close_and_are_plain_json(found):
    assert KPI <= set(found["kpi"])
    assert found["kpi"]["change"]["value"] == pytest.approx(
        found["kpi"]["current"]["value"] - found["kpi"]["baseline"]["value"], abs=1e-12
    )
    assert sum(cell["points"] for cell in found["cells"]) + found["remainder"] == pytest.approx(
        found["kpi"]["change"]["value"], abs=1e-9
    )
    for ledger in found["ledgers"]:
        assert sum(row["points"] for row in ledger["rows"]) == pytest.approx(ledger["total"], abs=1e-9), ledger["key"]
    assert {"reason", "owner", "cells"} <= {ledger["key"] for ledger in found["ledgers"]}
    assert found["intake"]["read"] == found["intake"]["kept"] + sum(one["n"] for one in found["intake"]["set_aside"])
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_every_value_carries_n_and_an_interval(found):
    for kpi in [found["kpi"], *found["kpis"]]:
        current = kpi["current"]
        assert current["n"] > 0 and current["lower"] <= current["value"] <= current["upper"], kpi["key"]
    for cell in found["cells"]:
        assert cell["n"] >= 30 and cell["lower"] <= cell["points"] <= cell["upper"]


def test_the_trace_table_has_its_33_columns_and_closes(trace):
    table = trace_table(trace, as_of="2025-05-25")
    assert list(table.columns) == list(COLUMNS) and len(COLUMNS) == 33
    assert headers()["cell"] == ("定位单元", "cell")
    assert math.fsum(table["points"].astype(float)) == pytest.approx(trace.where.total, abs=1e-9)
    assert set(table["gap"]) == {trace.where.total}


def test_the_words_follow_the_language_and_the_numbers_do_not(trace):
    tables = {}
    for lang in ("zh", "en"):
        with speaking(lang):
            tables[lang] = trace_table(trace, as_of="2025-05-25")
    assert (tables["zh"]["points"] == tables["en"]["points"]).all()
    assert "满意率" in set(tables["zh"]["kpi"]) and "satisfaction rate" in set(tables["en"]["kpi"])


def test_a_world_without_a_change_names_nothing():
    trace = cs.run_trace(worlds.make("S00", rng=3).centre)
    found = gather_findings(trace)
    assert found["check"]["verdict"] == "none"
    assert found["cells"] == [] and found["causes"] == [] and found["plan"]["actions"] == []
    assert found["remainder"] == found["total"] == found["kpi"]["change"]["value"]
    assert len(found["ledgers"]) > 3


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_other_seeds_are_traced_too(seed):
    trace = cs.run_trace(worlds.make("S03", rng=seed).centre)
    if trace.check.verdict != "real":
        pytest.fail(f"seed {seed}: {trace.check.sentence()}")
    assert any(cell.get("biz_l2") in ("vas_charge", ["vas_charge"]) for cell in trace.where.cells["where"].head(3))
    assert "change:CH-107" in [cause.id for cause in trace.why.causes[:3]]


@pytest.mark.slow
def test_no_change_is_found_in_most_worlds_without_one():
    named = [seed for seed in range(20, 30) if len(cs.run_trace(worlds.make("S00", rng=seed).centre).where.cells)]
    assert len(named) <= 2, named
