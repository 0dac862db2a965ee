"""The trainer's handbook, schedule and catalogue of wrong answers, made from the sources so that they cannot drift."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ccsat.views import View
from ccsat.wording import LANGUAGES, has, language, text
from ccsat.workshop.exercises import EXERCISES
from ccsat.workshop.markers import solved
from ccsat.workshop.schedule import read_schedule, schedule_page, stated_minutes
from ccsat.workshop.source import HINTS, Cell, Source, SourceError, read_sources

BEGIN = re.compile(r'workshop\.begin\(\s*"(\w+)"')
FILLED = re.compile(r"\{\w+\}")
STYLE = (
    "body{font:15px/1.65 system-ui,'Noto Sans CJK SC','Microsoft YaHei',sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1f2328}"
    "h1{font-size:1.8rem}h2{margin-top:3rem;border-bottom:1px solid #d0d7de}table{border-collapse:collapse;width:100%;font-size:.92rem}"
    "td,th{border:1px solid #d0d7de;padding:.3rem .6rem;text-align:left;vertical-align:top}pre{background:#f6f8fa;padding:.7rem;overflow-x:auto}"
    ".anchor-link{display:none}code{font-family:ui-monospace,monospace;font-size:.9em}@media print{h2{break-before:page}pre{white-space:pre-wrap}}"
)


@dataclass(frozen=True)
class Wrong:
    """A known mistake of an item, and the sentence a trainee is told."""

    item: str
    key: str
    said: str


def exercise_of(source: Source) -> str | None:
    """The id of the exercise that a source begins, e.g. "W2"; None where it is none."""
    found = next(
        (match.group(1) for cell in source.cells if cell.kind == "code" and (match := BEGIN.search(cell.text))), None
    )
    return found if found in EXERCISES else None


def title_of(source: Source, lang: str) -> str:
    """A source's question: the heading of its first prose cell."""
    first = next((cell.text for cell in source.in_language(lang) if cell.kind == "markdown"), source.name)
    return first.strip().splitlines()[0].lstrip("# ").strip()


def wrong_answers(exercise: str, lang: str) -> Iterator[Wrong]:
    """Every known mistake of an exercise with its sentence; what the trainee wrote stands as an ellipsis."""
    for name, item in EXERCISES[exercise].items.items():
        for key in item.wrong:
            own = item.message_key(exercise, name, key)
            said = text(own if has(own) else f"workshop.answer.{key}", lang)
            yield Wrong(name, key, FILLED.sub("…", said))


def wrong_page(sources: Sequence[Source], lang: str) -> str:
    """The catalogue of wrong answers as a page."""
    parts, items, mistakes, exercises = [], 0, 0, 0
    for source in sources:
        exercise = exercise_of(source)
        if exercise is None:
            continue
        exercises += 1
        parts.append(f"## {exercise} · {title_of(source, lang)}")
        found = list(wrong_answers(exercise, lang))
        for name in EXERCISES[exercise].items:
            items += 1
            own = [wrong for wrong in found if wrong.item == name]
            mistakes += len(own)
            if own:
                parts += [f"### `{name}`", _mistakes(own, lang)]
    count = text("handbook.count", lang, exercises=exercises, items=items, wrong=mistakes)
    return (
        "\n\n".join([f"# {text('handbook.wrong_title', lang)}", text("handbook.wrong_lead", lang), count, *parts])
        + "\n"
    )


def handbook_page(sources: Sequence[Source], lang: str) -> str:
    """The handbook: for each notebook what it is for, and task by task its hints, model answer, known mistakes and the trainer's words."""
    sources = [source for source in sources if not source.scheduled]
    parts = [f"# {text('handbook.title', lang)}", text("handbook.lead", lang), f"**{text('handbook.contents', lang)}**"]
    lines = []
    for source in sources:
        stated = stated_minutes(source, lang)
        minutes = f" ({text('handbook.minutes', lang, n=stated[0])})" if stated else ""
        lines.append(f"- `{source.name}`: {title_of(source, lang)}{minutes}")
    parts.append("\n".join(lines))
    for source in sources:
        parts += list(_chapter(source, lang))
    return "\n\n".join(parts) + "\n"


def _chapter(source: Source, lang: str) -> Iterator[str]:
    exercise, told = exercise_of(source), set()
    yield f"## {source.name} · {title_of(source, lang)}"
    cells = source.in_language(lang)
    first = next((cell for cell in cells if cell.kind == "markdown"), None)
    if first is not None:
        yield "\n".join(first.text.strip().splitlines()[1:]).strip()
    for at, cell in enumerate(cells):
        if cell.has("task"):
            yield _deeper(cell.text)
        elif cell.has(*HINTS):
            level = next(tag for tag in cell.tags if tag in HINTS)
            yield (
                f"**{text('handbook.hints', lang)} {level[-1]}**　{cell.text}"
                if lang == "zh"
                else f"**{text('handbook.hints', lang)} {level[-1]}.** {cell.text}"
            )
        elif cell.is_answer:
            points = f" ({text('handbook.points', lang, n=f'{cell.points:g}')})" if cell.points else ""
            yield f"**{text('handbook.solution', lang)}**{points}\n\n```python\n{solved(cell.text).strip()}\n```"
            if exercise:
                item = _item_of(cells[at + 1 :], exercise) or (
                    cell.name if cell.name in EXERCISES[exercise].items else ""
                )
                yield from _of_item(exercise, item, told, lang)
        elif cell.has("instructor"):
            yield f"**{text('handbook.notes', lang)}**\n\n{_deeper(cell.text)}"
        elif cell.kind == "markdown" and cell.name.startswith("key-points"):
            yield _deeper(cell.text)


