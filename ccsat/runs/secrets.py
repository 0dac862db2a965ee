"""The values of secret environment variables, wherever they might have slipped out to."""

from __future__ import annotations

import html
import json
import os
import re
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote

from ccsat.study import Database, Study

NAME = re.compile(r"(?i)(password|passwd|pwd|secret|token|api[_-]?key|credential|private[_-]?key)")
IN_ADDRESS = re.compile(r"://[^/@\s:]+:([^/@\s]+)@|(?i:\bpassword\s*=\s*)'?([^\s']+)")
SHORTEST = 6  # shorter values are found in any text
WHOLE_READ = 64 << 20  # bytes of a file that are looked at in one piece


def secret_values(study: Study, environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Value -> the variable it is from: variables named like secrets, and those that the study names."""
    environment = os.environ if environment is None else environment
    smtp = getattr(study.alerts, "smtp", None)
    named = {source.database[4:] for source in study.sources().values() if isinstance(source, Database) and source.database.startswith("env:")}  # fmt: skip
    found: dict[str, str] = {}
    for name, value in environment.items():
        if NAME.search(name) or (smtp and name == smtp.password_env):
            found[value] = name
        elif name in named:  # an address: what it hides is its password
            found |= {first or second: name for first, second in IN_ADDRESS.findall(value)}
    return {value: name for value, name in found.items() if len(value) >= SHORTEST and not Path(value).exists()}


def find_secrets(files: Iterable[Path], values: Mapping[str, str]) -> list[tuple[str, str]]:
    """(file, variable) wherever a file holds a secret's value: plain, or as JSON, HTML or an address writes it."""
    if not values:
        return []
    forms = {form.encode(): name for value, name in values.items() for form in _forms(value)}
    hits = []
    for file in files:
        for content in _contents(file):
            hits += [(file.name, name) for form, name in forms.items() if form in content]
    return sorted(set(hits))


def hide(words: str, values: Mapping[str, str]) -> str:
    """Words with every secret's value replaced by its variable's name."""
    for value, name in sorted(values.items(), key=lambda pair: -len(pair[0])):
        for form in _forms(value):
            words = words.replace(form, f"<{name}>")
    return words


def _forms(value: str) -> set[str]:
    return {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], html.escape(value), quote(value, safe="")}  # fmt: skip


def _contents(file: Path) -> Iterable[bytes]:
    """What a file holds: in pieces that overlap, and unpacked where it is a workbook."""
    if file.suffix == ".xlsx" and zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as packed:
            for name in packed.namelist():
                yield packed.read(name)
        return
    with file.open("rb") as stream:
        before = b""
        while piece := stream.read(WHOLE_READ):
            yield before + piece
            before = piece[-4096:]
