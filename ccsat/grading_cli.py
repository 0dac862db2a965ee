"""`ccsat workshop check`, `grade` and `export-nbgrader`: what a trainer runs before a class and after it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ccsat.terminal import Lang, say, speak
from ccsat.wording import text

WIDTH = 24
Root = Annotated[Path, typer.Option("--root", help=text("grading.cli.root"))]
Only = Annotated[list[str] | None, typer.Option("--only", help=text("grading.cli.only"))]


def add_to(app: typer.Typer) -> None:
    """Register the commands on the workshop's app."""
    app.command("grade", help=text("grading.cli.grade"), epilog=text("grading.cli.grade_example"))(grade)
    app.command("check", help=text("grading.cli.check"), epilog=text("grading.cli.check_example"))(check)
    app.command("export-nbgrader", help=text("grading.cli.export"), epilog=text("grading.cli.export_example"))(export)


def grade(submissions: Annotated[Path, typer.Argument(help=text("grading.cli.submissions"))],
          out: Annotated[Path, typer.Option("--out", help=text("grading.cli.out"))],
          jobs: Annotated[int, typer.Option("--jobs", help=text("grading.cli.jobs"))] = 2,
          limit: Annotated[float, typer.Option("--limit", help=text("grading.cli.limit"))] = 300,
          memory: Annotated[float, typer.Option("--memory", help=text("grading.cli.memory"))] = 3,
          teams: Annotated[Path | None, typer.Option("--teams", help=text("grading.cli.teams"))] = None,
          unsafe: Annotated[bool, typer.Option("--unsafe", help=text("grading.cli.unsafe"))] = False,
          root: Root = Path("."), lang: Lang = None) -> None:  # fmt: skip
    """Grade a folder of submissions."""
    speak(lang)
    from ccsat.workshop.grading import GradingError, grade_submissions
    from ccsat.workshop.grading.sandbox import Limits

    for name, given, low, high in (
        ("--jobs", jobs, 1, 64),
        ("--limit", limit, 5, 36_000),
        ("--memory", memory, 1, 1024),
    ):
        if not low <= given <= high:
            raise GradingError("grade_limit", name=name, given=f"{given:g}", allowed=f"{low}–{high}")
    done = grade_submissions(submissions, out, root=root, jobs=jobs, limits=Limits(seconds=limit, memory=memory), teams=teams,
                             unsafe=unsafe, progress=_bar)  # fmt: skip
    print(text("grading.cli.done", n=len(done.results), graded=done.graded, out=out))


def _bar(done: int, total: int, name: str, state: str) -> None:
    """A bar on a terminal, a line each elsewhere."""
    filled = WIDTH * done // total
    line = f"[{'#' * filled}{'.' * (WIDTH - filled)}] {done}/{total} {name}: {text(f'grading.state.{state}')}"
    if sys.stderr.isatty():
        print(f"\r\x1b[K{line}", end="" if done < total else "\n", file=sys.stderr, flush=True)
    else:
        say(line)


def check(only: Only = None, root: Root = Path("."), lang: Lang = None) -> None:
    """Prove the exercises."""
    speak(lang)
    from ccsat.workshop.proof import ProofError, prove_workshop

    proofs = prove_workshop(root, only=only or (), progress=lambda name: say(text("grading.cli.proving", name=name)))
    for proof in proofs:
        if not proof.problems:
            print(text("grading.cli.proved", name=proof.name, items=proof.items, wrong=proof.wrong))
    if problems := [line for proof in proofs for line in proof.problems]:
        first = next(proof.name for proof in proofs if proof.problems)
        raise ProofError("proof_failed", n=len(problems), problems="\n  ".join(problems), name=first)


def export(out: Annotated[Path, typer.Option("--out", help=text("grading.cli.export_out"))], only: Only = None, root: Root = Path("."),
           lang: Lang = None) -> None:  # fmt: skip
    """Write an nbgrader course."""
    speak(lang)
    from ccsat.workshop.nbgrader_export import export_nbgrader

    made = export_nbgrader(out, root=root, only=only or ())
    print(text("grading.cli.export_done", out=out, n=len(made), first=made[0]))
