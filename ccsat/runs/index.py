"""The page of all runs: a section a study with the KPI's course, what is open, the last good run and the last failure."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from ccsat.runs.history import History
from ccsat.runs.publish import write_whole
from ccsat.wording import count, has, kpi_value, points, term, text

WIDTH, HEIGHT, MARGIN = 760, 190, 40
SHOWN, LISTED, DRAWN = 30, 1000, 400  # rows to see at once, rows on the page, days in the trend
WORDS = ("study", "latest", "run", "finished", "trend", "no_runs", "last_failed", "open_findings", "no_open", "level",
         "legend_bad", "legend_good", "legend_mix", "legend_stopped")  # fmt: skip
STOPPED = ("artefact", "insufficient")


def write_index(out: Path, history: History | None = None) -> Path:
    """Write `index.html` over every study below a folder. In both languages: a folder's readers may differ."""
    import jinja2

    from ccsat.report.page import FONTS, TEMPLATE

    if history is None:
        history = History(out)
        history.catch_up()
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True)
    words = {word: _both(f"runs.{word}") for word in WORDS} | {
        word: _both(f"report.{word}") for word in ("as_of", "current", "change", "verdict")
    }
    page = environment.get_template("index.html.j2").render(
        title=_both("runs.index_title"),
        made_of=history.mark(),
        style=(TEMPLATE / "page.css").read_text(encoding="utf-8").replace("FONTS", FONTS),
        words=words,
        studies=[_section(out / name, history) for name in history.studies()],
    )
    write_whole(out / "index.html", page)
    return out / "index.html"


def is_current(out: Path, history: History) -> bool:
    """Whether the page was made of the history as it stands."""
    try:
        with (out / "index.html").open(encoding="utf-8") as page:
            return f'content="{history.mark()}"' in page.read(600)
    except OSError:
        return False


def _section(folder: Path, history: History) -> dict[str, Any]:
    runs = history.runs(folder.name, limit=LISTED)
    n, latest = history.count(folder.name), folder / "latest.txt"
    named = latest.read_text(encoding="utf-8").strip() if latest.is_file() else ""
    rows = [_row(run) for run in runs]
    n_failed = len(history.failures(folder.name))
    good = next((row for row in rows if row["place"] == named), None)
    return {
        "name": folder.name,
        "latest": named if named and (folder / named / "report.html").is_file() else "",
        "good": good,
        "failed": _failed(history.last_failed(folder.name)),
        "open": _open(folder / named / "findings.json") if named else None,
        "rows": rows[:SHOWN],
        "more": rows[SHOWN:],
        "n_more": _counted("runs.more", n=len(rows) - SHOWN) if len(rows) > SHOWN else "",
        "beyond": _counted("runs.beyond", n=n - LISTED) if n > LISTED else "",
        "trend": _trend(runs),
        "failures": _counted("runs.failures", n=n_failed) if n_failed else "",
    }


def _counted(key: str, **values: int) -> str:
    return " / ".join(
        text(key, lang, **{name: count(value) for name, value in values.items()}) for lang in ("zh", "en")
    )


def _row(run: dict[str, Any]) -> dict[str, str]:
    unit, verdict, level = run["unit"] or "raw", run["verdict"] or "", run["level"] or ""
    key = f"term.{run['kpi']}"
    return {
        "place": run["place"],
        "as_of": run["as_of"],
        "key": run["key"],
        "lang": run["lang"] or "",
        "kpi": _both(key) if has(key) else run["kpi"] or "",
        "value": kpi_value(run["value"], unit),
        "change": points(run["change"], unit) if run["change"] is not None else "–",
        "verdict": verdict,
        "verdict_words": _both(f"term.verdict_{verdict}") if has(f"term.verdict_{verdict}") else term(verdict),
        "level": level,
        "level_words": _both(f"alerts.level_{level}") if has(f"alerts.level_{level}") else "",
        "finished": _moment(run["finished"]),
    }


