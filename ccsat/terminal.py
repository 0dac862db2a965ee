"""What every command shares: its language, taken before any help text is made, and lines on standard error."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ccsat.errors import StudyError
from ccsat.wording import LANGUAGES, set_language, text


def _take_language() -> None:
    """Take the language from the arguments before any help text is made."""
    words = sys.argv[1:]
    for word, following in zip(words, [*words, ""][1:], strict=True):
        lang = following if word == "--lang" else word.removeprefix("--lang=") if word.startswith("--lang=") else None
        if lang in LANGUAGES:
            set_language(lang)


_take_language()
Lang = Annotated[str | None, typer.Option("--lang", help=text("cli.lang"))]


def say(words: str) -> None:
    """A line on standard error."""
    print(words, file=sys.stderr, flush=True)


def speak(lang: str | None, study: Path | None = None) -> None:
    """The language asked for, else the study's own, else the session's."""
    if lang is not None and lang not in LANGUAGES:
        raise StudyError("lang_unknown", lang=lang)
    if lang is None and study is not None and study.is_file():
        import tomllib

        try:
            lang = tomllib.loads(study.read_text(encoding="utf-8-sig")).get("study", {}).get("lang")
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, AttributeError):
            lang = None
    if lang in LANGUAGES:
        set_language(lang)
