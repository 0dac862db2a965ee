"""PostgreSQL through the DB-API: what it refuses, it refuses in words."""

import importlib.util
import sys
from pathlib import Path

import pandas as pd
import pytest

from ccsat.engine import connect_postgres
from ccsat.errors import EngineError

spec = importlib.util.spec_from_file_location("engine_server", Path(__file__).with_name("server.py"))
server = importlib.util.module_from_spec(spec)
spec.loader.exec_module(server)


def test_an_unreachable_server_is_named_without_its_password():
    with pytest.raises(EngineError, match="127.0.0.1:1/warehouse cannot be reached") as caught:
        connect_postgres("postgresql://someone:s3cret-word@127.0.0.1:1/warehouse", timeout=2)
    assert "s3cret-word" not in str(caught.value)


def test_a_missing_driver_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(EngineError, match=r"'psycopg'.*\n.*ccsat\[postgres\]"):
        connect_postgres("dbname=warehouse")


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with server.postgres(tmp_path_factory) as address:
        frame = pd.DataFrame({"channel": ["chat", "chat", None], "rating": [5, 3, 4]})
        server.load(address, "surveys", frame, {"channel": "TEXT", "rating": "SMALLINT"})
        yield address


@pytest.mark.slow
def test_an_unknown_table_names_the_tables_there_are(address):
    with (
        connect_postgres(address) as engine,
        pytest.raises(EngineError, match="It has: 'surveys'.\n.*near name: surveys"),
    ):
        engine.columns("survey")


@pytest.mark.slow
def test_a_session_only_reads(address):
    with connect_postgres(address) as engine:
        with pytest.raises(EngineError, match="read-only"):
            engine.query("DELETE FROM surveys")
        assert engine.crosstab("surveys", ["channel"])["n"].sum() == 3


@pytest.mark.slow
def test_a_connection_of_the_users_works_after_a_refusal(address):
    import psycopg

    from ccsat.engine import DbApiEngine

    with DbApiEngine(psycopg.connect(address)) as engine:
        with pytest.raises(EngineError, match="nowhere"):
            engine.query("SELECT nowhere FROM surveys")
        assert engine.leaves("public.surveys", ["channel"], outcome="rating")["n"].tolist() == [1, 1, 1]
