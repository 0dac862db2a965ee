"""TOML written for people: values, comments beside them, lines that stand commented out."""

from __future__ import annotations

import json
import re


def toml_value(value: object) -> str:
    """A value in TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{toml_key(k)} = {toml_value(v)}" for k, v in value.items()) + " }" if value else "{}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml_value(item) for item in value) + "]"
    return repr(value)


def toml_key(name: str) -> str:
    """A key in TOML, quoted where it must be."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else toml_value(name)


class TomlText:
    """Lines of a TOML file, in order."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, words: str) -> None:
        """A comment line."""
        self.lines += [f"# {line}".rstrip() for line in words.splitlines()]

    def table(self, name: str, words: str = "") -> None:
        """A table's head, with what it is for."""
        self.lines += ["", f"[{name}]" + (f"  # {words}" if words else "")]

    def put(self, key: str, value: object, words: str = "") -> None:
        """A key with its value and a comment; long lists one item a line."""
        line = f"{toml_key(key)} = {toml_value(value)}"
        if isinstance(value, list) and len(line) > 110:
            items = [f"    {toml_value(item)}," for item in value]
            line = "\n".join([f"{toml_key(key)} = [" + (f"  # {words}" if words else ""), *items, "]"])
            words = ""
        self.lines.append(line + (f"  # {_one_line(words)}" if words else ""))

    def off(self, key: str, value: object, words: str = "") -> None:
        """A key that stands commented out: take the `#` away to use it."""
        self.lines.append(f"# {toml_key(key)} = {toml_value(value)}" + (f"  # {_one_line(words)}" if words else ""))

    def __str__(self) -> str:
        return "\n".join(self.lines).strip("\n") + "\n"


def _one_line(words: str) -> str:
    return " ".join(words.split())
