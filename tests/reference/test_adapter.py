"""Every answer of R, through the public methods; and the adapter sees what is wrong."""

import importlib.util
import json
import re
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
    assert len(list(adapter.misses(entry, {}))) == 6 - 1


RENAMED = ("csat", "handle_min", "wait_min", "agent_id", "month", "renew",
           "sat_1", "solved_2", "score_3", "qa_1", "channel_1", "grp", "esc")  # fmt: skip


def test_columns_may_have_other_names():
    """Column names come from `vars` and `meta.roles`: the same data under other names give the same score."""
    pattern = re.compile(rf"\b({'|'.join(RENAMED)})\b")
    other = json.loads(pattern.sub(r"my_\1", json.dumps({"meta": META, "expected": ENTRIES})))
    data = {name: table.rename(columns={column: f"my_{column}" for column in RENAMED}) for name, table in DATA.items()}
    assert sum(len(set(table.columns) - set(DATA[name].columns)) for name, table in data.items()) == len(RENAMED)
    for id, entry in other["expected"].items():
        got = CALLS[id]({name: table.copy() for name, table in data.items()}, entry, other["meta"])
        assert list(adapter.misses(entry, got)) == [], id
