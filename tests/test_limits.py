"""Limits with words: leaves, counters, memory, levels; and how fast rows go by, where somebody looks."""

import io
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ccsat as cs
from ccsat import progress
from ccsat.cells import ask
from ccsat.centre import read_centre
from ccsat.engine import DuckEngine, Window, duck, onepass
from ccsat.engine.repeats import Issues
from ccsat.errors import DataError, EngineError
from ccsat.question import Question
from ccsat.stages.search import question_leaves, search_cells
from ccsat.wording import speaking

N = 30_000
DAYS = (Window("one", date(2025, 1, 1), date(2025, 1, 31)), Window("two", date(2025, 2, 1), date(2025, 2, 28)))


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(7)
    at = pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 59 * 24, N), unit="h")
    return pd.DataFrame({"id": [f"C{i:06d}" for i in range(N)], "at": at, "customer": rng.integers(0, 9_000, N),
                         "team": rng.choice([f"T{i:02d}" for i in range(40)], N), "skill": rng.choice([f"S{i}" for i in range(90)], N),
                         "channel": rng.choice(["phone", "app", None], N), "rating": rng.integers(1, 6, N)})  # fmt: skip


@pytest.fixture
def engine(table):
    with DuckEngine(threads=2) as made:
        made.register("contacts", table)
        yield made


def both(error):
    return error.value.message("en"), error.value.message("zh")


# Leaves and counters ---------------------------------------------------------------------------


@pytest.mark.parametrize("dense", [5_000_000, 0, -1])
def test_leaves_beyond_the_limit_name_the_dimensions_with_their_levels(engine, monkeypatch, dense):
    monkeypatch.setattr(duck, "DENSE", dense)
    with pytest.raises(EngineError) as error:
        engine.leaves("contacts", ["team", "skill"], outcome="rating", limit=1_000)
    for words in both(error):
        assert (
            "'team' (40)" in words
            and "'skill' (90)" in words
            and "1,000" in words.replace("1000", "1,000")
            and "leaves" in words
        )


def test_a_set_of_more_cells_than_counters_is_refused(engine, table):
    with DuckEngine(threads=2, counters=5_000) as small:
        small.register("contacts", table)
        with pytest.raises(EngineError) as error:
            small.marginals("contacts", [("team",), ("team", "skill")], outcome="rating")
        assert small.marginals("contacts", [("team",)], outcome="rating")[("team",)]["n"].sum() == N
    assert error.value.key == "engine_counters"
    for words in both(error):
        assert "'team' (40), 'skill' (90)" in words and "5000" in words and "counters" in words


@pytest.mark.parametrize("windows", [(), DAYS])
@pytest.mark.parametrize("least", [0, 4])
def test_cells_grouped_by_number_are_those_of_the_counters(engine, monkeypatch, windows, least):
    sets = [("team", "skill", "channel"), ("skill",), ()]
    counted = engine.marginals("contacts", sets, outcome="rating", windows=windows, min_support=least)
    monkeypatch.setattr(duck, "DENSE", -1)
    grouped = engine.marginals("contacts", sets, outcome="rating", windows=windows, min_support=least)
    monkeypatch.setattr(duck, "MOST_LISTED", 10)
    spelled = engine.marginals("contacts", sets, outcome="rating", windows=windows, min_support=least)
    for one in sets:
        pd.testing.assert_frame_equal(grouped[one], counted[one])
        pd.testing.assert_frame_equal(spelled[one], counted[one])


# Memory ---------------------------------------------------------------------------------------

ROWS = "SELECT i AS id, 'x' || (i * 7919 % 1000003) AS name, i % 5 + 1 AS rating, TIMESTAMP '2025-01-01' + to_seconds(i % 5000000) AS at FROM range(3000000) AS r(i)"
ASKED = {
    "query": lambda engine: engine.query(f"SELECT string_agg(name, ',' ORDER BY name) AS s FROM ({ROWS}) q"),
    "marginals": lambda engine: engine.marginals(ROWS, [("name",)], outcome="rating"),
    "leaves": lambda engine: engine.leaves(ROWS, ["name"], outcome="rating"),
    "profile": lambda engine: engine.profile(ROWS, ["name", "id"]),
}


