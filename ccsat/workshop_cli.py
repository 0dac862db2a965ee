"""`ccsat workshop` and `ccsat lab`: build notebooks, make a team's folder, open a hint, see the day's standing, open JupyterLab."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from ccsat.errors import StudyError
from ccsat.terminal import Lang, say, speak
from ccsat.wording import language, text

workshop_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=text("cli.workshop"))
FIRST, TEAMS_FIRST = "00_orientation.ipynb", "30_w0_teams.ipynb"

Check = Annotated[bool, typer.Option("--check", help=text("cli.build_check"))]
Only = Annotated[list[str] | None, typer.Option("--only", help=text("cli.build_only"))]
Run = Annotated[bool, typer.Option("--run/--no-run", help=text("cli.build_run"))]
Root = Annotated[Path, typer.Option("--root", help=text("cli.build_root"))]
TeamName = Annotated[str, typer.Option("--team", help=text("workshop_cli.team"))]
ClassSeed = Annotated[int, typer.Option("--class-seed", help=text("workshop_cli.class_seed"))]
Out = Annotated[Path, typer.Option("--out", help=text("workshop_cli.out"))]
World = Annotated[str | None, typer.Option("--world", help=text("workshop_cli.world"))]
Scale = Annotated[str, typer.Option("--scale", help=text("cli.scale"))]
OwnCase = Annotated[Path | None, typer.Option("--case", help=text("trainer.cli.new_case"))]
TeamDir = Annotated[Path, typer.Option("--team-dir", help=text("workshop_cli.team_dir"))]
ItemName = Annotated[str, typer.Argument(help=text("workshop_cli.item"))]
Level = Annotated[int, typer.Argument(help=text("workshop_cli.level"))]


@workshop_app.command("build", help=text("cli.build"), epilog=text("cli.build_example"))
def build(check: Check = False, only: Only = None, run: Run = True, root: Root = Path("."), lang: Lang = None) -> None:
    """Notebooks, solutions and guide pages from their sources."""
    speak(lang)
    from ccsat.workshop.build import build_workshop

    built = build_workshop(root, check=check, run=run, only=only or (), progress=say)
    for file in built.differing if check else built.files:
        print(file)
    if not built.ok:
        say(text("cli.build_differs", n=len(built.differing)))
        raise typer.Exit(1)
    if check:
        print(text("cli.build_same"))


@workshop_app.command("new", help=text("workshop_cli.new"), epilog=text("workshop_cli.new_example"))
def new(team: TeamName, class_seed: ClassSeed = 2025, out: Out = Path("."), world: World = None, scale: Scale = "full",
        case: OwnCase = None, lang: Lang = None) -> None:  # fmt: skip
    """A team's folder."""
    speak(lang)
    from ccsat.workshop.case_file import read_case
    from ccsat.workshop.team import new_team, slug

    if not (out / f"team-{slug(team)}").exists():
        say(text("workshop_cli.making"))
    folder = new_team(team, lang=language(), class_seed=class_seed, out=out, world=world, scale=scale,
                      case=read_case(case) if case else None)  # fmt: skip
    print(text("workshop_cli.made", folder=folder.as_posix()))


@workshop_app.command("hint", help=text("workshop_cli.hint"), epilog=text("workshop_cli.hint_example"))
def hint(item: ItemName, level: Level = 1, team_dir: TeamDir = Path("."), lang: Lang = None) -> None:
    """Open a hint of the team's day."""
    from ccsat.workshop.team import read_team

    sheet = read_team(team_dir)
    speak(lang or sheet.lang)
    from ccsat.errors import listing
    from ccsat.workshop import begin
    from ccsat.workshop.checks import ExerciseError
    from ccsat.workshop.exercises import EXERCISES
    from ccsat.workshop.exercises.team_case import CAPSTONE
    from ccsat.workshop.helping import hint as open_hint

    days = {name: exercise for name, exercise in EXERCISES.items() if name.startswith("W")}
    found = next((name for name, exercise in days.items() if item in exercise.items), None)
    if found is None:
        raise ExerciseError("item_unknown", item=item, exercise="W0–W7", known=listing([one for e in days.values() for one in e.items], 30))  # fmt: skip
    own = found != "W7"
    begin(found, world=sheet.world if own else CAPSTONE, seed=sheet.seed, lang=language(), scale=sheet.scale, vary=sheet.vary,
          data_dir=str(team_dir / "data") if own else "", team=sheet.team, team_dir=str(team_dir))  # fmt: skip
    print(open_hint(item, level))


@workshop_app.command("status", help=text("workshop_cli.status"), epilog=text("workshop_cli.status_example"))
def status(team_dir: TeamDir = Path("."), lang: Lang = None) -> None:
    """Points by stage, and what has been opened."""
    from ccsat.workshop.team import read_team

    sheet = read_team(team_dir)
    speak(lang or sheet.lang)
    from ccsat.workshop.findings import standing
    from ccsat.workshop.helping import opened_table

    print(standing(team_dir))
    if (opened := opened_table(team_dir)).rows:
        print(opened)


def lab(folder: Annotated[Path | None, typer.Argument(help=text("cli.lab_folder"))] = None,
        port: Annotated[int, typer.Option("--port", help=text("cli.lab_port"))] = 8888, lang: Lang = None) -> None:  # fmt: skip
    """JupyterLab on loopback, with a token, on the notebook to begin with."""
    speak(lang)
    root, first = lab_root(folder, language())
    quiet = str(Path(__file__).parent / "workshop" / "lab")  # no question about Jupyter news over the notebook
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUTF8": "1", "CCSAT_LANG": language(),
                   "JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, (quiet, os.environ.get("JUPYTER_CONFIG_PATH"))))}  # fmt: skip
    command = [sys.executable, "-m", "jupyterlab", "--ip=127.0.0.1", f"--port={port}", f"--ServerApp.root_dir={root}",
               '--LabApp.news_url=None', "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
               "--LabApp.extension_manager=readonly"]  # fmt: skip
    if first:
        command.append(f"--LabApp.default_url=/lab/tree/{first}")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    raise typer.Exit(_serve(command, environment))


def _serve(command: list[str], environment: dict[str, str]) -> int:
    """Run JupyterLab until it ends; gives its exit code. Whoever ends this command ends it and its kernels too."""
    import contextlib
    import signal
    import subprocess

    server = subprocess.Popen(command, env=environment)
    before = signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    try:
        while server.returncode is None:
            with contextlib.suppress(KeyboardInterrupt):  # JupyterLab has it too, and asks whether to stop
                server.wait()
    finally:
        signal.signal(signal.SIGTERM, before)
    return server.returncode if server.returncode >= 0 else 128 - server.returncode


def lab_root(folder: Path | None, lang: str) -> tuple[Path, str]:
    """The folder JupyterLab opens, and the notebook to begin with: a team's own, else the orientation of the language, else none.

    Raises:
        StudyError: The folder is not there.
    """
    from ccsat.workshop.records import TEAM_FILE

    if folder is None:
        folder = Path(".") if Path(TEAM_FILE).is_file() or not Path("notebooks").is_dir() else Path("notebooks")
    if not folder.is_dir():
        raise StudyError("lab_folder", folder=str(folder))
    names = (
        (TEAMS_FIRST, FIRST)
        if (folder / TEAM_FILE).is_file()
        else (FIRST, f"{lang}/{FIRST}", f"notebooks/{lang}/{FIRST}")
    )
    return folder.resolve(), next((name for name in names if (folder / name).is_file()), "")
