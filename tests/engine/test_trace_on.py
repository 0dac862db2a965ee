"""One trace of S03, and of its first-contact resolution, finds the same on every engine."""

import importlib.util
import itertools
import os
from functools import cache
from pathlib import Path

import pandas as pd
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
QUESTIONS = {"satisfaction": {}, "first contact": {"question.kpi": "fcr", "question.caliber": "48h"}}


@cache
def world():
    return worlds.make("S03", rng=SEED)


def findings(centre):
    return gather_findings(cs.run_trace(centre))


@cache
def on_duckdb(question):
    return findings(read_centre(world().centre.study.folder, settings=QUESTIONS[question]))


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    """The world's tables in a PostgreSQL server."""
    with server.postgres(tmp_path_factory) as address:
        fill(address, world())
        yield address


def fill(address, made):
    """Every table of the study as a table of the server, under its own name."""
    centre = made.centre
    for name, source in centre.study.data.tables().items():
        sql = centre.engine.source_of_parquet(centre.study.folder / source)
        types = {column: engines.TYPES[kind] for column, kind in centre.engine.columns(sql).items()}
        server.load(address, name, whole(centre.engine.query(sql), types), types)


def whole(frame, types):
    """Whole numbers that lost their type to a gap."""
    return frame.astype({name: "Int64" for name, kind in types.items() if kind == "INTEGER"})


def in_warehouse(study):
    """The study of the same tables, in the server that the environment names."""
    tables = {name: Database(database="env:WAREHOUSE", table=name) for name in study.data.tables()}
    return study.model_copy(update={"data": study.data.model_copy(update=tables)})


@pytest.mark.parametrize("question", QUESTIONS)
def test_postgres_finds_the_same(question, warehouse, monkeypatch):
    monkeypatch.setenv("WAREHOUSE", warehouse)
    centre = read_centre(in_warehouse(world().centre.study), settings=QUESTIONS[question])
    assert centre.engine.dialect == "postgres"
    with centre.engine:
        same.assert_same_findings(findings(centre), on_duckdb(question))


@pytest.mark.parametrize("question", QUESTIONS)
def test_clickhouse_finds_the_same(question):
    server.needs("chdb", extra="clickhouse")
    from ccsat.engine.clickhouse import ClickHouseEngine

    with ClickHouseEngine() as engine:
        centre = read_centre(world().centre.study.folder, settings=QUESTIONS[question], engine=engine)
        same.assert_same_findings(findings(centre), on_duckdb(question))
