"""The class board: who stands where, what hints cost, how much each plan leaves on the table, and which items fail most."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from statistics import median

from ccsat.views import View
from ccsat.wording import LANGUAGES, language, percent, speaking, text
from ccsat.workshop.class_results import Entry, Failing, Standing, example_class, failing_items, read_class, standings

__all__ = [
    "Entry",
    "Failing",
    "Standing",
    "example_class",
    "failing_items",
    "item_table",
    "read_class",
    "team_table",
    "write_board",
]

MOST_ITEMS = 20  # on the page; the rest are counted
STYLE = (
    "*{box-sizing:border-box}body{font:15px/1.5 system-ui,'Noto Sans CJK SC','Microsoft YaHei',sans-serif;margin:0;color:#1f2328;background:#f6f8fa}"
    "main{max-width:72rem;margin:0 auto;padding:1.5rem}h1{font-size:1.7rem;margin:.2em 0}h2{font-size:1.2rem;margin:2rem 0 .4rem}"
    ".cards{display:flex;flex-wrap:wrap;gap:.8rem;margin:1rem 0}.card{background:#fff;border:1px solid #d0d7de;border-radius:8px;padding:.7rem 1rem;min-width:10rem}"
    ".card b{display:block;font-size:1.5rem;font-variant-numeric:tabular-nums}.card span{color:#57606a;font-size:.9rem}"
    ".wide{overflow-x:auto;background:#fff;border:1px solid #d0d7de;border-radius:8px}table{border-collapse:collapse;width:100%}"
    "th,td{padding:.4rem .7rem;text-align:left;border-bottom:1px solid #eaeef2;vertical-align:top}th{background:#f6f8fa;white-space:nowrap}"
    "td:first-child{white-space:nowrap}tr:last-child td{border-bottom:0}.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}.bar{background:#eaeef2;border-radius:3px;height:6px;"
    "margin-top:4px;min-width:4rem}.bar i{display:block;height:6px;border-radius:3px;background:#0969da}.bad i{background:#bc4c00}"
    ".note{color:#57606a;font-size:.9rem}input[name=lang]{position:absolute;opacity:0}label{display:inline-block;border:1px solid #d0d7de;border-radius:6px;"
    "padding:.15rem .7rem;margin-right:.4rem;cursor:pointer;background:#fff}input:focus-visible+label{outline:2px solid #0969da}"
    ".zh,.en{display:none}#zh:checked~.zh,#en:checked~.en{display:block}#zh:checked+label,#en:checked+label{background:#0969da;color:#fff;border-color:#0969da}"
    "@media print{label{display:none}.wide{overflow:visible}}"
)


def team_table(entries: Sequence[Entry]) -> View:
    """The teams, best first: total, what help cost, how much was opened, and the plan's regret."""
    rows = []
    for row in standings(entries):
        rows.append(
            (
                row.team,
                f"{row.total:.1f} / {row.whole:g}",
                f"{row.off:.1f}",
                str(row.helped),
                "–" if row.regret is None else percent(row.regret, 0),
            )
        )
    return View(
        tuple(text(f"board.{name}") for name in ("team", "total", "off", "helped", "regret")),
        tuple(rows),
        frozenset({1, 2, 3, 4}),
    )


def item_table(entries: Sequence[Entry], most: int = 10) -> View:
    """The items that fail most, with interval and the message that was said most."""
    rows = [
        (f"{one.exercise} · {one.item}", f"{one.wrong} / {one.n}", one.share, one.said(language()))
        for one in failing_items(entries)[:most]
    ]
    return View(
        tuple(text(f"board.{name}") for name in ("item", "wrong", "share", "said")), tuple(rows), frozenset({1, 2})
    )