def _of_item(exercise: str, item: str, told: set[str], lang: str) -> Iterator[str]:
    """The graded hints and known mistakes of an item, once."""
    if not item or item in told:
        return
    told.add(item)
    hints = [text(key, lang) for level in (1, 2, 3) if has(key := f"workshop.{exercise.lower()}.hint.{item}.h{level}")]
    if hints:
        yield f"**{text('handbook.hints', lang)}**\n\n" + "\n".join(
            f"{n}. {FILLED.sub('…', words)}" for n, words in enumerate(hints, 1)
        )
    if own := [wrong for wrong in wrong_answers(exercise, lang) if wrong.item == item]:
        yield f"**{text('handbook.wrong', lang)}**\n\n{_mistakes(own, lang)}"


def _item_of(after: Sequence[Cell], exercise: str) -> str | None:
    """The item that the next check names."""
    for cell in after:
        if cell.has("check"):
            found = re.search(r'check\(\s*"(\w+)"', cell.text)
            return found.group(1) if found and found.group(1) in EXERCISES[exercise].items else None
        if cell.is_answer or cell.has("task"):
            return None
    return None


def _mistakes(own: Sequence[Wrong], lang: str) -> str:
    rows = [f"| {text('handbook.key', lang)} | {text('handbook.said', lang)} |", "| --- | --- |"]
    return "\n".join([*rows, *(f"| `{one.key}` | {_one_line(one.said)} |" for one in own)])


def _one_line(words: str) -> str:
    return " ".join(words.split()).replace("|", "\\|")


def _deeper(words: str) -> str:
    """Headings of a cell as headings of a chapter's part."""
    return re.sub(r"^#+ ", "### ", words.strip(), flags=re.MULTILINE)


def workshop_root() -> Path:
    """The nearest folder above this one that holds `workshop/source`, else the one beside the package.

    Raises:
        SourceError: There is none.
    """
    beside = Path(__file__).resolve().parents[2]
    for folder in (Path.cwd(), *Path.cwd().parents, beside):
        if (folder / "workshop" / "source").is_dir():
            return folder
    raise SourceError("source_folder", folder="source", root=Path.cwd().name)


def overview(root: str | Path) -> View:
    """Every notebook: file, question, minutes, items and known mistakes."""
    lang, rows = language(), []
    for source in read_sources(Path(root).resolve()):
        if source.scheduled:
            continue
        exercise, stated = exercise_of(source), stated_minutes(source, lang)
        items = len(EXERCISES[exercise].items) if exercise else 0
        wrong = sum(1 for _ in wrong_answers(exercise, lang)) if exercise else 0
        rows.append(
            (
                source.name,
                title_of(source, lang),
                str(stated[0]) if stated else "–",
                str(items or "–"),
                str(wrong or "–"),
            )
        )
    heads = ("file", "question", "minutes", "items", "mistakes")
    return View(tuple(text(f"handbook.head.{name}") for name in heads), tuple(rows), frozenset({2, 3, 4}))


# Files ---------------------------------------------------------------------------------------


def build_handbook(root: str | Path = ".", *, check: bool = False) -> list[str]:
    """Write the schedule and the catalogue of wrong answers into `workshop/guide`; under `check` say which differ.

    Returns:
        The files written, or under `check` those that differ, below the root.

    Raises:
        SourceError: A source that cannot be read.
        ScheduleError: A schedule that does not fit.
    """
    root = Path(root).resolve()
    sources = read_sources(root)
    forms = read_schedule(root, sources)
    pages = {}
    for lang in LANGUAGES:
        titles = {source.name: title_of(source, lang) for source in sources}
        pages[f"workshop/guide/{lang}/schedule.md"] = schedule_page(forms, titles, lang)
        pages[f"workshop/guide/{lang}/wrong_answers.md"] = wrong_page(sources, lang)
    differing = [
        path
        for path, words in pages.items()
        if not (root / path).is_file() or (root / path).read_bytes() != words.encode("utf-8")
    ]
    if check:
        return differing
    for path, words in pages.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(words.encode("utf-8"))
    return list(pages)


def write_handbook(root: str | Path, out: str | Path, *, lang: str) -> Path:
    """Write the handbook of one language as Markdown, or as one offline page where `out` ends in .html."""
    words, file = handbook_page(read_sources(Path(root).resolve()), lang), Path(out)
    if file.suffix.lower() in (".html", ".htm"):
        from nbconvert.filters.markdown_mistune import markdown2html_mistune

        words = (f'<!DOCTYPE html>\n<html lang="{"zh-CN" if lang == "zh" else "en"}"><head><meta charset="utf-8"><title>{text("handbook.title", lang)}</title>'
                 f"<style>{STYLE}</style></head><body>{markdown2html_mistune(words)}</body></html>\n")  # fmt: skip
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(words, encoding="utf-8", newline="\n")
    return file
