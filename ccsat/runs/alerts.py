"""Who is told what, and when: on a change of state, again after a cool-down, and when it is over; kept until sent."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ccsat.errors import CcsatError
from ccsat.runs.deliver import channels, deliver
from ccsat.runs.levels import LEVELS
from ccsat.runs.operations import Operations
from ccsat.runs.publish import ALERTS, write_whole
from ccsat.runs.secrets import hide, secret_values
from ccsat.study import Study

BACKWARDS = timedelta(minutes=5)  # a clock that steps back further than this was set, not corrected
Deliver = Callable[[Mapping[str, Any], str, Operations], str]


@dataclass(frozen=True)
class State:
    """Where an audience stands: the level, since when, when it was last told, and of which run or failure."""

    level: str = "green"
    since: str = ""
    told: str = ""
    as_of: str = ""
    of: str = ""


def decide(before: State, level: str, *, now: datetime, cooldown: timedelta) -> str | None:
    """What there is to say: "raised", "eased", "recovered", "continues" after the cool-down, or None.

    A clock that was moved back does not silence an alert: what was told in the future counts as long ago.
    """
    rank, rank_before = LEVELS.index(level), LEVELS.index(before.level)
    if rank > rank_before:
        return "raised"
    if rank < rank_before:
        return "eased" if rank else "recovered"
    if not rank:
        return None
    told = datetime.fromisoformat(before.told) if before.told else None
    return "continues" if told is None or now - told >= cooldown or told - now > BACKWARDS else None


class Alerts:
    """The alerts of a study's folder of runs. Only for the holder of the study's lock."""

    def __init__(self, folder: Path, study: Study, operations: Operations, *, now: datetime | None = None, send: Deliver = deliver):  # fmt: skip
        self.folder, self.study, self.operations, self.send = folder / ALERTS, study, operations, send
        self.now = now or datetime.now(UTC)
        self.secrets = secret_values(study)

    def state(self, audience: str) -> State:
        """Where an audience stands; green where it was never told, or what is on record is spoiled."""
        try:
            return State(**json.loads((self.folder / f"{audience}.json").read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return State()

    def waiting(self) -> list[dict[str, Any]]:
        """Messages that did not go out yet, oldest first."""
        found = []
        for file in sorted((self.folder / "outbox").glob("*.json")):
            try:
                found.append({**json.loads(file.read_text(encoding="utf-8")), "file": file.name})
            except (OSError, ValueError):
                continue
        return found

    def take(self, audience: str, level: str, *, of: str, as_of: str, words: Callable[[str], tuple[str, str]],
             dry_run: bool = False) -> dict[str, Any] | None:  # fmt: skip
        """Take a run's level; write a message where there is something to say.

        Args:
            audience: "readers" or "maintainers".
            of: The run's place, or the failure's time: the same one is taken once.
            as_of: The run's day; a day before the one that is on record changes nothing: it is history.
            words: Kind of message -> its subject and body.
            dry_run: Neither write the message nor change the state.

        Returns:
            The message; None where there is nothing to say.
        """
        before = self.state(audience)
        if of == before.of or (audience == "readers" and _is_earlier(as_of, before.as_of)):
            return None
        kind = decide(before, level, now=self.now, cooldown=timedelta(hours=self.operations.cooldown_hours))
        message = None
        if kind:
            subject, body = (hide(part, self.secrets) for part in words(kind))
            message = {"schema": 1, "study": self.study.name, "audience": audience, "kind": kind, "level": level, "level_before": before.level,
                       "as_of": as_of, "of": of, "at": _iso(self.now), "subject": subject, "body": body,
                       "channels": channels(self.operations, audience), "tries": 0, "error": ""}  # fmt: skip
        if dry_run:
            return message
        if message is None and level == "green" and not (self.folder / f"{audience}.json").is_file():
            return None  # never told anything: nothing to remember
        self.folder.mkdir(exist_ok=True)
        if message and message["channels"]:
            (self.folder / "outbox").mkdir(exist_ok=True)
            mark = hashlib.sha256(f"{audience} {of} {level}".encode()).hexdigest()[
                :8
            ]  # the same again overwrites itself
            stamp = self.now.strftime("%Y%m%dT%H%M%S")
            write_whole(self.folder / "outbox" / f"{stamp}-{audience}-{mark}.json", json.dumps(message, ensure_ascii=False, indent=1))  # fmt: skip
        same = level == before.level
        after = State(level=level, since=before.since if same and before.since else _iso(self.now),
                      told=_iso(self.now) if kind else before.told, as_of=as_of or before.as_of, of=of)  # fmt: skip
        write_whole(self.folder / f"{audience}.json", json.dumps(asdict(after)))
        return message

    def flush(self) -> list[tuple[dict[str, Any], str]]:
        """Send what waits. A message leaves the outbox when every channel took it.

        Returns:
            (message, reason) for those that are kept for the next time, or did not reach everybody.
        """
        kept = []
        for message in self.waiting():
            file = self.folder / "outbox" / message.pop("file")
            left, reason = [], ""
            for channel in message["channels"]:
                if channel not in channels(self.operations, message["audience"]):
                    continue  # the study no longer has it
                try:
                    if refused := self.send(message, channel, self.operations):
                        kept.append((message, f"{channel}: {refused}"))
                except (
                    OSError,
                    subprocess.SubprocessError,
                    CcsatError,
                    ValueError,
                ) as error:  # smtplib's errors are OSErrors
                    left.append(channel)
                    reason = hide(f"{channel}: {type(error).__name__}: {error}", self.secrets)[:300]
            if left:
                message |= {"channels": left, "tries": message["tries"] + 1, "error": reason}
                write_whole(file, json.dumps(message, ensure_ascii=False, indent=1))
                kept.append((message, reason))
            else:
                file.unlink()
        return kept


def _is_earlier(as_of: str, before: str) -> bool:
    return bool(before) and "undated" not in (as_of, before) and as_of < before


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
