"""A team's folder: its own world, the data, the notebooks filled in, and a file that says whose it is. Never the truth."""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from ccsat.errors import CcsatError, listing
from ccsat.lean import load_nbformat
from ccsat.wording import LANGUAGES, text
from ccsat.workshop.exercises.team_case import CAPSTONE, TEAM_WORLDS
from ccsat.workshop.findings import RESULTS
from ccsat.workshop.records import TEAM_FILE
from ccsat.workshop.sealed import unseal
from ccsat.workshop.source import with_literals

if TYPE_CHECKING:
    from ccsat.workshop.case_file import CaseFile

SCHEMA = 1
CLASS_SEED = 2025
FIRST_SEED, SEEDS = 100_000, 800_000  # teams' seeds lie beyond those that examples and tests use
TRIES = 20  # seeds tried for a world whose problem can be found
NOTEBOOKS = ("00_orientation", "30_w0_teams", "31_w1_data", "32_w2_locate", "33_w3_trace", "34_w4_solution", "36_w6_report",
             "37_w7_capstone")  # fmt: skip  # W5 is the trainer's
SCALES = ("full", "small")


class TeamError(CcsatError):
    """A team's folder that cannot be made or read."""


@dataclass(frozen=True, kw_only=True)
class Team:
    """What `team.json` holds: whose folder it is, and from what its world was drawn."""

    schema: int
    team: str
    lang: str
    world: str
    seed: int
    scale: str
    vary: bool
    class_seed: int


def new_team(
    team: str,
    *,
    lang: str,
    class_seed: int = CLASS_SEED,
    out: str | Path = ".",
    world: str | None = None,
    scale: str = "full",
    notebooks: Path | None = None,
    case: CaseFile | None = None,
) -> Path:
    """Make a team's folder `team-NAME` below `out`.

    The world is one of eight, dealt by the class's seed so that the first eight teams differ; seed, cell, onset, strength and decoys
    are the team's own, drawn again until the problem is big enough to be found.

    Args:
        team: Its number or name.
        lang: "zh" or "en", of notebooks, data comments and reports.
        class_seed: One for the class; the same one gives the same folders.
        world: A world instead of the one dealt, e.g. "S03".
        scale: Of the data.
        notebooks: Folder with the built notebooks of this language; found by itself when None.
        case: A trainer's own case (`ccsat workshop case`) instead of a world; scale and options are its own.

    Returns:
        The folder.

    Raises:
        TeamError: The folder exists, or a name, language or world that there is not.
    """
    name = slug(team)
    if lang not in LANGUAGES:
        raise TeamError("team_lang", lang=lang)
    dealt = deal_world(team, class_seed) if world is None else world.strip().upper().split("_")[0]
    if case is not None:
        dealt, scale = case.world, case.scale
    if dealt not in TEAM_WORLDS:
        raise TeamError("team_world", world=world, known=", ".join(TEAM_WORLDS))
    folder = Path(out) / f"team-{name}"
    if folder.exists():
        raise TeamError("team_exists", folder=folder.as_posix())
    source = notebooks or notebooks_folder(lang)
    made = findable(dealt, team, class_seed, scale=scale, lang=lang, options=case.options if case else "")
    sheet = Team(schema=SCHEMA, team=str(team).strip(), lang=lang, world=case.code if case else dealt, seed=made.seed, scale=scale, vary=True,
                 class_seed=int(class_seed))  # fmt: skip
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    try:
        part.mkdir()
        _write_data(made, part / "data", sheet)
        for notebook in NOTEBOOKS:
            fill_notebook(source / f"{notebook}.ipynb", part / f"{notebook}.ipynb", sheet)
        (part / RESULTS).mkdir()
        _write(part / TEAM_FILE, json.dumps(asdict(sheet), ensure_ascii=False, indent=1) + "\n")
        part.rename(folder)  # whole or not at all
    except OSError as error:
        if folder.exists():
            raise TeamError("team_exists", folder=folder.as_posix()) from error
        raise
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder


def slug(team: str) -> str:
    """A team's name as part of a folder's name; letters of any script, digits, dashes."""
    name = re.sub(r"[^\w-]+", "-", str(team).strip()).strip("-_")
    if not name or len(name) > 40:
        raise TeamError("team_name", team=team)
    return name


def deal_world(team: str, class_seed: int) -> str:
    """The world of a team: the eight in an order of the class's seed, numbered teams one after the other."""
    order = sorted(TEAM_WORLDS, key=lambda code: sha256(f"{class_seed}/{code}".encode()).digest())
    words = str(team).strip()
    place = int(words) - 1 if words.isdecimal() else int.from_bytes(sha256(words.encode()).digest()[:4], "big")
    return order[place % len(order)]


