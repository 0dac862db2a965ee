"""A stranger's code, kept apart: what it may not do, and that its answers come out all the same."""

import json
import math
import os
import time

import numpy as np
import pandas as pd
import pytest
from conftest import skip_unless_ci

from ccsat.workshop.grading.apart import MEANS
from ccsat.workshop.grading.encode import LARGEST, Opaque, Refused, decode, encode
from ccsat.workshop.grading.sandbox import MOST_TOLD, Limits, Ran, _hear, run_apart

QUICK = Limits(seconds=30, memory=1.5, disk=16)


@pytest.fixture(scope="module")
def needed():
    """What this system has of the means; all of them, as CI has."""
    ran = run_apart([], {}, limits=QUICK, needed=[])
    if not all(ran.held.values()):
        skip_unless_ci(f"this system cannot keep code apart: {ran.held} (run as root on Linux)")
    return MEANS


def run(needed, *codes, limits=QUICK, answers=("x",), **more):
    steps = [{"id": f"c{number}", "code": code, "answers": {}} for number, code in enumerate(codes)]
    return run_apart(steps, {name: name for name in answers}, limits=limits, needed=needed, **more)


def answer(ran, name="x"):
    return decode(ran.answers[name]["answer"])


def test_cells_run_in_order_and_answers_come_out(needed):
    ran = run(
        needed,
        "x = {'a': [1, 2.5, True, 'wort 词']}",
        "x['b'] = None",
        "y = undefined",
        "%matplotlib_no_such",
        "x['c'] = (1,)",
    )
    assert ran.finished and ran.ended is None
    assert answer(ran) == {"a": [1, 2.5, True, "wort 词"], "b": None, "c": [1]}
    assert [(cell, name) for cell, name, _ in ran.errors][:1] == [("c2", "NameError")]


