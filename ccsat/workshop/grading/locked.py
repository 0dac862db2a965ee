"""Put the trainer's cells back over a submission's: parameters, begin, checks and hand-in are never the trainee's own."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from ccsat.wording import LANGUAGES
from ccsat.workshop.build import trainee
from ccsat.workshop.grading.problems import Problem
from ccsat.workshop.grading.read import Given, Submission
from ccsat.workshop.source import Source

CALLS = {"begin", "check", "hand_in"}
LOCKED_TAGS = {"check", "hidden", "parameters", "checkpoint"}


@dataclass(frozen=True)
class Place:
    """A code cell of the source. `role` is "parameters", "begin", "locked", "answer" or "open"; `answers` are what its
    check asks: item -> expression."""

    id: str
    text: str
    role: str
    answers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Template:
    """What a submission is held against: an exercise's code cells in order, and its prose in every language."""

    name: str
    file: str
    places: tuple[Place, ...]
    prose: frozenset[str]
    ids: frozenset[str]

    @property
    def handed(self) -> dict[str, str]:
        """Item -> expression, as the hand-in cell has them; the checks' where it has none."""
        found: dict[str, str] = {}
        for place in self.places:
            found.update(place.answers)
        return found

    def as_dict(self) -> dict[str, object]:
        """As JSON can hold it."""
        return {**asdict(self), "prose": sorted(self.prose), "ids": sorted(self.ids)}

    @classmethod
    def of_dict(cls, content: Mapping) -> Template:
        """Back from `as_dict`."""
        places = tuple(Place(**place) for place in content["places"])
        return cls(content["name"], content["file"], places, frozenset(content["prose"]), frozenset(content["ids"]))


def make_template(source: Source) -> Template:
    """What an exercise's submissions are held against."""
    built = {lang: trainee(source, lang) for lang in LANGUAGES}
    tags = {cell.name: cell.tags for cell in source.cells if cell.name}
    hidden = [cell for cell in source.cells if cell.has("hidden") and cell.kind == "code"]
    places = []
    for cell in built["zh"].cells:
        if cell.cell_type == "code":
            own = set(cell.metadata.get("tags", ())) | set(tags.get(cell.id, ()))
            places.append(_place(cell.id, cell.source, own))
    places += [_place(f"hidden-{number}", cell.text, {"hidden"}) for number, cell in enumerate(hidden)]
    every = [cell for notebook in built.values() for cell in notebook.cells]
    prose = frozenset(_squeezed(cell.source) for cell in every if cell.cell_type != "code")
    return Template(source.name, source.file, tuple(places), prose, frozenset(cell.id for cell in every))


def _place(own: str, code: str, tags: set[str]) -> Place:
    calls = _calls(code)
    role = "open"
    if "parameters" in tags:
        role = "parameters"
    elif tags & {"answer", "exercise"}:
        role = "answer"
    elif any(name == "begin" for name, _ in calls):
        role = "begin"
    elif tags & LOCKED_TAGS or any(name in CALLS for name, _ in calls):
        role = "locked"
    answers: dict[str, str] = {}
    for name, call in calls:
        match name, call.args:
            case "check", [ast.Constant(value=str(item)), expression, *_]:
                answers[item] = ast.unparse(expression)
            case "hand_in", [ast.Dict(keys=keys, values=values), *_]:
                answers |= {
                    k.value: ast.unparse(v) for k, v in zip(keys, values, strict=True) if isinstance(k, ast.Constant)
                }
    return Place(own, code, role, answers)


def _calls(code: str) -> list[tuple[str, ast.Call]]:
    """The calls of the workshop's own functions in a cell."""
    try:
        nodes = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    except SyntaxError:  # a magic
        return []
    return [
        (node.func.attr, node) for node in nodes if isinstance(node.func, ast.Attribute) and node.func.attr in CALLS
    ]


def which_exercise(given: Submission, templates: Mapping[str, Template]) -> Template | None:
    """The exercise that a submission answers: the one whose cells it has most of, at least three."""
    ids = {cell.id for cell in given.cells}
    texts = {_squeezed(cell.text) for cell in given.cells}
    held = {
        name: (
            len(ids & template.ids) + sum(_squeezed(place.text) in texts for place in template.places),
            template.file == given.made_from,
            name,
        )
        for name, template in templates.items()
    }
    best = max(held, key=held.__getitem__, default=None)
    return templates[best] if best and held[best][0] >= 3 else None


@dataclass(frozen=True)
class Run:
    """What is run for a submission: its cells between the trainer's."""

    steps: list[dict[str, object]]
    problems: list[Problem]
    texts: list[dict[str, str]]  # prose of the trainee's own, for the rubric


def put_back(given: Submission, template: Template, parameters: str) -> Run:
    """The cells to run: the trainee's in the trainee's order, each locked one as the source has it.

    Args:
        given: What was handed in.
        template: Its exercise.
        parameters: The parameters cell, filled in by the grader.
    """
    known = {place.id: place for place in template.places}
    by_text = {_squeezed(place.text): place.id for place in reversed(template.places)}
    mine: list[tuple[Given, Place | None]] = []
    problems: list[Problem] = []
    last: dict[str, int] = {}
    for cell in given.cells:
        if not cell.code:
            continue
        place = known.get(cell.id) or known.get(by_text.get(_squeezed(cell.text), ""))
        if place and place.id in last:
            problems.append(Problem("duplicate", {"cell": place.id}))
            mine[last[place.id]] = (mine[last[place.id]][0], None) if place.role in ("answer", "open") else (None, None)
        if place:
            last[place.id] = len(mine)
        mine.append((cell, place))
    steps, here = [], 0
    for cell, place in mine:
        if cell is None:
            continue
        if place is None:
            steps.append(_step(cell.id, cell.text, {}))
        elif place.role in ("answer", "open"):
            steps.append(_step(place.id, cell.text, place.answers))
        else:
            text = parameters if place.role == "parameters" else place.text
            if place.role != "parameters" and _squeezed(cell.text) != _squeezed(place.text):
                problems.append(Problem("edited", {"cell": place.id}))
            steps.append(_step(place.id, text, place.answers))
    assigned = {name for cell, _ in mine if cell for name in _assigned(cell.text)}
    for place in template.places:
        at = next((i for i, step in enumerate(steps) if step["id"] == place.id), None)
        if at is not None:
            here = at + 1
            continue
        if place.role == "answer" and set(_assigned(place.text)) <= assigned and _assigned(place.text):
            continue  # it stands in a cell of another name: split, or written anew
        if not place.id.startswith("hidden-"):
            problems.append(Problem("missing", {"cell": place.id}))
        steps.insert(here, _step(place.id, parameters if place.role == "parameters" else place.text, place.answers))
        here += 1
    texts = [{"cell": cell.id or f"{number}", "text": cell.text.strip()} for number, cell in enumerate(given.cells, 1)
             if not cell.code and cell.text.strip() and _squeezed(cell.text) not in template.prose]  # fmt: skip
    return Run(steps, problems, texts)


def _step(own: str, code: str, answers: Mapping[str, str]) -> dict[str, object]:
    return {"id": own or "–", "code": code, "answers": dict(answers)}


def _assigned(code: str) -> list[str]:
    """The names that a cell gives values to, at its top level."""
    try:
        body = ast.parse(code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    targets = [
        target
        for node in body
        for target in (node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)])
    ]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _squeezed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())
