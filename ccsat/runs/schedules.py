"""What a scheduler needs to call `ccsat trace`: text for cron, systemd and Airflow, a job definition for jupyter-scheduler."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ccsat.errors import StudyError
from ccsat.wording import language, text

AT = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SCHEDULERS = ("cron", "systemd", "airflow", "jupyter_scheduler")
OTHER_CODES = "75"  # another run holds the lock: skipped, not failed
GRACE = 300  # seconds a scheduler leaves beyond ccsat's own limits
WATCH_HOURS = {True: 26, False: 74}  # every day; weekdays only: over a week-end


@dataclass(frozen=True)
class Plan:
    """A trace to be run at a time of day.

    Attributes:
        hour, minute: On the business's clock.
        days: Weekdays, 0 is Monday; all seven for every day.
        zone: The business's time zone; the machine's own where None.
        seconds: The run's own total limit.
    """

    study: Path
    name: str
    notebook: str
    notebook_file: Path
    out: Path
    hour: int
    minute: int
    days: tuple[int, ...]
    zone: str | None
    seconds: float
    settings: Mapping[str, str] = field(default_factory=dict)
    lang: str = "en"

    @property
    def daily(self) -> bool:
        return len(self.days) == 7

    @property
    def id(self) -> str:
        """A name for units and jobs: plain letters, so that every scheduler takes it."""
        plain = re.sub(r"[^A-Za-z0-9_]+", "-", self.name).strip("-").lower()
        if plain != self.name.lower():  # two Chinese names must not become one
            import hashlib

            plain = f"{plain}-{hashlib.sha256(self.name.encode()).hexdigest()[:6]}".strip("-")
        return f"ccsat-{plain}-{self.notebook.lower()}"

    def words(self, *as_of: str) -> list[str]:
        """The command as a list of words."""
        given = [part for name, value in self.settings.items() for part in ("--set", f"{name}={value}")]
        return [sys.executable, "-m", "ccsat.cli", "trace", str(self.study), "--notebook", self.notebook, "--out", str(self.out),
                "--lang", self.lang, *given, *as_of]  # fmt: skip

    def status_words(self) -> list[str]:
        """The dead-man check as a list of words."""
        folder = self.name if self.notebook == "R03" else f"{self.name}-{self.notebook}"
        return [sys.executable, "-m", "ccsat.cli", "runs", "status", "--study", folder, "--out", str(self.out),
                "--max-age", f"{WATCH_HOURS[self.daily]}h", "--lang", self.lang]  # fmt: skip


def parse_at(words: str) -> tuple[int, int]:
    """Hour and minute of "07:30".

    Raises:
        StudyError: No time of day.
    """
    match = AT.fullmatch(words.strip())
    if not match:
        raise StudyError("schedule_at", at=words)
    return int(match[1]), int(match[2])


def parse_days(words: str | None) -> tuple[int, ...]:
    """Weekdays of "mon-fri" or "mon,wed"; all where nothing is said.

    Raises:
        StudyError: Not weekdays.
    """
    if not words:
        return tuple(range(7))
    found: set[int] = set()
    for part in words.lower().replace(" ", "").split(","):
        first, _, last = part.partition("-")
        if first not in WEEK or (last or first) not in WEEK or WEEK.index(last or first) < WEEK.index(first):
            raise StudyError("schedule_days", days=words)
        found |= set(range(WEEK.index(first), WEEK.index(last or first) + 1))
    return tuple(sorted(found))


def check_paths(plan: Plan) -> None:
    """Refuse what a line of text cannot carry.

    Raises:
        StudyError: A line break in a path.
    """
    for path in (plan.study, plan.out):
        if any(ord(char) < 32 for char in str(path)):
            raise StudyError("schedule_path", path=str(path).encode("unicode_escape").decode(), char="\\n")


def files_of(plan: Plan, scheduler: str) -> dict[str, str]:
    """The files of a schedule by their names."""
    check_paths(plan)
    return {"cron": _cron, "systemd": _systemd, "airflow": _airflow, "jupyter_scheduler": _jupyter}[scheduler](plan)


def _cron(plan: Plan) -> dict[str, str]:
    """A line for the run and one for the dead-man check two hours later; percent signs are line breaks to cron."""
    week = "*" if plan.daily else ",".join(str(day + 1) if day < 6 else "0" for day in plan.days)
    later = (plan.hour + 2) % 24
    line = lambda words: " ".join(shlex.quote(word) for word in words).replace("%", r"\%")
    log, red = (shlex.quote(str(plan.out / f".{plan.id}{tail}")).replace("%", r"\%") for tail in (".log", ".status"))
    folder, out = (shlex.quote(str(path)).replace("%", r"\%") for path in (plan.study.parent, plan.out))
    lines = [
        text("cli_schedule.crontab_install"),
        f"{plan.minute} {plan.hour} * * {week} mkdir -p {out} && cd {folder} && OMP_NUM_THREADS=1 PYTHONUTF8=1 {line(plan.words('--as-of', 'yesterday'))} > {log} 2>&1",
        f"{plan.minute} {later} * * {week} mkdir -p {out} && {line(plan.status_words())} > {red} 2>&1 || cat {red}",
    ]
    return {f"{plan.id}.cron": "\n".join(lines) + "\n"}


def _systemd(plan: Plan) -> dict[str, str]:
    """A service and its timer. `Persistent` makes up for a machine that was off; the run's own lock and key keep it to one."""
    week = "" if plan.daily else ",".join(WEEK[day].capitalize() for day in plan.days) + " "
    zone = f" {plan.zone}" if plan.zone else ""
    service = f"""{text("cli_schedule.systemd_install", unit=plan.id)}
[Unit]
Description={_percent(text("cli_schedule.title", study=plan.name, notebook=plan.notebook))}

[Service]
Type=oneshot
WorkingDirectory={_percent(str(plan.study.parent))}
Environment=OMP_NUM_THREADS=1 PYTHONUTF8=1
ExecStart={_exec(plan.words("--as-of", "yesterday"))}
SuccessExitStatus={OTHER_CODES}
TimeoutStartSec={int(plan.seconds) + GRACE}
KillSignal=SIGTERM
TimeoutStopSec=30
"""
    timer = f"""[Unit]
Description={_percent(text("cli_schedule.title", study=plan.name, notebook=plan.notebook))}

[Timer]
OnCalendar={week}*-*-* {plan.hour:02d}:{plan.minute:02d}:00{zone}
Persistent=true
AccuracySec=1min

[Install]
WantedBy=timers.target
"""
    return {f"{plan.id}.service": service, f"{plan.id}.timer": timer}


