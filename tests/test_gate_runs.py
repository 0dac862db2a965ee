"""The data gate through the command line: published, exit 5, never the latest; and overruled on request."""

import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A centre whose survey changed in two regions, and nothing else."""
    folder = tmp_path_factory.mktemp("gate")
    rng = np.random.default_rng(0)
    day = pd.Timestamp("2024-05-01") + pd.to_timedelta(rng.integers(0, 61, 12_000), unit="D")
    rows = pd.DataFrame(
        {"id": range(12_000), "day": day.strftime("%Y-%m-%d"), "region": rng.choice(list("ABCD"), 12_000)}
    )
    worse = (rows["day"] >= "2024-06-01") & rows["region"].isin(["A", "B"])
    rows["rating"] = np.where(rng.random(12_000) < np.where(worse, 0.20, 0.08), 2, 5)
    rows.to_csv(folder / "export.csv", index=False)
    (folder / "gate.toml").write_text(
        """
[data]
surveys = "export.csv"
[columns]
survey_id = "id"
at = "day"
rating = "rating"
[scale]
rating = "five"
[dimensions]
region = "region"
[question]
current = "2024-06"
baseline = "2024-05"
[[changes]]
change_id = "I1"
at = "2024-06-01"
kind = "survey_instrument"
scope = "region=A|B"
""",
        encoding="utf-8",
    )
    return folder


def trace(folder, *words):
    return subprocess.run(
        [sys.executable, "-m", "ccsat.cli", "trace", "gate.toml", "--out", "runs", *words],
        cwd=folder, capture_output=True, text=True, encoding="utf-8", env={**os.environ, "PYTHONUTF8": "1"},
    )  # fmt: skip


def test_an_artefact_is_published_with_exit_5_and_is_not_the_latest(folder):
    run = trace(folder)
    assert run.returncode == 5, run.stderr
    (published,) = (folder / "runs" / "gate").glob("2024-06-30/*/findings.json")
    found = json.loads(published.read_text(encoding="utf-8"))
    assert found["check"]["verdict"] == "artefact" and found["cells"] == found["causes"] == []
    assert found["remainder"] == found["total"] == found["kpi"]["change"]["value"]
    assert not (folder / "runs" / "gate" / "latest.txt").exists()
    assert (published.parent / "report.html").is_file() and "survey" in (published.parent / "report.html").read_text(
        encoding="utf-8"
    )


def test_it_goes_on_when_told_and_marks_every_later_finding(folder):
    run = trace(folder, "--go-on", "--lang", "zh")
    assert run.returncode == 0, run.stderr
    found = [
        json.loads(path.read_text(encoding="utf-8"))
        for path in (folder / "runs" / "gate").glob("2024-06-30/*/findings.json")
    ]
    forced = next(one for one in found if one["check"]["forced"])
    assert forced["check"]["verdict"] == "artefact" and "数据问题" in forced["caveats"][0]
