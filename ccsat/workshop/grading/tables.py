"""What the trainer reads: the class as a CSV and as a page, and which check fails most."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from html import escape
from io import StringIO
from typing import Any

from ccsat.report.sheet import harmless
from ccsat.wording import text

COLUMNS = ("team", "exercise", "submission", "state", "score", "max", "hints", "rubric", "total", "total_max", "right", "answered",
           "items", "world", "seed", "problem")  # fmt: skip
STYLE = (
    "body{font:15px/1.5 system-ui,'Noto Sans CJK SC','Microsoft YaHei',sans-serif;margin:2em auto;max-width:75em;padding:0 1em;color:#1f2328}"
    "table{border-collapse:collapse;width:100%;margin:1em 0 2em}th,td{border-bottom:1px solid #d0d7de;padding:.35em .6em;text-align:left;"
    "vertical-align:top}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}tr.stopped td{background:#fff8c5}"
    "tr.unreadable td{background:#ffebe9}"
)


def class_rows(results: Iterable[Mapping[str, Any]], lang: str) -> list[dict[str, Any]]:
    """One row a submission, in the order of teams and exercises."""
    rows = []
    for result in results:
        checks = result["checks"]
        rows.append({
            "team": result["team"], "exercise": result["exercise"], "submission": result["submission"],
            "state": text(f"grading.state.{result['state']}", lang), "score": result["score"], "max": result["max"],
            "hints": result.get("hints", 0), "rubric": result.get("rubric"), "total": result["total"], "total_max": result["total_max"],
            "right": sum(row["ok"] for row in checks), "answered": sum(row["key"] != "unanswered" for row in checks),
            "items": len(checks), "world": result.get("world", ""), "seed": result.get("seed", ""),
            "problem": result["problems"][0][lang] if result["problems"] else "",
        })  # fmt: skip
    return sorted(rows, key=lambda row: (row["team"], row["exercise"], row["submission"]))


def failing(results: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Item by item: how many handed it in, how many are right, and the mistake made most; the item that fails most first."""
    seen: dict[tuple[str, str], list[Mapping]] = {}
    for result in results:
        for row in result["checks"]:
            seen.setdefault((result["exercise"], row["id"]), []).append(row)
    rows = []
    for (exercise, item), checks in seen.items():
        wrong = Counter(row["key"] for row in checks if not row["ok"])
        key, n = min(wrong.items(), key=lambda pair: (-pair[1], pair[0]), default=("", 0))
        said = next((row for row in checks if row["key"] == key and not row["ok"]), {})
        rows.append({"exercise": exercise, "item": item, "n": len(checks), "right": sum(row["ok"] for row in checks), "mistake": key,
                     "times": n, "message_zh": said.get("message_zh", ""), "message_en": said.get("message_en", "")})  # fmt: skip
    return sorted(rows, key=lambda row: (row["right"] / row["n"], row["exercise"], row["item"]))


def as_csv(rows: Iterable[Mapping[str, Any]], lang: str) -> str:
    """The class for a spreadsheet; text that it would run as a formula cannot run."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([text(f"grading.column.{name}", lang) for name in COLUMNS])
    writer.writerows(["" if row[name] is None else harmless(row[name]) for name in COLUMNS] for row in rows)
    return out.getvalue()


def as_page(results: list[Mapping[str, Any]], lang: str) -> str:
    """The class as one page: nothing outside it is asked for, and everything in it is escaped."""
    rows = class_rows(results, lang)
    shown = ("team", "exercise", "state", "score", "hints", "rubric", "total", "right", "problem")
    states = {result["submission"]: result["state"] for result in results}
    body = [
        f"<h1>{escape(text('grading.page.title', lang))}</h1>",
        f"<p>{escape(text('grading.page.lead', lang, n=len(rows)))}</p>",
    ]
    body.append(_table([text(f"grading.column.{name}", lang) for name in shown],
                       [([_of(row, name) for name in shown], states[row["submission"]]) for row in rows], {3, 4, 5, 6, 7}))  # fmt: skip
    if items := failing(results):
        heads = [text(f"grading.column.{name}", lang) for name in ("exercise", "item", "right", "mistake")]
        lines = [([row["exercise"], row["item"], f"{row['right']} / {row['n']}", f"{row['times']} × {row[f'message_{lang}']}" if row["times"] else ""], "")
                 for row in items]  # fmt: skip
        body += [f"<h2>{escape(text('grading.page.items', lang))}</h2>", _table(heads, lines, {2})]
    locale = "zh-CN" if lang == "zh" else "en"
    return (f'<!DOCTYPE html>\n<html lang="{locale}"><head><meta charset="utf-8"><title>{escape(text("grading.page.title", lang))}</title>'
            f"<style>{STYLE}</style></head><body>\n" + "\n".join(body) + "\n</body></html>\n")  # fmt: skip


def _of(row: Mapping[str, Any], name: str) -> str:
    if name in ("score", "total"):
        most = row["max" if name == "score" else "total_max"]
        return f"{row[name]:g} / {most:g}" if most else "–"
    if name == "right":
        return f"{row['right']} / {row['items']}"
    return "–" if row[name] is None else f"{row[name]:g}" if isinstance(row[name], float) else str(row[name])


def _table(heads: list[str], rows: list[tuple[list[str], str]], numbers: set[int]) -> str:
    cls = lambda place: ' class="n"' if place in numbers else ""
    head = "".join(f"<th{cls(place)}>{escape(words)}</th>" for place, words in enumerate(heads))
    lines = [f'<tr class="{state}">' + "".join(f"<td{cls(place)}>{escape(words)}</td>" for place, words in enumerate(row)) + "</tr>"
             for row, state in rows]  # fmt: skip
    return f"<table><tr>{head}</tr>\n" + "\n".join(lines) + "</table>"
