"""The command line: parse, call, print."""

from __future__ import annotations

import errno
import os
import sys
from copy import copy
from pathlib import Path
from typing import Annotated, Optional

import typer

from ccsat.actions_cli import actions_app
from ccsat.errors import CcsatError, RunError, StudyError
from ccsat.grading_cli import add_to as add_grading
from ccsat.kpis_cli import kpis
from ccsat.methods_cli import methods
from ccsat.runs_cli import runs_app
from ccsat.schedule_cli import schedule
from ccsat.service_cli import add_to as add_service
from ccsat.terminal import Lang, say, speak
from ccsat.trainer_cli import add_to as add_trainer
from ccsat.wording import count, has, language, text
from ccsat.workshop_cli import lab, workshop_app
from ccsat.worlds_cli import world_app

REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG)
app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help=text("cli.app"),
)
app.add_typer(world_app, name="world")
app.add_typer(workshop_app, name="workshop")
app.add_typer(runs_app, name="runs")
app.command("schedule", help=text("cli_schedule.help"), epilog=text("cli_schedule.example"))(schedule)
app.add_typer(actions_app, name="actions")
add_grading(workshop_app)
add_trainer(workshop_app)
app.command("methods", help=text("cli_methods.help"), epilog=text("cli_methods.example"))(methods)
app.command("kpis", help=text("cli_kpis.help"), epilog=text("cli_kpis.example"))(kpis)
add_service(app)
app.command("lab", help=text("cli.lab"), epilog=text("cli.lab_example"))(lab)

Settings = Annotated[list[str], typer.Option("--set", help=text("cli.set"))]
StudyPath = Annotated[Path, typer.Argument(help=text("cli.study"))]


def _pairs(settings: list[str]) -> dict[str, object]:
    pairs = {}
    for one in settings:
        key, equals, value = one.partition("=")
        if not equals or not key.strip():
            raise StudyError("set_form", given=one)
        pairs[key.strip()] = value.strip()
    return pairs


