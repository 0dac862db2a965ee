"""Comments to words, in Chinese, English or both: negation stays with what it denies, and nobody can be told from a word."""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib import resources

from ccsat.stages.chinese import cut

CLAUSE = re.compile(r"[^\w\s'’\-*@]+|[\n\r]+")
PIECE = re.compile(r"[\u3400-\u9fff]+|[a-z]+(?:['’][a-z]+)*")
CHINESE = re.compile(r"[\u3400-\u9fff]")
REACH = 2  # stop words between a negation and what it denies
MASK = "***"
SHOWN = {"zh": 60, "en": 160}  # characters of a quotation

_ADDRESS = re.compile(r"https?://\S+|www\.\S+|[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+", re.ASCII)
_NUMBER = re.compile(r"(?<![0-9])\+?[0-9](?:[ \-]?[0-9]){4,}[xX]?(?![0-9])")  # telephone, card and order numbers
_CODE = re.compile(r"(?<![A-Za-z0-9])(?=[A-Za-z0-9_\-]*[0-9]{3})[A-Za-z][A-Za-z0-9_\-]{3,}|(?<=工号)\s*[:：]?\s*\w+", re.ASCII)  # fmt: skip
_NAMED_EN = re.compile(r"(?i:\b(?:mr|mrs|ms|miss|dr|my name is|i am called|agent called|spoke to|spoke with)\b\.?)\s+((?:[A-Z][a-z]+)(?:\s[A-Z][a-z]+)?)")  # fmt: skip


@cache
def _lists() -> dict[str, tuple[str, ...]]:
    with (resources.files(__package__) / "stop_words.csv").open(encoding="utf-8") as lines:
        return {row["kind"]: tuple(row["words"].split()) for row in csv.DictReader(lines)}


@cache
def _sets() -> tuple[frozenset[str], frozenset[str]]:
    """Stop words and negations."""
    words = _lists()
    return frozenset(words["stop_zh"] + words["stop_en"]), frozenset(words["negation_zh"] + words["negation_en"])


@cache
def _narrow() -> dict[int, int]:
    """Full-width letters, digits, @ and signs of numbers to plain ones; other marks stay as they are written."""
    wide = [code for code in range(0xFF01, 0xFF5F) if chr(code - 0xFEE0).isalnum() or chr(code - 0xFEE0) in "@+-_."]
    return {code: code - 0xFEE0 for code in wide}


@cache
def _names_zh() -> re.Pattern:
    words = _lists()
    surnames, titles = "".join(words["surname_zh"]), "|".join(words["title_zh"])
    return re.compile(
        rf"(?:[{surnames}][\u4e00-\u9fff]?(?={titles})|(?<=我叫)[{surnames}][\u4e00-\u9fff]{{1,2}}|(?<=我姓)[{surnames}])"
    )


def mask(comment: str) -> str:
    """A comment without what tells who is meant: addresses, numbers of five digits and more, codes, names beside a title.

    Assumes:
        A name without a title or "my name is" is not found: hide the column where that matters.
    """
    said = comment.translate(_narrow())
    for pattern in (_ADDRESS, _NUMBER, _CODE):
        said = pattern.sub(MASK, said)
    said = _NAMED_EN.sub(lambda found: found.group(0)[: found.start(1) - found.start(0)] + MASK, said)
    return _names_zh().sub(MASK, said)


def split_words(comment: str) -> list[str]:
    """Words of a comment and pairs of neighbouring words, in order, each as often as it is said.

    Chinese is cut by jieba's dictionary without guessing new words, English at what is no letter. Stop words go; a negation stays joined
    to the word it denies ("没解决", "not solved"), so that "解决" and "没解决" are two words. Numbers are none.

    Source:
        jieba 0.42 (its dictionary, HMM off): the same words on every machine.
    """
    words = []
    for clause in CLAUSE.split(mask(comment).lower()):
        kept = _deny(_pieces(clause))
        words += [word for word, _ in kept]
        words += [_join(one, two) for (one, at), (two, after) in zip(kept, kept[1:], strict=False) if after == at + 1]
    return words


def _pieces(clause: str) -> list[str]:
    found = []
    for piece in PIECE.findall(clause):
        if CHINESE.match(piece):
            found += cut(piece)
        elif piece.endswith(("n't", "n’t")):
            found.append("not")
        else:
            found.append(re.sub(r"['’]\w*$", "", piece))
    return found


def _deny(pieces: list[str]) -> list[tuple[str, int]]:
    """Words that count, each with its place; a negation takes the next word that is no stop word."""
    stop, negation = _sets()
    kept, i = [], 0
    while i < len(pieces):
        piece = pieces[i]
        if piece in negation:
            ahead = [j for j in range(i + 1, min(i + 2 + REACH, len(pieces))) if pieces[j] not in stop | negation]
            plain = {"没有": "没", "未": "没", "cannot": "not", "never": "not", "no": "no"}.get(piece, piece)
            kept.append((_join(plain, pieces[ahead[0]]) if ahead else piece, ahead[0] if ahead else i))
            i = ahead[0] + 1 if ahead else i + 1
            continue
        if piece not in stop and len(piece) > (0 if CHINESE.match(piece) else 1):
            kept.append((piece, i))
        i += 1
    return kept


def _join(one: str, two: str) -> str:
    return one + two if CHINESE.match(one[-1]) and CHINESE.match(two[0]) else f"{one} {two}"


def shorten(comment: str, words: tuple[str, ...] = ()) -> str:
    """A comment on one line, cut to about a line's length, from the clause that first says one of the words."""
    said = " ".join(comment.split())
    most = SHOWN["zh" if len(CHINESE.findall(said)) * 3 > len(said) else "en"]
    if len(said) <= most:
        return said
    at = min((found for word in words if (found := said.lower().find(word)) >= 0), default=0)
    start = 0
    if at > most // 2:
        start = max((end.end() for end in CLAUSE.finditer(said, 0, at)), default=at)
    cut = said[start : start + most].strip()
    return ("… " if start else "") + cut + (" …" if start + most < len(said) else "")
