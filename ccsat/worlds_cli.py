"""`ccsat world`: make an invented centre, write its truth, score a run against it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ccsat.terminal import Lang, say, speak
from ccsat.wording import language, text

world_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=text("cli.world"))

Name = Annotated[str, typer.Argument(help=text("cli.world_name"))]
Seed = Annotated[int, typer.Option("--seed", help=text("cli.seed"))]
Scale = Annotated[str, typer.Option("--scale", help=text("cli.scale"))]
Vary = Annotated[bool, typer.Option("--vary", help=text("cli.vary"))]
Strength = Annotated[float | None, typer.Option("--strength", help=text("world_cli.strength"))]
Onset = Annotated[int | None, typer.Option("--onset", help=text("world_cli.onset"))]
Cell = Annotated[str | None, typer.Option("--cell", help=text("world_cli.cell"))]
Decoys = Annotated[int | None, typer.Option("--decoys", help=text("world_cli.decoys"))]


@world_app.command("make", help=text("cli.world_make"), epilog=text("cli.world_make_example"))
def world_make(name: Name, out: Annotated[Path, typer.Option("--out", help=text("cli.world_out"))], seed: Seed = 7, scale: Scale = "full",
               vary: Vary = False, strength: Strength = None, onset: Onset = None, cell: Cell = None, decoys: Decoys = None,
               format: Annotated[str, typer.Option("--format", help=text("cli.format"))] = "parquet",
               contacts: Annotated[int | None, typer.Option("--contacts", help=text("world_cli.contacts"))] = None, lang: Lang = None) -> None:  # fmt: skip
    """An invented centre's tables and study file."""
    speak(lang)
    world = _world(name, seed, scale, vary, strength=strength, onset=onset, cell=cell, decoys=decoys)
    if contacts is None:
        study = world.write(out, format, lang=language())
    else:
        from ccsat.worlds.chunks import write_large

        study = write_large(
            world,
            out,
            contacts,
            lang=language(),
            progress=lambda done, total: say(text("world_cli.part", done=done, total=total)),
        )
    print(text("cli.world_done", path=study))


@world_app.command("truth", help=text("cli.world_truth"), epilog=text("cli.world_truth_example"))
def world_truth(name: Name, out: Annotated[Path, typer.Option("--out", help=text("cli.truth_out"))], seed: Seed = 7, scale: Scale = "full",
                vary: Vary = False, strength: Strength = None, onset: Onset = None, cell: Cell = None, decoys: Decoys = None,
                lang: Lang = None) -> None:  # fmt: skip
    """An invented centre's truth."""
    speak(lang)
    truth = _world(name, seed, scale, vary, strength=strength, onset=onset, cell=cell, decoys=decoys).truth
    _write(out, truth)
    print(text("cli.truth_done", path=out))
    if not truth["findable"]:
        print(text("world_cli.not_findable"))


@world_app.command("score", help=text("world_cli.score"), epilog=text("world_cli.score_example"))
def world_score(run: Annotated[Path, typer.Argument(help=text("world_cli.run"))],
                truth: Annotated[Path, typer.Option("--truth", help=text("world_cli.truth"))],
                json: Annotated[Path | None, typer.Option("--json", help=text("world_cli.json"))] = None, lang: Lang = None) -> None:  # fmt: skip
    """How much of the truth a run found."""
    speak(lang)
    from ccsat import worlds

    card = worlds.score(run, truth)
    print(card)
    if json is not None:
        _write(json, card.as_dict())


@world_app.callback()
def common(lang: Lang = None) -> None:
    """The language of everything."""
    speak(lang)


def _world(name: str, seed: int, scale: str, vary: bool, **options: Any):
    from ccsat import worlds

    given = {option: value for option, value in options.items() if value is not None}
    return worlds.make(name, rng=seed, scale=scale, vary=vary, comments=language(), **given)


def _write(file: Path, content: dict) -> None:
    import json

    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
