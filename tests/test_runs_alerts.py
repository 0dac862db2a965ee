"""Who is told, when: on a change of state, after the cool-down, when it is over; and nothing told is lost."""

import json
import socketserver
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from run_examples import Place, findings, pretend

from ccsat.errors import CcsatError, StudyError
from ccsat.runs import run as run_module
from ccsat.runs.alerts import Alerts, State, decide
from ccsat.runs.levels import level_of, value_of
from ccsat.runs.operations import Operations
from ccsat.study import read_study

NOW = datetime(2024, 7, 1, 8, tzinfo=UTC)
DAY = timedelta(hours=24)
WATCH = ({"field": "real_worse_points", "amber": 0.1, "red": 3.0},)


# Levels -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "verdict", "level"),
    [(-0.02, "real", "amber"), (-0.031, "real", "red"), (-0.2, "none", "green"), (0.2, "real", "green"), (-0.0005, "real", "green"), (None, "real", "green")],
)  # fmt: skip
def test_level_follows_how_much_worse_it_really_is(change, verdict, level):
    found = findings(verdict, change=change or 0.0)
    if change is None:
        found["kpi"]["change"] = None
    assert level_of(found, Operations(thresholds=WATCH)).name == level


def test_a_low_kpi_is_worse_when_it_rises_and_a_gap_counts_like_a_change():
    found = findings("real", change=0.05)
    found["kpi"] |= {"better": "low"}
    assert value_of(found, "real_worse_points") == pytest.approx(5)
    found["kpi"] |= {"better": "high", "change": None, "gap": -0.04}
    assert value_of(found, "real_worse_points") == pytest.approx(4)
    found["kpi"] |= {"full_mark": True}
    assert value_of(found, "real_worse_points") == 0


@pytest.mark.parametrize(
    ("one", "level"),
    [
        ({"field": "check.verdict", "amber": ["mix"], "red": ["real"]}, "red"),
        ({"field": "check.verdict", "amber": ["none"]}, "green"),
        ({"field": "cells.0.points", "amber": -0.005, "below": True}, "amber"),
        ({"field": "cells.1.points", "red": -0.001, "below": True}, "green"),  # there is no second cell
        ({"field": "kpi.current.value", "red": 0.85, "below": True, "amber": 0.9}, "red"),
        ({"field": "new_cells", "red": 1}, "red"),
    ],
)
def test_thresholds_over_the_findings(one, level):
    found = findings("real", cells=[{"points": -0.01, "where": {"team": "a"}, "n": 40, "status": "new"}])
    answer = level_of(found, Operations(thresholds=(one,)))
    assert answer.name == level and (not answer.because or answer.because[0]["field"] == one["field"])


def test_the_studys_limits_stand_on_the_worse_side():
    assert level_of(findings(value=0.79), Operations(amber=0.85, red=0.8)).name == "red"
    assert level_of(findings(value=0.81), Operations(amber=0.85, red=0.8)).name == "amber"
    low = findings(value=0.3)
    low["kpi"]["better"] = "low"
    assert level_of(low, Operations(amber=0.2, red=0.4)).name == "amber"


def test_a_threshold_on_nothing_is_refused():
    with pytest.raises(StudyError, match=r"check\.verdikt.*there are|verdikt"):
        level_of(findings(), Operations(thresholds=({"field": "check.verdikt", "red": ["real"]},)))


# When there is something to say -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "hours_ago", "level", "kind"),
    [
        ("green", None, "green", None),
        ("green", None, "amber", "raised"),
        ("amber", 1, "red", "raised"),
        ("red", 1, "red", None),
        ("red", 23.9, "red", None),
        ("red", 24, "red", "continues"),
        ("red", 1, "amber", "eased"),
        ("red", 1, "green", "recovered"),
        ("amber", -1, "amber", "continues"),  # told in the future: the clock was moved back, and silence is worse
        ("amber", -0.01, "amber", None),
    ],
)
def test_decision(before, hours_ago, level, kind):
    told = (NOW - timedelta(hours=hours_ago)).isoformat() if hours_ago is not None else ""
    assert decide(State(level=before, told=told), level, now=NOW, cooldown=DAY) == kind