def write_board(entries: Sequence[Entry], out: str | Path, *, lang: str = "zh") -> Path:
    """Write the board as one file; it asks for nothing outside itself, runs no script, and holds both languages.

    Args:
        lang: The language shown first; the reader may switch.
    """
    parts = []
    for one in LANGUAGES:
        with speaking(one):
            parts.append(f'<section class="{one}" lang="{"zh-CN" if one == "zh" else "en"}">{_body(entries)}</section>')
    switch = "".join(f'<input type="radio" name="lang" id="{one}"{" checked" if one == lang else ""}><label for="{one}">{name}</label>'
                     for one, name in (("zh", "中文"), ("en", "English")))  # fmt: skip
    page = (f'<!DOCTYPE html>\n<html lang="{"zh-CN" if lang == "zh" else "en"}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            f'<title>{escape(text("board.title", lang))}</title><style>{STYLE}</style></head><body><main>{switch}\n{"".join(parts)}\n</main></body></html>\n')  # fmt: skip
    file = Path(out)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(page, encoding="utf-8", newline="\n")
    return file


def _body(entries: Sequence[Entry]) -> str:
    items = failing_items(entries)
    failing = [one for one in items if one.wrong]
    exercises = [name for name in sorted({one.exercise for one in entries}) if name]
    most = {name: max(one.max for one in entries if one.exercise == name) for name in exercises}
    table = {(one.team, one.exercise): one for one in entries}
    standing = standings(entries)
    known = [row.regret for row in standing if row.regret is not None]
    cards = [(text("board.teams"), str(len(standing))),
             (text("board.median_score"), f"{median(row.total for row in standing):.1f} / {standing[0].whole:g}"),
             (text("board.median_regret", n=len(known)), percent(median(known), 0) if known else "–"),
             (text("board.hardest"), f"{items[0].exercise} · {items[0].item}" if items and items[0].wrong else "–")]  # fmt: skip
    heads = [(text("board.team"), False), *((name, True) for name in exercises), (text("board.total"), True), (text("board.off"), True),
             (text("board.helped"), True), (text("board.regret"), True)]  # fmt: skip
    rows = []
    for row in standing:
        cells = [escape(row.team)] + [_points(table.get((row.team, name)), most[name]) for name in exercises]
        cells += [f"{row.total:.1f}{_bar(row.total, row.whole)}", f"{row.off:.1f}", str(row.helped),
                  "–" if row.regret is None else f"{percent(row.regret, 0)}{_bar(row.regret, 1, bad=True)}"]  # fmt: skip
        rows.append(cells)
    fails = [[escape(f"{one.exercise} · {one.item}"), f"{one.wrong} / {one.n}{_bar(one.wrong, one.n, bad=True)}",
              one.share, escape(one.said(language()))] for one in failing[:MOST_ITEMS]]  # fmt: skip
    fail_heads = [
        (text("board.item"), False),
        (text("board.wrong"), True),
        (text("board.share"), True),
        (text("board.said"), False),
    ]
    left = " ".join(
        [text("board.left", n=len(failing) - MOST_ITEMS)] * (len(failing) > MOST_ITEMS)
        + [text("board.all_right", n=len(items) - len(failing))] * (len(items) > len(failing))
    )
    return (f"<h1>{escape(text('board.title'))}</h1><div class='cards'>" + "".join(f'<div class="card"><b>{escape(b)}</b><span>{escape(a)}</span></div>' for a, b in cards)
            + f"</div>{_table(heads, rows)}<p class='note'>{escape(text('board.note'))}</p><h2>{escape(text('board.items'))}</h2>"
            + (_table(fail_heads, fails) if fails else f"<p>{escape(text('board.none'))}</p>" if not items else "") + f"<p class='note'>{escape(left)}</p>")  # fmt: skip


def _points(entry: Entry | None, most: float) -> str:
    if entry is None:
        return "–"
    if not most:
        return text("board.handed_in")
    mark = (
        ""
        if entry.state == "graded"
        else f"<br><span class='note'>({escape(text(f'grading.state.{entry.state}'))})</span>"
    )
    return f"{entry.score:g} / {most:g}{mark}{_bar(entry.score, most)}"


def _bar(part: float, whole: float, *, bad: bool = False) -> str:
    wide = 100 * min(max(part / whole, 0.0), 1.0) if whole else 0.0
    return f'<div class="bar{" bad" if bad else ""}"><i style="width:{wide:.0f}%"></i></div>'


def _table(heads: Sequence[tuple[str, bool]], rows: Sequence[Sequence[str]]) -> str:
    """A table of cells that are HTML already; heads are words."""
    cls = lambda number: ' class="n"' if number else ""
    head = "".join(f'<th scope="col"{cls(number)}>{escape(words)}</th>' for words, number in heads)
    lines = [
        "<tr>" + "".join(f"<td{cls(heads[at][1])}>{cell}</td>" for at, cell in enumerate(row)) + "</tr>" for row in rows
    ]
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{"".join(lines)}</tbody></table></div>'
