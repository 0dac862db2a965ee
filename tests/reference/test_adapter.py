"""Every answer of R, through the public methods; and the adapter sees what is wrong."""

import importlib.util
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
spec = importlib.util.spec_from_file_location("reference_adapter", HERE / "adapter.py")
adapter = importlib.util.module_from_spec(spec)
spec.loader.exec_module(adapter)

META, ENTRIES, DATA = adapter.read_folder(HERE)
CALLS = adapter.answers()


@pytest.mark.parametrize("id", ENTRIES)
def test_answer_is_within_its_tolerance_of_r(id):
    got = CALLS[id]({name: table.copy() for name, table in DATA.items()}, ENTRIES[id], META)
    assert list(adapter.misses(ENTRIES[id], got)) == []


def test_a_wrong_or_absent_value_is_a_miss():
    entry = {"rtol": 1e-6, "tolerances": {"loose": 0.1, "note": None}, "values": {
        "x": 2.0, "loose": 1.0, "note": 5, "pair": [1, 2], "by": {"a": 1.0}, "word": "up"}}  # fmt: skip
    right = {"x": 2.000001, "loose": 1.09, "pair": [1.0, 2.0], "by": {"a": 1.0}, "word": "up"}
    assert list(adapter.misses(entry, right)) == []
    for name, value in {"x": 2.0001, "loose": 1.2, "pair": [1], "by": {"b": 1}, "word": "down"}.items():
        assert len(list(adapter.misses(entry, {**right, name: value}))) == 1
    assert len(list(adapter.misses(entry, {}))) == 6 - 1 + 0


def test_columns_are_not_named_in_the_code():
    """The same data under other names give the same score: names come from `vars` and `meta.roles`."""
    words = "".join((HERE / f"{area}.py").read_text(encoding="utf-8") for area in adapter.AREAS)
    for column in ("csat", "handle_min", "wait_min", "agent_id", "botfit", "solved_1", "score_2"):
        assert column not in words, column