class Sent(list):
    """Takes what is sent; `down` refuses it."""

    down = False

    def __call__(self, message, channel, operations):
        if self.down:
            raise ConnectionRefusedError("no server with the word hunter2-secret here")
        self.append((channel, message["audience"], message["kind"], message["level"], message["subject"]))
        return ""


@pytest.fixture
def sent():
    return Sent()


@pytest.fixture
def alerts(tmp_path, sent):
    place = Place(tmp_path)
    place.shop.mkdir(parents=True)
    operations = Operations(
        smtp=SimpleNamespace(host="x", sender="a@b.cn"), readers=("r@b.cn",), maintainers=("m@b.cn",)
    )

    def make(now=NOW, **more):
        return Alerts(place.shop, read_study(place.study), replace(operations, **more), now=now, send=sent)

    return make


def words(kind):
    return f"subject {kind}", "body"


def test_a_level_is_told_once_repeated_after_the_cool_down_and_ended(alerts, sent):
    for hours, of, level in [(0, "a", "red"), (1, "a", "red"), (2, "b", "red"), (25, "c", "red"), (26, "d", "green"), (27, "e", "green"), (28, "f", "amber")]:  # fmt: skip
        one = alerts(NOW + timedelta(hours=hours))
        one.take("readers", level, of=of, as_of="2024-06-30", words=words)
        assert one.flush() == []
    assert [kind for _, _, kind, _, _ in sent] == ["raised", "continues", "recovered", "raised"]


def test_a_past_day_run_again_says_nothing(alerts, sent):
    alerts().take("readers", "green", of="a", as_of="2024-06-30", words=words)
    alerts().take("readers", "amber", of="b", as_of="2024-06-30", words=words)
    alerts().take("readers", "red", of="c", as_of="2024-06-01", words=words)
    alerts().flush()
    assert [kind for _, _, kind, _, _ in sent] == ["raised"] and alerts().state("readers").level == "amber"


def test_what_cannot_be_sent_is_kept_and_sent_next_time(alerts, sent):
    sent.down = True
    alerts().take("readers", "red", of="a", as_of="2024-06-30", words=words)
    (kept,) = alerts().flush()
    assert kept[0]["tries"] == 1 and "ConnectionRefusedError" in kept[1]
    alerts(NOW + DAY).take("readers", "green", of="b", as_of="2024-07-01", words=words)
    assert len(alerts().flush()) == 2 and [one["tries"] for one in alerts().waiting()] == [2, 1]
    sent.down = False
    assert alerts().flush() == [] and [kind for _, _, kind, _, _ in sent] == ["raised", "recovered"]
    assert alerts().waiting() == [] and alerts().flush() == [] and len(sent) == 2


def test_each_channel_is_tried_alone(alerts, sent):
    down = {"smtp"}

    def send(message, channel, operations):
        if channel in down:
            raise TimeoutError
        sent.append(channel)
        return ""

    one = alerts(command=("hook",))
    one.send = send
    one.take("readers", "red", of="a", as_of="2024-06-30", words=words)
    one.flush(), one.flush()
    down.clear()
    one.flush(), one.flush()
    assert list(sent) == ["command", "smtp"]


def test_dry_run_writes_nothing(alerts, sent, tmp_path):
    message = alerts().take("readers", "red", of="a", as_of="2024-06-30", words=words, dry_run=True)
    assert message["subject"] == "subject raised" and not (tmp_path / "runs" / "shop" / ".alerts").exists()


def test_spoiled_state_is_no_state(alerts, tmp_path):
    alerts().take("readers", "red", of="a", as_of="2024-06-30", words=words)
    folder = tmp_path / "runs" / "shop" / ".alerts"
    (folder / "readers.json").write_text('{"level": "re')
    (folder / "outbox" / "zzz.json").write_text("{")
    assert alerts().state("readers") == State() and len(alerts().waiting()) == 1


def test_secrets_do_not_leave_by_an_alert(alerts, sent, monkeypatch):
    monkeypatch.setenv("SHOP_PASSWORD", "hunter2-secret")
    sent.down = True
    alerts().take(
        "readers", "red", of="a", as_of="2024-06-30", words=lambda kind: ("x hunter2-secret", "y hunter2-secret")
    )
    ((message, reason),) = alerts().flush()
    assert (
        "hunter2" not in json.dumps(message) + reason
        and "<SHOP_PASSWORD>" in message["body"]
        and "<SHOP_PASSWORD>" in reason
    )


