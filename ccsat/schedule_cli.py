"""`ccsat schedule`: what cron, systemd, Airflow or jupyter-scheduler needs to call `ccsat trace`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ccsat.terminal import Lang, say, speak
from ccsat.wording import text


def schedule(study: Annotated[Path, typer.Argument(help=text("cli.study"))],
             notebook: Annotated[str, typer.Option("--notebook", help=text("cli_schedule.notebook"))] = "R03",
             cron: Annotated[bool, typer.Option("--cron", help=text("cli_schedule.cron"))] = False,
             systemd: Annotated[bool, typer.Option("--systemd", help=text("cli_schedule.systemd"))] = False,
             airflow: Annotated[bool, typer.Option("--airflow", help=text("cli_schedule.airflow"))] = False,
             jupyter_scheduler: Annotated[bool, typer.Option("--jupyter-scheduler", help=text("cli_schedule.jupyter"))] = False,
             at: Annotated[str, typer.Option("--at", help=text("cli_schedule.at"))] = "07:30",
             days: Annotated[str | None, typer.Option("--days", help=text("cli_schedule.days"))] = None,
             settings: Annotated[list[str] | None, typer.Option("--set", help=text("cli.set"))] = None,
             out: Annotated[Path, typer.Option("--out", help=text("cli_schedule.out"))] = Path("runs"),
             into: Annotated[Path | None, typer.Option("--into", help=text("cli_schedule.into"))] = None, lang: Lang = None) -> None:  # fmt: skip
    """Print, or write, what a scheduler needs."""
    speak(lang, study)
    from ccsat.errors import StudyError
    from ccsat.runs.publish import write_whole
    from ccsat.runs.schedules import files_of, make_plan

    wanted = {"cron": cron, "systemd": systemd, "airflow": airflow, "jupyter_scheduler": jupyter_scheduler}
    asked = [name for name, flag in wanted.items() if flag]
    if len(asked) != 1:
        raise StudyError("schedule_which", given=", ".join(f"--{name.replace('_', '-')}" for name in asked) or "–")
    pairs = {}
    for one in settings or []:
        key, equals, value = one.partition("=")
        if not equals or not key.strip():
            raise StudyError("set_form", given=one)
        pairs[key.strip()] = value.strip()
    plan = make_plan(study, notebook=notebook, out=out, at=at, days=days, settings=pairs, lang=lang)
    files = files_of(plan, asked[0])
    if into is None:
        for number, (name, content) in enumerate(files.items()):
            if len(files) > 1:
                print(("\n" if number else "") + f"# {name}")
            print(content, end="")
        return
    into.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        write_whole(into / name, content)
        say(text("cli_schedule.written", path=into / name))
