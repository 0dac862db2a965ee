"""Sources to notebooks: the trainee's copy, the executed solution, the trainer's page, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from ccsat.lean import load_nbformat
from ccsat.wording import LANGUAGES, text
from ccsat.workshop.execute import execute
from ccsat.workshop.markers import all_tests, open_tests, solved, stub
from ccsat.workshop.source import (
    HINTS,
    IGNORED,
    Cell,
    Source,
    SourceError,
    cell_ids,
    read_sources,
    secrets,
    with_default,
)

# The kernel is named whole: papermill and jupytext refuse a notebook that names half of it.
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


@dataclass(frozen=True)
class Build:
    """What a build wrote, or under `check` what differs from a fresh build: paths below the root."""

    files: tuple[str, ...]
    differing: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.differing


def build_workshop(
    root: str | Path = ".",
    *,
    check: bool = False,
    run: bool = True,
    only: Iterable[str] = (),
    progress: Callable[[str], None] = lambda line: None,
) -> Build:
    """Build every notebook from its source, or say which of the committed ones differ.

    Args:
        root: Folder that holds `workshop/source`.
        check: Write nothing; compare. Trainee and scheduled notebooks and trainer pages are compared byte by byte,
            solutions by their cells and, with `run`, by the text their cells print.
        run: Execute the solutions. Without it they keep the outputs they have, where a cell is unchanged.
        only: Names of sources, e.g. "07_charging_case"; all when empty.
        progress: Called with a line for each notebook that is executed.

    Raises:
        SourceError: A source that cannot be built, or one whose solution shows in the trainee's copy.
        SolutionError: A cell of a solution failed.
    """
    root = Path(root).resolve()
    sources = [source for source in read_sources(root) if not only or source.name in set(only)]
    files: dict[str, str] = {}
    differing: list[str] = []
    for source in sources:
        for lang in LANGUAGES:
            files[_trainee_path(source, lang)] = _dump(trainee(source, lang))
            if source.scheduled:
                continue
            if page := guide_page(source, lang):
                files[f"workshop/guide/{lang}/{source.name}.md"] = page
            path = f"workshop/solutions/{lang}/{source.name}.ipynb"
            committed = _load(root / path)
            fresh = solution(source, lang)
            if run:
                progress(path)
                execute(fresh, file=path)
            elif committed:
                _keep_outputs(fresh, committed)
            if not check:
                files[path] = _dump(fresh)
            elif committed is None or comparable(committed, outputs=run) != comparable(fresh, outputs=run):
                differing.append(path)
    for path in sorted((root / "workshop" / "source" / "traces").glob("*.toml")):
        if not only or path.stem in set(only):
            files[f"notebooks/traces/{path.name}"] = path.read_text(encoding="utf-8")
    for path, content in files.items():
        if check:
            if not (root / path).is_file() or (root / path).read_bytes() != content.encode("utf-8"):
                differing.append(path)
        else:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(content.encode("utf-8"))
    orphans = [] if only else _orphans(root, sources)
    if not check:
        for path in orphans:
            (root / path).unlink()
    return Build(tuple(files), tuple(sorted([*differing, *orphans])) if check else ())


def trainee(source: Source, lang: str):
    """The trainee's notebook: tasks, hints and checks; no answers, no outputs."""
    cells = [
        replace(cell, text=stub(cell.text) if cell.is_answer else open_tests(cell.text))
        for cell in source.in_language(lang)
        if not cell.has("solution", "hidden", "instructor")
    ]
    notebook = _notebook(source, tuple(cells), lang)
    shown = _dump(notebook) + "".join(cell.source + "\n" for cell in notebook.cells)
    leaked = [f"{source.file}:{line}: {secret}" for secret, line in secrets(source).items() if secret in shown]
    if leaked:
        raise SourceError("source_leak", problems="\n  ".join(leaked))
    return notebook