# Delivery ---------------------------------------------------------------------------------------


class Mail(socketserver.StreamRequestHandler):
    """As much of a mail server as smtplib talks to."""

    def handle(self):
        say = lambda words: self.wfile.write(words.encode() + b"\r\n")
        say("220 here")
        while line := self.rfile.readline().decode().strip():
            verb = line.split()[0].upper()
            if verb == "DATA":
                say("354 go on")
                lines = []
                while (one := self.rfile.readline()) not in (b".\r\n", b""):
                    lines.append(one)
                self.server.mails.append(b"".join(lines))
                say("250 taken")
            elif verb == "QUIT":
                say("221 bye")
                return
            elif verb == "RCPT" and "nobody" in line:
                say("550 no such user")
            else:
                say("250 fine")


@pytest.fixture
def server():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mail) as server:
        server.daemon_threads = True
        server.mails = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def by_mail(server, **more):
    smtp = SimpleNamespace(
        host="127.0.0.1",
        port=server.server_address[1],
        sender="ccsat@b.cn",
        security="none",
        user_env=None,
        password_env=None,
    )
    return Operations(smtp=smtp, **{"readers": ("r@b.cn", "s@b.cn"), **more})


def test_a_mail_arrives_with_chinese_words(tmp_path, server):
    from email import message_from_bytes
    from email.policy import default

    place = Place(tmp_path)
    place.shop.mkdir(parents=True)
    alerts = Alerts(place.shop, read_study(place.study), by_mail(server), now=NOW)
    alerts.take(
        "readers", "red", of="a", as_of="2024-06-30", words=lambda kind: ("满意率\r\nBcc: x@y.cn 红", "差评上升\n")
    )
    assert alerts.flush() == []
    (mail,) = (message_from_bytes(raw, policy=default) for raw in server.mails)
    assert mail["Subject"] == "满意率 Bcc: x@y.cn 红" and mail["Bcc"] is None
    assert (mail["To"], mail.get_content().strip(), mail["X-Ccsat-Alert"]) == (
        "r@b.cn, s@b.cn",
        "差评上升",
        "shop/readers/red",
    )


def test_one_refused_address_does_not_hold_up_the_others(tmp_path, server):
    place = Place(tmp_path)
    place.shop.mkdir(parents=True)
    alerts = Alerts(place.shop, read_study(place.study), by_mail(server, readers=("r@b.cn", "nobody@b.cn")), now=NOW)
    alerts.take("readers", "red", of="a", as_of="2024-06-30", words=words)
    ((_, reason),) = alerts.flush()
    assert "nobody@b.cn" in reason and len(server.mails) == 1 and alerts.waiting() == []


def test_a_program_gets_the_alert_as_json(tmp_path):
    place = Place(tmp_path)
    place.shop.mkdir(parents=True)
    program = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text(sys.stdin.read(), encoding='utf-8')"
    good = Operations(command=(sys.executable, "-X", "utf8", "-c", program, str(tmp_path / "got.json")))
    bad = Operations(command=(sys.executable, "-c", "import sys; sys.exit('cannot reach the chat')"))
    study = read_study(place.study)
    Alerts(place.shop, study, bad, now=NOW).take("readers", "red", of="a", as_of="2024-06-30", words=words)
    ((_, reason),) = Alerts(place.shop, study, bad, now=NOW).flush()
    assert "cannot reach the chat" in reason
    assert Alerts(place.shop, study, good, now=NOW).flush() == []
    got = json.loads((tmp_path / "got.json").read_text(encoding="utf-8"))
    assert (got["level"], got["kind"], got["study"], got["body"]) == ("red", "raised", "shop", "body")


# Through whole runs -----------------------------------------------------------------------------


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(run_module, "execute_notebook", pretend)
    return Place(tmp_path)


