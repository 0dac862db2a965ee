"""Is an exercise real? Its solution passes, its stub is "not answered yet", and each mistake it knows has words of its own."""

from __future__ import annotations

import contextlib
import io
import os
import runpy
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ccsat.errors import CcsatError, listing
from ccsat.wording import LANGUAGES, has, language, set_language, text
from ccsat.workshop import checks
from ccsat.workshop.build import solution
from ccsat.workshop.exercises import EXERCISES
from ccsat.workshop.grading.locked import make_template
from ccsat.workshop.source import Source, SourceError, read_sources

WRONG = "workshop/wrong"  # the trainer's examples: beside the sources, in no package, so that no trainee imports them
Examples = Mapping[tuple[str, str], object]  # (item, key of the mistake) -> an answer that makes it


class ProofError(CcsatError):
    """An exercise that is not what it should be, or examples that cannot be read."""

    exit_code = 1


@dataclass(frozen=True)
class Proof:
    """What was found of one source: how many items and known mistakes it has, and what is wrong with it, a line each."""

    name: str
    items: int
    wrong: int
    problems: tuple[str, ...]


def prove_workshop(
    root: str | Path = ".", *, only: Iterable[str] = (), progress: Callable[[str], None] = lambda name: None
) -> list[Proof]:
    """Prove every exercise of a workshop.

    Args:
        root: Folder that holds `workshop/source` and `workshop/wrong`.
        only: Names of sources; all when empty.
        progress: Called with each source's name before it is run.

    Raises:
        SourceError: A source cannot be built, or `only` names one that is not there.
        ProofError: A file of examples cannot be read.
    """
    root = Path(root).resolve()
    sources = {source.name: source for source in read_sources(root) if any(cell.is_answer for cell in source.cells)}
    if unknown := [name for name in only if name not in sources]:
        raise SourceError("source_only", name=unknown[0], known=listing(sources, 40))
    proofs = []
    for name in [name for name in sources if not list(only) or name in only]:
        progress(name)
        proofs.append(prove(sources[name], root))
    return proofs


def prove(source: Source, root: Path) -> Proof:
    """Run a source's solution and hold it against its checks, its stubs and its catalogue of mistakes."""
    before, session = language(), checks._session["case"]
    checks._session["case"] = None
    try:
        problems, right = _solution(source)
        case = checks._session["case"]
        if case is None:
            return Proof(source.name, 0, 0, (*problems, text("proof.begin", before, where=source.file)))
        set_language(before)
        items = EXERCISES[case.exercise].items
        problems += [text("proof.no_check", where=f"{source.file} {name}") for name in items if name not in right]
        file = root / WRONG / f"{source.name}.py"
        examples = read_examples(file, case, right) if set(right) >= set(items) else {}
        beside, other = _on_other_worlds(source, case, file) if examples else (set(), [])
        problems += other + _mistakes(source, case, examples, f"{WRONG}/{source.name}.py", beside)
        return Proof(source.name, len(items), sum(len(item.wrong) for item in items.values()), tuple(problems))
    finally:
        set_language(before)
        checks._session["case"] = session


def _solution(source: Source) -> tuple[list[str], dict[str, Any]]:
    """Run the model solution cell by cell; what fails, and the right answers. The stubs are tried on the way."""
    template = make_template(source)
    answers = {place.id: place.answers for place in template.places}
    stubs = {place.id: place.text for place in template.places if place.role == "answer"}
    points = {cell.name: cell.points for cell in source.cells if cell.is_answer}
    problems, right, said, open_stub = [], {}, language(), ("", "")
    space: dict[str, Any] = {"__name__": "__main__"}
    with _elsewhere():
        for cell in solution(source, said).cells:
            if cell.cell_type != "code":
                continue
            before = dict(space)
            try:
                exec(compile(cell.source, cell.id, "exec"), space)
            except Exception as error:
                problems.append(
                    text(
                        "proof.failed",
                        said,
                        where=source.file,
                        cell=cell.id,
                        reason=f"{type(error).__name__}: {error}"[:300],
                    )
                )
            if cell.id in stubs:
                open_stub = (cell.id, before)
            for item, expression in answers.get(cell.id, {}).items():
                if item in right:
                    continue  # the hand-in: the check had it before
                where = f"{source.file} {item}"
                value = _value(expression, space)
                found = checks.check(item, value)
                if found.key != "right":
                    problems.append(text("proof.not_right", said, where=where, said=found.message(said)))
                right[item] = checks._plain(value)
                own, earlier = open_stub
                if own in stubs:
                    problems += _stub(item, expression, stubs[own], earlier, where, said)
                    if points.get(own) != found.max:
                        problems.append(
                            text(
                                "proof.marks", said, where=where, points=f"{points.get(own, 0):g}", max=f"{found.max:g}"
                            )
                        )
    return problems, right


