"""A published case: the file that `ccsat workshop new --case` reads, with what was measured of it."""

from __future__ import annotations

import csv
import tomllib
from dataclasses import asdict, dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from ccsat.toml_text import TomlText, toml_value
from ccsat.wording import LANGUAGES, language, percent, text
from ccsat.workshop.case_maker import DEALT, FINDABLE, CaseError, Share, Trial, team_story
from ccsat.workshop.naive import READERS
from ccsat.workshop.sealed import seal

SCHEMA = 1
FILES = ("case.toml", "seeds.csv")


@dataclass(frozen=True, kw_only=True)
class CaseFile:
    """A published case, as `ccsat workshop new --case` reads it. It names the answer: it is the trainer's."""

    schema: int
    world: str
    options: str
    scale: str
    published_anyway: bool

    @property
    def code(self) -> str:
        """The world's name in a team's folder: it makes the same world and does not say where the problem lies."""
        return seal(self.world, self.options)


def publish(trial: Trial, out: str | Path, *, scale: str = "full", anyway: bool = False) -> Path:
    """Write `case.toml` and `seeds.csv` into a folder.

    Raises:
        CaseError: The case cannot be found and `anyway` is not set, or the folder holds another case.
    """
    folder = Path(out)
    file = folder / FILES[0]
    sheet = CaseFile(
        schema=SCHEMA, world=trial.world, options=trial.options, scale=scale, published_anyway=not trial.findable
    )
    refuse_other(file, sheet)
    if not trial.findable and not anyway:
        raise CaseError("case_unfindable", first=trial.first, dealt=trial.dealt, wanted=percent(FINDABLE, 0), half=percent(DEALT, 0), options=trial.options or "–")  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILES[1]).write_text(_seeds_csv(trial), encoding="utf-8-sig", newline="\n")
    file.write_text(_toml(sheet, trial), encoding="utf-8", newline="\n")
    return file


def refuse_other(file: Path, sheet: CaseFile) -> None:
    """Stop where a file holds another case; the same case may be tried again.

    Raises:
        CaseError: It does, or what it holds cannot be read.
    """
    if not file.exists():
        return
    found = read_case(file)
    if (found.world, found.options, found.scale) != (sheet.world, sheet.options, sheet.scale):
        raise CaseError("case_exists", file=file.as_posix())


def refuse_before(out: str | Path, world: str, *, scale: str, **options: object) -> None:
    """What would be refused after the simulation is refused before it: a wrong option, or a folder that holds another case.

    Raises:
        CaseError: The folder does, or the world is none of the team's day.
        StudyError: An option out of range.
    """
    from ccsat import worlds

    words = worlds.Options(**{name: value for name, value in options.items() if value is not None}).words
    sheet = CaseFile(schema=SCHEMA, world=team_story(world), options=words, scale=scale, published_anyway=False)
    world_of(sheet, 0)
    refuse_other(Path(out) / FILES[0], sheet)


def read_case(file: str | Path) -> CaseFile:
    """A published case, checked.

    Raises:
        CaseError: Not there, no case, or options that its story does not take; all problems at once.
    """
    path = Path(file)
    if path.is_dir():
        path = path / FILES[0]
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CaseError(
            "case_unread", file=path.as_posix(), reason=str(getattr(error, "strerror", None) or error)
        ) from None
    kinds = {"schema": int, "world": str, "options": str, "scale": str, "published_anyway": bool}
    case = content.get("case", {}) if isinstance(content.get("case", {}), dict) else {}
    problems = [
        text("trainer.case.lacks", key=key, kind=kind.__name__)
        for key, kind in kinds.items()
        if type(case.get(key)) is not kind
    ]
    if not problems and case["schema"] != SCHEMA:
        problems.append(text("trainer.case.schema", found=case["schema"], wanted=SCHEMA))
    if problems:
        raise CaseError("case_wrong", file=path.as_posix(), problems="; ".join(problems))
    sheet = CaseFile(**{key: case[key] for key in kinds})
    world_of(sheet, 0)  # a wrong option is told now, and not when a team begins
    return sheet


def world_of(sheet: CaseFile, seed: int, *, lang: str | None = None):
    """The world that a team gets under this case and seed."""
    from ccsat import worlds

    given = {name: value for name, value in asdict(worlds.Options.parse(sheet.options)).items() if value is not None}
    return worlds.make(
        team_story(sheet.world), rng=seed, scale=sheet.scale, vary=True, comments=lang or language(), **given
    )


def _seeds_csv(trial: Trial) -> str:
    from ccsat.report.sheet import harmless

    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        ["seed", "dealt", "rank", "found", *(f"{part}_{reader}" for reader in READERS for part in ("misled", "picked"))]
    )
    for one in trial.tries:
        said = {reading.reader: reading for reading in one.readings}
        parts: list[Any] = [
            value
            for reader in READERS
            for value in ("" if said[reader].misled is None else said[reader].misled, harmless(said[reader].picked))
        ]
        writer.writerow(
            [one.seed, int(one.dealt), one.rank if one.rank is not None else "", harmless(one.found), *parts]
        )
    return out.getvalue()


def _toml(sheet: CaseFile, trial: Trial) -> str:
    out = TomlText()
    for lang in LANGUAGES:
        out.note(text("trainer.case.file", lang))
    out.table("case")
    out.lines += [f"{key} = {toml_value(value)}" for key, value in asdict(sheet).items()]
    out.table("measured")
    out.lines += [f"findable = {toml_value(trial.findable)}", f"tempting = {toml_value(trial.tempting)}"]
    measured: dict[str, Share] = {
        "dealt": trial.dealt,
        "first": trial.first,
        **{reader: trial.misled(reader) for reader in READERS},
    }
    for key, share in measured.items():
        if share.n:
            low, high = share.interval
            out.lines.append(f"{key} = {toml_value({'share': share.value, 'lower': low, 'upper': high, 'n': share.n})}")
    return "\n".join(out.lines) + "\n"
