"""The class board: who stands where, what hints cost, how much each plan leaves on the table, and which items fail most."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from statistics import median
from typing import Any

from ccsat.errors import CcsatError
from ccsat.views import View
from ccsat.wording import LANGUAGES, language, percent, speaking, text
from ccsat.workshop import records
from ccsat.workshop.case import Case
from ccsat.workshop.findings import read_results

EACH = "each"
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


@dataclass(frozen=True)
class Entry:
    """What one team handed in for one exercise. `checks` are the rows of its result; `helped` counts hints and checkpoints opened."""

    team: str
    exercise: str
    score: float
    max: float
    off: float  # points that hints and checkpoints cost
    helped: int
    checks: tuple[Mapping[str, Any], ...]
    case: Case | None
    portfolio: tuple[str, ...] | None
    state: str = "graded"

    @cached_property
    def regret(self) -> float | None:
        """What part of the best uplift the plan leaves on the table; 1 over the budget, None without a plan that can be judged."""
        from ccsat.workshop.exercises.team_case import truth_of
        from ccsat.workshop.exercises.w4 import offered, regret_of

        if self.case is None or not self.portfolio:
            return None
        try:
            actions, budget = offered(self.case), truth_of(self.case)["budget"]
        except CcsatError:
            return None
        if not actions or not set(self.portfolio) <= set(actions):
            return None
        return 1.0 if sum(actions[code]["cost"] for code in set(self.portfolio)) > budget else regret_of(self.case, self.portfolio)


def read_class(results: str | Path) -> list[Entry]:
    """The class's results: of a grading (`each/*.json`), or of the teams' folders as they stand during the day.

    Of several submissions of one team for one exercise the one with the most points counts. Files that cannot be read are left out.

    Raises:
        CcsatError: Neither is there.
    """
    folder = Path(results)
    entries = _graded(folder / EACH) if (folder / EACH).is_dir() else _of_teams(folder)
    if not entries:
        raise CcsatError("board_empty", folder=folder.as_posix())
    best: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        key = (entry.team, entry.exercise)
        if key not in best or entry.score > best[key].score:
            best[key] = entry
    return [best[key] for key in sorted(best)]


def _graded(folder: Path) -> list[Entry]:
    found = []
    for file in sorted(folder.rglob("*.json")):
        row = _json(file)
        if not isinstance(row, dict) or not isinstance(row.get("checks"), list):
            continue
        checks = [check for check in row["checks"] if isinstance(check, dict)]
        extra = (row.get("rubric") or 0.0, max(float(row.get("total_max") or 0.0) - float(row.get("max") or 0.0), 0.0))
        found.append(_entry(row, str(row.get("team") or "–"), checks, extra, sum(bool(check.get("cost")) for check in checks)))
    return found


def _of_teams(folder: Path) -> list[Entry]:
    found = []
    for own in sorted(path for path in folder.glob("team-*") if path.is_dir()):
        opened = records.read(own)
        sheet = _json(own / records.TEAM_FILE)
        team = str(sheet.get("team") or own.name.removeprefix("team-")) if isinstance(sheet, dict) else own.name.removeprefix("team-")
        handed = read_results(own)
        for name, row in handed.items():
            checks = [check for check in row.get("checks", []) if isinstance(check, dict)]
            helped = sum(one.get("exercise") == name and "hint" in one for one in opened)
            helped += sum(any(str(item).startswith(f"{name}.") for item in one.get("items") or ()) for one in opened)
            found.append(_entry(row, team, checks, (0.0, 0.0), helped))
        if not handed and sheet:
            found.append(Entry(team, "", 0.0, 0.0, 0.0, len(opened), (), None, None, "open"))
    return found


def _entry(row: Mapping, team: str, checks: list, rubric: tuple[float, float], helped: int) -> Entry:
    plan = (row.get("answers") or {}).get("portfolio")
    case = None
    if isinstance(row.get("world"), str) and isinstance(row.get("seed"), int):
        case = Case(str(row.get("exercise", "")), row["world"], row["seed"], str(row.get("scale", "full")), bool(row.get("vary")), str(row.get("lang", "zh")))
    return Entry(team, str(row.get("exercise") or "–"), float(row.get("score") or 0.0) + float(rubric[0]), float(row.get("max") or 0.0) + rubric[1],
                 sum(float(check.get("cost") or 0.0) * float(check.get("max") or 0.0) for check in checks), helped, tuple(checks), case,
                 tuple(map(str, plan)) if isinstance(plan, list) else None, str(row.get("state", "graded")))  # fmt: skip


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


@dataclass(frozen=True)
class Failing:
    """An item of the class: how many answered, how many were wrong, with a 95 % interval (Wilson), and what was said most."""

    exercise: str
    item: str
    n: int
    wrong: int
    lower: float
    upper: float
    times: int
    message: Mapping[str, str]

    @property
    def share(self) -> str:
        """In percent, with its interval."""
        return f"{percent(self.wrong / self.n, 0)} ({percent(self.lower, 0)}–{percent(self.upper, 0)})"

    def said(self, lang: str) -> str:
        """How often which sentence was said."""
        return f"{self.times} × {self.message[lang]}" if self.times and self.message[lang] else "–"


def example_class(world: str = "S03", seed: int = 104, scale: str = "full") -> list[Entry]:
    """Three invented teams with plans of different worth, where no class is at hand; judged by the exercise's own checks."""
    from ccsat.workshop import checks, lecture

    entries, session = [], checks._session["case"]
    for plan in lecture.example_class(world, seed, scale):
        case = Case("W4", world, seed, scale, vary=True, lang=language())
        checks._session["case"] = case
        row = checks.check("portfolio", list(plan.actions)).as_dict()
        entries.append(Entry(plan.team, "W4", row["score"], row["max"], 0.0, 0, (row,), case, plan.actions))
    checks._session["case"] = session
    return entries


