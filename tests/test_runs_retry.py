"""Another attempt after a fault of the machine, none after one of the data, the study or the code."""

import json

import pytest
from run_examples import Place, pretend

from ccsat.errors import DataError, EngineError, LedgerError, NoDataError, RunError, StudyError, TimeLimitError
from ccsat.runs import run as run_module
from ccsat.runs.retry import kind_of, with_retries
from ccsat.wording import text


def passed_on(key, **values):
    """An error of a cell, as the runner sees it: only its words are left."""
    return EngineError("run_passed_on", problem=text(f"error.{key}.problem", "zh", **values), fix="x")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (RunError("run_kernel"), "kernel"),
        (RunError("run_killed", said="–"), "kernel"),
        (RunError("run_kernel_start", message="x"), "kernel"),
        (EngineError("engine_unreachable", address="h", reason="connection refused"), "source"),
        (passed_on("engine_unreachable", address="主机", reason="拒绝"), "source"),
        (
            EngineError(
                "engine_refused", dialect="postgres", reason="terminating connection due to administrator command"
            ),
            "source",
        ),
        (NoDataError("run_data_moved"), "moved"),
        (EngineError("engine_refused", dialect="postgres", reason="syntax error"), None),
        (RunError("run_cell", cell=1, name="AssertionError", message=""), None),
        (LedgerError("run_passed_on", problem="rows do not add up", fix="x"), None),
        (StudyError("run_as_of", as_of="x"), None),
        (DataError("file_empty", file="x"), None),
        (NoDataError("gate_nothing", as_of="x", first="y"), None),
        (TimeLimitError("run_time", seconds="3"), None),
        (ValueError("x"), None),
    ],
)
def test_what_is_tried_again(error, kind):
    assert kind_of(error) == kind


class Clock:
    def __init__(self):
        self.now, self.slept = 0.0, []

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


def tried(errors, **options):
    clock, attempts, left = Clock(), [], []

    def work(seconds):
        left.append(seconds)
        clock.now += 10
        error = errors.pop(0)
        if error:
            raise error
        return "done"

    options = {"retries": 2, "first_wait": 5, "seconds": 100, **options}
    try:
        answer = with_retries(work, attempts=attempts, sleep=clock.sleep, clock=lambda: clock.now, **options)
    except Exception as error:
        answer = error
    return answer, clock.slept, attempts, left


def test_waits_double_and_attempts_are_on_record():
    answer, slept, attempts, left = tried(
        [RunError("run_kernel"), EngineError("engine_unreachable", address="h", reason="r"), None]
    )
    assert (answer, slept, left) == ("done", [5, 10], [100, 85, 65])
    assert [(one["kind"], one["key"], one["seconds"]) for one in attempts] == [
        ("kernel", "run_kernel", 10),
        ("source", "engine_unreachable", 10),
    ]


def test_the_last_error_is_raised_and_others_at_once():
    answer, slept, attempts, _ = tried([RunError("run_kernel")] * 3)
    assert answer.key == "run_kernel" and len(slept) == 2 and len(attempts) == 3
    answer, slept, attempts, _ = tried([RunError("run_cell", cell=1, name="E", message="m"), None])
    assert answer.key == "run_cell" and slept == attempts == []


def test_one_limit_for_all_attempts():
    answer, slept, _, left = tried([RunError("run_kernel")] * 3, seconds=22)
    assert isinstance(answer, TimeLimitError) and slept == [5] and left == [22, 7]


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(run_module, "execute_notebook", pretend)
    place = Place(tmp_path)
    place.study.write_text(place.study.read_text().replace("seconds = 60", "seconds = 60\nretry_seconds = 0"))
    return place


def test_a_run_outlives_a_dead_kernel(place, monkeypatch):
    deaths = [RunError("run_kernel"), RunError("run_kernel")]

    def mortal(*args, **options):
        if deaths:
            raise deaths.pop()
        pretend(*args, **options)

    monkeypatch.setattr(run_module, "execute_notebook", mortal)
    said = []
    done = place.run(progress=said.append)
    assert [one["kind"] for one in json.loads((done.folder / "run.json").read_text())["attempts"]] == [
        "kernel",
        "kernel",
    ]
    assert sum("attempt" in line for line in said) == 2 and place.failures() == [] and place.whole()


def test_data_that_change_under_a_run_are_read_again(place, monkeypatch):
    values = iter(["real 0.81", "real 0.82"])

    def moving(*args, **options):
        pretend(*args, **options)
        if (value := next(values, None)) is not None:
            place.ask(value)

    monkeypatch.setattr(run_module, "execute_notebook", moving)
    done = place.run()
    assert done.findings["kpi"]["current"]["value"] == 0.82 and len(place.published()) == 1 and place.executions() == 3


def test_data_that_never_rest_publish_nothing(place, monkeypatch):
    number = iter(range(100))

    def moving(*args, **options):
        pretend(*args, **options)
        place.ask(f"real 0.8{next(number)}")

    monkeypatch.setattr(run_module, "execute_notebook", moving)
    with pytest.raises(NoDataError) as error:
        place.run()
    assert error.value.exit_code == 5 and place.published() == [] and len(place.failures()[0]["attempts"]) == 3


@pytest.mark.parametrize("what", ["boom 0", "real x"])
def test_a_wrong_notebook_is_run_once(place, what):
    place.ask(what)
    with pytest.raises(RunError):
        place.run()
    assert place.executions() == 1
