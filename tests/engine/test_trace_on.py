"""One trace of satisfaction (S03), and one of first-contact resolution (S07), find the same on every engine."""

import importlib.util
from functools import cache
from pathlib import Path

import pytest

import ccsat as cs
from ccsat import worlds
from ccsat.centre import read_centre
from ccsat.findings import gather_findings
from ccsat.study import Database

pytestmark = pytest.mark.slow


def load(name):
    spec = importlib.util.spec_from_file_location(f"engine_{name}", Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


server, same, engines = load("server"), load("same"), load("engines")
SEED = 101
QUESTIONS = {"satisfaction": ("S03", {}), "first contact": ("S07", {"question.kpi": "fcr", "question.caliber": "48h"})}


@cache
def centre_of(world):
    return worlds.make(world, rng=SEED).centre


def findings(centre):
    return gather_findings(cs.run_trace(centre))


@cache
def on_duckdb(question):
    """What the other engines must find: a change that is real, in one cell."""
    world, settings = QUESTIONS[question]
    found = findings(read_centre(centre_of(world).study.folder, settings=settings))
    assert found["check"]["verdict"] == "real" and len(found["cells"]) == 1
    return found


def fill(address, centre):
    """Every table of the study as a table of the server, under its own name."""
    for name, source in centre.study.data.tables().items():
        sql = centre.engine.source_of_parquet(centre.study.folder / source)
        types = {column: engines.TYPES[kind] for column, kind in centre.engine.columns(sql).items()}
        whole = {column: "Int64" for column, kind in types.items() if kind == "INTEGER"}
        server.load(address, name, centre.engine.query(sql).astype(whole), types)


def in_warehouse(study):
    """The study of the same tables, in the server that the environment names."""
    tables = {name: Database(database="env:WAREHOUSE", table=name) for name in study.data.tables()}
    return study.model_copy(update={"data": study.data.model_copy(update=tables)})


@pytest.mark.parametrize("question", QUESTIONS)
def test_postgres_finds_the_same(question, tmp_path_factory, monkeypatch):
    world, settings = QUESTIONS[question]
    with server.postgres(tmp_path_factory) as address:
        fill(address, centre_of(world))
        monkeypatch.setenv("WAREHOUSE", address)
        centre = read_centre(in_warehouse(centre_of(world).study), settings=settings)
        assert centre.engine.dialect == "postgres"
        with centre.engine:
            same.assert_same_findings(findings(centre), on_duckdb(question))


@pytest.mark.parametrize("question", QUESTIONS)
def test_clickhouse_finds_the_same(question):
    server.needs("chdb", extra="clickhouse")
    from ccsat.engine.clickhouse import ClickHouseEngine

    world, settings = QUESTIONS[question]
    with ClickHouseEngine() as engine:
        centre = read_centre(centre_of(world).study.folder, settings=settings, engine=engine)
        same.assert_same_findings(findings(centre), on_duckdb(question))


def test_a_difference_is_named_by_its_place():
    found = {"cells": [{"n": 3, "points": 0.1}], "timings": {"a": 1.0}}
    same.assert_same_findings(found, {"cells": [{"n": 3, "points": 0.1 + 1e-11}], "timings": {"a": 2.0}})
    for other in (
        {"n": 4, "points": 0.1},
        {"n": 3, "points": 0.1001},
        {"n": 3.0, "points": 0.1},
        {"n": 3, "points": 0.1, "more": None},
        {"n": True, "points": 0.1},
    ):
        with pytest.raises(AssertionError, match=r"\.cells\[0\]\."):
            same.assert_same_findings(found, {"cells": [other]})