def test_it_is_nobody_without_network_or_disk(needed, tmp_path):
    (tmp_path / "secret.txt").write_text("x")
    tmp_path.chmod(0o755)
    code = """
import os, socket, tempfile
x = {"uid": os.getuid(), "groups": os.getgroups(), "env": sorted(os.environ)}
def tried(do):
    try:
        do()
        return "done"
    except OSError as error:
        return type(error).__name__
x["loopback"] = tried(lambda: socket.create_connection(("127.0.0.1", 9), 2))
x["outside"] = tried(lambda: socket.create_connection(("192.0.2.1", 80), 2))
x["nets"] = os.listdir("/sys/class/net") and [line.split(":")[0].strip() for line in open("/proc/net/dev") if ":" in line]
x["package"] = tried(lambda: open(os.path.dirname(os.__file__) + "/mine.py", "w"))
x["tmp"] = tried(lambda: open("/tmp/mine", "w"))
x["own"] = tried(lambda: open("mine", "w").write("x"))
x["big"] = tried(lambda: open("big", "w").write("x" * 2**26))
x["hidden"] = tried(lambda: os.listdir(HIDDEN))
x["become"] = tried(lambda: os.setuid(0))
x["processes"] = [p for p in os.listdir("/proc") if p.isdigit()]
"""
    ran = run(needed, f"HIDDEN = {str(tmp_path)!r}", code, hide=[tmp_path])
    found = answer(ran)
    assert found["uid"] not in (0, os.getuid()) and found["groups"] == []
    assert {"HOME", "PATH"} <= set(found["env"]) and not {
        name for name in found["env"] if "TOKEN" in name or "KEY" in name
    }
    assert set(found["env"]) - set(os.environ) <= {"HOME", "TMPDIR", "LANG", "CCSAT_CACHE", "IPYTHONDIR", "MPLCONFIGDIR", "PLOTLY_RENDERER",
        "MALLOC_ARENA_MAX", "PYTHONUTF8", "PYTHONHASHSEED", "PYTHONDONTWRITEBYTECODE", "LC_CTYPE", "COLUMNS", "LINES",
        "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "MPLBACKEND"}  # fmt: skip
    assert found["outside"] != "done" and found["loopback"] != "done" and found["nets"] == ["lo"]
    assert {found[name] for name in ("package", "tmp", "big", "become")} <= {"OSError", "PermissionError"}
    assert found["own"] == "done"
    assert found["hidden"] == "PermissionError"
    assert len(found["processes"]) <= 3
    assert not os.path.exists("/tmp/mine")


def test_secrets_of_the_graders_environment_stay_outside(needed, monkeypatch):
    monkeypatch.setenv("MY_TOKEN", "s3cret")
    assert answer(run(needed, "import os; x = os.environ.get('MY_TOKEN', 'none')")) == "none"


@pytest.mark.parametrize(
    "code",
    ["import sys; sys.exit(0)", "raise SystemExit('bye')", "exit()", "raise KeyboardInterrupt", "1/0", "x = = 1"],
)
def test_a_cell_that_ends_or_fails_costs_only_itself(needed, code):
    ran = run(needed, "x = 1", code, "x += 1")
    assert ran.finished and answer(ran) == 2
    assert [cell for cell, _, _ in ran.errors] == ["c1"] or code == "exit()"


@pytest.mark.parametrize("code", ["import os; os._exit(0)", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "import ctypes; ctypes.string_at(0)",
                                  "import os; os.abort()", "import os; os.execv('/bin/true', ['true'])", "import os\nfor pid in (1, -1):\n    try: os.kill(pid, 9)\n    except OSError: pass\nos._exit(1)"])  # fmt: skip
def test_a_killed_kernel_leaves_what_stood_before(needed, code):
    steps = [{"id": "a", "code": "x = 'first'", "answers": {"x": "x"}}, {"id": "b", "code": code, "answers": {}},
             {"id": "c", "code": "x = 'second'", "answers": {"x": "x"}}]  # fmt: skip
    ran = run_apart(steps, {"x": "x"}, limits=QUICK, needed=needed)
    assert not ran.finished and answer(ran) == "first"
    assert ran.ended.key == "died" and ran.ended.values["cell"] == "b"


def test_an_endless_cell_is_left_and_the_next_one_runs(needed):
    started = time.monotonic()
    ran = run(needed, "x = 1", "while True: pass", "x = 2", limits=Limits(seconds=20, memory=1.5, disk=16))
    assert answer(ran) == 2 and ran.finished
    assert ran.errors[0][:2] == ("c1", "TooLong")
    assert time.monotonic() - started < 25


@pytest.mark.parametrize(("code", "key"), [
    ("while True:\n    try:\n        for n in range(10**12): str(n)\n    except BaseException: n = 1", "time"),
    ("import signal; signal.signal(signal.SIGALRM, signal.SIG_IGN)\nwhile True: pass", "time"),
    ("import time; time.sleep(1e6)\n", ""),
    ("import os\nwhile True:\n    try:\n        os.fork()\n    except OSError: pass", "processes"),
    ("import subprocess, time\ntry:\n    for _ in range(200): subprocess.Popen(['sleep', '1000'])\nexcept OSError: pass\ntime.sleep(100)", "processes"),
    ("import os, time\nfor _ in range(3):\n    if os.fork() == 0:\n        kept = b'x' * 2**28\n        time.sleep(60)\ntime.sleep(60)", "memory"),
])  # fmt: skip
def test_limits_end_it_and_the_first_answer_stays(needed, code, key):
    steps = [{"id": "a", "code": "x = 1", "answers": {"x": "x"}}, {"id": "b", "code": code, "answers": {}}]
    ran = run_apart(
        steps, {"x": "x"}, limits=Limits(seconds=12 if key != "memory" else 60, memory=0.5, disk=16), needed=needed
    )
    assert (ran.ended.key if ran.ended else "") == key
    assert answer(ran) == 1


def test_nothing_outlives_a_run(needed):
    import psutil

    run(needed, "import subprocess; subprocess.Popen(['sleep', '4321'], start_new_session=True); x = 1")
    assert not [p for p in psutil.process_iter(["cmdline"]) if p.info["cmdline"] == ["sleep", "4321"]]


def test_ten_gigabytes_are_refused_within(needed):
    ran = run(needed, "x = 1", "import numpy; big = numpy.ones(10 * 2**27)", "big = bytearray(10 * 2**30)", "x = 2")
    assert answer(ran) == 2 and [name for _, name, _ in ran.errors] in (
        ["_ArrayMemoryError", "MemoryError"],
        ["MemoryError", "MemoryError"],
    )


def test_a_flood_of_words_on_the_pipe_is_cut(needed):
    ran = run(
        needed,
        "import os, sys\nfor fd in range(3, 64):\n    try:\n        while True: os.write(fd, b'x' * 65536)\n    except OSError: pass",
    )
    assert ran.ended.key == "many_words" and len(json.dumps(ran.answers)) < MOST_TOLD


def test_a_flood_of_prints_is_nobodys_concern(needed):
    assert (
        answer(
            run(needed, "import sys\nfor _ in range(300): print('x' * 100_000); sys.stderr.write('y' * 50_000)\nx = 3")
        )
        == 3
    )


@pytest.mark.parametrize(("code", "refused"), [("x = []; x.append(x)", "nested"), ("x = {}; x['x'] = x", "nested"), ("x = 'y' * 10**6", "large"),
                                               ("x = list(range(10**6))", "large"), ("x = 10**5000", "large"), ("import itertools; x = itertools.count()", "large"),
                                               ("class A:\n    def __iter__(self): raise ValueError\nx = A()", "unreadable")])  # fmt: skip
def test_answers_that_cannot_be_carried_are_refused_with_a_reason(needed, code, refused):
    ran = run(needed, "y = 5", code, answers=("x", "y"))
    assert ran.answers["x"]["refused"] == refused and answer(ran, "y") == 5 and ran.finished


@pytest.mark.parametrize(
    "value",
    [None, 3, -2.5, True, "词", [1, [2]], {"a": {"b": [None]}}, {1: 2}, [], {}, {"float": "nan"}, {"dict": []}],
    ids=repr,
)
def test_plain_values_come_back_as_they_were(value):
    assert decode(json.loads(json.dumps(encode(value), allow_nan=False))) == value


def test_arrays_tables_and_odd_types_come_back_as_checks_know_them():
    assert decode(encode(np.array([1, 2]))) == [1, 2]
    assert decode(encode(pd.Series(["a", "b"]))) == ["a", "b"]
    assert decode(encode({"n": np.int64(3), "f": np.float64(0.5), "b": np.bool_(True)})) == {
        "n": 3,
        "f": 0.5,
        "b": True,
    }
    assert decode(encode({"b", "a"})) == ["a", "b"]
    assert math.isnan(decode(encode(float("nan")))) and decode(encode(-math.inf)) == -math.inf
    opaque = decode(encode(test_it_is_nobody_without_network_or_disk))
    assert isinstance(opaque, Opaque) and type(opaque).__name__ == "function"
    with pytest.raises(Refused):
        encode(LARGEST * 10)


@pytest.mark.parametrize("line", [b"", b"{", b"[1]", b"null", b'{"item": 3}', b'{"begins": {}}', b'{"cell": "a", "error": 1}', b"[" * 100_000,
                                  b'{"held": {"user": 1}}', b"\xff\xfe"])  # fmt: skip
def test_a_strangers_line_is_read_as_data(line):
    ran = Ran(held={"user": True})
    _hear(line, ran)
    assert ran.held == {"user": True} and not ran.finished


@pytest.mark.parametrize(
    "carried", [{"code": "import os"}, {"dict": [1]}, {"float": "1e5"}, {"dict": [[1, 2, 3]]}, {"opaque": 3}], ids=repr
)
def test_what_encode_did_not_write_is_refused(carried):
    with pytest.raises(Refused):
        decode(carried)
