"""The rows of every indicator of the catalogue are the same on every engine."""

import contextlib
import importlib.util
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from ccsat.centre import read_centre
from ccsat.kpis.catalogue import indicators
from ccsat.kpis.indicator import Indicator
from ccsat.kpis.slices import Slice

pytestmark = pytest.mark.slow


def load(name, folder=Path(__file__).parent):
    spec = importlib.util.spec_from_file_location(f"engine_{name}", folder / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


server, traced, made = load("server"), load("test_trace_on"), load("kpis_world", Path(__file__).parents[1])
ROWS = [key for key, row in indicators().items() if isinstance(row, Indicator)]


@cache
def centre():
    return made.whole_centre()


@contextlib.contextmanager
def postgres(tmp_path_factory, monkeypatch):
    with server.postgres(tmp_path_factory) as address:
        traced.fill(address, centre())
        monkeypatch.setenv("WAREHOUSE", address)
        found = read_centre(traced.in_warehouse(centre().study))
        with found.engine:
            yield found


@contextlib.contextmanager
def clickhouse(tmp_path_factory, monkeypatch):
    server.needs("chdb", extra="clickhouse")
    from ccsat.engine.clickhouse import ClickHouseEngine

    with ClickHouseEngine() as engine:
        yield read_centre(centre().study, engine=engine)


@pytest.fixture(scope="module", params=[postgres, clickhouse], ids=lambda made: made.__name__)
def there(request, tmp_path_factory):
    with pytest.MonkeyPatch.context() as monkeypatch, request.param(tmp_path_factory, monkeypatch) as found:
        yield found


def plain(centre, key):
    """An indicator's rows in one order, whatever the types that their engine has."""
    sql = indicators()[key].rows(centre)
    names = sorted(centre.engine.columns(sql))
    quoted = ", ".join(centre.engine.quote(name) for name in names)
    rows = centre.engine.query(f"SELECT {quoted} FROM ({sql}) q")
    times = [name for name in names if pd.api.types.is_datetime64_any_dtype(rows[name])]
    rows = rows.astype(dict.fromkeys(times, "datetime64[us]"))
    words = rows.astype(object).where(rows.notna(), None)
    numbers = [name for name in names if pd.api.types.is_numeric_dtype(rows[name])]
    words[numbers] = words[numbers].map(lambda value: None if value is None else float(value))
    return words.sort_values(names, key=lambda column: column.map(repr), ignore_index=True)


@cache
def on_duckdb(key):
    return plain(centre(), key)


def test_the_centre_has_rows_of_them_all():
    assert not [key for key in ROWS if not len(on_duckdb(key))]


@pytest.mark.parametrize("key", ROWS)
def test_an_indicator_has_the_same_rows(there, key):
    pd.testing.assert_frame_equal(plain(there, key), on_duckdb(key), check_dtype=False, rtol=1e-9)


@pytest.mark.parametrize("key", [key for key, row in indicators().items() if isinstance(row, Slice)])
def test_a_slice_of_the_ratings_is_the_same(there, key):
    counts = [
        one.engine.query(f"SELECT COUNT(*) AS n FROM ({one.facts}) f WHERE {indicators()[key].condition(one)}")["n"][0]
        for one in (there, centre())
    ]
    assert counts[0] == counts[1]
