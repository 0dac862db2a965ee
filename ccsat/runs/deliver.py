"""How an alert leaves the machine: a mail server, a program of the user's own; what fails is said, never swallowed."""

from __future__ import annotations

import json
import os
import smtplib
import ssl
import subprocess
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Any

from ccsat.errors import StudyError
from ccsat.runs.operations import Operations

SECONDS = 30


def channels(operations: Operations, audience: str) -> list[str]:
    """The ways by which an audience is reached: "smtp" and "command"."""
    by_mail = operations.smtp and recipients(operations, audience)
    return [*(["smtp"] if by_mail else []), *(["command"] if operations.command else [])]


def recipients(operations: Operations, audience: str) -> list[str]:
    """Mail addresses of "readers" or "maintainers"."""
    return list(getattr(operations, audience))


def deliver(message: Mapping[str, Any], channel: str, operations: Operations) -> str:
    """Send one message by one channel.

    Returns:
        The addresses that the server refused while it took others: sending again would not help them.

    Raises:
        OSError, smtplib.SMTPException, subprocess.SubprocessError, StudyError: It did not go out.
    """
    if channel == "smtp":
        return _mail(message, operations)
    _call(message, operations.command)
    return ""


def _mail(message: Mapping[str, Any], operations: Operations) -> str:
    smtp = operations.smtp
    mail = EmailMessage()
    mail["Subject"] = " ".join(str(message["subject"]).split())
    mail["From"], mail["To"] = smtp.sender, ", ".join(recipients(operations, message["audience"]))
    mail["Date"], mail["Message-ID"] = formatdate(), make_msgid(domain="ccsat.invalid")
    mail["X-Ccsat-Alert"] = f"{message['study']}/{message['audience']}/{message['level']}"
    mail.set_content(message["body"])
    kind = smtplib.SMTP_SSL if smtp.security == "ssl" else smtplib.SMTP
    with kind(smtp.host, smtp.port, timeout=SECONDS) as server:
        if smtp.security == "starttls":
            server.starttls(context=ssl.create_default_context())
        if smtp.user_env:
            server.login(_from(smtp.user_env), _from(smtp.password_env or ""))
        refused = server.send_message(mail)
    return ", ".join(refused)


def _from(variable: str) -> str:
    if not os.environ.get(variable):
        raise StudyError("environment_missing", name=variable)
    return os.environ[variable]


def _call(message: Mapping[str, Any], command: Sequence[str]) -> None:
    """Run the program with the message as JSON on its standard input; no shell."""
    done = subprocess.run(list(command), input=json.dumps(dict(message), ensure_ascii=False), text=True, encoding="utf-8",
                          capture_output=True, timeout=SECONDS, check=False)  # fmt: skip
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise subprocess.SubprocessError(f"{command[0]}: {done.returncode} {said[-1][:200] if said else ''}".strip())
