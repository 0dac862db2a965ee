"""`ccsat workshop case`, `board` and `handbook`: a trainer's own cases, the class on one page, and the handbook."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ccsat.terminal import Lang, say, speak
from ccsat.wording import language, text

WIDTH = 24


def add_to(app: typer.Typer) -> None:
    """Register the commands on the workshop's app."""
    app.command("case", help=text("trainer.cli.case"), epilog=text("trainer.cli.case_example"))(case)
    app.command("board", help=text("trainer.cli.board"), epilog=text("trainer.cli.board_example"))(board)
    app.command("handbook", help=text("trainer.cli.handbook"), epilog=text("trainer.cli.handbook_example"))(handbook)


def case(world: Annotated[str, typer.Argument(help=text("trainer.cli.case_world"))],
         out: Annotated[Path, typer.Option("--out", help=text("trainer.cli.case_out"))],
         strength: Annotated[float | None, typer.Option("--strength", help=text("trainer.cli.strength"))] = None,
         cell: Annotated[str | None, typer.Option("--cell", help=text("trainer.cli.cell"))] = None,
         decoys: Annotated[int | None, typer.Option("--decoys", help=text("trainer.cli.decoys"))] = None,
         onset: Annotated[int | None, typer.Option("--onset", help=text("trainer.cli.onset"))] = None,
         seeds: Annotated[int, typer.Option("--seeds", help=text("trainer.cli.seeds"))] = 20,
         first_seed: Annotated[int, typer.Option("--first-seed", help=text("trainer.cli.first_seed"))] = 900_001,
         scale: Annotated[str, typer.Option("--scale", help=text("trainer.cli.scale"))] = "full",
         anyway: Annotated[bool, typer.Option("--anyway", help=text("trainer.cli.anyway"))] = False, lang: Lang = None) -> None:  # fmt: skip
    """Try a case and publish it."""
    speak(lang)
    from ccsat.workshop.case_file import publish, refuse_before
    from ccsat.workshop.case_maker import CaseError, try_case

    if not 1 <= seeds <= 1000:
        raise CaseError("case_seeds", seeds=seeds)
    refuse_before(
        out, world, scale=scale, strength=strength, cell=cell, decoys=decoys, onset=onset
    )  # not after minutes of simulation
    trial = try_case(world, strength=strength, cell=cell, decoys=decoys, onset=onset, seeds=range(first_seed, first_seed + seeds), scale=scale,
                     progress=_bar)  # fmt: skip
    print(trial)
    file = publish(trial, out, scale=scale, anyway=anyway)
    print(text("trainer.cli.published", file=file.as_posix()))
    if not trial.findable:
        print(text("trainer.cli.anyway_note"))


def board(results: Annotated[Path, typer.Argument(help=text("trainer.cli.board_results"))],
          out: Annotated[Path, typer.Option("--out", help=text("trainer.cli.board_out"))] = Path("board.html"), lang: Lang = None) -> None:  # fmt: skip
    """Write the class board."""
    speak(lang)
    from ccsat.workshop.board import read_class, write_board

    teams = read_class(results)
    print(
        text(
            "trainer.cli.board_done",
            file=write_board(teams, out, lang=language()).as_posix(),
            n=len({one.team for one in teams}),
        )
    )


def handbook(check: Annotated[bool, typer.Option("--check", help=text("trainer.cli.handbook_check"))] = False,
             out: Annotated[Path | None, typer.Option("--out", help=text("trainer.cli.handbook_out"))] = None,
             root: Annotated[Path, typer.Option("--root", help=text("trainer.cli.handbook_root"))] = Path("."), lang: Lang = None) -> None:  # fmt: skip
    """Write the trainer's pages."""
    speak(lang)
    from ccsat.workshop.handbook import build_handbook, write_handbook

    if out is not None:
        print(text("trainer.cli.published", file=write_handbook(root, out, lang=language()).as_posix()))
        return
    files = build_handbook(root, check=check)
    for file in files:
        print(file)
    if check and files:
        say(text("trainer.cli.handbook_differs", n=len(files)))
        raise typer.Exit(1)
    if check:
        print(text("trainer.cli.handbook_same"))


def _bar(done: int, total: int, words: str) -> None:
    """A bar on a terminal, a line each elsewhere."""
    filled = WIDTH * done // total
    line = f"[{'#' * filled}{'.' * (WIDTH - filled)}] {done}/{total} {words}"
    if sys.stderr.isatty():
        print(f"\r\x1b[K{line}", end="" if done < total else "\n", file=sys.stderr, flush=True)
    else:
        say(line)
