"""Chinese cut into words by jieba's dictionary, of which only what the comments need is taken into memory."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import jieba


def cut(piece: str) -> list[str]:
    """The words of a piece of Chinese, without guessing new ones.

    Source:
        jieba 0.42 (its dictionary as it ships, HMM off): the same words on every machine.
    """
    return _dictionary().cut(piece)


class Dictionary:
    """jieba's tokenizer with its own dictionary, taken in one first character at a time.

    A word is looked for only from a character that the text has, so the words found are those of the whole dictionary. To load that one takes
    a second and 60 MB, and jieba keeps a copy of it where everybody may write; nobody else's words change this one.
    """

    def __init__(self, tokenizer: jieba.Tokenizer, path: str):
        import numpy as np
        from pyarrow import compute, csv, string

        words = csv.read_csv(
            path,
            read_options=csv.ReadOptions(column_names=["word", "times", "kind"]),
            parse_options=csv.ParseOptions(delimiter=" ", quote_char=False),
            convert_options=csv.ConvertOptions(include_columns=["word", "times"], column_types={"word": string()}),
        ).combine_chunks()
        first = compute.utf8_slice_codeunits(words["word"], 0, 1).combine_chunks().dictionary_encode()
        codes = first.indices.to_numpy()
        order = np.argsort(codes, kind="stable")
        bounds = np.cumsum(np.bincount(codes, minlength=len(first.dictionary)))
        self._rows = {
            char: order[end - size : end]
            for char, end, size in zip(first.dictionary.to_pylist(), bounds, np.diff(bounds, prepend=0), strict=True)
        }
        self._words, self._met = words, set()
        self._tokenizer = tokenizer
        tokenizer.FREQ, tokenizer.total = {}, compute.sum(words["times"]).as_py()
        tokenizer.initialized = True

    def cut(self, piece: str) -> list[str]:
        """The words of a piece of Chinese."""
        for char in {*piece} - self._met:
            self._take(char)
        return self._tokenizer.lcut(piece, HMM=False)

    def _take(self, char: str) -> None:
        """The words that begin with a character, and all they begin with, as jieba keeps them."""
        known = self._tokenizer.FREQ
        rows = self._words.take(self._rows[char]) if char in self._rows else self._words.slice(0, 0)
        for word, times in zip(rows["word"].to_pylist(), rows["times"].to_pylist(), strict=True):
            known[word] = times
            for end in range(1, len(word)):
                known.setdefault(word[:end], 0)
        self._met.add(char)


@cache
def _dictionary() -> Dictionary:
    import logging

    import jieba

    jieba.setLogLevel(logging.ERROR)
    return Dictionary(jieba.Tokenizer(), os.path.join(os.path.dirname(jieba.__file__), jieba.DEFAULT_DICT_NAME))
