"""Figures show the answer's own numbers, in the session's language; charts are tested as data."""

import math

import pytest

import ccsat as cs
from ccsat.centre import read_centre
from ccsat.figures import plot, plot_cells
from ccsat.wording import speaking


@pytest.fixture(scope="module")
def trace(request):
    return cs.run_trace(read_centre(request.config.rootpath / "data/s03_charging"))


def test_the_waterfall_leads_from_baseline_to_current(trace):
    bar = plot(trace.where).data[0]
    assert len(bar.x) == len(trace.where.cells) + 3
    base, size = list(bar.base), list(bar.y)
    assert base[-1] + size[-1] == pytest.approx(base[-2] + size[-2])  # the last step ends at the current value
    assert size[-1] == pytest.approx(100 * trace.check.headline.headline["current"].value)
    assert size[0] == pytest.approx(100 * trace.check.headline.headline["baseline"].value)
    assert math.fsum(size[1:-1]) == pytest.approx(100 * trace.where.total)


def test_the_trend_has_every_week_with_its_interval(trace):
    trend = cs.trend(trace.centre, trace.asked)
    figure = plot(trend)
    assert len(trend.table) == 12 and list(figure.data[1].y) == pytest.approx(list(100 * trend.table["value"]))
    assert len(figure.data[0].x) == 24  # the band: upper edge and lower edge
    assert len(figure.layout.shapes) == 3  # baseline, current and the target


def test_reasons_are_drawn_with_their_intervals(trace):
    bar = plot(trace.ledgers["reason"]).data[0]
    top = trace.ledgers["reason"].table.iloc[0]
    assert max(bar.x) == pytest.approx(100 * top["points"])
    assert bar.x[-1] + bar.error_x.array[-1] == pytest.approx(100 * top["upper"])


def test_the_plan_adds_the_whole_beside_its_parts(trace):
    bar = plot(trace.plan).data[0]
    assert bar.x[-1] == pytest.approx(100 * trace.plan.expected_points) and len(bar.x) == len(trace.plan.table) + 1


def test_cells_beyond_chance_are_coloured(trace):
    shown = plot_cells(trace.where).data[0]
    assert len(shown.x) <= 14 and len(set(shown.marker.color)) >= 2
    assert any("vas_charge" in label for label in shown.y)


def test_measures_and_checks_have_figures_too(trace):
    shown = plot(cs.measure(trace.centre, trace.asked, by="channel"))
    assert len(shown.data[0].x) == 2
    assert list(plot(trace.check).data[0].x)[-1] == pytest.approx(100 * trace.check.change.value)


def test_words_in_figures_follow_the_language(trace):
    with speaking("zh"):
        zh = plot(trace.where).layout.title.text
    with speaking("en"):
        en = plot(trace.where).layout.title.text
    assert "满意率" in zh and "satisfaction rate" in en


def test_an_answer_without_a_figure_says_so(trace):
    with pytest.raises(TypeError, match="Why"):
        plot(trace.why)
