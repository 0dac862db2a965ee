"""Keys and numbers to text, Chinese or English; the only place that rounds."""

from __future__ import annotations

import contextlib
import csv
import os
import tomllib
from collections.abc import Iterator
from functools import cache

LANGUAGES = ("zh", "en")
FOLDER = os.path.dirname(__file__)
GLOSSARY = "glossary.csv"
_session = {"lang": "zh" if os.environ.get("CCSAT_LANG", "en").lower().startswith("zh") else "en"}


def language() -> str:
    """The session's language: "zh" or "en"."""
    return _session["lang"]


def set_language(lang: str) -> None:
    """Choose the language of every word from here on. Numbers do not change."""
    if lang not in LANGUAGES:
        raise ValueError(f"lang is {lang!r}; it is 'zh' or 'en'")
    _session["lang"] = lang


@contextlib.contextmanager
def speaking(lang: str) -> Iterator[None]:
    """The language for the length of a `with` block."""
    before = language()
    set_language(lang)
    try:
        yield
    finally:
        set_language(before)


_words: dict[str, dict[str, str]] = {}  # what has been read so far
_known: set[str] = set()  # names of the TOML tables that were


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Every key with its words: the glossary (`term.KEY`) and the messages of the TOML files here."""
    words: dict[str, dict[str, str]] = {}
    for pieces in _pieces().values():
        for file, piece in pieces:
            for key, entry in _read(file, piece):
                if key in words:
                    raise KeyError(f"{key} stands twice in the wording catalogue, again in {file}")
                words[key] = entry
    for key, entry in words.items():
        _words.setdefault(key, entry)
    return _words


def add_words(key: str, entry: dict[str, str]) -> None:
    """Give a key that is made while running its words in each language."""
    _words[key] = entry


def _entry(key: str) -> dict[str, str] | None:
    """A key's words; of the files only the tables are parsed that can hold it, which is most of a short command's start."""
    entry = _words.get(key)
    if entry is None:
        names = key.split(".")
        for table in (".".join(names[:depth]) for depth in range(len(names) + 1)):
            if table in _known:
                continue
            for file, piece in _pieces().get(table, ()):
                for other, words in _read(file, piece):
                    _words.setdefault(other, words)
            _known.add(table)
        entry = _words.get(key)
    return entry


@cache
def _pieces() -> dict[str, list[tuple[str, str]]]:
    """The catalogue unparsed: name of a TOML table -> the file and text of each piece that holds it."""
    pieces: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(os.listdir(FOLDER)):
        if name.endswith(".toml"):
            with open(os.path.join(FOLDER, name), encoding="utf-8") as lines:
                first, *others = ("\n" + lines.read()).split("\n[")
            pieces.setdefault("", []).append((name, first))
            for piece in others:
                pieces.setdefault(piece[: piece.index("]")].replace('"', ""), []).append((name, "[" + piece))
    pieces.setdefault("term", []).append((GLOSSARY, ""))
    return pieces


def _read(file: str, piece: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Keys and words of one piece."""
    if file == GLOSSARY:
        with open(os.path.join(FOLDER, file), encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                yield "term." + row["key"], {"zh": row["zh"], "en": row["en"]}
    else:
        yield from _flat(tomllib.loads(piece))


def _flat(tree: dict, prefix: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    for name, branch in tree.items():
        if "zh" in branch and isinstance(branch["zh"], str):
            yield prefix + name, branch
        else:
            yield from _flat(branch, f"{prefix}{name}.")


def text(key: str, lang: str | None = None, /, **values: object) -> str:
    """The words of a key, with `{name}` filled in from `values`."""
    entry = _entry(key)
    if entry is None:
        raise KeyError(key)
    words = entry[lang or language()]
    return words.format_map(values) if values else words


def has(key: str) -> bool:
    """Whether the catalogue has this key."""
    return _entry(key) is not None


def term(key: str, lang: str | None = None) -> str:
    """The glossary's word for an identifier; the identifier itself where it is the data's own."""
    entry = _entry("term." + key)
    return entry[lang or language()] if entry else key


# Numbers -------------------------------------------------------------------------------------

UNITS = {"rate": 100.0, "nps": 100.0, "score": 1.0, "raw": 1.0}


def number(value: float | None, digits: int = 2) -> str:
    """A number with thousands separators, a dash where there is none."""
    if value is None or value != value:
        return "–"
    return f"{value:,.{digits}f}"


def figure(value: float | None) -> str:
    """A number of any size to three figures: 12.3, 0.562, 0.00041."""
    if value is None or value != value:
        return "–"
    return (
        number(value, 1 if abs(value) >= 100 else 2 if abs(value) >= 10 else 3)
        if abs(value) >= 0.1 or not value
        else f"{value:.2g}"
    )


def count(value: float | None) -> str:
    """A whole number with thousands separators."""
    return number(value, 0)


def percent(value: float | None, digits: int = 1) -> str:
    """A share of 0 to 1 as percent."""
    return "–" if value is None or value != value else f"{100 * value:.{digits}f}%"


def kpi_value(value: float | None, unit: str) -> str:
    """A KPI's value in its unit: rates as percent, NPS times 100, scores and levels as they are."""
    if value is None or value != value:
        return "–"
    if unit == "rate":
        return percent(value, 2)
    if unit == "nps":
        return f"{100 * value:.1f}"
    return f"{value:.2f}" if unit == "score" else f"{value:.4f}"


def points(value: float | None, unit: str, *, sign: bool = True) -> str:
    """A move of a KPI in points: percentage points for rates, points of the scale otherwise."""
    if value is None or value != value:
        return "–"
    shown = round(value * UNITS[unit], 2) or 0.0  # never "-0.00"
    return f"{shown:+.2f}" if sign else f"{shown:.2f}"


def interval(lower: float | None, upper: float | None, unit: str, *, of: str = "value") -> str:
    """An interval, of a value (`of="value"`) or of points (`of="points"`)."""
    show = kpi_value if of == "value" else points
    return f"[{show(lower, unit)}, {show(upper, unit)}]"


def p_value(value: float | None) -> str:
    """A p-value as journals print it."""
    if value is None or value != value:
        return "–"
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def p_words(value: float | None) -> str:
    """A p-value behind the letter p: "= 0.020", "< 0.001"."""
    shown = p_value(value)
    return f"< {shown[1:]}" if shown.startswith("<") else f"= {shown}"
