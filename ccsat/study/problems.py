"""What is wrong with a study file's content, all of it in one message in the reader's language."""

from __future__ import annotations

import types
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from ccsat.errors import Joined, StudyError, Words, listing, suggestion
from ccsat.study.model import Study

KINDS = {"string_type": "text", "int_type": "whole", "int_parsing": "whole", "int_from_float": "whole", "float_type": "number",
         "float_parsing": "number", "finite_number": "number", "bool_type": "flag", "bool_parsing": "flag", "list_type": "list",
         "dict_type": "table", "model_type": "table", "model_attributes_type": "table", "string_pattern_mismatch": "name",
         "string_too_short": "name", "string_too_long": "name"}  # fmt: skip
LIMITS = {"greater_than": "above", "greater_than_equal": "least", "less_than": "below", "less_than_equal": "most"}


def study_error(error: ValidationError, content: dict[str, Any]) -> StudyError:
    """Every problem that pydantic found, by key: unknown ones with the nearest known, values with what is allowed."""
    found: dict[tuple, list[dict]] = {}
    for problem in error.errors():
        found.setdefault(_path(problem, content), []).append(problem)
    deeper = {path[:n] for path in found for n in range(len(path))}
    lines = [_line(path, problems) for path, problems in found.items() if path not in deeper]
    return StudyError("study_keys", problems=Joined(lines, "\n  "))


def _path(problem: dict, content: Any) -> tuple:
    """The keys of a problem's place, without the names that pydantic gives to the kinds it tried."""
    path, location = [], problem["loc"]
    for i, part in enumerate(location):
        if isinstance(content, dict) and part in content:
            content = content[part]
        elif isinstance(content, list) and isinstance(part, int):
            content = content[part]
        elif problem["type"] != "missing" or i < len(location) - 1:
            continue
        path.append(part)
    return tuple(path)


def _line(path: tuple, problems: list[dict]) -> Words | Joined:
    key = _dotted(path)
    kinds = {problem["type"] for problem in problems}
    if "extra_forbidden" in kinds:
        known = _known(path[:-1])
        near = suggestion(str(path[-1]), known)
        near = (
            _dotted((*path[:-1], near)) if near else next((k for k in _everywhere() if k.endswith(f".{path[-1]}")), "")
        )
        return (
            Words("study_problem.near", key=key, near=near)
            if near
            else Words("study_problem.unknown", key=key, known=listing(known, 30))
        )
    if "missing" in kinds:
        return Words("study_problem.missing", key=key)
    allowed, choices = [], []
    for problem in problems:
        if problem["type"] == "literal_error":
            choices += [piece.strip("' ") for piece in problem["ctx"]["expected"].replace(" or ", ", ").split(", ")]
        elif problem["type"] in KINDS:
            allowed.append(Words(f"study_kind.{KINDS[problem['type']]}"))
        elif problem["type"] in LIMITS:
            allowed.append(Words(f"study_kind.{LIMITS[problem['type']]}", limit=next(iter(problem["ctx"].values()))))
        else:
            allowed.append(problem["msg"])
    allowed += [f"'{choice}'" for choice in choices]
    value = repr(problems[0].get("input"))
    near = suggestion(str(problems[0].get("input")), choices)
    line = Words("study_problem.value", key=key, value=value if len(value) <= 80 else value[:77] + "...",
                 allowed=Joined(allowed, Words("study_problem.or")))  # fmt: skip
    return (
        Joined([line, Words("study_problem.near_value", near=near)], "")
        if near and near != str(problems[0].get("input"))
        else line
    )


def _dotted(path: tuple) -> str:
    return ".".join(str(part) for part in path)


def _known(path: tuple) -> list[str]:
    """The keys of the table at a path; none where every key is the user's own."""
    model: Any = Study
    for part in path:
        fields = getattr(model, "model_fields", {})
        model = _model_of(fields[str(part)].annotation) if str(part) in fields else _model_of(model)
    return [name for name in getattr(model, "model_fields", {}) if name != "folder" or model is not Study]


def _model_of(kind: Any) -> Any:
    """The table that a kind of value is or holds: `dict[str, str | Metric]` first itself, then Metric."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind
    if get_origin(kind) is dict:
        return get_args(kind)[1]
    if get_origin(kind) in (Union, types.UnionType):
        return next((found for option in get_args(kind) if (found := _model_of(option)) is not None), None)
    return None


def _everywhere() -> list[str]:
    """Every key of every table, dotted."""
    tables = {name: _model_of(field.annotation) for name, field in Study.model_fields.items()}
    return [f"{table}.{key}" for table, model in tables.items() for key in getattr(model, "model_fields", {})]