@app.command(help=text("cli.init"), epilog=text("cli.init_example"))
def init(files: Annotated[list[Path], typer.Argument(help=text("cli.files"))],
         out: Annotated[Path, typer.Option("--out", help=text("cli.init_out"))] = Path("study.toml"),
         force: Annotated[bool, typer.Option("--force", help=text("cli.init_force"))] = False,
         dayfirst: Annotated[Optional[bool], typer.Option("--dayfirst/--monthfirst", help=text("cli.dayfirst"))] = None,
         lang: Lang = None) -> None:  # fmt: skip
    """Propose a study from data files."""
    from ccsat.init import propose_study, unsure_lines

    speak(lang)
    if out.exists() and not force:
        raise StudyError("init_exists", path=str(out))
    words = propose_study(
        files, lang=language(), out_folder=out.parent, dayfirst="auto" if dayfirst is None else dayfirst
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    work = out.with_name(out.name + ".part")
    work.write_text(words, encoding="utf-8", newline="\n")
    os.replace(work, out)
    print(text("cli.init_done", path=out))
    unsure = unsure_lines(words, language())
    for line in unsure:
        print("  - " + line)
    print(text("cli.init_next", path=out, n=len(unsure)))


@app.command(help=text("cli.check"), epilog=text("cli.check_example"))
def check(study: StudyPath, settings: Settings = [], as_of: Annotated[Optional[str], typer.Option("--as-of", help=text("cli.as_of"))] = None,
          lang: Lang = None) -> None:  # fmt: skip
    """The intake account and stage 1 of a study."""
    speak(lang, study)
    from ccsat.centre import read_centre
    from ccsat.question import Question
    from ccsat.stages.check import check_data

    centre = read_centre(study, settings=_pairs(settings))
    print(centre.intake.sentence())
    for one in centre.intake.set_aside:
        print(
            f"  - {text('set_aside.' + one['why']) if has('set_aside.' + one['why']) else one['why']}: {count(one['n'])}"
        )
    found = check_data(centre, Question.of(centre.study, as_of=as_of))
    from ccsat.views import show_check

    for row in show_check(found).rows:
        print(row[0])
    if found.verdict.stops:
        raise typer.Exit(5)


@app.command(help=text("cli.trace"), epilog=text("cli.trace_example"))
def trace(study: StudyPath, notebook: Annotated[str, typer.Option("--notebook", help=text("cli.notebook_option"))] = "R03",
          as_of: Annotated[Optional[str], typer.Option("--as-of", help=text("cli.as_of"))] = None,
          settings: Settings = [], out: Annotated[Path, typer.Option("--out", help=text("cli.out"))] = Path("runs"),
          force: Annotated[bool, typer.Option("--force", help=text("cli.force"))] = False,
          go_on: Annotated[bool, typer.Option("--go-on", help=text("cli.go_on"))] = False,
          fail_on_alert: Annotated[bool, typer.Option("--fail-on-alert", help=text("cli_runs.fail_on_alert"))] = False,
          dry_run: Annotated[bool, typer.Option("--dry-run", help=text("cli_runs.dry_run_alerts"))] = False, lang: Lang = None) -> None:  # fmt: skip
    """One published run of a study."""
    speak(lang, study)
    from ccsat.runs import run_study

    done = run_study(study, notebook=notebook, as_of=as_of, settings=_pairs(settings), out=out, force=force, go_on=go_on, lang=lang, progress=say,
                     dry_run=dry_run, ask_first=True)  # fmt: skip
    print(text("cli.trace_done", verdict=text(f"verdict_short.{done.findings['check']['verdict']}") if "check" in done.findings else "–",
               path=done.folder / "report.html"))  # fmt: skip
    if done.exit_code:
        raise typer.Exit(done.exit_code)
    if fail_on_alert and done.alerted:
        raise typer.Exit(3)


@app.command(help=text("cli.notebook"), epilog=text("cli.notebook_example"))
def notebook(name: Annotated[str, typer.Argument(help=text("cli.notebook_name"))], study: StudyPath, settings: Settings = [],
             out: Annotated[Path, typer.Option("--out", help=text("cli.out"))] = Path("runs"), lang: Lang = None) -> None:  # fmt: skip
    """Fill in and run a notebook."""
    speak(lang, study)
    from ccsat.notebooks import check_parameters, execute_notebook, find_notebook, parameters_of
    from ccsat.report import write_report

    source = find_notebook(name, language())
    given = {"lang": language(), **_pairs(settings)}
    known = parameters_of(source)
    if "study" in known:
        given["study"] = str(study.resolve())
    elif "data_dir" in known:
        given["data_dir"] = str((study if study.is_dir() else study.parent).resolve())
    values = check_parameters(source, given)
    folder = out / source.stem
    folder.mkdir(parents=True, exist_ok=True)
    execute_notebook(
        source,
        values,
        folder / source.name,
        cwd=folder,
        progress=lambda cell: say(text("runs.cell", number=cell.number, total=cell.total)),
    )
    page = write_report(folder / source.name, folder / "report.html", lang=language())
    print(text("cli.notebook_done", path=page))


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"ccsat {version('ccsat')}")
        raise typer.Exit


@app.callback()
def common(lang: Lang = None,
           version: Annotated[bool, typer.Option("--version", is_eager=True, callback=_version, help=text("cli.version"))] = False) -> None:  # fmt: skip
    """The language of everything."""
    speak(lang)


def _with_one(words: list[str]) -> typer.Typer:
    """The command line with only the command that is asked for: to build the others is a third of a short command's start."""
    names = [word for before, word in zip(["", *words], words, strict=False) if before != "--lang" and word[:1] != "-"]
    groups = [one for one in app.registered_groups if one.name in names[:1]]
    commands = [one for one in app.registered_commands if (one.name or one.callback.__name__) in names[:1]]
    if not groups and not commands:
        return app
    one = copy(app)
    one.registered_groups, one.registered_commands = groups, commands
    return one


def main() -> None:
    """Run the command line; every error is one message and an exit code."""
    try:
        sys.exit(_with_one(sys.argv[1:])(standalone_mode=False))
    except CcsatError as error:
        say(str(error))
        sys.exit(error.exit_code)
    except typer.Exit as end:
        sys.exit(end.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)
    except Exception as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            print(error.format_message())
            sys.exit(0)
        if hasattr(error, "format_message"):  # typer's own: an option or argument that does not fit
            say(str(StudyError("usage", message=error.format_message() or type(error).__name__)))
            sys.exit(2)
        if os.environ.get("CCSAT_DEBUG"):
            raise
        if isinstance(error, OSError) and error.errno in REFUSED:
            say(str(StudyError("file_refused", path=error.filename or "–", reason=error.strerror)))
            sys.exit(2)
        say(str(RunError("internal", name=type(error).__name__, message=str(error)[:300])))
        sys.exit(1)


if __name__ == "__main__":
    main()
