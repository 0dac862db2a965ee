"""What `pytest --nbval` leaves out of the comparison: charts, HTML renderings and standard error."""

NOT_COMPARED = ("text/html", "application/vnd.plotly.v1+json", "stderr")


def pytest_collectstart(collector):
    if getattr(collector, "skip_compare", None) is not None:
        collector.skip_compare += NOT_COMPARED
