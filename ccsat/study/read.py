"""A study file, with settings over it, to a checked study."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ccsat.errors import StudyError, listing, suggestion
from ccsat.schema import COLUMNS, NOT_A_NAME, RESERVED
from ccsat.study.model import REGISTERS, Study
from ccsat.study.problems import study_error

SECRET_NAME = re.compile(r"(?i)(password|passwd|pwd|secret|token|api[_-]?key)")
SPARK_SECRET = re.compile(r"(?i)(password|passwd|secret|token|access\.key|account\.key)(\.|$)")
SECRET_VALUE = re.compile(
    r"://[^/@\s:]+:[^/@\s]+@|(?i:\b(?:password|passwd|pwd|secret|token|api[_-]?key)\s*=\s*\S)|-----BEGIN|\bAKIA[0-9A-Z]{16}\b"
    r"|\bgh[pousr]_\w{30,}|\bsk-[\w\-]{20,}|\beyJ[\w\-]{20,}\.[\w\-]{20,}"
)  # fmt: skip
EXPORTS = (".csv", ".txt", ".tsv", ".xlsx", ".xls", ".xlsm", ".ods", ".parquet")
FREE_NAMES = ("dimensions", "metrics", "hierarchies", "owners")  # tables whose keys are the user's own words


def read_study(path: str | Path, settings: Mapping[str, object] | None = None) -> Study:
    """Read and check a study file.

    Args:
        path: The TOML file.
        settings: Dotted keys that replace the file's, e.g. `{"question.current": "2023-08-21/2023-08-31"}`; values
            given as text are read as TOML where they can be.

    Raises:
        StudyError: Not there, not TOML, an unknown key (with the nearest known one), a value of the wrong kind,
            a secret in clear.
    """
    path = Path(path)
    if not path.is_file():
        raise StudyError("study_missing", path=path.name, folder=listing(sorted(p.name for p in _beside(path))) or "–")
    if path.suffix.lower() in EXPORTS:
        raise StudyError("study_is_export", path=path.name)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StudyError("study_not_toml", path=path.name, reason=str(error)) from None
    for key, value in (settings or {}).items():
        _put(content, key, value)
    return check_study(content, folder=path.resolve().parent, file=path)


def with_settings(study: Study, settings: Mapping[str, object]) -> Study:
    """A study with some of its keys replaced: see `read_study`."""
    content = study.model_dump(exclude={"folder"}, exclude_none=True, exclude_unset=True)
    for key, value in settings.items():
        _put(content, key, value)
    return check_study(content, folder=study.folder)


def check_study(content: Mapping[str, Any], *, folder: Path, file: Path | None = None) -> Study:
    """A study from its content: see `read_study`."""
    content = {**content, "study": content.get("study", {})}
    _refuse_secrets(content)
    _lift_registers(content)
    if not isinstance(content.get("data", {}), dict) or not content.get("data"):
        raise StudyError("study_no_data")
    if isinstance(content["study"], dict):
        content["study"] = {"name": _name(file), **content["study"]}
    content.pop("folder", None)
    try:
        study = Study(**content, folder=folder)
    except ValidationError as error:
        raise study_error(error, content) from None
    if not (study.data.surveys or study.data.contacts):
        raise StudyError("study_no_data")
    for source in study.sources().values():
        if file is not None and isinstance(source, str) and (folder / source).resolve() == file.resolve():
            raise StudyError("study_is_data", path=file.name)
    _check_names(study)
    return study


def _name(file: Path | None) -> str:
    stem = re.sub(r"[^\w\-.]+", "_", file.stem) if file else ""
    return stem.strip("_.")[:80] or "study"


def _beside(path: Path) -> list[Path]:
    return list(path.parent.glob("*.toml")) if path.parent.is_dir() else []


def _put(content: dict, key: str, value: object) -> None:
    """Replace one dotted key; text is read as TOML where it can be, and times stay text."""
    if isinstance(value, str):
        try:
            value = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            pass
    *parents, last = key.split(".")
    for name in parents:
        below = content.get(name, {})
        if not isinstance(below, dict):
            raise StudyError("set_path", key=key, part=name)
        content[name] = content = dict(below)
    content[last] = value.isoformat() if isinstance(value, date | datetime | time) else value


def _lift_registers(content: dict) -> None:
    """Changes, actions and targets under [data] are those of the top level."""
    data = content.get("data")
    if not isinstance(data, dict):
        return
    given = [name for name in REGISTERS if name in data]
    for name in given:
        if name in content:
            raise StudyError("study_twice", key=f"data.{name}", other=name)
        content[name] = data[name]
    content["data"] = {key: value for key, value in data.items() if key not in given}


def _refuse_secrets(tree: object, key: str = "") -> None:
    if isinstance(tree, dict):
        for name, branch in tree.items():
            _refuse_secrets(branch, f"{key}.{name}" if key else str(name))
    elif isinstance(tree, list):
        for branch in tree:
            _refuse_secrets(branch, key)
    elif isinstance(tree, str):
        own = key.split(".")[0] in FREE_NAMES
        named = SPARK_SECRET.search(key) if key.startswith("spark.settings.") else SECRET_NAME.fullmatch(key.split(".")[-1])
        if SECRET_VALUE.search(tree) or (not own and named and not tree.startswith("env:")):
            raise StudyError("study_secret", key=key)


def _check_names(study: Study) -> None:
    """Dimensions and metrics have names of their own; hierarchies name dimensions; metrics name their columns."""
    seen: dict[str, str] = {}
    for place, names in (("dimensions", study.dimensions), ("metrics", study.metrics)):
        for name in names:
            ours = name in RESERVED and not (
                place == "dimensions" and COLUMNS.get(name) == "text" and name != "comment"
            )
            if ours or NOT_A_NAME.search(name) or not name.strip():
                raise StudyError("name_reserved", key=f"{place}.{name}", name=name)
            if name.casefold() in seen:
                raise StudyError("name_twice", key=f"{place}.{name}", other=seen[name.casefold()])
            seen[name.casefold()] = f"{place}.{name}"
    for name in study.dimensions:
        dim = study.dimension(name)
        if dim.bands is not None and dim.levels is not None:
            raise StudyError("bands_levels", key=f"dimensions.{name}")
        if isinstance(dim.bands, list) and dim.bands != sorted(set(dim.bands)):
            raise StudyError("bands_order", key=f"dimensions.{name}", bands=", ".join(f"{cut:g}" for cut in dim.bands))
    for tree, names in study.hierarchies.items():
        for name in names:
            if name not in study.dimensions:
                raise StudyError("hierarchy_dim", key=f"hierarchies.{tree}", name=name, known=listing(study.dimensions),
                                 near=suggestion(name, study.dimensions) or "–")  # fmt: skip
    for name in study.metrics:
        metric = study.metric(name)
        if bool(metric.column) == bool(metric.start or metric.end) or bool(metric.start) != bool(metric.end):
            raise StudyError("metric_columns", key=f"metrics.{name}")