def failing_items(entries: Iterable[Entry]) -> list[Failing]:
    """The items of the class, those that fail most first; of equal shares the one with more answers first."""
    from ccsat.estimates import wilson

    seen: dict[tuple[str, str], list[Mapping]] = {}
    for entry in entries:
        for row in entry.checks:
            if row.get("max"):
                seen.setdefault((entry.exercise, str(row.get("id"))), []).append(row)
    rows = []
    for (exercise, item), checks in seen.items():
        wrong = [row for row in checks if not row.get("ok")]
        low, high = (float(end) for end in wilson(len(wrong), len(checks)))
        said = Counter((str(row.get("message_zh", "")), str(row.get("message_en", ""))) for row in wrong)
        (zh, en), times = min(said.items(), key=lambda pair: (-pair[1], pair[0]), default=(("", ""), 0))
        rows.append(Failing(exercise, item, len(checks), len(wrong), low, high, times, {"zh": zh, "en": en}))
    return sorted(rows, key=lambda row: (-row.wrong / row.n, -row.n, row.exercise, row.item))


def team_table(entries: Sequence[Entry]) -> View:
    """The teams, best first: total, what help cost, how much was opened, and the plan's regret."""
    rows = []
    for row in _standing(entries):
        rows.append((row.team, f"{row.total:.1f} / {row.whole:g}", f"{row.off:.1f}", str(row.helped), "–" if row.regret is None else percent(row.regret, 0)))
    return View(tuple(text(f"board.{name}") for name in ("team", "total", "off", "helped", "regret")), tuple(rows), frozenset({1, 2, 3, 4}))


def item_table(entries: Sequence[Entry], most: int = 10) -> View:
    """The items that fail most, with interval and the message that was said most."""
    rows = [(f"{one.exercise} · {one.item}", f"{one.wrong} / {one.n}", one.share, one.said(language())) for one in failing_items(entries)[:most]]
    return View(tuple(text(f"board.{name}") for name in ("item", "wrong", "share", "said")), tuple(rows), frozenset({1, 2}))


@dataclass(frozen=True)
class Standing:
    """One team's line."""

    team: str
    total: float
    whole: float
    off: float
    helped: int
    regret: float | None


def _standing(entries: Sequence[Entry]) -> list[Standing]:
    """The teams, best total first. The whole is what the exercises that somebody handed in are worth."""
    most: dict[str, float] = {}
    for one in entries:
        most[one.exercise] = max(most.get(one.exercise, 0.0), one.max)
    whole, rows = sum(most.values()), []
    for team in sorted({one.team for one in entries}):
        own = [one for one in entries if one.team == team]
        regret = next((one.regret for one in own if one.regret is not None), None)
        rows.append(Standing(team, sum(one.score for one in own), whole, sum(one.off for one in own), sum(one.helped for one in own), regret))
    return sorted(rows, key=lambda row: (-row.total, row.team))


# The page ------------------------------------------------------------------------------------


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
    standing = _standing(entries)
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
    fail_heads = [(text("board.item"), False), (text("board.wrong"), True), (text("board.share"), True), (text("board.said"), False)]
    left = " ".join([text("board.left", n=len(failing) - MOST_ITEMS)] * (len(failing) > MOST_ITEMS) + [text("board.all_right", n=len(items) - len(failing))] * (len(items) > len(failing)))
    return (f"<h1>{escape(text('board.title'))}</h1><div class='cards'>" + "".join(f'<div class="card"><b>{escape(b)}</b><span>{escape(a)}</span></div>' for a, b in cards)
            + f"</div>{_table(heads, rows)}<p class='note'>{escape(text('board.note'))}</p><h2>{escape(text('board.items'))}</h2>"
            + (_table(fail_heads, fails) if fails else f"<p>{escape(text('board.none'))}</p>" if not items else "") + f"<p class='note'>{escape(left)}</p>")  # fmt: skip


def _points(entry: Entry | None, most: float) -> str:
    if entry is None:
        return "–"
    if not most:
        return text("board.handed_in")
    mark = "" if entry.state == "graded" else f"<br><span class='note'>({escape(text(f'grading.state.{entry.state}'))})</span>"
    return f"{entry.score:g} / {most:g}{mark}{_bar(entry.score, most)}"


def _bar(part: float, whole: float, *, bad: bool = False) -> str:
    wide = 100 * min(max(part / whole, 0.0), 1.0) if whole else 0.0
    return f'<div class="bar{" bad" if bad else ""}"><i style="width:{wide:.0f}%"></i></div>'


def _table(heads: Sequence[tuple[str, bool]], rows: Sequence[Sequence[str]]) -> str:
    """A table of cells that are HTML already; heads are words."""
    cls = lambda number: ' class="n"' if number else ""
    head = "".join(f'<th scope="col"{cls(number)}>{escape(words)}</th>' for words, number in heads)
    lines = ["<tr>" + "".join(f"<td{cls(heads[at][1])}>{cell}</td>" for at, cell in enumerate(row)) + "</tr>" for row in rows]
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{"".join(lines)}</tbody></table></div>'