@pytest.fixture
def watched(place, monkeypatch):
    """The place with a threshold on its value and a program that takes alerts."""
    taken = place.folder / "alerts.jsonl"
    program = "import sys; open(sys.argv[1], 'a', encoding='utf-8').write(sys.stdin.read() + '\\n')"
    operations = Operations(
        amber=0.85,
        red=0.75,
        seconds=60,
        command=(sys.executable, "-X", "utf8", "-c", program, str(taken)),
        retry_seconds=0,
    )
    monkeypatch.setattr(run_module, "operations_of", lambda study, contract: operations)
    place.told = lambda: [(one["audience"], one["kind"], one["level"]) for one in map(json.loads, taken.read_text(encoding="utf-8").splitlines())] if taken.exists() else []  # fmt: skip
    return place


def day(place, number, asks, **options):
    place.ask(asks)
    return place.run(as_of=f"2024-06-{number:02d}", **options)


def test_runs_tell_their_readers_of_changes_only(watched):
    assert day(watched, 1, "none 0.9").level == "green"
    done = day(watched, 2, "real 0.8")
    assert (done.level, done.alerted) == ("amber", True)
    day(watched, 3, "real 0.79"), day(watched, 4, "real 0.7"), day(watched, 5, "none 0.9"), day(watched, 6, "none 0.91")
    assert watched.told() == [
        ("readers", "raised", "amber"),
        ("readers", "raised", "red"),
        ("readers", "recovered", "green"),
    ]
    again = day(watched, 4, "real 0.7")
    assert again.already and again.level == "red" and len(watched.told()) == 3
    run = json.loads((again.folder / "run.json").read_text())
    assert run["alert"]["because"] == [{"field": "value", "value": 0.7, "level": "red", "limit": 0.75, "below": True}]


def test_runs_tell_their_maintainers_of_failures_and_of_the_end_of_them(watched):
    day(watched, 1, "none 0.9")
    for number in (2, 3):
        with pytest.raises(CcsatError):
            day(watched, number, "boom 0")
    day(watched, 4, "artefact 0.5")
    day(watched, 5, "none 0.9")
    assert watched.told() == [
        ("maintainers", "raised", "red"),
        ("maintainers", "eased", "amber"),
        ("maintainers", "recovered", "green"),
    ]
    assert watched.alert("readers") is None  # nothing was ever said of the content


def test_dry_run_of_a_run_says_what_would_go_out(watched):
    said = []
    day(watched, 1, "real 0.7", dry_run=True, progress=said.append)
    assert watched.told() == [] and any("dry run, not sent" in line and "red, raised" in line for line in said)
    assert any("n = 1,000" in line and "95% interval" in line for line in said)
    day(watched, 2, "real 0.7")
    assert watched.told() == [("readers", "raised", "red")]


def test_a_run_that_ended_before_it_could_tell_is_told_of_next_time(watched, monkeypatch):
    monkeypatch.setattr(run_module, "follow_up", lambda *a, **k: None)
    day(watched, 1, "real 0.7")
    monkeypatch.undo()
    monkeypatch.setattr(run_module, "execute_notebook", pretend)
    operations = Operations(amber=0.85, red=0.75, seconds=60, command=(sys.executable, "-c", "pass"))
    monkeypatch.setattr(run_module, "operations_of", lambda study, contract: operations)
    assert day(watched, 1, "real 0.7").already
    assert watched.alert("readers")["level"] == "red"


def test_alerts_of_the_study_file(place):
    """The same through the study's own tables."""
    taken = place.folder / "got.txt"
    program = "import sys; open(sys.argv[1], 'a').write(sys.stdin.read())"
    place.study.write_text(place.study.read_text() + f"[alerts]\ncommand = {json.dumps([sys.executable, '-c', program, str(taken)])}\n"
                           'fail_level = "red"\n[[alerts.thresholds]]\nfield = "check.verdict"\namber = ["real"]\n')  # fmt: skip
    done = place.run()
    assert (done.level, done.alerted) == ("amber", False) and json.loads(taken.read_text())["level"] == "amber"
    place.study.write_text(place.study.read_text().replace('fail_level = "red"', "cooldown_hours = 1"))
    assert place.run().already  # who is told is no part of the key


def test_a_secret_in_the_study_is_refused(place):
    place.study.write_text(
        place.study.read_text() + '[alerts.smtp]\nhost = "m"\nsender = "a@b.cn"\npassword = "hunter2"\n'
    )
    with pytest.raises(StudyError, match="password"):
        place.run()