@pytest.mark.parametrize("request_", ASKED)
def test_an_engine_out_of_memory_refuses_in_words_and_goes_on(request_):
    with DuckEngine(memory_limit="12MB", threads=2) as engine:
        with pytest.raises(EngineError) as error:
            ASKED[request_](engine)
        assert engine.query("SELECT 1 AS one")["one"][0] == 1
    assert error.value.key == "engine_memory" and error.value.exit_code == 2
    for words in both(error):
        assert "12MB" in words and "MiB" in words and "[limits] memory" in words


def test_memory_that_runs_out_while_an_answer_is_read_is_the_same_refusal():
    """Arrow hands DuckDB's error on as one of its own; NumPy and pandas have a class of theirs."""
    import pyarrow as pa

    with DuckEngine(memory_limit="20MB") as engine:
        for kind in (pa.ArrowInvalid, OSError):
            with pytest.raises(EngineError, match="20MB"), engine._refusals():
                raise kind("Out of Memory Error: failed to allocate data of size 16.0 MiB (12.5 MiB/19.0 MiB used)")
        with pytest.raises(EngineError, match="20MB"), engine._refusals():
            raise MemoryError
        with pytest.raises(OSError, match="disk"), engine._refusals():
            raise OSError("no disk")


@pytest.mark.parametrize("size", ["nonsense", "2", "1KB", "-1GB", "0GB"])
def test_a_memory_limit_that_is_none_is_refused(size):
    with pytest.raises(EngineError) as error:
        DuckEngine(memory_limit=size)
    for words in both(error):
        assert size in words and "1.5GB" in words


def write_study(folder: Path, table: pd.DataFrame, **limits) -> Path:
    table.assign(city=[f"c{i % 2_000}" for i in range(len(table))]).to_parquet(folder / "rows.parquet")
    lines = ['[study]\nname = "limits"', '[data]\nsurveys = "rows.parquet"', '[columns]\nsurvey_id = "id"\nat = "at"\nrating = "rating"\ncustomer_id = "customer"',
             '[scale]\nrating = "five"', '[dimensions]\nteam = "team"\nskill = "skill"\nchannel = "channel"\ncity = "city"',
             '[question]\ncurrent = "2025-02"\nbaseline = "2025-01"', "[limits]", *(f"{name} = {value!r}" for name, value in limits.items())]  # fmt: skip
    path = folder / "study.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_the_study_says_how_much_memory_the_engine_may_take(tmp_path, table):
    centre = read_centre(write_study(tmp_path, table, memory="700MB", counters=200_000))
    engine = getattr(centre.engine, "engine", centre.engine)
    assert (engine.memory_limit, engine.counters) == ("700MB", 200_000)
    assert "667.5 MiB" in str(engine.query("SELECT current_setting('memory_limit') AS m")["m"][0])