def findable(code: str, team: str, class_seed: int, *, scale: str = "full", lang: str = "zh", options: str = ""):
    """The team's world: the first of its seeds in which what is planted is big enough to be found."""
    from ccsat import worlds

    given = {name: value for name, value in vars(worlds.Options.parse(options)).items() if value is not None}
    for turn in range(TRIES):
        drawn = sha256(f"{class_seed}/{str(team).strip()}/{turn}".encode()).digest()
        seed = FIRST_SEED + int.from_bytes(drawn[:6], "big") % SEEDS
        world = worlds.make(code, rng=seed, scale=scale, vary=True, comments=lang, **given)
        if scale != "full" or world.truth["findable"]:
            return world
    return world


def read_team(folder: str | Path = ".") -> Team:
    """A team's file, checked.

    Raises:
        TeamError: There is none, or its content is not a team's; all problems at once.
    """
    path = Path(folder) / TEAM_FILE
    if not path.is_file():
        raise TeamError("team_missing", folder=str(folder))
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise TeamError("team_wrong", file=TEAM_FILE, problems=f"JSON: {error}") from error
    if problems := problems_of(content):
        raise TeamError("team_wrong", file=TEAM_FILE, problems="; ".join(problems))
    return Team(**{key: content[key] for key in Team.__dataclass_fields__})


def problems_of(content: object) -> list[str]:
    """What keeps a value from being a team's file, in words."""
    if not isinstance(content, dict):
        return [text("workshop.team.not_an_object")]
    fields = Team.__dataclass_fields__
    problems = [text("workshop.team.lacks", key=key) for key in fields if key not in content]
    if strange := [key for key in content if key not in fields]:
        problems.append(text("workshop.team.strange", keys=listing(strange)))
    allowed = {"schema": (SCHEMA,), "lang": LANGUAGES, "world": TEAM_WORLDS, "scale": SCALES, "vary": (True, False)}
    content = {**content, "world": _story_of(content.get("world"))} if "world" in content else content
    for key, values in allowed.items():
        if key in content and (
            content[key] not in values or isinstance(content[key], bool) != isinstance(values[0], bool)
        ):
            problems.append(
                text("workshop.team.value", key=key, value=content[key], allowed=", ".join(map(str, values)))
            )
    for key in ("seed", "class_seed"):
        if key in content and (not isinstance(content[key], int) or isinstance(content[key], bool) or content[key] < 0):
            problems.append(text("workshop.team.whole", key=key, value=content[key]))
    if "team" in content and not (isinstance(content["team"], str) and content["team"].strip()):
        problems.append(text("workshop.team.name"))
    return problems


def _story_of(world: object) -> object:
    """The story behind a world's name, sealed or not; the name itself where it is damaged."""
    try:
        return unseal(world)[0] if isinstance(world, str) else world
    except CcsatError:
        return world


def notebooks_folder(lang: str) -> Path:
    """Where the built notebooks of a language lie: below the working folder, in the installed package, or beside it.

    Raises:
        TeamError: Nowhere.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (Path("notebooks") / lang, package / "_notebooks" / lang, package.parent / "notebooks" / lang):
        if (folder / f"{NOTEBOOKS[1]}.ipynb").is_file():
            return folder
    raise TeamError("team_notebooks", lang=lang)


def fill_notebook(source: Path, target: Path, sheet: Team) -> None:
    """A built notebook with the team's parameters written into its parameters cell."""
    nbformat = load_nbformat()

    notebook = nbformat.read(source, as_version=4)
    exercise = re.search(r"_w(\d)_", source.name)
    given = {
        "lang": sheet.lang,
        "seed": sheet.seed,
        "scale": sheet.scale,
        "vary": sheet.vary,
        "team": sheet.team,
        "role": "trainee",
    }
    if exercise:
        given["out_dir"] = f"{RESULTS}/W{exercise.group(1)}"
        own = exercise.group(1) != "7"
        given |= {"world": sheet.world if own else CAPSTONE, "data_dir": "data" if own else ""}
    for cell in notebook.cells:
        if "parameters" in cell.metadata.get("tags", []):
            cell.source = with_literals(cell.source, given)
    _write(target, nbformat.writes(notebook, version=4).rstrip("\n") + "\n")


def _write_data(world, folder: Path, sheet: Team) -> None:
    """The tables and the study file; the study under the team's name, for the story's own name says what happens in it."""
    shutil.copytree(world.folder, folder)
    words = world.study_text(sheet.lang).replace(world.name, f"team-{slug(sheet.team)}")
    _write(folder / "study.toml", words)


def _write(path: Path, words: str) -> None:
    path.write_text(words, encoding="utf-8", newline="\n")