def solution(source: Source, lang: str):
    """The model solution, not yet executed."""
    cells = [
        replace(cell, text=solved(cell.text) if cell.is_answer else all_tests(cell.text))
        for cell in source.in_language(lang)
        if not cell.has("instructor")
    ]
    return _notebook(source, tuple(cells), lang)


def guide_page(source: Source, lang: str) -> str:
    """The trainer's page: the instructor's cells, each under the task it speaks of."""
    parts, task = [], ""
    for cell in source.in_language(lang):
        if cell.has("task"):
            task = cell.text.splitlines()[0]
        elif cell.has("instructor"):
            parts += [task, cell.text] if task else [cell.text]
            task = ""
    return "\n\n".join([text("workshop.guide.made", lang, file=source.file), *parts]) + "\n" if parts else ""


def comparable(notebook, *, outputs: bool) -> list[tuple]:
    """What two builds of a solution must share: cells and, with `outputs`, the text they print; never charts or HTML."""
    rows = []
    for cell in notebook.cells:
        printed = []
        shown = outputs and IGNORED not in cell.metadata.get("tags", [])
        for output in cell.get("outputs", []) if shown else []:
            data = output.get("data", {})
            if output.output_type == "stream" and output.name == "stdout":
                printed.append(output.text)
            elif "text/plain" in data and not any("plotly" in kind for kind in data):
                printed.append(data["text/plain"])
        rows.append((cell.id, cell.cell_type, cell.source, "".join(printed)))
    return rows


def _notebook(source: Source, cells: tuple[Cell, ...], lang: str):
    nbformat = load_nbformat()

    notebook = nbformat.v4.new_notebook(metadata={**METADATA, "ccsat": {"source": source.file, "lang": lang}})
    for cell, own in zip(cells, cell_ids(cells), strict=True):
        if cell.has("parameters"):
            cell = with_default(cell, lang)
        if cell.has(*HINTS):
            cell = replace(cell, text=_folded(cell, lang))
        make = nbformat.v4.new_markdown_cell if cell.kind == "markdown" else nbformat.v4.new_code_cell
        tags = [tag for tag in cell.tags if tag not in LANGUAGES]
        notebook.cells.append(make(cell.text, id=own, metadata={"tags": tags} if tags else {}))
    return notebook


def _folded(cell: Cell, lang: str) -> str:
    level = next(tag for tag in cell.tags if tag in HINTS)
    summary = text("workshop.hints_priced" if "workshop.hint(" in cell.text else f"workshop.{level}", lang)
    return f"<details><summary>{summary}</summary>\n\n{cell.text}\n\n</details>"


def _trainee_path(source: Source, lang: str) -> str:
    return f"notebooks/{'traces/' if source.scheduled else ''}{lang}/{source.name}.ipynb"


def _dump(notebook) -> str:
    nbformat = load_nbformat()

    return nbformat.writes(notebook, version=4).rstrip("\n") + "\n"


def _load(path: Path):
    nbformat = load_nbformat()

    return nbformat.read(path, as_version=4) if path.is_file() else None


def _keep_outputs(fresh, committed) -> None:
    known = {(cell.id, cell.source): cell for cell in committed.cells if cell.cell_type == "code"}
    for cell in fresh.cells:
        if cell.cell_type == "code" and (before := known.get((cell.id, cell.source))):
            cell.outputs, cell.execution_count = before.outputs, before.execution_count


def _orphans(root: Path, sources: list[Source]) -> list[str]:
    """Built notebooks whose source is gone. A notebook that a person wrote is none of them."""
    known = {source.file for source in sources}
    found = []
    for folder in ("notebooks", "workshop/solutions"):
        for path in sorted((root / folder).rglob("*.ipynb")):
            if ".ipynb_checkpoints" not in path.parts and path.relative_to(root).parts[:2] != ("notebooks", "runs"):
                made_from = _load(path).metadata.get("ccsat", {}).get("source")
                if made_from and made_from not in known:
                    found.append(path.relative_to(root).as_posix())
    return found
