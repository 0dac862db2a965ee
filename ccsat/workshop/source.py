"""What a trainer edits: one percent source, read into cells with tags and checked."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path

from ccsat.errors import CcsatError, listing, suggestion
from ccsat.wording import LANGUAGES
from ccsat.wording import text as words
from ccsat.workshop.markers import BEGIN, END, all_tests, marker_problems, open_tests, solved, stub

HINTS = ("hint-1", "hint-2", "hint-3")
IGNORED = "nbval-ignore-output"  # a cell whose output depends on the machine
TAGS = frozenset(
    {
        "task",
        "exercise",
        "answer",
        "check",
        *HINTS,
        "solution",
        "hidden",
        "instructor",
        "checkpoint",
        "parameters",
        "hide",
        IGNORED,
    }
    | set(LANGUAGES)
)
ANSWER = frozenset({"answer", "exercise"})

CELL_START = re.compile(r"^#\s*%%(\s|$)")


class SourceError(CcsatError):
    """A source that cannot be built; the message names the file and the line of each problem."""


@dataclass(frozen=True)
class Cell:
    """One cell of a source. `line` is where it starts in the file."""

    kind: str  # "markdown" or "code"
    text: str
    tags: tuple[str, ...]
    name: str
    points: float
    line: int

    @property
    def lang(self) -> str | None:
        """The language of a cell that has one; shared cells have none."""
        return next((tag for tag in self.tags if tag in LANGUAGES), None)

    def has(self, *tags: str) -> bool:
        """Whether it carries one of these tags."""
        return not set(tags).isdisjoint(self.tags)

    @property
    def is_answer(self) -> bool:
        return self.kind == "code" and self.has(*ANSWER)


@dataclass(frozen=True)
class Source:
    """A notebook's source: its cells in order. A scheduled one has no solutions."""

    name: str
    file: str  # relative to the workshop's folder, as messages show it
    scheduled: bool
    cells: tuple[Cell, ...]

    def in_language(self, lang: str) -> tuple[Cell, ...]:
        """The cells of one language with the shared ones."""
        return tuple(cell for cell in self.cells if cell.lang in (None, lang))


def read_source(path: Path, *, root: Path) -> Source:
    """Read a percent source, and refuse one that would build a wrong notebook.

    Args:
        path: The `.py` file.
        root: Folder that holds `workshop/`; messages name the file relative to it.

    Raises:
        SourceError: All problems of the file, each with its line.
    """
    import jupytext

    file = path.relative_to(root).as_posix()
    text = path.read_text(encoding="utf-8")
    if unpaired := marker_problems(text, 1):  # first: an open prompt would swallow the cells after it
        said = [f"{file}:{line}: {words('workshop.source.' + key, **values)}" for line, key, values in unpaired]
        raise SourceError("source_wrong", problems="\n  ".join(said))
    notebook = jupytext.reads(text, fmt="py:percent")
    starts = [number for number, line in enumerate(text.splitlines(), 1) if CELL_START.match(line)]
    if len(starts) != len(notebook.cells):
        raise SourceError("source_layout", file=file, cells=len(notebook.cells), marks=len(starts))
    cells = tuple(
        Cell(
            kind=cell.cell_type,
            text=cell.source,
            tags=tuple(cell.metadata.get("tags", ())),
            name=str(cell.metadata.get("name", "")),
            points=float(cell.metadata.get("points", 0)),
            line=line,
        )
        for cell, line in zip(notebook.cells, starts, strict=True)
    )
    source = Source(path.stem, file, path.parent.name == "traces", cells)
    problems = [problem for look in CHECKS for problem in look(source)]
    if problems:
        said = [f"{file}:{line}: {words('workshop.source.' + key, **values)}" for line, key, values in problems]
        raise SourceError("source_wrong", problems="\n  ".join(said))
    return source


def read_sources(root: Path) -> list[Source]:
    """Every source of a workshop, exercises first, then scheduled notebooks."""
    folder = root / "workshop" / "source"
    if not folder.is_dir():
        raise SourceError("source_folder", folder=folder.name, root=root.name)
    return [
        read_source(path, root=root) for path in [*sorted(folder.glob("*.py")), *sorted(folder.glob("traces/*.py"))]
    ]


# What may go wrong: (line, key of the wording catalogue, its values) -------------------------


def _tag_problems(source: Source):
    for cell in source.cells:
        for tag in cell.tags:
            if tag not in TAGS:
                yield cell.line, "tag", {"tag": tag, "near": suggestion(tag, TAGS) or listing(sorted(TAGS), 20)}
    if sum(cell.has("parameters") for cell in source.cells) != 1:
        yield 1, "parameters", {}
    for lang in LANGUAGES:
        seen: set[str] = set()
        for cell in source.in_language(lang):
            if cell.name and cell.name in seen:
                yield cell.line, "name_twice", {"name": cell.name}
            seen.add(cell.name)


