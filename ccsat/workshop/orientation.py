"""The first notebook: what lies in this folder, and a task to try that gives no points."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html import escape
from pathlib import Path

from ccsat.views import View
from ccsat.wording import text

MINUTES = re.compile(r"(\d+)\s*(?:分钟|minutes)")


def contents(folder: str | Path = ".") -> View:
    """The notebooks of a folder in their order: file, the question that is its title, and minutes where it names them."""
    rows = []
    for file in sorted(Path(folder).glob("*.ipynb")):
        try:
            cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
            words = "".join(next(cell["source"] for cell in cells if cell["cell_type"] == "markdown"))
        except (ValueError, KeyError, StopIteration, TypeError, OSError):
            continue
        title = words.strip().splitlines()[0].lstrip("# ").strip() if words.strip() else ""
        found = MINUTES.search(words)
        rows.append((file.stem, title, found.group(1) if found else "–"))
    heads = tuple(text(f"workshop.orientation.{key}") for key in ("file", "question", "minutes"))
    return View(heads, tuple(rows), frozenset({2}))


@dataclass(frozen=True)
class Said:
    """What the practice check says."""

    key: str

    def __repr__(self) -> str:
        return text(f"workshop.orientation.{self.key}")

    def _repr_html_(self) -> str:
        colour = "#1a7f37" if self.key == "practised" else "#9a6700"
        return f'<p style="border-left:4px solid {colour};padding-left:.6em">{escape(repr(self))}</p>'


def practice(number: object) -> Said:
    """A check to try: any number passes."""
    if number is ... or number is None:
        return Said("unanswered")
    return Said("practised" if isinstance(number, (int, float)) and not isinstance(number, bool) else "no_number")