def _percent(words: str) -> str:
    return words.replace("%", "%%")


def _exec(words: list[str]) -> str:
    """Words as ExecStart= reads them: quoted, with its own specifiers and variables doubled."""

    def quoted(word: str) -> str:
        word = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
        return f'"{word}"' if re.search(r"[\s'\";]", word) or not word else word

    return " ".join(map(quoted, words))


def _airflow(plan: Plan) -> dict[str, str]:
    """A DAG that calls the command as a process: Airflow's packages and ccsat's do not meet."""
    week = "*" if plan.daily else ",".join(str(day + 1) if day < 6 else "0" for day in plan.days)
    command = re.sub(
        r"\{[{%#]", lambda mark: "{{ '" + mark[0] + "' }}", " ".join(shlex.quote(word) for word in plan.words())
    )
    dag = f'''"""{text("cli_schedule.title", study=plan.name, notebook=plan.notebook)}"""

from datetime import timedelta

import pendulum

try:  # Airflow 3
    from airflow.providers.standard.operators.bash import BashOperator
    from airflow.sdk import DAG, Param
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.models.param import Param
    from airflow.operators.bash import BashOperator

ZONE = {(plan.zone or "UTC")!r}
COMMAND = {command!r}
# The day before the moment that the run was due, on the business's clock; a run started by hand may name its day.
AS_OF = (
    "{{{{ params.as_of or ((data_interval_end or dag_run.run_after)"
    ".astimezone(macros.dateutil.tz.gettz('" + ZONE + "')) - macros.timedelta(days=1)).strftime('%Y-%m-%d') }}}}"
)

with DAG(
    dag_id={plan.id!r},
    schedule="{plan.minute} {plan.hour} * * {week}",
    start_date=pendulum.datetime(2024, 1, 1, tz=ZONE),
    catchup=False,
    max_active_runs=1,
    params={{"as_of": Param("", type="string", pattern=r"^(\\d{{4}}-\\d{{2}}-\\d{{2}})?$")}},
    tags=["ccsat"],
) as dag:
    BashOperator(
        task_id="trace",
        bash_command=COMMAND + ' --as-of "$CCSAT_AS_OF"',
        env={{"CCSAT_AS_OF": AS_OF, "OMP_NUM_THREADS": "1", "PYTHONUTF8": "1"}},
        append_env=True,
        skip_on_exit_code={OTHER_CODES},  # another run of the study is under way
        retries=0,  # ccsat tries again by kind of failure
        execution_timeout=timedelta(seconds={int(plan.seconds) + GRACE}),
    )
'''
    return {f"{plan.id.replace('-', '_')}.py": dag}