def _marker_problems(source: Source):
    for cell in source.cells:
        yield from marker_problems(cell.text, cell.line + 1)
        opened = None
        for number, line in enumerate(cell.text.splitlines(), cell.line + 1):
            if BEGIN.match(line):
                if opened is not None:
                    yield number, "nested", {"opened": opened}
                opened = number
            elif END.match(line):
                if opened is None:
                    yield number, "end_alone", {}
                opened = None
        if opened is not None:
            yield opened, "begin_alone", {}


def _pair_problems(source: Source):
    """Each zh cell is followed by its en partner, and prose always has a language."""
    for here, cell in enumerate(source.cells):
        if cell.lang is None and cell.kind == "markdown":
            yield cell.line, "no_language", {}
        if cell.lang == "zh":
            partner = source.cells[here + 1] if here + 1 < len(source.cells) else None
            if partner is None or partner.lang != "en" or _role(partner) != _role(cell):
                yield cell.line, "no_partner", {}
        if cell.lang == "en" and (here == 0 or source.cells[here - 1].lang != "zh"):
            yield cell.line, "no_original", {}


def _role(cell: Cell) -> tuple[str, str, frozenset[str]]:
    return cell.kind, cell.name.removesuffix("_en"), frozenset(cell.tags) - set(LANGUAGES)


def _pattern_problems(source: Source):
    """One task, its hints, one answer, one check: the same everywhere, so nobody has to search."""
    order = " "
    for cell in source.in_language("zh"):
        if cell.is_answer:
            if not cell.name or not re.search(r"th+$", order):
                yield cell.line, "pattern", {}
            if stub(cell.text) == cell.text:
                yield cell.line, "no_solution", {}
            order += "a"
        elif cell.has("check"):
            if order[-1] != "a":
                yield cell.line, "check_alone", {}
            order += "c"
        elif cell.has("task"):
            if order[-1] in "tha":
                yield cell.line, "task_open", {}
            order += "t"
        elif cell.has(*HINTS):
            if cell.has(HINTS[-1]) and not order.endswith("hh") or order[-1] not in "th":
                yield cell.line, "hint_order", {}
            order += "h"
    if order[-1] in "tha":
        yield source.cells[-1].line, "task_open", {}


CHECKS = (_tag_problems, _marker_problems, _pair_problems, _pattern_problems)


# What becomes of it --------------------------------------------------------------------------


def secrets(source: Source) -> dict[str, int]:
    """Lines that only a solution holds (12 characters or more), with their place in the file."""
    found: dict[str, int] = {}
    for cell in source.cells:
        if cell.has("solution", "hidden", "instructor"):
            lines = list(enumerate(cell.text.splitlines(), cell.line + 1))
        elif cell.is_answer:
            left = set(stub(cell.text).splitlines())
            lines = [(cell.line, line) for line in solved(cell.text).splitlines() if line not in left]
        elif cell.kind == "code" and open_tests(cell.text) != cell.text:
            left = set(open_tests(cell.text).splitlines())
            lines = [(cell.line, line) for line in all_tests(cell.text).splitlines() if line not in left]
        else:
            continue
        found.update({line.strip(): number for number, line in lines if len(line.strip()) >= 12})
    return found


def cell_ids(cells: tuple[Cell, ...]) -> list[str]:
    """An id per cell, the same in every build: its name, else a digest of its text."""
    ids: list[str] = []
    for cell in cells:
        own = re.sub(r"[^A-Za-z0-9_-]", "-", cell.name)[:50] if cell.name else digest(cell.kind + cell.text)
        ids.append(own if own not in ids else f"{own}-{len(ids)}")
    return ids


def digest(text: str) -> str:
    """Twelve letters that stand for a text."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:12]


def with_default(cell: Cell, lang: str) -> Cell:
    """The parameters cell with this language as its default."""
    return replace(cell, text=re.sub(r'^(lang\b[^=\n]*=\s*)"\w+"', rf'\g<1>"{lang}"', cell.text, flags=re.MULTILINE))


def with_literals(code: str, values: dict[str, object]) -> str:
    """A parameters cell with other values for the names it has; their comments stay."""
    for name, value in values.items():
        literal = json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
        pattern = rf'^({re.escape(name)}\b[^=\n]*=\s*)("[^"\n]*"|[^\s#]+)'
        code = re.sub(pattern, lambda found, said=literal: found.group(1) + said, code, flags=re.MULTILINE)
    return code
