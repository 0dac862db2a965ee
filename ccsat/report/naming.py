"""Codes of the data -> the words of its dictionary, in a report's text and figures; numbers and structure stay."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

BETWEEN = r"(?:\s|<br>)*"
QUOTED = re.compile(r"([“‘'])([^“”‘’']{1,80})([”’'])")
KEPT = (
    "template",
    "family",
    "type",
    "mode",
    "hovertemplate",
    "color",
    "marker",
    "line",
)  # of a figure: no words for readers


class Naming:
    """Puts words in the place of codes.

    A level only where its dimension stands before it (`team = T01 | T02`) or at its column's head; codes that cannot be a word
    (`vas_charge`) anywhere; of identifiers (`RULE-12`) the words are added in brackets.
    """

    def __init__(self, names: Mapping[str, Any] | None = None):
        names = names or {}
        self.columns: Mapping[str, str] = names.get("columns", {})
        self.levels: Mapping[str, Mapping[str, str]] = names.get("levels", {})
        self.codes: Mapping[str, str] = names.get("codes", {})
        self.fields: Mapping[str, str] = names.get("fields", {})
        self.tables: Mapping[str, str] = names.get("tables", {})
        self._pairs = [(dim, _pair(dim, list(levels))) for dim, levels in self.levels.items() if levels]
        dims = "|".join(map(re.escape, sorted(self.columns, key=len, reverse=True)))
        self._dims = re.compile(rf"(?<![\w.])({dims})(?={BETWEEN}=)|(?<=[“'])({dims})(?=[”'])") if dims else None
        fields = "|".join(map(re.escape, sorted(self.fields, key=len, reverse=True)))
        tables = "|".join(map(re.escape, sorted(self.tables, key=len, reverse=True)))
        self._metrics = (
            re.compile(rf"(?<![\w.])(?:{tables}): (?:{fields})(?: → (?:{fields}))*(?!\w)", re.ASCII)
            if fields and tables
            else None
        )
        codes = "|".join(map(re.escape, sorted(self.codes, key=len, reverse=True)))
        self._codes = re.compile(rf"(?<![\w\-=.])({codes})(?![\w\-]|[（(])", re.ASCII) if codes else None

    def __bool__(self) -> bool:
        return bool(self.columns or self.codes)

    def words(self, text: str) -> str:
        """A text with codes named."""
        if self.fields:
            text = QUOTED.sub(lambda found: found[1] + self._field(found[2]) + found[3], text)
        if self._metrics is not None:
            text = self._metrics.sub(lambda found: self._field(found[0]), text)
        for dim, pattern in self._pairs:
            text = pattern.sub(lambda found, dim=dim: found[1] + self._all(dim, found[2]), text)
        if self._dims is not None:
            text = self._dims.sub(lambda found: self.columns[found[1] or found[2]], text)
        return self._codes.sub(self._code, text) if self._codes is not None else text

    def _field(self, words: str) -> str:
        """A metric in words: `tickets: created_at → closed_at` column by column, its table before it; others as they are."""
        table, colon, columns = words.rpartition(": ")
        parts = columns.split(" → ")
        if (table and table not in self.tables) or not all(part in self.fields for part in parts):
            return words
        named = " → ".join(self.fields[part] for part in parts)
        return f"{self.tables[table]}{colon}{named}" if table else named

    def _all(self, dim: str, levels: str) -> str:
        """Levels joined by bars, each named."""
        return re.sub(r"[^|<>]+(?=\||<|$)", lambda one: self._level(dim, one[0]), levels)

    def _level(self, dim: str, words: str) -> str:
        bare = words.strip()
        return words.replace(bare, self.levels[dim].get(bare, bare)) if bare else words

    def _code(self, found: re.Match) -> str:
        code = found[1]
        words = self.codes[code]
        return words if "-" not in code else f"{code} ({words})" if words.isascii() else f"{code}（{words}）"

    def html(self, html: str) -> str:
        """HTML with the codes in its text named; a column of levels under its dimension's name too."""
        if not self:
            return html
        from bs4 import BeautifulSoup

        tree = BeautifulSoup(html, "html.parser")
        for table in tree.find_all("table"):
            head = table.find("th")
            dim = head.get_text(strip=True) if head is not None else ""
            if dim in self.columns:
                head.string = self.columns[dim]
                for cell in (row.find("td") for row in table.find_all("tr")):
                    if cell is not None and (name := self.levels.get(dim, {}).get(cell.get_text(strip=True))):
                        cell.string = name
        for node in tree.find_all(string=True):
            if (named := self.words(str(node))) != str(node):
                node.replace_with(named)
        return str(tree)

    def figure(self, part: Any) -> Any:
        """A figure's plain data with the codes in its words named."""
        if not self:
            return part
        if isinstance(part, str):
            return self.words(part)
        if isinstance(part, list):
            return [self.figure(one) for one in part]
        if isinstance(part, Mapping):
            return {key: value if key in KEPT else self.figure(value) for key, value in part.items()}
        return part


def _pair(dim: str, levels: list[str]) -> re.Pattern[str]:
    some = "|".join(map(re.escape, sorted(levels, key=len, reverse=True)))
    more = rf"(?:{BETWEEN}\|{BETWEEN}(?:{some}))*"
    return re.compile(rf"(?<![\w.])({re.escape(dim)}{BETWEEN}={BETWEEN})((?:{some}){more})(?![\w\-])", re.ASCII)