def _moment(words: str) -> str:
    return words[:16].replace("T", " ") + " UTC"


def _failed(row: dict[str, Any] | None) -> dict[str, str] | None:
    """The last failure: a run on the page, or the first line of what was put on record, in both languages."""
    if row is None:
        return None
    if row.get("place"):
        return {"at": _moment(row["at"]), "place": row["place"], "words": _row(row)["verdict_words"], "as_of": row["as_of"]}  # fmt: skip
    said = [str(row[name] or "").split("\n")[0][:300] for name in ("message_zh", "message")]
    return {
        "at": _moment(row["at"]),
        "place": "",
        "words": " / ".join(dict.fromkeys(said)),
        "as_of": row["as_of"] or "",
    }


def _open(file: Path) -> list[dict[str, str]] | None:
    """The cells that the last good run found: where, how much, and whether it is new; None where it cannot be read."""
    try:
        findings = json.loads(file.read_text(encoding="utf-8"))
        unit = findings["kpi"]["unit"]
        if "cells" not in findings and "alerts" not in findings:
            return None
        open_alerts = [
            {**alert, "where": alert["cell"]} for alert in findings.get("alerts", []) if alert["state"] == "open"
        ]
        return [
            {
                "where": ", ".join(f"{term(name)} {' / '.join(value) if isinstance(value, list) else value}" for name, value in cell["where"].items()) or "–",
                "points": points(cell["points"], cell.get("unit", unit)),
                "n": count(cell["n"]),
                "status": _both(f"runs.status_{cell['status']}") if has(f"runs.status_{cell.get('status')}") else "",
            }
            for cell in findings.get("cells", open_alerts)[:10]
        ]  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _trend(runs: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The good runs' KPI by day with a mark a verdict; None below two days. One caliber only: the newest good run's."""
    good = [run for run in runs if run["good"] and run["value"] is not None and run["as_of"][:1].isdigit()]
    if not good:
        return None
    asked = good[0]["kpi"], good[0]["caliber"]
    by_day = {run["as_of"]: run for run in reversed(good) if (run["kpi"], run["caliber"]) == asked}
    days = list(by_day)[-DRAWN:]
    if len(days) < 2:
        return None
    unit, values = good[0]["unit"], [by_day[day]["value"] for day in days]
    low, high = min(values), max(values)
    first, last = (date.fromisoformat(days[place]).toordinal() for place in (0, -1))
    across = lambda day: round(MARGIN + (WIDTH - 2 * MARGIN) * (date.fromisoformat(day).toordinal() - first) / (last - first), 1)  # fmt: skip
    up = lambda value: round(HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * (value - low) / ((high - low) or 1.0), 1)
    dots = [{"x": across(day), "y": up(value), "verdict": by_day[day]["verdict"] or "", "place": by_day[day]["place"],
             "label": f"{day} {kpi_value(value, unit)} {_row(by_day[day])['verdict_words']}"} for day, value in zip(days, values, strict=True)]  # fmt: skip
    stopped = {run["as_of"]: run for run in runs if run["verdict"] in STOPPED and days[0] <= run["as_of"] <= days[-1]}
    crosses = [{"x": across(day), "y": HEIGHT - MARGIN + 10, "place": run["place"], "label": f"{day} {_row(run)['verdict_words']}"} for day, run in stopped.items()]  # fmt: skip
    return {"width": WIDTH, "height": HEIGHT, "dots": dots, "crosses": crosses, "line": " ".join(f"{dot['x']},{dot['y']}" for dot in dots),
            "first": days[0], "last": days[-1], "value_first": kpi_value(values[0], unit), "value_last": kpi_value(values[-1], unit),
            "radius": 4 if len(days) <= 60 else 2.5}  # fmt: skip


def _both(key: str) -> str:
    return f"{text(key, 'zh')} {text(key, 'en')}"
