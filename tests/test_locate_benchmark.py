"""The localiser's benchmark: what it draws is as it says, a stopped run goes on, and the table marks each bar."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).resolve().parents[1] / "benchmarks"


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))


@pytest.mark.parametrize("family", ["T", "DT", "B0"])
def test_a_drawn_family_is_the_same_for_a_seed_and_moves_its_cells(family):
    import localise_sums

    leaves, dims, cells = localise_sums.DRAW[family](np.random.default_rng(5))
    again = localise_sums.DRAW[family](np.random.default_rng(5))
    assert again[0].equals(leaves) and again[2] == cells and set(dims) <= set(leaves.columns)
    real, predict = ("real_a", "predict_a") if family == "DT" else ("real", "predict")
    hit = np.logical_or.reduce([localise_sums.inside(leaves, cell) for cell in cells])
    moved = (leaves[real] - leaves[predict]).abs()
    held = hit & (leaves[predict] > 1)
    assert moved[held].sum() / leaves.loc[held, predict].sum() > 2 * moved[~hit].sum() / leaves.loc[~hit, predict].sum()


def test_the_table_marks_goal_minimum_and_miss():
    import localise_table

    record = {
        "rows": 0,
        "top": False,
        "verdict": "local",
        "strong": [],
        "covered": [],
        "steady": [],
        "closing": 0.0,
        "cpu": 0.04,
        "alarm": True,
    }
    records = [
        record | {"family": "T", "hits": 82, "found": 100, "planted": 100},
        record | {"family": "DT", "hits": 1, "found": 1, "planted": 1, "closing": 1e-3},
        record | {"family": "plain", "rows": 2_000, "hits": 0, "found": 1, "planted": 0},
    ]
    lines = localise_table.markdown(records).splitlines()
    assert "| 0.820 ~ |" in lines[2] and lines[2].endswith("| 0.040 ✓ |")
    assert "| 1.000 ✓ |" in lines[3] and "| 1e-03 ✗ |" in lines[3]
    assert "| null: plain | 2,000 | 1 |" in lines[4] and "| 100.0% ✗ |" in lines[4]


def test_a_stopped_run_goes_on_where_it_was(tmp_path):
    command = [
        sys.executable,
        str(FOLDER / "localise.py"),
        "--quick",
        "--families",
        "T",
        "--out",
        str(tmp_path),
        "--seed",
        "9",
    ]
    first = subprocess.run([*command, "--seconds", "0.05"], capture_output=True, text=True, check=True)
    assert "jobs are left" in first.stdout
    before = (tmp_path / "records.jsonl").read_text().splitlines()
    with (tmp_path / "records.jsonl").open("a") as sheet:
        sheet.write(json.dumps(json.loads(before[0])) + "\n")  # cut off before its job was done
    second = subprocess.run(command, capture_output=True, text=True, check=True)
    after = (tmp_path / "records.jsonl").read_text().splitlines()
    assert after[: len(before)] == before and "jobs are left" not in second.stdout
    assert sum('"family"' in line for line in after) == 10
    other = subprocess.run([*command[:-1], "10"], capture_output=True, text=True)
    assert other.returncode != 0 and "another --out" in other.stderr


def test_b0_has_the_shape_of_the_published_files():
    import localise_sums

    for seed in range(3):
        leaves, dims, cells = localise_sums.draw_b0(np.random.default_rng(seed))
        there = leaves["predict"][leaves["predict"] > 0]
        assert 0.25 < (leaves["predict"] == 0).mean() < 0.45  # published: 0.36, settled by two dimensions
        assert leaves.assign(zero=leaves["predict"] == 0).groupby(["b", "c"])["zero"].mean().eq(1).mean() > 0.15
        assert 10 < there.median() < 35 and 500 < there.quantile(0.9) < 2_000
        for cell in cells:
            assert (leaves.loc[localise_sums.inside(leaves, cell), "predict"] > 0).mean() >= 0.5


def test_no_two_unions_take_their_values_from_the_same_siblings():
    import localise_families

    for seed in range(30):
        drawn = localise_families.draw(np.random.default_rng(seed), "unions", 2_000)
        families = [(frozenset(cell["where"]), *sorted((dim, *levels) for dim, levels in cell["where"].items() if len(levels) == 1))
                    for cell in drawn.planted]  # fmt: skip
        assert len(set(families)) == len(families)


def test_published_files_are_read_by_setting_and_number(tmp_path, monkeypatch):
    import localise

    for setting in ("layer_1", "layer_2"):
        folder = tmp_path / setting
        folder.mkdir()
        lines = ["set,timestamp", *(f"a=a{k}&b=b1;c=c2,{1000 + k}" for k in reversed(range(localise.FIRST_FILE + 2)))]
        (folder / "injection_info.csv").write_text("\n".join(lines))
        number = 1000 + localise.FIRST_FILE + 1
        (folder / f"{number}.csv").write_text("real,predict,a,b,c\n1,2,a1,b1,c2\n")
    monkeypatch.setenv("CCSAT_B0", str(tmp_path))
    leaves, dims, planted = localise._published(3)  # the second setting's second
    assert dims == ["a", "b", "c"] and len(leaves) == 1
    assert planted == [{"where": {"a": f"a{localise.FIRST_FILE + 1}", "b": "b1"}}, {"where": {"c": "c2"}}]
