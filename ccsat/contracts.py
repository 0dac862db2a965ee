"""A scheduled notebook's sidecar: the rules of its parameters and how its runs are watched, checked without a kernel."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

from ccsat.errors import Joined, RunError, StudyError, Words, listing, suggestion

PACKAGE = Path(__file__).resolve().parent
KINDS = {"str": (str,), "int": (int,), "float": (float, int), "bool": (bool,), "list": (list,), "dict": (dict,)}
FORMATS = ("", "day", "json", "path")
SECRET = re.compile(r"(?i)(password|passwd|pwd|secret|token|api[_-]?key|credential)")
TABLES = ("schema", "code", "owner", "title", "parameters", "limits", "thresholds", "retention", "recipients")
RULES = ("type", "default", "format", "choices", "min", "max", "zh", "en")
SHELL = ("In", "Out", "get_ipython", "exit", "quit", "open")  # names that every kernel has of its own


@dataclass(frozen=True)
class Rule:
    """What one parameter may be. `format`: "day" (an ISO date or empty), "json" (text of a JSON table) or "path"."""

    name: str
    kind: str
    default: Any = None
    format: str = ""
    choices: tuple = ()
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True)
class Contract:
    """A sidecar's content; everything but the parameters is a default that a study may replace."""

    code: str
    owner: str
    title: dict[str, str]
    parameters: dict[str, Rule]
    limits: dict[str, Any] = field(default_factory=dict)
    thresholds: tuple[dict[str, Any], ...] = ()
    retention: dict[str, Any] = field(default_factory=dict)
    recipients: dict[str, list[str]] = field(default_factory=dict)


def find_sidecar(notebook: Path) -> Path | None:
    """The sidecar of a built notebook: beside it, beside its language's folder, or in the checkout's sources."""
    name = notebook.with_suffix(".toml").name
    places = (notebook.parent, notebook.parent.parent, *_folders())
    return next((place / name for place in places if (place / name).is_file()), None)


def find_contract(code: str) -> Contract:
    """The contract of a scheduled notebook by its code, e.g. "R03".

    Raises:
        RunError: There is none, or it is unsound.
    """
    for folder in _folders():
        for file in sorted(folder.glob(f"{code}_*.toml")):
            return read_contract(file)
    raise RunError("sidecar_missing", code=code)


def _folders() -> tuple[Path, ...]:
    """Where sidecars lie: in a checkout, and inside an installed package."""
    checkout = PACKAGE.parent
    return (checkout / "workshop" / "source" / "traces", checkout / "notebooks" / "traces", PACKAGE / "_traces")


def read_contract(file: Path) -> Contract:
    """A sidecar, checked.

    Raises:
        RunError: It is not TOML, or has unknown keys, or a default that its own rules refuse; all in one message.
    """
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunError("sidecar_unsound", file=file.name, problems=str(error)) from None
    problems: list[object] = [_unknown(key, TABLES) for key in content if key not in TABLES]
    rules = {}
    for name, entry in content.get("parameters", {}).items():
        problems += [_unknown(f"{name}.{key}", RULES) for key in entry if key not in RULES]
        if entry.get("type") not in KINDS or entry.get("format", "") not in FORMATS:
            problems.append(Words("parameter_problem.rule", name=name, allowed=listing((*KINDS, *FORMATS[1:]))))
            continue
        rules[name] = Rule(name, entry["type"], entry.get("default"), entry.get("format", ""),
                           tuple(entry.get("choices", ())), entry.get("min"), entry.get("max"))  # fmt: skip
        problems += _problems(rules[name], rules[name].default)
    if not rules:
        problems.append(Words("parameter_problem.none"))
    if problems:
        raise RunError("sidecar_unsound", file=file.name, problems=Joined(problems, "\n  "))
    return Contract(
        code=content.get("code", file.stem.split("_")[0]),
        owner=content.get("owner", ""),
        title=content.get("title", {}),
        parameters=rules,
        limits=content.get("limits", {}),
        thresholds=tuple(content.get("thresholds", ())),
        retention=content.get("retention", {}),
        recipients=content.get("recipients", {}),
    )


