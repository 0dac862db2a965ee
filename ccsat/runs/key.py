"""What makes a run this run: the notebook, the resolved parameters, the data and the version, as one short key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from ccsat.study import Database, Study

CountRows = Callable[[Database], "int | dict[str, Any] | None"]
OPERATIONS = (
    "readers",
    "maintainers",
    "smtp",
    "command",
    "cooldown_hours",
    "fail_level",
    "thresholds",
)  # who is told, not what is found
TRIES = ("seconds", "cell_seconds", "retries", "retry_seconds", "wait_seconds", "memory", "counters", "levels")
KEY_LENGTH = 12
PACKAGE = Path(__file__).resolve().parents[1]
CODE = (".py", ".toml", ".csv", ".js", ".css", ".j2", ".json")


@cache
def version() -> str:
    """ccsat's version with a digest of its code, so that a changed checkout does not pass for the run before."""
    try:
        released = metadata.version("ccsat")
    except metadata.PackageNotFoundError:
        released = "unreleased"
    digest = hashlib.sha256()
    for file in sorted(path for path in PACKAGE.rglob("*") if path.suffix in CODE):
        digest.update(file.relative_to(PACKAGE).as_posix().encode() + b"\0" + file.read_bytes())
    return f"{released}+{digest.hexdigest()[:8]}"


def versions() -> dict[str, str]:
    """Versions that a run's numbers depend on."""
    import platform

    names = ("numpy", "pandas", "scipy", "statsmodels", "scikit-learn", "duckdb", "plotly", "papermill")
    return {"ccsat": version(), "python": platform.python_version(), **{name: metadata.version(name) for name in names}}


def fingerprint(study: Study, count_rows: CountRows | None = None) -> dict[str, Any]:
    """The data of a study: size and content hash of every file, table name and row count of a database's table.

    Raises:
        DataError: A file that the study names is not there.
    """
    from ccsat.sources import find_sources, is_remote

    registers = {"changes": study.changes, "actions": study.actions, "targets": study.targets}
    named = {**study.data.tables(), **registers, "library": study.solution.library}
    prints: dict[str, Any] = {}
    for name, source in named.items():
        if isinstance(source, Database):
            found = count_rows(source) if count_rows else None
            prints[name] = {"table": source.table, **(found if isinstance(found, dict) else {"rows": found})}
        elif is_remote(source):
            prints[name] = {"table": source, "rows": None}
        elif isinstance(source, str):
            prints[name] = [_file_print(path) for path in find_sources(source, study.folder)[0]]
    return prints


def is_certain(prints: dict[str, Any]) -> bool:
    """Whether equal fingerprints mean equal data: not where a table's rows could not be counted."""
    return not any(isinstance(entry, dict) and entry["rows"] is None for entry in prints.values())


def resolved(study: Study, *, as_of: str, lang: str, go_on: bool) -> dict[str, Any]:
    """The parameters of a run after the study file and its settings were read; addresses of databases left out."""
    content = study.model_dump(mode="json", exclude={"folder"}, exclude_defaults=True)
    for name in ("retention", "spark", "increments"):
        content.pop(name, None)
    for table, names in (("alerts", OPERATIONS), ("limits", TRIES)):
        for name in names:
            content.get(table, {}).pop(name, None)
        if not content.get(table, True):
            content.pop(table)
    for entry in content.get("data", {}).values():
        if isinstance(entry, dict):
            entry.pop("database", None)
    return {"as_of": as_of, "lang": lang, "go_on": go_on, "study": content}


def run_key(notebook: Path, parameters: dict[str, Any], prints: dict[str, Any]) -> str:
    """Twelve hexadecimal digits: equal for equal notebook source, parameters, data and version."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    source = [[cell["cell_type"], cell["source"]] for cell in cells]
    what = json.dumps([source, parameters, prints, version()], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(what.encode("utf-8")).hexdigest()[:KEY_LENGTH]


def commit() -> str | None:
    """The commit of the checkout that ccsat runs from; None where it is installed, or git is not there."""
    import subprocess

    try:
        done = subprocess.run(["git", "-C", str(PACKAGE), "rev-parse", "HEAD"], capture_output=True, text=True, timeout=10, check=False)  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None


def _file_print(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        content = hashlib.file_digest(file, "sha256").hexdigest()
    return {"file": path.name, "bytes": path.stat().st_size, "sha256": content}
