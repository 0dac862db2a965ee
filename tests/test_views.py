"""Tables and sentences for managers: escaped, rounded once, closed by a total, in the session's language."""

import re

import pytest

import ccsat as cs
from ccsat import scheduled, views
from ccsat.centre import read_centre
from ccsat.wording import percent, points, speaking


@pytest.fixture(scope="module")
def trace(request):
    return cs.run_trace(read_centre(request.config.rootpath / "data/s03_charging"))


def test_words_from_data_are_escaped():
    shown = views.View(("<b>",), (("<script>alert(1)</script>",),))._repr_html_()
    assert "<script>" not in shown and "&lt;script&gt;" in shown and "&lt;b&gt;" in shown


def test_cells_close_in_the_table_too(trace):
    rows = views.show_cells(trace).rows
    assert [row[5] for row in rows[-2:]] == [points(trace.where.remainder, "rate"), points(trace.where.total, "rate")]
    assert rows[0][1] == "biz_l2 = vas_charge" and rows[0][2] == f"{trace.where.cells['n'].iloc[0]:,.0f}"


def test_a_split_folds_the_rest_into_one_row_that_still_closes(trace):
    ledger = trace.ledgers["change/biz_l2"]
    rows = views.show_split(ledger, most=3).rows
    assert len(rows) == 5 and rows[-1][-1] == points(ledger.total, "rate")
    shown = sum(float(row[-1]) for row in rows[:-1])
    assert shown == pytest.approx(100 * ledger.total, abs=0.03)  # five rounded numbers


def test_reasons_carry_owner_and_share(trace):
    rows = views.show_reasons(trace.ledgers["reason"]).rows
    assert rows[-1][4] == percent(1.0) and {"billing and product", "agent"} <= {row[5] for row in rows}


def test_every_view_speaks_both_languages(trace):
    shown = [
        lambda: views.show_check(trace.check), lambda: views.show_kpis(trace.kpis), lambda: views.show_cells(trace),
        lambda: views.show_causes(trace), lambda: views.show_plan(trace), lambda: views.show_ruled_out(trace),
        lambda: views.show_caveats(trace), lambda: views.show_intake(trace.centre), lambda: views.show_biggest_split(trace),
        lambda: views.show_answer(trace), lambda: views.show_fair(trace.ledgers["fair_targets"]),
    ]  # fmt: skip
    for show in shown:
        with speaking("zh"):
            zh = show()
        with speaking("en"):
            en = show()
        assert re.search(r"[\u4e00-\u9fff]", repr(zh)) and len(zh.rows) == len(en.rows)
        assert not re.search(r"[\u4e00-\u9fff]", repr(en)), repr(en)


def test_a_trace_that_stopped_says_why_it_went_no_further(trace, tmp_path):
    from dataclasses import replace

    from ccsat.stages.check import Verdict

    stopped = replace(trace, check=replace(trace.check, verdict=Verdict.NONE), why=None, plan=None)
    assert "no change" in repr(views.show_causes(stopped)) and "no change" in repr(views.show_plan(stopped))


def test_the_run_is_filed_under_its_day(trace):
    assert scheduled.day_of(trace) == "2025-05-25" and scheduled.day_of(trace, "2025-06-01") == "2025-06-01"