def test_a_command_out_of_memory_ends_with_2_and_publishes_nothing(tmp_path, table):
    study = write_study(tmp_path, table, memory="10MB")
    for command in (["check", str(study)], ["trace", str(study), "--out", str(tmp_path / "runs")]):
        done = subprocess.run(
            [sys.executable, "-m", "ccsat.cli", *command], capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 2, done.stderr
        assert "[limits] memory" in done.stderr and "Traceback" not in done.stderr
    assert not list((tmp_path / "runs").rglob("findings.json")) and not list((tmp_path / "runs").rglob("report.html"))


# Levels ---------------------------------------------------------------------------------------


def test_a_dimension_of_too_many_levels_is_refused_up_to_the_limit(tmp_path, table):
    with pytest.raises(DataError) as error:
        read_centre(write_study(tmp_path, table, levels=1_999))
    for words in both(error):
        assert (
            "city" in words
            and "2000" in words.replace(",", "")
            and "1999" in words.replace(",", "")
            and "[limits] levels" in words
        )
    assert "city" in read_centre(write_study(tmp_path, table, levels=2_000)).dims


# The localiser in two steps --------------------------------------------------------------------


def test_where_leaves_exceed_the_limit_the_localiser_takes_two_steps_and_says_so(tmp_path, table):
    centre = read_centre(write_study(tmp_path, table, leaves=2_000))
    asked = ask(centre, Question.of(centre.study))
    leaves, dims, short = question_leaves(centre, asked)
    assert len(leaves) <= 2_000 and set(dims) < set(centre.dims)
    keys = [key for key, _ in search_cells(centre, asked).caveats]
    assert "caveat.dims_left_out" in keys
    assert leaves["n"].sum() == table["rating"].notna().sum()
    whole = read_centre(write_study(tmp_path, table))
    found = search_cells(whole, ask(whole, Question.of(whole.study)))
    assert not {"caveat.dims_left_out", "caveat.dim_shortened"} & {key for key, _ in found.caveats}


# Shared lines ----------------------------------------------------------------------------------


@pytest.mark.parametrize("most", [1, 3, 20])
def test_shared_lines_are_found_by_counting_hashes_first(engine, table, monkeypatch, most):
    """Many batches: the customers to look at are chosen by counters of their hashes; one batch: all are looked at."""
    own = engine.query(
        'SELECT id, CASE WHEN customer < 600 THEN 0 ELSE customer END AS customer, "at", team FROM contacts'
    )
    engine.register("shared", own)
    issues = Issues(id="id", customer="customer", started="at", ended=None, issue="team", shared=most)
    expected, left = engine.repeats("shared", issues, by=("team",)), engine.repeats_left_out("shared", issues)
    assert (
        left["shared_lines"] > 0
        and engine._suspects(engine._scan("shared", issues.columns(), at="at", timed=True), issues) is None
    )
    monkeypatch.setattr(duck, "BATCH", 2_048)
    monkeypatch.setattr(duck, "FEW", 1)
    for slots in (2**24, 2**8):
        monkeypatch.setattr(duck, "SLOTS", slots)
        assert engine._suspects(engine._scan("shared", issues.columns(), at="at", timed=True), issues) not in (
            None,
            "1 = 0",
        )
        pd.testing.assert_frame_equal(engine.repeats("shared", issues, by=("team",)), expected)
        assert engine.repeats_left_out("shared", issues) == left
    monkeypatch.setattr(duck, "MOST_SLOTS", 0)
    pd.testing.assert_frame_equal(engine.repeats("shared", issues, by=("team",)), expected)


def test_numbers_that_come_often_are_counted_over_batches():
    batches = [np.array([1, 2, 2, 7]), np.array([2, 7, 7]), np.array([3])]
    assert onepass.often(batches, 8, 2).tolist() == [2, 7]
    assert onepass.often(batches[:1], 8, 2, few=4) is None and onepass.often(batches, 8, 2, few=8) is None
    assert onepass.often(batches, 8, 2, few=7).tolist() == [2, 7]


# Progress ----------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_rates_are_told_in_both_languages():
    for lang, words in (("en", "12,400,000 rows read, 3.1M rows/s"), ("zh", "已读入 12,400,000 行，每秒 3.1M 行")):
        with speaking(lang):
            assert progress.rate_words("read", 12_400_000, 4.0) == words
    assert progress.rate_words("located", 1_500, 1.0).endswith("1.5k rows/s") and progress.rate_words(
        "read", 30, 2.0
    ).endswith(" 15 rows/s")


def test_rates_are_told_only_to_a_terminal_and_only_of_what_is_long(monkeypatch):
    for stream, seconds, told in ((Terminal(), 3.0, 1), (Terminal(), 0.5, 0), (io.StringIO(), 3.0, 0)):
        monkeypatch.setattr(sys, "stderr", stream)
        progress.tell_rate("read", 9_000_000, seconds)
        assert len(stream.getvalue().splitlines()) == told


def test_reading_and_locating_tell_their_rate(tmp_path, table, monkeypatch):
    monkeypatch.setattr(progress, "LONG", 0.0)
    monkeypatch.setattr(sys, "stderr", Terminal())
    centre = read_centre(write_study(tmp_path, table))
    cs.locate_gap(centre, Question.of(centre.study))
    read, located = sys.stderr.getvalue().splitlines()
    assert read.startswith("30,000 rows read, ") and located.startswith("30,000 rows searched")


def test_a_process_that_nobody_looks_at_hands_its_lines_on(tmp_path, monkeypatch):
    monkeypatch.delenv(progress.RELAY, raising=False)
    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress.Relay(tmp_path / "lines.txt") as relay:
        assert relay.lines() == []
        code = "from ccsat import progress; progress.tell_rate('read', 8_000_000, 4.0)"
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
        assert relay.lines() == ["8,000,000 rows read, 2.0M rows/s"] and relay.lines() == []
    assert not (tmp_path / "lines.txt").exists() and progress.RELAY not in progress.os.environ
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with progress.Relay(tmp_path / "lines.txt"):
        assert progress.RELAY not in progress.os.environ