def _jupyter(plan: Plan) -> dict[str, str]:
    """A job definition to POST to /scheduler/job_definitions. jupyter-scheduler writes values as code: they come quoted.

    It runs the notebook itself: no key, lock, limits or publishing; the notebook's first cell checks the parameters.
    """
    values: dict[str, Any] = {
        "study": str(plan.study),
        "settings": json.dumps(dict(plan.settings), ensure_ascii=False),
        "as_of": "",
        "lang": plan.lang,
        "out_dir": str(plan.out / f".{plan.id}"),
        "go_on": False,
    }
    week = "*" if plan.daily else ",".join(str(day + 1) if day < 6 else "0" for day in plan.days)
    definition = {
        "name": plan.id,
        "input_uri": plan.notebook_file.name,
        "runtime_environment_name": "",
        "output_formats": ["ipynb"],
        "parameters": {name: repr(value) for name, value in values.items()},
        "schedule": f"{plan.minute} {plan.hour} * * {week}",
        "timezone": plan.zone or "UTC",
    }
    return {f"{plan.id}.json": json.dumps(definition, ensure_ascii=False, indent=1) + "\n"}


def make_plan(study: Path, *, notebook: str, out: Path, at: str, days: str | None, settings: Mapping[str, str], lang: str | None = None) -> Plan:  # fmt: skip
    """A plan, its study, settings and notebook checked: what is wrong is refused before it is scheduled.

    Raises:
        StudyError: As `run_study`; and a time or weekdays that are none.
    """
    from ccsat.contracts import find_sidecar, read_contract
    from ccsat.notebooks import find_notebook
    from ccsat.runs.days import resolve_day
    from ccsat.runs.operations import operations_of
    from ccsat.study import read_study

    read = read_study(study, dict(settings))
    lang = lang or read.study.lang
    file = find_notebook(notebook, lang)
    sidecar = find_sidecar(file)
    operations = operations_of(read, read_contract(sidecar) if sidecar else None)
    resolve_day(None, zone=operations.timezone)
    hour, minute = parse_at(at)
    return Plan(study=study.resolve(), name=read.name, notebook=file.stem.split("_")[0], notebook_file=file, out=Path(os.path.abspath(out)), hour=hour,
                minute=minute, days=parse_days(days), zone=operations.timezone, seconds=operations.seconds, settings=dict(settings),
                lang=lang or language())  # fmt: skip
