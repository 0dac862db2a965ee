"""The exercises as an nbgrader course: for those who already run one. ccsat itself does not need nbgrader."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ccsat.errors import CcsatError, listing
from ccsat.lean import load_nbformat
from ccsat.wording import LANGUAGES, text
from ccsat.workshop.build import METADATA, solution, trainee
from ccsat.workshop.grading.locked import Place, make_template
from ccsat.workshop.source import Source, SourceError, read_sources

SCHEMA = 3
CELL_SECONDS = 600
CONFIG = """# {about_zh}
# {about_en}
# {steps_zh}
# {steps_en}
c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "ccsat"
c.ClearSolutions.code_stub = {{"python": "# {stub_zh} / {stub_en}"}}
c.ExecutePreprocessor.timeout = {seconds}
"""


class ExportError(CcsatError):
    """The course cannot be written there."""


def export_nbgrader(out: str | Path, *, root: str | Path = ".", only: Iterable[str] = ()) -> list[str]:
    """Write a course folder that nbgrader can generate assignments from and autograde.

    One assignment an exercise and language. Answers stand between nbgrader's own markers; checks are locked test cells whose last
    line is the score, so partial points count. Parameters stay open: a team keeps its seed.

    Args:
        out: The course's folder, new or empty.
        root: Folder that holds `workshop/source`.
        only: Names of sources; all exercises when empty.

    Returns:
        The assignments' names.

    Raises:
        ExportError: The folder holds something already.
        SourceError: `only` names no exercise, or a source cannot be built.
    """
    nbformat = load_nbformat()

    out, root, only = Path(out), Path(root).resolve(), list(only)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ExportError("export_folder", folder=str(out))
    sources = {source.name: source for source in read_sources(root) if any(cell.is_answer for cell in source.cells)}
    if unknown := [name for name in only if name not in sources]:
        raise SourceError("source_only", name=unknown[0], known=listing(sources, 40))
    names = []
    for source in sources.values():
        for lang in LANGUAGES if not only or source.name in only else ():
            name = f"{source.name}-{lang}"
            folder = out / "source" / name
            folder.mkdir(parents=True)
            content = nbformat.writes(course_notebook(source, lang), version=4).rstrip("\n") + "\n"
            (folder / f"{source.name}.ipynb").write_text(content, encoding="utf-8", newline="\n")
            names.append(name)
    words = {
        f"{key}_{lang}": text(f"grading.nbgrader.{key}", lang)
        for key in ("about", "steps", "stub")
        for lang in LANGUAGES
    }
    (out / "nbgrader_config.py").write_text(
        CONFIG.format(**words, seconds=CELL_SECONDS), encoding="utf-8", newline="\n"
    )
    return names


def course_notebook(source: Source, lang: str):
    """The instructor's version of an exercise, as nbgrader wants it: its metadata on cells, its markers around answers."""
    nbformat = load_nbformat()

    template = make_template(source)
    places = {place.id: place for place in template.places}
    points = {cell.name: cell.points for cell in source.cells if cell.is_answer}
    answers = {cell.id: cell.source for cell in solution(source, lang).cells}
    notebook = nbformat.v4.new_notebook(metadata=dict(METADATA))
    last = ""
    for cell in trainee(source, lang).cells:
        place = places.get(cell.id) if cell.cell_type == "code" else None
        if place is None:
            notebook.cells.append(cell)
            continue
        code, grader = cell.source, None
        if place.role == "answer":
            last = place.id
            code = f"{cell.source}\n### BEGIN SOLUTION\n{answers[cell.id]}\n### END SOLUTION"
            grader = _metadata(place.id, solution=True)
        elif place.role == "locked" and "check" in cell.metadata.get("tags", ()):
            code, grader = _scored(place), _metadata(place.id, locked=True, points=points.get(last, 0))
        elif place.role in ("begin", "locked"):
            grader = _metadata(place.id, locked=True)
        notebook.cells.append(_cell(cell.id, code, grader))
    for place in template.places:
        if place.id.startswith("hidden-"):
            code = f"### BEGIN HIDDEN TESTS\n{place.text}\n### END HIDDEN TESTS"
            notebook.cells.append(_cell(place.id, code, _metadata(place.id, locked=True, points=0)))
    return notebook


def _cell(own: str, code: str, grader: dict | None):
    nbformat = load_nbformat()

    return nbformat.v4.new_code_cell(code, id=own, metadata={"nbgrader": grader} if grader else {})


def _metadata(own: str, *, solution: bool = False, locked: bool = False, points: float | None = None) -> dict:
    graded = {} if points is None else {"points": points}
    return {
        "grade": points is not None,
        "grade_id": own,
        "locked": locked,
        "schema_version": SCHEMA,
        "solution": solution,
        "task": False,
        **graded,
    }


def _scored(place: Place) -> str:
    """A check whose last line is its score: nbgrader takes it for the points."""
    calls = ", ".join(f"workshop.check({item!r}, {expression})" for item, expression in place.answers.items())
    return f'found = [{calls}]\nprint(*found, sep="\\n")\nsum(one.score for one in found)' if calls else place.text
