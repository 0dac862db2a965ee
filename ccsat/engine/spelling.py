"""The portable text as another dialect writes it: quotes, names of types, and the few words that differ.

Everything that ccsat asks is written once, in SQL that DuckDB and PostgreSQL read as it is. An engine of another dialect
respells the text just before it is sent; what it means never changes here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

QUOTED = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*\"""")


def respell(sql: str, *, name: Callable[[str], str], literal: Callable[[str], str], words: Mapping[str, str]) -> str:
    """A portable text in another spelling.

    Args:
        name: An identifier's own letters -> how it is written with its quotes.
        literal: A text's own letters -> how it is written with its quotes.
        words: What replaces a piece of the text outside quotes: regular expression -> replacement, in this order.

    Returns:
        The text, where quoted pieces are never looked into.
    """
    parts, last = [], 0
    for found in QUOTED.finditer(sql):
        parts.append(_replaced(sql[last : found.start()], words))
        letters = found.group()
        parts.append(
            name(letters[1:-1].replace('""', '"')) if letters[0] == '"' else literal(letters[1:-1].replace("''", "'"))
        )
        last = found.end()
    parts.append(_replaced(sql[last:], words))
    return "".join(parts)


def _replaced(piece: str, words: Mapping[str, str]) -> str:
    for pattern, word in words.items():
        piece = re.sub(pattern, word, piece)
    return piece