def _stub(item: str, expression: str, stub: str, space: dict, where: str, lang: str) -> list[str]:
    """The bare stub, run in place of the answer, must be told "no answer yet"."""
    mine = dict(space)
    try:
        exec(compile(stub, "stub", "exec"), mine)
        found = checks.check(item, eval(expression, mine))
        said = "" if found.key == "unanswered" and not found.score else found.message(lang)
    except Exception as error:
        said = f"{type(error).__name__}: {error}"[:200]
    return [text("proof.stub", lang, where=where, said=said)] if said else []


def _value(expression: str, space: dict) -> object:
    try:
        return eval(expression, space)
    except Exception:
        return None


@contextlib.contextmanager
def _elsewhere():
    """A throw-away folder to run in, and nothing printed."""
    here = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="ccsat-proof-", ignore_cleanup_errors=True) as folder:
        os.chdir(folder)
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                yield
        finally:
            os.chdir(here)


def read_examples(file: Path, case, right: Mapping[str, Any]) -> dict[tuple[str, str], object]:
    """The examples of wrong answers that lie beside a source, made for this case; none where there is no file.

    Raises:
        ProofError: The file has no `wrong_answers(case, right)`, or it fails.
    """
    if not file.is_file():
        return {}
    try:
        return dict(runpy.run_path(str(file))["wrong_answers"](case, right))
    except Exception as error:
        raise ProofError("proof_examples", file=file.name, reason=f"{type(error).__name__}: {error}"[:300]) from error


def _on_other_worlds(source: Source, case, file: Path) -> tuple[set[tuple[str, str]], list[str]]:
    """Mistakes that only another world of the exercise can show, each made there: which are judged as what they are, and what is wrong."""
    beside, problems = set(), []
    try:
        for world, make in runpy.run_path(str(file)).get("ELSEWHERE", {}).items():
            checks._session["case"] = other = replace(case, world=world, given="")
            for (item, key), answer in make(other).items():
                found = checks.check(item, answer).key
                if found == key:
                    beside.add((item, key))
                else:
                    problems.append(text("proof.other_key", where=f"{source.file} {item}", key=key, found=found))
    finally:
        checks._session["case"] = case
    return beside, problems


def _mistakes(source: Source, case, examples: Examples, file: str, beside: set[tuple[str, str]]) -> list[str]:
    """Each known mistake: an example that is judged to be it, and words that no other mistake of the item has.

    Items that share their words share their judge too: an example of one of them will do for all. `beside`: mistakes shown on another world.
    """
    items, problems = EXERCISES[case.exercise].items, []
    shown = {(items[item].words or item, key) for item, key in {*examples, *beside} if item in items}
    missed = set()
    for item, asked in items.items():
        where = f"{source.file} {item}"
        told: dict[tuple[str, str], str] = {}
        for key in asked.wrong:
            own = asked.message_key(case.exercise, item, key)
            problems += [
                text("proof.no_words", where=where, key=key, lang=lang)
                for lang in LANGUAGES
                if not (has(own) and text(own, lang).strip())
            ]
            if (asked.words or item, key) not in shown | missed:
                missed.add((asked.words or item, key))
                problems.append(text("proof.no_example", where=where, key=key, file=file))
        for (one, key), answer in examples.items():
            if one != item:
                continue
            if key not in asked.wrong:
                problems.append(text("proof.unknown", where=where, key=key))
                continue
            found = checks.check(item, answer)
            if found.key != key:
                problems.append(text("proof.other_key", where=where, key=key, found=found.key))
            elif found.ok or (found.max and found.score >= found.max):
                problems.append(text("proof.passed", where=where, key=key))
            else:
                for lang in LANGUAGES:
                    other = told.setdefault((lang, found.message(lang)), key)
                    if other != key:
                        problems.append(text("proof.same_words", where=where, key=key, other=other))
    return problems + [
        text("proof.unknown", where=source.file, key=f"{item}: {key}") for item, key in examples if item not in items
    ]
