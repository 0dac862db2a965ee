"""What every view is made of: small tables, lists, and parts that a reader unfolds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from ccsat.wording import text

FIGURE = "application/vnd.plotly.v1+json"


@dataclass(frozen=True)
class View:
    """A small table or a list of sentences, ready to be shown; `columns` empty makes it a list."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[int] = frozenset()  # positions of columns that hold numbers
    title: str = ""
    ordered: bool = False  # a list whose order means something

    def _repr_html_(self) -> str:
        head = f"<h4>{escape(self.title)}</h4>" if self.title else ""
        if not self.columns:
            kind = "ol" if self.ordered else "ul"
            return head + f"<{kind}>" + "".join(f"<li>{escape(row[0])}</li>" for row in self.rows) + f"</{kind}>"
        style = ["right" if i in self.numbers else "left" for i in range(len(self.columns))]
        rows = [self._row("th", self.columns, style), *(self._row("td", row, style) for row in self.rows)]
        above, body = rows[0], "".join(rows[1:])
        kind = "view" if self.numbers or len(self.columns) > 2 else "view words"
        return f'{head}<table class="{kind}"><thead>{above}</thead><tbody>{body}</tbody></table>'

    @staticmethod
    def _row(kind: str, cells: Sequence[str], sides: Sequence[str]) -> str:
        named = {"right": ' class="number"', "left": ""}  # the report's style; notebooks have only the inline one
        parts = (
            f'<{kind}{named[side]} style="text-align:{side}">{escape(cell)}</{kind}>'
            for cell, side in zip(cells, sides, strict=True)
        )
        return f"<tr>{''.join(parts)}</tr>"

    def __repr__(self) -> str:
        head = ((self.title,),) if self.title else ()
        return "\n".join(" | ".join(row) for row in head + ((self.columns,) if self.columns else ()) + self.rows)


@dataclass(frozen=True)
class Fold:
    """Views, and figures, one under the other; folded away under `summary` where there is one.

    A report folds figures too. A notebook folds what is made of views only, and shows the rest under the summary's words.
    """

    summary: str
    parts: tuple[object, ...]

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """Every row of every view in it."""
        return tuple(row for part in self.parts for row in getattr(part, "rows", ()))

    def _repr_html_(self) -> str:
        inside = "".join(part._repr_html_() for part in self.parts if not is_figure(part))
        return f"<details><summary>{escape(self.summary)}</summary>{inside}</details>" if self.summary else inside

    def _ipython_display_(self) -> None:
        if not any(is_figure(part) for part in self.parts):
            raise NotImplementedError  # its HTML does
        from IPython.display import display

        folded = {"fold": self.summary} if self.summary else {}
        if folded:
            heading = {"text/html": f"<h4>{escape(self.summary)}</h4>", "text/plain": self.summary}
            display(heading, raw=True, metadata={**folded, "heading": True})
        for part in self.parts:
            shown = {"text/html": part._repr_html_()} if not is_figure(part) else {FIGURE: json.loads(part.to_json())}
            display({**shown, "text/plain": _plain(part)}, raw=True, metadata=folded)

    def __repr__(self) -> str:
        return "\n".join([*([self.summary] if self.summary else []), *(_plain(part) for part in self.parts)])


def is_figure(part: object) -> bool:
    """Whether it is drawn, not written."""
    return hasattr(part, "to_json") and hasattr(part, "layout")


def _plain(part: object) -> str:
    return str(part.layout.title.text or "") if is_figure(part) else repr(part)


def fold(key: str, *parts: object, **values: object) -> Fold | None:
    """What there is of some views and figures, folded under the words of `fold.KEY`; None where there is nothing."""
    there = tuple(part for part in parts if part is not None)
    return Fold(text(f"fold.{key}", **values) if values else text(f"fold.{key}"), there) if there else None


def stack(*parts: object) -> Fold | None:
    """What there is of some views and figures, one under the other."""
    there = tuple(part for part in parts if part is not None)
    return Fold("", there) if there else None


def table(keys: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[str] = (), *, title: str = "") -> View:
    """A table whose heads are the words of `view.KEY`; columns without a word in them are left out."""
    filled = [i for i, _ in enumerate(keys) if not rows or any(row[i] for row in rows)]
    return View(tuple(text(f"view.{keys[i]}") for i in filled), tuple(tuple(row[i] for i in filled) for row in rows),
                frozenset(at for at, i in enumerate(filled) if keys[i] in numbers), title)  # fmt: skip


def sentences(words: Sequence[str], *, title: str = "", ordered: bool = False) -> View:
    """A list of sentences."""
    return View((), tuple((one,) for one in words), title=title, ordered=ordered)


def full_stop(words: str) -> str:
    """A sentence with its full stop, once."""
    return words if words.rstrip()[-1:] in ("。", ".", "！", "？", "!", "?") else words + text("stop")