def check_values(rules: Mapping[str, Rule], given: Mapping[str, Any], *, notebook: str) -> dict[str, Any]:
    """The given parameters as a notebook takes them: every name known, every value of its kind, in its range.

    Text for a parameter of another kind is read as that kind ("30" for an int); dates become ISO text.

    Raises:
        StudyError: Every problem in one message, with the nearest name for an unknown one.
    """
    problems: list[object] = []
    values = {}
    for name, value in given.items():
        if SECRET.search(name):
            problems.append(Words("parameter_problem.secret", name=name))
        elif name not in rules:
            problems.append(_unknown(name, rules))
        else:
            try:
                values[name] = as_kind(value, rules[name].kind)
            except ValueError:
                shown = repr(value)
                shown = shown if len(shown) <= 80 else shown[:77] + "..."
                problems.append(Words("parameter_problem.kind", name=name, value=shown, kind=rules[name].kind))
                continue
            problems += _problems(rules[name], values[name])
    if problems:
        raise StudyError("notebook_parameters", name=notebook, problems=Joined(problems, "\n  "))
    return values


def check_namespace(names: Mapping[str, Any], code: str) -> None:
    """A notebook's own check in its first cell, for schedulers that fill in parameters without asking ccsat.

    Args:
        names: The notebook's `globals()`.
        code: The notebook's code, e.g. "R03".

    Raises:
        StudyError: A name that is no parameter (papermill fills in any name), or a value that the contract refuses.
    """
    contract = find_contract(code)
    given = {
        name: value
        for name, value in names.items()
        if not name.startswith("_")
        and name not in SHELL
        and not isinstance(value, ModuleType)
        and not callable(value)
        and not hasattr(value, "compiler_flag")  # what `from __future__ import annotations` leaves
    }
    wrong = {name: value for name, value in given.items() if name in contract.parameters and not _is(value, contract.parameters[name].kind)}  # fmt: skip
    if wrong:  # in a kernel "30" is text: nothing reads it as a number any more
        problems = [Words("parameter_problem.kind", name=name, value=repr(value)[:80], kind=contract.parameters[name].kind)
                    for name, value in wrong.items()]  # fmt: skip
        raise StudyError("notebook_parameters", name=code, problems=Joined(problems, "\n  "))
    check_values(contract.parameters, given, notebook=code)


def _is(value: Any, kind: str) -> bool:
    return isinstance(value, KINDS[kind]) and (kind == "bool" or not isinstance(value, bool))


def as_kind(value: Any, kind: str) -> Any:
    """A value as a parameter of a kind; dates become ISO text.

    Raises:
        ValueError: It is not of that kind.
    """
    if isinstance(value, date):
        value = value.isoformat()
    if isinstance(value, str) and kind not in ("str", ""):
        words = {"true": True, "false": False}
        value = words[value.lower()] if value.lower() in words else json.loads(value)
    if kind and not _is(value, kind):
        raise ValueError(kind)
    return float(value) if kind == "float" else value


def _problems(rule: Rule, value: Any) -> list[object]:
    """What a rule refuses about a value of its kind."""
    if value is None:
        return []
    if rule.choices and value not in rule.choices:
        near = suggestion(str(value), rule.choices)
        return [Words("parameter_problem.choice", name=rule.name, value=repr(value), allowed=listing(rule.choices), near=near or "–")]  # fmt: skip
    if rule.least is not None and value < rule.least or rule.most is not None and value > rule.most:
        return [Words("parameter_problem.range", name=rule.name, value=value, least=_end(rule.least), most=_end(rule.most))]  # fmt: skip
    if rule.format == "day" and value and not is_day(value):
        return [Words("parameter_problem.day", name=rule.name, value=repr(value))]
    if rule.format == "json":
        try:
            if not isinstance(json.loads(value), dict):
                raise ValueError
        except ValueError:
            return [Words("parameter_problem.json", name=rule.name, value=repr(value)[:80])]
        return [Words("parameter_problem.secret", name=f"{rule.name}.{key}") for key in json.loads(value)
                if SECRET.fullmatch(key.split(".")[-1])]  # fmt: skip
    return []


def _end(limit: float | None) -> str:
    return "–" if limit is None else f"{limit:g}"


def _unknown(name: str, known: Iterable[str]) -> Words:
    known = list(known)
    near = suggestion(name.split(".")[-1], known)
    return (
        Words("parameter_problem.near", name=name, near=near)
        if near
        else Words("parameter_problem.unknown", name=name, known=listing(known))
    )


def is_day(words: str) -> bool:
    """Whether words are an ISO date, written as one."""
    try:
        return date.fromisoformat(words).isoformat() == words
    except ValueError:
        return False
